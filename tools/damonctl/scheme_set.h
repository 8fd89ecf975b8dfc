/* SPDX-License-Identifier: GPL-2.0 */
/* Schemes, as the user says them on the command line. */
#ifndef DAMONCTL_SCHEME_SET_H
#define DAMONCTL_SCHEME_SET_H

#include <damon/device.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct scheme_set - schemes for a session, in the kernel's terms
 * @schemes:	malloc'ed, like the others; each has first_* and nr_* filled in
 * @filters:	of all schemes
 * @goals:	of all schemes
 * @dests:	of all schemes
 * @filter_cgroups: path of the cgroup of each filter, or NULL
 * @goal_paths: of each goal, or the file with its value; malloc'ed
 * @given:	of each scheme, bits of the options that the user gave
 * @nr_schemes:	length of @schemes
 * @nr_filters:	length of @filters
 * @nr_goals:	length of @goals
 * @nr_dests:	length of @dests
 */
struct scheme_set {
	struct damon_scheme_conf *schemes;
	struct damon_scheme_filter_conf *filters;
	struct damon_scheme_goal_conf *goals;
	struct damon_scheme_dest_conf *dests;
	const char **filter_cgroups;
	char **goal_paths;
	uint32_t *given;
	uint32_t nr_schemes;
	uint32_t nr_filters;
	uint32_t nr_goals;
	uint32_t nr_dests;
};

/* Options of schemes.  Values are above those of monitoring, see monitor_conf.h. */
enum {
	OPT_ACTION = 0x200,
	OPT_MIN_SIZE,
	OPT_MAX_SIZE,
	OPT_MIN_FREQ,
	OPT_MAX_FREQ,
	OPT_MIN_AGE,
	OPT_MAX_AGE,
	OPT_APPLY,
	OPT_TIMES,
	OPT_QUOTA_SIZE,
	OPT_QUOTA_TIME,
	OPT_QUOTA_INTERVAL,
	OPT_QUOTA_WEIGHTS,
	OPT_QUOTA_SEED,
	OPT_CHARGE_FAILED,
	OPT_GOAL,
	OPT_TUNER,
	OPT_WATERMARKS,
	OPT_WATERMARK_EVERY,
	OPT_ALLOW,
	OPT_REJECT,
	OPT_TO,
};

#define SCHEME_LONG_OPTIONS						\
	{ "action", required_argument, NULL, OPT_ACTION },		\
	{ "min-size", required_argument, NULL, OPT_MIN_SIZE },		\
	{ "max-size", required_argument, NULL, OPT_MAX_SIZE },		\
	{ "min-freq", required_argument, NULL, OPT_MIN_FREQ },		\
	{ "max-freq", required_argument, NULL, OPT_MAX_FREQ },		\
	{ "min-age", required_argument, NULL, OPT_MIN_AGE },		\
	{ "max-age", required_argument, NULL, OPT_MAX_AGE },		\
	{ "apply", required_argument, NULL, OPT_APPLY },		\
	{ "times", required_argument, NULL, OPT_TIMES },		\
	{ "quota-size", required_argument, NULL, OPT_QUOTA_SIZE },	\
	{ "quota-time", required_argument, NULL, OPT_QUOTA_TIME },	\
	{ "quota-interval", required_argument, NULL, OPT_QUOTA_INTERVAL }, \
	{ "quota-weights", required_argument, NULL, OPT_QUOTA_WEIGHTS }, \
	{ "quota-seed", required_argument, NULL, OPT_QUOTA_SEED },	\
	{ "charge-failed", required_argument, NULL, OPT_CHARGE_FAILED }, \
	{ "goal", required_argument, NULL, OPT_GOAL },			\
	{ "tuner", required_argument, NULL, OPT_TUNER },		\
	{ "watermarks", required_argument, NULL, OPT_WATERMARKS },	\
	{ "watermark-every", required_argument, NULL, OPT_WATERMARK_EVERY }, \
	{ "allow", required_argument, NULL, OPT_ALLOW },		\
	{ "reject", required_argument, NULL, OPT_REJECT },		\
	{ "to", required_argument, NULL, OPT_TO }

/* The same for --help. */
extern const char scheme_options_help[];

/**
 * scheme_option - take one of these options
 * @set:	schemes; zero it before its first use
 * @option:	OPT_*
 * @value:	its argument, which must stay
 * @command:	subcommand, for the message
 *
 * An action begins a new scheme; all else is about the last one.  Returns EXIT_OK, or
 * EXIT_USAGE after telling the user what is wrong.
 */
int scheme_option(struct scheme_set *set, int option, const char *value, const char *command);

/**
 * scheme_check - do the options go together?
 * @set:	schemes with all options taken
 * @command:	subcommand, for the message
 *
 * Says what the kernel could not know to be meant otherwise; the rest it says itself.
 * Returns as scheme_option().
 */
int scheme_check(struct scheme_set *set, const char *command);

/**
 * scheme_open - open the cgroups that schemes name
 * @set:	schemes
 *
 * Returns false after telling the user why.
 */
bool scheme_open(struct scheme_set *set);

/**
 * scheme_read - read the values of goals that users measure
 * @set:	schemes
 *
 * Returns whether one has changed.
 */
bool scheme_read(struct scheme_set *set);

/** scheme_free - give everything back */
void scheme_free(struct scheme_set *set);

/** scheme_action_name - "pageout" and the like */
const char *scheme_action_name(uint32_t action);

/**
 * scheme_goal_name - what a goal is about
 * @set:	schemes
 * @goal:	index of it
 *
 * Returns malloc'ed text, as in the option.
 */
char *scheme_goal_name(const struct scheme_set *set, uint32_t goal);

/**
 * scheme_goal_text - a value of a goal's metric, for people
 * @goal:	goal
 * @value:	value
 *
 * Returns malloc'ed text.
 */
char *scheme_goal_text(const struct damon_scheme_goal_conf *goal, uint64_t value);

/* Parts of scheme_option(), each in a file of its own. */
int scheme_goal_option(struct scheme_set *set, const char *value, const char *command);
bool scheme_goals_open(struct scheme_set *set);
int scheme_filter_option(struct scheme_set *set, const char *value, bool allow,
			 const char *command);

#endif
