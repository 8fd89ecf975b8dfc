/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_KERNEL_FORKS_H
#define DAMON_KERNEL_FORKS_H

#include <linux/types.h>

struct task_struct;

bool damon_forks_known(void);
int damon_forks_get(void);
void damon_forks_put(void);

/* crowd.c */
void damon_crowd_forked(struct task_struct *parent, struct task_struct *child);

#endif /* DAMON_KERNEL_FORKS_H */
