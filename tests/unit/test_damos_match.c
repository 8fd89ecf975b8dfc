// SPDX-License-Identifier: GPL-2.0
/* Schemes: which memory they are for, and what is worth most. */
#include "scene.h"
#include "suites.h"

/* 10 pages, 8 of 20 samples, 5 windows of a second. */
static const struct {
	const char *what;
	struct damos_pattern pattern;
	bool want;
} patterns[] = {
	{ "anything", { 0, ~0ULL, 0, ~0U, 0, ~0ULL, false, false }, true },
	{ "just so", { 40960, 40960, 8, 8, 5, 5, false, false }, true },
	{ "too small", { 40961, ~0ULL, 0, ~0U, 0, ~0ULL, false, false }, false },
	{ "too big", { 0, 40959, 0, ~0U, 0, ~0ULL, false, false }, false },
	{ "too cold", { 0, ~0ULL, 9, ~0U, 0, ~0ULL, false, false }, false },
	{ "too hot", { 0, ~0ULL, 0, 7, 0, ~0ULL, false, false }, false },
	{ "too young", { 0, ~0ULL, 0, ~0U, 6, ~0ULL, false, false }, false },
	{ "too old", { 0, ~0ULL, 0, ~0U, 0, 4, false, false }, false },
	{ "40 % at most", { 0, ~0ULL, 0, 4000, 0, ~0ULL, true, false }, true },
	{ "below 40 %", { 0, ~0ULL, 0, 3999, 0, ~0ULL, true, false }, false },
	{ "40 % at least", { 0, ~0ULL, 4000, 10000, 0, ~0ULL, true, false }, true },
	{ "above 40 %", { 0, ~0ULL, 4001, 10000, 0, ~0ULL, true, false }, false },
	{ "5 seconds at least", { 0, ~0ULL, 0, ~0U, 5000000, ~0ULL, false, true }, true },
	{ "more than 5 seconds", { 0, ~0ULL, 0, ~0U, 5000001, ~0ULL, false, true }, false },
	{ "5 seconds at most", { 0, ~0ULL, 0, ~0U, 0, 5000000, false, true }, true },
	{ "less than 5 seconds", { 0, ~0ULL, 0, ~0U, 0, 4999999, false, true }, false },
};

START_TEST(patterns_match)
{
	const struct damon_region *r;

	scene_bare(10, &any_region, 1);
	bare_add(scene.w.ctx, 0, 100, 10, 0, 8, 5);
	r = &scene.w.ctx->regions[0];
	ck_assert_msg(damos_matches(scene.w.ctx, &patterns[_i].pattern, r, 40960) ==
		      patterns[_i].want, "%s", patterns[_i].what);
}
END_TEST

/* The same memory in the same time, whatever intervals tuning has chosen. */
START_TEST(times_and_parts_stay_what_they_are)
{
	static const struct damos_pattern pattern = {
		.max_sz = ~0ULL,
		.max_accesses = 500,
		.accesses_in_bp = true,
		.min_age = 30000000,
		.max_age = ~0ULL,
		.age_in_us = true,
	};
	u64 aggr_us;

	scene_bare(10, &any_region, 1);
	bare_add(scene.w.ctx, 0, 100, 10, 0, 1, 0);
	for (aggr_us = 1000; aggr_us < 30000000; aggr_us *= 3) {
		scene.w.ctx->attrs.aggr_us = aggr_us;
		scene.w.ctx->regions[0].age = (30000000 - 1) / aggr_us;
		ck_assert(!damos_matches(scene.w.ctx, &pattern, &scene.w.ctx->regions[0], PAGE));
		scene.w.ctx->regions[0].age++;
		ck_assert(damos_matches(scene.w.ctx, &pattern, &scene.w.ctx->regions[0], PAGE));
	}
	/* An age that has no place in microseconds is old. */
	scene.w.ctx->attrs.aggr_us = 1ULL << 48;
	scene.w.ctx->regions[0].age = ~0U;
	ck_assert(damos_matches(scene.w.ctx, &pattern, &scene.w.ctx->regions[0], PAGE));
}
END_TEST

