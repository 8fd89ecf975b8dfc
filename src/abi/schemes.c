// SPDX-License-Identifier: GPL-2.0
/*
 * What schemes have done, handed from the worker to readers without either waiting
 * for the other.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/refcount.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "abi/abi.h"
#include "abi/events.h"

/* One published, one pinned by a reader, one to be filled. */
#define NR_STATES	3

/**
 * struct state - what a scheme has done, at some time
 * @info:	what DAMON_IOC_SCHEME tells; only what is out
 * @goals:	its goals
 * @tried:	room for its tried regions, @info.nr_kept of them are there
 * @hits:	for each of @tried what probes have found, by probe
 * @room:	how many fit there; constant
 */
struct state {
	struct damon_scheme info;
	struct damon_goal_info goals[DAMOS_MAX_GOALS];
	struct damon_tried_info *tried;
	u32 (*hits)[DAMON_MAX_PROBES];
	u32 room;
};

/**
 * struct seen_scheme - what a scheme has done
 * @states:	buffers
 * @published:	the one to be read
 * @pinned:	the one that is being read, or NR_STATES
 */
struct seen_scheme {
	struct state states[NR_STATES];
	u32 published;
	u32 pinned;
};

/**
 * struct damon_seen - what the schemes of a configuration have done
 * @refs:	one of the session, one of a reader
 * @lock:	protects all @published and @pinned.  A leaf
 * @ctx_id:	number of the session in trace events
 * @nr:		how many schemes
 * @schemes:	the schemes
 *
 * Written by the owner of the context.  Freed with the last reference, not before
 * that context.
 */
struct damon_seen {
	refcount_t refs;
	spinlock_t lock;
	u32 ctx_id;
	u32 nr;
	struct seen_scheme schemes[];
};

/**
 * damon_seen_put() - give up a reference
 * @seen:	may be NULL
 *
 * May sleep.
 */
void damon_seen_put(struct damon_seen *seen)
{
	u32 i;

	if (!seen || !refcount_dec_and_test(&seen->refs))
		return;
	for (i = 0; i < seen->nr; i++) {
		damon_free(seen->schemes[i].states[0].hits);
		damon_free(seen->schemes[i].states[0].tried);
	}
	damon_free(seen);
}

/* Of one scheme, for @room tried regions in each of its states. */
static bool make_room(struct seen_scheme *scheme, u32 room)
{
	struct state *states = scheme->states;
	u32 i;

	if (!room)
		return true;
	states[0].tried = damon_zalloc(NR_STATES * (size_t)room, sizeof(*states->tried));
	states[0].hits = damon_zalloc(NR_STATES * (size_t)room, sizeof(*states->hits));
	if (!states[0].tried || !states[0].hits)
		return false;
	for (i = 0; i < NR_STATES; i++) {
		states[i].tried = states[0].tried + i * (size_t)room;
		states[i].hits = states[0].hits + i * (size_t)room;
		states[i].room = room;
	}
	return true;
}

/**
 * damon_seen_create() - room for what schemes will have done
 * @confs:	the schemes
 * @nr:		how many, 0 is allowed
 * @ctx_id:	number of their session in trace events
 *
 * Return: the room with one reference, or NULL without memory.
 */
struct damon_seen *damon_seen_create(const struct damos_conf *confs, u32 nr, u32 ctx_id)
{
	struct damon_seen *seen;
	u32 i;

	seen = damon_zalloc(1, struct_size(seen, schemes, nr));
	if (!seen)
		return NULL;
	refcount_set(&seen->refs, 1);
	spin_lock_init(&seen->lock);
	seen->ctx_id = ctx_id;
	for (i = 0; i < nr; i++) {
		struct seen_scheme *scheme = &seen->schemes[i];

		seen->nr++;
		scheme->pinned = NR_STATES;
		if (!make_room(scheme, confs[i].max_tried)) {
			damon_seen_put(seen);
			return NULL;
		}
	}
	return seen;
}

