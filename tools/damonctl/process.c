// SPDX-License-Identifier: GPL-2.0
/* What processes are called. */
#include "process.h"

#include <stdio.h>
#include <stdlib.h>

#include "util.h"

char *process_command(pid_t pid)
{
	char *path = xasprintf("/proc/%d/cmdline", (int)pid);
	char text[1024];
	FILE *file;
	size_t len = 0;
	size_t i;

	file = fopen(path, "re");
	free(path);
	if (file) {
		len = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	while (len && !text[len - 1])
		len--;
	if (!len)
		return xasprintf("?");
	for (i = 0; i < len; i++) {
		/* Words end with NUL; control characters would reach the terminal. */
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = ' ';
	}
	text[len] = '\0';
	return xasprintf("%s", text);
}
