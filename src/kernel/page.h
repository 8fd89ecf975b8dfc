/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Was a physical page accessed?
 */
#ifndef DAMON_KERNEL_PAGE_H
#define DAMON_KERNEL_PAGE_H

#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/types.h>

#include "kernel/memory.h"

/**
 * enum damon_verdict - what came of a look at a page
 * @DAMON_PAGE_IDLE:	not accessed since it was cleared, or no page that
 *			could tell
 * @DAMON_PAGE_ACCESSED: accessed since
 * @DAMON_PAGE_BUSY:	somebody else works on it; nothing was done
 */
enum damon_verdict {
	DAMON_PAGE_IDLE,
	DAMON_PAGE_ACCESSED,
	DAMON_PAGE_BUSY,
};

/*
 * What a clear leaves for the check, in struct damon_taken and in the low bits
 * of damon_region.pending, where 0 means that no sample is out.
 */
#define DAMON_PAGE_OUT		(1U << 0)	/* a sample is out */
#define DAMON_PAGE_MARKED	(1U << 1)	/* PG_idle was set on it */
#define DAMON_PAGE_OWED		(1U << 2)	/* accessed bits to be given back */
#define DAMON_PAGE_LATER	(1U << 3)	/* check was done, give back is not */
#define DAMON_PAGE_KNOWN	(1U << 4)	/* where its only entry was */
#define DAMON_PAGE_FLAGS	0x1fU

/**
 * struct damon_taken - what a clear has taken
 * @flags:	DAMON_PAGE_*
 * @cookie:	where those bits go to that are owed, or that entry's address
 */
struct damon_taken {
	u16 flags;
	u64 cookie;
};

/**
 * struct damon_next - where a check may clear as well
 * @pfn:	the page to be sampled next
 * @first:	first page of the region that it is in
 * @end:	first page behind that
 */
struct damon_next {
	unsigned long pfn;
	unsigned long first;
	unsigned long end;
};

/* The kinds of folios whose mappings the reverse map knows. */
static inline bool damon_folio_counts(struct folio *folio)
{
	return folio_test_lru(folio) || folio_test_hugetlb(folio);
}

/**
 * damon_page_peek() - what a page belongs to
 * @mem:	memory, kept by damon_memory_enter()
 * @pfn:	the page's number
 *
 * For pages that nobody uses, as many are, this is all that a sample takes.
 *
 * Return: the folio, without a reference: what is read from it may be wrong, but
 * can be read until damon_memory_leave(); NULL if it is none that can have
 * accessed bits.
 */
static inline struct folio *damon_page_peek(struct damon_memory *mem, unsigned long pfn)
{
	struct page *page = damon_memory_page(mem, pfn);
	struct folio *folio;

	if (unlikely(!page))
		return NULL;
	folio = page_folio(page);
	return damon_folio_counts(folio) ? folio : NULL;
}

enum damon_verdict damon_page_look(struct damon_memory *tables, struct folio *folio,
				   unsigned long pfn, u64 cookie);
bool damon_page_clear(struct folio *folio, unsigned long pfn, struct damon_taken *taken);
enum damon_verdict damon_page_check(struct damon_memory *mem, struct folio *folio,
				    unsigned long pfn, struct damon_taken *taken,
				    const struct damon_next *next);
bool damon_page_give_back(struct damon_memory *mem, unsigned long pfn,
			  const struct damon_taken *taken);
struct folio *damon_page_folio(struct damon_memory *mem, unsigned long pfn);

#endif /* DAMON_KERNEL_PAGE_H */
