/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Monitoring core: contexts, targets, regions.
 *
 * Pure C.  Nothing here or in the files beside it knows page tables, kernel
 * versions, user pointers, threads or clocks: what they need from outside
 * (memory, time, an operations set, somebody who wants the results) is handed
 * in.  The very same files are compiled in user space by tests/unit.
 *
 * Locking: none.  A context belongs to one thread at a time: to the one that
 * builds it, then to its worker, which alone calls damon_ctx_step() and
 * damon_ctx_adopt().
 */
#ifndef DAMON_CORE_H
#define DAMON_CORE_H

#include <linux/types.h>

#include "core/ops.h"

struct damon_ctx;

/**
 * struct damon_evidence - where in a region samples were found accessed
 * @base:	what the places of its samples are made from, see damon_place()
 * @nr:		samples judged since @base was drawn, or about to be
 * @known:	how many of the region's @hits are there, at most 64
 * @flags:	what is to be found out about it; see internal.h
 *
 * Stands beside struct damon_region, and twice as that: with @hits 40 bytes for each
 * region that a context may have.
 */
struct damon_evidence {
	u32 base;
	u32 nr;
	u16 known;
	u16 flags;
};

/**
 * struct damon_goal - what the intervals are tuned for
 * @access_bp:		how much of all accesses that windows could observe they
 *			shall, in 1/10000
 * @aggrs:		windows from one tuning to the next; 0: intervals stay,
 *			and nothing else here is looked at
 * @min_sample_us:	shortest sampling interval, at least 1
 * @max_sample_us:	longest sampling interval
 */
struct damon_goal {
	u32 access_bp;
	u32 aggrs;
	u64 min_sample_us;
	u64 max_sample_us;
};

/**
 * struct damon_attrs - intervals and numbers of regions
 * @sample_us:		sampling interval, at least 1
 * @aggr_us:		aggregation interval (window), at least @sample_us
 * @update_us:		how often @ranges is asked again; 0: at each window
 * @min_nr_regions:	at least 3
 * @max_nr_regions:	a hard cap, at least @min_nr_regions
 * @goal:		how @sample_us and @aggr_us change by themselves: their ratio
 *			stays
 */
struct damon_attrs {
	u64 sample_us;
	u64 aggr_us;
	u64 update_us;
	u32 min_nr_regions;
	u32 max_nr_regions;
	struct damon_goal goal;
};

/**
 * struct damon_target - one monitored address space
 * @priv:	the operations set's object; the context holds a reference
 * @key:	identity: targets of two contexts with the same operations set
 *		are the same if equal
 * @id:		for a seat that is taken: what the operations set calls who
 *		joined
 * @leader:	for a seat: index of the target that is joined there
 * @ranges:	ranges that its regions cover: the user's, or those that the
 *		operations set told last (room for @room)
 * @nr_ranges:	number of those; 0 until the operations set told some
 * @room:	most ranges that it can have
 * @first:	index of its first region in the context's array, if @nr
 * @nr:		number of its regions
 * @fixed:	the user gave @ranges, updates leave them alone
 * @gone:	no longer monitored, has no regions; of a seat also: not yet
 * @leads:	has seats
 * @waiting:	somebody may want to join
 */
struct damon_target {
	void *priv;
	u64 key;
	u32 id;
	u32 leader;
	struct damon_range *ranges;
	u32 nr_ranges;
	u32 room;
	u32 first;
	u32 nr;
	bool fixed;
	bool gone;
	bool leads;
	bool waiting;
	bool busy;
};

/**
 * struct damon_window - the last complete window, as handed to a sink
 * @busy:	an actor had to put off what was to be done there last; the actor's
 * @targets:		those that regions have; valid during the call
 * @regions:		sorted by target and address; valid during the call
 * @hits:		for each region, @now of it; NULL without probes
 * @nr_probes:		how many there are
 * @nr_regions:		how many
 * @start_ns:		when it began
 * @end_ns:		when it ended
 * @sample_us:		its sampling interval
 * @aggr_us:		its aggregation interval
 * @max_nr_accesses:	samples per region in it
 * @nr_targets:		targets alive
 */
struct damon_window {
	const struct damon_target *targets;
	const struct damon_region *regions;
	const struct damon_hits *hits;
	u32 nr_probes;
	u32 nr_regions;
	u64 start_ns;
	u64 end_ns;
	u64 sample_us;
	u64 aggr_us;
	u32 max_nr_accesses;
	u32 nr_targets;
};

/**
 * struct damon_sink - who wants the results
 * @window:		a window is complete
 * @target_gone:	target @index is no longer monitored
 * @intervals:		tuning has changed the intervals: @now has those of the
 *			window that begins.  NULL if nobody wants to know
 *
 * Called from the worker with the @data given to damon_ctx_create().  Must
 * not block and must not fail.
 */
