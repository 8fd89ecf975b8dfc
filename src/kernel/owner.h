/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_KERNEL_OWNER_H
#define DAMON_KERNEL_OWNER_H

struct folio;
struct mm_struct;

struct mm_struct *damon_folio_owner(struct folio *folio, unsigned long *addr);

#endif /* DAMON_KERNEL_OWNER_H */
