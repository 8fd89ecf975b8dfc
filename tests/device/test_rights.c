// SPDX-License-Identifier: GPL-2.0
/*
 * Who may watch whom, and how much: two users, capabilities, namespaces, and
 * processes that become somebody else's.
 */
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "harness.h"

#ifndef CAP_PERFMON
#define CAP_PERFMON	38
#endif

#define LEN	(2 * MIB)

/**
 * struct attempt - what somebody tries, and what comes of it
 * @pid:	whom to watch
 * @pidfd:	through a pidfd
 * @start:	memory to watch, or
 * @len:	0 for all that is mapped
 * @cap:	a capability to keep, or -1
 * @fd:		an inherited session, or -1 to make one
 * @skipped:	cannot be tried here
 * @create:	result of CREATE
 * @commit:	result of COMMIT
 * @msg:	text of the one that failed
 * @windows:	windows that were complete at the end
 * @hits:	sum of all nr_accesses
 *
 * In memory shared with the process that tries.
 */
struct attempt {
	pid_t pid;
	bool pidfd;
	uint64_t start;
	uint64_t len;
	int cap;
	int fd;
	bool skipped;
	int create;
	int commit;
	char msg[MSG_LEN];
	uint64_t windows;
	uint64_t hits;
};

static struct attempt *a;

static void begin(void)
{
	a = shared_alloc(sizeof(*a));
	a->cap = -1;
	a->fd = -1;
	a->create = -EINVAL;
	a->commit = -EINVAL;
}

static void collect(int fd, uint64_t windows)
{
	struct snap snap;
	uint32_t i;

	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	wait_for(!snap_try(fd, &snap) && snap.s.seq >= windows, LIMIT_S);
	a->windows = snap.s.seq;
	for (i = 0; i < snap.s.nr_regions; i++)
		a->hits += snap.regions[i].nr_accesses;
	snap_free(&snap);
}

/* Watches, in a process of its own, with whatever rights that has. */
static void watch(void *unused)
{
	int dev = -1, fd = a->fd;
	struct conf conf;

	(void)unused;
	if (a->cap >= 0 && !become_with_cap(USER_A, a->cap))
		_exit(1);
	if (fd < 0) {
		dev = open(DAMON_DEVICE_PATH, O_RDWR);
		fd = session_try(dev, 4096, a->msg);
		a->create = fd < 0 ? fd : 0;
		if (fd < 0)
			return;
	}
	conf_init(&conf);
	conf_target(&conf, a->pid);
	if (a->pidfd) {
		conf.targets[0].flags = DAMON_TARGET_PIDFD;
		conf.targets[0].pid = syscall(SYS_pidfd_open, a->pid, 0);
	}
	if (a->len)
		conf_range(&conf, a->start, a->len);
	a->commit = conf_try(fd, &conf);
	memcpy(a->msg, conf.msg, sizeof(a->msg));
	if (a->commit)
		return;
	control_try(fd, DAMON_IOC_START, NULL);
	collect(fd, 3);
}

static void allowed(uid_t uid)
{
	a->windows = 0;
	ck_assert_int_eq(run_as(uid, watch, NULL), 0);
	ck_assert_msg(!a->create && !a->commit, "CREATE %s, COMMIT %s: %.*s",
		      strerror(-a->create), strerror(-a->commit), MSG_LEN, a->msg);
	ck_assert_uint_ge(a->windows, 3);
}

static void refused(uid_t uid)
{
	ck_assert_int_eq(run_as(uid, watch, NULL), 0);
	ck_assert_int_eq(a->create, 0);
	ck_assert_msg(a->commit == -EPERM, "COMMIT: %s", strerror(-a->commit));
	check_text(a->msg, "target 0");
}

START_TEST(oneself)
{
	allowed(USER_A);
	allowed(0);
}
END_TEST

START_TEST(own_process)
{
	a->pid = target_spawn(USER_A, LEN, false)->pid;
	allowed(USER_A);
	a->pidfd = true;
	allowed(USER_A);
}
END_TEST

static void watch_child(void *unused)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	a->pid = pid;
	watch(unused);
	kill(pid, SIGKILL);
}

START_TEST(own_child)
{
	ck_assert_int_eq(run_as(USER_A, watch_child, NULL), 0);
	ck_assert_int_eq(a->commit, 0);
	ck_assert_uint_ge(a->windows, 3);
}
END_TEST

