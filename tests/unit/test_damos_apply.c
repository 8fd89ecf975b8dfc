// SPDX-License-Identifier: GPL-2.0
/* Schemes at work: in order, on parts of regions, in slices, when they are due. */
#include "core/internal.h"
#include "scene.h"
#include "suites.h"

#define S_US	1000000ULL

static void add(u16 target, u64 page, u64 pages, u32 accesses, u32 age)
{
	bare_add(scene.w.ctx, target, page, pages, 0, accesses, age);
}

static void check_deed(u32 index, enum damos_action action, u64 first, u64 last)
{
	const struct deed *d = &scene.deeds[index];

	ck_assert_uint_lt(index, scene.nr_deeds);
	ck_assert_int_eq(d->action, action);
	ck_assert_uint_eq(d->start, first * PAGE);
	ck_assert_uint_eq(d->end, last * PAGE);
}

static void check_age(u64 page, u32 age)
{
	const struct damon_ctx *ctx = scene.w.ctx;
	u32 i;

	for (i = 0; i < ctx->nr_regions; i++) {
		if (ctx->regions[i].start <= page * PAGE && ctx->regions[i].end > page * PAGE)
			break;
	}
	ck_assert_uint_lt(i, ctx->nr_regions);
	ck_assert_msg(ctx->regions[i].age == age, "page %llu: age %u, not %u",
		      (unsigned long long)page, ctx->regions[i].age, age);
}

/* What is treated is young; what is not stays as it was, and is cut off. */
START_TEST(regions_are_cut_where_filters_end)
{
	static const struct damos_region_filter middle = {
		DAMOS_FILTER_ADDR, true, true, 0, { 20 * PAGE, 30 * PAGE }
	};
	struct damos_conf conf = any_region;

	conf.region_filters = &middle;
	conf.nr_region_filters = 1;
	scene_bare(100, &conf, 1);
	add(0, 0, 100, 3, 7);
	add(1, 0, 10, 3, 7);
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(scene.nr_deeds, 1);
	check_deed(0, DAMOS_PAGEOUT, 20, 30);
	ck_assert_uint_eq(scene.w.ctx->nr_regions, 4);
	check_age(0, 7);
	check_age(19, 7);
	check_age(20, 0);
	check_age(29, 0);
	check_age(30, 7);
	check_age(99, 7);
	ck_assert_uint_eq(scene.w.ctx->targets[0].nr, 3);
	ck_assert_uint_eq(scene.w.ctx->targets[1].first, 3);
	ck_assert_uint_eq(scheme(0)->stats.nr_tried, 1);
	ck_assert_uint_eq(scheme(0)->stats.sz_tried, 10 * PAGE);
}
END_TEST

/* There is no room for parts: work is done all the same, ages become means. */
START_TEST(the_cap_of_regions_holds)
{
	static const struct damos_region_filter middle = {
		DAMOS_FILTER_ADDR, true, true, 0, { 20 * PAGE, 30 * PAGE }
	};
	struct damos_conf conf = any_region;

	conf.region_filters = &middle;
	conf.nr_region_filters = 1;
	scene_bare(2, &conf, 1);
	add(0, 0, 100, 3, 10);
	add(1, 0, 10, 3, 10);
	ck_assert(scene_apply(S_US));
	check_deed(0, DAMOS_PAGEOUT, 20, 30);
	ck_assert_uint_eq(scene.w.ctx->nr_regions, 2);
	ck_assert_uint_ge(scene.w.ctx->regions[0].age, 8);
	ck_assert_uint_le(scene.w.ctx->regions[0].age, 9);
	ck_assert_uint_eq(scene.w.ctx->regions[0].end, 100 * PAGE);
	ck_assert_uint_eq(scene.w.ctx->regions[1].age, 10);
}
END_TEST

/* Who has joined a target is meant by its index, too: users know no other. */
START_TEST(filters_of_targets_are_for_who_joins)
{
	static const struct damos_region_filter of_first = {
		DAMOS_FILTER_TARGET, true, true, 0, { 0, 0 }
	};
	struct damos_conf conf = any_region;

	conf.region_filters = &of_first;
	conf.nr_region_filters = 1;
	conf.quota.bytes = GIB;
	scene_bare(100, &conf, 1);
	add(0, 0, 10, 3, 7);
	add(1, 0, 10, 3, 7);
	scene.w.ctx->nr_given = 2 - _i;
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(scene.sum, (1 + _i) * 10 * PAGE);
	scene.w.ctx->nr_given = 2;
}
END_TEST

