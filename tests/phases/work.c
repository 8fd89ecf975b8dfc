// SPDX-License-Identifier: GPL-2.0
/*
 * The workload: as a transform that goes through its data in parts.  It has memory
 * that is needed only in the beginning, and parts of which some are worked on in
 * each phase, again and again; which these are is a matter of the seed.
 *
 * Everything is turned over an even number of times, so that in the end each word
 * has to be what it was.
 */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../accuracy/monitor.h"
#include "phases.h"

#define PART		(2 * MIB)
#define NR_PARTS	10
#define FIRST		(12 * MIB)	/* needed in the beginning only */
#define LEN		(FIRST + NR_PARTS * PART)

#define NR_PHASES	12
#define PHASE_PARTS	3
#define NR_SWEEPS	1000		/* even */
#define STRIDE		16		/* words */

static uint64_t *mem;

static uint64_t word(uint64_t at)
{
	return (at + 1) * 0x9e3779b97f4a7c15ULL;
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state >> 32;
}

static void turn_over(unsigned int part)
{
	/* Compilers shall not see that twice is not at all, nor differ in how they do it. */
	volatile uint64_t *at = mem + (FIRST + part * PART) / sizeof(*at);
	size_t i;

	for (i = 0; i < PART / sizeof(*at); i += STRIDE)
		at[i] = ~at[i];
}

static void phase(uint64_t *state)
{
	unsigned int parts[NR_PARTS], i, sweep;

	for (i = 0; i < NR_PARTS; i++)
		parts[i] = i;
	for (i = 0; i < PHASE_PARTS; i++) {
		unsigned int other = i + (unsigned int)(next_random(state) % (NR_PARTS - i));
		unsigned int part = parts[other];

		parts[other] = parts[i];
		parts[i] = part;
	}
	for (sweep = 0; sweep < NR_SWEEPS; sweep++)
		for (i = 0; i < PHASE_PARTS; i++)
			turn_over(parts[i]);
}

static uint64_t major_faults(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage))
		err(1, "getrusage");
	return (uint64_t)usage.ru_majflt;
}

static bool content_is_good(void)
{
	size_t i;

	for (i = 0; i < LEN / sizeof(*mem); i++)
		if (mem[i] != word(i))
			return false;
	return true;
}

static _Noreturn void work(uint64_t seed, int from, int to)
{
	uint64_t state = seed * 0x9e3779b97f4a7c15ULL | 1, begun, faults;
	struct work_result result;
	unsigned int i;
	size_t at;
	char c;

	mem = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED || madvise(mem, LEN, MADV_NOHUGEPAGE))
		err(1, "no memory");
	for (at = 0; at < LEN / sizeof(*mem); at++)
		mem[at] = word(at);
	if (write(to, &mem, sizeof(mem)) != sizeof(mem) || read(from, &c, 1) != 1)
		errx(1, "the workload is not wanted");
	begun = now_ns();
	faults = major_faults();
	for (i = 0; i < NR_PHASES; i++)
		phase(&state);
	result.ns = now_ns() - begun;
	result.faults = major_faults() - faults;
	if (write(to, &result, sizeof(result)) != sizeof(result))
		err(1, "cannot tell the result");
	if (read(from, &c, 1))
		errx(1, "what else?");
	_exit(content_is_good() ? 0 : 2);
}

/**
 * work_start() - start the workload
 * @w:		to be filled in
 * @seed:	what its phases depend on
 *
 * Returns when all its memory is there; it waits for work_go().
 */
void work_start(struct work *w, uint64_t seed)
{
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		err(1, "pipe");
	w->pid = fork();
	if (w->pid < 0)
		err(1, "cannot fork");
	if (!w->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(to[1]);
		close(from[0]);
		work(seed, to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	w->to = to[1];
	w->from = from[0];
	w->len = LEN;
	if (read(w->from, &w->start, sizeof(w->start)) != sizeof(w->start))
		errx(1, "the workload did not start");
}

void work_go(const struct work *w)
{
	char c = 0;

	if (write(w->to, &c, 1) != 1)
		err(1, "the workload cannot be started");
}

/* What it tells after its last phase; to be called when there is something to read. */
void work_result(const struct work *w, struct work_result *result)
{
	if (read(w->from, result, sizeof(*result)) != sizeof(*result))
		errx(1, "the workload ended by itself");
}

/* Ends it.  Returns whether each byte of its memory is what it was. */
bool work_end(struct work *w)
{
	int status;

	close(w->to);
	if (waitpid(w->pid, &status, 0) != w->pid)
		err(1, "the workload is lost");
	close(w->from);
	return !status;
}
