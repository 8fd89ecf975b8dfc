// SPDX-License-Identifier: GPL-2.0
/*
 * A context and its worker: what runs in the thread, how it is started and
 * ended, and how something is done in it.
 */
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "kernel/worker.h"
#include "monitor/monitor.h"

/* Who waits for a monitor's lock to stop it waits no longer than that. */
#define MAX_REST_NS	(500 * NSEC_PER_MSEC)

/* The worker's thread. */

/* The core's answer that no step is due is ours that no round is. */
static_assert(DAMON_WORKER_IDLE == U64_MAX);

/* When the next round is due; tuning can change it after each one. */
static u64 monitor_next(const struct damon_monitor *m)
{
	return damon_ctx_next_us(m->ctx);
}

/*
 * Beginnings, calls and ends come as often as somebody asks for them, so the
 * rest after them is taken by who asks next: see wait_for_rest().
 */
static void note_work(struct damon_monitor *m, ktime_t begun)
{
	ktime_t now = ktime_get();
	s64 rest_ns = READ_ONCE(m->rest) * ktime_to_ns(ktime_sub(now, begun));

	spin_lock(&m->slot_lock);
	/* An end that is quickly done does not shorten the rest after a beginning. */
	m->rests.asks = max(m->rests.asks,
			    ktime_add_ns(now, min_t(s64, rest_ns, MAX_REST_NS)));
	spin_unlock(&m->slot_lock);
}

static u64 monitor_begin(void *data)
{
	struct damon_monitor *m = data;
	ktime_t begun = ktime_get();
	u64 us = DAMON_WORKER_END;

	WRITE_ONCE(m->thread, current);
	m->left = false;
	m->begin_ok = damon_ctx_start(m->ctx, ktime_get_ns());
	if (m->begin_ok) {
		us = monitor_next(m);
		if (m->ops->began)
			m->ops->began(m);
	}
	note_work(m, begun);
	complete(&m->begun);
	return us;
}

static void worked(struct damon_monitor *m)
{
	if (m->ops->worked)
		m->ops->worked(m);
}

static u64 monitor_round(void *data)
{
	struct damon_monitor *m = data;
	bool alive = damon_ctx_step(m->ctx, ktime_get_ns());

	worked(m);
	if (alive)
		return monitor_next(m);
	m->left = true;
	return DAMON_WORKER_END;
}

static u64 monitor_poke(void *data, bool *keep)
{
	struct damon_monitor *m = data;
	struct damon_monitor_call *call;
	ktime_t begun = ktime_get();
	bool anew;

	spin_lock(&m->slot_lock);
	call = m->slot;
	m->slot = NULL;
	spin_unlock(&m->slot_lock);
	if (!call) {
		/* It was taken back. */
		*keep = true;
		return monitor_next(m);
	}
	call->fn(m, call);
	anew = call->anew;
	worked(m);
	call->taken = true;
	note_work(m, begun);
	m->left = !m->ctx->nr_alive;
	if (m->left) {
		/* Who is told of the call, and starts anew, shall not find us. */
		spin_lock(&m->slot_lock);
		m->live = false;
		spin_unlock(&m->slot_lock);
	}
	/* Who waits for it goes on: @call is gone after this. */
	complete(&call->done);
	if (m->left)
		return DAMON_WORKER_END;
	*keep = !anew;
	return monitor_next(m);
}

static void monitor_end(void *data)
{
	struct damon_monitor *m = data;
	struct damon_monitor_call *call;
	ktime_t begun = ktime_get();

	damon_ctx_stop(m->ctx);
	note_work(m, begun);

	/* Nobody may leave anything here from now on. */
	spin_lock(&m->slot_lock);
	m->live = false;
	call = m->slot;
	m->slot = NULL;
	spin_unlock(&m->slot_lock);

	/* A worker that could not even begin has said so to nobody else. */
	if (m->begin_ok && m->ops->ended)
		m->ops->ended(m, m->left);
	WRITE_ONCE(m->thread, NULL);
	if (call)
		complete(&call->done);
}

static const struct damon_worker_ops monitor_worker_ops = {
	.begin = monitor_begin,
	.round = monitor_round,
	.poke = monitor_poke,
	.end = monitor_end,
};

/**
 * damon_monitor_init() - a monitor without a context
 * @m:		the monitor, zeroed
 * @ops:	what its owner wants to know
 * @rest:	see damon_worker_start()
 */
void damon_monitor_init(struct damon_monitor *m, const struct damon_monitor_ops *ops,
			unsigned int rest)
{
	mutex_init(&m->lock);
	init_completion(&m->begun);
	spin_lock_init(&m->slot_lock);
	m->ops = ops;
	m->rest = rest;
}

/**
 * damon_monitor_owe() - have the worker rest for what others have done
 * @m:		the monitor, which never had a worker
 * @owed:	from damon_monitor_destroy(); copied
 */
void damon_monitor_owe(struct damon_monitor *m, const struct damon_rests *owed)
{
	m->rests = *owed;
}

/**
 * damon_monitor_set_rest() - have the worker rest for another time
 * @m:		the monitor; damon_monitor.lock is held
 * @rest:	see damon_worker_start()
 */
void damon_monitor_set_rest(struct damon_monitor *m, unsigned int rest)
{
	WRITE_ONCE(m->rest, rest);
	if (m->worker)
		damon_worker_set_rest(m->worker, rest);
}

/**
 * damon_monitor_destroy() - end the worker and free the context
 * @m:	the monitor, which nobody else uses any more
 *
 * Return: what is still owed.
 */
