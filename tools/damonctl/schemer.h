/* SPDX-License-Identifier: GPL-2.0 */
/* Runs schemes until their end. */
#ifndef DAMONCTL_SCHEMER_H
#define DAMONCTL_SCHEMER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "monitor_conf.h"
#include "scheme_set.h"

/**
 * struct schemer_options - which schemes, on what
 * @conf:	how to monitor
 * @schemes:	what to do
 * @interval_us: how often to print what was done, and to read values of goals
 * @duration_us: end after this time; 0: not by itself
 * @quiet:	print nothing but the sum, and errors
 * @pid:	process to act on; 0 for physical memory, a cgroup or with @command
 * @command:	command to run meanwhile, or NULL; it is acted on unless physical
 *		memory or a cgroup is
 */
struct schemer_options {
	struct monitor_conf conf;
	struct scheme_set schemes;
	uint64_t interval_us;
	uint64_t duration_us;
	bool quiet;
	pid_t pid;
	char **command;
};

/**
 * schemer_run - run schemes until the process, the time or the user ends it
 * @opt:	which
 *
 * Returns an exit status, of a command its own one, after telling the user what
 * is wrong.
 */
int schemer_run(struct schemer_options *opt);

#endif