/* What samples have found stays with what stays whole; places in parts are void. */
START_TEST(evidence_moves_along)
{
	static const struct damos_region_filter middle = {
		DAMOS_FILTER_ADDR, true, true, 0, { 20 * PAGE, 30 * PAGE }
	};
	struct damos_conf conf = any_region;
	struct damon_ctx *ctx;
	u32 i;

	conf.region_filters = &middle;
	conf.nr_region_filters = 1;
	scene_bare(100, &conf, 1);
	add(0, 0, 100, 3, 7);
	add(1, 0, 10, 3, 7);
	ctx = scene.w.ctx;
	for (i = 0; i < 2; i++) {
		ctx->regions[i].hits = 5 + i;
		ctx->evidence[i] = (struct damon_evidence) { .known = 20 };
	}
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(ctx->nr_regions, 4);
	for (i = 0; i < 4; i++) {
		ck_assert_uint_eq(ctx->regions[i].hits, 5 + i / 3);
		ck_assert_uint_eq(ctx->evidence[i].known, 20);
		ck_assert_int_eq(ctx->evidence[i].flags & DAMON_EVIDENCE_VOID,
				 i < 3 ? DAMON_EVIDENCE_VOID : 0);
	}
}
END_TEST

/* Who only counts, in parts or by and by, leaves regions and evidence as they were. */
START_TEST(counting_parts_spoils_no_evidence)
{
	static const struct damos_region_filter middle[] = {
		{ DAMOS_FILTER_ADDR, true, true, 0, { 20 * PAGE, 30 * PAGE } },
		{ DAMOS_FILTER_ADDR, true, true, 0, { 25 * PAGE, 60 * PAGE } },
	};
	struct damos_conf confs[2] = { any_region, any_region };
	struct damon_ctx *ctx;
	u32 i;

	for (i = 0; i < 2; i++) {
		confs[i].action = DAMOS_STAT;
		confs[i].region_filters = &middle[i];
		confs[i].nr_region_filters = 1;
	}
	/* In three walks. */
	confs[1].quota.bytes = 7 * PAGE;
	scene_bare(100, confs, 2);
	add(0, 0, 100, 3, 7);
	add(0, 100, 10, 3, 7);
	ctx = scene.w.ctx;
	for (i = 0; i < 2; i++) {
		ctx->regions[i].hits = 5 + i;
		ctx->evidence[i] = (struct damon_evidence) { .known = 20 };
	}
	for (i = 1; i < 10; i++) {
		ck_assert(scene_apply(S_US));
		ck_assert_uint_eq(scheme(0)->stats.sz_tried, 10 * i * PAGE);
		ck_assert_uint_eq(scheme(1)->stats.sz_tried, 7 * i * PAGE);
		ck_assert_uint_eq(ctx->nr_regions, 2);
	}
	check_age(20, 7);
	for (i = 0; i < 2; i++) {
		ck_assert_uint_eq(ctx->regions[i].hits, 5 + i);
		ck_assert_uint_eq(ctx->evidence[i].known, 20);
		ck_assert_int_eq(ctx->evidence[i].flags, 0);
	}
	/* It is cut where something was done, and only there. */
	confs[0].action = DAMOS_PAGEOUT;
	scheme(0)->conf.action = DAMOS_PAGEOUT;
	scheme(0)->unasked.action = DAMOS_PAGEOUT;
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(ctx->nr_regions, 4);
	check_age(19, 7);
	check_age(20, 0);
	check_age(29, 0);
	check_age(30, 7);
	for (i = 0; i < 4; i++)
		ck_assert_int_eq(ctx->evidence[i].flags, i < 3 ? DAMON_EVIDENCE_VOID : 0);
}
END_TEST

/* A part that loses its border to the cap is not treated again in another walk. */
START_TEST(the_cap_forgets_nothing)
{
	static const struct damos_region_filter not_first = {
		DAMOS_FILTER_ADDR, true, false, 0, { 0, 20 * PAGE }
	};
	struct damos_conf conf = any_region;

	conf.region_filters = &not_first;
	conf.nr_region_filters = 1;
	conf.quota.bytes = 85 * PAGE;
	conf.quota.weight_age = 1;
	scene_bare(2, &conf, 1);
	add(0, 0, 100, 0, 1000);
	add(1, 100, 10, 0, 200);
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(scene.w.ctx->nr_regions, 2);
	ck_assert_uint_eq(scene.sum, 85 * PAGE);
	ck_assert_uint_eq(scene.nr_deeds, 2);
	check_deed(0, DAMOS_PAGEOUT, 20, 100);
	ck_assert_ptr_eq(scene.deeds[1].space, &scene.w.spaces[1]);
}
END_TEST

