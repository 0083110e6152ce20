/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a keepalived.conf defines and repeats: $NAME=VALUE, $NAME and ${NAME}, ~SEQ and ~LST.
 * Substitution happens where a name is used, not where it is defined, so that a later definition
 * changes an earlier one that uses it.
 */
#include "conf/import_read.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
	VARIABLES_MAX = 16, /* of one ~LST */
};

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static size_t name_len_at(const char *text)
{
	size_t len = 0;

	if (isdigit((unsigned char)text[0]))
		return 0;
	while (is_name_char(text[len]))
		len++;
	return len;
}

bool import_is_definition(const char *line, size_t *ret_name)
{
	size_t len;

	if (line[0] != '$')
		return false;
	len = name_len_at(line + 1);
	*ret_name = len;
	return len > 0 && line[1 + len] == '=';
}

void import_define(struct import_reader *r, const char *name, size_t name_len, const char *value)
{
	const char *copy = import_copy(r->memory, value, strlen(value));
	struct import_variable *v = r->variables;

	while (v && (strlen(v->name) != name_len || strncmp(v->name, name, name_len) != 0))
		v = v->next;
	if (!v) {
		v = import_alloc(r->memory, sizeof(*v));
		if (!v)
			return;
		v->name = import_copy(r->memory, name, name_len);
		v->next = r->variables;
		r->variables = v;
	}
	v->value = copy;
}

const char *import_variable(const struct import_reader *r, const char *name, size_t len)
{
	static const struct {
		const char *name, *value;
	} predefined[] = { { "_HASH", "\1" }, { "_BANG", "\2" } };

	for (const struct import_variable *v = r->variables; v; v = v->next)
		if (strlen(v->name) == len && strncmp(v->name, name, len) == 0)
			return v->value;
	for (size_t i = 0; i < sizeof(predefined) / sizeof(predefined[0]); i++)
		if (strlen(predefined[i].name) == len &&
		    strncmp(predefined[i].name, name, len) == 0)
			return predefined[i].value;
	if (len == strlen("_PWD") && strncmp(name, "_PWD", len) == 0)
		return r->directory && r->directory[0] ? r->directory : ".";
	if (len == strlen("_INSTANCE") && strncmp(name, "_INSTANCE", len) == 0)
		return r->options->config_id;
	return NULL;
}

/* The value of what begins at a $, and how much of the text it is; NULL if it is no variable. */
static const char *variable_at(const struct import_reader *r, const char *text, size_t *ret_len)
{
	bool braces = text[1] == '{';
	const char *name = text + 1 + braces;
	size_t len = name_len_at(name);
	char after = name[len];

	if (len == 0 || (braces ? after != '}' : after != '\0' && !isspace((unsigned char)after)))
		return NULL;
	*ret_len = 1 + len + (braces ? 2 : 0);
	return import_variable(r, name, len);
}

char *import_substitute(struct import_reader *r, const char *line)
{
	struct buffer out = { .data = NULL };
	bool changed = false;

	while (*line) {
		size_t plain = strcspn(line, "$"), len;
		const char *value;

		buffer_add(&out, line, plain);
		line += plain;
		if (*line == '\0')
			break;
		value = variable_at(r, line, &len);
		if (value) {
			buffer_text(&out, value);
			line += len;
			changed = true;
		} else {
			buffer_add(&out, line++, 1);
		}
	}
	if (out.failed)
		r->memory->failed = true;
	if (changed)
		return buffer_take(&out);
	buffer_done(&out);
	return NULL;
}

/* Sequences and lists */

/* The next argument of ~SEQ(…) or {…}: up to a comma or the end, without blanks around it. */
struct arg {
	const char *text;
	size_t len;
};

static struct arg next_arg(const char **text, const char *end)
{
	const char *start = *text, *stop;
	unsigned int depth = 0;
	struct arg arg;

