// SPDX-License-Identifier: GPL-2.0
/* A session's records in memory shared with the kernel. */
#include "ring_map.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util.h"

/* Is this a ring that we know how to read? */
static bool known(const struct damon_ring_header *header, size_t page)
{
	return header->size >= offsetof(struct damon_ring_header, reserved3) &&
	       header->version == DAMON_RING_VERSION &&
	       header->data_offset && !(header->data_offset % page) &&
	       header->data_size >= page && !(header->data_size & (header->data_size - 1)) &&
	       !(header->data_tail % sizeof(uint64_t));
}

enum ring_opened ring_map_open(struct ring_map *ring, int fd)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct damon_ring_header *header;
	const void *data;

	header = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (header == MAP_FAILED)
		return RING_NONE;
	/* From here on the kernel takes us for a reader of the mapping. */
	if (!known(header, page))
		goto spoilt;
	data = mmap(NULL, header->data_size, PROT_READ, MAP_SHARED, fd, (off_t)header->data_offset);
	if (data == MAP_FAILED)
		goto spoilt;
	*ring = (struct ring_map){
		.header = header,
		.header_size = page,
		.data = data,
		.data_size = header->data_size,
		.tail = header->data_tail,
	};
	return RING_MAPPED;

spoilt:
	munmap(header, page);
	return RING_SPOILT;
}

/* In one piece. */
static const struct damon_record *whole(struct ring_map *ring, size_t start, size_t size)
{
	size_t first = ring->data_size - start;

	if (size <= first)
		return (const void *)(ring->data + start);
	if (size > ring->torn_size) {
		ring->torn = xreallocarray(ring->torn, size, 1);
		ring->torn_size = size;
	}
	memcpy(ring->torn, ring->data + start, first);
	memcpy((char *)ring->torn + first, ring->data, size - first);
	return ring->torn;
}

bool ring_map_next(struct ring_map *ring, const struct damon_record **record)
{
	uint64_t unread = __atomic_load_n(&ring->header->data_head, __ATOMIC_ACQUIRE) - ring->tail;
	size_t start = ring->tail & (ring->data_size - 1);
	const struct damon_record *head = (const void *)(ring->data + start);

	*record = NULL;
	if (!unread)
		return true;
	if (unread > ring->data_size || head->size < sizeof(*head) || head->size > unread ||
	    head->size % 8)
		return false;
	*record = whole(ring, start, head->size);
	return true;
}

void ring_map_take(struct ring_map *ring, const struct damon_record *record)
{
	ring->tail += record->size;
	__atomic_store_n(&ring->header->data_tail, ring->tail, __ATOMIC_RELEASE);
}

void ring_map_close(struct ring_map *ring)
{
	if (ring->header) {
		munmap((void *)ring->data, ring->data_size);
		munmap(ring->header, ring->header_size);
	}
	free(ring->torn);
	*ring = (struct ring_map){ 0 };
}