/* Schemes come in their order to each part; the second sees what the first has left. */
START_TEST(two_schemes_apply_in_order)
{
	static const struct damos_region_filter filters[] = {
		{ DAMOS_FILTER_ADDR, true, true, 0, { 10 * PAGE, 60 * PAGE } },
		{ DAMOS_FILTER_ADDR, true, true, 0, { 40 * PAGE, 80 * PAGE } },
	};
	struct damos_conf confs[3] = { any_region, any_region, any_region };

	confs[0].action = DAMOS_LRU_PRIO;
	confs[0].region_filters = &filters[0];
	confs[0].nr_region_filters = 1;
	confs[1].action = DAMOS_COLD;
	confs[1].region_filters = &filters[1];
	confs[1].nr_region_filters = 1;
	confs[2].action = DAMOS_STAT;
	confs[2].pattern.min_age = 5;
	scene_bare(100, confs, 3);
	add(0, 0, 100, 0, 5);
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(scene.nr_deeds, 3);
	check_deed(0, DAMOS_LRU_PRIO, 10, 60);
	check_deed(1, DAMOS_COLD, 40, 60);
	check_deed(2, DAMOS_COLD, 60, 80);
	check_age(9, 5);
	check_age(10, 0);
	check_age(79, 0);
	check_age(80, 5);
	/* Nobody did anything to those: 10 and 20 pages. */
	ck_assert_uint_eq(scheme(2)->stats.sz_tried, 30 * PAGE);
	ck_assert_uint_eq(scheme(2)->stats.nr_tried, 2);
}
END_TEST

/* @index: schemes.  One that is busy is waited for once, and all of it comes another time. */
START_TEST(busy_targets_are_put_off)
{
	struct damos_conf confs[2] = { any_region, any_region };
	u64 page;

	confs[0].quota.bytes = GIB;
	scene_bare(100, confs, _i);
	for (page = 0; page < 50; page += 10)
		add(0, page, 10, 3, 7);
	add(1, 0, 20, 3, 7);
	scene.busy = &scene.w.spaces[0];
	scene.busy_from = 4 * PAGE;
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(scene.waited_ns, DAMON_PATIENCE_NS);
	ck_assert_uint_eq(scene.sum, _i * 24 * PAGE);
	ck_assert_uint_eq(scheme(0)->stats.sz_tried, 24 * PAGE);
	ck_assert_uint_eq(scheme(0)->stats.nr_tried, 2);
	ck_assert_uint_eq(scheme(0)->charge.bytes, 24 * PAGE);
	/* It is cut where it became busy. */
	ck_assert_uint_eq(scene.w.ctx->nr_regions, 7);
	check_age(3, 0);
	check_age(4, 7);
	check_age(10, 7);
	check_age(49, 7);
	/* And patience is there again. */
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(scene.waited_ns, 2 * DAMON_PATIENCE_NS);
	scene_forget();
	scene.busy = NULL;
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(scene.sum, _i * 70 * PAGE);
}
END_TEST

/* A quota goes to the oldest memory; where that cannot be had, to what is next. */
START_TEST(a_busy_target_keeps_no_quota)
{
	struct damos_conf conf = any_region;
	u64 page;

	conf.quota.bytes = 20 * PAGE;
	conf.quota.weight_age = 1;
	scene_bare(100, &conf, 1);
	for (page = 0; page < 50; page += 10)
		add(0, page, 10, 0, 90);
	add(1, 60, 20, 0, 7);
	scene.busy = &scene.w.spaces[0];
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(scheme(0)->stats.sz_tried, 0);
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(scheme(0)->stats.sz_tried, 20 * PAGE);
	check_age(60, 0);
	check_age(0, 90);
	/* And then it has its turn again. */
	scene.busy = NULL;
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(scheme(0)->stats.sz_tried, 40 * PAGE);
	check_age(0, 0);
}
END_TEST

/* Many schemes cut one region everywhere: each page goes to just those it is for. */
START_TEST(many_schemes_cut_one_region)
{
	struct damos_region_filter filters[DAMOS_MAX_SCHEMES];
	struct damos_conf confs[DAMOS_MAX_SCHEMES];
	u32 i;

	for (i = 0; i < DAMOS_MAX_SCHEMES; i++) {
		u64 first = i * 37 % 90, nr = 1 + i * 11 % 50;

		filters[i] = (struct damos_region_filter) {
			DAMOS_FILTER_ADDR, true, true, 0, { first * PAGE, (first + nr) * PAGE }
		};
		confs[i] = any_region;
		confs[i].action = i % 2 ? DAMOS_STAT : DAMOS_COLD;
		confs[i].region_filters = &filters[i];
		confs[i].nr_region_filters = 1;
	}
	scene_bare(1000, confs, DAMOS_MAX_SCHEMES);
	add(0, 0, 100, 0, 5);
	ck_assert(scene_apply(S_US));
	for (i = 0; i < DAMOS_MAX_SCHEMES; i++) {
		u64 end = filters[i].range.end < 100 * PAGE ? filters[i].range.end : 100 * PAGE;

		ck_assert_uint_eq(scheme(i)->stats.sz_tried, end - filters[i].range.start);
	}
}
END_TEST

