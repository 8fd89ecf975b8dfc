/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the benchmark share.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "../accuracy/monitor.h"
#include "../accuracy/subject.h"

/**
 * struct figure - of all rounds together
 * @cpu_ns:	CPU time of the monitor's thread
 * @samples:	region-samples: regions sampled, summed over ticks
 */
struct figure {
	uint64_t cpu_ns;
	uint64_t samples;
};

static inline double per_sample(const struct figure *f)
{
	return (double)f->cpu_ns / (double)f->samples;
}

static inline const char *pass_miss(bool pass)
{
	return pass ? "PASS" : "MISS";
}

void measure(const struct mon_ops *ops, pid_t pid, const struct mon_attrs *attrs,
	     unsigned int windows, struct figure *f);

void bench_windows(const char *hot, bool builtin);
void bench_flush(const struct subject *s);
void bench_mapper(bool builtin);
void bench_rest(const char *hot);
void bench_actions(const char *hot, bool builtin);

#endif /* BENCH_H */
