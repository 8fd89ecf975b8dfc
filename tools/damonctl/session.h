/* SPDX-License-Identifier: GPL-2.0 */
/* A monitoring session of /dev/damon with one process, or memory, as its target. */
#ifndef DAMONCTL_SESSION_H
#define DAMONCTL_SESSION_H

#include <stdbool.h>
#include <sys/types.h>

#include "device.h"
#include "monitor_conf.h"
#include "scheme_set.h"

/* Room for what a session is called. */
#define SESSION_NAME	128

/**
 * struct session - an open session
 * @device:	fd of the device
 * @fd:		fd of the session
 * @pidfd:	fd of the process with whose end monitoring ends, or -1
 * @pid:	that process, or 0
 * @cgroup:	fd of the cgroup that is watched, or -1
 * @probe_fds:	of the cgroups that are probed for, or -1
 * @query:	what the module can do
 * @conf:	what it was configured with, within this user's limits
 * @schemes:	what it shall do, or NULL; may be set until session_start()
 */
struct session {
	int device;
	int fd;
	int pidfd;
	pid_t pid;
	int cgroup;
	int probe_fds[MAX_PROBES];
	struct damon_query query;
	struct monitor_conf conf;
	const struct scheme_set *schemes;
};

/**
 * session_create - open the device and create a session on it
 * @session:	out
 * @conf:	wanted configuration; defaults that exceed this user's limits are
 *		cut to them, given values are not.  Its ranges must stay
 * @want_records: whether records will be read
 *
 * Returns false after telling the user why.
 */
bool session_create(struct session *session, const struct monitor_conf *conf, bool want_records);

/**
 * session_attach - find the process
 * @session:	session
 * @pid:	process to watch; where physical memory or a cgroup is watched one
 *		with whose end that ends, or 0
 *
 * Returns false after telling the user why.
 */
bool session_attach(struct session *session, pid_t pid);

/**
 * session_name - what is watched, for messages
 * @session:	session
 * @buf:	SESSION_NAME bytes
 *
 * Returns @buf: "process 123", "cgroup web" or "physical memory".
 */
const char *session_name(const struct session *session, char *buf);

/* What became of starting. */
enum started {
	START_OK,
	START_GONE,	/* the process has ended; nothing was said */
	START_FAILED,	/* the user was told why */
};

/**
 * session_start - commit the configuration and start monitoring
 * @session:	session that is attached
 *
 * Binds the session to the address space that the process has now; may be
 * called again after it executed another program.
 */
enum started session_start(struct session *session);

/** session_stop - end monitoring; the results stay readable */
void session_stop(struct session *session);

/** session_alive - does the process still run? */
bool session_alive(const struct session *session);

/** session_close - close everything */
void session_close(struct session *session);

#endif
