// SPDX-License-Identifier: GPL-2.0
/* Options of schemes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commit.h"
#include "scheme_set.h"
#include "units.h"
#include "util.h"

#define BIT(option)		(1U << ((option) - OPT_ACTION))
#define ALL_BP			10000
#define PERMILLE_BP		10
/* Long enough for a pressure to show, and for what was done to take effect. */
#define GOAL_INTERVAL_US	5000000ULL
#define WATERMARK_US		5000000ULL

const char scheme_options_help[] =
"What to do (each --action begins a scheme, the options behind it are about it):\n"
"  --action ACTION     pageout, cold, willneed, hugepage, nohugepage, collapse,\n"
"                      lru_prio, lru_deprio, migrate_hot, migrate_cold; or stat, which\n"
"                      changes nothing and counts\n"
"  --to NODE[:WEIGHT][,NODE[:WEIGHT]...]\n"
"                      of migrate_*: where to; by weights where there are several\n"
"To which memory:\n"
"  --min-size SIZE, --max-size SIZE\n"
"                      regions of at least, at most this size\n"
"  --min-freq PERCENT, --max-freq PERCENT\n"
"                      accessed in at least, at most this part of the samples: 5%\n"
"  --min-age TIME, --max-age TIME\n"
"                      for at least, at most this time: 2m\n"
"  --allow FILTER, --reject FILTER\n"
"                      pages that are so, in the order given; FILTER is one of anon,\n"
"                      active, young, unmapped, cgroup:PATH, cgroup-tree:PATH (with those\n"
"                      below it), hugepage:MIN-MAX, addr:START-END; or not: and that.\n"
"                      What none of them decides passes if the last one is a --reject\n"
"How much of it, and when:\n"
"  --quota-size SIZE[/TIME]\n"
"                      at most so many bytes in each such time: 100M/s; without /TIME\n"
"                      each time that it is applied\n"
"  --quota-time TIME[/TIME]\n"
"                      at most so much CPU time: 10ms/s\n"
"  --quota-interval TIME\n"
"                      the time for both, and for goals (default 5s with goals)\n"
"  --quota-weights SIZE,FREQ,AGE\n"
"                      what counts when not all can be done\n"
"  --charge-failed N/M what the action could not change counts as N/M of its size\n"
"  --goal METRIC=TARGET\n"
"                      do as much as brings this about; may be given more than once.\n"
"                      Waiting for memory in an interval: some-mem-psi=10ms,\n"
"                      full-mem-psi, cgroup-some-psi:PATH, cgroup-full-psi:PATH;\n"
"                      memory of a node: node-used:0=90%, node-free:0,\n"
"                      node-cgroup-used:0:PATH, node-cgroup-free:0:PATH, and of what\n"
"                      the scheme could take, node-eligible:0 (only with --ops paddr);\n"
"                      of all memory: active=60%, inactive, swap-used; refaults=1000.\n"
"                      Or what a number in a file is to become: user:FILE=1000\n"
"  --tuner consist|temporal\n"
"                      how: by feedback, or all until the goal is reached, then nothing\n"
"  --quota-seed SIZE   what feedback begins with (default 1M)\n"
"  --watermarks HIGH,MID,LOW\n"
"                      act when less than MID of all memory is free, until it is more\n"
"                      than HIGH or less than LOW: 50%,40%,20%\n"
"  --watermark-every TIME\n"
"                      how often to look meanwhile (default 5s)\n"
"  --apply TIME        apply it so often (default: at each window's end)\n"
"  --times N           apply it so many times\n";

static const char *const actions[] = {
	[DAMON_ACTION_WILLNEED] = "willneed",
	[DAMON_ACTION_COLD] = "cold",
	[DAMON_ACTION_PAGEOUT] = "pageout",
	[DAMON_ACTION_HUGEPAGE] = "hugepage",
	[DAMON_ACTION_NOHUGEPAGE] = "nohugepage",
	[DAMON_ACTION_COLLAPSE] = "collapse",
	[DAMON_ACTION_LRU_PRIO] = "lru_prio",
	[DAMON_ACTION_LRU_DEPRIO] = "lru_deprio",
	[DAMON_ACTION_MIGRATE_HOT] = "migrate_hot",
	[DAMON_ACTION_MIGRATE_COLD] = "migrate_cold",
	[DAMON_ACTION_STAT] = "stat",
};

#define NR_ACTIONS	(sizeof(actions) / sizeof(actions[0]))

