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
#include "core/receive.h"

_Static_assert((int)ENGINE_IN_FLIGHT_MAX == (int)PLAN_WINDOW_MAX, "what the header promises");

/* A slot whose address the kernel refused this often in a row brings its virtual router down. */
enum {
	ADDRESS_FAILURES_MAX = 3,
	ADDRESS_LOSSES_MAX = 5, /* likewise where somebody removes it as often as we put it back */
};

/* What the limiter tells apart besides the refusals. */
enum limiter_subject {
	SUBJECT_REFUSAL = 0,    /* + enum refusal */
	SUBJECT_CONFLICT = 100, /* + enum conflict */
	SUBJECT_ADDRESS = 200,  /* + enum address_event */
	SUBJECT_SEND = 300,
};

/* ---- stepping ---- */

static struct vrouter_step step_of(struct engine *e, enum vrouter_input input)
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
	for (uint32_t i = 0; i < m->slots.count; i++)
		plan_want(&e->plan, m->slots.first + i, true);
	m->holding = true;
}

static void stop_holding(struct engine *e, struct member *m)
{
	for (uint32_t i = 0; i < m->slots.count; i++)
		plan_want(&e->plan, m->slots.first + i, false);
	m->holding = false;
}

static void burst(struct engine *e, const struct member *m)
{
	announcer_burst(&m->announcer, &e->plan, &e->interfaces, m->vr.set->announce.count);
}

void engine_settle(struct engine *e, uint32_t number)
{
	struct member *m = &e->members[number];
	struct vrouter_out *out = &m->vr.out;

	if (out->advertise)
		worklist_add(&e->adverts, number);
	if (out->save)
		worklist_add(&e->saves, number);
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
	if (out->announce_again)
		burst(e, m);
	out->announce = false;
	out->announce_again = false;
	deadlines_set(&e->timers, number,
		      instant_min(vrouter_deadline(&m->vr), announcer_deadline(&m->announcer)));
}

void engine_input(struct engine *e, uint32_t number, enum vrouter_input input)
{
	struct vrouter_step step = step_of(e, input);

	vrouter_step(&e->members[number].vr, &step);
	engine_settle(e, number);
}

void engine_shut_down(struct engine *e, uint32_t number, enum reason why)
{
	struct vrouter_step step = step_of(e, VROUTER_SHUTDOWN);

	step.why = why;
	vrouter_step(&e->members[number].vr, &step);
	engine_settle(e, number);
}

/* ---- advertisements ---- */

static struct history_event event_of(const struct engine *e, uint32_t number,
				     enum history_kind kind)
{
	return vrouter_event(&e->members[number].vr, kind, e->now, e->wall_us);
}

/* A complaint that the limiter lets through. */
struct complaint {
	struct limiter *limiter;
	enum limiter_verdict verdict;
	uint32_t count; /* how many times */
};

/* To be asked before the event is made: most are silent. */
static bool may_complain(struct engine *e, struct limiter *limiter, uint32_t number,
			 uint32_t subject, struct ip_addr about, struct complaint *ret)
{
	ret->limiter = limiter;
	ret->verdict = limiter_ask(limiter, e->now, number, subject, about, &ret->count);
	return ret->verdict != LIMITER_SILENT;
}

/* Where there are more of them than the limiter can tell apart, one stands for all. */
static void complain(struct engine *e, const struct complaint *c, struct history_event *event)
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
	if (!may_complain(e, &e->senders, number, SUBJECT_REFUSAL + refusal, in->src, &c))
		return;
	event = event_of(e, number, HISTORY_REFUSED);
	event.address = in->src;
	event.code = (int32_t)refusal;
	complain(e, &c, &event);
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

static void tell_conflict(struct engine *e, uint32_t number, const struct event_advert *in,
			  enum conflict conflict)
{
	const struct advert *advert = in->advert;
	char address[IP_TEXT_MAX];
	struct history_event event;
	struct complaint c;

