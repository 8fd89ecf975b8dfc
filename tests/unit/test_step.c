// SPDX-License-Identifier: GPL-2.0
/* A context's life: start, ticks, windows, updates, the ends of targets, stop. */
#include <string.h>

#include "shim/memory.h"
#include "suites.h"
#include "world.h"

static struct world w;

static void setup(void)
{
	world_init(&w);
}

static void teardown(void)
{
	world_free(&w);
}

START_TEST(any_allocation_may_fail)
{
	struct damon_range range = { GIB, 2 * GIB };
	struct damon_target_spec specs[2] = {
		{ .priv = &w.spaces[0], .key = 1 },
		{ .priv = &w.spaces[1], .key = 2, .ranges = &range, .nr_ranges = 1 },
	};
	unsigned long n, needed;

	w.ctx = world_ctx(&w, &default_attrs, 2, 1);
	needed = shim_memory.calls;
	damon_ctx_destroy(w.ctx);
	w.ctx = NULL;
	ck_assert_uint_gt(needed, 0);
	w.spaces[0].puts = 0;
	w.spaces[1].puts = 0;
	for (n = 1; n <= needed; n++) {
		shim_memory.calls = 0;
		shim_memory.fail_at = n;
		ck_assert_ptr_null(damon_ctx_create(&world_ops, &default_attrs, specs, 2, 1,
						    &world_sink, &w));
		ck_assert_int_eq(shim_memory.live, 0);
		ck_assert_int_eq(w.spaces[0].puts + w.spaces[1].puts, 0);
	}
	shim_memory.fail_at = 0;
	damon_ctx_destroy(NULL);
}
END_TEST

START_TEST(the_worker_never_allocates)
{
	unsigned long calls;
	int i;

	w.ctx = world_ctx(&w, &default_attrs, 2, 1);
	calls = shim_memory.calls;
	ck_assert(damon_ctx_start(w.ctx, w.now));
	for (i = 0; i < 1000; i++)
		ck_assert(world_step(&w));
	damon_ctx_stop(w.ctx);
	ck_assert_uint_eq(shim_memory.calls, calls);
}
END_TEST

START_TEST(starts_with_the_minimum_evenly)
{
	u32 i;

	w.ctx = world_ctx(&w, &default_attrs, 1, 1);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	check_sane(&w, w.ctx);
	ck_assert_uint_eq(w.ctx->nr_regions, 10);
	for (i = 0; i < 10; i++)
		ck_assert_uint_eq(w.ctx->regions[i].end - w.ctx->regions[i].start, 20 * MIB);
	ck_assert_int_eq(w.spaces[0].out, 10);
}
END_TEST

START_TEST(windows_tell_their_time_and_samples)
{
	u64 begin = w.now;

	w.spaces[0].hot[0] = w.spaces[0].ranges[0];
	w.spaces[0].nr_hot = 1;
	w.ctx = world_ctx(&w, &default_attrs, 1, 1);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	ck_assert(world_window(&w));
	ck_assert_uint_eq(w.last.start_ns, begin);
	ck_assert_uint_eq(w.last.end_ns, begin + 100 * MS);
	ck_assert_uint_eq(w.last.sample_us, 5000);
	ck_assert_uint_eq(w.last.aggr_us, 100000);
	ck_assert_uint_eq(w.last.max_nr_accesses, 20);
	ck_assert_uint_eq(w.last.nr_targets, 1);
	/* All of it is touched all the time: every sample is a hit. */
	ck_assert_uint_eq(w.last.nr_regions, 10);
	ck_assert_uint_eq(w.seen[3].nr_accesses, 20);
	ck_assert_uint_eq(w.spaces[0].checks, 10 * 20);
	ck_assert_uint_eq(w.ctx->stats.pass.nr_checks, 10 * 20);
	ck_assert_uint_eq(w.ctx->stats.nr_ticks, 20);
	ck_assert_uint_eq(w.ctx->stats.nr_windows, 1);

	ck_assert(world_window(&w));
	ck_assert_uint_eq(w.last.start_ns, begin + 100 * MS);
	ck_assert_uint_eq(w.last.end_ns, begin + 200 * MS);
	ck_assert_uint_eq(w.seen[0].nr_accesses, 20);
	ck_assert_uint_eq(w.seen[0].age, 1);
	ck_assert_uint_eq(w.seen[0].last_nr_accesses, 20);
}
END_TEST

