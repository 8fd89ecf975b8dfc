// SPDX-License-Identifier: GPL-2.0
/*
 * Advice about another process's memory, and what there is left to advise.
 */
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/memcontrol.h>
#include <linux/minmax.h>
#include <linux/mman.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pgtable.h>
#include <linux/sched/mm.h>
#include <linux/shmem_fs.h>
#include <linux/xarray.h>

#include "kernel/advise.h"
#include "kernel/bind.h"
#include "kernel/lent.h"
#include "kernel/walk.h"

static const int advices[] = {
	[DAMON_ADVICE_READ] = MADV_WILLNEED,
	[DAMON_ADVICE_HUGE] = MADV_HUGEPAGE,
	[DAMON_ADVICE_NO_HUGE] = MADV_NOHUGEPAGE,
	[DAMON_ADVICE_COLLAPSE] = MADV_COLLAPSE,
};

/**
 * damon_advice_usable() - can this advice be given on this kernel?
 * @advice:	the advice
 */
bool damon_advice_usable(enum damon_advice advice)
{
	return damon_has(do_madvise) &&
	       (advice == DAMON_ADVICE_READ || IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE));
}

/**
 * damon_advice_most() - how much can be advised about at once
 * @advice:	the advice
 *
 * Of a file the kernel reads at most what its device takes at once, and forgets the
 * rest of the advice.  128 KiB any takes, unless it was told to take less.
 *
 * Return: bytes.
 */
unsigned long damon_advice_most(enum damon_advice advice)
{
	return advice == DAMON_ADVICE_READ ? VM_READAHEAD_PAGES << PAGE_SHIFT : ULONG_MAX;
}

/**
 * damon_advice_writes() - is the mmap lock taken for writing?
 * @advice:	the advice
 *
 * Collapsing reads first, and writes once it has a huge page to put there.
 */
bool damon_advice_writes(enum damon_advice advice)
{
	return advice != DAMON_ADVICE_READ;
}

/**
 * damon_advise() - advise the kernel about memory, as the process itself could
 * @mm:		its address space
 * @start:	first address, page aligned
 * @end:	first address behind it, page aligned; at most damon_advice_most() away
 * @advice:	usable advice
 *
 * Context: no lock of @mm is held; this one waits in the queue of its mmap lock.
 *
 * Return: as madvise(); -ESRCH if the address space has no user any more.
 */
int damon_advise(struct mm_struct *mm, unsigned long start, unsigned long end,
		 enum damon_advice advice)
{
	struct mem_cgroup *memcg, *old;
	int err;

	if (!mmget_not_zero(mm))
		return -ESRCH;
	/* What is read is charged to who is to use it: a worker has no memory. */
	memcg = get_mem_cgroup_from_mm(mm);
	old = set_active_memcg(memcg);
	err = damon_call(do_madvise)(mm, start, end - start, advices[advice]);
	set_active_memcg(old);
	mem_cgroup_put(memcg);
	mmput_async(mm);
	return err;
}

/* Is there another place for it than memory and swap? */
static bool is_of_file(const struct vm_area_struct *vma)
{
	return vma->vm_file && !shmem_mapping(vma->vm_file->f_mapping);
}

/*
 * Is what is not in memory in a file system that asks another program or machine for
 * it?  That would take its time, and the worker, whom no signal ends, with it.
 */
static bool is_far(const struct vm_area_struct *vma)
{
	const struct super_block *sb;

	if (!is_of_file(vma))
		return false;
	sb = vma->vm_file->f_mapping->host->i_sb;
	/* FUSE has a kind for file systems with a device, whose program is asked all the same. */
	return !(sb->s_type->fs_flags & FS_REQUIRES_DEV) || sb->s_magic == FUSE_SUPER_MAGIC;
}

/**
 * damon_advice_open() - is there something left to advise?
 * @walk:	position in a VMA; for DAMON_ADVICE_COLLAPSE at an address, after
 *		damon_walk_seek()
 * @advice:	for DAMON_ADVICE_READ it is not asked whether something is away
 *
 * Return: false where the memory is as advised, or where that makes no sense, or
 * where somebody outside of the kernel would be waited for.
 */
bool damon_advice_open(const struct damon_walk *walk, enum damon_advice advice)
{
	unsigned long flags = walk->vma->vm_flags;

	/* Where the kernel refuses or ignores it. */
	if (flags & (VM_SPECIAL | VM_HUGETLB))
		return false;
	switch (advice) {
	case DAMON_ADVICE_READ:
		return !is_far(walk->vma);
	case DAMON_ADVICE_HUGE:
		return !(flags & VM_HUGEPAGE);
	case DAMON_ADVICE_NO_HUGE:
		return !(flags & VM_NOHUGEPAGE);
	case DAMON_ADVICE_COLLAPSE:
		/* Of a file, what is missing would be read and what is dirty written. */
		return walk->kind == DAMON_WALK_PTE && !(flags & VM_NOHUGEPAGE) &&
		       !is_of_file(walk->vma);
	default:
		return false;
	}
}

/* Is a page of a file, which this process does not map, in no page cache? */
static bool file_page_away(const struct vm_area_struct *vma, unsigned long addr)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	pgoff_t index = vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
	void *entry;

	/* Files that are memory are never read. */
	if (IS_DAX(mapping->host) || (loff_t)index << PAGE_SHIFT >= i_size_read(mapping->host))
		return false;
	entry = xa_load(&mapping->i_pages, index);
	/* A hole of shared memory is nowhere else either. */
	if (!entry)
		return mapping->host->i_sb->s_magic != TMPFS_MAGIC;
	return xa_is_value(entry);
}

/**
 * damon_page_away() - is a page in swap or in a file, and not in memory?
 * @walk:	position after damon_walk_seek() to @addr, in a VMA
 * @addr:	the address
 * @anon:	out: it is in swap as anonymous memory; set only if it is away
 *
 * What was never written to is nowhere, and not away.  Nor are own pages of a file
 * that are in swap, as the kernel reads none of those ahead.  A page of swap can be
 * in the swap cache all the same.
 */
bool damon_page_away(const struct damon_walk *walk, unsigned long addr, bool *anon)
{
	const struct vm_area_struct *vma = walk->vma;
	pte_t pte;

	if (walk->kind == DAMON_WALK_HUGE || vma->vm_flags & (VM_SPECIAL | VM_HUGETLB))
		return false;
	if (walk->kind == DAMON_WALK_PTE) {
		pte = READ_ONCE(*damon_walk_pte(walk, addr));
		if (!pte_none(pte)) {
			*anon = true;
			return !vma->vm_file && damon_entry_is_swap(pte);
		}
	}
	*anon = false;
	return vma->vm_file && file_page_away(vma, addr);
}
