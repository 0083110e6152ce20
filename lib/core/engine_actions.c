/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way out of the engine: what the steps have filed is handed out one action at a time, in the order that matters:
 * advertisements before anything else, announcements last and only as many at a time as leave room for the rest.
 */
#include "core/engine_internal.h"

static bool take_advert(struct engine *e, struct worklist *from, struct action *ret)
{
	uint32_t number;
	struct vrouter *vr;

	/* It may have stood in both lists. */
	do {
		if (!worklist_take(from, &number))
			return false;
		vr = &e->members[number].vr;
	} while (!vr->out.advertise);
	vr->out.advertise = false;
	vr->counters.value[COUNTER_ADVERTS_SENT]++;
	if (vr->out.advertise_priority == VRRP_PRIORITY_RELEASE)
		vr->counters.value[COUNTER_PRIORITY_ZERO_SENT]++;
	*ret = (struct action){
		.kind = ACTION_ADVERTISE,
		.vrouter = number,
		.priority = vr->out.advertise_priority,
		.ifindex =
			engine_advert_ifindex(e, &e->members[number], vr->out.advertise_priority),
	};
	return true;
}

static bool take_save(struct engine *e, struct action *ret)
{
	uint32_t number;

	if (!worklist_take(&e->saves, &number))
		return false;
	e->members[number].vr.out.save = false;
	*ret = (struct action){ .kind = ACTION_SAVE, .vrouter = number };
	return true;
}

static bool take_address(struct engine *e, struct action *ret)
{
	uint32_t number;
	struct slot *s;
	bool add;

	if (!e->started || !plan_next(&e->plan, &number, &add))
		return false;
	s = &e->plan.slots[number];
	*ret = (struct action){
		.kind = add ? ACTION_ADD_ADDRESS : ACTION_REMOVE_ADDRESS,
		.vrouter = s->vrouter,
		.ifindex = s->ifindex,
		.vip = s->vip,
		.staged = s->staged && !e->members[s->vrouter].link.wanted_up,
	};
	return true;
}

static void announce(struct engine *e, const struct slot *s, struct interface *there,
		     struct action *ret)
{
	struct vrouter *vr = &e->members[s->vrouter].vr;

	*ret = (struct action){
		.kind = ACTION_ANNOUNCE,
		.vrouter = s->vrouter,
		.ifindex = s->ifindex,
		.mac = there->link.mac,
		.vip = s->vip,
	};
	there->announce_after = instant_add(e->now, vr->set->announce.interval);
	vr->counters.value[COUNTER_ANNOUNCEMENTS_SENT]++;
	e->announce_budget--;
}

/* Must the interface still pause (announce-interval)? Then note when it may go on. */
static bool pauses(struct engine *e, const struct interface *there)
{
	if (instant_reached(there->announce_after, e->now))
		return false;
	e->announce_due = instant_min(e->announce_due, there->announce_after);
	return true;
}

static bool announces_nothing(const struct interface *there)
{
	return worklist_empty(&there->announce_first) && worklist_empty(&there->announce_again);
}

/* Each interface in turn; those that must wait keep their place in the round. */
static bool take_announcement(struct engine *e, struct action *ret)
{
	uint32_t first_waiting = INDEX_NONE;
	uint32_t place, slot;

	if (e->announce_budget == 0) {
		if (!worklist_empty(&e->interfaces.announcing))
			e->announce_due = e->now;
		return false;
	}
	while (worklist_take(&e->interfaces.announcing, &place)) {
		struct interface *there = &e->interfaces.table[place];

		slot = place == first_waiting || pauses(e, there) ? INDEX_NONE
								  : announce_take(&e->plan, there);
		if (!announces_nothing(there))
			worklist_add(&e->interfaces.announcing, place);
		if (slot != INDEX_NONE) {
			announce(e, &e->plan.slots[slot], there, ret);
			return true;
		}
		if (place == first_waiting)
			break;
		if (first_waiting == INDEX_NONE && !announces_nothing(there))
			first_waiting = place;
	}
	return false;
}

static bool take_notice(struct worklist *from, enum action_kind kind, struct action *ret)
{
	uint32_t notifier;

	if (!worklist_take(from, &notifier))
		return false;
	*ret = (struct action){ .kind = kind, .vrouter = UINT32_MAX, .notifier = notifier };
	return true;
}

/* Last: nothing but a line of the log waits for it. */
static bool take_identify(struct engine *e, struct action *ret)
{
	const struct conflict_seen *one = e->started ? conflicts_take_asking(&e->conflicts) : NULL;

	if (!one)
		return false;
	*ret = (struct action){
		.kind = ACTION_IDENTIFY,
		.vrouter = one->vrouter,
		.ifindex = one->ifindex,
		.address = one->sender,
	};
	return true;
}

/* Nearly every step leaves nothing, or nothing more: then it is not looked for in each place. */
static bool is_idle(const struct engine *e)
{
	return worklist_empty(&e->adverts) && worklist_empty(&e->raises) &&
	       worklist_empty(&e->late_adverts) && worklist_empty(&e->saves) &&
	       worklist_empty(&e->links) && e->stray_count == 0 && worklist_empty(&e->plan.work) &&
	       worklist_empty(&e->routing.work) && worklist_empty(&e->interfaces.announcing) &&
	       worklist_empty(&e->states) && worklist_empty(&e->hooks) &&
	       instant_is_never(conflicts_deadline(&e->conflicts));
}

bool engine_next_action(struct engine *e, struct action *ret)
{
	if (is_idle(e))
		return false;
	return take_advert(e, &e->adverts, ret) || engine_take_raise(e, ret) ||
	       take_advert(e, &e->late_adverts, ret) || take_save(e, ret) ||
	       engine_take_link(e, ret) || engine_take_stray(e, ret) || take_address(e, ret) ||
	       engine_take_routing(e, ret) || take_announcement(e, ret) ||
	       take_notice(&e->states, ACTION_STATE, ret) ||
	       take_notice(&e->hooks, ACTION_HOOKS, ret) || take_identify(e, ret);
}
