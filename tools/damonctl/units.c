// SPDX-License-Identifier: GPL-2.0
/* Numbers with units, as people write and read them. */
#include "units.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit {
	const char *name;
	double factor;
};

static const struct unit time_units[] = {
	{ "us", 1 },
	{ "ms", 1e3 },
	{ "s", 1e6 },
	{ "m", 60e6 },
	{ "min", 60e6 },
	{ "h", 3600e6 },
	{ NULL, 0 },
};

static const struct unit size_units[] = {
	{ "", 1 },
	{ "B", 1 },
	{ "K", 1024.0 },
	{ "M", 1024.0 * 1024 },
	{ "G", 1024.0 * 1024 * 1024 },
	{ "T", 1024.0 * 1024 * 1024 * 1024 },
	{ NULL, 0 },
};

/*
 * The digits are checked by hand: strtod() alone would take "inf", "0x5" and
 * leading spaces.  Returns where the unit begins, NULL if there is no number.
 */
static const char *parse_number(const char *text, double *number)
{
	size_t whole = strspn(text, "0123456789");
	size_t fraction = 0;
	char *end;

	if (!whole)
		return NULL;
	if (text[whole] == '.') {
		fraction = strspn(text + whole + 1, "0123456789");
		if (!fraction)
			return NULL;
		fraction++;
	}
	*number = strtod(text, &end);
	if (end != text + whole + fraction)
		return NULL;
	return end;
}

static bool scale(double number, double factor, uint64_t *value)
{
	double product = number * factor;

	/* 2^63: what is larger is a typing error, not an interval or a size. */
	if (!(product < 9223372036854775808.0))
		return false;
	*value = (uint64_t)product;
	return true;
}

static bool parse_time(const char *text, const char *bare_unit, uint64_t *us)
{
	const struct unit *unit;
	const char *name;
	double number;

	name = parse_number(text, &number);
	if (!name)
		return false;
	if (!*name) {
		if (number == 0) {
			*us = 0;
			return true;
		}
		if (!bare_unit)
			return false;
		name = bare_unit;
	}
	for (unit = time_units; unit->name; unit++) {
		if (!strcmp(name, unit->name))
			return scale(number, unit->factor, us);
	}
	return false;
}

bool parse_interval(const char *text, uint64_t *us)
{
	return parse_time(text, NULL, us);
}

bool parse_duration(const char *text, uint64_t *us)
{
	return parse_time(text, "s", us);
}

bool parse_size(const char *text, uint64_t *bytes)
{
	const struct unit *unit;
	const char *name;
	double number;

	name = parse_number(text, &number);
	if (!name)
		return false;
	for (unit = size_units; unit->name; unit++) {
		size_t len = strlen(unit->name);
		const char *rest = name + len;

		if (strncmp(name, unit->name, len))
			continue;
		if (!*rest || (len && unit->factor > 1 &&
			       (!strcmp(rest, "B") || !strcmp(rest, "iB"))))
			return scale(number, unit->factor, bytes);
	}
	return false;
}

bool parse_share(const char *text, uint32_t *bp)
{
	double number;
	const char *unit = parse_number(text, &number);

	if (!unit)
		return false;
	if (!strcmp(unit, "%"))
		number *= 100;
	else if (*unit && strcmp(unit, "bp"))
		return false;
	if (number < 1 || number > 10000)
		return false;
	*bp = (uint32_t)number;
	return true;
}

bool parse_percent(const char *text, uint32_t *bp)
{
	double number;
	const char *unit = parse_number(text, &number);

	if (!unit)
		return false;
	if (!strcmp(unit, "%"))
		number *= 100;
	else if (strcmp(unit, "bp") && (*unit || number != 0))
		return false;
	if (number > 10000)
		return false;
	*bp = (uint32_t)(number + 1e-6);
	return true;
}

bool parse_count(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	unsigned long long number;
	char *end;

	if (!*text || text[strspn(text, "0123456789")])
		return false;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno || number < min || number > max)
		return false;
	*value = number;
	return true;
}

/* "K", "MiB" and so on behind an address: goes past it and scales. */
static bool take_unit(const char **text, uint64_t *address)
{
	static const char names[] = "KMGT";
	const char *unit = **text ? strchr(names, **text) : NULL;
	unsigned int shift;

	if (!unit)
		return true;
	shift = 10 * (unsigned int)(unit - names + 1);
	if (*address << shift >> shift != *address)
		return false;
	*address <<= shift;
	++*text;
	if (!strncmp(*text, "iB", 2))
		*text += 2;
	else if (**text == 'B')
		++*text;
	return true;
}

static bool parse_address(const char *text, const char **end, uint64_t *address)
{
	bool hex = !strncmp(text, "0x", 2);
	char *stop;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*address = strtoull(text, &stop, hex ? 16 : 10);
	*end = stop;
	return !errno && (hex || take_unit(end, address));
}

static bool parse_span_part(const char *text, const char **end, struct span *span)
{
	struct span read;

	if (!parse_address(text, &text, &read.start) || *text != '-')
		return false;
	if (!parse_address(text + 1, end, &read.end) || read.start >= read.end)
		return false;
	*span = read;
	return true;
}

bool parse_span(const char *text, struct span *span)
{
	const char *end;
	struct span read;

	if (!parse_span_part(text, &end, &read) || *end)
		return false;
	*span = read;
	return true;
}

size_t parse_spans(const char *text, struct span **spans)
{
	struct span *list;
	size_t max = 1;
	size_t nr = 0;
	const char *p;

	for (p = text; *p; p++)
		max += *p == ',';
	list = calloc(max, sizeof(*list));
	if (!list)
		return 0;

	for (;;) {
		if (!parse_span_part(text, &text, &list[nr]))
			break;
		nr++;
		if (!*text) {
			*spans = list;
			return nr;
		}
		if (*text++ != ',')
			break;
	}
	free(list);
	return 0;
}

/* Three digits that say something, and no ".0" behind a whole number. */
static void print_scaled(char *buf, double value, const char *unit)
{
	int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
	char number[UNITS_TEXT / 2];

	snprintf(number, sizeof(number), "%.*f", decimals, value);
	if (decimals && !strtod(strchr(number, '.'), NULL))
		*strchr(number, '.') = '\0';
	snprintf(buf, UNITS_TEXT, "%s %s", number, unit);
}

const char *size_text(char *buf, uint64_t bytes)
{
	static const char * const names[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = (double)bytes;
	unsigned int i = 0;

	while (value >= 1023.95 && i + 1 < sizeof(names) / sizeof(names[0])) {
		value /= 1024;
		i++;
	}
	print_scaled(buf, value, names[i]);
	return buf;
}

const char *time_text(char *buf, uint64_t ns)
{
	uint64_t s = ns / 1000000000;

	if (ns < 1000)
		snprintf(buf, UNITS_TEXT, "%u ns", (unsigned int)ns);
	else if (ns < 1000000)
		print_scaled(buf, ns / 1e3, "us");
	else if (ns < 1000000000)
		print_scaled(buf, ns / 1e6, "ms");
	else if (s < 120)
		print_scaled(buf, ns / 1e9, "s");
	else if (s < 7200)
		snprintf(buf, UNITS_TEXT, "%u min %u s", (unsigned int)(s / 60),
			 (unsigned int)(s % 60));
	else
		snprintf(buf, UNITS_TEXT, "%llu h %u min", (unsigned long long)(s / 3600),
			 (unsigned int)(s / 60 % 60));
	return buf;
}
