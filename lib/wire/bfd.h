/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BFD control packets (RFC 5880 section 4.1), bytes to struct and back, as they travel in UDP over a single hop (RFC 5881). Parsing
 * checks everything that section 6.8.6 asks of the packet alone; to which session it belongs is for whoever knows the sessions.
 * There is no authentication here: a packet that has some is refused, as a session without it must.
 */
#ifndef WIRE_BFD_H
#define WIRE_BFD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"

enum {
	BFD_VERSION = 1,
	BFD_BYTES = 24,              /* of a packet without authentication */
	BFD_PORT = 3784,             /* to which it is sent, RFC 5881 section 4 */
	BFD_SOURCE_PORT_MIN = 49152, /* from which; RFC 5881 section 4 */
	BFD_SOURCE_PORT_MAX = 65535,
};

/* As on the wire, RFC 5880 section 4.1. */
enum bfd_state {
	BFD_ADMIN_DOWN = 0,
	BFD_DOWN = 1,
	BFD_INIT = 2,
	BFD_UP = 3,
};

/* Why a session came down last; likewise. A peer may send others. */
enum bfd_diagnostic {
	BFD_DIAG_NONE = 0,
	BFD_DIAG_EXPIRED = 1, /* Control Detection Time Expired */
	BFD_DIAG_ECHO = 2,
	BFD_DIAG_NEIGHBOUR = 3, /* Neighbor Signaled Session Down */
	BFD_DIAG_RESET = 4,
	BFD_DIAG_PATH = 5,
	BFD_DIAG_CONCATENATED = 6,
	BFD_DIAG_ADMIN = 7, /* Administratively Down */
	BFD_DIAG_REVERSE = 8,
	BFD_DIAG_MAX = 31, /* 5 bits */
};

struct bfd_packet {
	enum bfd_state state;
	uint8_t diagnostic; /* 0-BFD_DIAG_MAX */
	bool poll, final, demand;
	uint8_t multiplier; /* Detect Mult, 1-255 */
	uint32_t my_discriminator, your_discriminator;
	/* Desired Min TX, Required Min RX and Required Min Echo RX Interval: 0-UINT32_MAX microseconds */
	struct span min_tx, min_rx, min_echo_rx;
};

/* Why a packet is dropped. */
enum bfd_refusal {
	BFD_REFUSAL_NONE,
	BFD_REFUSAL_VERSION,
	BFD_REFUSAL_LENGTH, /* less than its fields, or more than there is */
	BFD_REFUSAL_MULTIPLIER,
	BFD_REFUSAL_MULTIPOINT,
	BFD_REFUSAL_MY_DISCRIMINATOR,
	BFD_REFUSAL_YOUR_DISCRIMINATOR, /* 0 from one that says Init or Up */
	BFD_REFUSAL_AUTHENTICATION,
	BFD_REFUSAL_POLL_FINAL, /* both bits */
	BFD_REFUSAL_COUNT_,
};

/* "up", "admin-down"; and "control detection time expired", "diagnostic 9". For logs and JSON. */
const char *bfd_state_name(enum bfd_state state);
const char *bfd_diagnostic_text(uint8_t diagnostic);

/* The packet in data[0..len); BFD_REFUSAL_NONE and *ret filled, or the reason, with *ret untouched. Bytes behind it are ignored. */
enum bfd_refusal bfd_parse(const void *data, size_t len, struct bfd_packet *ret);

/* Version 1, without authentication. Its fields must be in their ranges. */
void bfd_build(const struct bfd_packet *p, uint8_t out[static BFD_BYTES]);

#endif
