/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened and why: a ring of events, each with its reason, from which the log, `vrrpctl events` and later the hooks are
 * fed. The core appends; readers keep the number of the next event they want and are told when they were too slow.
 */
#ifndef CORE_HISTORY_H
#define CORE_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/ip.h"
#include "base/limits.h"

/* Outward states; INIT is only passed through (and stands for "stopped" at the end). */
enum vrouter_state {
	VROUTER_INIT,
	VROUTER_BACKUP,
	VROUTER_MASTER,
	VROUTER_FAULT,
};

/* "INIT", "BACKUP", "MASTER", "FAULT" */
const char *vrouter_state_name(enum vrouter_state s);

/*                     enum suffix          one text */
#define REASONS(X)                                                                         \
	X(NONE, "")                                                                        \
	X(STARTED, "started")                                                              \
	X(OWNER, "owner of the addresses")                                                 \
	X(MASTER_DOWN, "master down timer expired")                                        \
	X(MASTER_RELEASED, "the master released the addresses")                            \
	X(HIGHER_PRIORITY, "advertisement with a higher priority heard")                   \
	X(HIGHER_ADDRESS, "advertisement with equal priority from a higher address heard") \
	X(RESUMED, "resumed after a restart")                                              \
	X(LINK_DOWN, "interface is down")                                                  \
	X(LINK_ABSENT, "interface does not exist")                                         \
	X(LINK_NO_ADDRESS, "interface has no address to send from")                        \
	X(LINK_UP, "interface is usable again")                                            \
	X(STOPPED, "stopped")                                                              \
	X(RETIRED, "no longer configured")                                                 \
	X(ADDRESS_FAILED, "addresses cannot be added")                                     \
	X(ADDRESS_LOST, "somebody keeps removing the addresses")                           \
	X(ADDRESS_RETRY, "trying again after addresses could not be added")                \
	X(CONFIGURATION, "configuration changed")                                          \
	X(LINK_DEAF, "interface cannot receive advertisements")                            \
	X(TRACK_DOWN, "a tracked thing is down")                                           \
	X(TRACK_UP, "the tracked things are up again")                                     \
	X(GROUP, "another member of the group")                                            \
	X(FORCED_MASTER, "forced to be master")                                            \
	X(FORCED_BACKUP, "forced to be backup")                                            \
	X(FORCED_OFF, "forced off")                                                        \
	X(FORCE_RELEASED, "no longer forced")                                              \
	X(LAST_ROUTER, "forced to be backup, but no other router is left")                 \
	X(TRACK_NUMBER, "a tracked file has another number")                               \
	X(VIRTUAL_MAC_FAILED, "the link with the virtual MAC cannot be made or raised")    \
	X(VIRTUAL_MAC_TAKEN, "the link with the virtual MAC would have a name that is taken")

enum reason {
#define REASON_ENUM(upper, text) REASON_##upper,
	REASONS(REASON_ENUM)
#undef REASON_ENUM
	REASON_COUNT_,
};

/* The one text of a reason. */
const char *reason_text(enum reason r);

enum {
	REASON_TOLD_MAX =
		TEXT_MAX + 64, /* the longest reason and the longest cause, with the NUL */
};

/* The same with who or what is behind it: "a tracked thing is down (script haproxy)". cause: "" where the reason says all. */
const char *reason_told(enum reason r, const char *cause, char buf[static REASON_TOLD_MAX]);

enum history_kind {
	HISTORY_STATE, /* from, to, reason; address: who caused it; code: its priority, else our own */
	HISTORY_PRIORITY, /* from, to: effective priorities */
	HISTORY_MASTER, /* BACKUP hears another master: address, to = its priority; IP_NONE: none any more */
	HISTORY_REFUSED, /* address: sender, code: enum refusal, count: how many since the last such event */
	HISTORY_CONFLICT, /* address, mac: sender, code: enum conflict */
	HISTORY_ADDRESS, /* address: the VIP, or IP_NONE for `count` of them; code: enum address_event, error: errno where it failed */
	HISTORY_LINK,    /* code: enum link_event; text: interface, error: errno where it failed */
	HISTORY_ANNOUNCE, /* announcements asked for by an operator, or after two masters */
	HISTORY_RELOAD,   /* text: what changed */
	HISTORY_LATE,     /* the process was held up; count: for how many ms */
	HISTORY_TRACK, /* from, to: enum check_state, or numbers of a file or process (code 1); text: which, and why */
	HISTORY_FORCE, /* to: enum force_to; text: by whom and why */
	HISTORY_HOOK, /* code: 1 failed; count: how many ms it took; text: which hook, and what went wrong */
	HISTORY_SEND, /* an advertisement could not be sent; error says why, count: how many times */
	HISTORY_FILTER, /* the packet filter of accept = false; code: enum filter_event; text: what is wrong */
	HISTORY_UPGRADE, /* to another build of the program; code: 1 failed; text: from, to, by whom */
	HISTORY_ROUTING, /* a route or rule; text: which, code: enum routing_event, error: errno where it failed */
	HISTORY_KIND_COUNT_,
};

