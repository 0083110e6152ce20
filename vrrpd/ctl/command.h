/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What vrrpctl can be told: every command and every option with its explanation, once. The command line is read by these tables, and
 * usage, help and the completions of the shells are written from them, so that none can tell of what does not exist.
 */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include <stddef.h>

#include "ctl.h"

enum {
	COMMAND_ARGS_MAX = 2,
};

/* What may stand in a place, for completions. */
enum place {
	PLACE_NONE,
	PLACE_TEXT,     /* whatever it is, nothing can be offered */
	PLACE_NAME,     /* an instance */
	PLACE_NAME_ALL, /* an instance, or "all" */
	PLACE_FILE,
	PLACE_CHECK, /* a file, or an instance with --nagios */
	PLACE_DIRECTORY,
	PLACE_FORCE,   /* master, backup, off */
	PLACE_EXPECT,  /* master, backup */
	PLACE_SHELL,   /* bash, zsh */
	PLACE_COMMAND, /* a command's name */
};

struct command {
	const char *name;
	const char *args;       /* for usage, options too */
	const char *help;       /* one line */
	const char *more;       /* what `help COMMAND` adds; NULL: nothing */
	int args_min, args_max; /* without options */
	enum place places[COMMAND_ARGS_MAX];
	enum ctl_exit (*run)(const struct ctl *ctl); /* NULL: not yet */
};

/* Which one it is, for the switch that reads its value. */
enum option_id {
	OPTION_STATE_DIR,
	OPTION_JSON,
	OPTION_VERSION,
	OPTION_HELP,
	OPTION_FOLLOW,
	OPTION_LAST,
	OPTION_FOR,
	OPTION_REASON,
	OPTION_DESPITE_FAULTS,
	OPTION_WAIT,
	OPTION_NAGIOS,
	OPTION_EXPECT,
	OPTION_PROBE,
	OPTION_DRY_RUN,
	OPTION_STRICT,
	OPTION_CONFIG_ID,
	OPTION_COUNT_,
};

struct option_info {
	char letter;         /* '\0': none */
	const char *name;    /* the long one, without dashes; NULL: none */
	const char *value;   /* what it is called; NULL: it takes none */
	enum place place;    /* what it may be */
	const char *command; /* that it belongs to; NULL: to all */
	const char *help;
};

extern const struct option_info ctl_options[OPTION_COUNT_];

/* The commands in the order of help; NULL behind the last. */
const struct command *ctl_command(size_t number);

/* The command of that name; NULL after saying which one may have been meant. */
const struct command *ctl_find_command(const char *name);

/* "--for" or "-n", into buf, which is returned. */
enum {
	OPTION_TEXT_MAX = 32
};
const char *ctl_option_text(enum option_id option, char buf[static OPTION_TEXT_MAX]);

/* "master backup off": the words of a place that has only so many; NULL: it has not. */
const char *ctl_place_words(enum place place);

/* The long option whose name is nearest to that word, or NULL. */
const char *ctl_nearest_option(const char *name);

void ctl_print_usage(void);

enum ctl_exit ctl_help(const struct ctl *ctl);
enum ctl_exit ctl_completion(const struct ctl *ctl);

#endif
