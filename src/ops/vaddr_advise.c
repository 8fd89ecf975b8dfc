// SPDX-License-Identifier: GPL-2.0
/*
 * Actions on the memory of a process that are the kernel's own advice.
 *
 * The kernel is asked only where there is something to change, and only for what
 * the filters let through: for reading ahead that is judged page by page, for
 * huge pages by what one of them would cover, which must have no page that is
 * not let through.
 *
 * Advice waits in the queue of the mmap lock, which the process decides about, and
 * no signal ends that.  We ask right after we could have taken that lock as the
 * advice does, so that who has it for long is left alone; what is left is who takes
 * it for long just then.  Nor is a file system asked that could be a program that takes
 * its time; the process could only map one there while we are at it.
 */
#include <linux/align.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "core/core.h"
#include "kernel/accessed.h"
#include "kernel/advise.h"
#include "kernel/walk.h"
#include "ops/act.h"
#include "ops/vaddr.h"

/**
 * struct work - a slice of an order's
 * @order:	the order
 * @skips_young: see struct damon_subject
 * @advice:	what it comes down to
 * @target:	whose memory
 * @done:	what has come of it
 * @stats:	with the time that may be waited
 * @run_start:	memory that is to be advised about begins here
 * @run_end:	and ends here, where more can be added; @run_start if there is none
 * @run_gain:	how much of that will change
 * @run_passed:	what had passed before
 */
struct work {
	const struct damos_order *order;
	bool skips_young;
	enum damon_advice advice;
	struct damon_vaddr_target *target;
	struct damos_done *done;
	struct damon_pass_stats *stats;
	unsigned long run_start;
	unsigned long run_end;
	u64 run_gain;
	u64 run_passed;
};

/**
 * struct piece - memory of one VMA, at most what a huge page covers
 * @start:	first address
 * @end:	first address behind it; @start if nothing is mapped there
 * @open:	there is something to advise
 * @whole:	it is all that a huge page covers
 * @huge:	it is one
 */
struct piece {
	unsigned long start;
	unsigned long end;
	bool open;
	bool whole;
	bool huge;
};

/**
 * struct subject - a page
 * @s:		for filters
 * @walk:	position at its entry
 * @addr:	its address
 */
struct subject {
	struct damon_subject s;
	struct damon_walk *walk;
	unsigned long addr;
};

static enum damon_verdict take_young(struct damon_subject *s)
{
	struct subject *subject = container_of(s, struct subject, s);

	return damon_accessed_take(subject->walk, subject->addr, false) ?
		DAMON_PAGE_ACCESSED : DAMON_PAGE_IDLE;
}

static int enter(struct work *work, struct damon_walk *walk)
{
	int err = damon_vaddr_enter(work->target->mm, &work->stats->patience_ns);

	if (!err)
		damon_walk_begin(walk, work->target->mm, work->target->options.own_bits_only);
	return err;
}

static void leave(struct work *work, struct damon_walk *walk)
{
	damon_walk_end(walk);
	damon_vaddr_leave(work->target->mm);
}

/*
 * What there is at @addr, or, if nothing is mapped there, where the next piece
 * may begin, as an empty one.
 */
static int look_at(struct work *work, unsigned long addr, unsigned long end,
		   struct piece *piece)
{
	unsigned long unit = addr & PMD_MASK;
	struct vm_area_struct *vma;
	struct damon_walk walk;
	int err = enter(work, &walk);

	if (err)
		return err;
	*piece = (struct piece) { .start = end, .end = end };
	vma = find_vma(work->target->mm, addr);
	if (vma && vma->vm_start < end) {
		piece->start = max(vma->vm_start, addr);
		piece->end = piece->start;
	}
	if (vma && vma->vm_start <= addr) {
		damon_walk_seek(&walk, addr);
		piece->end = min(vma->vm_end, unit + PMD_SIZE);
		piece->whole = piece->start == unit && piece->end == unit + PMD_SIZE;
		piece->huge = walk.kind == DAMON_WALK_HUGE;
		/* Other than in seek a VMA can be one that is not sampled. */
		piece->open = walk.vma && damon_advice_open(&walk, work->advice);
		if (work->advice == DAMON_ADVICE_COLLAPSE)
			piece->open &= piece->whole;
	}
	leave(work, &walk);
	return 0;
}

/* Was the mmap lock to be had just now as the advice takes it? */
static int probe_lock(struct work *work)
{
	struct mm_struct *mm = work->target->mm;
	u64 *patience_ns = &work->stats->patience_ns;
	int busy;

	if (damon_advice_writes(work->advice))
		return damon_vaddr_await_nobody(mm, patience_ns);
	busy = damon_vaddr_enter(mm, patience_ns);
	if (!busy)
		damon_vaddr_leave(mm);
	return busy;
}

