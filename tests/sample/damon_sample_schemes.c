// SPDX-License-Identifier: GPL-2.0
/*
 * Reclaims the memory of a process or of a cgroup that nobody uses, so much in each
 * tenth of a second, and counts it.
 *
 * Written to "watch": the id of a process, of which [start, end) is reclaimed; or
 * "memory": what is charged to "cgroup", found in physical memory; or "again":
 * "quota" or "wrong" is another; or "end".
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/string.h>

#include <damon/damonx.h>

static ulong start, end, quota = 1UL << 20;
module_param(start, ulong, 0644);
MODULE_PARM_DESC(start, "first address of what is reclaimed of a process");
module_param(end, ulong, 0644);
MODULE_PARM_DESC(end, "first address behind it");
module_param(quota, ulong, 0644);
MODULE_PARM_DESC(quota, "bytes in 100 ms");

static bool wrong;
module_param(wrong, bool, 0644);
MODULE_PARM_DESC(wrong, "the quota has more time than there is");

static char cgroup[128] = "/";
module_param_string(cgroup, cgroup, sizeof(cgroup), 0644);
MODULE_PARM_DESC(cgroup, "whose memory is reclaimed; its path");

static char reason[256];
module_param_string(reason, reason, sizeof(reason), 0444);
MODULE_PARM_DESC(reason, "why the last schemes were refused");

static struct damonx_ctx *ctx;
/* The module is about to go, but its parameters are still there. */
static bool leaving;

/* What is to be done: one counts all there is, the other one reclaims. */
static int set_schemes(void)
{
	const struct damon_scheme_conf confs[] = {
		{
			.action = DAMON_ACTION_STAT,
			.max_sz = U64_MAX,
			.max_accesses = U32_MAX,
			.max_age = U64_MAX,
		}, {
			.action = DAMON_ACTION_PAGEOUT,
			.flags = DAMON_SCHEME_ACCESSES_BP,
			.max_sz = U64_MAX,
			.max_age = U64_MAX,
			.quota_bytes = quota,
			.quota_us = wrong ? 100001 : 0,
			.quota_interval_us = 100000,
			/* What filters let nobody touch costs nothing. */
			.fail_denom = 1,
			.nr_filters = 2,
			.max_tried = 16,
		},
	};
	const struct damon_scheme_filter_conf filters[] = {
		/* Not outside. */
		{ .type = DAMON_FILTER_ADDR, .min = start, .max = end },
		/* And only the group's; @fd is the index of its path. */
		{
			.type = DAMON_FILTER_MEMCG,
			.flags = DAMON_FILTER_MATCHING | DAMON_FILTER_ALLOW |
				 DAMON_FILTER_HIERARCHICAL,
		},
	};
	const char *const cgroups[] = { cgroup };
	const struct damonx_schemes schemes = {
		.schemes = confs,
		.nr_schemes = ARRAY_SIZE(confs),
		.scheme_filters = filters,
		.nr_scheme_filters = ARRAY_SIZE(filters),
		.cgroups = cgroups,
		.nr_cgroups = ARRAY_SIZE(cgroups),
	};

	return damonx_set_schemes(ctx, &schemes, reason, sizeof(reason));
}

static int begin(const char *ops, struct mm_struct *mm)
{
	const struct damonx_attrs attrs = {
		.sample_us = 5000,
		.aggr_us = 50000,
		.update_us = 1000000,
		.min_nr_regions = 10,
		.max_nr_regions = 1000,
	};
	const struct damonx_target target = { .priv = mm };
	int err;

	ctx = damonx_create(ops, &attrs, &target, 1);
	if (IS_ERR(ctx)) {
		err = PTR_ERR(ctx);
		goto fail;
	}
	err = set_schemes();
	if (!err)
		err = damonx_start(ctx);
	if (!err)
		return 0;
	damonx_destroy(ctx);
fail:
	ctx = NULL;
	return err;
}

static int watch(int nr)
{
	struct pid *pid = find_get_pid(nr);
	struct task_struct *task = get_pid_task(pid, PIDTYPE_PID);
	struct mm_struct *mm = task ? get_task_mm(task) : NULL;
	int err = -ESRCH;

	if (mm) {
		/* The context holds on to the mm, but not to its memory. */
		err = begin("vaddr", mm);
		mmput(mm);
	}
	if (task)
		put_task_struct(task);
	put_pid(pid);
	return err;
}

/* The kernel serialises what is done with the parameters of a module. */
static int watch_set(const char *text, const struct kernel_param *kp)
{
	int nr;

	if (leaving)
		return -ENODEV;
	if (sysfs_streq(text, "again"))
		return ctx ? set_schemes() : -ENODATA;
	damonx_destroy(ctx);
	ctx = NULL;
	if (sysfs_streq(text, "end"))
		return 0;
	if (sysfs_streq(text, "memory")) {
		/* Wherever it is. */
		start = 0;
		end = ULONG_MAX;
		return begin("paddr", NULL);
	}
	return kstrtoint(text, 0, &nr) ?: watch(nr);
}

static const struct kernel_param_ops watch_ops = {
	.set = watch_set,
};
module_param_cb(watch, &watch_ops, NULL, 0200);
MODULE_PARM_DESC(watch, "a process's id, memory, again, end");

struct report {
	char *buf;
	size_t len;
};

static void report(const struct damonx_seen *seen, void *data)
{
	const struct damon_scheme *s = seen->scheme;
	struct report *r = data;
	u64 kept = 0;
	u32 i;

	for (i = 0; i < s->nr_kept; i++)
		kept += seen->tried[i].end - seen->tried[i].start;
	r->len += scnprintf(r->buf + r->len, PAGE_SIZE - r->len,
			    "%llu %llu %llu %llu %llu %llu %llu\n", s->sz_tried, s->sz_passed,
			    s->sz_applied, s->nr_snapshots, s->effective_quota, s->charged, kept);
}

static int seen_get(char *buf, const struct kernel_param *kp)
{
	struct report r = { .buf = buf };
	u32 i;

	if (!ctx)
		return -ENODATA;
	for (i = 0; !damonx_look(ctx, i, report, &r); i++)
		;
	return r.len;
}

static const struct kernel_param_ops seen_ops = {
	.get = seen_get,
};
module_param_cb(seen, &seen_ops, NULL, 0400);
MODULE_PARM_DESC(seen, "a line for each scheme: bytes tried, passed, applied; applications; quota, charged, kept");

static int __init sample_init(void)
{
	return 0;
}
module_init(sample_init);

static void __exit sample_exit(void)
{
	kernel_param_lock(THIS_MODULE);
	leaving = true;
	damonx_destroy(ctx);
	ctx = NULL;
	kernel_param_unlock(THIS_MODULE);
}
module_exit(sample_exit);

MODULE_DESCRIPTION("Sample user of damon.ko's schemes");
MODULE_AUTHOR("The damon-dkms authors");
MODULE_LICENSE("GPL");
