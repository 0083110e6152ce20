/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A queue of deadlines for items numbered 0 to n-1, at most one each: a binary heap over arrays
 * that the caller owns. Setting, moving and dropping are O(log n), the next one O(1). Equal
 * deadlines come out in order of their number, so that every run is the same.
 */
#ifndef BASE_DEADLINES_H
#define BASE_DEADLINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"

struct deadlines {
	struct instant *at; /* [n] by item; INSTANT_NEVER when not queued */
	uint32_t *heap;     /* [n] items in heap order; `count` used */
	uint32_t *place;    /* [n] by item: its place in the heap, UINT32_MAX when not queued */
	uint32_t n;
	uint32_t count;
	struct instant
		next; /* the earliest of all, because that is asked far more often than changed */
};

/* The arrays must have n elements each and live as long as the queue; their content is set here. */
void deadlines_init(struct deadlines *q, uint32_t n, struct instant *at, uint32_t *heap,
		    uint32_t *place);

/* Sets or moves the item's deadline; INSTANT_NEVER takes it out. item < n. */
void deadlines_set(struct deadlines *q, uint32_t item, struct instant at);

/* The earliest deadline, or INSTANT_NEVER. */
static inline struct instant deadlines_next(const struct deadlines *q)
{
	return q->next;
}

/* The item of the earliest deadline if it is <= now: true and *ret_item; the item stays queued. */
bool deadlines_due(const struct deadlines *q, struct instant now, uint32_t *ret_item);

#endif
