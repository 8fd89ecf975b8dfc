// SPDX-License-Identifier: GPL-2.0
/* Options of all commands that monitor. */
#include <stdlib.h>
#include <string.h>

#include "monitor_conf.h"
#include "util.h"

const char monitor_options_help[] =
"What to monitor:\n"
"  --ops vaddr|fvaddr|paddr\n"
"                      virtual addresses of a process (default); the same, but in\n"
"                      fixed ranges; or physical memory, whoever uses it: no PID\n"
"  --range START-END[,START-END...]\n"
"                      watch these addresses only; page aligned, decimal, 0x... or\n"
"                      with a unit, such as 4G; may be given more than once\n"
"  --addr-unit SIZE    with paddr: the module counts in units of this size\n"
"  --vma-aware         leave out all holes, not just the two biggest\n"
"  --follow-exec       let the module follow the process into other programs\n"
"  --follow-fork       watch also all that the process has forked and will fork\n"
"  --cgroup PATH       watch the processes of a cgroup (of version 2) and of those\n"
"                      below it, as they come and go: no PID\n"
"  --probe anon|memcg:PATH\n"
"                      find out which part of each region is anonymous, or charged\n"
"                      to this cgroup (of version 2); up to four\n"
"How:\n"
"  --sample TIME       sampling interval, with a unit: us, ms, s, m (default 5ms)\n"
"  --aggr TIME         aggregation interval, one window (default 20 times --sample)\n"
"  --update TIME       how often mapped parts are looked up again (default 1s)\n"
"  --min-regions N     fewest regions (default 10)\n"
"  --max-regions N     most regions (default 1000)\n"
"  --tune ACCESS,WINDOWS,MIN,MAX\n"
"                      fit both intervals to the workload, every so many windows, so\n"
"                      that sampling finds this part of all accesses: 4%,3,5ms,10s\n"
"                      (also 400bp, or 400: in 1/10000); MIN and MAX are for --sample\n"
"  --flush-tlb         see also what never leaves the processors' translation caches\n";

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

static int sample_option(struct monitor_conf *conf, const char *value, const char *command)
{
	int ret = interval_option("sample", value, &conf->sample_us, command);

	if (!ret && !MONITOR_GIVEN(conf, OPT_AGGR))
		conf->aggr_us = conf->sample_us *
				(DAMON_DEFAULT_AGGR_US / DAMON_DEFAULT_SAMPLE_US);
	return ret;
}

static int range_option(struct monitor_conf *conf, const char *value, const char *command)
{
	struct span *more;
	size_t nr = parse_spans(value, &more);

	if (!nr)
		return usage_error(command,
				   "--range wants START-END[,START-END...] with START below END, not '%s'",
				   value);
	conf->ranges = xreallocarray(conf->ranges, conf->nr_ranges + nr, sizeof(*more));
	memcpy(conf->ranges + conf->nr_ranges, more, nr * sizeof(*more));
	conf->nr_ranges += nr;
	free(more);
	return EXIT_OK;
}

static int ring_option(struct monitor_conf *conf, const char *value, const char *command)
{
	uint64_t bytes;

	if (!parse_size(value, &bytes) || !bytes || bytes > UINT32_MAX)
		return usage_error(command, "--ring wants a size such as 4M, not '%s'", value);
	conf->ring_bytes = (uint32_t)bytes;
	return EXIT_OK;
}

static int ops_option(struct monitor_conf *conf, const char *value, const char *command)
{
	static const char *const names[] = {
		[DAMON_OPS_VADDR] = "vaddr",
		[DAMON_OPS_FVADDR] = "fvaddr",
		[DAMON_OPS_PADDR] = "paddr",
	};
	uint32_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(value, names[i])) {
			conf->ops = i;
			return EXIT_OK;
		}
	}
	return usage_error(command, "--ops wants vaddr, fvaddr or paddr, not '%s'", value);
}

static int addr_unit_option(struct monitor_conf *conf, const char *value, const char *command)
{
	uint64_t bytes;

	if (!parse_size(value, &bytes) || !bytes || (bytes & (bytes - 1)))
		return usage_error(command, "--addr-unit wants a power of two, such as 4K, not '%s'",
				   value);
	conf->addr_unit = bytes;
	return EXIT_OK;
}

static int tune_option(struct monitor_conf *conf, const char *value, const char *command)
{
	struct monitor_goal *goal = &conf->goal;
	char *text = xasprintf("%s", value);
	char *words[4], *rest = text;
	uint64_t aggrs;
	unsigned int nr;
	bool ok;

	for (nr = 0; nr < 4 && rest; nr++)
		words[nr] = strsep(&rest, ",");
	ok = nr == 4 && !rest && parse_share(words[0], &goal->access_bp) &&
	     parse_count(words[1], 1, UINT32_MAX, &aggrs) &&
	     parse_interval(words[2], &goal->min_sample_us) && goal->min_sample_us &&
	     parse_interval(words[3], &goal->max_sample_us) &&
	     goal->min_sample_us <= goal->max_sample_us;
	free(text);
	if (!ok)
		return usage_error(command, "--tune wants ACCESS,WINDOWS,MIN,MAX such as 4%%,3,5ms,10s, not '%s'",
				   value);
	goal->aggrs = (uint32_t)aggrs;
	return EXIT_OK;
}

static int probe_option(struct monitor_conf *conf, const char *value, const char *command)
{
	if (strcmp(value, "anon") && (strncmp(value, "memcg:", 6) || !value[6]))
		return usage_error(command, "--probe wants anon or memcg:PATH, not '%s'", value);
	if (conf->nr_probes == MAX_PROBES)
		return usage_error(command, "--probe can be given %d times", MAX_PROBES);
	conf->probes[conf->nr_probes++] = value;
	return EXIT_OK;
}

int monitor_option(struct monitor_conf *conf, int option, const char *value, const char *command)
{
	conf->given |= MONITOR_BIT(option);
	switch (option) {
	case OPT_SAMPLE:
		return sample_option(conf, value, command);
	case OPT_AGGR:
		return interval_option("aggr", value, &conf->aggr_us, command);
	case OPT_UPDATE:
		return interval_option("update", value, &conf->update_us, command);
	case OPT_MIN_REGIONS:
		return count_option("min-regions", value, &conf->min_nr_regions, command);
	case OPT_MAX_REGIONS:
		return count_option("max-regions", value, &conf->max_nr_regions, command);
	case OPT_RANGE:
		return range_option(conf, value, command);
	case OPT_RING:
		return ring_option(conf, value, command);
	case OPT_OPS:
		return ops_option(conf, value, command);
	case OPT_ADDR_UNIT:
		return addr_unit_option(conf, value, command);
	case OPT_TUNE:
		return tune_option(conf, value, command);
	case OPT_PROBE:
		return probe_option(conf, value, command);
	case OPT_VMA_AWARE:
		conf->flags |= DAMON_COMMIT_VMA_AWARE;
		return EXIT_OK;
	case OPT_FLUSH_TLB:
		conf->flags |= DAMON_COMMIT_FLUSH_TLB;
		return EXIT_OK;
	case OPT_FOLLOW_EXEC:
		conf->follow_exec = true;
		return EXIT_OK;
	case OPT_FOLLOW_FORK:
		conf->follow_fork = true;
		return EXIT_OK;
	case OPT_CGROUP:
		conf->cgroup = value;
		return EXIT_OK;
	}
	return EXIT_USAGE;
}
