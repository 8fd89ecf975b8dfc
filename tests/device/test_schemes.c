// SPDX-License-Identifier: GPL-2.0
/*
 * Schemes: what is wrong with them, and what counting ones find.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "harness.h"

#define LEN	(4 * MIB)	/* of hot and of cold memory each */
#define ROOM	DAMON_DEFAULT_MAX_NR_REGIONS
#define ALLOW	(DAMON_FILTER_MATCHING | DAMON_FILTER_ALLOW)

static struct conf conf;
static struct damon_scheme_conf schemes[4];
static struct damon_scheme_filter_conf filters[8];
static struct damon_scheme_goal_conf goals[4];
static struct damon_scheme_dest_conf dests[4];

static struct damon_scheme info;
static struct damon_goal_info goal_infos[4];
static struct damon_tried_info tried[ROOM];
static char text[MSG_LEN];

static void schemes_init(void)
{
	memset(schemes, 0, sizeof(schemes));
	memset(filters, 0, sizeof(filters));
	memset(goals, 0, sizeof(goals));
	memset(dests, 0, sizeof(dests));
	conf.c.schemes = PTR(schemes);
	conf.c.scheme_size = sizeof(schemes[0]);
	conf.c.scheme_filters = PTR(filters);
	conf.c.scheme_filter_size = sizeof(filters[0]);
	conf.c.scheme_goals = PTR(goals);
	conf.c.scheme_goal_size = sizeof(goals[0]);
	conf.c.scheme_dests = PTR(dests);
	conf.c.scheme_dest_size = sizeof(dests[0]);
}

/* One more scheme, that counts everything. */
static struct damon_scheme_conf *add_scheme(void)
{
	struct damon_scheme_conf *s = &schemes[conf.c.nr_schemes++];

	ck_assert_uint_le(conf.c.nr_schemes, ARRAY_SIZE(schemes));
	s->action = DAMON_ACTION_STAT;
	s->max_sz = ~0ULL;
	s->max_accesses = ~0U;
	s->max_age = ~0ULL;
	s->first_filter = conf.c.nr_scheme_filters;
	s->first_goal = conf.c.nr_scheme_goals;
	return s;
}

/* One more filter of the last scheme, for addresses. */
static struct damon_scheme_filter_conf *add_filter(uint32_t type, uint32_t flags)
{
	struct damon_scheme_filter_conf *f = &filters[conf.c.nr_scheme_filters++];

	ck_assert_uint_le(conf.c.nr_scheme_filters, ARRAY_SIZE(filters));
	f->type = type;
	f->flags = flags;
	schemes[conf.c.nr_schemes - 1].nr_filters++;
	return f;
}

static struct damon_scheme_goal_conf *add_goal(uint64_t target, uint64_t value)
{
	struct damon_scheme_goal_conf *g = &goals[conf.c.nr_scheme_goals++];

	ck_assert_uint_le(conf.c.nr_scheme_goals, ARRAY_SIZE(goals));
	g->target = target;
	g->value = value;
	schemes[conf.c.nr_schemes - 1].nr_goals++;
	return g;
}

/* What scheme @index has done; 0 or a negative errno. */
static int scheme_try(int fd, uint32_t index)
{
	memset(&info, 0xa5, sizeof(info));
	info.size = sizeof(info);
	info.flags = 0;
	info.msg = PTR(text);
	info.msg_len = sizeof(text);
	info.scheme = index;
	info.goals = PTR(goal_infos);
	info.nr_goals = ARRAY_SIZE(goal_infos);
	info.goal_size = sizeof(goal_infos[0]);
	info.tried = PTR(tried);
	info.nr_tried_regions = ROOM;
	info.tried_size = sizeof(tried[0]);
	return do_ioctl(fd, DAMON_IOC_SCHEME, &info);
}

static uint64_t applied(int fd, uint32_t index)
{
	int err = scheme_try(fd, index);

	ck_assert_msg(!err, "SCHEME: %s: %s", strerror(-err), text);
	return info.nr_snapshots;
}

/*
 * What is wrong.  The right configuration has two schemes with something of
 * everything that takes no more than counting.
 */

