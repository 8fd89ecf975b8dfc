// SPDX-License-Identifier: GPL-2.0
/*
 * Ready-made uses: their parameters, and that they do what they are for.  The truth about
 * memory is in smaps and in what the tests' processes do.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "harness.h"

#define PARAMS		"/sys/module/damon/parameters/"
#define BUILTIN		"/sys/kernel/mm/damon"
#define BUILTIN_STAT	"/sys/module/damon_stat"
#define HUGE		(2 * MIB)

static const char *const uses[] = { "stat", "reclaim", "lru_sort" };

/* Every parameter, with what is read after a plain load. */
static const struct param {
	unsigned int use;
	const char *name;
	const char *first;
	bool read_only;
} params[] = {
	{ 0, "enabled", "N", false },
	{ 0, "estimated_memory_bandwidth", "0", true },
	{ 0, "memory_idle_ms_percentiles", NULL, true },
	{ 0, "aggr_interval_us", "0", true },
	{ 0, "kdamond_pid", "-1", true },
	{ 1, "enabled", "N", false },
	{ 1, "commit_inputs", "N", false },
	{ 1, "min_age", "120000000", false },
	{ 1, "quota_ms", "10", false },
	{ 1, "quota_sz", "134217728", false },
	{ 1, "quota_reset_interval_ms", "1000", false },
	{ 1, "quota_mem_pressure_us", "0", false },
	{ 1, "quota_autotune_feedback", "0", false },
	{ 1, "autotune_monitoring_intervals", "N", false },
	{ 1, "wmarks_interval", "5000000", false },
	{ 1, "wmarks_high", "500", false },
	{ 1, "wmarks_mid", "400", false },
	{ 1, "wmarks_low", "200", false },
	{ 1, "sample_interval", "5000", false },
	{ 1, "aggr_interval", "100000", false },
	{ 1, "min_nr_regions", "10", false },
	{ 1, "max_nr_regions", "1000", false },
	{ 1, "monitor_region_start", "0", false },
	{ 1, "monitor_region_end", "0", false },
	{ 1, "addr_unit", "1", false },
	{ 1, "skip_anon", "N", false },
	{ 1, "kdamond_pid", "-1", true },
	{ 1, "nr_reclaim_tried_regions", "0", true },
	{ 1, "bytes_reclaim_tried_regions", "0", true },
	{ 1, "nr_reclaimed_regions", "0", true },
	{ 1, "bytes_reclaimed_regions", "0", true },
	{ 1, "nr_quota_exceeds", "0", true },
	{ 2, "enabled", "N", false },
	{ 2, "commit_inputs", "N", false },
	{ 2, "hot_thres_access_freq", "500", false },
	{ 2, "cold_min_age", "120000000", false },
	{ 2, "active_mem_bp", "0", false },
	{ 2, "filter_young_pages", "N", false },
	{ 2, "autotune_monitoring_intervals", "N", false },
	{ 2, "quota_ms", "10", false },
	{ 2, "quota_reset_interval_ms", "1000", false },
	{ 2, "wmarks_interval", "5000000", false },
	{ 2, "wmarks_high", "200", false },
	{ 2, "wmarks_mid", "150", false },
	{ 2, "wmarks_low", "50", false },
	{ 2, "sample_interval", "5000", false },
	{ 2, "aggr_interval", "100000", false },
	{ 2, "min_nr_regions", "10", false },
	{ 2, "max_nr_regions", "1000", false },
	{ 2, "monitor_region_start", "0", false },
	{ 2, "monitor_region_end", "0", false },
	{ 2, "addr_unit", "1", false },
	{ 2, "kdamond_pid", "-1", true },
	{ 2, "nr_lru_sort_tried_hot_regions", "0", true },
	{ 2, "bytes_lru_sort_tried_hot_regions", "0", true },
	{ 2, "nr_lru_sorted_hot_regions", "0", true },
	{ 2, "bytes_lru_sorted_hot_regions", "0", true },
	{ 2, "nr_hot_quota_exceeds", "0", true },
	{ 2, "nr_lru_sort_tried_cold_regions", "0", true },
	{ 2, "bytes_lru_sort_tried_cold_regions", "0", true },
	{ 2, "nr_lru_sorted_cold_regions", "0", true },
	{ 2, "bytes_lru_sorted_cold_regions", "0", true },
	{ 2, "nr_cold_quota_exceeds", "0", true },
};

/* Reading and writing, by paths and by names of the module's parameters. */

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), PARAMS "%s", name);
	return path;
}

/* What a file says, without its newline. */
static const char *text_at(const char *path)
{
	static char text[8192];
	size_t len = read_text(path, text, sizeof(text));

	ck_assert_msg(len && text[len - 1] == '\n', "%s: %zu bytes: %s", path, len, text);
	text[len - 1] = '\0';
	return text;
}

