/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_KERNEL_ADVISE_H
#define DAMON_KERNEL_ADVISE_H

#include <linux/types.h>

struct damon_walk;
struct mm_struct;

/**
 * enum damon_advice - what the kernel can be advised about a process's memory
 * @DAMON_ADVICE_READ:		read what is in files or swap
 * @DAMON_ADVICE_HUGE:		may consist of huge pages
 * @DAMON_ADVICE_NO_HUGE:	shall not
 * @DAMON_ADVICE_COLLAPSE:	make huge pages now
 */
enum damon_advice {
	DAMON_ADVICE_READ,
	DAMON_ADVICE_HUGE,
	DAMON_ADVICE_NO_HUGE,
	DAMON_ADVICE_COLLAPSE,
};

bool damon_advice_usable(enum damon_advice advice);
unsigned long damon_advice_most(enum damon_advice advice);
bool damon_advice_writes(enum damon_advice advice);
int damon_advise(struct mm_struct *mm, unsigned long start, unsigned long end,
		 enum damon_advice advice);
bool damon_advice_open(const struct damon_walk *walk, enum damon_advice advice);
bool damon_page_away(const struct damon_walk *walk, unsigned long addr, bool *anon);

#endif /* DAMON_KERNEL_ADVISE_H */
