// SPDX-License-Identifier: GPL-2.0
/*
 * Does the monitor find the hot memory of a process?
 *
 *	accuracy HOT CASE...
 *
 * HOT is the workload (tests/workload/hot).  Cases `plain`, `thp`, `fvaddr`,
 * `paddr` and `paddr-thp` hold the monitor to a fixed bound, `find` and `sparse` to
 * a time in which all of memory must be known; `vmas`, `pieces` and `scattered` hold it to
 * what the kernel's own monitor makes of the same process, where there is one, and
 * `scattered` to the fixed bound as well, at no more CPU time.
 */
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "monitor.h"
#include "score.h"
#include "subject.h"

#define MIB		1048576ULL

/* What the module promises with 20 MiB of 200 hot. */
#define BOUND		0.95

#define SAMPLE_US	5000
#define SAMPLES		20
#define MAX_SCALE	64

/* Ten seconds of a hundred milliseconds each; more when intervals are scaled. */
#define WARMUP_WINDOWS	100
#define NR_SNAPSHOTS	20

/*
 * For comparisons the monitors take turns.  Two runs of one monitor differ much,
 * by chance, in where it cut its regions: as long as ours looks worse, both get
 * more turns, and in the end it is worse if it is by more than chance explains
 * (twice the standard error of the mean difference).
 */
#define MIN_ROUNDS	4
#define MAX_ROUNDS	12
#define TOLERANCE	0.01
#define NR_ERRORS	2

/* What `find` wants, from the first sample on and however long windows are. */
#define FIND_BOUND	0.9
#define FIND_LIMIT_NS	(30ULL * 1000000000)

/**
 * struct test_case - a process, and what the monitor is held to
 * @name:	of the case
 * @ops:	how it is watched
 * @compare:	with the kernel's own monitor
 * @outdo:	that one fails here: besides, BOUND must be reached, at no more CPU time
 * @find:	in the time of FIND_LIMIT_NS
 * @huge:	the process has huge pages
 * @scale:	of the intervals to begin with, if not 1
 * @args:	of the workload
 */
struct test_case {
	const char *name;
	const struct mon_ops *ops;
	bool compare;
	bool outdo;
	bool find;
	bool huge;
	unsigned int scale;
	const char *args[SUBJECT_MAX_ARGS];
};

static const struct test_case cases[] = {
	{ .name = "plain", .ops = &mon_device,
	  .args = { "--total", "200", "--hot", "20", "--thp", "off" } },
	{ .name = "fvaddr", .ops = &mon_device_fvaddr,
	  .args = { "--total", "200", "--hot", "20", "--thp", "off" } },
	{ .name = "paddr", .ops = &mon_device_paddr,
	  .args = { "--total", "200", "--hot", "20", "--thp", "off" } },
	{ .name = "paddr-thp", .ops = &mon_device_paddr, .huge = true,
	  .args = { "--total", "200", "--hot", "20", "--thp", "on" } },
	{ .name = "find", .ops = &mon_device_paddr, .find = true,
	  .args = { "--total", "1024", "--hot", "100", "--thp", "off" } },
	{ .name = "sparse", .ops = &mon_device, .find = true,
	  .args = { "--total", "1048576", "--hot", "1024", "--thp", "off", "--pieces", "64",
		    "--sparse", "--pause-us", "5000" } },
	{ .name = "thp", .ops = &mon_device, .huge = true,
	  .args = { "--total", "200", "--hot", "20", "--thp", "on" } },
	{ .name = "vmas", .ops = &mon_device, .compare = true,
	  .args = { "--total", "200", "--hot", "20", "--thp", "off", "--vmas", "1000",
		    "--churn" } },
	{ .name = "pieces", .ops = &mon_device, .compare = true,
	  .args = { "--total", "1024", "--hot", "20", "--thp", "off", "--pieces", "20" } },
	/* The built-in monitor leaves the workload little of a CPU. */
	{ .name = "scattered", .ops = &mon_device, .compare = true, .outdo = true, .scale = 2,
	  .args = { "--total", "2048", "--hot", "128", "--thp", "off", "--pieces", "64",
		    "--pause-us", "3000" } },
};

