/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines and files of a keepalived.conf. A line may be cut in two by a backslash, belong to some
 * routers only (@ID), define something ($NAME=), or stand for a whole file (include); what is
 * left of it is words.
 */
#include "conf/import_read.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "conf/source.h"

static const char blanks[] = " \t\v\f\r";

size_t import_template_len(const char *text)
{
	static const char *const pairs[][2] = {
		{ "{{", "}}" },
		{ "{%", "%}" },
		{ "${", "}" },
		{ "<%", "%>" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const char *end;

		if (strncmp(text, pairs[i][0], 2) != 0)
			continue;
		end = strstr(text + 2, pairs[i][1]);
		return end ? (size_t)(end - text) + strlen(pairs[i][1]) : 0;
	}
	return 0;
}

size_t import_uncommented_len(const char *line)
{
	char quote = '\0';
	size_t i = 0;

	while (line[i]) {
		size_t template = quote ? 0 : import_template_len(line + i);

		if (template) {
			i += template;
			continue;
		}
		if (line[i] == '\\' && line[i + 1]) {
			i += 2;
			continue;
		}
		if (!quote && (line[i] == '#' || line[i] == '!'))
			break;
		if (line[i] == quote)
			quote = '\0';
		else if (!quote && line[i] == '"')
			quote = line[i];
		i++;
	}
	return i;
}

/* Template statements of their own, which are no values: {{ range … }}, {% if … %}, <% if … %>. */
static bool is_template_statement(const char *line)
{
	static const char *const words[] = { "range", "if",       "else",   "end",
					     "with",  "template", "define", "block" };

	if (import_template_len(line) == 0)
		return false;
	if (strncmp(line, "{%", 2) == 0)
		return true;
	if (strncmp(line, "<%", 2) == 0)
		return line[2] != '=';
	if (strncmp(line, "{{", 2) != 0)
		return false;

	const char *word = line + 2 + strspn(line + 2, "- \t");
	size_t len = strcspn(word, " \t-}");

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (len == strlen(words[i]) && strncmp(word, words[i], len) == 0)
			return true;
	const char *assigned = strstr(line, ":=");

	return assigned && assigned < line + import_template_len(line);
}

static void note_guessed_id(struct import_reader *r, const char *line)
{
	if (r->options->config_id_given || r->guessed_id)
		return;
	r->guessed_id = true;
	report_error(r->report, r->at,
		     "%s: lines with @ depend on the config-id, and \"%s\" (this host) is a guess: "
		     "say --config-id ID",
		     show_slice(line, strcspn(line, blanks)).text,
		     show(r->options->config_id).text);
}

/*
 * At an @: does the line belong to this router? *line is then what follows; of a template nobody
 * can know.
 */
static bool condition_holds(struct import_reader *r, const char **line)
{
	const char *id = *line + 1;
	bool not = *id == '^';
	size_t len = import_template_len(id + not );

	id += not ;
	if (len > 0) {
		report_error(r->report, r->at,
			     "@%s: a condition that is still a template: the line is left out, "
			     "fill in the template first",
			     show_slice(id, len).text);
		return false;
	}
	note_guessed_id(r, *line);
	len = strcspn(id, blanks);
	*line = id + len + strspn(id + len, blanks);
	return (len == strlen(r->options->config_id) &&
		strncmp(id, r->options->config_id, len) == 0) != not ;
}

static void include_one(struct import_reader *r, const char *path)
{
	struct place outer = r->at;
	const char *outer_directory = r->directory, *why;
	const char *slash = strrchr(path, '/');
	struct source source;
	unsigned int bad_line;

	if (r->include_depth >= CONF_INCLUDE_DEPTH_MAX || r->file_count >= CONF_FILES_MAX) {
		report_error(
			r->report, outer,
			"include of %s: too many files in each other: does a file include itself?",
			show(path).text);
		return;
	}
	if (source_read(path, &source, &why) < 0) {
		report_error(r->report, outer, "include of %s: %s: put it there, or drop the line",
			     show(path).text, why);
		return;
	}
	r->file_count++;
	r->include_depth++;
	r->at = (struct place){ report_file(r->report, path), 1 };
	if (source_clean(source.text, &source.len, &why, &bad_line) < 0) {
		r->at.line = bad_line;
		report_error(r->report, r->at, "%s", why);
	} else {
		r->directory =
			slash ? import_copy(r->memory, path, (size_t)(slash - path) + 1) : "";
		import_read_lines(r, source.text);
	}
	source_done(&source);
	r->include_depth--;
	r->directory = outer_directory;
	r->at = outer;
}

/* As keepalived: from the directory of the including file, globs, nothing found is no error. */
static void include(struct import_reader *r, const char *pattern, size_t len)
{
	struct buffer full = { .data = NULL };
	glob_t found;

	if (!r->directory) {
		report_error(r->report, r->at, "include of %s: files cannot be included here",
			     show_slice(pattern, len).text);
		return;
	}
	if (pattern[0] != '/')
		buffer_text(&full, r->directory);
	buffer_add(&full, pattern, len);
	if (full.failed) {
		r->memory->failed = true;
		return;
	}
	if (glob(full.data, GLOB_BRACE, NULL, &found) != 0 || found.gl_pathc == 0) {
		report_error(
			r->report, r->at,
			"include of %s finds no file: import where the files are, or drop the line",
			show(full.data).text);
	} else {
		for (size_t i = 0; i < found.gl_pathc; i++)
			include_one(r, found.gl_pathv[i]);
		globfree(&found);
	}
	buffer_done(&full);
}

/* Is it `include PATTERN` or one of its variants? Then it is done. */
static bool read_include(struct import_reader *r, const char *line)
{
	static const char *const words[] = { "include",  "includer", "includem",
					     "includew", "includeb", "includea" };
	size_t len = strcspn(line, blanks);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (len != strlen(words[i]) || strncmp(line, words[i], len) != 0)
			continue;

		const char *pattern = line + len + strspn(line + len, blanks);
		size_t pattern_len = import_uncommented_len(pattern);

		while (pattern_len > 0 && strchr(blanks, pattern[pattern_len - 1]))
			pattern_len--;
		if (pattern_len > 1 && pattern[0] == '"' && pattern[pattern_len - 1] == '"') {
			pattern++;
			pattern_len -= 2;
		}
		if (pattern_len > 0)
			include(r, pattern, pattern_len);
		return pattern_len > 0;
	}
	return false;
}

