// SPDX-License-Identifier: GPL-2.0
/*
 * What all ioctl calls have in common: a structure that begins with its size,
 * and a buffer of the caller's for the reason of a failure.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "abi/abi.h"

/* How every structure of an ioctl begins; device.c asserts it. */
struct damon_head {
	__u32 size;
	__u32 flags;
	__u64 msg;
	__u32 msg_len;
};

#define DAMON_HEAD_SIZE	offsetofend(struct damon_head, msg_len)

/**
 * damon_text_to_user() - copy a text into a caller's buffer
 * @to:		the buffer
 * @room:	its size, at least 1
 * @text:	the text
 * @len:	its length
 *
 * What does not fit is cut off; a NUL always follows.
 *
 * Return: 0 or -EFAULT.
 */
int damon_text_to_user(char __user *to, u32 room, const char *text, size_t len)
{
	size_t n = min_t(size_t, len, room - 1);

	if (copy_to_user(to, text, n) || put_user('\0', to + n))
		return -EFAULT;
	return 0;
}

/**
 * damon_request_fail() - note why a call fails
 * @req:	the call
 * @err:	a negative errno
 * @fmt:	the text: which element is wrong, and what to change
 *
 * Return: @err, to be returned by the caller.
 */
int damon_request_fail(struct damon_request *req, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vscnprintf(req->text, sizeof(req->text), fmt, args);
	va_end(args);
	return err;
}

/**
 * damon_request_get() - begin a call
 * @req:	the call, filled in here
 * @arg:	the caller's structure
 * @buf:	gets the structure, what the caller does not know set to zero
 * @size:	its size
 * @first_size:	the size that it had when it was first published
 *
 * Must be followed by damon_request_end(), also if it fails.
 *
 * The caller's message buffer is emptied here, before anything is done, so
 * that a bad pointer to it fails the call while nothing has changed.  It and
 * the size are taken from the first reading: another thread that changes the
 * structure meanwhile cannot make the two disagree.
 *
 * Return: 0, or -EFAULT, -EINVAL, -E2BIG.
 */
int damon_request_get(struct damon_request *req, void __user *arg,
		      void *buf, size_t size, size_t first_size)
{
	struct damon_head head = {};
	int err;

	memset(req, 0, sizeof(*req));
	req->arg = arg;
	if (get_user(req->size, (u32 __user *)arg))
		return -EFAULT;
	if (req->size < DAMON_HEAD_SIZE)
		return -EINVAL;
	if (copy_from_user(&head, arg, DAMON_HEAD_SIZE))
		return -EFAULT;
	if (head.msg && head.msg_len) {
		char __user *msg = u64_to_user_ptr(head.msg);

		if (put_user('\0', msg))
			return -EFAULT;
		req->msg = msg;
		req->msg_len = head.msg_len;
	}

	if (req->size < first_size)
		return damon_request_fail(req, -EINVAL,
					  "size is %u: the smallest such structure has %zu bytes",
					  req->size, first_size);

	err = -E2BIG;
	if (req->size <= PAGE_SIZE)
		err = copy_struct_from_user(buf, size, arg, req->size);
	if (err == -E2BIG) {
		if (put_user((u32)size, (u32 __user *)arg))
			return -EFAULT;
		return damon_request_fail(req, err,
					  "size is %u, and what is behind byte %zu is not zero: this module knows no more than that",
					  req->size, size);
	}
	return err;
}

/**
 * damon_request_put() - give a structure back
 * @req:	the call
 * @buf:	the structure
 * @size:	its size
 *
 * Writes what the caller has room for.
 *
 * Return: 0 or -EFAULT.
 */
int damon_request_put(const struct damon_request *req, const void *buf,
		      size_t size)
{
	if (copy_to_user(req->arg, buf, min_t(size_t, size, req->size)))
		return -EFAULT;
	return 0;
}

static const char *damon_errno_text(long err)
{
	switch (err) {
	case -EFAULT:
		return "a pointer in the structure, or what it points to, cannot be accessed";
	case -ENOMEM:
		return "not enough memory";
	default:
		return "";
	}
}

/**
 * damon_request_end() - end a call
 * @req:	the call
 * @ret:	its result
 *
 * Writes the text of a failure.  A message buffer that cannot be written to
 * by now does not hide why the call failed.
 *
 * Return: @ret.
 */
long damon_request_end(struct damon_request *req, long ret)
{
	const char *text = req->text;

	if (ret >= 0 || !req->msg)
		return ret;
	if (!text[0])
		text = damon_errno_text(ret);
	/* The errno is worth more than the fault. */
	(void)damon_text_to_user(req->msg, req->msg_len, text, strlen(text));
	return ret;
}
