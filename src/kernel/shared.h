/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kernel memory that user space may map, charged to its user.
 */
#ifndef DAMON_KERNEL_SHARED_H
#define DAMON_KERNEL_SHARED_H

#include <linux/types.h>

struct user_struct;
struct vm_area_struct;

/**
 * struct damon_shared - memory that can be mapped
 * @mem:	zeroed at first; virtually contiguous, page aligned
 * @nr_pages:	how much
 * @user:	who is charged for it, NULL if nobody is
 *
 * Constant between alloc and free.
 */
struct damon_shared {
	void *mem;
	unsigned long nr_pages;
	struct user_struct *user;
};

int damon_shared_alloc(struct damon_shared *shared, unsigned long nr_pages);
void damon_shared_free(struct damon_shared *shared);
unsigned long damon_shared_limit(void);
int damon_shared_map(struct damon_shared *shared, struct vm_area_struct *vma,
		     bool writable);

#endif /* DAMON_KERNEL_SHARED_H */
