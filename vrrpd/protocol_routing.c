/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes and rules between the engine and their adapter.
 */
#include "protocol.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "loop.h"

enum {
	ROUTING_SYNC_WAIT_MS = 1000, /* the first list of routes; without it the rest goes on */
};

static bool on_concerns(void *ctx, const struct routing *routing)
{
	struct protocol *p = ctx;

	return engine_has_routing(p->run.engine, routing);
}

static void on_routing(void *ctx, const struct event_routing *event)
{
	struct event ev = { .kind = EVENT_ROUTING, .routing = *event };

	protocol_step(ctx, &ev);
}

static void on_done(void *ctx, const struct event_routing *answer, const char *why)
{
	struct event ev = { .kind = EVENT_ROUTING_DONE, .routing = *answer };
	char text[ROUTING_TEXT_MAX];

	if (answer->error != 0 && why[0] != '\0')
		log_line(LOG_LEVEL_INFO, "%s %s: the kernel says: %s",
			 routing_kind_name((enum routing_kind)answer->routing->kind),
			 routing_text(answer->routing, text), why);
	protocol_step(ctx, &ev);
}

static void on_again(void *ctx)
{
	protocol_step(ctx, &(struct event){ .kind = EVENT_ROUTING_AGAIN });
}

static void on_synced(void *ctx)
{
	struct protocol *p = ctx;

	p->routing_turns.synced = true;
	protocol_ready(p);
}

static void on_trouble(void *ctx, const char *what, int error)
{
	protocol_trouble(ctx, what, error);
}

int protocol_open_routing(struct protocol *p, const char **ret_what)
{
	struct io_routing_handler handler = {
		.ctx = p,
		.concerns = on_concerns,
		.routing = on_routing,
		.done = on_done,
		.again = on_again,
		.synced = on_synced,
		.trouble = on_trouble,
	};

	return io_routing_open(&p->routing, &handler, ret_what);
}

static void on_routing_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct protocol *p = ctx;

	(void)fd;
	(void)what;
	io_routing_readable(p->routing);
	protocol_settle(p);
}

static void on_pause_over(evutil_socket_t fd, short what, void *ctx)
{
	struct protocol *p = ctx;

	on_routing_readable(fd, what, ctx);
	/* A kernel that lists no routes for so long is not waited for. */
	if (!p->routing_turns.synced && p->netlink_turns.synced) {
		p->routing_turns.synced = true;
		protocol_ready(p);
		protocol_settle(p);
	}
}

void protocol_listen_to_routing(struct protocol *p)
{
	const struct settings *s = p->run.settings;
	bool others = false;

	for (uint32_t i = 0; i < s->routing_count; i++)
		others = others || (s->routings[i].kind == ROUTING_ROUTE
					    ? s->routings[i].route.protocol
					    : s->routings[i].rule.protocol) != ROUTING_PROTOCOL;
	io_routing_listen(p->routing, s->routing_count != 0, others);
}

int protocol_watch_routing(struct protocol *p)
{
	static const struct timeval first = { .tv_usec = ROUTING_SYNC_WAIT_MS % 1000 * 1000,
					      .tv_sec = ROUTING_SYNC_WAIT_MS / 1000 };

	p->routing_turns.readable =
		loop_watch(p->base, io_routing_fd(p->routing), on_routing_readable, p);
	p->routing_turns.pause = evtimer_new(p->base, on_pause_over, p);
	if (!p->routing_turns.readable || !p->routing_turns.pause)
		return -ENOMEM;

	event_add(p->routing_turns.pause, &first);
	protocol_listen_to_routing(p);
	return 0;
}

void protocol_flush_routing(struct protocol *p)
{
	int status = io_routing_flush(p->routing);

	if (!protocol_netlink_flushed(&p->routing_turns, status, io_routing_waiting(p->routing)))
		io_routing_give_up(p->routing, -status);
}

void protocol_end_routing(struct protocol *p)
{
	loop_forget(&p->routing_turns.readable);
	loop_forget(&p->routing_turns.pause);
	io_routing_close(p->routing);
}

/* ---- what a predecessor left, and what is left of us ---- */

struct tagged {
	struct protocol *p;
	uint32_t leftovers, held;
};

static void count_tagged(void *ctx, const struct routing *routing)
{
	struct tagged *t = ctx;

	if (engine_has_routing(t->p->run.engine, routing))
		t->held++;
	else
		t->leftovers += t->p->alone;
}

uint32_t protocol_count_routing_leftovers(struct protocol *p)
{
	struct tagged t = { .p = p };

	io_routing_for_each_tagged(p->routing, count_tagged, &t);
	return t.leftovers;
}

uint32_t protocol_count_held_routings(struct protocol *p)
{
	struct tagged t = { .p = p };

	io_routing_for_each_tagged(p->routing, count_tagged, &t);
	return t.held;
}

static void add_leftover(void *ctx, const struct routing *routing)
{
	struct protocol *p = ctx;

	/* There is room: they were counted. */
	if (p->alone && !engine_has_routing(p->run.engine, routing))
		(void)engine_routing_leftover(p->run.engine, routing);
}

void protocol_add_routing_leftovers(struct protocol *p)
{
	io_routing_retell(p->routing);
	io_routing_for_each_tagged(p->routing, add_leftover, p);
}
