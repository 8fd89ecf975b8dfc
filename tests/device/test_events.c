// SPDX-License-Identifier: GPL-2.0
/*
 * Trace events: found where tools look for them, laid out as tools read them,
 * and saying what the records say.
 */
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "harness.h"

#define LEN		(4 * MIB)
#define RING		(256 * 1024)
#define TRACEFS		"/sys/kernel/tracing"
#define INSTANCE	TRACEFS "/instances/damon-device-tests"

static struct conf conf;
static const char *event_system;	/* ours */
static bool built_in;

static const char *path_of(const char *format, const char *a, const char *b)
{
	static char path[2][256];
	static unsigned int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), format, a, b);
	return path[turn];
}

static void set(const char *path, const char *text)
{
	ck_assert_msg(write_text(path, text), "%s > %s: %s", text, path, strerror(errno));
}

/* An instance of our own: nobody else's events are in there. */
static void begin(void)
{
	conf_init(&conf);
	conf_target(&conf, 0);
	conf_range(&conf, PTR(map_pages(LEN, false)), LEN);
	/* Then our files stand beside those of the kernel. */
	built_in = tree_beside();
	event_system = built_in ? "damon_dkms" : "damon";
	if (access(TRACEFS "/events", F_OK))
		ck_assert_int_eq(mount("tracefs", TRACEFS, "tracefs", 0, NULL), 0);
	rmdir(INSTANCE);
	ck_assert_int_eq(mkdir(INSTANCE, 0700), 0);
}

static void end(void)
{
	rmdir(INSTANCE);
}

static const char *in_instance(const char *event, const char *file)
{
	char format[128];

	snprintf(format, sizeof(format), INSTANCE "/events/%s/%%s/%%s", event_system);
	return path_of(format, event, file);
}

/* The line of an event's format file that begins so. */
static void format_line(const char *system, const char *event, const char *begins,
			char *line, size_t size)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), TRACEFS "/events/%s/%s/format", system, event);
	file = fopen(path, "re");
	ck_assert_msg(file, "%s: %s", path, strerror(errno));
	do {
		ck_assert_msg(fgets(line, size, file), "%s: no line begins with %s", path, begins);
	} while (strncmp(line, begins, strlen(begins)));
	fclose(file);
}

