// SPDX-License-Identifier: GPL-2.0
/*
 * Quotas: how much a scheme may do, and how much of that it has done.
 */
#include <linux/bitops.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/time64.h>
#include <linux/types.h>

#include "damos/internal.h"

/* Before anything is known of an action's speed, as upstream: 4 MiB in 1 ms. */
#define FIRST_BYTES	(4ULL << 20)
#define FIRST_NS	(1ULL * NSEC_PER_MSEC)

/* Speeds are in bytes per nanosecond, with so many binary places. */
#define SPEED_SHIFT	24

/**
 * damos_has_quota() - is there any limit?
 * @quota:	the quota
 */
bool damos_has_quota(const struct damos_quota *quota)
{
	return quota->bytes || quota->time_us || quota->nr_goals;
}

/* Bytes that an action gets done in @ns, at @bytes in @past_ns. */
static u64 bytes_in(u64 ns, u64 bytes, u64 past_ns)
{
	u64 speed;

	if (!past_ns) {
		bytes = FIRST_BYTES;
		past_ns = FIRST_NS;
	}
	if (fls64(bytes) + SPEED_SHIFT <= 64) {
		speed = div64_u64(bytes << SPEED_SHIFT, past_ns);
	} else {
		speed = div64_u64(bytes, past_ns);
		if (fls64(speed) + SPEED_SHIFT > 64)
			return U64_MAX;
		speed <<= SPEED_SHIFT;
	}
	if (fls64(speed) + fls64(ns) > 64 + SPEED_SHIFT)
		return U64_MAX;
	return mul_u64_u64_shr(speed, ns, SPEED_SHIFT);
}

/*
 * The smallest of what goals, time and size allow.  Time becomes a size by the
 * speed that the action had lately: unlike upstream's mean of all time it follows
 * when that changes.
 */
static u64 effective(const struct damos *damos, const struct damos_scheme *s,
		     const struct damon_ctx *ctx)
{
	const struct damos_quota *quota = &s->conf.quota;
	const struct damos_charge *charge = &s->charge;
	u64 bytes = U64_MAX;

	if (quota->nr_goals && charge->tuned_bp != U64_MAX)
		bytes = div_u64(charge->tuned_bp, DAMOS_ON_TARGET);
	if (quota->time_us) {
		u64 done = bytes_in(quota->time_us * NSEC_PER_USEC, charge->past_bytes,
				    charge->past_ns);

		bytes = min(bytes, max(done, ctx->min_region_sz * damos->unit));
	}
	if (quota->bytes)
		bytes = min(bytes, quota->bytes);
	return bytes;
}

/* An interval is over; @nr of them, where nothing was applied for long. */
static void roll(struct damos_scheme *s, u64 nr)
{
	struct damos_charge *charge = &s->charge;
	u64 allowed_ns = s->conf.quota.time_us * NSEC_PER_USEC;

	s->stats.qt_exceeds += charge->lacked;
	charge->lacked = false;
	/* What has taken longer than it may takes from what comes. */
	if (allowed_ns && charge->ns > allowed_ns &&
	    div64_u64(charge->ns, allowed_ns) >= nr)
		charge->ns -= nr * allowed_ns;
	else
		charge->ns = 0;
	charge->bytes = 0;
	charge->past_bytes /= 2;
	charge->past_ns /= 2;
	/* Nothing is known any more, not that nothing gets done. */
	if (!charge->past_bytes)
		charge->past_ns = 0;
}

/**
 * damos_quota_begin() - before an application: what may be done?
 * @damos:	the schemes
 * @s:		the scheme
 * @ctx:	the context
 * @now_ns:	the time
 *
 * The effective quota is found in the first interval and whenever one begins.
 * Intervals follow each other without gaps, from the first application on.
 */
