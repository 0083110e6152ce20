/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `vrrpctl show NAME`: all there is to know about one instance, for somebody who was just woken up.
 * The first line says in which state it is and why; after it one fact a line, and what is out of
 * order stands before what is as it should be.
 */
#include "view/view.h"

#include <inttypes.h>
#include <string.h>

#include "view/influence.h"
#include "view/member.h"

enum {
	ADDRESS_LINES_MAX = 32, /* the rest is a number; -j has them all */
};

void detail_label(FILE *out, const char *text)
{
	fprintf(out, "  %-16s ", text);
}

/* "PREFIX LENGTH SUFFIX" if the member is there and its timer runs, else nothing. */
static void duration(FILE *out, const char *prefix, struct span length, const char *suffix)
{
	char text[VIEW_DURATION_TEXT_MAX];

	if (length.us >= 0)
		fprintf(out, "%s%s%s", prefix, view_duration_text(length, text), suffix);
}

/* A track that would fault and has no result yet keeps a BACKUP from becoming MASTER. */
static void awaited_result(FILE *out, const json_t *instance)
{
	const json_t *track;
	size_t i;

	json_array_foreach (json_object_get(instance, "tracks"), i, track)
		if (json_is_null(json_object_get(track, "up")) &&
		    member_integer(track, "weight") == 0 &&
		    strcmp(member_text(track, "kind"), "file") != 0) {
			fprintf(out, "; waits for the first result of %s %s",
				member_text(track, "kind"), member_text(track, "name"));
			return;
		}
}

static void state_line(FILE *out, const json_t *instance, const struct view_style *style)
{
	const char *state = member_text(instance, "state");
	const char *reason = member_text(instance, "reason");
	enum view_colour colour = state_colour(state);
	char age[VIEW_DURATION_TEXT_MAX];
	int64_t since_us;

	fprintf(out, "%s is %s%s%s", member_text(instance, "name"), colour_on(style, colour), state,
		colour_off(style, colour));
	if (view_time_parse(member_text(instance, "since"), &since_us) == 0)
		fprintf(out, " for %s", view_age_text(span_us(style->wall_us - since_us), age));
	if (reason[0] != '\0')
		fprintf(out, ": %s", reason);
	if (strcmp(state, "BACKUP") == 0)
		awaited_result(out, instance);
	if (member_bool(instance, "lingering"))
		fputs(" (and still serves until its successor is heard)", out);
	fputc('\n', out);
}

/* What keeps the interface from being used, or NULL. */
static const char *interface_trouble(const json_t *instance)
{
	const json_t *link = json_object_get(instance, "link");

	if (!member_bool(link, "present"))
		return "does not exist";
	if (!member_bool(link, "up"))
		return "is down";
	if (!json_is_string(json_object_get(instance, "source_address")))
		return "has no address to send from";
	return NULL;
}

static void interface_line(FILE *out, const json_t *instance, const struct view_style *style)
{
	int64_t ifindex = member_integer(json_object_get(instance, "link"), "ifindex");
	const char *trouble = interface_trouble(instance);

	detail_label(out, "interface");
	fputs(member_text(instance, "interface"), out);
	if (ifindex > 0)
		fprintf(out, " (index %" PRId64 ")", ifindex);
	if (trouble)
		fprintf(out, " %s%s%s\n", colour_on(style, COLOUR_BAD), trouble,
			colour_off(style, COLOUR_BAD));
	else
		fprintf(out, " is up, sending from %s\n", member_text(instance, "source_address"));
}

static void virtual_mac_line(FILE *out, const json_t *instance, const struct view_style *style)
{
	const json_t *link = json_object_get(instance, "virtual_link");
	const char *name = member_text(link, "name");

	if (!json_is_string(json_object_get(instance, "virtual_mac")))
		return;
	detail_label(out, "virtual MAC");
	fputs(member_text(instance, "virtual_mac"), out);
	if (member_bool(link, "present"))
		fprintf(out, " on %s, which is %s\n", name,
			member_bool(link, "up") ? "up" : "down");
	else
		fprintf(out, " %s%s%s\n", colour_on(style, COLOUR_BAD), "without a link",
			colour_off(style, COLOUR_BAD));
}

static void master_line(FILE *out, const json_t *instance)
{
	const json_t *master = json_object_get(instance, "master");

	detail_label(out, "master");
	if (!json_is_object(master))
		fputs("none is known\n", out);
	else
		fprintf(out, "%s, priority %" PRId64 "%s\n", member_text(master, "address"),
			member_integer(master, "priority"),
			member_bool(master, "self") ? " (this router)" : "");
}

