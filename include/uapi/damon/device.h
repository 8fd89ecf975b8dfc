/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR MIT */
/*
 * /dev/damon: monitor data accesses through file descriptors.
 *
 *	open("/dev/damon")		the right to ask, nothing more
 *	  DAMON_IOC_QUERY		what this module and kernel can do
 *	  DAMON_IOC_CREATE		-> a session fd (O_CLOEXEC)
 *	    DAMON_IOC_COMMIT		configure, all or nothing, also while running
 *	    DAMON_IOC_START		run the session's worker
 *	    DAMON_IOC_SNAPSHOT		regions of the last complete window, at once
 *	    DAMON_IOC_SCHEME		what one of the session's schemes has done, at once
 *	    read(), poll()		records, whole ones only
 *	    mmap()			records without system calls
 *	    DAMON_IOC_STOP		end the worker; the last results stay readable
 *	    close()			stops and frees everything
 *
 * Rules that hold for every structure here:
 *
 *  - Its first member is its size as the caller compiled it.  A shorter
 *    structure than the module's is completed with zeroes; a longer one is
 *    accepted when what the module does not know is zero, else E2BIG with
 *    @size set to what the module knows.  A size below the first published
 *    one is EINVAL.  The sizes of array elements (@target_size, @range_size,
 *    @region_size and the like) follow the same rule, but are not written to;
 *    elements that are written to are completed with zeroes.
 *  - Unknown flags and non-zero reserved members are EINVAL.
 *  - Layouts are the same for 32-bit and 64-bit callers.  Pointers are
 *    carried in __u64.
 *  - @msg points to a buffer of @msg_len bytes, or is 0.  When a call fails,
 *    a text that says which element is wrong and what to change is written
 *    there, cut to fit and always NUL terminated.  After success it holds an
 *    empty string; if it cannot be written to, the call fails with EFAULT.
 *    Elements of arrays are counted from 0 in it.
 *  - A call that fails has changed nothing.
 *  - Times are CLOCK_MONOTONIC in nanoseconds, intervals are microseconds,
 *    addresses and sizes are bytes, ranges are [start, end).
 *  - Unknown commands are ENOTTY.
 *
 * Rights are checked where they matter, at CREATE and at COMMIT, with the
 * caller's credentials of that moment: a process may watch itself and whatever
 * it may ptrace (PTRACE_MODE_READ_REALCREDS); CAP_PERFMON in the initial user
 * namespace lets it watch any process, and CAP_SYS_ADMIN there also physical
 * memory; all else is EPERM.  A session is bound to the address space that a
 * target had at COMMIT: when the target executes another program, it is gone
 * for this session, unless that was asked for (DAMON_TARGET_FOLLOW_EXEC), which
 * takes CAP_PERFMON, as do targets that others join (DAMON_TARGET_FOLLOW_FORK,
 * DAMON_TARGET_CGROUP).  Callers without CAP_PERFMON have limits, see struct
 * damon_query; what is over them is EPERM too, what is over everybody's is
 * EINVAL.  Sessions use at most a tenth of a CPU each while what they do was
 * committed by such a caller: where that is not enough, intervals become longer,
 * START and COMMIT wait, up to half a second, and the first round does, up to five,
 * also for what sessions that are closed did.  Whoever holds a session fd may
 * read its results, start and stop it.
 */
#ifndef _UAPI_DAMON_DEVICE_H
#define _UAPI_DAMON_DEVICE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define DAMON_DEVICE_PATH	"/dev/damon"

#define DAMON_IOC_MAGIC		0xDA

/*
 * The structure's size is not part of the number (as in iommufd): numbers
 * never change when a structure grows.
 */
#define DAMON_IOC_QUERY		_IO(DAMON_IOC_MAGIC, 0x00)
#define DAMON_IOC_CREATE	_IO(DAMON_IOC_MAGIC, 0x01)
#define DAMON_IOC_COMMIT	_IO(DAMON_IOC_MAGIC, 0x10)
#define DAMON_IOC_START		_IO(DAMON_IOC_MAGIC, 0x11)
#define DAMON_IOC_STOP		_IO(DAMON_IOC_MAGIC, 0x12)
#define DAMON_IOC_SNAPSHOT	_IO(DAMON_IOC_MAGIC, 0x13)
#define DAMON_IOC_SCHEME	_IO(DAMON_IOC_MAGIC, 0x14)

/* Upstream's defaults; a caller without a better idea passes these. */
#define DAMON_DEFAULT_SAMPLE_US		5000ULL
#define DAMON_DEFAULT_AGGR_US		100000ULL
#define DAMON_DEFAULT_UPDATE_US		60000000ULL
#define DAMON_DEFAULT_MIN_NR_REGIONS	10
#define DAMON_DEFAULT_MAX_NR_REGIONS	1000

/* Operations sets: how accesses are observed. */
#define DAMON_OPS_VADDR		0	/* virtual addresses of processes */
#define DAMON_OPS_FVADDR	1	/* the same, in ranges that the caller gives */
#define DAMON_OPS_PADDR		2	/* physical addresses */

/* struct damon_query, @features */
#define DAMON_FEATURE_PG_IDLE	(1ULL << 0)	/* kernel has PG_young and PG_idle */
#define DAMON_FEATURE_NOTIFIERS	(1ULL << 1)	/* accesses by secondary MMUs are seen */
#define DAMON_FEATURE_PTRACE	(1ULL << 2)	/* unprivileged: others than oneself */
#define DAMON_FEATURE_PIDFD	(1ULL << 3)	/* targets may be given by pidfd */
#define DAMON_FEATURE_FLUSH_TLB	(1ULL << 5)	/* DAMON_COMMIT_FLUSH_TLB works */
#define DAMON_FEATURE_FOLLOW_FORK (1ULL << 6)	/* DAMON_TARGET_FOLLOW_FORK works */

