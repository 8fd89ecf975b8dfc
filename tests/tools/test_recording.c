// SPDX-License-Identifier: GPL-2.0
/* Records become files, files become windows. */
#include <damon/device.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record_stream.h"
#include "recording.h"
#include "synth.h"
#include "test_tools.h"

#define NAME	"test.data"

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void silence(void)
{
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
}

START_TEST(what_is_written_is_read_again)
{
	struct recording r;
	size_t i;

	ck_assert(synth_recording(NAME));
	ck_assert(recording_load(NAME, 0, &r));
	ck_assert_uint_eq(r.nr_windows, SYNTH_STEPS * SYNTH_WINDOWS);
	ck_assert_uint_eq(r.nr_targets, 1);
	ck_assert_uint_eq(r.info.sample_us, 5000);
	ck_assert_uint_eq(r.info.aggr_us, 100000);
	ck_assert_uint_eq(r.info.update_us, 60000000);
	ck_assert_int_eq(r.info.pid, 4711);
	ck_assert_uint_eq(r.info.nr_lost, 3);
	/* 0xff is no UTF-8, and a tab nothing for a title; the rest survives quoting. */
	ck_assert_str_eq(r.info.command, "./stairs \"quoted\" \\  ?");
	for (i = 0; i < r.nr_windows; i++) {
		const struct window *w = &r.windows[i];
		uint64_t hot = SYNTH_BASE + i / SYNTH_WINDOWS * SYNTH_STEP;
		uint32_t k, nr_hot = 0;

		ck_assert_uint_eq(w->start_ns, SYNTH_START_NS + i * SYNTH_WINDOW_NS);
		ck_assert_uint_eq(w->end_ns, w->start_ns + SYNTH_WINDOW_NS);
		ck_assert_uint_eq(w->max_nr_accesses, SYNTH_MAX);
		ck_assert_uint_eq(window_bytes(w, 0), SYNTH_STEPS * SYNTH_STEP +
				  SYNTH_LOW_END - SYNTH_LOW_START);
		for (k = 0; k < w->nr_regions; k++) {
			if (!w->regions[k].nr_accesses)
				continue;
			nr_hot++;
			ck_assert_uint_eq(w->regions[k].start, hot);
			ck_assert_uint_eq(w->regions[k].end, hot + SYNTH_STEP);
			ck_assert_uint_eq(w->regions[k].nr_accesses, SYNTH_MAX);
			ck_assert_uint_eq(w->regions[k].age, i % SYNTH_WINDOWS);
		}
		ck_assert_uint_eq(nr_hot, 1);
	}
	recording_free(&r);
	unlink(NAME);
}
END_TEST