static void timer_lines(FILE *out, const json_t *instance)
{
	const json_t *timers = json_object_get(instance, "timers");
	struct span ours = member_ms(instance, "advert_interval_ms");
	struct span masters = member_ms(instance, "master_advert_interval_ms");

	detail_label(out, "advertisements");
	duration(out, "every ", ours, "");
	if (masters.us != ours.us)
		duration(out, ", the master's every ", masters, "");
	duration(out, ", next in ", member_ms(timers, "advert_left_ms"), "");
	fputc('\n', out);

	detail_label(out, "master down");
	duration(out, "after ", member_ms(instance, "master_down_interval_ms"), " of silence");
	duration(out, " (skew time ", member_ms(instance, "skew_time_ms"), ")");
	duration(out, ", ", member_ms(timers, "master_down_left_ms"), " left");
	fputc('\n', out);
}

static void preempt_line(FILE *out, const json_t *instance)
{
	struct span delay = member_ms(instance, "preempt_delay_ms");

	detail_label(out, "preemption");
	if (!member_bool(instance, "preempt")) {
		fputs("off\n", out);
		return;
	}
	fputs("on", out);
	if (delay.us > 0)
		duration(out, " after ", delay, "");
	duration(out, ", ", member_ms(json_object_get(instance, "timers"), "preempt_delay_left_ms"),
		 " left");
	fputc('\n', out);
}

static void announce_line(FILE *out, const json_t *instance)
{
	const json_t *announce = json_object_get(instance, "announce");
	struct span repeat = member_ms(announce, "repeat_ms");
	struct span refresh = member_ms(announce, "refresh_ms");
	struct span interval = member_ms(announce, "interval_ms");

	detail_label(out, "announcements");
	fprintf(out, "%" PRId64 " an address at take-over", member_integer(announce, "count"));
	if (repeat.us > 0)
		duration(out, ", again after ", repeat, "");
	if (refresh.us > 0)
		duration(out, ", then every ", refresh, "");
	if (interval.us > 0)
		duration(out, ", ", interval, " apart");
	duration(out, ", next in ",
		 member_ms(json_object_get(instance, "timers"), "announce_left_ms"), "");
	fputc('\n', out);
}

/* Only where it is not as everybody expects it. */
static void accept_line(FILE *out, const json_t *instance)
{
	if (member_bool(instance, "accept"))
		return;
	detail_label(out, "accept");
	if (member_integer(instance, "priority") == PRIORITY_OWNER)
		fputs("off, but the owner of the addresses always accepts\n", out);
	else
		fputs("off: a master does not accept packets to its addresses\n", out);
}

/* What somebody must mend, with a line each. */
static void conflict_lines(FILE *out, const json_t *instance, const struct view_style *style)
{
	const json_t *conflict;
	size_t i;

	json_array_foreach (json_object_get(instance, "conflicts"), i, conflict) {
		const char *text = member_text(conflict, "text");
		size_t prefix = strncmp(text, "conflict: ", 10) == 0 ? 10 : 0;

		detail_label(out, "conflict");
		fprintf(out, "%s%s%s (%" PRId64 " times since %s)\n", colour_on(style, COLOUR_BAD),
			text + prefix, colour_off(style, COLOUR_BAD),
			member_integer(conflict, "count"), member_text(conflict, "first"));
	}
}

/* "192.0.2.2, heard 4s ago" */
static void heard_text(FILE *out, const json_t *peer, const struct view_style *style)
{
	char age[VIEW_DURATION_TEXT_MAX];
	int64_t heard_us;

	fputs(member_text(peer, "address"), out);
	if (view_time_parse(member_text(peer, "last"), &heard_us) == 0)
		fprintf(out, ", heard %s ago",
			view_age_text(span_us(style->wall_us - heard_us), age));
	else
		fputs(", not heard yet", out);
}

static void peers_lines(FILE *out, const json_t *instance, const struct view_style *style)
{
	bool unicast = json_array_size(json_object_get(instance, "peers")) != 0;
	const json_t *peer;
	size_t i;

	json_array_foreach (json_object_get(instance, "heard"), i, peer) {
		if (!unicast)
			continue; /* the master, which has a line of its own */
		detail_label(out, "unicast peer");
		heard_text(out, peer, style);
		fputc('\n', out);
	}
}

