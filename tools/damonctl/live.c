// SPDX-License-Identifier: GPL-2.0
/* One look at a running process, or at memory, as text. */
#include "live.h"

#include <err.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "process.h"
#include "util.h"

void live_print_cost(FILE *out, const struct damon_snapshot *info)
{
	fprintf(out, "monitoring: %" PRIu64 " passes, %" PRIu64 " samples, %" PRIu64
		" missed because the memory map was busy\n",
		(uint64_t)info->nr_ticks, (uint64_t)info->nr_checks, (uint64_t)info->nr_missed);
	if (info->nr_left_out)
		fprintf(out, "%" PRIu32 " processes are not watched for want of room: --max-regions\n",
			(uint32_t)info->nr_left_out);
}

char *live_title(const struct session *session)
{
	char name[SESSION_NAME];
	char *command, *title;

	if (monitor_nobody(&session->conf))
		return xasprintf("%s", session_name(session, name));
	command = process_command(session->pid);
	title = xasprintf("%s: %s", session_name(session, name), command);
	free(command);
	return title;
}

static int wait_ms(const struct monitor_conf *conf)
{
	uint64_t ms = conf->aggr_us / 2000;

	return ms < 10 ? 10 : ms > 1000 ? 1000 : (int)ms;
}

/* Tuning keeps the ratio of the two intervals. */
static double longest_us(const struct monitor_conf *conf)
{
	if (!conf->goal.aggrs || !conf->sample_us)
		return (double)conf->aggr_us;
	return (double)conf->aggr_us / (double)conf->sample_us * (double)conf->goal.max_sample_us;
}

/*
 * Returns when enough windows are complete or none will follow.  The limit is
 * for a worker that stands still: ten times what the windows should take, and
 * some seconds for a machine that is busy with other things.
 */
static bool wait_windows(struct session *session, struct live *live, uint64_t windows)
{
	/* Intervals of years may be asked for: more nanoseconds than an integer holds. */
	double limit = (double)now_ns() + (double)windows * longest_us(&session->conf) * 1e4 + 1e10;
	/* Of a tree others can be left when its first process has ended. */
	struct pollfd fd = {
		.fd = session->conf.follow_fork ? -1 : session->pidfd,
		.events = POLLIN,
	};

	for (;;) {
		if (!session_snapshot(session, live))
			return false;
		if (live->seq >= windows || live->info.state == DAMON_STATE_ENDED)
			return true;
		if ((double)now_ns() >= limit) {
			warnx("only %" PRIu64 " of %" PRIu64 " windows in all this time: the machine is overloaded",
			      live->seq, windows);
			return true;
		}
		/* Wakes early when the process ends. */
		if (poll(&fd, 1, wait_ms(&session->conf)) > 0)
			return session_snapshot(session, live);
	}
}

int live_print(const struct monitor_conf *conf, pid_t pid, uint64_t windows, enum view_sort sort,
	       size_t max_rows, bool colours)
{
	unsigned int cols, rows;
	struct live live = { 0 };
	struct session session;
	enum started started;
	int ret = EXIT_FAILED;
	char name[SESSION_NAME];
	char *title = NULL;

	if (!session_create(&session, conf, false))
		return EXIT_FAILED;
	if (!session_attach(&session, pid))
		goto out;
	title = live_title(&session);
	started = session_start(&session);
	if (started == START_GONE)
		warnx("%s has ended, or has no memory of its own", session_name(&session, name));
	if (started != START_OK)
		goto out;
	if (!wait_windows(&session, &live, windows))
		goto out;
	if (!live.seq) {
		warnx("%s ended before the first window was complete",
		      session_name(&session, name));
		goto out;
	}
	terminal_size(&cols, &rows);
	printf("%s\n", title);
	view_print(stdout, &live.window, conf->probes, cols > 8 ? cols - 1 : 8, sort, max_rows,
		   colours);
	live_print_cost(stdout, &live.info);
	ret = EXIT_OK;
out:
	free(title);
	live_free(&live);
	session_close(&session);
	return ret;
}
