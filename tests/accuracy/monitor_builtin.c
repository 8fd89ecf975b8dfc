// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own monitor, through its sysfs files: one worker with one scheme
 * that matches every region and, if no other is wanted, does nothing but count.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "monitor.h"

#define KDAMOND		BUILTIN_ADMIN "/0"
#define CONTEXT		KDAMOND "/contexts/0"
#define ATTRS		CONTEXT "/monitoring_attrs"
#define PATTERN		BUILTIN_SCHEME "/access_pattern"
#define TRIED		BUILTIN_SCHEME "/tried_regions"
#define STAT_ENABLED	"/sys/module/damon_stat/parameters/enabled"

#define MAX_WORKERS	16
#define STOP_LIMIT_NS	(30ULL * 1000000000)

bool builtin_present(void)
{
	/* Where the kernel has none, the module's files are there. */
	return have_file(BUILTIN_ADMIN "/nr_kdamonds") &&
	       (have_file("/sys/kernel/mm/damon-dkms") || !have_file("/sys/module/damon/initstate"));
}

/*
 * The monitor that some kernels run from boot on.  It excludes those of sysfs.
 * Returns whether it ran.
 */
bool builtin_stat_set(bool on)
{
	uint64_t until = now_ns() + STOP_LIMIT_NS;
	pid_t tids[MAX_WORKERS];
	char was[8];

	if (!have_file(STAT_ENABLED))
		return false;
	read_file(STAT_ENABLED, was, sizeof(was));
	if ((was[0] == 'Y') == on)
		return on;
	write_file(STAT_ENABLED, on ? "Y" : "N");
	while (!on && find_threads("kdamond.", tids, MAX_WORKERS)) {
		if (now_ns() > until)
			errx(1, "DAMON_STAT does not stop");
		sleep_us(1000);
	}
	return !on;
}

/* Does what `echo WORD >state` does. */
void builtin_command(const char *word)
{
	write_file(KDAMOND "/state", word);
}

static void match_all(const char *what)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), PATTERN "/%s/min", what);
	write_file(path, "0");
	snprintf(path, sizeof(path), PATTERN "/%s/max", what);
	write_number(path, UINT64_MAX);
}

/* It has to be told what memory there is. */
static void give_all_memory(void)
{
	FILE *file = fopen("/proc/iomem", "re");
	struct { uint64_t start, end; } parts[64];
	char line[128], path[PATH_MAX];
	unsigned int nr = 0, i;

	if (!file)
		err(1, "/proc/iomem");
	while (fgets(line, sizeof(line), file) && nr < 64) {
		if (line[0] != ' ' && strstr(line, ": System RAM") &&
		    sscanf(line, "%" SCNx64 "-%" SCNx64, &parts[nr].start, &parts[nr].end) == 2)
			nr++;
	}
	fclose(file);
	write_number(CONTEXT "/targets/0/regions/nr_regions", nr);
	for (i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), CONTEXT "/targets/0/regions/%u/start", i);
		write_number(path, (parts[i].start + 4095) / 4096 * 4096);
		snprintf(path, sizeof(path), CONTEXT "/targets/0/regions/%u/end", i);
		write_number(path, (parts[i].end + 1) / 4096 * 4096);
	}
}

/* All that is not in the group is left out: what filters can say on all kernels. */
static void only_group(const char *group)
{
	const char *dir = have_file(BUILTIN_SCHEME "/ops_filters") ?
		BUILTIN_SCHEME "/ops_filters" : BUILTIN_SCHEME "/filters";
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/nr_filters", dir);
	write_file(path, "1");
	snprintf(path, sizeof(path), "%s/0/type", dir);
	write_file(path, "memcg");
	snprintf(path, sizeof(path), "%s/0/matching", dir);
	write_file(path, "N");
	snprintf(path, sizeof(path), "%s/0/memcg_path", dir);
	write_file(path, group);
}

