// SPDX-License-Identifier: GPL-2.0
/* Cuts the snapshots out of a recording's JSON text, one at a time. */
#include "json_split.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

/* Open brackets inside the list of records, a record, a list of snapshots. */
#define IN_RECORDS	1
#define IN_RECORD	2
#define IN_SNAPSHOTS	3

/* Deeper than any recording; the text may come from anywhere. */
#define MAX_DEPTH	64

static void text_add(struct text *text, char c)
{
	if (text->len == text->room) {
		text->room = text->room ? text->room * 2 : 256;
		text->data = xreallocarray(text->data, text->room, 1);
	}
	text->data[text->len++] = c;
}

static bool text_is(const struct text *text, const char *word)
{
	return text->len == strlen(word) && !memcmp(text->data, word, text->len);
}

static void step_string(struct json_split *split, char c)
{
	if (split->escaped)
		split->escaped = false;
	else if (c == '\\')
		split->escaped = true;
	else if (c == '"')
		split->in_string = false;
	if (split->in_string && split->depth == IN_RECORD)
		text_add(&split->key, c);
}

static bool step_open(struct json_split *split, char c)
{
	if (split->depth == IN_RECORD && c == '[' && text_is(&split->key, "snapshots"))
		split->in_snapshots = true;
	return ++split->depth <= MAX_DEPTH;
}

static bool step_close(struct json_split *split)
{
	if (!split->depth)
		return false;
	split->depth--;
	if (split->depth == IN_RECORD)
		split->in_snapshots = false;
	if (split->depth == IN_RECORDS)
		split->record++;
	return true;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static bool step(struct json_split *split, char c)
{
	bool was_inside = split->in_snapshots && split->depth > IN_SNAPSHOTS;
	bool was_list = split->in_snapshots;

	if (split->in_string) {
		step_string(split, c);
	} else if (c == '"') {
		split->in_string = true;
		if (split->depth == IN_RECORD)
			split->key.len = 0;
	} else if (c == '[' || c == '{') {
		if (!step_open(split, c))
			return false;
	} else if (c == ']' || c == '}') {
		if (!step_close(split))
			return false;
	}

	if (was_inside || (was_list && split->in_snapshots && split->depth > IN_SNAPSHOTS)) {
		text_add(&split->piece, c);
		if (split->depth == IN_SNAPSHOTS && !split->in_string) {
			bool ok = split->snapshot(split->arg, split->record, split->piece.data,
						  split->piece.len);

			split->piece.len = 0;
			return ok;
		}
		return true;
	}
	/* Between two snapshots; what opens and closes the list stays. */
	if (was_list && split->in_snapshots)
		return c == ',' || is_space(c);
	text_add(&split->rest, c);
	return true;
}

bool json_split_feed(struct json_split *split, const char *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (!step(split, data[i]))
			return false;
	}
	return true;
}

bool json_split_done(const struct json_split *split)
{
	return !split->depth && !split->in_string && split->rest.len;
}

void json_split_free(struct json_split *split)
{
	free(split->rest.data);
	free(split->piece.data);
	free(split->key.data);
}
