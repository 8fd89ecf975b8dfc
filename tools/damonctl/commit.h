/* SPDX-License-Identifier: GPL-2.0 */
/* From the user's configuration to the module's. */
#ifndef DAMONCTL_COMMIT_H
#define DAMONCTL_COMMIT_H

#include "session.h"

/**
 * commit_open_cgroups - open the cgroups that the configuration names
 * @session:	session with its configuration; gets cgroup and probe_fds
 *
 * Returns false after telling the user why.
 */
bool commit_open_cgroups(struct session *session);

/**
 * open_cgroup - the directory of a cgroup
 * @path:	below the root of all cgroups, or any directory
 *
 * Returns a file descriptor, or -1 after telling the user why.
 */
int open_cgroup(const char *path);

/**
 * commit_session - COMMIT what the session was configured with
 * @session:	session that is attached
 *
 * Returns 0 or a negative errno, after telling the user why; of -ESRCH nothing
 * is said.
 */
int commit_session(struct session *session);

#endif
