// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/minmax.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "shim/memory.h"
#include "world.h"

const struct damon_attrs default_attrs = {
	.sample_us = 5000,
	.aggr_us = 100000,
	.update_us = 60000000,
	.min_nr_regions = 10,
	.max_nr_regions = 1000,
};

/* An independent source, so that a bad one in the core cannot hide itself. */
u64 world_random(u64 *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return *state >> 33 ^ *state >> 11 << 20;
}

/* The memory that a target stands for. */
static struct space *memory_of(void *target)
{
	struct space *s = target;

	if (!s->is_seat)
		return s;
	ck_assert_ptr_nonnull(s->who);
	return s->who;
}

static bool dies(struct space *s)
{
	if (s->calls_left > 0)
		s->calls_left--;
	return !s->calls_left;
}

static int tell_ranges(void *target, struct damon_range *ranges, unsigned int max,
		       struct damon_pass_stats *stats)
{
	struct space *s = memory_of(target);

	s->asked++;
	s->stale = false;
	if ((s->leader && !s->present) || dies(s))
		return -ESRCH;
	ck_assert_uint_ge(max, WORLD_RANGES);
	s->max = max;
	ck_assert_uint_le(stats->patience_ns, DAMON_PATIENCE_NS);
	/* What is written without being told must not matter. */
	memset(ranges, 0xa5, max * sizeof(*ranges));
	memcpy(ranges, s->ranges, s->nr_ranges * sizeof(*ranges));
	return s->nr_ranges;
}

static bool same(const void *target, const void *other)
{
	const struct space *s = memory_of((void *)target);

	ck_assert_ptr_eq(s, memory_of((void *)other));
	return !s->another;
}

static bool ranges_are_stale(void *target)
{
	const struct space *s = memory_of(target);

	return s->stale || (s->leader && !s->present);
}

static bool is_gone(void *target)
{
	return !memory_of(target)->calls_left;
}

static bool is_hot(const struct space *s, u64 addr)
{
	u32 i;

	for (i = 0; i < s->nr_hot; i++) {
		if (addr >= s->hot[i].start && addr < s->hot[i].end)
			return true;
	}
	return false;
}

static bool touched(struct space *s)
{
	double draw;

	if (!s->hz)
		return world_random(&s->random) % 1000 < s->permil;
	draw = world_random(&s->random) % (1 << 30) / (double)(1 << 30);
	return draw < 1 - exp(-s->hz * (*s->now - s->cleared_ns) / 1e9);
}

static void check_one(struct space *s, struct damon_region *r)
{
	if (!r->pending)
		return;
	ck_assert_uint_ge(r->sample_addr, r->start);
	ck_assert_uint_lt(r->sample_addr, r->end);
	ck_assert_uint_eq(r->cookie, ~r->sample_addr);
	if (is_hot(s, r->sample_addr) && touched(s))
		damon_region_hit(r);
	r->pending = 0;
	s->out--;
	s->checks++;
}

static void clear_one(struct space *s, struct damon_region *r)
{
	u64 first = s->ranges[0].start, sz = s->ranges[0].end - first;

	ck_assert_uint_eq(r->pending, 0);
	ck_assert_uint_ge(r->next_addr, r->start);
	ck_assert_uint_lt(r->next_addr, r->end);
	r->sample_addr = r->next_addr;
	r->cookie = ~r->sample_addr;
	r->pending = 1;
	s->out++;
	if (r->sample_addr - first < sz)
		s->histogram[(u128)(r->sample_addr - first) * 16 / sz]++;
}

static bool sample(void *target, struct damon_region *regions, u32 nr,
		   unsigned int what, struct damon_pass_stats *stats)
{
	struct space *s = memory_of(target);
	u32 i;

	ck_assert_uint_gt(nr, 0);
	if (dies(s)) {
		s->out = 0;
		s->present = false;
		return false;
	}
	for (i = 0; i < nr; i++) {
		if (i)
			ck_assert_uint_ge(regions[i].start, regions[i - 1].end);
		if (what & DAMON_PASS_CHECK) {
			stats->nr_checks += !!regions[i].pending;
			check_one(s, &regions[i]);
		}
		if (what & DAMON_PASS_CLEAR)
			clear_one(s, &regions[i]);
	}
	if (what & DAMON_PASS_CLEAR)
		s->cleared_ns = *s->now;
	return true;
}

