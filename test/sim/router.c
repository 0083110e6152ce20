/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One router's process: the daemon's loop in miniature. Events go into the real engine, its actions
 * are carried out, its records are kept, and its deadline is a timer that is served a little late.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cluster.h"

enum {
	/* A tick may ask for another one at once (announcements in portions), but not for ever. */
	TICKS_AT_ONCE_MAX = 1000,
	NO_NUMBER = 0xff,
};

static struct instant clock_of(const struct cluster *c, const struct router *r)
{
	return (struct instant){ c->now_us + r->clock_offset_us };
}

/* ---- actions ---- */

static void keep_record(struct router *r, uint32_t number)
{
	uint8_t v = r->v_of[number];

	engine_record(r->e, number, &r->records[v]);
	r->has_record[v] = true;
}

static void announce(struct cluster *c, struct router *r, const struct action *a)
{
	int v, k;

	if (!config_find_vip(a->vip->addr, &v, &k)) {
		cluster_fail(c, "%c announces an address that nobody configured", 'a' + r->number);
		return;
	}
	rules_announced(c, r->number, v, k);
	cluster_note(c, 0x400000u + (unsigned)(r->number << 8 | v << 4 | k));
	r->announced[v][k]++;
}

static void advertise(struct cluster *c, struct router *r, const struct action *a)
{
	rules_advertised(c, r->number, r->v_of[a->vrouter], a->priority);
	cluster_note(c, 0x100000u + (uint32_t)(r->number << 16) + (a->vrouter << 8) + a->priority);
	if (c->trace && !c->trace_quiet)
		cluster_trace(c, r->number, "v%d advertises %u", r->v_of[a->vrouter], a->priority);
	rules_advertised_through(c, r->number, r->v_of[a->vrouter], a->priority, a->ifindex);
	wire_send(c, r, a->vrouter, a->priority, a->ifindex);
}

static void trace_history(struct cluster *c, struct router *r)
{
	const struct history_event *e;
	char text[SIM_TEXT_MAX];

	while ((e = history_read(engine_history(r->e), &r->told, NULL)))
		cluster_trace(c, r->number, "%s%s%s", e->instance, e->instance[0] ? ": " : "",
			      history_text(e, text, sizeof(text)));
}

/* No hardware addresses here. */
static void say_nobody(struct cluster *c, struct router *r, const struct action *a)
{
	struct event ev = {
		.kind = EVENT_CLAIM,
		.now = clock_of(c, r),
		.wall_us = c->now_us,
		.claim = { .ifindex = a->ifindex, .addr = a->address },
	};

	engine_step(r->e, &ev);
	if (c->trace)
		trace_history(c, r);
}

/* Apart from the loop around it, which nearly always finds nothing to do: it would be set up for all of this each time. */
static __attribute__((noinline)) void carry_out(struct cluster *c, struct router *r,
						const struct action *a)
{
	switch (a->kind) {
	case ACTION_ADVERTISE:
		advertise(c, r, a);
		break;
	case ACTION_SAVE:
		keep_record(r, a->vrouter);
		break;
	case ACTION_ADD_ADDRESS:
	case ACTION_REMOVE_ADDRESS:
		kernel_change(c, r, a);
		break;
	case ACTION_ANNOUNCE:
		announce(c, r, a);
		break;
	case ACTION_HOOKS:
		agents_call_hooks(c, r, a->notifier);
		break;
	case ACTION_IDENTIFY:
		say_nobody(c, r, a);
		break;
	case ACTION_ADD_ROUTING:
	case ACTION_REPLACE_ROUTING:
	case ACTION_REMOVE_ROUTING:
		routings_change(c, r, a);
		break;
	case ACTION_LINK:
		links_change(c, r, a);
		break;
	case ACTION_STATE:
		break;
	}
}

static unsigned carry_out_actions(struct cluster *c, struct router *r)
{
	unsigned count = 0;
	struct action a;

	for (; engine_next_action(r->e, &a); count++)
		carry_out(c, r, &a);
	return count;
}

/* ---- after a step ---- */

