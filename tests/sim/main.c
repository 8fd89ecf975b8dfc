// SPDX-License-Identifier: GPL-2.0
/*
 * Ours and upstream's adjustment of regions on known patterns, in one table.
 *
 *	simulate [-s SEEDS] [-j PROCESSES] [-w WINDOWS] [-o DIR] [PART-OF-A-NAME...]
 *
 * -w: so many windows at most, to be compared with what a real monitor had seen by then.
 * -o: write a plot of each scenario there, of the first seed.  Ends with a line for
 * each promise, and with 1 if one is not kept.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bars.h"
#include "plot.h"
#include "scenarios.h"
#include "score.h"

static const struct monitor *const monitors[] = { &upstream, &ours };

#define NR_MONITORS	2
#define MOST_SEEDS	1000

/**
 * struct row - a scenario that was asked for
 * @of:		the scenario
 * @index:	where it is among all
 * @moments:	each monitor's windows with the first seed
 * @scores:	by seed, for each monitor
 */
struct row {
	struct scenario of;
	u32 index;
	struct moment moments[NR_MONITORS][MOST_WINDOWS];
	struct score scores[NR_MONITORS][MOST_SEEDS];
};

/**
 * struct board - what all processes share
 * @next:	job to be taken next: by seed, row and monitor
 * @nr_rows:	how many
 * @nr_seeds:	seeds for each
 * @rows:	the rows
 */
struct board {
	u32 next;
	u32 nr_rows;
	u32 nr_seeds;
	struct row rows[];
};

static void work(struct board *b)
{
	static struct moment moments[MOST_WINDOWS];
	u32 jobs = b->nr_seeds * b->nr_rows * NR_MONITORS;
	u32 job;

	while ((job = __atomic_fetch_add(&b->next, 1, __ATOMIC_RELAXED)) < jobs) {
		u32 who = job % NR_MONITORS;
		struct row *row = &b->rows[job / NR_MONITORS % b->nr_rows];
		u32 seed = job / NR_MONITORS / b->nr_rows;

		score_run(&row->of, monitors[who], 1 + seed, &row->scores[who][seed], moments);
		if (!seed)
			memcpy(row->moments[who], moments, sizeof(moments));
	}
}

static void share_work(struct board *b, u32 processes)
{
	u32 i;

	fflush(stdout);
	for (i = 0; i < processes; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(2, "fork");
		if (!pid) {
			work(b);
			_exit(0);
		}
	}
	for (i = 0; i < processes; i++) {
		int status;

		if (wait(&status) < 0 || status)
			errx(2, "a process has failed");
	}
}

#define COLUMN(values, row, who, nr, field)	do {			\
	u32 column_i;							\
									\
	for (column_i = 0; column_i < (nr); column_i++)			\
		(values)[column_i] = (row)->scores[who][column_i].field; \
} while (0)

static void print_windows(double windows)
{
	if (windows >= NEVER)
		printf(" %6s", "never");
	else
		printf(" %6.0f", windows);
}

static void print_one(const struct row *row, u32 who, u32 nr)
{
	double v[MOST_SEEDS], oracle;

	printf("  %-9s", monitors[who]->name);
	COLUMN(v, row, who, nr, median.precision);
	printf(" %6.3f", median(v, nr));
	printf(" %6.3f", v[0]);
	COLUMN(v, row, who, nr, median.recall);
	printf("  %6.3f", median(v, nr));
	printf(" %6.3f", v[0]);
	COLUMN(v, row, who, nr, oracle.error);
	oracle = median(v, nr);
	COLUMN(v, row, who, nr, median.error);
	printf("  %6.3f", median(v, nr));
	if (oracle > 0.001)
		printf(" %6.2f", median(v, nr) / oracle);
	else
		printf(" %6s", "-");
	COLUMN(v, row, who, nr, back);
	print_windows(median(v, nr));
	print_windows(v[nr - 1]);
	COLUMN(v, row, who, nr, median.regions);
	printf(" %8.0f", median(v, nr));
	COLUMN(v, row, who, nr, median.checks);
	printf(" %8.0f", median(v, nr));
	COLUMN(v, row, who, nr, median.us);
	printf(" %7.0f\n", median(v, nr));
}

/* What noise leaves to who knows all borders, where that is not simply all. */
static void print_oracle(const struct row *row, u32 nr)
{
	double precision[MOST_SEEDS], recall[MOST_SEEDS], error[MOST_SEEDS];

	COLUMN(precision, row, 0, nr, oracle.precision);
	COLUMN(recall, row, 0, nr, oracle.recall);
	COLUMN(error, row, 0, nr, oracle.error);
	if (median(error, nr) > 0.001)
		printf("  %-9s %6.3f %6s  %6.3f %6s  %6.3f\n", "oracle", median(precision, nr), "",
		       median(recall, nr), "", error[nr / 2]);
}

