// SPDX-License-Identifier: GPL-2.0
/*
 * Records by mmap(): the same as by read(), and whatever a program does to its
 * mappings is its own loss only.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "harness.h"

#define LEN	(4 * MIB)
#define RING	(64 * 1024)

static struct conf conf;
static struct damon_ring_header *header;
static const char *data;
static char *record;	/* the one that take() took last, in one piece */

static void begin(void)
{
	record = malloc(RING);
	conf_init(&conf);
	conf_target(&conf, 0);
	conf_range(&conf, PTR(map_pages(LEN, false)), LEN);
}

static void ring_unmap(void)
{
	if (data)
		munmap((void *)data, RING);
	if (header)
		munmap(header, PAGE);
	data = NULL;
	header = NULL;
}

/* Mappings hold the session. */
static void end(void)
{
	ring_unmap();
	free(record);
}

static void *try_map(int fd, size_t len, int prot, int flags, off_t offset)
{
	return mmap(NULL, len, prot, flags, fd, offset);
}

/* Maps both parts. */
static void ring_map(int fd)
{
	void *p = try_map(fd, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, 0);

	ck_assert_msg(p != MAP_FAILED, "header: %s", strerror(errno));
	header = p;
	p = try_map(fd, header->data_size, PROT_READ, MAP_SHARED, header->data_offset);
	ck_assert_msg(p != MAP_FAILED, "data: %s", strerror(errno));
	data = p;
}

static uint64_t head(void)
{
	return __atomic_load_n(&header->data_head, __ATOMIC_ACQUIRE);
}

static void set_tail(uint64_t tail)
{
	__atomic_store_n(&header->data_tail, tail, __ATOMIC_RELEASE);
}

/* The next record, or NULL. */
static const void *take(void)
{
	uint64_t tail = header->data_tail;
	size_t start = tail & (RING - 1), n;
	uint32_t size;

	if (head() == tail)
		return NULL;
	size = ((const struct damon_record *)(data + start))->size;
	ck_assert_uint_ge(size, sizeof(struct damon_record));
	ck_assert_uint_le(size, head() - tail);
	n = size < RING - start ? size : RING - start;
	memcpy(record, data + start, n);
	memcpy(record + n, data, size - n);
	set_tail(tail + size);
	return record;
}

static short do_poll(int fd, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	ck_assert_int_ge(poll(&pfd, 1, timeout_ms), 0);
	return pfd.revents;
}

START_TEST(header_says_where)
{
	int fd = session_new(RING - 1);	/* rounded up */

	ring_map(fd);
	ck_assert_uint_eq(header->size, sizeof(*header));
	ck_assert_uint_eq(header->version, DAMON_RING_VERSION);
	ck_assert_uint_eq(header->data_size, RING);
	ck_assert_uint_eq(header->data_offset % PAGE, 0);
	ck_assert_uint_eq(header->data_head, 0);
	ck_assert_uint_eq(header->data_tail, 0);
	ck_assert_uint_eq(header->nr_lost, 0);
}
END_TEST

/* Enough windows to go around the ring a few times, none lost. */
START_TEST(windows_one_after_the_other)
{
	int fd = session_new(RING);
	const struct damon_record_window *w;
	double limit = now_s() + LIMIT_S;
	uint64_t seq = 0, ended = 0;
	const char *wrong;

	conf.c.aggr_us = 2 * conf.c.sample_us;
	conf.c.min_nr_regions = 200;
	conf_commit(fd, &conf);
	ring_map(fd);
	session_start(fd);
	while (head() < 3 * RING) {
		ck_assert_msg(now_s() < limit, "the head is at %llu",
			      (unsigned long long)head());
		ck_assert_int_eq(do_poll(fd, LIMIT_S * 1000), POLLIN);
		while ((w = take())) {
			ck_assert_uint_eq(w->head.type, DAMON_RECORD_WINDOW);
			ck_assert_uint_eq(w->seq, ++seq);
			ck_assert_uint_ge(w->start_ns, ended);
			ended = w->head.time_ns;
			wrong = covers(w->regions, w->nr_regions, &conf);
			ck_assert_msg(!wrong, "%s", wrong);
		}
	}
	ck_assert_uint_eq(header->nr_lost, 0);
}
END_TEST