/* What is touched all the time is at the maximum at any tick. */
START_TEST(moving_sums_do_not_wait_for_windows)
{
	int i;

	w.spaces[0].hot[0] = w.spaces[0].ranges[0];
	w.spaces[0].nr_hot = 1;
	w.ctx = world_ctx(&w, &default_attrs, 1, 1);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	ck_assert_uint_eq(damon_region_mvsum(w.ctx, &w.ctx->regions[0]), 0);
	for (i = 0; i < 20; i++) {
		ck_assert_uint_eq(damon_region_mvsum(w.ctx, &w.ctx->regions[0]), i);
		ck_assert(world_step(&w));
	}
	for (i = 0; i < 45; i++) {
		ck_assert_uint_eq(damon_region_mvsum(w.ctx, &w.ctx->regions[0]), 20);
		ck_assert(world_step(&w));
	}
	/* No longer touched, it falls with each tick. */
	w.spaces[0].nr_hot = 0;
	for (i = 0; i < 10; i++) {
		u32 before = damon_region_mvsum(w.ctx, &w.ctx->regions[0]);

		ck_assert(world_step(&w));
		ck_assert_uint_eq(damon_region_mvsum(w.ctx, &w.ctx->regions[0]), before - 1);
	}
}
END_TEST

START_TEST(one_sample_per_window)
{
	struct damon_attrs attrs = default_attrs;

	attrs.aggr_us = attrs.sample_us;
	w.spaces[0].hot[0] = w.spaces[0].ranges[0];
	w.spaces[0].nr_hot = 1;
	w.ctx = world_ctx(&w, &attrs, 1, 1);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	ck_assert(world_step(&w));
	ck_assert_uint_eq(w.nr_windows, 1);
	ck_assert_uint_eq(w.seen[0].nr_accesses, 1);
	ck_assert_uint_eq(w.last.max_nr_accesses, 1);
	ck_assert(world_step(&w));
	ck_assert_uint_eq(w.nr_windows, 2);
}
END_TEST

START_TEST(all_of_8_tib_is_sampled)
{
	struct damon_attrs attrs = default_attrs;
	unsigned long sum = 0;
	int i;

	attrs.min_nr_regions = 3;
	attrs.max_nr_regions = WORLD_RANGES;
	w.spaces[0].ranges[0] = (struct damon_range){ 64 * GIB, 64 * GIB + 8 * TIB };
	w.ctx = world_ctx(&w, &attrs, 1, 1 + _i);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	for (i = 0; i < 4000; i++)
		ck_assert(world_step(&w));
	for (i = 0; i < 16; i++)
		sum += w.spaces[0].histogram[i];
	/* Regions differ in size: none is above a third nor below a hundredth. */
	for (i = 0; i < 16; i++)
		ck_assert_uint_gt(w.spaces[0].histogram[i] * 16, sum / 3);
}
END_TEST

START_TEST(within_a_region_all_addresses_are_alike)
{
	struct damon_attrs attrs = default_attrs;
	double want, chi = 0;
	u64 at = TIB, gap = TIB;
	unsigned long sum = 0;
	int i;

	/* Regions that can neither be cut nor joined; the first is huge. */
	attrs.min_nr_regions = WORLD_RANGES;
	attrs.max_nr_regions = WORLD_RANGES;
	for (i = 0; i < WORLD_RANGES; i++) {
		w.spaces[0].ranges[i] = (struct damon_range){ at, at + (i ? PAGE : 8 * TIB) };
		at = w.spaces[0].ranges[i].end + gap;
	}
	w.spaces[0].nr_ranges = WORLD_RANGES;
	w.ctx = world_ctx(&w, &attrs, 1, 7);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	for (i = 0; i < 16000; i++)
		ck_assert(world_step(&w));
	ck_assert_uint_eq(w.ctx->nr_regions, WORLD_RANGES);
	for (i = 0; i < 16; i++)
		sum += w.spaces[0].histogram[i];
	ck_assert_uint_eq(sum, 16001);
	want = sum / 16.0;
	for (i = 0; i < 16; i++)
		chi += (w.spaces[0].histogram[i] - want) * (w.spaces[0].histogram[i] - want) / want;
	ck_assert_double_lt(chi, 50);	/* 15 degrees of freedom */
}
END_TEST

static void churn_ranges(struct space *s, u64 *random)
{
	u64 at = GIB + world_random(random) % 50 * MIB;
	int i;

	s->nr_ranges = world_random(random) % (WORLD_RANGES + 1);
	for (i = 0; i < s->nr_ranges; i++) {
		s->ranges[i].start = at;
		u64 pages = 1 + world_random(random) % (1 << world_random(random) % 18);

		s->ranges[i].end = at + pages * PAGE;
		at = s->ranges[i].end + (world_random(random) % 3)
			* (1 + world_random(random) % 5000) * PAGE;
	}
}

