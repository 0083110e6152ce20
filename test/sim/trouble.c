/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lengths of time are counted in the cluster's own intervals, so that a fast cluster meets as much
 * in a minute as a slow one in a day. No call has two draws of luck among its arguments: the compiler
 * chooses which one it evaluates first.
 */
#include "trouble.h"

#include <string.h>

#include "cluster.h"

enum {
	LIFE_TENTHS = 600000, /* of intervals, of all routers together */
	LIFE_MAX_H = 24,
	SLOW_ONE_IN = 6, /* clusters */
};

/* The virtual routers of a cluster. */
struct cast {
	int count;
	uint8_t vs[SIM_VRS_MAX];
	bool both; /* SIM_V6 belongs to SIM_BOTH's instance */
};

struct life {
	struct cluster *c;
	struct dice dice;    /* what befalls the cluster; its wires have their own */
	bool is_slow;        /* all its intervals are of seconds: what befalls it takes minutes */
	int64_t interval_us; /* the shortest that any of them has */
	int64_t tenths_left; /* of intervals, until it is over */
	int64_t end_us;
	const struct cast *cast;
};

static int64_t pick_interval_us(struct life *l, uint8_t version)
{
	static const int64_t fast_us[] = { 10000, 30000, 100000, 250000, 500000, 990000 };
	static const int64_t slow_us[] = { 2000000, 3000000, 5000000, 10000000, 40000000 };
	uint32_t roll = dice_below(&l->dice, 20);

	if (l->is_slow || roll == 1)
		return slow_us[dice_below(&l->dice, 5)];
	if (roll == 0 && version == 3)
		return fast_us[dice_below(&l->dice, 6)];
	return 1000000;
}

static uint8_t pick_priority(struct dice *d)
{
	static const uint8_t usual[] = { 100, 100, 150, 200, 50, 254, 1, 101 };

	return dice_below(d, 4) != 0 ? usual[dice_below(d, 8)] : (uint8_t)(1 + dice_below(d, 254));
}

/* What the routers have in common about a virtual router. */
static struct vr_config pick_vr(struct life *l, bool of_v4)
{
	struct dice *d = &l->dice;
	struct vr_config vr = vr_config_default();

	vr.version = dice_below(d, 4) == 0 && of_v4 ? 2 : 3;
	vr.interval_us = pick_interval_us(l, vr.version);
	vr.password = vr.version == 2 && dice_below(d, 2) == 0;
	vr.vips = (uint8_t)(1 + dice_below(d, (1 << SIM_VIPS_MAX) - 1));
	vr.preempt = dice_below(d, 4) != 0;
	if (dice_below(d, 8) == 0)
		vr.preempt_delay_us = dice_between(d, 1, 20) * vr.interval_us;
	vr.hooks = dice_below(d, 2) == 0;
	vr.announce.count = 1 + dice_below(d, 5);
	vr.announce.repeat.us = dice_below(d, 3) == 0 ? 0 : 5000000;
	if (dice_below(d, 4) == 0)
		vr.announce.refresh.us = dice_between(d, 10, 60) * 1000000;
	if (dice_below(d, 8) == 0)
		vr.announce.interval.us = dice_between(d, 1, 50) * 1000;
	vr.virtual_mac = dice_below(d, 4) == 0;
	if (dice_below(d, 4) == 0)
		vr.routings = (uint8_t)(1 + dice_below(d, (1 << SIM_ROUTINGS_MAX) - 1));
	return vr;
}

static void find_interval(struct life *l)
{
	l->interval_us = INT64_MAX;
	for (int r = 0; r < l->c->router_count; r++) {
		for (int i = 0; i < l->cast->count; i++) {
			int v = l->cast->vs[i];
			int64_t interval_us = l->c->routers[r].config.vrs[v].interval_us;

			if (interval_us < l->interval_us)
				l->interval_us = interval_us;
		}
	}
}

/* Some or all of them share one fate; the same ones on all routers. */
static void configure_groups(struct life *l)
{
	bool hooks = dice_below(&l->dice, 2) == 0, unknown = dice_below(&l->dice, 3) == 0;
	unsigned first = 0, second = 0;

	if (l->cast->count > 1 && dice_below(&l->dice, 2) == 0)
		first = dice_below(&l->dice, 1u << l->cast->count);
	if (dice_below(&l->dice, 8) == 0)
		second = dice_below(&l->dice, 1u << l->cast->count);
	for (int r = 0; r < l->c->router_count; r++) {
		struct config *config = &l->c->routers[r].config;

		config->group_hooks = hooks;
		config->initially = unknown ? CHECK_UNKNOWN : CHECK_UP;
		for (int i = 0; i < l->cast->count; i++)
			config->vrs[l->cast->vs[i]].group = first >> i & 1    ? 1
							    : second >> i & 1 ? 2
									      : 0;
		config_align(config);
	}
}

