// SPDX-License-Identifier: GPL-2.0
/*
 * Loading and unloading many times leaves nothing behind.
 */
#include <dirent.h>
#include <fcntl.h>

#include "harness.h"

#define MAX_CACHES	1024
#define EVENTS		"/sys/kernel/tracing/available_events"

/* Objects in use of each slab cache. */
struct slabs {
	unsigned int nr;
	struct {
		char name[64];
		long active;
		long per_slab;
	} caches[MAX_CACHES];
};

/**
 * struct traces - what a module can leave behind
 * @slabs:	objects
 * @vmalloc:	areas of virtually contiguous memory
 * @events:	trace events named damon
 * @workers:	monitoring threads
 */
struct traces {
	struct slabs slabs;
	unsigned int vmalloc;
	unsigned int events;
	unsigned int workers;
};

/* Has every cache give back what only waits to be used again. */
static void settle(void)
{
	char path[300];
	struct dirent *entry;
	DIR *dir;

	sync();
	write_text("/proc/sys/vm/drop_caches", "3");
	dir = opendir("/sys/kernel/slab");
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || entry->d_type == DT_LNK)
			continue;
		snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", entry->d_name);
		write_text(path, "1");
	}
	closedir(dir);
}

static void read_slabs(struct slabs *slabs)
{
	FILE *file = fopen("/proc/slabinfo", "re");
	char *line = NULL;
	size_t size = 0;

	ck_assert_ptr_nonnull(file);
	slabs->nr = 0;
	while (getline(&line, &size, file) > 0) {
		if (sscanf(line, "%63s %ld %*d %*d %ld", slabs->caches[slabs->nr].name,
			   &slabs->caches[slabs->nr].active,
			   &slabs->caches[slabs->nr].per_slab) == 3)
			slabs->nr++;
		ck_assert_uint_lt(slabs->nr, MAX_CACHES);
	}
	ck_assert_uint_gt(slabs->nr, 20);
	free(line);
	fclose(file);
}

/* Areas that exist, without those that are freed when there is time. */
static unsigned int count_vmalloc(void)
{
	FILE *file = fopen("/proc/vmallocinfo", "re");
	char *line = NULL, caller[80];
	unsigned int nr = 0;
	size_t size = 0;

	ck_assert_ptr_nonnull(file);
	while (getline(&line, &size, file) > 0) {
		if (strstr(line, "unpurged"))
			continue;
		ck_assert_msg(!strstr(line, "damon"), "the unloaded module's: %s", line);
		/* No symbol: code that is no longer there. */
		if (sscanf(line, "%*s %*s %79s", caller) == 1)
			ck_assert_msg(strncmp(caller, "0xffffffff", 10), "nobody's: %s", line);
		nr++;
	}
	free(line);
	fclose(file);
	return nr;
}

static void read_traces(struct traces *t)
{
	ck_assert_uint_eq(count_lines("/proc/modules", "damon "), 0);
	ck_assert_uint_eq(count_lines("/proc/kallsyms", "[damon]"), 0);
	ck_assert_int_ne(access(DAMON_DEVICE_PATH, F_OK), 0);
	settle();
	read_slabs(&t->slabs);
	t->vmalloc = count_vmalloc();
	t->events = access(EVENTS, R_OK) ? 0 : count_lines(EVENTS, "damon:");
	t->workers = kdamonds(NULL, 0);
}

/* Does it hold what a kernel that looks for errors notes of the others' objects? */
static bool is_of_debugging(const char *cache)
{
	return !strcmp(cache, "debug_objects_cache") || !strncmp(cache, "kmemleak_", 9);
}

/*
 * The cache that has grown most beyond what may be noise, and by how much.  All
 * objects of a slab that a CPU allocates from count as active, so that much
 * can come and go by itself.
 */
