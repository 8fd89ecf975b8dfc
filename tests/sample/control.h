/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What both sample modules do with a context: one at a time, as told through
 * the module parameter "command".  Whether it worked is the answer to the
 * write; what there is to see stands in other parameters.
 */
#ifndef TESTS_SAMPLE_CONTROL_H
#define TESTS_SAMPLE_CONTROL_H

#include <linux/err.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>

#include <damon/damonx.h>

#define TIMEOUT_MS	30000

static struct damonx_ctx *ctx;

static char by[TASK_COMM_LEN];
module_param_string(by, by, sizeof(by), 0444);
MODULE_PARM_DESC(by, "the thread that made the last call");

static int nested_stop, nested_start, nested_walk, nested_calls;
module_param(nested_stop, int, 0444);
MODULE_PARM_DESC(nested_stop, "what damonx_stop() returned in that call");
module_param(nested_start, int, 0444);
MODULE_PARM_DESC(nested_start, "what damonx_start() returned in that call");
module_param(nested_walk, int, 0444);
MODULE_PARM_DESC(nested_walk, "regions that damonx_walk() found in that call");
module_param(nested_calls, int, 0444);
MODULE_PARM_DESC(nested_calls, "calls that were made in that call");

static int create(u64 sample_us)
{
	const struct damonx_attrs attrs = {
		.sample_us = sample_us,
		.aggr_us = 50000,
		.update_us = 1000000,
		.min_nr_regions = 10,
		.max_nr_regions = 40,
	};
	const struct damonx_target target = {};

	if (ctx)
		return -EEXIST;
	ctx = damonx_create("sample", &attrs, &target, 1);
	if (IS_ERR(ctx)) {
		int err = PTR_ERR(ctx);

		ctx = NULL;
		return err;
	}
	return 0;
}

static bool count_region(const struct damonx_region *region, void *data)
{
	++*(int *)data;
	return true;
}

static void count_call(struct damonx_ctx *c, void *data)
{
	++*(int *)data;
}

static void called(struct damonx_ctx *c, void *data)
{
	get_task_comm(by, current);
	nested_stop = damonx_stop(c);
	nested_start = damonx_start(c);
	nested_walk = 0;
	damonx_walk(c, count_region, &nested_walk, TIMEOUT_MS);
	nested_calls = 0;
	damonx_call(c, count_call, &nested_calls, TIMEOUT_MS);
}

static bool walked(const struct damonx_region *region, void *data)
{
	called(data, NULL);
	return false;
}

static int more_commands(const char *command);

/* The module is about to go, but its parameters are still there. */
static bool leaving;

static void leave(void)
{
	kernel_param_lock(THIS_MODULE);
	leaving = true;
	damonx_destroy(ctx);
	ctx = NULL;
	kernel_param_unlock(THIS_MODULE);
}

/* The kernel serialises what is done with the parameters of a module. */
static int command_set(const char *text, const struct kernel_param *kp)
{
	char command[32];

	if (leaving)
		return -ENODEV;
	strscpy(command, text, sizeof(command));
	text = strim(command);
	if (!strcmp(text, "create"))
		return create(5000);
	if (!strcmp(text, "create-nonsense"))
		return create(0);
	if (ctx && !strcmp(text, "start"))
		return damonx_start(ctx);
	if (ctx && !strcmp(text, "stop"))
		return damonx_stop(ctx);
	if (ctx && !strcmp(text, "call"))
		return damonx_call(ctx, called, NULL, TIMEOUT_MS);
	if (ctx && !strcmp(text, "walk"))
		return damonx_walk(ctx, walked, ctx, TIMEOUT_MS);
	if (!strcmp(text, "destroy")) {
		damonx_destroy(ctx);
		ctx = NULL;
		return 0;
	}
	return more_commands(text);
}

static const struct kernel_param_ops command_ops = {
	.set = command_set,
};
module_param_cb(command, &command_ops, NULL, 0200);
MODULE_PARM_DESC(command, "create, create-nonsense, start, stop, call, walk, destroy");

struct report {
	char *buf;
	size_t len;
};

static bool report_region(const struct damonx_region *region, void *data)
{
	struct report *r = data;

	r->len += scnprintf(r->buf + r->len, PAGE_SIZE - r->len, "%llu %llu %u %u\n",
			    region->start, region->end, region->nr_accesses, region->age);
	return true;
}

static int regions_get(char *buf, const struct kernel_param *kp)
{
	struct report r = { .buf = buf };
	int err;

	if (!ctx)
		return -ENODATA;
	err = damonx_walk(ctx, report_region, &r, TIMEOUT_MS);
	return err ?: r.len;
}

static const struct kernel_param_ops regions_ops = {
	.get = regions_get,
};
module_param_cb(regions, &regions_ops, NULL, 0400);
MODULE_PARM_DESC(regions, "lines of: start end accesses age");

#endif /* TESTS_SAMPLE_CONTROL_H */
