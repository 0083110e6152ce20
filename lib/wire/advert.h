/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VRRP advertisements, bytes to struct and back: version 2 (RFC 3768 section 5, with the
 * simple-text authentication of RFC 2338) and version 3 (RFC 9568 section 5), over IPv4 and IPv6.
 * Parsing checks everything that the packet alone can tell (RFC 9568 section 7.1); what depends on
 * the configuration of a virtual router is the core's to check.
 */
#ifndef WIRE_ADVERT_H
#define WIRE_ADVERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/instant.h"
#include "base/ip.h"
#include "base/limits.h"

enum {
	VRRP_PROTOCOL = 112, /* IPv4 protocol and IPv6 next header, RFC 9568 section 5.1.1.4 */
	VRRP_TTL = 255,      /* RFC 9568 section 5.1.1.3 */
	VRRP_TYPE_ADVERTISEMENT = 1,
	VRRP_PRIORITY_OWNER = 255,
	VRRP_PRIORITY_RELEASE = 0, /* the sender stops being master */
	ADVERT_CHECKSUM_POS = 6,   /* where its two bytes stand */
	/* header, 255 IPv6 addresses, version 2's authentication data */
	ADVERT_BYTES_MAX = 8 + ADVERT_ADDRESSES_MAX * 16 + 8,
};

/* Authentication types of version 2, RFC 2338 section 5.3.6. */
enum advert_auth {
	ADVERT_AUTH_NONE = 0,
	ADVERT_AUTH_SIMPLE = 1,
};

struct advert {
	uint8_t version;                      /* 2 or 3 */
	uint8_t vrid;                         /* 1-255 */
	uint8_t priority;                     /* 0-255 */
	uint8_t family;                       /* enum ip_family of `addresses` */
	uint8_t count;                        /* 1-255 addresses */
	uint8_t auth_type;                    /* enum advert_auth; version 2 only */
	uint8_t auth_data[AUTH_PASSWORD_LEN]; /* zero padded */
	/* Version 3 over IPv4: which form; parsed, always true for IPv6 and false for version 2. */
	bool checksum_with_pseudo;
	/* Version 2: 1-255 s in whole seconds; version 3: 10 ms-40.95 s in steps of 10 ms. */
	struct span interval;
	struct ip_addr addresses[ADVERT_ADDRESSES_MAX]; /* `count` used, in the packet's order */
};

/* Why a packet is refused. Each is counted by its name and has a text. */
enum refusal {
	REFUSAL_NONE,
	REFUSAL_IP_HEADER, /* truncated or malformed IP header, not protocol 112 */
	REFUSAL_TTL,       /* TTL or hop limit below what is required */
	REFUSAL_LENGTH,    /* shorter than its fields say, or than a header */
	REFUSAL_VERSION,   /* neither 2 nor 3, or version 2 over IPv6 */
	REFUSAL_TYPE,      /* not ADVERTISEMENT */
	REFUSAL_CHECKSUM,
	REFUSAL_VRID_ZERO,
	REFUSAL_ADDRESS_COUNT, /* no address at all: RFC 9568 section 5.2.5 */
	REFUSAL_INTERVAL_ZERO, /* an interval of 0 is not to be believed */
	REFUSAL_AUTH_TYPE,     /* version 2: unknown authentication type */
	/* from here on found by the core, which knows the configuration */
	REFUSAL_VRID_UNKNOWN,      /* no virtual router of that (interface, family, VRID) here */
	REFUSAL_VERSION_MISMATCH,  /* the virtual router speaks the other version */
	REFUSAL_AUTH_MISMATCH,     /* version 2: other type or other password than configured */
	REFUSAL_INTERVAL_MISMATCH, /* version 2: RFC 3768 section 7.1 wants equal intervals */
	REFUSAL_SENDER,      /* unicast: not from a peer; multicast: sent to a unicast address */
	REFUSAL_OWN_ADDRESS, /* carries our own source address */
	REFUSAL_COUNT_,      /* number of the above, not a reason */
};

/* One short text for logs: "checksum does not match"; "" for REFUSAL_NONE. */
const char *refusal_text(enum refusal r);

/*
 * Parses the VRRP message in data[0..len). src and dst are the addresses of the IP header (for the
 * pseudo-header), of one family, which decides that of the addresses inside. REFUSAL_NONE and *ret
 * filled, of `addresses` only the first `count`; or the reason, with *ret untouched.
 *
 * Checks come in the order of RFC 9568 section 7.1: length of the fixed fields, version, type,
 * length, checksum, then the fields. For version 3 over IPv4 both checksum forms are accepted, and
 * taken for the one with pseudo-header where both fit. Reserved bits and bytes beyond the last
 * field are ignored (RFC 9568 section 5.2.6); the latter are not part of the checksum either.
 */
enum refusal advert_parse(const void *data, size_t len, struct ip_addr src, struct ip_addr dst,
			  struct advert *ret);

/*
 * The VRID field of a message that may be malformed, so that its refusal can be counted at the
 * right virtual router; 0 if it is not there.
 */
uint8_t advert_peek_vrid(const void *data, size_t len);

/*
 * Writes the message with its checksum. a->count addresses of a->family; src and dst as in the IP
 * header, of that family too; with_pseudo matters for version 3 over IPv4 only. The bytes written,
 * or 0 if cap is too small or a field cannot be sent (VRID or count 0, another family, an interval
 * that the version cannot express, an unknown authentication type, version 2 with IPv6).
 */
size_t advert_build(const struct advert *a, struct ip_addr src, struct ip_addr dst,
		    bool with_pseudo, void *buf, size_t cap);

/* Bytes of a message of `count` addresses: 8 + 4*count (+8 in version 2), 8 + 16*count for IPv6. */
size_t advert_len(uint8_t version, enum ip_family family, uint8_t count);

/* 224.0.0.18 or ff02::12, RFC 9568 sections 5.1.1.2 and 5.1.2.2. */
struct ip_addr advert_group(enum ip_family family);

#endif
