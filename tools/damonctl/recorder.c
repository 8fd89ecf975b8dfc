// SPDX-License-Identifier: GPL-2.0
/* Records a session until its end. */
#include "recorder.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "child.h"
#include "process.h"
#include "record_source.h"
#include "recording.h"
#include "tracks.h"
#include "util.h"

/*
 * A command may execute a chain of programs in no time, each ending a session
 * that saw no window yet.  More than this is a session that ends by itself.
 */
#define MAX_RESTARTS	16

struct recorder {
	struct session session;
	struct record_source source;
	struct recording_writer *writer;
	struct tracks *tracks;
	struct recording_info info;
	uint32_t most_left_out;
	uint64_t nr_windows;
	uint64_t windows_at_start;
	unsigned int nr_restarts;
	struct child child;
	bool failed;
};

static bool on_window(void *arg, const struct window *window)
{
	struct recorder *rec = arg;

	rec->nr_windows++;
	return tracks_add(rec->tracks, rec->writer, window);
}

static void on_gone(void *arg, uint32_t target)
{
	struct recorder *rec = arg;

	tracks_end(rec->tracks, rec->writer, target);
}

static void on_joined(void *arg, uint32_t target, uint32_t pid)
{
	(void)pid;
	on_gone(arg, target);
}

static void on_left_out(void *arg, uint32_t nr)
{
	struct recorder *rec = arg;

	if (rec->most_left_out < nr)
		rec->most_left_out = nr;
}

static void on_lost(void *arg, uint64_t nr)
{
	struct recorder *rec = arg;

	rec->info.nr_lost += nr;
}

/* Takes what is there. */
static enum drained drain(struct recorder *rec)
{
	const struct record_handler handler = {
		.window = on_window,
		.lost = on_lost,
		.gone = on_gone,
		.joined = on_joined,
		.left_out = on_left_out,
		.arg = rec,
		.addr_unit = rec->session.conf.addr_unit,
	};

	return record_source_drain(&rec->source, &handler);
}

/* The process executed another program: follow it there. */
static bool follow_exec(struct recorder *rec)
{
	char name[SESSION_NAME];

	if (monitor_nobody(&rec->session.conf) || !session_alive(&rec->session))
		return false;
	if (rec->nr_windows != rec->windows_at_start)
		rec->nr_restarts = 0;
	if (++rec->nr_restarts > MAX_RESTARTS) {
		warnx("monitoring ended although %s still runs",
		      session_name(&rec->session, name));
		return false;
	}
	rec->windows_at_start = rec->nr_windows;
	return session_start(&rec->session) == START_OK;
}

static int timeout_ms(uint64_t deadline_ns)
{
	uint64_t now = now_ns();
	uint64_t ms;

	if (!deadline_ns)
		return -1;
	if (now >= deadline_ns)
		return 0;
	ms = (deadline_ns - now + 999999) / 1000000;
	return ms > 3600000 ? 3600000 : (int)ms;
}

/* Until the end of the process, a signal or the deadline. */
static void record_loop(struct recorder *rec, uint64_t deadline_ns)
{
	struct pollfd fds[] = {
		{ .fd = rec->session.fd, .events = POLLIN },
		{ .fd = rec->child.signals, .events = POLLIN },
		{ .fd = rec->session.pidfd, .events = POLLIN },
	};

	/* Of a tree others can be left when its first process has ended. */
	if (rec->session.conf.follow_fork)
		fds[2].fd = -1;
	for (;;) {
		if (poll(fds, 3, timeout_ms(deadline_ns)) < 0 && errno != EINTR) {
			warn("cannot wait for records");
			rec->failed = true;
			return;
		}
		if (fds[1].revents && child_take_signals(&rec->child))
			return;
		if (fds[0].revents & (POLLIN | POLLHUP | POLLERR)) {
			switch (drain(rec)) {
			case DRAINED_EMPTY:
				break;
			case DRAINED_END:
				if (!follow_exec(rec))
					return;
				break;
			case DRAINED_FAILED:
				rec->failed = true;
				return;
			}
		}
		if (fds[2].revents || (deadline_ns && now_ns() >= deadline_ns))
			return;
	}
}

