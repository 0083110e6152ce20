/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules about what stands beside the protocol: groups that share one fate, orders of operators, scripts that fault, and hooks.
 * Those that speak of time are in judge.c.
 */
#include <string.h>

#include "cluster.h"
#include "judge.h"
#include "rules_internal.h"

static bool takes_part(enum vrouter_state state)
{
	return state == VROUTER_BACKUP || state == VROUTER_MASTER;
}

/* ---- faults and groups ---- */

int64_t rules_longest_interval_us(const struct cluster *c, int r, int v)
{
	unsigned mates = config_mates(&c->routers[r].config, v);
	int64_t longest_us = 0;

	for (int mate = 0; mate < SIM_VRS_MAX; mate++) {
		if ((mates >> mate & 1) && c->rules.interval_max_us[mate] > longest_us)
			longest_us = c->rules.interval_max_us[mate];
	}
	return longest_us;
}

/*
 * Who was brought into a group listens for a while before it can know whether the others may stay what they are; and waits for what keeps
 * anybody from becoming master.
 */
static bool has_joined(struct cluster *c, int r, int v)
{
	const struct watch *w = watch_of(c, r, v);
	int64_t paused_us = c->rules.paused_us[r];
	int64_t now_us = paused_us < c->now_us ? paused_us : c->now_us;

	return w->state == VROUTER_BACKUP &&
	       (now_us < w->joined_us + 5 * rules_longest_interval_us(c, r, v) ||
		rules_held(c, r, v) || rules_awaits_link(c, r, v));
}

/* Members of a group, and the two of an instance with both families, agree after every step. */
static bool expect_agreement(struct cluster *c, int r, int v, int mate)
{
	enum vrouter_state a = watch_of(c, r, v)->state, b = watch_of(c, r, mate)->state;

	if (a == b)
		return true;
	if (takes_part(a) && takes_part(b) && (has_joined(c, r, v) || has_joined(c, r, mate)))
		return false;
	cluster_fail(c, "%c: v%d is %s and v%d, which shares its fate, %s", 'a' + r, v,
		     vrouter_state_name(a), mate, vrouter_state_name(b));
	return false;
}

/*
 * Only where states, ports, results, orders or settings have changed since it found all in accord: time alone makes a difference to those only
 * who have joined a group.
 */
void rules_share_fate(struct cluster *c, int r)
{
	const struct config *config = &c->routers[r].config;
	bool in_accord = true;
	unsigned out = 0;

	if (!c->routers[r].running || c->rules.in_accord[r])
		return;
	for (int v = 0; v < SIM_VRS_MAX; v++)
		out |= (unsigned)(config->vrs[v].present && is_kept_out(&c->routers[r], v)) << v;
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		unsigned mates = config->vrs[v].present ? config_mates(config, v) : 0;

		if ((mates & out) != 0 && takes_part(watch_of(c, r, v)->state))
			cluster_fail(c, "%c v%d: %s although it or who shares its fate has a fault",
				     'a' + r, v, vrouter_state_name(watch_of(c, r, v)->state));
		for (int mate = v + 1; mates >> mate != 0; mate++) {
			if (mates >> mate & 1)
				in_accord = expect_agreement(c, r, v, mate) && in_accord;
		}
	}
	c->rules.in_accord[r] = in_accord;
}

/* What faults and has not spoken yet keeps from becoming master, and does so for the whole group; what has a weight does not. */
bool rules_held(const struct cluster *c, int r, int v)
{
	const struct router *router = &c->routers[r];
	unsigned mates = config_mates(&router->config, v);

	for (int mate = 0; mates >> mate != 0; mate++) {
		if ((mates >> mate & 1) && router->config.vrs[mate].tracks_any &&
		    checks_burden(router, mate).awaited && router->orders[mate].to != FORCE_MASTER)
			return true;
	}
	return false;
}

void rules_weighed(struct cluster *c, int r)
{
	c->rules.weighed_us[r] = c->now_us;
	c->rules.in_accord[r] = false;
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if (config_of(c, r, v)->tracks_any)
			rules_unsettle(c, v);
	}
}

/* ---- orders ---- */

void rules_ordered(struct cluster *c, int r, unsigned vs)
{
	c->rules.weighed_us[r] = c->now_us;
	c->rules.in_accord[r] = false;
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		struct watch *w = watch_of(c, r, v);

		if (!(vs >> v & 1))
			continue;
		w->ordered_us = c->now_us;
		if (w->state == VROUTER_FAULT) /* another fault may follow, that keeps nothing */
			w->kept_until_us = INT64_MIN;
		rules_unsettle(c, v);
	}
}

unsigned rules_able(struct cluster *c, int r, unsigned vs)
{
	unsigned able = 0;

	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if ((vs >> v & 1) && takes_part(watch_of(c, r, v)->state))
			able |= 1u << v;
	}
	return able;
}

/* At once, where nothing but the protocol stands against it. */
void rules_obeyed(struct cluster *c, int r, unsigned vs, enum force_to to, unsigned could)
{
	static const enum vrouter_state expected[] = {
		[FORCE_MASTER] = VROUTER_MASTER,
		[FORCE_BACKUP] = VROUTER_BACKUP,
		[FORCE_OFF] = VROUTER_FAULT,
	};

	if (to == FORCE_NONE || (to != FORCE_OFF && could != vs))
		return;
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if (to != FORCE_OFF && (vs >> v & 1) && is_kept_out(&c->routers[r], v))
			return;
	}
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		enum vrouter_state state = watch_of(c, r, v)->state;

		if ((vs >> v & 1) && state != expected[to])
			cluster_fail(c, "%c v%d: %s although forced otherwise", 'a' + r, v,
				     vrouter_state_name(state));
	}
}

