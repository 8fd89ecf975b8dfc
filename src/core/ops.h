/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between the monitoring core and operations sets: regions, samples of them, and
 * what is done to targets.  Pure C as core.h, which includes this.
 */
#ifndef DAMON_CORE_OPS_H
#define DAMON_CORE_OPS_H

#include <linux/types.h>

struct damos_done;
struct damos_order;

/**
 * struct damon_range - an address range, [start, end)
 * @start:	first address
 * @end:	first address behind it
 */
struct damon_range {
	u64 start;
	u64 end;
};

/**
 * struct damon_region - a range whose pages are taken to be accessed alike
 * @start:		first address
 * @end:		first address behind it
 * @sample_addr:	address whose accessed bit the operations set cleared
 *			last; meaningful while @pending
 * @next_addr:		address to clear in the pass at hand, chosen by core;
 *			not for the operations set in a pass without CLEAR.
 *			What probes look at
 * @cookie:		the operations set's own, from clear to check
 * @hits:		bit k: the sample k before the last one was found accessed;
 *			how many bits mean something is in struct damon_evidence
 * @nr_accesses:	samples found accessed in this window
 * @last_nr_accesses:	the same of the last window
 * @age:		windows for which it has looked alike
 * @target:		index of its target in the context
 * @pending:		the operations set's own, from clear to check; 0 when
 *			no sample is out, and core sets it so in new regions
 *
 * One cache line.  Regions of a context stand in one array, sorted by target
 * and address, so that a sampling pass is a linear scan.
 */
struct damon_region {
	u64 start;
	u64 end;
	u64 sample_addr;
	u64 next_addr;
	u64 cookie;
	u64 hits;
	u32 nr_accesses;
	u32 last_nr_accesses;
	u32 age;
	u16 target;
	u16 pending;
};

#define DAMON_MAX_PROBES	4

/**
 * struct damon_probe - something that sampled memory is tried for
 * @what:	the operations set's object; the context holds a reference
 * @key:	identity: probes of two contexts with the same operations set are
 *		the same if equal
 * @weight:	what a hit adds to the score of a region.  If any probe of a
 *		context has one, the context does not look for accesses at all:
 *		regions are joined and aged by their scores
 */
struct damon_probe {
	void *what;
	u64 key;
	u32 weight;
};

/**
 * struct damon_hits - how often the probes have hit a region
 * @now:	in this window, at most once a tick, by probe
 * @last:	the same of the last window
 *
 * Of 32 bits as nr_accesses: windows have no fewer samples for it.
 */
struct damon_hits {
	u32 now[DAMON_MAX_PROBES];
	u32 last[DAMON_MAX_PROBES];
};

/* struct damon_ops, @sample: what a pass does at each region, in this order */
#define DAMON_PASS_CHECK	(1U << 0)	/* judge and give back @sample_addr */
#define DAMON_PASS_CLEAR	(1U << 1)	/* clear at @next_addr */

/*
 * How long one step, start, stop, takeover or application of schemes may wait for
 * targets that are busy, all of them together: what is used up by one is missing to
 * the next.
 */
#define DAMON_PATIENCE_NS	(100 * 1000 * 1000ULL)

/* struct damon_ops, @act: no address, which 0 could be */
#define DAMON_ACT_BUSY		(~0ULL)

/**
 * struct damon_pass_stats - what a pass or application did and may still do
 * @patience_ns: time that it may still spend on waiting for busy targets; who
 *		waits takes it off.  At 0 nobody waits
 * @nr_checks:	samples judged
 * @nr_missed:	samples that could not be cleared or judged in time because
 *		the target was busy
 */
struct damon_pass_stats {
	u64 patience_ns;
	u64 nr_checks;
	u64 nr_missed;
};

