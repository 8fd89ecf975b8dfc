// SPDX-License-Identifier: GPL-2.0
/* Recordings of several processes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recording.h"
#include "spool.h"
#include "test_tools.h"
#include "tracks.h"
#include "util.h"

#define NAME	"targets.data"
/* Several pieces of the spool for each process. */
#define WINDOWS	120
#define TARGETS	3

struct seen {
	size_t len;
	unsigned char next;
	bool wrong;
};

static void check_piece(void *arg, const char *data, size_t len)
{
	struct seen *seen = arg;
	size_t i;

	for (i = 0; i < len; i++)
		seen->wrong |= (unsigned char)data[i] != (seen->next = seen->next * 5 + 1);
	seen->len += len;
}

/* Texts of different lengths grow by turns; each comes back whole. */
START_TEST(texts_are_kept_apart)
{
	struct spool *spool = spool_open(NAME);
	size_t given[3] = { 0 };
	unsigned char next[3] = { 1, 2, 3 };
	char data[1000];
	size_t i, k, turn;

	ck_assert_ptr_nonnull(spool);
	for (turn = 0; turn < 500; turn++) {
		size_t len = 1 + turn * 7919 % sizeof(data);

		i = turn % 3;
		for (k = 0; k < len; k++)
			data[k] = (char)(next[i] = next[i] * 5 + 1);
		ck_assert(spool_add(spool, i, data, len));
		given[i] += len;
		if (turn == 250)
			ck_assert(spool_rest(spool, 1));
	}
	for (i = 0; i < 3; i++) {
		struct seen seen = { .next = (unsigned char)(i + 1) };

		ck_assert(spool_read(spool, i, check_piece, &seen));
		ck_assert_uint_eq(seen.len, given[i]);
		ck_assert(!seen.wrong);
	}
	spool_close(spool);
}
END_TEST

static struct region region_of(uint32_t target, uint32_t pid, unsigned int i, uint32_t nr)
{
	return (struct region){
		.start = 0x10000000ULL * (target + 1) + i * 0x10000,
		.end = 0x10000000ULL * (target + 1) + (i + 1) * 0x10000,
		.nr_accesses = nr % 21,
		.target = target,
		.pid = pid,
	};
}

static struct recording_writer *begin(struct recording_info *info)
{
	struct recording_writer *writer;

	*info = (struct recording_info){ .sample_us = 5000, .aggr_us = 100000, .pid = 100 };
	writer = recording_create(NAME, info);
	ck_assert_ptr_nonnull(writer);
	return writer;
}

static void add(struct tracks *tracks, struct recording_writer *writer, struct region *regions,
		uint32_t nr, unsigned int i)
{
	const struct window window = {
		.start_ns = 1000 + i * 100, .end_ns = 1100 + i * 100, .sample_us = 5000,
		.aggr_us = 100000, .max_nr_accesses = 20, .nr_regions = nr, .regions = regions,
	};

	ck_assert(tracks_add(tracks, writer, &window));
}

/* Windows of all processes, with regions at different places and counts of their own. */
START_TEST(each_process_has_its_windows)
{
	struct tracks *tracks = tracks_new(100);
	struct recording_info info;
	struct recording_writer *writer = begin(&info);
	struct region regions[TARGETS * 8];
	struct recording r;
	unsigned int i, k;
	uint32_t t, nr;

	for (i = 0; i < WINDOWS; i++) {
		for (t = 0, nr = 0; t < TARGETS; t++) {
			for (k = 0; k < 8; k++)
				regions[nr++] = region_of(t, t ? 100 + t : 0, k, i + t);
		}
		add(tracks, writer, regions, nr, i);
	}
	ck_assert_uint_eq(tracks_count(tracks), TARGETS);
	tracks_free(tracks);
	ck_assert(recording_finish(writer, &info));
	for (t = 0; t < TARGETS; t++) {
		ck_assert(recording_load(NAME, 100 + t, &r));
		ck_assert_uint_eq(r.nr_targets, TARGETS);
		ck_assert_uint_eq(r.loaded, t);
		ck_assert_uint_eq(r.info.pid, 100 + t);
		ck_assert_uint_eq(r.nr_windows, WINDOWS);
		for (i = 0; i < WINDOWS; i++) {
			const struct window *w = &r.windows[i];

			ck_assert_uint_eq(w->start_ns, 1000 + i * 100);
			ck_assert_uint_eq(w->nr_regions, 8);
			ck_assert_uint_eq(w->regions[0].start, 0x10000000ULL * (t + 1));
			ck_assert_uint_eq(w->regions[7].nr_accesses, (i + t) % 21);
		}
		recording_free(&r);
	}
	unlink(NAME);
}
END_TEST

