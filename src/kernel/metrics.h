/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_KERNEL_METRICS_H
#define DAMON_KERNEL_METRICS_H

#include "damos/env.h"

u32 damon_metrics_usable(const void *memcg);
u64 damon_metric(enum damos_metric metric, u32 node, void *memcg);

#endif /* DAMON_KERNEL_METRICS_H */
