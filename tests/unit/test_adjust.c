// SPDX-License-Identifier: GPL-2.0
/* Regions are cut and joined by what their samples say. */
#include <stdlib.h>
#include <string.h>

#include <linux/minmax.h>

#include "core/internal.h"
#include "shim/memory.h"
#include "suites.h"
#include "world.h"

START_TEST(sixteen_places_are_in_sixteen_parts)
{
	struct damon_evidence e = { .base = 0x12345678u * _i };
	u32 block, k;

	for (block = 0; block < 100; block++) {
		u32 seen = 0;

		for (k = 0; k < 16; k++)
			seen |= 1u << (damon_place(&e, 16 * block + k) >> 28);
		ck_assert_uint_eq(seen, 0xffff);
	}
}
END_TEST

/* Within a part they are anywhere, and the order is another each time. */
START_TEST(places_are_spread)
{
	struct damon_evidence e = { .base = 7 };
	u32 within[16] = { }, first[16] = { };
	u32 k;

	for (k = 0; k < 16000; k++) {
		u32 place = damon_place(&e, k);

		within[place >> 24 & 15]++;
		if (k % 16 == 0)
			first[place >> 28]++;
	}
	for (k = 0; k < 16; k++) {
		ck_assert_uint_gt(within[k], 850);	/* 1000, give or take 5 sigma */
		ck_assert_uint_lt(within[k], 1150);
		ck_assert_uint_gt(first[k], 25);	/* 62 */
		ck_assert_uint_lt(first[k], 110);
	}
}
END_TEST

/*
 * Where every so manieth page is hot, samples find what chance would: places on a
 * grid would meet all of them in one window, and none in the next.
 */
START_TEST(places_are_on_no_grid)
{
	static const struct { u32 pages, apart; } strides[] = {
		{ 32, 4 }, { 64, 8 }, { 512, 4 }, { 1024, 2 }, { 4096, 2 }, { 4096, 16 },
	};
	const u32 pages = strides[_i].pages, apart = strides[_i].apart;
	const double chance = 20.0 / apart * (1 - 1.0 / apart);
	double sum = 0, squares = 0, variance;
	u32 base, k;

	for (base = 0; base < 2000; base++) {
		struct damon_evidence e = { .base = base * 0x2545f491U };
		u32 hits = 0;

		for (k = 0; k < 20; k++)
			hits += ((u64)damon_place(&e, k) * pages >> 32) % apart == base % apart;
		sum += hits;
		squares += (double)hits * hits;
	}
	variance = squares / 2000 - sum / 2000 * (sum / 2000);
	ck_assert_double_lt(sum / 2000, 20.0 / apart * 1.05);
	ck_assert_double_gt(sum / 2000, 20.0 / apart * 0.95);
	ck_assert_double_lt(variance, 1.3 * chance);
}
END_TEST

START_TEST(bits)
{
	/* As many as there are samples where they say all, none where nothing. */
	ck_assert_uint_eq(damon_bits_apart(0, 20, 20, 20), 40 * DAMON_BIT);
	ck_assert_uint_eq(damon_bits_apart(0, 20, 0, 20), 0);
	ck_assert_uint_le(damon_bits_apart(10, 20, 10, 20), 1);
	ck_assert_uint_eq(damon_bits_apart(64, 64, 64, 64), 0);
	ck_assert_uint_eq(damon_bits_apart(3, 20, 11, 30), damon_bits_apart(11, 30, 3, 20));
	/* More samples of the same say more. */
	ck_assert_uint_gt(damon_bits_apart(8, 40, 16, 40), damon_bits_apart(4, 20, 8, 20));
}
END_TEST

