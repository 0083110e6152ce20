/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All there is to know about one virtual router at one instant, copied out of the engine, so that every view (table, JSON,
 * metrics) tells the same and none looks into the engine.
 */
#ifndef CORE_SNAPSHOT_H
#define CORE_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/ip.h"
#include "core/counters.h"
#include "core/event.h"
#include "core/history.h"
#include "core/settings.h"

/* How a virtual address stands in the kernel. */
enum slot_presence {
	SLOT_ABSENT,
	SLOT_OURS,    /* present, added by us */
	SLOT_FOREIGN, /* present, and somebody else's */
};

/* What an operator has forced. */
struct force {
	enum force_to to; /* FORCE_NONE: nothing, and the rest says nothing */
	bool despite_faults;
	struct instant until;  /* INSTANT_NEVER: until released */
	int64_t until_wall_us; /* the same, to be shown; 0: none */
	char reason[TEXT_MAX]; /* "" for none */
	char by[NAME_MAX_LEN + 1];
};

struct snapshot {
	struct instant at;
	char name[NAME_MAX_LEN + 6]; /* "web", or "web/ipv4" where the instance has both families */
	const struct settings *settings;
	const struct instance_settings *set; /* into settings, valid while the engine lives */
	enum ip_family family;
	enum vrouter_state state;
	enum reason reason;
	const char *
		cause; /* who or what is behind that, "" where it says all; valid until the next step */
	int error;     /* and the errno where the kernel's refusal is the reason, else 0 */
	int64_t since_wall_us; /* microseconds since 1970 */
	uint8_t effective_priority;
	bool link_present, link_up;
	int32_t ifindex;       /* 0 while absent */
	struct ip_addr source; /* what we send from, IP_NONE if nothing yet */
	bool lingering; /* not MASTER any more and still serving until the successor is heard */
	/* the master as far as known */
	struct ip_addr master; /* IP_NONE while none is known */
	uint8_t master_priority;
	bool master_self;
	struct span master_interval; /* RFC 9568 Active_Adver_Interval: learnt, or our own */
	/* timers: lengths, and what is left of those that run; us < 0: not running */
	struct span skew_time;
	struct span master_down_interval;
	struct span advert_left, master_down_left, preempt_delay_left, announce_left;
	uint32_t addresses_total, addresses_present;
	uint32_t routings_total;     /* engine_snapshot_routing() */
	struct mac_addr virtual_mac; /* where set->virtual_mac */
	char virtual_link
		[IFNAME_MAX_LEN +
		 1]; /* likewise: the link that carries it; "" while its parent is absent */
	bool virtual_link_stands, virtual_link_up;
	uint32_t tracks_total;              /* engine_snapshot_track() */
	const struct group_settings *group; /* NULL for none */
	struct force force;
	bool hooks_running, hooks_pending; /* of the instance */
	struct counters counters;
};

struct bfd_session;

/* One thing that it takes into account, by itself or through its group; the first one is its own interface. */
struct snapshot_track {
	const struct check_settings *check; /* NULL: an interface */
	const char *name;
	enum check_state state;
	int64_t value; /* process: how many; file: the number in it */
	int weight;
	bool inverse;
	bool of_group;
	int64_t adds;       /* to the priority, now */
	bool faults;        /* keeps it in FAULT, now */
	char why[TEXT_MAX]; /* the words that came with the last result; "" for none */
	const struct bfd_session
		*session; /* of a bfd; NULL: none is known. Valid until the next step */
};

/* What does not fit together with another router or host. */
struct snapshot_conflict {
	const struct history_event *event; /* as it was told last */
	uint64_t count;                    /* how often it was noticed */
	int64_t first_wall_us, last_wall_us;
};

/* Another router of the same virtual router. */
struct snapshot_peer {
	struct ip_addr address;
	int64_t heard_wall_us; /* its last advertisement; 0: none yet */
};

/* One of its routes and rules. */
struct snapshot_routing {
	const struct routing *routing;
	enum slot_presence presence;
	bool wanted;
};

/* One of its virtual addresses. */
struct snapshot_address {
	const struct vip *vip;
	char dev[IFNAME_MAX_LEN + 1];
	enum slot_presence presence;
	bool wanted, advertised;
};

#endif
