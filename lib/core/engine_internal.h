/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an engine is made of, for the files that make up the engine: engine.c (events), engine_actions.c (actions), engine_address.c, engine_conflict.c, engine_routing.c,
 * engine_priority.c (trackers), engine_fate.c (groups), engine_force.c, engine_notify.c (hooks), engine_setup.c (memory), engine_adopt.c
 * (reload, restart) and engine_view.c (looking). Nobody else includes this.
 */
#ifndef CORE_ENGINE_INTERNAL_H
#define CORE_ENGINE_INTERNAL_H

#include "base/deadlines.h"
#include "base/worklist.h"
#include "core/announcer.h"
#include "core/conflicts.h"
#include "core/engine.h"
#include "core/interfaces.h"
#include "core/limiter.h"
#include "core/plan.h"
#include "core/routing_plan.h"
#include "core/tracker.h"
#include "core/virtual_link.h"
#include "core/vrouter.h"

/* A virtual router with what ties it to the rest. */
struct member {
	struct vrouter vr;
	struct announcer announcer;
	uint32_t interface;  /* number in the interface table */
	uint32_t next_there; /* the next virtual router of that interface; INDEX_NONE: the last */
	bool has_link;       /* virtual-mac */
	struct virtual_link link;
	uint32_t
		where; /* the interface that carries its addresses: its link, or the same as `interface` */
	struct range slots;    /* its addresses in the plan */
	struct range routings; /* its routes and rules in their plan */
	uint32_t
		in_place; /* so many of its addresses, from the first, are where they can be since it began to hold them */
	bool holding; /* its slots are wanted; for those that are staged see engine_stage_addresses() */
	uint32_t
		settled; /* so many of them, from the first, have been seen as they are to be since it changed its state */
	bool arriving;     /* MASTER, and not all its addresses have been seen in place yet, */
	uint32_t arrived;  /* only so many, from the first, */
	uint32_t absent;   /* of which so many belong to interfaces that do not exist */
	struct span took;  /* until all were */
	uint32_t instance; /* in the settings */
	uint32_t fate;     /* which it shares with others; INDEX_NONE: with none */
	enum reason
		own; /* what keeps it in FAULT besides its link and its fate: FORCED_OFF, TRACK_DOWN or NONE */
	bool held; /* something that it tracks might fault and has not said anything yet: it may not become MASTER */
	bool resumed; /* its priority is that of its predecessor until all it tracks has spoken */
	struct instant contest_until; /* see engine_stands() */
};

/* Whose hooks are called: an instance, or a group. */
struct notifier {
	enum vrouter_state state, previous; /* as it is now, and before */
	enum vrouter_state handed;          /* the last one whose hooks were called */
	enum vrouter_state told;            /* and have run */
	enum reason reason;
	bool pending; /* its hooks are to be called for this state */
	bool running; /* its hooks are being called, for this state or one before */
	bool hurries; /* it is going away: neither addresses nor hooks are waited for */
};

/* A link of a virtual MAC that no virtual router here has: to be removed. */
struct stray_link {
	char name[IFNAME_MAX_LEN + 1];
	int32_t ifindex;
	bool gone;
	uint8_t flight; /* LINK_MAKE: not answered yet, and only its name is known; LINK_REMOVE; LINK_LEAVE */
	uint8_t failures;
	struct instant retry_at; /* not before; INSTANT_NEVER: now */
};

struct engine {
	const struct settings *settings;
	struct interfaces interfaces;
	struct member *members;
	uint32_t member_count;
	struct plan plan;
	struct routing_plan routing;
	struct routing *routing_leftovers;
	uint32_t routing_leftover_count, routing_leftover_cap;
	struct vip *leftovers; /* addresses to be removed that the settings do not name */
	uint32_t leftover_count, leftover_cap;
	struct tracker *trackers;        /* [settings->check_count] */
	struct deadlines tracker_timers; /* one each */
	uint32_t *
		track_place; /* [settings->track_count] number of the interface, INDEX_NONE for a check */
	uint32_t *
		first_member; /* [settings->instance_count + 1] the first virtual router of each instance */
	struct force *forces;          /* [settings->instance_count] */
	struct deadlines force_timers; /* one each */
	/* The groups, then the instances with two virtual routers: numbers in fate_members, the leader first. */
	struct range *fates;
	uint32_t fate_count;
	uint32_t *fate_members;
	struct worklist fates_changed;
	int64_t *peer_heard_wall_us; /* [settings->peer_count] 0: not yet */
	struct notifier *notifiers;  /* [settings_notifiers()] */
	struct worklist notifiers_changed;
	struct worklist states, hooks;  /* notifiers with such work */
	struct deadlines timers;        /* one a virtual router */
	struct worklist adverts, saves; /* virtual routers with such work */
	struct worklist arrivals;       /* virtual routers whose arrival is to be told */
	struct worklist late_adverts;   /* those whose link is to be raised first */
	struct worklist raises,
		links;             /* virtual routers with work for their link: raising, or other */
	struct stray_link *strays; /* [stray_cap] */
	uint32_t stray_count, stray_cap;
	uint32_t links_in_flight;
	struct instant links_retry_at; /* the earliest of all links', or INSTANT_NEVER */
	struct instant
		retired_until; /* when the last of those that were retired lets go; INSTANT_NEVER: there are none */
	struct history history;
	struct counters counters; /* of no virtual router */
	struct instant now;       /* of the last event */
	int64_t wall_us;
	struct instant announce_due; /* when interfaces.announcing may go on */
	uint32_t announce_budget;    /* announcements that this step may still hand out */
	bool started, stopping;
	bool hurries; /* asked a second time to stop */
	struct engine_lag lag;
	struct instant told_late; /* when the last spell was told */
	/* Last, because they are large and seldom asked. */
	struct conflicts conflicts; /* that are going on, or wait to be told */
	struct limiter
		senders; /* complaints about advertisements, and about the kernel: apart, so */
	struct limiter kernel; /* that a flood of the one does not silence the other */
};

