// SPDX-License-Identifier: GPL-2.0
/*
 * The parameters: the module's, and the same as files of each use.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/kstrtox.h>
#include <linux/log2.h>
#include <linux/moduleparam.h>

#include "uses/params.h"
#include "uses/uses.h"

static ssize_t file_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf);
static ssize_t file_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count);

#define INPUT(use_, name_, kind_, first_, least_, most_, text)			\
	[DAMON_PARAM_##use_##_##name_] = {					\
		.use = &damon_use_##use_,					\
		.name = #name_,							\
		.kind = DAMON_PARAM_##kind_,					\
		.value = (first_),						\
		.least = (least_),						\
		.most = (most_),						\
		.file = __ATTR(name_, 0600, file_show, file_store),		\
	},

#define OUTPUT(use_, name_, show_, scheme_, field_, text)			\
	[DAMON_PARAM_##use_##_##name_] = {					\
		.use = &damon_use_##use_,					\
		.name = #name_,							\
		.kind = DAMON_PARAM_SHOWN,					\
		.show = damon_show_##show_,					\
		.scheme = (scheme_),						\
		.field = (field_),						\
		.file = __ATTR(name_, 0400, file_show, NULL),			\
	},

struct damon_param damon_params[NR_DAMON_PARAMS] = {
	DAMON_INPUTS(INPUT)
	DAMON_OUTPUTS(OUTPUT)
};

/* What was written, as a number; false if that is nothing to write there. */
static bool parse(const struct damon_param *p, const char *text, u64 *value)
{
	bool on = true;

	switch (p->kind) {
	case DAMON_PARAM_NUMBER:
	case DAMON_PARAM_START:
	case DAMON_PARAM_END:
	case DAMON_PARAM_UNIT:
		if (kstrtou64(text, 0, value) || *value < p->least || *value > p->most ||
		    (p->kind == DAMON_PARAM_UNIT && !is_power_of_2(*value))) {
			pr_warn("%s_%s: give a %s from %llu to %llu\n", p->use->name, p->name,
				p->kind == DAMON_PARAM_UNIT ? "power of two" : "number",
				p->least, p->most);
			return false;
		}
		return true;
	case DAMON_PARAM_FLAG:
	case DAMON_PARAM_ENABLED:
	case DAMON_PARAM_COMMIT:
		/* The name alone, at load, means yes. */
		if (text && kstrtobool(text, &on)) {
			pr_warn("%s_%s: give Y or N\n", p->use->name, p->name);
			return false;
		}
		*value = on;
		return true;
	case DAMON_PARAM_SHOWN:
		break;
	}
	pr_warn("%s_%s: this can only be read\n", p->use->name, p->name);
	return false;
}

static int apply(struct damon_param *p, u64 value)
{
	if (damon_uses_are_gone())
		return -ENODEV;
	/* Who can write files of root is not yet one who may have this done. */
	if ((p->kind == DAMON_PARAM_ENABLED || p->kind == DAMON_PARAM_COMMIT) && value &&
	    !capable(CAP_SYS_ADMIN))
		return -EPERM;
	switch (p->kind) {
	case DAMON_PARAM_ENABLED:
		return damon_use_enable(p->use, value);
	case DAMON_PARAM_COMMIT:
		return value ? damon_use_commit(p->use) : 0;
	default:
		p->value = value;
		return 0;
	}
}

static int param_write(struct damon_param *p, const char *text)
{
	u64 value;
	int err;

	if (!parse(p, text, &value))
		return p->kind == DAMON_PARAM_SHOWN ? -EPERM : -EINVAL;
	if (mutex_lock_killable(&damon_uses_lock))
		return -EINTR;
	err = apply(p, value);
	mutex_unlock(&damon_uses_lock);
	return err;
}

static int show_yes(bool yes, char *buf)
{
	return sysfs_emit(buf, "%c\n", yes ? 'Y' : 'N');
}

static int show(const struct damon_param *p, char *buf)
{
	int err = 0;

	switch (p->kind) {
	case DAMON_PARAM_ENABLED:
		return show_yes(damon_use_is_enabled(p->use), buf);
	case DAMON_PARAM_FLAG:
	case DAMON_PARAM_COMMIT:
		return show_yes(p->value, buf);
	case DAMON_PARAM_START:
	case DAMON_PARAM_END:
		err = damon_use_look(p->use);
		return err ? err : damon_show_border(p, buf);
	case DAMON_PARAM_SHOWN:
		err = damon_use_look(p->use);
		return err ? err : p->show(p, buf);
	case DAMON_PARAM_NUMBER:
	case DAMON_PARAM_UNIT:
		break;
	}
	return sysfs_emit(buf, "%llu\n", p->value);
}

static int param_read(const struct damon_param *p, char *buf)
{
	int ret;

	if (mutex_lock_killable(&damon_uses_lock))
		return -EINTR;
	ret = show(p, buf);
	mutex_unlock(&damon_uses_lock);
	return ret;
}

/* The files below the directory of a use. */

static ssize_t file_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return param_read(container_of(attr, struct damon_param, file), buf);
}

static ssize_t file_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	int err = param_write(container_of(attr, struct damon_param, file), buf);

	return err ? err : count;
}

/* The module's parameters. */

static int param_set(const char *text, const struct kernel_param *kp)
{
	return param_write(kp->arg, text);
}

static int param_get(char *buf, const struct kernel_param *kp)
{
	return param_read(kp->arg, buf);
}

static const struct kernel_param_ops number_ops = {
	.set = param_set,
	.get = param_get,
};

static const struct kernel_param_ops yes_ops = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = param_set,
	.get = param_get,
};

/* For each kind: its operations and what modinfo calls it. */
#define OPS_NUMBER	(&number_ops)
#define OPS_START	(&number_ops)
#define OPS_END		(&number_ops)
#define OPS_UNIT	(&number_ops)
#define OPS_FLAG	(&yes_ops)
#define OPS_ENABLED	(&yes_ops)
#define OPS_COMMIT	(&yes_ops)
#define TYPE_NUMBER	"ullong"
#define TYPE_START	"ullong"
#define TYPE_END	"ullong"
#define TYPE_UNIT	"ullong"
#define TYPE_FLAG	"bool"
#define TYPE_ENABLED	"bool"
#define TYPE_COMMIT	"bool"

#define DECLARE(name, ops, type, mode, text)					\
	module_param_cb(name, ops, &damon_params[DAMON_PARAM_##name], mode);	\
	__MODULE_PARM_TYPE(name, type);						\
	MODULE_PARM_DESC(name, text);

#define DECLARE_INPUT(use, name, kind, first, least, most, text)		\
	DECLARE(use##_##name, OPS_##kind, TYPE_##kind, 0600, text)
#define DECLARE_OUTPUT(use, name, show, scheme, field, text)			\
	DECLARE(use##_##name, &number_ops, "read only", 0400, text)

DAMON_INPUTS(DECLARE_INPUT)
DAMON_OUTPUTS(DECLARE_OUTPUT)
