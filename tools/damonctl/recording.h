/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recordings on disk.
 *
 * The format is damo's "json_compressed": zlib around a JSON list of records,
 * one for each target, with the list of its snapshots (windows).  Besides
 * damo's members there are two of ours, which damo does not look at:
 * "max_nr_accesses" in a snapshot, and "damonctl" in a record, with the process
 * id, the command line, whether physical memory was watched, what was probed for
 * and how many windows were lost.
 */
#ifndef DAMONCTL_RECORDING_H
#define DAMONCTL_RECORDING_H

#include <stdbool.h>
#include <stddef.h>

#include "window.h"

/**
 * struct recording_info - what a recording says about itself
 * @sample_us:	sampling interval
 * @aggr_us:	aggregation interval
 * @update_us:	how often mapped parts were looked up again
 * @pid:	the process, 0 if unknown
 * @physical:	it was physical memory, whatever the process
 * @command:	the process's command line, or NULL
 * @probes:	what was probed for, malloc'ed
 * @nr_probes:	how many of @probes there are
 * @nr_lost:	windows that were dropped because nobody read them in time
 */
struct recording_info {
	uint64_t sample_us;
	uint64_t aggr_us;
	uint64_t update_us;
	int64_t pid;
	bool physical;
	char *command;
	char *probes[MAX_PROBES];
	uint32_t nr_probes;
	uint64_t nr_lost;
};

/**
 * struct recording - a recording in memory
 * @info:	what it says about itself
 * @windows:	sorted by time
 * @nr_windows:	length of @windows
 * @nr_targets:	how many targets the file has; only the first one is loaded
 */
struct recording {
	struct recording_info info;
	struct window *windows;
	size_t nr_windows;
	size_t nr_targets;
};

/**
 * recording_title - what was watched
 * @info:	recording
 *
 * Returns malloc'ed text, such as "process 12: sleep 1"; NULL if that is unknown.
 */
char *recording_title(const struct recording_info *info);

/** recording_info_free - give its memory back */
void recording_info_free(struct recording_info *info);

struct recording_writer;

/**
 * recording_create - begin a file
 * @path:	its final name; nothing appears there before recording_finish()
 * @info:	@nr_lost is not looked at yet
 *
 * Returns NULL after telling the user why.
 */
struct recording_writer *recording_create(const char *path, const struct recording_info *info);

/**
 * recording_add - append a window
 * @writer:	the file
 * @window:	the window
 *
 * Nothing but a compression buffer is held in memory.  Returns false after
 * telling the user why; the file must then be dropped.
 */
bool recording_add(struct recording_writer *writer, const struct window *window);

/**
 * recording_finish - complete the file and give it its name
 * @writer:	the file; freed in any case
 * @info:	as for recording_create(), now with @nr_lost
 *
 * A file of that name becomes NAME.old.  Returns false after telling the user
 * why.
 */
bool recording_finish(struct recording_writer *writer, const struct recording_info *info);

/**
 * recording_drop - forget the file
 * @writer:	the file, or NULL; freed
 */
void recording_drop(struct recording_writer *writer);

/**
 * recording_load - read a file of damonctl or damo
 * @path:	file, compressed or not
 * @recording:	out
 *
 * Returns false after telling the user why.
 */
bool recording_load(const char *path, struct recording *recording);

/**
 * recording_free - give its memory back
 * @recording:	what recording_load() filled in
 */
void recording_free(struct recording *recording);

#endif