/**
 * struct damon_query - DAMON_IOC_QUERY: what there is
 * @size:		in: sizeof(struct damon_query); out: the module's
 * @flags:		none defined, must be 0
 * @msg:		pointer to a buffer for the reason of a failure, or 0
 * @msg_len:		size of that buffer
 * @text_len:		size of the buffer at @text
 * @text:		pointer to a buffer, or 0; out: one line for each private
 *			kernel function that this kernel lacks, with what does
 *			not work without it; empty when nothing is missing
 * @features:		out: DAMON_FEATURE_* bits
 * @ops:		out: bit (1 << DAMON_OPS_*) for each operations set
 * @min_sample_us:	out: smallest sampling interval for this caller
 * @max_nr_targets:	out: most targets in one session, for this caller
 * @max_nr_regions:	out: largest max_nr_regions, for this caller
 * @max_ring_bytes:	out: largest record buffer, for this caller
 * @max_sessions:	out: most sessions at a time for this caller's user,
 *			0 if unlimited
 * @version:		out: the module's version, NUL terminated
 */
struct damon_query {
	__u32 size;
	__u32 flags;
	__u64 msg;
	__u32 msg_len;
	__u32 text_len;
	__u64 text;
	__u64 features;
	__u64 ops;
	__u64 min_sample_us;
	__u32 max_nr_targets;
	__u32 max_nr_regions;
	__u32 max_ring_bytes;
	__u32 max_sessions;
	char version[32];
};

/**
 * struct damon_create - DAMON_IOC_CREATE: a new session
 * @size:	sizeof(struct damon_create)
 * @flags:	none defined, must be 0
 * @msg:	pointer to a buffer for the reason of a failure, or 0
 * @msg_len:	size of that buffer
 * @ring_bytes:	size of the buffer for records, rounded up to a power of two
 *		and at least 4096; 0 for a session without records
 *
 * Returns a file descriptor.  EDQUOT: this user has too many sessions; users
 * inside of a user namespace count as the owner of the outermost one; where that
 * is root, each counts, and all of them together have 64 at most.  The
 * buffer and a page more count as locked memory of the caller's user: EPERM if
 * that is over RLIMIT_MEMLOCK, unless the caller has CAP_IPC_LOCK.
 */
struct damon_create {
	__u32 size;
	__u32 flags;
	__u64 msg;
	__u32 msg_len;
	__u32 ring_bytes;
};

/* struct damon_target_conf, @flags */
#define DAMON_TARGET_PIDFD	(1U << 0)	/* @pid is a pidfd */
#define DAMON_TARGET_FOLLOW_FORK (1U << 1)	/* and all that it forks, and so on */
#define DAMON_TARGET_FOLLOW_EXEC (1U << 2)	/* also after it executes another program */
#define DAMON_TARGET_CGROUP	(1U << 3)	/* @pid is an fd: the processes of a cgroup */

/**
 * struct damon_target_conf - one monitored address space
 * @pid:	process id in the caller's pid namespace, 0 for the caller; or
 *		a pidfd with DAMON_TARGET_PIDFD; with DAMON_TARGET_CGROUP the
 *		directory of a cgroup of version 2, which may be closed after
 *		COMMIT; 0 for physical memory
 * @flags:	DAMON_TARGET_*
 * @first_range: index of this target's first range in damon_commit.ranges
 * @nr_ranges:	number of its ranges, sorted and disjoint; 0 to follow the
 *		mapped memory of the process: its three biggest parts, or all
 *		of them with DAMON_COMMIT_VMA_AWARE, updated every update
 *		interval
 *
 * Targets take their ranges one after the other: each range of the array
 * belongs to exactly one target.  @first_range is not looked at where there
 * are none.
 *
 * With DAMON_TARGET_FOLLOW_EXEC the target is the process and not its address
 * space: when it executes another program, its regions begin anew in that one's
 * memory, with the same index; it is gone when the process ends.  EPERM without
 * CAP_PERFMON: the program may be one that the caller must not watch.
 *
 * Some targets are joined by processes, without a COMMIT:
 *
 *  - DAMON_TARGET_FOLLOW_FORK: by the processes that descend from this one: those
 *    that are there already, as far as their parents are, and from then on all
 *    that are forked, whoever of their ancestors has ended.  It has all of
 *    DAMON_TARGET_FOLLOW_EXEC in it, for each of them.  The target is gone when its
 *    own process ends; those that have joined stay.
 *  - DAMON_TARGET_CGROUP, with no other flag: by the processes of a cgroup and of
 *    all those below it, as long as they are there: that is where their main
 *    threads are.  The target itself never has regions; it is gone when the cgroup
 *    is removed.
 *
 * They take no ranges and need CAP_PERFMON.  Who joins gets an index of its own,
 * from @nr_targets of struct damon_commit on, and is watched as any target without
 * ranges; DAMON_RECORD_TARGET_NEW tells of it, DAMON_RECORD_TARGET_GONE when it
 * ends or leaves, and each of its regions has its pid.  An index that has become
 * free is used again.  Threads are one target, and a process that shares the
 * address space of another, as after vfork(), joins when it has one of its own.
 * Forks are noticed at the next window's end, what is moved into a cgroup, or
 * out of it, at updates.
 *
 * There is room for a number of them that depends on max_nr_regions, which stays
 * the cap of all regions.  Each joining process takes three (16 with
 * DAMON_COMMIT_VMA_AWARE), out of half of those that the other targets leave; at
 * most, there are 1,024 targets in all.  The room is shared evenly among the
 * targets that are joined, so that none can use up another's.  All regions beyond
 * that go where accesses differ, without regard to whose they are.  Processes that
 * find no room are not watched until somebody leaves; how many there were at the
 * last update stands in struct damon_snapshot, and DAMON_RECORD_LEFT_OUT tells when
 * that changes.
 */
struct damon_target_conf {
	__s32 pid;
	__u32 flags;
	__u32 first_range;
	__u32 nr_ranges;
};

/**
 * struct damon_range_conf - an address range
 * @start:	first address, page aligned
 * @end:	first address behind it, page aligned
 */
struct damon_range_conf {
	__u64 start;
	__u64 end;
};

/* struct damon_probe_filter_conf, @type: what it asks of a page */
#define DAMON_FILTER_ANON	0	/* is it anonymous? */
#define DAMON_FILTER_MEMCG	1	/* is it charged to this memory cgroup? */

/* struct damon_probe_filter_conf, @flags */
#define DAMON_FILTER_MATCHING	(1U << 0)	/* decides if so; else if not so */
#define DAMON_FILTER_ALLOW	(1U << 1)	/* the page passes; else it does not */

