/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_KERNEL_START_H
#define DAMON_KERNEL_START_H

int damon_kernel_init(void);
void damon_kernel_exit(void);

#endif /* DAMON_KERNEL_START_H */
