// SPDX-License-Identifier: GPL-2.0
/*
 * Random numbers for sample addresses and cuts: fast, uniform over 64 bits,
 * one state per context.  Not for secrets.
 */
#include <linux/math64.h>
#include <linux/types.h>

#include "core/internal.h"

/* One step of splitmix64: any seed, 0 too, becomes well mixed bits. */
static u64 mix(u64 *seed)
{
	u64 z = (*seed += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/**
 * damon_rng_seed() - begin a sequence
 * @rng:	the source
 * @seed:	any value; equal seeds give equal sequences
 */
void damon_rng_seed(struct damon_rng *rng, u64 seed)
{
	rng->state[0] = mix(&seed);
	/* A state of zeroes would stay so for ever. */
	rng->state[1] = mix(&seed) | 1;
}

/**
 * damon_rng_below() - a random number below a limit
 * @rng:	the source
 * @limit:	how many different numbers there are
 *
 * Return: 0 to @limit - 1, each as likely as the others to within
 * @limit / 2^64; 0 if @limit is 0.
 */
u64 damon_rng_below(struct damon_rng *rng, u64 limit)
{
	return mul_u64_u64_shr(damon_rng_next(rng), limit, 64);
}