static void configure(struct life *l)
{
	int owner;

	for (int i = 0; i < l->cast->count; i++) {
		int v = l->cast->vs[i];
		struct vr_config common =
			pick_vr(l, v != SIM_V6 && !(v == SIM_BOTH && l->cast->both));

		owner = dice_below(&l->dice, 8) == 0
				? (int)dice_below(&l->dice, (uint32_t)l->c->router_count)
				: -1;
		for (int r = 0; r < l->c->router_count; r++) {
			struct vr_config *vr = &l->c->routers[r].config.vrs[v];

			*vr = common;
			vr->priority = r == owner ? 255 : pick_priority(&l->dice);
			if (dice_below(&l->dice, 16) == 0)
				vr->preempt = !vr->preempt;
			vr->tracks[SIM_SCRIPT].on = dice_below(&l->dice, 4) == 0;
			if (vr->tracks[SIM_SCRIPT].on && dice_below(&l->dice, 3) != 0)
				vr->tracks[SIM_SCRIPT].weight =
					(int16_t)dice_between(&l->dice, -120, 120);
			if (dice_below(&l->dice, 16) == 0 && vr->version == 3)
				vr->interval_us = pick_interval_us(l, 3);
			vr->second = v == SIM_V6 && l->cast->both;
		}
	}
	configure_groups(l);
	find_interval(l);
}

/* ---- what can befall a cluster ---- */

static int any_router(struct life *l)
{
	return (int)dice_below(&l->dice, (uint32_t)l->c->router_count);
}

static int any_vr(struct life *l)
{
	return l->cast->vs[dice_below(&l->dice, (uint32_t)l->cast->count)];
}

static int any_segment(struct life *l)
{
	return (int)dice_below(&l->dice, SIM_SEGMENTS);
}

/* Some intervals from now. */
static int64_t soon_us(struct life *l, int64_t tenths_min, int64_t tenths_max)
{
	return l->c->now_us + dice_between(&l->dice, tenths_min, tenths_max) * l->interval_us / 10;
}

static void crash(struct life *l)
{
	int r = any_router(l);
	bool restarted = dice_below(&l->dice, 4) != 0, with_records = dice_below(&l->dice, 8) != 0;

	cluster_crash(l->c, r);
	queue_add(&l->c->queue, restarted ? soon_us(l, 0, 10) : soon_us(l, 20, 200), HAPPENS_BOOT,
		  (uint8_t)r, with_records);
}

static void lose_power(struct life *l)
{
	int r = any_router(l);

	cluster_power_off(l->c, r);
	queue_add(&l->c->queue, soon_us(l, 5, 200), HAPPENS_BOOT, (uint8_t)r, 0);
}

static void stop(struct life *l)
{
	int r = any_router(l);
	int64_t back_us = soon_us(l, 50, 200);

	cluster_stop(l->c, r);
	queue_add(&l->c->queue, back_us, HAPPENS_BOOT, (uint8_t)r, dice_below(&l->dice, 2) == 0);
}

static void hold_up(struct life *l)
{
	int r = any_router(l);

	cluster_pause(l->c, r);
	queue_add(&l->c->queue, soon_us(l, 1, 100), HAPPENS_RESUME, (uint8_t)r, 0);
}

static void move_port(struct life *l)
{
	int r = any_router(l), s = any_segment(l);
	const struct port *p = &l->c->routers[r].kernel.ports[s];
	bool present = p->ifindex == 0 || dice_below(&l->dice, 2) == 0;

	cluster_set_port(l->c, r, s, present, present && !(p->ifindex != 0 && p->up));
}

static void cut_one_way(struct life *l)
{
	int s = any_segment(l), from = any_router(l), to = any_router(l);

	cluster_cut(l->c, s, from, to, true);
}

/* Two halves that hear nothing of each other. */
static void part(struct life *l)
{
	int s = any_segment(l);
	uint32_t side = dice_below(&l->dice, 1u << l->c->router_count);

	for (int a = 0; a < l->c->router_count; a++) {
		for (int b = 0; b < l->c->router_count; b++) {
			if ((side >> a & 1) != (side >> b & 1))
				cluster_cut(l->c, s, a, b, true);
		}
	}
}

static void heal_wires(struct life *l)
{
	for (int s = 0; s < SIM_SEGMENTS; s++) {
		for (int a = 0; a < l->c->router_count; a++) {
			for (int b = 0; b < l->c->router_count; b++)
				cluster_cut(l->c, s, a, b, false);
		}
	}
}

