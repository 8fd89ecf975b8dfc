// SPDX-License-Identifier: GPL-2.0
/*
 * Making and freeing contexts.  All memory that monitoring ever needs is
 * allocated here.
 */
#include <linux/build_bug.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/types.h>

#include "core/internal.h"

static void free_all(struct damon_ctx *ctx)
{
	damon_free(ctx->spare_evidence);
	damon_free(ctx->evidence);
	damon_free(ctx->spare_hits);
	damon_free(ctx->hits);
	damon_free(ctx->spare);
	damon_free(ctx->regions);
	damon_free(ctx->range_room);
	damon_free(ctx->targets);
	damon_free(ctx);
}

/* Ranges of all targets, and at the end room for what an update tells. */
static size_t ranges_needed(const struct damon_ops *ops, const struct damon_attrs *attrs,
			    const struct damon_target_spec *specs, u32 nr)
{
	size_t sum = 0;
	u32 told = 0;
	u32 i;

	for (i = 0; i < nr; i++) {
		u32 room = damon_spec_room(ops, attrs, &specs[i]);

		sum += room;
		if (!specs[i].nr_ranges)
			told = max(told, room);
	}
	return sum + told;
}

static void fill_targets(struct damon_ctx *ctx, const struct damon_target_spec *specs)
{
	struct damon_range *ranges = ctx->range_room;
	u32 i;

	for (i = 0; i < ctx->nr_targets; i++) {
		const struct damon_target_spec *spec = &specs[i];
		struct damon_target *t = &ctx->targets[i];

		t->priv = spec->priv;
		t->key = spec->key;
		t->ranges = ranges;
		t->room = damon_spec_room(ctx->ops, &ctx->attrs, spec);
		ranges += t->room;
		t->gone = spec->seat;
		if (spec->seat) {
			t->leader = spec->leader;
			ctx->targets[spec->leader].leads = true;
		} else {
			ctx->nr_given++;
		}
		if (spec->nr_ranges) {
			t->fixed = true;
			t->nr_ranges = spec->nr_ranges;
			memcpy(t->ranges, spec->ranges,
			       spec->nr_ranges * sizeof(*t->ranges));
		}
	}
	ctx->nr_alive = ctx->nr_given;
	ctx->told = ranges;
}

/**
 * damon_ctx_create() - a context that does not run yet
 * @ops:	operations set of all targets
 * @attrs:	accepted by damon_attrs_check()
 * @targets:	with ranges that damon_ranges_check() and
 *		damon_capacity_check() accept; copied
 * @nr_targets:	1 to DAMON_MAX_NR_TARGETS, seats included; at least one is none
 * @seed:	for the random numbers
 * @sink:	who is told of results
 * @sink_data:	passed to @sink
 *
 * Return: the context, which has taken over the references to the targets, or
 * NULL if memory is short: then it has not.
 */
struct damon_ctx *damon_ctx_create(const struct damon_ops *ops,
				   const struct damon_attrs *attrs,
				   const struct damon_target_spec *targets,
				   u32 nr_targets, u64 seed,
				   const struct damon_sink *sink, void *sink_data)
{
	struct damon_ctx *ctx;

	/* Sampling passes scan regions: their size is the cost of a tick. */
	BUILD_BUG_ON(sizeof(struct damon_region) != 64);

	ctx = damon_zalloc(1, sizeof(*ctx));
	if (!ctx)
		return NULL;
	ctx->ops = ops;
	ctx->attrs = *attrs;
	ctx->committed = *attrs;
	ctx->min_region_sz = ops->min_region_sz;
	ctx->max_nr_accesses = damon_attrs_samples(attrs);
	ctx->nr_targets = nr_targets;
	ctx->sink = sink;
	ctx->sink_data = sink_data;
	damon_rng_seed(&ctx->rng, seed);
	damon_explore_anew(ctx);

	ctx->targets = damon_zalloc(nr_targets, sizeof(*ctx->targets));
	if (!ctx->targets)
		goto fail;
	ctx->range_room = damon_zalloc(ranges_needed(ops, attrs, targets, nr_targets),
				       sizeof(*ctx->range_room));
	if (!ctx->range_room)
		goto fail;
	ctx->regions = damon_zalloc(attrs->max_nr_regions, sizeof(*ctx->regions));
	if (!ctx->regions)
		goto fail;
	ctx->spare = damon_zalloc(attrs->max_nr_regions, sizeof(*ctx->spare));
	if (!ctx->spare)
		goto fail;
	ctx->evidence = damon_zalloc(attrs->max_nr_regions, sizeof(*ctx->evidence));
	if (!ctx->evidence)
		goto fail;
	ctx->spare_evidence = damon_zalloc(attrs->max_nr_regions,
					   sizeof(*ctx->spare_evidence));
	if (!ctx->spare_evidence)
		goto fail;

	fill_targets(ctx, targets);
	return ctx;

fail:
	free_all(ctx);
	return NULL;
}

/**
 * damon_ctx_destroy() - free a context
 * @ctx:	what damon_ctx_create() returned, or NULL
 *
 * Stops it before if it runs, and puts its actor, all probes and targets, gone ones too.
 * May sleep.
 */
void damon_ctx_destroy(struct damon_ctx *ctx)
{
	u32 i;

	if (!ctx)
		return;
	damon_ctx_stop(ctx);
	if (ctx->actor)
		ctx->actor->destroy(ctx->actor_data);
	for (i = ctx->nr_probes; i--; )
		ctx->ops->put_probe(ctx->probes[i].what);
	for (i = ctx->nr_targets; i--; )
		ctx->ops->put(ctx->targets[i].priv);
	free_all(ctx);
}
