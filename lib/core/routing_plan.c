/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * As in plan.c an entry may stand in the work list without having work; that is decided when it is taken out.
 */
#include <errno.h>

#include "core/routing_plan.h"

void routing_plan_init(struct routing_plan *p, uint32_t cap, struct routing_entry *entries,
		       uint32_t *work, uint32_t *heads, uint32_t *chain)
{
	*p = (struct routing_plan){ .entries = entries, .retry_at = INSTANT_NEVER };
	worklist_init(&p->work, cap, work);
	index_init(&p->by_key, cap, heads, chain);
}

uint32_t routing_plan_add(struct routing_plan *p, const struct routing *what, uint32_t vrouter)
{
	uint32_t number = p->count++;

	p->entries[number] = (struct routing_entry){
		.what = what,
		.vrouter = vrouter,
		.retry_at = INSTANT_NEVER,
	};
	index_insert(&p->by_key, routing_hash(what), number);
	return number;
}

uint32_t routing_plan_find(const struct routing_plan *p, const struct routing *what)
{
	uint32_t i = index_first(&p->by_key, routing_hash(what));

	while (i != INDEX_NONE && !routing_same_key(p->entries[i].what, what))
		i = index_next(&p->by_key, i);
	return i;
}

void routing_plan_forget(struct routing_plan *p, uint32_t entry)
{
	index_remove(&p->by_key, routing_hash(p->entries[entry].what), entry);
}

void routing_plan_place(struct routing_plan *p, uint32_t entry)
{
	struct routing_entry *r = &p->entries[entry];

	*r = (struct routing_entry){
		.what = r->what,
		.vrouter = r->vrouter,
		.retry_at = INSTANT_NEVER,
	};
	index_insert(&p->by_key, routing_hash(r->what), entry);
}

void routing_plan_want(struct routing_plan *p, uint32_t entry, bool wanted)
{
	struct routing_entry *r = &p->entries[entry];

	if (r->wanted == wanted)
		return;
	r->wanted = wanted;
	r->ready = false;
	r->failures = 0;
	r->lost = false;
	r->losses = 0;
	r->retry_at = INSTANT_NEVER;
	worklist_add(&p->work, entry);
}

void routing_plan_ready(struct routing_plan *p, uint32_t entry)
{
	p->entries[entry].ready = true;
	worklist_add(&p->work, entry);
}

void routing_plan_spare(struct routing_plan *p, uint32_t entry, struct instant until)
{
	p->entries[entry].retry_at = until;
	p->retry_at = instant_min(p->retry_at, until);
}

/* Somebody removed what we want here; where he goes on doing so it comes back more slowly. */
static void lose(struct routing_plan *p, uint32_t entry, struct instant now)
{
	struct routing_entry *r = &p->entries[entry];

	if (!instant_before(now, instant_add(r->added_at, span_ms(PLAN_LOST_AGAIN_MS))))
		r->losses = 0;
	r->lost = true;
	if (r->losses < UINT8_MAX)
		r->losses++;
	if (r->losses > ROUTING_LOSSES_MAX)
		routing_plan_spare(p, entry, instant_add(now, span_ms(PLAN_LOST_AGAIN_MS)));
}

static uint8_t protocol_of(const struct routing *r)
{
	return r->kind == ROUTING_ROUTE ? r->route.protocol : r->rule.protocol;
}

void routing_plan_observe(struct routing_plan *p, uint32_t entry, const struct routing *there,
			  bool present, struct instant now)
{
	struct routing_entry *r = &p->entries[entry];
	bool was_ours = r->there == SLOT_OURS;
	uint8_t protocol = protocol_of(there);
	bool ours = present && (protocol == protocol_of(r->what) || protocol == ROUTING_PROTOCOL);

	r->there = !present ? SLOT_ABSENT : ours ? SLOT_OURS : SLOT_FOREIGN;
	/* What was in the way has gone. */
	if (!present && r->failures != 0)
		r->retry_at = INSTANT_NEVER;
	if (r->flight == SLOT_IDLE)
		r->outdated = !routing_serves(there, r->what);
	if (r->wanted && r->flight != SLOT_REMOVING && was_ours && !ours)
		lose(p, entry, now);
	worklist_add(&p->work, entry);
}

