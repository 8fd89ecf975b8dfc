// SPDX-License-Identifier: GPL-2.0
/*
 * Operations set for virtual addresses of a process: its targets.
 */
#include <linux/cred.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "core/core.h"
#include "damos/act.h"
#include "kernel/crowd.h"
#include "kernel/task.h"
#include "ops/probes.h"
#include "ops/vaddr.h"

/*
 * A new program is mapped little by little: where it is followed, it is looked
 * at again so long after its beginning, then at twice the distance each time.
 */
#define SETTLE_FIRST_NS		(25 * NSEC_PER_MSEC)
#define SETTLE_LAST_NS		(5 * NSEC_PER_SEC)

/**
 * damon_vaddr_settle_begin() - have a target looked at again before long
 * @target:	its process has just begun with what it runs
 */
void damon_vaddr_settle_begin(struct damon_vaddr_target *target)
{
	target->settle_step = SETTLE_FIRST_NS;
	target->settle_at = ktime_get_ns() + SETTLE_FIRST_NS;
}

/**
 * damon_vaddr_target() - a target for damon_vaddr_ops
 * @mm:		its address space; the caller's mmgrab() reference is taken
 *		over, also on failure.  NULL for a cgroup or a seat
 * @process:	the process whose programs are followed, or NULL; the caller's
 *		reference is taken over, also on failure
 * @options:	copied; a reference to its credentials is taken
 *
 * May sleep.  Return: the target or NULL.
 */
void *damon_vaddr_target(struct mm_struct *mm, struct pid *process,
			 const struct damon_vaddr_options *options)
{
	struct damon_vaddr_target *target;

	target = kzalloc(sizeof(*target), GFP_KERNEL_ACCOUNT);
	if (!target)
		goto err_mm;
	target->mm = mm;
	target->process = process;
	if (process)
		damon_vaddr_settle_begin(target);
	target->options = *options;
	get_cred(target->options.cred);
	target->huge_shift = PAGE_SHIFT;
	INIT_LIST_HEAD(&target->peers);
	if (options->nr_pieces) {
		/* Twice as many, so that what is too many is joined rarely. */
		target->room = options->nr_pieces +
			max_t(u32, options->nr_pieces, DAMON_VADDR_MAX_CHECKS);
		target->pieces = damon_zalloc(target->room, sizeof(*target->pieces));
		if (!target->pieces)
			goto err_target;
	}
	return target;

err_target:
	put_cred(target->options.cred);
	kfree(target);
err_mm:
	put_pid(process);
	if (mm)
		mmdrop(mm);
	return NULL;
}

static void vaddr_put(void *data)
{
	struct damon_vaddr_target *target = data;

	list_del(&target->peers);
	damon_crowd_free(target->crowd);
	damon_free(target->pieces);
	put_cred(target->options.cred);
	put_pid(target->process);
	if (target->mm)
		mmdrop(target->mm);
	kfree(target);
}

/**
 * damon_vaddr_follow() - go on with what the process runs now
 * @target:	by the owner of its context
 *
 * Without a process to follow nothing is done.
 *
 * Return: whether the address space is another one now.
 */
bool damon_vaddr_follow(struct damon_vaddr_target *target)
{
	struct mm_struct *mm;

	if (likely(!target->process))
		return false;
	mm = damon_process_mm(target->process, target->mm);
	if (likely(!mm))
		return false;
	mmdrop(target->mm);
	target->mm = mm;
	target->fresh = true;
	target->fresh_hits = true;
	target->stale = true;
	damon_vaddr_settle_begin(target);
	return true;
}

/**
 * damon_vaddr_settle() - have a new program looked at again when it is time
 * @target:	by the owner of its context
 */
void damon_vaddr_settle(struct damon_vaddr_target *target)
{
	u64 now;

	if (likely(!target->settle_at))
		return;
	now = ktime_get_ns();
	if (now < target->settle_at)
		return;
	target->stale = true;
	target->settle_step *= 2;
	target->settle_at = target->settle_step <= SETTLE_LAST_NS ?
		now + target->settle_step : 0;
}

/* Are the regions of @old those of @new? */
static bool vaddr_same(const void *new, const void *old)
{
	const struct damon_vaddr_target *n = new, *o = old;

	return n->mm == o->mm && !o->fresh;
}

#define VADDR_ACTIONS	((1U << NR_DAMOS_ACTIONS) - 1)

const struct damon_ops damon_vaddr_ops = {
	.name = "vaddr",
	.min_region_sz = PAGE_SIZE,
	.nr_ranges = 3,
	.same = vaddr_same,
	.stale = damon_vaddr_stale,
	.gone = damon_vaddr_gone,
	.ranges = damon_vaddr_ranges,
	.sample = damon_vaddr_sample,
	.gather = damon_vaddr_gather,
	.join = damon_vaddr_join,
	.left_out = damon_vaddr_left_out,
	.inherit = damon_vaddr_inherit,
	.put = vaddr_put,
	.probe = damon_vaddr_probe,
	.put_probe = damon_filters_put,
	.actions = VADDR_ACTIONS,
	.act = damon_vaddr_act,
};

/* Ranges are the user's and not asked for; COMMIT has seen to it that there are some. */
const struct damon_ops damon_fvaddr_ops = {
	.name = "fvaddr",
	.min_region_sz = PAGE_SIZE,
	.nr_ranges = 0,
	.same = vaddr_same,
	.gone = damon_vaddr_gone,
	.sample = damon_vaddr_sample,
	.put = vaddr_put,
	.probe = damon_vaddr_probe,
	.put_probe = damon_filters_put,
	.actions = VADDR_ACTIONS,
	.act = damon_vaddr_act,
};
