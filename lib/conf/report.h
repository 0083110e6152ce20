/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where everything that reads a configuration puts what it finds wrong. Reading goes on after
 * each problem; the list is put in order at the end. A place is a line of one of the files that
 * were read.
 */
#ifndef CONF_REPORT_H
#define CONF_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/conf.h"

struct place {
	unsigned int file; /* as report_file() counts them */
	unsigned int line; /* 0: the file as a whole */
};

struct report {
	struct conf_problems *problems;
	char **files; /* names in the order of reading */
	size_t file_count;
	size_t file_cap;
	bool failed; /* memory ran out: the list is not complete */
};

/* A piece of the user's text made fit for a message: printable ASCII, not too long. */
struct shown {
	char text[128];
};

/* Makes a file known and numbers it from 0; on lack of memory `failed` is set and 0 returned. */
unsigned int report_file(struct report *r, const char *name);

void report_error(struct report *r, struct place at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void report_warning(struct report *r, struct place at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* There are more errors than can be kept: there is no point in looking for others. */
bool report_full(const struct report *r);

struct shown show(const char *text);
struct shown show_slice(const char *text, size_t len);

/* The same in place, for what is to be seen whole. */
void make_printable(char *text);

/* "line 12", or "FILE:12" when `there` is in another file than `here`. */
struct where {
	char text[256];
};
struct where report_where(const struct report *r, struct place there, struct place here);

/* Puts the problems in order, drops those found twice and says if there were more. */
void report_finish(struct report *r);

/* Frees the names; the problems stay with their owner. */
void report_done(struct report *r);

#endif
