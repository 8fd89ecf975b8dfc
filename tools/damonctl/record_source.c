// SPDX-License-Identifier: GPL-2.0
/* Where a session's records come from: its mapping, or read(). */
#include "record_source.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "util.h"

#define FIRST_BYTES	(256 * 1024)

static bool prepare_read(struct record_source *source)
{
	int flags = fcntl(source->fd, F_GETFL);

	if (flags < 0 || fcntl(source->fd, F_SETFL, flags | O_NONBLOCK)) {
		warn("cannot read records");
		return false;
	}
	source->buffer_bytes = FIRST_BYTES;
	source->buffer = xcalloc(source->buffer_bytes, 1);
	return true;
}

bool record_source_create(struct record_source *source, struct session *session,
			  const struct monitor_conf *conf)
{
	*source = (struct record_source){ .fd = -1 };
	if (!session_create(session, conf, true))
		return false;
	switch (ring_map_open(&source->ring, session->fd)) {
	case RING_MAPPED:
		source->fd = session->fd;
		return true;
	case RING_SPOILT:
		/* Half a mapping: only a new session can be read by read(). */
		session_close(session);
		if (!session_create(session, conf, true))
			return false;
		break;
	case RING_NONE:
		break;
	}
	source->fd = session->fd;
	/* The module rounds up to a power of two, and to a page. */
	source->most = 2 * (uint64_t)session->conf.ring_bytes + 4096;
	return prepare_read(source);
}

static enum drained failed(const char *why)
{
	warnx("recording stopped: %s", why);
	return DRAINED_FAILED;
}

/* Of a mapping poll() tells the end: it hangs up when all of it was taken. */
static bool ended(const struct record_source *source)
{
	struct pollfd fd = { .fd = source->fd, .events = POLLIN };

	return poll(&fd, 1, 0) == 1 && !(fd.revents & POLLIN) && (fd.revents & POLLHUP);
}

static enum drained drain_ring(struct record_source *source, const struct record_handler *handler)
{
	const uint64_t most = source->ring.tail + source->ring.data_size;
	const struct damon_record *record;

	while (source->ring.tail < most) {
		if (!ring_map_next(&source->ring, &record))
			return failed("the module's records contradict themselves");
		if (!record)
			return ended(source) ? DRAINED_END : DRAINED_EMPTY;
		if (!record_stream_parse(record, record->size, handler))
			return failed("a record could not be stored");
		ring_map_take(&source->ring, record);
	}
	return DRAINED_EMPTY;
}

static enum drained drain_read(struct record_source *source, const struct record_handler *handler)
{
	uint64_t done = 0;

	while (done < source->most) {
		ssize_t len = read(source->fd, source->buffer, source->buffer_bytes);

		if (!len)
			return DRAINED_END;
		if (len > 0) {
			if (!record_stream_parse(source->buffer, (size_t)len, handler))
				return failed("a record could not be stored");
			done += (uint64_t)len;
			continue;
		}
		switch (errno) {
		case EINTR:
			break;
		case EAGAIN:
			return DRAINED_EMPTY;
		case EMSGSIZE:
			source->buffer_bytes *= 2;
			source->buffer = xreallocarray(source->buffer, source->buffer_bytes, 1);
			break;
		default:
			warn("cannot read records");
			return DRAINED_FAILED;
		}
	}
	return DRAINED_EMPTY;
}

enum drained record_source_drain(struct record_source *source,
				 const struct record_handler *handler)
{
	return source->ring.header ? drain_ring(source, handler) : drain_read(source, handler);
}

void record_source_close(struct record_source *source)
{
	ring_map_close(&source->ring);
	free(source->buffer);
	source->buffer = NULL;
}
