// SPDX-License-Identifier: GPL-2.0
/*
 * The tree below /sys/kernel/mm/damon while everybody uses it at once: two who read all of
 * it, two who write all over it, one who starts and stops, one who makes and removes
 * directories of what runs, and one who wants to unload the module.
 *
 * DAMON_STRESS_SECONDS in the environment is for how long.  Check counts in 31 bits of
 * microseconds, so at most half an hour.
 */
#include <dirent.h>
#include <fcntl.h>

#include "harness.h"

#define C	"0/contexts/0/"
#define T	C "targets/0/"
#define S	C "schemes/0/"
#define MAX	"18446744073709551615"

#define LEN	(4 * MIB)
#define HELD_MS	5000	/* for so long the module cannot go */

enum job {
	JOB_READS,
	JOB_READS_TOO,
	JOB_WRITES,
	JOB_WRITES_TOO,
	JOB_SWITCHES,
	JOB_WAITS,
	JOB_BUILDS,
	NR_JOBS,
};

/**
 * struct seen - what came of it all; shared by all who take part
 * @on:		starts that succeeded
 * @off:	ends of what ran
 * @commits:	commits to what ran
 * @updates:	keywords that wait for results and got them
 * @bereft:	removals of the contexts of what ran
 * @removed:	removals of kdamonds
 * @read:	files that were read
 * @stored:	values that were taken
 * @wrong:	an error that no user has earned, or 0
 * @where:	of what
 */
struct seen {
	volatile unsigned long on;
	volatile unsigned long off;
	volatile unsigned long commits;
	volatile unsigned long updates;
	volatile unsigned long bereft;
	volatile unsigned long removed;
	volatile unsigned long read;
	volatile unsigned long stored;
	volatile int wrong;
	char where[TREE_PATH];
};

static struct seen *seen;

/* Nonsense, directories and modules that are gone, kdamonds that run, and files to read. */
static bool is_fair(int err)
{
	static const int fair[] = {
		0, EINVAL, ERANGE, EBUSY, ENOENT, ENODEV, ECANCELED, EACCES, EOPNOTSUPP,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fair) && -err != fair[i]; i++)
		;
	return i < ARRAY_SIZE(fair);
}

/* Whether it was taken. */
static bool note(int err, const char *path, const char *text)
{
	if (!is_fair(err) && !seen->wrong) {
		seen->wrong = err;
		snprintf(seen->where, sizeof(seen->where), "%.20s to %.250s", text, path);
	}
	return !err;
}

static bool put(const char *rel, const char *text)
{
	return note(tree_try(rel, text), rel, text);
}

static bool is_on(void)
{
	char path[TREE_PATH], text[16];

	return read_text(tree_path("0/state", path), text, sizeof(text)) && !strcmp(text, "on\n");
}

/* Every file below a directory, as far as it stays. */
static void for_all(const char *dir, void (*fn)(const char *path, const char *name))
{
	char path[TREE_PATH];
	struct dirent *entry;
	DIR *d = opendir(dir);

	if (!d)
		return;
	while ((entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%.200s/%.80s", dir, entry->d_name);
		if (entry->d_type == DT_DIR)
			for_all(path, fn);
		else
			fn(path, entry->d_name);
	}
	closedir(d);
}

static int held = -1;

/* Now and then a file is kept, to be read when it may be gone. */
static void read_one(const char *path, const char *name)
{
	char text[4096];

	(void)name;
	seen->read += read_text(path, text, sizeof(text)) > 0;
	if (rand() % 16)
		return;
	if (held >= 0) {
		if (pread(held, text, sizeof(text), 0) < 0)
			note(-errno, path, "a read");
		close(held);
	}
	held = open(path, O_RDONLY | O_CLOEXEC);
}

static void write_one(const char *path, const char *name)
{
	static const char *const values[] = {
		"0", "1", "20", "1000", "100000", MAX, "Y", "N", "nonsense", "/",
		"stat", "cold", "lru_prio", "vaddr", "fvaddr", "paddr", "anon", "memcg", "active",
		"addr", "user_input", "some_mem_psi_us", "temporal", "free_mem_rate", "none",
	};
	const char *value = values[rand() % ARRAY_SIZE(values)];
	char text[4096];

	/* Others do that. */
	if (!strcmp(name, "state") || !strcmp(name, "nr_kdamonds") || !strcmp(name, "nr_contexts"))
		return;
	/* As many directories as fit could take hours. */
	if (!strncmp(name, "nr_", 3))
		value = rand() % 2 ? "1" : "2";
	else if (rand() % 4 && read_text(path, text, sizeof(text)))
		value = text;
	if (note(write_try(path, value), path, value))
		seen->stored++;
}

/* Where there is nothing, others shall get to make it. */
static void breathe(void)
{
	usleep(5000);
}

static void job_reads(struct target *job)
{
	srand(getpid());
	job->ready = 1;
	for (;; job->turns++) {
		for_all(tree_root(), read_one);
		breathe();
	}
}

static void job_writes(struct target *job)
{
	srand(getpid());
	job->ready = 1;
	for (;; job->turns++) {
		for_all(tree_root(), write_one);
		breathe();
	}
}

/* Has it run for some time, none at all, and again while it runs. */
static void job_switches(struct target *job)
{
	job->ready = 1;
	for (;; job->turns++) {
		seen->on += put("0/state", "on");
		put("1/state", "on");
		usleep(job->turns % 4 * 10000);
		seen->commits += put("0/state", "commit");
		usleep(job->turns % 3 * 10000);
		seen->off += put("0/state", "off");
		put("1/state", "off");
	}
}

/* What it waits for can take a long time, if it is for what somebody wrote there. */
static void job_waits(struct target *job)
{
	static const char *const words[] = {
		"update_schemes_tried_regions", "commit_schemes_quota_goals",
		"update_schemes_tried_bytes", "clear_schemes_tried_regions",
		"update_tuned_intervals", "update_schemes_stats",
	};

	job->ready = 1;
	for (;; job->turns++) {
		if (put("0/state", words[job->turns % ARRAY_SIZE(words)]))
			seen->updates++;
		else
			breathe();
	}
}

static void build(pid_t pid, bool physical)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", pid);
	put("0/contexts/nr_contexts", "1");
	put(C "operations", physical ? "paddr" : "vaddr");
	put(C "monitoring_attrs/intervals/sample_us", "1000");
	put(C "monitoring_attrs/intervals/aggr_us", "20000");
	put(C "targets/nr_targets", "1");
	put(T "pid_target", number);
	if (physical) {
		put(T "regions/nr_regions", "1");
		put(T "regions/0/start", "0x100000");
		put(T "regions/0/end", "0x2000000");
	}
	put(C "schemes/nr_schemes", "2");
	put(S "access_pattern/sz/max", MAX);
	put(S "access_pattern/nr_accesses/max", MAX);
	put(S "access_pattern/age/max", MAX);
	put(S "quotas/goals/nr_goals", "1");
	put(S "quotas/goals/0/target_value", "1000");
	put(S "filters/nr_filters", "1");
}

