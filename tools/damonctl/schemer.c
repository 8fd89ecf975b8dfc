// SPDX-License-Identifier: GPL-2.0
/* Runs schemes until their end. */
#include "schemer.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "child.h"
#include "commit.h"
#include "scheme_stats.h"
#include "session.h"
#include "snapshot.h"
#include "util.h"

/* Lines between two heads. */
#define HEAD_EVERY	20

struct schemer {
	struct schemer_options *opt;
	struct session session;
	struct child child;
	uint64_t start_ns;
	uint64_t next_ns;
	uint64_t deadline_ns;
	unsigned int nr_lines;
};

static int wait_ms(const struct schemer *run)
{
	uint64_t until = run->next_ns;
	uint64_t now = now_ns();

	if (run->deadline_ns && run->deadline_ns < until)
		until = run->deadline_ns;
	if (until <= now)
		return 0;
	return (int)((until - now + 999999) / 1000000 > 3600000 ? 3600000 :
		     (until - now + 999999) / 1000000);
}

static bool print_stats(struct schemer *run)
{
	if (run->opt->quiet)
		return true;
	if (!(run->nr_lines++ % HEAD_EVERY))
		scheme_stats_head(stdout);
	return scheme_stats_print(stdout, &run->session,
				  (double)(now_ns() - run->start_ns) / 1e9);
}

/* The session ended: the process executed another program, or everybody is gone. */
static bool go_on(struct schemer *run)
{
	if (monitor_nobody(&run->session.conf) || !session_alive(&run->session))
		return false;
	return session_start(&run->session) == START_OK;
}

/* That the process has ended is noticed otherwise. */
static bool take_values(struct schemer *run)
{
	int error;

	if (!scheme_read(&run->opt->schemes))
		return true;
	error = commit_session(&run->session);
	return !error || error == -ESRCH;
}

/* Until the end of the process, a signal or the deadline. */
static bool loop(struct schemer *run)
{
	struct pollfd fds[] = {
		{ .fd = run->session.fd, .events = 0 },
		{ .fd = run->child.signals, .events = POLLIN },
		{ .fd = run->session.pidfd, .events = POLLIN },
	};

	/* Of a tree others can be left when its first process has ended. */
	if (run->session.conf.follow_fork)
		fds[2].fd = -1;
	for (;;) {
		if (poll(fds, 3, wait_ms(run)) < 0 && errno != EINTR) {
			warn("cannot wait");
			return false;
		}
		if (fds[1].revents && child_take_signals(&run->child))
			return true;
		if (fds[2].revents || (run->deadline_ns && now_ns() >= run->deadline_ns))
			return true;
		if ((fds[0].revents & (POLLHUP | POLLERR)) && !go_on(run))
			return true;
		if (now_ns() >= run->next_ns) {
			if (!print_stats(run) || !take_values(run))
				return false;
			run->next_ns += run->opt->interval_us * 1000;
			if (run->next_ns < now_ns())
				run->next_ns = now_ns() + run->opt->interval_us * 1000;
		}
	}
}

static bool run_to_end(struct schemer *run)
{
	const struct schemer_options *opt = run->opt;
	char name[SESSION_NAME];

	switch (session_start(&run->session)) {
	case START_OK:
		break;
	case START_GONE:
		warnx("%s ended before anything could be done", session_name(&run->session, name));
		return false;
	case START_FAILED:
		return false;
	}
	if (!opt->quiet)
		fprintf(stderr, "damonctl: %u scheme%s on %s%s\n", opt->schemes.nr_schemes,
			opt->schemes.nr_schemes == 1 ? "" : "s", session_name(&run->session, name),
			opt->command ? "" : ", Ctrl-C ends it");
	run->start_ns = now_ns();
	run->next_ns = run->start_ns + opt->interval_us * 1000;
	if (opt->duration_us)
		run->deadline_ns = run->start_ns + opt->duration_us * 1000;
	if (!loop(run))
		return false;
	session_stop(&run->session);
	return scheme_stats_sum(stdout, &run->session);
}

int schemer_run(struct schemer_options *opt)
{
	struct schemer run = { .opt = opt, .child = { .signals = -1 } };
	/* The command's own 1 must not be taken for ours. */
	const int ours = opt->command ? EXIT_OURS : EXIT_FAILED;
	int ret = ours;

	/* What can fail without having run the command yet comes first. */
	if (!session_create(&run.session, &opt->conf, false))
		return ours;
	run.session.schemes = &opt->schemes;
	if (!scheme_open(&opt->schemes) || !child_open(&run.child))
		goto out;
	if (!opt->command && !session_attach(&run.session, opt->pid))
		goto out;
	if (opt->command) {
		ret = child_start(&run.child, opt->command);
		if (ret)
			goto out;
		ret = ours;
		if (!session_attach(&run.session, run.child.pid))
			goto end_child;
	}
	if (!run_to_end(&run))
		goto end_child;
	ret = EXIT_OK;
	if (opt->command) {
		child_wait(&run.child);
		ret = run.child.status;
	}
	goto out;

end_child:
	child_end(&run.child);
out:
	child_close(&run.child);
	session_close(&run.session);
	return ret;
}
