// SPDX-License-Identifier: GPL-2.0
/* Targets that come and go by themselves. */
#include <string.h>

#include "shim/memory.h"
#include "suites.h"
#include "world.h"

static struct world w;

static void setup(void)
{
	u32 i;

	world_init(&w);
	for (i = 0; i < WORLD_COMERS; i++) {
		w.comers[i].hot[0] = (struct damon_range){ GIB + 40 * MIB, GIB + 80 * MIB };
		w.comers[i].nr_hot = 1;
	}
}

static void teardown(void)
{
	world_free(&w);
}

static void windows(int nr)
{
	for (; nr; nr--)
		ck_assert(world_window(&w));
}

static void start(const struct damon_attrs *attrs, u32 nr_targets, u32 nr_seats)
{
	w.ctx = world_ctx_seats(&w, attrs, nr_targets, nr_seats, 1);
	ck_assert_ptr_nonnull(w.ctx);
	ck_assert(damon_ctx_start(w.ctx, w.now));
}

/* An update at each window's end. */
static struct damon_attrs always(void)
{
	struct damon_attrs attrs = default_attrs;

	attrs.update_us = 0;
	return attrs;
}

static u32 who(u32 index)
{
	ck_assert(!w.ctx->targets[index].gone);
	return w.ctx->targets[index].id - 1000;
}

/* In the last window: whether a target is seen to be hot where it is, and only there. */
static bool is_seen(u32 index)
{
	u64 hot = 0, wrong = 0;
	u32 i;

	for (i = 0; i < w.last.nr_regions; i++) {
		const struct damon_region *r = &w.seen[i];
		u64 start = r->start > GIB + 40 * MIB ? r->start : GIB + 40 * MIB;
		u64 end = r->end < GIB + 80 * MIB ? r->end : GIB + 80 * MIB;

		if (r->target != index || r->nr_accesses < w.last.max_nr_accesses / 2)
			continue;
		hot += end > start ? end - start : 0;
		wrong += r->end - r->start - (end > start ? end - start : 0);
	}
	return hot > 36 * MIB && wrong < 4 * MIB;
}

START_TEST(who_joins_is_watched)
{
	unsigned long calls;

	w.comers[2].present = true;
	start(&default_attrs, 2, 3);
	ck_assert_int_eq(w.came[2], 1);
	ck_assert_uint_eq(who(2), 2);
	ck_assert_uint_eq(w.ctx->nr_alive, 3);
	calls = shim_memory.calls;
	windows(30);
	ck_assert(is_seen(2));
	ck_assert_uint_eq(w.last.nr_targets, 3);
	ck_assert_uint_eq(w.last.targets[2].id, 1002);
	ck_assert_uint_eq(shim_memory.calls, calls);
	check_sane(&w, w.ctx);
}
END_TEST

/* Those who are noticed at a window's end, all others at an update. */
START_TEST(when_they_join)
{
	struct damon_attrs attrs = default_attrs;

	attrs.update_us = 10 * attrs.aggr_us;
	start(&attrs, 1, 3);
	windows(1);
	w.comers[0].present = true;
	windows(1);
	ck_assert_uint_eq(w.ctx->nr_alive, 1);
	w.comers[1].present = true;
	windows(1);
	ck_assert_uint_eq(w.ctx->nr_alive, 3);
	w.comers[2].present = true;
	windows(6);
	ck_assert_uint_eq(w.ctx->nr_alive, 3);
	windows(2);
	ck_assert_uint_eq(w.ctx->nr_alive, 4);
}
END_TEST

/* A seat is taken again, and nothing of who sat there before is kept. */
START_TEST(who_leaves_makes_room)
{
	struct damon_attrs attrs = always();
	u32 i;

	w.comers[0].present = true;
	w.comers[1].present = true;
	start(&attrs, 1, 2);
	windows(20);
	ck_assert(is_seen(1));
	ck_assert(is_seen(2));
	/* Both at once. */
	w.comers[0].present = false;
	w.comers[3].present = true;
	windows(1);
	ck_assert_int_eq(w.gone[1], 1);
	ck_assert_int_eq(w.came[1], 2);
	ck_assert_uint_eq(who(1), 3);
	ck_assert_uint_gt(w.ctx->targets[1].nr, 0);
	for (i = 0; i < w.ctx->targets[1].nr; i++) {
		ck_assert_uint_eq(w.ctx->regions[w.ctx->targets[1].first + i].age, 0);
		ck_assert_uint_eq(w.ctx->regions[w.ctx->targets[1].first + i].last_nr_accesses, 0);
	}
	ck_assert_uint_eq(who(2), 1);
	ck_assert_int_eq(w.came[2], 1);
	windows(20);
	ck_assert(is_seen(1));
	/* One that dies within a window is gone at once. */
	w.comers[3].calls_left = 5;
	for (i = 0; i < 5; i++)
		world_step(&w);
	ck_assert_int_eq(w.gone[1], 2);
	ck_assert_uint_eq(w.ctx->targets[1].nr, 0);
}
END_TEST

