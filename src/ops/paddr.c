// SPDX-License-Identifier: GPL-2.0
/*
 * Operations set for physical addresses.
 *
 * A page can be busy: somebody else has its folio locked.  That is no sign of
 * its being idle, so
 *  - a clear goes to other random addresses of the region;
 *  - a check takes the region to be as it was found at the tick before, which
 *    on average leaves its rate at what the other ticks say.  Where the kernel
 *    has PG_idle the sample is then given up; without it bits may be owed, so
 *    that it stays out and is judged with the next tick.
 * Both are counted as missed.
 */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "core/core.h"
#include "damos/act.h"
#include "kernel/memory.h"
#include "kernel/page.h"
#include "ops/paddr.h"
#include "ops/probes.h"

/* damon_region.pending beside DAMON_PAGE_FLAGS */
#define SAMPLE_MISSED		(1U << 8)	/* none could be taken */
#define SAMPLE_LAST_HIT		(1U << 9)	/* the one before was a hit */

/* Addresses tried in a region whose pages are busy. */
#define MAX_TRIES		4

/*
 * Memory is kept where it is for at most so many pages or so long, and the
 * clock is looked at once in so many.
 */
#define MAX_PAGES		64
#define MAX_HOLD_NS		(100 * NSEC_PER_USEC)
#define CLOCK_STRIDE		16

/**
 * damon_paddr_target() - a target for damon_paddr_ops
 * @addr_unit:	bytes that an address stands for, a power of two up to PAGE_SIZE
 *
 * May sleep.  Return: the target or NULL.
 */
void *damon_paddr_target(u64 addr_unit)
{
	struct damon_paddr_target *target;

	target = kzalloc(sizeof(*target), GFP_KERNEL_ACCOUNT);
	if (target)
		target->unit_shift = ilog2(addr_unit);
	return target;
}

static void paddr_put(void *target)
{
	kfree(target);
}

/**
 * struct pass - a sampling pass
 * @stats:	of the pass, with the time that it may wait
 * @mem:	memory, kept where it is
 * @tables:	the same, for page tables, which lie elsewhere than what they map
 * @pfn_shift:	from an address to its page's number
 * @what:	DAMON_PASS_*
 * @owing:	there are regions with DAMON_PAGE_LATER
 * @nr_pages:	pages looked at since memory is kept
 * @until:	when to let go of it at the latest
 *
 * On the stack of paddr_sample() or paddr_probe().
 */
struct pass {
	struct damon_pass_stats *stats;
	struct damon_memory mem;
	struct damon_memory tables;
	unsigned int pfn_shift;
	unsigned int what;
	bool owing;
	unsigned int nr_pages;
	u64 until;
};

static void pass_enter(struct pass *pass)
{
	damon_memory_enter(&pass->mem);
	pass->tables = pass->mem;
	pass->nr_pages = 0;
	pass->until = ktime_get_ns() + MAX_HOLD_NS;
}

static void pass_pause(struct pass *pass)
{
	if (pass->nr_pages < MAX_PAGES && ktime_get_ns() < pass->until)
		return;
	damon_memory_leave();
	cond_resched();
	pass_enter(pass);
}

/* To be called before each page: lets go of memory for a moment now and then. */
static inline void pass_go_on(struct pass *pass)
{
	pass->nr_pages++;
	if (unlikely(!(pass->nr_pages % CLOCK_STRIDE)))
		pass_pause(pass);
}

/* Waits a moment for whoever works on a page; false if there is no time left. */
static bool pass_wait(struct pass *pass)
{
	u64 *patience_ns = &pass->stats->patience_ns;
	u64 begun;

	if (!*patience_ns)
		return false;
	damon_memory_leave();
	begun = ktime_get_ns();
	usleep_range(20, 60);
	*patience_ns -= min(*patience_ns, ktime_get_ns() - begun);
	pass_enter(pass);
	return true;
}

static unsigned long pfn_of(const struct pass *pass, u64 addr)
{
	return addr >> pass->pfn_shift;
}

/*
 * A sample that cannot be judged.  In a pass that goes on to clear, what is
 * owed can wait; in the last one before regions change it cannot.
 */
static enum damon_verdict check_busy(struct pass *pass, struct damon_region *r,
				     struct damon_taken *taken)
{
	enum damon_verdict verdict = DAMON_PAGE_BUSY;
	unsigned long pfn;