/**
 * struct damon_ops - an operations set: how one kind of target is observed
 * @name:	for messages
 * @min_region_sz: smallest region, a power of two; every border is a multiple.
 *		A context whose addresses count larger units than bytes has a
 *		smaller one, see struct damon_ctx
 * @ranges:	Writes the ranges that @target covers now, sorted, disjoint,
 *		not empty, multiples of @min_region_sz, at most @max of them,
 *		and returns their number; 0 if there is nothing to tell at the
 *		moment (what is known is kept), -ESRCH if the target is gone.
 *		May sleep for a bounded time.  NULL if all targets come with ranges
 * @nr_ranges:	most ranges that @ranges ever returns, unless struct
 *		damon_target_spec, @room says otherwise
 * @joins_ranges: @ranges makes do with any @max of at least 1, by joining some
 * @same:	whether a target with the key of another one is to have that one's
 *		regions; NULL if always.  Never sleeps
 * @stale:	whether @ranges would tell something else than it did last, so
 *		that the window's end asks without waiting for an update; NULL
 *		if that cannot be known.  Never sleeps
 * @gone:	whether @target is gone, asked where no samples are taken; NULL if no
 *		target ever is, or only @sample finds out.  Never sleeps
 * @sample:	One pass over @nr regions of @target in address order.  With
 *		DAMON_PASS_CHECK each region with a sample out is judged (a hit
 *		calls damon_region_hit()), what was taken is given back and
 *		@pending becomes 0; with DAMON_PASS_CLEAR the entry at
 *		@next_addr is then cleared, and @sample_addr and @pending are
 *		set.  Adds to @stats.  Returns false if the target is gone.
 *		May sleep for a bounded time; never allocates.
 * @gather: Learns who is to be watched because of @leader, a target that others
 *		join; with @all it looks everybody up, else it goes by whom it has
 *		noticed since.  Targets of those who are no longer to be watched
 *		are gone at their next @ranges, and stale until then.  Returns
 *		whether @join may find somebody.  Called when no sample is out.
 *		Takes the time of @all off the patience of @stats, and may need
 *		more.  May sleep; never allocates.  NULL if there are no leaders
 * @join:	Has somebody who waits take @seat, a seat of @leader's that is
 *		vacant, and sets its @key and @id; false if nobody does.  As
 *		@gather
 * @left_out:	How many would join @leader, had there been a seat.  As @gather
 * @inherit:	@leader replaces @old, one of another context that is given up: who
 *		has joined or waits there does so here, first who has joined.
 *		As @gather
 * @put:	Gives up the reference to @target that the context holds.  Any
 *		context that may sleep; called once for each target.
 * @probe:	Tries what is at @next_addr of @nr regions of @target, in address
 *		order, for each of @nr_probes, with one call of
 *		damon_probe_hit() for each that hits.  @hits are the regions';
 *		where these tell of something that @target is no longer, it sets
 *		both back.  Adds to @stats.  Returns false if the target is gone.  May sleep
 *		for a bounded time; never allocates.  NULL if there are no probes
 *		for this kind of target.
 * @put_probe:	Gives up the reference to a probe's @what, as @put.  NULL if
 *		@probe is.
 * @node:	Returns the NUMA node of what is in use at @addr of @target, or -1 if
 *		nothing is.  Never sleeps.  NULL if that cannot be told
 * @actions:	bit mask, 1 << enum damos_action: those with a meaning here
 * @act:	Does what @order says on [start, end) of @target, or on its first
 *		slice: at most 32 MiB (2 MiB for DAMOS_COLLAPSE) and about 20 ms.
 *		Adds to @done and @stats.  Returns the address up to which it is
 *		done, above @start and at most @end; DAMON_ACT_BUSY if the target
 *		is busy and nothing was done; or 0 if the target is gone.
 *		May sleep and allocate.  NULL if @actions is 0
 */
struct damon_ops {
	const char *name;
	u64 min_region_sz;
	u32 nr_ranges;
	bool joins_ranges;
	bool (*same)(const void *target, const void *other);
	bool (*stale)(void *target);
	bool (*gone)(void *target);
	int (*ranges)(void *target, struct damon_range *ranges, unsigned int max,
		      struct damon_pass_stats *stats);
	bool (*sample)(void *target, struct damon_region *regions, u32 nr,
		       unsigned int what, struct damon_pass_stats *stats);
	bool (*gather)(void *leader, bool all, struct damon_pass_stats *stats);
	bool (*join)(void *leader, void *seat, u64 *key, u32 *id);
	u32 (*left_out)(void *leader);
	void (*inherit)(void *leader, void *old);
	void (*put)(void *target);
	bool (*probe)(void *target, const struct damon_probe *probes, u32 nr_probes,
		      struct damon_region *regions, struct damon_hits *hits,
		      u32 nr, struct damon_pass_stats *stats);
	void (*put_probe)(void *what);
	int (*node)(void *target, u64 addr);
	u32 actions;
	u64 (*act)(void *target, const struct damos_order *order, u64 start, u64 end,
		   struct damos_done *done, struct damon_pass_stats *stats);
};

/**
 * damon_region_hit() - count a sample that was found accessed
 * @r:	the region
 *
 * Called by operations sets from their @sample.
 */
static inline void damon_region_hit(struct damon_region *r)
{
	r->nr_accesses++;
	r->hits |= 1;
}

/**
 * damon_probe_hit() - count a hit of a probe
 * @hits:	the region's
 * @probe:	index of the probe
 *
 * Called by operations sets from their @probe.
 */
static inline void damon_probe_hit(struct damon_hits *hits, u32 probe)
{
	hits->now[probe]++;
}

#endif /* DAMON_CORE_OPS_H */
