/* SPDX-License-Identifier: GPL-2.0 */
/* Heatmaps as pictures. */
#ifndef DAMONCTL_HEATMAP_IMAGE_H
#define DAMONCTL_HEATMAP_IMAGE_H

#include <stdbool.h>

#include "heatmap.h"
#include "truth.h"

/* Size of a picture, and where in it the matrix is, in pixels. */
#define IMAGE_WIDTH	1080
#define IMAGE_HEIGHT	640
#define PLOT_LEFT	100
#define PLOT_TOP	84
#define PLOT_WIDTH	840
#define PLOT_HEIGHT	470

/**
 * heatmap_image - draw a heatmap: time to the right, addresses upwards
 * @path:	file; .png or .svg
 * @map:	matrix, at most PLOT_WIDTH times PLOT_HEIGHT cells
 * @title:	first line
 * @subtitle:	second line
 * @truth:	steps to outline, or NULL
 *
 * Returns false after telling the user why.
 */
bool heatmap_image(const char *path, const struct heatmap *map, const char *title,
		   const char *subtitle, const struct truth *truth);

/** heatmap_image_known - can a file of that name be made? */
bool heatmap_image_known(const char *path);

#endif
