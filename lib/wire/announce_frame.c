/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames written from the first byte to the last in the order of the wire. They are sent through a
 * packet socket, so that nothing of the host (routing, neighbour tables, its own ideas of a source)
 * stands between a take-over and the segment's knowing of it.
 */
#include "wire/announce_frame.h"

#include <errno.h>

#include "base/bytes.h"
#include "base/checksum.h"
#include "wire/fields.h"

enum {
	ETHERTYPE_ARP_PACKET = 0x0806,
	ETHERTYPE_IPV4_PACKET = 0x0800,
	ETHERTYPE_IPV6_PACKET = 0x86dd,
	ARP_HARDWARE_ETHERNET = 1,
	ARP_OPERATION_REQUEST = 1,
	NEXT_HEADER_ICMPV6 = 58,
	ETHERNET_HEADER_LEN = 14,
	IPV6_HEADER_LEN = 40,
	ICMPV6_LEN = NA_FRAME_LEN - ETHERNET_HEADER_LEN - IPV6_HEADER_LEN,
	ICMPV6_CHECKSUM_POS = ETHERNET_HEADER_LEN + IPV6_HEADER_LEN + 2,
	NEIGHBOUR_ADVERTISEMENT = 136,  /* RFC 4861 section 4.4 */
	OPTION_TARGET_LINK_ADDRESS = 2, /* RFC 4861 section 4.6.1 */
};

/* Flags of a neighbour advertisement, RFC 4861 section 4.4. */
static const uint32_t na_router = 1u << 31;
static const uint32_t na_override = 1u << 29;

static const struct mac_addr mac_broadcast = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
/* ff02::1, and the Ethernet group it maps to (RFC 2464 section 7) */
static const struct ip_addr all_nodes = { .family = IP_V6, .bytes = { 0xff, 0x02, [15] = 0x01 } };
static const struct mac_addr mac_all_nodes = { { 0x33, 0x33, 0x00, 0x00, 0x00, 0x01 } };

static void write_ethernet(struct writer *w, struct mac_addr dst, struct mac_addr src,
			   uint16_t ethertype)
{
	write_mac(w, dst);
	write_mac(w, src);
	write_be16(w, ethertype);
}

size_t arp_frame_build(struct mac_addr mac, struct ip_addr vip, void *buf, size_t cap)
{
	struct writer w = writer_of(buf, cap);

	if (vip.family != IP_V4)
		return 0;
	write_ethernet(&w, mac_broadcast, mac, ETHERTYPE_ARP_PACKET);
	write_be16(&w, ARP_HARDWARE_ETHERNET);
	write_be16(&w, ETHERTYPE_IPV4_PACKET);
	write_u8(&w, sizeof(mac.bytes));
	write_u8(&w, (uint8_t)ip_len(vip));
	write_be16(&w, ARP_OPERATION_REQUEST);
	write_mac(&w, mac);
	write_ip(&w, vip);
	write_zeros(&w, sizeof(mac.bytes)); /* target hardware address: nobody's, RFC 5227 */
	write_ip(&w, vip);
	return w.overrun ? 0 : w.len;
}

size_t na_frame_build(struct mac_addr mac, struct ip_addr vip, bool router, void *buf, size_t cap)
{
	struct writer w = writer_of(buf, cap);

	if (vip.family != IP_V6)
		return 0;
	write_ethernet(&w, mac_all_nodes, mac, ETHERTYPE_IPV6_PACKET);

	write_be32(&w, 6u << 28); /* version; no traffic class, no flow label */
	write_be16(&w, ICMPV6_LEN);
	write_u8(&w, NEXT_HEADER_ICMPV6);
	write_u8(&w, 255); /* RFC 4861 section 7.1.2: anything less is not from this link */
	write_ip(&w, vip);
	write_ip(&w, all_nodes);

	write_u8(&w, NEIGHBOUR_ADVERTISEMENT);
	write_u8(&w, 0);   /* code */
	write_be16(&w, 0); /* checksum, below */
	write_be32(&w, na_override | (router ? na_router : 0));
	write_ip(&w, vip);
	write_u8(&w, OPTION_TARGET_LINK_ADDRESS);
	write_u8(&w, 1); /* length in units of 8 bytes */
	write_mac(&w, mac);
	if (w.overrun)
		return 0;

	uint32_t sum = checksum_add_pseudo(0, vip, all_nodes, NEXT_HEADER_ICMPV6, ICMPV6_LEN);

	sum = checksum_add(sum, w.data + w.len - ICMPV6_LEN, ICMPV6_LEN);
	write_be16_at(&w, ICMPV6_CHECKSUM_POS, checksum_finish(sum));
	return w.len;
}

int arp_parse(const void *data, size_t len, struct arp_packet *ret)
{
	struct reader r = reader_of(data, len);
	uint16_t hardware = read_be16(&r);
	uint16_t protocol = read_be16(&r);
	uint8_t hardware_len = read_u8(&r);
	uint8_t protocol_len = read_u8(&r);
	struct arp_packet packet = { .operation = read_be16(&r) };

	packet.sender_mac = read_mac(&r);
	packet.sender = read_ip(&r, IP_V4);
	read_skip(&r, 6); /* target hardware address: says nothing in a request */
	packet.target = read_ip(&r, IP_V4);
	if (r.overrun || hardware != ARP_HARDWARE_ETHERNET || protocol != ETHERTYPE_IPV4_PACKET ||
	    hardware_len != 6 || protocol_len != 4)
		return -EINVAL;
	*ret = packet;
	return 0;
}

int na_parse(const void *data, size_t len, struct na_packet *ret)
{
	struct reader r = reader_of(data, len);
	uint8_t type = read_u8(&r), code = read_u8(&r);
	struct na_packet packet;

	read_skip(&r, 2 + 4); /* checksum: the kernel's to verify; flags */
	packet.target = read_ip(&r, IP_V6);
	if (type != NEIGHBOUR_ADVERTISEMENT || code != 0)
		return -EINVAL;
	while (reader_left(&r) >= 8) {
		uint8_t option = read_u8(&r), units = read_u8(&r);

		if (option == OPTION_TARGET_LINK_ADDRESS && units == 1) {
			packet.target_mac = read_mac(&r);
			*ret = packet;
			return 0;
		}
		/* One of no length, which RFC 4861 section 4.6 does not allow, leads beyond the end. */
		read_skip(&r, (size_t)units * 8 - 2);
	}
	return -EINVAL;
}
