// SPDX-License-Identifier: GPL-2.0
/*
 * Snapshots: the last complete window, handed from the worker to readers
 * without either waiting for the other.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/refcount.h>
#include <linux/uaccess.h>

#include "abi/abi.h"

/* One published, one pinned by readers, one to be filled. */
#define DAMON_NR_RESULTS	3

/**
 * struct damon_results - the buffers for finished windows
 * @refs:	one for damon_view.writing, one for damon_view.published and one
 *		for damon_view.pinned where they point here
 * @capacity:	regions for which each has room; constant
 * @results:	the buffers, see struct damon_result
 * @regions:	their regions; the pointer is constant
 * @hits:	their hits; constant pointer, NULL without probes
 *
 * Freed with the last reference, by the worker or by a reader.
 */
struct damon_results {
	refcount_t refs;
	u32 capacity;
	struct damon_result results[DAMON_NR_RESULTS];
	struct damon_region_info *regions;
	struct damon_hits_info *hits;
};

/**
 * damon_results_create() - buffers for windows of up to @capacity regions
 * @capacity:	at least 1
 * @has_hits:	with what probes find in them
 *
 * Return: the buffers with one reference, or NULL without memory.
 */
struct damon_results *damon_results_create(u32 capacity, bool has_hits)
{
	const size_t room = DAMON_NR_RESULTS * (size_t)capacity;
	struct damon_results *set = damon_zalloc(1, sizeof(*set));
	unsigned int i;

	if (!set)
		return NULL;
	set->regions = damon_zalloc(room, sizeof(*set->regions));
	if (!set->regions)
		goto err_set;
	if (has_hits) {
		set->hits = damon_zalloc(room, sizeof(*set->hits));
		if (!set->hits)
			goto err_regions;
	}
	refcount_set(&set->refs, 1);
	set->capacity = capacity;
	for (i = 0; i < DAMON_NR_RESULTS; i++) {
		set->results[i].set = set;
		set->results[i].regions = set->regions + i * (size_t)capacity;
		if (has_hits)
			set->results[i].hits = set->hits + i * (size_t)capacity;
	}
	return set;

err_regions:
	damon_free(set->regions);
err_set:
	damon_free(set);
	return NULL;
}

/**
 * damon_results_put() - give up a reference
 * @set:	may be NULL
 *
 * May sleep.
 */
void damon_results_put(struct damon_results *set)
{
	if (!set || !refcount_dec_and_test(&set->refs))
		return;
	damon_free(set->hits);
	damon_free(set->regions);
	damon_free(set);
}

/**
 * damon_view_init() - nothing to be seen yet
 * @view:	the view
 */
void damon_view_init(struct damon_view *view)
{
	mutex_init(&view->read_lock);
	spin_lock_init(&view->lock);
}

/**
 * damon_view_destroy() - free what there was to be seen
 * @view:	the view; neither a worker nor readers use it any more
 */
void damon_view_destroy(struct damon_view *view)
{
	if (view->pinned)
		damon_results_put(view->pinned->set);
	if (view->published)
		damon_results_put(view->published->set);
	damon_results_put(view->writing);
	mutex_destroy(&view->read_lock);
}

/**
 * damon_view_switch() - use other buffers from the next window on
 * @view:	the view
 * @next:	the buffers; the reference passes to @view
 *
 * Called by the owner of the session's context.  What is published stays
 * readable until the next window.
 *
 * Return: the buffers used so far, or NULL, with a reference for the caller.
 */
struct damon_results *damon_view_switch(struct damon_view *view,
					struct damon_results *next)
{
	struct damon_results *old = view->writing;

	view->writing = next;
	return old;
}

/*
 * A buffer that no reader can see, nor get to see before it is published: a
 * reader pins only what is published.
 */
static struct damon_result *damon_view_free_result(struct damon_view *view)
{
	struct damon_result *r = view->writing->results;

