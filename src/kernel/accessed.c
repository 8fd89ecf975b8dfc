// SPDX-License-Identifier: GPL-2.0
/*
 * Taking accessed bits, and giving back what was taken.
 *
 * Reclaim judges pages by the same bits.  Two ways to leave its judgement as
 * it would have been:
 *
 *  - PG_idle and PG_young, where the kernel has them: a bit that is cleared is
 *    noted in PG_young, which reclaim takes for a reference when it asks the
 *    reverse map about a page, and PG_idle tells whether anybody saw an access
 *    since.  (The aging of multi-gen LRU reads entries only and knows neither;
 *    it asks the reverse map before it takes a page all the same.)
 *  - Without them, and always for a watcher that may see only its target's own
 *    bits (the page flags are shared by all who map a page): the clear notes
 *    whether the entry was young, the check sets it again if it was and the
 *    entry still maps the same page.
 *
 * Entries are changed by atomic bit operations only, under the lock of their
 * table: the processor sets accessed and dirty bits at any time, and a lost
 * dirty bit is lost data.  amd64 only: the bits are x86's.
 */
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/page-flags.h>
#include <linux/page_idle.h>
#include <linux/pgtable.h>

#include "kernel/accessed.h"
#include "kernel/features.h"
#include "kernel/lent.h"
#include "kernel/secondary.h"
#include "kernel/walk.h"

/**
 * struct entry - a locked leaf entry
 * @word:	the entry itself
 * @raw:	its value as read
 * @size:	bytes that it maps
 */
struct entry {
	unsigned long *word;
	unsigned long raw;
	unsigned long size;
};

/*
 * An entry without a page for the processor, whose memory is lent to a device
 * all the same: that asks for it through a secondary MMU.
 */
static bool entry_is_lent(const struct entry *e)
{
	return e->raw && e->size == PAGE_SIZE &&
	       damon_entry_is_lent(native_make_pte(e->raw));
}

/*
 * The leaf entry of @addr, or false.  It is present, or it is lent and the
 * caller may look at secondary MMUs.
 */
static __always_inline bool entry_at(struct damon_walk *walk, unsigned long addr,
				     struct entry *e)
{
	enum damon_walk_kind kind = damon_walk_seek(walk, addr);

	if (kind == DAMON_WALK_NONE)
		return false;
	if (unlikely(kind == DAMON_WALK_HUGE)) {
		e->word = (unsigned long *)walk->pmd;
		e->size = walk->span;
	} else {
		e->word = (unsigned long *)damon_walk_pte(walk, addr);
		e->size = PAGE_SIZE;
	}
	e->raw = READ_ONCE(*e->word);
	/* The same two bits at all levels; clear in entries of swap. */
	if (likely(e->raw & (_PAGE_PRESENT | _PAGE_PROTNONE)))
		return true;
	return mm_has_notifiers(walk->mm) && !walk->own_bits_only && entry_is_lent(e);
}

static inline bool entry_present(const struct entry *e)
{
	return e->raw & (_PAGE_PRESENT | _PAGE_PROTNONE);
}

/*
 * What page maps @addr, as a number that is only good for comparison: on Xen
 * it is the machine's page number, and the encryption bit may be in it.
 */
static inline u64 entry_page(const struct entry *e, unsigned long addr)
{
	unsigned long raw = e->raw;

	/* An entry without access rights has its page number inverted (L1TF). */
	if (unlikely(!(raw & _PAGE_PRESENT)))
		raw ^= PTE_PFN_MASK;
	/* A huge entry has a flag where a page number within it would begin. */
	raw = (raw & ~(e->size - 1)) | (addr & (e->size - 1));
	return raw & GENMASK_ULL(51, PAGE_SHIFT);
}

static inline bool entry_young(const struct entry *e)
{
	return e->raw & _PAGE_ACCESSED && entry_present(e);
}

/*
 * The folio that is mapped, or NULL.  The entry's lock keeps it mapped, hence
 * allocated and not split.  Huge entries of mixed mappings need not have pages.
 */
