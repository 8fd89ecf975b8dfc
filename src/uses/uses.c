// SPDX-License-Identifier: GPL-2.0
/*
 * All ready-made uses: from load to unload.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/kernel.h>

#include "uses/uses.h"

/*
 * Parameters can be written to before the module's init function has run and, until
 * the kernel has taken their files away, after its exit function.
 */
enum phase {
	COMES,
	READY,
	GONE,
};

/* Protects the uses and values of parameters; see uses.h. */
DEFINE_MUTEX(damon_uses_lock);

/* Protected by damon_uses_lock. */
static enum phase phase = COMES;

static struct damon_use *const uses[] = {
	&damon_use_stat,
	&damon_use_reclaim,
	&damon_use_lru_sort,
};

/**
 * damon_uses_are_ready() - may they run?
 *
 * With damon_uses_lock held.
 */
bool damon_uses_are_ready(void)
{
	return phase == READY;
}

/**
 * damon_uses_are_gone() - is the module being unloaded?
 *
 * With damon_uses_lock held.
 */
bool damon_uses_are_gone(void)
{
	return phase == GONE;
}

/* With damon_uses_lock held.  Nothing starts afterwards. */
static void stop_all(void)
{
	int i;

	for (i = ARRAY_SIZE(uses) - 1; i >= 0; i--)
		damon_use_enable(uses[i], false);
	phase = GONE;
}

/* What was asked for at load; what this kernel cannot do is told and left out. */
static int start_wanted(void)
{
	int i, err = 0;

	mutex_lock(&damon_uses_lock);
	phase = READY;
	for (i = 0; !err && i < ARRAY_SIZE(uses); i++) {
		if (uses[i]->wanted)
			err = damon_use_enable(uses[i], true);
		if (err == -EOPNOTSUPP)
			err = 0;
	}
	if (err)
		stop_all();
	mutex_unlock(&damon_uses_lock);
	return err;
}

static void destroy_monitors(void)
{
	int i;

	for (i = ARRAY_SIZE(uses) - 1; i >= 0; i--)
		damon_monitor_destroy(&uses[i]->monitor);
}

/**
 * damon_uses_init() - begin with what the parameters given at load say
 *
 * Everything below must be ready.
 *
 * Return: 0 or a negative errno.
 */
int damon_uses_init(void)
{
	int i, err;

	for (i = 0; i < ARRAY_SIZE(uses); i++)
		damon_monitor_init(&uses[i]->monitor, &damon_use_monitor_ops, 0);
	err = damon_names_init();
	if (err)
		goto err_monitors;
	err = start_wanted();
	if (err)
		goto err_names;
	return 0;

err_names:
	damon_names_exit();
err_monitors:
	destroy_monitors();
	return err;
}

/**
 * damon_uses_exit() - end all of them, whatever the parameters say
 */
void damon_uses_exit(void)
{
	mutex_lock(&damon_uses_lock);
	stop_all();
	mutex_unlock(&damon_uses_lock);
	/* Waits for who reads or writes there, so not with the lock held. */
	damon_names_exit();
	destroy_monitors();
}
