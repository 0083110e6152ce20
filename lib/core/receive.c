/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Straight down the list of RFC 9568 section 7.1; the first thing that is wrong names the refusal.
 */
#include "core/receive.h"

#include <string.h>

#include "core/peers.h"

enum {
	SHARED_LOOK_MAX = 16,
};

static bool auth_matches(const struct vrouter *vr, const struct advert *advert)
{
	uint8_t wanted[AUTH_PASSWORD_LEN] = { 0 };

	if (vr->set->auth_password[0] == '\0')
		return advert->auth_type == ADVERT_AUTH_NONE;
	memcpy(wanted, vr->set->auth_password, strlen(vr->set->auth_password));
	return advert->auth_type == ADVERT_AUTH_SIMPLE &&
	       memcmp(wanted, advert->auth_data, sizeof(wanted)) == 0;
}

bool receive_is_somebody(struct ip_addr src)
{
	return !ip_is_unspecified(src) && !ip_is_multicast(src) && !ip_is_loopback(src);
}

/*
 * Multicast does not leave the link, and a TTL of 255 proves it (RFC 9568 section 5.1.1.3). Unicast is no part of the RFC: who sends is
 * known by his address, and how far away he may be is the administrator's to say.
 */
static enum refusal check_way(const struct vrouter *vr, const struct settings *s,
			      const struct event_advert *in)
{
	bool unicast = peers_exist(s, vr->set, vr->family);

	if (in->ttl < (unicast ? vr->set->min_ttl : VRRP_TTL))
		return REFUSAL_TTL;
	if (!receive_is_somebody(in->src))
		return REFUSAL_SENDER;
	if (unicast && (ip_is_multicast(in->dst) || peers_find(s, vr->set, in->src) == UINT32_MAX))
		return REFUSAL_SENDER;
	if (!unicast && !ip_equal(in->dst, advert_group(vr->family)))
		return REFUSAL_SENDER;
	return REFUSAL_NONE;
}

enum refusal receive_check(const struct vrouter *vr, const struct settings *s,
			   const struct event_advert *in)
{
	const struct advert *advert = in->advert;
	enum refusal refusal = check_way(vr, s, in);

	if (refusal != REFUSAL_NONE)
		return refusal;
	if (advert->version != vr->set->version)
		return REFUSAL_VERSION_MISMATCH;
	if (advert->version == 2 && !auth_matches(vr, advert))
		return REFUSAL_AUTH_MISMATCH;
	if (ip_equal(in->src, vr->link.source))
		return REFUSAL_OWN_ADDRESS;
	/* RFC 3768 section 7.1: another interval is discarded; version 3 learns it instead. */
	if (advert->version == 2 && advert->interval.us != vr->set->advert_interval.us)
		return REFUSAL_INTERVAL_MISMATCH;
	return REFUSAL_NONE;
}

static bool lists(const struct ip_addr *list, uint32_t count, struct ip_addr addr)
{
	for (uint32_t i = 0; i < count; i++) {
		if (ip_equal(list[i], addr))
			return true;
	}
	return false;
}

bool receive_same_addresses(const struct vrouter *vr, const struct settings *s,
			    const struct advert *advert)
{
	struct range mine = vr->set->addresses[family_index(vr->family)];

	if (mine.count != advert->count)
		return false;
	for (uint32_t i = 0; i < mine.count; i++) {
		struct ip_addr addr = s->vips[mine.first + i].addr;

		/* The same place nearly always, so that a long list costs one pass. */
		if (!ip_equal(advert->addresses[i], addr) &&
		    !lists(advert->addresses, advert->count, addr))
			return false;
	}
	return true;
}

/* Of a long list the first ones tell, so that a flood of long ones costs little each. */
bool receive_shares_addresses(const struct vrouter *vr, const struct settings *s,
			      const struct advert *advert)
{
	struct range mine = vr->set->addresses[family_index(vr->family)];
	uint32_t count = advert->count < SHARED_LOOK_MAX ? advert->count : SHARED_LOOK_MAX;

	for (uint32_t i = 0; i < mine.count; i++) {
		struct ip_addr addr = s->vips[mine.first + i].addr;

		/* One that follows from the VRID is the same whoever uses it. */
		if ((!ip_is_link_local(addr) || mine.count == 1) &&
		    lists(advert->addresses, count, addr))
			return true;
	}
	return false;
}

enum counter receive_counter(enum refusal r)
{
	switch (r) {
	case REFUSAL_TTL:
		return COUNTER_IP_TTL_ERRORS;
	case REFUSAL_VERSION:
	case REFUSAL_VERSION_MISMATCH:
		return COUNTER_VERSION_ERRORS;
	case REFUSAL_TYPE:
		return COUNTER_INVALID_TYPE_RECEIVED;
	case REFUSAL_CHECKSUM:
		return COUNTER_CHECKSUM_ERRORS;
	case REFUSAL_VRID_ZERO:
	case REFUSAL_VRID_UNKNOWN:
		return COUNTER_VRID_ERRORS;
	case REFUSAL_ADDRESS_COUNT:
		return COUNTER_ADDRESS_LIST_ERRORS;
	case REFUSAL_INTERVAL_ZERO:
	case REFUSAL_INTERVAL_MISMATCH:
		return COUNTER_ADVERT_INTERVAL_ERRORS;
	case REFUSAL_AUTH_TYPE:
	case REFUSAL_AUTH_MISMATCH:
		return COUNTER_AUTH_FAILURES;
	case REFUSAL_SENDER:
		return COUNTER_SENDER_ERRORS;
	case REFUSAL_OWN_ADDRESS:
		return COUNTER_OWN_ADDRESS_RECEIVED;
	case REFUSAL_NONE:
	case REFUSAL_IP_HEADER:
	case REFUSAL_LENGTH:
	case REFUSAL_COUNT_:
		break;
	}
	return COUNTER_PACKET_LENGTH_ERRORS;
}
