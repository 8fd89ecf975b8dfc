// SPDX-License-Identifier: GPL-2.0
/*
 * The tree below /sys/kernel/mm/damon: its files, and what they take.
 */
#include <ftw.h>
#include <sys/stat.h>

#include "harness.h"

#define C	"0/contexts/0/"
#define A	C "monitoring_attrs/"
#define T	C "targets/0/"
#define S	C "schemes/0/"
#define MAX	"18446744073709551615"

/**
 * struct file - a file of the tree
 * @path:	below admin/kdamonds, with one of everything
 * @mode:	its mode
 * @value:	what is in it when it is new; lines end in spaces
 */
struct file {
	const char *path;
	unsigned int mode;
	const char *value;
};

#define FILTER(dir)							\
	{ dir "/nr_filters", 0600, "1" },				\
	{ dir "/0/type", 0600, "anon" },				\
	{ dir "/0/matching", 0600, "N" },				\
	{ dir "/0/allow", 0600, "N" },					\
	{ dir "/0/memcg_path", 0600, "" },				\
	{ dir "/0/addr_start", 0600, "0" },				\
	{ dir "/0/addr_end", 0600, "0" },				\
	{ dir "/0/min", 0600, "0" },					\
	{ dir "/0/max", 0600, "0" },					\
	{ dir "/0/damon_target_idx", 0600, "0" }

/* As the interface of Linux 7.3 has it. */
static const struct file files[] = {
	{ "nr_kdamonds", 0600, "1" },
	{ "0/state", 0600, "off" },
	{ "0/pid", 0400, "-1" },
	{ "0/refresh_ms", 0600, "0" },
	{ "0/contexts/nr_contexts", 0600, "1" },
	{ C "avail_operations", 0400, "vaddr fvaddr paddr" },
	{ C "operations", 0600, "vaddr" },
	{ C "addr_unit", 0600, "1" },
	{ C "pause", 0600, "N" },
	{ A "intervals/sample_us", 0600, "5000" },
	{ A "intervals/aggr_us", 0600, "100000" },
	{ A "intervals/update_us", 0600, "60000000" },
	{ A "intervals/intervals_goal/access_bp", 0600, "0" },
	{ A "intervals/intervals_goal/aggrs", 0600, "0" },
	{ A "intervals/intervals_goal/min_sample_us", 0600, "0" },
	{ A "intervals/intervals_goal/max_sample_us", 0600, "0" },
	{ A "nr_regions/min", 0600, "10" },
	{ A "nr_regions/max", 0600, "1000" },
	{ A "probes/nr_probes", 0600, "1" },
	{ A "probes/0/weight", 0600, "0" },
	{ A "probes/0/filters/nr_filters", 0600, "1" },
	{ A "probes/0/filters/0/type", 0600, "anon" },
	{ A "probes/0/filters/0/matching", 0600, "N" },
	{ A "probes/0/filters/0/allow", 0600, "N" },
	{ A "probes/0/filters/0/path", 0600, "" },
	{ C "targets/nr_targets", 0600, "1" },
	{ T "pid_target", 0600, "0" },
	{ T "obsolete_target", 0600, "N" },
	{ T "regions/nr_regions", 0600, "1" },
	{ T "regions/0/start", 0600, "0" },
	{ T "regions/0/end", 0600, "0" },
	{ C "schemes/nr_schemes", 0600, "1" },
	{ S "action", 0600, "stat" },
	{ S "target_nid", 0600, "-1" },
	{ S "apply_interval_us", 0600, "0" },
	{ S "access_pattern/sz/min", 0600, "0" },
	{ S "access_pattern/sz/max", 0600, "0" },
	{ S "access_pattern/nr_accesses/min", 0600, "0" },
	{ S "access_pattern/nr_accesses/max", 0600, "0" },
	{ S "access_pattern/age/min", 0600, "0" },
	{ S "access_pattern/age/max", 0600, "0" },
	{ S "quotas/ms", 0600, "0" },
	{ S "quotas/bytes", 0600, "0" },
	{ S "quotas/reset_interval_ms", 0600, "0" },
	{ S "quotas/effective_bytes", 0400, "0" },
	{ S "quotas/goal_tuner", 0600, "consist" },
	{ S "quotas/fail_charge_num", 0600, "0" },
	{ S "quotas/fail_charge_denom", 0600, "0" },
	{ S "quotas/weights/sz_permil", 0600, "0" },
	{ S "quotas/weights/nr_accesses_permil", 0600, "0" },
	{ S "quotas/weights/age_permil", 0600, "0" },
	{ S "quotas/goals/nr_goals", 0600, "1" },
	{ S "quotas/goals/0/target_metric", 0600, "user_input" },
	{ S "quotas/goals/0/target_value", 0600, "0" },
	{ S "quotas/goals/0/current_value", 0600, "0" },
	{ S "quotas/goals/0/nid", 0600, "0" },
	{ S "quotas/goals/0/path", 0600, "" },
	{ S "watermarks/metric", 0600, "none" },
	{ S "watermarks/interval_us", 0600, "0" },
	{ S "watermarks/high", 0600, "0" },
	{ S "watermarks/mid", 0600, "0" },
	{ S "watermarks/low", 0600, "0" },
	FILTER(S "core_filters"),
	FILTER(S "ops_filters"),
	FILTER(S "filters"),
	{ S "dests/nr_dests", 0600, "1" },
	{ S "dests/0/id", 0600, "0" },
	{ S "dests/0/weight", 0600, "0" },
	{ S "stats/nr_tried", 0400, "0" },
	{ S "stats/sz_tried", 0400, "0" },
	{ S "stats/nr_applied", 0400, "0" },
	{ S "stats/sz_applied", 0400, "0" },
	{ S "stats/sz_ops_filter_passed", 0400, "0" },
	{ S "stats/qt_exceeds", 0400, "0" },
	{ S "stats/nr_snapshots", 0400, "0" },
	{ S "stats/max_nr_snapshots", 0600, "0" },
	{ S "tried_regions/total_bytes", 0400, "0" },
};

