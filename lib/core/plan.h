/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Desired against observed: one slot for every address that a virtual router may hold, with whether it is wanted and whether the
 * kernel has it. The difference is the work. Start-up, take-over, release, reload, recovery and "somebody removed our
 * address" all are a change of one side or the other, and take the same path.
 */
#ifndef CORE_PLAN_H
#define CORE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/index.h"
#include "base/instant.h"
#include "base/worklist.h"
#include "core/settings.h"
#include "core/snapshot.h"

#define PLAN_NO_VROUTER UINT32_MAX

enum {
	PLAN_RETRY_FIRST_MS = 100, /* after the kernel refused; four times as long each time */
	PLAN_RETRY_MAX_MS = 60000,
	PLAN_LOST_AGAIN_MS = 1000, /* removed by somebody so soon after it came back: once more */
};

/*
 * How many changes may be unanswered: few at first, so that the first address of a take-over need not wait until the kernel has done the
 * last of a long batch; twice as many with each answer.
 */
enum {
	PLAN_WINDOW_FIRST = 8,
	PLAN_WINDOW_MAX = 64,
};

enum slot_flight {
	SLOT_IDLE,
	SLOT_ADDING, /* asked the kernel, not answered yet */
	SLOT_REMOVING,
};

/* One bit for each prefix length from 0 to 128. */
enum {
	SLOT_PREFIX_WORDS = 3
};

struct slot {
	const struct vip *vip;
	uint32_t vrouter;    /* its number, or PLAN_NO_VROUTER for a leftover */
	uint32_t interface;  /* number in the interface table; INDEX_NONE for a leftover */
	uint32_t next_there; /* the next slot of that interface; INDEX_NONE: the last */
	int32_t ifindex;     /* where it is or would be; 0 while the interface does not exist */
	bool wanted;
	bool advertised;
	bool staged;   /* on a link of ours, which is down while nobody is to be served */
	bool ours;     /* the kernel has it with our tag and this prefix length */
	bool outdated; /* made, or asked for, with another label, scope… than is wanted now */
	uint64_t
		foreign[SLOT_PREFIX_WORDS]; /* prefix lengths with which it is there and not ours */
	uint8_t flight;                     /* enum slot_flight */
	uint8_t failures;                   /* in a row */
	uint8_t announcements;              /* still to be sent */
	bool lost;                          /* somebody removed it: tell when it is back */
	bool retired;            /* leftover of a reload: its removal is what was asked for */
	uint8_t losses;          /* so removed in a row, each soon after it was back */
	struct instant added_at; /* when the kernel confirmed it last */
	struct instant retry_at; /* not to be touched before; INSTANT_NEVER: at once */
};

struct plan {
	struct slot *slots;
	uint32_t count;
	uint32_t in_flight;   /* how many are not SLOT_IDLE */
	uint32_t window;      /* how many may be */
	struct worklist work; /* slots that may have something to do */
	struct index by_address;
	struct instant retry_at; /* the earliest of the slots', or INSTANT_NEVER */
};

/* The arrays have cap elements (heads: index_buckets(cap)). */
void plan_init(struct plan *p, uint32_t cap, struct slot *slots, uint32_t *work, uint32_t *heads,
	       uint32_t *chain);

/* A new slot, idle and unwanted; the plan must not be full. Its number. */
uint32_t plan_add(struct plan *p, const struct vip *vip, uint32_t vrouter, uint32_t interface,
		  int32_t ifindex);

/* The first slot of that address at that interface, or INDEX_NONE; and the next one (another prefix length). */
uint32_t plan_find(const struct plan *p, int32_t ifindex, struct ip_addr addr);
uint32_t plan_find_next(const struct plan *p, uint32_t slot);

enum slot_presence plan_presence(const struct slot *s);

void plan_want(struct plan *p, uint32_t slot, bool wanted);

/* It is needed now: what the kernel refused is asked for again at once. */
void plan_hurry(struct plan *p, uint32_t slot);

/* The interface came (ifindex) or went (0): whatever was there is gone, an answer still to come is void. */
void plan_move(struct plan *p, uint32_t slot, int32_t ifindex);

/* The two halves of a move, between which the slot's vip may come to be another one: nobody finds it meanwhile. */
void plan_forget(struct plan *p, uint32_t slot);
void plan_place(struct plan *p, uint32_t slot, int32_t ifindex);

/*
 * The kernel has, or no longer has, an address of this slot's value with that prefix length. Saying the same twice is allowed, and so is
 * saying that one has changed hands. One that is wanted and vanishes is noted as lost.
 */
void plan_observe(struct plan *p, uint32_t slot, uint8_t prefix_len, bool ours, bool present,
		  struct instant now);

/* Not to be touched before; INSTANT_NEVER: now. Being wanted otherwise ends that. */
void plan_spare(struct plan *p, uint32_t slot, struct instant until);

/*
 * What the kernel has in this slot, or is being given, was made by older settings: it is replaced if the forms differ, or if it is
 * outdated already.
 */
void plan_compare_form(struct plan *p, uint32_t slot, const struct vip *made);

/*
 * The kernel's answer. An answer to a question that was not asked (the interface was re-created meanwhile) is ignored: false.
 * On an error the slot waits before it is tried again.
 */
bool plan_answer(struct plan *p, uint32_t slot, bool add, int error, struct instant now);

/* The next change to ask the kernel for, now in flight; false when there is none, or as many as may be are in flight. */
bool plan_next(struct plan *p, uint32_t *ret_slot, bool *ret_add);

/* Puts slots whose waiting is over back to work. */
void plan_tick(struct plan *p, struct instant now);

/* Has it nothing in the kernel of its own, nothing in flight and nothing wanted? */
bool plan_slot_done(const struct slot *s);

#endif
