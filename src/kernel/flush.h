/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_KERNEL_FLUSH_H
#define DAMON_KERNEL_FLUSH_H

#include <linux/types.h>

struct mm_struct;

bool damon_has_flush_tlb(void);
void damon_flush_tlb(struct mm_struct *mm);

#endif /* DAMON_KERNEL_FLUSH_H */
