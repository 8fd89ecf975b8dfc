/* SPDX-License-Identifier: GPL-2.0 */
/* Calls of /dev/damon. */
#ifndef DAMONCTL_DEVICE_H
#define DAMONCTL_DEVICE_H

#include <damon/device.h>
#include <stdint.h>

/* Room for the kernel's own words. */
#define DEVICE_MSG	512

/*
 * All structures begin with size, flags, msg and msg_len.  The kernel's own
 * words, for which @text is, are passed on as they are.
 */
#define DEVICE_SETUP(request, text)					\
	do {								\
		(request)->size = sizeof(*(request));			\
		(request)->msg = (uintptr_t)(text);			\
		(request)->msg_len = sizeof(text);			\
	} while (0)

/**
 * device_call - an ioctl that signals do not break off
 * @fd:		device or session
 * @command:	DAMON_IOC_*
 * @request:	its structure
 *
 * Returns what ioctl() does.
 */
int device_call(int fd, unsigned long command, void *request);

/**
 * device_complain - tell the user what failed
 * @what:	what
 * @msg:	the kernel's words, or ""
 * @error:	errno, for want of words
 */
void device_complain(const char *what, const char *msg, int error);

/**
 * device_query - open the device and ask what there is
 * @query:	out
 * @missing:	out: malloc'ed text about missing kernel functions; or NULL
 *
 * Returns a file descriptor, or -1 after telling the user why.
 */
int device_query(struct damon_query *query, char **missing);

#endif
