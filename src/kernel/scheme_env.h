/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_KERNEL_SCHEME_ENV_H
#define DAMON_KERNEL_SCHEME_ENV_H

#include "damos/env.h"

extern const struct damos_env damon_scheme_env;

#endif /* DAMON_KERNEL_SCHEME_ENV_H */
