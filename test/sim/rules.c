/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules' ears: what is done to the cluster and what comes out of its engines is noted here, and
 * what can be judged on the spot is. What takes time to be wrong is judged in judge.c.
 */
#include "rules.h"

#include <string.h>

#include "cluster.h"
#include "judge.h"

enum {
	ANSWERS_PER_SECOND = 100, /* RFC 9568 section 6.4.3, as INTERFACE section 6 limits it */
	REFUSALS_PER_SECOND = 20, /* of one address */
};

static struct watch *watch_of(struct cluster *c, int r, int v)
{
	return &c->rules.watch[r][v];
}

static const struct vr_config *config_of(const struct cluster *c, int r, int v)
{
	return &c->routers[r].config.vrs[v];
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void rules_look_again(struct cluster *c, int v)
{
	c->rules.check_us[v] = c->now_us;
	for (int other = 0; c->rules.grouped && other < SIM_VRS_MAX; other++)
		c->rules.check_us[other] = c->now_us;
	c->rules.next_us = c->now_us;
}

void rules_unsettle(struct cluster *c, int v)
{
	c->rules.disturbed_us[v] = c->now_us;
	rules_look_again(c, v);
}

void rules_disturbed(struct cluster *c, int segment)
{
	const struct wire *w = &c->wires[segment];

	for (int v = segment; v < SIM_VRS_MAX; v += SIM_SEGMENTS) {
		for (int from = 0; from < c->router_count; from++) {
			watch_of(c, from, v)->trouble_us = c->now_us;
			for (int to = 0; to < c->router_count; to++)
				c->rules.clean_since_us[v][from][to] = c->now_us;
		}
		rules_unsettle(c, v);
	}
	for (int r = 0; r < c->router_count; r++) {
		int64_t delay_us = w->latency_us + w->jitter_us + c->routers[r].kernel.delay_us;

		if (delay_us > c->rules.delay_max_us)
			c->rules.delay_max_us = delay_us;
	}
}

void rules_port_lost(struct cluster *c, int r, int segment)
{
	for (int v = segment; v < SIM_VRS_MAX; v += SIM_SEGMENTS)
		watch_of(c, r, v)->kept_until_us = INT64_MIN;
}

void rules_init(struct cluster *c)
{
	memset(&c->rules, 0, sizeof(c->rules));
	c->rules.heard = -1;
	for (int r = 0; r < SIM_ROUTERS_MAX; r++) {
		c->rules.stopped_by_us[r] = INT64_MAX;
		c->rules.paused_us[r] = INT64_MAX;
		for (int v = 0; v < SIM_VRS_MAX; v++) {
			struct watch *w = watch_of(c, r, v);

			w->state = VROUTER_INIT;
			w->orphan_since_us = INT64_MAX;
			for (int k = 0; k < SIM_VIPS_MAX; k++)
				w->without_since_us[k] = INT64_MAX;
			w->refused_us = INT64_MIN / 2;
			w->trouble_us = INT64_MIN / 2;
			w->joined_us = INT64_MIN / 2;
			w->ordered_us = INT64_MIN / 2;
		}
	}
	for (int s = 0; s < SIM_SEGMENTS; s++)
		rules_disturbed(c, s);
}

/* ---- transitions ---- */

/* Does the process believe that its port is in order? */
static bool sees_port_work(const struct cluster *c, int r, int v)
{
	const struct port *p = &c->routers[r].view.ports[segment_of(v)];

	return p->ifindex != 0 && p->up;
}

/* Stopped, told to by an operator, or with its group: without a fault and without having heard a stronger one. */
static bool gives_up_in_health(const struct cluster *c, int r, int v, enum vrouter_state to)
{
	if (to == VROUTER_FAULT)
		return c->routers[r].orders[v].to == FORCE_OFF && sees_port_work(c, r, v);
	return to == VROUTER_INIT || (to == VROUTER_BACKUP && c->rules.heard != v);
}

static int64_t linger_us(const struct cluster *c, int r, int v, enum vrouter_state to)
{
	int64_t interval_us = config_of(c, r, v)->interval_us;

	if (to == VROUTER_BACKUP &&
	    c->rules.heard == v) /* until the stronger one has its addresses */
		return 25000;
	/* until the successor is heard, three intervals at most */
	return gives_up_in_health(c, r, v, to) ? 3 * interval_us + 1000 : 0;
}

/*
 * Make before break: who yields keeps its addresses until the stronger one can have them; who stops,
 * until it has heard its successor and given it that time, three intervals at most.
 */
static void keep_for_successor(struct cluster *c, int r, int v, enum vrouter_state to)
{
	struct watch *w = watch_of(c, r, v);
	bool configured = config_of(c, r, v)->present;

	w->kept_until_us = INT64_MIN;
	if (to == VROUTER_BACKUP && c->rules.heard == v)
		w->kept_until_us = c->now_us + JUDGE_HANDOVER_US;
	else if (gives_up_in_health(c, r, v, to) && configured)
		w->kept_until_us = c->now_us + 3 * config_of(c, r, v)->interval_us;
}

/* Priority 0 is sent exactly on giving up in order: a stop, a fault that leaves the link, an order, or with the group. */
static void expect_release(struct cluster *c, int r, int v, enum vrouter_state from,
			   enum vrouter_state to)
{
	struct watch *w = watch_of(c, r, v);
	bool stops = to == VROUTER_INIT;
	bool fails = to == VROUTER_FAULT && sees_port_work(c, r, v);
	bool yields = to == VROUTER_BACKUP && c->rules.heard != v;
	unsigned expected = from == VROUTER_MASTER && (stops || fails || yields);

	if (w->released != expected)
		cluster_fail(c, "%c v%d: priority 0 sent %u times going from %s to %s", 'a' + r, v,
			     w->released, vrouter_state_name(from), vrouter_state_name(to));
	w->released = 0;
}

/* As many announcements as one take-over is worth, whatever went before. */
static void grant_announcements(struct cluster *c, int r, int v)
{
	struct watch *w = watch_of(c, r, v);
	const struct announce_settings *set = &config_of(c, r, v)->announce;

	memset(w->announced, 0, sizeof(w->announced));
	memset(w->credit, 0, sizeof(w->credit));
	w->rounds = 1 + (set->repeat.us != 0);
}

static void move_to(struct cluster *c, int r, int v, enum vrouter_state to)
{
	struct watch *w = watch_of(c, r, v);
	enum vrouter_state from = w->state;

	c->transitions++;
	cluster_note(c, 0x200000u + (unsigned)(r << 8 | v << 4 | (int)to));
	if (from == VROUTER_MASTER) {
		w->gone_by_us = c->now_us + linger_us(c, r, v, to);
		keep_for_successor(c, r, v, to);
	} else if (to == VROUTER_FAULT) {
		w->kept_until_us = INT64_MIN;
	}
	if (to == VROUTER_MASTER) {
		grant_announcements(c, r, v);
		w->due_by_us = c->now_us; /* the first advertisement comes with it */
	}
	/* A fault is nobody's settled state, nor is what comes after it. */
	if (from == VROUTER_FAULT || to == VROUTER_FAULT)
		rules_unsettle(c, v);
	w->state = to;
	w->since_us = c->now_us;
	w->orphan_since_us = INT64_MAX;
	for (int k = 0; k < SIM_VIPS_MAX; k++)
		w->without_since_us[k] = INT64_MAX;
	rules_look_again(c, v);
}

/*
 * Who slept through the time in which it should have heard a master listens again before it takes over. That is certain of
 * one that was awake for long enough before, so that it did not already listen again then.
 */
static void expect_second_listening(struct cluster *c, int r, int v)
{
	const struct rules *rules = &c->rules;
	int64_t longest_us = 5 * later(rules_longest_interval_us(c, r, v), 1000000);

	if (rules->paused_us[r] != INT64_MAX && c->now_us - rules->paused_us[r] > longest_us &&
	    rules->awake_before_us[r] > longest_us)
		cluster_fail(c, "%c v%d: MASTER as soon as it is awake", 'a' + r, v);
}

static void note_move(struct cluster *c, int r, int v, enum vrouter_state to)
{
	if (watch_of(c, r, v)->state == VROUTER_BACKUP && to == VROUTER_MASTER)
		expect_second_listening(c, r, v);
	if (to == VROUTER_MASTER && !watch_of(c, r, v)->may_resume && rules_held(c, r, v))
		cluster_fail(c, "%c v%d: MASTER although its script has not spoken yet", 'a' + r,
			     v);
	c->rules.moved |= 1u << v;
	c->rules.from[v] = watch_of(c, r, v)->state;
	move_to(c, r, v, to);
}

void rules_decided(struct cluster *c, int r)
{
	const struct router *router = &c->routers[r];

	for (uint32_t i = 0; i < engine_vrouter_count(router->e); i++) {
		int v = router->v_of[i];
		enum vrouter_state state = engine_state(router->e, i);

		if (state != watch_of(c, r, v)->state)
			note_move(c, r, v, state);
	}
}

void rules_stepped(struct cluster *c, int r)
{
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		struct watch *w = watch_of(c, r, v);

		if (c->rules.moved >> v & 1)
			expect_release(c, r, v, c->rules.from[v], w->state);
		else if (w->released != 0)
			expect_release(c, r, v, w->state, w->state);
		if (w->state == VROUTER_MASTER && w->due_by_us < c->now_us)
			cluster_fail(c,
				     "%c v%d: MASTER for %lld us longer without an advertisement "
				     "than its interval",
				     'a' + r, v, (long long)(c->now_us - w->due_by_us));
	}
	c->rules.moved = 0;
	c->rules.heard = -1;
	rules_share_fate(c, r);
}

