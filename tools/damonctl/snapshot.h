/* SPDX-License-Identifier: GPL-2.0 */
/* The newest window of a session, without its records. */
#ifndef DAMONCTL_SNAPSHOT_H
#define DAMONCTL_SNAPSHOT_H

#include "session.h"

/**
 * struct live - the newest snapshot and what monitoring cost
 * @window:	its regions; malloc'ed and reused
 * @seq:	window's number, 0 if none is complete yet
 * @info:	counters and state
 * @room:	regions that fit in @window, @raw and @hits
 * @raw:	as the kernel gave them
 * @hits:	theirs
 *
 * Zero it before its first use.
 */
struct live {
	struct window window;
	uint64_t seq;
	struct damon_snapshot info;
	uint32_t room;
	struct damon_region_info *raw;
	struct damon_hits_info *hits;
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

#endif
