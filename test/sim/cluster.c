/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cluster's clock: whatever comes next happens next, be it on a wire, in a kernel, or the timer
 * of one of the processes. Timers are looked at one by one: there are eight at most, and they move
 * with every step.
 */
#include "cluster.h"

#include <assert.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The largest configuration that any router can get, for the size of its engines. */
static size_t largest_engine(void)
{
	static struct config_settings settings;
	struct config config = { .group_hooks = true };

	for (int v = 0; v < SIM_VRS_MAX; v++) {
		config.vrs[v] = vr_config_default();
		config.vrs[v].vips = (1 << SIM_VIPS_MAX) - 1;
		for (int i = 0; i < SIM_TRACKS; i++)
			config.vrs[v].tracks[i].on = true;
		config.vrs[v].group = SIM_GROUPS;
		config.vrs[v].virtual_mac = true;
		config.vrs[v].routings = (1 << SIM_ROUTINGS_MAX) - 1;
	}
	config.vrs[SIM_V6].second = true;
	config_align(&config);
	config_make_settings(&config, &settings);
	return engine_size(&settings.s, 2 * SIM_LEFTOVERS, 2 * SIM_ROUTING_LEFTOVERS);
}

static void init_router(struct cluster *c, int number)
{
	struct router *r = &c->routers[number];

	r->number = (uint8_t)number;
	c->wake_us[number] = INT64_MAX;
	r->clock_offset_us = dice_between(&c->dice, 0, 1000000000);
	r->kernel.delay_us = 1000;
	r->processes = 1;
	for (int s = 0; s < SIM_SEGMENTS; s++)
		r->kernel.ports[s] =
			(struct port){ .ifindex = ++r->kernel.last_ifindex, .up = true };
	r->memory_size = largest_engine();
	if (r->memory[0])
		return;
	for (int i = 0; i < 2; i++) {
		r->memory[i] = malloc(r->memory_size);
		if (!r->memory[i])
			abort();
	}
}

void cluster_init(struct cluster *c, int router_count, uint64_t seed)
{
	void *memory[SIM_ROUTERS_MAX][2];
	FILE *trace = c->trace;

	assert(router_count <= SIM_ROUTERS_MAX);
	for (int i = 0; i < SIM_ROUTERS_MAX; i++)
		memcpy(memory[i], c->routers[i].memory, sizeof(memory[i]));
	memset(c, 0, offsetof(struct cluster, packets));
	c->trace = trace;
	c->router_count = router_count;
	c->dice.state = seed;
	c->late_us = 50;
	for (uint32_t i = 0; i < SIM_PACKETS_MAX; i++)
		c->free_packets[c->free_packet_count++] = (uint16_t)(SIM_PACKETS_MAX - 1 - i);
	for (int s = 0; s < SIM_SEGMENTS; s++)
		c->wires[s] = (struct wire){ .latency_us = 100, .jitter_us = 100 };
	for (int i = 0; i < SIM_ROUTERS_MAX; i++) {
		memcpy(c->routers[i].memory, memory[i], sizeof(memory[i]));
	}
	for (int i = 0; i < router_count; i++)
		init_router(c, i);
	rules_init(c);
}

void cluster_done(struct cluster *c)
{
	for (int i = 0; i < SIM_ROUTERS_MAX; i++) {
		free(c->routers[i].memory[0]);
		free(c->routers[i].memory[1]);
	}
}

/* ---- time ---- */

static void happen(struct cluster *c, struct happening h)
{
	struct router *r = &c->routers[h.router];

	switch ((enum happening_kind)h.kind) {
	case HAPPENS_PACKET:
		wire_arrive(c, r, h.what);
		break;
	case HAPPENS_KERNEL:
		if (r->running && r->boots == h.what)
			router_read_kernel(c, r);
		break;
	case HAPPENS_BOOT:
		cluster_boot(c, h.router, h.what != 0);
		break;
	case HAPPENS_RESUME:
		cluster_resume(c, h.router);
		break;
	case HAPPENS_SCRIPT:
		agents_first_result(c, r, h.what);
		break;
	case HAPPENS_HOOKS:
		agents_hooks_ran(c, r, h.what);
		break;
	}
}

/* Whose timer goes off first? */
static int next_timer(const struct cluster *c)
{
	int next = 0;

	for (int i = 1; i < c->router_count; i++) {
		if (c->wake_us[i] < c->wake_us[next])
			next = i;
	}
	return next;
}

bool cluster_step(struct cluster *c, int64_t until_us)
{
	int timer = next_timer(c);
	int64_t queue_us = queue_next_us(&c->queue);
	int64_t rules_us = rules_next_us(&c->rules);
	int64_t next_us = c->wake_us[timer] < queue_us ? c->wake_us[timer] : queue_us;

	next_us = rules_us < next_us ? rules_us : next_us;
	if (next_us > until_us) {
		c->now_us = until_us > c->now_us ? until_us : c->now_us;
		return false;
	}
	c->now_us = next_us > c->now_us ? next_us : c->now_us;
	/* What can be read is read before a timer is believed; what must hold is asked last. */
	if (queue_us == next_us)
		happen(c, queue_take(&c->queue));
	else if (c->wake_us[timer] == next_us)
		router_wake(c, &c->routers[timer]);
	else
		rules_check(c);
	return true;
}

void cluster_run(struct cluster *c, int64_t until_us)
{
	while (!c->failed && cluster_step(c, until_us))
		;
}

void cluster_cut(struct cluster *c, int segment, int from, int to, bool cut)
{
	bool *is = &c->wires[segment].cut[from][to];

	if (*is == cut || from == to)
		return;
	*is = cut;
	rules_disturbed(c, segment);
}

/* ---- telling ---- */

void cluster_trace(const struct cluster *c, int r, const char *format, ...)
{
	va_list args;

	if (!c->trace)
		return;
	fprintf(c->trace, "%7lld.%06lld ", (long long)(c->now_us / 1000000),
		(long long)(c->now_us % 1000000));
	if (r >= 0)
		fprintf(c->trace, "%c ", 'a' + r);
	va_start(args, format);
	vfprintf(c->trace, format, args);
	va_end(args);
	fputc('\n', c->trace);
}

void cluster_fail(struct cluster *c, const char *format, ...)
{
	va_list args;

	if (c->failed)
		return;
	c->failed = true;
	va_start(args, format);
	vsnprintf(c->what_failed, sizeof(c->what_failed), format, args);
	va_end(args);
	cluster_trace(c, -1, "BROKEN: %s", c->what_failed);
}
