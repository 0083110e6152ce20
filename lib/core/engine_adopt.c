/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An engine that comes after another: at a reload it takes over all that the old one knows and has under way, after a restart what the
 * records of a dead process tell.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/engine_internal.h"
#include "core/peers.h"

static uint32_t find_member(const struct engine *e, const char *interface, enum ip_family family,
			    uint8_t vrid)
{
	uint32_t place = interfaces_by_name(&e->interfaces, interface);
	uint16_t number;

	if (place == INDEX_NONE)
		return INDEX_NONE;
	number = e->interfaces.table[place].vrouters[family_index(family)][vrid];
	return number == INTERFACE_NO_VROUTER ? INDEX_NONE : number;
}

static uint32_t counterpart(const struct engine *e, const struct vrouter *vr)
{
	return find_member(e, vr->set->interface, vr->family, vr->set->vrid);
}

uint32_t engine_same_vrouter(const struct engine *e, const struct engine *other, uint32_t vrouter)
{
	return counterpart(e, &other->members[vrouter].vr);
}

bool engine_goes_on(const struct engine *fresh, const struct engine *old, uint32_t number)
{
	return counterpart(fresh, &old->members[number].vr) != INDEX_NONE;
}

/* With its whole instance, not only with one family of it. */
static bool goes_away(const struct engine *old, const struct engine *fresh, uint32_t number)
{
	uint32_t instance = old->members[number].instance;

	for (uint32_t i = old->first_member[instance]; i < old->first_member[instance + 1]; i++) {
		if (counterpart(fresh, &old->members[i].vr) != INDEX_NONE)
			return false;
	}
	return true;
}

static void serve_on(struct engine *e, struct instant until)
{
	if (instant_is_never(e->retired_until) ||
	    (!instant_is_never(until) && instant_before(e->retired_until, until)))
		e->retired_until = until;
}

struct instant engine_serves_until(const struct engine *e)
{
	return e->retired_until;
}

void engine_serve_until(struct engine *e, struct instant until, struct instant now)
{
	/* Nobody serves so long: it is damaged. */
	struct instant longest = instant_add(now, span_ms(2 * ADVERT_INTERVAL_V2_MAX_MS));

	if (instant_before(now, until) && instant_before(until, longest))
		e->retired_until = until;
}

void engine_retire(struct engine *old, const struct engine *fresh, struct instant now,
		   int64_t wall_us)
{
	old->now = now;
	old->wall_us = wall_us;
	for (uint32_t i = 0; i < old->member_count; i++) {
		if (counterpart(fresh, &old->members[i].vr) != INDEX_NONE)
			continue;
		/* Its hooks cannot wait until its addresses are gone: this engine will not live to see that. */
		old->notifiers[old->members[i].instance].hurries = goes_away(old, fresh, i);
		engine_shut_down(old, i, REASON_RETIRED);
		serve_on(old, old->members[i].vr.linger_until);
		engine_wake_notifiers(old, &old->members[i]);
	}
	engine_conclude(old);
}

/* A session with another peer, or from elsewhere, is another one, whatever its name. */
static bool is_same_check(const struct check_settings *a, const struct check_settings *b)
{
	return a->kind == b->kind && strcmp(a->name, b->name) == 0 &&
	       (a->kind != CHECK_BFD ||
		(ip_equal(a->peer, b->peer) && ip_equal(a->source, b->source)));
}

/* What it tracks has other numbers now; the next name is the most likely one. */
static void adopt_trackers(struct engine *fresh, const struct engine *old)
{
	uint32_t count = old->settings->check_count;
	uint32_t next = 0;

	for (uint32_t i = 0; i < fresh->settings->check_count; i++) {
		struct tracker *t = &fresh->trackers[i];

		for (uint32_t tried = 0; tried < count; tried++, next = (next + 1) % count) {
			const struct tracker *was = &old->trackers[next];

			if (is_same_check(was->set, t->set)) {
				tracker_adopt(t, was);
				break;
			}
		}
	}
	engine_await_checks(fresh);
}

