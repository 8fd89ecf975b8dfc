/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_KERNEL_MEMORY_H
#define DAMON_KERNEL_MEMORY_H

#include <linux/compiler.h>
#include <linux/mm.h>
#include <linux/types.h>

/**
 * struct damon_memory - memory that is kept where it is
 * @first:	number of a page
 * @nr:		so many pages from there on are known to be online
 *
 * On the stack of its user, from damon_memory_enter() to damon_memory_leave().
 */
struct damon_memory {
	unsigned long first;
	unsigned long nr;
};

int damon_memory_init(void);
void damon_memory_exit(void);

void damon_memory_enter(struct damon_memory *mem);
void damon_memory_leave(void);
struct page *damon_memory_page_slow(struct damon_memory *mem, unsigned long pfn);

/**
 * damon_memory_page() - the struct page of a page frame
 * @mem:	filled in by damon_memory_enter()
 * @pfn:	its number, anything
 *
 * Between damon_memory_enter() and damon_memory_leave().
 *
 * Return: the page, good until damon_memory_leave() as far as its memory is
 * concerned; NULL where there is no memory, where it is offline or about to
 * be, and for device memory.
 */
static inline struct page *damon_memory_page(struct damon_memory *mem,
					     unsigned long pfn)
{
	if (likely(pfn - mem->first < mem->nr))
		return pfn_to_page(pfn);
	return damon_memory_page_slow(mem, pfn);
}

u32 damon_memory_changes(void);
u64 damon_memory_end(void);
void damon_memory_each(void (*part)(void *data, u64 start, u64 end), void *data);

#endif /* DAMON_KERNEL_MEMORY_H */
