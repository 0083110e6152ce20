/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The answers to hooks are bounded by the requests, of which each notifier has one; results of checks are bounded here.
 */
#include "runner_link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loop.h"

struct waiting {
	struct waiting *next;
	struct message message;
	char text[];
};

struct runner_link {
	struct event_base *base;
	struct runner_link_handler handler;
	int fd;
	uint32_t generation;
	struct event *readable, *writable;
	struct waiting *first, **end;
	uint32_t checks; /* of those that wait */
	bool receiving;
	char buffer[MESSAGE_TEXT_MAX + 1];
};

static void drop_first(struct runner_link *l)
{
	struct waiting *w = l->first;

	l->first = w->next;
	if (!l->first)
		l->end = &l->first;
	l->checks -= w->message.kind == MESSAGE_CHECK;
	free(w);
}

static void disconnect(struct runner_link *l)
{
	if (l->fd < 0)
		return;
	loop_forget(&l->readable);
	loop_forget(&l->writable);
	close(l->fd);
	l->fd = -1;
	while (l->first)
		drop_first(l);
}

void runner_link_receive(struct runner_link *l)
{
	uint32_t generation = l->generation;
	struct message m;
	int status = 0;

	/* From inside a handler: whoever called it goes on when that has returned. */
	if (l->receiving)
		return;
	l->receiving = true;
	while (l->fd >= 0 && l->generation == generation &&
	       (status = channel_receive(l->fd, &m, l->buffer)) == 0) {
		l->handler.message(l->handler.ctx, &m);
		message_close_fds(&m);
	}
	l->receiving = false;
	if (status == -EPIPE && l->generation == generation) {
		disconnect(l);
		l->handler.gone(l->handler.ctx);
	}
}

static void on_readable(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	runner_link_receive(ctx);
}

static void flush(struct runner_link *l)
{
	int status = 0;

	while (l->first && status == 0) {
		status = channel_send(l->fd, &l->first->message);
		if (status == 0)
			drop_first(l);
	}
	/* Its end shows when reading. */
	if (l->first && status != -EPIPE)
		event_add(l->writable, NULL);
}

static void on_writable(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	flush(ctx);
}

bool runner_link_send(struct runner_link *l, const struct message *m)
{
	size_t len = m->text ? strlen(m->text) + 1 : 0;
	struct waiting *w;

	if (l->fd < 0 || (m->kind == MESSAGE_CHECK && l->checks == LINK_CHECKS_MAX))
		return false;
	w = malloc(sizeof(*w) + len);
	if (!w)
		return false;
	*w = (struct waiting){ .message = *m };
	if (m->text) {
		memcpy(w->text, m->text, len);
		w->message.text = w->text;
	}
	*l->end = w;
	l->end = &w->next;
	l->checks += m->kind == MESSAGE_CHECK;
	if (l->first == w)
		flush(l);
	return true;
}

int runner_link_connect(struct runner_link *l, int fd)
{
	disconnect(l);
	l->fd = fd;
	l->generation++;
	l->readable = loop_watch(l->base, fd, on_readable, l);
	l->writable = event_new(l->base, fd, EV_WRITE, on_writable, l);
	if (l->readable && l->writable)
		return 0;
	disconnect(l);
	return -ENOMEM;
}

bool runner_link_connected(const struct runner_link *l)
{
	return l->fd >= 0;
}

uint32_t runner_link_generation(const struct runner_link *l)
{
	return l->generation;
}

struct runner_link *runner_link_new(struct event_base *base,
				    const struct runner_link_handler *handler)
{
	struct runner_link *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->base = base;
	l->handler = *handler;
	l->fd = -1;
	l->end = &l->first;
	return l;
}

void runner_link_free(struct runner_link *l)
{
	if (!l)
		return;
	disconnect(l);
	free(l);
}
