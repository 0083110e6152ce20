/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes and rules of virtual routers: they come after the addresses, since a route may have one of these as its source or need the network
 * that comes with it, and go with them. Unlike an address none is worth giving mastership up for: what the kernel refuses is told, and
 * tried again.
 */
#include <errno.h>
#include <stdio.h>

#include "core/engine_internal.h"

/* Entries that were refused this often in a row are no longer waited for at the end. */
enum {
	ROUTING_FAILURES_MAX = 3
};

/* What the limiter tells routes and rules apart by: their destination. */
static struct ip_addr subject_of(const struct routing *r)
{
	return r->kind == ROUTING_ROUTE ? r->route.dst : r->rule.from;
}

static void tell(struct engine *e, const struct routing_entry *r, enum routing_event what,
		 int error)
{
	struct history_event event = {
		.kind = HISTORY_ROUTING,
		.at = e->now,
		.wall_us = e->wall_us,
	};
	char text[ROUTING_TEXT_MAX];
	struct complaint c;

	if (!engine_may_complain(e, &e->kernel, r->vrouter, SUBJECT_ROUTING + what,
				 subject_of(r->what), &c))
		return;
	if (r->vrouter != PLAN_NO_VROUTER)
		event = engine_event_of(e, r->vrouter, HISTORY_ROUTING);
	event.code = (int32_t)what;
	event.error = error;
	if (c.verdict != LIMITER_SPEAK_OTHERS)
		snprintf(event.text, sizeof(event.text), "%s %.200s",
			 routing_kind_name((enum routing_kind)r->what->kind),
			 routing_text(r->what, text));
	engine_complain(e, &c, &event);
}

/* Hooks may be waiting for it. */
static void wake_hooks(struct engine *e, const struct routing_entry *r)
{
	if (r->vrouter != PLAN_NO_VROUTER)
		engine_wake_notifiers(e, &e->members[r->vrouter]);
}

void engine_on_routing(struct engine *e, const struct event_routing *in)
{
	uint32_t i = routing_plan_find(&e->routing, in->routing);

	if (i == INDEX_NONE)
		return;
	routing_plan_observe(&e->routing, i, in->routing, in->present, e->now);
	wake_hooks(e, &e->routing.entries[i]);
}

void engine_on_routing_done(struct engine *e, const struct event_routing *in)
{
	uint32_t i = routing_plan_find(&e->routing, in->routing);
	struct routing_entry *r;

	if (i == INDEX_NONE || !routing_plan_answer(&e->routing, i, in->removal, in->error, e->now))
		return;
	r = &e->routing.entries[i];
	if (in->error != 0)
		tell(e, r, in->removal ? ROUTING_REMOVE_FAILED : ROUTING_ADD_FAILED, in->error);
	else if (r->lost)
		tell(e, r, ROUTING_RESTORED, 0);
	else if (r->vrouter == PLAN_NO_VROUTER && !r->retired)
		tell(e, r, ROUTING_LEFTOVER_REMOVED, 0);
	if (in->error == 0)
		r->lost = false;
	wake_hooks(e, r);
}

void engine_hold_routings(struct engine *e, struct member *m, bool holding)
{
	m->in_place = 0;
	for (uint32_t i = 0; i < m->routings.count; i++)
		routing_plan_want(&e->routing, m->routings.first + i, holding);
	engine_look_at_routings(e, m);
}

/* Looks at no address twice. One that is lost later is put back by itself, and routes that went with it are too. */
static bool addresses_in_place(const struct engine *e, struct member *m)
{
	if (m->has_link && !engine_link_is_up(e, m))
		return false;
	while (m->in_place < m->slots.count &&
	       engine_slot_settled(&e->plan.slots[m->slots.first + m->in_place], true, e->now))
		m->in_place++;
	return m->in_place == m->slots.count;
}

void engine_look_at_routings(struct engine *e, struct member *m)
{
	if (!addresses_in_place(e, m))
		return;
	for (uint32_t i = 0; i < m->routings.count; i++)
		routing_plan_ready(&e->routing, m->routings.first + i);
}

bool engine_routings_settled(const struct engine *e, const struct member *m)
{
	for (uint32_t i = 0; i < m->routings.count; i++) {
		if (!routing_entry_settled(&e->routing.entries[m->routings.first + i], e->now))
			return false;
	}
	return true;
}

