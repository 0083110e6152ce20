/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Comparing and printing routes and rules.
 */
#include "core/routing.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/index.h"

_Static_assert(sizeof(struct nexthop) == 17 + 16 + 2, "no padding");
_Static_assert(sizeof(struct route) ==
		       16 + 2 * 17 + 6 + ROUTE_NEXTHOPS_MAX * sizeof(struct nexthop),
	       "no padding");
_Static_assert(sizeof(struct rule) == 28 + 8 + 2 * 17 + 10 + 2 * 16, "no padding");

const char *routing_kind_name(enum routing_kind kind)
{
	switch (kind) {
	case ROUTING_ROUTE:
		return "route";
	case ROUTING_RULE:
		return "rule";
	}
	return "?";
}

enum ip_family routing_family(const struct routing *r)
{
	return (enum ip_family)(r->kind == ROUTING_ROUTE ? r->route.dst.family
							 : r->rule.from.family);
}

/* ---- comparing ---- */

static bool same_rule(const struct rule *a, const struct rule *b)
{
	struct rule other = *b;

	if (!a->has_priority || !b->has_priority) {
		other.has_priority = a->has_priority;
		other.priority = a->priority;
	}
	/* What is not ours is another one; who asks knows whose it is. */
	other.protocol = a->protocol;
	return memcmp(a, &other, sizeof(other)) == 0;
}

static bool same_route(const struct route *a, const struct route *b)
{
	return a->table == b->table && a->metric == b->metric && a->tos == b->tos &&
	       a->prefix_len == b->prefix_len && ip_equal(a->dst, b->dst);
}

bool routing_same_key(const struct routing *a, const struct routing *b)
{
	if (a->kind != b->kind)
		return false;
	return a->kind == ROUTING_ROUTE ? same_route(&a->route, &b->route)
					: same_rule(&a->rule, &b->rule);
}

uint32_t routing_hash(const struct routing *r)
{
	if (r->kind == ROUTING_ROUTE)
		return ip_hash(r->route.dst) ^ index_hash_number(r->route.table);
	return ip_hash(r->rule.from) ^ ip_hash(r->rule.to) ^ index_hash_number(r->rule.table);
}

bool routing_equal(const struct routing *a, const struct routing *b)
{
	if (a->kind != b->kind)
		return false;
	return a->kind == ROUTING_ROUTE ? memcmp(&a->route, &b->route, sizeof(a->route)) == 0
					: memcmp(&a->rule, &b->rule, sizeof(a->rule)) == 0;
}

static bool nexthop_serves(const struct nexthop *there, const struct nexthop *wanted)
{
	return ip_equal(there->via, wanted->via) && there->weight == wanted->weight &&
	       (wanted->dev[0] == '\0' || strcmp(there->dev, wanted->dev) == 0);
}

/* The kernel keeps those of IPv6 in an order of its own. */
static bool has_nexthop(const struct route *there, const struct nexthop *wanted)
{
	for (uint32_t i = 0; i < there->nexthop_count; i++) {
		if (nexthop_serves(&there->nexthops[i], wanted))
			return true;
	}
	return false;
}

static bool route_serves(const struct route *there, const struct route *wanted)
{
	if (there->type != wanted->type || there->protocol != wanted->protocol)
		return false;
	/* Its scope is the kernel's business in IPv6. */
	if (wanted->dst.family == IP_V4 && there->scope != wanted->scope)
		return false;
	if (there->mtu != wanted->mtu || there->advmss != wanted->advmss)
		return false;
	if (ip_is_set(wanted->src) && !ip_equal(there->src, wanted->src))
		return false;
	if (wanted->nexthop_count != 0 && there->nexthop_count != wanted->nexthop_count)
		return false;
	for (uint32_t i = 0; i < wanted->nexthop_count; i++) {
		if (!has_nexthop(there, &wanted->nexthops[i]))
			return false;
	}
	return true;
}

bool routing_serves(const struct routing *there, const struct routing *wanted)
{
	if (!routing_same_key(there, wanted))
		return false;
	return wanted->kind == ROUTING_ROUTE ? route_serves(&there->route, &wanted->route)
					     : there->rule.protocol == wanted->rule.protocol;
}

/* ---- printing ---- */

