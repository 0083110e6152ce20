/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The link that carries the virtual MAC of one virtual router (RFC 9568 section 7.3), desired against observed: it exists for as long as
 * its virtual router does, carries the addresses all the time, and is up only while they are to be served. Taking over so is one change
 * of one link, however many addresses there are, and a BACKUP cannot speak with the virtual MAC because there is nothing that could.
 */
#ifndef CORE_VIRTUAL_LINK_H
#define CORE_VIRTUAL_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/ip.h"
#include "base/limits.h"
#include "core/event.h"

enum {
	LINK_RETRY_FIRST_MS = 100, /* after the kernel refused; four times as long each time */
	LINK_RETRY_MAX_MS = 60000,
	LINK_LOST_AGAIN_MS = 1000, /* removed or lowered by somebody so soon: once more */
	LINK_LOSSES_MAX = 5,       /* so often in a row that putting it back is no use */
};

struct virtual_link {
	struct mac_addr mac;
	bool wanted;      /* to exist */
	bool wanted_up;   /* and to be served on */
	bool nameless;    /* its parent's number is too long for a name */
	bool inherited;   /* a predecessor's: what it had under way on it is unknown */
	bool broken;      /* it could not be made */
	bool lost;        /* somebody removed or lowered it: tell when it is back */
	uint8_t flight;   /* enum link_op that the kernel was asked for; LINK_LEAVE: none */
	uint8_t failures; /* in a row */
	uint8_t losses;   /* in a row, each soon after it was back */
	struct instant restored_at; /* when it was put back last */
	struct instant retry_at;    /* not to be touched before; INSTANT_NEVER: at once */
};

void virtual_link_init(struct virtual_link *v, struct mac_addr mac);

/* It is to exist, and to be up, which it can only be where it exists. What was refused before is asked anew for another wish. */
void virtual_link_want(struct virtual_link *v, bool wanted, bool up);

/* "vrrp4-2-51": false where it does not fit, and "" then. */
bool virtual_link_name(enum ip_family family, int32_t parent, uint8_t vrid,
		       char ret[static IFNAME_MAX_LEN + 1]);

/* Is what stands there the link that is meant, on that parent? */
bool virtual_link_stands(const struct virtual_link *v, const struct event_link *there,
			 int32_t parent);

/* What is to be done, given what stands under its name and the parent's ifindex (0: absent). */
enum link_op virtual_link_needed(const struct virtual_link *v, const struct event_link *there,
				 int32_t parent);

/* How long to wait after that many failures in a row. */
struct span virtual_link_pause(uint8_t failures);

/* Somebody has removed or lowered it. True: too often to go on. */
bool virtual_link_lose(struct virtual_link *v, struct instant now);

#endif