/**
 * struct damon_probe_filter_conf - a filter of a probe
 * @type:	DAMON_FILTER_*
 * @flags:	DAMON_FILTER_MATCHING, DAMON_FILTER_ALLOW
 * @fd:		for DAMON_FILTER_MEMCG: the directory of a cgroup of version 2
 *		that has the memory controller; pages charged to cgroups below it
 *		are not its.  0 for other types.  It may be closed after COMMIT
 * @reserved:	must be 0
 *
 * Of a probe's filters the first that decides for a page is obeyed.  When none
 * does, the page passes if the last one does not ALLOW, and does not pass if
 * that does.  Where there is no page, or none of user space, it is not
 * anonymous and not charged to any cgroup.
 */
struct damon_probe_filter_conf {
	__u32 type;
	__u32 flags;
	__s32 fd;
	__u32 reserved;
};

/**
 * struct damon_probe_conf - something that sampled memory is tried for
 * @weight:	0, or what a hit adds to the score of a region
 * @first_filter: index of this probe's first filter in
 *		damon_commit.probe_filters
 * @nr_filters:	number of its filters; a probe without any hits always
 * @reserved:	must be 0
 *
 * At each sampling, the page that is sampled in a region is tried: what passes
 * the filters is a hit.  Probes take their filters one after the other, as
 * targets do ranges.
 *
 * If any probe has a weight, accesses are not looked for at all: nr_accesses
 * stay 0, pages are left as they are, and regions are joined, split and aged by
 * the score, which is the sum of hits times weight.  The sum of weights times the
 * samples in a window fits 32 bits, and intervals are not tuned.
 */
struct damon_probe_conf {
	__u32 weight;
	__u32 first_filter;
	__u32 nr_filters;
	__u32 reserved;
};

/*
 * Schemes: what is done to memory that is accessed in some way.
 *
 * At a window's end, or every damon_scheme_conf.apply_us, a scheme is applied to
 * all regions that its pattern matches and its filters let through, as far as its
 * quota goes.  Schemes come to each region in their order.  What was done to, by
 * anything but DAMON_ACTION_STAT, is 0 windows old.  Nothing is done before a first
 * window is complete.
 *
 * Rights, beside those to watch: without CAP_PERFMON there is DAMON_ACTION_STAT
 * only, without page filters, and goals are user input.  Other actions need
 * CAP_SYS_NICE, and that the caller may ptrace the target, as process_madvise()
 * does; where a target follows exec or forks, or is a cgroup, CAP_SYS_PTRACE in the
 * initial user namespace.  All else is EPERM.
 *
 * STOP, COMMIT and close() do not wait for an application: it ends soon, and what
 * was left is done the next time.
 */

/*
 * struct damon_scheme_conf, @action.  WILLNEED reads anonymous memory, shared memory,
 * and files of file systems that have a device, other than FUSE; COLLAPSE is for
 * anonymous and shared memory.  A program or another machine is never asked, but for one
 * that is behind a block device.
 */
#define DAMON_ACTION_WILLNEED	0	/* read ahead what is in files or swap */
#define DAMON_ACTION_COLD	1	/* reclaim sooner */
#define DAMON_ACTION_PAGEOUT	2	/* reclaim now */
#define DAMON_ACTION_HUGEPAGE	3	/* may consist of huge pages */
#define DAMON_ACTION_NOHUGEPAGE	4	/* shall not */
#define DAMON_ACTION_COLLAPSE	5	/* make huge pages of it now */
#define DAMON_ACTION_LRU_PRIO	6	/* reclaim later than the rest */
#define DAMON_ACTION_LRU_DEPRIO	7	/* reclaim before the rest */
#define DAMON_ACTION_MIGRATE_HOT 8	/* move to other nodes, hottest first */
#define DAMON_ACTION_MIGRATE_COLD 9	/* the same, coldest first */
#define DAMON_ACTION_STAT	10	/* only count */

/* struct damon_scheme_conf, @flags */
#define DAMON_SCHEME_ACCESSES_BP (1U << 0)	/* accesses are in 1/10000 of samples */
#define DAMON_SCHEME_AGE_US	(1U << 1)	/* ages are in microseconds */

/* struct damon_scheme_conf, @tuner */
#define DAMON_TUNER_CONSIST	0	/* feedback from goals */
#define DAMON_TUNER_TEMPORAL	1	/* all until a goal is reached, then nothing */

/* struct damon_scheme_conf, @watermark */
#define DAMON_WATERMARK_NONE	0	/* always in force */
#define DAMON_WATERMARK_FREE	1	/* free part of all memory in 1/1000 */

/**
 * struct damon_scheme_conf - a scheme
 * @action:	DAMON_ACTION_*
 * @flags:	DAMON_SCHEME_*
 * @min_sz:	the pattern: regions of so many bytes at least,
 * @max_sz:	and at most;
 * @min_accesses: with so many accesses in the last window's length at least,
 * @max_accesses: and at most; DAMON_SCHEME_ACCESSES_BP: in 1/10000 of the samples
 *		that a window has, so that tuning intervals does not matter.  Where
 *		probes have weights there are none: all numbers of them must match
 * @min_age:	that have looked alike for so many windows at least,
 * @max_age:	and at most; DAMON_SCHEME_AGE_US: for so many microseconds
 * @apply_us:	how often it is applied; 0: at each window's end
 * @quota_bytes: most bytes in a quota interval, 0 for no limit
 * @quota_us:	most CPU time that actions take in one, 0 for no limit
 * @quota_interval_us: how long one is; 0: from one application to the next
 * @quota_seed:	bytes that DAMON_TUNER_CONSIST begins with, 0 for 1 MiB
 * @tuner:	DAMON_TUNER_*: how goals make a quota
 * @weight_sz:	where a quota does not suffice, regions with the highest scores
 *		come first: weights of the size in that,
 * @weight_accesses: of accesses,
 * @weight_age:	and of the age.  Actions for cold memory take the least accessed
 *		for the best.  At most 10000 each
 * @fail_num:	of memory that the action could not change, @fail_num /
 *		@fail_denom is charged to the quota
 * @fail_denom:	0: all of it is
 * @watermark:	DAMON_WATERMARK_*: what decides whether it is in force
 * @high:	above, it is not
 * @mid:	below, it comes into force
 * @low:	below, it is not
 * @watermark_us: how often that is looked at while none of the schemes is in
 *		force, not more often than the caller may sample; there is no monitoring
 *		then
 * @max_nr_snapshots: it is applied so often, 0 for no limit
 * @first_filter: index of its first filter in damon_commit.scheme_filters
 * @nr_filters:	number of its filters
 * @first_goal:	index of its first goal in damon_commit.scheme_goals
 * @nr_goals:	number of its goals; the one that is reached most counts
 * @first_dest:	index of its first destination in damon_commit.scheme_dests
 * @nr_dests:	number of its destinations
 * @node:	where DAMON_ACTION_MIGRATE_* move to without destinations
 * @max_tried:	how many tried regions are kept for DAMON_IOC_SCHEME; of all
 *		schemes together at most max_nr_regions
 *
 * Schemes take filters, goals and destinations one after the other, as targets do
 * ranges.  An action, or filters of pages, that the operations set does not have are
 * EINVAL; DAMON_ACTION_STAT without filters of pages is there for all.
 */
