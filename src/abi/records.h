/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records and the ring that they go through.
 *
 * Pure C, as in src/core: tests/unit compiles it in user space.
 */
#ifndef DAMON_ABI_RECORDS_H
#define DAMON_ABI_RECORDS_H

#include <linux/types.h>

#include <damon/device.h>

struct damon_results;

/**
 * struct damon_result - a finished window as readers get it
 * @set:		the buffers that this one belongs to
 * @regions:		room for as many regions as @set has
 * @hits:		what probes have found in each, or NULL
 * @nr_regions:		how many there are
 * @seq:		number of the window, from 1
 * @start_ns:		when it began
 * @end_ns:		when it ended
 * @sample_us:		its sampling interval
 * @aggr_us:		its aggregation interval
 * @max_nr_accesses:	samples per region in it
 * @nr_targets:		targets that were alive
 * @nr_probes:		probes that it had
 *
 * Written by the worker while it is neither published nor pinned, constant
 * while it is.
 */
struct damon_result {
	struct damon_results *set;
	struct damon_region_info *regions;
	struct damon_hits_info *hits;
	u32 nr_regions;
	u64 seq;
	u64 start_ns;
	u64 end_ns;
	u64 sample_us;
	u64 aggr_us;
	u32 max_nr_accesses;
	u32 nr_targets;
	u32 nr_probes;
};

/**
 * struct damon_intervals - what tuning changes
 * @sample_us:	sampling interval
 * @aggr_us:	aggregation interval
 */
struct damon_intervals {
	u64 sample_us;
	u64 aggr_us;
};

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

size_t damon_ring_data_size(u32 bytes);
void damon_ring_init(struct damon_ring *ring, void *mem, size_t header_size,
		     size_t data_size);
bool damon_ring_empty(const struct damon_ring *ring);
u64 damon_ring_nr_lost(const struct damon_ring *ring);

/* The producer's. */
void damon_ring_window(struct damon_ring *ring, const struct damon_result *r);
void damon_ring_target_gone(struct damon_ring *ring, u32 index, u64 now_ns);
void damon_ring_target_new(struct damon_ring *ring, u32 index, u32 pid, u32 leader,
			   u64 now_ns);
void damon_ring_left_out(struct damon_ring *ring, u32 nr, u64 now_ns);
void damon_ring_intervals(struct damon_ring *ring, const struct damon_intervals *old,
			  const struct damon_intervals *now, u64 now_ns);
void damon_ring_flush(struct damon_ring *ring, u64 now_ns);

/* Readers', one at a time. */
bool damon_ring_is_mapped(const struct damon_ring *ring);
void damon_ring_set_mapped(struct damon_ring *ring);
size_t damon_ring_peek(const struct damon_ring *ring, u64 at,
		       const void **first, size_t *first_len);
void damon_ring_consume(struct damon_ring *ring, u64 upto);

#endif /* DAMON_ABI_RECORDS_H */
