// SPDX-License-Identifier: GPL-2.0
/* Texts that grow at the same time, on disk. */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "util.h"

/* Bytes of a text that are compressed together. */
#define PIECE_BYTES	(32 * 1024)

struct piece {
	uint64_t offset;
	uint32_t packed;
	uint32_t len;
};

struct spool_text {
	char *buffer;
	size_t len;
	struct piece *pieces;
	size_t nr_pieces;
};

struct spool {
	int fd;
	uint64_t end;
	struct spool_text *texts;
	size_t nr_texts;
	unsigned char packed[PIECE_BYTES + PIECE_BYTES / 8 + 64];
};

struct spool *spool_open(const char *beside)
{
	char *path = xasprintf("%s.spool.XXXXXX", beside);
	int fd = mkostemp(path, O_CLOEXEC);
	struct spool *spool = NULL;

	if (fd >= 0) {
		unlink(path);
		spool = xcalloc(1, sizeof(*spool));
		spool->fd = fd;
	}
	free(path);
	return spool;
}

static bool write_all(int fd, const void *data, size_t len, uint64_t offset)
{
	const char *p = data;

	while (len) {
		ssize_t done = pwrite(fd, p, len, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		p += done;
		len -= (size_t)done;
		offset += (uint64_t)done;
	}
	return true;
}

static bool read_all(int fd, void *data, size_t len, uint64_t offset)
{
	char *p = data;

	while (len) {
		ssize_t done = pread(fd, p, len, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			errno = done ? errno : EIO;
			return false;
		}
		p += done;
		len -= (size_t)done;
		offset += (uint64_t)done;
	}
	return true;
}

static struct spool_text *text_of(struct spool *spool, size_t text)
{
	if (text >= spool->nr_texts) {
		size_t nr = text + 16;

		spool->texts = xreallocarray(spool->texts, nr, sizeof(*spool->texts));
		memset(spool->texts + spool->nr_texts, 0,
		       (nr - spool->nr_texts) * sizeof(*spool->texts));
		spool->nr_texts = nr;
	}
	return &spool->texts[text];
}

static bool pack(struct spool *spool, struct spool_text *text)
{
	uLongf packed = sizeof(spool->packed);
	struct piece *piece;

	if (!text->len)
		return true;
	if (compress2(spool->packed, &packed, (const Bytef *)text->buffer, text->len,
		      Z_BEST_SPEED) != Z_OK) {
		errno = ENOMEM;
		return false;
	}
	if (!write_all(spool->fd, spool->packed, packed, spool->end))
		return false;
	text->pieces = xreallocarray(text->pieces, text->nr_pieces + 1, sizeof(*text->pieces));
	piece = &text->pieces[text->nr_pieces++];
	*piece = (struct piece){
		.offset = spool->end,
		.packed = (uint32_t)packed,
		.len = (uint32_t)text->len,
	};
	spool->end += packed;
	text->len = 0;
	return true;
}

bool spool_add(struct spool *spool, size_t number, const char *data, size_t len)
{
	struct spool_text *text = text_of(spool, number);

	if (!text->buffer)
		text->buffer = xcalloc(PIECE_BYTES, 1);
	while (len) {
		size_t fits = PIECE_BYTES - text->len;

		if (fits > len)
			fits = len;
		memcpy(text->buffer + text->len, data, fits);
		text->len += fits;
		data += fits;
		len -= fits;
		if (text->len == PIECE_BYTES && !pack(spool, text))
			return false;
	}
	return true;
}

bool spool_rest(struct spool *spool, size_t number)
{
	struct spool_text *text = text_of(spool, number);

	if (!pack(spool, text))
		return false;
	free(text->buffer);
	text->buffer = NULL;
	return true;
}

bool spool_read(struct spool *spool, size_t number,
		void (*take)(void *arg, const char *data, size_t len), void *arg)
{
	struct spool_text *text = text_of(spool, number);
	char buffer[PIECE_BYTES];
	size_t i;

	for (i = 0; i < text->nr_pieces; i++) {
		const struct piece *piece = &text->pieces[i];
		uLongf len = sizeof(buffer);

		if (!read_all(spool->fd, spool->packed, piece->packed, piece->offset))
			return false;
		if (uncompress((Bytef *)buffer, &len, spool->packed, piece->packed) != Z_OK ||
		    len != piece->len) {
			errno = EIO;
			return false;
		}
		take(arg, buffer, len);
	}
	take(arg, text->buffer, text->len);
	return true;
}

void spool_close(struct spool *spool)
{
	size_t i;

	if (!spool)
		return;
	for (i = 0; i < spool->nr_texts; i++) {
		free(spool->texts[i].buffer);
		free(spool->texts[i].pieces);
	}
	free(spool->texts);
	close(spool->fd);
	free(spool);
}
