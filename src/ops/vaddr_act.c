// SPDX-License-Identifier: GPL-2.0
/*
 * Actions on the memory of a process, folio by folio.
 *
 * As the kernel's own advice, none makes those suffer who have nothing to do
 * with the process: folios that others map, too, are neither paged out nor made
 * cold, and pages of a file are paged out only for who could have done that with
 * the file, because whether they are in memory tells what others read.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/user_namespace.h>

#include "core/core.h"
#include "kernel/accessed.h"
#include "kernel/flush.h"
#include "kernel/mapcount.h"
#include "kernel/walk.h"
#include "ops/act.h"
#include "ops/vaddr.h"

/* The clock is looked at once in so many entries. */
#define CLOCK_STRIDE	16

/**
 * struct work - a slice of an order's
 * @act:	the order
 * @target:	whose memory
 * @walk:	position, while the mmap lock is held
 * @took:	accessed bits were taken
 * @start:	first address of the slice
 * @end:	first address behind it
 * @vma:	of the address at hand, while the mmap lock is held, or NULL
 * @spares_files: pages of @vma's file are not to be paged out
 * @folio:	what was mapped last, only to be compared with what is mapped next
 */
struct work {
	struct damon_act act;
	struct damon_vaddr_target *target;
	struct damon_walk walk;
	bool took;
	unsigned long start;
	unsigned long end;
	struct vm_area_struct *vma;
	bool spares_files;
	const struct folio *folio;
};

/**
 * struct subject - a mapped page
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

/* Never asks the file system, which could be a program that takes its time. */
static bool may_page_out(const struct file *file)
{
	return uid_eq(file_inode(file)->i_uid, current_fsuid()) ||
	       ns_capable_noaudit(&init_user_ns, CAP_FOWNER) ||
	       ns_capable_noaudit(&init_user_ns, CAP_DAC_OVERRIDE);
}

/*
 * Goes to the VMA of @addr or the next one.  Returns the first address to look
 * at, or @end of the slice.
 */
static unsigned long enter_vma(struct work *work, unsigned long addr)
{
	struct vm_area_struct *vma;

	/* No table may stay locked. */
	damon_walk_end(&work->walk);
	work->took |= work->walk.took;
	damon_walk_begin(&work->walk, work->target->mm,
			 work->target->options.own_bits_only);
	vma = find_vma(work->target->mm, addr);
	work->vma = vma;
	if (!vma || vma->vm_start >= work->end)
		return work->end;
	if (vma->vm_flags & (VM_PFNMAP | VM_IO)) {
		work->vma = NULL;
		return min(vma->vm_end, work->end);
	}
	work->spares_files = work->act.order->action == DAMOS_PAGEOUT && vma->vm_file &&
			     !may_page_out(vma->vm_file);
	return max(vma->vm_start, addr);
}

/*
 * Is the folio that is mapped at @addr to be acted on from there?  One that
 * begins before the slice was, by who had that, and one is acted on once.
 */
static bool begins_here(struct work *work, const struct folio *folio, unsigned long addr,
			unsigned long index)
{
	unsigned long begin = work->vma->vm_start;

	if (addr - begin >= index << PAGE_SHIFT)
		begin = addr - (index << PAGE_SHIFT);
	return folio != work->folio && begin >= work->start;
}

static bool is_spared(const struct work *work, struct folio *folio, struct page *page)
{
	switch (work->act.order->action) {
	case DAMOS_PAGEOUT:
		if (work->spares_files && !folio_test_anon(folio))
			return true;
		fallthrough;
	case DAMOS_COLD:
	case DAMOS_LRU_DEPRIO:
		return damon_folio_is_shared(folio, page);
	default:
		return false;
	}
}

/*
 * The page that is mapped at @addr, by an entry for all from @base to before
 * @next.
 */
static void work_on(struct work *work, struct folio *folio, unsigned long addr,
		    unsigned long base, unsigned long next)
{
	enum damos_action action = work->act.order->action;
	struct subject subject = {
		.s.folio = folio,
		.s.mapped = true,
		.s.take_young = take_young,
		.walk = &work->walk,
		.addr = addr,
	};
	struct page *page;
	bool here;

	if (!damon_order_passes(work->act.order, &subject.s)) {
		work->folio = folio;
		return;
	}
	work->act.done->passed += min(next, work->end) - addr;
	if (action == DAMOS_STAT)
		return;
	page = damon_accessed_page(&work->walk, base);
	here = begins_here(work, folio, base, folio_page_idx(folio, page));
	work->folio = folio;
	if (is_spared(work, folio, page))
		return;
	if (action == DAMOS_PAGEOUT || action == DAMOS_COLD)
		damon_accessed_take(&work->walk, addr, true);
	if (here)
		damon_act_folio(&work->act, folio);
}

