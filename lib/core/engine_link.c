/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The links of virtual MACs in the engine: named after their parent's number as soon as that is known, made, raised and lowered as their
 * virtual router holds its addresses, put back when somebody removes them, and removed when nobody here has them any more. One that cannot be
 * lowered loses its addresses instead: nobody may be served on it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/engine_internal.h"
#include "core/peers.h"

static struct event_link *link_at(const struct engine *e, const struct member *m)
{
	return &e->interfaces.table[m->where].link;
}

static int32_t parent_of(const struct engine *e, const struct member *m)
{
	return e->interfaces.table[m->interface].link.ifindex;
}

/* Who has none is where its interface is, which does not stand on itself. */
bool engine_link_stands(const struct engine *e, const struct member *m)
{
	return virtual_link_stands(&m->link, link_at(e, m), parent_of(e, m));
}

bool engine_link_awaited(const struct engine *e, const struct member *m)
{
	return m->has_link && (!engine_link_stands(e, m) || m->link.flight == LINK_MAKE);
}

bool engine_link_is_up(const struct engine *e, const struct member *m)
{
	return engine_link_stands(e, m) && link_at(e, m)->raised && m->link.flight != LINK_LOWER;
}

bool engine_link_carries(const struct engine *e, const struct member *m)
{
	return engine_link_is_up(e, m) ||
	       (engine_link_stands(e, m) && m->link.flight == LINK_RAISE);
}

enum link_op engine_link_needed(const struct engine *e, const struct member *m)
{
	return virtual_link_needed(&m->link, link_at(e, m), parent_of(e, m));
}

enum reason engine_link_lack(const struct engine *e, const struct member *m)
{
	if (!m->has_link)
		return REASON_NONE;
	/* While it is being made it may be seen before its mark is. */
	if (link_at(e, m)->ifindex != 0 && !link_at(e, m)->ours && m->link.flight == LINK_LEAVE)
		return REASON_VIRTUAL_MAC_TAKEN;
	if (m->link.nameless || (m->link.broken && !engine_link_stands(e, m)))
		return REASON_VIRTUAL_MAC_FAILED;
	return REASON_NONE;
}

/*
 * RFC 9568 section 7.3: advertisements come from the virtual MAC. Not those to unicast peers, who have to be resolved like anybody
 * else, and not the last word of one that has just yielded: switches would take it for the place where the virtual MAC is.
 */
int32_t engine_advert_ifindex(const struct engine *e, const struct member *m, uint8_t priority)
{
	bool speaks_for_it = m->vr.state == VROUTER_MASTER || priority == VRRP_PRIORITY_RELEASE;

	if (!speaks_for_it || !engine_link_carries(e, m) ||
	    peers_exist(e->settings, m->vr.set, m->vr.family))
		return parent_of(e, m);
	return link_at(e, m)->ifindex;
}

/* ---- what is to be done ---- */

/* What is to be done is looked at again when it is taken. */
static void queue_link(struct engine *e, uint32_t number)
{
	enum link_op op = engine_link_needed(e, &e->members[number]);

	if (op == LINK_RAISE)
		worklist_add(&e->raises, number);
	else if (op != LINK_LEAVE)
		worklist_add(&e->links, number);
}

void engine_settle_link(struct engine *e, uint32_t number)
{
	struct member *m = &e->members[number];

	if (!m->has_link)
		return;
	virtual_link_want(&m->link, !e->stopping, vrouter_holds(&m->vr));
	queue_link(e, number);
}

/* Making and removing takes a kernel a hundred times as long as raising and lowering: few at a time, or the loop would not turn. */
enum {
	SLOW_LINKS_MAX = 8
};

