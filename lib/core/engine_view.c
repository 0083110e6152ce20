/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking into an engine without changing it: snapshots, names, and the advertisement that a virtual router would send.
 */
#include <stdio.h>
#include <string.h>

#include "core/engine_internal.h"
#include "core/peers.h"

uint32_t engine_vrouter_count(const struct engine *e)
{
	return e->member_count;
}

const char *engine_name(const struct engine *e, uint32_t vrouter)
{
	return e->members[vrouter].vr.name;
}

enum vrouter_state engine_state(const struct engine *e, uint32_t vrouter)
{
	return e->members[vrouter].vr.state;
}

const struct settings *engine_settings(const struct engine *e)
{
	return e->settings;
}

/* What is left of a timer; negative when it does not run. */
static struct span left(struct instant timer, struct instant now)
{
	if (instant_is_never(timer))
		return span_us(-1);
	return span_max(instant_diff(timer, now), span_us(0));
}

/* An address that waits on a link that is down is not there for anybody. */
static enum slot_presence presence(const struct engine *e, const struct slot *s)
{
	if (s->staged && !e->interfaces.table[s->interface].link.raised)
		return SLOT_ABSENT;
	return plan_presence(s);
}

static void snapshot_link(const struct engine *e, const struct member *m, struct snapshot *ret)
{
	const struct event_link *link = &e->interfaces.table[m->where].link;

	if (!m->has_link)
		return;
	ret->virtual_mac = m->link.mac;
	ret->virtual_link_stands = engine_link_stands(e, m);
	ret->virtual_link_up = ret->virtual_link_stands && link->raised;
	snprintf(ret->virtual_link, sizeof(ret->virtual_link), "%s", link->name);
}

static void snapshot_master(const struct vrouter *vr, struct snapshot *ret)
{
	ret->master_self = vr->state == VROUTER_MASTER;
	ret->master = ret->master_self ? vr->link.source : vr->master;
	ret->master_priority = ret->master_self ? vr->priority : vr->master_priority;
	ret->master_interval = ret->master_self ? vr->set->advert_interval : vr->master_advert;
}

static void snapshot_timers(const struct member *m, struct instant now, struct snapshot *ret)
{
	const struct vrouter *vr = &m->vr;

	ret->skew_time = vrouter_skew_time(vr);
	ret->master_down_interval = vrouter_master_down_interval(vr);
	ret->advert_left = left(vr->advert_timer, now);
	ret->master_down_left = left(vr->master_down_timer, now);
	ret->preempt_delay_left = instant_reached(vr->preempt_after, now)
					  ? span_us(-1)
					  : left(vr->preempt_after, now);
	ret->announce_left = left(announcer_deadline(&m->announcer), now);
}

void engine_snapshot(const struct engine *e, uint32_t vrouter, struct instant now,
		     struct snapshot *ret)
{
	const struct member *m = &e->members[vrouter];
	const struct vrouter *vr = &m->vr;

	*ret = (struct snapshot){
		.at = now,
		.settings = e->settings,
		.set = vr->set,
		.family = vr->family,
		.state = vr->state,
		.reason = vr->reason,
		.cause = vrouter_cause(vr),
		.error = vr->error,
		.since_wall_us = vr->since_wall_us,
		.effective_priority = vr->priority,
		.link_present = vr->link.present,
		.link_up = vr->link.up,
		.ifindex = e->interfaces.table[m->interface].link.ifindex,
		.source = vr->link.source,
		.lingering = vr->state != VROUTER_MASTER && vrouter_holds(vr),
		.addresses_total = m->slots.count,
		.routings_total = m->routings.count,
		.counters = vr->counters,
	};
	snprintf(ret->name, sizeof(ret->name), "%s", vr->name);
	ret->force = e->forces[m->instance];
	ret->tracks_total = 1 + vr->set->tracks.count;
	if (vr->set->group != 0) {
		ret->group = &e->settings->groups[vr->set->group - 1];
		ret->tracks_total += ret->group->tracks.count;
	}
	ret->hooks_running = e->notifiers[m->instance].running;
	ret->hooks_pending = e->notifiers[m->instance].pending;
	snapshot_master(vr, ret);
	snapshot_timers(m, now, ret);
	for (uint32_t i = 0; i < m->slots.count; i++)
		ret->addresses_present +=
			presence(e, &e->plan.slots[m->slots.first + i]) != SLOT_ABSENT;
	snapshot_link(e, m, ret);
}

