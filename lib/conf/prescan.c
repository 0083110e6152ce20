/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks item by item: KEY = VALUE, KEY = {LIST}, KEY [NAME] { … }, include(…). After a problem it
 * goes on where the next item probably begins, and remembers what it already complained about, so
 * that one slip is one problem.
 */
#include "conf/prescan.h"

#include <errno.h>
#include <stdlib.h>

#include "conf/walk.h"

/* That value is not handed on: it was reported. */
static void spoil(struct walk *w, const struct key *key)
{
	current(w)->seen.key_bad[key_index(key)] = true;
}

static void closing_brace(struct walk *w)
{
	struct token brace = take(w);

	w->value_line = 0;
	if (w->depth > 0)
		section_pop(w, brace.line);
	else if (w->forgiven > 0)
		w->forgiven--;
	else if (!current(w)->doubtful)
		report_error(w->report, place_of(w, brace.line),
			     "\"}\" closes nothing: no section is open here");
}

/* Sections */

/* The parts before the brace, some of which may be missing. */
struct heading {
	struct token word;
	struct token title; /* TOKEN_END for none */
	bool equals;        /* a "=" that does not belong there */
	bool brace;
};

/* Is the next word a name although "=" follows: `instance web = {`? */
static bool name_with_equals(struct walk *w, const struct key *key, const struct token *word)
{
	return key->titled && is_text(peek(w, 0)) && peek(w, 0)->line == word->line &&
	       is_assignment(peek(w, 1)) && peek(w, 2)->kind == TOKEN_OPEN &&
	       !key_find(key->opens, word_of(peek(w, 0)).text);
}

static struct heading take_heading(struct walk *w, const struct key *key, const struct token *word)
{
	struct heading h = { .word = *word, .title = { .kind = TOKEN_END } };

	if (is_assignment(peek(w, 0))) {
		take(w);
		h.equals = true;
	}
	if (name_with_equals(w, key, word)) {
		h.title = take(w);
		take(w);
		h.equals = true;
	} else if (is_text(peek(w, 0)) && !is_assignment(peek(w, 1))) {
		h.title = take(w);
	}
	if (next_is(w, TOKEN_OPEN)) {
		take(w);
		h.brace = true;
	}
	return h;
}

/* At most one problem for a heading. */
static void check_heading(struct walk *w, const struct key *key, const struct heading *h)
{
	struct place at = place_of(w, h->word.line);
	struct key_right right = key_right(key);
	bool named = h->title.kind != TOKEN_END;

	if (h->title.bad)
		return;
	if (key->titled && !named)
		report_error(w->report, at, "section \"%s\" has no name, right is %s", key->name,
			     right.text);
	else if (!key->titled && named)
		report_error(w->report, at, "section \"%s\" takes no name, right is %s", key->name,
			     right.text);
	else if (h->equals)
		report_error(w->report, at, "section \"%s\" takes no \"=\", right is %s", key->name,
			     right.text);
	else if (!h->brace)
		report_error(w->report, at, "\"{\" is missing after section \"%s\", right is %s",
			     key->name, right.text);
}

/* The section is entered whatever is wrong with its heading, so that its keys are checked. */
static void section_item(struct walk *w, const struct key *key, const struct token *word)
{
	struct heading h = take_heading(w, key, word);
	bool named = h.title.kind != TOKEN_END;

	check_heading(w, key, &h);
	emit(w, word->line, key->name);
	if (key->titled && named && !h.title.bad)
		emit_token(w, &h.title);
	else if (key->titled)
		emit(w, word->line, "''");
	emit(w, w->out_line, "{");

	section_push(w, key->opens, word->line, h.title);
	current(w)->doubtful = !h.brace;
	if (key->titled && !named)
		current(w)->seen.title_bad = true;
	if (w->out->section_count + w->depth > SECTIONS_MAX) {
		report_error(w->report, place_of(w, word->line),
			     "more than %d sections, the rest is not read", SECTIONS_MAX);
		w->stopped = true;
	}
}

/* Values */

static bool too_long(struct walk *w, const struct key *key, size_t len, unsigned int line)
{
	if (len <= VALUE_LEN_MAX)
		return false;
	report_error(w->report, place_of(w, line),
		     "key \"%s\": a value of %zu characters is too long, right are at most %d",
		     key->name, len, VALUE_LEN_MAX);
	return true;
}

