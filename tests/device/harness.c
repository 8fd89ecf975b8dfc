// SPDX-License-Identifier: GPL-2.0
/*
 * Time, small files, and the fixtures around every test: the module is loaded
 * before, and afterwards nothing holds it any more and the kernel has not
 * complained.
 */
#include <fcntl.h>
#include <time.h>

#include "harness.h"

static int klog = -1;

/* In memory shared with the tests' processes. */
unsigned int *nr_skipped;

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

double now_s(void)
{
	return now_ns() / 1e9;
}

/**
 * rounds() - how often a test that hunts races repeats
 * @normal:	without DAMON_ROUNDS in the environment, which is in percent
 */
unsigned int rounds(unsigned int normal)
{
	const char *env = getenv("DAMON_ROUNDS");
	unsigned int percent = env ? strtoul(env, NULL, 10) : 100;
	unsigned int nr = normal * percent / 100;

	return nr ? nr : 1;
}

/**
 * limit_s() - for how many seconds a condition is waited for
 *
 * DAMON_PATIENCE in the environment is how many times as slow as usual the
 * machine may be.
 */
int limit_s(void)
{
	const char *env = getenv("DAMON_PATIENCE");

	return 60 * (env ? (int)strtoul(env, NULL, 10) : 1);
}

/**
 * read_text() - a small file as a string
 *
 * Returns the length; 0 if there is no such file.
 */
size_t read_text(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t got;

	buf[0] = '\0';
	if (fd < 0)
		return 0;
	while (len < size - 1 && (got = read(fd, buf + len, size - 1 - len)) > 0)
		len += got;
	buf[len] = '\0';
	close(fd);
	return len;
}

/**
 * number_in() - the number behind a text that a file must contain
 * @path:	the file
 * @name:	the text, of which the first one counts
 */
uint64_t number_in(const char *path, const char *name)
{
	static char text[65536];
	char *at;

	ck_assert_msg(read_text(path, text, sizeof(text)), "%s", path);
	at = strstr(text, name);
	ck_assert_msg(at, "%s has no %s", path, name);
	return strtoull(at + strlen(name), NULL, 10);
}

/**
 * write_try() - write a text to a file, at once
 *
 * Returns 0 or a negative errno.
 */
int write_try(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t done;
	int err = 0;

	if (fd < 0)
		return -errno;
	done = write(fd, text, strlen(text));
	if (done != (ssize_t)strlen(text))
		err = done < 0 ? -errno : -EIO;
	close(fd);
	return err;
}

bool write_text(const char *path, const char *text)
{
	return !write_try(path, text);
}

static const char builtin[] = "/sys/module/damon_stat/parameters/enabled";
static char builtin_was[8];

/**
 * builtin_stop() - stop the kernel's own monitor, where it has one that runs
 *
 * That takes the accessed bits of any page, sets the page's flags, and asks devices
 * about it.
 */
void builtin_stop(void)
{
	if (read_text(builtin, builtin_was, sizeof(builtin_was)))
		write_text(builtin, "N");
}

/**
 * builtin_resume() - undo builtin_stop()
 */
void builtin_resume(void)
{
	if (*builtin_was)
		write_text(builtin, builtin_was);
}

/* Where what is paged out goes: whether there is nothing. */
bool no_swap(void)
{
	static const char *const make =
		"modprobe zram && echo 512M >/sys/block/zram0/disksize &&"
		"mkswap /dev/zram0 >/dev/null && swapon /dev/zram0";

	return count_lines("/proc/swaps", "zram") == 0 && system(make);
}

/**
 * count_lines() - lines of a file that contain a text
 * @path:	the file, which must exist
 * @what:	the text, "" for every line
 */
unsigned int count_lines(const char *path, const char *what)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	unsigned int nr = 0;

	ck_assert_msg(file, "%s: %s", path, strerror(errno));
	while (getline(&line, &size, file) > 0)
		nr += strstr(line, what) != NULL;
	free(line);
	fclose(file);
	return nr;
}

void skipped(const char *why)
{
	(*nr_skipped)++;
	printf("skipped: %s\n", why);
	fflush(stdout);
}

static void before(void)
{
	klog = klog_open();
	ck_assert_msg(klog >= 0, "/dev/kmsg: %s", strerror(errno));
}

static void after(void)
{
	char *text, *bad;

	close_all_kept();
	ck_assert_msg(wait_for(module_refs() <= 0, LIMIT_S),
		      "everything is closed, but the module has %d references",
		      module_refs());
	text = klog_read(klog);
	close(klog);
	klog = -1;
	bad = klog_bad(text);
	ck_assert_msg(!bad, "the kernel complains: %s\n%s", bad, text);
	free(text);
}

/**
 * add_case() - a test case with the fixtures that all share
 * @suite:	where it belongs
 * @name:	its name
 */
TCase *add_case(Suite *suite, const char *name)
{
	unsigned int limit = 4 * LIMIT_S, more_rounds = rounds(limit);
	TCase *tc = tcase_create(name);

	/* For emulated machines on a busy host: only what hangs takes so long. */
	tcase_set_timeout(tc, more_rounds > limit ? more_rounds : limit);
	tcase_add_unchecked_fixture(tc, module_need, NULL);
	tcase_add_checked_fixture(tc, before, after);
	suite_add_tcase(suite, tc);
	return tc;
}
