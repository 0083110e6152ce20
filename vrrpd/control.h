/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control server: answers vrrpctl and other programs on STATE_DIR/control.sock, one JSON object
 * a line each way (INTERFACE section 4). It lives in the protocol process's loop and therefore
 * never waits and never takes long: whatever its clients do, one turn of the loop does one small
 * piece of work for one of them, a reply is made only as fast as its reader takes it, and a client
 * that reads nothing costs one piece and no more. When all connections are taken, the one that does
 * least with its own gives way to a new one, so that an operator always gets in. It knows the engine only by looking; what changes
 * something is asked of the daemon's glue through the handlers.
 *
 * Requests, and the result of each:
 *   {"command": "show"}                       INTERFACE's object
 *   {"command": "show", "brief": true}        of each instance only what a table shows
 *   {"command": "show", "name": NAME}         all there is to know about that instance
 *   {"command": "counters"}                   {"instances": [{"name", "counters"}], "counters"}
 *   {"command": "counters", "name": NAME}     {"name", "counters"}
 *   {"command": "events" [, "last": N] [, "name": NAME]}    an array, newest last
 *   {"command": "events", "follow": true, …}  the same, then a reply for each new event
 *   {"command": "announce", "name": NAME}     {"announced": N}; NAME may be "all"
 *   {"command": "force", "to": "master|backup|off", "name": NAME [, "for_ms": N] [, "reason": TEXT]
 *    [, "despite_faults": true]}              {"to", "until", "instances": [NAME, …]}; NAME may be a
 *                                             group or "all", and a group's members go together.
 *                                             All of them are forced, or none with all the reasons
 *   {"command": "release", "name": NAME}      {"instances": [NAME, …]}: those that were forced
 *   {"command": "reload", "dry_run": true}    what it would do: {"changes": ["…"], "mastership": ["…"]}
 *   {"command": "reload"}                     what the glue answers: {"changes": ["…"]}
 *   {"command": "upgrade" [, "path": FILE]}   {"from", "to", "path", "pid"}, from the supervisor, which
 *                                             is handed the connection and closes it
 *   {"command": "version"}                    {"name", "version", "build", "pid"}
 *   {"command": "metrics" [, "from": N]}      what was counted by cause since the start, see tally.h
 *
 * Replies: {"ok": true, "result": …} or {"ok": false, "error": "…"}, the latter with "problems":
 * ["FILE:LINE: …"] after a refused reload. A connection may ask again after each reply. One that
 * follows is only told: what it sends is thrown away, and when it closes its sending side it has
 * ended.
 */
#ifndef VRRPD_CONTROL_H
#define VRRPD_CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <event2/event.h>
#include <jansson.h>

#include "base/instant.h"
#include "core/engine.h"
#include "core/history.h"
#include "tally.h"

enum {
	CONTROL_REQUEST_MAX = 65536,  /* bytes of a request, without the newline */
	CONTROL_CONNECTIONS_MAX = 64, /* of which … */
	CONTROL_CONNECTIONS_ROOT = 8, /* … are kept for root */
	CONTROL_BACKLOG_LOW =
		16384, /* bytes a client has not read, above which nothing is made for it */
	CONTROL_STALL_SECONDS =
		30, /* a reply of which nothing is read for so long ends the connection */
	CONTROL_TURN_BUDGET = 256,     /* work in one turn, as view_piece() counts */
	CONTROL_TURN_EVENTS = 32,      /* events told in one turn */
	CONTROL_NAMES_SEARCHED = 1024, /* instances looked at to guess a mistyped name */
	CONTROL_NAMES_LISTED = 8,      /* instances named in an error */
	CONTROL_QUOTED_MAX = 40,       /* bytes of what somebody typed, given back in an error */
	CONTROL_ERROR_MAX = 2048,      /* an error, with its NUL */
};

struct control;

/*
 * A request to be answered later, as a plain value: it may outlive its connection and then names
 * nobody.
 */
struct control_request {
	uint32_t place;
	uint32_t generation;
	bool dry_run; /* reload: it is asked what would be done */
};

/* How the server sees and asks the rest of the process. ctx is the first argument of each. */
struct control_handlers {
	/* As they are now; never kept across turns of the loop. */
	const struct engine *(*engine)(void *ctx);
	const struct history *(*history)(void *ctx);
	struct instant (*now)(void *ctx);
	int64_t (*wall_us)(void *ctx);
	const struct tally *(*tally)(void *ctx);

	/*
	 * Read the configuration again, and answer with control_reply_ok() or
	 * control_reply_error(), at once or later.
	 */
	void (*reload)(void *ctx, struct control_request request);

	/*
	 * Have another build of the program, "" for the one of the start, take this one's place, and its client answered: whoever does that
	 * has its own copy of the descriptor. NULL, or why not.
	 */
	const char *(*upgrade)(void *ctx, int client_fd, const char *path);

	/* Announce the addresses of these virtual routers again; all of them are MASTER. */
	void (*announce)(void *ctx, const uint32_t *vrouters, uint32_t n);

	/* Force, or release, these instances; at most one of each group is named. */
	void (*force)(void *ctx, const uint32_t *instances, uint32_t n,
		      const struct event_force *force);
};

/* What the daemon says of itself, and who may look. The strings live as long as the server. */
struct control_identity {
	const char *version;
	const char *build; /* compiler, options, libraries: one line */
	pid_t pid;         /* the one that stands in STATE_DIR/pid */
};

/*
 * Starts serving on listen_fd, a listening Unix stream socket, which stays the caller's and is made
 * non-blocking. NULL without memory. SIGPIPE is ignored from here on: libevent writes without
 * MSG_NOSIGNAL. In a base with priorities the server takes the lowest.
 */
struct control *control_new(struct event_base *base, int listen_fd,
			    const struct control_handlers *handlers, void *ctx,
			    const struct control_identity *identity);

/* Serves on that socket from now on instead; connections stay. 0 or -ENOMEM, with everything as it was. */
int control_listen(struct control *ctl, int listen_fd);

/*
 * Takes on a client whose end of a socket pair is fd, which is ours from now on. It may only look, whoever it is; it keeps its place
 * however many others come.
 */
void control_lend(struct control *ctl, int fd);

/* Closes every connection. NULL is nothing. */
void control_free(struct control *ctl);

/*
 * Besides root, members of this group may look, from the next connection on. Without a call, or
 * with (gid_t)-1, only root.
 */
void control_set_group(struct control *ctl, gid_t group);

/* There are new events: those who follow are told. */
void control_events_available(struct control *ctl);

/* The handlers return another engine now; to be called after each replacement. */
void control_engine_replaced(struct control *ctl);

/* Answers a request. The reference to result or problems (which may be NULL) passes over. */
void control_reply_ok(struct control *ctl, struct control_request request, json_t *result);
void control_reply_error(struct control *ctl, struct control_request request, const char *error,
			 json_t *problems);

#endif
