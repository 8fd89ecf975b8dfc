/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What schemes need to know of the system and of their worker.
 */
#ifndef DAMON_DAMOS_ENV_H
#define DAMON_DAMOS_ENV_H

#include <linux/types.h>

/**
 * enum damos_metric - what goals and watermarks are about
 * @DAMOS_USER_INPUT:		what the user says; never asked for
 * @DAMOS_SOME_MEM_PSI_US:	total time that some task waited for memory
 * @DAMOS_NODE_MEM_USED_BP:	part of a node that is in use
 * @DAMOS_NODE_MEM_FREE_BP:	part of a node that is free
 * @DAMOS_NODE_MEMCG_USED_BP:	a memory cgroup's LRU pages on a node as a part of it
 * @DAMOS_NODE_MEMCG_FREE_BP:	the rest of the node
 * @DAMOS_ACTIVE_MEM_BP:	active part of the LRU pages of the system
 * @DAMOS_INACTIVE_MEM_BP:	inactive part of them
 * @DAMOS_FULL_MEM_PSI_US:	total time that all tasks waited for memory
 * @DAMOS_MEMCG_SOME_PSI_US:	as @DAMOS_SOME_MEM_PSI_US, in a cgroup
 * @DAMOS_MEMCG_FULL_PSI_US:	as @DAMOS_FULL_MEM_PSI_US, in a cgroup
 * @DAMOS_REFAULTS:		total of pages that came back after reclaim
 * @DAMOS_SWAP_USED_BP:		part of the swap space that is in use
 * @DAMOS_NODE_ELIGIBLE_MEM_BP:	part on a node of the memory that the scheme is for; asked
 *				of the operations set, not here
 * @DAMOS_FREE_MEM_PERMIL:	free part of all memory, in 1/1000
 * @NR_DAMOS_METRICS:		how many there are
 *
 * _BP is 1/10000.  Totals only ever grow, see damos_metric_is_total().
 */
enum damos_metric {
	DAMOS_USER_INPUT,
	DAMOS_SOME_MEM_PSI_US,
	DAMOS_NODE_MEM_USED_BP,
	DAMOS_NODE_MEM_FREE_BP,
	DAMOS_NODE_MEMCG_USED_BP,
	DAMOS_NODE_MEMCG_FREE_BP,
	DAMOS_ACTIVE_MEM_BP,
	DAMOS_INACTIVE_MEM_BP,
	DAMOS_FULL_MEM_PSI_US,
	DAMOS_MEMCG_SOME_PSI_US,
	DAMOS_MEMCG_FULL_PSI_US,
	DAMOS_REFAULTS,
	DAMOS_SWAP_USED_BP,
	DAMOS_NODE_ELIGIBLE_MEM_BP,
	DAMOS_FREE_MEM_PERMIL,
	NR_DAMOS_METRICS
};

/**
 * struct damos_env - what schemes need from outside
 * @metrics:	Returns a bit mask, 1 << enum damos_metric: what @metric can tell
 *		here, and of @memcg if that is not NULL.  Any context
 * @metric:	Tells one.  @node is for DAMOS_NODE_*, @memcg for DAMOS_*MEMCG_*.
 *		May sleep for a bounded time
 * @cpu_ns:	CPU time that the calling thread has used, by a precise clock
 * @stop:	somebody waits for the calling worker: what takes long goes on
 *		some other time
 * @breathe:	Lets others run.  May sleep for a bounded time
 * @put_memcg:	gives up the reference to a memory cgroup that a page filter or
 *		goal holds
 *
 * All are called by the worker, but @metrics and @put_memcg: where schemes are checked
 * and where a context is freed.  Constant.
 */
struct damos_env {
	u32 (*metrics)(const void *memcg);
	u64 (*metric)(enum damos_metric metric, u32 node, void *memcg);
	u64 (*cpu_ns)(void);
	bool (*stop)(void);
	void (*breathe)(void);
	void (*put_memcg)(void *memcg);
};

#endif /* DAMON_DAMOS_ENV_H */
