// SPDX-License-Identifier: GPL-2.0
/* A scenario's rate error and regions over time, as a picture. */
#include <cairo.h>
#include <err.h>
#include <stdio.h>

#include "plot.h"

#define WIDTH	900
#define HEIGHT	560
#define LEFT	70
#define RIGHT	20
#define TOP	40
#define BETWEEN	40
#define BOTTOM	40

static const double colors[][3] = { { 0.8, 0.3, 0.2 }, { 0.1, 0.4, 0.7 } };

typedef float (*value_of)(const struct moment *m);

static float error_of(const struct moment *m)
{
	return m->error;
}

static float regions_of(const struct moment *m)
{
	return m->regions;
}

static void text(cairo_t *cr, double x, double y, const char *what)
{
	cairo_set_source_rgb(cr, 0, 0, 0);
	cairo_move_to(cr, x, y);
	cairo_show_text(cr, what);
}

/* One panel, @height high, whose top is at @y. */
static void panel(cairo_t *cr, double y, double height, const char *title, value_of value,
		  const struct moment *const *moments, u32 nr, u32 windows)
{
	double most = 0, width = WIDTH - LEFT - RIGHT;
	char label[32];
	u32 i, k;

	for (k = 0; k < nr; k++) {
		for (i = 0; i < windows; i++)
			most = value(&moments[k][i]) > most ? value(&moments[k][i]) : most;
	}
	if (most <= 0)
		most = 1;
	cairo_set_line_width(cr, 1);
	cairo_set_source_rgb(cr, 0.6, 0.6, 0.6);
	cairo_rectangle(cr, LEFT, y, width, height);
	cairo_stroke(cr);
	text(cr, LEFT + 6, y + 14, title);
	snprintf(label, sizeof(label), "%.3g", most);
	text(cr, 8, y + 10, label);
	text(cr, 8, y + height, "0");
	for (k = 0; k < nr; k++) {
		cairo_set_source_rgb(cr, colors[k][0], colors[k][1], colors[k][2]);
		cairo_new_path(cr);
		for (i = 0; i < windows; i++)
			cairo_line_to(cr, LEFT + width * (i + 0.5) / windows,
				      y + height * (1 - value(&moments[k][i]) / most));
		cairo_stroke(cr);
	}
}

/**
 * plot_scenario() - write DIR/NN.png
 * @dir:	where
 * @index:	its number
 * @of:		the scenario
 * @names:	of the monitors
 * @moments:	each one's windows
 * @nr:		how many monitors, at most 2
 */
void plot_scenario(const char *dir, u32 index, const struct scenario *of,
		   const char *const *names, const struct moment *const *moments, u32 nr)
{
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);
	cairo_t *cr = cairo_create(surface);
	double height = (HEIGHT - TOP - BETWEEN - BOTTOM) / 2.0;
	char line[512];
	u32 k;

	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	cairo_set_font_size(cr, 13);
	text(cr, LEFT, 24, of->name);
	for (k = 0; k < nr; k++) {
		text(cr, WIDTH - 190 + 90 * k, 24, names[k]);
		cairo_set_source_rgb(cr, colors[k][0], colors[k][1], colors[k][2]);
		cairo_rectangle(cr, WIDTH - 205 + 90 * k, 14, 10, 10);
		cairo_fill(cr);
	}
	panel(cr, TOP, height, "rate error", error_of, moments, nr, of->windows);
	panel(cr, TOP + height + BETWEEN, height, "regions", regions_of, moments, nr, of->windows);
	snprintf(line, sizeof(line), "%u windows", of->windows);
	text(cr, LEFT, HEIGHT - 14, line);

	snprintf(line, sizeof(line), "%s/%02u.png", dir, index);
	if (cairo_surface_write_to_png(surface, line) != CAIRO_STATUS_SUCCESS)
		errx(2, "cannot write %s", line);
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
}
