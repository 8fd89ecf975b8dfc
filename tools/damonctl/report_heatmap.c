// SPDX-License-Identifier: GPL-2.0
/* damonctl report heatmap: accesses over time and address. */
#include <err.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "heatmap.h"
#include "heatmap_image.h"
#include "heatmap_text.h"
#include "truth.h"
#include "util.h"

/* A text of more rows than this has to be asked for. */
#define DEFAULT_ROWS	40
#define MAX_CELLS	10000
#define ALL_PARTS	SIZE_MAX

static const char help[] =
"Usage: damonctl report heatmap [OPTION]... [FILE]\n"
"\n"
"Shows a recording (default damon.data) as a matrix of access rates: a row for\n"
"each step of time, a column for each piece of the address space.  Of the parts\n"
"of the address space it shows the one with the most accessed memory.\n"
"\n"
"  -o, --output FILE   draw a picture instead: FILE.png or FILE.svg\n"
"  -t, --truth FILE    compare with what was really accessed: lines of\n"
"                      start_ns end_ns start_addr end_addr; outlined in a picture,\n"
"                      a second matrix in the terminal\n"
"      --process PID   of a recording of several: this one (default: the first)\n"
"      --part N|all    show another part, or all; they are listed below the matrix\n"
"      --range START-END\n"
"                      show these addresses (0x... or decimal)\n"
"      --rows N        steps of time (default 40, or as many as there are windows)\n"
"      --cols N        pieces of the address space (default: the terminal's width)\n"
"      --plain         digits, even in a terminal\n"
"      --colour        colours, even where it is no terminal\n"
"  -h, --help          this text\n";

struct heatmap_options {
	const char *file;
	const char *output;
	const char *truth;
	int64_t process;
	size_t part;
	bool part_given;
	struct span range;
	unsigned int rows;
	unsigned int cols;
	bool colours;
};

static unsigned int default_rows(const struct recording *recording, unsigned int most)
{
	return recording->nr_windows < most ? (unsigned int)recording->nr_windows : most;
}

static char *title_of(const struct recording *recording)
{
	const struct recording_info *info = &recording->info;

	if (info->physical)
		return xasprintf("Accesses to physical memory");
	if (info->command && info->pid)
		return xasprintf("Memory accesses of %.60s (process %" PRId64 ")", info->command,
				 info->pid);
	return xasprintf("Memory accesses");
}

static bool draw_picture(const struct heatmap_options *opt, const struct recording *recording,
			 struct span space, const struct truth *truth)
{
	char size[UNITS_TEXT], sample[UNITS_TEXT], aggr[UNITS_TEXT];
	struct heatmap map;
	char *title, *subtitle;
	size_t i;
	bool ok;

	heatmap_init(&map, recording_time(recording), space,
		     opt->rows ? opt->rows : default_rows(recording, PLOT_WIDTH / 2),
		     opt->cols ? opt->cols : PLOT_HEIGHT / 2);
	for (i = 0; i < recording->nr_windows; i++)
		heatmap_add(&map, &recording->windows[i]);
	heatmap_finish(&map);

	title = title_of(recording);
	subtitle = xasprintf("0x%" PRIx64 " - 0x%" PRIx64 " (%s), %zu windows of %s, sampled every %s",
			     space.start, space.end, size_text(size, space.end - space.start),
			     recording->nr_windows, time_text(aggr, recording->info.aggr_us * 1000),
			     time_text(sample, recording->info.sample_us * 1000));
	ok = heatmap_image(opt->output, &map, title, subtitle, truth);
	free(subtitle);
	free(title);
	heatmap_free(&map);
	return ok;
}

static void print_part(const struct heatmap_options *opt, const struct recording *recording,
		       struct span space, const struct truth *truth)
{
	struct heatmap map, truth_matrix;
	unsigned int cols, rows;
	struct score score;
	size_t i;

