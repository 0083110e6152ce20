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
	unsigned healthy
		[SIM_VRS_MAX]; /* routers that run, can hear and be heard, and take part: a bit for each */
	int64_t next_us; /* when to ask again */
};

/* The same of another virtual router, whose fate it may share. */
static struct trial trial_of(const struct trial *t, int v)
{
	struct trial other = *t;

	other.v = v;
	return other;
}

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

/* Who shares its fate there, itself included: a bit for each. */
static unsigned mates_of(const struct trial *t, int r)
{
	return config_mates(&t->c->routers[r].config, t->v);
}

/* What a word from one process to another takes at most, timers included. */
static int64_t hop_us(const struct trial *t)
{
	return t->c->rules.delay_max_us + t->c->late_us + JUDGE_SLACK_US;
}

static bool is_healthy(const struct trial *t, int r)
{
	return t->healthy[t->v] >> r & 1;
}

static void find_healthy(struct trial *t, int r)
{
	const struct router *router = &t->c->routers[r];

	if (!router->running || router->paused || router->stopping)
		return;
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		enum vrouter_state state = t->c->rules.watch[r][v].state;

		if ((state == VROUTER_BACKUP || state == VROUTER_MASTER) && port_works(router, v))
			t->healthy[v] |= 1u << r;
	}
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

/* The longest Master_Down_Interval of r, whoever's interval it has learnt, whatever its script and operators said then. */
static int64_t master_down_us(const struct trial *t, int r)
{
	const struct vr_config *vr = config_of(t, r);
	int64_t interval_us = t->c->rules.interval_max_us[t->v];
	int64_t unit_us = vr->version == 2 ? 1000000 : interval_us;

	uint8_t lowest = config_lowest_priority(&t->c->routers[r].config, t->v);

	if (t->c->routers[r].orders[t->v].to == FORCE_BACKUP ||
	    t->c->now_us < watch_of(t, r)->ordered_us + 5 * interval_us)
		lowest = 1;
	return 3 * interval_us + (256 - lowest) * unit_us / 256;
}

/*
 * No two masters that can hear each other for longer than one interval and a hop. In a group that is decided by the first of its members; the
 * others wait for it.
 */
