// SPDX-License-Identifier: GPL-2.0
/* damonctl record: from a session's records to a file. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "record_stream.h"
#include "recording.h"
#include "session.h"
#include "spawn.h"
#include "util.h"

/* As env(1), nice(1) and timeout(1) have it. */
#define EXIT_OURS	125
#define EXIT_NOEXEC	126
#define EXIT_NOTFOUND	127

/*
 * A command may execute a chain of programs in no time, each ending a session
 * that saw no window yet.  More than this is a session that ends by itself.
 */
#define MAX_RESTARTS	16

static const char help[] =
"Usage: damonctl record [OPTION]... PID\n"
"       damonctl record [OPTION]... -- COMMAND [ARGUMENT]...\n"
"\n"
"Records which parts of a process's memory are accessed how often, until the\n"
"process ends, on Ctrl-C, or after --duration.  With COMMAND, runs it, waits for\n"
"it and exits with its status.  Look at the file with `damonctl report` or with\n"
"damo (`damo report heatmap -i FILE`).\n"
"\n"
"  -o, --output FILE   file to write (default damon.data); it appears when the\n"
"                      recording is complete; an older one becomes FILE.old\n"
"  -d, --duration TIME stop recording after this time: 10, 500ms, 2m\n"
"      --ring SIZE     buffer in the kernel for records that wait to be read\n"
"                      (default 4M, or less where the user's limit is lower)\n"
"  -q, --quiet         print nothing but errors\n"
"  -h, --help          this text\n"
"\n";

struct recorder {
	struct session session;
	struct recording_writer *writer;
	struct recording_info info;
	uint64_t nr_windows;
	uint64_t windows_at_start;
	unsigned int nr_restarts;
	char *buffer;
	size_t buffer_bytes;
	int signals;
	pid_t child;
	bool child_ended;
	int child_status;
	bool failed;
};

struct record_options {
	struct monitor_conf conf;
	const char *output;
	uint64_t duration_us;
	bool quiet;
	pid_t pid;
	char **command;
};

static bool on_window(void *arg, const struct window *window)
{
	struct recorder *rec = arg;

	rec->nr_windows++;
	return recording_add(rec->writer, window);
}

static void on_lost(void *arg, uint64_t nr)
{
	struct recorder *rec = arg;

	rec->info.nr_lost += nr;
}

enum drained {
	DRAINED_EMPTY,		/* nothing more for now */
	DRAINED_END,		/* nothing more will come */
	DRAINED_FAILED,
};

/* Reads what is there. */
static enum drained drain(struct recorder *rec)
{
	const struct record_handler handler = {
		.window = on_window,
		.lost = on_lost,
		.arg = rec,
	};

	for (;;) {
		ssize_t len = read(rec->session.fd, rec->buffer, rec->buffer_bytes);

		if (!len)
			return DRAINED_END;
		if (len > 0) {
			if (record_stream_parse(rec->buffer, (size_t)len, &handler))
				continue;
			warnx("recording stopped: a record could not be stored");
			return DRAINED_FAILED;
		}
		switch (errno) {
		case EINTR:
			break;
		case EAGAIN:
			return DRAINED_EMPTY;
		case EMSGSIZE:
			rec->buffer_bytes *= 2;
			rec->buffer = xreallocarray(rec->buffer, rec->buffer_bytes, 1);
			break;
		default:
			warn("cannot read records");
			return DRAINED_FAILED;
		}
	}
}

static void reap_child(struct recorder *rec)
{
	int status;

	if (rec->child > 0 && !rec->child_ended && waitpid(rec->child, &status, WNOHANG) > 0) {
		rec->child_ended = true;
		rec->child_status = exit_status(status);
	}
}

/*
 * Returns whether recording has to end.  What the terminal sends reaches the
 * command by itself; what somebody sends to this process alone is passed on.
 */
static bool take_signals(struct recorder *rec)
{
	struct signalfd_siginfo info;
	bool end = false;

	while (read(rec->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD) {
			reap_child(rec);
			continue;
		}
		if (rec->child > 0 && !rec->child_ended && info.ssi_code != SI_KERNEL)
			kill(rec->child, (int)info.ssi_signo);
		end = true;
	}
	return end;
}

/* The process executed another program: follow it there. */
static bool follow_exec(struct recorder *rec)
{
	if (!session_alive(&rec->session))
		return false;
	if (rec->nr_windows != rec->windows_at_start)
		rec->nr_restarts = 0;
	if (++rec->nr_restarts > MAX_RESTARTS) {
		warnx("monitoring ended although process %d still runs", (int)rec->session.pid);
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
		{ .fd = rec->signals, .events = POLLIN },
		{ .fd = rec->session.pidfd, .events = POLLIN },
	};

	for (;;) {
		if (poll(fds, 3, timeout_ms(deadline_ns)) < 0 && errno != EINTR) {
			warn("cannot wait for records");
			rec->failed = true;
			return;
		}
		if (fds[1].revents && take_signals(rec))
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
	if (!opt->quiet)
		fprintf(stderr, "damonctl: %" PRIu64 " windows recorded to %s\n", rec->nr_windows,
			opt->output);
	return true;
}

/* Blocked from here on, so that none is missed between two calls of poll(). */
static bool open_signals(struct recorder *rec, sigset_t *old)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, old)) {
		warn("cannot block signals");
		return false;
	}
	rec->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (rec->signals < 0) {
		warn("cannot wait for signals");
		return false;
	}
	return true;
}

static int start_command(struct recorder *rec, char **command, const sigset_t *mask)
{
	int error;

	rec->child = spawn_command(command, mask, &error);
	if (!error)
		return EXIT_OK;
	rec->child = 0;
	warnx("cannot run %s: %s", command[0], strerror(error));
	return error == ENOENT ? EXIT_NOTFOUND : EXIT_NOEXEC;
}

