// SPDX-License-Identifier: GPL-2.0
/*
 * Going into a target's address space without ever waiting in its queue.
 *
 * The target decides how long its mmap lock is held.  A worker that queued up
 * could be held back for as long as the target likes, and a stop of the session
 * with it; so it only tries, sleeps a little, and gives up in the end.  While it
 * sleeps it holds nothing of the target's, whose exit frees its memory at once.
 */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/oom.h>
#include <linux/rwsem.h>
#include <linux/sched/mm.h>

#include "ops/vaddr.h"

/* Sleeps a little and takes that off; false if there is no patience left. */
static bool wait_a_little(u64 *patience_ns)
{
	u64 begun;

	if (!*patience_ns)
		return false;
	begun = ktime_get_ns();
	usleep_range(20, 60);
	*patience_ns -= min(*patience_ns, ktime_get_ns() - begun);
	return true;
}

/**
 * damon_vaddr_enter() - take the mmap lock for reading, within limits
 * @mm:		the target's
 * @patience_ns: time that may still be waited; what was waited is taken off
 *
 * May sleep.  Return: 0, and the memory stays until damon_vaddr_leave();
 * -ESRCH if it has no user any more (exit and exec drop the last one); -EAGAIN
 * if the lock could not be had in time, or the OOM killer tears the memory down.
 */
int damon_vaddr_enter(struct mm_struct *mm, u64 *patience_ns)
{
	for (;;) {
		if (!mmget_not_zero(mm))
			return -ESRCH;
		if (mmap_read_trylock(mm))
			break;
		mmput_async(mm);
		if (!wait_a_little(patience_ns))
			return -EAGAIN;
	}

	/* The OOM reaper frees pages under the read lock: nothing to see here. */
	if (check_stable_address_space(mm)) {
		damon_vaddr_leave(mm);
		return -EAGAIN;
	}
	return 0;
}

/**
 * damon_vaddr_leave() - undo damon_vaddr_enter()
 * @mm:	the target's
 *
 * Never tears down the address space itself, should it be the last user.
 */
void damon_vaddr_leave(struct mm_struct *mm)
{
	mmap_read_unlock(mm);
	mmput_async(mm);
}

/**
 * damon_vaddr_await_nobody() - wait until nobody has the mmap lock, within limits
 * @mm:		the target's
 * @patience_ns: as for damon_vaddr_enter()
 *
 * For who is going to ask the kernel for something that takes the lock for writing,
 * which waits for all who read.  Nothing is taken here: who comes in between is
 * waited for all the same, but that is a moment, and not what was going on already.
 *
 * May sleep.  Return: 0; -ESRCH and -EAGAIN as damon_vaddr_enter().
 */
int damon_vaddr_await_nobody(struct mm_struct *mm, u64 *patience_ns)
{
	do {
		if (!atomic_read(&mm->mm_users))
			return -ESRCH;
		if (!rwsem_is_locked(&mm->mmap_lock))
			return 0;
	} while (wait_a_little(patience_ns));
	return -EAGAIN;
}
