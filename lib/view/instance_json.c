/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One virtual router as JSON, whole or in pieces. An instance is a head, its address lists and the
 * rest; the lists are the only part that can be long, so whoever must not be held up takes them a
 * few hundred addresses at a time. Head and rest are made from one snapshot, lest a state stand
 * beside another state's reason.
 */
#include "view/view.h"

#include <stdlib.h>
#include <string.h>

#include "view/influence.h"
#include "view/object.h"

/* What is left of a timer, in whole milliseconds; null when it does not run. */
static json_t *milliseconds_left(struct span s)
{
	return s.us < 0 ? json_null() : json_integer((s.us + 500) / 1000);
}

static json_t *address_or_null(struct ip_addr a)
{
	char text[IP_TEXT_MAX];

	return ip_is_set(a) ? json_string_nocheck(ip_text(a, text)) : json_null();
}

static json_t *prefix_text(const struct vip *vip)
{
	char text[IP_PREFIX_TEXT_MAX];

	return json_string_nocheck(ip_prefix_text(vip->addr, vip->prefix_len, text));
}

json_t *view_counters_json(const struct counters *c)
{
	struct object o = object_begin();

	for (int i = 0; i < COUNTER_COUNT_; i++)
		object_integer(&o, counter_name((enum counter)i), (int64_t)c->value[i]);
	return object_end(&o);
}

static void put_virtual_mac(struct object *o, const struct snapshot *s)
{
	char text[MAC_TEXT_MAX];

	if (s->set->virtual_mac)
		object_text(o, "virtual_mac", mac_text(s->virtual_mac, text));
	else
		object_null(o, "virtual_mac");
}

static json_t *master_json(const struct snapshot *s)
{
	struct object o;

	if (!ip_is_set(s->master))
		return json_null();
	o = object_begin();
	object_put(&o, "address", address_or_null(s->master));
	object_integer(&o, "priority", s->master_priority);
	object_bool(&o, "self", s->master_self);
	return object_end(&o);
}

/* What a table shows, up to the address lists. */
static void put_brief_head(struct object *o, const struct snapshot *s)
{
	struct object master = object_begin();

	object_text(o, "name", s->name);
	object_text(o, "state", vrouter_state_name(s->state));
	object_text(o, "interface", s->set->interface);
	object_integer(o, "vrid", s->set->vrid);
	object_integer(o, "priority", s->set->priority);
	object_integer(o, "effective_priority", s->effective_priority);
	object_put(&master, "address", address_or_null(s->master));
	object_put(o, "master", object_end(&master));
}

/* And after them; what is not so is left out. */
static void put_brief_rest(struct object *o, const struct snapshot *s)
{
	char since[VIEW_TIME_TEXT_MAX];

	object_text(o, "since", view_time_text(s->since_wall_us, since));
	if (s->force.to != FORCE_NONE)
		object_put(o, "forced", influence_forced_json(&s->force));
	object_integer(o, "addresses_total", s->addresses_total);
	object_integer(o, "addresses_present", s->addresses_present);
	if (s->lingering)
		object_bool(o, "lingering", true);
}

/* INTERFACE section 3, up to the address lists. */
static void put_head(struct object *o, const struct snapshot *s, enum view_depth depth)
{
	if (depth == VIEW_BRIEF) {
		put_brief_head(o, s);
		return;
	}
	object_text(o, "name", s->name);
	object_text(o, "state", vrouter_state_name(s->state));
	object_text(o, "interface", s->set->interface);
	object_integer(o, "vrid", s->set->vrid);
	object_text(o, "family", ip_family_name(s->family));
	object_integer(o, "version", s->set->version);
	object_integer(o, "priority", s->set->priority);
	object_integer(o, "effective_priority", s->effective_priority);
	object_ms(o, "advert_interval_ms", s->set->advert_interval);
	object_put(o, "master", master_json(s));
}