START_TEST(record_is_the_snapshot)
{
	int fd = session_running(RING, &conf);
	const struct damon_record_window *w = NULL;
	struct snap snap;

	ring_map(fd);
	windows_pass(fd, 2);
	session_stop(fd);
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	ck_assert_int_eq(snap_try(fd, &snap), 0);
	while (take())
		w = (void *)record;
	ck_assert_ptr_nonnull(w);
	ck_assert_uint_eq(w->seq, snap.s.seq);
	ck_assert_uint_eq(w->nr_regions, snap.s.total);
	ck_assert_mem_eq(w->regions, snap.regions, snap.s.total * sizeof(snap.regions[0]));
	ck_assert_int_eq(do_poll(fd, 0) & (POLLIN | POLLHUP), POLLHUP);
	snap_free(&snap);
}
END_TEST

/* The first mapping takes over where read() was. */
START_TEST(mapping_takes_over)
{
	int fd = session_running(RING, &conf);
	struct damon_record_window *w;
	char *buf = malloc(RING);
	uint64_t seq;

	windows_pass(fd, 3);
	session_stop(fd);
	ck_assert_int_gt(read(fd, buf, sizeof(*w) + conf.c.max_nr_regions *
			      sizeof(w->regions[0])), 0);
	for (w = (void *)buf, seq = 0; w->seq == seq + 1; w = (void *)((char *)w + w->head.size))
		seq++;
	ring_map(fd);
	ck_assert_int_eq(read(fd, buf, RING), -1);
	ck_assert_int_eq(errno, EBUSY);
	w = (void *)take();
	if (w)
		ck_assert_uint_eq(w->seq, seq + 1);
	while (take())
		;

	/* For good. */
	ring_unmap();
	ck_assert_int_eq(read(fd, buf, RING), -1);
	ck_assert_int_eq(errno, EBUSY);
	session_start(fd);
	windows_pass(fd, 1);
	ring_map(fd);
	ck_assert_ptr_nonnull(take());
	free(buf);
}
END_TEST

static const struct {
	size_t len;
	off_t offset;
	int prot;
	int flags;
	int err;
} refused[] = {
	/* lengths */
	{ 2 * PAGE, 0, PROT_READ, MAP_SHARED, EINVAL },
	{ PAGE + RING, 0, PROT_READ, MAP_SHARED, EINVAL },
	{ PAGE, PAGE, PROT_READ, MAP_SHARED, EINVAL },
	{ RING - PAGE, PAGE, PROT_READ, MAP_SHARED, EINVAL },
	{ RING + PAGE, PAGE, PROT_READ, MAP_SHARED, EINVAL },
	/* offsets */
	{ RING, 0, PROT_READ, MAP_SHARED, EINVAL },
	{ RING, 2 * PAGE, PROT_READ, MAP_SHARED, EINVAL },
	{ PAGE, RING, PROT_READ, MAP_SHARED, EINVAL },
	{ PAGE, PAGE + RING, PROT_READ, MAP_SHARED, EINVAL },
	{ PAGE, 1L << 40, PROT_READ, MAP_SHARED, EINVAL },
	/* private ones */
	{ PAGE, 0, PROT_READ | PROT_WRITE, MAP_PRIVATE, EINVAL },
	{ RING, PAGE, PROT_READ, MAP_PRIVATE, EINVAL },
	/* rights */
	{ RING, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, EPERM },
	{ PAGE, 0, PROT_READ | PROT_EXEC, MAP_SHARED, EPERM },
	{ RING, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, EPERM },
};

START_TEST(refused_mappings)
{
	int fd = session_new(RING);
	char byte;
	void *p;

	p = try_map(fd, refused[_i].len, refused[_i].prot, refused[_i].flags,
		    refused[_i].offset);
	ck_assert_msg(p == MAP_FAILED, "length %zu, offset %ld: mapped",
		      refused[_i].len, (long)refused[_i].offset);
	ck_assert_int_eq(errno, refused[_i].err);

	/* And has not made the session a mapped one. */
	ck_assert_int_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(read(fd, &byte, 1), -1);
	ck_assert_int_eq(errno, EAGAIN);
}
END_TEST

