/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vrrpctl, the operator's command. main.c reads the command line, commands.c asks the daemon,
 * client.c talks to it, and lib/view lays out what it says.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <stdbool.h>
#include <stdint.h>

#include "view/view.h"

/* Exit statuses, INTERFACE section 3. */
enum ctl_exit {
	CTL_DONE = 0,
	CTL_FAILED = 1,      /* refused or failed; one line on stderr says why */
	CTL_USAGE = 2,       /* the command line cannot be understood */
	CTL_UNREACHABLE = 3, /* no daemon */
};

/* A command line, understood. */
struct ctl {
	const char *state_dir;
	bool json;
	bool follow;   /* events -f */
	int64_t last;  /* events -n; < 0: all there are */
	char **arg;    /* the command's arguments … */
	int arg_count; /* … and how many there are */
	struct view_style style;
};

/* "vrrpctl: MESSAGE" as one line on stderr. */
__attribute__((format(printf, 1, 2))) void ctl_complain(const char *format, ...);

enum ctl_exit ctl_show(const struct ctl *ctl);
enum ctl_exit ctl_events(const struct ctl *ctl);
enum ctl_exit ctl_counters(const struct ctl *ctl);
enum ctl_exit ctl_announce(const struct ctl *ctl);
enum ctl_exit ctl_reload(const struct ctl *ctl);
enum ctl_exit ctl_version(const struct ctl *ctl);
enum ctl_exit ctl_check(const struct ctl *ctl);

#endif
