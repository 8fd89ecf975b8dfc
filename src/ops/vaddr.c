// SPDX-License-Identifier: GPL-2.0
/*
 * Operations set for virtual addresses of a process.
 */
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "core/core.h"
#include "kernel/accessed.h"
#include "kernel/walk.h"
#include "ops/vaddr.h"

/*
 * Waited at most for the mmap lock in one pass.  A pass that ends a window, a
 * session or a target only gives back, and is the last that can: it has more.
 */
#define PASS_PATIENCE_NS	(20 * NSEC_PER_MSEC)
#define LAST_PASS_PATIENCE_NS	(100 * NSEC_PER_MSEC)

/* The clock is looked at once in so many regions. */
#define CLOCK_STRIDE		16

/**
 * damon_vaddr_target() - a target for damon_vaddr_ops
 * @mm:			its address space; the caller's mmgrab() reference is
 *			taken over, also on failure
 * @own_bits_only:	see struct damon_vaddr_target
 *
 * May sleep.  Return: the target or NULL.
 */
void *damon_vaddr_target(struct mm_struct *mm, bool own_bits_only)
{
	struct damon_vaddr_target *target;

	target = kzalloc(sizeof(*target), GFP_KERNEL_ACCOUNT);
	if (!target) {
		mmdrop(mm);
		return NULL;
	}
	target->mm = mm;
	target->own_bits_only = own_bits_only;
	return target;
}

static void vaddr_put(void *data)
{
	struct damon_vaddr_target *target = data;

	mmdrop(target->mm);
	kfree(target);
}

static inline void check_region(struct damon_walk *walk, struct damon_region *r)
{
	if (damon_accessed_check(walk, r->sample_addr, r->pending, r->cookie))
		damon_region_hit(r);
	r->pending = 0;
}

static inline void clear_region(struct damon_walk *walk, struct damon_region *r,
				bool own_bits_only)
{
	r->pending = damon_accessed_clear(walk, r->next_addr, own_bits_only,
					  &r->cookie);
	r->sample_addr = r->next_addr;
}

/*
 * As many regions as one hold of the mmap lock allows, at least one.  Returns
 * their number.
 */
static u32 sample_some(struct damon_vaddr_target *target,
		       struct damon_region *regions, u32 nr, unsigned int what,
		       struct damon_pass_stats *stats)
{
	u64 until = ktime_get_ns() + DAMON_VADDR_MAX_HOLD_NS;
	unsigned int nr_entries = 0;
	struct damon_walk walk;
	u32 i = 0;

	damon_walk_begin(&walk, target->mm);
	do {
		struct damon_region *r = &regions[i];

		if ((what & DAMON_PASS_CHECK) && r->pending) {
			check_region(&walk, r);
			stats->nr_checks++;
			nr_entries++;
		}
		if (what & DAMON_PASS_CLEAR) {
			clear_region(&walk, r, target->own_bits_only);
			nr_entries++;
		}
		i++;
		if (i % CLOCK_STRIDE == 0 &&
		    (mmap_lock_is_contended(target->mm) || ktime_get_ns() >= until))
			break;
	} while (i < nr && nr_entries < DAMON_VADDR_MAX_CHECKS);
	damon_walk_end(&walk);
	return i;
}

static bool vaddr_sample(void *data, struct damon_region *regions, u32 nr,
			 unsigned int what, struct damon_pass_stats *stats)
{
	struct damon_vaddr_target *target = data;
	struct mm_struct *mm = target->mm;
	bool last = !(what & DAMON_PASS_CLEAR);
	u64 patience_ns = last ? LAST_PASS_PATIENCE_NS : PASS_PATIENCE_NS;
	u32 done = 0;

	/* Exit and exec drop the last user: then there is nothing to watch. */
	if (!mmget_not_zero(mm))
		return false;
	while (done < nr) {
		if (!damon_vaddr_lock(mm, &patience_ns))
			break;
		done += sample_some(target, regions + done, nr - done, what, stats);
		damon_vaddr_unlock(mm);
		cond_resched();
	}
	mmput_async(mm);

	stats->nr_missed += nr - done;
	for (; last && done < nr; done++)
		regions[done].pending = 0;
	return true;
}

const struct damon_ops damon_vaddr_ops = {
	.name = "vaddr",
	.min_region_sz = PAGE_SIZE,
	.nr_ranges = 3,
	.ranges = damon_vaddr_ranges,
	.sample = vaddr_sample,
	.put = vaddr_put,
};
