/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Advertisements ready to be sent: one packet for each virtual router, made when it is first needed and again only when its
 * priority or source address changes.
 */
#ifndef VRRPD_PACKETS_H
#define VRRPD_PACKETS_H

#include <stddef.h>
#include <stdint.h>

#include "core/engine.h"

struct destination {
	struct ip_addr addr;
	uint8_t checksum[2]; /* it may cover the destination, in the pseudo-header */
};

struct packet {
	uint8_t *bytes; /* NULL: not made yet */
	size_t len;
	uint8_t priority;
	struct ip_addr src;
	struct destination *dst; /* [dst_count] */
	uint32_t dst_count;
};

struct packets {
	struct packet *table; /* [count], by virtual router */
	uint32_t count;
};

/* For the virtual routers of an engine. 0 or -ENOMEM. */
int packets_init(struct packets *ps, const struct engine *e);
void packets_done(struct packets *ps);

/*
 * The packet of a virtual router with that priority; NULL while it has no source address, or nobody to send it to, or there is no
 * memory.
 */
struct packet *packets_get(struct packets *ps, const struct engine *e, uint32_t vrouter,
			   uint8_t priority);

/* Its bytes as they are to be sent to one of its destinations; until the next call. */
const uint8_t *packet_for(struct packet *p, uint32_t dst);

#endif
