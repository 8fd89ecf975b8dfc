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
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/oom.h>
#include <linux/rwsem.h>
#include <linux/sched/mm.h>

#include "kernel/vma_lock.h"
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

/*
 * Others can have page tables of hugetlb, too: there the lock of the mapping is not
 * enough.
 */
static struct vm_area_struct *try_mapping(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = damon_vma_trylock(mm, addr);

	if (!IS_ERR_OR_NULL(vma) && vma->vm_flags & VM_HUGETLB) {
		damon_vma_unlock(vma);
		return NULL;
	}
	return vma;
}

/**
 * damon_vaddr_enter_at() - keep the memory at an address in place, within limits
 * @mm:		the target's
 * @addr:	the address
 * @mapping:	out: NULL if the mmap lock is held, which does for all addresses.
 *		Else whoever has that is busy with other memory: the mapping whose
 *		lock is held instead; an error if nothing is mapped at @addr, and
 *		nothing but a user's reference is held.
 *		@mapping is NULL for who wants the mmap lock
 * @patience_ns: time that may still be waited; what was waited is taken off
 *
 * May sleep.  Locks are held for reading.
 *
 * Return: 0, and it stays until damon_vaddr_leave_at(); -ESRCH if the memory has
 * no user any more (exit and exec drop the last one); -EAGAIN if it could not be
 * had in time, or the OOM killer tears the memory down.
 */
int damon_vaddr_enter_at(struct mm_struct *mm, unsigned long addr,
			 struct vm_area_struct **mapping, u64 *patience_ns)
{
	struct vm_area_struct *vma = NULL;

	for (;;) {
		if (!mmget_not_zero(mm))
			return -ESRCH;
		if (mmap_read_trylock(mm))
			break;
		if (mapping)
			vma = try_mapping(mm, addr);
		if (vma)
			break;
		mmput_async(mm);
		if (!wait_a_little(patience_ns))
			return -EAGAIN;
	}

	/* The OOM reaper frees pages under the read lock: nothing to see here. */
	if (check_stable_address_space(mm)) {
		damon_vaddr_leave_at(mm, vma);
		return -EAGAIN;
	}
	if (mapping)
		*mapping = vma;
	return 0;
}

/**
 * damon_vaddr_leave_at() - undo damon_vaddr_enter_at()
 * @mm:		the target's
 * @mapping:	as that has left it
 *
 * Never tears down the address space itself, should it be the last user.
 */
void damon_vaddr_leave_at(struct mm_struct *mm, struct vm_area_struct *mapping)
{
	if (likely(!mapping))
		mmap_read_unlock(mm);
	else if (!IS_ERR(mapping))
		damon_vma_unlock(mapping);
	mmput_async(mm);
}

/**
 * damon_vaddr_enter() - take the mmap lock for reading, within limits
 * @mm:		the target's
 * @patience_ns: time that may still be waited; what was waited is taken off
 *
 * May sleep.  Return: as damon_vaddr_enter_at(), until damon_vaddr_leave().
 */
int damon_vaddr_enter(struct mm_struct *mm, u64 *patience_ns)
{
	return damon_vaddr_enter_at(mm, 0, NULL, patience_ns);
}

/**
 * damon_vaddr_leave() - undo damon_vaddr_enter()
 * @mm:	the target's
 */
void damon_vaddr_leave(struct mm_struct *mm)
{
	damon_vaddr_leave_at(mm, NULL);
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
