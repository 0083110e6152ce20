/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How an engine comes to be: laid out in one block of memory, and filled from the settings.
 */
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
	uint32_t routings, routing_leftovers;
	uint32_t instances, checks, tracks, fates, notifiers, peers;
};

static bool has_both_families(const struct instance_settings *set)
{
	return set->addresses[FAMILY_V4].count != 0 && set->addresses[FAMILY_V6].count != 0;
}

static struct demand demand_of(const struct settings *s, uint32_t leftovers, uint32_t routings)
{
	struct demand d = {
		.leftovers = leftovers,
		.slots = s->vip_count + leftovers,
		.routings = s->routing_count + routings,
		.routing_leftovers = routings,
		.interfaces = s->instance_count,
		.instances = s->instance_count,
		.checks = s->check_count,
		.tracks = s->track_count,
		.fates = s->group_count,
		.notifiers = settings_notifiers(s),
		.peers = s->peer_count,
	};

	for (uint32_t i = 0; i < s->instance_count; i++) {
		for (int f = 0; f < FAMILY_COUNT; f++) {
			bool exists = s->instances[i].addresses[f].count != 0;

			d.members += exists;
			d.interfaces += exists && s->instances[i].virtual_mac;
		}
		d.fates += has_both_families(&s->instances[i]);
	}
	for (uint32_t i = 0; i < s->track_count; i++)
		d.interfaces += s->tracks[i].check == 0;
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
	uint32_t *arrivals = carve(c, d->members, sizeof(*arrivals));
	uint32_t *late_adverts = carve(c, d->members, sizeof(*late_adverts));
	uint32_t *raises = carve(c, d->members, sizeof(*raises));
	uint32_t *links = carve(c, d->members, sizeof(*links));
	struct member *members = carve(c, d->members, sizeof(*members));

	if (!c->base)
		return;
	e->members = members;
	deadlines_init(&e->timers, d->members, at, heap, place);
	worklist_init(&e->adverts, d->members, adverts);
	worklist_init(&e->saves, d->members, saves);
	worklist_init(&e->arrivals, d->members, arrivals);
	worklist_init(&e->late_adverts, d->members, late_adverts);
	worklist_init(&e->raises, d->members, raises);
	worklist_init(&e->links, d->members, links);
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
	struct stray_link *strays = carve(c, d->leftovers, sizeof(*strays));

	if (!c->base)
		return;
	plan_init(&e->plan, d->slots, slots, work, heads, chain);
	e->leftovers = leftovers;
	e->leftover_cap = d->leftovers;
	e->strays = strays;
	e->stray_cap = d->leftovers;
}

static void lay_out_routings(struct carver *c, struct engine *e, const struct demand *d)
{
	struct routing_entry *entries = carve(c, d->routings, sizeof(*entries));
	uint32_t *work = carve(c, d->routings, sizeof(*work));
	uint32_t *heads = carve(c, index_buckets(d->routings), sizeof(*heads));
	uint32_t *chain = carve(c, d->routings, sizeof(*chain));
	struct routing *leftovers = carve(c, d->routing_leftovers, sizeof(*leftovers));

	if (!c->base)
		return;
	routing_plan_init(&e->routing, d->routings, entries, work, heads, chain);
	e->routing_leftovers = leftovers;
	e->routing_leftover_cap = d->routing_leftovers;
}

/* e is NULL while it is only measured. */
static void lay_out_deadlines(struct carver *c, struct deadlines *q, uint32_t n)
{
	struct instant *at = carve(c, n, sizeof(*at));
	uint32_t *heap = carve(c, n, sizeof(*heap));
	uint32_t *place = carve(c, n, sizeof(*place));

	if (q)
		deadlines_init(q, n, at, heap, place);
}

static void lay_out_worklist(struct carver *c, struct worklist *list, uint32_t n)
{
	uint32_t *items = carve(c, n, sizeof(*items));

	if (list)
		worklist_init(list, n, items);
}

