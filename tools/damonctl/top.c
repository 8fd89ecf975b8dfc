// SPDX-License-Identifier: GPL-2.0
/* damonctl top: a live view of a process, or of physical memory. */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "commands.h"
#include "live.h"
#include "top.h"
#include "util.h"

#define ONCE_ROWS	20

static const char help[] =
"Usage: damonctl top [OPTION]... PID\n"
"       damonctl top --ops paddr|--cgroup PATH [OPTION]...\n"
"\n"
"Shows which parts of a process's memory, or of physical memory, are accessed how\n"
"often, now: a strip for each contiguous part of the address space, and the\n"
"regions as a table.  With --follow-fork or --cgroup there are many processes: a\n"
"strip for each, without its holes, the one with the most hot memory first.\n"
"\n"
"Keys: q quit, space pause, s sort by the next column.\n"
"\n"
"      --once          print one view as text and exit; so it does when the\n"
"                      output is not a terminal\n"
"      --windows N     with --once: windows to wait for (default 20)\n"
"  -h, --help          this text\n"
"\n";

static int run_screen(const struct monitor_conf *conf, pid_t pid)
{
	struct session session;
	enum started started;
	int ret = EXIT_FAILED;
	char name[SESSION_NAME];
	char *title = NULL;

	if (!session_create(&session, conf, false))
		return EXIT_FAILED;
	if (!session_attach(&session, pid))
		goto out;
	title = live_title(&session);
	started = session_start(&session);
	if (started == START_GONE)
		warnx("%s has ended, or has no memory of its own", session_name(&session, name));
	if (started == START_OK)
		ret = top_screen(&session, title);
out:
	free(title);
	session_close(&session);
	return ret;
}

int cmd_top(int argc, char **argv)
{
	enum { OPT_ONCE = OPT_OTHER, OPT_WINDOWS };
	static const struct option options[] = {
		MONITOR_LONG_OPTIONS,
		{ "once", no_argument, NULL, OPT_ONCE },
		{ "windows", required_argument, NULL, OPT_WINDOWS },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool once = !isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO);
	uint64_t windows = DEFAULT_WINDOWS;
	struct monitor_conf conf;
	int ret = EXIT_OK;
	pid_t pid;
	int c;

	monitor_conf_init(&conf);
	while (!ret && (c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case OPT_ONCE:
			once = true;
			break;
		case OPT_WINDOWS:
			if (!parse_count(optarg, 1, 1000000, &windows))
				ret = usage_error("top", "--windows wants a number, not '%s'", optarg);
			break;
		case 'h':
			fputs(help, stdout);
			fputs(monitor_options_help, stdout);
			return EXIT_OK;
		case '?':
			ret = usage_error("top", "see above");
			break;
		default:
			ret = monitor_option(&conf, c, optarg, "top");
		}
	}
	if (!ret)
		ret = monitor_check(&conf, "top");
	if (!ret)
		ret = take_target(&conf, argc - optind, argv + optind, "top", &pid);
	if (!ret && once)
		ret = live_print(&conf, pid, windows, SORT_RATE, ONCE_ROWS, false);
	else if (!ret)
		ret = run_screen(&conf, pid);
	monitor_conf_free(&conf);
	return ret;
}
