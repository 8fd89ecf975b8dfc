// SPDX-License-Identifier: GPL-2.0
/* Goals of schemes: METRIC[:NODE][:CGROUP]=TARGET. */
#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "commit.h"
#include "scheme_set.h"
#include "units.h"
#include "util.h"

enum unit { UNIT_TIME, UNIT_SHARE, UNIT_COUNT };

static const struct metric {
	const char *name;
	uint32_t metric;
	bool node;
	enum { PATH_NONE, PATH_CGROUP, PATH_FILE } path;
	enum unit unit;
} metrics[] = {
	{ "some-mem-psi", DAMON_METRIC_SOME_MEM_PSI_US, false, PATH_NONE, UNIT_TIME },
	{ "full-mem-psi", DAMON_METRIC_FULL_MEM_PSI_US, false, PATH_NONE, UNIT_TIME },
	{ "cgroup-some-psi", DAMON_METRIC_MEMCG_SOME_PSI_US, false, PATH_CGROUP, UNIT_TIME },
	{ "cgroup-full-psi", DAMON_METRIC_MEMCG_FULL_PSI_US, false, PATH_CGROUP, UNIT_TIME },
	{ "node-used", DAMON_METRIC_NODE_MEM_USED_BP, true, PATH_NONE, UNIT_SHARE },
	{ "node-free", DAMON_METRIC_NODE_MEM_FREE_BP, true, PATH_NONE, UNIT_SHARE },
	{ "node-cgroup-used", DAMON_METRIC_NODE_MEMCG_USED_BP, true, PATH_CGROUP, UNIT_SHARE },
	{ "node-cgroup-free", DAMON_METRIC_NODE_MEMCG_FREE_BP, true, PATH_CGROUP, UNIT_SHARE },
	{ "node-eligible", DAMON_METRIC_NODE_ELIGIBLE_MEM_BP, true, PATH_NONE, UNIT_SHARE },
	{ "active", DAMON_METRIC_ACTIVE_MEM_BP, false, PATH_NONE, UNIT_SHARE },
	{ "inactive", DAMON_METRIC_INACTIVE_MEM_BP, false, PATH_NONE, UNIT_SHARE },
	{ "refaults", DAMON_METRIC_REFAULTS, false, PATH_NONE, UNIT_COUNT },
	{ "swap-used", DAMON_METRIC_SWAP_USED_BP, false, PATH_NONE, UNIT_SHARE },
	{ "user", DAMON_METRIC_USER_INPUT, false, PATH_FILE, UNIT_COUNT },
};

#define NR_METRICS	(sizeof(metrics) / sizeof(metrics[0]))

static const struct metric *metric_of(uint32_t number)
{
	size_t i;

	for (i = 0; i < NR_METRICS && metrics[i].metric != number; i++)
		;
	return i < NR_METRICS ? &metrics[i] : NULL;
}

static bool parse_target(enum unit unit, const char *text, uint64_t *target)
{
	uint32_t bp;

	switch (unit) {
	case UNIT_TIME:
		return parse_interval(text, target);
	case UNIT_SHARE:
		if (!parse_percent(text, &bp))
			return false;
		*target = bp;
		return true;
	case UNIT_COUNT:
		return parse_count(text, 0, UINT64_MAX, target);
	}
	return false;
}

/* Of "NAME...": the name, and what is behind it. */
static const struct metric *take_name(const char *text, const char **rest)
{
	size_t len = strcspn(text, ":=");
	size_t i;

	for (i = 0; i < NR_METRICS; i++) {
		if (strlen(metrics[i].name) == len && !strncmp(metrics[i].name, text, len)) {
			*rest = text + len;
			return &metrics[i];
		}
	}
	return NULL;
}

static bool take_node(const char **rest, uint32_t *node)
{
	char *end;
	unsigned long number;

	if (**rest != ':' || (*rest)[1] < '0' || (*rest)[1] > '9')
		return false;
	number = strtoul(*rest + 1, &end, 10);
	*rest = end;
	*node = (uint32_t)number;
	return number <= UINT32_MAX;
}

/* The path may have any characters: the last = ends it. */
static bool take_path(const char **rest, char **path)
{
	const char *end = strrchr(*rest, '=');

	if (**rest != ':' || !end || end == *rest + 1)
		return false;
	*path = xasprintf("%.*s", (int)(end - *rest - 1), *rest + 1);
	*rest = end;
	return true;
}

