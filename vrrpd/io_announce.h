/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gratuitous ARPs and unsolicited neighbour advertisements out of one packet socket that receives
 * nothing. They wait in a bounded ring and leave in batches; when the kernel has no room they stay
 * until it has, and an interface that is stuck does not hold up the others.
 */
#ifndef VRRPD_IO_ANNOUNCE_H
#define VRRPD_IO_ANNOUNCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"

enum {
	ANNOUNCE_RING = 16384,     /* announcements waiting; more are dropped and counted */
	ANNOUNCE_BATCH = 64,       /* frames of one system call */
	ANNOUNCE_FLUSH_MAX = 1024, /* frames of one io_announce_flush() */
	ANNOUNCE_TRIES = 100,      /* then a full interface counts as failed */
	ANNOUNCE_PAUSE_MS = 2,     /* how long to let a full interface drain */
};

struct io_announce_handler {
	void *ctx;
	/*
	 * One frame could not be sent; error is a positive errno. Called from io_announce_flush()
	 * only; queue nothing in it.
	 */
	void (*failed)(void *ctx, int32_t ifindex, struct ip_addr addr, int error);
};

struct io_announce;

/* 0, or -errno with the missing facility or capability in *ret_what. The handler is copied. */
int io_announce_open(struct io_announce **ret, const struct io_announce_handler *handler,
		     const char **ret_what);
/* NULL is allowed. */
void io_announce_close(struct io_announce *a);

/* To be watched for writing, while io_announce_wants_write(). */
int io_announce_fd(const struct io_announce *a);

/*
 * Queues one announcement that addr is at mac, on that interface; router is the R flag of IPv6. 0,
 * or -ENOSPC when the ring is full: dropped and counted.
 */
int io_announce_queue(struct io_announce *a, int32_t ifindex, struct mac_addr mac,
		      struct ip_addr addr, bool router);

/*
 * Sends what waits, up to ANNOUNCE_FLUSH_MAX frames. 0: nothing is left. -EAGAIN: call again when
 * the descriptor is writable. -ENOBUFS: the queue of some interface is full, call again after
 * ANNOUNCE_PAUSE_MS (the descriptor would claim to be writable all the while).
 */
int io_announce_flush(struct io_announce *a);

/* The last flush returned -EAGAIN. */
bool io_announce_wants_write(const struct io_announce *a);

/* How many are waiting, and since it was opened: how many were sent, and dropped (ring full). */
uint32_t io_announce_waiting(const struct io_announce *a);
uint64_t io_announce_sent(const struct io_announce *a);
uint64_t io_announce_dropped(const struct io_announce *a);

#endif
