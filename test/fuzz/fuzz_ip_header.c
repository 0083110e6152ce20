/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands in front of a message: the IPv4 header that a raw socket hands over, with the message behind it; and ARP packets. The first
 * byte chooses. What is accepted lies within the buffer and means what was built; what is refused touches nothing.
 */
#include <string.h>

#include "base/bytes.h"
#include "wire/announce_frame.h"
#include "wire/ip_header.h"

#include "fuzz.h"

enum {
	PACKET_MAX = 2048,
	ETHERNET_HEADER_LEN = 14,
};

static void packet(const uint8_t *data, size_t len)
{
	struct ip_header h, untouched;
	struct advert a;

	memset(&h, 0xa5, sizeof(h));
	memset(&untouched, 0xa5, sizeof(untouched));
	if (ip_header_parse(data, len, &h) != REFUSAL_NONE) {
		MUST(memcmp(&h, &untouched, sizeof(h)) == 0);
		return;
	}
	MUST(h.header_len >= 20 && h.header_len <= 60 && h.header_len % 4 == 0);
	MUST(h.payload_len <= len && h.header_len + h.payload_len <= len);
	MUST(h.src.family == IP_V4 && h.dst.family == IP_V4);
	MUST(memcmp(h.src.bytes, data + 12, 4) == 0 && memcmp(h.dst.bytes, data + 16, 4) == 0);
	MUST(h.ttl == data[8]);
	(void)advert_parse(data + h.header_len, h.payload_len, h.src, h.dst, &a);
}

/* The announcement that we would send for the sender of this packet is a packet of that sender. */
static void announce_again(const struct arp_packet *arp)
{
	uint8_t frame[ARP_FRAME_LEN];
	struct arp_packet ours;

	MUST(arp_frame_build(arp->sender_mac, arp->sender, frame, sizeof(frame) - 1) == 0);
	MUST(arp_frame_build(arp->sender_mac, arp->sender, frame, sizeof(frame)) == sizeof(frame));
	MUST(arp_parse(frame + ETHERNET_HEADER_LEN, sizeof(frame) - ETHERNET_HEADER_LEN, &ours) ==
	     0);
	MUST(mac_equal(ours.sender_mac, arp->sender_mac));
	MUST(ip_equal(ours.sender, arp->sender) && ip_equal(ours.target, arp->sender));
}

static void arp(const uint8_t *data, size_t len)
{
	struct arp_packet arp, untouched;

	memset(&arp, 0xa5, sizeof(arp));
	memset(&untouched, 0xa5, sizeof(untouched));
	if (arp_parse(data, len, &arp) != 0) {
		MUST(memcmp(&arp, &untouched, sizeof(arp)) == 0);
		return;
	}
	MUST(len >= ARP_FRAME_LEN - ETHERNET_HEADER_LEN);
	MUST(arp.sender.family == IP_V4 && arp.target.family == IP_V4);
	announce_again(&arp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len == 0 || len > PACKET_MAX)
		return 0;
	if (data[0] % 2 == 0)
		packet(data + 1, len - 1);
	else
		arp(data + 1, len - 1);
	return 0;
}
