/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_KERNEL_CROWD_H
#define DAMON_KERNEL_CROWD_H

#include <linux/list.h>
#include <linux/types.h>

struct damon_crowd;
struct pid;

/**
 * struct damon_member - a process of a crowd
 * @pid:	the process, with a reference
 * @seat:	for who owns the crowd: where it is watched, or NULL
 * @elder:	for who owns the crowd: was watched before, and goes first
 * @refused:	for who owns the crowd: need not be tried again for now
 * @crowd:	where it belongs
 * @seen:	the look at all processes that has found it last
 * @link:	in its crowd
 * @hash:	among the members of all crowds
 *
 * Memory is the crowd's.  All behind @refused is of crowd.c.
 */
struct damon_member {
	struct pid *pid;
	void *seat;
	bool elder;
	bool refused;
	struct damon_crowd *crowd;
	u32 seen;
	struct list_head link;
	struct hlist_node hash;
};

struct damon_crowd *damon_crowd_of_tree(struct pid *root, u32 room);
struct damon_crowd *damon_crowd_of_cgroup(int fd, u32 room, const char **why);
void damon_crowd_free(struct damon_crowd *crowd);
u64 damon_crowd_key(const struct damon_crowd *crowd);
bool damon_crowd_is_over(const struct damon_crowd *crowd);
void damon_crowd_look(struct damon_crowd *crowd);
u32 damon_crowd_nr_beyond(const struct damon_crowd *crowd);
struct damon_member *damon_crowd_next(struct damon_crowd *crowd,
				      struct damon_member *member);
struct damon_member *damon_crowd_add(struct damon_crowd *crowd, struct pid *pid);
void damon_crowd_drop(struct damon_member *member);
bool damon_member_has_ended(const struct damon_member *member);
bool damon_member_has_left(const struct damon_member *member);
u32 damon_member_nr(const struct damon_member *member);

#endif /* DAMON_KERNEL_CROWD_H */
