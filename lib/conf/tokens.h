/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration text as tokens with their true lines. Comments are gone: `#` to the end of the
 * line anywhere outside quotes, block comments anywhere, `//` where a token may begin (inside a
 * word it belongs to a path). What is wrong in a token itself (a quote without its end,
 * environment substitution, a doubtful escape) is reported here and the token is marked bad, so
 * that nobody complains of it again.
 */
#ifndef CONF_TOKENS_H
#define CONF_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/report.h"

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,   /* bare */
	TOKEN_STRING, /* in quotes, which are part of the slice */
	TOKEN_ASSIGN, /* = */
	TOKEN_APPEND, /* += */
	TOKEN_COMMA,
	TOKEN_OPEN,  /* { */
	TOKEN_CLOSE, /* } */
	TOKEN_PAREN_OPEN,
	TOKEN_PAREN_CLOSE,
};

struct token {
	enum token_kind kind;
	bool bad;      /* already reported */
	bool unclosed; /* a quote without its end, which may hold braces that are missed later */
	unsigned int line; /* where it begins */
	const char *text;  /* a slice of the input */
	size_t len;
};

struct lexer {
	const char *text;
	size_t len;
	size_t pos;
	struct place at; /* of text[pos] */
	struct report *report;
	bool comment_unclosed; /* what follows its beginning was never seen */
	bool bang_told;        /* comments that begin with ! were reported once */
};

/* After the end it goes on returning TOKEN_END. */
struct token lexer_next(struct lexer *lx);

#endif
