/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between schemes and operations sets: what is to be done to memory, and what
 * was.
 */
#ifndef DAMON_DAMOS_ACT_H
#define DAMON_DAMOS_ACT_H

#include <linux/types.h>

/**
 * enum damos_action - what is done to memory that a scheme finds
 * @DAMOS_WILLNEED:	read ahead what is in swap or in files of file systems that ask
 *			nobody outside of the kernel
 * @DAMOS_COLD:		reclaim sooner
 * @DAMOS_PAGEOUT:	reclaim now
 * @DAMOS_HUGEPAGE:	may consist of huge pages
 * @DAMOS_NOHUGEPAGE:	shall not
 * @DAMOS_COLLAPSE:	make huge pages of it now, but of files
 * @DAMOS_LRU_PRIO:	reclaim later than the rest
 * @DAMOS_LRU_DEPRIO:	reclaim before the rest
 * @DAMOS_MIGRATE_HOT:	move to other nodes, the hottest first
 * @DAMOS_MIGRATE_COLD:	the same, the coldest first
 * @DAMOS_STAT:		only count
 * @NR_DAMOS_ACTIONS:	how many there are
 */
enum damos_action {
	DAMOS_WILLNEED,
	DAMOS_COLD,
	DAMOS_PAGEOUT,
	DAMOS_HUGEPAGE,
	DAMOS_NOHUGEPAGE,
	DAMOS_COLLAPSE,
	DAMOS_LRU_PRIO,
	DAMOS_LRU_DEPRIO,
	DAMOS_MIGRATE_HOT,
	DAMOS_MIGRATE_COLD,
	DAMOS_STAT,
	NR_DAMOS_ACTIONS
};

/**
 * enum damos_page_filter_type - what a page can be asked
 * @DAMOS_FILTER_ANON:		is it anonymous memory?
 * @DAMOS_FILTER_ACTIVE:	is it on an active LRU list?
 * @DAMOS_FILTER_MEMCG:		is it charged to a memory cgroup?
 * @DAMOS_FILTER_YOUNG:		accessed since it was asked last?
 * @DAMOS_FILTER_HUGEPAGE_SIZE:	is its folio's size in a range?
 * @DAMOS_FILTER_UNMAPPED:	is it mapped nowhere?
 * @NR_DAMOS_PAGE_FILTERS:	how many there are
 */
enum damos_page_filter_type {
	DAMOS_FILTER_ANON,
	DAMOS_FILTER_ACTIVE,
	DAMOS_FILTER_MEMCG,
	DAMOS_FILTER_YOUNG,
	DAMOS_FILTER_HUGEPAGE_SIZE,
	DAMOS_FILTER_UNMAPPED,
	NR_DAMOS_PAGE_FILTERS
};

/**
 * struct damos_page_filter - a question about a page and what follows from it
 * @type:		the question
 * @matching:		decides pages for which the answer is yes; else those
 *			for which it is no
 * @allow:		what it decides: the action is for the page, or not
 * @hierarchical:	DAMOS_FILTER_MEMCG: groups below @what are meant, too
 * @what:		DAMOS_FILTER_MEMCG: the group, as in struct damon_probe;
 *			who made the filter holds a reference
 * @min:		DAMOS_FILTER_HUGEPAGE_SIZE: smallest size in bytes
 * @max:		the largest
 */
struct damos_page_filter {
	enum damos_page_filter_type type;
	bool matching;
	bool allow;
	bool hierarchical;
	void *what;
	u64 min;
	u64 max;
};

/**
 * struct damos_dest - one of several nodes to move memory to
 * @node:	the node
 * @weight:	its part of the memory, as a ratio to the sum of all weights
 */
struct damos_dest {
	u32 node;
	u32 weight;
};

/**
 * struct damos_order - what an operations set is to do; constant during a call
 * @action:	the action
 * @filters:	asked of each page in this order; the first that decides does
 * @nr_filters:	how many
 * @allow:	what holds for a page that none of them decides
 * @dests:	DAMOS_MIGRATE_*: where to
 * @nr_dests:	how many
 * @node:	where to if there are none of those
 */
struct damos_order {
	enum damos_action action;
	const struct damos_page_filter *filters;
	u32 nr_filters;
	bool allow;
	const struct damos_dest *dests;
	u32 nr_dests;
	u32 node;
};

/**
 * struct damos_done - what came of it
 * @passed:	bytes that the page filters let through; counted for DAMOS_STAT, too
 * @applied:	bytes that the action really changed
 */
struct damos_done {
	u64 passed;
	u64 applied;
};

#endif /* DAMON_DAMOS_ACT_H */
