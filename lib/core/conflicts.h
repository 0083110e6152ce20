/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What does not fit together with others, and with whom: an entry for each virtual router, kind and sender. It is kept to be shown for as
 * long as it goes on; and it waits a moment to be told, until somebody has said which hardware address the sender's is, so that one
 * event names both. A bounded table: what finds no place in it is told without a hardware address, and not shown.
 */
#ifndef CORE_CONFLICTS_H
#define CORE_CONFLICTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/ip.h"
#include "core/history.h"

enum {
	CONFLICTS_MAX = 64,
	CONFLICT_WAIT_MS = 1000, /* for the hardware address, at most */
	CONFLICT_GOES_ON_S = 60, /* after it was noted last */
};

struct conflict_seen {
	bool asks;  /* nobody has been asked yet whose address it is */
	bool waits; /* `event` is to be told when that is known, or at tell_at */
	uint32_t vrouter;
	enum conflict kind;
	int32_t ifindex;
	struct ip_addr sender;
	uint64_t count;
	int64_t first_wall_us, last_wall_us;
	struct instant last, tell_at;
	struct history_event event; /* as it was told last, or will be */
};

struct conflicts {
	struct instant tell_at; /* the earliest of those that wait; INSTANT_NEVER: none does */
	uint32_t count;
	struct conflict_seen *table; /* [CONFLICTS_MAX], `count` used */
};

/* The table has CONFLICTS_MAX elements and lives as long; nothing of it is read before it is written. */
static inline void conflicts_init(struct conflicts *c, struct conflict_seen *table)
{
	*c = (struct conflicts){ .tell_at = INSTANT_NEVER, .table = table };
}

/* One that was noted once more, or is new (count 1): NULL when there is no room. Its event is for the caller to fill in. */
struct conflict_seen *conflicts_note(struct conflicts *c, struct instant now, int64_t wall_us,
				     uint32_t vrouter, enum conflict kind, struct ip_addr sender);

/* Lets its event wait for the hardware address of the sender. */
void conflicts_wait(struct conflicts *c, struct conflict_seen *one, int32_t ifindex,
		    struct instant now);

/* One that waits and whose sender has not been asked for yet, from now on as if he had; or NULL. */
struct conflict_seen *conflicts_take_asking(struct conflicts *c);

/* One that has waited for that address on that interface, or long enough: it waits no more. NULL: there is none. */
struct conflict_seen *conflicts_answered(struct conflicts *c, int32_t ifindex,
					 struct ip_addr sender);
struct conflict_seen *conflicts_due(struct conflicts *c, struct instant now);

/* When that will be; INSTANT_NEVER: none waits. */
static inline struct instant conflicts_deadline(const struct conflicts *c)
{
	return c->tell_at;
}

/*
 * The first one of that virtual router at or after *place that goes on, and *place behind it; NULL after the last. Who advertises
 * rarely (interval) is given time to do so again.
 */
const struct conflict_seen *conflicts_next(const struct conflicts *c, uint32_t vrouter,
					   struct instant now, struct span interval,
					   uint32_t *place);

#endif
