// SPDX-License-Identifier: GPL-2.0
/*
 * Window's end: age regions, and join neighbours that samples do not tell apart.
 */
#include <linux/bitops.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include "core/internal.h"

/* Samples that two regions are compared by, of each. */
#define COMPARED	64U
/* With fewer than this nothing is said. */
#define ENOUGH		16U
/* The same where rates are neither low nor high: they tell less. */
#define ENOUGH_BETWEEN	40U
/* What telling regions apart must save: about two standard deviations. */
#define APART		(3 * DAMON_BIT)
/*
 * The same where rates are neither low nor high.  Nothing shows afterwards that two
 * such regions should not have been joined, but alike ones have a chance each window.
 */
#define APART_BETWEEN	(3 * DAMON_BIT / 4)
/* The same of what is to lead to more cuts. */
#define PROVEN		(6 * DAMON_BIT)

/* What was cut out to see what it is. */
#define TRIED		(DAMON_EVIDENCE_SEED | DAMON_EVIDENCE_STRIP | DAMON_EVIDENCE_TRIAL)

static u32 compared(const struct damon_ctx *ctx, u32 count)
{
	/* Should an operations set count too much, tables end there. */
	count = min(count, ctx->max_nr_accesses);
	if (ctx->max_nr_accesses <= COMPARED)
		return count;
	return div_u64((u64)count * COMPARED, ctx->max_nr_accesses);
}

/* Another count, and not by chance. */
static bool differs(const struct damon_ctx *ctx, u32 count, u32 last, u32 threshold)
{
	u32 nr = min(ctx->max_nr_accesses, COMPARED);

	if (count == last)
		return false;
	if (!count || !last)
		return true;
	return (count > last ? count - last : last - count) > threshold &&
	       damon_bits_apart(compared(ctx, count), nr, compared(ctx, last), nr) >= APART;
}

static void grow_older(struct damon_ctx *ctx)
{
	u32 highest = 0, i;

	for (i = 0; i < ctx->nr_regions; i++)
		highest = max(highest, ctx->regions[i].nr_accesses);
	for (i = 0; i < ctx->nr_regions; i++) {
		struct damon_region *r = &ctx->regions[i];

		damon_breathe_at(i);
		if (differs(ctx, r->nr_accesses, r->last_nr_accesses, highest / 10))
			r->age = 0;
		else if (r->age < U32_MAX)
			r->age++;
	}
}

static bool joinable(const struct damon_region *l, const struct damon_region *r, u64 limit)
{
	return l->end == r->start && r->end - l->start <= limit && l->target == r->target;
}

/* Neither hardly touched nor touched nearly always. */
static bool between(u32 hits, u32 nr)
{
	return 8 * hits > nr && 8 * hits < 7 * nr;
}

/* @told: for those who are told; what is to be found out yet does not matter */
static bool alike(struct damon_set left, struct damon_set right, bool told)
{
	const struct damon_evidence *l = left.evidence, *r = right.evidence;
	u32 not_yet = DAMON_EVIDENCE_FRESH | (told ? 0 : DAMON_EVIDENCE_DOUBT);
	u32 hits, other_hits, nr, other_nr;
	bool middling;

	if (told && (r->flags & DAMON_EVIDENCE_SAME))
		return true;
	if (((l->flags | r->flags) & not_yet) || min_t(u32, l->known, r->known) < ENOUGH)
		return false;
	hits = damon_recent(left, COMPARED, &nr);
	other_hits = damon_recent(right, COMPARED, &other_nr);
	middling = between(hits, nr) || between(other_hits, other_nr);
	if (!told && middling && min(nr, other_nr) < ENOUGH_BETWEEN)
		return false;
	return damon_bits_apart(hits, nr, other_hits, other_nr) <
	       (middling ? APART_BETWEEN : APART);
}

/* Sizes of two regions as weights whose sum has 32 bits. */
static void weights(const struct damon_region *l, const struct damon_region *r, u64 *lw, u64 *rw)
{
	unsigned int shift = max_t(int, fls64(r->end - l->start), 32) - 32;

	*lw = damon_region_sz(l) >> shift;
	*rw = damon_region_sz(r) >> shift;
}

/* In 2^-16. */
static u32 rate_of(struct damon_set set)
{
	u32 nr, hits = damon_recent(set, COMPARED, &nr);

	return nr ? (hits << 16) / nr : 0;
}

