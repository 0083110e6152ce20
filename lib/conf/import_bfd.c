/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bfd_instance. keepalived's defaults are not ours, so that what is not said there is written here. Its ttl is that of what it sends, and
 * max_hops says how much less it accepts; vrrpd has one number for both, and the first one is it.
 */
#include <stdio.h>
#include <string.h>

#include "conf/check.h"
#include "conf/duration.h"
#include "conf/import_translate.h"

enum {
	THEIR_INTERVAL_MS = 10,
	THEIR_MULTIPLIER = 5,
	THEIR_HOP_LIMIT = 64, /* in IPv6; in IPv4 it is 255, as ours */
	INTERVAL_MAX_S = 60,
};

/* Either spelling. */
static const struct import_node *neighbour_of(const struct import_node *bfd)
{
	const struct import_node *n = import_child(bfd, "neighbor_ip");

	return n ? n : import_child(bfd, "neighbour_ip");
}

/* IP_NONE: there is none that can be used. Virtual addresses cannot: they come and go with mastership. */
static struct ip_addr peer_of(const struct import *x, const struct import_node *bfd)
{
	const struct import_node *n = neighbour_of(bfd);
	struct ip_addr peer;

	if (!n || ip_parse(import_arg(n, 0), &peer) != 0 || address_fault(peer) ||
	    bfd_peer_fault(peer) || import_is_virtual(x, peer))
		return IP_ADDR_NONE;
	return peer;
}

static struct ip_addr source_of(const struct import *x, const struct import_node *bfd)
{
	const struct import_node *n = import_child(bfd, "source_ip");
	struct ip_addr source;

	if (!n || ip_parse(import_arg(n, 0), &source) != 0 || address_fault(source) ||
	    bfd_source_fault(peer_of(x, bfd), source) || import_is_virtual(x, source))
		return IP_ADDR_NONE;
	return source;
}

bool import_bfd_uses(const struct import *x, struct ip_addr addr)
{
	for (const struct import_named *named = x->named[IMPORT_BFD]; named; named = named->next)
		if (ip_equal(peer_of(x, named->node), addr) ||
		    ip_equal(source_of(x, named->node), addr))
			return true;
	return false;
}

/* What more there is to say of an address that cannot be used. */
static const char *hint(const struct import *x, const char *text)
{
	struct ip_addr addr;

	return ip_parse(text, &addr) == 0 && import_is_virtual(x, addr)
		       ? " (it is a virtual address)"
		       : import_template_hint(text);
}

/* Could a packet be of either? */
static bool is_same_session(const struct import *x, const struct import_node *a,
			    const struct import_node *b)
{
	struct ip_addr one = source_of(x, a), other = source_of(x, b);

	return ip_equal(peer_of(x, a), peer_of(x, b)) &&
	       (!ip_is_set(one) || !ip_is_set(other) || ip_equal(one, other));
}

static const struct import_named *earlier_session(const struct import *x,
						  const struct import_named *named)
{
	for (const struct import_node *n = x->root.first; n != named->node; n = n->next) {
		const struct import_named *before = import_named_by(x, n);

		if (before && before->kind == IMPORT_BFD && !before->left_out &&
		    is_same_session(x, n, named->node))
			return before;
	}
	return NULL;
}

static void judge(struct import *x, struct import_named *named)
{
	const struct import_node *n = named->node, *neighbour = neighbour_of(n);
	const struct import_named *first;

	named->left_out = !ip_is_set(peer_of(x, n));
	if (named->left_out) {
		import_lost(
			x, neighbour ? neighbour : n,
			"bfd_instance %s is left out: neighbor_ip \"%s\" is no address of a neighbour%s: correct it",
			show(named->theirs).text,
			neighbour ? show(import_arg(neighbour, 0)).text : "",
			neighbour ? hint(x, import_arg(neighbour, 0)) : "");
		return;
	}
	first = earlier_session(x, named);
	named->left_out = first != NULL;
	if (first)
		import_lost(
			x, n,
			"bfd_instance %s is left out: %s has that neighbour already: track that one",
			show(named->theirs).text, show(first->theirs).text);
}

