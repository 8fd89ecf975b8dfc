// SPDX-License-Identifier: GPL-2.0
/*
 * Crowds: the processes of a tree (one, its children, theirs and so on), or of
 * a cgroup.
 *
 * Who belongs is known from two sources.  Forks of members are told at once
 * (forks.c): without that, who was forked by a process that has ended since
 * could not be found any more.  A look at all processes under RCU finds those of
 * a cgroup that were moved there, or have left; of a tree, those who were there
 * before we were, and those for whom there was no room when they were forked, as
 * long as their parents live.  It takes no lock that others wait for, as an
 * iterator over a cgroup's tasks would, and the time that it takes is at most a
 * twentieth of all, for each crowd.
 *
 * A member is a process, not an address space: whether it has one of its own is
 * for who watches it to see.
 */
#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/hashtable.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "core/core.h"
#include "kernel/crowd.h"
#include "kernel/forks.h"
#include "kernel/task.h"

/* After a look at all processes, how many times as long there is none. */
#define REST_FACTOR	20

/**
 * struct damon_crowd - processes that belong together
 * @cgroup:	they are those in there and below, with a reference; or NULL
 * @ns:		in which they are counted, with a reference
 * @hears:	forks are told
 * @members:	who is there; see crowd_lock
 * @unused:	room for more; see crowd_lock
 * @missed:	somebody was forked and there was no room; see crowd_lock
 * @turn:	looks at all processes so far; written under crowd_lock, by the
 *		owner only
 * @complete:	the last one has seen all of them; the owner's own
 * @nr_beyond:	how many it has found for whom there was no room; the owner's
 * @rests_until: when there may be another one, as ktime_get_ns(); the owner's
 * @pool:	memory of all members
 *
 * Owned by a damon_vaddr_target.  The owner alone removes members, so it may walk
 * @members without a lock, while forks add some at the end.
 */
struct damon_crowd {
	struct cgroup *cgroup;
	struct pid_namespace *ns;
	bool hears;
	struct list_head members;
	struct list_head unused;
	bool missed;
	u32 turn;
	bool complete;
	u32 nr_beyond;
	u64 rests_until;
	struct damon_member *pool;
};

/*
 * Protects the table, and changes of @members, @unused and @missed of all crowds.
 * Taken in fork(), where nothing may sleep, also if the kernel's spinlocks do.
 * A leaf: nothing is taken inside.
 */
static DEFINE_RAW_SPINLOCK(crowd_lock);
static DEFINE_HASHTABLE(crowd_table, 10);

/* With crowd_lock held. */
static struct damon_member *find(const struct damon_crowd *crowd, const struct pid *pid)
{
	struct damon_member *m;

	hash_for_each_possible(crowd_table, m, hash, (unsigned long)pid) {
		/* cppcheck-suppress uninitvar */
		if (m->pid == pid && m->crowd == crowd)
			return m;
	}
	return NULL;
}

/* With crowd_lock held; @pid is no member, and stays meanwhile.  NULL without room. */
static struct damon_member *add(struct damon_crowd *crowd, struct pid *pid)
{
	struct damon_member *m;

	m = list_first_entry_or_null(&crowd->unused, struct damon_member, link);
	if (!m)
		return NULL;
	list_del(&m->link);
	m->pid = get_pid(pid);
	m->seat = NULL;
	m->elder = false;
	m->refused = false;
	m->seen = crowd->turn;
	hash_add(crowd_table, &m->hash, (unsigned long)pid);
	list_add_tail_rcu(&m->link, &crowd->members);
	return m;
}

static bool is_in_cgroup(const struct damon_crowd *crowd, struct task_struct *task)
{
	bool is;

	rcu_read_lock();
	is = task_under_cgroup_hierarchy(task, crowd->cgroup);
	rcu_read_unlock();
	return is;
}

/**
 * damon_crowd_forked() - a process has been forked
 * @parent:	by whom: the caller
 * @child:	which; has not run yet
 *
 * Never sleeps.
 */
