// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel memory that user space may map.
 *
 * It cannot be reclaimed, so it counts as locked memory of the user who had it
 * made, beside being charged to the memory cgroup like all that is allocated
 * for a user.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/resource.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <linux/vmalloc.h>

#include "kernel/shared.h"

/**
 * damon_shared_limit() - how much memory the caller's user may have locked
 *
 * Return: bytes, RLIM_INFINITY without a limit.
 */
unsigned long damon_shared_limit(void)
{
	return rlimit(RLIMIT_MEMLOCK);
}

/* Counts @nr pages as locked by @user, if the limit allows it. */
static bool charge(struct user_struct *user, unsigned long nr)
{
	unsigned long most = damon_shared_limit() >> PAGE_SHIFT;
	long had = atomic_long_read(&user->locked_vm);

	do {
		if (nr > most || had > most - nr)
			return false;
	} while (!atomic_long_try_cmpxchg(&user->locked_vm, &had, had + nr));
	return true;
}

static void uncharge(struct damon_shared *shared)
{
	if (!shared->user)
		return;
	atomic_long_sub(shared->nr_pages, &shared->user->locked_vm);
	free_uid(shared->user);
}

/**
 * damon_shared_alloc() - memory that can be mapped
 * @shared:	filled in
 * @nr_pages:	how much, at least 1
 *
 * Charged to the caller's user unless the caller has CAP_IPC_LOCK, and to its
 * memory cgroup.  May sleep.
 *
 * Return: 0, -EPERM if that is more than the user may have locked, -ENOMEM.
 */
int damon_shared_alloc(struct damon_shared *shared, unsigned long nr_pages)
{
	shared->nr_pages = nr_pages;
	shared->user = NULL;
	if (!capable(CAP_IPC_LOCK)) {
		struct user_struct *user = current_user();

		if (!charge(user, nr_pages))
			return -EPERM;
		shared->user = get_uid(user);
	}
	shared->mem = __vmalloc(nr_pages << PAGE_SHIFT, GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!shared->mem) {
		uncharge(shared);
		return -ENOMEM;
	}
	return 0;
}

/**
 * damon_shared_free() - free what damon_shared_alloc() gave
 * @shared:	no longer used by the kernel, nor mapped
 *
 * Pages that user space has handed to somebody else (O_DIRECT, say) live on
 * until that is through.  May sleep.
 */
void damon_shared_free(struct damon_shared *shared)
{
	vfree(shared->mem);
	uncharge(shared);
}

/* The mapping holds its file, and the file holds the memory. */
static vm_fault_t fault(struct vm_fault *vmf)
{
	const struct damon_shared *shared = vmf->vma->vm_private_data;

	if (vmf->pgoff >= shared->nr_pages)
		return VM_FAULT_SIGBUS;
	vmf->page = vmalloc_to_page(shared->mem + (vmf->pgoff << PAGE_SHIFT));
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct shared_vm_ops = {
	.fault = fault,
};

/*
 * Flags of a mapping became private when mappings got locks of their own
 * (6.3 and 6.4); before, everybody wrote to them.
 */
static void change_flags(struct vm_area_struct *vma, unsigned long set,
			 unsigned long clear)
{
#ifdef CONFIG_PER_VMA_LOCK
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags & ~clear) | set;
#endif
}

/**
 * damon_shared_map() - map it, or a part, for a file's mmap operation
 * @shared:	the memory; lives as long as the file
 * @vma:	the mapping; its offset in the file is that in @shared
 * @writable:	it may be written to, else it stays read-only for good
 *
 * The mapping is not inherited by fork (unless MADV_DOFORK asks for it), cannot
 * grow, and is not in core dumps.
 *
 * Return: 0; -EINVAL for a private mapping, which could not show what comes
 * later; -EPERM for one with rights that it must not have.
 */
int damon_shared_map(struct damon_shared *shared, struct vm_area_struct *vma,
		     bool writable)
{
	unsigned long never = VM_MAYEXEC | (writable ? 0 : VM_MAYWRITE);

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma->vm_flags & (VM_EXEC | (writable ? 0 : VM_WRITE)))
		return -EPERM;
	change_flags(vma, VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP, never);
	vma->vm_ops = &shared_vm_ops;
	vma->vm_private_data = shared;
	return 0;
}
