// SPDX-License-Identifier: GPL-2.0
/* damonctl info: what the module and the kernel can do. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "commands.h"
#include "diagnose.h"
#include "device.h"
#include "units.h"
#include "util.h"

static const char help[] =
"Usage: damonctl info\n"
"\n"
"Shows the version of the damon module, what it can do on this kernel, the\n"
"limits for the user who asks, and whether the kernel has a DAMON of its own.\n";

static const struct {
	uint64_t bit;
	const char *yes;
	const char *no;
} features[] = {
	{ DAMON_FEATURE_PG_IDLE,
	  "idle page tracking: accesses are found by the kernel's own protocol",
	  "no idle page tracking in this kernel: accessed bits are given back after each look" },
	{ DAMON_FEATURE_NOTIFIERS,
	  "accesses by virtual machines and devices are seen",
	  "accesses by virtual machines and devices are not seen" },
	{ DAMON_FEATURE_PTRACE,
	  "users can watch the processes that they may ptrace",
	  "users without CAP_PERFMON can watch only the calling process itself" },
	{ DAMON_FEATURE_PIDFD,
	  "processes can be named by pidfd",
	  "processes can be named by process id only" },
	{ DAMON_FEATURE_FLUSH_TLB,
	  "translation caches can be flushed, to see what never leaves them",
	  "translation caches cannot be flushed" },
	{ DAMON_FEATURE_FOLLOW_FORK,
	  "processes can be followed with all that they fork",
	  "what processes fork cannot be followed" },
};

static void print_features(const struct damon_query *query)
{
	size_t i;

	printf("features\n");
	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		bool has = query->features & features[i].bit;

		printf("  %s %s\n", has ? "+" : "-", has ? features[i].yes : features[i].no);
	}
}

static const struct {
	unsigned int number;
	const char *what;
} operations[] = {
	{ DAMON_OPS_VADDR, "vaddr   virtual addresses of processes" },
	{ DAMON_OPS_FVADDR, "fvaddr  the same, in fixed ranges" },
	{ DAMON_OPS_PADDR, "paddr   physical memory, for who has CAP_SYS_ADMIN" },
};

static void print_operations(const struct damon_query *query)
{
	size_t i;

	printf("what can be watched\n");
	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		printf("  %c %s\n", query->ops & (1ULL << operations[i].number) ? '+' : '-',
		       operations[i].what);
}

static void print_missing(char *text)
{
	char *save = NULL;
	char *line;

	printf("kernel functions that are missing\n");
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		printf("  %s\n", line);
}

static void print_limits(const struct damon_query *query)
{
	char text[UNITS_TEXT];

	printf("limits for this user (%u)\n", (unsigned int)geteuid());
	printf("  shortest sampling interval  %s\n", time_text(text, query->min_sample_us * 1000));
	printf("  targets in a session        %" PRIu32 "\n", query->max_nr_targets);
	printf("  regions in a session        %" PRIu32 "\n", query->max_nr_regions);
	printf("  buffer for records          %s\n", size_text(text, query->max_ring_bytes));
	if (query->max_sessions)
		printf("  sessions at a time          %" PRIu32 "\n", query->max_sessions);
	else
		printf("  sessions at a time          unlimited\n");
}

static void print_builtin(void)
{
	bool stat_on;

	if (!builtin_damon("", &stat_on)) {
		printf("the kernel's own DAMON        not there\n");
		return;
	}
	printf("the kernel's own DAMON        there; it and this module work side by side\n");
	if (!access("/sys/kernel/mm/damon-dkms", F_OK))
		printf("  The module's files are at /sys/kernel/mm/damon-dkms. Programs that know the\n"
		       "  kernel's DAMON only, such as damo, use them if they are run by\n"
		       "    damonctl run -- damo ...\n");
	if (stat_on)
		printf("  DAMON_STAT runs: the kernel watches all memory by itself, and clears\n"
		       "  accessed bits for that. Results stay right, since both use the idle page\n"
		       "  protocol, but it costs some CPU time. Turn it off (as root) with\n"
		       "    echo N > /sys/module/damon_stat/parameters/enabled\n");
}

static int run(void)
{
	struct damon_query query;
	struct utsname names;
	char *missing = NULL;
	int device;

	device = device_query(&query, &missing);
	if (device < 0) {
		print_builtin();
		return EXIT_FAILED;
	}
	close(device);
	query.version[sizeof(query.version) - 1] = '\0';
	printf("damon module                  %s\n", query.version);
	if (!uname(&names))
		printf("kernel                        %s\n", names.release);
	print_builtin();
	print_operations(&query);
	print_features(&query);
	if (missing)
		print_missing(missing);
	print_limits(&query);
	free(missing);
	return EXIT_OK;
}

int cmd_info(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c != 'h')
			return usage_error("info", "see above");
		fputs(help, stdout);
		return EXIT_OK;
	}
	if (optind < argc)
		return usage_error("info", "'%s' is one word too many", argv[optind]);
	return run();
}