/* Removes what runs as often as what does not. */
static void job_builds(struct target *job)
{
	char *mem = map_pages(LEN, false);
	bool runs;

	job->ready = 1;
	for (;; job->turns++) {
		put("nr_kdamonds", job->turns % 3 ? "1" : "2");
		build(getpid(), job->turns & 1);
		wait_for(is_on(), LIMIT_S / 300.0);
		touch(mem, LEN);
		put(job->turns & 2 ? C "schemes/nr_schemes" : C "targets/nr_targets", "0");
		runs = is_on();
		seen->bereft += put("0/contexts/nr_contexts", "0") && runs;
		if (job->turns % 4 == 3)
			seen->removed += put("nr_kdamonds", "0");
	}
}

static void (*const jobs[NR_JOBS])(struct target *job) = {
	job_reads, job_reads, job_writes, job_writes, job_switches, job_waits, job_builds,
};

static double stress_s(void)
{
	const char *env = getenv("DAMON_STRESS_SECONDS");

	return env ? strtod(env, NULL) : rounds(120);
}

/* Wants to unload it all the time; it goes when nobody holds it.  How often it went. */
static unsigned int unload_until(double end, unsigned int *refused)
{
	unsigned int nr = 0;
	double until;
	int dev, err;

	while (now_s() < end) {
		dev = device_open();
		until = now_s() + HELD_MS / 1000.0;
		while (now_s() < until && now_s() < end) {
			err = module_remove();
			ck_assert_msg(err == -EBUSY || err == -EAGAIN, "%s", strerror(-err));
			(*refused)++;
			usleep(rand() % 200000);
		}
		close_kept(dev);
		ck_assert(wait_for(!module_remove(), LIMIT_S));
		nr++;
		ck_wait(module_refs() < 0);
		module_need();
	}
	return nr;
}

/* It works as on the first day. */
static void check_works(void)
{
	struct target *target = target_spawn(0, LEN, false);

	tree_context();
	tree_watch(target);
	tree_count_all();
	tree_put("0/state", "on");
	tree_put("0/state", "update_schemes_tried_regions");
	ck_assert_uint_eq(tree_number(S "tried_regions/total_bytes"), LEN);
	tree_put("0/state", "off");
	target_kill(target);
}

START_TEST(everybody_at_once)
{
	unsigned int others = kdamonds(NULL, 0), i, refused = 0, unloads;
	struct target *users[NR_JOBS];
	double begun = now_s();

	seen = shared_alloc(sizeof(*seen));
	for (i = 0; i < NR_JOBS; i++)
		users[i] = target_job(0, jobs[i]);
	unloads = unload_until(begun + stress_s(), &refused);
	printf("%.0f s: %u unloads, %u refused; turns:", now_s() - begun, unloads, refused);
	for (i = 0; i < NR_JOBS; i++)
		printf(" %lu", users[i]->turns);
	printf("; files read %lu, written %lu; on %lu, off %lu, commits %lu, updates %lu",
	       seen->read, seen->stored, seen->on, seen->off, seen->commits, seen->updates);
	printf("; removed: contexts of what runs %lu, kdamonds %lu\n", seen->bereft,
	       seen->removed);
	ck_assert_msg(!seen->wrong, "%s: %s", seen->where, strerror(-seen->wrong));
	for (i = 0; i < NR_JOBS; i++)
		ck_assert_msg(users[i]->turns > 0, "job %u has done nothing", i);
	ck_assert(seen->read && seen->stored && seen->on && seen->off && seen->updates);
	ck_assert(refused);
	/* A slow machine may not get to all of it in a short time. */
	ck_assert(LIMIT_S > 60 || (seen->commits && seen->bereft && seen->removed));

	/* The module goes while they are at it. */
	ck_assert(wait_for(!module_remove(), LIMIT_S));
	for (i = 0; i < NR_JOBS; i++)
		target_kill(users[i]);
	ck_assert_uint_eq(kdamonds(NULL, 0), others);
	module_need();
	check_works();
}
END_TEST

void sysfs_stress_cases(Suite *suite)
{
	TCase *tc = add_case(suite, "stress");

	tcase_add_checked_fixture(tc, tree_empty, tree_empty);
	tcase_add_test(tc, everybody_at_once);
	tcase_set_timeout(tc, 2 * stress_s() + 8 * LIMIT_S);
}