/* The JSON's "event": "state", "priority", "master", "advert" (for HISTORY_REFUSED), "conflict", "address", "link", "announce", "reload", "late", "filter", "send", "upgrade". */
const char *history_kind_name(enum history_kind k);

enum conflict {
	CONFLICT_ADDRESS_LIST, /* another router of this VRID advertises other addresses */
	CONFLICT_OWNER,        /* another router claims priority 255 too */
	CONFLICT_TWO_MASTERS, /* from: its priority, to: ours; a lower priority advertises although it hears (or should hear) us */
	CONFLICT_TWO_MASTERS_OVER, /* and has stopped: we announce again */
	CONFLICT_INTERVAL, /* from: its interval in ms, to: ours; text: what follows in version 2 */
	CONFLICT_IN_USE,   /* address: the VIP; mac: of another host that has it as well */
	CONFLICT_VRID, /* text: addresses of another virtual router of this VRID, none of them ours */
	CONFLICT_VERSION,  /* from: its version, to: ours */
	CONFLICT_PASSWORD, /* version 2: another one than ours, or only one of the two has one */
	CONFLICT_CHECKSUM, /* from: 1 with the pseudo-header, to: 1 if ours are; taken all the same */
	CONFLICT_PEERS,    /* text: what is wrong with its way of sending, and what to change */
	CONFLICT_TTL,      /* from: the TTL of a peer, to: min-ttl here */
	CONFLICT_COUNT_,
};

enum address_event {
	ADDRESS_RESTORED,   /* somebody removed it; put back */
	ADDRESS_ADD_FAILED, /* error says why */
	ADDRESS_REMOVE_FAILED,
	ADDRESS_LEFTOVER_REMOVED, /* left behind by a daemon that died, or on a renamed interface */
	ADDRESS_FOREIGN,          /* present although we are not master, and not ours to remove */
};

enum routing_event {
	ROUTING_RESTORED, /* somebody removed or changed it; put back */
	ROUTING_ADD_FAILED,
	ROUTING_REMOVE_FAILED,
	ROUTING_LEFTOVER_REMOVED,
};

enum filter_event {
	FILTER_RESTORED, /* somebody changed or removed it; put back */
	FILTER_FAILED,   /* cannot be had */
	FILTER_RECOVERED,
};

enum link_event {
	LINK_EVENT_ABSENT = -1,
	LINK_EVENT_DOWN,
	LINK_EVENT_UP,
	LINK_EVENT_RESTORED, /* of a virtual MAC: somebody removed or lowered it; put back */
	LINK_EVENT_FAILED,   /* likewise: it cannot be made */
	LINK_EVENT_STUCK,    /* likewise: it cannot be raised, lowered or removed */
};

struct history_event {
	uint64_t seq; /* 1, 2, 3… */
	struct instant at;
	int64_t wall_us; /* microseconds since 1970-01-01T00:00Z, as the event that caused it carried */
	enum history_kind kind;
	int32_t code;
	int32_t from, to; /* enum vrouter_state, or priorities */
	int32_t error;    /* errno or 0 */
	uint32_t count;
	enum reason reason;
	struct ip_addr address;
	struct mac_addr mac;             /* CONFLICT: of the sender; all 0: not known */
	char instance[NAME_MAX_LEN + 6]; /* "web" or "web/ipv4"; "" for the whole daemon */
	char text[TEXT_MAX];
};

struct history {
	struct history_event *events; /* [cap], given by the caller */
	uint32_t cap;
	uint64_t first_seq; /* of the first event that was ever here */
	uint64_t next_seq;  /* of the next event to be appended; starts at 1 */
};

void history_init(struct history *h, struct history_event *events, uint32_t cap);

/* Appends a copy with its seq filled in, overwriting the oldest when full. */
void history_append(struct history *h, const struct history_event *e);

/*
 * Appends what a predecessor remembered, with its own seq: in order, before anything else. What stands before a gap is forgotten; one that is
 * there already changes nothing.
 */
void history_restore(struct history *h, const struct history_event *e);

/* All that is in `from`, with its numbers; both have the same cap. */
void history_copy(struct history *h, const struct history *from);

/*
 * The event numbered *seq, or the oldest that is left if that one is gone; advances *seq past it.
 * NULL when there is none yet. ret_lost, if not NULL, is how many were overwritten before they were read.
 */
const struct history_event *history_read(const struct history *h, uint64_t *seq,
					 uint64_t *ret_lost);

/* seq of the first of the last n events (clamped to what is left). */
uint64_t history_last(const struct history *h, uint64_t n);

enum history_level {
	HISTORY_LEVEL_WARNING,
	HISTORY_LEVEL_NOTICE,
	HISTORY_LEVEL_INFO,
};

/* How loud an event is in the log. */
enum history_level history_level(const struct history_event *e);

/*
 * What a person reads, without time and instance: "BACKUP -> MASTER: master down timer expired (priority 150)".
 * Cut to cap; buf is returned.
 */
const char *history_text(const struct history_event *e, char *buf, size_t cap);

#endif
