/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members of JSON objects that came from elsewhere, and colours.
 */
#include "view/member.h"

#include <string.h>

const char *member_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "-";
}

int64_t member_integer(const json_t *object, const char *key)
{
	return (int64_t)json_integer_value(json_object_get(object, key));
}

bool member_bool(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

struct span member_ms(const json_t *object, const char *key)
{
	const json_t *ms = json_object_get(object, key);
	double us = json_number_value(ms) * 1000;

	/* what does not fit into a duration is not one */
	if (!json_is_number(ms) || us < 0 || us > 1e15)
		return span_us(-1);
	return span_us((int64_t)(us + 0.5));
}

const char *colour_on(const struct view_style *style, enum view_colour colour)
{
	if (!style->colour)
		return "";
	switch (colour) {
	case COLOUR_NONE:
		return "";
	case COLOUR_HEADER:
		return "\033[1m";
	case COLOUR_GOOD:
		return "\033[32m";
	case COLOUR_BAD:
		return "\033[1;31m";
	case COLOUR_NOTICE:
		return "\033[33m";
	}
	return "";
}

const char *colour_off(const struct view_style *style, enum view_colour colour)
{
	return style->colour && colour != COLOUR_NONE ? "\033[0m" : "";
}

enum view_colour state_colour(const char *state)
{
	if (strcmp(state, "MASTER") == 0)
		return COLOUR_GOOD;
	if (strcmp(state, "FAULT") == 0)
		return COLOUR_BAD;
	return strcmp(state, "BACKUP") == 0 ? COLOUR_NONE : COLOUR_NOTICE;
}
