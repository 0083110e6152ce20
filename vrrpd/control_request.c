/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The requests of the control protocol: one table of commands with who may give them and which
 * members they take, and one function each. A request is believed nothing: what is not exactly as
 * described is refused with words that help whoever typed it.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "conf/suggest.h"
#include "control_connection.h"
#include "view/object.h"
#include "view/view.h"

enum {
	KEYS_MAX = 5,
};

enum rights {
	RIGHTS_LOOK,
	RIGHTS_COMMAND,
};

struct command {
	const char *name;
	enum rights rights;
	const char *keys[KEYS_MAX];                               /* besides "command" */
	void (*run)(struct connection *c, const json_t *request); /* NULL: not yet */
};

void control_refuse(struct connection *c, const char *format, ...)
{
	char error[CONTROL_ERROR_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(error, sizeof(error), format, args);
	va_end(args);
	connection_reply_error(c, error, NULL);
}

/* The member "name", or NULL if there is none; its type was checked. */
static const char *name_of(const json_t *request)
{
	return json_string_value(json_object_get(request, "name"));
}

static struct snapshot snapshot_of(struct connection *c, uint32_t vrouter)
{
	struct control *ctl = c->control;
	struct snapshot s;

	engine_snapshot(control_engine(ctl), vrouter, ctl->handlers.now(ctl->ctx), &s);
	return s;
}

/* The name nearest to what was typed so far, and how near that is. */
struct nearest {
	const char *typed, *name;
	unsigned int distance;
};

static void consider(struct nearest *n, const char *name)
{
	unsigned int distance = suggest_distance(n->typed, name);

	if (distance < n->distance) {
		n->distance = distance;
		n->name = name;
	}
}

/* The name that was meant, perhaps; NULL if there is none near. */
static const char *nearest_name(struct connection *c, const char *typed, bool or_group)
{
	const struct settings *s = engine_settings(control_engine(c->control));
	struct nearest n = { .typed = typed, .distance = SUGGEST_LEN_MAX };

	for (uint32_t i = 0; i < s->instance_count && i < CONTROL_NAMES_SEARCHED; i++)
		consider(&n, s->instances[i].name);
	for (uint32_t i = 0; or_group && i < s->group_count && i < CONTROL_NAMES_SEARCHED; i++)
		consider(&n, s->groups[i].name);
	return n.name && suggest_is_near(typed, n.distance) ? n.name : NULL;
}

/* "web, lan and 3 more": the first few of n names. */
struct name_list {
	char text[CONTROL_NAMES_LISTED * (NAME_MAX_LEN + 8) + 32];
	size_t len;
	uint32_t count;
};

static void list_name(struct name_list *l, const char *name)
{
	if (l->count < CONTROL_NAMES_LISTED)
		l->len += (size_t)snprintf(l->text + l->len, sizeof(l->text) - l->len, "%s%s",
					   l->count == 0 ? "" : ", ", name);
	l->count++;
}

static const char *list_end(struct name_list *l)
{
	if (l->count > CONTROL_NAMES_LISTED)
		snprintf(l->text + l->len, sizeof(l->text) - l->len, " and %" PRIu32 " more",
			 l->count - CONTROL_NAMES_LISTED);
	return l->text;
}

/* A group, where one cannot be named: whose names would do. False: there is no such group. */
static bool refuse_group(struct connection *c, const char *typed)
{
	const struct settings *s = engine_settings(control_engine(c->control));
	struct name_list members = { .count = 0 };
	uint32_t group = 0;

	while (group < s->group_count && strcmp(s->groups[group].name, typed) != 0)
		group++;
	if (group == s->group_count)
		return false;
	for (uint32_t i = 0; i < s->instance_count; i++)
		if (s->instances[i].group == group + 1)
			list_name(&members, s->instances[i].name);
	control_refuse(c, "%s is a group, and this is about one instance: name %s", typed,
		       list_end(&members));
	return true;
}

void control_refuse_unknown(struct connection *c, const char *typed, bool or_group)
{
	const struct settings *s = engine_settings(control_engine(c->control));
	uint32_t n =
		or_group ? s->instance_count : engine_vrouter_count(control_engine(c->control));
	const char *near = nearest_name(c, typed, or_group), *what = or_group ? " or group" : "";
	struct name_list names = { .count = 0 }, groups = { .count = 0 };

	if (!or_group && refuse_group(c, typed))
		return;
	if (n == 0) {
		control_refuse(c, "no instance%s %.*s: none is configured", what,
			       CONTROL_QUOTED_MAX, typed);
		return;
	}
	if (near) {
		control_refuse(c, "no instance%s %.*s: did you mean %s?", what, CONTROL_QUOTED_MAX,
			       typed, near);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		list_name(&names, or_group ? s->instances[i].name
				  : i < CONTROL_NAMES_LISTED
					  ? engine_name(control_engine(c->control), i)
					  : "");
	for (uint32_t i = 0; or_group && i < s->group_count; i++)
		list_name(&groups, s->groups[i].name);
	control_refuse(c, "no instance%s %.*s: there %s %s%s%s", what, CONTROL_QUOTED_MAX, typed,
		       n > 1 ? "are" : "is", list_end(&names),
		       groups.count == 0  ? ""
		       : groups.count > 1 ? ", and the groups "
					  : ", and the group ",
		       list_end(&groups));
}

/* The virtual routers of that name, or 0 after a refusal. */
static uint32_t find_instance(struct connection *c, const char *name, uint32_t ret[2])
{
	uint32_t n = engine_find(control_engine(c->control), name, ret);

	if (n == 0)
		control_refuse_unknown(c, name, false);
	return n;
}

static void run_show(struct connection *c, const json_t *request)
{
	const char *name = name_of(request);
	bool brief = json_is_true(json_object_get(request, "brief"));
	uint32_t vrouters[2];

	if (name && brief) {
		control_refuse(c, "\"brief\" is for all instances, not for one");
		return;
	}
	if (!name) {
		c->stream = (struct control_stream){ .kind = STREAM_SHOW, .brief = brief };
	} else {
		if (find_instance(c, name, vrouters) == 0)
			return;
		c->stream = (struct control_stream){ .kind = STREAM_INSTANCE };
		snprintf(c->stream.name, sizeof(c->stream.name), "%s", name);
	}
	c->state = CONNECTION_TELLING;
}

static json_t *counters_of(struct connection *c, uint32_t vrouter)
{
	struct snapshot s = snapshot_of(c, vrouter);
	struct object o = object_begin();

	object_text(&o, "name", s.name);
	object_put(&o, "counters", view_counters_json(&s.counters));
	return object_end(&o);
}

static void run_counters(struct connection *c, const json_t *request)
{
	const char *name = name_of(request);
	uint32_t vrouters[2], n;
	json_t *both;

	if (!name) {
		c->stream = (struct control_stream){ .kind = STREAM_COUNTERS };
		c->state = CONNECTION_TELLING;
		return;
	}
	n = find_instance(c, name, vrouters);
	if (n == 1) {
		connection_reply_ok(c, counters_of(c, vrouters[0]));
	} else if (n == 2) {
		both = json_array();
		json_array_append_new(both, counters_of(c, vrouters[0]));
		json_array_append_new(both, counters_of(c, vrouters[1]));
		connection_reply_ok(c, both);
	}
}

/*
 * The first of the last n events of that name, or of all. What happened to something that a reload
 * has taken away can still be asked for.
 */
static uint64_t events_begin(const struct history *history, const char *name, uint64_t n,
			     uint64_t *ret_of_name)
{
	uint64_t seq = history_last(history, UINT64_MAX), begin = history->next_seq, skipped = 0;
	const struct history_event *event;

	*ret_of_name = 0;
	while ((event = history_read(history, &seq, NULL)))
		*ret_of_name += control_stream_tells(name, event);
	seq = history_last(history, UINT64_MAX);
	while ((event = history_read(history, &seq, NULL)))
		if (control_stream_tells(name, event) && ++skipped + n > *ret_of_name)
			return seq - 1;
	return begin;
}

/* Does it exist, as an instance, a virtual router or a group? */
static bool is_known(struct connection *c, const char *name)
{
	const struct engine *engine = control_engine(c->control);
	const struct settings *s = engine_settings(engine);
	uint32_t vrouters[2];

	for (uint32_t i = 0; i < s->group_count; i++)
		if (strcmp(s->groups[i].name, name) == 0)
			return true;
	return engine_find(engine, name, vrouters) > 0;
}

static void run_events(struct connection *c, const json_t *request)
{
	const struct history *history = c->control->handlers.history(c->control->ctx);
	const json_t *last = json_object_get(request, "last");
	uint64_t n = last ? (uint64_t)json_integer_value(last) : HISTORY_MAX;
	const char *name = name_of(request) ? name_of(request) : "";
	uint64_t of_name, begin = events_begin(history, name, n, &of_name);

	if (name[0] != '\0' && of_name == 0 && !is_known(c, name)) {
		control_refuse_unknown(c, name, true);
		return;
	}
	c->stream = (struct control_stream){
		.kind = STREAM_EVENTS,
		.seq = begin,
		.seq_end = history->next_seq,
		.follow = json_is_true(json_object_get(request, "follow")),
	};
	snprintf(c->stream.name, sizeof(c->stream.name), "%s", name);
	c->state = CONNECTION_TELLING;
}

static void announce(struct connection *c, const uint32_t *vrouters, uint32_t n)
{
	struct control *ctl = c->control;
	struct object o = object_begin();

	ctl->handlers.announce(ctl->ctx, vrouters, n);
	object_integer(&o, "announced", n);
	connection_reply_ok(c, object_end(&o));
}

/* Keeps those of the n virtual routers that are MASTER; their number. */
static uint32_t keep_masters(struct connection *c, uint32_t *vrouters, uint32_t n)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < n; i++)
		if (snapshot_of(c, vrouters[i]).state == VROUTER_MASTER)
			vrouters[kept++] = vrouters[i];
	return kept;
}