static long worst_growth(const struct slabs *old, const struct slabs *new, long limit,
			 const char **name)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN), worst = 0;
	unsigned int i, j;

	*name = "none";
	for (i = 0; i < new->nr; i++) {
		long growth = new->caches[i].active;

		if (is_of_debugging(new->caches[i].name))
			continue;
		for (j = 0; j < old->nr; j++) {
			if (!strcmp(old->caches[j].name, new->caches[i].name))
				growth -= old->caches[j].active;
		}
		if (growth > worst && growth >= limit &&
		    growth > cpus * new->caches[i].per_slab) {
			worst = growth;
			*name = new->caches[i].name;
		}
	}
	return worst;
}

/* Loads, uses and unloads. */
static void cycle(void)
{
	struct conf conf;
	int fd;

	module_need();
	conf_init(&conf);
	conf_target(&conf, 0);
	fd = session_running(4096, &conf);
	session_stop(fd);
	session_start(fd);
	close_kept(fd);
	module_gone();
}

static unsigned int nr_cycles(void)
{
	const char *env = getenv("DAMON_CYCLES");
	unsigned int nr = env ? strtoul(env, NULL, 10) : 100;

	return nr < 4 ? 4 : nr;
}

/* What @nr cycles have left behind, as a complaint; "" if nothing. */
static void left_behind(unsigned int nr, char *complaint, size_t size)
{
	static struct traces first, last;
	long limit = nr / 2, growth;
	const char *name;
	unsigned int i;
	double until;

	*complaint = 0;
	read_traces(&first);
	for (i = 0; i < nr; i++)
		cycle();
	until = now_s() + LIMIT_S;
	do {
		read_traces(&last);
		growth = worst_growth(&first.slabs, &last.slabs, limit, &name);
	} while ((growth || last.vmalloc >= first.vmalloc + limit) && now_s() < until);
	printf("%u load cycles: vmalloc areas %u before, %u after\n", nr, first.vmalloc,
	       last.vmalloc);
	ck_assert_uint_eq(last.events, first.events);
	ck_assert_uint_eq(last.workers, first.workers);
	if (growth)
		snprintf(complaint, size, "%s has grown by %ld objects in %u cycles", name,
			 growth, nr);
	else if (last.vmalloc >= first.vmalloc + limit)
		snprintf(complaint, size, "%u more vmalloc areas after %u cycles",
			 last.vmalloc - first.vmalloc, nr);
}

/*
 * Whatever is left behind once per cycle shows as growth by the number of
 * cycles; what else goes on in the system moves a cache by a few objects.  Half
 * the number of cycles tells the two apart.  Freed objects can wait for a
 * grace period or a work queue, so growth is given time to go away.  Something
 * else may still have come to be used meanwhile, and is in use from then on: a
 * leak goes on with each further lot of cycles.
 */
START_TEST(leaves_nothing_behind)
{
	unsigned int i, nr = nr_cycles(), warm_up = nr >= 40 ? 20 : nr / 2;
	char complaint[200];

	module_gone();
	for (i = 0; i < warm_up; i++)
		cycle();
	for (i = 0; i < 3; i++) {
		left_behind(nr - warm_up, complaint, sizeof(complaint));
		if (!*complaint)
			return;
		printf("%s\n", complaint);
	}
	ck_abort_msg("%s", complaint);
}
END_TEST

/* A second one is refused, and the first goes on. */
START_TEST(loaded_twice)
{
	struct conf conf;
	int fd;

	conf_init(&conf);
	conf_target(&conf, 0);
	fd = session_running(0, &conf);
	ck_assert_int_eq(module_insert(NULL), -EEXIST);
	windows_pass(fd, 1);
}
END_TEST

Suite *load_suite(void)
{
	Suite *suite = suite_create("load");
	TCase *tc = add_case(suite, "load");

	tcase_add_test(tc, loaded_twice);
	tcase_add_test(tc, leaves_nothing_behind);
	tcase_set_timeout(tc, 6 * LIMIT_S + 15 * nr_cycles());
	return suite;
}
