// SPDX-License-Identifier: GPL-2.0
/*
 * What a pass over a target holds of it: the mmap lock, and while that is not to
 * be had the lock of the mapping at hand.
 */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/sched.h>

#include "core/core.h"
#include "ops/vaddr_pass.h"

/**
 * damon_vaddr_release() - drop what is held, if anything is
 * @pass:	the pass
 */
void damon_vaddr_release(struct damon_vaddr_pass *pass)
{
	if (!pass->held)
		return;
	damon_walk_end(&pass->walk);
	pass->took |= pass->walk.took;
	damon_vaddr_leave_at(pass->target->mm, pass->mapping);
	pass->held = false;
	cond_resched();
}

/**
 * damon_vaddr_hold_slow() - damon_vaddr_hold() when what is held does not do
 * @pass:	the pass
 * @addr:	where to look next
 *
 * Return: as damon_vaddr_hold().
 */
bool damon_vaddr_hold_slow(struct damon_vaddr_pass *pass, unsigned long addr)
{
	struct damon_vaddr_target *target = pass->target;
	int err;

	damon_vaddr_release(pass);
	if (pass->gone)
		return false;
	err = damon_vaddr_enter_at(target->mm, addr, &pass->mapping,
				   &pass->stats->patience_ns);
	if (err) {
		pass->gone = err == -ESRCH;
		/* The caller goes on with what lies elsewhere. */
		cond_resched();
		return false;
	}
	pass->held = true;
	pass->until = ktime_get_ns() + DAMON_VADDR_MAX_HOLD_NS;
	pass->nr_entries = 1;
	damon_walk_begin(&pass->walk, target->mm, target->options.own_bits_only);
	if (pass->mapping)
		damon_walk_confine(&pass->walk, IS_ERR(pass->mapping) ? NULL : pass->mapping);
	return true;
}