static const char *get(const char *name)
{
	return text_at(path_of(name));
}

static uint64_t number(const char *name)
{
	return strtoull(get(name), NULL, 10);
}

static int try_put(const char *name, const char *text)
{
	return write_try(path_of(name), text);
}

static void put(const char *name, const char *text)
{
	int err = try_put(name, text);

	ck_assert_msg(!err, "%s=%s: %s", name, text, strerror(-err));
}

static void put_number(const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lu\n", (unsigned long)value);
	put(name, text);
}

/* As after boot. */
static void reload(const char *args)
{
	int err;

	module_gone();
	err = module_insert_with(NULL, args);
	ck_assert_msg(!err, "loading with %s: %s", args ? args : "nothing", strerror(-err));
}

static void all_off(void)
{
	char name[32];
	size_t i;

	if (module_refs() < 0)
		return;
	for (i = 0; i < ARRAY_SIZE(uses); i++) {
		snprintf(name, sizeof(name), "%s_enabled", uses[i]);
		try_put(name, "N");
	}
}

static bool is_kdamond(pid_t pid)
{
	pid_t pids[64];
	unsigned int i, nr = kdamonds(pids, ARRAY_SIZE(pids));

	for (i = 0; i < nr && i < ARRAY_SIZE(pids); i++) {
		if (pids[i] == pid)
			return true;
	}
	return false;
}

/* Is @what in the kernel's log since @log was opened? */
static bool told(int log, const char *what)
{
	char *text = klog_read(log);
	bool found = strstr(text, what);

	if (!found)
		printf("not told \"%s\" but: %s\n", what, text);
	free(text);
	return found;
}

/* The parameters. */

START_TEST(defaults)
{
	char name[80], path[160];
	struct stat info;
	size_t i;

	reload(NULL);
	for (i = 0; i < ARRAY_SIZE(params); i++) {
		const struct param *p = &params[i];
		mode_t mode = p->read_only ? 0400 : 0600;

		snprintf(name, sizeof(name), "%s_%s", uses[p->use], p->name);
		if (p->first)
			ck_assert_str_eq(get(name), p->first);
		ck_assert_int_eq(stat(path_of(name), &info), 0);
		ck_assert_uint_eq(info.st_mode & 07777, mode);

		snprintf(path, sizeof(path), "/sys/module/damon/%s/parameters/%s",
			 uses[p->use], p->name);
		if (p->first)
			ck_assert_str_eq(text_at(path), p->first);
		ck_assert_int_eq(stat(path, &info), 0);
		ck_assert_uint_eq(info.st_mode & 07777, mode);
		if (p->read_only)
			ck_assert_int_lt(write_try(path, "1"), 0);
	}
}
END_TEST

static unsigned int count_files(const char *path, const char *prefix)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	unsigned int nr = 0;

	ck_assert_msg(dir, "%s: %s", path, strerror(errno));
	while ((entry = readdir(dir)))
		nr += entry->d_name[0] != '.' &&
		      !strncmp(entry->d_name, prefix, strlen(prefix));
	closedir(dir);
	return nr;
}

/* No more than those, and by their old names where these are free. */
START_TEST(names)
{
	unsigned int nr[3] = {};
	char path[128], to[64];
	struct stat info;
	ssize_t len;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(params); i++)
		nr[params[i].use]++;
	for (i = 0; i < ARRAY_SIZE(uses); i++) {
		snprintf(to, sizeof(to), "%s_", uses[i]);
		ck_assert_uint_eq(count_files(PARAMS, to), nr[i]);
		snprintf(path, sizeof(path), "/sys/module/damon/%s/parameters", uses[i]);
		ck_assert_uint_eq(count_files(path, ""), nr[i]);

		snprintf(path, sizeof(path), "/sys/module/damon_%s", uses[i]);
		ck_assert_msg(!lstat(path, &info), "%s: %s", path, strerror(errno));
		if (S_ISDIR(info.st_mode)) {
			/* The kernel's own. */
			ck_assert_int_eq(access(BUILTIN, F_OK), 0);
			continue;
		}
		len = readlink(path, to, sizeof(to) - 1);
		ck_assert_int_gt(len, 0);
		to[len] = '\0';
		snprintf(path, sizeof(path), "damon/%s", uses[i]);
		ck_assert_str_eq(to, path);
	}
	put("reclaim_min_age", "7000000");
	ck_assert_str_eq(text_at("/sys/module/damon/reclaim/parameters/min_age"), "7000000");
	ck_assert_int_eq(write_try("/sys/module/damon/reclaim/parameters/min_age", "0x10\n"), 0);
	ck_assert_str_eq(get("reclaim_min_age"), "16");
	ck_assert_int_eq(write_try("/sys/module/damon/reclaim/parameters/min_age", "no"), -EINVAL);
	put("reclaim_skip_anon", "true");
	ck_assert_str_eq(get("reclaim_skip_anon"), "Y");
}
END_TEST

