// SPDX-License-Identifier: GPL-2.0
/* The module's own core, watching a pattern. */
#include <err.h>
#include <stdlib.h>

#include "core/core.h"
#include "monitor.h"

/**
 * struct watch - a session
 * @pattern:	what is watched
 * @ctx:	the core's
 * @now:	time
 * @found:	the last window
 * @nr:		regions in it
 * @checks:	pages looked at in this window
 * @complete:	windows seen
 * @away_ns:	time spent on looking at pages, which is the pattern's
 */
struct watch {
	struct pattern *pattern;
	struct damon_ctx *ctx;
	u64 now;
	struct found *found;
	u32 nr;
	u64 checks;
	u32 complete;
	u64 away_ns;
};

static bool sample(void *target, struct damon_region *regions, u32 nr, unsigned int what,
		   struct damon_pass_stats *stats)
{
	struct watch *w = target;
	u64 began = clock_ns();
	u32 i;

	for (i = 0; i < nr; i++) {
		struct damon_region *r = &regions[i];

		if ((what & DAMON_PASS_CHECK) && r->pending) {
			if (pattern_touched(w->pattern, r->sample_addr))
				damon_region_hit(r);
			r->pending = 0;
			w->checks++;
			stats->nr_checks++;
		}
		if (what & DAMON_PASS_CLEAR) {
			r->sample_addr = r->next_addr;
			r->pending = 1;
		}
	}
	w->away_ns += clock_ns() - began;
	return true;
}

static void put(void *target)
{
	(void)target;
}

static void on_window(void *data, const struct damon_window *window)
{
	struct watch *w = data;
	u64 began = clock_ns();
	u32 i;

	w->complete++;
	w->nr = window->nr_regions;
	for (i = 0; i < w->nr; i++)
		w->found[i] = (struct found){ window->regions[i].start, window->regions[i].end,
					      window->regions[i].nr_accesses };
	w->away_ns += clock_ns() - began;
}

static void on_gone(void *data, u32 index, u64 now_ns)
{
	(void)data;
	(void)index;
	(void)now_ns;
}

static const struct damon_ops ops = {
	.name = "pattern",
	.min_region_sz = PAGE,
	.nr_ranges = 1,
	.sample = sample,
	.put = put,
};

static const struct damon_sink sink = { .window = on_window, .target_gone = on_gone };

#define SAMPLE_US	5000

static void *begin(struct pattern *p, u64 seed)
{
	const struct scenario *of = p->of;
	u32 samples = of->samples ? of->samples : 20;
	struct damon_attrs attrs = {
		.sample_us = SAMPLE_US,
		.aggr_us = SAMPLE_US * samples,
		.update_us = 60000000,
		.min_nr_regions = of->min ? of->min : 10,
		.max_nr_regions = of->max ? of->max : 1000,
	};
	struct damon_range range = { p->start, p->end };
	struct watch *w = calloc(1, sizeof(*w));
	struct damon_target_spec spec = { .priv = w, .ranges = &range, .nr_ranges = 1 };

	if (!w)
		err(2, "no memory");
	w->pattern = p;
	w->found = calloc(attrs.max_nr_regions, sizeof(*w->found));
	w->ctx = damon_ctx_create(&ops, &attrs, &spec, 1, seed, &sink, w);
	if (!w->found || !w->ctx)
		err(2, "no memory");
	damon_ctx_start(w->ctx, w->now);
	return w;
}

static void window(void *data, struct snapshot *snap)
{
	struct watch *w = data;
	u32 before = w->complete;
	u64 began = clock_ns();

	w->checks = 0;
	w->away_ns = 0;
	while (w->complete == before) {
		pattern_tick(w->pattern);
		w->now += SAMPLE_US * 1000ULL;
		damon_ctx_step(w->ctx, w->now);
	}
	*snap = (struct snapshot){ w->found, w->nr, w->ctx->max_nr_accesses, w->checks,
				   clock_ns() - began - w->away_ns };
}

static void end(void *data)
{
	struct watch *w = data;

	damon_ctx_destroy(w->ctx);
	free(w->found);
	free(w);
}

const struct monitor ours = { .name = "ours", .begin = begin, .window = window, .end = end };
