/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration file becomes complete settings, or the list of everything that is wrong with
 * it: all problems of one run, each with its line. There is nothing in between: settings exist
 * only if no error was found.
 *
 * libconfuse's scanner is one per process, so only one thread may load at a time. Nothing is
 * printed, the process is never ended, and no file is opened but regular ones.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "conf/host.h"
#include "core/settings.h"

enum {
	CONF_BYTES_MAX = 16 * 1024 * 1024, /* of one file */
	CONF_FILES_MAX = 1024,             /* the file and all it includes */
	CONF_INCLUDE_DEPTH_MAX = 16,
	CONF_TEXTS_MAX = 16 * 1024 * 1024, /* all commands and paths, each with its NUL, and one */
	CONF_PROBLEMS_MAX = 1000,          /* problems kept; one more says that there are more */
};

struct conf_problem {
	char *file;
	unsigned int line;       /* from 1; 0 when it is about the file as a whole */
	bool warning;            /* worth a look, but the settings can be used */
	char *text;              /* printable ASCII: what is wrong, and what would be right */
	unsigned int file_order; /* 0: the file itself, then included ones in order of reading */
};

struct conf_problems {
	struct conf_problem *items; /* in the order of files and lines, none twice */
	size_t count;
	size_t errors;  /* of them; also counts those that were not kept */
	size_t dropped; /* beyond CONF_PROBLEMS_MAX */
	size_t cap;
};

/*
 * Reads the file and all it includes: include("PATTERN") at top level, from the directory of the
 * file that has it, in the order of names, each file once. A pattern that matches nothing is a
 * warning, a path without * ? [ that is not there an error. 0 and *ret, which settings_free()
 * frees; -EINVAL when it has errors; -ENOENT, -EISDIR, -EACCES … when it cannot be read (not a
 * regular file: -EINVAL, too long: -EFBIG); -ENOMEM. On failure *ret is untouched. Except for
 * -ENOMEM there is always a problem that says why. *ret_problems is overwritten in every case
 * (warnings come with 0 too) and freed with conf_problems_done().
 */
int conf_load(const char *path, struct settings **ret, struct conf_problems *ret_problems);

/* The same, and what that host does not have is a warning. */
int conf_load_on(const struct conf_host *host, const char *path, struct settings **ret,
		 struct conf_problems *ret_problems);

/* The same for a text in memory, called `name` in problems. It may not include files. */
int conf_parse(const char *name, const char *text, size_t len, struct settings **ret,
	       struct conf_problems *ret_problems);

void conf_problems_done(struct conf_problems *problems);

/*
 * One line each: `FILE:LINE: text`, `FILE:LINE: warning: text`, without LINE where there is none.
 */
void conf_problems_print(const struct conf_problems *problems, FILE *out);

/*
 * `/etc/vrrpd/vrrpd.conf: 3 instances, 4 addresses: correct`, with the number of warnings if
 * there are any.
 */
void conf_summary(const char *path, const struct settings *s, const struct conf_problems *problems,
		  char *buf, size_t cap);

/*
 * The settings as a configuration in one canonical form, with values that differ from their
 * defaults only; reading it gives equal settings. The caller frees it. NULL if there is no
 * memory.
 */
char *conf_print(const struct settings *s);

bool settings_equal(const struct settings *a, const struct settings *b);

/* NULL is fine. */
void settings_free(struct settings *s);

#endif
