/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Membership of one multicast group, of either family, on any number of interfaces. The kernel lets
 * a socket join only a few groups (IPv4: igmp_max_memberships, 20 by default; IPv6: as far as its
 * optmem_max goes), so they are spread over UDP sockets that do nothing else; the raw socket that
 * receives hears what any socket of the host has joined.
 */
#ifndef VRRPD_MEMBERSHIPS_H
#define VRRPD_MEMBERSHIPS_H

#include <stdint.h>

#include "base/ip.h"

enum {
	MEMBERSHIPS_PER_HOLDER = 20, /* the kernel's default limit; a smaller one is found out */
};

/* A socket and the interfaces on which it joined: `count` used. */
struct membership_holder {
	int fd;
	uint32_t count;
	int32_t ifindex[MEMBERSHIPS_PER_HOLDER];
};

struct memberships {
	struct ip_addr group;
	struct membership_holder *holders;
	uint32_t holder_count;
};

void memberships_init(struct memberships *m, struct ip_addr group);
void memberships_done(struct memberships *m);

/* 0, also when joined already, or -errno. */
int memberships_join(struct memberships *m, int32_t ifindex);

/* Nothing happens where it was not joined. */
void memberships_leave(struct memberships *m, int32_t ifindex);

#endif
