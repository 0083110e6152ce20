/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring holds what is to be said, 32 bytes each; frames are built when their batch leaves. A
 * flush looks at every announcement that waited when it began at most once: one whose interface is
 * full goes to the end of the ring for the next flush, so that interfaces with room are served in
 * between.
 */
#include "io_announce.h"

#include <assert.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/announce_frame.h"

enum {
	SOCKET_PRIORITY = 7, /* TC_PRIO_CONTROL */
};

struct announcement {
	int32_t ifindex;
	struct ip_addr addr;
	struct mac_addr mac;
	bool router;
	uint8_t tries;
};

struct io_announce {
	struct io_announce_handler handler;
	int fd;
	bool wants_write;
	uint64_t sent, dropped;
	uint32_t first, count; /* of the ring */
	struct announcement ring[ANNOUNCE_RING];
	struct mmsghdr messages[ANNOUNCE_BATCH];
	struct iovec iov[ANNOUNCE_BATCH];
	struct sockaddr_ll to[ANNOUNCE_BATCH];
	uint8_t frames[ANNOUNCE_BATCH][ANNOUNCE_FRAME_MAX];
};

int io_announce_open(struct io_announce **ret, const struct io_announce_handler *handler,
		     const char **ret_what)
{
	struct io_announce *a = calloc(1, sizeof(*a));
	int priority = SOCKET_PRIORITY;

	if (!a) {
		*ret_what = "no memory for the ring of announcements";
		return -ENOMEM;
	}
	/* protocol 0: nothing is ever received */
	a->fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (a->fd < 0) {
		int error = -errno;

		*ret_what =
			error == -EPERM || error == -EACCES
				? "a packet socket for gratuitous ARP needs CAP_NET_RAW"
				: "cannot open a packet socket for gratuitous ARP (CONFIG_PACKET)";
		free(a);
		return error;
	}
	(void)setsockopt(a->fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority));
	a->handler = *handler;
	for (int i = 0; i < ANNOUNCE_BATCH; i++) {
		a->iov[i].iov_base = a->frames[i];
		a->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &a->to[i],
			.msg_namelen = sizeof(a->to[i]),
			.msg_iov = &a->iov[i],
			.msg_iovlen = 1,
		};
	}
	*ret = a;
	return 0;
}

void io_announce_close(struct io_announce *a)
{
	if (!a)
		return;
	close(a->fd);
	free(a);
}

int io_announce_fd(const struct io_announce *a)
{
	return a->fd;
}

static void append(struct io_announce *a, const struct announcement *one)
{
	assert(a->count < ANNOUNCE_RING);
	a->ring[(a->first + a->count++) % ANNOUNCE_RING] = *one;
}

/* Takes the oldest n out. */
static void drop_first(struct io_announce *a, uint32_t n)
{
	assert(n <= a->count);
	a->first = (a->first + n) % ANNOUNCE_RING;
	a->count -= n;
}

int io_announce_queue(struct io_announce *a, int32_t ifindex, struct mac_addr mac,
		      struct ip_addr addr, bool router)
{
	if (a->count == ANNOUNCE_RING) {
		a->dropped++;
		return -ENOSPC;
	}
	append(a, &(struct announcement){
			  .ifindex = ifindex, .addr = addr, .mac = mac, .router = router });
	return 0;
}

static void build(struct io_announce *a, uint32_t slot, const struct announcement *one)
{
	bool v6 = one->addr.family == IP_V6;
	uint8_t *frame = a->frames[slot];

	a->iov[slot].iov_len =
		v6 ? na_frame_build(one->mac, one->addr, one->router, frame, ANNOUNCE_FRAME_MAX)
		   : arp_frame_build(one->mac, one->addr, frame, ANNOUNCE_FRAME_MAX);
	a->to[slot] = (struct sockaddr_ll){
		.sll_family = AF_PACKET,
		.sll_ifindex = one->ifindex,
		.sll_halen = ETH_ALEN,
	};
	/* a frame begins with its destination; its protocol stands behind the two addresses */
	memcpy(a->to[slot].sll_addr, frame, ETH_ALEN);
	memcpy(&a->to[slot].sll_protocol, frame + 2 * ETH_ALEN, sizeof(a->to[slot].sll_protocol));
}

/* The oldest failed: to the end of the ring for another try (true), or given up (false). */
static bool put_off(struct io_announce *a, int error)
{
	struct announcement one = a->ring[a->first];

	drop_first(a, 1);
	if (error == ENOBUFS && ++one.tries < ANNOUNCE_TRIES) {
		append(a, &one);
		return true;
	}
	a->handler.failed(a->handler.ctx, one.ifindex, one.addr, error);
	return false;
}

/*
 * Sends the oldest n (at most a batch): they leave, wait for another try or are given up, in any
 * case they are not the oldest any more. 0, -ENOBUFS if one of them waits, or -EAGAIN: the socket
 * is full, and those that did not leave are still the oldest.
 */
static int send_oldest(struct io_announce *a, uint32_t n)
{
	uint32_t at = 0;
	int result = 0;

	for (uint32_t i = 0; i < n; i++)
		build(a, i, &a->ring[(a->first + i) % ANNOUNCE_RING]);
	while (at < n) {
		int sent = sendmmsg(a->fd, a->messages + at, n - at, MSG_DONTWAIT);

		if (sent < 0 && errno == EAGAIN)
			return -EAGAIN;
		if (sent < 0 && put_off(a, errno))
			result = -ENOBUFS;
		if (sent > 0) {
			a->sent += (uint32_t)sent;
			drop_first(a, (uint32_t)sent);
		}
		at += sent > 0 ? (uint32_t)sent : 1;
	}
	return result;
}

int io_announce_flush(struct io_announce *a)
{
	bool beyond = a->count > ANNOUNCE_FLUSH_MAX;
	uint32_t left = beyond ? ANNOUNCE_FLUSH_MAX : a->count;
	bool full = false; /* some interface is */

	a->wants_write = false;
	while (left > 0) {
		uint32_t n = left < ANNOUNCE_BATCH ? left : ANNOUNCE_BATCH;
		int error = send_oldest(a, n);

		if (error == -EAGAIN) {
			a->wants_write = true;
			return -EAGAIN;
		}
		full |= error == -ENOBUFS;
		left -= n;
	}
	if (full)
		return -ENOBUFS;
	a->wants_write = beyond; /* which is possible at once: others come in between */
	return beyond ? -EAGAIN : 0;
}

bool io_announce_wants_write(const struct io_announce *a)
{
	return a->wants_write;
}

uint32_t io_announce_waiting(const struct io_announce *a)
{
	return a->count;
}

uint64_t io_announce_sent(const struct io_announce *a)
{
	return a->sent;
}

uint64_t io_announce_dropped(const struct io_announce *a)
{
	return a->dropped;
}
