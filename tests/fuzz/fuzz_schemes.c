// SPDX-License-Identifier: GPL-2.0
/*
 * For libFuzzer: schemes, and what is done to them and to memory between, in search of
 * anything that the engine does not bear.
 */
#include "scene.h"
#include "scheme_sequence.h"

int LLVMFuzzerTestOneInput(const u8 *bytes, size_t nr);

int LLVMFuzzerTestOneInput(const u8 *bytes, size_t nr)
{
	scene_setup();
	run_schemes(bytes, nr);
	scene_teardown();
	return 0;
}
