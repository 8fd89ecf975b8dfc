/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Configurations made of what is in the tree.
 */
#ifndef DAMON_SYSFS_STAGED_H
#define DAMON_SYSFS_STAGED_H

#include <linux/build_bug.h>
#include <linux/types.h>

#include "core/core.h"
#include "damos/damos.h"

struct damon_node;

/**
 * struct damon_staged - a configuration made of what is in the tree
 * @born:	damon_nodes_born() before
 * @ops:	operations set
 * @addr_unit:	bytes that an address stands for
 * @min_region_sz: smallest region, in such addresses
 * @end:	where addresses end
 * @attrs:	intervals and numbers of regions
 * @paused:	it shall take no samples
 * @acts:	schemes do more than count
 * @specs:	targets, of which @nr_targets hold a reference; each has ranges of
 *		its own
 * @nr_specs:	how many there are
 * @nr_targets:	see @specs
 * @probes:	probes, @nr_probes of them with a reference
 * @nr_probes:	how many
 * @confs:	schemes
 * @parts:	what @confs point to; may hold references, if not @given_away
 * @nr_schemes:	how many of both
 * @given_away:	the references of @parts are somebody else's
 */
struct damon_staged {
	u64 born;
	const struct damon_ops *ops;
	u64 addr_unit;
	u64 min_region_sz;
	u64 end;
	struct damon_attrs attrs;
	bool paused;
	bool acts;
	struct damon_target_spec *specs;
	u32 nr_specs;
	u32 nr_targets;
	struct damon_probe probes[DAMON_MAX_PROBES];
	u32 nr_probes;
	struct damos_conf *confs;
	struct damon_scheme_parts **parts;
	u32 nr_schemes;
	bool given_away;
};

/* staged.c, staged_targets.c, staged_probes.c, staged_schemes.c, staged_parts.c */
int damon_staged_make(struct damon_staged *staged, struct damon_node *contexts,
		      const struct damon_ctx *running);
void damon_staged_free(struct damon_staged *staged);
__printf(2, 3) int damon_staged_fail(int err, const char *fmt, ...);
int damon_staged_targets(struct damon_staged *staged, struct damon_node *targets,
			 const struct damon_ctx *running);
void damon_staged_targets_free(struct damon_staged *staged);
int damon_staged_probes(struct damon_staged *staged, struct damon_node *probes);
int damon_staged_schemes(struct damon_staged *staged, struct damon_node *schemes,
			 u32 nr_targets);
void damon_staged_schemes_free(struct damon_staged *staged);

/**
 * struct damon_goals - goals of a scheme
 * @list:	they
 * @nr:		how many; those with a cgroup have a reference to it
 * @dirs:	which directories they are of, in the same order: a bit each
 */
struct damon_goals {
	struct damos_goal list[DAMOS_MAX_GOALS];
	u32 nr;
	u32 dirs;
};

static_assert(DAMOS_MAX_GOALS <= 32);

int damon_staged_goals(struct damon_goals *goals, struct damon_node *dir, u32 scheme);
void damon_staged_goals_put(struct damon_goals *goals);
int damon_staged_node(u32 scheme, s64 nid, u32 *node);

/**
 * struct damon_scheme_parts - what a scheme consists of
 * @regions:	filters of regions
 * @pages:	filters of pages, @nr_pages of them; may hold references
 * @nr_pages:	how many
 * @goals:	goals of its quota
 * @dests:	destinations
 */
struct damon_scheme_parts {
	struct damos_region_filter regions[3 * DAMOS_MAX_FILTERS];
	struct damos_page_filter pages[3 * DAMOS_MAX_FILTERS];
	u32 nr_pages;
	struct damon_goals goals;
	struct damos_dest dests[DAMOS_MAX_DESTS];
};

int damon_staged_filters(const struct damon_staged *staged, struct damon_scheme_parts *parts,
			 struct damos_conf *conf, struct damon_node *scheme);
int damon_staged_dests(struct damon_scheme_parts *parts, struct damos_conf *conf,
		       struct damon_node *dir, u32 scheme);
void damon_staged_parts_put(struct damon_scheme_parts *parts);

/* nothing.c */
const struct damon_ops *damon_ops_of_nothing(void);

#endif /* DAMON_SYSFS_STAGED_H */
