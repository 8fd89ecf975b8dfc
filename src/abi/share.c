// SPDX-License-Identifier: GPL-2.0
/*
 * Arrays of which each element belongs to exactly one element of another array:
 * ranges to targets, filters to probes, parts to schemes.
 */
#include <linux/kernel.h>

#include "abi/abi.h"

/**
 * damon_share_take() - an owner takes its elements
 * @req:	the call
 * @share:	the array
 * @index:	the owner's
 * @first:	its first element, not looked at if @nr is 0
 * @nr:		how many
 *
 * Return: 0 or -EINVAL.
 */
int damon_share_take(struct damon_request *req, struct damon_share *share, u32 index,
		     u32 first, u32 nr)
{
	if (!nr)
		return 0;
	if (first != share->next)
		return damon_request_fail(req, -EINVAL,
					  "%s %u: first_%s is %u: the next %s is %u, and %ss take them one after the other",
					  share->owner, index, share->what, first,
					  share->what, share->next, share->owner);
	if (nr > share->nr - share->next)
		return damon_request_fail(req, -EINVAL,
					  "%s %u: nr_%ss is %u: only %u are left",
					  share->owner, index, share->what, nr,
					  share->nr - share->next);
	share->next += nr;
	return 0;
}

/**
 * damon_share_all() - is none left when all owners have taken theirs?
 * @req:	the call
 * @share:	the array
 *
 * Return: 0 or -EINVAL.
 */
int damon_share_all(struct damon_request *req, const struct damon_share *share)
{
	if (share->next == share->nr)
		return 0;
	return damon_request_fail(req, -EINVAL, "%s is %u: the %ss take %u", share->count,
				  share->nr, share->owner, share->next);
}
