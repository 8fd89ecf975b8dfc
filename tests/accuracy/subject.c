// SPDX-License-Identifier: GPL-2.0
/*
 * Starting, watching and ending the workload.
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "monitor.h"
#include "subject.h"

#define READY_LIMIT_NS	(300ULL * 1000000000)

/* In a thousand sweeps so many may be late: what else runs also wants the CPU. */
#define LATE_PERMILLE	10

static void exec_workload(const char *program, const char *status, const char *const *args)
{
	const char *argv[SUBJECT_MAX_ARGS + 4] = { program, "--status", status };
	int i;

	for (i = 0; args[i]; i++) {
		if (i == SUBJECT_MAX_ARGS)
			errx(1, "too many arguments");
		argv[i + 3] = args[i];
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execv(program, (char *const *)argv);
	err(1, "cannot run %s", program);
}

static void check_alive(struct subject *s)
{
	if (waitpid(s->pid, NULL, WNOHANG))
		errx(1, "the workload ended by itself");
}

/**
 * subject_start() - start the workload and wait until it sweeps
 * @s:		to be filled in
 * @program:	path of `hot`
 * @args:	its options without --status, ended by NULL
 */
void subject_start(struct subject *s, const char *program, const char *const *args)
{
	uint64_t until = now_ns() + READY_LIMIT_NS;
	char name[] = "/tmp/hot.XXXXXX";
	int fd = mkstemp(name);

	if (fd < 0 || ftruncate(fd, sizeof(*s->status)))
		err(1, "cannot create %s", name);
	s->status = mmap(NULL, sizeof(*s->status), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (s->status == MAP_FAILED)
		err(1, "cannot map %s", name);
	close(fd);
	s->pid = fork();
	if (s->pid < 0)
		err(1, "cannot fork");
	if (!s->pid)
		exec_workload(program, name, args);
	while (!__atomic_load_n(&s->status->ready, __ATOMIC_ACQUIRE)) {
		check_alive(s);
		if (now_ns() > until)
			errx(1, "the workload does not get ready");
		sleep_us(1000);
	}
	unlink(name);
}

void subject_stop(struct subject *s)
{
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	munmap(s->status, sizeof(*s->status));
}

static uint64_t look(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/**
 * subject_sweeps_within() - is each hot page accessed in each interval?
 * @s:		the workload
 * @us:		the interval
 * @nr:		sweeps to wait for; 0 judges those since the last call
 *
 * Return: whether all but a few sweeps ended within that time after the one
 * before.
 */
bool subject_sweeps_within(struct subject *s, uint64_t us, uint64_t nr)
{
	static uint64_t first_sweep, first_late;
	uint64_t until = now_ns() + READY_LIMIT_NS;
	struct hot_status *status = s->status;

	if (nr) {
		__atomic_store_n(&status->limit_ns, us * 1000, __ATOMIC_RELAXED);
		first_sweep = look(&status->nr_sweeps);
		first_late = look(&status->nr_late);
		while (look(&status->nr_sweeps) < first_sweep + nr) {
			check_alive(s);
			if (now_ns() > until)
				errx(1, "the workload does not sweep");
			sleep_us(1000);
		}
	}
	return (look(&status->nr_late) - first_late) * 1000 <=
	       (look(&status->nr_sweeps) - first_sweep) * LATE_PERMILLE;
}

/* What the process has in huge pages. */
uint64_t subject_huge_bytes(const struct subject *s)
{
	char path[64], text[4096], *at;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", s->pid);
	read_file(path, text, sizeof(text));
	at = strstr(text, "AnonHugePages:");
	if (!at)
		errx(1, "%s says nothing of huge pages", path);
	return strtoull(at + strlen("AnonHugePages:"), NULL, 10) << 10;
}
