// SPDX-License-Identifier: GPL-2.0
/*
 * Was any part of a folio accessed, in any of its mappings?
 */
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/page_idle.h>
#include <linux/pagemap.h>

#include "kernel/features.h"
#include "kernel/leaf.h"
#include "kernel/lru.h"
#include "kernel/rmap.h"
#include "kernel/secondary.h"
#include "kernel/young.h"

/*
 * Entries that are looked at: the folio is locked meanwhile.  Of one that has
 * more it cannot be said that it was not accessed.
 */
#define MAX_ENTRIES	4096

/**
 * struct look - all entries of a folio
 * @nr:		looked at so far
 * @young:	one was accessed
 */
struct look {
	unsigned int nr;
	bool young;
};

/* Returns whether to go on. */
static bool look_at_mapping(struct folio *folio, struct vm_area_struct *vma,
			    unsigned long addr, void *data)
{
	unsigned long first = folio_pfn(folio), nr = folio_nr_pages(folio), i;
	struct look *look = data;
	struct damon_leaf leaf;
	unsigned long at;
	bool whole;

	for (i = 0; i < nr; i++) {
		if (look->nr++ == MAX_ENTRIES) {
			look->young = true;
			return false;
		}
		if (!damon_page_entry_lock(&leaf, folio, vma, addr, first + i, &at))
			continue;
		look->young |= leaf.young &&
			       test_and_clear_bit(_PAGE_BIT_ACCESSED, leaf.word);
		look->young |= damon_secondary_clear(vma->vm_mm, at, leaf.size);
		whole = leaf.size > PAGE_SIZE;
		damon_leaf_unlock(&leaf);
		if (whole)
			break;
	}
	return true;
}

/**
 * damon_folio_take_young() - was a folio accessed since it was asked last?
 * @folio:	on an LRU list, with a reference
 * @forget:	reclaim need not know; else it is told where there is PG_young
 *
 * Its accessed bits are taken, also those that somebody else's sample has
 * cleared and that is out: whoever took that sees that it was accessed.  Of a
 * folio that nobody maps it is known whether files were read there.
 *
 * Context: the folio is not locked by the caller.  Waits for nobody.
 *
 * Return: DAMON_PAGE_BUSY: somebody works on it, and it cannot be said.
 */
enum damon_verdict damon_folio_take_young(struct folio *folio, bool forget)
{
	struct look look = { };
	bool all;

	if (!folio_mapped(folio)) {
		look.young = folio_test_referenced(folio);
		if (look.young)
			folio_clear_referenced(folio);
		return look.young ? DAMON_PAGE_ACCESSED : DAMON_PAGE_IDLE;
	}
	if (!folio_trylock(folio))
		return DAMON_PAGE_BUSY;
	all = damon_page_mappings(folio, look_at_mapping, &look);
	if (look.young && !forget) {
		folio_set_young(folio);
		if (folio_test_idle(folio))
			folio_clear_idle(folio);
	}
	folio_unlock(folio);
	if (look.young)
		return DAMON_PAGE_ACCESSED;
	return all ? DAMON_PAGE_IDLE : DAMON_PAGE_BUSY;
}

/**
 * damon_folio_spare() - leave a folio that was accessed to reclaim's own judgement
 * @folio:	of which damon_folio_take_young() has just said so, without @forget
 *
 * Without PG_young reclaim has not been told, and the bits cannot be given back: who
 * asks again would take them for another access.  So the folio goes where reclaim
 * has those of which it knows that they were accessed.
 *
 * Context: as damon_folio_take_young().
 */
void damon_folio_spare(struct folio *folio)
{
	if (!DAMON_HAVE_PAGE_IDLE && folio_mapped(folio) && !damon_lru_is_active(folio))
		damon_lru_prioritise(folio);
}
