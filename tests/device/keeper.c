// SPDX-License-Identifier: GPL-2.0
/*
 * A process that knows what its memory has to hold, what the kernel tells of that
 * memory, and the call of the test module: see keeper.h.
 */
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "keeper.h"

bool one_node(void)
{
	return access("/sys/devices/system/node/node1", F_OK);
}

/* The process: memory with known content. */

struct keeper *keeper;

static uint64_t word(uint64_t at)
{
	return (at + 1) * 0x9e3779b97f4a7c15ULL;
}

void fill(uint64_t *mem, size_t len)
{
	size_t i;

	for (i = 0; i < len / sizeof(*mem); i++)
		mem[i] = word(i);
}

uint64_t count_bad(const uint64_t *mem, size_t len)
{
	uint64_t bad = 0;
	size_t i;

	for (i = 0; i < len / sizeof(*mem); i++)
		bad += mem[i] != word(i);
	return bad * sizeof(*mem);
}

/* The file of the next one's memory, with content; returns a descriptor. */
int keeper_file_at(const char *path)
{
	uint64_t *mem = malloc(LEN);
	int fd;

	strcpy(keeper->file, path);
	fd = open(keeper->file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ck_assert_int_ge(fd, 0);
	ck_assert_ptr_nonnull(mem);
	fill(mem, LEN);
	ck_assert_int_eq(write(fd, mem, LEN), LEN);
	ck_assert_int_eq(fsync(fd), 0);
	free(mem);
	return fd;
}

int keeper_file(void)
{
	return keeper_file_at(FILE_OF_KEEPER);
}

static void *map_file(void *at, size_t len)
{
	int fd = open(keeper->file, O_RDWR);
	void *mem;

	if (fd < 0)
		return NULL;
	mem = mmap(at, len, PROT_READ | PROT_WRITE,
		   (keeper->own ? MAP_PRIVATE : MAP_SHARED) | (at ? MAP_FIXED : 0), fd, 0);
	close(fd);
	return mem == MAP_FAILED ? NULL : mem;
}

/* Of huge pages if the system has them for such memory, which it then aligns to them. */
static void *map_shmem(void)
{
	void *mem = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return mem == MAP_FAILED ? NULL : mem;
}

/* Memory whose second half is another one's, or is not there yet. */
static uint64_t *map_memory(void)
{
	char *mem, *second;

	if (keeper->shmem)
		return map_shmem();
	if (keeper->half == HALF_NONE)
		return *keeper->file ? map_file(NULL, LEN) : map_pages(LEN, keeper->huge);
	mem = map_pages(LEN, keeper->half == HALF_HUGE);
	if (!mem)
		return NULL;
	second = mem + LEN / 2;
	madvise(second, LEN / 2, MADV_DONTNEED);
	madvise(second, LEN / 2, MADV_NOHUGEPAGE);
	if (keeper->half == HALF_ANON && !map_file(second, LEN / 2))
		return NULL;
	if (keeper->half == HALF_DUMP && madvise(second, LEN / 2, MADV_DONTDUMP))
		return NULL;
	if (keeper->half == HALF_GROUP && !group_enter(OTHER))
		return NULL;
	return (uint64_t *)mem;
}

/* Some of it is in a pipe for good. */
static bool pin(void *mem, size_t len)
{
	struct iovec vec = { mem, len };
	int ends[2];

	return !pipe(ends) && fcntl(ends[1], F_SETPIPE_SZ, len) >= (int)len &&
	       vmsplice(ends[1], &vec, 1, SPLICE_F_NONBLOCK) == (ssize_t)len;
}

static void keep(struct target *target)
{
	unsigned long node = keeper->node < 0 ? 0 : 1UL << keeper->node;
	uint64_t *mem;

	if (node && syscall(SYS_set_mempolicy, MPOL_BIND, &node, 8 * sizeof(node)))
		_exit(1);
	mem = map_memory();
	if (!mem)
		_exit(1);
	/* What is moved later is moved against no policy. */
	syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0);
	if (!keeper->unread)
		fill(mem, LEN);
	if (*keeper->file)
		msync(mem, LEN, MS_SYNC);
	if (keeper->locked && mlock(mem, LEN))
		_exit(1);
	if (keeper->pinned && !pin(mem, keeper->pinned))
		_exit(1);
	if (keeper->shared && !fork()) {
		pause();
		_exit(0);
	}
	target->addr = PTR(mem);
	target->len = LEN;
	target->ready = 1;
	while (target->work != WORK_EXIT) {
		if (target->work == WORK_TOUCH) {
			volatile uint64_t *at = mem;
			size_t i;

			for (i = 0; i < target->hot / sizeof(*mem); i += PAGE / sizeof(*mem))
				(void)at[i];
			target->turns++;
		}
		if (keeper->answer != keeper->ask) {
			keeper->bad = count_bad(mem, LEN);
			keeper->answer = keeper->ask;
		}
		/* Into the kernel, which drops cached translations. */
		usleep(1000);
	}
}

/* Whoever writes there has khugepaged go once more: do so the first time only. */
static void khugepaged_sleeps(void)
{
	static const char *const path =
		"/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs";
	static const char *const long_ms = "4000000000";
	char now[32] = "";

	read_text(path, now, sizeof(now));
	if (strncmp(now, long_ms, strlen(long_ms)))
		write_text(path, long_ms);
}

void keeper_begin(void)
{
	keeper = shared_alloc(sizeof(*keeper));
	keeper->node = -1;
	/* Nobody else makes huge pages. */
	khugepaged_sleeps();
}

struct target *keeper_spawn(void)
{
	return target_job(0, keep);
}

