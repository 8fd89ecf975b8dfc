// SPDX-License-Identifier: GPL-2.0
/* Numbers with units. */
#include <stdlib.h>

#include "test_tools.h"
#include "units.h"

static const struct {
	const char *text;
	uint64_t us;
} intervals[] = {
	{ "5ms", 5000 }, { "100us", 100 }, { "1s", 1000000 }, { "1.5s", 1500000 }, { "2m", 120000000 },
	{ "2min", 120000000 }, { "1h", 3600000000 }, { "0", 0 }, { "0.25ms", 250 },
};

START_TEST(intervals_are_read)
{
	uint64_t us = 42;

	ck_assert(parse_interval(intervals[_i].text, &us));
	ck_assert_uint_eq(us, intervals[_i].us);
}
END_TEST

static const char * const bad_intervals[] = {
	"", "5", "ms", "-5ms", " 5ms", "5 ms", "5ms ", "5msx", "5.", ".5s", "1e3s", "0x5ms", "inf",
	"nan", "999999999999999999999h", "5,5ms",
};

START_TEST(bad_intervals_are_refused)
{
	uint64_t us = 42;

	ck_assert(!parse_interval(bad_intervals[_i], &us));
	ck_assert_uint_eq(us, 42);
}
END_TEST

START_TEST(a_bare_duration_is_seconds)
{
	uint64_t us;

	ck_assert(parse_duration("10", &us));
	ck_assert_uint_eq(us, 10000000);
	ck_assert(parse_duration("0.5", &us));
	ck_assert_uint_eq(us, 500000);
	ck_assert(parse_duration("20ms", &us));
	ck_assert_uint_eq(us, 20000);
}
END_TEST

static const struct {
	const char *text;
	uint64_t bytes;
} sizes[] = {
	{ "0", 0 }, { "4096", 4096 }, { "4096B", 4096 }, { "4K", 4096 }, { "4KB", 4096 },
	{ "4KiB", 4096 }, { "1.5M", 1572864 }, { "2G", 2147483648 }, { "1T", 1099511627776 },
};

START_TEST(sizes_are_read)
{
	uint64_t bytes = 42;

	ck_assert(parse_size(sizes[_i].text, &bytes));
	ck_assert_uint_eq(bytes, sizes[_i].bytes);
}
END_TEST

static const char * const bad_sizes[] = { "", "M", "4X", "4Ki", "4iB", "4BB", "-1", "9999999999T" };

START_TEST(bad_sizes_are_refused)
{
	uint64_t bytes;

	ck_assert(!parse_size(bad_sizes[_i], &bytes));
}
END_TEST

START_TEST(ranges_are_read)
{
	struct span *spans;

	ck_assert_uint_eq(parse_spans("0x1000-0x3000,16384-20480,0xfff000-0xfffffffffffff000", &spans), 3);
	ck_assert_uint_eq(spans[0].start, 0x1000);
	ck_assert_uint_eq(spans[0].end, 0x3000);
	ck_assert_uint_eq(spans[1].start, 16384);
	ck_assert_uint_eq(spans[1].end, 20480);
	ck_assert_uint_eq(spans[2].end, 0xfffffffffffff000);
	free(spans);
}
END_TEST

START_TEST(ranges_with_units_are_read)
{
	struct span *spans;

	ck_assert_uint_eq(parse_spans("0-4K,1M-1GiB,4GB-0x100001000,16777215T-0xfffffffffffff000", &spans),
			  4);
	ck_assert_uint_eq(spans[0].end, 4096);
	ck_assert_uint_eq(spans[1].start, 1 << 20);
	ck_assert_uint_eq(spans[1].end, 1 << 30);
	ck_assert_uint_eq(spans[2].start, 4ULL << 30);
	ck_assert_uint_eq(spans[3].start, 0xffffff0000000000);
	free(spans);
}
END_TEST

static const struct {
	const char *text;
	uint32_t bp;
} shares[] = {
	{ "4%", 400 }, { "400bp", 400 }, { "400", 400 }, { "0.01%", 1 }, { "4.5%", 450 },
	{ "100%", 10000 }, { "10000", 10000 },
};