/*
 * Advises about what is at hand, in steps, before each of which the lock was to be
 * had.  Returns what probe_lock() does; @err is what came of the advice.
 */
static int run_advise(struct work *work, int *err)
{
	unsigned long most = damon_advice_most(work->advice), at, end;
	struct mm_struct *mm = work->target->mm;
	int busy;

	for (at = work->run_start; !*err && at < work->run_end; at = end) {
		end = at + min(most, work->run_end - at);
		busy = probe_lock(work);
		if (busy)
			return busy;
		*err = damon_advise(mm, at, end, work->advice);
	}
	return 0;
}

/* Advises about the run at hand. */
static int run_flush(struct work *work)
{
	struct piece piece;
	int err = 0, busy;

	if (work->run_gain) {
		busy = run_advise(work, &err);
		if (busy)
			return busy;
	}
	/* It may fail halfway, and what it did not need to do is no failure. */
	if (work->run_gain && work->advice == DAMON_ADVICE_COLLAPSE) {
		err = look_at(work, work->run_start, work->run_end, &piece);
		if (err)
			return err;
		if (!piece.huge || !piece.whole)
			work->run_gain = 0;
	} else if (err) {
		work->run_gain = 0;
	}
	work->done->applied += work->run_gain;
	work->run_start = work->run_end;
	work->run_gain = 0;
	return err == -ESRCH ? err : 0;
}

/* Reading can take as long as a disk does, and making huge pages takes long. */
static unsigned long most_at_once(const struct work *work)
{
	switch (work->advice) {
	case DAMON_ADVICE_READ:
	case DAMON_ADVICE_COLLAPSE:
		return PMD_SIZE;
	default:
		return DAMON_ACT_MAX_BYTES;
	}
}

/* @start to @end, of which what passes is to be counted afterwards. */
static int run_add(struct work *work, unsigned long start, unsigned long end, u64 gain)
{
	int err = 0;

	if (start != work->run_end || work->run_end - work->run_start >= most_at_once(work))
		err = run_flush(work);
	if (err)
		return err;
	if (work->run_start == work->run_end || start != work->run_end) {
		work->run_start = start;
		work->run_passed = work->done->passed;
	}
	work->run_end = end;
	work->run_gain += gain;
	return 0;
}

/**
 * struct judged - pages of a piece
 * @passed:	bytes in memory or away that the filters let through
 * @away:	of those, bytes that are not in memory
 * @rejected:	there was one that they do not, after those
 * @end:	where those end
 * @next:	where to go on
 */
struct judged {
	u64 passed;
	u64 away;
	bool rejected;
	unsigned long end;
	unsigned long next;
};

/* The page or huge page at @addr; returns the address behind it. */
static unsigned long judge_one(struct work *work, struct damon_walk *walk,
			       const struct piece *piece, unsigned long addr,
			       struct judged *judged)
{
	struct subject subject = {
		.s.mapped = true,
		.s.skips_young = work->skips_young,
		.s.take_young = take_young,
		.walk = walk,
		.addr = addr,
	};
	unsigned long next = addr + PAGE_SIZE;
	bool away = false;

	if (damon_walk_seek(walk, addr) == DAMON_WALK_HUGE)
		next = (addr & ~(walk->span - 1)) + walk->span;
	subject.s.folio = damon_accessed_folio(walk, addr);
	if (!subject.s.folio && walk->vma)
		away = damon_page_away(walk, addr, &subject.s.anon);
	if (!subject.s.folio && !away)
		return next;
	if (!damon_order_passes(work->order, &subject.s)) {
		judged->rejected = true;
		judged->end = addr;
		return next;
	}
	next = min(next, piece->end);
	judged->passed += next - addr;
	if (away)
		judged->away += next - addr;
	return next;
}

/* From @addr to the end of the piece or the first page that is rejected. */
static int judge(struct work *work, const struct piece *piece, unsigned long addr,
		 struct judged *judged)
{
	struct damon_walk walk;
	unsigned int nr;
	int err;

	*judged = (struct judged) { .next = addr };
	while (judged->next < piece->end && !judged->rejected) {
		err = enter(work, &walk);
		if (err)
			return err;
		for (nr = 0; nr < DAMON_VADDR_MAX_CHECKS && judged->next < piece->end &&
		     !judged->rejected; nr++)
			judged->next = judge_one(work, &walk, piece, judged->next, judged);
		leave(work, &walk);
		cond_resched();
	}
	return 0;
}