static void announce_all(struct connection *c)
{
	uint32_t n = engine_vrouter_count(control_engine(c->control));
	uint32_t *vrouters = calloc(n > 0 ? n : 1, sizeof(*vrouters));

	if (!vrouters) {
		control_refuse(c, "out of memory");
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		vrouters[i] = i;
	n = keep_masters(c, vrouters, n);
	if (n == 0)
		control_refuse(c,
			       "no instance is MASTER, and only a MASTER announces its addresses");
	else
		announce(c, vrouters, n);
	free(vrouters);
}

static void run_announce(struct connection *c, const json_t *request)
{
	const char *name = name_of(request);
	uint32_t vrouters[2], n;

	if (!name) {
		control_refuse(c, "\"name\" is missing: an instance, or \"all\"");
		return;
	}
	if (strcmp(name, "all") == 0) {
		announce_all(c);
		return;
	}
	n = find_instance(c, name, vrouters);
	if (n == 0)
		return;
	n = keep_masters(c, vrouters, n);
	if (n == 0)
		control_refuse(c, "%s is %s, and only a MASTER announces its addresses", name,
			       vrouter_state_name(snapshot_of(c, vrouters[0]).state));
	else
		announce(c, vrouters, n);
}

static void run_reload(struct connection *c, const json_t *request)
{
	struct control *ctl = c->control;

	c->state = CONNECTION_WAITING;
	ctl->handlers.reload(ctl->ctx,
			     (struct control_request){
				     .place = (uint32_t)(c - ctl->connections),
				     .generation = c->generation,
				     .dry_run = json_is_true(json_object_get(request, "dry_run")),
			     });
}

static void run_upgrade(struct connection *c, const json_t *request)
{
	const char *path = json_string_value(json_object_get(request, "path"));
	const char *why = c->control->handlers.upgrade(c->control->ctx, bufferevent_getfd(c->bev),
						       path ? path : "");

	if (why)
		control_refuse(c, "%s", why);
	else
		connection_close(c);
}

static void run_version(struct connection *c, const json_t *request)
{
	struct control *ctl = c->control;
	struct object o = object_begin();

	(void)request;
	object_text(&o, "name", engine_settings(control_engine(ctl))->global.name);
	object_text(&o, "version", ctl->identity.version);
	object_text(&o, "build", ctl->identity.build);
	object_integer(&o, "pid", ctl->identity.pid);
	connection_reply_ok(c, object_end(&o));
}

static void run_metrics(struct connection *c, const json_t *request)
{
	struct control *ctl = c->control;
	json_int_t from = json_integer_value(json_object_get(request, "from"));

	if (from > TALLY_ENTRIES_MAX)
		from = TALLY_ENTRIES_MAX;
	connection_reply_ok(c, tally_json(ctl->handlers.tally(ctl->ctx), (uint32_t)from));
}

static const struct command commands[] = {
	{ "show", RIGHTS_LOOK, { "name", "brief" }, run_show },
	{ "events", RIGHTS_LOOK, { "name", "last", "follow" }, run_events },
	{ "counters", RIGHTS_LOOK, { "name" }, run_counters },
	{ "version", RIGHTS_LOOK, { NULL }, run_version },
	{ "announce", RIGHTS_COMMAND, { "name" }, run_announce },
	{ "reload", RIGHTS_COMMAND, { "dry_run" }, run_reload },
	{ "upgrade", RIGHTS_COMMAND, { "path" }, run_upgrade },
	{ "metrics", RIGHTS_LOOK, { "from" }, run_metrics },
	{ "force",
	  RIGHTS_COMMAND,
	  { "to", "name", "for_ms", "reason", "despite_faults" },
	  control_force },
	{ "release", RIGHTS_COMMAND, { "name" }, control_release },
};

enum {
	COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]),
};

