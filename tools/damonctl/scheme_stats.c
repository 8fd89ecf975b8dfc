// SPDX-License-Identifier: GPL-2.0
/* What schemes have done, as text. */
#include "scheme_stats.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "units.h"
#include "util.h"

/* More than the module allows for one scheme. */
#define MAX_GOALS	64

static bool get_stats(const struct session *session, uint32_t index, struct damon_scheme *stats,
		      struct damon_goal_info *goals)
{
	char msg[DEVICE_MSG] = "";

	*stats = (struct damon_scheme){
		.scheme = index,
		.goals = (uintptr_t)goals,
		.nr_goals = MAX_GOALS,
		.goal_size = sizeof(*goals),
	};
	DEVICE_SETUP(stats, msg);
	if (!device_call(session->fd, DAMON_IOC_SCHEME, stats))
		return true;
	device_complain("cannot ask what the schemes have done", msg, errno);
	return false;
}

void scheme_stats_head(FILE *out)
{
	fprintf(out, "%7s  %-15s %10s %10s %10s %10s %10s %5s %10s\n", "time", "scheme", "last",
		"tried", "changed", "quota", "charged", "over", "cpu");
}

static void print_goals(FILE *out, const struct session *session, uint32_t index,
			const struct damon_goal_info *goals, uint32_t nr, const char *indent)
{
	const uint32_t first = session->schemes->schemes[index].first_goal;
	uint32_t i;

	for (i = 0; i < nr && i < MAX_GOALS; i++) {
		const struct damon_scheme_goal_conf *goal = &session->schemes->goals[first + i];
		char *name = scheme_goal_name(session->schemes, first + i);
		char *value = scheme_goal_text(goal, goals[i].value);
		char *target = scheme_goal_text(goal, goal->target);

		fprintf(out, "%sgoal %s: %s of %s\n", indent, name,
			goals[i].known ? value : "not measured yet", target);
		free(name);
		free(value);
		free(target);
	}
}

static const char *quota_text(char *buf, uint64_t quota)
{
	if (quota == DAMON_QUOTA_NONE)
		return "none";
	return size_text(buf, quota);
}

bool scheme_stats_print(FILE *out, const struct session *session, double seconds)
{
	const struct scheme_set *set = session->schemes;
	char last[UNITS_TEXT], tried[UNITS_TEXT], changed[UNITS_TEXT];
	char quota[UNITS_TEXT], charged[UNITS_TEXT], cpu[UNITS_TEXT];
	struct damon_goal_info goals[MAX_GOALS];
	struct damon_scheme stats;
	uint32_t i;

	for (i = 0; i < set->nr_schemes; i++) {
		if (!get_stats(session, i, &stats, goals))
			return false;
		fprintf(out, "%5.0f s  %-2" PRIu32 "%-13s %10s %10s %10s %10s %10s %5" PRIu64 " %10s%s\n",
			seconds, i, scheme_action_name(set->schemes[i].action),
			size_text(last, stats.last_sz_tried), size_text(tried, stats.sz_tried),
			size_text(changed, stats.sz_applied),
			quota_text(quota, stats.effective_quota), size_text(charged, stats.charged),
			(uint64_t)stats.qt_exceeds, time_text(cpu, stats.cpu_ns),
			stats.active ? "" : "  at rest");
		print_goals(out, session, i, goals, stats.nr_goals, "           ");
	}
	fflush(out);
	return true;
}

static bool print_sum(FILE *out, const struct session *session, uint32_t index)
{
	const struct damon_scheme_conf *scheme = &session->schemes->schemes[index];
	char text[UNITS_TEXT];
	struct damon_goal_info goals[MAX_GOALS];
	struct damon_scheme stats;

	if (!get_stats(session, index, &stats, goals))
		return false;
	fprintf(out, "scheme %" PRIu32 ": %s\n", index, scheme_action_name(scheme->action));
	fprintf(out, "  applied              %" PRIu64 " times\n", (uint64_t)stats.nr_snapshots);
	fprintf(out, "  tried                %s in %" PRIu64 " regions\n",
		size_text(text, stats.sz_tried), (uint64_t)stats.nr_tried);
	if (scheme->nr_filters)
		fprintf(out, "  let through          %s\n", size_text(text, stats.sz_passed));
	fprintf(out, "  changed              %s in %" PRIu64 " regions\n",
		size_text(text, stats.sz_applied), (uint64_t)stats.nr_applied);
	fprintf(out, "  more than the quota  %" PRIu64 " times\n", (uint64_t)stats.qt_exceeds);
	fprintf(out, "  CPU time             %s\n", time_text(text, stats.cpu_ns));
	print_goals(out, session, index, goals, stats.nr_goals, "  ");
	return true;
}

bool scheme_stats_sum(FILE *out, const struct session *session)
{
	uint32_t i;

	for (i = 0; i < session->schemes->nr_schemes; i++) {
		if (!print_sum(out, session, i))
			return false;
	}
	return true;
}
