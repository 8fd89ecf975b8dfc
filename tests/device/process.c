// SPDX-License-Identifier: GPL-2.0
/*
 * Other processes: ones to watch, ones with other rights, the workers.
 */
#include <dirent.h>
#include <grp.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "harness.h"

/**
 * shared_alloc() - zeroed memory that children of this process share with it
 */
void *shared_alloc(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(mem, MAP_FAILED);
	return mem;
}

/**
 * map_pages() - private memory, every page written to
 * @len:	how much
 * @huge:	in huge pages, as far as there are any
 *
 * Returns NULL without memory.  Aligned to 2 MiB in any case, so that the
 * two kinds are laid out alike.
 */
void *map_pages(size_t len, bool huge)
{
	const size_t align = 2 * MIB;
	char *mem = mmap(NULL, len + align, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *first;

	if (mem == MAP_FAILED)
		return NULL;
	first = (char *)(((uintptr_t)mem + align - 1) & ~(align - 1));
	if (first > mem)
		munmap(mem, first - mem);
	munmap(first + len, align - (first - mem));
	madvise(first, len, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	touch(first, len);
	return first;
}

/**
 * map_half() - memory with nothing behind it
 * @len:	how much, a multiple of the page size
 */
void *map_half(size_t len)
{
	char *mem = mmap(NULL, len + PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(mem, MAP_FAILED);
	ck_assert_int_eq(mprotect(mem + len, PAGE, PROT_NONE), 0);
	return mem;
}

/**
 * touch() - write to each page
 */
void touch(void *mem, size_t len)
{
	volatile char *at = mem;
	size_t i;

	for (i = 0; i < len; i += PAGE)
		at[i] = i;
}

/**
 * become() - give up root for good, as login does
 * @uid:	user and group; 0 to stay root
 *
 * Returns false if it cannot.  The process may be traced by @uid's others.
 */
bool become(uid_t uid)
{
	if (uid && (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid)))
		return false;
	return !prctl(PR_SET_DUMPABLE, 1) && !prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/**
 * become_with_cap() - become() that keeps one capability
 */
bool become_with_cap(uid_t uid, unsigned int cap)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};

	data[cap / 32].effective = 1U << cap % 32;
	data[cap / 32].permitted = 1U << cap % 32;
	return !prctl(PR_SET_KEEPCAPS, 1) && become(uid) && !syscall(SYS_capset, &head, data);
}

/**
 * target_work() - do what a target is told, until told to exit
 */
void target_work(struct target *target)
{
	while (target->work != WORK_EXIT) {
		if (target->work == WORK_TOUCH) {
			touch((void *)(uintptr_t)target->addr, target->hot);
			target->turns++;
			/*
			 * Into the kernel, which drops cached translations; and several times
			 * as often as anybody looks is often enough.
			 */
			usleep(500);
		} else {
			usleep(5000);
		}
	}
}

static struct target *target_fork(uid_t uid, struct target *target)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid) {
		target->pid = pid;
		return target;
	}
	close_all_kept();
	if (!become(uid))
		_exit(1);
	return NULL;
}

static void target_wait(struct target *target)
{
	ck_assert_msg(wait_for(target->ready, LIMIT_S), "a process to watch does not get going");
}

/**
 * target_spawn() - a process with memory
 * @uid:	whose
 * @len:	bytes, all of them touched and at first all of them hot
 * @huge:	see map_pages()
 *
 * It ends with the test.
 */
struct target *target_spawn(uid_t uid, size_t len, bool huge)
{
	struct target *target = shared_alloc(sizeof(*target));
	void *mem;

	if (!target_fork(uid, target)) {
		mem = map_pages(len, huge);
		if (!mem)
			_exit(1);
		target->addr = PTR(mem);
		target->len = len;
		target->hot = len;
		target->ready = 1;
		target_work(target);
		_exit(0);
	}
	target_wait(target);
	return target;
}

/**
 * target_job() - a process with a job of its own
 * @uid:	whose
 * @job:	sets @ready when there is something to watch
 */
struct target *target_job(uid_t uid, void (*job)(struct target *))
{
	struct target *target = shared_alloc(sizeof(*target));

