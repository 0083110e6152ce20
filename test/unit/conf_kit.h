/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of configuration share: read a text or a file, and have its problems as the text
 * that users see.
 */
#ifndef TEST_CONF_KIT_H
#define TEST_CONF_KIT_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

struct loaded {
	int rc;
	struct settings *settings; /* NULL unless rc is 0 */
	size_t warnings, errors;
	char *problems; /* as conf_problems_print() has them */
};

static inline struct loaded loaded_of(int rc, struct settings *s, struct conf_problems *problems)
{
	struct loaded l = { .rc = rc, .settings = s, .errors = problems->errors };
	size_t len;
	FILE *out = open_memstream(&l.problems, &len);

	l.warnings = problems->count - problems->errors;
	conf_problems_print(problems, out);
	fclose(out);
	conf_problems_done(problems);
	ck_assert_msg((rc == 0) == (s != NULL), "settings come with success and only then");
	ck_assert_msg(rc == 0 || rc == -ENOMEM || l.errors > 0, "a failure always has a problem");
	ck_assert_msg(!strstr(l.problems, "libconfuse"), "the prescan leaves nothing to refuse: %s",
		      l.problems);
	return l;
}

static inline struct loaded load_bytes(const char *text, size_t len)
{
	struct conf_problems problems;
	struct settings *s = NULL;
	int rc = conf_parse("test.conf", text, len, &s, &problems);

	return loaded_of(rc, s, &problems);
}

static inline struct loaded load_text(const char *text)
{
	return load_bytes(text, strlen(text));
}

static inline struct loaded load_path(const char *path)
{
	struct conf_problems problems;
	struct settings *s = NULL;
	int rc = conf_load(path, &s, &problems);

	return loaded_of(rc, s, &problems);
}

static inline void loaded_done(struct loaded *l)
{
	settings_free(l->settings);
	free(l->problems);
	*l = (struct loaded){ .rc = 0 };
}

/* An instance "web" that is right, with more lines in it. */
#define WEB(lines)                                                                               \
	"instance web {\n  interface = eth0\n  vrid = 51\n  addresses = {192.0.2.10/24}\n" lines \
	"\n}\n"

/* Settings of a text that has to be right. */
static inline struct settings *settings_of(const char *text)
{
	struct loaded l = load_text(text);
	struct settings *s = l.settings;

	ck_assert_msg(l.rc == 0, "%s", l.problems);
	l.settings = NULL;
	loaded_done(&l);
	return s;
}

/* The text has exactly these problems. */
static inline void assert_problems(const char *text, const char *problems)
{
	struct loaded l = load_text(text);

	ck_assert_str_eq(l.problems, problems);
	loaded_done(&l);
}

#endif
