// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel thread that runs rounds at intervals, can be woken early, freezes
 * with the system and is paid for by who started it.
 */
#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/freezer.h>
#include <linux/hrtimer.h>
#include <linux/idr.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "kernel/worker.h"

/* Numbers of running workers, for their names; has a lock of its own. */
static DEFINE_IDA(worker_ida);

/**
 * struct damon_worker - one thread
 * @task:	the thread; we hold a reference until damon_worker_stop()
 * @ops:	what it does
 * @data:	passed to @ops
 * @id:		the N of its name kdamond.N
 * @poked:	set by damon_worker_poke(), taken by the thread
 * @ended:	the thread has run @ops->end; published by release, read by
 *		acquire
 *
 * Owned by the caller of damon_worker_start(), freed by damon_worker_stop().
 */
struct damon_worker {
	struct task_struct *task;
	const struct damon_worker_ops *ops;
	void *data;
	int id;
	atomic_t poked;
	bool ended;
};

/*
 * Sleeps until @until, or until poked or told to stop.  The state is set
 * before the flags are looked at, so that a wake-up in between is not lost.
 * It is idle (no load, no signals) and freezable.
 */
static void sleep_until(struct damon_worker *worker, ktime_t until, u64 slack_ns)
{
	set_current_state(TASK_IDLE | TASK_FREEZABLE);
	if (!atomic_read(&worker->poked) && !kthread_should_stop())
		schedule_hrtimeout_range(&until, slack_ns, HRTIMER_MODE_ABS);
	__set_current_state(TASK_RUNNING);
	try_to_freeze();
}

/* A hundredth of the interval, so that wake-ups can be joined, at most 1 ms. */
static u64 slack_of(u64 us)
{
	return min_t(u64, us * (NSEC_PER_USEC / 100), NSEC_PER_MSEC);
}

static int worker_thread(void *arg)
{
	struct damon_worker *worker = arg;
	const struct damon_worker_ops *ops = worker->ops;
	ktime_t until;
	u64 us;

	set_freezable();
	us = ops->begin(worker->data);
	until = ktime_add_us(ktime_get(), us);
	while (us != DAMON_WORKER_END && !kthread_should_stop()) {
		if (atomic_xchg(&worker->poked, 0)) {
			bool keep = false;
			u64 ret = ops->poke(worker->data, &keep);

			if (keep)
				continue;
			us = ret;
			until = ktime_add_us(ktime_get(), us);
			continue;
		}
		if (ktime_before(ktime_get(), until)) {
			sleep_until(worker, until, slack_of(us));
			continue;
		}
		us = ops->round(worker->data);
		/* From now, not from the last deadline: a sample gets its full time. */
		until = ktime_add_us(ktime_get(), us);
		cond_resched();
	}
	ops->end(worker->data);
	/* Who sees it also sees all that end() did; see damon_worker_ended(). */
	smp_store_release(&worker->ended, true);
	return 0;
}

/**
 * damon_worker_start() - start a worker thread
 * @ops:	what it does
 * @data:	passed to @ops
 *
 * The thread is named kdamond.N with the lowest free N, runs in the caller's
 * cgroups and at the caller's nice value.  May sleep.
 *
 * Return: the worker, or ERR_PTR(): -ENOMEM, -EINTR, or why it could not join
 * the caller's cgroup.
 */
struct damon_worker *damon_worker_start(const struct damon_worker_ops *ops,
					void *data)
{
	struct damon_worker *worker;
	int err;

	worker = kzalloc(sizeof(*worker), GFP_KERNEL_ACCOUNT);
	if (!worker)
		return ERR_PTR(-ENOMEM);
	worker->ops = ops;
	worker->data = data;
	worker->id = ida_alloc(&worker_ida, GFP_KERNEL);
	if (worker->id < 0) {
		err = worker->id;
		goto err_free;
	}
	worker->task = kthread_create(worker_thread, worker, "kdamond.%d",
				      worker->id);
	if (IS_ERR(worker->task)) {
		err = PTR_ERR(worker->task);
		goto err_id;
	}
	/* The thread may end by itself: keep the task for kthread_stop(). */
	get_task_struct(worker->task);
	err = cgroup_attach_task_all(current, worker->task);
	if (err)
		goto err_thread;
	set_user_nice(worker->task, task_nice(current));
	wake_up_process(worker->task);
	return worker;

err_thread:
	/* Never woken: kthread_stop() ends it without running our function. */
	kthread_stop(worker->task);
	put_task_struct(worker->task);
err_id:
	ida_free(&worker_ida, worker->id);
err_free:
	kfree(worker);
	return ERR_PTR(err);
}

/**
 * damon_worker_poke() - have the worker run its poke operation soon
 * @worker:	the worker
 *
 * Any context.  Pokes that come before it has run are one.
 */
void damon_worker_poke(struct damon_worker *worker)
{
	atomic_set(&worker->poked, 1);
	/* Orders the flag before the look at the thread's state. */
	smp_mb__after_atomic();
	wake_up_process(worker->task);
}

/**
 * damon_worker_stop() - end a worker and free it
 * @worker:	the worker, which may have ended by itself
 *
 * When this returns no code of the module runs in the thread.  If the thread
 * had not run at all yet, neither begin nor end of its operations is called.
 * May sleep until the round at hand is over.
 */
void damon_worker_stop(struct damon_worker *worker)
{
	kthread_stop(worker->task);
	put_task_struct(worker->task);
	ida_free(&worker_ida, worker->id);
	kfree(worker);
}

/**
 * damon_worker_ended() - has the worker's end operation returned?
 * @worker:	the worker
 *
 * Any context.
 */
bool damon_worker_ended(struct damon_worker *worker)
{
	/* Pairs with the release in worker_thread(). */
	return smp_load_acquire(&worker->ended);
}

/**
 * damon_worker_pid() - the thread's id in the initial pid namespace
 * @worker:	the worker
 *
 * Any context.
 */
pid_t damon_worker_pid(struct damon_worker *worker)
{
	return worker->task->pid;
}
