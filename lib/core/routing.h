/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A route or a rule of the kernel's routing, as a value: what an administrator asked for, and what the kernel tells of. The numbers are
 * those of rtnetlink(7). Structs without padding whose unused parts are zero, so that they are compared as bytes.
 */
#ifndef CORE_ROUTING_H
#define CORE_ROUTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ip.h"
#include "base/limits.h"

enum routing_kind {
	ROUTING_ROUTE,
	ROUTING_RULE,
};

/* What comes of a packet: RTN_…; of a rule FR_ACT_…, translated. */
enum route_type {
	ROUTE_UNICAST = 1,
	ROUTE_LOCAL = 2,
	ROUTE_BLACKHOLE = 6,
	ROUTE_UNREACHABLE = 7,
	ROUTE_PROHIBIT = 8,
	ROUTE_THROW = 9,
};

enum {
	ROUTING_PROTOCOL = 112, /* RTPROT_…, of routes and rules that are ours */
	ROUTE_SCOPE_GLOBAL = 0,
	ROUTE_SCOPE_LINK = 253,
	ROUTE_SCOPE_HOST = 254,
	ROUTE_TABLE_DEFAULT = 253,
	ROUTE_TABLE_MAIN = 254,
	ROUTE_TABLE_LOCAL = 255,
	ROUTE_METRIC_V6 = 1024,  /* what the kernel makes of 0 */
	ROUTING_TEXT_MAX = 1280, /* canonical form, with the NUL */
};

struct nexthop {
	struct ip_addr via;           /* IP_NONE: none */
	char dev[IFNAME_MAX_LEN + 1]; /* "": the kernel's choice */
	uint8_t onlink;
	uint8_t weight; /* less one, as the kernel counts; 0 for one alone */
};

struct route {
	uint32_t table, metric;
	uint32_t mtu, advmss; /* 0: none given */
	struct ip_addr dst;   /* of the family even if it is default */
	struct ip_addr src;   /* preferred source; IP_NONE: none given */
	uint8_t prefix_len;
	uint8_t type; /* enum route_type */
	uint8_t scope;
	uint8_t tos;
	uint8_t protocol;
	uint8_t nexthop_count; /* 0 for a type that leads nowhere */
	struct nexthop nexthops[ROUTE_NEXTHOPS_MAX];
};

struct port_range {
	uint16_t first, last; /* 0: any */
};

struct rule {
	uint32_t table; /* 0 unless the type is unicast */
	uint32_t priority;
	uint32_t fwmark, fwmask;
	uint32_t uid_first, uid_last;
	int32_t suppress_prefix_len; /* -1: none */
	struct port_range sport, dport;
	struct ip_addr from, to; /* of the family both; prefix length 0: all */
	uint8_t from_len, to_len;
	uint8_t type; /* enum route_type, UNICAST: look up the table */
	uint8_t inverse;
	uint8_t tos;
	uint8_t ip_protocol; /* 0: any */
	uint8_t protocol;
	uint8_t has_priority; /* otherwise the kernel chooses one */
	uint8_t has_fwmark, has_uids;
	char iif[IFNAME_MAX_LEN + 1], oif[IFNAME_MAX_LEN + 1];
};

struct routing {
	uint8_t kind; /* enum routing_kind */
	union {
		struct route route;
		struct rule rule;
	};
};

/* "route", "rule" */
const char *routing_kind_name(enum routing_kind kind);

enum ip_family routing_family(const struct routing *r);

/*
 * Would the kernel take both for the same entry? Of routes the destination, table, metric and TOS; of rules all but a priority that the kernel
 * was left to choose.
 */
bool routing_same_key(const struct routing *a, const struct routing *b);
uint32_t routing_hash(const struct routing *r);

/* Are both the same in everything? */
bool routing_equal(const struct routing *a, const struct routing *b);

/*
 * Is what the kernel has as it was wanted? What was left to the kernel (a device, a source) may be anything.
 */
bool routing_serves(const struct routing *there, const struct routing *wanted);

/* In iproute2's words, without "ip route add". buf is returned. */
const char *routing_text(const struct routing *r, char buf[static ROUTING_TEXT_MAX]);

#endif