static void begin_right(void)
{
	uint64_t mem = PTR(map_pages(MIB, false));
	struct damon_scheme_conf *s;

	conf_init(&conf);
	conf_target(&conf, 0);
	conf_range(&conf, mem, MIB);
	schemes_init();
	add_scheme();
	add_filter(DAMON_FILTER_ADDR, ALLOW)->max = mem + PAGE;
	s = add_scheme();
	add_filter(DAMON_FILTER_TARGET, ALLOW);
	add_filter(DAMON_FILTER_ADDR, ALLOW)->max = mem + PAGE;
	add_goal(100, 50);
	add_goal(100, 70);
	s->flags = DAMON_SCHEME_ACCESSES_BP | DAMON_SCHEME_AGE_US;
	s->max_accesses = 10000;
	s->apply_us = 200000;
	s->quota_bytes = MIB;
	s->quota_us = 1000;
	s->quota_interval_us = 1000000;
	s->quota_seed = PAGE;
	s->weight_sz = 1;
	s->weight_accesses = 1;
	s->weight_age = 10000;
	s->fail_num = 1;
	s->fail_denom = 2;
	s->watermark = DAMON_WATERMARK_FREE;
	s->high = 1000;
	s->mid = 999;
	s->watermark_us = 1000000;
	s->max_nr_snapshots = 7;
	s->max_tried = conf.c.max_nr_regions;
}

#define WRONG(name, code) static void name(void) { code; }

WRONG(schemes_many, conf.c.nr_schemes = 65)
WRONG(scheme_size_small, conf.c.scheme_size -= 8)
WRONG(scheme_size_huge, conf.c.scheme_size = 8192)
WRONG(schemes_nowhere, conf.c.schemes = 8)
WRONG(filters_many, conf.c.nr_scheme_filters = 1025)
WRONG(filter_left, conf.c.nr_scheme_filters++)
WRONG(filter_size_small, conf.c.scheme_filter_size -= 8)
WRONG(filters_nowhere, conf.c.scheme_filters = 8)
WRONG(goals_many, conf.c.nr_scheme_goals = 1025)
WRONG(goal_left, conf.c.nr_scheme_goals++)
WRONG(goal_size_small, conf.c.scheme_goal_size -= 8)
WRONG(goals_nowhere, conf.c.scheme_goals = 8)
WRONG(dests_many, conf.c.nr_scheme_dests = 1025)
WRONG(dest_left, conf.c.nr_scheme_dests++)
WRONG(dest_size_small, conf.c.nr_scheme_dests = 1; conf.c.scheme_dest_size -= 4)
WRONG(dests_nowhere, conf.c.nr_scheme_dests = 1; schemes[1].nr_dests = 1; conf.c.scheme_dests = 8)
WRONG(filters_without, conf.c.nr_schemes = 0)
WRONG(goals_without, conf.c.nr_schemes = 0; conf.c.nr_scheme_filters = 0)
WRONG(dests_without, conf.c.nr_schemes = 0; conf.c.nr_scheme_filters = 0;
	conf.c.nr_scheme_goals = 0; conf.c.nr_scheme_dests = 1)
