/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trace events, for events.c only.
 *
 * Names, fields and printed layout are those of the kernel's own DAMON: perf
 * script's output is read by tools word by word.  @ctx_id, which it does not
 * have, is therefore not printed; it is in the raw record and for filters.  Where
 * it prints the index of a context, which is always 0 there, it is that one, too.
 */
#include "kernel/trace_system.h"

#undef TRACE_SYSTEM
#define TRACE_SYSTEM	DAMON_TRACE_SYSTEM

#if !defined(DAMON_ABI_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define DAMON_ABI_TRACE_H

#include <linux/tracepoint.h>

#include "core/core.h"
#include "damos/damos.h"

TRACE_EVENT(damon_aggregated,
	TP_PROTO(u32 ctx_id, const struct damon_region *region, u32 nr_regions),
	TP_ARGS(ctx_id, region, nr_regions),
	TP_STRUCT__entry(
		__field(unsigned long, target_id)
		__field(unsigned int, nr_regions)
		__field(unsigned long, start)
		__field(unsigned long, end)
		__field(unsigned int, nr_accesses)
		__field(unsigned int, age)
		__field(unsigned int, ctx_id)
	),
	TP_fast_assign(
		__entry->ctx_id = ctx_id;
		__entry->target_id = region->target;
		__entry->nr_regions = nr_regions;
		__entry->start = region->start;
		__entry->end = region->end;
		__entry->nr_accesses = region->nr_accesses;
		__entry->age = region->age;
	),
	TP_printk("target_id=%lu nr_regions=%u %lu-%lu: %u %u",
		  __entry->target_id, __entry->nr_regions,
		  __entry->start, __entry->end,
		  __entry->nr_accesses, __entry->age)
);

/*
 * Of windows with probes.  Hits are bytes there: 255 stands for more, too.
 */
TRACE_EVENT(damon_region_aggregated,
	TP_PROTO(u32 ctx_id, const struct damon_region *region, u32 nr_regions,
		 const u32 *hits, u32 nr_probes),
	TP_ARGS(ctx_id, region, nr_regions, hits, nr_probes),
	TP_STRUCT__entry(
		__field(unsigned long, target_id)
		__field(unsigned long, start)
		__field(unsigned long, end)
		__field(unsigned int, nr_regions)
		__field(unsigned int, nr_accesses)
		__field(unsigned int, age)
		__dynamic_array(unsigned char, probe_hits, nr_probes)
		__field(unsigned int, ctx_id)
	),
	TP_fast_assign(
		__entry->ctx_id = ctx_id;
		__entry->target_id = region->target;
		__entry->nr_regions = nr_regions;
		__entry->start = region->start;
		__entry->end = region->end;
		__entry->nr_accesses = region->nr_accesses;
		__entry->age = region->age;
		damon_hits_to_bytes(__get_dynamic_array(probe_hits), hits, nr_probes);
	),
	TP_printk("target_id=%lu nr_regions=%u %lu-%lu: %u %u probe_hits=%s",
		  __entry->target_id, __entry->nr_regions,
		  __entry->start, __entry->end,
		  __entry->nr_accesses, __entry->age,
		  __print_hex(__get_dynamic_array(probe_hits),
			      __get_dynamic_array_len(probe_hits)))
);

TRACE_EVENT(damon_monitor_intervals_tune,
	TP_PROTO(u32 ctx_id, u64 sample_us),
	TP_ARGS(ctx_id, sample_us),
	TP_STRUCT__entry(
		__field(unsigned long, sample_us)
		__field(unsigned int, ctx_id)
	),
	TP_fast_assign(
		__entry->ctx_id = ctx_id;
		__entry->sample_us = sample_us;
	),
	TP_printk("sample_us=%lu", __entry->sample_us)
);

