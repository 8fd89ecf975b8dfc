// SPDX-License-Identifier: GPL-2.0
/*
 * Operations set for virtual addresses of a process.
 */
#include <linux/cred.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "core/core.h"
#include "damos/act.h"
#include "kernel/accessed.h"
#include "kernel/crowd.h"
#include "kernel/flush.h"
#include "kernel/task.h"
#include "kernel/walk.h"
#include "ops/probes.h"
#include "ops/vaddr.h"

/*
 * The clock is looked at once in so many entries; at each where secondary MMUs
 * are asked, too, which can take long.  A power of two.
 */
#define CLOCK_STRIDE		8

/*
 * A new program is mapped little by little: where it is followed, it is looked
 * at again so long after its beginning, then at twice the distance each time.
 */
#define SETTLE_FIRST_NS		(25 * NSEC_PER_MSEC)
#define SETTLE_LAST_NS		(5 * NSEC_PER_SEC)

/**
 * damon_vaddr_settle_begin() - have a target looked at again before long
 * @target:	its process has just begun with what it runs
 */
void damon_vaddr_settle_begin(struct damon_vaddr_target *target)
{
	target->settle_step = SETTLE_FIRST_NS;
	target->settle_at = ktime_get_ns() + SETTLE_FIRST_NS;
}

/**
 * damon_vaddr_target() - a target for damon_vaddr_ops
 * @mm:		its address space; the caller's mmgrab() reference is taken
 *		over, also on failure.  NULL for a cgroup or a seat
 * @process:	the process whose programs are followed, or NULL; the caller's
 *		reference is taken over, also on failure
 * @options:	copied; a reference to its credentials is taken
 *
 * May sleep.  Return: the target or NULL.
 */
void *damon_vaddr_target(struct mm_struct *mm, struct pid *process,
			 const struct damon_vaddr_options *options)
{
	struct damon_vaddr_target *target;

	target = kzalloc(sizeof(*target), GFP_KERNEL_ACCOUNT);
	if (!target)
		goto err_mm;
	target->mm = mm;
	target->process = process;
	if (process)
		damon_vaddr_settle_begin(target);
	target->options = *options;
	get_cred(target->options.cred);
	target->huge_shift = PAGE_SHIFT;
	INIT_LIST_HEAD(&target->peers);
	if (options->nr_pieces) {
		/* Twice as many, so that what is too many is joined rarely. */
		target->room = options->nr_pieces +
			max_t(u32, options->nr_pieces, DAMON_VADDR_MAX_CHECKS);
		target->pieces = damon_zalloc(target->room, sizeof(*target->pieces));
		if (!target->pieces)
			goto err_target;
	}
	return target;

err_target:
	put_cred(target->options.cred);
	kfree(target);
err_mm:
	put_pid(process);
	if (mm)
		mmdrop(mm);
	return NULL;
}

static void vaddr_put(void *data)
{
	struct damon_vaddr_target *target = data;

	list_del(&target->peers);
	damon_crowd_free(target->crowd);
	damon_free(target->pieces);
	put_cred(target->options.cred);
	put_pid(target->process);
	if (target->mm)
		mmdrop(target->mm);
	kfree(target);
}

/**
 * damon_vaddr_follow() - go on with what the process runs now
 * @target:	by the owner of its context
 *
 * Without a process to follow nothing is done.
 *
 * Return: whether the address space is another one now.
 */
bool damon_vaddr_follow(struct damon_vaddr_target *target)
{
	struct mm_struct *mm;

	if (likely(!target->process))
		return false;
	mm = damon_process_mm(target->process, target->mm);
	if (likely(!mm))
		return false;
	mmdrop(target->mm);
	target->mm = mm;
	target->fresh = true;
	target->fresh_hits = true;
	target->stale = true;
	damon_vaddr_settle_begin(target);
	return true;
}

/* Has a new program looked at again when it is time. */
static void settle(struct damon_vaddr_target *target)
{
	u64 now;

	if (likely(!target->settle_at))
		return;
	now = ktime_get_ns();
	if (now < target->settle_at)
		return;
	target->stale = true;
	target->settle_step *= 2;
	target->settle_at = target->settle_step <= SETTLE_LAST_NS ?
		now + target->settle_step : 0;
}

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

