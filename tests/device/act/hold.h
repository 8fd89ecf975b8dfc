/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_DEVICE_ACT_HOLD_H
#define TESTS_DEVICE_ACT_HOLD_H

#include <linux/types.h>

struct hold;
struct mm_struct;

struct hold *hold_begin(struct mm_struct *mm, bool write);
void hold_end(struct hold *hold);

#endif /* TESTS_DEVICE_ACT_HOLD_H */
