/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LINUX_MINMAX_H
#define SHIM_LINUX_MINMAX_H

/* Arguments of different types are an error, as in the oldest kernel served. */
#define SHIM_SAME_TYPE(x, y) \
	_Static_assert(__builtin_types_compatible_p(typeof(+(x)), typeof(+(y))), "types differ")

#define min(x, y) ({				\
	SHIM_SAME_TYPE(x, y);			\
	typeof(x) shim_x = (x);			\
	typeof(y) shim_y = (y);			\
	shim_x < shim_y ? shim_x : shim_y; })

#define max(x, y) ({				\
	SHIM_SAME_TYPE(x, y);			\
	typeof(x) shim_x = (x);			\
	typeof(y) shim_y = (y);			\
	shim_x > shim_y ? shim_x : shim_y; })

#define min_t(type, x, y)	min((type)(x), (type)(y))
#define max_t(type, x, y)	max((type)(x), (type)(y))

#define clamp(x, low, high)	min(max(x, low), high)

#define swap(a, b) do {				\
	typeof(a) shim_t = (a);			\
	(a) = (b);				\
	(b) = shim_t;				\
} while (0)

#endif /* SHIM_LINUX_MINMAX_H */
