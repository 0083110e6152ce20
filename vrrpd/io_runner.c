/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One list of what waits, sent from its head. While a runner reads it is empty after each turn of the loop.
 */
#include "io_runner.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"

struct waiting {
	struct waiting *next;
	enum message_kind kind;
	uint32_t number, value;
	char text[];
};

struct io_runner {
	int fd;
	struct io_runner_handler handler;
	struct waiting *first, **end;
	uint32_t states; /* how many of those that wait are lines for the FIFO */
	bool states_lost;
	char buffer[MESSAGE_TEXT_MAX + 1];
};

int io_runner_open(struct io_runner **ret, const struct io_runner_handler *handler)
{
	struct io_runner *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->fd = -1;
	r->handler = *handler;
	r->end = &r->first;
	*ret = r;
	return 0;
}

static void drop_first(struct io_runner *r)
{
	struct waiting *w = r->first;

	r->first = w->next;
	if (!r->first)
		r->end = &r->first;
	r->states -= w->kind == MESSAGE_STATE;
	free(w);
}

void io_runner_close(struct io_runner *r, int wait_ms)
{
	struct pollfd writable = { .events = POLLOUT };

	if (!r)
		return;
	writable.fd = r->fd;
	while (io_runner_flush(r) == -EAGAIN && poll(&writable, 1, wait_ms) == 1)
		continue;
	while (r->first)
		drop_first(r);
	if (r->fd >= 0)
		close(r->fd);
	free(r);
}

/* What waits was meant for the one that is gone: its sender hears that it is lost, and asks again. */
static void disconnect(struct io_runner *r)
{
	if (r->fd < 0)
		return;
	close(r->fd);
	r->fd = -1;
	while (r->first)
		drop_first(r);
	r->handler.lost(r->handler.ctx);
}

void io_runner_connect(struct io_runner *r, int fd)
{
	disconnect(r);
	r->fd = fd;
	r->states_lost = false;
	r->handler.states_wanted(r->handler.ctx);
}

static void hand_on(struct io_runner *r, const struct message *m)
{
	void *ctx = r->handler.ctx;
	char *why;

	switch ((enum message_kind)m->kind) {
	case MESSAGE_CHECK:
		if (m->number % CHECK_MESSAGE_KINDS >= CHECK_KIND_COUNT_)
			return;
		why = strchr(m->text, '\n');
		if (why)
			*why++ = '\0';
		r->handler.check(ctx, (enum check_kind)(m->number % CHECK_MESSAGE_KINDS),
				 m->number / CHECK_MESSAGE_KINDS, m->text, (int32_t)m->value,
				 why && *why ? why : NULL);
		return;
	case MESSAGE_HOOK_SUCCEEDED:
	case MESSAGE_HOOK_FAILED:
		r->handler.hook_result(ctx, m->number, m->kind == MESSAGE_HOOK_FAILED, m->value,
				       m->text);
		return;
	case MESSAGE_HOOKS_DONE:
		r->handler.hooks_done(ctx, m->number);
		return;
	case MESSAGE_SETUP:
	case MESSAGE_CONFIGURE:
	case MESSAGE_REFUSED:
	case MESSAGE_STOP:
	case MESSAGE_PREVIEW:
	case MESSAGE_PING:
	case MESSAGE_PONG:
	case MESSAGE_HANDOVER:
	case MESSAGE_WEB:
	case MESSAGE_GO:
	case MESSAGE_NOTE:
	case MESSAGE_FILES:
	case MESSAGE_STANDBY:
	case MESSAGE_UPGRADE:
	case MESSAGE_RUNNER:
	case MESSAGE_READY:
	case MESSAGE_CONFIGURED:
	case MESSAGE_RELOAD:
	case MESSAGE_STATE:
	case MESSAGE_HOOKS:
		/* Not the runner's to say. */
		return;
	}
}

bool io_runner_readable(struct io_runner *r)
{
	struct message m;
	int status = 0;

	for (int i = 0; i < RUNNER_READS && r->fd >= 0; i++) {
		status = channel_receive(r->fd, &m, r->buffer);
		if (status == -EBADMSG)
			continue;
		if (status != 0)
			break;
		message_close_fds(&m);
		hand_on(r, &m);
	}
	if (status == -EPIPE)
		disconnect(r);
	return status == 0 && r->fd >= 0;
}

static void queue(struct io_runner *r, enum message_kind kind, uint32_t number, uint32_t value,
		  const char *text)
{
	size_t len = strlen(text) + 1;
	struct waiting *w = malloc(sizeof(*w) + len);

	if (!w) {
		/* As with a runner that died: nobody will run it. A state comes with the next telling of all. */
		r->states_lost = true;
		if (kind == MESSAGE_HOOKS)
			disconnect(r);
		return;
	}
	*w = (struct waiting){ .kind = kind, .number = number, .value = value };
	memcpy(w->text, text, len);
	*r->end = w;
	r->end = &w->next;
	r->states += kind == MESSAGE_STATE;
}

void io_runner_state(struct io_runner *r, const char *line)
{
	/* A runner that comes asks for all of them. */
	if (r->fd < 0)
		return;
	if (r->states == RUNNER_STATES_MAX)
		r->states_lost = true;
	else
		queue(r, MESSAGE_STATE, 0, 0, line);
}

void io_runner_hooks(struct io_runner *r, uint32_t token, uint32_t notifier,
		     const char *environment)
{
	queue(r, MESSAGE_HOOKS, token, notifier, environment);
}

void io_runner_hand_over(struct io_runner *r)
{
	queue(r, MESSAGE_HANDOVER, 0, 0, "");
}

int io_runner_flush(struct io_runner *r)
{
	while (r->first && r->fd >= 0) {
		struct message m = message_of(r->first->kind, r->first->number);
		int status;

		m.value = r->first->value;
		m.text = r->first->text;
		status = channel_send(r->fd, &m);
		if (status == -EAGAIN || status == -ENOBUFS || status == -ENOMEM)
			return -EAGAIN;
		if (status != 0) {
			/* What it said last can still be read; its end shows there. */
			return 0;
		}
		drop_first(r);
	}
	if (r->states_lost && r->fd >= 0) {
		r->states_lost = false;
		r->handler.states_wanted(r->handler.ctx);
		return r->first ? -EAGAIN : 0;
	}
	return 0;
}