/* The entry at @addr; returns the address behind what it maps. */
static unsigned long work_at(struct work *work, unsigned long addr)
{
	struct folio *folio = damon_accessed_folio(&work->walk, addr);
	unsigned long size, base, next;

	if (work->walk.kind == DAMON_WALK_NONE)
		return min((addr | (PMD_SIZE - 1)) + 1, work->vma->vm_end);
	size = work->walk.kind == DAMON_WALK_HUGE ? work->walk.span : PAGE_SIZE;
	base = addr & ~(size - 1);
	next = base + size;
	if (folio)
		work_on(work, folio, addr, base, next);
	return next;
}

/* With the mmap lock held, as long as that may be. */
static unsigned long work_some(struct work *work, unsigned long addr)
{
	u64 until = ktime_get_ns() + DAMON_VADDR_MAX_HOLD_NS;
	unsigned int nr = 0;

	work->vma = NULL;
	damon_walk_begin(&work->walk, work->target->mm,
			 work->target->options.own_bits_only);
	while (addr < work->end && nr < DAMON_VADDR_MAX_CHECKS &&
	       !damon_act_is_full(&work->act)) {
		if (!work->vma || addr >= work->vma->vm_end)
			addr = enter_vma(work, addr);
		else
			addr = work_at(work, addr);
		if (!(++nr % CLOCK_STRIDE) && ktime_get_ns() >= until)
			break;
	}
	damon_walk_end(&work->walk);
	work->took |= work->walk.took;
	return min(addr, work->end);
}

/* Under the credentials of who is to answer for it. */
static u64 act_on_folios(struct damon_vaddr_target *target,
			 const struct damos_order *order, u64 start, u64 end,
			 struct damos_done *done, struct damon_pass_stats *stats)
{
	u64 until = ktime_get_ns() + DAMON_ACT_MAX_NS;
	struct work work = {
		.target = target,
		.start = start,
		.end = min(end, start + DAMON_ACT_MAX_BYTES),
	};
	unsigned long addr = start;

	damon_act_init(&work.act, order, done);
	while (addr < work.end) {
		int err = damon_vaddr_enter(target->mm, &stats->patience_ns);

		if (err == -ESRCH)
			return 0;
		/* Who is that busy is left alone. */
		if (err)
			break;
		addr = work_some(&work, addr);
		damon_vaddr_leave(target->mm);
		damon_act_flush(&work.act);
		cond_resched();
		if (ktime_get_ns() >= until)
			break;
	}
	/* Or accesses through translations that are kept would not be seen. */
	if (work.took && order->action == DAMOS_COLD)
		damon_flush_tlb(target->mm);
	return addr > start ? addr : DAMON_ACT_BUSY;
}

/**
 * damon_vaddr_act() - the act of damon_ops for virtual addresses
 * @data:	struct damon_vaddr_target
 * @order:	as there
 * @start:	as there
 * @end:	as there
 * @done:	as there
 * @stats:	as there
 *
 * Nothing is done to a program that was begun after the regions were sampled.
 *
 * Return: as there.
 */
u64 damon_vaddr_act(void *data, const struct damos_order *order, u64 start, u64 end,
		    struct damos_done *done, struct damon_pass_stats *stats)
{
	struct damon_vaddr_target *target = data;
	const struct cred *cred = target->options.cred;
	const struct cred *old = NULL;
	u64 ret;

	damon_vaddr_follow(target);
	if (target->fresh)
		return end;
	if (cred)
		old = override_creds(cred);
	switch (order->action) {
	case DAMOS_WILLNEED:
	case DAMOS_HUGEPAGE:
	case DAMOS_NOHUGEPAGE:
	case DAMOS_COLLAPSE:
		ret = damon_vaddr_advise(target, order, false, start, end, done, stats);
		break;
	default:
		ret = act_on_folios(target, order, start, end, done, stats);
		break;
	}
	if (cred)
		revert_creds(old);
	/* It may have gone on with another program just now. */
	if (!ret && damon_vaddr_follow(target))
		ret = end;
	return ret;
}