static bool is_vacant(const struct world *w, const struct space *seat)
{
	u32 i;

	for (i = w->ctx->nr_given; i < w->ctx->nr_targets; i++) {
		if (w->ctx->targets[i].priv == seat)
			return w->ctx->targets[i].gone;
	}
	ck_abort_msg("a seat of another context");
	return false;
}

static bool sits(const struct world *w, const struct space *comer)
{
	u32 i;

	for (i = w->ctx->nr_given; i < w->ctx->nr_targets; i++) {
		const struct space *seat = w->ctx->targets[i].priv;

		if (!w->ctx->targets[i].gone && seat->who == comer)
			return true;
	}
	return false;
}

static bool waits(const struct world *w, const struct space *comer, const void *leader)
{
	return comer->present && comer->leader == leader && comer->calls_left && !sits(w, comer);
}

static bool gather(void *leader, bool all, struct damon_pass_stats *stats)
{
	struct space *s = leader;
	u32 i;

	if (all)
		stats->patience_ns -= min(stats->patience_ns, s->w->look_ns);
	/* Once, who is asked knows everybody; else some who have come are not noticed. */
	for (i = 0; i < WORLD_COMERS; i++) {
		if (waits(s->w, &s->w->comers[i], leader) && (all || i % 2))
			return true;
	}
	return false;
}

static bool join(void *leader, void *seat, u64 *key, u32 *id)
{
	struct space *s = seat;
	u32 i;

	ck_assert(s->is_seat);
	ck_assert(is_vacant(s->w, s));
	for (i = 0; i < WORLD_COMERS; i++) {
		struct space *comer = &s->w->comers[i];

		if (!waits(s->w, comer, leader))
			continue;
		s->who = comer;
		*key = 200 + i;
		*id = 1000 + i;
		return true;
	}
	return false;
}

static u32 left_out(void *leader)
{
	struct space *s = leader;
	const struct damon_ctx *ctx = s->w->ctx;
	u32 i, nr = 0;

	for (i = 0; i < WORLD_COMERS; i++)
		nr += waits(s->w, &s->w->comers[i], leader);
	/* Nobody waits beside a seat that was vacant all the time, if all were looked up. */
	for (i = ctx->nr_given; nr && i < ctx->nr_targets; i++) {
		const struct damon_target *t = &ctx->targets[i];

		if (ctx->targets[t->leader].priv == leader)
			ck_assert(!t->gone || s->w->came[i] || s->w->look_ns);
	}
	return nr;
}

static void inherit(void *leader, void *old)
{
	struct space *s = leader;

	ck_assert_ptr_eq(leader, old);
	s->w->inherited++;
}

static void put(void *target)
{
	struct space *s = target;

	if (s->is_seat) {
		s->w->seats--;
		free(s);
		return;
	}
	s->puts++;
}

/* A probe's @what is the world; which of a space's @has it looks at is in its key. */
static bool probe(void *target, const struct damon_probe *probes, u32 nr_probes,
		  struct damon_region *regions, struct damon_hits *hits, u32 nr,
		  struct damon_pass_stats *stats)
{
	struct space *s = memory_of(target);
	u32 i, k;

	ck_assert_uint_gt(nr, 0);
	ck_assert_uint_gt(nr_probes, 0);
	ck_assert_uint_le(stats->patience_ns, DAMON_PATIENCE_NS);
	if (dies(s)) {
		s->out = 0;
		s->present = false;
		return false;
	}
	for (i = 0; i < nr; i++) {
		u64 at = regions[i].next_addr;

		ck_assert_uint_ge(at, regions[i].start);
		ck_assert_uint_lt(at, regions[i].end);
		ck_assert(!regions[i].pending || regions[i].sample_addr == at);
		for (k = 0; k < nr_probes; k++) {
			const struct damon_range *has = &s->has[probes[k].key % DAMON_MAX_PROBES];

			if (at >= has->start && at < has->end)
				damon_probe_hit(&hits[i], k);
		}
	}
	return true;
}

static void put_probe(void *what)
{
	struct world *w = what;

	w->probe_puts++;
}

