// SPDX-License-Identifier: GPL-2.0
/*
 * A workload with a known hot part.
 *
 * It maps memory, touches all of it once if it is told nothing else, then sweeps the same part over and
 * over, and counts its sweeps: whoever judges a monitor by it can tell whether
 * each hot page really was accessed in each sampling interval.
 */
#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/mempolicy.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "hot.h"

#define MIB	1048576UL
/* Hot pieces begin at huge pages where they can, so that those blur nothing. */
#define ALIGN	(2 * MIB)

static const char help[] =
"Usage: hot [OPTION]...\n"
"\n"
"  --total MIB     memory to map and touch (default 200)\n"
"  --hot MIB       of this the part that is swept, 0 for none (default 20)\n"
"  --pieces N      spread that part evenly in so many pieces (default 1)\n"
"  --vmas N        map the memory as so many areas side by side (default 1)\n"
"  --thp on|off    ask for huge pages, or for none (default: neither)\n"
"  --node N        touch it on that node of memory first\n"
"  --sparse        touch nothing but that part; the rest takes no memory\n"
"  --churn         a second thread maps, touches and unmaps all the time\n"
"  --read          sweeps read; the default is to write\n"
"  --pause-us US   sleep between two sweeps (default 500)\n"
"  --ms MS         end after so long (default: never)\n"
"  --status FILE   tell the ranges and count the sweeps there, see hot.h\n";

struct options {
	unsigned long total;
	unsigned long hot;
	unsigned long pieces;
	unsigned long vmas;
	unsigned long pause_us;
	unsigned long ms;
	const char *status;
	int node;
	int thp;
	bool sparse;
	bool churn;
	bool read;
};

static unsigned long page;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void write_pages(char *start, unsigned long bytes)
{
	unsigned long i;

	for (i = 0; i < bytes; i += page)
		__atomic_store_n(&start[i], 1, __ATOMIC_RELAXED);
}

static void read_pages(const char *start, unsigned long bytes)
{
	unsigned long i;

	for (i = 0; i < bytes; i += page)
		__atomic_load_n(&start[i], __ATOMIC_RELAXED);
}

/*
 * Neighbours that differ in a flag are not merged, and this one changes
 * nothing while the process lives.
 */
static void cut_in_areas(char *mem, unsigned long bytes, unsigned long nr)
{
	unsigned long pages = bytes / page, i;

	if (nr > pages)
		errx(2, "--vmas: there are only %lu pages", pages);
	for (i = 1; i < nr; i += 2) {
		unsigned long from = pages * i / nr, to = pages * (i + 1) / nr;

		if (madvise(mem + from * page, (to - from) * page, MADV_DONTFORK))
			err(1, "cannot divide the mapping");
	}
}

/* For what is touched from now on: all of it on @node, or wherever if that is -1. */
static void bind_to(int node)
{
	unsigned long nodes = node < 0 ? 0 : 1UL << node;

	if (syscall(SYS_set_mempolicy, nodes ? MPOL_BIND : MPOL_DEFAULT, nodes ? &nodes : NULL,
		    nodes ? 8 * sizeof(nodes) : 0))
		err(1, "--node");
}

static char *map_memory(const struct options *opt)
{
	char *mem = mmap(NULL, opt->total + ALIGN, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | (opt->sparse ? MAP_NORESERVE : 0), -1, 0);

	if (mem == MAP_FAILED)
		err(1, "cannot map %lu MiB", opt->total / MIB);
	mem += (ALIGN - (uintptr_t)mem % ALIGN) % ALIGN;
	if (opt->thp && madvise(mem, opt->total, opt->thp > 0 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE))
		err(1, "--thp");
	cut_in_areas(mem, opt->total, opt->vmas);
	if (!opt->sparse)
		write_pages(mem, opt->total);
	return mem;
}

/* Each piece stands in the middle of its slot. */
static void place_pieces(const struct options *opt, char *mem, struct hot_status *status)
{
	unsigned long slot = opt->total / opt->pieces / page * page;
	unsigned long bytes = opt->hot / opt->pieces / page * page;
	unsigned long unit = opt->thp < 0 || slot - bytes < 2 * ALIGN ? page : ALIGN;
	unsigned long i;

	status->all.start = (uintptr_t)mem;
	status->all.end = (uintptr_t)mem + opt->total;
	if (!bytes)
		return;
	for (i = 0; i < opt->pieces; i++) {
		unsigned long at = (slot * i + (slot - bytes) / 2) / unit * unit;

		status->pieces[i].start = (uintptr_t)mem + at;
		status->pieces[i].end = (uintptr_t)mem + at + bytes;
	}
	status->nr_pieces = (uint32_t)opt->pieces;
}

static void *map_and_unmap(void *unused)
{
	const unsigned long bytes = 16 * page;

	(void)unused;
	for (;;) {
		char *mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (mem == MAP_FAILED)
			err(1, "--churn: cannot map");
		write_pages(mem, bytes);
		munmap(mem, bytes);
		sched_yield();
	}
	return NULL;
}

static void sweep(const struct options *opt, const struct hot_status *status)
{
	uint32_t i;

	for (i = 0; i < status->nr_pieces; i++) {
		const struct hot_range *r = &status->pieces[i];

		if (opt->read)
			read_pages((const char *)(uintptr_t)r->start, r->end - r->start);
		else
			write_pages((char *)(uintptr_t)r->start, r->end - r->start);
	}
}

