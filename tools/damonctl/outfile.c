// SPDX-License-Identifier: GPL-2.0
/* Files that are whole or not there: built aside, then renamed. */
#include "outfile.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

struct outfile {
	char *path;
	char *aside;
	int fd;
	mode_t mode;
};

static void outfile_free(struct outfile *out)
{
	free(out->path);
	free(out->aside);
	free(out);
}

struct outfile *outfile_open(const char *path, mode_t mode)
{
	struct outfile *out;
	struct stat st;

	/* Renaming over a device or a directory is never what was meant. */
	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		warnx("%s is not a regular file", path);
		return NULL;
	}
	out = xcalloc(1, sizeof(*out));
	out->path = xasprintf("%s", path);
	out->aside = xasprintf("%s.XXXXXX", path);
	out->mode = mode;
	out->fd = mkostemp(out->aside, O_CLOEXEC);
	if (out->fd < 0) {
		warn("cannot create %s", path);
		outfile_free(out);
		return NULL;
	}
	return out;
}

bool outfile_write(struct outfile *out, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t done = write(out->fd, p, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		p += done;
		len -= (size_t)done;
	}
	return true;
}

bool outfile_commit(struct outfile *out, bool keep_old)
{
	char *old = xasprintf("%s.old", out->path);
	bool ok = false;

	if (fchmod(out->fd, out->mode) || fsync(out->fd)) {
		warn("cannot write %s", out->path);
		goto out;
	}
	if (keep_old && rename(out->path, old) && errno != ENOENT) {
		warn("cannot rename %s to %s", out->path, old);
		goto out;
	}
	if (rename(out->aside, out->path)) {
		warn("cannot create %s", out->path);
		goto out;
	}
	ok = true;
out:
	free(old);
	if (!ok)
		unlink(out->aside);
	close(out->fd);
	outfile_free(out);
	return ok;
}

void outfile_drop(struct outfile *out)
{
	if (!out)
		return;
	unlink(out->aside);
	close(out->fd);
	outfile_free(out);
}

const char *outfile_path(const struct outfile *out)
{
	return out->path;
}
