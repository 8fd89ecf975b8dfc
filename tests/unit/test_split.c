// SPDX-License-Identifier: GPL-2.0
/* Window's end: how many regions are cut, where, and what the parts inherit. */
#include <string.h>

#include "suites.h"
#include "world.h"

/* @nr regions of @pages pages each. */
static struct damon_ctx *row(u32 nr, u64 pages, u32 min, u32 max)
{
	struct damon_ctx *ctx = bare_ctx(min, max);
	u32 i;

	for (i = 0; i < nr; i++)
		bare_add(ctx, 0, i * pages, pages, i % 7, i % 5, i);
	return ctx;
}

/* The row is still covered, and parts are what they were part of. */
static void check_parts(const struct damon_ctx *ctx, u32 nr, u64 pages)
{
	u64 at = 0;
	u32 i;

	for (i = 0; i < ctx->nr_regions; i++) {
		const struct damon_region *r = &ctx->regions[i];
		u32 parent = at / (pages * PAGE);

		ck_assert_uint_eq(r->start, at);
		ck_assert_uint_gt(r->end, at);
		ck_assert_uint_eq(r->end % PAGE, 0);
		ck_assert_uint_eq(parent, (r->end - 1) / (pages * PAGE));
		ck_assert_uint_eq(r->nr_accesses, parent % 7);
		ck_assert_uint_eq(r->last_nr_accesses, parent % 5);
		ck_assert_uint_eq(r->age, parent);
		at = r->end;
	}
	ck_assert_uint_eq(at, nr * pages * PAGE);
	ck_assert_uint_eq(ctx->targets[0].nr, ctx->nr_regions);
}

static const struct {
	u32 nr, max;
	u64 pages;
	u32 last;	/* regions that the split before began with */
	u32 want;
} splits[] = {
	{ 10, 100, 100, 0, 20 },	/* each in two */
	{ 10, 100, 100, 10, 30 },	/* that showed nothing: each in three */
	{ 32, 100, 100, 32, 96 },	/* just below a third */
	{ 33, 100, 100, 33, 66 },	/* a third: in two only */
	{ 50, 100, 100, 0, 100 },	/* half */
	{ 5, 11, 100, 0, 10 },
	{ 51, 100, 100, 0, 77 },	/* above half: one in 100/49 */
	{ 60, 100, 100, 0, 90 },
	{ 70, 100, 100, 0, 94 },	/* one in three */
	{ 90, 100, 100, 0, 99 },	/* one in ten */
	{ 99, 100, 100, 0, 100 },
	{ 100, 100, 100, 0, 100 },	/* at the cap */
	{ 10, 100, 2, 0, 10 },		/* two pages are not cut ... */
	{ 10, 100, 1, 10, 10 },
	{ 90, 100, 1, 0, 90 },
};

START_TEST(numbers)
{
	u32 nr = splits[_i].nr;
	struct damon_ctx *ctx = row(nr, splits[_i].pages, 3, splits[_i].max);

	ctx->last_nr_regions = splits[_i].last;
	damon_split(ctx);
	ck_assert_uint_eq(ctx->nr_regions, splits[_i].want);
	check_parts(ctx, nr, splits[_i].pages);
	damon_ctx_destroy(ctx);
}
END_TEST

/* ... except above half, where 5 to 9 tenths of two pages are one. */
START_TEST(pages_above_half)
{
	struct damon_ctx *ctx = row(60, 2, 3, 100);

	damon_split(ctx);
	ck_assert_uint_gt(ctx->nr_regions, 60);
	check_parts(ctx, 60, 2);
	damon_ctx_destroy(ctx);
}
END_TEST

START_TEST(every_tenth_is_cut_at)
{
	struct damon_ctx *ctx = row(1000, 1000, 3, 3000);
	int count[10] = { };
	u32 i;

	damon_split(ctx);
	ck_assert_uint_eq(ctx->nr_regions, 2000);
	for (i = 0; i < 2000; i += 2) {
		u64 pages = (ctx->regions[i].end - ctx->regions[i].start) / PAGE;

		ck_assert_uint_eq(pages % 100, 0);
		ck_assert_uint_ge(pages, 100);
		ck_assert_uint_le(pages, 900);
		count[pages / 100]++;
	}
	for (i = 1; i <= 9; i++) {
		ck_assert_int_gt(count[i], 60);		/* 111, give or take 5 sigma */
		ck_assert_int_lt(count[i], 165);
	}
	damon_ctx_destroy(ctx);
}
END_TEST

/* What cutting in two has not changed is cut in three the next time. */
START_TEST(no_news_cuts_finer)
{
	struct damon_ctx *ctx = row(10, 100, 3, 100);
	u32 i;

	damon_split(ctx);
	ck_assert_uint_eq(ctx->nr_regions, 20);
	ctx->nr_regions = 0;
	ctx->targets[0].nr = 0;
	for (i = 0; i < 10; i++)
		bare_add(ctx, 0, i * 100, 100, 0, 0, 0);
	damon_split(ctx);
	ck_assert_uint_eq(ctx->nr_regions, 30);
	damon_ctx_destroy(ctx);
}
END_TEST