static const struct {
	const char *event;
	const char *print;
	const char *fields[10];
} events[] = {
	{
		"damon_aggregated",
		"print fmt: \"target_id=%lu nr_regions=%u %lu-%lu: %u %u\", REC->target_id, REC->nr_regions, REC->start, REC->end, REC->nr_accesses, REC->age\n",
		{
			"\tfield:unsigned long target_id;", "\tfield:unsigned int nr_regions;",
			"\tfield:unsigned long start;", "\tfield:unsigned long end;",
			"\tfield:unsigned int nr_accesses;", "\tfield:unsigned int age;",
			"\tfield:unsigned int ctx_id;",
		},
	}, {
		"damon_region_aggregated",
		"print fmt: \"target_id=%lu nr_regions=%u %lu-%lu: %u %u probe_hits=%s\", REC->target_id, REC->nr_regions, REC->start, REC->end, REC->nr_accesses, REC->age, __print_hex(__get_dynamic_array(probe_hits), __get_dynamic_array_len(probe_hits))\n",
		{
			"\tfield:unsigned long target_id;", "\tfield:unsigned long start;",
			"\tfield:unsigned long end;", "\tfield:unsigned int nr_regions;",
			"\tfield:unsigned int nr_accesses;", "\tfield:unsigned int age;",
			"\tfield:__data_loc unsigned char[] probe_hits;",
			"\tfield:unsigned int ctx_id;",
		},
	}, {
		"damon_monitor_intervals_tune",
		"print fmt: \"sample_us=%lu\", REC->sample_us\n",
		{ "\tfield:unsigned long sample_us;", "\tfield:unsigned int ctx_id;" },
	}, {
		"damos_before_apply",
		"print fmt: \"ctx_idx=%u scheme_idx=%u target_idx=%lu nr_regions=%u %lu-%lu: %u %u\", REC->context_idx, REC->scheme_idx, REC->target_idx, REC->nr_regions, REC->start, REC->end, REC->nr_accesses, REC->age\n",
		{
			"\tfield:unsigned int context_idx;", "\tfield:unsigned int scheme_idx;",
			"\tfield:unsigned long target_idx;", "\tfield:unsigned long start;",
			"\tfield:unsigned long end;", "\tfield:unsigned int nr_accesses;",
			"\tfield:unsigned int age;", "\tfield:unsigned int nr_regions;",
			"\tfield:unsigned int ctx_id;",
		},
	}, {
		"damos_esz",
		"print fmt: \"ctx_idx=%u scheme_idx=%u esz=%lu\", REC->context_idx, REC->scheme_idx, REC->esz\n",
		{
			"\tfield:unsigned int context_idx;", "\tfield:unsigned int scheme_idx;",
			"\tfield:unsigned long esz;", "\tfield:unsigned int ctx_id;",
		},
	}, {
		"damos_stat_after_apply_interval",
		"print fmt: \"ctx_idx=%u scheme_idx=%u nr_tried=%lu sz_tried=%lu nr_applied=%lu sz_applied=%lu sz_ops_filter_passed=%lu qt_exceeds=%lu nr_snapshots=%lu\", REC->context_idx, REC->scheme_idx, REC->nr_tried, REC->sz_tried, REC->nr_applied, REC->sz_applied, REC->sz_ops_filter_passed, REC->qt_exceeds, REC->nr_snapshots\n",
		{
			"\tfield:unsigned int context_idx;", "\tfield:unsigned int scheme_idx;",
			"\tfield:unsigned long nr_tried;", "\tfield:unsigned long sz_tried;",
			"\tfield:unsigned long nr_applied;", "\tfield:unsigned long sz_applied;",
			"\tfield:unsigned long sz_ops_filter_passed;",
			"\tfield:unsigned long qt_exceeds;", "\tfield:unsigned int ctx_id;",
		},
	},
};

/* And where the kernel has the event itself, it prints the same. */
START_TEST(format_is_upstreams)
{
	const char *const *field;
	char line[512], theirs[512], path[256];

	format_line(event_system, events[_i].event, "print fmt:", line, sizeof(line));
	ck_assert_str_eq(line, events[_i].print);
	for (field = events[_i].fields; *field; field++)
		format_line(event_system, events[_i].event, *field, line, sizeof(line));
	if (!built_in)
		return;
	snprintf(path, sizeof(path), TRACEFS "/events/damon/%s", events[_i].event);
	if (access(path, F_OK))
		return;		/* not yet in that kernel */
	format_line("damon", events[_i].event, "print fmt:", theirs, sizeof(theirs));
	ck_assert_str_eq(theirs, events[_i].print);
}
END_TEST

/* Number @name of the fdinfo of @fd. */
static unsigned int number_of(int fd, const char *name)
{
	char text[1024], path[64], *at;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	ck_assert_uint_gt(read_text(path, text, sizeof(text)), 0);
	at = strstr(text, name);
	ck_assert_ptr_nonnull(at);
	return strtoul(at + strlen(name), NULL, 10);
}

static FILE *trace_open(void)
{
	FILE *file = fopen(INSTANCE "/trace", "re");

	ck_assert_ptr_nonnull(file);
	return file;
}

/* The next line of an event, or NULL behind the last: what is behind its name. */
static const char *next_event(FILE *file, const char *event, char *text, size_t size)
{
	char name[64];
	const char *at;

	snprintf(name, sizeof(name), ": %s: ", event);
	while (fgets(text, size, file)) {
		if (text[0] == '#' || !strchr(text, '-'))
			continue;
		at = strstr(text, name);
		ck_assert_msg(at, "no %s: %s", event, text);
		ck_assert_msg(!strncmp(text + strspn(text, " "), "kdamond.", 8), "by another: %s",
			      text);
		return at + strlen(name);
	}
	return NULL;
}

/* One line of the trace, as tools take it apart: by words. */
struct line {
	pid_t pid;
	uint32_t target;
	uint32_t nr_regions;
	uint64_t start;
	uint64_t end;
	uint32_t nr_accesses;
	uint32_t age;
};

