/* SPDX-License-Identifier: GPL-2.0 */
/* What processes are called. */
#ifndef DAMONCTL_PROCESS_H
#define DAMONCTL_PROCESS_H

#include <sys/types.h>

/**
 * process_command - the command line of a process
 * @pid:	process
 *
 * Returns malloc'ed text: words with spaces between them, or "?".
 */
char *process_command(pid_t pid);

#endif