/* Stops monitoring, takes the rest and completes the file. */
static bool record_finish(struct recorder *rec, const struct record_options *opt)
{
	session_stop(&rec->session);
	if (!rec->failed && drain(rec) == DRAINED_FAILED)
		rec->failed = true;
	if (rec->failed) {
		recording_drop(rec->writer);
		return false;
	}
	if (!recording_finish(rec->writer, &rec->info))
		return false;
	if (rec->info.nr_lost)
		warnx("%" PRIu64 " windows were lost: they came faster than they could be stored; "
		      "try a larger --ring", rec->info.nr_lost);
	if (!rec->nr_windows)
		warnx("not a single window was recorded: it ended before the first aggregation "
		      "interval did");
	if (rec->most_left_out)
		warnx("up to %" PRIu32 " processes at a time were not watched for want of room; "
		      "try a larger --max-regions", rec->most_left_out);
	if (opt->quiet)
		return true;
	fprintf(stderr, "damonctl: %" PRIu64 " windows", rec->nr_windows);
	if (monitor_joined(&opt->conf))
		fprintf(stderr, " of %zu %s", tracks_count(rec->tracks),
			tracks_count(rec->tracks) == 1 ? "process" : "processes");
	fprintf(stderr, " recorded to %s\n", opt->output);
	return true;
}

static char *join_words(char **words)
{
	char *text = xasprintf("%s", words[0]);

	while (*++words) {
		char *longer = xasprintf("%s %s", text, *words);

		free(text);
		text = longer;
	}
	return text;
}

static void fill_info(struct recorder *rec, const struct record_options *opt)
{
	uint32_t i;

	if (opt->command)
		rec->info.command = join_words(opt->command);
	else if (opt->pid)
		rec->info.command = process_command(opt->pid);
	rec->info.sample_us = rec->session.conf.sample_us;
	rec->info.aggr_us = rec->session.conf.aggr_us;
	rec->info.update_us = rec->session.conf.update_us;
	rec->info.pid = rec->session.pid;
	rec->info.physical = monitor_physical(&rec->session.conf);
	if (rec->session.conf.cgroup)
		rec->info.cgroup = xasprintf("%s", rec->session.conf.cgroup);
	rec->info.nr_probes = rec->session.conf.nr_probes;
	for (i = 0; i < rec->info.nr_probes; i++)
		rec->info.probes[i] = xasprintf("%s", rec->session.conf.probes[i]);
}

int record_run(const struct record_options *opt)
{
	struct recorder rec = { .child = { .signals = -1 } };
	uint64_t deadline_ns = 0;
	/* The command's own 1 must not be taken for ours. */
	const int ours = opt->command ? EXIT_OURS : EXIT_FAILED;
	int ret = ours;
	char name[SESSION_NAME];

	/* What can fail without having run the command yet comes first. */
	if (!record_source_create(&rec.source, &rec.session, &opt->conf) ||
	    !child_open(&rec.child))
		goto out;
	if (!opt->command && !session_attach(&rec.session, opt->pid))
		goto out;
	fill_info(&rec, opt);
	rec.writer = recording_create(opt->output, &rec.info);
	if (!rec.writer)
		goto out;

	if (opt->command) {
		ret = child_start(&rec.child, opt->command);
		if (ret)
			goto drop;
		ret = ours;
		if (!session_attach(&rec.session, rec.child.pid))
			goto end_child;
		rec.info.pid = rec.child.pid;
	}
	rec.tracks = tracks_new(monitor_nobody(&opt->conf) ? 0 : rec.session.pid);
	switch (session_start(&rec.session)) {
	case START_OK:
		break;
	case START_GONE:
		warnx("%s ended before it could be watched", session_name(&rec.session, name));
		goto end_child;
	case START_FAILED:
		goto end_child;
	}
	if (!opt->quiet)
		fprintf(stderr, "damonctl: recording %s%s\n", session_name(&rec.session, name),
			opt->command ? "" : ", Ctrl-C ends it");
	if (opt->duration_us)
		deadline_ns = now_ns() + opt->duration_us * 1000;
	record_loop(&rec, deadline_ns);
	if (record_finish(&rec, opt))
		ret = EXIT_OK;
	rec.writer = NULL;
	if (opt->command) {
		child_wait(&rec.child);
		if (ret == EXIT_OK)
			ret = rec.child.status;
	}
	goto out;

end_child:
	child_end(&rec.child);
drop:
	recording_drop(rec.writer);
out:
	tracks_free(rec.tracks);
	recording_info_free(&rec.info);
	child_close(&rec.child);
	record_source_close(&rec.source);
	session_close(&rec.session);
	return ret;
}
