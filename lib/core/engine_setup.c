/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How an engine comes to be: laid out in one block of memory, filled from the settings, and given what a predecessor knew, be that an older
 * engine (reload) or the records of a dead process.
 */
#include <errno.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#include "core/engine_internal.h"

/* ---- memory ---- */

/* Hands out pieces of a block; with base NULL it only measures. */
struct carver {
	uint8_t *base;
	size_t used;
};

static void *carve(struct carver *c, size_t count, size_t size)
{
	size_t at =
		(c->used + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);

	c->used = at + count * size;
	return c->base ? c->base + at : NULL;
}

/* How much of everything the settings need. */
struct demand {
	uint32_t members, interfaces, slots, leftovers;
};

static struct demand demand_of(const struct settings *s, uint32_t leftovers)
{
	struct demand d = { .leftovers = leftovers, .slots = s->vip_count + leftovers };

	for (uint32_t i = 0; i < s->instance_count; i++) {
		for (int f = 0; f < FAMILY_COUNT; f++)
			d.members += s->instances[i].addresses[f].count != 0;
	}
	d.interfaces = s->instance_count;
	for (uint32_t i = 0; i < s->vip_count; i++)
		d.interfaces += s->vips[i].dev[0] != '\0';
	return d;
}

static void lay_out_members(struct carver *c, struct engine *e, const struct demand *d)
{
	struct instant *at = carve(c, d->members, sizeof(*at));
	uint32_t *heap = carve(c, d->members, sizeof(*heap));
	uint32_t *place = carve(c, d->members, sizeof(*place));
	uint32_t *adverts = carve(c, d->members, sizeof(*adverts));
	uint32_t *saves = carve(c, d->members, sizeof(*saves));
	struct member *members = carve(c, d->members, sizeof(*members));

	if (!c->base)
		return;
	e->members = members;
	deadlines_init(&e->timers, d->members, at, heap, place);
	worklist_init(&e->adverts, d->members, adverts);
	worklist_init(&e->saves, d->members, saves);
}

static void lay_out_interfaces(struct carver *c, struct engine *e, const struct demand *d)
{
	uint32_t buckets = index_buckets(d->interfaces);
	struct interfaces_arrays arrays = { .cap = d->interfaces, .slots = d->slots };

	arrays.table = carve(c, d->interfaces, sizeof(*arrays.table));
	arrays.name_heads = carve(c, buckets, sizeof(*arrays.name_heads));
	arrays.name_chain = carve(c, d->interfaces, sizeof(*arrays.name_chain));
	arrays.ifindex_heads = carve(c, buckets, sizeof(*arrays.ifindex_heads));
	arrays.ifindex_chain = carve(c, d->interfaces, sizeof(*arrays.ifindex_chain));
	arrays.announcing = carve(c, d->interfaces, sizeof(*arrays.announcing));
	arrays.announcements = carve(c, d->slots, sizeof(*arrays.announcements));
	if (c->base)
		interfaces_init(&e->interfaces, &arrays);
}

static void lay_out_plan(struct carver *c, struct engine *e, const struct demand *d)
{
	struct slot *slots = carve(c, d->slots, sizeof(*slots));
	uint32_t *work = carve(c, d->slots, sizeof(*work));
	uint32_t *heads = carve(c, index_buckets(d->slots), sizeof(*heads));
	uint32_t *chain = carve(c, d->slots, sizeof(*chain));
	struct vip *leftovers = carve(c, d->leftovers, sizeof(*leftovers));

	if (!c->base)
		return;
	plan_init(&e->plan, d->slots, slots, work, heads, chain);
	e->leftovers = leftovers;
	e->leftover_cap = d->leftovers;
}

static struct engine *lay_out(struct carver *c, const struct demand *d)
{
	struct engine *e = carve(c, 1, sizeof(*e));
	struct history_event *events;

