// SPDX-License-Identifier: GPL-2.0
/* The stairs are where they have to be. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "heatmap.h"
#include "heatmap_text.h"
#include "palette.h"
#include "synth.h"
#include "test_tools.h"
#include "truth.h"
#include "view.h"

#define NAME	"heatmap.data"
#define TRUTH	"heatmap.truth"

static struct recording recording;
static struct part *parts;
static size_t nr_parts;

static void load(void)
{
	ck_assert(synth_recording(NAME));
	ck_assert(recording_load(NAME, 0, &recording));
	nr_parts = recording_parts(&recording, &parts);
	unlink(NAME);
}

static void unload(void)
{
	free(parts);
	recording_free(&recording);
}

static void build(struct heatmap *map, unsigned int nr_times, unsigned int nr_addrs)
{
	size_t i;

	heatmap_init(map, recording_time(&recording), parts[1].span, nr_times, nr_addrs);
	for (i = 0; i < recording.nr_windows; i++)
		heatmap_add(map, &recording.windows[i]);
	heatmap_finish(map);
}

START_TEST(parts_are_found_and_the_accessed_one_is_chosen)
{
	ck_assert_uint_eq(nr_parts, 2);
	ck_assert_uint_eq(parts[0].span.start, SYNTH_LOW_START);
	ck_assert_uint_eq(parts[0].span.end, SYNTH_LOW_END);
	ck_assert_uint_eq(parts[1].span.start, SYNTH_BASE);
	ck_assert_uint_eq(parts[1].span.end, SYNTH_BASE + SYNTH_STEPS * SYNTH_STEP);
	ck_assert(parts[0].heat == 0);
	ck_assert_uint_eq(main_part(parts, nr_parts), 1);
}
END_TEST

/* Cells finer and coarser than the steps, and some that do not divide them. */
static const unsigned int grids[][2] = { { 10, 10 }, { 100, 50 }, { 5, 5 }, { 7, 13 }, { 1, 1 } };

START_TEST(every_cell_has_the_exact_rate)
{
	unsigned int nr_times = grids[_i][0], nr_addrs = grids[_i][1];
	struct heatmap map;
	unsigned int t, a, s;

	build(&map, nr_times, nr_addrs);
	for (t = 0; t < nr_times; t++) {
		for (a = 0; a < nr_addrs; a++) {
			double t0 = (double)t / nr_times, t1 = (t + 1.0) / nr_times;
			double a0 = (double)a / nr_addrs, a1 = (a + 1.0) / nr_addrs;
			double hot = 0;

			for (s = 0; s < SYNTH_STEPS; s++) {
				double begin = (double)s / SYNTH_STEPS, end = (s + 1.0) / SYNTH_STEPS;
				double dt = fmin(t1, end) - fmax(t0, begin);
				double da = fmin(a1, end) - fmax(a0, begin);

				if (dt > 0 && da > 0)
					hot += dt * da;
			}
			hot /= (t1 - t0) * (a1 - a0);
			ck_assert_double_eq_tol(heatmap_rate(&map, t, a), hot, 1e-5);
		}
	}
	heatmap_free(&map);
}
END_TEST

START_TEST(what_was_not_recorded_is_marked)
{
	const uint64_t size = SYNTH_LOW_END - SYNTH_LOW_START;
	const struct span space = { SYNTH_LOW_START, SYNTH_LOW_START + 2 * size };
	struct window window = recording.windows[0];
	struct heatmap map;

	/* Only the first half of the time, and of the addresses. */
	window.start_ns = 0;
	window.end_ns = 50;
	heatmap_init(&map, (struct span){ 0, 100 }, space, 2, 2);
	heatmap_add(&map, &window);
	heatmap_finish(&map);
	ck_assert(heatmap_rate(&map, 0, 0) == 0);
	ck_assert(heatmap_rate(&map, 0, 1) < 0);
	ck_assert(heatmap_rate(&map, 1, 0) < 0);
	ck_assert(heatmap_rate(&map, 1, 1) < 0);
	heatmap_free(&map);
}
END_TEST

