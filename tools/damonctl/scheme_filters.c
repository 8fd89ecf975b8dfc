// SPDX-License-Identifier: GPL-2.0
/* Filters of schemes: [not:]TYPE[:ARGUMENT]. */
#include <stdlib.h>
#include <string.h>

#include "scheme_set.h"
#include "units.h"
#include "util.h"

static const struct {
	const char *name;
	uint32_t type;
	uint32_t flags;
	enum { ARG_NONE, ARG_PATH, ARG_SPAN } arg;
} types[] = {
	{ "anon", DAMON_FILTER_ANON, 0, ARG_NONE },
	{ "active", DAMON_FILTER_ACTIVE, 0, ARG_NONE },
	{ "young", DAMON_FILTER_YOUNG, 0, ARG_NONE },
	{ "unmapped", DAMON_FILTER_UNMAPPED, 0, ARG_NONE },
	{ "cgroup", DAMON_FILTER_MEMCG, 0, ARG_PATH },
	{ "cgroup-tree", DAMON_FILTER_MEMCG, DAMON_FILTER_HIERARCHICAL, ARG_PATH },
	{ "hugepage", DAMON_FILTER_HUGEPAGE_SIZE, 0, ARG_SPAN },
	{ "addr", DAMON_FILTER_ADDR, 0, ARG_SPAN },
};

#define NR_TYPES	(sizeof(types) / sizeof(types[0]))

/* "2M-1G"; of folio sizes one alone will do, "2M". */
static bool take_span(const char *text, uint32_t type, struct damon_scheme_filter_conf *filter)
{
	struct span span;
	uint64_t size;

	if (parse_span(text, &span)) {
		filter->min = span.start;
		filter->max = span.end;
		return true;
	}
	if (type != DAMON_FILTER_HUGEPAGE_SIZE || !parse_size(text, &size))
		return false;
	filter->min = filter->max = size;
	return true;
}

int scheme_filter_option(struct scheme_set *set, const char *value, bool allow,
			 const char *command)
{
	const char *option = allow ? "allow" : "reject";
	struct damon_scheme_filter_conf filter = { .flags = DAMON_FILTER_MATCHING };
	const char *path = NULL;
	const char *name = value;
	const char *arg;
	size_t i;

	if (!strncmp(name, "not:", 4)) {
		filter.flags = 0;
		name += 4;
	}
	if (allow)
		filter.flags |= DAMON_FILTER_ALLOW;
	arg = strchr(name, ':');
	for (i = 0; i < NR_TYPES; i++) {
		size_t len = arg ? (size_t)(arg - name) : strlen(name);

		if (strlen(types[i].name) == len && !strncmp(types[i].name, name, len))
			break;
	}
	if (i == NR_TYPES)
		return usage_error(command, "--%s %s: there is no such filter; --help lists them", option,
				   value);
	filter.type = types[i].type;
	filter.flags |= types[i].flags;
	if (arg)
		arg++;
	switch (types[i].arg) {
	case ARG_NONE:
		if (arg)
			return usage_error(command, "--%s %s: %s has nothing behind it", option, value,
					   types[i].name);
		break;
	case ARG_PATH:
		if (!arg || !*arg)
			return usage_error(command, "--%s wants %s:PATH, not '%s'", option, types[i].name,
					   value);
		path = arg;
		break;
	case ARG_SPAN:
		if (!arg || !take_span(arg, types[i].type, &filter))
			return usage_error(command, "--%s wants %s:MIN-MAX, not '%s'", option,
					   types[i].name, value);
		break;
	}
	set->filters = xreallocarray(set->filters, set->nr_filters + 1, sizeof(*set->filters));
	set->filter_cgroups = xreallocarray(set->filter_cgroups, set->nr_filters + 1,
					    sizeof(*set->filter_cgroups));
	set->filters[set->nr_filters] = filter;
	set->filter_cgroups[set->nr_filters++] = path;
	set->schemes[set->nr_schemes - 1].nr_filters++;
	return EXIT_OK;
}
