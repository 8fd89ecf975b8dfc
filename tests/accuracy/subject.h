/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The monitored process: tests/workload/hot as a child.
 */
#ifndef SUBJECT_H
#define SUBJECT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../workload/hot.h"

/**
 * struct subject - a running workload
 * @pid:	its process
 * @status:	what it tells
 */
struct subject {
	pid_t pid;
	struct hot_status *status;
};

/* Most arguments that subject_start() passes on. */
#define SUBJECT_MAX_ARGS	24

void subject_start(struct subject *s, const char *program, const char *const *args);
void subject_stop(struct subject *s);
bool subject_sweeps_within(struct subject *s, uint64_t us, uint64_t nr);
uint64_t subject_huge_bytes(const struct subject *s);

#endif /* SUBJECT_H */
