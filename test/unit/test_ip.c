/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses as text and as values. The tables hold what people type, right and wrong; the order of
 * addresses decides elections, so it is tested as numbers, not as text.
 */
#include "base/ip.h"

#include <errno.h>
#include <string.h>

#include "unit.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static struct ip_addr ip(const char *text)
{
	struct ip_addr a = IP_ADDR_NONE;

	ck_assert_msg(ip_parse(text, &a) == 0, "%s", text);
	return a;
}

START_TEST(text_becomes_an_address_and_the_same_text_again)
{
	static const char *const same[] = {
		"0.0.0.0",
		"192.0.2.1",
		"255.255.255.255",
		"::",
		"::1",
		"fe80::200:5eff:fe00:233",
		"2001:db8::1",
		"2001:db8:0:1::ff",
		"2001:db8:1:2:3:4:5:6",
		"ff02::12",
		"::ffff:192.0.2.1",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	};
	char buf[IP_TEXT_MAX];

	for (size_t i = 0; i < LENGTH(same); i++)
		ck_assert_str_eq(ip_text(ip(same[i]), buf), same[i]);
}
END_TEST

START_TEST(text_is_canonical_as_rfc_5952_wants)
{
	static const struct {
		const char *typed, *canonical;
	} cases[] = {
		{ "2001:DB8::1", "2001:db8::1" },
		{ "2001:0db8:0:0:0:0:0:1", "2001:db8::1" },
		{ "2001:db8::0:1", "2001:db8::1" },
		/* one zero group stays; of two runs the longer goes, of equals the first */
		{ "2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
	};
	char buf[IP_TEXT_MAX];

	for (size_t i = 0; i < LENGTH(cases); i++)
		ck_assert_str_eq(ip_text(ip(cases[i].typed), buf), cases[i].canonical);
}
END_TEST

START_TEST(what_is_not_an_address_is_refused_and_changes_nothing)
{
	static const char *const wrong[] = {
		"",
		" ",
		"1",
		"1.2.3",
		"1.2.3.4.5",
		"1.2.3.256",
		"01.2.3.4",
		"1.2.3.04",
		"1.2.3.4 ",
		" 1.2.3.4",
		"1.2.3.",
		".1.2.3",
		"1..2.3",
		"-1.2.3.4",
		"0x1.2.3.4",
		"1.2.3.4/24",
		"localhost",
		":",
		":::",
		"1::2::3",
		"12345::",
		"fe80::1%eth0",
		"1:2:3:4:5:6:7",
		"[::1]",
		"::1/64",
		"1:2:3:4:5:6:7:8:9",
		"::1.2.3.256",
		"::01.2.3.4",
		"none",
		"1:2:3:4:5:6:7:",
	};

	for (size_t i = 0; i < LENGTH(wrong); i++) {
		struct ip_addr a = { .family = 99 };
		uint8_t prefix_len = 99;

		ck_assert_msg(ip_parse(wrong[i], &a) == -EINVAL, "\"%s\"", wrong[i]);
		ck_assert_uint_eq(a.family, 99);
		if (strchr(wrong[i], '/'))
			continue; /* that is an address with a prefix */
		ck_assert_msg(ip_parse_prefix(wrong[i], &a, &prefix_len) == -EINVAL, "\"%s\"",
			      wrong[i]);
		ck_assert_uint_eq(a.family, 99);
		ck_assert_uint_eq(prefix_len, 99);
	}
}
END_TEST

START_TEST(a_prefix_is_read_up_to_the_familys_length)
{
	static const struct {
		const char *text, *printed;
		uint8_t prefix_len;
	} cases[] = {
		{ "192.0.2.1/24", "192.0.2.1/24", 24 },
		{ "192.0.2.1/0", "192.0.2.1/0", 0 },
		{ "192.0.2.1/32", "192.0.2.1/32", 32 },
		{ "192.0.2.1", "192.0.2.1/32", 32 },
		{ "2001:db8::1/0", "2001:db8::1/0", 0 },
		{ "2001:db8::1/64", "2001:db8::1/64", 64 },
		{ "::/128", "::/128", 128 },
		{ "fe80::1", "fe80::1/128", 128 },
	};
	char buf[IP_PREFIX_TEXT_MAX];

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct ip_addr a;
		uint8_t prefix_len;

		ck_assert_int_eq(ip_parse_prefix(cases[i].text, &a, &prefix_len), 0);
		ck_assert_uint_eq(prefix_len, cases[i].prefix_len);
		ck_assert_str_eq(ip_prefix_text(a, prefix_len, buf), cases[i].printed);
	}
}
END_TEST

