/* SPDX-License-Identifier: GPL-2.0 */
/* Records a session until its end. */
#ifndef DAMONCTL_RECORDER_H
#define DAMONCTL_RECORDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "monitor_conf.h"

/**
 * struct record_options - what is to be recorded
 * @conf:	how to monitor
 * @output:	file to write
 * @duration_us: end after this time; 0: not by itself
 * @quiet:	say nothing but errors
 * @pid:	process to watch; 0 for physical memory or with @command
 * @command:	command to run meanwhile, or NULL; it is watched unless physical
 *		memory is
 */
struct record_options {
	struct monitor_conf conf;
	const char *output;
	uint64_t duration_us;
	bool quiet;
	pid_t pid;
	char **command;
};

/**
 * record_run - record until the process, the time or the user ends it
 * @opt:	what
 *
 * Returns an exit status, of a command its own one, after telling the user what
 * is wrong.
 */
int record_run(const struct record_options *opt);

#endif