/* The settings of its group; NULL: it has none. */
static const struct group_settings *group_of(const struct engine *e, const struct member *m)
{
	uint32_t group = m->vr.set->group;

	return group != 0 ? &e->settings->groups[group - 1] : NULL;
}

static bool same_group(const struct group_settings *a, const struct group_settings *b)
{
	return !a || !b ? a == b : strcmp(a->name, b->name) == 0;
}

/* The instance's hooks and force, and its group's hooks if that is still the same one, are found through its virtual router. */
static void adopt_agents(struct engine *fresh, const struct member *m, const struct engine *old)
{
	uint32_t before = counterpart(old, &m->vr);
	uint32_t group = m->vr.set->group, old_group;
	const struct member *was;
	const struct force *force;

	if (before == INDEX_NONE)
		return;
	was = &old->members[before];
	old_group = was->vr.set->group;
	force = &old->forces[was->instance];
	fresh->notifiers[m->instance] = old->notifiers[was->instance];
	engine_wake_notifiers(fresh, m);
	if (group != 0 && same_group(group_of(fresh, m), group_of(old, was)))
		fresh->notifiers[fresh->settings->instance_count + group - 1] =
			old->notifiers[old->settings->instance_count + old_group - 1];
	if (force->to == FORCE_NONE)
		return;
	fresh->forces[m->instance] = *force;
	deadlines_set(&fresh->force_timers, m->instance, force->until);
}

/* Would the two advertise different lists? */
static bool lists_differ(const struct engine *fresh, const struct vrouter *new,
			 const struct engine *old, const struct vrouter *was)
{
	struct range a = new->set->addresses[family_index(new->family)];
	struct range b = was->set->addresses[family_index(was->family)];

	if (a.count != b.count)
		return true;
	for (uint32_t i = 0; i < a.count; i++) {
		if (!ip_equal(fresh->settings->vips[a.first + i].addr,
			      old->settings->vips[b.first + i].addr))
			return true;
	}
	return false;
}

/* When those who stay peers were heard last. */
static void adopt_peers(struct engine *fresh, const struct instance_settings *set,
			const struct engine *old, const struct instance_settings *was)
{
	for (uint32_t i = was->peers.first; i < was->peers.first + was->peers.count; i++) {
		uint32_t peer = peers_find(fresh->settings, set, old->settings->peers[i]);

		if (peer != UINT32_MAX)
			fresh->peer_heard_wall_us[peer] = old->peer_heard_wall_us[i];
	}
}

static void adopt_member(struct engine *fresh, uint32_t number, const struct engine *old)
{
	struct member *m = &fresh->members[number];
	uint32_t before = counterpart(old, &m->vr);
	struct vrouter_step step = {
		.now = fresh->now,
		.wall_us = fresh->wall_us,
		.history = &fresh->history,
	};
	const struct member *was;

	if (before == INDEX_NONE) {
		engine_weigh_silently(fresh, number);
		if (fresh->started && !fresh->stopping) {
			engine_input(fresh, number, VROUTER_STARTUP);
			engine_look_for_foreign(fresh, number);
		}
		return;
	}
	was = &old->members[before];
	adopt_peers(fresh, m->vr.set, old, was->vr.set);
	m->resumed = was->resumed;
	m->vr.priority = was->vr.priority;
	/* What the group imposed stays until the new group has been asked. */
	m->vr.imposed = m->fate != INDEX_NONE && was->vr.imposed == REASON_GROUP ? REASON_GROUP
										 : REASON_NONE;
	engine_weigh_silently(fresh, number);
	vrouter_adopt(&m->vr, &was->vr, lists_differ(fresh, &m->vr, old, &was->vr), &step);
	/* The record says what its group has been told. */
	m->vr.out.save = m->vr.out.save || !same_group(group_of(fresh, m), group_of(old, was));
	m->announcer.repeat_at = was->announcer.repeat_at;
	m->announcer.refresh_at = was->announcer.refresh_at;
	m->vr.link = engine_link_of(fresh, number);
	engine_input_why(fresh, number, VROUTER_LINK_CHANGED, REASON_CONFIGURATION);
	if (m->vr.wants && !m->vr.gated)
		engine_input(fresh, number, VROUTER_TAKE);
}