START_TEST(a_prefix_one_past_the_limit_or_malformed_is_refused)
{
	static const char *const wrong[] = {
		"192.0.2.1/33", "2001:db8::/129", "192.0.2.1/",    "192.0.2.1/-1",
		"192.0.2.1/+8", "192.0.2.1/024",  "192.0.2.1/00",  "192.0.2.1/24 ",
		"192.0.2.1/ 8", "192.0.2.1/8/8",  "192.0.2.1/a",   "192.0.2.1/255.255.255.0",
		"/24",          "192.0.2.1/256",  "::/4294967297", "192.0.2.1//24",
	};

	for (size_t i = 0; i < LENGTH(wrong); i++) {
		struct ip_addr a = { .family = 99 };
		uint8_t prefix_len = 99;

		ck_assert_msg(ip_parse_prefix(wrong[i], &a, &prefix_len) == -EINVAL, "\"%s\"",
			      wrong[i]);
		ck_assert_uint_eq(a.family, 99);
		ck_assert_uint_eq(prefix_len, 99);
	}
}
END_TEST

START_TEST(the_longest_texts_fit_and_longer_ones_are_refused)
{
	static const char longest[] = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255";
	char text[200], buf[IP_PREFIX_TEXT_MAX];
	struct ip_addr a;
	uint8_t prefix_len;

	ck_assert_uint_eq(strlen(longest), IP_TEXT_MAX - 1);
	ck_assert_int_eq(ip_parse_prefix(longest, &a, &prefix_len), 0);
	ck_assert_str_eq(ip_prefix_text(a, 128, buf),
			 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");
	for (size_t len = IP_TEXT_MAX; len < sizeof(text); len++) {
		memset(text, '1', len);
		text[len] = '\0';
		ck_assert_int_eq(ip_parse(text, &a), -EINVAL);
		ck_assert_int_eq(ip_parse_prefix(text, &a, &prefix_len), -EINVAL);
	}
}
END_TEST

START_TEST(no_address_is_called_none_and_has_no_length)
{
	char buf[IP_PREFIX_TEXT_MAX];

	ck_assert_str_eq(ip_text(IP_ADDR_NONE, buf), "none");
	ck_assert_str_eq(ip_prefix_text(IP_ADDR_NONE, 24, buf), "none");
	ck_assert(!ip_is_set(IP_ADDR_NONE));
	ck_assert_uint_eq(ip_len(IP_ADDR_NONE), 0);
	ck_assert_uint_eq(ip_max_prefix_len(IP_NONE), 0);
}
END_TEST

START_TEST(families_have_their_lengths_and_names)
{
	ck_assert_uint_eq(ip_len(ip("192.0.2.1")), 4);
	ck_assert_uint_eq(ip_len(ip("::1")), 16);
	ck_assert_uint_eq(ip_max_prefix_len(IP_V4), 32);
	ck_assert_uint_eq(ip_max_prefix_len(IP_V6), 128);
	ck_assert_str_eq(ip_family_name(IP_V4), "ipv4");
	ck_assert_str_eq(ip_family_name(IP_V6), "ipv6");
	ck_assert_str_eq(ip_family_name(IP_NONE), "none");
}
END_TEST

START_TEST(unused_bytes_are_zero_so_that_memory_compares)
{
	uint8_t dirty[16];

	memset(dirty, 0xee, sizeof(dirty));
	struct ip_addr a = ip_from_v4(dirty), b = ip("238.238.238.238");

	ck_assert_mem_eq(&a, &b, sizeof(a));
}
END_TEST

START_TEST(addresses_are_ordered_as_unsigned_numbers)
{
	/* text order would be another, and so would that of signed bytes */
	static const char *const ascending[] = {
		"0.0.0.1",   "9.0.0.1",     "10.0.0.1",    "10.0.0.9",        "10.0.0.10",
		"127.0.0.1", "128.0.0.0",   "192.0.2.255", "192.0.3.0",       "::",
		"::2",       "2001:db8::1", "fe80::1",     "fe80::8000:0:0:0"
	};

	for (size_t i = 0; i < LENGTH(ascending); i++) {
		for (size_t j = 0; j < LENGTH(ascending); j++) {
			int order = ip_compare(ip(ascending[i]), ip(ascending[j]));

			ck_assert_int_eq((order > 0) - (order < 0), (i > j) - (i < j));
			ck_assert_int_eq(ip_equal(ip(ascending[i]), ip(ascending[j])), i == j);
		}
	}
	ck_assert(ip_compare(IP_ADDR_NONE, ip("0.0.0.0")) < 0);
	ck_assert(ip_equal(IP_ADDR_NONE, IP_ADDR_NONE));
	/* the same bytes in another family are another address */
	ck_assert(!ip_equal(ip("0.0.0.0"), ip("::")));
}
END_TEST

START_TEST(kinds_of_addresses_are_told_apart_at_their_borders)
{
	static const struct {
		const char *text;
		bool multicast, unspecified, loopback, link_local;
	} cases[] = {
		{ .text = "223.255.255.255" },
		{ .text = "224.0.0.0", .multicast = true },
		{ .text = "239.255.255.255", .multicast = true },
		{ .text = "240.0.0.0" },
		{ .text = "0.0.0.0", .unspecified = true },
		{ .text = "0.0.0.1" },
		{ .text = "126.255.255.255" },
		{ .text = "127.0.0.0", .loopback = true },
		{ .text = "127.255.255.255", .loopback = true },
		{ .text = "128.0.0.0" },
		{ .text = "169.254.0.1" },
		{ .text = "::", .unspecified = true },
		{ .text = "::1", .loopback = true },
		{ .text = "::2" },
		{ .text = "7f00::1" },
		{ .text = "fe7f:ffff::" },
		{ .text = "fe80::", .link_local = true },
		{ .text = "febf:ffff::", .link_local = true },
		{ .text = "fec0::" },
		{ .text = "feff::" },
		{ .text = "ff00::", .multicast = true },
		{ .text = "ff02::12", .multicast = true },
		{ .text = "e000::1" },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct ip_addr a = ip(cases[i].text);

		ck_assert_msg(ip_is_multicast(a) == cases[i].multicast, "%s", cases[i].text);
		ck_assert_msg(ip_is_unspecified(a) == cases[i].unspecified, "%s", cases[i].text);
		ck_assert_msg(ip_is_loopback(a) == cases[i].loopback, "%s", cases[i].text);
		ck_assert_msg(ip_is_link_local(a) == cases[i].link_local, "%s", cases[i].text);
	}
	ck_assert(!ip_is_multicast(IP_ADDR_NONE) && !ip_is_unspecified(IP_ADDR_NONE));
	ck_assert(!ip_is_loopback(IP_ADDR_NONE) && !ip_is_link_local(IP_ADDR_NONE));
}
END_TEST

START_TEST(addresses_share_a_subnet_up_to_the_first_different_bit)
{
	static const struct {
		const char *a, *b;
		uint8_t common; /* leading bits that are equal */
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1", 32 },       { "192.0.2.0", "192.0.2.1", 31 },
		{ "192.0.2.1", "192.0.2.129", 24 },     { "192.0.2.1", "192.0.3.1", 23 },
		{ "0.0.0.0", "128.0.0.0", 0 },          { "10.0.0.0", "11.0.0.0", 7 },
		{ "fe80::1", "fe80::1", 128 },          { "fe80::", "fe80::1", 127 },
		{ "2001:db8::", "2001:db8:0:1::", 63 }, { "::", "8000::", 0 },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct ip_addr a = ip(cases[i].a), b = ip(cases[i].b);

		for (int len = 0; len <= ip_max_prefix_len(a.family); len++)
			ck_assert_msg(ip_same_subnet(a, b, (uint8_t)len) ==
					      (len <= cases[i].common),
				      "%s %s /%d", cases[i].a, cases[i].b, len);
	}
}
END_TEST

START_TEST(there_is_no_subnet_across_families_or_beyond_the_last_bit)
{
	ck_assert(!ip_same_subnet(ip("0.0.0.0"), ip("::"), 0));
	ck_assert(!ip_same_subnet(ip("192.0.2.1"), ip("192.0.2.1"), 33));
	ck_assert(!ip_same_subnet(ip("::1"), ip("::1"), 129));
}
END_TEST

START_TEST(hashes_are_stable_and_differ_between_neighbours)
{
	/* FNV-1a over the family and the bytes, computed apart */
	ck_assert_uint_eq(ip_hash(ip("192.0.2.1")), 0x893f6ddeu);
	ck_assert_uint_ne(ip_hash(ip("192.0.2.1")), ip_hash(ip("192.0.2.2")));
	ck_assert_uint_ne(ip_hash(ip("0.0.0.0")), ip_hash(ip("::")));
}
END_TEST

START_TEST(macs_compare_and_print)
{
	struct mac_addr mac = { { 0x00, 0x1b, 0xff, 0x0a, 0xa0, 0x09 } }, other = mac;
	char buf[MAC_TEXT_MAX];

	ck_assert_str_eq(mac_text(mac, buf), "00:1b:ff:0a:a0:09");
	ck_assert(mac_equal(mac, other));
	other.bytes[5] ^= 1;
	ck_assert(!mac_equal(mac, other));
}
END_TEST

START_TEST(virtual_macs_are_those_of_rfc_9568)
{
	char buf[MAC_TEXT_MAX];

	ck_assert_str_eq(mac_text(mac_virtual(IP_V4, 51), buf), "00:00:5e:00:01:33");
	ck_assert_str_eq(mac_text(mac_virtual(IP_V6, 255), buf), "00:00:5e:00:02:ff");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("ip");

	tcase_add_test(tc, text_becomes_an_address_and_the_same_text_again);
	tcase_add_test(tc, text_is_canonical_as_rfc_5952_wants);
	tcase_add_test(tc, what_is_not_an_address_is_refused_and_changes_nothing);
	tcase_add_test(tc, a_prefix_is_read_up_to_the_familys_length);
	tcase_add_test(tc, a_prefix_one_past_the_limit_or_malformed_is_refused);
	tcase_add_test(tc, the_longest_texts_fit_and_longer_ones_are_refused);
	tcase_add_test(tc, no_address_is_called_none_and_has_no_length);
	tcase_add_test(tc, families_have_their_lengths_and_names);
	tcase_add_test(tc, unused_bytes_are_zero_so_that_memory_compares);
	tcase_add_test(tc, addresses_are_ordered_as_unsigned_numbers);
	tcase_add_test(tc, kinds_of_addresses_are_told_apart_at_their_borders);
	tcase_add_test(tc, addresses_share_a_subnet_up_to_the_first_different_bit);
	tcase_add_test(tc, there_is_no_subnet_across_families_or_beyond_the_last_bit);
	tcase_add_test(tc, hashes_are_stable_and_differ_between_neighbours);
	tcase_add_test(tc, macs_compare_and_print);
	tcase_add_test(tc, virtual_macs_are_those_of_rfc_9568);
	return run_test_case(tc, "ip");
}
