// SPDX-License-Identifier: GPL-2.0
/*
 * The ring of records: what goes in comes out, whole and in order; what does
 * not fit is counted; and a reader that writes nonsense harms itself at most.
 *
 * The memory behind a ring is no larger than it says, so that the sanitizer
 * sees a step aside.
 */
#include <stdlib.h>
#include <string.h>

#include "abi/records.h"
#include "suites.h"
#include "world.h"

#define HEADER		512	/* any size does */
#define MAX_REGIONS	40
#define SIZE		4096

static struct damon_ring ring;
static u8 *mem;
static u64 random_state;
static u8 got[2 * SIZE];	/* the record that take() took last */

static void begin(void)
{
	mem = calloc(1, HEADER + SIZE);
	memset(&ring, 0, sizeof(ring));
	damon_ring_init(&ring, mem, HEADER, damon_ring_data_size(SIZE));
	random_state = 1;
}

static void end(void)
{
	free(mem);
}

static u64 rnd(u64 below)
{
	return world_random(&random_state) % below;
}

/* Two of three windows have probes. */
static u32 probes_of(u64 seq)
{
	return seq % 3;
}

static void put_window(u64 seq, u32 nr_regions)
{
	struct damon_region_info *regions = calloc(nr_regions, sizeof(*regions));
	struct damon_hits_info *hits = calloc(nr_regions, sizeof(*hits));
	struct damon_result r = {
		.regions = regions,
		.hits = seq % 2 || probes_of(seq) ? hits : NULL,
		.nr_regions = nr_regions,
		.seq = seq,
		.start_ns = 1000 * seq,
		.end_ns = 1000 * seq + 999,
		.sample_us = 5,
		.aggr_us = 100,
		.max_nr_accesses = 20,
		.nr_targets = 1,
		.nr_probes = probes_of(seq),
	};
	u32 i, k;

	for (i = 0; i < nr_regions; i++) {
		regions[i].start = seq + 2 * i;
		regions[i].end = seq + 2 * i + 1;
		regions[i].nr_accesses = i;
		regions[i].age = seq;
		for (k = 0; k < probes_of(seq); k++)
			hits[i].hits[k] = seq + i + k;
	}
	damon_ring_window(&ring, &r);
	free(hits);
	free(regions);
}

static void check_hits(const struct damon_record_window *w, size_t len)
{
	const struct damon_record_hits *hits = (const void *)&w->regions[w->nr_regions];
	u32 i, k;

	if (!probes_of(w->seq)) {
		ck_assert_uint_eq(len, 0);
		return;
	}
	ck_assert_uint_eq(len, sizeof(*hits) + w->nr_regions * sizeof(hits->hits[0]));
	ck_assert_uint_eq(hits->nr_probes, probes_of(w->seq));
	ck_assert_uint_eq(hits->hit_size, sizeof(hits->hits[0]));
	for (i = 0; i < w->nr_regions; i++) {
		for (k = 0; k < ARRAY_SIZE(hits->hits[i].hits); k++)
			ck_assert_uint_eq(hits->hits[i].hits[k],
					  k < hits->nr_probes ? w->seq + i + k : 0);
	}
}

static void check_window(const struct damon_record_window *w)
{
	const size_t plain = sizeof(*w) + w->nr_regions * sizeof(w->regions[0]);
	u32 i;

	ck_assert_uint_eq(w->head.type, DAMON_RECORD_WINDOW);
	ck_assert_uint_ge(w->head.size, plain);
	ck_assert_uint_eq(w->head.time_ns, 1000 * w->seq + 999);
	ck_assert_uint_eq(w->start_ns, 1000 * w->seq);
	ck_assert_uint_eq(w->sample_us, 5);
	ck_assert_uint_eq(w->aggr_us, 100);
	ck_assert_uint_eq(w->max_nr_accesses, 20);
	for (i = 0; i < w->nr_regions; i++) {
		ck_assert_uint_eq(w->regions[i].start, w->seq + 2 * i);
		ck_assert_uint_eq(w->regions[i].end, w->seq + 2 * i + 1);
		ck_assert_uint_eq(w->regions[i].nr_accesses, i);
		ck_assert_uint_eq(w->regions[i].age, w->seq);
	}
	check_hits(w, w->head.size - plain);
}

