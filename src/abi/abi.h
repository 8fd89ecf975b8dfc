/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/damon: the char device and its sessions.
 *
 * What user space is promised stands in include/uapi/damon/device.h.  Here is
 * how it is kept; what src/sysfs and src/api share with it, schemes and their
 * checks among it, is declared here, too.
 *
 * Objects
 *
 *	damon_session	one session fd.  Made by CREATE, freed by its release(),
 *			which runs when no operation on the file is left.
 *	damon_monitor	the worker and its damon_ctx, the configuration and its
 *			regions; see src/monitor.
 *	damon_handover	a new configuration on its way to a running worker.  On
 *			the stack of the COMMIT that waits for it.
 *	damon_results	three buffers for finished windows, counted: one count
 *			each for who fills them next, for the published and for
 *			the pinned window.
 *	damon_seen	what the schemes of a configuration have done, in three
 *			buffers each, likewise.
 *	damon_ring	records.  Written by the owner of the context alone,
 *			read under damon_session.read_lock, or by user space in
 *			its own mapping.
 *	damon_user	how many sessions a user has.
 *
 * Locks of this folder, outer ones first; what is not in one line is never
 * held together
 *
 *	damon_monitor.lock	 -> see src/monitor: COMMIT, START and STOP hold it
 *	damon_view.read_lock	 -> damon_view.lock
 *	damon_view.read_lock	 -> the reader's own mmap_lock (copying out)
 *	damon_seen_view.read_lock -> damon_seen_view.lock, damon_seen.lock
 *	damon_seen_view.read_lock -> the reader's own mmap_lock (copying out)
 *	damon_session.read_lock	 -> the reader's own mmap_lock (copying out); under
 *				    that, in mmap(), it is only tried
 *	damon_user_lock
 *
 * The worker takes damon_view.lock, damon_seen_view.lock and damon_seen.lock,
 * spinlocks held for a few assignments, and the lock of the readers' wait queue;
 * never a mutex.
 * It takes none of them in a sampling pass (but to tell of a target that is
 * gone), only when it is poked, when schemes were applied, at the end of a window
 * and at its own.  For a target it tries the mmap lock, or while that is busy the
 * lock of a mapping, and takes the locks of page tables below either, never while
 * it holds one of these.  No user memory is touched under
 * damon_monitor.lock, so a page fault that never ends (userfaultfd, FUSE)
 * holds up its own thread and other readers of that session, which wait
 * interruptibly, and nothing else.
 */
#ifndef DAMON_ABI_H
#define DAMON_ABI_H

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include <damon/device.h>

#include "abi/records.h"
#include "core/core.h"
#include "damos/damos.h"
#include "kernel/shared.h"
#include "monitor/monitor.h"

struct damon_plan_schemes;
struct damon_seen;
struct damon_user;
struct damon_vaddr_options;
struct damonx_schemes;

/* device.c */
int damon_abi_init(void);
void damon_abi_exit(void);

/* Longest text for a caller's @msg, with its NUL. */
#define DAMON_TEXT_LEN	240

/**
 * struct damon_request - one ioctl call
 * @arg:	the caller's structure
 * @size:	its size as the caller has it
 * @msg:	the caller's buffer for a text, or NULL
 * @msg_len:	its size, not 0 if @msg is set
 * @text:	why the call fails; empty if there is nothing better than errno
 *
 * On the stack of the call, seen by its thread only.
 */
struct damon_request {
	void __user *arg;
	u32 size;
	char __user *msg;
	u32 msg_len;
	char text[DAMON_TEXT_LEN];
};

/* request.c */
int damon_request_get(struct damon_request *req, void __user *arg,
		      void *buf, size_t size, size_t first_size);
int damon_request_put(const struct damon_request *req, const void *buf,
		      size_t size);
__printf(3, 4)
int damon_request_fail(struct damon_request *req, int err, const char *fmt, ...);
long damon_request_end(struct damon_request *req, long ret);
int damon_text_to_user(char __user *to, u32 room, const char *text, size_t len);

/**
 * struct damon_array - an array in the caller's memory
 * @name:	what the structure calls it
 * @size_name:	what the structure calls @size
 * @uptr:	where it is
 * @nr:		its elements
 * @size:	bytes of an element, as the caller has it
 * @known:	bytes of an element, as we have it
 */
struct damon_array {
	const char *name;
	const char *size_name;
	u64 uptr;
	u32 nr;
	u32 size;
	u32 known;
};

