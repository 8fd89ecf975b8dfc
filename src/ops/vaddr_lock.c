// SPDX-License-Identifier: GPL-2.0
/*
 * Taking a target's mmap lock without ever waiting in its queue.
 *
 * The target decides how long its lock is held.  A worker that queued up could
 * be held back for as long as the target likes, and a stop of the session with
 * it; so it only tries, sleeps a little, and gives up in the end.
 */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/oom.h>

#include "ops/vaddr.h"

/**
 * damon_vaddr_lock() - take the mmap lock for reading, within limits
 * @mm:		the target's, with a reference to its users
 * @patience_ns: time that may still be waited; what was waited is taken off
 *
 * May sleep.  Return: false if it could not be had in time, or if the address
 * space is being torn down by the OOM killer.
 */
bool damon_vaddr_lock(struct mm_struct *mm, u64 *patience_ns)
{
	u64 start = 0;
	u64 waited;

	while (!mmap_read_trylock(mm)) {
		if (!*patience_ns)
			return false;
		if (!start)
			start = ktime_get_ns();
		usleep_range(20, 60);
		waited = ktime_get_ns() - start;
		if (waited >= *patience_ns) {
			*patience_ns = 0;
			return false;
		}
	}
	if (start)
		*patience_ns -= min(*patience_ns, ktime_get_ns() - start);

	/* The OOM reaper frees pages under the read lock: nothing to see here. */
	if (check_stable_address_space(mm)) {
		mmap_read_unlock(mm);
		return false;
	}
	return true;
}

/**
 * damon_vaddr_unlock() - undo damon_vaddr_lock()
 * @mm:	the target's
 */
void damon_vaddr_unlock(struct mm_struct *mm)
{
	mmap_read_unlock(mm);
}
