/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's process events (the proc connector): who was born, changed its name or died. They are to be had in the initial namespaces
 * only, and nobody says so: where they work the kernel confirms it.
 */
#ifndef VRRPD_WATCH_PROCESS_EVENTS_H
#define VRRPD_WATCH_PROCESS_EVENTS_H

#include <sys/types.h>

#include <event2/event.h>

/* Processes, not their threads. */
struct process_events_handler {
	void *ctx;
	void (*work)(void *ctx); /* once: events are told from now on */
	void (*forked)(void *ctx, pid_t parent, pid_t child);
	void (*changed)(void *ctx, pid_t pid); /* executed something, or named itself */
	void (*exited)(void *ctx, pid_t pid);
	void (*overrun)(void *ctx); /* some were lost */
	void (*settled)(void *ctx); /* after the last event that was there */
};

struct process_events;

/* NULL: there are none. */
struct process_events *process_events_new(struct event_base *base,
					  const struct process_events_handler *handler);
void process_events_free(struct process_events *pe);

#endif