static uint64_t sample_us(unsigned int scale)
{
	return (uint64_t)SAMPLE_US * scale;
}

/*
 * A hot page is one that is accessed in each sampling interval: the intervals
 * are stretched until the workload is fast enough for that.
 */
static unsigned int find_scale(struct subject *s, unsigned int scale)
{
	while (!subject_sweeps_within(s, sample_us(scale), 300)) {
		scale *= 2;
		if (scale > MAX_SCALE)
			errx(1, "the workload is too slow for any interval");
	}
	return scale;
}

/* What is hot, in the monitor's addresses; to be freed. */
static void truth_for(const struct mon_ops *ops, const struct subject *s, struct truth *truth)
{
	size_t bytes = s->status->nr_pieces * sizeof(*truth->ranges);

	if (ops == &mon_device_paddr) {
		truth_physical(s, truth);
		return;
	}
	truth->nr = s->status->nr_pieces;
	truth->ranges = malloc(bytes);
	if (!truth->ranges)
		err(1, "no memory");
	memcpy(truth->ranges, s->status->pieces, bytes);
}

/*
 * Where the workload is but a small part of all that is watched, in some places
 * anywhere, the usual ten regions are too coarse a beginning.
 */
static uint32_t min_regions(const struct mon_ops *ops)
{
	return ops == &mon_device_paddr ? 100 : 10;
}

static void give_range(struct monitor *m, const struct subject *s)
{
	m->given.start = s->status->all.start;
	m->given.end = s->status->all.end;
}

/**
 * struct turn - what one turn of a monitor came to
 * @mid:	medians of the snapshots' scores
 * @load:	CPU time of its thread by time, from the first sample on, until the
 *		first snapshot was asked for
 */
struct turn {
	struct score mid;
	double load;
};

static void judge(struct monitor *m, struct subject *s, unsigned int scale, struct score *scores,
		  struct turn *t)
{
	const struct mon_attrs attrs = {
		.sample_us = sample_us(scale),
		.aggr_us = sample_us(scale) * SAMPLES,
		.min = min_regions(m->ops),
		.max = 1000,
	};
	struct mon_snapshot snap = { 0 };
	struct truth truth;
	uint64_t begun, cpu_ns, begun_to_look, ended;
	size_t nr_regions = 0;
	int i;

	give_range(m, s);
	begun = now_ns();
	m->ops->start(m, s->pid, &attrs);
	sleep_us(WARMUP_WINDOWS * attrs.aggr_us);
	cpu_ns = cpu_ns_of(m->worker);
	begun_to_look = now_ns() - begun;
	t->load = (double)cpu_ns / (double)begun_to_look;
	truth_for(m->ops, s, &truth);
	for (i = 0; i < NR_SNAPSHOTS; i++) {
		m->ops->snapshot(m, &snap);
		score_snapshot(&snap, &truth, &scores[i]);
		nr_regions += snap.nr;
	}
	ended = now_ns() - begun;
	m->ops->stop(m);
	free(truth.ranges);
	say("%s: %zu regions on average, windows %llu to %llu", m->ops->name,
	    nr_regions / NR_SNAPSHOTS,
	    (unsigned long long)(begun_to_look / 1000 / attrs.aggr_us),
	    (unsigned long long)(ended / 1000 / attrs.aggr_us));
	free(snap.regions);
}

/*
 * One monitor's turn.  When the workload turns out too slow meanwhile, the turn
 * does not count and is taken again with longer intervals.
 */
static void turn(const struct mon_ops *ops, struct subject *s, unsigned int *scale,
		 struct turn *t)
{
	struct score scores[NR_SNAPSHOTS], *mid = &t->mid;
	struct monitor m = { .ops = ops };