/* Counting alone needs nobody, changes nothing, and leaves regions as they are. */
START_TEST(stat_only_counts)
{
	struct damos_conf conf = any_region;

	conf.action = DAMOS_STAT;
	conf.pattern.min_accesses = 3;
	conf.max_tried = 2;
	scene_bare(100, &conf, 1);
	add(0, 0, 100, 3, 5);
	add(0, 100, 50, 2, 5);
	add(1, 0, 10, 4, 6);
	add(1, 10, 10, 20, 7);
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(scene.nr_deeds, 0);
	ck_assert_uint_eq(scheme(0)->stats.nr_tried, 3);
	ck_assert_uint_eq(scheme(0)->stats.sz_tried, 120 * PAGE);
	ck_assert_uint_eq(scheme(0)->stats.sz_passed, 120 * PAGE);
	ck_assert_uint_eq(scheme(0)->stats.sz_applied, 0);
	ck_assert_uint_eq(scene.w.ctx->nr_regions, 4);
	check_age(0, 5);
	/* Tried regions: there is room for two, and all are counted. */
	ck_assert_uint_eq(scheme(0)->nr_tried, 2);
	ck_assert_uint_eq(scheme(0)->nr_tried_all, 3);
	ck_assert_uint_eq(scheme(0)->sz_tried, 120 * PAGE);
	ck_assert_uint_eq(scheme(0)->tried[0].end, 100 * PAGE);
	ck_assert_uint_eq(scheme(0)->tried[0].passed, 100 * PAGE);
	ck_assert_uint_eq(scheme(0)->tried[1].target, 1);
	ck_assert_uint_eq(scheme(0)->tried[1].age, 6);
	ck_assert_uint_eq(scheme(0)->tried[1].nr_accesses, 4);
	/* The list is the last application's, the sums are of all. */
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(scheme(0)->nr_tried_all, 3);
	ck_assert_uint_eq(scheme(0)->stats.nr_tried, 6);
	ck_assert_uint_eq(scheme(0)->stats.nr_snapshots, 2);
}
END_TEST

/* Page filters go to the operations set, with what holds if none decides. */
START_TEST(page_filters_are_passed_on)
{
	static const struct damos_region_filter always = {
		DAMOS_FILTER_ADDR, true, true, 0, { 0, 10 * PAGE }
	};
	struct damos_page_filter anon = { .type = DAMOS_FILTER_ANON };
	struct damos_conf conf = any_region;
	bool allow = _i & 1, matching = _i & 2;
	u64 in;

	anon.allow = allow;
	anon.matching = matching;
	conf.action = _i & 4 ? DAMOS_STAT : DAMOS_PAGEOUT;
	conf.page_filters = &anon;
	conf.nr_page_filters = 1;
	conf.region_filters = &always;
	conf.nr_region_filters = 1;
	conf.max_tried = 10;
	scene_bare(100, &conf, 1);
	scene.w.spaces[0].has[0] = (struct damon_range){ 0, 40 * PAGE };
	add(0, 0, 100, 0, 5);
	ck_assert(scene_apply(S_US));
	/* The first ten pages are allowed by address, and nobody is asked of them. */
	in = allow == matching ? 10 + 30 : 10 + 60;
	ck_assert_uint_eq(scheme(0)->stats.sz_tried, 100 * PAGE);
	ck_assert_uint_eq(scheme(0)->stats.sz_passed, in * PAGE);
	ck_assert_uint_eq(scheme(0)->stats.sz_applied, _i & 4 ? 0 : in * PAGE);
	ck_assert_uint_eq(scheme(0)->nr_tried, 2);
	ck_assert_uint_eq(scheme(0)->tried[0].passed, 10 * PAGE);
	ck_assert_uint_eq(scheme(0)->tried[1].passed, (in - 10) * PAGE);
	ck_assert_uint_eq(scene.deeds[scene.nr_deeds - 1].nr_filters, 1);
}
END_TEST

/*
 * Somebody waits after each slice: it ends at once, goes on there the next time,
 * and in the end all is done, once.
 */