struct damon_scheme_conf {
	__u32 action;
	__u32 flags;
	__u64 min_sz;
	__u64 max_sz;
	__u32 min_accesses;
	__u32 max_accesses;
	__u64 min_age;
	__u64 max_age;
	__u64 apply_us;
	__u64 quota_bytes;
	__u64 quota_us;
	__u64 quota_interval_us;
	__u64 quota_seed;
	__u32 tuner;
	__u32 weight_sz;
	__u32 weight_accesses;
	__u32 weight_age;
	__u32 fail_num;
	__u32 fail_denom;
	__u32 watermark;
	__u32 high;
	__u32 mid;
	__u32 low;
	__u64 watermark_us;
	__u64 max_nr_snapshots;
	__u32 first_filter;
	__u32 nr_filters;
	__u32 first_goal;
	__u32 nr_goals;
	__u32 first_dest;
	__u32 nr_dests;
	__u32 node;
	__u32 max_tried;
};

/*
 * struct damon_scheme_filter_conf, @type; DAMON_FILTER_ANON and
 * DAMON_FILTER_MEMCG as of probes
 */
#define DAMON_FILTER_ACTIVE	2	/* is the page on an active LRU list? */
#define DAMON_FILTER_YOUNG	3	/* accessed since it was asked last? */
#define DAMON_FILTER_HUGEPAGE_SIZE 4	/* is the folio's size in [@min, @max]? */
#define DAMON_FILTER_UNMAPPED	5	/* is it mapped nowhere? */
#define DAMON_FILTER_ADDR	6	/* is the address in [@min, @max)? */
#define DAMON_FILTER_TARGET	7	/* is it in target @target or who joined it? */

/* struct damon_scheme_filter_conf, @flags; DAMON_FILTER_MATCHING, _ALLOW, and */
#define DAMON_FILTER_HIERARCHICAL (1U << 2)	/* MEMCG: groups below it, too */

/**
 * struct damon_scheme_filter_conf - a filter of a scheme
 * @type:	DAMON_FILTER_*
 * @flags:	DAMON_FILTER_MATCHING, _ALLOW, _HIERARCHICAL
 * @fd:		for DAMON_FILTER_MEMCG, as in struct damon_probe_filter_conf; else 0
 * @target:	for DAMON_FILTER_TARGET: index of the target; else 0
 * @min:	for DAMON_FILTER_HUGEPAGE_SIZE: bytes; for _ADDR: an address, as
 *		those of ranges; else 0.  Addresses are rounded down to the
 *		smallest region
 * @max:	the same
 *
 * ADDR and TARGET are judged first, whatever their place among the others: the first
 * that decides is obeyed, and what it allows is not asked for page by page.  What
 * none of them decides is for the others, page by page; without others it is
 * let through if the last one does not ALLOW.  So it is with a page that none of
 * the others decides.  Without filters everything is let through.
 */
struct damon_scheme_filter_conf {
	__u32 type;
	__u32 flags;
	__s32 fd;
	__u32 target;
	__u64 min;
	__u64 max;
};

/* struct damon_scheme_goal_conf, @metric; BP is 1/10000 */
#define DAMON_METRIC_USER_INPUT		0	/* @value */
#define DAMON_METRIC_SOME_MEM_PSI_US	1	/* waiting for memory: some task */
#define DAMON_METRIC_NODE_MEM_USED_BP	2	/* of a node, in use */
#define DAMON_METRIC_NODE_MEM_FREE_BP	3	/* of a node, free */
#define DAMON_METRIC_NODE_MEMCG_USED_BP	4	/* of a node, a cgroup's LRU pages */
#define DAMON_METRIC_NODE_MEMCG_FREE_BP	5	/* of a node, all but those */
#define DAMON_METRIC_ACTIVE_MEM_BP	6	/* of LRU pages, active */
#define DAMON_METRIC_INACTIVE_MEM_BP	7	/* of LRU pages, inactive */
#define DAMON_METRIC_FULL_MEM_PSI_US	8	/* waiting for memory: all tasks */
#define DAMON_METRIC_MEMCG_SOME_PSI_US	9	/* the same in a cgroup: some task */
#define DAMON_METRIC_MEMCG_FULL_PSI_US	10	/* all its tasks */
#define DAMON_METRIC_REFAULTS		11	/* pages that came back after reclaim */
#define DAMON_METRIC_SWAP_USED_BP	12	/* of the swap space, in use */
/*
 * Of the memory in regions that look as the scheme wants them (whatever filters say), that
 * on a node; physical addresses only.  Told from 4096 samples: right to 1 or 2 %.
 */
#define DAMON_METRIC_NODE_ELIGIBLE_MEM_BP 13

/**
 * struct damon_scheme_goal_conf - what a quota is tuned for
 * @metric:	DAMON_METRIC_*
 * @node:	for DAMON_METRIC_NODE_*; else 0
 * @fd:		for metrics of a cgroup: as in struct damon_probe_filter_conf; else 0
 * @reserved:	must be 0
 * @target:	what it shall be, at least 1.  Of PSI and REFAULTS: how much shall come
 *		up in one quota interval
 * @value:	for DAMON_METRIC_USER_INPUT: what it is; else 0
 *
 * Measured when a quota interval begins.  DAMON_TUNER_CONSIST takes for granted that
 * a larger quota makes a metric grow; it begins with quota_seed, at most doubles
 * from one interval to the next, and never allows more than is monitored.  A metric
 * that this module or kernel cannot measure is EINVAL.
 */