	spin_lock(&view->lock);
	while (r == view->published || r == view->pinned)
		r++;
	spin_unlock(&view->lock);
	return r;
}

/**
 * damon_view_publish() - make a window the newest one
 * @view:	the view
 * @window:	the window; not more regions than the buffers have room for
 * @seq:	its number
 *
 * Called by the worker.  Never waits for readers.
 *
 * Return: what was published.  It stays as it is until the next call.
 */
const struct damon_result *damon_view_publish(struct damon_view *view,
					      const struct damon_window *window,
					      u64 seq)
{
	struct damon_result *old, *r = damon_view_free_result(view);
	u32 i;

	r->nr_regions = min(window->nr_regions, r->set->capacity);
	for (i = 0; i < r->nr_regions; i++) {
		const struct damon_region *from = &window->regions[i];
		struct damon_region_info *to = &r->regions[i];

		to->start = from->start;
		to->end = from->end;
		to->nr_accesses = from->nr_accesses;
		to->age = from->age;
		to->target = from->target;
		to->pid = window->targets[from->target].id;
		if (r->hits && window->hits)
			memcpy(r->hits[i].hits, window->hits[i].now,
			       sizeof(r->hits[i].hits));
	}
	r->seq = seq;
	r->start_ns = window->start_ns;
	r->end_ns = window->end_ns;
	r->sample_us = window->sample_us;
	r->aggr_us = window->aggr_us;
	r->max_nr_accesses = window->max_nr_accesses;
	r->nr_targets = window->nr_targets;
	r->nr_probes = window->nr_probes;

	refcount_inc(&r->set->refs);
	spin_lock(&view->lock);
	old = view->published;
	view->published = r;
	spin_unlock(&view->lock);
	if (old)
		damon_results_put(old->set);
	return r;
}

/**
 * damon_view_nr_regions() - regions of the newest window
 * @view:	the view
 *
 * Return: how many, 0 if there is no window yet.
 */
u32 damon_view_nr_regions(struct damon_view *view)
{
	u32 nr = 0;

	spin_lock(&view->lock);
	if (view->published)
		nr = view->published->nr_regions;
	spin_unlock(&view->lock);
	return nr;
}

/* Pins the newest window in place of the one pinned; @read_lock is held. */
static const struct damon_result *damon_view_pin(struct damon_view *view)
{
	struct damon_result *old = view->pinned, *r;

	spin_lock(&view->lock);
	r = view->published;
	if (r)
		refcount_inc(&r->set->refs);
	view->pinned = r;
	spin_unlock(&view->lock);
	if (old)
		damon_results_put(old->set);
	return r;
}

static int damon_regions_to_user(struct damon_request *req,
				 const struct damon_snapshot *snap,
				 const struct damon_result *r, u32 first)
{
	int err;

	err = damon_elements_to_user(snap->regions, snap->region_size,
				     r->regions + first, sizeof(*r->regions),
				     snap->nr_regions);
	if (err)
		return damon_request_fail(req, err,
					  "regions: not all %u of them can be written there",
					  snap->nr_regions);
	if (!snap->hits)
		return 0;
	if (r->hits)
		err = damon_elements_to_user(snap->hits, snap->hit_size, r->hits + first,
					     sizeof(*r->hits), snap->nr_regions);
	else if (clear_user(u64_to_user_ptr(snap->hits),
			    (size_t)snap->nr_regions * snap->hit_size))
		err = -EFAULT;
	if (err)
		return damon_request_fail(req, err,
					  "hits: not all %u of them can be written there",
					  snap->nr_regions);
	return 0;
}

static void damon_snapshot_status(struct damon_snapshot *snap,
				  struct damon_session *s)
{
	const struct damon_status *status = &s->status;

	snap->nr_ticks = atomic64_read(&status->nr_ticks);
	snap->nr_checks = atomic64_read(&status->nr_checks);
	snap->nr_missed = atomic64_read(&status->nr_missed);
	snap->nr_left_out = READ_ONCE(status->nr_left_out);
	snap->nr_lost = damon_ring_nr_lost(&s->ring);
}