START_TEST(more_than_there_are_seats)
{
	struct damon_attrs attrs = always();
	u32 i;

	for (i = 0; i < WORLD_COMERS; i++)
		w.comers[i].present = true;
	start(&attrs, 1, 2);
	ck_assert_uint_eq(w.ctx->nr_alive, 3);
	ck_assert_uint_eq(w.left_out, WORLD_COMERS - 2);
	windows(3);
	ck_assert_uint_eq(w.left_out, WORLD_COMERS - 2);
	w.comers[who(2)].present = false;
	windows(1);
	ck_assert_uint_eq(w.ctx->nr_alive, 3);
	ck_assert_uint_eq(w.left_out, WORLD_COMERS - 3);
	for (i = 0; i < WORLD_COMERS; i++)
		w.comers[i].present = false;
	windows(1);
	ck_assert_uint_eq(w.ctx->nr_alive, 1);
	ck_assert_uint_eq(w.left_out, 0);
}
END_TEST

/* Many who follow one target take no seats of another's. */
START_TEST(seats_are_a_leaders_own)
{
	struct damon_target_spec specs[5] = { };
	struct damon_attrs attrs = always();
	u32 i;

	for (i = 0; i < 5; i++) {
		specs[i].priv = i < 2 ? &w.spaces[i] : world_seat(&w);
		specs[i].key = 100 + i;
		specs[i].seat = i >= 2;
		specs[i].leader = i == 4;
		w.comers[i].present = true;
	}
	w.ctx = damon_ctx_create(&world_ops, &attrs, specs, 5, 1, &world_sink, &w);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	ck_assert_uint_eq(w.ctx->nr_alive, 4);
	ck_assert(w.ctx->targets[4].gone);
	ck_assert_uint_eq(w.left_out, 3);
	w.comers[5].present = true;
	w.comers[5].leader = &w.spaces[1];
	windows(1);
	ck_assert_uint_eq(who(4), 5);
	ck_assert_uint_eq(w.left_out, 3);
}
END_TEST

/* Where it takes long to look everybody up, it is done for one leader at a time. */
START_TEST(leaders_take_turns)
{
	struct damon_target_spec specs[6] = { };
	struct damon_attrs attrs = always();
	u32 i;

	for (i = 0; i < 6; i++) {
		specs[i].priv = i < 3 ? &w.spaces[i] : world_seat(&w);
		specs[i].key = 100 + i;
		specs[i].seat = i >= 3;
		specs[i].leader = i % 3;
	}
	/* Those with even numbers are not noticed otherwise. */
	for (i = 0; i < 3; i++) {
		w.comers[2 * i].present = true;
		w.comers[2 * i].leader = &w.spaces[i];
	}
	w.look_ns = DAMON_PATIENCE_NS;
	w.ctx = damon_ctx_create(&world_ops, &attrs, specs, 6, 1, &world_sink, &w);
	ck_assert(damon_ctx_start(w.ctx, w.now));
	ck_assert_uint_eq(who(3), 0);
	ck_assert(w.ctx->targets[4].gone);
	windows(1);
	ck_assert_uint_eq(who(4), 2);
	ck_assert(w.ctx->targets[5].gone);
	windows(1);
	ck_assert_uint_eq(who(5), 4);
	/* The first one again. */
	w.comers[0].present = false;
	windows(1);
	ck_assert(w.ctx->targets[3].gone);
	w.comers[0].present = true;
	windows(2);
	ck_assert(w.ctx->targets[3].gone);
	windows(1);
	ck_assert_uint_eq(who(3), 0);
}
END_TEST