struct damon_rests damon_monitor_destroy(struct damon_monitor *m)
{
	damon_monitor_stop(m);
	if (m->ctx)
		damon_ctx_destroy(m->ctx);
	mutex_destroy(&m->lock);
	return m->rests;
}

/**
 * damon_monitor_stop() - end the worker, if there is one
 * @m:	the monitor; damon_monitor.lock is held, or nobody else has it
 *
 * Waits until the worker is gone: for the round or call at hand and for giving
 * back; what these wait for targets is at most DAMON_PATIENCE_NS each.  Then
 * the context is the caller's.
 */
void damon_monitor_stop(struct damon_monitor *m)
{
	if (!m->worker)
		return;
	m->rests.rounds = damon_worker_stop(m->worker);
	m->worker = NULL;
	/* If it was stopped before it ran, its end was not called. */
	m->live = false;
}

/**
 * damon_monitor_is_live() - is there a worker that has not ended by itself?
 * @m:	the monitor; damon_monitor.lock is held if the answer shall last
 */
bool damon_monitor_is_live(struct damon_monitor *m)
{
	bool live;

	spin_lock(&m->slot_lock);
	live = m->live;
	spin_unlock(&m->slot_lock);
	return live;
}

/**
 * damon_monitor_inside() - is the caller the worker?
 * @m:	the monitor
 *
 * Any context.  If so, the context is the caller's.
 */
bool damon_monitor_inside(const struct damon_monitor *m)
{
	return READ_ONCE(m->thread) == current;
}

/**
 * damon_monitor_enter() - be the owner of the context, as the worker is
 * @m:	the monitor; damon_monitor.lock is held and there is no worker
 *
 * Until damon_monitor_leave(), for damon_monitor_inside().
 */
void damon_monitor_enter(struct damon_monitor *m)
{
	WRITE_ONCE(m->thread, current);
}

/**
 * damon_monitor_leave() - undo damon_monitor_enter()
 * @m:	the monitor
 */
void damon_monitor_leave(struct damon_monitor *m)
{
	WRITE_ONCE(m->thread, NULL);
}

/* With damon_monitor.lock held.  False if the caller is killed. */
static bool wait_for_rest(struct damon_monitor *m)
{
	ktime_t until;

	spin_lock(&m->slot_lock);
	until = m->rests.asks;
	spin_unlock(&m->slot_lock);
	if (!m->rest || ktime_compare(ktime_get(), until) >= 0)
		return true;
	set_current_state(TASK_KILLABLE);
	schedule_hrtimeout_range(&until, NSEC_PER_MSEC, HRTIMER_MODE_ABS);
	return !fatal_signal_pending(current);
}

/**
 * damon_monitor_start() - start the worker
 * @m:	the monitor; damon_monitor.lock is held
 *
 * Waits until the worker has looked at its targets.
 *
 * Return: 0, -ENODATA without a context, -EALREADY, -ESRCH when no target is
 * left, -EINTR, or why there is no thread.
 */
int damon_monitor_start(struct damon_monitor *m)
{
	struct damon_worker *worker;

	if (!m->ctx)
		return -ENODATA;
	if (damon_monitor_is_live(m))
		return -EALREADY;
	damon_monitor_stop(m);
	if (!wait_for_rest(m))
		return -EINTR;

	reinit_completion(&m->begun);
	/* No worker yet that could look at it. */
	m->live = true;
	worker = damon_worker_start(&monitor_worker_ops, m, m->rest, m->rests.rounds);
	if (IS_ERR(worker)) {
		m->live = false;
		return PTR_ERR(worker);
	}
	m->worker = worker;

	if (wait_for_completion_killable(&m->begun)) {
		damon_monitor_stop(m);
		return -EINTR;
	}
	if (!m->begin_ok) {
		damon_monitor_stop(m);
		return -ESRCH;
	}
	return 0;
}

/**
 * damon_monitor_call() - have something done by the worker
 * @m:		the monitor; damon_monitor.lock is held, so that nobody else
 *		stops the worker or uses the slot meanwhile
 * @call:	what to do: damon_monitor_call.fn and @anew
 * @timeout:	jiffies until the worker must have begun with it, or
 *		MAX_SCHEDULE_TIMEOUT
 *
 * Once the worker has begun with it, it is waited for without limit.
 *
 * Return: 0 when it was done; -ECANCELED if there is no worker, or it ended
 * first; -EINTR if the caller is killed first, or -ETIMEDOUT.  If not 0, it
 * was not done and will not be.
 */
int damon_monitor_call(struct damon_monitor *m, struct damon_monitor_call *call,
		       long timeout)
{
	bool live, back;
	long left;

	call->taken = false;
	init_completion(&call->done);
	if (!wait_for_rest(m))
		return -EINTR;
	spin_lock(&m->slot_lock);
	live = m->live;
	if (live)
		m->slot = call;
	spin_unlock(&m->slot_lock);
	if (!live)
		return -ECANCELED;

	damon_worker_poke(m->worker);
	left = wait_for_completion_killable_timeout(&call->done, timeout);
	if (left <= 0) {
		spin_lock(&m->slot_lock);
		back = m->slot == call;
		if (back)
			m->slot = NULL;
		spin_unlock(&m->slot_lock);
		if (back)
			return left ? -EINTR : -ETIMEDOUT;
		/* The worker is at it, and needs no more than a round for it. */
		wait_for_completion(&call->done);
	}
	return call->taken ? 0 : -ECANCELED;
}