/* Fills @snap from @r, which is NULL if there is no window. */
static void damon_snapshot_fill(struct damon_snapshot *snap,
				const struct damon_result *r)
{
	static const struct damon_result none;

	if (!r)
		r = &none;
	snap->seq = r->seq;
	snap->total = r->nr_regions;
	snap->start_ns = r->start_ns;
	snap->end_ns = r->end_ns;
	snap->sample_us = r->sample_us;
	snap->aggr_us = r->aggr_us;
	snap->max_nr_accesses = r->max_nr_accesses;
	snap->nr_targets = r->nr_targets;
	snap->nr_probes = r->nr_probes;
}

/* With damon_view.read_lock held, which keeps the pinned window. */
static int damon_snapshot_read(struct damon_session *s, struct damon_request *req,
			       struct damon_snapshot *snap)
{
	const struct damon_result *r;
	u32 room = snap->nr_regions;
	u32 first = 0;
	int err;

	/* Before the window: with ENDED comes what the worker left last. */
	snap->state = damon_state(s);
	damon_snapshot_status(snap, s);

	if (!snap->first) {
		r = damon_view_pin(&s->view);
	} else {
		r = s->view.pinned;
		if (!r || r->seq != snap->seq)
			return damon_request_fail(req, -ESTALE,
						  "snapshot %llu is no longer kept: begin again with first = 0",
						  snap->seq);
		if (snap->first > r->nr_regions)
			return damon_request_fail(req, -EINVAL,
						  "first is %u: snapshot %llu has %u regions",
						  snap->first, r->seq, r->nr_regions);
		/* Behind the last one is a good place too. */
		first = array_index_nospec(snap->first, r->nr_regions + 1);
	}

	damon_snapshot_fill(snap, r);
	snap->nr_regions = min(room, snap->total - first);
	if (snap->nr_regions) {
		err = damon_regions_to_user(req, snap, r, first);
		if (err)
			return err;
	}
	err = damon_request_put(req, snap, sizeof(*snap));
	if (err)
		return err;
	if (!r)
		return damon_request_fail(req, -ENODATA,
					  "no window is complete yet");
	return 0;
}

static int damon_snapshot_check(struct damon_request *req,
				const struct damon_snapshot *snap)
{
	int err;

	if (snap->flags)
		return damon_request_fail(req, -EINVAL,
					  "flags is 0x%x: none are defined",
					  snap->flags);
	if (snap->reserved)
		return damon_request_fail(req, -EINVAL,
					  "reserved is 0x%x: it must be 0",
					  snap->reserved);
	err = damon_elements_check(req, "region_size", snap->region_size,
				   sizeof(struct damon_region_info));
	if (!err && snap->hits)
		err = damon_elements_check(req, "hit_size", snap->hit_size,
					   sizeof(struct damon_hits_info));
	return err;
}

/**
 * damon_ioctl_snapshot() - DAMON_IOC_SNAPSHOT
 * @s:		the session
 * @arg:	the caller's struct damon_snapshot
 *
 * Return: 0 or a negative errno.
 */
long damon_ioctl_snapshot(struct damon_session *s, void __user *arg)
{
	struct damon_snapshot snap;
	struct damon_request req;
	int ret;

	ret = damon_request_get(&req, arg, &snap, sizeof(snap), sizeof(snap));
	if (ret)
		goto out;
	snap.size = req.size;
	ret = damon_snapshot_check(&req, &snap);
	if (ret)
		goto out;

	/* Held up only by other readers of this session. */
	if (mutex_lock_interruptible(&s->view.read_lock)) {
		ret = -ERESTARTSYS;
		goto out;
	}
	ret = damon_snapshot_read(s, &req, &snap);
	mutex_unlock(&s->view.read_lock);
out:
	return damon_request_end(&req, ret);
}
