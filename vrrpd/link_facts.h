/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one message of the kernel says of a link or an address, and how the kernel's things are marked that are ours: by numbers that are
 * also the protocol's, so that whoever comes across them can tell whose they are.
 */
#ifndef VRRPD_LINK_FACTS_H
#define VRRPD_LINK_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/limits.h"

enum {
	ADDRESS_PROTOCOL = 112, /* IFA_PROTO of the addresses that are ours */
	LINK_GROUP = 112,       /* IFLA_GROUP of the links that are ours */
	LINK_ALIAS_MAX = 63, /* bytes of the note that ours carry (IFLA_IFALIAS), without the NUL */
};

/* RTM_NEWLINK */
struct link_facts {
	int32_t ifindex;
	char name[IFNAME_MAX_LEN + 1];
	bool up;             /* IFF_UP and operational */
	struct mac_addr mac; /* zero where it has none of 6 bytes */
	uint32_t mtu;
	bool raised;                    /* IFF_UP */
	bool ours;                      /* a macvlan of LINK_GROUP */
	bool port;                      /* of a bridge, bond…: what arrives is that one's */
	int32_t parent;                 /* IFLA_LINK, 0: none */
	char alias[LINK_ALIAS_MAX + 1]; /* what fits; of ours only */
};

/* RTM_NEWADDR or RTM_DELADDR. The first four are its identity. */
struct address_facts {
	int32_t ifindex;
	struct ip_addr addr;
	uint8_t prefix_len;
	struct ip_addr peer; /* the other end, or the same as addr */
	uint8_t scope;       /* RT_SCOPE_* */
	uint32_t flags;      /* IFA_F_* */
	bool ours;           /* IFA_PROTO is ADDRESS_PROTOCOL */
};

#endif