START_TEST(it_stops_between_slices)
{
	struct damos_conf confs[2] = { any_region, any_region };
	u32 times[500] = { 0 };
	u64 page;
	u32 i;

	confs[0].pattern.min_age = 1;
	confs[0].quota.bytes = _i ? GIB : 0;
	confs[1].action = DAMOS_LRU_DEPRIO;
	scene_bare(100, confs, 2);
	for (i = 0; i < 5; i++)
		add(0, i * 100, 100, i, 5);
	scene.slice = 30 * PAGE;
	for (i = 0; i < 20; i++) {
		u32 before = scene.nr_deeds;

		scene.stop_at = 1;
		scene_apply(S_US);
		ck_assert_uint_eq(scene.nr_deeds, before + 1);
	}
	/* The first scheme has 20 slices: 4 of each region. */
	for (i = 0; i < scene.nr_deeds; i++) {
		if (scene.deeds[i].action != DAMOS_PAGEOUT)
			continue;
		for (page = scene.deeds[i].start; page < scene.deeds[i].end; page += PAGE)
			ck_assert_uint_eq(times[page / PAGE]++, 0);
	}
	scene.stop_at = 0;
	scene_apply(S_US);
	scene_apply(S_US);
	for (i = 0; i < scene.nr_deeds; i++)
		scene.sum -= scene.deeds[i].end - scene.deeds[i].start;
	ck_assert_uint_eq(scene.sum, 0);
	ck_assert_uint_eq(scheme(0)->stats.sz_tried, 500 * PAGE);
	ck_assert_uint_ge(scheme(1)->stats.sz_tried, 500 * PAGE);
}
END_TEST

/* Who waits does not wait until it is found out for all schemes what comes first. */
START_TEST(it_stops_while_it_sorts)
{
	struct damos_conf confs[DAMOS_MAX_SCHEMES];
	u32 i;

	for (i = 0; i < DAMOS_MAX_SCHEMES; i++) {
		confs[i] = any_region;
		confs[i].action = DAMOS_STAT;
		confs[i].quota.bytes = 10 * PAGE;
		confs[i].quota.interval_us = S_US;
	}
	scene_bare(1000, confs, DAMOS_MAX_SCHEMES);
	for (i = 0; i < 1000; i++)
		add(0, i, 1, 0, 5);
	scene.stop_at = 1;
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(scene.breaths, 1);
	ck_assert_uint_gt(scheme(0)->stats.nr_tried, 0);
	ck_assert_uint_eq(scheme(1)->stats.nr_snapshots, 0);
	ck_assert(!scheme(1)->charge.begun);
	/* What was put off comes the next time. */
	scene.stop_at = 0;
	ck_assert(scene_apply(S_US));
	for (i = 1; i < DAMOS_MAX_SCHEMES; i++)
		ck_assert_uint_eq(scheme(i)->stats.sz_tried, 10 * PAGE);
}
END_TEST

/* A big range of which hardly anything is there: others run between slices. */
START_TEST(others_run_between_slices)
{
	scene_bare(10, &any_region, 1);
	scene.slice = PAGE;
	add(0, 0, 100, 0, 5);
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(scene.nr_deeds, 100);
	ck_assert_uint_ge(scene.breaths, 100);
}
END_TEST

/* Many regions that are for nobody: others run meanwhile, and who waits is heard. */
START_TEST(it_stops_where_nothing_matches)
{
	struct damos_conf conf = any_region;
	u32 i;

	conf.action = DAMOS_STAT;
	conf.pattern.min_age = 6;
	conf.quota.bytes = GIB;
	scene_bare(1000, &conf, 1);
	damon_free(scene.w.ctx->regions);
	damon_free(scene.w.ctx->spare);
	scene.w.ctx->attrs.max_nr_regions = 5000;
	scene.w.ctx->regions = damon_zalloc(5000, sizeof(struct damon_region));
	scene.w.ctx->spare = damon_zalloc(5000, sizeof(struct damon_region));
	damon_free(scene.w.ctx->evidence);
	damon_free(scene.w.ctx->spare_evidence);
	scene.w.ctx->evidence = damon_zalloc(5000, sizeof(struct damon_evidence));
	scene.w.ctx->spare_evidence = damon_zalloc(5000, sizeof(struct damon_evidence));
	for (i = 0; i < 5000; i++)
		add(0, i, 1, 0, i == 4500 ? 7 : 5);
	scene.stop_at = 1;
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(scheme(0)->stats.nr_tried, 0);
	ck_assert_uint_eq(scheme(0)->from.addr, 1024 * PAGE);
	ck_assert_uint_eq(scene.breaths, 5 + 1);
	scene.stop_at = 0;
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(scheme(0)->stats.nr_tried, 1);
	ck_assert_uint_eq(scene.w.ctx->nr_regions, 5000);
}
END_TEST

