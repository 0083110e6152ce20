/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scanner exists because libconfuse's own loses count of lines in comments, drops characters
 * it does not know and substitutes the environment; see prescan.h for what becomes of the tokens.
 * It looks at each character once.
 */
#include "conf/tokens.h"

#include <string.h>

static char peek_char(const struct lexer *lx, size_t ahead)
{
	return lx->pos + ahead < lx->len ? lx->text[lx->pos + ahead] : '\0';
}

static bool at_pair(const struct lexer *lx, const char *pair)
{
	return peek_char(lx, 0) == pair[0] && peek_char(lx, 1) == pair[1];
}

static void skip_line(struct lexer *lx)
{
	const char *from = lx->text + lx->pos;
	const char *end = memchr(from, '\n', lx->len - lx->pos);

	lx->pos = end ? (size_t)(end - lx->text) : lx->len;
}

static void skip_block_comment(struct lexer *lx)
{
	struct place start = lx->at;

	for (lx->pos += 2; lx->pos < lx->len; lx->pos++) {
		if (at_pair(lx, "*/")) {
			lx->pos += 2;
			return;
		}
		if (lx->text[lx->pos] == '\n')
			lx->at.line++;
	}
	lx->comment_unclosed = true;
	report_error(lx->report, start,
		     "comment \"/*\" is never closed: end it with \"*/\", or put quotes around a "
		     "path with \"/*\" in it");
}

/*
 * Other programs' files have comments with `!`: one clear line instead of an unknown key for each
 * word.
 */
static void skip_bang_comment(struct lexer *lx)
{
	if (!lx->bang_told)
		report_error(lx->report, lx->at,
			     "\"!\" does not begin a comment here: write \"#\" in its place");
	lx->bang_told = true;
	skip_line(lx);
}

/* White space and comments. */
static void skip_blank(struct lexer *lx)
{
	bool line_begins = lx->pos == 0;

	while (lx->pos < lx->len) {
		char c = lx->text[lx->pos];

		if (c == '\n') {
			lx->at.line++;
			lx->pos++;
			line_begins = true;
		} else if (strchr(" \t\r\v\f", c)) {
			lx->pos++;
		} else if (c == '#' || at_pair(lx, "//")) {
			skip_line(lx);
		} else if (at_pair(lx, "/*")) {
			skip_block_comment(lx);
		} else if (c == '!' && line_begins) {
			skip_bang_comment(lx);
		} else {
			return;
		}
	}
}

static void report_environment(struct lexer *lx)
{
	report_error(
		lx->report, lx->at,
		"\"${\" would be taken from the environment, which is not supported: write the "
		"value itself, or single quotes if the characters are meant");
}

/* At a backslash in double quotes. False if what it stands for is not plain. */
static bool escape_is_plain(struct lexer *lx)
{
	char c = peek_char(lx, 1);

	if ((c < '0' || c > '9') && c != 'x')
		return true;
	report_error(
		lx->report, lx->at,
		"escape \"\\%c\" is not supported: write the character itself, or \"\\\\\" for a "
		"backslash",
		c);
	return false;
}

/* At an opening quote. A string ends with its line unless a backslash ends that. */
static void scan_string(struct lexer *lx, struct token *t)
{
	char quote = lx->text[lx->pos++];
	bool substitutes = quote == '"';

	for (; lx->pos < lx->len; lx->pos++) {
		char c = lx->text[lx->pos];

		if (c == quote) {
			lx->pos++;
			return;
		}
		if (c == '\n')
			break;
		if (substitutes && at_pair(lx, "${") && !t->bad) {
			report_environment(lx);
			t->bad = true;
		}
		if (c == '\\') {
			if (substitutes && !t->bad && !escape_is_plain(lx))
				t->bad = true;
			if (peek_char(lx, 1) == '\n')
				lx->at.line++;
			lx->pos++;
		}
	}
	if (lx->pos > lx->len)
		lx->pos = lx->len;
	t->bad = true;
	t->unclosed = true;
	report_error(lx->report, (struct place){ lx->at.file, t->line },
		     "quote %c is not closed in its line: %s", quote,
		     show_slice(t->text, lx->pos - (size_t)(t->text - lx->text)).text);
}

static bool word_ends(const struct lexer *lx)
{
	char c = lx->text[lx->pos];

	return strchr(" \t\n\r\v\f#\"'={}(),", c) || at_pair(lx, "/*") || at_pair(lx, "+=");
}

static void scan_word(struct lexer *lx, struct token *t)
{
	while (lx->pos < lx->len && !word_ends(lx))
		lx->pos++;
	if (peek_char(lx, 0) == '{' && lx->text[lx->pos - 1] == '$') {
		const char *from = lx->text + lx->pos;
		const char *line_end = memchr(from, '\n', lx->len - lx->pos);
		size_t left = line_end ? (size_t)(line_end - from) : lx->len - lx->pos;
		const char *close = memchr(from, '}', left);

		report_environment(lx);
		t->bad = true;
		lx->pos += close ? (size_t)(close - from) + 1 : left;
	}
}

static enum token_kind punctuation(char c)
{
	switch (c) {
	case '=':
		return TOKEN_ASSIGN;
	case ',':
		return TOKEN_COMMA;
	case '{':
		return TOKEN_OPEN;
	case '}':
		return TOKEN_CLOSE;
	case '(':
		return TOKEN_PAREN_OPEN;
	case ')':
		return TOKEN_PAREN_CLOSE;
	default:
		return TOKEN_END; /* not one of them */
	}
}

struct token lexer_next(struct lexer *lx)
{
	skip_blank(lx);

	struct token t = { .line = lx->at.line, .text = lx->text + lx->pos };

	if (lx->pos >= lx->len)
		return t;
	char c = lx->text[lx->pos];

	t.kind = punctuation(c);
	if (t.kind != TOKEN_END) {
		lx->pos++;
	} else if (at_pair(lx, "+=")) {
		t.kind = TOKEN_APPEND;
		lx->pos += 2;
	} else if (c == '"' || c == '\'') {
		t.kind = TOKEN_STRING;
		scan_string(lx, &t);
	} else {
		t.kind = TOKEN_WORD;
		scan_word(lx, &t);
	}
	t.len = (size_t)(lx->text + lx->pos - t.text);
	return t;
}
