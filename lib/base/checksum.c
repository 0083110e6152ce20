/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Internet checksum, two bytes at a time in the order of the wire, so that it gives the same on
 * every machine and needs no aligned data. An advertisement is a few dozen bytes: clarity wins over
 * wider words.
 */
#include "base/checksum.h"

/* The ones' complement sum of 16-bit words: what carries out at the top comes in at the bottom. */
static uint32_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint32_t)sum;
}

uint32_t checksum_add(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *bytes = data;
	uint64_t total = sum;
	size_t i = 0;

	for (; i + 1 < len; i += 2)
		total += (uint64_t)(bytes[i] << 8 | bytes[i + 1]);
	if (i < len) /* an odd byte is the high half of a word whose low half is 0, RFC 1071 */
		total += (uint64_t)(bytes[i] << 8);
	return fold(total);
}

uint32_t checksum_add_pseudo(uint32_t sum, struct ip_addr src, struct ip_addr dst, uint8_t protocol,
			     uint32_t upper_len)
{
	sum = checksum_add(sum, src.bytes, ip_len(src));
	sum = checksum_add(sum, dst.bytes, ip_len(dst));
	/* Both families add the same numbers; only where their zeros stand differs. */
	return fold((uint64_t)sum + upper_len + protocol);
}

uint16_t checksum_finish(uint32_t sum)
{
	return (uint16_t)~fold(sum);
}
