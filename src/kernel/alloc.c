// SPDX-License-Identifier: GPL-2.0
/*
 * What the core needs from the kernel.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "core/core.h"

/**
 * damon_zalloc() - zeroed array, charged to the caller's memory cgroup
 * @n:		elements
 * @size:	bytes of one
 *
 * May sleep.  Return: NULL if there is no memory or @n * @size overflows.
 */
void *damon_zalloc(size_t n, size_t size)
{
	return kvcalloc(n, size, GFP_KERNEL_ACCOUNT);
}

/**
 * damon_free() - free what damon_zalloc() gave
 * @p:	may be NULL
 *
 * May sleep.
 */
void damon_free(void *p)
{
	kvfree(p);
}

/**
 * damon_breathe() - let others have the CPU, should they want it
 *
 * May sleep.
 */
void damon_breathe(void)
{
	cond_resched();
}
