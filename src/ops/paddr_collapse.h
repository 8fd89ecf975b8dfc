/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_OPS_PADDR_COLLAPSE_H
#define DAMON_OPS_PADDR_COLLAPSE_H

#include "ops/act.h"

struct damon_pass_stats;
struct mm_struct;

#define DAMON_COLLAPSE_MAX	16

/**
 * struct damon_collapse - memory of which huge pages are to be made
 * @nr:		how many
 * @at:		address space, with a reference to its structure, and address
 *
 * On the stack of its user.
 */
struct damon_collapse {
	u32 nr;
	struct {
		struct mm_struct *mm;
		unsigned long addr;
	} at[DAMON_COLLAPSE_MAX];
};

void damon_collapse_note(struct damon_collapse *list, struct folio *folio);
u64 damon_collapse_flush(struct damon_collapse *list, const struct damos_order *order,
			 u64 until, struct damon_pass_stats *stats);

#endif /* DAMON_OPS_PADDR_COLLAPSE_H */
