/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each slot carries how many announcements it still gets; the cursor goes round until all are spent. That is all the state there is, so
 * stopping, restarting or adding an address in the middle of a burst needs no bookkeeping.
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

void announcer_burst(struct announcer *a, struct plan *p, uint32_t count)
{
	a->cursor = 0;
	for (uint32_t i = 0; i < a->slots.count; i++) {
		struct slot *s = &p->slots[a->slots.first + i];

		if (plan_presence(s) != SLOT_ABSENT)
			s->announcements = (uint8_t)count;
	}
}

void announcer_start(struct announcer *a, struct plan *p, const struct announce_settings *set,
		     struct instant now)
{
	announcer_burst(a, p, set->count);
	a->running = true;
	a->repeat_at = after(now, set->repeat);
	a->refresh_at = after(now, set->refresh);
}

void announcer_stop(struct announcer *a, struct plan *p)
{
	if (!a->running)
		return;
	a->running = false;
	a->repeat_at = INSTANT_NEVER;
	a->refresh_at = INSTANT_NEVER;
	for (uint32_t i = 0; i < a->slots.count; i++)
		p->slots[a->slots.first + i].announcements = 0;
}

bool announcer_tick(struct announcer *a, struct plan *p, const struct announce_settings *set,
		    struct instant now)
{
	bool repeat = instant_reached(a->repeat_at, now);
	bool refresh = instant_reached(a->refresh_at, now);

	if (repeat) {
		a->repeat_at = INSTANT_NEVER;
		announcer_burst(a, p, set->count);
	} else if (refresh) {
		announcer_burst(a, p, 1);
	}
	if (refresh)
		a->refresh_at = after(now, set->refresh);
	return repeat || refresh;
}

uint32_t announcer_next(struct announcer *a, struct plan *p)
{
	for (uint32_t looked = 0; looked < a->slots.count; looked++) {
		uint32_t number = a->slots.first + a->cursor;
		struct slot *s = &p->slots[number];

		if (s->announcements != 0 && plan_presence(s) != SLOT_ABSENT)
			return number;
		s->announcements = 0;
		a->cursor = (a->cursor + 1) % a->slots.count;
	}
	return INDEX_NONE;
}

void announcer_sent(struct announcer *a, struct plan *p, uint32_t slot)
{
	p->slots[slot].announcements--;
	a->cursor = (a->cursor + 1) % a->slots.count;
}

struct instant announcer_deadline(const struct announcer *a)
{
	return instant_min(a->repeat_at, a->refresh_at);
}
