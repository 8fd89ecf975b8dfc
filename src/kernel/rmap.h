/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The reverse map: who maps a folio, and by which entries.
 */
#ifndef DAMON_KERNEL_RMAP_H
#define DAMON_KERNEL_RMAP_H

#include <linux/types.h>

struct damon_leaf;
struct folio;
struct vm_area_struct;

bool damon_pages_usable(void);
bool damon_page_entry_lock(struct damon_leaf *leaf, struct folio *folio,
			   struct vm_area_struct *vma, unsigned long addr,
			   unsigned long pfn, unsigned long *at);
bool damon_page_mappings(struct folio *folio,
			 bool (*one)(struct folio *folio, struct vm_area_struct *vma,
				     unsigned long addr, void *data), void *data);

#endif /* DAMON_KERNEL_RMAP_H */