	terminal_size(&cols, &rows);
	cols = opt->cols ? opt->cols : heatmap_text_width(cols, truth ? 2 : 1);
	heatmap_init(&map, recording_time(recording), space,
		     opt->rows ? opt->rows : default_rows(recording, DEFAULT_ROWS), cols);
	for (i = 0; i < recording->nr_windows; i++)
		heatmap_add(&map, &recording->windows[i]);
	heatmap_finish(&map);

	if (!truth) {
		heatmap_print(stdout, &map, NULL, opt->colours);
		heatmap_free(&map);
		return;
	}
	truth_map(truth, &map, &truth_matrix);
	heatmap_print(stdout, &map, &truth_matrix, opt->colours);
	score = truth_score(truth, recording, space);
	if (score.nr_windows)
		printf("# %.0f %% of the memory seen hot was hot, %.0f %% of the hot memory was seen "
		       "(%zu windows, hot: %.0f %% of the samples or more)\n",
		       score.precision * 100, score.recall * 100, score.nr_windows, HOT_RATE * 100);
	else
		printf("# no window lies inside a step of the truth: is it of the same run?\n");
	heatmap_free(&truth_matrix);
	heatmap_free(&map);
}

static void print_parts(const struct part *parts, size_t nr, size_t shown)
{
	char size[UNITS_TEXT];
	size_t i;

	if (nr < 2 || shown == ALL_PARTS)
		return;
	printf("# parts of the address space (--part):\n");
	for (i = 0; i < nr; i++)
		printf("# %c%zu: 0x%" PRIx64 "-0x%" PRIx64 " (%s)%s\n", i == shown ? '*' : ' ', i,
		       parts[i].span.start, parts[i].span.end,
		       size_text(size, parts[i].span.end - parts[i].span.start),
		       parts[i].heat > 0 ? "" : ", no access seen");
}

static void print_title(const struct recording *recording)
{
	char *title = title_of(recording);

	printf("# %s\n", title);
	free(title);
}

static bool show(const struct heatmap_options *opt, const struct recording *recording,
		 const struct truth *truth)
{
	struct part *parts = NULL;
	size_t nr = recording_parts(recording, &parts);
	size_t chosen, i;
	bool ok = true;

	if (!nr) {
		warnx("%s has windows, but no memory in them", opt->file);
		return false;
	}
	chosen = opt->part_given ? opt->part : main_part(parts, nr);
	if (chosen >= nr && chosen != ALL_PARTS) {
		warnx("there is no part %zu: the recording has %zu", chosen, nr);
		ok = false;
	} else if (opt->output) {
		ok = draw_picture(opt, recording, opt->range.end ? opt->range : parts[chosen].span,
				  truth);
	} else if (opt->range.end) {
		print_title(recording);
		print_part(opt, recording, opt->range, truth);
	} else {
		print_title(recording);
		for (i = 0; i < nr; i++) {
			if (chosen == i || chosen == ALL_PARTS)
				print_part(opt, recording, parts[i].span, truth);
		}
		print_parts(parts, nr, chosen);
	}
	free(parts);
	return ok;
}

static int run(const struct heatmap_options *opt)
{
	struct truth truth = { 0 };
	struct recording recording;
	bool ok = false;

	if (opt->truth && !truth_load(opt->truth, &truth))
		return EXIT_FAILED;
	if (!recording_load(opt->file, opt->process, &recording)) {
		truth_free(&truth);
		return EXIT_FAILED;
	}
	if (recording.info.nr_lost)
		warnx("%" PRIu64 " windows were lost while recording", recording.info.nr_lost);
	if (!recording.nr_windows)
		warnx("%s has no windows: it ended before the first aggregation interval did",
		      opt->file);
	else
		ok = show(opt, &recording, opt->truth ? &truth : NULL);
	if (ok && !opt->output)
		recording_list(stdout, &recording);
	recording_free(&recording);
	truth_free(&truth);
	if (fflush(stdout) || ferror(stdout)) {
		warn("cannot write");
		ok = false;
	}
	return ok ? EXIT_OK : EXIT_FAILED;
}

