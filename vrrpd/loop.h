/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What both processes need of libevent besides libevent: its words in our log, its end as ours, and watching that is known to have
 * begun.
 */
#ifndef VRRPD_LOOP_H
#define VRRPD_LOOP_H

#include <event2/event.h>

/*
 * Before the first base is made. From then on libevent's warnings go to our log, which never waits, instead of to stderr; and what it
 * cannot go on without ends the process with EXIT_INTERNAL.
 */
void loop_prepare(void);

/* Watches a descriptor for reading, or a signal, from now on and for good; NULL if that cannot be had. */
struct event *loop_watch(struct event_base *base, int fd, event_callback_fn callback, void *ctx);
struct event *loop_watch_signal(struct event_base *base, int number, event_callback_fn callback,
				void *ctx);

/* Frees an event, which may be NULL, and leaves NULL in its place: what it watched or waited for is of no interest any more. */
void loop_forget(struct event **ev);

#endif
