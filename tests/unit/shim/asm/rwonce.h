/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_ASM_RWONCE_H
#define SHIM_ASM_RWONCE_H

#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v)	__atomic_store_n(&(x), v, __ATOMIC_RELAXED)

#endif /* SHIM_ASM_RWONCE_H */
