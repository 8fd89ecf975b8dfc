/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The name that our trace events are found under.
 *
 * Tools look for damon:damon_aggregated.  Where the kernel has a DAMON built in
 * that is its own, and ours, with the same names and layouts, stand beside it.
 */
#ifndef DAMON_KERNEL_TRACE_SYSTEM_H
#define DAMON_KERNEL_TRACE_SYSTEM_H

#include <linux/kconfig.h>

#ifdef CONFIG_DAMON
#define DAMON_TRACE_SYSTEM	damon_dkms
#else
#define DAMON_TRACE_SYSTEM	damon
#endif

#endif /* DAMON_KERNEL_TRACE_SYSTEM_H */
