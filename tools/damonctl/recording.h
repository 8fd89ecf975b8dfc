/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recordings on disk.
 *
 * The format is damo's "json_compressed": zlib around a JSON list of records,
 * one for each target, with the list of its snapshots (windows).  Besides
 * damo's members there are two of ours, which damo does not look at:
 * "max_nr_accesses" in a snapshot, and "damonctl" in a record, with the process
 * id, the command line, the cgroup or whether physical memory was watched, what was
 * probed for and how many windows were lost.  A process that has joined a target
 * is a record of its own.
 */
#ifndef DAMONCTL_RECORDING_H
#define DAMONCTL_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "window.h"

/**
 * struct recording_info - what a recording says about itself
 * @sample_us:	sampling interval
 * @aggr_us:	aggregation interval
 * @update_us:	how often mapped parts were looked up again
 * @pid:	the process, 0 if unknown
 * @physical:	it was physical memory, whatever the process
 * @cgroup:	it were the processes of this cgroup, or NULL
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
	char *cgroup;
	char *command;
	char *probes[MAX_PROBES];
	uint32_t nr_probes;
	uint64_t nr_lost;
};

/**
 * struct recording_target - a target of a recording
 * @pid:	the process, 0 if unknown
 * @command:	its command line, or NULL
 * @nr_windows:	its windows
 */
struct recording_target {
	int64_t pid;
	char *command;
	size_t nr_windows;
};

/**
 * struct recording - a recording in memory
 * @info:	what it says about itself
 * @windows:	sorted by time
 * @nr_windows:	length of @windows
 * @targets:	all that the file has
 * @nr_targets:	length of @targets
 * @loaded:	which of them @windows are of
 */
struct recording {
	struct recording_info info;
	struct window *windows;
	size_t nr_windows;
	struct recording_target *targets;
	size_t nr_targets;
	size_t loaded;
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
 * @target:	which target of the file it is of; they are counted from 0
 * @window:	the window, of one target
 *
 * Nothing but a compression buffer for each target is held in memory.  Returns
 * false after telling the user why; the file must then be dropped.
 */
bool recording_add(struct recording_writer *writer, size_t target, const struct window *window);

/**
 * recording_describe - tell what a target is
 * @writer:	the file
 * @target:	as for recording_add()
 * @pid:	process
 * @command:	its command line; taken over
 *
 * What was said before is forgotten.  Of target 0, struct recording_info tells what
 * is not told here.
 */
void recording_describe(struct recording_writer *writer, size_t target, int64_t pid,
			char *command);

/**
 * recording_rest - a target has no more windows
 * @writer:	the file
 * @target:	as for recording_add()
 *
 * Returns as recording_add().
 */
bool recording_rest(struct recording_writer *writer, size_t target);

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
 * @pid:	process whose windows are wanted, 0 for the first target
 * @recording:	out
 *
 * Returns false after telling the user why.
 */
bool recording_load(const char *path, int64_t pid, struct recording *recording);

/**
 * recording_list - print the targets, if there are several
 * @out:	where
 * @recording:	recording
 */
void recording_list(FILE *out, const struct recording *recording);

/**
 * recording_free - give its memory back
 * @recording:	what recording_load() filled in
 */
void recording_free(struct recording *recording);

#endif
