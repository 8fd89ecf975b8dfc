// SPDX-License-Identifier: GPL-2.0
/* The newest window of a session, without its records. */
#include "snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

#define FIRST_ROOM	256

static void live_room(struct live *live, uint32_t nr)
{
	live->room = nr;
	live->raw = xreallocarray(live->raw, nr, sizeof(*live->raw));
	live->hits = xreallocarray(live->hits, nr, sizeof(*live->hits));
	live->window.regions = xreallocarray(live->window.regions, nr,
					     sizeof(*live->window.regions));
}

static void live_take(struct live *live, const struct session *session)
{
	const struct damon_snapshot *info = &live->info;
	struct window *window = &live->window;
	uint32_t i;

	live->seq = info->seq;
	window->start_ns = info->start_ns;
	window->end_ns = info->end_ns;
	window->sample_us = info->sample_us;
	window->aggr_us = info->aggr_us;
	window->max_nr_accesses = info->max_nr_accesses;
	window->nr_probes = info->nr_probes < MAX_PROBES ? info->nr_probes : MAX_PROBES;
	window->nr_regions = info->nr_regions;
	for (i = 0; i < info->nr_regions; i++) {
		struct region *region = &window->regions[i];

		region_take(region, &live->raw[i], &live->hits[i], session->conf.addr_unit);
		if (!region->target && !monitor_nobody(&session->conf))
			region->pid = (uint32_t)session->pid;
	}
}

bool session_snapshot(struct session *session, struct live *live)
{
	char msg[DEVICE_MSG] = "";
	struct damon_snapshot *info = &live->info;

	if (!live->room)
		live_room(live, FIRST_ROOM);
	/* The next snapshot may be a little larger than the one just sized. */
	for (;;) {
		memset(info, 0, sizeof(*info));
		DEVICE_SETUP(info, msg);
		info->regions = (uintptr_t)live->raw;
		info->nr_regions = live->room;
		info->region_size = sizeof(*live->raw);
		info->hits = (uintptr_t)live->hits;
		info->hit_size = sizeof(*live->hits);
		if (device_call(session->fd, DAMON_IOC_SNAPSHOT, info)) {
			if (errno == ENODATA)
				return true;
			device_complain("cannot get a snapshot", msg, errno);
			return false;
		}
		if (info->nr_regions >= info->total)
			break;
		live_room(live, info->total + info->total / 4);
	}
	live_take(live, session);
	return true;
}

void live_free(struct live *live)
{
	free(live->raw);
	free(live->hits);
	free(live->window.regions);
}
