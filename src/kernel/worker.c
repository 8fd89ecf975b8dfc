// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel thread that runs rounds at intervals, can be woken early and
 * freezes with the system.
 *
 * It does not join the cgroups of who starts it.  The freezer, the killer and
 * rmdir of cgroups count on all members being user threads: with a kernel
 * thread inside, a group is never reported frozen, and a kernel thread is not
 * throttled by cpu.max in newer kernels.  What a user's workers can take is
 * bounded by @rest instead.
 */
#include <linux/err.h>
#include <linux/freezer.h>
#include <linux/hrtimer.h>
#include <linux/idr.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "kernel/worker.h"

/* For so long a round goes on although somebody pokes: it shall get something done. */
#define MIN_WORK_NS	(50 * NSEC_PER_MSEC)

/* Pokes wait for a round that others have put off, if it comes within so long. */
#define MAX_HELD_US	(100 * USEC_PER_MSEC)

/* What pokes add to a rest does not make it longer than that. */
#define MAX_RESTS_US	(5ULL * USEC_PER_SEC)

/* Numbers of running workers, for their names; has a lock of its own. */
static DEFINE_IDA(worker_ida);

/**
 * struct damon_worker - one thread
 * @task:	the thread; we hold a reference until damon_worker_stop()
 * @ops:	what it does
 * @data:	passed to @ops
 * @id:		the N of its name kdamond.N
 * @poked:	set by damon_worker_poke(), taken by the thread
 * @rest:	it sleeps at least so many times as long as it worked
 * @rests:	until then, for what it has worked so far; the thread's own
 * @begun:	when the round at hand has begun; the thread's own
 * @owed:	when the next round was due first, if pokes have put it off, or
 *		KTIME_MAX; the thread's own
 *
 * Owned by the caller of damon_worker_start(), freed by damon_worker_stop().
 */
struct damon_worker {
	struct task_struct *task;
	const struct damon_worker_ops *ops;
	void *data;
	int id;
	atomic_t poked;
	unsigned int rest;
	ktime_t rests;
	ktime_t begun;
	ktime_t owed;
};

/*
 * Who pokes all the time puts each round off by a whole interval, but not for ever:
 * at last pokes wait for the one that is due at @until.
 */
static bool heeds_pokes(const struct damon_worker *worker, ktime_t until, u64 us)
{
	ktime_t now;

	if (worker->owed == KTIME_MAX)
		return true;
	now = ktime_get();
	return ktime_us_delta(until, now) > MAX_HELD_US ||
	       ktime_before(now, ktime_add_us(worker->owed, us));
}

/*
 * Sleeps until @until, or for ever if that is KTIME_MAX, or until poked (if it
 * shall @heed that) or told to stop.  The state is set before the flags are looked
 * at, so that a wake-up in between is not lost.  It is idle (no load, no signals)
 * and freezable.
 */
static void sleep_until(struct damon_worker *worker, ktime_t until, u64 slack_ns,
			bool heed)
{
	set_current_state(TASK_IDLE | TASK_FREEZABLE);
	if (!(heed && atomic_read(&worker->poked)) && !kthread_should_stop())
		schedule_hrtimeout_range(until == KTIME_MAX ? NULL : &until,
					 slack_ns, HRTIMER_MODE_ABS);
	__set_current_state(TASK_RUNNING);
}

/* A hundredth of the interval, so that wake-ups can be joined, at most 1 ms. */
static u64 slack_of(u64 us)
{
	return min_t(u64, us * (NSEC_PER_USEC / 100), NSEC_PER_MSEC);
}

static ktime_t after(ktime_t now, u64 us)
{
	return us == DAMON_WORKER_IDLE ? KTIME_MAX : ktime_add_us(now, us);
}

/* It has worked since @begun.  Who pokes does not take the rest for a round away. */
static void note_work(struct damon_worker *worker, ktime_t begun)
{
	ktime_t now = ktime_get();
	u64 rest_us = READ_ONCE(worker->rest) * ktime_us_delta(now, begun);

	worker->rests = ktime_add_us(max(worker->rests, now), rest_us);
	worker->rests = min(worker->rests, ktime_add_us(now, max(rest_us, MAX_RESTS_US)));
}

/*
 * The interval is from now, not from the last deadline: a sample gets its full
 * time.
 */
static ktime_t next_round(const struct damon_worker *worker, u64 us)
{
	return max(after(ktime_get(), us), worker->rests);
}

/*
 * But where others have put it off for long, it gets what is left of twice that, and
 * as much as pokes may be held.
 */
static ktime_t latest_round(const struct damon_worker *worker, u64 us)
{
	if (worker->owed == KTIME_MAX || us == DAMON_WORKER_IDLE)
		return KTIME_MAX;
	return max3(ktime_add_us(worker->owed, us), ktime_add_us(ktime_get(), MAX_HELD_US),
		    worker->rests);
}

