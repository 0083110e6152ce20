/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two commands by which an operator decides instead of the protocol. They name an instance, a
 * group or all; whoever shares a group shares the force. All of them are asked first whether they
 * can, so that a command is either done or refused, and never half done.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "control_connection.h"
#include "view/object.h"
#include "view/view.h"

/* Ten thousand hours, the longest duration there is. */
#define FOR_MS_MAX INT64_C(36000000000)

/* Whom a command means. */
struct target {
	bool all;
	uint32_t instance; /* UINT32_MAX: none by itself */
	uint32_t group;    /* number in the settings' groups, from 1; 0: none */
};

static const struct settings *settings_of(const struct connection *c)
{
	return engine_settings(control_engine(c->control));
}

static bool is_meant(const struct target *t, const struct settings *s, uint32_t instance)
{
	return t->all || instance == t->instance ||
	       (t->group != 0 && s->instances[instance].group == t->group);
}

/* The group of that name, from 1; 0 for none. */
static uint32_t group_of_name(const struct settings *s, const char *name)
{
	for (uint32_t i = 0; i < s->group_count; i++)
		if (strcmp(s->groups[i].name, name) == 0)
			return i + 1;
	return 0;
}

/* The instance of that name, or of that virtual router's; UINT32_MAX for none. */
static uint32_t instance_of_name(const struct connection *c, const char *name)
{
	const struct engine *engine = control_engine(c->control);
	struct snapshot s;
	uint32_t vrouters[2];

	if (engine_find(engine, name, vrouters) == 0)
		return UINT32_MAX;
	engine_snapshot(engine, vrouters[0], c->control->handlers.now(c->control->ctx), &s);
	return (uint32_t)(s.set - s.settings->instances);
}

/* False after a refusal. */
static bool find_target(struct connection *c, const json_t *request, struct target *ret)
{
	const char *name = json_string_value(json_object_get(request, "name"));
	const struct settings *s = settings_of(c);

	if (!name) {
		control_refuse(c, "\"name\" is missing: an instance, a group, or \"all\"");
		return false;
	}
	*ret = (struct target){ .all = strcmp(name, "all") == 0, .instance = UINT32_MAX };
	if (ret->all && s->instance_count == 0) {
		control_refuse(c, "no instances are configured");
		return false;
	}
	if (ret->all)
		return true;
	ret->instance = instance_of_name(c, name);
	ret->group = ret->instance != UINT32_MAX ? s->instances[ret->instance].group
						 : group_of_name(s, name);
	if (ret->instance != UINT32_MAX || ret->group != 0)
		return true;
	control_refuse_unknown(c, name, true);
	return false;
}

/* Refuses if any of them cannot be forced so, with the reasons of the first few. */
static bool check_possible(struct connection *c, const struct target *t, enum force_to to,
			   bool despite_faults)
{
	const struct settings *s = settings_of(c);
	char reasons[CONTROL_ERROR_MAX];
	uint32_t refused = 0;
	size_t len = 0;

	for (uint32_t i = 0; i < s->instance_count; i++) {
		const char *why = is_meant(t, s, i)
					  ? engine_force_refusal(control_engine(c->control), i, to,
								 despite_faults)
					  : NULL;

		if (!why || ++refused > CONTROL_NAMES_LISTED || len >= sizeof(reasons))
			continue;
		len += (size_t)snprintf(reasons + len, sizeof(reasons) - len, "%s%s: %s",
					len > 0 ? "; " : "", s->instances[i].name, why);
	}
	if (refused > CONTROL_NAMES_LISTED)
		control_refuse(c, "%s; and %" PRIu32 " more", reasons,
			       refused - CONTROL_NAMES_LISTED);
	else if (refused > 0)
		control_refuse(c, "%s", reasons);
	return refused == 0;
}

/* Has the handler force whom is meant: each once, and of each group the first. */
static bool force(struct connection *c, const struct target *t, const struct event_force *f)
{
	const struct settings *s = settings_of(c);
	struct control *ctl = c->control;
	uint32_t *instances = calloc(s->instance_count, sizeof(*instances)), n = 0;
	bool *group_named = calloc(s->group_count + 1, sizeof(*group_named));
	bool possible = instances && group_named;

	for (uint32_t i = 0; possible && i < s->instance_count; i++) {
		uint32_t group = s->instances[i].group;

		if (!is_meant(t, s, i) || group_named[group])
			continue;
		group_named[group] = group != 0;
		instances[n++] = i;
	}
	if (possible)
		ctl->handlers.force(ctl->ctx, instances, n, f);
	else
		control_refuse(c, "out of memory");
	free(instances);
	free(group_named);
	return possible;
}

