/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gratuitous ARPs and neighbour advertisements byte by byte. That another dissector reads them the
 * same is proved in test/golden.
 */
#include "wire/announce_frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/checksum.h"
#include "random.h"
#include "unit.h"

enum {
	ETHERNET_LEN = 14,
	ARP_LEN = ARP_FRAME_LEN - ETHERNET_LEN,
	ICMPV6_AT = ETHERNET_LEN + 40,
};

static const struct mac_addr mac = { { 0x02, 0x00, 0x5e, 0x00, 0x01, 0x33 } };

static struct ip_addr ip(const char *text)
{
	struct ip_addr a = IP_ADDR_NONE;

	ck_assert_int_eq(ip_parse(text, &a), 0);
	return a;
}

START_TEST(a_gratuitous_arp_is_a_broadcast_request_for_oneself)
{
	static const uint8_t expected[ARP_FRAME_LEN] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x00, 0x5e, 0x00, 0x01,
		0x33, 0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x01, /* request */
		0x02, 0x00, 0x5e, 0x00, 0x01, 0x33, 192,  0,    2,    10,         /* sender */
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 192,  0,    2,    10,         /* target */
	};
	uint8_t frame[ARP_FRAME_LEN];

	ck_assert_uint_eq(arp_frame_build(mac, ip("192.0.2.10"), frame, sizeof(frame)),
			  ARP_FRAME_LEN);
	ck_assert_mem_eq(frame, expected, sizeof(expected));
}
END_TEST

START_TEST(a_neighbour_advertisement_is_unsolicited_and_overrides)
{
	static const uint8_t ethernet[] = { 0x33, 0x33, 0x00, 0x00, 0x00, 0x01, 0x02,
					    0x00, 0x5e, 0x00, 0x01, 0x33, 0x86, 0xdd };
	static const uint8_t start[] = { 0x60, 0, 0, 0, 0, 32, 58, 255 };
	uint8_t frame[NA_FRAME_LEN];
	struct ip_addr vip = ip("2001:db8::10"), all_nodes = ip("ff02::1");

	ck_assert_uint_eq(na_frame_build(mac, vip, false, frame, sizeof(frame)), NA_FRAME_LEN);
	ck_assert_mem_eq(frame, ethernet, sizeof(ethernet));
	ck_assert_mem_eq(frame + 14, start, sizeof(start));
	ck_assert_mem_eq(frame + 22, vip.bytes, 16);
	ck_assert_mem_eq(frame + 38, all_nodes.bytes, 16);
	ck_assert_mem_eq(frame + ICMPV6_AT, "\x88\x00", 2);
	ck_assert_mem_eq(frame + ICMPV6_AT + 4, "\x20\x00\x00\x00", 4); /* Override alone */
	ck_assert_mem_eq(frame + ICMPV6_AT + 8, vip.bytes, 16);
	ck_assert_mem_eq(frame + ICMPV6_AT + 24, "\x02\x01", 2);
	ck_assert_mem_eq(frame + ICMPV6_AT + 26, mac.bytes, 6);
}
END_TEST

START_TEST(a_router_says_so_in_its_neighbour_advertisement)
{
	uint8_t frame[NA_FRAME_LEN];

	na_frame_build(mac, ip("fe80::1"), true, frame, sizeof(frame));
	ck_assert_mem_eq(frame + ICMPV6_AT + 4, "\xa0\x00\x00\x00", 4);
}
END_TEST

START_TEST(the_checksum_of_a_neighbour_advertisement_is_right)
{
	struct random random = { .state = 7 };

	for (int i = 0; i < 1000; i++) {
		uint8_t frame[NA_FRAME_LEN];
		struct ip_addr vip = ip("fe80::");

		random_bytes(&random, vip.bytes + 8, 8);
		na_frame_build(mac, vip, i % 2 == 0, frame, sizeof(frame));
		uint32_t sum = checksum_add_pseudo(0, vip, ip("ff02::1"), 58, 32);

		ck_assert_uint_eq(checksum_finish(checksum_add(sum, frame + ICMPV6_AT, 32)), 0);
	}
}
END_TEST