/* Not to be touched before: what is found at start may be of one that a reload took away and that serves on. INSTANT_NEVER: at once. */
static inline struct instant engine_spared_until(const struct engine *e)
{
	return e->started ? INSTANT_NEVER : e->retired_until;
}

/* What the limiter tells apart besides the refusals. */
enum limiter_subject {
	SUBJECT_REFUSAL = 0,    /* + enum refusal */
	SUBJECT_CONFLICT = 100, /* + enum conflict */
	SUBJECT_ADDRESS = 200,  /* + enum address_event */
	SUBJECT_SEND = 300,
	SUBJECT_ROUTING = 400, /* + enum routing_event */
	SUBJECT_LINK = 500,    /* + enum link_event */
};

/* A slot whose address the kernel refused this often in a row brings its virtual router down. */
enum {
	ADDRESS_FAILURES_MAX = 3,
};

/* A complaint that the limiter lets through. */
struct complaint {
	struct limiter *limiter;
	enum limiter_verdict verdict;
	uint32_t count; /* how many times */
};

/* To be asked before the event is made: most are silent. */
bool engine_may_complain(struct engine *e, struct limiter *limiter, uint32_t number,
			 uint32_t subject, struct ip_addr about, struct complaint *ret);

/* Where there are more of them than the limiter can tell apart, one stands for all. */
void engine_complain(struct engine *e, const struct complaint *c, struct history_event *event);

/* An event of a virtual router, to be completed. */
struct history_event engine_event_of(const struct engine *e, uint32_t number,
				     enum history_kind kind);

/* Carries out what a step of the virtual router has left in its `out`, and files its next deadline. */
void engine_settle(struct engine *e, uint32_t number);

/* Steps a virtual router with an input that carries nothing, and settles it. */
void engine_input(struct engine *e, uint32_t number, enum vrouter_input input);

/* Tells of addresses of this virtual router that are here although it is not master, and are somebody else's. */
void engine_look_for_foreign(struct engine *e, uint32_t number);

/* A step of that input, stamped. */
struct vrouter_step engine_step_of(struct engine *e, enum vrouter_input input);

/* Likewise with a reason. */
void engine_input_why(struct engine *e, uint32_t number, enum vrouter_input input, enum reason why);

/* Its instance and its group may have something to tell. */
void engine_wake_notifiers(struct engine *e, const struct member *m);

/* At the end of whatever changed virtual routers: what follows for groups and hooks. */
void engine_conclude(struct engine *e);

/* ---- engine_address.c ---- */

void engine_on_address(struct engine *e, const struct event_address *in);
void engine_on_address_done(struct engine *e, const struct event_address *in);

/* Is an address where the state wants it, or cannot be brought there? */
bool engine_slot_settled(const struct slot *s, bool holding, struct instant now);

/* ---- engine_conflict.c ---- */

/* What is odd about an advertisement that is processed all the same. */
void engine_compare(struct engine *e, uint32_t number, const struct event_advert *in);

/* What makes us refuse it, where our settings and the sender's are at odds; false: it is something else. */
bool engine_compare_refused(struct engine *e, uint32_t number, const struct event_advert *in,
			    enum refusal refusal);

/* Somebody weaker is master as well. */
void engine_two_masters(struct engine *e, uint32_t number, const struct event_advert *in);

void engine_on_claim(struct engine *e, const struct event_claim *in);

/* Tells those that have waited long enough for the hardware address; and all that wait. */
void engine_tick_conflicts(struct engine *e);
void engine_hurry_conflicts(struct engine *e);

/* The interface has come up: masters that have addresses there announce them, who need not have it as their own. */
void engine_announce_on(struct engine *e, const struct interface *interface);

/* Has a virtual router that took over all its addresses by now? */
void engine_look_for_arrival(struct engine *e, uint32_t number);

/* ---- engine_routing.c ---- */

void engine_on_routing(struct engine *e, const struct event_routing *in);
void engine_on_routing_done(struct engine *e, const struct event_routing *in);

/* It begins, or ends, to hold its addresses, and with them these. */
void engine_hold_routings(struct engine *e, struct member *m, bool holding);