static void join(struct damon_set left, struct damon_set right)
{
	struct damon_evidence *l = left.evidence, *r = right.evidence;
	u32 flags = l->flags | r->flags;
	u64 lw, rw, rate;

	weights(left.regions, right.regions, &lw, &rw);
	rate = div64_u64(rate_of(left) * lw + rate_of(right) * rw, lw + rw);
	/* What was tried and is like what it was tried beside: there may be more. */
	if ((flags & DAMON_EVIDENCE_STRIP) && rate_of(left) && rate_of(right))
		flags |= DAMON_EVIDENCE_GROW;
	else if (!rate_of(left) || !rate_of(right))
		flags &= ~DAMON_EVIDENCE_SEED;
	flags &= ~(DAMON_EVIDENCE_STRIP | DAMON_EVIDENCE_TRIAL);
	/* What is before the left one says nothing of the right one's. */
	if (!(l->flags & DAMON_EVIDENCE_SAME))
		flags &= ~DAMON_EVIDENCE_SAME;
	damon_region_join(left, right);
	damon_pretend(left, (rate * COMPARED + (1 << 15)) >> 16, COMPARED);
	l->flags = flags | DAMON_EVIDENCE_VOID;
}

/**
 * struct row - what is joined to one region
 * @weight:	sum of sizes
 * @nr:		sum of sizes times counts of this window
 * @last:	the same of the last one
 *
 * Means of means would be rounded each time: of a chain of regions that were
 * touched now and then nothing would be left.
 */
struct row {
	u64 weight;
	u64 nr;
	u64 last;
};

/* @shift: from damon_size_limit(), so that sums have a place in 64 bits */
static void add(struct row *row, const struct damon_region *r, unsigned int shift)
{
	u64 weight = (damon_region_sz(r) >> shift) + 1;

	row->weight += weight;
	row->nr += weight * r->nr_accesses;
	row->last += weight * r->last_nr_accesses;
}

static void begin(struct row *row, const struct damon_region *r, unsigned int shift)
{
	*row = (struct row){ };
	add(row, r, shift);
}

/* To @to, which may be where they are.  Returns how many are left. */
static u32 join_alike(struct damon_ctx *ctx, struct damon_set to, u64 limit, bool told)
{
	unsigned int shift = max_t(int, fls64(limit), 30) - 30;
	struct damon_set first = to, left = to;
	struct row row = { };
	u32 i;

	for (i = 0; i < ctx->nr_regions; i++) {
		struct damon_set right = damon_set_at(ctx, i);

		damon_breathe_at(i);
		if (!i || !joinable(left.regions, right.regions, limit) ||
		    !alike(left, right, told)) {
			left = to;
			damon_region_copy(left, right);
			to = damon_set_next(to);
			row.weight = 0;
			continue;
		}
		if (!row.weight)
			begin(&row, left.regions, shift);
		add(&row, right.regions, shift);
		join(left, right);
		left.regions->nr_accesses = div64_u64(row.nr + row.weight / 2, row.weight);
		left.regions->last_nr_accesses = div64_u64(row.last + row.weight / 2, row.weight);
	}
	return to.regions - first.regions;
}

/* Hotter than a neighbour, if there is one. */
static bool stands_out(const struct damon_ctx *ctx, u32 i, u32 neighbour)
{
	u32 hits, nr, hits_there, nr_there;

	if (neighbour >= ctx->nr_regions ||
	    !joinable(&ctx->regions[min(i, neighbour)], &ctx->regions[max(i, neighbour)], U64_MAX))
		return true;
	hits = damon_recent(damon_set_at(ctx, i), COMPARED, &nr);
	hits_there = damon_recent(damon_set_at(ctx, neighbour), COMPARED, &nr_there);
	return hits * nr_there > hits_there * nr &&
	       damon_bits_apart(hits, nr, hits_there, nr_there) >= PROVEN;
}

/* Parts of what was one region that are not alike. */
static bool were_one(const struct damon_ctx *ctx, u32 left, u32 right)
{
	const struct damon_evidence *l = &ctx->evidence[left], *r = &ctx->evidence[right];
	u32 hits, nr, other_hits, other_nr;

	if (right >= ctx->nr_regions || !(l->flags & r->flags & DAMON_EVIDENCE_TRIAL) ||
	    !joinable(&ctx->regions[left], &ctx->regions[right], U64_MAX))
		return false;
	hits = damon_recent(damon_set_at(ctx, left), COMPARED, &nr);
	other_hits = damon_recent(damon_set_at(ctx, right), COMPARED, &other_nr);
	return damon_bits_apart(hits, nr, other_hits, other_nr) >= PROVEN;
}

