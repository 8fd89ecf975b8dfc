/* SPDX-License-Identifier: GPL-2.0 */
/* A session's records in memory shared with the kernel. */
#ifndef DAMONCTL_RING_MAP_H
#define DAMONCTL_RING_MAP_H

#include <damon/device.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct ring_map - a mapped ring
 * @header:	its header; NULL if there is no ring
 * @header_size: bytes that are mapped there
 * @data:	its records
 * @data_size:	bytes there, a power of two
 * @tail:	the end of what was taken
 * @torn:	for a record that goes on where the data begins
 * @torn_size:	room there
 *
 * Zero it before its first use.
 */
struct ring_map {
	struct damon_ring_header *header;
	size_t header_size;
	const char *data;
	size_t data_size;
	uint64_t tail;
	void *torn;
	size_t torn_size;
};

/* What became of mapping. */
enum ring_opened {
	RING_MAPPED,
	RING_NONE,	/* the session's records can be read by read() */
	RING_SPOILT,	/* nor that: another session is needed */
};

/**
 * ring_map_open - map a session's records
 * @ring:	out
 * @fd:		session
 *
 * Says nothing when there is no ring: then there is read().
 */
enum ring_opened ring_map_open(struct ring_map *ring, int fd);

/**
 * ring_map_next - the oldest record that was not taken yet
 * @ring:	mapped ring
 * @record:	out: the record; NULL if there is none
 *
 * It stays until ring_map_take().  Returns false when the ring contradicts
 * itself.
 */
bool ring_map_next(struct ring_map *ring, const struct damon_record **record);

/**
 * ring_map_take - give a record's room back to the kernel
 * @ring:	mapped ring
 * @record:	from ring_map_next()
 */
void ring_map_take(struct ring_map *ring, const struct damon_record *record);

/** ring_map_close - unmap; no harm if it is not mapped */
void ring_map_close(struct ring_map *ring);

#endif