	for (;;) {
		*scale = find_scale(s, *scale);
		judge(&m, s, *scale, scores, t);
		if (subject_sweeps_within(s, sample_us(*scale), 0))
			break;
		say("the workload became too slow for intervals of x%u", *scale);
		*scale *= 2;
	}
	score_median(scores, NR_SNAPSHOTS, mid);
	say("%s: precision %.3f recall %.3f F1 %.3f; a sweep takes %llu us", ops->name,
	    mid->precision, mid->recall, mid->f1,
	    (unsigned long long)(s->status->busy_ns / s->status->nr_sweeps / 1000));
	say("%s: %.2f %% of a CPU", ops->name, 100 * t->load);
	say("intervals x%u: %u us / %u us", *scale, (unsigned int)sample_us(*scale),
	    (unsigned int)sample_us(*scale) * SAMPLES);
}

static void test_bound(const struct test_case *c, struct subject *s)
{
	unsigned int scale = 1;
	struct turn t;

	turn(c->ops, s, &scale, &t);
	verdict(t.mid.precision >= BOUND,
		"accuracy %s precision %.3f, at least %.2f (intervals x%u)", c->name,
		t.mid.precision, BOUND, scale);
	verdict(t.mid.recall >= BOUND, "accuracy %s recall %.3f, at least %.2f (intervals x%u)",
		c->name, t.mid.recall, BOUND, scale);
}

/* How long it takes from nothing to knowing most of what is hot. */
static void test_find(const struct test_case *c, struct subject *s)
{
	unsigned int scale = find_scale(s, 1);
	const struct mon_attrs attrs = {
		.sample_us = sample_us(scale),
		.aggr_us = sample_us(scale) * SAMPLES,
		.min = 10,
		.max = 1000,
	};
	struct monitor m = { .ops = c->ops };
	struct mon_snapshot snap = { 0 };
	struct score score = { 0 };
	uint64_t begun, took, cpu_ns;
	struct mon_cost cost;
	struct truth truth;
	bool found = false;

	truth_for(c->ops, s, &truth);
	begun = now_ns();
	m.ops->start(&m, s->pid, &attrs);
	do {
		m.ops->snapshot(&m, &snap);
		took = now_ns() - begun;
		score_snapshot(&snap, &truth, &score);
		found = score.precision >= FIND_BOUND && score.recall >= FIND_BOUND;
		cpu_ns = cpu_ns_of(m.worker);
	} while (!found && took <= FIND_LIMIT_NS);
	say("%s: %llu windows, %.2f %% of a CPU", m.ops->name, (unsigned long long)m.seq,
	    (double)cpu_ns / (double)took * 100);
	m.ops->cost(&m, &cost);
	say("%s: %llu pages looked at", m.ops->name, (unsigned long long)cost.samples);
	m.ops->stop(&m);
	verdict(found, "accuracy %s precision %.3f recall %.3f after %.1f s, at least %.2f within %d s (intervals x%u)",
		c->name, score.precision, score.recall, (double)took / 1e9, FIND_BOUND,
		(int)(FIND_LIMIT_NS / 1000000000), scale);
	free(truth.ranges);
	free(snap.regions);
}

/**
 * struct paired - rounds so far
 * @nr:		how many
 * @ours:	turns of ours
 * @theirs:	turns of the built-in monitor
 */
struct paired {
	int nr;
	struct turn ours[MAX_ROUNDS];
	struct turn theirs[MAX_ROUNDS];
};

/* Mean of the F1 of ours less theirs, and its standard error. */
static double difference(const struct paired *p, double *error)
{
	double sum = 0, squares = 0, mean;
	int i;

	for (i = 0; i < p->nr; i++)
		sum += p->ours[i].mid.f1 - p->theirs[i].mid.f1;
	mean = sum / p->nr;
	for (i = 0; i < p->nr; i++) {
		double off = p->ours[i].mid.f1 - p->theirs[i].mid.f1 - mean;

		squares += off * off;
	}
	*error = sqrt(squares / (p->nr - 1) / p->nr);
	return mean;
}

