/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From tracked things to the priority of a virtual router, or to its FAULT. The weights are those that operators know: 0 faults, a negative
 * one is added while the thing is down, a positive one while it is up; the number in a file is multiplied. An operator's force stands above
 * all of them.
 */
#include <stdio.h>
#include <string.h>

#include "core/engine_internal.h"

enum check_state engine_track_state(const struct engine *e, uint32_t track)
{
	const struct track_settings *t = &e->settings->tracks[track];
	const struct tracker *tracker;

	if (t->check == 0) {
		const struct event_link *link = &e->interfaces.table[e->track_place[track]].link;

		return link->ifindex != 0 && link->up ? CHECK_UP : CHECK_DOWN;
	}
	tracker = &e->trackers[t->check - 1];
	if (tracker->state == CHECK_UNKNOWN)
		return CHECK_UNKNOWN;
	return tracker_is_up(tracker, t) ? CHECK_UP : CHECK_DOWN;
}

static bool is_file(const struct engine *e, const struct track_settings *t)
{
	return t->check != 0 && e->settings->checks[t->check - 1].kind == CHECK_FILE;
}

/* What reads files cuts their numbers as well: what is shown is what is added. */
static int64_t file_adds(const struct tracker *tracker, int weight)
{
	int64_t number = tracker->value;

	if (number > FILE_NUMBER_MAX)
		number = FILE_NUMBER_MAX;
	else if (number < -FILE_NUMBER_MAX)
		number = -FILE_NUMBER_MAX;
	return weight * number;
}

int64_t engine_track_adds(const struct engine *e, uint32_t track)
{
	const struct track_settings *t = &e->settings->tracks[track];
	enum check_state state = engine_track_state(e, track);

	if (is_file(e, t))
		return state == CHECK_UP ? file_adds(&e->trackers[t->check - 1], t->weight) : 0;
	if ((t->weight < 0 && state == CHECK_DOWN) || (t->weight > 0 && state == CHECK_UP))
		return t->weight;
	return 0;
}

bool engine_track_faults(const struct engine *e, uint32_t track)
{
	const struct track_settings *t = &e->settings->tracks[track];

	return t->weight == 0 && !is_file(e, t) && engine_track_state(e, track) == CHECK_DOWN;
}

/* Might it fault, and has not said? A weight adds nothing until there is a result, and nobody waits for it. */
static bool is_awaited(const struct engine *e, uint32_t track)
{
	const struct track_settings *t = &e->settings->tracks[track];

	return t->weight == 0 && !is_file(e, t) && engine_track_state(e, track) == CHECK_UNKNOWN;
}

/* ---- weighing ---- */

/* What all tracks of a virtual router come to. */
struct sum {
	int64_t adds;
	bool unknown;    /* something has not spoken yet */
	bool awaited;    /* and it might fault */
	uint32_t faulty; /* a track that faults; UINT32_MAX: none */
};

static void add_tracks(const struct engine *e, struct range tracks, struct sum *sum)
{
	for (uint32_t i = tracks.first; i < tracks.first + tracks.count; i++) {
		sum->adds += engine_track_adds(e, i);
		sum->unknown = sum->unknown || engine_track_state(e, i) == CHECK_UNKNOWN;
		sum->awaited = sum->awaited || is_awaited(e, i);
		if (sum->faulty == UINT32_MAX && engine_track_faults(e, i))
			sum->faulty = i;
	}
}

static struct sum sum_of(const struct engine *e, const struct instance_settings *set)
{
	struct sum sum = { .faulty = UINT32_MAX };

	add_tracks(e, set->tracks, &sum);
	if (set->group != 0)
		add_tracks(e, e->settings->groups[set->group - 1].tracks, &sum);
	return sum;
}

static uint8_t clamped(int64_t priority)
{
	int64_t highest = PRIORITY_OWNER - 1;

	return (uint8_t)(priority < 1 ? 1 : priority > highest ? highest : priority);
}

