/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A control server in a loop of its own, with an engine behind it and clients in front of it, all
 * in one process: the test takes the loop's turns one by one and so sees what each of them does.
 */
#ifndef TEST_CONTROL_WORLD_H
#define TEST_CONTROL_WORLD_H

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <check.h>
#include <event2/event.h>
#include <jansson.h>

#include "control.h"
#include "made_engine.h"

enum {
	WORLD_TURNS_MAX = 200000, /* nothing here takes that many */
};

struct world {
	struct made_engine *made; /* the one the server sees */
	struct event_base *base;
	struct control *control;
	char dir[64];
	struct sockaddr_un address;
	int listen_fd;
	/* what the handlers were asked */
	uint32_t reloads;
	struct control_request last_reload;
	uint32_t announced[64], announced_count;
	bool answer_at_once; /* reload */
	uint32_t upgrades;
	bool no_supervisor; /* upgrade */
	char last_path[TEXT_MAX];
	uint32_t forced[64], forced_count;
	struct event_force last_force;
	struct tally *tally;
	char last_reason[TEXT_MAX];
};

static inline const struct engine *world_engine(void *ctx)
{
	return ((struct world *)ctx)->made->engine;
}

static inline const struct history *world_history(void *ctx)
{
	return engine_history(((struct world *)ctx)->made->engine);
}

static inline struct instant world_now(void *ctx)
{
	return ((struct world *)ctx)->made->now;
}

static inline int64_t world_wall_us(void *ctx)
{
	return MADE_WALL_US + ((struct world *)ctx)->made->now.us;
}

static inline const struct tally *world_tally(void *ctx)
{
	return ((struct world *)ctx)->tally;
}

static inline void world_reload(void *ctx, struct control_request request)
{
	struct world *w = ctx;

	w->reloads++;
	w->last_reload = request;
	if (w->answer_at_once)
		control_reply_ok(w->control, request, json_pack("{s:[s]}", "changes", "web: new"));
}

static inline const char *world_upgrade(void *ctx, int client_fd, const char *path)
{
	struct world *w = ctx;

	(void)client_fd;
	w->upgrades++;
	snprintf(w->last_path, sizeof(w->last_path), "%s", path);
	return w->no_supervisor ? "nobody is there to do that" : NULL;
}

static inline void world_announce(void *ctx, const uint32_t *vrouters, uint32_t n)
{
	struct world *w = ctx;

	for (uint32_t i = 0; i < n && w->announced_count < 64; i++)
		w->announced[w->announced_count++] = vrouters[i];
}

static inline void world_force(void *ctx, const uint32_t *instances, uint32_t n,
			       const struct event_force *force)
{
	struct world *w = ctx;

	w->last_force = *force;
	snprintf(w->last_reason, sizeof(w->last_reason), "%s", force->reason);
	for (uint32_t i = 0; i < n; i++) {
		struct event event = { .kind = EVENT_FORCE, .force = *force };

		if (w->forced_count < 64)
			w->forced[w->forced_count++] = instances[i];
		event.force.instance = instances[i];
		made_step(w->made, event);
	}
}

/* Listens in a directory of its own, open to everybody. */
static inline void world_listen(struct world *w)
{
	snprintf(w->dir, sizeof(w->dir), "/tmp/test-control-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(w->dir));
	ck_assert_int_eq(chmod(w->dir, 0755), 0);
	w->address.sun_family = AF_UNIX;
	snprintf(w->address.sun_path, sizeof(w->address.sun_path), "%s/control.sock", w->dir);
	w->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
		bind(w->listen_fd, (const struct sockaddr *)&w->address, sizeof(w->address)), 0);
	ck_assert_int_eq(chmod(w->address.sun_path, 0666), 0);
	ck_assert_int_eq(listen(w->listen_fd, 128), 0);
}

