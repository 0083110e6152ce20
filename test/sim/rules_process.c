/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules about processes: that begin and go on where one before them stood, that end and leave nothing behind, that are held up, and
 * that read their configuration again.
 */
#include <string.h>

#include "cluster.h"
#include "judge.h"
#include "rules_internal.h"

/* ---- processes ---- */

static void note_config(struct cluster *c, const struct config *config)
{
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		c->rules.together[v] |= config->mates[v];
		if (config->vrs[v].present &&
		    config->vrs[v].interval_us > c->rules.interval_max_us[v])
			c->rules.interval_max_us[v] = config->vrs[v].interval_us;
	}
}

/* The process sees the world anew: whatever it should have done in the meantime it may do now. */
static void wake_up(struct cluster *c, int r)
{
	c->rules.awake_since_us[r] = c->now_us;
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		watch_of(c, r, v)->trouble_us = c->now_us;
		watch_of(c, r, v)->orphan_since_us = INT64_MAX;
		rules_unsettle(c, v);
	}
}

/* MASTER again if no peer can have noticed: three intervals since its last word. And if that holds for its whole group. */
static void expect_to_resume(struct cluster *c, int r, bool with_records)
{
	const struct config *config = &c->routers[r].config;
	unsigned resume = 0;

	for (int v = 0; v < SIM_VRS_MAX; v++) {
		struct watch *w = watch_of(c, r, v);

		bool may = w->resumes && with_records && config->vrs[v].present &&
			   c->now_us < w->due_by_us;

		w->may_until_us = may ? w->due_by_us : INT64_MIN;
		if (may && !is_kept_out(&c->routers[r], v))
			resume |= 1u << v;
	}
	for (int v = 0; v < SIM_VRS_MAX; v++)
		watch_of(c, r, v)->resumes = (config_mates(config, v) & ~resume) == 0;
	rules_hooks_forgotten(c, r);
}

/* Does anybody know that v had given up and still served? Not where it was taken away and has come back. */
static bool is_remembered(struct cluster *c, int r, int v)
{
	const struct watch *w = watch_of(c, r, v);
	bool present = config_of(c, r, v)->present;

	return w->retired ? !present : present && c->routers[r].has_record[v];
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Who takes over where nobody else does has three of the intervals that he has now. */
static void begin_anew(const struct cluster *c, struct watch *w, const struct vr_config *vr)
{
	w->gone_by_us = c->now_us + 3 * vr->interval_us + 1000;
	w->kept_until_us = sooner(w->kept_until_us, c->now_us + 3 * vr->interval_us);
}

/*
 * Who had given up and still served goes on with that; who may take over where nobody else does, until it does. What nobody has any more stays
 * for as long as any of it.
 */
static void expect_to_linger(struct cluster *c, int r, bool with_records)
{
	int64_t latest_us = c->now_us - 1;

	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if (with_records && watch_of(c, r, v)->retired)
			latest_us = later(latest_us, watch_of(c, r, v)->gone_by_us);
	}
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		struct watch *w = watch_of(c, r, v);
		const struct vr_config *vr = config_of(c, r, v);

		if (!with_records || !is_remembered(c, r, v))
			w->gone_by_us = w->kept_until_us = INT64_MIN;
		else if (vr->present && c->routers[r].orders[v].to == FORCE_BACKUP &&
			 c->now_us < w->gone_by_us)
			begin_anew(c, w, vr);
		w->gone_by_us = later(w->gone_by_us, latest_us);
		if (!vr->present)
			continue;
		/* another configuration since, by which they move */
		if (vr->virtual_mac != w->kept_on_link)
			w->kept_until_us = INT64_MIN;
		w->kept &= vr->vips;
		w->kept_routings &= vr->routings;
	}
}

void rules_booting(struct cluster *c, int r, bool with_records)
{
	c->rules.in_accord[r] = false;
	note_config(c, &c->routers[r].config);
	wake_up(c, r);
	expect_to_resume(c, r, with_records);
	expect_to_linger(c, r, with_records);
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		struct watch *w = watch_of(c, r, v);

		w->joined_us = c->now_us;
		if (w->resumes) {
			/* it never ceased to be MASTER, as far as anybody can see */
			w->state = VROUTER_MASTER;
			w->since_us = c->now_us;
			rules_set_due(c, r, v, c->now_us);
			rules_grant_announcements(c, r, v);
			w->rounds = 0; /* nobody has to be told anything */
		}
	}
}

