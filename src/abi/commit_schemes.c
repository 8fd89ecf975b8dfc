// SPDX-License-Identifier: GPL-2.0
/*
 * COMMIT: schemes, and how they share filters, goals and destinations.
 */
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include <damon/damonx.h>

#include "abi/abi.h"
#include "abi/commit_schemes.h"
#include "kernel/attributes.h"
#include "kernel/scheme_env.h"

/* Of all schemes together, of each kind. */
#define MAX_PARTS	1024

/* Destinations are read right into what the engine uses. */
static_assert(sizeof(struct damos_dest) == sizeof(struct damon_scheme_dest_conf));
static_assert(offsetof(struct damos_dest, node) ==
	      offsetof(struct damon_scheme_dest_conf, node));
static_assert(offsetof(struct damos_dest, weight) ==
	      offsetof(struct damon_scheme_dest_conf, weight));

/**
 * damon_plan_schemes_free() - free the schemes of a plan
 * @schemes:	may be NULL
 *
 * Gives up the references, unless they were taken over.
 */
void damon_plan_schemes_free(struct damon_plan_schemes *schemes)
{
	if (!schemes)
		return;
	while (schemes->nr_goals--) {
		if (schemes->goals[schemes->nr_goals].memcg)
			damon_memcg_put(schemes->goals[schemes->nr_goals].memcg);
	}
	while (schemes->nr_pages--) {
		if (schemes->pages[schemes->nr_pages].what)
			damon_memcg_put(schemes->pages[schemes->nr_pages].what);
	}
	damon_free(schemes->in.goals);
	damon_free(schemes->in.filters);
	damon_free(schemes->in.schemes);
	damon_free(schemes->dests);
	damon_free(schemes->goals);
	damon_free(schemes->pages);
	damon_free(schemes->regions);
	damon_free(schemes->confs);
	damon_free(schemes);
}

/**
 * damon_schemes_make() - schemes for a context of a plan
 * @plan:	the plan, which has some
 * @seen:	who is told of what they do
 *
 * Return: the schemes, which have taken over the references, or NULL without
 * memory.
 */
struct damos *damon_schemes_make(struct damon_plan *plan, struct damon_seen *seen)
{
	struct damon_plan_schemes *schemes = plan->schemes;
	struct damos *damos;

	damos = damos_create(&damon_scheme_env, schemes->confs, schemes->nr,
			     plan->addr_unit, &damon_seen_sink, seen);
	if (damos) {
		schemes->nr_goals = 0;
		schemes->nr_pages = 0;
	}
	return damos;
}

/**
 * damon_schemes_seen() - room for what the schemes of a plan will have done
 * @plan:	the plan
 * @ctx_id:	number of the session in trace events
 *
 * Return: the room, with a reference, or NULL without memory.
 */
struct damon_seen *damon_schemes_seen(const struct damon_plan *plan, u32 ctx_id)
{
	return damon_seen_create(plan->schemes ? plan->schemes->confs : NULL,
				 plan->schemes ? plan->schemes->nr : 0, ctx_id);
}

/**
 * damon_schemes_allowed() - may there be so many schemes?
 * @req:	the call
 * @conf:	what the caller wrote
 *
 * Return: 0 or -EINVAL.
 */
int damon_schemes_allowed(struct damon_request *req, const struct damon_commit *conf)
{
	if (conf->nr_schemes > DAMOS_MAX_SCHEMES)
		return damon_request_fail(req, -EINVAL, "nr_schemes is %u: the most is %u",
					  conf->nr_schemes, DAMOS_MAX_SCHEMES);
	if (conf->nr_scheme_filters > MAX_PARTS)
		return damon_request_fail(req, -EINVAL,
					  "nr_scheme_filters is %u: the most is %u",
					  conf->nr_scheme_filters, MAX_PARTS);
	if (conf->nr_scheme_goals > MAX_PARTS)
		return damon_request_fail(req, -EINVAL,
					  "nr_scheme_goals is %u: the most is %u",
					  conf->nr_scheme_goals, MAX_PARTS);
	if (conf->nr_scheme_dests > MAX_PARTS)
		return damon_request_fail(req, -EINVAL,
					  "nr_scheme_dests is %u: the most is %u",
					  conf->nr_scheme_dests, MAX_PARTS);
	return 0;
}

