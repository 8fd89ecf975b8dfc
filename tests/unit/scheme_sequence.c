// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "bytes.h"
#include "core/internal.h"
#include "scene.h"
#include "scheme_sequence.h"
#include "shim/memory.h"

#define MOST_SCHEMES	5
#define MOST_FILTERS	4
#define MOST_GOALS	2
#define NR_TARGETS	2
#define LAST_NS		(1ULL << 62)	/* the clock is stopped there */

/**
 * struct run - one sequence
 * @in:		what is left of the input
 * @committed_ns: when the schemes at work were committed
 * @given:	references to memory cgroups that schemes have taken
 * @filters:	of each scheme that is made
 * @pages:	likewise
 * @goals:	likewise
 * @dests:	likewise
 * @result:	what happened
 */
struct run {
	struct bytes in;
	u64 committed_ns;
	int given;
	struct damos_region_filter filters[MOST_SCHEMES][MOST_FILTERS];
	struct damos_page_filter pages[MOST_SCHEMES][MOST_FILTERS];
	struct damos_goal goals[MOST_SCHEMES][MOST_GOALS];
	struct damos_dest dests[MOST_SCHEMES][2];
	struct scheme_result result;
};

/* The next bytes as a number below @limit; 0 behind the end. */
static u64 below(struct run *run, u64 limit)
{
	return bytes_take(&run->in, limit > 0x10000 ? 4 : limit > 0x100 ? 2 : 1) % limit;
}

/* Now and then anything that has 64 bits. */
static u64 some(struct run *run, u64 most)
{
	if (below(run, 16))
		return below(run, most);
	return below(run, 1ULL << 32) << 32 | below(run, 1ULL << 32);
}

static struct damos_region_filter take_filter(struct run *run)
{
	struct damos_region_filter f = {
		.type = below(run, 3) ? DAMOS_FILTER_ADDR : DAMOS_FILTER_TARGET,
		.matching = below(run, 2),
		.allow = below(run, 2),
		.target = below(run, 32) ? below(run, NR_TARGETS) : some(run, 8),
	};
	u64 first = below(run, 200 * MIB / PAGE);

	f.range.start = GIB + first * PAGE;
	f.range.end = f.range.start + below(run, 60 * MIB / PAGE) * PAGE;
	return f;
}

static struct damos_page_filter take_page_filter(struct run *run)
{
	struct damos_page_filter f = {
		.type = below(run, NR_DAMOS_PAGE_FILTERS + 1),
		.matching = below(run, 2),
		.allow = below(run, 2),
		.min = some(run, 2),
		.max = some(run, 4) + 2,
	};

	if (f.type == DAMOS_FILTER_MEMCG)
		f.what = &scene;
	return f;
}

static struct damos_goal take_goal(struct run *run)
{
	struct damos_goal g = {
		.metric = below(run, 2) ? DAMOS_USER_INPUT : below(run, NR_DAMOS_METRICS + 1),
		.target = some(run, 1000),
	};

	if (g.metric == DAMOS_USER_INPUT)
		g.input = some(run, 2000);
	else if (g.metric < NR_DAMOS_METRICS && damos_metric_has_memcg(g.metric))
		g.memcg = &scene;
	return g;
}

static void take_quota(struct run *run, struct damos_quota *q)
{
	q->bytes = below(run, 2) ? some(run, 100 * MIB) : 0;
	q->time_us = below(run, 3) ? 0 : some(run, 20000);
	q->interval_us = below(run, 2) ? 0 : some(run, 700000);
	q->weight_sz = below(run, 3);
	q->weight_accesses = below(run, 3);
	q->weight_age = below(run, 16) ? below(run, 3) : some(run, DAMOS_MAX_WEIGHT);
	q->fail_denom = below(run, 3);
	q->fail_num = q->fail_denom ? below(run, 3) : 0;
	if (q->nr_goals) {
		q->tuner = below(run, 8) ? below(run, 2) : below(run, 256);
		if (q->tuner == DAMOS_TUNER_CONSIST)
			q->seed = some(run, GIB);
	}
}

static void take_marks(struct run *run, struct damos_watermarks *marks)
{
	marks->used = true;
	marks->metric = DAMOS_FREE_MEM_PERMIL;
	marks->interval_us = some(run, 100000);
	marks->high = some(run, 1001);
	marks->mid = some(run, marks->high + 1ULL);
	marks->low = some(run, marks->mid + 1ULL);
}

static struct damos_conf take_scheme(struct run *run, u32 index)
{
	struct damos_conf conf = any_region;
	u32 i;

