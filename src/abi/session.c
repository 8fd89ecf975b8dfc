// SPDX-License-Identifier: GPL-2.0
/*
 * A session: its file and the calls on it.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/pid_namespace.h>
#include <linux/random.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "abi/abi.h"
#include "abi/events.h"

static int damon_control_get(struct damon_request *req, void __user *arg)
{
	struct damon_control control;
	int err;

	err = damon_request_get(req, arg, &control, sizeof(control), sizeof(control));
	if (err)
		return err;
	if (control.flags)
		return damon_request_fail(req, -EINVAL,
					  "flags is 0x%x: none are defined",
					  control.flags);
	if (control.reserved)
		return damon_request_fail(req, -EINVAL,
					  "reserved is 0x%x: it must be 0",
					  control.reserved);
	return 0;
}

static long damon_ioctl_start(struct damon_session *s, void __user *arg)
{
	struct damon_request req;
	int ret;

	ret = damon_control_get(&req, arg);
	if (ret)
		goto out;
	if (mutex_lock_interruptible(&s->monitor.lock)) {
		ret = -ERESTARTSYS;
		goto out;
	}
	ret = damon_session_run(s, &req);
	mutex_unlock(&s->monitor.lock);
out:
	return damon_request_end(&req, ret);
}

static long damon_ioctl_stop(struct damon_session *s, void __user *arg)
{
	struct damon_request req;
	int ret;

	ret = damon_control_get(&req, arg);
	if (ret)
		goto out;
	if (mutex_lock_interruptible(&s->monitor.lock)) {
		ret = -ERESTARTSYS;
		goto out;
	}
	damon_monitor_stop(&s->monitor);
	mutex_unlock(&s->monitor.lock);
out:
	return damon_request_end(&req, ret);
}

/* With the monitor locked.  On success @h holds what the session no longer needs. */
static int damon_session_configure(struct damon_session *s, struct damon_plan *plan,
				   struct damon_handover *h)
{
	u32 capacity = plan->attrs.max_nr_regions;
	u32 nr_targets = plan->nr_targets;
	bool has_hits = plan->nr_probes;
	struct damos *damos;
	int err;

	if (capacity != s->capacity || has_hits != s->has_hits) {
		h->results = damon_results_create(capacity, has_hits);
		if (!h->results)
			return -ENOMEM;
	}
	h->seen = damon_schemes_seen(plan, s->id);
	if (!h->seen)
		return -ENOMEM;
	h->ctx = damon_ctx_create(plan->ops, &plan->attrs, plan->specs, nr_targets,
				  get_random_u64(), &damon_session_sink, s);
	if (!h->ctx)
		return -ENOMEM;
	/* The context has the targets now. */
	plan->nr_targets = 0;
	if (!damon_ctx_set_probes(h->ctx, plan->probes, plan->nr_probes))
		return -ENOMEM;
	plan->nr_probes = 0;
	if (plan->schemes) {
		damos = damon_schemes_make(plan, h->seen);
		if (!damos)
			return -ENOMEM;
		h->ctx->actor = &damos_actor;
		h->ctx->actor_data = damos;
	}
	h->ctx->paused = plan->paused;
	h->ctx->min_region_sz = plan->min_region_sz;

	err = damon_session_install(s, h);
	if (!err) {
		s->capacity = capacity;
		s->has_hits = has_hits;
		/* Whoever made the session: this one has it run like that. */
		damon_monitor_set_rest(&s->monitor, plan->rest);
	}
	return err;
}

/**
 * damon_session_commit() - make a plan the session's configuration
 * @s:		the session
 * @plan:	the plan; its targets are moved to the session
 *
 * All is built beforehand and exchanged at once.  A running worker does that
 * between two rounds; what it gives back is freed here, by who asked for it.
 *
 * Return: 0, -ENOMEM, -EINTR, -ERESTARTSYS; then the session is as it was.
 */
int damon_session_commit(struct damon_session *s, struct damon_plan *plan)
{
	struct damon_handover h = {};
	int err;

	if (mutex_lock_interruptible(&s->monitor.lock))
		return -ERESTARTSYS;
	err = damon_session_configure(s, plan, &h);
	mutex_unlock(&s->monitor.lock);

	/* The old ones, or, if it failed, the new ones. */
	if (h.ctx)
		damon_ctx_destroy(h.ctx);
	damon_results_put(h.results);
	damon_seen_put(h.seen);
	return err;
}

/* The file. */

static const char *damon_state_name(u32 state)
{
	switch (state) {
	case DAMON_STATE_NEW:
		return "new";
	case DAMON_STATE_STOPPED:
		return "stopped";
	case DAMON_STATE_RUNNING:
		return "running";
	case DAMON_STATE_PAUSED:
		return "paused";
	case DAMON_STATE_ENDED:
		return "ended";
	}
	return "unknown";
}

