/* SPDX-License-Identifier: GPL-2.0 */
/* How to monitor, as the user says it on the command line. */
#ifndef DAMONCTL_MONITOR_CONF_H
#define DAMONCTL_MONITOR_CONF_H

#include <damon/device.h>
#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "units.h"
#include "window.h"

/**
 * struct monitor_goal - what intervals are tuned for, see struct damon_commit
 * @access_bp:	part of all accesses that shall be found, in 1/10000
 * @aggrs:	windows from one tuning to the next; 0: intervals stay
 * @min_sample_us: shortest sampling interval
 * @max_sample_us: longest sampling interval
 */
struct monitor_goal {
	uint32_t access_bp;
	uint32_t aggrs;
	uint64_t min_sample_us;
	uint64_t max_sample_us;
};

/**
 * struct monitor_conf - how to monitor
 * @ops:	DAMON_OPS_*
 * @flags:	DAMON_COMMIT_*
 * @follow_exec: the module follows the process into other programs
 * @follow_fork: and all that it forks
 * @cgroup:	the processes of this cgroup instead, as the user wrote it, or NULL
 * @sample_us:	sampling interval
 * @aggr_us:	aggregation interval
 * @update_us:	how often mapped parts are looked up again
 * @min_nr_regions: fewest regions
 * @max_nr_regions: most regions
 * @goal:	tuning of the intervals
 * @addr_unit:	bytes that the module's addresses stand for; everything here and
 *		in windows is in bytes
 * @ranges:	malloc'ed, sorted by monitor_check(); NULL to follow the mapped
 *		memory, or for all physical memory
 * @nr_ranges:	length of @ranges
 * @probes:	what is probed for, as the user wrote it: "anon" or "memcg:PATH"
 * @nr_probes:	how many of @probes there are
 * @ring_bytes:	room for records
 * @given:	bits of the options that the user gave, see MONITOR_GIVEN()
 */
struct monitor_conf {
	uint32_t ops;
	uint32_t flags;
	bool follow_exec;
	bool follow_fork;
	const char *cgroup;
	uint64_t sample_us;
	uint64_t aggr_us;
	uint64_t update_us;
	uint32_t min_nr_regions;
	uint32_t max_nr_regions;
	struct monitor_goal goal;
	uint64_t addr_unit;
	struct span *ranges;
	size_t nr_ranges;
	const char *probes[MAX_PROBES];
	uint32_t nr_probes;
	uint32_t ring_bytes;
	unsigned int given;
};

/* Options that all commands share which monitor.  Values are above any char. */
enum {
	OPT_SAMPLE = 0x100,
	OPT_AGGR,
	OPT_UPDATE,
	OPT_MIN_REGIONS,
	OPT_MAX_REGIONS,
	OPT_RANGE,
	OPT_RING,
	OPT_OPS,
	OPT_ADDR_UNIT,
	OPT_TUNE,
	OPT_VMA_AWARE,
	OPT_FLUSH_TLB,
	OPT_FOLLOW_EXEC,
	OPT_FOLLOW_FORK,
	OPT_CGROUP,
	OPT_PROBE,
	OPT_OTHER,
};

#define MONITOR_LONG_OPTIONS						\
	{ "ops", required_argument, NULL, OPT_OPS },			\
	{ "range", required_argument, NULL, OPT_RANGE },		\
	{ "ranges", required_argument, NULL, OPT_RANGE },		\
	{ "addr-unit", required_argument, NULL, OPT_ADDR_UNIT },	\
	{ "sample", required_argument, NULL, OPT_SAMPLE },		\
	{ "aggr", required_argument, NULL, OPT_AGGR },			\
	{ "update", required_argument, NULL, OPT_UPDATE },		\
	{ "min-regions", required_argument, NULL, OPT_MIN_REGIONS },	\
	{ "max-regions", required_argument, NULL, OPT_MAX_REGIONS },	\
	{ "tune", required_argument, NULL, OPT_TUNE },			\
	{ "probe", required_argument, NULL, OPT_PROBE },		\
	{ "vma-aware", no_argument, NULL, OPT_VMA_AWARE },		\
	{ "flush-tlb", no_argument, NULL, OPT_FLUSH_TLB },		\
	{ "follow-exec", no_argument, NULL, OPT_FOLLOW_EXEC },		\
	{ "follow-fork", no_argument, NULL, OPT_FOLLOW_FORK },		\
	{ "cgroup", required_argument, NULL, OPT_CGROUP }

#define MONITOR_BIT(option)		(1U << ((option) - OPT_SAMPLE))
#define MONITOR_GIVEN(conf, option)	((conf)->given & MONITOR_BIT(option))

/* The same for --help. */
extern const char monitor_options_help[];

/** monitor_conf_init - defaults */
void monitor_conf_init(struct monitor_conf *conf);

/**
 * monitor_option - take one of the shared options
 * @conf:	configuration
 * @option:	OPT_*
 * @value:	its argument, which must stay
 * @command:	subcommand, for the message
 *
 * Returns EXIT_OK, or EXIT_USAGE after telling the user what is wrong.
 */
int monitor_option(struct monitor_conf *conf, int option, const char *value, const char *command);

/**
 * monitor_check - do the options go together?
 * @conf:	configuration with all options taken; its ranges get sorted
 * @command:	subcommand, for the message
 *
 * Returns as monitor_option().
 */
int monitor_check(struct monitor_conf *conf, const char *command);

/**
 * take_target - the operand of a command that watches something
 * @conf:	how to monitor
 * @nr:		number of operands
 * @operands:	the operands
 * @command:	subcommand, for the message
 * @pid:	out: the process; 0 for physical memory and cgroups
 *
 * Returns as monitor_option().
 */
int take_target(const struct monitor_conf *conf, int nr, char **operands, const char *command,
		pid_t *pid);

/** monitor_physical - is it physical memory that is watched? */
static inline bool monitor_physical(const struct monitor_conf *conf)
{
	return conf->ops == DAMON_OPS_PADDR;
}

/** monitor_nobody - is there no process that the user named? */
static inline bool monitor_nobody(const struct monitor_conf *conf)
{
	return monitor_physical(conf) || conf->cgroup;
}

/** monitor_joined - can there be many processes? */
static inline bool monitor_joined(const struct monitor_conf *conf)
{
	return conf->follow_fork || conf->cgroup;
}

/** monitor_conf_free - give its memory back */
void monitor_conf_free(struct monitor_conf *conf);

#endif
