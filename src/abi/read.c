// SPDX-License-Identifier: GPL-2.0
/*
 * Records: read() and poll().
 */
#include <linux/kernel.h>

#include "abi/abi.h"

/* Copies one whole record out, or takes back what was copied of it. */
static bool damon_ring_copy(const struct damon_ring *ring, const void *first,
			    size_t first_len, size_t len, struct iov_iter *to)
{
	size_t done;

	done = copy_to_iter(first, first_len, to);
	if (done == first_len)
		done += copy_to_iter(ring->data, len - first_len, to);
	if (done == len)
		return true;
	iov_iter_revert(to, done);
	return false;
}

/*
 * As many whole records as fit.  A record is consumed when all of it is with
 * the reader.  Returns bytes, 0 if there are none, or -EMSGSIZE or -EFAULT if
 * the first cannot be given.  damon_session.read_lock is held.
 */
static ssize_t damon_ring_read(struct damon_ring *ring, struct iov_iter *to)
{
	size_t len, first_len;
	const void *first;
	ssize_t done = 0;

	while ((len = damon_ring_peek(ring, ring->tail, &first, &first_len))) {
		if (len > iov_iter_count(to))
			return done ?: -EMSGSIZE;
		if (!damon_ring_copy(ring, first, first_len, len, to))
			return done ?: -EFAULT;
		done += len;
		damon_ring_consume(ring, ring->tail + len);
	}
	return done;
}

/*
 * Will no more records come, as far as one can see?  To be asked before the
 * ring is looked at: what the worker left last is then there to be seen.
 * Before the first START a reader may well wait for it.
 */
static bool damon_session_over(const struct damon_session *s)
{
	u32 state;

	/* Pairs with damon_session_began(): first this, then the state. */
	if (!smp_load_acquire(&s->status.started))
		return false;
	state = damon_state(s);
	return state != DAMON_STATE_RUNNING && state != DAMON_STATE_PAUSED;
}

/**
 * damon_session_read_iter() - read() on a session fd
 * @iocb:	the file and how to read
 * @to:		where to
 *
 * Return: bytes, 0 when the worker has ended and all is read, or -EAGAIN,
 * -EBUSY (the ring is mapped), -EFAULT, -EMSGSIZE, -ERESTARTSYS, or -EINVAL for
 * a session without records.
 */
ssize_t damon_session_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct file *file = iocb->ki_filp;
	struct damon_session *s = file->private_data;
	struct damon_ring *ring = damon_session_ring(s);
	bool nowait = (file->f_flags & O_NONBLOCK) ||
		      (iocb->ki_flags & IOCB_NOWAIT);
	ssize_t ret;
	bool over;

	if (!ring)
		return -EINVAL;
	if (!iov_iter_count(to))
		return 0;

	for (;;) {
		if (nowait) {
			if (!mutex_trylock(&s->read_lock))
				return -EAGAIN;
		} else if (mutex_lock_interruptible(&s->read_lock)) {
			return -ERESTARTSYS;
		}
		over = damon_session_over(s);
		ret = damon_ring_is_mapped(ring) ? -EBUSY : damon_ring_read(ring, to);
		mutex_unlock(&s->read_lock);
		if (ret || over)
			return ret;
		if (nowait)
			return -EAGAIN;
		if (wait_event_interruptible(s->readers,
					     damon_session_over(s) ||
					     damon_ring_is_mapped(ring) ||
					     !damon_ring_empty(ring)))
			return -ERESTARTSYS;
	}
}

/**
 * damon_session_poll() - poll() on a session fd
 * @file:	the file
 * @wait:	who waits
 *
 * Return: EPOLLIN while there are records, EPOLLHUP when they are all read and
 * the worker has ended.
 */
__poll_t damon_session_poll(struct file *file, poll_table *wait)
{
	struct damon_session *s = file->private_data;
	struct damon_ring *ring = damon_session_ring(s);
	bool over;

	poll_wait(file, &s->readers, wait);
	over = damon_session_over(s);
	if (ring && !damon_ring_empty(ring))
		return EPOLLIN | EPOLLRDNORM;
	return over ? EPOLLHUP : 0;
}
