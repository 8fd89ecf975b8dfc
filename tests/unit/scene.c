// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "scene.h"
#include "shim/memory.h"

struct scene scene;

/* Of a space's pages those in has[0] are anonymous. */
static bool lets_pass(const struct space *s, const struct damos_order *order, u64 page)
{
	u32 i;

	for (i = 0; i < order->nr_filters; i++) {
		const struct damos_page_filter *f = &order->filters[i];
		bool is = page >= s->has[0].start && page < s->has[0].end;

		if (is == f->matching)
			return f->allow;
	}
	return order->allow;
}

static u64 act(void *target, const struct damos_order *order, u64 start, u64 end,
	       struct damos_done *done, struct damon_pass_stats *stats)
{
	struct space *s = target;
	u64 page;

	ck_assert_uint_lt(start, end);
	ck_assert_uint_eq((start | end) & (PAGE - 1), 0);
	ck_assert_uint_le(stats->patience_ns, DAMON_PATIENCE_NS);
	ck_assert_int_eq(s->out, 0);
	if (s == scene.gone)
		return 0;
	if (s == scene.busy && end > scene.busy_from) {
		end = start > scene.busy_from ? start : scene.busy_from;
		if (start == end) {
			scene.waited_ns += stats->patience_ns;
			stats->patience_ns = 0;
			return DAMON_ACT_BUSY;
		}
	}
	end = end - start > scene.slice ? start + scene.slice : end;
	for (page = start; page < end; page += PAGE) {
		if (!order->nr_filters && scene.permil == 1000) {
			done->passed += end - start;
			done->applied += end - start;
			break;
		}
		if (!lets_pass(s, order, page))
			continue;
		done->passed += PAGE;
		if (order->action != DAMOS_STAT)
			done->applied += PAGE * (page / PAGE % 1000 < scene.permil);
	}
	if (scene.nr_deeds == scene.room) {
		scene.room = 2 * scene.room + 64;
		scene.deeds = realloc(scene.deeds, scene.room * sizeof(*scene.deeds));
	}
	scene.deeds[scene.nr_deeds++] = (struct deed) {
		.space = s,
		.action = order->action,
		.start = start,
		.end = end,
		.nr_filters = order->nr_filters,
		.now_ns = scene.w.now,
	};
	scene.sum += end - start;
	scene.cpu_ns += (end - start) / PAGE * scene.page_ns;
	return end;
}

/* The first half of each space is on node 0; every other page is nobody's. */
static int node(void *target, u64 addr)
{
	const struct space *s = target;
	const struct damon_range *range = &s->ranges[0];

	if (addr / PAGE % 2)
		return -1;
	return addr >= range->start + (range->end - range->start) / 2;
}

static u32 metrics(const void *memcg)
{
	(void)memcg;
	return (1U << NR_DAMOS_METRICS) - 1;
}

static u64 metric(enum damos_metric which, u32 node, void *memcg)
{
	ck_assert_uint_lt(which, NR_DAMOS_METRICS);
	ck_assert_int_ne(which, DAMOS_USER_INPUT);
	ck_assert_int_ne(which, DAMOS_NODE_ELIGIBLE_MEM_BP);
	ck_assert(!memcg == !damos_metric_has_memcg(which));
	scene.asked++;
	return scene.metrics[which] + 1000 * node;
}

static u64 cpu_ns(void)
{
	return scene.cpu_ns;
}

static bool stop(void)
{
	if (!scene.stop_at)
		return false;
	if (scene.stop_at > 1) {
		scene.stop_at--;
		return false;
	}
	return true;
}

static void breathe(void)
{
	scene.breaths++;
}

static void put_memcg(void *memcg)
{
	ck_assert_ptr_nonnull(memcg);
	scene.puts++;
}

const struct damos_env scene_env = {
	.metrics = metrics,
	.metric = metric,
	.cpu_ns = cpu_ns,
	.stop = stop,
	.breathe = breathe,
	.put_memcg = put_memcg,
};

static void changed(void *data, u32 index, const struct damos_scheme *s)
{
	ck_assert_ptr_eq(data, &scene);
	ck_assert_uint_le(s->nr_tried, s->conf.max_tried);
	scene.changed[index]++;
}

