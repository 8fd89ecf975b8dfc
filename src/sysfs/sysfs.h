/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tree of files below /sys/kernel/mm/damon: what each kind of directory has
 * stands in tables (kinds_*.c); tree.c and file.c make directories and files of them.
 *
 * What is written there is only kept (staged) until a keyword in `state` has a
 * configuration made of it: the same objects as those that /dev/damon's COMMIT makes,
 * from src/monitor on down.
 *
 * Objects
 *
 *	damon_kind	what directories of one kind have.  Constant, but for keys
 *	damon_node	a directory.  Made when its parent or a number of directories
 *			is, and freed when it was taken out of sysfs: by then no
 *			function of a file in it runs, and none will.  Its kobject
 *			is not a part of it: one that kobject_create_and_add() has
 *			made is released by code of the kernel, whenever that is
 *	damon_kdamond	the monitor of a kdamond directory; lives as long as that
 *	damon_staged	a configuration on its way from the tree to a monitor.  On
 *			the stack of a write to `state`
 *
 * What waits for what
 *
 * A function of a file runs with an active reference to the file; who removes the
 * file waits for it.  damon_node.lock protects the numbered directories of a node and
 * is held while they are removed, so while the functions of files below are waited
 * for.  Hence the one rule: a function of a file takes the locks of nodes at or below
 * the file's own directory only, and outer ones first.  Locks of a kdamond
 * (damon_monitor.lock, then those of nodes below) and active references are thus all
 * taken from the root to the leaves.  What is not a file of `state` or one that counts
 * directories takes leaves only: damon_text_lock, and damon_seen_view.read_lock.  A
 * third one, in tree.c, is for directories that are made in one that is being removed.
 *
 * A write to `state` that waits for schemes to be applied holds no lock, and goes on
 * when its worker is stopped, which who removes a kdamond does first.
 */
#ifndef DAMON_SYSFS_SYSFS_H
#define DAMON_SYSFS_SYSFS_H

#include <linux/kobject.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/sysfs.h>
#include <linux/types.h>

struct damon_kind;
struct damon_node;

/**
 * enum damon_file_type - how a value is written
 * @DAMON_FILE_U64:	number
 * @DAMON_FILE_U32:	number of 32 bits
 * @DAMON_FILE_S32:	the same, perhaps negative
 * @DAMON_FILE_BOOL:	Y or N, and what else kstrtobool() takes
 * @DAMON_FILE_WORD:	one of damon_file.words
 * @DAMON_FILE_TEXT:	a line
 * @DAMON_FILE_COUNT:	how many numbered directories there are
 * @DAMON_FILE_OWN:	damon_file.show and damon_file.store know
 */
enum damon_file_type {
	DAMON_FILE_U64,
	DAMON_FILE_U32,
	DAMON_FILE_S32,
	DAMON_FILE_BOOL,
	DAMON_FILE_WORD,
	DAMON_FILE_TEXT,
	DAMON_FILE_COUNT,
	DAMON_FILE_OWN,
};

/**
 * struct damon_file - a file of a kind of directories
 * @name:	its name
 * @type:	how its value is written
 * @read_only:	mode 0400, else 0600
 * @def:	value in a new directory; of DAMON_FILE_S32 by its 32 bits
 * @min:	smallest value
 * @max:	largest, 0 for the type's
 * @words:	DAMON_FILE_WORD: by value; the last one is NULL
 * @live:	what is read in place of @staged, or NULL
 * @arg:	for @live
 * @show:	DAMON_FILE_OWN
 * @store:	DAMON_FILE_OWN, if not @read_only: 0 or a negative errno
 * @key:	for lockdep: its active references
 */
struct damon_file {
	const char *name;
	enum damon_file_type type;
	bool read_only;
	u64 def;
	u64 min;
	u64 max;
	const char *const *words;
	u64 (*live)(const struct damon_node *node, const struct damon_file *file, u64 staged);
	size_t arg;
	ssize_t (*show)(struct damon_node *node, char *buf);
	int (*store)(struct damon_node *node, const char *buf);
	struct lock_class_key key;
};

