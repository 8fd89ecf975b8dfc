/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_KERNEL_WORKER_H
#define DAMON_KERNEL_WORKER_H

#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/types.h>

struct damon_worker;

/* A round's answer that ends the worker. */
#define DAMON_WORKER_END	0

/* One after which no round is due before the next poke says so. */
#define DAMON_WORKER_IDLE	U64_MAX

/**
 * struct damon_worker_ops - what a worker does
 * @begin:	first thing in the thread; returns like @round
 * @round:	the interval has passed.  Returns microseconds until the next
 *		round, DAMON_WORKER_IDLE or DAMON_WORKER_END
 * @poke:	somebody called damon_worker_poke().  Returns the same, where
 *		the interval starts anew, or sets *@keep to keep the deadline.
 *		Waits for the round if such new starts have put that off by
 *		more than an interval, and this is short
 * @end:	last thing in the thread, also after DAMON_WORKER_END
 *
 * All run in the worker's thread, which may sleep and allocate but must
 * answer damon_worker_stop() within a second.
 */
struct damon_worker_ops {
	u64 (*begin)(void *data);
	u64 (*round)(void *data);
	u64 (*poke)(void *data, bool *keep);
	void (*end)(void *data);
};

struct damon_worker *damon_worker_start(const struct damon_worker_ops *ops, void *data,
					unsigned int rest, ktime_t rests);
void damon_worker_set_rest(struct damon_worker *worker, unsigned int rest);
void damon_worker_poke(struct damon_worker *worker);
ktime_t damon_worker_stop(struct damon_worker *worker);
bool damon_worker_is_current(void);
bool damon_worker_wanted(void);

#endif /* DAMON_KERNEL_WORKER_H */
