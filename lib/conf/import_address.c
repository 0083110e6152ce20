/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses: virtual ones with their options, sources and peers. The words of keepalived are
 * nearly those of `ip address`, and vrrpd's likewise, so most are only moved; vip_parse() judges
 * the result, so that nothing is written that `vrrpd -t` would refuse.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "conf/import_translate.h"

static const char *device_of(const struct import *x, const struct vip *vip)
{
	return vip->dev[0] ? vip->dev : x->now.device;
}

/* Who has that address already, on that interface or, in this instance, on any? */
static const struct import_held *find_held(const struct import *x, const struct vip *vip)
{
	const char *device = device_of(x, vip);

	for (const struct import_held *held = x->held; held; held = held->next)
		if (ip_equal(held->addr, vip->addr) &&
		    (held->instance == x->now.node || strcmp(held->device, device) == 0))
			return held;
	return NULL;
}

static void hold(struct import *x, const struct import_node *n, const struct vip *vip)
{
	const char *device = device_of(x, vip);
	struct import_held *held = import_alloc(&x->memory, sizeof(*held));

	if (!held)
		return;
	*held = (struct import_held){ vip->addr, import_copy(&x->memory, device, strlen(device)),
				      x->now.node, n->at, x->held };
	x->held = held;
}

/* Holds an address of the documentation's (RFC 5737, RFC 3849) for one that has to be filled in. */
static void stand_in(struct import *x, const struct import_node *n, char buf[static VIP_TEXT_MAX])
{
	struct vip vip;
	char why[WHY_MAX];
	bool taken;

	do {
		unsigned int number = x->stand_in_addresses++;

		if (x->now.family == IP_V6)
			snprintf(buf, VIP_TEXT_MAX, "2001:db8::ffff:%x/128", number % 0x10000);
		else if (number < 254)
			snprintf(buf, VIP_TEXT_MAX, "192.0.2.%u/32", 254 - number);
		else /* that many can only be a mistake; RFC 2544 has room for all */
			snprintf(buf, VIP_TEXT_MAX, "198.18.%u.%u/32", number / 254 % 256,
				 number % 254 + 1);
		taken = vip_parse(buf, &vip, why) == 0 &&
			(find_held(x, &vip) || import_bfd_uses(x, vip.addr));
	} while (taken);
	hold(x, n, &vip);
}

static bool lists(const struct import_node *instance, const char *name, struct ip_addr addr)
{
	struct ip_addr listed;

	for (const struct import_node *block = instance->first; block; block = block->next) {
		if (strcmp(import_name(block), name) != 0)
			continue;
		for (const struct import_node *a = block->first; a; a = a->next)
			if (import_address(import_name(a), &listed) && ip_equal(listed, addr))
				return true;
	}
	return false;
}

bool import_is_virtual(const struct import *x, struct ip_addr addr)
{
	for (const struct import_node *n = x->root.first; n; n = n->next)
		if (strcmp(import_name(n), "vrrp_instance") == 0 &&
		    (lists(n, "virtual_ipaddress", addr) ||
		     lists(n, "virtual_ipaddress_excluded", addr)))
			return true;
	return false;
}

bool import_address(const char *text, struct ip_addr *ret)
{
	char addr[IP_TEXT_MAX];
	size_t len = strcspn(text, "/");

	if (len >= sizeof(addr))
		return false;
	memcpy(addr, text, len);
	addr[len] = '\0';
	return ip_parse(addr, ret) == 0;
}

/* ADDR[/PREFIX]: a bad prefix is what keepalived makes of it, the whole address. */
static bool read_address(struct import *x, const struct import_node *n, struct vip *vip)
{
	const char *text = import_name(n), *slash = strchr(text, '/');

	if (ip_parse_prefix(text, &vip->addr, &vip->prefix_len) == 0 && vip->prefix_len > 0)
		return true;
	if (!slash || !import_address(text, &vip->addr))
		return false;
	vip->prefix_len = ip_max_prefix_len((enum ip_family)vip->addr.family);
	import_lost(x, n, "prefix \"%s\" is none%s; keepalived takes /%u: correct it",
		    show(slash).text, import_template_hint(slash), vip->prefix_len);
	return true;
}