static void fill(struct state *to, const struct damos_scheme *s)
{
	const struct damos_stats *stats = &s->stats;
	u32 i;

	to->info = (struct damon_scheme) {
		.nr_goals = s->conf.quota.nr_goals,
		.nr_tried = stats->nr_tried,
		.sz_tried = stats->sz_tried,
		.nr_applied = stats->nr_applied,
		.sz_applied = stats->sz_applied,
		.sz_passed = stats->sz_passed,
		.qt_exceeds = stats->qt_exceeds,
		.nr_snapshots = stats->nr_snapshots,
		.cpu_ns = stats->cpu_ns,
		.effective_quota = s->charge.effective,
		.charged = s->charge.bytes,
		.last_nr_tried = s->nr_tried_all,
		.last_sz_tried = s->sz_tried,
		.active = s->active,
		.nr_kept = min(s->nr_tried, to->room),
	};
	for (i = 0; i < s->conf.quota.nr_goals; i++) {
		to->goals[i].value = s->readings[i].value;
		to->goals[i].known = s->readings[i].known;
	}
	for (i = 0; i < to->info.nr_kept; i++) {
		to->tried[i].start = s->tried[i].start;
		to->tried[i].end = s->tried[i].end;
		to->tried[i].passed = s->tried[i].passed;
		to->tried[i].nr_accesses = s->tried[i].nr_accesses;
		to->tried[i].age = s->tried[i].age;
		to->tried[i].target = s->tried[i].target;
		memcpy(to->hits[i], s->tried[i].hits, sizeof(to->hits[i]));
	}
}

/* By the owner of the context.  Never waits for readers. */
static void seen_changed(void *data, u32 index, const struct damos_scheme *s)
{
	struct damon_seen *seen = data;
	struct seen_scheme *scheme = &seen->schemes[index];
	u32 at = 0;

	/* A reader pins only what is published: this one stays ours. */
	spin_lock(&seen->lock);
	while (at == scheme->published || at == scheme->pinned)
		at++;
	spin_unlock(&seen->lock);
	fill(&scheme->states[at], s);
	spin_lock(&seen->lock);
	scheme->published = at;
	spin_unlock(&seen->lock);
}

/* For tracers. */

static void seen_trying(void *data, u32 index, const struct damon_ctx *ctx,
			const struct damon_region *part)
{
	const struct damon_seen *seen = data;

	damon_events_before_apply(seen->ctx_id, index, ctx, part);
}

static void seen_quota(void *data, u32 index, u64 effective)
{
	const struct damon_seen *seen = data;

	damon_events_quota(seen->ctx_id, index, effective);
}

static void seen_applied(void *data, u32 index, const struct damos_stats *stats)
{
	const struct damon_seen *seen = data;

	damon_events_applied(seen->ctx_id, index, stats);
}

/* For schemes whose sink data is a struct damon_seen. */
const struct damos_sink damon_seen_sink = {
	.changed = seen_changed,
	.trying = seen_trying,
	.quota = seen_quota,
	.applied = seen_applied,
};

/* Readers of one session come one at a time. */
static const struct state *pin(struct damon_seen *seen, struct seen_scheme *scheme)
{
	spin_lock(&seen->lock);
	scheme->pinned = scheme->published;
	spin_unlock(&seen->lock);
	return &scheme->states[scheme->pinned];
}

static void unpin(struct damon_seen *seen, struct seen_scheme *scheme)
{
	spin_lock(&seen->lock);
	scheme->pinned = NR_STATES;
	spin_unlock(&seen->lock);
}

/**
 * damon_seen_init() - nothing to be seen yet
 * @view:	the view
 */
void damon_seen_init(struct damon_seen_view *view)
{
	mutex_init(&view->read_lock);
	spin_lock_init(&view->lock);
}

/**
 * damon_seen_destroy() - free what there was to be seen
 * @view:	the view; neither a worker nor readers use it any more
 */
void damon_seen_destroy(struct damon_seen_view *view)
{
	damon_seen_put(view->seen);
	mutex_destroy(&view->read_lock);
}

/**
 * damon_seen_switch() - show the schemes of another configuration
 * @view:	the view
 * @next:	theirs; the reference passes to @view
 *
 * By the owner of the context.
 *
 * Return: what was shown so far, or NULL; the reference passes to the caller, who
 * keeps it as long as the old context is there.
 */
struct damon_seen *damon_seen_switch(struct damon_seen_view *view, struct damon_seen *next)
{
	struct damon_seen *old;

	spin_lock(&view->lock);
	old = view->seen;
	view->seen = next;
	spin_unlock(&view->lock);
	return old;
}

static struct damon_seen *get(struct damon_seen_view *view)
{
	struct damon_seen *seen;

	spin_lock(&view->lock);
	seen = view->seen;
	if (seen)
		refcount_inc(&seen->refs);
	spin_unlock(&view->lock);
	return seen;
}

/**
 * damon_seen_read() - look at what a scheme has done
 * @view:	the view
 * @index:	the scheme's
 * @fn:		who looks; may sleep, but holds up other readers
 * @data:	for @fn
 *
 * Never waits for the worker.  Takes damon_seen_view.read_lock.
 *
 * Return: 0, or -ENOENT if there is no such scheme.
 */