/* The next line, or false behind the last. */
static bool next_line(FILE *file, struct line *line)
{
	char text[512], unknown;
	const char *at = next_event(file, "damon_aggregated", text, sizeof(text));
	int nr;

	if (!at)
		return false;
	line->pid = atoi(strchr(text, '-') + 1);
	nr = sscanf(at, "target_id=%u nr_regions=%u %lu-%lu: %u %u%c", &line->target,
		    &line->nr_regions, &line->start, &line->end, &line->nr_accesses, &line->age,
		    &unknown);
	ck_assert_msg(nr == 7 && unknown == '\n', "%d words: %s", nr, text);
	return true;
}

static uint32_t regions_of(const struct damon_record_window *w, uint32_t target)
{
	uint32_t i, nr = 0;

	for (i = 0; i < w->nr_regions; i++)
		nr += w->regions[i].target == target;
	return nr;
}

/* More hits than a byte can tell are told as the most that it can. */
static void print_hits(char *to, size_t size, const struct damon_record_hits *hits, uint32_t region)
{
	const uint32_t *nr = hits->hits[region].hits;
	uint32_t i;

	for (i = 0, to[0] = 0; i < hits->nr_probes; i++)
		snprintf(to + strlen(to), size - strlen(to), "%s%02x", i ? " " : "",
			 nr[i] > 255 ? 255 : nr[i]);
}

static struct damon_probe_conf probes[2];
static struct damon_probe_filter_conf filters[2];

/* Anonymous memory, and other memory. */
static void add_probes(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		probes[i] = (struct damon_probe_conf){ .first_filter = i, .nr_filters = 1 };
		filters[i] = (struct damon_probe_filter_conf){
			.type = DAMON_FILTER_ANON,
			.flags = DAMON_FILTER_MATCHING | (i ? 0 : DAMON_FILTER_ALLOW),
		};
	}
	conf.c.probes = PTR(probes);
	conf.c.nr_probes = ARRAY_SIZE(probes);
	conf.c.probe_size = sizeof(probes[0]);
	conf.c.probe_filters = PTR(filters);
	conf.c.nr_probe_filters = ARRAY_SIZE(filters);
	conf.c.probe_filter_size = sizeof(filters[0]);
}

/*
 * Each region of each window is a line, in this order, with these numbers.  @index:
 * whether there are probes, which change neither the words nor where they stand: what
 * probes have found is another event's.
 */
START_TEST(lines_are_the_records)
{
	struct target *target = target_spawn(0, LEN, false);
	int fd = session_new(RING);
	char *buf = malloc(RING), *at;
	unsigned int nr_lines = 0, nr_hot = 0;
	struct damon_record_window *w;
	unsigned int nr_hits = 0;
	struct line line;
	uint32_t i;
	ssize_t got;
	FILE *trace;
	pid_t worker;

	target->hot = LEN / 2;
	target->work = WORK_TOUCH;
	conf_target(&conf, target->pid);
	conf_range(&conf, target->addr, LEN);
	if (_i)
		add_probes();
	conf_commit(fd, &conf);
	set(in_instance("damon_aggregated", "enable"), "1");
	session_start(fd);
	worker = number_of(fd, "worker:");
	windows_pass(fd, 5);
	session_stop(fd);
	set(in_instance("damon_aggregated", "enable"), "0");

	trace = trace_open();
	while ((got = read(fd, buf, RING)) > 0) {
		for (at = buf; at < buf + got; at += w->head.size) {
			w = (void *)at;
			ck_assert_uint_eq(w->head.type, DAMON_RECORD_WINDOW);
			nr_hits += w->head.size > offsetof(struct damon_record_window, regions[w->nr_regions]);
			for (i = 0; i < w->nr_regions; i++, nr_lines++) {
				const struct damon_region_info *r = &w->regions[i];

				ck_assert_msg(next_line(trace, &line), "%u lines only", nr_lines);
				ck_assert_int_eq(line.pid, worker);
				ck_assert_uint_eq(line.target, r->target);
				ck_assert_uint_eq(line.nr_regions, regions_of(w, r->target));
				ck_assert_uint_eq(line.start, r->start);
				ck_assert_uint_eq(line.end, r->end);
				ck_assert_uint_eq(line.nr_accesses, r->nr_accesses);
				ck_assert_uint_eq(line.age, r->age);
				nr_hot += line.target == 1 && line.nr_accesses;
			}
		}
	}
	ck_assert_msg(!next_line(trace, &line), "more lines than regions");
	ck_assert_uint_ge(nr_lines, 5 * 2 * 3);
	ck_assert_uint_gt(nr_hot, 0);
	ck_assert_msg(!nr_hits == !_i, "%u windows with hits", nr_hits);
	fclose(trace);
	free(buf);
}
END_TEST