START_TEST(what_lies_behind_the_frame_in_the_buffer_changes_nothing)
{
	uint8_t exact[NA_FRAME_LEN], larger[NA_FRAME_LEN + 64];

	memset(larger, 0xa5, sizeof(larger));
	na_frame_build(mac, ip("fe80::1"), true, exact, sizeof(exact));
	ck_assert_uint_eq(na_frame_build(mac, ip("fe80::1"), true, larger, sizeof(larger)),
			  NA_FRAME_LEN);
	ck_assert_mem_eq(exact, larger, sizeof(exact));
}
END_TEST

START_TEST(a_buffer_one_byte_too_small_gets_nothing)
{
	for (size_t cap = 0; cap <= NA_FRAME_LEN; cap++) {
		uint8_t *buf = malloc(cap);

		ck_assert_uint_eq(arp_frame_build(mac, ip("192.0.2.10"), buf, cap),
				  cap < ARP_FRAME_LEN ? 0 : ARP_FRAME_LEN);
		ck_assert_uint_eq(na_frame_build(mac, ip("::10"), true, buf, cap),
				  cap < NA_FRAME_LEN ? 0 : NA_FRAME_LEN);
		free(buf);
	}
}
END_TEST

START_TEST(each_frame_is_for_its_own_family)
{
	uint8_t buf[ANNOUNCE_FRAME_MAX];

	ck_assert_uint_eq(arp_frame_build(mac, ip("::10"), buf, sizeof(buf)), 0);
	ck_assert_uint_eq(na_frame_build(mac, ip("192.0.2.10"), true, buf, sizeof(buf)), 0);
	ck_assert_uint_eq(arp_frame_build(mac, IP_ADDR_NONE, buf, sizeof(buf)), 0);
	ck_assert_uint_eq(na_frame_build(mac, IP_ADDR_NONE, true, buf, sizeof(buf)), 0);
}
END_TEST

START_TEST(what_was_announced_is_parsed_again)
{
	uint8_t frame[ARP_FRAME_LEN];
	struct arp_packet packet;

	arp_frame_build(mac, ip("192.0.2.10"), frame, sizeof(frame));
	ck_assert_int_eq(arp_parse(frame + ETHERNET_LEN, ARP_LEN, &packet), 0);
	ck_assert_uint_eq(packet.operation, 1);
	ck_assert(mac_equal(packet.sender_mac, mac));
	ck_assert(ip_equal(packet.sender, ip("192.0.2.10")));
	ck_assert(ip_equal(packet.target, ip("192.0.2.10")));
}
END_TEST

static const uint8_t reply[ARP_LEN] = { 0,   1, 8, 0, 6, 4, 0, 2, 2, 0, 0,   0, 0, 1,
					192, 0, 2, 1, 2, 0, 0, 0, 0, 2, 192, 0, 2, 2 };

START_TEST(a_reply_is_parsed_with_padding_behind_it)
{
	uint8_t padded[46] = { 0 };
	struct arp_packet packet;

	memcpy(padded, reply, sizeof(reply));
	memset(padded + sizeof(reply), 0xee, sizeof(padded) - sizeof(reply));
	ck_assert_int_eq(arp_parse(padded, sizeof(padded), &packet), 0);
	ck_assert_uint_eq(packet.operation, 2);
	ck_assert(ip_equal(packet.sender, ip("192.0.2.1")));
	ck_assert(ip_equal(packet.target, ip("192.0.2.2")));
}
END_TEST

START_TEST(every_truncation_of_an_arp_is_refused_and_changes_nothing)
{
	struct arp_packet packet, before;

	memset(&packet, 0xa5, sizeof(packet));
	memset(&before, 0xa5, sizeof(before));
	for (size_t len = 0; len < ARP_LEN; len++) {
		uint8_t *exact = malloc(len);

		memcpy(exact, reply, len);
		ck_assert_int_eq(arp_parse(exact, len, &packet), -EINVAL);
		free(exact);
	}
	ck_assert_mem_eq(&packet, &before, sizeof(packet));
}
END_TEST

START_TEST(arp_of_other_hardware_or_protocols_is_refused)
{
	/* hardware type, protocol type, and the length of an address of each: bytes 0 to 5 */
	for (size_t pos = 0; pos < 6; pos++) {
		uint8_t changed[ARP_LEN];
		struct arp_packet packet;

		memcpy(changed, reply, sizeof(reply));
		changed[pos] ^= 1;
		ck_assert_int_eq(arp_parse(changed, sizeof(changed), &packet), -EINVAL);
	}
}
END_TEST

enum {
	NA_LEN = NA_FRAME_LEN - ETHERNET_LEN - 40
};

