// SPDX-License-Identifier: GPL-2.0
/*
 * A moving position in the page tables of one process: the descent.
 *
 * What keeps the tables in place: the mmap lock (read) together with a VMA
 * that covers the address.  munmap() may free tables under a read lock, but
 * only where no VMA is left.  PTE tables can go away below a living VMA all
 * the same (a huge page collapses, or empty tables are given back): their
 * memory is freed after a grace period and their PMD entry changes under
 * their lock, hence rcu_read_lock() and the second look at the PMD.
 */
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

#include "kernel/walk.h"

/*
 * Memory that is not sampled: mappings without pages, and hugetlb, whose
 * entries look like huge PMDs but follow rules of their own.
 */
#define DAMON_WALK_SKIP_VMA	(VM_PFNMAP | VM_IO | VM_HUGETLB)

/**
 * damon_walk_begin() - start at no position
 * @walk:	the position
 * @mm:		address space, mmap lock held for reading
 */
void damon_walk_begin(struct damon_walk *walk, struct mm_struct *mm)
{
	walk->mm = mm;
	walk->vma = NULL;
	walk->pmd_table = NULL;
	walk->kind = DAMON_WALK_NONE;
}

/*
 * The locks outlive the function that takes them.  For sparse, which balances
 * each function, walk_keep_*() says that the walk has them now, and
 * walk_unlock() that it has them back.
 */
static void walk_keep_pmd(struct damon_walk *walk, spinlock_t *ptl)
{
	walk->ptl = ptl;
	walk->kind = DAMON_WALK_PMD;
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

/**
 * damon_walk_end() - give up what the position holds
 * @walk:	the position
 *
 * To be called before the mmap lock is dropped.
 */
void damon_walk_end(struct damon_walk *walk)
{
	walk_unlock(walk);
}

/* Makes @walk->pmd_table cover @addr, or returns false. */
static bool walk_pmd_table(struct damon_walk *walk, unsigned long addr)
{
	pgd_t *pgd;
	p4d_t *p4d;
	pud_t *pud;
	pud_t pudval;

	if (walk->pmd_table && addr - walk->pmd_base < PUD_SIZE)
		return true;
	walk->pmd_table = NULL;

	pgd = pgd_offset(walk->mm, addr);
	if (pgd_none(*pgd) || unlikely(pgd_bad(*pgd)))
		return false;
	p4d = p4d_offset(pgd, addr);
	if (p4d_none(*p4d) || unlikely(p4d_bad(*p4d)))
		return false;
	pud = pud_offset(p4d, addr);
	pudval = READ_ONCE(*pud);
	/* A huge PUD (device memory) is bad in this sense, too. */
	if (pud_none(pudval) || unlikely(pud_bad(pudval)))
		return false;

	walk->pmd_base = addr & PUD_MASK;
	walk->pmd_table = pmd_offset(pud, walk->pmd_base);
	return true;
}

/*
 * Raw entries are looked at for their flag bits, which are the processor's
 * even where a hypervisor translates page numbers, and compared as a whole:
 * the kernel's accessors cost a dozen instructions each, at every sample.
 */
#define LEAF_BITS	(_PAGE_PSE | _PAGE_PRESENT | _PAGE_PROTNONE)

/* A present entry that points to a PTE table. */
static bool pmd_is_table(pmd_t pmd)
{
	return (native_pmd_val(pmd) & LEAF_BITS) == _PAGE_PRESENT;
}

/* Locks a huge PMD.  False: it is none any more, or not present. */
static bool walk_lock_pmd(struct damon_walk *walk)
{
	spinlock_t *ptl = pmd_lock(walk->mm, walk->pmd);
	pmd_t pmdval = READ_ONCE(*walk->pmd);

	if (pmd_present(pmdval) && pmd_trans_huge(pmdval)) {
		walk_keep_pmd(walk, ptl);
		__release(ptl);
		return true;
	}
	spin_unlock(ptl);
	return false;
}

/*
 * Locks the PTE table that @pmdval points to.  False: it does not any more.
 * The caller is in the RCU read-side section in which it read @pmdval, which
 * goes on until walk_unlock() if this succeeds.
 */
static bool walk_lock_pte_table(struct damon_walk *walk, pmd_t pmdval)
{
	spinlock_t *ptl = pte_lockptr(walk->mm, &pmdval);
	pmdval_t changed;

	spin_lock(ptl);
	changed = native_pmd_val(pmdval) ^ native_pmd_val(READ_ONCE(*walk->pmd));
	/* The processor may have set the accessed bit meanwhile. */
	if (likely(!(changed & ~(pmdval_t)_PAGE_ACCESSED))) {
		walk_keep_pte_table(walk, ptl,
				    pte_offset_kernel(&pmdval, walk->base));
		__release(ptl);
		return true;
	}
	spin_unlock(ptl);
	return false;
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

	walk_unlock(walk);

	if (!damon_walk_in_vma(walk, addr)) {
		walk->vma = vma_lookup(walk->mm, addr);
		if (!walk->vma)
			return DAMON_WALK_NONE;
	}
	if (walk->vma->vm_flags & DAMON_WALK_SKIP_VMA)
		return DAMON_WALK_NONE;
	if (!walk_pmd_table(walk, addr))
		return DAMON_WALK_NONE;

	walk->base = addr & PMD_MASK;
	walk->pmd = walk->pmd_table + pmd_index(addr);

	/* The entry can change between look and lock, but not for ever. */
	for (tries = 0; tries < 3; tries++) {
		rcu_read_lock();
		pmdval = READ_ONCE(*walk->pmd);
		if (likely(pmd_is_table(pmdval))) {
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
