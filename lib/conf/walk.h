/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the prescan walks with: tokens with a little lookahead, the sections that are open, the
 * text that is handed on, and the ways over what is left out. Private to the prescan.
 */
#ifndef CONF_WALK_H
#define CONF_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/prescan.h"
#include "conf/report.h"
#include "conf/tokens.h"

enum {
	WALK_LOOKAHEAD = 3,
	WALK_DEPTH_MAX = 3, /* top level, instance or group, track-… */
};

struct open_section {
	struct scanned_section seen;
	struct token title; /* TOKEN_END for none */
	bool doubtful;      /* its end may be inside something that was reported: do not miss it */
};

struct walk {
	struct lexer lexer;
	struct token ahead[WALK_LOOKAHEAD];
	unsigned int ahead_count;
	struct open_section open[WALK_DEPTH_MAX];
	unsigned int depth;      /* of the innermost open section; open[0] is the top level */
	unsigned int forgiven;   /* closing braces that may stand for sections we ended ourselves */
	unsigned int value_line; /* where the last value ended, to know what hangs on to it; or 0 */
	unsigned int out_line;   /* of the text handed on */
	bool stopped;            /* before the end of the text */
	struct prescan *out;
	struct report *report;
	unsigned int file;
};

/* Tokens. n < WALK_LOOKAHEAD; a pointer is good until the next call. */
const struct token *peek(struct walk *w, unsigned int n);
struct token take(struct walk *w);
bool next_is(struct walk *w, enum token_kind kind);

static inline bool is_text(const struct token *t)
{
	return t->kind == TOKEN_WORD || t->kind == TOKEN_STRING;
}

static inline bool is_assignment(const struct token *t)
{
	return t->kind == TOKEN_ASSIGN || t->kind == TOKEN_APPEND;
}

/*
 * A token as a C string without quotes; longer ones than any word of ours are cut, which makes
 * them unknown.
 */
struct word {
	char text[64];
};
struct word word_of(const struct token *t);

/* The same for messages. */
struct shown shown_token(const struct token *t);

/* Messages */
struct place place_of(const struct walk *w, unsigned int line);
struct open_section *current(struct walk *w);
/* `section "instance web"`; `in section "instance web"` or `at top level` */
struct section_shown {
	char text[192];
};
struct section_shown shown_section(const struct open_section *s);
struct section_shown shown_here(struct walk *w);

/* Does a new item begin here, so that what came before has ended? */
bool item_begins(struct walk *w);

/* Hands a piece of text on, in its line or a later one. */
void emit(struct walk *w, unsigned int line, const char *text);
/* A bare word or a run of them, in quotes that keep every character as it is. */
void emit_bare(struct walk *w, unsigned int line, const char *text, size_t len);
void emit_token(struct walk *w, const struct token *t);

/* Over the next brace and everything up to the one that closes it. */
void skip_braces(struct walk *w);
/* Over words of that line that begin no item, commas between them, and the braces behind them. */
void skip_words(struct walk *w, unsigned int line);
/* Over what follows the first word of an item. */
void skip_item(struct walk *w, unsigned int line);

/*
 * Sections: one begins, the innermost ends properly, all end without a brace of their own: at a
 * line, or at the end (0).
 */
void section_push(struct walk *w, enum section kind, unsigned int line, struct token title);
void section_pop(struct walk *w, unsigned int line);
void sections_unclosed(struct walk *w, unsigned int next_line);

#endif
