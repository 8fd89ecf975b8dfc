// SPDX-License-Identifier: GPL-2.0
/*
 * What a configuration must fulfil, and what to say where it does not.
 */
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/types.h>

#include "core/core.h"

/* Ten years of 365 days; in nanoseconds that is far below 2^63. */
#define LONGEST_US	(10ULL * 365 * 24 * 3600 * 1000 * 1000)

#define LEAST_MIN_NR_REGIONS	3

#define MOST_ACCESS_BP		10000

static enum damon_invalid goal_check(const struct damon_attrs *attrs)
{
	const struct damon_goal *goal = &attrs->goal;

	if (!goal->aggrs)
		return DAMON_VALID;
	if (!goal->access_bp || goal->access_bp > MOST_ACCESS_BP)
		return DAMON_BAD_GOAL_SHARE;
	if (!goal->min_sample_us)
		return DAMON_BAD_GOAL_MIN_ZERO;
	if (goal->max_sample_us < goal->min_sample_us)
		return DAMON_BAD_GOAL_MAX_BELOW_MIN;
	if (attrs->sample_us < goal->min_sample_us ||
	    attrs->sample_us > goal->max_sample_us)
		return DAMON_BAD_GOAL_SAMPLE_OUTSIDE;
	if (goal->max_sample_us > div_u64(LONGEST_US, damon_attrs_samples(attrs)))
		return DAMON_BAD_GOAL_TOO_LONG;
	return DAMON_VALID;
}

/**
 * damon_attrs_check() - are these attributes usable?
 * @attrs:	what to check
 *
 * Return: DAMON_VALID, or the first thing that is wrong.
 */
enum damon_invalid damon_attrs_check(const struct damon_attrs *attrs)
{
	if (!attrs->sample_us)
		return DAMON_BAD_SAMPLE_ZERO;
	if (attrs->sample_us > LONGEST_US || attrs->aggr_us > LONGEST_US ||
	    attrs->update_us > LONGEST_US)
		return DAMON_BAD_INTERVAL_TOO_LONG;
	if (attrs->aggr_us < attrs->sample_us)
		return DAMON_BAD_AGGR_BELOW_SAMPLE;
	if (div64_u64(attrs->aggr_us, attrs->sample_us) > U32_MAX)
		return DAMON_BAD_TOO_MANY_SAMPLES;
	if (attrs->min_nr_regions < LEAST_MIN_NR_REGIONS)
		return DAMON_BAD_MIN_REGIONS;
	if (attrs->max_nr_regions < attrs->min_nr_regions)
		return DAMON_BAD_MAX_BELOW_MIN;
	if (attrs->max_nr_regions > DAMON_MAX_NR_REGIONS)
		return DAMON_BAD_MAX_REGIONS;
	return goal_check(attrs);
}

/**
 * damon_attrs_samples() - samples per region in one window
 * @attrs:	attributes that damon_attrs_check() accepts
 *
 * A sampling interval that does not divide the window makes the window end
 * early, after the last whole interval.
 *
 * Return: at least 1; the largest possible nr_accesses.
 */
u32 damon_attrs_samples(const struct damon_attrs *attrs)
{
	return div64_u64(attrs->aggr_us, attrs->sample_us);
}

/**
 * damon_ranges_room() - for how many ranges of a target there must be room
 * @ops:	operations set
 * @attrs:	attributes that damon_attrs_check() accepts
 *
 * An operations set that can join ranges leaves at least half of the maximum
 * of regions for finding out about what is in them.
 *
 * Return: the most ranges that the operations set may tell of a target.
 */
u32 damon_ranges_room(const struct damon_ops *ops, const struct damon_attrs *attrs)
{
	if (!ops->joins_ranges || ops->nr_ranges <= attrs->max_nr_regions / 2)
		return ops->nr_ranges;
	return attrs->max_nr_regions / 2;
}

/**
 * damon_spec_room() - for how many ranges of one target there must be room
 * @ops:	operations set
 * @attrs:	attributes that damon_attrs_check() accepts
 * @spec:	the target
 *
 * Return: the most ranges that a target made from @spec can have.
 */
u32 damon_spec_room(const struct damon_ops *ops, const struct damon_attrs *attrs,
		    const struct damon_target_spec *spec)
{
	if (spec->nr_ranges)
		return spec->nr_ranges;
	return spec->room ? spec->room : damon_ranges_room(ops, attrs);
}

static enum damon_invalid range_check(const struct damon_range *range,
				      u64 from, u64 min_region_sz)
{
	if (range->start == range->end)
		return DAMON_BAD_RANGE_EMPTY;
	if (range->start > range->end)
		return DAMON_BAD_RANGE_REVERSED;
	if ((range->start | range->end) & (min_region_sz - 1))
		return DAMON_BAD_RANGE_UNALIGNED;
	if (range->start < from)
		return DAMON_BAD_RANGE_ORDER;
	return DAMON_VALID;
}

