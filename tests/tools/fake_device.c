// SPDX-License-Identifier: GPL-2.0
/*
 * Stands in for /dev/damon when it is preloaded, so that the command can be
 * tested where the module is not.  A session is a pipe of packets: whole
 * records, poll() and the end of file come by themselves; or a ring in a file of
 * memory.  FAKE_DAMON selects what goes wrong:
 *
 *	end	the session ends by itself after its windows
 *	exec	so, but only the first time, as if the target executed a program
 *	eperm	COMMIT is refused
 *	lost	a record about 7 lost windows comes with them
 *	ring	the records can be mapped and not be read; some goes on where the
 *		data begins
 *	ringexec so, and the session ends by itself the first time
 *	newring	the first session has a ring of a later version
 *
 * A process that is followed with its forks is joined by process 1, which another
 * one follows at its place after half of the windows; a cgroup has process 1 in it.
 *
 * A session has applied its schemes 3 times.
 *
 * FAKE_DAMON_CONF is a file that gets a line about each COMMIT, and one for each
 * scheme.
 */
#include <damon/device.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define NR_WINDOWS	10
#define NR_REGIONS	3
/* A process that does not exist. */
#define GONE_PID	2147483646
#define HOT_START	0x10000000ULL
#define HOT_SIZE	0x100000ULL
#define PAGE		4096
#define RING		(2 * PAGE)

static int device = -1;
static int session = -1;
static int writer = -1;
static unsigned int starts;
static struct damon_commit config;
static uint32_t target_flags;
static struct damon_ring_header *ring;
static unsigned int sessions;
static int ended;

static int mode_is(const char *name)
{
	const char *mode = getenv("FAKE_DAMON");

	return mode && !strcmp(mode, name);
}

static int mode_is_ring(void)
{
	return mode_is("ring") || mode_is("ringexec") || (mode_is("newring") && sessions == 1);
}

int open(const char *path, int flags, ...)
{
	static int (*real)(const char *, int, ...);
	va_list args;
	int mode;

	if (!real)
		real = dlsym(RTLD_NEXT, "open");
	va_start(args, flags);
	mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, int) : 0;
	va_end(args);
	if (strcmp(path, DAMON_DEVICE_PATH))
		return real(path, flags, mode);
	device = real("/dev/null", flags, mode);
	return device;
}

static int fail(int error, uint64_t msg, uint32_t msg_len, const char *text)
{
	if (msg)
		snprintf((char *)(uintptr_t)msg, msg_len, "%s", text);
	errno = error;
	return -1;
}

static int query(struct damon_query *q)
{
	q->features = DAMON_FEATURE_PTRACE | DAMON_FEATURE_PIDFD;
	q->ops = 1 << DAMON_OPS_VADDR | 1 << DAMON_OPS_PADDR;
	q->min_sample_us = 1000;
	q->max_nr_targets = 1;
	q->max_nr_regions = 1000;
	q->max_ring_bytes = 1 << 20;
	q->max_sessions = 4;
	strcpy(q->version, "fake");
	if (q->text)
		snprintf((char *)(uintptr_t)q->text, q->text_len, "fake_function: nothing works\n");
	return 0;
}

static int new_pipe(void)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_DIRECT))
		return -1;
	if (writer >= 0)
		close(writer);
	writer = fds[1];
	return fds[0];
}

/* All but the first 200 bytes are put where the data begins. */
static int new_ring(void)
{
	int fd = memfd_create("fake", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, PAGE + RING))
		return -1;
	ring = mmap(NULL, PAGE + RING, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ring == MAP_FAILED)
		return -1;
	*ring = (struct damon_ring_header){
		.size = sizeof(*ring),
		.version = mode_is("newring") ? DAMON_RING_VERSION + 1 : DAMON_RING_VERSION,
		.data_offset = PAGE,
		.data_size = RING,
		.data_head = 1000 * RING - 200,
		.data_tail = 1000 * RING - 200,
	};
	return fd;
}

static int create(const struct damon_create *c)
{
	if (c->ring_bytes > 1 << 20)
		return fail(EINVAL, c->msg, c->msg_len, "ring_bytes: at most 1048576 for you");
	sessions++;
	ring = NULL;
	session = c->ring_bytes && mode_is_ring() ? new_ring() : new_pipe();
	return session;
}

