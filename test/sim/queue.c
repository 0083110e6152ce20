/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plain heap. The order (time, sequence number) is total, so that every run is the same; a
 * simulated hour takes thousands of numbers and an episode far fewer than there are.
 */
#include "queue.h"

#include <assert.h>

static bool earlier(const struct happening *a, const struct happening *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->seq < b->seq;
}

static void rise(struct queue *q, uint32_t place, struct happening h)
{
	while (place > 0 && earlier(&h, &q->heap[(place - 1) / 2])) {
		q->heap[place] = q->heap[(place - 1) / 2];
		place = (place - 1) / 2;
	}
	q->heap[place] = h;
}

static void sink(struct queue *q, uint32_t place, struct happening h)
{
	for (;;) {
		uint32_t child = 2 * place + 1;

		if (child >= q->count)
			break;
		if (child + 1 < q->count && earlier(&q->heap[child + 1], &q->heap[child]))
			child++;
		if (!earlier(&q->heap[child], &h))
			break;
		q->heap[place] = q->heap[child];
		place = child;
	}
	q->heap[place] = h;
}

void queue_add(struct queue *q, int64_t at_us, enum happening_kind kind, uint8_t router,
	       uint16_t what)
{
	struct happening h = { .at_us = at_us,
			       .seq = q->seq++,
			       .kind = (uint8_t)kind,
			       .router = router,
			       .what = what };

	assert(q->count < QUEUE_MAX);
	rise(q, q->count++, h);
}

struct happening queue_take_at(struct queue *q, uint32_t place)
{
	struct happening taken = q->heap[place];
	struct happening last = q->heap[--q->count];

	if (place == q->count)
		return taken;
	if (place > 0 && earlier(&last, &q->heap[(place - 1) / 2]))
		rise(q, place, last);
	else
		sink(q, place, last);
	return taken;
}

struct happening queue_take(struct queue *q)
{
	assert(q->count > 0);
	return queue_take_at(q, 0);
}
