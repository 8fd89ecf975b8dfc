/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A world in which things can be done: an operations set that notes what it is
 * told, metrics that a test sets, and a clock of CPU time.
 */
#ifndef UNIT_SCENE_H
#define UNIT_SCENE_H

#include "damos/internal.h"
#include "world.h"

#define SCENE_SCHEMES	DAMOS_MAX_SCHEMES

/**
 * struct deed - something that the operations set was told to do
 * @space:	where
 * @action:	what
 * @start:	from there
 * @end:	up to there
 * @nr_filters:	page filters that it was given
 * @now_ns:	when
 */
struct deed {
	const struct space *space;
	enum damos_action action;
	u64 start;
	u64 end;
	u32 nr_filters;
	u64 now_ns;
};

/**
 * struct scene - what a test has
 * @w:		the world; its ctx has the schemes
 * @damos:	the schemes, which belong to it
 * @deeds:	what was done, in order
 * @nr_deeds:	how many
 * @room:	how many there is room for
 * @sum:	bytes of all deeds
 * @slice:	most that is done at once
 * @page_ns:	CPU time that a page takes
 * @permil:	of what is done, how much changes anything
 * @cpu_ns:	CPU time so far
 * @metrics:	what they are
 * @asked:	how often a metric was asked for
 * @stop_at:	slices until somebody waits; 0: nobody does
 * @breaths:	how often others may have run
 * @gone:	a space of which act() says that it is gone
 * @busy:	a space that is busy from
 * @busy_from:	this address on
 * @waited_ns:	patience that it has used up
 * @puts:	references to memory cgroups given up
 * @changed:	by scheme: how often it was told of
 * @trying:	bytes that were told to be tried
 * @nr_trying:	how often
 * @quota:	the last effective quota that was told
 * @nr_quotas:	how often
 * @nr_applied:	how often schemes were told to be applied
 */
struct scene {
	struct world w;
	struct damos *damos;
	struct deed *deeds;
	u32 nr_deeds;
	u32 room;
	u64 sum;
	u64 slice;
	u64 page_ns;
	u32 permil;
	u64 cpu_ns;
	u64 metrics[NR_DAMOS_METRICS];
	unsigned long asked;
	u32 stop_at;
	unsigned long breaths;
	const struct space *gone;
	const struct space *busy;
	u64 busy_from;
	u64 waited_ns;
	int puts;
	unsigned long changed[SCENE_SCHEMES];
	u64 trying;
	unsigned long nr_trying;
	u64 quota;
	unsigned long nr_quotas;
	unsigned long nr_applied;
};

extern struct scene scene;
extern struct damon_ops scene_ops;
extern const struct damos_env scene_env;
extern const struct damos_sink scene_sink;
extern const struct damos_conf any_region;

void scene_setup(void);
void scene_teardown(void);
struct damos *scene_schemes(const struct damos_conf *confs, u32 nr);
void scene_bare(u32 max_regions, const struct damos_conf *confs, u32 nr);
void scene_run(const struct damos_conf *confs, u32 nr, const struct damon_attrs *attrs,
	       u32 nr_targets);
bool scene_apply(u64 after_us);
void scene_forget(void);
u64 scene_sum_of(enum damos_action action);
struct damos_scheme *scheme(u32 index);

#endif /* UNIT_SCENE_H */
