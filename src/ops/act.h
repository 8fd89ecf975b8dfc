/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What actions of all operations sets have in common: which pages they are for,
 * and what is done to their folios.
 *
 * A folio is acted on as a whole, once: by who is asked for the address at
 * which it begins.  So what is said of adjacent ranges adds up.
 */
#ifndef DAMON_OPS_ACT_H
#define DAMON_OPS_ACT_H

#include <linux/list.h>
#include <linux/types.h>

#include "damos/act.h"
#include "kernel/page.h"

struct folio;

/* A call does so much at most, see struct damon_ops. */
#define DAMON_ACT_MAX_BYTES	(32ULL << 20)
#define DAMON_ACT_MAX_NS	(20 * NSEC_PER_MSEC)

/* Pages that are off the LRU lists at a time. */
#define DAMON_ACT_MAX_PAGES	64

/* Nodes that memory goes to at a time. */
#define DAMON_ACT_MAX_NODES	8

/**
 * struct damon_subject - a page that filters are asked about
 * @folio:	what it is in, allocated and staying so; NULL: it is not in memory
 * @anon:	without @folio: whether it would be anonymous
 * @mapped:	it is known to be mapped; else its folio is asked
 * @skips_young: filters about accesses do not decide
 * @take_young:	was it accessed since it was asked last? not without @folio
 * @asked_young: @take_young was called
 * @busy:	it could not tell
 */
struct damon_subject {
	struct folio *folio;
	bool anon;
	bool mapped;
	bool skips_young;
	enum damon_verdict (*take_young)(struct damon_subject *subject);
	bool asked_young;
	bool busy;
};

/**
 * struct damon_group - folios that go to one node
 * @node:	which
 * @folios:	taken off the LRU lists
 */
struct damon_group {
	u32 node;
	struct list_head folios;
};

/**
 * struct damon_act - an order that is being carried out
 * @order:	the order
 * @done:	what has come of it
 * @weights:	sum of those of @order's destinations
 * @nr_pages:	in @groups
 * @nr_groups:	how many of @groups are in use
 * @groups:	what is to be reclaimed, in the first one, or moved
 *
 * On the stack of its user.
 */
struct damon_act {
	const struct damos_order *order;
	struct damos_done *done;
	u64 weights;
	u32 nr_pages;
	u32 nr_groups;
	struct damon_group groups[DAMON_ACT_MAX_NODES];
};

u32 damon_actions_usable(void);
bool damon_order_passes(const struct damos_order *order, struct damon_subject *subject);
bool damon_order_asks_young(const struct damos_order *order);

void damon_act_init(struct damon_act *act, const struct damos_order *order,
		    struct damos_done *done);
void damon_act_folio(struct damon_act *act, struct folio *folio);
void damon_act_flush(struct damon_act *act);

/**
 * damon_act_is_full() - is damon_act_flush() due?
 * @act:	the order
 */
static inline bool damon_act_is_full(const struct damon_act *act)
{
	return act->nr_pages >= DAMON_ACT_MAX_PAGES || act->nr_groups == DAMON_ACT_MAX_NODES;
}

#endif /* DAMON_OPS_ACT_H */