/* The hard cap holds, and all have regions, however many ranges there are. */
START_TEST(the_cap_holds)
{
	struct damon_attrs attrs = always();
	u32 i, k;

	attrs.max_nr_regions = 7 * WORLD_RANGES;
	start(&attrs, 1, WORLD_SEATS);
	windows(10);
	for (i = 0; i < WORLD_COMERS; i++) {
		struct space *s = &w.comers[i];

		s->nr_ranges = WORLD_RANGES;
		for (k = 0; k < WORLD_RANGES; k++) {
			s->ranges[k].start = GIB + 50 * k * MIB;
			s->ranges[k].end = s->ranges[k].start + 20 * MIB;
		}
		s->present = true;
	}
	windows(1);
	ck_assert_uint_eq(w.ctx->nr_alive, 1 + WORLD_COMERS);
	for (k = 0; k < 20; k++) {
		windows(1);
		for (i = 1; i < 1 + WORLD_COMERS; i++)
			ck_assert_uint_ge(w.ctx->targets[i].nr, WORLD_RANGES);
	}
}
END_TEST

/* Who follows stays when the leader is gone; also who has not joined yet. */
START_TEST(the_last_is_not_the_end)
{
	struct damon_attrs attrs = default_attrs;
	int i, before;

	start(&attrs, 1, 2);
	windows(1);
	/* In the last tick of a window, or in another one. */
	for (i = 0; i < (_i ? 19 : 3); i++)
		ck_assert(world_step(&w));
	w.comers[1].present = true;
	w.spaces[0].calls_left = 1;
	ck_assert(world_step(&w));
	ck_assert_int_eq(w.gone[0], 1);
	ck_assert_uint_eq(who(1), 1);
	ck_assert(w.ctx->running);
	windows(20);
	ck_assert(is_seen(1));

	/* The same among those who have joined. */
	w.comers[3].present = true;
	w.comers[1].calls_left = 1;
	ck_assert(world_step(&w));
	ck_assert_uint_eq(who(1), 3);

	/* Nobody waits: it is over. */
	w.comers[3].calls_left = 1;
	before = w.gone[1];
	ck_assert(!world_step(&w));
	ck_assert_int_eq(w.gone[1], before + 1);
	ck_assert(!w.ctx->running);
	/* Until somebody comes. */
	ck_assert(!damon_ctx_start(w.ctx, w.now));
	w.comers[0].present = true;
	ck_assert(damon_ctx_start(w.ctx, w.now));
	ck_assert(w.ctx->running);
	windows(2);
	damon_ctx_stop(w.ctx);
	check_sane(&w, w.ctx);
}
END_TEST

/* All leave, others come, in one update. */
START_TEST(relief)
{
	struct damon_attrs attrs = always();

	w.comers[0].present = true;
	start(&attrs, 1, 1);
	w.spaces[0].calls_left = 1;
	ck_assert(world_step(&w));
	w.comers[0].present = false;
	w.comers[2].present = true;
	windows(1);
	ck_assert_uint_eq(who(1), 2);
	ck_assert(w.ctx->running);
	damon_ctx_stop(w.ctx);
	check_sane(&w, w.ctx);
}
END_TEST

static u32 oldest(u32 index)
{
	const struct damon_target *t = &w.ctx->targets[index];
	u32 i, age = 0;

	for (i = 0; i < t->nr; i++) {
		const struct damon_region *r = &w.ctx->regions[t->first + i];

		age = r->age > age ? r->age : age;
	}
	return age;
}

/* @_i: more seats, the same, or too few */
START_TEST(a_commit_keeps_what_was_learnt)
{
	const u32 seats[] = { 5, 3, 1 };
	struct damon_attrs attrs = always();
	struct damon_ctx *next, *old;
	unsigned long calls;
	u32 i;

	for (i = 0; i < 3; i++)
		w.comers[i].present = true;
	start(&attrs, 1, 3);
	windows(20);
	ck_assert_uint_ge(oldest(1), 8);
	/* One has left its seat to nobody. */
	w.comers[0].present = false;
	windows(1);

	/* Another target before the seats. */
	next = world_ctx_seats(&w, &attrs, 2, seats[_i], 2);
	ck_assert_ptr_nonnull(next);
	old = w.ctx;
	w.ctx = next;
	memset(w.came, 0, sizeof(w.came));
	memset(w.gone, 0, sizeof(w.gone));
	calls = shim_memory.calls;
	damon_ctx_adopt(next, old, w.now);
	ck_assert_uint_eq(shim_memory.calls, calls);
	damon_ctx_destroy(old);
	w.spaces[0].puts = 0;
	ck_assert_int_eq(w.inherited, 1);
	check_sane(&w, next);

	ck_assert_uint_eq(who(2), 1);
	ck_assert_uint_ge(oldest(2), 8);
	ck_assert_uint_eq(w.left_out, seats[_i] == 1);
	if (seats[_i] > 1) {
		ck_assert_uint_eq(who(3), 2);
		ck_assert_uint_ge(oldest(3), 8);
	}
	windows(2);
	ck_assert(is_seen(2));
}
END_TEST

