/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IPv4 header in front of a received message. The kernel has verified its checksum and put
 * fragments together before a raw socket sees it; what is checked here is what a buffer of bytes
 * alone must prove before anything in it is believed.
 */
#include "wire/ip_header.h"

#include "base/bytes.h"
#include "wire/fields.h"

enum {
	HEADER_LEN_MIN = 20,
	MORE_FRAGMENTS = 0x2000,
	FRAGMENT_OFFSET = 0x1fff,
};

enum refusal ip_header_parse(const void *data, size_t len, struct ip_header *ret)
{
	struct reader r = reader_of(data, len);
	uint8_t version_ihl = read_u8(&r);

	read_skip(&r, 1); /* type of service */
	size_t total_len = read_be16(&r);

	read_skip(&r, 2); /* identification */
	uint16_t fragment = read_be16(&r);
	uint8_t ttl = read_u8(&r);
	uint8_t protocol = read_u8(&r);

	read_skip(&r, 2); /* checksum: the kernel's to verify */
	struct ip_addr src = read_ip(&r, IP_V4);
	struct ip_addr dst = read_ip(&r, IP_V4);
	size_t header_len = (size_t)(version_ihl & 0x0f) * 4;

	if (r.overrun || version_ihl >> 4 != 4)
		return REFUSAL_IP_HEADER;
	if (header_len < HEADER_LEN_MIN || total_len < header_len || total_len > len)
		return REFUSAL_IP_HEADER;
	if (fragment & (MORE_FRAGMENTS | FRAGMENT_OFFSET) || protocol != VRRP_PROTOCOL)
		return REFUSAL_IP_HEADER;

	*ret = (struct ip_header){
		.src = src,
		.dst = dst,
		.ttl = ttl,
		.header_len = header_len,
		/* not what the buffer holds: Ethernet pads short frames */
		.payload_len = total_len - header_len,
	};
	return REFUSAL_NONE;
}
