/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Accessed bits of secondary MMUs: virtual machines and devices that use a
 * process's memory through tables of their own.
 */
#ifndef DAMON_KERNEL_SECONDARY_H
#define DAMON_KERNEL_SECONDARY_H

#include <linux/mmu_notifier.h>

#include "kernel/bind.h"

#ifdef CONFIG_MMU_NOTIFIER
/**
 * damon_secondary_clear() - take accessed bits of secondary MMUs
 * @mm:		the address space, with the entry of @addr locked
 * @addr:	an address of it
 * @size:	what is mapped by one entry there; a power of two
 *
 * Return: whether any was set.
 */
static inline bool damon_secondary_clear(struct mm_struct *mm, unsigned long addr,
					 unsigned long size)
{
	if (likely(!mm_has_notifiers(mm)) || !damon_has(__mmu_notifier_clear_young))
		return false;
	addr &= ~(size - 1);
	return damon_call(__mmu_notifier_clear_young)(mm, addr, addr + size);
}

/**
 * damon_secondary_test() - look at accessed bits of secondary MMUs
 * @mm:		the address space, with the entry of @addr locked
 * @addr:	an address of it
 *
 * Return: whether one is set.
 */
static inline bool damon_secondary_test(struct mm_struct *mm, unsigned long addr)
{
	if (likely(!mm_has_notifiers(mm)) || !damon_has(__mmu_notifier_test_young))
		return false;
	return damon_call(__mmu_notifier_test_young)(mm, addr);
}
#else
static inline bool damon_secondary_clear(struct mm_struct *mm, unsigned long addr,
					 unsigned long size)
{
	return false;
}

static inline bool damon_secondary_test(struct mm_struct *mm, unsigned long addr)
{
	return false;
}
#endif

#endif /* DAMON_KERNEL_SECONDARY_H */
