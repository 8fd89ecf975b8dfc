// SPDX-License-Identifier: GPL-2.0
/* Colours and digits for access rates. */
#include "palette.h"

#include <math.h>

/*
 * The map is a path through OKLCh: lightness rises evenly from DARK to LIGHT,
 * the hue turns from violet through red to yellow, and the chroma is highest in
 * the middle, where sRGB has room for it.
 */
#define DARK		0.16
#define LIGHT		0.97
#define FIRST_HUE	290.0
#define HUE_TURN	177.0
#define BASE_CHROMA	0.06
#define MORE_CHROMA	0.14

static const double pi = 3.14159265358979323846;

static double to_srgb(double linear)
{
	if (linear <= 0.0031308)
		return 12.92 * linear;
	return 1.055 * pow(linear, 1 / 2.4) - 0.055;
}

static double from_srgb(double value)
{
	if (value <= 0.04045)
		return value / 12.92;
	return pow((value + 0.055) / 1.055, 2.4);
}

/* Björn Ottosson's Oklab, to linear sRGB. */
static void oklab_to_linear(double l, double a, double b, double rgb[3])
{
	double x = l + 0.3963377774 * a + 0.2158037573 * b;
	double y = l - 0.1055613458 * a - 0.0638541728 * b;
	double z = l - 0.0894841775 * a - 1.2914855480 * b;

	x = x * x * x;
	y = y * y * y;
	z = z * z * z;
	rgb[0] = 4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z;
	rgb[1] = -1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z;
	rgb[2] = -0.0041960863 * x - 0.7034186147 * y + 1.7076147010 * z;
}

double lightness(struct colour colour)
{
	double r = from_srgb(colour.r / 255.0);
	double g = from_srgb(colour.g / 255.0);
	double b = from_srgb(colour.b / 255.0);
	double x = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
	double y = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
	double z = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);

	return 0.2104542553 * x + 0.7936177850 * y - 0.0040720468 * z;
}

static int fits(const double rgb[3])
{
	int i;

	for (i = 0; i < 3; i++) {
		if (rgb[i] < -1e-6 || rgb[i] > 1 + 1e-6)
			return 0;
	}
	return 1;
}

static unsigned char channel(double linear)
{
	double value = to_srgb(linear < 0 ? 0 : linear > 1 ? 1 : linear);

	return (unsigned char)lrint(value * 255);
}

struct colour heat_colour(double value)
{
	double hue, chroma, l, rgb[3];

	if (!(value > 0))
		value = 0;
	if (value > 1)
		value = 1;
	l = DARK + (LIGHT - DARK) * value;
	hue = (FIRST_HUE + HUE_TURN * value) * pi / 180;
	chroma = BASE_CHROMA + MORE_CHROMA * sin(pi * value);
	/* Less chroma rather than another lightness where sRGB ends. */
	for (;;) {
		oklab_to_linear(l, chroma * cos(hue), chroma * sin(hue), rgb);
		if (chroma <= 0 || fits(rgb))
			break;
		chroma -= 0.002;
	}
	return (struct colour){ channel(rgb[0]), channel(rgb[1]), channel(rgb[2]) };
}

static int distance(struct colour a, int r, int g, int b)
{
	int dr = a.r - r, dg = a.g - g, db = a.b - b;

	return 2 * dr * dr + 4 * dg * dg + 3 * db * db;
}

static int cube_value(int step)
{
	return step ? 55 + 40 * step : 0;
}

static int cube_step(int value)
{
	return value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40;
}

int xterm_colour(struct colour colour)
{
	int r = cube_step(colour.r), g = cube_step(colour.g), b = cube_step(colour.b);
	int grey = (colour.r + colour.g + colour.b) / 3;
	int grey_step = grey < 8 ? 0 : grey > 238 ? 23 : (grey - 3) / 10;
	int grey_value = 8 + 10 * grey_step;

	if (distance(colour, grey_value, grey_value, grey_value) <
	    distance(colour, cube_value(r), cube_value(g), cube_value(b)))
		return 232 + grey_step;
	return 16 + 36 * r + 6 * g + b;
}

int heat_level(double rate, double max)
{
	int level;

	if (!(rate > 0) || !(max > 0))
		return 0;
	level = (int)ceil(rate / max * 9 - 1e-9);
	return level < 1 ? 1 : level > 9 ? 9 : level;
}
