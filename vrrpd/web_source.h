/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the protocol process says of itself, fetched over the control protocol when somebody wants to know. An answer serves all who ask
 * within a moment, so that the protocol process has as much to do for one reader as for a hundred.
 */
#ifndef VRRPD_WEB_SOURCE_H
#define VRRPD_WEB_SOURCE_H

#include <stdbool.h>

#include <event2/event.h>
#include <jansson.h>

enum {
	WEB_FRESH_MS = 500,     /* how long an answer serves */
	WEB_PATIENCE_MS = 5000, /* for the protocol process to answer */
	WEB_EVENTS = 500,       /* the last events, for the timeline */
};

/* All NULL where the protocol process cannot be asked. */
struct web_answer {
	const json_t *show, *tally, *events;
};

/* Somebody who waits; embedded in whoever does. */
struct web_waiter {
	struct web_waiter *next;
	void (*answer)(struct web_waiter *w, const struct web_answer *answer);
};

struct web_source;

/* lost(ctx): there is no way to the protocol process any more. NULL without memory. */
struct web_source *web_source_new(struct event_base *base, void (*lost)(void *ctx), void *ctx);
void web_source_free(struct web_source *s);

/* fd leads to the control server from now on, and is ours. */
void web_source_connect(struct web_source *s, int fd);

/* Is there a way? */
bool web_source_connected(const struct web_source *s);

/* Calls w->answer, at once or later, exactly once. */
void web_source_ask(struct web_source *s, struct web_waiter *w);

/* It does not want to know any more. */
void web_source_forget(struct web_source *s, struct web_waiter *w);

#endif