START_TEST(what_was_advertised_to_neighbours_is_parsed_again)
{
	uint8_t frame[NA_FRAME_LEN];
	struct na_packet packet;

	na_frame_build(mac, ip("2001:db8::10"), true, frame, sizeof(frame));
	ck_assert_int_eq(na_parse(frame + ETHERNET_LEN + 40, NA_LEN, &packet), 0);
	ck_assert(ip_equal(packet.target, ip("2001:db8::10")));
	ck_assert(mac_equal(packet.target_mac, mac));
}
END_TEST

/* RFC 4861 section 4.6: what is not known is skipped, by its length in units of 8 bytes. */
START_TEST(the_address_of_a_neighbour_advertisement_is_found_behind_other_options)
{
	uint8_t frame[NA_FRAME_LEN], na[NA_LEN + 32], *option = na + NA_LEN - 8;
	struct na_packet packet;

	na_frame_build(mac, ip("2001:db8::10"), true, frame, sizeof(frame));
	memcpy(na, frame + ETHERNET_LEN + 40, NA_LEN);
	memcpy(option + 32, option, 8);
	for (int i = 0; i < 32; i++)
		option[i] = i % 2 == 0 ? 2 : 1; /* the address option's head, at each even place */
	option[0] = 14;
	option[8] = 14;
	option[9] = 3;
	ck_assert_int_eq(na_parse(na, sizeof(na), &packet), 0);
	ck_assert(mac_equal(packet.target_mac, mac));
	option[9] = 0;
	ck_assert_int_eq(na_parse(na, sizeof(na), &packet), -EINVAL);
}
END_TEST

START_TEST(a_neighbour_advertisement_of_no_use_is_refused_and_changes_nothing)
{
	uint8_t frame[NA_FRAME_LEN], *na = frame + ETHERNET_LEN + 40;
	struct na_packet packet = { .target = ip("2001:db8::99") };

	na_frame_build(mac, ip("2001:db8::10"), true, frame, sizeof(frame));
	for (size_t len = 0; len < NA_LEN; len++) {
		uint8_t *exact = malloc(len + 1);

		memcpy(exact, na, len);
		ck_assert_int_eq(na_parse(exact, len, &packet), -EINVAL);
		free(exact);
	}
	na[25] = 0; /* an option without length */
	ck_assert_int_eq(na_parse(na, NA_LEN, &packet), -EINVAL);
	na[25] = 1;
	na[24] = 1; /* another option */
	ck_assert_int_eq(na_parse(na, NA_LEN, &packet), -EINVAL);
	na[24] = 2;
	na[0] = 135; /* a solicitation */
	ck_assert_int_eq(na_parse(na, NA_LEN, &packet), -EINVAL);
	na[0] = 136;
	na[1] = 1; /* of a code that there is not */
	ck_assert_int_eq(na_parse(na, NA_LEN, &packet), -EINVAL);
	ck_assert(ip_equal(packet.target, ip("2001:db8::99")));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("announce_frame");

	tcase_add_test(tc, a_gratuitous_arp_is_a_broadcast_request_for_oneself);
	tcase_add_test(tc, a_neighbour_advertisement_is_unsolicited_and_overrides);
	tcase_add_test(tc, a_router_says_so_in_its_neighbour_advertisement);
	tcase_add_test(tc, the_checksum_of_a_neighbour_advertisement_is_right);
	tcase_add_test(tc, what_lies_behind_the_frame_in_the_buffer_changes_nothing);
	tcase_add_test(tc, a_buffer_one_byte_too_small_gets_nothing);
	tcase_add_test(tc, each_frame_is_for_its_own_family);
	tcase_add_test(tc, what_was_announced_is_parsed_again);
	tcase_add_test(tc, a_reply_is_parsed_with_padding_behind_it);
	tcase_add_test(tc, every_truncation_of_an_arp_is_refused_and_changes_nothing);
	tcase_add_test(tc, arp_of_other_hardware_or_protocols_is_refused);
	tcase_add_test(tc, what_was_advertised_to_neighbours_is_parsed_again);
	tcase_add_test(tc, the_address_of_a_neighbour_advertisement_is_found_behind_other_options);
	tcase_add_test(tc, a_neighbour_advertisement_of_no_use_is_refused_and_changes_nothing);
	return run_test_case(tc, "announce_frame");
}