/* Are the regions of @old those of @new? */
static bool vaddr_same(const void *new, const void *old)
{
	const struct damon_vaddr_target *n = new, *o = old;

	return n->mm == o->mm && !o->fresh;
}

/**
 * struct pass - a sampling pass over one target
 * @target:	the target
 * @stats:	of the pass, with the time that it may wait
 * @held:	the mmap lock is held and @walk has begun
 * @gone:	the target's memory has no user any more
 * @took:	bits were taken that processors may still have in their TLBs
 * @until:	when it is to be dropped at the latest
 * @nr_entries:	entries looked at since it was taken
 * @stride:	entries between two looks at the clock
 * @walk:	position, while @held
 *
 * On the stack of vaddr_sample() or vaddr_probe().
 */
struct pass {
	struct damon_vaddr_target *target;
	struct damon_pass_stats *stats;
	bool held;
	bool gone;
	bool took;
	u64 until;
	unsigned int nr_entries;
	unsigned int stride;
	struct damon_walk walk;
};

static void pass_release(struct pass *pass)
{
	if (!pass->held)
		return;
	damon_walk_end(&pass->walk);
	pass->took |= pass->walk.took;
	damon_vaddr_leave(pass->target->mm);
	pass->held = false;
	cond_resched();
}

static bool pass_has_had_enough(const struct pass *pass)
{
	if (pass->nr_entries >= DAMON_VADDR_MAX_CHECKS)
		return true;
	return !(pass->nr_entries & (pass->stride - 1)) &&
	       (mmap_lock_is_contended(pass->target->mm) ||
		ktime_get_ns() >= pass->until);
}

/*
 * To be called before each entry: takes the mmap lock, and drops it for a
 * moment when it was held long enough.  False if it cannot be had.
 */
static bool pass_hold(struct pass *pass)
{
	int err;

	if (pass->held && pass_has_had_enough(pass))
		pass_release(pass);
	if (!pass->held) {
		err = damon_vaddr_enter(pass->target->mm, &pass->stats->patience_ns);
		if (err) {
			pass->gone = err == -ESRCH;
			return false;
		}
		pass->held = true;
		pass->until = ktime_get_ns() + DAMON_VADDR_MAX_HOLD_NS;
		pass->nr_entries = 0;
		damon_walk_begin(&pass->walk, pass->target->mm,
				 pass->target->options.own_bits_only);
	}
	pass->nr_entries++;
	return true;
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

/* Judges @nr regions, then gives back what had to wait for that. */
static bool check_group(struct pass *pass, struct damon_region *regions, u32 nr)
{
	struct damon_region *end = regions + nr;
	bool owing = false;
	struct damon_region *r;

	for (r = regions; r < end; r++) {
		if (!r->pending)
			continue;
		if (!pass_hold(pass))
			return false;
		if (damon_accessed_check(&pass->walk, r->sample_addr, &r->pending,
					 r->cookie))
			damon_region_hit(r);
		owing |= r->pending;
		pass->stats->nr_checks++;
	}
	for (r = regions; owing && r < end; r++) {
		if (!r->pending)
			continue;
		if (!pass_hold(pass))
			return false;
		damon_accessed_give_back(&pass->walk, r->sample_addr, r->cookie);
		r->pending = 0;
	}
	return true;
}

/*
 * From now on groups are as large as the largest page.  No sample is out that could
 * be on one and was not noted, but where small pages have become a huge one since.
 */
static void note_huge(struct pass *pass)
{
	unsigned int shift = pass->walk.span == PUD_SIZE ? PUD_SHIFT : PMD_SHIFT;

	pass->target->huge_shift = max(pass->target->huge_shift, shift);
}

/* Returns how many of @nr regions were cleared. */
static u32 clear_group(struct pass *pass, struct damon_region *regions, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		struct damon_region *r = &regions[i];

		if (!pass_hold(pass))
			break;
		r->pending = damon_accessed_clear(&pass->walk, r->next_addr,
						  &r->cookie);
		r->sample_addr = r->next_addr;
		if (unlikely(pass->walk.kind == DAMON_WALK_HUGE))
			note_huge(pass);
	}
	return i;
}

