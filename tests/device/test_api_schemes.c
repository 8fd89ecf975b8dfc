// SPDX-License-Identifier: GPL-2.0
/*
 * Schemes of other modules, by one that reclaims: tests/sample.  The truth is in
 * smaps.
 */
#include "keeper.h"
#include "sample.h"

#define SCHEMES	"damon_sample_schemes"
#define QUOTA	MIB
#define MOST_OF_IT	(LEN / 20 * 19)

/**
 * struct seen - what the module sees of a scheme
 * @tried:	bytes it was tried on
 * @passed:	bytes that filters of pages let through
 * @applied:	bytes that it changed
 * @nr:		applications
 * @quota:	bytes in the quota interval at hand
 * @charged:	bytes charged in it
 * @kept:	bytes in the tried regions of the last application that are kept
 */
struct seen {
	uint64_t tried;
	uint64_t passed;
	uint64_t applied;
	uint64_t nr;
	uint64_t quota;
	uint64_t charged;
	uint64_t kept;
};

/* The one that counts, and the one that reclaims. */
static struct seen counts, reclaims;

static const char *parse(const char *at, struct seen *s)
{
	int len = 0;

	ck_assert_int_eq(sscanf(at, "%lu %lu %lu %lu %lu %lu %lu%n", &s->tried, &s->passed,
				&s->applied, &s->nr, &s->quota, &s->charged, &s->kept, &len), 7);
	return at + len;
}

static void look(void)
{
	parse(parse(sample_text(SCHEMES, "seen"), &counts), &reclaims);
}

static void tell(const char *name, uint64_t value)
{
	ck_assert_int_eq(sample_write_number(SCHEMES, name, value), 0);
}

/* Also after a test that has failed. */
static void end(void)
{
	sample_unload(SCHEMES);
}

/* In the group, whose path the module is told. */
static struct target *spawn(void)
{
	struct target *target;

	ck_assert(group_enter(LEAF));
	target = keeper_spawn();
	group_enter("/sys/fs/cgroup");
	ck_assert_int_eq(sample_load(SCHEMES), 0);
	ck_assert_int_eq(sample_write(SCHEMES, "cgroup", LEAF + strlen("/sys/fs/cgroup")), 0);
	tell("start", target->addr);
	tell("end", target->addr + LEN);
	tell("quota", QUOTA);
	return target;
}

/* Of a process, or of all that is charged to its group. */
static int begin(const struct target *target, bool physical)
{
	return physical ? sample_write(SCHEMES, "watch", "memory") :
			  sample_write_number(SCHEMES, "watch", target->pid);
}

/*
 * It goes to swap, but not faster than the quota has it.  A few pages can be on their
 * way to the LRU lists for as long as nothing else happens on a processor.
 */
static void reclaimed(const struct target *target, double begun)
{
	double until = now_s() + LIMIT_S;
	uint64_t swapped;

	do {
		uint64_t nr_quotas;

		swapped = smaps(target, "Swap");
		/* Windows that have ended, the one at hand, and one for where they begin. */
		nr_quotas = (now_s() - begun) / 0.1 + 2;
		ck_assert_uint_le(swapped, nr_quotas * QUOTA);
		ck_assert_msg(now_s() < until, "%lu bytes are in swap", (unsigned long)swapped);
		usleep(20000);
	} while (swapped < MOST_OF_IT);
}

START_TEST(reclaims_what_is_cold)
{
	unsigned int workers = kdamonds(NULL, 0);
	struct target *target;
	double begun;

	need_swap();
	need_groups();
	if (!sample_modules())
		return;
	target = spawn();
	begun = now_s();
	ck_assert_int_eq(begin(target, _i), 0);
	ck_assert_uint_eq(kdamonds(NULL, 0), workers + 1);
	reclaimed(target, begun);

	/* It is told once the application at hand is over. */
	ck_wait((look(), reclaims.applied >= MOST_OF_IT));
	/* Of a group other memory went, too: what its process was started from. */
	if (!_i)
		ck_assert_uint_le(reclaims.applied, smaps(target, "Swap"));
	ck_assert_uint_le(reclaims.applied, reclaims.passed);
	ck_assert_uint_le(reclaims.passed, reclaims.tried);
	ck_assert_uint_ge(reclaims.nr, MOST_OF_IT / QUOTA);
	ck_assert_uint_eq(reclaims.quota, QUOTA);
	/* The other one has seen all of it each time. */
	ck_assert_uint_ge(counts.tried, counts.nr * LEN);
	ck_assert_uint_ge(counts.nr, MOST_OF_IT / QUOTA);
	ck_assert_uint_eq(counts.applied, 0);
	ck_assert_uint_eq(counts.quota, DAMON_QUOTA_NONE);
	content_is_good();

	/* Gone with its module, at work or not. */
	ck_assert_int_eq(sample_unload(SCHEMES), 0);
	ck_assert_uint_eq(kdamonds(NULL, 0), workers);
	target_kill(target);
}
END_TEST

