// SPDX-License-Identifier: GPL-2.0
/* damonctl run: a program that takes the module for the kernel's DAMON. */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "commands.h"
#include "own_view.h"
#include "util.h"

static const char help[] =
"Usage: damonctl run -- PROGRAM [ARGUMENT]...\n"
"\n"
"Runs a program that uses the kernel's DAMON, damo first of all, with this module in\n"
"its place: for this program and its children, the module's files are at\n"
"/sys/kernel/mm/damon, its trace events are those of the system damon, and its\n"
"parameters are at /sys/module/damon_stat and so on, also where the kernel has a DAMON\n"
"of its own, which is not touched.  Needs root.\n"
"\n"
"  damonctl run -- damo start PID\n"
"  damonctl run -- damo report access\n"
"\n"
"  -h, --help          this text\n";

int cmd_run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int error, c;

	while ((c = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		if (c != 'h')
			return usage_error("run", "see above");
		fputs(help, stdout);
		return EXIT_OK;
	}
	if (optind == argc)
		return usage_error("run", "which program?");
	if (!own_view_enter())
		return EXIT_OURS;
	execvp(argv[optind], argv + optind);
	error = errno;
	warnx("cannot run %s: %s", argv[optind], strerror(error));
	return error == ENOENT ? EXIT_NOTFOUND : EXIT_NOEXEC;
}
