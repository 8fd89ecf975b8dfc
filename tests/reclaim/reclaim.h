/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of reclaim share: a memory cgroup, a process in it that does
 * what it is told, a watcher.  Runs in a VM, as root, with swap.
 */
#ifndef RECLAIM_H
#define RECLAIM_H

#include <stdint.h>
#include <sys/types.h>

#include "../accuracy/monitor.h"

/* Who monitors, if anybody. */
enum watch {
	WATCH_NONE,
	WATCH_ROOT,	/* a privileged session */
	WATCH_PLAIN,	/* a session of a user without privileges */
};

/**
 * struct memory - how the process's memory is divided
 * @pages:	all of it
 * @hot_pages:	the first of these; the rest is cold
 */
struct memory {
	uint32_t pages;
	uint32_t hot_pages;
};

/**
 * struct process - a process of an unprivileged user, in a cgroup of its own
 * @pid:	it
 * @to:		commands go there, one byte each
 * @from:	and are acknowledged here
 * @start:	first byte of its memory
 * @memory:	as started
 */
struct process {
	pid_t pid;
	int to;
	int from;
	uint64_t start;
	struct memory memory;
};

/* Commands.  Which pages they touch: see process.c. */
#define TOUCH_YOUNG	'y'	/* every other chunk */
#define TOUCH_ROUND	'r'	/* all that is hot, and a few cold pages by chance */

#define CHUNK_PAGES	16

/* process.c */
void process_start(struct process *p, const struct memory *memory);
void process_tell(const struct process *p, char command);
void process_stop(struct process *p);
void process_forget_accesses(const struct process *p);
void process_count_swapped(const struct process *p, uint32_t *young, uint32_t *old);
void become_nobody(void);

/* group.c */
void group_create(void);
void group_add(pid_t pid);
void group_remove(void);
void group_reclaim(uint64_t bytes);
uint64_t group_current(void);
uint64_t group_stat(const char *name);

/**
 * struct watcher - a process that monitors another one
 * @pid:	it
 * @stop:	closed to end it
 */
struct watcher {
	pid_t pid;
	int stop;
};

/* watcher.c */
void watcher_start(struct watcher *w, enum watch who, const struct process *p,
		   const struct mon_attrs *attrs);
void watcher_stop(struct watcher *w);
const char *watch_name(enum watch who);

/* choice.c, refault.c */
void test_choice(void);
void test_refault(void);

#endif /* RECLAIM_H */