static int worker_thread(void *arg)
{
	struct damon_worker *worker = arg;
	const struct damon_worker_ops *ops = worker->ops;
	ktime_t begun = ktime_get(), until;
	bool heed;
	u64 us;

	set_freezable();
	us = ops->begin(worker->data);
	note_work(worker, begun);
	until = next_round(worker, us);
	while (us != DAMON_WORKER_END && !kthread_should_stop()) {
		try_to_freeze();
		heed = heeds_pokes(worker, until, us);
		if (heed && atomic_xchg(&worker->poked, 0)) {
			bool keep = false;
			u64 ret;

			begun = ktime_get();
			ret = ops->poke(worker->data, &keep);
			note_work(worker, begun);
			if (keep) {
				until = max(until, worker->rests);
				continue;
			}
			us = ret;
			/* Before a pause nothing is owed for after it. */
			worker->owed = us == DAMON_WORKER_IDLE ? KTIME_MAX :
								 min(worker->owed, until);
			until = min(next_round(worker, us), latest_round(worker, us));
			continue;
		}
		if (ktime_before(ktime_get(), until)) {
			sleep_until(worker, until, slack_of(us), heed);
			continue;
		}
		worker->begun = ktime_get();
		us = ops->round(worker->data);
		note_work(worker, worker->begun);
		until = next_round(worker, us);
		worker->owed = KTIME_MAX;
		cond_resched();
	}
	ops->end(worker->data);
	return 0;
}

/**
 * damon_worker_start() - start a worker thread
 * @ops:	what it does
 * @data:	passed to @ops
 * @rest:	before a round it sleeps at least so many times as long as it has
 *		worked, whatever the interval; 0 for no such limit
 * @rests:	until then it does so at first: what damon_worker_stop() has returned
 *		of the one before, or 0
 *
 * The thread is named kdamond.N with the lowest free N and runs at the
 * caller's nice value.  May sleep.
 *
 * Return: the worker, or ERR_PTR(): -ENOMEM, -EINTR.
 */
struct damon_worker *damon_worker_start(const struct damon_worker_ops *ops,
					void *data, unsigned int rest, ktime_t rests)
{
	struct damon_worker *worker;
	int err;

	worker = kzalloc(sizeof(*worker), GFP_KERNEL_ACCOUNT);
	if (!worker)
		return ERR_PTR(-ENOMEM);
	worker->ops = ops;
	worker->data = data;
	worker->rest = rest;
	worker->rests = rests;
	worker->owed = KTIME_MAX;
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
	set_user_nice(worker->task, task_nice(current));
	wake_up_process(worker->task);
	return worker;

err_id:
	ida_free(&worker_ida, worker->id);
err_free:
	kfree(worker);
	return ERR_PTR(err);
}

/**
 * damon_worker_set_rest() - have a worker rest for another time
 * @worker:	the worker
 * @rest:	see damon_worker_start(); from its next round on
 */
void damon_worker_set_rest(struct damon_worker *worker, unsigned int rest)
{
	WRITE_ONCE(worker->rest, rest);
}

/**
 * damon_worker_poke() - have the worker run its poke operation soon
 * @worker:	the worker
 *
 * Any context.  Pokes that come before it has run are one.  Waking up a task
 * is a full barrier before its state is looked at, which orders the flag.
 */
void damon_worker_poke(struct damon_worker *worker)
{
	atomic_set(&worker->poked, 1);
	wake_up_process(worker->task);
}

/**
 * damon_worker_stop() - end a worker and free it
 * @worker:	the worker, which may have ended by itself
 *
 * When this returns no code of the module runs in the thread.  If the thread
 * had not run at all yet, neither begin nor end of its operations is called.
 * May sleep until the round at hand is over.
 *
 * Return: until when it should have rested.
 */
ktime_t damon_worker_stop(struct damon_worker *worker)
{
	ktime_t rests;

	kthread_stop(worker->task);
	put_task_struct(worker->task);
	ida_free(&worker_ida, worker->id);
	rests = worker->rests;
	kfree(worker);
	return rests;
}

/**
 * damon_worker_is_current() - is the caller any worker?
 *
 * A worker that waits for another one could wait for ever: kernel threads are
 * not killed.
 */
bool damon_worker_is_current(void)
{
	return (current->flags & PF_KTHREAD) && kthread_func(current) == worker_thread;
}

/**
 * damon_worker_wanted() - does somebody wait for the calling worker?
 *
 * To be stopped or frozen, or poked in a round that has got something done.  What
 * takes long asks this now and then, and ends soon if so.
 */
bool damon_worker_wanted(void)
{
	const struct damon_worker *worker;

	if (!damon_worker_is_current())
		return false;
	worker = kthread_data(current);
	if (kthread_should_stop() || freezing(current))
		return true;
	return atomic_read(&worker->poked) &&
	       ktime_to_ns(ktime_sub(ktime_get(), worker->begun)) >= MIN_WORK_NS;
}