/* Runs of pages that pass, with pages to be read in them. */
static int read_piece(struct work *work, const struct piece *piece)
{
	unsigned long addr = piece->start;
	struct judged judged;
	int err;

	while (addr < piece->end) {
		err = judge(work, piece, addr, &judged);
		if (err)
			return err;
		if (!judged.rejected)
			judged.end = min(judged.next, piece->end);
		if (judged.end > addr && piece->open)
			err = run_add(work, addr, judged.end, judged.away);
		if (err)
			return err;
		work->done->passed += judged.passed;
		addr = judged.next;
	}
	return 0;
}

static int huge_piece(struct work *work, const struct piece *piece)
{
	struct judged judged = { .passed = piece->end - piece->start };
	int err = 0;

	if (work->order->nr_filters) {
		err = judge(work, piece, piece->start, &judged);
		if (err || judged.rejected)
			return err;
	} else if (!work->order->allow) {
		return 0;
	}
	if (piece->open)
		err = run_add(work, piece->start, piece->end, piece->end - piece->start);
	if (!err)
		work->done->passed += judged.passed;
	return err;
}

static int work_on(struct work *work, const struct piece *piece)
{
	if (piece->start == piece->end)
		return 0;
	if (work->advice == DAMON_ADVICE_READ)
		return read_piece(work, piece);
	return huge_piece(work, piece);
}

static enum damon_advice advice_of(enum damos_action action)
{
	switch (action) {
	case DAMOS_HUGEPAGE:
		return DAMON_ADVICE_HUGE;
	case DAMOS_NOHUGEPAGE:
		return DAMON_ADVICE_NO_HUGE;
	case DAMOS_COLLAPSE:
		return DAMON_ADVICE_COLLAPSE;
	default:
		return DAMON_ADVICE_READ;
	}
}

/*
 * What a huge page covers belongs to who has its first address, as in
 * vaddr_act.c; what pages are to be read, each by itself.
 */
static unsigned long first_address(enum damon_advice advice, u64 start)
{
	return advice == DAMON_ADVICE_READ ? start : ALIGN(start, PMD_SIZE);
}

/*
 * Who is that busy is left alone: what was looked at in vain, from @addr on or
 * longer, is as if it was not, as @passed says.  Returns where it begins.
 */
static u64 put_off(const struct work *work, u64 addr, u64 passed)
{
	if (work->run_gain) {
		addr = work->run_start;
		passed = work->run_passed;
	}
	work->done->passed = passed;
	return addr;
}

/**
 * damon_vaddr_advise() - an action that is the kernel's own advice
 * @target:	as for damon_vaddr_act()
 * @order:	as there
 * @skips_young: filters about accesses were asked before
 * @start:	as there
 * @end:	as there
 * @done:	as there
 * @stats:	as there
 *
 * Return: as damon_ops.act.
 */
u64 damon_vaddr_advise(struct damon_vaddr_target *target, const struct damos_order *order,
		       bool skips_young, u64 start, u64 end, struct damos_done *done,
		       struct damon_pass_stats *stats)
{
	u64 until = ktime_get_ns() + DAMON_ACT_MAX_NS;
	struct work work = {
		.order = order,
		.skips_young = skips_young,
		.advice = advice_of(order->action),
		.target = target,
		.done = done,
		.stats = stats,
	};
	u64 first = first_address(work.advice, start);
	u64 addr = first, passed = done->passed;
	u64 last = min(end, start + DAMON_ACT_MAX_BYTES);
	struct piece piece;
	int err = 0;

	if (order->action == DAMOS_COLLAPSE)
		last = min(end, start + PMD_SIZE);
	while (addr < last) {
		u64 limit = work.advice == DAMON_ADVICE_READ ? last : ALIGN(last, PMD_SIZE);

		err = look_at(&work, addr, limit, &piece);
		if (err)
			break;
		piece.end = min_t(u64, piece.end, limit);
		err = work_on(&work, &piece);
		if (err)
			break;
		passed = done->passed;
		addr = piece.end;
		cond_resched();
		if (ktime_get_ns() >= until)
			break;
	}
	if (!err)
		err = run_flush(&work);
	if (err == -ESRCH)
		return 0;
	if (err) {
		addr = put_off(&work, addr, passed);
		return addr > first ? min(addr, last) : DAMON_ACT_BUSY;
	}
	return clamp_t(u64, addr, start + PAGE_SIZE, last);
}
