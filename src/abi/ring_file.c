// SPDX-License-Identifier: GPL-2.0
/*
 * A session's ring: its memory, and mmap().
 */
#include <linux/kernel.h>
#include <linux/mm.h>

#include "abi/abi.h"

static_assert(sizeof(struct damon_ring_header) <= PAGE_SIZE);

/**
 * damon_session_ring_create() - give a new session a ring
 * @s:		the session, without one
 * @req:	the call, for a text
 * @bytes:	how large, rounded up
 *
 * Return: 0, -EPERM if that is more than the caller's user may have locked,
 * -ENOMEM.
 */
int damon_session_ring_create(struct damon_session *s, struct damon_request *req,
			      u32 bytes)
{
	size_t data_size = damon_ring_data_size(bytes);
	unsigned long nr_pages = 1 + (data_size >> PAGE_SHIFT);
	int err;

	err = damon_shared_alloc(&s->memory, nr_pages);
	if (err == -EPERM)
		return damon_request_fail(req, err,
					  "ring_bytes is %u: its %lu KiB are locked memory, of which RLIMIT_MEMLOCK allows this user %lu KiB in all",
					  bytes, nr_pages << (PAGE_SHIFT - 10),
					  damon_shared_limit() >> 10);
	if (err)
		return err;
	damon_ring_init(&s->ring, s->memory.mem, PAGE_SIZE, data_size);
	return 0;
}

/**
 * damon_session_ring_destroy() - free the ring of a session
 * @s:	the session, which may have none; nobody uses it any more
 */
void damon_session_ring_destroy(struct damon_session *s)
{
	if (damon_session_ring(s))
		damon_shared_free(&s->memory);
}

/**
 * damon_session_mmap() - mmap() on a session fd
 * @file:	the file
 * @vma:	the mapping: the header page, or all of the data
 *
 * The caller's mmap_lock is held, inside of which damon_session.read_lock may
 * only be tried: copying to user space takes them the other way round.
 *
 * Return: 0, -EINVAL, -EPERM, or -EBUSY while a read() is copying.
 */
int damon_session_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct damon_session *s = file->private_data;
	struct damon_ring *ring = damon_session_ring(s);
	unsigned long len = vma->vm_end - vma->vm_start;
	bool is_header = !vma->vm_pgoff && len == PAGE_SIZE;
	bool is_data = vma->vm_pgoff == 1 && ring && len == ring->size;
	int err;

	if (!ring || !(is_header || is_data))
		return -EINVAL;
	err = damon_shared_map(&s->memory, vma, is_header);
	if (err)
		return err;
	/* For good: who takes the lock now only looks. */
	if (damon_ring_is_mapped(ring))
		return 0;
	if (!mutex_trylock(&s->read_lock))
		return damon_ring_is_mapped(ring) ? 0 : -EBUSY;
	damon_ring_set_mapped(ring);
	mutex_unlock(&s->read_lock);
	/* Who waits in read() has nothing to wait for now. */
	wake_up_interruptible_poll(&s->readers, EPOLLIN | EPOLLRDNORM);
	return 0;
}
