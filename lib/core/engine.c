/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events in, actions out. Each event finds the virtual routers it concerns and steps them; what they want is filed in work lists, and
 * engine_next_action() takes it from there in the order that matters: advertisements before anything else.
 */
#include "core/engine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/engine_internal.h"
#include "core/peers.h"
#include "core/receive.h"

_Static_assert((int)ENGINE_IN_FLIGHT_MAX == (int)PLAN_WINDOW_MAX, "what the header promises");

/* ---- stepping ---- */

struct vrouter_step engine_step_of(struct engine *e, enum vrouter_input input)
{
	return (struct vrouter_step){
		.input = input,
		.now = e->now,
		.wall_us = e->wall_us,
		.history = &e->history,
	};
}

static void start_holding(struct engine *e, struct member *m)
{
	for (uint32_t i = m->slots.first; i < m->slots.first + m->slots.count; i++) {
		plan_want(&e->plan, i, true);
		plan_hurry(&e->plan, i); /* it may have been wanted already: then it is staged */
	}
	m->holding = true;
	engine_hold_routings(e, m, true);
}

static void stop_holding(struct engine *e, struct member *m)
{
	for (uint32_t i = m->slots.first; i < m->slots.first + m->slots.count; i++) {
		if (!e->plan.slots[i].staged)
			plan_want(&e->plan, i, false);
	}
	m->holding = false;
	engine_hold_routings(e, m, false);
}

static void burst(struct engine *e, const struct member *m)
{
	announcer_burst(&m->announcer, &e->plan, &e->interfaces, m->vr.set->announce.count);
}

void engine_wake_notifiers(struct engine *e, const struct member *m)
{
	worklist_add(&e->notifiers_changed, m->instance);
	if (m->vr.set->group != 0)
		worklist_add(&e->notifiers_changed,
			     e->settings->instance_count + m->vr.set->group - 1);
}

/* All but what follows for who shares its fate. */
static void settle_alone(struct engine *e, uint32_t number)
{
	struct member *m = &e->members[number];
	struct vrouter_out *out = &m->vr.out;

	engine_settle_link(e, number);
	/* One whose link is to be raised first is sent behind that: a switch that sees it counts on our serving. */
	if (out->advertise && engine_link_needed(e, m) != LINK_RAISE)
		worklist_add(&e->adverts, number);
	if (out->save)
		worklist_add(&e->saves, number);
	/* Hooks tell of the state, and wait for the addresses. */
	if (out->moved || vrouter_holds(&m->vr) != m->holding)
		engine_wake_notifiers(e, m);
	out->moved = false;
	if (vrouter_holds(&m->vr) != m->holding) {
		if (m->holding)
			stop_holding(e, m);
		else
			start_holding(e, m);
	}
	if (m->vr.state != VROUTER_MASTER)
		announcer_stop(&m->announcer, &e->plan);
	else if (out->announce)
		announcer_start(&m->announcer, &e->plan, &e->interfaces, &m->vr.set->announce,
				e->now);
	else
		announcer_resume(&m->announcer, &m->vr.set->announce, e->now);
	if (out->announce) {
		m->arriving = true;
		m->arrived = 0;
		m->absent = 0;
	}
	engine_look_for_arrival(e, number);
	if (out->announce_again)
		burst(e, m);
	out->announce = false;
	out->announce_again = false;
	if (out->notify_again)
		engine_notify_again(e, m);
	out->notify_again = false;
	deadlines_set(&e->timers, number,
		      instant_min(vrouter_deadline(&m->vr), announcer_deadline(&m->announcer)));
}

static void wake_fate(struct engine *e, const struct member *m)
{
	if (m->fate != INDEX_NONE)
		worklist_add(&e->fates_changed, m->fate);
}

void engine_settle(struct engine *e, uint32_t number)
{
	settle_alone(e, number);
	wake_fate(e, &e->members[number]);
}

/*
 * After an advertisement or a timer: nearly all of these change nothing for the others of a group, however many there are. share: its
 * engine_fate_share() before.
 */
static void settle_often(struct engine *e, uint32_t number, unsigned share)
{
	const struct member *m = &e->members[number];

	settle_alone(e, number);
	if (engine_fate_share(m) != share)
		wake_fate(e, m);
}

