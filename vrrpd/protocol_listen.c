/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where advertisements come in: which interface's group of which family is joined (none where every virtual router has unicast
 * peers), what an interface needs besides so that everybody is heard, and what keeps a peer from reaching us after its cable was out.
 */
#include "protocol.h"

#include <stdlib.h>
#include <string.h>

#include "core/peers.h"
#include "log.h"

static const struct timeval join_pause = { .tv_sec = 1 };

static const enum ip_family families[FAMILY_COUNT] = { [FAMILY_V4] = IP_V4, [FAMILY_V6] = IP_V6 };

/* Peers that must be neighbours, since no router may stand between. Others are found by way of a router. */
static bool has_neighbours(const struct instance_settings *set)
{
	return set->peers.count != 0 && set->min_ttl == VRRP_TTL;
}

/* Notes what one instance needs on its interface. */
static void want(struct listening *l, const struct settings *s, const struct instance_settings *set)
{
	l->has_neighbours |= has_neighbours(set);
	for (int f = 0; f < FAMILY_COUNT; f++) {
		if (set->addresses[f].count != 0 && !peers_exist(s, set, families[f]))
			l->wanted[f] = true;
	}
}

struct listening *listening_new(const struct engine *e, const struct settings *s)
{
	struct listening *table = calloc(engine_interface_count(e) + 1, sizeof(*table));

	for (uint32_t i = 0; table && i < s->instance_count; i++)
		want(&table[engine_find_interface(e, s->instances[i].interface)], s,
		     &s->instances[i]);
	return table;
}

/* The owner of the addresses is to be heard even while we have taken them over: see io_devconf.h. */
static void hear_the_owner(struct protocol *p, const struct event_link *link)
{
	int status = io_devconf_raise(p->devconf, link->ifindex, DEVCONF_ACCEPT_LOCAL, 1);

	if (status != 0)
		log_line(LOG_LEVEL_WARNING,
			 "%s: accept_local cannot be set, so that the owner of the addresses "
			 "(priority 255) would not be heard once they are taken over: %s",
			 link->name, strerror(-status));
}

/* Joins the group there; complains only where it has not failed before. */
static void join(struct protocol *p, struct listening *l, enum family_index family,
		 const char *name)
{
	int status = io_vrrp_join(p->vrrp, family, l->ifindex);

	if (status == 0) {
		if (l->failed[family])
			log_line(LOG_LEVEL_NOTICE,
				 "%s: the VRRP multicast group (%s) is joined now", name,
				 ip_family_name(families[family]));
		l->joined[family] = true;
		l->failed[family] = false;
		return;
	}
	if (!l->failed[family])
		log_line(LOG_LEVEL_ERROR,
			 "%s: cannot join the VRRP multicast group (%s): %s: trying again", name,
			 ip_family_name(families[family]), strerror(-status));
	l->failed[family] = true;
	event_add(p->join_again, &join_pause);
}

static void leave(struct protocol *p, struct listening *l, enum family_index family)
{
	if (l->joined[family])
		io_vrrp_leave(p->vrrp, family, l->ifindex);
	l->joined[family] = false;
}

static void leave_all(struct protocol *p, struct listening *l)
{
	for (enum family_index f = FAMILY_V4; f < FAMILY_COUNT; f++)
		leave(p, l, f);
	if (l->ifindex != 0)
		io_devconf_restore(p->devconf, l->ifindex, DEVCONF_ACCEPT_LOCAL);
	memset(l->failed, 0, sizeof(l->failed));
	memset(l->there, 0, sizeof(l->there));
	memset(l->lost, 0, sizeof(l->lost));
	l->ifindex = 0;
}

/*
 * What we send from is announced to all, because who asks in IPv6 does so from his link-local address, and a peer that looks for another one
 * of ours does not learn from it.
 */
static void announce_source(struct protocol *p, const struct event_link *link,
			    const struct instance_settings *set, enum family_index family)
{
	struct ip_addr source = set->source[family];

	if (!ip_is_set(source))
		source = link->source[family];
	if (set->addresses[family].count != 0 && ip_is_set(source) &&
	    peers_exist(p->run.settings, set, families[family]))
		(void)io_announce_queue(p->announce, link->ifindex, link->mac, source, true);
}

