// SPDX-License-Identifier: GPL-2.0
/*
 * What a caller may ask for, and how many sessions a user has.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "abi/abi.h"
#include "kernel/task.h"

/* What the module can do at all; for callers that may watch everybody. */
const struct damon_limits damon_limits_most = {
	.min_sample_us = 1,
	.max_nr_targets = 1024,
	/* More make the end of a window last long enough to be felt. */
	.max_nr_regions = 1U << 17,
	.max_ring_bytes = SZ_256M,
	.max_sessions = 0,
	.own_bits_only = false,
};

/* For everybody else: what one user can use up stays small. */
static const struct damon_limits damon_limits_plain = {
	.min_sample_us = 1000,
	.max_nr_targets = 16,
	.max_nr_regions = 10000,
	.max_ring_bytes = SZ_1M,
	.max_sessions = 8,
	.own_bits_only = true,
	/* A tenth of a CPU per session. */
	.rest = 9,
};

/**
 * struct damon_user - a user who has sessions
 * @link:	in damon_users
 * @uid:	who
 * @nr_sessions: how many of them count, at least 1
 *
 * Owned by the sessions that count, freed with the last of them.
 */
struct damon_user {
	struct list_head link;
	kuid_t uid;
	u32 nr_sessions;
};

/* Protects the list and what is on it.  A leaf: nothing is taken inside. */
static DEFINE_MUTEX(damon_user_lock);
static LIST_HEAD(damon_users);

/**
 * damon_limits_of_caller() - what the caller may ask for
 *
 * Judged by the credentials of now; the answer may differ at the next call.
 */
const struct damon_limits *damon_limits_of_caller(void)
{
	return damon_may_watch_all() ? &damon_limits_most : &damon_limits_plain;
}

/*
 * Who the caller is, where budgets are concerned.  Whoever may create user
 * namespaces can be as many users as it likes inside; they all count as the
 * owner of the outermost one.  Where that is root, an administrator has set it
 * up, and has given its users their ids.
 */
static kuid_t damon_caller_uid(void)
{
	const struct user_namespace *ns = current_user_ns();

	if (ns == &init_user_ns)
		return current_uid();
	/* The credentials hold @ns, and each namespace holds its parent. */
	while (ns->parent != &init_user_ns)
		ns = ns->parent;
	return uid_eq(ns->owner, GLOBAL_ROOT_UID) ? current_uid() : ns->owner;
}

/* With damon_user_lock held. */
static struct damon_user *damon_user_find(kuid_t uid)
{
	struct damon_user *user;

	list_for_each_entry(user, &damon_users, link) {
		if (uid_eq(user->uid, uid))
			/* cppcheck-suppress uninitvar */
			return user;
	}
	return NULL;
}

/**
 * damon_user_get() - count a new session
 * @limits:	the caller's
 *
 * Return: what to hand to damon_user_put(): NULL if this session does not
 * count, or ERR_PTR(): -EDQUOT if the user has too many, -ENOMEM.
 */
struct damon_user *damon_user_get(const struct damon_limits *limits)
{
	struct damon_user *user, *fresh;
	kuid_t uid = damon_caller_uid();

	if (!limits->max_sessions)
		return NULL;

	/* Beforehand: others shall not wait for memory, see damon_user_put(). */
	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);
	if (!fresh)
		return ERR_PTR(-ENOMEM);
	fresh->uid = uid;

	mutex_lock(&damon_user_lock);
	user = damon_user_find(uid);
	if (!user) {
		user = fresh;
		fresh = NULL;
		list_add(&user->link, &damon_users);
	}
	if (user->nr_sessions < limits->max_sessions)
		user->nr_sessions++;
	else
		user = ERR_PTR(-EDQUOT);
	mutex_unlock(&damon_user_lock);
	kfree(fresh);
	return user;
}

/**
 * damon_user_put() - a session is gone
 * @user:	from damon_user_get(); may be NULL
 */
void damon_user_put(struct damon_user *user)
{
	if (!user)
		return;
	mutex_lock(&damon_user_lock);
	if (!--user->nr_sessions) {
		list_del(&user->link);
		kfree(user);
	}
	mutex_unlock(&damon_user_lock);
}
