// SPDX-License-Identifier: GPL-2.0
/*
 * The device and DAMON_IOC_QUERY.
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "harness.h"

START_TEST(node_is_for_everybody)
{
	struct stat st;

	ck_assert_int_eq(stat(DAMON_DEVICE_PATH, &st), 0);
	ck_assert(S_ISCHR(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 0777, 0666);
}
END_TEST

START_TEST(answers_make_sense)
{
	struct damon_query query = {};
	int dev = device_open();

	query.size = sizeof(query);
	memset(query.version, '#', sizeof(query.version));
	ck_assert_int_eq(do_ioctl(dev, DAMON_IOC_QUERY, &query), 0);
	ck_assert_uint_eq(query.size, sizeof(query));
	ck_assert_uint_eq(query.ops, 1ULL << DAMON_OPS_VADDR | 1ULL << DAMON_OPS_FVADDR |
				     1ULL << DAMON_OPS_PADDR);
	ck_assert_uint_ge(query.min_sample_us, 1);
	ck_assert_uint_ge(query.max_nr_targets, 1);
	ck_assert_uint_ge(query.max_nr_regions, DAMON_DEFAULT_MAX_NR_REGIONS);
	ck_assert_uint_ge(query.max_ring_bytes, 64 * 1024);
	ck_assert_ptr_nonnull(memchr(query.version, '\0', sizeof(query.version)));
	ck_assert_msg(query.version[0] >= '0' && query.version[0] <= '9', "version '%s'",
		      query.version);
}
END_TEST

/* What Debian's kernels have: all of it but PG_idle, which begins after 6.1. */
START_TEST(features_are_known)
{
	const uint64_t all = DAMON_FEATURE_PG_IDLE | DAMON_FEATURE_NOTIFIERS |
			     DAMON_FEATURE_PTRACE | DAMON_FEATURE_PIDFD |
			     DAMON_FEATURE_FLUSH_TLB | DAMON_FEATURE_FOLLOW_FORK;
	struct damon_query query;

	device_query(device_open(), &query);
	ck_assert_uint_eq(query.features & ~all, 0);
	ck_assert_uint_eq(query.features | DAMON_FEATURE_PG_IDLE, all);
}
END_TEST

START_TEST(nothing_is_missing_here)
{
	char text[512];
	struct damon_query query = {
		.size = sizeof(query), .text = PTR(text), .text_len = sizeof(text),
	};

	memset(text, '#', sizeof(text));
	ck_assert_int_eq(do_ioctl(device_open(), DAMON_IOC_QUERY, &query), 0);
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(text_that_faults)
{
	struct damon_query query = { .size = sizeof(query), .text_len = 100 };
	char *half = map_half(PAGE);
	int dev = device_open();

	query.text = PTR(half + PAGE);
	ck_assert_int_eq(do_ioctl(dev, DAMON_IOC_QUERY, &query), -EFAULT);
	query.text = ~0ULL - 10;
	ck_assert_int_eq(do_ioctl(dev, DAMON_IOC_QUERY, &query), -EFAULT);
	device_query(dev, &query);
}
END_TEST

START_TEST(sizes)
{
	struct damon_query query = { .size = sizeof(query) };

	check_sizes(device_open(), DAMON_IOC_QUERY, &query, sizeof(query));
}
END_TEST

START_TEST(flags)
{
	struct damon_query query = { .size = sizeof(query) };

	check_flags(device_open(), DAMON_IOC_QUERY, &query, sizeof(query));
}
END_TEST

/* The device knows no commands of a session, and nothing else. */
START_TEST(unknown_commands)
{
	static const unsigned long cmds[] = {
		DAMON_IOC_COMMIT, DAMON_IOC_START, DAMON_IOC_STOP, DAMON_IOC_SNAPSHOT,
		_IO(DAMON_IOC_MAGIC, 0xff), _IO(DAMON_IOC_MAGIC - 1, 0),
		_IOWR(DAMON_IOC_MAGIC, 0x00, struct damon_query), 0x5401 /* TCGETS */,
	};
	char arg[512] = {};
	int dev = device_open();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		ck_assert_msg(do_ioctl(dev, cmds[i], arg) == -ENOTTY, "%#lx", cmds[i]);
	ck_assert_int_lt(read(dev, arg, sizeof(arg)), 0);
}
END_TEST

/*
 * As a 32-bit program calls: through its own system call entry, which takes
 * the same structures.
 */
static void query_as_32_bit(void *data)
{
	struct damon_query *query = data;
	long ret = 54;	/* its ioctl() */
	int dev = open(DAMON_DEVICE_PATH, O_RDWR);

	query->size = sizeof(*query);
	asm volatile("int $0x80" : "+a" (ret)
		     : "b" (dev), "c" (DAMON_IOC_QUERY), "d" (query)
		     : "memory", "r8", "r9", "r10", "r11");
	query->flags = ret;
}

START_TEST(programs_of_32_bits)
{
	struct damon_query *query, native;
	int status;

	query = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	ck_assert_ptr_ne(query, MAP_FAILED);
	status = run_here(query_as_32_bit, query);
	if (WIFSIGNALED(status))
		skip("the kernel runs no 32-bit programs");
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq((int)query->flags, 0);
	device_query(device_open(), &native);
	ck_assert_mem_eq(query, &native, sizeof(native));
}
END_TEST

Suite *query_suite(void)
{
	Suite *suite = suite_create("query");
	TCase *tc = add_case(suite, "query");

	tcase_add_test(tc, node_is_for_everybody);
	tcase_add_test(tc, answers_make_sense);
	tcase_add_test(tc, features_are_known);
	tcase_add_test(tc, nothing_is_missing_here);
	tcase_add_test(tc, text_that_faults);
	tcase_add_test(tc, sizes);
	tcase_add_test(tc, flags);
	tcase_add_test(tc, unknown_commands);
	tcase_add_test(tc, programs_of_32_bits);
	return suite;
}