/* One target is gone: the others are served, and its regions go. */
START_TEST(a_target_goes_meanwhile)
{
	struct damos_conf conf = any_region;

	scene_bare(100, &conf, 1);
	add(0, 0, 100, 0, 5);
	add(0, 100, 100, 1, 5);
	add(1, 0, 100, 0, 5);
	scene.gone = &scene.w.spaces[0];
	ck_assert(scene_apply(S_US));
	ck_assert(scene.w.ctx->targets[0].gone);
	ck_assert_int_eq(scene.w.gone[0], 1);
	ck_assert_uint_eq(scene.w.ctx->nr_alive, 1);
	ck_assert_uint_eq(scene.nr_deeds, 1);
	ck_assert_ptr_eq(scene.deeds[0].space, &scene.w.spaces[1]);
	ck_assert_uint_eq(scheme(0)->stats.nr_tried, 1);
}
END_TEST

START_TEST(applications_can_be_counted_out)
{
	struct damos_conf conf = any_region;

	conf.max_nr_snapshots = 3;
	scene_bare(100, &conf, 1);
	add(0, 0, 100, 0, 5);
	ck_assert(scene_apply(S_US));
	ck_assert(scene_apply(S_US));
	ck_assert(scene_apply(S_US));
	ck_assert(!scene_apply(S_US));
	ck_assert_uint_eq(scheme(0)->stats.nr_snapshots, 3);
	/* And when it was made. */
	ck_assert_uint_eq(scene.changed[0], 4);
}
END_TEST

/* Addresses in units of 512 bytes: all that is told is in bytes. */
START_TEST(units_become_bytes)
{
	struct damos_conf conf = any_region;

	conf.action = DAMOS_STAT;
	conf.quota.bytes = 256 * PAGE;
	conf.pattern.min_sz = 800 * PAGE;
	conf.pattern.max_sz = 800 * PAGE;
	conf.max_tried = 1;
	scene_bare(100, &conf, 1);
	scene.damos->unit = 512;
	scene.w.ctx->min_region_sz = 8;
	scene.w.ctx->regions[0] = (struct damon_region){ .start = 8, .end = 6408, .age = 5 };
	scene.w.ctx->nr_regions = 1;
	ck_assert(scene_apply(S_US));
	ck_assert_uint_eq(scheme(0)->stats.sz_tried, 256 * PAGE);
	ck_assert_uint_eq(scheme(0)->charge.bytes, 256 * PAGE);
	ck_assert_uint_eq(scheme(0)->tried[0].end, 8 + 2048);
}
END_TEST

/* In a context that monitors. */

/* Each second window of 100 ms; not before the first window is complete. */
START_TEST(schemes_are_due_when_they_say)
{
	static const u64 apply_us[] = { 0, 200000, 20000, 1 };
	static const u32 want[] = { 20, 10, 96, 381 };
	struct damos_conf conf = any_region;
	u32 i;

	conf.action = DAMOS_STAT;
	conf.apply_us = apply_us[_i];
	scene_run(&conf, 1, &default_attrs, 1);
	for (i = 0; i < 19; i++)
		ck_assert(world_step(&scene.w));
	ck_assert_uint_eq(scheme(0)->stats.nr_snapshots, 0);
	for (; i < 400; i++)
		ck_assert(world_step(&scene.w));
	ck_assert_uint_eq(scheme(0)->stats.nr_snapshots, want[_i]);
	ck_assert_uint_eq(scheme(0)->stats.sz_tried, want[_i] * 200 * MIB);
}
END_TEST

/*
 * The whole way: 50 MiB of 200 are hot; all else is paged out once it is a second
 * old, and again each second; what is hot never.  No sample is out meanwhile.
 */
START_TEST(cold_memory_goes)
{
	struct damos_conf conf = any_region;
	const u64 hot = GIB + 50 * MIB;
	u64 wrong = 0;
	u32 i;

	conf.pattern.max_accesses = 0;
	conf.pattern.min_age = 1000000;
	conf.pattern.age_in_us = true;
	conf.apply_us = _i ? 35000 : 0;
	scene.w.spaces[0].hot[0] = (struct damon_range){ GIB, hot };
	scene.w.spaces[0].nr_hot = 1;
	scene_run(&conf, 1, &default_attrs, 1);
	for (i = 0; i < 20; i++)
		world_window(&scene.w);
	for (i = 0; i < scene.nr_deeds; i++) {
		const struct deed *d = &scene.deeds[i];

		if (d->start < hot)
			wrong += (d->end < hot ? d->end : hot) - d->start;
	}
	ck_assert_uint_ge(scene.sum, 140 * MIB);
	ck_assert_uint_le(scene.sum, 310 * MIB);
	ck_assert_uint_le(wrong, 3 * MIB);
}
END_TEST

