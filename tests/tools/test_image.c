// SPDX-License-Identifier: GPL-2.0
/* Pictures have the right colours in the right places. */
#include <cairo.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "heatmap_image.h"
#include "palette.h"
#include "synth.h"
#include "test_tools.h"

#define NAME	"image.data"

static void draw(const char *path, const struct truth *truth)
{
	const struct span space = { SYNTH_BASE, SYNTH_BASE + SYNTH_STEPS * SYNTH_STEP };
	struct recording recording;
	struct heatmap map;
	size_t i;

	ck_assert(synth_recording(NAME));
	ck_assert(recording_load(NAME, 0, &recording));
	unlink(NAME);
	heatmap_init(&map, recording_time(&recording), space, 100, 100);
	for (i = 0; i < recording.nr_windows; i++)
		heatmap_add(&map, &recording.windows[i]);
	heatmap_finish(&map);
	ck_assert(heatmap_image(path, &map, "Title", "Subtitle", truth));
	heatmap_free(&map);
	recording_free(&recording);
}

static void check_pixel(cairo_surface_t *image, int x, int y, struct colour expected)
{
	const unsigned char *row = cairo_image_surface_get_data(image) +
				   (ptrdiff_t)y * cairo_image_surface_get_stride(image);
	uint32_t pixel;

	memcpy(&pixel, row + (ptrdiff_t)x * 4, sizeof(pixel));
	ck_assert_msg((pixel & 0xffffff) ==
		      ((uint32_t)expected.r << 16 | (uint32_t)expected.g << 8 | expected.b),
		      "pixel %d,%d is %06x, not %02x%02x%02x", x, y, pixel & 0xffffff, expected.r,
		      expected.g, expected.b);
}

START_TEST(a_png_has_the_stairs)
{
	cairo_surface_t *image;
	int t, a;

	draw("stairs.png", NULL);
	image = cairo_image_surface_create_from_png("stairs.png");
	unlink("stairs.png");
	ck_assert_int_eq(cairo_surface_status(image), CAIRO_STATUS_SUCCESS);
	ck_assert_int_eq(cairo_image_surface_get_width(image), IMAGE_WIDTH);
	ck_assert_int_eq(cairo_image_surface_get_height(image), IMAGE_HEIGHT);
	for (t = 0; t < SYNTH_STEPS; t++) {
		for (a = 0; a < SYNTH_STEPS; a++) {
			int x = PLOT_LEFT + (2 * t + 1) * PLOT_WIDTH / SYNTH_STEPS / 2;
			int y = PLOT_TOP + PLOT_HEIGHT - (2 * a + 1) * PLOT_HEIGHT / SYNTH_STEPS / 2;

			/* Time goes to the right, addresses go up. */
			check_pixel(image, x, y, heat_colour(t == a));
		}
	}
	/* The very corners of the matrix belong to it. */
	check_pixel(image, PLOT_LEFT + 1, PLOT_TOP + PLOT_HEIGHT - 2, heat_colour(1));
	check_pixel(image, PLOT_LEFT + PLOT_WIDTH - 2, PLOT_TOP + 1, heat_colour(1));
	check_pixel(image, 1, 1, (struct colour){ 255, 255, 255 });
	cairo_surface_destroy(image);
}
END_TEST

START_TEST(the_truth_is_outlined)
{
	struct step step = {
		.time = { SYNTH_START_NS + 20 * SYNTH_WINDOW_NS, SYNTH_START_NS + 50 * SYNTH_WINDOW_NS },
		.space = { SYNTH_BASE + 6 * SYNTH_STEP, SYNTH_BASE + 8 * SYNTH_STEP },
	};
	const struct truth truth = { .steps = &step, .nr = 1 };
	/* The middle of the outline's left side, where nothing is accessed. */
	const int x = PLOT_LEFT + PLOT_WIDTH * 2 / 10;
	const int y = PLOT_TOP + PLOT_HEIGHT * 3 / 10;
	const struct colour cold = heat_colour(0);
	cairo_surface_t *image;
	uint32_t pixel;

	draw("truth.png", &truth);
	image = cairo_image_surface_create_from_png("truth.png");
	unlink("truth.png");
	memcpy(&pixel, cairo_image_surface_get_data(image) +
	       (ptrdiff_t)y * cairo_image_surface_get_stride(image) + (ptrdiff_t)x * 4, sizeof(pixel));
	ck_assert_uint_gt(pixel >> 8 & 0xff, 120);
	check_pixel(image, x + 10, y, cold);
	check_pixel(image, x - 10, y, cold);
	cairo_surface_destroy(image);
}
END_TEST

START_TEST(an_svg_is_whole_and_small)
{
	static char text[1 << 20];
	size_t len;
	FILE *file;

	draw("stairs.svg", NULL);
	file = fopen("stairs.svg", "r");
	ck_assert_ptr_nonnull(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	unlink("stairs.svg");
	text[len] = '\0';
	ck_assert_ptr_nonnull(strstr(text, "<svg "));
	ck_assert_ptr_nonnull(strstr(text, "</svg>"));
	ck_assert_uint_lt(len, 500000);
}
END_TEST

START_TEST(other_names_are_not_known)
{
	ck_assert(heatmap_image_known("a.png"));
	ck_assert(heatmap_image_known("a.svg"));
	ck_assert(!heatmap_image_known("a.jpeg"));
	ck_assert(!heatmap_image_known(".png"));
	ck_assert(!heatmap_image_known("png"));
}
END_TEST

TCase *tcase_image(void)
{
	TCase *tc = tcase_create("image");

	/* The first use of a font may have to build a cache. */
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_png_has_the_stairs);
	tcase_add_test(tc, the_truth_is_outlined);
	tcase_add_test(tc, an_svg_is_whole_and_small);
	tcase_add_test(tc, other_names_are_not_known);
	return tc;
}