const char *scheme_action_name(uint32_t action)
{
	return actions[action];
}

static int action_option(struct scheme_set *set, const char *value, const char *command)
{
	struct damon_scheme_conf *scheme;
	uint32_t i;

	for (i = 0; i < NR_ACTIONS && strcmp(actions[i], value); i++)
		;
	if (i == NR_ACTIONS)
		return usage_error(command, "--action %s: there is no such action; --help lists them",
				   value);
	set->schemes = xreallocarray(set->schemes, set->nr_schemes + 1, sizeof(*set->schemes));
	set->given = xreallocarray(set->given, set->nr_schemes + 1, sizeof(*set->given));
	set->given[set->nr_schemes] = 0;
	scheme = &set->schemes[set->nr_schemes++];
	*scheme = (struct damon_scheme_conf){
		.action = i,
		.flags = DAMON_SCHEME_ACCESSES_BP | DAMON_SCHEME_AGE_US,
		.max_sz = UINT64_MAX,
		.max_accesses = ALL_BP,
		.max_age = UINT64_MAX,
		.first_filter = set->nr_filters,
		.first_goal = set->nr_goals,
		.first_dest = set->nr_dests,
	};
	return EXIT_OK;
}

static int size_option(const char *name, const char *value, __u64 *bytes, const char *command)
{
	uint64_t number;

	if (!parse_size(value, &number))
		return usage_error(command, "--%s wants a size such as 4M, not '%s'", name, value);
	*bytes = number;
	return EXIT_OK;
}

static int time_option(const char *name, const char *value, __u64 *us, const char *command)
{
	uint64_t number;

	if (!parse_interval(value, &number))
		return usage_error(command, "--%s wants a time with a unit, such as 500ms or 2m, not '%s'",
				   name, value);
	*us = number;
	return EXIT_OK;
}

static int freq_option(const char *name, const char *value, uint32_t *bp, const char *command)
{
	if (parse_percent(value, bp))
		return EXIT_OK;
	return usage_error(command, "--%s wants a share of the samples such as 5%%, not '%s'", name,
			   value);
}

/* Of "AMOUNT/TIME" the amount; "/s" is "/1s". */
static char *take_rate(const char *value, uint64_t *interval, bool *ok)
{
	const char *slash = strchr(value, '/');
	char *time;

	*ok = true;
	if (!slash)
		return xasprintf("%s", value);
	time = xasprintf("%s%s", slash[1] >= '0' && slash[1] <= '9' ? "" : "1", slash + 1);
	*ok = parse_interval(time, interval) && *interval;
	free(time);
	return xasprintf("%.*s", (int)(slash - value), value);
}

static int set_interval(struct damon_scheme_conf *scheme, uint64_t interval, const char *value,
			const char *command)
{
	if (scheme->quota_interval_us && scheme->quota_interval_us != interval)
		return usage_error(command, "a quota has one interval: '%s' says another one than before",
				   value);
	scheme->quota_interval_us = interval;
	return EXIT_OK;
}

/* Size and time have one interval. */
static int quota_option(struct damon_scheme_conf *scheme, bool size, const char *value,
			const char *command)
{
	uint64_t interval = scheme->quota_interval_us;
	uint64_t number = 0;
	bool ok;
	char *amount = take_rate(value, &interval, &ok);

	ok = ok && (size ? parse_size(amount, &number) : parse_interval(amount, &number)) && number;
	free(amount);
	if (!ok)
		return usage_error(command, size ? "--quota-size wants SIZE/TIME such as 100M/s, not '%s'" :
				   "--quota-time wants TIME/TIME such as 10ms/s, not '%s'", value);
	if (size)
		scheme->quota_bytes = number;
	else
		scheme->quota_us = number;
	return set_interval(scheme, interval, value, command);
}

static int interval_option(struct damon_scheme_conf *scheme, const char *value,
			   const char *command)
{
	__u64 interval = 0;
	int ret = time_option("quota-interval", value, &interval, command);

	return ret ? ret : set_interval(scheme, interval, value, command);
}

static int times_option(struct damon_scheme_conf *scheme, const char *value, const char *command)
{
	uint64_t number;

	if (!parse_count(value, 1, UINT64_MAX, &number))
		return usage_error(command, "--times wants a number, not '%s'", value);
	scheme->max_nr_snapshots = number;
	return EXIT_OK;
}