WRONG(first_filter, schemes[1].first_filter = 0)
WRONG(nr_filters, schemes[1].nr_filters = 3)
WRONG(first_goal, schemes[1].first_goal = 1)
WRONG(nr_goals, schemes[1].nr_goals = 3)
WRONG(first_dest, schemes[1].nr_dests = 1; schemes[1].first_dest = 1)
WRONG(nr_dests, schemes[1].nr_dests = 1)
WRONG(action_unknown, schemes[1].action = 11)
WRONG(action_flags, schemes[1].flags |= 4)
WRONG(sz, schemes[1].min_sz = 2; schemes[1].max_sz = 1)
WRONG(accesses, schemes[0].min_accesses = 2; schemes[0].max_accesses = 1)
WRONG(accesses_bp, schemes[1].max_accesses = 10001)
WRONG(age, schemes[1].min_age = 2; schemes[1].max_age = 1)
WRONG(apply_us, schemes[1].apply_us = ~0ULL)
WRONG(quota_long, schemes[1].quota_interval_us = ~0ULL)
WRONG(quota_us, schemes[1].quota_us = 1000001)
WRONG(quota_unused, schemes[0].quota_interval_us = 1)
WRONG(weight_sz, schemes[1].weight_sz = 10001)
WRONG(weight_accesses, schemes[1].weight_accesses = 10001)
WRONG(weight_age, schemes[1].weight_age = 10001)
WRONG(fail_num, schemes[1].fail_num = 3)
WRONG(tuner, schemes[1].tuner = 2)
WRONG(seed, schemes[0].quota_seed = 1)
WRONG(watermark, schemes[1].watermark = 2)
WRONG(watermark_unused, schemes[0].high = 1)
WRONG(watermark_us, schemes[1].watermark_us = 0)
WRONG(watermark_mid, schemes[1].high = 998)
WRONG(watermark_low, schemes[1].low = 1000)
WRONG(watermark_high, schemes[1].high = 1001)
WRONG(max_tried, schemes[0].max_tried = 1)
WRONG(max_tried_of_one, schemes[1].max_tried++)
WRONG(node_of_stat, schemes[1].node = 1)
WRONG(filter_type, filters[1].type = 8)
WRONG(filter_flags, filters[1].flags |= DAMON_FILTER_HIERARCHICAL)
WRONG(filter_fd, filters[1].fd = 3)
WRONG(filter_target, filters[1].target = 1)
WRONG(filter_target_of_addr, filters[2].target = 1)
WRONG(filter_min_of_target, filters[1].min = 1)
WRONG(filter_range, filters[2].min = filters[2].max)
WRONG(filter_memcg, filters[1].type = DAMON_FILTER_MEMCG; filters[1].fd = 1000)
WRONG(filter_sizes, filters[1].type = DAMON_FILTER_HUGEPAGE_SIZE; filters[1].min = 1)
WRONG(goal_metric, goals[1].metric = 13; goals[1].value = 0)
WRONG(goal_node, goals[1].node = 1)
WRONG(goal_fd, goals[1].fd = 1)
WRONG(goal_reserved, goals[1].reserved = 1)
WRONG(goal_target, goals[1].target = 0)

static const struct {
	void (*make)(void);
	int err;
	const char *keyword;
} wrongs[] = {
	{ schemes_many, -EINVAL, "nr_schemes is 65" },
	{ scheme_size_small, -EINVAL, "scheme_size is 168" },
	{ scheme_size_huge, -E2BIG, "scheme_size is 8192" },
	{ schemes_nowhere, -EFAULT, "schemes" },
	{ filters_many, -EINVAL, "nr_scheme_filters is 1025" },
	{ filter_left, -EINVAL, "nr_scheme_filters is 4" },
	{ filter_size_small, -EINVAL, "scheme_filter_size is 24" },
	{ filters_nowhere, -EFAULT, "scheme_filters" },
	{ goals_many, -EINVAL, "nr_scheme_goals is 1025" },
	{ goal_left, -EINVAL, "nr_scheme_goals is 3" },
	{ goal_size_small, -EINVAL, "scheme_goal_size is 24" },
	{ goals_nowhere, -EFAULT, "scheme_goals" },
	{ dests_many, -EINVAL, "nr_scheme_dests is 1025" },
	{ dest_left, -EINVAL, "nr_scheme_dests is 1" },
	{ dest_size_small, -EINVAL, "scheme_dest_size is 4" },
	{ dests_nowhere, -EFAULT, "scheme_dests" },
	{ filters_without, -EINVAL, "nr_scheme_filters is 3" },
	{ goals_without, -EINVAL, "nr_scheme_goals is 2" },
	{ dests_without, -EINVAL, "nr_scheme_dests is 1" },
	{ first_filter, -EINVAL, "scheme 1: first_filter" },
	{ nr_filters, -EINVAL, "scheme 1: nr_filters" },
	{ first_goal, -EINVAL, "scheme 1: first_goal" },
	{ nr_goals, -EINVAL, "scheme 1: nr_goals" },
	{ first_dest, -EINVAL, "scheme 1: first_dest" },
	{ nr_dests, -EINVAL, "scheme 1: nr_dests" },
	{ action_unknown, -EINVAL, "scheme 1: action" },
	{ action_flags, -EINVAL, "scheme 1: flags" },
	{ sz, -EINVAL, "scheme 1: min_sz" },
	{ accesses, -EINVAL, "scheme 0: min_accesses" },
	{ accesses_bp, -EINVAL, "scheme 1: max_accesses" },
	{ age, -EINVAL, "scheme 1: min_age" },
	{ apply_us, -EINVAL, "scheme 1: apply_us" },
	{ quota_long, -EINVAL, "scheme 1: quota_interval_us" },
	{ quota_us, -EINVAL, "scheme 1: quota_us" },
	{ quota_unused, -EINVAL, "scheme 0: quota_interval_us" },
	{ weight_sz, -EINVAL, "scheme 1: weight_sz" },
	{ weight_accesses, -EINVAL, "scheme 1: weight_accesses" },
	{ weight_age, -EINVAL, "scheme 1: weight_age" },
	{ fail_num, -EINVAL, "scheme 1: fail_num" },
	{ tuner, -EINVAL, "scheme 1: tuner" },
	{ seed, -EINVAL, "scheme 0: quota_seed" },
	{ watermark, -EINVAL, "scheme 1: watermark" },
	{ watermark_unused, -EINVAL, "scheme 0: watermark" },
	{ watermark_us, -EINVAL, "scheme 1: watermark_us" },
	{ watermark_mid, -EINVAL, "scheme 1: mid" },
	{ watermark_low, -EINVAL, "scheme 1: low" },
	{ watermark_high, -EINVAL, "scheme 1: high" },
	{ max_tried, -EINVAL, "scheme 1: max_tried" },
	{ max_tried_of_one, -EINVAL, "scheme 1: max_tried" },
	{ node_of_stat, -EINVAL, "scheme 1: node" },
	{ filter_type, -EINVAL, "scheme filter 1: type" },
	{ filter_flags, -EINVAL, "scheme filter 1: flags" },
	{ filter_fd, -EINVAL, "scheme filter 1: fd" },
	{ filter_target, -EINVAL, "scheme filter 1: target" },
	{ filter_target_of_addr, -EINVAL, "scheme filter 2: target" },
	{ filter_min_of_target, -EINVAL, "scheme filter 1: min" },
	{ filter_range, -EINVAL, "scheme filter 2: max" },
	{ filter_memcg, -EBADF, "scheme filter 1 (fd 1000)" },
	{ filter_sizes, -EINVAL, "scheme" },
	{ goal_metric, -EINVAL, "scheme goal 1: metric" },
	{ goal_node, -EINVAL, "scheme goal 1: node" },
	{ goal_fd, -EINVAL, "scheme goal 1: fd" },
	{ goal_reserved, -EINVAL, "scheme goal 1: reserved" },
	{ goal_target, -EINVAL, "scheme goal 1: target" },
};

