/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IP and MAC addresses as values. Text goes through inet_pton and inet_ntop, which are strict about
 * leading zeros and know the short forms of IPv6; everything else is comparing bytes.
 */
#include "base/ip.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static_assert(IP_TEXT_MAX == INET6_ADDRSTRLEN, "inet_ntop needs that much");

const char *ip_family_name(enum ip_family family)
{
	switch (family) {
	case IP_NONE:
		return "none";
	case IP_V4:
		return "ipv4";
	case IP_V6:
		return "ipv6";
	}
	return "none";
}

struct ip_addr ip_from_v4(const uint8_t bytes[4])
{
	struct ip_addr a = { .family = IP_V4 };

	memcpy(a.bytes, bytes, 4);
	return a;
}

struct ip_addr ip_from_v6(const uint8_t bytes[16])
{
	struct ip_addr a = { .family = IP_V6 };

	memcpy(a.bytes, bytes, 16);
	return a;
}

size_t ip_len(struct ip_addr a)
{
	return ip_max_prefix_len(a.family) / 8;
}

uint8_t ip_max_prefix_len(enum ip_family family)
{
	switch (family) {
	case IP_NONE:
		return 0;
	case IP_V4:
		return 32;
	case IP_V6:
		return 128;
	}
	return 0;
}

int ip_compare(struct ip_addr a, struct ip_addr b)
{
	if (a.family != b.family)
		return a.family < b.family ? -1 : 1;
	return memcmp(a.bytes, b.bytes, sizeof(a.bytes));
}

bool ip_is_multicast(struct ip_addr a)
{
	if (a.family == IP_V4)
		return (a.bytes[0] & 0xf0) == 224;      /* 224.0.0.0/4 */
	return a.family == IP_V6 && a.bytes[0] == 0xff; /* ff00::/8 */
}

bool ip_is_unspecified(struct ip_addr a)
{
	return ip_is_set(a) && ip_equal(a, (struct ip_addr){ .family = a.family });
}

bool ip_is_loopback(struct ip_addr a)
{
	static const struct ip_addr one = { .bytes = { [15] = 1 }, .family = IP_V6 };

	if (a.family == IP_V4)
		return a.bytes[0] == 127; /* 127.0.0.0/8 */
	return ip_equal(a, one);
}

bool ip_is_link_local(struct ip_addr a)
{
	return a.family == IP_V6 && a.bytes[0] == 0xfe && (a.bytes[1] & 0xc0) == 0x80;
}

bool ip_same_subnet(struct ip_addr a, struct ip_addr b, uint8_t prefix_len)
{
	if (a.family != b.family || prefix_len > ip_max_prefix_len(a.family))
		return false;
	size_t whole = prefix_len / 8;
	unsigned int rest = prefix_len % 8;

	if (memcmp(a.bytes, b.bytes, whole) != 0)
		return false;
	return rest == 0 || (a.bytes[whole] ^ b.bytes[whole]) >> (8 - rest) == 0;
}

/* FNV-1a, 32 bits: short, no table, good enough for addresses that differ in their last bits. */
uint32_t ip_hash(struct ip_addr a)
{
	uint32_t hash = (2166136261u ^ a.family) * 16777619u;

	for (size_t i = 0; i < ip_len(a); i++)
		hash = (hash ^ a.bytes[i]) * 16777619u;
	return hash;
}

int ip_parse(const char *text, struct ip_addr *ret)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		*ret = ip_from_v4(bytes);
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		*ret = ip_from_v6(bytes);
	else
		return -EINVAL;
	return 0;
}

/* One to three digits without a leading zero and nothing else: 0 to max, or -EINVAL. */
static int parse_prefix_len(const char *text, uint8_t max)
{
	int value = 0;

	if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0'))
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		value = value * 10 + (*text - '0');
		if (value > max)
			return -EINVAL;
	}
	return value;
}

int ip_parse_prefix(const char *text, struct ip_addr *ret, uint8_t *ret_prefix_len)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char addr_text[IP_TEXT_MAX];
	struct ip_addr addr;

	if (len >= sizeof(addr_text))
		return -EINVAL;
	memcpy(addr_text, text, len);
	addr_text[len] = '\0';
	if (ip_parse(addr_text, &addr) < 0)
		return -EINVAL;

	int prefix_len = ip_max_prefix_len(addr.family);

	if (slash)
		prefix_len = parse_prefix_len(slash + 1, (uint8_t)prefix_len);
	if (prefix_len < 0)
		return -EINVAL;
	*ret = addr;
	*ret_prefix_len = (uint8_t)prefix_len;
	return 0;
}

const char *ip_text(struct ip_addr a, char buf[static IP_TEXT_MAX])
{
	if (!ip_is_set(a))
		return strcpy(buf, "none");
	inet_ntop(a.family == IP_V4 ? AF_INET : AF_INET6, a.bytes, buf, IP_TEXT_MAX);
	return buf;
}

const char *ip_prefix_text(struct ip_addr a, uint8_t prefix_len,
			   char buf[static IP_PREFIX_TEXT_MAX])
{
	ip_text(a, buf);
	if (ip_is_set(a)) {
		size_t len = strlen(buf);

		snprintf(buf + len, IP_PREFIX_TEXT_MAX - len, "/%u", prefix_len);
	}
	return buf;
}

/* Any number, as long as no two have the same. */
static uint64_t mac_number(struct mac_addr a)
{
	uint64_t number = 0;

	memcpy(&number, a.bytes, sizeof(a.bytes));
	return number;
}

bool mac_is_set(struct mac_addr a)
{
	return mac_number(a) != 0;
}

bool mac_equal(struct mac_addr a, struct mac_addr b)
{
	return mac_number(a) == mac_number(b);
}

const char *mac_text(struct mac_addr a, char buf[static MAC_TEXT_MAX])
{
	snprintf(buf, MAC_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", a.bytes[0], a.bytes[1],
		 a.bytes[2], a.bytes[3], a.bytes[4], a.bytes[5]);
	return buf;
}

struct mac_addr mac_virtual(enum ip_family family, uint8_t vrid)
{
	uint8_t block = family == IP_V6 ? 0x02 : 0x01;

	return (struct mac_addr){ { 0x00, 0x00, 0x5e, 0x00, block, vrid } };
}
