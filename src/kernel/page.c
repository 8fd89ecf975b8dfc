// SPDX-License-Identifier: GPL-2.0
/*
 * Accessed bits of a physical page, found by the reverse map.
 *
 * A sample is one page; of a folio that is mapped page by page only the
 * entries of that page are looked at, of one that is mapped as a whole (huge
 * pages, hugetlb) its one entry.  How reclaim is left to judge as it would have
 * is told in accessed.c, and here it is the same two ways:
 *
 *  - PG_idle and PG_young where the kernel has them.
 *  - Without them the clear notes which of the page's mappings were young, in
 *    the order in which the reverse map shows them, and the check sets those
 *    again.  There is room for some (page_visit.c); others are left alone, and
 *    accesses through them are not seen.  When mappings came or went in between,
 *    bits go to other mappings of the same page, which is all the same to
 *    reclaim: it counts them.  A page that is not the same one any more gets
 *    none.  Pages that are not mapped have no bits: they look idle.
 *
 * Where nothing is to be given back, a check only reads.  Of a page with one mapping
 * the clear notes where its entry is, and as long as that still maps the page the
 * check is a look there (page_look.c).
 *
 * Locks: the folio is tried to be locked, which the reverse map needs for all
 * kinds of folios (7.3 checks it), and so is the reverse map's own lock, so that
 * nobody who works on a page is ever waited for.  hugetlb locks in another
 * order, which is harmless to who only tries.  References are given up before
 * anything sleeps.
 */
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/page_idle.h>
#include <linux/pagemap.h>

#include "kernel/features.h"
#include "kernel/memory.h"
#include "kernel/page.h"
#include "kernel/page_visit.h"

/* A reference to what damon_page_peek() has found; false if that was passing by. */
static bool folio_grab(struct folio *folio, unsigned long pfn)
{
	if (!folio_try_get(folio))
		return false;
	if (likely(page_folio(pfn_to_page(pfn)) == folio && damon_folio_counts(folio)))
		return true;
	folio_put(folio);
	return false;
}

/*
 * Locks a folio to which folio_grab() has a reference; false if somebody else
 * has it, or if it was split meanwhile.
 */
static bool folio_try_hold(struct folio *folio, unsigned long pfn)
{
	if (!folio_trylock(folio))
		return false;
	/* Its first page it keeps as long as there is a reference to it. */
	if (likely(&folio->page == pfn_to_page(pfn) || page_folio(pfn_to_page(pfn)) == folio))
		return true;
	folio_unlock(folio);
	return false;
}

/* What tells the page from one that takes its place; the folio is locked. */
static u32 page_identity(const struct folio *folio, unsigned long pfn)
{
	unsigned long offset = folio->index + (pfn - folio_pfn((struct folio *)folio));

	return hash_64((u64)(unsigned long)folio->mapping ^ hash_64(offset, 64), 32);
}

static u64 make_cookie(const struct folio *folio, unsigned long pfn, u32 owing)
{
	return (u64)page_identity(folio, pfn) << 32 | owing;
}

/*
 * Is a page to which bits are owed off the LRU lists just now, as reclaim and
 * migration have it for a moment?  It is then the same one still.  Nothing keeps
 * it: what is read may be wrong, which is found out when it is back.
 */
static bool page_is_away(struct damon_memory *mem, unsigned long pfn,
			 const struct damon_taken *taken)
{
	struct page *page = damon_memory_page(mem, pfn);

	return page && (taken->flags & DAMON_PAGE_OWED) &&
	       page_identity(page_folio(page), pfn) == taken->cookie >> 32;
}

/* After all mappings of page @pfn were cleared. */
static void note_clear(struct folio *folio, unsigned long pfn, const struct damon_visit *v,
		       struct damon_taken *taken)
{
	taken->flags = DAMON_PAGE_OUT;
	if (DAMON_HAVE_PAGE_IDLE) {
		if (v->was_young)
			folio_set_young(folio);
		if (!folio_test_idle(folio))
			folio_set_idle(folio);
		taken->flags |= DAMON_PAGE_MARKED;
		if (v->nr == 1 && v->entry && !folio_test_large(folio)) {
			taken->cookie = (unsigned long)v->entry;
			taken->flags |= DAMON_PAGE_KNOWN;
		}
	} else if (v->owing) {
		taken->cookie = make_cookie(folio, pfn, v->owing);
		taken->flags |= DAMON_PAGE_OWED;
	}
}

/**
 * damon_page_clear() - take the accessed bits of a page
 * @folio:	as damon_page_peek() has just found it
 * @pfn:	the page's number
 * @taken:	out: for damon_page_check()
 *
 * Context: before damon_memory_leave().  May sleep for a moment.
 *
 * Return: false if somebody else works on the page, and nothing was done.
 */
bool damon_page_clear(struct folio *folio, unsigned long pfn, struct damon_taken *taken)
{
	struct damon_visit v = { .clear = true, .cleared = pfn };
	bool done = true;

	taken->flags = DAMON_PAGE_OUT;
	if (!folio_grab(folio, pfn))
		return true;
	if (!folio_mapped(folio)) {
		note_clear(folio, pfn, &v, taken);
	} else if (folio_try_hold(folio, pfn)) {
		/* KSM has many locks: what was cleared before one that is held counts. */
		done = damon_page_visit(folio, &v) || v.was_young;
		if (done)
			note_clear(folio, pfn, &v, taken);
		folio_unlock(folio);
	} else {
		done = false;
	}
	folio_put(folio);
	return done;
}

