// SPDX-License-Identifier: GPL-2.0
/* Why the device is not there, and what to do about it. */
#include "diagnose.h"

#include <damon/device.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "util.h"

#define DEBIAN_KEY	"/var/lib/dkms/mok.pub"

static bool read_below(const char *root, const char *path, char *buf, size_t size)
{
	char *whole = xasprintf("%s%s", root, path);
	bool ok = read_small_file(whole, buf, size);

	free(whole);
	return ok;
}

static bool exists_below(const char *root, const char *path)
{
	char *whole = xasprintf("%s%s", root, path);
	bool ok = !access(whole, F_OK);

	free(whole);
	return ok;
}

bool signatures_enforced(const char *root)
{
	char text[128];

	if (read_below(root, "/sys/module/module/parameters/sig_enforce", text, sizeof(text)) &&
	    text[0] == 'Y')
		return true;
	/* "none [integrity] confidentiality": the one in brackets is set. */
	if (read_below(root, "/sys/kernel/security/lockdown", text, sizeof(text)))
		return !strstr(text, "[none]");
	return false;
}

/* A module that is a part of the kernel; those names are links where our module has made them. */
static bool kernel_has(const char *root, const char *module)
{
	char *whole = xasprintf("%s/sys/module/%s", root, module);
	struct stat info;
	bool has = !lstat(whole, &info) && S_ISDIR(info.st_mode);

	free(whole);
	return has;
}

/*
 * Our module may have made that tree where the kernel has none.  A built-in
 * DAMON gives itself away by its modules' parameters.
 */
static bool tree_is_ours(const char *root)
{
	return exists_below(root, "/sys/module/damon/holders") &&
	       !kernel_has(root, "damon_stat") && !kernel_has(root, "damon_reclaim") &&
	       !kernel_has(root, "damon_lru_sort");
}

bool builtin_damon(const char *root, bool *stat_on)
{
	char text[16];

	*stat_on = kernel_has(root, "damon_stat") &&
		   read_below(root, "/sys/module/damon_stat/parameters/enabled", text,
			      sizeof(text)) && text[0] == 'Y';
	/* Ours stands beside the other one, if there is one. */
	return exists_below(root, "/sys/kernel/mm/damon/admin") &&
	       (exists_below(root, "/sys/kernel/mm/damon-dkms") || !tree_is_ours(root));
}

/* Is there a damon.ko for the running kernel, as depmod knows it? */
static bool module_installed(const char *root)
{
	struct utsname names;
	bool found = false;
	char *line = NULL;
	size_t room = 0;
	FILE *file;
	char *path;

	if (uname(&names))
		return true;
	path = xasprintf("%s/lib/modules/%s/modules.dep", root, names.release);
	file = fopen(path, "re");
	free(path);
	/* Without that file nothing is known: do not claim anything. */
	if (!file)
		return true;
	while (!found && getline(&line, &room, file) >= 0) {
		char *end = strchr(line, ':');

		if (!end)
			continue;
		*end = '\0';
		end = strrchr(line, '/');
		found = !strncmp(end ? end + 1 : line, "damon.ko", strlen("damon.ko"));
	}
	free(line);
	fclose(file);
	return found;
}

static const char *not_loaded(const char *root, char *buf)
{
	struct utsname names;
	int len;

	len = snprintf(buf, DIAGNOSIS_TEXT,
		       "the damon module is not loaded: run `modprobe damon` (as root)");
	if (!module_installed(root) && !uname(&names)) {
		len += snprintf(buf + len, DIAGNOSIS_TEXT - (size_t)len,
				"\n  there is none for the running kernel yet: install the packages "
				"damon-dkms and linux-headers-%s", names.release);
	}
	if (signatures_enforced(root)) {
		snprintf(buf + len, DIAGNOSIS_TEXT - (size_t)len,
			 "\n  this kernel only loads signed modules: if modprobe says \"Key was "
			 "rejected by service\",\n  enrol DKMS's key with "
			 "`mokutil --import " DEBIAN_KEY "` (as root), then reboot and confirm it%s",
			 exists_below(root, DEBIAN_KEY) ? "" :
			 "\n  (that file is made when DKMS first signs a module)");
	}
	return buf;
}

const char *diagnose_missing(const char *root, int error, char *buf)
{
	if (error == EACCES || error == EPERM) {
		snprintf(buf, DIAGNOSIS_TEXT,
			 "permission denied: %s should be open to everybody (mode 0666), rights are "
			 "checked for each process that is watched;\n  see whether the package "
			 "damon-tools with its udev rule is installed", DAMON_DEVICE_PATH);
		return buf;
	}
	if (error != ENOENT && error != ENXIO && error != ENODEV) {
		snprintf(buf, DIAGNOSIS_TEXT, "cannot open %s: %s", DAMON_DEVICE_PATH,
			 strerror(error));
		return buf;
	}
	if (exists_below(root, "/sys/class/misc/damon")) {
		snprintf(buf, DIAGNOSIS_TEXT,
			 "the damon module is loaded, but %s is not here: containers have to be "
			 "given that device", DAMON_DEVICE_PATH);
		return buf;
	}
	return not_loaded(root, buf);
}
