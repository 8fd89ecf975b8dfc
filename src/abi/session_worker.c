// SPDX-License-Identifier: GPL-2.0
/*
 * A session's worker: what runs in its thread, how it is started and ended,
 * and how a new configuration gets to it.
 */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/sched.h>

#include "abi/abi.h"
#include "abi/events.h"
#include "kernel/worker.h"

/* Lets readers see the counters; called by the owner of the context. */
static void damon_session_count(struct damon_session *s)
{
	const struct damon_stats *stats = &s->ctx->stats;

	atomic64_set(&s->status.nr_ticks, stats->nr_ticks);
	atomic64_set(&s->status.nr_checks, stats->pass.nr_checks);
	atomic64_set(&s->status.nr_missed, stats->pass.nr_missed);
}

static void damon_session_note_intervals(struct damon_session *s,
					 const struct damon_attrs *attrs)
{
	s->intervals.sample_us = attrs->sample_us;
	s->intervals.aggr_us = attrs->aggr_us;
}

/* The core's results.  All are called by the owner of the context. */

static void damon_session_window(void *data, const struct damon_window *window)
{
	struct damon_session *s = data;
	u64 seq = atomic64_inc_return(&s->status.seq);
	struct damon_ring *ring = damon_session_ring(s);
	const struct damon_result *r;

	damon_events_window(s->id, window);
	/* Who sees the window sees its ticks and samples counted. */
	damon_session_count(s);
	r = damon_view_publish(&s->view, window, seq);
	if (!ring)
		return;
	damon_ring_window(ring, r);
	wake_up_interruptible_poll(&s->readers, EPOLLIN | EPOLLRDNORM);
}

static void damon_session_target_gone(void *data, u32 index, u64 now_ns)
{
	struct damon_session *s = data;
	struct damon_ring *ring = damon_session_ring(s);

	if (!ring)
		return;
	damon_ring_target_gone(ring, index, now_ns);
	wake_up_interruptible_poll(&s->readers, EPOLLIN | EPOLLRDNORM);
}

static void damon_session_intervals(void *data, const struct damon_attrs *attrs,
				    u64 now_ns)
{
	struct damon_session *s = data;
	struct damon_ring *ring = damon_session_ring(s);
	const struct damon_intervals old = s->intervals;

	damon_session_note_intervals(s, attrs);
	damon_events_intervals(s->id, attrs);
	if (!ring)
		return;
	damon_ring_intervals(ring, &old, &s->intervals, now_ns);
	wake_up_interruptible_poll(&s->readers, EPOLLIN | EPOLLRDNORM);
}

/* For contexts whose sink data is their session. */
const struct damon_sink damon_session_sink = {
	.window = damon_session_window,
	.target_gone = damon_session_target_gone,
	.intervals = damon_session_intervals,
};

/* Exchanges the configuration; called by the owner of the context. */
static void damon_session_take(struct damon_session *s, struct damon_handover *h)
{
	struct damon_ctx *old = s->ctx;

	if (old)
		damon_ctx_adopt(h->ctx, old, ktime_get_ns());
	s->ctx = h->ctx;
	h->ctx = old;
	if (h->results)
		h->results = damon_view_switch(&s->view, h->results);
	damon_session_note_intervals(s, &s->ctx->attrs);
	WRITE_ONCE(s->status.nr_targets, s->ctx->nr_targets);
}

/* The worker's thread. */

/* When the next round is due; tuning can change it after each one. */
static u64 damon_session_next(struct damon_session *s)
{
	return s->ctx->paused ? DAMON_WORKER_IDLE : s->ctx->attrs.sample_us;
}

static void damon_session_set_running(struct damon_session *s)
{
	damon_set_state(s, s->ctx->paused ? DAMON_STATE_PAUSED : DAMON_STATE_RUNNING);
}

static u64 damon_session_begin(void *data)
{
	struct damon_session *s = data;
	u64 us = DAMON_WORKER_END;

	s->left = false;
	s->begin_ok = damon_ctx_start(s->ctx, ktime_get_ns());
	if (s->begin_ok) {
		us = damon_session_next(s);
		damon_session_count(s);
		WRITE_ONCE(s->status.pid, task_pid_nr(current));
		damon_session_set_running(s);
		/* Pairs with damon_session_over(): started, so not the state before. */
		smp_store_release(&s->status.started, true);
	}
	complete(&s->begun);
	return us;
}

static u64 damon_session_round(void *data)
{
	struct damon_session *s = data;
	bool alive = damon_ctx_step(s->ctx, ktime_get_ns());

	damon_session_count(s);
	if (alive)
		return damon_session_next(s);
	s->left = true;
	return DAMON_WORKER_END;
}

static u64 damon_session_poke(void *data, bool *keep)
{
	struct damon_session *s = data;
	struct damon_handover *h;

	spin_lock(&s->slot_lock);
	h = s->slot;
	s->slot = NULL;
	spin_unlock(&s->slot_lock);
	if (!h) {
		/* It was taken back. */
		*keep = true;
		return damon_session_next(s);
	}
	damon_session_take(s, h);
	damon_session_count(s);
	damon_session_set_running(s);
	h->taken = true;
	/* Its COMMIT returns now: @h is gone after this. */
	complete(&h->done);
	if (s->ctx->nr_alive)
		return damon_session_next(s);
	s->left = true;
	return DAMON_WORKER_END;
}

