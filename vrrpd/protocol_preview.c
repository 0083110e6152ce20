/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a reload would do to mastership, told before it is done: the new settings are adopted by an engine of their own, with all that the one
 * that runs knows, and what comes out is compared. Only what nobody can know here is told with a "may": what the other routers of a
 * MASTER are, which are silent, and what something will say that the new settings ask for the first time, or otherwise.
 */
#include "protocol.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct preview {
	const struct protocol *p;
	const struct settings *settings; /* the new ones */
	struct engine *engine;           /* that adopts them */
	bool *unsure;                    /* [settings->check_count] what it will say is not known */
	bool *loses; /* [settings->group_count] one of the group would leave its master alone */
	json_t *list;
};

__attribute__((format(printf, 2, 3))) static void say(struct preview *pv, const char *format, ...)
{
	char text[2 * TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	json_array_append_new(pv->list, json_string(text));
}

/* ---- the engine that adopts ---- */

static void tell_link(struct preview *pv, const struct event_link *link)
{
	engine_step(pv->engine, &(struct event){ .kind = EVENT_LINK,
						 .now = clock_now(),
						 .wall_us = clock_wall_us(),
						 .link = *link });
}

/* As the engine that runs knows them, and for those that it has no use for as the kernel does. */
static void tell_links(struct preview *pv)
{
	const struct engine *running = pv->p->run.engine;
	const struct event_link *link;
	struct event_link other;

	for (uint32_t i = 0; (link = engine_interface(running, i)); i++) {
		if (link->name[0] != '\0')
			tell_link(pv, link);
	}
	for (uint32_t i = 0; (link = engine_interface(pv->engine, i)); i++) {
		if (link->ifindex == 0 && !engine_uses_interface(running, link->name) &&
		    io_netlink_describe(pv->p->netlink, link->name, &other))
			tell_link(pv, &other);
	}
}

static int adopt(struct preview *pv)
{
	const struct engine *running = pv->p->run.engine;
	uint32_t leftovers = engine_address_count(running);
	uint32_t routings = engine_routing_count(running);
	void *memory = malloc(engine_size(pv->settings, leftovers, routings));

	if (!memory)
		return -ENOMEM;
	pv->engine = engine_init(memory, pv->settings, leftovers, routings);
	tell_links(pv);
	engine_foresee(pv->engine, running, clock_now(), clock_wall_us());
	return 0;
}

/* ---- what cannot be known ---- */

/* Would both come to the same result? */
static bool asks_alike(const struct settings *a, const struct check_settings *ca,
		       const struct settings *b, const struct check_settings *cb)
{
	return strcmp(settings_text(a, ca->text), settings_text(b, cb->text)) == 0 &&
	       strcmp(ca->user, cb->user) == 0 && ca->timeout.us == cb->timeout.us &&
	       ca->minimum == cb->minimum && ca->maximum == cb->maximum &&
	       ip_equal(ca->peer, cb->peer) && ip_equal(ca->source, cb->source);
}

/* Their order is the same, as a rule: the search goes on where the one before ended. */
static void find_unsure(struct preview *pv)
{
	const struct settings *old = pv->p->run.settings;
	uint32_t next = 0;

	for (uint32_t i = 0; i < pv->settings->check_count; i++) {
		const struct check_settings *is = &pv->settings->checks[i];

		pv->unsure[i] = true;
		for (uint32_t tried = 0; tried < old->check_count; tried++) {
			const struct check_settings *was = &old->checks[next++ % old->check_count];

			if (was->kind == is->kind && strcmp(was->name, is->name) == 0) {
				pv->unsure[i] = !asks_alike(old, was, pv->settings, is);
				break;
			}
		}
	}
}

/* What a virtual router will be in the new settings, as far as can be told. */
struct outlook {
	struct snapshot then;
	int lowest, highest; /* priority: the same where all it tracks is known */
	bool may_fault;
	char unsure[2 * NAME_MAX_LEN]; /* the first thing that is not known, or "" */
};

static int clamped(int64_t priority)
{
	return (int)(priority < 1 ? 1 : priority >= PRIORITY_OWNER ? PRIORITY_OWNER - 1 : priority);
}

static void add_unsure(struct outlook *o, const struct snapshot_track *t, int64_t sum[2])
{
	if (o->unsure[0] == '\0')
		snprintf(o->unsure, sizeof(o->unsure), "%s %s", check_kind_name(t->check->kind),
			 t->name);
	if (t->check->kind == CHECK_FILE) {
		sum[0] -= t->weight != 0 ? PRIORITY_OWNER : 0;
		sum[1] += t->weight != 0 ? PRIORITY_OWNER : 0;
		return;
	}
	o->may_fault = o->may_fault || t->weight == 0;
	sum[t->weight > 0] += t->weight;
}

static void foresee(const struct preview *pv, uint32_t number, struct outlook *ret)
{
	int64_t sum[2] = { 0, 0 }; /* of the weights, at the least and at the most */
	struct snapshot *then = &ret->then;
	struct snapshot_track t;

	*ret = (struct outlook){ .may_fault = false };
	engine_snapshot(pv->engine, number, clock_now(), then);
	for (uint32_t i = 1; i < then->tracks_total; i++) {
		engine_snapshot_track(pv->engine, number, i, &t);
		if (t.check &&
		    (pv->unsure[t.check - pv->settings->checks] || t.state == CHECK_UNKNOWN)) {
			add_unsure(ret, &t, sum);
		} else {
			sum[0] += t.adds;
			sum[1] += t.adds;
		}
	}
	ret->lowest = ret->highest = then->effective_priority;
	if (ret->unsure[0] == '\0' || then->set->priority == PRIORITY_OWNER ||
	    then->force.to != FORCE_NONE)
		return;
	ret->lowest = clamped(then->set->priority + sum[0]);
	ret->highest = clamped(then->set->priority + sum[1]);
}

/* ---- who would be MASTER ---- */

/* Of that priority, does it take over from the master that it hears? */
static bool wins(const struct snapshot *s, int priority)
{
	return ip_is_set(s->master) && priority > s->master_priority &&
	       (s->set->preempt || priority == PRIORITY_OWNER);
}

/* Who shares a group takes over together with all of it or not at all. */
static void find_losers(struct preview *pv)
{
	for (uint32_t i = 0; i < engine_vrouter_count(pv->engine); i++) {
		struct outlook o;

		foresee(pv, i, &o);
		if (o.then.set->group != 0 && o.then.state != VROUTER_MASTER &&
		    ip_is_set(o.then.master) && !wins(&o.then, o.highest))
			pv->loses[o.then.set->group - 1] = true;
	}
}

static bool takes_over(const struct preview *pv, const struct snapshot *then, int priority)
{
	uint32_t group = then->set->group;

	return then->state == VROUTER_BACKUP && wins(then, priority) &&
	       (group == 0 || !pv->loses[group - 1]);
}

static bool has_peer(const struct snapshot *s, struct ip_addr peer)
{
	for (uint32_t i = 0; i < s->set->peers.count; i++) {
		if (ip_equal(s->settings->peers[s->set->peers.first + i], peer))
			return true;
	}
	return false;
}

/* Is somebody not spoken to any more, or by multicast instead? */
static bool drops_peers(const struct snapshot *now, const struct snapshot *then)
{
	struct range was = now->set->peers;

	if (was.count == 0 || then->set->peers.count == 0)
		return was.count != then->set->peers.count;
	for (uint32_t i = 0; i < was.count; i++) {
		if (!has_peer(then, now->settings->peers[was.first + i]))
			return true;
	}
	return false;
}

/* What changes so that others do not hear it any more, nor it them, unless they change likewise; NULL: nothing. */
static const char *estranged(const struct snapshot *now, const struct snapshot *then)
{
	if (now->set->version != then->set->version)
		return "its version changes";
	if (strcmp(now->set->auth_password, then->set->auth_password) != 0)
		return "its password changes";
	if (drops_peers(now, then))
		return "its peers change";
	/* Who names its peers takes nothing from another address. */
	if (then->set->peers.count != 0 && ip_is_set(then->source) &&
	    !ip_equal(now->source, then->source))
		return "its source address changes";
	/* Version 3 learns the master's. */
	if (then->set->version == 2 &&
	    now->set->advert_interval.us != then->set->advert_interval.us)
		return "its interval changes";
	return NULL;
}

static void preview_master(struct preview *pv, const struct snapshot *now, const struct outlook *o)
{
	const struct snapshot *then = &o->then;
	const char *strange = estranged(now, then);

	if (then->state != VROUTER_MASTER) {
		say(pv, "%s: would be %s (%s%s%s): mastership would move", now->name,
		    vrouter_state_name(then->state), reason_text(then->reason),
		    then->cause[0] != '\0' ? ": " : "", then->cause);
		return;
	}
	if (strange)
		say(pv,
		    "%s: %s: each router that does not change likewise becomes MASTER beside it",
		    now->name, strange);
	if (o->may_fault)
		say(pv, "%s: what %s will say is not known: mastership may move, if it is down",
		    now->name, o->unsure);
	else if (o->unsure[0] != '\0' && o->lowest < now->effective_priority)
		say(pv,
		    "%s: what %s will say is not known: priority %u -> %d at the least, and mastership "
		    "may move to a router of more than that",
		    now->name, o->unsure, now->effective_priority, o->lowest);
	else if (then->effective_priority < now->effective_priority)
		say(pv, "%s: priority %u -> %u: mastership may move to a router of more than %u",
		    now->name, now->effective_priority, then->effective_priority,
		    then->effective_priority);
}

static void preview_backup(struct preview *pv, const struct snapshot *now, const struct outlook *o)
{
	const struct snapshot *then = &o->then;
	const char *strange = estranged(now, then);
	char master[IP_TEXT_MAX], priority[64] = "";

	if (then->state == VROUTER_BACKUP && strange)
		say(pv, "%s: %s: unless its master changes likewise, this one becomes MASTER too",
		    now->name, strange);
	if (then->state == VROUTER_BACKUP && then->set->peers.count != 0 &&
	    then->set->min_ttl > now->set->min_ttl)
		say(pv,
		    "%s: min-ttl %u -> %u: if its master's packets come with less, this one becomes MASTER too",
		    now->name, now->set->min_ttl, then->set->min_ttl);
	/* It is about to take over, whatever happens. */
	if (now->set->group == 0 && wins(now, now->effective_priority))
		return;
	ip_text(then->master, master);
	if (now->effective_priority != then->effective_priority)
		snprintf(priority, sizeof(priority), "priority %u -> %u: ", now->effective_priority,
			 then->effective_priority);
	if (then->state == VROUTER_MASTER)
		say(pv, "%s: mastership would come here", now->name);
	else if (takes_over(pv, then, o->lowest) && !o->may_fault)
		say(pv, "%s: %smastership would come here from %s (priority %u)", now->name,
		    priority, master, then->master_priority);
	else if (takes_over(pv, then, o->highest))
		say(pv,
		    "%s: what %s will say is not known: mastership may come here from %s (priority %u)",
		    now->name, o->unsure, master, then->master_priority);
}

/* One that took no part before has heard nobody. */
static void preview_new(struct preview *pv, const char *what, const struct snapshot *then)
{
	if (then->state == VROUTER_MASTER)
		say(pv, "%s: %s: mastership would come here", then->name, what);
	else if (then->state == VROUTER_BACKUP && then->set->preempt)
		say(pv, "%s: %s: mastership may come here from a router of less than %u",
		    then->name, what, then->effective_priority);
}

static void preview_old(struct preview *pv, uint32_t number)
{
	const struct engine *running = pv->p->run.engine;
	uint32_t successor = engine_same_vrouter(pv->engine, running, number);
	struct snapshot now;
	struct outlook o;

	engine_snapshot(running, number, clock_now(), &now);
	if (successor == UINT32_MAX) {
		if (now.state == VROUTER_MASTER)
			say(pv, "%s: is MASTER here, and would release its addresses", now.name);
		return;
	}
	foresee(pv, successor, &o);
	if (now.state == VROUTER_MASTER)
		preview_master(pv, &now, &o);
	else if (now.state == VROUTER_BACKUP)
		preview_backup(pv, &now, &o);
	else if (now.state == VROUTER_FAULT && o.then.state == VROUTER_FAULT && o.may_fault)
		say(pv,
		    "%s: what %s will say is not known: it may not be FAULT any more, and "
		    "mastership may come here from a router of less than %d",
		    now.name, o.unsure, o.highest);
	else if (now.state == VROUTER_FAULT)
		preview_new(pv, "would not be FAULT any more", &o.then);
}

static void preview_all(struct preview *pv)
{
	const struct engine *running = pv->p->run.engine;
	struct snapshot then;

	find_unsure(pv);
	find_losers(pv);
	for (uint32_t i = 0; i < engine_vrouter_count(running); i++)
		preview_old(pv, i);
	for (uint32_t i = 0; i < engine_vrouter_count(pv->engine); i++) {
		if (engine_same_vrouter(running, pv->engine, i) != UINT32_MAX)
			continue;
		engine_snapshot(pv->engine, i, clock_now(), &then);
		preview_new(pv, "new", &then);
	}
}

json_t *protocol_preview(const struct protocol *p, const struct settings *fresh)
{
	struct preview pv = {
		.p = p,
		.settings = fresh,
		.unsure = calloc((size_t)fresh->check_count + 1, sizeof(bool)),
		.loses = calloc((size_t)fresh->group_count + 1, sizeof(bool)),
		.list = json_array(),
	};

	if (pv.unsure && pv.loses && pv.list && adopt(&pv) == 0)
		preview_all(&pv);
	else
		say(&pv, "whether mastership would move cannot be told: there is no memory for it");
	free(pv.unsure);
	free(pv.loses);
	free(pv.engine);
	return pv.list;
}