const struct damon_ops world_ops = {
	.name = "world",
	.min_region_sz = PAGE,
	.nr_ranges = WORLD_RANGES,
	.same = same,
	.stale = ranges_are_stale,
	.gone = is_gone,
	.ranges = tell_ranges,
	.sample = sample,
	.gather = gather,
	.join = join,
	.left_out = left_out,
	.inherit = inherit,
	.put = put,
	.probe = probe,
	.put_probe = put_probe,
};

static void on_window(void *data, const struct damon_window *window)
{
	struct world *w = data;

	w->seen = realloc(w->seen, (window->nr_regions + 1) * sizeof(*w->seen));
	memcpy(w->seen, window->regions, window->nr_regions * sizeof(*w->seen));
	w->last = *window;
	w->last.regions = w->seen;
	ck_assert(!window->hits == !window->nr_probes);
	if (window->hits) {
		w->seen_hits = realloc(w->seen_hits,
				       (window->nr_regions + 1) * sizeof(*w->seen_hits));
		memcpy(w->seen_hits, window->hits, window->nr_regions * sizeof(*w->seen_hits));
		w->last.hits = w->seen_hits;
	}
	w->nr_windows++;
}

static void on_gone(void *data, u32 index, u64 now_ns)
{
	struct world *w = data;

	ck_assert_uint_lt(index, WORLD_TARGETS);
	ck_assert_uint_eq(now_ns, w->now);
	w->gone[index]++;
}

static void on_new(void *data, u32 index, const struct damon_target *target, u64 now_ns)
{
	struct world *w = data;
	const struct space *seat = target->priv;

	ck_assert_uint_lt(index, WORLD_TARGETS);
	ck_assert_uint_eq(now_ns, w->now);
	ck_assert_ptr_eq(target, &w->ctx->targets[index]);
	ck_assert_ptr_eq(seat->who->leader, w->ctx->targets[target->leader].priv);
	ck_assert_uint_eq(target->key, 200 + (seat->who - w->comers));
	ck_assert_uint_eq(target->id, 1000 + (seat->who - w->comers));
	ck_assert_int_eq(w->came[index], w->gone[index]);
	w->came[index]++;
}

static void on_left_out(void *data, u32 nr, u64 now_ns)
{
	struct world *w = data;

	ck_assert_uint_eq(now_ns, w->now);
	ck_assert(nr != w->left_out);
	w->left_out = nr;
}

static void on_intervals(void *data, const struct damon_attrs *now, u64 now_ns)
{
	struct world *w = data;

	ck_assert_uint_eq(now_ns, w->now);
	ck_assert(now->sample_us != w->last.sample_us);
	w->tuned = *now;
	w->nr_tuned++;
}

const struct damon_sink world_sink = {
	.window = on_window,
	.target_gone = on_gone,
	.intervals = on_intervals,
	.target_new = on_new,
	.left_out = on_left_out,
};

static void space_init(struct world *w, struct space *s, u64 random)
{
	s->ranges[0] = (struct damon_range){ GIB, GIB + 200 * MIB };
	s->nr_ranges = 1;
	s->permil = 1000;
	s->random = random;
	s->now = &w->now;
	s->calls_left = -1;
	s->w = w;
}

void world_init(struct world *w)
{
	int i;

	memset(w, 0, sizeof(*w));
	memset(&shim_memory, 0, sizeof(shim_memory));
	w->now = 1000 * MS;
	for (i = 0; i < WORLD_SPACES; i++)
		space_init(w, &w->spaces[i], i);
	for (i = 0; i < WORLD_COMERS; i++) {
		space_init(w, &w->comers[i], 10 + i);
		w->comers[i].leader = &w->spaces[0];
	}
}

void world_free(struct world *w)
{
	u32 i, nr = w->ctx ? w->ctx->nr_given : 0;

	for (i = 0; i < WORLD_SPACES; i++)
		w->spaces[i].puts = 0;
	damon_ctx_destroy(w->ctx);
	for (i = 0; i < WORLD_SPACES; i++) {
		ck_assert_int_eq(w->spaces[i].puts, i < nr);
		ck_assert_int_eq(w->spaces[i].out, 0);
	}
	for (i = 0; i < WORLD_COMERS; i++)
		ck_assert_int_eq(w->comers[i].out, 0);
	ck_assert_int_eq(w->seats, 0);
	free(w->seen);
	free(w->seen_hits);
	ck_assert_int_eq(shim_memory.live, 0);
}

