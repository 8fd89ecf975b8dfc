/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_KERNEL_MIGRATE_H
#define DAMON_KERNEL_MIGRATE_H

#include <linux/types.h>

struct folio;
struct list_head;

void damon_migrate_init(void);
bool damon_migrate_usable(void);
bool damon_migrate_node_ok(u32 nid);
bool damon_migrate_turn(struct folio *folio, u64 *turn);
u64 damon_migrate(struct list_head *folios, int nid);

#endif /* DAMON_KERNEL_MIGRATE_H */
