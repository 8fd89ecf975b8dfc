/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calling private kernel functions.
 *
 * damon_bind_all() finds each function of bind_table.h once, at load, and
 * patches its address into the call sites (static calls).  That is a direct
 * call: it needs no landing pad at its target (6.12 and later seal theirs
 * against indirect calls) and costs no retpoline.  A found address is never
 * called through a pointer and never handed to the kernel as a callback.
 * Variables are found by kallsyms only: a kprobe knows text.
 */
#ifndef DAMON_KERNEL_BIND_H
#define DAMON_KERNEL_BIND_H

#include <linux/static_call.h>
#include <linux/types.h>

#include "kernel/bind_table.h"

enum damon_binding {
#define X(name, need, purpose) DAMON_BINDING_##name,
	DAMON_BINDINGS(X)
#undef X
	NR_DAMON_BINDINGS
};

#define X(name, need, purpose) DECLARE_STATIC_CALL(damon_bound_##name, name);
DAMON_BINDINGS(X)
#undef X

extern bool damon_binding_found[NR_DAMON_BINDINGS];

enum damon_datum {
#define X(name, purpose) DAMON_DATUM_##name,
	DAMON_DATA(X)
#undef X
	NR_DAMON_DATA
};

extern unsigned long damon_data_at[NR_DAMON_DATA];

/*
 * damon_has(name) - may damon_call(name) be used?
 * damon_call(name)(args) - call it.  Without damon_has() a call of a missing
 * function does nothing and returns garbage.
 */
#define damon_has(name)		(damon_binding_found[DAMON_BINDING_##name])
#define damon_call(name)	static_call(damon_bound_##name)

/*
 * damon_has_data(name) - may damon_data(name) be used?
 * damon_data(name) - where that variable is
 */
#define damon_has_data(name)	(damon_data_at[DAMON_DATUM_##name] != 0)
#define damon_data(name)	((typeof(&(name)))damon_data_at[DAMON_DATUM_##name])

int damon_bind_all(void);
size_t damon_bind_missing_text(char *buf, size_t len);

#endif /* DAMON_KERNEL_BIND_H */
