// SPDX-License-Identifier: GPL-2.0
/*
 * What is done to folios.
 *
 * Folios to be reclaimed or moved are taken off the LRU lists where they are
 * found, under whatever lock that is, and handed on a few at a time when no lock
 * is held.  Nothing else may sleep in between: a folio that is off the lists is
 * missing to everybody else.
 */
#include <linux/math64.h>
#include <linux/mm.h>

#include "kernel/advise.h"
#include "kernel/lru.h"
#include "kernel/migrate.h"
#include "ops/act.h"

/**
 * damon_actions_usable() - actions that work on this kernel
 *
 * Return: bit (1 << enum damos_action) for each; an operations set has a meaning
 * for some of them.
 */
u32 damon_actions_usable(void)
{
	u32 actions = 1U << DAMOS_STAT;

	if (damon_lru_usable())
		actions |= 1U << DAMOS_COLD | 1U << DAMOS_LRU_PRIO | 1U << DAMOS_LRU_DEPRIO;
	if (damon_reclaim_usable())
		actions |= 1U << DAMOS_PAGEOUT;
	if (damon_migrate_usable())
		actions |= 1U << DAMOS_MIGRATE_HOT | 1U << DAMOS_MIGRATE_COLD;
	if (damon_advice_usable(DAMON_ADVICE_READ))
		actions |= 1U << DAMOS_WILLNEED;
	if (damon_advice_usable(DAMON_ADVICE_HUGE))
		actions |= 1U << DAMOS_HUGEPAGE | 1U << DAMOS_NOHUGEPAGE |
			   1U << DAMOS_COLLAPSE;
	return actions;
}

/**
 * damon_act_init() - begin with an order
 * @act:	to be filled in
 * @order:	the order; used until the last damon_act_flush()
 * @done:	what comes of it is added there
 */
void damon_act_init(struct damon_act *act, const struct damos_order *order,
		    struct damos_done *done)
{
	u32 i;

	act->order = order;
	act->done = done;
	act->weights = 0;
	act->nr_pages = 0;
	act->nr_groups = 0;
	for (i = 0; i < order->nr_dests; i++)
		act->weights += order->dests[i].weight;
}

/* Always the same one, so that what is there already is left alone. */
static u32 choose_node(const struct damon_act *act, struct folio *folio)
{
	const struct damos_order *order = act->order;
	u64 turn, rest;
	u32 i;

	if (!act->weights)
		return order->nr_dests ? NUMA_NO_NODE : order->node;
	if (!damon_migrate_turn(folio, &turn))
		return NUMA_NO_NODE;
	div64_u64_rem(turn, act->weights, &rest);
	for (i = 0; rest >= order->dests[i].weight; i++)
		rest -= order->dests[i].weight;
	return order->dests[i].node;
}

/* Takes a folio off the lists and keeps it for @node. */
static void collect(struct damon_act *act, struct folio *folio, u32 node)
{
	struct damon_group *group = act->groups;

	while (group < act->groups + act->nr_groups && group->node != node)
		group++;
	if (group == act->groups + DAMON_ACT_MAX_NODES || !damon_lru_isolate(folio))
		return;
	if (group == act->groups + act->nr_groups) {
		group->node = node;
		INIT_LIST_HEAD(&group->folios);
		act->nr_groups++;
	}
	list_add_tail(&folio->lru, &group->folios);
	act->nr_pages += folio_nr_pages(folio);
}

/**
 * damon_act_folio() - do to a folio what the order says, or begin to
 * @act:	the order, one about folios; not full
 * @folio:	one that passes; with a reference, or mapped by an entry that the
 *		caller has locked
 *
 * Any context that may take the lock of an LRU list.
 */
void damon_act_folio(struct damon_act *act, struct folio *folio)
{
	bool changed = false;
	u32 node;

	switch (act->order->action) {
	case DAMOS_LRU_PRIO:
		changed = damon_lru_prioritise(folio);
		break;
	case DAMOS_LRU_DEPRIO:
		changed = damon_lru_deprioritise(folio);
		break;
	case DAMOS_COLD:
		damon_reclaim_prepare(folio);
		changed = damon_lru_deprioritise(folio);
		break;
	case DAMOS_PAGEOUT:
		damon_reclaim_prepare(folio);
		collect(act, folio, 0);
		break;
	case DAMOS_MIGRATE_HOT:
	case DAMOS_MIGRATE_COLD:
		node = choose_node(act, folio);
		if (node != folio_nid(folio) && damon_migrate_node_ok(node))
			collect(act, folio, node);
		break;
	default:
		break;
	}
	if (changed)
		act->done->applied += folio_size(folio);
}

/**
 * damon_act_flush() - reclaim or move what damon_act_folio() has kept
 * @act:	the order; good for more afterwards
 *
 * To be called soon after, and in any case in the end.  May sleep; no lock is
 * held.
 */
void damon_act_flush(struct damon_act *act)
{
	u32 i;

	for (i = 0; i < act->nr_groups; i++) {
		struct damon_group *group = &act->groups[i];

		if (act->order->action == DAMOS_PAGEOUT)
			act->done->applied += damon_reclaim(&group->folios);
		else
			act->done->applied += damon_migrate(&group->folios, group->node);
	}
	act->nr_pages = 0;
	act->nr_groups = 0;
}