/* The same, with what probes have found: bytes in hexadecimal. */
START_TEST(hits_are_the_records)
{
	int fd = session_new(RING);
	char *buf = malloc(RING), *at, text[512], wanted[256], hits[16];
	const struct damon_record_hits *found;
	struct damon_record_window *w;
	unsigned int nr_lines = 0;
	const char *line;
	ssize_t got;
	FILE *trace;
	uint32_t i;

	add_probes();
	/* So many samples that hits of all of them do not fit a byte. */
	if (_i)
		conf.c.sample_us = conf.c.aggr_us / 300;
	conf_commit(fd, &conf);
	set(in_instance("damon_region_aggregated", "enable"), "1");
	session_start(fd);
	windows_pass(fd, 3);
	session_stop(fd);
	set(in_instance("damon_region_aggregated", "enable"), "0");

	trace = trace_open();
	while ((got = read(fd, buf, RING)) > 0) {
		for (at = buf; at < buf + got; at += w->head.size) {
			w = (void *)at;
			found = (void *)&w->regions[w->nr_regions];
			for (i = 0; i < w->nr_regions; i++, nr_lines++) {
				const struct damon_region_info *r = &w->regions[i];

				print_hits(hits, sizeof(hits), found, i);
				snprintf(wanted, sizeof(wanted), "target_id=%u nr_regions=%u %llu-%llu: %u %u probe_hits=%s\n",
					 r->target, regions_of(w, r->target),
					 (unsigned long long)r->start, (unsigned long long)r->end,
					 r->nr_accesses, r->age, hits);
				line = next_event(trace, "damon_region_aggregated", text,
						  sizeof(text));
				ck_assert_ptr_nonnull(line);
				ck_assert_str_eq(line, wanted);
				/* All of it is anonymous, nothing else. */
				ck_assert_uint_eq(found->hits[i].hits[1], 0);
				ck_assert_uint_gt(found->hits[i].hits[0], _i ? 255 : 0);
			}
		}
	}
	ck_assert_ptr_null(next_event(trace, "damon_region_aggregated", text, sizeof(text)));
	ck_assert_uint_ge(nr_lines, 3 * 3);
	fclose(trace);
	free(buf);
}
END_TEST

/* As upstream: without probes there is nothing to tell. */
START_TEST(no_hits_without_probes)
{
	int fd = session_new(RING);
	char text[512];
	FILE *trace;

	set(in_instance("damon_region_aggregated", "enable"), "1");
	conf_commit(fd, &conf);
	session_start(fd);
	windows_pass(fd, 3);
	trace = trace_open();
	ck_assert_ptr_null(next_event(trace, "damon_region_aggregated", text, sizeof(text)));
	fclose(trace);
	set(in_instance("damon_region_aggregated", "enable"), "0");
}
END_TEST

