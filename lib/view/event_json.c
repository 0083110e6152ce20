/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events as JSON. The members of INTERFACE section 3 are always there, null where an event of that
 * kind has no such thing; after them come those of the kind, and `text`, which is the line a person
 * reads.
 */
#include "view/view.h"

#include <inttypes.h>
#include <string.h>

#include "view/object.h"
#include "wire/advert.h"

const char *view_conflict_name(enum conflict c)
{
	switch (c) {
	case CONFLICT_ADDRESS_LIST:
		return "address-list";
	case CONFLICT_OWNER:
		return "owner";
	case CONFLICT_TWO_MASTERS:
		return "two-masters";
	case CONFLICT_TWO_MASTERS_OVER:
		return "two-masters-over";
	case CONFLICT_IN_USE:
		return "address-in-use";
	case CONFLICT_INTERVAL:
		return "interval";
	case CONFLICT_VRID:
		return "vrid";
	case CONFLICT_VERSION:
		return "version";
	case CONFLICT_PASSWORD:
		return "password";
	case CONFLICT_CHECKSUM:
		return "checksum";
	case CONFLICT_PEERS:
		return "peers";
	case CONFLICT_TTL:
		return "ttl";
	case CONFLICT_COUNT_:
		break;
	}
	return "?";
}

static const char *address_event_name(enum address_event a)
{
	switch (a) {
	case ADDRESS_RESTORED:
		return "restored";
	case ADDRESS_ADD_FAILED:
		return "add-failed";
	case ADDRESS_REMOVE_FAILED:
		return "remove-failed";
	case ADDRESS_LEFTOVER_REMOVED:
		return "leftover-removed";
	case ADDRESS_FOREIGN:
		return "foreign";
	}
	return "?";
}

static const char *routing_event_name(enum routing_event r)
{
	switch (r) {
	case ROUTING_RESTORED:
		return "restored";
	case ROUTING_ADD_FAILED:
		return "add-failed";
	case ROUTING_REMOVE_FAILED:
		return "remove-failed";
	case ROUTING_LEFTOVER_REMOVED:
		return "leftover-removed";
	}
	return "?";
}

static const char *filter_event_name(enum filter_event f)
{
	switch (f) {
	case FILTER_RESTORED:
		return "restored";
	case FILTER_FAILED:
		return "failed";
	case FILTER_RECOVERED:
		return "recovered";
	}
	return "?";
}

/* "up"; a number, where the event is about numbers; null for none. */
static void put_check(struct object *o, const char *key, const struct history_event *e,
		      int32_t value)
{
	static const char *const names[] = {
		[CHECK_UP] = "up", [CHECK_DOWN] = "down", [CHECK_UNKNOWN] = "unknown"
	};

	if (e->code != 0)
		object_integer(o, key, value);
	else if (value >= CHECK_UP && value <= CHECK_UNKNOWN)
		object_text(o, key, names[value]);
	else
		object_null(o, key);
}

static const char *link_event_name(enum link_event what)
{
	switch (what) {
	case LINK_EVENT_ABSENT:
		return "absent";
	case LINK_EVENT_DOWN:
		return "down";
	case LINK_EVENT_UP:
		return "up";
	case LINK_EVENT_RESTORED:
		return "restored";
	case LINK_EVENT_FAILED:
		return "make-failed";
	case LINK_EVENT_STUCK:
		return "change-failed";
	}
	return "?";
}

/* A router's state, a priority, the address of a master: what the event leads from and to. */
static void put_from_to(struct object *o, const struct history_event *e)
{
	char address[IP_TEXT_MAX];

	switch (e->kind) {
	case HISTORY_STATE:
		object_text(o, "from", vrouter_state_name((enum vrouter_state)e->from));
		object_text(o, "to", vrouter_state_name((enum vrouter_state)e->to));
		return;
	case HISTORY_PRIORITY:
		object_integer(o, "from", e->from);
		object_integer(o, "to", e->to);
		return;
	case HISTORY_MASTER:
		object_null(o, "from");
		if (ip_is_set(e->address))
			object_text(o, "to", ip_text(e->address, address));
		else
			object_null(o, "to");
		return;
	case HISTORY_TRACK:
		put_check(o, "from", e, e->from);
		put_check(o, "to", e, e->to);
		return;
	case HISTORY_FORCE:
		object_null(o, "from");
		if (e->to == FORCE_NONE)
			object_null(o, "to");
		else
			object_text(o, "to", view_force_name((enum force_to)e->to));
		return;
	case HISTORY_REFUSED:
	case HISTORY_CONFLICT:
	case HISTORY_ADDRESS:
	case HISTORY_LINK:
	case HISTORY_ANNOUNCE:
	case HISTORY_RELOAD:
	case HISTORY_HOOK:
	case HISTORY_SEND:
	case HISTORY_FILTER:
	case HISTORY_ROUTING:
	case HISTORY_LATE:
	case HISTORY_UPGRADE:
	case HISTORY_KIND_COUNT_:
		break;
	}
	object_null(o, "from");
	object_null(o, "to");
}