void engine_input(struct engine *e, uint32_t number, enum vrouter_input input)
{
	struct vrouter_step step = engine_step_of(e, input);

	vrouter_step(&e->members[number].vr, &step);
	engine_settle(e, number);
}

void engine_input_why(struct engine *e, uint32_t number, enum vrouter_input input, enum reason why)
{
	struct vrouter_step step = engine_step_of(e, input);

	step.why = why;
	vrouter_step(&e->members[number].vr, &step);
	engine_settle(e, number);
}

void engine_shut_down(struct engine *e, uint32_t number, enum reason why)
{
	struct vrouter_step step = engine_step_of(e, VROUTER_SHUTDOWN);

	step.why = why;
	vrouter_step(&e->members[number].vr, &step);
	engine_settle(e, number);
}

/* ---- advertisements ---- */

struct history_event engine_event_of(const struct engine *e, uint32_t number,
				     enum history_kind kind)
{
	return vrouter_event(&e->members[number].vr, kind, e->now, e->wall_us);
}

/* To be asked before the event is made: most are silent. */
bool engine_may_complain(struct engine *e, struct limiter *limiter, uint32_t number,
			 uint32_t subject, struct ip_addr about, struct complaint *ret)
{
	ret->limiter = limiter;
	ret->verdict = limiter_ask(limiter, e->now, number, subject, about, &ret->count);
	return ret->verdict != LIMITER_SILENT;
}

/* Where there are more of them than the limiter can tell apart, one stands for all. */
void engine_complain(struct engine *e, const struct complaint *c, struct history_event *event)
{
	event->count = c->count;
	if (c->verdict == LIMITER_SPEAK_OTHERS) {
		if (c->limiter == &e->senders)
			event->kind = HISTORY_REFUSED;
		event->address = IP_ADDR_NONE;
		event->instance[0] = '\0';
	}
	history_append(&e->history, event);
}

static void refuse(struct engine *e, uint32_t number, const struct event_advert *in,
		   enum refusal refusal)
{
	struct history_event event;
	struct complaint c;

	e->members[number].vr.counters.value[receive_counter(refusal)]++;
	if (in->advert && engine_compare_refused(e, number, in, refusal))
		return;
	if (!engine_may_complain(e, &e->senders, number, SUBJECT_REFUSAL + refusal, in->src, &c))
		return;
	event = engine_event_of(e, number, HISTORY_REFUSED);
	event.address = in->src;
	event.code = (int32_t)refusal;
	engine_complain(e, &c, &event);
}

/*
 * Of no virtual router here: counted for each one of that interface and family, and once for the daemon. Not told: other
 * people's virtual routers on the same segment are nothing unusual.
 */
static void refuse_unknown(struct engine *e, const struct interface *interface,
			   enum ip_family family, enum refusal refusal)
{
	enum counter counter = receive_counter(refusal);

	e->counters.value[counter]++;
	for (uint32_t i = interface->first_vrouter; i != INDEX_NONE; i = e->members[i].next_there) {
		if (e->members[i].vr.family == family)
			e->members[i].vr.counters.value[counter]++;
	}
}

/* The virtual router that a message names, or INDEX_NONE. */
static uint32_t addressee(const struct interface *interface, enum ip_family family, uint8_t vrid)
{
	uint16_t number = interface->vrouters[family_index(family)][vrid];

	return number == INTERFACE_NO_VROUTER ? INDEX_NONE : number;
}

static void on_refused(struct engine *e, const struct event_advert *in)
{
	uint32_t place = interfaces_by_ifindex(&e->interfaces, in->ifindex);
	const struct interface *interface;
	uint32_t number;

	if (place == INDEX_NONE)
		return;
	interface = &e->interfaces.table[place];
	number = addressee(interface, (enum ip_family)in->family, in->vrid);
	if (number == INDEX_NONE)
		refuse_unknown(e, interface, (enum ip_family)in->family, in->refusal);
	else
		refuse(e, number, in, in->refusal);
}

enum refusal engine_judge(const struct engine *e, const struct event_advert *in,
			  uint32_t *ret_vrouter)
{
	uint32_t place = interfaces_by_ifindex(&e->interfaces, in->ifindex);
	uint8_t family = in->advert ? in->advert->family : in->family;
	uint8_t vrid = in->advert ? in->advert->vrid : in->vrid;

	*ret_vrouter = place == INDEX_NONE ? INDEX_NONE
					   : addressee(&e->interfaces.table[place],
						       (enum ip_family)family, vrid);
	if (!in->advert)
		return in->refusal;
	if (*ret_vrouter == INDEX_NONE)
		return REFUSAL_VRID_UNKNOWN;
	return receive_check(&e->members[*ret_vrouter].vr, e->settings, in);
}

