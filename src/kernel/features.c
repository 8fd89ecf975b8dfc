// SPDX-License-Identifier: GPL-2.0
/*
 * What this kernel can and cannot do, for DAMON_IOC_QUERY.
 */
#include <damon/device.h>

#include "kernel/bind.h"
#include "kernel/features.h"
#include "kernel/flush.h"
#include "kernel/forks.h"

/**
 * damon_kernel_features() - what this kernel offers
 *
 * Return: DAMON_FEATURE_* bits.  After damon_bind_all(); may sleep.
 */
u64 damon_kernel_features(void)
{
	u64 features = 0;

	if (DAMON_HAVE_PAGE_IDLE)
		features |= DAMON_FEATURE_PG_IDLE;
#ifdef CONFIG_MMU_NOTIFIER
	if (damon_has(__mmu_notifier_clear_young) &&
	    damon_has(__mmu_notifier_test_young))
		features |= DAMON_FEATURE_NOTIFIERS;
#endif
	if (damon_has(ptrace_may_access))
		features |= DAMON_FEATURE_PTRACE;
	if (damon_has(pidfd_get_pid))
		features |= DAMON_FEATURE_PIDFD;
	if (damon_has_flush_tlb())
		features |= DAMON_FEATURE_FLUSH_TLB;
	if (damon_forks_known())
		features |= DAMON_FEATURE_FOLLOW_FORK;
	return features;
}
