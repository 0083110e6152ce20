/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a reload would do to mastership, told before it is done. Other routers' priorities are known of a master only: whether somebody who is
 * silent now would take over is for the operator to judge, so this says "may". And what would be tracked otherwise has to be asked first.
 */
#include "protocol.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "conf/equal.h"

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

/* Two of the same kind and name: would both come to the same result? */
static bool asks_alike(const struct settings *a, const struct check_settings *ca,
		       const struct settings *b, const struct check_settings *cb)
{
	return strcmp(settings_text(a, ca->text), settings_text(b, cb->text)) == 0 &&
	       strcmp(ca->user, cb->user) == 0 && ca->timeout.us == cb->timeout.us &&
	       ca->minimum == cb->minimum && ca->maximum == cb->maximum &&
	       ip_equal(ca->peer, cb->peer) && ip_equal(ca->source, cb->source);
}

static bool tracks_alike(const struct settings *a, struct range ra, const struct settings *b,
			 struct range rb)
{
	if (!tracks_equal(a, ra, b, rb))
		return false;
	for (uint32_t i = 0; i < ra.count; i++) {
		uint32_t ca = a->tracks[ra.first + i].check, cb = b->tracks[rb.first + i].check;

		if (ca != 0 && !asks_alike(a, &a->checks[ca - 1], b, &b->checks[cb - 1]))
			return false;
	}
	return true;
}

/* The instance of that name in the group of that number, or NULL. */
static const struct instance_settings *member_of(const struct settings *s, uint32_t group,
						 const char *name)
{
	for (uint32_t i = 0; i < s->instance_count; i++) {
		if (s->instances[i].group == group && strcmp(s->instances[i].name, name) == 0)
			return &s->instances[i];
	}
	return NULL;
}

/* Is each of a group in the other one too, with the same interface and tracks? */
static bool members_alike(const struct settings *a, uint32_t ga, const struct settings *b,
			  uint32_t gb)
{
	for (uint32_t i = 0; i < a->instance_count; i++) {
		const struct instance_settings *one = &a->instances[i], *other;

		if (one->group != ga)
			continue;
		other = member_of(b, gb, one->name);
		if (!other || strcmp(one->interface, other->interface) != 0 ||
		    !tracks_alike(a, one->tracks, b, other->tracks))
			return false;
	}
	return true;
}

static bool groups_alike(const struct settings *a, uint32_t ga, const struct settings *b,
			 uint32_t gb)
{
	if (ga == 0 || gb == 0)
		return ga == gb;
	return tracks_alike(a, a->groups[ga - 1].tracks, b, b->groups[gb - 1].tracks) &&
	       members_alike(a, ga, b, gb) && members_alike(b, gb, a, ga);
}

/* What changes that may let it fail or recover, or be heard by others or not; NULL: nothing. */
static const char *unforeseeable(const struct snapshot *now, const struct settings *fresh,
				 const struct instance_settings *then)
{
	const struct settings *s = now->settings;

	if (!tracks_alike(s, now->set->tracks, fresh, then->tracks))
		return "what it tracks changes";
	if (!groups_alike(s, now->set->group, fresh, then->group))
		return "its group changes";
	if (!peers_equal(s, now->set->peers, fresh, then->peers))
		return "its peers change";
	if (now->set->version != then->version)
		return "its version changes";
	if (strcmp(now->set->auth_password, then->auth_password) != 0)
		return "its password changes";
	return NULL;
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
		const char *what;
		struct snapshot now;

		engine_snapshot(p->run.engine, i, clock_now(), &now);
		then = counterpart(fresh, &now);
		what = then ? unforeseeable(&now, fresh, then) : NULL;
		if (what)
			say(list, "%s: %s: mastership may move", now.name, what);
		if (now.state == VROUTER_MASTER)
			preview_master(list, &now, then);
		else if (now.state == VROUTER_BACKUP)
			preview_backup(list, &now, then);
	}
	return list;
}
