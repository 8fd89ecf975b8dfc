// SPDX-License-Identifier: GPL-2.0
/* Records with what probes have found are taken apart. */
#include <damon/device.h>
#include <stddef.h>
#include <string.h>

#include "record_stream.h"
#include "test_tools.h"

#define REGIONS	3

/* Hits as a later module may have them. */
struct longer_hits {
	struct damon_hits_info known;
	uint32_t more[2];
};

struct record {
	struct damon_record_window window;
	struct damon_region_info regions[REGIONS];
	struct damon_record_hits head;
	union {
		struct damon_hits_info hits[REGIONS];
		struct longer_hits longer[REGIONS];
	};
};

static struct record record;
static struct window seen;
static struct region regions[REGIONS];

static void make(size_t hit_size)
{
	unsigned int i;

	memset(&record, 0, sizeof(record));
	record.window.head.type = DAMON_RECORD_WINDOW;
	record.window.head.size = offsetof(struct record, hits) + REGIONS * hit_size;
	record.window.max_nr_accesses = 20;
	record.window.nr_regions = REGIONS;
	record.head.nr_probes = 2;
	record.head.hit_size = hit_size;
	for (i = 0; i < REGIONS; i++) {
		uint32_t *hits = (void *)((char *)record.hits + i * hit_size);

		record.regions[i].start = 10 * i;
		record.regions[i].end = 10 * i + 10;
		hits[0] = i;
		hits[1] = 20 - i;
	}
}

static bool keep(void *arg, const struct window *window)
{
	(void)arg;
	ck_assert_uint_le(window->nr_regions, REGIONS);
	seen = *window;
	memcpy(regions, window->regions, window->nr_regions * sizeof(regions[0]));
	return true;
}

static bool parse(uint64_t addr_unit)
{
	const struct record_handler handler = { .window = keep, .addr_unit = addr_unit };

	memset(&seen, 0, sizeof(seen));
	return record_stream_parse(&record, record.window.head.size, &handler);
}

/* Longer ones as well. */
START_TEST(hits_are_read)
{
	unsigned int i;

	make(_i ? sizeof(struct longer_hits) : sizeof(struct damon_hits_info));
	ck_assert(parse(1));
	ck_assert_uint_eq(seen.nr_regions, REGIONS);
	ck_assert_uint_eq(seen.nr_probes, 2);
	for (i = 0; i < REGIONS; i++) {
		ck_assert_uint_eq(regions[i].hits[0], i);
		ck_assert_uint_eq(regions[i].hits[1], 20 - i);
	}
	ck_assert_double_eq(region_share(&seen, &regions[2], 1), 0.9);
}
END_TEST

START_TEST(more_probes_than_known_are_left_out)
{
	make(sizeof(struct damon_hits_info));
	record.head.nr_probes = 5;
	ck_assert(parse(1));
	ck_assert_uint_eq(seen.nr_probes, MAX_PROBES);
}
END_TEST

/* What does not hold hits for each region is not believed to. */
START_TEST(what_is_no_hits_is_not_read)
{
	static const struct {
		uint32_t hit_size;
		int32_t longer;
	} wrong[] = { { 16, -8 }, { 0, 0 }, { 8, 0 }, { 18, 8 }, { UINT32_MAX - 3, 0 } };

	make(sizeof(struct damon_hits_info));
	record.head.hit_size = wrong[_i].hit_size;
	record.window.head.size += wrong[_i].longer;
	ck_assert(parse(1));
	ck_assert_uint_eq(seen.nr_regions, REGIONS);
	ck_assert_uint_eq(seen.nr_probes, 0);
	ck_assert_uint_eq(regions[2].hits[1], 0);
}
END_TEST

START_TEST(units_become_bytes)
{
	make(sizeof(struct damon_hits_info));
	ck_assert(parse(4096));
	ck_assert_uint_eq(regions[2].start, 20 * 4096);
	ck_assert_uint_eq(regions[2].end, 30 * 4096);
}
END_TEST

TCase *tcase_stream(void)
{
	TCase *tc = tcase_create("stream");

	tcase_add_loop_test(tc, hits_are_read, 0, 2);
	tcase_add_test(tc, more_probes_than_known_are_left_out);
	tcase_add_loop_test(tc, what_is_no_hits_is_not_read, 0, 5);
	tcase_add_test(tc, units_become_bytes);
	return tc;
}
