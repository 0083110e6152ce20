/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of BFD sessions. A session is known by the addresses of its two ends (RFC 5881 section 3): where two sessions could be meant by
 * one packet, the second one is refused.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/check.h"

/* ::ffff:0:0/96, RFC 4291 section 2.5.5.2 */
static bool is_mapped(struct ip_addr a)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return a.family == IP_V6 && memcmp(a.bytes, prefix, sizeof(prefix)) == 0;
}

const char *bfd_peer_fault(struct ip_addr peer)
{
	if (!ip_is_set(peer))
		return "is missing, right is the neighbour's address";
	if (ip_is_multicast(peer) || ip_is_unspecified(peer))
		return "is no neighbour's address, right is a unicast address";
	if (ip_is_link_local(peer))
		return "is link-local (fe80::/10), which says nothing without an interface: right is a global or "
		       "unique local address of the neighbour";
	if (is_mapped(peer))
		return "is an IPv4 address in the form of IPv6, right is a.b.c.d alone";
	return NULL;
}

const char *bfd_source_fault(struct ip_addr peer, struct ip_addr source)
{
	if (source.family != peer.family)
		return "is of another family than the peer, right are two addresses of one family";
	if (ip_equal(source, peer))
		return "is the peer's address too, right is an address of this router";
	if (ip_is_multicast(source) || ip_is_unspecified(source))
		return "is no address of this router, right is a unicast address";
	if (ip_is_link_local(source))
		return "is link-local (fe80::/10), which the peer could not answer to: right is a global or "
		       "unique local address of this router";
	return NULL;
}

static void report_address(struct report *r, const struct read_section *s, const char *key,
			   struct ip_addr addr, const char *fault)
{
	char text[IP_TEXT_MAX];

	if (fault)
		report_error(r, section_place(s, key), "key \"%s\": %s %s", key,
			     ip_text(addr, text), fault);
}

void check_bfd(struct report *r, const struct check_settings *check, const struct read_section *s)
{
	if (!section_gives(s, "peer"))
		return;
	report_address(r, s, "peer", check->peer, bfd_peer_fault(check->peer));
	if (section_gives(s, "source"))
		report_address(r, s, "source", check->source,
			       bfd_source_fault(check->peer, check->source));
}

/* ---- virtual addresses ---- */

static int compare_addresses(const void *left, const void *right)
{
	return ip_compare(*(const struct ip_addr *)left, *(const struct ip_addr *)right);
}

static void report_virtual(struct report *r, const struct draft_check *c, const char *key,
			   struct ip_addr addr, const struct ip_addr *vips, size_t count,
			   const char *right)
{
	char text[IP_TEXT_MAX];

	if (ip_is_set(addr) && bsearch(&addr, vips, count, sizeof(*vips), compare_addresses))
		report_error(r, c->at,
			     "bfd \"%s\": key \"%s\": %s is a virtual address of an instance here, "
			     "right is %s",
			     show(c->settings.name).text, key, ip_text(addr, text), right);
}

/* They come and go with mastership, which must not depend on itself. */
void check_bfd_addresses(struct report *r, const struct draft *d)
{
	struct ip_addr *vips = calloc(d->vip_count + 1, sizeof(*vips));

	if (!vips) {
		r->failed = true;
		return;
	}
	for (size_t i = 0; i < d->vip_count; i++)
		vips[i] = d->vips[i].vip.addr;
	qsort(vips, d->vip_count, sizeof(*vips), compare_addresses);
	for (size_t i = 0; i < d->check_count; i++) {
		const struct draft_check *c = &d->checks[i];

		if (c->settings.kind != CHECK_BFD)
			continue;
		report_virtual(r, c, "peer", c->settings.peer, vips, d->vip_count,
			       "the neighbour's own address");
		report_virtual(r, c, "source", c->settings.source, vips, d->vip_count,
			       "an address that this router always has");
	}
	free(vips);
}

/* ---- two with one peer ---- */

static int compare_peers(const void *left, const void *right)
{
	const struct draft_check *a = *(const struct draft_check *const *)left;
	const struct draft_check *b = *(const struct draft_check *const *)right;
	int order = ip_compare(a->settings.peer, b->settings.peer);

	if (order == 0)
		order = ip_compare(a->settings.source, b->settings.source);
	/* in the order of reading */
	return order ? order : (a > b) - (a < b);
}

/* Where one of them names no source, it could be either's. Those without one come first. */
static bool could_be_one(const struct check_settings *a, const struct check_settings *b)
{
	return ip_equal(a->peer, b->peer) &&
	       (ip_equal(a->source, b->source) || !ip_is_set(a->source));
}

static void report_twin(struct report *r, const struct draft_check *a, const struct draft_check *b)
{
	const struct draft_check *first = a < b ? a : b, *second = a < b ? b : a;
	char text[IP_TEXT_MAX];

	/* One section that is there twice is one mistake. */
	if (strcmp(first->settings.name, second->settings.name) == 0)
		return;
	report_error(r, second->at,
		     "bfd \"%s\": there is a session with %s already, \"%s\" in %s, right is one, "
		     "or another source for each",
		     show(second->settings.name).text, ip_text(second->settings.peer, text),
		     show(first->settings.name).text, report_where(r, first->at, second->at).text);
}

void check_bfd_peers(struct report *r, const struct draft *d)
{
	const struct draft_check **sessions = calloc(d->check_count + 1, sizeof(*sessions));
	size_t count = 0, first = 0;

	if (!sessions) {
		r->failed = true;
		return;
	}
	for (size_t i = 0; i < d->check_count; i++)
		if (d->checks[i].settings.kind == CHECK_BFD &&
		    ip_is_set(d->checks[i].settings.peer))
			sessions[count++] = &d->checks[i];
	qsort(sessions, count, sizeof(const struct draft_check *), compare_peers);
	for (size_t i = 1; i < count; i++) {
		if (could_be_one(&sessions[first]->settings, &sessions[i]->settings))
			report_twin(r, sessions[first], sessions[i]);
		else
			first = i;
	}
	free(sessions);
}
