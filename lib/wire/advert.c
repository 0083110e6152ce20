/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Advertisements, read and written straight down in the order of their fields. The two versions share six of
 * their eight header bytes, so they share this code too; where they part, a branch says which RFC wants what.
 * Everything is judged before the caller's struct is touched, so that a refused packet leaves no trace.
 */
#include "wire/advert.h"

#include <string.h>

#include "base/bytes.h"
#include "base/checksum.h"

enum {
	HEADER_LEN = 8,
	CHECKSUM_POS = 6,
	V3_INTERVAL_MASK = 0x0fff, /* the four bits above it are reserved, RFC 9568 section 5.2.6 */
	CENTISECOND_US = 10000,
	SECOND_US = 1000000,
};

const char *refusal_text(enum refusal r)
{
	switch (r) {
	case REFUSAL_NONE:
		return "";
	case REFUSAL_IP_HEADER:
		return "malformed IP header";
	case REFUSAL_TTL:
		return "TTL or hop limit too small";
	case REFUSAL_LENGTH:
		return "packet is shorter than its fields say";
	case REFUSAL_VERSION:
		return "unknown VRRP version";
	case REFUSAL_TYPE:
		return "not an advertisement";
	case REFUSAL_CHECKSUM:
		return "checksum does not match";
	case REFUSAL_VRID_ZERO:
		return "VRID is 0";
	case REFUSAL_ADDRESS_COUNT:
		return "no address in it";
	case REFUSAL_INTERVAL_ZERO:
		return "advertisement interval is 0";
	case REFUSAL_AUTH_TYPE:
		return "unknown authentication type";
	case REFUSAL_VRID_UNKNOWN:
		return "no virtual router of this VRID here";
	case REFUSAL_VERSION_MISMATCH:
		return "not the configured VRRP version";
	case REFUSAL_AUTH_MISMATCH:
		return "authentication does not match";
	case REFUSAL_INTERVAL_MISMATCH:
		return "advertisement interval is not the configured one";
	case REFUSAL_SENDER:
		return "not from a configured peer, or not to the multicast group";
	case REFUSAL_OWN_ADDRESS:
		return "sent from our own address";
	case REFUSAL_COUNT_:
		break;
	}
	return "";
}

size_t advert_len(uint8_t version, enum ip_family family, uint8_t count)
{
	size_t addresses_len = (size_t)count * (ip_max_prefix_len(family) / 8);

	return HEADER_LEN + addresses_len + (version == 2 ? AUTH_PASSWORD_LEN : 0);
}

struct ip_addr advert_group(enum ip_family family)
{
	static const uint8_t v4[4] = { 224, 0, 0, 18 };
	static const uint8_t v6[16] = { 0xff, 0x02, [15] = 0x12 };

	return family == IP_V6 ? ip_from_v6(v6) : ip_from_v4(v4);
}

uint8_t advert_peek_vrid(const void *data, size_t len)
{
	struct reader r = reader_of(data, len);

	read_skip(&r, 1);
	return read_u8(&r);
}

static bool checksum_matches(const void *data, size_t len, uint32_t start)
{
	return checksum_finish(checksum_add(start, data, len)) == 0;
}

/*
 * Which form of the checksum does the message carry? Version 2 has one, without pseudo-header (RFC 3768 section
 * 5.3.8), and IPv6 has one, with it. Version 3 over IPv4 has two in the field: RFC 9568 section 5.2.8 leaves the
 * pseudo-header out, while keepalived and FRR, after RFC 5798, put it in. Either proves that the bytes are whole.
 */
static bool find_checksum_form(const void *data, size_t len, uint8_t version, struct ip_addr src,
			       struct ip_addr dst, bool *ret_with_pseudo)
{
	uint32_t pseudo = checksum_add_pseudo(0, src, dst, VRRP_PROTOCOL, (uint32_t)len);

	if (version == 3 && checksum_matches(data, len, pseudo)) {
		*ret_with_pseudo = true;
		return true;
	}
	if (src.family == IP_V4 && checksum_matches(data, len, 0)) {
		*ret_with_pseudo = false;
		return true;
	}
	return false;
}

static void read_addresses(struct reader *r, struct advert *a)
{
	uint8_t bytes[16];

	for (size_t i = 0; i < a->count; i++) {
		if (a->family == IP_V6) {
			read_bytes(r, bytes, 16);
			a->addresses[i] = ip_from_v6(bytes);
		} else {
			read_bytes(r, bytes, 4);
			a->addresses[i] = ip_from_v4(bytes);
		}
	}
}

/*
 * The order is that of RFC 9568 section 7.1: what the bytes are (version, type), whether all of them are here, whether they
 * are intact, and only then what they say. So a field is believed, even to refuse it, only when the checksum
 * vouches for it. The count is the exception: the length and with it the checksum depend on it.
 */
