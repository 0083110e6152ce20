/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The requests of the control protocol: one table of commands with who may give them and which
 * members they take, and one function each. A request is believed nothing: what is not exactly as
 * described is refused with words that help whoever typed it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "conf/suggest.h"
#include "control_connection.h"
#include "view/object.h"
#include "view/view.h"

enum {
	KEYS_MAX = 4,
	QUOTED_MAX = 40, /* of what somebody typed, given back in an error */
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

__attribute__((format(printf, 2, 3))) static void refuse(struct connection *c, const char *format,
							 ...)
{
	char error[2 * TEXT_MAX];
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

/* The name of an instance nearest to what was typed; false if there is none near. */
static bool nearest_instance(struct connection *c, const char *typed,
			     char ret[static NAME_MAX_LEN + 1])
{
	uint32_t n = engine_vrouter_count(control_engine(c->control));
	unsigned int nearest = SUGGEST_LEN_MAX;

	for (uint32_t i = 0; i < n && i < CONTROL_NAMES_SEARCHED; i++) {
		struct snapshot s = snapshot_of(c, i);
		unsigned int distance = suggest_distance(typed, s.set->name);

		if (distance < nearest) {
			nearest = distance;
			memcpy(ret, s.set->name, NAME_MAX_LEN + 1);
		}
	}
	return suggest_is_near(typed, nearest);
}

static void refuse_unknown_instance(struct connection *c, const char *typed)
{
	uint32_t n = engine_vrouter_count(control_engine(c->control));
	char names[CONTROL_NAMES_LISTED * (NAME_MAX_LEN + 3)] = "";
	char nearest[NAME_MAX_LEN + 1];
	size_t len = 0;

	if (n == 0) {
		refuse(c, "no instance %.*s: none is configured", QUOTED_MAX, typed);
		return;
	}
	if (nearest_instance(c, typed, nearest)) {
		refuse(c, "no instance %.*s: did you mean %s?", QUOTED_MAX, typed, nearest);
		return;
	}
	for (uint32_t i = 0; i < n && i < CONTROL_NAMES_LISTED; i++)
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s",
					i == 0 ? "" : ", ", snapshot_of(c, i).name);
	if (n > CONTROL_NAMES_LISTED)
		refuse(c, "no instance %.*s: there are %s and %" PRIu32 " more", QUOTED_MAX, typed,
		       names, n - CONTROL_NAMES_LISTED);
	else
		refuse(c, "no instance %.*s: there is %s", QUOTED_MAX, typed, names);
}

/* The virtual routers of that name, or 0 after a refusal. */
static uint32_t find_instance(struct connection *c, const char *name, uint32_t ret[2])
{
	uint32_t n = engine_find(control_engine(c->control), name, ret);

	if (n == 0)
		refuse_unknown_instance(c, name);
	return n;
}

static void run_show(struct connection *c, const json_t *request)
{
	const char *name = name_of(request);
	uint32_t vrouters[2];

	if (!name) {
		c->stream = (struct control_stream){ .kind = STREAM_SHOW };
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

static void run_events(struct connection *c, const json_t *request)
{
	const struct history *history = c->control->handlers.history(c->control->ctx);
	const json_t *last = json_object_get(request, "last");
	uint64_t n = last ? (uint64_t)json_integer_value(last) : HISTORY_MAX;

	c->stream = (struct control_stream){
		.kind = STREAM_EVENTS,
		.seq = history_last(history, n),
		.seq_end = history->next_seq,
		.follow = json_is_true(json_object_get(request, "follow")),
	};
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
		refuse(c, "out of memory");
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		vrouters[i] = i;
	n = keep_masters(c, vrouters, n);
	if (n == 0)
		refuse(c, "no instance is MASTER, and only a MASTER announces its addresses");
	else
		announce(c, vrouters, n);
	free(vrouters);
}

static void run_announce(struct connection *c, const json_t *request)
{
	const char *name = name_of(request);
	uint32_t vrouters[2], n;

	if (!name) {
		refuse(c, "\"name\" is missing: an instance, or \"all\"");
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
		refuse(c, "%s is %s, and only a MASTER announces its addresses", name,
		       vrouter_state_name(snapshot_of(c, vrouters[0]).state));
	else
		announce(c, vrouters, n);
}

static void run_reload(struct connection *c, const json_t *request)
{
	struct control *ctl = c->control;

	(void)request;
	c->state = CONNECTION_WAITING;
	ctl->handlers.reload(ctl->ctx,
			     (struct control_request){ .place = (uint32_t)(c - ctl->connections),
						       .generation = c->generation });
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

static const struct command commands[] = {
	{ "show", RIGHTS_LOOK, { "name" }, run_show },
	{ "events", RIGHTS_LOOK, { "last", "follow" }, run_events },
	{ "counters", RIGHTS_LOOK, { "name" }, run_counters },
	{ "version", RIGHTS_LOOK, { NULL }, run_version },
	{ "announce", RIGHTS_COMMAND, { "name" }, run_announce },
	{ "reload", RIGHTS_COMMAND, { NULL }, run_reload },
	{ "metrics", RIGHTS_LOOK, { NULL }, NULL },
	{ "force", RIGHTS_COMMAND, { NULL }, NULL },
	{ "release", RIGHTS_COMMAND, { NULL }, NULL },
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
		refuse(c, "unknown command %.*s: did you mean %s?", QUOTED_MAX, name, near);
	else
		refuse(c, "unknown command %.*s", QUOTED_MAX, name);
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
	if (strcmp(key, "last") == 0 && (!json_is_integer(value) || json_integer_value(value) < 0))
		return "is a whole number, 0 or more";
	if (strcmp(key, "follow") == 0 && !json_is_boolean(value))
		return "is true or false";
	return NULL;
}

static bool check_members(struct connection *c, const struct command *command, json_t *request)
{
	const char *key, *fault;
	json_t *value;

	json_object_foreach (request, key, value) {
		if (!has_key(command, key)) {
			refuse(c, "%s does not take \"%.*s\"", command->name, QUOTED_MAX, key);
			return false;
		}
		fault = value_fault(key, value);
		if (fault) {
			refuse(c, "\"%s\" %s", key, fault);
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
		refuse(c, "a request is an object with a \"command\", such as "
			  "{\"command\": \"show\"}");
		return;
	}
	command = find_command(c, name);
	if (!command)
		return;
	if (command->rights == RIGHTS_COMMAND && !c->may_command)
		refuse(c, "permission denied: only root may %s", command->name);
	else if (!command->run)
		refuse(c, "%s is not supported yet", command->name);
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
		refuse(c, "malformed JSON at byte %d: %s", error.position, error.text);
	json_decref(request);
}
