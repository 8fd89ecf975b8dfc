/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between page.c and page_visit.c: accessed bits in all mappings of a folio.
 */
#ifndef DAMON_KERNEL_PAGE_VISIT_H
#define DAMON_KERNEL_PAGE_VISIT_H

#include <linux/types.h>

struct folio;

/**
 * struct damon_visit - what to do at each mapping of a folio
 * @check:	judge @checked
 * @clear:	clear @cleared
 * @restore:	set those bits of @checked again that are in @owed
 * @checked:	number of a page of the folio
 * @cleared:	another one, or the same
 * @nr:		mappings visited so far
 * @entry:	what was cleared last, if nobody but the processor sets it again
 * @owed:	which of them were young when @checked was cleared
 * @owing:	which of them were young when @cleared was
 * @young:	@checked was accessed
 * @was_young:	@cleared was
 *
 * On the stack of whoever walks.
 */
struct damon_visit {
	bool check;
	bool clear;
	bool restore;
	unsigned long checked;
	unsigned long cleared;
	unsigned int nr;
	const unsigned long *entry;
	u32 owed;
	u32 owing;
	bool young;
	bool was_young;
};

bool damon_page_visit(struct folio *folio, struct damon_visit *visit);

#endif /* DAMON_KERNEL_PAGE_VISIT_H */