/* As read() does. */
static size_t take_unmapped(void)
{
	const void *first;
	size_t first_len, len;

	len = damon_ring_peek(&ring, ring.tail, &first, &first_len);
	if (!len)
		return 0;
	ck_assert_uint_le(len, sizeof(got));
	ck_assert_uint_le(first_len, len);
	memcpy(got, first, first_len);
	memcpy(got + first_len, ring.data, len - first_len);
	damon_ring_consume(&ring, ring.tail + len);
	return len;
}

/* As the header file tells programs to. */
static size_t take_mapped(void)
{
	struct damon_ring_header *h = (void *)mem;
	const u8 *data = mem + h->data_offset;
	u64 head = __atomic_load_n(&h->data_head, __ATOMIC_ACQUIRE);
	u64 tail = h->data_tail;
	size_t start = tail & (h->data_size - 1);
	u32 len, i;

	if (head == tail)
		return 0;
	len = ((const struct damon_record *)(data + start))->size;
	ck_assert_uint_le(len, sizeof(got));
	ck_assert_uint_le(len, head - tail);
	for (i = 0; i < len; i++)
		got[i] = data[(tail + i) & (h->data_size - 1)];
	__atomic_store_n(&h->data_tail, tail + len, __ATOMIC_RELEASE);
	return len;
}

static size_t take(void)
{
	size_t len = ring.mapped ? take_mapped() : take_unmapped();
	const struct damon_record *record = (void *)got;

	if (len) {
		ck_assert_uint_eq(record->size, len);
		ck_assert_uint_eq(len % 8, 0);
	}
	return len;
}

START_TEST(size_of_a_ring)
{
	ck_assert_uint_eq(damon_ring_data_size(1), 4096);
	ck_assert_uint_eq(damon_ring_data_size(4096), 4096);
	ck_assert_uint_eq(damon_ring_data_size(4097), 8192);
	ck_assert_uint_eq(damon_ring_data_size(1U << 31), 1UL << 31);
}
END_TEST

START_TEST(header_of_a_ring)
{
	const struct damon_ring_header *h = (void *)mem;

	ck_assert_uint_eq(h->size, sizeof(*h));
	ck_assert_uint_eq(h->version, DAMON_RING_VERSION);
	ck_assert_uint_eq(h->data_offset, HEADER);
	ck_assert_uint_eq(h->data_size, SIZE);
	ck_assert_uint_eq(h->data_head, 0);
	ck_assert_uint_eq(h->data_tail, 0);
	ck_assert_uint_eq(h->nr_lost, 0);
}
END_TEST

START_TEST(tuned_intervals)
{
	const struct damon_intervals old = { .sample_us = 5000, .aggr_us = 100000 };
	const struct damon_intervals now = { .sample_us = 7500, .aggr_us = 150000 };
	const struct damon_record_intervals *r = (void *)got;

	damon_ring_intervals(&ring, &old, &now, 77);
	ck_assert_uint_eq(take(), sizeof(*r));
	ck_assert_uint_eq(r->head.type, DAMON_RECORD_INTERVALS);
	ck_assert_uint_eq(r->head.time_ns, 77);
	ck_assert_uint_eq(r->old_sample_us, 5000);
	ck_assert_uint_eq(r->old_aggr_us, 100000);
	ck_assert_uint_eq(r->sample_us, 7500);
	ck_assert_uint_eq(r->aggr_us, 150000);
	ck_assert_uint_eq(take(), 0);
}
END_TEST

START_TEST(gone_target)
{
	const struct damon_record_target_gone *r = (void *)got;

	damon_ring_target_gone(&ring, 3, 88);
	ck_assert_uint_eq(take(), sizeof(*r));
	ck_assert_uint_eq(r->head.type, DAMON_RECORD_TARGET_GONE);
	ck_assert_uint_eq(r->head.time_ns, 88);
	ck_assert_uint_eq(r->target, 3);
	ck_assert_uint_eq(r->reserved, 0);
}
END_TEST

