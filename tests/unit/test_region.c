// SPDX-License-Identifier: GPL-2.0
/* Fitting regions into ranges, and joining two regions. */
#include <stdlib.h>
#include <string.h>

#include "core/internal.h"
#include "suites.h"
#include "world.h"

#define MAX	16

/* All numbers are pages; nr_accesses tells regions apart, 0 ends a list. */
struct piece {
	u64 start, end;
	u32 mark;
};

static const struct {
	const char *what;
	struct piece from[6];
	struct piece ranges[4];
	struct piece want[8];
	u32 room;
} cases[] = {
	{ "nothing changed",
	  { { 10, 20, 1 }, { 20, 30, 2 } }, { { 10, 30, 0 } }, { { 10, 20, 1 }, { 20, 30, 2 } },
	  MAX },
	{ "nothing was known",
	  { }, { { 10, 30, 0 }, { 50, 60, 0 } }, { { 10, 30, 0 }, { 50, 60, 0 } }, MAX },
	{ "a range shrinks: cut at both ends",
	  { { 10, 20, 1 }, { 20, 30, 2 }, { 30, 40, 3 } }, { { 15, 35, 0 } },
	  { { 15, 20, 1 }, { 20, 30, 2 }, { 30, 35, 3 } }, MAX },
	{ "a range grows: stretched at both ends",
	  { { 10, 20, 1 }, { 20, 30, 2 } }, { { 5, 40, 0 } }, { { 5, 20, 1 }, { 20, 40, 2 } },
	  MAX },
	{ "what is outside is dropped",
	  { { 0, 5, 1 }, { 10, 20, 2 }, { 40, 50, 3 } }, { { 10, 20, 0 } }, { { 10, 20, 2 } },
	  MAX },
	{ "a hole becomes a region",
	  { { 10, 20, 1 }, { 30, 40, 2 } }, { { 10, 40, 0 } },
	  { { 10, 20, 1 }, { 20, 30, 0 }, { 30, 40, 2 } }, MAX },
	{ "a region that reaches into two ranges is in both",
	  { { 10, 40, 1 } }, { { 15, 20, 0 }, { 30, 35, 0 } }, { { 15, 20, 1 }, { 30, 35, 1 } },
	  MAX },
	{ "touching is not reaching into",
	  { { 10, 20, 1 }, { 30, 40, 2 } }, { { 20, 30, 0 } }, { { 20, 30, 0 } }, MAX },
	{ "all outside",
	  { { 10, 20, 1 } }, { { 50, 60, 0 } }, { { 50, 60, 0 } }, MAX },
	{ "ranges that touch stay apart",
	  { { 10, 30, 1 } }, { { 10, 20, 0 }, { 20, 30, 0 } }, { { 10, 20, 1 }, { 20, 30, 1 } },
	  MAX },
	{ "short of room: the rest of a range is joined",
	  { { 10, 20, 1 }, { 20, 30, 3 }, { 30, 40, 5 } }, { { 10, 40, 0 } },
	  { { 10, 20, 1 }, { 20, 40, 4 } }, 2 },
	{ "short of room: a hole is joined",
	  { { 10, 20, 4 }, { 30, 40, 7 } }, { { 10, 40, 0 } }, { { 10, 20, 4 }, { 20, 40, 3 } },
	  2 },
	{ "room for one per range",
	  { { 10, 20, 4 }, { 20, 30, 8 }, { 30, 40, 9 } },
	  { { 10, 30, 0 }, { 30, 40, 0 }, { 50, 60, 0 } },
	  { { 10, 30, 6 }, { 30, 40, 9 }, { 50, 60, 0 } }, 3 },
	{ "less room than ranges",
	  { { 10, 20, 4 } }, { { 10, 20, 0 }, { 30, 40, 0 } }, { { 10, 20, 4 } }, 1 },
};

static u32 count(const struct piece *p)
{
	u32 n = 0;

	while (p[n].end)
		n++;
	return n;
}

static void fill(struct damon_region *r, const struct piece *p, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		r[i] = (struct damon_region){
			.start = p[i].start * PAGE,
			.end = p[i].end * PAGE,
			.nr_accesses = p[i].mark,
			.last_nr_accesses = p[i].mark,
			.age = p[i].mark,
			.target = 9,
			.pending = 1,
		};
}

/* What probes have found goes where the region's other counters go. */
static void fill_hits(struct damon_hits *hits, const struct piece *p, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		hits[i] = (struct damon_hits){
			.now = { p[i].mark, 0, 0, p[i].mark },
			.last = { 0, p[i].mark, p[i].mark, 0 },
		};
}

