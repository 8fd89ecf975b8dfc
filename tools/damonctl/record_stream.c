// SPDX-License-Identifier: GPL-2.0
/* Takes apart a session's records. */
#include "record_stream.h"

#include <damon/device.h>
#include <stdlib.h>

#include "util.h"

/*
 * What probes have found, behind the regions: hits of region 0, and the bytes
 * from one to the next.  NULL if there were no probes.
 */
static const void *find_hits(const struct damon_record_window *record, uint32_t *nr_probes,
			     size_t *stride)
{
	const struct damon_record_hits *hits =
		(const void *)&record->regions[record->nr_regions];
	size_t left = record->head.size - ((const char *)hits - (const char *)record);

	*nr_probes = 0;
	*stride = 0;
	if (left < sizeof(*hits) || hits->hit_size < sizeof(hits->hits[0]) || hits->hit_size % 4 ||
	    (left - sizeof(*hits)) / hits->hit_size < record->nr_regions)
		return NULL;
	*nr_probes = hits->nr_probes < MAX_PROBES ? hits->nr_probes : MAX_PROBES;
	*stride = hits->hit_size;
	return hits->hits;
}

static bool parse_window(const struct damon_record_window *record,
			 const struct record_handler *handler)
{
	struct window window = {
		.start_ns = record->start_ns,
		.end_ns = record->head.time_ns,
		.sample_us = record->sample_us,
		.aggr_us = record->aggr_us,
		.max_nr_accesses = record->max_nr_accesses,
	};
	const char *hits;
	size_t room, stride;
	uint32_t i;
	bool ok;

	room = (record->head.size - sizeof(*record)) / sizeof(record->regions[0]);
	if (record->nr_regions > room)
		return false;
	hits = find_hits(record, &window.nr_probes, &stride);

	window.regions = xcalloc(record->nr_regions, sizeof(*window.regions));
	window.nr_regions = record->nr_regions;
	for (i = 0; i < record->nr_regions; i++)
		region_take(&window.regions[i], &record->regions[i],
			    hits ? (const void *)(hits + i * stride) : NULL, handler->addr_unit);
	ok = handler->window(handler->arg, &window);
	free(window.regions);
	return ok;
}

static bool parse_one(const struct damon_record *head, const struct record_handler *handler)
{
	const void *record = head;

	switch (head->type) {
	case DAMON_RECORD_WINDOW:
		return head->size >= sizeof(struct damon_record_window) &&
		       parse_window(record, handler);
	case DAMON_RECORD_TARGET_GONE: {
		const struct damon_record_target_gone *gone = record;

		if (head->size < sizeof(*gone))
			return false;
		if (handler->gone)
			handler->gone(handler->arg, gone->target);
		return true;
	}
	case DAMON_RECORD_TARGET_NEW: {
		const struct damon_record_target_new *joined = record;

		if (head->size < sizeof(*joined))
			return false;
		if (handler->joined)
			handler->joined(handler->arg, joined->target, joined->pid);
		return true;
	}
	case DAMON_RECORD_LEFT_OUT: {
		const struct damon_record_left_out *left_out = record;

		if (head->size < sizeof(*left_out))
			return false;
		if (handler->left_out)
			handler->left_out(handler->arg, left_out->nr);
		return true;
	}
	case DAMON_RECORD_LOST: {
		const struct damon_record_lost *lost = record;

		if (head->size < sizeof(*lost))
			return false;
		if (handler->lost)
			handler->lost(handler->arg, lost->nr);
		return true;
	}
	default:
		return true;
	}
}

bool record_stream_parse(const void *data, size_t len, const struct record_handler *handler)
{
	const char *p = data;

	while (len) {
		const struct damon_record *head = (const void *)p;

		if (len < sizeof(*head) || head->size < sizeof(*head) || head->size > len ||
		    head->size % 8)
			return false;
		if (!parse_one(head, handler))
			return false;
		p += head->size;
		len -= head->size;
	}
	return true;
}