/* Before a pass: what is the target now? */
static void pass_begin(struct pass *pass, struct damon_region *regions, u32 nr,
		       unsigned int what)
{
	struct damon_vaddr_target *target = pass->target;

	damon_vaddr_follow(target);
	settle(target);
	if (unlikely(target->fresh))
		begin_anew(target, regions, nr, what);
	pass->stride = mm_has_notifiers(target->mm) ? 1 : CLOCK_STRIDE;
}

/* After a pass: is the target still there? */
static bool pass_end(struct pass *pass)
{
	/* It may have gone on with another program just now. */
	return !pass->gone || damon_vaddr_follow(pass->target);
}

static bool vaddr_sample(void *data, struct damon_region *regions, u32 nr,
			 unsigned int what, struct damon_pass_stats *stats)
{
	bool last = !(what & DAMON_PASS_CLEAR);
	struct pass pass = {
		.target = data,
		.stats = stats,
	};
	u32 done = 0;

	pass_begin(&pass, regions, nr, what);
	while (done < nr) {
		struct damon_region *r = regions + done;
		u32 n = last ? nr : group_size(data, r, nr - done);
		u32 cleared;

		if ((what & DAMON_PASS_CHECK) && !check_group(&pass, r, n))
			break;
		cleared = last ? n : clear_group(&pass, r, n);
		done += cleared;
		if (cleared < n)
			break;
	}
	pass_release(&pass);
	if (pass.took && pass.target->options.flush_tlb)
		damon_flush_tlb(pass.target->mm);

	stats->nr_missed += nr - done;
	/* The last pass before regions change: what it missed is lost. */
	for (; last && done < nr; done++)
		regions[done].pending = 0;
	return pass_end(&pass);
}

static bool vaddr_probe(void *data, const struct damon_probe *probes, u32 nr_probes,
			struct damon_region *regions, struct damon_hits *hits, u32 nr,
			struct damon_pass_stats *stats)
{
	struct pass pass = {
		.target = data,
		.stats = stats,
	};
	u32 i;

	/* Where only probes look, this is where new samples would be taken. */
	pass_begin(&pass, regions, nr, DAMON_PASS_CLEAR);
	if (unlikely(pass.target->fresh_hits))
		memset(hits, 0, nr * sizeof(*hits));
	pass.target->fresh_hits = false;
	for (i = 0; i < nr && pass_hold(&pass); i++)
		damon_try_probes(probes, nr_probes,
				 damon_accessed_folio(&pass.walk, regions[i].next_addr),
				 &hits[i]);
	pass_release(&pass);
	stats->nr_checks += i;
	stats->nr_missed += nr - i;
	return pass_end(&pass);
}

#define VADDR_ACTIONS	((1U << NR_DAMOS_ACTIONS) - 1)

const struct damon_ops damon_vaddr_ops = {
	.name = "vaddr",
	.min_region_sz = PAGE_SIZE,
	.nr_ranges = 3,
	.same = vaddr_same,
	.stale = damon_vaddr_stale,
	.gone = damon_vaddr_gone,
	.ranges = damon_vaddr_ranges,
	.sample = vaddr_sample,
	.gather = damon_vaddr_gather,
	.join = damon_vaddr_join,
	.left_out = damon_vaddr_left_out,
	.inherit = damon_vaddr_inherit,
	.put = vaddr_put,
	.probe = vaddr_probe,
	.put_probe = damon_filters_put,
	.actions = VADDR_ACTIONS,
	.act = damon_vaddr_act,
};

/* Ranges are the user's and not asked for; COMMIT has seen to it that there are some. */
const struct damon_ops damon_fvaddr_ops = {
	.name = "fvaddr",
	.min_region_sz = PAGE_SIZE,
	.nr_ranges = 0,
	.same = vaddr_same,
	.gone = damon_vaddr_gone,
	.sample = vaddr_sample,
	.put = vaddr_put,
	.probe = vaddr_probe,
	.put_probe = damon_filters_put,
	.actions = VADDR_ACTIONS,
	.act = damon_vaddr_act,
};