START_TEST(another_users_process)
{
	a->pid = target_spawn(USER_B, LEN, false)->pid;
	refused(USER_A);
	a->pidfd = true;
	refused(USER_A);
	allowed(USER_B);
	allowed(0);
}
END_TEST

START_TEST(roots_process)
{
	a->pid = 1;
	refused(USER_A);
	a->pid = getpid();
	refused(USER_A);
}
END_TEST

START_TEST(with_cap_perfmon)
{
	a->pid = target_spawn(USER_B, LEN, false)->pid;
	a->cap = CAP_PERFMON;
	allowed(0);
	a->pid = getpid();
	allowed(0);
}
END_TEST

/* What may be traced may be watched. */
START_TEST(with_cap_sys_ptrace)
{
	a->pid = target_spawn(USER_B, LEN, false)->pid;
	a->cap = CAP_SYS_PTRACE;
	allowed(0);
}
END_TEST

START_TEST(with_a_capability_for_something_else)
{
	a->pid = target_spawn(USER_B, LEN, false)->pid;
	a->cap = CAP_NET_ADMIN;
	refused(0);
}
END_TEST

static void watch_from_user_namespace(void *unused)
{
	a->skipped = unshare(CLONE_NEWUSER);
	if (!a->skipped)
		watch(unused);
}

/* All capabilities, but only there. */
START_TEST(user_namespace)
{
	a->pid = target_spawn(USER_B, LEN, false)->pid;
	ck_assert_int_eq(run_as(USER_A, watch_from_user_namespace, NULL), 0);
	if (a->skipped)
		skip("users cannot make user namespaces");
	ck_assert_int_eq(a->create, 0);
	ck_assert_int_eq(a->commit, -EPERM);
}
END_TEST

static void watch_as_user(void *unused)
{
	if (!become(USER_A))
		_exit(1);
	watch(unused);
}

static void watch_from_pid_namespace(void *unused)
{
	if (unshare(CLONE_NEWPID))
		_exit(1);
	if (run_here(watch_as_user, unused))
		_exit(1);
}

/* There 1 is the process itself, and the others have no numbers. */
START_TEST(pid_namespace)
{
	struct target *target = target_spawn(USER_A, LEN, false);

	a->pid = 1;
	ck_assert_int_eq(run_here(watch_from_pid_namespace, NULL), 0);
	ck_assert_int_eq(a->create, 0);
	ck_assert_int_eq(a->commit, 0);
	a->pid = target->pid;
	ck_assert_int_eq(run_here(watch_from_pid_namespace, NULL), 0);
	ck_assert_int_eq(a->commit, -ESRCH);
}
END_TEST

static void job_undumpable(struct target *target)
{
	if (prctl(PR_SET_DUMPABLE, 0))
		_exit(1);
	target->ready = 1;
	target_work(target);
}

START_TEST(process_that_hides)
{
	a->pid = target_job(USER_A, job_undumpable)->pid;
	refused(USER_A);
	allowed(0);
}
END_TEST

/* A process that executes a program which makes it root. */

static char suid_dir[] = "/tmp/damon-suid.XXXXXX";
static char suid_file[sizeof(suid_dir) + 8];
static int exec_pipe[2];

static void job_suid(struct target *target)
{
	close(exec_pipe[0]);
	target->ready = 1;
	while (target->work == WORK_IDLE)
		usleep(1000);
	execl(suid_file, suid_file, "1000", NULL);
	_exit(1);
}

struct suid_result {
	struct target *target;
	int first;
	int again;
	uint32_t state;
	bool gone;
};

static void watch_suid(void *data)
{
	struct suid_result *r = data;
	struct conf conf;
	char end;
	int fd;

	fd = session_try(open(DAMON_DEVICE_PATH, O_RDWR), 65536, NULL);
	conf_init(&conf);
	conf_target(&conf, r->target->pid);
	r->first = conf_try(fd, &conf);
	if (r->first || control_try(fd, DAMON_IOC_START, NULL))
		return;
	wait_for(session_seq(fd) >= 2, LIMIT_S);
	r->target->work = WORK_TOUCH;

	/* Closed by the execution of another program. */
	if (read(exec_pipe[0], &end, 1))
		return;
	r->gone = wait_for(session_state(fd) == DAMON_STATE_ENDED, LIMIT_S);
	r->state = session_state(fd);
	r->again = conf_try(fd, &conf);
}

