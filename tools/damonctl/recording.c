// SPDX-License-Identifier: GPL-2.0
/* What recordings say about themselves. */
#include "recording.h"

#include <inttypes.h>
#include <stdlib.h>

#include "util.h"

/* Processes that are listed, of thousands. */
#define LISTED	32

char *recording_title(const struct recording_info *info)
{
	if (info->physical && info->command)
		return xasprintf("physical memory, while process %" PRId64 ": %s", info->pid,
				 info->command);
	if (info->physical)
		return xasprintf("physical memory");
	if (info->cgroup && info->command && info->pid)
		return xasprintf("cgroup %s, process %" PRId64 ": %s", info->cgroup, info->pid,
				 info->command);
	if (info->cgroup)
		return xasprintf("cgroup %s", info->cgroup);
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
	free(info->cgroup);
}

void recording_list(FILE *out, const struct recording *recording)
{
	size_t i;

	if (recording->nr_targets < 2)
		return;
	fprintf(out, "# processes of the recording (--process):\n");
	for (i = 0; i < recording->nr_targets && i < LISTED; i++) {
		const struct recording_target *target = &recording->targets[i];

		fprintf(out, "# %c%" PRId64 ": %.60s, %zu windows\n",
			i == recording->loaded ? '*' : ' ', target->pid,
			target->command ? target->command : "?", target->nr_windows);
	}
	if (i < recording->nr_targets)
		fprintf(out, "#  ... and %zu more\n", recording->nr_targets - i);
}
