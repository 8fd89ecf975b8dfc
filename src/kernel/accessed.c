// SPDX-License-Identifier: GPL-2.0
/*
 * Taking accessed bits, and giving back what was taken.
 *
 * Reclaim judges pages by the same bits.  Two ways to leave its judgement as
 * it would have been:
 *
 *  - PG_idle and PG_young, where the kernel has them: a bit that is cleared is
 *    noted in PG_young, which reclaim takes for a reference, and PG_idle tells
 *    whether anybody saw an access since.
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
#include "kernel/bind.h"
#include "kernel/features.h"
#include "kernel/walk.h"

/**
 * struct entry - a locked leaf entry
 * @word:	the entry itself
 * @pfn:	of the page that maps the address, within a huge page too
 * @start:	first address it maps
 * @size:	bytes it maps
 * @has_folio:	whether pfn_to_page(@pfn) is an ordinary page
 */
struct entry {
	unsigned long *word;
	unsigned long pfn;
	unsigned long start;
	unsigned long size;
	bool has_folio;
};

/* The present leaf entry of @addr, or false. */
static bool entry_at(struct damon_walk *walk, unsigned long addr, struct entry *e)
{
	pte_t *ptep;
	pte_t pte;

	switch (damon_walk_seek(walk, addr)) {
	case DAMON_WALK_PTE:
		ptep = damon_walk_pte(walk, addr);
		pte = READ_ONCE(*ptep);
		if (!pte_present(pte))
			return false;
		e->word = (unsigned long *)&ptep->pte;
		e->pfn = pte_pfn(pte);
		e->start = addr & PAGE_MASK;
		e->size = PAGE_SIZE;
		e->has_folio = !pte_special(pte);
		return true;
	case DAMON_WALK_PMD:
		e->word = (unsigned long *)&walk->pmd->pmd;
		e->pfn = pmd_pfn(READ_ONCE(*walk->pmd)) +
			 ((addr & ~PMD_MASK) >> PAGE_SHIFT);
		e->start = addr & PMD_MASK;
		e->size = PMD_SIZE;
		/* Only a mixed mapping can hold huge entries without pages. */
		e->has_folio = !(walk->vma->vm_flags & VM_MIXEDMAP);
		return true;
	default:
		return false;
	}
}

static inline bool entry_young(const struct entry *e)
{
	return test_bit(_PAGE_BIT_ACCESSED, e->word);
}

#ifdef CONFIG_MMU_NOTIFIER
static bool notifiers_clear_young(struct mm_struct *mm, const struct entry *e)
{
	return damon_has(__mmu_notifier_clear_young) &&
	       damon_call(__mmu_notifier_clear_young)(mm, e->start, e->start + e->size);
}

static bool notifiers_test_young(struct mm_struct *mm, unsigned long addr)
{
	return damon_has(__mmu_notifier_test_young) &&
	       damon_call(__mmu_notifier_test_young)(mm, addr);
}
#else
static bool notifiers_clear_young(struct mm_struct *mm, const struct entry *e)
{
	return false;
}

static bool notifiers_test_young(struct mm_struct *mm, unsigned long addr)
{
	return false;
}
#endif

/*
 * The folio whose flags may carry young and idle, or NULL.  The entry's lock
 * keeps it mapped, hence allocated and not split.  Pages outside the LRU lists
 * (not yet added, devices', the huge zero page) are left to the other way.
 */
static struct folio *entry_folio(const struct entry *e)
{
	struct folio *folio;

	if (!DAMON_HAVE_PAGE_IDLE || !e->has_folio)
		return NULL;
	folio = page_folio(pfn_to_page(e->pfn));
	return folio_test_lru(folio) ? folio : NULL;
}

/**
 * damon_accessed_clear() - take the accessed bit of the page at an address
 * @walk:		position in its address space
 * @addr:		the address
 * @own_bits_only:	touch nothing but the entry: no page flags, no
 *			secondary MMUs
 * @cookie:		out: for damon_accessed_check()
 *
 * Context: mmap lock held for reading, no table lock held but @walk's.
 *
 * Return: DAMON_TAKEN_* for damon_accessed_check(), never 0.
 */
u16 damon_accessed_clear(struct damon_walk *walk, unsigned long addr,
			 bool own_bits_only, u64 *cookie)
{
	u16 taken = DAMON_TAKEN_OUT;
	struct folio *folio;
	struct entry e;
	bool young;

	if (!entry_at(walk, addr, &e))
		return taken;
	*cookie = e.pfn;
	taken |= DAMON_TAKEN_MAPPED;

	/* Most sampled entries are not young: look before the locked operation. */
	young = entry_young(&e) && test_and_clear_bit(_PAGE_BIT_ACCESSED, e.word);

	if (own_bits_only)
		goto out;
	if (mm_has_notifiers(walk->mm)) {
		young |= notifiers_clear_young(walk->mm, &e);
		taken |= DAMON_TAKEN_NOTIFIED;
	}
	folio = entry_folio(&e);
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
	if (young)
		taken |= DAMON_TAKEN_YOUNG;
	return taken;
}

/**
 * damon_accessed_check() - was it accessed since? and give back what was taken
 * @walk:	position in its address space
 * @addr:	as given to damon_accessed_clear()
 * @taken:	as damon_accessed_clear() returned
 * @cookie:	as damon_accessed_clear() left it
 *
 * A page that was mapped or replaced since counts as accessed when its entry
 * is young.
 *
 * Context: as damon_accessed_clear().
 *
 * Return: whether the page at @addr was accessed.
 */
bool damon_accessed_check(struct damon_walk *walk, unsigned long addr,
			  u16 taken, u64 cookie)
{
	struct folio *folio;
	struct entry e;

	if (!entry_at(walk, addr, &e))
		return false;
	if (entry_young(&e))
		return true;
	if (!(taken & DAMON_TAKEN_MAPPED) || e.pfn != cookie)
		return false;
	if ((taken & DAMON_TAKEN_NOTIFIED) && notifiers_test_young(walk->mm, addr))
		return true;
	if (taken & DAMON_TAKEN_IDLE) {
		folio = entry_folio(&e);
		return folio && !folio_test_idle(folio);
	}
	if (taken & DAMON_TAKEN_YOUNG)
		set_bit(_PAGE_BIT_ACCESSED, e.word);
	return false;
}
