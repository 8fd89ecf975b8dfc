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
	built_in = !access("/sys/kernel/mm/damon", F_OK);
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
	const char *fields[8];
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
		"damon_monitor_intervals_tune",
		"print fmt: \"sample_us=%lu\", REC->sample_us\n",
		{ "\tfield:unsigned long sample_us;", "\tfield:unsigned int ctx_id;" },
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

static bool parse(const char *text, struct line *line)
{
	char found[64], unknown;
	const char *at = strstr(text, "-");
	int nr;

	if (text[0] == '#' || !at)
		return false;
	line->pid = atoi(at + 1);
	at = strstr(text, ": damon_aggregated: ");
	ck_assert_msg(at, "no event of ours: %s", text);
	nr = sscanf(at, ": %63[a-z_]: target_id=%u nr_regions=%u %lu-%lu: %u %u%c", found,
		    &line->target, &line->nr_regions, &line->start, &line->end,
		    &line->nr_accesses, &line->age, &unknown);
	ck_assert_msg(nr == 8 && unknown == '\n', "%d words: %s", nr, text);
	at = text + strspn(text, " ");
	ck_assert_msg(!strncmp(at, "kdamond.", 8), "by another: %s", text);
	return true;
}

static FILE *trace_open(void)
{
	FILE *file = fopen(INSTANCE "/trace", "re");

	ck_assert_ptr_nonnull(file);
	return file;
}

/* The next line, or false behind the last. */
static bool next_line(FILE *file, struct line *line)
{
	char text[512];

	while (fgets(text, sizeof(text), file)) {
		if (parse(text, line))
			return true;
	}
	return false;
}

static uint32_t regions_of(const struct damon_record_window *w, uint32_t target)
{
	uint32_t i, nr = 0;

	for (i = 0; i < w->nr_regions; i++)
		nr += w->regions[i].target == target;
	return nr;
}

/* Each region of each window is a line, in this order, with these numbers. */
START_TEST(lines_are_the_records)
{
	struct target *target = target_spawn(0, LEN, false);
	int fd = session_new(RING);
	char *buf = malloc(RING), *at;
	unsigned int nr_lines = 0, nr_hot = 0;
	struct damon_record_window *w;
	struct line line;
	uint32_t i;
	ssize_t got;
	FILE *trace;
	pid_t worker;

	target->hot = LEN / 2;
	target->work = WORK_TOUCH;
	conf_target(&conf, target->pid);
	conf_range(&conf, target->addr, LEN);
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
	fclose(trace);
	free(buf);
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
	tcase_add_test(tc, lines_are_the_records);
	tcase_add_test(tc, nothing_unless_asked);
	tcase_add_test(tc, contexts_can_be_told_apart);
	return suite;
}
