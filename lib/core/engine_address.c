/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses that come, go, are confirmed or refused: what the kernel tells goes into the plan, and what that means for the virtual router
 * whose address it is stands here.
 */
#include <stdio.h>

#include "core/engine_internal.h"

/* Somebody removes it as often as we put it back. One `ip address flush` does so ten times: it looks again until nothing is left. */
enum {
	ADDRESS_LOSSES_MAX = 12
};

static void tell_address(struct engine *e, const struct slot *s, enum address_event what, int error)
{
	struct history_event event = {
		.kind = HISTORY_ADDRESS,
		.at = e->now,
		.wall_us = e->wall_us,
	};
	struct complaint c;

	if (!engine_may_complain(e, &e->kernel, s->vrouter, SUBJECT_ADDRESS + what, s->vip->addr,
				 &c))
		return;
	if (s->vrouter != PLAN_NO_VROUTER)
		event = engine_event_of(e, s->vrouter, HISTORY_ADDRESS);
	event.code = (int32_t)what;
	event.error = error;
	event.address = s->vip->addr;
	snprintf(event.text, sizeof(event.text), "%s",
		 s->interface == INDEX_NONE ? s->vip->dev
					    : e->interfaces.table[s->interface].link.name);
	engine_complain(e, &c, &event);
}

/* An address that only the master may have stands here, and somebody else put it there. */
static void look_for_foreign(struct engine *e, const struct slot *s)
{
	if (e->started && !s->wanted && plan_presence(s) == SLOT_FOREIGN &&
	    s->vrouter != PLAN_NO_VROUTER &&
	    e->members[s->vrouter].vr.set->priority != PRIORITY_OWNER)
		tell_address(e, s, ADDRESS_FOREIGN, 0);
}

void engine_look_for_foreign(struct engine *e, uint32_t number)
{
	struct range slots = e->members[number].slots;

	for (uint32_t i = 0; i < slots.count; i++)
		look_for_foreign(e, &e->plan.slots[slots.first + i]);
}

/* The addresses of this virtual router cannot be had: error says why, 0 that somebody keeps removing them. */
static void give_up_addresses(struct engine *e, uint32_t number, int error)
{
	struct vrouter_step step = engine_step_of(e, VROUTER_ADDRESS_FAILED);

	step.why = error != 0 ? REASON_ADDRESS_FAILED : REASON_ADDRESS_LOST;
	step.error = error;
	vrouter_step(&e->members[number].vr, &step);
	engine_settle(e, number);
}

/* Looks at none twice, so that ten thousand of them cost no more than that. */
void engine_look_for_arrival(struct engine *e, uint32_t number)
{
	struct member *m = &e->members[number];

	if (!m->arriving)
		return;
	m->arriving = m->vr.state == VROUTER_MASTER;
	if (m->has_link && !engine_link_is_up(e, m))
		return;
	while (m->arriving && m->arrived < m->slots.count) {
		const struct slot *s = &e->plan.slots[m->slots.first + m->arrived];

		if (s->flight != SLOT_IDLE || (s->ifindex != 0 && plan_presence(s) == SLOT_ABSENT))
			return;
		m->arrived++;
		m->absent += s->ifindex == 0;
	}
	if (!m->arriving)
		return;
	m->arriving = false;
	m->took = instant_diff(e->now, m->vr.since);
	worklist_add(&e->arrivals, number);
}

bool engine_next_arrival(struct engine *e, struct engine_arrival *ret)
{
	uint32_t number;

	if (!worklist_take(&e->arrivals, &number))
		return false;
	*ret = (struct engine_arrival){
		.vrouter = number,
		.addresses = e->members[number].arrived - e->members[number].absent,
		.absent = e->members[number].absent,
		.took = e->members[number].took,
	};
	return true;
}

/* Hooks, routes and rules may be waiting for it, and an operator. */
static void wake(struct engine *e, uint32_t vrouter)
{
	if (vrouter == PLAN_NO_VROUTER)
		return;
	engine_wake_notifiers(e, &e->members[vrouter]);
	engine_look_for_arrival(e, vrouter);
	engine_look_at_routings(e, &e->members[vrouter]);
}

