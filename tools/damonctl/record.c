// SPDX-License-Identifier: GPL-2.0
/* damonctl record: the command line. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "recorder.h"
#include "util.h"

static const char help[] =
"Usage: damonctl record [OPTION]... PID\n"
"       damonctl record [OPTION]... -- COMMAND [ARGUMENT]...\n"
"       damonctl record --ops paddr [OPTION]... [-- COMMAND [ARGUMENT]...]\n"
"       damonctl record --cgroup PATH [OPTION]... [-- COMMAND [ARGUMENT]...]\n"
"\n"
"Records which parts of a process's memory, of those of many processes, or of\n"
"physical memory, are accessed how often, until the process ends (with\n"
"--follow-fork: the last of them), on Ctrl-C, or after --duration.  With COMMAND,\n"
"runs it, waits for it and exits with its status.  Look at the file with\n"
"`damonctl report` or with damo (`damo report heatmap -i FILE`).\n"
"\n"
"  -o, --output FILE   file to write (default damon.data); it appears when the\n"
"                      recording is complete; an older one becomes FILE.old\n"
"  -d, --duration TIME stop recording after this time: 10, 500ms, 2m\n"
"      --ring SIZE     buffer in the kernel for records that wait to be read\n"
"                      (default 4M, or less where the user's limit is lower)\n"
"  -q, --quiet         print nothing but errors\n"
"  -h, --help          this text\n"
"\n";

static int take_operands(struct record_options *opt, int argc, char **argv, bool after_dashes)
{
	uint64_t number;

	if (after_dashes) {
		if (optind == argc)
			return usage_error("record", "a COMMAND has to follow --");
		opt->command = argv + optind;
		return EXIT_OK;
	}
	if (argc - optind == 1 && !monitor_nobody(&opt->conf) &&
	    !parse_count(argv[optind], 1, INT32_MAX, &number))
		return usage_error("record", "'%s' is not a process id; to run a command, put -- before it",
				   argv[optind]);
	return take_target(&opt->conf, argc - optind, argv + optind, "record", &opt->pid);
}

int cmd_record(int argc, char **argv)
{
	static const struct option options[] = {
		MONITOR_LONG_OPTIONS,
		{ "ring", required_argument, NULL, OPT_RING },
		{ "output", required_argument, NULL, 'o' },
		{ "duration", required_argument, NULL, 'd' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct record_options opt = { .output = "damon.data" };
	int ret = EXIT_OK;
	int c;

	monitor_conf_init(&opt.conf);
	/* "+": what follows the first operand is not ours. */
	while (!ret && (c = getopt_long(argc, argv, "+o:d:qh", options, NULL)) != -1) {
		switch (c) {
		case 'o':
			opt.output = optarg;
			break;
		case 'd':
			if (!parse_duration(optarg, &opt.duration_us) || !opt.duration_us ||
			    opt.duration_us > UINT64_MAX / 2000)
				ret = usage_error("record", "--duration wants a time such as 10 or 2m, not '%s'",
						  optarg);
			break;
		case 'q':
			opt.quiet = true;
			break;
		case 'h':
			fputs(help, stdout);
			fputs(monitor_options_help, stdout);
			return EXIT_OK;
		case '?':
			ret = usage_error("record", "see above");
			break;
		default:
			ret = monitor_option(&opt.conf, c, optarg, "record");
		}
	}
	if (!ret)
		ret = monitor_check(&opt.conf, "record");
	if (!ret)
		ret = take_operands(&opt, argc, argv, optind > 1 && !strcmp(argv[optind - 1], "--"));
	if (!ret)
		ret = record_run(&opt);
	monitor_conf_free(&opt.conf);
	return ret;
}