/* One of everything that can be there more than once. */
static const char *const counts[] = {
	A "probes/nr_probes", A "probes/0/filters/nr_filters", C "targets/nr_targets",
	T "regions/nr_regions", C "schemes/nr_schemes", S "quotas/goals/nr_goals",
	S "core_filters/nr_filters", S "ops_filters/nr_filters", S "filters/nr_filters",
	S "dests/nr_dests",
};

static void one_of_everything(void)
{
	size_t i;

	tree_context();
	for (i = 0; i < ARRAY_SIZE(counts); i++)
		tree_put(counts[i], "1");
}

static unsigned int nr_met;
static char stranger[TREE_PATH];

static int meet(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	size_t skip = strlen(tree_root()) + strlen("/admin/kdamonds/"), i;

	(void)ftw;
	if (type == FTW_D) {
		if ((st->st_mode & 07777) != 0755)
			snprintf(stranger, sizeof(stranger), "%.200s has mode %o", path,
				 st->st_mode & 07777);
		return 0;
	}
	nr_met++;
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		if (strlen(path) > skip && !strcmp(path + skip, files[i].path))
			return 0;
	}
	snprintf(stranger, sizeof(stranger), "%.250s is not expected", path);
	return 0;
}

START_TEST(all_files)
{
	char path[TREE_PATH], text[256], *at;
	struct stat st;
	size_t i;

	one_of_everything();
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		const struct file *f = &files[i];

		tree_path(f->path, path);
		ck_assert_msg(!stat(path, &st), "%s: %s", path, strerror(errno));
		ck_assert_msg((st.st_mode & 07777) == f->mode, "%s has mode %o", path,
			      st.st_mode & 07777);
		ck_assert_msg(!st.st_uid && !st.st_gid, "%s is not root's", path);
		ck_assert_msg(read_text(path, text, sizeof(text)), "%s has no text", path);
		for (at = text; *at; at++) {
			if (*at == '\n')
				*at = at[1] ? ' ' : '\0';
		}
		ck_assert_msg(!strcmp(text, f->value), "%s is '%s', not '%s'", path, text,
			      f->value);
	}
	nr_met = 0;
	stranger[0] = '\0';
	ck_assert_int_eq(nftw(tree_root(), meet, 16, FTW_PHYS), 0);
	ck_assert_msg(!stranger[0], "%s", stranger);
	ck_assert_uint_eq(nr_met, ARRAY_SIZE(files));
}
END_TEST

