/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * notify-fifo: a line for each change of state, in the form that keepalived's readers know. Nobody is waited for: while no one reads, or
 * not fast enough, the last state of each is kept, and a reader that comes is told them all.
 */
#ifndef VRRPD_FIFO_H
#define VRRPD_FIFO_H

#include <event2/event.h>

struct fifo;

/* Makes the FIFO, readable by that user, where there is none. NULL without memory. The path is copied. */
struct fifo *fifo_new(struct event_base *base, const char *path, const char *owner);
void fifo_free(struct fifo *f);

const char *fifo_path(const struct fifo *f);

/* INSTANCE "web" MASTER 150: the type and name are who it is about. The same as before is not written again. */
void fifo_state(struct fifo *f, const char *line);

/* Whether someone is still there to be told of: those for whom keep() says no are forgotten. who: INSTANCE "web" */
void fifo_forget(struct fifo *f, int (*keep)(void *ctx, const char *who), void *ctx);

#endif
