/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_LOG2_H
#define SHIM_LINUX_LOG2_H

static inline unsigned long roundup_pow_of_two(unsigned long n)
{
	return n > 1 ? 1UL << (8 * sizeof(n) - __builtin_clzl(n - 1)) : 1;
}

#endif /* SHIM_LINUX_LOG2_H */