enum refusal advert_parse(const void *data, size_t len, struct ip_addr src, struct ip_addr dst,
			  struct advert *ret)
{
	struct reader r = reader_of(data, len);
	uint8_t version_type = read_u8(&r);
	uint8_t vrid = read_u8(&r);
	uint8_t priority = read_u8(&r);
	uint8_t count = read_u8(&r);
	uint8_t auth_type = 0;
	struct span interval;
	uint8_t version = version_type >> 4;
	bool with_pseudo;

	if (version == 2) {
		auth_type = read_u8(&r);
		interval = span_s(read_u8(&r));
	} else {
		interval = span_us((int64_t)(read_be16(&r) & V3_INTERVAL_MASK) * CENTISECOND_US);
	}
	read_skip(&r, 2); /* checksum */
	if (r.overrun)
		return REFUSAL_LENGTH;

	if (version != 3 && (version != 2 || src.family == IP_V6))
		return REFUSAL_VERSION;
	if ((version_type & 0x0f) != VRRP_TYPE_ADVERTISEMENT)
		return REFUSAL_TYPE;
	if (len < advert_len(version, src.family, count))
		return REFUSAL_LENGTH;
	/* Bytes beyond the fields are nobody's: not in the message, not in the checksum. */
	len = advert_len(version, src.family, count);
	if (!find_checksum_form(data, len, version, src, dst, &with_pseudo))
		return REFUSAL_CHECKSUM;
	if (vrid == 0)
		return REFUSAL_VRID_ZERO;
	if (count == 0)
		return REFUSAL_ADDRESS_COUNT;
	if (interval.us == 0)
		return REFUSAL_INTERVAL_ZERO;
	if (auth_type != ADVERT_AUTH_NONE && auth_type != ADVERT_AUTH_SIMPLE)
		return REFUSAL_AUTH_TYPE;

	ret->version = version;
	ret->vrid = vrid;
	ret->priority = priority;
	ret->family = src.family;
	ret->count = count;
	ret->auth_type = auth_type;
	ret->checksum_with_pseudo = with_pseudo;
	ret->interval = interval;
	read_addresses(&r, ret);
	memset(ret->auth_data, 0, sizeof(ret->auth_data));
	if (auth_type == ADVERT_AUTH_SIMPLE)
		read_bytes(&r, ret->auth_data, sizeof(ret->auth_data));
	return REFUSAL_NONE;
}

/* The interval as the wire has it: seconds in version 2, centiseconds in version 3; 0 if that cannot say it. */
static uint16_t wire_interval(const struct advert *a)
{
	int64_t unit_us = a->version == 2 ? SECOND_US : CENTISECOND_US;
	int64_t max = a->version == 2 ? UINT8_MAX : V3_INTERVAL_MASK;
	int64_t units = a->interval.us / unit_us;

	if (a->interval.us <= 0 || a->interval.us % unit_us != 0 || units > max)
		return 0;
	return (uint16_t)units;
}

static bool can_be_sent(const struct advert *a, struct ip_addr src, struct ip_addr dst)
{
	if (a->version != 3 && (a->version != 2 || a->family != IP_V4))
		return false;
	if (a->family != src.family || a->family != dst.family || !ip_is_set(src))
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (a->addresses[i].family != a->family)
			return false;
	}
	if (a->version == 2 && a->auth_type != ADVERT_AUTH_NONE &&
	    a->auth_type != ADVERT_AUTH_SIMPLE)
		return false;
	return a->vrid != 0 && a->count != 0 && wire_interval(a) != 0;
}

size_t advert_build(const struct advert *a, struct ip_addr src, struct ip_addr dst,
		    bool with_pseudo, void *buf, size_t cap)
{
	struct writer w = writer_of(buf, cap);
	uint32_t sum = 0;

	if (!can_be_sent(a, src, dst))
		return 0;
	write_u8(&w, (uint8_t)(a->version << 4 | VRRP_TYPE_ADVERTISEMENT));
	write_u8(&w, a->vrid);
	write_u8(&w, a->priority);
	write_u8(&w, a->count);
	if (a->version == 2)
		write_u8(&w, a->auth_type);
	if (a->version == 2)
		write_u8(&w, (uint8_t)wire_interval(a));
	else
		write_be16(&w, wire_interval(a)); /* reserved bits 0 */
	write_be16(&w, 0);                        /* checksum, below */
	for (size_t i = 0; i < a->count; i++)
		write_bytes(&w, a->addresses[i].bytes, ip_len(a->addresses[i]));
	if (a->version == 2 && a->auth_type == ADVERT_AUTH_SIMPLE)
		write_bytes(&w, a->auth_data, sizeof(a->auth_data));
	else if (a->version == 2)
		write_zeros(&w, sizeof(a->auth_data)); /* RFC 3768 section 5.3.10 */
	if (w.overrun)
		return 0;

	if (a->version == 3 && (a->family == IP_V6 || with_pseudo))
		sum = checksum_add_pseudo(0, src, dst, VRRP_PROTOCOL, (uint32_t)w.len);
	write_be16_at(&w, CHECKSUM_POS, checksum_finish(checksum_add(sum, w.data, w.len)));
	return w.len;
}
