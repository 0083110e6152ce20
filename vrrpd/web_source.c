/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One question after the other on one connection: all instances, what was counted (a page at a time), the last events. When the last
 * reply is there, everybody who waits is answered.
 */
#include "web_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "clock.h"
#include "log.h"
#include "view/openmetrics.h"

enum question {
	QUESTION_NONE, /* nobody waits */
	QUESTION_SHOW,
	QUESTION_TALLY,
	QUESTION_EVENTS,
};

struct web_source {
	struct event_base *base;
	struct bufferevent *bev; /* NULL: no way to the protocol process */
	struct event *patience;
	void (*lost)(void *ctx);
	void *ctx;
	enum question question; /* not answered yet */
	json_t *show, *tally, *events;
	int64_t made_ms; /* when they were complete; 0: they are not */
	struct web_waiter *waiters;
};

static void drop_answer(struct web_source *s)
{
	json_decref(s->show);
	json_decref(s->tally);
	json_decref(s->events);
	s->show = s->tally = s->events = NULL;
	s->made_ms = 0;
}

/* Whoever is answered may ask again at once, and then waits for the next answer. */
static void answer_all(struct web_source *s)
{
	struct web_answer answer = { .show = s->show, .tally = s->tally, .events = s->events };
	struct web_waiter *w = s->waiters;

	s->waiters = NULL;
	while (w) {
		struct web_waiter *next = w->next;

		w->answer(w, &answer);
		w = next;
	}
}

static void disconnect(struct web_source *s)
{
	bufferevent_free(s->bev);
	s->bev = NULL;
	event_del(s->patience);
	s->question = QUESTION_NONE;
	drop_answer(s);
	answer_all(s);
	s->lost(s->ctx);
}

static void ask(struct web_source *s, enum question question, json_int_t from)
{
	struct evbuffer *out = bufferevent_get_output(s->bev);

	s->question = question;
	switch (question) {
	case QUESTION_NONE:
		break; /* there is nothing to ask */
	case QUESTION_SHOW:
		evbuffer_add_printf(out, "{\"command\": \"show\"}\n");
		break;
	case QUESTION_TALLY:
		evbuffer_add_printf(out, "{\"command\": \"metrics\", \"from\": %lld}\n",
				    (long long)from);
		break;
	case QUESTION_EVENTS:
		evbuffer_add_printf(out, "{\"command\": \"events\", \"last\": %d}\n", WEB_EVENTS);
		break;
	}
}

/* Takes up a reply, and asks on. */
static void take_up(struct web_source *s, json_t *result)
{
	json_int_t from;

	switch (s->question) {
	case QUESTION_NONE:
		json_decref(result); /* it says something of its own accord */
		return;
	case QUESTION_SHOW:
		s->show = result;
		ask(s, QUESTION_TALLY, 0);
		return;
	case QUESTION_TALLY:
		from = view_tally_merge(&s->tally, result);
		if (from >= 0)
			ask(s, QUESTION_TALLY, from);
		else
			ask(s, QUESTION_EVENTS, 0);
		return;
	case QUESTION_EVENTS:
		s->events = result;
		s->question = QUESTION_NONE;
		s->made_ms = clock_now_ms();
		event_del(s->patience);
		answer_all(s);
		return;
	}
}

static void on_line(struct web_source *s, const char *line, size_t len)
{
	json_t *reply = json_loadb(line, len, 0, NULL);
	json_t *result = json_object_get(reply, "result");

	if (result) {
		take_up(s, json_incref(result));
	} else {
		log_line(LOG_LEVEL_WARNING, "web: the protocol process answers: %.*s",
			 len > 200 ? 200 : (int)len, line);
		disconnect(s);
	}
	json_decref(reply);
}

static void on_readable(struct bufferevent *bev, void *ctx)
{
	struct web_source *s = ctx;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t len;
	char *line;

	while (s->bev && (line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF))) {
		on_line(s, line, len);
		free(line);
	}
}

static void on_end(struct bufferevent *bev, short what, void *ctx)
{
	(void)bev;
	(void)what;
	disconnect(ctx);
}

static void on_no_answer(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	log_line(LOG_LEVEL_WARNING, "web: the protocol process does not answer");
	disconnect(ctx);
}

bool web_source_connected(const struct web_source *s)
{
	return s->bev != NULL;
}

void web_source_connect(struct web_source *s, int fd)
{
	if (s->bev)
		disconnect(s);
	s->bev = evutil_make_socket_nonblocking(fd) == 0
			 ? bufferevent_socket_new(s->base, fd, BEV_OPT_CLOSE_ON_FREE)
			 : NULL;
	if (!s->bev) {
		close(fd);
		return;
	}
	bufferevent_setcb(s->bev, on_readable, NULL, on_end, s);
	bufferevent_enable(s->bev, EV_READ | EV_WRITE);
}

void web_source_ask(struct web_source *s, struct web_waiter *w)
{
	static const struct timeval patience = { .tv_sec = WEB_PATIENCE_MS / 1000 };
	struct web_answer answer = { 0 };

	if (s->made_ms != 0 && clock_now_ms() - s->made_ms < WEB_FRESH_MS)
		answer = (struct web_answer){ s->show, s->tally, s->events };
	if (answer.show || !s->bev) {
		w->answer(w, &answer);
		return;
	}
	w->next = s->waiters;
	s->waiters = w;
	if (s->question != QUESTION_NONE)
		return;
	drop_answer(s);
	event_add(s->patience, &patience);
	ask(s, QUESTION_SHOW, 0);
}

void web_source_forget(struct web_source *s, struct web_waiter *w)
{
	struct web_waiter **at = &s->waiters;

	while (*at && *at != w)
		at = &(*at)->next;
	if (*at)
		*at = w->next;
}

struct web_source *web_source_new(struct event_base *base, void (*lost)(void *ctx), void *ctx)
{
	struct web_source *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->base = base;
	s->lost = lost;
	s->ctx = ctx;
	s->patience = evtimer_new(base, on_no_answer, s);
	if (!s->patience) {
		free(s);
		return NULL;
	}
	return s;
}

void web_source_free(struct web_source *s)
{
	if (!s)
		return;
	if (s->bev)
		bufferevent_free(s->bev);
	event_free(s->patience);
	drop_answer(s);
	free(s);
}
