/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads routes: [TYPE] PREFIX|default and then keywords in any order, as `ip route add` has them. What iproute2 fills in is filled in here:
 * the table and the scope that follow from the rest, the metric of IPv6.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conf/report.h"
#include "conf/routing_words.h"
#include "conf/suggest.h"

static const char *const keywords[] = { "via",    "dev",   "src",    "metric",  "table",
					"scope",  "proto", "onlink", "nexthop", "mtu",
					"advmss", "tos",   NULL };
static const char *const hop_keywords[] = { "via", "dev", "weight", "onlink", NULL };

static const struct type_word {
	const char *word;
	enum route_type type;
} types[] = {
	{ "unicast", ROUTE_UNICAST },     { "local", ROUTE_LOCAL },
	{ "blackhole", ROUTE_BLACKHOLE }, { "unreachable", ROUTE_UNREACHABLE },
	{ "prohibit", ROUTE_PROHIBIT },   { "throw", ROUTE_THROW },
};

struct draft_route {
	struct routing_words words;
	struct routing routing; /* all zero where nothing was said, as comparing needs it */
	bool is_default, has_table, has_scope, has_metric, many;
};

static bool is_type(const char *word, uint8_t *ret)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(types[i].word, word) == 0) {
			*ret = (uint8_t)types[i].type;
			return true;
		}
	}
	return false;
}

static int parse_destination(struct draft_route *d)
{
	struct routing_words *w = &d->words;
	struct route *route = &d->routing.route;

	route->type = ROUTE_UNICAST;
	if (words_next(w) && is_type(w->word, &route->type))
		w->word[0] = words_next(w) ? w->word[0] : '\0';
	if (strcmp(w->word, "to") == 0 && !words_next(w))
		w->word[0] = '\0';
	if (w->word[0] == '\0')
		return words_refuse(&d->words,
				    "it has no destination, right is default or ADDR/PREFIX");
	d->is_default = strcmp(w->word, "default") == 0 || strcmp(w->word, "all") == 0;
	return d->is_default ? 0 : words_prefix(w, &route->dst, &route->prefix_len);
}

/* via [inet|inet6] ADDR */
static int parse_via(struct draft_route *d, struct nexthop *hop)
{
	struct routing_words *w = &d->words;
	const char *value = words_value(w);
	enum ip_family family = IP_NONE;

	if (value && strcmp(value, "inet6") == 0)
		family = IP_V6;
	else if (value && strcmp(value, "inet") == 0)
		family = IP_V4;
	if (family != IP_NONE)
		value = words_next(w);
	if (!value)
		return words_refuse(&d->words, "\"via\" needs an address after it");
	if (ip_parse(value, &hop->via) < 0 || address_fault(hop->via) ||
	    (family != IP_NONE && hop->via.family != family))
		return words_refuse(
			&d->words,
			"via \"%s\" is no gateway's address, right is one like 192.0.2.254",
			show(value).text);
	/* Said so, it may be one of another family than the route: RFC 8950. */
	if (family == IP_V6 && d->routing.route.dst.family == IP_NONE)
		d->routing.route.dst.family = IP_V4;
	return 0;
}

static int parse_src(struct draft_route *d)
{
	const char *value = words_value(&d->words);
	struct ip_addr *src = &d->routing.route.src;

	if (!value)
		return -EINVAL;
	if (ip_parse(value, src) < 0 || address_fault(*src))
		return words_refuse(
			&d->words,
			"src \"%s\" is no address of a host, right is one like 192.0.2.10",
			show(value).text);
	return 0;
}

static int parse_hop_option(struct draft_route *d, const char *keyword, struct nexthop *hop)
{
	uint32_t weight;

	if (strcmp(keyword, "via") == 0)
		return parse_via(d, hop);
	if (strcmp(keyword, "dev") == 0)
		return words_interface(&d->words, hop->dev);
	if (strcmp(keyword, "onlink") == 0) {
		hop->onlink = 1;
		return 0;
	}
	if (words_number(&d->words, 1, 256, &weight) < 0)
		return -EINVAL;
	hop->weight = (uint8_t)(weight - 1);
	return 0;
}

/* nexthop via ADDR dev IF weight N onlink, up to the next one: they come last. */
static int parse_nexthops(struct draft_route *d)
{
	struct routing_words *w = &d->words;
	struct route *route = &d->routing.route;
	const char *const *known = w->known;
	bool any = true;

	if (route->nexthop_count != 0)
		return words_refuse(
			&d->words,
			"\"nexthop\" stands beside via or dev, right is each of them in a nexthop");
	d->many = true;
	while (any) {
		struct nexthop *hop = &route->nexthops[route->nexthop_count];

		if (route->nexthop_count++ >= ROUTE_NEXTHOPS_MAX)
			return words_refuse(&d->words, "more than %d nexthops", ROUTE_NEXTHOPS_MAX);
		w->known = hop_keywords;
		w->seen = 0;
		while ((any = words_next(w) != NULL) && strcmp(w->word, "nexthop") != 0) {
			const char *keyword = words_keyword(w);

			if (!keyword || parse_hop_option(d, keyword, hop) < 0)
				return -EINVAL;
		}
		if (w->seen == 0)
			return words_refuse(&d->words, "\"nexthop\" has neither via nor dev");
	}
	w->known = known;
	return 0;
}