/* Is there a value, and not the next item or nothing? */
static bool has_value(struct walk *w, const struct key *key, const struct token *word)
{
	if (is_text(peek(w, 0)) && (peek(w, 0)->line == word->line || !item_begins(w)))
		return true;
	report_error(w->report, place_of(w, word->line), "key \"%s\" has no value, right is %s",
		     key->name, key_right(key).text);
	spoil(w, key);
	return false;
}

static void scalar(struct walk *w, const struct key *key, const struct token *word)
{
	if (!has_value(w, key, word))
		return;

	struct token value = take(w);

	w->value_line = value.line;
	if (value.bad || too_long(w, key, value.len, value.line)) {
		spoil(w, key);
		return;
	}
	emit(w, word->line, key->name);
	emit(w, word->line, "=");
	emit_token(w, &value);
}

/* The bare words of one item in a list, joined; a string is taken alone. */
struct item {
	struct token first;
	struct buffer words;
	bool bad;   /* reported already */
	bool mixed; /* words and strings next to each other */
};

/* Bare words up to the end of the line are one item: `192.0.2.10/24 dev eth1` needs no quotes. */
static struct item take_item(struct walk *w)
{
	struct item it = { .first = take(w) };

	it.bad = it.first.bad;
	buffer_add(&it.words, it.first.text, it.first.len);
	while (is_text(peek(w, 0)) && peek(w, 0)->line == it.first.line && !item_begins(w)) {
		struct token t = take(w);

		it.bad |= t.bad;
		it.mixed |= t.kind == TOKEN_STRING || it.first.kind == TOKEN_STRING;
		buffer_text(&it.words, " ");
		buffer_add(&it.words, t.text, t.len);
	}
	return it;
}

/*
 * number: how many were handed on before it. Those beyond any limit are not, but one, so that the
 * limit is noticed.
 */
static bool list_item(struct walk *w, const struct key *key, size_t number)
{
	struct item it = take_item(w);
	unsigned int line = it.first.line;
	bool kept = false;

	w->value_line = line;
	if (it.words.failed) {
		w->report->failed = true;
		it.bad = true;
	} else if (it.mixed && !it.bad) {
		report_error(w->report, place_of(w, line),
			     "key \"%s\": a comma is missing, or quotes around all of: %s",
			     key->name, show(it.words.data).text);
		it.bad = true;
	}
	if (it.bad || too_long(w, key, it.words.len, line)) {
		spoil(w, key);
	} else if (number <= LIST_MAX) {
		if (number > 0)
			emit(w, w->out_line, ",");
		if (it.first.kind == TOKEN_STRING)
			emit_token(w, &it.first);
		else
			emit_bare(w, line, it.words.data, it.words.len);
		kept = true;
	}
	buffer_done(&it.words);
	return kept;
}

/* After an item: the comma, or what stands in its place. */
static void list_separator(struct walk *w, const struct key *key)
{
	if (next_is(w, TOKEN_COMMA)) {
		take(w);
	} else if (is_text(peek(w, 0)) && !item_begins(w)) {
		report_error(w->report, place_of(w, peek(w, 0)->line),
			     "key \"%s\": a comma is missing before \"%s\"", key->name,
			     shown_token(peek(w, 0)).text);
	}
}

/* Something in a list that is neither an item nor its end. */
static void list_stray(struct walk *w, const struct key *key)
{
	const struct token *t = peek(w, 0);

	report_error(w->report, place_of(w, t->line),
		     "key \"%s\": unexpected \"%s\" in the list, right is {A, B}", key->name,
		     shown_token(t).text);
	spoil(w, key);
	if (t->kind == TOKEN_OPEN)
		skip_braces(w);
	else
		take(w);
}

static void list_begin(struct walk *w, const struct key *key, const struct token *word, bool append)
{
	emit(w, word->line, key->name);
	emit(w, word->line, append ? "+=" : "=");
	emit(w, peek(w, 0)->line, "{");
}

/* At the brace. */
static void list(struct walk *w, const struct key *key, const struct token *word, bool append)
{
	bool doubtful = false;

	list_begin(w, key, word, append);

	unsigned int line = take(w).line;
	size_t kept = 0;

	while (!next_is(w, TOKEN_CLOSE) && !next_is(w, TOKEN_END) && !item_begins(w) &&
	       !report_full(w->report)) {
		doubtful |= peek(w, 0)->unclosed;
		if (is_text(peek(w, 0))) {
			kept += list_item(w, key, kept);
			list_separator(w, key);
		} else {
			list_stray(w, key);
		}
	}
	emit(w, w->out_line, "}");
	if (next_is(w, TOKEN_CLOSE)) {
		w->value_line = take(w).line;
		return;
	}
	spoil(w, key);
	if (!doubtful && !w->lexer.comment_unclosed)
		report_error(w->report, place_of(w, line),
			     "the list of \"%s\" is never closed: \"}\" is missing", key->name);
}