/* brd + is the last address of the network. */
static struct ip_addr last_address(const struct vip *vip)
{
	struct ip_addr addr = vip->addr;

	for (unsigned int bit = vip->prefix_len; bit < 32; bit++)
		addr.bytes[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
	return addr;
}

/* What an option needs to know and change. */
struct option_state {
	struct vip vip;
	char more[VIP_TEXT_MAX - IP_PREFIX_TEXT_MAX]; /* options as vrrpd has them */
	bool lifetime;                                /* preferred_lft was given */
	const char *ignored_device; /* with a virtual MAC its interface's own name means nothing */
};

static void add_option(struct option_state *s, const char *option, const char *value)
{
	size_t len = strlen(s->more);

	snprintf(s->more + len, sizeof(s->more) - len, " %s %s", option, value);
}

/* The option and its value, if vrrpd has that too; how many words were read, 0 if it has not. */
static size_t read_known_option(struct option_state *s, const char *option, const char *value)
{
	static const char *const same[] = { "dev", "label", "scope" };
	char broadcast[IP_TEXT_MAX];

	for (size_t i = 0; i < 3; i++) {
		if (strcmp(option, same[i]) == 0) {
			if (i > 0 || !s->ignored_device || strcmp(value, s->ignored_device) != 0)
				add_option(s, option, value);
			return 2;
		}
	}
	if (strcmp(option, "brd") == 0 || strcmp(option, "broadcast") == 0) {
		if (strcmp(value, "+") == 0 && s->vip.prefix_len > 30)
			return 0;
		if (strcmp(value, "+") == 0 && s->vip.addr.family == IP_V4)
			value = ip_text(last_address(&s->vip), broadcast);
		add_option(s, "broadcast", value);
		return 2;
	}
	if (strcmp(option, "preferred_lft") == 0) {
		s->lifetime = strcmp(value, "forever") == 0 || strcmp(value, "0") == 0;
		if (strcmp(value, "0") == 0)
			add_option(s, "preferred-lifetime", "0");
		return s->lifetime ? 2 : 0;
	}
	return 0;
}

/* Those that vrrpd has not; how many words they are. */
static size_t lose_option(struct import *x, const struct import_node *n, const char *option)
{
	static const struct {
		const char *option;
		size_t words;
		const char *instead;
	} options[] = {
		{ "no_track", 1, "vrrpd puts an address back when somebody removes it" },
		{ "track_group", 2, "vrrpd has no track groups" },
		{ "peer", 2, "vrrpd sets no peer address" },
		{ "home", 1, "set the flag in a notify-master hook" },
		{ "-nodad", 1, "vrrpd never waits for duplicate address detection" },
		{ "nodad", 1, "vrrpd never waits for duplicate address detection" },
		{ "mngtmpaddr", 1, "set the flag in a notify-master hook" },
		{ "noprefixroute", 1, "remove the route in a notify-master hook" },
		{ "autojoin", 1, "join the group in a notify-master hook" },
		{ "preferred_lft", 2, "only 0 and forever can be had" },
		{ "brd", 2, "such a network has no broadcast address, and keepalived ignores it" },
		{ "broadcast", 2,
		  "such a network has no broadcast address, and keepalived ignores it" },
		{ "use_vmac", 1, "virtual-mac of the instance is for all its addresses" },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strcmp(options[i].option, option) != 0)
			continue;
		import_lost(x, n, "%s of %s has no equivalent: %s", option,
			    show(import_name(n)).text, options[i].instead);
		return options[i].words;
	}
	struct ip_addr addr;
	uint8_t prefix_len;
	bool address = ip_parse_prefix(option, &addr, &prefix_len) == 0;