/* Other routers, and when they were heard last. */
static json_t *heard_json(const struct engine *e, uint32_t vrouter)
{
	json_t *array = json_array();
	struct snapshot_peer peer;
	uint32_t place = 0;

	while (engine_snapshot_peer(e, vrouter, &place, &peer)) {
		struct object o = object_begin();
		char time[VIEW_TIME_TEXT_MAX];

		object_put(&o, "address", address_or_null(peer.address));
		if (peer.heard_wall_us == 0)
			object_null(&o, "last");
		else
			object_text(&o, "last", view_time_text(peer.heard_wall_us, time));
		json_array_append_new(array, object_end(&o));
	}
	return array;
}

static json_t *conflict_json(const struct snapshot_conflict *c)
{
	char time[VIEW_TIME_TEXT_MAX], text[2 * TEXT_MAX], mac[MAC_TEXT_MAX];
	struct object o = object_begin();

	object_text(&o, "what", view_conflict_name((enum conflict)c->event->code));
	object_put(&o, "address", address_or_null(c->event->address));
	if (mac_is_set(c->event->mac))
		object_text(&o, "mac", mac_text(c->event->mac, mac));
	else
		object_null(&o, "mac");
	object_integer(&o, "count", (int64_t)c->count);
	object_text(&o, "first", view_time_text(c->first_wall_us, time));
	object_text(&o, "last", view_time_text(c->last_wall_us, time));
	object_text(&o, "text", history_text(c->event, text, sizeof(text)));
	return object_end(&o);
}

static json_t *conflicts_json(const struct engine *e, uint32_t vrouter, struct instant now)
{
	json_t *array = json_array();
	struct snapshot_conflict c;
	uint32_t place = 0;

	while (engine_snapshot_conflict(e, vrouter, now, &place, &c))
		json_array_append_new(array, conflict_json(&c));
	return array;
}

/* Those of one kind, as their texts. */
static json_t *routings_json(const struct engine *e, uint32_t vrouter, const struct snapshot *s,
			     enum routing_kind kind)
{
	json_t *array = json_array();
	char text[ROUTING_TEXT_MAX];
	struct snapshot_routing r;

	for (uint32_t i = 0; i < s->routings_total; i++) {
		engine_snapshot_routing(e, vrouter, i, &r);
		if (r.routing->kind == kind)
			json_array_append_new(array,
					      json_string_nocheck(routing_text(r.routing, text)));
	}
	return array;
}

/* INTERFACE section 3, after the address lists, and what a table wants besides. */
static void put_rest(struct object *o, const struct engine *e, uint32_t vrouter,
		     const struct snapshot *s, enum view_depth depth)
{
	char since[VIEW_TIME_TEXT_MAX], reason[REASON_TOLD_MAX];

	if (depth == VIEW_BRIEF) {
		put_brief_rest(o, s);
		return;
	}
	object_put(o, "routes", routings_json(e, vrouter, s, ROUTING_ROUTE));
	object_put(o, "rules", routings_json(e, vrouter, s, ROUTING_RULE));
	put_virtual_mac(o, s);
	object_text(o, "since", view_time_text(s->since_wall_us, since));
	object_text(o, "reason",
		    reason_told(s->reason, s->error != 0 ? strerror(s->error) : s->cause, reason));
	object_put(o, "forced", influence_forced_json(&s->force));
	if (s->group)
		object_text(o, "group", s->group->name);
	else
		object_null(o, "group");
	object_put(o, "tracks", influence_tracks_json(e, vrouter, s));
	object_put(o, "counters", view_counters_json(&s->counters));
	object_put(o, "heard", heard_json(e, vrouter));
	object_put(o, "conflicts", conflicts_json(e, vrouter, s->at));
	object_integer(o, "addresses_total", s->addresses_total);
	object_integer(o, "addresses_present", s->addresses_present);
	object_bool(o, "lingering", s->lingering);
}

static const char *presence_name(enum slot_presence p)
{
	switch (p) {
	case SLOT_ABSENT:
		return "absent";
	case SLOT_OURS:
		return "ours";
	case SLOT_FOREIGN:
		return "foreign";
	}
	return "?";
}

