// SPDX-License-Identifier: GPL-2.0
/* What recordings say about themselves. */
#include "recording.h"

#include <inttypes.h>
#include <stdlib.h>

#include "util.h"

char *recording_title(const struct recording_info *info)
{
	if (info->physical && info->command)
		return xasprintf("physical memory, while process %" PRId64 ": %s", info->pid,
				 info->command);
	if (info->physical)
		return xasprintf("physical memory");
	if (info->command)
		return xasprintf("process %" PRId64 ": %s", info->pid, info->command);
	return NULL;
}

void recording_info_free(struct recording_info *info)
{
	uint32_t i;

	for (i = 0; i < info->nr_probes; i++)
		free(info->probes[i]);
	free(info->command);
}