	if (!(taken->flags & DAMON_PAGE_OWED)) {
		taken->flags = 0;
		return verdict;
	}
	while (!(pass->what & DAMON_PASS_CLEAR) && verdict == DAMON_PAGE_BUSY) {
		if (!pass_wait(pass)) {
			taken->flags = 0;
			break;
		}
		pfn = pfn_of(pass, r->sample_addr);
		verdict = damon_page_check(&pass->mem, damon_page_peek(&pass->mem, pfn), pfn,
					   taken, NULL);
	}
	return verdict;
}

static enum damon_verdict check_sample(struct pass *pass, struct damon_region *r,
				       struct folio *folio)
{
	struct damon_taken taken = {
		.flags = r->pending & DAMON_PAGE_FLAGS,
		.cookie = r->cookie,
	};
	struct damon_next next;
	enum damon_verdict verdict;

	if (pass->what & DAMON_PASS_CLEAR) {
		next.pfn = pfn_of(pass, r->next_addr);
		next.first = pfn_of(pass, r->start);
		next.end = pfn_of(pass, r->end);
	}
	verdict = damon_page_check(&pass->mem, folio, pfn_of(pass, r->sample_addr), &taken,
				   pass->what & DAMON_PASS_CLEAR ? &next : NULL);
	if (verdict == DAMON_PAGE_BUSY)
		verdict = check_busy(pass, r, &taken);
	else if ((taken.flags & (DAMON_PAGE_OUT | DAMON_PAGE_LATER)) == DAMON_PAGE_OUT)
		r->sample_addr = r->next_addr;

	pass->owing |= taken.flags & DAMON_PAGE_LATER;
	r->pending = taken.flags;
	r->cookie = taken.cookie;
	return verdict;
}

static void count_hit(struct pass *pass, struct damon_region *r)
{
	damon_region_hit(r);
	if (pass->what & DAMON_PASS_CLEAR)
		r->pending |= SAMPLE_LAST_HIT;
}

/* check() where there is more to it than a look. */
static noinline void check_used(struct pass *pass, struct damon_region *r,
				struct folio *folio)
{
	bool hit = r->pending & SAMPLE_LAST_HIT;

	if (r->pending & SAMPLE_MISSED) {
		r->pending = 0;
	} else {
		switch (check_sample(pass, r, folio)) {
		case DAMON_PAGE_BUSY:
			pass->stats->nr_missed++;
			break;
		case DAMON_PAGE_ACCESSED:
			pass->stats->nr_checks++;
			hit = true;
			break;
		case DAMON_PAGE_IDLE:
			pass->stats->nr_checks++;
			hit = false;
			break;
		}
	}
	if (hit)
		count_hit(pass, r);
}

/*
 * Leaves @pending 0 if there is to be a new sample, but for SAMPLE_LAST_HIT
 * in a pass that takes one.
 */
static inline void check(struct pass *pass, struct damon_region *r)
{
	unsigned long pfn = pfn_of(pass, r->sample_addr);
	struct folio *folio = damon_page_peek(&pass->mem, pfn);
	u16 pending = r->pending;
	bool hit = false;

	if (folio) {
		if (!(pending & DAMON_PAGE_KNOWN) ||
		    !damon_page_look(&pass->tables, folio, pfn, r->cookie, &hit)) {
			check_used(pass, r, folio);
			return;
		}
	} else if (pending & (SAMPLE_MISSED | DAMON_PAGE_OWED)) {
		check_used(pass, r, folio);
		return;
	}
	pass->stats->nr_checks++;
	r->pending = 0;
	if (hit)
		count_hit(pass, r);
}

/* What had to wait until others' samples in the same huge page were judged. */
static void give_back(struct pass *pass, struct damon_region *r)
{
	const struct damon_taken taken = {
		.flags = r->pending & DAMON_PAGE_FLAGS,
		.cookie = r->cookie,
	};
	unsigned long pfn = pfn_of(pass, r->sample_addr);

	while (!damon_page_give_back(&pass->mem, pfn, &taken)) {
		if (pass->what & DAMON_PASS_CLEAR) {
			/* Judge it once more with the next tick, then give back. */
			r->pending &= ~DAMON_PAGE_LATER;
			return;
		}
		if (!pass_wait(pass))
			break;
	}
	r->pending &= ~DAMON_PAGE_FLAGS;
}

