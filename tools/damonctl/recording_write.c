// SPDX-License-Identifier: GPL-2.0
/* Writes recordings, window by window. */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "outfile.h"
#include "recording.h"
#include "spool.h"
#include "util.h"

#define TEXT_BYTES	(64 * 1024)
/* Longest text that one call of put() makes. */
#define PIECE_BYTES	512

/* The windows of the first target go to the file, those of others to the spool. */
struct written {
	int64_t pid;
	char *command;
	size_t nr_windows;
};

struct recording_writer {
	struct outfile *out;
	struct spool *spool;
	struct written *targets;
	size_t nr_targets;
	size_t current;
	z_stream z;
	size_t used;
	bool failed;
	char text[TEXT_BYTES];
	unsigned char packed[TEXT_BYTES];
};

/* Hands the collected text to zlib, and what that returns to the file. */
static void squeeze(struct recording_writer *writer, int flush)
{
	int ret;

	if (writer->failed)
		return;
	writer->z.next_in = (unsigned char *)writer->text;
	writer->z.avail_in = (unsigned int)writer->used;
	writer->used = 0;
	do {
		writer->z.next_out = writer->packed;
		writer->z.avail_out = sizeof(writer->packed);
		ret = deflate(&writer->z, flush);
		if (ret == Z_STREAM_ERROR) {
			errno = EINVAL;
			writer->failed = true;
			return;
		}
		if (!outfile_write(writer->out, writer->packed,
				   sizeof(writer->packed) - writer->z.avail_out)) {
			writer->failed = true;
			return;
		}
	} while (!writer->z.avail_out);
}

static void put_text(struct recording_writer *writer, const char *text, size_t len)
{
	while (len) {
		size_t fits = sizeof(writer->text) - writer->used;

		if (fits > len)
			fits = len;
		memcpy(writer->text + writer->used, text, fits);
		writer->used += fits;
		text += fits;
		len -= fits;
		if (writer->used == sizeof(writer->text))
			squeeze(writer, Z_NO_FLUSH);
	}
}

/* To the spool, or to the file. */
static void put_target(struct recording_writer *writer, const char *text, size_t len)
{
	if (!writer->current)
		put_text(writer, text, len);
	else if (!writer->failed && !spool_add(writer->spool, writer->current, text, len))
		writer->failed = true;
}

static void __attribute__((format(printf, 2, 3)))
put(struct recording_writer *writer, const char *format, ...)
{
	char piece[PIECE_BYTES];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(piece, sizeof(piece), format, args);
	va_end(args);
	put_target(writer, piece, (size_t)len);
}

static void put_head(struct recording_writer *writer, const struct recording_info *info,
		     size_t target)
{
	put(writer, "{\"kdamond_idx\":0,\"context_idx\":0,\"intervals\":{\"sample_us\":%" PRIu64
	    ",\"aggr_us\":%" PRIu64 ",\"ops_update_us\":%" PRIu64 "},",
	    info->sample_us, info->aggr_us, info->update_us);
	put(writer, "\"scheme_idx\":null,\"target_id\":%zu,\"scheme_filters\":[],\"snapshots\":[",
	    target);
}

static struct written *target_of(struct recording_writer *writer, size_t target)
{
	if (target >= writer->nr_targets) {
		size_t nr = target + 1;

		writer->targets = xreallocarray(writer->targets, nr, sizeof(*writer->targets));
		memset(writer->targets + writer->nr_targets, 0,
		       (nr - writer->nr_targets) * sizeof(*writer->targets));
		writer->nr_targets = nr;
	}
	return &writer->targets[target];
}

struct recording_writer *recording_create(const char *path, const struct recording_info *info)
{
	struct recording_writer *writer = xcalloc(1, sizeof(*writer));

	writer->out = outfile_open(path, 0600);
	if (!writer->out)
		goto free_writer;
	if (deflateInit(&writer->z, Z_DEFAULT_COMPRESSION) != Z_OK) {
		warnx("zlib cannot be set up");
		goto drop_out;
	}
	put_text(writer, "[", 1);
	put_head(writer, info, 0);
	return writer;

drop_out:
	outfile_drop(writer->out);
free_writer:
	free(writer);
	return NULL;
}

static void put_window(struct recording_writer *writer, const struct window *window, bool first)
{
	uint32_t i, k;

	put(writer, "%s\n{\"start_time\":%" PRIu64 ",\"end_time\":%" PRIu64
	    ",\"sample_interval_us\":%" PRIu64 ",\"max_nr_accesses\":%" PRIu32
	    ",\"total_bytes\":%" PRIu64 ",\"regions\":[",
	    first ? "" : ",", window->start_ns, window->end_ns, window->sample_us,
	    window->max_nr_accesses, window_bytes(window, 0));
	for (i = 0; i < window->nr_regions; i++) {
		const struct region *r = &window->regions[i];

		put(writer, "%s{\"start\":%" PRIu64 ",\"end\":%" PRIu64
		    ",\"nr_accesses\":{\"samples\":%" PRIu32
		    ",\"percent\":null},\"age\":{\"usec\":null,\"aggr_intervals\":%" PRIu32
		    "},\"probe_hits\":[", i ? "," : "", r->start, r->end, r->nr_accesses, r->age);
		for (k = 0; k < window->nr_probes; k++)
			put(writer, "%s%" PRIu32, k ? "," : "", r->hits[k]);
		put(writer, "],\"sz_filter_passed\":0}");
	}
	put(writer, "]}");
}