void damon_crowd_forked(struct task_struct *parent, struct task_struct *child)
{
	struct pid *pid = task_tgid(parent);
	struct damon_member *m;

	raw_spin_lock(&crowd_lock);
	hash_for_each_possible(crowd_table, m, hash, (unsigned long)pid) {
		struct damon_crowd *crowd = m->crowd;

		/* It may have been forked right into another cgroup. */
		/* cppcheck-suppress uninitvar */
		if (m->pid != pid || (crowd->cgroup && !is_in_cgroup(crowd, child)))
			continue;
		/* A look may have found it before us. */
		if (!find(crowd, task_tgid(child)) && !add(crowd, task_tgid(child)))
			crowd->missed = true;
	}
	raw_spin_unlock(&crowd_lock);
}

/*
 * May sleep.  The crowd is empty, and hears of forks if this kernel lets us.
 * Returns ERR_PTR(-ENOMEM) if memory is short.
 */
static struct damon_crowd *crowd_create(u32 room)
{
	struct damon_crowd *crowd = kzalloc(sizeof(*crowd), GFP_KERNEL_ACCOUNT);
	int err = -ENOMEM;
	u32 i;

	if (!crowd)
		return ERR_PTR(-ENOMEM);
	crowd->pool = damon_zalloc(room, sizeof(*crowd->pool));
	if (!crowd->pool)
		goto free_crowd;
	err = damon_forks_get();
	if (err && err != -EOPNOTSUPP)
		goto free_pool;
	crowd->hears = !err;
	INIT_LIST_HEAD(&crowd->members);
	INIT_LIST_HEAD(&crowd->unused);
	for (i = 0; i < room; i++) {
		crowd->pool[i].crowd = crowd;
		list_add_tail(&crowd->pool[i].link, &crowd->unused);
	}
	crowd->ns = get_pid_ns(task_active_pid_ns(current));
	return crowd;

free_pool:
	damon_free(crowd->pool);
free_crowd:
	kfree(crowd);
	return ERR_PTR(err);
}

/**
 * damon_crowd_of_tree() - a process and all that it forks, and so on
 * @root:	the process
 * @room:	for how many, at least 1
 *
 * The caller's pid namespace is that of damon_member_nr().  May sleep.
 *
 * Return: the crowd, with @root as its first member; ERR_PTR(-ENOMEM), or
 * ERR_PTR(-EOPNOTSUPP) where forks cannot be heard of.
 */
struct damon_crowd *damon_crowd_of_tree(struct pid *root, u32 room)
{
	struct damon_crowd *crowd = crowd_create(room);

	if (IS_ERR(crowd))
		return crowd;
	if (!crowd->hears) {
		damon_crowd_free(crowd);
		return ERR_PTR(-EOPNOTSUPP);
	}
	damon_crowd_add(crowd, root);
	return crowd;
}

/**
 * damon_crowd_of_cgroup() - the processes of a cgroup and of those below it
 * @fd:		its directory; one of the caller's
 * @room:	for how many, at least 1
 * @why:	set to a constant text on failure, but if memory is short
 *
 * Where forks cannot be heard of, they are found by damon_crowd_look() only.  The
 * caller's pid namespace is that of damon_member_nr().  May sleep.
 *
 * Return: the crowd, without members; or ERR_PTR(): -EBADF, -ENOENT or what
 * the kernel has against @fd; -ENOMEM.
 */
struct damon_crowd *damon_crowd_of_cgroup(int fd, u32 room, const char **why)
{
	struct damon_crowd *crowd;
	struct cgroup *cgroup;

	cgroup = cgroup_get_from_fd(fd);
	if (IS_ERR(cgroup)) {
		*why = "the file descriptor is no directory of a cgroup of version 2 that exists";
		return ERR_CAST(cgroup);
	}
	crowd = crowd_create(room);
	if (IS_ERR(crowd)) {
		cgroup_put(cgroup);
		return crowd;
	}
	crowd->cgroup = cgroup;
	return crowd;
}

