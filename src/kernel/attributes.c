// SPDX-License-Identifier: GPL-2.0
/*
 * Filters by what pages are: anonymous, or charged to a memory cgroup.
 *
 * A cgroup is known by its struct mem_cgroup, to which a reference is held, so
 * that no other one can get its place.  A page is charged to it or is not: who
 * asks compares pointers, and looks into none.
 */
#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/hash.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/page-flags.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include <damon/device.h>

#include "kernel/attributes.h"

/**
 * struct filter - one question about a page
 * @memcg:	whether it is charged there; NULL: whether it is anonymous
 * @matching:	the answer for which the filter decides
 * @allow:	what it decides then
 */
struct filter {
	struct mem_cgroup *memcg;
	bool matching;
	bool allow;
};

/**
 * struct damon_filters - an ordered list, of which the first that fits decides
 * @nr:		how many
 * @key:	see damon_filters_key()
 * @filters:	the filters
 *
 * Constant.
 */
struct damon_filters {
	u32 nr;
	u64 key;
	struct filter filters[];
};

#ifdef CONFIG_MEMCG
/* The memory cgroup of @cgroup, whose reference it takes. */
static struct mem_cgroup *memcg_of(struct cgroup *cgroup, const char **why)
{
	struct cgroup_subsys_state *css;
	bool own;

	/* Where the cgroup has none of its own, an ancestor's. */
	css = cgroup_get_e_css(cgroup, &memory_cgrp_subsys);
	own = css->cgroup == cgroup;
	cgroup_put(cgroup);
	if (!own) {
		css_put(css);
		*why = "its cgroup has no memory controller: enable it in the parent's cgroup.subtree_control";
		return ERR_PTR(-EINVAL);
	}
	return mem_cgroup_from_css(css);
}

static bool has_memcgs(const char **why)
{
	if (mem_cgroup_disabled())
		*why = "memory cgroups are switched off";
	return !mem_cgroup_disabled();
}

/* What @fd is a directory of, with a reference, or ERR_PTR() and @why. */
static struct mem_cgroup *memcg_get(int fd, const char **why)
{
	struct cgroup *cgroup;

	if (!has_memcgs(why))
		return ERR_PTR(-EOPNOTSUPP);
	cgroup = cgroup_get_from_fd(fd);
	if (IS_ERR(cgroup)) {
		*why = "its fd is no directory of a cgroup of version 2 that exists";
		return ERR_CAST(cgroup);
	}
	return memcg_of(cgroup, why);
}

/* The same of a path below the root of the caller's cgroup namespace. */
static struct mem_cgroup *memcg_find(const char *path, const char **why)
{
	struct cgroup *cgroup;

	if (!has_memcgs(why))
		return ERR_PTR(-EOPNOTSUPP);
	/* An empty one would be found: it is where the search begins. */
	if (!*path) {
		*why = "no cgroup is named: write its path, / for the root";
		return ERR_PTR(-EINVAL);
	}
	cgroup = cgroup_get_from_path(path);
	if (IS_ERR(cgroup)) {
		*why = "there is no cgroup of version 2 with this path";
		return ERR_CAST(cgroup);
	}
	return memcg_of(cgroup, why);
}

static void memcg_put(struct mem_cgroup *memcg)
{
	css_put(&memcg->css);
}

static bool is_charged_to(struct folio *folio, const struct mem_cgroup *memcg)
{
	bool is;

	rcu_read_lock();
	is = folio_memcg(folio) == memcg;
	rcu_read_unlock();
	return is;
}

static bool is_charged_below(struct folio *folio, const struct mem_cgroup *memcg)
{
	struct mem_cgroup *of;
	bool is;

	rcu_read_lock();
	of = folio_memcg(folio);
	/* What is charged to nobody is the root's. */
	is = of ? mem_cgroup_is_descendant(of, (struct mem_cgroup *)memcg) :
		  !memcg->css.parent;
	rcu_read_unlock();
	return is;
}
#else
static struct mem_cgroup *memcg_get(int fd, const char **why)
{
	*why = "this kernel has no memory cgroups";
	return ERR_PTR(-EOPNOTSUPP);
}

static struct mem_cgroup *memcg_find(const char *path, const char **why)
{
	return memcg_get(-1, why);
}

static void memcg_put(struct mem_cgroup *memcg)
{
}

static bool is_charged_to(struct folio *folio, const struct mem_cgroup *memcg)
{
	return false;
}

static bool is_charged_below(struct folio *folio, const struct mem_cgroup *memcg)
{
	return false;
}
#endif

/**
 * damon_memcg_get() - a memory cgroup, as a user names it
 * @fd:		one of the caller's, of the cgroup's directory
 * @why:	out: what is wrong
 *
 * May sleep.  Return: the group, with a reference, or ERR_PTR() as
 * damon_filters_get().
 */
