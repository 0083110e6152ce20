/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Advertisements that are as they should be: what is built is parsed the same, over every value of
 * every field, and what cannot be said is not built. Refusals are in test_advert_refused.c, bytes
 * of other implementations in test/golden.
 */
#include "wire/advert.h"

#include <stdlib.h>
#include <string.h>

#include "advert_difference.h"
#include "advert_example.h"
#include "unit.h"

START_TEST(every_kind_and_count_survives_the_round_trip)
{
	const struct kind *k = &kinds[_i];

	for (int count = 1; count <= ADVERT_ADDRESSES_MAX; count++) {
		struct advert sent = example(k, (uint8_t)count), received = { 0 };
		struct message m = build(k, &sent);

		ck_assert_uint_eq(m.len, advert_len(k->version, k->family, (uint8_t)count));
		ck_assert_int_eq(parse(&m, &received), REFUSAL_NONE);
		ck_assert_ptr_null(advert_difference(&sent, &received));
	}
}
END_TEST

START_TEST(every_vrid_and_priority_survives_the_round_trip)
{
	const struct kind *k = &kinds[_i];

	for (int value = 0; value <= 255; value++) {
		struct advert sent = example(k, 1), received = { 0 };

		sent.vrid = (uint8_t)(value == 0 ? 1 : value);
		sent.priority = (uint8_t)value;
		struct message m = build(k, &sent);

		ck_assert_int_eq(parse(&m, &received), REFUSAL_NONE);
		ck_assert_ptr_null(advert_difference(&sent, &received));
		ck_assert_uint_eq(advert_peek_vrid(m.bytes, m.len), sent.vrid);
	}
}
END_TEST

START_TEST(every_interval_survives_the_round_trip_and_no_other_is_sent)
{
	const struct kind *k = &kinds[_i];
	struct span unit = k->version == 2 ? span_s(1) : span_ms(10);
	int64_t max = k->version == 2 ? 255 : 4095;
	struct advert sent = example(k, 1), received = { 0 };

	for (int64_t units = 1; units <= max; units++) {
		sent.interval = span_times(unit, units);
		struct message m = build(k, &sent);

		ck_assert_int_eq(parse(&m, &received), REFUSAL_NONE);
		ck_assert_int_eq(received.interval.us, sent.interval.us);
	}
	const int64_t never_sent_us[] = {
		0, -unit.us, unit.us - 1, unit.us + 1, unit.us * (max + 1), INT64_MAX, INT64_MIN
	};

	for (size_t i = 0; i < sizeof(never_sent_us) / sizeof(never_sent_us[0]); i++) {
		sent.interval = span_us(never_sent_us[i]);
		ck_assert_uint_eq(build(k, &sent).len, 0);
	}
}
END_TEST

START_TEST(a_password_survives_the_round_trip_up_to_eight_bytes)
{
	const struct kind *k = &kinds[0];

	for (size_t len = 0; len <= AUTH_PASSWORD_LEN; len++) {
		struct advert sent = example(k, 3), received = { 0 };

		sent.auth_type = ADVERT_AUTH_SIMPLE;
		memcpy(sent.auth_data, "passw\0rd", len);
		struct message m = build(k, &sent);

		ck_assert_int_eq(parse(&m, &received), REFUSAL_NONE);
		ck_assert_ptr_null(advert_difference(&sent, &received));
	}
}
END_TEST

START_TEST(without_authentication_the_data_is_sent_as_zeros_and_ignored)
{
	const struct kind *k = &kinds[0];
	struct advert sent = example(k, 1), received;
	struct message m;

	memset(sent.auth_data, 0xee, sizeof(sent.auth_data));
	m = build(k, &sent);
	ck_assert_mem_eq(m.bytes + m.len - AUTH_PASSWORD_LEN, "\0\0\0\0\0\0\0", AUTH_PASSWORD_LEN);
	memset(m.bytes + m.len - AUTH_PASSWORD_LEN, 0xee, AUTH_PASSWORD_LEN);
	seal(&m);
	ck_assert_int_eq(parse(&m, &received), REFUSAL_NONE);
	ck_assert_mem_eq(received.auth_data, "\0\0\0\0\0\0\0", AUTH_PASSWORD_LEN);
}
END_TEST

START_TEST(version_3_carries_no_authentication)
{
	for (int i = 1; i < KINDS; i++) {
		struct advert sent = example(&kinds[i], 1), received;
		struct message m;

		sent.auth_type = ADVERT_AUTH_SIMPLE;
		memcpy(sent.auth_data, "password", AUTH_PASSWORD_LEN);
		m = build(&kinds[i], &sent);
		ck_assert_int_eq(parse(&m, &received), REFUSAL_NONE);
		ck_assert_uint_eq(received.auth_type, ADVERT_AUTH_NONE);
		ck_assert_mem_eq(received.auth_data, "\0\0\0\0\0\0\0", AUTH_PASSWORD_LEN);
	}
}
END_TEST

START_TEST(lengths_are_those_of_the_rfcs)
{
	ck_assert_uint_eq(advert_len(2, IP_V4, 1), 20);
	ck_assert_uint_eq(advert_len(3, IP_V4, 1), 12);
	ck_assert_uint_eq(advert_len(3, IP_V6, 1), 24);
	ck_assert_uint_eq(advert_len(3, IP_V4, 0), 8);
	ck_assert_uint_eq(advert_len(2, IP_V4, 255), 8 + 255 * 4 + 8);
	ck_assert_uint_eq(advert_len(3, IP_V6, 255), 8 + 255 * 16);
	ck_assert_uint_le(advert_len(3, IP_V6, 255), ADVERT_BYTES_MAX);
}
END_TEST