START_TEST(rejected)
{
	int fd = session_new(0), got;

	begin_right();
	wrongs[_i].make();
	got = conf_try(fd, &conf);
	ck_assert_msg(got == wrongs[_i].err, "expected %s for '%s', got %s, text '%.*s'",
		      strerror(-wrongs[_i].err), wrongs[_i].keyword, strerror(-got),
		      MSG_LEN, conf.msg);
	check_text(conf.msg, wrongs[_i].keyword);
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_NEW);
	ck_assert_int_eq(scheme_try(fd, 0), -EINVAL);

	/* And but for that, all was right. */
	begin_right();
	conf_commit(fd, &conf);
	ck_assert_int_eq(scheme_try(fd, 1), 0);
}
END_TEST

/* A commit that fails has changed nothing: what runs, counts on. */
START_TEST(rejected_while_running)
{
	uint64_t before;
	int fd;

	begin_right();
	conf.c.nr_schemes = 1;
	conf.c.nr_scheme_filters = 1;
	conf.c.nr_scheme_goals = 0;
	fd = session_running(0, &conf);
	ck_wait(applied(fd, 0) > 1);
	before = info.sz_tried;
	ck_assert_uint_gt(before, 0);
	schemes[0].weight_age = 10001;
	ck_assert_int_eq(conf_try(fd, &conf), -EINVAL);
	applied(fd, 0);
	ck_assert_uint_ge(info.sz_tried, before);
	ck_wait(applied(fd, 0) > 4);
}
END_TEST

