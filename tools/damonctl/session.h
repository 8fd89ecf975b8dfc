/* SPDX-License-Identifier: GPL-2.0 */
/* A monitoring session of /dev/damon with one process as its target. */
#ifndef DAMONCTL_SESSION_H
#define DAMONCTL_SESSION_H

#include <damon/device.h>
#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "units.h"
#include "window.h"

/**
 * struct monitor_conf - how to monitor
 * @sample_us:	sampling interval
 * @aggr_us:	aggregation interval
 * @update_us:	how often mapped parts are looked up again
 * @min_nr_regions: fewest regions
 * @max_nr_regions: most regions
 * @ranges:	malloc'ed; NULL to follow the mapped memory
 * @nr_ranges:	length of @ranges
 * @ring_bytes:	room for records
 * @given:	bits of the members that the user chose, see session.c
 */
struct monitor_conf {
	uint64_t sample_us;
	uint64_t aggr_us;
	uint64_t update_us;
	uint32_t min_nr_regions;
	uint32_t max_nr_regions;
	struct span *ranges;
	size_t nr_ranges;
	uint32_t ring_bytes;
	unsigned int given;
};

/* Options that all commands share which monitor.  Values are above any char. */
enum {
	OPT_SAMPLE = 0x100,
	OPT_AGGR,
	OPT_UPDATE,
	OPT_MIN_REGIONS,
	OPT_MAX_REGIONS,
	OPT_RANGES,
	OPT_RING,
	OPT_OTHER,
};

#define MONITOR_LONG_OPTIONS						\
	{ "sample", required_argument, NULL, OPT_SAMPLE },		\
	{ "aggr", required_argument, NULL, OPT_AGGR },			\
	{ "update", required_argument, NULL, OPT_UPDATE },		\
	{ "min-regions", required_argument, NULL, OPT_MIN_REGIONS },	\
	{ "max-regions", required_argument, NULL, OPT_MAX_REGIONS },	\
	{ "ranges", required_argument, NULL, OPT_RANGES }

/* The same for --help. */
extern const char monitor_options_help[];

/** monitor_conf_init - upstream's defaults */
void monitor_conf_init(struct monitor_conf *conf);

/**
 * monitor_option - take one of the shared options
 * @conf:	configuration
 * @option:	OPT_*
 * @value:	its argument
 * @command:	subcommand, for the message
 *
 * Returns EXIT_OK, or EXIT_USAGE after telling the user what is wrong.
 */
int monitor_option(struct monitor_conf *conf, int option, const char *value, const char *command);

/** monitor_conf_free - give its memory back */
void monitor_conf_free(struct monitor_conf *conf);

/**
 * device_query - open the device and ask what there is
 * @query:	out
 * @missing:	out: malloc'ed text about missing kernel functions; or NULL
 *
 * Returns a file descriptor, or -1 after telling the user why.
 */
int device_query(struct damon_query *query, char **missing);

/**
 * struct session - an open session
 * @device:	fd of the device
 * @fd:		fd of the session
 * @pidfd:	fd of the process
 * @pid:	the process
 * @query:	what the module can do
 * @conf:	what it was configured with, within this user's limits
 */
struct session {
	int device;
	int fd;
	int pidfd;
	pid_t pid;
	struct damon_query query;
	struct monitor_conf conf;
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
 * @pid:	process
 *
 * Returns false after telling the user why.
 */
bool session_attach(struct session *session, pid_t pid);

/* What became of starting. */
enum started {
	START_OK,
	START_GONE,	/* the process has ended; nothing was said */
	START_FAILED,	/* the user was told why */
};

/**
 * session_start - commit the configuration and start monitoring
 * @session:	session with a process
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

/**
 * struct live - the newest snapshot and what monitoring cost
 * @window:	its regions; malloc'ed and reused
 * @seq:	window's number, 0 if none is complete yet
 * @info:	counters and state
 * @room:	regions that fit in @window and @raw
 * @raw:	as the kernel gave them
 *
 * Zero it before its first use.
 */
struct live {
	struct window window;
	uint64_t seq;
	struct damon_snapshot info;
	uint32_t room;
	struct damon_region_info *raw;
};

/**
 * session_snapshot - get the newest snapshot
 * @session:	session
 * @live:	updated
 *
 * Returns false after telling the user why.
 */
bool session_snapshot(struct session *session, struct live *live);

/** live_free - give its memory back */
void live_free(struct live *live);

/**
 * process_command - the command line of a process
 * @pid:	process
 *
 * Returns malloc'ed text: words with spaces between them, or "?".
 */
char *process_command(pid_t pid);

#endif
