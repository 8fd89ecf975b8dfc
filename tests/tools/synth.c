// SPDX-License-Identifier: GPL-2.0
/* Made-up recordings. */
#include "synth.h"

#include <damon/device.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record_stream.h"
#include "recording.h"

struct buffer {
	char *data;
	size_t len;
};

static void *append(struct buffer *buffer, uint32_t type, size_t size, uint64_t time_ns)
{
	struct damon_record *head;

	buffer->data = realloc(buffer->data, buffer->len + size);
	if (!buffer->data)
		abort();
	head = (void *)(buffer->data + buffer->len);
	memset(head, 0, size);
	head->type = type;
	head->size = (uint32_t)size;
	head->time_ns = time_ns;
	buffer->len += size;
	return head;
}

static void append_window(struct buffer *buffer, unsigned int nr, unsigned int step)
{
	uint64_t start = SYNTH_START_NS + nr * SYNTH_WINDOW_NS;
	uint64_t hot = SYNTH_BASE + step * SYNTH_STEP;
	uint64_t end = SYNTH_BASE + SYNTH_STEPS * SYNTH_STEP;
	const struct damon_region_info regions[] = {
		{ .start = SYNTH_LOW_START, .end = SYNTH_LOW_END, .age = nr },
		{ .start = SYNTH_BASE, .end = hot, .age = nr },
		{ .start = hot, .end = hot + SYNTH_STEP, .nr_accesses = SYNTH_MAX,
		  .age = nr % SYNTH_WINDOWS },
		{ .start = hot + SYNTH_STEP, .end = end, .age = nr },
	};
	struct damon_record_window *window;
	unsigned int i;

	window = append(buffer, DAMON_RECORD_WINDOW, sizeof(*window) + sizeof(regions),
			start + SYNTH_WINDOW_NS);
	window->seq = nr + 1;
	window->start_ns = start;
	window->sample_us = DAMON_DEFAULT_SAMPLE_US;
	window->aggr_us = DAMON_DEFAULT_AGGR_US;
	window->max_nr_accesses = SYNTH_MAX;
	for (i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
		/* The first and last step have nothing cold on one side. */
		if (regions[i].start < regions[i].end)
			window->regions[window->nr_regions++] = regions[i];
	}
}

void *synth_stairs(size_t *len)
{
	struct buffer buffer = { 0 };
	struct damon_record_lost *lost;
	unsigned int i;

	for (i = 0; i < SYNTH_STEPS * SYNTH_WINDOWS; i++) {
		append_window(&buffer, i, i / SYNTH_WINDOWS);
		if (i == 4)
			append(&buffer, 999, 40, 0);
		if (i == 5) {
			lost = append(&buffer, DAMON_RECORD_LOST, sizeof(*lost), 0);
			lost->nr = 3;
		}
	}
	append(&buffer, DAMON_RECORD_TARGET_GONE, sizeof(struct damon_record_target_gone), 0);
	*len = buffer.len;
	return buffer.data;
}

struct sink {
	struct recording_writer *writer;
	struct recording_info info;
};

static bool on_window(void *arg, const struct window *window)
{
	struct sink *sink = arg;

	return recording_add(sink->writer, 0, window);
}

static void on_lost(void *arg, uint64_t nr)
{
	struct sink *sink = arg;

	sink->info.nr_lost += nr;
}

bool synth_recording(const char *path)
{
	char command[] = "./stairs \"quoted\" \\ \t\xff";
	struct sink sink = {
		.info = {
			.sample_us = DAMON_DEFAULT_SAMPLE_US,
			.aggr_us = DAMON_DEFAULT_AGGR_US,
			.update_us = DAMON_DEFAULT_UPDATE_US,
			.pid = 4711,
			.command = command,
		},
	};
	const struct record_handler handler = {
		.addr_unit = 1,
		.window = on_window,
		.lost = on_lost,
		.arg = &sink,
	};
	size_t len;
	void *data = synth_stairs(&len);
	bool ok;

	sink.writer = recording_create(path, &sink.info);
	if (!sink.writer) {
		free(data);
		return false;
	}
	ok = record_stream_parse(data, len, &handler);
	free(data);
	if (!ok) {
		recording_drop(sink.writer);
		return false;
	}
	return recording_finish(sink.writer, &sink.info);
}

bool synth_truth(const char *path)
{
	FILE *file = fopen(path, "we");
	unsigned int i;

	if (!file)
		return false;
	fprintf(file, "# start_ns end_ns start_addr end_addr\n");
	for (i = 0; i < SYNTH_STEPS; i++) {
		uint64_t time = SYNTH_START_NS + i * SYNTH_WINDOWS * SYNTH_WINDOW_NS;

		fprintf(file, "%" PRIu64 " %" PRIu64 " 0x%" PRIx64 " 0x%" PRIx64 "\n", time,
			(uint64_t)(time + SYNTH_WINDOWS * SYNTH_WINDOW_NS),
			(uint64_t)(SYNTH_BASE + i * SYNTH_STEP),
			(uint64_t)(SYNTH_BASE + (i + 1) * SYNTH_STEP));
	}
	return !fclose(file);
}
