/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an engine is made of, for the files that make up the engine: engine.c (events and actions), engine_setup.c (memory, adoption,
 * restoring) and engine_view.c (looking). Nobody else includes this.
 */
#ifndef CORE_ENGINE_INTERNAL_H
#define CORE_ENGINE_INTERNAL_H

#include "base/deadlines.h"
#include "base/worklist.h"
#include "core/announcer.h"
#include "core/engine.h"
#include "core/interfaces.h"
#include "core/limiter.h"
#include "core/plan.h"
#include "core/vrouter.h"

/* A virtual router with what ties it to the rest. */
struct member {
	struct vrouter vr;
	struct announcer announcer;
	uint32_t interface;  /* number in the interface table */
	uint32_t next_there; /* the next virtual router of that interface; INDEX_NONE: the last */
	struct range slots;  /* its addresses in the plan */
	bool holding;        /* its slots are wanted */
};

struct engine {
	const struct settings *settings;
	struct interfaces interfaces;
	struct member *members;
	uint32_t member_count;
	struct plan plan;
	struct vip *leftovers; /* addresses to be removed that the settings do not name */
	uint32_t leftover_count, leftover_cap;
	struct deadlines timers;        /* one a virtual router */
	struct worklist adverts, saves; /* virtual routers with such work */
	struct history history;
	struct limiter
		senders; /* complaints about advertisements, and about the kernel: apart, so */
	struct limiter kernel;    /* that a flood of the one does not silence the other */
	struct counters counters; /* of no virtual router */
	struct instant now;       /* of the last event */
	int64_t wall_us;
	struct instant announce_due; /* when interfaces.announcing may go on */
	uint32_t announce_budget;    /* announcements that this step may still hand out */
	bool started, stopping;
};

/* Carries out what a step of the virtual router has left in its `out`, and files its next deadline. */
void engine_settle(struct engine *e, uint32_t number);

/* Steps a virtual router with an input that carries nothing, and settles it. */
void engine_input(struct engine *e, uint32_t number, enum vrouter_input input);

/* Tells of addresses of this virtual router that are here although it is not master, and are somebody else's. */
void engine_look_for_foreign(struct engine *e, uint32_t number);

/* Lets a virtual router release in order. */
void engine_shut_down(struct engine *e, uint32_t number, enum reason why);

/* The link as the virtual router sees it: its own source address first. */
struct vrouter_link engine_link_of(const struct engine *e, uint32_t number);

#endif
