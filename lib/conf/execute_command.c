/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Quotes are understood here only as far as they hold words together; a character that means something to a shell, wherever it stands,
 * makes the line the shell's. So does a first word that only a shell knows.
 */
#include "conf/execute_command.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/execute_path.h"

#define SHELL "/bin/sh"

static const char shell_characters[] = "|&;<>()$`\\*?[]#~{}!\n";
static const char spaces[] = " \t\r";

/* Words at the beginning of a line that are no programs, or others than the shell's. */
static const char *const shell_words[] = { ":",    ".",    "cd",   "command", "eval",  "exec",
					   "exit", "set",  "trap", "ulimit",  "umask", "wait",
					   "if",   "case", "for",  "while",   "until" };

static bool is_shell_word(const char *word)
{
	for (size_t i = 0; i < sizeof(shell_words) / sizeof(shell_words[0]); i++) {
		if (strcmp(word, shell_words[i]) == 0)
			return true;
	}
	return strchr(word, '=') != NULL; /* an assignment */
}

/* Cuts off the word that *at begins with, quotes removed, and moves *at behind it. NULL: a quote is not closed. */
static char *cut_word(char **at)
{
	char *word = *at, *end = *at, *c = *at;

	for (; *c && !strchr(spaces, *c); c++) {
		char quote = *c;

		if (quote != '"' && quote != '\'') {
			*end++ = *c;
			continue;
		}
		for (c++; *c && *c != quote; c++)
			*end++ = *c;
		if (!*c)
			return NULL;
	}
	*at = *c ? c + 1 : c;
	*end = '\0';
	return word;
}

/* Splits c->text. The number of words; 0: only a shell can read it. */
static size_t split(struct command *c)
{
	char *at = c->text + strspn(c->text, spaces);
	size_t count = 0;

	if (strpbrk(at, shell_characters))
		return 0;
	while (*at) {
		if (count == COMMAND_WORDS_MAX)
			return 0;
		c->words[count] = cut_word(&at);
		if (!c->words[count++])
			return 0;
		at += strspn(at, spaces);
	}
	return count > 0 && !is_shell_word(c->words[0]) ? count : 0;
}

/* sh -c 'LINE "$@"' sh ARGUMENT... */
static size_t for_shell(struct command *c, const char *line, bool arguments)
{
	size_t count = 0;

	/* There is room: see command_parse(). */
	sprintf(c->text, "%s%s", line, arguments ? " \"$@\"" : "");
	c->shell = true;
	c->words[count++] = (char *)(uintptr_t) "sh";
	c->words[count++] = (char *)(uintptr_t) "-c";
	c->words[count++] = c->text;
	if (arguments)
		c->words[count++] = (char *)(uintptr_t) "sh";
	return count;
}

int command_parse(struct command *ret, const char *line, char *const *arguments)
{
	struct command c = { .text = malloc(strlen(line) + sizeof(" \"$@\"")) };
	size_t count;

	if (!c.text)
		return -ENOMEM;
	strcpy(c.text, line);
	count = split(&c);
	if (count == 0)
		count = for_shell(&c, line, arguments != NULL);
	for (size_t i = 0; arguments && i < COMMAND_ARGUMENTS; i++)
		c.words[count++] = arguments[i];
	c.words[count] = NULL;
	*ret = c;
	return 0;
}

void command_done(struct command *c)
{
	free(c->text);
	free(c->program);
	c->text = c->program = NULL;
}

/* A path in the line that is a program is somebody's script, whoever interprets it. Others (data, devices) are not judged. */
static int check_paths(const char *line, uid_t user, char *why, size_t why_cap)
{
	char path[PATH_MAX];
	struct stat st;
	size_t len;

	for (; *line; line += len) {
		len = strcspn(line, " \t\r\n|&;<>()`\"'=");
		if (len == 0) {
			len = 1;
			continue;
		}
		if (line[0] != '/' || len >= sizeof(path))
			continue;
		memcpy(path, line, len);
		path[len] = '\0';
		if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111)) {
			int status = execute_path_check(path, user, why, why_cap);

			if (status != 0)
				return status;
		}
	}
	return 0;
}

int command_resolve(struct command *c, const char *line, uid_t user, char *why, size_t why_cap)
{
	char path[PATH_MAX];
	int status = execute_path_find(c->shell ? SHELL : c->words[0], path);

	if (status != 0) {
		snprintf(why, why_cap, "no program %s in %s", c->words[0], EXECUTE_PATH);
		return status;
	}
	status = execute_path_check(path, user, why, why_cap);
	if (status == 0)
		status = check_paths(line, user, why, why_cap);
	if (status != 0)
		return status;
	free(c->program);
	c->program = strdup(path);
	return c->program ? 0 : -ENOMEM;
}
