/* SPDX-License-Identifier: GPL-2.0 */
/* Colours and digits for access rates. */
#ifndef DAMONCTL_PALETTE_H
#define DAMONCTL_PALETTE_H

/** struct colour - sRGB, each 0 to 255 */
struct colour {
	unsigned char r, g, b;
};

/**
 * heat_colour - from dark violet over red and orange to light yellow
 * @value:	0 to 1
 *
 * Lightness grows evenly, so the order can be seen in grey as well.
 */
struct colour heat_colour(double value);

/** lightness - of a colour as the eye takes it (Oklab's L), 0 to 1 */
double lightness(struct colour colour);

/**
 * xterm_colour - nearest entry of the terminal's 256 colours
 * @colour:	wanted
 *
 * Returns 16 to 255: the first 16 differ from terminal to terminal.
 */
int xterm_colour(struct colour colour);

/**
 * heat_level - a digit for a rate
 * @rate:	0 to @max
 * @max:	rate of the 9
 *
 * Returns 0 to 9; 0 only where no access was seen at all.
 */
int heat_level(double rate, double max);

#endif