/* What a seat's target is made of; a context that has it frees it. */
void *world_seat(struct world *w)
{
	struct space *s = calloc(1, sizeof(*s));

	ck_assert_ptr_nonnull(s);
	s->is_seat = true;
	s->w = w;
	w->seats++;
	return s;
}

/* For a context that was not made. */
void world_unseat(struct damon_target_spec *specs, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (specs[i].seat)
			put(specs[i].priv);
}

/* With seats for those that join the first target. */
struct damon_ctx *world_ctx_seats(struct world *w, const struct damon_attrs *attrs,
				  u32 nr_targets, u32 nr_seats, u64 seed)
{
	struct damon_target_spec specs[WORLD_TARGETS] = { };
	u32 i;

	for (i = 0; i < nr_targets; i++) {
		specs[i].priv = &w->spaces[i];
		specs[i].key = 100 + i;
	}
	for (; i < nr_targets + nr_seats; i++) {
		specs[i].priv = world_seat(w);
		specs[i].seat = true;
	}
	ck_assert_int_eq(damon_attrs_check(attrs), DAMON_VALID);
	ck_assert_int_eq(damon_capacity_check(&world_ops, attrs, specs, i), DAMON_VALID);
	return damon_ctx_create(&world_ops, attrs, specs, i, seed, &world_sink, w);
}

struct damon_ctx *world_ctx(struct world *w, const struct damon_attrs *attrs, u32 nr_targets,
			    u64 seed)
{
	return world_ctx_seats(w, attrs, nr_targets, 0, seed);
}

bool world_step(struct world *w)
{
	bool alive;

	w->now += w->ctx->attrs.sample_us * 1000;
	alive = damon_ctx_step(w->ctx, w->now);
	check_sane(w, w->ctx);
	return alive;
}

/* Steps until the next window is complete. */
bool world_window(struct world *w)
{
	unsigned long before = w->nr_windows;

	while (w->nr_windows == before) {
		if (!world_step(w))
			return false;
	}
	return true;
}

static void check_region(const struct damon_ctx *ctx, const struct damon_region *r)
{
	ck_assert_uint_lt(r->start, r->end);
	ck_assert_uint_eq((r->start | r->end) & (ctx->min_region_sz - 1), 0);
	ck_assert_uint_le(r->nr_accesses, ctx->tick);
	ck_assert_uint_le(r->last_nr_accesses, ctx->max_nr_accesses);
	ck_assert_uint_le(damon_region_mvsum(ctx, r), ctx->max_nr_accesses);
	ck_assert(!ctx->targets[r->target].gone);
}

static void check_hits(const struct damon_ctx *ctx, const struct damon_hits *hits)
{
	u32 i;

	for (i = 0; i < DAMON_MAX_PROBES; i++) {
		ck_assert_uint_le(hits->now[i], ctx->tick);
		ck_assert_uint_le(hits->last[i], ctx->max_nr_accesses);
		ck_assert_uint_le(damon_probe_mvsum(ctx, hits, i), ctx->max_nr_accesses);
		if (i >= ctx->nr_probes)
			ck_assert_uint_eq(hits->now[i] + hits->last[i], 0);
	}
}

/* The regions of a target cover its ranges: no more and no less. */
static void check_cover(const struct damon_ctx *ctx, const struct damon_target *t)
{
	const struct damon_region *r = ctx->regions + t->first;
	u64 sum = 0, wanted = 0;
	u32 i, k = 0;

	for (i = 0; i < t->nr_ranges; i++)
		wanted += t->ranges[i].end - t->ranges[i].start;
	for (i = 0; i < t->nr; i++) {
		while (k < t->nr_ranges && t->ranges[k].end <= r[i].start)
			k++;
		ck_assert_uint_lt(k, t->nr_ranges);
		ck_assert_uint_ge(r[i].start, t->ranges[k].start);
		sum += r[i].end - r[i].start;
	}
	ck_assert_uint_eq(sum, wanted);
}

/*
 * Has its space died unnoticed, in a pass that only gives back?  What was out
 * there is gone with it.
 */
