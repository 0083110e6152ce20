/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What does not fit together with other routers and hosts. Each conflict is told in one event that says who it is with, by address and
 * hardware address, and what to change: when it is new, and then at most once a minute. The hardware address is asked for
 * (ACTION_IDENTIFY) when there is something to be told, and only then, because no packet of protocol 112 says it.
 */
#include <stdio.h>

#include "core/engine_internal.h"
#include "core/peers.h"
#include "core/receive.h"

/* ---- telling ---- */

/* Where nobody answers this time, what was answered before still helps. */
static void tell(struct engine *e, struct conflict_seen *one, struct mac_addr mac)
{
	if (mac_is_set(mac))
		one->event.mac = mac;
	one->event.at = e->now;
	one->event.wall_us = e->wall_us;
	history_append(&e->history, &one->event);
}

static void tell_due(struct engine *e, struct instant when)
{
	struct conflict_seen *one;

	while ((one = conflicts_due(&e->conflicts, when)))
		tell(e, one, (struct mac_addr){ { 0 } });
}

void engine_tick_conflicts(struct engine *e)
{
	tell_due(e, e->now);
}

void engine_hurry_conflicts(struct engine *e)
{
	/* By then all would have waited long enough. */
	tell_due(e, instant_add(e->now, span_ms(CONFLICT_WAIT_MS)));
}

/* Somebody says that he has that address: it may be whom we have asked for. */
static void identify(struct engine *e, const struct event_claim *in)
{
	struct conflict_seen *one;

	while ((one = conflicts_answered(&e->conflicts, in->ifindex, in->addr)))
		tell(e, one, in->mac);
}

/* One conflict with an advertisement, as it happens. */
struct clash {
	uint32_t number;
	const struct event_advert *in;
	enum conflict kind;
};

static void list_addresses(const struct advert *advert, char *buf, size_t cap)
{
	char address[IP_TEXT_MAX];

	snprintf(buf, cap, "%u of them, the first %s", advert->count,
		 ip_text(advert->addresses[0], address));
}

/* By multicast, or to us alone, where it is the other way here. */
static const char *way_text(const struct settings *s, const struct vrouter *vr,
			    const struct event_advert *in)
{
	if (!peers_exist(s, vr->set, vr->family))
		return "sends to this router alone, which has no peers: set peers on both, or on "
		       "none";
	if (ip_is_multicast(in->dst))
		return "sends by multicast, and this router has peers: set peers on both, or on "
		       "none";
	return "is not among the peers of this router: add it to peers, or stop it";
}

/* What its kind says besides who it is with. */
static void fill_in(const struct engine *e, const struct clash *clash, struct history_event *event)
{
	const struct vrouter *vr = &e->members[clash->number].vr;
	const struct advert *advert = clash->in->advert;

	event->code = (int32_t)clash->kind;
	event->address = clash->in->src;
	switch (clash->kind) {
	case CONFLICT_ADDRESS_LIST:
	case CONFLICT_VRID:
		list_addresses(advert, event->text, sizeof(event->text));
		return;
	case CONFLICT_TWO_MASTERS:
		event->from = advert->priority;
		event->to = vr->priority;
		return;
	case CONFLICT_INTERVAL:
		event->from = (int32_t)(advert->interval.us / 1000);
		event->to = (int32_t)(vr->set->advert_interval.us / 1000);
		if (vr->set->version == 2)
			snprintf(event->text, sizeof(event->text),
				 "; until then its advertisements are refused");
		return;
	case CONFLICT_VERSION:
		event->from = advert->version;
		event->to = vr->set->version;
		return;
	case CONFLICT_CHECKSUM:
		event->from = advert->checksum_with_pseudo;
		event->to = vr->set->checksum_pseudo_header;
		return;
	case CONFLICT_PEERS:
		snprintf(event->text, sizeof(event->text), "%s",
			 way_text(e->settings, vr, clash->in));
		return;
	case CONFLICT_TTL:
		event->from = clash->in->ttl;
		event->to = vr->set->min_ttl;
		return;
	case CONFLICT_OWNER:
	case CONFLICT_PASSWORD:
	case CONFLICT_TWO_MASTERS_OVER:
	case CONFLICT_IN_USE:
	case CONFLICT_COUNT_:
		return; /* who it is with says all */
	}
}

