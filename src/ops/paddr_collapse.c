// SPDX-License-Identifier: GPL-2.0
/*
 * Making huge pages of what physical memory holds.
 *
 * A huge page is made of what lies side by side in an address space, not in
 * memory.  So it is looked up whose a small page is and where, and once nothing is
 * held any more that owner's memory around it is made huge, as it would be by an
 * action on the owner.
 */
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

#include "core/core.h"
#include "kernel/owner.h"
#include "ops/paddr_collapse.h"
#include "ops/vaddr.h"

/**
 * damon_collapse_note() - remember where a folio's owner has it
 * @list:	not full
 * @folio:	with a reference, one that the action is for
 */
void damon_collapse_note(struct damon_collapse *list, struct folio *folio)
{
	unsigned long addr;
	struct mm_struct *mm;
	u32 i;

	if (!folio_test_anon(folio) || folio_size(folio) >= PMD_SIZE)
		return;
	mm = damon_folio_owner(folio, &addr);
	if (!mm)
		return;
	addr &= PMD_MASK;
	for (i = 0; i < list->nr; i++) {
		if (list->at[i].mm != mm || list->at[i].addr != addr)
			continue;
		mmdrop(mm);
		return;
	}
	list->at[list->nr].mm = mm;
	list->at[list->nr++].addr = addr;
}

/**
 * damon_collapse_flush() - make huge pages of what is remembered
 * @list:	empty afterwards
 * @order:	the order
 * @until:	in ktime_get_ns(): what is not begun by then is left
 * @stats:	with the time that may be waited
 *
 * Filters are asked again about all that a huge page would consist of, but for
 * those about accesses: the first question has taken the answer.
 *
 * May sleep; nothing is held.  Return: bytes of huge pages that were made.
 */
u64 damon_collapse_flush(struct damon_collapse *list, const struct damos_order *order,
			 u64 until, struct damon_pass_stats *stats)
{
	struct damos_done done = {};
	u32 i;

	for (i = 0; i < list->nr; i++) {
		struct damon_vaddr_target target = { .mm = list->at[i].mm };
		u64 addr = list->at[i].addr;

		if (ktime_get_ns() < until)
			damon_vaddr_advise(&target, order, true, addr, addr + PMD_SIZE,
					   &done, stats);
		mmdrop(list->at[i].mm);
		cond_resched();
	}
	list->nr = 0;
	return done.applied;
}
