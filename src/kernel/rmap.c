// SPDX-License-Identifier: GPL-2.0
/*
 * The reverse map: who maps a folio, and by which entries.
 *
 * It needs the folio to be locked for all kinds of folios (7.3 checks it).  Its own
 * lock is only tried, so that nobody who works on a page is ever waited for.
 */
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/rmap.h>

#include "kernel/bind.h"
#include "kernel/leaf.h"
#include "kernel/rmap.h"

/**
 * damon_pages_usable() - can this kernel's reverse map be used?
 */
bool damon_pages_usable(void)
{
	return damon_has(rmap_walk) && damon_has(folio_lock_anon_vma_read);
}

/*
 * The folio was const-qualified here after 6.12.  The kernel's function must
 * not be called through a pointer, hence one of these is.
 */
static __maybe_unused struct anon_vma *
anon_lock_const(const struct folio *folio, struct rmap_walk_control *rwc)
{
	return damon_call(folio_lock_anon_vma_read)((struct folio *)folio, rwc);
}

static __maybe_unused struct anon_vma *
anon_lock_plain(struct folio *folio, struct rmap_walk_control *rwc)
{
	return damon_call(folio_lock_anon_vma_read)(folio, rwc);
}

#define lock_anon_vma							\
	__builtin_choose_expr(__builtin_types_compatible_p(		\
				typeof(folio_lock_anon_vma_read),	\
				typeof(anon_lock_const)),		\
			      anon_lock_const, anon_lock_plain)

/**
 * damon_page_entry_lock() - lock the entry of a page
 * @leaf:	to be filled in, for damon_leaf_unlock()
 * @folio:	what the page is in; a damon_page_mappings() is at @vma
 * @vma:	the area
 * @addr:	where the folio begins there: with its first page, or, if that lies
 *		outside of the area, with whatever page is the first inside.
 *		(Kernels differ in how they count for anonymous pages in areas of
 *		files, so the entry itself is asked whether it is right; where it
 *		is not, the page is taken not to be mapped there)
 * @pfn:	the page's number
 * @at:		out: its address
 *
 * Return: whether it is mapped there.
 */
bool damon_page_entry_lock(struct damon_leaf *leaf, struct folio *folio,
			   struct vm_area_struct *vma, unsigned long addr,
			   unsigned long pfn, unsigned long *at)
{
	unsigned long index = pfn - folio_pfn(folio);

	*at = addr + (index << PAGE_SHIFT);
	if (*at < vma->vm_end && damon_leaf_lock(leaf, vma, *at)) {
		if (pfn - leaf->pfn < leaf->size >> PAGE_SHIFT)
			return true;
		damon_leaf_unlock(leaf);
	}
	/* Areas of hugetlb begin where a page begins. */
	if (likely(!index || addr != vma->vm_start) || is_vm_hugetlb_page(vma) ||
	    folio->index >= vma->vm_pgoff || folio->index + index < vma->vm_pgoff)
		return false;
	*at = addr + ((folio->index + index - vma->vm_pgoff) << PAGE_SHIFT);
	if (*at >= vma->vm_end || !damon_leaf_lock(leaf, vma, *at))
		return false;
	if (pfn - leaf->pfn < leaf->size >> PAGE_SHIFT)
		return true;
	damon_leaf_unlock(leaf);
	return false;
}

/**
 * damon_page_mappings() - visit all mappings of a folio
 * @folio:	the folio, locked; damon_pages_usable()
 * @one:	called for each with the area, the address where the folio begins in
 *		it (see damon_page_entry_lock()) and @data; says whether to go on
 * @data:	for @one
 *
 * Waits for nobody.  Return: false if somebody holds the lock of the mappings:
 * some or all were not visited.
 */
bool damon_page_mappings(struct folio *folio,
			 bool (*one)(struct folio *folio, struct vm_area_struct *vma,
				     unsigned long addr, void *data), void *data)
{
	struct rmap_walk_control rwc = {
		.arg = data,
		.try_lock = true,
		.rmap_one = one,
		.anon_lock = lock_anon_vma,
	};

	damon_call(rmap_walk)(folio, &rwc);
	return !rwc.contended;
}
