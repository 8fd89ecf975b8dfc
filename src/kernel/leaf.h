/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The entry that maps an address, for who comes from the reverse map.
 */
#ifndef DAMON_KERNEL_LEAF_H
#define DAMON_KERNEL_LEAF_H

#include <linux/mm.h>

/**
 * struct damon_leaf - a locked, present leaf entry
 * @word:	the entry
 * @pfn:	number of the first page that it maps
 * @size:	bytes that it maps
 * @ptl:	its lock, held
 * @young:	accessed bit as read under the lock
 * @in_rcu:	an RCU read-side section goes on with the lock
 *
 * On the stack of its user.
 */
struct damon_leaf {
	unsigned long *word;
	unsigned long pfn;
	unsigned long size;
	spinlock_t *ptl;
	bool young;
	bool in_rcu;
};

bool damon_leaf_lock(struct damon_leaf *leaf, struct vm_area_struct *vma,
		     unsigned long addr);
void damon_leaf_unlock(struct damon_leaf *leaf);

#endif /* DAMON_KERNEL_LEAF_H */
