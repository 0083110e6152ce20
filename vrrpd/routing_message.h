/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rtnetlink messages to routes and rules and back, with libmnl. Nothing here keeps state or talks to a socket.
 */
#ifndef VRRPD_ROUTING_MESSAGE_H
#define VRRPD_ROUTING_MESSAGE_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/routing.h"

enum {
	ROUTING_REQUEST_MAX = 1024, /* bytes of any request below */
};

/* The interfaces of a route's next hops, by index: their names are asked for only where the route is of interest. */
struct nexthop_indexes {
	int32_t ifindex[ROUTE_NEXTHOPS_MAX]; /* 0: none */
};

/*
 * RTM_NEWROUTE, DELROUTE, NEWRULE, DELRULE. The devices of next hops are in *ret_indexes and not in *ret. False: malformed, of another family,
 * a cached one, or nothing that we could have made.
 */
bool routing_parse(const struct nlmsghdr *message, struct routing *ret,
		   struct nexthop_indexes *ret_indexes);

/*
 * Each writes one request into buf (ROUTING_REQUEST_MAX bytes, aligned for a header): its length. Those that change something ask for an
 * acknowledgement.
 */
size_t routing_build_add(void *buf, uint32_t seq, const struct routing *r, bool replace,
			 const struct nexthop_indexes *indexes);
size_t routing_build_remove(void *buf, uint32_t seq, const struct routing *r);

/* All routes or rules of a family; protocol 0: whosever they are. */
size_t routing_build_dump(void *buf, uint32_t seq, enum routing_kind kind, enum ip_family family,
			  uint8_t protocol);

#endif