/* array.c */
int damon_array_check(struct damon_request *req, const struct damon_array *array);
void *damon_array_get(struct damon_request *req, const struct damon_array *array);
int damon_array_read(struct damon_request *req, const struct damon_array *array, void **to);
int damon_elements_check(struct damon_request *req, const char *name, u32 size,
			 size_t known);
int damon_elements_to_user(u64 uptr, size_t stride, const void *elements,
			   size_t known, u32 nr);

/**
 * struct damon_share - an array of which each element belongs to one owner
 * @owner:	what an owner is called
 * @what:	what an element is called
 * @count:	what the structure calls @nr
 * @nr:		its elements
 * @next:	the first one that is nobody's yet
 *
 * On the stack of a COMMIT.
 */
struct damon_share {
	const char *owner;
	const char *what;
	const char *count;
	u32 nr;
	u32 next;
};

/* share.c */
int damon_share_take(struct damon_request *req, struct damon_share *share, u32 index,
		     u32 first, u32 nr);
int damon_share_all(struct damon_request *req, const struct damon_share *share);

/**
 * struct damon_limits - what a caller may ask for
 * @min_sample_us:	smallest sampling interval
 * @max_nr_targets:	most targets in a session
 * @max_nr_regions:	largest max_nr_regions
 * @max_ring_bytes:	largest record buffer
 * @max_sessions:	most sessions of a user at a time, 0 if unlimited
 * @own_bits_only:	its targets' page table entries are all it may learn
 *			from
 * @rest:		how many times as long as it worked a worker rests
 *
 * Constant.
 */
struct damon_limits {
	u64 min_sample_us;
	u32 max_nr_targets;
	u32 max_nr_regions;
	u32 max_ring_bytes;
	u32 max_sessions;
	bool own_bits_only;
	unsigned int rest;
};

/* budget.c */
extern const struct damon_limits damon_limits_most;
const struct damon_limits *damon_limits_of_caller(void);
struct damon_user *damon_user_get(const struct damon_limits *limits, struct damon_rests *owed);
void damon_user_put(struct damon_user *user, const struct damon_rests *owed);
void damon_users_forget(void);

/**
 * struct damon_view - the windows of a session that can be read
 * @read_lock:	serialises readers; protects @pinned and is held while they copy
 *		out of it
 * @lock:	protects @published, and @pinned against the worker, which looks
 *		for a buffer that is neither
 * @published:	the newest window, or NULL
 * @pinned:	the window that SNAPSHOT began last, or NULL
 * @writing:	buffers for the next window, or NULL before the first COMMIT;
 *		belongs to the owner of the session's context
 *
 * Of three buffers one can be published and one pinned, so that the worker
 * always finds one to fill and never waits for readers.
 */
struct damon_view {
	struct mutex read_lock;
	spinlock_t lock;
	struct damon_result *published;
	struct damon_result *pinned;
	struct damon_results *writing;
};

/* snapshot.c */
struct damon_results *damon_results_create(u32 capacity, bool has_hits);
void damon_results_put(struct damon_results *set);
void damon_view_init(struct damon_view *view);
void damon_view_destroy(struct damon_view *view);
struct damon_results *damon_view_switch(struct damon_view *view,
					struct damon_results *next);
const struct damon_result *damon_view_publish(struct damon_view *view,
					      const struct damon_window *window,
					      u64 seq);
u32 damon_view_nr_regions(struct damon_view *view);

/**
 * struct damon_seen_view - what can be read of a session's schemes
 * @read_lock:	serialises readers; held while they copy out
 * @lock:	protects @seen.  A leaf
 * @seen:	of the committed configuration, or NULL before the first
 */
struct damon_seen_view {
	struct mutex read_lock;
	spinlock_t lock;
	struct damon_seen *seen;
};

/**
 * struct damon_seen_scheme - what a reader in the kernel gets to see of a scheme
 * @info:	what DAMON_IOC_SCHEME tells; only what is out
 * @goals:	@info->nr_goals goals
 * @tried:	@info->nr_kept tried regions
 * @hits:	for each of those what probes have found, by probe
 */
struct damon_seen_scheme {
	const struct damon_scheme *info;
	const struct damon_goal_info *goals;
	const struct damon_tried_info *tried;
	const u32 (*hits)[DAMON_MAX_PROBES];
};

typedef void (*damon_seen_fn)(void *data, const struct damon_seen_scheme *seen);