bool routing_plan_answer(struct routing_plan *p, uint32_t entry, bool removal, int error,
			 struct instant now)
{
	struct routing_entry *r = &p->entries[entry];
	struct span wait = span_ms(PLAN_RETRY_FIRST_MS);

	if (r->flight != (removal ? SLOT_REMOVING : SLOT_ADDING))
		return false;
	r->flight = SLOT_IDLE;
	p->in_flight--;
	worklist_add(&p->work, entry);
	if (error == 0) {
		r->there = removal ? SLOT_ABSENT : SLOT_OURS;
		r->failures = 0;
		if (!removal)
			r->added_at = now;
		return true;
	}
	/* Where the answer was lost, what was added may be there, and what was removed may not. */
	if (!removal && error == ENOBUFS && r->there == SLOT_ABSENT)
		r->there = SLOT_OURS;
	/* Nor may what could not be replaced: where it is wanted, it is replaced. */
	if (!removal || error == ENOBUFS)
		r->outdated = true;
	/* A refusal of what is not wanted any more is none, and shortens no wait. */
	if (r->wanted == removal)
		return true;
	for (uint8_t i = 0; i < r->failures; i++)
		wait = span_min(span_times(wait, 4), span_ms(PLAN_RETRY_MAX_MS));
	if (r->failures < UINT8_MAX)
		r->failures++;
	routing_plan_spare(p, entry, instant_add(now, wait));
	return true;
}

/* What is to be done for this entry now, if anything. */
static bool needs(const struct routing_entry *r, enum routing_change *ret)
{
	if (r->flight != SLOT_IDLE || !instant_is_never(r->retry_at))
		return false;
	if (!r->wanted) {
		*ret = ROUTING_REMOVE;
		return r->there == SLOT_OURS;
	}
	*ret = r->there == SLOT_OURS ? ROUTING_REPLACE : ROUTING_ADD;
	return r->ready && (r->there != SLOT_OURS || r->outdated);
}

bool routing_plan_next(struct routing_plan *p, uint32_t *ret_entry, enum routing_change *ret)
{
	uint32_t number;

	if (p->in_flight >= ROUTING_IN_FLIGHT_MAX)
		return false;
	while (worklist_take(&p->work, &number)) {
		struct routing_entry *r = &p->entries[number];

		if (!needs(r, ret))
			continue;
		r->flight = *ret == ROUTING_REMOVE ? SLOT_REMOVING : SLOT_ADDING;
		if (r->flight == SLOT_ADDING)
			r->outdated = false; /* asked for as it is wanted now */
		p->in_flight++;
		*ret_entry = number;
		return true;
	}
	return false;
}

void routing_plan_hurry(struct routing_plan *p)
{
	if (instant_is_never(p->retry_at))
		return;
	p->retry_at = INSTANT_NEVER;
	for (uint32_t i = 0; i < p->count; i++) {
		struct routing_entry *r = &p->entries[i];

		/* One that lingers for a virtual router that is no more, or comes back slowly, was not refused. */
		if (r->failures != 0) {
			r->retry_at = INSTANT_NEVER;
			worklist_add(&p->work, i);
		}
		p->retry_at = instant_min(p->retry_at, r->retry_at);
	}
}

void routing_plan_tick(struct routing_plan *p, struct instant now)
{
	if (!instant_reached(p->retry_at, now))
		return;
	p->retry_at = INSTANT_NEVER;
	for (uint32_t i = 0; i < p->count; i++) {
		struct routing_entry *r = &p->entries[i];

		if (instant_reached(r->retry_at, now)) {
			r->retry_at = INSTANT_NEVER;
			worklist_add(&p->work, i);
		}
		p->retry_at = instant_min(p->retry_at, r->retry_at);
	}
}

bool routing_entry_gone(const struct routing_entry *r)
{
	return r->there != SLOT_OURS && r->flight == SLOT_IDLE;
}

bool routing_entry_done(const struct routing_entry *r)
{
	return !r->wanted && routing_entry_gone(r);
}

bool routing_entry_settled(const struct routing_entry *r, struct instant now)
{
	if (r->flight != SLOT_IDLE)
		return false;
	if (r->failures != 0)
		return !instant_reached(r->retry_at, now);
	return r->wanted ? r->there == SLOT_OURS && !r->outdated : routing_entry_done(r);
}