static struct folio *entry_any_folio(const struct damon_walk *walk, const struct entry *e)
{
	unsigned long pfn;

	if (!entry_present(e))
		return NULL;
	if (e->size != PAGE_SIZE) {
		if (walk->vma->vm_flags & VM_MIXEDMAP)
			return NULL;
		/* A PUD of hugetlb has the same format. */
		pfn = pmd_pfn(native_make_pmd(e->raw));
	} else {
		if (pte_special(native_make_pte(e->raw)))
			return NULL;
		pfn = pte_pfn(native_make_pte(e->raw));
	}
	return page_folio(pfn_to_page(pfn));
}

/*
 * The folio whose flags may carry young and idle, or NULL.  Pages outside the
 * LRU lists (not yet added, devices', hugetlb's, the huge zero page) are left to
 * the other way.
 */
static struct folio *entry_folio(const struct damon_walk *walk, const struct entry *e)
{
	struct folio *folio;

	if (!DAMON_HAVE_PAGE_IDLE)
		return NULL;
	if (e->size != PAGE_SIZE && walk->vma->vm_flags & VM_HUGETLB)
		return NULL;
	folio = entry_any_folio(walk, e);
	return folio && folio_test_lru(folio) ? folio : NULL;
}

/**
 * damon_accessed_folio() - what is mapped at an address
 * @walk:	position in its address space, not for @own_bits_only
 * @addr:	the address
 *
 * Touches nothing.  A huge entry can map the huge zero page, which is nobody's:
 * it counts as no page, as the small one does.
 *
 * Context: as damon_accessed_clear().
 *
 * Return: the folio, which stays until the next use of @walk; NULL if there is
 * none.
 */
struct folio *damon_accessed_folio(struct damon_walk *walk, unsigned long addr)
{
	struct folio *folio;
	struct entry e;

	if (!entry_at(walk, addr, &e))
		return NULL;
	folio = entry_any_folio(walk, &e);
	if (!folio || e.size == PAGE_SIZE)
		return folio;
	return folio_test_lru(folio) || folio_test_hugetlb(folio) ? folio : NULL;
}

/**
 * damon_accessed_page() - which page is mapped at an address
 * @walk:	position after damon_accessed_folio() has found one
 * @addr:	the same address, or where what its entry maps begins
 *
 * Return: the page, for a huge entry the first one that it maps.
 */
struct page *damon_accessed_page(const struct damon_walk *walk, unsigned long addr)
{
	if (walk->kind == DAMON_WALK_PTE)
		return pfn_to_page(pte_pfn(READ_ONCE(*damon_walk_pte(walk, addr))));
	return pfn_to_page(pmd_pfn(READ_ONCE(*walk->pmd)));
}

/**
 * damon_accessed_clear() - take the accessed bit of the page at an address
 * @walk:		position in its address space
 * @addr:		the address
 * @cookie:		out: for damon_accessed_check()
 *
 * Where the walk is for @own_bits_only, touches nothing but the entry: no page
 * flags, no secondary MMUs.
 *
 * Context: @walk may go there (see struct damon_walk), no table lock held but its own.
 *
 * Return: DAMON_TAKEN_* for damon_accessed_check(), never 0.
 */
u16 damon_accessed_clear(struct damon_walk *walk, unsigned long addr, u64 *cookie)
{
	u16 taken = DAMON_TAKEN_OUT;
	struct folio *folio;
	struct entry e;
	bool young;

	if (!entry_at(walk, addr, &e))
		return taken;
	*cookie = entry_page(&e, addr);
	taken |= DAMON_TAKEN_MAPPED;

	/* Most sampled entries are not young: look before the locked operation. */
	young = entry_young(&e) && test_and_clear_bit(_PAGE_BIT_ACCESSED, e.word);
	walk->took |= young;

	if (walk->own_bits_only)
		goto out;
	if (mm_has_notifiers(walk->mm)) {
		young |= damon_secondary_clear(walk->mm, addr, e.size);
		taken |= DAMON_TAKEN_NOTIFIED;
	}
	folio = entry_folio(walk, &e);
	if (folio) {
		if (young)
			folio_set_young(folio);
		if (!folio_test_idle(folio))
			folio_set_idle(folio);
		return taken | DAMON_TAKEN_IDLE;
	}
out:
	/*
	 * What a secondary MMU had seen is given back to the entry, too: reclaim
	 * asks both.
	 */
	if (young && entry_present(&e))
		taken |= DAMON_TAKEN_YOUNG;
	return taken;
}