static uint8_t priority_of(const struct member *m, const struct force *force, const struct sum *sum)
{
	uint8_t base = m->vr.set->priority;

	if (force->to == FORCE_MASTER)
		return PRIORITY_OWNER;
	if (force->to == FORCE_BACKUP)
		return 1;
	if (base == PRIORITY_OWNER)
		return base;
	/* A predecessor's priority counts until everything that it stood on has spoken again, or an operator has. */
	if (m->resumed && sum->unknown && force->to == FORCE_NONE)
		return m->vr.priority;
	return clamped(base + sum->adds);
}

static enum reason own_trouble(const struct force *force, const struct sum *sum)
{
	if (force->to == FORCE_OFF)
		return REASON_FORCED_OFF;
	if (sum->faulty == UINT32_MAX || (force->to == FORCE_MASTER && force->despite_faults))
		return REASON_NONE;
	return REASON_TRACK_DOWN;
}

static const char *track_kind_name(const struct engine *e, const struct track_settings *t)
{
	return t->check == 0 ? "interface"
			     : check_kind_name(e->settings->checks[t->check - 1].kind);
}

static const char *track_name(const struct engine *e, const struct track_settings *t)
{
	return t->check == 0 ? t->interface : e->settings->checks[t->check - 1].name;
}

/* All but the priority, which may have to be told. */
static void apply(struct engine *e, struct member *m, const struct force *force,
		  const struct sum *sum)
{
	struct vrouter *vr = &m->vr;

	m->own = own_trouble(force, sum);
	m->held = (sum->awaited && force->to != FORCE_MASTER) || engine_link_awaited(e, m);
	m->resumed = m->resumed && sum->unknown && force->to == FORCE_NONE &&
		     m->vr.set->priority != PRIORITY_OWNER;
	vr->last_resort = force->to == FORCE_BACKUP;
	vr->gated = m->fate != INDEX_NONE || m->held;
	/* What its group imposes on it is for the group to take back. */
	if (m->own != REASON_NONE || vr->imposed != REASON_GROUP)
		vr->imposed = m->own;
	if (m->own == REASON_TRACK_DOWN) {
		const struct track_settings *t = &e->settings->tracks[sum->faulty];

		snprintf(vr->imposed_by, sizeof(vr->imposed_by), "%s %s", track_kind_name(e, t),
			 track_name(e, t));
	}
}

void engine_weigh_silently(struct engine *e, uint32_t number)
{
	struct member *m = &e->members[number];
	const struct force *force = &e->forces[m->instance];
	struct sum sum = sum_of(e, m->vr.set);

	m->vr.priority = priority_of(m, force, &sum);
	apply(e, m, force, &sum);
}

void engine_weigh(struct engine *e, uint32_t number, enum reason why, const char *by)
{
	struct member *m = &e->members[number];
	const struct force *force = &e->forces[m->instance];
	struct sum sum = sum_of(e, m->vr.set);
	struct vrouter_step step = engine_step_of(e, VROUTER_LINK_CHANGED);
	enum reason imposed = m->vr.imposed;

	uint8_t priority = priority_of(m, force, &sum);

	/* Before the start nothing is told, and at the start everybody is weighed. */
	if (!e->started)
		return;
	/* Who faults has nothing to advertise any more, and who recovers not yet. */
	apply(e, m, force, &sum);
	if (m->vr.imposed != imposed)
		engine_input_why(e, number, VROUTER_LINK_CHANGED, why);
	vrouter_set_priority(&m->vr, priority, &step, why, by);
	if (m->vr.wants && !m->vr.gated)
		engine_input(e, number, VROUTER_TAKE);
	engine_settle(e, number);
}

/* ---- what changes ---- */

static bool tracks_it(const struct engine *e, struct range tracks, uint32_t check, uint32_t place)
{
	for (uint32_t i = tracks.first; i < tracks.first + tracks.count; i++) {
		if (check != INDEX_NONE ? e->settings->tracks[i].check == check + 1
					: e->track_place[i] == place)
			return true;
	}
	return false;
}