static int count_option(const char *name, const char *value, unsigned int *count)
{
	uint64_t number;

	if (!parse_count(value, 1, MAX_CELLS, &number))
		return usage_error("report heatmap", "--%s wants a number from 1 to %d, not '%s'",
				   name, MAX_CELLS, value);
	*count = (unsigned int)number;
	return EXIT_OK;
}

static int part_option(struct heatmap_options *opt, const char *value)
{
	uint64_t number;

	opt->part_given = true;
	opt->part = ALL_PARTS;
	if (!strcmp(value, "all"))
		return EXIT_OK;
	if (!parse_count(value, 0, UINT32_MAX, &number))
		return usage_error("report heatmap", "--part wants a number or all, not '%s'", value);
	opt->part = number;
	return EXIT_OK;
}

static int check(const struct heatmap_options *opt)
{
	if (!opt->output)
		return EXIT_OK;
	if (!heatmap_image_known(opt->output))
		return usage_error("report heatmap", "%s: only .png and .svg can be drawn",
				   opt->output);
	if (opt->part_given && opt->part == ALL_PARTS)
		return usage_error("report heatmap", "a picture shows one part, not all");
	if (opt->rows > PLOT_WIDTH || opt->cols > PLOT_HEIGHT)
		return usage_error("report heatmap", "a picture has room for %d rows (time) and %d cols",
				   PLOT_WIDTH, PLOT_HEIGHT);
	return EXIT_OK;
}

int cmd_report_heatmap(int argc, char **argv)
{
	enum { OPT_PART = 0x100, OPT_RANGE, OPT_ROWS, OPT_COLS, OPT_PLAIN, OPT_COLOUR,
	       OPT_PROCESS };
	static const struct option options[] = {
		{ "output", required_argument, NULL, 'o' },
		{ "truth", required_argument, NULL, 't' },
		{ "process", required_argument, NULL, OPT_PROCESS },
		{ "part", required_argument, NULL, OPT_PART },
		{ "range", required_argument, NULL, OPT_RANGE },
		{ "rows", required_argument, NULL, OPT_ROWS },
		{ "cols", required_argument, NULL, OPT_COLS },
		{ "plain", no_argument, NULL, OPT_PLAIN },
		{ "colour", no_argument, NULL, OPT_COLOUR },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct heatmap_options opt = { .file = "damon.data" };
	unsigned int cols, rows;
	int ret = EXIT_OK;
	int c;

	opt.colours = terminal_size(&cols, &rows);
	while (!ret && (c = getopt_long(argc, argv, "o:t:i:h", options, NULL)) != -1) {
		switch (c) {
		case 'o':
			opt.output = optarg;
			break;
		case 't':
			opt.truth = optarg;
			break;
		case 'i':
			opt.file = optarg;
			break;
		case OPT_PROCESS:
			ret = process_option("report heatmap", optarg, &opt.process);
			break;
		case OPT_PART:
			ret = part_option(&opt, optarg);
			break;
		case OPT_RANGE:
			if (!parse_span(optarg, &opt.range))
				ret = usage_error("report heatmap",
						  "--range wants START-END with START below END, not '%s'",
						  optarg);
			break;
		case OPT_ROWS:
			ret = count_option("rows", optarg, &opt.rows);
			break;
		case OPT_COLS:
			ret = count_option("cols", optarg, &opt.cols);
			break;
		case OPT_PLAIN:
			opt.colours = false;
			break;
		case OPT_COLOUR:
			opt.colours = true;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_OK;
		default:
			ret = usage_error("report heatmap", "see above");
		}
	}
	if (!ret && argc - optind > 1)
		ret = usage_error("report heatmap", "one FILE only");
	if (!ret && optind < argc)
		opt.file = argv[optind];
	if (!ret)
		ret = check(&opt);
	return ret ? ret : run(&opt);
}