START_TEST(bad_values)
{
	static const struct {
		const char *name;
		const char *text;
	} bad[] = {
		{ "stat_enabled", "perhaps" },
		{ "reclaim_enabled", "2" },
		{ "reclaim_commit_inputs", "?" },
		{ "reclaim_min_age", "" },
		{ "reclaim_min_age", "-1" },
		{ "reclaim_min_age", "12s" },
		{ "reclaim_min_age", "18446744073709551616" },
		{ "reclaim_quota_ms", "18446744073709551615" },
		{ "reclaim_quota_sz", "128M" },
		{ "reclaim_quota_reset_interval_ms", "315360000001" },
		{ "reclaim_wmarks_interval", "0" },
		{ "reclaim_wmarks_high", "1001" },
		{ "reclaim_wmarks_low", "-5" },
		{ "reclaim_sample_interval", "0" },
		{ "reclaim_aggr_interval", "0" },
		{ "reclaim_min_nr_regions", "2" },
		{ "reclaim_max_nr_regions", "4000000000" },
		{ "reclaim_addr_unit", "0" },
		{ "reclaim_addr_unit", "3" },
		{ "reclaim_addr_unit", "8192" },
		{ "reclaim_skip_anon", "x" },
		{ "lru_sort_hot_thres_access_freq", "1001" },
		{ "lru_sort_active_mem_bp", "10001" },
		{ "lru_sort_sample_interval", "0" },
		{ "lru_sort_filter_young_pages", "-" },
	};
	char before[64];
	size_t i;
	int log;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		log = klog_open();
		snprintf(before, sizeof(before), "%s", get(bad[i].name));
		/* Nothing at all is not handed on by the kernel's own files. */
		if (*bad[i].text) {
			ck_assert_msg(try_put(bad[i].name, bad[i].text) == -EINVAL, "%s=%s",
				      bad[i].name, bad[i].text);
			ck_assert(told(log, bad[i].name));
		}
		ck_assert_str_eq(get(bad[i].name), before);
		close(log);
	}
}
END_TEST

/* Each is possible, but not together: then it does not begin, and says why. */
START_TEST(bad_together)
{
	static const struct {
		const char *name;
		const char *bad;
		const char *good;
		const char *why;
	} tries[] = {
		{ "reclaim_sample_interval", "200000", "5000", "sample_interval" },
		{ "reclaim_min_nr_regions", "2000", "10", "min_nr_regions" },
		{ "reclaim_monitor_region_start", "4096", "0", "monitor_region_start" },
		{ "reclaim_monitor_region_end", "9223372036854775807", "0",
		  "monitor_region_end" },
		{ "reclaim_wmarks_mid", "600", "400", "wmarks_mid" },
		{ "reclaim_wmarks_low", "401", "200", "wmarks_low" },
		{ "reclaim_quota_ms", "1001", "10", "quota_ms" },
	};
	pid_t pid;
	size_t i;
	int log;

	reload(NULL);
	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		log = klog_open();
		put(tries[i].name, tries[i].bad);
		ck_assert_int_eq(try_put("reclaim_enabled", "Y"), -EINVAL);
		ck_assert(told(log, tries[i].why));
		ck_assert_str_eq(get("reclaim_enabled"), "N");
		put(tries[i].name, tries[i].good);
		close(log);
	}
	put("reclaim_enabled", "Y");
	pid = number("reclaim_kdamond_pid");
	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		put(tries[i].name, tries[i].bad);
		ck_assert_int_eq(try_put("reclaim_commit_inputs", "Y"), -EINVAL);
		put(tries[i].name, tries[i].good);
		ck_assert_str_eq(get("reclaim_enabled"), "Y");
	}
	put("reclaim_commit_inputs", "Y");
	ck_assert_str_eq(get("reclaim_commit_inputs"), "N");
	ck_assert_int_eq(number("reclaim_kdamond_pid"), pid);
}
END_TEST

/* All at once, beside a session; what one does is nothing to the others. */
START_TEST(side_by_side)
{
	unsigned int workers, round;
	struct conf conf;
	pid_t pids[3];
	char name[32];
	size_t i, k;
	int fd;

	reload(NULL);
	ck_assert_int_eq(try_put("reclaim_commit_inputs", "Y"), -EINVAL);
	conf_init(&conf);
	conf_target(&conf, 0);
	fd = session_running(0, &conf);
	workers = kdamonds(NULL, 0);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < ARRAY_SIZE(uses); i++) {
			snprintf(name, sizeof(name), "%s_enabled", uses[i]);
			put(name, "Y");
			put(name, "1");
			ck_assert_str_eq(get(name), "Y");
			snprintf(name, sizeof(name), "%s_kdamond_pid", uses[i]);
			pids[i] = number(name);
			ck_assert(is_kdamond(pids[i]));
			for (k = 0; k < i; k++)
				ck_assert_int_ne(pids[i], pids[k]);
		}
		ck_assert_uint_eq(kdamonds(NULL, 0), workers + 3);
		windows_pass(fd, 2);
		for (i = 0; i < ARRAY_SIZE(uses); i++) {
			snprintf(name, sizeof(name), "%s_enabled", uses[i]);
			put(name, "N");
			ck_assert_str_eq(get(name), "N");
			ck_assert(!is_kdamond(pids[i]));
			snprintf(name, sizeof(name), "%s_kdamond_pid", uses[i]);
			ck_assert_str_eq(get(name), "-1");
			ck_assert_uint_eq(kdamonds(NULL, 0), workers + 2 - i);
		}
	}
	windows_pass(fd, 1);
}
END_TEST