/* Every running router has a deadline that is not in the past, unless it was already and its tick has yet to come. */
void rules_deadline(struct cluster *c, int r, struct instant was_due)
{
	const struct router *router = &c->routers[r];
	struct instant due = router->due;
	int64_t now_us = c->now_us + router->clock_offset_us;

	if (due.us < now_us && due.us < was_due.us)
		cluster_fail(c, "%c has a deadline %lld us in the past", 'a' + r,
			     (long long)(now_us - due.us));
	for (int v = 0; v < SIM_VRS_MAX && instant_is_never(due); v++) {
		enum vrouter_state state = watch_of(c, r, v)->state;

		if (state == VROUTER_BACKUP || state == VROUTER_MASTER)
			cluster_fail(c, "%c v%d: %s and no deadline", 'a' + r, v,
				     vrouter_state_name(state));
	}
}

/* ---- processes ---- */

static void note_config(struct cluster *c, const struct config *config)
{
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		c->rules.grouped = c->rules.grouped || config->vrs[v].group != 0;
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

		w->may_resume = w->resumes && with_records && config->vrs[v].present &&
				c->now_us < w->due_by_us;
		if (w->may_resume && !rules_kept_out(c, r, v))
			resume |= 1u << v;
	}
	for (int v = 0; v < SIM_VRS_MAX; v++)
		watch_of(c, r, v)->resumes = (config_mates(config, v) & ~resume) == 0;
	rules_hooks_forgotten(c, r);
}

