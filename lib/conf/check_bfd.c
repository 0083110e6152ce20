/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of BFD sessions. A session is known by the addresses of its two ends (RFC 5881 section 3): where two sessions could be meant by
 * one packet, the second one is refused.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/check.h"

const char *bfd_peer_fault(struct ip_addr peer)
{
	if (!ip_is_set(peer))
		return "is missing, right is the neighbour's address";
	if (ip_is_multicast(peer) || ip_is_unspecified(peer))
		return "is no neighbour's address, right is a unicast address";
	if (ip_is_link_local(peer))
		return "is link-local (fe80::/10), which says nothing without an interface: right is a global or "
		       "unique local address of the neighbour";
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
