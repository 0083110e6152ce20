/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sorted line. The order (time, sequence number) is total, so that every run is the same; a
 * simulated hour takes thousands of numbers and an episode far fewer than there are.
 */
#include "queue.h"

#include <assert.h>
#include <string.h>

static bool earlier(const struct happening *a, const struct happening *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->seq < b->seq;
}

void queue_add(struct queue *q, int64_t at_us, enum happening_kind kind, uint8_t router,
	       uint16_t what)
{
	struct happening h = { .at_us = at_us,
			       .seq = q->seq++,
			       .kind = (uint8_t)kind,
			       .router = router,
			       .what = what };
	uint32_t place = q->count++;

	assert(place < QUEUE_MAX);
	for (; place > 0 && earlier(&q->line[place - 1], &h); place--)
		q->line[place] = q->line[place - 1];
	q->line[place] = h;
}

struct happening queue_take_at(struct queue *q, uint32_t place)
{
	struct happening taken = q->line[place];

	q->count--;
	memmove(&q->line[place], &q->line[place + 1], (q->count - place) * sizeof(q->line[0]));
	return taken;
}

struct happening queue_take(struct queue *q)
{
	assert(q->count > 0);
	return q->line[--q->count];
}
