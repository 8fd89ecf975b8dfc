/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entries for memory that is elsewhere: a device has it for itself, or it is in
 * swap.
 */
#ifndef DAMON_KERNEL_LENT_H
#define DAMON_KERNEL_LENT_H

#include <linux/mm_inline.h>
#include <linux/pgtable.h>
#include <linux/swap.h>
#include <linux/swapops.h>

/**
 * damon_entry_is_lent() - does this entry stand for memory that a device has?
 * @pte:	neither none nor present
 *
 * That is exclusive access of a device to the process's memory, or memory of
 * the device's own.  Of kernels without CONFIG_DEVICE_PRIVATE none is.
 *
 * leafops.h took the place of the helpers of swapops.h between 6.12 and 7.2;
 * where it is there, mm_inline.h includes it.
 */
static inline bool damon_entry_is_lent(pte_t pte)
{
#ifdef _LINUX_LEAFOPS_H
	softleaf_t entry = softleaf_from_pte(pte);

	return softleaf_is_device_exclusive(entry) || softleaf_is_device_private(entry);
#else
	swp_entry_t entry = pte_to_swp_entry(pte);

	return is_device_exclusive_entry(entry) || is_device_private_entry(entry);
#endif
}

/**
 * damon_entry_is_swap() - does this entry stand for memory that is in swap?
 * @pte:	not none
 */
static inline bool damon_entry_is_swap(pte_t pte)
{
	if (pte_present(pte))
		return false;
#ifdef _LINUX_LEAFOPS_H
	return softleaf_is_swap(softleaf_from_pte(pte));
#else
	return !non_swap_entry(pte_to_swp_entry(pte));
#endif
}

#endif /* DAMON_KERNEL_LENT_H */
