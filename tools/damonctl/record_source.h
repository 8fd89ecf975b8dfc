/* SPDX-License-Identifier: GPL-2.0 */
/* Where a session's records come from: its mapping, or read(). */
#ifndef DAMONCTL_RECORD_SOURCE_H
#define DAMONCTL_RECORD_SOURCE_H

#include "record_stream.h"
#include "ring_map.h"
#include "session.h"

/**
 * struct record_source - a session's records
 * @fd:		the session
 * @ring:	its mapping, if it has one
 * @buffer:	for read()
 * @buffer_bytes: room there
 * @most:	bytes that read() can have to give at one time, at least
 *
 * Zero it before its first use.
 */
struct record_source {
	int fd;
	struct ring_map ring;
	char *buffer;
	size_t buffer_bytes;
	uint64_t most;
};

/**
 * record_source_create - create a session and make its records readable
 * @source:	out
 * @session:	out
 * @conf:	as for session_create()
 *
 * Returns false after telling the user why; both can be closed even so.
 */
bool record_source_create(struct record_source *source, struct session *session,
			  const struct monitor_conf *conf);

enum drained {
	DRAINED_EMPTY,		/* what was there is taken */
	DRAINED_END,		/* nothing more will come */
	DRAINED_FAILED,		/* the user was told why */
};

/**
 * record_source_drain - hand out all records that are there at its begin
 * @source:	the records
 * @handler:	where they go
 *
 * Never waits, and comes to an end also where records come faster than they can be
 * stored: who calls it has signals and a deadline to look after.
 */
enum drained record_source_drain(struct record_source *source,
				 const struct record_handler *handler);

/** record_source_close - give up the records; the session stays */
void record_source_close(struct record_source *source);

#endif
