/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every private kernel function that this module calls: the whole list.
 *
 *	X(name, need, purpose)
 *
 * @name is declared in a public header of every supported kernel, so that the
 * compiler checks each call against the kernel's own prototype; but for those
 * that are declared here, which say where they were compared by hand.  @need is
 * DAMON_REQUIRED (no load without it) or DAMON_OPTIONAL (its feature is off,
 * and QUERY and the log say so).  @purpose ends "... for", as in "needed for".
 *
 * All of these are global text in 6.1, 6.12 and 7.3 and exported in none, but for
 * what is told at its place.
 *
 * Likewise, and all of them optional, the private variables that it reads:
 *
 *	X(name, purpose)
 */
#ifndef DAMON_KERNEL_BIND_TABLE_H
#define DAMON_KERNEL_BIND_TABLE_H

#include <linux/kobject.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/mmu_notifier.h>
#include <linux/pid.h>
#include <linux/psi.h>
#include <linux/ptrace.h>
#include <linux/rmap.h>
#include <linux/sched/cputime.h>
#include <linux/swap.h>
#include <linux/version.h>

/* Hidden from modules by asm/tlbflush.h; the same in 6.1 to 7.3. */
extern void flush_tlb_mm_range(struct mm_struct *mm, unsigned long start,
			       unsigned long end, unsigned int stride_shift,
			       bool freed_tables);

/* mm/internal.h, but for 6.1 to 6.7 (linux/swap.h); the same in 6.1, 6.12 and 7.3. */
extern unsigned long reclaim_pages(struct list_head *folio_list);

/*
 * mm/internal.h.  Returns int (0: done) in 6.1, bool (true: done) in 6.12 and 7.3:
 * the lowest byte tells in both, see lru.c.
 */
extern u8 folio_isolate_lru(struct folio *folio);

/*
 * The young notifiers returned int up to at least 6.12 and return bool in
 * 7.2; both are used as truth values only.
 */
#ifdef CONFIG_MMU_NOTIFIER
#define DAMON_BINDINGS_NOTIFIER(X)					\
	X(__mmu_notifier_clear_young, DAMON_OPTIONAL,			\
	  "seeing accesses by virtual machines and devices")		\
	X(__mmu_notifier_test_young, DAMON_OPTIONAL,			\
	  "seeing accesses by virtual machines and devices")
#else
#define DAMON_BINDINGS_NOTIFIER(X)
#endif

/* Private in 6.12, exported by 7.3.  What it promised before that is less, or not looked at. */
#if defined(CONFIG_PER_VMA_LOCK) && LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define DAMON_HAVE_VMA_LOCKS
#define DAMON_BINDINGS_VMA_LOCK(X)					\
	X(lock_vma_under_rcu, DAMON_OPTIONAL,				\
	  "sampling processes while they map other memory")
#else
#define DAMON_BINDINGS_VMA_LOCK(X)
#endif

/* A function that no kernel has: the test build's proof that load fails. */
#ifdef DAMON_TEST_MISSING
void damon_no_such_function(void);
#define DAMON_BINDINGS_TEST(X)						\
	X(damon_no_such_function, DAMON_REQUIRED, "testing a failing load")
#else
#define DAMON_BINDINGS_TEST(X)
#endif

#define DAMON_BINDINGS(X)						\
	X(ptrace_may_access, DAMON_OPTIONAL,				\
	  "letting users without CAP_PERFMON watch processes other than their own") \
	X(pidfd_get_pid, DAMON_OPTIONAL, "naming targets by pidfd")	\
	X(rmap_walk, DAMON_OPTIONAL, "monitoring physical addresses")	\
	X(folio_lock_anon_vma_read, DAMON_OPTIONAL,			\
	  "monitoring physical addresses")				\
	X(flush_tlb_mm_range, DAMON_OPTIONAL,				\
	  "seeing accesses through translations that processors keep")	\
	X(folio_isolate_lru, DAMON_OPTIONAL,				\
	  "schemes that page out, move or sort memory")			\
	X(reclaim_pages, DAMON_OPTIONAL, "schemes that page out")	\
	X(migrate_pages, DAMON_OPTIONAL, "schemes that move memory to other nodes") \
	X(do_madvise, DAMON_OPTIONAL, "schemes that read ahead or make huge pages") \
	X(task_sched_runtime, DAMON_OPTIONAL,				\
	  "telling work from waiting in time quotas of schemes")	\
	DAMON_BINDINGS_NOTIFIER(X)					\
	DAMON_BINDINGS_VMA_LOCK(X)					\
	DAMON_BINDINGS_TEST(X)

#ifdef CONFIG_PSI
#define DAMON_DATA_PSI(X)						\
	X(psi_system, "goals of schemes by the system's memory pressure")
#else
#define DAMON_DATA_PSI(X)
#endif

#ifdef CONFIG_SWAP
#define DAMON_DATA_SWAP(X)						\
	X(total_swap_pages, "goals of schemes by the use of swap")
#else
#define DAMON_DATA_SWAP(X)
#endif

#define DAMON_DATA(X)							\
	X(mm_kobj, "files below /sys/kernel/mm, as damo uses them")	\
	DAMON_DATA_PSI(X)						\
	DAMON_DATA_SWAP(X)

#endif /* DAMON_KERNEL_BIND_TABLE_H */