static bool complain(struct recording_writer *writer)
{
	if (writer->failed) {
		warn("cannot write %s", outfile_path(writer->out));
		return false;
	}
	return true;
}

bool recording_add(struct recording_writer *writer, size_t target, const struct window *window)
{
	struct written *written = target_of(writer, target);

	if (target && !writer->spool) {
		writer->spool = spool_open(outfile_path(writer->out));
		writer->failed |= !writer->spool;
	}
	writer->current = target;
	if (!writer->failed)
		put_window(writer, window, !written->nr_windows++);
	writer->current = 0;
	return complain(writer);
}

void recording_describe(struct recording_writer *writer, size_t target, int64_t pid,
			char *command)
{
	struct written *written = target_of(writer, target);

	free(written->command);
	written->command = command;
	written->pid = pid;
}

bool recording_rest(struct recording_writer *writer, size_t target)
{
	if (target && writer->spool && !writer->failed && !spool_rest(writer->spool, target))
		writer->failed = true;
	return complain(writer);
}

/* A command line may hold any bytes, and so may paths; JSON only UTF-8. */
static json_t *text_json(const char *text)
{
	json_t *value = json_string(text);
	char *ascii;
	char *p;

	if (value)
		return value;
	ascii = xasprintf("%s", text);
	for (p = ascii; *p; p++) {
		if (*p & 0x80)
			*p = '?';
	}
	value = json_string(ascii);
	free(ascii);
	return value;
}

static json_t *optional_json(const char *text)
{
	return text ? text_json(text) : NULL;
}

static void put_info(struct recording_writer *writer, const struct recording_info *info,
		     const struct written *target)
{
	const char *command = target->command ? target->command : info->command;
	const int64_t pid = target->pid ? target->pid : info->pid;
	json_t *probes = json_array();
	json_t *about;
	char *text;
	uint32_t i;

	for (i = 0; i < info->nr_probes; i++)
		json_array_append_new(probes, text_json(info->probes[i]));
	about = json_pack("{s:I,s:I,s:b,s:o*,s:o*,s:o}", "pid", (json_int_t)pid, "nr_lost",
			  (json_int_t)info->nr_lost, "physical", info->physical, "cgroup",
			  optional_json(info->cgroup), "command", optional_json(command), "probes",
			  probes);
	text = about ? json_dumps(about, JSON_COMPACT) : NULL;
	if (!text)
		errx(EXIT_FAILED, "out of memory");
	put_text(writer, text, strlen(text));
	free(text);
	json_decref(about);
}

static void put_tail(struct recording_writer *writer, const struct recording_info *info,
		     const struct written *target)
{
	put(writer, "],\"data_source\":\"unknown\",\"damonctl\":");
	put_info(writer, info, target);
	put_text(writer, "}", 1);
}

static void take_spooled(void *arg, const char *data, size_t len)
{
	put_text(arg, data, len);
}

/* What has waited in the spool comes behind the first target. */
static void put_others(struct recording_writer *writer, const struct recording_info *info)
{
	size_t i;

	for (i = 1; i < writer->nr_targets; i++) {
		if (!writer->targets[i].nr_windows)
			continue;
		put_text(writer, ",", 1);
		put_head(writer, info, i);
		if (!spool_read(writer->spool, i, take_spooled, writer)) {
			writer->failed = true;
			return;
		}
		put_tail(writer, info, &writer->targets[i]);
	}
}

static void writer_free(struct recording_writer *writer)
{
	size_t i;

	for (i = 0; i < writer->nr_targets; i++)
		free(writer->targets[i].command);
	free(writer->targets);
	spool_close(writer->spool);
	free(writer);
}

bool recording_finish(struct recording_writer *writer, const struct recording_info *info)
{
	bool ok;

	put_tail(writer, info, target_of(writer, 0));
	put_others(writer, info);
	put_text(writer, "]\n", 2);
	squeeze(writer, Z_FINISH);
	if (!complain(writer)) {
		recording_drop(writer);
		return false;
	}
	ok = outfile_commit(writer->out, true);
	deflateEnd(&writer->z);
	writer_free(writer);
	return ok;
}

void recording_drop(struct recording_writer *writer)
{
	if (!writer)
		return;
	deflateEnd(&writer->z);
	outfile_drop(writer->out);
	writer_free(writer);
}
