// SPDX-License-Identifier: GPL-2.0
/*
 * Evidence: where in a region samples were found accessed, and how much that
 * says.
 *
 * Evidence is weighed in bits: how many it takes to write down the outcomes of
 * some samples for who knows only how many of them were accessed.  Samples that
 * take fewer bits in two parts than together come from two kinds of memory, if
 * what is saved exceeds what it takes to say where the border is.
 */
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include "core/internal.h"

#define MOST	64U		/* samples: struct damon_evidence, @hits */

/* n * log2(n) * DAMON_BIT for 0 to 128 */
static const u32 n_log_n[] = {
	0, 0, 256, 609, 1024, 1486, 1985, 2515, 3072, 3652, 4252, 4871, 5507, 6158, 6823,
	7501, 8192, 8894, 9608, 10331, 11064, 11807, 12558, 13317, 14085, 14860, 15643,
	16433, 17230, 18033, 18842, 19658, 20480, 21308, 22141, 22979, 23823, 24672, 25526,
	26385, 27248, 28116, 28989, 29866, 30748, 31633, 32523, 33416, 34314, 35215, 36121,
	37030, 37942, 38858, 39778, 40701, 41627, 42557, 43490, 44426, 45365, 46307, 47253,
	48201, 49152, 50106, 51063, 52023, 52985, 53950, 54918, 55889, 56862, 57838, 58816,
	59797, 60780, 61765, 62753, 63744, 64737, 65732, 66729, 67728, 68730, 69734, 70740,
	71749, 72759, 73772, 74786, 75803, 76821, 77842, 78865, 79889, 80916, 81945, 82975,
	84007, 85041, 86077, 87115, 88155, 89196, 90239, 91284, 92331, 93380, 94430, 95482,
	96535, 97590, 98647, 99706, 100766, 101827, 102891, 103955, 105022, 106090, 107159,
	108230, 109303, 110377, 111453, 112530, 113608, 114688,
};

/**
 * damon_log() - a logarithm
 * @n:	at least 1; more than 128 are taken for that
 *
 * Return: log2(@n) in DAMON_BIT.
 */
u32 damon_log(u32 n)
{
	n = min(n, 2 * MOST);
	return n_log_n[n] / n;
}

/**
 * damon_bits() - what it takes to write down some samples' outcomes
 * @hits:	how many of them were accessed
 * @nr:		how many there are, at most 128
 *
 * Return: in DAMON_BIT.
 */
u32 damon_bits(u32 hits, u32 nr)
{
	return n_log_n[nr] - n_log_n[hits] - n_log_n[nr - hits];
}

/**
 * damon_bits_apart() - what is saved by telling two lots of samples apart
 * @hits:	accessed ones of the first
 * @nr:		samples in the first
 * @other_hits:	accessed ones of the second
 * @other_nr:	samples in the second, with @nr at most 128
 *
 * Return: in DAMON_BIT.
 */
u32 damon_bits_apart(u32 hits, u32 nr, u32 other_hits, u32 other_nr)
{
	u32 together = damon_bits(hits + other_hits, nr + other_nr);
	u32 apart = damon_bits(hits, nr) + damon_bits(other_hits, other_nr);

	/* Rounding can make a little less of nothing. */
	return together > apart ? together - apart : 0;
}

/**
 * damon_note() - keep what a pass has told
 * @ctx:	the context; @seen was set before the pass
 */
void damon_note(struct damon_ctx *ctx)
{
	struct damon_evidence *e = ctx->evidence;
	u32 i;

	BUILD_BUG_ON(2 * sizeof(*e) > 64);
	for (i = 0; i < ctx->nr_regions; i++, e++) {
		e->hits = e->hits << 1 | (e->seen != (u8)ctx->regions[i].nr_accesses);
		e->known = min(e->known + 1U, MOST);
		e->nr++;
	}
}

/**
 * damon_renew() - begin with new places
 * @ctx:	the context
 * @e:		evidence of a region that is not what it was
 *
 * Keeps only the flags that say what the samples to come shall show.
 */
void damon_renew(struct damon_ctx *ctx, struct damon_evidence *e)
{
	e->base = damon_rng_next(&ctx->rng) >> 32;
	e->nr = 0;
	e->known = 0;
	e->flags &= DAMON_EVIDENCE_SEED | DAMON_EVIDENCE_STRIP | DAMON_EVIDENCE_GROW |
		    DAMON_EVIDENCE_TRIAL;
}

/**
 * damon_recent() - count the last samples
 * @e:		evidence
 * @most:	how many to look at, 1 to 64
 * @nr:		how many there are
 *
 * Return: how many of them were accessed.
 */
u32 damon_recent(const struct damon_evidence *e, u32 most, u32 *nr)
{
	*nr = min_t(u32, e->known, most);
	return *nr ? hweight64(e->hits << (MOST - *nr)) : 0;
}

/**
 * damon_pretend() - counts without places
 * @e:		evidence
 * @hits:	samples that were accessed
 * @nr:		samples
 */
void damon_pretend(struct damon_evidence *e, u32 hits, u32 nr)
{
	e->hits = hits == MOST ? ~0ULL : (1ULL << hits) - 1;
	e->known = nr;
	e->flags |= DAMON_EVIDENCE_VOID;
}

/**
 * damon_inherit() - parts of a region have what it has
 * @ctx:	the context
 * @parent:	index of the region
 * @first:	index of its first part in the spare array
 * @nr:		how many parts it has; one is the whole
 */
void damon_inherit(struct damon_ctx *ctx, u32 parent, u32 first, u32 nr)
{
	u32 i;

	for (i = first; i < first + nr; i++) {
		ctx->spare_evidence[i] = ctx->evidence[parent];
		if (nr > 1)
			ctx->spare_evidence[i].flags |= DAMON_EVIDENCE_VOID;
		if (ctx->hits)
			ctx->spare_hits[i] = ctx->hits[parent];
	}
}
