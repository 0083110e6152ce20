/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BFD control packets in and out, in UDP over one hop (RFC 5881). Of each family one socket receives for all sessions, on port 3784; each
 * session sends from a socket of its own, whose port it keeps for its life. Who a packet is for is not known here.
 */
#ifndef VRRPD_IO_BFD_H
#define VRRPD_IO_BFD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ip.h"
#include "core/settings.h"
#include "wire/bfd.h"

enum {
	BFD_BATCH = 64,       /* packets of one system call */
	BFD_READ_BATCHES = 8, /* system calls of one io_bfd_readable() */
};

/* A packet that came in. */
struct bfd_arrival {
	struct ip_addr src, dst;
	uint8_t ttl; /* or hop limit; told, not judged */
	enum bfd_refusal refusal;
	const struct bfd_packet *packet; /* NULL where it was refused; valid during the call */
};

struct io_bfd_handler {
	void *ctx;
	void (*received)(void *ctx, const struct bfd_arrival *arrival);
};

struct io_bfd;

/* Nothing is open yet. The handler is copied. 0 or -ENOMEM. */
int io_bfd_open(struct io_bfd **ret, const struct io_bfd_handler *handler);
/* NULL is allowed. */
void io_bfd_close(struct io_bfd *b);

/* Receives in that family from now on, if it does not already: 0, or -errno (-EADDRINUSE: somebody else on this host does). */
int io_bfd_listen(struct io_bfd *b, enum family_index family);

/* To be watched for reading; -1: nothing is received in that family. */
int io_bfd_fd(const struct io_bfd *b, enum family_index family);

/* Hands on what has arrived, up to BFD_READ_BATCHES * BFD_BATCH packets. True: more may be left. */
bool io_bfd_readable(struct io_bfd *b, enum family_index family);

/* From which address the kernel would send to that peer now: 0, or -errno (-ENETUNREACH …). */
int io_bfd_ask_source(struct ip_addr peer, struct ip_addr *ret);

/*
 * A socket to send to peer with that TTL, from that port, and from source, which may not be an address of this host yet. 0, or -errno
 * (-EADDRINUSE: try another port).
 */
int io_bfd_sender(struct ip_addr peer, struct ip_addr source, uint16_t port, uint8_t ttl,
		  int *ret_fd);

/* With that TTL or hop limit from now on: 0 or -errno. */
int io_bfd_set_ttl(int fd, struct ip_addr peer, uint8_t ttl);

/* 0 or -errno; never waits, and what could not be sent is not kept. */
int io_bfd_send(int fd, struct ip_addr peer, const struct bfd_packet *packet);

#endif
