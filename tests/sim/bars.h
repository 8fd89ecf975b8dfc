/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SIM_BARS_H
#define SIM_BARS_H

#include "score.h"

/**
 * struct result - medians over all seeds
 * @of:		the scenario
 * @ours:	our core's
 * @theirs:	upstream's
 * @oracle:	who knows all borders
 * @back:	our core's windows, see struct score
 * @their_back:	upstream's
 */
struct result {
	const struct scenario *of;
	struct moment ours;
	struct moment theirs;
	struct moment oracle;
	double back;
	double their_back;
};

bool bars_hold(const struct result *results, u32 nr);

#endif /* SIM_BARS_H */
