// SPDX-License-Identifier: GPL-2.0
/*
 * A moving position in the page tables of one process: the descent.
 *
 * What keeps the tables in place: the mmap lock (read) together with a VMA
 * that covers the address, or the lock of that VMA (see vma_lock.h).  munmap()
 * may free tables under a read lock, but only where no VMA is left.  PTE tables
 * can go away below a living VMA all the same (a huge page collapses, or empty
 * tables are given back): where that needs less than the mmap lock for writing
 * (newer kernels than 6.1), their memory is freed after a grace period and their
 * PMD entry changes under their lock, hence rcu_read_lock() and the second look at
 * the PMD.  PMD tables of shared hugetlb mappings have a lock of their own, see
 * walk_hold_hugetlb().
 */
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

#include "kernel/table.h"
#include "kernel/walk.h"

/* Memory that is not sampled: mappings without pages. */
#define DAMON_WALK_SKIP_VMA	(VM_PFNMAP | VM_IO)

/**
 * damon_walk_begin() - start at no position
 * @walk:		the position
 * @mm:			address space, mmap lock held for reading or see
 *			damon_walk_confine()
 * @own_bits_only:	leave out page tables that other processes may share
 */
void damon_walk_begin(struct damon_walk *walk, struct mm_struct *mm,
		      bool own_bits_only)
{
	walk->mm = mm;
	walk->own_bits_only = own_bits_only;
	walk->confined = false;
	walk->took = false;
	walk->vma = NULL;
	walk->vma_lock = NULL;
	walk->pmd_table = NULL;
	walk->kind = DAMON_WALK_NONE;
	walk->span = 0;
}

/**
 * damon_walk_confine() - let a walk see one mapping only
 * @walk:	just begun, without the mmap lock
 * @vma:	the mapping, none of hugetlb's, with its lock held for reading until
 *		damon_walk_end(); NULL: it sees nothing at all
 */
void damon_walk_confine(struct damon_walk *walk, struct vm_area_struct *vma)
{
	walk->confined = true;
	walk->vma = vma;
}

/*
 * The locks outlive the function that takes them.  For sparse, which balances
 * each function, walk_keep_*() says that the walk has them now, and
 * walk_unlock() that it has them back.
 */
static void walk_keep_huge(struct damon_walk *walk, spinlock_t *ptl)
{
	walk->ptl = ptl;
	walk->kind = DAMON_WALK_HUGE;
}

static void walk_keep_pte_table(struct damon_walk *walk, spinlock_t *ptl,
				pte_t *pte_table)
{
	walk->ptl = ptl;
	walk->pte_table = pte_table;
	walk->kind = DAMON_WALK_PTE;
}

static void walk_unlock(struct damon_walk *walk)
{
	if (walk->kind == DAMON_WALK_NONE)
		return;
	__acquire(walk->ptl);
	spin_unlock(walk->ptl);
	if (walk->kind == DAMON_WALK_PTE) {
		__acquire(RCU);
		rcu_read_unlock();
	}
	walk->kind = DAMON_WALK_NONE;
}

#ifdef CONFIG_HUGETLB_PAGE
static bool hugetlb_read_trylock(struct hugetlb_vma_lock *lock)
{
	return down_read_trylock(&lock->rw_sema);
}

static void hugetlb_read_unlock(struct hugetlb_vma_lock *lock)
{
	up_read(&lock->rw_sema);
}
#else
static void hugetlb_read_unlock(struct hugetlb_vma_lock *lock)
{
}
#endif

/* No table lock is held. */
static void walk_leave_vma(struct damon_walk *walk)
{
	walk->vma = NULL;
	if (likely(!walk->vma_lock))
		return;
	hugetlb_read_unlock(walk->vma_lock);
	walk->vma_lock = NULL;
	/* From now on it may be given to others. */
	walk->pmd_table = NULL;
}

/**
 * damon_walk_end() - give up what the position holds
 * @walk:	the position
 *
 * To be called before the mmap lock, or that of the mapping, is dropped.
 */
void damon_walk_end(struct damon_walk *walk)
{
	walk_unlock(walk);
	walk_leave_vma(walk);
}

/* Makes @walk->pmd_table cover @addr, or returns false. */
static bool walk_pmd_table(struct damon_walk *walk, unsigned long addr)
{
	pud_t *pud;
	pud_t pudval;

	if (walk->pmd_table && addr - walk->pmd_base < PUD_SIZE)
		return true;
	walk->pmd_table = NULL;

	pud = damon_table_pud(walk->mm, addr);
	if (!pud)
		return false;
	pudval = READ_ONCE(*pud);
	/* It can be huge, too: device memory. */
	if (unlikely(!damon_is_table(native_pud_val(pudval))))
		return false;

	walk->pmd_base = addr & PUD_MASK;
	walk->pmd_table = damon_table_pmd(pudval, walk->pmd_base);
	return true;
}

/* Locks a huge PMD.  False: it is none any more, or not present. */
static bool walk_lock_pmd(struct damon_walk *walk)
{
	spinlock_t *ptl = damon_huge_pmd_lock(walk->mm, walk->pmd);

	if (ptl)
		walk_keep_huge(walk, ptl);
	return ptl;
}

/*
 * Locks the PTE table that @pmdval points to.  False: it does not any more.
 * The RCU read-side section goes on until walk_unlock() if this succeeds.
 */