struct damon_scheme_goal_conf {
	__u32 metric;
	__u32 node;
	__s32 fd;
	__u32 reserved;
	__u64 target;
	__u64 value;
};

/**
 * struct damon_scheme_dest_conf - one of several nodes to move memory to
 * @node:	the node
 * @weight:	its part of the memory, as a ratio to the sum of all weights
 *
 * Which page goes where is told by its offset in its file or anonymous area, where
 * files begin at different nodes: for virtual and physical addresses alike, and the
 * same each time, as long as the file stays in memory and the page keeps its size.
 */
struct damon_scheme_dest_conf {
	__u32 node;
	__u32 weight;
};

/*
 * struct damon_commit, @flags
 *
 * PAUSE: take no samples until the next COMMIT, see below.
 *
 * VMA_AWARE, for DAMON_OPS_VADDR: targets without ranges are followed mapping
 * by mapping, so that no region reaches across a hole; mappings that touch are
 * one.  For processes with many holes, of which just the two biggest are left
 * out otherwise.  Each piece takes a region: half of what max_nr_regions leaves
 * beside given ranges is shared evenly among the other targets, and where a
 * target has more pieces than its share, the smallest holes are bridged first,
 * until it fits.  The other half is for telling apart what is in the pieces.
 *
 * FLUSH_TLB, not for DAMON_OPS_PADDR: processors set an accessed bit when they
 * load a translation, and keep it for as long as they like: memory that is in
 * use all the time, so that its translations never leave a TLB, looks idle.
 * With this flag, each sampling interval in which bits were cleared is begun by
 * one flush per target, which interrupts each processor that runs it, and has it
 * load what it uses anew.  EOPNOTSUPP without DAMON_FEATURE_FLUSH_TLB.
 */
#define DAMON_COMMIT_PAUSE	(1U << 0)
#define DAMON_COMMIT_VMA_AWARE	(1U << 1)
#define DAMON_COMMIT_FLUSH_TLB	(1U << 2)

/**
 * struct damon_commit - DAMON_IOC_COMMIT: the whole configuration
 * @size:		sizeof(struct damon_commit)
 * @flags:		DAMON_COMMIT_*
 * @msg:		pointer to a buffer for the reason of a failure, or 0
 * @msg_len:		size of that buffer
 * @ops:		DAMON_OPS_*
 * @sample_us:		sampling interval
 * @aggr_us:		aggregation interval (a window), at least @sample_us
 * @update_us:		how often the mapped parts are looked up again
 * @min_nr_regions:	at least 3
 * @max_nr_regions:	at least @min_nr_regions, and enough for each range or
 *			three for each process without ranges.  Where half of it
 *			is less than physical memory has parts, the gaps
 *			between those that are nearest are taken for memory
 * @targets:		pointer to @nr_targets struct damon_target_conf
 * @nr_targets:		at least 1
 * @target_size:	sizeof(struct damon_target_conf)
 * @ranges:		pointer to @nr_ranges struct damon_range_conf
 * @nr_ranges:		number of ranges of all targets together
 * @range_size:		sizeof(struct damon_range_conf)
 * @addr_unit:		for DAMON_OPS_PADDR: bytes that one address stands for,
 *			a power of two up to the page size; addresses of ranges
 *			and regions are physical addresses divided by it.  0 is
 *			1, and the other operations sets know no other
 * @access_bp:		goal of tuning: how much of all accesses that sampling
 *			could find it shall find, in 1/10000; 1 to 10000
 * @aggrs:		tune @sample_us and @aggr_us every so many windows, by what
 *			was found in all of them; 0 for intervals that stay, then
 *			@access_bp and the next two are not looked at
 * @min_sample_us:	shortest sampling interval of tuning, at least 1
 * @max_sample_us:	longest sampling interval of tuning
 * @probes:		pointer to @nr_probes struct damon_probe_conf, no two of
 *			them with the same filters
 * @nr_probes:		0 to 4.  EPERM without CAP_PERFMON: what pages are can
 *			be the doing of others who share them
 * @probe_size:		sizeof(struct damon_probe_conf); not looked at without
 *			probes
 * @probe_filters:	pointer to @nr_probe_filters struct
 *			damon_probe_filter_conf
 * @nr_probe_filters:	number of filters of all probes together, at most 128
 * @probe_filter_size:	sizeof(struct damon_probe_filter_conf); not looked at
 *			without filters
 * @schemes:		pointer to @nr_schemes struct damon_scheme_conf
 * @nr_schemes:		0 to 64
 * @scheme_size:	sizeof(struct damon_scheme_conf); not looked at without
 *			schemes, like the sizes that follow
 * @scheme_filters:	pointer to @nr_scheme_filters struct
 *			damon_scheme_filter_conf
 * @nr_scheme_filters:	number of filters of all schemes together, at most 1024
 * @scheme_filter_size:	sizeof(struct damon_scheme_filter_conf)
 * @scheme_goals:	pointer to @nr_scheme_goals struct damon_scheme_goal_conf
 * @nr_scheme_goals:	number of goals of all schemes together, at most 1024
 * @scheme_goal_size:	sizeof(struct damon_scheme_goal_conf)
 * @scheme_dests:	pointer to @nr_scheme_dests struct damon_scheme_dest_conf
 * @nr_scheme_dests:	number of destinations of all schemes together, at most 1024
 * @scheme_dest_size:	sizeof(struct damon_scheme_dest_conf)
 *
 * Tuning begins with @sample_us, which is between @min_sample_us and
 * @max_sample_us, and keeps its ratio to @aggr_us: too few accesses found make
 * both longer, at most twice as long at once, too many make them shorter, at
 * most half as long.  Counts and ages are converted; windows tell which
 * intervals they had.  A memory at rest is looked at every @max_sample_us.  A
 * COMMIT of the same intervals and goal leaves tuned ones as they are.
 *
 * DAMON_OPS_FVADDR needs ranges for each target.  DAMON_OPS_PADDR needs
 * CAP_SYS_ADMIN in the initial user namespace and has one target, whose pid
 * and flags are 0; without ranges it is all memory that is online, and memory
 * that comes or goes is followed at the next window's end.  A page counts as
 * accessed when any of its mappings was used, in whatever process.  Where the
 * kernel has PG_idle (DAMON_FEATURE_PG_IDLE) reading and writing a file counts,
 * too; without it unmapped pages look idle, and of a page that is mapped more
 * than 32 times the first 32 mappings are watched.
 *
 * On a running session the new configuration takes effect before the call
 * returns; regions, counters and ages of address spaces that are in both
 * configurations are kept and converted to the new intervals, whatever place
 * they have in @targets.  One that is no longer there is watched no more, and
 * is left as if it never had been: there is no need to mark it.  Who has joined a
 * process or cgroup that is in both has joined the new one, as far as there is
 * room; since its index can be another one, DAMON_RECORD_TARGET_NEW tells of it
 * again.  A session that
 * does not run is DAMON_STATE_STOPPED afterwards.  Until the first window of
 * the new configuration is complete, SNAPSHOT gives the last one of the old.
 *
 * With DAMON_COMMIT_PAUSE the worker of a running session gives back what it
 * took from its targets and sleeps, as DAMON_STATE_PAUSED, until a COMMIT
 * without it; the end of a target is not seen meanwhile.  Regions and ages
 * are kept, the window at hand is forgotten and a new one begins after the
 * pause.
 *
 * On a running session hits of probes that are in both configurations are kept,
 * whatever place they have in @probes.  Statistics, quotas as far as they are used,
 * and whether a scheme is in force are kept of schemes that are in both: the same
 * action, pattern, and kinds and numbers of filters and destinations, whatever place
 * they have in @schemes and whatever limits and goals; and else of one with the same
 * action in the same place.
 *
 * ESRCH: no such process, or it has ended.  EPERM: not allowed to watch it, or
 * over the caller's limits.  EBADF: no pidfd, or no cgroup.  ENOENT: the cgroup
 * has been removed.  EOPNOTSUPP: pidfds, physical addresses, flushing, following
 * forks or memory cgroups do not work on this kernel.  EINVAL: anything else that
 * is wrong with the input; a kernel thread and an address space that is there
 * twice are.  See @msg.
 */
