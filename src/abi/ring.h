/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ring that records go through.
 *
 * Pure C, as in src/core: tests/unit compiles it in user space.
 */
#ifndef DAMON_ABI_RING_H
#define DAMON_ABI_RING_H

#include <linux/types.h>

#include <damon/device.h>

/**
 * struct damon_ring - records that nobody has read yet
 * @head:	where the next record goes; written by the producer
 * @tail:	where the first unread record is; written by readers until
 *		@mapped, and then no longer used
 * @size:	of @data, a power of two; constant
 * @data:	the bytes; the pointer is constant
 * @header:	the page before @data, which user space may map and write to:
 *		the producer believes nothing of it but data_tail, and that
 *		only as far as it goes
 * @mapped:	set once, when user space reads by itself
 * @dropped:	records dropped since the last damon_record_lost; the
 *		producer's own
 * @nr_lost:	records dropped at all; written by the producer
 *
 * @head and @tail count on for ever; modulo @size they are places in @data.
 * All records are multiples of 8 bytes, so that the first 8 bytes of one,
 * which tell its type and size, are never torn by the end of @data.
 *
 * The producer is the owner of the session's context: one at a time, and each
 * sees what the one before did.  Readers are serialised by their caller.
 */
struct damon_ring {
	u64 head;
	u64 tail;
	size_t size;
	u8 *data;
	struct damon_ring_header *header;
	bool mapped;
	u64 dropped;
	u64 nr_lost;
};

/**
 * struct damon_ring_piece - a piece of a record, where it is now
 * @from:	where
 * @len:	its bytes
 */
struct damon_ring_piece {
	const void *from;
	size_t len;
};

size_t damon_ring_data_size(u32 bytes);
void damon_ring_init(struct damon_ring *ring, void *mem, size_t header_size,
		     size_t data_size);
bool damon_ring_empty(const struct damon_ring *ring);
u64 damon_ring_nr_lost(const struct damon_ring *ring);

/* The producer's. */
void damon_ring_put(struct damon_ring *ring, u64 now_ns,
		    const struct damon_ring_piece *pieces, unsigned int nr);
void damon_ring_flush(struct damon_ring *ring, u64 now_ns);

/* Readers', one at a time. */
bool damon_ring_is_mapped(const struct damon_ring *ring);
void damon_ring_set_mapped(struct damon_ring *ring);
size_t damon_ring_peek(const struct damon_ring *ring, u64 at,
		       const void **first, size_t *first_len);
void damon_ring_consume(struct damon_ring *ring, u64 upto);

#endif /* DAMON_ABI_RING_H */
