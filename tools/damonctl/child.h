/* SPDX-License-Identifier: GPL-2.0 */
/* The command that is run while something is recorded, and signals. */
#ifndef DAMONCTL_CHILD_H
#define DAMONCTL_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* As env(1), nice(1) and timeout(1) have it: what failed was not the command. */
#define EXIT_OURS	125
#define EXIT_NOEXEC	126
#define EXIT_NOTFOUND	127

/**
 * struct child - a command, or none
 * @signals:	fd on which signals arrive, also when no command is run
 * @old_mask:	signals that were blocked before
 * @pid:	the command, 0 if there is none
 * @ended:	it has ended
 * @status:	its exit status then
 */
struct child {
	int signals;
	sigset_t old_mask;
	pid_t pid;
	bool ended;
	int status;
};

/**
 * child_open - block the signals that end a recording and take them by @signals
 * @child:	out
 *
 * From here on none is missed between two calls of poll().  Returns false after
 * telling the user why.
 */
bool child_open(struct child *child);

/**
 * child_start - run a command
 * @child:	opened
 * @command:	NULL terminated
 *
 * Returns EXIT_OK, or the exit status that a shell has for it, after telling the
 * user why.
 */
int child_start(struct child *child, char **command);

/**
 * child_take_signals - handle those that have arrived
 * @child:	opened
 *
 * Passes on to the command what only we got.  Returns whether recording has to
 * end.
 */
bool child_take_signals(struct child *child);

/** child_wait - until the command has ended */
void child_wait(struct child *child);

/** child_end - end the command, if there is one, and wait for it */
void child_end(struct child *child);

/** child_close - give up @signals, which stay blocked */
void child_close(struct child *child);

#endif