#define ADDR(m, a, first, last) \
	{ DAMOS_FILTER_ADDR, m, a, 0, { (first) * PAGE, (last) * PAGE } }
#define TARGET(m, a, t)		{ DAMOS_FILTER_TARGET, m, a, t, { 0, 0 } }

/* What of pages 100 to 110 of target 1 is for a scheme: one letter each. */
static const struct {
	const char *what;
	struct damos_region_filter filters[3];
	u32 nr;
	bool pages;		/* there are page filters, too */
	const char *want;	/* y, n, or a: page filters are asked */
} filters[] = {
	{ "none", { }, 0, false, "yyyyyyyyyy" },
	{ "only for pages", { }, 0, true, "aaaaaaaaaa" },
	{ "reject part", { ADDR(true, false, 103, 105) }, 1, false, "yyynnyyyyy" },
	{ "reject the rest", { ADDR(false, false, 103, 105) }, 1, false, "nnnyynnnnn" },
	{ "allow part", { ADDR(true, true, 103, 105) }, 1, false, "nnnyynnnnn" },
	{ "allow the rest", { ADDR(false, true, 103, 105) }, 1, false, "yyynnyyyyy" },
	{ "the beginning", { ADDR(true, false, 0, 104) }, 1, false, "nnnnyyyyyy" },
	{ "the end", { ADDR(true, false, 108, 999) }, 1, false, "yyyyyyyynn" },
	{ "just it", { ADDR(true, false, 100, 110) }, 1, false, "nnnnnnnnnn" },
	{ "elsewhere", { ADDR(true, true, 110, 120) }, 1, false, "nnnnnnnnnn" },
	{ "the first decides", { ADDR(true, true, 102, 106), ADDR(true, false, 104, 108) }, 2,
	  false, "yyyyyynnyy" },
	{ "the last is the default", { ADDR(true, false, 104, 108), ADDR(true, true, 102, 106) },
	  2, false, "nnyynnnnnn" },
	{ "allowed is not asked", { ADDR(true, true, 103, 105) }, 1, true, "aaayyaaaaa" },
	{ "rejected is not asked", { ADDR(true, false, 103, 105) }, 1, true, "aaannaaaaa" },
	{ "of its target", { TARGET(true, false, 1) }, 1, false, "nnnnnnnnnn" },
	{ "of another", { TARGET(true, false, 0) }, 1, false, "yyyyyyyyyy" },
	{ "of no other", { TARGET(false, true, 0) }, 1, false, "yyyyyyyyyy" },
	{ "mixed", { TARGET(false, false, 1), ADDR(true, true, 109, 110), ADDR(true, false, 100, 105) },
	  3, false, "nnnnnyyyyy" },
};

START_TEST(filters_judge)
{
	static const struct damos_page_filter of_pages = { .type = DAMOS_FILTER_ANON };
	struct damos_conf conf = any_region;
	u64 at = 100 * PAGE;

	conf.region_filters = filters[_i].filters;
	conf.nr_region_filters = filters[_i].nr;
	conf.page_filters = &of_pages;
	conf.nr_page_filters = filters[_i].pages;
	while (at < 110 * PAGE) {
		struct damos_verdict verdict = damos_judge(&conf, 1, at, 110 * PAGE);
		char is = !verdict.pass ? 'n' : verdict.asked ? 'a' : 'y';

		ck_assert_uint_gt(verdict.end, at);
		ck_assert_uint_le(verdict.end, 110 * PAGE);
		for (; at < verdict.end; at += PAGE)
			ck_assert_msg(filters[_i].want[at / PAGE - 100] == is,
				      "%s: %c at page %llu", filters[_i].what, is,
				      (unsigned long long)(at / PAGE));
	}
}
END_TEST