START_TEST(the_text_shows_the_stairs_beside_the_truth)
{
	struct heatmap map, truth_matrix;
	struct truth truth;
	struct score score;
	char *text = NULL;
	size_t len;
	FILE *out;
	char *line;
	unsigned int rows = 0;

	ck_assert(synth_truth(TRUTH));
	ck_assert(truth_load(TRUTH, &truth));
	unlink(TRUTH);
	build(&map, 10, 10);
	truth_map(&truth, &map, &truth_matrix);
	out = open_memstream(&text, &len);
	ck_assert_ptr_nonnull(out);
	heatmap_print(out, &map, &truth_matrix, false);
	fclose(out);
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		char expected[] = "0000000000   0000000000";

		if (*line == '#')
			continue;
		expected[rows] = '9';
		expected[rows + 13] = '9';
		ck_assert_str_eq(strstr(line, "s  ") + 3, expected);
		rows++;
	}
	ck_assert_uint_eq(rows, 10);
	free(text);

	score = truth_score(&truth, &recording, parts[1].span);
	ck_assert_uint_eq(score.nr_windows, recording.nr_windows);
	ck_assert_double_eq_tol(score.precision, 1, 1e-9);
	ck_assert_double_eq_tol(score.recall, 1, 1e-9);
	/* The same one step later is wrong everywhere. */
	for (rows = 0; rows < truth.nr; rows++) {
		truth.steps[rows].space.start += SYNTH_STEP;
		truth.steps[rows].space.end += SYNTH_STEP;
	}
	score = truth_score(&truth, &recording, parts[1].span);
	ck_assert_double_eq_tol(score.precision, 0, 1e-9);
	ck_assert_double_eq_tol(score.recall, 0, 1e-9);
	heatmap_free(&truth_matrix);
	heatmap_free(&map);
	truth_free(&truth);
}
END_TEST

START_TEST(a_window_is_printed_as_strip_and_table)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	const char *probes[MAX_PROBES] = { NULL };

	ck_assert_ptr_nonnull(out);
	/* In the fourth step the fourth tenth is hot. */
	view_print(out, &recording.windows[3 * SYNTH_WINDOWS + 5], probes, 20, SORT_RATE, 2, false);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, "\n00000099000000000000\n"));
	ck_assert_ptr_nonnull(strstr(text, "   0  0x7f0001e00000-0x7f0002800000         10 MiB   100 %      0.5 s\n"));
	ck_assert_ptr_nonnull(strstr(text, "... 2 more regions"));
	ck_assert_ptr_nonnull(strstr(text, "total 102 MiB, hot (10 % of the samples or more) 10 MiB, 4 regions"));
	free(text);
}
END_TEST

START_TEST(digits_tell_never_from_seldom)
{
	ck_assert_int_eq(heat_level(0, 1), 0);
	ck_assert_int_eq(heat_level(0.001, 1), 1);
	ck_assert_int_eq(heat_level(0.5, 1), 5);
	ck_assert_int_eq(heat_level(1, 1), 9);
	ck_assert_int_eq(heat_level(0.5, 0.5), 9);
	ck_assert_int_eq(heat_level(0.5, 0), 0);
}
END_TEST

START_TEST(colours_get_evenly_lighter)
{
	double first = lightness(heat_colour(0)), last = lightness(heat_colour(1));
	int i;

	ck_assert_double_gt(last - first, 0.7);
	for (i = 1; i <= 100; i++) {
		double expected = first + (last - first) * i / 100;

		ck_assert_double_gt(lightness(heat_colour(i / 100.0)),
				    lightness(heat_colour((i - 1) / 100.0)));
		ck_assert_double_eq_tol(lightness(heat_colour(i / 100.0)), expected, 0.01);
	}
}
END_TEST

TCase *tcase_heatmap(void)
{
	TCase *tc = tcase_create("heatmap");

	tcase_add_checked_fixture(tc, load, unload);
	tcase_add_test(tc, parts_are_found_and_the_accessed_one_is_chosen);
	tcase_add_loop_test(tc, every_cell_has_the_exact_rate, 0,
			    (int)(sizeof(grids) / sizeof(grids[0])));
	tcase_add_test(tc, what_was_not_recorded_is_marked);
	tcase_add_test(tc, the_text_shows_the_stairs_beside_the_truth);
	tcase_add_test(tc, a_window_is_printed_as_strip_and_table);
	tcase_add_test(tc, digits_tell_never_from_seldom);
	tcase_add_test(tc, colours_get_evenly_lighter);
	return tc;
}
