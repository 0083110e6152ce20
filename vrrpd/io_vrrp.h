/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Advertisements in and out. For each family one raw socket receives for all interfaces (the kernel
 * walks every raw socket for every packet, so a socket per interface would cost the square) and one
 * sends for all; cheap UDP sockets hold the multicast memberships.
 */
#ifndef VRRPD_IO_VRRP_H
#define VRRPD_IO_VRRP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/settings.h"

enum {
	VRRP_BATCH = 64,       /* messages of one system call, either way */
	VRRP_READ_BATCHES = 8, /* system calls of one io_vrrp_readable() */
	VRRP_DISCARD_MAX = 16384,
};

struct io_vrrp_handler {
	void *ctx;
	/*
	 * A message arrived: ev->advert is set and ev->refusal is REFUSAL_NONE (EVENT_ADVERT), or
	 * it is NULL and the refusal says why (EVENT_REFUSED). Its TTL or hop limit is told, not
	 * judged. Valid during the call. Called from io_vrrp_readable() only.
	 */
	void (*received)(void *ctx, const struct event_advert *ev);
	/*
	 * The kernel did not take the message queued with that cookie; error is a positive errno.
	 * Called from io_vrrp_queue() and io_vrrp_flush(), that is while actions are carried out:
	 * note it, queue nothing, and step the engine afterwards.
	 */
	void (*send_failed)(void *ctx, uint32_t cookie, int error);
};

struct io_vrrp;

/*
 * 0, or -errno with the missing facility or capability in *ret_what. The handler is copied. A kernel without IPv6 is no error: that
 * family is not served then.
 */
int io_vrrp_open(struct io_vrrp **ret, const struct io_vrrp_handler *handler,
		 const char **ret_what);
/* NULL is allowed. */
void io_vrrp_close(struct io_vrrp *v);

/* To be watched for reading; -1 when that family is not served. */
int io_vrrp_fd(const struct io_vrrp *v, enum family_index family);

/*
 * Hands on what has arrived, up to VRRP_READ_BATCHES * VRRP_BATCH messages. True: more may be left.
 */
bool io_vrrp_readable(struct io_vrrp *v, enum family_index family);

/* Throws away what has arrived so far. */
void io_vrrp_discard(struct io_vrrp *v);

/*
 * Joins the VRRP group on that interface: 0, also when joined already, or -errno (-ENODEV: no such
 * interface; -EAFNOSUPPORT: the family is not served). An interface that goes down and comes up
 * again keeps its membership. One that is deleted loses it without a word: leave with the old index then, and join with the new one, even
 * if both are the same number.
 */
int io_vrrp_join(struct io_vrrp *v, enum family_index family, int32_t ifindex);
void io_vrrp_leave(struct io_vrrp *v, enum family_index family, int32_t ifindex);

/*
 * Queues one message (VRRP header and what follows, at most ADVERT_BYTES_MAX bytes, copied) from
 * src to dst (the group or a unicast peer) out of that interface, with TTL 255. src must be an
 * address of this host. A full batch is sent at once. src and dst are of one family; one that is
 * not served fails.
 */
void io_vrrp_queue(struct io_vrrp *v, int32_t ifindex, struct ip_addr src, struct ip_addr dst,
		   const void *message, size_t len, uint32_t cookie);

/*
 * Sends what is queued. One that fails is reported and does not hold up the others; none is kept
 * for later.
 */
void io_vrrp_flush(struct io_vrrp *v);

#endif