/* Nobody knows yet what memory it has: not that of who sat there before. */
START_TEST(nothing_to_tell_yet)
{
	struct damon_attrs attrs = always();

	w.comers[0].present = true;
	start(&attrs, 1, 1);
	windows(2);
	w.comers[0].present = false;
	w.comers[1].present = true;
	w.comers[1].nr_ranges = 0;
	windows(1);
	ck_assert_uint_eq(who(1), 1);
	ck_assert_uint_eq(w.ctx->targets[1].nr, 0);
	w.comers[1].nr_ranges = 1;
	windows(20);
	ck_assert(is_seen(1));
}
END_TEST

/* Two leaders with a seat each, the first of which somebody has left for the other. */
START_TEST(a_commit_after_a_change_of_sides)
{
	struct damon_target_spec specs[4] = { };
	struct damon_attrs attrs = always();
	struct damon_ctx *old, *next;
	int i, k;

	for (k = 0, next = NULL; k < 2; k++) {
		for (i = 0; i < 4; i++) {
			specs[i].priv = i < 2 ? &w.spaces[i] : world_seat(&w);
			specs[i].key = i < 2 ? 100 + i : 0;
			specs[i].seat = i >= 2;
			specs[i].leader = i == 3;
		}
		old = next;
		next = damon_ctx_create(&world_ops, &attrs, specs, 4, 1, &world_sink, &w);
		ck_assert_ptr_nonnull(next);
		w.ctx = next;
		if (old)
			break;
		w.comers[0].present = true;
		ck_assert(damon_ctx_start(w.ctx, w.now));
		windows(2);
		ck_assert_uint_eq(who(2), 0);
		w.comers[0].present = false;
		windows(1);
		w.comers[0].leader = &w.spaces[1];
		w.comers[0].present = true;
		windows(20);
		ck_assert(w.ctx->targets[2].gone);
		ck_assert_uint_eq(who(3), 0);
		ck_assert_uint_ge(oldest(3), 8);
	}
	memset(w.came, 0, sizeof(w.came));
	memset(w.gone, 0, sizeof(w.gone));
	damon_ctx_adopt(next, old, w.now);
	damon_ctx_destroy(old);
	w.spaces[0].puts = 0;
	w.spaces[1].puts = 0;
	ck_assert_uint_eq(who(3), 0);
	ck_assert_uint_ge(oldest(3), 8);
}
END_TEST

/* Who does not want to know is not told. */
START_TEST(a_plain_sink)
{
	static struct damon_sink sink;
	struct damon_attrs attrs = always();
	u32 i;

	sink = world_sink;
	sink.target_new = NULL;
	sink.left_out = NULL;
	for (i = 0; i < WORLD_COMERS; i++)
		w.comers[i].present = true;
	w.ctx = world_ctx_seats(&w, &attrs, 1, 2, 1);
	w.ctx->sink = &sink;
	ck_assert(damon_ctx_start(w.ctx, w.now));
	ck_assert_uint_eq(w.ctx->nr_alive, 3);
	ck_assert_uint_eq(w.ctx->nr_left_out, WORLD_COMERS - 2);
	ck_assert_int_eq(w.came[1], 0);
}
END_TEST

Suite *join_suite(void)
{
	Suite *s = suite_create("join");
	TCase *tc = tcase_create("join");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, who_joins_is_watched);
	tcase_add_test(tc, when_they_join);
	tcase_add_test(tc, who_leaves_makes_room);
	tcase_add_test(tc, more_than_there_are_seats);
	tcase_add_test(tc, seats_are_a_leaders_own);
	tcase_add_test(tc, leaders_take_turns);
	tcase_add_test(tc, the_cap_holds);
	tcase_add_loop_test(tc, the_last_is_not_the_end, 0, 2);
	tcase_add_test(tc, relief);
	tcase_add_loop_test(tc, a_commit_keeps_what_was_learnt, 0, 3);
	tcase_add_test(tc, nothing_to_tell_yet);
	tcase_add_test(tc, a_commit_after_a_change_of_sides);
	tcase_add_test(tc, a_plain_sink);
	suite_add_tcase(s, tc);
	return s;
}
