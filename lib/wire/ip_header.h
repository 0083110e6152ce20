/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IPv4 header that a raw socket hands over in front of each packet (RFC 791 section 3.1). IPv6
 * raw sockets hand over none; their facts come as ancillary data.
 */
#ifndef WIRE_IP_HEADER_H
#define WIRE_IP_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "wire/advert.h"

struct ip_header {
	struct ip_addr src, dst;
	uint8_t ttl;
	size_t header_len;  /* bytes, with options */
	size_t payload_len; /* bytes after it, by its own total length; all of them in the buffer */
};

/*
 * REFUSAL_NONE and *ret, or REFUSAL_IP_HEADER with *ret untouched: truncated, not IPv4, lengths
 * that contradict each other, a fragment, or not VRRP_PROTOCOL. The TTL is the caller's to judge,
 * who knows whether 255 is required; the header's checksum has been verified by the kernel.
 */
enum refusal ip_header_parse(const void *data, size_t len, struct ip_header *ret);

#endif
