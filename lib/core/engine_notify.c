/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is told of a new state, and when: the FIFO at once, the hooks when the addresses are as the state wants them (there before MASTER,
 * gone before the others) and when the hooks of the state before have ended. States in between may be skipped, the last one never is.
 */
#include <stdio.h>

#include "core/engine_internal.h"

/* The virtual routers of a notifier: of an instance one run of members, of a group what shares its fate. */
static uint32_t member_count(const struct engine *e, uint32_t notifier)
{
	uint32_t instances = e->settings->instance_count;

	if (notifier >= instances)
		return e->fates[notifier - instances].count;
	return e->first_member[notifier + 1] - e->first_member[notifier];
}

static struct member *member_at(const struct engine *e, uint32_t notifier, uint32_t i)
{
	uint32_t instances = e->settings->instance_count;

	if (notifier >= instances)
		return &e->members[e->fate_members[e->fates[notifier - instances].first + i]];
	return &e->members[e->first_member[notifier] + i];
}

static const struct notify_settings *settings_of(const struct engine *e, uint32_t notifier)
{
	uint32_t instances = e->settings->instance_count;

	return notifier >= instances ? &e->settings->groups[notifier - instances].notify
				     : &e->settings->instances[notifier].notify;
}

static bool has_hooks(const struct engine *e, uint32_t notifier)
{
	const struct notify_settings *set = settings_of(e, notifier);

	for (int i = 0; i < HOOK_COUNT; i++) {
		if (set->command[i] != 0)
			return true;
	}
	return false;
}

/*
 * Of all its virtual routers: one that faults, or is backup, makes the whole so. ret_which: the one whose reason is that of the whole, rather
 * not one that only follows another; NULL where there are none.
 */
static enum vrouter_state state_of(const struct engine *e, uint32_t notifier,
				   const struct vrouter **ret_which)
{
	static const enum vrouter_state strongest[] = { VROUTER_FAULT, VROUTER_BACKUP,
							VROUTER_INIT };
	uint32_t count = member_count(e, notifier);
	const struct vrouter *which = NULL;

	for (size_t s = 0; s < sizeof(strongest) / sizeof(strongest[0]); s++) {
		for (uint32_t i = 0; i < count; i++) {
			const struct vrouter *vr = &member_at(e, notifier, i)->vr;

			if (vr->state == strongest[s] && (!which || which->reason == REASON_GROUP))
				which = vr;
		}
		if (which) {
			*ret_which = which;
			return which->state;
		}
	}
	*ret_which = count != 0 ? &member_at(e, notifier, 0)->vr : NULL;
	return count != 0 ? VROUTER_MASTER : VROUTER_INIT;
}

bool engine_slot_settled(const struct slot *s, bool holding, struct instant now)
{
	if (s->staged && !holding)
		return true; /* what is on a link that is down is nobody's concern */
	if (s->ifindex == 0)
		return true; /* there is no such interface; the address comes with it, whenever that is */
	if (s->flight != SLOT_IDLE)
		return false; /* the kernel is being asked, be it once more */
	if (s->failures != 0)
		return !instant_reached(s->retry_at, now);
	return s->wanted ? plan_presence(s) != SLOT_ABSENT : plan_slot_done(s);
}

/* Is it up or down as it is to be, or refused that just now? */
static bool link_settled(const struct engine *e, const struct member *m)
{
	if (!engine_link_stands(e, m))
		return !m->has_link || !m->holding || m->link.failures != 0;
	if (m->link.flight != LINK_LEAVE)
		return false;
	return e->interfaces.table[m->where].link.raised == m->holding || m->link.failures != 0;
}

/* Are its addresses, routes and rules where that state wants them? Looks at none twice, so that ten thousand of them cost no more than that. */
static bool member_settled(struct engine *e, struct member *m, enum vrouter_state state)
{
	if (m->holding != (state == VROUTER_MASTER))
		return false;
	if (!link_settled(e, m))
		return false;
	while (m->settled < m->slots.count &&
	       engine_slot_settled(&e->plan.slots[m->slots.first + m->settled], m->holding, e->now))
		m->settled++;
	return m->settled == m->slots.count && engine_routings_settled(e, m);
}

static bool may_call(struct engine *e, uint32_t notifier)
{
	const struct notifier *n = &e->notifiers[notifier];

	if (!n->pending)
		return false;
	if (n->hurries || e->hurries)
		return true;
	if (n->running)
		return false;
	for (uint32_t i = 0; i < member_count(e, notifier); i++) {
		if (!member_settled(e, member_at(e, notifier, i), n->state))
			return false;
	}
	return true;
}

