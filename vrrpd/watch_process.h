/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many processes of a name there are. The kernel tells of each that begins or ends where it does (the proc connector: initial network
 * and process namespace); elsewhere those that were found are waited for, and new ones are looked for once a second.
 */
#ifndef VRRPD_WATCH_PROCESS_H
#define VRRPD_WATCH_PROCESS_H

#include <stdint.h>

#include <event2/event.h>

struct watch_process;

/*
 * number is as given to watch_process_add(). Called for each once at first, then when the count has changed. how: by which means it
 * is known.
 */
typedef void watch_process_report(void *ctx, uint32_t number, uint32_t count, const char *how);

/* NULL without memory. */
struct watch_process *watch_process_new(struct event_base *base, watch_process_report *report,
					void *ctx);
void watch_process_free(struct watch_process *w);

/* command: a name or a full command line; it must live as long as the watch. 0 or -ENOMEM. */
int watch_process_add(struct watch_process *w, uint32_t number, const char *command);

/* After the last one was added. */
void watch_process_begin(struct watch_process *w);

#endif
