/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The experiment with phases: the workload and the session that reclaims from it.
 */
#ifndef PHASES_H
#define PHASES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define MIB	(1ULL << 20)

/**
 * struct work_result - what the workload tells of its phases
 * @ns:		time they took
 * @faults:	major faults meanwhile
 */
struct work_result {
	uint64_t ns;
	uint64_t faults;
};

/**
 * struct work - the workload, a process
 * @pid:	it
 * @to:		a byte there lets it begin
 * @from:	its struct work_result comes from there, or the end
 * @start:	its memory
 * @len:	in bytes
 */
struct work {
	pid_t pid;
	int to;
	int from;
	uint64_t start;
	uint64_t len;
};

/* work.c */
void work_start(struct work *w, uint64_t seed);
void work_go(const struct work *w);
void work_result(const struct work *w, struct work_result *result);
bool work_end(struct work *w);

/* What holds proactive reclaim back. */
enum control {
	CONTROL_BASELINE,	/* there is none */
	CONTROL_NONE,
	CONTROL_QUOTA,
	CONTROL_GOAL,
	NR_CONTROLS
};

/* reclaim.c */
int reclaim_start(const struct work *w, enum control control);
uint64_t reclaim_stop(int session);

#endif /* PHASES_H */
