// SPDX-License-Identifier: GPL-2.0
/*
 * The schemes of a context: made, freed, and taken over by those of another one.
 */
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/time64.h>
#include <linux/types.h>

#include "damos/internal.h"

static void free_arrays(struct damos_scheme *s)
{
	damon_free(s->tried);
	damon_free(s->readings);
	damon_free((void *)s->conf.quota.goals);
	damon_free((void *)s->conf.dests);
	damon_free((void *)s->conf.page_filters);
	damon_free((void *)s->conf.region_filters);
}

/* Has *@at point to a copy of what it points to. */
static bool own(const void **at, u32 nr, size_t size)
{
	const void *from = *at;
	void *to;

	*at = NULL;
	if (!nr)
		return true;
	to = damon_zalloc(nr, size);
	if (!to)
		return false;
	memcpy(to, from, nr * size);
	*at = to;
	return true;
}

#define OWN(array, nr)	own((const void **)&(array), nr, sizeof(*(array)))

static bool room(void **at, u32 nr, size_t size)
{
	if (nr)
		*at = damon_zalloc(nr, size);
	return !nr || *at;
}

/* All arrays, or those that there was memory for. */
static bool own_arrays(struct damos_scheme *s)
{
	struct damos_conf *conf = &s->conf;
	bool ok = true;

	ok &= OWN(conf->region_filters, conf->nr_region_filters);
	ok &= OWN(conf->page_filters, conf->nr_page_filters);
	ok &= OWN(conf->dests, conf->nr_dests);
	ok &= OWN(conf->quota.goals, conf->quota.nr_goals);
	ok &= room((void **)&s->readings, conf->quota.nr_goals, sizeof(*s->readings));
	ok &= room((void **)&s->tried, conf->max_tried, sizeof(*s->tried));
	return ok;
}

static void make_orders(struct damos_scheme *s)
{
	const struct damos_conf *conf = &s->conf;

	s->unasked = (struct damos_order) {
		.action = conf->action,
		.allow = true,
		.dests = conf->dests,
		.nr_dests = conf->nr_dests,
		.node = conf->node,
	};
	s->order = s->unasked;
	if (!conf->nr_page_filters)
		return;
	s->order.filters = conf->page_filters;
	s->order.nr_filters = conf->nr_page_filters;
	s->order.allow = !conf->page_filters[conf->nr_page_filters - 1].allow;
}

static void free_all(struct damos *damos)
{
	u32 i;

	for (i = 0; i < damos->nr_schemes; i++)
		free_arrays(&damos->schemes[i]);
	damon_free(damos->parts);
	damon_free(damos);
}

/**
 * damos_create() - schemes for a context
 * @env:	what they need from outside
 * @confs:	accepted by damos_check(); copied
 * @nr:		1 to DAMOS_MAX_SCHEMES
 * @unit:	bytes that an address of the context stands for
 * @sink:	who is told
 * @sink_data:	passed to @sink
 *
 * To be set as damon_ctx.actor_data, with damos_actor as damon_ctx.actor.
 *
 * Return: the schemes, which have taken over the references in filters and
 * goals, or NULL if memory is short: then they have not.
 */
struct damos *damos_create(const struct damos_env *env, const struct damos_conf *confs,
			   u32 nr, u64 unit, const struct damos_sink *sink, void *sink_data)
{
	struct damos *damos;
	u32 i;

	/* One bit each, see apply.c. */
	BUILD_BUG_ON(DAMOS_MAX_SCHEMES > 64);

	damos = damon_zalloc(1, sizeof(*damos) + nr * sizeof(damos->schemes[0]));
	if (!damos)
		return NULL;
	damos->env = env;
	damos->unit = unit;
	damos->sink = sink;
	damos->sink_data = sink_data;
	damos->parts = damon_zalloc(nr, sizeof(*damos->parts));
	if (!damos->parts)
		goto fail;
	for (i = 0; i < nr; i++) {
		struct damos_scheme *s = &damos->schemes[i];

		s->conf = confs[i];
		s->active = true;
		damos->nr_schemes++;
		if (!own_arrays(s))
			goto fail;
		make_orders(s);
	}
	for (i = 0; i < nr; i++)
		damos_tell(damos, i);
	return damos;

fail:
	free_all(damos);
	return NULL;
}