	import_lost(x, n, "\"%s\" behind address %s is unknown and keepalived ignores it: %s",
		    show(option).text, show(import_name(n)).text,
		    address ? "give each address a line of its own" : "remove it");
	return 1;
}

/* The address of a line as vrrpd has it. False if there is none. */
static bool read_vip(struct import *x, const struct import_node *n, char buf[static VIP_TEXT_MAX],
		     struct vip *ret)
{
	bool virtual_mac = import_child(x->now.node, "use_vmac") != NULL;
	struct option_state s = { .more = "",
				  .ignored_device = virtual_mac ? x->now.device : NULL };
	char prefix[IP_PREFIX_TEXT_MAX], why[WHY_MAX];

	if (!read_address(x, n, &s.vip))
		return false;
	for (size_t i = 0; i + 1 < n->word_count;) {
		size_t words = read_known_option(&s, import_arg(n, i), import_arg(n, i + 1));

		if (strcmp(import_arg(n, i), "peer") == 0) /* beside one, keepalived ignores it */
			s.vip.prefix_len = ip_max_prefix_len((enum ip_family)s.vip.addr.family);
		i += words ? words : lose_option(x, n, import_arg(n, i));
	}
	/* keepalived deprecates what has no network, so that it is no source address */
	if (s.vip.addr.family == IP_V6 && s.vip.prefix_len == 128 && !s.lifetime)
		add_option(&s, "preferred-lifetime", "0");
	ip_prefix_text(s.vip.addr, s.vip.prefix_len, prefix);
	snprintf(buf, VIP_TEXT_MAX, "%s%s", prefix, s.more);
	if (vip_parse(buf, ret, why) == 0)
		return true;
	if (vip_parse(prefix, ret, why) == 0) {
		vip_parse(buf, ret, why);
		import_lost(x, n, "address %s: %s: its options are left out", prefix, why);
		snprintf(buf, VIP_TEXT_MAX, "%s", prefix);
		return true;
	}
	import_lost(x, n, "%s", why);
	return false;
}

/* One line of virtual_ipaddress or virtual_ipaddress_excluded. */
static void add_address(struct import *x, struct import_list *list, const struct import_node *n,
			bool advertised)
{
	char text[VIP_TEXT_MAX];
	struct vip vip;
	struct ip_addr addr;
	uint8_t prefix_len;

	if (import_is_swallowed(x, n))
		return;
	if (import_address(import_name(n), &addr) && advertised && addr.family != x->now.family) {
		import_lost(
			x, n,
			"address %s is not of the family of the first, and keepalived ignores it: put it into extra-addresses, or into an instance of its own",
			show(import_name(n)).text);
		return;
	}
	if (read_vip(x, n, text, &vip)) {
		const struct import_held *held = find_held(x, &vip);

		if (held) {
			import_lost(x, n,
				    "address %s is on %s already, from %s: it is left out here",
				    show(import_name(n)).text, show(held->device).text,
				    report_where(&x->report, held->at, n->at).text);
			return;
		}
		hold(x, n, &vip);
		x->now.link_local = x->now.link_local || (advertised && ip_is_link_local(vip.addr));
		import_list_add(x, list, n, text, NULL);
		return;
	}
	if (address_fault(vip.addr) && ip_parse_prefix(import_name(n), &addr, &prefix_len) == 0)
		return; /* an address that nobody can have, which was said */
	if (!advertised) {
		import_lost(x, n, "\"%s\" is no address%s: fill it in", show(import_name(n)).text,
			    import_template_hint(import_name(n)));
		return;
	}
	stand_in(x, n, text);
	import_lost(x, n, "\"%s\" is no address%s: fill it in, %s stands for it",
		    show(import_name(n)).text, import_template_hint(import_name(n)), text);
	import_list_add(x, list, n, text, " FILL IN");
}