void rules_booting(struct cluster *c, int r, bool with_records)
{
	note_config(c, &c->routers[r].config);
	wake_up(c, r);
	expect_to_resume(c, r, with_records);
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		struct watch *w = watch_of(c, r, v);

		w->joined_us = c->now_us;
		w->gone_by_us = c->now_us - 1;
		w->kept_until_us = INT64_MIN;
		if (w->resumes) {
			/* it never ceased to be MASTER, as far as anybody can see */
			w->state = VROUTER_MASTER;
			w->since_us = c->now_us;
			w->due_by_us = c->now_us;
			grant_announcements(c, r, v);
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
		if (!w->may_resume && !owner && w->state == VROUTER_MASTER)
			cluster_fail(c, "%c v%d starts as MASTER", 'a' + r, v);
		w->resumes = w->may_resume = false;
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
		for (int k = 0; k < SIM_VIPS_MAX; k++) {
			if ((c->routers[r].kernel.addresses[v][k] & HELD_OURS) &&
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
			w->due_by_us = w->sent_us + 3 * config_of(c, r, v)->interval_us;
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
		watch_of(c, r, v)->due_by_us = INT64_MAX;
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

	for (int v = 0; v < SIM_VRS_MAX; v++)
		watch_of(c, r, v)->joined_us += c->now_us - c->rules.paused_us[r];
	c->rules.paused_us[r] = INT64_MAX;
	wake_up(c, r);
	if (c->routers[r].stopping && c->rules.stopped_by_us[r] < c->now_us + stop_us)
		c->rules.stopped_by_us[r] = c->now_us + stop_us;
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if (watch_of(c, r, v)->due_by_us == INT64_MAX)
			watch_of(c, r, v)->due_by_us =
				c->now_us + config_of(c, r, v)->interval_us + JUDGE_SLACK_US;
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
		     x->preempt_delay_us != y->preempt_delay_us || x->weight != y->weight ||
		     x->tracked != y->tracked || x->group != y->group || x->hooks != y->hooks ||
		     memcmp(&x->announce, &y->announce, sizeof(x->announce)) != 0))
			return false;
	}
	return a->group_hooks == b->group_hooks && a->script_unknown == b->script_unknown;
}

