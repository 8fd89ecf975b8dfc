/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a session can do to a context in its life, told by bytes: the same for
 * property tests, which draw them, and for a fuzzer, which looks for bad ones.
 */
#ifndef UNIT_SEQUENCE_H
#define UNIT_SEQUENCE_H

#include "core/core.h"

/**
 * struct sequence_result - what a sequence has led to
 * @nr_commits:	configurations that took effect
 * @nr_invalid:	configurations that were found to be wrong
 * @nr_refused:	for which there was no memory
 * @nr_steps:	ticks
 * @nr_windows:	complete windows
 * @nr_tuned:	changes of intervals
 * @nr_ends:	contexts of which no target was left
 * @nr_joined:	targets that have joined
 */
struct sequence_result {
	unsigned long nr_commits;
	unsigned long nr_invalid;
	unsigned long nr_refused;
	unsigned long nr_steps;
	unsigned long nr_windows;
	unsigned long nr_tuned;
	unsigned long nr_ends;
	unsigned long nr_joined;
};

struct sequence_result run_sequence(const u8 *bytes, size_t nr);

#endif /* UNIT_SEQUENCE_H */
