/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Internet checksum against values that were not computed by this code: the example of RFC 1071
 * section 3, a packet recorded from the wire, and a slow reading of the definition.
 */
#include "base/checksum.h"

#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "unit.h"

START_TEST(the_example_of_rfc_1071_comes_out)
{
	static const uint8_t data[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };

	ck_assert_uint_eq(checksum_add(0, data, sizeof(data)), 0xddf2);
	ck_assert_uint_eq(checksum_finish(0xddf2), (uint16_t)~0xddf2);
}
END_TEST

START_TEST(an_ip_header_from_the_wire_sums_to_nothing)
{
	static const uint8_t header[] = { 0x45, 0xc0, 0x00, 0x28, 0xcc, 0xa1, 0x40,
					  0x00, 0xff, 0x70, 0x0b, 0xf0, 0xc0, 0x00,
					  0x02, 0x01, 0xe0, 0x00, 0x00, 0x12 };

	ck_assert_uint_eq(checksum_finish(checksum_add(0, header, sizeof(header))), 0);
}
END_TEST

START_TEST(nothing_has_the_checksum_of_zero_words)
{
	ck_assert_uint_eq(checksum_finish(checksum_add(0, NULL, 0)), 0xffff);
	ck_assert_uint_eq(checksum_finish(checksum_add(0, "\0\0\0\0", 4)), 0xffff);
}
END_TEST

START_TEST(an_odd_last_byte_counts_as_if_a_zero_followed)
{
	ck_assert_uint_eq(checksum_add(0, "\x12\x34\x56", 3),
			  checksum_add(0, "\x12\x34\x56\x00", 4));
	ck_assert_uint_eq(checksum_add(0, "\xab", 1), 0xab00);
}
END_TEST

START_TEST(pieces_give_the_same_as_the_whole)
{
	uint8_t data[301];
	struct random random = { .state = 1 };

	random_bytes(&random, data, sizeof(data));
	for (size_t cut = 0; cut <= sizeof(data); cut += 2) {
		uint32_t sum = checksum_add(0, data, cut);

		sum = checksum_add(sum, data + cut, sizeof(data) - cut);
		ck_assert_uint_eq(checksum_finish(sum),
				  checksum_finish(checksum_add(0, data, sizeof(data))));
	}
}
END_TEST

/* The definition once more, one bit of carry at a time. */
static uint16_t slow_checksum(const uint8_t *data, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++) {
		sum += i % 2 == 0 ? (uint32_t)data[i] << 8 : data[i];
		if (sum > 0xffff)
			sum -= 0xffff;
	}
	return (uint16_t)~sum;
}

START_TEST(random_data_of_every_length_agrees_with_the_definition)
{
	struct random random = { .state = 2 };

	for (size_t len = 0; len <= 600; len++) {
		uint8_t *data = calloc(1, len);

		random_bytes(&random, data, len);
		ck_assert_uint_eq(checksum_finish(checksum_add(0, data, len)),
				  slow_checksum(data, len));
		free(data);
	}
}
END_TEST

START_TEST(a_carry_of_the_carry_is_added_too)
{
	ck_assert_uint_eq(checksum_finish(0x0001ffff), 0xfffe); /* 0x10000, then 0x0001 */
	ck_assert_uint_eq(checksum_finish(0xffffffff), 0);      /* 0x1fffe, then 0xffff */
}
END_TEST

START_TEST(the_largest_packet_of_all_ones_loses_no_carry)
{
	size_t len = 65535;
	uint8_t *data = malloc(len);

	memset(data, 0xff, len);
	ck_assert_uint_eq(checksum_finish(checksum_add(0xffffffff, data, len)), 0x00ff);
	free(data);
}
END_TEST

START_TEST(the_field_makes_the_sum_of_the_whole_zero)
{
	struct random random = { .state = 3 };

	for (int i = 0; i < 1000; i++) {
		uint8_t data[40];

		random_bytes(&random, data, sizeof(data));
		data[6] = data[7] = 0;
		uint16_t field = checksum_finish(checksum_add(0, data, sizeof(data)));

		data[6] = (uint8_t)(field >> 8);
		data[7] = (uint8_t)field;
		ck_assert_uint_eq(checksum_finish(checksum_add(0, data, sizeof(data))), 0);
	}
}
END_TEST

START_TEST(the_pseudo_header_of_ipv4_is_that_of_rfc_9293)
{
	static const uint8_t pseudo[] = { 192, 0, 2, 1, 224, 0, 0, 18, 0, 112, 0x01, 0x23 };
	struct ip_addr src = ip_from_v4(pseudo), dst = ip_from_v4(pseudo + 4);

	ck_assert_uint_eq(checksum_add_pseudo(0, src, dst, 112, 0x0123),
			  checksum_add(0, pseudo, sizeof(pseudo)));
}
END_TEST

START_TEST(the_pseudo_header_of_ipv6_is_that_of_rfc_8200)
{
	static const uint8_t pseudo[40] = { 0xfe,
					    0x80,
					    [15] = 1,
					    0xff,
					    0x02,
					    [31] = 0x12,
					    /* length */ 0,
					    1,
					    0x02,
					    0x03, /* zeros */
					    0,
					    0,
					    0,
					    112 };
	struct ip_addr src = ip_from_v6(pseudo), dst = ip_from_v6(pseudo + 16);

	ck_assert_uint_eq(checksum_add_pseudo(0, src, dst, 112, 0x010203),
			  checksum_add(0, pseudo, sizeof(pseudo)));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("checksum");

	tcase_add_test(tc, the_example_of_rfc_1071_comes_out);
	tcase_add_test(tc, an_ip_header_from_the_wire_sums_to_nothing);
	tcase_add_test(tc, nothing_has_the_checksum_of_zero_words);
	tcase_add_test(tc, an_odd_last_byte_counts_as_if_a_zero_followed);
	tcase_add_test(tc, pieces_give_the_same_as_the_whole);
	tcase_add_test(tc, random_data_of_every_length_agrees_with_the_definition);
	tcase_add_test(tc, a_carry_of_the_carry_is_added_too);
	tcase_add_test(tc, the_largest_packet_of_all_ones_loses_no_carry);
	tcase_add_test(tc, the_field_makes_the_sum_of_the_whole_zero);
	tcase_add_test(tc, the_pseudo_header_of_ipv4_is_that_of_rfc_9293);
	tcase_add_test(tc, the_pseudo_header_of_ipv6_is_that_of_rfc_8200);
	return run_test_case(tc, "checksum");
}
