/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Internet checksum (RFC 1071), as a running sum so that a pseudo-header can come first.
 */
#ifndef BASE_CHECKSUM_H
#define BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"

/* A running sum; start with 0. Only the last piece may have an odd length. */
uint32_t checksum_add(uint32_t sum, const void *data, size_t len);

/*
 * Adds the pseudo-header of RFC 9293 section 3.1 (IPv4) or RFC 8200 section 8.1 (IPv6). Both
 * addresses are of one family; upper_len is the length of what follows, in bytes.
 */
uint32_t checksum_add_pseudo(uint32_t sum, struct ip_addr src, struct ip_addr dst, uint8_t protocol,
			     uint32_t upper_len);

/*
 * The value for the checksum field, in host order as read big-endian. Over data that includes a
 * correct checksum it is 0.
 */
uint16_t checksum_finish(uint32_t sum);

#endif