/* Each filter, goal and destination belongs to exactly one scheme. */
static int share_parts(struct damon_request *req, const struct damon_commit *conf,
		       const struct damon_scheme_conf *schemes)
{
	struct damon_share filters = {
		"scheme", "filter", "nr_scheme_filters", conf->nr_scheme_filters,
	};
	struct damon_share goals = {
		"scheme", "goal", "nr_scheme_goals", conf->nr_scheme_goals,
	};
	struct damon_share dests = {
		"scheme", "dest", "nr_scheme_dests", conf->nr_scheme_dests,
	};
	int err = 0;
	u32 i;

	for (i = 0; !err && i < conf->nr_schemes; i++) {
		const struct damon_scheme_conf *s = &schemes[i];

		err = damon_share_take(req, &filters, i, s->first_filter, s->nr_filters);
		if (!err)
			err = damon_share_take(req, &goals, i, s->first_goal, s->nr_goals);
		if (!err)
			err = damon_share_take(req, &dests, i, s->first_dest, s->nr_dests);
	}
	if (!err)
		err = damon_share_all(req, &filters);
	if (!err)
		err = damon_share_all(req, &goals);
	return err ? err : damon_share_all(req, &dests);
}

/* So that what is kept of all schemes stays small. */
static int check_tried(struct damon_request *req, const struct damon_plan *plan)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < plan->schemes->nr; i++) {
		sum += plan->schemes->confs[i].max_tried;
		if (sum > plan->attrs.max_nr_regions)
			return damon_request_fail(req, -EINVAL,
						  "scheme %u: max_tried is %u: that of all schemes together is above max_nr_regions, %u",
						  i, plan->schemes->confs[i].max_tried,
						  plan->attrs.max_nr_regions);
	}
	return 0;
}

static int read_arrays(struct damon_request *req, struct damon_plan_schemes *schemes,
		       const struct damon_commit *conf)
{
	const struct damon_array arrays[] = {
		{ "schemes", "scheme_size", conf->schemes, conf->nr_schemes,
		  conf->scheme_size, sizeof(*schemes->in.schemes) },
		{ "scheme_filters", "scheme_filter_size", conf->scheme_filters,
		  conf->nr_scheme_filters, conf->scheme_filter_size,
		  sizeof(*schemes->in.filters) },
		{ "scheme_goals", "scheme_goal_size", conf->scheme_goals,
		  conf->nr_scheme_goals, conf->scheme_goal_size, sizeof(*schemes->in.goals) },
		{ "scheme_dests", "scheme_dest_size", conf->scheme_dests,
		  conf->nr_scheme_dests, conf->scheme_dest_size, sizeof(*schemes->dests) },
	};
	void **to[] = {
		(void **)&schemes->in.schemes,
		(void **)&schemes->in.filters,
		(void **)&schemes->in.goals,
		(void **)&schemes->dests,
	};
	int err = 0;
	u32 i;

	for (i = 0; !err && i < ARRAY_SIZE(arrays); i++)
		err = damon_array_read(req, &arrays[i], to[i]);
	return err;
}

/* Has *@to point to a copy of @nr elements. */
static int copy_array(void **to, const void *from, u32 nr, size_t size)
{
	if (!nr)
		return 0;
	*to = damon_zalloc(nr, size);
	if (!*to)
		return -ENOMEM;
	memcpy(*to, from, nr * size);
	return 0;
}

/* Copies them, so that nothing that the caller does meanwhile gets past the checks. */
static int copy_arrays(struct damon_plan_schemes *schemes, const struct damonx_schemes *from)
{
	int err;

	err = copy_array((void **)&schemes->in.schemes, from->schemes, from->nr_schemes,
			 sizeof(*from->schemes));
	if (!err)
		err = copy_array((void **)&schemes->in.filters, from->scheme_filters,
				 from->nr_scheme_filters, sizeof(*from->scheme_filters));
	if (!err)
		err = copy_array((void **)&schemes->in.goals, from->scheme_goals,
				 from->nr_scheme_goals, sizeof(*from->scheme_goals));
	if (!err)
		err = copy_array((void **)&schemes->dests, from->scheme_dests,
				 from->nr_scheme_dests, sizeof(*from->scheme_dests));
	return err;
}

static bool make_room(struct damon_plan_schemes *schemes, const struct damon_commit *conf)
{
	u32 nr_filters = conf->nr_scheme_filters;
	u32 nr_goals = conf->nr_scheme_goals;

	schemes->confs = damon_zalloc(conf->nr_schemes, sizeof(*schemes->confs));
	if (!schemes->confs)
		return false;
	if (nr_filters) {
		schemes->regions = damon_zalloc(nr_filters, sizeof(*schemes->regions));
		schemes->pages = damon_zalloc(nr_filters, sizeof(*schemes->pages));
		if (!schemes->regions || !schemes->pages)
			return false;
	}
	if (nr_goals) {
		schemes->goals = damon_zalloc(nr_goals, sizeof(*schemes->goals));
		if (!schemes->goals)
			return false;
	}
	return true;
}

