// SPDX-License-Identifier: GPL-2.0
/*
 * Blocks of memory that are taken offline and online again while they are
 * sampled.  Needs blocks that can be: the kernel argument movablecore=1G.
 */
#include <dirent.h>
#include <inttypes.h>

#include "harness.h"

#define BLOCKS	"/sys/devices/system/memory"

static struct damon_range_conf block;
static char state_file[64];
static bool offline;

static void block_state(const char *state)
{
	ck_assert_msg(write_text(state_file, state), "%s: '%s': %s", state_file, state,
		      strerror(errno));
	offline = !strcmp(state, "offline");
}

/* Takes the first one offline that can be; false if none can. */
static bool find_block(void)
{
	DIR *dir = opendir(BLOCKS);
	struct dirent *entry;
	char text[64];
	uint64_t size;
	bool found = false;

	if (!dir)
		return false;
	read_text(BLOCKS "/block_size_bytes", text, sizeof(text));
	size = strtoull(text, NULL, 16);
	while (!found && (entry = readdir(dir))) {
		unsigned int index;

		if (sscanf(entry->d_name, "memory%u", &index) != 1)
			continue;
		snprintf(state_file, sizeof(state_file), BLOCKS "/memory%u/valid_zones", index);
		read_text(state_file, text, sizeof(text));
		if (strncmp(text, "Movable", 7))
			continue;
		snprintf(state_file, sizeof(state_file), BLOCKS "/memory%u/state", index);
		block.start = index * size;
		block.end = block.start + size;
		found = write_text(state_file, "offline");
		offline = found;
	}
	closedir(dir);
	return found;
}

static void begin(void)
{
	offline = false;
}

static void end(void)
{
	if (offline)
		write_text(state_file, "online_movable");
}

static uint64_t covered(int fd)
{
	struct snap snap;
	uint64_t sum = 0;
	uint32_t i;

	snap_init(&snap, 20000);
	next_window(fd, &snap);
	for (i = 0; i < snap.s.nr_regions; i++)
		sum += overlap(&block, snap.regions[i].start, snap.regions[i].end);
	snap_free(&snap);
	return sum;
}

static void sampling(struct conf *conf)
{
	conf_physical(conf);
	conf->c.sample_us = 1000;
	conf->c.aggr_us = 20000;
	/* Long: that the regions follow is not for that to bring about. */
	conf->c.update_us = 3600000000;
	/* A window of all of them takes long on a slow machine. */
	conf->c.min_nr_regions = rounds(3000);
	conf->c.max_nr_regions = 4000;
}

START_TEST(blocks_are_followed)
{
	uint64_t size;
	struct conf conf;
	unsigned int i;
	struct target *target;
	int fd;

	if (!find_block())
		skip("no memory can be taken offline: boot with movablecore=1G");
	size = block.end - block.start;
	block_state("online_movable");
	/* There is something to move away, and somebody who uses it. */
	target = target_spawn(0, 256 * MIB, false);
	target->work = WORK_TOUCH;
	sampling(&conf);
	fd = session_running(0, &conf);
	for (i = 0; i < rounds(5); i++) {
		ck_wait(covered(fd) == size);
		block_state("offline");
		ck_wait(covered(fd) == 0);
		windows_pass(fd, 2);
		block_state("online_movable");
	}
	ck_wait(covered(fd) == size);
	target_kill(target);
}
END_TEST

/* Ranges of the user's are kept, but nothing is touched where no memory is. */
START_TEST(given_ranges_stay)
{
	struct conf conf;
	uint64_t checks;
	struct snap snap;
	int fd;

	if (!find_block())
		skip("no memory can be taken offline: boot with movablecore=1G");
	sampling(&conf);
	conf_range(&conf, block.start, block.end - block.start);
	fd = session_running(0, &conf);
	ck_assert_uint_eq(covered(fd), block.end - block.start);
	snap_init(&snap, 4000);
	next_window(fd, &snap);
	checks = 0;
	while (snap.s.nr_regions--)
		checks += snap.regions[snap.s.nr_regions].nr_accesses;
	ck_assert_uint_eq(checks, 0);
	snap_free(&snap);
	block_state("online_movable");
	windows_pass(fd, 2);
	block_state("offline");
	windows_pass(fd, 2);
	block_state("online_movable");
	ck_assert_uint_eq(covered(fd), block.end - block.start);
}
END_TEST

/* The module goes while it could be told of changes, and comes back. */
START_TEST(unloaded_in_between)
{
	if (!find_block())
		skip("no memory can be taken offline: boot with movablecore=1G");
	module_gone();
	block_state("online_movable");
	block_state("offline");
	module_need();
	block_state("online_movable");
	block_state("offline");
	block_state("online_movable");
}
END_TEST

Suite *hotplug_suite(void)
{
	Suite *suite = suite_create("hotplug");
	TCase *tc = add_case(suite, "hotplug");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, blocks_are_followed);
	tcase_add_test(tc, given_ranges_stay);
	tcase_add_test(tc, unloaded_in_between);
	return suite;
}
