/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules about the links of virtual MACs (RFC 9568 section 7.3): they are up only for who serves, and only who serves speaks through
 * one. How long they may be missing or left behind is asked in judge.c.
 */
#include "cluster.h"
#include "judge.h"
#include "rules_internal.h"

static bool has_link(const struct cluster *c, int r, int v)
{
	const struct vr_config *vr = &c->routers[r].config.vrs[v];

	return vr->present && vr->virtual_mac;
}

/* Is one of the addresses that are kept for a successor nowhere but on the link? */
static bool keeps_on_link(const struct cluster *c, int r, int v)
{
	const uint8_t *held = c->routers[r].kernel.addresses[v];

	for (int k = 0; k < SIM_VIPS_MAX; k++) {
		if ((c->rules.watch[r][v].kept >> k & 1) && held[k] == HELD_ON_LINK)
			return true;
	}
	return false;
}

void rules_changes_link(struct cluster *c, int r, int v, enum link_op op, int32_t ifindex)
{
	const struct watch *w = watch_of(c, r, v);
	const struct virtual_port *link = &c->routers[r].kernel.links[v];
	bool master = w->state == VROUTER_MASTER && has_link(c, r, v);

	if (op == LINK_RAISE && !master && !rules_may_linger(c, r, v))
		cluster_fail(c, "%c raises the link of v%d and is not MASTER", 'a' + r, v);
	if ((op != LINK_LOWER && op != LINK_REMOVE) || !link->raised || link->ifindex != ifindex)
		return;
	if (master)
		cluster_fail(c, "%c takes the link of v%d down and is MASTER", 'a' + r, v);
	if (rules_sees_port_work(c, r, v) && keeps_on_link(c, r, v) &&
	    c->now_us < w->kept_until_us && c->now_us > w->refused_us + JUDGE_RETRY_US)
		cluster_fail(c, "%c takes the link of v%d down before its successor can have it",
			     'a' + r, v);
}

void rules_link_changed(struct cluster *c, int r, int v, int error)
{
	if (error != 0)
		watch_of(c, r, v)->refused_us = c->now_us;
	rules_look_at(c, r, v);
}

/* With each rise the addresses may have to be announced. */
void rules_link_seen(struct cluster *c, int r, int v)
{
	struct watch *w = watch_of(c, r, v);

	if (w->state == VROUTER_MASTER)
		w->rounds++;
	rules_unsettle(c, v);
}

/* A switch takes the place that the virtual MAC was last heard from for where it is. */
void rules_advertised_through(struct cluster *c, int r, int v, uint8_t priority, int32_t ifindex)
{
	const struct router *router = &c->routers[r];
	const struct virtual_port *seen = &router->view.links[v];
	bool through_link = ifindex != router->view.ports[segment_of(v)].ifindex;
	bool master = watch_of(c, r, v)->state == VROUTER_MASTER;

	if (through_link && !master && priority != VRRP_PRIORITY_RELEASE)
		cluster_fail(c, "%c v%d speaks with the virtual MAC and is not MASTER", 'a' + r, v);
	if (!through_link && master && has_link(c, r, v) && seen->raised &&
	    router->view.asked[v] != LINK_LOWER && router->kernel.links[v].raised)
		cluster_fail(c, "%c v%d speaks with its own MAC", 'a' + r, v);
}

/* Who shares its fate and has no link yet keeps it from being master. */
bool rules_awaits_link(const struct cluster *c, int r, int v)
{
	const struct router *router = &c->routers[r];
	unsigned mates = config_mates(&router->config, v);

	for (int mate = 0; mates >> mate != 0; mate++) {
		const struct port *parent = &router->view.ports[segment_of(mate)];

		if ((mates >> mate & 1) && has_link(c, r, mate) &&
		    (router->view.asked[mate] == LINK_MAKE ||
		     !links_stands(&router->view.links[mate], parent, &router->config, mate)))
			return true;
	}
	return false;
}