static void trace_announcements(struct cluster *c, struct router *r)
{
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		for (int k = 0; k < SIM_VIPS_MAX; k++) {
			if (r->announced[v][k] == 1)
				cluster_trace(c, r->number, "announces v%d.%d", v, k);
			else if (r->announced[v][k] > 1)
				cluster_trace(c, r->number, "announces v%d.%d %u times", v, k,
					      r->announced[v][k]);
			r->announced[v][k] = 0;
		}
	}
}

static void set_timer(struct cluster *c, struct router *r)
{
	struct instant deadline = engine_deadline(r->e);
	int64_t wake_us;

	r->due = deadline;
	if (instant_is_never(deadline)) {
		c->wake_us[r->number] = INT64_MAX;
		r->wake_deadline_us = INT64_MAX;
		return;
	}
	if (deadline.us == r->wake_deadline_us)
		return;
	r->wake_deadline_us = deadline.us;
	wake_us = deadline.us - r->clock_offset_us;
	if (wake_us <= c->now_us)
		wake_us = c->now_us;
	else
		wake_us += dice_below(&c->dice, (uint32_t)c->late_us + 1);
	c->wake_us[r->number] = wake_us;
}

static void end_process(struct cluster *c, struct router *r)
{
	rules_gone(c, r->number);
	r->running = r->paused = r->stopping = false;
	r->boots++;
	c->wake_us[r->number] = INT64_MAX;
	while (r->inbox_count > 0)
		wire_forget(c, r->inbox[--r->inbox_count]);
	kernel_first_look(r);
}

static void end_if_stopped(struct cluster *c, struct router *r)
{
	if (!r->stopping || !engine_stopped(r->e))
		return;
	cluster_trace(c, r->number, "has stopped");
	end_process(c, r);
}

/* What every step of the engine is followed by. What was due before it may still be, if it was no tick. */
static void finish_step(struct cluster *c, struct router *r, struct instant was_due)
{
	c->steps++;
	if (c->trace)
		trace_history(c, r);
	rules_decided(c, r->number);
	carry_out_actions(c, r);
	if (c->trace)
		trace_announcements(c, r);
	set_timer(c, r);
	rules_stepped(c, r->number);
	rules_deadline(c, r->number, was_due);
	end_if_stopped(c, r);
}

void router_step(struct cluster *c, struct router *r, struct event *ev)
{
	struct instant was_due = ev->kind == EVENT_TICK ? INSTANT_NEVER : r->due;

	ev->now = clock_of(c, r);
	ev->wall_us = c->now_us;
	engine_step(r->e, ev);
	finish_step(c, r, was_due);
}

static void tick(struct cluster *c, struct router *r)
{
	struct event ev = { .kind = EVENT_TICK };

	r->wake_deadline_us = INT64_MIN;
	agents_tick(c, r);
	router_step(c, r, &ev);
	if (!r->running)
		return;
	if (r->due.us > clock_of(c, r).us)
		r->ticks_at_once = 0;
	else if (++r->ticks_at_once > TICKS_AT_ONCE_MAX)
		cluster_fail(c, "%c has a deadline in the past, tick after tick", 'a' + r->number);
}

void router_wake(struct cluster *c, struct router *r)
{
	if (r->paused)
		c->wake_us[r->number] = INT64_MAX; /* until it may run again */
	else
		tick(c, r);
}

void router_read_kernel(struct cluster *c, struct router *r)
{
	struct event ev = { .kind = EVENT_TICK };

	if (r->paused) {
		r->kernel.readable++;
		return;
	}
	if (kernel_read(c, r, &ev))
		router_step(c, r, &ev);
}

/* ---- beginning and end ---- */

static void use_settings(struct cluster *c, struct router *r, unsigned generation)
{
	const struct settings *s = &r->settings[generation].s;
	uint8_t number = 0;

	r->generation = generation;
	wire_forget_sent(c, r);
	memset(r->number_of, NO_NUMBER, sizeof(r->number_of));
	for (uint32_t i = 0; i < s->instance_count; i++) {
		int instance = s->instances[i].vrid - SIM_FIRST_VRID;
		unsigned vs = config_notified(&r->config, instance);

		r->instance_at[i] = (uint8_t)instance;
		r->instance_number[instance] = (uint8_t)i;
		for (uint8_t v = 0; v < SIM_VRS_MAX; v++) {
			if (!(vs >> v & 1))
				continue;
			r->number_of[v] = number;
			r->v_of[number++] = v;
		}
	}
}

