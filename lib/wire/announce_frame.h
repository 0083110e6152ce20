/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frames that tell a segment where an address now lives: gratuitous ARP (RFC 826, RFC 5227
 * section 2.3) and unsolicited neighbour advertisements (RFC 4861 section 7.2.6), whole Ethernet
 * frames both.
 */
#ifndef WIRE_ANNOUNCE_FRAME_H
#define WIRE_ANNOUNCE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"

enum {
	ARP_FRAME_LEN = 42, /* Ethernet header 14, ARP 28 */
	NA_FRAME_LEN = 86,  /* Ethernet 14, IPv6 40, NA 24, target link-layer option 8 */
	ANNOUNCE_FRAME_MAX = NA_FRAME_LEN,
};

/*
 * A gratuitous ARP request: sender and target protocol address are vip, sent from mac to the
 * broadcast address. ARP_FRAME_LEN, or 0 if cap is too small or vip is not IPv4.
 */
size_t arp_frame_build(struct mac_addr mac, struct ip_addr vip, void *buf, size_t cap);

/*
 * An unsolicited neighbour advertisement for vip: to ff02::1, from vip itself, hop limit 255,
 * Override set, Solicited not, Router as given, with the target link-layer address option.
 * NA_FRAME_LEN, or 0 if cap is too small or vip is not IPv6.
 */
size_t na_frame_build(struct mac_addr mac, struct ip_addr vip, bool router, void *buf, size_t cap);

/* An ARP packet (without Ethernet header) as received: who claims which address. */
struct arp_packet {
	uint16_t operation; /* 1 request, 2 reply */
	struct mac_addr sender_mac;
	struct ip_addr sender, target;
};

/* 0, or -EINVAL (truncated, not Ethernet/IPv4) with *ret untouched. */
int arp_parse(const void *data, size_t len, struct arp_packet *ret);

/* A neighbour advertisement (ICMPv6, without IPv6 header) as received: who claims which address. */
struct na_packet {
	struct ip_addr target;
	struct mac_addr target_mac; /* of its target link-layer address option */
};

/* 0, or -EINVAL (another message, truncated, without that option) with *ret untouched. */
int na_parse(const void *data, size_t len, struct na_packet *ret);

#endif