static void damon_session_end(void *data)
{
	struct damon_session *s = data;
	struct damon_handover *h;

	damon_ctx_stop(s->ctx);

	/* No COMMIT may leave anything here from now on. */
	spin_lock(&s->slot_lock);
	s->live = false;
	h = s->slot;
	s->slot = NULL;
	spin_unlock(&s->slot_lock);

	/* A worker that could not even begin has left the state as it was. */
	if (s->begin_ok) {
		damon_session_count(s);
		if (damon_session_ring(s))
			damon_ring_flush(&s->ring, ktime_get_ns());
		WRITE_ONCE(s->status.pid, 0);
		damon_set_state(s, s->left ? DAMON_STATE_ENDED : DAMON_STATE_STOPPED);
		wake_up_interruptible_poll(&s->readers,
					   EPOLLIN | EPOLLRDNORM | EPOLLHUP);
	}
	if (h)
		complete(&h->done);
}

static const struct damon_worker_ops damon_session_worker_ops = {
	.begin = damon_session_begin,
	.round = damon_session_round,
	.poke = damon_session_poke,
	.end = damon_session_end,
};

/**
 * damon_session_join() - end the worker, if there is one
 * @s:	the session; damon_session.config is held, or nobody else has it
 *
 * Waits until the worker is gone: for the round at hand and for giving back,
 * each of which waits for targets for at most DAMON_PATIENCE_NS.  Then the
 * context is the caller's.
 */
void damon_session_join(struct damon_session *s)
{
	if (!s->worker)
		return;
	damon_worker_stop(s->worker);
	s->worker = NULL;
	/* If it was stopped before it ran, its end was not called. */
	s->live = false;
}

/* With @config held.  Is there a worker that has not ended by itself? */
static bool damon_session_is_live(struct damon_session *s)
{
	bool live;

	spin_lock(&s->slot_lock);
	live = s->live;
	spin_unlock(&s->slot_lock);
	return live;
}

/**
 * damon_session_run() - start the worker
 * @s:		the session; damon_session.config is held
 * @req:	the call, for a text
 *
 * Waits until the worker has looked at its targets.
 *
 * Return: 0, -ENODATA, -EALREADY, -ESRCH, -EINTR, or why there is no thread.
 */
int damon_session_run(struct damon_session *s, struct damon_request *req)
{
	struct damon_worker *worker;

	if (!s->ctx)
		return damon_request_fail(req, -ENODATA,
					  "nothing is committed: DAMON_IOC_COMMIT comes first");
	if (damon_session_is_live(s))
		return damon_request_fail(req, -EALREADY, "the session is running");
	damon_session_join(s);

	reinit_completion(&s->begun);
	/* No worker yet that could look at it. */
	s->live = true;
	worker = damon_worker_start(&damon_session_worker_ops, s, s->rest);
	if (IS_ERR(worker)) {
		s->live = false;
		return damon_request_fail(req, PTR_ERR(worker),
					  "no thread could be started: error %ld",
					  -PTR_ERR(worker));
	}
	s->worker = worker;

	if (wait_for_completion_killable(&s->begun)) {
		damon_session_join(s);
		return -EINTR;
	}
	if (!s->begin_ok) {
		damon_session_join(s);
		return damon_request_fail(req, -ESRCH,
					  "no target is left: all have ended or run another program");
	}
	return 0;
}

/*
 * Leaves @h for the worker and waits until it has taken it.  With @config
 * held, so that nobody else stops the worker or uses the slot meanwhile.
 * Returns false if there is no worker to take it, or -EINTR if the caller is
 * killed first: then it was not taken and will not be.
 */
static int damon_session_offer(struct damon_session *s, struct damon_handover *h,
			       bool *taken)
{
	bool live, back;

	*taken = false;
	spin_lock(&s->slot_lock);
	live = s->live;
	if (live)
		s->slot = h;
	spin_unlock(&s->slot_lock);
	if (!live)
		return 0;

	damon_worker_poke(s->worker);
	if (wait_for_completion_killable(&h->done)) {
		spin_lock(&s->slot_lock);
		back = s->slot == h;
		if (back)
			s->slot = NULL;
		spin_unlock(&s->slot_lock);
		if (back)
			return -EINTR;
		/* The worker is at it, and needs no more than a round for it. */
		wait_for_completion(&h->done);
	}
	*taken = h->taken;
	return 0;
}

/**
 * damon_session_install() - make a configuration the session's
 * @s:	the session; damon_session.config is held
 * @h:	the configuration; afterwards what the session no longer needs
 *
 * A running worker takes it between two rounds.
 *
 * Return: 0, or -EINTR and nothing has changed.
 */
int damon_session_install(struct damon_session *s, struct damon_handover *h)
{
	bool taken;
	int err;

	err = damon_session_offer(s, h, &taken);
	if (err || taken)
		return err;

	/* Never started, stopped, or ended by itself: the context is ours. */
	damon_session_join(s);
	damon_session_take(s, h);
	damon_set_state(s, DAMON_STATE_STOPPED);
	return 0;
}