/* Ten tries at 900 of 1000: each region gets its turn. */
START_TEST(turns_reach_all_regions)
{
	bool was_cut[900] = { };
	struct damon_ctx *ctx = row(900, 100, 3, 1000);
	u32 i, turn;

	for (turn = 0; turn < 10; turn++) {
		struct damon_region *r;

		damon_split(ctx);
		ck_assert_uint_eq(ctx->nr_regions, 990);
		for (i = 1; i < ctx->nr_regions; i++) {
			r = &ctx->regions[i];
			if (r->start % (100 * PAGE))
				was_cut[r->start / (100 * PAGE)] = true;
		}
		ctx->nr_regions = 0;
		ctx->targets[0].nr = 0;
		for (i = 0; i < 900; i++)
			bare_add(ctx, 0, i * 100, 100, 0, 0, 0);
	}
	for (i = 0; i < 900; i++)
		ck_assert_msg(was_cut[i], "region %u", i);
	damon_ctx_destroy(ctx);
}
END_TEST

/* What one context does must not change how another one splits. */
START_TEST(contexts_do_not_share_state)
{
	struct damon_ctx *alone = row(60, 100, 3, 100);
	struct damon_ctx *ctx = row(60, 100, 3, 100);
	struct damon_ctx *other = row(60, 100, 3, 100);
	u32 i;

	damon_split(alone);
	damon_split(other);
	damon_split(ctx);
	ck_assert_uint_eq(alone->nr_regions, ctx->nr_regions);
	for (i = 0; i < ctx->nr_regions; i++)
		ck_assert_uint_eq(alone->regions[i].end, ctx->regions[i].end);
	damon_ctx_destroy(alone);
	damon_ctx_destroy(ctx);
	damon_ctx_destroy(other);

	/* As many regions as the other had must not count as unchanged. */
	other = row(10, 100, 3, 100);
	ctx = row(10, 100, 3, 100);
	damon_split(other);
	damon_split(ctx);
	ck_assert_uint_eq(ctx->nr_regions, 20);
	damon_ctx_destroy(ctx);
	damon_ctx_destroy(other);
}
END_TEST

static const struct {
	u32 nr;
	u64 pages;
	u32 min, max;
	u32 want;
} enforced[] = {
	{ 1, 1000, 10, 100, 10 },
	{ 1, 1000, 10, 10, 10 },
	{ 3, 1000, 10, 100, 12 },	/* a limit of 300: four each */
	{ 3, 1000, 10, 10, 10 },	/* but never above the cap */
	{ 20, 10, 10, 100, 20 },
	{ 1, 11, 10, 100, 11 },		/* a limit of one page */
	{ 1, 3, 10, 100, 3 },		/* no smaller than pages */
	{ 1, 1, 10, 100, 1 },
	{ 1, 1ULL << 50, 10, 1000, 11 },	/* the limit is rounded down */
	{ 1, 1000000, 1000, 1000, 1000 },
};

START_TEST(minimum)
{
	struct damon_ctx *ctx = row(enforced[_i].nr, enforced[_i].pages, enforced[_i].min,
				    enforced[_i].max);
	u64 smallest = ~0ULL, biggest = 0;
	u32 i;

	damon_enforce_min_regions(ctx);
	ck_assert_uint_eq(ctx->nr_regions, enforced[_i].want);
	check_parts(ctx, enforced[_i].nr, enforced[_i].pages);
	for (i = 0; i < ctx->nr_regions; i++) {
		u64 sz = ctx->regions[i].end - ctx->regions[i].start;

		smallest = sz < smallest ? sz : smallest;
		biggest = sz > biggest ? sz : biggest;
	}
	if (enforced[_i].nr == 1)
		ck_assert_uint_le(biggest - smallest, PAGE);
	damon_ctx_destroy(ctx);
}
END_TEST

Suite *split_suite(void)
{
	Suite *s = suite_create("split");
	TCase *tc = tcase_create("split");

	tcase_add_checked_fixture(tc, bare_setup, bare_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, numbers, 0, ARRAY_SIZE(splits));
	tcase_add_test(tc, pages_above_half);
	tcase_add_test(tc, every_tenth_is_cut_at);
	tcase_add_test(tc, no_news_cuts_finer);
	tcase_add_test(tc, turns_reach_all_regions);
	tcase_add_test(tc, contexts_do_not_share_state);
	tcase_add_loop_test(tc, minimum, 0, ARRAY_SIZE(enforced));
	suite_add_tcase(s, tc);
	return s;
}
