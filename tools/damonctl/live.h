/* SPDX-License-Identifier: GPL-2.0 */
/* One look at a running process, or at memory, as text. */
#ifndef DAMONCTL_LIVE_H
#define DAMONCTL_LIVE_H

#include "snapshot.h"
#include "view.h"

/* Regions find the hot parts by splitting and merging once in each window. */
#define DEFAULT_WINDOWS	20

/**
 * live_print - monitor a process for some windows and print the last one
 * @conf:	how to monitor
 * @pid:	process, 0 for physical memory
 * @windows:	how many windows to let pass
 * @sort:	order of the table
 * @max_rows:	rows of the table, 0 for all
 * @colours:	strips in 256 colours, else digits
 *
 * If the process ends before, the last complete window is printed.  Returns an
 * exit status, after telling the user what is wrong.
 */
int live_print(const struct monitor_conf *conf, pid_t pid, uint64_t windows, enum view_sort sort,
	       size_t max_rows, bool colours);

/**
 * live_title - what a session watches, in a line
 * @session:	session
 *
 * Returns malloc'ed text.
 */
char *live_title(const struct session *session);

/**
 * live_print_cost - print what monitoring cost and missed
 * @out:	where
 * @info:	counters
 */
void live_print_cost(FILE *out, const struct damon_snapshot *info);

#endif
