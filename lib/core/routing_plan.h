/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Desired against observed, as plan.h has it for addresses, for routes and rules: one entry for each that a virtual router may hold. An entry
 * that changes under a key that stays is replaced in one step, so that nothing is ever without a route.
 */
#ifndef CORE_ROUTING_PLAN_H
#define CORE_ROUTING_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/index.h"
#include "base/instant.h"
#include "base/worklist.h"
#include "core/plan.h"
#include "core/routing.h"

enum {
	ROUTING_IN_FLIGHT_MAX = 32, /* changes without an answer */
	ROUTING_LOSSES_MAX =
		5, /* removed so often in a row, each soon after it was back: a pause before the next time */
};

struct routing_entry {
	const struct routing *what;
	uint32_t vrouter;         /* its number, or PLAN_NO_VROUTER for a leftover */
	bool wanted;              /* its virtual router holds its addresses */
	bool ready;               /* all that can be had of them are in place */
	enum slot_presence there; /* OURS: of ours, be it outdated */
	bool outdated;            /* OURS, or asked for, but not as it is wanted */
	bool lost;                /* somebody removed it: tell when it is back */
	bool retired;     /* as a leftover it is one of a reload, whose removal was asked for */
	uint8_t flight;   /* enum slot_flight */
	uint8_t failures; /* in a row */
	uint8_t losses;
	struct instant added_at; /* when the kernel confirmed it last */
	struct instant retry_at; /* not to be touched before; INSTANT_NEVER: at once */
};

struct routing_plan {
	struct routing_entry *entries;
	uint32_t count, in_flight;
	struct worklist work;
	struct index by_key;
	struct instant retry_at; /* the earliest of the entries', or INSTANT_NEVER */
};

/* What is to be asked of the kernel. */
enum routing_change {
	ROUTING_ADD,     /* it must not be there */
	ROUTING_REPLACE, /* one of that key is there, and is ours */
	ROUTING_REMOVE,
};

/* The arrays have cap elements (heads: index_buckets(cap)). */
void routing_plan_init(struct routing_plan *p, uint32_t cap, struct routing_entry *entries,
		       uint32_t *work, uint32_t *heads, uint32_t *chain);

/* A new entry; the plan must not be full. Its number. */
uint32_t routing_plan_add(struct routing_plan *p, const struct routing *what, uint32_t vrouter);

/* The entry with the key of that, or INDEX_NONE. */
uint32_t routing_plan_find(const struct routing_plan *p, const struct routing *what);

/* A leftover that is done with gets another content, which is in place already where `what` points to: between the two nobody finds it. */
void routing_plan_forget(struct routing_plan *p, uint32_t entry);
void routing_plan_place(struct routing_plan *p, uint32_t entry);

void routing_plan_want(struct routing_plan *p, uint32_t entry, bool wanted);

/* Wanted, and the addresses of its virtual router are as far in place as they can be. */
void routing_plan_ready(struct routing_plan *p, uint32_t entry);

/* Not to be touched before; INSTANT_NEVER: now. */
void routing_plan_spare(struct routing_plan *p, uint32_t entry, struct instant until);

/* The kernel has this (of the entry's key), or nothing of that key any more. */
void routing_plan_observe(struct routing_plan *p, uint32_t entry, const struct routing *there,
			  bool present, struct instant now);

/* The kernel's answer; false where nothing was asked. */
bool routing_plan_answer(struct routing_plan *p, uint32_t entry, bool removal, int error,
			 struct instant now);

/* The next change to ask the kernel for, now in flight. */
bool routing_plan_next(struct routing_plan *p, uint32_t *ret_entry, enum routing_change *ret);

/* Nothing waits any more for its next try. */
void routing_plan_hurry(struct routing_plan *p);

/* Puts entries whose waiting is over back to work. */
void routing_plan_tick(struct routing_plan *p, struct instant now);

/* Has it nothing in the kernel of its own and nothing in flight? And is it not wanted either? */
bool routing_entry_gone(const struct routing_entry *r);
bool routing_entry_done(const struct routing_entry *r);

/* Is it where it is wanted, or cannot be brought there now? */
bool routing_entry_settled(const struct routing_entry *r, struct instant now);

#endif
