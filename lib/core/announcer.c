/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each slot carries how many announcements it still gets. It stands in the queue of its interface for the first of them, and goes to the
 * end of the other one for the rest. A slot whose announcements were called off stays queued and is skipped when its turn
 * comes, so stopping in the middle needs no search.
 */
#include "core/announcer.h"

static struct instant after(struct instant now, struct span wait)
{
	return wait.us == 0 ? INSTANT_NEVER : instant_add(now, wait);
}

void announcer_init(struct announcer *a, struct range slots)
{
	*a = (struct announcer){
		.repeat_at = INSTANT_NEVER,
		.refresh_at = INSTANT_NEVER,
		.slots = slots,
	};
}

void announce_slot(struct plan *p, struct interfaces *is, uint32_t slot, uint32_t count)
{
	struct slot *s = &p->slots[slot];

	if (s->announcements < count)
		s->announcements = (uint8_t)count;
	worklist_add(&is->table[s->interface].announce_first, slot);
	worklist_add(&is->announcing, s->interface);
}

void announcer_burst(const struct announcer *a, struct plan *p, struct interfaces *is,
		     uint32_t count)
{
	for (uint32_t i = 0; i < a->slots.count; i++) {
		uint32_t slot = a->slots.first + i;

		if (plan_presence(&p->slots[slot]) != SLOT_ABSENT)
			announce_slot(p, is, slot, count);
	}
}

void announcer_start(struct announcer *a, struct plan *p, struct interfaces *is,
		     const struct announce_settings *set, struct instant now)
{
	a->running = true;
	a->repeat_at = after(now, set->repeat);
	a->refresh_at = after(now, set->refresh);
	announcer_burst(a, p, is, set->count);
}

void announcer_resume(struct announcer *a, const struct announce_settings *set, struct instant now)
{
	struct instant refresh_at = after(now, set->refresh);

	a->running = true;
	a->refresh_at = instant_is_never(refresh_at) ? INSTANT_NEVER
						     : instant_min(a->refresh_at, refresh_at);
}

void announcer_stop(struct announcer *a, struct plan *p)
{
	if (!a->running && instant_is_never(announcer_deadline(a)))
		return;
	a->running = false;
	a->repeat_at = INSTANT_NEVER;
	a->refresh_at = INSTANT_NEVER;
	for (uint32_t i = 0; i < a->slots.count; i++)
		p->slots[a->slots.first + i].announcements = 0;
}

void announcer_tick(struct announcer *a, struct plan *p, struct interfaces *is,
		    const struct announce_settings *set, struct instant now)
{
	if (instant_reached(a->repeat_at, now)) {
		a->repeat_at = INSTANT_NEVER;
		announcer_burst(a, p, is, set->count);
	}
	if (instant_reached(a->refresh_at, now)) {
		a->refresh_at = after(now, set->refresh);
		announcer_burst(a, p, is, 1);
	}
}

struct instant announcer_deadline(const struct announcer *a)
{
	return instant_min(a->repeat_at, a->refresh_at);
}

uint32_t announce_take(struct plan *p, struct interface *there)
{
	uint32_t slot;

	while (worklist_take(&there->announce_first, &slot) ||
	       (p->in_flight == 0 && worklist_take(&there->announce_again, &slot))) {
		struct slot *s = &p->slots[slot];

		if (s->announcements == 0)
			continue;
		if (plan_presence(s) == SLOT_ABSENT) {
			s->announcements = 0;
			continue;
		}
		if (--s->announcements != 0)
			worklist_add(&there->announce_again, slot);
		return slot;
	}
	return INDEX_NONE;
}
