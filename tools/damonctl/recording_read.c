// SPDX-License-Identifier: GPL-2.0
/* Reads recordings, ours and damo's. */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "json_split.h"
#include "recording.h"
#include "util.h"

#define CHUNK	(256 * 1024)
/* More than any file has. */
#define NO_TARGET	SIZE_MAX

struct loader {
	struct recording *recording;
	const char *path;
	size_t wanted;
	size_t room;
	bool said;
};

/* "1,234" as well. */
static bool parse_damo_number(const char *text, uint64_t *number)
{
	char digits[32];
	size_t nr = 0;

	for (; *text; text++) {
		if (*text == ',' && nr)
			continue;
		if (*text < '0' || *text > '9' || nr + 1 == sizeof(digits))
			return false;
		digits[nr++] = *text;
	}
	digits[nr] = '\0';
	errno = 0;
	*number = strtoull(digits, NULL, 10);
	return nr && !errno;
}

/* damo writes numbers as strings.  Returns false if it is neither. */
static bool number_of(const json_t *object, const char *key, uint64_t *number)
{
	const json_t *value = json_object_get(object, key);
	const char *text;

	if (json_is_integer(value)) {
		if (json_integer_value(value) < 0)
			return false;
		*number = (uint64_t)json_integer_value(value);
		return true;
	}
	if (json_is_real(value) && json_real_value(value) >= 0 &&
	    json_real_value(value) < 18446744073709551616.0) {
		*number = (uint64_t)json_real_value(value);
		return true;
	}
	text = json_string_value(value);
	return text && parse_damo_number(text, number);
}

static void parse_hits(const json_t *hits, struct region *region, uint32_t *nr_probes)
{
	size_t i, nr = json_array_size(hits);

	for (i = 0; i < nr && i < MAX_PROBES; i++)
		region->hits[i] = (uint32_t)json_integer_value(json_array_get(hits, i));
	if (*nr_probes < i)
		*nr_probes = (uint32_t)i;
}

static bool parse_region(const json_t *object, struct region *region, uint32_t *nr_probes)
{
	uint64_t nr_accesses, age;

	if (!number_of(object, "start", &region->start) ||
	    !number_of(object, "end", &region->end) || region->start > region->end)
		return false;
	if (!number_of(json_object_get(object, "nr_accesses"), "samples", &nr_accesses) ||
	    nr_accesses > UINT32_MAX)
		return false;
	if (!number_of(json_object_get(object, "age"), "aggr_intervals", &age) || age > UINT32_MAX)
		age = 0;
	region->nr_accesses = (uint32_t)nr_accesses;
	region->age = (uint32_t)age;
	parse_hits(json_object_get(object, "probe_hits"), region, nr_probes);
	return true;
}

static int by_address(const void *a, const void *b)
{
	const struct region *l = a, *r = b;

	return l->start < r->start ? -1 : l->start > r->start;
}

static bool parse_snapshot(const json_t *object, struct window *window)
{
	const json_t *regions = json_object_get(object, "regions");
	size_t nr = json_array_size(regions);
	uint64_t number;
	size_t i;

	memset(window, 0, sizeof(*window));
	if (!json_is_array(regions) || nr > UINT32_MAX ||
	    !number_of(object, "start_time", &window->start_ns) ||
	    !number_of(object, "end_time", &window->end_ns) || window->start_ns > window->end_ns)
		return false;
	if (number_of(object, "sample_interval_us", &number))
		window->sample_us = number;
	if (number_of(object, "max_nr_accesses", &number) && number <= UINT32_MAX)
		window->max_nr_accesses = (uint32_t)number;

	window->regions = xcalloc(nr, sizeof(*window->regions));
	for (i = 0; i < nr; i++) {
		if (!parse_region(json_array_get(regions, i), &window->regions[i],
				  &window->nr_probes)) {
			free(window->regions);
			return false;
		}
	}
	window->nr_regions = (uint32_t)nr;
	qsort(window->regions, nr, sizeof(*window->regions), by_address);
	return true;
}

static struct recording_target *target_of(struct recording *recording, size_t target)
{
	if (target >= recording->nr_targets) {
		recording->targets = xreallocarray(recording->targets, target + 1,
						   sizeof(*recording->targets));
		memset(recording->targets + recording->nr_targets, 0,
		       (target + 1 - recording->nr_targets) * sizeof(*recording->targets));
		recording->nr_targets = target + 1;
	}
	return &recording->targets[target];
}

