// SPDX-License-Identifier: GPL-2.0
/*
 * Files: what is read and written, by the type of the value.
 */
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "sysfs/sysfs.h"

/* Protects all texts.  A leaf. */
static DEFINE_MUTEX(damon_text_lock);

static const struct damon_file *file_of(const struct damon_entry *entry)
{
	return &entry->node->kind->files[entry - entry->node->entries];
}

/**
 * damon_value() - what was written to a file
 * @node:	its directory
 * @file:	its index in damon_kind.files; not one of a text
 */
u64 damon_value(const struct damon_node *node, u32 file)
{
	return READ_ONCE(node->entries[file].value);
}

/**
 * damon_set_value() - as if it was written to a file
 * @node:	its directory
 * @file:	its index in damon_kind.files; not one of a text
 * @value:	the value
 */
void damon_set_value(struct damon_node *node, u32 file, u64 value)
{
	WRITE_ONCE(node->entries[file].value, value);
}

/**
 * damon_text() - the text that was written to a file
 * @node:	its directory
 * @file:	its index in damon_kind.files
 *
 * May sleep.  Return: a copy, to be freed by kfree(), or NULL without memory.
 */
char *damon_text(const struct damon_node *node, u32 file)
{
	const struct damon_entry *entry = &node->entries[file];
	char *text;

	mutex_lock(&damon_text_lock);
	text = kstrdup(entry->text ? entry->text : "", GFP_KERNEL_ACCOUNT);
	mutex_unlock(&damon_text_lock);
	return text;
}

static ssize_t show_text(const struct damon_entry *entry, char *buf)
{
	ssize_t len;

	mutex_lock(&damon_text_lock);
	len = sysfs_emit(buf, "%s\n", entry->text ? entry->text : "");
	mutex_unlock(&damon_text_lock);
	return len;
}

static ssize_t show_count(struct damon_node *node, char *buf)
{
	u32 nr;

	if (mutex_lock_interruptible(&node->lock))
		return -ERESTARTSYS;
	nr = node->nr_children;
	mutex_unlock(&node->lock);
	return sysfs_emit(buf, "%u\n", nr);
}

static ssize_t file_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	struct damon_entry *entry = container_of(attr, struct damon_entry, attr);
	const struct damon_file *file = file_of(entry);
	u64 value = READ_ONCE(entry->value);

	if (file->live)
		value = file->live(entry->node, file, value);
	switch (file->type) {
	case DAMON_FILE_U64:
	case DAMON_FILE_U32:
		return sysfs_emit(buf, "%llu\n", value);
	case DAMON_FILE_S32:
		return sysfs_emit(buf, "%d\n", (s32)value);
	case DAMON_FILE_BOOL:
		return sysfs_emit(buf, "%c\n", value ? 'Y' : 'N');
	case DAMON_FILE_WORD:
		return sysfs_emit(buf, "%s\n", file->words[value]);
	case DAMON_FILE_TEXT:
		return show_text(entry, buf);
	case DAMON_FILE_COUNT:
		return show_count(entry->node, buf);
	case DAMON_FILE_OWN:
		return file->show(entry->node, buf);
	}
	return -EINVAL;
}

/* Without the end of the line. */
static int store_text(struct damon_entry *entry, const char *buf)
{
	char *text = kstrndup(buf, strcspn(buf, "\n"), GFP_KERNEL_ACCOUNT), *old;

	if (!text)
		return -ENOMEM;
	mutex_lock(&damon_text_lock);
	old = entry->text;
	entry->text = text;
	mutex_unlock(&damon_text_lock);
	kfree(old);
	return 0;
}

static int parse_word(const struct damon_entry *entry, const char *buf, u64 *value)
{
	const struct damon_file *file = file_of(entry);
	u64 allowed = entry->node->kind->words;
	u32 i;

	for (i = 0; file->words[i]; i++) {
		if (!sysfs_streq(buf, file->words[i]))
			continue;
		if (allowed && !(allowed >> i & 1))
			break;
		*value = i;
		return 0;
	}
	return -EINVAL;
}

static int parse(const struct damon_entry *entry, const char *buf, u64 *value)
{
	bool truth;
	s32 number;
	u32 small;
	int err;

	switch (file_of(entry)->type) {
	case DAMON_FILE_U64:
		return kstrtou64(buf, 0, value);
	case DAMON_FILE_U32:
		err = kstrtou32(buf, 0, &small);
		*value = small;
		return err;
	case DAMON_FILE_S32:
		err = kstrtos32(buf, 0, &number);
		*value = (u32)number;
		return err;
	case DAMON_FILE_BOOL:
		err = kstrtobool(buf, &truth);
		*value = truth;
		return err;
	case DAMON_FILE_WORD:
		return parse_word(entry, buf, value);
	default:
		return -EINVAL;
	}
}

static int store_value(struct damon_entry *entry, const char *buf)
{
	const struct damon_file *file = file_of(entry);
	u64 value = 0;
	int err;

	err = parse(entry, buf, &value);
	if (err)
		return err;
	if (value < file->min || (file->max && value > file->max))
		return -EINVAL;
	WRITE_ONCE(entry->value, value);
	return 0;
}

static int store_count(struct damon_entry *entry, const char *buf)
{
	int nr, err;

	err = kstrtoint(buf, 0, &nr);
	if (err)
		return err;
	return nr < 0 ? -EINVAL : damon_node_count(entry->node, nr);
}

static ssize_t file_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	struct damon_entry *entry = container_of(attr, struct damon_entry, attr);
	const struct damon_file *file = file_of(entry);
	int err;

	switch (file->type) {
	case DAMON_FILE_TEXT:
		err = store_text(entry, buf);
		break;
	case DAMON_FILE_COUNT:
		err = store_count(entry, buf);
		break;
	case DAMON_FILE_OWN:
		err = file->store(entry->node, buf);
		break;
	default:
		err = store_value(entry, buf);
	}
	return err ? err : count;
}

/**
 * damon_file_add() - a file of a directory
 * @node:	the directory, which is there
 * @index:	the file's in damon_kind.files
 *
 * It goes with the directory.  May sleep.  Return: 0 or a negative errno.
 */
int damon_file_add(struct damon_node *node, u32 index)
{
	struct damon_file *file = &node->kind->files[index];
	struct kobj_attribute *attr = &node->entries[index].attr;

	sysfs_attr_init(&attr->attr);
#ifdef CONFIG_DEBUG_LOCK_ALLOC
	/* Files of different kinds are removed by functions of each other. */
	attr->attr.key = &file->key;
#endif
	attr->attr.name = file->name;
	attr->attr.mode = file->read_only ? 0400 : 0600;
	attr->show = file_show;
	if (!file->read_only)
		attr->store = file_store;
	return sysfs_create_file(node->kobj, &attr->attr);
}
