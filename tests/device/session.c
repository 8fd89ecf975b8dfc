// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions: filling the structures, the calls, and what every call promises.
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "harness.h"

static int kept[64];
static unsigned int nr_kept;

/**
 * do_ioctl() - ioctl() that returns a negative errno
 */
int do_ioctl(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

/**
 * keep_fd() - have a file closed at the end of the test, whatever it does
 */
int keep_fd(int fd)
{
	ck_assert_int_ge(fd, 0);
	ck_assert_uint_lt(nr_kept, ARRAY_SIZE(kept));
	kept[nr_kept++] = fd;
	return fd;
}

/**
 * close_kept() - close such a file now
 */
void close_kept(int fd)
{
	unsigned int i;

	for (i = 0; i < nr_kept && kept[i] != fd; i++)
		;
	ck_assert_uint_lt(i, nr_kept);
	kept[i] = kept[--nr_kept];
	ck_assert_int_eq(close(fd), 0);
}

void close_all_kept(void)
{
	while (nr_kept)
		close(kept[--nr_kept]);
}

int device_open(void)
{
	int dev = open(DAMON_DEVICE_PATH, O_RDWR | O_CLOEXEC);

	ck_assert_msg(dev >= 0, "%s: %s", DAMON_DEVICE_PATH, strerror(errno));
	return keep_fd(dev);
}

void device_query(int dev, struct damon_query *query)
{
	memset(query, 0, sizeof(*query));
	query->size = sizeof(*query);
	ck_assert_int_eq(do_ioctl(dev, DAMON_IOC_QUERY, query), 0);
}

/**
 * session_try() - CREATE
 * @dev:	the device
 * @ring_bytes:	see struct damon_create
 * @msg:	MSG_LEN bytes, or NULL
 *
 * Returns a file descriptor, which nobody keeps, or a negative errno.
 */
int session_try(int dev, uint32_t ring_bytes, char *msg)
{
	struct damon_create create = {
		.size = sizeof(create),
		.ring_bytes = ring_bytes,
		.msg = PTR(msg),
		.msg_len = msg ? MSG_LEN : 0,
	};

	return do_ioctl(dev, DAMON_IOC_CREATE, &create);
}

int session_new(uint32_t ring_bytes)
{
	char msg[MSG_LEN] = "";
	int dev = device_open(), fd = session_try(dev, ring_bytes, msg);

	ck_assert_msg(fd >= 0, "CREATE: %s: %s", strerror(-fd), msg);
	close_kept(dev);
	return keep_fd(fd);
}

/**
 * conf_init() - a valid configuration without targets, with short windows
 * @conf:	must not move afterwards
 */
void conf_init(struct conf *conf)
{
	memset(conf, 0, sizeof(*conf));
	conf->c.size = sizeof(conf->c);
	conf->c.msg = PTR(conf->msg);
	conf->c.msg_len = sizeof(conf->msg);
	conf->c.ops = DAMON_OPS_VADDR;
	conf->c.sample_us = DAMON_DEFAULT_SAMPLE_US;
	conf->c.aggr_us = 10 * DAMON_DEFAULT_SAMPLE_US;
	conf->c.update_us = DAMON_DEFAULT_UPDATE_US;
	conf->c.min_nr_regions = DAMON_DEFAULT_MIN_NR_REGIONS;
	conf->c.max_nr_regions = DAMON_DEFAULT_MAX_NR_REGIONS;
	conf->c.targets = PTR(conf->targets);
	conf->c.target_size = sizeof(conf->targets[0]);
	conf->c.ranges = PTR(conf->ranges);
	conf->c.range_size = sizeof(conf->ranges[0]);
}

/**
 * conf_target() - one more target, without ranges so far
 */
void conf_target(struct conf *conf, pid_t pid)
{
	struct damon_target_conf *target = &conf->targets[conf->c.nr_targets++];

	ck_assert_uint_le(conf->c.nr_targets, CONF_TARGETS);
	target->pid = pid;
	target->first_range = conf->c.nr_ranges;
}

/**
 * conf_range() - one more range of the last target
 */
void conf_range(struct conf *conf, uint64_t start, uint64_t len)
{
	struct damon_range_conf *range = &conf->ranges[conf->c.nr_ranges++];

	ck_assert_uint_le(conf->c.nr_ranges, CONF_RANGES);
	range->start = start;
	range->end = start + len;
	conf->targets[conf->c.nr_targets - 1].nr_ranges++;
}

/**
 * conf_try() - COMMIT
 *
 * Returns 0 or a negative errno.
 */
int conf_try(int fd, struct conf *conf)
{
	memset(conf->msg, '#', sizeof(conf->msg));
	return do_ioctl(fd, DAMON_IOC_COMMIT, &conf->c);
}

void conf_commit(int fd, struct conf *conf)
{
	int err = conf_try(fd, conf);

	ck_assert_msg(!err, "COMMIT: %s: %.*s", strerror(-err), MSG_LEN, conf->msg);
	ck_assert_str_eq(conf->msg, "");
}

/**
 * control_try() - START or STOP
 * @fd:		a session
 * @cmd:	which
 * @msg:	MSG_LEN bytes, or NULL
 *
 * Returns 0 or a negative errno.
 */
int control_try(int fd, unsigned long cmd, char *msg)
{
	struct damon_control control = {
		.size = sizeof(control),
		.msg = PTR(msg),
		.msg_len = msg ? MSG_LEN : 0,
	};

	return do_ioctl(fd, cmd, &control);
}

void session_start(int fd)
{
	char msg[MSG_LEN] = "#";
	int err = control_try(fd, DAMON_IOC_START, msg);

	ck_assert_msg(!err, "START: %s: %s", strerror(-err), msg);
	ck_assert_str_eq(msg, "");
}

void session_stop(int fd)
{
	char msg[MSG_LEN] = "#";
	int err = control_try(fd, DAMON_IOC_STOP, msg);

	ck_assert_msg(!err, "STOP: %s: %s", strerror(-err), msg);
	ck_assert_str_eq(msg, "");
}

/**
 * session_running() - a new session with a configuration, started
 */
int session_running(uint32_t ring_bytes, struct conf *conf)
{
	int fd = session_new(ring_bytes);

	conf_commit(fd, conf);
	session_start(fd);
	return fd;
}

/**
 * snap_init() - an empty snapshot with room for regions
 */
void snap_init(struct snap *snap, uint32_t room)
{
	memset(snap, 0, sizeof(*snap));
	snap->regions = calloc(room ? room : 1, sizeof(snap->regions[0]));
	ck_assert_ptr_nonnull(snap->regions);
	snap->s.size = sizeof(snap->s);
	snap->s.msg = PTR(snap->msg);
	snap->s.msg_len = sizeof(snap->msg);
	snap->s.regions = PTR(snap->regions);
	snap->s.nr_regions = room;
	snap->room = room;
	snap->s.region_size = sizeof(snap->regions[0]);
}

void snap_free(struct snap *snap)
{
	free(snap->regions);
	snap->regions = NULL;
}

/**
 * snap_try() - SNAPSHOT
 *
 * Returns 0 or a negative errno.
 */
int snap_try(int fd, struct snap *snap)
{
	return do_ioctl(fd, DAMON_IOC_SNAPSHOT, &snap->s);
}

/* The state and the counters, which are there also before the first window. */
static void session_look(int fd, struct damon_snapshot *s)
{
	int err;

	memset(s, 0, sizeof(*s));
	s->size = sizeof(*s);
	s->region_size = sizeof(struct damon_region_info);
	err = do_ioctl(fd, DAMON_IOC_SNAPSHOT, s);
	ck_assert_msg(!err || err == -ENODATA, "SNAPSHOT: %s", strerror(-err));
	if (err)
		s->seq = 0;
}

uint32_t session_state(int fd)
{
	struct damon_snapshot s;

	session_look(fd, &s);
	return s.state;
}

/**
 * session_seq() - number of the last complete window, 0 without one
 */
uint64_t session_seq(int fd)
{
	struct damon_snapshot s;

	session_look(fd, &s);
	return s.seq;
}

/**
 * windows_pass() - wait until some more windows are complete
 */
void windows_pass(int fd, unsigned int nr)
{
	uint64_t seq = session_seq(fd);

	ck_wait(session_seq(fd) >= seq + nr);
}

/**
 * next_window() - the snapshot of a window that began from now on
 * @fd:		a running session
 * @snap:	from snap_init(), with room for all its regions
 */
void next_window(int fd, struct snap *snap)
{
	int err;

	windows_pass(fd, 2);
	snap->s.first = 0;
	snap->s.nr_regions = snap->room;
	err = snap_try(fd, snap);
	ck_assert_msg(!err, "SNAPSHOT: %s: %s", strerror(-err), snap->msg);
	ck_assert_uint_le(snap->s.total, snap->room);
	ck_assert_uint_eq(snap->s.nr_regions, snap->s.total);
}

static bool covers_target(const struct damon_region_info **region,
			  const struct damon_region_info *end, uint32_t index,
			  const struct damon_target_conf *target,
			  const struct conf *conf)
{
	const struct damon_range_conf *range = conf->ranges + target->first_range;
	const struct damon_range_conf *last = range + target->nr_ranges;
	uint64_t at;

	for (; range < last; range++) {
		for (at = range->start; at < range->end; at = (*region)++->end) {
			if (*region == end || (*region)->target != index ||
			    (*region)->start != at || (*region)->end <= at ||
			    (*region)->end > range->end)
				return false;
		}
	}
	return true;
}

/**
 * covers() - do these regions cover the configuration's ranges, exactly?
 * @regions:	sorted by target and address, disjoint, or it is an error
 * @nr:		how many
 * @conf:	a configuration whose targets all have ranges
 *
 * Returns NULL, or what is wrong.
 */
const char *covers(const struct damon_region_info *regions, uint32_t nr,
		   const struct conf *conf)
{
	const struct damon_region_info *region = regions, *end = regions + nr;
	static char text[160];
	uint32_t i;

	for (i = 0; i < conf->c.nr_targets; i++) {
		if (covers_target(&region, end, i, &conf->targets[i], conf))
			continue;
		if (region == end)
			snprintf(text, sizeof(text), "%u regions, then target %u lacks some", nr, i);
		else
			snprintf(text, sizeof(text), "region %td [%#llx, %#llx) of target %u is not the next of target %u",
				 region - regions, (unsigned long long)region->start,
				 (unsigned long long)region->end, region->target, i);
		return text;
	}
	return region == end ? NULL : "more regions than the ranges hold";
}

/**
 * check_text() - a reason was given, and it names what is wrong
 * @msg:	MSG_LEN bytes
 * @keyword:	what it must contain, NULL if anything will do
 */
void check_text(const char *msg, const char *keyword)
{
	ck_assert_msg(memchr(msg, '\0', MSG_LEN), "the text is not terminated");
	ck_assert_msg(*msg && *msg != '#', "no text says what is wrong");
	ck_assert_msg(!keyword || strcasestr(msg, keyword), "'%s' should name '%s'",
		      msg, keyword);
}

/* struct damon_* begin alike. */
struct head {
	uint32_t size;
	uint32_t flags;
	uint64_t msg;
	uint32_t msg_len;
};

/* CREATE returns a file, which nobody needs here. */
static int quiet_ioctl(int fd, unsigned long cmd, void *arg)
{
	int ret = do_ioctl(fd, cmd, arg);

	if (cmd == DAMON_IOC_CREATE && ret >= 0) {
		close(ret);
		ret = 0;
	}
	return ret;
}

/**
 * check_sizes() - the rules for the size of a structure
 * @fd:		what @cmd is for
 * @cmd:	the command
 * @good:	an argument with which @cmd returns 0
 * @size:	of @good
 */
void check_sizes(int fd, unsigned long cmd, const void *good, uint32_t size)
{
	static const uint32_t tails[] = { 1, 8, 64, 1000 };
	char msg[MSG_LEN] = "#", *page, *room = calloc(1, size + 1000);
	struct head *head = (struct head *)room;
	const uint32_t shorts[] = { 0, 1, 4, 8, size - 8, size - 1 };
	size_t i;

	ck_assert_ptr_nonnull(room);
	memcpy(head, good, size);
	head->msg = PTR(msg);
	head->msg_len = sizeof(msg);
	ck_assert_int_eq(quiet_ioctl(fd, cmd, head), 0);

	for (i = 0; i < ARRAY_SIZE(shorts); i++) {
		memcpy(head, good, size);
		head->size = shorts[i];
		ck_assert_msg(quiet_ioctl(fd, cmd, head) == -EINVAL, "size %u", shorts[i]);
	}
	for (i = 0; i < ARRAY_SIZE(tails); i++) {
		memcpy(head, good, size);
		head->msg = PTR(msg);
		head->msg_len = sizeof(msg);
		head->size = size + tails[i];
		ck_assert_msg(!quiet_ioctl(fd, cmd, head), "size %u + %u", size, tails[i]);

		memcpy(head, good, size);
		head->msg = PTR(msg);
		head->msg_len = sizeof(msg);
		head->size = size + tails[i];
		room[size + tails[i] - 1] = 1;
		strcpy(msg, "#");
		ck_assert_msg(quiet_ioctl(fd, cmd, head) == -E2BIG, "tail of %u", tails[i]);
		ck_assert_uint_eq(head->size, size);
		check_text(msg, "size");
		room[size + tails[i] - 1] = 0;
	}
	free(room);

	/* More than there is. */
	page = map_half(PAGE);
	memcpy(page + PAGE - size, good, size);
	head = (struct head *)(page + PAGE - size);
	head->size = size + 8;
	ck_assert_int_eq(quiet_ioctl(fd, cmd, head), -EFAULT);
	head = (struct head *)(page + PAGE - size + 8);
	memcpy(head, good, size - 8);
	ck_assert_int_eq(quiet_ioctl(fd, cmd, head), -EFAULT);
	ck_assert_int_eq(quiet_ioctl(fd, cmd, NULL), -EFAULT);
	ck_assert_int_eq(quiet_ioctl(fd, cmd, page + PAGE), -EFAULT);
	head = (struct head *)page;
	memcpy(head, good, size);
	head->size = ~0U;
	ck_assert_int_lt(quiet_ioctl(fd, cmd, head), 0);

	/* And nothing of that spoilt anything. */
	memcpy(head, good, size);
	ck_assert_int_eq(quiet_ioctl(fd, cmd, head), 0);
	munmap(page, PAGE);
}

/**
 * check_flags() - flags that nobody knows, and where the text goes
 *
 * Parameters as of check_sizes().
 */
void check_flags(int fd, unsigned long cmd, const void *good, uint32_t size)
{
	static const uint32_t flags[] = { 1U << 14, 1U << 15, 1U << 31, ~0U };
	char msg[MSG_LEN], *half = map_half(PAGE);
	struct head *head = calloc(1, size);
	size_t i;

	ck_assert_ptr_nonnull(head);
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		memcpy(head, good, size);
		memset(msg, '#', sizeof(msg));
		head->flags = flags[i];
		head->msg = PTR(msg);
		head->msg_len = sizeof(msg);
		ck_assert_int_eq(quiet_ioctl(fd, cmd, head), -EINVAL);
		check_text(msg, "flags");
	}

	/* Cut to fit, terminated, and not a byte more. */
	memset(msg, '#', sizeof(msg));
	head->msg_len = 4;
	ck_assert_int_eq(quiet_ioctl(fd, cmd, head), -EINVAL);
	ck_assert_uint_eq(strlen(msg), 3);
	ck_assert_int_eq(msg[4], '#');
	memset(msg, '#', sizeof(msg));
	head->msg_len = 1;
	ck_assert_int_eq(quiet_ioctl(fd, cmd, head), -EINVAL);
	ck_assert_int_eq(msg[0], '\0');
	ck_assert_int_eq(msg[1], '#');
	memset(msg, '#', sizeof(msg));
	head->msg_len = 0;
	ck_assert_int_eq(quiet_ioctl(fd, cmd, head), -EINVAL);
	ck_assert_int_eq(msg[0], '#');

	/* Nowhere to write to: the call fails all the same. */
	head->msg = PTR(half + PAGE - 2);
	head->msg_len = MSG_LEN;
	ck_assert_int_lt(quiet_ioctl(fd, cmd, head), 0);
	head->msg = ~0ULL - 16;
	ck_assert_int_lt(quiet_ioctl(fd, cmd, head), 0);

	/* After success it holds an empty string. */
	memcpy(head, good, size);
	memset(msg, '#', sizeof(msg));
	head->msg = PTR(msg);
	head->msg_len = sizeof(msg);
	ck_assert_int_eq(quiet_ioctl(fd, cmd, head), 0);
	ck_assert_str_eq(msg, "");
	free(head);
	munmap(half, PAGE);
}
