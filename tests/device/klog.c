// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's log since a moment, and what must not be in it.
 */
#include <fcntl.h>

#include "harness.h"

static const char *const complaints[] = {
	"BUG:", "WARNING:", "Oops", "Call Trace", "KASAN", "UBSAN", "KCSAN",
	"lockdep", "possible recursive", "possible circular", "inconsistent lock",
	"suspicious RCU", "bad unlock balance", "held lock freed",
	"refcount_t", "general protection", "unable to handle", "Unable to handle",
	"kernel stack", "scheduling while atomic", "sleeping function called",
	"Bad page", "bad page", "blocked for more than", "ODEBUG", "kmemleak:",
};

/**
 * klog_open() - mark this moment
 *
 * Returns a file that klog_read() reads from here, or -1.  Like all of this
 * file it does not assert, so that it can be used between tests.
 */
int klog_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

/**
 * klog_read() - all messages since the last look
 * @fd:		from klog_open()
 *
 * Returns lines, to be freed.  The prefix with level and time is left out.
 */
char *klog_read(int fd)
{
	char *text = calloc(1, 1), record[8192 + 1], *message, *end;
	size_t len = 0, add;
	ssize_t got;

	if (!text)
		abort();
	for (;;) {
		got = read(fd, record, sizeof(record) - 1);
		if (got < 0 && (errno == EPIPE || errno == EINTR))
			continue;	/* overtaken: goes on at the oldest one */
		if (got <= 0)
			break;
		record[got] = '\0';
		message = strchr(record, ';');
		message = message ? message + 1 : record;
		end = strchr(message, '\n');
		add = end ? (size_t)(end - message) : strlen(message);
		text = realloc(text, len + add + 2);
		if (!text)
			abort();
		memcpy(text + len, message, add);
		len += add;
		text[len++] = '\n';
		text[len] = '\0';
	}
	return text;
}

/* A stack that is shown because memory ran out is no complaint: tests provoke that. */
static char *find_complaint(const char *text, const char *what)
{
	static const char oom[] = "invoked oom-killer";
	char *at = strstr(text, what), *excuse;

	while (at && !strcmp(what, "Call Trace")) {
		excuse = strstr(text, oom);
		if (!excuse || excuse > at)
			break;
		text = at + strlen(what);
		at = strstr(text, what);
	}
	return at;
}

/**
 * klog_bad() - the first complaint in a text of klog_read(), or NULL
 */
char *klog_bad(const char *text)
{
	char *first = NULL, *at;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(complaints); i++) {
		at = find_complaint(text, complaints[i]);
		if (at && (!first || at < first))
			first = at;
	}
	return first;
}
