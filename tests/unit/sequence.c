// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "bytes.h"
#include "sequence.h"
#include "shim/memory.h"
#include "world.h"

#define MOST_RANGES	WORLD_RANGES
#define MOST_REGIONS	2000		/* so that a sequence does not take minutes */
#define LAST_NS		(1ULL << 62)	/* the clock is stopped there */

/**
 * struct run - one sequence
 * @in:		what is left of the input
 * @w:		the world; ctx is NULL before the first valid configuration
 * @given:	references to each space that contexts have taken
 * @given_probes: the same to probes
 * @result:	what happened
 */
struct run {
	struct bytes in;
	struct world w;
	int given[WORLD_SPACES];
	int given_probes;
	struct sequence_result result;
};

static u64 take(struct run *run, unsigned int n)
{
	return bytes_take(&run->in, n);
}

static u64 below(struct run *run, u64 limit)
{
	return take(run, limit > 0xffff ? 8 : limit > 0xff ? 2 : 1) % limit;
}

/* Most often something usual, now and then anything that has 64 bits. */
static u64 some(struct run *run, u64 usual, u64 most)
{
	switch (take(run, 1) % 8) {
	case 0:
		return take(run, 8);
	case 1:
		return below(run, most);
	case 2:
		return take(run, 1) % 4;
	case 3:
		return usual * take(run, 1);
	}
	return usual;
}

static struct damon_attrs take_attrs(struct run *run)
{
	struct damon_attrs attrs;

	attrs.sample_us = some(run, 5000, 100000);
	attrs.aggr_us = take(run, 1) % 4 ? attrs.sample_us * (1 + below(run, 16)) :
					   some(run, 100000, 1000000);
	attrs.update_us = some(run, 100000, 1000000);
	attrs.min_nr_regions = some(run, 10, MOST_REGIONS);
	attrs.max_nr_regions = some(run, 300, MOST_REGIONS);
	attrs.goal.access_bp = some(run, 400, 10000);
	attrs.goal.aggrs = some(run, 3, 10);
	attrs.goal.min_sample_us = some(run, 5000, 10000);
	attrs.goal.max_sample_us = some(run, 10000000, 10000000);
	return attrs;
}

/* Sorted, disjoint and aligned ones, for what an operations set tells. */
static int take_good_ranges(struct run *run, struct damon_range *ranges)
{
	u64 at = GIB + below(run, 50) * MIB;
	int i, nr = below(run, WORLD_RANGES + 1);

	for (i = 0; i < nr; i++) {
		u64 pages = 1 + (below(run, 256) << below(run, 16));

		ranges[i].start = at;
		ranges[i].end = at + pages * PAGE;
		at = ranges[i].end + below(run, 3) * below(run, 5000) * PAGE;
	}
	return nr;
}

static u32 take_ranges(struct run *run, struct damon_range *ranges)
{
	u32 i, nr;

	if (take(run, 1) % 4)
		return take_good_ranges(run, ranges);
	nr = below(run, MOST_RANGES + 1);
	for (i = 0; i < nr; i++) {
		ranges[i].start = some(run, GIB + i * MIB, GIB);
		ranges[i].end = some(run, GIB + i * MIB + MIB, GIB);
		if (take(run, 1) % 4) {
			ranges[i].start &= ~(PAGE - 1);
			ranges[i].end &= ~(PAGE - 1);
		}
	}
	return nr;
}

static bool is_valid(struct run *run, enum damon_invalid invalid)
{
	if (invalid == DAMON_VALID)
		return true;
	ck_assert(strchr(damon_invalid_text(invalid), ' '));
	run->result.nr_invalid++;
	return false;
}

#define MOST_PROBES	(DAMON_MAX_PROBES + 1)

static u32 take_probes(struct run *run, struct damon_probe *probes)
{
	u32 i, nr = take(run, 1) % 3 ? 0 : below(run, MOST_PROBES + 1);

	for (i = 0; i < nr; i++) {
		probes[i].what = &run->w;
		probes[i].key = below(run, 8);
		probes[i].weight = take(run, 1) % 4 ? 0 : some(run, 1, 1000);
	}
	return nr;
}

