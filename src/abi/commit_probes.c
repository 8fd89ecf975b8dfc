// SPDX-License-Identifier: GPL-2.0
/*
 * COMMIT: probes and their filters.
 */
#include <linux/err.h>
#include <linux/kernel.h>

#include "abi/abi.h"
#include "kernel/attributes.h"

/* Each is asked under the lock of a page table, for every sample. */
#define MAX_FILTERS	128

#define FILTER_FLAGS	(DAMON_FILTER_MATCHING | DAMON_FILTER_ALLOW)

static_assert(sizeof(struct damon_hits_info) == DAMON_MAX_PROBES * sizeof(__u32));

/**
 * damon_probes_allowed() - may there be so many probes?
 * @req:	the call
 * @conf:	what the caller wrote
 * @limits:	the caller's
 *
 * Of a page that is shared, who else has it may tell what it is.
 *
 * Return: 0, -EINVAL or -EPERM.
 */
int damon_probes_allowed(struct damon_request *req, const struct damon_commit *conf,
			 const struct damon_limits *limits)
{
	if (conf->nr_probes > DAMON_MAX_PROBES)
		return damon_request_fail(req, -EINVAL,
					  "nr_probes is %u: the most is %u",
					  conf->nr_probes, DAMON_MAX_PROBES);
	if (conf->nr_probe_filters > MAX_FILTERS)
		return damon_request_fail(req, -EINVAL,
					  "nr_probe_filters is %u: the most is %u",
					  conf->nr_probe_filters, MAX_FILTERS);
	if (conf->nr_probes && limits->own_bits_only)
		return damon_request_fail(req, -EPERM,
					  "nr_probes is %u: probes need CAP_PERFMON",
					  conf->nr_probes);
	return 0;
}

static int check_filter(struct damon_request *req, u32 index,
			const struct damon_probe_filter_conf *f)
{
	if (f->type > DAMON_FILTER_MEMCG)
		return damon_request_fail(req, -EINVAL,
					  "probe filter %u: type is %u: there are %u (anon) and %u (memcg)",
					  index, f->type, DAMON_FILTER_ANON,
					  DAMON_FILTER_MEMCG);
	if (f->flags & ~FILTER_FLAGS)
		return damon_request_fail(req, -EINVAL,
					  "probe filter %u: flags is 0x%x: only 0x%x are defined",
					  index, f->flags, FILTER_FLAGS);
	if (f->type != DAMON_FILTER_MEMCG && f->fd)
		return damon_request_fail(req, -EINVAL,
					  "probe filter %u: fd is %d: this type has none, give 0",
					  index, f->fd);
	if (f->reserved)
		return damon_request_fail(req, -EINVAL,
					  "probe filter %u: reserved is 0x%x: it must be 0",
					  index, f->reserved);
	return 0;
}

/* Shares the filters out: each belongs to exactly one probe. */
static int share_filters(struct damon_request *req,
			 const struct damon_probe_conf *probes, u32 nr_probes,
			 u32 nr_filters)
{
	struct damon_share share = { "probe", "filter", "nr_probe_filters", nr_filters };
	int err;
	u32 i;

	for (i = 0; i < nr_probes; i++) {
		const struct damon_probe_conf *p = &probes[i];

		if (p->reserved)
			return damon_request_fail(req, -EINVAL,
						  "probe %u: reserved is 0x%x: it must be 0",
						  i, p->reserved);
		err = damon_share_take(req, &share, i, p->first_filter, p->nr_filters);
		if (err)
			return err;
	}
	return damon_share_all(req, &share);
}

/* One more probe of the plan, from filters that were checked. */
static int add_probe(struct damon_request *req, struct damon_plan *plan, u32 weight,
		     const struct damon_probe_filter_conf *filters, u32 first, u32 nr)
{
	struct damon_filters *list;
	const char *why = "";
	u32 bad = 0;

	list = damon_filters_get(filters + first, nr, NULL, &bad, &why);
	if (list == ERR_PTR(-ENOMEM))
		return -ENOMEM;
	if (IS_ERR(list))
		return damon_request_fail(req, PTR_ERR(list),
					  "probe filter %u (fd %d): %s", first + bad,
					  filters[first + bad].fd, why);
	plan->probes[plan->nr_probes++] = (struct damon_probe) {
		.what = list,
		.key = damon_filters_key(list),
		.weight = weight,
	};
	return 0;
}

/* With the arrays read. */
static int plan_probes(struct damon_request *req, struct damon_plan *plan,
		       const struct damon_probe_conf *probes, u32 nr_probes,
		       const struct damon_probe_filter_conf *filters, u32 nr_filters)
{
	enum damon_invalid invalid;
	u32 i, bad, first = 0;
	int err;

	err = share_filters(req, probes, nr_probes, nr_filters);
	for (i = 0; !err && i < nr_filters; i++)
		err = check_filter(req, i, &filters[i]);
	for (i = 0; !err && i < nr_probes; i++) {
		err = add_probe(req, plan, probes[i].weight, filters, first,
				probes[i].nr_filters);
		first += probes[i].nr_filters;
	}
	if (err)
		return err;
	invalid = damon_probes_check(plan->ops, &plan->attrs, plan->probes, nr_probes,
				     &bad);
	if (invalid != DAMON_VALID)
		return damon_request_fail(req, -EINVAL, "probe %u: %s", bad,
					  damon_invalid_text(invalid));
	return 0;
}

/**
 * damon_plan_probes() - the probes of a plan
 * @req:	the call
 * @plan:	after damon_plan_ops(); what is left in it is freed by the caller
 * @conf:	what the caller wrote, accepted by damon_probes_allowed()
 *
 * Return: 0 or a negative errno.
 */
int damon_plan_probes(struct damon_request *req, struct damon_plan *plan,
		      const struct damon_commit *conf)
{
	const struct damon_array probes_at = {
		.name = "probes",
		.size_name = "probe_size",
		.uptr = conf->probes,
		.nr = conf->nr_probes,
		.size = conf->probe_size,
		.known = sizeof(struct damon_probe_conf),
	};
	const struct damon_array filters_at = {
		.name = "probe_filters",
		.size_name = "probe_filter_size",
		.uptr = conf->probe_filters,
		.nr = conf->nr_probe_filters,
		.size = conf->probe_filter_size,
		.known = sizeof(struct damon_probe_filter_conf),
	};
	void *probes = NULL, *filters = NULL;
	int err;

	err = damon_array_read(req, &probes_at, &probes);
	if (!err)
		err = damon_array_read(req, &filters_at, &filters);
	if (!err)
		err = plan_probes(req, plan, probes, probes_at.nr, filters, filters_at.nr);
	damon_free(filters);
	damon_free(probes);
	return err;
}
