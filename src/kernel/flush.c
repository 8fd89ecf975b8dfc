// SPDX-License-Identifier: GPL-2.0
/*
 * Having processors forget an address space's translations.
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>

#include <asm/tlbflush.h>

#include "kernel/bind.h"
#include "kernel/flush.h"

/**
 * damon_has_flush_tlb() - is damon_flush_tlb() there?
 *
 * Any context, after damon_bind_all().
 */
bool damon_has_flush_tlb(void)
{
	return damon_has(flush_tlb_mm_range);
}

/**
 * damon_flush_tlb() - drop what the TLBs hold of an address space
 * @mm:	the address space; its memory may be gone
 *
 * A processor sets an accessed bit when it loads a translation, so after this
 * the next access to each page does.  Costs an interrupt of each processor that
 * runs in @mm now; lazy ones learn of it when they go back to it.
 *
 * Context: may sleep; no lock of @mm's page tables is held.
 */
void damon_flush_tlb(struct mm_struct *mm)
{
	if (!damon_has_flush_tlb() || !mmget_not_zero(mm))
		return;
	/* Samples are far apart: never worth going page by page. */
	damon_call(flush_tlb_mm_range)(mm, 0, TLB_FLUSH_ALL, PAGE_SHIFT, false);
	mmput_async(mm);
}
