/* SPDX-License-Identifier: GPL-2.0 */
/* Heatmaps for terminals and text files. */
#ifndef DAMONCTL_HEATMAP_TEXT_H
#define DAMONCTL_HEATMAP_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "heatmap.h"

/**
 * heatmap_text_width - cells that fit beside each other
 * @cols:	columns of the terminal
 * @nr_maps:	1, or 2 with a second matrix at the right side
 *
 * At least 8.
 */
unsigned int heatmap_text_width(unsigned int cols, unsigned int nr_maps);

/**
 * heatmap_print - print a matrix, a line for each step of time
 * @out:	where
 * @map:	matrix
 * @truth:	a matrix of the same size for the right side, or NULL
 * @colours:	blocks in the terminal's 256 colours; else digits, and '.' where
 *		nothing was recorded
 */
void heatmap_print(FILE *out, const struct heatmap *map, const struct heatmap *truth, bool colours);

#endif
