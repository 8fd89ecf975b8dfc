// SPDX-License-Identifier: GPL-2.0
/*
 * Operations set for virtual addresses of a process: sampling and probing.
 */
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/string.h>

#include "core/core.h"
#include "kernel/accessed.h"
#include "kernel/flush.h"
#include "kernel/walk.h"
#include "ops/probes.h"
#include "ops/vaddr.h"
#include "ops/vaddr_pass.h"

/*
 * What regions tell is of another program, and none of their samples is out.
 * They are forgotten when new ones are taken: until then core may have use for
 * the counts.
 */
static void begin_anew(struct damon_vaddr_target *target, struct damon_region *regions,
		       u32 nr, unsigned int what)
{
	u32 i;

	for (i = 0; i < nr; i++)
		regions[i].pending = 0;
	if (!(what & DAMON_PASS_CLEAR))
		return;
	for (i = 0; i < nr; i++) {
		regions[i].nr_accesses = 0;
		regions[i].last_nr_accesses = 0;
		regions[i].age = 0;
	}
	target->fresh = false;
}

/*
 * How many of @regions are to be checked before the first of them is cleared:
 * regions can share a huge page, whose one bit is cleared for all of them.  Where
 * there are none, one: both samples of a region are near each other.  (Large folios
 * that are mapped page by page share PG_idle, which is asked after the entries' own
 * bits: that an access shows there only, and only to a neighbour, is left to chance.)
 */
static u32 group_size(const struct damon_vaddr_target *target,
		      const struct damon_region *regions, u32 nr)
{
	unsigned int shift = target->huge_shift;
	u32 i;

	for (i = 1; i < nr; i++)
		if ((regions[i - 1].end - 1) >> shift != regions[i].start >> shift)
			break;
	return i;
}

/*
 * Judges @nr regions, then gives back what had to wait for that.  What is busy is
 * left as it is, so that others do not miss their samples, too: returns how many of
 * the samples are still out.
 */
static u32 check_group(struct damon_vaddr_pass *pass, struct damon_region *regions, u32 nr)
{
	struct damon_region *end = regions + nr;
	bool owing = false;
	struct damon_region *r;
	u32 nr_out = 0;

	for (r = regions; r < end; r++) {
		if (!r->pending)
			continue;
		if (!damon_vaddr_hold(pass, r->sample_addr)) {
			nr_out++;
			continue;
		}
		if (damon_accessed_check(&pass->walk, r->sample_addr, &r->pending,
					 r->cookie))
			damon_region_hit(r);
		owing |= r->pending;
		pass->stats->nr_checks++;
	}
	for (r = regions; owing && r < end; r++) {
		if (!(r->pending & DAMON_TAKEN_OWED))
			continue;
		if (!damon_vaddr_hold(pass, r->sample_addr)) {
			nr_out++;
			continue;
		}
		damon_accessed_give_back(&pass->walk, r->sample_addr, r->cookie);
		r->pending = 0;
	}
	return nr_out;
}

/*
 * From now on groups are as large as the largest page.  No sample is out that could
 * be on one and was not noted, but where small pages have become a huge one since.
 */
static void note_huge(struct damon_vaddr_pass *pass)
{
	unsigned int shift = pass->walk.span == PUD_SIZE ? PUD_SHIFT : PMD_SHIFT;

	pass->target->huge_shift = max(pass->target->huge_shift, shift);
}

/* Takes new samples of @nr regions.  Returns of how many it could not. */
static u32 clear_group(struct damon_vaddr_pass *pass, struct damon_region *regions, u32 nr)
{
	struct damon_region *end = regions + nr;
	struct damon_region *r;
	u32 missed = 0;

	for (r = regions; r < end; r++) {
		if (!damon_vaddr_hold(pass, r->next_addr)) {
			missed++;
			continue;
		}
		r->pending = damon_accessed_clear(&pass->walk, r->next_addr,
						  &r->cookie);
		r->sample_addr = r->next_addr;
		if (unlikely(pass->walk.kind == DAMON_WALK_HUGE))
			note_huge(pass);
	}
	return missed;
}

/* Before a pass: what is the target now? */
static void pass_begin(struct damon_vaddr_pass *pass, struct damon_region *regions, u32 nr,
		       unsigned int what)
{
	struct damon_vaddr_target *target = pass->target;

	damon_vaddr_follow(target);
	damon_vaddr_settle(target);
	if (unlikely(target->fresh))
		begin_anew(target, regions, nr, what);
	pass->stride = mm_has_notifiers(target->mm) ? 1 : DAMON_VADDR_CLOCK_STRIDE;
}

/* After a pass: is the target still there? */
static bool pass_end(struct damon_vaddr_pass *pass)
{
	/* It may have gone on with another program just now. */
	return !pass->gone || damon_vaddr_follow(pass->target);
}

/**
 * damon_vaddr_sample() - @sample of struct damon_ops
 * @data:	struct damon_vaddr_target
 * @regions:	see there
 * @nr:		how many
 * @what:	DAMON_PASS_*
 * @stats:	of the pass, with the time that it may wait
 *
 * May sleep.  Return: see there.
 */
bool damon_vaddr_sample(void *data, struct damon_region *regions, u32 nr,
			unsigned int what, struct damon_pass_stats *stats)
{
	bool last = !(what & DAMON_PASS_CLEAR);
	struct damon_vaddr_pass pass = {
		.target = data,
		.stats = stats,
	};
	u32 done, n;

	pass_begin(&pass, regions, nr, what);
	for (done = 0; done < nr; done += n) {
		struct damon_region *r = regions + done;
		u32 missed = 0;

		n = last ? nr : group_size(data, r, nr - done);
		if (what & DAMON_PASS_CHECK)
			missed = check_group(&pass, r, n);
		/* New ones of all of a group, or of none: see there. */
		if (!last)
			missed = missed ? n : clear_group(&pass, r, n);
		stats->nr_missed += missed;
	}
	damon_vaddr_release(&pass);
	if (pass.took && pass.target->options.flush_tlb)
		damon_flush_tlb(pass.target->mm);

	/* The last pass before regions change: what it missed is lost. */
	for (done = 0; last && done < nr; done++)
		regions[done].pending = 0;
	return pass_end(&pass);
}

/**
 * damon_vaddr_probe() - @probe of struct damon_ops
 * @data:	struct damon_vaddr_target
 * @probes:	see there
 * @nr_probes:	how many
 * @regions:	see there
 * @hits:	of them
 * @nr:		how many
 * @stats:	of the pass, with the time that it may wait
 *
 * May sleep.  Return: see there.
 */
bool damon_vaddr_probe(void *data, const struct damon_probe *probes, u32 nr_probes,
		       struct damon_region *regions, struct damon_hits *hits, u32 nr,
		       struct damon_pass_stats *stats)
{
	struct damon_vaddr_pass pass = {
		.target = data,
		.stats = stats,
	};
	u32 i;

	/* Where only probes look, this is where new samples would be taken. */
	pass_begin(&pass, regions, nr, DAMON_PASS_CLEAR);
	if (unlikely(pass.target->fresh_hits))
		memset(hits, 0, nr * sizeof(*hits));
	pass.target->fresh_hits = false;
	for (i = 0; i < nr; i++) {
		if (!damon_vaddr_hold(&pass, regions[i].next_addr)) {
			stats->nr_missed++;
			continue;
		}
		damon_try_probes(probes, nr_probes,
				 damon_accessed_folio(&pass.walk, regions[i].next_addr),
				 &hits[i]);
		stats->nr_checks++;
	}
	damon_vaddr_release(&pass);
	return pass_end(&pass);
}
