// SPDX-License-Identifier: GPL-2.0
/*
 * The LRU lists: taking folios off, putting them back elsewhere, reclaiming.
 *
 * A folio is moved on the lists by taking it off and adding it again with other
 * flags, which are what both kinds of LRU lists go by when they choose a place.
 *
 * Multi-gen LRU has no place for anonymous pages below its second youngest
 * generation, other than by growing old there.  To bring one down to that may
 * be to bring it up: what is older stays where it is.
 */
#include <linux/cgroup.h>
#include <linux/init.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/page-flags.h>
#include <linux/page_idle.h>
#include <linux/rcupdate.h>
#include <linux/swap.h>

#include "kernel/bind.h"
#include "kernel/lru.h"

/*
 * What folio_isolate_lru() returns for a folio that is on no list: an error
 * number up to 6.2, false since.  It is found out by asking, because no public
 * header tells.
 */
static u8 isolate_failed __ro_after_init;
static bool isolate_known __ro_after_init;

/**
 * damon_lru_init() - learn how this kernel takes folios off the lists
 *
 * After damon_bind_all().  Return: 0 or -ENOMEM.
 */
int __init damon_lru_init(void)
{
	struct page *page;

	if (!damon_has(folio_isolate_lru))
		return 0;
	page = alloc_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	isolate_failed = damon_call(folio_isolate_lru)(page_folio(page));
	isolate_known = true;
	__free_page(page);
	return 0;
}

/**
 * damon_lru_usable() - can folios be taken off the lists?
 */
bool damon_lru_usable(void)
{
	return isolate_known;
}

/**
 * damon_reclaim_usable() - is damon_reclaim() there?
 */
bool damon_reclaim_usable(void)
{
	return isolate_known && damon_has(reclaim_pages);
}

/**
 * damon_lru_isolate() - take a folio off its list
 * @folio:	with a reference, or mapped by an entry that the caller has locked;
 *		damon_lru_usable()
 *
 * Any context that may take the lock of a list: not in interrupts.
 *
 * Return: whether it was on one, and can be reclaimed at all.  The folio is the
 * caller's then, with a reference, until damon_lru_put_back().
 */
bool damon_lru_isolate(struct folio *folio)
{
	if (!folio_test_lru(folio) || folio_test_unevictable(folio))
		return false;
	if (damon_call(folio_isolate_lru)(folio) == isolate_failed)
		return false;
	if (likely(!folio_test_unevictable(folio)))
		return true;
	/* It was locked into memory just now. */
	damon_lru_put_back(folio);
	return false;
}

/**
 * damon_lru_put_back() - undo damon_lru_isolate()
 * @folio:	what was taken off, on no list of the caller's
 */
void damon_lru_put_back(struct folio *folio)
{
	folio_add_lru(folio);
	folio_put(folio);
}

#ifdef CONFIG_LRU_GEN
#ifdef CONFIG_MEMCG
/* In an RCU read-side section.  Groups without a memory controller are not there. */
static struct lruvec *lruvec_of(struct folio *folio)
{
	struct cgroup_subsys_state *css;
	struct mem_cgroup *memcg;

	if (mem_cgroup_disabled())
		return &folio_pgdat(folio)->__lruvec;
	memcg = folio_memcg(folio);
	if (!memcg) {
		css = rcu_dereference(memory_cgrp_subsys.root->cgrp.subsys[memory_cgrp_id]);
		memcg = mem_cgroup_from_css(css);
	}
	return &memcg->nodeinfo[folio_nid(folio)]->lruvec;
}
#else
static struct lruvec *lruvec_of(struct folio *folio)
{
	return &folio_pgdat(folio)->__lruvec;
}
#endif

/* How many generations are younger; negative if it is in none. */
static int generation_age(struct folio *folio)
{
	int gen = folio_lru_gen(folio), youngest;

	if (gen < 0)
		return -1;
	rcu_read_lock();
	youngest = lru_gen_from_seq(READ_ONCE(lruvec_of(folio)->lrugen.max_seq));
	rcu_read_unlock();
	return (youngest + MAX_NR_GENS - gen) % MAX_NR_GENS;
}
#else
static int generation_age(struct folio *folio)
{
	return -1;
}
#endif

/* Since LRU_REFS_FLAGS only active folios of the working set go to the youngest. */
#ifdef LRU_REFS_FLAGS
#define YOUNGEST_IS_WORKINGSET	true
#else
#define YOUNGEST_IS_WORKINGSET	false
#endif

/* Is there a place for it where it is reclaimed sooner? */
static bool can_go_down(struct folio *folio, int age)
{
	if (age < 0)
		return folio_test_active(folio);
	if (folio_is_file_lru(folio) || folio_test_swapcache(folio))
		return age < 2;
	return !age;
}

/**
 * damon_lru_is_active() - is a folio on an active list?
 * @folio:	with a reference, or mapped by an entry that the caller has locked
 *
 * With multi-gen LRU: in one of the two youngest generations, which is what the
 * kernel's statistics count as active.
 */
bool damon_lru_is_active(struct folio *folio)
{
	int age = generation_age(folio);

	return age < 0 ? folio_test_active(folio) : age < 2;
}

/**
 * damon_lru_prioritise() - have a folio reclaimed after others
 * @folio:	as for damon_lru_isolate()
 *
 * Return: whether it was moved.
 */
bool damon_lru_prioritise(struct folio *folio)
{
	int age = generation_age(folio);

	if (!damon_lru_isolate(folio))
		return false;
	folio_set_active(folio);
	if (YOUNGEST_IS_WORKINGSET && age >= 0)
		folio_set_workingset(folio);
	damon_lru_put_back(folio);
	return true;
}

/**
 * damon_lru_deprioritise() - have a folio reclaimed before others
 * @folio:	as for damon_lru_isolate()
 *
 * Return: whether it was moved; not so if it was among those already.
 */
bool damon_lru_deprioritise(struct folio *folio)
{
	int age = generation_age(folio);

	/* Added anew it would be the last one to go of those. */
	if (!can_go_down(folio, age) || !damon_lru_isolate(folio))
		return false;
	folio_clear_active(folio);
	folio_clear_referenced(folio);
	/* To generations it is a reason to keep it. */
	if (age >= 0)
		folio_clear_workingset(folio);
	damon_lru_put_back(folio);
	return true;
}

/**
 * damon_reclaim_prepare() - forget what would save a folio from reclaim
 * @folio:	as for damon_lru_isolate()
 *
 * All but the accessed bits of its mappings.
 */
void damon_reclaim_prepare(struct folio *folio)
{
	folio_clear_referenced(folio);
	if (folio_test_young(folio))
		folio_test_clear_young(folio);
	/* Should it be wanted soon, that is thrashing, as after the kernel's own advice. */
	if (folio_test_active(folio))
		folio_set_workingset(folio);
}

/**
 * damon_reclaim() - reclaim folios now
 * @folios:	linked by their lru, from damon_lru_isolate(); empty afterwards:
 *		what was not reclaimed is put back.  damon_reclaim_usable()
 *
 * 6.1's kernels leave those alone that were accessed.  May sleep and write to
 * swap.
 *
 * Return: bytes that have left memory.
 */
u64 damon_reclaim(struct list_head *folios)
{
	if (list_empty(folios))
		return 0;
	return (u64)damon_call(reclaim_pages)(folios) << PAGE_SHIFT;
}
