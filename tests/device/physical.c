// SPDX-License-Identifier: GPL-2.0
/*
 * Physical memory as root sees it: /proc/iomem, /proc/PID/pagemap.
 */
#include <fcntl.h>
#include <inttypes.h>

#include "harness.h"

/**
 * conf_physical() - a valid configuration for all of physical memory
 * @conf:	must not move afterwards
 */
void conf_physical(struct conf *conf)
{
	conf_init(conf);
	conf->c.ops = DAMON_OPS_PADDR;
	conf_target(conf, 0);
}

/**
 * pages_at() - where pages of a process are
 * @pid:	the process
 * @addr:	an address of its
 * @nr:		for so many pages from there on
 *
 * In one reading: a call for each page is most of what a test takes where calls are slow.
 *
 * Returns their physical addresses, 0 where there is no page.  To be freed.
 */
uint64_t *pages_at(pid_t pid, uint64_t addr, size_t nr)
{
	uint64_t *pages = malloc(nr * sizeof(*pages));
	char path[32];
	size_t i;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_ptr_nonnull(pages);
	ck_assert_int_eq(pread(fd, pages, nr * sizeof(*pages), addr / PAGE * sizeof(*pages)),
			 nr * sizeof(*pages));
	close(fd);
	for (i = 0; i < nr; i++)
		pages[i] = pages[i] >> 63 ? (pages[i] & ((1ULL << 55) - 1)) * PAGE : 0;
	return pages;
}

/**
 * page_at() - where a page of a process is
 * @pid:	the process
 * @addr:	an address of its
 *
 * Returns its physical address, or 0 if there is no page.
 */
uint64_t page_at(pid_t pid, uint64_t addr)
{
	uint64_t *page = pages_at(pid, addr, 1);
	uint64_t at = *page;

	free(page);
	return at;
}

/**
 * memory_parts() - what the kernel lists as memory, in whole pages
 * @parts:	where to
 * @room:	how many fit there
 *
 * Returns how many there are.
 */
unsigned int memory_parts(struct damon_range_conf *parts, unsigned int room)
{
	FILE *file = fopen("/proc/iomem", "re");
	uint64_t start, end;
	unsigned int nr = 0;
	char line[128];

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file)) {
		/* What belongs to something else is indented. */
		if (line[0] == ' ' || !strstr(line, ": System RAM"))
			continue;
		ck_assert_int_eq(sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end), 2);
		ck_assert_uint_lt(nr, room);
		parts[nr].start = (start + PAGE - 1) / PAGE * PAGE;
		parts[nr].end = (end + 1) / PAGE * PAGE;
		nr += parts[nr].start < parts[nr].end;
	}
	fclose(file);
	ck_assert_uint_gt(nr, 0);
	return nr;
}

/**
 * overlap() - what a range has of [@start, @end)
 */
uint64_t overlap(const struct damon_range_conf *a, uint64_t start, uint64_t end)
{
	uint64_t from = a->start > start ? a->start : start;
	uint64_t to = a->end < end ? a->end : end;

	return from < to ? to - from : 0;
}