struct damon_commit {
	__u32 size;
	__u32 flags;
	__u64 msg;
	__u32 msg_len;
	__u32 ops;
	__u64 sample_us;
	__u64 aggr_us;
	__u64 update_us;
	__u32 min_nr_regions;
	__u32 max_nr_regions;
	__u64 targets;
	__u32 nr_targets;
	__u32 target_size;
	__u64 ranges;
	__u32 nr_ranges;
	__u32 range_size;
	__u64 addr_unit;
	__u32 access_bp;
	__u32 aggrs;
	__u64 min_sample_us;
	__u64 max_sample_us;
	__u64 probes;
	__u32 nr_probes;
	__u32 probe_size;
	__u64 probe_filters;
	__u32 nr_probe_filters;
	__u32 probe_filter_size;
	__u64 schemes;
	__u32 nr_schemes;
	__u32 scheme_size;
	__u64 scheme_filters;
	__u32 nr_scheme_filters;
	__u32 scheme_filter_size;
	__u64 scheme_goals;
	__u32 nr_scheme_goals;
	__u32 scheme_goal_size;
	__u64 scheme_dests;
	__u32 nr_scheme_dests;
	__u32 scheme_dest_size;
};

/**
 * struct damon_control - DAMON_IOC_START, DAMON_IOC_STOP
 * @size:	sizeof(struct damon_control)
 * @flags:	none defined, must be 0
 * @msg:	pointer to a buffer for the reason of a failure, or 0
 * @msg_len:	size of that buffer
 * @reserved:	must be 0
 *
 * START: ENODATA without a committed configuration, EALREADY when running,
 * ESRCH when no target is left.  STOP of a session that does not run is no
 * error.
 */
struct damon_control {
	__u32 size;
	__u32 flags;
	__u64 msg;
	__u32 msg_len;
	__u32 reserved;
};

/**
 * struct damon_region_info - one region of a snapshot or record
 * @start:	first byte
 * @end:	first byte behind it
 * @nr_accesses: samples of the window that found it accessed
 * @age:	windows for which it has looked about the same
 * @target:	index of its target in the committed configuration, or of a
 *		process that has joined
 * @pid:	the process id of one that has joined, in the pid namespace of who
 *		called COMMIT, 0 if it is not there; 0 for all others
 */
struct damon_region_info {
	__u64 start;
	__u64 end;
	__u32 nr_accesses;
	__u32 age;
	__u32 target;
	__u32 pid;
};

/**
 * struct damon_hits_info - what probes have found in one region of a window
 * @hits:	by probe: samples of the window that it has hit; 0 where there is
 *		no such probe
 */
struct damon_hits_info {
	__u32 hits[4];
};

/* struct damon_snapshot, @state */
#define DAMON_STATE_NEW		0	/* nothing committed */
#define DAMON_STATE_STOPPED	1	/* configured, not running */
#define DAMON_STATE_RUNNING	2
#define DAMON_STATE_ENDED	3	/* ended by itself: all targets are gone */
#define DAMON_STATE_PAUSED	4	/* running, but told to take no samples */

