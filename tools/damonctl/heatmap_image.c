// SPDX-License-Identifier: GPL-2.0
/* Heatmaps as pictures. */
#include "heatmap_image.h"

#include <cairo-svg.h>
#include <cairo.h>
#include <err.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "outfile.h"
#include "palette.h"
#include "units.h"

#define BAR_LEFT	(PLOT_LEFT + PLOT_WIDTH + 28)
#define BAR_WIDTH	18
#define TICK		6
#define FONT		"sans-serif"

struct canvas {
	cairo_t *cr;
	const struct heatmap *map;
};

static bool has_suffix(const char *path, const char *suffix)
{
	size_t len = strlen(path), suffix_len = strlen(suffix);

	return len > suffix_len && !strcmp(path + len - suffix_len, suffix);
}

bool heatmap_image_known(const char *path)
{
	return has_suffix(path, ".png") || has_suffix(path, ".svg");
}

static void set_colour(cairo_t *cr, struct colour colour)
{
	cairo_set_source_rgb(cr, colour.r / 255.0, colour.g / 255.0, colour.b / 255.0);
}

static void set_grey(cairo_t *cr, double grey)
{
	cairo_set_source_rgb(cr, grey, grey, grey);
}

enum align { LEFT, CENTRE, RIGHT };

static void text_at(cairo_t *cr, double x, double y, double size, enum align align,
		    const char *text)
{
	cairo_text_extents_t extents;

	cairo_set_font_size(cr, size);
	cairo_text_extents(cr, text, &extents);
	if (align == CENTRE)
		x -= extents.x_advance / 2;
	else if (align == RIGHT)
		x -= extents.x_advance;
	cairo_move_to(cr, x, y);
	cairo_show_text(cr, text);
}

static double time_x(const struct heatmap *map, uint64_t time)
{
	return PLOT_LEFT + (double)PLOT_WIDTH * (double)(time - map->time.start) /
			   (double)(map->time.end - map->time.start);
}

static double addr_y(const struct heatmap *map, uint64_t addr)
{
	return PLOT_TOP + PLOT_HEIGHT -
	       (double)PLOT_HEIGHT * (double)(addr - map->space.start) /
	       (double)(map->space.end - map->space.start);
}

/*
 * Whole pixels, without smoothing: a cell has exactly its colour.  Neighbours
 * along the time with the same colour become one rectangle, for small SVGs.
 */
static void draw_cells(const struct canvas *c)
{
	const struct heatmap *map = c->map;
	const struct span across = { 0, PLOT_WIDTH }, up = { 0, PLOT_HEIGHT };
	unsigned int t, a, last;

	cairo_set_antialias(c->cr, CAIRO_ANTIALIAS_NONE);
	for (a = 0; a < map->nr_addrs; a++) {
		double bottom = PLOT_TOP + PLOT_HEIGHT - (double)cell_edge(up, map->nr_addrs, a);
		double top = PLOT_TOP + PLOT_HEIGHT - (double)cell_edge(up, map->nr_addrs, a + 1);

		for (t = 0; t < map->nr_times; t = last) {
			double rate = heatmap_rate(map, t, a);
			double left = (double)cell_edge(across, map->nr_times, t);

			last = t + 1;
			while (last < map->nr_times && heatmap_rate(map, last, a) == rate)
				last++;
			if (rate < 0)
				continue;
			set_colour(c->cr, heat_colour(map->max_rate > 0 ? rate / map->max_rate : 0));
			cairo_rectangle(c->cr, PLOT_LEFT + left, top,
					(double)cell_edge(across, map->nr_times, last) - left,
					bottom - top);
			cairo_fill(c->cr);
		}
	}
	cairo_set_antialias(c->cr, CAIRO_ANTIALIAS_DEFAULT);
}

