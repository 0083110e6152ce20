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
#include "link_table.h"

enum {
	NETLINK_REQUEST_MAX = 192, /* bytes of any request below */
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
size_t netlink_build_dump_links(void *buf, uint32_t seq);
size_t netlink_build_dump_addresses(void *buf, uint32_t seq);

#endif
