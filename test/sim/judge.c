/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One function for each rule. All have the same shape: since when has the condition held that makes
 * something due, by when must it have come, and has it?
 */
#include "judge.h"

#include "cluster.h"

/* One virtual router of the cluster at one moment. */
struct trial {
	struct cluster *c;
	int v;
	int64_t next_us; /* when to ask again */
};

static struct watch *watch_of(const struct trial *t, int r)
{
	return &t->c->rules.watch[r][t->v];
}

static const struct vr_config *config_of(const struct trial *t, int r)
{
	return &t->c->routers[r].config.vrs[t->v];
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Is it over? Otherwise come back when it is. */
static bool is_over(struct trial *t, int64_t by_us)
{
	if (t->c->now_us > by_us)
		return true;
	if (by_us + 1 < t->next_us)
		t->next_us = by_us + 1;
	return false;
}

/* What a word from one process to another takes at most, timers included. */
static int64_t hop_us(const struct trial *t)
{
	return t->c->rules.delay_max_us + t->c->late_us + JUDGE_SLACK_US;
}

/* Runs, can hear and be heard, and takes part. */
static bool is_healthy(const struct trial *t, int r)
{
	const struct router *router = &t->c->routers[r];
	enum vrouter_state state = watch_of(t, r)->state;

	return router->running && !router->paused && !router->stopping &&
	       port_works(router, t->v) && (state == VROUTER_BACKUP || state == VROUTER_MASTER);
}

static bool is_master(const struct trial *t, int r)
{
	return is_healthy(t, r) && watch_of(t, r)->state == VROUTER_MASTER;
}

/* Does what `from` sends reach `to`, and is it believed there? */
static bool reaches(const struct trial *t, int from, int to)
{
	return !t->c->wires[segment_of(t->v)].cut[from][to] &&
	       config_understands(config_of(t, from), config_of(t, to));
}

/* RFC 9568 section 6.4.3: the higher priority, then the higher address. */
static bool is_stronger(const struct trial *t, int a, int b)
{
	uint8_t pa = priority_of(&t->c->routers[a], t->v);
	uint8_t pb = priority_of(&t->c->routers[b], t->v);

	return pa != pb ? pa > pb : a > b;
}

/* The longest Master_Down_Interval of r, whoever's interval it has learnt, whatever its script said then. */
static int64_t master_down_us(const struct trial *t, int r)
{
	const struct vr_config *vr = config_of(t, r);
	int64_t interval_us = t->c->rules.interval_max_us[t->v];
	int64_t unit_us = vr->version == 2 ? 1000000 : interval_us;

	uint8_t fails = config_priority(vr, true), works = config_priority(vr, false);

	return 3 * interval_us + (256 - (fails < works ? fails : works)) * unit_us / 256;
}

/* No two masters that can hear each other for longer than one interval and a hop. */
static void judge_two_masters(struct trial *t, int strong, int weak)
{
	const struct rules *rules = &t->c->rules;
	int64_t since_us;

	if (!is_stronger(t, strong, weak) || !reaches(t, strong, weak))
		return;
	since_us = later(watch_of(t, strong)->since_us, watch_of(t, weak)->since_us);
	since_us = later(since_us, rules->clean_since_us[t->v][strong][weak]);
	since_us = later(since_us, rules->awake_since_us[strong]);
	since_us = later(since_us, rules->awake_since_us[weak]);
	since_us = later(since_us, later(rules->weighed_us[strong], rules->weighed_us[weak]));
	if (is_over(t, since_us + config_of(t, strong)->interval_us + hop_us(t)))
		cluster_fail(t->c, "v%d: both %c and %c are MASTER and can hear each other", t->v,
			     'a' + strong, 'a' + weak);
}

static bool hears_a_master(const struct trial *t, int r)
{
	for (int other = 0; other < t->c->router_count; other++) {
		if (other != r && is_master(t, other) && reaches(t, other, r))
			return true;
	}
	return false;
}

/* No healthy router without a master for longer than its Master_Down_Interval and a hop. */
static void judge_orphan(struct trial *t, int r)
{
	struct watch *w = watch_of(t, r);
	int64_t interval_us = t->c->rules.interval_max_us[t->v];
	int64_t since_us;

	if (w->state != VROUTER_BACKUP || !is_healthy(t, r) || hears_a_master(t, r)) {
		w->orphan_since_us = INT64_MAX;
		return;
	}
	if (w->orphan_since_us == INT64_MAX)
		w->orphan_since_us = t->c->now_us;
	/* who was held up listens once more, for an interval and Skew_Time */
	since_us = later(w->orphan_since_us, t->c->rules.awake_since_us[r] + 2 * interval_us);
	since_us = later(since_us, w->since_us);
	if (is_over(t, since_us + master_down_us(t, r) + hop_us(t)))
		cluster_fail(t->c, "v%d: %c is BACKUP and no master's word can reach it", t->v,
			     'a' + r);
}

/* Do all who take part hear each other? */
static bool is_whole(const struct trial *t)
{
	for (int a = 0; a < t->c->router_count; a++) {
		for (int b = 0; b < t->c->router_count; b++) {
			if (a != b && is_healthy(t, a) && is_healthy(t, b) && !reaches(t, a, b))
				return false;
		}
	}
	return true;
}

/* Is there anybody whom RFC 9568 section 6.4.2 does not let put up with this master? */
static bool is_put_up_with(const struct trial *t, int master)
{
	for (int r = 0; r < t->c->router_count; r++) {
		const struct router *router = &t->c->routers[r];
		uint8_t priority = priority_of(router, t->v);

		if (is_healthy(t, r) && priority > priority_of(&t->c->routers[master], t->v) &&
		    (config_of(t, r)->preempt || priority == PRIORITY_OWNER))
			return false;
	}
	return true;
}

/* A wire that is slow against the intervals makes masters seem dead. */
static bool is_quick(const struct trial *t)
{
	const struct wire *w = &t->c->wires[segment_of(t->v)];

	for (int r = 0; r < t->c->router_count; r++) {
		if (is_healthy(t, r) &&
		    4 * (w->latency_us + w->jitter_us) > config_of(t, r)->interval_us)
			return false;
	}
	return true;
}

/* The master of a settled set is the one the RFC names, and there is exactly one. */
static void judge_order(struct trial *t)
{
	int masters = 0, master = -1, healthy = 0;
	int64_t patience_us = 0;

	for (int r = 0; r < t->c->router_count; r++) {
		const struct vr_config *vr = config_of(t, r);
		int64_t needs_us;

		if (!is_healthy(t, r))
			continue;
		healthy++;
		needs_us = 3 * master_down_us(t, r) + vr->preempt_delay_us;
		patience_us = later(patience_us, needs_us);
		if (watch_of(t, r)->state == VROUTER_MASTER) {
			masters++;
			master = r;
		}
	}
	if (healthy == 0 || !is_whole(t) || !is_quick(t) ||
	    !is_over(t, t->c->rules.disturbed_us[t->v] + patience_us + hop_us(t)))
		return;
	if (masters != 1)
		cluster_fail(t->c, "v%d: %d masters in an undisturbed cluster", t->v, masters);
	else if (!is_put_up_with(t, master))
		cluster_fail(t->c, "v%d: %c is not the one who should be MASTER", t->v,
			     'a' + master);
}

/* Addresses are held exactly when MASTER, or when giving up in order. */
static void judge_address(struct trial *t, int r, int k)
{
	struct watch *w = watch_of(t, r);
	const struct router *router = &t->c->routers[r];
	uint8_t address = router->kernel.addresses[t->v][k];
	bool wanted = w->state == VROUTER_MASTER && (config_of(t, r)->vips >> k & 1);
	int64_t by_us = later(w->trouble_us, w->since_us) + 2 * hop_us(t);

	if (address != 0)
		w->without_since_us[k] = INT64_MAX; /* somebody else may have put it there */
	if (wanted ? address != 0 : !(address & HELD_OURS))
		return;
	/* A kernel that refuses three times in a row ends a mastership; so long that takes. */
	if (wanted && w->without_since_us[k] != INT64_MAX &&
	    is_over(t, later(w->without_since_us[k], t->c->rules.awake_since_us[r]) +
			       JUDGE_STOP_US + 4 * hop_us(t)))
		cluster_fail(t->c, "%c v%d: MASTER for long although v%d.%d is refused", 'a' + r,
			     t->v, t->v, k);
	if (!wanted)
		by_us = later(by_us, w->gone_by_us + 2 * hop_us(t));
	by_us = later(by_us, w->refused_us + JUDGE_RETRY_US);
	if (is_over(t, by_us))
		cluster_fail(t->c, "%c v%d: %s and %s v%d.%d", 'a' + r, t->v,
			     vrouter_state_name(w->state), wanted ? "does not have" : "still has",
			     t->v, k);
}

/* FAULT has a reason: the port, or addresses that were refused or removed not long ago. */
static void judge_fault(struct trial *t, int r)
{
	const struct watch *w = watch_of(t, r);
	int64_t reason_us = later(w->refused_us, later(w->trouble_us, w->since_us));

	if (w->state == VROUTER_FAULT && port_works(&t->c->routers[r], t->v) &&
	    is_over(t, reason_us + 321 * INT64_C(1000000) + hop_us(t)))
		cluster_fail(t->c, "%c v%d: FAULT for no reason", 'a' + r, t->v);
	if ((w->state == VROUTER_BACKUP || w->state == VROUTER_MASTER) &&
	    !port_works(&t->c->routers[r], t->v) && is_over(t, w->trouble_us + hop_us(t)))
		cluster_fail(t->c, "%c v%d: %s without a port", 'a' + r, t->v,
			     vrouter_state_name(w->state));
}

static void judge_router(struct trial *t, int r)
{
	const struct router *router = &t->c->routers[r];

	if (!router->running || router->paused)
		return;
	judge_orphan(t, r);
	judge_fault(t, r);
	for (int k = 0; k < SIM_VIPS_MAX; k++)
		judge_address(t, r, k);
	for (int other = 0; is_master(t, r) && other < t->c->router_count; other++) {
		if (other != r && is_master(t, other))
			judge_two_masters(t, r, other);
	}
	if (router->stopping && is_over(t, t->c->rules.stopped_by_us[r] + hop_us(t)))
		cluster_fail(t->c, "%c does not come to an end", 'a' + r);
}

int64_t judge(struct cluster *c, int v)
{
	struct trial t = { .c = c, .v = v, .next_us = INT64_MAX };

	for (int r = 0; r < c->router_count; r++)
		judge_router(&t, r);
	judge_order(&t);
	return t.next_us;
}
