/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * event_add() is where the kernel is asked, so an event that was made is not yet one that is watched: what both do in one step
 * cannot be half done.
 */
#include "loop.h"

#include <stdlib.h>

#include "log.h"
#include "role.h"

static void on_words(int severity, const char *text)
{
	if (severity == EVENT_LOG_ERR)
		log_line(LOG_LEVEL_ERROR, "cannot go on: %s", text);
	else if (severity == EVENT_LOG_WARN)
		log_line(LOG_LEVEL_WARNING, "event loop: %s", text);
}

static void on_fatal(int error)
{
	(void)error;
	exit(EXIT_INTERNAL);
}

void loop_prepare(void)
{
	event_set_log_callback(on_words);
	event_set_fatal_callback(on_fatal);
}

static struct event *added(struct event *ev)
{
	if (ev && event_add(ev, NULL) != 0) {
		event_free(ev);
		return NULL;
	}
	return ev;
}

struct event *loop_watch(struct event_base *base, int fd, event_callback_fn callback, void *ctx)
{
	return added(event_new(base, fd, EV_READ | EV_PERSIST, callback, ctx));
}

struct event *loop_watch_signal(struct event_base *base, int number, event_callback_fn callback,
				void *ctx)
{
	return added(event_new(base, number, EV_SIGNAL | EV_PERSIST, callback, ctx));
}

void loop_forget(struct event **ev)
{
	if (*ev)
		event_free(*ev);
	*ev = NULL;
}
