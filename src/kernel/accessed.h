/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_KERNEL_ACCESSED_H
#define DAMON_KERNEL_ACCESSED_H

#include <linux/types.h>

struct damon_walk;
struct folio;
struct page;

/*
 * What a clear leaves for the check, in damon_region.pending (which is 0 when
 * no sample is out) and damon_region.cookie.
 */
#define DAMON_TAKEN_OUT		(1U << 0)	/* a sample is out */
#define DAMON_TAKEN_MAPPED	(1U << 1)	/* cookie tells the page it was on */
#define DAMON_TAKEN_YOUNG	(1U << 2)	/* accessed bit to be given back */
#define DAMON_TAKEN_IDLE	(1U << 3)	/* PG_idle was set on it */
#define DAMON_TAKEN_NOTIFIED	(1U << 4)	/* secondary MMUs were cleared, too */
#define DAMON_TAKEN_OWED	(1U << 5)	/* judged, and YOUNG not given back yet */

u16 damon_accessed_clear(struct damon_walk *walk, unsigned long addr, u64 *cookie);
bool damon_accessed_check(struct damon_walk *walk, unsigned long addr,
			  u16 *taken, u64 cookie);
struct folio *damon_accessed_folio(struct damon_walk *walk, unsigned long addr);
struct page *damon_accessed_page(const struct damon_walk *walk, unsigned long addr);
void damon_accessed_give_back(struct damon_walk *walk, unsigned long addr, u64 cookie);

bool damon_accessed_take(struct damon_walk *walk, unsigned long addr, bool forget);

#endif /* DAMON_KERNEL_ACCESSED_H */
