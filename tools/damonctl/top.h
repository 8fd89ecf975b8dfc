/* SPDX-License-Identifier: GPL-2.0 */
/* The live view of damonctl top. */
#ifndef DAMONCTL_TOP_H
#define DAMONCTL_TOP_H

#include "snapshot.h"

/**
 * top_screen - show a session until the user has enough
 * @session:	running session
 * @title:	what it watches
 *
 * Returns an exit status.
 */
int top_screen(struct session *session, const char *title);

#endif