/*
 * The check of a locked folio.  Where the next sample is in the same folio and
 * no other region's can be, it is cleared in the same walk.
 */
static enum damon_verdict check_locked(struct folio *folio, unsigned long pfn,
				       struct damon_taken *taken,
				       const struct damon_next *next)
{
	struct damon_visit v = { .check = true, .checked = pfn };
	unsigned long first = folio_pfn(folio);
	unsigned long nr = folio_nr_pages(folio);
	const struct damon_taken was = *taken;
	bool alone = nr == 1;
	bool within, same;

	taken->flags = 0;
	if (next) {
		within = first >= next->first && first + nr <= next->end;
		v.clear = (alone || within) && next->pfn - first < nr &&
			  !folio_test_ksm(folio);
		v.cleared = next->pfn;
		/*
		 * Processes can share the very entry of hugetlb: what is given
		 * back for one would be an access to the next.
		 */
		alone |= within && !folio_test_hugetlb(folio);
	}
	if (!DAMON_HAVE_PAGE_IDLE && (was.flags & DAMON_PAGE_OWED)) {
		same = page_identity(folio, pfn) == was.cookie >> 32;
		v.owed = same ? was.cookie : 0;
		/* Other regions' samples in the same folio are to be judged before. */
		v.restore = alone || v.clear;
	}
	if (!damon_page_visit(folio, &v)) {
		*taken = was;
		return DAMON_PAGE_BUSY;
	}
	if (v.clear) {
		note_clear(folio, next->pfn, &v, taken);
	} else if (v.owed && !v.restore) {
		*taken = was;
		taken->flags |= DAMON_PAGE_LATER;
	}
	return v.young ? DAMON_PAGE_ACCESSED : DAMON_PAGE_IDLE;
}

/**
 * damon_page_check() - was a page accessed? and give back what was taken
 * @mem:	memory, kept by damon_memory_enter()
 * @folio:	what damon_page_peek() finds there now, which may be NULL
 * @pfn:	the page's number, as given to damon_page_clear()
 * @taken:	in: what that has left.  out: @flags are 0 if all is settled;
 *		with DAMON_PAGE_LATER the check is done and there is something
 *		for damon_page_give_back(); with DAMON_PAGE_OUT alone or with
 *		others the page of @next was cleared, or, with DAMON_PAGE_BUSY,
 *		all is as it was
 * @next:	the next sample, where it is to be cleared if it is in the same
 *		folio, or NULL
 *
 * A page that was mapped or replaced since counts as accessed when an entry of
 * it is young.
 *
 * Context: as damon_page_clear().
 */
enum damon_verdict damon_page_check(struct damon_memory *mem, struct folio *folio,
				    unsigned long pfn, struct damon_taken *taken,
				    const struct damon_next *next)
{
	enum damon_verdict verdict;

	if (!folio) {
		if (page_is_away(mem, pfn, taken))
			return DAMON_PAGE_BUSY;
		taken->flags = 0;
		return DAMON_PAGE_IDLE;
	}
	/* Somebody has seen an access: reclaim, or who reads and writes files. */
	if ((taken->flags & DAMON_PAGE_MARKED) && !folio_test_idle(folio)) {
		taken->flags = 0;
		return DAMON_PAGE_ACCESSED;
	}
	if (!folio_grab(folio, pfn)) {
		taken->flags = 0;
		return DAMON_PAGE_IDLE;
	}
	if (!folio_mapped(folio)) {
		taken->flags = 0;
		verdict = DAMON_PAGE_IDLE;
	} else if (folio_try_hold(folio, pfn)) {
		verdict = check_locked(folio, pfn, taken, next);
		folio_unlock(folio);
	} else {
		verdict = DAMON_PAGE_BUSY;
	}
	folio_put(folio);
	return verdict;
}

/**
 * damon_page_give_back() - give back what damon_page_check() has left
 * @mem:	memory, kept by damon_memory_enter()
 * @pfn:	as given to damon_page_clear()
 * @taken:	as left by damon_page_check()
 *
 * Context: as damon_page_clear().
 *
 * Return: false if somebody else works on the page.
 */
bool damon_page_give_back(struct damon_memory *mem, unsigned long pfn,
			  const struct damon_taken *taken)
{
	struct damon_visit v = { .check = true, .restore = true, .checked = pfn };
	struct folio *folio = damon_page_peek(mem, pfn);
	bool done = false;

	if (!folio || !folio_grab(folio, pfn))
		return !page_is_away(mem, pfn, taken);
	if (!folio_mapped(folio)) {
		done = true;
	} else if (folio_try_hold(folio, pfn)) {
		if (page_identity(folio, pfn) == taken->cookie >> 32)
			v.owed = taken->cookie;
		done = !v.owed || damon_page_visit(folio, &v);
		folio_unlock(folio);
	}
	folio_put(folio);
	return done;
}

/**
 * damon_page_folio() - the folio of a page
 * @mem:	memory, kept by damon_memory_enter()
 * @pfn:	the page's number
 *
 * Context: as damon_page_clear(); the reference is to be given up before
 * damon_memory_leave().
 *
 * Return: the folio, with a reference; NULL if there is none that is anybody's.
 */
struct folio *damon_page_folio(struct damon_memory *mem, unsigned long pfn)
{
	struct folio *folio = damon_page_peek(mem, pfn);

	return folio && folio_grab(folio, pfn) ? folio : NULL;
}
