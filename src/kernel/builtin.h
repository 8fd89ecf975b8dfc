/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_KERNEL_BUILTIN_H
#define DAMON_KERNEL_BUILTIN_H

void damon_builtin_tell(void);

#endif /* DAMON_KERNEL_BUILTIN_H */