START_TEST(shares_are_read)
{
	uint32_t bp = 42;

	ck_assert(parse_share(shares[_i].text, &bp));
	ck_assert_uint_eq(bp, shares[_i].bp);
}
END_TEST

static const char * const bad_shares[] = { "", "%", "0", "0.9", "101%", "10001", "4 %", "4p", "-4%" };

START_TEST(bad_shares_are_refused)
{
	uint32_t bp;

	ck_assert(!parse_share(bad_shares[_i], &bp));
}
END_TEST

static const struct {
	const char *text;
	uint32_t bp;
} percents[] = {
	{ "0", 0 }, { "0%", 0 }, { "0.07%", 7 }, { "5%", 500 }, { "40.5%", 4050 }, { "100%", 10000 },
	{ "3bp", 3 }, { "10000bp", 10000 },
};

START_TEST(percents_are_read)
{
	uint32_t bp = 42;

	ck_assert(parse_percent(percents[_i].text, &bp));
	ck_assert_uint_eq(bp, percents[_i].bp);
}
END_TEST

static const char * const bad_percents[] = { "", "%", "5", "0.5", "100.1%", "5 %", "-1%", "5%%" };

START_TEST(bad_percents_are_refused)
{
	uint32_t bp;

	ck_assert(!parse_percent(bad_percents[_i], &bp));
}
END_TEST

static const char * const bad_ranges[] = {
	"", "1-2,", ",1-2", "1", "1-", "-2", "2-1", "1-1", "1-2-3", "1--2", "0xg-2", "1-2 ",
	"0x10000000000000000-0x20000000000000000", "1K-1", "1X-2X", "0x1K-2K", "1K-2KiX",
	"0-16777216T",
};

START_TEST(bad_ranges_are_refused)
{
	struct span *spans;

	ck_assert_uint_eq(parse_spans(bad_ranges[_i], &spans), 0);
}
END_TEST

static const struct {
	uint64_t value;
	const char *size;
	const char *time;
} texts[] = {
	{ 0, "0 B", "0 ns" },
	{ 999, "999 B", "999 ns" },
	{ 1024, "1 KiB", "1.02 us" },
	{ 1536, "1.50 KiB", "1.54 us" },
	{ 5000000, "4.77 MiB", "5 ms" },
	{ 104857600, "100 MiB", "105 ms" },
	{ 1073741823, "1 GiB", "1.07 s" },
	{ 200000000000, "186 GiB", "3 min 20 s" },
	{ UINT64_MAX, "16 EiB", "5124095 h 34 min" },
};

START_TEST(texts_are_for_people)
{
	char buf[UNITS_TEXT];

	ck_assert_str_eq(size_text(buf, texts[_i].value), texts[_i].size);
	ck_assert_str_eq(time_text(buf, texts[_i].value), texts[_i].time);
}
END_TEST

#define COUNT(array)	((int)(sizeof(array) / sizeof((array)[0])))

TCase *tcase_units(void)
{
	TCase *tc = tcase_create("units");

	tcase_add_loop_test(tc, intervals_are_read, 0, COUNT(intervals));
	tcase_add_loop_test(tc, bad_intervals_are_refused, 0, COUNT(bad_intervals));
	tcase_add_test(tc, a_bare_duration_is_seconds);
	tcase_add_loop_test(tc, sizes_are_read, 0, COUNT(sizes));
	tcase_add_loop_test(tc, bad_sizes_are_refused, 0, COUNT(bad_sizes));
	tcase_add_test(tc, ranges_are_read);
	tcase_add_test(tc, ranges_with_units_are_read);
	tcase_add_loop_test(tc, shares_are_read, 0, COUNT(shares));
	tcase_add_loop_test(tc, bad_shares_are_refused, 0, COUNT(bad_shares));
	tcase_add_loop_test(tc, percents_are_read, 0, COUNT(percents));
	tcase_add_loop_test(tc, bad_percents_are_refused, 0, COUNT(bad_percents));
	tcase_add_loop_test(tc, bad_ranges_are_refused, 0, COUNT(bad_ranges));
	tcase_add_loop_test(tc, texts_are_for_people, 0, COUNT(texts));
	return tc;
}