int damon_seen_read(struct damon_seen_view *view, u32 index, damon_seen_fn fn, void *data)
{
	struct damon_seen *seen;
	int err = -ENOENT;

	mutex_lock(&view->read_lock);
	seen = get(view);
	if (seen && index < seen->nr) {
		const struct state *state = pin(seen, &seen->schemes[index]);
		const struct damon_seen_scheme scheme = {
			.info = &state->info,
			.goals = state->goals,
			.tried = state->tried,
			.hits = (const u32 (*)[DAMON_MAX_PROBES])state->hits,
		};

		fn(data, &scheme);
		unpin(seen, &seen->schemes[index]);
		err = 0;
	}
	mutex_unlock(&view->read_lock);
	damon_seen_put(seen);
	return err;
}

/* What the caller asks for, which stays in place, and what is told. */
static int to_user(struct damon_request *req, const struct damon_scheme *asked,
		   const struct state *state)
{
	struct damon_scheme out = state->info;
	u32 nr_goals = min(asked->nr_goals, out.nr_goals);
	int err = 0;

	out.size = asked->size;
	out.msg = asked->msg;
	out.msg_len = asked->msg_len;
	out.scheme = asked->scheme;
	out.goals = asked->goals;
	out.goal_size = asked->goal_size;
	out.tried = asked->tried;
	out.tried_size = asked->tried_size;
	out.nr_tried_regions = min(asked->nr_tried_regions, out.nr_kept);
	if (nr_goals)
		err = damon_elements_to_user(asked->goals, asked->goal_size, state->goals,
					     sizeof(*state->goals), nr_goals);
	if (err)
		return damon_request_fail(req, err,
					  "goals: not all %u of them can be written there",
					  nr_goals);
	if (out.nr_tried_regions)
		err = damon_elements_to_user(asked->tried, asked->tried_size, state->tried,
					     sizeof(*state->tried), out.nr_tried_regions);
	if (err)
		return damon_request_fail(req, err,
					  "tried: not all %u regions can be written there",
					  out.nr_tried_regions);
	return damon_request_put(req, &out, sizeof(out));
}

/* With damon_seen_view.read_lock held. */
static int read_scheme(struct damon_session *s, struct damon_request *req,
		       const struct damon_scheme *asked)
{
	struct damon_seen *seen = get(&s->schemes);
	u32 nr = seen ? seen->nr : 0;
	struct seen_scheme *scheme;
	int err;

	if (asked->scheme >= nr) {
		err = damon_request_fail(req, -EINVAL,
					 "scheme is %u: %u of them are committed",
					 asked->scheme, nr);
		goto out;
	}
	scheme = &seen->schemes[array_index_nospec(asked->scheme, nr)];
	err = to_user(req, asked, pin(seen, scheme));
	unpin(seen, scheme);
out:
	damon_seen_put(seen);
	return err;
}

static int check_asked(struct damon_request *req, const struct damon_scheme *asked)
{
	int err = 0;

	if (asked->flags)
		return damon_request_fail(req, -EINVAL, "flags is 0x%x: none are defined",
					  asked->flags);
	if (asked->nr_goals)
		err = damon_elements_check(req, "goal_size", asked->goal_size,
					   sizeof(struct damon_goal_info));
	if (!err && asked->nr_tried_regions)
		err = damon_elements_check(req, "tried_size", asked->tried_size,
					   sizeof(struct damon_tried_info));
	return err;
}

/**
 * damon_ioctl_scheme() - DAMON_IOC_SCHEME
 * @s:		the session
 * @arg:	the caller's struct damon_scheme
 *
 * Return: 0 or a negative errno.
 */
long damon_ioctl_scheme(struct damon_session *s, void __user *arg)
{
	struct damon_scheme asked;
	struct damon_request req;
	int ret;

	ret = damon_request_get(&req, arg, &asked, sizeof(asked), sizeof(asked));
	if (ret)
		goto out;
	asked.size = req.size;
	ret = check_asked(&req, &asked);
	if (ret)
		goto out;

	/* Held up only by other readers of this session. */
	if (mutex_lock_interruptible(&s->schemes.read_lock)) {
		ret = -ERESTARTSYS;
		goto out;
	}
	ret = read_scheme(s, &req, &asked);
	mutex_unlock(&s->schemes.read_lock);
out:
	return damon_request_end(&req, ret);
}