struct damon_sink {
	void (*window)(void *data, const struct damon_window *window);
	void (*target_gone)(void *data, u32 index, u64 now_ns);
	void (*intervals)(void *data, const struct damon_attrs *now, u64 now_ns);
	void (*target_new)(void *data, u32 index, const struct damon_target *target,
			   u64 now_ns);
	void (*left_out)(void *data, u32 nr, u64 now_ns);
};

/**
 * struct damon_actor - who acts on regions, between samples
 * @rest_us:	how long monitoring is not needed, 0 if it is.  While it is not, no
 *		samples are out, and it is asked again after that time.  May
 *		sleep for a bounded time
 * @due:	is there something to do now?  @complete: at a window's end.
 *		Never sleeps
 * @act:	Does what was due.  No samples are out.  It may write the regions
 *		anew (damon_rewrite_begin()), settles them then, and may give up targets
 *		(damon_ctx_lose()).  May sleep, allocate and take long
 * @begin:	monitoring begins
 * @adopt:	@ctx takes over from @old, which has the same kind of actor
 * @destroy:	the context is freed
 *
 * All get the @actor_data that stands beside it in struct damon_ctx, and are called
 * by who owns the context.
 */
struct damon_actor {
	u64 (*rest_us)(void *data);
	bool (*due)(void *data, const struct damon_ctx *ctx, u64 now_ns, bool complete);
	void (*act)(void *data, struct damon_ctx *ctx, u64 now_ns);
	void (*begin)(void *data, u64 now_ns);
	void (*adopt)(void *data, const struct damon_ctx *ctx, const struct damon_ctx *old);
	void (*destroy)(void *data);
};

/**
 * struct damon_stats - totals since damon_ctx_start(), kept by damon_ctx_adopt()
 * @nr_ticks:	sampling passes
 * @pass:	sums over all passes
 * @nr_windows:	complete windows
 */
struct damon_stats {
	u64 nr_ticks;
	struct damon_pass_stats pass;
	u64 nr_windows;
};

/**
 * struct damon_tuning - what was observed since the intervals were tuned last
 * @shares:	sum over windows of the observed part of all possible accesses,
 *		in 2^-32
 * @nr_windows:	how many windows
 */
struct damon_tuning {
	u64 shares;
	u32 nr_windows;
};

/**
 * struct damon_rng - source of sample addresses and cuts, one per context
 * @state:	not all zero
 */
struct damon_rng {
	u64 state[2];
};

/**
 * struct damon_ctx - one monitoring context
 * @ops:	operations set of all its targets
 * @attrs:	in effect: as committed, or with tuned intervals
 * @committed:	as handed to damon_ctx_create()
 * @min_region_sz: smallest region, a power of two; that of @ops, unless who
 *		created the context sets a smaller one before anything else
 * @targets:	the targets, in the user's order, and behind them seats for those
 *		that join
 * @nr_targets:	how many, gone ones and seats included
 * @nr_given:	how many are the user's
 * @nr_alive:	how many are not gone
 * @gather_turn: the target with which damon_gather() begins
 * @nr_left_out: how many would have joined at the last update, had there been
 *		seats
 * @range_room:	memory behind the @ranges of all targets
 * @told:	where an operations set writes ranges, before they are believed
 * @regions:	the regions in use, @nr_regions of them
 * @spare:	where merging, splitting and updating build the next @regions;
 *		the two then change places.  Both have room for
 *		attrs.max_nr_regions, so that the worker never allocates.
 * @hits:	for each of @regions what probes have found, @spare_hits for each of
 *		@spare; both NULL without probes
 * @spare_hits:	see @hits
 * @evidence:	for each of @regions where it was accessed, @spare_evidence for each
 *		of @spare
 * @spare_evidence: see @evidence
 * @explore:	parts to look at memory in that is not hot throughout
 * @explore_pays: this window's end has found something there
 * @looked:	samples taken there since something was found last, until they are enough
 * @nr_doubts:	regions that the last window's end wanted to look into
 * @probes:	the probes, @nr_probes of them
 * @nr_probes:	at most DAMON_MAX_PROBES
 * @weights:	theirs, for scores; zeroes behind @nr_probes
 * @weighs:	a probe has a weight: accesses are not looked for
 * @nr_regions:	regions of all targets together
 * @last_nr_regions: what the last damon_split() began with: when the next one
 *		begins with as many, splitting has shown nothing new
 * @split_turn:	which regions it cuts next when only some are
 * @max_nr_accesses: ticks per window
 * @tick:	ticks done in this window
 * @window_start_ns: when this window began
 * @next_update_ns: when ranges are asked again
 * @tuning:	see struct damon_tuning
 * @rng:	see struct damon_rng
 * @running:	between start and stop: samples may be out
 * @paused:	no samples are taken and no step is due.  Set by who created it,
 *		before it is started or adopts; to end a pause another context
 *		adopts this one
 * @sink:	who is told
 * @sink_data:	passed to @sink
 * @actor:	who acts on regions, or NULL.  Set by who created it, before it is
 *		started or adopts, or by damon_ctx_exchange_actor(); from then on the
 *		context's
 * @actor_data:	passed to @actor
 * @rest_us:	monitoring is not needed for so long: no samples are out; else 0
 * @back:	after a rest or pause no window was complete yet
 * @stats:	totals
 *
 * Owned by whoever created it (a session); damon_ctx_destroy() frees all of
 * it and puts the targets.
 */
