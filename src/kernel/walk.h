/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A moving position in the page tables of one process.
 *
 * Samples are visited in address order.  The position keeps what the next one
 * can use: the VMA, the PMD table, and the lock of the PTE table or huge PMD
 * at hand, so that a near neighbour costs a comparison, not a descent.
 *
 * It needs no private function: the descent uses the kernel's inline helpers.
 */
#ifndef DAMON_KERNEL_WALK_H
#define DAMON_KERNEL_WALK_H

#include <linux/mm.h>

struct hugetlb_vma_lock;

/**
 * enum damon_walk_kind - what maps an address
 * @DAMON_WALK_NONE:	nothing that can be sampled
 * @DAMON_WALK_PTE:	a page table entry
 * @DAMON_WALK_HUGE:	one entry for more than that: a huge PMD, or an entry of
 *			hugetlb, which need not be present
 */
enum damon_walk_kind {
	DAMON_WALK_NONE,
	DAMON_WALK_PTE,
	DAMON_WALK_HUGE,
};

/**
 * struct damon_walk - the position
 * @mm:		address space; the user holds its mmap lock for reading from
 *		damon_walk_begin() to damon_walk_end(), or see damon_walk_confine()
 * @own_bits_only: entries that several processes share are not to be seen
 * @confined:	there is nothing but @vma
 * @took:	damon_accessed_clear() has found a bit set
 * @vma:	where the last address was found, or NULL
 * @vma_lock:	hugetlb's lock of @vma, held for reading, or NULL
 * @pmd_table:	PMD table that covers @pmd_base, or NULL
 * @pmd_base:	first address covered by @pmd_table, a multiple of PUD_SIZE
 * @pmd:	entry whose lower level is locked, or the locked entry itself;
 *		that may be a PUD, which has the same format
 * @kind:	what is locked: a PTE table, a huge entry, or nothing
 * @base:	first address under @pmd, a multiple of @span, while locked
 * @span:	bytes under @pmd: PMD_SIZE or PUD_SIZE
 * @pte_table:	first entry of the locked PTE table
 * @ptl:	the lock held
 *
 * On the stack of its user.
 */
struct damon_walk {
	struct mm_struct *mm;
	bool own_bits_only;
	bool confined;
	bool took;
	struct vm_area_struct *vma;
	struct hugetlb_vma_lock *vma_lock;
	pmd_t *pmd_table;
	unsigned long pmd_base;
	pmd_t *pmd;
	enum damon_walk_kind kind;
	unsigned long base;
	unsigned long span;
	pte_t *pte_table;
	spinlock_t *ptl;
};

void damon_walk_begin(struct damon_walk *walk, struct mm_struct *mm,
		      bool own_bits_only);
void damon_walk_confine(struct damon_walk *walk, struct vm_area_struct *vma);
void damon_walk_end(struct damon_walk *walk);
enum damon_walk_kind damon_walk_seek_slow(struct damon_walk *walk, unsigned long addr);

static inline bool damon_walk_in_vma(const struct damon_walk *walk, unsigned long addr)
{
	return walk->vma && addr >= walk->vma->vm_start && addr < walk->vma->vm_end;
}

/**
 * damon_walk_reaches() - may the walk go to an address?
 * @walk:	the position
 * @addr:	the address
 *
 * Return: false if it is beyond what damon_walk_confine() has told.
 */
static inline bool damon_walk_reaches(const struct damon_walk *walk, unsigned long addr)
{
	return !walk->confined || damon_walk_in_vma(walk, addr);
}

/**
 * damon_walk_seek() - move to an address
 * @walk:	the position
 * @addr:	where to, below TASK_SIZE_MAX
 *
 * Return: what maps @addr.  Unless that is DAMON_WALK_NONE the entry, read by
 * damon_walk_pte() or at @walk->pmd, stays locked until the next call.
 */
static inline enum damon_walk_kind damon_walk_seek(struct damon_walk *walk,
						   unsigned long addr)
{
	if (walk->kind != DAMON_WALK_NONE && addr - walk->base < walk->span &&
	    damon_walk_in_vma(walk, addr))
		return walk->kind;
	return damon_walk_seek_slow(walk, addr);
}

/**
 * damon_walk_pte() - the entry of an address at the position
 * @walk:	after damon_walk_seek() returned DAMON_WALK_PTE
 * @addr:	the same address
 */
static inline pte_t *damon_walk_pte(const struct damon_walk *walk, unsigned long addr)
{
	return walk->pte_table + pte_index(addr);
}

#endif /* DAMON_KERNEL_WALK_H */
