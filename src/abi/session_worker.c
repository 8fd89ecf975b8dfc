// SPDX-License-Identifier: GPL-2.0
/*
 * A session's side of its worker: what the core and the worker tell it, and
 * how a new configuration gets there.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/sched.h>

#include "abi/abi.h"
#include "abi/events.h"

/* Lets readers see the counters; called by the owner of the context. */
static void damon_session_count(struct damon_session *s)
{
	const struct damon_stats *stats = &s->monitor.ctx->stats;

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

static void damon_session_target_new(void *data, u32 index,
				     const struct damon_target *target, u64 now_ns)
{
	struct damon_session *s = data;
	struct damon_ring *ring = damon_session_ring(s);

	if (!ring)
		return;
	damon_ring_target_new(ring, index, target->id, target->leader, now_ns);
	wake_up_interruptible_poll(&s->readers, EPOLLIN | EPOLLRDNORM);
}

static void damon_session_left_out(void *data, u32 nr, u64 now_ns)
{
	struct damon_session *s = data;
	struct damon_ring *ring = damon_session_ring(s);

	WRITE_ONCE(s->status.nr_left_out, nr);
	if (!ring)
		return;
	damon_ring_left_out(ring, nr, now_ns);
	wake_up_interruptible_poll(&s->readers, EPOLLIN | EPOLLRDNORM);
}

/* For contexts whose sink data is their session. */
const struct damon_sink damon_session_sink = {
	.window = damon_session_window,
	.target_gone = damon_session_target_gone,
	.intervals = damon_session_intervals,
	.target_new = damon_session_target_new,
	.left_out = damon_session_left_out,
};

/* Exchanges the configuration; called by the owner of the context. */
static void damon_session_take(struct damon_session *s, struct damon_handover *h)
{
	struct damon_ctx *old = s->monitor.ctx;

	if (old)
		damon_ctx_adopt(h->ctx, old, ktime_get_ns());
	s->monitor.ctx = h->ctx;
	h->ctx = old;
	if (h->results)
		h->results = damon_view_switch(&s->view, h->results);
	h->seen = damon_seen_switch(&s->schemes, h->seen);
	damon_session_note_intervals(s, &s->monitor.ctx->attrs);
	WRITE_ONCE(s->status.nr_targets, s->monitor.ctx->nr_given);
	WRITE_ONCE(s->status.nr_left_out, s->monitor.ctx->nr_left_out);
}

static void damon_session_set_running(struct damon_session *s)
{
	damon_set_state(s, s->monitor.ctx->paused ? DAMON_STATE_PAUSED :
						    DAMON_STATE_RUNNING);
}

static void damon_session_take_call(struct damon_monitor *m,
				    struct damon_monitor_call *call)
{
	struct damon_session *s = container_of(m, struct damon_session, monitor);

	damon_session_take(s, container_of(call, struct damon_handover, call));
	/* Else it ends now, and damon_session_ended() tells. */
	if (m->ctx->nr_alive)
		damon_session_set_running(s);
}

/* What the worker tells. */

static void damon_session_began(struct damon_monitor *m)
{
	struct damon_session *s = container_of(m, struct damon_session, monitor);

	damon_session_count(s);
	WRITE_ONCE(s->status.pid, task_pid_nr(current));
	damon_session_set_running(s);
	/* Pairs with damon_session_over(): started, so not the state before. */
	smp_store_release(&s->status.started, true);
}

static void damon_session_worked(struct damon_monitor *m)
{
	damon_session_count(container_of(m, struct damon_session, monitor));
}

static void damon_session_ended(struct damon_monitor *m, bool by_itself)
{
	struct damon_session *s = container_of(m, struct damon_session, monitor);

	damon_session_count(s);
	if (damon_session_ring(s))
		damon_ring_flush(&s->ring, ktime_get_ns());
	WRITE_ONCE(s->status.pid, 0);
	damon_set_state(s, by_itself ? DAMON_STATE_ENDED : DAMON_STATE_STOPPED);
	wake_up_interruptible_poll(&s->readers,
				   EPOLLIN | EPOLLRDNORM | EPOLLHUP);
}

/* For monitors that are a session's. */
const struct damon_monitor_ops damon_session_monitor_ops = {
	.began = damon_session_began,
	.worked = damon_session_worked,
	.ended = damon_session_ended,
};

/**
 * damon_session_run() - start the worker
 * @s:		the session; its monitor is locked
 * @req:	the call, for a text
 *
 * Waits until the worker has looked at its targets.
 *
 * Return: 0, -ENODATA, -EALREADY, -ESRCH, -EINTR, or why there is no thread.
 */
int damon_session_run(struct damon_session *s, struct damon_request *req)
{
	int err = damon_monitor_start(&s->monitor);

	switch (err) {
	case 0:
	case -EINTR:
		return err;
	case -ENODATA:
		return damon_request_fail(req, err,
					  "nothing is committed: DAMON_IOC_COMMIT comes first");
	case -EALREADY:
		return damon_request_fail(req, err, "the session is running");
	case -ESRCH:
		return damon_request_fail(req, err,
					  "no target is left: all have ended or run another program");
	}
	return damon_request_fail(req, err, "no thread could be started: error %d", -err);
}

/**
 * damon_session_install() - make a configuration the session's
 * @s:	the session; its monitor is locked
 * @h:	the configuration; afterwards what the session no longer needs
 *
 * A running worker takes it between two rounds.
 *
 * Return: 0, or -EINTR and nothing has changed.
 */
int damon_session_install(struct damon_session *s, struct damon_handover *h)
{
	int err;

	h->call.fn = damon_session_take_call;
	h->call.anew = true;
	err = damon_monitor_call(&s->monitor, &h->call, MAX_SCHEDULE_TIMEOUT);
	if (err != -ECANCELED)
		return err;

	/* Never started, stopped, or ended by itself: the context is ours. */
	damon_monitor_stop(&s->monitor);
	damon_session_take(s, h);
	damon_set_state(s, DAMON_STATE_STOPPED);
	return 0;
}