/* The enum's one text where there is one, else the whole line. */
static const char *event_reason(const struct history_event *e, const char *text,
				char told[static REASON_TOLD_MAX])
{
	if (e->kind == HISTORY_REFUSED && ip_is_set(e->address))
		return refusal_text((enum refusal)e->code);
	/* these are told by whom or of what, and `from` and `to` say the rest */
	if ((e->kind == HISTORY_TRACK || e->kind == HISTORY_FORCE || e->kind == HISTORY_HOOK) &&
	    e->text[0] != '\0')
		return e->text;
	if (e->kind == HISTORY_STATE && e->error != 0)
		return reason_told(e->reason, strerror(e->error), told);
	if (e->kind == HISTORY_STATE || e->kind == HISTORY_PRIORITY)
		return reason_told(e->reason, e->text, told);
	return e->reason == REASON_NONE ? text : reason_text(e->reason);
}

static void put_what(struct object *o, const struct history_event *e)
{
	switch (e->kind) {
	case HISTORY_CONFLICT:
		object_text(o, "what", view_conflict_name((enum conflict)e->code));
		return;
	case HISTORY_ADDRESS:
		object_text(o, "what", address_event_name((enum address_event)e->code));
		return;
	case HISTORY_LINK:
		object_text(o, "what", link_event_name((enum link_event)e->code));
		return;
	case HISTORY_STATE:
		object_integer(o, "priority", e->code);
		return;
	case HISTORY_MASTER:
		if (ip_is_set(e->address))
			object_integer(o, "priority", e->to);
		return;
	case HISTORY_REFUSED:
		object_integer(o, "count", e->count);
		return;
	case HISTORY_LATE:
		object_integer(o, "late_ms", e->count);
		return;
	case HISTORY_UPGRADE:
		object_bool(o, "failed", e->code != 0);
		return;
	case HISTORY_HOOK:
		object_bool(o, "failed", e->code != 0);
		object_integer(o, "took_ms", e->count);
		return;
	case HISTORY_ROUTING:
		object_text(o, "what", routing_event_name((enum routing_event)e->code));
		return;
	case HISTORY_FILTER:
		object_text(o, "what", filter_event_name((enum filter_event)e->code));
		return;
	case HISTORY_PRIORITY:
	case HISTORY_ANNOUNCE:
	case HISTORY_RELOAD:
	case HISTORY_TRACK:
	case HISTORY_FORCE:
	case HISTORY_SEND:
	case HISTORY_KIND_COUNT_:
		return; /* said by the members every event has */
	}
}

json_t *view_event_json(const struct history_event *e)
{
	struct object o = object_begin();
	char time[VIEW_TIME_TEXT_MAX], text[2 * TEXT_MAX], address[IP_TEXT_MAX];
	char mac[MAC_TEXT_MAX], told[REASON_TOLD_MAX];

	history_text(e, text, sizeof(text));
	object_text(&o, "time", view_time_text(e->wall_us, time));
	object_text(&o, "instance", e->instance);
	object_text(&o, "event", history_kind_name(e->kind));
	put_from_to(&o, e);
	object_text(&o, "reason", event_reason(e, text, told));
	object_integer(&o, "seq", (int64_t)e->seq);
	put_what(&o, e);
	if (ip_is_set(e->address))
		object_text(&o, "address", ip_text(e->address, address));
	if (e->kind == HISTORY_CONFLICT && mac_is_set(e->mac))
		object_text(&o, "mac", mac_text(e->mac, mac));
	if (e->error != 0)
		object_text(&o, "error", strerror(e->error));
	object_text(&o, "text", text);
	return object_end(&o);
}

json_t *view_lost_json(uint64_t lost, int64_t wall_us)
{
	struct object o = object_begin();
	char time[VIEW_TIME_TEXT_MAX], text[TEXT_MAX];

	snprintf(text, sizeof(text), "%" PRIu64 " events were overwritten before they were read",
		 lost);
	object_text(&o, "time", view_time_text(wall_us, time));
	object_text(&o, "instance", "");
	object_text(&o, "event", "lost");
	object_null(&o, "from");
	object_null(&o, "to");
	object_text(&o, "reason", text);
	object_integer(&o, "count", (int64_t)lost);
	object_text(&o, "text", text);
	return object_end(&o);
}
