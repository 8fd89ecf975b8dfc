// SPDX-License-Identifier: GPL-2.0
/*
 * Monitoring on somebody's behalf, from a process outside the cgroup.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reclaim.h"

const char *watch_name(enum watch who)
{
	static const char *const names[] = { "unmonitored", "privileged", "unprivileged" };

	return names[who];
}

static _Noreturn void watch_until(int stop, int ready, pid_t pid, const struct mon_attrs *attrs)
{
	struct monitor m = { .ops = &mon_device };
	char c = 0;

	m.ops->start(&m, pid, attrs);
	if (write(ready, &c, 1) != 1)
		err(1, "cannot answer");
	while (read(stop, &c, 1) > 0)
		;
	m.ops->stop(&m);
	_exit(0);
}

/* Returns when the monitor runs. */
void watcher_start(struct watcher *w, enum watch who, const struct process *p,
		   const struct mon_attrs *attrs)
{
	int stop[2], ready[2];
	char c;

	w->pid = 0;
	if (who == WATCH_NONE)
		return;
	if (pipe2(stop, O_CLOEXEC) || pipe2(ready, O_CLOEXEC))
		err(1, "pipe");
	w->pid = fork();
	if (w->pid < 0)
		err(1, "cannot fork");
	if (!w->pid) {
		close(stop[1]);
		close(ready[0]);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (who == WATCH_PLAIN)
			become_nobody();
		watch_until(stop[0], ready[1], p->pid, attrs);
	}
	close(stop[0]);
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		errx(1, "no %s session", watch_name(who));
	close(ready[0]);
	w->stop = stop[1];
}

void watcher_stop(struct watcher *w)
{
	int status;

	if (!w->pid)
		return;
	close(w->stop);
	if (waitpid(w->pid, &status, 0) != w->pid || status)
		errx(1, "the watcher failed");
}