/**
 * struct damon_snapshot - DAMON_IOC_SNAPSHOT: the last complete window
 * @size:	sizeof(struct damon_snapshot)
 * @flags:	none defined, must be 0
 * @msg:	pointer to a buffer for the reason of a failure, or 0
 * @msg_len:	size of that buffer
 * @first:	index of the first region wanted.  0 takes the newest
 *		snapshot; a higher one goes on with that of @seq
 * @seq:	in, if @first is not 0: the snapshot to go on with; out: the
 *		window's number, counted from 1 since CREATE
 * @regions:	pointer to room for @nr_regions struct damon_region_info
 * @nr_regions:	in: that room; out: how many were written
 * @region_size: sizeof(struct damon_region_info)
 * @total:	out: how many regions the snapshot has
 * @state:	out: DAMON_STATE_* of now
 * @start_ns:	out: when the window began
 * @end_ns:	out: when it ended
 * @sample_us:	out: sampling interval of the window
 * @aggr_us:	out: aggregation interval of the window
 * @max_nr_accesses: out: samples per region in the window: the largest
 *		possible nr_accesses
 * @nr_targets:	out: targets that were alive, those that have joined included
 * @nr_ticks:	out: sampling passes since START
 * @nr_checks:	out: samples checked since START; where probes have looked as
 *		well, that is one more
 * @nr_missed:	out: samples not taken since START because the target's
 *		memory map was busy for too long; from Linux 6.12 on the mapping
 *		they were for, else (and for hugetlb) any of it
 * @nr_lost:	out: records dropped since CREATE because nobody read
 * @hits:	pointer to room for @nr_regions struct damon_hits_info, one for
 *		each of @regions, or 0
 * @hit_size:	sizeof(struct damon_hits_info); not looked at without @hits
 * @nr_probes:	out: probes that the window had
 * @nr_left_out: out: processes that would have joined a target at the last update,
 *		had there been room
 * @reserved:	must be 0
 *
 * Never waits for the worker.  ENODATA: no window is complete yet (the
 * @state and the counters are filled in).  ESTALE: the snapshot of @seq is
 * no longer kept: a session keeps the one that was begun last, also by a call
 * that then could not write all of it.  EINVAL: @first is behind the last
 * region.
 */
struct damon_snapshot {
	__u32 size;
	__u32 flags;
	__u64 msg;
	__u32 msg_len;
	__u32 first;
	__u64 seq;
	__u64 regions;
	__u32 nr_regions;
	__u32 region_size;
	__u32 total;
	__u32 state;
	__u64 start_ns;
	__u64 end_ns;
	__u64 sample_us;
	__u64 aggr_us;
	__u32 max_nr_accesses;
	__u32 nr_targets;
	__u64 nr_ticks;
	__u64 nr_checks;
	__u64 nr_missed;
	__u64 nr_lost;
	__u64 hits;
	__u32 hit_size;
	__u32 nr_probes;
	__u32 nr_left_out;
	__u32 reserved;
};

/**
 * struct damon_goal_info - what a goal's metric has come to
 * @value:	in terms of damon_scheme_goal_conf.target, when the quota interval
 *		began
 * @known:	1 if there is a value, else 0
 * @reserved:	0
 */
struct damon_goal_info {
	__u64 value;
	__u32 known;
	__u32 reserved;
};

/**
 * struct damon_tried_info - a part of a region that a scheme was applied to
 * @start:	first address
 * @end:	first address behind it
 * @passed:	bytes of it that page filters let through
 * @nr_accesses: accesses in the last window's length, when it was applied
 * @age:	windows for which it had looked about the same then
 * @target:	index of its target
 * @reserved:	0
 */
struct damon_tried_info {
	__u64 start;
	__u64 end;
	__u64 passed;
	__u32 nr_accesses;
	__u32 age;
	__u32 target;
	__u32 reserved;
};

/* struct damon_scheme, @effective_quota: there is no limit */
#define DAMON_QUOTA_NONE	(~0ULL)

/**
 * struct damon_scheme - DAMON_IOC_SCHEME: what a scheme has done
 * @size:	sizeof(struct damon_scheme)
 * @flags:	none defined, must be 0
 * @msg:	pointer to a buffer for the reason of a failure, or 0
 * @msg_len:	size of that buffer
 * @scheme:	index of the scheme in the committed configuration
 * @goals:	pointer to room for @nr_goals struct damon_goal_info
 * @nr_goals:	in: that room; out: how many goals it has; not more are written
 *		than there is room for
 * @goal_size:	sizeof(struct damon_goal_info); not looked at without room
 * @tried:	pointer to room for @nr_tried_regions struct damon_tried_info
 * @nr_tried_regions: in: that room; out: how many were written
 * @tried_size:	sizeof(struct damon_tried_info); not looked at without room
 * @nr_tried:	out: parts of regions that it was applied to
 * @sz_tried:	out: their bytes
 * @nr_applied:	out: those of them in which anything was changed
 * @sz_applied:	out: bytes that the action really changed
 * @sz_passed:	out: bytes that page filters let through
 * @qt_exceeds:	out: quota intervals with more to do than the quota allowed
 * @nr_snapshots: out: applications
 * @cpu_ns:	out: CPU time of its actions
 * @effective_quota: out: bytes that it may charge in this quota interval, or
 *		DAMON_QUOTA_NONE; 0 before the first application
 * @charged:	out: bytes charged in this quota interval
 * @last_nr_tried: out: parts of regions in the last application
 * @last_sz_tried: out: their bytes
 * @active:	out: 1 if watermarks have it in force, else 0
 * @nr_kept:	out: tried regions of the last application that are kept
 *
 * Tried regions are those of the last application, in the order in which they came.
 * Never waits for the worker.  EINVAL: there is no such scheme.  Sums are since the
 * scheme was committed first.
 */
struct damon_scheme {
	__u32 size;
	__u32 flags;
	__u64 msg;
	__u32 msg_len;
	__u32 scheme;
	__u64 goals;
	__u32 nr_goals;
	__u32 goal_size;
	__u64 tried;
	__u32 nr_tried_regions;
	__u32 tried_size;
	__u64 nr_tried;
	__u64 sz_tried;
	__u64 nr_applied;
	__u64 sz_applied;
	__u64 sz_passed;
	__u64 qt_exceeds;
	__u64 nr_snapshots;
	__u64 cpu_ns;
	__u64 effective_quota;
	__u64 charged;
	__u64 last_nr_tried;
	__u64 last_sz_tried;
	__u32 active;
	__u32 nr_kept;
};

/*
 * Records.  read() on a session fd returns as many whole records as fit;
 * EMSGSIZE if not even the first does (nothing is consumed).  It waits for
 * one, also for the first START, unless O_NONBLOCK is set (EAGAIN).  When the
 * worker has ended or was stopped and everything is read, it returns 0, until
 * the next START.  poll() reports POLLIN while there are records and POLLHUP
 * once read() would return 0.  Readers skip types that they do not know, by
 * size.  Without a buffer for records read() is EINVAL; poll() still reports
 * the worker's end.
 *
 * When a record does not fit into the buffer it is dropped; the next one that
 * fits comes with a DAMON_RECORD_LOST before it.
 */
