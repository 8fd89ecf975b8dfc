/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the device tests share: the module, the kernel's log, sessions and
 * processes to watch.
 *
 * Functions that cannot do what they say end the running test, unless they
 * are documented to return an error.  Those that run in another process than
 * the test's (see run_as()) never assert: what they saw is judged in the test.
 */
#ifndef TESTS_DEVICE_HARNESS_H
#define TESTS_DEVICE_HARNESS_H

#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <damon/device.h>

#define PAGE		4096UL
#define MIB		(1024UL * 1024)
#define USER_A		1000
#define USER_B		1001
#define LIMIT_S		limit_s()	/* for what takes milliseconds on a machine that is not slow */
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PTR(p)		((uint64_t)(uintptr_t)(p))

/* harness.c: time, conditions, fixtures */

double now_s(void);
uint64_t now_ns(void);
unsigned int rounds(unsigned int normal);
int limit_s(void);

/*
 * Waits until @cond, at most @limit seconds; whether it came true.  Asks less
 * often with time: on an emulated machine, asking takes the time of who is asked.
 */
#define wait_for(cond, limit) ({					\
	double end_ = now_s() + (limit);				\
	useconds_t pause_ = 500;					\
	bool ok_;							\
									\
	while (!(ok_ = (cond)) && now_s() < end_) {			\
		usleep(pause_);						\
		if (pause_ < 16000)					\
			pause_ *= 2;					\
	}								\
	ok_;								\
})

#define ck_wait(cond)							\
	ck_assert_msg(wait_for(cond, LIMIT_S), "waited %d s for: %s", LIMIT_S, #cond)

/* Ends a test that cannot be made here; it counts as skipped. */
#define skip(why) do {							\
	skipped(why);							\
	return;								\
} while (0)

extern unsigned int *nr_skipped;

void skipped(const char *why);
TCase *add_case(Suite *suite, const char *name);
size_t read_text(const char *path, char *buf, size_t size);
uint64_t number_in(const char *path, const char *name);
int write_try(const char *path, const char *text);
bool write_text(const char *path, const char *text);
bool no_swap(void);
unsigned int count_lines(const char *path, const char *what);
void builtin_stop(void);
void builtin_resume(void);

/* module.c */

int module_insert_with(const char *file, const char *args);
int module_insert(const char *file);
bool module_of_tests(const char *env, const char *node);
int module_remove(void);
int module_refs(void);
void module_need(void);
void module_gone(void);

/* klog.c */

int klog_open(void);
char *klog_read(int fd);
char *klog_bad(const char *text);

/* session.c */

#define CONF_TARGETS	8
#define CONF_RANGES	8
#define MSG_LEN		256

/**
 * struct conf - a configuration with room for what its pointers point to
 * @c:		what is handed to COMMIT; its pointers point in here
 * @targets:	@c.targets
 * @ranges:	@c.ranges
 * @msg:	@c.msg
 */
struct conf {
	struct damon_commit c;
	struct damon_target_conf targets[CONF_TARGETS];
	struct damon_range_conf ranges[CONF_RANGES];
	char msg[MSG_LEN];
};

/**
 * struct snap - a snapshot with room for its regions
 * @s:		what is handed to SNAPSHOT
 * @regions:	@s.regions
 * @room:	how many fit there
 * @msg:	@s.msg
 */
struct snap {
	struct damon_snapshot s;
	struct damon_region_info *regions;
	uint32_t room;
	char msg[MSG_LEN];
};

int do_ioctl(int fd, unsigned long cmd, void *arg);
int keep_fd(int fd);
void close_kept(int fd);
void close_all_kept(void);

int device_open(void);
void device_query(int dev, struct damon_query *query);
int session_try(int dev, uint32_t ring_bytes, char *msg);
int session_new(uint32_t ring_bytes);

void conf_init(struct conf *conf);
void conf_range(struct conf *conf, uint64_t start, uint64_t len);
void conf_target(struct conf *conf, pid_t pid);
int conf_try(int fd, struct conf *conf);
void conf_commit(int fd, struct conf *conf);

int control_try(int fd, unsigned long cmd, char *msg);
void session_start(int fd);
void session_stop(int fd);
int session_running(uint32_t ring_bytes, struct conf *conf);

void snap_init(struct snap *snap, uint32_t room);
void snap_free(struct snap *snap);
int snap_try(int fd, struct snap *snap);
uint32_t session_state(int fd);
uint64_t session_seq(int fd);
void next_window(int fd, struct snap *snap);
void windows_pass(int fd, unsigned int nr);
const char *covers(const struct damon_region_info *regions, uint32_t nr,
		   const struct conf *conf);
void check_text(const char *msg, const char *keyword);

void check_sizes(int fd, unsigned long cmd, const void *good, uint32_t size);
void check_flags(int fd, unsigned long cmd, const void *good, uint32_t size);

/* tree.c */

struct target;

#define TREE_PATH	300

