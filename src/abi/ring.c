// SPDX-License-Identifier: GPL-2.0
/*
 * A ring of records from the worker to who reads, by read() or in its own mapping.
 */
#include <asm/barrier.h>
#include <asm/rwonce.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "abi/ring.h"

#define DAMON_RING_MIN	4096UL

/**
 * damon_ring_data_size() - how large a ring becomes
 * @bytes:	what was asked for, at most 2 GiB
 *
 * Return: bytes for records, a power of two.
 */
size_t damon_ring_data_size(u32 bytes)
{
	return roundup_pow_of_two(max_t(unsigned long, bytes, DAMON_RING_MIN));
}

/**
 * damon_ring_init() - an empty ring
 * @ring:		the ring, zeroed
 * @mem:		zeroed memory of @header_size + @data_size bytes
 * @header_size:	what user space maps as the header
 * @data_size:		from damon_ring_data_size()
 */
void damon_ring_init(struct damon_ring *ring, void *mem, size_t header_size,
		     size_t data_size)
{
	ring->size = data_size;
	ring->data = mem + header_size;
	ring->header = mem;
	*ring->header = (struct damon_ring_header) {
		.size = sizeof(*ring->header),
		.version = DAMON_RING_VERSION,
		.data_offset = header_size,
		.data_size = data_size,
	};
}

/**
 * damon_ring_is_mapped() - does user space read by itself?
 * @ring:	the ring
 *
 * Any context.  Once true it stays true.
 */
bool damon_ring_is_mapped(const struct damon_ring *ring)
{
	/* Pairs with damon_ring_set_mapped(). */
	return smp_load_acquire(&ring->mapped);
}

/**
 * damon_ring_set_mapped() - let user space read by itself from now on
 * @ring:	the ring
 *
 * By a reader.  It goes on where the last one stopped; the producer may be at
 * work meanwhile.
 */
void damon_ring_set_mapped(struct damon_ring *ring)
{
	if (ring->mapped)
		return;
	WRITE_ONCE(ring->header->data_tail, ring->tail);
	/* Pairs with damon_ring_is_mapped(): first the tail, then this. */
	smp_store_release(&ring->mapped, true);
}

/*
 * Where readers are, from which @ring->head can be overwritten.  In a mapping
 * anybody may have written anything there.
 */
static u64 damon_ring_tail(const struct damon_ring *ring)
{
	if (damon_ring_is_mapped(ring)) {
		/* Pairs with user space: what is still read is not written. */
		return smp_load_acquire(&ring->header->data_tail);
	}
	/* Pairs with damon_ring_consume(): the same. */
	return smp_load_acquire(&ring->tail);
}

/*
 * The producer's.  A tail that cannot be, ahead of the head or more than a
 * ring behind, counts as if nothing had been read: records are dropped until
 * it is put right.
 */
static size_t damon_ring_room(const struct damon_ring *ring)
{
	u64 unread = ring->head - damon_ring_tail(ring);

	return unread > ring->size ? 0 : ring->size - unread;
}

/* Copies @len bytes to where @at is; not to be seen before @head moves. */
static void damon_ring_write(struct damon_ring *ring, u64 at,
			     const void *from, size_t len)
{
	size_t start = at & (ring->size - 1);
	size_t n = min(len, ring->size - start);

	/* cppcheck-suppress ctunullpointer */
	memcpy(ring->data + start, from, n);
	memcpy(ring->data, from + n, len - n);
}

/* Hands out all up to @head. */
static void damon_ring_publish(struct damon_ring *ring, u64 head)
{
	/* Pairs with damon_ring_peek(): first the bytes, then this. */
	smp_store_release(&ring->head, head);
	/* Pairs with user space: the same. */
	smp_store_release(&ring->header->data_head, head);
}

static void damon_ring_drop(struct damon_ring *ring)
{
	ring->dropped++;
	WRITE_ONCE(ring->nr_lost, ring->nr_lost + 1);
	WRITE_ONCE(ring->header->nr_lost, ring->nr_lost);
}