/* What is out of order with an address; NULL if it is as it should be. */
static const char *address_trouble(const json_t *detail)
{
	const char *presence = member_text(detail, "presence");

	if (member_bool(detail, "wanted"))
		return strcmp(presence, "absent") == 0 ? "MISSING" : NULL;
	if (strcmp(presence, "foreign") == 0)
		return "present, and not added by vrrpd";
	return strcmp(presence, "ours") == 0 ? "still present" : NULL;
}

static void address_line(FILE *out, const json_t *detail, const char *trouble,
			 const struct view_style *style)
{
	const char *address = member_text(detail, "address");

	fprintf(out, "    %s dev %s", address, member_text(detail, "dev"));
	if (!member_bool(detail, "advertised"))
		fputs(", not advertised", out);
	if (trouble)
		fprintf(out, ": %s%s%s", colour_on(style, COLOUR_BAD), trouble,
			colour_off(style, COLOUR_BAD));
	fputc('\n', out);
}

static void address_lines(FILE *out, const json_t *instance, const struct view_style *style)
{
	const json_t *details = json_object_get(instance, "address_details");
	const json_t *detail;
	size_t i, lines = 0;

	detail_label(out, "addresses");
	fprintf(out, "%" PRId64 ", %" PRId64 " present\n",
		member_integer(instance, "addresses_total"),
		member_integer(instance, "addresses_present"));
	for (int in_order = 0; in_order <= 1; in_order++)
		json_array_foreach (details, i, detail) {
			const char *trouble = address_trouble(detail);

			if ((trouble == NULL) == in_order && lines++ < ADDRESS_LINES_MAX)
				address_line(out, detail, trouble, style);
		}
	if (lines > ADDRESS_LINES_MAX)
		fprintf(out, "    and %zu more (-j shows them all)\n", lines - ADDRESS_LINES_MAX);
}

/* Where it is not as it should be, that stands behind it. */
static void routing_lines(FILE *out, const json_t *instance, const struct view_style *style)
{
	const json_t *details = json_object_get(instance, "routing_details");
	const json_t *detail;
	size_t i;

	if (json_array_size(details) == 0)
		return;
	detail_label(out, "routing");
	fprintf(out, "%zu routes and rules\n", json_array_size(details));
	json_array_foreach (details, i, detail) {
		const char *trouble = address_trouble(detail);

		fprintf(out, "    %s %s", member_text(detail, "kind"), member_text(detail, "text"));
		/* Unlike an address, somebody else's does not serve. */
		if (member_bool(detail, "wanted") &&
		    strcmp(member_text(detail, "presence"), "foreign") == 0)
			trouble = "MISSING, another one is in its place";
		if (trouble)
			fprintf(out, ": %s%s%s", colour_on(style, COLOUR_BAD), trouble,
				colour_off(style, COLOUR_BAD));
		fputc('\n', out);
	}
}

static void detail_of_one(FILE *out, const json_t *instance, const struct view_style *style)
{
	state_line(out, instance, style);
	detail_label(out, "since");
	fprintf(out, "%s\n", member_text(instance, "since"));
	influence_forced_line(out, instance, style);
	conflict_lines(out, instance, style);
	detail_label(out, "virtual router");
	fprintf(out, "VRID %" PRId64 ", VRRP version %" PRId64 ", %s\n",
		member_integer(instance, "vrid"), member_integer(instance, "version"),
		member_text(instance, "family"));
	interface_line(out, instance, style);
	virtual_mac_line(out, instance, style);
	influence_priority_line(out, instance);
	master_line(out, instance);
	timer_lines(out, instance);
	preempt_line(out, instance);
	announce_line(out, instance);
	accept_line(out, instance);
	peers_lines(out, instance, style);
	influence_group_line(out, instance);
	influence_track_lines(out, instance, style);
	influence_hooks_line(out, instance);
	address_lines(out, instance, style);
	routing_lines(out, instance, style);
	detail_label(out, "counters");
	fputs("those that are not 0\n", out);
	counter_lines(out, json_object_get(instance, "counters"), "    ", false);
}

void view_detail(FILE *out, const json_t *instance, const struct view_style *style)
{
	const json_t *one;
	size_t i;

	if (!json_is_array(instance)) {
		detail_of_one(out, instance, style);
		return;
	}
	json_array_foreach (instance, i, one) {
		if (i > 0)
			fputc('\n', out);
		detail_of_one(out, one, style);
	}
}
