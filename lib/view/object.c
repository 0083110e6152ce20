/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON objects, member by member.
 */
#include "view/object.h"

#include <stdlib.h>
#include <string.h>

struct object object_begin(void)
{
	return (struct object){ .json = json_object() };
}

void object_put(struct object *o, const char *key, json_t *value)
{
	if (json_object_set_new_nocheck(o->json, key, value) != 0)
		o->failed = true;
}

void object_integer(struct object *o, const char *key, int64_t value)
{
	object_put(o, key, json_integer(value));
}

void object_bool(struct object *o, const char *key, bool value)
{
	object_put(o, key, json_boolean(value));
}

void object_ms(struct object *o, const char *key, struct span s)
{
	object_put(o, key,
		   s.us % 1000 == 0 ? json_integer(s.us / 1000) : json_real((double)s.us / 1000));
}

void object_null(struct object *o, const char *key)
{
	object_put(o, key, json_null());
}

static json_t *string_of(const char *text, size_t len)
{
	json_t *value = json_stringn(text, len);
	char *ascii = value ? NULL : strndup(text, len);

	for (char *c = ascii; c && *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	if (ascii)
		value = json_string_nocheck(ascii);
	free(ascii);
	return value;
}

void object_text(struct object *o, const char *key, const char *text)
{
	object_put(o, key, string_of(text, strlen(text)));
}

json_t *object_lines(const char *text)
{
	json_t *list = json_array();
	bool failed = false;
	size_t len;

	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (json_array_append_new(list, string_of(text, len)) != 0)
			failed = true;
	}
	if (!failed)
		return list;
	json_decref(list);
	return NULL;
}

json_t *object_end(struct object *o)
{
	if (o->failed) {
		json_decref(o->json);
		return NULL;
	}
	return o->json;
}