START_TEST(recent_samples)
{
	struct damon_region r = { .hits = 0xb };	/* 01011, the last one right */
	struct damon_evidence e = { .known = 5 };
	struct damon_set set = { .regions = &r, .evidence = &e };
	u32 nr;

	ck_assert_uint_eq(damon_recent(set, 2, &nr), 2);
	ck_assert_uint_eq(nr, 2);
	ck_assert_uint_eq(damon_recent(set, 64, &nr), 3);
	ck_assert_uint_eq(nr, 5);
	damon_pretend(set, 64, 64);
	ck_assert_uint_eq(damon_recent(set, 64, &nr), 64);
	ck_assert_uint_eq(nr, 64);
	e.known = 0;
	ck_assert_uint_eq(damon_recent(set, 64, &nr), 0);
	ck_assert_uint_eq(nr, 0);
}
END_TEST

/* A region of @pages pages of which @nr samples were taken and @hits accessed. */
static void add_known(struct damon_ctx *ctx, u64 start_page, u64 pages, u32 hits, u32 nr)
{
	struct damon_evidence *e = &ctx->evidence[ctx->nr_regions];

	bare_add(ctx, 0, start_page, pages, hits * 20 / nr, hits * 20 / nr, 3);
	memset(e, 0, sizeof(*e));
	damon_pretend(damon_set_at(ctx, ctx->nr_regions - 1), hits, nr);
	e->flags = 0;
}

static const struct {
	const char *what;
	u32 hits, nr, other_hits, other_nr;
	u16 flags;
	bool join;
} pairs[] = {
	{ "cold", 0, 20, 0, 20, 0, true },
	{ "hot", 20, 20, 20, 20, 0, true },
	{ "cold and hot", 0, 20, 20, 20, 0, false },
	{ "a chance hit", 0, 20, 1, 20, 0, true },
	{ "not by chance", 0, 20, 8, 20, 0, false },
	{ "degrees, few samples: not yet", 8, 20, 10, 20, 0, false },
	{ "degrees, alike", 24, 60, 28, 60, 0, true },
	{ "degrees, not alike", 15, 60, 40, 60, 0, false },
	{ "hardly any samples", 0, 5, 0, 20, 0, false },
	{ "just cut out", 0, 20, 0, 20, DAMON_EVIDENCE_FRESH, false },
	{ "to be looked into", 0, 20, 1, 20, DAMON_EVIDENCE_DOUBT, false },
};

START_TEST(neighbours)
{
	struct damon_ctx *ctx = bare_ctx(3, 100);

	add_known(ctx, 0, 100, pairs[_i].hits, pairs[_i].nr);
	add_known(ctx, 100, 100, pairs[_i].other_hits, pairs[_i].other_nr);
	ctx->evidence[1].flags = pairs[_i].flags;
	/* Only for the size limit. */
	add_known(ctx, 1000, 1000, 0, 20);
	damon_join(ctx);
	ck_assert_msg(ctx->nr_regions == (pairs[_i].join ? 2 : 3), "%s", pairs[_i].what);
	ck_assert_uint_eq(ctx->regions[ctx->nr_regions - 1].age, 4);
	damon_ctx_destroy(ctx);
}
END_TEST

/* Should an operations set count more than there were samples. */
START_TEST(too_much_is_all)
{
	struct damon_ctx *ctx = bare_ctx(3, 100);

	bare_add(ctx, 0, 0, 10, 0xffff0000U, 3, 7);
	damon_join(ctx);
	ck_assert_uint_eq(ctx->regions[0].age, 0);
	damon_ctx_destroy(ctx);
}
END_TEST

/* Of a chain of means of means nothing would be left. */
START_TEST(a_joined_count_is_the_mean)
{
	struct damon_ctx *ctx = bare_ctx(3, 100);
	u32 i;

	for (i = 0; i < 40; i++) {
		add_known(ctx, 10 * i, 10, i % 2 ? 2 : 0, 32);
		ctx->regions[i].nr_accesses = 2 * (i % 2);
	}
	add_known(ctx, 5000, 1000, 0, 20);
	damon_join(ctx);
	ck_assert_uint_eq(ctx->nr_regions, 2);
	ck_assert_uint_eq(ctx->regions[0].nr_accesses, 1);
	damon_ctx_destroy(ctx);
}
END_TEST

