/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Address spaces whose truth is known, an operations set that observes them,
 * a sink that remembers, and what must hold of a context at any time.
 */
#ifndef UNIT_WORLD_H
#define UNIT_WORLD_H

#include <check.h>

#include "core/core.h"

/*
 * Check writes to a file at each assertion that holds.  Here millions do, for
 * each region after each step: these only speak when they fail.
 */
#undef ck_assert_msg
#define ck_assert_msg(expr, ...) do {		\
	if (!(expr))				\
		ck_abort_msg(__VA_ARGS__);	\
} while (0)
#undef ck_assert
#define ck_assert(expr)	ck_assert_msg(expr, "Assertion '%s' failed", #expr)

#define PAGE		4096ULL
#define MIB		(1ULL << 20)
#define GIB		(1ULL << 30)
#define TIB		(1ULL << 40)
#define MS		1000000ULL	/* nanoseconds */

#define WORLD_RANGES	8		/* the operations set tells as many at most */
#define WORLD_SPACES	4
#define WORLD_COMERS	6		/* those that can join */
#define WORLD_SEATS	6		/* most in a context */
#define WORLD_TARGETS	(WORLD_SPACES + WORLD_SEATS)

struct world;

/**
 * struct space - one address space
 * @ranges:	what it covers
 * @nr_ranges:	how many; 0: nothing to tell
 * @hot:	parts that are touched
 * @nr_hot:	how many
 * @permil:	how often a hot address is touched in a sampling interval
 * @hz:		if not 0: how often in a second instead, at random times
 * @now:	the world's clock
 * @cleared_ns:	when samples were taken last
 * @has:		for each probe, where it hits
 * @calls_left:	calls until it dies; below 0: it lives for ever
 * @out:	samples that are out
 * @puts:	references given up
 * @asked:	calls of ranges()
 * @stale:	what stale() answers; ranges() ends it
 * @another:	same() denies that regions of before are its own
 * @checks:	samples judged
 * @random:	what @permil is drawn from
 * @histogram:	cleared addresses by sixteenth of the first range
 * @max:	room for ranges when it was last asked
 * @w:		the world, of those that can join and of seats
 * @is_seat:	from world_seat(); nothing below @who is its own
 * @who:	who sits there
 * @leader:	of those that can join: whom
 * @present:	of those that can join: it is to be watched
 */
struct space {
	struct damon_range ranges[WORLD_RANGES];
	int nr_ranges;
	struct damon_range hot[64];
	u32 nr_hot;
	u32 permil;
	double hz;
	const u64 *now;
	u64 cleared_ns;
	struct damon_range has[DAMON_MAX_PROBES];
	long calls_left;
	long out;
	int puts;
	unsigned long asked;
	bool stale;
	bool another;
	unsigned long checks;
	u64 random;
	unsigned long histogram[16];
	unsigned int max;
	struct world *w;
	bool is_seat;
	struct space *who;
	const struct space *leader;
	bool present;
};

/**
 * struct world - what a test has
 * @spaces:	address spaces; their targets have key 100 + index
 * @comers:	address spaces that join; then they have key 200 + index and id
 *		1000 + index
 * @ctx:	the context, if the test makes one; has to be set before it is
 *		started or adopts, if it has seats
 * @now:	the time
 * @last:	the last window, with @regions and @hits copied to @seen and
 *		@seen_hits
 * @seen:	its regions
 * @seen_hits:	their hits, if there were probes
 * @probe_puts:	references to probes given up
 * @nr_windows:	windows seen
 * @gone:	per target: how often it was reported gone
 * @came:	per seat: how often it was reported taken
 * @seats:	seats not put
 * @left_out:	how many were reported left out last
 * @look_ns:	patience that looking everybody up takes
 * @inherited:	calls of inherit()
 * @nr_tuned:	how often intervals were reported
 * @tuned:	the last ones
 */
struct world {
	struct space spaces[WORLD_SPACES];
	struct space comers[WORLD_COMERS];
	struct damon_ctx *ctx;
	u64 now;
	struct damon_window last;
	struct damon_region *seen;
	struct damon_hits *seen_hits;
	int probe_puts;
	unsigned long nr_windows;
	int gone[WORLD_TARGETS];
	int came[WORLD_TARGETS];
	int seats;
	u32 left_out;
	u64 look_ns;
	int inherited;
	unsigned long nr_tuned;
	struct damon_attrs tuned;
};

extern const struct damon_ops world_ops;
extern const struct damon_sink world_sink;
extern const struct damon_attrs default_attrs;

void world_init(struct world *w);
void world_free(struct world *w);
struct damon_ctx *world_ctx(struct world *w, const struct damon_attrs *attrs, u32 nr_targets,
			    u64 seed);
void *world_seat(struct world *w);
void world_unseat(struct damon_target_spec *specs, u32 nr);
struct damon_ctx *world_ctx_seats(struct world *w, const struct damon_attrs *attrs,
				  u32 nr_targets, u32 nr_seats, u64 seed);
bool world_step(struct world *w);
bool world_window(struct world *w);
u64 world_random(u64 *state);

void check_sane(struct world *w, const struct damon_ctx *ctx);

void bare_setup(void);
void bare_teardown(void);
struct damon_ctx *bare_ctx(u32 min, u32 max);
void bare_add(struct damon_ctx *ctx, u16 target, u64 start_page, u64 pages, u32 nr, u32 last,
	      u32 age);

#endif /* UNIT_WORLD_H */
