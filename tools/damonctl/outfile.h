/* SPDX-License-Identifier: GPL-2.0 */
/* Files that are whole or not there: built aside, then renamed. */
#ifndef DAMONCTL_OUTFILE_H
#define DAMONCTL_OUTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct outfile;

/**
 * outfile_open - begin a file
 * @path:	its final name; if something other than a regular file has that
 *		name, this fails
 * @mode:	permissions of the finished file
 *
 * Returns NULL after telling the user why.
 */
struct outfile *outfile_open(const char *path, mode_t mode);

/**
 * outfile_write - append
 * @out:	file
 * @data:	bytes
 * @len:	how many
 *
 * Returns false with errno set; the file must then be dropped.
 */
bool outfile_write(struct outfile *out, const void *data, size_t len);

/**
 * outfile_commit - make it appear under its name
 * @out:	file; freed in any case
 * @keep_old:	a file of that name becomes NAME.old, else it is replaced
 *
 * Returns false after telling the user why; nothing is left behind then.
 */
bool outfile_commit(struct outfile *out, bool keep_old);

/**
 * outfile_drop - remove it
 * @out:	file, or NULL; freed
 */
void outfile_drop(struct outfile *out);

/** outfile_path - the final name */
const char *outfile_path(const struct outfile *out);

#endif
