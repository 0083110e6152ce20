/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Searched from end to end, as the limiter is: both are only asked where something is wrong, and a flood of it costs the same each.
 */
#include "core/conflicts.h"

static bool goes_on(const struct conflict_seen *one, struct instant now, struct span interval)
{
	struct span longest = span_max(span_s(CONFLICT_GOES_ON_S), span_times(interval, 3));

	return instant_diff(now, one->last).us < longest.us;
}

static struct conflict_seen *find(struct conflicts *c, uint32_t vrouter, enum conflict kind,
				  struct ip_addr sender)
{
	for (uint32_t i = 0; i < c->count; i++) {
		struct conflict_seen *one = &c->table[i];

		if (one->vrouter == vrouter && one->kind == kind && ip_equal(one->sender, sender))
			return one;
	}
	return NULL;
}

/* The place of one that does not go on, or one more. */
static struct conflict_seen *find_room(struct conflicts *c, struct instant now)
{
	for (uint32_t i = 0; i < c->count; i++) {
		struct conflict_seen *one = &c->table[i];

		if (!one->waits && !goes_on(one, now, span_us(0)))
			return one;
	}
	return c->count < CONFLICTS_MAX ? &c->table[c->count++] : NULL;
}

struct conflict_seen *conflicts_note(struct conflicts *c, struct instant now, int64_t wall_us,
				     uint32_t vrouter, enum conflict kind, struct ip_addr sender)
{
	struct conflict_seen *one = find(c, vrouter, kind, sender);

	if (!one) {
		one = find_room(c, now);
		if (!one)
			return NULL;
		*one = (struct conflict_seen){
			.vrouter = vrouter,
			.kind = kind,
			.sender = sender,
			.first_wall_us = wall_us,
		};
	}
	one->count++;
	one->last = now;
	one->last_wall_us = wall_us;
	return one;
}

/* Of those that wait: it is asked for with each step, and changes with few. */
static void find_earliest(struct conflicts *c)
{
	c->tell_at = INSTANT_NEVER;
	for (uint32_t i = 0; i < c->count; i++) {
		if (c->table[i].waits)
			c->tell_at = instant_min(c->tell_at, c->table[i].tell_at);
	}
}

void conflicts_wait(struct conflicts *c, struct conflict_seen *one, int32_t ifindex,
		    struct instant now)
{
	one->waits = one->asks = true;
	one->ifindex = ifindex;
	one->tell_at = instant_add(now, span_ms(CONFLICT_WAIT_MS));
	find_earliest(c);
}

static struct conflict_seen *wait_no_more(struct conflicts *c, struct conflict_seen *one)
{
	one->waits = one->asks = false;
	find_earliest(c);
	return one;
}

/* The first one at or after *place that waits, and *place behind it; mostly there is none. */
static const struct conflict_seen *next_waiting(const struct conflicts *c, uint32_t *place)
{
	while (!instant_is_never(c->tell_at) && *place < c->count) {
		const struct conflict_seen *one = &c->table[(*place)++];

		if (one->waits)
			return one;
	}
	return NULL;
}

struct conflict_seen *conflicts_take_asking(struct conflicts *c)
{
	const struct conflict_seen *one;
	uint32_t place = 0;

	while ((one = next_waiting(c, &place))) {
		if (one->asks) {
			c->table[place - 1].asks = false;
			return &c->table[place - 1];
		}
	}
	return NULL;
}

struct conflict_seen *conflicts_answered(struct conflicts *c, int32_t ifindex,
					 struct ip_addr sender)
{
	const struct conflict_seen *one;
	uint32_t place = 0;

	while ((one = next_waiting(c, &place))) {
		if (one->ifindex == ifindex && ip_equal(one->sender, sender))
			return wait_no_more(c, &c->table[place - 1]);
	}
	return NULL;
}

struct conflict_seen *conflicts_due(struct conflicts *c, struct instant now)
{
	const struct conflict_seen *one;
	uint32_t place = 0;

	while ((one = next_waiting(c, &place))) {
		if (instant_reached(one->tell_at, now))
			return wait_no_more(c, &c->table[place - 1]);
	}
	return NULL;
}

const struct conflict_seen *conflicts_next(const struct conflicts *c, uint32_t vrouter,
					   struct instant now, struct span interval,
					   uint32_t *place)
{
	while (*place < c->count) {
		const struct conflict_seen *one = &c->table[(*place)++];

		if (one->vrouter == vrouter && goes_on(one, now, interval))
			return one;
	}
	return NULL;
}