START_TEST(new_target)
{
	const struct damon_record_target_new *r = (void *)got;

	damon_ring_target_new(&ring, 12, 4711, 2, 99);
	ck_assert_uint_eq(take(), sizeof(*r));
	ck_assert_uint_eq(r->head.type, DAMON_RECORD_TARGET_NEW);
	ck_assert_uint_eq(r->head.time_ns, 99);
	ck_assert_uint_eq(r->target, 12);
	ck_assert_uint_eq(r->pid, 4711);
	ck_assert_uint_eq(r->parent, 2);
	ck_assert_uint_eq(r->reserved, 0);
}
END_TEST

START_TEST(left_out)
{
	const struct damon_record_left_out *r = (void *)got;

	damon_ring_left_out(&ring, 7, 66);
	ck_assert_uint_eq(take(), sizeof(*r));
	ck_assert_uint_eq(r->head.type, DAMON_RECORD_LEFT_OUT);
	ck_assert_uint_eq(r->head.time_ns, 66);
	ck_assert_uint_eq(r->nr, 7);
	ck_assert_uint_eq(r->reserved, 0);
}
END_TEST

/*
 * Records of all sizes, put and taken in bursts, around the end of the data
 * many times: each is there, or in the count before the next one that is.
 * Half of it is read by read(), the rest in a mapping, in one go.
 */
START_TEST(in_order_or_counted)
{
	const struct damon_record_lost *lost = (void *)got;
	const struct damon_record_window *w = (void *)got;
	u64 put = 0, seen = 0, nr_lost = 0, gap = 0, turn, i;
	size_t len;

	for (turn = 0; turn < 4000; turn++) {
		if (turn == 2000)
			damon_ring_set_mapped(&ring);
		for (i = rnd(6); i; i--)
			put_window(++put, rnd(MAX_REGIONS + 1));
		if (turn == 3999)
			damon_ring_flush(&ring, 1);
		for (i = turn == 3999 ? ~0ULL : rnd(6); i; i--) {
			len = take();
			if (!len)
				break;
			if (w->head.type == DAMON_RECORD_LOST) {
				ck_assert_uint_eq(gap, 0);
				gap = lost->nr;
				ck_assert_uint_gt(gap, 0);
				nr_lost += gap;
				continue;
			}
			check_window(w);
			ck_assert_uint_eq(w->seq, seen + gap + 1);
			seen = w->seq;
			gap = 0;
		}
	}
	ck_assert(damon_ring_empty(&ring));
	ck_assert_uint_gt(ring.head, 100 * SIZE);
	ck_assert_uint_gt(nr_lost, 100);
	ck_assert_uint_lt(nr_lost, put / 2);
	ck_assert_uint_eq(seen + gap, put);
	ck_assert_uint_eq(damon_ring_nr_lost(&ring), nr_lost);
	ck_assert_uint_eq(((struct damon_ring_header *)mem)->nr_lost, nr_lost);
	ck_assert_uint_eq(((struct damon_ring_header *)mem)->data_head, ring.head);
}
END_TEST

START_TEST(mapping_goes_on_where_read_stopped)
{
	const struct damon_record_window *w = (void *)got;

	put_window(1, 3);
	put_window(2, 3);
	put_window(3, 3);
	ck_assert_uint_gt(take(), 0);
	ck_assert(!damon_ring_is_mapped(&ring));
	damon_ring_set_mapped(&ring);
	ck_assert(damon_ring_is_mapped(&ring));
	ck_assert_uint_gt(take(), 0);
	ck_assert_uint_eq(w->seq, 2);
	/* A second mapping changes nothing. */
	damon_ring_set_mapped(&ring);
	ck_assert(!damon_ring_empty(&ring));
	ck_assert_uint_gt(take(), 0);
	ck_assert_uint_eq(w->seq, 3);
	ck_assert(damon_ring_empty(&ring));
}
END_TEST

