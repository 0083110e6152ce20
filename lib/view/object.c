/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON objects, member by member.
 */
#include "view/object.h"

#include <stdio.h>

#include "base/limits.h"

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

void object_null(struct object *o, const char *key)
{
	object_put(o, key, json_null());
}

void object_text(struct object *o, const char *key, const char *text)
{
	json_t *value = json_string(text);
	char ascii[2 * TEXT_MAX];

	if (value) {
		object_put(o, key, value);
		return;
	}
	snprintf(ascii, sizeof(ascii), "%s", text);
	for (char *c = ascii; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	object_put(o, key, json_string_nocheck(ascii));
}

json_t *object_end(struct object *o)
{
	if (o->failed) {
		json_decref(o->json);
		return NULL;
	}
	return o->json;
}