void damos_quota_begin(struct damos *damos, struct damos_scheme *s,
		       struct damon_ctx *ctx, u64 now_ns)
{
	u64 interval_ns = s->conf.quota.interval_us * NSEC_PER_USEC;
	struct damos_charge *charge = &s->charge;
	u64 elapsed = now_ns - charge->begun_ns;
	bool first = !charge->begun, anew = first;
	u64 was = charge->effective;

	if (!damos_has_quota(&s->conf.quota)) {
		charge->effective = U64_MAX;
		charge->begun = false;
		return;
	}
	if (first) {
		/* What was done without a quota is not charged to it. */
		charge->begun_ns = now_ns;
		charge->bytes = 0;
		charge->ns = 0;
	} else if (elapsed >= interval_ns) {
		u64 nr = interval_ns ? div64_u64(elapsed, interval_ns) : 1;

		roll(s, nr);
		charge->begun_ns = interval_ns ? charge->begun_ns + nr * interval_ns : now_ns;
		anew = true;
	}
	charge->begun = true;
	if ((anew || charge->untuned) && s->conf.quota.nr_goals)
		damos_tune_quota(damos, s, ctx, now_ns);
	if (anew || charge->stale)
		charge->effective = effective(damos, s, ctx);
	if (damos->sink->quota && (first || charge->effective != was))
		damos->sink->quota(damos->sink_data, damos_index(damos, s), charge->effective);
	charge->stale = false;
	charge->untuned = false;
}

/**
 * damos_quota_left() - what may still be done in this interval
 * @s:		the scheme
 * @least:	the smallest amount
 *
 * Return: bytes, 0 if less than @least or no time is left; U64_MAX for no limit.
 */
u64 damos_quota_left(const struct damos_scheme *s, u64 least)
{
	const struct damos_charge *charge = &s->charge;
	u64 left;

	if (!damos_has_quota(&s->conf.quota))
		return U64_MAX;
	if (damos_quota_out_of_time(s))
		return 0;
	if (charge->effective == U64_MAX)
		return U64_MAX;
	if (charge->bytes >= charge->effective)
		return 0;
	left = charge->effective - charge->bytes;
	return left < least ? 0 : left;
}

/* @bytes that were tried in vain, as far as they count. */
static u64 failed(const struct damos_quota *quota, u64 bytes)
{
	u64 whole;
	u32 rest;

	if (!quota->fail_denom)
		return bytes;
	whole = div_u64_rem(bytes, quota->fail_denom, &rest);
	return whole * quota->fail_num +
	       div_u64((u64)rest * quota->fail_num, quota->fail_denom);
}

/**
 * damos_quota_charge() - something was done
 * @s:		the scheme
 * @bytes:	size of what was tried
 * @applied:	how much of it the action has changed
 *
 * Upstream's: all of it counts, but of what has failed only as much as the
 * user says.
 */
void damos_quota_charge(struct damos_scheme *s, u64 bytes, u64 applied)
{
	u64 sum = bytes;

	/* An operations set may do more than it was asked, by huge pages. */
	if (applied <= bytes)
		sum = applied + failed(&s->conf.quota, bytes - applied);
	s->charge.bytes = damos_sum(s->charge.bytes, sum);
	s->charge.past_bytes = damos_sum(s->charge.past_bytes, sum);
}

/**
 * damos_quota_spend() - something has taken CPU time
 * @s:	the scheme
 * @ns:	how much
 */
void damos_quota_spend(struct damos_scheme *s, u64 ns)
{
	s->stats.cpu_ns += ns;
	s->charge.ns += ns;
	s->charge.past_ns += ns;
}

/**
 * damos_quota_out_of_time() - has it used up its time?
 * @s:	the scheme
 *
 * The size that time became is a guess: this holds where it was too big.
 */
bool damos_quota_out_of_time(const struct damos_scheme *s)
{
	u64 allowed_us = s->conf.quota.time_us;

	return allowed_us && s->charge.ns >= allowed_us * NSEC_PER_USEC;
}
