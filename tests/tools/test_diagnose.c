// SPDX-License-Identifier: GPL-2.0
/* A missing device is explained; every test builds its own little root. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "diagnose.h"
#include "test_tools.h"

static char root[64];

static void make_root(void)
{
	strcpy(root, "root.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
}

static void remove_root(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -r ./%s", root);
	ck_assert_int_eq(system(command), 0);
}

static void put(const char *path, const char *text)
{
	char whole[512];
	char *slash;
	FILE *file;

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	for (slash = strchr(whole + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(whole, 0700))
			ck_assert_int_eq(errno, EEXIST);
		*slash = '/';
	}
	file = fopen(whole, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static void put_link(const char *path, const char *to)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	ck_assert_int_eq(symlink(to, whole), 0);
}

static void drop(const char *path)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	ck_assert_int_eq(unlink(whole), 0);
}

static void put_modules(const char *dep)
{
	struct utsname names;
	char path[256];

	ck_assert_int_eq(uname(&names), 0);
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", names.release);
	put(path, dep);
}

START_TEST(not_loaded)
{
	char buf[DIAGNOSIS_TEXT];

	put_modules("kernel/fs/ext4.ko.xz:\nupdates/dkms/damon.ko.xz: a.ko\n");
	ck_assert_str_eq(diagnose_missing(root, ENOENT, buf),
			 "the damon module is not loaded: run `modprobe damon` (as root)");
	/* A node without its driver behind it. */
	ck_assert_str_eq(diagnose_missing(root, ENXIO, buf),
			 "the damon module is not loaded: run `modprobe damon` (as root)");
}
END_TEST

START_TEST(not_installed)
{
	char buf[DIAGNOSIS_TEXT];

	put_modules("kernel/mm/notdamon.ko:\n");
	diagnose_missing(root, ENOENT, buf);
	ck_assert_ptr_nonnull(strstr(buf, "damon-dkms and linux-headers-"));
}
END_TEST

START_TEST(signatures_by_parameter)
{
	char buf[DIAGNOSIS_TEXT];

	put("/sys/module/module/parameters/sig_enforce", "N\n");
	ck_assert(!signatures_enforced(root));
	put("/sys/module/module/parameters/sig_enforce", "Y\n");
	ck_assert(signatures_enforced(root));
	diagnose_missing(root, ENOENT, buf);
	ck_assert_ptr_nonnull(strstr(buf, "this kernel only loads signed modules"));
	ck_assert_ptr_nonnull(strstr(buf, "`mokutil --import /var/lib/dkms/mok.pub`"));
	ck_assert_ptr_nonnull(strstr(buf, "made when DKMS first signs"));
	put("/var/lib/dkms/mok.pub", "key");
	diagnose_missing(root, ENOENT, buf);
	ck_assert_ptr_null(strstr(buf, "made when DKMS first signs"));
}
END_TEST

START_TEST(signatures_by_lockdown)
{
	put("/sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	ck_assert(!signatures_enforced(root));
	put("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	ck_assert(signatures_enforced(root));
}
END_TEST

START_TEST(loaded_but_no_node)
{
	char buf[DIAGNOSIS_TEXT];

	put("/sys/class/misc/damon/dev", "10:123\n");
	diagnose_missing(root, ENOENT, buf);
	ck_assert_ptr_nonnull(strstr(buf, "containers"));
	ck_assert_ptr_null(strstr(buf, "modprobe"));
}
END_TEST

START_TEST(permission_denied)
{
	char buf[DIAGNOSIS_TEXT];

	diagnose_missing(root, EACCES, buf);
	ck_assert_ptr_nonnull(strstr(buf, "permission denied"));
	ck_assert_ptr_null(strstr(buf, "modprobe"));
}
END_TEST

START_TEST(builtin_is_told_from_ours)
{
	bool stat_on;

	ck_assert(!builtin_damon(root, &stat_on));
	put("/sys/kernel/mm/damon/admin/kdamonds", "");
	ck_assert(builtin_damon(root, &stat_on));
	ck_assert(!stat_on);
	put("/sys/module/damon/holders/none", "");
	ck_assert(!builtin_damon(root, &stat_on));
	/* What the module does is shown under that name, too, where it is free. */
	put("/sys/module/damon/lru_sort/parameters/enabled", "Y\n");
	put_link("/sys/module/damon_lru_sort", "damon/lru_sort");
	put("/sys/module/damon/stat/parameters/enabled", "Y\n");
	put_link("/sys/module/damon_stat", "damon/stat");
	ck_assert(!builtin_damon(root, &stat_on));
	ck_assert(!stat_on);
	drop("/sys/module/damon_stat");
	put("/sys/module/damon_stat/parameters/enabled", "Y\n");
	ck_assert(builtin_damon(root, &stat_on));
	ck_assert(stat_on);
}
END_TEST

START_TEST(ours_can_stand_beside_a_builtin)
{
	bool stat_on;

	put("/sys/kernel/mm/damon/admin/kdamonds", "");
	put("/sys/module/damon/holders/none", "");
	ck_assert(!builtin_damon(root, &stat_on));
	put("/sys/kernel/mm/damon-dkms/admin/kdamonds", "");
	ck_assert(builtin_damon(root, &stat_on));
	ck_assert(!stat_on);
}
END_TEST

TCase *tcase_diagnose(void)
{
	TCase *tc = tcase_create("diagnose");

	tcase_add_checked_fixture(tc, make_root, remove_root);
	tcase_add_test(tc, not_loaded);
	tcase_add_test(tc, not_installed);
	tcase_add_test(tc, signatures_by_parameter);
	tcase_add_test(tc, signatures_by_lockdown);
	tcase_add_test(tc, loaded_but_no_node);
	tcase_add_test(tc, permission_denied);
	tcase_add_test(tc, builtin_is_told_from_ours);
	tcase_add_test(tc, ours_can_stand_beside_a_builtin);
	return tc;
}
