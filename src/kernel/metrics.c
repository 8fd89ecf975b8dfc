// SPDX-License-Identifier: GPL-2.0
/*
 * What goals and watermarks of schemes are about.
 *
 * All is read from counters that the kernel keeps anyway; none of it waits.
 * Pressure totals advance about every two seconds, and whenever somebody reads
 * them by their files.
 */
#include <linux/cgroup.h>
#include <linux/math64.h>
#include <linux/memcontrol.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/psi.h>
#include <linux/rcupdate.h>
#include <linux/swap.h>
#include <linux/vmstat.h>

#include "kernel/bind.h"
#include "kernel/metrics.h"

#define WHOLE_BP	10000

/* @part of @whole in 1/@scale, at most the whole. */
static u64 share(u64 part, u64 whole, u32 scale)
{
	return whole ? div64_u64(min(part, whole) * scale, whole) : 0;
}

#ifdef CONFIG_PSI
static u64 psi_us(const struct psi_group *group, bool full)
{
	return div_u64(READ_ONCE(group->total[PSI_AVGS][full ? PSI_MEM_FULL : PSI_MEM_SOME]),
		       NSEC_PER_USEC);
}

static u64 system_psi_us(bool full)
{
	return psi_us(damon_data(psi_system), full);
}

/* With psi=0 its totals stay 0. */
static bool have_system_psi(void)
{
	return damon_has_data(psi_system) && READ_ONCE(damon_data(psi_system)->enabled);
}
#else
static u64 system_psi_us(bool full)
{
	return 0;
}

static bool have_system_psi(void)
{
	return false;
}
#endif

#if defined(CONFIG_PSI) && defined(CONFIG_MEMCG)
/* The root has the system's; others none with cgroup_disable=pressure or psi=0. */
static const struct psi_group *memcg_psi(const struct mem_cgroup *memcg)
{
	if (memcg->css.parent)
		return memcg->css.cgroup->psi;
	return damon_has_data(psi_system) ? damon_data(psi_system) : NULL;
}

/* Of NULL: of any. */
static bool have_memcg_psi(const struct mem_cgroup *memcg)
{
	const struct psi_group *group;

	if (!memcg)
		return true;
	group = memcg_psi(memcg);
	return group && READ_ONCE(group->enabled);
}

static u64 memcg_psi_us(const struct mem_cgroup *memcg, bool full)
{
	const struct psi_group *group = memcg_psi(memcg);

	return group ? psi_us(group, full) : 0;
}
#else
static bool have_memcg_psi(const void *memcg)
{
	return false;
}

static u64 memcg_psi_us(const void *memcg, bool full)
{
	return 0;
}
#endif

static bool node_ok(u32 node)
{
	return node < MAX_NUMNODES && node_online(node);
}

/* Pages of a node, and in @free those of them that are free. */
static u64 node_pages(u32 node, u64 *free)
{
	struct zone *zones = NODE_DATA(node)->node_zones;
	u64 pages = 0;
	int i;

	*free = 0;
	for (i = 0; i < MAX_NR_ZONES; i++) {
		pages += zone_managed_pages(&zones[i]);
		*free += zone_page_state(&zones[i], NR_FREE_PAGES);
	}
	return pages;
}

/* A node that is not there is free. */
static u64 node_used_bp(u32 node)
{
	u64 pages, free;

	if (!node_ok(node))
		return 0;
	pages = node_pages(node, &free);
	return share(pages - min(free, pages), pages, WHOLE_BP);
}

#ifdef CONFIG_MEMCG
#ifdef CONFIG_LRU_GEN
/* Multi-gen LRU counts by itself: what is in its generations is on no other list. */
static long generation_pages(const struct mem_cgroup_per_node *of)
{
	long pages = 0;
	int gen, type, zone;

	for (gen = 0; gen < MAX_NR_GENS; gen++)
		for (type = 0; type < ANON_AND_FILE; type++)
			for (zone = 0; zone < MAX_NR_ZONES; zone++)
				pages += READ_ONCE(of->lruvec.lrugen.nr_pages[gen][type][zone]);
	/* The counts of what is on its way from one to another may be behind. */
	return max(pages, 0L);
}
#else
static long generation_pages(const struct mem_cgroup_per_node *of)
{
	return 0;
}
#endif

/* On the LRU lists of one group, that can be reclaimed. */
static u64 group_pages(struct cgroup_subsys_state *css, u32 node)
{
	const struct mem_cgroup_per_node *of =
		mem_cgroup_from_css(css)->nodeinfo[node];
	u64 pages = generation_pages(of);
	int zone, lru;

	for (zone = 0; zone < MAX_NR_ZONES; zone++)
		for (lru = 0; lru < LRU_UNEVICTABLE; lru++)
			pages += READ_ONCE(of->lru_zone_size[zone][lru]);
	return pages;
}