/* All or nothing, and the reason is told. */
START_TEST(refused_while_running)
{
	struct seen before;
	struct target *target;

	need_swap();
	need_groups();
	if (!sample_modules())
		return;
	target = spawn();
	ck_assert_int_eq(begin(target, false), 0);
	ck_wait((look(), reclaims.applied > 0));

	before = reclaims;
	tell("wrong", 1);
	tell("quota", 2 * QUOTA);
	ck_assert_int_eq(sample_write(SCHEMES, "watch", "again"), -EINVAL);
	check_text(sample_text(SCHEMES, "reason"), "scheme 1: quota_us");
	look();
	ck_assert_uint_ge(reclaims.applied, before.applied);
	ck_assert_uint_eq(reclaims.quota, QUOTA);

	tell("wrong", 0);
	ck_assert_int_eq(sample_write(SCHEMES, "cgroup", "/damon-test-act/nobody"), 0);
	ck_assert_int_eq(sample_write(SCHEMES, "watch", "again"), -ENOENT);
	check_text(sample_text(SCHEMES, "reason"), "cgroup");
	look();
	ck_assert_uint_eq(reclaims.quota, QUOTA);

	/* What it is told anew it goes on with: nothing that was counted is lost. */
	ck_assert_int_eq(sample_write(SCHEMES, "cgroup", "/"), 0);
	before = reclaims;
	ck_assert_int_eq(sample_write(SCHEMES, "watch", "again"), 0);
	look();
	ck_assert_uint_ge(reclaims.applied, before.applied);
	ck_assert_uint_ge(reclaims.nr, before.nr);
	ck_wait((look(), reclaims.quota == 2 * QUOTA && reclaims.nr > before.nr));
	ck_wait(smaps(target, "Swap") >= MOST_OF_IT);

	/* Refused at once, there is no context. */
	tell("wrong", 1);
	ck_assert_int_eq(begin(target, false), -EINVAL);
	ck_assert_int_eq(sample_write(SCHEMES, "watch", "again"), -ENODATA);
	ck_assert_int_eq(sample_unload(SCHEMES), 0);
	target_kill(target);
}
END_TEST

/* The module goes while its schemes are at work, whatever they are at. */
START_TEST(unloaded_at_work)
{
	unsigned int i, workers = kdamonds(NULL, 0), nr = rounds(10);

	need_swap();
	need_groups();
	if (!sample_modules())
		return;
	for (i = 0; i < nr; i++) {
		struct target *target = spawn();

		tell("quota", 64 * MIB);
		ck_assert_int_eq(begin(target, i % 2), 0);
		ck_assert_int_lt(module_remove(), 0);
		usleep(i * 20000);
		ck_assert_int_eq(sample_unload(SCHEMES), 0);
		ck_assert_uint_eq(kdamonds(NULL, 0), workers);
		content_is_good();
		target_kill(target);
	}
	ck_wait(!module_refs());
}
END_TEST

void api_schemes_cases(Suite *suite)
{
	TCase *tc = add_case(suite, "api_schemes");

	tcase_add_checked_fixture(tc, end, end);
	tcase_add_checked_fixture(tc, keeper_begin, NULL);
	tcase_add_loop_test(tc, reclaims_what_is_cold, 0, 2);
	tcase_add_test(tc, refused_while_running);
	tcase_add_test(tc, unloaded_at_work);
}