static bool take_snapshot(void *arg, size_t record, const char *data, size_t len)
{
	struct loader *loader = arg;
	struct recording *recording = loader->recording;
	json_error_t error;
	json_t *object;
	bool ok;

	target_of(recording, record)->nr_windows++;
	if (record != loader->wanted)
		return true;
	object = json_loadb(data, len, 0, &error);
	if (!object) {
		warnx("%s: snapshot %zu: %s", loader->path, recording->nr_windows, error.text);
		loader->said = true;
		return false;
	}
	if (recording->nr_windows == loader->room) {
		loader->room = loader->room ? loader->room * 2 : 64;
		recording->windows = xreallocarray(recording->windows, loader->room,
						   sizeof(*recording->windows));
	}
	ok = parse_snapshot(object, &recording->windows[recording->nr_windows]);
	json_decref(object);
	if (!ok) {
		warnx("%s: snapshot %zu lacks a time, its regions or their accesses",
		      loader->path, recording->nr_windows);
		loader->said = true;
		return false;
	}
	recording->nr_windows++;
	return true;
}

/* What a file says is printed to terminals: no control characters from it. */
static char *printable(const char *text)
{
	char *copy = xasprintf("%s", text);
	char *p;

	for (p = copy; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	}
	return copy;
}

static char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? printable(text) : NULL;
}

/* Our own member, which damo drops when it converts a file. */
static void parse_about(const json_t *about, struct recording_info *info)
{
	const json_t *probes = json_object_get(about, "probes");
	uint64_t pid;
	size_t i;

	if (number_of(about, "pid", &pid))
		info->pid = (int64_t)pid;
	info->physical = json_is_true(json_object_get(about, "physical"));
	number_of(about, "nr_lost", &info->nr_lost);
	info->command = text_of(about, "command");
	info->cgroup = text_of(about, "cgroup");
	for (i = 0; i < json_array_size(probes) && i < MAX_PROBES; i++) {
		if (!json_is_string(json_array_get(probes, i)))
			return;
		info->probes[info->nr_probes++] =
			printable(json_string_value(json_array_get(probes, i)));
	}
}

static void parse_targets(const json_t *root, struct recording *recording)
{
	size_t i;

	for (i = 0; i < json_array_size(root); i++) {
		const json_t *about = json_object_get(json_array_get(root, i), "damonctl");
		struct recording_target *target = target_of(recording, i);
		uint64_t pid;

		if (number_of(about, "pid", &pid))
			target->pid = (int64_t)pid;
		target->command = text_of(about, "command");
	}
}

/* Everything but the snapshots. */
static bool parse_rest(struct loader *loader, const struct text *rest)
{
	struct recording_info *info = &loader->recording->info;
	const json_t *record, *intervals;
	json_error_t error;
	json_t *root;
	bool ok = false;

	root = json_loadb(rest->data, rest->len, 0, &error);
	if (!root) {
		warnx("%s: %s", loader->path, error.text);
		return false;
	}
	record = json_array_get(root, loader->wanted == NO_TARGET ? 0 : loader->wanted);
	intervals = json_object_get(record, "intervals");
	if (!json_is_array(root) || !record || !json_object_get(record, "snapshots")) {
		warnx("%s is not a recording of damonctl or damo", loader->path);
		goto out;
	}
	if (!number_of(intervals, "sample_us", &info->sample_us) ||
	    !number_of(intervals, "aggr_us", &info->aggr_us)) {
		warnx("%s does not say which intervals it was recorded with", loader->path);
		goto out;
	}
	number_of(intervals, "ops_update_us", &info->update_us);
	parse_targets(root, loader->recording);

	parse_about(json_object_get(record, "damonctl"), info);
	ok = true;
out:
	json_decref(root);
	return ok;
}

