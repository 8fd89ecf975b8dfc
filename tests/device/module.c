// SPDX-License-Identifier: GPL-2.0
/*
 * Loading and unloading, through libkmod as modprobe does it.
 */
#include <fcntl.h>
#include <libkmod.h>
#include <sys/syscall.h>

#include "harness.h"

static struct kmod_module *module_find(struct kmod_ctx *ctx, const char *file)
{
	struct kmod_module *mod = NULL;
	struct kmod_list *list = NULL;

	if (file) {
		kmod_module_new_from_path(ctx, file, &mod);
		return mod;
	}
	if (kmod_module_new_from_lookup(ctx, "damon", &list) < 0 || !list)
		return NULL;
	mod = kmod_module_get_module(list);
	kmod_module_unref_list(list);
	return mod;
}

/**
 * module_insert_with() - load the module
 * @file:	a file, or NULL for DAMON_MODULE_KO of the environment, or
 *		without that the installed module
 * @args:	its parameters, or NULL
 *
 * Returns 0 or a negative errno, that of the module's init function included.
 */
int module_insert_with(const char *file, const char *args)
{
	struct kmod_ctx *ctx = kmod_new(NULL, NULL);
	struct kmod_module *mod;
	int err = -ESRCH;	/* no such file; -ENOENT is an answer of the module */

	if (!ctx)
		return -ENOMEM;
	mod = module_find(ctx, file ? file : getenv("DAMON_MODULE_KO"));
	if (mod) {
		err = kmod_module_probe_insert_module(mod, KMOD_PROBE_FAIL_ON_LOADED,
						      args, NULL, NULL, NULL);
		kmod_module_unref(mod);
	}
	kmod_unref(ctx);
	return err;
}

/**
 * module_insert() - module_insert_with() without parameters
 */
int module_insert(const char *file)
{
	return module_insert_with(file, NULL);
}

/**
 * module_of_tests() - load another module, which is for tests only
 * @env:	where the environment names its file
 * @node:	its device, which is there once it is loaded
 *
 * Returns whether it is named, and is loaded now.
 */
bool module_of_tests(const char *env, const char *node)
{
	const char *file = getenv(env);
	int fd, err;

	if (!access(node, F_OK))
		return true;
	if (!file || !*file)
		return false;
	fd = open(file, O_RDONLY | O_CLOEXEC);
	ck_assert_msg(fd >= 0, "%s: %s", file, strerror(errno));
	err = syscall(SYS_finit_module, fd, "", 0);
	ck_assert_msg(!err, "%s: %s", file, strerror(errno));
	close(fd);
	return true;
}

/**
 * module_remove() - one attempt to unload it, without force
 *
 * Returns 0 or a negative errno.
 */
int module_remove(void)
{
	struct kmod_ctx *ctx = kmod_new(NULL, NULL);
	struct kmod_module *mod;
	int err;

	if (!ctx)
		return -ENOMEM;
	kmod_set_log_priority(ctx, 0);	/* a refusal is no error to those who expect it */
	err = kmod_module_new_from_name(ctx, "damon", &mod);
	if (!err) {
		err = kmod_module_remove_module(mod, 0);
		kmod_module_unref(mod);
	}
	kmod_unref(ctx);
	return err;
}

/**
 * module_refs() - references to the loaded module, -1 if it is not loaded
 */
int module_refs(void)
{
	char text[32];

	if (!read_text("/sys/module/damon/refcnt", text, sizeof(text)))
		return -1;
	return atoi(text);
}

/**
 * module_need() - load the module unless it is there
 */
void module_need(void)
{
	int err;

	if (module_refs() >= 0)
		return;
	err = module_insert(NULL);
	ck_assert_msg(!err, "cannot load the module: %s", strerror(-err));
}

/**
 * module_gone() - unload the module if it is there
 */
void module_gone(void)
{
	int err;

	if (module_refs() < 0)
		return;
	/* A file that was closed a moment ago is released by a task's exit work. */
	ck_assert_msg(wait_for(!module_refs(), LIMIT_S), "the module has %d references",
		      module_refs());
	err = module_remove();
	ck_assert_msg(!err, "cannot unload the module: %s", strerror(-err));
	ck_wait(module_refs() < 0);
}
