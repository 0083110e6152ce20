/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interfaces that the settings name: found by name or by index, with the virtual routers that advertise there by
 * (family, VRID). An interface may be absent; its name is what identifies it.
 */
#ifndef CORE_INTERFACES_H
#define CORE_INTERFACES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/index.h"
#include "base/instant.h"
#include "base/worklist.h"
#include "core/event.h"
#include "core/settings.h"

#define INTERFACE_NO_VROUTER UINT16_MAX

struct interface {
	struct event_link link;               /* what was heard last; ifindex 0 while absent */
	bool told;                            /* link has been heard of at all */
	struct instant announce_after;        /* announce-interval: none before */
	struct worklist announce_first;       /* slots to be announced for the first time */
	struct worklist announce_again;       /* and those to be repeated; see announcer.h */
	uint16_t vrouters[FAMILY_COUNT][256]; /* by VRID */
	/* Those that advertise here, in order, chained by the engine; first INDEX_NONE: none. */
	uint32_t first_vrouter, last_vrouter;
	uint32_t first_slot, last_slot; /* the addresses that are held here, likewise */
	uint32_t
		virtual_of; /* the virtual router whose MAC this link carries; INDEX_NONE: any other link */
};

struct interfaces {
	struct interface *table; /* [cap] */
	uint32_t count;
	struct index by_name, by_ifindex;
	struct worklist announcing; /* interfaces with something in their announcement queues */
	struct worklist no_slots;   /* what the announcement queues are made from */
};

/* What a table of at most cap interfaces and slots addresses is made of. */
struct interfaces_arrays {
	uint32_t cap, slots;
	struct interface *table;                           /* [cap] */
	uint32_t *name_heads, *ifindex_heads;              /* [index_buckets(cap)] */
	uint32_t *name_chain, *ifindex_chain, *announcing; /* [cap] */
	uint32_t *announcements;                           /* [slots] */
};

void interfaces_init(struct interfaces *is, const struct interfaces_arrays *arrays);

/* Its number, or INDEX_NONE. */
uint32_t interfaces_by_name(const struct interfaces *is, const char *name);
uint32_t interfaces_by_ifindex(const struct interfaces *is, int32_t ifindex);

/* Finds or adds an interface of that name: its number. */
uint32_t interfaces_add(struct interfaces *is, const char *name);

/* Adds one that has no name yet, and so is found by nobody. */
uint32_t interfaces_add_virtual(struct interfaces *is, uint32_t vrouter);

/* Another name, "" for none; what was known of the one before is forgotten. */
void interfaces_rename(struct interfaces *is, uint32_t number, const char *name);

/* Replaces what is known of it. */
void interfaces_update(struct interfaces *is, uint32_t number, const struct event_link *link);

#endif
