/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IPv4 header as it comes from a raw socket: each field that can lie, lying.
 */
#include "wire/ip_header.h"

#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "unit.h"

enum {
	VERSION_IHL = 0,
	TOTAL_LEN = 2, /* its low byte is at 3 */
	FRAGMENT = 6,
	TTL = 8,
	PROTOCOL = 9,
	PACKET_LEN = 32, /* header 20, message 12 */
};

/* An advertisement of keepalived, without its Ethernet header. */
static const uint8_t recorded[PACKET_LEN] = { 0x45, 0xc0, 0x00, 0x20, 0x00, 0x01, 0x00, 0x00,
					      0xff, 0x70, 0x18, 0x99, 0xc0, 0x00, 0x02, 0x01,
					      0xe0, 0x00, 0x00, 0x12, 0x31, 0x36, 0xfe, 0x01,
					      0x00, 0x64, 0x6b, 0xb4, 0xc0, 0x00, 0x02, 0x1e };

struct packet {
	uint8_t bytes[128];
	size_t len;
};

static struct packet packet(void)
{
	struct packet p = { .len = PACKET_LEN };

	memcpy(p.bytes, recorded, PACKET_LEN);
	return p;
}

static enum refusal parse(const struct packet *p, struct ip_header *ret)
{
	uint8_t *exact = malloc(p->len);

	memcpy(exact, p->bytes, p->len);
	enum refusal refusal = ip_header_parse(exact, p->len, ret);

	free(exact);
	return refusal;
}

static enum refusal with_byte(size_t pos, uint8_t value)
{
	struct packet p = packet();
	struct ip_header ignored;

	p.bytes[pos] = value;
	return parse(&p, &ignored);
}

START_TEST(a_recorded_header_gives_its_fields)
{
	struct packet p = packet();
	struct ip_header h;

	ck_assert_int_eq(parse(&p, &h), REFUSAL_NONE);
	ck_assert(ip_equal(h.src, ip_from_v4((const uint8_t[]){ 192, 0, 2, 1 })));
	ck_assert(ip_equal(h.dst, ip_from_v4((const uint8_t[]){ 224, 0, 0, 18 })));
	ck_assert_uint_eq(h.ttl, 255);
	ck_assert_uint_eq(h.header_len, 20);
	ck_assert_uint_eq(h.payload_len, 12);
}
END_TEST

START_TEST(the_ttl_is_reported_and_not_judged)
{
	for (int ttl = 0; ttl <= 255; ttl++) {
		struct packet p = packet();
		struct ip_header h;

		p.bytes[TTL] = (uint8_t)ttl;
		ck_assert_int_eq(parse(&p, &h), REFUSAL_NONE);
		ck_assert_uint_eq(h.ttl, ttl);
	}
}
END_TEST

START_TEST(every_truncation_is_refused)
{
	struct packet p = packet();
	struct ip_header h;

	for (p.len = 0; p.len < PACKET_LEN; p.len++)
		ck_assert_int_eq(parse(&p, &h), REFUSAL_IP_HEADER);
}
END_TEST

START_TEST(padding_after_the_packet_is_not_payload)
{
	struct packet p = packet();
	struct ip_header h;

	for (p.len = PACKET_LEN; p.len <= 60; p.len++) {
		ck_assert_int_eq(parse(&p, &h), REFUSAL_NONE);
		ck_assert_uint_eq(h.payload_len, 12);
	}
}
END_TEST

START_TEST(options_lengthen_the_header_and_leave_the_payload)
{
	for (uint8_t words = 5; words <= 15; words++) {
		struct packet p = packet();
		struct ip_header h;

		p.bytes[VERSION_IHL] = (uint8_t)(0x40 | words);
		p.len = (size_t)words * 4 + 12;
		p.bytes[TOTAL_LEN + 1] = (uint8_t)p.len;
		ck_assert_int_eq(parse(&p, &h), REFUSAL_NONE);
		ck_assert_uint_eq(h.header_len, words * 4);
		ck_assert_uint_eq(h.payload_len, 12);
	}
}
END_TEST

START_TEST(a_header_shorter_than_five_words_is_refused)
{
	for (uint8_t words = 0; words < 5; words++)
		ck_assert_int_eq(with_byte(VERSION_IHL, 0x40 | words), REFUSAL_IP_HEADER);
}
END_TEST

START_TEST(a_header_longer_than_the_packet_is_refused)
{
	ck_assert_int_eq(with_byte(VERSION_IHL, 0x48), REFUSAL_NONE); /* 32 bytes: just so */
	ck_assert_int_eq(with_byte(VERSION_IHL, 0x49), REFUSAL_IP_HEADER);
}
END_TEST