static void churn_hot(struct space *s, u64 *random)
{
	u32 i;

	s->nr_hot = world_random(random) % 30;
	s->permil = 1 + world_random(random) % 1000;
	for (i = 0; i < s->nr_hot; i++) {
		s->hot[i].start = GIB + world_random(random) % (400 * MIB);
		s->hot[i].end = s->hot[i].start + world_random(random) % (30 * MIB);
	}
}

static const struct {
	u32 min, max;
} bounds[] = { { 3, 32 }, { 10, 33 }, { 32, 32 }, { 10, 100 }, { 100, 101 }, { 10, 1000 }, { 300,
	500 } };

/* check_sane() runs after each step. */
START_TEST(always_sane_whatever_happens)
{
	struct damon_attrs attrs = default_attrs;
	u64 random = 77 + _i;
	u32 i, n;

	attrs.min_nr_regions = bounds[_i % 7].min;
	attrs.max_nr_regions = bounds[_i % 7].max;
	attrs.sample_us = 5000;
	attrs.aggr_us = 5000 * (1 + world_random(&random) % 6);
	attrs.update_us = world_random(&random) % 3 * attrs.aggr_us;
	w.ctx = world_ctx(&w, &attrs, WORLD_SPACES, _i);
	for (i = 0; i < WORLD_SPACES; i++) {
		churn_ranges(&w.spaces[i], &random);
		churn_hot(&w.spaces[i], &random);
	}
	ck_assert(damon_ctx_start(w.ctx, w.now));
	check_sane(&w, w.ctx);
	for (n = 0; n < 2000; n++) {
		struct space *s = &w.spaces[world_random(&random) % WORLD_SPACES];

		if (!(world_random(&random) % 10))
			churn_ranges(s, &random);
		if (!(world_random(&random) % 20))
			churn_hot(s, &random);
		if (!(world_random(&random) % 300)) {
			damon_ctx_stop(w.ctx);
			check_sane(&w, w.ctx);
			ck_assert(damon_ctx_start(w.ctx, w.now));
			check_sane(&w, w.ctx);
		}
		if (n == 1500)
			w.spaces[1].calls_left = 10;
		ck_assert(world_step(&w));
	}
	ck_assert_int_eq(w.gone[1], 1);
}
END_TEST

/* The only target dies at its n-th call, whichever that is. */
START_TEST(death_at_any_time)
{
	int steps = 0;
	bool alive;

	w.spaces[0].calls_left = _i;
	w.ctx = world_ctx(&w, &default_attrs, 1, 1);
	alive = damon_ctx_start(w.ctx, w.now);
	check_sane(&w, w.ctx);
	while (alive && steps++ < 100)
		alive = world_step(&w);
	ck_assert(!alive);
	ck_assert_int_eq(w.gone[0], 1);
	ck_assert_uint_eq(w.ctx->nr_regions, 0);
	ck_assert_int_eq(w.spaces[0].puts, 0);
	/* It stays so. */
	damon_ctx_stop(w.ctx);
	ck_assert(!damon_ctx_start(w.ctx, w.now));
	ck_assert_int_eq(w.gone[0], 1);
}
END_TEST

START_TEST(others_go_on_when_one_dies)
{
	struct damon_region before[1000];
	u32 i, nr;

	w.ctx = world_ctx(&w, &default_attrs, 3, 1);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	ck_assert(world_window(&w));
	ck_assert_uint_eq(w.last.nr_targets, 3);
	nr = w.ctx->targets[2].nr;
	memcpy(before, w.ctx->regions + w.ctx->targets[2].first, nr * sizeof(*before));
	w.spaces[1].calls_left = 1;
	ck_assert(world_step(&w));
	ck_assert_int_eq(w.gone[1], 1);
	ck_assert_int_eq(w.gone[0] + w.gone[2], 0);
	ck_assert_uint_eq(w.ctx->targets[2].nr, nr);
	for (i = 0; i < nr; i++)
		ck_assert_uint_eq(w.ctx->regions[w.ctx->targets[2].first + i].end, before[i].end);
	ck_assert(world_window(&w));
	ck_assert_uint_eq(w.last.nr_targets, 2);
	for (i = 0; i < w.last.nr_regions; i++)
		ck_assert_uint_ne(w.seen[i].target, 1);
}
END_TEST