static const char *path_name(const struct metric *metric)
{
	return metric->path == PATH_CGROUP ? ":CGROUP" : metric->path == PATH_FILE ? ":FILE" : "";
}

int scheme_goal_option(struct scheme_set *set, const char *value, const char *command)
{
	struct damon_scheme_goal_conf goal = { 0 };
	const struct metric *metric;
	uint64_t target;
	char *path = NULL;
	const char *rest;

	metric = take_name(value, &rest);
	if (!metric)
		return usage_error(command, "--goal %s: there is no such metric; --help lists them",
				   value);
	goal.metric = metric->metric;
	if (metric->node && !take_node(&rest, &goal.node))
		return usage_error(command, "--goal wants %s:NODE%s=TARGET, not '%s'", metric->name,
				   path_name(metric), value);
	if ((metric->path && !take_path(&rest, &path)) || *rest != '=' ||
	    !parse_target(metric->unit, rest + 1, &target)) {
		free(path);
		return usage_error(command, "--goal wants %s%s%s=TARGET, with TARGET such as %s, not '%s'",
				   metric->name, metric->node ? ":NODE" : "",
				   path_name(metric),
				   metric->unit == UNIT_TIME ? "10ms" :
				   metric->unit == UNIT_SHARE ? "90%" : "1000", value);
	}
	goal.target = target;
	set->goals = xreallocarray(set->goals, set->nr_goals + 1, sizeof(*set->goals));
	set->goal_paths = xreallocarray(set->goal_paths, set->nr_goals + 1,
					  sizeof(*set->goal_paths));
	set->goals[set->nr_goals] = goal;
	set->goal_paths[set->nr_goals++] = path;
	set->schemes[set->nr_schemes - 1].nr_goals++;
	return EXIT_OK;
}

/* A number in a line of its own. */
static bool read_value(const char *path, uint64_t *value)
{
	char text[64];

	return read_small_file(path, text, sizeof(text)) && parse_count(text, 0, UINT64_MAX, value);
}

bool scheme_goals_open(struct scheme_set *set)
{
	uint64_t value;
	uint32_t i;

	for (i = 0; i < set->nr_goals; i++) {
		switch (metric_of(set->goals[i].metric)->path) {
		case PATH_NONE:
			break;
		case PATH_CGROUP:
			set->goals[i].fd = open_cgroup(set->goal_paths[i]);
			if (set->goals[i].fd < 0)
				return false;
			break;
		case PATH_FILE:
			if (!read_value(set->goal_paths[i], &value)) {
				warnx("there is no number in %s", set->goal_paths[i]);
				return false;
			}
			set->goals[i].value = value;
			break;
		}
	}
	return true;
}

bool scheme_read(struct scheme_set *set)
{
	bool changed = false;
	uint64_t value;
	uint32_t i;

	/* A file that is being written may be empty for a moment: then it says what it said. */
	for (i = 0; i < set->nr_goals; i++) {
		if (metric_of(set->goals[i].metric)->path != PATH_FILE ||
		    !read_value(set->goal_paths[i], &value) || set->goals[i].value == value)
			continue;
		set->goals[i].value = value;
		changed = true;
	}
	return changed;
}

char *scheme_goal_name(const struct scheme_set *set, uint32_t goal)
{
	const struct metric *metric = metric_of(set->goals[goal].metric);
	const char *path = set->goal_paths[goal];

	if (metric->node)
		return xasprintf("%s:%" PRIu32 "%s%s", metric->name,
				 (uint32_t)set->goals[goal].node, path ? ":" : "", path ? path : "");
	return xasprintf("%s%s%s", metric->name, path ? ":" : "", path ? path : "");
}

char *scheme_goal_text(const struct damon_scheme_goal_conf *goal, uint64_t value)
{
	char text[UNITS_TEXT];

	switch (metric_of(goal->metric)->unit) {
	case UNIT_TIME:
		return xasprintf("%s", time_text(text, value * 1000));
	case UNIT_SHARE:
		return xasprintf("%.2f %%", (double)value / 100);
	default:
		return xasprintf("%" PRIu64, value);
	}
}
