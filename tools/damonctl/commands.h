/* SPDX-License-Identifier: GPL-2.0 */
/* The subcommands.  Each gets its own argv and returns an exit status. */
#ifndef DAMONCTL_COMMANDS_H
#define DAMONCTL_COMMANDS_H

int cmd_info(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_report_access(int argc, char **argv);
int cmd_report_heatmap(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_schemes(int argc, char **argv);
int cmd_top(int argc, char **argv);

#endif