static inline void world_begin(struct world *w, struct made_engine *made)
{
	static const struct control_handlers handlers = {
		.engine = world_engine,
		.history = world_history,
		.now = world_now,
		.wall_us = world_wall_us,
		.tally = world_tally,
		.reload = world_reload,
		.upgrade = world_upgrade,
		.announce = world_announce,
		.force = world_force,
	};
	static const struct control_identity identity = {
		.version = "2.0.0",
		.build = "gcc, all of it",
		.pid = 1234,
	};

	*w = (struct world){ .made = made, .tally = tally_new() };
	world_listen(w);
	w->base = event_base_new();
	ck_assert_ptr_nonnull(w->base);
	w->control = control_new(w->base, w->listen_fd, &handlers, w, &identity);
	ck_assert_ptr_nonnull(w->control);
}

static inline void world_end(struct world *w)
{
	control_free(w->control);
	tally_free(w->tally);
	event_base_free(w->base);
	close(w->listen_fd);
	unlink(w->address.sun_path);
	rmdir(w->dir);
}

/* One turn of the loop, without waiting. */
static inline void world_turn(struct world *w)
{
	event_base_loop(w->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static inline void world_turns(struct world *w, int n)
{
	while (n-- > 0)
		world_turn(w);
}

/* A client that has connected; the server learns of it in its next turn. */
static inline int world_connect(struct world *w)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&w->address, sizeof(w->address)), 0);
	return fd;
}

/* The same, known to be served. */
static inline int world_connect_served(struct world *w)
{
	int fd = world_connect(w);

	world_turns(w, 2);
	return fd;
}

static inline void say(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* What one client has read and not yet looked at. */
struct listener {
	int fd;
	char *data;
	size_t len;
	int turns; /* of the loop, while waiting for the last line */
};

static inline void listener_done(struct listener *l)
{
	close(l->fd);
	free(l->data);
}

/* The next line without its newline, to be freed; NULL when the server has closed. */
static inline char *hear_line(struct world *w, struct listener *l)
{
	for (l->turns = 0; l->turns < WORLD_TURNS_MAX; l->turns++) {
		char *end = l->len > 0 ? memchr(l->data, '\n', l->len) : NULL;
		char piece[65536];
		ssize_t n;

		if (end) {
			char *line = strndup(l->data, (size_t)(end - l->data));

			l->len -= (size_t)(end + 1 - l->data);
			memmove(l->data, end + 1, l->len);
			return line;
		}
		world_turn(w);
		n = recv(l->fd, piece, sizeof(piece), MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return NULL;
		if (n < 0)
			continue;
		l->data = realloc(l->data, l->len + (size_t)n);
		memcpy(l->data + l->len, piece, (size_t)n);
		l->len += (size_t)n;
	}
	ck_abort_msg("the server says nothing");
	return NULL;
}

static inline json_t *hear_json(struct world *w, struct listener *l)
{
	char *line = hear_line(w, l);
	json_error_t error;
	json_t *json;

	ck_assert_ptr_nonnull(line);
	json = json_loads(line, JSON_REJECT_DUPLICATES, &error);
	ck_assert_msg(json != NULL, "%s at %d in: %.200s", error.text, error.position, line);
	free(line);
	return json;
}

/* The result of a request that must be granted; to be released. */
static inline json_t *ask_for(struct world *w, struct listener *l, const char *request)
{
	json_t *reply, *result;

	say(l->fd, request);
	say(l->fd, "\n");
	reply = hear_json(w, l);
	ck_assert_msg(json_is_true(json_object_get(reply, "ok")), "%s: %s", request,
		      json_string_value(json_object_get(reply, "error")));
	result = json_incref(json_object_get(reply, "result"));
	ck_assert_ptr_nonnull(result);
	json_decref(reply);
	return result;
}

/* The error of a request that must be refused; to be freed. */
static inline char *hear_error(struct world *w, struct listener *l)
{
	json_t *reply = hear_json(w, l);
	const char *text = json_string_value(json_object_get(reply, "error"));
	char *error;

	ck_assert(json_is_false(json_object_get(reply, "ok")));
	ck_assert_ptr_nonnull(text);
	error = strdup(text);
	json_decref(reply);
	return error;
}

static inline void expect_error(struct world *w, struct listener *l, const char *request,
				const char *expected)
{
	char *error;

	say(l->fd, request);
	say(l->fd, "\n");
	error = hear_error(w, l);
	ck_assert_str_eq(error, expected);
	free(error);
}

#endif
