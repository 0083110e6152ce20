/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tools of the prescan. What is handed on to libconfuse has every word in quotes, so that its
 * own idea of words, numbers and the environment never matters, and as many line ends as the
 * original.
 */
#include "conf/walk.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "conf/grow.h"

const struct token *peek(struct walk *w, unsigned int n)
{
	assert(n < WALK_LOOKAHEAD);
	while (w->ahead_count <= n)
		w->ahead[w->ahead_count++] = lexer_next(&w->lexer);
	return &w->ahead[n];
}

struct token take(struct walk *w)
{
	struct token t = *peek(w, 0);

	w->ahead_count--;
	memmove(w->ahead, w->ahead + 1, w->ahead_count * sizeof(w->ahead[0]));
	if (t.unclosed)
		current(w)->doubtful = true;
	return t;
}

bool next_is(struct walk *w, enum token_kind kind)
{
	return peek(w, 0)->kind == kind;
}

/* Without the quotes. */
static const char *inner(const struct token *t, size_t *ret_len)
{
	bool quoted = t->kind == TOKEN_STRING;

	*ret_len = t->len - quoted - (quoted && !t->unclosed);
	return t->text + quoted;
}

struct word word_of(const struct token *t)
{
	struct word word = { "" };
	size_t len;
	const char *text = inner(t, &len);

	memcpy(word.text, text, len < sizeof(word.text) ? len : sizeof(word.text) - 1);
	return word;
}

struct shown shown_token(const struct token *t)
{
	size_t len;
	const char *text = inner(t, &len);

	return show_slice(text, len);
}

struct place place_of(const struct walk *w, unsigned int line)
{
	return (struct place){ w->file, line };
}

struct open_section *current(struct walk *w)
{
	return &w->open[w->depth];
}

struct section_shown shown_section(const struct open_section *s)
{
	bool titled = s->title.kind != TOKEN_END;
	struct section_shown shown;

	snprintf(shown.text, sizeof(shown.text), "section \"%s%s%s\"", section_name(s->seen.kind),
		 titled ? " " : "", titled ? shown_token(&s->title).text : "");
	return shown;
}

struct section_shown shown_here(struct walk *w)
{
	struct section_shown shown = { "at top level" };

	if (w->depth > 0)
		snprintf(shown.text, sizeof(shown.text), "in %.180s",
			 shown_section(current(w)).text);
	return shown;
}

bool item_begins(struct walk *w)
{
	if (!is_text(peek(w, 0)))
		return false;
	if (is_assignment(peek(w, 1)))
		return true;
	if (peek(w, 1)->kind != TOKEN_OPEN &&
	    !(is_text(peek(w, 1)) && peek(w, 2)->kind == TOKEN_OPEN))
		return false;

	struct word word = word_of(peek(w, 0));
	const struct key *key = key_find(current(w)->seen.kind, word.text);

	if (!key)
		key = key_find(SECTION_ROOT, word.text);
	return key && key->kind == KIND_SECTION;
}

static void emit_lines(struct walk *w, unsigned int line)
{
	for (; w->out_line < line; w->out_line++)
		buffer_text(&w->out->text, "\n");
}

void emit(struct walk *w, unsigned int line, const char *text)
{
	emit_lines(w, line);
	buffer_text(&w->out->text, text);
	buffer_text(&w->out->text, " ");
}

void emit_bare(struct walk *w, unsigned int line, const char *text, size_t len)
{
	emit_lines(w, line);
	buffer_text(&w->out->text, "'");
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\\')
			buffer_text(&w->out->text, "\\");
		buffer_add(&w->out->text, &text[i], 1);
	}
	buffer_text(&w->out->text, "' ");
}

void emit_token(struct walk *w, const struct token *t)
{
	if (t->kind == TOKEN_WORD) {
		emit_bare(w, t->line, t->text, t->len);
		return;
	}
	emit_lines(w, t->line);
	buffer_add(&w->out->text, t->text, t->len);
	buffer_text(&w->out->text, " ");
	for (size_t i = 0; i < t->len; i++)
		w->out_line += t->text[i] == '\n';
}

/* May an end that was not found be reported? */
static bool end_is_missing(const struct walk *w)
{
	return !w->lexer.comment_unclosed && !w->stopped;
}

void skip_braces(struct walk *w)
{
	unsigned int line = peek(w, 0)->line, depth = 0;

	do {
		struct token t = take(w);

		if (t.kind == TOKEN_OPEN)
			depth++;
		if (t.kind == TOKEN_CLOSE)
			depth--;
		if (t.kind == TOKEN_END) {
			if (end_is_missing(w))
				report_error(w->report, place_of(w, line),
					     "\"{\" is never closed: \"}\" is missing");
			current(w)->doubtful = true;
			return;
		}
	} while (depth > 0);
}

void skip_words(struct walk *w, unsigned int line)
{
	while (peek(w, 0)->line == line && (is_text(peek(w, 0)) || next_is(w, TOKEN_COMMA)) &&
	       !item_begins(w))
		take(w);
	if (next_is(w, TOKEN_OPEN) && peek(w, 0)->line == line)
		skip_braces(w);
}

void skip_item(struct walk *w, unsigned int line)
{
	w->value_line = 0;
	if (is_assignment(peek(w, 0))) {
		line = take(w).line;
		skip_words(w, line);
		return;
	}
	if (next_is(w, TOKEN_PAREN_OPEN)) {
		while (peek(w, 0)->line == line && !next_is(w, TOKEN_PAREN_CLOSE) &&
		       !next_is(w, TOKEN_END))
			take(w);
		if (next_is(w, TOKEN_PAREN_CLOSE))
			take(w);
		return;
	}
	skip_words(w, line);
	/* the brace of a section may stand in a line of its own */
	if (next_is(w, TOKEN_OPEN))
		skip_braces(w);
}

void section_push(struct walk *w, enum section kind, unsigned int line, struct token title)
{
	w->depth++;
	assert(w->depth < WALK_DEPTH_MAX);
	*current(w) = (struct open_section){
		.seen = { .kind = kind, .line = line, .title_bad = title.bad },
		.title = title,
	};
}

void section_pop(struct walk *w, unsigned int line)
{
	struct prescan *out = w->out;
	struct scanned_section *sections =
		grow(out->sections, &out->section_cap, out->section_count, sizeof(*sections));

	if (sections) {
		out->sections = sections;
		out->sections[out->section_count++] = current(w)->seen;
		emit(w, line, "}");
	} else {
		w->report->failed = true;
	}
	if (current(w)->doubtful)
		w->open[w->depth - 1].doubtful = true;
	w->depth--;
}

void sections_unclosed(struct walk *w, unsigned int next_line)
{
	while (w->depth > 0) {
		struct place at = place_of(w, current(w)->seen.line);
		struct section_shown shown = shown_section(current(w));

		if (current(w)->doubtful || !end_is_missing(w))
			; /* it may be there, where it was not seen */
		else if (next_line)
			report_error(w->report, at,
				     "%s is not closed before another begins in line %u: \"}\" is "
				     "missing",
				     shown.text, next_line);
		else
			report_error(w->report, at, "%s is never closed: \"}\" is missing",
				     shown.text);
		w->forgiven++;
		current(w)->seen.unfinished = true;
		section_pop(w, w->out_line);
	}
}
