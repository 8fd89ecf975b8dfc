// SPDX-License-Identifier: GPL-2.0
/*
 * Operations sets by name: our own, and those that other modules register.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "api/api.h"
#include "kernel/memory.h"
#include "kernel/rmap.h"
#include "ops/paddr.h"
#include "ops/vaddr.h"

/* Ranges are told right into what the core uses. */
static_assert(sizeof(struct damonx_range) == sizeof(struct damon_range));
static_assert(offsetof(struct damonx_range, start) == offsetof(struct damon_range, start));
static_assert(offsetof(struct damonx_range, end) == offsetof(struct damon_range, end));

/**
 * struct foreign_source - a registered operations set
 * @source:	what contexts use
 * @core:	what @source.core points to
 * @ops:	the module's
 * @link:	in foreign_sources
 * @nr_users:	contexts that use it
 */
struct foreign_source {
	struct damonx_source source;
	struct damon_ops core;
	const struct damonx_ops *ops;
	struct list_head link;
	u32 nr_users;
};

/**
 * struct foreign_target - a target of a registered operations set
 * @ops:	the set
 * @priv:	what its module takes it to be
 *
 * Owned by a damon_ctx.
 */
struct foreign_target {
	const struct damonx_ops *ops;
	void *priv;
};

/* Protects the list and the counts on it. */
static DEFINE_MUTEX(damonx_ops_lock);
static LIST_HEAD(foreign_sources);

/* Our own. */

static void *own_vaddr_target(const struct damonx_source *source, void *priv)
{
	const struct damon_vaddr_options options = { };
	struct mm_struct *mm = priv;

	mmgrab(mm);
	/* It takes our reference, also when it fails. */
	return damon_vaddr_target(mm, NULL, &options);
}

/* Both put it in the same way. */
static void own_vaddr_forget(void *target)
{
	damon_vaddr_ops.put(target);
}

static u64 own_vaddr_end(void)
{
	return TASK_SIZE_MAX;
}

static const struct damonx_source own_vaddr = {
	.core = &damon_vaddr_ops,
	.tells = true,
	.end = own_vaddr_end,
	.target = own_vaddr_target,
	.forget = own_vaddr_forget,
};

static const struct damonx_source own_fvaddr = {
	.core = &damon_fvaddr_ops,
	.end = own_vaddr_end,
	.target = own_vaddr_target,
	.forget = own_vaddr_forget,
};

static void *own_paddr_target(const struct damonx_source *source, void *priv)
{
	return damon_paddr_target(1);
}

static void own_paddr_forget(void *target)
{
	damon_paddr_ops.put(target);
}

static const struct damonx_source own_paddr = {
	.core = &damon_paddr_ops,
	.tells = true,
	.single = true,
	.usable = damon_pages_usable,
	.end = damon_memory_end,
	.target = own_paddr_target,
	.forget = own_paddr_forget,
};

static const struct damonx_source *const own_sources[] = {
	&own_vaddr, &own_fvaddr, &own_paddr,
};

static const struct damonx_source *own_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(own_sources); i++) {
		if (!strcmp(own_sources[i]->core->name, name))
			return own_sources[i];
	}
	return NULL;
}

/* Those of other modules. */

static void *foreign_target(const struct damonx_source *source, void *priv)
{
	struct foreign_target *t = damon_zalloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->ops = container_of(source, struct foreign_source, source)->ops;
	t->priv = priv;
	return t;
}

static int foreign_ranges(void *target, struct damon_range *ranges, unsigned int max,
			  struct damon_pass_stats *stats)
{
	struct foreign_target *t = target;
	int nr = t->ops->ranges(t->priv, (struct damonx_range *)ranges, max);
	u32 bad;

	/* The core believes what it is told. */
	if (nr > 0 && (WARN_ON_ONCE(nr > max) ||
		       WARN_ON_ONCE(damon_ranges_check(ranges, nr, t->ops->min_region_sz,
						       &bad) != DAMON_VALID)))
		return 0;
	return nr;
}

static void foreign_put(void *target)
{
	struct foreign_target *t = target;

	if (t->ops->put)
		t->ops->put(t->priv);
	damon_free(t);
}

/* How many samples are handed over at a time: what fits on a stack. */
#define BATCH	32

static bool foreign_check(struct foreign_target *t, struct damon_region *regions,
			  u32 nr, struct damon_pass_stats *stats)
{
	struct damonx_sample samples[BATCH];
	struct damon_region *of[BATCH];
	u32 i, out = 0;
	bool alive;

	for (i = 0; i < nr; i++) {
		struct damon_region *r = &regions[i];

		if (!r->pending)
			continue;
		r->pending = 0;
		of[out] = r;
		samples[out++] = (struct damonx_sample) {
			.addr = r->sample_addr,
			.cookie = r->cookie,
		};
	}
	if (!out)
		return true;
	alive = t->ops->check(t->priv, samples, out);
	for (i = 0; alive && i < out; i++) {
		if (samples[i].accessed)
			damon_region_hit(of[i]);
	}
	stats->nr_checks += out;
	return alive;
}

static bool foreign_arm(struct foreign_target *t, struct damon_region *regions, u32 nr)
{
	struct damonx_sample samples[BATCH];
	u32 i;

	for (i = 0; i < nr; i++)
		samples[i] = (struct damonx_sample) { .addr = regions[i].next_addr };
	if (!t->ops->arm(t->priv, samples, nr))
		return false;
	for (i = 0; i < nr; i++) {
		regions[i].sample_addr = regions[i].next_addr;
		regions[i].cookie = samples[i].cookie;
		regions[i].pending = 1;
	}
	return true;
}

