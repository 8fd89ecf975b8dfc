/* SPDX-License-Identifier: GPL-2.0 */
/* What schemes have done, as text. */
#ifndef DAMONCTL_SCHEME_STATS_H
#define DAMONCTL_SCHEME_STATS_H

#include <stdio.h>

#include "session.h"

/** scheme_stats_head - what stands over the lines */
void scheme_stats_head(FILE *out);

/**
 * scheme_stats_print - a line for each scheme, and one for each of its goals
 * @out:	where
 * @session:	session
 * @seconds:	since the start
 *
 * Returns false after telling the user why.
 */
bool scheme_stats_print(FILE *out, const struct session *session, double seconds);

/**
 * scheme_stats_sum - all that is known about each scheme, at the end
 * @out:	where
 * @session:	session
 *
 * Returns false after telling the user why.
 */
bool scheme_stats_sum(FILE *out, const struct session *session);

#endif
