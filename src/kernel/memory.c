// SPDX-License-Identifier: GPL-2.0
/*
 * Which physical memory there is, and staying out of what goes away.
 *
 * Blocks of memory can be taken offline at any time, and their struct pages may
 * be freed then.  Whoever looks at struct pages by number does so between
 * damon_memory_enter() and damon_memory_leave(), which are never far apart; the
 * kernel's notifier waits for that before it lets a block go, and from then
 * on damon_memory_page() knows no page in it.
 */
#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/init.h>
#include <linux/ioport.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mmzone.h>
#include <linux/notifier.h>
#include <linux/pfn.h>
#include <linux/rwsem.h>

#include "kernel/memory.h"

/*
 * Held for reading while struct pages are looked at, for writing while @leaving
 * changes.  Taken inside of the kernel's own lock for memory hotplug, and
 * outside of all that page tables and the reverse map need.
 */
static DECLARE_RWSEM(damon_memory_lock);

/*
 * The block that is being taken offline: the kernel does one at a time.  Once
 * it is gone pfn_to_online_page() knows.
 */
static struct {
	unsigned long pfn;
	unsigned long nr;
} leaving;

/* Counts blocks that came or went. */
static atomic_t changes = ATOMIC_INIT(0);

static void set_leaving(unsigned long pfn, unsigned long nr)
{
	down_write(&damon_memory_lock);
	leaving.pfn = pfn;
	leaving.nr = nr;
	up_write(&damon_memory_lock);
}

static int memory_changes(struct notifier_block *nb, unsigned long action, void *data)
{
	const struct memory_notify *block = data;

	switch (action) {
	case MEM_GOING_OFFLINE:
		set_leaving(block->start_pfn, block->nr_pages);
		break;
	case MEM_CANCEL_OFFLINE:
		set_leaving(0, 0);
		break;
	case MEM_OFFLINE:
		set_leaving(0, 0);
		atomic_inc(&changes);
		break;
	case MEM_ONLINE:
		atomic_inc(&changes);
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block memory_notifier = {
	.notifier_call = memory_changes,
};

/**
 * damon_memory_init() - begin to follow memory that comes and goes
 *
 * Return: 0 or a negative errno.
 */
int __init damon_memory_init(void)
{
	return register_memory_notifier(&memory_notifier);
}

/**
 * damon_memory_exit() - undo damon_memory_init()
 *
 * Waits for a notifier that is at work.
 */
void damon_memory_exit(void)
{
	unregister_memory_notifier(&memory_notifier);
}

/**
 * damon_memory_enter() - keep struct pages where they are
 * @mem:	to be filled in, for damon_memory_page()
 *
 * Until damon_memory_leave(), which is to come after at most some hundred
 * microseconds and in the same thread.  May sleep as long as others do that.
 */
void damon_memory_enter(struct damon_memory *mem)
{
	down_read(&damon_memory_lock);
	mem->nr = 0;
}

/**
 * damon_memory_leave() - undo damon_memory_enter()
 */
void damon_memory_leave(void)
{
	up_read(&damon_memory_lock);
}

/*
 * Remembers the section of a page that was found to be online.  It stays so:
 * it is not on its way out, and cannot be before damon_memory_leave().  Those
 * with holes or device memory in them are asked for page by page.
 */
static void remember_section(struct damon_memory *mem, unsigned long pfn)
{
	struct mem_section *section = __pfn_to_section(pfn);

	if (online_device_section(section) ||
	    !bitmap_full(section->usage->subsection_map, SUBSECTIONS_PER_SECTION))
		return;
	mem->first = pfn & PAGE_SECTION_MASK;
	mem->nr = PAGES_PER_SECTION;
}

/**
 * damon_memory_page_slow() - damon_memory_page() when not known to be online
 * @mem:	as there
 * @pfn:	as there
 *
 * Return: as there.
 */
struct page *damon_memory_page_slow(struct damon_memory *mem, unsigned long pfn)
{
	struct page *page;

	/* A block is a number of whole sections. */
	if (unlikely(pfn - leaving.pfn < leaving.nr))
		return NULL;
	page = pfn_to_online_page(pfn);
	if (page)
		remember_section(mem, pfn);
	return page;
}

/**
 * damon_memory_changes() - has memory come or gone?
 *
 * Return: a number that is another one after each change.
 */
u32 damon_memory_changes(void)
{
	return atomic_read(&changes);
}

/**
 * damon_memory_end() - where physical addresses end on this processor
 */
u64 damon_memory_end(void)
{
	return 1ULL << MAX_PHYSMEM_BITS;
}

/**
 * struct scan - a pass over all memory
 * @part:	whom to tell of what is online
 * @data:	for @part
 * @start:	where the part at hand begins
 * @end:	where it ends so far; @start if there is none
 */
struct scan {
	void (*part)(void *data, u64 start, u64 end);
	void *data;
	u64 start;
	u64 end;
};

static void scan_add(struct scan *scan, u64 start, u64 end)
{
	if (start != scan->end) {
		if (scan->start != scan->end)
			scan->part(scan->data, scan->start, scan->end);
		scan->start = start;
	}
	scan->end = end;
}

/* Memory that is offline is listed, too: leave out its sections. */
static int scan_resource(struct resource *res, void *data)
{
	unsigned long pfn = PFN_UP(res->start);
	unsigned long end = PFN_DOWN(res->end + 1);
	struct damon_memory mem;
	unsigned long next;

	for (; pfn < end; pfn = next) {
		next = min(end, (pfn & PAGE_SECTION_MASK) + PAGES_PER_SECTION);
		damon_memory_enter(&mem);
		if (damon_memory_page(&mem, pfn))
			scan_add(data, PFN_PHYS(pfn), PFN_PHYS(next));
		damon_memory_leave();
	}
	return 0;
}

/**
 * damon_memory_each() - tell of all memory that is online
 * @part:	called for each part, in address order; parts do not touch.  The
 *		first address and the first behind it are multiples of a page
 * @data:	for @part
 *
 * May sleep.
 */
void damon_memory_each(void (*part)(void *data, u64 start, u64 end), void *data)
{
	struct scan scan = { .part = part, .data = data };

	walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY,
			    0, -1, &scan, scan_resource);
	if (scan.start != scan.end)
		part(data, scan.start, scan.end);
}
