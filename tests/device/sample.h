/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tests of the API for other modules share: the modules of tests/sample, which
 * are told what to do, and tell what came of it, through their parameters.
 */
#ifndef TESTS_DEVICE_SAMPLE_H
#define TESTS_DEVICE_SAMPLE_H

#include "harness.h"

bool sample_modules(void);
int sample_load(const char *name);
int sample_unload(const char *name);
int sample_write(const char *module, const char *name, const char *text);
int sample_write_number(const char *module, const char *name, uint64_t value);
const char *sample_text(const char *module, const char *name);
int sample_number(const char *module, const char *name);

void api_schemes_cases(Suite *suite);

#endif /* TESTS_DEVICE_SAMPLE_H */