TRACE_EVENT(damos_before_apply,
	TP_PROTO(u32 ctx_id, u32 scheme, const struct damon_region *part, u32 nr_regions,
		 u32 nr_accesses),
	TP_ARGS(ctx_id, scheme, part, nr_regions, nr_accesses),
	TP_STRUCT__entry(
		__field(unsigned int, context_idx)
		__field(unsigned int, scheme_idx)
		__field(unsigned long, target_idx)
		__field(unsigned long, start)
		__field(unsigned long, end)
		__field(unsigned int, nr_accesses)
		__field(unsigned int, age)
		__field(unsigned int, nr_regions)
		__field(unsigned int, ctx_id)
	),
	TP_fast_assign(
		__entry->ctx_id = ctx_id;
		__entry->context_idx = ctx_id;
		__entry->scheme_idx = scheme;
		__entry->target_idx = part->target;
		__entry->start = part->start;
		__entry->end = part->end;
		__entry->nr_accesses = nr_accesses;
		__entry->age = part->age;
		__entry->nr_regions = nr_regions;
	),
	TP_printk("ctx_idx=%u scheme_idx=%u target_idx=%lu nr_regions=%u %lu-%lu: %u %u",
		  __entry->context_idx, __entry->scheme_idx,
		  __entry->target_idx, __entry->nr_regions,
		  __entry->start, __entry->end,
		  __entry->nr_accesses, __entry->age)
);

TRACE_EVENT(damos_esz,
	TP_PROTO(u32 ctx_id, u32 scheme, u64 effective),
	TP_ARGS(ctx_id, scheme, effective),
	TP_STRUCT__entry(
		__field(unsigned int, context_idx)
		__field(unsigned int, scheme_idx)
		__field(unsigned long, esz)
		__field(unsigned int, ctx_id)
	),
	TP_fast_assign(
		__entry->ctx_id = ctx_id;
		__entry->context_idx = ctx_id;
		__entry->scheme_idx = scheme;
		__entry->esz = effective;
	),
	TP_printk("ctx_idx=%u scheme_idx=%u esz=%lu",
		  __entry->context_idx, __entry->scheme_idx,
		  __entry->esz)
);

TRACE_EVENT(damos_stat_after_apply_interval,
	TP_PROTO(u32 ctx_id, u32 scheme, const struct damos_stats *stats),
	TP_ARGS(ctx_id, scheme, stats),
	TP_STRUCT__entry(
		__field(unsigned int, context_idx)
		__field(unsigned int, scheme_idx)
		__field(unsigned long, nr_tried)
		__field(unsigned long, sz_tried)
		__field(unsigned long, nr_applied)
		__field(unsigned long, sz_applied)
		__field(unsigned long, sz_ops_filter_passed)
		__field(unsigned long, qt_exceeds)
		__field(unsigned long, nr_snapshots)
		__field(unsigned int, ctx_id)
	),
	TP_fast_assign(
		__entry->ctx_id = ctx_id;
		__entry->context_idx = ctx_id;
		__entry->scheme_idx = scheme;
		__entry->nr_tried = stats->nr_tried;
		__entry->sz_tried = stats->sz_tried;
		__entry->nr_applied = stats->nr_applied;
		__entry->sz_applied = stats->sz_applied;
		__entry->sz_ops_filter_passed = stats->sz_passed;
		__entry->qt_exceeds = stats->qt_exceeds;
		__entry->nr_snapshots = stats->nr_snapshots;
	),
	TP_printk("ctx_idx=%u scheme_idx=%u nr_tried=%lu sz_tried=%lu nr_applied=%lu sz_applied=%lu sz_ops_filter_passed=%lu qt_exceeds=%lu nr_snapshots=%lu",
		  __entry->context_idx, __entry->scheme_idx,
		  __entry->nr_tried, __entry->sz_tried,
		  __entry->nr_applied, __entry->sz_applied,
		  __entry->sz_ops_filter_passed, __entry->qt_exceeds,
		  __entry->nr_snapshots)
);

#endif /* DAMON_ABI_TRACE_H */

/* Found by the compiler's -I of src. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH	abi
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE	trace
#include <trace/define_trace.h>
