/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Texts that grow at the same time, on disk.
 *
 * A recording has its processes one behind the other, and their windows come in
 * turns: what cannot be written to its place yet waits here, compressed.
 */
#ifndef DAMONCTL_SPOOL_H
#define DAMONCTL_SPOOL_H

#include <stdbool.h>
#include <stddef.h>

struct spool;

/**
 * spool_open - an empty spool, which nobody else sees
 * @beside:	a file, in whose directory there is room
 *
 * Returns NULL with errno set.
 */
struct spool *spool_open(const char *beside);

/**
 * spool_add - append to a text
 * @spool:	spool
 * @text:	its number; texts begin empty
 * @data:	bytes
 * @len:	how many
 *
 * Returns false with errno set.
 */
bool spool_add(struct spool *spool, size_t text, const char *data, size_t len);

/**
 * spool_rest - no more comes to a text for now: its buffer is given back
 * @spool:	spool
 * @text:	its number
 *
 * Returns false with errno set.
 */
bool spool_rest(struct spool *spool, size_t text);

/**
 * spool_read - hand out a whole text
 * @spool:	spool
 * @text:	its number
 * @take:	gets it in pieces
 * @arg:	passed to @take
 *
 * Returns false with errno set.
 */
bool spool_read(struct spool *spool, size_t text,
		void (*take)(void *arg, const char *data, size_t len), void *arg);

/** spool_close - forget everything; @spool may be NULL */
void spool_close(struct spool *spool);

#endif
