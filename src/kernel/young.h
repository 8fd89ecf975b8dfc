/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_KERNEL_YOUNG_H
#define DAMON_KERNEL_YOUNG_H

#include "kernel/page.h"

struct folio;

enum damon_verdict damon_folio_take_young(struct folio *folio, bool forget);
void damon_folio_spare(struct folio *folio);

#endif /* DAMON_KERNEL_YOUNG_H */
