// SPDX-License-Identifier: GPL-2.0
#include <err.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "score.h"

#define IN_ROW	3	/* good windows that count as back */

u64 clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/**
 * struct sums - of bytes, over all parts of the space that are one in truth and in
 *		 the report
 */
struct sums {
	double called, hot, right, wrong, rate;
};

static void add(struct sums *s, double bytes, double rate, const struct snapshot *snap, u32 hits)
{
	bool called = hits && 10ULL * hits >= snap->samples;
	bool hot = rate >= 0.1;

	s->called += called ? bytes : 0;
	s->hot += hot ? bytes : 0;
	s->right += called && hot ? bytes : 0;
	s->wrong += bytes * fabs((double)hits / snap->samples - rate);
	s->rate += bytes * rate;
}

/**
 * score_window() - judge one window
 * @p:		the truth
 * @snap:	what was reported
 */
struct moment score_window(const struct pattern *p, const struct snapshot *snap)
{
	struct sums s = { };
	u64 at = p->start;
	u32 i = 0, k = 0;

	while (at < p->end && i < snap->nr) {
		const struct found *f = &snap->found[i];
		u64 to = f->end;
		double rate = p->of->noise;

		if (k < p->nr) {
			const struct piece *piece = &p->pieces[k];
			bool inside = at >= piece->start;
			u64 border = inside ? piece->end : piece->start;

			if (inside)
				rate = piece->rate;
			if (border <= to) {
				to = border;
				k += inside;
			}
		}
		add(&s, to - at, rate, snap, f->hits);
		at = to;
		i += at == f->end;
	}
	if (at < p->end)
		errx(2, "%s: a report that does not cover the space", p->of->name);
	return (struct moment){
		.precision = s.called > 0 ? s.right / s.called : 0,
		.recall = s.hot > 0 ? s.right / s.hot : 0,
		.error = s.wrong / s.rate,
		.regions = snap->nr,
		.checks = snap->checks,
		.us = snap->ns / 1e3,
	};
}

/* Add @bytes of which @samples are taken, whatever these may find. */
static void add_noise(struct sums *sums, double bytes, double rate, u32 samples)
{
	const struct snapshot snap = { .samples = samples };
	u32 k;

	if (rate <= 0 || rate >= 1) {
		add(sums, bytes, rate, &snap, rate > 0 ? samples : 0);
		return;
	}
	for (k = 0; k <= samples; k++) {
		double chance = exp(lgamma(samples + 1) - lgamma(k + 1) -
				    lgamma(samples - k + 1) + k * log(rate) +
				    (samples - k) * log(1 - rate));

		add(sums, bytes * chance, rate, &snap, k);
	}
}

/**
 * score_oracle() - what is left to who knows all borders
 * @p:		the truth
 * @samples:	that are taken of each piece, and of all the rest together
 *
 * Return: expected precision, recall and error.
 */
struct moment score_oracle(const struct pattern *p, u32 samples)
{
	double rest = p->end - p->start;
	struct sums s = { };
	u32 i;

	for (i = 0; i < p->nr; i++) {
		double bytes = p->pieces[i].end - p->pieces[i].start;

		add_noise(&s, bytes, p->pieces[i].rate, samples);
		rest -= bytes;
	}
	add_noise(&s, rest, p->of->noise, samples);
	return (struct moment){
		.precision = s.called > 0 ? s.right / s.called : 0,
		.recall = s.hot > 0 ? s.right / s.hot : 0,
		.error = s.wrong / s.rate,
	};
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts @values. */
double median(double *values, u32 nr)
{
	if (!nr)
		return NEVER;
	qsort(values, nr, sizeof(*values), by_value);
	return values[nr / 2];
}

static float median_of(const struct moment *all, u32 nr, size_t field)
{
	double values[MOST_WINDOWS];
	float value;
	u32 i;

	for (i = 0; i < nr; i++) {
		memcpy(&value, (const char *)&all[i] + field, sizeof(value));
		values[i] = value;
	}
	return median(values, nr);
}

/* How many of @nr windows it takes to be good. */
static double until_good(const struct moment *all, u32 nr)
{
	u32 i, row = 0;

	for (i = 0; i < nr; i++) {
		row = all[i].precision >= 0.9 && all[i].recall >= 0.9 ? row + 1 : 0;
		if (row == IN_ROW)
			return i + 2 - IN_ROW;
	}
	return NEVER;
}

static double back(const struct scenario *of, const struct moment *all)
{
	double values[MOST_WINDOWS];
	u32 i, nr = 0;

	if (!of->moves)
		return until_good(all, of->windows);
	/* The first one is the start. */
	for (i = of->moves; i + of->moves <= of->windows; i += of->moves)
		values[nr++] = until_good(all + i, of->moves);
	return median(values, nr);
}

/**
 * score_run() - one monitor on one scenario
 * @of:		the scenario
 * @monitor:	who watches
 * @seed:	of both
 * @score:	what to fill
 * @all:	room for MOST_WINDOWS
 */
void score_run(const struct scenario *of, const struct monitor *monitor, u64 seed,
	       struct score *score, struct moment *all)
{
	u32 samples = of->samples ? of->samples : 20;
	u32 half = of->windows / 2, i;
	struct pattern p;
	void *watch;

	pattern_init(&p, of, seed);
	watch = monitor->begin(&p, seed);
	for (i = 0; i < of->windows; i++) {
		struct snapshot snap;

		monitor->window(watch, &snap);
		all[i] = score_window(&p, &snap);
		if (i == half)
			score->oracle = score_oracle(&p, samples);
		pattern_next_window(&p);
	}
	monitor->end(watch);
	pattern_free(&p);

#define MEDIAN(field)	.field = median_of(all + half, of->windows - half, \
					   offsetof(struct moment, field))
	score->median = (struct moment){ MEDIAN(precision), MEDIAN(recall), MEDIAN(error),
					 MEDIAN(regions), MEDIAN(checks), MEDIAN(us) };
#undef MEDIAN
	score->back = back(of, all);
}