/* Whether all of its memory is as it was. */
void content_is_good(void)
{
	keeper->ask++;
	ck_assert_msg(wait_for(keeper->answer == keeper->ask, 4 * LIMIT_S),
		      "the owner does not look at its memory");
	ck_assert_uint_eq(keeper->bad, 0);
}

uint64_t smaps(const struct target *target, const char *name)
{
	return smaps_of(target, name, target->addr, target->len);
}

/* Bytes of the target's memory whose page frames have a flag. */
uint64_t frames(const struct target *target, unsigned int flag)
{
	uint64_t *pages = pages_at(target->pid, target->addr, target->len / PAGE);
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	uint64_t sum = 0, flags;
	size_t i;

	ck_assert_int_ge(fd, 0);
	for (i = 0; i < target->len / PAGE; i++) {
		if (pages[i] && pread(fd, &flags, sizeof(flags), pages[i] / PAGE * sizeof(flags)) ==
				sizeof(flags) && flags & 1ULL << flag)
			sum += PAGE;
	}
	close(fd);
	free(pages);
	return sum;
}

/* Bytes of a range of the target's memory that are there. */
uint64_t frames_in(const struct target *target, uint64_t from, uint64_t len)
{
	uint64_t *pages = pages_at(target->pid, from, len / PAGE);
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < len / PAGE; i++)
		sum += pages[i] ? PAGE : 0;
	free(pages);
	return sum;
}

/* Bytes of the target's memory on a node. */
uint64_t on_node(const struct target *target, unsigned int node)
{
	char path[32], word_[16], *line = NULL, *at;
	unsigned long start, pages, kib;
	uint64_t sum = 0;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/numa_maps", target->pid);
	snprintf(word_, sizeof(word_), " N%u=", node);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	while (getline(&line, &size, file) > 0) {
		if (sscanf(line, "%lx ", &start) != 1 || start < target->addr ||
		    start >= target->addr + target->len)
			continue;
		at = strstr(line, word_);
		pages = at ? strtoul(at + strlen(word_), NULL, 10) : 0;
		at = strstr(line, "kernelpagesize_kB=");
		kib = at ? strtoul(at + strlen("kernelpagesize_kB="), NULL, 10) : 4;
		sum += (uint64_t)pages * kib * 1024;
	}
	free(line);
	fclose(file);
	return sum;
}

/* The call. */

struct act_call call;

void call_init(const struct target *target, enum act_action action)
{
	memset(&call, 0, sizeof(call));
	call.pid = target->pid;
	call.action = action;
	call.start = target->addr;
	call.end = target->addr + target->len;
	call.allow = 1;
}

struct act_filter *call_filter(enum act_filter_type type, bool matching, bool allow)
{
	struct act_filter *f = &call.filters[call.nr_filters++];

	f->type = type;
	f->matching = matching;
	f->allow = allow;
	call.allow = !allow;
	return f;
}

int call_try(void)
{
	int fd = open(ACT_DEVICE, O_RDWR | O_CLOEXEC), err = 0;

	if (fd < 0 || ioctl(fd, ACT_IOC_CALL, &call))
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

void call_now(void)
{
	int err = call_try();

	ck_assert_msg(!err, "%s", strerror(-err));
}

void call_about(const struct target *target, enum act_action action)
{
	call_init(target, action);
	call_now();
}

/* Has somebody hold the target's mmap lock until the descriptor is closed. */
int hold_lock(const struct target *target, bool write)
{
	struct act_hold hold = { .pid = target->pid, .write = write };
	int fd = open(ACT_DEVICE, O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ioctl(fd, ACT_IOC_HOLD, &hold), 0);
	return fd;
}

bool close_to(uint64_t a, uint64_t b)
{
	uint64_t more = a > b ? a : b, less = a > b ? b : a;

	return more - less <= more / 20;
}

bool within(uint64_t a, uint64_t b, uint64_t slack)
{
	return (a > b ? a - b : b - a) <= slack;
}

/* Physical memory, all of it: filters have to see to it that it is the target's. */
void call_physical(void)
{
	struct damon_range_conf parts[64];
	unsigned int nr = memory_parts(parts, 64), i;
	uint64_t passed = 0, applied = 0;

	call.pid = 0;
	for (i = 0; i < nr; i++) {
		call.start = parts[i].start;
		call.end = parts[i].end;
		call_now();
		passed += call.passed;
		applied += call.applied;
	}
	call.passed = passed;
	call.applied = applied;
}

int group_open(const char *path)
{
	int fd;

	ck_assert(!mkdir(path, 0755) || errno == EEXIST);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

/* The next processes are in this group. */
bool group_enter(const char *path)
{
	char file[128], text[16];

	snprintf(file, sizeof(file), "%s/cgroup.procs", path);
	snprintf(text, sizeof(text), "%d", getpid());
	return write_text(file, text);
}

uint64_t group_current(void)
{
	char text[32];

	ck_assert(read_text(LEAF "/memory.current", text, sizeof(text)));
	return strtoull(text, NULL, 10);
}

/* The kind of LRU lists, which tests choose. */

static const char lru_path[] = "/sys/kernel/mm/lru_gen/enabled";
static char lru_was[16];

/* Returns whether they are of the kind wanted. */
bool lru_set(bool generations)
{
	if (access(lru_path, F_OK))
		return !generations;
	return read_text(lru_path, lru_was, sizeof(lru_was)) &&
	       write_text(lru_path, generations ? "y" : "n");
}

void lru_end(void)
{
	if (*lru_was)
		write_text(lru_path, lru_was);
}