static const struct command *find_command(struct connection *c, const char *name)
{
	const char *names[COMMAND_COUNT + 1] = { NULL }, *near;

	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
		names[i] = commands[i].name;
	}
	near = suggest_word(name, names);
	if (near)
		control_refuse(c, "unknown command %.*s: did you mean %s?", CONTROL_QUOTED_MAX,
			       name, near);
	else
		control_refuse(c, "unknown command %.*s", CONTROL_QUOTED_MAX, name);
	return NULL;
}

static bool has_key(const struct command *command, const char *key)
{
	if (strcmp(key, "command") == 0)
		return true;
	for (int i = 0; i < KEYS_MAX && command->keys[i]; i++)
		if (strcmp(command->keys[i], key) == 0)
			return true;
	return false;
}

/* What is wrong with the value of a key that the command has; NULL if nothing. */
static const char *value_fault(const char *key, const json_t *value)
{
	if (strcmp(key, "name") == 0 && json_string_length(value) == 0)
		return "is the name of an instance";
	if ((strcmp(key, "last") == 0 || strcmp(key, "from") == 0) &&
	    (!json_is_integer(value) || json_integer_value(value) < 0))
		return "is a whole number, 0 or more";
	if ((strcmp(key, "follow") == 0 || strcmp(key, "brief") == 0 ||
	     strcmp(key, "dry_run") == 0) &&
	    !json_is_boolean(value))
		return "is true or false";
	if (strcmp(key, "path") == 0 &&
	    (json_string_length(value) == 0 || json_string_length(value) >= PATH_MAX ||
	     json_string_value(value)[0] != '/'))
		return "is an absolute path";
	return control_force_fault(key, value);
}