START_TEST(scheme_call)
{
	int fd;

	begin_right();
	fd = session_running(0, &conf);
	ck_assert_int_eq(scheme_try(fd, 0), 0);
	ck_assert_int_eq(scheme_try(fd, 2), -EINVAL);
	check_text(text, "scheme is 2");
	ck_assert_int_eq(scheme_try(fd, ~0U), -EINVAL);
	scheme_try(fd, 1);
	info.goal_size -= 8;
	ck_assert_int_eq(do_ioctl(fd, DAMON_IOC_SCHEME, &info), -EINVAL);
	check_text(text, "goal_size");
	scheme_try(fd, 1);
	info.nr_tried_regions = 1;
	info.tried_size -= 8;
	ck_assert_int_eq(do_ioctl(fd, DAMON_IOC_SCHEME, &info), -EINVAL);
	check_text(text, "tried_size");
	scheme_try(fd, 1);
	info.goals = 8;
	ck_assert_int_eq(do_ioctl(fd, DAMON_IOC_SCHEME, &info), -EFAULT);
	check_text(text, "goals");
	info = (struct damon_scheme) { .size = sizeof(info) };
	check_sizes(fd, DAMON_IOC_SCHEME, &info, sizeof(info));
	check_flags(fd, DAMON_IOC_SCHEME, &info, sizeof(info));
}
END_TEST

/* Rights. */

static int *result;

static void commit_own(void *unused)
{
	int fd = session_try(open(DAMON_DEVICE_PATH, O_RDWR), 0, NULL);

	(void)unused;
	*result = conf_try(fd, &conf);
}

static int commit_as_user(void)
{
	*result = 1;
	ck_assert_int_eq(run_as(USER_A, commit_own, NULL), 0);
	return *result;
}

/* Who may only watch itself may count, and no more. */
START_TEST(need_rights)
{
	result = shared_alloc(sizeof(*result));
	begin_right();
	ck_assert_int_eq(commit_as_user(), 0);
	schemes[0].action = DAMON_ACTION_PAGEOUT;
	ck_assert_int_eq(commit_as_user(), -EPERM);
	begin_right();
	filters[1].type = DAMON_FILTER_ANON;
	ck_assert_int_eq(commit_as_user(), -EPERM);
	begin_right();
	goals[1].metric = DAMON_METRIC_SOME_MEM_PSI_US;
	goals[1].value = 0;
	ck_assert_int_eq(commit_as_user(), -EPERM);
}
END_TEST

static void commit_and_ask(void *unused)
{
	int dev = open(DAMON_DEVICE_PATH, O_RDWR);
	struct damon_query query = { .size = sizeof(query) };

	(void)unused;
	do_ioctl(dev, DAMON_IOC_QUERY, &query);
	schemes[1].watermark_us = query.min_sample_us - 1;
	result[0] = conf_try(session_try(dev, 0, NULL), &conf);
	memcpy(result + 2, conf.msg, MSG_LEN);
	schemes[1].watermark_us++;
	result[1] = conf_try(session_try(dev, 0, NULL), &conf);
}

/* Nobody's worker wakes up for watermarks more often than it could for samples. */
START_TEST(watermarks_have_their_limit)
{
	result = shared_alloc(2 * sizeof(*result) + MSG_LEN);
	begin_right();
	ck_assert_int_eq(run_as(USER_A, commit_and_ask, NULL), 0);
	ck_assert_int_eq(result[0], -EPERM);
	check_text((const char *)(result + 2), "scheme 1: watermark_us");
	ck_assert_int_eq(result[1], 0);
	/* But for who may watch everybody. */
	schemes[1].watermark_us = 1;
	conf_commit(session_new(0), &conf);
}
END_TEST

/* What counting finds. */

/* Bytes of the tried regions, which lie in [start, start + len). */
static uint64_t tried_in(uint64_t start, uint64_t len)
{
	const struct damon_range_conf range = { start, start + len };
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < info.nr_tried_regions; i++) {
		ck_assert_uint_lt(tried[i].start, tried[i].end);
		ck_assert_uint_eq(tried[i].passed, tried[i].end - tried[i].start);
		sum += overlap(&range, tried[i].start, tried[i].end);
	}
	return sum;
}

static struct target *begin_counting(void)
{
	struct target *target = target_spawn(0, 2 * LEN, false);

	target->hot = LEN;
	target->work = WORK_TOUCH;
	conf_init(&conf);
	conf_target(&conf, target->pid);
	conf_range(&conf, target->addr, 2 * LEN);
	schemes_init();
	return target;
}

