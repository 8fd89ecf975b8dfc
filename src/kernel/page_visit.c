// SPDX-License-Identifier: GPL-2.0
/*
 * Accessed bits of a page, in each of its mappings: how they are taken, judged and
 * given back is told in page.c.
 */
#include <linux/mm.h>
#include <linux/mmu_notifier.h>

#include "kernel/features.h"
#include "kernel/leaf.h"
#include "kernel/page_visit.h"
#include "kernel/rmap.h"
#include "kernel/secondary.h"

/* A cookie is as many bits, and as many that tell the page. */
#define MAX_OWED	32

/*
 * Mappings that are looked at: a page can have any number of them, and its
 * folio is locked meanwhile.
 */
#define MAX_MAPPINGS	(DAMON_HAVE_PAGE_IDLE ? 4096 : MAX_OWED)

/* Returns whether the entry was young. */
static bool entry_clear(struct damon_visit *v, const struct damon_leaf *leaf,
			struct mm_struct *mm, unsigned long at, u32 bit)
{
	bool young;

	/* Most sampled entries are not young: look before the locked operation. */
	young = leaf->young && test_and_clear_bit(_PAGE_BIT_ACCESSED, leaf->word);
	young |= damon_secondary_clear(mm, at, leaf->size);
	v->was_young |= young;
	if (young)
		v->owing |= bit;
	v->entry = mm_has_notifiers(mm) ? NULL : leaf->word;
	return young;
}

static void entry_check(struct damon_visit *v, const struct damon_leaf *leaf,
			struct mm_struct *mm, unsigned long at, u32 bit)
{
	if (leaf->young || damon_secondary_test(mm, at))
		v->young = true;
	if (v->restore && (v->owed & bit) && !leaf->young)
		set_bit(_PAGE_BIT_ACCESSED, leaf->word);
}

/* Check and clear of the same entry in one. */
static void entry_turn(struct damon_visit *v, const struct damon_leaf *leaf,
		       struct mm_struct *mm, unsigned long at, u32 bit)
{
	v->young |= entry_clear(v, leaf, mm, at, bit);
	/* What was owed before is owed still. */
	v->owing |= v->owed & bit;
}

/* Returns false when the walk need not go on. */
static bool visit_mapping(struct folio *folio, struct vm_area_struct *vma,
			  unsigned long addr, void *data)
{
	struct mm_struct *mm = vma->vm_mm;
	struct damon_visit *v = data;
	struct damon_leaf leaf;
	unsigned long at;
	u32 bit = 0;

	if (v->nr == MAX_MAPPINGS)
		return false;
	if (!DAMON_HAVE_PAGE_IDLE)
		bit = 1U << v->nr;
	v->nr++;

	if (v->check && damon_page_entry_lock(&leaf, folio, vma, addr, v->checked, &at)) {
		bool both = v->clear &&
			v->cleared - leaf.pfn < leaf.size >> PAGE_SHIFT &&
			(v->cleared == v->checked || leaf.size > PAGE_SIZE);

		if (both)
			entry_turn(v, &leaf, mm, at, bit);
		else
			entry_check(v, &leaf, mm, at, bit);
		damon_leaf_unlock(&leaf);
		if (both)
			return true;
	}
	if (v->clear && damon_page_entry_lock(&leaf, folio, vma, addr, v->cleared, &at)) {
		entry_clear(v, &leaf, mm, at, bit);
		damon_leaf_unlock(&leaf);
	}
	/* One young entry tells all, where nothing else is to be done. */
	return v->clear || v->restore || !v->young;
}

/**
 * damon_page_visit() - check, clear or restore bits in all mappings of a folio
 * @folio:	the folio, locked; damon_pages_usable()
 * @visit:	what to do there; gets what came of it
 *
 * Waits for nobody.  Return: false if somebody holds the lock of the mappings:
 * some or all were not visited.
 */
bool damon_page_visit(struct folio *folio, struct damon_visit *visit)
{
	return damon_page_mappings(folio, visit_mapping, visit);
}
