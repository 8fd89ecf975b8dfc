// SPDX-License-Identifier: GPL-2.0
/*
 * Regions that schemes were applied to, as directories.
 */
#include <linux/math64.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>

#include "sysfs/kdamond.h"
#include "sysfs/kinds.h"

/**
 * struct progress - how far a scheme is
 * @active:	watermarks have it in force
 * @nr_snapshots: applications
 */
struct progress {
	bool active;
	u64 nr_snapshots;
};

static void read_progress(void *data, const struct damon_seen_scheme *seen)
{
	struct progress *progress = data;

	progress->active = seen->info->active;
	progress->nr_snapshots = seen->info->nr_snapshots;
}

/* What a scheme did before this configuration says nothing of it. */
static bool is_applied(struct damon_kdamond *k, u32 index)
{
	struct damon_scheme_seen seen;
	struct progress progress;

	if (damon_seen_read(&k->schemes, index, read_progress, &progress))
		return true;
	spin_lock(&k->lock);
	seen = k->seen[index];
	spin_unlock(&k->lock);
	if (progress.nr_snapshots != seen.nr_snapshots)
		return true;
	/* One that will not be is not waited for. */
	return !progress.active || (seen.max_nr_snapshots &&
				    progress.nr_snapshots >= seen.max_nr_snapshots);
}

static bool all_applied(struct damon_kdamond *k, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		if (!is_applied(k, i))
			return false;
	}
	return true;
}

/* Is it still the configuration that was taken then? */
static bool is_taken(struct damon_kdamond *k, u32 taken)
{
	bool is;

	spin_lock(&k->lock);
	is = k->nr_taken == taken;
	spin_unlock(&k->lock);
	return is;
}

/*
 * Waits until each scheme of the configuration at hand was applied once, which is @taken
 * then.  Without any lock: it can take as long as it is for the schemes to be applied.
 */
static int wait_for_schemes(struct damon_kdamond *k, u32 *taken)
{
	u32 rounds, nr;
	bool paused;
	int err = 0;

	while (!err) {
		/* Pairs with something_done(): what was done in that round is seen. */
		rounds = smp_load_acquire(&k->nr_rounds);
		if (!damon_monitor_is_live(&k->monitor))
			return -ECANCELED;
		spin_lock(&k->lock);
		nr = k->nr_seen;
		paused = k->paused;
		*taken = k->nr_taken;
		spin_unlock(&k->lock);
		if (!nr || paused)
			return -ECANCELED;
		/* While another one is taken nothing can be said of either. */
		if (!(*taken & 1) && all_applied(k, nr) && is_taken(k, *taken))
			return 0;
		err = wait_event_interruptible(k->wait, READ_ONCE(k->nr_rounds) != rounds ||
					       !damon_monitor_is_live(&k->monitor));
	}
	return err;
}

/**
 * struct filling - directories on their way
 * @k:		whose regions they are
 * @dir:	where; its lock is held
 * @unit:	bytes that an address stands for
 * @nr_probes:	how many there are
 * @with_regions: directories of regions are wanted
 * @err:	out
 */
struct filling {
	const struct damon_kdamond *k;
	struct damon_node *dir;
	u64 unit;
	u32 nr_probes;
	bool with_regions;
	int err;
};

/* One region, and what probes have found there. */
static int add_region(struct filling *f, const struct damon_tried_info *tried, const u32 *hits)
{
	const u64 values[NR_DAMON_TRIED] = {
		[DAMON_TRIED_START] = tried->start,
		[DAMON_TRIED_END] = tried->end,
		[DAMON_TRIED_NR_ACCESSES] = tried->nr_accesses,
		[DAMON_TRIED_AGE] = tried->age,
		[DAMON_TRIED_SZ_FILTER_PASSED] = div64_u64(tried->passed, f->unit),
	};
	struct damon_node *probes;
	u32 i;
	int err;

	if (fatal_signal_pending(current))
		return -EINTR;
	if (READ_ONCE(f->k->shut))
		return -ECANCELED;
	err = damon_node_add(f->dir, values);
	if (err || !f->nr_probes)
		return err;
	probes = damon_node_dir(f->dir->children[f->dir->nr_children - 1], DAMON_TRIED_PROBES);
	mutex_lock(&probes->lock);
	for (i = 0; !err && i < f->nr_probes; i++) {
		const u64 value = hits[i];

		err = damon_node_add(probes, &value);
	}
	mutex_unlock(&probes->lock);
	return err;
}

