/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DAMON_OPS_PROBES_H
#define DAMON_OPS_PROBES_H

#include "core/core.h"
#include "kernel/attributes.h"

/**
 * damon_try_probes() - try one page for all probes
 * @probes:	the probes, whose objects are struct damon_filters
 * @nr:		how many
 * @folio:	what the page is in, kept by the caller; NULL if there is no page
 * @hits:	of the region for which it was sampled
 *
 * Any context.
 */
static inline void damon_try_probes(const struct damon_probe *probes, u32 nr,
				    struct folio *folio, struct damon_hits *hits)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		if (damon_filters_pass(probes[i].what, folio))
			damon_probe_hit(hits, i);
	}
}

#endif /* DAMON_OPS_PROBES_H */
