/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes that tell what a sequence does.
 */
#ifndef UNIT_BYTES_H
#define UNIT_BYTES_H

#include <linux/types.h>

/**
 * struct bytes - what is left of an input
 * @at:	the next byte
 * @nr:	how many
 */
struct bytes {
	const u8 *at;
	size_t nr;
};

/**
 * bytes_take() - the next bytes as a number
 * @bytes:	the input
 * @n:		how many, up to 8; zeroes behind its end
 */
static inline u64 bytes_take(struct bytes *bytes, unsigned int n)
{
	u64 value = 0;

	for (; n; n--) {
		value <<= 8;
		if (!bytes->nr)
			continue;
		value |= *bytes->at++;
		bytes->nr--;
	}
	return value;
}

#endif /* UNIT_BYTES_H */