void rules_reloading(struct cluster *c, int r, const struct config *config)
{
	const struct router *router = &c->routers[r];
	struct instant now = { c->now_us + router->clock_offset_us };

	/* what is due this very moment may be done in passing */
	c->rules.unchanged =
		same_config(&router->config, config) && !instant_reached(router->due, now);
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
			note_move(c, r, v, VROUTER_INIT);
	}
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		struct watch *w = watch_of(c, r, v);
		int64_t due_us = c->now_us + config_of(c, r, v)->interval_us + JUDGE_SLACK_US;

		if (w->due_by_us != INT64_MAX && w->due_by_us < due_us)
			w->due_by_us = due_us;
		w->rounds += 2; /* new addresses, and whatever was still to come */
	}
	rules_stepped(c, r);
	rules_hooks_reloaded(c, r, c->rules.had_hooks);
}

/* ---- advertisements ---- */

void rules_advertised(struct cluster *c, int r, int v, uint8_t priority)
{
	struct watch *w = watch_of(c, r, v);
	int64_t interval_us = config_of(c, r, v)->interval_us;

	if (priority == VRRP_PRIORITY_RELEASE) {
		w->released++;
		return;
	}
	/* A master that yields has the last word, so that the other one learns that there were two. */
	if (w->state != VROUTER_MASTER && !(c->rules.moved >> v & 1 && w->state == VROUTER_BACKUP &&
					    c->rules.from[v] == VROUTER_MASTER))
		cluster_fail(c, "%c v%d advertises and is not MASTER", 'a' + r, v);
	if (priority != priority_of(&c->routers[r], v))
		cluster_fail(c, "%c v%d advertises priority %u", 'a' + r, v, priority);
	w->sent_us = c->now_us;
	w->due_by_us = c->now_us + interval_us + c->late_us;
	if (c->now_us >= w->window_us + 1000000) {
		w->window_us = c->now_us;
		w->in_window = 0;
	}
	if (++w->in_window > ANSWERS_PER_SECOND &&
	    w->in_window > ANSWERS_PER_SECOND + 1000000 / interval_us * 100 / 98 + 3)
		cluster_fail(c, "%c v%d advertises %u times in a second", 'a' + r, v, w->in_window);
}

void rules_stranger(struct cluster *c, int v, int64_t interval_us)
{
	if (interval_us > c->rules.interval_max_us[v])
		c->rules.interval_max_us[v] = interval_us;
	rules_unsettle(c, v);
}

/* With one of a group all wait longer. */
static void be_patient(struct cluster *c, int r, int v)
{
	unsigned mates = config_mates(&c->routers[r].config, v);

	for (int mate = 0; mate < SIM_VRS_MAX; mate++) {
		struct watch *w = watch_of(c, r, mate);

		if ((mates >> mate & 1) && w->orphan_since_us != INT64_MAX)
			w->orphan_since_us = c->now_us;
	}
}