static void put_memcgs(const struct damos *damos, const struct damos_conf *conf)
{
	u32 i;

	for (i = 0; i < conf->nr_page_filters; i++) {
		if (conf->page_filters[i].what)
			damos->env->put_memcg(conf->page_filters[i].what);
	}
	for (i = 0; i < conf->quota.nr_goals; i++) {
		if (conf->quota.goals[i].memcg)
			damos->env->put_memcg(conf->quota.goals[i].memcg);
	}
}

/**
 * damos_destroy() - free schemes that no context has
 * @damos:	the schemes
 *
 * Gives up all references.
 */
void damos_destroy(struct damos *damos)
{
	u32 i;

	for (i = 0; i < damos->nr_schemes; i++)
		put_memcgs(damos, &damos->schemes[i].conf);
	free_all(damos);
}

/**
 * damos_nr_schemes() - how many there are
 * @damos:	the schemes
 */
u32 damos_nr_schemes(const struct damos *damos)
{
	return damos->nr_schemes;
}

/**
 * damos_scheme_at() - one of the schemes
 * @damos:	the schemes
 * @index:	in the user's order
 */
const struct damos_scheme *damos_scheme_at(const struct damos *damos, u32 index)
{
	return &damos->schemes[index];
}

/* What the core calls. */

static u64 actor_rest_us(void *data)
{
	return damos_rest_us(data);
}

/*
 * Before a window is complete nothing is known: memory would look idle that no
 * sample has met yet.
 */
static bool is_due(struct damos_scheme *s, const struct damon_ctx *ctx, u64 now_ns,
		   bool complete)
{
	u64 apply_ns = s->conf.apply_us * NSEC_PER_USEC;

	if (!s->active || !ctx->stats.nr_windows)
		return false;
	if (s->conf.max_nr_snapshots && s->stats.nr_snapshots >= s->conf.max_nr_snapshots)
		return false;
	if (!apply_ns)
		return complete;
	if (now_ns < s->next_ns)
		return false;
	/* In step, but what was missed is not made up for. */
	s->next_ns += apply_ns;
	if (s->next_ns <= now_ns)
		s->next_ns = now_ns + apply_ns;
	return true;
}

static bool actor_due(void *data, const struct damon_ctx *ctx, u64 now_ns, bool complete)
{
	struct damos *damos = data;
	bool any = false;
	u32 i;

	for (i = 0; i < damos->nr_schemes; i++) {
		struct damos_scheme *s = &damos->schemes[i];

		s->turn.due = is_due(s, ctx, now_ns, complete);
		any |= s->turn.due;
	}
	return any;
}

static void actor_act(void *data, struct damon_ctx *ctx, u64 now_ns)
{
	damos_apply(data, ctx, now_ns);
}

static void actor_begin(void *data, u64 now_ns)
{
	struct damos *damos = data;
	u32 i;

	for (i = 0; i < damos->nr_schemes; i++) {
		struct damos_scheme *s = &damos->schemes[i];

		s->next_ns = now_ns + s->conf.apply_us * NSEC_PER_USEC;
		damos_tell(damos, i);
	}
}

static bool same_pattern(const struct damos_pattern *a, const struct damos_pattern *b)
{
	return a->min_sz == b->min_sz && a->max_sz == b->max_sz &&
	       a->min_accesses == b->min_accesses && a->max_accesses == b->max_accesses &&
	       a->min_age == b->min_age && a->max_age == b->max_age &&
	       a->accesses_in_bp == b->accesses_in_bp && a->age_in_us == b->age_in_us;
}

/* Is @b @a, perhaps with other limits and goals? */
static bool same_scheme(const struct damos_conf *a, const struct damos_conf *b)
{
	return a->action == b->action && same_pattern(&a->pattern, &b->pattern) &&
	       a->nr_region_filters == b->nr_region_filters &&
	       a->nr_page_filters == b->nr_page_filters &&
	       a->nr_dests == b->nr_dests && a->node == b->node;
}