static void run(const struct options *opt, struct hot_status *status)
{
	const struct timespec pause = {
		.tv_sec = (time_t)(opt->pause_us / 1000000),
		.tv_nsec = (long)(opt->pause_us % 1000000) * 1000,
	};
	uint64_t begin = now_ns(), last = begin, from, to = begin, limit;

	while (!opt->ms || to - begin < opt->ms * 1000000) {
		from = now_ns();
		sweep(opt, status);
		to = now_ns();
		limit = __atomic_load_n(&status->limit_ns, __ATOMIC_RELAXED);
		if (limit && to - last > limit)
			__atomic_add_fetch(&status->nr_late, 1, __ATOMIC_RELAXED);
		__atomic_add_fetch(&status->busy_ns, to - from, __ATOMIC_RELAXED);
		__atomic_add_fetch(&status->nr_sweeps, 1, __ATOMIC_RELAXED);
		last = to;
		/*
		 * Entering the kernel and leaving the CPU lets cached
		 * translations go; a page that stays cached is never marked as
		 * accessed again.
		 */
		if (opt->pause_us)
			nanosleep(&pause, NULL);
		else
			sched_yield();
	}
}

static struct hot_status *open_status(const char *name)
{
	static struct hot_status nowhere;
	struct hot_status *status;
	int fd;

	if (!name)
		return &nowhere;
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(*status)))
		err(1, "cannot create %s", name);
	status = mmap(NULL, sizeof(*status), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (status == MAP_FAILED)
		err(1, "cannot map %s", name);
	close(fd);
	return status;
}

static unsigned long parse_number(const char *name, const char *text, unsigned long min)
{
	unsigned long value;
	char *end;

	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || value < min || value > 1UL << 40)
		errx(2, "--%s wants a number of at least %lu, not '%s'", name, min, text);
	return value;
}

static int on_off(const char *name, const char *text)
{
	if (text[0] == 'o' && text[1] == 'n' && !text[2])
		return 1;
	if (text[0] == 'o' && text[1] == 'f' && text[2] == 'f' && !text[3])
		return -1;
	errx(2, "--%s is on or off, not '%s'", name, text);
}

static const struct option long_options[] = {
	{ "total", required_argument, NULL, 't' },
	{ "hot", required_argument, NULL, 'o' },
	{ "pieces", required_argument, NULL, 'p' },
	{ "vmas", required_argument, NULL, 'v' },
	{ "thp", required_argument, NULL, 'H' },
	{ "node", required_argument, NULL, 'n' },
	{ "sparse", no_argument, NULL, 'S' },
	{ "churn", no_argument, NULL, 'c' },
	{ "read", no_argument, NULL, 'r' },
	{ "pause-us", required_argument, NULL, 'u' },
	{ "ms", required_argument, NULL, 'm' },
	{ "status", required_argument, NULL, 's' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static void parse(int argc, char **argv, struct options *opt)
{
	int c;

	while ((c = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		switch (c) {
		case 't':
			opt->total = parse_number("total", optarg, 1) * MIB;
			break;
		case 'o':
			opt->hot = parse_number("hot", optarg, 0) * MIB;
			break;
		case 'p':
			opt->pieces = parse_number("pieces", optarg, 1);
			break;
		case 'v':
			opt->vmas = parse_number("vmas", optarg, 1);
			break;
		case 'H':
			opt->thp = on_off("thp", optarg);
			break;
		case 'n':
			opt->node = (int)parse_number("node", optarg, 0);
			break;
		case 'S':
			opt->sparse = true;
			break;
		case 'c':
			opt->churn = true;
			break;
		case 'r':
			opt->read = true;
			break;
		case 'u':
			opt->pause_us = parse_number("pause-us", optarg, 0);
			break;
		case 'm':
			opt->ms = parse_number("ms", optarg, 1);
			break;
		case 's':
			opt->status = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			exit(0);
		default:
			fputs(help, stderr);
			exit(2);
		}
	}
	if (optind < argc)
		errx(2, "'%s' is one word too many", argv[optind]);
	if (opt->hot > opt->total)
		errx(2, "--hot is more than --total");
	if (opt->node > 62)
		errx(2, "--node: at most 62");
	if (opt->pieces > HOT_MAX_PIECES)
		errx(2, "--pieces: at most %d", HOT_MAX_PIECES);
}

int main(int argc, char **argv)
{
	struct options opt = {
		.total = 200 * MIB,
		.hot = 20 * MIB,
		.pieces = 1,
		.vmas = 1,
		.pause_us = 500,
		.node = -1,
	};
	struct hot_status *status;
	pthread_t thread;
	char *mem;

	parse(argc, argv, &opt);
	page = (unsigned long)sysconf(_SC_PAGESIZE);
	status = open_status(opt.status);
	/* The default slack of 50 us would be most of a short pause. */
	prctl(PR_SET_TIMERSLACK, 1000UL);
	if (opt.node >= 0)
		bind_to(opt.node);
	mem = map_memory(&opt);
	if (opt.node >= 0)
		bind_to(-1);
	place_pieces(&opt, mem, status);
	if (opt.churn && pthread_create(&thread, NULL, map_and_unmap, NULL))
		errx(1, "--churn: cannot create a thread");
	__atomic_store_n(&status->ready, 1, __ATOMIC_RELEASE);
	run(&opt, status);
	return 0;
}