static json_t *names_of_meant(const struct connection *c, const struct target *t)
{
	const struct settings *s = settings_of(c);
	json_t *names = json_array();

	for (uint32_t i = 0; i < s->instance_count; i++)
		if (is_meant(t, s, i))
			json_array_append_new(names, json_string(s->instances[i].name));
	return names;
}

/* Of those that are meant, and forced now. */
static json_t *names_of_forced(const struct connection *c, const struct target *t)
{
	const struct engine *engine = control_engine(c->control);
	const struct instance_settings *last = NULL;
	json_t *names = json_array();
	struct snapshot s;

	for (uint32_t i = 0; i < engine_vrouter_count(engine); i++) {
		engine_snapshot(engine, i, c->control->handlers.now(c->control->ctx), &s);
		/* the virtual routers of an instance stand next to each other */
		if (s.set != last && s.force.to != FORCE_NONE &&
		    is_meant(t, s.settings, (uint32_t)(s.set - s.settings->instances)))
			json_array_append_new(names, json_string(s.set->name));
		last = s.set;
	}
	return names;
}

static enum force_to force_of_name(const char *name)
{
	for (int to = FORCE_NONE + 1; name && to < FORCE_TO_COUNT_; to++)
		if (strcmp(view_force_name((enum force_to)to), name) == 0)
			return (enum force_to)to;
	return FORCE_NONE;
}

/* One line of text that a terminal only shows. */
static bool is_plain_line(const char *text)
{
	for (const unsigned char *t = (const unsigned char *)text; *t; t++)
		if (*t < 0x20 || *t == 0x7f || (t[0] == 0xc2 && t[1] >= 0x80 && t[1] < 0xa0))
			return false;
	return true;
}

const char *control_force_fault(const char *key, const json_t *value)
{
	const char *text = json_string_value(value);

	if (strcmp(key, "to") == 0 && force_of_name(text) == FORCE_NONE)
		return "is master, backup or off";
	if (strcmp(key, "for_ms") == 0 &&
	    (!json_is_integer(value) || json_integer_value(value) < 1 ||
	     json_integer_value(value) > FOR_MS_MAX))
		return "is a whole number of milliseconds, 1 to 36000000000 (10,000 hours)";
	if (strcmp(key, "reason") == 0 &&
	    (!text || strlen(text) > TEXT_MAX - 1 || !is_plain_line(text)))
		return "is one line of text, at most 255 bytes";
	if (strcmp(key, "despite_faults") == 0 && !json_is_boolean(value))
		return "is true or false";
	return NULL;
}

/* The event that a request asks for; only root asks. */
static struct event_force event_of(const struct connection *c, const json_t *request)
{
	const struct control *ctl = c->control;
	const char *reason = json_string_value(json_object_get(request, "reason"));
	int64_t for_us = json_integer_value(json_object_get(request, "for_ms")) * 1000;
	struct event_force f = {
		.to = force_of_name(json_string_value(json_object_get(request, "to"))),
		.until = INSTANT_NEVER,
		.despite_faults = json_is_true(json_object_get(request, "despite_faults")),
		.reason = reason ? reason : "",
		.by = "root",
	};

	if (for_us > 0) {
		f.until = instant_add(ctl->handlers.now(ctl->ctx), span_us(for_us));
		f.until_wall_us = ctl->handlers.wall_us(ctl->ctx) + for_us;
	}
	return f;
}

void control_force(struct connection *c, const json_t *request)
{
	struct event_force f = event_of(c, request);
	char until[VIEW_TIME_TEXT_MAX];
	struct target target;
	struct object o;

	if (f.to == FORCE_NONE) {
		control_refuse(c, "\"to\" is missing: master, backup or off");
		return;
	}
	if (f.despite_faults && f.to != FORCE_MASTER) {
		control_refuse(c, "\"despite_faults\" belongs to \"to\": \"master\"");
		return;
	}
	if (!find_target(c, request, &target) ||
	    !check_possible(c, &target, f.to, f.despite_faults) || !force(c, &target, &f))
		return;
	o = object_begin();
	object_text(&o, "to", view_force_name(f.to));
	if (f.until_wall_us != 0)
		object_text(&o, "until", view_time_text(f.until_wall_us, until));
	else
		object_null(&o, "until");
	object_put(&o, "instances", names_of_meant(c, &target));
	connection_reply_ok(c, object_end(&o));
}

void control_release(struct connection *c, const json_t *request)
{
	struct event_force f = {
		.to = FORCE_NONE, .until = INSTANT_NEVER, .reason = "", .by = "root"
	};
	struct target target;
	json_t *names;
	struct object o;

	if (!find_target(c, request, &target))
		return;
	names = names_of_forced(c, &target);
	if (json_array_size(names) > 0 && !force(c, &target, &f)) {
		json_decref(names);
		return;
	}
	o = object_begin();
	object_put(&o, "instances", names);
	connection_reply_ok(c, object_end(&o));
}
