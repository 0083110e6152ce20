/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes and rules of the kernel, over an rtnetlink socket of their own, so that a router with a million routes does not keep addresses
 * waiting. It keeps a copy of those that are of interest, tells what changes in it, and carries changes out. It never waits: requests are
 * answered through the handler, and a lost event is answered with a new dump that is compared with the copy.
 *
 * The kernel does not tell of every route that it drops: with an interface that goes down, or an address that was its source, IPv4 routes go
 * silently. So a change of links or addresses is answered with a dump as well.
 */
#ifndef VRRPD_IO_ROUTING_H
#define VRRPD_IO_ROUTING_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/routing.h"
#include "core/routing_plan.h"

/* Called from io_routing_readable(), _retell() and _give_up() only. What is pointed to is valid during the call. */
struct io_routing_handler {
	void *ctx;
	/* Is an entry of that key (devices are not looked at) of interest, be it ours or not? */
	bool (*concerns)(void *ctx, const struct routing *routing);
	/* One that is of interest, or carries our protocol number, appeared, changed or vanished. */
	void (*routing)(void *ctx, const struct event_routing *event);
	/* The answer to one request. why is the kernel's explanation of an error, or "". */
	void (*done)(void *ctx, const struct event_routing *answer, const char *why);
	/* Links or addresses have changed, and what became of routes has been told: what was refused may be possible now. */
	void (*again)(void *ctx);
	/* Once: the first complete picture has been told. */
	void (*synced)(void *ctx);
	/* For the log: what went wrong and its errno. The adapter mends it by itself. May come from any function. */
	void (*trouble)(void *ctx, const char *what, int error);
};

struct io_routing;

/* Opens the socket and asks for the first dump. 0, or -errno with what is missing in *ret_what. The handler is copied. */
int io_routing_open(struct io_routing **ret, const struct io_routing_handler *handler,
		    const char **ret_what);
/* NULL is allowed. Routes and rules stay as they are. */
void io_routing_close(struct io_routing *r);

/* To be watched for reading. */
int io_routing_fd(const struct io_routing *r);

/* Takes in what the kernel has sent, a bounded piece at a time. True: more is left. */
bool io_routing_readable(struct io_routing *r);

/*
 * From now on the kernel's events are listened to, or no longer: not needed where nothing is configured. others: entries of another protocol
 * number than ours are looked for too. Dumps anew where that may have missed something.
 */
void io_routing_listen(struct io_routing *r, bool listen, bool others);

/* Queues a request. At most ROUTING_IN_FLIGHT_MAX may be queued or unanswered. */
void io_routing_add(struct io_routing *r, const struct routing *routing, bool replace);
void io_routing_remove(struct io_routing *r, const struct routing *routing);

/* Sends what is queued. 0, or -errno: it stays queued, call again later or give it up. */
int io_routing_flush(struct io_routing *r);
/* Gives up what is queued because it cannot be sent: each request is answered with that error. */
void io_routing_give_up(struct io_routing *r, int error);

/* Dumps everything again, soon, and tells the differences. */
void io_routing_resync(struct io_routing *r);

/* Tells all that it knows once more: to an engine that is new. */
void io_routing_retell(struct io_routing *r);

/* Something was asked and is not answered, or the picture may be wrong: call io_routing_readable() again after a second at the latest. */
bool io_routing_waiting(const struct io_routing *r);

/* Each that carries our protocol number. */
void io_routing_for_each_tagged(const struct io_routing *r,
				void (*tell)(void *ctx, const struct routing *routing), void *ctx);

#endif
