/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What pages are, other than accessed.
 */
#ifndef DAMON_KERNEL_ATTRIBUTES_H
#define DAMON_KERNEL_ATTRIBUTES_H

#include <linux/types.h>

struct damon_filters;
struct damon_probe_filter_conf;
struct folio;

struct damon_filters *damon_filters_get(const struct damon_probe_filter_conf *conf,
					u32 nr, void *const *memcgs, u32 *bad,
					const char **why);
void damon_filters_put(void *filters);
u64 damon_filters_key(const struct damon_filters *filters);
void *damon_memcg_get(int fd, const char **why);
void *damon_memcg_find(const char *path, const char **why);
void damon_memcg_put(void *memcg);
bool damon_memcg_has(const void *memcg, struct folio *folio, bool hierarchical);
bool damon_filters_pass(const struct damon_filters *filters, struct folio *folio);

#endif /* DAMON_KERNEL_ATTRIBUTES_H */
