// SPDX-License-Identifier: GPL-2.0
/*
 * Actions on physical memory.
 */
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "core/core.h"
#include "kernel/memory.h"
#include "kernel/young.h"
#include "ops/act.h"
#include "ops/paddr.h"
#include "ops/paddr_collapse.h"

/* As in sampling, see paddr.c. */
#define MAX_FOLIOS	64
#define MAX_HOLD_NS	(100 * NSEC_PER_USEC)

/* Pages without a folio that are passed over cost less than one with. */
#define MAX_EMPTY	512

/**
 * struct work - a slice of an order's
 * @act:	the order
 * @huge:	what DAMOS_COLLAPSE is to be done to
 * @spares_young: pages that were accessed are to stay
 * @start:	first page of the slice
 * @end:	first page behind it
 */
struct work {
	struct damon_act act;
	struct damon_collapse huge;
	bool spares_young;
	unsigned long start;
	unsigned long end;
};

static enum damon_verdict take_young(struct damon_subject *subject)
{
	return damon_folio_take_young(subject->folio, false);
}

/*
 * What is reclaimed without regard to accesses must not have been accessed: not
 * all of a region is sampled.  Who has a filter about that knows better.
 */
static bool passes(const struct work *work, struct folio *folio, bool *asked_young)
{
	struct damon_subject subject = {
		.folio = folio,
		.take_young = take_young,
	};
	bool pass = damon_order_passes(work->act.order, &subject);
	enum damon_verdict verdict;

	if (pass && work->spares_young) {
		verdict = damon_folio_take_young(folio, false);
		if (verdict == DAMON_PAGE_ACCESSED)
			damon_folio_spare(folio);
		return verdict == DAMON_PAGE_IDLE;
	}
	*asked_young = subject.asked_young;
	return pass;
}

/* What was looked at as a folio of @nr pages from @first on; it may be split by now. */
static void work_on(struct work *work, struct folio *folio, unsigned long first,
		    unsigned long nr)
{
	unsigned long end = min(first + nr, work->end);
	enum damos_action action = work->act.order->action;
	bool asked_young = false;

	if (!passes(work, folio, &asked_young))
		return;
	work->act.done->passed += (u64)(end - max(first, work->start)) << PAGE_SHIFT;
	if (first < work->start || action == DAMOS_STAT)
		return;
	if (action == DAMOS_COLLAPSE) {
		damon_collapse_note(&work->huge, folio);
		return;
	}
	/* Reclaim may look at the bits again. */
	if (!work->spares_young && !asked_young &&
	    (action == DAMOS_PAGEOUT || action == DAMOS_COLD))
		damon_folio_take_young(folio, true);
	damon_act_folio(&work->act, folio);
}

/* As far as memory may be kept; returns the first page that was not looked at. */
static unsigned long work_some(struct work *work, unsigned long pfn)
{
	unsigned int nr = 0, nr_empty = 0;
	unsigned long first, nr_pages;
	struct damon_memory mem;
	struct folio *folio;
	u64 until;

	damon_memory_enter(&mem);
	until = ktime_get_ns() + MAX_HOLD_NS;
	while (pfn < work->end && nr < MAX_FOLIOS && nr_empty < MAX_EMPTY &&
	       !damon_act_is_full(&work->act) && work->huge.nr < DAMON_COLLAPSE_MAX) {
		folio = damon_page_folio(&mem, pfn);
		if (!folio) {
			pfn++;
			nr_empty++;
			continue;
		}
		first = folio_pfn(folio);
		nr_pages = folio_nr_pages(folio);
		/* It was split just now: the next look finds what it is in. */
		if (likely(pfn - first < nr_pages)) {
			work_on(work, folio, first, nr_pages);
			pfn = first + nr_pages;
		}
		folio_put(folio);
		nr++;
		/* One can have any number of mappings. */
		if (ktime_get_ns() >= until)
			break;
	}
	damon_memory_leave();
	return min(pfn, work->end);
}

/**
 * damon_paddr_act() - the act of damon_ops for physical addresses
 * @data:	struct damon_paddr_target
 * @order:	as there
 * @start:	as there
 * @end:	as there
 * @done:	as there
 * @stats:	as there; only who is to get huge pages is waited for
 *
 * Return: as there; never 0.
 */
u64 damon_paddr_act(void *data, const struct damos_order *order, u64 start, u64 end,
		    struct damos_done *done, struct damon_pass_stats *stats)
{
	const struct damon_paddr_target *target = data;
	unsigned int shift = PAGE_SHIFT - target->unit_shift;
	u64 until = ktime_get_ns() + DAMON_ACT_MAX_NS;
	struct work work = {
		.spares_young = order->action == DAMOS_PAGEOUT &&
				!damon_order_asks_young(order),
		.start = start >> shift,
	};
	u64 most = order->action == DAMOS_COLLAPSE ? PMD_SIZE : DAMON_ACT_MAX_BYTES;
	unsigned long pfn = work.start;

	work.end = min(end >> shift, (u64)work.start + (most >> PAGE_SHIFT));
	damon_act_init(&work.act, order, done);
	while (pfn < work.end) {
		pfn = work_some(&work, pfn);
		damon_act_flush(&work.act);
		done->applied += damon_collapse_flush(&work.huge, order, until, stats);
		cond_resched();
		if (ktime_get_ns() >= until)
			break;
	}
	return (u64)pfn << shift;
}
