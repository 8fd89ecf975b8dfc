/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Data access monitoring for other kernel modules.
 *
 * The kernel's own DAMON, where it is built in, has names that begin with
 * damon_ and damos_; what damon.ko exports begins with damonx_.  A module that
 * uses it is built with this file, what it includes and damon.ko's Module.symvers,
 * and holds damon.ko while it is loaded.
 *
 * Contexts
 *
 *	ctx = damonx_create("vaddr", &attrs, &target, 1);
 *	damonx_start(ctx);
 *	damonx_walk(ctx, look_at_region, data, 1000);
 *	damonx_destroy(ctx);
 *
 * Schemes: what is done to memory that is accessed in some way.  A context has
 * none at first.
 *
 *	damonx_set_schemes(ctx, &schemes, msg, sizeof(msg));
 *	damonx_look(ctx, 0, look_at_scheme, data);
 *
 * Operations sets: how accesses are observed.  "vaddr" watches the virtual
 * addresses of a process, "fvaddr" the same in given ranges, "paddr" physical
 * memory; modules may register others.  A registered one's
 * module is pinned while contexts of other modules use it.  Contexts that it
 * makes of its own set do not pin it, or it could not be unloaded: its exit
 * function destroys them, and then unregisters the set.
 *
 * All functions may sleep.  Those on one context may be called from any
 * threads, but nothing else may be going on when it is destroyed.
 */
#ifndef _DAMON_DAMONX_H
#define _DAMON_DAMONX_H

#include <linux/module.h>
#include <linux/types.h>

#include <uapi/damon/device.h>

struct damonx_ctx;

/**
 * struct damonx_range - an address range
 * @start:	first address
 * @end:	first address behind it
 */
struct damonx_range {
	u64 start;
	u64 end;
};

/**
 * struct damonx_attrs - intervals and numbers of regions
 * @sample_us:		sampling interval, at least 1
 * @aggr_us:		aggregation interval (window), at least @sample_us
 * @update_us:		how often the operations set is asked for ranges
 * @min_nr_regions:	at least 3
 * @max_nr_regions:	a hard cap, at least @min_nr_regions, and at most 2^20
 */
struct damonx_attrs {
	u64 sample_us;
	u64 aggr_us;
	u64 update_us;
	u32 min_nr_regions;
	u32 max_nr_regions;
};

/**
 * struct damonx_target - one of the things that a context watches
 * @priv:	what the operations set takes it to be; for "vaddr" and "fvaddr" a
 *		struct mm_struct, of which the context takes a reference of its own;
 *		for "paddr", which has one target, NULL
 * @ranges:	what to watch there, sorted, disjoint, aligned as the operations
 *		set wants it; or NULL for what the operations set tells
 * @nr_ranges:	how many
 */
struct damonx_target {
	void *priv;
	const struct damonx_range *ranges;
	u32 nr_ranges;
};

/**
 * struct damonx_region - a region as damonx_walk() shows it
 * @start:	first address
 * @end:	first address behind it
 * @nr_accesses: samples of the last complete window that found it accessed
 * @age:	windows for which it has looked about the same
 * @target:	index of its target
 */
struct damonx_region {
	u64 start;
	u64 end;
	u32 nr_accesses;
	u32 age;
	u32 target;
};

/**
 * struct damonx_schemes - the schemes of a context
 * @schemes:		the schemes
 * @nr_schemes:		how many, 0 to 64
 * @scheme_filters:	their filters
 * @nr_scheme_filters:	how many, of all schemes together
 * @scheme_goals:	the goals of their quotas
 * @nr_scheme_goals:	how many, of all schemes together
 * @scheme_dests:	the nodes that they move memory to
 * @nr_scheme_dests:	how many, of all schemes together
 * @cgroups:		paths of cgroups, as in /proc/PID/cgroup; below the root of the
 *			calling thread's cgroup namespace
 * @nr_cgroups:		how many
 *
 * All as in struct damon_commit, where damon/device.h tells what there is and what
 * it means, but that nobody's rights are asked for, and that a filter or goal that
 * is one of a cgroup has in @fd an index in @cgroups.  Operations sets of modules
 * have DAMON_ACTION_STAT only, without filters of pages.
 */