START_TEST(an_old_file_is_kept_and_modes_are_private)
{
	struct recording r;
	struct stat st;

	write_text(NAME, "precious");
	ck_assert(synth_recording(NAME));
	ck_assert_int_eq(stat(NAME, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert(recording_load(NAME, 0, &r));
	recording_free(&r);
	ck_assert_int_eq(stat(NAME ".old", &st), 0);
	ck_assert_int_eq(st.st_size, (off_t)strlen("precious"));
	unlink(NAME);
	unlink(NAME ".old");
}
END_TEST

START_TEST(a_dropped_file_leaves_nothing)
{
	struct recording_info info = { .sample_us = 5000, .aggr_us = 100000 };
	struct recording_writer *writer = recording_create(NAME, &info);

	ck_assert_ptr_nonnull(writer);
	ck_assert_int_ne(access(NAME, F_OK), 0);
	recording_drop(writer);
	/* test_main's rmdir() finds anything else. */
	ck_assert_int_ne(access(NAME, F_OK), 0);
}
END_TEST

START_TEST(a_recording_without_windows_is_whole)
{
	struct recording_info info = { .sample_us = 5000, .aggr_us = 100000 };
	struct recording_writer *writer = recording_create(NAME, &info);
	struct recording r;

	ck_assert_ptr_nonnull(writer);
	ck_assert(recording_finish(writer, &info));
	ck_assert(recording_load(NAME, 0, &r));
	ck_assert_uint_eq(r.nr_windows, 0);
	recording_free(&r);
	unlink(NAME);
}
END_TEST

/* As damo writes it: numbers as strings, indented, members in its order. */
START_TEST(a_file_of_damo_is_read)
{
	struct recording r;

	write_text(NAME,
		   "[\n    {\n        \"kdamond_idx\": null,\n        \"intervals\": {\n"
		   "            \"sample_us\": \"5000\", \"aggr_us\": \"100000\", \"ops_update_us\": \"1000000\"\n"
		   "        },\n        \"target_id\": 0, \"snapshots\": [\n            {\n"
		   "\"start_time\": \"1000\", \"end_time\": \"100001000\", \"regions\": [ {\"start\": \"4,096\","
		   "\"end\": \"8,192\", \"nr_accesses\": {\"samples\": 7, \"percent\": null},"
		   "\"age\": {\"usec\": null, \"aggr_intervals\": \"3\"}} ], \"total_bytes\": \"4096\" }\n"
		   "        ], \"data_source\": \"]}{[\\\"unknown\"\n    }\n]\n");
	ck_assert(recording_load(NAME, 0, &r));
	ck_assert_uint_eq(r.nr_windows, 1);
	ck_assert_uint_eq(r.windows[0].nr_regions, 1);
	ck_assert_uint_eq(r.windows[0].regions[0].end, 8192);
	ck_assert_uint_eq(r.windows[0].regions[0].nr_accesses, 7);
	ck_assert_uint_eq(r.windows[0].regions[0].age, 3);
	ck_assert_uint_eq(r.windows[0].max_nr_accesses, 20);
	recording_free(&r);
	unlink(NAME);
}
END_TEST

/* With tuned intervals, each window has its own; what was probed for is kept. */
START_TEST(windows_of_all_kinds_are_kept)
{
	struct recording_info info = {
		.sample_us = 5000, .aggr_us = 100000, .physical = true, .nr_probes = 2,
		.probes = { "anon", "memcg:\"x\"" },
	};
	struct region region = { .start = 4096, .end = 8192, .hits = { 0, 7 } };
	struct window window = {
		.end_ns = 1, .sample_us = 5000, .aggr_us = 100000, .max_nr_accesses = 20,
		.nr_probes = 2, .nr_regions = 1, .regions = &region,
	};
	struct recording_writer *writer = recording_create(NAME, &info);
	struct recording r;
	char *title;

	ck_assert_ptr_nonnull(writer);
	ck_assert(recording_add(writer, 0, &window));
	window.start_ns = 1;
	window.end_ns = 2;
	window.sample_us = 7500;
	window.aggr_us = 150000;
	ck_assert(recording_add(writer, 0, &window));
	ck_assert(recording_finish(writer, &info));

	ck_assert(recording_load(NAME, 0, &r));
	ck_assert_uint_eq(r.nr_windows, 2);
	ck_assert_uint_eq(r.windows[0].aggr_us, 100000);
	ck_assert_uint_eq(r.windows[1].sample_us, 7500);
	ck_assert_uint_eq(r.windows[1].aggr_us, 150000);
	ck_assert_uint_eq(r.windows[1].nr_probes, 2);
	ck_assert_uint_eq(r.windows[1].regions[0].hits[0], 0);
	ck_assert_uint_eq(r.windows[1].regions[0].hits[1], 7);
	ck_assert_uint_eq(r.info.nr_probes, 2);
	ck_assert_str_eq(r.info.probes[0], "anon");
	ck_assert_str_eq(r.info.probes[1], "memcg:\"x\"");
	title = recording_title(&r.info);
	ck_assert_str_eq(title, "physical memory");
	free(title);
	recording_free(&r);
	unlink(NAME);
}
END_TEST

static const char * const broken[] = {
	"", "x", "{}", "[]", "[", "[{}]", "[1]", "[{\"snapshots\":[]}]", "]", "[{]}",
	"[{\"snapshots\":[7]}]",
	"[{\"intervals\":{\"sample_us\":1,\"aggr_us\":2},\"snapshots\":[{}]}]",
	"[{\"intervals\":{\"sample_us\":1,\"aggr_us\":2},\"snapshots\":[{\"start_time\":2,\"end_time\":1,\"regions\":[]}]}]",
	"[{\"intervals\":{\"sample_us\":1,\"aggr_us\":2},\"snapshots\":[{\"start_time\":1,\"end_time\":2,"
	"\"regions\":[{\"start\":2,\"end\":1,\"nr_accesses\":{\"samples\":0}}]}]}]",
	"[{\"intervals\":{\"sample_us\":\",1\",\"aggr_us\":2},\"snapshots\":[]}]",
	"[{\"intervals\":{\"sample_us\":-1,\"aggr_us\":2},\"snapshots\":[]}]",
};

START_TEST(broken_files_are_refused)
{
	struct recording r;

	silence();
	write_text(NAME, broken[_i]);
	ck_assert(!recording_load(NAME, 0, &r));
	unlink(NAME);
}
END_TEST

START_TEST(a_file_cut_anywhere_is_refused)
{
	struct recording r;
	struct stat st;
	off_t len;

	silence();
	ck_assert(synth_recording(NAME));
	ck_assert_int_eq(stat(NAME, &st), 0);
	for (len = st.st_size - 1; len > 0; len -= 97) {
		ck_assert_int_eq(truncate(NAME, len), 0);
		ck_assert_msg(!recording_load(NAME, 0, &r), "cut to %ld bytes", (long)len);
	}
	unlink(NAME);
}
END_TEST

static bool count_window(void *arg, const struct window *window)
{
	unsigned int *nr = arg;

	(void)window;
	(*nr)++;
	return true;
}

static bool parses(const void *data, size_t len, unsigned int *nr)
{
	const struct record_handler handler = { .window = count_window, .arg = nr, .addr_unit = 1 };

	*nr = 0;
	return record_stream_parse(data, len, &handler);
}

START_TEST(records_that_contradict_themselves_are_refused)
{
	unsigned int nr;
	size_t len;
	char *data = synth_stairs(&len);
	struct damon_record_window *first = (void *)data;
	struct damon_record_window good = *first;

	ck_assert(parses(data, len, &nr));
	ck_assert_uint_eq(nr, SYNTH_STEPS * SYNTH_WINDOWS);

	ck_assert(!parses(data, len - 8, &nr));
	ck_assert(!parses(data, 8, &nr));
	/* Step 0 has 3 regions in room for 4. */
	first->nr_regions = 5;
	ck_assert(!parses(data, len, &nr));
	*first = good;
	first->head.size = 8;
	ck_assert(!parses(data, len, &nr));
	first->head.size = good.head.size + 4;
	ck_assert(!parses(data, len, &nr));
	first->head.size = UINT32_MAX - 7;
	ck_assert(!parses(data, len, &nr));
	*first = good;
	ck_assert(parses(data, len, &nr));
	free(data);
}
END_TEST

TCase *tcase_recording(void)
{
	TCase *tc = tcase_create("recording");

	tcase_add_test(tc, what_is_written_is_read_again);
	tcase_add_test(tc, an_old_file_is_kept_and_modes_are_private);
	tcase_add_test(tc, a_dropped_file_leaves_nothing);
	tcase_add_test(tc, a_recording_without_windows_is_whole);
	tcase_add_test(tc, a_file_of_damo_is_read);
	tcase_add_test(tc, windows_of_all_kinds_are_kept);
	tcase_add_loop_test(tc, broken_files_are_refused, 0,
			    (int)(sizeof(broken) / sizeof(broken[0])));
	tcase_add_test(tc, a_file_cut_anywhere_is_refused);
	tcase_add_test(tc, records_that_contradict_themselves_are_refused);
	return tc;
}
