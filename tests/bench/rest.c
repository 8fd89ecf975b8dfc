// SPDX-License-Identifier: GPL-2.0
/*
 * What a worker costs that has tuned its intervals to a process at rest.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define SAMPLE_US	5000
#define AGGR_US		100000
#define LONGEST_US	10000000	/* between two samples, when nothing goes on */
#define SETTLE_S	2400		/* twice what doubling takes to get there */
#define HOUR_S		3600

static uint64_t nr_switches(pid_t tid)
{
	static const char *const names[] = { "\nvoluntary_ctxt_switches:",
					     "\nnonvoluntary_ctxt_switches:" };
	char path[64], text[8192], *at;
	uint64_t nr = 0;
	size_t i;

	snprintf(path, sizeof(path), "/proc/%d/status", tid);
	read_file(path, text, sizeof(text));
	for (i = 0; i < 2; i++) {
		at = strstr(text, names[i]);
		if (at)
			nr += strtoull(at + strlen(names[i]), NULL, 10);
	}
	return nr;
}

void bench_rest(const char *hot)
{
	static const char *const args[] = { "--total", "64", "--thp", "off", "--hot", "0",
					    "--pause-us", "10000000", NULL };
	const struct mon_attrs attrs = {
		.sample_us = SAMPLE_US, .aggr_us = AGGR_US, .min = 10, .max = 1000,
		.goal_bp = 400, .goal_aggrs = 3, .max_sample_us = LONGEST_US,
	};
	/* As many as samples, and some for whatever else comes up. */
	const uint64_t most = HOUR_S / (LONGEST_US / 1000000) * 3 / 2;
	struct monitor m = { .ops = &mon_device };
	uint64_t wakes, cpu_ns;
	struct subject s;

	subject_start(&s, hot, args);
	m.ops->start(&m, s.pid, &attrs);
	sleep_us(SETTLE_S * 1000000ULL);
	wakes = nr_switches(m.worker);
	cpu_ns = cpu_ns_of(m.worker);
	sleep_us(HOUR_S * 1000000ULL);
	wakes = nr_switches(m.worker) - wakes;
	cpu_ns = cpu_ns_of(m.worker) - cpu_ns;
	m.ops->stop(&m);
	subject_stop(&s);
	printf("at rest, with tuned intervals: in an hour the worker runs %" PRIu64 " times, %" PRIu64 " us of CPU in all  %s (at most %" PRIu64 " times, a millionth of the time)\n",
	       wakes, cpu_ns / 1000, pass_miss(wakes <= most && cpu_ns <= HOUR_S * 1000ULL), most);
	fflush(stdout);
}
