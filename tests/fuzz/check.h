/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stands in for Check's header where its assertions must end the program: what
 * the tests' world uses of it.
 */
#ifndef FUZZ_CHECK_H
#define FUZZ_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define ck_abort_msg(...) do {					\
	fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);		\
	fprintf(stderr, __VA_ARGS__);				\
	fputc('\n', stderr);					\
	abort();						\
} while (0)

#define ck_assert_msg(expr, ...) do {				\
	if (!(expr))						\
		ck_abort_msg(__VA_ARGS__);			\
} while (0)

#define ck_assert(expr)	ck_assert_msg(expr, "'%s' failed", #expr)

#define FUZZ_COMPARE(type, format, a, op, b) do {		\
	type fuzz_a = (a), fuzz_b = (b);			\
								\
	ck_assert_msg(fuzz_a op fuzz_b, "'%s' failed: " format " and " format,	\
		      #a " " #op " " #b, fuzz_a, fuzz_b);	\
} while (0)

#define ck_assert_int_ne(a, b)	FUZZ_COMPARE(long long, "%lld", a, !=, b)
#define ck_assert_int_eq(a, b)	FUZZ_COMPARE(long long, "%lld", a, ==, b)
#define ck_assert_uint_eq(a, b)	FUZZ_COMPARE(unsigned long long, "%llu", a, ==, b)
#define ck_assert_uint_lt(a, b)	FUZZ_COMPARE(unsigned long long, "%llu", a, <, b)
#define ck_assert_uint_le(a, b)	FUZZ_COMPARE(unsigned long long, "%llu", a, <=, b)
#define ck_assert_uint_gt(a, b)	FUZZ_COMPARE(unsigned long long, "%llu", a, >, b)
#define ck_assert_uint_ge(a, b)	FUZZ_COMPARE(unsigned long long, "%llu", a, >=, b)
#define ck_assert_ptr_nonnull(p)	ck_assert((p) != NULL)
#define ck_assert_ptr_eq(a, b)		ck_assert((a) == (b))

#endif /* FUZZ_CHECK_H */
