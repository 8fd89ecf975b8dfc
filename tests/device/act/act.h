/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/damon-test-act: see the module beside this file.
 */
#ifndef TESTS_DEVICE_ACT_H
#define TESTS_DEVICE_ACT_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* As enum damos_action and enum damos_page_filter_type, which the module checks. */
enum act_action {
	ACT_WILLNEED, ACT_COLD, ACT_PAGEOUT, ACT_HUGEPAGE, ACT_NOHUGEPAGE, ACT_COLLAPSE,
	ACT_LRU_PRIO, ACT_LRU_DEPRIO, ACT_MIGRATE_HOT, ACT_MIGRATE_COLD, ACT_STAT,
	NR_ACT_ACTIONS
};

enum act_filter_type {
	ACT_ANON, ACT_ACTIVE, ACT_MEMCG, ACT_YOUNG, ACT_HUGEPAGE_SIZE, ACT_UNMAPPED,
	NR_ACT_FILTERS
};

#define ACT_MAX_FILTERS	4
#define ACT_MAX_DESTS	4

/**
 * struct act_filter - struct damos_page_filter
 * @type:	enum act_filter_type
 * @matching:	see there
 * @allow:	see there
 * @hierarchical: see there
 * @fd:		of a cgroup's directory, for ACT_MEMCG
 * @min:	see there
 * @max:	see there
 */
struct act_filter {
	__u32 type;
	__u8 matching;
	__u8 allow;
	__u8 hierarchical;
	__u8 pad;
	__s32 fd;
	__u32 pad2;
	__u64 min;
	__u64 max;
};

/**
 * struct act_call - an action that is to be done now, with the caller's rights
 * @pid:	process whose memory it is about; 0 for physical memory
 * @action:	enum act_action
 * @start:	first address
 * @end:	first address behind the last one
 * @allow:	what holds for pages that no filter decides
 * @nr_filters:	how many of @filters
 * @filters:	the filters
 * @node:	for ACT_MIGRATE_*
 * @nr_dests:	how many of @dests
 * @dests:	node, weight
 * @passed:	out: see struct damos_done
 * @applied:	out: see there
 * @nr_slices:	out: calls that it took
 * @longest_ns:	out: the longest of them
 * @usable:	out: actions that this kernel can do
 */
struct act_call {
	__s32 pid;
	__u32 action;
	__u64 start;
	__u64 end;
	__u32 allow;
	__u32 nr_filters;
	struct act_filter filters[ACT_MAX_FILTERS];
	__u32 node;
	__u32 nr_dests;
	__u32 dests[ACT_MAX_DESTS][2];
	__u64 passed;
	__u64 applied;
	__u64 nr_slices;
	__u64 longest_ns;
	__u64 usable;
};

/* As enum damos_metric, which the module checks. */
enum act_metric {
	ACT_USER_INPUT, ACT_SOME_MEM_PSI_US, ACT_NODE_MEM_USED_BP, ACT_NODE_MEM_FREE_BP,
	ACT_NODE_MEMCG_USED_BP, ACT_NODE_MEMCG_FREE_BP, ACT_ACTIVE_MEM_BP,
	ACT_INACTIVE_MEM_BP, ACT_FULL_MEM_PSI_US, ACT_MEMCG_SOME_PSI_US,
	ACT_MEMCG_FULL_PSI_US, ACT_REFAULTS, ACT_SWAP_USED_BP, ACT_NODE_ELIGIBLE_MEM_BP,
	ACT_FREE_MEM_PERMIL,
	NR_ACT_METRICS
};

/**
 * struct act_metric_call - a metric that is to be told
 * @metric:	enum act_metric
 * @node:	for those about nodes
 * @fd:		of a cgroup's directory, for those about cgroups; else -1
 * @usable:	out: metrics that this kernel can tell, and of @fd
 * @value:	out: the metric
 */
struct act_metric_call {
	__u32 metric;
	__u32 node;
	__s32 fd;
	__u32 usable;
	__u64 value;
};

/**
 * struct act_hold - a mmap lock that is to be held until the file is closed
 * @pid:	whose
 * @write:	for writing
 */
struct act_hold {
	__s32 pid;
	__u32 write;
};

#define ACT_IOC_HOLD	_IOW('A', 3, struct act_hold)
#define ACT_IOC_METRIC	_IOWR('A', 2, struct act_metric_call)
#define ACT_IOC_CALL	_IOWR('A', 1, struct act_call)

#endif /* TESTS_DEVICE_ACT_H */
