/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UNIT_SUITES_H
#define UNIT_SUITES_H

#include <check.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

Suite *attrs_suite(void);
Suite *rng_suite(void);
Suite *region_suite(void);
Suite *intervals_suite(void);
Suite *merge_suite(void);
Suite *split_suite(void);
Suite *step_suite(void);
Suite *adopt_suite(void);
Suite *commit_suite(void);
Suite *join_suite(void);
Suite *probes_suite(void);
Suite *damos_match_suite(void);
Suite *damos_quota_suite(void);
Suite *damos_apply_suite(void);
Suite *damos_set_suite(void);
Suite *damos_property_suite(void);
Suite *property_suite(void);
Suite *accuracy_suite(void);
Suite *adjust_suite(void);
Suite *records_suite(void);

#endif /* UNIT_SUITES_H */
