// SPDX-License-Identifier: GPL-2.0
/* What our core promises; each a line that counts as a test. */
#include <stdio.h>

#include "bars.h"

static bool finds_all(const struct result *r)
{
	const struct scenario *s = r->of;

	/* Touched in each interval, and regions enough for pieces and gaps twice over. */
	if (s->rates != RATE_SAME || s->rate > 0 || 4 * s->pieces > (s->max ? s->max : 1000))
		return true;
	return r->ours.precision >= 0.95 && r->ours.recall >= 0.95;
}

static bool not_below(const struct result *r)
{
	return r->ours.precision >= r->theirs.precision - 0.02 &&
	       r->ours.recall >= r->theirs.recall - 0.02;
}

static bool not_dearer(const struct result *r)
{
	if (r->theirs.precision < 0.9 || r->theirs.recall < 0.9)
		return true;
	return r->ours.checks <= r->theirs.checks;
}

static bool tells_degrees(const struct result *r)
{
	return r->of->rates != RATE_SPREAD || r->ours.error <= 1.4 * r->oracle.error;
}

static bool comes_back(const struct result *r)
{
	/* Where pieces stay long enough for both. */
	if (r->of->moves < 100)
		return true;
	return r->back < NEVER && 3 * r->back <= r->their_back;
}

static const struct {
	const char *what;

	bool (*holds)(const struct result *r);
} bars[] = {
	{ "precision and recall 0.95 where pieces are a quarter of the maximum at most", finds_all },
	{ "precision and recall nowhere 0.02 below upstream's", not_below },
	{ "no more checks where upstream has 0.9 in both", not_dearer },
	{ "with degrees a rate error of at most 1.4 times the oracle's", tells_degrees },
	{ "after a move back in a third of upstream's windows", comes_back },
};

/**
 * bars_hold() - say of each promise whether it is kept
 * @results:	of all scenarios
 * @nr:		how many
 *
 * Return: true if all are.
 */
bool bars_hold(const struct result *results, u32 nr)
{
	bool all = true;
	u32 i, k;

	for (i = 0; i < sizeof(bars) / sizeof(*bars); i++) {
		bool holds = true;

		for (k = 0; k < nr; k++) {
			if (bars[i].holds(&results[k]))
				continue;
			printf("# not with %s\n", results[k].of->name);
			holds = false;
		}
		printf("%s - sim: %s\n", holds ? "ok" : "not ok", bars[i].what);
		all &= holds;
	}
	return all;
}
