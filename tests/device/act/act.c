// SPDX-License-Identifier: GPL-2.0
/*
 * The operations sets' actions, one at a time, for tests only: what schemes do
 * when their time has come, /dev/damon-test-act does when it is told.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "core/core.h"
#include "damos/act.h"
#include "kernel/attributes.h"
#include "kernel/metrics.h"
#include "kernel/start.h"
#include "ops/act.h"
#include "ops/paddr.h"
#include "ops/vaddr.h"

#include "act.h"
#include "hold.h"

static_assert((int)NR_ACT_ACTIONS == (int)NR_DAMOS_ACTIONS);
static_assert((int)ACT_STAT == (int)DAMOS_STAT);
static_assert((int)NR_ACT_FILTERS == (int)NR_DAMOS_PAGE_FILTERS);
static_assert((int)ACT_UNMAPPED == (int)DAMOS_FILTER_UNMAPPED);

static_assert((int)NR_ACT_METRICS == (int)NR_DAMOS_METRICS);
static_assert((int)ACT_FREE_MEM_PERMIL == (int)DAMOS_FREE_MEM_PERMIL);

static struct mm_struct *mm_of(pid_t pid)
{
	struct task_struct *task = get_pid_task(find_vpid(pid), PIDTYPE_TGID);
	struct mm_struct *mm;

	if (!task)
		return ERR_PTR(-ESRCH);
	mm = get_task_mm(task);
	put_task_struct(task);
	return mm ?: ERR_PTR(-ESRCH);
}

static void *target_of(const struct act_call *call)
{
	struct damon_vaddr_options options = { .cred = current_cred() };
	struct mm_struct *mm;

	if (!call->pid)
		return damon_paddr_target(1) ?: ERR_PTR(-ENOMEM);
	mm = mm_of(call->pid);
	if (IS_ERR(mm))
		return mm;
	mmgrab(mm);
	mmput(mm);
	return damon_vaddr_target(mm, NULL, &options) ?: ERR_PTR(-ENOMEM);
}

/* Returns how many have something to be put, also when it fails. */
static int filters_of(const struct act_call *call, struct damos_page_filter *filters,
		      u32 *nr)
{
	const char *why;

	for (*nr = 0; *nr < call->nr_filters; ++*nr) {
		const struct act_filter *from = &call->filters[*nr];
		struct damos_page_filter *f = &filters[*nr];

		*f = (struct damos_page_filter) {
			.type = from->type,
			.matching = from->matching,
			.allow = from->allow,
			.hierarchical = from->hierarchical,
			.min = from->min,
			.max = from->max,
		};
		if (f->type != DAMOS_FILTER_MEMCG)
			continue;
		f->what = damon_memcg_get(from->fd, &why);
		if (IS_ERR(f->what))
			return PTR_ERR(f->what);
	}
	return 0;
}

static int carry_out(struct act_call *call, void *target, const struct damos_order *order)
{
	const struct damon_ops *ops = call->pid ? &damon_vaddr_ops : &damon_paddr_ops;
	u64 addr = call->start, begun, next;
	struct damon_pass_stats stats = { .patience_ns = DAMON_PATIENCE_NS };
	struct damos_done done = {};
	int err = 0;

	if (!(ops->actions & 1U << order->action & damon_actions_usable()))
		return -EOPNOTSUPP;
	while (addr < call->end && !err) {
		begun = ktime_get_ns();
		next = ops->act(target, order, addr, call->end, &done, &stats);
		call->longest_ns = max_t(u64, call->longest_ns, ktime_get_ns() - begun);
		call->nr_slices++;
		if (!next)
			err = -ESRCH;
		else if (next == DAMON_ACT_BUSY)
			err = -EBUSY;
		else if (WARN_ON(next <= addr || next > call->end))
			err = -EIO;
		addr = next;
		if (signal_pending(current))
			err = -EINTR;
	}
	call->passed = done.passed;
	call->applied = done.applied;
	return err;
}