/* Without borders it is all memory, which is shown while it runs; with some it is those. */
START_TEST(borders)
{
	struct damon_range_conf parts[64];
	unsigned int nr = memory_parts(parts, ARRAY_SIZE(parts));
	uint64_t end;

	reload(NULL);
	put("lru_sort_enabled", "Y");
	ck_assert_uint_eq(number("lru_sort_monitor_region_start"), parts[0].start);
	ck_assert_uint_eq(number("lru_sort_monitor_region_end"), parts[nr - 1].end);

	put("lru_sort_addr_unit", "1024");
	put("lru_sort_commit_inputs", "Y");
	ck_assert_uint_eq(number("lru_sort_monitor_region_end"), parts[nr - 1].end / 1024);

	end = parts[nr - 1].end / 1024 - 4096;
	put_number("lru_sort_monitor_region_start", end - 4096);
	put_number("lru_sort_monitor_region_end", end);
	put("lru_sort_commit_inputs", "Y");
	ck_assert_uint_eq(number("lru_sort_monitor_region_start"), end - 4096);

	put("lru_sort_monitor_region_start", "0");
	put("lru_sort_monitor_region_end", "0");
	put("lru_sort_addr_unit", "1");
	put("lru_sort_commit_inputs", "Y");
	ck_assert_uint_eq(number("lru_sort_monitor_region_end"), parts[nr - 1].end);
	put("lru_sort_enabled", "N");
	ck_assert_uint_eq(number("lru_sort_monitor_region_end"), 0);
}
END_TEST

/* Load and unload. */

START_TEST(given_at_load)
{
	unsigned int workers;

	module_gone();
	workers = kdamonds(NULL, 0);
	reload("stat_enabled reclaim_enabled=Y reclaim_min_age=5000000 reclaim_commit_inputs=Y "
	       "reclaim_skip_anon lru_sort_quota_ms=20 lru_sort_enabled=N");
	ck_assert_str_eq(get("stat_enabled"), "Y");
	ck_assert_str_eq(get("reclaim_enabled"), "Y");
	ck_assert_str_eq(get("reclaim_min_age"), "5000000");
	ck_assert_str_eq(get("reclaim_skip_anon"), "Y");
	ck_assert_str_eq(get("lru_sort_enabled"), "N");
	ck_assert_str_eq(get("lru_sort_quota_ms"), "20");
	ck_assert_uint_eq(kdamonds(NULL, 0), workers + 2);
	/* Nobody holds it: it ends with the module. */
	ck_assert_int_eq(module_remove(), 0);
	ck_wait(module_refs() < 0);
	ck_assert_uint_eq(kdamonds(NULL, 0), workers);
}
END_TEST

START_TEST(bad_at_load)
{
	static const struct {
		const char *args;
		int err;
	} tries[] = {
		{ "reclaim_min_age=long", -EINVAL },
		{ "stat_enabled=Y reclaim_addr_unit=5", -EINVAL },
		{ "reclaim_min_age", -EINVAL },
		{ "reclaim_kdamond_pid=1", -EPERM },
		/* What came before it was running already. */
		{ "stat_enabled=Y reclaim_enabled=Y reclaim_sample_interval=200000", -EINVAL },
		{ "stat_enabled=Y reclaim_enabled=Y lru_sort_enabled=Y lru_sort_wmarks_low=999",
		  -EINVAL },
	};
	unsigned int workers;
	size_t i;

	module_gone();
	workers = kdamonds(NULL, 0);
	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		ck_assert_msg(module_insert_with(NULL, tries[i].args) == tries[i].err, "%s",
			      tries[i].args);
		ck_wait(module_refs() < 0);
		ck_assert_uint_eq(kdamonds(NULL, 0), workers);
		ck_assert_int_ne(access(DAMON_DEVICE_PATH, F_OK), 0);
		ck_assert_int_ne(access("/sys/module/damon", F_OK), 0);
	}
	reload(NULL);
}
END_TEST

static volatile unsigned long *turns;

