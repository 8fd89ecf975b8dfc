// SPDX-License-Identifier: GPL-2.0
/*
 * DAMON_IOC_CREATE and what a new session is.
 */
#include <fcntl.h>
#include <poll.h>

#include "harness.h"

START_TEST(new_session)
{
	int fd = session_new(0);

	ck_assert_uint_eq(session_state(fd), DAMON_STATE_NEW);
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}
END_TEST

START_TEST(sizes)
{
	struct damon_create create = { .size = sizeof(create) };

	check_sizes(device_open(), DAMON_IOC_CREATE, &create, sizeof(create));
}
END_TEST

START_TEST(flags)
{
	struct damon_create create = { .size = sizeof(create) };

	check_flags(device_open(), DAMON_IOC_CREATE, &create, sizeof(create));
}
END_TEST

/* A failed CREATE leaves no file and no reference behind. */
START_TEST(ring_too_large)
{
	struct damon_query query;
	char msg[MSG_LEN] = "#";
	int dev = device_open(), refs, fd;

	device_query(dev, &query);
	refs = module_refs();
	ck_assert_int_eq(session_try(dev, ~0U, msg), -EINVAL);
	check_text(msg, "ring_bytes");
	if (query.max_ring_bytes < ~0U) {
		strcpy(msg, "#");
		ck_assert_int_eq(session_try(dev, query.max_ring_bytes + 1, msg), -EINVAL);
		check_text(msg, "ring_bytes");
	}
	ck_assert_int_eq(module_refs(), refs);
	fd = session_try(dev, query.max_ring_bytes, msg);
	ck_assert_msg(fd >= 0, "largest ring: %s: %s", strerror(-fd), msg);
	close(fd);
}
END_TEST

/* Any size will do: it is rounded up. */
START_TEST(ring_of_odd_size)
{
	static const uint32_t sizes[] = { 1, 24, 4095, 4097, 100000 };
	char msg[MSG_LEN] = "";
	int dev = device_open(), fd;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		fd = session_try(dev, sizes[i], msg);
		ck_assert_msg(fd >= 0, "ring of %u: %s: %s", sizes[i], strerror(-fd), msg);
		close(fd);
	}
}
END_TEST

START_TEST(unknown_commands)
{
	static const unsigned long cmds[] = {
		DAMON_IOC_QUERY, DAMON_IOC_CREATE, _IO(DAMON_IOC_MAGIC, 0xff),
		_IO(DAMON_IOC_MAGIC - 1, 0x13), 0x5401 /* TCGETS */,
	};
	char arg[512] = {};
	int fd = session_new(0);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++)
		ck_assert_msg(do_ioctl(fd, cmds[i], arg) == -ENOTTY, "%#lx", cmds[i]);
}
END_TEST

/* The session is its own: it outlives the device's file. */
START_TEST(device_may_be_closed)
{
	struct conf conf;
	int fd = session_new(0);	/* has closed it */

	conf_init(&conf);
	conf_target(&conf, 0);
	conf_commit(fd, &conf);
	session_start(fd);
	windows_pass(fd, 1);
}
END_TEST

/* No file can be returned: nothing is left of the session. */
START_TEST(no_descriptor_left)
{
	char msg[MSG_LEN] = "#";
	int dev = device_open(), refs = module_refs(), last = dev, fd;

	while ((fd = dup(dev)) >= 0)
		last = fd;
	ck_assert_int_eq(session_try(dev, 4096, msg), -EMFILE);
	ck_assert_int_eq(close(last), 0);
	ck_assert_int_eq(module_refs(), refs);
	keep_fd(session_try(dev, 4096, msg));
	while (--last > dev)
		close(last);
}
END_TEST

Suite *create_suite(void)
{
	Suite *suite = suite_create("create");
	TCase *tc = add_case(suite, "create");

	tcase_add_test(tc, new_session);
	tcase_add_test(tc, sizes);
	tcase_add_test(tc, flags);
	tcase_add_test(tc, ring_too_large);
	tcase_add_test(tc, ring_of_odd_size);
	tcase_add_test(tc, unknown_commands);
	tcase_add_test(tc, device_may_be_closed);
	tcase_add_test(tc, no_descriptor_left);
	return suite;
}
