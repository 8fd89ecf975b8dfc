// SPDX-License-Identifier: GPL-2.0
/* Calls of /dev/damon. */
#include "device.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "diagnose.h"
#include "util.h"

#define TEXT_BYTES	8192

int device_call(int fd, unsigned long command, void *request)
{
	int ret;

	do {
		ret = ioctl(fd, command, request);
	} while (ret < 0 && errno == EINTR);
	return ret;
}

void device_complain(const char *what, const char *msg, int error)
{
	warnx("%s: %s", what, *msg ? msg : strerror(error));
}

int device_query(struct damon_query *query, char **missing)
{
	char diagnosis[DIAGNOSIS_TEXT];
	char msg[DEVICE_MSG] = "";
	char *text;
	int fd;

	fd = open(DAMON_DEVICE_PATH, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		warnx("%s", diagnose_missing("", errno, diagnosis));
		return -1;
	}
	text = xcalloc(TEXT_BYTES, 1);
	memset(query, 0, sizeof(*query));
	DEVICE_SETUP(query, msg);
	query->text = (uintptr_t)text;
	query->text_len = TEXT_BYTES;
	if (device_call(fd, DAMON_IOC_QUERY, query)) {
		device_complain("cannot ask the damon module what it can do", msg, errno);
		free(text);
		close(fd);
		return -1;
	}
	if (missing && *text)
		*missing = text;
	else
		free(text);
	return fd;
}