static bool walk_lock_pte_table(struct damon_walk *walk, pmd_t pmdval)
{
	spinlock_t *ptl = damon_pte_table_lock(walk->mm, walk->pmd, pmdval);

	if (likely(ptl))
		walk_keep_pte_table(walk, ptl, damon_table_pte(pmdval, walk->base));
	return ptl;
}

#ifdef CONFIG_HUGETLB_PAGE
/*
 * Can the table of @addr's entry be one that several processes use?  That takes
 * a shared mapping of all that the table covers; a mapping that is cut to less
 * gets a table of its own.
 */
static bool hugetlb_may_share(const struct vm_area_struct *vma, unsigned long addr)
{
	unsigned long start = addr & PUD_MASK;

	return vma->vm_flags & VM_MAYSHARE && vma->vm_start <= start &&
	       vma->vm_end - start >= PUD_SIZE;
}

/*
 * A shared table can be taken from this process and freed by the last one that
 * has it, with the mmap lock of neither: it stays while hugetlb's own lock of
 * the mapping is held.  A mapping without one never shares.  Only tried: who
 * holds it for writing is about to unmap or protect the memory, and the target
 * decides how long that takes.
 */
static bool walk_hold_hugetlb(struct damon_walk *walk)
{
	struct vm_area_struct *vma = walk->vma;
	struct hugetlb_vma_lock *lock = vma->vm_private_data;

	if (walk->vma_lock || !(vma->vm_flags & VM_MAYSHARE) || !lock)
		return true;
	if (!hugetlb_read_trylock(lock))
		return false;
	walk->vma_lock = lock;
	/* It may have been found before, without the lock. */
	walk->pmd_table = NULL;
	return true;
}

/* damon_walk_seek_slow() in a hugetlb mapping. */
static enum damon_walk_kind walk_seek_hugetlb(struct damon_walk *walk,
					      unsigned long addr)
{
	struct hstate *h = hstate_vma(walk->vma);

	walk->span = huge_page_size(h);
	if (walk->own_bits_only && walk->span == PMD_SIZE &&
	    hugetlb_may_share(walk->vma, addr))
		return DAMON_WALK_NONE;
	if (!walk_hold_hugetlb(walk))
		return DAMON_WALK_NONE;

	if (walk->span == PUD_SIZE) {
		walk->pmd = (pmd_t *)damon_table_pud(walk->mm, addr);
		if (!walk->pmd)
			return DAMON_WALK_NONE;
	} else if (walk->span == PMD_SIZE && walk_pmd_table(walk, addr)) {
		walk->pmd = walk->pmd_table + pmd_index(addr);
	} else {
		return DAMON_WALK_NONE;
	}
	walk->base = addr & ~(walk->span - 1);
	walk_keep_huge(walk, huge_pte_lock(h, walk->mm, (pte_t *)walk->pmd));
	__release(walk->ptl);
	return walk->kind;
}
#else
static enum damon_walk_kind walk_seek_hugetlb(struct damon_walk *walk,
					      unsigned long addr)
{
	return DAMON_WALK_NONE;
}
#endif

/* Goes on to another mapping, if that also has the PTE table that is locked. */
static bool walk_next_vma(struct damon_walk *walk, unsigned long addr)
{
	struct vm_area_struct *vma;

	if (unlikely(walk->confined))
		return false;
	vma = vma_lookup(walk->mm, addr);
	if (!vma || vma->vm_flags & (DAMON_WALK_SKIP_VMA | VM_HUGETLB))
		return false;
	walk->vma = vma;
	return true;
}

/**
 * damon_walk_seek_slow() - damon_walk_seek() when what is locked does not do
 * @walk:	the position
 * @addr:	where to
 *
 * Return: as damon_walk_seek().
 */
enum damon_walk_kind damon_walk_seek_slow(struct damon_walk *walk, unsigned long addr)
{
	unsigned int tries;
	pmd_t pmdval;

	if (walk->kind == DAMON_WALK_PTE && addr - walk->base < walk->span &&
	    walk_next_vma(walk, addr))
		return walk->kind;
	walk_unlock(walk);

	if (!damon_walk_in_vma(walk, addr)) {
		if (unlikely(walk->confined))
			return DAMON_WALK_NONE;
		walk_leave_vma(walk);
		walk->vma = vma_lookup(walk->mm, addr);
		if (!walk->vma)
			return DAMON_WALK_NONE;
	}
	if (unlikely(walk->vma->vm_flags & (DAMON_WALK_SKIP_VMA | VM_HUGETLB))) {
		if (walk->vma->vm_flags & DAMON_WALK_SKIP_VMA)
			return DAMON_WALK_NONE;
		return walk_seek_hugetlb(walk, addr);
	}
	if (!walk_pmd_table(walk, addr))
		return DAMON_WALK_NONE;

	walk->base = addr & PMD_MASK;
	walk->span = PMD_SIZE;
	walk->pmd = walk->pmd_table + pmd_index(addr);

	/* The entry can change between look and lock, but not for ever. */
	for (tries = 0; tries < 3; tries++) {
		rcu_read_lock();
		pmdval = READ_ONCE(*walk->pmd);
		if (likely(damon_is_table(native_pmd_val(pmdval)))) {
			if (walk_lock_pte_table(walk, pmdval)) {
				__release(RCU);
				return walk->kind;
			}
			rcu_read_unlock();
			continue;
		}
		rcu_read_unlock();
		if (!pmd_present(pmdval) || !pmd_trans_huge(pmdval))
			break;
		if (walk_lock_pmd(walk))
			return walk->kind;
	}
	return DAMON_WALK_NONE;
}