START_TEST(setuid_program)
{
	struct suid_result *r = shared_alloc(sizeof(*r));
	char cmd[200], path[32];
	struct stat st;

	ck_assert_ptr_nonnull(mkdtemp(suid_dir));
	ck_assert_int_eq(chmod(suid_dir, 0755), 0);
	snprintf(suid_file, sizeof(suid_file), "%s/sleep", suid_dir);
	snprintf(cmd, sizeof(cmd), "cp /bin/sleep %s && chmod 4755 %s", suid_file, suid_file);
	ck_assert_int_eq(system(cmd), 0);
	ck_assert_int_eq(pipe2(exec_pipe, O_CLOEXEC), 0);

	r->first = -EINVAL;
	r->target = target_job(USER_A, job_suid);
	close(exec_pipe[1]);
	ck_assert_int_eq(run_as(USER_A, watch_suid, r), 0);
	snprintf(path, sizeof(path), "/proc/%d", r->target->pid);
	ck_assert_int_eq(stat(path, &st), 0);
	unlink(suid_file);
	rmdir(suid_dir);

	ck_assert_int_eq(r->first, 0);
	ck_assert_msg(st.st_uid == 0, "the program was not setuid");
	ck_assert_msg(r->gone, "still watched, state %u", r->state);
	ck_assert_msg(r->again == -EPERM, "COMMIT: %s", strerror(-r->again));
}
END_TEST

/* Budgets. */

static void job_take_all(struct target *target)
{
	int dev = open(DAMON_DEVICE_PATH, O_RDWR);

	while (target->turns < 1000 && session_try(dev, 0, NULL) >= 0)
		target->turns++;
	target->ready = 1;
	target_work(target);
}

static struct damon_query *limits;

static void ask_limits(void *unused)
{
	(void)unused;
	limits->size = sizeof(*limits);
	do_ioctl(open(DAMON_DEVICE_PATH, O_RDWR), DAMON_IOC_QUERY, limits);
}

START_TEST(sessions_of_a_user)
{
	struct target *greedy;

	limits = shared_alloc(sizeof(*limits));
	ck_assert_int_eq(run_as(USER_A, ask_limits, NULL), 0);
	ck_assert_uint_gt(limits->max_sessions, 0);
	greedy = target_job(USER_A, job_take_all);
	ck_assert_uint_eq(greedy->turns, limits->max_sessions);

	/* The user's other processes have none left, other users have. */
	ck_assert_int_eq(run_as(USER_A, watch, NULL), 0);
	ck_assert_int_eq(a->create, -EDQUOT);
	check_text(a->msg, "session");
	allowed(USER_B);
	allowed(0);
	target_kill(greedy);
	allowed(USER_A);
}
END_TEST

/* Ten results of what a user may not. */
struct excess {
	int result[10];
	char msg[10][MSG_LEN];
};

static void exceed(void *data)
{
	struct excess *e = data;
	int dev = open(DAMON_DEVICE_PATH, O_RDWR), fd = session_try(dev, 0, NULL), i = 0;
	struct conf conf;

	e->result[i] = session_try(dev, limits->max_ring_bytes + 1, e->msg[i]);
	conf_init(&conf);
	conf_target(&conf, 0);
	conf.c.sample_us = limits->min_sample_us - 1;
	e->result[++i] = conf_try(fd, &conf);
	memcpy(e->msg[i], conf.msg, MSG_LEN);
	conf.c.sample_us = limits->min_sample_us;
	conf.c.aggrs = 1;
	conf.c.access_bp = 400;
	conf.c.min_sample_us = limits->min_sample_us - 1;
	conf.c.max_sample_us = limits->min_sample_us;
	e->result[++i] = conf_try(fd, &conf);
	memcpy(e->msg[i], conf.msg, MSG_LEN);
	conf.c.min_sample_us = limits->min_sample_us;
	conf.c.max_nr_regions = limits->max_nr_regions + 1;
	e->result[++i] = conf_try(fd, &conf);
	memcpy(e->msg[i], conf.msg, MSG_LEN);
	conf.c.max_nr_regions = limits->max_nr_regions;
	conf.c.nr_targets = limits->max_nr_targets + 1;
	e->result[++i] = conf_try(fd, &conf);
	memcpy(e->msg[i], conf.msg, MSG_LEN);
	conf.c.nr_targets = 1;
	e->result[++i] = conf_try(fd, &conf);
	e->result[++i] = session_try(dev, limits->max_ring_bytes, NULL);
}