static bool take_link(struct engine *e, struct worklist *from, uint32_t most, struct action *ret)
{
	uint32_t number;

	while (e->started && e->links_in_flight < most && worklist_take(from, &number)) {
		struct member *m = &e->members[number];
		enum link_op op = engine_link_needed(e, m);

		if (op == LINK_LEAVE)
			continue;
		m->link.flight = (uint8_t)op;
		e->links_in_flight++;
		/* What it has to say has waited for this: see engine_settle(). */
		worklist_add(&e->late_adverts, number);
		*ret = (struct action){
			.kind = ACTION_LINK,
			.vrouter = number,
			.ifindex = link_at(e, m)->ifindex,
			.mac = m->link.mac,
			.link = { .op = op,
				  .name = link_at(e, m)->name,
				  .parent = parent_of(e, m),
				  .family = m->vr.family },
		};
		return true;
	}
	return false;
}

bool engine_take_raise(struct engine *e, struct action *ret)
{
	return take_link(e, &e->raises, ENGINE_LINKS_MAX, ret);
}

bool engine_take_link(struct engine *e, struct action *ret)
{
	return take_link(e, &e->links, SLOW_LINKS_MAX, ret);
}

/* ---- what is told ---- */

static void tell_link(struct engine *e, uint32_t number, enum link_event what, int error)
{
	const struct member *m = &e->members[number];
	const char *name = m->link.nameless ? m->vr.set->interface : link_at(e, m)->name;
	struct history_event event;
	struct complaint c;

	if (!engine_may_complain(e, &e->kernel, number, SUBJECT_LINK + (uint32_t)what, IP_ADDR_NONE,
				 &c))
		return;
	event = engine_event_of(e, number, HISTORY_LINK);
	event.code = (int32_t)what;
	event.error = error;
	snprintf(event.text, sizeof(event.text), "%s", name);
	engine_complain(e, &c, &event);
}

/* It cannot be served on: a MASTER is none without it. link_changed() follows. */
static void give_up(struct engine *e, uint32_t number, enum reason why, int error)
{
	struct vrouter_step step = engine_step_of(e, VROUTER_ADDRESS_FAILED);

	step.why = why;
	step.error = error;
	vrouter_step(&e->members[number].vr, &step);
}

void engine_move_slots(struct engine *e, uint32_t place, int32_t ifindex)
{
	uint32_t i = e->interfaces.table[place].first_slot;

	for (; i != INDEX_NONE; i = e->plan.slots[i].next_there) {
		plan_move(&e->plan, i, ifindex);
		/* What was under way there will not be answered: hooks that waited for it wait no longer. */
		engine_wake_notifiers(e, &e->members[e->plan.slots[i].vrouter]);
		engine_look_at_routings(e, &e->members[e->plan.slots[i].vrouter]);
	}
}

/* Its addresses are where it is, once it is as it is to be. */
static void place_addresses(struct engine *e, struct member *m)
{
	uint32_t first = e->interfaces.table[m->where].first_slot;
	int32_t is = engine_link_awaited(e, m) ? 0 : link_at(e, m)->ifindex;

	/* All of them may be on other interfaces. */
	if (first == INDEX_NONE || e->plan.slots[first].ifindex == is)
		return;
	engine_move_slots(e, m->where, is);
	m->link.failures = 0;
	m->link.retry_at = INSTANT_NEVER;
}

/* It is up and nobody is to be served on it, but the kernel does not let it down. */
static bool is_stuck(const struct engine *e, const struct member *m)
{
	return link_at(e, m)->raised && !m->link.wanted_up && m->link.failures > 0;
}

void engine_stage_addresses(struct engine *e, uint32_t number)
{
	const struct member *m = &e->members[number];
	bool stuck = is_stuck(e, m);

	for (uint32_t i = m->slots.first; i < m->slots.first + m->slots.count; i++) {
		if (e->plan.slots[i].staged)
			plan_want(&e->plan, i, !stuck);
	}
}

