// SPDX-License-Identifier: GPL-2.0
/* The command that is run while something is recorded, and signals. */
#include "child.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spawn.h"
#include "util.h"

static void reap(struct child *child)
{
	int status;

	if (child->pid > 0 && !child->ended && waitpid(child->pid, &status, WNOHANG) > 0) {
		child->ended = true;
		child->status = exit_status(status);
	}
}

/*
 * What the terminal sends reaches the command by itself; what somebody sends to
 * this process alone is passed on.
 */
bool child_take_signals(struct child *child)
{
	struct signalfd_siginfo info;
	bool end = false;

	while (read(child->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD) {
			reap(child);
			continue;
		}
		if (child->pid > 0 && !child->ended && info.ssi_code != SI_KERNEL)
			kill(child->pid, (int)info.ssi_signo);
		end = true;
	}
	return end;
}

bool child_open(struct child *child)
{
	sigset_t set;

	*child = (struct child){ .signals = -1 };
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, &child->old_mask)) {
		warn("cannot block signals");
		return false;
	}
	child->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (child->signals < 0) {
		warn("cannot wait for signals");
		return false;
	}
	return true;
}

int child_start(struct child *child, char **command)
{
	int error;

	child->pid = spawn_command(command, &child->old_mask, &error);
	if (!error)
		return EXIT_OK;
	child->pid = 0;
	warnx("cannot run %s: %s", command[0], strerror(error));
	return error == ENOENT ? EXIT_NOTFOUND : EXIT_NOEXEC;
}

void child_wait(struct child *child)
{
	struct pollfd fd = { .fd = child->signals, .events = POLLIN };

	reap(child);
	while (!child->ended) {
		if (poll(&fd, 1, -1) < 0 && errno != EINTR)
			return;
		child_take_signals(child);
	}
}

void child_end(struct child *child)
{
	if (child->pid <= 0)
		return;
	kill(child->pid, SIGTERM);
	child_wait(child);
}

void child_close(struct child *child)
{
	if (child->signals >= 0)
		close(child->signals);
	child->signals = -1;
}
