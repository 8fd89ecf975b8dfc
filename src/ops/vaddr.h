/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_OPS_VADDR_H
#define DAMON_OPS_VADDR_H

#include <linux/list.h>
#include <linux/types.h>

struct cred;
struct damon_crowd;
struct damon_hits;
struct damon_member;
struct damon_ops;
struct damon_pass_stats;
struct damon_probe;
struct damon_range;
struct damon_region;
struct damos_done;
struct damos_order;
struct mm_struct;
struct pid;
struct vm_area_struct;

/**
 * struct damon_vaddr_options - how an address space is to be observed
 * @own_bits_only:	the watcher may see what this process does, but nothing
 *			that others do with the same pages
 * @flush_tlb:		have processors forget translations in each pass
 * @nr_pieces:		0 for three ranges around the two biggest holes; else
 *			up to so many ranges of mapped memory
 * @cred:		under whose credentials actions are; NULL: the kernel's
 */
struct damon_vaddr_options {
	bool own_bits_only;
	bool flush_tlb;
	u32 nr_pieces;
	const struct cred *cred;
};

/**
 * struct damon_vaddr_target - an address space under observation
 * @mm:			reference by mmgrab(): the structure stays, the memory
 *			is free to go with its last user.  NULL for a cgroup, and
 *			for a vacant seat, if it is not that of who sat there last
 * @process:		whose address space it is to be, also after exec, or NULL;
 *			we hold a reference
 * @fresh:		@mm is another than that in which regions were sampled
 * @fresh_hits:		the same, where probes have looked
 * @stale:		@mm may cover other memory than was told
 * @settle_at:		when @mm is to be looked at again, because it had not been for
 *			long what it is; 0: at updates only
 * @settle_step:	time from the last such look to @settle_at
 * @options:		see there; constant.  We hold a reference to the credentials
 * @pieces:		where mapped memory is listed, or NULL
 * @room:		how much fits there
 * @huge_shift:		no page met so far was larger than that: PAGE_SHIFT, or
 *			PMD_SHIFT once there was a huge one, or PUD_SHIFT once there
 *			was one of hugetlb's large ones
 * @crowd:		the processes that join it, or NULL; owned
 * @member:		for a seat: who of them sits there, if it still belongs to them
 * @peers:		the other targets of its context, where any has a crowd
 *
 * With @process, @mm is exchanged by the owner of the context.  @fresh,
 * @fresh_hits, @stale, @settle_*, @pieces, @huge_shift, @member and @peers are used
 * by the owner of the context only.
 *
 * Owned by a damon_ctx, which puts it through damon_vaddr_ops or
 * damon_fvaddr_ops.
 */
struct damon_vaddr_target {
	struct mm_struct *mm;
	struct pid *process;
	bool fresh;
	bool fresh_hits;
	bool stale;
	u64 settle_at;
	u64 settle_step;
	struct damon_vaddr_options options;
	struct damon_range *pieces;
	u32 room;
	unsigned int huge_shift;
	struct damon_crowd *crowd;
	struct damon_member *member;
	struct list_head peers;
};

/*
 * A pass drops what it holds after this many entries, or where it finds this much
 * time gone when it looks at the clock (see DAMON_VADDR_CLOCK_STRIDE).
 */
#define DAMON_VADDR_MAX_CHECKS	64
#define DAMON_VADDR_MAX_HOLD_NS	(100 * NSEC_PER_USEC)

extern const struct damon_ops damon_vaddr_ops;
extern const struct damon_ops damon_fvaddr_ops;

void *damon_vaddr_target(struct mm_struct *mm, struct pid *process,
			 const struct damon_vaddr_options *options);
bool damon_vaddr_follow(struct damon_vaddr_target *target);
void damon_vaddr_settle_begin(struct damon_vaddr_target *target);
void damon_vaddr_settle(struct damon_vaddr_target *target);

/**
 * damon_vaddr_key() - the key of a target that is a process
 * @process:	the process, to which somebody has a reference
 *
 * Return: never the address of an address space.
 */
static inline u64 damon_vaddr_key(const struct pid *process)
{
	return (unsigned long)process | 1;
}

/* vaddr_enter.c */
int damon_vaddr_enter(struct mm_struct *mm, u64 *patience_ns);
void damon_vaddr_leave(struct mm_struct *mm);
int damon_vaddr_enter_at(struct mm_struct *mm, unsigned long addr,
			 struct vm_area_struct **mapping, u64 *patience_ns);
void damon_vaddr_leave_at(struct mm_struct *mm, struct vm_area_struct *mapping);
int damon_vaddr_await_nobody(struct mm_struct *mm, u64 *patience_ns);

/* vaddr_sample.c */
bool damon_vaddr_sample(void *target, struct damon_region *regions, u32 nr,
			unsigned int what, struct damon_pass_stats *stats);
bool damon_vaddr_probe(void *target, const struct damon_probe *probes, u32 nr_probes,
		       struct damon_region *regions, struct damon_hits *hits, u32 nr,
		       struct damon_pass_stats *stats);

/* vaddr_ranges.c */
bool damon_vaddr_stale(void *target);
bool damon_vaddr_gone(void *target);
int damon_vaddr_ranges(void *target, struct damon_range *ranges, unsigned int max,
		       struct damon_pass_stats *stats);

/* vaddr_pieces.c */
int damon_vaddr_pieces(struct damon_vaddr_target *target, struct damon_range *ranges,
		       unsigned int max, struct damon_pass_stats *stats);

/* vaddr_act.c */
u64 damon_vaddr_act(void *target, const struct damos_order *order, u64 start, u64 end,
		    struct damos_done *done, struct damon_pass_stats *stats);

/* vaddr_advise.c */
u64 damon_vaddr_advise(struct damon_vaddr_target *target, const struct damos_order *order,
		       bool skips_young, u64 start, u64 end, struct damos_done *done,
		       struct damon_pass_stats *stats);

/* vaddr_join.c */
void damon_vaddr_lead(struct damon_vaddr_target *target, struct damon_crowd *crowd);
void damon_vaddr_meet(struct damon_vaddr_target *target, struct damon_vaddr_target *first);
bool damon_vaddr_gather(void *leader, bool all, struct damon_pass_stats *stats);
bool damon_vaddr_join(void *leader, void *seat, u64 *key, u32 *id);
u32 damon_vaddr_left_out(void *leader);
void damon_vaddr_inherit(void *leader, void *old);

#endif /* DAMON_OPS_VADDR_H */
