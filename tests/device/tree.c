// SPDX-License-Identifier: GPL-2.0
/*
 * The module's tree of files below /sys/kernel/mm.
 */
#include <stdarg.h>

#include "harness.h"

#define BESIDE	"/sys/kernel/mm/damon-dkms"
#define ALONE	"/sys/kernel/mm/damon"

#define TARGETS	"0/contexts/0/targets/"
#define SCHEMES	"0/contexts/0/schemes/"

static const char *root;

/**
 * tree_find() - see where it stands, or will stand once the module is loaded
 *
 * For before the first test.  What is there at some moment says nothing, since the module
 * comes and goes: where it has just gone, ALONE is the tree of a kernel that has one
 * itself, and no test may write to that.
 */
void tree_find(void)
{
	FILE *symbols = fopen("/proc/kallsyms", "r");
	char line[512];

	root = ALONE;
	while (symbols && fgets(line, sizeof(line), symbols))
		if (strstr(line, " damon_sysfs_") && !strchr(line, '['))
			root = BESIDE;
	if (symbols)
		fclose(symbols);
}

/**
 * tree_beside() - does the kernel have one itself, and the module's stands beside it?
 */
bool tree_beside(void)
{
	return !strcmp(root, BESIDE);
}

/**
 * tree_root() - where it stands
 */
const char *tree_root(void)
{
	return root;
}

/**
 * tree_path() - a path in it
 * @rel:	below admin/kdamonds
 * @buf:	where to, of TREE_PATH bytes
 */
char *tree_path(const char *rel, char *buf)
{
	snprintf(buf, TREE_PATH, "%s/admin/kdamonds/%s", tree_root(), rel);
	return buf;
}

/**
 * tree_try() - write to a file
 * @rel:	below admin/kdamonds
 * @text:	what
 *
 * Returns 0 or a negative errno.
 */
int tree_try(const char *rel, const char *text)
{
	char path[TREE_PATH];

	return write_try(tree_path(rel, path), text);
}

/**
 * tree_put() - write to a file, which must succeed
 */
void tree_put(const char *rel, const char *text)
{
	int err = tree_try(rel, text);

	ck_assert_msg(!err, "'%s' to %s: %s", text, rel, strerror(-err));
}

/**
 * tree_put_number() - write a number to a file, which must succeed
 */
void tree_put_number(const char *rel, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	tree_put(rel, text);
}

/**
 * tree_get() - what is in a file, without the end of the line
 *
 * Good until the next call.
 */
const char *tree_get(const char *rel)
{
	static char text[4096];
	char path[TREE_PATH];

	ck_assert_msg(read_text(tree_path(rel, path), text, sizeof(text)), "%s: no text", rel);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/**
 * tree_number() - the number in a file
 */
uint64_t tree_number(const char *rel)
{
	return strtoull(tree_get(rel), NULL, 10);
}

/**
 * tree_state() - does kdamond 0 monitor?
 */
bool tree_state(void)
{
	const char *state = tree_get("0/state");

	ck_assert_msg(!strcmp(state, "on") || !strcmp(state, "off"), "state is '%s'", state);
	return !strcmp(state, "on");
}

/**
 * tree_empty() - end what runs and remove all kdamonds
 */
void tree_empty(void)
{
	char path[32];
	int i;

	for (i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), "%d/state", i);
		tree_try(path, "off");
	}
	tree_put("nr_kdamonds", "0");
}

/**
 * tree_context() - a new kdamond 0 with a context 0
 */
void tree_context(void)
{
	tree_empty();
	tree_put("nr_kdamonds", "1");
	tree_put("0/contexts/nr_contexts", "1");
}

/**
 * tree_watch() - target 0 of context 0 is a process's memory, as one range
 */
void tree_watch(const struct target *target)
{
	tree_put(TARGETS "nr_targets", "1");
	tree_put_number(TARGETS "0/pid_target", target->pid);
	tree_put(TARGETS "0/regions/nr_regions", "1");
	tree_put_number(TARGETS "0/regions/0/start", target->addr);
	tree_put_number(TARGETS "0/regions/0/end", target->addr + target->len);
}

/**
 * tree_count_all() - a new scheme 0 of context 0 counts all regions
 */
void tree_count_all(void)
{
	static const char *const most = "18446744073709551615";

	tree_put(SCHEMES "nr_schemes", "1");
	tree_put(SCHEMES "0/access_pattern/sz/max", most);
	tree_put(SCHEMES "0/access_pattern/nr_accesses/max", most);
	tree_put(SCHEMES "0/access_pattern/age/max", most);
}
