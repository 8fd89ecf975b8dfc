// SPDX-License-Identifier: GPL-2.0
/* Writes the made-up recording and its truth, for tests of the command line. */
#include <stdio.h>

#include "synth.h"

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "Usage: synth RECORDING TRUTH\n");
		return 2;
	}
	return synth_recording(argv[1]) && synth_truth(argv[2]) ? 0 : 1;
}
