// SPDX-License-Identifier: GPL-2.0
/*
 * What has to be done once before this folder can be used.
 */
#include <linux/init.h>

#include "kernel/bind.h"
#include "kernel/lru.h"
#include "kernel/memory.h"
#include "kernel/migrate.h"
#include "kernel/start.h"

/**
 * damon_kernel_init() - make ready all that knows the kernel
 *
 * First thing at load.  May sleep.
 *
 * Return: 0 or a negative errno.
 */
int __init damon_kernel_init(void)
{
	int err;

	err = damon_bind_all();
	if (err)
		return err;
	err = damon_lru_init();
	if (err)
		return err;
	damon_migrate_init();
	return damon_memory_init();
}

/**
 * damon_kernel_exit() - undo damon_kernel_init()
 *
 * Last thing at unload, and where loading fails after it.  What is bound stays so.
 */
void damon_kernel_exit(void)
{
	damon_memory_exit();
}