/* A definition brings more text than anybody can want? Said once. */
static bool is_too_much(struct import_reader *r, const char *line, unsigned int depth)
{
	r->lines++;
	r->bytes += strlen(line);
	if (r->lines <= IMPORT_LINES_MAX && r->bytes <= IMPORT_BYTES_MAX &&
	    depth <= IMPORT_SUBSTITUTION_DEPTH)
		return false;
	if (!r->overflowed)
		report_error(
			r->report, r->at,
			"definitions and sequences make too much of this: is one defined by itself?");
	r->overflowed = true;
	return true;
}

/* Each line of a text that a definition has put in place. */
static void read_substituted(struct import_reader *r, char *text, unsigned int depth)
{
	char *line;

	while ((line = strsep(&text, "\n")))
		if (line[strspn(line, blanks)])
			import_read_line(r, line, depth);
}

static void take_comment(struct import_reader *r, const char *comment)
{
	size_t len = strlen(comment);

	while (len > 0 && strchr(" \t\v\f\r\\", comment[len - 1]))
		len--;
	r->beside = import_copy(r->memory, comment, len);
}

void import_read_line(struct import_reader *r, const char *line, unsigned int depth)
{
	size_t name_len;

	if (is_too_much(r, line, depth))
		return;
	line += strspn(line, blanks);
	while (*line == '@')
		if (!condition_holds(r, &line))
			return;
	if (import_is_definition(line, &name_len)) {
		const char *value = line + name_len + 2;

		import_define(r, line + 1, name_len, value + strspn(value, blanks));
		return;
	}
	if (import_repeat(r, line, depth) || read_include(r, line))
		return;
	if (is_template_statement(line)) {
		report_error(
			r->report, r->at,
			"%s belongs to a template and counts as absent: fill in the template first",
			show_slice(line, import_template_len(line)).text);
		line += import_template_len(line);
		import_read_line(r, line, depth + 1);
		return;
	}

	size_t len = import_uncommented_len(line);
	char *code = strndup(line, len), *substituted;

	if (!code) {
		r->memory->failed = true;
		return;
	}
	if (line[len] != '\0')
		take_comment(r, line + len + 1);
	substituted = import_substitute(r, code);
	if (substituted)
		read_substituted(r, substituted, depth + 1);
	else
		import_read_words(r, code);
	free(substituted);
	free(code);
	if (r->beside) { /* of a line without a statement */
		import_comment_add(r->memory, &r->comments, r->beside);
		r->beside = NULL;
	}
}

/* Takes one line off the text; *ret_continued: it ended with a backslash, which is gone. */
static char *next_line(char **text, bool *ret_continued)
{
	char *line = strsep(text, "\n");
	size_t len = line ? strlen(line) : 0;

	while (len > 0 && strchr(blanks, line[len - 1]))
		len--;
	*ret_continued = len > 0 && line[len - 1] == '\\' && (len < 2 || line[len - 2] != '\\');
	if (*ret_continued)
		line[len - 1] = '\0';
	return line;
}

static bool is_comment(const char *line)
{
	line += strspn(line, blanks);
	return *line == '#' || *line == '!';
}

/* A line and those that continue it, to be freed; NULL at the end. A definition keeps its lines. */
static char *whole_line(char **text, unsigned int *ret_count)
{
	struct buffer whole = { .data = NULL };
	bool continued;
	char *line = next_line(text, &continued);
	const char *first = line;
	size_t name_len;

	*ret_count = 1;
	if (!line)
		return NULL;
	while (*first == '@')
		first += strcspn(first, blanks) + strspn(first + strcspn(first, blanks), blanks);
	first += strspn(first, blanks);
	bool definition = import_is_definition(first, &name_len), comment = is_comment(line);

	buffer_text(&whole, line);
	while (continued && !comment && (line = next_line(text, &continued))) {
		buffer_text(&whole, definition ? "\n" : " ");
		buffer_text(&whole, line);
		(*ret_count)++;
	}
	return buffer_take(&whole);
}

void import_read_lines(struct import_reader *r, char *text)
{
	unsigned int count;
	char *line;

	for (; !r->memory->failed && (line = whole_line(&text, &count)); r->at.line += count) {
		const char *start = line + strspn(line, blanks);

		if (*start == '\0') {
			if (text)
				import_comment_add(r->memory, &r->comments, NULL);
		} else if (is_comment(start)) {
			take_comment(r, start + 1);
			import_comment_add(r->memory, &r->comments, r->beside);
			r->beside = NULL;
		} else {
			import_read_line(r, line, 0);
		}
		free(line);
	}
}
