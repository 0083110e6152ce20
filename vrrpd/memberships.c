/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * First fit over the holders; an empty place in an old holder is used before a new socket is
 * opened. Holders are never closed before the end: a place that was needed once will be needed
 * again. Looking through all of them is cheap next to the system call, and joins are rare.
 */
#include "memberships.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void memberships_init(struct memberships *m, struct ip_addr group)
{
	*m = (struct memberships){ .group = group };
}

void memberships_done(struct memberships *m)
{
	for (uint32_t i = 0; i < m->holder_count; i++)
		close(m->holders[i].fd);
	free(m->holders);
	*m = (struct memberships){ .group = m->group };
}

static int change_v4(struct ip_addr group, int fd, int32_t ifindex, bool join)
{
	struct ip_mreqn request = { .imr_ifindex = ifindex };

	memcpy(&request.imr_multiaddr, group.bytes, sizeof(request.imr_multiaddr));
	return setsockopt(fd, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &request,
			  sizeof(request));
}

static int change_v6(struct ip_addr group, int fd, int32_t ifindex, bool join)
{
	struct ipv6_mreq request = { .ipv6mr_interface = (unsigned int)ifindex };

	memcpy(&request.ipv6mr_multiaddr, group.bytes, sizeof(request.ipv6mr_multiaddr));
	return setsockopt(fd, IPPROTO_IPV6, join ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, &request,
			  sizeof(request));
}

/* 0 or -errno. Whoever has joined already, because he could not leave, is where he wants to be. */
static int change(const struct memberships *m, int fd, int32_t ifindex, bool join)
{
	int status = m->group.family == IP_V6 ? change_v6(m->group, fd, ifindex, join)
					      : change_v4(m->group, fd, ifindex, join);

	return status < 0 && !(join && errno == EADDRINUSE) ? -errno : 0;
}

/* The place of ifindex in the holder, or -1. */
static int place_of(const struct membership_holder *h, int32_t ifindex)
{
	for (uint32_t i = 0; i < h->count; i++)
		if (h->ifindex[i] == ifindex)
			return (int)i;
	return -1;
}

static bool joined(const struct memberships *m, int32_t ifindex)
{
	for (uint32_t i = 0; i < m->holder_count; i++)
		if (place_of(&m->holders[i], ifindex) >= 0)
			return true;
	return false;
}

/* Opens one more socket at the end of the table. 0 or -errno. */
static int add_holder(struct memberships *m)
{
	struct membership_holder *grown =
		reallocarray(m->holders, m->holder_count + 1, sizeof(*grown));
	int fd;

	if (!grown)
		return -ENOMEM;
	m->holders = grown;
	fd = socket(m->group.family == IP_V6 ? AF_INET6 : AF_INET,
		    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	grown[m->holder_count++] = (struct membership_holder){ .fd = fd };
	return 0;
}

static int join_in(const struct memberships *m, struct membership_holder *h, int32_t ifindex)
{
	int error = change(m, h->fd, ifindex, true);

	if (error == 0)
		h->ifindex[h->count++] = ifindex;
	return error;
}

int memberships_join(struct memberships *m, int32_t ifindex)
{
	int error;

	if (joined(m, ifindex))
		return 0;
	for (uint32_t i = 0; i < m->holder_count; i++) {
		struct membership_holder *h = &m->holders[i];

		if (h->count == MEMBERSHIPS_PER_HOLDER)
			continue;
		error = join_in(m, h, ifindex);
		/* no room in one that has some already: the kernel's limit is smaller than ours */
		if (error != -ENOBUFS || h->count == 0)
			return error;
	}
	error = add_holder(m);
	return error ? error : join_in(m, &m->holders[m->holder_count - 1], ifindex);
}

void memberships_leave(struct memberships *m, int32_t ifindex)
{
	for (uint32_t i = 0; i < m->holder_count; i++) {
		struct membership_holder *h = &m->holders[i];
		int place = place_of(h, ifindex);

		if (place < 0)
			continue;
		/* Also when the interface is gone: the socket's own list gets its place back. */
		(void)change(m, h->fd, ifindex, false);
		h->ifindex[place] = h->ifindex[--h->count];
		return;
	}
}