/* Is the sender on the link, so that he can be asked for? */
static bool is_neighbour(const struct event_advert *in)
{
	return in->ttl == VRRP_TTL;
}

/* Noted each time, told when it is new and once a minute. */
static void clash_with(struct engine *e, const struct clash *clash)
{
	const struct event_advert *in = clash->in;
	struct conflict_seen *one = conflicts_note(&e->conflicts, e->now, e->wall_us, clash->number,
						   clash->kind, in->src);
	struct history_event event;
	struct complaint c = { .count = 0 };
	bool speaks = engine_may_complain(e, &e->senders, clash->number,
					  SUBJECT_CONFLICT + clash->kind, in->src, &c);

	if (!speaks && (!one || one->count > 1))
		return;
	event = engine_event_of(e, clash->number, HISTORY_CONFLICT);
	fill_in(e, clash, &event);
	event.count = c.count;
	if (one) {
		event.mac = one->event.mac;
		one->event = event;
	}
	if (!speaks)
		return;
	if (one && c.verdict == LIMITER_SPEAK && is_neighbour(in))
		conflicts_wait(&e->conflicts, one, in->ifindex, e->now);
	else
		engine_complain(e, &c, &event);
}

/* ---- with advertisements ---- */

/* One of a router that is somebody else's is at odds with ours in everything: that it is another one says it all. */
static bool is_of_others(const struct engine *e, uint32_t number, const struct advert *advert)
{
	return !receive_shares_addresses(&e->members[number].vr, e->settings, advert);
}

void engine_compare(struct engine *e, uint32_t number, const struct event_advert *in)
{
	struct vrouter *vr = &e->members[number].vr;
	struct clash clash = { number, in, CONFLICT_ADDRESS_LIST };

	if (!receive_same_addresses(vr, e->settings, in->advert)) {
		vr->counters.value[COUNTER_ADDRESS_LIST_ERRORS]++;
		if (is_of_others(e, number, in->advert))
			clash.kind = CONFLICT_VRID;
		clash_with(e, &clash);
		if (clash.kind == CONFLICT_VRID)
			return;
	}
	if (in->advert->priority == PRIORITY_OWNER && vr->set->priority == PRIORITY_OWNER) {
		clash.kind = CONFLICT_OWNER;
		clash_with(e, &clash);
	}
	/* A release tells of no interval: RELEASE_INTERVAL_MS. */
	if (in->advert->priority != VRRP_PRIORITY_RELEASE &&
	    in->advert->interval.us != vr->set->advert_interval.us) {
		clash.kind = CONFLICT_INTERVAL;
		clash_with(e, &clash);
	}
	if (vr->set->version == 3 && vr->family == IP_V4 &&
	    in->advert->checksum_with_pseudo != vr->set->checksum_pseudo_header) {
		clash.kind = CONFLICT_CHECKSUM;
		clash_with(e, &clash);
	}
}

/* It came another way than ours do; of routers on other ways the rest says nothing. */
static bool compare_ways(struct engine *e, struct clash *clash, enum refusal refusal)
{
	const struct vrouter *vr = &e->members[clash->number].vr;
	bool is_peer = peers_find(e->settings, vr->set, clash->in->src) != UINT32_MAX;

	if (refusal == REFUSAL_TTL && is_peer && !ip_is_multicast(clash->in->dst))
		clash->kind = CONFLICT_TTL;
	else if (refusal == REFUSAL_SENDER && receive_is_somebody(clash->in->src))
		clash->kind = CONFLICT_PEERS;
	else
		return false;
	clash_with(e, clash);
	return true;
}