static void one_round(struct subject *s, unsigned int *scale, struct paired *p)
{
	struct turn ours, theirs;
	unsigned int before;

	do {
		before = *scale;
		if (p->nr % 2)
			turn(&mon_builtin, s, scale, &theirs);
		turn(&mon_device, s, scale, &ours);
		if (!(p->nr % 2))
			turn(&mon_builtin, s, scale, &theirs);
		/* All must have had the same intervals. */
		if (*scale != before)
			p->nr = 0;
	} while (*scale != before);
	p->ours[p->nr] = ours;
	p->theirs[p->nr] = theirs;
	p->nr++;
}

/* Each member's own median over the rounds. */
static struct turn typical(const struct turn *turns, int nr)
{
	struct score scores[MAX_ROUNDS];
	double loads[MAX_ROUNDS];
	struct turn t;
	int i;

	for (i = 0; i < nr; i++) {
		scores[i] = turns[i].mid;
		loads[i] = turns[i].load;
	}
	score_median(scores, (size_t)nr, &t.mid);
	t.load = median(loads, (size_t)nr);
	return t;
}

static void test_compare(const struct test_case *c, struct subject *s)
{
	struct paired p = { 0 };
	unsigned int scale = c->scale ? c->scale : 1;
	bool stat_ran = builtin_stat_set(false);
	struct turn ours, theirs;
	double mean, error;

	do {
		one_round(s, &scale, &p);
		mean = p.nr > 1 ? difference(&p, &error) : 0;
	} while (p.nr < MIN_ROUNDS || (mean < -TOLERANCE && p.nr < MAX_ROUNDS));
	if (stat_ran)
		builtin_stat_set(true);
	verdict(mean >= -TOLERANCE || mean >= -NR_ERRORS * error,
		"accuracy %s F1 %+.3f beside the built-in (standard error %.3f, %d rounds)",
		c->name, mean, error, p.nr);
	ours = typical(p.ours, p.nr);
	theirs = typical(p.theirs, p.nr);
	say("F1, median of the rounds: %.3f, built-in %.3f; intervals x%u", ours.mid.f1,
	    theirs.mid.f1, scale);
	if (!c->outdo)
		return;
	verdict(ours.mid.precision >= BOUND && ours.mid.recall >= BOUND,
		"accuracy %s precision %.3f recall %.3f, both at least %.2f (built-in %.3f, %.3f)",
		c->name, ours.mid.precision, ours.mid.recall, BOUND, theirs.mid.precision,
		theirs.mid.recall);
	verdict(ours.load <= theirs.load,
		"accuracy %s %.2f %% of a CPU, at most the built-in's %.2f %%", c->name,
		100 * ours.load, 100 * theirs.load);
}

/* Without a second opinion: it must work, and see the hot memory at all. */
static void test_alone(const struct test_case *c, struct subject *s)
{
	unsigned int scale = 1;
	struct turn t;

	turn(&mon_device, s, &scale, &t);
	verdict(t.mid.f1 > 0, "accuracy %s F1 %.3f, nothing to compare with", c->name, t.mid.f1);
}

static void test(const struct test_case *c, const char *program)
{
	struct subject s;
	uint64_t all, huge;

	subject_start(&s, program, c->args);
	all = s.status->all.end - s.status->all.start;
	huge = subject_huge_bytes(&s);
	if (c->huge ? huge < all / 10 * 9 : huge > 2 * MIB)
		verdict(false, "accuracy %s is void: %llu of %llu MiB in huge pages", c->name,
			(unsigned long long)(huge / MIB), (unsigned long long)(all / MIB));
	else if (c->find)
		test_find(c, &s);
	else if (!c->compare)
		test_bound(c, &s);
	else if (builtin_present())
		test_compare(c, &s);
	else
		test_alone(c, &s);
	subject_stop(&s);
}

int main(int argc, char **argv)
{
	size_t i;
	int a;

	if (argc < 3)
		errx(2, "usage: accuracy HOT CASE...");
	for (a = 2; a < argc; a++) {
		for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
			if (!strcmp(argv[a], cases[i].name))
				break;
		if (i == sizeof(cases) / sizeof(*cases))
			errx(2, "no case %s", argv[a]);
		test(&cases[i], argv[1]);
	}
	return nr_failed() > 0;
}