/* Memory at rest is looked at less and less often, and each step is told. */
START_TEST(tuning_is_told)
{
	int fd = session_new(RING);
	char *buf = malloc(RING), *at, text[512], wanted[64];
	const struct damon_record_intervals *r;
	uint64_t sample_us = 1000;
	unsigned int nr = 0;
	const char *line;
	ssize_t got;
	FILE *trace;

	conf.c.sample_us = sample_us;
	conf.c.aggr_us = 10 * sample_us;
	conf.c.access_bp = 400;
	conf.c.aggrs = 1;
	conf.c.min_sample_us = sample_us;
	conf.c.max_sample_us = 16 * sample_us;
	conf_commit(fd, &conf);
	set(in_instance("damon_monitor_intervals_tune", "enable"), "1");
	session_start(fd);
	windows_pass(fd, 8);
	session_stop(fd);
	set(in_instance("damon_monitor_intervals_tune", "enable"), "0");

	trace = trace_open();
	while ((got = read(fd, buf, RING)) > 0) {
		for (at = buf; at < buf + got; at += r->head.size) {
			r = (void *)at;
			if (r->head.type != DAMON_RECORD_INTERVALS)
				continue;
			nr++;
			ck_assert_uint_eq(r->old_sample_us, sample_us);
			ck_assert_uint_gt(r->sample_us, sample_us);
			ck_assert_uint_le(r->sample_us, conf.c.max_sample_us);
			sample_us = r->sample_us;
			snprintf(wanted, sizeof(wanted), "sample_us=%llu\n",
				 (unsigned long long)sample_us);
			line = next_event(trace, "damon_monitor_intervals_tune", text,
					  sizeof(text));
			ck_assert_ptr_nonnull(line);
			ck_assert_str_eq(line, wanted);
		}
	}
	ck_assert_ptr_null(next_event(trace, "damon_monitor_intervals_tune", text, sizeof(text)));
	/* From one to sixteen, twice as long at most. */
	ck_assert_uint_ge(nr, 4);
	ck_assert_uint_eq(sample_us, conf.c.max_sample_us);
	fclose(trace);
	free(buf);
}
END_TEST

/* One scheme that counts what it may; what it has done is the sum of what is told. */
static struct damon_scheme count_some(const char *event, uint32_t *ctx_id)
{
	static struct damon_scheme_conf scheme = {
		.action = DAMON_ACTION_STAT,
		.max_sz = ~0ULL,
		.max_accesses = ~0U,
		.max_age = ~0ULL,
		.quota_bytes = 64 * PAGE,
		.quota_interval_us = 300000,
	};
	struct damon_scheme info = { .size = sizeof(info) };
	int fd = session_new(0);

	*ctx_id = number_of(fd, "ctx_id:");
	conf.c.schemes = PTR(&scheme);
	conf.c.nr_schemes = 1;
	conf.c.scheme_size = sizeof(scheme);
	conf_commit(fd, &conf);
	set(in_instance(event, "enable"), "1");
	session_start(fd);
	windows_pass(fd, 9);
	session_stop(fd);
	set(in_instance(event, "enable"), "0");
	ck_assert_int_eq(do_ioctl(fd, DAMON_IOC_SCHEME, &info), 0);
	ck_assert_uint_ge(info.nr_tried, 2);
	return info;
}

START_TEST(parts_that_schemes_try_are_told)
{
	uint64_t start, end, nr = 0, sum = 0;
	struct damon_scheme info;
	uint32_t ctx_id, accesses, age, regions;
	char text[512], begins[64], unknown;
	const char *line;
	FILE *trace;

	info = count_some("damos_before_apply", &ctx_id);
	snprintf(begins, sizeof(begins), "ctx_idx=%u scheme_idx=0 target_idx=0 ", ctx_id);
	trace = trace_open();
	while ((line = next_event(trace, "damos_before_apply", text, sizeof(text)))) {
		ck_assert_msg(!strncmp(line, begins, strlen(begins)), "%s", line);
		ck_assert_int_eq(sscanf(line + strlen(begins), "nr_regions=%u %lu-%lu: %u %u%c",
					&regions, &start, &end, &accesses, &age, &unknown), 6);
		ck_assert_int_eq(unknown, '\n');
		ck_assert_uint_ge(start, conf.ranges[0].start);
		ck_assert_uint_le(end, conf.ranges[0].end);
		ck_assert_uint_ge(regions, 3);
		sum += end - start;
		nr++;
	}
	ck_assert_uint_eq(nr, info.nr_tried);
	ck_assert_uint_eq(sum, info.sz_tried);
	fclose(trace);
}
END_TEST

