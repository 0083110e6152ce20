/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words and braces of a line. A brace is one only where it stands at an end of a word, so that
 * what templates leave ({{ .X }}, ${X}) stays a word; where such a word carries its own default,
 * the default is taken, and said.
 */
#include "conf/import_read.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A line while its words are taken off it. */
struct cursor {
	const char *rest;
	const char *line;
	struct buffer word;
	bool quoted; /* some of the word was in quotes */
};

/* \a, \b, \nnn…: what stands behind a backslash, as a shell's echo has it. Moves behind it. */
static char escaped(const char **text)
{
	static const char letters[] = "abfnrtvE", values[] = "\a\b\f\n\r\t\v\033";
	char c = *(*text)++;
	const char *letter = strchr(letters, c);
	unsigned int number = 0, digits = 0;

	if (c == 'x' && isxdigit((unsigned char)**text)) {
		char *end;

		number = (unsigned int)strtoul(*text, &end, 16);
		*text = end;
		return (char)number;
	}
	if (c >= '0' && c <= '7') {
		for (--*text; digits < 3 && **text >= '0' && **text <= '7'; digits++)
			number = number * 8 + (unsigned int)(*(*text)++ - '0');
		return (char)number;
	}
	return letter && c ? values[letter - letters] : c;
}

/* The default in ${NAME:-DEFAULT}; its length, 0 for none. */
static size_t shell_default(const char *text, size_t len, const char **ret)
{
	size_t name = 2;

	while (isalnum((unsigned char)text[name]) || text[name] == '_')
		name++;
	if (text[name] != ':' || text[name + 1] != '-' || name + 3 > len)
		return 0;
	*ret = text + name + 2;
	return len - (name + 2) - 1;
}

/* The default in {{ .Name | default X }} or {{ name | default('X', true) }}; its length, 0 for none. */
static size_t template_default(const char *text, size_t len, const char **ret)
{
	static const char word[] = "default";
	const char *start = memmem(text, len, word, strlen(word)), *end = text + len - 2;

	if (!start || start + strlen(word) > end)
		return 0;
	start += strlen(word);
	while (start < end && strchr(" (\"'", *start))
		start++;
	if (strchr("\"'", start[-1])) { /* what is in the quotes, whatever follows them */
		const char *closing = memchr(start, start[-1], (size_t)(end - start));

		end = closing ? closing : end;
	}
	while (end > start && strchr(" )|-\"'", end[-1]))
		end--;
	*ret = start;
	return (size_t)(end - start);
}

/* At a template expression: its default, if it has one, otherwise itself as it stands. */
static void take_template(struct import_reader *r, struct cursor *c, size_t len)
{
	const char *text = c->rest, *value = NULL;
	size_t value_len = text[0] == '$' ? shell_default(text, len, &value)
					  : template_default(text, len, &value);

	c->rest += len;
	if (value_len == 0) {
		buffer_add(&c->word, text, len);
		return;
	}
	report_error(r->report, r->at, "%s is not filled in: its default %s was taken",
		     show_slice(text, len).text, show_slice(value, value_len).text);
	buffer_add(&c->word, value, value_len);
}

/* At a quote: what is inside, up to the same quote or the end of the line. */
static void take_quoted(struct import_reader *r, struct cursor *c)
{
	char quote = *c->rest++;

	c->quoted = true;
	while (*c->rest && *c->rest != quote) {
		char byte = *c->rest++;

		if (byte == '\\' && *c->rest)
			byte = escaped(&c->rest);
		buffer_add(&c->word, &byte, 1);
	}
	if (*c->rest)
		c->rest++;
	else
		report_error(r->report, r->at, "quote %c is not closed in its line: close it",
			     quote);
}

/* Does the word end here? At a brace only if that is the word's end too. */
static bool word_ends(const char *text)
{
	if (*text == '\0' || isspace((unsigned char)*text))
		return true;
	return (*text == '{' || *text == '}') &&
	       (text[1] == '\0' || isspace((unsigned char)text[1]) || text[1] == '}');
}

static void take_word(struct import_reader *r, struct cursor *c)
{
	while (!word_ends(c->rest)) {
		size_t template = import_template_len(c->rest);
		char byte = *c->rest;

		if (template > 0) {
			take_template(r, c, template);
		} else if (byte == '"' || byte == '\'') {
			take_quoted(r, c);
		} else {
			c->rest++;
			if (byte == '\\' && *c->rest)
				byte = escaped(&c->rest);
			buffer_add(&c->word, &byte, 1);
		}
	}
}