/* Something about its addresses has changed: its routes may have been waiting for that. */
void engine_look_at_routings(struct engine *e, struct member *m);

/* Are its routes and rules where the state wants them, or cannot be brought there? */
bool engine_routings_settled(const struct engine *e, const struct member *m);

bool engine_take_routing(struct engine *e, struct action *ret);
bool engine_routings_done(const struct engine *e);

/* What the old engine had under way or in the kernel. */
void engine_adopt_routings(struct engine *fresh, const struct engine *old);

/* Is there a virtual router in `fresh` that goes on as this one of `old`? */
bool engine_goes_on(const struct engine *fresh, const struct engine *old, uint32_t number);

/* ---- engine_link.c ---- */

/* Does the link with its virtual MAC stand? Is it waited for? Can it be sent through, from now at the latest? */
bool engine_link_stands(const struct engine *e, const struct member *m);
bool engine_link_awaited(const struct engine *e, const struct member *m);
bool engine_link_is_up(const struct engine *e, const struct member *m);
bool engine_link_carries(const struct engine *e, const struct member *m);
enum link_op engine_link_needed(const struct engine *e, const struct member *m);
/* What is wrong with it, or REASON_NONE. */
enum reason engine_link_lack(const struct engine *e, const struct member *m);
/* Where an advertisement of that priority goes out. */
int32_t engine_advert_ifindex(const struct engine *e, const struct member *m, uint8_t priority);
/* What is wanted of it may be something else now; files what is to be done. */
void engine_settle_link(struct engine *e, uint32_t number);
/* Those on its link are wanted there whoever is MASTER, except where it is up and cannot be lowered. */
void engine_stage_addresses(struct engine *e, uint32_t number);
bool engine_take_raise(struct engine *e, struct action *ret);
bool engine_take_link(struct engine *e, struct action *ret);
bool engine_take_stray(struct engine *e, struct action *ret);
/* Its parent has another number: so has its name. */
void engine_name_link(struct engine *e, uint32_t number);
/* The addresses of that interface are on one of another number now, 0 for none. */
void engine_move_slots(struct engine *e, uint32_t place, int32_t ifindex);
void engine_on_virtual_link(struct engine *e, uint32_t place, const struct event_link *link);
void engine_on_link_done(struct engine *e, const struct event_link_done *in);
void engine_tick_links(struct engine *e);
/* Is none left, or none that could be removed? */
bool engine_links_released(const struct engine *e);
/* lives_on: its virtual router has a successor in `fresh`. */
void engine_adopt_link(struct engine *fresh, const struct engine *old, const struct member *was,
		       bool lives_on);
void engine_adopt_strays(struct engine *fresh, const struct engine *old);

/* ---- engine_priority.c ---- */

/* What its trackers and forces make of a virtual router, before it runs or in place of an older one: tells nobody. */
void engine_weigh_silently(struct engine *e, uint32_t number);

/* The same while it runs: with all that follows. by: who caused it. */
void engine_weigh(struct engine *e, uint32_t number, enum reason why, const char *by);

void engine_on_check(struct engine *e, const struct event_check *in);
void engine_tick_trackers(struct engine *e);
void engine_await_checks(struct engine *e);

/* The interface of that number has come up or gone down: what tracks it is weighed again. */
void engine_weigh_interface(struct engine *e, uint32_t place);

/* One track, by its number in the settings. */
enum check_state engine_track_state(const struct engine *e, uint32_t track);
int64_t engine_track_adds(const struct engine *e, uint32_t track);
bool engine_track_faults(const struct engine *e, uint32_t track);

/* ---- engine_fate.c ---- */

/* What a group or an instance of two virtual routers has in common is set right: see there. */
void engine_settle_fate(struct engine *e, uint32_t fate);

/* What its fate looks at of a virtual router, of all that an advertisement or a timer may change, as one number. */
unsigned engine_fate_share(const struct member *m);

/* Does this MASTER not yield to a stronger one, because the virtual routers that share its fate decide elsewhere? */
bool engine_stands(struct engine *e, uint32_t number, const struct event_advert *in);

/* ---- engine_force.c ---- */

void engine_on_force(struct engine *e, const struct event_force *in);
void engine_tick_forces(struct engine *e);

/* ---- engine_notify.c ---- */

/* The state of a notifier may be another one, or its addresses may be settled. */
void engine_settle_notifier(struct engine *e, uint32_t notifier);
void engine_on_hook_result(struct engine *e, const struct event_hook *in);
void engine_on_hooks_done(struct engine *e, const struct event_hook *in);

/* What they were told last is to be told once more. */
void engine_notify_again(struct engine *e, const struct member *m);

/* No hook is to be called or runs any more, or nobody waits for them. */
bool engine_notified(const struct engine *e);

/* Lets a virtual router release in order. */
void engine_shut_down(struct engine *e, uint32_t number, enum reason why);

/* The link as the virtual router sees it: its own source address first. */
struct vrouter_link engine_link_of(const struct engine *e, uint32_t number);

#endif
