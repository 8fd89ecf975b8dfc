// SPDX-License-Identifier: GPL-2.0
/* Which target of a file the windows of a session's targets go to. */
#include "tracks.h"

#include <stdlib.h>
#include <string.h>

#include "process.h"
#include "util.h"

struct track {
	bool open;
	uint32_t pid;
	size_t number;
	uint64_t nr_windows;
};

struct tracks {
	pid_t pid;
	struct track *tracks;
	size_t nr;
	size_t nr_written;
};

struct tracks *tracks_new(pid_t pid)
{
	struct tracks *tracks = xcalloc(1, sizeof(*tracks));

	tracks->pid = pid;
	return tracks;
}

static struct track *track_of(struct tracks *tracks, uint32_t target)
{
	if (target >= tracks->nr) {
		size_t nr = (size_t)target + 1;

		tracks->tracks = xreallocarray(tracks->tracks, nr, sizeof(*tracks->tracks));
		memset(tracks->tracks + tracks->nr, 0, (nr - tracks->nr) * sizeof(*tracks->tracks));
		tracks->nr = nr;
	}
	return &tracks->tracks[target];
}

/*
 * Who has just been forked often executes another program next, and who has ended
 * has no command line: it is looked up more and more rarely.
 */
static void describe(const struct tracks *tracks, struct recording_writer *writer,
		     const struct track *track)
{
	const pid_t pid = track->pid ? (pid_t)track->pid : tracks->pid;
	char *command;

	if (!track->pid && !track->number)
		return;
	if (track->nr_windows & (track->nr_windows - 1))
		return;
	command = pid ? process_command(pid) : xasprintf("?");
	if (!strcmp(command, "?") && track->nr_windows > 1)
		free(command);
	else
		recording_describe(writer, track->number, pid, command);
}

static bool add_target(struct tracks *tracks, struct recording_writer *writer,
		       const struct window *window)
{
	const struct region *first = &window->regions[0];
	struct track *track = track_of(tracks, first->target);

	if (track->open && track->pid != first->pid)
		tracks_end(tracks, writer, first->target);
	if (!track->open)
		*track = (struct track){
			.open = true, .pid = first->pid, .number = tracks->nr_written++,
		};
	track->nr_windows++;
	describe(tracks, writer, track);
	return recording_add(writer, track->number, window);
}

bool tracks_add(struct tracks *tracks, struct recording_writer *writer,
		const struct window *window)
{
	struct window part;
	uint32_t first = 0;

	while ((first = window_target(window, first, &part))) {
		if (!add_target(tracks, writer, &part))
			return false;
	}
	return true;
}

void tracks_end(struct tracks *tracks, struct recording_writer *writer, uint32_t target)
{
	struct track *track = track_of(tracks, target);

	/* The session's own target comes back when another program is followed. */
	if (!track->open || !track->pid)
		return;
	track->open = false;
	recording_rest(writer, track->number);
}

size_t tracks_count(const struct tracks *tracks)
{
	return tracks->nr_written;
}

void tracks_free(struct tracks *tracks)
{
	if (tracks)
		free(tracks->tracks);
	free(tracks);
}
