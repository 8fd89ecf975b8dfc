// SPDX-License-Identifier: GPL-2.0
/*
 * Where the tree stands.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/printk.h>

#include "kernel/mm_dir.h"
#include "sysfs/kdamond.h"
#include "sysfs/kinds.h"

/* Made at load, removed at unload. */
static struct damon_node *damon_root;

/**
 * damon_sysfs_init() - make the tree
 *
 * As /sys/kernel/mm/damon, or beside that of a monitor that is built in.
 * Everything below must be ready: programs may come at once.
 *
 * Return: 0, also where there is no place for it, or a negative errno.
 */
int __init damon_sysfs_init(void)
{
	struct kobject *mm = damon_mm_dir();
	struct damon_node *root;
	const char *name;

	if (!mm) {
		pr_info("there is no /sys/kernel/mm for its files\n");
		return 0;
	}
	name = damon_dir_has(mm, "damon") ? "damon-dkms" : "damon";
	root = damon_node_create(mm, name, &damon_kind_root);
	if (IS_ERR(root))
		return PTR_ERR(root);
	damon_root = root;
	return 0;
}

/**
 * damon_sysfs_exit() - end what was started there, and remove the tree
 *
 * Files that are open stay open, and have nothing to tell.
 */
void damon_sysfs_exit(void)
{
	struct damon_node *admin;

	if (!damon_root)
		return;
	admin = damon_node_dir(damon_root, DAMON_ROOT_ADMIN);
	/* Who waits in a write for a worker goes on, so that its file can be removed. */
	damon_kdamonds_shut(damon_node_dir(admin, DAMON_ADMIN_KDAMONDS));
	damon_node_remove(damon_root);
}