/* The next process with an index that has become free is another one. */
START_TEST(an_index_is_used_again)
{
	static const size_t windows[] = { 30, 10, 10, 5 };
	struct tracks *tracks = tracks_new(100);
	struct recording_info info;
	struct recording_writer *writer = begin(&info);
	struct recording r;
	unsigned int i;

	for (i = 0; i < 30; i++) {
		struct region regions[] = {
			region_of(0, 0, 0, i), region_of(1, i < 10 ? 201 : 202, 0, i),
		};

		/* The same process id again: only the module's word tells them apart. */
		if (i == 20)
			tracks_end(tracks, writer, 1);
		/* The session's own target stays what it is. */
		if (i == 15)
			tracks_end(tracks, writer, 0);
		add(tracks, writer, regions, i < 25 ? 2 : 1, i);
	}
	ck_assert_uint_eq(tracks_count(tracks), 4);
	tracks_free(tracks);
	ck_assert(recording_finish(writer, &info));
	ck_assert(recording_load(NAME, 0, &r));
	ck_assert_uint_eq(r.nr_targets, 4);
	for (i = 0; i < 4; i++)
		ck_assert_uint_eq(r.targets[i].nr_windows, windows[i]);
	ck_assert_int_eq(r.targets[0].pid, 100);
	ck_assert_int_eq(r.targets[1].pid, 201);
	ck_assert_int_eq(r.targets[2].pid, 202);
	ck_assert_int_eq(r.targets[3].pid, 202);
	recording_free(&r);
	unlink(NAME);
}
END_TEST

/* A cgroup: nobody is target 0 of the session, and somebody is the first of the file. */
START_TEST(the_first_target_can_be_one_that_joined)
{
	struct tracks *tracks = tracks_new(0);
	struct recording_info info;
	struct recording_writer *writer = begin(&info);
	struct region regions[] = { region_of(3, 1, 0, 7) };
	struct recording r;

	info.pid = 0;
	add(tracks, writer, regions, 0, 0);
	add(tracks, writer, regions, 1, 1);
	info.cgroup = xasprintf("web/%s", "a\"b");
	tracks_free(tracks);
	ck_assert(recording_finish(writer, &info));
	ck_assert(recording_load(NAME, 0, &r));
	ck_assert_uint_eq(r.nr_targets, 1);
	ck_assert_uint_eq(r.nr_windows, 1);
	ck_assert_int_eq(r.info.pid, 1);
	ck_assert_ptr_nonnull(r.info.command);
	ck_assert_str_eq(r.info.cgroup, info.cgroup);
	recording_free(&r);
	recording_info_free(&info);
	unlink(NAME);
}
END_TEST

TCase *tcase_targets(void)
{
	TCase *tc = tcase_create("targets");

	/* It is parsing that takes long on a machine that does other things, too. */
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, texts_are_kept_apart);
	tcase_add_test(tc, each_process_has_its_windows);
	tcase_add_test(tc, an_index_is_used_again);
	tcase_add_test(tc, the_first_target_can_be_one_that_joined);
	return tc;
}