void engine_snapshot_address(const struct engine *e, uint32_t vrouter, uint32_t i,
			     struct snapshot_address *ret)
{
	const struct slot *s = &e->plan.slots[e->members[vrouter].slots.first + i];

	*ret = (struct snapshot_address){
		.vip = s->vip,
		.presence = presence(e, s),
		.wanted = e->members[vrouter].holding,
		.advertised = s->advertised,
	};
	snprintf(ret->dev, sizeof(ret->dev), "%s", e->interfaces.table[s->interface].link.name);
}

void engine_snapshot_routing(const struct engine *e, uint32_t vrouter, uint32_t i,
			     struct snapshot_routing *ret)
{
	const struct routing_entry *r = &e->routing.entries[e->members[vrouter].routings.first + i];

	*ret = (struct snapshot_routing){
		.routing = r->what,
		.presence = r->there,
		.wanted = r->wanted,
	};
}

bool engine_has_routing(const struct engine *e, const struct routing *routing)
{
	return routing_plan_find(&e->routing, routing) != INDEX_NONE;
}

uint32_t engine_find(const struct engine *e, const char *name, uint32_t ret[2])
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < e->member_count && found < 2; i++) {
		const struct vrouter *vr = &e->members[i].vr;

		if (strcmp(vr->name, name) == 0 || strcmp(vr->set->name, name) == 0)
			ret[found++] = i;
	}
	return found;
}

const struct counters *engine_counters(const struct engine *e)
{
	return &e->counters;
}

struct history *engine_history(struct engine *e)
{
	return &e->history;
}

/* The first slot of that address at or after `slot` that belongs to the interface. */
static uint32_t slot_at(const struct engine *e, uint32_t slot, uint32_t place)
{
	while (slot != INDEX_NONE && e->plan.slots[slot].interface != place)
		slot = plan_find_next(&e->plan, slot);
	return slot;
}

static uint32_t first_slot_at(const struct engine *e, uint32_t place, struct ip_addr addr)
{
	return slot_at(e, plan_find(&e->plan, e->interfaces.table[place].link.ifindex, addr),
		       place);
}

bool engine_is_vip(const struct engine *e, const char *interface, struct ip_addr addr)
{
	uint32_t place = interfaces_by_name(&e->interfaces, interface);

	if (place == INDEX_NONE)
		return false;
	if (first_slot_at(e, place, addr) != INDEX_NONE)
		return true;
	/* Those on the links of its virtual MACs are no less virtual on the interface itself. */
	for (uint32_t i = e->interfaces.table[place].first_vrouter; i != INDEX_NONE;
	     i = e->members[i].next_there) {
		if (e->members[i].has_link &&
		    first_slot_at(e, e->members[i].where, addr) != INDEX_NONE)
			return true;
	}
	return false;
}

bool engine_has_slot(const struct engine *e, const char *interface, struct ip_addr addr,
		     uint8_t prefix_len)
{
	uint32_t place = interfaces_by_name(&e->interfaces, interface);
	uint32_t slot = place == INDEX_NONE ? INDEX_NONE : first_slot_at(e, place, addr);

	while (slot != INDEX_NONE && e->plan.slots[slot].vip->prefix_len != prefix_len)
		slot = slot_at(e, plan_find_next(&e->plan, slot), place);
	return slot != INDEX_NONE;
}

bool engine_uses_interface(const struct engine *e, const char *name)
{
	return interfaces_by_name(&e->interfaces, name) != INDEX_NONE;
}

bool engine_interface_is_virtual(const struct engine *e, uint32_t i)
{
	return e->interfaces.table[i].virtual_of != INDEX_NONE;
}

uint32_t engine_find_interface(const struct engine *e, const char *name)
{
	return interfaces_by_name(&e->interfaces, name);
}

uint32_t engine_interface_count(const struct engine *e)
{
	return e->interfaces.count;
}

const struct event_link *engine_interface(const struct engine *e, uint32_t i)
{
	return i < e->interfaces.count ? &e->interfaces.table[i].link : NULL;
}