static void damon_session_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct damon_session *s = file->private_data;
	struct damon_status *status = &s->status;

	seq_printf(m, "ctx_id:\t%u\n", s->id);
	seq_printf(m, "state:\t%s\n", damon_state_name(damon_state(s)));
	/* Nobody's business in another pid namespace, and no pid there. */
	if (task_active_pid_ns(current) == &init_pid_ns)
		seq_printf(m, "worker:\t%d\n", READ_ONCE(status->pid));
	seq_printf(m, "targets:\t%u\n", READ_ONCE(status->nr_targets));
	seq_printf(m, "regions:\t%u\n", damon_view_nr_regions(&s->view));
	seq_printf(m, "windows:\t%llu\n", (u64)atomic64_read(&status->seq));
	seq_printf(m, "missed:\t%llu\n", (u64)atomic64_read(&status->nr_missed));
	seq_printf(m, "lost:\t%llu\n", damon_ring_nr_lost(&s->ring));
}

static long damon_session_ioctl(struct file *file, unsigned int cmd,
				unsigned long arg)
{
	struct damon_session *s = file->private_data;
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case DAMON_IOC_COMMIT:
		return damon_ioctl_commit(s, uarg);
	case DAMON_IOC_START:
		return damon_ioctl_start(s, uarg);
	case DAMON_IOC_STOP:
		return damon_ioctl_stop(s, uarg);
	case DAMON_IOC_SNAPSHOT:
		return damon_ioctl_snapshot(s, uarg);
	case DAMON_IOC_SCHEME:
		return damon_ioctl_scheme(s, uarg);
	}
	return -ENOTTY;
}

/* Nobody else has the session any more; the worker may still run. */
static void damon_session_destroy(struct damon_session *s)
{
	struct damon_rests owed = damon_monitor_destroy(&s->monitor);

	damon_view_destroy(&s->view);
	damon_seen_destroy(&s->schemes);
	damon_session_ring_destroy(s);
	damon_user_put(s->user, &owed);
	mutex_destroy(&s->read_lock);
	kfree(s);
}

static int damon_session_release(struct inode *inode, struct file *file)
{
	damon_session_destroy(file->private_data);
	return 0;
}

static const struct file_operations damon_session_fops = {
	.owner = THIS_MODULE,
	.release = damon_session_release,
	.read_iter = damon_session_read_iter,
	.poll = damon_session_poll,
	.mmap = damon_session_mmap,
	.unlocked_ioctl = damon_session_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.show_fdinfo = damon_session_show_fdinfo,
};

static struct damon_session *damon_session_create(struct damon_request *req,
						  u32 ring_bytes)
{
	const struct damon_limits *limits = damon_limits_of_caller();
	struct damon_rests owed = {};
	struct damon_session *s;
	int err;

	if (ring_bytes > damon_limits_most.max_ring_bytes) {
		err = damon_request_fail(req, -EINVAL,
					 "ring_bytes is %u: the most is %u",
					 ring_bytes, damon_limits_most.max_ring_bytes);
		return ERR_PTR(err);
	}
	if (ring_bytes > limits->max_ring_bytes) {
		err = damon_request_fail(req, -EPERM,
					 "ring_bytes is %u: without CAP_PERFMON the most is %u",
					 ring_bytes, limits->max_ring_bytes);
		return ERR_PTR(err);
	}

	s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);
	if (!s)
		return ERR_PTR(-ENOMEM);
	s->user = damon_user_get(limits, &owed);
	if (IS_ERR(s->user)) {
		err = PTR_ERR(s->user);
		if (err == -EDQUOT)
			damon_request_fail(req, err,
					   "this user has %u sessions: without CAP_PERFMON that is the most",
					   limits->max_sessions);
		goto err_free;
	}
	if (ring_bytes) {
		err = damon_session_ring_create(s, req, ring_bytes);
		if (err)
			goto err_user;
	}
	s->id = damon_events_new_id();
	damon_monitor_init(&s->monitor, &damon_session_monitor_ops, limits->rest);
	damon_monitor_owe(&s->monitor, &owed);
	mutex_init(&s->read_lock);
	init_waitqueue_head(&s->readers);
	damon_view_init(&s->view);
	damon_seen_init(&s->schemes);
	/* All counters are 0 and the state is DAMON_STATE_NEW, which is 0. */
	return s;

err_user:
	damon_user_put(s->user, &owed);
err_free:
	kfree(s);
	return ERR_PTR(err);
}

/**
 * damon_session_open() - DAMON_IOC_CREATE
 * @req:	the call
 * @ring_bytes:	size of the buffer for records, or 0
 *
 * Return: a file descriptor, or a negative errno.
 */
int damon_session_open(struct damon_request *req, u32 ring_bytes)
{
	struct damon_session *s;
	struct file *file;
	int fd;

	s = damon_session_create(req, ring_bytes);
	if (IS_ERR(s))
		return PTR_ERR(s);

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		damon_session_destroy(s);
		return fd;
	}
	/* Nothing is written to it, but to a mapping of its ring. */
	file = anon_inode_getfile("[damon]", &damon_session_fops, s, O_RDWR);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		damon_session_destroy(s);
		return PTR_ERR(file);
	}
	/* No position, and read_iter heeds IOCB_NOWAIT. */
	stream_open(file_inode(file), file);
	file->f_mode |= FMODE_NOWAIT;
	fd_install(fd, file);
	return fd;
}