/* Has something come that a peer could not reach us without? */
static bool is_reachable_anew(const struct event_link *was, const struct event_link *link)
{
	return link->up &&
	       (!was->up || !ip_equal(was->source[FAMILY_V4], link->source[FAMILY_V4]) ||
		!ip_equal(was->source[FAMILY_V6], link->source[FAMILY_V6]));
}

/*
 * An interface whose MTU is too small for a family has none of it, and the kernel forgets who had joined what there: without a word, and
 * without joining it again when the family comes back. That it was away shows in its having lost its last address.
 */
static bool has_come_back(struct listening *l, const struct event_link *link,
			  enum family_index family)
{
	bool there = ip_is_set(link->source[family]);
	bool back = there && l->lost[family];

	l->lost[family] = !there && (l->lost[family] || l->there[family]);
	l->there[family] = there;
	return back;
}

/* A cable was put in, or we begin: peers are to know where we are before we judge them, see io_resolve.h. */
static void find_neighbours(struct protocol *p, const struct event_link *link)
{
	const struct settings *s = p->run.settings;

	for (uint32_t i = 0; i < s->instance_count; i++) {
		const struct instance_settings *set = &s->instances[i];

		if (!has_neighbours(set) || strcmp(set->interface, link->name) != 0)
			continue;
		announce_source(p, link, set, FAMILY_V4);
		announce_source(p, link, set, FAMILY_V6);
		for (uint32_t k = 0; k < set->peers.count; k++)
			io_resolve_ask(p->resolve, link->ifindex, s->peers[set->peers.first + k]);
	}
}

/* It can send, and hears nothing, so that it would be a second master: the engine takes it for one that is deaf. */
static void tell_port(struct listening *l, const struct event_link *link)
{
	bool is_port = link->deaf[FAMILY_V4] && link->deaf[FAMILY_V6];

	if (is_port && !l->is_port)
		log_line(LOG_LEVEL_ERROR,
			 "%s is a port of a bridge, bond or the like, which takes everything that "
			 "arrives there: the interface to name is that one",
			 link->name);
	l->is_port = is_port;
}

/*
 * The group is joined wherever advertisements may come in, whether the link is up or not. Where it cannot be, a master would not be
 * heard: for that family such an interface is as good as none, until another try succeeds. The other family does not suffer.
 */
void protocol_listen(struct protocol *p, struct event_link *link)
{
	uint32_t i = engine_find_interface(p->run.engine, link->name);
	struct listening *l;

	if (i == UINT32_MAX || engine_interface_is_virtual(p->run.engine, i))
		return;
	l = &p->run.listening[i];
	if (l->ifindex != link->ifindex) {
		leave_all(p, l);
		l->ifindex = link->ifindex;
		if (link->ifindex != 0)
			hear_the_owner(p, link);
	}
	for (enum family_index f = FAMILY_V4; f < FAMILY_COUNT; f++) {
		if (has_come_back(l, link, f) || !l->wanted[f])
			leave(p, l, f);
		if (l->wanted[f] && !l->joined[f] && l->ifindex != 0)
			join(p, l, f, link->name);
	}
	if (l->has_neighbours && is_reachable_anew(engine_interface(p->run.engine, i), link))
		find_neighbours(p, link);
	tell_port(l, link);
	for (int f = 0; f < FAMILY_COUNT; f++)
		link->deaf[f] |= l->failed[f];
}

bool protocol_is_deaf(const struct protocol *p, uint32_t i)
{
	const struct listening *l = &p->run.listening[i];

	return l->failed[FAMILY_V4] || l->failed[FAMILY_V6];
}

void protocol_stop_listening(struct protocol *p, const struct engine *fresh)
{
	const struct event_link *link;

	for (uint32_t i = 0; (link = engine_interface(p->run.engine, i)); i++) {
		if (!engine_uses_interface(fresh, link->name))
			leave_all(p, &p->run.listening[i]);
	}
}

void listening_keep(const struct running *old, struct running *fresh)
{
	const struct event_link *link;

	for (uint32_t i = 0; (link = engine_interface(fresh->engine, i)); i++) {
		uint32_t before = engine_find_interface(old->engine, link->name);
		struct listening *l = &fresh->listening[i];
		struct listening needed = *l;

		if (before == UINT32_MAX)
			continue;
		*l = old->listening[before];
		memcpy(l->wanted, needed.wanted, sizeof(l->wanted));
		l->has_neighbours = needed.has_neighbours;
	}
}
