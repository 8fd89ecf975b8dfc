// SPDX-License-Identifier: GPL-2.0
/*
 * Probes: what is wrong with them, and what they find.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "harness.h"

#define LEN	(4 * MIB)	/* of each kind of memory */
#define ROOM	DAMON_DEFAULT_MAX_NR_REGIONS
#define RING	(256 * 1024)
#define GROUPS	"/sys/fs/cgroup/"
#define ALLOW	(DAMON_FILTER_MATCHING | DAMON_FILTER_ALLOW)

static struct conf conf;
static struct damon_probe_conf probes[4];
static struct damon_probe_filter_conf filters[8];

static void probes_init(void)
{
	memset(probes, 0, sizeof(probes));
	memset(filters, 0, sizeof(filters));
	conf.c.probes = PTR(probes);
	conf.c.probe_size = sizeof(probes[0]);
	conf.c.probe_filters = PTR(filters);
	conf.c.probe_filter_size = sizeof(filters[0]);
}

/* One more probe, without filters so far. */
static void add_probe(uint32_t weight)
{
	struct damon_probe_conf *probe = &probes[conf.c.nr_probes++];

	ck_assert_uint_le(conf.c.nr_probes, ARRAY_SIZE(probes));
	probe->weight = weight;
	probe->first_filter = conf.c.nr_probe_filters;
}

/* One more filter of the last probe. */
static void add_filter(uint32_t type, uint32_t flags, int fd)
{
	struct damon_probe_filter_conf *filter = &filters[conf.c.nr_probe_filters++];

	ck_assert_uint_le(conf.c.nr_probe_filters, ARRAY_SIZE(filters));
	filter->type = type;
	filter->flags = flags;
	filter->fd = fd;
	probes[conf.c.nr_probes - 1].nr_filters++;
}

/*
 * What is wrong.  The right configuration: anonymous memory, and memory that is
 * not.
 */

static void begin_right(void)
{
	uint64_t mem = PTR(map_pages(MIB, false));

	conf_init(&conf);
	conf_target(&conf, 0);
	conf_range(&conf, mem, MIB);
	probes_init();
	add_probe(0);
	add_filter(DAMON_FILTER_ANON, ALLOW, 0);
	add_probe(0);
	add_filter(DAMON_FILTER_ANON, DAMON_FILTER_MATCHING, 0);
}

static void too_many_probes(void)
{
	conf.c.nr_probes = 5;
}

static void probe_size_small(void)
{
	conf.c.probe_size -= 4;
}

static void probe_size_huge(void)
{
	conf.c.probe_size = 8192;
}

static void probes_nowhere(void)
{
	conf.c.probes = 8;
}

static void too_many_filters(void)
{
	conf.c.nr_probe_filters = 129;
}

static void filter_left_over(void)
{
	conf.c.nr_probe_filters++;
}

static void filters_without_probe(void)
{
	conf.c.nr_probes = 0;
}

static void filter_size_small(void)
{
	conf.c.probe_filter_size -= 4;
}

static void filter_size_huge(void)
{
	conf.c.probe_filter_size = 8192;
}

static void filters_nowhere(void)
{
	conf.c.probe_filters = 8;
}

static void probe_reserved(void)
{
	probes[1].reserved = 1;
}

static void first_filter_wrong(void)
{
	probes[1].first_filter = 0;
}

static void nr_filters_wrong(void)
{
	probes[1].nr_filters = 2;
}

static void weight_too_high(void)
{
	probes[1].weight = ~0U;
}

static void probe_twice(void)
{
	filters[1].flags |= DAMON_FILTER_ALLOW;
}

static void filter_type_unknown(void)
{
	filters[1].type = 2;
}

static void filter_flags_unknown(void)
{
	filters[1].flags = 4;
}

static void filter_reserved(void)
{
	filters[1].reserved = 1;
}

static void fd_of_anon(void)
{
	filters[1].fd = 3;
}

static void weight_and_goal(void)
{
	probes[1].weight = 1;
	conf.c.access_bp = 400;
	conf.c.aggrs = 3;
	conf.c.min_sample_us = DAMON_DEFAULT_SAMPLE_US;
	conf.c.max_sample_us = 2 * DAMON_DEFAULT_SAMPLE_US;
}

