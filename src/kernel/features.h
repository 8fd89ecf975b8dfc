/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_KERNEL_FEATURES_H
#define DAMON_KERNEL_FEATURES_H

#include <linux/types.h>

/*
 * PG_young and PG_idle: without CONFIG_PAGE_IDLE_FLAG (Debian's 6.1) their
 * helpers compile to nothing, and "not idle" means nothing.  DAMON_NO_PAGE_IDLE
 * builds the module as if they were absent, to test that path elsewhere.
 */
#if defined(CONFIG_PAGE_IDLE_FLAG) && !defined(DAMON_NO_PAGE_IDLE)
#define DAMON_HAVE_PAGE_IDLE	1
#else
#define DAMON_HAVE_PAGE_IDLE	0
#endif

u64 damon_kernel_features(void);

#endif /* DAMON_KERNEL_FEATURES_H */
