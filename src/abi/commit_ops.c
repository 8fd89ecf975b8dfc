// SPDX-License-Identifier: GPL-2.0
/*
 * COMMIT: the operations set, and what it asks of a configuration.
 */
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>

#include "abi/abi.h"
#include "kernel/memory.h"
#include "kernel/rmap.h"
#include "kernel/task.h"
#include "ops/paddr.h"
#include "ops/vaddr.h"

/**
 * damon_ops_usable() - operations sets that work on this kernel
 *
 * Return: bit (1 << DAMON_OPS_*) for each.
 */
u64 damon_ops_usable(void)
{
	u64 ops = 1ULL << DAMON_OPS_VADDR | 1ULL << DAMON_OPS_FVADDR;

	if (damon_pages_usable())
		ops |= 1ULL << DAMON_OPS_PADDR;
	return ops;
}

static int damon_plan_addr_unit(struct damon_request *req, struct damon_plan *plan,
				const struct damon_commit *conf)
{
	u64 unit = conf->addr_unit ? conf->addr_unit : 1;

	if (plan->ops != &damon_paddr_ops && unit != 1)
		return damon_request_fail(req, -EINVAL,
					  "addr_unit is %llu: addresses of processes are in bytes, give 0 or 1",
					  unit);
	if (!is_power_of_2(unit) || unit > PAGE_SIZE)
		return damon_request_fail(req, -EINVAL,
					  "addr_unit is %llu: give a power of two up to %lu, the page size",
					  unit, PAGE_SIZE);
	plan->addr_unit = unit;
	plan->min_region_sz = max_t(u64, plan->ops->min_region_sz / unit, 1);
	return 0;
}

static int damon_check_memory(struct damon_request *req,
			      const struct damon_commit *conf)
{
	if (!damon_pages_usable())
		return damon_request_fail(req, -EOPNOTSUPP,
					  "ops is %u: this kernel does not let the module find the mappings of a page",
					  conf->ops);
	if (conf->nr_targets != 1)
		return damon_request_fail(req, -EINVAL,
					  "nr_targets is %u: physical memory is one target",
					  conf->nr_targets);
	if (!damon_may_watch_memory())
		return damon_request_fail(req, -EPERM,
					  "ops is %u: watching physical memory needs CAP_SYS_ADMIN in the initial user namespace",
					  conf->ops);
	return 0;
}

/**
 * damon_plan_ops() - choose the operations set
 * @req:	the call
 * @plan:	where @ops and what follows from it is set
 * @conf:	what the caller wrote
 *
 * Return: 0, -EINVAL, -EPERM or -EOPNOTSUPP.
 */
int damon_plan_ops(struct damon_request *req, struct damon_plan *plan,
		   const struct damon_commit *conf)
{
	int err;

	plan->end = TASK_SIZE_MAX;
	switch (conf->ops) {
	case DAMON_OPS_VADDR:
		plan->ops = &damon_vaddr_ops;
		break;
	case DAMON_OPS_FVADDR:
		plan->ops = &damon_fvaddr_ops;
		plan->ranges_needed = true;
		break;
	case DAMON_OPS_PADDR:
		err = damon_check_memory(req, conf);
		if (err)
			return err;
		plan->ops = &damon_paddr_ops;
		break;
	default:
		return damon_request_fail(req, -EINVAL,
					  "ops is %u: that operations set is unknown; there are %u (vaddr), %u (fvaddr) and %u (paddr)",
					  conf->ops, DAMON_OPS_VADDR,
					  DAMON_OPS_FVADDR, DAMON_OPS_PADDR);
	}
	err = damon_plan_addr_unit(req, plan, conf);
	if (!err && plan->ops == &damon_paddr_ops)
		plan->end = damon_memory_end() / plan->addr_unit;
	return err;
}

/**
 * damon_plan_memory() - the target of a plan for physical memory
 * @req:	the call
 * @plan:	after damon_plan_ops(), without a target
 * @t:		what the caller wrote of it
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int damon_plan_memory(struct damon_request *req, struct damon_plan *plan,
		      const struct damon_target_conf *t)
{
	struct damon_target_spec *spec = &plan->specs[0];

	if (t->flags)
		return damon_request_fail(req, -EINVAL,
					  "target 0: flags is 0x%x: physical memory has none",
					  t->flags);
	if (t->pid)
		return damon_request_fail(req, -EINVAL,
					  "target 0: pid is %d: physical memory has none, give 0",
					  t->pid);
	/* What was learnt in other units is of no use. */
	spec->key = plan->addr_unit;
	spec->priv = damon_paddr_target(plan->addr_unit);
	if (!spec->priv)
		return -ENOMEM;
	plan->nr_targets = 1;
	return 0;
}