static const struct {
	u32 nr, last;
	bool young;
} ages[] = {
	{ 20, 20, false }, { 10, 13, false }, { 18, 20, false },
	{ 10, 20, true }, { 5, 12, true }, { 0, 1, true }, { 1, 0, true }, { 0, 0, false },
};

START_TEST(age_does_not_go_by_chance)
{
	struct damon_ctx *ctx = bare_ctx(3, 100);

	bare_add(ctx, 0, 0, 10, ages[_i].nr, ages[_i].last, 7);
	damon_join(ctx);
	ck_assert_uint_eq(ctx->regions[0].age, ages[_i].young ? 0 : 8);
	damon_ctx_destroy(ctx);
}
END_TEST

/* Under pressure what differs little, or is small, goes first. */
START_TEST(what_loses_least_is_joined)
{
	struct damon_ctx *ctx = bare_ctx(3, 80);
	u32 i, hot = 0;

	/* 40 pieces, cold and hot in turn; every hot one has a small odd page. */
	for (i = 0; i < 80; i += 4) {
		add_known(ctx, 100 * i, 200, 0, 64);
		add_known(ctx, 100 * i + 200, 100, 64, 64);
		add_known(ctx, 100 * i + 300, 1, 44, 64);
		add_known(ctx, 100 * i + 301, 99, 64, 64);
	}
	damon_join(ctx);
	ck_assert_uint_le(ctx->nr_regions, 70);
	ck_assert_uint_ge(ctx->nr_regions, 40);
	for (i = 0; i < ctx->nr_regions; i++) {
		const struct damon_region *r = &ctx->regions[i];

		/* No cold part is in a hot one. */
		ck_assert(!r->nr_accesses || r->start % (400 * PAGE) >= 200 * PAGE);
		hot += r->nr_accesses > 15;
	}
	ck_assert_uint_ge(hot, 20);
	damon_ctx_destroy(ctx);
}
END_TEST

/* A window's end of very many regions lets others have the CPU in between. */
START_TEST(many_regions_let_others_run)
{
	struct damon_ctx *ctx = bare_ctx(3, 20000);
	u32 i;

	for (i = 0; i < 10000; i++)
		add_known(ctx, 10 * i, 10, i % 2 * 20, 20);
	damon_cut(ctx);
	damon_join(ctx);
	damon_explore(ctx);
	ck_assert_uint_ge(ctx->nr_regions, 10000);
	ck_assert_uint_ge(shim_memory.breaths, 3 * 10000 / 1000);
	damon_ctx_destroy(ctx);
}
END_TEST

static struct world w;

static void setup(void)
{
	world_init(&w);
}

static void teardown(void)
{
	world_free(&w);
}

/* Bytes found hot, and those of them that are, in the last window. */
static void judge(double *precision, double *recall)
{
	const struct space *s = &w.spaces[0];
	double called = 0, right = 0, hot = 0;
	u32 i, k;

	for (k = 0; k < s->nr_hot; k++)
		hot += s->hot[k].end - s->hot[k].start;
	for (i = 0; i < w.last.nr_regions; i++) {
		const struct damon_region *r = &w.seen[i];

		if (!r->nr_accesses || r->nr_accesses * 10 < w.last.max_nr_accesses)
			continue;
		called += r->end - r->start;
		for (k = 0; k < s->nr_hot; k++) {
			u64 start = max(r->start, s->hot[k].start), end = min(r->end, s->hot[k].end);

			right += end > start ? end - start : 0;
		}
	}
	*precision = called > 0 ? right / called : 0;
	*recall = right / hot;
}

/* @nr pieces of @pages pages in @sz from TIB on, somewhere in parts of equal size. */
static void scatter(u64 sz, u32 nr, u64 pages, u64 seed)
{
	struct space *s = &w.spaces[0];
	u64 part = sz / nr / PAGE * PAGE;
	u32 i;

	s->ranges[0] = (struct damon_range){ TIB, TIB + sz };
	s->nr_hot = nr;
	for (i = 0; i < nr; i++) {
		s->hot[i].start = TIB + i * part +
				  world_random(&seed) % (part / PAGE - pages) * PAGE;
		s->hot[i].end = s->hot[i].start + pages * PAGE;
	}
}