static bool foreign_sample(void *target, struct damon_region *regions, u32 nr,
			   unsigned int what, struct damon_pass_stats *stats)
{
	struct foreign_target *t = target;
	u32 first, n;

	for (first = 0; first < nr; first += n) {
		n = min_t(u32, nr - first, BATCH);
		if ((what & DAMON_PASS_CHECK) &&
		    !foreign_check(t, regions + first, n, stats))
			return false;
		if ((what & DAMON_PASS_CLEAR) && !foreign_arm(t, regions + first, n))
			return false;
	}
	return true;
}

/* With damonx_ops_lock held. */
static struct foreign_source *foreign_find(const char *name)
{
	struct foreign_source *f;

	list_for_each_entry(f, &foreign_sources, link) {
		/* cppcheck-suppress uninitvar */
		if (!strcmp(f->ops->name, name))
			return f;
	}
	return NULL;
}

/**
 * damonx_ops_register() - let contexts use an operations set
 * @ops:	the set; constant until damonx_ops_unregister()
 *
 * Return: 0, -EEXIST if there is one of this name, -EINVAL if something in it
 * is missing or out of bounds, -ENOMEM.
 */
int damonx_ops_register(const struct damonx_ops *ops)
{
	struct foreign_source *f;
	int err = 0;

	if (!ops->owner || !ops->name || !ops->nr_ranges || !ops->arm || !ops->check ||
	    !is_power_of_2(ops->min_region_sz))
		return -EINVAL;
	f = kzalloc(sizeof(*f), GFP_KERNEL);
	if (!f)
		return -ENOMEM;
	f->ops = ops;
	f->core = (struct damon_ops) {
		.name = ops->name,
		.min_region_sz = ops->min_region_sz,
		.nr_ranges = ops->nr_ranges,
		.ranges = foreign_ranges,
		.sample = foreign_sample,
		.put = foreign_put,
	};
	f->source.core = &f->core;
	f->source.tells = ops->ranges;
	f->source.target = foreign_target;
	f->source.forget = damon_free;

	mutex_lock(&damonx_ops_lock);
	if (own_find(ops->name) || foreign_find(ops->name))
		err = -EEXIST;
	else
		list_add(&f->link, &foreign_sources);
	mutex_unlock(&damonx_ops_lock);
	if (err)
		kfree(f);
	return err;
}
EXPORT_SYMBOL_GPL(damonx_ops_register);

/**
 * damonx_ops_unregister() - let no more contexts use an operations set
 * @ops:	the set
 *
 * In the exit function of @ops->owner other modules' contexts are gone: they
 * pin it.  Its own must have been destroyed.
 *
 * Return: 0, -EBUSY while a context uses it (it stays registered), -ENOENT if
 * it is not registered.
 */
int damonx_ops_unregister(const struct damonx_ops *ops)
{
	struct foreign_source *f;
	int err = 0;

	mutex_lock(&damonx_ops_lock);
	f = foreign_find(ops->name);
	if (!f || f->ops != ops)
		err = -ENOENT;
	else if (f->nr_users)
		err = -EBUSY;
	else
		list_del(&f->link);
	mutex_unlock(&damonx_ops_lock);
	if (!err)
		kfree(f);
	return err;
}
EXPORT_SYMBOL_GPL(damonx_ops_unregister);

/**
 * damonx_source_get() - an operations set for a new context
 * @name:	its name
 * @caller:	the module that makes the context
 * @pinned:	out: its module is pinned
 *
 * Return: the set, for damonx_source_put(); or ERR_PTR(): -ENOENT if there is
 * none, or its module is not there yet or about to go; -EOPNOTSUPP if it does not
 * work on this kernel.
 */
const struct damonx_source *damonx_source_get(const char *name, struct module *caller,
					      bool *pinned)
{
	const struct damonx_source *source = own_find(name);
	struct foreign_source *f;

	*pinned = false;
	if (source)
		return source->usable && !source->usable() ? ERR_PTR(-EOPNOTSUPP) : source;
	source = ERR_PTR(-ENOENT);
	mutex_lock(&damonx_ops_lock);
	f = foreign_find(name);
	if (f && f->ops->owner != caller) {
		/* One whose init can still fail is freed whoever holds it. */
		*pinned = f->ops->owner->state == MODULE_STATE_LIVE &&
			  try_module_get(f->ops->owner);
		if (!*pinned)
			f = NULL;
	}
	if (f) {
		f->nr_users++;
		source = &f->source;
	}
	mutex_unlock(&damonx_ops_lock);
	return source;
}

/**
 * damonx_source_put() - a context no longer uses an operations set
 * @source:	from damonx_source_get()
 * @pinned:	as it was told there
 */
void damonx_source_put(const struct damonx_source *source, bool pinned)
{
	struct foreign_source *f;
	struct module *owner;

	if (own_find(source->core->name))
		return;
	f = container_of(source, struct foreign_source, source);
	owner = f->ops->owner;
	mutex_lock(&damonx_ops_lock);
	f->nr_users--;
	mutex_unlock(&damonx_ops_lock);
	/* From here on @f can be unregistered, and its module gone. */
	if (pinned)
		module_put(owner);
}