/* schemes.c */
extern const struct damos_sink damon_seen_sink;
struct damon_seen *damon_seen_create(const struct damos_conf *confs, u32 nr, u32 ctx_id);
void damon_seen_put(struct damon_seen *seen);
void damon_seen_init(struct damon_seen_view *view);
void damon_seen_destroy(struct damon_seen_view *view);
struct damon_seen *damon_seen_switch(struct damon_seen_view *view, struct damon_seen *next);
int damon_seen_read(struct damon_seen_view *view, u32 index, damon_seen_fn fn, void *data);

/**
 * struct damon_status - what anybody may look at while the worker runs
 * @state:	DAMON_STATE_*; see damon_state() and damon_set_state()
 * @started:	a worker ran at least once; released by it after @state became
 *		DAMON_STATE_RUNNING or _PAUSED
 * @pid:	the worker's pid in the initial namespace, 0 if it does not run
 * @nr_targets:	in the committed configuration
 * @nr_left_out: processes for which there was no seat at the last update
 * @seq:	complete windows since CREATE
 * @nr_ticks:	sampling passes since START
 * @nr_checks:	samples checked since START
 * @nr_missed:	samples not taken since START
 *
 * Each is stored and loaded on its own; nothing here is consistent with
 * another member, which its users do not need.
 */
struct damon_status {
	u32 state;
	bool started;
	pid_t pid;
	u32 nr_targets;
	u32 nr_left_out;
	atomic64_t seq;
	atomic64_t nr_ticks;
	atomic64_t nr_checks;
	atomic64_t nr_missed;
};

/**
 * struct damon_handover - a configuration to be taken by a worker
 * @ctx:	in: the new context; out: the old one, which may be NULL
 * @results:	in: new buffers, or NULL to keep the old ones; out: those to
 *		give up, or NULL
 * @seen:	in: what the schemes of @ctx tell; out: of the old one's, to be given
 *		up after it
 * @call:	for the worker
 */
struct damon_handover {
	struct damon_ctx *ctx;
	struct damon_results *results;
	struct damon_seen *seen;
	struct damon_monitor_call call;
};

/**
 * struct damon_session - a session fd
 * @id:		its number in trace events; constant
 * @monitor:	the worker and the configuration; its lock serialises COMMIT,
 *		START and STOP, and protects @capacity and @has_hits, and
 *		@view.writing while no worker lives
 * @capacity:	regions for which the last committed configuration has room
 * @has_hits:	it has probes
 * @view:	finished windows
 * @schemes:	what schemes have done
 * @read_lock:	serialises read() and the first mmap()
 * @ring:	records; without any if its size is 0, which is constant
 * @memory:	what @ring is in
 * @status:	see struct damon_status
 * @intervals:	of the configuration, as readers know them; the owner of the
 *		context's
 * @readers:	waiting for records or for the worker's end
 * @user:	whose budget it counts against, or NULL; constant
 *
 * Owned by its file: created by CREATE, freed by release().
 */
struct damon_session {
	u32 id;
	struct damon_monitor monitor;
	u32 capacity;
	bool has_hits;

	struct damon_view view;
	struct damon_seen_view schemes;
	struct mutex read_lock;
	struct damon_ring ring;
	struct damon_shared memory;
	struct damon_status status;
	struct damon_intervals intervals;
	wait_queue_head_t readers;

	struct damon_user *user;
};

/**
 * damon_state() - what the session does now
 * @s:	the session
 *
 * Who sees that the worker has ended sees all that it left.
 *
 * Return: DAMON_STATE_*.
 */
static inline u32 damon_state(const struct damon_session *s)
{
	/* Pairs with damon_set_state(). */
	return smp_load_acquire(&s->status.state);
}

/**
 * damon_set_state() - say what the session does now
 * @s:		the session
 * @state:	DAMON_STATE_*
 *
 * By the worker, or with damon_monitor.lock held while there is none.
 */
static inline void damon_set_state(struct damon_session *s, u32 state)
{
	/* Pairs with damon_state(): first the results, then this. */
	smp_store_release(&s->status.state, state);
}

/**
 * struct damon_plan - a checked configuration, from which a context is made
 * @ops:	operations set
 * @addr_unit:	bytes that an address stands for
 * @min_region_sz: smallest region, in such addresses
 * @end:	where addresses end
 * @ranges_needed: each target must have ranges
 * @attrs:	intervals and numbers of regions
 * @paused:	it shall take no samples
 * @rest:	damon_limits.rest of the caller
 * @specs:	@nr_targets targets, seats behind those of the caller's
 * @nr_targets:	how many of @specs hold a reference to their target
 * @nr_leaders:	how many of the caller's targets are joined by others
 * @nr_seats:	seats that each of them has
 * @seat_pieces: damon_vaddr_options.nr_pieces of who joins
 * @ranges:	the ranges of all targets, to which @specs point
 * @probes:	the probes, @nr_probes of them
 * @nr_probes:	how many of @probes hold a reference
 * @schemes:	the schemes, or NULL if there are none
 * @acts:	they do more than count: the caller must have the right to
 *
 * On the stack of a COMMIT, seen by its thread only.
 */