/* All that follows from a link that is another one now. */
static void link_changed(struct engine *e, uint32_t number)
{
	struct member *m = &e->members[number];

	place_addresses(e, m);
	engine_stage_addresses(e, number);
	m->vr.link = engine_link_of(e, number);
	engine_input(e, number, VROUTER_LINK_CHANGED);
	engine_look_at_routings(e, m);
	engine_wake_notifiers(e, m); /* whose hooks wait for it as for the addresses */
	/* It may have been all that a would-be master waited for. */
	engine_weigh(e, number, REASON_NONE, "");
}

/* It has gone, or only got another name, it or its parent: then it is still there, and nobody's. Removing what has gone is no error. */
static void lose_sight(struct engine *e, const struct event_link *link)
{
	if (link->ifindex != 0 && link->ours)
		(void)engine_stray_link(e, link->ifindex, link->name, INSTANT_NEVER);
}

void engine_name_link(struct engine *e, uint32_t number)
{
	struct member *m = &e->members[number];
	int32_t parent = parent_of(e, m);
	char name[IFNAME_MAX_LEN + 1] = "";
	bool nameless;

	if (!m->has_link)
		return;
	nameless = parent != 0 && !virtual_link_name(m->vr.family, parent, m->vr.set->vrid, name);
	if (strcmp(name, link_at(e, m)->name) == 0 && nameless == m->link.nameless)
		return;
	lose_sight(e, link_at(e, m));
	interfaces_rename(&e->interfaces, m->where, name);
	engine_move_slots(e, m->where, 0);
	/* What was asked of the one before is void. */
	virtual_link_init(&m->link, m->link.mac);
	m->link.nameless = nameless;
	if (nameless)
		tell_link(e, number, LINK_EVENT_FAILED, ENAMETOOLONG);
}

/* Is it one that we did not ask for, of a link that we keep? */
static void look_for_loss(struct engine *e, uint32_t number, const struct event_link *now)
{
	struct member *m = &e->members[number];
	const struct event_link *was = link_at(e, m);
	bool removed = now->ifindex != was->ifindex;
	bool lowered = m->link.wanted_up && was->raised && !now->raised;

	if (m->link.flight != LINK_LEAVE || !engine_link_stands(e, m) || !(removed || lowered))
		return;
	if (virtual_link_lose(&m->link, e->now))
		give_up(e, number, REASON_ADDRESS_LOST, 0);
}

void engine_on_virtual_link(struct engine *e, uint32_t place, const struct event_link *link)
{
	uint32_t number = e->interfaces.table[place].virtual_of;
	struct member *m = &e->members[number];

	look_for_loss(e, number, link);
	if (link->ifindex != link_at(e, m)->ifindex && m->link.flight != LINK_REMOVE)
		lose_sight(e, link_at(e, m));
	interfaces_update(&e->interfaces, place, link);
	if (!e->started)
		m->link.inherited = true;
	link_changed(e, number);
}

/* ---- the kernel's answers ---- */

static void wait_before_retry(struct engine *e, struct instant *retry_at, uint8_t *failures)
{
	if (*failures < UINT8_MAX)
		++*failures;
	*retry_at = instant_add(e->now, virtual_link_pause(*failures));
	e->links_retry_at = instant_min(e->links_retry_at, *retry_at);
}

static void link_failed(struct engine *e, uint32_t number, enum link_op op, int error)
{
	struct virtual_link *v = &e->members[number].link;

	wait_before_retry(e, &v->retry_at, &v->failures);
	/* It is going, or its parent is, and will be heard to have gone. */
	if (error == ENODEV)
		return;
	v->broken = op == LINK_MAKE;
	tell_link(e, number, op == LINK_MAKE ? LINK_EVENT_FAILED : LINK_EVENT_STUCK, error);
	if (op == LINK_RAISE)
		give_up(e, number, REASON_VIRTUAL_MAC_FAILED, error);
}

static void link_restored(struct engine *e, uint32_t number)
{
	struct member *m = &e->members[number];

	m->link.lost = false;
	m->link.restored_at = e->now;
	tell_link(e, number, LINK_EVENT_RESTORED, 0);
	if (m->vr.state == VROUTER_MASTER)
		announcer_burst(&m->announcer, &e->plan, &e->interfaces, m->vr.set->announce.count);
}

