/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A route is removed by its key and its protocol alone: whatever became of the rest, it is ours to remove.
 */
#include "routing_message.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>

enum {
	ATTRIBUTES_MAX = 64,
	/* the kernel's, younger than some headers that this is built with */
	RULE_PROTOCOL = 21,
	RULE_IP_PROTO = 22,
	RULE_SPORT_RANGE = 23,
	RULE_DPORT_RANGE = 24,
	ROUTE_VIA = 18,
};

/* The first of each number. */
struct attributes {
	const struct nlattr *table[ATTRIBUTES_MAX];
};

static int collect(const struct nlattr *attribute, void *ctx)
{
	struct attributes *all = ctx;
	uint16_t type = mnl_attr_get_type(attribute);

	if (type < ATTRIBUTES_MAX && !all->table[type])
		all->table[type] = attribute;
	return MNL_CB_OK;
}

static uint32_t get_u32(const struct attributes *all, int type, uint32_t otherwise)
{
	const struct nlattr *a = all->table[type];
	uint32_t value = otherwise;

	if (a && mnl_attr_get_payload_len(a) >= sizeof(value))
		memcpy(&value, mnl_attr_get_payload(a), sizeof(value));
	return value;
}

static uint8_t get_u8(const struct attributes *all, int type, uint8_t otherwise)
{
	const struct nlattr *a = all->table[type];

	return a && mnl_attr_get_payload_len(a) >= 1 ? mnl_attr_get_u8(a) : otherwise;
}

static enum ip_family family_of(uint8_t af)
{
	return af == AF_INET6 ? IP_V6 : af == AF_INET ? IP_V4 : IP_NONE;
}

static uint8_t af_of(enum ip_family family)
{
	return family == IP_V6 ? AF_INET6 : AF_INET;
}

static struct ip_addr ip_of_bytes(enum ip_family family, const void *bytes, size_t len)
{
	struct ip_addr addr = { .family = (uint8_t)family };

	if (len < ip_len(addr))
		return IP_ADDR_NONE;
	memcpy(addr.bytes, bytes, ip_len(addr));
	return addr;
}

static struct ip_addr get_ip(const struct attributes *all, int type, enum ip_family family)
{
	const struct nlattr *a = all->table[type];

	return a ? ip_of_bytes(family, mnl_attr_get_payload(a), mnl_attr_get_payload_len(a))
		 : IP_ADDR_NONE;
}

/* The whole of a family where none is given. */
static struct ip_addr get_prefix(const struct attributes *all, int type, enum ip_family family)
{
	struct ip_addr addr = get_ip(all, type, family);

	addr.family = (uint8_t)family;
	return addr;
}

static void get_name(const struct attributes *all, int type, char ret[static IFNAME_MAX_LEN + 1])
{
	const struct nlattr *a = all->table[type];

	if (a && mnl_attr_validate(a, MNL_TYPE_NUL_STRING) >= 0 &&
	    strlen(mnl_attr_get_str(a)) <= IFNAME_MAX_LEN)
		strcpy(ret, mnl_attr_get_str(a));
}

/* ---- reading routes ---- */

/* RTA_VIA: a family and the bytes of an address of it. */
static struct ip_addr get_via(const struct attributes *all, enum ip_family family)
{
	const struct nlattr *via = all->table[ROUTE_VIA];
	const uint8_t *bytes = via ? mnl_attr_get_payload(via) : NULL;
	uint16_t af;

	if (!via || mnl_attr_get_payload_len(via) < sizeof(af))
		return get_ip(all, RTA_GATEWAY, family);
	memcpy(&af, bytes, sizeof(af));
	return ip_of_bytes(family_of((uint8_t)af), bytes + sizeof(af),
			   mnl_attr_get_payload_len(via) - sizeof(af));
}

static void parse_metrics(const struct attributes *all, struct route *route)
{
	struct attributes metrics = { { NULL } };

	if (!all->table[RTA_METRICS])
		return;
	mnl_attr_parse_nested(all->table[RTA_METRICS], collect, &metrics);
	route->mtu = get_u32(&metrics, RTAX_MTU, 0);
	route->advmss = get_u32(&metrics, RTAX_ADVMSS, 0);
}

