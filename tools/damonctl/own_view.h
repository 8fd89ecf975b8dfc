/* SPDX-License-Identifier: GPL-2.0 */
/* A view of /sys in which the module is the DAMON of the kernel. */
#ifndef DAMONCTL_OWN_VIEW_H
#define DAMONCTL_OWN_VIEW_H

#include <stdbool.h>

/**
 * own_view_enter - from here on, this process and its children see that
 *
 * What stands beside a DAMON that is built in is put over that: the tree of files, the
 * trace events, the parameters; and so is a place of its own for what damo remembers
 * about the kernel.  Nobody else notices.  Returns false after telling the user why.
 */
bool own_view_enter(void);

#endif