	if (!may_complain(e, &e->senders, number, SUBJECT_CONFLICT + conflict, in->src, &c))
		return;
	event = event_of(e, number, HISTORY_CONFLICT);
	event.code = (int32_t)conflict;
	event.address = in->src;
	if (conflict == CONFLICT_INTERVAL) {
		event.from = (int32_t)(advert->interval.us / 1000);
		event.to = (int32_t)(e->members[number].vr.set->advert_interval.us / 1000);
	}
	if (conflict == CONFLICT_ADDRESS_LIST)
		snprintf(event.text, sizeof(event.text), "%u of them, the first %s", advert->count,
			 ip_text(advert->addresses[0], address));
	complain(e, &c, &event);
}

/* What is odd about an advertisement that is processed all the same. */
static void compare_with_ours(struct engine *e, uint32_t number, const struct event_advert *in)
{
	struct vrouter *vr = &e->members[number].vr;

	if (!receive_same_addresses(vr, e->settings, in->advert)) {
		vr->counters.value[COUNTER_ADDRESS_LIST_ERRORS]++;
		tell_conflict(e, number, in, CONFLICT_ADDRESS_LIST);
	}
	if (in->advert->priority == PRIORITY_OWNER && vr->priority == PRIORITY_OWNER)
		tell_conflict(e, number, in, CONFLICT_OWNER);
	if (in->advert->interval.us != vr->set->advert_interval.us)
		tell_conflict(e, number, in, CONFLICT_INTERVAL);
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

static void on_advert(struct engine *e, const struct event_advert *in)
{
	struct vrouter_step step = step_of(e, VROUTER_ADVERT);
	uint32_t place = interfaces_by_ifindex(&e->interfaces, in->ifindex);
	enum ip_family family = (enum ip_family)in->advert->family;
	enum refusal refusal;
	struct vrouter *vr;
	uint32_t number;

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
	compare_with_ours(e, number, in);
	step.advert = in->advert;
	step.sender = in->src;
	vrouter_step(vr, &step);
	engine_settle(e, number);
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
		.deaf = link->deaf,
		.source = ip_is_set(chosen) ? chosen : link->source[family_index(m->vr.family)],
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

	if (place == INDEX_NONE)
		return;
	interface = &e->interfaces.table[place];
	if (e->started)
		tell_link(e, &interface->link, link);
	if (interface->link.ifindex != link->ifindex) {
		for (uint32_t i = interface->first_slot; i != INDEX_NONE;
		     i = e->plan.slots[i].next_there)
			plan_move(&e->plan, i, link->ifindex);
	}
	interfaces_update(&e->interfaces, place, link);
	for (uint32_t i = interface->first_vrouter; i != INDEX_NONE; i = e->members[i].next_there) {
		e->members[i].vr.link = engine_link_of(e, i);
		engine_input(e, i, VROUTER_LINK_CHANGED);
	}
}

/* ---- addresses ---- */

static void tell_address(struct engine *e, const struct slot *s, enum address_event what, int error)
{
	struct history_event event = {
		.kind = HISTORY_ADDRESS,
		.at = e->now,
		.wall_us = e->wall_us,
	};
	struct complaint c;

	if (!may_complain(e, &e->kernel, s->vrouter, SUBJECT_ADDRESS + what, s->vip->addr, &c))
		return;
	if (s->vrouter != PLAN_NO_VROUTER)
		event = event_of(e, s->vrouter, HISTORY_ADDRESS);
	event.code = (int32_t)what;
	event.error = error;
	event.address = s->vip->addr;
	snprintf(event.text, sizeof(event.text), "%s",
		 s->interface == INDEX_NONE ? s->vip->dev
					    : e->interfaces.table[s->interface].link.name);
	complain(e, &c, &event);
}

/* An address that only the master may have stands here, and somebody else put it there. */
static void look_for_foreign(struct engine *e, const struct slot *s)
{
	if (e->started && !s->wanted && plan_presence(s) == SLOT_FOREIGN &&
	    s->vrouter != PLAN_NO_VROUTER && e->members[s->vrouter].vr.priority != PRIORITY_OWNER)
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
	struct vrouter_step step = step_of(e, VROUTER_ADDRESS_FAILED);

	step.error = error;
	vrouter_step(&e->members[number].vr, &step);
	engine_settle(e, number);
}

static void on_address(struct engine *e, const struct event_address *in)
{
	uint32_t i = plan_find(&e->plan, in->ifindex, in->addr);

	for (; i != INDEX_NONE; i = plan_find_next(&e->plan, i)) {
		struct slot *s = &e->plan.slots[i];

		plan_observe(&e->plan, i, in->prefix_len, in->ours, in->present, e->now);
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
	if (m->vr.state == VROUTER_MASTER)
		announce_slot(&e->plan, &e->interfaces, slot, m->vr.set->announce.count);
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

static void on_address_done(struct engine *e, const struct event_address *in)
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
}

/* ---- the rest of the events ---- */

static void on_start(struct engine *e)
{
	e->started = true;
	for (uint32_t i = 0; i < e->member_count; i++) {
		engine_input(e, i, VROUTER_STARTUP);
		engine_look_for_foreign(e, i);
	}
}

static void on_tick(struct engine *e)
{
	uint32_t number;

	plan_tick(&e->plan, e->now);
	while (deadlines_due(&e->timers, e->now, &number)) {
		struct member *m = &e->members[number];

		announcer_tick(&m->announcer, &e->plan, &e->interfaces, &m->vr.set->announce,
			       e->now);
		engine_input(e, number, VROUTER_TIMER);
	}
}

static void on_announce(struct engine *e, uint32_t number)
{
	struct history_event event = event_of(e, number, HISTORY_ANNOUNCE);

	if (e->members[number].vr.state != VROUTER_MASTER)
		return;
	snprintf(event.text, sizeof(event.text), "asked for by an operator");
	history_append(&e->history, &event);
	burst(e, &e->members[number]);
}

static void on_send_failed(struct engine *e, const struct event_send *in)
{
	struct counters *counters = &e->members[in->vrouter].vr.counters;
	struct history_event event;
	struct complaint c;

	counters->value[COUNTER_ADVERTS_SENT]--;
	counters->value[COUNTER_SEND_ERRORS]++;
	if (!may_complain(e, &e->kernel, in->vrouter, SUBJECT_SEND, IP_ADDR_NONE, &c))
		return;
	event = event_of(e, in->vrouter, HISTORY_SEND);
	event.error = in->error;
	complain(e, &c, &event);
}

void engine_step(struct engine *e, const struct event *ev)
{
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
		on_address(e, &ev->address);
		break;
	case EVENT_ADDRESS_DONE:
		on_address_done(e, &ev->address);
		break;
	case EVENT_SEND_FAILED:
		on_send_failed(e, &ev->send);
		break;
	case EVENT_ANNOUNCE:
		on_announce(e, ev->vrouter);
		break;
	case EVENT_CHECK:
	case EVENT_FORCE:
	case EVENT_HOOK_RESULT:
	case EVENT_HOOKS_DONE:
		break;
	case EVENT_STOP:
		e->stopping = true;
		for (uint32_t i = 0; i < e->member_count; i++)
			engine_shut_down(e, i, REASON_STOPPED);
		break;
	case EVENT_KIND_COUNT_:
		break;
	}
}

struct instant engine_deadline(const struct engine *e)
{
	struct instant next = instant_min(deadlines_next(&e->timers), e->plan.retry_at);

	return instant_min(next, e->announce_due);
}

bool engine_stopped(const struct engine *e)
{
	if (!e->stopping)
		return false;
	for (uint32_t i = 0; i < e->plan.count; i++) {
		const struct slot *s = &e->plan.slots[i];

		if (!plan_slot_done(s) && s->failures < ADDRESS_FAILURES_MAX)
			return false;
	}
	return worklist_empty(&e->adverts);
}