/* Several next hops; more than we could have made do not fit, and the count says so. */
static bool parse_multipath(const struct nlattr *multipath, enum ip_family family,
			    struct route *route, struct nexthop_indexes *indexes)
{
	const uint8_t *at = mnl_attr_get_payload(multipath);
	size_t left = mnl_attr_get_payload_len(multipath);

	while (left >= sizeof(struct rtnexthop)) {
		struct attributes all = { { NULL } };
		struct rtnexthop hop;
		uint8_t i = route->nexthop_count;
		size_t aligned;

		memcpy(&hop, at, sizeof(hop));
		if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > left || i >= ROUTE_NEXTHOPS_MAX)
			return false;
		mnl_attr_parse_payload(at + sizeof(hop), hop.rtnh_len - sizeof(hop), collect, &all);
		route->nexthops[i] = (struct nexthop){
			.via = get_via(&all, family),
			.onlink = (hop.rtnh_flags & RTNH_F_ONLINK) != 0,
			.weight = hop.rtnh_hops,
		};
		indexes->ifindex[i] = hop.rtnh_ifindex;
		route->nexthop_count++;
		aligned = (hop.rtnh_len + RTNH_ALIGNTO - 1U) / RTNH_ALIGNTO * RTNH_ALIGNTO;
		if (aligned >= left)
			break;
		left -= aligned;
		at += aligned;
	}
	return true;
}

static bool parse_route(const struct nlmsghdr *message, struct routing *r,
			struct nexthop_indexes *indexes)
{
	const struct rtmsg *head = mnl_nlmsg_get_payload(message);
	struct attributes all = { { NULL } };
	struct route *route = &r->route;
	enum ip_family family;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*head))
		return false;
	family = family_of(head->rtm_family);
	if (family == IP_NONE || (head->rtm_flags & RTM_F_CLONED) || head->rtm_src_len != 0 ||
	    head->rtm_dst_len > ip_max_prefix_len(family))
		return false;
	mnl_attr_parse(message, sizeof(*head), collect, &all);
	route->table = get_u32(&all, RTA_TABLE, head->rtm_table);
	route->metric = get_u32(&all, RTA_PRIORITY, 0);
	route->dst = get_prefix(&all, RTA_DST, family);
	route->src = get_ip(&all, RTA_PREFSRC, family);
	route->prefix_len = head->rtm_dst_len;
	route->type = head->rtm_type;
	route->scope = head->rtm_scope;
	route->tos = head->rtm_tos;
	route->protocol = head->rtm_protocol;
	parse_metrics(&all, route);
	if (route->type != ROUTE_UNICAST && route->type != ROUTE_LOCAL)
		return true;
	if (all.table[RTA_MULTIPATH])
		return parse_multipath(all.table[RTA_MULTIPATH], family, route, indexes);
	route->nexthop_count = 1;
	route->nexthops[0].via = get_via(&all, family);
	route->nexthops[0].onlink = (head->rtm_flags & RTNH_F_ONLINK) != 0;
	indexes->ifindex[0] = (int32_t)get_u32(&all, RTA_OIF, 0);
	return true;
}

/* ---- reading rules ---- */

static uint8_t type_of_action(uint8_t action)
{
	switch (action) {
	case FR_ACT_TO_TBL:
		return ROUTE_UNICAST;
	case FR_ACT_BLACKHOLE:
		return ROUTE_BLACKHOLE;
	case FR_ACT_UNREACHABLE:
		return ROUTE_UNREACHABLE;
	case FR_ACT_PROHIBIT:
		return ROUTE_PROHIBIT;
	}
	return 0;
}

static uint8_t action_of_type(uint8_t type)
{
	switch ((enum route_type)type) {
	case ROUTE_BLACKHOLE:
		return FR_ACT_BLACKHOLE;
	case ROUTE_UNREACHABLE:
		return FR_ACT_UNREACHABLE;
	case ROUTE_PROHIBIT:
		return FR_ACT_PROHIBIT;
	case ROUTE_UNICAST:
	case ROUTE_LOCAL:
	case ROUTE_THROW:
		break;
	}
	return FR_ACT_TO_TBL;
}