/* Seats behind @nr targets; returns how many. */
static u32 take_seats(struct run *run, struct damon_target_spec *specs, u32 nr)
{
	u32 i, nr_seats = take(run, 1) % 4 ? below(run, WORLD_SEATS + 1) : 0;

	for (i = nr; i < nr + nr_seats; i++) {
		specs[i].priv = world_seat(&run->w);
		specs[i].seat = true;
		specs[i].leader = below(run, nr);
	}
	return nr_seats;
}

static void count_joined(struct run *run)
{
	u32 i;

	for (i = 0; i < WORLD_TARGETS; i++)
		run->result.nr_joined += run->w.came[i];
}

/* A context of what comes next, or NULL. */
static struct damon_ctx *take_ctx(struct run *run)
{
	struct damon_range ranges[WORLD_SPACES][MOST_RANGES];
	struct damon_target_spec specs[WORLD_TARGETS] = { };
	u32 first, nr, nr_seats, stride, bad, i;
	struct damon_attrs attrs = take_attrs(run);
	struct damon_probe probes[MOST_PROBES];
	struct damon_ctx *ctx;
	u32 nr_probes;
	bool paused;

	paused = !(take(run, 1) % 8);
	first = below(run, WORLD_SPACES);
	nr = 1 + below(run, WORLD_SPACES);
	stride = 1 + 2 * below(run, 2);
	for (i = 0; i < nr; i++) {
		u32 space = (first + i * stride) % WORLD_SPACES;

		specs[i].priv = &run->w.spaces[space];
		specs[i].key = 100 + space;
		if (take(run, 1) % 2)
			continue;
		specs[i].nr_ranges = take_ranges(run, ranges[i]);
		specs[i].ranges = ranges[i];
		bad = nr;
		if (!is_valid(run, damon_ranges_check(ranges[i], specs[i].nr_ranges, PAGE, &bad))) {
			ck_assert_uint_lt(bad, specs[i].nr_ranges);
			return NULL;
		}
	}
	if (!is_valid(run, damon_attrs_check(&attrs)) ||
	    !is_valid(run, damon_capacity_check(&world_ops, &attrs, specs, nr)))
		return NULL;
	nr_probes = take_probes(run, probes);
	if (!is_valid(run, damon_probes_check(&world_ops, &attrs, probes, nr_probes, &bad))) {
		ck_assert_uint_lt(bad, nr_probes);
		return NULL;
	}
	/* Right as it is, but it would take too long. */
	if (attrs.max_nr_regions > MOST_REGIONS)
		return NULL;
	nr_seats = take_seats(run, specs, nr);
	if (!is_valid(run, damon_capacity_check(&world_ops, &attrs, specs, nr + nr_seats))) {
		world_unseat(specs, nr + nr_seats);
		return NULL;
	}

	shim_memory.calls = 0;
	shim_memory.fail_at = take(run, 1) % 8 ? 0 : 1 + below(run, 9);
	ctx = damon_ctx_create(&world_ops, &attrs, specs, nr + nr_seats, take(run, 1), &world_sink,
			       &run->w);
	if (!ctx)
		world_unseat(specs, nr + nr_seats);
	for (i = 0; ctx && i < nr; i++)
		run->given[(struct space *)specs[i].priv - run->w.spaces]++;
	if (ctx && !damon_ctx_set_probes(ctx, probes, nr_probes)) {
		damon_ctx_destroy(ctx);
		ctx = NULL;
	}
	shim_memory.fail_at = 0;
	if (!ctx) {
		run->result.nr_refused++;
		return NULL;
	}
	run->given_probes += nr_probes;
	ctx->paused = paused;
	return ctx;
}

static void commit(struct run *run)
{
	struct damon_ctx *old = run->w.ctx;
	struct damon_ctx *next = take_ctx(run);

	if (!next) {
		/* Nothing has happened. */
		if (old)
			check_sane(&run->w, old);
		return;
	}
	run->w.ctx = next;
	/* From now on that is about the targets of @next. */
	memset(run->w.gone, 0, sizeof(run->w.gone));
	count_joined(run);
	memset(run->w.came, 0, sizeof(run->w.came));
	if (!old)
		run->w.left_out = 0;
	if (old) {
		damon_ctx_adopt(next, old, run->w.now);
		damon_ctx_destroy(old);
	} else {
		damon_ctx_start(next, run->w.now);
	}
	check_sane(&run->w, next);
	run->result.nr_commits++;
}