void import_write_addresses(struct import *x, const struct import_node *n)
{
	bool is_block = n != x->now.node; /* otherwise there is none */
	const struct import_node bare = { .at = n->at };
	struct import_list list = { .count = 0 };
	char text[VIP_TEXT_MAX];

	for (const struct import_node *block = is_block ? n : NULL; block;
	     block = import_again(block))
		for (const struct import_node *a = block->first; a; a = a->next)
			add_address(x, &list, a, true);
	if (list.count == 0) {
		stand_in(x, n, text);
		import_lost(
			x, n,
			"vrrp_instance %s has no virtual address, and vrrpd needs one: fill it in, %s stands for it",
			show(import_arg(x->now.node, 0)).text, text);
		import_list_add(x, &list, NULL, text, " FILL IN");
	}
	import_list_end(x, &list, is_block ? n : &bare, "addresses");
	/* a keepalived of version 3 refuses what advertises another list than its own */
	if (x->now.family == IP_V6 && !x->now.link_local)
		import_lost(
			x, n,
			"vrrp_instance %s has no link-local address: vrrpd adds fe80::200:5eff:fe00:2%02x and advertises it first (RFC 9568 section 5.2.9): keepalived has to list it too, as long as there is one on this segment",
			show(import_arg(x->now.node, 0)).text, x->now.vrid);
}

/*
 * keepalived can advertise nothing at all; vrrpd needs an address for that. The first of the
 * instance's family is taken from the others.
 */
static const struct import_node *write_first(struct import *x, const struct import_node *first)
{
	struct import_list list = { .count = 0 };
	struct import_node bare = { .at = first->at };
	struct ip_addr addr;
	uint8_t prefix_len;

	for (const struct import_node *n = first; n; n = import_again(n))
		for (const struct import_node *a = n->first; a; a = a->next) {
			if (ip_parse_prefix(import_name(a), &addr, &prefix_len) != 0 ||
			    addr.family != x->now.family)
				continue;
			import_lost(
				x, a,
				"vrrp_instance %s advertises no address, and vrrpd needs one: %s is it now",
				show(import_arg(x->now.node, 0)).text, show(import_name(a)).text);
			add_address(x, &list, a, true);
			if (list.count > 0) {
				import_list_end(x, &list, &bare, "addresses");
				return a;
			}
		}
	import_write_addresses(x, x->now.node);
	return NULL;
}

void import_write_extra(struct import *x, const struct import_node *n)
{
	struct import_list list = { .count = 0 };
	const struct import_node *taken = NULL;

	if (!import_child(x->now.node, "virtual_ipaddress"))
		taken = write_first(x, n);
	for (const struct import_node *block = n; block; block = import_again(block))
		for (const struct import_node *a = block->first; a; a = a->next)
			if (a != taken)
				add_address(x, &list, a, false);
	import_list_end(x, &list, n, "extra-addresses");
}

/* Is it one that a router of this instance can have? Says so otherwise. */
static bool is_router(struct import *x, const struct import_node *n, const char *what,
		      const char *text)
{
	struct ip_addr addr;
	const char *fault;

	if (ip_parse(text, &addr) < 0) {
		import_lost(x, n, "%s \"%s\" is no address%s: fill it in", what, show(text).text,
			    import_template_hint(text));
		return false;
	}
	fault = address_fault(addr);
	if (fault)
		import_lost(x, n, "%s %s %s: give the address of an interface", what, text, fault);
	else if (addr.family != x->now.family)
		import_lost(x, n,
			    "%s %s is not of the family of the virtual addresses: give one that is",
			    what, text);
	return !fault && addr.family == x->now.family;
}

/* unicast_src_ip and mcast_src_ip are the same to keepalived; the last one counts. NULL: there is none. */
static const struct import_node *source_of(const struct import_node *instance)
{
	const struct import_node *source = NULL;

	for (const struct import_node *n = instance->first; n; n = n->next)
		if (strcmp(import_name(n), "unicast_src_ip") == 0 ||
		    strcmp(import_name(n), "mcast_src_ip") == 0)
			source = n;
	return source;
}

