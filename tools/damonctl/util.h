/* SPDX-License-Identifier: GPL-2.0 */
/* Small things that every subcommand needs. */
#ifndef DAMONCTL_UTIL_H
#define DAMONCTL_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit statuses.  record -- COMMAND has its own, see the manual page. */
#define EXIT_OK		0
#define EXIT_FAILED	1
#define EXIT_USAGE	2

/* The allocators end the program when there is no memory. */
void *xcalloc(size_t nr, size_t size);
void *xreallocarray(void *old, size_t nr, size_t size);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * read_small_file - the text of a file of /proc or /sys
 * @path:	file
 * @buf:	out: at most @size - 1 bytes, without the line end behind them
 * @size:	room in @buf
 *
 * Returns false when it cannot be read.
 */
bool read_small_file(const char *path, char *buf, size_t size);

/** now_ns - CLOCK_MONOTONIC in nanoseconds */
uint64_t now_ns(void);

/**
 * terminal_size - how much fits on standard output
 * @cols:	out: columns; 80 when it is no terminal
 * @rows:	out: rows; 24 when it is no terminal
 *
 * Returns whether it is a terminal.
 */
bool terminal_size(unsigned int *cols, unsigned int *rows);

/**
 * usage_error - complain about the command line
 * @command:	subcommand, to name its --help; NULL for damonctl's own
 * @format:	what is wrong
 *
 * Returns EXIT_USAGE.
 */
int usage_error(const char *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * process_option - take the process id of an option --process
 * @command:	subcommand, for the message
 * @value:	the option's argument
 * @pid:	out
 *
 * Returns EXIT_OK, or EXIT_USAGE after telling the user what is wrong.
 */
int process_option(const char *command, const char *value, int64_t *pid);

#endif
