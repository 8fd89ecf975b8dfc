/* SPDX-License-Identifier: GPL-2.0 */
/* Why the device is not there, and what to do about it. */
#ifndef DAMONCTL_DIAGNOSE_H
#define DAMONCTL_DIAGNOSE_H

#include <stdbool.h>
#include <stddef.h>

/* Room for a diagnosis. */
#define DIAGNOSIS_TEXT	1024

/**
 * diagnose_missing - why the device cannot be opened
 * @root:	"" or a directory that stands for the root directory
 * @error:	errno of the failed open
 * @buf:	out: one or more lines, without a line end behind the last
 *
 * @buf has DIAGNOSIS_TEXT bytes.  Returns @buf.
 */
const char *diagnose_missing(const char *root, int error, char *buf);

/**
 * signatures_enforced - does this kernel load signed modules only?
 * @root:	as above
 */
bool signatures_enforced(const char *root);

/**
 * builtin_damon - has this kernel its own DAMON, and what does it do?
 * @root:	as above
 * @stat_on:	out: whether its DAMON_STAT runs
 *
 * Returns whether it has one.
 */
bool builtin_damon(const char *root, bool *stat_on);

#endif
