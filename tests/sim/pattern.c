// SPDX-License-Identifier: GPL-2.0
#include <err.h>
#include <stdlib.h>

#include "pattern.h"

static u64 mixed(u64 x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

static u64 draw(struct pattern *p)
{
	p->random += 0x9e3779b97f4a7c15ULL;
	return mixed(p->random);
}

/* 0 to 1, without 1 */
static double fraction(u64 bits)
{
	return (bits >> 11) / 9007199254740992.0;
}

static u64 below(struct pattern *p, u64 limit)
{
	return limit ? (u64)((u128)draw(p) * limit >> 64) : 0;
}

/* Each piece somewhere in its own part of the space. */
static void place(struct pattern *p)
{
	const struct scenario *of = p->of;
	u64 width = of->cluster ? of->cluster : of->space;
	u64 first = p->start + (of->space - width) / 2 / PAGE * PAGE;
	u64 slot = width / of->pieces / PAGE;
	u64 pages = of->hot / of->pieces / PAGE;
	u32 i;

	for (i = 0; i < p->nr; i++) {
		u64 offset = of->packed ? 0 : below(p, slot - pages + 1);

		p->pieces[i].start = first + (i * (of->packed ? pages : slot) + offset) * PAGE;
		p->pieces[i].end = p->pieces[i].start + pages * PAGE;
	}
}

static void rate(struct pattern *p)
{
	const struct scenario *of = p->of;
	u32 i;

	for (i = 0; i < p->nr; i++) {
		switch (of->rates) {
		case RATE_SPREAD:
			p->pieces[i].rate = 0.05 + 0.95 * i / (p->nr > 1 ? p->nr - 1 : 1);
			break;
		case RATE_ZIPF:
			p->pieces[i].rate = 1.0 / (i + 1);
			break;
		case RATE_SAME:
			p->pieces[i].rate = of->rate > 0 ? of->rate : 1;
		}
	}
	for (i = p->nr; i > 1; i--) {
		u32 other = below(p, i);
		double kept = p->pieces[i - 1].rate;

		p->pieces[i - 1].rate = p->pieces[other].rate;
		p->pieces[other].rate = kept;
	}
}

/**
 * pattern_init() - the first window's truth
 * @p:		what to fill
 * @of:		the scenario, which must stay
 * @seed:	equal ones give equal patterns
 */
void pattern_init(struct pattern *p, const struct scenario *of, u64 seed)
{
	*p = (struct pattern){ .of = of, .nr = of->pieces, .random = seed };
	p->start = TIB;
	p->end = TIB + of->space;
	p->pieces = calloc(p->nr, sizeof(*p->pieces));
	if (!p->pieces)
		err(2, "no memory");
	place(p);
	rate(p);
}

void pattern_free(struct pattern *p)
{
	free(p->pieces);
}

/* To the eightfold, as far as the next piece or the end allows. */
static void grow(struct pattern *p)
{
	u64 pages = p->of->hot / p->of->pieces / PAGE;
	u32 span = 7 / p->of->grows;
	u64 now = pages + (u64)(pages * p->of->grows * (p->window % span));
	u32 i;

	for (i = 0; i < p->nr; i++) {
		u64 end = p->pieces[i].start + now * PAGE;
		u64 most = i + 1 < p->nr ? p->pieces[i + 1].start : p->end;

		p->pieces[i].end = end < most ? end : most;
	}
}

/**
 * pattern_next_window() - time goes on
 * @p:		the pattern
 *
 * Return: true if everything is elsewhere now.
 */
bool pattern_next_window(struct pattern *p)
{
	p->window++;
	if (p->of->grows > 0)
		grow(p);
	if (!p->of->moves || p->window % p->of->moves)
		return false;
	place(p);
	return true;
}

/* Another sampling interval. */
void pattern_tick(struct pattern *p)
{
	p->beat++;
}

/**
 * pattern_touched() - is a page found accessed after this interval?
 * @p:		the pattern
 * @addr:	an address of the page
 */
bool pattern_touched(struct pattern *p, u64 addr)
{
	u32 low = 0, high = p->nr;
	double rate = p->of->noise;
	u64 bits;

	while (low < high) {
		u32 mid = (low + high) / 2;

		if (p->pieces[mid].end <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < p->nr && p->pieces[low].start <= addr)
		rate = p->pieces[low].rate;
	if (rate <= 0 || rate >= 1)
		return rate > 0;
	bits = p->of->together ? mixed(p->beat * 0x9e3779b97f4a7c15ULL + low) : draw(p);
	return fraction(bits) < rate;
}
