/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Steps down the page tables that the walk of a process (walk.c) and who comes
 * from the reverse map (leaf.c) have in common.  What keeps the tables in place
 * differs, and is told there.
 *
 * Raw entries are looked at for their flag bits, which are the processor's even
 * where a hypervisor translates page numbers, and compared as a whole: the
 * kernel's accessors cost a dozen instructions each, at every sample.
 */
#ifndef DAMON_KERNEL_TABLE_H
#define DAMON_KERNEL_TABLE_H

#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/spinlock.h>

/* A page without access rights is there all the same; in entries of swap both are clear. */
#define DAMON_PRESENT_BITS	(_PAGE_PRESENT | _PAGE_PROTNONE)

/**
 * damon_is_table() - is an entry present, and does it point to a table?
 * @entry:	its value, of any level but the lowest
 */
static inline bool damon_is_table(unsigned long entry)
{
	return (entry & (_PAGE_PSE | DAMON_PRESENT_BITS)) == _PAGE_PRESENT;
}

/**
 * damon_table_pud() - the PUD entry of an address
 * @mm:		the address space
 * @addr:	below TASK_SIZE_MAX
 *
 * Return: the entry, or NULL.
 */
static inline pud_t *damon_table_pud(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d;

	/* With four levels these two are one. */
	if (unlikely(!damon_is_table(READ_ONCE(*(unsigned long *)pgd))))
		return NULL;
	p4d = p4d_offset(pgd, addr);
	if (unlikely(!damon_is_table(READ_ONCE(*(unsigned long *)p4d))))
		return NULL;
	return pud_offset(p4d, addr);
}

/*
 * Entries in the tables below; @pud and @pmd have passed damon_is_table().  (The
 * kernel's accessors allow for huge entries, too.)
 */
static inline pmd_t *damon_table_pmd(pud_t pud, unsigned long addr)
{
	return (pmd_t *)__va(pud_val(pud) & PTE_PFN_MASK) + pmd_index(addr);
}

static inline pte_t *damon_table_pte(pmd_t pmd, unsigned long addr)
{
	return (pte_t *)__va(pmd_val(pmd) & PTE_PFN_MASK) + pte_index(addr);
}

/**
 * damon_pte_table_lock() - lock the PTE table that an entry points to
 * @mm:		the address space
 * @pmd:	the entry
 * @pmdval:	its value, read in the RCU read-side section that the caller is
 *		in and that lasts at least as long as the lock
 *
 * Return: the lock, held (sparse does not know); NULL: it is another table now.
 */
static inline spinlock_t *damon_pte_table_lock(struct mm_struct *mm, pmd_t *pmd,
					       pmd_t pmdval)
{
	spinlock_t *ptl = pte_lockptr(mm, &pmdval);
	pmdval_t changed;

	spin_lock(ptl);
	changed = native_pmd_val(pmdval) ^ native_pmd_val(READ_ONCE(*pmd));
	/* The processor may have set the accessed bit meanwhile. */
	if (unlikely(changed & ~(pmdval_t)_PAGE_ACCESSED)) {
		spin_unlock(ptl);
		return NULL;
	}
	__release(ptl);
	return ptl;
}

/**
 * damon_huge_pmd_lock() - lock a huge PMD
 * @mm:		the address space
 * @pmd:	the entry
 *
 * Return: the lock, held (sparse does not know); NULL: it is none any more, or
 * not present.
 */
static inline spinlock_t *damon_huge_pmd_lock(struct mm_struct *mm, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_lock(mm, pmd);
	pmd_t pmdval = READ_ONCE(*pmd);

	if (!pmd_present(pmdval) || !pmd_trans_huge(pmdval)) {
		spin_unlock(ptl);
		return NULL;
	}
	__release(ptl);
	return ptl;
}

#endif /* DAMON_KERNEL_TABLE_H */