/* A slot for a leftover: a new one, or where all are given out, one whose address has been removed. INDEX_NONE: there is no room. */
static uint32_t leftover_slot(struct engine *e, int32_t ifindex, const struct vip *vip)
{
	uint32_t first = e->settings->vip_count;

	if (e->leftover_count < e->leftover_cap) {
		e->leftovers[e->leftover_count] = *vip;
		return plan_add(&e->plan, &e->leftovers[e->leftover_count++], PLAN_NO_VROUTER,
				INDEX_NONE, ifindex);
	}
	for (uint32_t i = 0; i < e->leftover_count; i++) {
		if (!plan_slot_done(&e->plan.slots[first + i]))
			continue;
		plan_forget(&e->plan, first + i);
		e->leftovers[i] = *vip;
		e->plan.slots[first + i].retired = false;
		plan_place(&e->plan, first + i, ifindex);
		return first + i;
	}
	return INDEX_NONE;
}

/*
 * An address that nobody here has any more: it goes, once its virtual router has let its successor take over. There is room for every
 * address of the old engine.
 */
static uint32_t retire_slot(struct engine *fresh, const struct engine *old, const struct slot *was)
{
	struct vip vip = *was->vip;
	uint32_t number;
	struct slot *s;

	if (!was->ours && was->flight == SLOT_IDLE)
		return INDEX_NONE;
	if (was->interface != INDEX_NONE)
		snprintf(vip.dev, sizeof(vip.dev), "%s",
			 old->interfaces.table[was->interface].link.name);
	number = leftover_slot(fresh, was->ifindex, &vip);
	if (number == INDEX_NONE)
		return INDEX_NONE;
	s = &fresh->plan.slots[number];
	s->retired = was->retired || was->vrouter != PLAN_NO_VROUTER;
	/* Nobody told the new engine of it. */
	memcpy(s->foreign, was->foreign, sizeof(s->foreign));
	return number;
}

/* Where the old engine's slot lives on, or INDEX_NONE. */
static uint32_t successor_slot(const struct engine *fresh, const struct slot *was)
{
	uint32_t i = plan_find(&fresh->plan, was->ifindex, was->vip->addr);

	while (i != INDEX_NONE && fresh->plan.slots[i].vip->prefix_len != was->vip->prefix_len)
		i = plan_find_next(&fresh->plan, i);
	return i;
}

/*
 * Until when the slot must not be touched: the kernel refused, or it lingers for a virtual router that is no more, be it one that was taken away
 * before and had come back.
 */
static struct instant untouched_until(const struct engine *fresh, const struct slot *is,
				      const struct engine *old, const struct slot *was)
{
	/* A refusal of what is not wanted any more is none. */
	struct instant retry_at = is->wanted == was->wanted ? was->retry_at : INSTANT_NEVER;
	const struct vrouter *vr;
	uint32_t successor;

	if (is->wanted || was->vrouter == PLAN_NO_VROUTER)
		return retry_at;
	vr = &old->members[was->vrouter].vr;
	successor = counterpart(fresh, vr);
	/* It may move onto a link of its own, which is to be made first. */
	if (successor != INDEX_NONE && fresh->members[successor].has_link &&
	    !old->members[was->vrouter].has_link && vrouter_holds(vr))
		return instant_add(fresh->now, vrouter_moving_time(vr));
	if (successor != INDEX_NONE)
		return retry_at;
	/* Who lingers has wanted it until now, so that only one of the two can be. */
	return instant_min(vr->linger_until, retry_at);
}

/* Is the link that carries it about to be removed? */
static bool goes_with_its_link(const struct engine *fresh, const struct engine *old,
			       const struct slot *was)
{
	return was->staged &&
	       interfaces_by_name(&fresh->interfaces,
				  old->interfaces.table[was->interface].link.name) == INDEX_NONE;
}

