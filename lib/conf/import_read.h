/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the text of a keepalived.conf to its tree, in the order in which keepalived does it:
 * lines, comments, conditions (@ID), definitions ($NAME=), sequences (~SEQ, ~LST), includes,
 * substitution, words and braces. import_read.c has the lines and files, import_expand.c what is
 * substituted, import_words.c the words and braces.
 */
#ifndef CONF_IMPORT_READ_H
#define CONF_IMPORT_READ_H

#include "conf/buffer.h"
#include "conf/import.h"
#include "conf/import_tree.h"

enum {
	IMPORT_LINES_MAX = 200000,      /* after all substitution */
	IMPORT_BYTES_MAX = 32 << 20,    /* likewise */
	IMPORT_SUBSTITUTION_DEPTH = 32, /* definitions in definitions */
	IMPORT_WORDS_MAX = 256,         /* of one line */
	IMPORT_HASH = 1,
	IMPORT_BANG = 2 /* bytes that stand for ${_HASH} and ${_BANG}, no text has them */
};

struct import_variable {
	const char *name, *value;
	struct import_variable *next;
};

struct import_reader {
	const struct import_options *options;
	struct report *report;
	struct import_memory *memory;
	struct place at;
	struct import_node *open;        /* the innermost block, at last the root */
	struct import_node *ended;       /* the last statement, which a "{" may still follow */
	struct import_node *statement;   /* the one that is being read */
	struct import_comments comments; /* for the next statement */
	const char *beside;              /* comment of the line, until somebody takes it */
	struct import_variable *variables;
	const char *directory; /* where relative includes are looked for; NULL: none may be */
	unsigned int include_depth, file_count;
	size_t lines, bytes; /* read so far */
	bool guessed_id;     /* it was said that the config-id is a guess */
	bool overflowed;     /* it was said that there is too much */
};

/* Reads the lines of one text; modifies it. */
void import_read_lines(struct import_reader *r, char *text);

/* The end of all text: closes what is open. */
void import_read_end(struct import_reader *r);

/* One line without its end, after conditions and definitions; import_read.c */
void import_read_line(struct import_reader *r, const char *line, unsigned int depth);

/* Is it `$NAME=`? Then *ret_name is its length without the $. */
bool import_is_definition(const char *line, size_t *ret_name);
void import_define(struct import_reader *r, const char *name, size_t name_len, const char *value);
const char *import_variable(const struct import_reader *r, const char *name, size_t len);

/*
 * The line with each variable replaced once, to be freed; NULL if it has none. The value may
 * have several lines.
 */
char *import_substitute(struct import_reader *r, const char *line);

/* Reads a line that begins with ~SEQ or ~LST as often as it says; false if it is none. */
bool import_repeat(struct import_reader *r, const char *line, unsigned int depth);

/* How long is the template expression that begins here ({{…}}, {%…%}, ${…}, <%…%>)? 0 if none does. */
size_t import_template_len(const char *text);

/* How long is the line without its comment? */
size_t import_uncommented_len(const char *line);

/* The words and braces of one line. */
void import_read_words(struct import_reader *r, const char *line);

#endif