/* clear() where a page may be, which @folio is as damon_page_peek() has found it. */
static noinline void clear_used(struct pass *pass, struct damon_region *r,
				struct folio *folio)
{
	u16 last_hit = r->pending & SAMPLE_LAST_HIT;
	struct damon_taken taken = { .flags = DAMON_PAGE_OUT };
	u64 addr = r->next_addr;
	unsigned int tries = 1;

	while (folio && !damon_page_clear(folio, pfn_of(pass, addr), &taken)) {
		if (tries++ == MAX_TRIES) {
			pass->stats->nr_missed++;
			r->pending = SAMPLE_MISSED | last_hit;
			return;
		}
		addr = r->start + mul_u64_u64_shr(get_random_u64(), r->end - r->start, 64);
		taken.flags = DAMON_PAGE_OUT;
		folio = damon_page_peek(&pass->mem, pfn_of(pass, addr));
	}
	r->sample_addr = addr;
	r->cookie = taken.cookie;
	r->pending = taken.flags | last_hit;
}

static inline void clear(struct pass *pass, struct damon_region *r)
{
	struct folio *folio = damon_page_peek(&pass->mem, pfn_of(pass, r->next_addr));

	if (folio) {
		clear_used(pass, r, folio);
	} else {
		r->sample_addr = r->next_addr;
		r->pending = DAMON_PAGE_OUT | (r->pending & SAMPLE_LAST_HIT);
	}
}

/*
 * All are judged before any is cleared: regions can share a huge page, whose
 * one bit is cleared for all of them.
 */
static bool paddr_sample(void *data, struct damon_region *regions, u32 nr,
			 unsigned int what, struct damon_pass_stats *stats)
{
	const struct damon_paddr_target *target = data;
	struct damon_region *r, *end = regions + nr;
	struct pass pass = {
		.stats = stats,
		.pfn_shift = PAGE_SHIFT - target->unit_shift,
		.what = what,
	};

	pass_enter(&pass);
	for (r = regions; (what & DAMON_PASS_CHECK) && r < end; r++) {
		if (!r->pending)
			continue;
		pass_go_on(&pass);
		check(&pass, r);
	}
	for (r = regions; pass.owing && r < end; r++) {
		if (!(r->pending & DAMON_PAGE_LATER))
			continue;
		pass_go_on(&pass);
		give_back(&pass, r);
	}
	for (r = regions; (what & DAMON_PASS_CLEAR) && r < end; r++) {
		if (r->pending & DAMON_PAGE_OUT)
			continue;
		pass_go_on(&pass);
		clear(&pass, r);
	}
	damon_memory_leave();
	return true;
}

/* No page is ever waited for: nothing but flags of its is looked at. */
static bool paddr_probe(void *data, const struct damon_probe *probes, u32 nr_probes,
			struct damon_region *regions, struct damon_hits *hits, u32 nr,
			struct damon_pass_stats *stats)
{
	const struct damon_paddr_target *target = data;
	struct pass pass = {
		.stats = stats,
		.pfn_shift = PAGE_SHIFT - target->unit_shift,
	};
	u32 i;

	pass_enter(&pass);
	for (i = 0; i < nr; i++) {
		struct folio *folio;

		pass_go_on(&pass);
		folio = damon_page_folio(&pass.mem, pfn_of(&pass, regions[i].next_addr));
		damon_try_probes(probes, nr_probes, folio, &hits[i]);
		if (folio)
			folio_put(folio);
	}
	damon_memory_leave();
	stats->nr_checks += nr;
	return true;
}

static int paddr_node(void *data, u64 addr)
{
	const struct damon_paddr_target *target = data;
	struct damon_memory mem;
	struct folio *folio;
	int node = -1;

	damon_memory_enter(&mem);
	folio = damon_page_folio(&mem, addr >> (PAGE_SHIFT - target->unit_shift));
	if (folio) {
		node = folio_nid(folio);
		folio_put(folio);
	}
	damon_memory_leave();
	return node;
}

const struct damon_ops damon_paddr_ops = {
	.name = "paddr",
	.min_region_sz = PAGE_SIZE,
	.nr_ranges = DAMON_PADDR_MAX_RANGES,
	.joins_ranges = true,
	.stale = damon_paddr_stale,
	.ranges = damon_paddr_ranges,
	.sample = paddr_sample,
	.put = paddr_put,
	.probe = paddr_probe,
	.put_probe = damon_filters_put,
	.node = paddr_node,
	.actions = DAMON_PADDR_ACTIONS,
	.act = damon_paddr_act,
};