static void link_succeeded(struct engine *e, uint32_t number, enum link_op op)
{
	struct member *m = &e->members[number];

	m->link.failures = 0;
	m->link.broken = false;
	if (op == LINK_RAISE)
		m->vr.address_faults = 0;
	m->link.inherited = false;
	if (m->link.lost && (op == LINK_RAISE || (op == LINK_MAKE && !m->link.wanted_up)))
		link_restored(e, number);
}

static void stray_done(struct engine *e, const struct event_link_done *in)
{
	for (uint32_t i = 0; i < e->stray_count; i++) {
		struct stray_link *s = &e->strays[i];

		if (s->flight != in->op || strcmp(s->name, in->name) != 0)
			continue;
		s->flight = LINK_LEAVE;
		if (in->op == LINK_MAKE)
			s->gone = in->error != 0;
		else if (in->error == 0)
			s->gone = true;
		else
			wait_before_retry(e, &s->retry_at, &s->failures);
	}
}

void engine_on_link_done(struct engine *e, const struct event_link_done *in)
{
	uint32_t place = interfaces_by_name(&e->interfaces, in->name);
	uint32_t number = place == INDEX_NONE ? INDEX_NONE : e->interfaces.table[place].virtual_of;

	if (e->links_in_flight > 0)
		e->links_in_flight--;
	stray_done(e, in);
	/* Nobody waits for the answer where the parent has changed meanwhile. */
	if (number == INDEX_NONE || e->members[number].link.flight != in->op)
		return;
	e->members[number].link.flight = LINK_LEAVE;
	if (in->error != 0)
		link_failed(e, number, in->op, in->error);
	else
		link_succeeded(e, number, in->op);
	link_changed(e, number);
}

void engine_tick_links(struct engine *e)
{
	if (!instant_reached(e->links_retry_at, e->now))
		return;
	e->links_retry_at = INSTANT_NEVER;
	for (uint32_t i = 0; i < e->member_count; i++) {
		struct virtual_link *v = &e->members[i].link;

		if (instant_reached(v->retry_at, e->now)) {
			v->retry_at = INSTANT_NEVER;
			queue_link(e, i);
		}
		e->links_retry_at = instant_min(e->links_retry_at, v->retry_at);
	}
	for (uint32_t i = 0; i < e->stray_count; i++) {
		struct stray_link *s = &e->strays[i];

		if (instant_reached(s->retry_at, e->now))
			s->retry_at = INSTANT_NEVER;
		e->links_retry_at = instant_min(e->links_retry_at, s->retry_at);
	}
}

/* ---- links that nobody here has any more ---- */

/* A place for one more, be it that of one that has gone; NULL: there is none. */
static struct stray_link *stray_place(struct engine *e)
{
	for (uint32_t i = 0; i < e->stray_count; i++) {
		if (e->strays[i].gone)
			return &e->strays[i];
	}
	return e->stray_count < e->stray_cap ? &e->strays[e->stray_count++] : NULL;
}

static int add_stray(struct engine *e, const struct stray_link *stray)
{
	struct stray_link *s = stray_place(e);

	if (!s)
		return -ENOSPC;
	*s = *stray;
	e->links_retry_at = instant_min(e->links_retry_at, stray->retry_at);
	return 0;
}

int engine_stray_link(struct engine *e, int32_t ifindex, const char *name, struct instant when)
{
	struct stray_link stray = { .ifindex = ifindex,
				    .retry_at = instant_min(when, engine_spared_until(e)) };

	snprintf(stray.name, sizeof(stray.name), "%s", name);
	return add_stray(e, &stray);
}

