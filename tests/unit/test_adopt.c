// SPDX-License-Identifier: GPL-2.0
/* A new configuration takes over the results of the old one. */
#include <string.h>

#include "shim/memory.h"
#include "suites.h"
#include "world.h"

static struct world w;

static void setup(void)
{
	world_init(&w);
	w.spaces[0].hot[0] = (struct damon_range){ GIB + 100 * MIB, GIB + 120 * MIB };
	w.spaces[0].nr_hot = 1;
}

static void teardown(void)
{
	world_free(&w);
}

/* Some windows and a few ticks with the default configuration. */
static void run_first(u32 nr_targets)
{
	int i;

	w.ctx = world_ctx(&w, &default_attrs, nr_targets, 1);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	for (i = 0; i < 20; i++)
		ck_assert(world_window(&w));
	for (i = 0; i < 7; i++)
		ck_assert(world_step(&w));
}

/* What a session does at a commit: nothing may be left behind or allocated. */
static void commit(struct damon_ctx *next)
{
	struct damon_ctx *old = w.ctx;
	unsigned long calls = shim_memory.calls;
	bool running = old->running;
	long out = 0;
	u32 i;

	w.now += MS;
	damon_ctx_adopt(next, old, w.now);
	ck_assert_uint_eq(shim_memory.calls, calls);
	ck_assert_int_eq(next->running, running && next->nr_alive);
	w.ctx = next;
	damon_ctx_destroy(old);
	for (i = 0; i < WORLD_SPACES; i++)
		w.spaces[i].puts = 0;
	check_sane(&w, next);
	for (i = 0; i < WORLD_SPACES; i++)
		out += w.spaces[i].out;
	ck_assert_int_eq(out, next->running ? next->nr_regions : 0);
}

static const struct damon_region *region_at(const struct damon_ctx *ctx, u16 target, u64 addr)
{
	u32 i;

	for (i = 0; i < ctx->nr_regions; i++) {
		const struct damon_region *r = &ctx->regions[i];

		if (r->target == target && addr >= r->start && addr < r->end)
			return r;
	}
	ck_abort_msg("no region at %llx", addr);
	return NULL;
}

START_TEST(the_same_again_changes_nothing)
{
	struct damon_region before[1000];
	struct damon_stats stats;
	u64 start;
	u32 i, nr;

	run_first(2);
	nr = w.ctx->nr_regions;
	memcpy(before, w.ctx->regions, nr * sizeof(*before));
	stats = w.ctx->stats;
	start = w.ctx->window_start_ns;

	commit(world_ctx(&w, &default_attrs, 2, 2));
	ck_assert_uint_eq(w.ctx->nr_regions, nr);
	for (i = 0; i < nr; i++) {
		ck_assert_uint_eq(w.ctx->regions[i].start, before[i].start);
		ck_assert_uint_eq(w.ctx->regions[i].end, before[i].end);
		ck_assert_uint_eq(w.ctx->regions[i].nr_accesses, before[i].nr_accesses);
		ck_assert_uint_eq(w.ctx->regions[i].last_nr_accesses, before[i].last_nr_accesses);
		ck_assert_uint_eq(w.ctx->regions[i].age, before[i].age);
	}
	ck_assert_uint_eq(w.ctx->tick, 7);
	ck_assert_uint_eq(w.ctx->window_start_ns, start);
	ck_assert_uint_eq(w.ctx->stats.nr_ticks, stats.nr_ticks);
	ck_assert_uint_eq(w.ctx->stats.nr_windows, 20);
	ck_assert(world_window(&w));
	ck_assert_uint_eq(w.last.start_ns, start);
}
END_TEST

/* One with the key of an old target that is not what that was begins anew. */
START_TEST(another_with_the_same_key_begins_anew)
{
	u32 i;

	run_first(2);
	w.spaces[0].another = true;
	commit(world_ctx(&w, &default_attrs, 2, 2));
	ck_assert_uint_gt(w.ctx->targets[0].nr, 0);
	for (i = 0; i < w.ctx->targets[0].nr; i++) {
		const struct damon_region *r = &w.ctx->regions[w.ctx->targets[0].first + i];

		ck_assert_uint_eq(r->age, 0);
		ck_assert_uint_eq(r->last_nr_accesses, 0);
		ck_assert_uint_eq(r->nr_accesses, 0);
	}
	/* The other one is as it was. */
	ck_assert_uint_gt(w.ctx->regions[w.ctx->targets[1].first].age, 0);
}
END_TEST

