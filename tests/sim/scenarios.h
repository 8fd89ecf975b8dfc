/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SIM_SCENARIOS_H
#define SIM_SCENARIOS_H

#include "pattern.h"

extern const struct scenario scenarios[];
extern const u32 nr_scenarios;

#endif /* SIM_SCENARIOS_H */