void import_bfd_twins(struct import *x)
{
	for (const struct import_node *n = x->root.first; n; n = n->next)
		for (struct import_named *named = x->named[IMPORT_BFD]; named; named = named->next)
			if (named->node == n)
				judge(x, named);
}

/* What keepalived has where nothing is said. */
static void write_defaults(struct import *x, const struct import_node *n)
{
	if (!import_child(n, "min_tx"))
		import_extra(x, "transmit = %dms", THEIR_INTERVAL_MS);
	if (!import_child(n, "min_rx"))
		import_extra(x, "receive = %dms", THEIR_INTERVAL_MS);
	if (!import_child(n, "multiplier"))
		import_extra(x, "multiplier = %d", THEIR_MULTIPLIER);
	if (peer_of(x, n).family == IP_V6 && !import_child(n, "hoplimit"))
		import_extra(x, "ttl = %d", THEIR_HOP_LIMIT);
}

void import_write_bfd(struct import *x, const struct import_node *n)
{
	const struct import_named *named = import_named_by(x, n);

	if (!named || !n->block || named->left_out) {
		import_left_out(x, n);
		return;
	}
	import_open(x, n, "bfd", named->ours);
	x->now.node = NULL;
	import_block(x, n, IN_BFD);
	write_defaults(x, n);
	import_close(x, n);
}

void import_write_bfd_address(struct import *x, const struct import_node *n)
{
	bool source = strcmp(import_name(n), "source_ip") == 0;
	struct ip_addr addr = source ? source_of(x, n->parent) : peer_of(x, n->parent);
	char text[IP_TEXT_MAX];

	if (!source && n != neighbour_of(n->parent)) {
		import_left_out(x, n);
		return;
	}
	if (!ip_is_set(addr)) {
		import_lost(
			x, n,
			"source_ip \"%s\" cannot be a source to that neighbour%s: the kernel chooses one now",
			show(import_arg(n, 0)).text, hint(x, import_arg(n, 0)));
		import_left_out(x, n);
		return;
	}
	import_value(x, n, source ? "source" : "peer", ip_text(addr, text));
}

/* Milliseconds, with a fraction. */
void import_write_bfd_interval(struct import *x, const struct import_node *n)
{
	const char *ours = strcmp(import_name(n), "min_tx") == 0 ? "transmit" : "receive";
	struct span min = span_ms(THEIR_INTERVAL_MS), max = span_s(INTERVAL_MAX_S), given, taken;
	char text[DURATION_TEXT_MAX];
	bool is_time = import_seconds(import_arg(n, 0), &given);

	given = is_time ? span_us(given.us / 1000) : min;
	taken = span_max(min, span_min(max, given));
	if (!is_time || taken.us != given.us)
		import_lost(x, n,
			    "%s: \"%s\" is no number of milliseconds from %d to %d%s: %s was taken",
			    import_name(n), show(import_arg(n, 0)).text, THEIR_INTERVAL_MS,
			    INTERVAL_MAX_S * 1000, hint(x, import_arg(n, 0)),
			    duration_text(taken, text));
	import_value(x, n, ours, duration_text(taken, text));
}

void import_write_bfd_number(struct import *x, const struct import_node *n)
{
	bool multiplier = strcmp(import_name(n), "multiplier") == 0;
	bool hoplimit = strcmp(import_name(n), "hoplimit") == 0;
	bool ipv6 = peer_of(x, n->parent).family == IP_V6;
	char number[24];

	/* ttl is of IPv4, hoplimit of IPv6 */
	if (!multiplier && hoplimit != ipv6) {
		import_left_out(x, n);
		return;
	}
	snprintf(number, sizeof(number), "%ld",
		 import_integer(x, n, 0, 1, 255,
				multiplier ? THEIR_MULTIPLIER
				: ipv6     ? THEIR_HOP_LIMIT
					   : 255));
	import_value(x, n, multiplier ? "multiplier" : "ttl", number);
}
