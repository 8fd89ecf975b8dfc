// SPDX-License-Identifier: GPL-2.0
/*
 * Other goals for a scheme at work, all else staying as it is.
 */
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/types.h>

#include "damos/internal.h"

/**
 * struct damos_goals - goals on their way to a scheme, or from one
 * @list:	they, with references to memory cgroups
 * @readings:	room for what is known of them
 * @nr:		how many
 */
struct damos_goals {
	struct damos_goal *list;
	struct damos_reading *readings;
	u32 nr;
};

static void free_goals(struct damos_goals *goals)
{
	damon_free(goals->readings);
	damon_free(goals->list);
	damon_free(goals);
}

/**
 * damos_goals_create() - goals for damos_exchange_goals()
 * @list:	accepted by damos_check() in a quota; copied
 * @nr:		how many, 0 is allowed
 *
 * Return: the goals, which have taken over the references, or NULL if memory is
 * short: then they have not.
 */
struct damos_goals *damos_goals_create(const struct damos_goal *list, u32 nr)
{
	struct damos_goals *goals = damon_zalloc(1, sizeof(*goals));

	if (!goals || !nr)
		return goals;
	goals->list = damon_zalloc(nr, sizeof(*goals->list));
	goals->readings = damon_zalloc(nr, sizeof(*goals->readings));
	if (!goals->list || !goals->readings) {
		free_goals(goals);
		return NULL;
	}
	memcpy(goals->list, list, nr * sizeof(*list));
	goals->nr = nr;
	return goals;
}

/**
 * damos_goals_destroy() - free goals that no scheme has
 * @env:	who gives up references
 * @goals:	the goals
 */
void damos_goals_destroy(const struct damos_env *env, struct damos_goals *goals)
{
	u32 i;

	for (i = 0; i < goals->nr; i++) {
		if (goals->list[i].memcg)
			env->put_memcg(goals->list[i].memcg);
	}
	free_goals(goals);
}

static bool same_goal(const struct damos_goal *a, const struct damos_goal *b)
{
	return a->metric == b->metric && a->node == b->node && a->memcg == b->memcg;
}

/**
 * damos_exchange_goals() - have a scheme go for other goals
 * @damos:	the schemes
 * @index:	which of them
 * @goals:	in: the goals; out: those that it had
 *
 * What is known of goals that are the same but for their targets is kept, and so is
 * what the quota has come to.  By the owner of the context; cannot fail.
 */
void damos_exchange_goals(struct damos *damos, u32 index, struct damos_goals *goals)
{
	struct damos_scheme *s = &damos->schemes[index];
	struct damos_quota *quota = &s->conf.quota;
	struct damos_goals old = {
		.list = (struct damos_goal *)quota->goals,
		.readings = s->readings,
		.nr = quota->nr_goals,
	};
	u32 i;

	for (i = 0; i < min(old.nr, goals->nr); i++) {
		if (same_goal(&old.list[i], &goals->list[i]))
			goals->readings[i] = old.readings[i];
	}
	if (goals->nr && !damos_has_quota(quota))
		quota->interval_us = quota->later_us;
	quota->goals = goals->list;
	quota->nr_goals = goals->nr;
	s->readings = goals->readings;
	s->charge.stale = true;
	if (!old.nr || !goals->nr) {
		s->charge.tuned_bp = 0;
		s->charge.untuned = true;
	}
	*goals = old;
	damos_tell(damos, index);
}
