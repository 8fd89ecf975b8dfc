/* SPDX-License-Identifier: GPL-2.0 */
/* Groups of tests, one for each file. */
#ifndef TESTS_TEST_TOOLS_H
#define TESTS_TEST_TOOLS_H

#include <check.h>

TCase *tcase_units(void);
TCase *tcase_recording(void);
TCase *tcase_heatmap(void);
TCase *tcase_image(void);
TCase *tcase_stream(void);
TCase *tcase_ring(void);
TCase *tcase_diagnose(void);
TCase *tcase_targets(void);

#endif
