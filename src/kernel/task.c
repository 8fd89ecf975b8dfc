// SPDX-License-Identifier: GPL-2.0
/*
 * From a process as a user names it to its address space, with the check that
 * this user may watch it.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/pid.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/user_namespace.h>

#include "kernel/bind.h"
#include "kernel/task.h"

/**
 * damon_may_watch_all() - may the caller watch any process?
 *
 * Not audited: that somebody has to make do with less is no violation.
 *
 * Return: whether it has CAP_PERFMON (or CAP_SYS_ADMIN) in the initial user
 * namespace.
 */
bool damon_may_watch_all(void)
{
	return ns_capable_noaudit(&init_user_ns, CAP_PERFMON) ||
	       ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN);
}

/**
 * damon_may_watch_memory() - may the caller watch physical memory?
 *
 * Return: whether it has CAP_SYS_ADMIN in the initial user namespace.
 */
bool damon_may_watch_memory(void)
{
	return capable(CAP_SYS_ADMIN);
}

/**
 * damon_may_act() - may the caller do anything to processes that it may ptrace?
 *
 * Return: whether it has CAP_SYS_NICE in the initial user namespace, which is what
 * process_madvise() asks for.
 */
bool damon_may_act(void)
{
	return capable(CAP_SYS_NICE);
}

/**
 * damon_may_act_on_all() - may the caller ptrace any process?
 *
 * Return: whether it has CAP_SYS_PTRACE in the initial user namespace.
 */
bool damon_may_act_on_all(void)
{
	return capable(CAP_SYS_PTRACE);
}

static struct pid *pid_of_pidfd(s32 fd, const char **why)
{
	unsigned int flags;
	struct pid *pid;

	if (!damon_has(pidfd_get_pid)) {
		*why = "this kernel does not let the module use pidfds; give the pid";
		return ERR_PTR(-EOPNOTSUPP);
	}
	pid = damon_call(pidfd_get_pid)(fd, &flags);
	if (IS_ERR(pid)) {
		*why = "the file descriptor is no pidfd";
		return ERR_PTR(-EBADF);
	}
	return pid;
}

static struct pid *pid_of_number(s32 nr, const char **why)
{
	struct pid *pid;

	if (nr < 0) {
		*why = "a pid is not negative";
		return ERR_PTR(-EINVAL);
	}
	pid = nr ? find_get_pid(nr) : get_pid(task_tgid(current));
	if (!pid) {
		*why = "there is no such process";
		return ERR_PTR(-ESRCH);
	}
	return pid;
}

static bool may_trace(struct task_struct *task)
{
	/* Where nobody can be asked, who may trace everybody. */
	if (!damon_has(ptrace_may_access))
		return damon_may_act_on_all();
	return damon_call(ptrace_may_access)(task, PTRACE_MODE_READ_REALCREDS);
}

static bool may_watch(struct task_struct *task, struct mm_struct *mm)
{
	if (mm == current->mm || damon_may_watch_all())
		return true;
	return damon_has(ptrace_may_access) && may_trace(task);
}

/**
 * damon_thread_with_mm() - a thread of a process that still has its address space
 * @task:	the process's first thread, which may have ended before others
 *
 * Called within rcu_read_lock(), which is how long what it returns is there.
 *
 * Return: @task where that will do, or another one; NULL if all are ending.
 */
struct task_struct *damon_thread_with_mm(struct task_struct *task)
{
	struct task_struct *thread;

	if (likely(READ_ONCE(task->mm)))
		return task;
	/* Who has only ended is told apart without a walk. */
	if (!atomic_read(&task->signal->live))
		return NULL;
	for_each_thread(task, thread) {
		if (READ_ONCE(thread->mm))
			return thread;
	}
	return NULL;
}

/* With a reference in place of the one to @task; @task itself if no thread will do. */
static struct task_struct *thread_with_mm(struct task_struct *task)
{
	struct task_struct *thread;

	rcu_read_lock();
	thread = damon_thread_with_mm(task);
	if (thread)
		get_task_struct(thread);
	rcu_read_unlock();
	if (!thread)
		return task;
	put_task_struct(task);
	return thread;
}

/*
 * The address space of @task, checked.  exec_update_lock keeps the task from
 * changing credentials and address space between the two looks.
 */