static void draw_truth(const struct canvas *c, const struct truth *truth)
{
	const struct heatmap *map = c->map;
	size_t i;

	cairo_save(c->cr);
	cairo_rectangle(c->cr, PLOT_LEFT, PLOT_TOP, PLOT_WIDTH, PLOT_HEIGHT);
	cairo_clip(c->cr);
	for (i = 0; i < truth->nr; i++) {
		struct span t = truth->steps[i].time, a = truth->steps[i].space;

		if (t.end <= map->time.start || t.start >= map->time.end ||
		    a.end <= map->space.start || a.start >= map->space.end)
			continue;
		t.start = t.start < map->time.start ? map->time.start : t.start;
		a.start = a.start < map->space.start ? map->space.start : a.start;
		cairo_rectangle(c->cr, time_x(map, t.start), addr_y(map, a.end),
				time_x(map, t.end) - time_x(map, t.start),
				addr_y(map, a.start) - addr_y(map, a.end));
	}
	/* Light on dark and dark on light: visible on every colour below. */
	set_grey(c->cr, 0.1);
	cairo_set_line_width(c->cr, 3);
	cairo_stroke_preserve(c->cr);
	cairo_set_source_rgb(c->cr, 0.35, 0.95, 0.95);
	cairo_set_line_width(c->cr, 1.5);
	cairo_stroke(c->cr);
	cairo_restore(c->cr);

	cairo_set_source_rgb(c->cr, 0.0, 0.6, 0.6);
	cairo_set_line_width(c->cr, 2);
	cairo_rectangle(c->cr, PLOT_LEFT + PLOT_WIDTH - 150, PLOT_TOP - 22, 18, 11);
	cairo_stroke(c->cr);
	set_grey(c->cr, 0.25);
	text_at(c->cr, PLOT_LEFT + PLOT_WIDTH - 124, PLOT_TOP - 12, 12, LEFT, "truly accessed");
}

/* 1, 2 or 5 times a power of ten: about @nr ticks in @range. */
static double decimal_step(double range, int nr)
{
	double power = pow(10, floor(log10(range / nr)));
	double rest = range / nr / power;

	return power * (rest <= 1 ? 1 : rest <= 2 ? 2 : rest <= 5 ? 5 : 10);
}

static void draw_time_axis(const struct canvas *c)
{
	const struct heatmap *map = c->map;
	double seconds = (double)(map->time.end - map->time.start) / 1e9;
	double step = decimal_step(seconds, 8);
	int decimals = step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0;
	char label[UNITS_TEXT];
	double s;

	for (s = 0; s <= seconds * (1 + 1e-9); s += step) {
		double x = floor(PLOT_LEFT + PLOT_WIDTH * s / seconds) + 0.5;

		cairo_move_to(c->cr, x, PLOT_TOP + PLOT_HEIGHT);
		cairo_line_to(c->cr, x, PLOT_TOP + PLOT_HEIGHT + TICK);
		cairo_stroke(c->cr);
		snprintf(label, sizeof(label), "%.*f", decimals, s);
		text_at(c->cr, x, PLOT_TOP + PLOT_HEIGHT + TICK + 15, 12, CENTRE, label);
	}
	text_at(c->cr, PLOT_LEFT + PLOT_WIDTH / 2.0, PLOT_TOP + PLOT_HEIGHT + 46, 13, CENTRE,
		"time since the first window (seconds)");
}

static void draw_addr_axis(const struct canvas *c)
{
	const struct heatmap *map = c->map;
	double bytes = (double)(map->space.end - map->space.start);
	double unit = pow(1024, floor(log2(bytes) / 10));
	char label[UNITS_TEXT + 1] = "+";
	double step, offset;

	/* Below 8 units the steps would be odd fractions: use the next smaller. */
	if (bytes / unit < 8 && unit > 1)
		unit /= 1024;
	step = decimal_step(bytes / unit, 8);
	if (bytes / unit > 512)
		step = exp2(round(log2(bytes / unit / 8)));
	step *= unit;
	if (step < 1)
		step = 1;
	for (offset = 0; offset <= bytes; offset += step) {
		double y = floor(PLOT_TOP + PLOT_HEIGHT - PLOT_HEIGHT * offset / bytes) + 0.5;

		cairo_move_to(c->cr, PLOT_LEFT - TICK, y);
		cairo_line_to(c->cr, PLOT_LEFT, y);
		cairo_stroke(c->cr);
		size_text(label + 1, (uint64_t)offset);
		text_at(c->cr, PLOT_LEFT - TICK - 4, y + 4, 12, RIGHT, offset > 0 ? label : "0");
	}
	cairo_save(c->cr);
	cairo_translate(c->cr, 18, PLOT_TOP + PLOT_HEIGHT / 2.0);
	cairo_rotate(c->cr, -M_PI / 2);
	text_at(c->cr, 0, 0, 13, CENTRE, "address, from the lowest one shown");
	cairo_restore(c->cr);
}

