/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A context and the worker that runs it: what /dev/damon's sessions and the
 * contexts of other modules have in common.
 *
 * The context belongs to the worker while that lives, else to whoever holds
 * damon_monitor.lock.  damon_monitor_call() is how others get at it meanwhile.
 *
 * Locks, outer ones first
 *
 *	damon_monitor.lock	 -> damon_monitor.slot_lock
 *	damon_monitor.lock	 -> what starting and stopping a worker takes, and
 *				    what the worker itself takes: who finds no
 *				    worker may do its work
 *
 * The worker takes slot_lock, a spinlock held for a few assignments, when it is
 * poked and at its end; never a mutex of this file.
 */
#ifndef DAMON_MONITOR_MONITOR_H
#define DAMON_MONITOR_MONITOR_H

#include <linux/completion.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "core/core.h"

struct damon_monitor;
struct damon_worker;
struct task_struct;

/**
 * struct damon_monitor_ops - what an owner of a monitor is told
 * @began:	monitoring has begun
 * @worked:	a round or a call is over
 * @ended:	monitoring has ended; @by_itself if nobody stopped it
 *
 * All are called by the worker, @ended once for each @began.  Each may be NULL.
 */
struct damon_monitor_ops {
	void (*began)(struct damon_monitor *m);
	void (*worked)(struct damon_monitor *m);
	void (*ended)(struct damon_monitor *m, bool by_itself);
};

/**
 * struct damon_monitor_call - something to be done by the worker
 * @fn:		does it, between two rounds.  It owns the context and may
 *		replace it
 * @anew:	the sampling interval begins anew afterwards; else the round to
 *		come is due when it was.  May be set by @fn
 * @taken:	it was done; meaningful once @done is completed
 * @done:	it was done, or the worker has ended instead
 *
 * On the stack of who waits for it.
 */
struct damon_monitor_call {
	void (*fn)(struct damon_monitor *m, struct damon_monitor_call *call);
	bool anew;
	bool taken;
	struct completion done;
};

/**
 * struct damon_rests - what is owed for work that was done
 * @asks:	start and calls wait until then
 * @rounds:	until then the worker shall rest
 */
struct damon_rests {
	ktime_t asks;
	ktime_t rounds;
};

/**
 * struct damon_monitor - a context and its worker
 * @lock:	serialises start, stop and calls; protects @worker, @rests.rounds, and @ctx
 *		while no worker lives
 * @ops:	see struct damon_monitor_ops; constant
 * @rest:	see damon_worker_start(); written under @lock, the worker reads it, too
 * @rests:	what is owed; the rounds' part is the next worker's, for what the last
 *		one did
 * @worker:	the worker, also one that has ended by itself; or NULL
 * @thread:	the worker's thread while it works, or who has entered instead of
 *		one; for damon_monitor_inside()
 * @ctx:	the context, or NULL; see the top
 * @begun:	the worker has tried to begin
 * @begin_ok:	it found a target; written before @begun is completed
 * @left:	the worker ends by itself; used by the worker only
 * @slot_lock:	protects @live, @slot and @rests.asks
 * @live:	a worker is there that will look into @slot
 * @slot:	what it shall do, or NULL
 */
struct damon_monitor {
	struct mutex lock;
	const struct damon_monitor_ops *ops;
	unsigned int rest;
	struct damon_rests rests;
	struct damon_worker *worker;
	struct task_struct *thread;

	struct damon_ctx *ctx;
	struct completion begun;
	bool begin_ok;
	bool left;

	spinlock_t slot_lock;
	bool live;
	struct damon_monitor_call *slot;
};

void damon_monitor_init(struct damon_monitor *m, const struct damon_monitor_ops *ops,
			unsigned int rest);
void damon_monitor_owe(struct damon_monitor *m, const struct damon_rests *owed);
void damon_monitor_set_rest(struct damon_monitor *m, unsigned int rest);
struct damon_rests damon_monitor_destroy(struct damon_monitor *m);
int damon_monitor_start(struct damon_monitor *m);
void damon_monitor_stop(struct damon_monitor *m);
bool damon_monitor_is_live(struct damon_monitor *m);
bool damon_monitor_inside(const struct damon_monitor *m);
void damon_monitor_enter(struct damon_monitor *m);
void damon_monitor_leave(struct damon_monitor *m);
int damon_monitor_call(struct damon_monitor *m, struct damon_monitor_call *call,
		       long timeout);

#endif /* DAMON_MONITOR_MONITOR_H */