static void fill(void *data, const struct damon_seen_scheme *seen)
{
	struct filling *f = data;
	u32 i;

	damon_set_value(f->dir, DAMON_TRIED_TOTAL_BYTES,
			div64_u64(seen->info->last_sz_tried, f->unit));
	if (!f->with_regions)
		return;
	for (i = 0; !f->err && i < seen->info->nr_kept; i++)
		f->err = add_region(f, &seen->tried[i], seen->hits[i]);
}

/**
 * enum tried_what - what is done to the directories of tried regions
 * @TRIED_CLEAR:	remove them
 * @TRIED_BYTES:	and tell how much they are
 * @TRIED_REGIONS:	and make those of the last application
 */
enum tried_what {
	TRIED_CLEAR,
	TRIED_BYTES,
	TRIED_REGIONS,
};

static int change_one(struct damon_kdamond *k, struct damon_node *scheme, enum tried_what what)
{
	struct filling f = {
		.k = k,
		.dir = damon_node_dir(scheme, DAMON_SCHEME_TRIED_REGIONS),
		.with_regions = what == TRIED_REGIONS,
	};

	spin_lock(&k->lock);
	f.unit = k->unit;
	f.nr_probes = k->nr_probes;
	spin_unlock(&k->lock);
	mutex_lock(&f.dir->lock);
	damon_node_clear(f.dir);
	damon_set_value(f.dir, DAMON_TRIED_TOTAL_BYTES, 0);
	if (what != TRIED_CLEAR)
		damon_seen_read(&k->schemes, scheme->index, fill, &f);
	if (f.err)
		damon_node_clear(f.dir);
	mutex_unlock(&f.dir->lock);
	return f.err;
}

static int change_all(struct damon_node *kdamond, enum tried_what what)
{
	struct damon_node *contexts = damon_node_dir(kdamond, DAMON_KDAMOND_CONTEXTS);
	struct damon_node *schemes;
	int err = 0;
	u32 i;

	if (mutex_lock_interruptible(&contexts->lock))
		return -ERESTARTSYS;
	if (!contexts->nr_children)
		goto unlock;
	schemes = damon_node_dir(contexts->children[0], DAMON_CONTEXT_SCHEMES);
	if (mutex_lock_interruptible(&schemes->lock)) {
		err = -ERESTARTSYS;
		goto unlock;
	}
	for (i = 0; !err && i < schemes->nr_children; i++)
		err = change_one(kdamond->data, schemes->children[i], what);
	mutex_unlock(&schemes->lock);
unlock:
	mutex_unlock(&contexts->lock);
	return err;
}

/**
 * damon_tried_update() - show what schemes were applied to last
 * @kdamond:	the kdamond directory
 * @with_regions: show each region, not only how much it is together
 *
 * Waits until each of them was applied since the last commit.
 *
 * Return: 0; -EINVAL if nothing runs; -ECANCELED if it ends meanwhile, has no schemes or
 * is a pause; -ERESTARTSYS, -EINTR or -ENOMEM.
 */
int damon_tried_update(struct damon_node *kdamond, bool with_regions)
{
	struct damon_kdamond *k = kdamond->data;
	u32 taken;
	int err;

	if (!damon_monitor_is_live(&k->monitor))
		return -EINVAL;
	do {
		err = wait_for_schemes(k, &taken);
		if (!err)
			err = change_all(kdamond, with_regions ? TRIED_REGIONS : TRIED_BYTES);
		/* What a commit meanwhile has left of it is of neither. */
	} while (!err && !is_taken(k, taken));
	return err;
}

/**
 * damon_tried_clear() - remove the directories of tried regions
 * @kdamond:	the kdamond directory
 *
 * Return: 0 or -ERESTARTSYS.
 */
int damon_tried_clear(struct damon_node *kdamond)
{
	return change_all(kdamond, TRIED_CLEAR);
}
