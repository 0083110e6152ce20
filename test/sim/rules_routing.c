/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules about routes and rules of the kernel's routing: they come after the addresses and go with them, and nobody else's are touched.
 * How long they may be missing is asked in judge.c.
 */
#include "cluster.h"
#include "judge.h"
#include "rules_internal.h"

/* Unless the kernel refuses some, or somebody meddles. */
static void expect_addresses(struct cluster *c, int r, int v)
{
	const struct watch *w = watch_of(c, r, v);

	if (w->state != VROUTER_MASTER || c->now_us < w->refused_us + JUDGE_RETRY_US ||
	    rules_is_meddled_with(c, r, v))
		return;
	for (int k = 0; k < SIM_VIPS_MAX; k++) {
		if ((config_of(c, r, v)->vips >> k & 1) && !rules_sees_served(c, r, v, k))
			cluster_fail(c, "%c adds what is routed for v%d before v%d.%d", 'a' + r, v,
				     v, k);
	}
}

void rules_changes_routing(struct cluster *c, int r, int v, int i, enum action_kind kind)
{
	const struct watch *w = watch_of(c, r, v);
	const char *name = i == 0 ? "route" : "rule";
	bool master = w->state == VROUTER_MASTER && (config_of(c, r, v)->routings >> i & 1);

	if (kind != ACTION_REMOVE_ROUTING && !master && !rules_may_linger(c, r, v))
		cluster_fail(c, "%c adds the %s of v%d and is not MASTER", 'a' + r, name, v);
	if (kind == ACTION_ADD_ROUTING)
		expect_addresses(c, r, v);
	if (kind == ACTION_REMOVE_ROUTING && master)
		cluster_fail(c, "%c removes the %s of v%d and is MASTER", 'a' + r, name, v);
	if (kind == ACTION_REMOVE_ROUTING && rules_sees_port_work(c, r, v) &&
	    (w->kept_routings >> i & 1) && c->now_us < w->kept_until_us &&
	    c->now_us > w->refused_us + JUDGE_RETRY_US)
		cluster_fail(c, "%c removes the %s of v%d before its successor can have it",
			     'a' + r, name, v);
}

void rules_routing_changed(struct cluster *c, int r, int v, int error)
{
	if (error != 0)
		watch_of(c, r, v)->unroutable_us = c->now_us;
	rules_look_at(c, r, v);
}