static bool same_marks(const struct damos_watermarks *a, const struct damos_watermarks *b)
{
	return a->used == b->used && a->metric == b->metric &&
	       a->interval_us == b->interval_us && a->high == b->high &&
	       a->mid == b->mid && a->low == b->low;
}

static void take_goals(struct damos_scheme *s, const struct damos_scheme *old)
{
	const struct damos_quota *new = &s->conf.quota, *was = &old->conf.quota;
	u32 i;

	for (i = 0; i < min(new->nr_goals, was->nr_goals); i++) {
		if (new->goals[i].metric == was->goals[i].metric &&
		    new->goals[i].node == was->goals[i].node &&
		    new->goals[i].memcg == was->goals[i].memcg)
			s->readings[i] = old->readings[i];
	}
}

/* Where @from of @old is in @ctx; nowhere if its target is not there. */
static struct damos_place take_place(const struct damos_place *from, const struct damon_ctx *ctx,
				     const struct damon_ctx *old)
{
	struct damos_place place = *from;
	u32 i;

	place.set = false;
	if (!from->set || ctx->ops != old->ops)
		return place;
	for (i = 0; i < ctx->nr_targets; i++) {
		if (ctx->targets[i].key != old->targets[from->target].key)
			continue;
		place.set = true;
		place.target = i;
		break;
	}
	return place;
}

static void take(struct damos_scheme *s, const struct damon_ctx *ctx,
		 const struct damos_scheme *old, const struct damon_ctx *old_ctx)
{
	const struct damos_quota *new = &s->conf.quota, *was = &old->conf.quota;

	s->stats = old->stats;
	s->charge = old->charge;
	/* What is charged stays charged; what it is measured by may be another. */
	s->charge.stale = true;
	if (new->tuner != was->tuner || !new->nr_goals || !was->nr_goals) {
		s->charge.tuned_bp = 0;
		s->charge.untuned = true;
	}
	take_goals(s, old);
	if (same_marks(&s->conf.watermarks, &old->conf.watermarks))
		s->active = old->active;
	if (s->conf.apply_us == old->conf.apply_us)
		s->next_ns = old->next_ns;
	s->from = take_place(&old->from, ctx, old_ctx);
}

/* The index of the old scheme that @s goes on with; @damos.nr_schemes for none. */
static u32 predecessor(const struct damos_scheme *s, u32 index, const struct damos *old,
		       u64 taken, bool exact)
{
	u32 i;

	for (i = 0; exact && i < old->nr_schemes; i++) {
		if (!(taken >> i & 1) && same_scheme(&s->conf, &old->schemes[i].conf))
			return i;
	}
	if (!exact && index < old->nr_schemes && !(taken >> index & 1) &&
	    s->conf.action == old->schemes[index].conf.action)
		return index;
	return old->nr_schemes;
}

/*
 * First those that are the same but for their limits, in whatever place; then
 * those that do the same in the same place.
 */
static void actor_adopt(void *data, const struct damon_ctx *ctx, const struct damon_ctx *old_ctx)
{
	const struct damos *old = old_ctx->actor_data;
	struct damos *damos = data;
	u64 taken = 0, done = 0;
	int exact;
	u32 i;

	for (exact = 1; exact >= 0; exact--) {
		for (i = 0; i < damos->nr_schemes; i++) {
			struct damos_scheme *s = &damos->schemes[i];
			u32 from = predecessor(s, i, old, taken, exact);

			if (done >> i & 1 || from == old->nr_schemes)
				continue;
			take(s, ctx, &old->schemes[from], old_ctx);
			taken |= 1ULL << from;
			done |= 1ULL << i;
			damos_tell(damos, i);
		}
	}
}

static void actor_destroy(void *data)
{
	damos_destroy(data);
}

/* For contexts whose actor_data is from damos_create(). */
const struct damon_actor damos_actor = {
	.rest_us = actor_rest_us,
	.due = actor_due,
	.act = actor_act,
	.begin = actor_begin,
	.adopt = actor_adopt,
	.destroy = actor_destroy,
};