/* Tails that cannot be, as distances from the head. */
static const u64 nonsense[] = {
	1, 8, SIZE, 1ULL << 32, 1ULL << 63,			/* ahead of it */
	-(u64)SIZE - 1, -(u64)SIZE - 8, -2 * (u64)SIZE, -(1ULL << 33),	/* long ago */
};

START_TEST(nonsense_for_a_tail)
{
	struct damon_ring_header *h = (void *)mem;
	const struct damon_record_lost *lost = (void *)got;
	u64 head, seq = 0, before;
	u8 *copy = malloc(SIZE);
	int i;

	damon_ring_set_mapped(&ring);
	for (i = 0; i < 11; i++)
		put_window(++seq, 3);
	head = ring.head;
	h->data_tail = head + nonsense[_i];
	before = h->nr_lost;
	memcpy(copy, ring.data, SIZE);
	for (i = 0; i < 100; i++)
		put_window(++seq, i % MAX_REGIONS);
	damon_ring_flush(&ring, 1);
	ck_assert(!damon_ring_empty(&ring));

	/* Nothing went in, all of it is counted. */
	ck_assert_uint_eq(ring.head, head);
	ck_assert_mem_eq(copy, ring.data, SIZE);
	ck_assert_uint_eq(h->nr_lost, before + 100);

	/* Put right, it goes on, and says what is missing. */
	h->data_tail = head;
	put_window(++seq, 3);
	ck_assert_uint_eq(take(), sizeof(*lost));
	ck_assert_uint_eq(lost->head.type, DAMON_RECORD_LOST);
	ck_assert_uint_eq(lost->nr, 100);
	ck_assert_uint_gt(take(), 0);
	check_window((void *)got);
	free(copy);
}
END_TEST

/* All of the header, and at any moment: what was counted stays true. */
START_TEST(nonsense_all_over_the_header)
{
	struct damon_ring_header *h = (void *)mem;
	u64 seq = 0, turn;
	u32 i;

	damon_ring_set_mapped(&ring);
	for (turn = 0; turn < 20000; turn++) {
		u64 head = ring.head, nr_lost = ring.nr_lost;

		for (i = 0; i < sizeof(*h); i += 8)
			memcpy(mem + i, &(u64){ world_random(&random_state) }, 8);
		if (turn % 3)
			h->data_tail = ring.head - rnd(SIZE + 16);
		put_window(++seq, rnd(MAX_REGIONS));
		if (ring.head == head) {
			ck_assert_uint_eq(ring.nr_lost, nr_lost + 1);
			ck_assert_uint_eq(h->nr_lost, ring.nr_lost);
		} else {
			ck_assert_uint_eq(ring.nr_lost, nr_lost);
			ck_assert_uint_le(ring.head - head, SIZE);
			ck_assert_uint_eq(h->data_head, ring.head);
		}
		ck_assert_uint_eq(ring.size, SIZE);
		ck_assert_ptr_eq(ring.data, mem + HEADER);
	}
	ck_assert_uint_gt(ring.nr_lost, 1000);
	ck_assert_uint_gt(seq - ring.nr_lost, 1000);
}
END_TEST

Suite *records_suite(void)
{
	Suite *suite = suite_create("records");
	TCase *tc = tcase_create("ring");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, size_of_a_ring);
	tcase_add_test(tc, header_of_a_ring);
	tcase_add_test(tc, tuned_intervals);
	tcase_add_test(tc, gone_target);
	tcase_add_test(tc, new_target);
	tcase_add_test(tc, left_out);
	tcase_add_test(tc, in_order_or_counted);
	tcase_add_test(tc, mapping_goes_on_where_read_stopped);
	tcase_add_loop_test(tc, nonsense_for_a_tail, 0, ARRAY_SIZE(nonsense));
	tcase_add_test(tc, nonsense_all_over_the_header);
	suite_add_tcase(suite, tc);
	return suite;
}
