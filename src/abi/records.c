// SPDX-License-Identifier: GPL-2.0
/*
 * Records: what each kind of them says.
 */
#include "abi/records.h"

static void damon_ring_put_one(struct damon_ring *ring, u64 now_ns,
			       const void *record, size_t len)
{
	const struct damon_ring_piece piece = { record, len };

	damon_ring_put(ring, now_ns, &piece, 1);
}

/**
 * damon_ring_window() - record a finished window
 * @ring:	the ring
 * @r:		the window
 *
 * Called by the producer.  Never waits.
 */
void damon_ring_window(struct damon_ring *ring, const struct damon_result *r)
{
	const size_t regions_len = r->nr_regions * sizeof(*r->regions);
	const size_t hits_len = r->nr_regions * sizeof(*r->hits);
	const bool has_hits = r->hits && r->nr_probes;
	struct damon_record_window window = {
		.head = {
			.type = DAMON_RECORD_WINDOW,
			.size = sizeof(window) + regions_len,
			.time_ns = r->end_ns,
		},
		.seq = r->seq,
		.start_ns = r->start_ns,
		.sample_us = r->sample_us,
		.aggr_us = r->aggr_us,
		.max_nr_accesses = r->max_nr_accesses,
		.nr_regions = r->nr_regions,
	};
	const struct damon_record_hits hits = {
		.nr_probes = r->nr_probes,
		.hit_size = sizeof(*r->hits),
	};
	const struct damon_ring_piece pieces[] = {
		{ &window, sizeof(window) },
		{ r->regions, regions_len },
		{ &hits, sizeof(hits) },
		{ r->hits, hits_len },
	};

	if (has_hits)
		window.head.size += sizeof(hits) + hits_len;
	damon_ring_put(ring, r->end_ns, pieces, has_hits ? 4 : 2);
}

/**
 * damon_ring_target_gone() - record that a target is gone
 * @ring:	the ring
 * @index:	its index in the configuration
 * @now_ns:	time of now
 *
 * Called by the producer.  Never waits.
 */
void damon_ring_target_gone(struct damon_ring *ring, u32 index, u64 now_ns)
{
	const struct damon_record_target_gone gone = {
		.head = {
			.type = DAMON_RECORD_TARGET_GONE,
			.size = sizeof(gone),
			.time_ns = now_ns,
		},
		.target = index,
	};

	damon_ring_put_one(ring, now_ns, &gone, sizeof(gone));
}

/**
 * damon_ring_target_new() - record that a process has joined
 * @ring:	the ring
 * @index:	the index of its target
 * @pid:	its process id
 * @leader:	the index of the target that it has joined
 * @now_ns:	time of now
 *
 * Called by the producer.  Never waits.
 */
void damon_ring_target_new(struct damon_ring *ring, u32 index, u32 pid, u32 leader,
			   u64 now_ns)
{
	const struct damon_record_target_new new = {
		.head = {
			.type = DAMON_RECORD_TARGET_NEW,
			.size = sizeof(new),
			.time_ns = now_ns,
		},
		.target = index,
		.pid = pid,
		.parent = leader,
	};

	damon_ring_put_one(ring, now_ns, &new, sizeof(new));
}

/**
 * damon_ring_left_out() - record for how many processes there is no room
 * @ring:	the ring
 * @nr:		how many
 * @now_ns:	time of now
 *
 * Called by the producer.  Never waits.
 */
void damon_ring_left_out(struct damon_ring *ring, u32 nr, u64 now_ns)
{
	const struct damon_record_left_out out = {
		.head = {
			.type = DAMON_RECORD_LEFT_OUT,
			.size = sizeof(out),
			.time_ns = now_ns,
		},
		.nr = nr,
	};

	damon_ring_put_one(ring, now_ns, &out, sizeof(out));
}

/**
 * damon_ring_intervals() - record that tuning has changed the intervals
 * @ring:	the ring
 * @old:	the intervals so far
 * @now:	those from now on
 * @now_ns:	time of now
 *
 * Called by the producer.  Never waits.
 */
void damon_ring_intervals(struct damon_ring *ring, const struct damon_intervals *old,
			  const struct damon_intervals *now, u64 now_ns)
{
	const struct damon_record_intervals intervals = {
		.head = {
			.type = DAMON_RECORD_INTERVALS,
			.size = sizeof(intervals),
			.time_ns = now_ns,
		},
		.old_sample_us = old->sample_us,
		.old_aggr_us = old->aggr_us,
		.sample_us = now->sample_us,
		.aggr_us = now->aggr_us,
	};

	damon_ring_put_one(ring, now_ns, &intervals, sizeof(intervals));
}
