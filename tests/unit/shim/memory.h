/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_MEMORY_H
#define SHIM_MEMORY_H

/**
 * struct shim_memory - what the core's allocator did
 * @calls:	allocations asked for
 * @live:	allocations not freed yet
 * @fail_at:	the one of @calls that fails, counted from 1; 0 for none
 * @breaths:	calls of damon_breathe()
 */
struct shim_memory {
	unsigned long calls;
	long live;
	unsigned long fail_at;
	unsigned long breaths;
};

extern struct shim_memory shim_memory;

#endif /* SHIM_MEMORY_H */