START_TEST(ranges_may_come_late)
{
	int i;

	w.spaces[0].nr_ranges = 0;
	w.ctx = world_ctx(&w, &default_attrs, 1, 1);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	for (i = 0; i < 3; i++) {
		ck_assert(world_window(&w));
		ck_assert_uint_eq(w.last.nr_regions, 0);
	}
	w.spaces[0].nr_ranges = 1;
	ck_assert(world_window(&w));
	ck_assert_uint_eq(w.ctx->targets[0].nr, w.ctx->nr_regions);
	ck_assert_uint_ge(w.ctx->nr_regions, 10);
	ck_assert(world_window(&w));
	ck_assert_uint_gt(w.last.nr_regions, 0);
}
END_TEST

START_TEST(nothing_to_tell_keeps_what_is_known)
{
	struct damon_attrs attrs = default_attrs;

	attrs.update_us = 0;
	w.ctx = world_ctx(&w, &attrs, 1, 1);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	w.spaces[0].nr_ranges = 0;
	ck_assert(world_window(&w));
	ck_assert(world_window(&w));
	ck_assert_uint_gt(w.last.nr_regions, 0);
	ck_assert_uint_eq(w.seen[0].age, 2);
}
END_TEST

START_TEST(stale_ranges_are_asked_for_at_once)
{
	w.ctx = world_ctx(&w, &default_attrs, 2, 1);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	ck_assert(world_window(&w));
	w.spaces[0].nr_ranges = 2;
	w.spaces[0].ranges[1].start = w.spaces[0].ranges[0].end + PAGE;
	w.spaces[0].ranges[1].end = w.spaces[0].ranges[1].start + MIB;
	w.spaces[0].stale = true;
	ck_assert(world_window(&w));
	ck_assert_uint_eq(w.spaces[0].asked, 2);
	ck_assert_uint_eq(w.spaces[1].asked, 1);
	ck_assert_uint_eq(w.ctx->targets[0].nr_ranges, 2);
	ck_assert(world_window(&w));
	ck_assert_uint_eq(w.spaces[0].asked, 2);
}
END_TEST

/* Addresses that count larger units than bytes have smaller smallest regions. */
START_TEST(smallest_region_is_the_contexts)
{
	const u64 smallest = 16;
	bool fine = false;
	u32 i;

	w.ctx = world_ctx(&w, &default_attrs, 1, 1);
	w.ctx->min_region_sz = smallest;
	w.spaces[0].ranges[0].end = w.spaces[0].ranges[0].start + 64 * smallest;
	ck_assert(damon_ctx_start(w.ctx, w.now));
	ck_assert(world_window(&w));
	ck_assert(world_window(&w));
	for (i = 0; i < w.last.nr_regions; i++) {
		ck_assert_uint_eq(w.seen[i].start % smallest, 0);
		ck_assert_uint_eq(w.seen[i].end % smallest, 0);
		fine |= w.seen[i].start % PAGE != 0;
	}
	ck_assert(fine);
	ck_assert_uint_ge(w.last.nr_regions, 5);
}
END_TEST

START_TEST(updates_come_when_due)
{
	struct damon_attrs attrs = default_attrs;
	int i;

	attrs.update_us = 1000000;	/* ten windows */
	w.ctx = world_ctx(&w, &attrs, 1, 1);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	ck_assert_uint_eq(w.spaces[0].asked, 1);
	for (i = 0; i < 9; i++)
		ck_assert(world_window(&w));
	ck_assert_uint_eq(w.spaces[0].asked, 1);
	ck_assert(world_window(&w));
	ck_assert_uint_eq(w.spaces[0].asked, 2);
	for (i = 0; i < 100; i++)
		ck_assert(world_window(&w));
	ck_assert_uint_eq(w.spaces[0].asked, 12);
}
END_TEST

