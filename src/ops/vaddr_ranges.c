// SPDX-License-Identifier: GPL-2.0
/*
 * What part of an address space to watch: "three regions".
 *
 * A process has a few areas of memory with huge holes between them, typically
 * below and above the area of mmap().  Leaving out the two biggest holes leaves
 * three ranges, in which smaller holes just look never accessed.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>

#include "core/core.h"
#include "kernel/crowd.h"
#include "ops/vaddr.h"

#define NR_HOLES	2

/**
 * struct layout - an address space as seen so far
 * @first:	start of the first VMA
 * @last:	end of the last one; 0 before any
 * @holes:	the biggest holes, biggest first; empty ones are 0, 0
 */
struct layout {
	unsigned long first;
	unsigned long last;
	struct damon_range holes[NR_HOLES];
};

static u64 range_size(const struct damon_range *range)
{
	return range->end - range->start;
}

static void layout_add_hole(struct layout *layout, unsigned long start,
			    unsigned long end)
{
	struct damon_range hole = { .start = start, .end = end };
	unsigned int i;

	for (i = 0; i < NR_HOLES; i++)
		if (range_size(&hole) > range_size(&layout->holes[i]))
			swap(hole, layout->holes[i]);
}

static void layout_add_vma(struct layout *layout, unsigned long start,
			   unsigned long end)
{
	if (!layout->last)
		layout->first = start;
	else if (start > layout->last)
		layout_add_hole(layout, layout->last, start);
	layout->last = end;
}

/* Adds up to DAMON_VADDR_MAX_CHECKS VMAs; false when there are no more. */
static bool layout_scan_some(struct layout *layout, struct mm_struct *mm)
{
	VMA_ITERATOR(vmi, mm, layout->last);
	unsigned int nr = 0;
	struct vm_area_struct *vma;

	for_each_vma(vmi, vma) {
		layout_add_vma(layout, vma->vm_start, vma->vm_end);
		if (++nr == DAMON_VADDR_MAX_CHECKS)
			return true;
	}
	return false;
}

static int layout_to_ranges(struct layout *layout, struct damon_range *ranges)
{
	u64 start = layout->first;
	unsigned int i;
	int nr = 0;

	if (layout->holes[0].start > layout->holes[1].start)
		swap(layout->holes[0], layout->holes[1]);
	for (i = 0; i < NR_HOLES; i++) {
		if (!range_size(&layout->holes[i]))
			continue;
		ranges[nr].start = start;
		ranges[nr++].end = layout->holes[i].start;
		start = layout->holes[i].end;
	}
	ranges[nr].start = start;
	ranges[nr++].end = layout->last;
	return nr;
}

static int ranges_now(struct damon_vaddr_target *t, struct damon_range *ranges,
		      unsigned int max, struct damon_pass_stats *stats)
{
	struct mm_struct *mm = t->mm;
	struct layout layout = { };
	bool more = true;
	int err;

	if (t->pieces)
		return damon_vaddr_pieces(t, ranges, max, stats);
	if (max < NR_HOLES + 1)
		return 0;
	while (more) {
		err = damon_vaddr_enter(mm, &stats->patience_ns);
		if (err)
			return err == -ESRCH ? err : 0;
		more = layout_scan_some(&layout, mm);
		damon_vaddr_leave(mm);
		cond_resched();
	}
	return layout.last ? layout_to_ranges(&layout, ranges) : 0;
}

/**
 * damon_vaddr_ranges() - the ranges of damon_ops for virtual addresses
 * @target:	struct damon_vaddr_target
 * @ranges:	where to
 * @max:	room there, at least damon_vaddr_ops.nr_ranges
 * @stats:	has the time that may be waited
 *
 * VMAs are looked at in slices, with the lock dropped in between: the result
 * may be of no single moment, which regions survive.  May sleep.
 *
 * Return: number of ranges; 0 if nothing is mapped or the lock could not be
 * had, and for a cgroup; -ESRCH if that or the address space is gone, or a seat
 * was left.
 */
int damon_vaddr_ranges(void *target, struct damon_range *ranges, unsigned int max,
		       struct damon_pass_stats *stats)
{
	struct damon_vaddr_target *t = target;
	int ret;

	/* A cgroup has no memory but that of who joins; a seat was left. */
	if (!t->mm)
		return t->crowd && !damon_crowd_is_over(t->crowd) ? 0 : -ESRCH;
	damon_vaddr_follow(t);
	ret = ranges_now(t, ranges, max, stats);
	/* Who is busy is asked again at the next window's end. */
	if (ret >= 0)
		t->stale = !ret;
	/* At the next window's end: who only executes must not hold us up. */
	if (ret == -ESRCH && damon_vaddr_follow(t))
		ret = 0;
	return ret;
}

/**
 * damon_vaddr_stale() - the stale of damon_ops for virtual addresses
 * @target:	struct damon_vaddr_target
 *
 * Return: whether the process runs another program than it did when its ranges
 * were asked for, or has left the crowd.
 */
bool damon_vaddr_stale(void *target)
{
	const struct damon_vaddr_target *t = target;

	return t->stale || !t->mm;
}

/**
 * damon_vaddr_gone() - the gone of damon_ops for virtual addresses
 * @target:	struct damon_vaddr_target
 */
bool damon_vaddr_gone(void *target)
{
	struct damon_vaddr_target *t = target;

	if (!t->mm)
		return !t->crowd || damon_crowd_is_over(t->crowd);
	damon_vaddr_follow(t);
	return !atomic_read(&t->mm->mm_users);
}
