/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is going to happen, by time; at equal times in the order in which it was arranged. A line in
 * a fixed array, the next one last: what is arranged is to happen soon nearly always, and so finds its place after a few steps.
 */
#ifndef SIM_QUEUE_H
#define SIM_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	QUEUE_MAX = 8192
};

enum happening_kind {
	HAPPENS_PACKET, /* `what`: the packet's number, `router`: who may receive it */
	HAPPENS_KERNEL, /* the oldest message of the router's kernel can be read */
	HAPPENS_BOOT,   /* the router's process starts; `what`: with records or without */
	HAPPENS_RESUME, /* its process may run again */
	HAPPENS_SCRIPT, /* the script's first result; `what`: of which boot */
	HAPPENS_HOOKS,  /* hooks that were called have run; `what`: see agents.c */
};

struct happening {
	int64_t at_us;
	uint32_t seq; /* of equal times the one arranged first */
	uint8_t kind;
	uint8_t router;
	uint16_t what;
};

struct queue {
	uint32_t count;
	uint32_t seq;
	struct happening line[QUEUE_MAX];
};

/* The queue must not be full. */
void queue_add(struct queue *q, int64_t at_us, enum happening_kind kind, uint8_t router,
	       uint16_t what);

/* Takes the next one out; the queue must not be empty. */
struct happening queue_take(struct queue *q);

/* Takes out the one at that place of the line, whatever it is. */
struct happening queue_take_at(struct queue *q, uint32_t place);

/* When the next one happens; INT64_MAX for never. */
static inline int64_t queue_next_us(const struct queue *q)
{
	return q->count > 0 ? q->line[q->count - 1].at_us : INT64_MAX;
}

#endif
