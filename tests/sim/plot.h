/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SIM_PLOT_H
#define SIM_PLOT_H

#include "score.h"

void plot_scenario(const char *dir, u32 index, const struct scenario *of,
		   const char *const *names, const struct moment *const *moments, u32 nr);

#endif /* SIM_PLOT_H */
