/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_KERNEL_TASK_H
#define DAMON_KERNEL_TASK_H

#include <linux/types.h>

struct mm_struct;
struct pid;
struct task_struct;

struct mm_struct *damon_task_mm(s32 nr, bool is_pidfd, bool to_act, struct pid **process,
				const char **why);
struct mm_struct *damon_process_mm(struct pid *process, const struct mm_struct *known);
struct task_struct *damon_thread_with_mm(struct task_struct *task);
bool damon_may_watch_all(void);
bool damon_may_watch_memory(void);
bool damon_may_act(void);
bool damon_may_act_on_all(void);

#endif /* DAMON_KERNEL_TASK_H */