static void toggle(void *data)
{
	static const char *const texts[] = { "Y", "N", "Y", "Y" };
	const char *use = data;
	char name[32], other[80];
	unsigned int i;

	for (i = 0;; i++) {
		snprintf(name, sizeof(name), "%s_enabled", use);
		try_put(name, texts[i % ARRAY_SIZE(texts)]);
		snprintf(name, sizeof(name), "%s_commit_inputs", use);
		try_put(name, "Y");
		snprintf(other, sizeof(other), "/sys/module/damon/%s/parameters/enabled", use);
		write_try(other, "Y");
		__atomic_add_fetch(turns, 1, __ATOMIC_RELAXED);
	}
}

static void read_all(void *data)
{
	static char text[8192];
	char path[160];
	size_t i;

	(void)data;
	for (;;) {
		for (i = 0; i < ARRAY_SIZE(params); i++) {
			snprintf(path, sizeof(path), "/sys/module/damon/%s/parameters/%s",
				 uses[params[i].use], params[i].name);
			read_text(path, text, sizeof(text));
			snprintf(path, sizeof(path), PARAMS "%s_%s", uses[params[i].use],
				 params[i].name);
			read_text(path, text, sizeof(text));
		}
		__atomic_add_fetch(turns, 1, __ATOMIC_RELAXED);
	}
}

static pid_t spawn(void (*fn)(void *data), const char *use)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (!pid) {
		become(0);
		fn((void *)use);
		_exit(0);
	}
	return pid;
}

/* Whatever others write and read meanwhile, it can be unloaded and nothing is left. */
START_TEST(unload_meanwhile)
{
	unsigned int i, nr = rounds(15), workers;
	unsigned long seen;
	pid_t pids[4];
	size_t k;

	module_gone();
	workers = kdamonds(NULL, 0);
	turns = shared_alloc(sizeof(*turns));
	for (k = 0; k < ARRAY_SIZE(uses); k++)
		pids[k] = spawn(toggle, uses[k]);
	pids[3] = spawn(read_all, NULL);
	for (i = 0; i < nr; i++) {
		ck_assert_int_eq(module_insert_with(NULL, i % 2 ? "stat_enabled=Y" : NULL), 0);
		seen = *turns;
		ck_wait(*turns >= seen + 8);
		ck_assert_int_eq(module_remove(), 0);
		ck_wait(module_refs() < 0);
		ck_assert_uint_eq(kdamonds(NULL, 0), workers);
	}
	for (k = 0; k < ARRAY_SIZE(pids); k++) {
		kill(pids[k], SIGKILL);
		ck_assert_int_eq(waitpid(pids[k], NULL, 0), pids[k]);
	}
	reload(NULL);
}
END_TEST

/* A kernel's own DAMON is told of when the module is loaded, and so is whether it is at work. */
START_TEST(two_damons)
{
	bool there, runs;
	struct stat info;
	char *text;
	int log;

	/* What is there of ours goes. */
	module_gone();
	there = !access(BUILTIN, F_OK);
	log = klog_open();
	runs = kdamonds(NULL, 0);
	reload(NULL);
	text = klog_read(log);
	ck_assert_int_eq(!!strstr(text, "a DAMON of its own"), there);
	ck_assert_int_eq(!!strstr(text, "is watching memory now"), runs);
	free(text);
	if (lstat(BUILTIN_STAT, &info) || !S_ISDIR(info.st_mode))
		return;

	/* The kernel has one that can be told to begin and end. */
	ck_assert(write_text(BUILTIN_STAT "/parameters/enabled", runs ? "N" : "Y"));
	ck_wait(!kdamonds(NULL, 0) == runs);
	reload(NULL);
	text = klog_read(log);
	ck_assert_ptr_nonnull(strstr(text, runs ? "is idle" : "is watching memory now"));
	ck_assert_int_eq(!!strstr(text, "damon_stat/parameters/enabled"), !runs);
	free(text);
	close(log);
	ck_assert(write_text(BUILTIN_STAT "/parameters/enabled", runs ? "Y" : "N"));
}
END_TEST

/* What they do. */

/* Touches its memory all the time, once in each huge page. */
static void keep_hot(struct target *target)
{
	volatile char *mem = map_pages(target->len, true);
	size_t i;

	if (!mem)
		_exit(1);
	target->ready = 1;
	while (target->work != WORK_EXIT) {
		for (i = 0; target->work == WORK_TOUCH && i < target->len; i += HUGE)
			mem[i]++;
		target->turns++;
		/* Into the kernel, which drops cached translations. */
		usleep(1000);
	}
}

static size_t hot_len;

static void be_hot(struct target *target)
{
	target->len = hot_len;
	target->work = WORK_TOUCH;
	keep_hot(target);
}

static struct target *hot_spawn(size_t len)
{
	hot_len = len;
	return target_job(0, be_hot);
}

