/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VRRP messages. Whatever the bytes, parsing ends, and a refusal leaves the caller's struct alone; what is accepted is within its
 * ranges and builds to a message that is parsed to the same. The first byte says how the rest is treated, since no
 * mutation would ever hit a checksum.
 */
#include <string.h>

#include "base/bytes.h"
#include "base/checksum.h"
#include "wire/advert.h"

#include "advert_difference.h"
#include "fuzz.h"

enum {
	HOW_IPV6 = 1,
	HOW_MEND_CHECKSUM = 2,
	HOW_PSEUDO_HEADER = 4,
	MESSAGE_MAX = ADVERT_BYTES_MAX + 64,
	CHECKSUM_POS = 6,
};

struct message {
	uint8_t bytes[MESSAGE_MAX];
	size_t len;
	struct ip_addr src, dst;
};

static void mend_checksum(struct message *m, bool with_pseudo)
{
	uint8_t version = m->bytes[0] >> 4;
	size_t len = advert_len(version, (enum ip_family)m->src.family, m->bytes[3]);
	struct writer w = { .data = m->bytes, .cap = m->len, .len = m->len };
	uint32_t sum = 0;

	if (m->len < len)
		return;
	write_be16_at(&w, CHECKSUM_POS, 0);
	if (with_pseudo)
		sum = checksum_add_pseudo(0, m->src, m->dst, VRRP_PROTOCOL, (uint32_t)len);
	write_be16_at(&w, CHECKSUM_POS, checksum_finish(checksum_add(sum, m->bytes, len)));
}

static void check_ranges(const struct message *m, const struct advert *a)
{
	int64_t unit_us = a->version == 2 ? 1000000 : 10000;
	int64_t units = a->interval.us / unit_us;

	MUST(a->version == 3 || (a->version == 2 && a->family == IP_V4));
	MUST(a->family == m->src.family);
	MUST(a->vrid != 0 && a->count != 0);
	MUST(a->vrid == advert_peek_vrid(m->bytes, m->len));
	MUST(a->interval.us % unit_us == 0);
	MUST(units >= 1 && units <= (a->version == 2 ? 255 : 4095));
	MUST(a->auth_type == ADVERT_AUTH_NONE ||
	     (a->auth_type == ADVERT_AUTH_SIMPLE && a->version == 2));
	MUST(a->checksum_with_pseudo ? a->version == 3 : a->family == IP_V4);
	for (size_t i = 0; i < a->count; i++)
		MUST(a->addresses[i].family == a->family);
}

/* Exactly its length is needed, and exactly the fields come back. */
static void check_rebuilt(const struct message *m, const struct advert *a)
{
	size_t len = advert_len(a->version, (enum ip_family)a->family, a->count);
	uint8_t built[ADVERT_BYTES_MAX];
	struct advert again;

	MUST(len <= m->len && len <= sizeof(built));
	MUST(advert_build(a, m->src, m->dst, a->checksum_with_pseudo, built, len - 1) == 0);
	MUST(advert_build(a, m->src, m->dst, a->checksum_with_pseudo, built, len) == len);
	MUST(advert_parse(built, len, m->src, m->dst, &again) == REFUSAL_NONE);
	MUST(advert_difference(a, &again) == NULL);
	MUST(memcmp(m->bytes + 8, built + 8, len - 8 - (a->version == 2 ? 8 : 0)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reader r = reader_of(data, len);
	uint8_t how = read_u8(&r);
	struct message m = { .len = reader_left(&r) };
	struct advert a, untouched;
	enum refusal refusal;

	if (m.len > sizeof(m.bytes))
		return 0;
	read_bytes(&r, m.bytes, m.len);
	m.dst = advert_group(how & HOW_IPV6 ? IP_V6 : IP_V4);
	m.src = m.dst;
	m.src.bytes[0] = 0x20; /* any unicast address of that family */
	if (how & HOW_MEND_CHECKSUM)
		mend_checksum(&m, how & HOW_PSEUDO_HEADER);
	memset(&a, 0xa5, sizeof(a));
	memset(&untouched, 0xa5, sizeof(untouched));

	refusal = advert_parse(m.bytes, m.len, m.src, m.dst, &a);
	if (refusal == REFUSAL_NONE) {
		check_ranges(&m, &a);
		check_rebuilt(&m, &a);
	} else {
		MUST(refusal < REFUSAL_VRID_UNKNOWN); /* the others are the core's */
		MUST(refusal_text(refusal)[0] != '\0');
		MUST(memcmp(&a, &untouched, sizeof(a)) == 0);
	}
	return 0;
}
