/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual routers that share one fate: the members of a group, or the two of an instance with both families. If one of them faults, all do; if one
 * must yield, all do; and they become master together, when nothing keeps any of them from it. Each still speaks its own protocol: what
 * they have in common is settled here, after each step, from what they want.
 *
 * Two routers of which each wins with another member would both give up, or neither. The member that comes first in the order of VRIDs leads
 * therefore: who wins there stays master of all.
 */
#include <stdio.h>

#include "core/engine_internal.h"

static struct member *member_at(struct engine *e, uint32_t fate, uint32_t i)
{
	return &e->members[e->fate_members[e->fates[fate].first + i]];
}

static uint32_t number_at(const struct engine *e, uint32_t fate, uint32_t i)
{
	return e->fate_members[e->fates[fate].first + i];
}

/* A member that a reload takes away, or has not begun yet, is no longer asked. */
static bool takes_part(const struct engine *e, const struct member *m)
{
	return !e->started || m->vr.state != VROUTER_INIT;
}

/* Whom a member has to thank for what its group does to it. */
static void blame(struct member *m, const struct vrouter *culprit)
{
	_Static_assert(sizeof(m->vr.imposed_by) >= sizeof(culprit->name), "room for a name");
	snprintf(m->vr.imposed_by, sizeof(m->vr.imposed_by), "%s", culprit->name);
}

/* FAULT for all where one has a reason of its own, and an end to it where none has. */
static void share_faults(struct engine *e, uint32_t fate)
{
	uint32_t count = e->fates[fate].count;
	const struct vrouter *culprit = NULL;

	for (uint32_t i = 0; i < count && !culprit; i++) {
		const struct member *m = member_at(e, fate, i);

		if (takes_part(e, m) && vrouter_in_trouble(&m->vr))
			culprit = &m->vr;
	}
	for (uint32_t i = 0; i < count; i++) {
		struct member *m = member_at(e, fate, i);
		enum reason imposed = m->own;

		if (culprit && !vrouter_in_trouble(&m->vr)) {
			imposed = REASON_GROUP;
			blame(m, culprit);
		}
		if (m->vr.imposed == imposed)
			continue;
		m->vr.imposed = imposed;
		engine_input(e, number_at(e, fate, i), VROUTER_LINK_CHANGED);
	}
}

/*
 * Those who may go on where a predecessor stood do so together: who waits for its link, and has been faulted with the others meanwhile, cannot
 * go on for longer than the first of them can.
 */
static void share_resumption(struct engine *e, uint32_t fate)
{
	struct instant earliest = INSTANT_NEVER;

	for (uint32_t i = 0; i < e->fates[fate].count; i++)
		earliest = instant_min(earliest, member_at(e, fate, i)->vr.resume_until);
	for (uint32_t i = 0; i < e->fates[fate].count; i++) {
		struct vrouter *vr = &member_at(e, fate, i)->vr;

		if (!instant_is_never(vr->resume_until))
			vr->resume_until = earliest;
	}
}

/* What the members want, taken together. */
struct wishes {
	bool master;
	bool ready; /* BACKUP, and would be master if the others were */
	const struct vrouter
		*follower; /* BACKUP, and hears a master that it leaves alone; or FAULT */
	bool listens; /* BACKUP, and has not listened long enough: a reload has brought it in */
	bool held;    /* something tracked that might fault has not spoken yet */
};

/* Nobody has been heard, and the time for that is not over. Who yielded for its group has a successor all the same. */
static bool listens(const struct vrouter *vr)
{
	return vr->state == VROUTER_BACKUP && !vr->wants && !ip_is_set(vr->master) &&
	       vr->reason != REASON_GROUP && vr->reason != REASON_FORCED_BACKUP;
}

static struct wishes wishes_of(struct engine *e, uint32_t fate)
{
	struct wishes w = { 0 };

	for (uint32_t i = 0; i < e->fates[fate].count; i++) {
		const struct member *m = member_at(e, fate, i);
		const struct vrouter *vr = &m->vr;

		if (!takes_part(e, m))
			continue;
		w.master = w.master || vr->state == VROUTER_MASTER;
		w.ready = w.ready || vr->wants;
		w.listens = w.listens || listens(vr);
		if (!w.follower && vr->state != VROUTER_MASTER && !vr->wants && !listens(vr))
			w.follower = vr;
		w.held = w.held || m->held;
	}
	return w;
}

unsigned engine_fate_share(const struct member *m)
{
	const struct vrouter *vr = &m->vr;

	if (m->fate == INDEX_NONE)
		return 0;
	return (unsigned)vr->state << 4 | (unsigned)vr->wants << 3 | (unsigned)listens(vr) << 2 |
	       (unsigned)vrouter_in_trouble(vr) << 1 | instant_is_never(vr->resume_until);
}

/* Says it to all: it means nothing to whom it does not concern. */
static void order(struct engine *e, uint32_t fate, enum vrouter_input input, enum reason why)
{
	for (uint32_t i = 0; i < e->fates[fate].count; i++)
		engine_input_why(e, number_at(e, fate, i), input, why);
}

static void yield_to(struct engine *e, uint32_t fate, const struct vrouter *follower)
{
	for (uint32_t i = 0; i < e->fates[fate].count; i++) {
		struct member *m = member_at(e, fate, i);

		if (m->vr.state == VROUTER_MASTER)
			blame(m, follower);
	}
	order(e, fate, VROUTER_YIELD, REASON_GROUP);
}

void engine_settle_fate(struct engine *e, uint32_t fate)
{
	struct wishes w;

	share_resumption(e, fate);
	share_faults(e, fate);
	w = wishes_of(e, fate);
	/* Either ends what it is done for, so that settling comes to an end. */
	if (w.master && w.follower)
		yield_to(e, fate, w.follower);
	else if (w.ready && !w.follower && !w.listens && !w.held)
		order(e, fate, VROUTER_TAKE, REASON_NONE);
}

/*
 * A member that is not the first one hears somebody stronger. Where an earlier one is winning its own contest with a weaker master, all stay:
 * the other router must yield with all of its own. Otherwise the news may only not have come yet from there: one interval is given to it.
 */
bool engine_stands(struct engine *e, uint32_t number, const struct event_advert *in)
{
	struct member *m = &e->members[number];
	struct span interval = span_max(m->vr.set->advert_interval, in->advert->interval);

	if (m->fate == INDEX_NONE || m->vr.state != VROUTER_MASTER ||
	    vrouter_stronger(&m->vr, in->advert, in->src) == REASON_NONE)
		return false;
	for (uint32_t i = 0; number_at(e, m->fate, i) != number; i++) {
		if (!instant_is_never(member_at(e, m->fate, i)->vr.rival_quiet))
			return true;
	}
	if (number_at(e, m->fate, 0) == number)
		return false;
	/* A contest of long ago says nothing of this one. */
	if (instant_is_never(m->contest_until) ||
	    instant_diff(e->now, m->contest_until).us > span_times(interval, 2).us)
		m->contest_until = instant_add(e->now, interval);
	return !instant_reached(m->contest_until, e->now);
}
