/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers with units, as people write and read them. */
#ifndef DAMONCTL_UNITS_H
#define DAMONCTL_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct span - an address range, [start, end) in bytes */
struct span {
	uint64_t start;
	uint64_t end;
};

/**
 * parse_interval - "5ms" to microseconds
 * @text:	a number, decimals allowed, with one of the units us, ms, s, m
 *		(or min) and h
 * @us:		out: microseconds, rounded down
 *
 * A bare number is refused, except 0: whether it means seconds or microseconds
 * differs too much between tools.  Returns false and leaves @us alone when
 * @text is no such thing.
 */
bool parse_interval(const char *text, uint64_t *us);

/**
 * parse_duration - like parse_interval(), but a bare number means seconds
 * @text:	as sleep(1) takes it
 * @us:		out: microseconds
 */
bool parse_duration(const char *text, uint64_t *us);

/**
 * parse_size - "4M" to bytes
 * @text:	a number with K, M, G or T (powers of 1024), optionally followed by
 *		B or iB
 * @bytes:	out: bytes
 */
bool parse_size(const char *text, uint64_t *bytes);

/**
 * parse_share - "4%" to 1/10000
 * @text:	a number, with % or bp behind it; without, it is in 1/10000, too
 * @bp:		out: 1 to 10000, rounded down
 */
bool parse_share(const char *text, uint32_t *bp);

/**
 * parse_percent - "5%" to 1/10000, 0 as well
 * @text:	a number with % or bp behind it; 0 needs none
 * @bp:		out: 0 to 10000, rounded down
 */
bool parse_percent(const char *text, uint32_t *bp);

/**
 * parse_count - a decimal number in a range
 * @text:	digits only
 * @min:	smallest accepted
 * @max:	largest accepted
 * @value:	out
 */
bool parse_count(const char *text, uint64_t min, uint64_t max, uint64_t *value);

/**
 * parse_span - "START-END", each decimal, with 0x in front, or as a size
 * @text:	whole text: "0x1000-0x3000", "4G-6G"
 * @span:	out: start is below end
 */
bool parse_span(const char *text, struct span *span);

/**
 * parse_spans - spans separated by commas
 * @text:	"START-END[,START-END...]"
 * @spans:	out: malloc'ed array, the caller frees it
 *
 * Returns how many there are, 0 when one of them is wrong.
 */
size_t parse_spans(const char *text, struct span **spans);

/* Room that the functions below need. */
#define UNITS_TEXT	32

/**
 * size_text - bytes as "12.5 MiB"
 * @buf:	UNITS_TEXT bytes
 * @bytes:	any value
 *
 * Returns @buf.
 */
const char *size_text(char *buf, uint64_t bytes);

/**
 * time_text - nanoseconds as "350 us", "1.25 s" or "3 min 20 s"
 * @buf:	UNITS_TEXT bytes
 * @ns:		any value
 *
 * Returns @buf.
 */
const char *time_text(char *buf, uint64_t ns);

#endif