static bool died(const struct damon_ctx *ctx, const struct damon_region *r)
{
	return !memory_of(ctx->targets[r->target].priv)->calls_left;
}

/* Nobody sits twice. */
static void check_alone(const struct damon_ctx *ctx, u32 index)
{
	const struct space *seat = ctx->targets[index].priv;
	u32 i;

	for (i = ctx->nr_given; i < index; i++) {
		const struct space *other = ctx->targets[i].priv;

		ck_assert(ctx->targets[i].gone || other->who != seat->who);
	}
}

/* What must hold between any two calls. */
void check_sane(struct world *w, const struct damon_ctx *ctx)
{
	u32 i, alive = 0, nr = 0;
	long pending = 0, out = 0;

	ck_assert_uint_le(ctx->nr_regions, ctx->attrs.max_nr_regions);
	ck_assert(!ctx->hits == !ctx->nr_probes);
	ck_assert(!ctx->spare_hits == !ctx->nr_probes);
	for (i = 0; i < ctx->nr_regions; i++) {
		const struct damon_region *r = &ctx->regions[i];

		check_region(ctx, r);
		if (ctx->hits)
			check_hits(ctx, &ctx->hits[i]);
		if (i) {
			ck_assert_uint_ge(r->target, r[-1].target);
			if (r->target == r[-1].target)
				ck_assert_uint_ge(r->start, r[-1].end);
		}
		if (!died(ctx, r))
			pending += r->pending;
	}
	for (i = 0; i < ctx->nr_targets; i++) {
		const struct damon_target *t = &ctx->targets[i];

		alive += !t->gone;
		if (i < ctx->nr_given)
			ck_assert_int_eq(w->gone[i], t->gone);
		else
			ck_assert_int_eq(w->came[i] - w->gone[i], !t->gone);
		if (i >= ctx->nr_given && !t->gone)
			check_alone(ctx, i);
		if (t->gone) {
			ck_assert_uint_eq(t->nr, 0);
			continue;
		}
		if (t->nr)
			ck_assert_uint_eq(t->first, nr);
		nr += t->nr;
		check_cover(ctx, t);
	}
	/* Of spaces that are no targets, too: none may be left out there. */
	for (i = 0; i < WORLD_SPACES; i++)
		out += w->spaces[i].out;
	for (i = 0; i < WORLD_COMERS; i++)
		out += w->comers[i].out;
	ck_assert_uint_eq(nr, ctx->nr_regions);
	ck_assert_uint_eq(w->left_out, ctx->nr_left_out);
	ck_assert_uint_eq(alive, ctx->nr_alive);
	ck_assert_int_eq(pending, out);
}

void bare_setup(void)
{
	memset(&shim_memory, 0, sizeof(shim_memory));
}

void bare_teardown(void)
{
	ck_assert_int_eq(shim_memory.live, 0);
}

/*
 * A context of two targets without any regions yet, for tests that write
 * their own.
 */
struct damon_ctx *bare_ctx(u32 min, u32 max)
{
	static struct space unused[2];
	struct damon_target_spec specs[2] = { { .priv = &unused[0] }, { .priv = &unused[1] } };
	struct damon_attrs attrs = default_attrs;
	struct damon_ctx *ctx;

	attrs.min_nr_regions = min;
	attrs.max_nr_regions = max;
	ctx = damon_ctx_create(&world_ops, &attrs, specs, 2, 1, &world_sink, NULL);
	ck_assert_ptr_nonnull(ctx);
	return ctx;
}

void bare_add(struct damon_ctx *ctx, u16 target, u64 start_page, u64 pages, u32 nr, u32 last,
	      u32 age)
{
	struct damon_region *r = &ctx->regions[ctx->nr_regions];

	ck_assert_uint_lt(ctx->nr_regions, ctx->attrs.max_nr_regions);
	*r = (struct damon_region){
		.start = start_page * PAGE,
		.end = (start_page + pages) * PAGE,
		.nr_accesses = nr,
		.last_nr_accesses = last,
		.age = age,
		.target = target,
	};
	if (!ctx->targets[target].nr++)
		ctx->targets[target].first = ctx->nr_regions;
	ctx->nr_regions++;
}