/* Memory that nobody touches for half a second, and memory that is in use. */
START_TEST(hot_and_cold_are_told_apart)
{
	struct target *target = begin_counting();
	struct damon_scheme_conf *s;
	uint64_t hot, cold;
	int fd;

	if (_i)
		conf.c.ops = DAMON_OPS_FVADDR;
	s = add_scheme();
	s->flags = DAMON_SCHEME_ACCESSES_BP | DAMON_SCHEME_AGE_US;
	s->max_accesses = 0;
	s->min_age = 500000;
	s->max_tried = ROOM / 2;
	s = add_scheme();
	s->flags = DAMON_SCHEME_ACCESSES_BP;
	s->min_accesses = 1;
	s->max_accesses = 10000;
	s->max_tried = ROOM / 2;
	fd = session_running(0, &conf);
	/* Of the cold half most is found at some time, and never much that is hot. */
	ck_wait((applied(fd, 0), tried_in(target->addr + LEN, LEN) > LEN * 8 / 10));
	cold = tried_in(target->addr + LEN, LEN);
	hot = tried_in(target->addr, LEN);
	ck_assert_msg(hot < cold / 4, "%llu cold, %llu hot",
		      (unsigned long long)cold, (unsigned long long)hot);
	ck_assert_uint_eq(cold + hot, info.last_sz_tried);
	ck_assert_uint_eq(info.sz_applied, 0);
	ck_assert_uint_eq(info.sz_passed, info.sz_tried);
	ck_assert_uint_eq(info.active, 1);
	ck_assert_uint_eq(info.effective_quota, DAMON_QUOTA_NONE);
	ck_wait((applied(fd, 1), tried_in(target->addr, LEN) > LEN / 2));
	ck_assert_uint_eq(info.nr_kept, info.last_nr_tried);
}
END_TEST

/* Filters are exact to the page. */
START_TEST(filters_cut)
{
	struct target *target = begin_counting();
	uint64_t from = target->addr + 3 * PAGE, to = target->addr + LEN + 7 * PAGE;
	struct damon_scheme_filter_conf *f;
	int fd;

	add_scheme()->max_tried = ROOM / 2;
	f = add_filter(DAMON_FILTER_ADDR, ALLOW);
	/* Rounded down. */
	f->min = from + 5;
	f->max = to + 100;
	add_scheme()->max_tried = ROOM / 2;
	f = add_filter(DAMON_FILTER_ADDR, DAMON_FILTER_MATCHING);
	f->min = from;
	f->max = to;
	add_scheme();
	add_filter(DAMON_FILTER_TARGET, DAMON_FILTER_MATCHING);
	fd = session_running(0, &conf);
	ck_wait(applied(fd, 2) > 2);
	ck_assert_uint_eq(info.sz_tried, 0);
	applied(fd, 0);
	ck_assert_uint_eq(info.last_sz_tried, to - from);
	ck_assert_uint_eq(tried_in(from, to - from), to - from);
	applied(fd, 1);
	ck_assert_uint_eq(info.last_sz_tried, 2 * LEN - (to - from));
	ck_assert_uint_eq(tried_in(from, to - from), 0);
}
END_TEST

/* In no quota interval is more charged than is allowed; a goal that is not reached
 * doubles it, up to the limit; a commit that tells the user's value keeps all that.
 */
START_TEST(quotas_and_goals)
{
	struct damon_scheme_conf *s;
	uint64_t nr;
	int fd;

	begin_counting();
	s = add_scheme();
	s->quota_bytes = 64 * PAGE;
	s->quota_seed = 16 * PAGE;
	s->quota_interval_us = 100000;
	add_goal(1000, 100);
	fd = session_running(0, &conf);
	ck_wait(applied(fd, 0) > 0);
	while (info.effective_quota < 64 * PAGE) {
		ck_assert_uint_ge(info.effective_quota, 16 * PAGE);
		ck_assert_uint_le(info.charged, info.effective_quota);
		nr = info.nr_snapshots;
		ck_wait(applied(fd, 0) > nr);
	}
	ck_assert_uint_eq(info.effective_quota, 64 * PAGE);
	ck_wait((applied(fd, 0), info.qt_exceeds > 3));
	/* At each moment no more than that, and one for the interval at hand. */
	ck_assert_uint_le(info.sz_tried, (info.qt_exceeds + 1) * 64 * PAGE);
	ck_assert_uint_eq(info.nr_goals, 1);
	ck_assert_uint_eq(goal_infos[0].value, 100);
	ck_assert_uint_eq(goal_infos[0].known, 1);

	nr = info.sz_tried;
	goals[0].value = 2000;
	conf_commit(fd, &conf);
	applied(fd, 0);
	ck_assert_uint_ge(info.sz_tried, nr);
	/* Twice what was wanted: half of it. */
	ck_wait((applied(fd, 0), info.effective_quota <= 32 * PAGE));
	ck_assert_uint_eq(goal_infos[0].value, 2000);
}
END_TEST