static bool has_hits(const struct damon_hits *hits, u32 mark)
{
	return hits->now[0] == mark && hits->now[1] == 0 && hits->now[2] == 0 &&
	       hits->now[3] == mark && hits->last[0] == 0 && hits->last[1] == mark &&
	       hits->last[2] == mark && hits->last[3] == 0;
}

static const struct damon_set nowhere;

START_TEST(placed)
{
	struct damon_region from[MAX], to[MAX];
	struct damon_hits from_hits[MAX], to_hits[MAX];
	struct damon_set from_set = { from, from_hits, NULL }, to_set = { to, to_hits, NULL };
	struct damon_range ranges[MAX];
	u32 nr_from = count(cases[_i].from), nr_ranges = count(cases[_i].ranges);
	u32 i, nr, want = count(cases[_i].want);

	fill(from, cases[_i].from, nr_from);
	fill_hits(from_hits, cases[_i].from, nr_from);
	for (i = 0; i < nr_ranges; i++) {
		ranges[i].start = cases[_i].ranges[i].start * PAGE;
		ranges[i].end = cases[_i].ranges[i].end * PAGE;
	}
	nr = damon_regions_place(to_set, cases[_i].room, from_set, nr_from, ranges, nr_ranges, 3);
	ck_assert_msg(nr == want, "%s: %u regions", cases[_i].what, nr);
	for (i = 0; i < nr; i++) {
		const struct piece *p = &cases[_i].want[i];

		ck_assert_msg(to[i].start == p->start * PAGE && to[i].end == p->end * PAGE &&
			      to[i].nr_accesses == p->mark && to[i].age == p->mark &&
			      to[i].last_nr_accesses == p->mark,
			      "%s: region %u is %llu-%llu, %u", cases[_i].what, i,
			      to[i].start / PAGE, to[i].end / PAGE, to[i].nr_accesses);
		ck_assert_uint_eq(to[i].target, 3);
		ck_assert_uint_eq(to[i].pending, 0);
		ck_assert_msg(has_hits(&to_hits[i], p->mark), "%s: region %u", cases[_i].what, i);
	}
	/* From a context without probes, nothing has been found. */
	from_set.hits = NULL;
	damon_regions_place(to_set, cases[_i].room, from_set, nr_from, ranges, nr_ranges, 3);
	for (i = 0; i < nr; i++)
		ck_assert(has_hits(&to_hits[i], 0));
	if (cases[_i].room == MAX)
		ck_assert_uint_eq(damon_regions_place(nowhere, MAX, from_set, nr_from, ranges,
						      nr_ranges, 3), nr);
}
END_TEST

/* Pages 0..255 with random regions and ranges, against a truth by the page. */
static u32 random_pieces(struct piece *p, u32 max, bool may_touch, u64 *random)
{
	u64 at = world_random(random) % 20;
	u32 nr;

	for (nr = 0; nr < max && at < 250; nr++) {
		p[nr].start = at;
		p[nr].end = at + 1 + world_random(random) % 30;
		p[nr].mark = nr + 1;
		at = p[nr].end + (may_touch && world_random(random) % 3 ? 0
				  : 1 + world_random(random) % 30);
	}
	return nr;
}

static u32 mark_at(const struct damon_region *r, u32 nr, u64 page)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		if (page * PAGE >= r[i].start && page * PAGE < r[i].end)
			return r[i].nr_accesses;
	}
	return ~0U;
}

START_TEST(placed_at_random)
{
	u64 random = _i;
	int round;

	for (round = 0; round < 500; round++) {
		struct damon_region from[MAX], to[4 * MAX];
		struct damon_set from_set = { from, NULL, NULL }, to_set = { to, NULL, NULL };
		struct damon_range ranges[MAX];
		struct piece p[MAX], q[MAX];
		u32 nr_from = random_pieces(p, MAX, true, &random);
		u32 nr_ranges = random_pieces(q, 8, true, &random);
		u32 room = nr_ranges + world_random(&random) % 24;
		u32 nr, full, i;
		u64 page;

		fill(from, p, nr_from);
		for (i = 0; i < nr_ranges; i++) {
			ranges[i].start = q[i].start * PAGE;
			ranges[i].end = q[i].end * PAGE;
		}
		full = damon_regions_place(nowhere, ~0U, from_set, nr_from, ranges, nr_ranges, 0);
		nr = damon_regions_place(to_set, room, from_set, nr_from, ranges, nr_ranges, 0);
		ck_assert_uint_eq(nr, full < room ? full : room);
		for (page = 0; page < 300; page++) {
			u32 was = mark_at(from, nr_from, page);
			u32 is = mark_at(to, nr, page);
			bool inside = false;

			for (i = 0; i < nr_ranges; i++)
				inside |= page >= q[i].start && page < q[i].end;
			ck_assert_int_eq(inside, is != ~0U);
			if (inside && was != ~0U && nr == full)
				ck_assert_uint_eq(is, was);
		}
		for (i = 0; i < nr; i++) {
			ck_assert_uint_lt(to[i].start, to[i].end);
			if (i)
				ck_assert_uint_ge(to[i].start, to[i - 1].end);
		}
	}
}
END_TEST

