/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Forces, tracks, groups and the sum of the priority, as lines for people.
 */
#include "view/influence.h"

#include <inttypes.h>
#include <string.h>

#include "view/member.h"

enum {
	MEMBERS_SHOWN_MAX = 16, /* -j has them all */
};

void influence_forced_line(FILE *out, const json_t *instance, const struct view_style *style)
{
	const json_t *forced = json_object_get(instance, "forced");
	const char *reason = member_text(forced, "reason");
	char age[VIEW_DURATION_TEXT_MAX];
	int64_t until_us;

	if (!json_is_object(forced))
		return;
	detail_label(out, "forced");
	fprintf(out, "%s%s by %s%s", colour_on(style, COLOUR_NOTICE), member_text(forced, "to"),
		member_text(forced, "by"), colour_off(style, COLOUR_NOTICE));
	if (view_time_parse(member_text(forced, "until"), &until_us) == 0)
		fprintf(out, " until %s (%s left)", member_text(forced, "until"),
			view_age_text(span_us(until_us - style->wall_us), age));
	else
		fputs(" until released", out);
	if (member_bool(forced, "despite_faults"))
		fputs(", despite faults", out);
	if (reason[0] != '\0')
		fprintf(out, ": %s", reason);
	fputc('\n', out);
}

/* The part of that origin, or NULL. */
static const json_t *find_part(const json_t *parts, const char *from)
{
	const json_t *part;
	size_t i;

	json_array_foreach (parts, i, part)
		if (strcmp(member_text(part, "from"), from) == 0)
			return part;
	return NULL;
}

/* "150 configured, -60 script haproxy (down), limited" */
static void print_sum(FILE *out, const json_t *parts)
{
	const json_t *part;
	size_t i;

	json_array_foreach (parts, i, part) {
		const char *from = member_text(part, "from");
		const char *why = json_string_value(json_object_get(part, "why"));

		if (i == 0)
			fprintf(out, "%" PRId64 " configured", member_integer(part, "value"));
		else if (strcmp(from, "limit") == 0)
			fputs(", limited", out);
		else if (strcmp(from, "force") != 0)
			fprintf(out, ", %+" PRId64 " %s", member_integer(part, "value"), from);
		if (why)
			fprintf(out, " (%s)", why);
	}
}

void influence_priority_line(FILE *out, const json_t *instance)
{
	const json_t *parts = json_object_get(instance, "priority_parts");
	const json_t *force = find_part(parts, "force");
	int64_t effective = member_integer(instance, "effective_priority");
	int64_t unforced = effective - member_integer(force, "value");

	detail_label(out, "priority");
	fprintf(out, "%" PRId64, effective);
	if (force)
		fprintf(out, ", because it is forced; otherwise %" PRId64, unforced);
	if (json_array_size(parts) > (force ? 2 : 1)) {
		fputs(" = ", out);
		print_sum(out, parts);
	}
	fputc('\n', out);
}

void influence_group_line(FILE *out, const json_t *instance)
{
	const json_t *members = json_object_get(instance, "group_members");
	const json_t *member;
	size_t i;

	if (!json_is_string(json_object_get(instance, "group")))
		return;
	detail_label(out, "group");
	fprintf(out, "%s%s", member_text(instance, "group"),
		json_array_size(members) > 0 ? ", with " : "");
	json_array_foreach (members, i, member)
		if (i < MEMBERS_SHOWN_MAX)
			fprintf(out, "%s%s", i == 0 ? "" : ", ",
				json_is_string(member) ? json_string_value(member) : "-");
	if (json_array_size(members) > MEMBERS_SHOWN_MAX)
		fprintf(out, " and %zu more", json_array_size(members) - MEMBERS_SHOWN_MAX);
	fputc('\n', out);
}

void influence_hooks_line(FILE *out, const json_t *instance)
{
	const json_t *hooks = json_object_get(instance, "hooks");

	if (!member_bool(hooks, "running") && !member_bool(hooks, "pending"))
		return;
	detail_label(out, "hooks");
	fprintf(out, "%s%s\n", member_bool(hooks, "running") ? "running" : "",
		!member_bool(hooks, "pending")  ? ""
		: member_bool(hooks, "running") ? ", and to be run again after that"
						: "waiting to be run");
}

/* What it does to the instance, as far as it does anything. */
static void print_effect(FILE *out, const json_t *track, const struct view_style *style)
{
	int64_t weight = member_integer(track, "weight"), adds = member_integer(track, "adds");

	if (json_is_integer(json_object_get(track, "value")))
		fprintf(out, " (%" PRId64 ")", member_integer(track, "value"));
	if (member_bool(track, "inverse"))
		fputs(", counted the other way round", out);
	if (weight != 0)
		fprintf(out, ", weight %" PRId64, weight);
	if (adds != 0)
		fprintf(out, ", adds %+" PRId64, adds);
	if (member_bool(track, "faults"))
		fprintf(out, ", %skeeps it from being MASTER%s", colour_on(style, COLOUR_BAD),
			colour_off(style, COLOUR_BAD));
	if (member_bool(track, "of_group"))
		fputs(", of the group", out);
}

/* What `bfd` adds to its track. */
static void session_line(FILE *out, const json_t *session)
{
	const json_t *counters = json_object_get(session, "counters");
	char send[VIEW_DURATION_TEXT_MAX], expect[VIEW_DURATION_TEXT_MAX],
		detect[VIEW_DURATION_TEXT_MAX];

	fprintf(out, "      %s, %s there; sends every %s", member_text(session, "state"),
		member_text(session, "remote_state"),
		view_duration_text(member_ms(session, "transmit_interval_ms"), send));
	if (json_is_string(json_object_get(session, "remote_state")))
		fprintf(out, ", expects every %s, down after %s",
			view_duration_text(member_ms(session, "receive_interval_ms"), expect),
			view_duration_text(member_ms(session, "detection_time_ms"), detect));
	fprintf(out, "; packets: %" PRId64 " sent, %" PRId64 " received, %" PRId64 " dropped",
		member_integer(counters, "sent"), member_integer(counters, "received"),
		member_integer(counters, "dropped"));
	if (member_integer(counters, "send_failures") != 0)
		fprintf(out, ", %" PRId64 " not sent", member_integer(counters, "send_failures"));
	fputc('\n', out);
}

static void track_line(FILE *out, const json_t *track, const struct view_style *style)
{
	const json_t *up = json_object_get(track, "up");
	const char *state = json_is_true(up) ? "up" : json_is_false(up) ? "DOWN" : "unknown";
	enum view_colour colour = json_is_true(up)    ? COLOUR_NONE
				  : json_is_false(up) ? COLOUR_BAD
						      : COLOUR_NOTICE;
	const char *why = member_text(track, "why");

	fprintf(out, "    %s %s: %s%s%s", member_text(track, "kind"), member_text(track, "name"),
		colour_on(style, colour), state, colour_off(style, colour));
	print_effect(out, track, style);
	if (why[0] != '\0')
		fprintf(out, ": %s", why);
	fputc('\n', out);
	if (json_is_object(json_object_get(track, "session")))
		session_line(out, json_object_get(track, "session"));
}

void influence_track_lines(FILE *out, const json_t *instance, const struct view_style *style)
{
	const json_t *tracks = json_object_get(instance, "tracks");
	const json_t *track;
	size_t i;

	if (json_array_size(tracks) == 0)
		return;
	detail_label(out, "tracks");
	fprintf(out, "%zu\n", json_array_size(tracks));
	json_array_foreach (tracks, i, track)
		track_line(out, track, style);
}