bool engine_take_routing(struct engine *e, struct action *ret)
{
	static const enum action_kind kinds[] = {
		[ROUTING_ADD] = ACTION_ADD_ROUTING,
		[ROUTING_REPLACE] = ACTION_REPLACE_ROUTING,
		[ROUTING_REMOVE] = ACTION_REMOVE_ROUTING,
	};
	enum routing_change change;
	uint32_t number;

	if (!e->started || !routing_plan_next(&e->routing, &number, &change))
		return false;
	*ret = (struct action){
		.kind = kinds[change],
		.vrouter = UINT32_MAX,
		.routing = e->routing.entries[number].what,
	};
	return true;
}

bool engine_routings_done(const struct engine *e)
{
	for (uint32_t i = 0; i < e->routing.count; i++) {
		const struct routing_entry *r = &e->routing.entries[i];

		if (!routing_entry_done(r) && r->failures < ROUTING_FAILURES_MAX)
			return false;
	}
	return true;
}

/* ---- after another engine ---- */

uint32_t engine_routing_count(const struct engine *e)
{
	return e->routing.count;
}

/* An entry for a leftover: a new one, or where all are given out, one that has been removed. INDEX_NONE: there is no room. */
static uint32_t leftover_entry(struct engine *e, const struct routing *routing)
{
	uint32_t first = e->settings->routing_count;

	if (e->routing_leftover_count < e->routing_leftover_cap) {
		e->routing_leftovers[e->routing_leftover_count] = *routing;
		return routing_plan_add(&e->routing,
					&e->routing_leftovers[e->routing_leftover_count++],
					PLAN_NO_VROUTER);
	}
	for (uint32_t i = 0; i < e->routing_leftover_count; i++) {
		if (!routing_entry_done(&e->routing.entries[first + i]))
			continue;
		routing_plan_forget(&e->routing, first + i);
		e->routing_leftovers[i] = *routing;
		routing_plan_place(&e->routing, first + i);
		return first + i;
	}
	return INDEX_NONE;
}

int engine_routing_leftover(struct engine *e, const struct routing *routing)
{
	uint32_t entry = leftover_entry(e, routing);

	if (entry == INDEX_NONE)
		return -ENOSPC;
	routing_plan_observe(&e->routing, entry, routing, true, e->now);
	routing_plan_spare(&e->routing, entry, engine_spared_until(e));
	return 0;
}

/*
 * Until when it must not be touched: the kernel refused, or it lingers for a virtual router that is no more, be it one that was taken away
 * before and had come back.
 */
static struct instant untouched_until(const struct engine *fresh, const struct routing_entry *is,
				      const struct engine *old, const struct routing_entry *was)
{
	/* A refusal of what is not wanted any more is none. */
	struct instant retry_at = is->wanted == was->wanted ? was->retry_at : INSTANT_NEVER;

	if (is->vrouter != PLAN_NO_VROUTER || was->vrouter == PLAN_NO_VROUTER ||
	    engine_goes_on(fresh, old, was->vrouter))
		return retry_at;
	/* Who lingers has wanted it until now, so that only one of the two can be. */
	return instant_min(old->members[was->vrouter].vr.linger_until, retry_at);
}

static void adopt(struct engine *fresh, const struct engine *old, const struct routing_entry *was)
{
	uint32_t i = routing_plan_find(&fresh->routing, was->what);
	struct routing_entry *r;

	/* What nobody here has any more goes, once its virtual router has let its successor take over. */
	if (i == INDEX_NONE && !routing_entry_gone(was))
		i = leftover_entry(fresh, was->what);
	if (i == INDEX_NONE)
		return;
	r = &fresh->routing.entries[i];
	r->retired = was->retired || was->vrouter != PLAN_NO_VROUTER;
	r->there = was->there;
	r->outdated = was->outdated || !routing_equal(was->what, r->what);
	r->flight = was->flight;
	fresh->routing.in_flight += was->flight != SLOT_IDLE;
	r->failures = r->wanted == was->wanted ? was->failures : 0;
	r->lost = was->lost && r->wanted;
	r->losses = was->losses;
	r->added_at = was->added_at;
	/* What was refused may be right now. */
	routing_plan_spare(&fresh->routing, i,
			   r->wanted && !routing_equal(was->what, r->what)
				   ? INSTANT_NEVER
				   : untouched_until(fresh, r, old, was));
	worklist_add(&fresh->routing.work, i);
}

void engine_adopt_routings(struct engine *fresh, const struct engine *old)
{
	for (uint32_t i = 0; i < old->routing.count; i++)
		adopt(fresh, old, &old->routing.entries[i]);
	for (uint32_t i = 0; i < fresh->member_count; i++)
		engine_look_at_routings(fresh, &fresh->members[i]);
}