void rules_heard(struct cluster *c, int from, int to, int v, uint8_t priority)
{
	struct watch *w = watch_of(c, to, v);
	const struct vr_config *vr = config_of(c, to, v);

	c->rules.heard = v;
	if (from >= 0)
		c->rules.lost_in_a_row[v][from][to] = 0;
	if (w->state != VROUTER_MASTER && priority != VRRP_PRIORITY_RELEASE &&
	    w->kept_until_us > c->now_us + JUDGE_HANDOVER_US)
		w->kept_until_us = c->now_us + JUDGE_HANDOVER_US;
	/* Its patience begins anew with a word that RFC 9568 section 6.4.2 does not discard. */
	if (w->state == VROUTER_BACKUP && priority != VRRP_PRIORITY_RELEASE &&
	    (priority >= priority_of(&c->routers[to], v) || !vr->preempt ||
	     vr->preempt_delay_us != 0))
		be_patient(c, to, v);
	/* A second master: when it has gone, there may be one more round. */
	if (w->state == VROUTER_MASTER && priority != VRRP_PRIORITY_RELEASE)
		w->rounds++;
}

void rules_lost(struct cluster *c, int from, int to, int v)
{
	uint8_t *in_a_row = &c->rules.lost_in_a_row[v][from][to];

	c->rules.clean_since_us[v][from][to] = c->now_us;
	if (*in_a_row < UINT8_MAX)
		++*in_a_row;
	/* One that is lost now and then a cluster must bear without losing its order. */
	if (*in_a_row >= 2)
		c->rules.disturbed_us[v] = c->now_us;
}

/* ---- addresses ---- */

void rules_weighed(struct cluster *c, int r)
{
	c->rules.weighed_us[r] = c->now_us;
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if (config_of(c, r, v)->tracked)
			rules_unsettle(c, v);
	}
}

void rules_meddled(struct cluster *c, int r, int v)
{
	watch_of(c, r, v)->trouble_us = c->now_us;
	rules_unsettle(c, v);
}

/* May it still have its addresses, because it gives up in order and has not slept through the end of that? */
static bool may_linger(struct cluster *c, int r, int v)
{
	int64_t gone_by_us = watch_of(c, r, v)->gone_by_us;

	return c->now_us <= gone_by_us || c->rules.paused_us[r] <= gone_by_us;
}

/* An address is only ever added for MASTER (or while lingering), and never taken from MASTER. */
void rules_changes_address(struct cluster *c, int r, int v, int k, bool add)
{
	const struct vr_config *vr = config_of(c, r, v);
	bool master = watch_of(c, r, v)->state == VROUTER_MASTER && (vr->vips >> k & 1);

	if (add && !master && !may_linger(c, r, v))
		cluster_fail(c, "%c adds v%d.%d and is not MASTER", 'a' + r, v, k);
	if (!add && master)
		cluster_fail(c, "%c removes v%d.%d and is MASTER", 'a' + r, v, k);
	if (!add && sees_port_work(c, r, v) && vr->present && (vr->vips >> k & 1) &&
	    c->now_us < watch_of(c, r, v)->kept_until_us)
		cluster_fail(c, "%c removes v%d.%d before its successor can have it", 'a' + r, v,
			     k);
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
	rules_look_again(c, v);
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
	else if (c->routers[r].view.addresses[v][k] == 0)
		cluster_fail(c, "%c announces v%d.%d and does not have it", 'a' + r, v, k);
	else if (++w->announced[k] > allowed)
		cluster_fail(c, "%c announces v%d.%d %u times where %llu are enough", 'a' + r, v, k,
			     w->announced[k], (unsigned long long)allowed);
}

/* ---- judging ---- */

void rules_check(struct cluster *c)
{
	int64_t next_us = INT64_MAX;

	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if (c->rules.check_us[v] <= c->now_us)
			c->rules.check_us[v] = judge(c, v);
		if (c->rules.check_us[v] < next_us)
			next_us = c->rules.check_us[v];
	}
	c->rules.next_us = next_us;
}