static void steps(struct run *run, u32 nr)
{
	struct world *w = &run->w;

	for (; nr && w->ctx->running && !w->ctx->paused; nr--) {
		if (w->ctx->attrs.sample_us > (LAST_NS - w->now) / 1000)
			return;
		run->result.nr_steps++;
		if (!world_step(w))
			run->result.nr_ends++;
	}
}

/* Somebody comes, goes, changes sides, or is to die some time. */
static void move_comer(struct run *run)
{
	struct space *s = &run->w.comers[below(run, WORLD_COMERS)];

	switch (take(run, 1) % 8) {
	case 0:
		s->present = false;
		return;
	case 1:
		if (s->calls_left < 0)
			s->calls_left = 1 + below(run, 64);
		return;
	case 2:
		/* Another one in its place. */
		if (!s->present && !s->calls_left)
			s->calls_left = -1;
		break;
	}
	if (!s->present)
		s->leader = &run->w.spaces[below(run, WORLD_SPACES)];
	s->present = s->calls_left;
}

static void change_hot(struct run *run, struct space *s)
{
	u32 i;

	s->nr_hot = below(run, 8);
	s->permil = below(run, 1001);
	for (i = 0; i < s->nr_hot; i++) {
		s->hot[i].start = GIB + below(run, 400) * MIB;
		s->hot[i].end = s->hot[i].start + below(run, 100) * MIB;
	}
}

static void operate(struct run *run)
{
	struct world *w = &run->w;
	struct space *s;

	switch (take(run, 1) % 16) {
	case 0:
	case 1:
		commit(run);
		return;
	case 2:
		damon_ctx_stop(w->ctx);
		check_sane(w, w->ctx);
		return;
	case 3:
	case 4:
		if (w->ctx->running)
			return;
		damon_ctx_start(w->ctx, w->now);
		check_sane(w, w->ctx);
		return;
	case 5:
		s = &w->spaces[below(run, WORLD_SPACES)];
		s->nr_ranges = take_good_ranges(run, s->ranges);
		/* Where the histogram looks must have a size. */
		if (!s->nr_ranges)
			s->ranges[0] = (struct damon_range){ GIB, 2 * GIB };
		return;
	case 6:
		s = &w->spaces[below(run, WORLD_SPACES)];
		change_hot(run, s);
		s->has[below(run, DAMON_MAX_PROBES)] = (struct damon_range){
			GIB + below(run, 100) * MIB, GIB + below(run, 300) * MIB };
		return;
	case 7:
		/* Each but the first may die, one after some time. */
		s = &w->spaces[1 + below(run, WORLD_SPACES - 1)];
		if (s->calls_left < 0)
			s->calls_left = 1 + below(run, 64);
		return;
	case 8:
		w->now += take(run, 4);
		return;
	case 9:
	case 10:
	case 11:
		move_comer(run);
		return;
	default:
		steps(run, 1 + below(run, 48));
	}
}

/**
 * run_sequence() - do what some bytes say
 * @bytes:	them
 * @nr:		how many
 *
 * Begins with a configuration; after each operation all that must hold is
 * asserted.
 */
struct sequence_result run_sequence(const u8 *bytes, size_t nr)
{
	struct run run = { .in = { bytes, nr } };
	int i;

	world_init(&run.w);
	while (run.in.nr) {
		if (run.w.ctx)
			operate(&run);
		else
			commit(&run);
	}
	count_joined(&run);
	run.result.nr_windows = run.w.nr_windows;
	run.result.nr_tuned = run.w.nr_tuned;

	damon_ctx_destroy(run.w.ctx);
	run.w.ctx = NULL;
	ck_assert_int_eq(run.w.probe_puts, run.given_probes);
	for (i = 0; i < WORLD_SPACES; i++) {
		ck_assert_int_eq(run.w.spaces[i].puts, run.given[i]);
		run.w.spaces[i].puts = 0;
	}
	world_free(&run.w);
	return run.result;
}