static void wait_command(struct recorder *rec)
{
	struct pollfd fd = { .fd = rec->signals, .events = POLLIN };

	reap_child(rec);
	while (!rec->child_ended) {
		if (poll(&fd, 1, -1) < 0 && errno != EINTR)
			return;
		take_signals(rec);
	}
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

static bool prepare_reading(struct recorder *rec)
{
	int flags = fcntl(rec->session.fd, F_GETFL);

	if (flags < 0 || fcntl(rec->session.fd, F_SETFL, flags | O_NONBLOCK)) {
		warn("cannot read records");
		return false;
	}
	rec->buffer_bytes = 256 * 1024;
	rec->buffer = xcalloc(rec->buffer_bytes, 1);
	return true;
}

static void fill_info(struct recorder *rec)
{
	rec->info.sample_us = rec->session.conf.sample_us;
	rec->info.aggr_us = rec->session.conf.aggr_us;
	rec->info.update_us = rec->session.conf.update_us;
	rec->info.pid = rec->session.pid;
}

static int record_run(const struct record_options *opt)
{
	struct recorder rec = { .signals = -1 };
	uint64_t deadline_ns = 0;
	/* The command's own 1 must not be taken for ours. */
	const int ours = opt->command ? EXIT_OURS : EXIT_FAILED;
	int ret = ours;
	sigset_t old_mask;

	/* What can fail without having run the command yet comes first. */
	if (!session_create(&rec.session, &opt->conf, true))
		return ours;
	if (!prepare_reading(&rec) || !open_signals(&rec, &old_mask))
		goto out;
	if (!opt->command && !session_attach(&rec.session, opt->pid))
		goto out;
	rec.info.command = opt->command ? join_words(opt->command) : process_command(opt->pid);
	fill_info(&rec);
	rec.writer = recording_create(opt->output, &rec.info);
	if (!rec.writer)
		goto out;

	if (opt->command) {
		ret = start_command(&rec, opt->command, &old_mask);
		if (ret)
			goto drop;
		ret = ours;
		if (!session_attach(&rec.session, rec.child))
			goto end_child;
		rec.info.pid = rec.child;
	}
	switch (session_start(&rec.session)) {
	case START_OK:
		break;
	case START_GONE:
		warnx("process %d ended before it could be watched", (int)rec.session.pid);
		goto end_child;
	case START_FAILED:
		goto end_child;
	}
	if (!opt->quiet)
		fprintf(stderr, "damonctl: recording process %d%s\n", (int)rec.session.pid,
			opt->command ? "" : ", Ctrl-C ends it");
	if (opt->duration_us)
		deadline_ns = now_ns() + opt->duration_us * 1000;
	record_loop(&rec, deadline_ns);
	if (record_finish(&rec, opt))
		ret = EXIT_OK;
	rec.writer = NULL;
	if (rec.child > 0) {
		wait_command(&rec);
		if (ret == EXIT_OK)
			ret = rec.child_status;
	}
	goto out;

end_child:
	if (rec.child > 0) {
		kill(rec.child, SIGTERM);
		wait_command(&rec);
	}
drop:
	recording_drop(rec.writer);
out:
	free(rec.buffer);
	free(rec.info.command);
	if (rec.signals >= 0)
		close(rec.signals);
	session_close(&rec.session);
	return ret;
}

static int take_operands(struct record_options *opt, int argc, char **argv, bool after_dashes)
{
	uint64_t pid;

	if (after_dashes) {
		if (optind == argc)
			return usage_error("record", "a COMMAND has to follow --");
		opt->command = argv + optind;
		return EXIT_OK;
	}
	if (argc - optind != 1)
		return usage_error("record", argc == optind ?
				   "which process? give its PID, or -- and a COMMAND to run" :
				   "one PID only; a COMMAND has to be behind --");
	if (!parse_count(argv[optind], 1, INT32_MAX, &pid))
		return usage_error("record", "'%s' is not a process id; to run a command, put -- before it",
				   argv[optind]);
	opt->pid = (pid_t)pid;
	return EXIT_OK;
}

int cmd_record(int argc, char **argv)
{
	static const struct option options[] = {
		MONITOR_LONG_OPTIONS,
		{ "ring", required_argument, NULL, OPT_RING },
		{ "output", required_argument, NULL, 'o' },
		{ "duration", required_argument, NULL, 'd' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct record_options opt = { .output = "damon.data" };
	int ret = EXIT_OK;
	int c;

	monitor_conf_init(&opt.conf);
	/* "+": what follows the first operand is not ours. */
	while (!ret && (c = getopt_long(argc, argv, "+o:d:qh", options, NULL)) != -1) {
		switch (c) {
		case 'o':
			opt.output = optarg;
			break;
		case 'd':
			if (!parse_duration(optarg, &opt.duration_us) || !opt.duration_us ||
			    opt.duration_us > UINT64_MAX / 2000)
				ret = usage_error("record", "--duration wants a time such as 10 or 2m, not '%s'",
						  optarg);
			break;
		case 'q':
			opt.quiet = true;
			break;
		case 'h':
			fputs(help, stdout);
			fputs(monitor_options_help, stdout);
			return EXIT_OK;
		case '?':
			ret = usage_error("record", "see above");
			break;
		default:
			ret = monitor_option(&opt.conf, c, optarg, "record");
		}
	}
	if (!ret)
		ret = take_operands(&opt, argc, argv, optind > 1 && !strcmp(argv[optind - 1], "--"));
	if (!ret)
		ret = record_run(&opt);
	monitor_conf_free(&opt.conf);
	return ret;
}