/* ---- hooks ---- */

static const char *notifier_name(int notifier, char name[3])
{
	name[0] = notifier < SIM_VRS_MAX ? 'v' : 'g';
	name[1] = (char)(notifier < SIM_VRS_MAX ? '0' + notifier : '1' + notifier - SIM_VRS_MAX);
	name[2] = '\0';
	return name;
}

enum vrouter_state rules_state_to_tell(const struct cluster *c, int r, unsigned members)
{
	static const enum vrouter_state strongest[] = { VROUTER_FAULT, VROUTER_BACKUP,
							VROUTER_INIT };

	for (size_t s = 0; s < sizeof(strongest) / sizeof(strongest[0]); s++) {
		for (int v = 0; v < SIM_VRS_MAX; v++) {
			if ((members >> v & 1) && c->rules.watch[r][v].state == strongest[s])
				return strongest[s];
		}
	}
	return VROUTER_MASTER;
}

/* Before MASTER's hooks the addresses are there, before the others' they are gone, as far as the kernel lets us and nobody meddles. */
static void expect_in_place(struct cluster *c, int r, int v, int k)
{
	const struct watch *w = watch_of(c, r, v);
	const struct view *view = &c->routers[r].view;
	bool master = w->state == VROUTER_MASTER;
	/* what a process before it, with other settings, left elsewhere is nobody's */
	uint8_t at_home = c->routers[r].config.vrs[v].virtual_mac ? HELD_ON_LINK : HELD_OURS;

	if (!(c->routers[r].config.vrs[v].vips >> k & 1) ||
	    c->now_us < w->refused_us + JUDGE_RETRY_US || rules_is_meddled_with(c, r, v))
		return;
	if (master ? !rules_sees_served(c, r, v, k)
		   : is_ours(view->addresses[v][k] & at_home, &view->links[v]))
		cluster_fail(c, "%c v%d: %s is told while v%d.%d is %s", 'a' + r, v,
			     vrouter_state_name(w->state), v, k,
			     master ? "not there" : "still there");
}

void rules_hooks_called(struct cluster *c, int r, int notifier, enum vrouter_state state)
{
	struct told *told = &c->rules.told[r][notifier];
	unsigned members = config_notified(&c->routers[r].config, notifier);
	char name[3];

	if (members == 0)
		return; /* a reload takes it away: its last word waits for nothing */
	notifier_name(notifier, name);
	if (told->running)
		cluster_fail(c, "%c calls the hooks of %s although others of it still run", 'a' + r,
			     name);
	if (state != rules_state_to_tell(c, r, members))
		cluster_fail(c, "%c tells of %s what is not so", 'a' + r, name);
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		for (int k = 0; (members >> v & 1) && k < SIM_VIPS_MAX; k++)
			expect_in_place(c, r, v, k);
	}
	*told = (struct told){ .running = true, .known = true, .state = state };
}

void rules_hooks_done(struct cluster *c, int r, int notifier, bool lost)
{
	struct told *told = &c->rules.told[r][notifier];

	if (!told->running)
		return;
	told->running = false;
	told->known = !lost;
	told->ended_us = c->now_us;
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if (config_notified(&c->routers[r].config, notifier) >> v & 1)
			rules_look_at(c, r, v);
	}
}

/* The process ends: of those that run nobody knows whether they did. */
void rules_hooks_orphaned(struct cluster *c, int r, bool in_order)
{
	for (int n = 0; n < SIM_NOTIFIERS; n++) {
		struct told *told = &c->rules.told[r][n];
		char name[3];

		if (in_order && config_has_hooks(&c->routers[r].config, n) &&
		    (told->running || !told->known || told->state != VROUTER_INIT))
			cluster_fail(c, "%c has stopped and not told so of %s", 'a' + r,
				     notifier_name(n, name));
		told->known = told->known && !told->running;
		told->running = false;
	}
}

/* Only what goes on as it was needs not be told again. */
void rules_hooks_forgotten(struct cluster *c, int r)
{
	for (int n = 0; n < SIM_NOTIFIERS; n++) {
		unsigned members = config_notified(&c->routers[r].config, n);
		struct told *told = &c->rules.told[r][n];
		unsigned resuming = 0;

		told->ended_us = c->now_us;
		for (int v = 0; v < SIM_VRS_MAX; v++) {
			if (c->now_us < watch_of(c, r, v)->may_until_us)
				resuming |= 1u << v;
		}
		told->known = told->known && (members & resuming) != 0;
	}
}

/* A state that nobody wanted to be told of when it came is not told later. */
void rules_hooks_reloaded(struct cluster *c, int r, unsigned had_hooks)
{
	for (int n = 0; n < SIM_NOTIFIERS; n++) {
		const struct config *config = &c->routers[r].config;
		unsigned members = config_notified(config, n);
		struct told *told = &c->rules.told[r][n];

		told->ended_us = c->now_us;
		if (members == 0)
			*told = (struct told){ 0 };
		else if (config_has_hooks(config, n) && !(had_hooks >> n & 1))
			*told = (struct told){ .running = told->running,
					       .known = true,
					       .state = rules_state_to_tell(c, r, members) };
	}
}
