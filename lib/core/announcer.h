/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a virtual router's addresses are announced: each as soon as the kernel has it, all again some seconds later and, if wished, for as
 * long as it is master. The addresses are gone through in order, all once before any twice, so that the first of a thousand and the
 * last are both announced early.
 */
#ifndef CORE_ANNOUNCER_H
#define CORE_ANNOUNCER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "core/plan.h"
#include "core/settings.h"

struct announcer {
	struct instant repeat_at, refresh_at; /* INSTANT_NEVER when not running */
	struct range slots;                   /* in the plan */
	bool running;                         /* MASTER */
	uint32_t cursor; /* the next to be looked at, counted from slots.first */
};

void announcer_init(struct announcer *a, struct range slots);

/* A take-over: arms the timers; every address that is there already is to be announced, the others when they are. */
void announcer_start(struct announcer *a, struct plan *p, const struct announce_settings *set,
		     struct instant now);

/* No longer master: no timer is left behind. */
void announcer_stop(struct announcer *a, struct plan *p);

/* Another burst for every address that is there, `count` each. */
void announcer_burst(struct announcer *a, struct plan *p, uint32_t count);

/* Has a timer expired? Then the burst is under way: true. */
bool announcer_tick(struct announcer *a, struct plan *p, const struct announce_settings *set,
		    struct instant now);

/* The slot to be announced next, or INDEX_NONE; announcer_sent() when it has been. */
uint32_t announcer_next(struct announcer *a, struct plan *p);
void announcer_sent(struct announcer *a, struct plan *p, uint32_t slot);

struct instant announcer_deadline(const struct announcer *a);

#endif
