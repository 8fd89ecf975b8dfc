// SPDX-License-Identifier: GPL-2.0
/* Options of all commands that monitor. */
#include <stdlib.h>

#include "session.h"
#include "util.h"

/* Long enough for a reader that is held up for seconds, see --help. */
#define DEFAULT_RING	(4U << 20)

/*
 * As damo has it.  With the kernel's 60 s, what a program maps after its start
 * would not be seen for the first minute.
 */
#define DEFAULT_UPDATE_US	1000000ULL

#define BIT(option)	(1U << ((option) - OPT_SAMPLE))

const char monitor_options_help[] =
"Monitoring:\n"
"  --sample TIME       sampling interval, with a unit: us, ms, s, m (default 5ms)\n"
"  --aggr TIME         aggregation interval, one window (default 20 times --sample)\n"
"  --update TIME       how often mapped parts are looked up again (default 1s)\n"
"  --min-regions N     fewest regions (default 10)\n"
"  --max-regions N     most regions (default 1000)\n"
"  --ranges START-END[,START-END...]\n"
"                      watch these addresses only; 0x... or decimal, page aligned\n";

void monitor_conf_init(struct monitor_conf *conf)
{
	*conf = (struct monitor_conf){
		.sample_us = DAMON_DEFAULT_SAMPLE_US,
		.aggr_us = DAMON_DEFAULT_AGGR_US,
		.update_us = DEFAULT_UPDATE_US,
		.min_nr_regions = DAMON_DEFAULT_MIN_NR_REGIONS,
		.max_nr_regions = DAMON_DEFAULT_MAX_NR_REGIONS,
		.ring_bytes = DEFAULT_RING,
	};
}

static bool given(const struct monitor_conf *conf, int option)
{
	return conf->given & BIT(option);
}

static int interval_option(const char *name, const char *value, uint64_t *us, const char *command)
{
	if (parse_interval(value, us))
		return EXIT_OK;
	return usage_error(command, "--%s wants a time with a unit, such as 5ms or 1s, not '%s'",
			   name, value);
}

static int count_option(const char *name, const char *value, uint32_t *count, const char *command)
{
	uint64_t number;

	if (!parse_count(value, 0, UINT32_MAX, &number))
		return usage_error(command, "--%s wants a number, not '%s'", name, value);
	*count = (uint32_t)number;
	return EXIT_OK;
}

static int ranges_option(struct monitor_conf *conf, const char *value, const char *command)
{
	free(conf->ranges);
	conf->ranges = NULL;
	conf->nr_ranges = parse_spans(value, &conf->ranges);
	if (conf->nr_ranges)
		return EXIT_OK;
	return usage_error(command,
			   "--ranges wants START-END[,START-END...] with START below END, not '%s'",
			   value);
}

static int ring_option(struct monitor_conf *conf, const char *value, const char *command)
{
	uint64_t bytes;

	if (!parse_size(value, &bytes) || !bytes || bytes > UINT32_MAX)
		return usage_error(command, "--ring wants a size such as 4M, not '%s'", value);
	conf->ring_bytes = (uint32_t)bytes;
	return EXIT_OK;
}

int monitor_option(struct monitor_conf *conf, int option, const char *value, const char *command)
{
	conf->given |= BIT(option);
	switch (option) {
	case OPT_SAMPLE: {
		int ret = interval_option("sample", value, &conf->sample_us, command);

		if (!ret && !given(conf, OPT_AGGR))
			conf->aggr_us = conf->sample_us *
					(DAMON_DEFAULT_AGGR_US / DAMON_DEFAULT_SAMPLE_US);
		return ret;
	}
	case OPT_AGGR:
		return interval_option("aggr", value, &conf->aggr_us, command);
	case OPT_UPDATE:
		return interval_option("update", value, &conf->update_us, command);
	case OPT_MIN_REGIONS:
		return count_option("min-regions", value, &conf->min_nr_regions, command);
	case OPT_MAX_REGIONS:
		return count_option("max-regions", value, &conf->max_nr_regions, command);
	case OPT_RANGES:
		return ranges_option(conf, value, command);
	case OPT_RING:
		return ring_option(conf, value, command);
	}
	return EXIT_USAGE;
}

void monitor_conf_free(struct monitor_conf *conf)
{
	free(conf->ranges);
	conf->ranges = NULL;
}
