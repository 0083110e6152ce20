/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel of one machine, as far as addresses and ports go: it does at once what it is asked, or
 * refuses, and the process reads of it a little later, in the kernel's order, requests and events
 * of others alike.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cluster.h"

void kernel_tell(struct cluster *c, struct router *r, struct message m)
{
	struct kernel *k = &r->kernel;
	int64_t at_us;

	if (!r->running)
		return;
	assert(k->count < SIM_MESSAGES_MAX);
	k->messages[(k->first + k->count++) % SIM_MESSAGES_MAX] = m;
	at_us = c->now_us + dice_below(&c->dice, (uint32_t)k->delay_us + 1);
	k->last_us = at_us > k->last_us ? at_us : k->last_us;
	queue_add(&c->queue, k->last_us, HAPPENS_KERNEL, r->number, r->boots);
}

static struct event_link link_of(const struct router *r, int segment)
{
	const struct port *p = &r->view.ports[segment];
	struct event_link link = {
		.ifindex = p->ifindex,
		.up = p->ifindex != 0 && p->up,
		.mtu = 1500,
		.mac = { { 2, 0, 0, 0, (uint8_t)segment, r->number } },
	};

	config_name(link.name, "eth", segment);
	for (int f = 0; p->ifindex != 0 && f < FAMILY_COUNT; f++)
		link.source[f] =
			config_router_address(r->number, segment, f == FAMILY_V6 ? IP_V6 : IP_V4);
	return link;
}

static void read_link(struct cluster *c, struct router *r, const struct message *m,
		      struct event *ret)
{
	r->view.ports[m->segment] = (struct port){ .ifindex = m->ifindex, .up = m->up };
	checks_weigh(r);
	rules_port_seen(c, r->number);
	ret->kind = EVENT_LINK;
	ret->link = link_of(r, m->segment);
}

static void read_address(struct router *r, const struct message *m, struct event *ret)
{
	uint8_t *seen = &r->view.addresses[m->v][m->k];
	uint8_t which = m->on_link ? HELD_ON_LINK : m->ours ? HELD_OURS : HELD_FOREIGN;

	if (m->error == 0 && (!m->on_link || m->ifindex == r->view.links[m->v].ifindex))
		*seen = (uint8_t)(m->present ? *seen | which : *seen & ~which);
	ret->kind = m->kind == MESSAGE_ANSWER ? EVENT_ADDRESS_DONE : EVENT_ADDRESS;
	ret->address = (struct event_address){
		.ifindex = m->ifindex,
		.addr = config_vip(m->v, m->k),
		.prefix_len = config_prefix_len(m->v, m->ours),
		.present = m->present,
		.ours = m->ours,
		.add = m->present,
		.error = m->error,
	};
}

bool kernel_read(struct cluster *c, struct router *r, struct event *ret)
{
	struct kernel *k = &r->kernel;
	const struct message *m = &k->messages[k->first];

	if (k->count == 0)
		return false;
	k->first = (k->first + 1) % SIM_MESSAGES_MAX;
	k->count--;
	switch ((enum message_kind)m->kind) {
	case MESSAGE_LINK:
		read_link(c, r, m, ret);
		break;
	case MESSAGE_ADDRESS:
	case MESSAGE_ANSWER:
		read_address(r, m, ret);
		break;
	case MESSAGE_VIRTUAL_LINK:
	case MESSAGE_VIRTUAL_LINK_ANSWER:
		links_read(c, r, m, ret);
		break;
	case MESSAGE_ROUTING:
	case MESSAGE_ROUTING_ANSWER:
	case MESSAGE_ROUTING_AGAIN:
		routings_read(r, m, ret);
		break;
	}
	if (m->error != 0)
		rules_refusal_read(c, r->number, m->v, m->kind == MESSAGE_ROUTING_ANSWER);
	if (m->kind == MESSAGE_ANSWER && m->present && m->error == 0)
		rules_address_added(c, r->number, m->v, m->k);
	return true;
}

/* ---- what the process asks ---- */

/* What comes of it; "already there" and "already gone" are no errors. */
static int carry_out(struct cluster *c, struct router *r, int v, int k, int32_t ifindex, bool add)
{
	uint8_t *address = &r->kernel.addresses[v][k];
	uint8_t which =
		r->kernel.ports[segment_of(v)].ifindex == ifindex ? HELD_OURS : HELD_ON_LINK;

	if (which == HELD_ON_LINK && r->kernel.links[v].ifindex != ifindex)
		return add ? ENODEV : 0;
	if (dice_chance(&c->dice, r->kernel.refuse_ppm))
		return EPERM;
	if (add)
		*address |= which;
	else
		*address &= (uint8_t)~which;
	return 0;
}

