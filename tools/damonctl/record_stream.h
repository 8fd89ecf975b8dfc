/* SPDX-License-Identifier: GPL-2.0 */
/* Takes apart a session's records. */
#ifndef DAMONCTL_RECORD_STREAM_H
#define DAMONCTL_RECORD_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "window.h"

/**
 * struct record_handler - who gets the records
 * @window:	a window is complete; it is only lent.  Returning false ends the
 *		parsing
 * @lost:	records were dropped before the next one
 * @gone:	a target is no longer monitored
 * @joined:	a process has joined, as this target
 * @left_out:	this many processes find no room
 * @arg:	passed to all of them
 * @addr_unit:	bytes that an address of the session stands for
 *
 * All but @window may be NULL.
 */
struct record_handler {
	bool (*window)(void *arg, const struct window *window);
	void (*lost)(void *arg, uint64_t nr);
	void (*gone)(void *arg, uint32_t target);
	void (*joined)(void *arg, uint32_t target, uint32_t pid);
	void (*left_out)(void *arg, uint32_t nr);
	void *arg;
	uint64_t addr_unit;
};

/**
 * record_stream_parse - hand out the records of a buffer
 * @data:	whole records, 8-byte aligned
 * @len:	bytes
 * @handler:	where they go
 *
 * Unknown types are skipped.  Returns false when a record contradicts itself
 * or @window returned false.
 */
bool record_stream_parse(const void *data, size_t len, const struct record_handler *handler);

#endif