struct writer {
	char *buf;
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void say(struct writer *w, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(w->buf + w->len, ROUTING_TEXT_MAX - w->len, format, ap);
	va_end(ap);
	w->len += strlen(w->buf + w->len);
}

static const char *type_name(uint8_t type)
{
	switch ((enum route_type)type) {
	case ROUTE_UNICAST:
		return "unicast";
	case ROUTE_LOCAL:
		return "local";
	case ROUTE_BLACKHOLE:
		return "blackhole";
	case ROUTE_UNREACHABLE:
		return "unreachable";
	case ROUTE_PROHIBIT:
		return "prohibit";
	case ROUTE_THROW:
		return "throw";
	}
	return "?";
}

static void say_table(struct writer *w, uint32_t table)
{
	switch (table) {
	case ROUTE_TABLE_MAIN:
		say(w, " table main");
		return;
	case ROUTE_TABLE_LOCAL:
		say(w, " table local");
		return;
	case ROUTE_TABLE_DEFAULT:
		say(w, " table default");
		return;
	}
	say(w, " table %u", table);
}

/* A host's prefix is left out, as iproute2 does. */
static void say_prefix(struct writer *w, struct ip_addr addr, uint8_t prefix_len)
{
	char text[IP_PREFIX_TEXT_MAX];

	if (prefix_len == ip_max_prefix_len((enum ip_family)addr.family))
		say(w, "%s", ip_text(addr, text));
	else
		say(w, "%s", ip_prefix_text(addr, prefix_len, text));
}

static void say_nexthop(struct writer *w, const struct nexthop *hop, enum ip_family family)
{
	char text[IP_TEXT_MAX];

	if (ip_is_set(hop->via))
		say(w, " via %s%s", hop->via.family != family ? "inet6 " : "",
		    ip_text(hop->via, text));
	if (hop->dev[0] != '\0')
		say(w, " dev %s", hop->dev);
	if (hop->weight != 0)
		say(w, " weight %u", hop->weight + 1U);
	if (hop->onlink)
		say(w, " onlink");
}

static uint8_t usual_scope(const struct route *r)
{
	if (r->type == ROUTE_LOCAL)
		return ROUTE_SCOPE_HOST;
	if (r->dst.family == IP_V4 && r->nexthop_count == 1 && !ip_is_set(r->nexthops[0].via))
		return ROUTE_SCOPE_LINK;
	return ROUTE_SCOPE_GLOBAL;
}

static void say_scope(struct writer *w, uint8_t scope)
{
	if (scope == ROUTE_SCOPE_GLOBAL)
		say(w, " scope global");
	else if (scope == ROUTE_SCOPE_LINK)
		say(w, " scope link");
	else if (scope == ROUTE_SCOPE_HOST)
		say(w, " scope host");
	else
		say(w, " scope %u", scope);
}

/* 0.0.0.0/0 is "default", and so is ::/0 where a gateway or source tells its family. */
static void say_destination(struct writer *w, const struct route *r)
{
	bool tells = ip_is_set(r->src) || ip_is_set(r->nexthops[0].via);

	if (r->prefix_len == 0 && (r->dst.family == IP_V4 || tells))
		say(w, "default");
	else
		say_prefix(w, r->dst, r->prefix_len);
}

static void say_route(struct writer *w, const struct route *r)
{
	enum ip_family family = (enum ip_family)r->dst.family;
	uint32_t metric = family == IP_V6 ? ROUTE_METRIC_V6 : 0;
	uint32_t table = r->type == ROUTE_LOCAL ? ROUTE_TABLE_LOCAL : ROUTE_TABLE_MAIN;
	char text[IP_TEXT_MAX];

	if (r->type != ROUTE_UNICAST)
		say(w, "%s ", type_name(r->type));
	say_destination(w, r);
	if (r->nexthop_count == 1)
		say_nexthop(w, &r->nexthops[0], family);
	if (ip_is_set(r->src))
		say(w, " src %s", ip_text(r->src, text));
	if (r->tos != 0)
		say(w, " tos 0x%02x", r->tos);
	if (r->table != table)
		say_table(w, r->table);
	if (r->metric != metric)
		say(w, " metric %u", r->metric);
	if (r->scope != usual_scope(r))
		say_scope(w, r->scope);
	if (r->protocol != ROUTING_PROTOCOL)
		say(w, " proto %u", r->protocol);
	if (r->mtu != 0)
		say(w, " mtu %u", r->mtu);
	if (r->advmss != 0)
		say(w, " advmss %u", r->advmss);
	for (uint32_t i = 0; r->nexthop_count > 1 && i < r->nexthop_count; i++) {
		say(w, " nexthop");
		say_nexthop(w, &r->nexthops[i], family);
	}
}

static void say_ports(struct writer *w, const char *word, const struct port_range *ports)
{
	if (ports->first == 0)
		return;
	say(w, " %s %u", word, ports->first);
	if (ports->last != ports->first)
		say(w, "-%u", ports->last);
}

static void say_mark(struct writer *w, const struct rule *r)
{
	if (!r->has_fwmark)
		return;
	say(w, " fwmark 0x%x", r->fwmark);
	if (r->fwmask != UINT32_MAX)
		say(w, "/0x%x", r->fwmask);
}

static void say_action(struct writer *w, const struct rule *r)
{
	if (r->has_priority)
		say(w, " priority %u", r->priority);
	if (r->protocol != ROUTING_PROTOCOL)
		say(w, " protocol %u", r->protocol);
	if (r->type != ROUTE_UNICAST)
		say(w, " %s", type_name(r->type));
	else
		say_table(w, r->table);
	if (r->suppress_prefix_len >= 0)
		say(w, " suppress_prefixlength %d", r->suppress_prefix_len);
}

static void say_rule(struct writer *w, const struct rule *r)
{
	if (r->inverse)
		say(w, "not ");
	say(w, "from ");
	/* The family of a rule for everything has to be told. */
	if (r->from_len == 0 && (r->from.family == IP_V4 || r->to_len != 0))
		say(w, "all");
	else
		say_prefix(w, r->from, r->from_len);
	if (r->to_len != 0) {
		say(w, " to ");
		say_prefix(w, r->to, r->to_len);
	}
	if (r->tos != 0)
		say(w, " tos 0x%02x", r->tos);
	say_mark(w, r);
	if (r->iif[0] != '\0')
		say(w, " iif %s", r->iif);
	if (r->oif[0] != '\0')
		say(w, " oif %s", r->oif);
	if (r->has_uids)
		say(w, " uidrange %u-%u", r->uid_first, r->uid_last);
	if (r->ip_protocol != 0)
		say(w, " ipproto %u", r->ip_protocol);
	say_ports(w, "sport", &r->sport);
	say_ports(w, "dport", &r->dport);
	say_action(w, r);
}

const char *routing_text(const struct routing *r, char buf[static ROUTING_TEXT_MAX])
{
	struct writer w = { .buf = buf };

	if (r->kind == ROUTING_ROUTE)
		say_route(&w, &r->route);
	else
		say_rule(&w, &r->rule);
	return buf;
}
