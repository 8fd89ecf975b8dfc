// SPDX-License-Identifier: GPL-2.0
/*
 * What part of an address space to watch: what is mapped, and nothing else.
 *
 * One range for each piece of mapped memory, adjacent mappings being one piece.
 * Where there are more pieces than ranges, the smallest holes are bridged.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "core/core.h"
#include "ops/vaddr.h"

/**
 * struct list - pieces found so far
 * @at:		the pieces, sorted; none touches the next
 * @nr:		how many
 * @last:	where to go on looking
 */
struct list {
	struct damon_range *at;
	u32 nr;
	unsigned long last;
};

/* The hole behind piece @i, which is not the last one. */
static u64 hole(const struct list *list, u32 i)
{
	return list->at[i + 1].start - list->at[i].end;
}

static void add_vma(struct list *list, unsigned long start, unsigned long end)
{
	/* It may have grown downwards since the last slice. */
	start = max(start, list->last);
	if (list->nr && list->at[list->nr - 1].end == start) {
		list->at[list->nr - 1].end = end;
	} else {
		list->at[list->nr].start = start;
		list->at[list->nr++].end = end;
	}
	list->last = end;
}

/* Adds up to DAMON_VADDR_MAX_CHECKS VMAs; false when there are no more. */
static bool scan_some(struct list *list, struct mm_struct *mm)
{
	VMA_ITERATOR(vmi, mm, list->last);
	struct vm_area_struct *vma;
	unsigned int nr = 0;

	for_each_vma(vmi, vma) {
		add_vma(list, vma->vm_start, vma->vm_end);
		if (++nr == DAMON_VADDR_MAX_CHECKS)
			return true;
	}
	return false;
}

static u32 nr_above(const struct list *list, u64 size)
{
	u32 nr = 0;
	u32 i;

	for (i = 0; i + 1 < list->nr; i++)
		nr += hole(list, i) > size;
	return nr;
}

/*
 * Bridges the smallest holes until @max pieces are left.  May be called while
 * more are to come: no hole that is bridged then would be among the largest
 * later.  No memory for sorting: the size of the largest hole to go is found by
 * halving.  Of holes of that very size the first ones stay.
 */
static void bridge(struct list *list, u32 max)
{
	u64 low = 0, high = TASK_SIZE_MAX;
	u32 ties, i, nr = 0;

	if (list->nr <= max)
		return;
	while (low < high) {
		u64 middle = low + (high - low) / 2;

		if (nr_above(list, middle) < max)
			high = middle;
		else
			low = middle + 1;
		cond_resched();
	}
	ties = max - 1 - nr_above(list, high);

	for (i = 0; i + 1 < list->nr; i++) {
		u64 size = hole(list, i);
		u64 end = list->at[i].end;

		/* Until a hole that stays, the piece at @nr only gets longer. */
		if (size < high || (size == high && !ties))
			continue;
		if (size == high)
			ties--;
		list->at[nr++].end = end;
		list->at[nr].start = list->at[i + 1].start;
	}
	list->at[nr++].end = list->at[i].end;
	list->nr = nr;
}

/**
 * damon_vaddr_pieces() - the ranges of damon_ops, following what is mapped
 * @target:	with room for pieces
 * @ranges:	where to
 * @max:	room there, not 0
 * @stats:	has the time that may be waited
 *
 * In slices, as damon_vaddr_ranges().  May sleep.
 *
 * Return: as damon_vaddr_ranges().
 */
int damon_vaddr_pieces(struct damon_vaddr_target *target, struct damon_range *ranges,
		       unsigned int max, struct damon_pass_stats *stats)
{
	struct list list = { .at = target->pieces };
	bool more = true;
	int err;

	max = min(max, target->options.nr_pieces);
	while (more) {
		err = damon_vaddr_enter(target->mm, &stats->patience_ns);
		if (err)
			return err == -ESRCH ? err : 0;
		more = scan_some(&list, target->mm);
		damon_vaddr_leave(target->mm);
		cond_resched();
		if (!more || list.nr + DAMON_VADDR_MAX_CHECKS > target->room)
			bridge(&list, max);
	}
	memcpy(ranges, list.at, list.nr * sizeof(*ranges));
	return list.nr;
}
