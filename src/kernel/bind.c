// SPDX-License-Identifier: GPL-2.0
/*
 * Finding and binding private kernel functions, once, at load.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>

#include "kernel/bind.h"

enum damon_need {
	DAMON_OPTIONAL,
	DAMON_REQUIRED,
};

/* Found at load, constant from then on; no lock. */
bool damon_binding_found[NR_DAMON_BINDINGS] __ro_after_init;
unsigned long damon_data_at[NR_DAMON_DATA] __ro_after_init;

#define X(name, need, purpose) DEFINE_STATIC_CALL_NULL(damon_bound_##name, name);
DAMON_BINDINGS(X)
#undef X

/* kallsyms_lookup_name is declared, but its name must not be linked to. */
DEFINE_STATIC_CALL_NULL(damon_bound_kallsyms, kallsyms_lookup_name);

static const struct {
	const char *name;
	const char *purpose;
	enum damon_need need;
} damon_binding_info[] = {
#define X(name, need, purpose) { #name, purpose, need },
	DAMON_BINDINGS(X)
#undef X
};

static const struct {
	const char *name;
	const char *purpose;
} damon_data_info[] = {
#define X(name, purpose) { #name, purpose },
	DAMON_DATA(X)
#undef X
};

/*
 * A kprobe resolves its symbol when it is registered, and a disabled one
 * patches nothing.  The address may be that behind the function's landing pad
 * (sym + 4), which is as good for a direct call.
 */
static unsigned long __init address_by_kprobe(const char *name)
{
	struct kprobe kp = {
		.symbol_name = name,
		.flags = KPROBE_FLAG_DISABLED,
	};
	unsigned long addr;

	if (register_kprobe(&kp))
		return 0;
	addr = (unsigned long)kp.addr;
	unregister_kprobe(&kp);
	return addr;
}

/*
 * One kprobe costs a grace period, one look-up in kallsyms microseconds: the
 * one finds the other, which finds everything else, and itself once more for
 * its true entry point.  Returns false if each name needs a kprobe.
 */
static bool __init bind_kallsyms(void)
{
	unsigned long addr = address_by_kprobe("kallsyms_lookup_name");

	if (!addr)
		return false;
	static_call_update(damon_bound_kallsyms,
			   (typeof(&kallsyms_lookup_name))addr);
	addr = static_call(damon_bound_kallsyms)("kallsyms_lookup_name");
	if (!addr)
		return false;
	static_call_update(damon_bound_kallsyms,
			   (typeof(&kallsyms_lookup_name))addr);
	return true;
}

static unsigned long __init address_of(const char *name, bool have_kallsyms)
{
	if (have_kallsyms)
		return static_call(damon_bound_kallsyms)(name);
	return address_by_kprobe(name);
}

static void __init find_data(void)
{
	unsigned int i;

	for (i = 0; i < NR_DAMON_DATA; i++) {
		damon_data_at[i] = static_call(damon_bound_kallsyms)(damon_data_info[i].name);
		if (!damon_data_at[i])
			pr_info("this kernel has no %s: no %s\n", damon_data_info[i].name,
				damon_data_info[i].purpose);
	}
}

/**
 * damon_bind_all() - find and bind everything that is in bind_table.h
 *
 * Called once, before anything that uses damon_call().  May sleep.
 *
 * Return: 0, or -ENOENT if a required function is missing; the log then names
 * it and what it is needed for.
 */
int __init damon_bind_all(void)
{
	bool have_kallsyms = bind_kallsyms();
	unsigned long addr;
	unsigned int i;
	int err = 0;

#define X(fn, need, purpose)						\
	do {								\
		addr = address_of(#fn, have_kallsyms);			\
		if (!addr)						\
			break;						\
		static_call_update(damon_bound_##fn, (typeof(&fn))addr);	\
		damon_binding_found[DAMON_BINDING_##fn] = true;		\
	} while (0);
	DAMON_BINDINGS(X)
#undef X
	if (have_kallsyms)
		find_data();

	for (i = 0; i < NR_DAMON_BINDINGS; i++) {
		if (damon_binding_found[i])
			continue;
		if (damon_binding_info[i].need == DAMON_REQUIRED) {
			pr_err("this kernel has no %s, needed for %s\n",
			       damon_binding_info[i].name,
			       damon_binding_info[i].purpose);
			err = -ENOENT;
		} else {
			pr_info("this kernel has no %s: no %s\n",
				damon_binding_info[i].name,
				damon_binding_info[i].purpose);
		}
	}
	return err;
}

/* One more line, behind the first @done bytes of the text.  Returns its length. */
static size_t put_missing(char *buf, size_t len, size_t done, const char *name,
			  const char *purpose)
{
	bool fits = done < len;

	return snprintf(fits ? buf + done : NULL, fits ? len - done : 0, "%s: %s\n", name,
			purpose);
}

/**
 * damon_bind_missing_text() - say which optional functions are missing
 * @buf:	where to, NUL terminated if @len is not 0
 * @len:	room at @buf
 *
 * Return: length of the whole text, as snprintf().
 */
size_t damon_bind_missing_text(char *buf, size_t len)
{
	size_t done = 0;
	unsigned int i;

	if (len)
		buf[0] = '\0';
	for (i = 0; i < NR_DAMON_BINDINGS; i++) {
		if (!damon_binding_found[i])
			done += put_missing(buf, len, done, damon_binding_info[i].name,
					    damon_binding_info[i].purpose);
	}
	for (i = 0; i < NR_DAMON_DATA; i++) {
		if (!damon_data_at[i])
			done += put_missing(buf, len, done, damon_data_info[i].name,
					    damon_data_info[i].purpose);
	}
	return done;
}
