/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a reload would do to mastership, told before it is done. Other routers' priorities are known of a master only: whether somebody who is
 * silent now would take over is for the operator to judge, so this says "may".
 */
#include "protocol.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The same virtual router in other settings, or NULL. */
static const struct instance_settings *counterpart(const struct settings *s,
						   const struct snapshot *now)
{
	for (uint32_t i = 0; i < s->instance_count; i++) {
		const struct instance_settings *set = &s->instances[i];

		if (set->vrid == now->set->vrid &&
		    strcmp(set->interface, now->set->interface) == 0 &&
		    set->addresses[family_index(now->family)].count != 0)
			return set;
	}
	return NULL;
}

/* What it would count as: what is tracked weighs as it does now. */
static int priority_then(const struct snapshot *now, const struct instance_settings *then)
{
	int priority = then->priority + now->effective_priority - now->set->priority;

	if (then->priority == PRIORITY_OWNER || now->force.to != FORCE_NONE)
		return now->force.to != FORCE_NONE ? now->effective_priority : PRIORITY_OWNER;
	return priority < 1 ? 1 : priority > PRIORITY_OWNER - 1 ? PRIORITY_OWNER - 1 : priority;
}

__attribute__((format(printf, 2, 3))) static void say(json_t *list, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	json_array_append_new(list, json_string(text));
}

static void preview_master(json_t *list, const struct snapshot *now,
			   const struct instance_settings *then)
{
	int priority;

	if (!then) {
		say(list, "%s: is MASTER here, and would release its addresses", now->name);
		return;
	}
	priority = priority_then(now, then);
	if (priority < now->effective_priority)
		say(list, "%s: priority %u -> %d: mastership may move to a router of more than %d",
		    now->name, now->effective_priority, priority, priority);
}

static void preview_backup(json_t *list, const struct snapshot *now,
			   const struct instance_settings *then)
{
	char master[IP_TEXT_MAX];
	int priority;

	if (!then || !ip_is_set(now->master))
		return;
	priority = priority_then(now, then);
	if (priority <= now->master_priority || !(then->preempt || priority == PRIORITY_OWNER) ||
	    (now->effective_priority > now->master_priority && now->set->preempt))
		return;
	say(list, "%s: priority %u -> %d: mastership would come here from %s (priority %u)",
	    now->name, now->effective_priority, priority, ip_text(now->master, master),
	    now->master_priority);
}

json_t *protocol_preview(const struct protocol *p, const struct settings *fresh)
{
	json_t *list = json_array();

	for (uint32_t i = 0; list && i < engine_vrouter_count(p->run.engine); i++) {
		const struct instance_settings *then;
		struct snapshot now;

		engine_snapshot(p->run.engine, i, clock_now(), &now);
		then = counterpart(fresh, &now);
		if (now.state == VROUTER_MASTER)
			preview_master(list, &now, then);
		else if (now.state == VROUTER_BACKUP)
			preview_backup(list, &now, then);
	}
	return list;
}
