/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cuts the snapshots out of a recording's JSON text, one at a time.
 *
 * An hour of recording is tens of millions of regions; as one tree of JSON
 * values that needs a hundred times the file's size.  So the text is cut where
 * a snapshot begins and ends (brackets outside strings are enough for that),
 * and jansson parses the pieces.
 */
#ifndef DAMONCTL_JSON_SPLIT_H
#define DAMONCTL_JSON_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

/** struct text - a growing piece of text */
struct text {
	char *data;
	size_t len;
	size_t room;
};

/**
 * struct json_split - state of the cutting
 * @snapshot:	called with each snapshot's text and the index of its record;
 *		returning false ends everything
 * @arg:	passed to @snapshot
 * @rest:	the text without the snapshots
 * @piece:	the snapshot being collected
 * @key:	last string at the level of a record's members
 * @record:	index of the current record
 * @depth:	open brackets
 * @in_string:	between quotes
 * @escaped:	behind a backslash
 * @in_snapshots: inside a record's list of snapshots
 *
 * Set @snapshot and @arg, zero the rest.
 */
struct json_split {
	bool (*snapshot)(void *arg, size_t record, const char *data, size_t len);
	void *arg;
	struct text rest;
	struct text piece;
	struct text key;
	size_t record;
	unsigned int depth;
	bool in_string;
	bool escaped;
	bool in_snapshots;
};

/**
 * json_split_feed - take some more text
 * @split:	state
 * @data:	text, cut anywhere
 * @len:	its length
 *
 * Returns false when this cannot be a recording or @snapshot returned false.
 */
bool json_split_feed(struct json_split *split, const char *data, size_t len);

/**
 * json_split_done - was the text complete?
 * @split:	state
 */
bool json_split_done(const struct json_split *split);

/**
 * json_split_free - give its memory back
 * @split:	state
 */
void json_split_free(struct json_split *split);

#endif
