/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The LRU lists: taking folios off, putting them back elsewhere, reclaiming.
 */
#ifndef DAMON_KERNEL_LRU_H
#define DAMON_KERNEL_LRU_H

#include <linux/types.h>

struct folio;
struct list_head;

int damon_lru_init(void);
bool damon_lru_usable(void);
bool damon_reclaim_usable(void);

bool damon_lru_isolate(struct folio *folio);
void damon_lru_put_back(struct folio *folio);
bool damon_lru_prioritise(struct folio *folio);
bool damon_lru_deprioritise(struct folio *folio);
bool damon_lru_is_active(struct folio *folio);

void damon_reclaim_prepare(struct folio *folio);
u64 damon_reclaim(struct list_head *folios);

#endif /* DAMON_KERNEL_LRU_H */