/* Outcomes of commits' own passes are no ticks: counts stay in bounds. */
START_TEST(many_commits_in_one_window)
{
	int i;

	run_first(1);
	for (i = 0; i < 200; i++)
		commit(world_ctx(&w, &default_attrs, 1, i));
	ck_assert_uint_eq(w.ctx->tick, 7);
	ck_assert(world_window(&w));
	ck_assert_uint_le(region_at(w.ctx, 0, GIB + 110 * MIB)->last_nr_accesses, 20);
}
END_TEST

START_TEST(other_intervals_convert)
{
	struct damon_attrs attrs = default_attrs;
	struct damon_region hot, cold;
	u64 now;
	u32 i;

	run_first(1);
	hot = *region_at(w.ctx, 0, GIB + 110 * MIB);
	cold = *region_at(w.ctx, 0, GIB + 10 * MIB);
	ck_assert_uint_ge(hot.last_nr_accesses, 15);
	ck_assert_uint_ge(cold.age, 19);

	attrs.sample_us = 1000;		/* 50 samples */
	attrs.aggr_us = 50000;
	commit(world_ctx(&w, &attrs, 1, 2));
	ck_assert_uint_eq(region_at(w.ctx, 0, GIB + 110 * MIB)->last_nr_accesses,
			  hot.last_nr_accesses * 50 / 20);
	ck_assert_uint_eq(region_at(w.ctx, 0, GIB + 110 * MIB)->nr_accesses, 0);
	ck_assert_uint_eq(region_at(w.ctx, 0, GIB + 10 * MIB)->age, cold.age * 2);
	ck_assert_uint_eq(w.ctx->tick, 0);
	ck_assert_uint_eq(w.ctx->window_start_ns, w.now);

	now = w.now;
	ck_assert(world_window(&w));
	ck_assert_uint_eq(w.last.start_ns, now);
	ck_assert_uint_eq(w.last.max_nr_accesses, 50);

	/* Ten years and back, in one hop each. */
	attrs.sample_us = 10ULL * 365 * 24 * 3600 * 1000000;
	attrs.aggr_us = attrs.sample_us;
	commit(world_ctx(&w, &attrs, 1, 3));
	ck_assert_uint_eq(region_at(w.ctx, 0, GIB + 10 * MIB)->age, 0);
	ck_assert_uint_le(region_at(w.ctx, 0, GIB + 110 * MIB)->last_nr_accesses, 1);
	ck_assert(world_window(&w));
	for (i = 0; i < w.ctx->nr_regions; i++)
		w.ctx->regions[i].age = 1 << 20;	/* times 2^48: over 64 bits */
	attrs.sample_us = 1;
	attrs.aggr_us = 1;
	commit(world_ctx(&w, &attrs, 1, 4));
	ck_assert_uint_eq(region_at(w.ctx, 0, GIB + 10 * MIB)->age, ~0U);
	ck_assert(world_window(&w));
}
END_TEST

START_TEST(a_smaller_cap_is_held)
{
	struct damon_attrs attrs = default_attrs;
	const struct damon_region *r;
	u32 i;

	w.spaces[0].nr_hot = 20;
	for (i = 0; i < 20; i++) {
		w.spaces[0].hot[i].start = GIB + i * 10 * MIB;
		w.spaces[0].hot[i].end = GIB + i * 10 * MIB + 5 * MIB;
	}
	run_first(1);
	ck_assert_uint_ge(w.ctx->nr_regions, 40);	/* 20 pieces, 20 gaps */
	attrs.min_nr_regions = 3;
	attrs.max_nr_regions = 20;
	commit(world_ctx(&w, &attrs, 1, 2));
	ck_assert_uint_le(w.ctx->nr_regions, 20);
	ck_assert_uint_ge(w.ctx->nr_regions, 3);
	r = region_at(w.ctx, 0, GIB);
	ck_assert_uint_gt(r->last_nr_accesses, 0);
	for (i = 0; i < 100; i++)
		ck_assert(world_step(&w));

	attrs.max_nr_regions = WORLD_RANGES;
	commit(world_ctx(&w, &attrs, 1, 3));
	ck_assert_uint_le(w.ctx->nr_regions, WORLD_RANGES);
}
END_TEST

