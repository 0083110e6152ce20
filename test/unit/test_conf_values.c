/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parsers under the keys: durations, "did you mean", virtual addresses as text, and the
 * canonical print of what the grammar cannot say yet.
 */
#include <errno.h>

#include "conf/conf_diff.h"
#include "conf/duration.h"
#include "conf/suggest.h"
#include "conf/vip_text.h"
#include "conf_kit.h"
#include "unit.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

START_TEST(durations_are_exact_microseconds)
{
	static const struct {
		const char *text;
		int64_t us;
	} rows[] = {
		{ "0", 0 },
		{ "0s", 0 },
		{ "0.0ms", 0 },
		{ "1", 1000000 },
		{ "1s", 1000000 },
		{ "1ms", 1000 },
		{ "0.001ms", 1 },
		{ "0.000001", 1 },
		{ "0.1s", 100000 },
		{ "0.3", 300000 },
		{ "40.95s", 40950000 },
		{ "2.50s", 2500000 },
		{ "1m", 60000000 },
		{ "0.5m", 30000000 },
		{ "0.000001m", 60 },
		{ "1h", 3600000000 },
		{ "0.25h", 900000000 },
		{ "0.000000001h", -EDOM },
		{ "0.00000000000000000000", 0 },
		{ "007s", 7000000 },
		{ "9999h", 35996400000000 },
		{ "10000h", -ERANGE },
		{ "36000000s", -ERANGE },
		{ "99999999999999999999999", -ERANGE },
		{ "0.0000001s", -EDOM },
		{ "0.0005ms", -EDOM },
		{ "", -EINVAL },
		{ "s", -EINVAL },
		{ "ms", -EINVAL },
		{ ".5s", -EINVAL },
		{ "5.s", -EINVAL },
		{ "5.", -EINVAL },
		{ "1 s", -EINVAL },
		{ " 1s", -EINVAL },
		{ "1s ", -EINVAL },
		{ "-1s", -EINVAL },
		{ "+1s", -EINVAL },
		{ "1S", -EINVAL },
		{ "1us", -EINVAL },
		{ "1d", -EINVAL },
		{ "1e3", -EINVAL },
		{ "0x10", -EINVAL },
		{ "1.5.5s", -EINVAL },
		{ "1,5s", -EINVAL },
		{ "inf", -EINVAL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span span = { -77 };
		int rc = duration_parse(rows[i].text, &span);

		ck_assert_msg(rows[i].us < 0 ? rc == rows[i].us && span.us == -77
					     : rc == 0 && span.us == rows[i].us,
			      "%s: %d, %ld us", rows[i].text, rc, (long)span.us);
	}
}
END_TEST

START_TEST(durations_are_printed_short_and_read_back)
{
	static const struct {
		int64_t us;
		const char *text;
	} rows[] = {
		{ 0, "0s" },           { 1, "0.001ms" },    { 1500, "1.500ms" },
		{ 10000, "10ms" },     { 1000000, "1s" },   { 1500000, "1500ms" },
		{ 60000000, "1m" },    { 90000000, "90s" }, { 3600000000, "1h" },
		{ 5400000000, "90m" },
	};
	char text[DURATION_TEXT_MAX];
	struct span span;

	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_str_eq(duration_text(span_us(rows[i].us), text), rows[i].text);
	for (int64_t us = 1; us < 4000000000; us = us * 3 + 1) {
		ck_assert_int_eq(duration_parse(duration_text(span_us(us), text), &span), 0);
		ck_assert_int_eq(span.us, us);
	}
}
END_TEST

START_TEST(slips_of_the_fingers_are_near)
{
	ck_assert_uint_eq(suggest_distance("priority", "priority"), 0);
	ck_assert_uint_eq(suggest_distance("prority", "priority"), 1);   /* dropped */
	ck_assert_uint_eq(suggest_distance("prioritty", "priority"), 1); /* doubled */
	ck_assert_uint_eq(suggest_distance("priolity", "priority"), 1);  /* other */
	ck_assert_uint_eq(suggest_distance("prioirty", "priority"), 1);  /* swapped */
	ck_assert_uint_eq(suggest_distance("advert_interval", "advert-interval"), 0);
	ck_assert_uint_eq(suggest_distance("", "log"), 3);
	ck_assert_uint_eq(suggest_distance("12345678901234567890123456789012", "1"), 31);
	ck_assert_uint_eq(suggest_distance("123456789012345678901234567890123", "1"),
			  SUGGEST_LEN_MAX);
}
END_TEST

START_TEST(only_what_is_near_enough_is_suggested)
{
	static const char *const words[] = { "log", "log-level", "priority", "vrid", NULL };

	ck_assert_str_eq(suggest_word("lgo", words), "log");
	ck_assert_str_eq(suggest_word("loglevel", words), "log-level");
	ck_assert_str_eq(suggest_word("vird", words), "vrid");
	ck_assert_str_eq(suggest_word("PRIority", words), "priority");
	ck_assert_ptr_null(suggest_word("l", words));
	ck_assert_ptr_null(suggest_word("", words));
	ck_assert_ptr_null(suggest_word("state", words));
	ck_assert_ptr_null(suggest_word("authentication", words));
}
END_TEST

START_TEST(addresses_are_printed_so_that_they_are_read_back)
{
	static const char *const texts[] = {
		"192.0.2.10/24",
		"192.0.2.10/32",
		"192.0.2.10/24 dev eth1",
		"192.0.2.10/24 dev eth1 label eth1:1 scope link broadcast 192.0.2.255 nodad",
		"192.0.2.10/24 preferred-lifetime 0",
		"192.0.2.10/24 scope site",
		"192.0.2.10/24 scope host",
		"2001:db8::1/64",
		"2001:db8::1/128 nodad",
		"fe80::1/64 dev interface012345",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		char why[WHY_MAX] = "", text[VIP_TEXT_MAX];
		struct vip vip, again;

		ck_assert_msg(vip_parse(texts[i], &vip, why) == 0, "%s", why);
		ck_assert_str_eq(vip_text(&vip, text), texts[i]);
		ck_assert_int_eq(vip_parse(text, &again, why), 0);
		ck_assert(vip_equal(&vip, &again));
		ck_assert(vip_is_valid(&vip));
	}
}
END_TEST

START_TEST(addresses_are_equal_only_if_all_of_them_is)
{
	static const char *const texts[] = {
		"192.0.2.10/24",
		"192.0.2.11/24",
		"192.0.2.10/25",
		"192.0.2.10/24 dev eth1",
		"192.0.2.10/24 label x",
		"192.0.2.10/24 scope link",
		"192.0.2.10/24 broadcast 192.0.2.255",
		"192.0.2.10/24 nodad",
		"192.0.2.10/24 preferred-lifetime 0",
	};
	struct vip vips[COUNT(texts)];
	char why[WHY_MAX];

	for (size_t i = 0; i < COUNT(texts); i++)
		ck_assert_int_eq(vip_parse(texts[i], &vips[i], why), 0);
	for (size_t i = 0; i < COUNT(texts); i++)
		for (size_t k = 0; k < COUNT(texts); k++)
			ck_assert_int_eq(vip_equal(&vips[i], &vips[k]), i == k);
}
END_TEST

START_TEST(doubtful_addresses_are_told_from_others)
{
	static const struct {
		const char *text;
		bool doubt;
	} rows[] = {
		{ "192.0.2.1/24", false },  { "192.0.2.0/24", true },
		{ "192.0.2.255/24", true }, { "192.0.2.128/25", true },
		{ "192.0.2.127/25", true }, { "192.0.2.129/25", false },
		{ "192.0.2.0/30", true },   { "192.0.2.3/30", true },
		{ "192.0.2.0/31", false },  { "192.0.2.1/31", false },
		{ "192.0.2.0/32", false },  { "10.255.255.255/8", true },
		{ "10.0.0.0/8", true },     { "10.0.0.255/8", false },
		{ "169.254.1.1/16", true }, { "240.0.0.1/8", true },
		{ "192.0.2.0", false },     { "2001:db8::/64", false },
		{ "128.0.0.0/1", true },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char why[WHY_MAX];
		struct vip vip;

		ck_assert_int_eq(vip_parse(rows[i].text, &vip, why), 0);
		ck_assert_msg((vip_doubt(&vip) != NULL) == rows[i].doubt, "%s", rows[i].text);
	}
}
END_TEST

START_TEST(a_refused_address_leaves_the_result_alone)
{
	struct vip vip = { .prefix_len = 99 };
	char why[WHY_MAX] = "";

	ck_assert_int_eq(vip_parse("192.0.2.10/24 dev eth0 foo", &vip, why), -EINVAL);
	ck_assert_uint_eq(vip.prefix_len, 99);
	ck_assert_str_ne(why, "");
}
END_TEST

START_TEST(a_word_of_any_length_is_refused_without_harm)
{
	char text[4000], why[WHY_MAX];
	struct vip vip;

	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(vip_parse(text, &vip, why), -EINVAL);
	text[100] = '/';
	ck_assert_int_eq(vip_parse(text, &vip, why), -EINVAL);
	memcpy(text, "192.0.2.1/24 ", 13);
	ck_assert_int_eq(vip_parse(text, &vip, why), -EINVAL);
	memcpy(text, "192.0.2.1/24 dev ", 17);
	ck_assert_int_eq(vip_parse(text, &vip, why), -EINVAL);
	ck_assert_uint_lt(strlen(why), sizeof(why));
}
END_TEST

START_TEST(what_no_file_could_have_said_is_printed_all_the_same)
{
	struct settings *s = settings_of("global { name = x }\n" WEB("version = 2"));
	struct instance_settings *web = &s->instances[0];

	strcpy(web->auth_password, "a'b\\c #");
	web->virtual_mac = true;
	web->min_ttl = 254;
	ck_assert_int_eq(ip_parse("fe80::5", &web->source[FAMILY_V6]), 0);
	ck_assert_int_eq(ip_parse("192.0.2.2", &s->peers[0]), 0);
	s->peer_count = 1;
	web->peers = (struct range){ 0, 1 };

	char *text = conf_print(s);

	ck_assert_str_eq(text, "global {\n"
			       "  name = x\n"
			       "}\n"
			       "\n"
			       "instance web {\n"
			       "  interface = eth0\n"
			       "  vrid = 51\n"
			       "  version = 2\n"
			       "  virtual-mac = true\n"
			       "  min-ttl = 254\n"
			       "  auth-password = 'a\\'b\\\\c #'\n"
			       "  addresses = {\n"
			       "    192.0.2.10/24\n"
			       "  }\n"
			       "  source-address = {fe80::5}\n"
			       "  peers = {192.0.2.2}\n"
			       "}\n");

	/* and it is read */
	assert_problems(text,
			"test.conf:15: key \"source-address\": fe80::5, but none of the addresses "
			"is IPv6: drop it\n");
	free(text);
	settings_free(s);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("conf_values");

	tcase_add_test(tc, durations_are_exact_microseconds);
	tcase_add_test(tc, durations_are_printed_short_and_read_back);
	tcase_add_test(tc, slips_of_the_fingers_are_near);
	tcase_add_test(tc, only_what_is_near_enough_is_suggested);
	tcase_add_test(tc, addresses_are_printed_so_that_they_are_read_back);
	tcase_add_test(tc, addresses_are_equal_only_if_all_of_them_is);
	tcase_add_test(tc, doubtful_addresses_are_told_from_others);
	tcase_add_test(tc, a_refused_address_leaves_the_result_alone);
	tcase_add_test(tc, a_word_of_any_length_is_refused_without_harm);
	tcase_add_test(tc, what_no_file_could_have_said_is_printed_all_the_same);
	return run_test_case(tc, "conf_values");
}
