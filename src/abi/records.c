// SPDX-License-Identifier: GPL-2.0
/*
 * Records: a ring of bytes from the worker to read() and poll().
 */
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "abi/abi.h"

#define DAMON_RING_MIN	SZ_4K

/**
 * struct damon_ring - records that nobody has read yet
 * @read_lock:	serialises readers; protects @tail
 * @head:	where the next record goes; written by the producer
 * @tail:	where the first unread record is; written by readers
 * @size:	of @data, a power of two; constant
 * @data:	the bytes; the pointer is constant
 * @dropped:	records dropped since the last damon_record_lost; the
 *		producer's own
 * @nr_lost:	records dropped at all; written by the producer
 *
 * @head and @tail count on for ever; modulo @size they are places in @data.
 * All records are multiples of 8 bytes, so that the first 8 bytes of one,
 * which tell its type and size, are never torn by the end of @data.
 *
 * The producer is the owner of the session's context: one at a time, and each
 * sees what the one before did.  Owned by the session.
 */
struct damon_ring {
	struct mutex read_lock;
	unsigned long head;
	unsigned long tail;
	size_t size;
	u8 *data;
	u64 dropped;
	atomic64_t nr_lost;
};

/**
 * damon_ring_create() - an empty ring
 * @bytes:	its size, rounded up to a power of two; at most 2 GiB
 *
 * Return: the ring, or NULL without memory.
 */
struct damon_ring *damon_ring_create(u32 bytes)
{
	struct damon_ring *ring = damon_zalloc(1, sizeof(*ring));

	if (!ring)
		return NULL;
	ring->size = roundup_pow_of_two(max_t(unsigned long, bytes, DAMON_RING_MIN));
	ring->data = damon_zalloc(ring->size, 1);
	if (!ring->data) {
		damon_free(ring);
		return NULL;
	}
	mutex_init(&ring->read_lock);
	return ring;
}

/**
 * damon_ring_destroy() - free a ring that nobody uses any more
 * @ring:	may be NULL
 */
void damon_ring_destroy(struct damon_ring *ring)
{
	if (!ring)
		return;
	mutex_destroy(&ring->read_lock);
	damon_free(ring->data);
	damon_free(ring);
}

/* The producer's. */
static size_t damon_ring_room(const struct damon_ring *ring)
{
	/* Pairs with damon_ring_read(): what is still read is not written. */
	return ring->size - (ring->head - smp_load_acquire(&ring->tail));
}

/* Copies @len bytes to where @at is; not to be seen before @head moves. */
static void damon_ring_write(struct damon_ring *ring, unsigned long at,
			     const void *from, size_t len)
{
	size_t start = at & (ring->size - 1);
	size_t n = min(len, ring->size - start);

	/* cppcheck-suppress ctunullpointer */
	memcpy(ring->data + start, from, n);
	memcpy(ring->data, from + n, len - n);
}

/* Hands out all up to @head. */
static void damon_ring_publish(struct damon_ring *ring, unsigned long head)
{
	/* Pairs with the acquire in readers: first the bytes, then this. */
	smp_store_release(&ring->head, head);
}

static void damon_ring_write_lost(struct damon_ring *ring, u64 now_ns)
{
	const struct damon_record_lost lost = {
		.head = {
			.type = DAMON_RECORD_LOST,
			.size = sizeof(lost),
			.time_ns = now_ns,
		},
		.nr = ring->dropped,
	};

	damon_ring_write(ring, ring->head, &lost, sizeof(lost));
	damon_ring_publish(ring, ring->head + sizeof(lost));
	ring->dropped = 0;
}

/**
 * damon_ring_flush() - tell readers of losses that no record followed
 * @ring:	the ring
 * @now_ns:	time of now
 *
 * Called by the producer when it ends.
 */
void damon_ring_flush(struct damon_ring *ring, u64 now_ns)
{
	if (ring->dropped &&
	    damon_ring_room(ring) >= sizeof(struct damon_record_lost))
		damon_ring_write_lost(ring, now_ns);
}

/*
 * A record of two parts goes in whole or not at all.  Room for one word on
 * losses is always left, for damon_ring_flush().
 */
static void damon_ring_put(struct damon_ring *ring, u64 now_ns,
			   const void *head, size_t head_len,
			   const void *body, size_t body_len)
{
	const size_t lost = sizeof(struct damon_record_lost);
	size_t need = head_len + body_len + lost;

	if (ring->dropped)
		need += lost;
	if (need > damon_ring_room(ring)) {
		ring->dropped++;
		atomic64_inc(&ring->nr_lost);
		return;
	}
	if (ring->dropped)
		damon_ring_write_lost(ring, now_ns);
	damon_ring_write(ring, ring->head, head, head_len);
	if (body_len)
		damon_ring_write(ring, ring->head + head_len, body, body_len);
	damon_ring_publish(ring, ring->head + head_len + body_len);
}

/**
 * damon_ring_window() - record a finished window
 * @ring:	the ring
 * @r:		the window
 *
 * Called by the producer.  Never waits.
 */
