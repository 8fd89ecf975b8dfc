// SPDX-License-Identifier: GPL-2.0
/*
 * Records: read() and poll().
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "harness.h"

#define LEN	(4 * MIB)
#define RING	(256 * 1024)
#define ROOM	(128 * 1024)

static struct conf conf;
static char *buf;	/* ROOM bytes */

static void begin(void)
{
	buf = malloc(ROOM);
	conf_init(&conf);
	conf_target(&conf, 0);
	conf_range(&conf, PTR(map_pages(LEN, false)), LEN);
}

static void end(void)
{
	free(buf);
}

static void set_nonblock(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
	ck_assert_int_eq(fcntl(fd, F_SETFL, flags), 0);
}

static ssize_t do_read(int fd, void *to, size_t len)
{
	ssize_t got = read(fd, to, len);

	return got < 0 ? -errno : got;
}

static short do_poll(int fd, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	ck_assert_int_ge(poll(&pfd, 1, timeout_ms), 0);
	return pfd.revents;
}

/* Ends the test unless these are whole records; returns how many. */
static unsigned int whole_records(const char *from, size_t len)
{
	const struct damon_record *record;
	const struct damon_record_window *window;
	unsigned int nr = 0;
	size_t size;

	for (; len; from += record->size, len -= record->size, nr++) {
		record = (const struct damon_record *)from;
		ck_assert_uint_ge(len, sizeof(*record));
		ck_assert_uint_le(record->size, len);
		ck_assert_uint_eq(record->size % 8, 0);
		switch (record->type) {
		case DAMON_RECORD_WINDOW:
			window = (const struct damon_record_window *)from;
			size = sizeof(*window) + window->nr_regions * sizeof(window->regions[0]);
			break;
		case DAMON_RECORD_TARGET_GONE:
			size = sizeof(struct damon_record_target_gone);
			break;
		case DAMON_RECORD_LOST:
			size = sizeof(struct damon_record_lost);
			break;
		default:
			ck_abort_msg("record of type %u", record->type);
		}
		ck_assert_uint_eq(record->size, size);
	}
	return nr;
}

START_TEST(windows_one_after_the_other)
{
	int fd = session_running(RING, &conf), i;
	struct damon_record_window *w = (void *)buf;
	uint64_t ended = 0, seq = 0;
	const char *wrong;
	ssize_t got;
	char *at;

	for (i = 0; i < 10; i++) {
		got = do_read(fd, buf, ROOM);
		ck_assert_int_gt(got, 0);
		ck_assert_uint_ge(whole_records(buf, got), 1);
		for (at = buf; at < buf + got; at += w->head.size) {
			w = (void *)at;
			ck_assert_uint_eq(w->head.type, DAMON_RECORD_WINDOW);
			ck_assert_uint_eq(w->seq, ++seq);
			ck_assert_uint_lt(w->start_ns, w->head.time_ns);
			ck_assert_uint_ge(w->start_ns, ended);
			ended = w->head.time_ns;
			ck_assert_uint_le(ended, now_ns());
			ck_assert_uint_eq(w->sample_us, conf.c.sample_us);
			ck_assert_uint_eq(w->aggr_us, conf.c.aggr_us);
			ck_assert_uint_eq(w->max_nr_accesses, conf.c.aggr_us / conf.c.sample_us);
			wrong = covers(w->regions, w->nr_regions, &conf);
			ck_assert_msg(!wrong, "%s", wrong);
		}
	}
}
END_TEST

/* A record says what the snapshot of the same window says. */
START_TEST(record_is_the_snapshot)
{
	int fd = session_running(RING, &conf);
	struct damon_record_window *w = NULL;
	struct snap snap;
	ssize_t got;
	char *at;

	windows_pass(fd, 2);
	session_stop(fd);
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	ck_assert_int_eq(snap_try(fd, &snap), 0);
	while ((got = do_read(fd, buf, ROOM)) > 0) {
		for (at = buf; at < buf + got; at += w->head.size)
			w = (void *)at;
	}
	ck_assert_int_eq(got, 0);
	ck_assert_ptr_nonnull(w);
	ck_assert_uint_eq(w->seq, snap.s.seq);
	ck_assert_uint_eq(w->start_ns, snap.s.start_ns);
	ck_assert_uint_eq(w->head.time_ns, snap.s.end_ns);
	ck_assert_uint_eq(w->nr_regions, snap.s.total);
	ck_assert_mem_eq(w->regions, snap.regions, snap.s.total * sizeof(snap.regions[0]));
	snap_free(&snap);
}
END_TEST