bool engine_take_stray(struct engine *e, struct action *ret)
{
	bool may = e->started && e->links_in_flight < SLOW_LINKS_MAX;

	for (uint32_t i = 0; may && i < e->stray_count; i++) {
		struct stray_link *s = &e->strays[i];

		if (s->gone || s->flight != LINK_LEAVE || !instant_is_never(s->retry_at))
			continue;
		s->flight = LINK_REMOVE;
		e->links_in_flight++;
		*ret = (struct action){
			.kind = ACTION_LINK,
			.vrouter = UINT32_MAX,
			.ifindex = s->ifindex,
			.link = { .op = LINK_REMOVE, .name = s->name },
		};
		return true;
	}
	return false;
}

bool engine_links_released(const struct engine *e)
{
	for (uint32_t i = 0; i < e->member_count; i++) {
		const struct member *m = &e->members[i];

		if (m->link.failures < ADDRESS_FAILURES_MAX &&
		    (m->link.flight != LINK_LEAVE || engine_link_stands(e, m)))
			return false;
	}
	for (uint32_t i = 0; i < e->stray_count; i++) {
		if (!e->strays[i].gone && e->strays[i].failures < ADDRESS_FAILURES_MAX)
			return false;
	}
	return true;
}

/* ---- a reload ---- */

/*
 * Until when a link that is to go must be left alone for the sake of a successor: its own, or that of one who was taken away before and
 * had come back. A refusal of what it was to do before is none.
 */
static struct instant kept_until(const struct member *was)
{
	if (was->link.failures > 0 || instant_is_never(was->link.retry_at))
		return was->vr.linger_until;
	return was->link.retry_at;
}

/* Its successor has no such link: it goes when the one who was served on it is served elsewhere, or by another router. */
static void strand(struct engine *fresh, const struct engine *old, const struct member *was,
		   bool lives_on)
{
	const struct event_link *there = link_at(old, was);
	struct stray_link stray = { .ifindex = there->ifindex, .retry_at = kept_until(was) };

	if (lives_on && vrouter_holds(&was->vr))
		stray.retry_at = instant_add(fresh->now, vrouter_moving_time(&was->vr));
	if (was->link.flight == LINK_MAKE)
		stray.flight = LINK_MAKE;
	snprintf(stray.name, sizeof(stray.name), "%s", there->name);
	/* There is room: each had an address. */
	(void)add_stray(fresh, &stray);
}

void engine_adopt_link(struct engine *fresh, const struct engine *old, const struct member *was,
		       bool lives_on)
{
	uint32_t place = interfaces_by_name(&fresh->interfaces, link_at(old, was)->name);

	if (place == INDEX_NONE) {
		if (engine_link_stands(old, was) || was->link.flight == LINK_MAKE)
			strand(fresh, old, was, lives_on);
		return;
	}
	fresh->members[fresh->interfaces.table[place].virtual_of].link = was->link;
	engine_stage_addresses(fresh, fresh->interfaces.table[place].virtual_of);
	fresh->links_retry_at = instant_min(fresh->links_retry_at, was->link.retry_at);
}

/* It is wanted again, and found standing there or on its way. It still waits for a successor; that it could not be removed is void. */
static void regain(struct engine *fresh, const struct stray_link *s, uint32_t number)
{
	struct virtual_link *v = &fresh->members[number].link;

	v->flight = s->flight;
	v->retry_at = s->failures > 0 ? INSTANT_NEVER : s->retry_at;
	fresh->links_retry_at = instant_min(fresh->links_retry_at, v->retry_at);
}

void engine_adopt_strays(struct engine *fresh, const struct engine *old)
{
	fresh->links_in_flight = old->links_in_flight;
	for (uint32_t i = 0; i < old->stray_count; i++) {
		const struct stray_link *s = &old->strays[i];
		uint32_t place = interfaces_by_name(&fresh->interfaces, s->name);

		if (s->gone)
			continue;
		/* There is room: engine_address_count(). */
		if (place == INDEX_NONE)
			(void)add_stray(fresh, s);
		else if (interfaces_by_name(&old->interfaces, s->name) == INDEX_NONE)
			regain(fresh, s, fresh->interfaces.table[place].virtual_of);
	}
}