void rules_booted(struct cluster *c, int r)
{
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		struct watch *w = watch_of(c, r, v);
		bool owner = config_of(c, r, v)->present &&
			     priority_of(&c->routers[r], v) == PRIORITY_OWNER;

		if (w->resumes && w->state != VROUTER_MASTER)
			cluster_fail(c, "%c v%d was MASTER, is back in time and does not go on",
				     'a' + r, v);
		if (c->now_us >= w->may_until_us && !owner && w->state == VROUTER_MASTER)
			cluster_fail(c, "%c v%d starts as MASTER", 'a' + r, v);
		w->resumes = false;
	}
}

void rules_stopping(struct cluster *c, int r)
{
	int64_t longest_us = 0;

	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if (c->rules.interval_max_us[v] > longest_us)
			longest_us = c->rules.interval_max_us[v];
		rules_unsettle(c, v);
	}
	/* hooks that run, and then those that tell of it */
	c->rules.stopped_by_us[r] = c->now_us + 3 * longest_us + JUDGE_STOP_US + 2 * c->hooks_us;
}

/* Who stops in order leaves nothing behind. */
static void expect_nothing_held(struct cluster *c, int r)
{
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if (c->routers[r].kernel.links[v].ifindex != 0 &&
		    c->now_us > watch_of(c, r, v)->refused_us + JUDGE_RETRY_US)
			cluster_fail(c, "%c has stopped and left the link of v%d behind", 'a' + r,
				     v);
		for (int i = 0; i < SIM_ROUTINGS_MAX; i++) {
			if (c->routers[r].kernel.routings[v][i].held == HELD_OURS &&
			    c->now_us > watch_of(c, r, v)->unroutable_us + JUDGE_RETRY_US)
				cluster_fail(c, "%c has stopped and left a %s of v%d behind",
					     'a' + r, i == 0 ? "route" : "rule", v);
		}
		for (int k = 0; k < SIM_VIPS_MAX; k++) {
			if ((c->routers[r].kernel.addresses[v][k] & (HELD_OURS | HELD_ON_LINK)) &&
			    c->now_us > watch_of(c, r, v)->refused_us + JUDGE_RETRY_US)
				cluster_fail(c, "%c has stopped and left v%d.%d behind", 'a' + r, v,
					     k);
		}
	}
}

void rules_gone(struct cluster *c, int r)
{
	bool in_order = c->routers[r].stopping && engine_stopped(c->routers[r].e);

	if (in_order)
		expect_nothing_held(c, r);
	rules_hooks_orphaned(c, r, in_order);
	c->rules.stopped_by_us[r] = INT64_MAX;
	c->rules.paused_us[r] = INT64_MAX;
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		struct watch *w = watch_of(c, r, v);

		w->resumes = w->state == VROUTER_MASTER && c->routers[r].running;
		if (w->resumes) /* from here on the time until which it may come back */
			rules_set_due(c, r, v, w->sent_us + 3 * config_of(c, r, v)->interval_us);
		w->state = VROUTER_INIT;
		w->since_us = c->now_us;
		w->released = 0;
		rules_unsettle(c, v);
	}
}

void rules_paused(struct cluster *c, int r)
{
	c->rules.paused_us[r] = c->now_us;
	c->rules.awake_before_us[r] = c->now_us - c->rules.awake_since_us[r];
	wake_up(c, r);
	for (int v = 0; v < SIM_VRS_MAX; v++)
		rules_set_due(c, r, v, INT64_MAX);
}

void rules_power_lost(struct cluster *c, int r)
{
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		watch_of(c, r, v)->resumes = false;
		rules_unsettle(c, v);
	}
}

void rules_resumed(struct cluster *c, int r)
{
	int64_t stop_us = JUDGE_STOP_US + 2 * c->hooks_us;

	for (int v = 0; v < SIM_VRS_MAX; v++) {
		struct watch *w = watch_of(c, r, v);
		int64_t longest_us = rules_longest_interval_us(c, r, v);

		/* who was still listening when it was held up listens once more, for an interval and Skew_Time */
		if (c->rules.paused_us[r] < w->joined_us + 5 * longest_us)
			w->joined_us += 2 * longest_us;
		w->joined_us += c->now_us - c->rules.paused_us[r];
	}
	c->rules.paused_us[r] = INT64_MAX;
	wake_up(c, r);
	if (c->routers[r].stopping && c->rules.stopped_by_us[r] < c->now_us + stop_us)
		c->rules.stopped_by_us[r] = c->now_us + stop_us;
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if (watch_of(c, r, v)->due_by_us == INT64_MAX)
			rules_set_due(c, r, v,
				      c->now_us + config_of(c, r, v)->interval_us + JUDGE_SLACK_US);
	}
}