/* A dying target ends it in the midst of an application. */
START_TEST(the_last_target_goes_meanwhile)
{
	scene_run(&any_region, 1, &default_attrs, 1);
	scene.gone = &scene.w.spaces[0];
	while (scene.w.nr_windows < 1 && world_step(&scene.w))
		;
	ck_assert_uint_eq(scene.w.ctx->nr_alive, 0);
	ck_assert_int_eq(scene.w.gone[0], 1);
	scene.w.spaces[0].out = 0;
}
END_TEST

/* Watermarks. */

static void run_marks(u32 nr, bool second_always)
{
	struct damos_conf confs[2] = { any_region, any_region };

	confs[0].action = DAMOS_STAT;
	confs[0].watermarks = (struct damos_watermarks) {
		.used = true,
		.metric = DAMOS_FREE_MEM_PERMIL,
		.interval_us = 3000000,
		.high = 500,
		.mid = 400,
		.low = 200,
	};
	confs[1] = confs[0];
	confs[1].watermarks.interval_us = 1000000;
	confs[1].watermarks.used = !second_always;
	scene_run(confs, nr, &default_attrs, 1);
}

/* Above high off, below mid on, then on until above high; below low off. */
START_TEST(watermarks_have_hysteresis)
{
	static const struct { u32 value; bool want; } steps[] = {
		{ 450, true }, { 500, true }, { 501, false }, { 450, false }, { 400, false },
		{ 399, true }, { 450, true }, { 200, true }, { 199, false }, { 200, true },
		{ 199, false }, { 450, false }, { 300, true },
	};
	u32 i;

	run_marks(1, false);
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		scene.metrics[DAMOS_FREE_MEM_PERMIL] = steps[i].value;
		ck_assert(world_step(&scene.w));
		ck_assert_msg(scheme(0)->active == steps[i].want, "step %u", i);
		ck_assert_uint_eq(damon_ctx_next_us(scene.w.ctx), steps[i].want ? 5000 : 3000000);
		/* Who rests leaves no trace. */
		if (!steps[i].want)
			ck_assert_int_eq(scene.w.spaces[0].out, 0);
		else
			ck_assert_int_gt(scene.w.spaces[0].out, 0);
	}
}
END_TEST

START_TEST(monitoring_rests_with_the_last_scheme)
{
	run_marks(2, _i);
	scene.metrics[DAMOS_FREE_MEM_PERMIL] = 900;
	ck_assert(world_step(&scene.w));
	ck_assert(!scheme(0)->active);
	ck_assert_int_eq(scheme(1)->active, _i);
	ck_assert_uint_eq(damon_ctx_next_us(scene.w.ctx), _i ? 5000 : 1000000);
	world_step(&scene.w);
	world_step(&scene.w);
	if (_i) {
		while (scene.w.nr_windows < 3)
			world_step(&scene.w);
		ck_assert_uint_eq(scheme(0)->stats.nr_snapshots, 0);
		ck_assert_uint_eq(scheme(1)->stats.nr_snapshots, 3);
		return;
	}
	ck_assert_uint_eq(scene.w.nr_windows, 0);
	/* It comes back, with a whole window. */
	scene.metrics[DAMOS_FREE_MEM_PERMIL] = 300;
	world_window(&scene.w);
	ck_assert_uint_eq(scene.w.last.end_ns - scene.w.last.start_ns, 100 * MS);
	ck_assert_uint_eq(scheme(0)->stats.nr_snapshots, 1);
	/* Stopped while it rests, and started again. */
	scene.metrics[DAMOS_FREE_MEM_PERMIL] = 900;
	world_step(&scene.w);
	damon_ctx_stop(scene.w.ctx);
	ck_assert(damon_ctx_start(scene.w.ctx, scene.w.now));
	scene.metrics[DAMOS_FREE_MEM_PERMIL] = 300;
	world_window(&scene.w);
	ck_assert_uint_eq(scheme(0)->stats.nr_snapshots, 2);
}
END_TEST

