// SPDX-License-Identifier: GPL-2.0
/*
 * Targets that are joined: a process that is followed with all that it forks,
 * and a cgroup.
 *
 * Each joining process gets a seat, a target that COMMIT has made beforehand.  It
 * needs an address space that no other target of the context has: threads have
 * none, and a child of vfork() has its parent's until it executes.
 */
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

#include "core/core.h"
#include "kernel/crowd.h"
#include "kernel/task.h"
#include "ops/vaddr.h"

#define for_each_member(m, crowd)					\
	for ((m) = damon_crowd_next(crowd, NULL); (m); (m) = damon_crowd_next(crowd, m))

/**
 * damon_vaddr_lead() - let a crowd join a target
 * @target:	a new target
 * @crowd:	the crowd; owned by @target from now on
 *
 * Of a tree the first member is @target's own process.
 */
void damon_vaddr_lead(struct damon_vaddr_target *target, struct damon_crowd *crowd)
{
	struct damon_member *root = damon_crowd_next(crowd, NULL);

	target->crowd = crowd;
	if (root && target->process)
		root->seat = target;
}

/**
 * damon_vaddr_meet() - make a target known to the others of its context
 * @target:	a new target, also a seat
 * @first:	one of the others
 */
void damon_vaddr_meet(struct damon_vaddr_target *target, struct damon_vaddr_target *first)
{
	list_add_tail(&target->peers, &first->peers);
}

static bool is_watched(const struct damon_vaddr_target *target, const struct mm_struct *mm)
{
	const struct damon_vaddr_target *other;

	if (target->mm == mm)
		return true;
	list_for_each_entry(other, &target->peers, peers) {
		/* cppcheck-suppress uninitvar */
		if (other->mm == mm)
			return true;
	}
	return false;
}

/* What only who sits there has; no samples are out. */
static void leave_seat(struct damon_vaddr_target *seat)
{
	if (seat->member)
		seat->member->seat = NULL;
	seat->member = NULL;
	put_pid(seat->process);
	seat->process = NULL;
	if (seat->mm)
		mmdrop(seat->mm);
	seat->mm = NULL;
}

/* @mm: a reference that is taken over */
static void take_seat(struct damon_vaddr_target *seat, struct damon_member *member,
		      struct mm_struct *mm)
{
	seat->mm = mm;
	seat->process = get_pid(member->pid);
	seat->member = member;
	member->seat = seat;
	seat->fresh = false;
	seat->fresh_hits = false;
	seat->stale = false;
	seat->huge_shift = PAGE_SHIFT;
	damon_vaddr_settle_begin(seat);
}

/* The address space in which @member is to be watched, with a reference, or NULL. */
static struct mm_struct *new_mm(const struct damon_vaddr_target *leader,
				const struct damon_member *member)
{
	struct mm_struct *mm = damon_process_mm(member->pid, NULL);

	/* There can be thousands of members, each to be compared with all peers. */
	cond_resched();
	if (!mm || !is_watched(leader, mm))
		return mm;
	mmdrop(mm);
	return NULL;
}

/* Drops who no longer belongs.  Returns whether there are members that have no seat. */
static bool sweep(struct damon_vaddr_target *leader)
{
	struct damon_member *m, *next;
	bool waiting = false;

	for (m = damon_crowd_next(leader->crowd, NULL); m; m = next) {
		struct damon_vaddr_target *seat = m->seat;
		bool ended = damon_member_has_ended(m);

		next = damon_crowd_next(leader->crowd, m);
		m->refused = false;
		if (!ended && !damon_member_has_left(m)) {
			waiting |= !seat;
			continue;
		}
		if (seat && seat != leader) {
			/* Of one that has ended others may still use the memory. */
			if (ended)
				seat->member = NULL;
			else
				leave_seat(seat);
		}
		damon_crowd_drop(m);
	}
	return waiting;
}

/**
 * damon_vaddr_gather() - the gather of damon_ops for virtual addresses
 * @leader:	struct damon_vaddr_target with a crowd
 * @all:	look at all processes, if need be
 * @stats:	has the patience that this is taken off
 *
 * May sleep.  Return: whether there are members that have no seat.
 */
bool damon_vaddr_gather(void *leader, bool all, struct damon_pass_stats *stats)
{
	struct damon_vaddr_target *l = leader;
	bool waiting = sweep(l);
	u64 begun;

	if (!all)
		return waiting;
	/* Now that those who have ended take no room. */
	begun = ktime_get_ns();
	damon_crowd_look(l->crowd);
	stats->patience_ns -= min(stats->patience_ns, ktime_get_ns() - begun);
	return sweep(l);
}

static bool take_first(struct damon_vaddr_target *leader, struct damon_vaddr_target *seat,
		       bool elders)
{
	struct damon_member *m;

	for_each_member(m, leader->crowd) {
		struct mm_struct *mm;

		if (m->seat || m->refused || (elders && !m->elder))
			continue;
		mm = new_mm(leader, m);
		/* Once for all seats: those who wait in vain may be many. */
		if (!mm) {
			m->refused = true;
			continue;
		}
		take_seat(seat, m, mm);
		return true;
	}
	return false;
}

/**
 * damon_vaddr_join() - the join of damon_ops for virtual addresses
 * @leader:	struct damon_vaddr_target with a crowd
 * @seat:	struct damon_vaddr_target that is vacant
 * @key:	out: that of who has joined
 * @id:		out: its process id
 *
 * Who was watched before a COMMIT goes first, then who came first.  May sleep.
 *
 * Return: whether anybody has joined.
 */
bool damon_vaddr_join(void *leader, void *seat, u64 *key, u32 *id)
{
	struct damon_vaddr_target *s = seat;

	leave_seat(s);
	if (!take_first(leader, s, true) && !take_first(leader, s, false))
		return false;
	*key = damon_vaddr_key(s->process);
	*id = damon_member_nr(s->member);
	return true;
}

/**
 * damon_vaddr_left_out() - the left_out of damon_ops for virtual addresses
 * @leader:	struct damon_vaddr_target with a crowd
 *
 * May sleep.  Return: how many processes would have joined.
 */
u32 damon_vaddr_left_out(void *leader)
{
	struct damon_vaddr_target *l = leader;
	u32 nr = damon_crowd_nr_beyond(l->crowd);
	struct damon_member *m;

	for_each_member(m, l->crowd) {
		struct mm_struct *mm = m->seat ? NULL : new_mm(l, m);

		if (!mm)
			continue;
		mmdrop(mm);
		nr++;
	}
	return nr;
}

/**
 * damon_vaddr_inherit() - the inherit of damon_ops for virtual addresses
 * @leader:	struct damon_vaddr_target with a crowd
 * @old:	another one, with the same process or cgroup
 *
 * Who has joined @old goes first.
 */
void damon_vaddr_inherit(void *leader, void *old)
{
	struct damon_vaddr_target *l = leader, *o = old;
	struct damon_member *m, *mine;

	for_each_member(m, o->crowd) {
		if (m->seat == o)
			continue;
		mine = damon_crowd_add(l->crowd, m->pid);
		if (mine && m->seat)
			mine->elder = true;
	}
}
