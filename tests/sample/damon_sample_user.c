// SPDX-License-Identifier: GPL-2.0
/*
 * Monitors with the access source of another module.
 */
#include "control.h"

static int more_commands(const char *command)
{
	return -EINVAL;
}

static int __init sample_init(void)
{
	return 0;
}
module_init(sample_init);

static void __exit sample_exit(void)
{
	leave();
}
module_exit(sample_exit);

MODULE_DESCRIPTION("Sample user of an access source of another module");
MODULE_AUTHOR("The damon-dkms authors");
MODULE_LICENSE("GPL");