/**
 * damon_ranges_check() - are these ranges of one target usable?
 * @ranges:	what to check
 * @nr:		how many
 * @min_region_sz: of the operations set
 * @bad:	if something is wrong: the index of the range that is
 *
 * Ranges may touch, but not overlap.
 *
 * Return: DAMON_VALID, or what is wrong with range @bad.
 */
enum damon_invalid damon_ranges_check(const struct damon_range *ranges, u32 nr,
				      u64 min_region_sz, u32 *bad)
{
	u64 from = 0;
	u32 i;

	for (i = 0; i < nr; i++) {
		enum damon_invalid invalid;

		invalid = range_check(&ranges[i], from, min_region_sz);
		if (invalid != DAMON_VALID) {
			*bad = i;
			return invalid;
		}
		from = ranges[i].end;
	}
	return DAMON_VALID;
}

/**
 * damon_capacity_check() - do all ranges fit under the cap?
 * @ops:	operations set of all targets
 * @attrs:	attributes
 * @targets:	the targets
 * @nr_targets:	how many
 *
 * Each range takes at least one region, and max_nr_regions is a hard cap.  A
 * target without ranges of its own counts with as many as @ops may tell of it.
 * damon_ctx_create() relies on this having been asked.
 *
 * Return: DAMON_VALID or DAMON_BAD_TOO_MANY_RANGES.
 */
enum damon_invalid damon_capacity_check(const struct damon_ops *ops,
					const struct damon_attrs *attrs,
					const struct damon_target_spec *targets,
					u32 nr_targets)
{
	u64 nr = 0;
	u32 i;

	for (i = 0; i < nr_targets; i++)
		nr += damon_spec_room(ops, attrs, &targets[i]);
	return nr > attrs->max_nr_regions ? DAMON_BAD_TOO_MANY_RANGES : DAMON_VALID;
}

/**
 * damon_invalid_text() - what to change
 * @invalid:	what a check returned
 *
 * Return: a constant text without a full stop or newline, for people; empty
 * for DAMON_VALID.
 */
const char *damon_invalid_text(enum damon_invalid invalid)
{
	switch (invalid) {
	case DAMON_VALID:
		return "";
	case DAMON_BAD_SAMPLE_ZERO:
		return "sampling interval is 0: give at least 1 us";
	case DAMON_BAD_INTERVAL_TOO_LONG:
		return "interval is over ten years: give at most 315360000000000 us";
	case DAMON_BAD_AGGR_BELOW_SAMPLE:
		return "aggregation interval is below the sampling interval: raise it";
	case DAMON_BAD_TOO_MANY_SAMPLES:
		return "aggregation interval holds over 4294967295 samples: shorten it";
	case DAMON_BAD_MIN_REGIONS:
		return "minimum number of regions is below 3: give at least 3";
	case DAMON_BAD_MAX_BELOW_MIN:
		return "maximum number of regions is below the minimum: raise it";
	case DAMON_BAD_MAX_REGIONS:
		return "maximum number of regions is above 1048576: lower it";
	case DAMON_BAD_GOAL_SHARE:
		return "goal of tuning is out of range: give 1 to 10000 basis points";
	case DAMON_BAD_GOAL_MIN_ZERO:
		return "shortest sampling interval of tuning is 0: give at least 1 us";
	case DAMON_BAD_GOAL_MAX_BELOW_MIN:
		return "longest sampling interval of tuning is below the shortest: raise it";
	case DAMON_BAD_GOAL_SAMPLE_OUTSIDE:
		return "sampling interval is not between the shortest and the longest of tuning: begin with one that is";
	case DAMON_BAD_GOAL_TOO_LONG:
		return "longest sampling interval of tuning would make windows of over ten years: lower it";
	case DAMON_BAD_RANGE_EMPTY:
		return "range is empty: its end must be above its start";
	case DAMON_BAD_RANGE_REVERSED:
		return "range ends before it starts: exchange start and end";
	case DAMON_BAD_RANGE_UNALIGNED:
		return "range is not aligned: start and end must be multiples of a page";
	case DAMON_BAD_RANGE_ORDER:
		return "range begins before the last one ends: sort ranges, join overlaps";
	case DAMON_BAD_PROBE_OPS:
		return "there are no probes for this kind of target: give none";
	case DAMON_BAD_PROBE_NUMBER:
		return "more than 4 probes: give fewer";
	case DAMON_BAD_PROBE_TWICE:
		return "probe is there already: give each once";
	case DAMON_BAD_PROBE_WEIGHT:
		return "weights times samples in a window are over 4294967295: lower weights or sample less often";
	case DAMON_BAD_PROBE_GOAL:
		return "intervals are tuned by accesses, which probes with weights replace: give no weights or no goal";
	case DAMON_BAD_TOO_MANY_RANGES:
		return "more ranges than the maximum number of regions: raise the maximum";
	}
	return "invalid value";
}