static struct port_range get_ports(const struct attributes *all, int type)
{
	const struct nlattr *a = all->table[type];
	struct port_range ports = { 0, 0 };

	if (a && mnl_attr_get_payload_len(a) >= sizeof(ports))
		memcpy(&ports, mnl_attr_get_payload(a), sizeof(ports));
	return ports;
}

static void parse_uids(const struct attributes *all, struct rule *rule)
{
	const struct nlattr *a = all->table[FRA_UID_RANGE];
	struct fib_rule_uid_range uids;

	if (!a || mnl_attr_get_payload_len(a) < sizeof(uids))
		return;
	memcpy(&uids, mnl_attr_get_payload(a), sizeof(uids));
	rule->has_uids = 1;
	rule->uid_first = uids.start;
	rule->uid_last = uids.end;
}

static bool parse_rule(const struct nlmsghdr *message, struct routing *r)
{
	const struct fib_rule_hdr *head = mnl_nlmsg_get_payload(message);
	struct attributes all = { { NULL } };
	struct rule *rule = &r->rule;
	enum ip_family family;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*head))
		return false;
	family = family_of(head->family);
	rule->type = type_of_action(head->action);
	if (family == IP_NONE || rule->type == 0 || head->src_len > ip_max_prefix_len(family) ||
	    head->dst_len > ip_max_prefix_len(family))
		return false;
	mnl_attr_parse(message, sizeof(*head), collect, &all);
	rule->table = rule->type == ROUTE_UNICAST ? get_u32(&all, FRA_TABLE, head->table) : 0;
	rule->has_priority = 1;
	rule->priority = get_u32(&all, FRA_PRIORITY, 0);
	rule->has_fwmark = all.table[FRA_FWMARK] != NULL;
	rule->fwmark = get_u32(&all, FRA_FWMARK, 0);
	rule->fwmask = rule->has_fwmark ? get_u32(&all, FRA_FWMASK, UINT32_MAX) : 0;
	rule->suppress_prefix_len = (int32_t)get_u32(&all, FRA_SUPPRESS_PREFIXLEN, UINT32_MAX);
	rule->sport = get_ports(&all, RULE_SPORT_RANGE);
	rule->dport = get_ports(&all, RULE_DPORT_RANGE);
	rule->from = get_prefix(&all, FRA_SRC, family);
	rule->to = get_prefix(&all, FRA_DST, family);
	rule->from_len = head->src_len;
	rule->to_len = head->dst_len;
	rule->inverse = (head->flags & FIB_RULE_INVERT) != 0;
	rule->tos = head->tos;
	rule->ip_protocol = get_u8(&all, RULE_IP_PROTO, 0);
	rule->protocol = get_u8(&all, RULE_PROTOCOL, 0);
	parse_uids(&all, rule);
	get_name(&all, FRA_IIFNAME, rule->iif);
	get_name(&all, FRA_OIFNAME, rule->oif);
	return true;
}

bool routing_parse(const struct nlmsghdr *message, struct routing *ret,
		   struct nexthop_indexes *ret_indexes)
{
	bool route = message->nlmsg_type == RTM_NEWROUTE || message->nlmsg_type == RTM_DELROUTE;

	/* as bytes: see core/routing.h */
	memset(ret, 0, sizeof(*ret));
	memset(ret_indexes, 0, sizeof(*ret_indexes));
	ret->kind = route ? ROUTING_ROUTE : ROUTING_RULE;
	return route ? parse_route(message, ret, ret_indexes) : parse_rule(message, ret);
}

/* ---- writing ---- */

static struct nlmsghdr *begin(void *buf, uint16_t type, uint16_t flags, uint32_t seq)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buf);

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	message->nlmsg_seq = seq;
	return message;
}

static void put_ip(struct nlmsghdr *message, uint16_t type, struct ip_addr addr)
{
	mnl_attr_put(message, type, ip_len(addr), addr.bytes);
}

