/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A keepalived.conf as it stands there: statements, each a line of words and perhaps a block of
 * further statements, with the comments around them. What the words mean is not known here.
 *
 * Everything lives in one import_memory and ends with it, so that nothing is freed singly.
 */
#ifndef CONF_IMPORT_TREE_H
#define CONF_IMPORT_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/report.h"

struct import_memory {
	struct import_chunk *chunks;
	bool failed; /* memory ran out: something is missing */
};

/* Zeroed, or NULL with `failed` set. */
void *import_alloc(struct import_memory *m, size_t size);
/* A copy that ends with NUL; never NULL, "" if there is no memory. */
const char *import_copy(struct import_memory *m, const char *text, size_t len);
void import_memory_done(struct import_memory *m);

struct import_comment {
	const char *text; /* without its # or !; NULL for an empty line */
	struct import_comment *next;
};

struct import_comments {
	struct import_comment *first, *last;
};

struct import_node {
	struct place at;
	const char **words; /* words[0] is the keyword */
	size_t word_count;
	bool quoted;                   /* the second word was in quotes */
	bool block;                    /* has braces */
	struct import_comments before; /* lines of their own in front of it */
	const char *beside;            /* behind it on its line; NULL for none */
	struct import_comments inside; /* in front of its closing brace */
	struct import_node *parent, *next, *first, *last;
};

/* Adds a comment, NULL for an empty line; never two empty ones. */
void import_comment_add(struct import_memory *m, struct import_comments *list, const char *text);
/* Moves what `from` has to the end of `to`. */
void import_comments_move(struct import_comments *to, struct import_comments *from);

/* The last statement of that name in the block, which is the one that counts; NULL for none. */
const struct import_node *import_child(const struct import_node *block, const char *name);
/* The next of the same name after n. */
const struct import_node *import_again(const struct import_node *n);
/* The keyword, and the i-th word after it; "" where there is none. */
const char *import_name(const struct import_node *n);
const char *import_arg(const struct import_node *n, size_t i);

#endif
