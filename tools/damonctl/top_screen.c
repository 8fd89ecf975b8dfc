// SPDX-License-Identifier: GPL-2.0
/* The live view of damonctl top, with ncurses. */
#include <curses.h>
#include <err.h>
#include <inttypes.h>
#include <locale.h>
#include <stdlib.h>

#include "palette.h"
#include "process.h"
#include "top.h"
#include "util.h"
#include "view.h"
#include "view_processes.h"

#define NR_SHADES	24
#define REFRESH_MS	250
/* A process given with --ranges may have any number of parts. */
#define MAX_STRIPS	6

struct screen {
	struct session *session;
	const char *title;
	struct live live;
	enum view_sort sort;
	bool paused;
	bool colours;
	int row;
};

/* Pairs 1 to NR_SHADES: a block in the colour of a rate. */
static bool init_shades(void)
{
	int i;

	if (!has_colors() || start_color() == ERR || COLORS < 256 || COLOR_PAIRS <= NR_SHADES)
		return false;
	for (i = 0; i < NR_SHADES; i++) {
		short colour = (short)xterm_colour(heat_colour(i / (NR_SHADES - 1.0)));

		init_pair((short)(i + 1), colour, colour);
	}
	return true;
}

static unsigned int width(void)
{
	return COLS > 1 ? (unsigned int)COLS : 1;
}

static void strip(struct screen *s, const double *rates)
{
	unsigned int cols = width();
	unsigned int i;

	move(s->row++, 0);
	for (i = 0; i < cols; i++) {
		if (!s->colours)
			addch((chtype)(rates[i] < 0 ? '.' : '0' + heat_level(rates[i], 1)));
		else if (rates[i] < 0)
			addch(' ');
		else
			addch(' ' | COLOR_PAIR(1 + (int)(rates[i] * (NR_SHADES - 1) + 0.5)));
	}
}

static void strips(struct screen *s)
{
	const struct window *window = &s->live.window;
	char size[UNITS_TEXT], cell[UNITS_TEXT];
	struct span *parts;
	size_t nr = window_parts(window, &parts);
	double *rates = xcalloc(width(), sizeof(*rates));
	size_t i;

	for (i = 0; i < nr && i < MAX_STRIPS; i++) {
		uint64_t bytes = parts[i].end - parts[i].start;

		mvprintw(s->row++, 0, "0x%" PRIx64 "-0x%" PRIx64 "  %s, %s a column", parts[i].start,
			 parts[i].end, size_text(size, bytes),
			 size_text(cell, bytes / width()));
		view_strip(window, parts[i], rates, width());
		strip(s, rates);
	}
	if (nr > MAX_STRIPS)
		mvprintw(s->row++, 0, "... %zu more parts", nr - MAX_STRIPS);
	free(parts);
	free(rates);
}

/* Two lines for each: with the table, what fits. */
static void processes(struct screen *s)
{
	const int room = (LINES - s->row - 4) / 2;
	char total[UNITS_TEXT], hot[UNITS_TEXT];
	double *rates = xcalloc(width(), sizeof(*rates));
	struct view_process *list;
	size_t nr = view_processes(&s->live.window, &list);
	size_t i;

	mvprintw(s->row++, 0, PROCESS_HEAD, "pid", "total", "hot", "command");
	for (i = 0; i < nr && (int)(2 * i) < room; i++) {
		char *command = list[i].pid ? process_command(list[i].pid) : xasprintf("?");

		mvprintw(s->row++, 0, PROCESS_LINE, (int)list[i].pid,
			 size_text(total, list[i].total), size_text(hot, list[i].hot),
			 COLS > 40 ? COLS - 33 : 8, command);
		view_squeezed_strip(&list[i].window, rates, width());
		strip(s, rates);
		free(command);
	}
	if (i < nr)
		mvprintw(s->row++, 0, "... %zu more processes", nr - i);
	free(list);
	free(rates);
}

