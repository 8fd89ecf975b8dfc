/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_LIMITS_H
#define SHIM_LINUX_LIMITS_H

#include_next <linux/limits.h>

#define U16_MAX	((__u16)~0U)
#define S32_MIN	(-0x7fffffff - 1)
#define U32_MAX	((__u32)~0U)
#define U64_MAX	((__u64)~0ULL)

#endif /* SHIM_LINUX_LIMITS_H */
