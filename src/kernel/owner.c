// SPDX-License-Identifier: GPL-2.0
/*
 * Who maps a folio, and where?
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>

#include "kernel/owner.h"
#include "kernel/rmap.h"

/**
 * struct found - a mapping
 * @mm:		the address space, with a reference to the structure, or NULL
 * @addr:	where the folio begins in it
 */
struct found {
	struct mm_struct *mm;
	unsigned long addr;
};

static bool take_first(struct folio *folio, struct vm_area_struct *vma,
		       unsigned long addr, void *data)
{
	struct found *found = data;

	mmgrab(vma->vm_mm);
	found->mm = vma->vm_mm;
	found->addr = addr;
	return false;
}

/**
 * damon_folio_owner() - an address space that maps a folio
 * @folio:	with a reference, and not locked by the caller
 * @addr:	out: where it begins there
 *
 * Of several any one.  Waits for nobody.
 *
 * Return: the address space, to be given up by mmdrop(); NULL if nobody maps it
 * or somebody works on it.
 */
struct mm_struct *damon_folio_owner(struct folio *folio, unsigned long *addr)
{
	struct found found = { };

	if (!folio_mapped(folio) || !folio_trylock(folio))
		return NULL;
	damon_page_mappings(folio, take_first, &found);
	folio_unlock(folio);
	*addr = found.addr;
	return found.mm;
}