void kernel_change(struct cluster *c, struct router *r, const struct action *a)
{
	bool add = a->kind == ACTION_ADD_ADDRESS, on_link;
	int v, k, error;

	if (!config_find_vip(a->vip->addr, &v, &k) ||
	    a->vip->prefix_len != config_prefix_len(v, true)) {
		cluster_fail(c, "%c changes an address that nobody configured", 'a' + r->number);
		return;
	}
	on_link = a->ifindex != r->kernel.ports[segment_of(v)].ifindex &&
		  a->ifindex != r->view.ports[segment_of(v)].ifindex;
	rules_changes_address(c, r->number, v, k, add, on_link);
	error = carry_out(c, r, v, k, a->ifindex, add);
	rules_address_changed(c, r->number, v, k, add, error);
	cluster_note(c, 0x300000u + (unsigned)(r->number << 8 | v << 4 | k << 1 | add));
	if (c->trace)
		cluster_trace(c, r->number, "%s v%d.%d%s%s%s", add ? "adds" : "removes", v, k,
			      on_link ? " on its link" : "", error ? ": " : "",
			      error == EPERM    ? "EPERM"
			      : error == ENODEV ? "ENODEV"
						: "");
	kernel_tell(c, r,
		    (struct message){ .kind = MESSAGE_ANSWER,
				      .v = (uint8_t)v,
				      .k = (uint8_t)k,
				      .present = add,
				      .ours = true,
				      .on_link = on_link,
				      .ifindex = a->ifindex,
				      .error = error });
}

/* ---- what others do ---- */

static void tell_address(struct cluster *c, struct router *r, int v, int k, bool ours, bool present)
{
	kernel_tell(c, r,
		    (struct message){ .kind = MESSAGE_ADDRESS,
				      .v = (uint8_t)v,
				      .k = (uint8_t)k,
				      .present = present,
				      .ours = ours,
				      .ifindex = r->kernel.ports[segment_of(v)].ifindex });
}

static void tell_gone_with_link(struct cluster *c, struct router *r, int v, int k)
{
	kernel_tell(c, r,
		    (struct message){ .kind = MESSAGE_ADDRESS,
				      .v = (uint8_t)v,
				      .k = (uint8_t)k,
				      .ours = true,
				      .on_link = true,
				      .ifindex = r->kernel.links[v].ifindex });
}

void kernel_empty_link(struct cluster *c, struct router *r, int v)
{
	for (int k = 0; k < SIM_VIPS_MAX; k++) {
		if (r->kernel.addresses[v][k] & HELD_ON_LINK)
			tell_gone_with_link(c, r, v, k);
		r->kernel.addresses[v][k] &= (uint8_t)~HELD_ON_LINK;
	}
}

void cluster_remove_address(struct cluster *c, int number, int v, int k)
{
	struct router *r = &c->routers[number];

	if (!(r->kernel.addresses[v][k] & (HELD_OURS | HELD_ON_LINK)))
		return;
	cluster_trace(c, number, "somebody removes v%d.%d", v, k);
	rules_meddled(c, number, v);
	if (r->kernel.addresses[v][k] & HELD_OURS)
		tell_address(c, r, v, k, true, false);
	if (r->kernel.addresses[v][k] & HELD_ON_LINK)
		tell_gone_with_link(c, r, v, k);
	r->kernel.addresses[v][k] &= HELD_FOREIGN;
}

void cluster_set_foreign(struct cluster *c, int number, int v, int k, bool present)
{
	struct router *r = &c->routers[number];
	uint8_t *address = &r->kernel.addresses[v][k];

	if (((*address & HELD_FOREIGN) != 0) == present ||
	    r->kernel.ports[segment_of(v)].ifindex == 0)
		return;
	cluster_trace(c, number, "somebody %s v%d.%d/32", present ? "adds" : "removes", v, k);
	*address ^= HELD_FOREIGN;
	rules_meddled(c, number, v);
	tell_address(c, r, v, k, false, present);
}

/* A port that goes takes its addresses along. */
static void empty_port(struct cluster *c, struct router *r, int segment)
{
	for (int v = segment; v < SIM_VRS_MAX; v += SIM_SEGMENTS) {
		for (int k = 0; k < SIM_VIPS_MAX; k++) {
			if (r->kernel.addresses[v][k] & HELD_OURS)
				tell_address(c, r, v, k, true, false);
			if (r->kernel.addresses[v][k] & HELD_FOREIGN)
				tell_address(c, r, v, k, false, false);
			r->kernel.addresses[v][k] &= HELD_ON_LINK;
		}
	}
}