START_TEST(what_schemes_have_done_is_told)
{
	char text[512], wanted[256] = "", last[256] = "";
	struct damon_scheme info;
	uint64_t nr = 0;
	const char *line;
	uint32_t ctx_id;
	FILE *trace;

	info = count_some("damos_stat_after_apply_interval", &ctx_id);
	snprintf(wanted, sizeof(wanted), "ctx_idx=%u scheme_idx=0 nr_tried=%llu sz_tried=%llu nr_applied=0 sz_applied=0 sz_ops_filter_passed=%llu qt_exceeds=%llu nr_snapshots=%llu\n",
		 ctx_id, (unsigned long long)info.nr_tried, (unsigned long long)info.sz_tried,
		 (unsigned long long)info.sz_passed, (unsigned long long)info.qt_exceeds,
		 (unsigned long long)info.nr_snapshots);
	trace = trace_open();
	while ((line = next_event(trace, "damos_stat_after_apply_interval", text, sizeof(text)))) {
		snprintf(last, sizeof(last), "%s", line);
		nr++;
	}
	ck_assert_uint_eq(nr, info.nr_snapshots);
	ck_assert_str_eq(last, wanted);
	fclose(trace);
}
END_TEST

/* It is the same all the time, so it is told once. */
START_TEST(quotas_are_told)
{
	char text[512], wanted[64];
	const char *line;
	uint32_t ctx_id;
	FILE *trace;

	count_some("damos_esz", &ctx_id);
	snprintf(wanted, sizeof(wanted), "ctx_idx=%u scheme_idx=0 esz=%lu\n", ctx_id, 64 * PAGE);
	trace = trace_open();
	line = next_event(trace, "damos_esz", text, sizeof(text));
	ck_assert_ptr_nonnull(line);
	ck_assert_str_eq(line, wanted);
	ck_assert_ptr_null(next_event(trace, "damos_esz", text, sizeof(text)));
	fclose(trace);
}
END_TEST

START_TEST(nothing_unless_asked)
{
	int fd = session_running(RING, &conf);
	struct line line;
	FILE *trace;

	windows_pass(fd, 3);
	trace = trace_open();
	ck_assert(!next_line(trace, &line));
	fclose(trace);
}
END_TEST

/* The raw record has the context, and filters can use it. */
START_TEST(contexts_can_be_told_apart)
{
	int first = session_new(0), second = session_new(0);
	unsigned int nr = 0;
	char filter[64];
	struct line line;
	FILE *trace;
	pid_t worker;

	ck_assert_uint_ne(number_of(first, "ctx_id:"), number_of(second, "ctx_id:"));
	snprintf(filter, sizeof(filter), "ctx_id == %u", number_of(second, "ctx_id:"));
	set(in_instance("damon_aggregated", "filter"), filter);
	set(in_instance("damon_aggregated", "enable"), "1");
	conf_commit(first, &conf);
	conf_commit(second, &conf);
	session_start(first);
	session_start(second);
	worker = number_of(second, "worker:");
	ck_assert_int_ne(worker, number_of(first, "worker:"));
	windows_pass(first, 3);
	windows_pass(second, 3);
	set(in_instance("damon_aggregated", "enable"), "0");
	trace = trace_open();
	for (; next_line(trace, &line); nr++)
		ck_assert_int_eq(line.pid, worker);
	ck_assert_uint_gt(nr, 0);
	fclose(trace);
}
END_TEST

Suite *events_suite(void)
{
	Suite *suite = suite_create("events");
	TCase *tc = add_case(suite, "events");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, format_is_upstreams, 0, ARRAY_SIZE(events));
	tcase_add_loop_test(tc, lines_are_the_records, 0, 2);
	tcase_add_loop_test(tc, hits_are_the_records, 0, 2);
	tcase_add_test(tc, no_hits_without_probes);
	tcase_add_test(tc, tuning_is_told);
	tcase_add_test(tc, parts_that_schemes_try_are_told);
	tcase_add_test(tc, what_schemes_have_done_is_told);
	tcase_add_test(tc, quotas_are_told);
	tcase_add_test(tc, nothing_unless_asked);
	tcase_add_test(tc, contexts_can_be_told_apart);
	return suite;
}
