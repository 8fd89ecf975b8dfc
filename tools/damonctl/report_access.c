// SPDX-License-Identifier: GPL-2.0
/* damonctl report access: the regions of one window. */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "live.h"
#include "recording.h"
#include "util.h"

static const char help[] =
"Usage: damonctl report access [OPTION]... FILE\n"
"       damonctl report access [OPTION]... PID\n"
"       damonctl report access --ops paddr|--cgroup PATH [OPTION]...\n"
"\n"
"Shows the regions of one window: of a recording its last one, of processes or of\n"
"physical memory the one after some time of monitoring.  A file whose name is a\n"
"number needs a ./ in front.\n"
"\n"
"      --at TIME       of a recording: the window at this time since its start\n"
"      --process PID   of a recording of several: this one (default: the first)\n"
"      --windows N     of a process, or memory: windows to wait for (default 20)\n"
"      --sort WHAT     address (default), rate, size or age\n"
"      --plain         digits, even in a terminal\n"
"  -h, --help          this text\n"
"\n";

struct access_options {
	struct monitor_conf conf;
	uint64_t at_us;
	bool at_given;
	int64_t process;
	uint64_t windows;
	enum view_sort sort;
	bool colours;
};

static const struct window *choose(const struct recording *recording,
				   const struct access_options *opt)
{
	uint64_t time;
	size_t i;

	if (!opt->at_given)
		return &recording->windows[recording->nr_windows - 1];
	time = recording->windows[0].start_ns + opt->at_us * 1000;
	for (i = 0; i < recording->nr_windows; i++) {
		if (recording->windows[i].end_ns > time)
			return &recording->windows[i];
	}
	return NULL;
}

static int report_file(const struct access_options *opt, const char *path)
{
	unsigned int cols, rows;
	struct recording recording;
	const struct window *window;
	char start[UNITS_TEXT], sample[UNITS_TEXT], aggr[UNITS_TEXT];
	int ret = EXIT_FAILED;
	char *title;

	if (!recording_load(path, opt->process, &recording))
		return EXIT_FAILED;
	if (!recording.nr_windows) {
		warnx("%s has no windows", path);
		goto out;
	}
	window = choose(&recording, opt);
	if (!window) {
		warnx("%s ends before that time", path);
		goto out;
	}
	terminal_size(&cols, &rows);
	title = recording_title(&recording.info);
	if (title)
		printf("%s\n", title);
	free(title);
	printf("window at %s, sampled every %s for %s\n",
	       time_text(start, window->start_ns - recording.windows[0].start_ns),
	       time_text(sample, window->sample_us * 1000),
	       time_text(aggr, window->end_ns - window->start_ns));
	view_print(stdout, window, (const char *const *)recording.info.probes,
		   cols > 8 ? cols - 1 : 8, opt->sort, 0, opt->colours);
	recording_list(stdout, &recording);
	ret = EXIT_OK;
out:
	recording_free(&recording);
	return ret;
}

static int sort_option(const char *value, enum view_sort *sort)
{
	static const struct {
		const char *name;
		enum view_sort sort;
	} names[] = {
		{ "address", SORT_ADDRESS },
		{ "rate", SORT_RATE },
		{ "size", SORT_SIZE },
		{ "age", SORT_AGE },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(value, names[i].name)) {
			*sort = names[i].sort;
			return EXIT_OK;
		}
	}
	return usage_error("report access", "--sort wants address, rate, size or age, not '%s'", value);
}

static int run(const struct access_options *opt, int nr, char **operands)
{
	uint64_t number;
	pid_t pid;
	int ret;

	if (!monitor_nobody(&opt->conf)) {
		if (nr != 1)
			return usage_error("report access", "one FILE or PID is needed");
		if (!parse_count(operands[0], 1, INT32_MAX, &number))
			return report_file(opt, operands[0]);
	}
	ret = take_target(&opt->conf, nr, operands, "report access", &pid);
	if (ret)
		return ret;
	return live_print(&opt->conf, pid, opt->windows, opt->sort, 0, opt->colours);
}

int cmd_report_access(int argc, char **argv)
{
	enum { OPT_AT = OPT_OTHER, OPT_WINDOWS, OPT_SORT, OPT_PLAIN, OPT_PROCESS };
	static const struct option options[] = {
		MONITOR_LONG_OPTIONS,
		{ "at", required_argument, NULL, OPT_AT },
		{ "windows", required_argument, NULL, OPT_WINDOWS },
		{ "sort", required_argument, NULL, OPT_SORT },
		{ "plain", no_argument, NULL, OPT_PLAIN },
		{ "process", required_argument, NULL, OPT_PROCESS },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct access_options opt = { .windows = DEFAULT_WINDOWS, .sort = SORT_ADDRESS };
	int ret = EXIT_OK;
	int c;

	opt.colours = isatty(STDOUT_FILENO);
	monitor_conf_init(&opt.conf);
	while (!ret && (c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case OPT_AT:
			opt.at_given = parse_duration(optarg, &opt.at_us) &&
				       opt.at_us < UINT64_MAX / 2000;
			if (!opt.at_given)
				ret = usage_error("report access", "--at wants a time such as 2.5, not '%s'",
						  optarg);
			break;
		case OPT_WINDOWS:
			if (!parse_count(optarg, 1, 1000000, &opt.windows))
				ret = usage_error("report access", "--windows wants a number, not '%s'",
						  optarg);
			break;
		case OPT_SORT:
			ret = sort_option(optarg, &opt.sort);
			break;
		case OPT_PROCESS:
			ret = process_option("report access", optarg, &opt.process);
			break;
		case OPT_PLAIN:
			opt.colours = false;
			break;
		case 'h':
			fputs(help, stdout);
			fputs(monitor_options_help, stdout);
			return EXIT_OK;
		case '?':
			ret = usage_error("report access", "see above");
			break;
		default:
			ret = monitor_option(&opt.conf, c, optarg, "report access");
		}
	}
	if (!ret)
		ret = monitor_check(&opt.conf, "report access");
	if (!ret)
		ret = run(&opt, argc - optind, argv + optind);
	monitor_conf_free(&opt.conf);
	return ret;
}
