/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What io_netlink.c and netlink_link.c share of the adapter that is one to all others: they talk over one socket, because only there does
 * the kernel tell things in the order in which it did them.
 */
#ifndef VRRPD_NETLINK_STATE_H
#define VRRPD_NETLINK_STATE_H

#include "address_requests.h"
#include "io_netlink.h"
#include "link_requests.h"
#include "link_table.h"
#include "netlink_socket.h"

enum {
	DATAGRAM_MAX = 64 << 10, /* the kernel's dumps use up to 32 KiB at a time */
};

enum dump_state {
	DUMP_NONE,
	DUMP_LINKS,
	DUMP_ADDRESSES,
};

struct io_netlink {
	struct io_netlink_handler handler;
	struct mnl_socket *socket;
	uint32_t port;
	uint32_t next_seq;
	struct link_table table;
	struct address_requests requests;
	uint32_t at_once; /* so many of them */
	struct link_requests link_requests;

	enum dump_state dump;
	uint32_t dump_seq;
	uint32_t dump_drops;   /* the socket's count of drops when it began */
	bool dump_interrupted; /* its parts do not fit together, or something was lost */
	bool dump_wanted;
	int dump_failures; /* in a row */
	bool is_synced;

	_Alignas(struct nlmsghdr) uint8_t received[DATAGRAM_MAX];
};

/* ---- io_netlink.c ---- */

/* 0, or -errno: the kernel took nothing of it. */
int netlink_send(const struct io_netlink *nl, const void *bytes, size_t len);

/* Sends the changes of addresses that are queued. 0, or -errno: they stay queued. */
int netlink_send_batch(struct io_netlink *nl);

/* ---- netlink_link.c ---- */

/*
 * Takes a piece of the addresses on lowered links off the host's list of its own. What could not be sent or done is mended when the link is
 * lowered the next time.
 */
void netlink_unroute_some(struct io_netlink *nl);

/* Ends a request with the kernel's answer, a positive errno or 0, and its explanation: the handler is told. */
void netlink_answer_link(struct io_netlink *nl, struct link_request *r, int error, const char *why);

/* Is what the request asked for so, as far as the kernel has told? */
bool netlink_link_is_so(const struct io_netlink *nl, const struct link_request *r);

#endif