static void reload_changed(struct life *l)
{
	int r = any_router(l), v = any_vr(l);
	struct config config = l->c->routers[r].config;
	struct vr_config *vr = &config.vrs[v];

	/* A record does not say in which group it was told: who is down stays where it is. */
	switch (dice_below(&l->dice, l->c->routers[r].running ? 10 : 8)) {
	case 0:
	case 1:
		vr->priority =
			dice_below(&l->dice, 16) == 0 ? PRIORITY_OWNER : pick_priority(&l->dice);
		break;
	case 2:
		if (vr->version == 3)
			vr->interval_us = pick_interval_us(l, 3);
		break;
	case 3:
		vr->vips = (uint8_t)(1 + dice_below(&l->dice, (1 << SIM_VIPS_MAX) - 1));
		break;
	case 4:
		vr->present = !vr->present;
		break;
	case 5:
		vr->routings = (uint8_t)dice_below(&l->dice, 1 << SIM_ROUTINGS_MAX);
		break;
	case 6:
		vr->narrow = !vr->narrow;
		break;
	case 7:
		vr->virtual_mac = !vr->virtual_mac;
		break;
	case 8:
		vr->group = (uint8_t)dice_below(&l->dice, 1 + SIM_GROUPS);
		break;
	case 9:
		vr->hooks = !vr->hooks;
		vr->tracks[SIM_SCRIPT].on = !vr->tracks[SIM_SCRIPT].on;
		break;
	}
	cluster_reload(l->c, r, &config);
	find_interval(l);
}

static void reload_same(struct life *l)
{
	int r = any_router(l);
	struct config config = l->c->routers[r].config;

	cluster_reload(l->c, r, &config);
}

static void meddle(struct life *l)
{
	int r = any_router(l), v = any_vr(l), k = (int)dice_below(&l->dice, SIM_VIPS_MAX);

	if (dice_below(&l->dice, 3) != 0)
		cluster_remove_address(l->c, r, v, k);
	else
		cluster_set_foreign(l->c, r, v, k, dice_below(&l->dice, 2) == 0);
}

static void meddle_with_routing(struct life *l)
{
	int r = any_router(l), v = any_vr(l), i = (int)dice_below(&l->dice, SIM_ROUTINGS_MAX);

	if (dice_below(&l->dice, 3) != 0)
		cluster_remove_routing(l->c, r, v, i);
	else
		cluster_set_foreign_routing(l->c, r, v, i, dice_below(&l->dice, 2) == 0);
}

static void meddle_with_link(struct life *l)
{
	int r = any_router(l), v = any_vr(l);

	if (dice_below(&l->dice, 2) == 0)
		cluster_remove_link(l->c, r, v);
	else
		cluster_lower_link(l->c, r, v);
}

static void refuse(struct life *l)
{
	struct kernel *k = &l->c->routers[any_router(l)].kernel;

	k->refuse_ppm = k->refuse_ppm != 0 ? 0 : 1000000u >> dice_below(&l->dice, 4);
	k->delay_us = dice_below(&l->dice, 2) == 0 ? 1000 : 20000;
	rules_disturbed(l->c, 0);
	rules_disturbed(l->c, 1);
}

static void flip_script(struct life *l)
{
	int r = any_router(l);

	cluster_set_script(l->c, r, !l->c->routers[r].script_fails);
}

static void order(struct life *l)
{
	static const enum force_to orders[] = { FORCE_NONE,   FORCE_NONE,   FORCE_NONE,
						FORCE_MASTER, FORCE_BACKUP, FORCE_OFF };
	int r = any_router(l), v = any_vr(l);
	struct order order = { .to = orders[dice_below(&l->dice, 6)], .until_us = INT64_MAX };

	order.despite_faults = dice_below(&l->dice, 4) == 0;
	if (dice_below(&l->dice, 2) == 0)
		order.until_us = soon_us(l, 1, 300);
	cluster_force(l->c, r, v, &order);
}

static void ask_for_announcements(struct life *l)
{
	int r = any_router(l), v = any_vr(l);

	cluster_announce(l->c, r, v);
}

/* How often each happens, against the others. */
static const struct trouble {
	void (*befall)(struct life *l);
	uint32_t weight;
} troubles[] = {
	{ crash, 2 },
	{ lose_power, 1 },
	{ stop, 2 },
	{ hold_up, 2 },
	{ move_port, 2 },
	{ cut_one_way, 1 },
	{ part, 1 },
	{ heal_wires, 2 },
	{ reload_changed, 2 },
	{ reload_same, 1 },
	{ meddle, 1 },
	{ refuse, 1 },
	{ flip_script, 2 },
	{ ask_for_announcements, 1 },
	{ order, 3 },
	{ meddle_with_routing, 1 },
	{ meddle_with_link, 1 },
};

static void befall(struct life *l)
{
	const struct trouble *t = troubles;
	uint32_t sum = 0, roll;

	for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++)
		sum += troubles[i].weight;
	roll = dice_below(&l->dice, sum);
	for (; roll >= t->weight; t++)
		roll -= t->weight;
	t->befall(l);
}

