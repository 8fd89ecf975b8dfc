/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_KERNEL_MM_DIR_H
#define DAMON_KERNEL_MM_DIR_H

#include <linux/types.h>

struct kobject;

struct kobject *damon_mm_dir(void);
bool damon_dir_has(struct kobject *dir, const char *name);

#endif /* DAMON_KERNEL_MM_DIR_H */