static void set_action(const struct mon_scheme *scheme)
{
	write_file(BUILTIN_SCHEME "/action", scheme ? scheme->keyword : "stat");
	if (scheme && !strncmp(scheme->keyword, "migrate_", 8))
		write_number(BUILTIN_SCHEME "/target_nid", scheme->node);
	if (scheme && scheme->group)
		only_group(scheme->group);
}

static void builtin_start(struct monitor *m, pid_t pid, const struct mon_attrs *attrs)
{
	m->attrs = *attrs;
	write_file(BUILTIN_ADMIN "/nr_kdamonds", "1");
	write_file(KDAMOND "/contexts/nr_contexts", "1");
	write_file(CONTEXT "/operations", m->ops == &mon_builtin_paddr ? "paddr" : "vaddr");
	write_number(ATTRS "/intervals/sample_us", attrs->sample_us);
	write_number(ATTRS "/intervals/aggr_us", attrs->aggr_us);
	write_number(ATTRS "/nr_regions/min", attrs->min);
	write_number(ATTRS "/nr_regions/max", attrs->max);
	write_file(CONTEXT "/targets/nr_targets", "1");
	if (m->ops == &mon_builtin_paddr)
		give_all_memory();
	else
		write_number(CONTEXT "/targets/0/pid_target", (uint64_t)pid);
	write_file(CONTEXT "/schemes/nr_schemes", "1");
	set_action(attrs->scheme);
	match_all("sz");
	match_all("nr_accesses");
	match_all("age");
	builtin_command("on");
	m->worker = (pid_t)read_number(KDAMOND "/pid");
}

static void builtin_stop(struct monitor *m)
{
	uint64_t until = now_ns() + STOP_LIMIT_NS;
	char state[8];

	(void)m;
	builtin_command("off");
	for (;;) {
		read_file(KDAMOND "/state", state, sizeof(state));
		if (!strcmp(state, "off"))
			break;
		if (now_ns() > until)
			errx(1, "the built-in monitor does not stop");
		sleep_us(1000);
	}
	write_file(BUILTIN_ADMIN "/nr_kdamonds", "0");
}

static uint64_t read_tried(size_t i, const char *what)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), TRIED "/%zu/%s", i, what);
	return read_number(path);
}

static bool have_tried(size_t i)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), TRIED "/%zu", i);
	return have_file(path);
}

static void builtin_snapshot(struct monitor *m, struct mon_snapshot *snap)
{
	size_t i;

	builtin_command("update_schemes_tried_regions");
	for (i = 0; have_tried(i); i++) {
		if (i == snap->room) {
			snap->room = 2 * i + 64;
			snap->regions = realloc(snap->regions,
						snap->room * sizeof(*snap->regions));
			if (!snap->regions)
				err(1, "no memory");
		}
		snap->regions[i].start = read_tried(i, "start");
		snap->regions[i].end = read_tried(i, "end");
		snap->regions[i].nr_accesses = (uint32_t)read_tried(i, "nr_accesses");
	}
	snap->nr = i;
	snap->max_nr_accesses = (uint32_t)(m->attrs.aggr_us / m->attrs.sample_us);
}

/*
 * The scheme tries each region once at the end of each window, and a window has
 * aggr / sample ticks exactly: so its counter of tried regions tells the number
 * of samples.  Waiting for tried_bytes ends right behind a window's end; the
 * counter, which the second command fetches a tick later, is still of then.
 */
static void builtin_cost(struct monitor *m, struct mon_cost *cost)
{
	builtin_command("update_schemes_tried_bytes");
	cost->cpu_ns = cpu_ns_of(m->worker);
	cost->now_ns = now_ns();
	builtin_command("update_schemes_stats");
	cost->samples = read_number(BUILTIN_SCHEME "/stats/nr_tried") *
			(m->attrs.aggr_us / m->attrs.sample_us);
}

#define BUILTIN(kind) {			\
	.name = kind,			\
	.start = builtin_start,		\
	.stop = builtin_stop,		\
	.snapshot = builtin_snapshot,	\
	.cost = builtin_cost,		\
}

const struct mon_ops mon_builtin = BUILTIN("built-in");
const struct mon_ops mon_builtin_paddr = BUILTIN("built-in paddr");
