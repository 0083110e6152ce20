/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The links of virtual MACs in one machine's kernel: one for a virtual router at a time, named after the port it stands on, since that
 * takes it along when it goes. What is asked is done at once or refused; the process reads first what the link is now, then the answer.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cluster.h"

static uint8_t vrid_of(const struct config *c, int v)
{
	return (uint8_t)(SIM_FIRST_VRID + instance_of(c, v));
}

bool links_stands(const struct virtual_port *link, const struct port *parent,
		  const struct config *config, int v)
{
	return link->ifindex != 0 && link->parent == parent->ifindex &&
	       link->vrid == vrid_of(config, v);
}

static void name_link(char *name, size_t size, int v, int32_t parent, uint8_t vrid)
{
	snprintf(name, size, "vrrp%d-%d-%d", family_of(v) == IP_V6 ? 6 : 4, (int)parent, vrid);
}

/* And back; false if it is no such name. */
static bool read_name(const char *name, struct virtual_port *ret, int *ret_v)
{
	const char *at = name + strlen("vrrp");
	long numbers[3];
	char *end;

	if (strncmp(name, "vrrp", strlen("vrrp")) != 0)
		return false;
	for (int i = 0; i < 3; i++) {
		numbers[i] = strtol(at, &end, 10);
		if (end == at || *end != (i < 2 ? '-' : '\0'))
			return false;
		at = end + 1;
	}
	*ret = (struct virtual_port){ .parent = (int32_t)numbers[1], .vrid = (uint8_t)numbers[2] };
	*ret_v = numbers[0] == 6 ? SIM_V6 : ret->vrid - SIM_FIRST_VRID;
	return true;
}

static struct message message_of(const struct router *r, int v)
{
	const struct virtual_port *link = &r->kernel.links[v];

	return (struct message){
		.kind = MESSAGE_VIRTUAL_LINK,
		.v = (uint8_t)v,
		.ifindex = link->ifindex,
		.parent = link->parent,
		.vrid = link->vrid,
		.up = link->raised,
	};
}

static void tell_link(struct cluster *c, struct router *r, int v)
{
	kernel_tell(c, r, message_of(r, v));
}

/* It goes, and what is on it. */
static void drop(struct cluster *c, struct router *r, int v)
{
	struct message gone = message_of(r, v);

	kernel_empty_link(c, r, v);
	r->kernel.links[v] = (struct virtual_port){ 0 };
	gone.ifindex = 0;
	gone.up = false;
	kernel_tell(c, r, gone);
}

/* ---- what the process asks ---- */

/* What comes of it; a removal of what is gone is no error. */
static int carry_out(struct cluster *c, struct router *r, int v, const struct virtual_port *named,
		     const struct action *a)
{
	struct virtual_port *link = &r->kernel.links[v];
	bool is = link->ifindex != 0 && link->parent == named->parent && link->vrid == named->vrid;

	if (a->link.op == LINK_REMOVE && (a->ifindex != 0 ? link->ifindex != a->ifindex : !is))
		return 0;
	if (a->link.op == LINK_MAKE && r->kernel.ports[segment_of(v)].ifindex != a->link.parent)
		return ENODEV;
	if ((a->link.op == LINK_RAISE || a->link.op == LINK_LOWER) &&
	    (!is || link->ifindex != a->ifindex))
		return ENODEV;
	if (dice_chance(&c->dice, r->kernel.refuse_ppm))
		return EPERM;
	switch (a->link.op) {
	case LINK_MAKE:
		if (link->ifindex != 0)
			return EEXIST;
		*link = *named;
		link->ifindex = ++r->kernel.last_ifindex;
		break;
	case LINK_RAISE:
	case LINK_LOWER:
		link->raised = a->link.op == LINK_RAISE;
		break;
	case LINK_REMOVE:
		drop(c, r, v);
		return 0;
	case LINK_LEAVE:
		break;
	}
	tell_link(c, r, v);
	return 0;
}

void links_change(struct cluster *c, struct router *r, const struct action *a)
{
	static const char *const verbs[] = { "leaves", "makes", "raises", "lowers", "removes" };
	struct virtual_port named;
	int v, error;

	if (!read_name(a->link.name, &named, &v)) {
		cluster_fail(c, "%c changes the link %s", 'a' + r->number, a->link.name);
		return;
	}
	rules_changes_link(c, r->number, v, a->link.op, a->ifindex);
	if (a->vrouter != UINT32_MAX)
		r->view.asked[v] = (uint8_t)a->link.op;
	error = carry_out(c, r, v, &named, a);
	rules_link_changed(c, r->number, v, error);
	cluster_note(c, 0x700000u + (unsigned)(r->number << 8 | v << 4) + a->link.op);
	cluster_trace(c, r->number, "%s %s%s", verbs[a->link.op], a->link.name,
		      error == 0        ? ""
		      : error == EPERM  ? ": EPERM"
		      : error == EEXIST ? ": EEXIST"
					: ": ENODEV");
	kernel_tell(c, r,
		    (struct message){ .kind = MESSAGE_VIRTUAL_LINK_ANSWER,
				      .v = (uint8_t)v,
				      .k = (uint8_t)a->link.op,
				      .parent = named.parent,
				      .vrid = named.vrid,
				      .error = error });
}