struct damonx_schemes {
	const struct damon_scheme_conf *schemes;
	const struct damon_scheme_filter_conf *scheme_filters;
	const struct damon_scheme_goal_conf *scheme_goals;
	const struct damon_scheme_dest_conf *scheme_dests;
	const char *const *cgroups;
	u32 nr_schemes;
	u32 nr_scheme_filters;
	u32 nr_scheme_goals;
	u32 nr_scheme_dests;
	u32 nr_cgroups;
};

/**
 * struct damonx_seen - a scheme as damonx_look() shows it
 * @scheme:	statistics, and the state of its quota: what is out in struct
 *		damon_scheme
 * @goals:	@scheme->nr_goals goals
 * @tried:	@scheme->nr_kept tried regions
 */
struct damonx_seen {
	const struct damon_scheme *scheme;
	const struct damon_goal_info *goals;
	const struct damon_tried_info *tried;
};

/**
 * struct damonx_sample - an address that is watched for an interval
 * @addr:	the address
 * @cookie:	the operations set's own, from @arm to @check
 * @accessed:	@check's answer; false when @check is called
 */
struct damonx_sample {
	u64 addr;
	u64 cookie;
	bool accessed;
};

/**
 * struct damonx_ops - an operations set of another module
 * @owner:	THIS_MODULE
 * @name:	not that of another one
 * @min_region_sz: smallest region, a power of two; every border is a multiple
 * @nr_ranges:	most ranges that @ranges tells, at least 1
 * @ranges:	Writes the ranges that @priv covers now, sorted, disjoint, not
 *		empty, multiples of @min_region_sz, at most @max, and returns
 *		their number; 0 if there is nothing to tell at the moment (what
 *		is known is kept), -ESRCH if the target is gone.  Not needed if
 *		all targets come with ranges, which it then is not asked for
 * @arm:	Begins to watch @nr addresses, sorted.  Returns false if the
 *		target is gone
 * @check:	Tells which of @nr addresses were accessed since @arm, sorted,
 *		and forgets them.  Each that was armed is checked once, also
 *		when monitoring ends, unless the target is gone: then @put has
 *		to forget them.  Returns false if the target is gone
 * @put:	A context no longer uses @priv; or NULL
 *
 * Constant while registered.  @ranges, @arm and @check are called by the
 * context's worker and may sleep, but all together not for a second.  A target
 * that is gone is not asked again.
 */
struct damonx_ops {
	struct module *owner;
	const char *name;
	u64 min_region_sz;
	u32 nr_ranges;
	int (*ranges)(void *priv, struct damonx_range *ranges, u32 max);
	bool (*arm)(void *priv, struct damonx_sample *samples, u32 nr);
	bool (*check)(void *priv, struct damonx_sample *samples, u32 nr);
	void (*put)(void *priv);
};

int damonx_ops_register(const struct damonx_ops *ops);
int damonx_ops_unregister(const struct damonx_ops *ops);

struct damonx_ctx *damonx_create_by(struct module *caller, const char *ops_name,
				    const struct damonx_attrs *attrs,
				    const struct damonx_target *targets,
				    u32 nr_targets);
#define damonx_create(ops_name, attrs, targets, nr_targets)		\
	damonx_create_by(THIS_MODULE, ops_name, attrs, targets, nr_targets)

int damonx_start(struct damonx_ctx *ctx);
int damonx_stop(struct damonx_ctx *ctx);
bool damonx_is_running(struct damonx_ctx *ctx);
void damonx_destroy(struct damonx_ctx *ctx);

int damonx_call(struct damonx_ctx *ctx, void (*fn)(struct damonx_ctx *ctx, void *data),
		void *data, unsigned int timeout_ms);
int damonx_walk(struct damonx_ctx *ctx,
		bool (*fn)(const struct damonx_region *region, void *data),
		void *data, unsigned int timeout_ms);

int damonx_set_schemes(struct damonx_ctx *ctx, const struct damonx_schemes *schemes,
		       char *msg, size_t msg_len);
int damonx_look(struct damonx_ctx *ctx, u32 scheme,
		void (*fn)(const struct damonx_seen *seen, void *data), void *data);

#endif /* _DAMON_DAMONX_H */