START_TEST(as_many_as_fit)
{
	int fd = session_running(RING, &conf);
	struct damon_record_window *w = (void *)buf;
	ssize_t got, first;
	uint64_t seq;

	windows_pass(fd, 3);
	session_stop(fd);

	/* Room for one and a half is room for one. */
	got = do_read(fd, buf, ROOM);
	ck_assert_int_gt(got, 0);
	ck_assert_uint_ge(whole_records(buf, got), 3);
	ck_assert_int_eq(do_read(fd, buf, ROOM), 0);

	session_start(fd);
	windows_pass(fd, 3);
	session_stop(fd);
	ck_assert_int_eq(do_read(fd, buf, 0), 0);
	ck_assert_int_eq(do_read(fd, buf, 8), -EMSGSIZE);
	ck_assert_int_eq(do_read(fd, buf, sizeof(*w)), -EMSGSIZE);
	memset(buf, 0, ROOM);
	first = sizeof(*w) + DAMON_DEFAULT_MAX_NR_REGIONS * sizeof(w->regions[0]);
	got = do_read(fd, buf, first);
	ck_assert_int_gt(got, 0);
	whole_records(buf, got);
	seq = w->seq;
	if (got == w->head.size) {
		got = do_read(fd, buf, ROOM);
		ck_assert_int_gt(got, 0);
		ck_assert_uint_eq(w->seq, seq + 1);
	}
}
END_TEST

START_TEST(exactly_one_fits)
{
	struct damon_record_window *w = (void *)buf;
	uint32_t size;
	uint64_t seq;
	int fd;

	conf.c.max_nr_regions = 3;	/* hence records of one size */
	conf.c.min_nr_regions = 3;
	fd = session_running(RING, &conf);
	windows_pass(fd, 5);
	session_stop(fd);
	ck_assert_int_eq(do_read(fd, buf, sizeof(*w) + 3 * sizeof(w->regions[0])), w->head.size);
	size = w->head.size;
	seq = w->seq;
	ck_assert_int_eq(do_read(fd, buf, size - 1), -EMSGSIZE);
	ck_assert_int_eq(do_read(fd, buf, size + size / 2), size);
	ck_assert_uint_eq(w->seq, seq + 1);
	ck_assert_int_eq(do_read(fd, buf, 2 * size), 2 * size);
	ck_assert_uint_eq(w->seq, seq + 2);
}
END_TEST

START_TEST(nonblocking)
{
	int fd = session_new(RING);

	set_nonblock(fd, true);
	ck_assert_int_eq(do_read(fd, buf, ROOM), -EAGAIN);
	conf_commit(fd, &conf);
	ck_assert_int_eq(do_read(fd, buf, ROOM), -EAGAIN);
	conf.c.aggr_us = 3600 * 1000000ULL;
	conf_commit(fd, &conf);
	session_start(fd);
	ck_assert_int_eq(do_read(fd, buf, ROOM), -EAGAIN);
	ck_assert_int_eq(do_poll(fd, 0), 0);
	conf.c.aggr_us = conf.c.sample_us;
	conf_commit(fd, &conf);
	ck_assert_int_eq(do_poll(fd, LIMIT_S * 1000), POLLIN);
	ck_assert_int_gt(do_read(fd, buf, ROOM), 0);
}
END_TEST

/* After the end: what is left, then 0 for ever, and a restart opens it again. */
START_TEST(end_of_records)
{
	int fd = session_running(RING, &conf);
	ssize_t got;

	windows_pass(fd, 2);
	ck_assert_int_eq(do_poll(fd, 0), POLLIN);
	session_stop(fd);
	ck_assert_int_eq(do_poll(fd, 0) & (POLLIN | POLLHUP), POLLIN);
	while ((got = do_read(fd, buf, ROOM)) > 0)
		whole_records(buf, got);
	ck_assert_int_eq(got, 0);
	ck_assert_int_eq(do_poll(fd, 0) & (POLLIN | POLLHUP), POLLHUP);
	ck_assert_int_eq(do_read(fd, buf, ROOM), 0);
	set_nonblock(fd, true);
	ck_assert_int_eq(do_read(fd, buf, ROOM), 0);

	session_start(fd);
	ck_assert_int_eq(do_poll(fd, LIMIT_S * 1000), POLLIN);
	ck_assert_int_gt(do_read(fd, buf, ROOM), 0);
}
END_TEST

