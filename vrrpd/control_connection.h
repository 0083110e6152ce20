/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two halves of the control server share: control.c moves bytes and shares out the turns,
 * control_request.c understands requests and decides what is done about them.
 */
#ifndef VRRPD_CONTROL_CONNECTION_H
#define VRRPD_CONTROL_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/bufferevent.h>
#include <event2/event.h>
#include <jansson.h>

#include "control.h"
#include "control_stream.h"

enum connection_state {
	CONNECTION_LISTENING, /* for the next request */
	CONNECTION_TELLING,   /* its stream is not at its end */
	CONNECTION_FOLLOWING, /* its stream gets more whenever something happens */
	CONNECTION_WAITING,   /* for control_reply_…() */
};

struct connection {
	struct control *control;
	struct bufferevent *bev; /* NULL: the place is free */
	uint32_t generation;     /* another one for each connection in this place */
	enum connection_state state;
	uint64_t active;    /* when it was served last, on the server's own count */
	bool may_command;   /* root; everybody else here may only look */
	bool is_lent;       /* by control_lend() */
	bool request_ready; /* a line, or more than a request may have, has been read */
	bool input_ended;
	bool closing; /* as soon as what is written has been read */
	struct control_stream stream;
};

struct control {
	struct event_base *base;
	struct event *accepting;
	struct event *accept_again; /* after file descriptors ran out */
	struct event *turn;         /* serves one connection, in the next turn of the loop */
	struct control_handlers handlers;
	void *ctx;
	struct control_identity identity;
	gid_t group; /* (gid_t)-1: none */
	uint32_t engine_generation;
	uint64_t
		activity; /* counts what connections do, to know which has done nothing for longest */
	uint32_t served; /* the place after the one served last, so that all have their turn */
	struct connection connections[CONTROL_CONNECTIONS_MAX];
};

/*
 * Understands a line (without its newline) and replies, or sets the connection's state and stream.
 */
void control_request_handle(struct connection *c, const char *line, size_t len);

/* Forgets it, without a word. */
void connection_close(struct connection *c);

/* Refuses the request with these words. */
__attribute__((format(printf, 2, 3))) void control_refuse(struct connection *c, const char *format,
							  ...);

/* Refuses it because nothing has that name, and says which one may have been meant. */
void control_refuse_unknown(struct connection *c, const char *typed, bool or_group);

/* control_force.c: the two commands, whose members have been checked. */
void control_force(struct connection *c, const json_t *request);
void control_release(struct connection *c, const json_t *request);

/* What is wrong with the value of one of their own members; NULL if nothing. */
const char *control_force_fault(const char *key, const json_t *value);

/* Write a whole reply. The references pass over; problems may be NULL. */
void connection_reply_ok(struct connection *c, json_t *result);
void connection_reply_error(struct connection *c, const char *error, json_t *problems);

static inline const struct engine *control_engine(const struct control *ctl)
{
	return ctl->handlers.engine(ctl->ctx);
}

#endif
