/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What comes to a process from beside the protocol: the orders of operators, the results of its script, and the ends of the hooks
 * that it has called. The simulator keeps its own account of all three, so that the rules need not believe the engine's.
 */
#include <string.h>

#include "cluster.h"

enum {
	HELD_UP_US = 100000, /* whoever is held up is told later */
	/* HAPPENS_HOOKS: which notifier, which of its runs, which boot */
	NOTIFIER_BITS = 3,
	RUN_BITS = 5,
	BOOT_BITS = 8,
	MANY = 16, /* of so many one goes wrong */
};

static const struct order no_order = { .to = FORCE_NONE, .until_us = INT64_MAX };

/* ---- orders ---- */

static void give_order(struct cluster *c, struct router *r, int v, const struct order *order)
{
	unsigned mates = config_mates(&r->config, v);

	for (int mate = 0; mate < SIM_VRS_MAX; mate++) {
		if (!(mates >> mate & 1))
			continue;
		r->orders[mate] = order->to == FORCE_NONE ? no_order : *order;
		if (order->to != FORCE_NONE)
			r->inherited[mate] = 0;
	}
	rules_ordered(c, r->number, mates);
}

const char *cluster_force(struct cluster *c, int number, int v, const struct order *order)
{
	struct router *r = &c->routers[number];
	struct event ev = { .kind = EVENT_FORCE };
	const char *refusal;
	uint32_t instance;
	unsigned could;

	if (!r->running || r->paused || r->stopping || !r->config.vrs[v].present)
		return "it is not there";
	instance = r->instance_number[instance_of(&r->config, v)];
	refusal = engine_force_refusal(r->e, instance, order->to, order->despite_faults);
	if (refusal)
		return refusal;
	could = rules_able(c, number, config_mates(&r->config, v));
	give_order(c, r, v, order);
	ev.force = (struct event_force){ .instance = instance,
					 .to = order->to,
					 .despite_faults = order->despite_faults,
					 .until = INSTANT_NEVER,
					 .by = "root" };
	if (order->until_us != INT64_MAX)
		ev.force.until.us = order->until_us + r->clock_offset_us;
	router_step(c, r, &ev);
	rules_obeyed(c, number, config_mates(&r->config, v), order->to, could);
	return NULL;
}

static void end_orders(struct cluster *c, struct router *r)
{
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if (r->orders[v].to != FORCE_NONE && r->orders[v].until_us <= c->now_us)
			give_order(c, r, v, &no_order);
	}
}

/* ---- what is tracked ---- */

void cluster_set_script(struct cluster *c, int number, bool fails)
{
	struct router *r = &c->routers[number];

	cluster_trace(c, number, "the script %s", fails ? "fails" : "succeeds");
	r->script_fails = fails;
	checks_tell(c, r, SIM_SCRIPT);
}

void cluster_set_number(struct cluster *c, int number, enum sim_check check, int64_t is)
{
	struct router *r = &c->routers[number];

	if (check == SIM_PROCESS)
		r->processes = is;
	else
		r->file_number = is;
	checks_tell(c, r, check);
}

void agents_first_result(struct cluster *c, struct router *r, uint16_t what)
{
	if (r->boots == what)
		checks_tell_news(c, r, true);
}

/* ---- a process ---- */

/* An order is the instance's: it holds for a family that has come later, too. */
static void share_orders(struct router *r)
{
	struct order *v4 = &r->orders[SIM_BOTH], *v6 = &r->orders[SIM_V6];

	if (!r->config.vrs[SIM_BOTH].present || !r->config.vrs[SIM_V6].present ||
	    !r->config.vrs[SIM_V6].second)
		return;
	if (v4->to == FORCE_NONE)
		*v4 = *v6;
	else
		*v6 = *v4;
}

