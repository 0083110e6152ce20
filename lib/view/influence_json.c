/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Forces, tracks, groups and the sum of the priority as JSON.
 */
#include "view/influence.h"

#include <inttypes.h>
#include <string.h>

#include "core/bfd_session.h"
#include "view/object.h"

enum {
	FROM_TEXT_MAX = NAME_MAX_LEN + 16, /* "interface NAME" */
};

const char *view_force_name(enum force_to to)
{
	switch (to) {
	case FORCE_NONE:
		return "none";
	case FORCE_MASTER:
		return "master";
	case FORCE_BACKUP:
		return "backup";
	case FORCE_OFF:
		return "off";
	case FORCE_TO_COUNT_:
		break;
	}
	return "?";
}

json_t *influence_forced_json(const struct force *f)
{
	char until[VIEW_TIME_TEXT_MAX];
	struct object o;

	if (f->to == FORCE_NONE)
		return json_null();
	o = object_begin();
	object_text(&o, "to", view_force_name(f->to));
	if (f->until_wall_us != 0)
		object_text(&o, "until", view_time_text(f->until_wall_us, until));
	else
		object_null(&o, "until");
	object_text(&o, "reason", f->reason);
	object_text(&o, "by", f->by);
	object_bool(&o, "despite_faults", f->despite_faults);
	return object_end(&o);
}

static const char *kind_name(const struct check_settings *check)
{
	return check ? check_kind_name(check->kind) : "interface";
}

static const char *state_name(enum check_state state)
{
	switch (state) {
	case CHECK_UP:
		return "up";
	case CHECK_DOWN:
		return "down";
	case CHECK_UNKNOWN:
		return "unknown";
	}
	return "?";
}

/* Has it a number worth knowing? */
static bool is_counted(const struct snapshot_track *t)
{
	return t->check && (t->check->kind == CHECK_PROCESS || t->check->kind == CHECK_FILE) &&
	       t->state != CHECK_UNKNOWN;
}

static json_t *session_counters_json(const struct bfd_session *b)
{
	struct object o = object_begin();

	object_integer(&o, "sent", (int64_t)b->sent);
	object_integer(&o, "received", (int64_t)b->received);
	object_integer(&o, "dropped", (int64_t)b->dropped);
	object_integer(&o, "send_failures", (int64_t)b->send_failures);
	object_integer(&o, "came_up", (int64_t)b->came_up);
	object_integer(&o, "went_down", (int64_t)b->went_down);
	return object_end(&o);
}

static void object_error(struct object *o, const char *key, int error)
{
	if (error != 0)
		object_text(o, key, strerror(error));
	else
		object_null(o, key);
}

/* What is agreed with the peer is shown once it has said something. */
static json_t *session_json(const struct check_settings *check, const struct bfd_session *b)
{
	bool heard = b->remote_multiplier != 0;
	struct object o = object_begin();
	char peer[IP_TEXT_MAX];

	object_text(&o, "peer", ip_text(check->peer, peer));
	object_text(&o, "state", bfd_state_name(b->state));
	object_text(&o, "diagnostic", bfd_diagnostic_text(b->diagnostic));
	if (heard) {
		object_text(&o, "remote_state", bfd_state_name(b->remote_state));
		object_text(&o, "remote_diagnostic", bfd_diagnostic_text(b->remote_diagnostic));
		object_ms(&o, "receive_interval_ms", bfd_receive_interval(b));
		object_ms(&o, "detection_time_ms", bfd_detection_time(b));
	} else {
		object_null(&o, "remote_state");
		object_null(&o, "remote_diagnostic");
		object_null(&o, "receive_interval_ms");
		object_null(&o, "detection_time_ms");
	}
	object_ms(&o, "transmit_interval_ms", bfd_transmit_interval(b));
	object_integer(&o, "multiplier", b->terms.multiplier);
	object_integer(&o, "discriminator", b->local_discriminator);
	object_integer(&o, "remote_discriminator", b->remote_discriminator);
	object_error(&o, "send_error", b->send_error);
	object_error(&o, "receive_error", b->receive_error);
	object_bool(&o, "dropping", b->dropping);
	object_put(&o, "counters", session_counters_json(b));
	return object_end(&o);
}