/* Has what was tried beyond what samples had told shown anything? */
static bool judge(struct damon_ctx *ctx)
{
	bool found = false;
	u32 i;

	for (i = 0; i < ctx->nr_regions; i++) {
		struct damon_evidence *e = &ctx->evidence[i];

		damon_breathe_at(i);
		if (!(e->flags & TRIED) || (e->flags & DAMON_EVIDENCE_FRESH) || e->known < ENOUGH)
			continue;
		if ((e->flags & DAMON_EVIDENCE_SEED) && stands_out(ctx, i, i - 1) &&
		    stands_out(ctx, i, i + 1)) {
			e->flags |= DAMON_EVIDENCE_GROW;
			found = true;
		}
		found |= were_one(ctx, i, i + 1);
		e->flags &= ~TRIED;
	}
	return found;
}

/* What is lost by joining: bytes by how far their rates are apart, squared. */
static u64 loss(const struct damon_ctx *ctx, u32 left, u32 right, unsigned int shift)
{
	u64 l = damon_region_sz(&ctx->regions[left]) >> shift;
	u64 r = damon_region_sz(&ctx->regions[right]) >> shift;
	u32 a = rate_of(damon_set_at(ctx, left)) >> 8, b = rate_of(damon_set_at(ctx, right)) >> 8;
	u64 apart = a > b ? a - b : b - a;

	return l + r ? div64_u64(l * r, l + r) * apart * apart : 0;
}

#define LOSSES	192	/* classes, four to an octave: 31 bits of bytes, 16 of rates */

static u32 loss_class(u64 loss)
{
	u32 log = fls64(loss);

	return log < 3 ? loss : 4 * log + (loss >> (log - 3) & 3);
}

/*
 * Join the neighbours that lose least, until @goal regions are left or none can be
 * joined.
 */
static void press(struct damon_ctx *ctx, u64 limit, u32 goal)
{
	unsigned int shift;
	u32 class = 0;

	if (ctx->nr_regions <= goal)
		return;
	shift = max_t(int, fls64(damon_total_sz(ctx)), 31) - 31;
	while (ctx->nr_regions > goal && class < LOSSES) {
		u32 nr_by_class[LOSSES] = { };
		u32 excess = ctx->nr_regions - goal;
		u32 i, sum = 0, nr = 0;

		for (i = 1; i < ctx->nr_regions; i++) {
			damon_breathe_at(i);
			if (joinable(&ctx->regions[i - 1], &ctx->regions[i], limit))
				nr_by_class[loss_class(loss(ctx, i - 1, i, shift))]++;
		}
		for (i = 0; i < LOSSES; i++) {
			sum += nr_by_class[i];
			if (i >= class && sum >= excess)
				break;
		}
		if (!sum)
			return;
		class = min_t(u32, i, LOSSES - 1);
		for (i = 0; i < ctx->nr_regions; i++) {
			damon_breathe_at(i);
			if (nr && excess &&
			    joinable(&ctx->regions[nr - 1], &ctx->regions[i], limit) &&
			    loss_class(loss(ctx, nr - 1, i, shift)) <= class) {
				join(damon_set_at(ctx, nr - 1), damon_set_at(ctx, i));
				excess--;
			} else {
				damon_region_move(ctx, nr++, i);
			}
		}
		ctx->nr_regions = nr;
		/* Joined ones lose more than was thought: be more generous. */
		class += 4;
	}
}

/**
 * damon_join() - end of a window: age all regions and join those alike
 * @ctx:	the context, no samples out
 *
 * A region whose count differs from the last window's by more than a tenth of the
 * highest one and than chance explains, or became zero or was zero, is young
 * again; others are one window older.  Then neighbours of one target are joined
 * whose last samples do not tell them apart, unless the result would exceed
 * damon_size_limit().  Should that leave less than an eighth of max_nr_regions
 * free, those are joined that lose least by it.
 */
void damon_join(struct damon_ctx *ctx)
{
	u32 max = ctx->attrs.max_nr_regions;
	u64 limit = damon_size_limit(ctx);

	grow_older(ctx);
	ctx->nr_regions = join_alike(ctx, damon_set_at(ctx, 0), limit, false);
	ctx->explore_pays = judge(ctx);
	press(ctx, limit, max - max / 8);
	damon_reindex(ctx);
}

/**
 * damon_join_told() - what is told of a window
 * @ctx:	the context, as damon_join() left it; its spare regions are lost
 *
 * To who is told, neighbours are alike although one is to be looked into.
 * damon_use_spare() with the number of regions that there are now brings these back.
 */
void damon_join_told(struct damon_ctx *ctx)
{
	damon_use_spare(ctx, join_alike(ctx, damon_spare_at(ctx, 0), damon_size_limit(ctx), true));
}