/**
 * struct damon_dir - a directory that is always in those of a kind
 * @name:	its name
 * @kind:	what is in it
 */
struct damon_dir {
	const char *name;
	struct damon_kind *kind;
};

/**
 * struct damon_kind - directories that are alike
 * @files:	their files
 * @nr_files:	how many
 * @dirs:	their directories
 * @nr_dirs:	how many
 * @child:	what is in numbered directories, or NULL if there are none
 * @max_children: most of those
 * @words:	bit mask of values that DAMON_FILE_WORD may have, 0 for all
 * @init:	a node was made that nobody sees yet; NULL, or 0 or a negative errno
 * @exit:	undoes it when nobody sees it any more; NULL if @init is
 * @busy:	may the numbered directories not be exchanged?  NULL, or 0 or a negative
 *		errno.  Called with damon_node.lock held
 * @leave:	it is about to be taken out of sysfs: has functions of its files that wait
 *		go on.  NULL if none waits
 * @key:	for lockdep: damon_node.lock
 */
struct damon_kind {
	struct damon_file *files;
	u32 nr_files;
	const struct damon_dir *dirs;
	u32 nr_dirs;
	struct damon_kind *child;
	u32 max_children;
	u64 words;
	int (*init)(struct damon_node *node);
	void (*exit)(struct damon_node *node);
	int (*busy)(struct damon_node *node);
	void (*leave)(struct damon_node *node);
	struct lock_class_key key;
};

/**
 * struct damon_entry - a file of a node
 * @attr:	for sysfs
 * @node:	the node
 * @value:	what was written, if that is no text
 * @text:	else; NULL for nothing.  Protected by damon_text_lock
 */
struct damon_entry {
	struct kobj_attribute attr;
	struct damon_node *node;
	u64 value;
	char *text;
};

/**
 * struct damon_node - a directory
 * @kind:	of what kind; constant, as all up to @data but @leaving
 * @parent:	the directory that it is in, or NULL; lives longer
 * @index:	its number there
 * @born:	its number among all that were made, from 1 on
 * @leaving:	it is being removed, with all that is in it; see tree.c
 * @kobj:	for sysfs; we hold a reference
 * @dirs:	as damon_kind.dirs
 * @data:	damon_kind.init()'s
 * @lock:	see the top
 * @children:	its numbered directories
 * @nr_children: how many
 * @entries:	as damon_kind.files
 */
struct damon_node {
	const struct damon_kind *kind;
	struct damon_node *parent;
	u32 index;
	u64 born;
	bool leaving;
	struct kobject *kobj;
	struct damon_node **dirs;
	void *data;
	struct mutex lock;
	struct damon_node **children;
	u32 nr_children;
	struct damon_entry entries[];
};

/* tree.c */
struct damon_node *damon_node_create(struct kobject *parent, const char *name,
				     struct damon_kind *kind);
void damon_node_remove(struct damon_node *node);
int damon_node_count(struct damon_node *node, u32 nr);
int damon_node_add(struct damon_node *node, const u64 *values);
void damon_node_clear(struct damon_node *node);
u64 damon_nodes_born(void);

/* file.c */
int damon_file_add(struct damon_node *node, u32 index);
u64 damon_value(const struct damon_node *node, u32 file);
void damon_set_value(struct damon_node *node, u32 file, u64 value);
char *damon_text(const struct damon_node *node, u32 file);

/* state.c */
ssize_t damon_state_show(struct damon_node *node, char *buf);
int damon_state_store(struct damon_node *node, const char *buf);

/* root.c */
int damon_sysfs_init(void);
void damon_sysfs_exit(void);

#endif /* DAMON_SYSFS_SYSFS_H */
