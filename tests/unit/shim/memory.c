// SPDX-License-Identifier: GPL-2.0
/*
 * What the core asks for: memory, with failures on demand, and a chance for others.
 */
#include <stdlib.h>

#include "core/core.h"
#include "shim/memory.h"

struct shim_memory shim_memory;

void *damon_zalloc(size_t n, size_t size)
{
	void *p;

	if (++shim_memory.calls == shim_memory.fail_at)
		return NULL;
	p = calloc(n, size);
	if (p)
		shim_memory.live++;
	return p;
}

void damon_free(void *p)
{
	if (p)
		shim_memory.live--;
	free(p);
}

void damon_breathe(void)
{
	shim_memory.breaths++;
}