static struct engine *make_engine(struct router *r, unsigned generation, uint32_t leftovers,
				  uint32_t routings)
{
	struct config_settings *settings = &r->settings[generation];

	config_make_settings(&r->config, settings);
	assert(engine_size(&settings->s, leftovers, routings) <= r->memory_size);
	r->engine_bytes = engine_size(&settings->s, leftovers, routings) -
			  HISTORY_MAX * sizeof(struct history_event);
	return engine_init(r->memory[generation], &settings->s, leftovers, routings);
}

/* Through their bytes, as the file keeps them. */
static void restore_records(struct cluster *c, struct router *r)
{
	uint8_t bytes[RECORD_BYTES];
	struct record record;

	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if (!r->has_record[v])
			continue;
		record_pack(&r->records[v], bytes);
		if (record_unpack(bytes, &record) != 0)
			cluster_fail(c, "a record that was packed cannot be unpacked");
		else
			engine_restore(r->e, &record, clock_of(c, r));
	}
}

void cluster_boot(struct cluster *c, int number, bool with_records)
{
	struct router *r = &c->routers[number];
	struct event ev = { .kind = EVENT_START };

	if (r->running)
		return;
	cluster_trace(c, number, "starts%s", with_records ? " again" : "");
	config_align(&r->config);
	kernel_first_look(r);
	r->running = true;
	r->told = 1;
	r->due = INSTANT_NEVER;
	r->wake_deadline_us = INT64_MIN;
	r->e = make_engine(r, 0, SIM_LEFTOVERS, SIM_ROUTING_LEFTOVERS);
	use_settings(c, r, 0);
	if (with_records)
		restore_records(c, r);
	if (with_records)
		engine_serve_until(r->e, r->retired_until, clock_of(c, r));
	r->retired_until = engine_serves_until(r->e);
	agents_boot(c, r, with_records);
	kernel_describe(c, r, r->e);
	kernel_describe_leftovers(c, r, r->e);
	rules_booting(c, number, with_records);
	memset(r->has_record, 0, sizeof(r->has_record));
	router_step(c, r, &ev);
	rules_booted(c, number);
	agents_begin(c, r);
}

void cluster_crash(struct cluster *c, int number)
{
	struct router *r = &c->routers[number];

	if (!r->running)
		return;
	cluster_trace(c, number, "crashes");
	end_process(c, r);
}

void cluster_power_off(struct cluster *c, int number)
{
	struct router *r = &c->routers[number];

	cluster_crash(c, number);
	cluster_trace(c, number, "loses power");
	memset(r->kernel.addresses, 0, sizeof(r->kernel.addresses));
	memset(r->kernel.links, 0, sizeof(r->kernel.links));
	memset(r->kernel.routings, 0, sizeof(r->kernel.routings));
	memset(r->has_record, 0, sizeof(r->has_record));
	r->retired_until = INSTANT_NEVER;
	r->clock_offset_us = -c->now_us; /* the clock begins anew */
	rules_power_lost(c, number);
}

void cluster_stop(struct cluster *c, int number)
{
	struct router *r = &c->routers[number];
	struct event ev = { .kind = EVENT_STOP };

	if (!r->running || r->paused || r->stopping)
		return;
	cluster_trace(c, number, "is asked to stop");
	rules_stopping(c, number);
	r->stopping = true;
	router_step(c, r, &ev);
}

void cluster_pause(struct cluster *c, int number)
{
	struct router *r = &c->routers[number];

	if (!r->running || r->paused)
		return;
	cluster_trace(c, number, "is held up");
	rules_paused(c, number);
	r->paused = true;
}

