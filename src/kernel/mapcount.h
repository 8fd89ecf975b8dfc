/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_KERNEL_MAPCOUNT_H
#define DAMON_KERNEL_MAPCOUNT_H

#include <linux/mm.h>

/**
 * damon_folio_is_shared() - do others map a folio, too?
 * @folio:	the folio
 * @page:	its page that is mapped here, by an entry that the caller has locked
 *
 * An estimate where it is mapped in parts, as the kernel's own advice uses it.
 *
 * folio_likely_mapped_shared() came with 6.10 and is folio_maybe_mapped_shared()
 * in 7.3; before, page_mapcount() has the mappings of the page, also those of its
 * folio as a whole, which only some kinds of folios count with their pages.
 */
static inline bool damon_folio_is_shared(struct folio *folio, struct page *page)
{
#if defined(DAMON_HAVE_MAYBE_MAPPED_SHARED)
	return folio_maybe_mapped_shared(folio);
#elif defined(DAMON_HAVE_LIKELY_MAPPED_SHARED)
	return folio_likely_mapped_shared(folio);
#elif defined(DAMON_HAVE_PAGE_MAPCOUNT)
	return page_mapcount(page) > 1;
#else
#error "How does this kernel tell whether others map a folio, too?"
#endif
}

#endif /* DAMON_KERNEL_MAPCOUNT_H */
