/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_KERNEL_MEMORY_H
#define DAMON_KERNEL_MEMORY_H

#include <linux/types.h>

struct page;

int damon_memory_init(void);
void damon_memory_exit(void);

void damon_memory_enter(void);
void damon_memory_leave(void);
struct page *damon_memory_page(unsigned long pfn);

u32 damon_memory_changes(void);
u64 damon_memory_end(void);
void damon_memory_each(void (*part)(void *data, u64 start, u64 end), void *data);

#endif /* DAMON_KERNEL_MEMORY_H */