void damon_ring_window(struct damon_ring *ring, const struct damon_result *r)
{
	const size_t body_len = r->nr_regions * sizeof(*r->regions);
	const struct damon_record_window window = {
		.head = {
			.type = DAMON_RECORD_WINDOW,
			.size = sizeof(window) + body_len,
			.time_ns = r->end_ns,
		},
		.seq = r->seq,
		.start_ns = r->start_ns,
		.sample_us = r->sample_us,
		.aggr_us = r->aggr_us,
		.max_nr_accesses = r->max_nr_accesses,
		.nr_regions = r->nr_regions,
	};

	damon_ring_put(ring, r->end_ns, &window, sizeof(window),
		       r->regions, body_len);
}

/**
 * damon_ring_target_gone() - record that a target is gone
 * @ring:	the ring
 * @index:	its index in the configuration
 * @now_ns:	time of now
 *
 * Called by the producer.  Never waits.
 */
void damon_ring_target_gone(struct damon_ring *ring, u32 index, u64 now_ns)
{
	const struct damon_record_target_gone gone = {
		.head = {
			.type = DAMON_RECORD_TARGET_GONE,
			.size = sizeof(gone),
			.time_ns = now_ns,
		},
		.target = index,
	};

	damon_ring_put(ring, now_ns, &gone, sizeof(gone), NULL, 0);
}

/**
 * damon_ring_nr_lost() - records dropped so far
 * @ring:	the ring
 *
 * Any context.
 */
u64 damon_ring_nr_lost(const struct damon_ring *ring)
{
	return atomic64_read(&ring->nr_lost);
}

/* Any thread may ask; the answer can be old when it comes. */
static bool damon_ring_empty(const struct damon_ring *ring)
{
	/* Nothing is read here: that is done with an acquire of its own. */
	return READ_ONCE(ring->head) == READ_ONCE(ring->tail);
}

/* Copies one whole record out, or takes back what was copied of it. */
static bool damon_ring_copy(const struct damon_ring *ring, unsigned long at,
			    size_t len, struct iov_iter *to)
{
	size_t start = at & (ring->size - 1);
	size_t n = min(len, ring->size - start);
	size_t done;

	done = copy_to_iter(ring->data + start, n, to);
	if (done == n)
		done += copy_to_iter(ring->data, len - n, to);
	if (done == len)
		return true;
	iov_iter_revert(to, done);
	return false;
}

/*
 * As many whole records as fit.  A record is consumed when all of it is with
 * the reader.  Returns bytes, 0 if there are none, or -EMSGSIZE or -EFAULT if
 * the first cannot be given.  @read_lock is held.
 */
static ssize_t damon_ring_read(struct damon_ring *ring, struct iov_iter *to)
{
	/* Pairs with damon_ring_publish(). */
	unsigned long head = smp_load_acquire(&ring->head);
	unsigned long tail = ring->tail;
	ssize_t done = 0;
	int err = 0;

	while (tail != head) {
		const struct damon_record *record =
			(void *)ring->data + (tail & (ring->size - 1));
		size_t len = record->size;

		if (len > iov_iter_count(to)) {
			err = -EMSGSIZE;
			break;
		}
		if (!damon_ring_copy(ring, tail, len, to)) {
			err = -EFAULT;
			break;
		}
		tail += len;
		done += len;
		/* Pairs with damon_ring_room(): read first, then given free. */
		smp_store_release(&ring->tail, tail);
	}
	return done ?: err;
}

/*
 * Will no more records come, as far as one can see?  To be asked before the
 * ring is looked at: what the worker left last is then there to be seen.
 * Before the first START a reader may well wait for it.
 */
static bool damon_session_over(const struct damon_session *s)
{
	u32 state;

	/* Pairs with damon_session_begin(): first this, then the state. */
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
 * -EFAULT, -EMSGSIZE, -ERESTARTSYS, or -EINVAL for a session without records.
 */
ssize_t damon_session_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct file *file = iocb->ki_filp;
	struct damon_session *s = file->private_data;
	struct damon_ring *ring = s->ring;
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
			if (!mutex_trylock(&ring->read_lock))
				return -EAGAIN;
		} else if (mutex_lock_interruptible(&ring->read_lock)) {
			return -ERESTARTSYS;
		}
		over = damon_session_over(s);
		ret = damon_ring_read(ring, to);
		mutex_unlock(&ring->read_lock);
		if (ret || over)
			return ret;
		if (nowait)
			return -EAGAIN;
		if (wait_event_interruptible(s->readers,
					     damon_session_over(s) ||
					     !damon_ring_empty(ring)))
			return -ERESTARTSYS;
	}
}

/**
 * damon_session_poll() - poll() on a session fd
 * @file:	the file
 * @wait:	who waits
 *
 * Return: EPOLLIN while there are records, EPOLLHUP once read() would return 0.
 */
__poll_t damon_session_poll(struct file *file, poll_table *wait)
{
	struct damon_session *s = file->private_data;
	bool over;

	poll_wait(file, &s->readers, wait);
	over = damon_session_over(s);
	if (s->ring && !damon_ring_empty(s->ring))
		return EPOLLIN | EPOLLRDNORM;
	return over ? EPOLLHUP : 0;
}
