// SPDX-License-Identifier: GPL-2.0
/*
 * Which pages an action is for.
 */
#include <linux/mm.h>

#include "kernel/attributes.h"
#include "kernel/lru.h"
#include "ops/act.h"

static bool is_young(struct damon_subject *subject)
{
	subject->asked_young = true;
	switch (subject->take_young(subject)) {
	case DAMON_PAGE_ACCESSED:
		return true;
	case DAMON_PAGE_BUSY:
		subject->busy = true;
		return false;
	default:
		return false;
	}
}

static bool is_so(const struct damos_page_filter *f, struct damon_subject *subject)
{
	struct folio *folio = subject->folio;

	if (!folio)
		return f->type == DAMOS_FILTER_ANON && subject->anon;
	switch (f->type) {
	case DAMOS_FILTER_ANON:
		return folio_test_anon(folio);
	case DAMOS_FILTER_ACTIVE:
		return damon_lru_is_active(folio);
	case DAMOS_FILTER_MEMCG:
		return damon_memcg_has(f->what, folio, f->hierarchical);
	case DAMOS_FILTER_YOUNG:
		return is_young(subject);
	case DAMOS_FILTER_HUGEPAGE_SIZE:
		return folio_size(folio) >= f->min && folio_size(folio) <= f->max;
	case DAMOS_FILTER_UNMAPPED:
		return !subject->mapped && !folio_mapped(folio);
	default:
		return false;
	}
}

/**
 * damon_order_passes() - do the filters let a page through?
 * @order:	with the filters
 * @subject:	the page
 *
 * Return: the word of the first filter that decides, or else what the order
 * says, or true if a filter was skipped; false for a page of which an answer could
 * not be had.
 */
bool damon_order_passes(const struct damos_order *order, struct damon_subject *subject)
{
	bool skipped = false, so;
	u32 i;

	for (i = 0; i < order->nr_filters; i++) {
		const struct damos_page_filter *f = &order->filters[i];

		if (f->type == DAMOS_FILTER_YOUNG && subject->skips_young) {
			skipped = true;
			continue;
		}
		so = is_so(f, subject);
		if (subject->busy)
			return false;
		if (so == f->matching)
			return f->allow;
	}
	return order->allow || skipped;
}

/**
 * damon_order_asks_young() - has an order a filter about accesses?
 * @order:	the order
 */
bool damon_order_asks_young(const struct damos_order *order)
{
	u32 i;

	for (i = 0; i < order->nr_filters; i++) {
		if (order->filters[i].type == DAMOS_FILTER_YOUNG)
			return true;
	}
	return false;
}