static void table(struct screen *s)
{
	const struct window *window = &s->live.window;
	const struct region **list = view_sort_regions(window, s->sort);
	const bool joined = window_joined(window);
	char size[UNITS_TEXT], name[PROBE_NAME];
	uint32_t i, k;

	s->row++;
	attron(A_REVERSE);
	mvprintw(s->row, 0, "%*s", COLS, "");
	move(s->row++, 0);
	if (joined)
		printw("%9s  ", "pid");
	printw("%-33s %10s %7s %10s", "address", "size", "rate", "age");
	for (k = 0; k < window->nr_probes; k++)
		printw(" %12s", view_probe_name(name, s->session->conf.probes[k]));
	attroff(A_REVERSE);
	for (i = 0; i < window->nr_regions && s->row < LINES - 1; i++) {
		const struct region *r = list[i];
		char range[64];

		snprintf(range, sizeof(range), "0x%" PRIx64 "-0x%" PRIx64, r->start, r->end);
		move(s->row++, 0);
		if (joined)
			printw("%9" PRIu32 "  ", r->pid);
		printw("%-33s %10s %5.0f %% %8.1f s", range,
			 size_text(size, r->end - r->start), region_rate(window, r) * 100,
			 view_seconds(window, r));
		for (k = 0; k < window->nr_probes; k++)
			printw(" %10.0f %%", region_share(window, r, k) * 100);
	}
	free(list);
}

static void draw(struct screen *s)
{
	const struct damon_snapshot *info = &s->live.info;
	char total[UNITS_TEXT], hot[UNITS_TEXT], every[UNITS_TEXT];

	erase();
	s->row = 0;
	attron(A_BOLD);
	mvprintw(s->row++, 0, "%.*s", COLS > 1 ? COLS - 1 : 1, s->title);
	attroff(A_BOLD);
	if (!s->live.seq) {
		mvprintw(s->row, 0, "waiting for the first window ...");
		refresh();
		return;
	}
	mvprintw(s->row++, 0, "total %s, hot %s, %" PRIu32 " regions, window %" PRIu64 "%s",
		 size_text(total, window_bytes(&s->live.window, 0)),
		 size_text(hot, window_bytes(&s->live.window, HOT_RATE)),
		 s->live.window.nr_regions, s->live.seq,
		 info->state == DAMON_STATE_ENDED ? "  [it has ended]" :
		 s->paused ? "  [paused]" : "");
	mvprintw(s->row++, 0, "%" PRIu64 " passes every %s, %" PRIu64 " samples, %" PRIu64 " missed",
		 (uint64_t)info->nr_ticks, time_text(every, s->live.window.sample_us * 1000),
		 (uint64_t)info->nr_checks, (uint64_t)info->nr_missed);
	if (info->nr_left_out)
		mvprintw(s->row++, 0, "%" PRIu32 " processes are not watched for want of room: --max-regions",
			 (uint32_t)info->nr_left_out);
	s->row++;
	if (window_joined(&s->live.window))
		processes(s);
	else
		strips(s);
	table(s);
	mvprintw(LINES - 1, 0, "q quit  space pause  s sort (now by %s)", view_sort_name(s->sort));
	refresh();
}

/* Returns false when the user has enough. */
static bool take_key(struct screen *s, int key)
{
	switch (key) {
	case 'q':
	case 'Q':
		return false;
	case ' ':
		s->paused = !s->paused;
		break;
	case 's':
		s->sort = (s->sort + 1) % NR_SORTS;
		break;
	}
	return true;
}

int top_screen(struct session *session, const char *title)
{
	struct screen s = { .session = session, .title = title, .sort = SORT_RATE };
	int ret = EXIT_OK;

	setlocale(LC_CTYPE, "");
	if (!newterm(NULL, stdout, stdin)) {
		warnx("this terminal cannot be used; --once prints a plain view");
		return EXIT_FAILED;
	}
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	timeout(REFRESH_MS);
	s.colours = init_shades();
	do {
		if (!s.paused && s.live.info.state != DAMON_STATE_ENDED) {
			if (!session_snapshot(session, &s.live)) {
				ret = EXIT_FAILED;
				break;
			}
		}
		draw(&s);
	} while (take_key(&s, getch()));
	endwin();
	/* What was said on the screen is gone with it: have it said again. */
	if (ret)
		session_snapshot(session, &s.live);
	live_free(&s.live);
	return ret;
}
