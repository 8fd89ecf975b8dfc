// SPDX-License-Identifier: GPL-2.0
/* One window as text: strips of the address space and a table of regions. */
#include "view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "heatmap.h"
#include "palette.h"
#include "process.h"
#include "util.h"
#include "view_processes.h"

const char *view_sort_name(enum view_sort sort)
{
	static const char * const names[] = {
		[SORT_RATE] = "access rate",
		[SORT_SIZE] = "size",
		[SORT_AGE] = "age",
		[SORT_ADDRESS] = "address",
	};

	return names[sort];
}

static int order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_address(const void *a, const void *b)
{
	const struct region *l = *(const struct region **)a, *r = *(const struct region **)b;

	if (l->target != r->target)
		return order(l->target, r->target);
	return order(l->start, r->start);
}

static int by_size(const void *a, const void *b)
{
	const struct region *l = *(const struct region **)a, *r = *(const struct region **)b;
	int diff = order(r->end - r->start, l->end - l->start);

	return diff ? diff : by_address(a, b);
}

static int by_rate(const void *a, const void *b)
{
	const struct region *l = *(const struct region **)a, *r = *(const struct region **)b;
	int diff = order(r->nr_accesses, l->nr_accesses);

	return diff ? diff : by_size(a, b);
}

static int by_age(const void *a, const void *b)
{
	const struct region *l = *(const struct region **)a, *r = *(const struct region **)b;
	int diff = order(r->age, l->age);

	return diff ? diff : by_rate(a, b);
}

const struct region **view_sort_regions(const struct window *window, enum view_sort sort)
{
	static int (* const orders[])(const void *, const void *) = {
		[SORT_RATE] = by_rate,
		[SORT_SIZE] = by_size,
		[SORT_AGE] = by_age,
		[SORT_ADDRESS] = by_address,
	};
	const struct region **list = xcalloc(window->nr_regions, sizeof(*list));
	uint32_t i;

	for (i = 0; i < window->nr_regions; i++)
		list[i] = &window->regions[i];
	qsort(list, window->nr_regions, sizeof(*list), orders[sort]);
	return list;
}

void view_strip(const struct window *window, struct span part, double *rates, unsigned int nr)
{
	struct window once = *window;
	struct heatmap map;
	unsigned int i;

	/* A strip is a heatmap of one row. */
	once.start_ns = 0;
	once.end_ns = 1;
	heatmap_init(&map, (struct span){ 0, 1 }, part, 1, nr);
	heatmap_add(&map, &once);
	heatmap_finish(&map);
	for (i = 0; i < nr; i++)
		rates[i] = heatmap_rate(&map, 0, i);
	heatmap_free(&map);
}

double view_seconds(const struct window *window, const struct region *region)
{
	return (double)region->age * (double)window->aggr_us / 1e6;
}

static void print_rates(FILE *out, const double *rates, unsigned int cols, bool colours)
{
	unsigned int i;

	for (i = 0; i < cols; i++) {
		if (!colours)
			fputc(rates[i] < 0 ? '.' : '0' + heat_level(rates[i], 1), out);
		else
			fprintf(out, "\033[48;5;%dm ", xterm_colour(heat_colour(rates[i])));
	}
	fputs(colours ? "\033[0m\n" : "\n", out);
}

static void print_parts(FILE *out, const struct window *window, unsigned int cols, bool colours)
{
	double *rates = xcalloc(cols, sizeof(*rates));
	char size[UNITS_TEXT];
	struct span *parts;
	size_t nr, i;

	nr = window_parts(window, &parts);
	for (i = 0; i < nr; i++) {
		fprintf(out, "0x%" PRIx64 "-0x%" PRIx64 " (%s)\n", parts[i].start, parts[i].end,
			size_text(size, parts[i].end - parts[i].start));
		view_strip(window, parts[i], rates, cols);
		print_rates(out, rates, cols, colours);
	}
	free(parts);
	free(rates);
}

