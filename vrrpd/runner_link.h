/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runner's way to the protocol process. What is to be told waits in order while that one does not read; what it asked for is
 * handed on. A protocol process that is gone has a successor, which is another one: its numbers mean other things.
 */
#ifndef VRRPD_RUNNER_LINK_H
#define VRRPD_RUNNER_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "channel.h"

enum {
	LINK_CHECKS_MAX =
		16384, /* results of checks that wait; more are not told, and found missing later */
};

struct runner_link_handler {
	void *ctx;
	void (*message)(void *ctx, struct message *m);
	void (*gone)(void *ctx);
};

struct runner_link;

struct runner_link *runner_link_new(struct event_base *base,
				    const struct runner_link_handler *handler);
void runner_link_free(struct runner_link *l);

/* A protocol process is at the other end of fd, which is ours from now on. 0, or -ENOMEM: nobody is connected. */
int runner_link_connect(struct runner_link *l, int fd);
bool runner_link_connected(const struct runner_link *l);
/* Which protocol process it is, counted from 1. */
uint32_t runner_link_generation(const struct runner_link *l);

/* Hands on all that has arrived. */
void runner_link_receive(struct runner_link *l);

/* Tells the protocol process, sooner or later. False: it is not there, or too much waits already (MESSAGE_CHECK only). */
bool runner_link_send(struct runner_link *l, const struct message *m);

#endif
