// SPDX-License-Identifier: GPL-2.0
/*
 * Probes: what else than accesses sampled memory is tried for.
 */
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/string.h>
#include <linux/types.h>

#include "core/internal.h"

/**
 * damon_probes_check() - are these probes usable?
 * @ops:	operations set of the context
 * @attrs:	attributes of the context, valid ones
 * @probes:	the probes
 * @nr:		how many
 * @bad:	if one of them is wrong: its index
 *
 * Scores are sums of weighted hits; a probe hits at most once per sample.
 *
 * Return: DAMON_VALID, or what is wrong.
 */
enum damon_invalid damon_probes_check(const struct damon_ops *ops,
				      const struct damon_attrs *attrs,
				      const struct damon_probe *probes, u32 nr,
				      u32 *bad)
{
	u64 most = U32_MAX / damon_attrs_samples(attrs);
	u64 weights = 0;
	u32 i, k;

	*bad = 0;
	if (nr && !ops->probe)
		return DAMON_BAD_PROBE_OPS;
	if (nr > DAMON_MAX_PROBES) {
		*bad = DAMON_MAX_PROBES;
		return DAMON_BAD_PROBE_NUMBER;
	}
	for (i = 0; i < nr; i++) {
		*bad = i;
		for (k = 0; k < i; k++) {
			if (probes[k].key == probes[i].key)
				return DAMON_BAD_PROBE_TWICE;
		}
		weights += probes[i].weight;
		if (weights > most)
			return DAMON_BAD_PROBE_WEIGHT;
		if (weights && attrs->goal.aggrs)
			return DAMON_BAD_PROBE_GOAL;
	}
	return DAMON_VALID;
}

/**
 * damon_ctx_set_probes() - give a context its probes
 * @ctx:	a new context, not started and without probes
 * @probes:	accepted by damon_probes_check(); copied
 * @nr:		how many
 *
 * Return: true, and @ctx has taken over the references; false if memory is
 * short: then it has not.
 */
bool damon_ctx_set_probes(struct damon_ctx *ctx, const struct damon_probe *probes,
			  u32 nr)
{
	u32 i;

	if (!nr)
		return true;
	ctx->hits = damon_zalloc(ctx->attrs.max_nr_regions, sizeof(*ctx->hits));
	if (!ctx->hits)
		return false;
	ctx->spare_hits = damon_zalloc(ctx->attrs.max_nr_regions,
				       sizeof(*ctx->spare_hits));
	if (!ctx->spare_hits) {
		damon_free(ctx->hits);
		ctx->hits = NULL;
		return false;
	}
	ctx->nr_probes = nr;
	for (i = 0; i < nr; i++) {
		ctx->probes[i] = probes[i];
		ctx->weights[i] = probes[i].weight;
		ctx->weighs |= probes[i].weight;
	}
	return true;
}

/**
 * damon_weigh() - the score that hits are worth
 * @ctx:	the context
 * @hits:	by probe
 *
 * Return: their weighted sum.
 */
u32 damon_weigh(const struct damon_ctx *ctx, const u32 *hits)
{
	u32 sum = 0;
	u32 i;

	for (i = 0; i < DAMON_MAX_PROBES; i++)
		sum += ctx->weights[i] * hits[i];
	return sum;
}

/**
 * damon_most_score() - the highest score that a region can have
 * @ctx:	the context
 *
 * Return: the samples of a window, or what they are worth where probes have
 * weights.
 */
u32 damon_most_score(const struct damon_ctx *ctx)
{
	u32 weights = 0;
	u32 i;

	if (!ctx->weighs)
		return ctx->max_nr_accesses;
	for (i = 0; i < DAMON_MAX_PROBES; i++)
		weights += ctx->weights[i];
	return weights * ctx->max_nr_accesses;
}

/**
 * damon_probe_mvsum() - a probe's hits in the last window's length up to now
 * @ctx:	the context, which has probes
 * @hits:	those of one of its regions
 * @probe:	index of the probe
 *
 * Return: see damon_region_mvsum().
 */
u32 damon_probe_mvsum(const struct damon_ctx *ctx, const struct damon_hits *hits,
		      u32 probe)
{
	return damon_mvsum(ctx, hits->now[probe], hits->last[probe]);
}

/* @old's hits of each probe of @ctx; @from: which it is there. */
static void move_hits(const struct damon_ctx *ctx, struct damon_ctx *old,
		      const u32 *from)
{
	u32 i, k;

	for (i = 0; i < old->nr_regions; i++) {
		struct damon_hits was = old->hits[i];

		memset(&old->hits[i], 0, sizeof(was));
		for (k = 0; k < ctx->nr_probes; k++) {
			if (from[k] == old->nr_probes)
				continue;
			old->hits[i].now[k] = was.now[from[k]];
			old->hits[i].last[k] = was.last[from[k]];
		}
	}
}

/**
 * damon_match_probes() - give hits the places that they have in another context
 * @ctx:	the other context, new
 * @old:	whose hits to move, without samples out; to be given up
 *
 * Hits of probes that only @old has are forgotten.  From then on its regions
 * are judged as those of @ctx.
 *
 * Return: true if both have the same probes in the same places.
 */
bool damon_match_probes(const struct damon_ctx *ctx, struct damon_ctx *old)
{
	/* cppcheck-suppress ctunullpointer */
	bool same = ctx->nr_probes == old->nr_probes && ctx->weighs == old->weighs;
	u32 from[DAMON_MAX_PROBES];
	u32 i, k;

	for (k = 0; k < ctx->nr_probes; k++) {
		for (i = 0; i < old->nr_probes; i++) {
			if (old->probes[i].key == ctx->probes[k].key)
				break;
		}
		from[k] = i;
		same &= i == k;
	}
	if (old->hits && !same)
		move_hits(ctx, old, from);
	memcpy(old->weights, ctx->weights, sizeof(old->weights));
	old->weighs = ctx->weighs && old->hits;
	return same;
}
