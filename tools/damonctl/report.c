// SPDX-License-Identifier: GPL-2.0
/* damonctl report: chooses the kind of report. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "util.h"

static const char help[] =
"Usage: damonctl report heatmap [OPTION]... [FILE]\n"
"       damonctl report access [OPTION]... FILE|PID\n"
"\n"
"  heatmap   accesses over time and address, in the terminal or as a picture\n"
"  access    regions of one window: address, size, access rate, age\n"
"\n"
"Each has its own --help.\n";

int cmd_report(int argc, char **argv)
{
	if (argc < 2)
		return usage_error("report", "which report? heatmap or access");
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")) {
		fputs(help, stdout);
		return EXIT_OK;
	}
	if (!strcmp(argv[1], "heatmap"))
		return cmd_report_heatmap(argc - 1, argv + 1);
	if (!strcmp(argv[1], "access"))
		return cmd_report_access(argc - 1, argv + 1);
	return usage_error("report", "there is no report '%s'", argv[1]);
}