/* Upstream's formula, worked out by hand. */
static const struct {
	enum damos_action action;
	u32 weight_sz, weight_accesses, weight_age;
	u32 pages, accesses, age;	/* of 20 samples; of seconds */
	u32 want;
} scores[] = {
	/* no weights: no difference */
	{ DAMOS_LRU_PRIO, 0, 0, 0, 1, 20, 100, 0 },
	{ DAMOS_PAGEOUT, 0, 0, 0, 1, 20, 100, 99 },
	/* accesses: 10 of 20 are 50, times 99 / 100 */
	{ DAMOS_LRU_PRIO, 0, 1, 0, 1, 10, 0, 49 },
	{ DAMOS_LRU_PRIO, 0, 1, 0, 1, 20, 0, 99 },
	{ DAMOS_LRU_DEPRIO, 0, 1, 0, 1, 20, 0, 0 },
	{ DAMOS_PAGEOUT, 0, 1, 0, 1, 10, 0, 50 },
	/* age: log2 of 100 s is 6, plus 1; (32 + 7) * 100 / 64 = 60, 59; idle: 39, 38 */
	{ DAMOS_MIGRATE_HOT, 0, 0, 1, 1, 1, 100, 59 },
	{ DAMOS_MIGRATE_HOT, 0, 0, 1, 1, 0, 100, 38 },
	{ DAMOS_MIGRATE_COLD, 0, 0, 1, 1, 0, 100, 61 },
	/* under a second it does not count: 50, 49 */
	{ DAMOS_HUGEPAGE, 0, 0, 1, 1, 1, 0, 49 },
	/* both: (3 * 50 + 1 * 60) / 4 = 52, 51 */
	{ DAMOS_COLLAPSE, 0, 3, 1, 1, 10, 100, 51 },
	/* other actions have scores, too */
	{ DAMOS_COLD, 0, 1, 0, 1, 0, 0, 99 },
	{ DAMOS_NOHUGEPAGE, 0, 1, 0, 1, 20, 0, 0 },
	{ DAMOS_WILLNEED, 0, 1, 0, 1, 20, 0, 99 },
	{ DAMOS_STAT, 0, 1, 0, 1, 20, 0, 99 },
	/* size: 2^10 pages of 2^30 are 33; with accesses, for hot and cold alike */
	{ DAMOS_PAGEOUT, 1, 0, 0, 1024, 5, 3, 33 },
	{ DAMOS_LRU_PRIO, 1, 0, 0, 1024, 5, 3, 33 },
	{ DAMOS_LRU_PRIO, 1, 1, 0, 1024, 20, 0, 66 },
	{ DAMOS_PAGEOUT, 1, 1, 0, 1024, 20, 0, 16 },
	{ DAMOS_PAGEOUT, 1, 0, 0, 1, 5, 3, 0 },
	/* the largest weights do not wrap */
	{ DAMOS_LRU_PRIO, 10000, 10000, 10000, 1, 20, ~0U, 66 },
};

START_TEST(scores_are_upstreams)
{
	struct damos_conf conf = any_region;
	u32 is;

	conf.action = scores[_i].action;
	conf.quota.weight_sz = scores[_i].weight_sz;
	conf.quota.weight_accesses = scores[_i].weight_accesses;
	conf.quota.weight_age = scores[_i].weight_age;
	scene_bare(10, &any_region, 1);
	bare_add(scene.w.ctx, 0, 100, scores[_i].pages, 0, scores[_i].accesses, scores[_i].age);
	is = damos_score(scene.w.ctx, &conf, &scene.w.ctx->regions[0]);
	ck_assert_msg(is == scores[_i].want, "row %d: %u, not %u", _i, is, scores[_i].want);
}
END_TEST

Suite *damos_match_suite(void)
{
	Suite *suite = suite_create("damos_match");
	TCase *tcase = tcase_create("damos_match");

	tcase_add_checked_fixture(tcase, scene_setup, scene_teardown);
	tcase_add_loop_test(tcase, patterns_match, 0, ARRAY_SIZE(patterns));
	tcase_add_test(tcase, times_and_parts_stay_what_they_are);
	tcase_add_loop_test(tcase, filters_judge, 0, ARRAY_SIZE(filters));
	tcase_add_loop_test(tcase, scores_are_upstreams, 0, ARRAY_SIZE(scores));
	suite_add_tcase(suite, tcase);
	return suite;
}