/**
 * damon_crowd_free() - forget a crowd
 * @crowd:	the crowd, or NULL; nobody uses its members any more
 *
 * May sleep.
 */
void damon_crowd_free(struct damon_crowd *crowd)
{
	struct damon_member *m;

	if (!crowd)
		return;
	while ((m = damon_crowd_next(crowd, NULL)))
		damon_crowd_drop(m);
	/* Without members, forks do not lead here. */
	if (crowd->hears)
		damon_forks_put();
	if (crowd->cgroup)
		cgroup_put(crowd->cgroup);
	put_pid_ns(crowd->ns);
	damon_free(crowd->pool);
	kfree(crowd);
}

/**
 * damon_crowd_key() - what tells cgroups apart
 * @crowd:	that of a cgroup
 *
 * Return: the same for crowds of one cgroup.  Never the address of a pid or an
 * address space, nor one more.
 */
u64 damon_crowd_key(const struct damon_crowd *crowd)
{
	return (unsigned long)crowd->cgroup | 2;
}

/**
 * damon_crowd_is_over() - can nobody come any more?
 * @crowd:	that of a cgroup
 *
 * Return: whether the cgroup has been removed.
 */
bool damon_crowd_is_over(const struct damon_crowd *crowd)
{
	return !(READ_ONCE(crowd->cgroup->self.flags) & CSS_ONLINE);
}

/* By the owner, within rcu_read_lock().  Returns false if it belongs and there is no room. */
static bool meet(struct damon_crowd *crowd, struct task_struct *task)
{
	struct pid *pid = READ_ONCE(task->signal->pids[PIDTYPE_TGID]);
	struct task_struct *thread = damon_thread_with_mm(task);
	bool in_cgroup = crowd->cgroup && thread && is_in_cgroup(crowd, thread);
	struct damon_member *m;
	bool room = true;

	if (!pid || (crowd->cgroup && thread && !in_cgroup))
		return true;
	raw_spin_lock(&crowd_lock);
	/*
	 * A thread that has ended is not moved with its process, so where all have,
	 * the process is where it was seen last.
	 */
	m = find(crowd, pid);
	if (m)
		m->seen = crowd->turn;
	else if (thread &&
		 (in_cgroup || find(crowd, task_tgid(rcu_dereference(task->real_parent)))))
		room = add(crowd, pid);
	raw_spin_unlock(&crowd_lock);
	return room;
}

/*
 * Lets others run, if they want to.  Returns false if nobody knows who comes
 * behind @task any more: it has been taken off the list, or was replaced there by
 * another thread that executes a program, which comes before it is released.
 */
static bool breathe(struct task_struct *task)
{
	bool alive;

	if (likely(!need_resched()))
		return true;
	get_task_struct(task);
	rcu_read_unlock();
	cond_resched();
	rcu_read_lock();
	alive = pid_alive(task) && thread_group_leader(task);
	put_task_struct(task);
	return alive;
}

/* Parents are older than their children, and stand before them in the list. */
static void look_at_all(struct damon_crowd *crowd)
{
	struct task_struct *task;
	u32 nr_beyond = 0;

	raw_spin_lock(&crowd_lock);
	crowd->turn++;
	crowd->missed = false;
	raw_spin_unlock(&crowd_lock);

	crowd->complete = true;
	rcu_read_lock();
	for_each_process(task) {
		if (task->flags & PF_KTHREAD)
			continue;
		nr_beyond += !meet(crowd, task);
		if (!breathe(task)) {
			crowd->complete = false;
			break;
		}
	}
	rcu_read_unlock();
	crowd->nr_beyond = nr_beyond;
}

/**
 * damon_crowd_look() - find those of whom forks do not tell
 * @crowd:	the crowd; called by its owner
 *
 * Looks at all processes if there can be any, unless it was done shortly before.
 * May sleep; never allocates.
 */