struct damon_ctx {
	const struct damon_ops *ops;
	struct damon_attrs attrs;
	struct damon_attrs committed;
	u64 min_region_sz;
	struct damon_target *targets;
	u32 nr_targets;
	u32 nr_given;
	u32 nr_alive;
	u32 gather_turn;
	u32 nr_left_out;
	struct damon_range *range_room;
	struct damon_range *told;
	struct damon_region *regions;
	struct damon_region *spare;
	struct damon_hits *hits;
	struct damon_hits *spare_hits;
	struct damon_evidence *evidence;
	struct damon_evidence *spare_evidence;
	u32 explore;
	bool explore_pays;
	u64 looked;
	u32 nr_doubts;
	struct damon_probe probes[DAMON_MAX_PROBES];
	u32 nr_probes;
	u32 weights[DAMON_MAX_PROBES];
	bool weighs;
	u32 nr_regions;
	u32 last_nr_regions;
	u32 split_turn;
	u32 max_nr_accesses;
	u32 tick;
	u64 window_start_ns;
	u64 next_update_ns;
	struct damon_tuning tuning;
	struct damon_rng rng;
	bool running;
	bool paused;
	const struct damon_sink *sink;
	void *sink_data;
	const struct damon_actor *actor;
	void *actor_data;
	u64 rest_us;
	bool back;
	struct damon_stats stats;
};

/**
 * struct damon_target_spec - a target as handed to damon_ctx_create()
 * @priv:	see struct damon_target; the reference passes to the context
 *		only if damon_ctx_create() succeeds
 * @key:	see struct damon_target
 * @ranges:	the user's ranges or NULL; copied
 * @nr_ranges:	how many
 * @room:	without @ranges: most ranges that the operations set may tell of
 *		it; 0 for damon_ops.nr_ranges
 * @seat:	not a target yet, but a place for one that joins another; behind
 *		all that are no seats, without @key and @ranges
 * @leader:	index of that other one, if @seat
 */
struct damon_target_spec {
	void *priv;
	u64 key;
	const struct damon_range *ranges;
	u32 nr_ranges;
	u32 room;
	bool seat;
	u32 leader;
};

/**
 * struct damon_set - where regions and what belongs to them stand side by side
 * @regions:	some regions, or NULL
 * @hits:	theirs, or NULL without probes
 * @evidence:	theirs, or NULL if nobody wants it
 */
struct damon_set {
	struct damon_region *regions;
	struct damon_hits *hits;
	struct damon_evidence *evidence;
};

/**
 * struct damon_rewrite - regions on their way from one array to the other
 * @ctx:	whose
 * @nr:		how many are written
 * @source:	index of the region that the last of them is a part of
 */
struct damon_rewrite {
	struct damon_ctx *ctx;
	u32 nr;
	u32 source;
};

/* The core's own bounds; callers may set tighter ones. */
#define DAMON_MAX_NR_REGIONS	(1U << 20)
#define DAMON_MAX_NR_TARGETS	65535U	/* struct damon_region, @target */

/**
 * enum damon_invalid - what damon_attrs_check() or damon_ranges_check() found
 */
enum damon_invalid {
	DAMON_VALID = 0,
	DAMON_BAD_SAMPLE_ZERO,
	DAMON_BAD_INTERVAL_TOO_LONG,	/* over ten years: arithmetic would overflow */
	DAMON_BAD_AGGR_BELOW_SAMPLE,
	DAMON_BAD_TOO_MANY_SAMPLES,	/* aggr / sample does not fit 32 bits */
	DAMON_BAD_MIN_REGIONS,
	DAMON_BAD_MAX_BELOW_MIN,
	DAMON_BAD_MAX_REGIONS,
	DAMON_BAD_GOAL_SHARE,		/* not 1 to 10000 */
	DAMON_BAD_GOAL_MIN_ZERO,
	DAMON_BAD_GOAL_MAX_BELOW_MIN,
	DAMON_BAD_GOAL_SAMPLE_OUTSIDE,	/* the first sampling interval */
	DAMON_BAD_GOAL_TOO_LONG,	/* a window could be over ten years */
	DAMON_BAD_RANGE_EMPTY,
	DAMON_BAD_RANGE_REVERSED,
	DAMON_BAD_RANGE_UNALIGNED,
	DAMON_BAD_RANGE_ORDER,		/* not sorted, or overlapping */
	DAMON_BAD_PROBE_OPS,		/* the operations set has none */
	DAMON_BAD_PROBE_NUMBER,
	DAMON_BAD_PROBE_TWICE,
	DAMON_BAD_PROBE_WEIGHT,		/* scores would not fit 32 bits */
	DAMON_BAD_PROBE_GOAL,		/* without accesses, nothing to tune by */
	DAMON_BAD_TOO_MANY_RANGES,	/* more than max_nr_regions can hold */
};

