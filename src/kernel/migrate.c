// SPDX-License-Identifier: GPL-2.0
/*
 * Moving folios to another node.
 */
#include <linux/gfp.h>
#include <linux/hash.h>
#include <linux/init.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/nodemask.h>
#include <linux/random.h>
#include <linux/vmstat.h>

#include "kernel/bind.h"
#include "kernel/lru.h"
#include "kernel/migrate.h"

/* Where files' pages go says nothing about where the kernel has what. */
static unsigned long secret __ro_after_init;

/* Memory that is free there, and only there: nothing is reclaimed for it. */
#define TARGET_GFP	((GFP_HIGHUSER_MOVABLE & ~__GFP_RECLAIM) | __GFP_THISNODE | \
			 __GFP_NOMEMALLOC | __GFP_NOWARN)

/*
 * The callbacks were about pages up to 6.4 and are about folios since.  The
 * kernel's reason was an int up to 7.2, which does not matter here.
 */
static __maybe_unused struct folio *new_for_folio(struct folio *folio, unsigned long nid)
{
	return __folio_alloc(TARGET_GFP, folio_order(folio), nid, NULL);
}

static __maybe_unused struct page *new_for_page(struct page *page, unsigned long nid)
{
	struct folio *folio = new_for_folio(page_folio(page), nid);

	return folio ? &folio->page : NULL;
}

#define new_target							\
	__builtin_choose_expr(__builtin_types_compatible_p(		\
				typeof(migrate_pages),			\
				int (struct list_head *,		\
				     struct page *(*)(struct page *, unsigned long), \
				     void (*)(struct page *, unsigned long), \
				     unsigned long, enum migrate_mode, int, \
				     unsigned int *)),			\
			      new_for_page, new_for_folio)

/**
 * damon_migrate_usable() - is damon_migrate() there?
 */
bool damon_migrate_usable(void)
{
	return damon_lru_usable() && damon_has(migrate_pages);
}

/**
 * damon_migrate_node_ok() - can memory be moved to a node?
 * @nid:	its number, anything
 *
 * Return: whether there is such a node with memory.
 */
bool damon_migrate_node_ok(u32 nid)
{
	return nid < MAX_NUMNODES && node_state(nid, N_MEMORY);
}

/**
 * damon_migrate_init() - make up what nobody knows
 *
 * At load.
 */
void __init damon_migrate_init(void)
{
	secret = get_random_long();
}

/**
 * damon_migrate_turn() - a folio's place where memory goes to several nodes in turn
 * @folio:	with a reference, or mapped by an entry that the caller has locked
 * @turn:	out: the how manieth it is of its size, in its file or anonymous area
 *
 * As the kernel interleaves: by the offset, which moves along with the memory and
 * is the same for all who map it.  So is what is added for a file's pages, lest the
 * first pages of all small files go to the same node; it is made of the address of
 * what they belong to, which is not followed: without a lock it can be gone.
 *
 * Any context.  Return: false while it belongs to nobody, as after being read ahead
 * from swap.
 */
bool damon_migrate_turn(struct folio *folio, u64 *turn)
{
	unsigned long mapping = (unsigned long)READ_ONCE(folio->mapping);

	if (!mapping)
		return false;
	*turn = READ_ONCE(folio->index) >> folio_order(folio);
	if (!folio_test_anon(folio))
		*turn += hash_long(mapping ^ secret, 32);
	return true;
}

static void account(struct folio *folio, int sign)
{
	mod_node_page_state(folio_pgdat(folio), NR_ISOLATED_ANON + folio_is_file_lru(folio),
			    sign * folio_nr_pages(folio));
}

/**
 * damon_migrate() - move folios to a node
 * @folios:	linked by their lru, from damon_lru_isolate(); empty afterwards
 * @nid:	the node, of which damon_migrate_node_ok() holds
 *
 * Waits for nobody who works on a folio: such folios stay.  Huge ones are moved
 * as a whole or not at all.  May sleep.
 *
 * Return: bytes that were moved.
 */
u64 damon_migrate(struct list_head *folios, int nid)
{
	struct folio *folio, *next;
	unsigned int moved = 0;

	if (list_empty(folios))
		return 0;
	list_for_each_entry(folio, folios, lru)
		account(folio, 1);
	damon_call(migrate_pages)(folios, new_target, NULL, nid, MIGRATE_ASYNC,
				  MR_NUMA_MISPLACED, &moved);
	list_for_each_entry_safe(folio, next, folios, lru) {
		list_del(&folio->lru);
		account(folio, -1);
		damon_lru_put_back(folio);
	}
	return (u64)moved << PAGE_SHIFT;
}
