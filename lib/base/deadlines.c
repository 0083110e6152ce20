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

/* Lets the item at `place` rise until its parent is earlier; where it is then. */
static uint32_t rise(struct deadlines *q, uint32_t place)
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
	return place;
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

/* Whatever stands at `place` goes to where it belongs, up or down. */
static void settle(struct deadlines *q, uint32_t place)
{
	if (rise(q, place) == place)
		sink(q, place);
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
	settle(q, hole);
}

/* Where an item with that deadline belongs, if anywhere. */
static void file(struct deadlines *q, uint32_t item)
{
	bool queued = q->place[item] != not_queued;

	if (instant_is_never(q->at[item])) {
		if (queued)
			take_out(q, item);
		return;
	}
	if (!queued)
		put(q, q->count++, item);
	settle(q, q->place[item]);
}

void deadlines_set(struct deadlines *q, uint32_t item, struct instant at)
{
	assert(item < q->n);
	if (q->at[item].us == at.us)
		return;
	q->at[item] = at;
	file(q, item);
	q->next = q->count > 0 ? q->at[q->heap[0]] : INSTANT_NEVER;
}

bool deadlines_due(const struct deadlines *q, struct instant now, uint32_t *ret_item)
{
	if (!instant_reached(deadlines_next(q), now))
		return false;
	*ret_item = q->heap[0];
	return true;
}