	if (c->base)
		*e = (struct engine){ .announce_due = INSTANT_NEVER };
	lay_out_members(c, e, d);
	lay_out_interfaces(c, e, d);
	lay_out_plan(c, e, d);
	/* Last, because it is the largest part and the one that decides nothing. */
	events = carve(c, HISTORY_MAX, sizeof(*events));
	if (c->base)
		history_init(&e->history, events, HISTORY_MAX);
	return e;
}

size_t engine_size(const struct settings *s, uint32_t leftovers)
{
	struct demand d = demand_of(s, leftovers);
	struct carver c = { .base = NULL };

	lay_out(&c, &d);
	return c.used;
}

/* ---- from settings ---- */

static void add_slots(struct engine *e, struct member *m, uint32_t number, struct range vips,
		      bool advertised)
{
	for (uint32_t i = 0; i < vips.count; i++) {
		const struct vip *vip = &e->settings->vips[vips.first + i];
		uint32_t place =
			vip->dev[0] == '\0' ? m->interface : interfaces_add(&e->interfaces, vip->dev);
		uint32_t slot = plan_add(&e->plan, vip, number, place, 0);
		struct interface *there = &e->interfaces.table[place];

		e->plan.slots[slot].advertised = advertised;
		if (there->first_slot == INDEX_NONE)
			there->first_slot = slot;
		else
			e->plan.slots[there->last_slot].next_there = slot;
		there->last_slot = slot;
		m->slots.count++;
	}
}

static void add_member(struct engine *e, const struct instance_settings *set, enum ip_family family,
		       bool with_extra)
{
	uint32_t number = e->member_count++;
	struct member *m = &e->members[number];
	struct interface *there;

	*m = (struct member){ .interface = interfaces_add(&e->interfaces, set->interface) };
	there = &e->interfaces.table[m->interface];
	vrouter_init(&m->vr, set, family, number);
	m->next_there = INDEX_NONE;
	if (there->first_vrouter == INDEX_NONE)
		there->first_vrouter = number;
	else
		e->members[there->last_vrouter].next_there = number;
	there->last_vrouter = number;
	there->vrouters[family_index(family)][set->vrid] = (uint16_t)number;
	m->slots.first = e->plan.count;
	add_slots(e, m, number, set->addresses[family_index(family)], true);
	if (with_extra)
		add_slots(e, m, number, set->extra, false);
	announcer_init(&m->announcer, m->slots);
}

struct engine *engine_init(void *mem, const struct settings *s, uint32_t leftovers)
{
	struct demand d = demand_of(s, leftovers);
	struct carver c = { .base = mem };
	struct engine *e = lay_out(&c, &d);

	e->settings = s;
	for (uint32_t i = 0; i < s->instance_count; i++) {
		const struct instance_settings *set = &s->instances[i];
		bool has_v4 = set->addresses[FAMILY_V4].count != 0;

		/* The extra addresses go with the first of two virtual routers. */
		if (has_v4)
			add_member(e, set, IP_V4, true);
		if (set->addresses[FAMILY_V6].count != 0)
			add_member(e, set, IP_V6, !has_v4);
	}
	return e;
}

/* ---- from a predecessor ---- */

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

void engine_retire(struct engine *old, const struct engine *fresh, struct instant now,
		   int64_t wall_us)
{
	old->now = now;
	old->wall_us = wall_us;
	for (uint32_t i = 0; i < old->member_count; i++) {
		if (counterpart(fresh, &old->members[i].vr) == INDEX_NONE)
			engine_shut_down(old, i, REASON_RETIRED);
	}
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
		if (fresh->started && !fresh->stopping) {
			engine_input(fresh, number, VROUTER_STARTUP);
			engine_look_for_foreign(fresh, number);
		}
		return;
	}
	was = &old->members[before];
	vrouter_adopt(&m->vr, &was->vr, lists_differ(fresh, &m->vr, old, &was->vr), &step);
	m->announcer.repeat_at = was->announcer.repeat_at;
	m->announcer.refresh_at = was->announcer.refresh_at;
	m->vr.link = engine_link_of(fresh, number);
	engine_input(fresh, number, VROUTER_LINK_CHANGED);
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