/* A thread in read(), and whether it has begun to sleep there. */
struct reader {
	pthread_t thread;
	int fd;
	ssize_t got;
	volatile pid_t tid;
	volatile bool done;
};

static void *reader_thread(void *data)
{
	struct reader *reader = data;

	reader->tid = gettid();
	reader->got = do_read(reader->fd, buf, ROOM);
	reader->done = true;
	return NULL;
}

static bool sleeps(pid_t tid)
{
	char path[64], stat[512], *state;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	if (!read_text(path, stat, sizeof(stat)))
		return false;
	state = strrchr(stat, ')');
	return state && state[2] == 'S';
}

static void reader_begin(struct reader *reader, int fd)
{
	memset(reader, 0, sizeof(*reader));
	reader->fd = fd;
	ck_assert_int_eq(pthread_create(&reader->thread, NULL, reader_thread, reader), 0);
	ck_wait(reader->tid && sleeps(reader->tid));
	ck_assert(!reader->done);
}

static ssize_t reader_end(struct reader *reader)
{
	ck_wait(reader->done);
	ck_assert_int_eq(pthread_join(reader->thread, NULL), 0);
	return reader->got;
}

static int silent_session(void)
{
	conf.c.aggr_us = 3600 * 1000000ULL;
	return session_running(RING, &conf);
}

START_TEST(blocking_read_gets_a_record)
{
	int fd = silent_session();
	struct reader reader;
	ssize_t got;

	reader_begin(&reader, fd);
	conf.c.aggr_us = conf.c.sample_us;
	conf_commit(fd, &conf);
	got = reader_end(&reader);
	ck_assert_int_gt(got, 0);
	ck_assert_uint_ge(whole_records(buf, got), 1);
}
END_TEST

START_TEST(blocking_read_ends_with_stop)
{
	int fd = silent_session();
	struct reader reader;

	reader_begin(&reader, fd);
	session_stop(fd);
	ck_assert_int_eq(reader_end(&reader), 0);
}
END_TEST

START_TEST(blocking_read_ends_with_mmap)
{
	int fd = silent_session();
	struct reader reader;
	void *header;

	reader_begin(&reader, fd);
	header = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(header, MAP_FAILED);
	ck_assert_int_eq(reader_end(&reader), -EBUSY);
	munmap(header, PAGE);
}
END_TEST

START_TEST(blocking_read_ends_with_its_target)
{
	struct target *target = target_spawn(0, LEN, false);
	struct reader reader;
	ssize_t got;
	int fd;

	conf_init(&conf);
	conf_target(&conf, target->pid);
	fd = silent_session();
	reader_begin(&reader, fd);
	target_kill(target);
	got = reader_end(&reader);
	ck_assert_int_eq(got, sizeof(struct damon_record_target_gone));
	whole_records(buf, got);
}
END_TEST

static void on_signal(int sig)
{
	(void)sig;
}

START_TEST(blocking_read_is_interrupted)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct reader reader;

	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	reader_begin(&reader, silent_session());
	ck_assert_int_eq(pthread_kill(reader.thread, SIGUSR1), 0);
	ck_assert_int_eq(reader_end(&reader), -EINTR);
}
END_TEST

static void *poll_thread(void *data)
{
	struct reader *reader = data;

	reader->tid = gettid();
	reader->got = do_poll(reader->fd, -1);
	reader->done = true;
	return NULL;
}

START_TEST(poll_ends_with_stop)
{
	struct reader reader = { .fd = silent_session() };

	ck_assert_int_eq(pthread_create(&reader.thread, NULL, poll_thread, &reader), 0);
	ck_wait(reader.tid && sleeps(reader.tid));
	session_stop(reader.fd);
	ck_assert_int_eq(reader_end(&reader) & (POLLIN | POLLHUP), POLLHUP);
}
END_TEST