static void print_table(const struct board *b)
{
	u32 i, k;

	printf("%u seeds: the median and the worst of them; of a seed, the median over the second half of the windows\n"
	       "windows: until precision and recall are 0.9, from the start or after each move\n"
	       "oracle: who knows all borders and takes as many samples of each piece; how often its error\n"
	       "us: time that the monitor spends in a window, without looking at pages\n\n", b->nr_seeds);
	printf("  %-9s %13s  %13s  %13s %13s %8s %8s %7s\n", "", "precision", "recall",
	       "rate error", "windows", "regions", "checks", "us");
	printf("  %-9s %6s %6s  %6s %6s  %6s %6s %6s %6s\n", "", "median", "worst", "median",
	       "worst", "median", "oracle", "median", "worst");
	for (i = 0; i < b->nr_rows; i++) {
		printf("%s\n", b->rows[i].of.name);
		for (k = 0; k < NR_MONITORS; k++)
			print_one(&b->rows[i], k, b->nr_seeds);
		print_oracle(&b->rows[i], b->nr_seeds);
	}
}

static struct moment medians(const struct row *row, u32 who, u32 nr)
{
	struct moment m = { };
	double v[MOST_SEEDS];

	COLUMN(v, row, who, nr, median.precision);
	m.precision = median(v, nr);
	COLUMN(v, row, who, nr, median.recall);
	m.recall = median(v, nr);
	COLUMN(v, row, who, nr, median.error);
	m.error = median(v, nr);
	COLUMN(v, row, who, nr, median.checks);
	m.checks = median(v, nr);
	return m;
}

static bool judge(const struct board *b)
{
	struct result *results = calloc(b->nr_rows, sizeof(*results));
	double v[MOST_SEEDS];
	bool good;
	u32 i;

	if (!results)
		err(2, "no memory");
	for (i = 0; i < b->nr_rows; i++) {
		const struct row *row = &b->rows[i];
		struct result *r = &results[i];

		r->of = &row->of;
		r->theirs = medians(row, 0, b->nr_seeds);
		r->ours = medians(row, 1, b->nr_seeds);
		COLUMN(v, row, 0, b->nr_seeds, oracle.error);
		r->oracle.error = median(v, b->nr_seeds);
		COLUMN(v, row, 0, b->nr_seeds, back);
		r->their_back = median(v, b->nr_seeds);
		COLUMN(v, row, 1, b->nr_seeds, back);
		r->back = median(v, b->nr_seeds);
	}
	good = bars_hold(results, b->nr_rows);
	free(results);
	return good;
}

static void plot(const struct board *b, const char *dir)
{
	u32 i, k;

	for (i = 0; i < b->nr_rows; i++) {
		const struct moment *moments[NR_MONITORS];
		const char *names[NR_MONITORS];

		for (k = 0; k < NR_MONITORS; k++) {
			moments[k] = b->rows[i].moments[k];
			names[k] = monitors[k]->name;
		}
		plot_scenario(dir, b->rows[i].index, &b->rows[i].of, names, moments, NR_MONITORS);
	}
}

static bool wanted(const struct scenario *s, char **parts)
{
	if (!*parts)
		return true;
	for (; *parts; parts++) {
		if (strstr(s->name, *parts))
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	u32 seeds = 20, processes = 2, windows = MOST_WINDOWS, i;
	const char *dir = NULL;
	struct board *b;
	int option;

	while ((option = getopt(argc, argv, "s:j:w:o:")) != -1) {
		switch (option) {
		case 's':
			seeds = atoi(optarg);
			break;
		case 'j':
			processes = atoi(optarg);
			break;
		case 'w':
			windows = atoi(optarg);
			break;
		case 'o':
			dir = optarg;
			break;
		default:
			return 2;
		}
	}
	if (!seeds || seeds > MOST_SEEDS || !processes || windows < 2)
		errx(2, "1 to %d seeds, at least one process and two windows", MOST_SEEDS);
	b = mmap(NULL, sizeof(*b) + nr_scenarios * sizeof(*b->rows), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (b == MAP_FAILED)
		err(2, "no memory");
	b->nr_seeds = seeds;
	for (i = 0; i < nr_scenarios; i++) {
		struct row *row = &b->rows[b->nr_rows];

		if (!wanted(&scenarios[i], argv + optind))
			continue;
		row->of = scenarios[i];
		if (row->of.windows > windows)
			row->of.windows = windows;
		row->index = i;
		b->nr_rows++;
	}
	share_work(b, processes);
	print_table(b);
	if (dir)
		plot(b, dir);
	putchar('\n');
	return judge(b) ? 0 : 1;
}
