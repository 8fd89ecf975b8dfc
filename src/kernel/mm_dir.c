// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/mm, and whether a name there is free.
 *
 * 6.1 exports mm_kobj, later ones do not: it is looked up on all of them.
 */
#include <linux/kernfs.h>
#include <linux/kobject.h>

#include "kernel/bind.h"
#include "kernel/mm_dir.h"

/**
 * damon_mm_dir() - the directory /sys/kernel/mm
 *
 * Return: its object, which stays; NULL if it cannot be found.
 */
struct kobject *damon_mm_dir(void)
{
	return damon_has_data(mm_kobj) ? *damon_data(mm_kobj) : NULL;
}

/**
 * damon_dir_has() - is there something with this name?
 * @dir:	a directory in sysfs
 * @name:	the name
 *
 * May sleep.
 */
bool damon_dir_has(struct kobject *dir, const char *name)
{
	struct kernfs_node *node = kernfs_find_and_get(dir->sd, name);

	if (!node)
		return false;
	kernfs_put(node);
	return true;
}
