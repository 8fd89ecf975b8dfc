// SPDX-License-Identifier: GPL-2.0
/*
 * Watermarks: schemes that are in force only while something is scarce.
 */
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include "damos/internal.h"

/*
 * Upstream's: in force below @mid, until above @high; not below @low, where it is
 * too late and others do that work.  Between @mid and @high it stays what it is.
 */
static bool in_force(const struct damos_watermarks *marks, bool was, u64 value)
{
	if (value > marks->high || value < marks->low)
		return false;
	return was || value < marks->mid;
}

/**
 * damos_rest_us() - look at the watermarks
 * @damos:	the schemes
 *
 * Return: 0 if any scheme is in force; else how long none needs monitoring, the
 * shortest of their intervals.
 */
u64 damos_rest_us(struct damos *damos)
{
	u64 rest_us = U64_MAX;
	bool any = false;
	u32 i;

	for (i = 0; i < damos->nr_schemes; i++) {
		struct damos_scheme *s = &damos->schemes[i];
		const struct damos_watermarks *marks = &s->conf.watermarks;
		bool was = s->active;

		if (marks->used)
			s->active = in_force(marks, was,
					     damos->env->metric(marks->metric, 0, NULL));
		if (s->active != was)
			damos_tell(damos, i);
		if (s->active)
			any = true;
		else
			rest_us = min(rest_us, marks->interval_us);
	}
	return any ? 0 : rest_us;
}