bool engine_compare_refused(struct engine *e, uint32_t number, const struct event_advert *in,
			    enum refusal refusal)
{
	struct clash clash = { .number = number, .in = in };

	if (compare_ways(e, &clash, refusal))
		return true;
	if (refusal == REFUSAL_VERSION_MISMATCH)
		clash.kind = CONFLICT_VERSION;
	else if (refusal == REFUSAL_AUTH_MISMATCH)
		clash.kind = CONFLICT_PASSWORD;
	else if (refusal == REFUSAL_INTERVAL_MISMATCH)
		clash.kind = CONFLICT_INTERVAL;
	else
		return false;
	if (is_of_others(e, number, in->advert))
		clash.kind = CONFLICT_VRID;
	clash_with(e, &clash);
	return true;
}

void engine_two_masters(struct engine *e, uint32_t number, const struct event_advert *in)
{
	clash_with(e, &(struct clash){ number, in, CONFLICT_TWO_MASTERS });
}

/* ---- with ARP and neighbour advertisements ---- */

/*
 * Is it more than what belongs to a move? Who has just handed over to us may still speak as the one it was, and another master has been
 * told of as such.
 */
static bool is_intruder(const struct engine *e, const struct vrouter *vr)
{
	struct span settled = span_times(vr->set->advert_interval, 3);

	return vr->state == VROUTER_MASTER && instant_diff(e->now, vr->since).us >= settled.us &&
	       instant_is_never(vr->rival_quiet);
}

/* The virtual router of an address on that interface; INDEX_NONE: none. */
static uint32_t holder_of(const struct engine *e, const struct event_claim *in)
{
	uint32_t i = plan_find(&e->plan, in->ifindex, in->addr);

	while (i != INDEX_NONE && e->plan.slots[i].vrouter == PLAN_NO_VROUTER)
		i = plan_find_next(&e->plan, i);
	return i == INDEX_NONE ? INDEX_NONE : e->plan.slots[i].vrouter;
}

void engine_on_claim(struct engine *e, const struct event_claim *in)
{
	uint32_t place = interfaces_by_ifindex(&e->interfaces, in->ifindex);
	uint32_t number = holder_of(e, in);
	struct conflict_seen *one;
	struct history_event event;
	struct complaint c;

	identify(e, in);
	if (number == INDEX_NONE || !mac_is_set(in->mac) ||
	    mac_equal(in->mac, e->interfaces.table[place].link.mac) ||
	    !is_intruder(e, &e->members[number].vr))
		return;
	one = conflicts_note(&e->conflicts, e->now, e->wall_us, number, CONFLICT_IN_USE, in->addr);
	if (!engine_may_complain(e, &e->senders, number, SUBJECT_CONFLICT + CONFLICT_IN_USE,
				 in->addr, &c))
		return;
	event = engine_event_of(e, number, HISTORY_CONFLICT);
	event.code = CONFLICT_IN_USE;
	event.address = in->addr;
	event.mac = in->mac;
	if (one)
		one->event = event;
	engine_complain(e, &c, &event);
}

/* ---- looking ---- */

bool engine_snapshot_conflict(const struct engine *e, uint32_t vrouter, struct instant now,
			      uint32_t *place, struct snapshot_conflict *ret)
{
	const struct vrouter *vr = &e->members[vrouter].vr;
	struct span interval = span_max(vr->set->advert_interval, vr->master_advert);
	const struct conflict_seen *one;

	do {
		one = conflicts_next(&e->conflicts, vrouter, now, interval, place);
	} while (one && one->kind == CONFLICT_TWO_MASTERS && instant_is_never(vr->rival_quiet));
	if (!one)
		return false;
	*ret = (struct snapshot_conflict){
		.event = &one->event,
		.count = one->count,
		.first_wall_us = one->first_wall_us,
		.last_wall_us = one->last_wall_us,
	};
	return true;
}
