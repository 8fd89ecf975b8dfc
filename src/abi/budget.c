// SPDX-License-Identifier: GPL-2.0
/*
 * What a caller may ask for, and how many sessions a user has.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/minmax.h>
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

/* So many sessions may all users of a container have whom nobody outside is. */
#define MAX_SESSIONS_INSIDE	64

/**
 * struct damon_user - a user who has sessions, or all users of a container
 * @link:	in damon_users
 * @uid:	who; INVALID_UID for all of @ns
 * @ns:		the outermost namespace of the container, with a reference, or NULL
 * @all:	of a user of a container while it has sessions: all users of that
 * @nr_sessions: how many of them count
 * @owed:	for sessions that are gone
 *
 * Owned by the sessions that count.  Freed with the last of them, or, while something
 * is owed, later: by who comes or goes next, or as the module goes.
 */
struct damon_user {
	struct list_head link;
	kuid_t uid;
	struct user_namespace *ns;
	struct damon_user *all;
	u32 nr_sessions;
	struct damon_rests owed;
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
 * up, and has given its users their ids; but who is root inside has all of
 * them, so they count together, too.  That namespace is @ns then, else NULL.
 */
static kuid_t damon_caller_uid(struct user_namespace **outermost)
{
	struct user_namespace *ns = current_user_ns();

	*outermost = NULL;
	if (ns == &init_user_ns)
		return current_uid();
	/* The credentials hold @ns, and each namespace holds its parent. */
	while (ns->parent != &init_user_ns)
		ns = ns->parent;
	if (!uid_eq(ns->owner, GLOBAL_ROOT_UID))
		return ns->owner;
	*outermost = ns;
	return current_uid();
}

/* With damon_user_lock held. */
static void damon_user_free(struct damon_user *user)
{
	list_del(&user->link);
	if (user->ns)
		put_user_ns(user->ns);
	kfree(user);
}

/* With damon_user_lock held: those who have nothing and owe nothing. */
static void damon_users_prune(void)
{
	struct damon_user *user, *next;
	ktime_t now = ktime_get();

	list_for_each_entry_safe(user, next, &damon_users, link)
		if (!user->nr_sessions && ktime_before(user->owed.asks, now) &&
		    ktime_before(user->owed.rounds, now))
			damon_user_free(user);
}

/* With damon_user_lock held.  *@fresh is used up if there is none. */
static struct damon_user *damon_user_find(kuid_t uid, struct user_namespace *ns,
					  struct damon_user **fresh)
{
	struct damon_user *user;

	list_for_each_entry(user, &damon_users, link)
		/* cppcheck-suppress uninitvar */
		if (user->ns == ns && uid_eq(user->uid, uid))
			return user;
	user = *fresh;
	*fresh = NULL;
	user->uid = uid;
	user->ns = ns ? get_user_ns(ns) : NULL;
	list_add(&user->link, &damon_users);
	return user;
}

/* What @more is owed is, too. */
static void owe(struct damon_rests *owed, const struct damon_rests *more)
{
	owed->asks = max(owed->asks, more->asks);
	owed->rounds = max(owed->rounds, more->rounds);
}

/**
 * damon_user_get() - count a new session
 * @limits:	the caller's
 * @owed:	out: what the user owes for sessions that are gone; else untouched
 *
 * Return: what to hand to damon_user_put(): NULL if this session does not
 * count, or ERR_PTR(): -EDQUOT if the user has too many, -ENOMEM.
 */
struct damon_user *damon_user_get(const struct damon_limits *limits, struct damon_rests *owed)
{
	struct damon_user *user, *all = NULL, *fresh[2] = {};
	struct user_namespace *ns;
	kuid_t uid = damon_caller_uid(&ns);

	if (!limits->max_sessions)
		return NULL;

	/* Beforehand: others shall not wait for memory, see damon_user_put(). */
	fresh[0] = kzalloc(sizeof(*user), GFP_KERNEL_ACCOUNT);
	fresh[1] = kzalloc(sizeof(*user), GFP_KERNEL_ACCOUNT);
	if (!fresh[0] || !fresh[1]) {
		user = ERR_PTR(-ENOMEM);
		goto out;
	}

	mutex_lock(&damon_user_lock);
	damon_users_prune();
	user = damon_user_find(uid, ns, &fresh[0]);
	if (ns)
		all = damon_user_find(INVALID_UID, ns, &fresh[1]);
	if (user->nr_sessions >= limits->max_sessions ||
	    (all && all->nr_sessions >= MAX_SESSIONS_INSIDE)) {
		user = ERR_PTR(-EDQUOT);
	} else {
		user->nr_sessions++;
		user->all = all;
		if (all)
			all->nr_sessions++;
		*owed = user->owed;
		if (all)
			owe(owed, &all->owed);
	}
	mutex_unlock(&damon_user_lock);
out:
	kfree(fresh[0]);
	kfree(fresh[1]);
	return user;
}

/**
 * damon_user_put() - a session is gone
 * @user:	from damon_user_get(); may be NULL
 * @owed:	what the session still owes: else whoever closes it and opens another
 *		one would owe nothing
 */
void damon_user_put(struct damon_user *user, const struct damon_rests *owed)
{
	if (!user)
		return;
	mutex_lock(&damon_user_lock);
	user->nr_sessions--;
	if (user->all)
		user->all->nr_sessions--;
	owe(&user->owed, owed);
	if (user->all)
		owe(&user->all->owed, owed);
	damon_users_prune();
	mutex_unlock(&damon_user_lock);
}

/**
 * damon_users_forget() - free what is kept of users who have gone
 *
 * Called when no session is left.
 */
void damon_users_forget(void)
{
	struct damon_user *user, *next;

	list_for_each_entry_safe(user, next, &damon_users, link)
		damon_user_free(user);
}
