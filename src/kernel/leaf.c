// SPDX-License-Identifier: GPL-2.0
/*
 * The entry that maps an address, for who comes from the reverse map.
 *
 * What keeps the tables in place is not the mmap lock here, but the lock of the
 * reverse map, held for reading: an area is taken out of that before its tables
 * are freed, and moving tables takes it, too.  (For hugetlb it also keeps shared
 * tables from being unshared.)  PTE tables can go away all the same (a huge
 * page collapses, or empty tables are given back): where that needs less than
 * the reverse map's lock for writing (newer kernels than 6.1), their memory is
 * freed after a grace period and their PMD entry changes under their lock, hence
 * rcu_read_lock() and the second look at the PMD.
 */
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

#include "kernel/leaf.h"
#include "kernel/table.h"

/*
 * @raw is what @entry holds.  The lock is held; for sparse it has just been given
 * to @leaf.
 */
static bool leaf_keep(struct damon_leaf *leaf, spinlock_t *ptl, void *entry,
		      unsigned long raw, unsigned long size)
{
	leaf->word = entry;
	leaf->size = size;
	leaf->ptl = ptl;
	leaf->young = raw & _PAGE_ACCESSED;
	return true;
}

#ifdef CONFIG_HUGETLB_PAGE
static bool leaf_lock_hugetlb(struct damon_leaf *leaf, struct vm_area_struct *vma,
			      pud_t *pud, unsigned long addr)
{
	struct hstate *h = hstate_vma(vma);
	unsigned long size = huge_page_size(h);
	void *entry = pud;
	unsigned long raw;
	spinlock_t *ptl;

	if (size != PUD_SIZE) {
		pud_t pudval = READ_ONCE(*pud);

		if (!damon_is_table(native_pud_val(pudval)))
			return false;
		entry = damon_table_pmd(pudval, addr);
	}
	ptl = huge_pte_lock(h, vma->vm_mm, entry);
	raw = READ_ONCE(*(unsigned long *)entry);
	/* Migrating and poisoned pages leave entries that are not present. */
	if (!(raw & DAMON_PRESENT_BITS)) {
		spin_unlock(ptl);
		return false;
	}
	leaf->in_rcu = false;
	leaf->pfn = size == PUD_SIZE ? pud_pfn(native_make_pud(raw)) :
				       pmd_pfn(native_make_pmd(raw));
	__release(ptl);
	return leaf_keep(leaf, ptl, entry, raw, size);
}
#else
static bool leaf_lock_hugetlb(struct damon_leaf *leaf, struct vm_area_struct *vma,
			      pud_t *pud, unsigned long addr)
{
	return false;
}
#endif

/* A huge PMD; false: it is none any more, or not present. */
static bool leaf_lock_pmd(struct damon_leaf *leaf, struct mm_struct *mm, pmd_t *pmd)
{
	spinlock_t *ptl = damon_huge_pmd_lock(mm, pmd);
	pmd_t pmdval;

	if (!ptl)
		return false;
	pmdval = READ_ONCE(*pmd);
	leaf->in_rcu = false;
	leaf->pfn = pmd_pfn(pmdval);
	return leaf_keep(leaf, ptl, pmd, native_pmd_val(pmdval), PMD_SIZE);
}

/*
 * An entry of the table that @pmdval points to.  Returns whether that was the
 * table; then whether there is an entry is in @found, and if so, the RCU
 * read-side section goes on.
 */
static bool leaf_lock_pte(struct damon_leaf *leaf, struct mm_struct *mm, pmd_t *pmd,
			  pmd_t pmdval, unsigned long addr, bool *found)
{
	spinlock_t *ptl = damon_pte_table_lock(mm, pmd, pmdval);
	unsigned long raw;
	pte_t *pte;

	if (unlikely(!ptl))
		return false;
	pte = damon_table_pte(pmdval, addr);
	raw = READ_ONCE(*(unsigned long *)pte);
	*found = (raw & DAMON_PRESENT_BITS) && !(raw & _PAGE_SPECIAL);
	if (!*found) {
		__acquire(ptl);
		spin_unlock(ptl);
		return true;
	}
	leaf->in_rcu = true;
	leaf->pfn = pte_pfn(native_make_pte(raw));
	return leaf_keep(leaf, ptl, pte, raw, PAGE_SIZE);
}

/**
 * damon_leaf_lock() - find and lock the entry that maps an address
 * @leaf:	to be filled in
 * @vma:	the area, with its reverse map locked for reading and the folio,
 *		through which it was found, locked
 * @addr:	an address in @vma
 *
 * Return: true if there is a present entry that maps a page; to be unlocked by
 * damon_leaf_unlock() soon, nothing may sleep until then.
 */
bool damon_leaf_lock(struct damon_leaf *leaf, struct vm_area_struct *vma,
		     unsigned long addr)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned int tries;
	pud_t *pud, pudval;
	pmd_t *pmd, pmdval;
	bool found;

	pud = damon_table_pud(mm, addr);
	if (!pud)
		return false;
	if (unlikely(is_vm_hugetlb_page(vma)))
		return leaf_lock_hugetlb(leaf, vma, pud, addr);
	pudval = READ_ONCE(*pud);
	if (unlikely(!damon_is_table(native_pud_val(pudval))))
		return false;
	pmd = damon_table_pmd(pudval, addr);

	/* The entry can change between look and lock, but not for ever. */
	for (tries = 0; tries < 3; tries++) {
		rcu_read_lock();
		pmdval = READ_ONCE(*pmd);
		if (likely(damon_is_table(native_pmd_val(pmdval)))) {
			if (leaf_lock_pte(leaf, mm, pmd, pmdval, addr, &found)) {
				if (found) {
					__release(RCU);
					return true;
				}
				rcu_read_unlock();
				return false;
			}
			rcu_read_unlock();
			continue;
		}
		rcu_read_unlock();
		if (!pmd_present(pmdval) || !pmd_trans_huge(pmdval))
			break;
		if (leaf_lock_pmd(leaf, mm, pmd))
			return true;
	}
	return false;
}

/**
 * damon_leaf_unlock() - undo damon_leaf_lock()
 * @leaf:	what that has filled in
 */
void damon_leaf_unlock(struct damon_leaf *leaf)
{
	__acquire(leaf->ptl);
	spin_unlock(leaf->ptl);
	if (leaf->in_rcu) {
		__acquire(RCU);
		rcu_read_unlock();
	}
}