static void print_processes(FILE *out, const struct window *window, unsigned int cols,
			    size_t max, bool colours)
{
	double *rates = xcalloc(cols, sizeof(*rates));
	char total[UNITS_TEXT], hot[UNITS_TEXT];
	struct view_process *list;
	size_t nr = view_processes(window, &list);
	size_t i;

	fprintf(out, PROCESS_HEAD "\n", "pid", "total", "hot", "command");
	for (i = 0; i < nr && (!max || i < max); i++) {
		char *command = list[i].pid ? process_command(list[i].pid) : xasprintf("?");

		fprintf(out, PROCESS_LINE "\n", (int)list[i].pid, size_text(total, list[i].total),
			size_text(hot, list[i].hot), (int)cols, command);
		view_squeezed_strip(&list[i].window, rates, cols);
		print_rates(out, rates, cols, colours);
		free(command);
	}
	if (i < nr)
		fprintf(out, "      ... %zu more processes\n", nr - i);
	free(list);
	free(rates);
}

const char *view_probe_name(char *buf, const char *probe)
{
	size_t len = probe ? strlen(probe) : 0;

	if (!len)
		snprintf(buf, PROBE_NAME, "probe");
	else if (len < PROBE_NAME)
		strcpy(buf, probe);
	else
		snprintf(buf, PROBE_NAME, "..%s", probe + len - (PROBE_NAME - 3));
	return buf;
}

static void print_table(FILE *out, const struct window *window, const char *const *probes,
			const struct region **list, size_t rows)
{
	const bool joined = window_joined(window);
	char size[UNITS_TEXT], name[PROBE_NAME];
	size_t i;
	uint32_t k;

	fprintf(out, "\n%4s  ", "");
	if (joined)
		fprintf(out, "%9s  ", "pid");
	fprintf(out, "%-33s %10s %7s %10s", "address", "size", "rate", "age");
	for (k = 0; k < window->nr_probes; k++)
		fprintf(out, " %12s", view_probe_name(name, probes[k]));
	fputc('\n', out);
	for (i = 0; i < rows; i++) {
		char range[64];

		snprintf(range, sizeof(range), "0x%" PRIx64 "-0x%" PRIx64, list[i]->start,
			 list[i]->end);
		fprintf(out, "%4zu  ", i);
		if (joined)
			fprintf(out, "%9" PRIu32 "  ", list[i]->pid);
		fprintf(out, "%-33s %10s %5.0f %% %8.1f s", range,
			size_text(size, list[i]->end - list[i]->start),
			region_rate(window, list[i]) * 100, view_seconds(window, list[i]));
		for (k = 0; k < window->nr_probes; k++)
			fprintf(out, " %10.0f %%", region_share(window, list[i], k) * 100);
		fputc('\n', out);
	}
	if (rows < window->nr_regions)
		fprintf(out, "      ... %zu more regions\n", window->nr_regions - rows);
}

void view_print(FILE *out, const struct window *window, const char *const *probes,
		unsigned int cols, enum view_sort sort, size_t max_rows, bool colours)
{
	const struct region **list = view_sort_regions(window, sort);
	char size[UNITS_TEXT], hot[UNITS_TEXT];
	size_t rows = window->nr_regions;

	if (window_joined(window))
		print_processes(out, window, cols, max_rows, colours);
	else
		print_parts(out, window, cols, colours);
	if (!colours)
		fputs("0: no access seen ... 9: accessed in every sample\n", out);

	if (max_rows && rows > max_rows)
		rows = max_rows;
	print_table(out, window, probes, list, rows);
	fprintf(out, "\ntotal %s, hot (%.0f %% of the samples or more) %s, %" PRIu32 " regions\n",
		size_text(size, window_bytes(window, 0)), HOT_RATE * 100,
		size_text(hot, window_bytes(window, HOT_RATE)), window->nr_regions);
	free(list);
}