static void draw_legend(const struct canvas *c)
{
	char label[UNITS_TEXT];
	int i;

	cairo_set_antialias(c->cr, CAIRO_ANTIALIAS_NONE);
	for (i = 0; i < PLOT_HEIGHT; i += 2) {
		set_colour(c->cr, heat_colour((i + 1.0) / PLOT_HEIGHT));
		cairo_rectangle(c->cr, BAR_LEFT, PLOT_TOP + PLOT_HEIGHT - i - 2, BAR_WIDTH, 2);
		cairo_fill(c->cr);
	}
	cairo_set_antialias(c->cr, CAIRO_ANTIALIAS_DEFAULT);
	set_grey(c->cr, 0.25);
	cairo_rectangle(c->cr, BAR_LEFT - 0.5, PLOT_TOP - 0.5, BAR_WIDTH + 1, PLOT_HEIGHT + 1);
	cairo_stroke(c->cr);
	for (i = 0; i <= 4; i++) {
		double y = PLOT_TOP + PLOT_HEIGHT * (4 - i) / 4.0;

		snprintf(label, sizeof(label), "%.3g %%", c->map->max_rate * 25 * i);
		text_at(c->cr, BAR_LEFT + BAR_WIDTH + 7, y + 4, 12, LEFT, label);
	}
	cairo_save(c->cr);
	cairo_translate(c->cr, IMAGE_WIDTH - 14, PLOT_TOP + PLOT_HEIGHT / 2.0);
	cairo_rotate(c->cr, -M_PI / 2);
	text_at(c->cr, 0, 0, 13, CENTRE, "share of samples that found it accessed");
	cairo_restore(c->cr);
}

static void draw(const struct canvas *c, const char *title, const char *subtitle,
		 const struct truth *truth)
{
	set_grey(c->cr, 1);
	cairo_paint(c->cr);
	cairo_select_font_face(c->cr, FONT, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
	set_grey(c->cr, 0.1);
	text_at(c->cr, PLOT_LEFT, 34, 18, LEFT, title);
	cairo_select_font_face(c->cr, FONT, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
	set_grey(c->cr, 0.35);
	text_at(c->cr, PLOT_LEFT, 56, 12, LEFT, subtitle);

	/* Light grey shows where nothing was recorded. */
	set_grey(c->cr, 0.9);
	cairo_rectangle(c->cr, PLOT_LEFT, PLOT_TOP, PLOT_WIDTH, PLOT_HEIGHT);
	cairo_fill(c->cr);
	draw_cells(c);
	if (truth)
		draw_truth(c, truth);

	set_grey(c->cr, 0.25);
	cairo_set_line_width(c->cr, 1);
	cairo_rectangle(c->cr, PLOT_LEFT - 0.5, PLOT_TOP - 0.5, PLOT_WIDTH + 1, PLOT_HEIGHT + 1);
	cairo_stroke(c->cr);
	draw_time_axis(c);
	draw_addr_axis(c);
	draw_legend(c);
}

static cairo_status_t write_image(void *closure, const unsigned char *data, unsigned int len)
{
	return outfile_write(closure, data, len) ? CAIRO_STATUS_SUCCESS :
						   CAIRO_STATUS_WRITE_ERROR;
}

bool heatmap_image(const char *path, const struct heatmap *map, const char *title,
		   const char *subtitle, const struct truth *truth)
{
	bool svg = has_suffix(path, ".svg");
	struct outfile *out = outfile_open(path, 0644);
	struct canvas canvas = { .map = map };
	cairo_surface_t *surface;
	cairo_status_t status;

	if (!out)
		return false;
	if (svg)
		surface = cairo_svg_surface_create_for_stream(write_image, out, IMAGE_WIDTH,
							      IMAGE_HEIGHT);
	else
		surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, IMAGE_WIDTH, IMAGE_HEIGHT);
	canvas.cr = cairo_create(surface);
	draw(&canvas, title, subtitle, truth);
	status = cairo_status(canvas.cr);
	if (!status && !svg)
		status = cairo_surface_write_to_png_stream(surface, write_image, out);
	cairo_destroy(canvas.cr);
	/* An SVG is written when its surface is finished. */
	cairo_surface_finish(surface);
	if (!status)
		status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	if (status) {
		warnx("cannot draw %s: %s", path, cairo_status_to_string(status));
		outfile_drop(out);
		return false;
	}
	return outfile_commit(out, false);
}