static void note_peer(struct engine *e, const struct vrouter *vr, struct ip_addr src)
{
	uint32_t peer = peers_find(e->settings, vr->set, src);

	if (peer != UINT32_MAX)
		e->peer_heard_wall_us[peer] = e->wall_us;
}

static void on_advert(struct engine *e, const struct event_advert *in)
{
	struct vrouter_step step = engine_step_of(e, VROUTER_ADVERT);
	uint32_t place = interfaces_by_ifindex(&e->interfaces, in->ifindex);
	enum ip_family family = (enum ip_family)in->advert->family;
	enum refusal refusal;
	struct vrouter *vr;
	uint32_t number;
	unsigned share;

	if (place == INDEX_NONE)
		return; /* the receiving socket hears every interface; this one is not ours */
	number = addressee(&e->interfaces.table[place], family, in->advert->vrid);
	if (number == INDEX_NONE) {
		refuse_unknown(e, &e->interfaces.table[place], family, REFUSAL_VRID_UNKNOWN);
		return;
	}
	vr = &e->members[number].vr;
	refusal = receive_check(vr, e->settings, in);
	if (refusal != REFUSAL_NONE) {
		refuse(e, number, in, refusal);
		return;
	}
	vr->counters.value[COUNTER_ADVERTS_RECEIVED]++;
	if (in->advert->priority == VRRP_PRIORITY_RELEASE)
		vr->counters.value[COUNTER_PRIORITY_ZERO_RECEIVED]++;
	note_peer(e, vr, in->src);
	engine_compare(e, number, in);
	step.advert = in->advert;
	step.sender = in->src;
	vr->stands = engine_stands(e, number, in);
	share = engine_fate_share(&e->members[number]);
	vrouter_step(vr, &step);
	if (vr->out.two_masters)
		engine_two_masters(e, number, in);
	vr->out.two_masters = false;
	settle_often(e, number, share);
}

/* ---- links ---- */

struct vrouter_link engine_link_of(const struct engine *e, uint32_t number)
{
	const struct member *m = &e->members[number];
	const struct event_link *link = &e->interfaces.table[m->interface].link;
	struct ip_addr chosen = m->vr.set->source[family_index(m->vr.family)];

	return (struct vrouter_link){
		.present = link->ifindex != 0,
		.up = link->up,
		.deaf = link->deaf[family_index(m->vr.family)],
		.source = ip_is_set(chosen) ? chosen : link->source[family_index(m->vr.family)],
		.lack = engine_link_lack(e, m),
	};
}

/* One event for the interface itself where it came, went, rose or fell. */
static void tell_link(struct engine *e, const struct event_link *old, const struct event_link *new)
{
	struct history_event event = {
		.kind = HISTORY_LINK,
		.at = e->now,
		.wall_us = e->wall_us,
		.code = new->ifindex == 0 ? -1 : new->up,
	};

	if ((old->ifindex == 0) == (new->ifindex == 0) && old->up == new->up)
		return;
	snprintf(event.text, sizeof(event.text), "%s", new->name);
	history_append(&e->history, &event);
}

static void on_link(struct engine *e, const struct event_link *link)
{
	uint32_t place = interfaces_by_name(&e->interfaces, link->name);
	struct interface *interface;
	bool moves; /* what its neighbours have to know of it */

	if (place == INDEX_NONE)
		return;
	interface = &e->interfaces.table[place];
	if (interface->virtual_of != INDEX_NONE) {
		engine_on_virtual_link(e, place, link);
		return;
	}
	moves = link->up && (!interface->link.up || !mac_equal(link->mac, interface->link.mac));
	if (e->started)
		tell_link(e, &interface->link, link);
	if (interface->link.ifindex != link->ifindex)
		engine_move_slots(e, place, link->ifindex);
	interfaces_update(&e->interfaces, place, link);
	if (moves)
		engine_announce_on(e, interface);
	for (uint32_t i = interface->first_vrouter; i != INDEX_NONE; i = e->members[i].next_there)
		engine_name_link(e, i);
	for (uint32_t i = interface->first_vrouter; i != INDEX_NONE; i = e->members[i].next_there) {
		e->members[i].vr.link = engine_link_of(e, i);
		engine_input(e, i, VROUTER_LINK_CHANGED);
	}
	engine_weigh_interface(e, place);
}