/*
 * Nobody reads: records are dropped and counted, the worker goes on.  What is
 * read then tells where the gaps are and how large.
 */
START_TEST(lost_records_are_counted)
{
	int fd = session_new(4096);
	struct damon_record *record;
	struct snap snap;
	uint64_t seq = 0, lost = 0, gap = 0;
	unsigned int turns = 0;
	ssize_t got;
	char *at;

	conf.c.aggr_us = conf.c.sample_us;
	conf_commit(fd, &conf);
	session_start(fd);
	snap_init(&snap, 0);
	while (turns++ < 3) {
		snap.s.first = 0;
		ck_wait(!snap_try(fd, &snap) && snap.s.nr_lost > lost + 2);
		if (turns == 3)
			session_stop(fd);
		set_nonblock(fd, true);
		while ((got = do_read(fd, buf, ROOM)) > 0) {
			whole_records(buf, got);
			for (at = buf; at < buf + got; at += record->size) {
				record = (void *)at;
				if (record->type == DAMON_RECORD_LOST) {
					gap = ((struct damon_record_lost *)at)->nr;
					ck_assert_uint_gt(gap, 0);
					lost += gap;
					continue;
				}
				ck_assert_uint_eq(((struct damon_record_window *)at)->seq,
						  seq + gap + 1);
				seq = ((struct damon_record_window *)at)->seq;
				gap = 0;
			}
		}
		ck_assert_int_eq(got, turns == 3 ? 0 : -EAGAIN);
	}
	ck_assert_uint_gt(seq, 0);
	ck_assert_uint_gt(lost, 0);
	ck_assert_int_eq(snap_try(fd, &snap), 0);
	ck_assert_uint_ge(snap.s.nr_lost, lost);
	/* Every window was read, told to be lost, or lost after the last record. */
	ck_assert_uint_eq(seq + gap + (snap.s.nr_lost - lost), snap.s.seq);
	snap_free(&snap);
}
END_TEST

START_TEST(record_larger_than_the_ring)
{
	int fd = session_new(4096);
	struct snap snap;

	conf.c.min_nr_regions = 500;
	conf_commit(fd, &conf);
	session_start(fd);
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	next_window(fd, &snap);
	ck_assert_uint_ge(snap.s.total, 500);
	ck_assert_uint_ge(snap.s.nr_lost, 1);
	session_stop(fd);
	snap_free(&snap);
}
END_TEST

/* Without a ring there are no records, ever. */
START_TEST(no_ring)
{
	int fd = session_running(0, &conf);

	windows_pass(fd, 3);
	set_nonblock(fd, true);
	ck_assert_int_lt(do_read(fd, buf, ROOM), 0);
	ck_assert_int_eq(do_poll(fd, 0) & POLLIN, 0);
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_RUNNING);
}
END_TEST

START_TEST(buffer_that_faults)
{
	int fd = session_running(RING, &conf);
	char *half = map_half(PAGE);
	struct damon_record_window *w = (void *)buf;
	ssize_t got;

	windows_pass(fd, 3);
	session_stop(fd);
	ck_assert_int_eq(do_read(fd, half + PAGE, ROOM), -EFAULT);
	ck_assert_int_eq(do_read(fd, half + PAGE - sizeof(*w) - 4, ROOM), -EFAULT);

	/* The first is still the first, and whole. */
	got = do_read(fd, buf, ROOM);
	ck_assert_int_gt(got, 0);
	whole_records(buf, got);
	ck_assert_uint_eq(w->seq, 1);
}
END_TEST

