// SPDX-License-Identifier: GPL-2.0
/*
 * The check of a page by a look at its only entry, where a clear has noted that.
 *
 * No reference, no lock, no reverse map: nothing keeps the table meanwhile.  If it is
 * gone its memory can be anything by now: a balloon's, poisoned, another machine's,
 * offline, not even mapped.  So it is looked at only while it is still some page
 * table, may be gone even so, and is never written to.
 */
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/page_idle.h>
#include <linux/uaccess.h>

#include "kernel/page.h"
#include "kernel/table.h"

/* What is at an address that may be nobody's any more. */
static inline bool read_entry(struct damon_memory *tables, const unsigned long *entry,
			      unsigned long *raw)
{
	struct page *page = damon_memory_page(tables, PHYS_PFN(__pa(entry)));

	if (unlikely(!page || !PageTable(page)))
		return false;
	/* It can go between that look and this one. */
	pagefault_disable();
	__get_kernel_nofault(raw, entry, unsigned long, gone);
	pagefault_enable();
	return true;
gone:
	pagefault_enable();
	return false;
}

/**
 * damon_page_look() - damon_page_check() by a look, where that is enough
 * @tables:	memory, kept as @folio's is; one for page tables alone finds them sooner
 * @folio:	what damon_page_peek() finds there now
 * @pfn:	the page's number, as given to damon_page_clear()
 * @cookie:	as that has left it with DAMON_PAGE_KNOWN
 *
 * If it has no other mapping, and the entry maps it now, then what the entry says
 * is all there is to say.  (In the worst case, it is another table's by now, and
 * tells of another mapping of the page.)
 *
 * Context: as damon_page_clear().
 *
 * Return: DAMON_PAGE_BUSY if there is no verdict, and damon_page_check() has to be
 * asked.
 */
enum damon_verdict damon_page_look(struct damon_memory *tables, struct folio *folio,
				   unsigned long pfn, u64 cookie)
{
	unsigned long raw;

	if (!folio_test_idle(folio))
		return DAMON_PAGE_ACCESSED;
	if (folio_test_large(folio) || atomic_read(&folio->_mapcount) ||	/* -1 is none */
	    !read_entry(tables, (const unsigned long *)cookie, &raw))
		return DAMON_PAGE_BUSY;
	if (!(raw & DAMON_PRESENT_BITS) || raw & _PAGE_SPECIAL ||
	    pte_pfn(native_make_pte(raw)) != pfn)
		return DAMON_PAGE_BUSY;
	return raw & _PAGE_ACCESSED ? DAMON_PAGE_ACCESSED : DAMON_PAGE_IDLE;
}