	for (stop = start; stop < end && (depth > 0 || *stop != ','); stop++)
		depth += *stop == '{' ? 1u : *stop == '}' && depth > 0 ? -1u : 0u;
	*text = stop < end ? stop + 1 : end;
	while (start < stop && isspace((unsigned char)*start))
		start++;
	while (stop > start && isspace((unsigned char)stop[-1]))
		stop--;
	arg = (struct arg){ start, (size_t)(stop - start) };
	return arg;
}

static bool arg_number(struct arg arg, long *ret)
{
	char text[16], *end;

	if (arg.len == 0 || arg.len >= sizeof(text))
		return false;
	memcpy(text, arg.text, arg.len);
	text[arg.len] = '\0';
	*ret = strtol(text, &end, 0);
	return *end == '\0';
}

/* VAR, [START], [STEP,] END: true if they can be counted through. */
static bool read_sequence(const char *text, const char *end, struct arg *name, long n[static 3])
{
	struct arg args[3];
	size_t count = 0;

	*name = next_arg(&text, end);
	while (text < end && count < 3)
		args[count++] = next_arg(&text, end);
	if (count == 0 || text < end || !arg_number(args[count - 1], &n[2]))
		return false;
	if (count == 1 || args[0].len == 0)
		n[0] = n[2] > 0 ? 1 : -1;
	else if (!arg_number(args[0], &n[0]))
		return false;
	n[1] = n[2] >= n[0] ? 1 : -1;
	if (count == 3 && !arg_number(args[1], &n[1]))
		return false;
	return n[1] != 0 && name->len > 0;
}

static bool repeat_sequence(struct import_reader *r, const char *args, const char *end, bool hex,
			    unsigned int depth)
{
	struct arg name;
	long n[3];

	if (!read_sequence(args, end, &name, n))
		return false;
	for (long i = n[0]; (n[1] > 0 ? i <= n[2] : i >= n[2]) && !r->overflowed; i += n[1]) {
		char value[24];

		snprintf(value, sizeof(value), hex ? "%lx" : "%ld", i);
		import_define(r, name.text, name.len, value);
		import_read_line(r, end + 1, depth + 1);
	}
	return true;
}

/* One value, or {several}: what is between the braces. */
static struct arg unwrapped(struct arg arg)
{
	if (arg.len >= 2 && arg.text[0] == '{' && arg.text[arg.len - 1] == '}')
		return (struct arg){ arg.text + 1, arg.len - 2 };
	return arg;
}

static bool repeat_list(struct import_reader *r, const char *args, const char *end,
			unsigned int depth)
{
	struct arg names[VARIABLES_MAX];
	struct arg all = unwrapped(next_arg(&args, end));
	size_t count = 0;

	for (const char *text = all.text; text < all.text + all.len && count < VARIABLES_MAX;)
		names[count++] = next_arg(&text, all.text + all.len);
	if (count == 0)
		return false;
	while (args < end && !r->overflowed) {
		struct arg values = unwrapped(next_arg(&args, end));
		const char *text = values.text;

		for (size_t i = 0; i < count; i++) {
			struct arg value = next_arg(&text, values.text + values.len);

			import_define(r, names[i].text, names[i].len,
				      import_copy(r->memory, value.text, value.len));
		}
		import_read_line(r, end + 1, depth + 1);
	}
	return true;
}

bool import_repeat(struct import_reader *r, const char *line, unsigned int depth)
{
	static const char *const words[] = { "~SEQ(", "~SEQx(", "~LST(" };
	const char *end = strchr(line, ')');
	bool done = false;

	for (size_t i = 0; i < 3; i++) {
		const char *args = line + strlen(words[i]);

		if (strncmp(line, words[i], strlen(words[i])) != 0)
			continue;
		if (end)
			done = i == 2 ? repeat_list(r, args, end, depth)
				      : repeat_sequence(r, args, end, i == 1, depth);
		if (!done)
			report_error(r->report, r->at, "%s makes no sense: write its lines singly",
				     show(line).text);
		return true;
	}
	return false;
}