static int act(struct act_call *call)
{
	struct damos_page_filter filters[ACT_MAX_FILTERS] = {};
	struct damos_dest dests[ACT_MAX_DESTS];
	const struct damos_order order = {
		.action = call->action,
		.filters = filters,
		.nr_filters = call->nr_filters,
		.allow = call->allow,
		.dests = dests,
		.nr_dests = call->nr_dests,
		.node = call->node,
	};
	void *target;
	u32 i, nr;
	int err;

	if (call->nr_filters > ACT_MAX_FILTERS || call->nr_dests > ACT_MAX_DESTS ||
	    call->action >= NR_DAMOS_ACTIONS)
		return -EINVAL;
	for (i = 0; i < call->nr_dests; i++) {
		dests[i].node = call->dests[i][0];
		dests[i].weight = call->dests[i][1];
	}
	call->usable = damon_actions_usable();
	call->nr_slices = 0;
	call->longest_ns = 0;
	err = filters_of(call, filters, &nr);
	if (err)
		goto out;
	target = target_of(call);
	err = PTR_ERR_OR_ZERO(target);
	if (err)
		goto out;
	err = carry_out(call, target, &order);
	(call->pid ? &damon_vaddr_ops : &damon_paddr_ops)->put(target);
out:
	while (nr--) {
		if (filters[nr].what)
			damon_memcg_put(filters[nr].what);
	}
	return err;
}

static long act_metric(void __user *arg)
{
	struct act_metric_call call;
	const char *why;
	void *memcg = NULL;

	if (copy_from_user(&call, arg, sizeof(call)))
		return -EFAULT;
	if (call.metric >= NR_DAMOS_METRICS)
		return -EINVAL;
	if (call.fd >= 0) {
		memcg = damon_memcg_get(call.fd, &why);
		if (IS_ERR(memcg))
			return PTR_ERR(memcg);
	}
	call.usable = damon_metrics_usable(memcg);
	call.value = call.usable & 1U << call.metric ?
		damon_metric(call.metric, call.node, memcg) : 0;
	if (memcg)
		damon_memcg_put(memcg);
	return copy_to_user(arg, &call, sizeof(call)) ? -EFAULT : 0;
}

/* One for each file. */
static long act_hold(struct file *file, void __user *arg)
{
	struct act_hold call;
	struct mm_struct *mm;
	struct hold *hold;

	if (file->private_data)
		return -EBUSY;
	if (copy_from_user(&call, arg, sizeof(call)))
		return -EFAULT;
	mm = mm_of(call.pid);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	hold = hold_begin(mm, call.write);
	if (IS_ERR(hold))
		return PTR_ERR(hold);
	file->private_data = hold;
	return 0;
}

static int act_open(struct inode *inode, struct file *file)
{
	/* It is the device's until now. */
	file->private_data = NULL;
	return 0;
}

static int act_release(struct inode *inode, struct file *file)
{
	hold_end(file->private_data);
	return 0;
}

static long act_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct act_call *call;
	int err;

	if (cmd == ACT_IOC_METRIC)
		return act_metric((void __user *)arg);
	if (cmd == ACT_IOC_HOLD)
		return act_hold(file, (void __user *)arg);
	if (cmd != ACT_IOC_CALL)
		return -ENOTTY;
	call = memdup_user((void __user *)arg, sizeof(*call));
	if (IS_ERR(call))
		return PTR_ERR(call);
	err = act(call);
	if (copy_to_user((void __user *)arg, call, sizeof(*call)))
		err = -EFAULT;
	kfree(call);
	return err;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.open = act_open,
	.release = act_release,
	.unlocked_ioctl = act_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "damon-test-act",
	.mode = 0666,
	.fops = &fops,
};

static int __init act_init(void)
{
	int err;

	err = damon_kernel_init();
	if (err)
		return err;
	err = misc_register(&device);
	if (err)
		damon_kernel_exit();
	return err;
}
module_init(act_init);

static void __exit act_exit(void)
{
	misc_deregister(&device);
	damon_kernel_exit();
}
module_exit(act_exit);

MODULE_DESCRIPTION("Actions on memory, to test them one at a time");
MODULE_LICENSE("GPL");