void import_write_source(struct import *x, const struct import_node *n)
{
	const struct import_node *last = source_of(x->now.node);

	if (last != n) {
		import_lost(x, n, "%s is followed by %s in %s, which counts: remove one",
			    import_name(n), import_name(last),
			    report_where(&x->report, last->at, n->at).text);
		import_left_out(x, n);
	} else if (is_router(x, n, import_name(n), import_arg(n, 0))) {
		import_value(x, n, "source-address", import_arg(n, 0));
	} else {
		import_left_out(x, n);
	}
}

/* min_ttl and max_ttl behind a peer. */
static void read_ttl(struct import *x, const struct import_node *n, long *min_ttl)
{
	for (size_t i = 0; i + 1 < n->word_count; i += 2) {
		if (strcmp(import_arg(n, i), "min_ttl") == 0) {
			long ttl = import_integer(x, n, i + 1, 0, 255, 1);

			if (*min_ttl >= 0 && *min_ttl != ttl)
				import_lost(
					x, n,
					"min_ttl differs between the peers: vrrpd has one for all, the smallest");
			*min_ttl = *min_ttl < 0 || ttl < *min_ttl ? ttl : *min_ttl;
		} else if (strcmp(import_arg(n, i), "max_ttl") == 0) {
			if (strcmp(import_arg(n, i + 1), "255") != 0)
				import_lost(
					x, n,
					"max_ttl has no equivalent: a TTL can be too small only");
		} else {
			import_lost(x, n, "\"%s\" behind peer %s is unknown: remove it",
				    show(import_arg(n, i)).text, show(import_name(n)).text);
		}
	}
}

static bool is_peer_again(const struct import_node *first, const struct import_node *peer)
{
	for (const struct import_node *n = first; n; n = import_again(n))
		for (const struct import_node *p = n->first; p; p = p->next) {
			if (p == peer)
				return false;
			if (strcmp(import_name(p), import_name(peer)) == 0)
				return true;
		}
	return false;
}

/* Is it this router's own address? As in a list that all routers have; says so. */
static bool is_own(struct import *x, const struct import_node *peer)
{
	const struct import_node *source = source_of(x->now.node);
	struct ip_addr own, addr;

	if (!source || ip_parse(import_arg(source, 0), &own) < 0 ||
	    ip_parse(import_name(peer), &addr) < 0 || !ip_equal(own, addr))
		return false;
	import_note(x, peer, "peer %s is this router's own %s: left out", import_name(peer),
		    import_name(source));
	return true;
}

/*
 * keepalived takes advertisements from any source with any TTL unless it is told to check; vrrpd
 * always checks both.
 */
static void write_checks(struct import *x, const struct import_node *n, long min_ttl)
{
	if (min_ttl >= 0) {
		import_extra(x, "min-ttl = %ld", min_ttl > 0 ? min_ttl : 1);
		return;
	}
	import_extra(
		x,
		"min-ttl = 1 # keepalived checks no TTL; 255 is safer for peers on the same link");
	if (!import_child(x->now.node, "check_unicast_src") &&
	    !import_global(x, "vrrp_check_unicast_src"))
		import_note(
			x, n,
			"vrrpd takes unicast advertisements from these peers only, keepalived from everybody: list all routers of this VRID");
}

void import_write_peers(struct import *x, const struct import_node *n)
{
	struct import_list list = { .count = 0 };
	long min_ttl = -1;

	for (const struct import_node *block = n; block; block = import_again(block))
		for (const struct import_node *p = block->first; p; p = p->next) {
			if (is_peer_again(n, p) || !is_router(x, p, "peer", import_name(p)) ||
			    is_own(x, p))
				continue;
			read_ttl(x, p, &min_ttl);
			import_list_add(x, &list, p, import_name(p), NULL);
		}
	bool any = list.count > 0;

	import_list_end(x, &list, n, "peers");
	if (any)
		write_checks(x, n, min_ttl);
	else
		import_lost(
			x, n,
			"unicast_peer without a peer: multicast is used, as keepalived does; fill in the peers if unicast is meant");
}