	conf.action = below(run, NR_DAMOS_ACTIONS + (below(run, 8) ? 0 : 1));
	conf.pattern.max_sz = below(run, 4) ? ~0ULL : some(run, 50 * MIB);
	conf.pattern.max_accesses = below(run, 3) ? ~0U : below(run, 20);
	conf.pattern.accesses_in_bp = !below(run, 8);
	conf.pattern.min_age = below(run, 3) ? 0 : some(run, 6);
	conf.pattern.age_in_us = !below(run, 4);
	conf.apply_us = below(run, 2) ? 0 : some(run, 400000);
	conf.max_nr_snapshots = below(run, 16) ? 0 : below(run, 10);
	conf.max_tried = below(run, 2) ? 300 : below(run, 4);
	conf.region_filters = run->filters[index];
	conf.nr_region_filters = below(run, MOST_FILTERS + 1);
	for (i = 0; i < conf.nr_region_filters; i++)
		run->filters[index][i] = take_filter(run);
	conf.page_filters = run->pages[index];
	conf.nr_page_filters = below(run, 3) ? 0 : below(run, MOST_FILTERS + 1);
	for (i = 0; i < conf.nr_page_filters; i++)
		run->pages[index][i] = take_page_filter(run);
	conf.quota.goals = run->goals[index];
	conf.quota.nr_goals = below(run, 3) ? 0 : below(run, MOST_GOALS + 1);
	for (i = 0; i < conf.quota.nr_goals; i++)
		run->goals[index][i] = take_goal(run);
	if (below(run, 4))
		take_quota(run, &conf.quota);
	if (!below(run, 4))
		take_marks(run, &conf.watermarks);
	if (conf.action == DAMOS_MIGRATE_HOT || conf.action == DAMOS_MIGRATE_COLD) {
		conf.dests = run->dests[index];
		conf.nr_dests = below(run, 3);
		for (i = 0; i < conf.nr_dests; i++)
			run->dests[index][i].weight = some(run, 3);
	}
	return conf;
}

static bool is_valid(struct run *run, const struct damon_ops *ops, const struct damon_attrs *attrs,
		     const struct damos_conf *conf)
{
	enum damos_invalid invalid;
	u32 bad;

	invalid = damos_check(ops, &scene_env, attrs, NR_TARGETS, conf, &bad);
	if (invalid == DAMOS_VALID)
		return true;
	ck_assert(strchr(damos_invalid_text(invalid), ' '));
	run->result.nr_invalid++;
	return false;
}

static int memcgs_of(const struct damos_conf *conf)
{
	int nr = 0;
	u32 i;

	for (i = 0; i < conf->nr_page_filters; i++)
		nr += !!conf->page_filters[i].what;
	for (i = 0; i < conf->quota.nr_goals; i++)
		nr += !!conf->quota.goals[i].memcg;
	return nr;
}

/* Schemes for a context, those that are right; NULL if there are none, or no memory. */
static struct damos *take_schemes(struct run *run, const struct damon_ctx *ctx)
{
	u32 i, nr = 0, most = 1 + below(run, MOST_SCHEMES);
	struct damos_conf confs[MOST_SCHEMES];
	struct damos *damos;
	long live;
	int refs = 0;

	for (i = 0; i < most; i++) {
		/* What it points to stays where it is. */
		confs[nr] = take_scheme(run, i);
		if (is_valid(run, ctx->ops, &ctx->attrs, &confs[nr]))
			refs += memcgs_of(&confs[nr++]);
	}
	if (!nr)
		return NULL;
	live = shim_memory.live;
	shim_memory.calls = 0;
	shim_memory.fail_at = below(run, 4) ? 0 : 1 + below(run, 20);
	damos = damos_create(&scene_env, confs, nr, 1, &scene_sink, &scene);
	shim_memory.fail_at = 0;
	if (damos) {
		run->given += refs;
		return damos;
	}
	ck_assert_int_eq(shim_memory.live, live);
	run->result.nr_refused++;
	return NULL;
}

static void count(struct run *run)
{
	u32 i;

	for (i = 0; i < WORLD_TARGETS; i++)
		run->result.nr_joined += scene.w.came[i];
	run->result.nr_applied += scene.nr_applied;
	run->result.nr_tried += scene.nr_trying;
	scene.nr_applied = 0;
	scene.nr_trying = 0;
}

static struct damon_ctx *make_ctx(struct run *run)
{
	struct damon_attrs attrs = default_attrs;
	struct damon_ctx *ctx;

	attrs.max_nr_regions = below(run, 2) ? 300 : 40 + below(run, 60);
	attrs.aggr_us = attrs.sample_us * (1 + below(run, 30));
	ctx = world_ctx_seats(&scene.w, &attrs, NR_TARGETS, below(run, 3), below(run, 256));
	ck_assert_ptr_nonnull(ctx);
	ctx->ops = &scene_ops;
	ctx->paused = !below(run, 16);
	ctx->actor_data = take_schemes(run, ctx);
	if (ctx->actor_data)
		ctx->actor = &damos_actor;
	return ctx;
}

static void commit(struct run *run)
{
	struct damon_ctx *old = scene.w.ctx, *ctx = make_ctx(run);
	u32 i;

	count(run);
	scene.w.ctx = ctx;
	scene.damos = ctx->actor_data;
	memset(scene.w.gone, 0, sizeof(scene.w.gone));
	memset(scene.w.came, 0, sizeof(scene.w.came));
	run->committed_ns = scene.w.now;
	run->result.nr_commits++;
	if (!old) {
		damon_ctx_start(ctx, scene.w.now);
		check_sane(&scene.w, ctx);
		return;
	}
	damon_ctx_adopt(ctx, old, scene.w.now);
	damon_ctx_destroy(old);
	for (i = 0; i < WORLD_SPACES; i++)
		scene.w.spaces[i].puts = 0;
	check_sane(&scene.w, ctx);
}

