/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An operator's word. To be master: priority 255, at once. To be backup: priority 1, after giving up in order, and master again only where
 * nobody else is. Off: no part at all. It holds for whoever shares the instance's fate, until it is released or its time is up.
 */
#include <stdio.h>
#include <string.h>

#include "core/engine_internal.h"

static void tell_force(struct engine *e, uint32_t instance)
{
	const struct force *f = &e->forces[instance];
	struct history_event event = {
		.kind = HISTORY_FORCE,
		.at = e->now,
		.wall_us = e->wall_us,
		.to = (int32_t)f->to,
	};

	snprintf(event.instance, sizeof(event.instance), "%s",
		 e->settings->instances[instance].name);
	if (f->reason[0] != '\0')
		snprintf(event.text, sizeof(event.text), "by %s: %.180s", f->by, f->reason);
	else
		snprintf(event.text, sizeof(event.text), "by %s", f->by);
	history_append(&e->history, &event);
}

static enum reason reason_of(enum force_to to)
{
	switch (to) {
	case FORCE_MASTER:
		return REASON_FORCED_MASTER;
	case FORCE_BACKUP:
		return REASON_FORCED_BACKUP;
	case FORCE_OFF:
		return REASON_FORCED_OFF;
	case FORCE_NONE:
	case FORCE_TO_COUNT_:
		break;
	}
	return REASON_FORCE_RELEASED;
}

/*
 * Carries it out for one virtual router. What its group makes of that follows in engine_conclude(); where all are forced alike, nothing
 * is left to be made of it.
 */
static void carry_out(struct engine *e, uint32_t number, enum force_to to)
{
	struct vrouter *vr = &e->members[number].vr;

	/* A master gives up before it tells anybody a priority. */
	if (to == FORCE_BACKUP) {
		vr->last_resort = true;
		engine_input_why(e, number, VROUTER_YIELD, REASON_FORCED_BACKUP);
	}
	engine_weigh(e, number, reason_of(to), "");
	vr->out.save = true;
	engine_settle(e, number);
}

static void set_force(struct engine *e, uint32_t instance, const struct event_force *in)
{
	struct force *f = &e->forces[instance];
	bool was_free = f->to == FORCE_NONE;

	*f = (struct force){ .to = in->to,
			     .despite_faults = in->despite_faults,
			     .until = in->to == FORCE_NONE ? INSTANT_NEVER : in->until,
			     .until_wall_us = in->to == FORCE_NONE ? 0 : in->until_wall_us };
	snprintf(f->reason, sizeof(f->reason), "%s", in->reason ? in->reason : "");
	snprintf(f->by, sizeof(f->by), "%s", in->by ? in->by : "");
	deadlines_set(&e->force_timers, instance, f->until);
	if (in->to != FORCE_NONE || !was_free)
		tell_force(e, instance);
}

/* The group, or whoever else shares its fate; INDEX_NONE: nobody. */
static uint32_t fate_of(const struct engine *e, uint32_t instance)
{
	return e->members[e->first_member[instance]].fate;
}

/* Calls act for each instance that shares the fate of this one; they stand together in no order but that of their virtual routers. */
static void for_each_alike(struct engine *e, uint32_t instance, const struct event_force *in,
			   void (*act)(struct engine *e, uint32_t instance,
				       const struct event_force *in))
{
	uint32_t fate = fate_of(e, instance);
	uint32_t last = INDEX_NONE;

	if (fate == INDEX_NONE) {
		act(e, instance, in);
		return;
	}
	for (uint32_t i = 0; i < e->fates[fate].count; i++) {
		uint32_t other = e->members[e->fate_members[e->fates[fate].first + i]].instance;

		/* The two of a dual-stack instance have one VRID and stand beside each other. */
		if (other != last)
			act(e, other, in);
		last = other;
	}
}

static void carry_out_all(struct engine *e, uint32_t instance, const struct event_force *in)
{
	for (uint32_t i = e->first_member[instance]; i < e->first_member[instance + 1]; i++)
		carry_out(e, i, in->to);
}

/* Nobody is waited for: those that can be master, because they are BACKUP, are it at once. */
static void take_all(struct engine *e, uint32_t instance, const struct event_force *in)
{
	(void)in;
	for (uint32_t i = e->first_member[instance]; i < e->first_member[instance + 1]; i++)
		engine_input_why(e, i, VROUTER_TAKE, REASON_FORCED_MASTER);
}

void engine_on_force(struct engine *e, const struct event_force *in)
{
	uint32_t fate = fate_of(e, in->instance);

	for_each_alike(e, in->instance, in, set_force);
	for_each_alike(e, in->instance, in, carry_out_all);
	/* One that faults takes the others with it, before they might take over. */
	if (fate != INDEX_NONE)
		engine_settle_fate(e, fate);
	if (in->to == FORCE_MASTER)
		for_each_alike(e, in->instance, in, take_all);
}

void engine_tick_forces(struct engine *e)
{
	uint32_t instance;

	while (deadlines_due(&e->force_timers, e->now, &instance)) {
		struct event_force release = { .instance = instance,
					       .to = FORCE_NONE,
					       .reason = "its time is up",
					       .by = "the clock" };

		engine_on_force(e, &release);
	}
}

const char *engine_force_refusal(const struct engine *e, uint32_t instance, enum force_to to,
				 bool despite_faults)
{
	uint32_t fate = fate_of(e, instance);

	(void)despite_faults; /* faults win, but that is no refusal: it becomes master when they have gone */
	if (to != FORCE_MASTER)
		return NULL;
	for (uint32_t i = 0; i < e->member_count; i++) {
		const struct member *m = &e->members[i];

		if (m->instance != instance && (fate == INDEX_NONE || m->fate != fate))
			continue;
		if (m->vr.master_priority == PRIORITY_OWNER)
			return "the master has priority 255: it owns the addresses, or is forced to be "
			       "master itself, and yields to nobody";
	}
	return NULL;
}
