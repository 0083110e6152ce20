/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules' ears: what is done to the cluster and what comes out of its engines is noted, and what can be judged on the spot is. Here
 * stands what moves from state to state; processes, advertisements, addresses and agents have files of their own. What takes time to
 * be wrong is judged in judge.c.
 */
#include "rules.h"

#include <string.h>

#include "cluster.h"
#include "judge.h"
#include "rules_internal.h"

/* From the one place of judge_us to the other: of v, and of who shares its fate. */
static void look(struct cluster *c, int v, int first, int last)
{
	struct rules *rules = &c->rules;
	unsigned vs = rules->together[v] | 1u << v;

	for (int i = 0; vs >> i != 0; i++) {
		if (!(vs >> i & 1))
			continue;
		for (int place = first; place <= last; place++)
			rules->judge_us[i][place] = c->now_us;
		rules->check_us[i] = c->now_us;
	}
	rules->next_us = c->now_us;
}

void rules_look_again(struct cluster *c, int v)
{
	look(c, v, 0, SIM_ROUTERS_MAX);
}

void rules_look_at(struct cluster *c, int r, int v)
{
	look(c, v, r, r);
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

void rules_port_seen(struct cluster *c, int r)
{
	c->rules.in_accord[r] = false;
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
			w->may_until_us = INT64_MIN;
			w->refused_us = INT64_MIN / 2;
			w->unroutable_us = INT64_MIN / 2;
			w->trouble_us = INT64_MIN / 2;
			w->joined_us = INT64_MIN / 2;
			w->ordered_us = INT64_MIN / 2;
		}
	}
	for (int s = 0; s < SIM_SEGMENTS; s++)
		rules_disturbed(c, s);
}

/* ---- transitions ---- */

bool rules_sees_port_work(const struct cluster *c, int r, int v)
{
	const struct port *p = &c->routers[r].view.ports[segment_of(v)];

	return p->ifindex != 0 && p->up;
}

bool rules_is_meddled_with(const struct cluster *c, int r, int v)
{
	const struct watch *w = &c->rules.watch[r][v];

	return w->trouble_us + c->routers[r].kernel.delay_us > w->since_us;
}

/* Stopped, told to by an operator, or with its group: without a fault and without having heard a stronger one. */
static bool gives_up_in_health(const struct cluster *c, int r, int v, enum vrouter_state to)
{
	if (to == VROUTER_FAULT)
		return c->routers[r].orders[v].to == FORCE_OFF && rules_sees_port_work(c, r, v);
	return to == VROUTER_INIT || (to == VROUTER_BACKUP && c->rules.heard != v);
}

int64_t rules_handover_us(const struct cluster *c, int r, int v)
{
	return config_of(c, r, v)->virtual_mac ? 0 : JUDGE_HANDOVER_US;
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
 * until it has heard its successor and given it that time, three intervals at most. Whom a reload takes
 * away hears nobody any more: it keeps them for an interval, which is longer than any Skew_Time.
 */
static void keep_for_successor(struct cluster *c, int r, int v, enum vrouter_state to)
{
	struct watch *w = watch_of(c, r, v);
	int intervals = config_of(c, r, v)->present ? 3 : 1;

	w->kept_until_us = INT64_MIN;
	w->retired = !config_of(c, r, v)->present;
	w->kept_on_link = config_of(c, r, v)->virtual_mac;
	w->kept = config_of(c, r, v)->vips;
	w->kept_routings = config_of(c, r, v)->routings;
	if (to == VROUTER_BACKUP && c->rules.heard == v)
		w->kept_until_us = c->now_us + rules_handover_us(c, r, v);
	else if (gives_up_in_health(c, r, v, to))
		w->kept_until_us = c->now_us + intervals * config_of(c, r, v)->interval_us;
}

/* Priority 0 is sent exactly on giving up in order: a stop, a fault that leaves the link, an order, or with the group. */
static void expect_release(struct cluster *c, int r, int v, enum vrouter_state from,
			   enum vrouter_state to)
{
	struct watch *w = watch_of(c, r, v);
	bool stops = to == VROUTER_INIT;
	bool fails = to == VROUTER_FAULT && rules_sees_port_work(c, r, v);
	bool yields = to == VROUTER_BACKUP && c->rules.heard != v;
	unsigned expected = from == VROUTER_MASTER && (stops || fails || yields);

	if (w->released != expected)
		cluster_fail(c, "%c v%d: priority 0 sent %u times going from %s to %s", 'a' + r, v,
			     w->released, vrouter_state_name(from), vrouter_state_name(to));
	w->released = 0;
}

void rules_grant_announcements(struct cluster *c, int r, int v)
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
	} else if (to == VROUTER_FAULT &&
		   !(from == VROUTER_INIT && c->routers[r].orders[v].to == FORCE_OFF)) {
		w->kept_until_us = INT64_MIN;
	}
	if (to == VROUTER_MASTER) {
		w->gone_by_us = w->kept_until_us = INT64_MIN;
		rules_grant_announcements(c, r, v);
		rules_set_due(c, r, v, c->now_us); /* the first advertisement comes with it */
	}
	/* A fault is nobody's settled state, nor is what comes after it. */
	if (from == VROUTER_FAULT || to == VROUTER_FAULT)
		rules_unsettle(c, v);
	if (from == VROUTER_MASTER || to == VROUTER_BACKUP)
		w->may_until_us = INT64_MIN; /* once only */
	w->state = to;
	c->rules.in_accord[r] = false;
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

