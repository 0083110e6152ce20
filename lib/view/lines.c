/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events and counters as lines.
 */
#include "view/view.h"

#include <inttypes.h>
#include <string.h>

#include "view/member.h"

static enum view_colour event_colour(const json_t *event)
{
	const char *kind = member_text(event, "event");

	if (strcmp(kind, "state") == 0)
		return state_colour(member_text(event, "to"));
	if (strcmp(kind, "track") == 0)
		return strcmp(member_text(event, "to"), "down") == 0 ? COLOUR_NOTICE : COLOUR_NONE;
	if (strcmp(kind, "hook") == 0)
		return member_bool(event, "failed") ? COLOUR_NOTICE : COLOUR_NONE;
	if (strcmp(kind, "conflict") == 0 || strcmp(kind, "force") == 0 ||
	    strcmp(kind, "lost") == 0 || strcmp(kind, "late") == 0)
		return COLOUR_NOTICE;
	return COLOUR_NONE;
}

void view_event_line(FILE *out, const json_t *event, const struct view_style *style)
{
	const char *instance = member_text(event, "instance");
	const char *text = json_string_value(json_object_get(event, "text"));
	enum view_colour colour = event_colour(event);

	fprintf(out, "%s %s: %s%s%s\n", member_text(event, "time"),
		instance[0] == '\0' ? "vrrpd" : instance, colour_on(style, colour),
		text ? text : member_text(event, "reason"), colour_off(style, colour));
}

/* What a counter of that name counts; "" for one that this version does not know. */
static const char *text_of_counter(const char *name)
{
	for (int c = 0; c < COUNTER_COUNT_; c++)
		if (strcmp(counter_name((enum counter)c), name) == 0)
			return counter_text((enum counter)c);
	return "";
}

void counter_lines(FILE *out, json_t *counters, const char *indent, bool zeros)
{
	const char *name;
	json_t *value;

	json_object_foreach (counters, name, value) {
		json_int_t count = json_integer_value(value);

		if (count != 0 || zeros)
			fprintf(out, "%s%-24s %10" PRId64 "  %s\n", indent, name, (int64_t)count,
				text_of_counter(name));
	}
}

static bool any_counted(json_t *counters)
{
	const char *name;
	json_t *value;

	json_object_foreach (counters, name, value)
		if (json_integer_value(value) != 0)
			return true;
	return false;
}

static void counters_of_one(FILE *out, const json_t *one, const struct view_style *style)
{
	fprintf(out, "%s%s%s\n", colour_on(style, COLOUR_HEADER), member_text(one, "name"),
		colour_off(style, COLOUR_HEADER));
	counter_lines(out, json_object_get(one, "counters"), "  ", true);
}

void view_counters(FILE *out, const json_t *counters, const struct view_style *style)
{
	const json_t *instances = json_object_get(counters, "instances");
	const json_t *one;
	size_t i;

	if (json_is_array(counters))
		instances = counters;
	else if (!instances)
		counters_of_one(out, counters, style);
	json_array_foreach (instances, i, one)
		counters_of_one(out, one, style);
	if (json_is_object(counters) && instances &&
	    any_counted(json_object_get(counters, "counters"))) {
		fprintf(out, "%sof no instance%s\n", colour_on(style, COLOUR_HEADER),
			colour_off(style, COLOUR_HEADER));
		counter_lines(out, json_object_get(counters, "counters"), "  ", false);
	}
}
