// SPDX-License-Identifier: GPL-2.0
/*
 * What the end of a window costs: joining, dividing, telling about regions.
 *
 * Windows of few and of many ticks are measured; what a sample costs in them
 * differs by the share of the end.
 */
#include <stdio.h>

#include "bench.h"

#define NR_REGIONS	10000
#define TICK_US		50000
#define FEW		2
#define MANY		20
#define WINDOWS		6

/* Mostly at rest, so that long intervals take little time to emulate. */
static const char *const args[] = { "--total", "1024", "--thp", "off", "--hot", "64",
				    "--pieces", "16", "--pause-us", "20000", NULL };

static double window_ms(const struct mon_ops *ops, pid_t pid)
{
	struct mon_attrs attrs = {
		.sample_us = TICK_US, .min = NR_REGIONS, .max = NR_REGIONS,
	};
	struct figure few = { 0 }, many = { 0 };

	attrs.aggr_us = FEW * TICK_US;
	measure(ops, pid, &attrs, WINDOWS * MANY / FEW, &few);
	attrs.aggr_us = MANY * TICK_US;
	measure(ops, pid, &attrs, WINDOWS, &many);
	return (per_sample(&few) - per_sample(&many)) / (1. / FEW - 1. / MANY) * NR_REGIONS / 1e6;
}

void bench_windows(const char *hot, bool builtin)
{
	struct subject s;

	subject_start(&s, hot, args);
	printf("end of a window with %d regions: %.2f ms", NR_REGIONS,
	       window_ms(&mon_device, s.pid));
	if (builtin)
		printf("; theirs %.2f ms", window_ms(&mon_builtin, s.pid));
	printf("\n");
	fflush(stdout);
	subject_stop(&s);
}