/* What the old engine had under way or in the kernel for one address. */
static void adopt_slot(struct engine *fresh, const struct engine *old, const struct slot *was)
{
	uint32_t i = successor_slot(fresh, was);
	struct slot *s;

	if (i == INDEX_NONE && goes_with_its_link(fresh, old, was))
		return;
	if (i == INDEX_NONE)
		i = retire_slot(fresh, old, was);
	if (i == INDEX_NONE)
		return;
	s = &fresh->plan.slots[i];
	s->ours = s->ours || was->ours;
	s->outdated = was->outdated;
	if (s->ours || was->flight == SLOT_ADDING)
		plan_compare_form(&fresh->plan, i, was->vip);
	s->flight = was->flight;
	fresh->plan.in_flight += was->flight != SLOT_IDLE;
	/* Refusals of what is not wanted any more count for nothing. */
	s->failures = s->wanted == was->wanted ? was->failures : 0;
	s->lost = was->lost;
	s->losses = was->losses;
	s->added_at = was->added_at;
	plan_spare(&fresh->plan, i, untouched_until(fresh, s, old, was));
	worklist_add(&fresh->plan.work, i);
}

/* The announcements that one queue still holds, in their order: first ones stay first ones, and repeats repeats. */
static void adopt_queue(struct engine *fresh, const struct engine *old, struct worklist *from,
			bool again)
{
	uint32_t number;

	while (worklist_take(from, &number)) {
		const struct slot *was = &old->plan.slots[number];
		uint32_t i = successor_slot(fresh, was);
		struct slot *s = i == INDEX_NONE ? NULL : &fresh->plan.slots[i];
		struct interface *there;

		if (!s || s->vrouter == PLAN_NO_VROUTER ||
		    fresh->members[s->vrouter].vr.state != VROUTER_MASTER)
			continue;
		there = &fresh->interfaces.table[s->interface];
		s->announcements = was->announcements;
		worklist_add(again ? &there->announce_again : &there->announce_first, i);
		worklist_add(&fresh->interfaces.announcing, s->interface);
	}
}

/* Interface by interface, in the order of their turns. */
static void adopt_announcements(struct engine *fresh, struct engine *old)
{
	uint32_t place;

	while (worklist_take(&old->interfaces.announcing, &place)) {
		struct interface *was = &old->interfaces.table[place];

		adopt_queue(fresh, old, &was->announce_first, false);
		adopt_queue(fresh, old, &was->announce_again, true);
	}
}

/* All that can be had without taking it from the old engine. The limiters begin anew: after a reload, what is still wrong is told again. */
static void carry_over(struct engine *fresh, const struct engine *old, struct instant now,
		       int64_t wall_us)
{
	fresh->now = now;
	fresh->wall_us = wall_us;
	fresh->started = old->started;
	fresh->plan.window = old->plan.window;
	fresh->stopping = old->stopping;
	fresh->retired_until = old->retired_until;
	fresh->counters = old->counters;
	fresh->lag = old->lag;
	history_copy(&fresh->history, &old->history);
	adopt_trackers(fresh, old);
	/* Before any is weighed: they hold for the other family of the instance too, which may be new. */
	for (uint32_t i = 0; i < fresh->member_count; i++)
		adopt_agents(fresh, &fresh->members[i], old);
	for (uint32_t i = 0; i < old->member_count; i++) {
		const struct member *was = &old->members[i];

		if (was->has_link)
			engine_adopt_link(fresh, old, was,
					  counterpart(fresh, &was->vr) != INDEX_NONE);
	}
	engine_adopt_strays(fresh, old);
	for (uint32_t i = 0; i < fresh->member_count; i++)
		adopt_member(fresh, i, old);
	for (uint32_t i = 0; i < old->plan.count; i++)
		adopt_slot(fresh, old, &old->plan.slots[i]);
	engine_adopt_routings(fresh, old);
}

void engine_adopt(struct engine *fresh, struct engine *old, struct instant now, int64_t wall_us)
{
	carry_over(fresh, old, now, wall_us);
	adopt_announcements(fresh, old);
	for (uint32_t i = 0; i < old->interfaces.count; i++) {
		const struct interface *was = &old->interfaces.table[i];
		uint32_t place = interfaces_by_name(&fresh->interfaces, was->link.name);

		if (place != INDEX_NONE)
			fresh->interfaces.table[place].announce_after = was->announce_after;
	}
	engine_conclude(fresh);
}