/* Readable while there is something, hung up when nothing will come. */
int poll(struct pollfd *fds, nfds_t nr, int timeout)
{
	static int (*real)(struct pollfd *, nfds_t, int);
	short events = 0;
	nfds_t i;
	int ret;

	if (!real)
		real = dlsym(RTLD_NEXT, "poll");
	for (i = 0; ring && i < nr && fds[i].fd != session; i++)
		;
	if (!ring || i == nr)
		return real(fds, nr, timeout);
	if (ring->data_head != ring->data_tail)
		events = POLLIN;
	else if (ended)
		events = POLLHUP;
	fds[i].fd = -1;
	ret = real(fds, nr, events ? 0 : timeout);
	fds[i].fd = session;
	fds[i].revents = events;
	return ret < 0 ? ret : ret + !!events;
}

static char fd_state(int fd)
{
	return !fd ? '-' : fcntl(fd, F_GETFD) >= 0 ? 'f' : '?';
}

static void note_scheme(FILE *file, const struct damon_commit *c,
			const struct damon_scheme_conf *s)
{
	const struct damon_scheme_filter_conf *filters =
		(const void *)(uintptr_t)c->scheme_filters;
	const struct damon_scheme_goal_conf *goals = (const void *)(uintptr_t)c->scheme_goals;
	const struct damon_scheme_dest_conf *dests = (const void *)(uintptr_t)c->scheme_dests;
	uint32_t i;

	fprintf(file, "action %u flags %u sz %llu-%lld accesses %u-%u age %llu-%lld apply %llu times %llu",
		s->action, s->flags, s->min_sz, s->max_sz, s->min_accesses, s->max_accesses,
		s->min_age, s->max_age, s->apply_us, s->max_nr_snapshots);
	fprintf(file, " quota %llu %llu %llu %llu tuner %u weights %u %u %u fail %u/%u",
		s->quota_bytes, s->quota_us, s->quota_interval_us, s->quota_seed, s->tuner,
		s->weight_sz, s->weight_accesses, s->weight_age, s->fail_num, s->fail_denom);
	fprintf(file, " marks %u %u %u %u %llu", s->watermark, s->high, s->mid, s->low,
		s->watermark_us);
	for (i = s->first_filter; i < s->first_filter + s->nr_filters; i++)
		fprintf(file, " filter %u:%u:%c:%#llx-%#llx", filters[i].type, filters[i].flags,
			fd_state(filters[i].fd), filters[i].min, filters[i].max);
	for (i = s->first_goal; i < s->first_goal + s->nr_goals; i++)
		fprintf(file, goals[i].value ? " goal %u:%u:%c:%llu:%llu" : " goal %u:%u:%c:%llu",
			goals[i].metric, goals[i].node, fd_state(goals[i].fd), goals[i].target,
			goals[i].value);
	for (i = s->first_dest; i < s->first_dest + s->nr_dests; i++)
		fprintf(file, " dest %u:%u", dests[i].node, dests[i].weight);
	fprintf(file, "\n");
}

static void note_config(const struct damon_commit *c, const struct damon_target_conf *target)
{
	const struct damon_range_conf *ranges = (const void *)(uintptr_t)c->ranges;
	const struct damon_probe_filter_conf *filters =
		(const void *)(uintptr_t)c->probe_filters;
	const struct damon_scheme_conf *schemes = (const void *)(uintptr_t)c->schemes;
	const char *path = getenv("FAKE_DAMON_CONF");
	FILE *file = path ? fopen(path, "a") : NULL;
	uint32_t i;

	if (!file)
		return;
	fprintf(file, "ops %u flags %#x target %#x unit %llu intervals %llu %llu tune %u %u %llu %llu ranges",
		c->ops, c->flags, target->flags, (unsigned long long)c->addr_unit,
		(unsigned long long)c->sample_us, (unsigned long long)c->aggr_us, c->access_bp,
		c->aggrs, (unsigned long long)c->min_sample_us, (unsigned long long)c->max_sample_us);
	for (i = 0; i < c->nr_ranges; i++)
		fprintf(file, " %#llx-%#llx", (unsigned long long)ranges[i].start,
			(unsigned long long)ranges[i].end);
	fprintf(file, " probes");
	for (i = 0; i < c->nr_probes; i++)
		fprintf(file, " %u:%#x:%s", filters[i].type, filters[i].flags,
			filters[i].fd && fcntl(filters[i].fd, F_GETFD) >= 0 ? "fd" : "-");
	fprintf(file, "\n");
	for (i = 0; i < c->nr_schemes; i++)
		note_scheme(file, c, &schemes[i]);
	fclose(file);
}