/* Out of force by watermarks, there is no monitoring; a commit without brings it back. */
START_TEST(watermarks)
{
	struct damon_scheme_conf *s;
	uint64_t seq;
	int fd;

	begin_counting();
	s = add_scheme();
	s->watermark = DAMON_WATERMARK_FREE;
	s->watermark_us = 50000;
	/* More than 1 of 1000 is free. */
	s->high = 1;
	fd = session_running(0, &conf);
	ck_wait((applied(fd, 0), !info.active));
	seq = session_seq(fd);
	usleep(300000);
	ck_assert_uint_eq(session_seq(fd), seq);
	ck_assert_uint_eq(applied(fd, 0), 0);
	s->high = 1000;
	s->mid = 1000;
	conf_commit(fd, &conf);
	ck_wait(applied(fd, 0) > 1);
	ck_assert_uint_eq(info.active, 1);
	ck_assert_uint_gt(session_seq(fd), seq);
	/* And STOP of one that rests for an hour does not take that long. */
	s->high = 1;
	s->mid = 0;
	s->watermark_us = 3600000000ULL;
	conf_commit(fd, &conf);
	ck_wait((applied(fd, 0), !info.active));
	session_stop(fd);
}
END_TEST

/* It is applied so often, and then no more. */
START_TEST(snapshots_are_capped)
{
	struct damon_scheme_conf *s;
	int fd;

	begin_counting();
	s = add_scheme();
	s->max_nr_snapshots = 3;
	fd = session_running(0, &conf);
	windows_pass(fd, 6);
	ck_assert_uint_eq(applied(fd, 0), 3);
	ck_assert_uint_eq(info.sz_tried, 3 * 2 * LEN);
	/* The target's end ends it, and what was done can still be read. */
	session_stop(fd);
	ck_assert_uint_eq(applied(fd, 0), 3);
}
END_TEST

/* Physical memory, in units of pages: what is told is in bytes. */
START_TEST(physical)
{
	struct damon_scheme_conf *s;
	struct damon_query query;
	struct damon_range_conf all[8];
	uint64_t sum = 0;
	unsigned int i, nr;
	int fd, dev = device_open();

	device_query(dev, &query);
	if (!(query.ops & 1ULL << DAMON_OPS_PADDR))
		skip("no physical addresses here");
	nr = memory_parts(all, ARRAY_SIZE(all));
	for (i = 0; i < nr && i < ARRAY_SIZE(all); i++)
		sum += all[i].end - all[i].start;
	conf_init(&conf);
	conf_physical(&conf);
	conf.c.addr_unit = PAGE;
	schemes_init();
	s = add_scheme();
	s->min_sz = 2 * PAGE;
	fd = session_running(0, &conf);
	ck_wait(applied(fd, 0) > 1);
	ck_assert_uint_le(info.last_sz_tried, sum / 10 * 11);
	ck_assert_uint_ge(info.last_sz_tried, sum / 10 * 9);
	/* There is nothing to be read ahead of a page. */
	s->action = DAMON_ACTION_WILLNEED;
	ck_assert_int_eq(conf_try(fd, &conf), -EINVAL);
	check_text(conf.msg, "scheme 0: action");
}
END_TEST

Suite *schemes_suite(void)
{
	Suite *suite = suite_create("schemes");
	TCase *tcase = add_case(suite, "wrong");

	tcase_add_loop_test(tcase, rejected, 0, ARRAY_SIZE(wrongs));
	tcase_add_test(tcase, rejected_while_running);
	tcase_add_test(tcase, scheme_call);
	tcase_add_test(tcase, need_rights);
	tcase_add_test(tcase, watermarks_have_their_limit);

	tcase = add_case(suite, "counting");
	tcase_add_loop_test(tcase, hot_and_cold_are_told_apart, 0, 2);
	tcase_add_test(tcase, filters_cut);
	tcase_add_test(tcase, quotas_and_goals);
	tcase_add_test(tcase, watermarks);
	tcase_add_test(tcase, snapshots_are_capped);
	tcase_add_test(tcase, physical);
	return suite;
}