static void judge_two_masters(struct trial *t, int strong, int weak)
{
	const struct rules *rules = &t->c->rules;
	int64_t since_us;

	if (!is_stronger(t, strong, weak) || !reaches(t, strong, weak) ||
	    (mates_of(t, weak) & config_earlier(&t->c->routers[weak].config, t->v)) != 0)
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

/* One for any of its group keeps it from being master, and so does a script that has not spoken yet. */
static bool waits_for_others(const struct trial *t, int r)
{
	unsigned mates = mates_of(t, r);

	for (int v = 0; mates >> v != 0; v++) {
		struct trial mate;

		if (!(mates >> v & 1))
			continue;
		mate = trial_of(t, v);
		if (!is_healthy(&mate, r) || hears_a_master(&mate, r))
			return true;
	}
	return rules_held(t->c, r, t->v) || rules_awaits_link(t->c, r, t->v);
}

/* The slowest of its group. */
static int64_t patience_us(const struct trial *t, int r)
{
	unsigned mates = mates_of(t, r);
	int64_t longest_us = 0;

	for (int v = 0; mates >> v != 0; v++) {
		if (mates >> v & 1) {
			struct trial mate = trial_of(t, v);

			longest_us = later(longest_us, master_down_us(&mate, r));
		}
	}
	return longest_us;
}

/* No healthy router without a master for longer than its Master_Down_Interval and a hop. */
static void judge_orphan(struct trial *t, int r)
{
	struct watch *w = watch_of(t, r);
	int64_t interval_us = rules_longest_interval_us(t->c, r, t->v);
	int64_t since_us;

	if (w->state != VROUTER_BACKUP || !is_healthy(t, r) || waits_for_others(t, r)) {
		w->orphan_since_us = INT64_MAX;
		return;
	}
	if (w->orphan_since_us == INT64_MAX)
		w->orphan_since_us = t->c->now_us;
	/* who was held up listens once more, for an interval and Skew_Time */
	since_us = later(w->orphan_since_us, t->c->rules.awake_since_us[r] + 2 * interval_us);
	since_us = later(since_us, w->since_us);
	/* whoever of its group was MASTER and is forced to give up leaves others three intervals for it */
	since_us = later(since_us, w->ordered_us);
	if (is_over(t, since_us + patience_us(t, r) + hop_us(t)))
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

/* Does RFC 9568 section 6.4.2 not let that router put up with this master? */
static bool must_preempt(const struct trial *t, int r, int master)
{
	uint8_t priority = priority_of(&t->c->routers[r], t->v);

	return priority > priority_of(&t->c->routers[master], t->v) &&
	       (config_of(t, r)->preempt || priority == PRIORITY_OWNER);
}

/* Is there nobody who must not? In a group it takes all members to do better. */
static bool is_put_up_with(const struct trial *t, int master)
{
	for (int r = 0; r < t->c->router_count; r++) {
		unsigned mates = mates_of(t, r);

		for (int v = 0; mates >> v != 0; v++) {
			struct trial mate;

			if (!(mates >> v & 1))
				continue;
			mate = trial_of(t, v);
			if (!is_healthy(&mate, r) || !must_preempt(&mate, r, master))
				mates = 0;
		}
		if (mates != 0)
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

/* Are groups the same for all who take part? Otherwise a virtual router may well be without a master. */
static bool is_uniform(const struct trial *t, unsigned mates)
{
	for (int r = 0; r < t->c->router_count; r++) {
		const struct config *config = &t->c->routers[r].config;

		for (int v = 0; mates >> v != 0; v++) {
			if ((mates >> v & 1) && (t->healthy[v] >> r & 1) &&
			    config_mates(config, v) != mates)
				return false;
		}
	}
	return true;
}

/* Has everything been quiet for long enough, for it and who shares its fate? */
static bool is_settled(struct trial *t, unsigned mates, int64_t *ret_since_us)
{
	int64_t since_us = 0;

	for (int v = 0; mates >> v != 0; v++) {
		struct trial mate;

		if (!(mates >> v & 1))
			continue;
		mate = trial_of(t, v);
		if (!is_whole(&mate) || !is_quick(&mate))
			return false;
		for (int r = 0; r < t->c->router_count; r++) {
			/* asked again when its script has spoken, and its link is there */
			if (is_healthy(&mate, r) &&
			    (rules_held(t->c, r, v) || rules_awaits_link(t->c, r, v)))
				return false;
			if (is_healthy(t, r) && !is_healthy(&mate, r) && (mates_of(t, r) >> v & 1))
				return false; /* and what its mate does to it is still to come */
			if (is_healthy(&mate, r))
				since_us = later(since_us,
						 t->c->rules.disturbed_us[v] +
							 3 * patience_us(&mate, r) +
							 config_of(&mate, r)->preempt_delay_us);
		}
	}
	*ret_since_us = since_us + hop_us(t);
	return is_over(t, *ret_since_us);
}

/* The master of a settled set is the one the RFC names, there is exactly one, and it stays. */
static void judge_order(struct trial *t)
{
	int masters = 0, master = -1;
	unsigned mates = 0;
	int64_t since_us;

	for (int r = 0; r < t->c->router_count; r++) {
		if (!is_healthy(t, r))
			continue;
		mates |= mates_of(t, r);
		if (watch_of(t, r)->state == VROUTER_MASTER) {
			masters++;
			master = r;
		}
	}
	if (mates == 0 || !is_uniform(t, mates) || !is_settled(t, mates, &since_us))
		return;
	if (masters != 1)
		cluster_fail(t->c, "v%d: %d masters in an undisturbed cluster", t->v, masters);
	else if (!is_put_up_with(t, master))
		cluster_fail(t->c, "v%d: %c is not the one who should be MASTER", t->v,
			     'a' + master);
	else if (watch_of(t, master)->since_us > since_us)
		cluster_fail(t->c, "v%d: %c has become MASTER in an undisturbed cluster", t->v,
			     'a' + master);
}

/* Addresses are held exactly when MASTER, or when giving up in order. */
static void judge_address(struct trial *t, int r, int k)
{
	struct watch *w = watch_of(t, r);
	const struct router *router = &t->c->routers[r];
	uint8_t address = router->kernel.addresses[t->v][k];
	const struct virtual_port *link = &router->kernel.links[t->v];
	bool misplaced = config_of(t, r)->virtual_mac && (address & HELD_OURS);
	bool wanted = w->state == VROUTER_MASTER && (config_of(t, r)->vips >> k & 1);
	int64_t by_us = later(w->trouble_us, w->since_us) + 2 * hop_us(t);

	if (is_served(address, link))
		w->without_since_us[k] = INT64_MAX; /* somebody else may have put it there */
	if (!misplaced && (wanted ? is_served(address, link) : !is_ours(address, link)))
		return;
	/* A kernel that refuses three times in a row ends a mastership; so long that takes. */
	if (wanted && w->without_since_us[k] != INT64_MAX &&
	    is_over(t, later(w->without_since_us[k], t->c->rules.awake_since_us[r]) +
			       JUDGE_STOP_US + 4 * hop_us(t)))
		cluster_fail(t->c, "%c v%d: MASTER for long although v%d.%d is refused", 'a' + r,
			     t->v, t->v, k);
	if (!wanted || misplaced)
		by_us = later(by_us, w->gone_by_us + 2 * hop_us(t));
	/* a reload may have put them onto a link, and leaves them where they were for a moment */
	if (config_of(t, r)->virtual_mac)
		by_us = later(by_us, t->c->rules.awake_since_us[r] + 25000 + 2 * hop_us(t));
	by_us = later(by_us, w->refused_us + JUDGE_RETRY_US);
	if (is_over(t, by_us))
		cluster_fail(t->c, "%c v%d: %s and %s v%d.%d", 'a' + r, t->v,
			     vrouter_state_name(w->state),
			     wanted && !misplaced ? "does not have" : "still has", t->v, k);
}

/* With a virtual MAC there is a link for as long as its port exists, and it is up exactly when the addresses are to be held. */
static void judge_link(struct trial *t, int r)
{
	const struct router *router = &t->c->routers[r];
	const struct virtual_port *link = &router->kernel.links[t->v];
	const struct vr_config *vr = config_of(t, r);
	const struct watch *w = watch_of(t, r);
	bool wanted = vr->present && vr->virtual_mac &&
		      router->kernel.ports[segment_of(t->v)].ifindex != 0;
	bool serves = wanted && w->state == VROUTER_MASTER;
	int64_t by_us = later(w->trouble_us, w->since_us) + 6 * hop_us(t);

	if (router->stopping || (wanted == (link->ifindex != 0) && serves == link->raised))
		return;
	if (!serves)
		by_us = later(by_us, w->gone_by_us + 2 * hop_us(t));
	by_us = later(by_us, w->refused_us + JUDGE_RETRY_US);
	if (is_over(t, by_us))
		cluster_fail(t->c, "%c v%d: %s and its link is %s", 'a' + r, t->v,
			     vrouter_state_name(w->state),
			     link->ifindex == 0 ? "not there"
			     : !wanted          ? "still there"
			     : link->raised     ? "up"
						: "down");
}

/* So are routes and rules; one that somebody removes again and again comes back more slowly, and one that he has there himself is left to him. */
static void judge_routing(struct trial *t, int r, int i)
{
	const struct held_routing *there = &t->c->routers[r].kernel.routings[t->v][i];
	const struct vr_config *vr = config_of(t, r);
	const struct watch *w = watch_of(t, r);
	bool wanted = w->state == VROUTER_MASTER && (vr->routings >> i & 1);
	bool as_wanted = there->held == HELD_OURS && there->narrow == (i == 0 && vr->narrow);
	int64_t by_us = later(w->trouble_us + JUDGE_SLOW_US, w->since_us) + 4 * hop_us(t);

	if (there->held == HELD_FOREIGN || (wanted ? as_wanted : there->held == 0))
		return;
	if (!wanted)
		by_us = later(by_us, w->gone_by_us + 2 * hop_us(t));
	by_us = later(by_us, later(w->refused_us, w->unroutable_us) + JUDGE_RETRY_US);
	if (is_over(t, by_us))
		cluster_fail(t->c, "%c v%d: %s and %s its %s", 'a' + r, t->v,
			     vrouter_state_name(w->state), wanted ? "does not have" : "still has",
			     i == 0 ? "route" : "rule");
}

/* FAULT has a reason, of its own or of who shares its fate: see is_kept_out(), or addresses that were refused or removed not long ago. */
static void judge_fault(struct trial *t, int r)
{
	const struct watch *w = watch_of(t, r);
	int64_t reason_us = w->since_us;
	unsigned mates = mates_of(t, r);
	bool has_reason = false;

	for (int v = 0; v < SIM_VRS_MAX; v++) {
		const struct watch *mate = &t->c->rules.watch[r][v];

		if (!(mates >> v & 1))
			continue;
		has_reason = has_reason || !port_works(&t->c->routers[r], v) ||
			     is_kept_out(&t->c->routers[r], v);
		reason_us = later(reason_us, later(mate->refused_us, mate->trouble_us));
	}
	if (w->state == VROUTER_FAULT && !has_reason &&
	    is_over(t, reason_us + 321 * INT64_C(1000000) + hop_us(t)))
		cluster_fail(t->c, "%c v%d: FAULT for no reason", 'a' + r, t->v);
	if ((w->state == VROUTER_BACKUP || w->state == VROUTER_MASTER) &&
	    !port_works(&t->c->routers[r], t->v) && is_over(t, w->trouble_us + hop_us(t)))
		cluster_fail(t->c, "%c v%d: %s without a port", 'a' + r, t->v,
			     vrouter_state_name(w->state));
}

/* Whoever has hooks is told of the last state, as soon as the addresses are as it wants them. */
static void judge_hooks(struct trial *t, int r, int notifier)
{
	const struct config *config = &t->c->routers[r].config;
	const struct told *told = &t->c->rules.told[r][notifier];
	unsigned members = config_notified(config, notifier);
	int64_t by_us = later(told->ended_us, t->c->rules.awake_since_us[r]);
	enum vrouter_state state;

	if (!config_has_hooks(config, notifier) || told->running)
		return;
	state = rules_state_to_tell(t->c, r, members);
	if (told->known && told->state == state)
		return;
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		const struct watch *w = &t->c->rules.watch[r][v];

		if (!(members >> v & 1))
			continue;
		if (w->state != state)
			return; /* one listens before it joins in */
		by_us = later(by_us, later(w->since_us, w->trouble_us));
		by_us = later(by_us, later(w->refused_us, w->unroutable_us) + JUDGE_RETRY_US);
		if (w->state != VROUTER_MASTER)
			by_us = later(by_us, w->gone_by_us);
	}
	if (is_over(t, by_us + 4 * hop_us(t)))
		cluster_fail(t->c, "%c v%d: %s told of %s", 'a' + r, t->v,
			     notifier < SIM_VRS_MAX ? "nobody is" : "its group is not",
			     vrouter_state_name(watch_of(t, r)->state));
}

static void judge_router(struct trial *t, int r)
{
	const struct router *router = &t->c->routers[r];

	if (!router->running || router->paused)
		return;
	judge_orphan(t, r);
	judge_fault(t, r);
	if (config_of(t, r)->present)
		judge_hooks(t, r, instance_of(&router->config, t->v));
	if (config_of(t, r)->present && config_of(t, r)->group != 0)
		judge_hooks(t, r, SIM_VRS_MAX + config_of(t, r)->group - 1);
	for (int k = 0; k < SIM_VIPS_MAX; k++)
		judge_address(t, r, k);
	judge_link(t, r);
	for (int i = 0; i < SIM_ROUTINGS_MAX; i++)
		judge_routing(t, r, i);
	for (int other = 0; is_master(t, r) && other < t->c->router_count; other++) {
		if (other != r && is_master(t, other))
			judge_two_masters(t, r, other);
	}
	if (router->stopping && is_over(t, t->c->rules.stopped_by_us[r] + hop_us(t)))
		cluster_fail(t->c, "%c does not come to an end", 'a' + r);
}

/* Whose time has come is asked, and says when to be asked again. */
static void judge_if_due(struct trial *t, int place)
{
	int64_t *judge_us = &t->c->rules.judge_us[t->v][place];

	if (*judge_us > t->c->now_us)
		return;
	t->next_us = INT64_MAX;
	if (place < SIM_ROUTERS_MAX)
		judge_router(t, place);
	else
		judge_order(t);
	*judge_us = t->next_us;
}

void judge(struct cluster *c, int v)
{
	struct trial t = { .c = c, .v = v };
	const int64_t *judge_us = c->rules.judge_us[v];

	for (int r = 0; r < c->router_count; r++)
		find_healthy(&t, r);
	for (int r = 0; r < c->router_count; r++)
		judge_if_due(&t, r);
	judge_if_due(&t, SIM_ROUTERS_MAX);
	c->rules.check_us[v] = judge_us[SIM_ROUTERS_MAX];
	for (int r = 0; r < c->router_count; r++) {
		if (judge_us[r] < c->rules.check_us[v])
			c->rules.check_us[v] = judge_us[r];
	}
}
