// SPDX-License-Identifier: GPL-2.0
/* A mapped ring is read as its header file says, and nothing in it is believed. */
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ring_map.h"
#include "test_tools.h"

#define PAGE	4096
#define SIZE	(2 * PAGE)

static int fd;
static struct damon_ring_header *header;
static char *data;
static struct ring_map ring;

/* The kernel's side: empty, but far from its beginning. */
static void make_ring(void)
{
	fd = memfd_create("ring", 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, PAGE + SIZE), 0);
	header = mmap(NULL, PAGE + SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(header, MAP_FAILED);
	data = (char *)header + PAGE;
	*header = (struct damon_ring_header){
		.size = sizeof(*header),
		.version = DAMON_RING_VERSION,
		.data_offset = PAGE,
		.data_size = SIZE,
		.data_head = 100 * SIZE - 24,
		.data_tail = 100 * SIZE - 24,
	};
}

static void remove_ring(void)
{
	ring_map_close(&ring);
	munmap(header, PAGE + SIZE);
	close(fd);
}

/* A record whose bytes behind its head count up from @first. */
static void put(uint32_t size, char first)
{
	struct damon_record head = { .type = 77, .size = size, .time_ns = 5 };
	uint64_t at = header->data_head;
	uint32_t i;

	for (i = 0; i < size; i++)
		data[(at + i) % SIZE] = i < sizeof(head) ? ((char *)&head)[i] :
							   (char)(first + i - sizeof(head));
	header->data_head += size;
}

static void take(uint32_t size, char first)
{
	const struct damon_record *record;
	uint32_t i;

	ck_assert(ring_map_next(&ring, &record));
	ck_assert_ptr_nonnull(record);
	ck_assert_uint_eq(record->type, 77);
	ck_assert_uint_eq(record->size, size);
	for (i = sizeof(*record); i < size; i++)
		ck_assert_int_eq(((const char *)record)[i], (char)(first + i - sizeof(*record)));
	/* It is the kernel's to overwrite only when it was taken. */
	ck_assert_uint_eq(header->data_tail, ring.tail);
	ring_map_take(&ring, record);
	ck_assert_uint_eq(header->data_tail, ring.tail);
}

START_TEST(records_are_whole)
{
	const struct damon_record *record;

	ck_assert_int_eq(ring_map_open(&ring, fd), RING_MAPPED);
	ck_assert(ring_map_next(&ring, &record));
	ck_assert_ptr_null(record);
	put(64, 1);		/* torn behind its first 24 bytes */
	put(SIZE - 64, 2);	/* the ring is full */
	take(64, 1);
	put(40, 3);		/* torn again */
	take(SIZE - 64, 2);
	take(40, 3);
	ck_assert(ring_map_next(&ring, &record));
	ck_assert_ptr_null(record);
	ck_assert_uint_eq(header->data_tail, header->data_head);
}
END_TEST

static void head_too_far(void)
{
	header->data_head = header->data_tail + SIZE + 8;
}

static void head_behind(void)
{
	header->data_head = header->data_tail - 8;
}

static struct damon_record *first_record(void)
{
	return (void *)(data + header->data_tail % SIZE);
}

static void no_size(void)
{
	first_record()->size = 0;
}

static void odd_size(void)
{
	first_record()->size = 20;
}

static void size_over_head(void)
{
	first_record()->size = 72;
}

static void (* const wrongs[])(void) = {
	head_too_far, head_behind, no_size, odd_size, size_over_head,
};

START_TEST(contradictions_are_refused)
{
	const struct damon_record *record;

	put(64, 1);
	wrongs[_i]();
	ck_assert_int_eq(ring_map_open(&ring, fd), RING_MAPPED);
	ck_assert(!ring_map_next(&ring, &record));
}
END_TEST

static void other_version(void)
{
	header->version++;
}

static void short_header(void)
{
	header->size = offsetof(struct damon_ring_header, data_tail);
}

static void odd_place(void)
{
	header->data_offset = PAGE + 8;
}

static void no_place(void)
{
	header->data_offset = 0;
}

static void odd_length(void)
{
	header->data_size = SIZE + PAGE;
}

static void (* const unknowns[])(void) = {
	other_version, short_header, odd_place, no_place, odd_length,
};

START_TEST(unknown_rings_are_left_alone)
{
	unknowns[_i]();
	ck_assert_int_eq(ring_map_open(&ring, fd), RING_SPOILT);
	ck_assert_ptr_null(ring.header);
}
END_TEST

START_TEST(no_ring_is_no_error)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(ring_map_open(&ring, fds[0]), RING_NONE);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

TCase *tcase_ring(void)
{
	TCase *tc = tcase_create("ring");

	tcase_add_checked_fixture(tc, make_ring, remove_ring);
	tcase_add_test(tc, records_are_whole);
	tcase_add_loop_test(tc, contradictions_are_refused, 0,
			    (int)(sizeof(wrongs) / sizeof(wrongs[0])));
	tcase_add_loop_test(tc, unknown_rings_are_left_alone, 0,
			    (int)(sizeof(unknowns) / sizeof(unknowns[0])));
	tcase_add_test(tc, no_ring_is_no_error);
	return tc;
}
