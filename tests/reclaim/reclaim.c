// SPDX-License-Identifier: GPL-2.0
/*
 * Does monitoring change what reclaim takes?
 *
 *	reclaim choice|refault...
 */
#include <err.h>
#include <string.h>

#include "reclaim.h"

int main(int argc, char **argv)
{
	int i;

	if (argc < 2)
		errx(2, "usage: reclaim choice|refault...");
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "choice"))
			test_choice();
		else if (!strcmp(argv[i], "refault"))
			test_refault();
		else
			errx(2, "no test %s", argv[i]);
	}
	return nr_failed() > 0;
}
