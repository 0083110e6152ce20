/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Advertisements, read and written straight down in the order of their fields. The two versions
 * share six of their eight fixed bytes, so they share this code too; where they part there is a
 * branch. Everything is judged before the caller's struct is touched, so that a refused packet
 * leaves no trace, and addresses are read last, so that the large part of the struct is written
 * once.
 */
#include "wire/advert.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/checksum.h"
#include "wire/fields.h"

enum {
	HEADER_LEN = 8,
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
	static const struct ip_addr v4 = { .family = IP_V4, .bytes = { 224, 0, 0, 18 } };
	static const struct ip_addr v6 = { .family = IP_V6, .bytes = { 0xff, 0x02, [15] = 0x12 } };

	return family == IP_V6 ? v6 : v4;
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
 * Which form of the checksum does the message carry? Version 2 has one, without pseudo-header (RFC
 * 3768 section 5.3.8), and IPv6 has one, with it. Version 3 over IPv4 has two in the field: RFC
 * 9568 section 5.2.8 leaves the pseudo-header out, while keepalived and FRR, after RFC 5798, put it
 * in. Either proves that the bytes are whole.
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

/* The eight bytes that every message begins with. */
struct fixed_fields {
	uint8_t version, type;
	uint8_t vrid;
	uint8_t priority;
	uint8_t count;
	uint8_t auth_type; /* version 2; else 0 */
	struct span interval;
};

static struct fixed_fields read_fixed_fields(struct reader *r)
{
	uint8_t version_type = read_u8(r);
	struct fixed_fields f = {
		.version = version_type >> 4,
		.type = version_type & 0x0f,
	};

	f.vrid = read_u8(r);
	f.priority = read_u8(r);
	f.count = read_u8(r);
	if (f.version == 2) {
		f.auth_type = read_u8(r);
		f.interval = span_s(read_u8(r));
	} else {
		int64_t interval_cs = read_be16(r) & V3_INTERVAL_MASK;

		f.interval = span_us(interval_cs * CENTISECOND_US);
	}
	read_skip(r, 2); /* the checksum is verified over the whole */
	return f;
}

/*
 * The order is that of RFC 9568 section 7.1: what kind of message it is (version, type), whether
 * all of it is here, whether it is intact, and only then what it says. So a field is believed, even
 * to refuse it, only once the checksum has vouched for it; but for the count, on which the length
 * and the checksum depend.
 */
enum refusal advert_parse(const void *data, size_t len, struct ip_addr src, struct ip_addr dst,
			  struct advert *ret)
{
	struct reader r = reader_of(data, len);
	struct fixed_fields f = read_fixed_fields(&r);
	enum ip_family family = src.family;
	bool with_pseudo;

	assert(ip_is_set(src) && src.family == dst.family);
	if (r.overrun)
		return REFUSAL_LENGTH;
	if (f.version != 3 && (f.version != 2 || family == IP_V6))
		return REFUSAL_VERSION;
	if (f.type != VRRP_TYPE_ADVERTISEMENT)
		return REFUSAL_TYPE;

	/* What follows the last field is not part of the message, nor of its checksum. */
	size_t message_len = advert_len(f.version, family, f.count);

	if (len < message_len)
		return REFUSAL_LENGTH;
	if (!find_checksum_form(data, message_len, f.version, src, dst, &with_pseudo))
		return REFUSAL_CHECKSUM;
	if (f.vrid == 0)
		return REFUSAL_VRID_ZERO;
	if (f.count == 0) /* RFC 9568 section 5.2.5 */
		return REFUSAL_ADDRESS_COUNT;
	if (f.interval.us == 0) /* RFC 9568 erratum 8301 */
		return REFUSAL_INTERVAL_ZERO;
	if (f.auth_type != ADVERT_AUTH_NONE && f.auth_type != ADVERT_AUTH_SIMPLE)
		return REFUSAL_AUTH_TYPE;

	ret->version = f.version;
	ret->vrid = f.vrid;
	ret->priority = f.priority;
	ret->family = src.family;
	ret->count = f.count;
	ret->auth_type = f.auth_type;
	ret->checksum_with_pseudo = with_pseudo;
	ret->interval = f.interval;
	for (size_t i = 0; i < f.count; i++)
		ret->addresses[i] = read_ip(&r, family);
	memset(ret->auth_data, 0, sizeof(ret->auth_data));
	if (f.auth_type == ADVERT_AUTH_SIMPLE)
		read_bytes(&r, ret->auth_data, sizeof(ret->auth_data));
	return REFUSAL_NONE;
}

/* In the unit of the wire, seconds in version 2 and centiseconds in version 3; 0: inexpressible. */
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
	if (a->version == 2) {
		write_u8(&w, a->auth_type);
		write_u8(&w, (uint8_t)wire_interval(a));
	} else {
		write_be16(&w, wire_interval(a)); /* the reserved bits above it are 0 */
	}
	write_be16(&w, 0); /* checksum, below */
	for (size_t i = 0; i < a->count; i++)
		write_ip(&w, a->addresses[i]);
	if (a->version == 2 && a->auth_type == ADVERT_AUTH_SIMPLE)
		write_bytes(&w, a->auth_data, sizeof(a->auth_data));
	else if (a->version == 2)
		write_zeros(&w, sizeof(a->auth_data)); /* RFC 3768 section 5.3.10 */
	if (w.overrun)
		return 0;

	if (a->version == 3 && (a->family == IP_V6 || with_pseudo))
		sum = checksum_add_pseudo(0, src, dst, VRRP_PROTOCOL, (uint32_t)w.len);
	write_be16_at(&w, ADVERT_CHECKSUM_POS, checksum_finish(checksum_add(sum, w.data, w.len)));
	return w.len;
}