/* Why a session is as it is may have changed since its last result. */
static json_t *track_json(const struct snapshot_track *t)
{
	char why[TEXT_MAX];
	struct object o = object_begin();

	object_text(&o, "kind", kind_name(t->check));
	object_text(&o, "name", t->name);
	object_integer(&o, "weight", t->weight);
	if (t->state == CHECK_UNKNOWN)
		object_null(&o, "up");
	else
		object_bool(&o, "up", t->state == CHECK_UP);
	if (is_counted(t))
		object_integer(&o, "value", t->value);
	object_bool(&o, "inverse", t->inverse);
	object_integer(&o, "adds", t->adds);
	object_bool(&o, "faults", t->faults);
	object_bool(&o, "of_group", t->of_group);
	object_text(&o, "why", t->session ? bfd_session_why(t->session, why) : t->why);
	if (t->session)
		object_put(&o, "session", session_json(t->check, t->session));
	return object_end(&o);
}

json_t *influence_tracks_json(const struct engine *e, uint32_t vrouter, const struct snapshot *s)
{
	json_t *array = json_array();
	struct snapshot_track t;

	for (uint32_t i = 0; i < s->tracks_total; i++) {
		engine_snapshot_track(e, vrouter, i, &t);
		json_array_append_new(array, track_json(&t));
	}
	return array;
}

static void append_part(json_t *array, const char *from, const char *why, int64_t value)
{
	struct object part = object_begin();

	object_text(&part, "from", from);
	if (why)
		object_text(&part, "why", why);
	object_integer(&part, "value", value);
	json_array_append_new(array, object_end(&part));
}

static void append_track_part(json_t *array, const struct snapshot_track *t)
{
	char from[FROM_TEXT_MAX], why[48];

	snprintf(from, sizeof(from), "%s %s", kind_name(t->check), t->name);
	if (t->check && t->check->kind == CHECK_FILE)
		snprintf(why, sizeof(why), "%" PRId64 " times %d", t->value, t->weight);
	else
		snprintf(why, sizeof(why), "%s", state_name(t->state));
	append_part(array, from, why, t->adds);
}

/* Weights never make another one than these of it; an owner's stays what it is. */
static int64_t limited(int64_t sum)
{
	return sum < 1 ? 1 : sum >= PRIORITY_OWNER ? PRIORITY_OWNER - 1 : sum;
}

json_t *influence_priority_json(const struct engine *e, uint32_t vrouter, const struct snapshot *s)
{
	bool owner = s->set->priority == PRIORITY_OWNER, forced = s->force.to != FORCE_NONE;
	int64_t sum = s->set->priority, without_force;
	json_t *array = json_array();
	struct snapshot_track t;

	append_part(array, "configuration", NULL, s->set->priority);
	for (uint32_t i = 0; i < s->tracks_total && !owner; i++) {
		engine_snapshot_track(e, vrouter, i, &t);
		if (t.adds != 0)
			append_track_part(array, &t);
		sum += t.adds;
	}
	without_force = owner ? sum : forced ? limited(sum) : s->effective_priority;
	if (without_force != sum)
		append_part(array, "limit", NULL, without_force - sum);
	if (without_force != s->effective_priority)
		append_part(array, "force", NULL, s->effective_priority - without_force);
	return array;
}

json_t *influence_group_json(const struct snapshot *s)
{
	const struct settings *settings = s->settings;
	json_t *array = json_array();

	for (uint32_t i = 0; s->group && i < settings->instance_count; i++)
		if (settings->instances[i].group == s->set->group &&
		    &settings->instances[i] != s->set)
			json_array_append_new(array,
					      json_string_nocheck(settings->instances[i].name));
	return array;
}