struct damon_plan {
	const struct damon_ops *ops;
	u64 addr_unit;
	u64 min_region_sz;
	u64 end;
	bool ranges_needed;
	struct damon_attrs attrs;
	bool paused;
	unsigned int rest;
	struct damon_target_spec *specs;
	u32 nr_targets;
	u32 nr_leaders;
	u32 nr_seats;
	u32 seat_pieces;
	struct damon_range *ranges;
	struct damon_probe probes[DAMON_MAX_PROBES];
	u32 nr_probes;
	struct damon_plan_schemes *schemes;
	bool acts;
};

/* commit_probes.c */
int damon_probes_allowed(struct damon_request *req, const struct damon_commit *conf,
			 const struct damon_limits *limits);
int damon_plan_probes(struct damon_request *req, struct damon_plan *plan,
		      const struct damon_commit *conf);

/* commit_schemes.c */
int damon_schemes_allowed(struct damon_request *req, const struct damon_commit *conf);
int damon_plan_schemes(struct damon_request *req, struct damon_plan *plan,
		       const struct damon_commit *conf, const struct damon_limits *limits);
int damon_schemes_observable(struct damon_request *req, const struct damon_plan *plan);
int damon_plan_schemes_of_kernel(struct damon_request *req, struct damon_plan *plan,
				 const struct damonx_schemes *from, u32 nr_targets);
void damon_plan_schemes_free(struct damon_plan_schemes *schemes);
struct damos *damon_schemes_make(struct damon_plan *plan, struct damon_seen *seen);
struct damon_seen *damon_schemes_seen(const struct damon_plan *plan, u32 ctx_id);

/* commit_join.c */
int damon_check_join(struct damon_request *req, const struct damon_target_conf *t,
		     u32 index);
u32 damon_count_leaders(const struct damon_target_conf *targets, u32 nr);
int damon_share_seats(struct damon_request *req, struct damon_plan *plan,
		      const struct damon_commit *conf);
int damon_plan_tree(struct damon_request *req, struct damon_plan *plan,
		    const struct damon_target_conf *t, u32 index);
int damon_plan_cgroup(struct damon_request *req, struct damon_plan *plan,
		      const struct damon_target_conf *t, u32 index,
		      const struct damon_vaddr_options *options);
int damon_plan_seats(struct damon_plan *plan, const struct damon_target_conf *targets,
		     u32 nr_targets, const struct damon_vaddr_options *options);

/* commit_ops.c */
u64 damon_ops_usable(void);
int damon_plan_ops(struct damon_request *req, struct damon_plan *plan,
		   const struct damon_commit *conf);
int damon_plan_memory(struct damon_request *req, struct damon_plan *plan,
		      const struct damon_target_conf *t);

/* session.c */
int damon_session_open(struct damon_request *req, u32 ring_bytes);
int damon_session_commit(struct damon_session *s, struct damon_plan *plan);

/* session_worker.c */
extern const struct damon_sink damon_session_sink;
extern const struct damon_monitor_ops damon_session_monitor_ops;
int damon_session_run(struct damon_session *s, struct damon_request *req);
int damon_session_install(struct damon_session *s, struct damon_handover *h);

/* Calls on a session, one file each. */
long damon_ioctl_commit(struct damon_session *s, void __user *arg);
long damon_ioctl_snapshot(struct damon_session *s, void __user *arg);
long damon_ioctl_scheme(struct damon_session *s, void __user *arg);

/* read.c, ring_file.c: the records of a session */
ssize_t damon_session_read_iter(struct kiocb *iocb, struct iov_iter *to);
__poll_t damon_session_poll(struct file *file, poll_table *wait);
int damon_session_ring_create(struct damon_session *s, struct damon_request *req,
			      u32 bytes);
void damon_session_ring_destroy(struct damon_session *s);
int damon_session_mmap(struct file *file, struct vm_area_struct *vma);

/**
 * damon_session_ring() - the session's records
 * @s:	the session
 *
 * Return: the ring, or NULL if it has none.
 */
static inline struct damon_ring *damon_session_ring(struct damon_session *s)
{
	return s->ring.size ? &s->ring : NULL;
}

#endif /* DAMON_ABI_H */
