/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/damon-test-notifier: see the module beside this file.
 */
#ifndef TESTS_DEVICE_NOTIFIER_H
#define TESTS_DEVICE_NOTIFIER_H

#include <linux/types.h>

#define NOTIFIER_LEND	(1ULL << 0)	/* the process's entries stand for the device's use */

/**
 * struct notifier_use - what is written to the device, once
 * @start:	first byte that it uses, page aligned
 * @end:	first byte behind them
 * @flags:	NOTIFIER_*
 */
struct notifier_use {
	__u64 start;
	__u64 end;
	__u64 flags;
};

#endif /* TESTS_DEVICE_NOTIFIER_H */