START_TEST(target_gone)
{
	struct target *target = target_spawn(0, LEN, false);
	struct damon_record_target_gone *gone = NULL;
	struct damon_record *record;
	struct snap snap;
	char msg[MSG_LEN] = "#", *at;
	ssize_t got;
	int fd;

	conf_init(&conf);
	conf_target(&conf, target->pid);
	conf_range(&conf, target->addr, LEN);
	fd = session_running(RING, &conf);
	windows_pass(fd, 2);
	target_kill(target);
	ck_wait(session_state(fd) == DAMON_STATE_ENDED);
	while ((got = do_read(fd, buf, ROOM)) > 0) {
		whole_records(buf, got);
		for (at = buf; at < buf + got; at += record->size) {
			record = (void *)at;
			ck_assert_msg(!gone, "a record after the last one");
			if (record->type == DAMON_RECORD_TARGET_GONE) {
				gone = (void *)at;
				ck_assert_uint_eq(gone->target, 0);
				ck_assert_uint_eq(gone->reserved, 0);
			}
		}
	}
	ck_assert_int_eq(got, 0);
	ck_assert_ptr_nonnull(gone);
	ck_assert_int_eq(do_poll(fd, 0) & (POLLIN | POLLHUP), POLLHUP);

	/* The last results stay readable, and there is nothing to start. */
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	ck_assert_int_eq(snap_try(fd, &snap), 0);
	ck_assert_uint_eq(snap.s.state, DAMON_STATE_ENDED);
	ck_assert_uint_gt(snap.s.total, 0);
	snap_free(&snap);
	ck_assert_int_eq(control_try(fd, DAMON_IOC_START, msg), -ESRCH);
	check_text(msg, NULL);
	session_stop(fd);

	/* And other targets make it work again. */
	conf_init(&conf);
	conf_target(&conf, 0);
	conf_commit(fd, &conf);
	if (session_state(fd) != DAMON_STATE_RUNNING)
		session_start(fd);
	windows_pass(fd, 1);
}
END_TEST

START_TEST(one_of_two_targets_gone)
{
	struct target *first = target_spawn(0, LEN, false);
	struct target *second = target_spawn(0, LEN, false);
	struct damon_record *record = NULL;
	struct snap snap;
	uint32_t i, index = ~0U;
	double limit = now_s() + LIMIT_S;
	ssize_t got;
	char *at;
	int fd;

	conf_init(&conf);
	conf_target(&conf, first->pid);
	conf_range(&conf, first->addr, LEN);
	conf_target(&conf, second->pid);
	conf_range(&conf, second->addr, LEN);
	fd = session_running(RING, &conf);
	windows_pass(fd, 1);
	target_kill(first);
	while (index == ~0U && now_s() < limit) {
		got = do_read(fd, buf, ROOM);
		ck_assert_int_gt(got, 0);
		for (at = buf; at < buf + got; at += record->size) {
			record = (void *)at;
			if (record->type == DAMON_RECORD_TARGET_GONE)
				index = ((struct damon_record_target_gone *)at)->target;
		}
	}
	ck_assert_uint_eq(index, 0);
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	next_window(fd, &snap);
	ck_assert_uint_eq(snap.s.state, DAMON_STATE_RUNNING);
	ck_assert_uint_eq(snap.s.nr_targets, 1);
	ck_assert_uint_gt(snap.s.total, 0);
	for (i = 0; i < snap.s.total; i++)
		ck_assert_uint_eq(snap.regions[i].target, 1);
	snap_free(&snap);
	target_kill(second);
}
END_TEST

Suite *records_suite(void)
{
	Suite *suite = suite_create("records");
	TCase *tc = add_case(suite, "records");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, windows_one_after_the_other);
	tcase_add_test(tc, record_is_the_snapshot);
	tcase_add_test(tc, as_many_as_fit);
	tcase_add_test(tc, exactly_one_fits);
	tcase_add_test(tc, nonblocking);
	tcase_add_test(tc, end_of_records);
	tcase_add_test(tc, blocking_read_gets_a_record);
	tcase_add_test(tc, blocking_read_ends_with_stop);
	tcase_add_test(tc, blocking_read_ends_with_mmap);
	tcase_add_test(tc, blocking_read_ends_with_its_target);
	tcase_add_test(tc, blocking_read_is_interrupted);
	tcase_add_test(tc, poll_ends_with_stop);
	tcase_add_test(tc, lost_records_are_counted);
	tcase_add_test(tc, record_larger_than_the_ring);
	tcase_add_test(tc, no_ring);
	tcase_add_test(tc, buffer_that_faults);
	tcase_add_test(tc, target_gone);
	tcase_add_test(tc, one_of_two_targets_gone);
	return suite;
}
