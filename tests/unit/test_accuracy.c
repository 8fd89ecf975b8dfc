// SPDX-License-Identifier: GPL-2.0
/* Hot memory is found. */
#include <stdlib.h>

#include "suites.h"
#include "world.h"

#define SNAPSHOTS	20

static struct world w;

static void setup(void)
{
	world_init(&w);
}

static void teardown(void)
{
	world_free(&w);
}

/* Bytes of the last window reported hot, and those of them that are. */
static void judge(const struct space *s, double *precision, double *recall)
{
	u64 reported = 0, right = 0, hot = 0;
	u32 i, k;

	for (k = 0; k < s->nr_hot; k++)
		hot += s->hot[k].end - s->hot[k].start;
	for (i = 0; i < w.last.nr_regions; i++) {
		const struct damon_region *r = &w.seen[i];

		/* a tenth of the samples or more */
		if (r->nr_accesses * 10 < w.last.max_nr_accesses)
			continue;
		reported += r->end - r->start;
		for (k = 0; k < s->nr_hot; k++) {
			u64 start = r->start > s->hot[k].start ? r->start : s->hot[k].start;
			u64 end = r->end < s->hot[k].end ? r->end : s->hot[k].end;

			right += end > start ? end - start : 0;
		}
	}
	*precision = reported ? (double)right / reported : 0;
	*recall = (double)right / hot;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Medians over the windows that follow the first @settle. */
static void measure(int settle, double *precision, double *recall)
{
	double p[SNAPSHOTS], r[SNAPSHOTS];
	int i;

	for (i = 0; i < settle; i++)
		ck_assert(world_window(&w));
	for (i = 0; i < SNAPSHOTS; i++) {
		ck_assert(world_window(&w));
		judge(&w.spaces[0], &p[i], &r[i]);
	}
	qsort(p, SNAPSHOTS, sizeof(*p), by_value);
	qsort(r, SNAPSHOTS, sizeof(*r), by_value);
	*precision = p[SNAPSHOTS / 2];
	*recall = r[SNAPSHOTS / 2];
}

/* 20 of 200 MiB, ten seconds after the start, wherever they are. */
START_TEST(a_tenth_of_200_mib)
{
	double precision, recall;
	u64 random = _i;
	u64 at = GIB + world_random(&random) % (180 * MIB) / PAGE * PAGE;

	w.spaces[0].hot[0] = (struct damon_range){ at, at + 20 * MIB };
	w.spaces[0].nr_hot = 1;
	w.ctx = world_ctx(&w, &default_attrs, 1, _i);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	measure(100, &precision, &recall);
	ck_assert_double_ge(precision, 0.95);
	ck_assert_double_ge(recall, 0.95);
}
END_TEST

/* The same, moved elsewhere while it is watched. */
START_TEST(after_it_moved)
{
	double precision, recall;

	w.spaces[0].hot[0] = (struct damon_range){ GIB + 30 * MIB, GIB + 50 * MIB };
	w.spaces[0].nr_hot = 1;
	w.ctx = world_ctx(&w, &default_attrs, 1, 100 + _i);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	measure(50, &precision, &recall);
	w.spaces[0].hot[0] = (struct damon_range){ GIB + 130 * MIB, GIB + 150 * MIB };
	measure(100, &precision, &recall);
	ck_assert_double_ge(precision, 0.95);
	ck_assert_double_ge(recall, 0.95);
}
END_TEST

/* Eight TiB whose second half is hot: offsets over 32 bits are seen. */
START_TEST(half_of_8_tib)
{
	double precision, recall;

	w.spaces[0].ranges[0] = (struct damon_range){ TIB, 9 * TIB };
	w.spaces[0].hot[0] = (struct damon_range){ 5 * TIB, 9 * TIB };
	w.spaces[0].nr_hot = 1;
	w.ctx = world_ctx(&w, &default_attrs, 1, 200 + _i);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	measure(20, &precision, &recall);
	ck_assert_double_ge(precision, 0.95);
	ck_assert_double_ge(recall, 0.95);
}
END_TEST

/* Memory touched in half of the intervals reads as half hot. */
START_TEST(rates_are_true)
{
	double sum = 0, bytes = 0;
	int n;
	u32 i;

	w.spaces[0].hot[0] = w.spaces[0].ranges[0];
	w.spaces[0].nr_hot = 1;
	w.spaces[0].permil = 500;
	w.ctx = world_ctx(&w, &default_attrs, 1, 300 + _i);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	for (n = 0; n < 100; n++) {
		ck_assert(world_window(&w));
		for (i = 0; i < w.last.nr_regions; i++) {
			double sz = w.seen[i].end - w.seen[i].start;

			sum += sz * w.seen[i].nr_accesses / w.last.max_nr_accesses;
			bytes += sz;
		}
	}
	/* Joined counts are rounded down: up to half a sample of 20 on average. */
	ck_assert_double_ge(sum / bytes, 0.44);
	ck_assert_double_le(sum / bytes, 0.52);
}
END_TEST

Suite *accuracy_suite(void)
{
	Suite *s = suite_create("accuracy");
	TCase *tc = tcase_create("accuracy");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_tenth_of_200_mib, 0, 20);
	tcase_add_loop_test(tc, after_it_moved, 0, 5);
	tcase_add_loop_test(tc, half_of_8_tib, 0, 5);
	tcase_add_loop_test(tc, rates_are_true, 0, 5);
	suite_add_tcase(s, tc);
	return s;
}