/* Until when the slot must not be touched: the kernel refused, or it lingers for a virtual router that is no more. */
static struct instant untouched_until(const struct engine *fresh, const struct slot *is,
				      const struct engine *old, const struct slot *was)
{
	if (is->vrouter != PLAN_NO_VROUTER || was->vrouter == PLAN_NO_VROUTER ||
	    counterpart(fresh, &old->members[was->vrouter].vr) != INDEX_NONE)
		return was->retry_at;
	return old->members[was->vrouter].vr.linger_until;
}

/* What the old engine had under way or in the kernel for one address. */
static void adopt_slot(struct engine *fresh, const struct engine *old, const struct slot *was)
{
	uint32_t i = successor_slot(fresh, was);
	struct slot *s;

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
	s->failures = was->failures;
	s->lost = was->lost;
	s->losses = was->losses;
	s->added_at = was->added_at;
	s->retry_at = untouched_until(fresh, s, old, was);
	fresh->plan.retry_at = instant_min(fresh->plan.retry_at, s->retry_at);
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

/* The limiters begin anew: after a reload, what is still wrong is told again. */
void engine_adopt(struct engine *fresh, struct engine *old, struct instant now, int64_t wall_us)
{
	fresh->now = now;
	fresh->wall_us = wall_us;
	fresh->started = old->started;
	fresh->plan.window = old->plan.window;
	fresh->stopping = old->stopping;
	fresh->counters = old->counters;
	history_copy(&fresh->history, &old->history);
	for (uint32_t i = 0; i < fresh->member_count; i++)
		adopt_member(fresh, i, old);
	for (uint32_t i = 0; i < old->plan.count; i++) {
		const struct slot *was = &old->plan.slots[i];

		if (was->ifindex != 0 &&
		    (was->ours || was->flight != SLOT_IDLE || was->failures != 0))
			adopt_slot(fresh, old, was);
	}
	adopt_announcements(fresh, old);
	for (uint32_t i = 0; i < old->interfaces.count; i++) {
		const struct interface *was = &old->interfaces.table[i];
		uint32_t place = interfaces_by_name(&fresh->interfaces, was->link.name);

		if (place != INDEX_NONE)
			fresh->interfaces.table[place].announce_after = was->announce_after;
	}
}

uint32_t engine_address_count(const struct engine *e)
{
	return e->plan.count;
}

int engine_leftover(struct engine *e, int32_t ifindex, const struct vip *vip)
{
	uint32_t slot = leftover_slot(e, ifindex, vip);

	if (slot == INDEX_NONE)
		return -ENOSPC;
	plan_observe(&e->plan, slot, vip->prefix_len, true, true, e->now);
	return 0;
}

void engine_record(const struct engine *e, uint32_t vrouter, struct record *ret)
{
	const struct vrouter *vr = &e->members[vrouter].vr;

	_Static_assert(sizeof(ret->interface) == sizeof(vr->set->interface), "both with the NUL");
	memcpy(ret->interface, vr->set->interface, sizeof(ret->interface));
	ret->vrid = vr->set->vrid;
	ret->family = (uint8_t)vr->family;
	ret->state = vr->state;
	ret->reason = vr->reason;
	ret->since_wall_us = vr->since_wall_us;
	ret->last_advert = vr->last_advert;
	ret->interval = vr->set->advert_interval;
	ret->counters = vr->counters;
}

bool engine_restore(struct engine *e, const struct record *r, struct instant now)
{
	uint32_t number = find_member(e, r->interface, (enum ip_family)r->family, r->vrid);
	struct vrouter *vr;

	if (number == INDEX_NONE)
		return false;
	vr = &e->members[number].vr;
	vr->counters = r->counters;
	if (r->state != VROUTER_MASTER || instant_is_never(r->last_advert) ||
	    instant_before(now, r->last_advert))
		return true;
	vr->last_advert = r->last_advert;
	vr->since_wall_us = r->since_wall_us;
	vr->reason = r->reason;
	/* Three intervals is what any peer waits at least, RFC 9568 section 6.1. */
	vr->resume_until = instant_add(r->last_advert, span_times(r->interval, 3));
	return true;
}
