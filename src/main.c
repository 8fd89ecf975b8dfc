// SPDX-License-Identifier: GPL-2.0
/*
 * damon.ko: data access monitoring.  Brings the layers up in order and takes
 * them down in exact reverse.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>

#include "abi/abi.h"
#include "kernel/builtin.h"
#include "kernel/start.h"
#include "sysfs/sysfs.h"
#include "uses/uses.h"

static int __init damon_init(void)
{
	int err;

	err = damon_kernel_init();
	if (err)
		return err;
	damon_builtin_tell();
	err = damon_uses_init();
	if (err)
		goto err_kernel;
	err = damon_sysfs_init();
	if (err)
		goto err_uses;
	/* Last: what programs have opened cannot be taken away from them. */
	err = damon_abi_init();
	if (err)
		goto err_sysfs;
	pr_info("version %s\n", DAMON_VERSION);
	return 0;

err_sysfs:
	damon_sysfs_exit();
err_uses:
	damon_uses_exit();
err_kernel:
	damon_kernel_exit();
	return err;
}
module_init(damon_init);

static void __exit damon_exit(void)
{
	damon_abi_exit();
	damon_sysfs_exit();
	damon_uses_exit();
	damon_kernel_exit();
}
module_exit(damon_exit);

MODULE_DESCRIPTION("DAMON: data access monitoring as a loadable module");
MODULE_AUTHOR("The damon-dkms authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(DAMON_VERSION);
