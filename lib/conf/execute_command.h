/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command of the configuration means: a program with its arguments where that is all there is to it, and otherwise a line for
 * the shell. The shell costs a process and hides what is started, so it is used only for what needs it.
 */
#ifndef CONF_EXECUTE_COMMAND_H
#define CONF_EXECUTE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	COMMAND_WORDS_MAX = 256, /* more are left to the shell */
	COMMAND_ARGUMENTS = 4,   /* that hooks are called with */
};

struct command {
	/* NULL-terminated; the words lie in `text`, arguments are the caller's */
	char *words[COMMAND_WORDS_MAX + COMMAND_ARGUMENTS + 4];
	char *program; /* what is to be executed: an absolute path; NULL before command_resolve() */
	char *text;    /* freed by command_done() */
	bool shell;
};

/*
 * Takes a command apart. arguments: COMMAND_ARGUMENTS of them, or NULL for none; they follow the command's own. 0 or -ENOMEM.
 */
int command_parse(struct command *ret, const char *line, char *const *arguments);
void command_done(struct command *c);

/*
 * Finds the program, and sees that what it and the line name may be executed as that user: each absolute path of a program in it.
 * 0; or -errno and why.
 */
int command_resolve(struct command *c, const char *line, uid_t user, char *why, size_t why_cap);

#endif
