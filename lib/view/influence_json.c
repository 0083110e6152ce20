/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Forces, tracks, groups and the sum of the priority as JSON.
 */
#include "view/influence.h"

#include <inttypes.h>
#include <string.h>

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

static json_t *track_json(const struct snapshot_track *t)
{
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
	object_text(&o, "why", t->why);
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
