/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IP and MAC addresses as plain values: 4 or 16 bytes in network order with their family, compared
 * and printed the same way everywhere. Unused bytes are always zero, so that memcmp is equality.
 */
#ifndef BASE_IP_H
#define BASE_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum ip_family {
	IP_NONE = 0, /* no address */
	IP_V4 = 4,
	IP_V6 = 6,
};

enum {
	IP_TEXT_MAX = 46,        /* INET6_ADDRSTRLEN */
	IP_PREFIX_TEXT_MAX = 50, /* with "/128" */
	MAC_TEXT_MAX = 18,       /* "00:00:5e:00:01:33" */
};

/* The bytes come first so that a comparison may read them as whole words. */
struct ip_addr {
	uint8_t bytes[16]; /* network order; 4 used for IPv4, the others 0 */
	uint8_t family;    /* enum ip_family */
};

struct mac_addr {
	uint8_t bytes[6];
};

#define IP_ADDR_NONE ((struct ip_addr){ .family = IP_NONE })

/* "ipv4" or "ipv6", as the JSON and VRRP_FAMILY spell it. */
const char *ip_family_name(enum ip_family family);

struct ip_addr ip_from_v4(const uint8_t bytes[4]);
struct ip_addr ip_from_v6(const uint8_t bytes[16]);

/* 4, 16 or 0 (IP_NONE). */
size_t ip_len(struct ip_addr a);

/* 32, 128 or 0 (IP_NONE). */
uint8_t ip_max_prefix_len(enum ip_family family);

static inline bool ip_is_set(struct ip_addr a)
{
	return a.family != IP_NONE;
}

/* As two words: for memcmp() compilers first make copies of both, and this is asked several times for every packet. */
static inline bool ip_equal(struct ip_addr a, struct ip_addr b)
{
	uint64_t x[2], y[2];

	memcpy(x, a.bytes, sizeof(x));
	memcpy(y, b.bytes, sizeof(y));
	return a.family == b.family && x[0] == y[0] && x[1] == y[1];
}

/*
 * <0, 0 or >0: by family, then as unsigned numbers in network order, which is what "greater IP
 * address" means in RFC 9568 section 6.4.3.
 */
int ip_compare(struct ip_addr a, struct ip_addr b);

bool ip_is_multicast(struct ip_addr a);
bool ip_is_unspecified(struct ip_addr a);
bool ip_is_loopback(struct ip_addr a);
/* fe80::/10; false for IPv4. */
bool ip_is_link_local(struct ip_addr a);

/* Are the first prefix_len bits of both the same? Never across families or beyond the last bit. */
bool ip_same_subnet(struct ip_addr a, struct ip_addr b, uint8_t prefix_len);

/* A stable 32-bit hash of the address. */
uint32_t ip_hash(struct ip_addr a);

/*
 * Strict text form without zone or prefix: dotted quad without leading zeros, or RFC 4291.
 * 0, or -EINVAL with *ret untouched.
 */
int ip_parse(const char *text, struct ip_addr *ret);

/* ADDR[/PREFIX]; without one ret_prefix_len is 32 or 128. 0, or -EINVAL with both untouched. */
int ip_parse_prefix(const char *text, struct ip_addr *ret, uint8_t *ret_prefix_len);

/* Canonical text (RFC 5952) into buf, which is returned; "none" for IP_NONE. */
const char *ip_text(struct ip_addr a, char buf[static IP_TEXT_MAX]);
const char *ip_prefix_text(struct ip_addr a, uint8_t prefix_len,
			   char buf[static IP_PREFIX_TEXT_MAX]);

bool mac_equal(struct mac_addr a, struct mac_addr b);
/* Is any of its bytes other than 0? */
bool mac_is_set(struct mac_addr a);
/* Lower case, colons. */
const char *mac_text(struct mac_addr a, char buf[static MAC_TEXT_MAX]);
/* 00-00-5E-00-01-{VRID} or 00-00-5E-00-02-{VRID}, RFC 9568 section 7.3. */
struct mac_addr mac_virtual(enum ip_family family, uint8_t vrid);

#endif
