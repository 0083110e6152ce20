/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages from outside, as wrong as they can be: each refusal provoked, each cut, each bit
 * flipped, and junk; and the few oddities that are not wrong. What is refused must leave no trace.
 */
#include "wire/advert.h"

#include <stdlib.h>
#include <string.h>

#include "advert_difference.h"
#include "advert_example.h"
#include "random.h"
#include "unit.h"

/* The intervals a version can express, and those next to the borders. */
START_TEST(every_truncation_is_a_wrong_length)
{
	const struct kind *k = &kinds[_i];
	static const uint8_t counts[] = { 1, 2, 17, 255 };

	for (size_t c = 0; c < sizeof(counts); c++) {
		struct message m = example_message(k, counts[c]);

		for (size_t len = 0; len < m.len; len++) {
			struct advert ret;

			ck_assert_int_eq(parse_len(&m, len, &ret), REFUSAL_LENGTH);
		}
	}
}
END_TEST

/* A wrong total length in an IP header may show Ethernet padding; it changes nothing. */
START_TEST(bytes_after_the_message_are_ignored)
{
	const struct kind *k = &kinds[_i];
	struct advert sent = example(k, 1), received;
	struct message m = build(k, &sent);

	memset(m.bytes + m.len, 0xee, 16);
	for (size_t more = 1; more <= 16; more++) {
		ck_assert_int_eq(parse_len(&m, m.len + more, &received), REFUSAL_NONE);
		ck_assert_ptr_null(advert_difference(&sent, &received));
	}
}
END_TEST

START_TEST(only_versions_2_and_3_are_known)
{
	const struct kind *k = &kinds[_i];

	for (uint8_t version = 0; version < 16; version++) {
		if (version == 2 || version == 3)
			continue;
		ck_assert_int_eq(with_byte(k, 0, (uint8_t)(version << 4 | 1)), REFUSAL_VERSION);
	}
	ck_assert_int_eq(with_byte(k, 0, (uint8_t)(k->version << 4 | 1)), REFUSAL_NONE);
}
END_TEST

START_TEST(version_2_over_ipv6_is_no_version)
{
	ck_assert_int_eq(with_byte(&kinds[3], 0, 0x21), REFUSAL_VERSION);
}
END_TEST

START_TEST(only_type_1_is_an_advertisement)
{
	const struct kind *k = &kinds[_i];

	for (uint8_t type = 0; type < 16; type++)
		ck_assert_int_eq(with_byte(k, 0, (uint8_t)(k->version << 4 | type)),
				 type == 1 ? REFUSAL_NONE : REFUSAL_TYPE);
}
END_TEST

START_TEST(vrid_0_is_refused)
{
	ck_assert_int_eq(with_byte(&kinds[_i], 1, 0), REFUSAL_VRID_ZERO);
}
END_TEST

START_TEST(an_advertisement_of_no_address_is_refused)
{
	const struct kind *k = &kinds[_i];
	struct message m = example_message(k, 1);
	struct advert ret;

	m.bytes[3] = 0;
	m.len = advert_len(k->version, k->family, 0);
	seal(&m);
	ck_assert_int_eq(parse(&m, &ret), REFUSAL_ADDRESS_COUNT);
}
END_TEST

START_TEST(a_count_beyond_the_bytes_is_a_wrong_length)
{
	ck_assert_int_eq(with_byte(&kinds[_i], 3, 3), REFUSAL_LENGTH);
	ck_assert_int_eq(with_byte(&kinds[_i], 3, 255), REFUSAL_LENGTH);
}
END_TEST

START_TEST(an_interval_of_0_is_refused)
{
	const struct kind *k = &kinds[_i];
	struct message m = example_message(k, 1);
	struct advert ret;

	m.bytes[5] = 0;
	if (k->version == 3)
		m.bytes[4] = 0xf0; /* reserved bits do not make it something */
	seal(&m);
	ck_assert_int_eq(parse(&m, &ret), REFUSAL_INTERVAL_ZERO);
}
END_TEST

START_TEST(reserved_bits_are_ignored)
{
	for (int i = 1; i < KINDS; i++) {
		struct message m = example_message(&kinds[i], 1);
		struct advert ret;

		m.bytes[4] |= 0xf0;
		seal(&m);
		ck_assert_int_eq(parse(&m, &ret), REFUSAL_NONE);
		ck_assert_int_eq(ret.interval.us, 1000000);
	}
}
END_TEST

START_TEST(authentication_types_beyond_simple_text_are_refused)
{
	for (int type = 0; type <= 255; type++)
		ck_assert_int_eq(with_byte(&kinds[0], 4, (uint8_t)type),
				 type <= 1 ? REFUSAL_NONE : REFUSAL_AUTH_TYPE);
}
END_TEST