/* ---- spells ---- */

static void set_wires(struct life *l, bool bad)
{
	struct dice *d = &l->dice;

	for (int s = 0; s < SIM_SEGMENTS; s++) {
		struct wire *w = &l->c->wires[s];

		w->loss_ppm = bad ? dice_below(d, 200000) : dice_below(d, 2) * 10000;
		w->duplicate_ppm = bad ? dice_below(d, 100000) : 0;
		w->corrupt_ppm = bad ? dice_below(d, 50000) : 0;
		w->latency_us = dice_between(d, 20, 500);
		w->jitter_us = bad ? dice_between(d, 0, l->interval_us / 2) : 100;
		rules_disturbed(l->c, s);
	}
}

/* Everything works again, and whoever is down comes back. */
static void make_peace(struct life *l)
{
	heal_wires(l);
	set_wires(l, false);
	for (int r = 0; r < l->c->router_count; r++) {
		struct router *router = &l->c->routers[r];

		router->kernel.refuse_ppm = 0;
		for (int s = 0; s < SIM_SEGMENTS; s++)
			cluster_set_port(l->c, r, s, true, true);
		if (router->paused)
			cluster_resume(l->c, r);
		if (!router->running)
			queue_add(&l->c->queue, soon_us(l, 0, 50), HAPPENS_BOOT, (uint8_t)r, 0);
	}
}

enum spell_kind {
	PEACE,
	LOSS,  /* bad wires, and something breaks now and then */
	STORM, /* something breaks all the time */
};

/* In so many tenths of intervals. */
static int64_t next_trouble(struct life *l, enum spell_kind kind, int64_t tenths_left)
{
	switch (kind) {
	case PEACE:
		break;
	case LOSS:
		return dice_between(&l->dice, 50, 500);
	case STORM:
		return dice_between(&l->dice, 1, 60);
	}
	return tenths_left;
}

static void wait_tenths(struct life *l, int64_t tenths)
{
	int64_t until_us = l->c->now_us + tenths * l->interval_us / 10;

	cluster_run(l->c, until_us < l->end_us ? until_us : l->end_us);
	l->tenths_left -= tenths;
}

static bool is_over(const struct life *l)
{
	return l->c->failed || l->tenths_left <= 0 || l->c->now_us >= l->end_us;
}

static void spell(struct life *l)
{
	static const enum spell_kind kinds[] = {
		PEACE, PEACE, PEACE, LOSS, LOSS, LOSS, LOSS, STORM
	};
	enum spell_kind kind = kinds[dice_below(&l->dice, sizeof(kinds) / sizeof(kinds[0]))];
	int64_t left = dice_between(&l->dice, 500, 5000);

	if (kind == PEACE)
		make_peace(l);
	else
		set_wires(l, kind == LOSS);
	while (left > 0 && !is_over(l)) {
		int64_t tenths = next_trouble(l, kind, left);

		tenths = tenths < left ? tenths : left;
		wait_tenths(l, tenths);
		left -= tenths;
		if (kind != PEACE && !is_over(l))
			befall(l);
	}
}

int64_t trouble_live(struct cluster *c, int routers, uint64_t seed, int64_t limit_us)
{
	static const struct cast casts[] = {
		{ 1, { 0 }, false },          { 1, { 0 }, false },
		{ 1, { SIM_V6 }, false },     { 2, { 0, 1 }, false },
		{ 2, { 0, 1 }, false },       { 2, { SIM_BOTH, SIM_V6 }, true },
		{ 3, { 0, 1, 2 }, false },    { 3, { 0, SIM_BOTH, SIM_V6 }, true },
		{ 4, { 0, 1, 2, 3 }, false }, { 4, { 0, 1, 2, 3 }, true },
	};
	struct life l = {
		.c = c,
		.dice = { dice_mix(seed ^ 0x5eed) },
		.is_slow = dice_mix(seed ^ 0x510) % SLOW_ONE_IN == 0,
		.tenths_left = LIFE_TENTHS / routers,
		.end_us = LIFE_MAX_H * INT64_C(3600000000),
	};

	cluster_init(c, routers, dice_mix(seed));
	c->hooks_us = 3000000;
	c->script_us = 2000000;
	l.cast = &casts[dice_below(&l.dice, sizeof(casts) / sizeof(casts[0]))];
	configure(&l);
	if (l.end_us > limit_us)
		l.end_us = limit_us;
	for (int r = 0; r < routers; r++)
		queue_add(&c->queue, soon_us(&l, 0, 50), HAPPENS_BOOT, (uint8_t)r, 0);
	while (!is_over(&l))
		spell(&l);
	return c->now_us;
}