static void trying(void *data, u32 index, const struct damon_ctx *ctx,
		   const struct damon_region *part)
{
	ck_assert_ptr_eq(data, &scene);
	ck_assert_ptr_eq(ctx, scene.w.ctx);
	ck_assert_uint_lt(index, SCENE_SCHEMES);
	ck_assert_uint_lt(part->start, part->end);
	scene.trying += part->end - part->start;
	scene.nr_trying++;
}

static void quota(void *data, u32 index, u64 effective)
{
	ck_assert_ptr_eq(data, &scene);
	ck_assert_uint_lt(index, SCENE_SCHEMES);
	scene.quota = effective;
	scene.nr_quotas++;
}

static void applied(void *data, u32 index, const struct damos_stats *stats)
{
	ck_assert_ptr_eq(data, &scene);
	ck_assert_ptr_eq(stats, &scheme(index)->stats);
	scene.nr_applied++;
}

const struct damos_sink scene_sink = {
	.changed = changed,
	.trying = trying,
	.quota = quota,
	.applied = applied,
};

/* Pages out whatever there is. */
const struct damos_conf any_region = {
	.action = DAMOS_PAGEOUT,
	.pattern = {
		.max_sz = ~0ULL,
		.max_accesses = ~0U,
		.max_age = ~0ULL,
	},
};

struct damon_ops scene_ops;

void scene_setup(void)
{
	memset(&scene, 0, sizeof(scene));
	world_init(&scene.w);
	scene.slice = 32 * MIB;
	scene.permil = 1000;
	scene_ops = world_ops;
	scene_ops.actions = (1U << NR_DAMOS_ACTIONS) - 1;
	scene_ops.act = act;
	scene_ops.node = node;
}

void scene_teardown(void)
{
	world_free(&scene.w);
	free(scene.deeds);
}

struct damos *scene_schemes(const struct damos_conf *confs, u32 nr)
{
	struct damos *damos;
	u32 i, bad;

	for (i = 0; i < nr; i++)
		ck_assert_msg(damos_check(&scene_ops, &scene_env, &default_attrs, WORLD_SPACES,
					  &confs[i], &bad) == DAMOS_VALID, "scheme %u", i);
	damos = damos_create(&scene_env, confs, nr, 1, &scene_sink, &scene);
	ck_assert_ptr_nonnull(damos);
	return damos;
}

static void give(struct damos *damos)
{
	scene.w.ctx->ops = &scene_ops;
	scene.w.ctx->actor = &damos_actor;
	scene.w.ctx->actor_data = damos;
	scene.damos = damos;
}

/* A context to which regions are added by bare_add(); no window passes. */
void scene_bare(u32 max_regions, const struct damos_conf *confs, u32 nr)
{
	struct damon_attrs attrs = default_attrs;

	attrs.aggr_us = 1000000;
	attrs.sample_us = 50000;
	scene.w.ctx = world_ctx(&scene.w, &attrs, 2, 1);
	ck_assert_ptr_nonnull(scene.w.ctx);
	scene.w.ctx->attrs.max_nr_regions = max_regions;
	scene.w.ctx->stats.nr_windows = 1;
	give(scene_schemes(confs, nr));
}

/* A context that monitors. */
void scene_run(const struct damos_conf *confs, u32 nr, const struct damon_attrs *attrs,
	       u32 nr_targets)
{
	scene.w.ctx = world_ctx(&scene.w, attrs, nr_targets, 1);
	ck_assert_ptr_nonnull(scene.w.ctx);
	give(scene_schemes(confs, nr));
	ck_assert(damon_ctx_start(scene.w.ctx, scene.w.now));
}

/* @after_us later a window is complete; false if nothing was due. */
bool scene_apply(u64 after_us)
{
	struct damon_ctx *ctx = scene.w.ctx;
	bool due;

	scene.w.now += after_us * 1000;
	due = ctx->actor->due(ctx->actor_data, ctx, scene.w.now, true);
	if (due)
		ctx->actor->act(ctx->actor_data, ctx, scene.w.now);
	return due;
}

void scene_forget(void)
{
	scene.nr_deeds = 0;
	scene.sum = 0;
}

u64 scene_sum_of(enum damos_action action)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < scene.nr_deeds; i++) {
		if (scene.deeds[i].action == action)
			sum += scene.deeds[i].end - scene.deeds[i].start;
	}
	return sum;
}

struct damos_scheme *scheme(u32 index)
{
	return &scene.damos->schemes[index];
}