/* Each target may be told as many ranges as was said for it. */
START_TEST(targets_have_room_of_their_own)
{
	const struct damon_range range = { 0, PAGE };
	struct damon_target_spec specs[] = {
		{ .priv = &w.spaces[0], .key = 1, .room = 3 * WORLD_RANGES },
		{ .priv = &w.spaces[1], .key = 2, .ranges = &range, .nr_ranges = 1, .room = 99 },
		{ .priv = &w.spaces[2], .key = 3 },
	};
	struct damon_attrs attrs = default_attrs;

	attrs.max_nr_regions = 4 * WORLD_RANGES;
	ck_assert_int_eq(damon_capacity_check(&world_ops, &attrs, specs, 3),
			 DAMON_BAD_TOO_MANY_RANGES);
	attrs.max_nr_regions++;
	ck_assert_int_eq(damon_capacity_check(&world_ops, &attrs, specs, 3), DAMON_VALID);
	w.ctx = damon_ctx_create(&world_ops, &attrs, specs, 3, 1, &world_sink, &w);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	ck_assert_uint_eq(w.spaces[0].max, 3 * WORLD_RANGES);
	ck_assert_uint_eq(w.spaces[1].asked, 0);
	ck_assert_uint_eq(w.spaces[2].max, WORLD_RANGES);
}
END_TEST

START_TEST(updates_keep_results_inside)
{
	struct damon_attrs attrs = default_attrs;
	struct space *s = &w.spaces[0];
	u32 i;

	attrs.update_us = 0;
	s->hot[0] = (struct damon_range){ GIB + 100 * MIB, GIB + 120 * MIB };
	s->nr_hot = 1;
	w.ctx = world_ctx(&w, &attrs, 1, 1);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	for (i = 0; i < 30; i++)
		ck_assert(world_window(&w));
	s->ranges[0].start += 10 * MIB;
	s->ranges[0].end += 10 * MIB;
	s->ranges[1] = (struct damon_range){ 8 * GIB, 8 * GIB + 10 * MIB };
	s->nr_ranges = 2;
	ck_assert(world_window(&w));
	/* The window that has just begun. */
	for (i = 0; i < w.ctx->nr_regions; i++) {
		const struct damon_region *r = &w.ctx->regions[i];

		ck_assert_uint_eq(r->nr_accesses, 0);
		if (r->start >= 8 * GIB)
			ck_assert_uint_eq(r->age + r->last_nr_accesses, 0);
		else if (r->start >= GIB + 105 * MIB && r->end <= GIB + 115 * MIB)
			ck_assert_uint_ge(r->last_nr_accesses, 15);
		else if (r->end <= GIB + 80 * MIB)
			ck_assert_uint_gt(r->age, 20);
	}
}
END_TEST

START_TEST(user_ranges_stay)
{
	struct damon_range ranges[2] = { { GIB, GIB + 4 * MIB }, { GIB + 9 * MIB, GIB + 10
		* MIB } };
	struct damon_target_spec spec = { .priv = &w.spaces[0], .key = 1, .ranges = ranges,
		.nr_ranges = 2 };
	struct damon_attrs attrs = default_attrs;
	u64 sum = 0;
	u32 i;

	attrs.update_us = 0;
	w.ctx = damon_ctx_create(&world_ops, &attrs, &spec, 1, 1, &world_sink, &w);
	/* The context has its own copy. */
	memset(ranges, 0, sizeof(ranges));
	ck_assert(damon_ctx_start(w.ctx, w.now));
	for (i = 0; i < 20; i++)
		ck_assert(world_window(&w));
	ck_assert_uint_eq(w.spaces[0].asked, 0);
	for (i = 0; i < w.last.nr_regions; i++) {
		ck_assert(w.seen[i].end <= GIB + 4 * MIB || w.seen[i].start >= GIB + 9 * MIB);
		sum += w.seen[i].end - w.seen[i].start;
	}
	ck_assert_uint_eq(w.seen[0].start, GIB);
	ck_assert_uint_eq(w.seen[w.last.nr_regions - 1].end, GIB + 10 * MIB);
	ck_assert_uint_eq(sum, 5 * MIB);
}
END_TEST

/* As many ranges as the cap allows, of ever changing shape. */
START_TEST(cap_holds_with_as_many_holes)
{
	struct damon_attrs attrs = default_attrs;
	u64 random = _i;
	int n, i;

	attrs.min_nr_regions = 3;
	attrs.max_nr_regions = 2 * WORLD_RANGES;
	attrs.aggr_us = attrs.sample_us;
	attrs.update_us = 0;
	w.ctx = world_ctx(&w, &attrs, 2, _i);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	for (n = 0; n < 1000; n++) {
		struct space *s = &w.spaces[n % 2];
		u64 at = GIB + world_random(&random) % 1000 * PAGE;

		s->nr_ranges = n % 50 < 25 ? WORLD_RANGES : 1;
		for (i = 0; i < s->nr_ranges; i++) {
			s->ranges[i].start = at;
			s->ranges[i].end = at + (1 + world_random(&random) % 500) * PAGE;
			at = s->ranges[i].end + (1 + world_random(&random) % 100) * PAGE;
		}
		ck_assert(world_step(&w));
	}
}
END_TEST