void tree_find(void);
bool tree_beside(void);
const char *tree_root(void);
char *tree_path(const char *rel, char *buf);
int tree_try(const char *rel, const char *text);
void tree_put(const char *rel, const char *text);
void tree_put_number(const char *rel, uint64_t value);
const char *tree_get(const char *rel);
uint64_t tree_number(const char *rel);
bool tree_state(void);
void tree_empty(void);
void tree_context(void);
void tree_watch(const struct target *target);
void tree_count_all(void);

/* physical.c */

void conf_physical(struct conf *conf);
uint64_t *pages_at(pid_t pid, uint64_t addr, size_t nr);
uint64_t page_at(pid_t pid, uint64_t addr);
unsigned int memory_parts(struct damon_range_conf *parts, unsigned int room);
uint64_t overlap(const struct damon_range_conf *a, uint64_t start, uint64_t end);

/* process.c */

enum work {
	WORK_IDLE,	/* sleep */
	WORK_TOUCH,	/* write to every page of the first @hot bytes, again and again */
	WORK_EXIT,
};

/**
 * struct target - a process that does what it is told
 * @pid:	its process id
 * @addr:	memory of its own, every page written to once
 * @len:	how much
 * @hot:	how much of it WORK_TOUCH touches
 * @work:	what it is to do
 * @ready:	it has its memory
 * @turns:	turns of WORK_TOUCH or of a job of its own
 *
 * Lives in memory shared with the process.
 */
struct target {
	volatile pid_t pid;
	volatile uint64_t addr;
	volatile uint64_t len;
	volatile uint64_t hot;
	volatile int work;
	volatile int ready;
	volatile unsigned long turns;
};

void *shared_alloc(size_t size);
bool become(uid_t uid);
bool become_with_cap(uid_t uid, unsigned int cap);
struct target *target_spawn(uid_t uid, size_t len, bool huge);
struct target *target_job(uid_t uid, void (*job)(struct target *));
void target_without_first_thread(struct target *target);
void target_kill(struct target *target);
uint64_t smaps_of(const struct target *target, const char *name, uint64_t from, uint64_t len);
uint64_t smaps_flag(const struct target *target, const char *flag);
uint64_t target_referenced(const struct target *target);
void target_work(struct target *target);
void touch(void *mem, size_t len);
void *map_pages(size_t len, bool huge);
void *map_half(size_t len);
int run_as(uid_t uid, void (*fn)(void *data), void *data);
int run_here(void (*fn)(void *data), void *data);
unsigned int kdamonds(pid_t *pids, unsigned int room);

/* watch.c */

#define WATCH_RANGES	4

/**
 * struct watch - what a process of some user sees when it watches another
 * @pid:	whom it watches
 * @physical:	physical memory instead, as root
 * @flags:	of struct damon_commit
 * @sample_us:	sampling interval, a tenth of a window; 0 for that of conf_init()
 * @nr_windows:	for how long
 * @nr_ranges:	how many @ranges
 * @ranges:	what it watches; @heat is out: the share of samples that found
 *		it accessed, weighted by size, over all windows
 * @err:	out: of COMMIT
 * @msg:	out: of COMMIT
 * @nr_checks:	out: samples checked, not 0 if all windows came
 * @nr_missed:	out: samples missed
 */
struct watch {
	pid_t pid;
	bool physical;
	uint32_t flags;
	uint64_t sample_us;
	unsigned int nr_windows;
	unsigned int nr_ranges;
	struct {
		uint64_t addr;
		uint64_t len;
		double heat;
	} ranges[WATCH_RANGES];
	int err;
	char msg[MSG_LEN];
	uint64_t nr_checks;
	uint64_t nr_missed;
};

struct watch *watch_init(pid_t pid);
unsigned int watch_range(struct watch *watch, uint64_t addr, uint64_t len);
void watch_as(struct watch *watch, uid_t uid);

/* the suites */

Suite *query_suite(void);
Suite *create_suite(void);
Suite *commit_suite(void);
Suite *control_suite(void);
Suite *snapshot_suite(void);
Suite *records_suite(void);
Suite *mmap_suite(void);
Suite *events_suite(void);
Suite *api_suite(void);
Suite *rights_suite(void);
Suite *tuning_suite(void);
Suite *lifetime_suite(void);
Suite *giveback_suite(void);
Suite *fvaddr_suite(void);
Suite *paddr_suite(void);
Suite *hotplug_suite(void);
Suite *hugetlb_suite(void);
Suite *options_suite(void);
Suite *notifier_suite(void);
Suite *follow_suite(void);
Suite *join_suite(void);
Suite *probes_suite(void);
Suite *act_suite(void);
Suite *busy_suite(void);
Suite *schemes_suite(void);
Suite *engine_suite(void);
Suite *fail_suite(void);
Suite *sysfs_suite(void);
void sysfs_run_cases(Suite *suite);
void sysfs_values_cases(Suite *suite);
void sysfs_stress_cases(Suite *suite);
Suite *uses_suite(void);
Suite *stat_suite(void);
Suite *load_suite(void);
Suite *missing_suite(void);

#endif /* TESTS_DEVICE_HARNESS_H */