/* Weighs every virtual router that tracks the check, or the interface; INDEX_NONE for the other. */
static void weigh_all(struct engine *e, uint32_t check, uint32_t place, enum reason why,
		      const char *by)
{
	const struct settings *s = e->settings;

	for (uint32_t i = 0; i < e->member_count; i++) {
		const struct instance_settings *set = e->members[i].vr.set;

		if (tracks_it(e, set->tracks, check, place) ||
		    (set->group != 0 &&
		     tracks_it(e, s->groups[set->group - 1].tracks, check, place)))
			engine_weigh(e, i, why, by);
	}
}

void engine_weigh_interface(struct engine *e, uint32_t place)
{
	const struct event_link *link = &e->interfaces.table[place].link;
	char by[NAME_MAX_LEN + 16];

	if (e->settings->track_count == 0)
		return;
	snprintf(by, sizeof(by), "interface %s", link->name);
	weigh_all(e, INDEX_NONE, place,
		  link->ifindex != 0 && link->up ? REASON_TRACK_UP : REASON_TRACK_DOWN, by);
}

static void tell_track(struct engine *e, const struct tracker *t, enum check_state from,
		       int64_t from_value)
{
	struct history_event event = {
		.kind = HISTORY_TRACK,
		.at = e->now,
		.wall_us = e->wall_us,
		.code = t->set->kind == CHECK_FILE && from != CHECK_UNKNOWN,
	};
	const char *colon = t->why[0] != '\0' ? ": " : "";

	event.from = event.code != 0 ? (int32_t)from_value : (int32_t)from;
	event.to = event.code != 0 ? (int32_t)t->value : (int32_t)t->state;
	snprintf(event.text, sizeof(event.text), "%s %s%s%.150s", check_kind_name(t->set->kind),
		 t->set->name, colon, t->why);
	history_append(&e->history, &event);
}

/* It is another one now: who tracks it is weighed. */
static void tracker_changed(struct engine *e, uint32_t check, enum check_state from,
			    int64_t from_value)
{
	const struct tracker *t = &e->trackers[check];
	enum reason why = t->state == CHECK_UP ? REASON_TRACK_UP : REASON_TRACK_DOWN;
	char by[NAME_MAX_LEN + 16];

	tell_track(e, t, from, from_value);
	snprintf(by, sizeof(by), "%s %s", check_kind_name(t->set->kind), t->set->name);
	if (t->set->kind == CHECK_FILE)
		why = REASON_TRACK_NUMBER; /* it is neither up nor down */
	weigh_all(e, check, INDEX_NONE, why, by);
}

void engine_on_check(struct engine *e, const struct event_check *in)
{
	struct tracker *t = &e->trackers[in->check];
	enum check_state from = t->state;
	int64_t from_value = t->value;
	bool changed = tracker_result(t, in->value, in->why, e->now);

	deadlines_set(&e->tracker_timers, in->check, t->decide_at);
	if (changed)
		tracker_changed(e, in->check, from, from_value);
}

void engine_show_session(struct engine *e, uint32_t check, const struct bfd_session *session)
{
	e->trackers[check].session = session;
}

void engine_tick_trackers(struct engine *e)
{
	uint32_t check;

	while (deadlines_due(&e->tracker_timers, e->now, &check)) {
		struct tracker *t = &e->trackers[check];
		enum check_state from = t->state;
		int64_t from_value = t->value;
		bool changed = tracker_tick(t, e->now);

		deadlines_set(&e->tracker_timers, check, t->decide_at);
		if (changed)
			tracker_changed(e, check, from, from_value);
	}
}

void engine_await_checks(struct engine *e)
{
	for (uint32_t i = 0; i < e->settings->check_count; i++) {
		tracker_await(&e->trackers[i], e->now);
		deadlines_set(&e->tracker_timers, i, e->trackers[i].decide_at);
	}
}