START_TEST(groups_are_those_of_the_rfcs)
{
	ck_assert(ip_equal(advert_group(IP_V4), ip("224.0.0.18")));
	ck_assert(ip_equal(advert_group(IP_V6), ip("ff02::12")));
}
END_TEST

START_TEST(a_buffer_one_byte_too_small_gets_nothing)
{
	const struct kind *k = &kinds[_i];

	for (int count = 1; count <= ADVERT_ADDRESSES_MAX; count += 127) {
		struct advert a = example(k, (uint8_t)count);
		size_t len = advert_len(k->version, k->family, (uint8_t)count);

		for (size_t cap = 0; cap <= len; cap++) {
			uint8_t *buf = malloc(cap);
			size_t built = advert_build(&a, source_of(k), advert_group(k->family),
						    k->with_pseudo, buf, cap);

			ck_assert_uint_eq(built, cap < len ? 0 : len);
			free(buf);
		}
	}
}
END_TEST

static void assert_not_sent(const struct kind *k, const struct advert *a)
{
	ck_assert_uint_eq(build(k, a).len, 0);
}

START_TEST(what_cannot_be_said_is_not_sent)
{
	const struct kind *k = &kinds[_i];
	struct advert a = example(k, 2);

	a.count = 0;
	assert_not_sent(k, &a);
	a = example(k, 2);
	a.vrid = 0;
	assert_not_sent(k, &a);
	a = example(k, 2);
	a.version = 1;
	assert_not_sent(k, &a);
	a.version = 4;
	assert_not_sent(k, &a);
	a = example(k, 2); /* one address of the other family, the last */
	a.addresses[1] = ip(k->family == IP_V4 ? "::1" : "127.0.0.1");
	assert_not_sent(k, &a);
	a.addresses[1] = IP_ADDR_NONE;
	assert_not_sent(k, &a);
	a = example(k, 2); /* or the first */
	a.addresses[0] = ip(k->family == IP_V4 ? "::1" : "127.0.0.1");
	assert_not_sent(k, &a);
	a = example(k, 2); /* a family that is not that of the packet */
	a.family = k->family == IP_V4 ? IP_V6 : IP_V4;
	assert_not_sent(k, &a);
	a.family = IP_NONE;
	assert_not_sent(k, &a);
}
END_TEST

START_TEST(version_2_is_not_sent_over_ipv6_nor_with_unknown_authentication)
{
	struct advert a = example(&kinds[3], 1);

	a.version = 2;
	assert_not_sent(&kinds[3], &a);
	a = example(&kinds[0], 1);
	a.auth_type = 2;
	assert_not_sent(&kinds[0], &a);
}
END_TEST

START_TEST(nothing_is_sent_between_two_families)
{
	struct advert a = example(&kinds[1], 1);
	uint8_t buf[64];

	ck_assert_uint_eq(advert_build(&a, ip("192.0.2.1"), ip("ff02::12"), true, buf, 64), 0);
	ck_assert_uint_eq(advert_build(&a, ip("::1"), ip("224.0.0.18"), true, buf, 64), 0);
	ck_assert_uint_eq(advert_build(&a, IP_ADDR_NONE, ip("224.0.0.18"), true, buf, 64), 0);
	a.family = IP_NONE;
	a.addresses[0] = IP_ADDR_NONE;
	ck_assert_uint_eq(advert_build(&a, IP_ADDR_NONE, IP_ADDR_NONE, true, buf, 64), 0);
}
END_TEST

START_TEST(an_authentication_type_is_nothing_to_version_3)
{
	struct advert a = example(&kinds[1], 1);

	a.auth_type = 77;
	ck_assert_uint_gt(build(&kinds[1], &a).len, 0);
}
END_TEST

START_TEST(the_form_asked_for_matters_to_version_3_over_ipv4_only)
{
	for (int i = 0; i < KINDS; i++) {
		struct advert a = example(&kinds[i], 1);
		struct ip_addr src = source_of(&kinds[i]), dst = advert_group(kinds[i].family);
		uint8_t with[64], without[64];
		size_t len = advert_build(&a, src, dst, true, with, sizeof(with));
		bool same;

		ck_assert_uint_eq(advert_build(&a, src, dst, false, without, 64), len);
		same = memcmp(with, without, len) == 0;
		ck_assert_int_eq(same, kinds[i].version == 2 || kinds[i].family == IP_V6);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("advert");

	tcase_add_loop_test(tc, every_kind_and_count_survives_the_round_trip, 0, KINDS);
	tcase_add_loop_test(tc, every_vrid_and_priority_survives_the_round_trip, 0, KINDS);
	tcase_add_loop_test(tc, every_interval_survives_the_round_trip_and_no_other_is_sent, 0,
			    KINDS);
	tcase_add_test(tc, a_password_survives_the_round_trip_up_to_eight_bytes);
	tcase_add_test(tc, without_authentication_the_data_is_sent_as_zeros_and_ignored);
	tcase_add_test(tc, version_3_carries_no_authentication);
	tcase_add_test(tc, lengths_are_those_of_the_rfcs);
	tcase_add_test(tc, groups_are_those_of_the_rfcs);
	tcase_add_loop_test(tc, a_buffer_one_byte_too_small_gets_nothing, 0, KINDS);
	tcase_add_loop_test(tc, what_cannot_be_said_is_not_sent, 0, KINDS);
	tcase_add_test(tc, version_2_is_not_sent_over_ipv6_nor_with_unknown_authentication);
	tcase_add_test(tc, nothing_is_sent_between_two_families);
	tcase_add_test(tc, an_authentication_type_is_nothing_to_version_3);
	tcase_add_test(tc, the_form_asked_for_matters_to_version_3_over_ipv4_only);
	return run_test_case(tc, "advert");
}
