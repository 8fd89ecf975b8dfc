// SPDX-License-Identifier: GPL-2.0
/*
 * The process whose memory is reclaimed.
 */
#include <err.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "reclaim.h"

#define PAGE		4096UL
#define NOBODY		65534

/* Cold pages that a round touches. */
#define ROUND_COLD	256

#define PAGEMAP_SWAPPED	0x4000000000000000ULL

/* Chunks alternate, so that the order of first touches tells reclaim nothing. */
static bool is_young(uint32_t page)
{
	return page / CHUNK_PAGES % 2 == 0;
}

void become_nobody(void)
{
	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
		err(1, "cannot become nobody");
	/* Changing ids has hidden this process from others of the same user. */
	prctl(PR_SET_DUMPABLE, 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void touch(char *mem, uint32_t page)
{
	__atomic_store_n(&mem[page * PAGE], 1, __ATOMIC_RELAXED);
}

static void touch_young(char *mem, const struct memory *memory)
{
	uint32_t i;

	for (i = 0; i < memory->pages; i++)
		if (is_young(i))
			touch(mem, i);
}

/* The same pages in the same order in each process. */
static void touch_round(char *mem, const struct memory *memory)
{
	static uint64_t state = 0x9e3779b97f4a7c15;
	uint32_t cold = memory->pages - memory->hot_pages, i;

	for (i = 0; i < memory->hot_pages; i++)
		touch(mem, i);
	for (i = 0; i < ROUND_COLD; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		touch(mem, memory->hot_pages + (uint32_t)(state >> 32) % cold);
	}
}

static _Noreturn void obey(int commands, int answers, const struct memory *memory)
{
	char *mem = mmap(NULL, memory->pages * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t start = (uintptr_t)mem;
	uint32_t i;
	char c;

	if (mem == MAP_FAILED || madvise(mem, memory->pages * PAGE, MADV_NOHUGEPAGE))
		err(1, "cannot map");
	for (i = 0; i < memory->pages; i++)
		touch(mem, i);
	if (write(answers, &start, sizeof(start)) != sizeof(start))
		err(1, "cannot answer");
	while (read(commands, &c, 1) == 1) {
		if (c == TOUCH_YOUNG)
			touch_young(mem, memory);
		else
			touch_round(mem, memory);
		if (write(answers, &c, 1) != 1)
			err(1, "cannot answer");
	}
	_exit(0);
}

/* Returns when all its memory has been touched once. */
void process_start(struct process *p, const struct memory *memory)
{
	int commands[2], answers[2];

	if (pipe2(commands, O_CLOEXEC) || pipe2(answers, O_CLOEXEC))
		err(1, "pipe");
	p->memory = *memory;
	p->to = commands[1];
	p->from = answers[0];
	p->pid = fork();
	if (p->pid < 0)
		err(1, "cannot fork");
	if (!p->pid) {
		close(commands[1]);
		close(answers[0]);
		group_add(getpid());
		become_nobody();
		obey(commands[0], answers[1], memory);
	}
	close(commands[0]);
	close(answers[1]);
	if (read(p->from, &p->start, sizeof(p->start)) != sizeof(p->start))
		errx(1, "the process did not start");
}

void process_tell(const struct process *p, char command)
{
	if (write(p->to, &command, 1) != 1 || read(p->from, &command, 1) != 1)
		errx(1, "the process ended by itself");
}

void process_stop(struct process *p)
{
	close(p->to);
	close(p->from);
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
}

/* Accessed bits and all notes of accesses are cleared, given back by nobody. */
void process_forget_accesses(const struct process *p)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/clear_refs", p->pid);
	write_file(path, "1");
}

void process_count_swapped(const struct process *p, uint32_t *young, uint32_t *old)
{
	uint64_t *entries = calloc(p->memory.pages, sizeof(*entries));
	size_t bytes = p->memory.pages * sizeof(*entries);
	char path[64];
	uint32_t i;
	off_t offset = (off_t)(p->start / PAGE * sizeof(*entries));
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", p->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || !entries || pread(fd, entries, bytes, offset) != (ssize_t)bytes)
		err(1, "cannot read %s", path);
	close(fd);
	*young = *old = 0;
	for (i = 0; i < p->memory.pages; i++)
		if (entries[i] & PAGEMAP_SWAPPED)
			++*(is_young(i) ? young : old);
	free(entries);
}