/* A list of one may go without braces. */
static void list_of_one(struct walk *w, const struct key *key, const struct token *word,
			bool append)
{
	if (!has_value(w, key, word))
		return;
	list_begin(w, key, word, append);
	list_item(w, key, 0);
	emit(w, w->out_line, "}");
	if (next_is(w, TOKEN_COMMA)) {
		report_error(w->report, place_of(w, word->line),
			     "key \"%s\": a list of several needs braces, right is {A, B}",
			     key->name);
		spoil(w, key);
		skip_words(w, peek(w, 0)->line);
	}
}

/* Is this the second time in this section? `+=` adds to a list and may come again. */
static bool given_twice(struct walk *w, const struct key *key, const struct token *word,
			bool append)
{
	unsigned int *first = &current(w)->seen.key_line[key_index(key)];

	if (*first && !append) {
		report_error(w->report, place_of(w, word->line),
			     "key \"%s\" is given twice %s, first in line %u", key->name,
			     shown_here(w).text, *first);
		return true;
	}
	if (!*first)
		*first = word->line;
	return false;
}

static void value_item(struct walk *w, const struct key *key, const struct token *word)
{
	bool append = next_is(w, TOKEN_APPEND);

	if (given_twice(w, key, word, append)) {
		skip_item(w, word->line);
		return;
	}
	if (!is_assignment(peek(w, 0))) {
		report_error(w->report, place_of(w, word->line),
			     "\"=\" is missing after key \"%s\", right is KEY = %s", key->name,
			     key->list ? "{A, B}" : "VALUE");
		spoil(w, key);
		skip_item(w, word->line);
		return;
	}
	take(w);
	if (is_assignment(peek(w, 0))) {
		report_error(w->report, place_of(w, word->line), "key \"%s\": one \"=\" is enough",
			     key->name);
		spoil(w, key);
		skip_item(w, word->line);
	} else if (append && !key->list) {
		report_error(w->report, place_of(w, word->line),
			     "key \"%s\": \"+=\" is for lists, right is \"=\"", key->name);
		spoil(w, key);
		skip_words(w, word->line);
	} else if (key->list) {
		if (next_is(w, TOKEN_OPEN))
			list(w, key, word, append);
		else
			list_of_one(w, key, word, append);
	} else if (next_is(w, TOKEN_OPEN)) {
		report_error(w->report, place_of(w, word->line),
			     "key \"%s\" takes one value and no list, right is %s", key->name,
			     key_right(key).text);
		spoil(w, key);
		skip_braces(w);
	} else {
		scalar(w, key, word);
	}
}

static void include_item(struct walk *w, const struct key *key, const struct token *word)
{
	if (!next_is(w, TOKEN_PAREN_OPEN) || !is_text(peek(w, 1)) ||
	    peek(w, 2)->kind != TOKEN_PAREN_CLOSE) {
		if (!w->lexer.comment_unclosed)
			report_error(w->report, place_of(w, word->line),
				     "include is not right, right is %s", key_right(key).text);
		skip_item(w, word->line);
		return;
	}
	take(w);

	struct token path = take(w);

	take(w);
	if (path.bad || too_long(w, key, path.len, path.line))
		return;
	emit(w, path.line, key->name);
	emit(w, path.line, "(");
	emit_token(w, &path);
	emit(w, w->out_line, ")");
}

/* Items */

static void known(struct walk *w, const struct key *key, const struct token *word)
{
	w->value_line = 0;
	if (key->kind == KIND_SECTION)
		section_item(w, key, word);
	else if (key->kind == KIND_INCLUDE)
		include_item(w, key, word);
	else
		value_item(w, key, word);
}