static int weights_option(struct damon_scheme_conf *scheme, const char *value, const char *command)
{
	int end = -1;

	if (value[strspn(value, "0123456789,")] ||
	    sscanf(value, "%" SCNu32 ",%" SCNu32 ",%" SCNu32 "%n", &scheme->weight_sz,
		   &scheme->weight_accesses, &scheme->weight_age, &end) != 3 || value[end])
		return usage_error(command, "--quota-weights wants SIZE,FREQ,AGE such as 0,1,1, not '%s'",
				   value);
	return EXIT_OK;
}

static int failed_option(struct damon_scheme_conf *scheme, const char *value, const char *command)
{
	int end = -1;

	if (value[strspn(value, "0123456789/")] ||
	    sscanf(value, "%" SCNu32 "/%" SCNu32 "%n", &scheme->fail_num, &scheme->fail_denom,
		   &end) != 2 || value[end] || !scheme->fail_denom)
		return usage_error(command, "--charge-failed wants N/M such as 1/4, not '%s'", value);
	return EXIT_OK;
}

static int watermarks_option(struct damon_scheme_conf *scheme, const char *value,
			     const char *command)
{
	uint32_t *const marks[] = { &scheme->high, &scheme->mid, &scheme->low };
	char *text = xasprintf("%s", value);
	char *rest = text;
	unsigned int nr;
	uint32_t bp;

	for (nr = 0; nr < 3 && rest && parse_percent(strsep(&rest, ","), &bp); nr++)
		*marks[nr] = bp / PERMILLE_BP;
	free(text);
	if (nr != 3 || rest)
		return usage_error(command, "--watermarks wants HIGH,MID,LOW such as 50%%,40%%,20%%, not '%s'",
				   value);
	scheme->watermark = DAMON_WATERMARK_FREE;
	return EXIT_OK;
}

static int tuner_option(struct damon_scheme_conf *scheme, const char *value, const char *command)
{
	if (!strcmp(value, "consist"))
		scheme->tuner = DAMON_TUNER_CONSIST;
	else if (!strcmp(value, "temporal"))
		scheme->tuner = DAMON_TUNER_TEMPORAL;
	else
		return usage_error(command, "--tuner wants consist or temporal, not '%s'", value);
	return EXIT_OK;
}

static bool parse_dest(const char *text, struct damon_scheme_dest_conf *dest)
{
	char *node = xasprintf("%s", text);
	char *weight = strchr(node, ':');
	uint64_t number = 0, share = 1;
	bool ok;

	if (weight)
		*weight++ = '\0';
	ok = parse_count(node, 0, UINT32_MAX, &number) &&
	     (!weight || parse_count(weight, 0, UINT32_MAX, &share));
	free(node);
	*dest = (struct damon_scheme_dest_conf){
		.node = (uint32_t)number, .weight = (uint32_t)share,
	};
	return ok;
}

static int to_option(struct scheme_set *set, struct damon_scheme_conf *scheme, const char *value,
		     const char *command)
{
	struct damon_scheme_dest_conf dest;
	char *text = xasprintf("%s", value);
	char *rest = text;
	bool ok = true;

	while (rest && ok) {
		ok = parse_dest(strsep(&rest, ","), &dest);
		set->dests = xreallocarray(set->dests, set->nr_dests + 1, sizeof(*set->dests));
		set->dests[set->nr_dests++] = dest;
		scheme->nr_dests++;
	}
	free(text);
	if (!ok)
		return usage_error(command, "--to wants NODE[:WEIGHT][,...] such as 1 or 0:2,1:1, not '%s'",
				   value);
	return EXIT_OK;
}

