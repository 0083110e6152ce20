/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When addresses are announced: each as soon as the kernel has it, all again some seconds later and, if wished, for as long as their
 * virtual router is master. Every interface has one queue, so that pacing and order are decided where they matter: all
 * addresses once before any twice, and none twice while the kernel is still being given more of them.
 */
#ifndef CORE_ANNOUNCER_H
#define CORE_ANNOUNCER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "core/interfaces.h"
#include "core/plan.h"
#include "core/settings.h"

/* The timers of one virtual router. */
struct announcer {
	struct instant repeat_at, refresh_at; /* INSTANT_NEVER when not running */
	struct range slots;                   /* in the plan */
	bool running;                         /* MASTER */
};

void announcer_init(struct announcer *a, struct range slots);

/* Master by a take-over: arms the timers. Addresses that are there are announced now, the others when they are. */
void announcer_start(struct announcer *a, struct plan *p, struct interfaces *is,
		     const struct announce_settings *set, struct instant now);

/*
 * Master without a take-over (resumed after a restart, or with new settings): nothing is announced for that, but the refreshing is set
 * right.
 */
void announcer_resume(struct announcer *a, const struct announce_settings *set, struct instant now);

/* No longer master: no timer and no announcement is left behind. */
void announcer_stop(struct announcer *a, struct plan *p);

/* Has a timer expired? Then its burst is queued. */
void announcer_tick(struct announcer *a, struct plan *p, struct interfaces *is,
		    const struct announce_settings *set, struct instant now);

/* Another `count` announcements, or as many as are still outstanding, for every address that is there. */
void announcer_burst(const struct announcer *a, struct plan *p, struct interfaces *is,
		     uint32_t count);

struct instant announcer_deadline(const struct announcer *a);

/* The same for a single slot, whose address is there. */
void announce_slot(struct plan *p, struct interfaces *is, uint32_t slot, uint32_t count);

/*
 * The slot to be announced next on that interface, which counts as announced then; INDEX_NONE for none. Repeats wait until the plan has no
 * change under way.
 */
uint32_t announce_take(struct plan *p, struct interface *there);

#endif