/* A word that has its place elsewhere. */
static void misplaced(struct walk *w, const struct key *key, const struct token *word)
{
	const char *kind = key->kind == KIND_SECTION ? "section" : "key";
	struct place at = place_of(w, word->line);

	if (key->in & IN(SECTION_ROOT))
		report_error(w->report, at, "%s \"%s\" %s, right is outside of all sections", kind,
			     key->name, shown_here(w).text);
	else
		report_error(w->report, at, "%s \"%s\" %s, right is in a section %s", kind,
			     key->name, shown_here(w).text, key_places(key).text);
	skip_item(w, word->line);
}

static void unknown(struct walk *w, const struct token *word)
{
	struct place at = place_of(w, word->line);
	enum section in = current(w)->seen.kind;
	struct suggestion meant = key_suggest(in, word_of(word).text);
	const struct key *near = meant.key;
	bool section = next_is(w, TOKEN_OPEN) || peek(w, 1)->kind == TOKEN_OPEN;
	const char *kind = section && !(near && near->kind != KIND_SECTION) ? "section" : "key";

	if (!near) {
		const char *advice = key_without_equivalent(word_of(word).text);

		if (advice)
			report_error(w->report, at, "unknown %s \"%s\" %s, right is %s", kind,
				     shown_token(word).text, shown_here(w).text, advice);
		else
			report_error(w->report, at, "unknown %s \"%s\" %s, right are %s", kind,
				     shown_token(word).text, shown_here(w).text,
				     key_words(in).text);
		skip_item(w, word->line);
		return;
	}
	report_error(w->report, at, "unknown %s \"%s\" %s, did you mean \"%s\"?%s", kind,
		     shown_token(word).text, shown_here(w).text, meant.text,
		     section && in == SECTION_ROOT && key_synonym(in, word_of(word).text).key
			     ? " (vrrpctl import translates a keepalived.conf)"
			     : "");
	if (section && near->kind == KIND_SECTION) {
		section_item(w, near, word);
		return;
	}
	/* what was probably meant is not missing as well */
	spoil(w, near);
	skip_item(w, word->line);
}

static void item(struct walk *w)
{
	bool begins = item_begins(w);
	struct token word = take(w);
	struct word name = word_of(&word);
	enum section in = current(w)->seen.kind;
	const struct key *key = key_find(in, name.text);
	const struct key *root_key = key_find(SECTION_ROOT, name.text);

	if (word.bad) {
		skip_item(w, word.line);
	} else if (key) {
		known(w, key, &word);
	} else if (key_synonym(in, name.text).key && (!begins || !is_text(peek(w, 0)))) {
		unknown(w, &word);
	} else if (root_key && root_key->kind == KIND_SECTION && begins) {
		/* such a section cannot begin inside another: the end of that one was forgotten */
		sections_unclosed(w, word.line);
		known(w, root_key, &word);
	} else if (word.line == w->value_line && !is_assignment(peek(w, 0))) {
		report_error(w->report, place_of(w, word.line),
			     "\"%s\" after a value: right is one word, or quotes around all",
			     shown_token(&word).text);
		skip_item(w, word.line);
	} else if (key_elsewhere(in, name.text)) {
		misplaced(w, key_elsewhere(in, name.text), &word);
	} else {
		unknown(w, &word);
	}
}

/* Punctuation where an item should begin. */
static void stray(struct walk *w)
{
	struct token t = take(w);

	report_error(w->report, place_of(w, t.line), "unexpected \"%s\", right is KEY = VALUE",
		     shown_token(&t).text);
	w->value_line = 0;
	if (t.kind == TOKEN_OPEN)
		w->forgiven++;
	else if (t.kind != TOKEN_COMMA)
		skip_words(w, t.line);
}

int prescan(struct report *report, unsigned int file, const char *text, size_t len,
	    struct prescan *ret)
{
	struct walk w = {
		.lexer = { .text = text, .len = len, .at = { file, 1 }, .report = report },
		.out_line = 1,
		.out = ret,
		.report = report,
		.file = file,
	};

	*ret = (struct prescan){ .sections = NULL };
	while (!next_is(&w, TOKEN_END) && !w.stopped) {
		if (next_is(&w, TOKEN_CLOSE))
			closing_brace(&w);
		else if (is_text(peek(&w, 0)))
			item(&w);
		else
			stray(&w);
		if (report_full(report))
			w.stopped = true;
	}
	sections_unclosed(&w, 0);
	if (ret->text.failed)
		report->failed = true;
	return report->failed ? -ENOMEM : 0;
}

void prescan_done(struct prescan *p)
{
	buffer_done(&p->text);
	free(p->sections);
	*p = (struct prescan){ .sections = NULL };
}