/* ---- what the process reads ---- */

static void describe(const struct virtual_port *link, const struct port *parent, int v,
		     struct event_link *ret)
{
	*ret = (struct event_link){
		.ifindex = link->ifindex,
		.up = link->ifindex != 0 && link->raised && parent->up,
		.raised = link->ifindex != 0 && link->raised,
		.ours = link->ifindex != 0,
		.parent = link->ifindex != 0 ? link->parent : 0,
		.mtu = 1500,
		.mac = mac_virtual(family_of(v), link->vrid),
	};
	name_link(ret->name, sizeof(ret->name), v, link->parent, link->vrid);
}

void links_read(struct cluster *c, struct router *r, const struct message *m, struct event *ret)
{
	struct virtual_port read = {
		.ifindex = m->ifindex,
		.parent = m->parent,
		.vrid = m->vrid,
		.raised = m->up,
	};

	if (m->kind == MESSAGE_VIRTUAL_LINK_ANSWER) {
		/* and not one under the name of a port before */
		if (r->view.asked[m->v] == m->k &&
		    m->parent == r->view.ports[segment_of(m->v)].ifindex)
			r->view.asked[m->v] = LINK_LEAVE;
		rules_link_seen(c, r->number, m->v);
		ret->kind = EVENT_LINK_DONE;
		ret->link_done =
			(struct event_link_done){ .op = (enum link_op)m->k, .error = m->error };
		name_link(ret->link_done.name, sizeof(ret->link_done.name), m->v, m->parent,
			  m->vrid);
		return;
	}
	if (read.ifindex == 0)
		r->view.links[m->v] = (struct virtual_port){ 0 };
	else
		r->view.links[m->v] = read;
	rules_link_seen(c, r->number, m->v);
	ret->kind = EVENT_LINK;
	describe(&read, &r->view.ports[segment_of(m->v)], m->v, &ret->link);
}

void links_describe(struct cluster *c, struct router *r, struct engine *e)
{
	struct event ev = { .kind = EVENT_LINK, .now = { c->now_us + r->clock_offset_us } };

	for (int v = 0; v < SIM_VRS_MAX; v++) {
		const struct virtual_port *link = &r->view.links[v];
		const struct port *parent = &r->view.ports[segment_of(v)];

		if (!r->config.vrs[v].present || !r->config.vrs[v].virtual_mac ||
		    !links_stands(link, parent, &r->config, v))
			continue;
		describe(link, parent, v, &ev.link);
		engine_step(e, &ev);
	}
}

void links_describe_leftovers(struct cluster *c, struct router *r, struct engine *e)
{
	char name[IFNAME_MAX_LEN + 1];

	for (int v = 0; v < SIM_VRS_MAX; v++) {
		const struct virtual_port *link = &r->view.links[v];

		if (link->ifindex == 0 ||
		    (r->config.vrs[v].present && r->config.vrs[v].virtual_mac &&
		     links_stands(link, &r->view.ports[segment_of(v)], &r->config, v)))
			continue;
		name_link(name, sizeof(name), v, link->parent, link->vrid);
		if (engine_stray_link(e, link->ifindex, name, INSTANT_NEVER) != 0)
			cluster_fail(c, "no room for a leftover");
	}
}

/* ---- what others do ---- */

void cluster_remove_link(struct cluster *c, int number, int v)
{
	struct router *r = &c->routers[number];

	if (r->kernel.links[v].ifindex == 0)
		return;
	cluster_trace(c, number, "somebody removes the link of v%d", v);
	drop(c, r, v);
	rules_meddled(c, number, v);
}

void cluster_lower_link(struct cluster *c, int number, int v)
{
	struct router *r = &c->routers[number];

	if (!r->kernel.links[v].raised)
		return;
	cluster_trace(c, number, "somebody lowers the link of v%d", v);
	r->kernel.links[v].raised = false;
	rules_meddled(c, number, v);
	tell_link(c, r, v);
}

void links_port_moved(struct cluster *c, struct router *r, int segment)
{
	for (int v = segment; v < SIM_VRS_MAX; v += SIM_SEGMENTS) {
		if (r->kernel.links[v].ifindex == 0)
			continue;
		if (r->kernel.links[v].parent != r->kernel.ports[segment].ifindex)
			drop(c, r, v);
		else
			tell_link(c, r, v); /* its carrier is another one */
	}
}