static json_t *routing_details_json(const struct engine *e, uint32_t vrouter,
				    const struct snapshot *s)
{
	json_t *array = json_array();
	char text[ROUTING_TEXT_MAX];
	struct snapshot_routing r;

	for (uint32_t i = 0; i < s->routings_total; i++) {
		struct object o = object_begin();

		engine_snapshot_routing(e, vrouter, i, &r);
		object_text(&o, "kind", routing_kind_name((enum routing_kind)r.routing->kind));
		object_text(&o, "text", routing_text(r.routing, text));
		object_text(&o, "presence", presence_name(r.presence));
		object_bool(&o, "wanted", r.wanted);
		json_array_append_new(array, object_end(&o));
	}
	return array;
}

static json_t *link_json(const struct snapshot *s)
{
	struct object o = object_begin();

	object_bool(&o, "present", s->link_present);
	object_bool(&o, "up", s->link_up);
	object_integer(&o, "ifindex", s->ifindex);
	return object_end(&o);
}

/* The link of the virtual MAC: null where there is to be none; no name as long as its parent does not exist. */
static json_t *virtual_link_json(const struct snapshot *s)
{
	struct object o;

	if (!s->set->virtual_mac)
		return json_null();
	o = object_begin();
	if (s->virtual_link[0] != '\0')
		object_text(&o, "name", s->virtual_link);
	else
		object_null(&o, "name");
	object_bool(&o, "present", s->virtual_link_stands);
	object_bool(&o, "up", s->virtual_link_up);
	return object_end(&o);
}

static json_t *hooks_json(const struct snapshot *s)
{
	struct object o = object_begin();

	object_bool(&o, "running", s->hooks_running);
	object_bool(&o, "pending", s->hooks_pending);
	return object_end(&o);
}

static json_t *timers_json(const struct snapshot *s)
{
	struct object o = object_begin();

	object_put(&o, "advert_left_ms", milliseconds_left(s->advert_left));
	object_put(&o, "master_down_left_ms", milliseconds_left(s->master_down_left));
	object_put(&o, "preempt_delay_left_ms", milliseconds_left(s->preempt_delay_left));
	object_put(&o, "announce_left_ms", milliseconds_left(s->announce_left));
	return object_end(&o);
}

static json_t *announce_json(const struct announce_settings *a)
{
	struct object o = object_begin();

	object_integer(&o, "count", a->count);
	object_ms(&o, "repeat_ms", a->repeat);
	object_ms(&o, "refresh_ms", a->refresh);
	object_ms(&o, "interval_ms", a->interval);
	return object_end(&o);
}

static json_t *peers_json(const struct snapshot *s)
{
	json_t *array = json_array();
	struct range peers = s->set->peers;

	for (uint32_t i = peers.first; i < peers.first + peers.count; i++)
		if (s->settings->peers[i].family == s->family)
			json_array_append_new(array, address_or_null(s->settings->peers[i]));
	return array;
}

/* What only `show NAME` tells. */
static void put_full(struct object *o, const struct engine *e, uint32_t vrouter,
		     const struct snapshot *s)
{
	const struct instance_settings *set = s->set;

	object_put(o, "link", link_json(s));
	object_put(o, "virtual_link", virtual_link_json(s));
	object_put(o, "source_address", address_or_null(s->source));
	object_put(o, "priority_parts", influence_priority_json(e, vrouter, s));
	object_ms(o, "master_advert_interval_ms", s->master_interval);
	object_ms(o, "skew_time_ms", s->skew_time);
	object_ms(o, "master_down_interval_ms", s->master_down_interval);
	object_put(o, "timers", timers_json(s));
	object_bool(o, "preempt", set->preempt);
	object_ms(o, "preempt_delay_ms", set->preempt_delay);
	object_bool(o, "accept", set->accept);
	object_bool(o, "checksum_pseudo_header", set->checksum_pseudo_header);
	object_put(o, "peers", peers_json(s));
	object_integer(o, "min_ttl", set->min_ttl);
	object_put(o, "announce", announce_json(&set->announce));
	object_put(o, "group_members", influence_group_json(s));
	object_put(o, "hooks", hooks_json(s));
	object_put(o, "routing_details", routing_details_json(e, vrouter, s));
}

