/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SO_PEERCRED and SO_PEERGROUPS. Whatever cannot be found out gives no right.
 */
#include "control_peer.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

enum peer_access control_peer_rule(uid_t uid, gid_t gid, const gid_t *groups, size_t n, gid_t group)
{
	if (uid == 0)
		return PEER_MAY_COMMAND;
	if (group == (gid_t)-1)
		return PEER_MAY_NOTHING;
	if (gid == group)
		return PEER_MAY_LOOK;
	for (size_t i = 0; i < n; i++)
		if (groups[i] == group)
			return PEER_MAY_LOOK;
	return PEER_MAY_NOTHING;
}

/*
 * The peer's supplementary groups, to be freed; NULL with *ret_n 0 if there are none or they cannot
 * be known.
 */
static gid_t *peer_groups(int fd, size_t *ret_n)
{
	socklen_t len = 0;
	gid_t *groups;

	*ret_n = 0;
	/* asked with no room, the kernel says how much it wants */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) == 0 || errno != ERANGE)
		return NULL;
	groups = malloc(len);
	if (groups && getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == 0)
		*ret_n = len / sizeof(*groups);
	return groups;
}

enum peer_access control_peer_access(int fd, gid_t group)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	enum peer_access access;
	gid_t *groups;
	size_t n;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		return PEER_MAY_NOTHING;
	groups = peer_groups(fd, &n);
	access = control_peer_rule(cred.uid, cred.gid, groups, n, group);
	free(groups);
	return access;
}
