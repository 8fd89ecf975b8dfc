/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between commit_schemes.c and commit_scheme.c: the schemes of a plan.
 */
#ifndef DAMON_ABI_COMMIT_SCHEMES_H
#define DAMON_ABI_COMMIT_SCHEMES_H

#include "abi/abi.h"

/**
 * struct damon_plan_schemes - the schemes of a plan
 * @nr:		how many
 * @confs:	the schemes
 * @regions:	their filters of regions
 * @pages:	their filters of pages; those below @nr_pages may hold references
 * @goals:	their goals; those below @nr_goals may hold references
 * @dests:	their destinations
 * @nr_pages:	see @pages
 * @nr_goals:	see @goals
 * @in:		what the caller wrote: schemes, filters, goals
 * @of_kernel:	the caller is no program but a module: nobody's rights are asked
 *		for, and cgroups are named by an index in @cgroups, not by an fd
 * @cgroups:	the paths of @nr_cgroups cgroups; the caller's
 * @nr_cgroups:	see @cgroups
 *
 * References are given up by damon_plan_schemes_free(), unless schemes made of
 * this have them.
 */
struct damon_plan_schemes {
	u32 nr;
	struct damos_conf *confs;
	struct damos_region_filter *regions;
	struct damos_page_filter *pages;
	struct damos_goal *goals;
	struct damos_dest *dests;
	u32 nr_pages;
	u32 nr_goals;
	struct {
		struct damon_scheme_conf *schemes;
		struct damon_scheme_filter_conf *filters;
		struct damon_scheme_goal_conf *goals;
	} in;
	bool of_kernel;
	const char *const *cgroups;
	u32 nr_cgroups;
};

/* commit_scheme.c */
int damon_plan_scheme(struct damon_request *req, struct damon_plan *plan, u32 index,
		      u32 nr_targets, const struct damon_limits *limits);

#endif /* DAMON_ABI_COMMIT_SCHEMES_H */