static bool check_members(struct connection *c, const struct command *command, json_t *request)
{
	const char *key, *fault;
	json_t *value;

	json_object_foreach (request, key, value) {
		if (!has_key(command, key)) {
			control_refuse(c, "%s does not take \"%.*s\"", command->name,
				       CONTROL_QUOTED_MAX, key);
			return false;
		}
		fault = value_fault(key, value);
		if (fault) {
			control_refuse(c, "\"%s\" %s", key, fault);
			return false;
		}
	}
	return true;
}

static void run_request(struct connection *c, json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "command"));
	const struct command *command;

	if (!name) {
		control_refuse(c, "a request is an object with a \"command\", such as "
				  "{\"command\": \"show\"}");
		return;
	}
	command = find_command(c, name);
	if (!command)
		return;
	if (command->rights == RIGHTS_COMMAND && !c->may_command)
		control_refuse(c, "permission denied: only root may %s", command->name);
	else if (!command->run)
		control_refuse(c, "%s is not supported yet", command->name);
	else if (check_members(c, command, request))
		command->run(c, request);
}

/* Nothing but white space: somebody at a terminal pressed return. */
static bool is_blank(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
			return false;
	return true;
}

void control_request_handle(struct connection *c, const char *line, size_t len)
{
	json_error_t error;
	json_t *request;

	if (is_blank(line, len))
		return;
	request = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	if (request)
		run_request(c, request);
	else
		control_refuse(c, "malformed JSON at byte %d: %s", error.position, error.text);
	json_decref(request);
}
