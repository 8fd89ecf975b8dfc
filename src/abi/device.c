// SPDX-License-Identifier: GPL-2.0
/*
 * The device node: what there is (QUERY), and new sessions (CREATE).
 */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "abi/abi.h"
#include "kernel/bind.h"
#include "kernel/features.h"

/*
 * The layouts that were published, the same for all callers.  Changing one of
 * these numbers breaks programs; adding members needs the old size kept as the
 * smallest one that damon_request_get() accepts.
 */
#define DAMON_ASSERT_REQUEST(type, bytes)				\
	static_assert(sizeof(struct type) == (bytes) &&			\
		      offsetof(struct type, size) == 0 &&		\
		      offsetof(struct type, flags) == 4 &&		\
		      offsetof(struct type, msg) == 8 &&		\
		      offsetof(struct type, msg_len) == 16)

DAMON_ASSERT_REQUEST(damon_query, 104);
DAMON_ASSERT_REQUEST(damon_create, 24);
DAMON_ASSERT_REQUEST(damon_commit, 216);
DAMON_ASSERT_REQUEST(damon_control, 24);
DAMON_ASSERT_REQUEST(damon_snapshot, 152);
DAMON_ASSERT_REQUEST(damon_scheme, 160);
static_assert(sizeof(struct damon_target_conf) == 16);
static_assert(sizeof(struct damon_range_conf) == 16);
static_assert(sizeof(struct damon_probe_conf) == 16);
static_assert(sizeof(struct damon_probe_filter_conf) == 16);
static_assert(sizeof(struct damon_scheme_conf) == 176);
static_assert(sizeof(struct damon_scheme_filter_conf) == 32);
static_assert(sizeof(struct damon_scheme_goal_conf) == 32);
static_assert(sizeof(struct damon_scheme_dest_conf) == 8);
static_assert(sizeof(struct damon_region_info) == 32);
static_assert(sizeof(struct damon_hits_info) == 16);
static_assert(sizeof(struct damon_goal_info) == 16);
static_assert(sizeof(struct damon_tried_info) == 40);
/* Records are multiples of 8 bytes: the ring relies on it. */
static_assert(sizeof(struct damon_record) == 16);
static_assert(sizeof(struct damon_record_window) == 56);
static_assert(sizeof(struct damon_record_hits) == 8);
static_assert(sizeof(struct damon_record_target_gone) == 24);
static_assert(sizeof(struct damon_record_lost) == 24);
static_assert(sizeof(struct damon_record_intervals) == 48);
static_assert(sizeof(struct damon_record_target_new) == 32);
static_assert(sizeof(struct damon_record_left_out) == 24);
static_assert(sizeof(struct damon_ring_header) == 256);
static_assert(offsetof(struct damon_ring_header, data_head) == 64);
static_assert(offsetof(struct damon_ring_header, data_tail) == 128);

/* Writes the lines on missing functions into the caller's buffer. */
static int damon_query_text(const struct damon_query *query)
{
	size_t len;
	char *text;
	int err;

	if (!query->text || !query->text_len)
		return 0;
	len = damon_bind_missing_text(NULL, 0);
	text = kzalloc(len + 1, GFP_KERNEL_ACCOUNT);
	if (!text)
		return -ENOMEM;
	damon_bind_missing_text(text, len + 1);
	err = damon_text_to_user(u64_to_user_ptr(query->text), query->text_len,
				 text, len);
	kfree(text);
	return err;
}

static void damon_query_fill(struct damon_query *query)
{
	const struct damon_limits *limits = damon_limits_of_caller();

	query->size = sizeof(*query);
	query->features = damon_kernel_features();
	query->ops = damon_ops_usable();
	query->min_sample_us = limits->min_sample_us;
	query->max_nr_targets = limits->max_nr_targets;
	query->max_nr_regions = limits->max_nr_regions;
	query->max_ring_bytes = limits->max_ring_bytes;
	query->max_sessions = limits->max_sessions;
	strscpy_pad(query->version, DAMON_VERSION, sizeof(query->version));
}

static long damon_ioctl_query(void __user *arg)
{
	struct damon_request req;
	struct damon_query query;
	int ret;

	ret = damon_request_get(&req, arg, &query, sizeof(query), sizeof(query));
	if (ret)
		goto out;
	if (query.flags) {
		ret = damon_request_fail(&req, -EINVAL,
					 "flags is 0x%x: none are defined",
					 query.flags);
		goto out;
	}
	ret = damon_query_text(&query);
	if (ret)
		goto out;
	damon_query_fill(&query);
	ret = damon_request_put(&req, &query, sizeof(query));
out:
	return damon_request_end(&req, ret);
}

static long damon_ioctl_create(void __user *arg)
{
	struct damon_create create;
	struct damon_request req;
	int ret;

	ret = damon_request_get(&req, arg, &create, sizeof(create), sizeof(create));
	if (ret)
		goto out;
	if (create.flags) {
		ret = damon_request_fail(&req, -EINVAL,
					 "flags is 0x%x: none are defined",
					 create.flags);
		goto out;
	}
	ret = damon_session_open(&req, create.ring_bytes);
out:
	return damon_request_end(&req, ret);
}

static long damon_device_ioctl(struct file *file, unsigned int cmd,
			       unsigned long arg)
{
	switch (cmd) {
	case DAMON_IOC_QUERY:
		return damon_ioctl_query((void __user *)arg);
	case DAMON_IOC_CREATE:
		return damon_ioctl_create((void __user *)arg);
	}
	return -ENOTTY;
}

static const struct file_operations damon_device_fops = {
	.owner = THIS_MODULE,
	.open = nonseekable_open,
	.unlocked_ioctl = damon_device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

/* Anybody may ask; rights are checked at each operation. */
static struct miscdevice damon_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "damon",
	.fops = &damon_device_fops,
	.mode = 0666,
};

/**
 * damon_abi_init() - make /dev/damon
 *
 * Everything below must be ready: programs may come at once.
 *
 * Return: 0 or a negative errno.
 */
int damon_abi_init(void)
{
	return misc_register(&damon_device);
}

/**
 * damon_abi_exit() - take /dev/damon away
 *
 * Called when no file of ours is open: open ones hold the module.
 */
void damon_abi_exit(void)
{
	misc_deregister(&damon_device);
	damon_users_forget();
}