/* What makes a route that one: common to adding and removing. */
static struct nlmsghdr *begin_route(void *buf, uint16_t type, uint16_t flags, uint32_t seq,
				    const struct route *route)
{
	struct nlmsghdr *message = begin(buf, type, flags, seq);
	struct rtmsg *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));

	head->rtm_family = af_of((enum ip_family)route->dst.family);
	head->rtm_dst_len = route->prefix_len;
	head->rtm_tos = route->tos;
	head->rtm_protocol = route->protocol;
	head->rtm_table = route->table < 256 ? (uint8_t)route->table : RT_TABLE_COMPAT;
	mnl_attr_put_u32(message, RTA_TABLE, route->table);
	if (route->prefix_len != 0)
		put_ip(message, RTA_DST, route->dst);
	if (route->metric != 0)
		mnl_attr_put_u32(message, RTA_PRIORITY, route->metric);
	return message;
}

static void put_via(struct nlmsghdr *message, struct ip_addr via, uint8_t family)
{
	struct {
		uint16_t af;
		uint8_t bytes[16];
	} other = { .af = af_of((enum ip_family)via.family) };

	if (!ip_is_set(via))
		return;
	if (via.family == family) {
		put_ip(message, RTA_GATEWAY, via);
		return;
	}
	memcpy(other.bytes, via.bytes, ip_len(via));
	mnl_attr_put(message, ROUTE_VIA, sizeof(other.af) + ip_len(via), &other);
}

static void put_multipath(struct nlmsghdr *message, const struct route *route,
			  const struct nexthop_indexes *indexes)
{
	struct nlattr *nest = mnl_attr_nest_start(message, RTA_MULTIPATH);

	for (uint32_t i = 0; i < route->nexthop_count; i++) {
		const struct nexthop *hop = &route->nexthops[i];
		struct rtnexthop *head = mnl_nlmsg_get_payload_tail(message);

		*head = (struct rtnexthop){
			.rtnh_flags = hop->onlink ? RTNH_F_ONLINK : 0,
			.rtnh_hops = hop->weight,
			.rtnh_ifindex = indexes->ifindex[i],
		};
		message->nlmsg_len += (uint32_t)sizeof(*head);
		put_via(message, hop->via, route->dst.family);
		head->rtnh_len =
			(unsigned short)((const char *)mnl_nlmsg_get_payload_tail(message) -
					 (const char *)head);
	}
	mnl_attr_nest_end(message, nest);
}

static void put_metrics(struct nlmsghdr *message, const struct route *route)
{
	struct nlattr *nest;

	if (route->mtu == 0 && route->advmss == 0)
		return;
	nest = mnl_attr_nest_start(message, RTA_METRICS);
	if (route->mtu != 0)
		mnl_attr_put_u32(message, RTAX_MTU, route->mtu);
	if (route->advmss != 0)
		mnl_attr_put_u32(message, RTAX_ADVMSS, route->advmss);
	mnl_attr_nest_end(message, nest);
}

static size_t build_route(void *buf, uint32_t seq, const struct route *route, uint16_t flags,
			  const struct nexthop_indexes *indexes)
{
	struct nlmsghdr *message = begin_route(buf, RTM_NEWROUTE, flags, seq, route);
	struct rtmsg *head = mnl_nlmsg_get_payload(message);

	head->rtm_type = route->type;
	head->rtm_scope = route->scope;
	if (ip_is_set(route->src))
		put_ip(message, RTA_PREFSRC, route->src);
	put_metrics(message, route);
	if (route->nexthop_count > 1) {
		put_multipath(message, route, indexes);
	} else if (route->nexthop_count == 1) {
		head->rtm_flags |= route->nexthops[0].onlink ? RTNH_F_ONLINK : 0U;
		put_via(message, route->nexthops[0].via, route->dst.family);
		if (indexes->ifindex[0] != 0)
			mnl_attr_put_u32(message, RTA_OIF, (uint32_t)indexes->ifindex[0]);
	}
	return message->nlmsg_len;
}

