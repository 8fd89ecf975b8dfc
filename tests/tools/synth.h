/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Made-up recordings: stairs of 10 steps through 100 MiB, 10 windows each, as
 * the device would deliver them, besides a small part that is never accessed.
 */
#ifndef TESTS_SYNTH_H
#define TESTS_SYNTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYNTH_BASE	0x7f0000000000ULL
#define SYNTH_STEP	(10ULL << 20)
#define SYNTH_STEPS	10
#define SYNTH_WINDOWS	10	/* in each step */
#define SYNTH_START_NS	1000000000000ULL
#define SYNTH_WINDOW_NS	100000000ULL
#define SYNTH_MAX	20
#define SYNTH_LOW_START	0x555500000000ULL
#define SYNTH_LOW_END	0x555500200000ULL

/**
 * synth_stairs - raw records as read() of a session returns them
 * @len:	out: bytes
 *
 * With a record of an unknown type and one about 3 lost windows in between, and
 * one about the end of the target last.  Returns malloc'ed memory.
 */
void *synth_stairs(size_t *len);

/**
 * synth_recording - the same as a file
 * @path:	file to write through damonctl's own parser and writer
 */
bool synth_recording(const char *path);

/**
 * synth_truth - the truth about it
 * @path:	file to write
 */
bool synth_truth(const char *path);

#endif