/* What is written, and what it is read as. */
static const struct {
	const char *path;
	const char *written;
	const char *read;
} accepted[] = {
	{ "0/refresh_ms", "1000\n", "1000" },
	{ C "operations", "fvaddr\n", "fvaddr" },
	{ C "operations", "paddr", "paddr" },
	{ C "addr_unit", "4096", "4096" },
	{ C "pause", "Y", "Y" }, { C "pause", "0\n", "N" },
	{ C "pause", "on", "Y" }, { C "pause", "off", "N" },
	{ C "pause", "True", "Y" }, { C "pause", "False", "N" },
	{ A "intervals/sample_us", "0x10", "16" },
	{ A "intervals/aggr_us", "010", "8" },
	{ A "nr_regions/min", "1", "1" },
	{ A "probes/nr_probes", "4", "4" },
	{ T "pid_target", "-1", "-1" },
	{ T "obsolete_target", "1", "Y" },
	{ T "regions/0/end", MAX "\n", MAX },
	{ S "action", "willneed", "willneed" }, { S "action", "cold", "cold" },
	{ S "action", "pageout", "pageout" }, { S "action", "hugepage", "hugepage" },
	{ S "action", "nohugepage", "nohugepage" }, { S "action", "collapse\n", "collapse" },
	{ S "action", "lru_prio", "lru_prio" }, { S "action", "lru_deprio", "lru_deprio" },
	{ S "action", "migrate_hot", "migrate_hot" },
	{ S "action", "migrate_cold", "migrate_cold" }, { S "action", "stat", "stat" },
	{ S "target_nid", "0", "0" },
	{ S "access_pattern/sz/max", MAX, MAX },
	{ S "access_pattern/nr_accesses/max", MAX, MAX },
	{ S "access_pattern/age/max", MAX, MAX },
	{ S "quotas/reset_interval_ms", MAX, MAX },
	{ S "quotas/goal_tuner", "temporal", "temporal" },
	{ S "quotas/weights/sz_permil", "4294967295", "4294967295" },
	{ S "quotas/goals/0/target_metric", "some_mem_psi_us", "some_mem_psi_us" },
	{ S "quotas/goals/0/target_metric", "node_mem_used_bp", "node_mem_used_bp" },
	{ S "quotas/goals/0/target_metric", "node_mem_free_bp", "node_mem_free_bp" },
	{ S "quotas/goals/0/target_metric", "node_memcg_used_bp", "node_memcg_used_bp" },
	{ S "quotas/goals/0/target_metric", "node_memcg_free_bp", "node_memcg_free_bp" },
	{ S "quotas/goals/0/target_metric", "active_mem_bp", "active_mem_bp" },
	{ S "quotas/goals/0/target_metric", "inactive_mem_bp", "inactive_mem_bp" },
	{ S "quotas/goals/0/target_metric", "node_eligible_mem_bp", "node_eligible_mem_bp" },
	{ S "quotas/goals/0/target_metric", "user_input", "user_input" },
	{ S "quotas/goals/0/path", "/some/group\n", "/some/group" },
	{ S "watermarks/metric", "free_mem_rate", "free_mem_rate" },
	{ S "core_filters/0/type", "addr", "addr" },
	{ S "core_filters/0/type", "target\n", "target" },
	{ S "ops_filters/0/type", "active", "active" },
	{ S "ops_filters/0/type", "memcg", "memcg" },
	{ S "ops_filters/0/type", "young", "young" },
	{ S "ops_filters/0/type", "hugepage_size", "hugepage_size" },
	{ S "ops_filters/0/type", "unmapped", "unmapped" },
	{ S "ops_filters/0/type", "anon", "anon" },
	{ S "filters/0/type", "addr", "addr" },
	{ S "filters/0/type", "young", "young" },
	{ S "filters/0/memcg_path", "/a b", "/a b" },
	{ S "filters/0/matching", "Y", "Y" },
	{ S "dests/0/id", "3", "3" },
	{ S "stats/max_nr_snapshots", "7", "7" },
};

START_TEST(takes)
{
	const char *is;
	size_t i;

	one_of_everything();
	for (i = 0; i < ARRAY_SIZE(accepted); i++) {
		tree_put(accepted[i].path, accepted[i].written);
		is = tree_get(accepted[i].path);
		ck_assert_msg(!strcmp(is, accepted[i].read), "'%s' in %s is read as '%s'",
			      accepted[i].written, accepted[i].path, is);
	}
}
END_TEST