struct ip_addr engine_source(const struct engine *e, uint32_t vrouter)
{
	return vrouter_source(&e->members[vrouter].vr);
}

uint32_t engine_advert(const struct engine *e, uint32_t vrouter, uint8_t priority,
		       struct advert *ret, struct ip_addr *ret_src,
		       struct ip_addr ret_dst[static PEERS_MAX])
{
	const struct vrouter *vr = &e->members[vrouter].vr;
	struct range list = vr->set->addresses[family_index(vr->family)];

	if (!ip_is_set(vrouter_source(vr)))
		return 0;
	ret->version = vr->set->version;
	ret->vrid = vr->set->vrid;
	ret->priority = priority;
	ret->family = (uint8_t)vr->family;
	ret->count = (uint8_t)list.count;
	ret->auth_type = vr->set->auth_password[0] != '\0' ? ADVERT_AUTH_SIMPLE : ADVERT_AUTH_NONE;
	memset(ret->auth_data, 0, sizeof(ret->auth_data));
	memcpy(ret->auth_data, vr->set->auth_password, strlen(vr->set->auth_password));
	ret->checksum_with_pseudo = vr->set->checksum_pseudo_header;
	ret->interval = priority == VRRP_PRIORITY_RELEASE ? vrouter_release_interval(vr)
							  : vr->set->advert_interval;
	for (uint32_t i = 0; i < list.count; i++)
		ret->addresses[i] = e->settings->vips[list.first + i].addr;
	*ret_src = vrouter_source(vr);
	if (peers_exist(e->settings, vr->set, vr->family))
		return peers_list(e->settings, vr->set, vr->family, *ret_src, ret_dst);
	ret_dst[0] = advert_group(vr->family);
	return 1;
}

bool engine_snapshot_peer(const struct engine *e, uint32_t vrouter, uint32_t *place,
			  struct snapshot_peer *ret)
{
	const struct vrouter *vr = &e->members[vrouter].vr;
	struct range peers = vr->set->peers;

	if (!peers_exist(e->settings, vr->set, vr->family)) {
		if ((*place)++ > 0 || !ip_is_set(vr->master))
			return false;
		*ret = (struct snapshot_peer){ vr->master, vr->master_heard_wall_us };
		return true;
	}
	while (*place < peers.count) {
		uint32_t peer = peers.first + (*place)++;
		struct ip_addr address = e->settings->peers[peer];

		if (address.family != vr->family || ip_equal(address, vrouter_source(vr)))
			continue;
		*ret = (struct snapshot_peer){ address, e->peer_heard_wall_us[peer] };
		return true;
	}
	return false;
}

static void snapshot_own_interface(const struct member *m, struct snapshot_track *ret)
{
	const struct vrouter *vr = &m->vr;
	bool up = vr->link.up;

	*ret = (struct snapshot_track){
		.name = vr->set->interface,
		.state = up ? CHECK_UP : CHECK_DOWN,
		.faults = !up,
	};
}

void engine_snapshot_track(const struct engine *e, uint32_t vrouter, uint32_t i,
			   struct snapshot_track *ret)
{
	const struct member *m = &e->members[vrouter];
	struct range own = m->vr.set->tracks;
	const struct track_settings *t;
	bool of_group = i > own.count;
	uint32_t track = own.first + i - 1;

	if (i == 0) {
		snapshot_own_interface(m, ret);
		return;
	}
	if (of_group)
		track = e->settings->groups[m->vr.set->group - 1].tracks.first + i - 1 - own.count;
	t = &e->settings->tracks[track];
	*ret = (struct snapshot_track){
		.name = t->interface,
		.state = engine_track_state(e, track),
		.weight = t->weight,
		.inverse = t->inverse,
		.of_group = of_group,
		.adds = engine_track_adds(e, track),
		.faults = engine_track_faults(e, track),
	};
	if (t->check == 0)
		return;
	ret->check = &e->settings->checks[t->check - 1];
	ret->name = ret->check->name;
	ret->value = e->trackers[t->check - 1].value;
	ret->session = e->trackers[t->check - 1].session;
	snprintf(ret->why, sizeof(ret->why), "%s", e->trackers[t->check - 1].why);
}