/* Too many regions: those alike are joined, not what happens to be last. */
START_TEST(a_smaller_cap_keeps_what_differs)
{
	struct damon_attrs attrs = default_attrs;
	int i;

	attrs.min_nr_regions = 200;
	w.spaces[0].hot[0] = (struct damon_range){ GIB + 150 * MIB, GIB + 170 * MIB };
	w.ctx = world_ctx(&w, &attrs, 1, 1);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	for (i = 0; i < 10; i++)
		ck_assert(world_window(&w));
	ck_assert_uint_ge(w.ctx->nr_regions, 200);

	attrs.min_nr_regions = 3;
	attrs.max_nr_regions = 20;
	commit(world_ctx(&w, &attrs, 1, 2));
	ck_assert_uint_le(w.ctx->nr_regions, 20);
	ck_assert_uint_eq(region_at(w.ctx, 0, GIB + 50 * MIB)->last_nr_accesses, 0);
	ck_assert_uint_ge(region_at(w.ctx, 0, GIB + 160 * MIB)->last_nr_accesses, 18);
	ck_assert_uint_eq(region_at(w.ctx, 0, GIB + 190 * MIB)->last_nr_accesses, 0);
}
END_TEST

START_TEST(targets_are_matched_by_key)
{
	struct damon_target_spec specs[3] = {
		{ .priv = &w.spaces[1], .key = 101 },
		{ .priv = &w.spaces[2], .key = 555 },
		{ .priv = &w.spaces[0], .key = 100 },
	};
	struct damon_ctx *next;
	u32 hot, i;

	run_first(2);
	hot = region_at(w.ctx, 0, GIB + 110 * MIB)->last_nr_accesses;
	next = damon_ctx_create(&world_ops, &default_attrs, specs, 3, 2, &world_sink, &w);
	commit(next);
	ck_assert_uint_eq(region_at(w.ctx, 2, GIB + 110 * MIB)->last_nr_accesses, hot);
	ck_assert_uint_ge(region_at(w.ctx, 0, GIB + 110 * MIB)->age, 19);
	for (i = 0; i < w.ctx->nr_regions; i++) {
		if (w.ctx->regions[i].target == 1)
			ck_assert_uint_eq(w.ctx->regions[i].age, 0);
	}
	ck_assert(world_window(&w));
}
END_TEST

/* One address space twice, with ranges of its own for each. */
START_TEST(one_key_twice)
{
	struct damon_range low = { GIB, GIB + 50 * MIB }, high = { GIB + 100 * MIB, GIB + 120
		* MIB };
	struct damon_target_spec specs[2] = {
		{ .priv = &w.spaces[0], .key = 100, .ranges = &low, .nr_ranges = 1 },
		{ .priv = &w.spaces[0], .key = 100, .ranges = &high, .nr_ranges = 1 },
	};
	u32 i;

	w.ctx = damon_ctx_create(&world_ops, &default_attrs, specs, 2, 1, &world_sink, &w);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	while (w.nr_windows < 5) {
		w.now += 5 * MS;
		ck_assert(damon_ctx_step(w.ctx, w.now));
	}
	commit(damon_ctx_create(&world_ops, &default_attrs, specs, 2, 2, &world_sink, &w));
	for (i = 0; i < w.ctx->nr_regions; i++)
		ck_assert_uint_gt(w.ctx->regions[i].age, 0);
	damon_ctx_destroy(w.ctx);
	w.ctx = NULL;
	ck_assert_int_eq(w.spaces[0].puts, 2);
}
END_TEST

START_TEST(into_the_ranges_of_the_user)
{
	struct damon_range range = { GIB + 90 * MIB, GIB + 300 * MIB };
	struct damon_target_spec spec = { .priv = &w.spaces[0], .key = 100, .ranges = &range,
		.nr_ranges = 1 };
	u32 hot;

	run_first(1);
	hot = region_at(w.ctx, 0, GIB + 110 * MIB)->last_nr_accesses;
	commit(damon_ctx_create(&world_ops, &default_attrs, &spec, 1, 2, &world_sink, &w));
	ck_assert_uint_eq(w.ctx->regions[0].start, range.start);
	ck_assert_uint_eq(w.ctx->regions[w.ctx->nr_regions - 1].end, range.end);
	ck_assert_uint_eq(region_at(w.ctx, 0, GIB + 110 * MIB)->last_nr_accesses, hot);
}
END_TEST

