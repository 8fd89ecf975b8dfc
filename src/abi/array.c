// SPDX-License-Identifier: GPL-2.0
/*
 * Arrays in a caller's memory, whose elements may be those of another version.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

#include "abi/abi.h"

/* Element @index is longer than we know, and not zero there. */
static int damon_array_too_big(struct damon_request *req,
			       const struct damon_array *array, u32 index)
{
	return damon_request_fail(req, -E2BIG,
				  "%s is %u, and in element %u of %s what is behind byte %u is not zero: this module knows no more than that",
				  array->size_name, array->size, index, array->name,
				  array->known);
}

/**
 * damon_array_check() - are its elements as large as they have to be?
 * @req:	the call
 * @array:	the array
 *
 * Return: 0, -EINVAL or -E2BIG.
 */
int damon_array_check(struct damon_request *req, const struct damon_array *array)
{
	if (array->size < array->known)
		return damon_request_fail(req, -EINVAL,
					  "%s is %u: the smallest element of %s has %u bytes",
					  array->size_name, array->size, array->name,
					  array->known);
	if (array->size > PAGE_SIZE)
		return damon_request_fail(req, -E2BIG,
					  "%s is %u: no element of %s has more than %lu bytes",
					  array->size_name, array->size, array->name,
					  PAGE_SIZE);
	return 0;
}

/**
 * damon_array_get() - read an array
 * @req:	the call
 * @array:	the array, accepted by damon_array_check(), not empty
 *
 * Return: a copy with elements as we know them, to be freed by damon_free(), or
 * ERR_PTR(): -EFAULT, -E2BIG, -ENOMEM.
 */
void *damon_array_get(struct damon_request *req, const struct damon_array *array)
{
	const u8 __user *from = u64_to_user_ptr(array->uptr);
	const size_t known = array->known;
	u8 *to = damon_zalloc(array->nr, known);
	int err;
	u32 i;

	if (!to)
		return ERR_PTR(-ENOMEM);
	if (array->size == known) {
		/* damon_zalloc() has checked that the product fits. */
		if (!copy_from_user(to, from, array->nr * known))
			return to;
		err = damon_request_fail(req, -EFAULT,
					 "%s: its %u elements cannot all be read",
					 array->name, array->nr);
		goto fail;
	}
	for (i = 0; i < array->nr; i++) {
		err = copy_struct_from_user(to + i * known, known,
					    from + i * (size_t)array->size,
					    array->size);
		if (err == -E2BIG)
			err = damon_array_too_big(req, array, i);
		else if (err)
			damon_request_fail(req, err,
					   "%s: element %u cannot be read",
					   array->name, i);
		if (err)
			goto fail;
	}
	return to;

fail:
	damon_free(to);
	return ERR_PTR(err);
}

/**
 * damon_array_read() - check and read an array
 * @req:	the call
 * @array:	the array; may be empty, and is not looked at then
 * @to:		out: as damon_array_get(); unchanged if empty or wrong
 *
 * Return: 0 or a negative errno.
 */
int damon_array_read(struct damon_request *req, const struct damon_array *array, void **to)
{
	void *got;
	int err;

	if (!array->nr)
		return 0;
	err = damon_array_check(req, array);
	if (err)
		return err;
	got = damon_array_get(req, array);
	if (IS_ERR(got))
		return PTR_ERR(got);
	*to = got;
	return 0;
}

/**
 * damon_elements_check() - can elements of that size be written?
 * @req:	the call
 * @name:	what the structure calls @size
 * @size:	bytes of an element, as the caller has it
 * @known:	bytes of an element, as we have it
 *
 * Return: 0, -EINVAL or -E2BIG.
 */
int damon_elements_check(struct damon_request *req, const char *name, u32 size,
			 size_t known)
{
	if (size < known)
		return damon_request_fail(req, -EINVAL,
					  "%s is %u: an element has %zu bytes", name, size,
					  known);
	if (size > PAGE_SIZE)
		return damon_request_fail(req, -E2BIG, "%s is %u: this module knows %zu bytes",
					  name, size, known);
	return 0;
}

/**
 * damon_elements_to_user() - write an array
 * @uptr:	where
 * @stride:	bytes from one element to the next, at least @known
 * @elements:	the array
 * @known:	bytes of an element
 * @nr:		how many
 *
 * A program made for a later module may have longer ones: their unknown end
 * becomes zero.
 *
 * Return: 0 or -EFAULT.
 */
int damon_elements_to_user(u64 uptr, size_t stride, const void *elements,
			   size_t known, u32 nr)
{
	u8 __user *to = u64_to_user_ptr(uptr);
	const u8 *from = elements;
	u32 i;

	if (stride == known)
		return copy_to_user(to, from, nr * known) ? -EFAULT : 0;

	for (i = 0; i < nr; i++, from += known, to += stride) {
		if (copy_to_user(to, from, known) ||
		    clear_user(to + known, stride - known))
			return -EFAULT;
	}
	return 0;
}