/* ---- the rest of the events ---- */

/* What is there may have been that of another virtual router, which lets go and still serves. */
static void spare_addresses(struct engine *e)
{
	for (uint32_t i = 0; i < e->plan.count; i++) {
		if (e->plan.slots[i].ours)
			plan_spare(&e->plan, i, engine_spared_until(e));
	}
}

static void on_start(struct engine *e)
{
	engine_await_checks(e);
	spare_addresses(e);
	for (uint32_t i = 0; i < e->member_count; i++)
		engine_weigh_silently(e, i);
	/* Before they start: who shares a fate with one that cannot, starts in FAULT too. */
	for (uint32_t i = 0; i < e->fate_count; i++)
		engine_settle_fate(e, i);
	e->started = true;
	for (uint32_t i = 0; i < e->member_count; i++) {
		engine_input(e, i, VROUTER_STARTUP);
		engine_look_for_foreign(e, i);
	}
}

static void on_tick(struct engine *e)
{
	struct vrouter_step step = engine_step_of(e, VROUTER_TIMER);
	uint32_t number;

	plan_tick(&e->plan, e->now);
	routing_plan_tick(&e->routing, e->now);
	engine_tick_links(e);
	engine_tick_forces(e);
	engine_tick_trackers(e);
	engine_tick_conflicts(e);
	while (deadlines_due(&e->timers, e->now, &number)) {
		struct member *m = &e->members[number];
		unsigned share = engine_fate_share(m);

		announcer_tick(&m->announcer, &e->plan, &e->interfaces, &m->vr.set->announce,
			       e->now);
		vrouter_step(&m->vr, &step);
		settle_often(e, number, share);
	}
}

static void on_announce(struct engine *e, uint32_t number)
{
	struct history_event event = engine_event_of(e, number, HISTORY_ANNOUNCE);

	if (e->members[number].vr.state != VROUTER_MASTER)
		return;
	snprintf(event.text, sizeof(event.text), "asked for by an operator");
	history_append(&e->history, &event);
	burst(e, &e->members[number]);
}

static void on_handover(struct engine *e)
{
	struct vrouter_step step = engine_step_of(e, VROUTER_TIMER);

	for (uint32_t i = 0; i < e->member_count && e->started && !e->stopping; i++) {
		vrouter_hand_over(&e->members[i].vr, &step);
		engine_settle(e, i);
	}
}

static void on_send_failed(struct engine *e, const struct event_send *in)
{
	struct counters *counters = &e->members[in->vrouter].vr.counters;
	struct history_event event;
	struct complaint c;

	counters->value[COUNTER_ADVERTS_SENT]--;
	counters->value[COUNTER_SEND_ERRORS]++;
	if (!engine_may_complain(e, &e->kernel, in->vrouter, SUBJECT_SEND, IP_ADDR_NONE, &c))
		return;
	event = engine_event_of(e, in->vrouter, HISTORY_SEND);
	event.error = in->error;
	engine_complain(e, &c, &event);
}

static void stop(struct engine *e)
{
	/* Asked again: nobody waits for a successor or a hook any more. */
	e->hurries = e->stopping;
	e->stopping = true;
	engine_hurry_conflicts(e);
	for (uint32_t i = 0; i < e->member_count; i++)
		engine_shut_down(e, i, REASON_STOPPED);
	for (uint32_t i = 0; i < settings_notifiers(e->settings); i++)
		worklist_add(&e->notifiers_changed, i);
}

void engine_conclude(struct engine *e)
{
	uint32_t number;

	while (worklist_take(&e->fates_changed, &number))
		engine_settle_fate(e, number);
	while (worklist_take(&e->notifiers_changed, &number))
		engine_settle_notifier(e, number);
}