/* Room for the schemes of @plan, which are @conf's: nothing is read yet. */
static int begin(struct damon_plan *plan, const struct damon_commit *conf)
{
	plan->schemes = damon_zalloc(1, sizeof(*plan->schemes));
	if (!plan->schemes)
		return -ENOMEM;
	plan->schemes->nr = conf->nr_schemes;
	return 0;
}

/* With all arrays read. */
static int plan_all(struct damon_request *req, struct damon_plan *plan,
		    const struct damon_commit *conf, const struct damon_limits *limits)
{
	int err;
	u32 i;

	err = share_parts(req, conf, plan->schemes->in.schemes);
	if (err)
		return err;
	if (!make_room(plan->schemes, conf))
		return -ENOMEM;
	for (i = 0; !err && i < plan->schemes->nr; i++)
		err = damon_plan_scheme(req, plan, i, conf->nr_targets, limits);
	return err ? err : check_tried(req, plan);
}

/**
 * damon_plan_schemes() - the schemes of a plan
 * @req:	the call
 * @plan:	after damon_plan_ops(); gets @schemes and @acts, also if this fails
 * @conf:	what the caller wrote, accepted by damon_schemes_allowed()
 * @limits:	what holds for the caller
 *
 * Return: 0 or a negative errno.
 */
int damon_plan_schemes(struct damon_request *req, struct damon_plan *plan,
		       const struct damon_commit *conf, const struct damon_limits *limits)
{
	int err;

	/* Then there are no parts of any either. */
	if (!conf->nr_schemes)
		return share_parts(req, conf, NULL);
	err = begin(plan, conf);
	if (!err)
		err = read_arrays(req, plan->schemes, conf);
	return err ? err : plan_all(req, plan, conf, limits);
}

/**
 * damon_plan_schemes_of_kernel() - the same for another module
 * @req:	for the text
 * @plan:	with @ops, @addr_unit, @min_region_sz and @attrs; gets @schemes, also if
 *		this fails
 * @from:	what the module wrote
 * @nr_targets:	how many targets there are
 *
 * Return: 0 or a negative errno.
 */
int damon_plan_schemes_of_kernel(struct damon_request *req, struct damon_plan *plan,
				 const struct damonx_schemes *from, u32 nr_targets)
{
	const struct damon_commit conf = {
		.nr_targets = nr_targets,
		.nr_schemes = from->nr_schemes,
		.nr_scheme_filters = from->nr_scheme_filters,
		.nr_scheme_goals = from->nr_scheme_goals,
		.nr_scheme_dests = from->nr_scheme_dests,
	};
	int err;

	err = damon_schemes_allowed(req, &conf);
	if (err)
		return err;
	if (!conf.nr_schemes)
		return share_parts(req, &conf, NULL);
	err = begin(plan, &conf);
	if (err)
		return err;
	plan->schemes->of_kernel = true;
	plan->schemes->cgroups = from->cgroups;
	plan->schemes->nr_cgroups = from->nr_cgroups;
	err = copy_arrays(plan->schemes, from);
	return err ? err : plan_all(req, plan, &conf, &damon_limits_most);
}

/* Does a pattern tell regions apart by their accesses? */
static bool asks_accesses(const struct damon_plan *plan, const struct damos_pattern *pattern)
{
	u32 all = pattern->accesses_in_bp ? 10000 : damon_attrs_samples(&plan->attrs);

	return pattern->min_accesses || pattern->max_accesses < all;
}

/**
 * damon_schemes_observable() - is everything looked for that schemes go by?
 * @req:	the call
 * @plan:	with its schemes and probes
 *
 * Where probes have weights no accesses are found: all memory would look cold.
 *
 * Return: 0 or -EINVAL.
 */
int damon_schemes_observable(struct damon_request *req, const struct damon_plan *plan)
{
	bool weighs = false;
	u32 i;

	for (i = 0; i < plan->nr_probes; i++)
		weighs |= plan->probes[i].weight;
	for (i = 0; weighs && plan->schemes && i < plan->schemes->nr; i++) {
		if (asks_accesses(plan, &plan->schemes->confs[i].pattern))
			return damon_request_fail(req, -EINVAL,
						  "scheme %u: min_accesses or max_accesses: probes have weights, so accesses are not looked for: let any number of them match",
						  i);
	}
	return 0;
}