void engine_foresee(struct engine *fresh, const struct engine *old, struct instant now,
		    int64_t wall_us)
{
	carry_over(fresh, old, now, wall_us);
	engine_conclude(fresh);
}

uint32_t engine_address_count(const struct engine *e)
{
	return e->plan.count + e->stray_count;
}

int engine_leftover(struct engine *e, int32_t ifindex, const struct vip *vip)
{
	uint32_t slot = leftover_slot(e, ifindex, vip);

	if (slot == INDEX_NONE)
		return -ENOSPC;
	plan_observe(&e->plan, slot, vip->prefix_len, true, true, e->now);
	plan_spare(&e->plan, slot, engine_spared_until(e));
	return 0;
}

/* Of a member of a group. */
static struct notifier *group_notifier(const struct engine *e, const struct member *m)
{
	return &e->notifiers[e->settings->instance_count + m->vr.set->group - 1];
}

void engine_record(const struct engine *e, uint32_t vrouter, struct record *ret)
{
	const struct member *m = &e->members[vrouter];
	const struct vrouter *vr = &m->vr;

	_Static_assert(sizeof(ret->interface) == sizeof(vr->set->interface), "both with the NUL");
	memcpy(ret->interface, vr->set->interface, sizeof(ret->interface));
	ret->vrid = vr->set->vrid;
	ret->family = (uint8_t)vr->family;
	ret->state = vr->state;
	ret->reason = vr->reason;
	ret->since_wall_us = vr->since_wall_us;
	ret->last_advert = vr->last_advert;
	ret->interval = vr->set->advert_interval;
	ret->priority = vr->priority;
	ret->told = e->notifiers[m->instance].told;
	ret->group_told = vr->set->group != 0 ? group_notifier(e, m)->told : VROUTER_INIT;
	ret->force = e->forces[m->instance];
	ret->counters = vr->counters;
	ret->linger_until = vr->linger_until;
}

/* A force whose time has run out meanwhile is none any more. */
static void restore_force(struct engine *e, uint32_t instance, const struct force *force,
			  struct instant now)
{
	if (force->to == FORCE_NONE || instant_reached(force->until, now))
		return;
	e->forces[instance] = *force;
	deadlines_set(&e->force_timers, instance, force->until);
}

/* Who has been told that it is MASTER need not be told again. */
static void restore_told(struct notifier *n, enum vrouter_state told)
{
	if (told == VROUTER_MASTER)
		n->state = n->told = VROUTER_MASTER;
}

bool engine_restore(struct engine *e, const struct record *r, struct instant now)
{
	uint32_t number = find_member(e, r->interface, (enum ip_family)r->family, r->vrid);
	struct member *m;

	if (number == INDEX_NONE)
		return false;
	m = &e->members[number];
	m->vr.counters = r->counters;
	restore_force(e, m->instance, &r->force, now);
	/* Who had yielded and still served goes on with that: its successor may not have been heard yet. */
	if (r->state != VROUTER_MASTER && instant_before(now, r->linger_until))
		m->vr.linger_until = r->linger_until;
	if (r->state != VROUTER_MASTER || instant_is_never(r->last_advert) ||
	    instant_before(now, r->last_advert))
		return true;
	m->vr.last_advert = r->last_advert;
	m->vr.since_wall_us = r->since_wall_us;
	m->vr.reason = r->reason;
	m->vr.priority = r->priority;
	/* What an operator made of it was not its own. */
	m->resumed = r->force.to == FORCE_NONE;
	/* Three intervals is what any peer waits at least, RFC 9568 section 6.1. */
	m->vr.resume_until = instant_add(r->last_advert, span_times(r->interval, 3));
	if (!instant_before(now, m->vr.resume_until))
		return true;
	restore_told(&e->notifiers[m->instance], r->told);
	if (m->vr.set->group != 0)
		restore_told(group_notifier(e, m), r->group_told);
	return true;
}
