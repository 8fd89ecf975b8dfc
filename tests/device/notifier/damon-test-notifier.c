// SPDX-License-Identifier: GPL-2.0
/*
 * A device that uses a process's memory through a secondary MMU, as a virtual
 * machine does; for tests only.
 *
 * The process opens /dev/damon-test-notifier and writes which of its memory the
 * device uses, all the time from then on; read() tells how often the device was
 * asked about that.  With NOTIFIER_LEND the device has the memory for itself.
 */
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "notifier.h"

/* int up to 6.12, bool in 7.3 */
#define young_t typeof(((struct mmu_notifier_ops *)NULL)->test_young(NULL, NULL, 0))

/**
 * struct plug - an open file
 * @sub:	registered once @use is valid; its mm is the one who wrote
 * @use:	what the device uses
 * @registered:	@sub is
 * @asked:	how often somebody asked about @use
 */
struct plug {
	struct mmu_notifier sub;
	struct notifier_use use;
	bool registered;
	atomic64_t asked;
};

static young_t uses(struct mmu_notifier *sub, u64 start, u64 end)
{
	struct plug *plug = container_of(sub, struct plug, sub);

	if (start >= plug->use.end || end <= plug->use.start)
		return false;
	atomic64_inc(&plug->asked);
	return true;
}

static young_t clear_young(struct mmu_notifier *sub, struct mm_struct *mm,
			   unsigned long start, unsigned long end)
{
	return uses(sub, start, end);
}

static young_t test_young(struct mmu_notifier *sub, struct mm_struct *mm,
			  unsigned long addr)
{
	return uses(sub, addr, addr + 1);
}

static const struct mmu_notifier_ops ops = {
	.clear_flush_young = clear_young,
	.clear_young = clear_young,
	.test_young = test_young,
};

#if IS_ENABLED(CONFIG_DEVICE_PRIVATE)
/* Up to 6.14 it takes ranges; see Kbuild. */
static struct page *lend_page(struct plug *plug, unsigned long addr)
{
	struct page *page = NULL;
#ifndef EXCLUSIVE_RANGES
	struct folio *folio;

	page = make_device_exclusive(current->mm, addr, plug, &folio);
#else
	int nr = make_device_exclusive_range(current->mm, addr, addr + PAGE_SIZE, &page, plug);

	if (nr < 0)
		page = ERR_PTR(nr);
	else if (!page)
		page = ERR_PTR(-EBUSY);
#endif
	return page;
}

static int lend(struct plug *plug)
{
	unsigned long addr;
	struct page *page;
	int err = 0;

	mmap_read_lock(current->mm);
	for (addr = plug->use.start; addr < plug->use.end; addr += PAGE_SIZE) {
		page = lend_page(plug, addr);
		if (IS_ERR(page)) {
			err = PTR_ERR(page);
			break;
		}
		unlock_page(page);
		put_page(page);
	}
	mmap_read_unlock(current->mm);
	return err;
}
#else
static int lend(struct plug *plug)
{
	return -EOPNOTSUPP;
}
#endif

static int plug_open(struct inode *inode, struct file *file)
{
	struct plug *plug = kzalloc(sizeof(*plug), GFP_KERNEL);

	if (!plug)
		return -ENOMEM;
	plug->sub.ops = &ops;
	file->private_data = plug;
	return 0;
}

static ssize_t plug_write(struct file *file, const char __user *from, size_t len,
			  loff_t *pos)
{
	struct plug *plug = file->private_data;
	int err;

	if (plug->registered)
		return -EBUSY;
	if (len != sizeof(plug->use))
		return -EINVAL;
	if (copy_from_user(&plug->use, from, len))
		return -EFAULT;
	err = mmu_notifier_register(&plug->sub, current->mm);
	if (err)
		return err;
	plug->registered = true;
	if (plug->use.flags & NOTIFIER_LEND)
		err = lend(plug);
	return err ? err : len;
}

static ssize_t plug_read(struct file *file, char __user *to, size_t len, loff_t *pos)
{
	struct plug *plug = file->private_data;
	u64 asked = atomic64_read(&plug->asked);

	if (len != sizeof(asked))
		return -EINVAL;
	return copy_to_user(to, &asked, len) ? -EFAULT : len;
}

static int plug_release(struct inode *inode, struct file *file)
{
	struct plug *plug = file->private_data;

	if (plug->registered)
		mmu_notifier_unregister(&plug->sub, plug->sub.mm);
	kfree(plug);
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.open = plug_open,
	.read = plug_read,
	.write = plug_write,
	.release = plug_release,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "damon-test-notifier",
	.mode = 0666,
	.fops = &fops,
};
module_misc_device(device);

MODULE_DESCRIPTION("A user of secondary MMUs, to test monitoring");
MODULE_LICENSE("GPL");