/* A spell in which this process did not run, be it starved, stopped or a paused machine's, is told once however much was due in it. */
static void tell_spell(struct engine *e, const struct event *ev, struct instant due)
{
	struct history_event event = {
		.kind = HISTORY_LATE,
		.at = ev->now,
		.wall_us = ev->wall_us,
		.count = (uint32_t)(instant_diff(ev->now, due).us / 1000),
	};

	/* What was due before it was told is of the same spell. */
	if (due.us <= e->told_late.us)
		return;
	e->told_late = ev->now;
	e->lag.spells++;
	history_append(&e->history, &event);
}

/* How late comes what is due? */
static void measure_lag(struct engine *e, const struct event *ev)
{
	struct instant due = engine_deadline(e);

	if (ev->held_up.us != 0)
		due = instant_min(due, instant_add(ev->now, span_us(-ev->held_up.us)));
	if (!e->started || instant_before(ev->now, due))
		return;
	e->lag.last = instant_diff(ev->now, due);
	e->lag.longest = span_max(e->lag.longest, e->lag.last);
	if (e->lag.last.us >= span_ms(ENGINE_SPELL_MS).us)
		tell_spell(e, ev, due);
}

const struct engine_lag *engine_lag(const struct engine *e)
{
	return &e->lag;
}

void engine_step(struct engine *e, const struct event *ev)
{
	measure_lag(e, ev);
	e->now = ev->now;
	e->wall_us = ev->wall_us;
	e->announce_budget = ENGINE_ANNOUNCE_MAX;
	e->announce_due = INSTANT_NEVER;
	switch (ev->kind) {
	case EVENT_START:
		on_start(e);
		break;
	case EVENT_TICK:
		on_tick(e);
		break;
	case EVENT_ADVERT:
		on_advert(e, &ev->advert);
		break;
	case EVENT_REFUSED:
		on_refused(e, &ev->advert);
		break;
	case EVENT_LINK:
		on_link(e, &ev->link);
		break;
	case EVENT_ADDRESS:
		engine_on_address(e, &ev->address);
		break;
	case EVENT_ADDRESS_DONE:
		engine_on_address_done(e, &ev->address);
		break;
	case EVENT_ROUTING:
		engine_on_routing(e, &ev->routing);
		break;
	case EVENT_ROUTING_AGAIN:
		routing_plan_hurry(&e->routing);
		break;
	case EVENT_ROUTING_DONE:
		engine_on_routing_done(e, &ev->routing);
		break;
	case EVENT_LINK_DONE:
		engine_on_link_done(e, &ev->link_done);
		break;
	case EVENT_SEND_FAILED:
		on_send_failed(e, &ev->send);
		break;
	case EVENT_ANNOUNCE:
		on_announce(e, ev->vrouter);
		break;
	case EVENT_CHECK:
		engine_on_check(e, &ev->check);
		break;
	case EVENT_FORCE:
		engine_on_force(e, &ev->force);
		break;
	case EVENT_HOOK_RESULT:
		engine_on_hook_result(e, &ev->hook);
		break;
	case EVENT_HOOKS_DONE:
		engine_on_hooks_done(e, &ev->hook);
		break;
	case EVENT_CLAIM:
		engine_on_claim(e, &ev->claim);
		break;
	case EVENT_STOP:
		stop(e);
		break;
	case EVENT_HANDOVER:
		on_handover(e);
		break;
	case EVENT_KIND_COUNT_:
		break;
	}
	engine_conclude(e);
}

struct instant engine_deadline(const struct engine *e)
{
	struct instant next = instant_min(deadlines_next(&e->timers), e->plan.retry_at);

	next = instant_min(next, e->routing.retry_at);
	next = instant_min(next, e->links_retry_at);
	next = instant_min(next, deadlines_next(&e->tracker_timers));
	next = instant_min(next, deadlines_next(&e->force_timers));
	next = instant_min(next, conflicts_deadline(&e->conflicts));
	return instant_min(next, e->announce_due);
}

bool engine_stopped(const struct engine *e)
{
	if (!e->stopping)
		return false;
	for (uint32_t i = 0; i < e->plan.count; i++) {
		const struct slot *s = &e->plan.slots[i];

		if (!s->staged && !plan_slot_done(s) && s->failures < ADDRESS_FAILURES_MAX)
			return false;
	}
	return engine_routings_done(e) && worklist_empty(&e->adverts) &&
	       worklist_empty(&e->late_adverts) && engine_links_released(e) && engine_notified(e);
}
