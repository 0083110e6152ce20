/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rtnetlink messages to facts and requests to rtnetlink messages, with libmnl. Nothing here keeps
 * state or talks to a socket.
 */
#ifndef VRRPD_NETLINK_MESSAGE_H
#define VRRPD_NETLINK_MESSAGE_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/settings.h"
#include "link_facts.h"

enum {
	NETLINK_REQUEST_MAX = 192, /* bytes of any request below */
	LOCAL_ROUTE_BYTES = 64,    /* the most that netlink_build_route() and _unroute() write */
};

/*
 * RTM_NEWLINK and RTM_DELLINK. False: not about a link as such (a bridge's ports and others use the
 * same message with a family of their own), or malformed.
 */
bool netlink_parse_link(const struct nlmsghdr *message, struct link_facts *ret);

/* RTM_NEWADDR and RTM_DELADDR. False: neither IPv4 nor IPv6, or malformed. */
bool netlink_parse_address(const struct nlmsghdr *message, struct address_facts *ret);

/*
 * NLMSG_ERROR: a positive errno, 0 for success. *ret_why is the kernel's explanation or "", valid
 * as long as the message.
 */
int netlink_parse_error(const struct nlmsghdr *message, const char **ret_why);

/*
 * Each writes one request into buf (NETLINK_REQUEST_MAX bytes, aligned for a header): its length.
 */
size_t netlink_build_add(void *buf, uint32_t seq, int32_t ifindex, const struct vip *vip,
			 uint32_t lifetime_s);
/* For an address of ours that is there: from now on it lives so long, 0 for ever. */
size_t netlink_build_refresh(void *buf, uint32_t seq, int32_t ifindex, const struct vip *vip,
			     uint32_t lifetime_s);
size_t netlink_build_remove(void *buf, uint32_t seq, int32_t ifindex, const struct vip *vip);
/*
 * The link of a virtual MAC, in three: make it, down; give it the settings of a family (a kernel without IPv6 refuses the second); and set it
 * up or down. alias may be NULL.
 */
size_t netlink_build_make_link(void *buf, uint32_t seq, const char *name, int32_t parent,
			       struct mac_addr mac);
size_t netlink_build_link_v4(void *buf, uint32_t seq, int32_t ifindex, const char *alias);
size_t netlink_build_link_v6(void *buf, uint32_t seq, int32_t ifindex);
size_t netlink_build_raise_link(void *buf, uint32_t seq, int32_t ifindex, bool up);
size_t netlink_build_remove_link(void *buf, uint32_t seq, int32_t ifindex);

/* The host is not to take an address on a link that is down for one of its own; and it is, now that the link is up. */
size_t netlink_build_unroute(void *buf, uint32_t seq, int32_t ifindex, struct ip_addr addr);
size_t netlink_build_route(void *buf, uint32_t seq, int32_t ifindex, struct ip_addr addr);

size_t netlink_build_dump_links(void *buf, uint32_t seq);
size_t netlink_build_dump_addresses(void *buf, uint32_t seq);

#endif
