/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A netlink socket as an adapter needs it that sends requests and follows events: it never waits, is not inherited by what is executed,
 * and hears the kernel and nobody who plays it. What the messages mean is the adapter's business.
 */
#ifndef VRRPD_NETLINK_SOCKET_H
#define VRRPD_NETLINK_SOCKET_H

#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

/*
 * bus: NETLINK_ROUTE, NETLINK_NETFILTER…; buffer_bytes: how much the kernel may have to say while we are busy, or as
 * much of it as it allows; 0: what it gives everybody. 0, or -errno and *ret untouched.
 */
int netlink_socket_open(struct mnl_socket **ret, int bus, int buffer_bytes);

/* NULL is allowed. */
void netlink_socket_close(struct mnl_socket *socket);

/* All of it in one datagram, which the kernel has worked on when this returns. 0 or -errno: it took nothing of it. */
int netlink_socket_send(struct mnl_socket *socket, const void *bytes, size_t len);

/* Subscribes to the kernel's events of one group (NETLINK_ADD_MEMBERSHIP), or ends that. 0 or -errno. */
int netlink_socket_join(struct mnl_socket *socket, int group);
int netlink_socket_leave(struct mnl_socket *socket, int group);

/*
 * Takes in one datagram, in buf, which is to be aligned for a header. 1 and its length, which is 0 if it is of somebody else than the kernel;
 * 0 if there is none; or -errno for one that is lost: -ENOBUFS and with it others, -EMSGSIZE if it has no room in buf.
 */
int netlink_socket_receive(struct mnl_socket *socket, void *buf, size_t cap, size_t *ret_len);

#endif