static int parse_number_option(struct draft_route *d, const char *keyword)
{
	struct routing_words *w = &d->words;
	struct route *route = &d->routing.route;
	uint32_t number = 0;
	int rc;

	if (strcmp(keyword, "metric") == 0) {
		d->has_metric = true;
		return words_number(w, 0, UINT32_MAX, &route->metric);
	}
	if (strcmp(keyword, "table") == 0) {
		d->has_table = true;
		return words_name(w, HOST_TABLES, 1, UINT32_MAX, &route->table);
	}
	if (strcmp(keyword, "mtu") == 0)
		return words_number(w, 68, 65535, &route->mtu);
	if (strcmp(keyword, "advmss") == 0)
		return words_number(w, 1, 65535, &route->advmss);
	if (strcmp(keyword, "scope") == 0) {
		d->has_scope = true;
		rc = words_name(w, HOST_SCOPES, 0, 254, &number);
		route->scope = (uint8_t)number;
	} else if (strcmp(keyword, "proto") == 0) {
		rc = words_name(w, HOST_PROTOCOLS, 3, 255, &number);
		route->protocol = (uint8_t)number;
	} else {
		rc = words_tos(w, &route->tos);
	}
	return rc;
}

static int parse_option(struct draft_route *d, const char *keyword)
{
	struct route *route = &d->routing.route;

	if (strcmp(keyword, "nexthop") == 0)
		return parse_nexthops(d);
	if (strcmp(keyword, "src") == 0)
		return parse_src(d);
	if (strcmp(keyword, "via") != 0 && strcmp(keyword, "dev") != 0 &&
	    strcmp(keyword, "onlink") != 0)
		return parse_number_option(d, keyword);
	route->nexthop_count = 1;
	return parse_hop_option(d, keyword, &route->nexthops[0]);
}

/* ---- what follows from the rest, and whether it fits together ---- */

static enum ip_family family_of_default(const struct route *route)
{
	if (ip_is_set(route->dst))
		return (enum ip_family)route->dst.family;
	if (ip_is_set(route->src))
		return (enum ip_family)route->src.family;
	for (uint32_t i = 0; i < route->nexthop_count; i++) {
		if (ip_is_set(route->nexthops[i].via))
			return (enum ip_family)route->nexthops[i].via.family;
	}
	return IP_V4;
}

static bool leads_somewhere(const struct route *route)
{
	return route->type == ROUTE_UNICAST || route->type == ROUTE_LOCAL;
}

static int check_nexthop(struct draft_route *d, const struct nexthop *hop)
{
	if (!ip_is_set(hop->via) && hop->dev[0] == '\0')
		return words_refuse(&d->words, "\"onlink\" needs via and dev beside it");
	if (hop->onlink && (!ip_is_set(hop->via) || hop->dev[0] == '\0'))
		return words_refuse(&d->words, "\"onlink\" needs via and dev beside it");
	if (ip_is_set(hop->via) && hop->via.family == IP_V4 && d->routing.route.dst.family == IP_V6)
		return words_refuse(&d->words,
				    "a gateway of IPv4 cannot lead to a destination of IPv6");
	if (ip_is_link_local(hop->via) && hop->dev[0] == '\0')
		return words_refuse(&d->words, "a link-local gateway needs dev beside it");
	return 0;
}

static int check_route(struct draft_route *d)
{
	struct route *route = &d->routing.route;

	if (leads_somewhere(route) && route->nexthop_count == 0)
		return words_refuse(
			&d->words, "it leads nowhere, right is via ADDR, dev INTERFACE or nexthop");
	if (!leads_somewhere(route) && route->nexthop_count != 0)
		return words_refuse(&d->words, "a route of this type has neither via nor dev");
	if (ip_is_set(route->src) && route->src.family != route->dst.family)
		return words_refuse(&d->words,
				    "its source and its destination are of different families");
	for (uint32_t i = 0; i < route->nexthop_count; i++) {
		if (check_nexthop(d, &route->nexthops[i]) < 0)
			return -EINVAL;
	}
	return 0;
}

static void complete(struct draft_route *d)
{
	struct route *route = &d->routing.route;
	bool v4;

	route->dst.family = (uint8_t)family_of_default(route);
	v4 = route->dst.family == IP_V4;
	if (!d->has_table)
		route->table = route->type == ROUTE_LOCAL ? ROUTE_TABLE_LOCAL : ROUTE_TABLE_MAIN;
	/* The kernel makes 1024 of 0 in IPv6. */
	if (!v4 && route->metric == 0)
		route->metric = ROUTE_METRIC_V6;
	if (route->protocol == 0)
		route->protocol = ROUTING_PROTOCOL;
	if (route->nexthop_count == 1)
		route->nexthops[0].weight = 0;
	if (d->has_scope)
		return;
	if (route->type == ROUTE_LOCAL)
		route->scope = ROUTE_SCOPE_HOST;
	else if (v4 && route->type == ROUTE_UNICAST && !d->many &&
		 !ip_is_set(route->nexthops[0].via))
		route->scope = ROUTE_SCOPE_LINK;
}

int route_parse(const char *text, struct routing *ret, char why[static WHY_MAX])
{
	struct draft_route d = { .words = { .rest = text, .why = why, .known = keywords } };

	memset(&d.routing, 0, sizeof(d.routing));
	d.routing.kind = ROUTING_ROUTE;
	if (parse_destination(&d) < 0)
		return -EINVAL;
	while (words_next(&d.words)) {
		const char *keyword = words_keyword(&d.words);

		if (!keyword || parse_option(&d, keyword) < 0)
			return -EINVAL;
	}
	complete(&d);
	if (check_route(&d) < 0)
		return -EINVAL;
	*ret = d.routing;
	return 0;
}
