// SPDX-License-Identifier: GPL-2.0
/* Runs the command that is to be recorded. */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * A session is bound to the address space that its target has at COMMIT, and
 * exec replaces that.  The pipe tells when it has: the child's end is closed by
 * a successful exec, and carries errno if there is none.
 */
pid_t spawn_command(char **argv, const sigset_t *mask, int *error)
{
	int pipe_fds[2];
	ssize_t len;
	pid_t pid;

	*error = 0;
	if (pipe2(pipe_fds, O_CLOEXEC)) {
		*error = errno;
		return -1;
	}
	pid = fork();
	if (pid < 0) {
		*error = errno;
		close(pipe_fds[0]);
		close(pipe_fds[1]);
		return -1;
	}
	if (!pid) {
		int failure;

		close(pipe_fds[0]);
		sigprocmask(SIG_SETMASK, mask, NULL);
		execvp(argv[0], argv);
		failure = errno;
		len = write(pipe_fds[1], &failure, sizeof(failure));
		_exit(len == sizeof(failure) ? 127 : 126);
	}
	close(pipe_fds[1]);
	do {
		len = read(pipe_fds[0], error, sizeof(*error));
	} while (len < 0 && errno == EINTR);
	close(pipe_fds[0]);
	if (len)
		waitpid(pid, NULL, 0);
	return pid;
}

int exit_status(int status)
{
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status);
}