static void fd_is_not_open(void)
{
	filters[1].type = DAMON_FILTER_MEMCG;
	filters[1].fd = 1000;
}

static void fd_is_no_group(void)
{
	filters[1].type = DAMON_FILTER_MEMCG;
	filters[1].fd = open("/proc", O_RDONLY);
	ck_assert_int_ge(filters[1].fd, 0);
}

/* Its parent gives it none. */
static void group_without_memory(void)
{
	mkdir(GROUPS "damon-test", 0755);
	ck_assert(!mkdir(GROUPS "damon-test/inner", 0755) || errno == EEXIST);
	filters[1].type = DAMON_FILTER_MEMCG;
	filters[1].fd = open(GROUPS "damon-test/inner", O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(filters[1].fd, 0);
}

static void group_is_removed(void)
{
	mkdir(GROUPS "damon-test-gone", 0755);
	filters[1].type = DAMON_FILTER_MEMCG;
	filters[1].fd = open(GROUPS "damon-test-gone", O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(filters[1].fd, 0);
	ck_assert_int_eq(rmdir(GROUPS "damon-test-gone"), 0);
}

static const struct {
	void (*make)(void);
	int err;
	const char *keyword;
} wrongs[] = {
	{ too_many_probes, -EINVAL, "nr_probes is 5" },
	{ probe_size_small, -EINVAL, "probe_size is 12" },
	{ probe_size_huge, -E2BIG, "probe_size is 8192" },
	{ probes_nowhere, -EFAULT, "probes" },
	{ too_many_filters, -EINVAL, "nr_probe_filters is 129" },
	{ filter_left_over, -EINVAL, "nr_probe_filters is 3" },
	{ filters_without_probe, -EINVAL, "nr_probe_filters is 2" },
	{ filter_size_small, -EINVAL, "probe_filter_size is 12" },
	{ filter_size_huge, -E2BIG, "probe_filter_size is 8192" },
	{ filters_nowhere, -EFAULT, "probe_filters" },
	{ probe_reserved, -EINVAL, "probe 1: reserved" },
	{ first_filter_wrong, -EINVAL, "probe 1: first_filter" },
	{ nr_filters_wrong, -EINVAL, "probe 1: nr_filters" },
	{ weight_too_high, -EINVAL, "probe 1: weights" },
	{ weight_and_goal, -EINVAL, "probe 1: intervals" },
	{ probe_twice, -EINVAL, "probe 1: probe is there" },
	{ filter_type_unknown, -EINVAL, "probe filter 1: type" },
	{ filter_flags_unknown, -EINVAL, "probe filter 1: flags" },
	{ filter_reserved, -EINVAL, "probe filter 1: reserved" },
	{ fd_of_anon, -EINVAL, "probe filter 1: fd" },
	{ fd_is_not_open, -EBADF, "probe filter 1 (fd 1000)" },
	{ fd_is_no_group, -EBADF, "probe filter 1 (fd" },
	{ group_without_memory, -EINVAL, "memory controller" },
	{ group_is_removed, -ENOENT, "probe filter 1 (fd" },
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

	/* And but for that, all was right. */
	begin_right();
	conf_commit(fd, &conf);
}
END_TEST

static int *result;

static void commit_own(void *unused)
{
	int fd = session_try(open(DAMON_DEVICE_PATH, O_RDWR), 0, NULL);

	(void)unused;
	*result = conf_try(fd, &conf);
}

START_TEST(need_rights)
{
	result = shared_alloc(sizeof(*result));
	begin_right();
	ck_assert_int_eq(run_as(USER_A, commit_own, NULL), 0);
	ck_assert_int_eq(*result, -EPERM);
	conf.c.nr_probes = 0;
	conf.c.nr_probe_filters = 0;
	ck_assert_int_eq(run_as(USER_A, commit_own, NULL), 0);
	ck_assert_int_eq(*result, 0);
}
END_TEST

START_TEST(hit_size_wrong)
{
	static const struct {
		uint32_t size;
		int err;
	} sizes[] = { { 0, -EINVAL }, { 15, -EINVAL }, { 8192, -E2BIG } };
	struct damon_hits_info hits[1];
	struct snap snap;
	size_t i;
	int fd;

	begin_right();
	fd = session_running(0, &conf);
	windows_pass(fd, 1);
	snap_init(&snap, ROOM);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		snap.s.hits = PTR(hits);
		snap.s.hit_size = sizes[i].size;
		ck_assert_int_eq(snap_try(fd, &snap), sizes[i].err);
		check_text(snap.msg, "hit_size");
	}
	snap.s.hits = 8;
	snap.s.hit_size = sizeof(hits[0]);
	ck_assert_int_eq(snap_try(fd, &snap), -EFAULT);
	check_text(snap.msg, "hits");
	snap_free(&snap);
}
END_TEST

/* What they find. */

static struct snap snap;
static struct damon_hits_info hits[ROOM];

static void begin_finding(void)
{
	conf_init(&conf);
	probes_init();
	snap_init(&snap, ROOM);
	snap.s.hits = PTR(hits);
	snap.s.hit_size = sizeof(hits[0]);
}

static void end_finding(void)
{
	snap_free(&snap);
}

/* Anonymous memory, and memory of a file right behind it. */
static void have_both(struct target *target)
{
	char *mem = map_pages(2 * LEN, false);
	int fd = memfd_create("damon-test", 0);

	if (!mem || fd < 0 || ftruncate(fd, LEN) ||
	    mmap(mem + LEN, LEN, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
	    MAP_FAILED)
		_exit(1);
	touch(mem + LEN, LEN);
	target->addr = PTR(mem);
	target->len = 2 * LEN;
	target->ready = 1;
	target_work(target);
}

/* Anonymous, all else, all at all, and nothing, in one way or the other. */
static void add_four_probes(void)
{
	add_probe(0);
	add_filter(DAMON_FILTER_ANON, ALLOW, 0);
	add_probe(0);
	add_filter(DAMON_FILTER_ANON, DAMON_FILTER_MATCHING, 0);
	add_probe(0);
	add_probe(0);
	add_filter(DAMON_FILTER_ANON, DAMON_FILTER_MATCHING, 0);
	add_filter(DAMON_FILTER_ANON, 0, 0);
}

/* The part of the samples in a range that a probe has hit. */
static double share(uint64_t start, uint64_t len, unsigned int probe)
{
	const struct damon_range_conf range = { start, start + len };
	double sum = 0;
	uint32_t i;

	for (i = 0; i < snap.s.nr_regions; i++)
		sum += (double)overlap(&range, snap.regions[i].start, snap.regions[i].end) *
			hits[i].hits[probe];
	return sum / len / snap.s.max_nr_accesses;
}

/* A share that is all or nothing, but for what was missed. */
static void check_share(uint64_t start, uint64_t len, unsigned int probe, bool all)
{
	double is = share(start, len, probe);

	ck_assert_msg(all ? is > 0.9 && is <= 1 : is == 0,
		      "probe %u hits %.3f of the samples at %#llx", probe, is,
		      (unsigned long long)start);
}

/* Memory of @target: LEN from @addr, of one kind. */
static void check_kind(uint64_t addr, uint64_t len, bool anon)
{
	check_share(addr, len, 0, anon);
	check_share(addr, len, 1, !anon);
	check_share(addr, len, 2, true);
	check_share(addr, len, 3, false);
}

START_TEST(anon_of_a_process)
{
	struct target *target = target_job(0, have_both);
	int fd;

	conf.c.ops = _i ? DAMON_OPS_FVADDR : DAMON_OPS_VADDR;
	conf_target(&conf, target->pid);
	/* Not side by side: without accesses they would be one region. */
	conf_range(&conf, target->addr, LEN);
	conf_range(&conf, target->addr + LEN + PAGE, LEN - PAGE);
	add_four_probes();
	fd = session_running(0, &conf);
	next_window(fd, &snap);
	ck_assert_uint_eq(snap.s.nr_probes, 4);
	check_kind(target->addr, LEN, true);
	check_kind(target->addr + LEN + PAGE, LEN - PAGE, false);
}
END_TEST

START_TEST(huge_pages)
{
	struct target *target = target_spawn(0, LEN, true);
	int fd;

	conf_target(&conf, target->pid);
	conf_range(&conf, target->addr, LEN);
	add_four_probes();
	fd = session_running(0, &conf);
	next_window(fd, &snap);
	check_kind(target->addr, LEN, true);
}
END_TEST

/* The same as not anonymous. */
START_TEST(no_page)
{
	uint64_t mem = PTR(map_half(LEN));

	conf_target(&conf, 0);
	conf_range(&conf, mem, LEN);
	add_four_probes();
	next_window(session_running(0, &conf), &snap);
	check_kind(mem, LEN, false);
}
END_TEST

static int by_address(const void *a, const void *b)
{
	const struct damon_range_conf *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

#define NR_PAGES	6

/* Does a page stand beside one of these?  Then they would be one region. */
static bool touches(uint64_t page, const struct damon_range_conf *pages, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (pages[i].start <= page + PAGE && page <= pages[i].end)
			return true;
	return false;
}

/* Watches pages of two places by turns, a range each; @pages: in that order. */
static void watch_pages(const struct target *a, uint64_t addr_a, const struct target *b,
			uint64_t addr_b, struct damon_range_conf *pages)
{
	unsigned int nr = 0;
	uint64_t i, at;

	conf_physical(&conf);
	probes_init();
	conf.c.min_nr_regions = 3;
	for (i = 0; nr < NR_PAGES; i++) {
		ck_assert_uint_lt(i, LEN / PAGE);
		at = nr % 2 ? page_at(b->pid, addr_b + i * PAGE) :
			      page_at(a->pid, addr_a + i * PAGE);
		ck_assert_uint_ne(at, 0);
		if (touches(at, pages, nr))
			continue;
		pages[nr].start = at;
		pages[nr].end = at + PAGE;
		conf_range(&conf, at, PAGE);
		nr++;
	}
	qsort(conf.ranges, NR_PAGES, sizeof(conf.ranges[0]), by_address);
}

START_TEST(anon_of_memory)
{
	struct target *target = target_job(0, have_both);
	struct damon_range_conf pages[NR_PAGES];
	unsigned int i;
	int fd;

	watch_pages(target, target->addr, target, target->addr + LEN, pages);
	add_four_probes();
	fd = session_running(0, &conf);
	next_window(fd, &snap);
	for (i = 0; i < NR_PAGES; i++)
		check_kind(pages[i].start, PAGE, !(i % 2));
}
END_TEST

/* Probes come and go while the session runs. */
START_TEST(come_and_go)
{
	uint64_t mem = PTR(map_pages(LEN, false));
	unsigned int i;
	int fd;

	conf_target(&conf, 0);
	conf_range(&conf, mem, LEN);
	fd = session_running(0, &conf);
	memset(hits, 0xff, sizeof(hits));
	next_window(fd, &snap);
	ck_assert_uint_eq(snap.s.nr_probes, 0);
	for (i = 0; i < snap.s.nr_regions; i++)
		ck_assert_uint_eq(hits[i].hits[0], 0);

	add_four_probes();
	conf_commit(fd, &conf);
	next_window(fd, &snap);
	ck_assert_uint_eq(snap.s.nr_probes, 4);
	check_kind(mem, LEN, true);

	conf.c.nr_probes = 1;
	conf.c.nr_probe_filters = 1;
	conf_commit(fd, &conf);
	next_window(fd, &snap);
	ck_assert_uint_eq(snap.s.nr_probes, 1);
	check_share(mem, LEN, 0, true);
	check_share(mem, LEN, 2, false);

	conf.c.nr_probes = 0;
	conf.c.nr_probe_filters = 0;
	conf_commit(fd, &conf);
	next_window(fd, &snap);
	ck_assert_uint_eq(snap.s.nr_probes, 0);
	check_share(mem, LEN, 0, false);
}
END_TEST

/* Elements that are longer than the module knows end with zeroes. */
START_TEST(longer_hits)
{
	struct {
		struct damon_hits_info known;
		uint64_t more;
	} longer[ROOM];
	uint64_t mem = PTR(map_pages(LEN, false));
	unsigned int i;

	memset(longer, 0xff, sizeof(longer));
	conf_target(&conf, 0);
	conf_range(&conf, mem, LEN);
	add_probe(0);
	snap.s.hits = PTR(longer);
	snap.s.hit_size = sizeof(longer[0]);
	next_window(session_running(0, &conf), &snap);
	for (i = 0; i < snap.s.nr_regions; i++) {
		ck_assert_uint_gt(longer[i].known.hits[0], 0);
		ck_assert_uint_eq(longer[i].known.hits[1], 0);
		ck_assert_uint_eq(longer[i].more, 0);
	}
}
END_TEST

/* What the newest record says of a window is what its snapshot says. */
static void check_record(const struct damon_record_window *w, uint32_t nr_probes)
{
	const struct damon_record_hits *last = (const void *)&w->regions[w->nr_regions];
	size_t len = sizeof(*w) + w->nr_regions * sizeof(w->regions[0]);

	ck_assert_uint_eq(w->head.type, DAMON_RECORD_WINDOW);
	if (nr_probes)
		len += sizeof(*last) + w->nr_regions * sizeof(hits[0]);
	ck_assert_uint_eq(w->head.size, len);
	ck_assert_uint_eq(w->seq, snap.s.seq);
	ck_assert_uint_eq(w->nr_regions, snap.s.nr_regions);
	ck_assert_mem_eq(w->regions, snap.regions, w->nr_regions * sizeof(w->regions[0]));
	ck_assert_uint_eq(snap.s.nr_probes, nr_probes);
	if (!nr_probes)
		return;
	ck_assert_uint_eq(last->nr_probes, nr_probes);
	ck_assert_uint_eq(last->hit_size, sizeof(hits[0]));
	ck_assert_mem_eq(last->hits, hits, w->nr_regions * sizeof(hits[0]));
}

/* The last record that is there. */
static const struct damon_record_window *last_record(int fd)
{
	static uint64_t records[RING / 8];
	struct damon_record_window *w = NULL;
	ssize_t got;
	char *at;

	while ((got = read(fd, records, sizeof(records))) > 0) {
		for (at = (char *)records; at < (char *)records + got; at += w->head.size)
			w = (void *)at;
	}
	ck_assert_int_eq(got, 0);
	ck_assert_ptr_nonnull(w);
	return w;
}

/* Stops it, and compares its last record with its last snapshot. */
static void stop_and_check(int fd, uint32_t nr_probes)
{
	windows_pass(fd, 2);
	session_stop(fd);
	snap.s.nr_regions = snap.room;
	ck_assert_int_eq(snap_try(fd, &snap), 0);
	check_record(last_record(fd), nr_probes);
}

START_TEST(records_have_them)
{
	struct target *target = target_job(0, have_both);
	int fd;

	conf_target(&conf, target->pid);
	conf_range(&conf, target->addr, LEN);
	conf_range(&conf, target->addr + LEN + PAGE, LEN - PAGE);
	add_four_probes();
	fd = session_running(RING, &conf);
	stop_and_check(fd, 4);
	check_kind(target->addr, LEN, true);
	check_kind(target->addr + LEN + PAGE, LEN - PAGE, false);

	/* Without probes there are none, and one is one. */
	conf.c.nr_probes = 0;
	conf.c.nr_probe_filters = 0;
	conf_commit(fd, &conf);
	session_start(fd);
	stop_and_check(fd, 0);

	conf.c.nr_probes = 1;
	conf.c.nr_probe_filters = 1;
	conf_commit(fd, &conf);
	session_start(fd);
	stop_and_check(fd, 1);
}
END_TEST

/* One of the two kinds is told from the other, by its weight alone. */
static bool told_apart(uint64_t border)
{
	uint32_t i;

	for (i = 0; i < snap.s.nr_regions; i++) {
		const struct damon_region_info *r = &snap.regions[i];

		ck_assert_uint_eq(r->nr_accesses, 0);
		/* A region is right if it is on one side, but for a tenth. */
		if (r->start + LEN / 10 < border && r->end > border + LEN / 10)
			return false;
	}
	return share(border - LEN, LEN, 0) > 0.9 && share(border, LEN, 0) < 0.1;
}

START_TEST(attributes_only)
{
	struct target *target = target_job(0, have_both);
	int fd;

	/* All of it is in use, which must not be seen. */
	target->hot = target->len;
	target->work = WORK_TOUCH;
	conf_target(&conf, target->pid);
	conf_range(&conf, target->addr, target->len);
	add_probe(100);
	add_filter(DAMON_FILTER_ANON, ALLOW, 0);
	fd = session_running(0, &conf);
	ck_wait((next_window(fd, &snap), told_apart(target->addr + LEN)));
	ck_assert_uint_gt(snap.s.nr_checks, 0);
}
END_TEST

/* Cgroups. */

static const char *const groups[] = { GROUPS "damon-probe-a", GROUPS "damon-probe-b" };
static struct target *members[2];
static int group_fds[2];
static const char *own_group;

static void join(struct target *target)
{
	char procs[64];
	void *mem;

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", own_group);
	if (!write_text(procs, "0"))
		_exit(1);
	mem = map_pages(LEN, false);
	if (!mem)
		_exit(1);
	target->addr = PTR(mem);
	target->len = LEN;
	target->ready = 1;
	target_work(target);
}

static void begin_groups(void)
{
	unsigned int i;

	begin_finding();
	for (i = 0; i < 2; i++) {
		ck_assert(!mkdir(groups[i], 0755) || errno == EEXIST);
		group_fds[i] = open(groups[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ck_assert_int_ge(group_fds[i], 0);
		own_group = groups[i];
		members[i] = target_job(0, join);
	}
}

/* The groups are empty once the kernel has buried their processes. */
static void remove_groups(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		target_kill(members[i]);
		close(group_fds[i]);
		ck_wait(!rmdir(groups[i]));
	}
}

static void add_groups(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		add_probe(0);
		add_filter(DAMON_FILTER_MEMCG, ALLOW, group_fds[i]);
	}
}

START_TEST(groups_of_processes)
{
	unsigned int i;
	int fd;

	for (i = 0; i < 2; i++) {
		conf_target(&conf, members[i]->pid);
		conf_range(&conf, members[i]->addr, LEN);
	}
	add_groups();
	fd = session_running(0, &conf);
	next_window(fd, &snap);
	for (i = 0; i < snap.s.nr_regions; i++) {
		uint32_t t = snap.regions[i].target;

		ck_assert_uint_ge(hits[i].hits[t], snap.s.max_nr_accesses * 9 / 10);
		ck_assert_uint_eq(hits[i].hits[!t], 0);
	}

	/* The session outlives the groups. */
	remove_groups();
	ck_wait(session_state(fd) == DAMON_STATE_ENDED);
}
END_TEST

START_TEST(groups_of_memory)
{
	struct damon_range_conf pages[NR_PAGES];
	unsigned int i;
	uint64_t seq;
	int fd;

	watch_pages(members[0], members[0]->addr, members[1], members[1]->addr, pages);
	add_groups();
	fd = session_running(0, &conf);
	next_window(fd, &snap);
	for (i = 0; i < NR_PAGES; i++) {
		check_share(pages[i].start, PAGE, 0, !(i % 2));
		check_share(pages[i].start, PAGE, 1, i % 2);
	}

	/* The session outlives the groups, and finds nothing of theirs. */
	remove_groups();
	seq = session_seq(fd);
	ck_wait(session_seq(fd) > seq + 2);
	ck_assert_uint_eq(session_state(fd), DAMON_STATE_RUNNING);
}
END_TEST

Suite *probes_suite(void)
{
	Suite *suite = suite_create("probes");
	TCase *tc = add_case(suite, "probes");

	tcase_add_loop_test(tc, rejected, 0, ARRAY_SIZE(wrongs));
	tcase_add_test(tc, need_rights);
	tcase_add_test(tc, hit_size_wrong);

	tc = add_case(suite, "finding");
	tcase_add_checked_fixture(tc, begin_finding, end_finding);
	tcase_add_loop_test(tc, anon_of_a_process, 0, 2);
	tcase_add_test(tc, huge_pages);
	tcase_add_test(tc, no_page);
	tcase_add_test(tc, anon_of_memory);
	tcase_add_test(tc, come_and_go);
	tcase_add_test(tc, longer_hits);
	tcase_add_test(tc, records_have_them);
	tcase_add_test(tc, attributes_only);

	tc = add_case(suite, "groups");
	tcase_add_checked_fixture(tc, begin_groups, end_finding);
	tcase_add_test(tc, groups_of_processes);
	tcase_add_test(tc, groups_of_memory);
	return suite;
}