void rules_note_move(struct cluster *c, int r, int v, enum vrouter_state to)
{
	if (watch_of(c, r, v)->state == VROUTER_BACKUP && to == VROUTER_MASTER)
		expect_second_listening(c, r, v);
	if (to == VROUTER_MASTER && c->now_us >= watch_of(c, r, v)->may_until_us &&
	    rules_held(c, r, v))
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
			rules_note_move(c, r, v, state);
	}
}

/* Every MASTER advertises in time. Asked only when the earliest of them may be overdue. */
static void expect_adverts(struct cluster *c, int r)
{
	int64_t earliest_us = INT64_MAX;

	for (int v = 0; v < SIM_VRS_MAX; v++) {
		const struct watch *w = watch_of(c, r, v);

		if (w->state != VROUTER_MASTER)
			continue;
		if (w->due_by_us < c->now_us)
			cluster_fail(c,
				     "%c v%d: MASTER for %lld us longer without an advertisement "
				     "than its interval",
				     'a' + r, v, (long long)(c->now_us - w->due_by_us));
		if (w->due_by_us < earliest_us)
			earliest_us = w->due_by_us;
	}
	c->rules.overdue_us[r] = earliest_us;
}

void rules_stepped(struct cluster *c, int r)
{
	unsigned vs = c->rules.moved | c->rules.released;

	for (int v = 0; vs >> v != 0; v++) {
		enum vrouter_state state = watch_of(c, r, v)->state;

		if (vs >> v & 1)
			expect_release(c, r, v, c->rules.moved >> v & 1 ? c->rules.from[v] : state,
				       state);
	}
	if (c->rules.overdue_us[r] < c->now_us)
		expect_adverts(c, r);
	c->rules.moved = c->rules.released = 0;
	c->rules.heard = -1;
	rules_share_fate(c, r);
}

/* No deadline at all: then there is nobody who would have one. */
static void expect_nothing_due(struct cluster *c, int r)
{
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		enum vrouter_state state = watch_of(c, r, v)->state;

		/* the kernel's answer is waited for */
		if (state == VROUTER_BACKUP && rules_awaits_link(c, r, v))
			continue;
		if (state == VROUTER_BACKUP || state == VROUTER_MASTER)
			cluster_fail(c, "%c v%d: %s and no deadline", 'a' + r, v,
				     vrouter_state_name(state));
	}
}

/* Every running router has a deadline that is not in the past, unless it was already and its tick has yet to come. */
void rules_deadline(struct cluster *c, int r, struct instant was_due)
{
	const struct router *router = &c->routers[r];
	struct instant due = router->due;
	int64_t now_us = c->now_us + router->clock_offset_us;

	if (instant_is_never(due))
		expect_nothing_due(c, r);
	else if (due.us < now_us && due.us < was_due.us)
		cluster_fail(c, "%c has a deadline %lld us in the past", 'a' + r,
			     (long long)(now_us - due.us));
}

/* ---- judging ---- */

void rules_check(struct cluster *c)
{
	int64_t next_us = INT64_MAX;

	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if (c->rules.check_us[v] <= c->now_us)
			judge(c, v);
		if (c->rules.check_us[v] < next_us)
			next_us = c->rules.check_us[v];
	}
	c->rules.next_us = next_us;
}
