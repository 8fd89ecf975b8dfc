// SPDX-License-Identifier: GPL-2.0
/*
 * The parameters under the names that they have in kernels where these uses are
 * modules of their own.
 *
 *	/sys/module/damon/USE/parameters/NAME		always
 *	/sys/module/damon_USE -> damon/USE		where the kernel has no such module
 *
 * All objects are the kernel's own kind, released by its code.
 */
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/sysfs.h>

#include "uses/params.h"
#include "uses/uses.h"

/**
 * struct names - the directory of a use
 * @use:	the use
 * @link:	what it is called beside the module
 * @dir:	the directory
 * @group:	what is in it
 * @linked:	@link is ours
 */
struct names {
	struct damon_use *use;
	const char *link;
	struct kobject *dir;
	struct attribute_group group;
	bool linked;
};

/* Filled and emptied by the module's init and exit functions. */
static struct names names[] = {
	{ .use = &damon_use_stat, .link = "damon_stat" },
	{ .use = &damon_use_reclaim, .link = "damon_reclaim" },
	{ .use = &damon_use_lru_sort, .link = "damon_lru_sort" },
};

/* Those of all uses, and a NULL behind those of each. */
static struct attribute *files[NR_DAMON_PARAMS + ARRAY_SIZE(names)];

static void list_files(void)
{
	u32 i, k, nr = 0;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		names[i].group.name = "parameters";
		names[i].group.attrs = &files[nr];
		for (k = 0; k < NR_DAMON_PARAMS; k++) {
			if (damon_params[k].use == names[i].use)
				files[nr++] = &damon_params[k].file.attr;
		}
		nr++;
	}
}

static void take_away(struct names *n)
{
	if (n->linked)
		sysfs_remove_link(&THIS_MODULE->mkobj.kobj.kset->kobj, n->link);
	sysfs_remove_group(n->dir, &n->group);
	kobject_del(n->dir);
	kobject_put(n->dir);
}

static int put_there(struct names *n)
{
	int err;

	n->dir = kobject_create_and_add(n->use->name, &THIS_MODULE->mkobj.kobj);
	if (!n->dir)
		return -ENOMEM;
	err = sysfs_create_group(n->dir, &n->group);
	if (err) {
		kobject_del(n->dir);
		kobject_put(n->dir);
		return err;
	}
	/* Where it fails the name is the kernel's own module's. */
	n->linked = !sysfs_create_link_nowarn(&THIS_MODULE->mkobj.kobj.kset->kobj, n->dir,
					      n->link);
	return 0;
}

/**
 * damon_names_init() - put the directories there
 *
 * Return: 0 or a negative errno.
 */
int damon_names_init(void)
{
	int i, err = 0;

	list_files();
	for (i = 0; i < ARRAY_SIZE(names) && !err; i++)
		err = put_there(&names[i]);
	if (!err)
		return 0;
	/* The last one has cleaned up by itself. */
	for (i -= 2; i >= 0; i--)
		take_away(&names[i]);
	return err;
}

/**
 * damon_names_exit() - take them away
 *
 * Waits for who is reading or writing there.
 */
void damon_names_exit(void)
{
	int i;

	for (i = ARRAY_SIZE(names) - 1; i >= 0; i--)
		take_away(&names[i]);
}