static json_t *address_detail_json(const struct snapshot_address *a)
{
	struct object o = object_begin();

	object_put(&o, "address", prefix_text(a->vip));
	object_text(&o, "dev", a->dev);
	object_text(&o, "presence", presence_name(a->presence));
	object_bool(&o, "wanted", a->wanted);
	object_bool(&o, "advertised", a->advertised);
	return object_end(&o);
}

/* Which of an instance's addresses a list holds, and how. */
enum address_list {
	LIST_ADVERTISED,
	LIST_EXTRA,
	LIST_DETAILS,
};

/* Those of the addresses first to first + n - 1 that belong on the list. */
static json_t *addresses_json(const struct engine *e, uint32_t vrouter, uint32_t first, uint32_t n,
			      enum address_list list)
{
	json_t *array = json_array();
	struct snapshot_address a;

	for (uint32_t i = first; i < first + n; i++) {
		engine_snapshot_address(e, vrouter, i, &a);
		if (list == LIST_DETAILS)
			json_array_append_new(array, address_detail_json(&a));
		else if (a.advertised == (list == LIST_ADVERTISED))
			json_array_append_new(array, prefix_text(a.vip));
	}
	return array;
}

static json_t *instance_json(const struct engine *e, uint32_t vrouter, const struct snapshot *s,
			     enum view_depth depth)
{
	struct object o = object_begin();

	put_head(&o, s, depth);
	object_put(&o, "addresses",
		   addresses_json(e, vrouter, 0, s->addresses_total, LIST_ADVERTISED));
	object_put(&o, "extra_addresses",
		   addresses_json(e, vrouter, 0, s->addresses_total, LIST_EXTRA));
	put_rest(&o, e, vrouter, s, depth);
	if (depth == VIEW_FULL) {
		put_full(&o, e, vrouter, s);
		object_put(&o, "address_details",
			   addresses_json(e, vrouter, 0, s->addresses_total, LIST_DETAILS));
	}
	return object_end(&o);
}

json_t *view_instance_json(const struct engine *e, uint32_t vrouter, struct instant now,
			   enum view_depth depth)
{
	struct snapshot s;

	engine_snapshot(e, vrouter, now, &s);
	return instance_json(e, vrouter, &s, depth);
}

/* Writes an object's or array's members without its braces, and releases it. */
static bool dump_members(FILE *out, json_t *json)
{
	bool done = json && json_dumpf(json, out, VIEW_DUMP_FLAGS | JSON_EMBED) == 0;

	json_decref(json);
	return done;
}

/* An instance whose lists are short needs no pieces. */
static bool whole_piece(struct view_pieces *p, const struct engine *e, const struct snapshot *s,
			FILE *out)
{
	json_t *json = instance_json(e, p->vrouter, s, p->depth);
	char *text = json ? json_dumps(json, VIEW_DUMP_FLAGS) : NULL;
	bool done = text && fputs(text, out) >= 0;

	free(text);
	json_decref(json);
	p->part = VIEW_PART_END;
	return done;
}

/* Writes the head and keeps the rest for later. */
static bool head_piece(struct view_pieces *p, const struct engine *e, const struct snapshot *s,
		       FILE *out)
{
	struct object head = object_begin(), rest = object_begin();
	json_t *json;

	put_head(&head, s, p->depth);
	put_rest(&rest, e, p->vrouter, s, p->depth);
	if (p->depth == VIEW_FULL)
		put_full(&rest, e, p->vrouter, s);
	json = object_end(&rest);
	p->rest = json ? json_dumps(json, VIEW_DUMP_FLAGS | JSON_EMBED) : NULL;
	p->total = s->addresses_total;
	json_decref(json);
	fputc('{', out);
	return dump_members(out, object_end(&head)) && p->rest;
}

