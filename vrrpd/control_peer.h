/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the other end of a Unix socket may do, by the credentials the kernel took when it connected.
 * Groups are numbers here: looking up names could mean a question to a network service, and this
 * process never waits.
 */
#ifndef VRRPD_CONTROL_PEER_H
#define VRRPD_CONTROL_PEER_H

#include <stddef.h>
#include <sys/types.h>

enum peer_access {
	PEER_MAY_NOTHING,
	PEER_MAY_LOOK,
	PEER_MAY_COMMAND,
};

/* group is the one whose members may look, or (gid_t)-1 for none. */
enum peer_access control_peer_access(int fd, gid_t group);

/* The rule itself: uid and gid of the peer, and its n supplementary groups. */
enum peer_access control_peer_rule(uid_t uid, gid_t gid, const gid_t *groups, size_t n,
				   gid_t group);

#endif
