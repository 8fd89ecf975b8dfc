// SPDX-License-Identifier: GPL-2.0
/* What to monitor and how: defaults, and what goes together. */
#include "monitor_conf.h"

#include <inttypes.h>
#include <stdlib.h>

#include "util.h"

/* Long enough for a reader that is held up for seconds, see --help. */
#define DEFAULT_RING	(4U << 20)

/*
 * As damo has it.  With the kernel's 60 s, what a program maps after its start
 * would not be seen for the first minute.
 */
#define DEFAULT_UPDATE_US	1000000ULL

void monitor_conf_init(struct monitor_conf *conf)
{
	*conf = (struct monitor_conf){
		.ops = DAMON_OPS_VADDR,
		.sample_us = DAMON_DEFAULT_SAMPLE_US,
		.aggr_us = DAMON_DEFAULT_AGGR_US,
		.update_us = DEFAULT_UPDATE_US,
		.min_nr_regions = DAMON_DEFAULT_MIN_NR_REGIONS,
		.max_nr_regions = DAMON_DEFAULT_MAX_NR_REGIONS,
		.addr_unit = 1,
		.ring_bytes = DEFAULT_RING,
	};
}

static int by_start(const void *a, const void *b)
{
	const struct span *l = a, *r = b;

	return l->start < r->start ? -1 : l->start > r->start;
}

static int check_ranges(struct monitor_conf *conf, const char *command)
{
	size_t i;

	if (!conf->nr_ranges)
		return EXIT_OK;
	qsort(conf->ranges, conf->nr_ranges, sizeof(*conf->ranges), by_start);
	for (i = 1; i < conf->nr_ranges; i++) {
		const struct span *a = &conf->ranges[i - 1], *b = &conf->ranges[i];

		if (b->start < a->end)
			return usage_error(command, "two ranges overlap at 0x%" PRIx64, b->start);
	}
	for (i = 0; i < conf->nr_ranges; i++) {
		if ((conf->ranges[i].start | conf->ranges[i].end) % conf->addr_unit)
			return usage_error(command, "range 0x%" PRIx64 "-0x%" PRIx64
					   " is not a multiple of --addr-unit", conf->ranges[i].start,
					   conf->ranges[i].end);
	}
	return EXIT_OK;
}

/* With an interval that nobody asked for, tuning must begin somewhere else. */
static void fit_goal(struct monitor_conf *conf)
{
	const struct monitor_goal *goal = &conf->goal;

	if (!goal->aggrs || MONITOR_GIVEN(conf, OPT_SAMPLE))
		return;
	if (conf->sample_us < goal->min_sample_us)
		conf->sample_us = goal->min_sample_us;
	if (conf->sample_us > goal->max_sample_us)
		conf->sample_us = goal->max_sample_us;
	if (!MONITOR_GIVEN(conf, OPT_AGGR))
		conf->aggr_us = conf->sample_us *
				(DAMON_DEFAULT_AGGR_US / DAMON_DEFAULT_SAMPLE_US);
}

int monitor_check(struct monitor_conf *conf, const char *command)
{
	if (conf->ops == DAMON_OPS_FVADDR && !conf->nr_ranges)
		return usage_error(command, "--ops fvaddr watches what --range says: give at least one");
	if (!monitor_physical(conf) && MONITOR_GIVEN(conf, OPT_ADDR_UNIT))
		return usage_error(command, "--addr-unit is for --ops paddr");
	if (monitor_physical(conf) && (conf->flags & DAMON_COMMIT_FLUSH_TLB))
		return usage_error(command, "--flush-tlb is not for --ops paddr");
	if (monitor_physical(conf) && conf->follow_exec)
		return usage_error(command, "--follow-exec is not for --ops paddr");
	if ((conf->flags & DAMON_COMMIT_VMA_AWARE) &&
	    (conf->ops != DAMON_OPS_VADDR || conf->nr_ranges))
		return usage_error(command, "--vma-aware finds the ranges: it is not for --ops %s",
				   monitor_physical(conf) ? "paddr" :
				   "fvaddr, nor with --range");
	if (monitor_joined(conf) && (conf->ops != DAMON_OPS_VADDR || conf->nr_ranges))
		return usage_error(command, "--%s is for all that processes have mapped: not for --ops %s",
				   conf->cgroup ? "cgroup" : "follow-fork",
				   monitor_physical(conf) ? "paddr" : "fvaddr, nor with --range");
	if (conf->cgroup && (conf->follow_fork || conf->follow_exec))
		return usage_error(command, "--cgroup has all processes in it: it needs no --follow-%s",
				   conf->follow_fork ? "fork" : "exec");
	fit_goal(conf);
	return check_ranges(conf, command);
}

int take_target(const struct monitor_conf *conf, int nr, char **operands, const char *command,
		pid_t *pid)
{
	uint64_t number;

	*pid = 0;
	if (monitor_nobody(conf)) {
		if (nr)
			return usage_error(command, "'%s' is one word too many: %s", operands[0],
					   conf->cgroup ? "the cgroup says whom to watch" :
					   "physical memory is of no process");
		return EXIT_OK;
	}
	if (!nr)
		return usage_error(command, "which process? give its PID");
	if (nr > 1)
		return usage_error(command, "one PID only");
	if (!parse_count(operands[0], 1, INT32_MAX, &number))
		return usage_error(command, "'%s' is not a process id", operands[0]);
	*pid = (pid_t)number;
	return EXIT_OK;
}

void monitor_conf_free(struct monitor_conf *conf)
{
	free(conf->ranges);
	conf->ranges = NULL;
}