static uint64_t meminfo(const char *name)
{
	return number_in("/proc/meminfo", name) * 1024;
}

static long idle[101];

static void read_percentiles(void)
{
	const char *at = get("stat_memory_idle_ms_percentiles");
	unsigned int i;
	char *end;

	for (i = 0; i < ARRAY_SIZE(idle); i++) {
		idle[i] = strtol(at, &end, 10);
		ck_assert_ptr_ne(at, end);
		ck_assert_int_eq(*end, i < 100 ? ',' : '\0');
		at = end + 1;
		if (i)
			ck_assert_int_ge(idle[i], idle[i - 1]);
	}
}

/* Percent of memory that was accessed in the last second. */
static int in_use(void)
{
	int i;

	read_percentiles();
	for (i = 0; i < (int)ARRAY_SIZE(idle) && idle[i] < 1000; i++)
		;
	return i;
}

/*
 * A quarter of memory is in use, as much as is free is not, and never was while it runs.
 * What is known to be idle must have been for most of that time, and nothing for longer.
 */
START_TEST(stat_tells_idle_times)
{
	uint64_t total, unused;
	struct target *target;
	double begun, after;
	int hot, cold;

	reload(NULL);
	total = meminfo("MemTotal:");
	hot_len = total / 4 & ~(HUGE - 1);
	target = hot_spawn(hot_len);
	unused = meminfo("MemFree:");
	hot = 100 * hot_len / total;
	cold = 100 * unused / total;
	ck_assert_int_gt(cold, 20);

	begun = now_s();
	put("stat_enabled", "Y");
	read_percentiles();
	ck_assert_msg(wait_for(in_use() >= hot / 2 && idle[100 - cold / 2] >= 10000,
			       2 * LIMIT_S), "%d percent in use, the coldest %d for %ld ms",
		      in_use(), cold / 2, idle[100 - cold / 2]);
	after = now_s() - begun;
	printf("%.1f s: %d of %d percent in use, idle ms by ten percent:", after, in_use(), hot);
	for (cold = 0; cold <= 100; cold += 10)
		printf(" %ld", idle[cold]);
	printf("; %lu bytes a second, windows of %lu us\n",
	       (unsigned long)number("stat_estimated_memory_bandwidth"),
	       (unsigned long)number("stat_aggr_interval_us"));
	ck_assert_int_le(in_use(), 100 - (int)(100 * unused / total) / 2);
	ck_assert(idle[100] <= 1000 * (now_s() - begun) + 1000);
	ck_assert_uint_ge(number("stat_aggr_interval_us"), 100000);
	ck_assert_uint_gt(number("stat_estimated_memory_bandwidth"), 0);

	/* What it has seen stays when it ends. */
	put("stat_enabled", "N");
	read_percentiles();
	ck_assert_int_gt(idle[100], 0);
	ck_assert_uint_gt(number("stat_aggr_interval_us"), 0);

	/* The same memory, in use no longer. */
	target->work = WORK_IDLE;
	put("stat_enabled", "Y");
	ck_assert_msg(wait_for(in_use() < hot / 2, 2 * LIMIT_S), "%d percent in use",
		      in_use());
	target_kill(target);
}
END_TEST

/* Bytes of a process's memory, by a line of smaps. */
static uint64_t smaps(const struct target *target, const char *name)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", target->pid);
	return number_in(path, name) * 1024;
}

/* The same by /proc/PID/status, which is nearly right and costs nobody anything. */
static uint64_t about(const struct target *target, const char *name)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/status", target->pid);
	return number_in(path, name) * 1024;
}

/*
 * Whatever is free, from the age of two seconds on.  But the code of those who
 * test stays in memory.
 */
static void reclaim_eagerly(void)
{
	ck_assert_int_eq(mlockall(MCL_CURRENT), 0);
	reload(NULL);
	put("reclaim_wmarks_high", "1000");
	put("reclaim_wmarks_mid", "1000");
	put("reclaim_wmarks_low", "0");
	put("reclaim_min_age", "2000000");
	put("reclaim_quota_ms", "0");
	put("reclaim_quota_sz", "0");
}

#define PRCL_LEN	(96 * MIB)
#define PRCL_QUOTA	(200 * MIB)	/* in a second, of 2 GiB */