#define DAMON_RECORD_WINDOW	1	/* struct damon_record_window */
#define DAMON_RECORD_TARGET_GONE 2	/* struct damon_record_target_gone */
#define DAMON_RECORD_LOST	3	/* struct damon_record_lost */
#define DAMON_RECORD_INTERVALS	4	/* struct damon_record_intervals */
#define DAMON_RECORD_TARGET_NEW	5	/* struct damon_record_target_new */
#define DAMON_RECORD_LEFT_OUT	6	/* struct damon_record_left_out */

/**
 * struct damon_record - what every record begins with
 * @type:	DAMON_RECORD_*
 * @size:	of the whole record in bytes, a multiple of 8
 * @time_ns:	when it was made
 */
struct damon_record {
	__u32 type;
	__u32 size;
	__u64 time_ns;
};

/**
 * struct damon_record_window - a window is complete
 * @head:	type DAMON_RECORD_WINDOW; its time is the window's end
 * @seq:	the window's number, as in struct damon_snapshot
 * @start_ns:	when the window began
 * @sample_us:	sampling interval
 * @aggr_us:	aggregation interval
 * @max_nr_accesses: samples per region in the window
 * @nr_regions:	regions that follow, sorted by target and address
 * @regions:	the regions
 *
 * If the window had probes, and only then, the record is longer than its
 * regions: behind the last one follows a struct damon_record_hits.
 */
struct damon_record_window {
	struct damon_record head;
	__u64 seq;
	__u64 start_ns;
	__u64 sample_us;
	__u64 aggr_us;
	__u32 max_nr_accesses;
	__u32 nr_regions;
	struct damon_region_info regions[];
};

/**
 * struct damon_record_hits - the end of a record of a window with probes
 * @nr_probes:	probes that the window had
 * @hit_size:	bytes from one of @hits to the next: readers must not take it to be
 *		sizeof(struct damon_hits_info), which may grow
 * @hits:	as many as the record has regions, in their order
 */
struct damon_record_hits {
	__u32 nr_probes;
	__u32 hit_size;
	struct damon_hits_info hits[];
};

/**
 * struct damon_record_target_gone - a target is no longer monitored
 * @head:	type DAMON_RECORD_TARGET_GONE
 * @target:	its index in the configuration, or of a process that had joined
 * @reserved:	0
 */
struct damon_record_target_gone {
	struct damon_record head;
	__u32 target;
	__u32 reserved;
};

/**
 * struct damon_record_target_new - a process has joined a target
 * @head:	type DAMON_RECORD_TARGET_NEW
 * @target:	its index
 * @pid:	its process id, as in struct damon_region_info
 * @parent:	index of the target that it has joined
 * @reserved:	0
 */
struct damon_record_target_new {
	struct damon_record head;
	__u32 target;
	__u32 pid;
	__u32 parent;
	__u32 reserved;
};

/**
 * struct damon_record_left_out - there is no room for some processes
 * @head:	type DAMON_RECORD_LEFT_OUT
 * @nr:		how many, as in struct damon_snapshot; 0 if there are none any more
 * @reserved:	0
 */
struct damon_record_left_out {
	struct damon_record head;
	__u32 nr;
	__u32 reserved;
};

/**
 * struct damon_record_lost - records were dropped before this one
 * @head:	type DAMON_RECORD_LOST
 * @nr:		how many
 */
struct damon_record_lost {
	struct damon_record head;
	__u64 nr;
};

/**
 * struct damon_record_intervals - tuning has changed the intervals
 * @head:		type DAMON_RECORD_INTERVALS
 * @old_sample_us:	sampling interval so far
 * @old_aggr_us:	aggregation interval so far
 * @sample_us:		sampling interval from now on
 * @aggr_us:		aggregation interval from now on
 *
 * Comes after the record of the last window with the old intervals.  Those that
 * COMMIT changes have no such record.
 */
struct damon_record_intervals {
	struct damon_record head;
	__u64 old_sample_us;
	__u64 old_aggr_us;
	__u64 sample_us;
	__u64 aggr_us;
};

/*
 * Records by mmap().  The session fd has a header page at offset 0, to be
 * mapped alone with PROT_READ | PROT_WRITE (or PROT_READ), and
 * damon_ring_header.data_size bytes of data at damon_ring_header.data_offset,
 * to be mapped whole with PROT_READ.  Both with MAP_SHARED; what is private, of
 * another length or at another offset is EINVAL, other rights are EPERM.  The
 * mappings are not inherited by fork() (unless MADV_DOFORK asks for it), and
 * keep the session, which goes on, when the fd is closed.
 *
 * The first mmap() makes the caller the reader for good: it goes on where
 * read() stopped, and read() is EBUSY from then on, also in threads that wait
 * in it, and after munmap().  While another thread is just copying records out
 * by read(), mmap() is EBUSY.  poll() works as before.  Who maps one session
 * more than once has to agree on one reader.
 *
 * Reading: load data_head with acquire, handle the records from data_tail up to
 * it, store the new data_tail with release.  Both count on for ever; modulo
 * data_size they are places in the data.  A record can go on where the data
 * begins, but its type and size are never torn apart.  A 32-bit program needs
 * 8-byte atomic accesses for both.
 *
 * Nothing that a program writes into the header can do more than lose it
 * records: of all members the module looks only at data_tail, and only to see
 * how much is free.  A data_tail ahead of data_head, or more than data_size
 * behind it, means that nothing is free: records are dropped and counted until
 * it is put right.
 */
#define DAMON_RING_VERSION	1

/**
 * struct damon_ring_header - the first page of a mapped session
 * @size:	of this structure in the module
 * @version:	DAMON_RING_VERSION; more members change @size, anything else
 *		the version
 * @data_offset: where in the file the data is to be mapped
 * @data_size:	bytes of data, a power of two
 * @reserved1:	0
 * @data_head:	written by the module: the end of the last record
 * @nr_lost:	written by the module: records dropped since CREATE
 * @reserved2:	0
 * @data_tail:	written by the reader: the end of what it has handled
 * @reserved3:	0
 */
struct damon_ring_header {
	__u32 size;
	__u32 version;
	__u64 data_offset;
	__u64 data_size;
	__u64 reserved1[5];
	__u64 data_head;
	__u64 nr_lost;
	__u64 reserved2[6];
	__u64 data_tail;
	__u64 reserved3[15];
};

#endif /* _UAPI_DAMON_DEVICE_H */
