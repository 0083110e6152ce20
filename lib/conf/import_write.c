/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes vrrpd.conf: lines with the comments that stood around them, quotes where they are
 * needed, lists with a line an item.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf/import_translate.h"

static void indent(struct import *x, unsigned int depth)
{
	for (unsigned int i = 0; i < depth; i++)
		buffer_text(&x->out, "  ");
}

/* What begins a block or the text needs no empty line in front. */
static bool ends_in_gap(const struct buffer *out)
{
	return out->len == 0 || (out->len >= 2 && (strcmp(out->data + out->len - 2, "\n\n") == 0 ||
						   strcmp(out->data + out->len - 2, "{\n") == 0));
}

static void write_comments(struct import *x, const struct import_comments *comments,
			   unsigned int depth)
{
	for (const struct import_comment *c = comments->first; c; c = c->next) {
		if (c->text) {
			indent(x, depth);
			buffer_printf(&x->out, "#%s\n", c->text);
		} else if (!ends_in_gap(&x->out)) {
			buffer_text(&x->out, "\n");
		}
	}
}

void import_comments(struct import *x, const struct import_comments *comments)
{
	write_comments(x, comments, x->indent);
}

static void end_line(struct import *x, const char *beside)
{
	if (beside)
		buffer_printf(&x->out, " #%s", beside);
	buffer_text(&x->out, "\n");
}

/* Plain words need no quotes; what begins a comment or a substitution does. */
static bool is_plain(const char *value)
{
	size_t len = strlen(value);

	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)value[i]) && !strchr("._:/-", value[i]))
			return false;
	return len > 0 && !strstr(value, "//");
}

bool import_quote(struct buffer *out, const char *value)
{
	bool literal = strstr(value, "${") != NULL;
	char quote = literal ? '\'' : '"';

	if (is_plain(value)) {
		buffer_text(out, value);
		return true;
	}
	if (literal && strpbrk(value, "'\\"))
		return false;
	buffer_add(out, &quote, 1);
	for (; *value; value++) {
		if (!literal && (*value == '"' || *value == '\\'))
			buffer_text(out, "\\");
		buffer_add(out, value, 1);
	}
	buffer_add(out, &quote, 1);
	return true;
}

void import_line(struct import *x, const struct import_node *n, const char *key, const char *value)
{
	import_comments(x, &n->before);
	indent(x, x->indent);
	buffer_printf(&x->out, "%s = %s", key, value);
	end_line(x, n->beside);
	import_comments(x, &n->inside);
}

void import_value(struct import *x, const struct import_node *n, const char *key, const char *value)
{
	struct buffer quoted = { .data = NULL };

	buffer_text(&quoted, "");
	if (import_quote(&quoted, value)) {
		import_line(x, n, key, quoted.failed ? "" : quoted.data);
	} else {
		import_lost(
			x, n,
			"\"${\" beside quotes or a backslash cannot be written: put the command into a script: %s",
			show(value).text);
		/* what a section must have needs something in its place */
		if (strcmp(key, "command") == 0)
			import_line(x, n, key, "/bin/true # FILL IN");
		else if (strcmp(key, "path") == 0)
			import_line(x, n, key, "/dev/null # FILL IN");
		else
			import_left_out(x, n);
	}
	if (quoted.failed)
		x->memory.failed = true;
	buffer_done(&quoted);
}

void import_left_out(struct import *x, const struct import_node *n)
{
	import_comments(x, &n->before);
	if (n->beside) { /* which makes no sense alone */
		indent(x, x->indent);
		buffer_text(&x->out, "#");
		for (size_t i = 0; i < n->word_count; i++)
			buffer_printf(&x->out, " %s", n->words[i]);
		end_line(x, n->beside);
	}
	import_comments(x, &n->inside);
}

void import_extra(struct import *x, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	indent(x, x->indent);
	buffer_printf(&x->out, "%s\n", line);
}

void import_open(struct import *x, const struct import_node *n, const char *kind, const char *name)
{
	import_comments(x, &n->before);
	indent(x, x->indent);
	buffer_printf(&x->out, "%s%s%s {", kind, name[0] ? " " : "", name);
	end_line(x, n->beside);
	x->indent++;
}

void import_close(struct import *x, const struct import_node *n)
{
	import_comments(x, &n->inside);
	x->indent--;
	indent(x, x->indent);
	buffer_text(&x->out, "}\n");
}

/* The item is written with the one behind it, since only then it is known if a comma follows. */
static void finish_item(struct import_list *list, bool more)
{
	if (list->count == 0)
		return;
	if (more)
		buffer_text(&list->text, ",");
	if (list->beside)
		buffer_printf(&list->text, " #%s", list->beside);
	buffer_text(&list->text, "\n");
	list->beside = NULL;
}

/* Lists are written into a text of their own: `out` stands in for it meanwhile. */
static void list_comments(struct import *x, struct import_list *list,
			  const struct import_comments *comments)
{
	struct buffer out = x->out;

	x->out = list->text;
	write_comments(x, comments, x->indent + 1);
	list->text = x->out;
	x->out = out;
}

void import_list_add(struct import *x, struct import_list *list, const struct import_node *n,
		     const char *item, const char *note)
{
	finish_item(list, true);
	if (n)
		list_comments(x, list, &n->before);
	for (unsigned int i = 0; i <= x->indent; i++)
		buffer_text(&list->text, "  ");
	if (!import_quote(&list->text, item))
		buffer_text(&list->text, "\"\"");
	list->beside = note ? note : n ? n->beside : NULL;
	list->count++;
}

void import_list_end(struct import *x, struct import_list *list, const struct import_node *n,
		     const char *key)
{
	finish_item(list, false);
	if (list->text.failed)
		x->memory.failed = true;
	if (list->count > 0) {
		import_comments(x, &n->before);
		indent(x, x->indent);
		buffer_printf(&x->out, "%s = {", key);
		end_line(x, n->beside);
		buffer_text(&x->out, list->text.data ? list->text.data : "");
		write_comments(x, &n->inside, x->indent + 1);
		indent(x, x->indent);
		buffer_text(&x->out, "}\n");
	} else {
		import_comments(x, &n->before);
		if (list->text.data)
			buffer_text(&x->out, list->text.data);
		import_comments(x, &n->inside);
	}
	buffer_done(&list->text);
}