/* CARP shares protocol, group and first byte; its packet of 36 bytes claims seven addresses. */
START_TEST(carp_is_not_taken_for_version_2)
{
	uint8_t carp[36] = { 0x21, 1, 0, 7, 0, 1 };
	struct ip_addr src = ip("192.0.2.1"), dst = advert_group(IP_V4);
	struct advert ret;

	ck_assert_int_eq(advert_parse(carp, sizeof(carp), src, dst, &ret), REFUSAL_LENGTH);
}
END_TEST

START_TEST(a_wrong_checksum_is_refused_before_the_fields_are_judged)
{
	const struct kind *k = &kinds[_i];
	struct message m = example_message(k, 1);
	struct advert ret;

	m.bytes[1] = 0; /* would be VRID_ZERO */
	ck_assert_int_eq(parse(&m, &ret), REFUSAL_CHECKSUM);
}
END_TEST

START_TEST(the_pseudo_header_ties_the_checksum_to_the_addresses)
{
	for (int i = 0; i < KINDS; i++) {
		struct message m = example_message(&kinds[i], 1);
		struct advert ret;

		m.src.bytes[3] ^= 1;
		ck_assert_int_eq(parse(&m, &ret),
				 kinds[i].with_pseudo ? REFUSAL_CHECKSUM : REFUSAL_NONE);
	}
}
END_TEST

START_TEST(version_2_and_ipv6_have_one_checksum_form_only)
{
	struct message v2 = example_message(&kinds[0], 1);
	struct message v6 = example_message(&kinds[3], 1);
	struct kind other;
	struct advert ret;

	other = (struct kind){ 2, IP_V4, true };
	v2.kind = &other;
	seal(&v2);
	ck_assert_int_eq(parse(&v2, &ret), REFUSAL_CHECKSUM);
	other = (struct kind){ 3, IP_V6, false };
	v6.kind = &other;
	seal(&v6);
	ck_assert_int_eq(parse(&v6, &ret), REFUSAL_CHECKSUM);
}
END_TEST

START_TEST(where_both_checksum_forms_match_the_one_with_pseudo_header_is_reported)
{
	const struct kind plain = { 3, IP_V4, false };
	struct advert a = example(&plain, 1), ret;
	struct message m = build(&plain, &a);
	/* what the source must grow by for the pseudo-header to add up to 0xffff, which is 0 */
	uint32_t sum = checksum_add_pseudo(0, m.src, m.dst, VRRP_PROTOCOL, (uint32_t)m.len);
	uint16_t rest = (uint16_t)(0xffff - sum);

	ck_assert_uint_le(m.src.bytes[3] + (rest & 0xff), 255);
	ck_assert_uint_le(m.src.bytes[2] + (rest >> 8), 255);
	m.src.bytes[3] = (uint8_t)(m.src.bytes[3] + (rest & 0xff));
	m.src.bytes[2] = (uint8_t)(m.src.bytes[2] + (rest >> 8));
	ck_assert_int_eq(parse(&m, &ret), REFUSAL_NONE);
	ck_assert(ret.checksum_with_pseudo);
}
END_TEST

START_TEST(every_single_bit_flip_is_refused_or_seen)
{
	const struct kind *k = &kinds[_i];
	static const uint8_t counts[] = { 1, 2, 5, 255 };

	for (size_t c = 0; c < sizeof(counts); c++) {
		struct advert sent = example(k, counts[c]), received;
		struct message m = build(k, &sent);

		for (size_t bit = 0; bit < m.len * 8; bit++) {
			uint8_t mask = (uint8_t)(1 << bit % 8);

			m.bytes[bit / 8] ^= mask;
			if (parse(&m, &received) == REFUSAL_NONE)
				ck_assert_ptr_nonnull(advert_difference(&sent, &received));
			m.bytes[bit / 8] ^= mask;
		}
	}
}
END_TEST

START_TEST(a_refused_packet_changes_nothing)
{
	const struct kind *k = &kinds[_i];
	struct message m = example_message(k, 3);
	struct advert *ret = malloc(sizeof(*ret)), *before = malloc(sizeof(*before));

	memset(ret, 0xa5, sizeof(*ret));
	memset(before, 0xa5, sizeof(*before));
	for (size_t len = 0; len < m.len; len++)
		parse_len(&m, len, ret);
	for (size_t pos = 0; pos < m.len; pos++) {
		m.bytes[pos] ^= 0x55;
		ck_assert_int_ne(parse(&m, ret), REFUSAL_NONE);
		m.bytes[pos] ^= 0x55;
	}
	ck_assert_mem_eq(ret, before, sizeof(*ret));
	ck_assert_int_eq(parse(&m, ret), REFUSAL_NONE);
	ck_assert_mem_ne(ret, before, sizeof(*ret));
	free(ret);
	free(before);
}
END_TEST

START_TEST(the_vrid_is_found_in_a_message_cut_short)
{
	ck_assert_uint_eq(advert_peek_vrid(NULL, 0), 0);
	ck_assert_uint_eq(advert_peek_vrid("\x31", 1), 0);
	ck_assert_uint_eq(advert_peek_vrid("\x31\x33", 2), 0x33);
	ck_assert_uint_eq(advert_peek_vrid("\xff\x33\x00", 3), 0x33);
}
END_TEST

