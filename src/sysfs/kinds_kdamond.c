// SPDX-License-Identifier: GPL-2.0
/*
 * The tree, from the root to contexts.
 */
#include <linux/kernel.h>
#include <linux/sysfs.h>

#include "abi/abi.h"
#include "sysfs/kinds.h"

#define MAX_KDAMONDS	1024

static const char *const operations[] = {
	[DAMON_OPERATIONS_VADDR] = "vaddr",
	[DAMON_OPERATIONS_FVADDR] = "fvaddr",
	[DAMON_OPERATIONS_PADDR] = "paddr",
	NULL
};

static const u32 operations_abi[] = {
	[DAMON_OPERATIONS_VADDR] = DAMON_OPS_VADDR,
	[DAMON_OPERATIONS_FVADDR] = DAMON_OPS_FVADDR,
	[DAMON_OPERATIONS_PADDR] = DAMON_OPS_PADDR,
};

static ssize_t avail_operations_show(struct damon_node *node, char *buf)
{
	u64 usable = damon_ops_usable();
	int len = 0;
	u32 i;

	for (i = 0; operations[i]; i++) {
		if (usable >> operations_abi[i] & 1)
			len += sysfs_emit_at(buf, len, "%s\n", operations[i]);
	}
	return len;
}

static struct damon_file context_files[] = {
	[DAMON_CONTEXT_AVAIL_OPERATIONS] = { .name = "avail_operations",
		.type = DAMON_FILE_OWN, .read_only = true, .show = avail_operations_show },
	[DAMON_CONTEXT_OPERATIONS] = { .name = "operations", .type = DAMON_FILE_WORD,
		.words = operations },
	[DAMON_CONTEXT_ADDR_UNIT] = { .name = "addr_unit", .def = 1, .min = 1 },
	[DAMON_CONTEXT_PAUSE] = { .name = "pause", .type = DAMON_FILE_BOOL },
};

static const struct damon_dir context_dirs[] = {
	[DAMON_CONTEXT_ATTRS] = { "monitoring_attrs", &damon_kind_attrs },
	[DAMON_CONTEXT_TARGETS] = { "targets", &damon_kind_targets },
	[DAMON_CONTEXT_SCHEMES] = { "schemes", &damon_kind_schemes },
};

static struct damon_kind kind_context = {
	.files = context_files,
	.nr_files = ARRAY_SIZE(context_files),
	.dirs = context_dirs,
	.nr_dirs = ARRAY_SIZE(context_dirs),
};

static struct damon_file contexts_files[] = {
	{ .name = "nr_contexts", .type = DAMON_FILE_COUNT },
};

static struct damon_kind kind_contexts = {
	.files = contexts_files,
	.nr_files = ARRAY_SIZE(contexts_files),
	.child = &kind_context,
	.max_children = 1,
};

static struct damon_file kdamond_files[] = {
	{ .name = "state", .type = DAMON_FILE_OWN, .show = damon_state_show,
	  .store = damon_state_store },
	{ .name = "pid", .type = DAMON_FILE_OWN, .read_only = true, .show = damon_pid_show },
	/* What it asks for, values that are always those of now, costs nothing here. */
	{ .name = "refresh_ms", .type = DAMON_FILE_U32 },
};

static const struct damon_dir kdamond_dirs[] = {
	[DAMON_KDAMOND_CONTEXTS] = { "contexts", &kind_contexts },
};

struct damon_kind damon_kind_kdamond = {
	.files = kdamond_files,
	.nr_files = ARRAY_SIZE(kdamond_files),
	.dirs = kdamond_dirs,
	.nr_dirs = ARRAY_SIZE(kdamond_dirs),
	.init = damon_kdamond_init,
	.exit = damon_kdamond_exit,
	.leave = damon_kdamond_leave,
};

static struct damon_file kdamonds_files[] = {
	{ .name = "nr_kdamonds", .type = DAMON_FILE_COUNT },
};

static struct damon_kind kind_kdamonds = {
	.files = kdamonds_files,
	.nr_files = ARRAY_SIZE(kdamonds_files),
	.child = &damon_kind_kdamond,
	.max_children = MAX_KDAMONDS,
	.busy = damon_kdamonds_busy,
};

static const struct damon_dir admin_dirs[] = {
	[DAMON_ADMIN_KDAMONDS] = { "kdamonds", &kind_kdamonds },
};

static struct damon_kind kind_admin = {
	.dirs = admin_dirs,
	.nr_dirs = ARRAY_SIZE(admin_dirs),
};

static const struct damon_dir root_dirs[] = {
	[DAMON_ROOT_ADMIN] = { "admin", &kind_admin },
};

struct damon_kind damon_kind_root = {
	.dirs = root_dirs,
	.nr_dirs = ARRAY_SIZE(root_dirs),
};