/* ---- reload ---- */

static bool same_config(const struct config *a, const struct config *b)
{
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		const struct vr_config *x = &a->vrs[v], *y = &b->vrs[v];

		if (x->present != y->present)
			return false;
		if (x->present &&
		    (x->version != y->version || x->priority != y->priority ||
		     x->preempt != y->preempt || x->vips != y->vips || x->password != y->password ||
		     x->interval_us != y->interval_us ||
		     x->preempt_delay_us != y->preempt_delay_us || x->group != y->group ||
		     x->hooks != y->hooks || x->routings != y->routings ||
		     x->virtual_mac != y->virtual_mac || x->narrow != y->narrow ||
		     memcmp(x->tracks, y->tracks, sizeof(x->tracks)) != 0 ||
		     memcmp(&x->announce, &y->announce, sizeof(x->announce)) != 0))
			return false;
	}
	return a->group_hooks == b->group_hooks && a->initially == b->initially &&
	       memcmp(a->group_tracks, b->group_tracks, sizeof(a->group_tracks)) == 0;
}

/* What is kept for a successor: not what the new settings do not have, and by who is taken away not for longer than by anybody who is. */
static void keep_less(struct cluster *c, int r, int v, const struct config *config)
{
	struct watch *w = watch_of(c, r, v);
	int64_t retired_us = c->now_us + config_of(c, r, v)->interval_us;

	if (config->vrs[v].present) {
		w->kept &= config->vrs[v].vips;
		w->kept_routings &= config->vrs[v].routings;
	} else {
		w->retired = true;
		w->kept_until_us = sooner(w->kept_until_us, retired_us);
	}
}

void rules_reloading(struct cluster *c, int r, const struct config *config)
{
	const struct router *router = &c->routers[r];
	struct instant now = { c->now_us + router->clock_offset_us };

	c->rules.in_accord[r] = false;
	/* what is due this very moment may be done in passing */
	c->rules.unchanged =
		same_config(&router->config, config) && !instant_reached(router->due, now);
	/* and so may be what follows from a link that has just been made */
	for (int v = 0; v < SIM_VRS_MAX; v++)
		c->rules.unchanged = c->rules.unchanged && router->view.asked[v] == LINK_LEAVE;
	if (c->rules.unchanged)
		return;
	note_config(c, config);
	wake_up(c, r);
	c->rules.had_hooks = 0;
	for (int n = 0; n < SIM_NOTIFIERS; n++)
		c->rules.had_hooks |= (unsigned)config_has_hooks(&router->config, n) << n;
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		struct watch *w = watch_of(c, r, v);

		int64_t lingers_us = config_of(c, r, v)->interval_us + 25000;

		if (config_mates(config, v) != config_mates(&router->config, v) ||
		    config->vrs[v].present != router->config.vrs[v].present)
			w->joined_us = c->now_us;
		keep_less(c, r, v, config);
		/* a new interval says nothing of what was sent at the old one */
		w->window_us = c->now_us;
		w->in_window = 0;
		/* what the new settings do not have any more may serve until a successor could */
		if (w->gone_by_us < c->now_us + lingers_us)
			w->gone_by_us = c->now_us + lingers_us;
	}
}

void rules_reloaded(struct cluster *c, int r, unsigned actions)
{
	if (c->rules.unchanged && actions != 0)
		cluster_fail(c, "%c: the same configuration again caused %u actions", 'a' + r,
			     actions);
	if (c->rules.unchanged)
		return;
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if (!config_of(c, r, v)->present && watch_of(c, r, v)->state != VROUTER_INIT)
			rules_note_move(c, r, v, VROUTER_INIT);
	}
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		struct watch *w = watch_of(c, r, v);
		int64_t due_us = c->now_us + config_of(c, r, v)->interval_us + JUDGE_SLACK_US;

		if (w->due_by_us != INT64_MAX && w->due_by_us < due_us)
			rules_set_due(c, r, v, due_us);
		w->rounds += 2; /* new addresses, and whatever was still to come */
	}
	rules_stepped(c, r);
	rules_hooks_reloaded(c, r, c->rules.had_hooks);
}