void agents_boot(struct cluster *c, struct router *r, bool with_records)
{
	checks_boot(c, r);
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		const struct record *record = &r->records[v];
		bool restored = with_records && r->has_record[v] && r->config.vrs[v].present;

		if (!restored || r->orders[v].until_us <= c->now_us)
			r->orders[v] = no_order;
		r->inherited[v] = 0;
		if (restored && checks_burden(r, v).unknown && record->state == VROUTER_MASTER &&
		    record->force.to == FORCE_NONE && r->config.vrs[v].priority != PRIORITY_OWNER)
			r->inherited[v] = record->priority;
	}
	share_orders(r);
}

void agents_begin(struct cluster *c, struct router *r)
{
	checks_tell_news(c, r, r->config.initially != CHECK_UNKNOWN);
	if (r->config.initially == CHECK_UNKNOWN && c->script_us != 0 &&
	    dice_below(&c->dice, MANY) != 0)
		queue_add(&c->queue, c->now_us + dice_between(&c->dice, 0, c->script_us),
			  HAPPENS_SCRIPT, r->number, r->boots);
}

void agents_reloading(struct cluster *c, struct router *r)
{
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		const struct vr_config *vr = &r->config.vrs[v];

		if (!vr->present)
			r->orders[v] = no_order;
		if (!vr->present || !vr->tracks_any || vr->priority == PRIORITY_OWNER)
			r->inherited[v] = 0;
	}
	share_orders(r);
	checks_reloading(c, r);
}

void agents_tick(struct cluster *c, struct router *r)
{
	end_orders(c, r);
	checks_tick(c, r);
}

/* ---- hooks ---- */

static uint32_t instance_count(const struct router *r)
{
	return r->settings[r->generation].s.instance_count;
}

static uint16_t run_of(const struct router *r, int notifier)
{
	unsigned run = r->hook_runs[notifier] % (1u << RUN_BITS);
	unsigned boot = r->boots % (1u << BOOT_BITS);

	return (uint16_t)((boot << RUN_BITS | run) << NOTIFIER_BITS | (unsigned)notifier);
}

void agents_call_hooks(struct cluster *c, struct router *r, uint32_t number)
{
	uint32_t instances = instance_count(r);
	int notifier = number < instances ? r->instance_at[number]
					  : SIM_VRS_MAX + (int)(number - instances);
	struct notice notice;

	engine_notice(r->e, number, &notice);
	cluster_note(c, 0x500000u + (unsigned)(r->number << 8 | notifier << 4 | (int)notice.state));
	cluster_trace(c, r->number, "calls the hooks of %s: %s", notice.name,
		      notice.state == VROUTER_INIT ? "STOP" : vrouter_state_name(notice.state));
	rules_hooks_called(c, r->number, notifier, notice.state);
	r->hook_runs[notifier]++;
	if (c->hooks_us != 0)
		queue_add(&c->queue, c->now_us + dice_between(&c->dice, 0, c->hooks_us),
			  HAPPENS_HOOKS, r->number, run_of(r, notifier));
}

void cluster_hooks_done(struct cluster *c, int number, int notifier, bool lost)
{
	struct router *r = &c->routers[number];
	const struct settings *s = &r->settings[r->generation].s;
	struct event ev = { .kind = EVENT_HOOKS_DONE, .hook = { .lost = lost } };

	if (!r->running || r->paused || config_notified(&r->config, notifier) == 0)
		return;
	ev.hook.notifier = notifier < SIM_VRS_MAX
				   ? r->instance_number[notifier]
				   : s->instance_count + (uint32_t)(notifier - SIM_VRS_MAX);
	rules_hooks_done(c, number, notifier, lost);
	router_step(c, r, &ev);
}

void agents_hooks_ran(struct cluster *c, struct router *r, uint16_t what)
{
	int notifier = what % (1 << NOTIFIER_BITS);

	if (!r->running || what != run_of(r, notifier))
		return;
	if (r->paused)
		queue_add(&c->queue, c->now_us + HELD_UP_US, HAPPENS_HOOKS, r->number, what);
	else
		cluster_hooks_done(c, r->number, notifier,
				   !r->stopping && dice_below(&c->dice, MANY) == 0);
}
