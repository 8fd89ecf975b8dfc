// SPDX-License-Identifier: GPL-2.0
/* Heatmaps for terminals and text files. */
#include "heatmap_text.h"

#include <inttypes.h>

#include "palette.h"
#include "units.h"

/* "12345.67 s", and what is between it, the matrices and the margin. */
#define LABEL	10
#define GAP	3

unsigned int heatmap_text_width(unsigned int cols, unsigned int nr_maps)
{
	unsigned int taken = LABEL + 2 + (nr_maps - 1) * GAP + 1;
	unsigned int width = cols > taken ? (cols - taken) / nr_maps : 0;

	return width < 8 ? 8 : width;
}

static void print_cells(FILE *out, const struct heatmap *map, unsigned int time, double max,
			bool colours)
{
	int current = -1;
	unsigned int i;

	for (i = 0; i < map->nr_addrs; i++) {
		double rate = heatmap_rate(map, time, i);
		int colour;

		if (!colours) {
			fputc(rate < 0 ? '.' : '0' + heat_level(rate, max), out);
			continue;
		}
		colour = rate < 0 ? 0 : xterm_colour(heat_colour(max > 0 ? rate / max : 0));
		if (colour != current) {
			if (colour)
				fprintf(out, "\033[48;5;%dm", colour);
			else
				fputs("\033[0m", out);
			current = colour;
		}
		fputc(' ', out);
	}
	if (colours)
		fputs("\033[0m", out);
}

static void print_legend(FILE *out, double max, bool colours)
{
	int i;

	if (!colours) {
		fprintf(out, "# 0: no access seen   9: accessed in %.0f %% of the samples   .: not recorded\n",
			max * 100);
		return;
	}
	fputs("  0 % ", out);
	for (i = 0; i < 20; i++)
		fprintf(out, "\033[48;5;%dm ", xterm_colour(heat_colour(i / 19.0)));
	fprintf(out, "\033[0m %.0f %% of the samples found it accessed\n", max * 100);
}

static void print_header(FILE *out, const struct heatmap *map, bool truth)
{
	char size[UNITS_TEXT], cell[UNITS_TEXT], time[UNITS_TEXT], step[UNITS_TEXT];
	uint64_t bytes = map->space.end - map->space.start;
	uint64_t ns = map->time.end - map->time.start;
	unsigned int pad = map->nr_addrs;

	fprintf(out, "# addresses 0x%" PRIx64 "-0x%" PRIx64 " (%s), %s a column\n", map->space.start,
		map->space.end, size_text(size, bytes), size_text(cell, bytes / map->nr_addrs));
	fprintf(out, "# time %s from the top to the bottom, %s a row\n", time_text(time, ns),
		time_text(step, ns / map->nr_times));
	if (truth)
		fprintf(out, "# %*s  %-*s%*s%s\n", LABEL - 2, "", (int)pad, "measured", GAP, "",
			"the truth");
}

void heatmap_print(FILE *out, const struct heatmap *map, const struct heatmap *truth, bool colours)
{
	unsigned int i;

	print_header(out, map, truth);
	for (i = 0; i < map->nr_times; i++) {
		double s = (double)(cell_edge(map->time, map->nr_times, i) - map->time.start) / 1e9;

		fprintf(out, "%*.2f s  ", LABEL - 2, s);
		print_cells(out, map, i, map->max_rate, colours);
		if (truth) {
			fprintf(out, "%*s", GAP, "");
			print_cells(out, truth, i, 1, colours);
		}
		fputc('\n', out);
	}
	print_legend(out, map->max_rate, colours);
}
