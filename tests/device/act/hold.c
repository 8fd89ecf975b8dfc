// SPDX-License-Identifier: GPL-2.0
/*
 * A process that is busy: somebody has its mmap lock, as one of its threads could.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "hold.h"

/**
 * struct hold - a lock that is held
 * @mm:		whose
 * @write:	for writing
 * @held:	it is
 * @thread:	who has it
 */
struct hold {
	struct mm_struct *mm;
	bool write;
	struct completion held;
	struct task_struct *thread;
};

static void hold_on(struct hold *hold)
{
	complete(&hold->held);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

static int holder(void *data)
{
	struct hold *hold = data;

	if (hold->write) {
		mmap_write_lock(hold->mm);
		hold_on(hold);
		mmap_write_unlock(hold->mm);
	} else {
		mmap_read_lock(hold->mm);
		hold_on(hold);
		mmap_read_unlock(hold->mm);
	}
	return 0;
}

/*
 * Takes the lock; @mm, of which the caller has a user's reference, is given up when
 * that ends, or at an error.
 */
struct hold *hold_begin(struct mm_struct *mm, bool write)
{
	struct hold *hold = kzalloc(sizeof(*hold), GFP_KERNEL);
	int err = -ENOMEM;

	if (!hold)
		goto err_mm;
	hold->mm = mm;
	hold->write = write;
	init_completion(&hold->held);
	hold->thread = kthread_run(holder, hold, "damon-test-hold");
	err = PTR_ERR_OR_ZERO(hold->thread);
	if (err)
		goto err_hold;
	wait_for_completion(&hold->held);
	return hold;

err_hold:
	kfree(hold);
err_mm:
	mmput(mm);
	return ERR_PTR(err);
}

/* May be given NULL. */
void hold_end(struct hold *hold)
{
	if (!hold)
		return;
	kthread_stop(hold->thread);
	mmput(hold->mm);
	kfree(hold);
}