START_TEST(reclaim_shrinks_who_is_idle)
{
	uint64_t rss, tried, now, free_rate;
	struct target *target;
	double begun, took;
	pid_t pid;

	if (no_swap())
		skip("there is no zram to swap to");
	reclaim_eagerly();
	put_number("reclaim_quota_sz", PRCL_QUOTA);
	target = target_spawn(0, PRCL_LEN, false);
	rss = smaps(target, "Rss:");
	ck_assert_uint_ge(rss, PRCL_LEN);

	/* More memory is free than the watermarks want: nothing happens, at whatever age. */
	free_rate = 1000 * meminfo("MemFree:") / meminfo("MemTotal:");
	put_number("reclaim_wmarks_high", free_rate / 2);
	put_number("reclaim_wmarks_mid", free_rate / 2);
	put("reclaim_enabled", "Y");
	pid = number("reclaim_kdamond_pid");
	usleep(2 * 2000000);
	ck_assert_uint_eq(number("reclaim_nr_reclaim_tried_regions"), 0);
	ck_assert_uint_eq(smaps(target, "Rss:"), rss);

	/* What is free lies between them. */
	put("reclaim_wmarks_high", "1000");
	put("reclaim_wmarks_mid", "1000");
	put_number("reclaim_wmarks_low", free_rate / 2);
	begun = now_s();
	put("reclaim_commit_inputs", "Y");
	ck_assert_msg(wait_for(about(target, "VmRSS:") < rss - PRCL_LEN * 5 / 9, 3 * LIMIT_S),
		      "%lu of %lu bytes are left after %lu were tried",
		      (unsigned long)smaps(target, "Rss:"), (unsigned long)rss,
		      (unsigned long)number("reclaim_bytes_reclaim_tried_regions"));
	tried = number("reclaim_bytes_reclaim_tried_regions");
	took = now_s() - begun;
	printf("%.1f s: %lu MiB tried, %lu MiB paged out, %lu MiB of the process\n", took,
	       (unsigned long)(tried / MIB),
	       (unsigned long)(number("reclaim_bytes_reclaimed_regions") / MIB),
	       (unsigned long)((rss - smaps(target, "Rss:")) / MIB));
	/* Not more than the quota, a part of a second counting as one. */
	ck_assert_uint_le(tried, (uint64_t)(took + 2) * PRCL_QUOTA);
	ck_assert_uint_ge(smaps(target, "Swap:"), PRCL_LEN / 2);
	ck_assert_uint_ge(number("reclaim_bytes_reclaimed_regions"), PRCL_LEN / 2);
	ck_assert_uint_gt(number("reclaim_nr_reclaim_tried_regions"), 0);
	ck_assert_uint_gt(number("reclaim_nr_reclaimed_regions"), 0);
	ck_assert_uint_gt(number("reclaim_nr_quota_exceeds"), 0);

	/* Nothing more happens when it is told to end. */
	put("reclaim_enabled", "N");
	ck_assert(!is_kdamond(pid));
	rss = smaps(target, "Rss:");
	now = number("reclaim_bytes_reclaimed_regions");
	usleep(2000000);
	ck_assert_uint_eq(smaps(target, "Rss:"), rss);
	ck_assert_uint_eq(number("reclaim_bytes_reclaimed_regions"), now);
	ck_assert_uint_ge(now, PRCL_LEN / 2);
	target_kill(target);
}
END_TEST

/* Anonymous memory stays for who wants that; what was counted stays when that changes. */
START_TEST(reclaim_spares)
{
	struct target *target;
	uint64_t rss;

	if (no_swap())
		skip("there is no zram to swap to");
	reclaim_eagerly();
	put("reclaim_skip_anon", "Y");
	target = target_spawn(0, PRCL_LEN, false);
	rss = smaps(target, "Anonymous:");
	put("reclaim_enabled", "Y");
	ck_assert(wait_for(number("reclaim_bytes_reclaim_tried_regions") >=
			   2 * meminfo("MemTotal:"), 2 * LIMIT_S));
	ck_assert_uint_ge(smaps(target, "Anonymous:"), rss - MIB);

	put("reclaim_skip_anon", "N");
	put("reclaim_commit_inputs", "Y");
	ck_assert(wait_for(about(target, "RssAnon:") < rss / 2, 3 * LIMIT_S));
	ck_assert_uint_ge(number("reclaim_bytes_reclaim_tried_regions"),
			  2 * meminfo("MemTotal:"));
	target_kill(target);
}
END_TEST

/* Above the high watermark it does nothing, and hardly ever looks. */
START_TEST(reclaim_rests)
{
	reload(NULL);
	put("reclaim_wmarks_high", "1");
	put("reclaim_wmarks_mid", "1");
	put("reclaim_wmarks_low", "0");
	put("reclaim_min_age", "0");
	put("reclaim_enabled", "Y");
	usleep(1500000);
	ck_assert_uint_eq(number("reclaim_nr_reclaim_tried_regions"), 0);
	/* A commit wakes it up. */
	put("reclaim_wmarks_high", "1000");
	put("reclaim_wmarks_mid", "1000");
	put("reclaim_commit_inputs", "Y");
	ck_wait(number("reclaim_nr_reclaim_tried_regions") > 0);
}
END_TEST