void damon_crowd_look(struct damon_crowd *crowd)
{
	u64 begun = ktime_get_ns();
	u64 ended;

	if (begun < crowd->rests_until)
		return;
	/* Nobody is moved to where a cgroup was. */
	if (crowd->cgroup && damon_crowd_is_over(crowd) && list_empty(&crowd->members)) {
		crowd->nr_beyond = 0;
		return;
	}
	/* A tree has no others, but at first. */
	if (!crowd->cgroup && crowd->complete && !READ_ONCE(crowd->missed) &&
	    !crowd->nr_beyond)
		return;
	look_at_all(crowd);
	ended = ktime_get_ns();
	crowd->rests_until = ended + REST_FACTOR * (ended - begun);
}

/**
 * damon_crowd_nr_beyond() - processes for whom there is no room
 * @crowd:	the crowd; called by its owner
 *
 * Return: how many were found at the last look.
 */
u32 damon_crowd_nr_beyond(const struct damon_crowd *crowd)
{
	return crowd->nr_beyond;
}

/**
 * damon_crowd_next() - walk the members
 * @crowd:	the crowd; called by its owner
 * @member:	the one before, or NULL for the first
 *
 * Return: the next one, in the order in which they came; or NULL.
 */
struct damon_member *damon_crowd_next(struct damon_crowd *crowd,
				      struct damon_member *member)
{
	struct list_head *at = member ? &member->link : &crowd->members;

	return list_next_or_null_rcu(&crowd->members, at, struct damon_member, link);
}

/**
 * damon_crowd_add() - make a process a member
 * @crowd:	the crowd; called by its owner
 * @pid:	the process
 *
 * Return: the member, which may have been there; NULL if there is no room.
 */
struct damon_member *damon_crowd_add(struct damon_crowd *crowd, struct pid *pid)
{
	struct damon_member *m;

	raw_spin_lock(&crowd_lock);
	m = find(crowd, pid);
	if (!m)
		m = add(crowd, pid);
	if (!m)
		crowd->missed = true;
	raw_spin_unlock(&crowd_lock);
	return m;
}

/**
 * damon_crowd_drop() - forget a member
 * @member:	the member; called by the owner of its crowd
 */
void damon_crowd_drop(struct damon_member *member)
{
	struct damon_crowd *crowd = member->crowd;
	struct pid *pid = member->pid;

	raw_spin_lock(&crowd_lock);
	hash_del(&member->hash);
	list_del(&member->link);
	list_add(&member->link, &crowd->unused);
	raw_spin_unlock(&crowd_lock);
	put_pid(pid);
}

/**
 * damon_member_has_ended() - is the process gone?
 * @member:	the member; called by the owner of its crowd
 *
 * Return: true also if only its parent has not asked for its end yet, which may
 * never happen: by then its children have other parents.
 */
bool damon_member_has_ended(const struct damon_member *member)
{
	struct task_struct *task;
	bool ended;

	rcu_read_lock();
	task = pid_task(member->pid, PIDTYPE_TGID);
	ended = !task || (READ_ONCE(task->exit_state) && thread_group_empty(task));
	rcu_read_unlock();
	return ended;
}

/**
 * damon_member_has_left() - is the process in the cgroup no more?
 * @member:	the member; called by the owner of its crowd
 *
 * Return: so it was at the last look at all processes.
 */
bool damon_member_has_left(const struct damon_member *member)
{
	const struct damon_crowd *crowd = member->crowd;

	return crowd->cgroup && crowd->complete && member->seen != crowd->turn;
}

/**
 * damon_member_nr() - a member's process id
 * @member:	the member
 *
 * Return: as in the pid namespace of who made the crowd; 0 if it is not there.
 */
u32 damon_member_nr(const struct damon_member *member)
{
	return pid_nr_ns(member->pid, member->crowd->ns);
}