int scheme_option(struct scheme_set *set, int option, const char *value, const char *command)
{
	struct damon_scheme_conf *scheme;

	if (option == OPT_ACTION)
		return action_option(set, value, command);
	if (!set->nr_schemes)
		return usage_error(command, "which scheme is this about? --action comes first");
	scheme = &set->schemes[set->nr_schemes - 1];
	set->given[set->nr_schemes - 1] |= BIT(option);
	switch (option) {
	case OPT_MIN_SIZE:
		return size_option("min-size", value, &scheme->min_sz, command);
	case OPT_MAX_SIZE:
		return size_option("max-size", value, &scheme->max_sz, command);
	case OPT_MIN_FREQ:
		return freq_option("min-freq", value, &scheme->min_accesses, command);
	case OPT_MAX_FREQ:
		return freq_option("max-freq", value, &scheme->max_accesses, command);
	case OPT_MIN_AGE:
		return time_option("min-age", value, &scheme->min_age, command);
	case OPT_MAX_AGE:
		return time_option("max-age", value, &scheme->max_age, command);
	case OPT_APPLY:
		return time_option("apply", value, &scheme->apply_us, command);
	case OPT_TIMES:
		return times_option(scheme, value, command);
	case OPT_QUOTA_SIZE:
		return quota_option(scheme, true, value, command);
	case OPT_QUOTA_TIME:
		return quota_option(scheme, false, value, command);
	case OPT_QUOTA_INTERVAL:
		return interval_option(scheme, value, command);
	case OPT_QUOTA_WEIGHTS:
		return weights_option(scheme, value, command);
	case OPT_QUOTA_SEED:
		return size_option("quota-seed", value, &scheme->quota_seed, command);
	case OPT_CHARGE_FAILED:
		return failed_option(scheme, value, command);
	case OPT_GOAL:
		return scheme_goal_option(set, value, command);
	case OPT_TUNER:
		return tuner_option(scheme, value, command);
	case OPT_WATERMARKS:
		return watermarks_option(scheme, value, command);
	case OPT_WATERMARK_EVERY:
		return time_option("watermark-every", value, &scheme->watermark_us, command);
	case OPT_ALLOW:
		return scheme_filter_option(set, value, true, command);
	case OPT_REJECT:
		return scheme_filter_option(set, value, false, command);
	case OPT_TO:
		return to_option(set, scheme, value, command);
	}
	return EXIT_USAGE;
}

static bool has_pattern(uint32_t given)
{
	return given & (BIT(OPT_MIN_SIZE) | BIT(OPT_MAX_SIZE) | BIT(OPT_MIN_FREQ) |
			BIT(OPT_MAX_FREQ) | BIT(OPT_MIN_AGE) | BIT(OPT_MAX_AGE));
}

static bool moves(uint32_t action)
{
	return action == DAMON_ACTION_MIGRATE_HOT || action == DAMON_ACTION_MIGRATE_COLD;
}

static int check_one(struct damon_scheme_conf *scheme, uint32_t given, const char *command)
{
	const char *name = actions[scheme->action];

	if (scheme->action != DAMON_ACTION_STAT && !has_pattern(given))
		return usage_error(command,
				   "%s of which memory? Say --max-freq, --min-age or the like; --max-freq 100%% is all",
				   name);
	if (moves(scheme->action) != !!scheme->nr_dests)
		return usage_error(command, scheme->nr_dests ? "%s moves nothing: --to is for migrate_*" :
				   "%s: where to? --to NODE", name);
	if ((given & BIT(OPT_TUNER)) && !scheme->nr_goals)
		return usage_error(command, "--tuner is about goals: there is no --goal");
	if (given & BIT(OPT_WATERMARK_EVERY) && !scheme->watermark)
		return usage_error(command, "--watermark-every is about --watermarks");
	if (scheme->watermark && !(given & BIT(OPT_WATERMARK_EVERY)))
		scheme->watermark_us = WATERMARK_US;
	if (scheme->nr_goals && !scheme->quota_interval_us)
		scheme->quota_interval_us = GOAL_INTERVAL_US;
	return EXIT_OK;
}

int scheme_check(struct scheme_set *set, const char *command)
{
	uint32_t i;
	int ret;

	if (!set->nr_schemes)
		return usage_error(command, "what is to be done? --action pageout, for example");
	for (i = 0; i < set->nr_schemes; i++) {
		ret = check_one(&set->schemes[i], set->given[i], command);
		if (ret)
			return ret;
	}
	return EXIT_OK;
}

bool scheme_open(struct scheme_set *set)
{
	uint32_t i;

	for (i = 0; i < set->nr_filters; i++) {
		if (!set->filter_cgroups[i])
			continue;
		set->filters[i].fd = open_cgroup(set->filter_cgroups[i]);
		if (set->filters[i].fd < 0)
			return false;
	}
	return scheme_goals_open(set);
}

void scheme_free(struct scheme_set *set)
{
	uint32_t i;

	for (i = 0; i < set->nr_filters; i++) {
		if (set->filters[i].fd > 0)
			close(set->filters[i].fd);
	}
	for (i = 0; i < set->nr_goals; i++) {
		if (set->goals[i].fd > 0)
			close(set->goals[i].fd);
		free(set->goal_paths[i]);
	}
	free(set->schemes);
	free(set->filters);
	free(set->goals);
	free(set->dests);
	free(set->filter_cgroups);
	free(set->goal_paths);
	free(set->given);
}