START_TEST(lru_sort_sorts)
{
	static const char *const counts[] = {
		"lru_sort_nr_lru_sort_tried_hot_regions", "lru_sort_nr_lru_sorted_hot_regions",
		"lru_sort_bytes_lru_sorted_hot_regions", "lru_sort_nr_lru_sort_tried_cold_regions",
		"lru_sort_nr_lru_sorted_cold_regions", "lru_sort_bytes_lru_sorted_cold_regions",
	};
	struct target *hot, *cold;
	uint64_t active, sorted;
	size_t i;

	reload(NULL);
	put("lru_sort_wmarks_high", "1000");
	put("lru_sort_wmarks_mid", "1000");
	put("lru_sort_wmarks_low", "0");
	put("lru_sort_cold_min_age", "2000000");
	put("lru_sort_hot_thres_access_freq", "300");
	put("lru_sort_quota_ms", "0");
	hot = hot_spawn(128 * MIB);
	cold = target_spawn(0, 64 * MIB, false);
	active = meminfo("Active(anon):");
	put("lru_sort_enabled", "Y");
	for (i = 0; i < ARRAY_SIZE(counts); i++)
		ck_assert_msg(wait_for(number(counts[i]) > 0, 2 * LIMIT_S), "%s is 0", counts[i]);
	/* It goes on meanwhile, so what is the smaller is read first. */
	sorted = number("lru_sort_bytes_lru_sorted_cold_regions");
	ck_assert_uint_ge(number("lru_sort_bytes_lru_sort_tried_cold_regions"), sorted);
	printf("active anonymous memory: %lu MiB before, %lu MiB after %lu MiB hot and %lu MiB cold\n",
	       (unsigned long)(active / MIB), (unsigned long)(meminfo("Active(anon):") / MIB),
	       (unsigned long)(number(counts[2]) / MIB),
	       (unsigned long)(number(counts[5]) / MIB));
	put("lru_sort_enabled", "N");
	for (i = 0; i < ARRAY_SIZE(counts); i++)
		ck_assert_uint_gt(number(counts[i]), 0);
	target_kill(cold);
	target_kill(hot);
}
END_TEST

/* Further parameters, each of which has to lead to something that runs. */
START_TEST(all_inputs)
{
	reload(NULL);
	put("reclaim_quota_mem_pressure_us", "10000");
	put("reclaim_quota_autotune_feedback", "5000");
	put("reclaim_autotune_monitoring_intervals", "Y");
	put("reclaim_addr_unit", "4096");
	put("reclaim_skip_anon", "Y");
	put("reclaim_quota_sz", "18446744073709551615");
	put("reclaim_quota_reset_interval_ms", "0");
	put("reclaim_enabled", "Y");
	put("reclaim_quota_autotune_feedback", "20000");
	put("reclaim_commit_inputs", "Y");
	put("lru_sort_active_mem_bp", "6000");
	put("lru_sort_filter_young_pages", "Y");
	put("lru_sort_autotune_monitoring_intervals", "Y");
	put("lru_sort_min_nr_regions", "3");
	put("lru_sort_max_nr_regions", "131072");
	put("lru_sort_enabled", "Y");
	put("lru_sort_active_mem_bp", "10000");
	put("lru_sort_commit_inputs", "Y");
	put("lru_sort_max_nr_regions", "3");
	put("lru_sort_quota_ms", "0");
	put("lru_sort_active_mem_bp", "0");
	put("lru_sort_commit_inputs", "Y");
	ck_assert_str_eq(get("reclaim_enabled"), "Y");
	ck_assert_str_eq(get("lru_sort_enabled"), "Y");
}
END_TEST

Suite *uses_suite(void)
{
	Suite *suite = suite_create("uses");
	TCase *tc = add_case(suite, "parameters");

	tcase_add_checked_fixture(tc, NULL, all_off);
	tcase_add_test(tc, defaults);
	tcase_add_test(tc, names);
	tcase_add_test(tc, bad_values);
	tcase_add_test(tc, bad_together);
	tcase_add_test(tc, side_by_side);
	tcase_add_test(tc, borders);
	tcase_add_test(tc, all_inputs);

	tc = add_case(suite, "load-with");
	tcase_add_checked_fixture(tc, NULL, all_off);
	tcase_add_test(tc, given_at_load);
	tcase_add_test(tc, bad_at_load);
	tcase_add_test(tc, two_damons);
	tcase_add_test(tc, unload_meanwhile);
	tcase_set_timeout(tc, 10 * LIMIT_S);

	tc = add_case(suite, "at-work");
	tcase_add_checked_fixture(tc, NULL, all_off);
	tcase_add_test(tc, stat_tells_idle_times);
	tcase_add_test(tc, reclaim_shrinks_who_is_idle);
	tcase_add_test(tc, reclaim_spares);
	tcase_add_test(tc, reclaim_rests);
	tcase_add_test(tc, lru_sort_sorts);
	tcase_set_timeout(tc, 10 * LIMIT_S);
	return suite;
}
