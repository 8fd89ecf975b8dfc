/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a pass over a target holds of it, and for how long.
 */
#ifndef DAMON_OPS_VADDR_PASS_H
#define DAMON_OPS_VADDR_PASS_H

#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>

#include "kernel/walk.h"
#include "ops/vaddr.h"

/*
 * The clock is looked at once in so many entries; at each where secondary MMUs
 * are asked, too, which can take long.  A power of two.
 */
#define DAMON_VADDR_CLOCK_STRIDE	8

/**
 * struct damon_vaddr_pass - a sampling pass over one target
 * @target:	the target
 * @stats:	of the pass, with the time that it may wait
 * @held:	memory is kept in place and @walk has begun
 * @gone:	the target's memory has no user any more
 * @took:	bits were taken that processors may still have in their TLBs
 * @mapping:	what keeps memory in place, see damon_vaddr_enter_at()
 * @until:	when it is to be dropped at the latest
 * @nr_entries:	entries looked at since it was taken
 * @stride:	entries between two looks at the clock
 * @walk:	position, while @held
 *
 * On the stack of its user.
 */
struct damon_vaddr_pass {
	struct damon_vaddr_target *target;
	struct damon_pass_stats *stats;
	bool held;
	bool gone;
	bool took;
	struct vm_area_struct *mapping;
	u64 until;
	unsigned int nr_entries;
	unsigned int stride;
	struct damon_walk walk;
};

bool damon_vaddr_hold_slow(struct damon_vaddr_pass *pass, unsigned long addr);
void damon_vaddr_release(struct damon_vaddr_pass *pass);

static inline bool damon_vaddr_had_enough(const struct damon_vaddr_pass *pass)
{
	if (pass->nr_entries >= DAMON_VADDR_MAX_CHECKS)
		return true;
	if (pass->nr_entries & (pass->stride - 1))
		return false;
	/* Who has the mmap lock for writing may be waiting for this mapping now. */
	return pass->mapping || mmap_lock_is_contended(pass->target->mm) ||
	       ktime_get_ns() >= pass->until;
}

/**
 * damon_vaddr_hold() - have the memory at an address kept in place
 * @pass:	the pass
 * @addr:	where @pass->walk is to look next
 *
 * To be called before each entry: what was held long enough is dropped for a
 * moment.  May sleep.
 *
 * Return: false if it cannot be done in the time that there is.  What lies elsewhere
 * may still be had.
 */
static inline bool damon_vaddr_hold(struct damon_vaddr_pass *pass, unsigned long addr)
{
	if (likely(pass->held) && !damon_vaddr_had_enough(pass) &&
	    likely(damon_walk_reaches(&pass->walk, addr))) {
		pass->nr_entries++;
		return true;
	}
	return damon_vaddr_hold_slow(pass, addr);
}

#endif /* DAMON_OPS_VADDR_PASS_H */
