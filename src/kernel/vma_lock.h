/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Locks of single mappings (VMAs), of Linux 6.12 and later.
 *
 * Held for reading, together with a user of the address space, such a lock keeps
 * of its VMA what the mmap lock held for reading keeps of all.  In 6.12 and 7.3 who
 * has the mmap lock for writing and changes a VMA calls vma_start_write() first,
 * which waits for readers and keeps new ones out until the mmap lock is dropped:
 *
 *  - munmap(), mmap() over it, mremap(), splitting, merging, growing and the moving
 *    of exec's stack.  What they free of tables is bounded by the VMAs beside.  The
 *    locks go down with the mmap lock where munmap() frees under the read lock: the
 *    VMA is detached by then, and is not found.
 *  - collapse to a huge page, whose PTE table is that of one VMA only.
 *  - mprotect(), mlock() and other changes of flags; fork, before it copies from it;
 *    mm_take_all_locks(), so that no first MMU notifier comes while one is held.
 *
 * What takes tables or pages away without it is not kept out by the mmap lock held for
 * reading either: it has the locks of the tables, and frees tables by RCU; see walk.c:
 * PTE tables of files that are collapsed, and that 7.3 frees when they become empty;
 * UFFDIO_MOVE, the OOM reaper, reclaim, migration.  exit_mmap() is kept out by the user.
 *
 * Nothing that is used below a walk asserts the mmap lock: neither locks of tables
 * nor the young notifiers, page flags and filters.  vma_lookup() does not either, but
 * what it finds beside the VMA may go at any time.
 *
 * lock_vma_under_rcu() makes sure that the VMA is still one of this address space:
 * in 7.3 its memory can be used for another VMA at once (SLAB_TYPESAFE_BY_RCU), and
 * the lock is a reference count, in 6.12 a rw_semaphore of its own.  vma_end_read()
 * is inline in both and needs exported functions only.
 */
#ifndef DAMON_KERNEL_VMA_LOCK_H
#define DAMON_KERNEL_VMA_LOCK_H

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>

#include "kernel/bind.h"

#ifdef DAMON_HAVE_VMA_LOCKS
/**
 * damon_vma_trylock() - lock the mapping of an address for reading
 * @mm:		the address space, with a user
 * @addr:	the address
 *
 * Any context but interrupts.  Never waits.
 *
 * Return: the mapping, until damon_vma_unlock(); -ENOENT if nothing is mapped there;
 * NULL if the mapping is being changed, or the kernel has no such locks.
 */
static inline struct vm_area_struct *damon_vma_trylock(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma;

	if (!damon_has(lock_vma_under_rcu))
		return NULL;
	vma = damon_call(lock_vma_under_rcu)(mm, addr);
	if (vma)
		return vma;
	/* One that is there must not be looked into. */
	vma = vma_lookup(mm, addr);
	return vma ? NULL : ERR_PTR(-ENOENT);
}

/**
 * damon_vma_unlock() - undo damon_vma_trylock()
 * @vma:	the mapping; its address space still has a user
 */
static inline void damon_vma_unlock(struct vm_area_struct *vma)
{
	vma_end_read(vma);
}
#else
static inline struct vm_area_struct *damon_vma_trylock(struct mm_struct *mm, unsigned long addr)
{
	return NULL;
}

static inline void damon_vma_unlock(struct vm_area_struct *vma)
{
}
#endif

#endif /* DAMON_KERNEL_VMA_LOCK_H */