/* What is tracked, shared, forced and told. */
static void lay_out_agents(struct carver *c, struct engine *e, const struct demand *d)
{
	struct tracker *trackers = carve(c, d->checks, sizeof(*trackers));
	uint32_t *track_place = carve(c, d->tracks, sizeof(*track_place));
	uint32_t *first_member = carve(c, d->instances + 1, sizeof(*first_member));
	struct force *forces = carve(c, d->instances, sizeof(*forces));
	struct range *fates = carve(c, d->fates, sizeof(*fates));
	uint32_t *fate_members = carve(c, d->members, sizeof(*fate_members));
	struct notifier *notifiers = carve(c, d->notifiers, sizeof(*notifiers));
	int64_t *heard = carve(c, d->peers, sizeof(*heard));

	lay_out_deadlines(c, e ? &e->tracker_timers : NULL, d->checks);
	lay_out_deadlines(c, e ? &e->force_timers : NULL, d->instances);
	lay_out_worklist(c, e ? &e->fates_changed : NULL, d->fates);
	lay_out_worklist(c, e ? &e->notifiers_changed : NULL, d->notifiers);
	lay_out_worklist(c, e ? &e->states : NULL, d->notifiers);
	lay_out_worklist(c, e ? &e->hooks : NULL, d->notifiers);
	if (!c->base)
		return;
	e->trackers = trackers;
	e->track_place = track_place;
	e->first_member = first_member;
	e->forces = forces;
	e->fates = fates;
	e->fate_count = d->fates;
	e->fate_members = fate_members;
	e->notifiers = notifiers;
	e->peer_heard_wall_us = heard;
	if (d->peers > 0)
		memset(heard, 0, d->peers * sizeof(*heard));
}

static struct engine *lay_out(struct carver *c, const struct demand *d)
{
	struct engine *e = carve(c, 1, sizeof(*e));
	struct conflict_seen *conflicts;
	struct history_event *events;

	if (c->base)
		*e = (struct engine){ .announce_due = INSTANT_NEVER,
				      .links_retry_at = INSTANT_NEVER,
				      .retired_until = INSTANT_NEVER };
	lay_out_members(c, e, d);
	lay_out_interfaces(c, e, d);
	lay_out_plan(c, e, d);
	lay_out_routings(c, e, d);
	lay_out_agents(c, e, d);
	conflicts = carve(c, CONFLICTS_MAX, sizeof(*conflicts));
	if (c->base)
		conflicts_init(&e->conflicts, conflicts);
	/* Last, because it is the largest part and the one that decides nothing. */
	events = carve(c, HISTORY_MAX, sizeof(*events));
	if (c->base)
		history_init(&e->history, events, HISTORY_MAX);
	return e;
}

size_t engine_size(const struct settings *s, uint32_t leftovers, uint32_t routings)
{
	struct demand d = demand_of(s, leftovers, routings);
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
			vip->dev[0] == '\0' ? m->where : interfaces_add(&e->interfaces, vip->dev);
		uint32_t slot = plan_add(&e->plan, vip, number, place, 0);
		struct interface *there = &e->interfaces.table[place];

		e->plan.slots[slot].advertised = advertised;
		e->plan.slots[slot].staged = m->has_link && place == m->where;
		if (e->plan.slots[slot].staged)
			plan_want(&e->plan, slot, true);
		if (there->first_slot == INDEX_NONE)
			there->first_slot = slot;
		else
			e->plan.slots[there->last_slot].next_there = slot;
		there->last_slot = slot;
		m->slots.count++;
	}
}

/* Those of its family; those of a family that the instance does not have go with its first virtual router. */
static void add_routings(struct engine *e, struct member *m, uint32_t number, struct range all,
			 bool with_others)
{
	for (uint32_t i = all.first; i < all.first + all.count; i++) {
		const struct routing *r = &e->settings->routings[i];
		enum ip_family family = routing_family(r);
		bool own = family == m->vr.family;

		if (!own && (!with_others || m->vr.set->addresses[family_index(family)].count != 0))
			continue;
		routing_plan_add(&e->routing, r, number);
		m->routings.count++;
	}
}

