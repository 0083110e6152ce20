/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine: all virtual routers of one daemon as one pure value. Events go in with engine_step(), actions come out of
 * engine_next_action(), and engine_deadline() says when the next tick is due. It knows no file, socket or clock, allocates nothing
 * (the caller gives one block of memory), and the same events always give the same actions.
 *
 * Use: step once, take actions until there are none, carry them out, wait until the deadline or the next event.
 * Actions come in this order: every advertisement first (of those whose link is to be raised, behind that), then saves, then what else
 * is to be done to links, then address changes (at most ENGINE_IN_FLIGHT_MAX unanswered at a time; answer each with
 * EVENT_ADDRESS_DONE), then routes and rules, then announcements, then what the FIFO and the hooks are told, then whom to ask for.
 */
#ifndef CORE_ENGINE_H
#define CORE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/ip.h"
#include "core/counters.h"
#include "core/event.h"
#include "core/history.h"
#include "core/record.h"
#include "core/settings.h"
#include "core/snapshot.h"
#include "wire/advert.h"

enum {
	ENGINE_IN_FLIGHT_MAX = 64, /* address changes without an answer */
	ENGINE_LINKS_MAX = 64,     /* changes of links without an answer */
	ENGINE_SPELL_MS = 100,     /* what is done so late is told of */
	ENGINE_ANNOUNCE_MAX =
		256, /* announcements handed out for one step; the rest is due at once */
};

/* How late things were done that were due: by a process that was held up, or a machine that was. */
struct engine_lag {
	struct span last, longest;
	uint64_t spells; /* of ENGINE_SPELL_MS and more */
};

struct engine;
struct bfd_session;

/*
 * The memory an engine for these settings needs, in bytes, with room for `leftovers` addresses, and `routings` routes and rules, to be
 * removed that the settings do not name (those of an old configuration or a dead daemon).
 */
size_t engine_size(const struct settings *s, uint32_t leftovers, uint32_t routings);

/*
 * Makes an engine in mem (engine_size() bytes, aligned as by malloc). The settings are used, not copied: they live as long as the
 * engine. Everything is INIT, no interface exists, no address is present.
 */
struct engine *engine_init(void *mem, const struct settings *s, uint32_t leftovers,
			   uint32_t routings);

void engine_step(struct engine *e, const struct event *ev);
bool engine_next_action(struct engine *e, struct action *ret);

/* A virtual router that became MASTER and has all its addresses in place now: once each, for the log. False: no other. */
struct engine_arrival {
	uint32_t vrouter, addresses;
	uint32_t absent;  /* addresses whose interface does not exist */
	struct span took; /* since it became MASTER */
};
bool engine_next_arrival(struct engine *e, struct engine_arrival *ret);

/*
 * What would become of a message: REFUSAL_NONE where it would be processed. ret_vrouter: whose it is; UINT32_MAX: of none here. For the
 * log of an engineer, changes nothing.
 */
enum refusal engine_judge(const struct engine *e, const struct event_advert *in,
			  uint32_t *ret_vrouter);

/* When the next EVENT_TICK is due; INSTANT_NEVER for none, and never in the past after all actions were taken. */
struct instant engine_deadline(const struct engine *e);

/* After EVENT_STOP: has everything been released, so that the process may end? */
bool engine_stopped(const struct engine *e);

/*
 * Carries what `old` knows over to a new engine made from new settings: states, timers, counters, history, changes under way. Virtual
 * routers are matched by (interface, family, VRID). In this order:
 *  1. engine_retire(): every virtual router that `fresh` does not have releases in `old` (priority 0): carry out old's actions;
 *  2. tell `fresh` all EVENT_LINK and EVENT_ADDRESS there are, as at start;
 *  3. engine_adopt(), instead of EVENT_START. `fresh` was made with room for at least old's addresses as leftovers.
 * Settings that did not change cause no action. Then `old` is done for; its settings may go.
 */
void engine_retire(struct engine *old, const struct engine *fresh, struct instant now,
		   int64_t wall_us);
void engine_adopt(struct engine *fresh, struct engine *old, struct instant now, int64_t wall_us);

/*
 * What engine_adopt() would come to, for whoever looks at `fresh`: nothing of it is to be carried out, and `old` goes on as if nothing had
 * been. In place of step 2, `fresh` is told the links that `old` knows.
 */
void engine_foresee(struct engine *fresh, const struct engine *old, struct instant now,
		    int64_t wall_us);

/* The number of the virtual router in `e` that is that one of `other`: of the same interface, family and VRID. UINT32_MAX: there is none. */
uint32_t engine_same_vrouter(const struct engine *e, const struct engine *other, uint32_t vrouter);

/* All addresses, and links that nobody has any more, that an engine may leave behind for its successor: how many leftovers that one needs room for. */
uint32_t engine_address_count(const struct engine *e);
uint32_t engine_routing_count(const struct engine *e);

/* What must survive the process, of one virtual router, to be kept by the caller: see record.h. */
void engine_record(const struct engine *e, uint32_t vrouter, struct record *ret);

/*
 * Before EVENT_START: what a predecessor left. A MASTER whose last advertisement is younger than three intervals goes on as MASTER, with its
 * addresses untouched; otherwise it starts as BACKUP and addresses that were held are removed. Unknown virtual routers: false.
 */
bool engine_restore(struct engine *e, const struct record *r, struct instant now);

/*
 * Until when virtual routers that a reload has taken away serve on, be it a reload of a predecessor: INSTANT_NEVER where there are none. It must
 * survive the process too.
 */
struct instant engine_serves_until(const struct engine *e);

/* Before what follows here: that of a predecessor, whose leftovers stay for so long. */
void engine_serve_until(struct engine *e, struct instant until, struct instant now);