START_TEST(limits_of_a_user)
{
	static const char *const names[] = {
		"ring_bytes", "sample_us", "min_sample_us", "max_nr_regions", "nr_targets",
	};
	struct excess *e = shared_alloc(sizeof(*e));
	struct damon_query root;
	size_t i;

	limits = shared_alloc(sizeof(*limits));
	ck_assert_int_eq(run_as(USER_A, ask_limits, NULL), 0);
	device_query(device_open(), &root);
	ck_assert_uint_lt(root.min_sample_us, limits->min_sample_us);
	ck_assert_uint_gt(root.max_nr_regions, limits->max_nr_regions);
	ck_assert_int_eq(run_as(USER_A, exceed, e), 0);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		ck_assert_msg(e->result[i] == -EPERM, "%s: %s", names[i], strerror(-e->result[i]));
		check_text(e->msg[i], names[i]);
	}
	ck_assert_int_eq(e->result[i], 0);
	ck_assert_int_ge(e->result[i + 1], 0);
}
END_TEST

/* What a user's worker has used of a processor, with a session of its own or @fd. */
struct share {
	int fd;
	bool commits;
	bool closes;
	uint64_t cpu_ns;
	uint64_t wall_ns;
};

static uint64_t cpu_ns_of(pid_t pid)
{
	char path[64], text[128];
	unsigned long long ns = 0;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	if (read_text(path, text, sizeof(text)) > 0)
		sscanf(text, "%llu", &ns);
	return ns;
}

static pid_t worker_by_fdinfo(int fd)
{
	char path[64], text[1024], *at;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (read_text(path, text, sizeof(text)) <= 0)
		return 0;
	at = strstr(text, "worker:");
	return at ? atoi(at + strlen("worker:")) : 0;
}

/* A beginning that takes longer is not paid for in full: START and COMMIT wait for 500 ms at most. */
#define MOST_AT_ONCE_NS	20000000ULL