/* Of the group and all below it. */
static u64 memcg_pages(struct mem_cgroup *memcg, u32 node)
{
	struct cgroup_subsys_state *css = NULL;
	u64 pages = 0;

	rcu_read_lock();
	while ((css = css_next_descendant_pre(css, &memcg->css)))
		pages += group_pages(css, node);
	rcu_read_unlock();
	return pages;
}
#else
static u64 memcg_pages(void *memcg, u32 node)
{
	return 0;
}
#endif

static u64 node_memcg_used_bp(u32 node, void *memcg)
{
	u64 free;

	if (!node_ok(node))
		return 0;
	return share(memcg_pages(memcg, node), node_pages(node, &free), WHOLE_BP);
}

static u64 active_bp(void)
{
	u64 active = global_node_page_state(NR_ACTIVE_ANON) +
		     global_node_page_state(NR_ACTIVE_FILE);
	u64 inactive = global_node_page_state(NR_INACTIVE_ANON) +
		       global_node_page_state(NR_INACTIVE_FILE);

	return share(active, active + inactive, WHOLE_BP);
}

static u64 refaults(void)
{
	return global_node_page_state(WORKINGSET_REFAULT_ANON) +
	       global_node_page_state(WORKINGSET_REFAULT_FILE);
}

#ifdef CONFIG_SWAP
static bool have_swap(void)
{
	return damon_has_data(total_swap_pages);
}

static u64 swap_used_bp(void)
{
	u64 total = max(READ_ONCE(*damon_data(total_swap_pages)), 0L);
	u64 free = max(get_nr_swap_pages(), 0L);

	return share(total - min(free, total), total, WHOLE_BP);
}
#else
static bool have_swap(void)
{
	return false;
}

static u64 swap_used_bp(void)
{
	return 0;
}
#endif

/**
 * damon_metrics_usable() - metrics that this kernel can tell
 * @memcg:	also of this memory cgroup; or NULL
 *
 * Return: bit (1 << enum damos_metric) for each.  After damon_bind_all().
 */
u32 damon_metrics_usable(const void *memcg)
{
	u32 metrics = 1U << DAMOS_USER_INPUT | 1U << DAMOS_NODE_MEM_USED_BP |
		      1U << DAMOS_NODE_MEM_FREE_BP | 1U << DAMOS_ACTIVE_MEM_BP |
		      1U << DAMOS_INACTIVE_MEM_BP | 1U << DAMOS_REFAULTS |
		      1U << DAMOS_FREE_MEM_PERMIL;

	if (IS_ENABLED(CONFIG_MEMCG))
		metrics |= 1U << DAMOS_NODE_MEMCG_USED_BP | 1U << DAMOS_NODE_MEMCG_FREE_BP;
	if (have_system_psi())
		metrics |= 1U << DAMOS_SOME_MEM_PSI_US | 1U << DAMOS_FULL_MEM_PSI_US;
	if (have_memcg_psi(memcg))
		metrics |= 1U << DAMOS_MEMCG_SOME_PSI_US | 1U << DAMOS_MEMCG_FULL_PSI_US;
	if (have_swap())
		metrics |= 1U << DAMOS_SWAP_USED_BP;
	return metrics;
}

/**
 * damon_metric() - tell a metric
 * @metric:	one of damon_metrics_usable(), other than DAMOS_USER_INPUT
 * @node:	for DAMOS_NODE_*, anything: of one that is not there nothing is used
 * @memcg:	for DAMOS_*MEMCG_*
 *
 * Return: its value in the unit of its name.
 */
u64 damon_metric(enum damos_metric metric, u32 node, void *memcg)
{
	switch (metric) {
	case DAMOS_SOME_MEM_PSI_US:
		return system_psi_us(false);
	case DAMOS_FULL_MEM_PSI_US:
		return system_psi_us(true);
	case DAMOS_MEMCG_SOME_PSI_US:
		return memcg_psi_us(memcg, false);
	case DAMOS_MEMCG_FULL_PSI_US:
		return memcg_psi_us(memcg, true);
	case DAMOS_NODE_MEM_USED_BP:
		return node_used_bp(node);
	case DAMOS_NODE_MEM_FREE_BP:
		return WHOLE_BP - node_used_bp(node);
	case DAMOS_NODE_MEMCG_USED_BP:
		return node_memcg_used_bp(node, memcg);
	case DAMOS_NODE_MEMCG_FREE_BP:
		return WHOLE_BP - node_memcg_used_bp(node, memcg);
	case DAMOS_ACTIVE_MEM_BP:
		return active_bp();
	case DAMOS_INACTIVE_MEM_BP:
		return WHOLE_BP - active_bp();
	case DAMOS_REFAULTS:
		return refaults();
	case DAMOS_SWAP_USED_BP:
		return swap_used_bp();
	case DAMOS_FREE_MEM_PERMIL:
		return share(global_zone_page_state(NR_FREE_PAGES), totalram_pages(), 1000);
	default:
		return 0;
	}
}
