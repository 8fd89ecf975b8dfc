// SPDX-License-Identifier: GPL-2.0
/*
 * A view of /sys in which the module is the DAMON of the kernel.
 *
 * Programs like damo know one place for each thing.  Where a DAMON is built in, those
 * places are its own, and the module's things stand beside them, under other names:
 * they are put over those in a mount namespace.
 */
#include "own_view.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diagnose.h"
#include "util.h"

#define TREE		"/sys/kernel/mm/damon"
#define TREE_BESIDE	"/sys/kernel/mm/damon-dkms"
#define MODULE		"/sys/module/damon"
#define EVENTS		"damon"
#define EVENTS_BESIDE	"damon_dkms"

static bool exists(const char *path)
{
	return !access(path, F_OK);
}

static bool bind(const char *from, const char *to)
{
	if (!mount(from, to, NULL, MS_BIND | MS_REC, NULL))
		return true;
	warn("cannot put %s over %s", from, to);
	return false;
}

/* Is there a tree of ours, and is it beside another one? */
static bool find_tree(bool *beside)
{
	char text[DIAGNOSIS_TEXT];
	bool stat_on;

	*beside = exists(TREE_BESIDE "/admin");
	if (*beside)
		return true;
	if (!exists(MODULE "/holders")) {
		warnx("%s", diagnose_missing("", ENOENT, text));
		return false;
	}
	if (exists(TREE "/admin") && !builtin_damon("", &stat_on))
		return true;
	warnx("the damon module that is loaded has no files for this: there is no %s; a newer version has them",
	      TREE_BESIDE);
	return false;
}

/* Mounts of other namespaces go on to come in, ours do not go out. */
static bool leave_namespace(void)
{
	if (unshare(CLONE_NEWNS)) {
		warnx("cannot make a view of its own: %s%s", strerror(errno),
		      errno == EPERM ? "; it needs root (CAP_SYS_ADMIN)" : "");
		return false;
	}
	if (!mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		return true;
	warn("cannot make a view of its own");
	return false;
}

/* A line of the list of events: the built-in ones go, ours get their names. */
static void put_event(FILE *out, const char *line)
{
	if (!strncmp(line, EVENTS ":", strlen(EVENTS ":")))
		return;
	if (!strncmp(line, EVENTS_BESIDE ":", strlen(EVENTS_BESIDE ":")))
		fprintf(out, EVENTS "%s", line + strlen(EVENTS_BESIDE));
	else
		fputs(line, out);
}

static bool copy_events(const char *from, const char *to)
{
	FILE *in = fopen(from, "re");
	FILE *out = in ? fopen(to, "we") : NULL;
	char *line = NULL;
	size_t room = 0;
	bool ok;

	if (out) {
		while (getline(&line, &room, in) >= 0)
			put_event(out, line);
	}
	free(line);
	ok = out && !ferror(in) && !fflush(out) && !ferror(out);
	if (!ok)
		warn("cannot copy %s", from);
	if (out)
		fclose(out);
	if (in)
		fclose(in);
	return ok;
}

/*
 * One file that is to be another one needs a place to be at.  It is where our tree was
 * beside the other one, until the file has been put where it belongs.
 */
static bool replace_list(const char *list)
{
	bool ok;

	if (mount("none", TREE_BESIDE, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0755")) {
		warn("cannot make room for the list of trace events");
		return false;
	}
	ok = copy_events(list, TREE_BESIDE "/events") && bind(TREE_BESIDE "/events", list);
	umount2(TREE_BESIDE, MNT_DETACH);
	return ok;
}

/* Are both the same directory, as in a view within a view? */
static bool is_same(const char *a, const char *b)
{
	struct stat sa, sb;

	return !stat(a, &sa) && !stat(b, &sb) && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

static bool show_events(const char *tracing)
{
	char *list = xasprintf("%s/available_events", tracing);
	char *ours = xasprintf("%s/events/" EVENTS_BESIDE, tracing);
	char *theirs = xasprintf("%s/events/" EVENTS, tracing);
	bool ok = true;

	if (exists(ours) && exists(theirs) && !is_same(ours, theirs))
		ok = bind(ours, theirs) && replace_list(list);
	free(list);
	free(ours);
	free(theirs);
	return ok;
}

/* damo does nothing without it. */
static bool show_tracing(void)
{
	static const char *const places[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
	bool found = false;
	size_t i;

	for (i = 0; i < 2; i++) {
		char *list = xasprintf("%s/available_events", places[i]);

		if (exists(list)) {
			found = true;
			if (!show_events(places[i])) {
				free(list);
				return false;
			}
		}
		free(list);
	}
	if (found)
		return true;
	if (mount("tracefs", places[0], "tracefs", 0, NULL)) {
		warn("cannot mount tracefs, which damo needs, at %s", places[0]);
		return true;
	}
	return show_events(places[0]);
}

/*
 * Where a use is a module that is built in, that one is hidden in any case: damo would
 * ask whether it may be turned off.  A link there is ours.
 */
static bool show_use(const char *use)
{
	char *theirs = xasprintf("/sys/module/damon_%s", use);
	char *ours = xasprintf(MODULE "/%s", use);
	struct stat st;
	bool ok = true;

	if (!lstat(theirs, &st) && S_ISDIR(st.st_mode)) {
		if (exists(ours))
			ok = bind(ours, theirs);
		else if (mount("none", theirs, "tmpfs", MS_RDONLY, "mode=0555")) {
			warn("cannot hide %s", theirs);
			ok = false;
		}
	}
	free(theirs);
	free(ours);
	return ok;
}

static bool make_dirs(char *path)
{
	char *p;

	for (p = path + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (mkdir(path, 0700) && errno != EEXIST)
			return false;
		*p = '/';
	}
	return !mkdir(path, 0700) || errno == EEXIST;
}

static bool make_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/*
 * damo keeps what it found out about a kernel, and cannot know that it was about
 * another DAMON, or about none: ours has a place of its own for each build.  It stays:
 * damo cannot find it out again while a worker runs.
 */
static bool show_cache(void)
{
	const struct passwd *user;
	const char *cache = getenv("XDG_CACHE_HOME");
	char *dir, *ours, *theirs;
	char build[64];
	bool ok;

	if (!getenv("HOME")) {
		user = getpwuid(getuid());
		setenv("HOME", user && user->pw_dir ? user->pw_dir : "/", 1);
	}
	if (!read_small_file(MODULE "/srcversion", build, sizeof(build)) || strchr(build, '/'))
		strcpy(build, "any");
	dir = cache && *cache ? xasprintf("%s/damon-dkms/run/%s", cache, build) :
	      xasprintf("%s/.cache/damon-dkms/run/%s", getenv("HOME"), build);
	ours = xasprintf("%s/damo.sysinfo", dir);
	theirs = xasprintf("%s/.damo.sysinfo", getenv("HOME"));
	ok = make_dirs(dir) && make_file(ours) && make_file(theirs);
	if (!ok)
		warn("cannot make %s, for what damo remembers", ours);
	ok = ok && bind(ours, theirs);
	free(dir);
	free(ours);
	free(theirs);
	return ok;
}

bool own_view_enter(void)
{
	bool beside;

	if (!find_tree(&beside) || !leave_namespace())
		return false;
	if (beside && !bind(TREE_BESIDE, TREE))
		return false;
	return show_tracing() && show_use("stat") && show_use("reclaim") && show_use("lru_sort") &&
	       show_cache();
}
