// SPDX-License-Identifier: GPL-2.0
/* damonctl: watch memory accesses through /dev/damon. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "util.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{ "info", cmd_info, "what the module and the kernel can do" },
	{ "record", cmd_record, "record a process, a command or memory to a file" },
	{ "report", cmd_report, "heatmap or table from a recording" },
	{ "run", cmd_run, "run damo, with the module as the kernel's DAMON" },
	{ "schemes", cmd_schemes, "do something to memory that is accessed in some way" },
	{ "top", cmd_top, "live view of a process or of memory" },
};

#define NR_COMMANDS	(sizeof(commands) / sizeof(commands[0]))

static void print_help(void)
{
	size_t i;

	printf("Usage: damonctl COMMAND [OPTION]...\n"
	       "\n"
	       "Shows which memory of a process, or of the machine, is accessed how often, and\n"
	       "puts it away, moves it or the like accordingly.\n"
	       "\n");
	for (i = 0; i < NR_COMMANDS; i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].what);
	printf("\n"
	       "  --help, --version\n"
	       "\n"
	       "Each command has its own --help; damonctl(8) has it all.  To begin with:\n"
	       "  damonctl record -- COMMAND && damonctl report heatmap\n");
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 2)
		return usage_error(NULL, "which command? info, record, report, run, schemes or top");
	if (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
		print_help();
		return EXIT_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("damonctl %s\n", DAMONCTL_VERSION);
		return EXIT_OK;
	}
	for (i = 0; i < NR_COMMANDS; i++) {
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	}
	return usage_error(NULL, "there is no command '%s'", argv[1]);
}