/**
 * damon_accessed_check() - was it accessed since? and give back what was taken
 * @walk:	position in its address space
 * @addr:	as given to damon_accessed_clear()
 * @taken:	in: as damon_accessed_clear() returned; out: 0, or what is left
 *		for damon_accessed_give_back()
 * @cookie:	as damon_accessed_clear() left it
 *
 * A page that was mapped or replaced since counts as accessed when its entry
 * is young.
 *
 * Samples of several regions can be on one huge page.  What one of them gives
 * back would look like an access to the next, so for huge pages that is left
 * until all have been checked.
 *
 * Context: as damon_accessed_clear().
 *
 * Return: whether the page at @addr was accessed.
 */
bool damon_accessed_check(struct damon_walk *walk, unsigned long addr,
			  u16 *taken, u64 cookie)
{
	u16 was = *taken;
	struct folio *folio;
	struct entry e;

	*taken = 0;
	if (!entry_at(walk, addr, &e))
		return false;
	if (entry_young(&e))
		return true;
	if (!(was & DAMON_TAKEN_MAPPED) || entry_page(&e, addr) != cookie)
		return false;
	if ((was & DAMON_TAKEN_NOTIFIED) && damon_secondary_test(walk->mm, addr))
		return true;
	if (was & DAMON_TAKEN_IDLE) {
		folio = entry_folio(walk, &e);
		return folio && !folio_test_idle(folio);
	}
	if (was & DAMON_TAKEN_YOUNG) {
		if (unlikely(e.size != PAGE_SIZE))
			*taken = was | DAMON_TAKEN_OWED;
		else if (entry_present(&e))
			set_bit(_PAGE_BIT_ACCESSED, e.word);
	}
	return false;
}

/**
 * damon_accessed_give_back() - give back what damon_accessed_check() left
 * @walk:	position in its address space
 * @addr:	as given to damon_accessed_clear()
 * @cookie:	as damon_accessed_clear() left it
 *
 * Context: as damon_accessed_clear().
 */
void damon_accessed_give_back(struct damon_walk *walk, unsigned long addr, u64 cookie)
{
	struct entry e;

	if (entry_at(walk, addr, &e) && entry_present(&e) &&
	    entry_page(&e, addr) == cookie)
		set_bit(_PAGE_BIT_ACCESSED, e.word);
}

/**
 * damon_accessed_take() - was it accessed since it was asked last?
 * @walk:	position in its address space
 * @addr:	the address
 * @forget:	reclaim need not know; else it is told where there is PG_young
 *
 * Takes the accessed bit of the entry for good.  Samples are other than that:
 * one of somebody's that is out on this page sees that it was accessed, as far
 * as PG_idle can tell.
 *
 * Context: as damon_accessed_clear().
 */
bool damon_accessed_take(struct damon_walk *walk, unsigned long addr, bool forget)
{
	struct folio *folio;
	struct entry e;
	bool young;

	if (!entry_at(walk, addr, &e) || !entry_present(&e))
		return false;
	young = entry_young(&e) && test_and_clear_bit(_PAGE_BIT_ACCESSED, e.word);
	walk->took |= young;
	if (walk->own_bits_only)
		return young;
	young |= damon_secondary_clear(walk->mm, addr, e.size);
	folio = entry_folio(walk, &e);
	if (young && folio && !forget) {
		folio_set_young(folio);
		if (folio_test_idle(folio))
			folio_clear_idle(folio);
	}
	return young;
}