/* What the last application of @s has tried: sorted out, disjoint, and all counted. */
static void check_scheme(const struct run *run, const struct damos_scheme *s)
{
	u64 sum = 0;
	u32 i, k;

	/* A commit can allow less than was charged already. */
	if (s->charge.begun_ns > run->committed_ns && damos_has_quota(&s->conf.quota))
		ck_assert_uint_le(s->charge.bytes, s->charge.effective);
	ck_assert_uint_le(s->nr_tried, s->conf.max_tried);
	if (s->nr_tried != s->nr_tried_all)
		return;
	for (i = 0; i < s->nr_tried; i++) {
		const struct damos_tried *t = &s->tried[i];

		ck_assert_uint_lt(t->start, t->end);
		ck_assert_uint_le(t->passed, t->end - t->start);
		sum += t->end - t->start;
		for (k = 0; k < i; k++)
			ck_assert(s->tried[k].target != t->target || s->tried[k].end <= t->start ||
				  s->tried[k].start >= t->end);
	}
	ck_assert_uint_eq(sum, s->sz_tried);
}

static void check_all(const struct run *run)
{
	const struct damon_ctx *ctx = scene.w.ctx;
	u32 i;

	/* Nothing is left half done. */
	for (i = 0; i < ctx->nr_regions; i++)
		ck_assert(!(ctx->evidence[i].flags & DAMON_EVIDENCE_PART));
	for (i = 0; scene.damos && i < damos_nr_schemes(scene.damos); i++)
		check_scheme(run, scheme(i));
}

static void steps(struct run *run, u32 nr)
{
	struct world *w = &scene.w;

	for (; nr && w->ctx->running && !w->ctx->paused; nr--) {
		if (damon_ctx_next_us(w->ctx) > (LAST_NS - w->now) / 1000)
			return;
		/* Whoever waits for it, or not. */
		scene.stop_at = nr % 4 ? 0 : below(run, 6);
		w->now += (damon_ctx_next_us(w->ctx) - w->ctx->attrs.sample_us) * 1000;
		scene_forget();
		world_step(w);
		run->result.nr_rests += w->ctx->rest_us > 0;
		check_all(run);
	}
}

static void change_memory(struct run *run)
{
	struct space *s = &scene.w.spaces[below(run, NR_TARGETS)];
	u32 i;

	for (i = 0; i < 3; i++) {
		u64 at = GIB + below(run, 170) * MIB;

		s->hot[i] = (struct damon_range){ at, at + below(run, 30) * MIB };
	}
	s->nr_hot = 3;
	s->permil = below(run, 1001);
	s->has[0] = (struct damon_range){ GIB + below(run, 60) * MIB, GIB + below(run, 200) * MIB };
	s->ranges[0].end = GIB + (70 + below(run, 130)) * MIB;
}

static void move_comer(struct run *run)
{
	struct space *s = &scene.w.comers[below(run, WORLD_COMERS)];

	if (!s->present)
		s->leader = &scene.w.spaces[0];
	s->present = !s->present;
}

static void operate(struct run *run)
{
	struct world *w = &scene.w;

	switch (below(run, 16)) {
	case 0:
	case 1:
		commit(run);
		return;
	case 2:
		damon_ctx_stop(w->ctx);
		check_sane(w, w->ctx);
		return;
	case 3:
	case 4:
		if (w->ctx->running)
			return;
		damon_ctx_start(w->ctx, w->now);
		check_sane(w, w->ctx);
		return;
	case 5:
		change_memory(run);
		return;
	case 6:
		scene.metrics[below(run, NR_DAMOS_METRICS)] = some(run, 1000);
		return;
	case 7:
		scene.page_ns = below(run, 3) * 1000;
		scene.permil = 500 + below(run, 501);
		scene.slice = (1 + below(run, 5000)) * PAGE;
		return;
	case 8:
		/* One of them may turn out to be gone by that. */
		scene.gone = below(run, 4) ? NULL : &w->spaces[1];
		return;
	case 9:
		move_comer(run);
		return;
	case 10:
		if (w->now < LAST_NS / 2)
			w->now += below(run, 1ULL << 32);
		return;
	default:
		steps(run, 1 + below(run, 48));
	}
}

/**
 * run_schemes() - do what some bytes say
 * @bytes:	them
 * @nr:		how many
 *
 * Begins with a configuration; after each operation all that must hold is
 * asserted.  Between scene_setup() and scene_teardown().
 */
struct scheme_result run_schemes(const u8 *bytes, size_t nr)
{
	struct run run = { .in = { bytes, nr } };

	while (run.in.nr) {
		if (scene.w.ctx)
			operate(&run);
		else
			commit(&run);
	}
	count(&run);
	damon_ctx_destroy(scene.w.ctx);
	scene.w.ctx = NULL;
	ck_assert_int_eq(scene.puts, run.given);
	return run.result;
}
