/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SIM_SCORE_H
#define SIM_SCORE_H

#include "monitor.h"

#define MOST_WINDOWS	1200	/* of a scenario */
#define NEVER		1e9

/**
 * struct moment - what is said of one window
 * @precision:	bytes rightly called accessed, of those called so: regions found
 *		accessed in a tenth or more of their samples
 * @recall:	the same of those that are accessed in a tenth or more of the intervals
 * @error:	sum over bytes of |reported - true rate|, over the sum of true rates
 * @regions:	reported
 * @checks:	pages looked at
 * @us:		time of the monitor itself, without looking at pages
 */
struct moment {
	float precision;
	float recall;
	float error;
	float regions;
	float checks;
	float us;
};

/**
 * struct score - one monitor on one scenario with one seed
 * @median:	each field's own median over the second half of all windows
 * @back:	windows until three together have precision and recall of 0.9, from the
 *		start, or the median over all moves; NEVER
 * @oracle:	@median of who knows all borders and takes as many samples of each piece:
 *		precision, recall and error
 */
struct score {
	struct moment median;
	double back;
	struct moment oracle;
};

struct moment score_window(const struct pattern *p, const struct snapshot *snap);
struct moment score_oracle(const struct pattern *p, u32 samples);
void score_run(const struct scenario *of, const struct monitor *monitor, u64 seed,
	       struct score *score, struct moment *all);
double median(double *values, u32 nr);

#endif /* SIM_SCORE_H */