/* attrs.c */
enum damon_invalid damon_attrs_check(const struct damon_attrs *attrs);
const char *damon_invalid_text(enum damon_invalid invalid);
u32 damon_attrs_samples(const struct damon_attrs *attrs);
u32 damon_ranges_room(const struct damon_ops *ops, const struct damon_attrs *attrs);
u32 damon_spec_room(const struct damon_ops *ops, const struct damon_attrs *attrs,
		    const struct damon_target_spec *spec);
enum damon_invalid damon_ranges_check(const struct damon_range *ranges, u32 nr,
				      u64 min_region_sz, u32 *bad);
enum damon_invalid damon_capacity_check(const struct damon_ops *ops,
					const struct damon_attrs *attrs,
					const struct damon_target_spec *targets,
					u32 nr_targets);

/* intervals.c */
u64 damon_feedback(u64 last, u64 score);

/* ctx.c */
struct damon_ctx *damon_ctx_create(const struct damon_ops *ops,
				   const struct damon_attrs *attrs,
				   const struct damon_target_spec *targets,
				   u32 nr_targets, u64 seed,
				   const struct damon_sink *sink, void *sink_data);
void damon_ctx_destroy(struct damon_ctx *ctx);

/* adopt.c: a new configuration takes over */
void damon_ctx_adopt(struct damon_ctx *ctx, struct damon_ctx *old, u64 now_ns);

/* step.c: the worker's loop body */
bool damon_ctx_start(struct damon_ctx *ctx, u64 now_ns);
bool damon_ctx_step(struct damon_ctx *ctx, u64 now_ns);
void damon_ctx_stop(struct damon_ctx *ctx);
u64 damon_ctx_next_us(const struct damon_ctx *ctx);
void damon_ctx_lose(struct damon_ctx *ctx, u32 index, u64 now_ns);
void *damon_ctx_exchange_actor(struct damon_ctx *ctx, const struct damon_actor *actor,
			       void *data, u64 now_ns);

/* rewrite.c: for struct damon_actor, @act */
void damon_rewrite_begin(struct damon_rewrite *to, struct damon_ctx *ctx);
void damon_rewrite_add(struct damon_rewrite *to, const struct damon_region *part,
		       u32 source);
void damon_rewrite_end(struct damon_rewrite *to);
void damon_rewrite_settle(struct damon_ctx *ctx);

/* region.c, update.c: region sets */
u32 damon_regions_place(struct damon_set to, u32 room, struct damon_set from,
			u32 nr_from, const struct damon_range *ranges,
			u32 nr_ranges, u16 target);
u32 damon_region_mvsum(const struct damon_ctx *ctx, const struct damon_region *r);

/* probes.c */
enum damon_invalid damon_probes_check(const struct damon_ops *ops,
				      const struct damon_attrs *attrs,
				      const struct damon_probe *probes, u32 nr,
				      u32 *bad);
bool damon_ctx_set_probes(struct damon_ctx *ctx, const struct damon_probe *probes,
			  u32 nr);
u32 damon_probe_mvsum(const struct damon_ctx *ctx, const struct damon_hits *hits,
		      u32 probe);

/* merge.c, split.c: a window's end */
u32 damon_merge(struct damon_ctx *ctx);
void damon_split(struct damon_ctx *ctx);
void damon_enforce_min_regions(struct damon_ctx *ctx);

/* rng.c */
void damon_rng_seed(struct damon_rng *rng, u64 seed);
u64 damon_rng_below(struct damon_rng *rng, u64 limit);

/*
 * What core needs from outside, defined by src/kernel in the module and by
 * tests/unit/shim in user space.  Memory is zeroed, charged to the caller,
 * may be virtually contiguous only; all may sleep.  damon_breathe() is called
 * now and then in work that grows with the number of regions: a chance to let
 * others have the CPU.
 */
void *damon_zalloc(size_t n, size_t size);
void damon_free(void *p);
void damon_breathe(void);

#endif /* DAMON_CORE_H */
