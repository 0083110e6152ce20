/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What follows from an instance's having addresses of one family, the other, or both: the link-local address that comes first in IPv6,
 * and which sources and peers go with which addresses.
 */
#include <string.h>

#include "conf/check.h"

enum {
	LINK_LOCAL_PREFIX_LEN = 64,
};

static const char *const names[FAMILY_COUNT] = { [FAMILY_V4] = "IPv4", [FAMILY_V6] = "IPv6" };
static const enum ip_family families[FAMILY_COUNT] = { [FAMILY_V4] = IP_V4, [FAMILY_V6] = IP_V6 };

static bool is_advertised(const struct draft_vip *v, enum ip_family family)
{
	return !v->extra && v->vip.addr.family == family;
}

static bool has_family(const struct draft *d, const struct draft_instance *inst,
		       enum ip_family family)
{
	for (size_t i = inst->vip_first; i < inst->vip_first + inst->vip_count; i++)
		if (is_advertised(&d->vips[i], family))
			return true;
	return false;
}

/* fe80::200:5eff:fe00:2XX: what RFC 4291 appendix A makes of the virtual MAC, the same on every router. */
static struct ip_addr link_local_of(uint8_t vrid)
{
	const uint8_t bytes[16] = { 0xfe,        0x80,        [8] = 0x02,  [10] = 0x5e,
				    [11] = 0xff, [12] = 0xfe, [14] = 0x02, [15] = vrid };

	return ip_from_v6(bytes);
}

/* The number of the first advertised IPv6 address, or of the first link-local one; the end if there is none. */
static size_t find_v6(const struct draft *d, const struct draft_instance *inst, bool link_local)
{
	size_t end = inst->vip_first + inst->vip_count;

	for (size_t i = inst->vip_first; i < end; i++)
		if (is_advertised(&d->vips[i], IP_V6) &&
		    (!link_local || ip_is_link_local(d->vips[i].vip.addr)))
			return i;
	return end;
}

static void move_forward(struct draft *d, size_t from, size_t to)
{
	struct draft_vip moved = d->vips[from];

	memmove(&d->vips[to + 1], &d->vips[to], (from - to) * sizeof(moved));
	d->vips[to] = moved;
}

/*
 * RFC 9568 section 5.2.9: the first address must be the link-local one of the virtual router. Added where the file has none.
 */
static void put_link_local_first(struct report *r, struct draft *d, struct draft_instance *inst,
				 const struct read_section *s)
{
	struct draft_vip added = {
		.vip = { .addr = link_local_of(inst->settings.vrid),
			 .prefix_len = LINK_LOCAL_PREFIX_LEN },
		.at = section_place(s, "addresses"),
	};
	size_t end = inst->vip_first + inst->vip_count;
	size_t first = find_v6(d, inst, false);
	size_t link_local = find_v6(d, inst, true);
	char text[IP_TEXT_MAX];

	if (first == end || first == link_local)
		return;
	if (link_local == end && !section_knows(s, "vrid"))
		return;
	if (link_local == end && draft_add_vip(d, &added) < 0) {
		r->failed = true;
		return;
	}
	if (link_local != end)
		report_warning(r, d->vips[link_local].at,
			       "address %s is moved to the front: in IPv6 the link-local one comes "
			       "first",
			       ip_text(d->vips[link_local].vip.addr, text));
	move_forward(d, link_local, first);
}

static void check_version(struct report *r, const struct draft *d,
			  const struct draft_instance *inst, const struct read_section *s)
{
	if (inst->settings.version == 2 && section_knows(s, "version") &&
	    has_family(d, inst, IP_V6))
		report_error(r, section_place(s, "version"),
			     "key \"version\": 2 is for IPv4 only and there are IPv6 addresses, "
			     "right is 3");
	/* RFC 9568 section 5.2.8: in IPv6 the pseudo-header is always counted in. */
	if (inst->settings.version == 3 && section_knows(s, "version") &&
	    section_gives(s, "checksum-pseudo-header") && !has_family(d, inst, IP_V4))
		report_warning(r, section_place(s, "checksum-pseudo-header"),
			       "key \"checksum-pseudo-header\" is for IPv4 and does nothing "
			       "without an address of IPv4");
}

static bool has_peer(const struct draft *d, const struct draft_instance *inst,
		     enum ip_family family)
{
	for (size_t i = 0; i < inst->peer_count; i++)
		if (d->peers[inst->peer_first + i].family == family)
			return true;
	return false;
}