/* The sockets first, then the timer. */
void cluster_resume(struct cluster *c, int number)
{
	struct router *r = &c->routers[number];
	uint32_t packets = r->inbox_count, messages = r->kernel.readable;

	if (!r->running || !r->paused)
		return;
	cluster_trace(c, number, "runs again");
	r->paused = false;
	r->inbox_count = 0;
	r->kernel.readable = 0;
	for (uint32_t i = 0; i < messages && r->running; i++)
		router_read_kernel(c, r);
	for (uint32_t i = 0; i < packets; i++) {
		if (r->running)
			wire_arrive(c, r, r->inbox[i]);
		else
			wire_forget(c, r->inbox[i]);
	}
	if (r->running && instant_reached(r->due, clock_of(c, r)))
		tick(c, r);
	else if (r->running) {
		r->wake_deadline_us = INT64_MIN;
		set_timer(c, r);
	}
	rules_resumed(c, number);
	checks_tell_news(c, r, true);
}

/* The file is made anew: nothing remains of who is not configured any more. */
static void forget_records(struct router *r)
{
	for (int v = 0; v < SIM_VRS_MAX; v++) {
		if (!r->config.vrs[v].present)
			r->has_record[v] = false;
	}
}

unsigned cluster_reload(struct cluster *c, int number, const struct config *config)
{
	struct router *r = &c->routers[number];
	struct engine *old = r->e, *fresh;
	struct config wanted = *config;
	struct instant was_due;
	unsigned actions;

	config_align(&wanted);
	if (!r->running)
		r->config = wanted;
	if (!r->running || r->paused)
		return 0;
	cluster_trace(c, number, "reloads");
	was_due = r->due;
	rules_reloading(c, number, &wanted);
	r->config = wanted;
	agents_reloading(c, r);
	fresh = make_engine(r, 1 - r->generation, engine_address_count(old),
			    engine_routing_count(old));
	engine_retire(old, fresh, clock_of(c, r), c->now_us);
	if (c->trace)
		trace_history(c, r);
	rules_decided(c, number);
	actions = carry_out_actions(c, r);
	kernel_describe(c, r, fresh);
	engine_adopt(fresh, old, clock_of(c, r), c->now_us);
	r->retired_until = engine_serves_until(fresh);
	r->e = fresh;
	use_settings(c, r, 1 - r->generation);
	c->steps++;
	if (c->trace)
		trace_history(c, r);
	rules_decided(c, number);
	actions += carry_out_actions(c, r);
	if (c->trace)
		trace_announcements(c, r);
	forget_records(r);
	r->wake_deadline_us = INT64_MIN;
	set_timer(c, r);
	rules_reloaded(c, number, actions);
	rules_deadline(c, number, was_due);
	end_if_stopped(c, r);
	checks_tell_news(c, r, false);
	return actions;
}

void cluster_announce(struct cluster *c, int number, int v)
{
	struct router *r = &c->routers[number];
	struct event ev = { .kind = EVENT_ANNOUNCE };

	if (!r->running || r->paused || r->number_of[v] == NO_NUMBER)
		return;
	ev.vrouter = r->number_of[v];
	rules_announce_asked(c, number, v);
	router_step(c, r, &ev);
}

void cluster_inject(struct cluster *c, int number, int v, const struct advert *advert,
		    struct ip_addr src, uint8_t ttl)
{
	struct router *r = &c->routers[number];
	struct event ev = { .kind = EVENT_ADVERT };

	if (!r->running || r->paused || !port_works(r, v))
		return;
	ev.advert = (struct event_advert){ .ifindex = r->kernel.ports[segment_of(v)].ifindex,
					   .src = src,
					   .dst = advert_group(family_of(v)),
					   .ttl = ttl,
					   .advert = advert };
	rules_stranger(c, v, advert->interval.us);
	rules_heard(c, -1, number, v, advert->priority);
	router_step(c, r, &ev);
}

enum vrouter_state cluster_state(const struct cluster *c, int number, int v)
{
	const struct router *r = &c->routers[number];

	if (!r->running || r->number_of[v] == NO_NUMBER)
		return VROUTER_INIT;
	return engine_state(r->e, r->number_of[v]);
}