static bool begin_pieces(struct view_pieces *p, const struct engine *e, struct instant now,
			 uint32_t *budget, FILE *out)
{
	uint32_t lists = p->depth == VIEW_FULL ? 3 : 2;
	struct snapshot s;
	uint32_t cost;
	bool done;

	engine_snapshot(e, p->vrouter, now, &s);
	cost = p->depth == VIEW_BRIEF ? VIEW_BRIEF_COST : VIEW_HEAD_COST + s.tracks_total;
	if (cost + lists * s.addresses_total <= *budget) {
		cost += lists * s.addresses_total;
		done = whole_piece(p, e, &s, out);
	} else {
		done = head_piece(p, e, &s, out);
	}
	*budget -= *budget < cost ? *budget : cost;
	return done;
}

/* Writes the next *budget addresses of a list, or as many as are left; ret_end: that was all. */
static bool list_piece(struct view_pieces *p, const struct engine *e, enum address_list list,
		       uint32_t *budget, FILE *out, bool *ret_end)
{
	uint32_t left = p->total - p->address;
	uint32_t n = left < *budget ? left : *budget;
	json_t *array = addresses_json(e, p->vrouter, p->address, n, list);

	p->address += n;
	*budget -= n;
	*ret_end = p->address == p->total;
	if (json_array_size(array) == 0) {
		json_decref(array);
		return true;
	}
	if (p->separate)
		fputs(", ", out);
	p->separate = true;
	return dump_members(out, array);
}

/* On to the next part, with the text that stands between. */
static void next_part(struct view_pieces *p, FILE *out)
{
	p->part++;
	p->address = 0;
	p->separate = false;
	switch (p->part) {
	case VIEW_PART_HEAD:
		break;
	case VIEW_PART_ADDRESSES:
		fputs(", \"addresses\": [", out);
		break;
	case VIEW_PART_EXTRA_ADDRESSES:
		fputs("], \"extra_addresses\": [", out);
		break;
	case VIEW_PART_ADDRESS_DETAILS:
		fprintf(out, "], %s", p->rest);
		if (p->depth == VIEW_FULL)
			fputs(", \"address_details\": [", out);
		break;
	case VIEW_PART_END:
		fputs(p->depth == VIEW_FULL ? "]}" : "}", out);
		break;
	}
}

/* Writes something of the current part; ret_end: it is finished. */
static bool part_piece(struct view_pieces *p, const struct engine *e, struct instant now,
		       uint32_t *budget, FILE *out, bool *ret_end)
{
	*ret_end = true;
	switch (p->part) {
	case VIEW_PART_HEAD:
		return begin_pieces(p, e, now, budget, out);
	case VIEW_PART_ADDRESSES:
		return list_piece(p, e, LIST_ADVERTISED, budget, out, ret_end);
	case VIEW_PART_EXTRA_ADDRESSES:
		return list_piece(p, e, LIST_EXTRA, budget, out, ret_end);
	case VIEW_PART_ADDRESS_DETAILS:
		if (p->depth != VIEW_FULL)
			return true;
		return list_piece(p, e, LIST_DETAILS, budget, out, ret_end);
	case VIEW_PART_END:
		break; /* nothing left */
	}
	return true;
}

enum view_piece_result view_piece(struct view_pieces *p, const struct engine *e, struct instant now,
				  uint32_t *budget, FILE *out)
{
	while (p->part != VIEW_PART_END) {
		bool end;

		if (!part_piece(p, e, now, budget, out, &end) || ferror(out))
			return VIEW_PIECE_NO_MEMORY;
		if (!end)
			return VIEW_PIECE_MORE;
		if (p->part != VIEW_PART_END)
			next_part(p, out);
	}
	return VIEW_PIECE_LAST;
}

void view_pieces_done(struct view_pieces *p)
{
	free(p->rest);
	*p = (struct view_pieces){ .vrouter = p->vrouter, .depth = p->depth };
}