static void damon_ring_write_lost(struct damon_ring *ring, u64 now_ns)
{
	const struct damon_record_lost lost = {
		.head = {
			.type = DAMON_RECORD_LOST,
			.size = sizeof(lost),
			.time_ns = now_ns,
		},
		.nr = ring->dropped,
	};

	damon_ring_write(ring, ring->head, &lost, sizeof(lost));
	damon_ring_publish(ring, ring->head + sizeof(lost));
	ring->dropped = 0;
}

/**
 * damon_ring_flush() - tell readers of losses that no record followed
 * @ring:	the ring
 * @now_ns:	time of now
 *
 * Called by the producer when it ends.
 */
void damon_ring_flush(struct damon_ring *ring, u64 now_ns)
{
	if (ring->dropped &&
	    damon_ring_room(ring) >= sizeof(struct damon_record_lost))
		damon_ring_write_lost(ring, now_ns);
}

/**
 * damon_ring_put() - put a record in, whole or not at all
 * @ring:	the ring
 * @now_ns:	time of now
 * @pieces:	what it consists of, its struct damon_record first
 * @nr:		how many
 *
 * Called by the producer.  Never waits.  Room for one word on losses is always
 * left, for damon_ring_flush().
 */
void damon_ring_put(struct damon_ring *ring, u64 now_ns,
		    const struct damon_ring_piece *pieces, unsigned int nr)
{
	const size_t lost = sizeof(struct damon_record_lost);
	size_t need = lost;
	unsigned int i;
	u64 at;

	for (i = 0; i < nr; i++)
		need += pieces[i].len;
	if (ring->dropped)
		need += lost;
	/* Looked at once: the tail of a mapping can change at any time. */
	if (need > damon_ring_room(ring)) {
		damon_ring_drop(ring);
		return;
	}
	if (ring->dropped)
		damon_ring_write_lost(ring, now_ns);
	at = ring->head;
	for (i = 0; i < nr; i++) {
		damon_ring_write(ring, at, pieces[i].from, pieces[i].len);
		at += pieces[i].len;
	}
	damon_ring_publish(ring, at);
}

/**
 * damon_ring_nr_lost() - records dropped so far
 * @ring:	the ring
 *
 * Any context.
 */
u64 damon_ring_nr_lost(const struct damon_ring *ring)
{
	return READ_ONCE(ring->nr_lost);
}

/**
 * damon_ring_empty() - is everything read?
 * @ring:	the ring
 *
 * Any thread may ask; the answer can be old when it comes.
 */
bool damon_ring_empty(const struct damon_ring *ring)
{
	return READ_ONCE(ring->head) == damon_ring_tail(ring);
}

/**
 * damon_ring_peek() - the record at a place
 * @ring:	the ring, not mapped: records are then where the kernel put them
 * @at:		the ring's tail, or the end of the record before
 * @first:	out: where the record begins
 * @first_len:	out: how many bytes of it are there; the others are where
 *		the data begins
 *
 * By a reader.
 *
 * Return: the record's size, 0 if there is none.
 */
size_t damon_ring_peek(const struct damon_ring *ring, u64 at,
		       const void **first, size_t *first_len)
{
	size_t start = at & (ring->size - 1);
	const struct damon_record *record = (const void *)ring->data + start;

	/* Pairs with damon_ring_publish(). */
	if (at == smp_load_acquire(&ring->head))
		return 0;
	*first = record;
	*first_len = min_t(size_t, record->size, ring->size - start);
	return record->size;
}

/**
 * damon_ring_consume() - give free what was read
 * @ring:	the ring
 * @upto:	the end of a record
 *
 * By a reader.
 */
void damon_ring_consume(struct damon_ring *ring, u64 upto)
{
	/* Pairs with damon_ring_tail(): read first, then given free. */
	smp_store_release(&ring->tail, upto);
}