static const struct {
	const char *path;
	const char *written;
	int err;
} refused[] = {
	{ "nr_kdamonds", "-1", EINVAL }, { "nr_kdamonds", "x", EINVAL },
	{ "nr_kdamonds", "99999", EINVAL },
	{ "0/state", "", 0 }, { "0/state", "ON", EINVAL }, { "0/state", "on off", EINVAL },
	{ "0/pid", "1", EACCES },
	{ "0/refresh_ms", "-1", EINVAL }, { "0/refresh_ms", "4294967296", ERANGE },
	{ "0/contexts/nr_contexts", "2", EINVAL }, { "0/contexts/nr_contexts", "-1", EINVAL },
	{ C "avail_operations", "paddr", EACCES },
	{ C "operations", "waddr", EINVAL }, { C "operations", "vaddr fvaddr", EINVAL },
	{ C "addr_unit", "0", EINVAL }, { C "addr_unit", "x", EINVAL },
	{ C "pause", "2", EINVAL }, { C "pause", "maybe", EINVAL },
	{ A "intervals/sample_us", "-5", EINVAL }, { A "intervals/sample_us", "5ms", EINVAL },
	{ A "intervals/aggr_us", "18446744073709551616", ERANGE },
	{ A "probes/nr_probes", "5", EINVAL },
	{ A "probes/0/filters/0/type", "young", EINVAL },
	{ C "targets/nr_targets", "-1", EINVAL },
	{ T "pid_target", "init", EINVAL },
	{ T "regions/nr_regions", "", 0 },
	{ C "schemes/nr_schemes", "1000000", EINVAL },
	{ S "action", "pagein", EINVAL },
	{ S "target_nid", "zero", EINVAL },
	{ S "quotas/effective_bytes", "1", EACCES },
	{ S "quotas/goal_tuner", "best", EINVAL },
	{ S "quotas/goals/0/target_metric", "psi", EINVAL },
	{ S "watermarks/metric", "free", EINVAL },
	{ S "core_filters/0/type", "anon", EINVAL }, { S "core_filters/0/type", "young", EINVAL },
	{ S "ops_filters/0/type", "addr", EINVAL }, { S "ops_filters/0/type", "target", EINVAL },
	{ S "filters/0/type", "file", EINVAL },
	{ S "stats/nr_tried", "0", EACCES },
	{ S "tried_regions/total_bytes", "0", EACCES },
};

START_TEST(refuses)
{
	char was[256];
	size_t i;

	one_of_everything();
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		int err;

		snprintf(was, sizeof(was), "%s", tree_get(refused[i].path));
		err = tree_try(refused[i].path, refused[i].written);
		ck_assert_msg(err == -refused[i].err, "'%s' to %s: %d, not %d",
			      refused[i].written, refused[i].path, err, -refused[i].err);
		ck_assert_str_eq(tree_get(refused[i].path), was);
	}
}
END_TEST

START_TEST(new_ones_are_new)
{
	char path[TREE_PATH];

	one_of_everything();
	tree_put(T "pid_target", "5");
	tree_put(C "targets/nr_targets", "3");
	ck_assert_str_eq(tree_get(T "pid_target"), "0");
	ck_assert_str_eq(tree_get(C "targets/2/pid_target"), "0");
	tree_put(C "targets/nr_targets", "1");
	ck_assert_int_ne(access(tree_path(C "targets/1", path), F_OK), 0);
	tree_put("nr_kdamonds", "3");
	ck_assert_str_eq(tree_get("2/contexts/nr_contexts"), "0");
	ck_assert_int_eq(tree_try("nr_kdamonds", "0"), 0);
	ck_assert_int_ne(access(tree_path("0", path), F_OK), 0);
}
END_TEST

/* The name belongs to whom it did before; a second look beside changes nothing. */
START_TEST(place)
{
	bool beside = tree_beside();
	bool other;

	module_gone();
	other = !access("/sys/kernel/mm/damon", F_OK);
	ck_assert_int_ne(access("/sys/kernel/mm/damon-dkms", F_OK), 0);
	ck_assert_int_eq(other, beside);
	module_need();
	ck_assert_int_eq(access("/sys/kernel/mm/damon-dkms", F_OK), beside ? 0 : -1);
}
END_TEST

Suite *sysfs_suite(void)
{
	Suite *suite = suite_create("sysfs");
	TCase *tc = add_case(suite, "tree");

	tcase_add_checked_fixture(tc, tree_empty, tree_empty);
	tcase_add_test(tc, all_files);
	tcase_add_test(tc, takes);
	tcase_add_test(tc, refuses);
	tcase_add_test(tc, new_ones_are_new);
	tcase_add_test(tc, place);
	sysfs_run_cases(suite);
	sysfs_values_cases(suite);
	sysfs_stress_cases(suite);
	return suite;
}