/* Control characters, which an escape may have made, are no text; ${_HASH} and ${_BANG} are. */
static void make_text(struct import_reader *r, struct cursor *c)
{
	bool changed = false;

	for (size_t i = 0; i < c->word.len; i++) {
		char *byte = &c->word.data[i];

		if (*byte == IMPORT_HASH || *byte == IMPORT_BANG) {
			*byte = *byte == IMPORT_HASH ? '#' : '!';
		} else if (iscntrl((unsigned char)*byte)) {
			*byte = ' ';
			changed = true;
		}
	}
	if (changed)
		report_error(r->report, r->at,
			     "a control character in \"%s\" became a space: put it into a script",
			     show(c->word.data).text);
}

static void append(struct import_node *block, struct import_node *n)
{
	n->parent = block;
	if (block->last)
		block->last->next = n;
	else
		block->first = n;
	block->last = n;
}

/* Ends the word and gives it to the statement of the line, which begins with its first. */
static void add_word(struct import_reader *r, struct cursor *c, const char *words[], size_t *count)
{
	if (c->word.len == 0 && !c->quoted)
		return;
	buffer_add(&c->word, "", 0);
	if (c->word.failed) {
		r->memory->failed = true;
		return;
	}
	make_text(r, c);
	if (*count == 0) {
		r->statement = import_alloc(r->memory, sizeof(*r->statement));
		if (!r->statement)
			return;
		r->statement->at = r->at;
		r->statement->beside = r->beside;
		r->beside = NULL;
		import_comments_move(&r->statement->before, &r->comments);
		append(r->open, r->statement);
	}
	if (*count == 1)
		r->statement->quoted = c->quoted;
	if (*count < IMPORT_WORDS_MAX)
		words[(*count)++] = import_copy(r->memory, c->word.data, c->word.len);
	else
		report_error(r->report, r->at, "\"%s\" is one word too many for a line",
			     show(c->word.data).text);
}

/* Gives the statement its words. */
static void end_statement(struct import_reader *r, const char *words[], size_t *count)
{
	struct import_node *n = r->statement;

	if (!n)
		return;
	n->words = import_alloc(r->memory, *count * sizeof(words[0]));
	if (n->words) {
		memcpy(n->words, words, *count * sizeof(words[0]));
		n->word_count = *count;
	}
	*count = 0;
	r->ended = n;
	r->statement = NULL;
}

/* At a "{": it belongs to the statement on this line or on one before it. */
static void open_block(struct import_reader *r)
{
	struct import_node *n = r->ended;

	if (!n || n->block || n->parent != r->open) {
		report_error(r->report, r->at,
			     "\"{\" without a name before it: say what it begins");
		n = import_alloc(r->memory, sizeof(*n));
		if (!n)
			return;
		n->at = r->at;
		append(r->open, n);
	}
	n->block = true;
	r->open = n;
	r->ended = NULL;
}

static void close_block(struct import_reader *r)
{
	if (!r->open->parent) {
		report_error(r->report, r->at, "\"}\" closes nothing: remove it");
		return;
	}
	import_comments_move(&r->open->inside, &r->comments);
	r->open = r->open->parent;
	r->ended = NULL;
}

/* Two closing braces that end a line without any opening one are what is left of a template. */
static bool is_template_rest(const struct cursor *c)
{
	return c->rest != c->line && strcmp(c->rest, "}}") == 0 && !strchr(c->line, '{');
}

void import_read_words(struct import_reader *r, const char *line)
{
	const char *words[IMPORT_WORDS_MAX];
	struct cursor c = { .line = line };
	char *trimmed = strdup(line);
	size_t count = 0, len = strlen(line);

	if (!trimmed) {
		r->memory->failed = true;
		return;
	}
	while (len > 0 && isspace((unsigned char)trimmed[len - 1]))
		trimmed[--len] = '\0';
	c.line = c.rest = trimmed + strspn(trimmed, " \t\v\f\r");
	while (*c.rest && !r->memory->failed) {
		if (is_template_rest(&c)) {
			report_error(
				r->report, r->at,
				"\"}}\" is what is left of a template: fill in the template first");
			break;
		}
		if (import_template_len(c.rest) == 0 && (*c.rest == '{' || *c.rest == '}')) {
			end_statement(r, words, &count);
			if (*c.rest++ == '{')
				open_block(r);
			else
				close_block(r);
		} else if (isspace((unsigned char)*c.rest)) {
			c.rest++;
		} else {
			c.word.len = 0;
			c.quoted = false;
			take_word(r, &c);
			add_word(r, &c, words, &count);
		}
	}
	end_statement(r, words, &count);
	buffer_done(&c.word);
	free(trimmed);
}

void import_read_end(struct import_reader *r)
{
	for (; r->open->parent; r->open = r->open->parent) {
		report_error(r->report, r->open->at,
			     "the block \"%s\" is not closed: \"}\" was added at the end",
			     show(import_name(r->open)).text);
	}
	import_comments_move(&r->open->inside, &r->comments);
}