START_TEST(while_stopped)
{
	u32 age;

	run_first(1);
	damon_ctx_stop(w.ctx);
	age = region_at(w.ctx, 0, GIB + 10 * MIB)->age;
	commit(world_ctx(&w, &default_attrs, 1, 2));
	ck_assert_uint_eq(region_at(w.ctx, 0, GIB + 10 * MIB)->age, age);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	check_sane(&w, w.ctx);
	ck_assert_uint_eq(region_at(w.ctx, 0, GIB + 10 * MIB)->age, age);
	ck_assert_uint_eq(w.ctx->tick, 0);
	ck_assert(world_window(&w));
}
END_TEST

START_TEST(before_the_first_start)
{
	w.ctx = world_ctx(&w, &default_attrs, 1, 1);
	commit(world_ctx(&w, &default_attrs, 2, 2));
	ck_assert(damon_ctx_start(w.ctx, w.now));
	ck_assert(world_window(&w));
	ck_assert_uint_eq(w.last.nr_targets, 2);
}
END_TEST

/* Death in any of the calls that adopting makes. */
START_TEST(death_meanwhile)
{
	bool alive = true;

	run_first(1);
	w.spaces[0].calls_left = _i;
	commit(world_ctx(&w, &default_attrs, 1, 2));
	ck_assert_int_eq(w.gone[0], w.ctx->targets[0].gone);
	if (w.gone[0])
		ck_assert(!w.ctx->running);
	while (alive)
		alive = world_step(&w);
	ck_assert_int_eq(w.gone[0], 1);
}
END_TEST

START_TEST(from_another_operations_set)
{
	struct damon_target_spec spec = { .priv = &w.spaces[0], .key = 100 };
	struct damon_ops other = world_ops;
	u32 i;

	run_first(1);
	commit(damon_ctx_create(&other, &default_attrs, &spec, 1, 2, &world_sink, &w));
	for (i = 0; i < w.ctx->nr_regions; i++)
		ck_assert_uint_eq(w.ctx->regions[i].age + w.ctx->regions[i].last_nr_accesses, 0);
	ck_assert(world_window(&w));
	damon_ctx_destroy(w.ctx);
	w.ctx = NULL;
	ck_assert_int_eq(w.spaces[0].out, 0);
}
END_TEST

START_TEST(any_configuration_after_any_other)
{
	u64 random = _i;
	int n, i;

	run_first(3);
	for (n = 0; n < 100; n++) {
		struct damon_attrs attrs = default_attrs;
		u32 nr = 1 + world_random(&random) % WORLD_SPACES;

		attrs.sample_us = 1 + world_random(&random) % 1000;
		attrs.aggr_us = attrs.sample_us * (1 + world_random(&random) % 12);
		attrs.update_us = world_random(&random) % 10000;
		attrs.min_nr_regions = 3 + world_random(&random) % 100;
		attrs.max_nr_regions = attrs.min_nr_regions + 29 + world_random(&random) % 300;
		commit(world_ctx(&w, &attrs, nr, n));
		if (!(world_random(&random) % 10)) {
			damon_ctx_stop(w.ctx);
			ck_assert(damon_ctx_start(w.ctx, w.now));
		}
		for (i = world_random(&random) % 40; i; i--)
			ck_assert(world_step(&w));
	}
}
END_TEST

Suite *adopt_suite(void)
{
	Suite *s = suite_create("adopt");
	TCase *tc = tcase_create("adopt");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, the_same_again_changes_nothing);
	tcase_add_test(tc, another_with_the_same_key_begins_anew);
	tcase_add_test(tc, many_commits_in_one_window);
	tcase_add_test(tc, other_intervals_convert);
	tcase_add_test(tc, a_smaller_cap_is_held);
	tcase_add_test(tc, a_smaller_cap_keeps_what_differs);
	tcase_add_test(tc, targets_are_matched_by_key);
	tcase_add_test(tc, one_key_twice);
	tcase_add_test(tc, into_the_ranges_of_the_user);
	tcase_add_test(tc, while_stopped);
	tcase_add_test(tc, before_the_first_start);
	tcase_add_loop_test(tc, death_meanwhile, 1, 6);
	tcase_add_test(tc, from_another_operations_set);
	tcase_add_loop_test(tc, any_configuration_after_any_other, 0, 8);
	suite_add_tcase(s, tc);
	return s;
}