static struct mm_struct *mm_of_task(struct task_struct *task, bool to_act,
				    const char **why)
{
	struct mm_struct *mm;

	if (task->flags & PF_KTHREAD) {
		*why = "it is a kernel thread and has no address space";
		return ERR_PTR(-EINVAL);
	}
	if (down_read_killable(&task->signal->exec_update_lock)) {
		*why = "interrupted";
		return ERR_PTR(-EINTR);
	}
	mm = get_task_mm(task);
	if (!mm) {
		*why = "the process has ended";
		mm = ERR_PTR(-ESRCH);
	} else if (!may_watch(task, mm)) {
		*why = "watching it needs CAP_PERFMON, or the right to ptrace it";
		mmput(mm);
		mm = ERR_PTR(-EPERM);
	} else if (to_act && mm != current->mm && !may_trace(task)) {
		*why = "schemes that do more than count need the right to ptrace it";
		mmput(mm);
		mm = ERR_PTR(-EPERM);
	}
	up_read(&task->signal->exec_update_lock);
	if (IS_ERR(mm))
		return mm;

	/* Keep the structure, not the memory: exit must be able to free that. */
	mmgrab(mm);
	mmput(mm);
	return mm;
}

/**
 * damon_task_mm() - the address space of a process that the caller may watch
 * @nr:		pid in the caller's pid namespace, 0 for the caller's own
 *		process, or a pidfd
 * @is_pidfd:	whether @nr is a pidfd
 * @to_act:	the caller must have the right to ptrace it, too
 * @process:	out: the process, with a reference to drop by put_pid(), if this
 *		succeeds; NULL if not wanted
 * @why:	set to a constant text on failure
 *
 * Must run in the caller's context: pids, file descriptors and credentials
 * are those of current.  May sleep.
 *
 * Return: the mm with a reference to drop by mmdrop(), or ERR_PTR(): -ESRCH
 * gone, -EPERM, -EINVAL kernel thread or negative pid, -EBADF, -EOPNOTSUPP,
 * -EINTR.
 */
struct mm_struct *damon_task_mm(s32 nr, bool is_pidfd, bool to_act, struct pid **process,
				const char **why)
{
	struct task_struct *task;
	struct mm_struct *mm;
	struct pid *pid;

	pid = is_pidfd ? pid_of_pidfd(nr, why) : pid_of_number(nr, why);
	if (IS_ERR(pid))
		return ERR_CAST(pid);
	task = get_pid_task(pid, PIDTYPE_PID);
	put_pid(pid);
	if (!task) {
		*why = "the process has ended";
		return ERR_PTR(-ESRCH);
	}
	task = thread_with_mm(task);
	mm = mm_of_task(task, to_act, why);
	if (process && !IS_ERR(mm)) {
		/* It may be released this moment; the process then has ended. */
		rcu_read_lock();
		*process = get_pid(task_tgid(task));
		rcu_read_unlock();
		if (!*process) {
			mmdrop(mm);
			*why = "the process has ended";
			mm = ERR_PTR(-ESRCH);
		}
	}
	put_task_struct(task);
	return mm;
}

/**
 * damon_process_mm() - the address space that a process has now
 * @process:	a process's pid
 * @known:	the one that it had; the caller's reference keeps it from being
 *		taken for another
 *
 * No check of rights.  Any context that may take a task's lock.
 *
 * Return: the mm with a reference to drop by mmdrop(), or NULL if it is still
 * @known, or the process has ended or is about to.
 */
struct mm_struct *damon_process_mm(struct pid *process, const struct mm_struct *known)
{
	struct task_struct *task;
	struct mm_struct *mm;

	/* Nearly always, so cheaply: @known is not looked into. */
	rcu_read_lock();
	task = pid_task(process, PIDTYPE_TGID);
	if (task)
		task = damon_thread_with_mm(task);
	if (likely(!task || READ_ONCE(task->mm) == known)) {
		rcu_read_unlock();
		return NULL;
	}
	get_task_struct(task);
	rcu_read_unlock();
	mm = get_task_mm(task);
	put_task_struct(task);
	if (!mm)
		return NULL;
	if (mm != known)
		mmgrab(mm);
	/* Should it end meanwhile, its memory is not for us to tear down. */
	mmput_async(mm);
	return mm != known ? mm : NULL;
}
