/* SPDX-License-Identifier: GPL-2.0 */
/* Runs the command that is to be recorded. */
#ifndef DAMONCTL_SPAWN_H
#define DAMONCTL_SPAWN_H

#include <signal.h>
#include <sys/types.h>

/**
 * spawn_command - start a command and wait until it executes its program
 * @argv:	command, NULL terminated
 * @mask:	signal mask that it gets
 * @error:	out: errno when its program cannot be executed, else 0
 *
 * When this returns a process id with @error 0, the process already has the
 * address space of its program.  Returns -1 when not even a process could be
 * made (errno is in @error).
 */
pid_t spawn_command(char **argv, const sigset_t *mask, int *error);

/**
 * exit_status - what a shell would make of a wait status
 * @status:	from waitpid()
 */
int exit_status(int status);

#endif