	if (!target_fork(uid, target)) {
		job(target);
		_exit(0);
	}
	target_wait(target);
	return target;
}

static void *other_thread(void *arg)
{
	struct target *target = arg;
	char path[64], text[512];

	/* 'Z': the first thread is only there for the parent to be told. */
	snprintf(path, sizeof(path), "/proc/self/task/%d/status", getpid());
	do {
		usleep(1000);
	} while (read_text(path, text, sizeof(text)) <= 0 || !strstr(text, "State:\tZ"));
	target->ready = 1;
	for (;;)
		pause();
	return NULL;
}

/**
 * target_without_first_thread() - a job: the process goes on without its first thread
 */
void target_without_first_thread(struct target *target)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, other_thread, target))
		_exit(1);
	pthread_exit(NULL);
}

/**
 * target_kill() - end it, and wait until it is gone
 */
void target_kill(struct target *target)
{
	ck_assert_int_eq(kill(target->pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(target->pid, NULL, 0), target->pid);
	munmap(target, sizeof(*target));
}

/**
 * run_as() - have another process do something, and wait for it
 * @uid:	as whom
 * @fn:		what; has this process's files
 * @data:	for it, from shared_alloc() if it is to answer
 *
 * Returns the process's status as of waitpid(): 0 if @fn returned.
 */
int run_as(uid_t uid, void (*fn)(void *data), void *data)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (!pid) {
		if (uid && !become(uid))
			_exit(1);
		fn(data);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

/**
 * run_here() - run_as() with this process's rights
 */
int run_here(void (*fn)(void *data), void *data)
{
	return run_as(0, fn, data);
}

/**
 * kdamonds() - the monitoring threads there are, the kernel's own included
 * @pids:	where to write their ids
 * @room:	how many fit
 *
 * Returns how many there are.
 */
unsigned int kdamonds(pid_t *pids, unsigned int room)
{
	char path[64], comm[64];
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	unsigned int nr = 0;
	pid_t pid;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir))) {
		pid = atoi(entry->d_name);
		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		if (pid <= 0 || !read_text(path, comm, sizeof(comm)) ||
		    strncmp(comm, "kdamond.", 8))
			continue;
		if (nr < room)
			pids[nr] = pid;
		nr++;
	}
	closedir(dir);
	return nr;
}

/* Names of fields can begin like numbers. */
static void mapping(const char *line, unsigned long *start, unsigned long *end)
{
	unsigned long from, to;

	if (sscanf(line, "%lx-%lx ", &from, &to) == 2) {
		*start = from;
		*end = to;
	}
}

/* Bytes that smaps tells under @name of mappings of the target's that lie in a range. */
uint64_t smaps_of(const struct target *target, const char *name, uint64_t from, uint64_t len)
{
	unsigned long start = 0, end = 0, kib;
	char path[32], format[48], *line = NULL;
	uint64_t sum = 0;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps", target->pid);
	snprintf(format, sizeof(format), "%s: %%lu kB", name);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	while (getline(&line, &size, file) > 0) {
		/* cppcheck-suppress wrongPrintfScanfArgNum */
		if (sscanf(line, format, &kib) == 1) {
			if (start >= from && end <= from + len)
				sum += kib * 1024;
		} else {
			mapping(line, &start, &end);
		}
	}
	free(line);
	fclose(file);
	return sum;
}

/* Bytes of the target's mappings that have a flag of VmFlags. */
uint64_t smaps_flag(const struct target *target, const char *flag)
{
	unsigned long start = 0, end = 0;
	char path[32], *line = NULL;
	uint64_t sum = 0;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps", target->pid);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	while (getline(&line, &size, file) > 0) {
		mapping(line, &start, &end);
		if (!strncmp(line, "VmFlags:", 8) && strstr(line, flag) &&
		    start >= target->addr && end <= target->addr + target->len)
			sum += end - start;
	}
	free(line);
	fclose(file);
	return sum;
}

/**
 * target_referenced() - bytes of a target's memory that count as referenced
 * @target:	its @addr and @len
 */
uint64_t target_referenced(const struct target *target)
{
	return smaps_of(target, "Referenced", target->addr, target->len);
}