/* gzread() passes through what is not gzip, and does not know plain zlib. */
static bool inflate_into(struct loader *loader, FILE *file, struct json_split *split)
{
	unsigned char *in = xcalloc(CHUNK, 1);
	char *out = xcalloc(CHUNK, 1);
	z_stream z = { 0 };
	bool plain = false;
	bool first = true;
	int state = Z_OK;
	bool ok = false;

	if (inflateInit(&z) != Z_OK) {
		warnx("zlib cannot be set up");
		goto free_buffers;
	}
	for (;;) {
		size_t len = fread(in, 1, CHUNK, file);

		if (!len)
			break;
		if (first)
			plain = in[0] == '[' || in[0] == ' ' || in[0] == '\n';
		first = false;
		if (plain) {
			if (!json_split_feed(split, (char *)in, len))
				goto bad;
			continue;
		}
		z.next_in = in;
		z.avail_in = (unsigned int)len;
		do {
			z.next_out = (unsigned char *)out;
			z.avail_out = CHUNK;
			state = inflate(&z, Z_NO_FLUSH);
			if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
				goto bad;
			if (!json_split_feed(split, out, CHUNK - z.avail_out))
				goto bad;
		} while (state != Z_STREAM_END && !z.avail_out);
		if (state == Z_STREAM_END)
			break;
	}
	if (ferror(file))
		warn("cannot read %s", loader->path);
	else if (first)
		warnx("%s is empty", loader->path);
	else if ((!plain && state != Z_STREAM_END) || !json_split_done(split))
		warnx("%s is cut short", loader->path);
	else
		ok = true;
	goto end_inflate;
bad:
	if (!loader->said)
		warnx("%s is not a recording of damonctl or damo", loader->path);
end_inflate:
	inflateEnd(&z);
free_buffers:
	free(out);
	free(in);
	return ok;
}

/* What older files do not say in each snapshot follows from the intervals. */
static void complete_windows(struct recording *recording)
{
	const struct recording_info *info = &recording->info;
	size_t i;

	for (i = 0; i < recording->nr_windows; i++) {
		struct window *w = &recording->windows[i];

		w->aggr_us = info->aggr_us;
		if (!w->sample_us)
			w->sample_us = info->sample_us;
		/* Tuning keeps the ratio of the two. */
		else if (w->sample_us != info->sample_us && info->sample_us)
			w->aggr_us = w->sample_us * max_samples(info->sample_us, info->aggr_us);
		if (!w->max_nr_accesses)
			w->max_nr_accesses = max_samples(info->sample_us, info->aggr_us);
	}
}

static int by_time(const void *a, const void *b)
{
	const struct window *l = a, *r = b;

	return l->start_ns < r->start_ns ? -1 : l->start_ns > r->start_ns;
}

static bool load_target(const char *path, size_t target, struct recording *recording)
{
	struct loader loader = { .recording = recording, .path = path, .wanted = target };
	struct json_split split = { .snapshot = take_snapshot, .arg = &loader };
	FILE *file;
	bool ok;

	memset(recording, 0, sizeof(*recording));
	recording->loaded = target;
	file = fopen(path, "re");
	if (!file) {
		warn("cannot open %s", path);
		return false;
	}
	ok = inflate_into(&loader, file, &split) && parse_rest(&loader, &split.rest);
	json_split_free(&split);
	fclose(file);
	if (!ok) {
		recording_free(recording);
		return false;
	}
	complete_windows(recording);
	if (recording->nr_windows)
		qsort(recording->windows, recording->nr_windows, sizeof(*recording->windows),
		      by_time);
	return true;
}

/* Whose the windows are is told behind them: such a file is read twice. */
static bool find_target(const char *path, int64_t pid, size_t *target)
{
	struct recording all;
	size_t i;
	bool ok;

	if (!load_target(path, NO_TARGET, &all))
		return false;
	for (i = 0; i < all.nr_targets && all.targets[i].pid != pid; i++)
		;
	ok = i < all.nr_targets;
	*target = i;
	if (!ok) {
		warnx("there is no process %" PRId64 " in %s", pid, path);
		recording_list(stderr, &all);
	}
	recording_free(&all);
	return ok;
}

bool recording_load(const char *path, int64_t pid, struct recording *recording)
{
	size_t target = 0;

	return (!pid || find_target(path, pid, &target)) && load_target(path, target, recording);
}

void recording_free(struct recording *recording)
{
	size_t i;

	for (i = 0; i < recording->nr_targets; i++)
		free(recording->targets[i].command);
	free(recording->targets);

	for (i = 0; i < recording->nr_windows; i++)
		free(recording->windows[i].regions);
	free(recording->windows);
	recording_info_free(&recording->info);
	memset(recording, 0, sizeof(*recording));
}