static void add_member(struct engine *e, uint32_t instance, enum ip_family family, bool with_extra)
{
	const struct instance_settings *set = &e->settings->instances[instance];
	uint32_t number = e->member_count++;
	struct member *m = &e->members[number];
	struct interface *there;

	*m = (struct member){
		.interface = interfaces_add(&e->interfaces, set->interface),
		.instance = instance,
		.contest_until = INSTANT_NEVER,
	};
	m->where = m->interface;
	if (set->virtual_mac) {
		m->has_link = true;
		m->where = interfaces_add_virtual(&e->interfaces, number);
		virtual_link_init(&m->link, mac_virtual(family, set->vrid));
	}
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
	m->routings.first = e->routing.count;
	add_routings(e, m, number, set->routes, with_extra);
	add_routings(e, m, number, set->rules, with_extra);
}

/* The instance's virtual routers; extra addresses go with the first of two. */
static void add_instance(struct engine *e, uint32_t instance)
{
	const struct instance_settings *set = &e->settings->instances[instance];
	bool has_v4 = set->addresses[FAMILY_V4].count != 0;

	e->forces[instance] = (struct force){ .until = INSTANT_NEVER };
	if (has_v4)
		add_member(e, instance, IP_V4, true);
	if (set->addresses[FAMILY_V6].count != 0)
		add_member(e, instance, IP_V6, !has_v4);
	e->first_member[instance + 1] = e->member_count;
}

static void add_tracks(struct engine *e)
{
	const struct settings *s = e->settings;

	for (uint32_t i = 0; i < s->check_count; i++)
		tracker_init(&e->trackers[i], &s->checks[i]);
	for (uint32_t i = 0; i < s->track_count; i++)
		e->track_place[i] =
			s->tracks[i].check != 0
				? INDEX_NONE
				: interfaces_add(&e->interfaces, s->tracks[i].interface);
}

/* In the order of VRIDs, so that routers whose files list the members otherwise have the same leader. */
static void add_to_fate(struct engine *e, uint32_t fate, uint32_t number)
{
	struct range *r = &e->fates[fate];
	uint32_t *members = &e->fate_members[r->first];
	uint32_t i = r->count++;

	for (; i > 0 && e->members[members[i - 1]].vr.set->vrid > e->members[number].vr.set->vrid;
	     i--)
		members[i] = members[i - 1];
	members[i] = number;
}

/* Which fate each virtual router shares: its group's, or else that of its instance's other family. */
static void assign_fates(struct engine *e)
{
	uint32_t own = e->settings->group_count;

	for (uint32_t i = 0; i < e->settings->instance_count; i++) {
		const struct instance_settings *set = &e->settings->instances[i];
		uint32_t fate = INDEX_NONE;

		if (set->group != 0)
			fate = set->group - 1;
		else if (has_both_families(set))
			fate = own++;
		for (uint32_t m = e->first_member[i]; m < e->first_member[i + 1]; m++) {
			e->members[m].fate = fate;
			if (fate != INDEX_NONE)
				e->fates[fate].count++;
		}
	}
}

static void make_fates(struct engine *e)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < e->fate_count; i++)
		e->fates[i].count = 0;
	assign_fates(e);
	for (uint32_t i = 0; i < e->fate_count; i++) {
		e->fates[i].first = used;
		used += e->fates[i].count;
		e->fates[i].count = 0;
	}
	for (uint32_t i = 0; i < e->member_count; i++) {
		if (e->members[i].fate != INDEX_NONE)
			add_to_fate(e, e->members[i].fate, i);
	}
}

struct engine *engine_init(void *mem, const struct settings *s, uint32_t leftovers,
			   uint32_t routings)
{
	struct demand d = demand_of(s, leftovers, routings);
	struct carver c = { .base = mem };
	struct engine *e = lay_out(&c, &d);

	e->settings = s;
	e->first_member[0] = 0;
	for (uint32_t i = 0; i < s->instance_count; i++)
		add_instance(e, i);
	add_tracks(e);
	make_fates(e);
	for (uint32_t i = 0; i < d.notifiers; i++)
		e->notifiers[i] = (struct notifier){ .state = VROUTER_INIT };
	return e;
}