START_TEST(a_total_length_between_header_and_buffer_is_believed)
{
	ck_assert_int_eq(with_byte(TOTAL_LEN + 1, 19), REFUSAL_IP_HEADER);
	ck_assert_int_eq(with_byte(TOTAL_LEN + 1, 20), REFUSAL_NONE);
	ck_assert_int_eq(with_byte(TOTAL_LEN + 1, PACKET_LEN), REFUSAL_NONE);
	ck_assert_int_eq(with_byte(TOTAL_LEN + 1, PACKET_LEN + 1), REFUSAL_IP_HEADER);
	ck_assert_int_eq(with_byte(TOTAL_LEN, 0xff), REFUSAL_IP_HEADER);
}
END_TEST

START_TEST(only_version_4_is_parsed)
{
	for (uint8_t version = 0; version < 16; version++)
		ck_assert_int_eq(with_byte(VERSION_IHL, (uint8_t)(version << 4 | 5)),
				 version == 4 ? REFUSAL_NONE : REFUSAL_IP_HEADER);
}
END_TEST

START_TEST(only_vrrp_is_parsed)
{
	for (int protocol = 0; protocol <= 255; protocol++)
		ck_assert_int_eq(with_byte(PROTOCOL, (uint8_t)protocol),
				 protocol == VRRP_PROTOCOL ? REFUSAL_NONE : REFUSAL_IP_HEADER);
}
END_TEST

START_TEST(fragments_are_refused_and_dont_fragment_is_not_one)
{
	ck_assert_int_eq(with_byte(FRAGMENT, 0x40), REFUSAL_NONE);
	ck_assert_int_eq(with_byte(FRAGMENT, 0x20), REFUSAL_IP_HEADER); /* first of several */
	ck_assert_int_eq(with_byte(FRAGMENT, 0x10), REFUSAL_IP_HEADER); /* highest bit of offset */
	ck_assert_int_eq(with_byte(FRAGMENT + 1, 0x01), REFUSAL_IP_HEADER); /* lowest */
}
END_TEST

START_TEST(a_refused_header_changes_nothing)
{
	struct packet p = packet();
	struct ip_header h, before;

	memset(&h, 0xa5, sizeof(h));
	memset(&before, 0xa5, sizeof(before));
	p.bytes[PROTOCOL] = 6;
	ck_assert_int_eq(parse(&p, &h), REFUSAL_IP_HEADER);
	ck_assert_mem_eq(&h, &before, sizeof(h));
}
END_TEST

START_TEST(random_junk_never_points_outside_the_buffer)
{
	struct random random = { .state = 0x1b };
	unsigned int accepted = 0;

	for (int i = 0; i < 200000; i++) {
		struct packet p;
		struct ip_header h;

		p.len = random_below(&random, sizeof(p.bytes));
		random_bytes(&random, p.bytes, sizeof(p.bytes));
		p.bytes[VERSION_IHL] = (uint8_t)(0x40 | (p.bytes[VERSION_IHL] & 0x0f));
		p.bytes[TOTAL_LEN] = p.bytes[FRAGMENT] = p.bytes[FRAGMENT + 1] = 0;
		p.bytes[PROTOCOL] = VRRP_PROTOCOL;
		if (parse(&p, &h) != REFUSAL_NONE)
			continue;
		ck_assert_uint_le(h.header_len + h.payload_len, p.len);
		accepted++;
	}
	ck_assert_uint_gt(accepted, 10000);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("ip_header");

	tcase_add_test(tc, a_recorded_header_gives_its_fields);
	tcase_add_test(tc, the_ttl_is_reported_and_not_judged);
	tcase_add_test(tc, every_truncation_is_refused);
	tcase_add_test(tc, padding_after_the_packet_is_not_payload);
	tcase_add_test(tc, options_lengthen_the_header_and_leave_the_payload);
	tcase_add_test(tc, a_header_shorter_than_five_words_is_refused);
	tcase_add_test(tc, a_header_longer_than_the_packet_is_refused);
	tcase_add_test(tc, a_total_length_between_header_and_buffer_is_believed);
	tcase_add_test(tc, only_version_4_is_parsed);
	tcase_add_test(tc, only_vrrp_is_parsed);
	tcase_add_test(tc, fragments_are_refused_and_dont_fragment_is_not_one);
	tcase_add_test(tc, a_refused_header_changes_nothing);
	tcase_add_test(tc, random_junk_never_points_outside_the_buffer);
	return run_test_case(tc, "ip_header");
}