void *damon_memcg_get(int fd, const char **why)
{
	return memcg_get(fd, why);
}

/**
 * damon_memcg_find() - a memory cgroup, by its path
 * @path:	below the root of the caller's cgroup namespace, as in
 *		/proc/PID/cgroup
 * @why:	out: what is wrong
 *
 * May sleep.  Return: the group, with a reference, or ERR_PTR() as
 * damon_filters_get().
 */
void *damon_memcg_find(const char *path, const char **why)
{
	return memcg_find(path, why);
}

/**
 * damon_memcg_put() - give up a memory cgroup
 * @memcg:	what damon_memcg_get() has returned
 */
void damon_memcg_put(void *memcg)
{
	memcg_put(memcg);
}

/**
 * damon_memcg_has() - is a folio charged to a memory cgroup?
 * @memcg:	the group
 * @folio:	allocated and staying so
 * @hierarchical: or to one below it
 *
 * Any context.
 */
bool damon_memcg_has(const void *memcg, struct folio *folio, bool hierarchical)
{
	return hierarchical ? is_charged_below(folio, memcg) : is_charged_to(folio, memcg);
}

static u64 mix(u64 key, u64 value)
{
	key = (key ^ value) * GOLDEN_RATIO_64;
	return key ^ key >> 32;
}

/**
 * damon_filters_get() - make a list of filters
 * @conf:	the filters: known types and flags
 * @nr:		how many, 0 is allowed
 * @memcgs:	for each of them that is of a cgroup, that one with a reference that is
 *		taken over if this succeeds; NULL: their fds tell, which are the caller's
 * @bad:	if one of them is wrong: its index
 * @why:	what is wrong; unchanged if memory is short
 *
 * May sleep.
 *
 * Return: the list, or ERR_PTR(): -EBADF, -ENOENT (no such cgroup), -EINVAL
 * (it has no memory controller), -EOPNOTSUPP, -ENOMEM.
 */
struct damon_filters *damon_filters_get(const struct damon_probe_filter_conf *conf,
					u32 nr, void *const *memcgs, u32 *bad,
					const char **why)
{
	struct damon_filters *list;

	list = kzalloc(struct_size(list, filters, nr), GFP_KERNEL_ACCOUNT);
	if (!list)
		return ERR_PTR(-ENOMEM);
	list->key = nr;
	for (; list->nr < nr; list->nr++) {
		const struct damon_probe_filter_conf *from = &conf[list->nr];
		struct filter *f = &list->filters[list->nr];

		f->matching = from->flags & DAMON_FILTER_MATCHING;
		f->allow = from->flags & DAMON_FILTER_ALLOW;
		if (from->type == DAMON_FILTER_MEMCG) {
			struct mem_cgroup *memcg;

			memcg = memcgs ? memcgs[list->nr] : memcg_get(from->fd, why);
			if (IS_ERR(memcg)) {
				*bad = list->nr;
				damon_filters_put(list);
				return ERR_CAST(memcg);
			}
			f->memcg = memcg;
		}
		list->key = mix(list->key, (unsigned long)f->memcg);
		list->key = mix(list->key, f->matching | f->allow << 1);
	}
	return list;
}

/**
 * damon_filters_put() - give up a list of filters
 * @filters:	what damon_filters_get() has returned
 *
 * For damon_ops.put_probe.  May sleep.
 */
void damon_filters_put(void *filters)
{
	struct damon_filters *list = filters;

	while (list->nr) {
		struct mem_cgroup *memcg = list->filters[--list->nr].memcg;

		if (memcg)
			memcg_put(memcg);
	}
	kfree(list);
}

/**
 * damon_filters_key() - what tells a list from others
 * @filters:	the list
 *
 * Return: the same for lists of the same filters; for others another one, as
 * long as both lists are there and chance does not will it otherwise.
 */
u64 damon_filters_key(const struct damon_filters *filters)
{
	return filters->key;
}

static bool is_so(const struct filter *f, struct folio *folio)
{
	if (!folio)
		return false;
	return f->memcg ? is_charged_to(folio, f->memcg) : folio_test_anon(folio);
}

/**
 * damon_filters_pass() - does a page pass?
 * @filters:	the list
 * @folio:	what the page is in, allocated and staying so; NULL for no page,
 *		which is not anonymous and charged to nobody
 *
 * The first filter whose question is answered as it wants decides.  If there is
 * none, it is the opposite of what the last one would have decided; without any
 * filter all pages pass.
 *
 * Any context.
 */
bool damon_filters_pass(const struct damon_filters *filters, struct folio *folio)
{
	bool pass = true;
	u32 i;

	for (i = 0; i < filters->nr; i++) {
		const struct filter *f = &filters->filters[i];

		if (is_so(f, folio) == f->matching)
			return f->allow;
		pass = !f->allow;
	}
	return pass;
}