/* What the kernel drops from a link that we have set down (IPv6), or that is down, nobody has removed. */
static void forgive(const struct engine *e, struct slot *s)
{
	if (!s->staged || (e->members[s->vrouter].link.wanted_up &&
			   e->interfaces.table[s->interface].link.raised))
		return;
	s->lost = false;
	s->losses = 0;
}

void engine_on_address(struct engine *e, const struct event_address *in)
{
	uint32_t i = plan_find(&e->plan, in->ifindex, in->addr);

	for (; i != INDEX_NONE; i = plan_find_next(&e->plan, i)) {
		struct slot *s = &e->plan.slots[i];

		plan_observe(&e->plan, i, in->prefix_len, in->ours, in->present, e->now);
		wake(e, s->vrouter);
		forgive(e, s);
		if (in->present)
			look_for_foreign(e, s);
		else if (s->advertised && s->losses >= ADDRESS_LOSSES_MAX)
			give_up_addresses(e, s->vrouter, 0);
	}
}

static void address_added(struct engine *e, uint32_t slot)
{
	struct slot *s = &e->plan.slots[slot];
	struct member *m = &e->members[s->vrouter];

	m->vr.counters.value[COUNTER_ADDRESSES_ADDED]++;
	if (s->advertised)
		m->vr.address_faults = 0;
	if (s->lost) {
		s->lost = false;
		m->vr.counters.value[COUNTER_ADDRESSES_RESTORED]++;
		tell_address(e, s, ADDRESS_RESTORED, 0);
	}
	/* Where the link is still down nobody would hear of it: engine_announce_on() follows. */
	if (m->vr.state == VROUTER_MASTER &&
	    (e->interfaces.table[s->interface].link.up || (s->staged && engine_link_carries(e, m))))
		announce_slot(&e->plan, &e->interfaces, slot, m->vr.set->announce.count);
}

void engine_announce_on(struct engine *e, const struct interface *interface)
{
	uint32_t i = interface->first_slot;

	for (; i != INDEX_NONE; i = e->plan.slots[i].next_there) {
		const struct slot *s = &e->plan.slots[i];
		const struct vrouter *vr = &e->members[s->vrouter].vr;

		if (vr->state == VROUTER_MASTER && plan_presence(s) != SLOT_ABSENT)
			announce_slot(&e->plan, &e->interfaces, i, vr->set->announce.count);
	}
}

static void address_removed(struct engine *e, struct slot *s)
{
	if (s->vrouter == PLAN_NO_VROUTER && !s->retired)
		tell_address(e, s, ADDRESS_LEFTOVER_REMOVED, 0);
	else if (s->vrouter != PLAN_NO_VROUTER)
		e->members[s->vrouter].vr.counters.value[COUNTER_ADDRESSES_REMOVED]++;
}

static void address_failed(struct engine *e, struct slot *s, bool add, int error)
{
	tell_address(e, s, add ? ADDRESS_ADD_FAILED : ADDRESS_REMOVE_FAILED, error);
	if (s->vrouter == PLAN_NO_VROUTER)
		return;
	e->members[s->vrouter].vr.counters.value[COUNTER_ADDRESS_FAILURES]++;
	if (add && s->advertised && s->failures >= ADDRESS_FAILURES_MAX)
		give_up_addresses(e, s->vrouter, error);
}

void engine_on_address_done(struct engine *e, const struct event_address *in)
{
	uint32_t i = plan_find(&e->plan, in->ifindex, in->addr);

	while (i != INDEX_NONE && (e->plan.slots[i].vip->prefix_len != in->prefix_len ||
				   !plan_answer(&e->plan, i, in->add, in->error, e->now)))
		i = plan_find_next(&e->plan, i);
	if (i == INDEX_NONE)
		return;
	if (in->error != 0)
		address_failed(e, &e->plan.slots[i], in->add, in->error);
	else if (in->add && e->plan.slots[i].vrouter != PLAN_NO_VROUTER)
		address_added(e, i);
	else if (!in->add)
		address_removed(e, &e->plan.slots[i]);
	wake(e, e->plan.slots[i].vrouter);
}
