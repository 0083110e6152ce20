/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules about addresses: who may add and remove them and when, how a refusal is taken, and how often they are announced.
 */
#include "cluster.h"
#include "judge.h"
#include "rules_internal.h"

enum {
	REFUSALS_PER_SECOND = 20, /* of one address */
};

void rules_meddled(struct cluster *c, int r, int v)
{
	watch_of(c, r, v)->trouble_us = c->now_us + 1; /* after whatever else happens now */
	rules_unsettle(c, v);
}

bool rules_sees_served(const struct cluster *c, int r, int v, int k)
{
	const struct view *view = &c->routers[r].view;

	return is_served(view->addresses[v][k], &view->links[v]);
}

bool rules_may_linger(const struct cluster *c, int r, int v)
{
	int64_t gone_by_us = c->rules.watch[r][v].gone_by_us;

	return c->now_us <= gone_by_us || c->rules.paused_us[r] <= gone_by_us;
}

/* An address is only ever added for MASTER (or while lingering), and never taken from MASTER. */
static void changes_port_address(struct cluster *c, int r, int v, int k, bool add)
{
	const struct vr_config *vr = config_of(c, r, v);
	bool master = watch_of(c, r, v)->state == VROUTER_MASTER && (vr->vips >> k & 1) &&
		      !vr->virtual_mac;

	if (add && !master && !rules_may_linger(c, r, v))
		cluster_fail(c, "%c adds v%d.%d and is not MASTER", 'a' + r, v, k);
	if (!add && master)
		cluster_fail(c, "%c removes v%d.%d and is MASTER", 'a' + r, v, k);
	/* with a virtual MAC they have moved to its link */
	if (!add && !vr->virtual_mac && rules_sees_port_work(c, r, v) &&
	    (watch_of(c, r, v)->kept >> k & 1) && c->now_us < watch_of(c, r, v)->kept_until_us)
		cluster_fail(c, "%c removes v%d.%d before its successor can have it", 'a' + r, v,
			     k);
}

/* With a virtual MAC they are there all the time, and are served with the link. */
static void changes_link_address(struct cluster *c, int r, int v, int k, bool add)
{
	const struct vr_config *vr = config_of(c, r, v);
	bool master = watch_of(c, r, v)->state == VROUTER_MASTER && (vr->vips >> k & 1);

	/* unless the kernel does not let it down */
	if (add && c->routers[r].kernel.links[v].raised && !master && !rules_may_linger(c, r, v) &&
	    c->now_us > watch_of(c, r, v)->refused_us + JUDGE_RETRY_US)
		cluster_fail(c, "%c adds v%d.%d where it is served and is not MASTER", 'a' + r, v,
			     k);
	if (!add && master && vr->virtual_mac)
		cluster_fail(c, "%c removes v%d.%d from its link and is MASTER", 'a' + r, v, k);
}

void rules_changes_address(struct cluster *c, int r, int v, int k, bool add, bool on_link)
{
	if (on_link)
		changes_link_address(c, r, v, k, add);
	else
		changes_port_address(c, r, v, k, add);
}

/* Who is refused something waits before asking again, and longer each time. */
static void note_refusal(struct cluster *c, int r, int v, int k)
{
	struct watch *w = watch_of(c, r, v);

	w->refused_us = c->now_us;
	if (c->now_us >= w->refusals_since_us[k] + 1000000) {
		w->refusals_since_us[k] = c->now_us;
		w->refusals[k] = 0;
	}
	if (++w->refusals[k] > REFUSALS_PER_SECOND)
		cluster_fail(c, "%c asks for v%d.%d again and again although it is refused",
			     'a' + r, v, k);
}

void rules_address_changed(struct cluster *c, int r, int v, int k, bool add, int error)
{
	struct watch *w = watch_of(c, r, v);

	if (error == 0)
		w->without_since_us[k] = INT64_MAX;
	else if (add && w->without_since_us[k] == INT64_MAX)
		w->without_since_us[k] = c->now_us;
	if (error != 0)
		note_refusal(c, r, v, k);
	rules_look_at(c, r, v);
}

void rules_refusal_read(struct cluster *c, int r, int v, bool routing)
{
	if (routing)
		watch_of(c, r, v)->unroutable_us = c->now_us;
	else
		watch_of(c, r, v)->refused_us = c->now_us;
}

void rules_address_added(struct cluster *c, int r, int v, int k)
{
	struct watch *w = watch_of(c, r, v);

	if (w->state == VROUTER_MASTER)
		w->credit[k] += config_of(c, r, v)->announce.count;
}

/* ---- announcements ---- */

void rules_announce_asked(struct cluster *c, int r, int v)
{
	watch_of(c, r, v)->rounds++;
}

/* After n flaps as many announcements as after one: each must be worth a reason of this mastership. */
void rules_announced(struct cluster *c, int r, int v, int k)
{
	struct watch *w = watch_of(c, r, v);
	const struct announce_settings *set = &config_of(c, r, v)->announce;
	uint64_t allowed = w->credit[k] + (uint64_t)w->rounds * set->count;

	if (set->refresh.us != 0)
		allowed += (uint64_t)((c->now_us - w->since_us) / set->refresh.us) + 1;
	if (w->state != VROUTER_MASTER)
		cluster_fail(c, "%c announces v%d.%d and is not MASTER", 'a' + r, v, k);
	else if (c->routers[r].view.addresses[v][k] == 0) /* a link may be on its way up */
		cluster_fail(c, "%c announces v%d.%d and does not have it", 'a' + r, v, k);
	else if (++w->announced[k] > allowed)
		cluster_fail(c, "%c announces v%d.%d %u times where %llu are enough", 'a' + r, v, k,
			     w->announced[k], (unsigned long long)allowed);
}