/* After a break only a whole window tells what is cold: what was may be hot by now. */
START_TEST(a_break_is_no_knowledge)
{
	struct damos_conf conf = any_region;
	u32 i;

	conf.apply_us = 1;
	conf.watermarks = (struct damos_watermarks) {
		.used = true,
		.metric = DAMOS_FREE_MEM_PERMIL,
		.interval_us = 3600 * S_US,
		.high = 500,
		.mid = 400,
	};
	scene.metrics[DAMOS_FREE_MEM_PERMIL] = 300;
	scene_run(&conf, 1, &default_attrs, 1);
	world_window(&scene.w);
	ck_assert(world_step(&scene.w));
	ck_assert_uint_gt(scene.nr_deeds, 1);
	scene.metrics[DAMOS_FREE_MEM_PERMIL] = 900;
	world_step(&scene.w);
	ck_assert_uint_gt(scene.w.ctx->rest_us, 0);
	scene.metrics[DAMOS_FREE_MEM_PERMIL] = 300;
	if (_i == 2) {
		struct damos *old = scene.damos;

		scene.damos = scene_schemes(&conf, 1);
		ck_assert_ptr_eq(damon_ctx_exchange_actor(scene.w.ctx, &damos_actor, scene.damos,
							  scene.w.now), old);
		damos_destroy(old);
	} else if (_i) {
		struct damon_ctx *old = scene.w.ctx;

		scene.w.ctx = world_ctx(&scene.w, &default_attrs, 1, 2);
		ck_assert_ptr_nonnull(scene.w.ctx);
		scene.w.ctx->ops = old->ops;
		scene.w.ctx->actor = &damos_actor;
		scene.damos = scene.w.ctx->actor_data = scene_schemes(&conf, 1);
		damon_ctx_adopt(scene.w.ctx, old, scene.w.now);
		damon_ctx_destroy(old);
		scene.w.spaces[0].puts = 0;
	} else {
		world_step(&scene.w);
	}
	ck_assert_uint_eq(scene.w.ctx->rest_us, 0);
	scene_forget();
	for (i = 0; i < 19; i++) {
		ck_assert(world_step(&scene.w));
		ck_assert_uint_eq(scene.nr_deeds, 0);
	}
	ck_assert(world_step(&scene.w));
	ck_assert_uint_gt(scene.nr_deeds, 0);
}
END_TEST

/* While nothing is looked at, too, it is noticed that the last target has ended. */
START_TEST(an_end_during_a_rest)
{
	struct damos_conf conf = any_region;

	conf.watermarks = (struct damos_watermarks) {
		.used = true,
		.metric = DAMOS_FREE_MEM_PERMIL,
		.interval_us = S_US,
		.high = 500,
		.mid = 400,
	};
	scene.metrics[DAMOS_FREE_MEM_PERMIL] = 900;
	scene_run(&conf, 1, &default_attrs, 1);
	ck_assert(world_step(&scene.w));
	ck_assert_uint_gt(scene.w.ctx->rest_us, 0);
	ck_assert(world_step(&scene.w));
	scene.w.spaces[0].calls_left = 0;
	ck_assert(!world_step(&scene.w));
	ck_assert_int_eq(scene.w.gone[0], 1);
}
END_TEST

Suite *damos_apply_suite(void)
{
	Suite *suite = suite_create("damos_apply");
	TCase *tcase = tcase_create("damos_apply");

	tcase_add_checked_fixture(tcase, scene_setup, scene_teardown);
	tcase_add_test(tcase, regions_are_cut_where_filters_end);
	tcase_add_test(tcase, the_cap_of_regions_holds);
	tcase_add_loop_test(tcase, filters_of_targets_are_for_who_joins, 0, 2);
	tcase_add_test(tcase, evidence_moves_along);
	tcase_add_test(tcase, counting_parts_spoils_no_evidence);
	tcase_add_test(tcase, the_cap_forgets_nothing);
	tcase_add_test(tcase, two_schemes_apply_in_order);
	tcase_add_loop_test(tcase, busy_targets_are_put_off, 1, 3);
	tcase_add_test(tcase, a_busy_target_keeps_no_quota);
	tcase_add_test(tcase, many_schemes_cut_one_region);
	tcase_add_test(tcase, stat_only_counts);
	tcase_add_loop_test(tcase, page_filters_are_passed_on, 0, 8);
	tcase_add_loop_test(tcase, it_stops_between_slices, 0, 2);
	tcase_add_test(tcase, it_stops_while_it_sorts);
	tcase_add_test(tcase, others_run_between_slices);
	tcase_add_test(tcase, it_stops_where_nothing_matches);
	tcase_add_test(tcase, a_target_goes_meanwhile);
	tcase_add_test(tcase, applications_can_be_counted_out);
	tcase_add_test(tcase, units_become_bytes);
	tcase_add_loop_test(tcase, schemes_are_due_when_they_say, 0, 4);
	tcase_add_loop_test(tcase, cold_memory_goes, 0, 2);
	tcase_add_test(tcase, the_last_target_goes_meanwhile);
	tcase_add_test(tcase, watermarks_have_hysteresis);
	tcase_add_loop_test(tcase, monitoring_rests_with_the_last_scheme, 0, 2);
	tcase_add_loop_test(tcase, a_break_is_no_knowledge, 0, 3);
	tcase_add_test(tcase, an_end_during_a_rest);
	suite_add_tcase(suite, tcase);
	return suite;
}
