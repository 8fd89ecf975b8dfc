/* SPDX-License-Identifier: GPL-2.0 */
/* A window of many processes: who has how much hot memory. */
#ifndef DAMONCTL_VIEW_PROCESSES_H
#define DAMONCTL_VIEW_PROCESSES_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "window.h"

/**
 * struct view_process - one of the processes of a window
 * @pid:	process, 0 if unknown
 * @window:	its regions
 * @total:	bytes that are watched
 * @hot:	hot ones of them
 */
struct view_process {
	pid_t pid;
	struct window window;
	uint64_t total;
	uint64_t hot;
};

/** window_joined - can the window have more than one process? */
bool window_joined(const struct window *window);

/**
 * view_processes - the processes of a window
 * @window:	window, which must stay
 * @list:	out: malloc'ed, the one with the most hot memory first
 *
 * Returns how many there are.
 */
size_t view_processes(const struct window *window, struct view_process **list);

/**
 * view_squeezed_strip - as view_strip(), of all memory of a process without the holes
 * @window:	window of one target
 * @rates:	out: @nr rates
 * @nr:		cells
 */
void view_squeezed_strip(const struct window *window, double *rates, unsigned int nr);

/* What stands over a list of processes, and a line of it. */
#define PROCESS_HEAD	"%9s %10s %10s  %s"
#define PROCESS_LINE	"%9d %10s %10s  %.*s"

#endif
