/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Advertisements to test with, of the four kinds that there are: version 2, version 3 over IPv4
 * with and without pseudo-header, version 3 over IPv6. What is parsed lies in a heap block of
 * exactly its length, so that AddressSanitizer sees one byte too many.
 */
#ifndef TEST_ADVERT_EXAMPLE_H
#define TEST_ADVERT_EXAMPLE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "wire/advert.h"

struct kind {
	uint8_t version;
	enum ip_family family;
	bool with_pseudo;
};

static const struct kind kinds[] = {
	{ 2, IP_V4, false },
	{ 3, IP_V4, true },
	{ 3, IP_V4, false },
	{ 3, IP_V6, true },
};

enum {
	KINDS = sizeof(kinds) / sizeof(kinds[0]),
	CHECKSUM_POS = 6,
};

static inline struct ip_addr ip(const char *text)
{
	struct ip_addr a = IP_ADDR_NONE;

	ck_assert_int_eq(ip_parse(text, &a), 0);
	return a;
}

static inline struct ip_addr source_of(const struct kind *k)
{
	return ip(k->family == IP_V6 ? "fe80::ff:fe00:1" : "192.0.2.1");
}

/* The i-th address of a family: 10.0.0.i or 2001:db8::i, the first of IPv6 link-local. */
static inline struct ip_addr address_of(enum ip_family family, uint8_t i)
{
	struct ip_addr a = ip(family == IP_V4 ? "10.0.0.0" : i == 0 ? "fe80::" : "2001:db8::");

	a.bytes[ip_len(a) - 1] = i;
	return a;
}

static inline struct advert example(const struct kind *k, uint8_t count)
{
	struct advert a = {
		.version = k->version,
		.vrid = 51,
		.priority = 150,
		.family = (uint8_t)k->family,
		.count = count,
		.checksum_with_pseudo = k->with_pseudo,
		.interval = span_s(1),
	};

	for (size_t i = 0; i < count; i++)
		a.addresses[i] = address_of(k->family, (uint8_t)i);
	return a;
}

/* A message and everything that is needed to parse it. */
struct message {
	const struct kind *kind;
	struct ip_addr src, dst;
	uint8_t bytes[ADVERT_BYTES_MAX + 16];
	size_t len;
};

static inline struct message build(const struct kind *k, const struct advert *a)
{
	struct message m = { .kind = k, .src = source_of(k), .dst = advert_group(k->family) };

	m.len = advert_build(a, m.src, m.dst, k->with_pseudo, m.bytes, sizeof(m.bytes));
	return m;
}

static inline struct message example_message(const struct kind *k, uint8_t count)
{
	struct advert a = example(k, count);
	struct message m = build(k, &a);

	ck_assert_uint_gt(m.len, 0);
	return m;
}

static inline enum refusal parse_len(const struct message *m, size_t len, struct advert *ret)
{
	uint8_t *exact = malloc(len);

	memcpy(exact, m->bytes, len);
	enum refusal refusal = advert_parse(exact, len, m->src, m->dst, ret);

	free(exact);
	return refusal;
}

static inline enum refusal parse(const struct message *m, struct advert *ret)
{
	return parse_len(m, m->len, ret);
}

/* Makes the checksum right again after bytes were changed. */
static inline void seal(struct message *m)
{
	uint32_t sum = 0;

	m->bytes[CHECKSUM_POS] = m->bytes[CHECKSUM_POS + 1] = 0;
	if (m->kind->with_pseudo)
		sum = checksum_add_pseudo(0, m->src, m->dst, VRRP_PROTOCOL, (uint32_t)m->len);
	uint16_t checksum = checksum_finish(checksum_add(sum, m->bytes, m->len));

	m->bytes[CHECKSUM_POS] = (uint8_t)(checksum >> 8);
	m->bytes[CHECKSUM_POS + 1] = (uint8_t)checksum;
}

/* The example message with one byte replaced and a right checksum: what is it refused for? */
static inline enum refusal with_byte(const struct kind *k, size_t pos, uint8_t value)
{
	struct message m = example_message(k, 2);
	struct advert ignored;

	m.bytes[pos] = value;
	seal(&m);
	return parse(&m, &ignored);
}

#endif