/* Precision and recall are at least 0.95 after @windows, in more than half of nine. */
static void check_found(const struct damon_attrs *attrs, u64 seed, u32 windows)
{
	u32 i, good = 0;

	w.ctx = world_ctx(&w, attrs, 1, seed);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	for (i = 0; i < windows; i++)
		ck_assert(world_window(&w));
	for (i = 0; i < 9; i++) {
		double precision, recall;

		ck_assert(world_window(&w));
		judge(&precision, &recall);
		good += precision >= 0.95 && recall >= 0.95;
	}
	ck_assert_uint_ge(good, 5);
}

/* 20 pieces of 1 MiB in 1000, with few and with many samples in a window. */
static const struct {
	u32 samples, windows;
} numbers[] = { { 1, 120 }, { 5, 40 }, { 20, 20 }, { 255, 10 }, { 1000, 10 } };

START_TEST(scattered)
{
	struct damon_attrs attrs = default_attrs;

	attrs.aggr_us = numbers[_i].samples * attrs.sample_us;
	scatter(1000 * MIB, 20, MIB / PAGE, _i);
	check_found(&attrs, _i, numbers[_i].windows);
}
END_TEST

/* 10 GiB in 64 pieces within 5 TiB, with 12 regions to begin with. */
START_TEST(a_five_hundredth_of_5_tib)
{
	scatter(5 * TIB, 64, 160 * MIB / PAGE, _i);
	check_found(&default_attrs, _i, 60);
}
END_TEST

/* As many regions as pieces and gaps need, and hardly more. */
START_TEST(a_tight_cap)
{
	struct damon_attrs attrs = default_attrs;

	attrs.max_nr_regions = 160;
	scatter(1000 * MIB, 60, MIB / PAGE, _i);
	check_found(&attrs, _i, 120);
}
END_TEST

/* No room for all parts that a region could be cut into: some will do. */
START_TEST(a_tiny_cap)
{
	struct damon_attrs attrs = default_attrs;

	attrs.min_nr_regions = 3;
	attrs.max_nr_regions = 10 + _i;
	scatter(200 * MIB, 1, 20 * MIB / PAGE, _i);
	check_found(&attrs, _i, 40);
}
END_TEST

/* Touched in three of ten intervals: that is what is told, and of the right memory. */
START_TEST(touched_now_and_then)
{
	double sum = 0, wrong = 0;
	u32 i, k;

	scatter(1000 * MIB, 20, 4 * MIB / PAGE, _i);
	w.spaces[0].permil = 300;
	check_found(&default_attrs, _i, 40);
	for (i = 0; i < 50; i++) {
		ck_assert(world_window(&w));
		for (k = 0; k < w.last.nr_regions; k++) {
			const struct damon_region *r = &w.seen[k];
			double sz = r->end - r->start;

			if (r->nr_accesses >= 2)
				sum += sz * r->nr_accesses / 20 / MIB / 50;
			else
				wrong += sz * r->nr_accesses / 20 / MIB / 50;
		}
	}
	ck_assert_double_ge(sum, 0.8 * 0.3 * 80);
	ck_assert_double_le(sum, 1.2 * 0.3 * 80);
	ck_assert_double_le(wrong, 0.2 * 0.3 * 80);
}
END_TEST

/* What is found costs no more than its regions; looking further gets rarer. */
START_TEST(exploring_ends)
{
	unsigned long before;
	u32 i;

	scatter(1000 * MIB, 20, MIB / PAGE, _i);
	check_found(&default_attrs, _i, 100);
	before = w.spaces[0].checks;
	for (i = 0; i < 20; i++)
		ck_assert(world_window(&w));
	/* 20 pieces and 21 gaps */
	ck_assert_uint_le(w.spaces[0].checks - before, 20 * 20 * 60);
	ck_assert_uint_ge(w.spaces[0].checks - before, 20 * 20 * 41);
}
END_TEST