static void change_state(struct engine *e, uint32_t notifier, enum vrouter_state state)
{
	struct notifier *n = &e->notifiers[notifier];

	n->previous = n->state;
	n->state = state;
	n->pending = has_hooks(e, notifier);
	for (uint32_t i = 0; i < member_count(e, notifier); i++)
		member_at(e, notifier, i)->settled = 0;
	if (e->settings->global.notify_fifo != 0)
		worklist_add(&e->states, notifier);
}

/* What has been delivered outlives the process, so that a successor neither repeats nor forgets it. */
static void save_told(struct engine *e, uint32_t notifier)
{
	for (uint32_t i = 0; i < member_count(e, notifier); i++) {
		const struct member *m = member_at(e, notifier, i);

		worklist_add(&e->saves, (uint32_t)(m - e->members));
	}
}

void engine_settle_notifier(struct engine *e, uint32_t notifier)
{
	struct notifier *n = &e->notifiers[notifier];
	const struct vrouter *which;
	enum vrouter_state state = state_of(e, notifier, &which);

	n->reason = which ? which->reason : REASON_NONE;
	if (!e->started)
		return;
	if (state != n->state)
		change_state(e, notifier, state);
	if (may_call(e, notifier)) {
		n->pending = false;
		n->running = true;
		n->handed = n->state;
		worklist_add(&e->hooks, notifier);
		/* Should this process die while they run, nobody knows what was told last. */
		if (n->told != VROUTER_INIT) {
			n->told = VROUTER_INIT;
			save_told(e, notifier);
		}
	}
}

void engine_notify_again(struct engine *e, const struct member *m)
{
	uint32_t instances = e->settings->instance_count;
	uint32_t group = m->vr.set->group;

	engine_wake_notifiers(e, m);
	if (has_hooks(e, m->instance))
		e->notifiers[m->instance].pending = true;
	if (group != 0 && has_hooks(e, instances + group - 1))
		e->notifiers[instances + group - 1].pending = true;
}

static struct counters *counters_of(struct engine *e, uint32_t notifier)
{
	return notifier < e->settings->instance_count ? &member_at(e, notifier, 0)->vr.counters
						      : &e->counters;
}

static const char *name_of(const struct engine *e, uint32_t notifier)
{
	uint32_t instances = e->settings->instance_count;

	return notifier >= instances ? e->settings->groups[notifier - instances].name
				     : e->settings->instances[notifier].name;
}

void engine_on_hook_result(struct engine *e, const struct event_hook *in)
{
	struct counters *counters = counters_of(e, in->notifier);
	struct history_event event = {
		.kind = HISTORY_HOOK,
		.at = e->now,
		.wall_us = e->wall_us,
		.code = in->failed,
		.count = (uint32_t)(in->took.us / 1000),
	};

	counters->value[COUNTER_HOOKS_RUN]++;
	if (in->failed)
		counters->value[COUNTER_HOOK_FAILURES]++;
	snprintf(event.instance, sizeof(event.instance), "%s", name_of(e, in->notifier));
	snprintf(event.text, sizeof(event.text), "%s", in->text ? in->text : "");
	history_append(&e->history, &event);
}

void engine_on_hooks_done(struct engine *e, const struct event_hook *in)
{
	struct notifier *n = &e->notifiers[in->notifier];

	if (!n->running)
		return;
	n->running = false;
	if (in->lost)
		n->pending = true;
	else
		n->told = n->handed;
	save_told(e, in->notifier);
	worklist_add(&e->notifiers_changed, in->notifier);
}

bool engine_notified(const struct engine *e)
{
	for (uint32_t i = 0; i < settings_notifiers(e->settings); i++) {
		const struct notifier *n = &e->notifiers[i];

		if (n->pending || (n->running && !e->hurries))
			return false;
	}
	return worklist_empty(&e->hooks);
}

void engine_notice(const struct engine *e, uint32_t notifier, struct notice *ret)
{
	const struct notifier *n = &e->notifiers[notifier];
	uint32_t instances = e->settings->instance_count;
	uint32_t count = member_count(e, notifier);
	const struct vrouter *first = count != 0 ? &member_at(e, notifier, 0)->vr : NULL, *which;

	(void)state_of(e, notifier, &which);
	*ret = (struct notice){
		.is_group = notifier >= instances,
		.name = name_of(e, notifier),
		.state = n->state,
		.previous = n->previous,
		.reason = n->reason,
		.cause = which && which->reason == n->reason ? vrouter_cause(which) : "",
		.vrouters = { UINT32_MAX, UINT32_MAX },
	};
	if (ret->is_group || !first)
		return;
	ret->priority = first->priority;
	ret->master = first->state == VROUTER_MASTER ? first->link.source : first->master;
	for (uint32_t i = 0; i < count && i < 2; i++)
		ret->vrouters[i] = first->number + i;
}
