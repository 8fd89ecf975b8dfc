/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a session can do to schemes and the memory that they are for, told by bytes:
 * the same for property tests and for a fuzzer.
 */
#ifndef UNIT_SCHEME_SEQUENCE_H
#define UNIT_SCHEME_SEQUENCE_H

#include "core/core.h"

/**
 * struct scheme_result - what a sequence has led to
 * @nr_commits:	configurations that took effect
 * @nr_invalid:	schemes that were found to be wrong
 * @nr_refused:	configurations for which there was no memory
 * @nr_applied:	applications
 * @nr_tried:	parts of regions that were tried
 * @nr_rests:	steps after which none was in force
 * @nr_joined:	targets that have joined
 */
struct scheme_result {
	unsigned long nr_commits;
	unsigned long nr_invalid;
	unsigned long nr_refused;
	unsigned long nr_applied;
	unsigned long nr_tried;
	unsigned long nr_rests;
	unsigned long nr_joined;
};

struct scheme_result run_schemes(const u8 *bytes, size_t nr);

#endif /* UNIT_SCHEME_SEQUENCE_H */