/*
 * Where a sample has been at each place for a seed and nothing has shown, it is
 * over soon; where that is far from so, it goes on.
 */
START_TEST(exploring_ends_where_all_was_seen)
{
	bool all = _i == 0;
	u32 i;

	scatter(all ? 1000 * MIB : TIB, 1, MIB / PAGE, 1);
	w.spaces[0].permil = 0;
	w.ctx = world_ctx(&w, &default_attrs, 1, 1);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	for (i = 0; i < 15; i++)
		ck_assert(world_window(&w));
	if (all)
		ck_assert_uint_le(w.ctx->explore, 10);
	else
		ck_assert_uint_ge(w.ctx->explore, 90);
}
END_TEST

/* Another configuration for @nr targets, while it runs. */
static void commit(const struct damon_attrs *attrs, u32 nr)
{
	struct damon_ctx *old = w.ctx;
	u32 i;

	w.ctx = world_ctx(&w, attrs, nr, 2);
	damon_ctx_adopt(w.ctx, old, w.now);
	damon_ctx_destroy(old);
	for (i = 0; i < WORLD_SPACES; i++)
		w.spaces[i].puts = 0;
}

/* A commit does not make it look everywhere again. */
START_TEST(a_commit_does_not_explore)
{
	struct damon_attrs attrs = default_attrs;
	u32 i;

	scatter(1000 * MIB, 20, MIB / PAGE, 1);
	check_found(&attrs, 1, 100);
	attrs.update_us++;
	commit(&attrs, 1);
	for (i = 0; i < 3; i++)
		ck_assert(world_window(&w));
	ck_assert_uint_le(w.ctx->nr_regions, 60);
}
END_TEST

/* But where most of the memory is new, it does. */
START_TEST(new_memory_is_explored)
{
	scatter(1000 * MIB, 20, MIB / PAGE, 1);
	check_found(&default_attrs, 1, 100);
	ck_assert_uint_le(w.ctx->explore, 10);
	w.spaces[1].nr_ranges = 1;
	w.spaces[1].ranges[0] = (struct damon_range){ 2 * TIB, 2 * TIB + (_i ? 1200 : 800) * MIB };
	commit(&default_attrs, 2);
	ck_assert_uint_eq(w.ctx->explore, _i ? damon_explore_most(w.ctx) : 10);
}
END_TEST

Suite *adjust_suite(void)
{
	Suite *s = suite_create("adjust");
	TCase *tc = tcase_create("rule");

	tcase_add_checked_fixture(tc, bare_setup, bare_teardown);
	tcase_add_loop_test(tc, sixteen_places_are_in_sixteen_parts, 0, 5);
	tcase_add_test(tc, places_are_spread);
	tcase_add_loop_test(tc, places_are_on_no_grid, 0, 6);
	tcase_add_test(tc, bits);
	tcase_add_test(tc, recent_samples);
	tcase_add_loop_test(tc, neighbours, 0, ARRAY_SIZE(pairs));
	tcase_add_test(tc, too_much_is_all);
	tcase_add_test(tc, a_joined_count_is_the_mean);
	tcase_add_loop_test(tc, age_does_not_go_by_chance, 0, ARRAY_SIZE(ages));
	tcase_add_test(tc, what_loses_least_is_joined);
	tcase_add_test(tc, many_regions_let_others_run);
	suite_add_tcase(s, tc);

	tc = tcase_create("worlds");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, scattered, 0, ARRAY_SIZE(numbers));
	tcase_add_loop_test(tc, a_five_hundredth_of_5_tib, 0, 3);
	tcase_add_loop_test(tc, a_tight_cap, 0, 3);
	tcase_add_loop_test(tc, a_tiny_cap, 0, 5);
	tcase_add_loop_test(tc, touched_now_and_then, 0, 3);
	tcase_add_loop_test(tc, exploring_ends, 0, 3);
	tcase_add_loop_test(tc, exploring_ends_where_all_was_seen, 0, 2);
	tcase_add_test(tc, a_commit_does_not_explore);
	tcase_add_loop_test(tc, new_memory_is_explored, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}