static void check_sources(struct report *r, const struct draft *d,
			  const struct draft_instance *inst, const struct read_section *s)
{
	struct ip_addr source = inst->settings.source[FAMILY_V6];
	char text[IP_TEXT_MAX];

	for (int f = 0; f < FAMILY_COUNT; f++) {
		if (ip_is_set(inst->settings.source[f]) && !has_family(d, inst, families[f]))
			report_error(r, section_place(s, "source-address"),
				     "key \"source-address\": %s, but none of the addresses is %s: "
				     "drop it",
				     ip_text(inst->settings.source[f], text), names[f]);
	}
	/* RFC 9568 section 5.1.2.1 */
	if (ip_is_set(source) && !ip_is_link_local(source) && has_family(d, inst, IP_V6) &&
	    !has_peer(d, inst, IP_V6))
		report_error(r, section_place(s, "source-address"),
			     "key \"source-address\": %s is not link-local (fe80::/10) as the "
			     "source of IPv6 multicast must be",
			     ip_text(source, text));
}

static bool is_virtual(const struct draft *d, const struct draft_instance *inst,
		       struct ip_addr addr)
{
	for (size_t i = inst->vip_first; i < inst->vip_first + inst->vip_count; i++)
		if (ip_equal(d->vips[i].vip.addr, addr))
			return true;
	return false;
}

/* A peer in the light of the source that it would see. */
static void check_peer(struct report *r, const struct draft_instance *inst, struct ip_addr peer,
		       struct place at)
{
	struct ip_addr source = inst->settings.source[peer.family == IP_V6 ? FAMILY_V6 : FAMILY_V4];
	char text[IP_TEXT_MAX];

	ip_text(peer, text);
	if (ip_equal(peer, source))
		report_error(r, at, "key \"peers\": %s is this router's own source-address", text);
	else if (peer.family == IP_V6 && !ip_is_link_local(peer) && !ip_is_set(source))
		report_error(r, at,
			     "key \"peers\": %s is not link-local and would not know us by our "
			     "link-local address, right is a source-address as well",
			     text);
}

static bool is_repeated(const struct draft *d, const struct draft_instance *inst, size_t number)
{
	for (size_t i = 0; i < number; i++)
		if (ip_equal(d->peers[inst->peer_first + i], d->peers[inst->peer_first + number]))
			return true;
	return false;
}

static void check_peers(struct report *r, const struct draft *d, const struct draft_instance *inst,
			const struct read_section *s)
{
	struct place at = section_place(s, "peers");
	char text[IP_TEXT_MAX];

	if (inst->peer_count == 0) {
		if (section_gives(s, "min-ttl") && section_knows(s, "peers"))
			report_warning(r, section_place(s, "min-ttl"),
				       "key \"min-ttl\" does nothing without peers: multicast "
				       "always needs 255");
		return;
	}
	for (int f = 0; f < FAMILY_COUNT; f++) {
		bool has_peers = has_peer(d, inst, families[f]);

		if (has_peers && !has_family(d, inst, families[f]))
			report_error(r, at,
				     "key \"peers\": there are peers of %s, but none of the "
				     "addresses is %s",
				     names[f], names[f]);
		else if (!has_peers && has_family(d, inst, families[f]))
			report_warning(
				r, at,
				"key \"peers\": none of %s, which is advertised by multicast "
				"therefore",
				names[f]);
	}
	for (size_t i = 0; i < inst->peer_count; i++) {
		struct ip_addr peer = d->peers[inst->peer_first + i];

		if (is_repeated(d, inst, i)) {
			report_error(r, at, "key \"peers\": %s is given twice",
				     ip_text(peer, text));
			continue;
		}
		/* Whoever is master has it, and nobody advertises from it, but for the owner. */
		if (is_virtual(d, inst, peer))
			report_warning(r, at,
				       "key \"peers\": %s is one of the virtual addresses, right "
				       "is the other router's own address, unless it owns them "
				       "(priority 255)",
				       ip_text(peer, text));
		if (section_knows(s, "source-address"))
			check_peer(r, inst, peer, at);
	}
}

void check_families(struct report *r, struct draft *d, const struct read_section *s)
{
	struct draft_instance *inst = draft_instance(d);

	/* one mistake, one problem: which families there are is not known where an address is wrong */
	if (!section_knows(s, "addresses"))
		return;
	put_link_local_first(r, d, inst, s);
	check_version(r, d, inst, s);
	check_sources(r, d, inst, s);
	if (section_knows(s, "peers"))
		check_peers(r, d, inst, s);
}
