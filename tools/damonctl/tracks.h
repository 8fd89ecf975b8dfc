/* SPDX-License-Identifier: GPL-2.0 */
/* Which target of a file the windows of a session's targets go to. */
#ifndef DAMONCTL_TRACKS_H
#define DAMONCTL_TRACKS_H

#include <stdbool.h>
#include <sys/types.h>

#include "recording.h"

/*
 * The module gives the index of a process that has ended to another one; in a file,
 * each process is a target of its own.
 */
struct tracks;

/**
 * tracks_new - no targets yet
 * @pid:	the process of the session's own target, 0 if that has none; who
 *		writes the file knows what it is called
 */
struct tracks *tracks_new(pid_t pid);

/**
 * tracks_add - write a window
 * @tracks:	tracks
 * @writer:	file
 * @window:	window of any number of targets
 *
 * Returns as recording_add().
 */
bool tracks_add(struct tracks *tracks, struct recording_writer *writer,
		const struct window *window);

/**
 * tracks_end - what this target is from now on is something else
 * @tracks:	tracks
 * @writer:	file
 * @target:	index in the session
 */
void tracks_end(struct tracks *tracks, struct recording_writer *writer, uint32_t target);

/** tracks_count - how many targets the file has got */
size_t tracks_count(const struct tracks *tracks);

/** tracks_free - give the memory back; @tracks may be NULL */
void tracks_free(struct tracks *tracks);

#endif