/*
 * An address in the kernel that carries our tag and that no virtual router here has: found at start, or on an interface that has got another
 * name. It is removed. -ENOSPC when more than `leftovers` are there at a time.
 */
int engine_leftover(struct engine *e, int32_t ifindex, const struct vip *vip);

/* Likewise a route or rule. -ENOSPC when there is no room. */
int engine_routing_leftover(struct engine *e, const struct routing *routing);

/*
 * A link of ours that no virtual router here has, found at start or left under a parent that has got another name: it is removed, at
 * `when` or at once (INSTANT_NEVER). -ENOSPC when more than `leftovers` are there at a time.
 */
int engine_stray_link(struct engine *e, int32_t ifindex, const char *name, struct instant when);

/*
 * Why an instance cannot be forced so now: one sentence, or NULL where it can be (EVENT_FORCE). An owner that is alive does not
 * yield. Faults are no reason: without despite_faults it becomes master when they have gone.
 */
const char *engine_force_refusal(const struct engine *e, uint32_t instance, enum force_to to,
				 bool despite_faults);

/* What a notifier is to be told, for ACTION_STATE and ACTION_HOOKS. */
struct notice {
	bool is_group;
	const char *name;
	enum vrouter_state state; /* INIT: stopped */
	enum vrouter_state previous;
	enum reason reason;
	const char *
		cause; /* who or what is behind that, "" where it says all; valid until the next step */
	uint8_t priority;      /* 0 for a group */
	uint32_t vrouters[2];  /* of an instance; UINT32_MAX: none */
	struct ip_addr master; /* IP_NONE while unknown */
};
void engine_notice(const struct engine *e, uint32_t notifier, struct notice *ret);

/*
 * The BFD session behind that check of the settings, for whoever looks: it must live as long as the engine, or until the next call for the
 * check. NULL: there is none any more. What becomes of it is told by EVENT_CHECK.
 */
void engine_show_session(struct engine *e, uint32_t check, const struct bfd_session *session);

/* Looking */
uint32_t engine_vrouter_count(const struct engine *e);
const struct settings *engine_settings(const struct engine *e);
/* index < engine_vrouter_count(): "web" or "web/ipv4" */
const char *engine_name(const struct engine *e, uint32_t vrouter);
/* index < engine_vrouter_count() */
enum vrouter_state engine_state(const struct engine *e, uint32_t vrouter);
/* index < engine_vrouter_count() */
void engine_snapshot(const struct engine *e, uint32_t vrouter, struct instant now,
		     struct snapshot *ret);
/* i < snapshot.addresses_total; advertised ones first, in order */
void engine_snapshot_address(const struct engine *e, uint32_t vrouter, uint32_t i,
			     struct snapshot_address *ret);
/* By instance name ("web": its first, and its second if both) or full name ("web/ipv6"). The number found (0-2) into ret. */
uint32_t engine_find(const struct engine *e, const char *name, uint32_t ret[2]);
/*
 * The conflicts that go on, one after the other from *place 0: false after the last. What is told is valid until the next step.
 */
bool engine_snapshot_conflict(const struct engine *e, uint32_t vrouter, struct instant now,
			      uint32_t *place, struct snapshot_conflict *ret);
/*
 * Whom it can hear: its unicast peers but for itself, or by multicast the master as long as one is known. One after the other from *place
 * 0: false after the last.
 */
bool engine_snapshot_peer(const struct engine *e, uint32_t vrouter, uint32_t *place,
			  struct snapshot_peer *ret);
/* i < snapshot.routings_total; routes first, in the order of the settings */
void engine_snapshot_routing(const struct engine *e, uint32_t vrouter, uint32_t i,
			     struct snapshot_routing *ret);
/* Is there a route or rule of that key that some virtual router would hold, or that is to be removed? */
bool engine_has_routing(const struct engine *e, const struct routing *routing);
/* i < snapshot.tracks_total */
void engine_snapshot_track(const struct engine *e, uint32_t vrouter, uint32_t i,
			   struct snapshot_track *ret);
const struct counters *engine_counters(
	const struct engine *e); /* of no virtual router: vrid_errors … */
const struct engine_lag *engine_lag(const struct engine *e);
struct history *engine_history(struct engine *e);
/* Is this address one that some virtual router would hold on the interface of that name? */
bool engine_is_vip(const struct engine *e, const char *interface, struct ip_addr addr);
/* And with exactly this prefix length? */
bool engine_has_slot(const struct engine *e, const char *interface, struct ip_addr addr,
		     uint8_t prefix_len);
/* Does any virtual router use an interface of that name (to send or to hold an address)? */
bool engine_uses_interface(const struct engine *e, const char *name);
/* The interfaces that it uses, one after the other from 0, as heard last (ifindex 0: absent); NULL after the last. */
const struct event_link *engine_interface(const struct engine *e, uint32_t i);
/* Is it the link of a virtual MAC? Its name is "" while its parent does not exist. */
bool engine_interface_is_virtual(const struct engine *e, uint32_t i);
/* The number of the interface of that name, or UINT32_MAX; and how many there are. */
uint32_t engine_find_interface(const struct engine *e, const char *name);
uint32_t engine_interface_count(const struct engine *e);

/* What a virtual router sends from now; IP_NONE: nothing. */
struct ip_addr engine_source(const struct engine *e, uint32_t vrouter);

/*
 * The advertisement of a virtual router with that priority, ready for advert_build(), and where it goes. ret_dst has room for PEERS_MAX;
 * the number of destinations (1 for multicast) is returned, 0 while there is no source address.
 */
uint32_t engine_advert(const struct engine *e, uint32_t vrouter, uint8_t priority,
		       struct advert *ret, struct ip_addr *ret_src,
		       struct ip_addr ret_dst[static PEERS_MAX]);

#endif