START_TEST(stop_gives_back_and_start_goes_on)
{
	u32 i, old = 0;

	w.ctx = world_ctx(&w, &default_attrs, 2, 1);
	damon_ctx_stop(w.ctx);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	for (i = 0; i < 5; i++)
		ck_assert(world_window(&w));
	for (i = 0; i < 7; i++)
		ck_assert(world_step(&w));
	ck_assert_int_gt(w.spaces[0].out, 0);
	damon_ctx_stop(w.ctx);
	ck_assert_int_eq(w.spaces[0].out, 0);
	ck_assert_int_eq(w.spaces[1].out, 0);
	damon_ctx_stop(w.ctx);

	w.now += 3600 * 1000 * MS;
	ck_assert(damon_ctx_start(w.ctx, w.now));
	check_sane(&w, w.ctx);
	ck_assert_uint_eq(w.ctx->stats.nr_ticks, 0);
	for (i = 0; i < w.ctx->nr_regions; i++) {
		ck_assert_uint_eq(w.ctx->regions[i].nr_accesses, 0);
		old = w.ctx->regions[i].age > old ? w.ctx->regions[i].age : old;
	}
	ck_assert_uint_eq(old, 5);
	ck_assert(world_window(&w));
	ck_assert_uint_eq(w.last.end_ns - w.last.start_ns, 100 * MS);
	ck_assert_uint_eq(w.seen[0].age, 6);
}
END_TEST

START_TEST(start_looks_at_ranges_anew)
{
	w.ctx = world_ctx(&w, &default_attrs, 1, 1);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	damon_ctx_stop(w.ctx);
	w.spaces[0].ranges[0].end += 100 * MIB;
	ck_assert(damon_ctx_start(w.ctx, w.now));
	check_sane(&w, w.ctx);
	ck_assert_uint_eq(w.ctx->regions[w.ctx->nr_regions - 1].end, GIB + 300 * MIB);
}
END_TEST

START_TEST(minimum_holds_in_windows)
{
	int n;
	u32 i;

	w.spaces[0].hot[0] = (struct damon_range){ GIB + 30 * MIB, GIB + 50 * MIB };
	w.spaces[0].nr_hot = 1;
	w.ctx = world_ctx(&w, &default_attrs, 1, 3);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	for (n = 0; n < 100; n++) {
		ck_assert(world_window(&w));
		ck_assert_uint_ge(w.last.nr_regions, 10);
		for (i = 0; i < w.last.nr_regions; i++)
			ck_assert_uint_le(w.seen[i].end - w.seen[i].start, 20 * MIB);
	}
}
END_TEST

Suite *step_suite(void)
{
	Suite *s = suite_create("step");
	TCase *tc = tcase_create("step");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, any_allocation_may_fail);
	tcase_add_test(tc, the_worker_never_allocates);
	tcase_add_test(tc, starts_with_the_minimum_evenly);
	tcase_add_test(tc, windows_tell_their_time_and_samples);
	tcase_add_test(tc, moving_sums_do_not_wait_for_windows);
	tcase_add_test(tc, one_sample_per_window);
	tcase_add_loop_test(tc, all_of_8_tib_is_sampled, 0, 5);
	tcase_add_test(tc, within_a_region_all_addresses_are_alike);
	tcase_add_loop_test(tc, always_sane_whatever_happens, 0, 21);
	tcase_add_loop_test(tc, death_at_any_time, 1, 50);
	tcase_add_test(tc, others_go_on_when_one_dies);
	tcase_add_test(tc, ranges_may_come_late);
	tcase_add_test(tc, nothing_to_tell_keeps_what_is_known);
	tcase_add_test(tc, updates_come_when_due);
	tcase_add_test(tc, stale_ranges_are_asked_for_at_once);
	tcase_add_test(tc, smallest_region_is_the_contexts);
	tcase_add_test(tc, targets_have_room_of_their_own);
	tcase_add_test(tc, updates_keep_results_inside);
	tcase_add_test(tc, user_ranges_stay);
	tcase_add_loop_test(tc, cap_holds_with_as_many_holes, 0, 4);
	tcase_add_test(tc, stop_gives_back_and_start_goes_on);
	tcase_add_test(tc, start_looks_at_ranges_anew);
	tcase_add_test(tc, minimum_holds_in_windows);
	suite_add_tcase(s, tc);
	return s;
}