static void put_selectors(struct nlmsghdr *message, const struct rule *rule)
{
	struct fib_rule_uid_range uids = { rule->uid_first, rule->uid_last };

	if (rule->from_len != 0)
		put_ip(message, FRA_SRC, rule->from);
	if (rule->to_len != 0)
		put_ip(message, FRA_DST, rule->to);
	if (rule->iif[0] != '\0')
		mnl_attr_put_strz(message, FRA_IIFNAME, rule->iif);
	if (rule->oif[0] != '\0')
		mnl_attr_put_strz(message, FRA_OIFNAME, rule->oif);
	if (rule->has_fwmark) {
		mnl_attr_put_u32(message, FRA_FWMARK, rule->fwmark);
		mnl_attr_put_u32(message, FRA_FWMASK, rule->fwmask);
	}
	if (rule->has_uids)
		mnl_attr_put(message, FRA_UID_RANGE, sizeof(uids), &uids);
	if (rule->ip_protocol != 0)
		mnl_attr_put_u8(message, RULE_IP_PROTO, rule->ip_protocol);
	if (rule->sport.first != 0)
		mnl_attr_put(message, RULE_SPORT_RANGE, sizeof(rule->sport), &rule->sport);
	if (rule->dport.first != 0)
		mnl_attr_put(message, RULE_DPORT_RANGE, sizeof(rule->dport), &rule->dport);
}

/* Of a rule everything makes it that one. */
static size_t build_rule(void *buf, uint32_t seq, const struct rule *rule, uint16_t type,
			 uint16_t flags)
{
	struct nlmsghdr *message = begin(buf, type, flags, seq);
	struct fib_rule_hdr *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));

	head->family = af_of((enum ip_family)rule->from.family);
	head->src_len = rule->from_len;
	head->dst_len = rule->to_len;
	head->tos = rule->tos;
	head->action = action_of_type(rule->type);
	head->flags = rule->inverse ? FIB_RULE_INVERT : 0;
	put_selectors(message, rule);
	if (rule->type == ROUTE_UNICAST) {
		head->table = rule->table < 256 ? (uint8_t)rule->table : RT_TABLE_UNSPEC;
		mnl_attr_put_u32(message, FRA_TABLE, rule->table);
	}
	if (rule->suppress_prefix_len >= 0)
		mnl_attr_put_u32(message, FRA_SUPPRESS_PREFIXLEN,
				 (uint32_t)rule->suppress_prefix_len);
	if (rule->has_priority)
		mnl_attr_put_u32(message, FRA_PRIORITY, rule->priority);
	mnl_attr_put_u8(message, RULE_PROTOCOL, rule->protocol);
	return message->nlmsg_len;
}

size_t routing_build_add(void *buf, uint32_t seq, const struct routing *r, bool replace,
			 const struct nexthop_indexes *indexes)
{
	uint16_t flags = (uint16_t)(NLM_F_CREATE | (replace ? NLM_F_REPLACE : NLM_F_EXCL));

	if (r->kind == ROUTING_ROUTE)
		return build_route(buf, seq, &r->route, flags, indexes);
	/* A rule that is another one has another key. */
	return build_rule(buf, seq, &r->rule, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL);
}

size_t routing_build_remove(void *buf, uint32_t seq, const struct routing *r)
{
	struct nlmsghdr *message;
	struct rtmsg *head;

	if (r->kind == ROUTING_RULE)
		return build_rule(buf, seq, &r->rule, RTM_DELRULE, 0);
	message = begin_route(buf, RTM_DELROUTE, 0, seq, &r->route);
	head = mnl_nlmsg_get_payload(message);
	head->rtm_scope = RT_SCOPE_NOWHERE; /* any */
	return message->nlmsg_len;
}

size_t routing_build_dump(void *buf, uint32_t seq, enum routing_kind kind, enum ip_family family,
			  uint8_t protocol)
{
	struct nlmsghdr *message =
		begin(buf, kind == ROUTING_ROUTE ? RTM_GETROUTE : RTM_GETRULE, NLM_F_DUMP, seq);

	message->nlmsg_flags &= (uint16_t)~NLM_F_ACK;
	if (kind == ROUTING_ROUTE) {
		struct rtmsg *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));

		head->rtm_family = af_of(family);
		head->rtm_protocol = protocol;
	} else {
		struct fib_rule_hdr *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));

		head->family = af_of(family);
	}
	return message->nlmsg_len;
}