START_TEST(nothing_at_all_is_a_wrong_length)
{
	struct advert ret;

	ck_assert_int_eq(advert_parse(NULL, 0, ip("192.0.2.1"), ip("224.0.0.18"), &ret),
			 REFUSAL_LENGTH);
}
END_TEST

/* Junk of any length, half of it with a plausible beginning and a right checksum. */
START_TEST(random_junk_is_answered_and_what_is_accepted_can_be_sent_again)
{
	struct random random = { .state = 0x5eed };
	struct advert *ret = malloc(sizeof(*ret));
	unsigned int accepted = 0, seen[REFUSAL_COUNT_] = { 0 };

	for (int i = 0; i < 200000; i++) {
		const struct kind *k = &kinds[random_below(&random, KINDS)];
		struct message m = { .kind = k,
				     .src = source_of(k),
				     .dst = advert_group(k->family) };

		m.len = random_below(&random, 120);
		random_bytes(&random, m.bytes, m.len);
		if (random_below(&random, 2) == 0 && m.len >= 8) {
			m.bytes[0] = (uint8_t)(k->version << 4 | 1);
			m.bytes[3] = (uint8_t)random_below(&random, 8);
			m.bytes[4] = (uint8_t)random_below(&random, 3);
			m.len = advert_len(k->version, k->family, m.bytes[3]);
			seal(&m);
		}
		enum refusal refusal = parse(&m, ret);

		seen[refusal]++;
		if (refusal != REFUSAL_NONE)
			continue;
		uint8_t again[ADVERT_BYTES_MAX];
		size_t len = advert_build(ret, m.src, m.dst, ret->checksum_with_pseudo, again,
					  sizeof(again));

		ck_assert_uint_eq(len, advert_len(ret->version, k->family, ret->count));
		accepted++;
	}
	ck_assert_uint_gt(accepted, 10000);
	for (int r = REFUSAL_LENGTH; r <= REFUSAL_AUTH_TYPE; r++)
		ck_assert_msg(seen[r] > 0, "%s", refusal_text((enum refusal)r));
	free(ret);
}
END_TEST

START_TEST(every_refusal_has_a_text_of_its_own)
{
	ck_assert_str_eq(refusal_text(REFUSAL_NONE), "");
	ck_assert_str_eq(refusal_text(REFUSAL_COUNT_), "");
	for (int a = REFUSAL_NONE + 1; a < REFUSAL_COUNT_; a++) {
		ck_assert_str_ne(refusal_text((enum refusal)a), "");
		for (int b = a + 1; b < REFUSAL_COUNT_; b++)
			ck_assert_str_ne(refusal_text((enum refusal)a),
					 refusal_text((enum refusal)b));
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("advert_refused");

	tcase_add_loop_test(tc, every_truncation_is_a_wrong_length, 0, KINDS);
	tcase_add_loop_test(tc, bytes_after_the_message_are_ignored, 0, KINDS);
	tcase_add_loop_test(tc, only_versions_2_and_3_are_known, 0, KINDS);
	tcase_add_test(tc, version_2_over_ipv6_is_no_version);
	tcase_add_loop_test(tc, only_type_1_is_an_advertisement, 0, KINDS);
	tcase_add_loop_test(tc, vrid_0_is_refused, 0, KINDS);
	tcase_add_loop_test(tc, an_advertisement_of_no_address_is_refused, 0, KINDS);
	tcase_add_loop_test(tc, a_count_beyond_the_bytes_is_a_wrong_length, 0, KINDS);
	tcase_add_loop_test(tc, an_interval_of_0_is_refused, 0, KINDS);
	tcase_add_test(tc, reserved_bits_are_ignored);
	tcase_add_test(tc, authentication_types_beyond_simple_text_are_refused);
	tcase_add_test(tc, carp_is_not_taken_for_version_2);
	tcase_add_loop_test(tc, a_wrong_checksum_is_refused_before_the_fields_are_judged, 0, KINDS);
	tcase_add_test(tc, the_pseudo_header_ties_the_checksum_to_the_addresses);
	tcase_add_test(tc, version_2_and_ipv6_have_one_checksum_form_only);
	tcase_add_test(tc, where_both_checksum_forms_match_the_one_with_pseudo_header_is_reported);
	tcase_add_loop_test(tc, every_single_bit_flip_is_refused_or_seen, 0, KINDS);
	tcase_add_loop_test(tc, a_refused_packet_changes_nothing, 0, KINDS);
	tcase_add_test(tc, the_vrid_is_found_in_a_message_cut_short);
	tcase_add_test(tc, nothing_at_all_is_a_wrong_length);
	tcase_add_test(tc, random_junk_is_answered_and_what_is_accepted_can_be_sent_again);
	tcase_add_test(tc, every_refusal_has_a_text_of_its_own);
	return run_test_case(tc, "advert_refused");
}