static int commit(const struct damon_commit *c)
{
	const struct damon_target_conf *target = (const void *)(uintptr_t)c->targets;

	if (mode_is("eperm"))
		return fail(EPERM, c->msg, c->msg_len, "targets[0]: the fake says no");
	/* What damonctl has to pass here is a pidfd, and it must be one. */
	if (c->nr_targets != 1 ||
	    (c->ops == DAMON_OPS_PADDR ? target->pid || target->flags :
	     !(target->flags & (DAMON_TARGET_PIDFD | DAMON_TARGET_CGROUP)) ||
	     fcntl(target->pid, F_GETFD) < 0))
		return fail(EINVAL, c->msg, c->msg_len, "targets[0]: no pidfd");
	config = *c;
	target_flags = target->flags;
	note_config(c, target);
	return 0;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/*
 * The session's own target, and a process that has joined: with as much memory at
 * the same place, half of it hot.  Returns how many regions there are.
 */
static unsigned int fake_regions(struct damon_region_info *regions, uint32_t joined)
{
	uint64_t unit = config.addr_unit ? config.addr_unit : 1;
	unsigned int nr = 0;

	if (!(target_flags & DAMON_TARGET_CGROUP))
		regions[nr++] = (struct damon_region_info){
			.start = HOT_START / unit,
			.end = (HOT_START + HOT_SIZE) / unit,
			.nr_accesses = 15,
		};
	if (!(target_flags & (DAMON_TARGET_CGROUP | DAMON_TARGET_FOLLOW_FORK)))
		return nr;
	regions[nr] = (struct damon_region_info){
		.start = HOT_START, .end = HOT_START + HOT_SIZE / 2, .nr_accesses = 20,
		.target = 1, .pid = joined,
	};
	regions[nr + 1] = regions[nr];
	regions[nr + 1].start = regions[nr].end;
	regions[nr + 1].end = HOT_START + HOT_SIZE;
	regions[nr + 1].nr_accesses = 0;
	return nr + 2;
}

/* Each probe hits more often than the one before. */
static struct damon_hits_info hot_hits(void)
{
	struct damon_hits_info hits = { 0 };
	uint32_t i;

	for (i = 0; i < config.nr_probes; i++)
		hits.hits[i] = 10 + i;
	return hits;
}

static void write_ring(const char *record, size_t size)
{
	char *data = (char *)ring + PAGE;
	uint64_t head = ring->data_head;

	for (; size; size--, head++)
		data[head % RING] = *record++;
	__atomic_store_n(&ring->data_head, head, __ATOMIC_RELEASE);
}

static void write_record(const void *record, size_t size)
{
	if (ring) {
		write_ring(record, size);
		return;
	}
	if (write(writer, record, size) != (ssize_t)size)
		abort();
}

static void write_windows(void)
{
	struct {
		struct damon_record_window window;
		struct damon_region_info regions[NR_REGIONS];
	} record = { 0 };
	/* Probes are for one region. */
	struct {
		struct damon_record_window window;
		struct damon_region_info regions[1];
		struct damon_record_hits hits;
		struct damon_hits_info hit;
	} probed = { 0 };
	const struct damon_record_left_out left_out = {
		.head = { .type = DAMON_RECORD_LEFT_OUT, .size = sizeof(left_out) },
		.nr = 5,
	};
	struct damon_record_target_new joined = {
		.head = { .type = DAMON_RECORD_TARGET_NEW, .size = sizeof(joined) },
		.target = 1,
		.pid = 1,
	};
	uint64_t start = now_ns();
	unsigned int i;

	if (target_flags & DAMON_TARGET_FOLLOW_FORK) {
		write_record(&joined, sizeof(joined));
		write_record(&left_out, sizeof(left_out));
	}
	for (i = 0; i < NR_WINDOWS; i++) {
		if ((target_flags & DAMON_TARGET_FOLLOW_FORK) && i == NR_WINDOWS / 2) {
			joined.pid = GONE_PID;
			write_record(&joined, sizeof(joined));
		}
		record.window.head.type = DAMON_RECORD_WINDOW;
		record.window.start_ns = start + i * config.aggr_us * 1000;
		record.window.head.time_ns = record.window.start_ns + config.aggr_us * 1000;
		record.window.sample_us = config.sample_us;
		record.window.aggr_us = config.aggr_us;
		record.window.max_nr_accesses = 20;
		record.window.nr_regions = fake_regions(record.regions, joined.pid);
		record.window.head.size = offsetof(__typeof__(record), regions) +
			record.window.nr_regions * sizeof(record.regions[0]);
		if (!config.nr_probes) {
			write_record(&record, record.window.head.size);
			continue;
		}
		probed.window = record.window;
		probed.window.head.size = sizeof(probed);
		probed.regions[0] = record.regions[0];
		probed.hits.nr_probes = config.nr_probes;
		probed.hits.hit_size = sizeof(probed.hit);
		probed.hit = hot_hits();
		write_record(&probed, sizeof(probed));
	}
}

static int scheme(struct damon_scheme *s)
{
	struct damon_goal_info *goals = (void *)(uintptr_t)s->goals;

	if (s->scheme >= config.nr_schemes)
		return fail(EINVAL, s->msg, s->msg_len, "scheme: the fake has no such one");
	s->nr_goals = config.nr_scheme_goals;
	if (s->nr_goals)
		goals[0] = (struct damon_goal_info){ .value = 4200, .known = 1 };
	if (s->nr_goals > 1)
		goals[1] = (struct damon_goal_info){ .known = 0 };
	s->nr_tried = 12;
	s->sz_tried = 300 << 20;
	s->nr_applied = 7;
	s->sz_applied = 70 << 20;
	s->sz_passed = 90 << 20;
	s->qt_exceeds = 2;
	s->nr_snapshots = 3;
	s->cpu_ns = 1500000;
	s->effective_quota = s->scheme ? DAMON_QUOTA_NONE : 40 << 20;
	s->charged = 5 << 20;
	s->last_sz_tried = 110 << 20;
	s->active = !s->scheme;
	return 0;
}

static int start(void)
{
	const struct damon_record_lost lost = {
		.head = { .type = DAMON_RECORD_LOST, .size = sizeof(lost) },
		.nr = 7,
	};

	if (starts++ && !ring) {
		int fd = new_pipe();

		if (fd < 0 || dup3(fd, session, O_CLOEXEC) < 0 ||
		    fcntl(session, F_SETFL, O_NONBLOCK))
			return -1;
		close(fd);
	}
	if (mode_is("lost"))
		write_record(&lost, sizeof(lost));
	write_windows();
	if (mode_is("end") || (mode_is("exec") && starts == 1)) {
		close(writer);
		writer = -1;
	}
	ended = mode_is("ringexec") && starts == 1;
	return 0;
}

static int snapshot(struct damon_snapshot *s)
{
	struct damon_region_info *regions = (void *)(uintptr_t)s->regions;
	struct damon_hits_info *hits = (void *)(uintptr_t)s->hits;
	struct damon_region_info all[NR_REGIONS];

	s->seq = NR_WINDOWS * 2;
	s->total = fake_regions(all, 1);
	s->state = DAMON_STATE_RUNNING;
	s->start_ns = 1000000;
	s->end_ns = s->start_ns + config.aggr_us * 1000;
	s->sample_us = config.sample_us;
	s->aggr_us = config.aggr_us;
	s->max_nr_accesses = 20;
	s->nr_ticks = 400;
	s->nr_checks = 800;
	s->nr_missed = 2;
	s->nr_probes = config.nr_probes;
	if (target_flags & DAMON_TARGET_FOLLOW_FORK)
		s->nr_left_out = 5;
	if (s->nr_regions >= s->total) {
		s->nr_regions = s->total;
		memcpy(regions, all, s->total * sizeof(all[0]));
		regions[0].age = 50;
		if (hits)
			hits[0] = hot_hits();
	}
	return 0;
}

int ioctl(int fd, unsigned long command, ...)
{
	static int (*real)(int, unsigned long, ...);
	va_list args;
	void *arg;

	if (!real)
		real = dlsym(RTLD_NEXT, "ioctl");
	va_start(args, command);
	arg = va_arg(args, void *);
	va_end(args);
	if (fd < 0 || (fd != device && fd != session))
		return real(fd, command, arg);
	switch (command) {
	case DAMON_IOC_QUERY:
		return query(arg);
	case DAMON_IOC_CREATE:
		return create(arg);
	case DAMON_IOC_COMMIT:
		return commit(arg);
	case DAMON_IOC_SCHEME:
		return scheme(arg);
	case DAMON_IOC_START:
		return start();
	case DAMON_IOC_SNAPSHOT:
		return snapshot(arg);
	case DAMON_IOC_STOP:
		if (writer >= 0)
			close(writer);
		writer = -1;
		ended = 1;
		return 0;
	}
	errno = ENOTTY;
	return -1;
}
