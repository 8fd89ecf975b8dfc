// SPDX-License-Identifier: GPL-2.0
/* damonctl schemes: the command line. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "schemer.h"
#include "util.h"

#define DEFAULT_INTERVAL_US	1000000ULL

static const char help[] =
"Usage: damonctl schemes --action ACTION [OPTION]... PID\n"
"       damonctl schemes --action ACTION [OPTION]... -- COMMAND [ARGUMENT]...\n"
"       damonctl schemes --action ACTION [OPTION]... --ops paddr|--cgroup PATH\n"
"\n"
"Does something to memory that is accessed in some way, of a process, of many\n"
"(--follow-fork, --cgroup) or of the machine (--ops paddr), until the process ends,\n"
"on Ctrl-C, or after --duration; and tells what was done.  To put away what a process\n"
"has not used for two minutes, no more than 100 MiB a second:\n"
"\n"
"  damonctl schemes --action pageout --max-freq 0% --min-age 2m --quota-size 100M/s PID\n"
"\n"
"A line for each scheme tells to how much memory it was applied the last time (last)\n"
"and in sum (tried), what it really changed (changed), the quota and how much of it\n"
"is used (charged), how often there was more to do than the quota allowed (over), and\n"
"CPU time.\n"
"\n"
"  -i, --interval TIME how often to tell (default 1s)\n"
"  -d, --duration TIME end after this time: 10, 500ms, 2m\n"
"  -q, --quiet         print the sum at the end only\n"
"  -h, --help          this text\n"
"\n";

static int take_operands(struct schemer_options *opt, int argc, char **argv, bool after_dashes)
{
	if (after_dashes) {
		if (optind == argc)
			return usage_error("schemes", "a COMMAND has to follow --");
		opt->command = argv + optind;
		return EXIT_OK;
	}
	return take_target(&opt->conf, argc - optind, argv + optind, "schemes", &opt->pid);
}

static int time_option(const char *name, const char *value, uint64_t *us)
{
	if (parse_duration(value, us) && *us && *us < UINT64_MAX / 2000)
		return EXIT_OK;
	return usage_error("schemes", "--%s wants a time such as 10 or 500ms, not '%s'", name, value);
}

int cmd_schemes(int argc, char **argv)
{
	static const struct option options[] = {
		MONITOR_LONG_OPTIONS,
		SCHEME_LONG_OPTIONS,
		{ "interval", required_argument, NULL, 'i' },
		{ "duration", required_argument, NULL, 'd' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct schemer_options opt = { .interval_us = DEFAULT_INTERVAL_US };
	int ret = EXIT_OK;
	int c;

	monitor_conf_init(&opt.conf);
	/* "+": what follows the first operand is not ours. */
	while (!ret && (c = getopt_long(argc, argv, "+i:d:qh", options, NULL)) != -1) {
		switch (c) {
		case 'i':
			ret = time_option("interval", optarg, &opt.interval_us);
			break;
		case 'd':
			ret = time_option("duration", optarg, &opt.duration_us);
			break;
		case 'q':
			opt.quiet = true;
			break;
		case 'h':
			fputs(help, stdout);
			fputs(scheme_options_help, stdout);
			fputs(monitor_options_help, stdout);
			goto out;
		case '?':
			ret = usage_error("schemes", "see above");
			break;
		default:
			ret = c >= OPT_ACTION ? scheme_option(&opt.schemes, c, optarg, "schemes") :
			      monitor_option(&opt.conf, c, optarg, "schemes");
		}
	}
	if (!ret)
		ret = monitor_check(&opt.conf, "schemes");
	if (!ret)
		ret = scheme_check(&opt.schemes, "schemes");
	if (!ret)
		ret = take_operands(&opt, argc, argv, optind > 1 && !strcmp(argv[optind - 1], "--"));
	if (!ret)
		ret = schemer_run(&opt);
out:
	scheme_free(&opt.schemes);
	monitor_conf_free(&opt.conf);
	return ret;
}