static u32 true_mean(u32 a, u64 wa, u32 b, u64 wb)
{
	return ((u128)a * wa + (u128)b * wb) / ((u128)wa + wb);
}

static void check_join(u64 start, u64 left, u64 right, u32 a, u32 b, u32 slack)
{
	struct damon_region l = { .start = start, .end = start + left,
		.nr_accesses = a, .last_nr_accesses = b, .age = a / 2 };
	struct damon_region r = { .start = start + left, .end = start + left + right,
		.nr_accesses = b, .last_nr_accesses = a, .age = b / 2 };

	struct damon_hits lh = { .now = { a }, .last = { 0, 0, 0, b } };
	struct damon_hits rh = { .now = { b }, .last = { 0, 0, 0, a } };

	damon_region_join((struct damon_set){ &l, &lh, NULL },
			  (struct damon_set){ &r, &rh, NULL });
	ck_assert_uint_eq(lh.now[0], l.nr_accesses);
	ck_assert_uint_eq(lh.last[3], l.last_nr_accesses);
	ck_assert_uint_eq(lh.now[1] + lh.last[0], 0);
	ck_assert_uint_eq(l.start, start);
	ck_assert_uint_eq(l.end, start + left + right);
	ck_assert_int_le(llabs((s64)l.nr_accesses - true_mean(a, left, b, right)), slack);
	ck_assert_int_le(llabs((s64)l.last_nr_accesses - true_mean(b, left, a, right)), slack);
	ck_assert_int_le(llabs((s64)l.age - true_mean(a / 2, left, b / 2, right)), slack);
}

START_TEST(joined_means_are_weighted_by_size)
{
	u64 random = 3;
	int i;

	check_join(0, PAGE, PAGE, 10, 20, 0);
	check_join(0, 3 * PAGE, PAGE, 10, 20, 0);
	check_join(0, PAGE, 99 * PAGE, 20, 0, 0);
	check_join(GIB, 8 * TIB, 8 * TIB - PAGE, ~0U, ~0U - 1, 0);
	check_join(GIB, 8 * TIB - PAGE, PAGE, 0, ~0U, 0);
	for (i = 0; i < 100000; i++) {
		u64 left = (1 + world_random(&random) % (1ULL << 31)) * PAGE;
		u64 right = (1 + world_random(&random) % (1ULL << 31)) * PAGE;

		check_join(GIB, left, right, world_random(&random), world_random(&random), 0);
	}
	/* Beyond 16 TiB the weights have 32 bits. */
	check_join(0, 1ULL << 63, (1ULL << 63) - PAGE, 20, 0, 1);
	check_join(0, ~0ULL - 3 * PAGE, PAGE, 20, 0, 1);
	check_join(0, PAGE, ~0ULL - 3 * PAGE, 0, ~0U, 2);
}
END_TEST

static const struct {
	u32 max, tick, nr, last, want;
} mvsums[] = {
	{ 20, 0, 0, 7, 7 },		/* all of the last window */
	{ 20, 20, 9, 7, 9 },		/* nothing of it */
	{ 20, 10, 0, 20, 10 },
	{ 20, 10, 10, 20, 20 },
	{ 20, 10, 10, 0, 10 },
	{ 20, 5, 2, 7, 7 },		/* 2 and three quarters of 7 */
	{ 3, 1, 1, 3, 3 },		/* 1 and two thirds of 3: not lost in rounding */
	{ 1, 0, 0, 1, 1 },
	{ 4294967295U, 1, 1, 4294967295U, 4294967295U },
};

START_TEST(moving_sum)
{
	struct damon_ctx *ctx = bare_ctx(3, 10);

	bare_add(ctx, 0, 0, 10, mvsums[_i].nr, mvsums[_i].last, 0);
	ctx->max_nr_accesses = mvsums[_i].max;
	ctx->tick = mvsums[_i].tick;
	ck_assert_uint_eq(damon_region_mvsum(ctx, &ctx->regions[0]), mvsums[_i].want);
	damon_ctx_destroy(ctx);
}
END_TEST

Suite *region_suite(void)
{
	Suite *s = suite_create("region");
	TCase *tc = tcase_create("region");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, placed, 0, ARRAY_SIZE(cases));
	tcase_add_loop_test(tc, placed_at_random, 1, 9);
	tcase_add_test(tc, joined_means_are_weighted_by_size);
	tcase_add_loop_test(tc, moving_sum, 0, ARRAY_SIZE(mvsums));
	suite_add_tcase(s, tc);
	return s;
}