void cluster_set_port(struct cluster *c, int number, int segment, bool present, bool up)
{
	struct router *r = &c->routers[number];
	struct port *p = &r->kernel.ports[segment];

	if ((p->ifindex != 0) == present && p->up == up)
		return;
	cluster_trace(c, number, "eth%d %s", segment, !present ? "vanishes" : up ? "up" : "down");
	if (!present && p->ifindex != 0) {
		empty_port(c, r, segment);
		p->ifindex = 0;
		links_port_moved(c, r, segment);
	} else if (present && p->ifindex == 0) {
		p->ifindex = ++r->kernel.last_ifindex;
	}
	p->up = up;
	kernel_tell(c, r,
		    (struct message){ .kind = MESSAGE_LINK,
				      .segment = (uint8_t)segment,
				      .ifindex = p->ifindex,
				      .up = p->ifindex != 0 && up });
	if (present)
		links_port_moved(c, r, segment);
	routings_port_moved(c, r, segment);
	rules_disturbed(c, segment);
	if (!present || !up)
		rules_port_lost(c, number, segment);
}

/* ---- the picture that a new engine gets ---- */

static void describe_address(struct router *r, struct engine *e, struct event *ev, int v, int k)
{
	uint8_t seen = r->view.addresses[v][k];

	ev->kind = EVENT_ADDRESS;
	ev->address = (struct event_address){ .ifindex = r->view.ports[segment_of(v)].ifindex,
					      .addr = config_vip(v, k),
					      .prefix_len = config_prefix_len(v, true),
					      .present = true,
					      .ours = true };
	if (seen & HELD_OURS)
		engine_step(e, ev);
	ev->address.ifindex = r->view.links[v].ifindex;
	if (seen & HELD_ON_LINK)
		engine_step(e, ev);
	ev->address.ifindex = r->view.ports[segment_of(v)].ifindex;
	ev->address.ours = false;
	ev->address.prefix_len = config_prefix_len(v, false);
	if (seen & HELD_FOREIGN)
		engine_step(e, ev);
}

void kernel_describe(struct cluster *c, struct router *r, struct engine *e)
{
	struct event ev = { .now = { c->now_us + r->clock_offset_us } };

	for (int s = 0; s < SIM_SEGMENTS; s++) {
		if (!port_used(&r->config, s))
			continue;
		ev.kind = EVENT_LINK;
		ev.link = link_of(r, s);
		engine_step(e, &ev);
	}
	links_describe(c, r, e);
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		for (int k = 0; k < SIM_VIPS_MAX && port_used(&r->config, segment_of(v)); k++)
			describe_address(r, e, &ev, v, k);
	}
	routings_describe(c, r, e);
}

void kernel_first_look(struct router *r)
{
	memcpy(r->view.ports, r->kernel.ports, sizeof(r->view.ports));
	checks_weigh(r);
	memcpy(r->view.addresses, r->kernel.addresses, sizeof(r->view.addresses));
	memcpy(r->view.links, r->kernel.links, sizeof(r->view.links));
	memset(r->view.asked, 0, sizeof(r->view.asked));
	memcpy(r->view.routings, r->kernel.routings, sizeof(r->view.routings));
	r->kernel.first = r->kernel.count = r->kernel.readable = 0;
	r->kernel.last_us = 0;
}

static bool is_leftover(const struct router *r, int v, int k, uint8_t which)
{
	const struct vr_config *vr = &r->config.vrs[v];
	bool at_home = which == (vr->virtual_mac ? HELD_ON_LINK : HELD_OURS);

	if (!(r->view.addresses[v][k] & which))
		return false;
	return !vr->present || !at_home || !(vr->vips >> k & 1);
}

static void describe_leftover(struct cluster *c, struct engine *e, int v, int k, int32_t ifindex)
{
	struct vip vip = { .addr = config_vip(v, k), .prefix_len = config_prefix_len(v, true) };

	if (engine_leftover(e, ifindex, &vip) != 0)
		cluster_fail(c, "no room for a leftover");
}

/* Tagged addresses that the configuration does not have are leftovers, on whatever port. */
void kernel_describe_leftovers(struct cluster *c, struct router *r, struct engine *e)
{
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		for (int k = 0; k < SIM_VIPS_MAX; k++) {
			if (is_leftover(r, v, k, HELD_OURS))
				describe_leftover(c, e, v, k, r->view.ports[segment_of(v)].ifindex);
			if (is_leftover(r, v, k, HELD_ON_LINK))
				describe_leftover(c, e, v, k, r->view.links[v].ifindex);
		}
	}
	links_describe_leftovers(c, r, e);
	routings_describe_leftovers(c, r, e);
}