/* As many regions as it can, as often as it can. */
static void work_hard(void *data)
{
	struct share *share = data;
	size_t len = 8000 * PAGE;
	char *memory = mmap(NULL, len, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct conf conf;
	uint64_t start, before = 0;
	int fd = share->fd;
	pid_t worker;

	if (!fd)
		fd = session_try(open(DAMON_DEVICE_PATH, O_RDWR), 0, NULL);

	memset(memory, 1, len);
	conf_init(&conf);
	conf_target(&conf, 0);
	conf_range(&conf, (uintptr_t)memory, len);
	conf.c.sample_us = 1000;
	conf.c.min_nr_regions = 8000;
	conf.c.max_nr_regions = 8000;
	if (conf_try(fd, &conf) || control_try(fd, DAMON_IOC_START, NULL))
		return;
	worker = worker_by_fdinfo(fd);
	if (cpu_ns_of(worker) > MOST_AT_ONCE_NS) {
		/* A slow machine. */
		conf.c.max_nr_regions *= (double)MOST_AT_ONCE_NS / (double)cpu_ns_of(worker);
		conf.c.min_nr_regions = conf.c.max_nr_regions;
		if (conf_try(fd, &conf))
			return;
	}
	start = now_ns();
	share->cpu_ns = cpu_ns_of(worker);
	/* Time to measure in, not to wait for something. */
	while (now_ns() - start < 3000000000ULL) {
		if (!share->closes)
			usleep(10000);
		if (share->commits)
			conf_try(fd, &conf);
		if (!share->closes)
			continue;
		before += cpu_ns_of(worker);
		close(fd);
		fd = session_try(open(DAMON_DEVICE_PATH, O_RDWR), 0, NULL);
		if (conf_try(fd, &conf) || control_try(fd, DAMON_IOC_START, NULL))
			return;
		worker = worker_by_fdinfo(fd);
	}
	share->cpu_ns = before + cpu_ns_of(worker) - share->cpu_ns;
	share->wall_ns = now_ns() - start;
}

/*
 * A tenth is promised; a round that was begun is finished.  Whose session it was does
 * not matter, nor how often it is configured, nor whether it is closed in between.
 */
START_TEST(processor_time_of_a_user)
{
	struct share *share = shared_alloc(sizeof(*share));

	if (_i == 1)
		share->fd = session_new(0);
	share->commits = _i == 2;
	share->closes = _i == 3;
	ck_assert_int_eq(run_as(USER_A, work_hard, share), 0);
	ck_assert_uint_gt(share->cpu_ns, 0);
	ck_assert_msg(share->cpu_ns < share->wall_ns / 5, "%llu of %llu ns",
		      (unsigned long long)share->cpu_ns,
		      (unsigned long long)share->wall_ns);
}
END_TEST

/* Files that change hands. */

struct handed {
	int fd;
	int snapshot;
	ssize_t got;
};

static void use_handed(void *data)
{
	struct handed *h = data;
	struct snap snap;
	static char buf[128 * 1024];

	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	h->snapshot = snap_try(h->fd, &snap);
	h->got = read(h->fd, buf, sizeof(buf));
	a->fd = h->fd;
	watch(NULL);
}

static int handed_session(struct conf *conf)
{
	int fd;

	conf_init(conf);
	conf_target(conf, 0);
	conf_range(conf, PTR(map_pages(LEN, false)), LEN);
	fd = session_running(256 * 1024, conf);
	windows_pass(fd, 2);
	return fd;
}

START_TEST(session_handed_to_a_user)
{
	struct handed *h = shared_alloc(sizeof(*h));
	struct conf conf;
	struct snap snap;
	const char *wrong;

	h->fd = handed_session(&conf);
	a->pid = getpid();
	ck_assert_int_eq(run_as(USER_A, use_handed, h), 0);
	ck_assert_int_eq(h->snapshot, 0);
	ck_assert_int_gt(h->got, 0);
	ck_assert_int_eq(a->commit, -EPERM);
	check_text(a->msg, "target 0");

	/* Nothing has changed. */
	snap_init(&snap, DAMON_DEFAULT_MAX_NR_REGIONS);
	next_window(h->fd, &snap);
	wrong = covers(snap.regions, snap.s.nr_regions, &conf);
	ck_assert_msg(!wrong, "%s", wrong);
	snap_free(&snap);

	/* What the user may watch it may watch with this session too. */
	a->pid = target_spawn(USER_A, LEN, false)->pid;
	ck_assert_int_eq(run_as(USER_A, use_handed, h), 0);
	ck_assert_int_eq(a->commit, 0);
	windows_pass(h->fd, 2);
}
END_TEST

/* The device was opened by root, who then became a user. */
static void use_device(void *data)
{
	struct handed *h = data;
	int fd;

	fd = session_try(h->fd, 4096, a->msg);
	a->create = fd < 0 ? fd : 0;
	a->fd = fd;
	if (fd >= 0)
		watch(NULL);
}

START_TEST(device_opened_by_root)
{
	struct handed *h = shared_alloc(sizeof(*h));

	h->fd = device_open();
	a->pid = getpid();
	ck_assert_int_eq(run_as(USER_A, use_device, h), 0);
	ck_assert_int_eq(a->create, 0);
	ck_assert_int_eq(a->commit, -EPERM);
}
END_TEST

/*
 * The kernel's half of the page tables is nobody's memory: it is refused, or
 * seen as never accessed.
 */
START_TEST(kernel_addresses)
{
	a->start = 0xffff800000000000ULL;
	a->len = 0xfffffffffffff000ULL - a->start;
	ck_assert_int_eq(run_as(USER_A, watch, NULL), 0);
	ck_assert_int_eq(a->create, 0);
	ck_assert_msg(a->commit == -EINVAL || (!a->commit && a->windows >= 3 && !a->hits),
		      "COMMIT %s, %llu windows, %llu accesses", strerror(-a->commit),
		      (unsigned long long)a->windows, (unsigned long long)a->hits);
}
END_TEST

Suite *rights_suite(void)
{
	Suite *suite = suite_create("rights");
	TCase *tc = add_case(suite, "rights");

	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_test(tc, oneself);
	tcase_add_test(tc, own_process);
	tcase_add_test(tc, own_child);
	tcase_add_test(tc, another_users_process);
	tcase_add_test(tc, roots_process);
	tcase_add_test(tc, with_cap_perfmon);
	tcase_add_test(tc, with_cap_sys_ptrace);
	tcase_add_test(tc, with_a_capability_for_something_else);
	tcase_add_test(tc, user_namespace);
	tcase_add_test(tc, pid_namespace);
	tcase_add_test(tc, process_that_hides);
	tcase_add_test(tc, setuid_program);
	tcase_add_test(tc, sessions_of_a_user);
	tcase_add_test(tc, limits_of_a_user);
	tcase_add_loop_test(tc, processor_time_of_a_user, 0, 4);
	tcase_add_test(tc, session_handed_to_a_user);
	tcase_add_test(tc, device_opened_by_root);
	tcase_add_test(tc, kernel_addresses);
	return suite;
}
