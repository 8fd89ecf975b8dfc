/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_BITOPS_H
#define SHIM_LINUX_BITOPS_H

#include <linux/types.h>

static inline u64 rol64(u64 word, unsigned int shift)
{
	return word << (shift & 63) | word >> (-shift & 63);
}

/* Position of the highest bit set, from 1; 0 if there is none. */
static inline int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

/* Position of the lowest bit set, from 0; there must be one. */
static inline unsigned int __ffs64(u64 x)
{
	return __builtin_ctzll(x);
}

/* Bits set. */
static inline unsigned int hweight64(u64 x)
{
	return __builtin_popcountll(x);
}

#endif /* SHIM_LINUX_BITOPS_H */
