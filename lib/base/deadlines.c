/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A binary heap that knows where each of its items stands, so that a deadline can be moved where it
 * is instead of being left behind as a stale entry. Every advertisement that arrives moves one; the
 * order (deadline, item number) is total, so there is only one order in which they can come out.
 */
#include "base/deadlines.h"

#include <assert.h>

static const uint32_t not_queued = UINT32_MAX;

void deadlines_init(struct deadlines *q, uint32_t n, struct instant *at, uint32_t *heap,
		    uint32_t *place)
{
	*q = (struct deadlines){
		.at = at, .heap = heap, .place = place, .n = n, .next = INSTANT_NEVER
	};
	for (uint32_t i = 0; i < n; i++) {
		at[i] = INSTANT_NEVER;
		heap[i] = 0;
		place[i] = not_queued;
	}
}

static bool earlier(const struct deadlines *q, uint32_t a, uint32_t b)
{
	if (q->at[a].us != q->at[b].us)
		return q->at[a].us < q->at[b].us;
	return a < b;
}

static void put(struct deadlines *q, uint32_t place, uint32_t item)
{
	q->heap[place] = item;
	q->place[item] = place;
}

/* Lets the item at `place` rise until its parent is earlier. */
static void rise(struct deadlines *q, uint32_t place)
{
	uint32_t item = q->heap[place];

	while (place > 0) {
		uint32_t parent = (place - 1) / 2;

		if (!earlier(q, item, q->heap[parent]))
			break;
		put(q, place, q->heap[parent]);
		place = parent;
	}
	put(q, place, item);
}

/* Lets the item at `place` sink until both its children are later. */
static void sink(struct deadlines *q, uint32_t place)
{
	uint32_t item = q->heap[place];

	for (;;) {
		uint32_t child = 2 * place + 1;

		if (child >= q->count)
			break;
		if (child + 1 < q->count && earlier(q, q->heap[child + 1], q->heap[child]))
			child++;
		if (!earlier(q, q->heap[child], item))
			break;
		put(q, place, q->heap[child]);
		place = child;
	}
	put(q, place, item);
}

/* The last item of the heap fills the hole. */
static void take_out(struct deadlines *q, uint32_t item)
{
	uint32_t hole = q->place[item];
	uint32_t last = q->heap[--q->count];

	q->place[item] = not_queued;
	if (last == item)
		return;
	put(q, hole, last);
	rise(q, hole);
	sink(q, q->place[last]);
}

void deadlines_set(struct deadlines *q, uint32_t item, struct instant at)
{
	struct instant was;

	assert(item < q->n);
	was = q->at[item];
	if (was.us == at.us)
		return;
	q->at[item] = at;
	if (instant_is_never(at)) {
		take_out(q, item);
	} else if (instant_is_never(was)) {
		put(q, q->count++, item);
		rise(q, q->place[item]);
	} else if (instant_before(at, was)) {
		rise(q, q->place[item]);
	} else {
		sink(q, q->place[item]);
	}
	q->next = q->count > 0 ? q->at[q->heap[0]] : INSTANT_NEVER;
}

bool deadlines_due(const struct deadlines *q, struct instant now, uint32_t *ret_item)
{
	if (!instant_reached(deadlines_next(q), now))
		return false;
	*ret_item = q->heap[0];
	return true;
}