START_TEST(no_ring)
{
	int fd = session_new(0);

	ck_assert_ptr_eq(try_map(fd, PAGE, PROT_READ, MAP_SHARED, 0), MAP_FAILED);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(rights_do_not_grow)
{
	int fd = session_new(RING);
	void *moved;

	ring_map(fd);
	ck_assert_int_eq(mprotect((void *)data, RING, PROT_READ | PROT_WRITE), -1);
	ck_assert_int_eq(errno, EACCES);
	ck_assert_int_eq(mprotect((void *)data, RING, PROT_READ | PROT_EXEC), -1);
	ck_assert_int_eq(errno, EACCES);
	ck_assert_int_eq(mprotect(header, PAGE, PROT_READ | PROT_EXEC), -1);
	ck_assert_int_eq(errno, EACCES);
	/* Neither longer nor twice. */
	ck_assert_ptr_eq(mremap(header, PAGE, 2 * PAGE, MREMAP_MAYMOVE), MAP_FAILED);
	ck_assert_ptr_eq(mremap((void *)data, 0, RING, MREMAP_MAYMOVE), MAP_FAILED);
	ck_assert_ptr_eq(mremap((void *)data, RING, RING + PAGE, MREMAP_MAYMOVE), MAP_FAILED);

	/* Elsewhere is all right. */
	moved = try_map(-1, RING, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	ck_assert_ptr_ne(moved, MAP_FAILED);
	moved = mremap((void *)data, RING, RING, MREMAP_MAYMOVE | MREMAP_FIXED, moved);
	ck_assert_ptr_ne(moved, MAP_FAILED);
	data = moved;
	conf_commit(fd, &conf);
	session_start(fd);
	ck_wait(head() > 0);
	ck_assert_ptr_nonnull(take());
}
END_TEST

/* "Flag" of the mapping at @addr in smaps: is it there? */
static bool has_vm_flag(const void *addr, const char *flag)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	char line[512], start[32];
	bool here = false, has = false;

	ck_assert_ptr_nonnull(file);
	snprintf(start, sizeof(start), "%lx-", (unsigned long)addr);
	while (fgets(line, sizeof(line), file)) {
		if (strchr("0123456789abcdef", line[0]))
			here = !strncmp(line, start, strlen(start));
		if (here && !strncmp(line, "VmFlags:", 8))
			has = strstr(line, flag);
	}
	fclose(file);
	return has;
}

START_TEST(not_inherited_nor_dumped)
{
	int fd = session_new(RING), pipes[2], status;
	pid_t pid;

	ring_map(fd);
	ck_assert(has_vm_flag(header, " dd"));	/* don't dump */
	ck_assert(has_vm_flag(data, " dd"));
	ck_assert(has_vm_flag(data, " sh"));	/* this test can see flags */
	ck_assert_int_eq(pipe(pipes), 0);
	pid = fork();
	if (!pid) {
		/* The kernel says whether they can be read, without a signal. */
		if (write(pipes[1], header, 1) != -1 || errno != EFAULT)
			_exit(1);
		if (write(pipes[1], data, 1) != -1 || errno != EFAULT)
			_exit(2);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(write(pipes[1], header, 1), 1);
	ck_assert_int_eq(write(pipes[1], data, 1), 1);
	close(pipes[0]);
	close(pipes[1]);
}
END_TEST

/* Mappings hold the session; the last one to go ends it. */
START_TEST(fd_closed_while_mapped)
{
	unsigned int workers = kdamonds(NULL, 0);
	int refs = module_refs(), fd;
	uint64_t at;

	fd = session_running(RING, &conf);
	ring_map(fd);
	close_kept(fd);
	at = head();
	ck_wait(head() > at);
	ck_assert_ptr_nonnull(take());
	ck_assert_uint_eq(kdamonds(NULL, 0), workers + 1);
	ck_assert_int_gt(module_refs(), refs);
	ck_assert_int_lt(module_remove(), 0);

	/* Piece by piece: the header, the end, the beginning. */
	ck_assert_int_eq(munmap(header, PAGE), 0);
	ck_assert_int_eq(munmap((char *)data + PAGE, RING - PAGE), 0);
	ck_assert_uint_eq(kdamonds(NULL, 0), workers + 1);
	ck_assert_int_eq(*(volatile uint32_t *)data, DAMON_RECORD_WINDOW);
	ck_assert_int_eq(munmap((void *)data, PAGE), 0);
	header = NULL;
	data = NULL;
	ck_wait(kdamonds(NULL, 0) == workers);
	ck_wait(module_refs() == refs);
}
END_TEST

/* A process that dies with a mapping, its fd closed before. */
static void job_map_and_wait(struct target *self)
{
	char msg[MSG_LEN];
	int dev = open(DAMON_DEVICE_PATH, O_RDWR | O_CLOEXEC);
	int fd = session_try(dev, RING, msg);

	conf_init(&conf);
	conf_target(&conf, 0);
	if (fd < 0 || conf_try(fd, &conf) || control_try(fd, DAMON_IOC_START, NULL) ||
	    try_map(fd, RING, PROT_READ, MAP_SHARED, PAGE) == MAP_FAILED)
		_exit(1);
	close(fd);
	close(dev);
	self->turns = 1;
	self->ready = 1;
	for (;;)
		pause();
}

START_TEST(killed_while_mapped)
{
	unsigned int workers = kdamonds(NULL, 0);
	int refs = module_refs();
	struct target *target = target_job(USER_A, job_map_and_wait);

	ck_assert_uint_eq(target->turns, 1);
	ck_assert_uint_eq(kdamonds(NULL, 0), workers + 1);
	target_kill(target);
	ck_wait(kdamonds(NULL, 0) == workers);
	ck_wait(module_refs() == refs);
}
END_TEST

/* Pages given back come again. */
START_TEST(dontneed)
{
	int fd = session_running(RING, &conf);
	const struct damon_record_window *w;

	ring_map(fd);
	ck_wait(head() > 0);
	session_stop(fd);
	madvise((void *)data, RING, MADV_DONTNEED);
	madvise(header, PAGE, MADV_DONTNEED);
	w = take();
	ck_assert_ptr_nonnull(w);
	ck_assert_uint_eq(w->head.type, DAMON_RECORD_WINDOW);
	ck_assert_uint_eq(w->seq, 1);
}
END_TEST

static uint64_t random64(void)
{
	static uint64_t state = 88172645463325252ULL;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Nonsense in every member, for many windows: the worker goes on. */
START_TEST(nonsense_in_the_header)
{
	int fd = session_new(RING);
	uint64_t *words, seq, lost;
	unsigned int turns = rounds(50), i;
	struct snap snap;

	conf.c.aggr_us = conf.c.sample_us;
	conf_commit(fd, &conf);
	ring_map(fd);
	words = (void *)header;
	session_start(fd);
	while (turns--) {
		seq = session_seq(fd);
		do {
			for (i = 0; i < PAGE / 8; i++)
				words[i] = random64();
			if (turns % 2)
				set_tail(head() - random64() % RING);
		} while (session_seq(fd) == seq);
	}
	/* What it counts can be had from the module itself. */
	snap_init(&snap, 0);
	set_tail(head() + 8);
	ck_assert_int_eq(snap_try(fd, &snap), 0);
	lost = snap.s.nr_lost;
	ck_wait(!snap_try(fd, &snap) && snap.s.nr_lost > lost + 3);
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_RUNNING);
	session_stop(fd);

	snap_free(&snap);
}
END_TEST

START_TEST(nonsense_put_right)
{
	int fd = session_running(RING, &conf);
	const struct damon_record_window *w;
	uint64_t from;

	ring_map(fd);
	set_tail(head() + 8 + 8 * RING);
	ck_wait(header->nr_lost > 3);
	from = head();
	set_tail(from);
	ck_wait(head() > from);
	ck_assert_uint_eq(((struct damon_record *)take())->type, DAMON_RECORD_LOST);
	ck_assert_uint_ge(((struct damon_record_lost *)record)->nr, 3);
	ck_wait(head() > header->data_tail);
	w = take();
	ck_assert_uint_eq(w->head.type, DAMON_RECORD_WINDOW);
}
END_TEST

/* Nobody reads: what is there stays as it is, the rest is counted. */
START_TEST(unread_is_not_overwritten)
{
	int fd = session_new(RING);
	const struct damon_record_window *w;
	uint64_t seq = 0;
	char *copy;

	conf.c.aggr_us = conf.c.sample_us;
	conf.c.min_nr_regions = 500;
	conf_commit(fd, &conf);
	ring_map(fd);
	session_start(fd);
	ck_wait(header->nr_lost > 0);
	copy = malloc(RING);
	memcpy(copy, data, RING);
	ck_wait(header->nr_lost > 20);
	ck_assert_uint_le(head(), RING);
	ck_assert_mem_eq(copy, data, head());
	session_stop(fd);
	while ((w = take()) && w->head.type == DAMON_RECORD_WINDOW)
		ck_assert_uint_eq(w->seq, ++seq);
	ck_assert_uint_gt(seq, 0);
	ck_assert_ptr_nonnull(w);
	ck_assert_uint_eq(w->head.type, DAMON_RECORD_LOST);
	ck_assert_uint_eq(((struct damon_record_lost *)w)->nr, header->nr_lost);
	free(copy);
}
END_TEST

#define LOCKED	(128 * 1024)

/* What a user with little lockable memory gets. */
struct locked {
	int result[5];
	char msg[MSG_LEN];
};

static void take_locked(void *arg)
{
	const struct rlimit limit = { LOCKED, LOCKED };
	struct locked *l = arg;
	int dev = open(DAMON_DEVICE_PATH, O_RDWR);

	setrlimit(RLIMIT_MEMLOCK, &limit);
	l->result[0] = session_try(dev, LOCKED, l->msg);	/* and a page */
	l->result[1] = session_try(dev, LOCKED / 2, NULL);
	l->result[2] = session_try(dev, LOCKED / 2, NULL);	/* and a page */
	l->result[3] = session_try(dev, LOCKED / 4, NULL);
	close(l->result[1]);
	l->result[4] = session_try(dev, LOCKED / 2, NULL);
}

static void check_locked(uid_t uid)
{
	struct locked *l = shared_alloc(sizeof(*l));

	ck_assert_int_eq(run_as(uid, take_locked, l), 0);
	ck_assert_int_eq(l->result[0], -EPERM);
	check_text(l->msg, "RLIMIT_MEMLOCK");
	ck_assert_int_ge(l->result[1], 0);
	ck_assert_int_eq(l->result[2], -EPERM);
	ck_assert_int_ge(l->result[3], 0);
	ck_assert_int_ge(l->result[4], 0);
}

START_TEST(locked_memory)
{
	struct locked *l = shared_alloc(sizeof(*l));
	int refs = module_refs();

	/* Twice: what ended with its process is no longer counted. */
	check_locked(USER_A);
	ck_wait(module_refs() == refs);
	check_locked(USER_A);
	/* Whom CAP_IPC_LOCK lets. */
	ck_assert_int_eq(run_here(take_locked, l), 0);
	ck_assert_int_ge(l->result[0], 0);
	ck_assert_int_ge(l->result[2], 0);
}
END_TEST

Suite *mmap_suite(void)
{
	Suite *suite = suite_create("mmap");
	TCase *tc = add_case(suite, "mmap");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, header_says_where);
	tcase_add_test(tc, windows_one_after_the_other);
	tcase_add_test(tc, record_is_the_snapshot);
	tcase_add_test(tc, mapping_takes_over);
	tcase_add_loop_test(tc, refused_mappings, 0, ARRAY_SIZE(refused));
	tcase_add_test(tc, no_ring);
	tcase_add_test(tc, rights_do_not_grow);
	tcase_add_test(tc, not_inherited_nor_dumped);
	tcase_add_test(tc, fd_closed_while_mapped);
	tcase_add_test(tc, killed_while_mapped);
	tcase_add_test(tc, dontneed);
	tcase_add_test(tc, nonsense_in_the_header);
	tcase_add_test(tc, nonsense_put_right);
	tcase_add_test(tc, unread_is_not_overwritten);
	tcase_add_test(tc, locked_memory);
	return suite;
}
