/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of actions share: a process that knows what its memory has to
 * hold, where the kernel tells what became of that memory, and the call of the test
 * module of DAMON_TEST_ACT_KO.
 */
#ifndef TESTS_DEVICE_KEEPER_H
#define TESTS_DEVICE_KEEPER_H

#include "act/act.h"
#include "harness.h"

#define ACT_DEVICE	"/dev/damon-test-act"
#define LEN	(8 * MIB)
#define HUGE	(2 * MIB)
#define GROUP	"/sys/fs/cgroup/damon-test-act"	/* has groups */
#define LEAF	GROUP "/below"				/* has processes */
#define OTHER	GROUP "/other"				/* the same */
#define FILE_OF_KEEPER	"/tmp/damon-test-act"
#define FILE_ON_DISK	"/var/tmp/damon-test-act"	/* where /tmp is memory */

bool one_node(void);

#define need_module() do {						\
	if (!module_of_tests("DAMON_TEST_ACT_KO", ACT_DEVICE))		\
		skip("DAMON_TEST_ACT_KO is not set");			\
} while (0)

#define need_swap() do {						\
	need_module();							\
	if (no_swap())							\
		skip("there is no zram to swap to");			\
} while (0)

#define need_nodes() do {						\
	need_module();							\
	if (one_node())							\
		skip("there is one node only");				\
} while (0)

/**
 * enum half - what is special about the first half of memory
 * @HALF_NONE:	nothing
 * @HALF_ANON:	the second one is of a file
 * @HALF_HUGE:	it is of huge pages, as far as there are any
 * @HALF_GROUP:	the second one is charged to the group OTHER
 * @HALF_DUMP:	the second one is not in core dumps: smaps tells of each by itself
 */
enum half {
	HALF_NONE,
	HALF_ANON,
	HALF_HUGE,
	HALF_GROUP,
	HALF_DUMP,
};

/**
 * struct keeper - what the owner of memory is told and tells
 * @huge:	its memory is of huge pages
 * @shmem:	it is shared memory, as far as anybody could have it
 * @file:	its memory is this file, or NULL
 * @own:	it has its own copy of all of that
 * @unread:	it has not looked at that yet
 * @half:	first half and second half are not alike
 * @shared:	a child of it has the same memory
 * @locked:	its memory is locked
 * @pinned:	bytes at the beginning that are in a pipe, too
 * @node:	its memory is on this node, or -1
 * @ask:	counts how often it is to look at all of its memory
 * @answer:	how often it has
 * @bad:	bytes that were not what they should be
 *
 * Shared with it.
 */
struct keeper {
	bool huge;
	bool shmem;
	char file[64];
	bool own;
	bool unread;
	enum half half;
	bool shared;
	bool locked;
	size_t pinned;
	int node;
	volatile unsigned int ask;
	volatile unsigned int answer;
	volatile uint64_t bad;
};

extern struct keeper *keeper;

void keeper_begin(void);
int keeper_file_at(const char *path);
int keeper_file(void);
struct target *keeper_spawn(void);
void content_is_good(void);
void fill(uint64_t *mem, size_t len);
uint64_t count_bad(const uint64_t *mem, size_t len);

/* Where the kernel tells. */

uint64_t smaps(const struct target *target, const char *name);
uint64_t frames(const struct target *target, unsigned int flag);
uint64_t frames_in(const struct target *target, uint64_t from, uint64_t len);
uint64_t on_node(const struct target *target, unsigned int node);

int group_open(const char *path);
bool group_enter(const char *path);
uint64_t group_current(void);

#define need_groups() do {						\
	write_text("/sys/fs/cgroup/cgroup.subtree_control", "+memory");	\
	close(group_open(GROUP));					\
	write_text(GROUP "/cgroup.subtree_control", "+memory");		\
	close(group_open(LEAF));					\
	close(group_open(OTHER));					\
	if (access(LEAF "/memory.current", F_OK))			\
		skip("there is no memory cgroup of version 2");		\
} while (0)

bool lru_set(bool generations);
void lru_end(void);

void act_care_cases(Suite *suite);

/* The call. */

extern struct act_call call;

void call_init(const struct target *target, enum act_action action);
struct act_filter *call_filter(enum act_filter_type type, bool matching, bool allow);
int call_try(void);
void call_now(void);
void call_about(const struct target *target, enum act_action action);
void call_physical(void);
int hold_lock(const struct target *target, bool write);

bool within(uint64_t a, uint64_t b, uint64_t slack);
bool close_to(uint64_t a, uint64_t b);

#define ck_within(a, b, slack) do {					\
	uint64_t a_ = (a), b_ = (b);					\
									\
	ck_assert_msg(within(a_, b_, slack), "%s is %lu, %s is %lu", #a,	\
		      (unsigned long)a_, #b, (unsigned long)b_);	\
} while (0)

#define ck_close(a, b) do {						\
	uint64_t a_ = (a), b_ = (b);					\
									\
	ck_assert_msg(close_to(a_, b_), "%s is %lu, %s is %lu", #a,	\
		      (unsigned long)a_, #b, (unsigned long)b_);	\
} while (0)

#endif /* TESTS_DEVICE_KEEPER_H */
