// SPDX-License-Identifier: GPL-2.0
/*
 * For libFuzzer: configurations, and what is done between them, in search of
 * any that the monitoring core does not bear.
 */
#include "sequence.h"

int LLVMFuzzerTestOneInput(const u8 *bytes, size_t nr);

int LLVMFuzzerTestOneInput(const u8 *bytes, size_t nr)
{
	run_sequence(bytes, nr);
	return 0;
}
