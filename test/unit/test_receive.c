/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is demanded of an advertisement: one that is right in everything is accepted, and each thing
 * that is wrong names its own refusal. Of several wrong things the first of RFC 9568 section 7.1
 * counts.
 */
#include "core/receive.h"

#include <string.h>

#include "core_kit.h"
#include "unit.h"

/* A virtual router, and an advertisement that it accepts. */
struct bench {
	struct kit kit;
	struct vrouter vr;
	struct advert advert;
	struct event_advert in;
	struct ip_addr peers[2];
};

static void bench_init(struct bench *b, uint8_t version)
{
	kit_init(&b->kit);
	struct instance_settings *set = kit_add(&b->kit, kit_instance("web", 51, 100));

	set->version = version;
	kit_add_vip(&b->kit, &set->addresses[FAMILY_V4], kit_vip("192.0.2.10/24"));
	kit_add_vip(&b->kit, &set->addresses[FAMILY_V4], kit_vip("192.0.2.11/24"));
	kit_add_vip(&b->kit, &set->addresses[FAMILY_V4], kit_vip("192.0.2.12/24"));
	vrouter_init(&b->vr, set, IP_V4, 0);
	b->vr.link.source = ip("192.0.2.1");
	b->advert = (struct advert){
		.version = version,
		.vrid = 51,
		.priority = 100,
		.family = IP_V4,
		.count = 3,
		.interval = set->advert_interval,
		.addresses = { ip("192.0.2.10"), ip("192.0.2.11"), ip("192.0.2.12") },
	};
	b->in = (struct event_advert){
		.src = ip("192.0.2.2"),
		.dst = ip("224.0.0.18"),
		.ttl = 255,
		.advert = &b->advert,
	};
}

static enum refusal judge(const struct bench *b)
{
	return receive_check(&b->vr, &b->kit.s, &b->in);
}

static void set_password(struct bench *b, const char *password)
{
	strcpy(b->kit.instances[0].auth_password, password);
}

START_TEST(an_advertisement_that_is_right_is_accepted)
{
	struct bench b;

	for (uint8_t version = 2; version <= 3; version++) {
		bench_init(&b, version);
		ck_assert_int_eq(judge(&b), REFUSAL_NONE);
	}
}
END_TEST

START_TEST(any_ttl_but_255_is_refused)
{
	struct bench b;

	bench_init(&b, 3);
	for (int ttl = 0; ttl < 255; ttl++) {
		b.in.ttl = (uint8_t)ttl;
		ck_assert_int_eq(judge(&b), REFUSAL_TTL);
	}
}
END_TEST

START_TEST(what_was_not_sent_to_the_group_is_refused)
{
	struct bench b;

	bench_init(&b, 3);
	b.in.dst = ip("192.0.2.1");
	ck_assert_int_eq(judge(&b), REFUSAL_SENDER);
	b.in.dst = ip("224.0.0.1");
	ck_assert_int_eq(judge(&b), REFUSAL_SENDER);
}
END_TEST

START_TEST(a_source_that_no_router_can_have_is_refused)
{
	static const char *const nobody[] = { "0.0.0.0", "224.0.0.18", "127.0.0.1" };
	struct bench b;

	for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++) {
		bench_init(&b, 3);
		b.in.src = ip(nobody[i]);
		ck_assert_int_eq(judge(&b), REFUSAL_SENDER);
	}
}
END_TEST

/* Makes it unicast: these are the peers, of any family. */
static void set_peers(struct bench *b, const struct ip_addr *peers, uint32_t count)
{
	memcpy(b->peers, peers, count * sizeof(*peers));
	b->kit.s.peers = b->peers;
	b->kit.s.peer_count = count;
	b->kit.instances[0].peers = (struct range){ .count = count };
	b->in.dst = b->vr.link.source;
}

START_TEST(a_unicast_peer_is_accepted_and_a_stranger_is_not)
{
	struct ip_addr peers[] = { ip("192.0.2.2"), ip("192.0.2.3") };
	struct bench b;

	bench_init(&b, 3);
	set_peers(&b, peers, 2);
	ck_assert_int_eq(judge(&b), REFUSAL_NONE);
	b.in.src = ip("192.0.2.3");
	ck_assert_int_eq(judge(&b), REFUSAL_NONE);
	b.in.src = ip("192.0.2.4");
	ck_assert_int_eq(judge(&b), REFUSAL_SENDER);
}
END_TEST

START_TEST(a_unicast_peer_that_sends_to_the_group_is_refused)
{
	struct ip_addr peers[] = { ip("192.0.2.2") };
	struct bench b;

	bench_init(&b, 3);
	set_peers(&b, peers, 1);
	b.in.dst = ip("224.0.0.18");
	ck_assert_int_eq(judge(&b), REFUSAL_SENDER);
}
END_TEST

START_TEST(unicast_is_accepted_from_as_far_as_min_ttl_allows)
{
	struct ip_addr peers[] = { ip("192.0.2.2") };
	struct bench b;

	bench_init(&b, 3);
	set_peers(&b, peers, 1);
	b.in.ttl = 254;
	ck_assert_int_eq(judge(&b), REFUSAL_TTL);
	b.kit.instances[0].min_ttl = 60;
	b.in.ttl = 60;
	ck_assert_int_eq(judge(&b), REFUSAL_NONE);
	b.in.ttl = 59;
	ck_assert_int_eq(judge(&b), REFUSAL_TTL);
}
END_TEST

START_TEST(peers_of_the_other_family_do_not_make_this_one_unicast)
{
	struct ip_addr peers[] = { ip("2001:db8::2") };
	struct bench b;

	bench_init(&b, 3);
	set_peers(&b, peers, 1);
	b.kit.instances[0].min_ttl = 1;
	ck_assert_int_eq(judge(&b), REFUSAL_SENDER);
	b.in.dst = ip("224.0.0.18");
	ck_assert_int_eq(judge(&b), REFUSAL_NONE);
	b.in.ttl = 254;
	ck_assert_int_eq(judge(&b), REFUSAL_TTL);
}
END_TEST

START_TEST(in_ipv6_the_group_is_that_of_ipv6)
{
	struct bench b;

	bench_init(&b, 3);
	b.vr.family = IP_V6;
	b.vr.link.source = ip("fe80::1");
	b.in.src = ip("fe80::2");
	ck_assert_int_eq(judge(&b), REFUSAL_SENDER);
	b.in.dst = ip("ff02::12");
	ck_assert_int_eq(judge(&b), REFUSAL_NONE);
}
END_TEST

START_TEST(the_other_version_is_refused)
{
	struct bench b;

	bench_init(&b, 3);
	b.advert.version = 2;
	ck_assert_int_eq(judge(&b), REFUSAL_VERSION_MISMATCH);
	bench_init(&b, 2);
	b.advert.version = 3;
	ck_assert_int_eq(judge(&b), REFUSAL_VERSION_MISMATCH);
}
END_TEST

START_TEST(our_own_advertisement_is_refused)
{
	struct bench b;

	bench_init(&b, 3);
	b.in.src = b.vr.link.source;
	ck_assert_int_eq(judge(&b), REFUSAL_OWN_ADDRESS);
}
END_TEST

START_TEST(version_2_refuses_another_interval_and_version_3_does_not)
{
	struct bench b;

	bench_init(&b, 2);
	b.advert.interval = span_s(2);
	ck_assert_int_eq(judge(&b), REFUSAL_INTERVAL_MISMATCH);
	bench_init(&b, 3);
	b.advert.interval = span_s(2);
	ck_assert_int_eq(judge(&b), REFUSAL_NONE);
}
END_TEST

START_TEST(without_a_password_any_authentication_is_refused)
{
	struct bench b;

	bench_init(&b, 2);
	b.advert.auth_type = ADVERT_AUTH_SIMPLE;
	ck_assert_int_eq(judge(&b), REFUSAL_AUTH_MISMATCH);
	/* bytes that no type gives a meaning to are nobody's business */
	bench_init(&b, 2);
	b.advert.auth_data[3] = 'x';
	ck_assert_int_eq(judge(&b), REFUSAL_NONE);
}
END_TEST

START_TEST(with_a_password_exactly_that_one_is_accepted)
{
	struct bench b;

	bench_init(&b, 2);
	set_password(&b, "secret");
	ck_assert_int_eq(judge(&b), REFUSAL_AUTH_MISMATCH);
	b.advert.auth_type = ADVERT_AUTH_SIMPLE;
	memcpy(b.advert.auth_data, "secret\0\0", 8);
	ck_assert_int_eq(judge(&b), REFUSAL_NONE);
	memcpy(b.advert.auth_data, "secret\0x", 8);
	ck_assert_int_eq(judge(&b), REFUSAL_AUTH_MISMATCH);
	memcpy(b.advert.auth_data, "Secret\0\0", 8);
	ck_assert_int_eq(judge(&b), REFUSAL_AUTH_MISMATCH);
	b.advert.auth_type = ADVERT_AUTH_NONE;
	memcpy(b.advert.auth_data, "secret\0\0", 8);
	ck_assert_int_eq(judge(&b), REFUSAL_AUTH_MISMATCH);
}
END_TEST

START_TEST(a_password_of_8_bytes_counts_to_the_last)
{
	struct bench b;

	bench_init(&b, 2);
	set_password(&b, "12345678");
	b.advert.auth_type = ADVERT_AUTH_SIMPLE;
	memcpy(b.advert.auth_data, "12345678", 8);
	ck_assert_int_eq(judge(&b), REFUSAL_NONE);
	b.advert.auth_data[7] = '9';
	ck_assert_int_eq(judge(&b), REFUSAL_AUTH_MISMATCH);
}
END_TEST

START_TEST(version_3_knows_no_passwords)
{
	struct bench b;

	bench_init(&b, 3);
	b.advert.auth_type = ADVERT_AUTH_SIMPLE; /* cannot be parsed so; not looked at */
	ck_assert_int_eq(judge(&b), REFUSAL_NONE);
}
END_TEST

START_TEST(of_several_faults_the_first_one_in_the_rfcs_order_is_named)
{
	struct bench b;

	bench_init(&b, 2);
	b.in.ttl = 1;
	b.in.dst = ip("192.0.2.1");
	b.advert.version = 3;
	ck_assert_int_eq(judge(&b), REFUSAL_TTL);
	b.in.ttl = 255;
	ck_assert_int_eq(judge(&b), REFUSAL_SENDER);
	b.in.dst = ip("224.0.0.18");
	ck_assert_int_eq(judge(&b), REFUSAL_VERSION_MISMATCH);
	b.advert.version = 2;
	b.advert.auth_type = ADVERT_AUTH_SIMPLE;
	b.advert.interval = span_s(9);
	ck_assert_int_eq(judge(&b), REFUSAL_AUTH_MISMATCH);
	b.advert.auth_type = ADVERT_AUTH_NONE;
	ck_assert_int_eq(judge(&b), REFUSAL_INTERVAL_MISMATCH);
}
END_TEST

START_TEST(checking_changes_nothing)
{
	struct bench b;

	bench_init(&b, 2);
	struct vrouter before = b.vr;

	b.in.ttl = 3;
	judge(&b);
	b.in.ttl = 255;
	judge(&b);
	ck_assert_mem_eq(&b.vr, &before, sizeof(before));
}
END_TEST

static bool same(struct bench *b)
{
	return receive_same_addresses(&b->vr, &b->kit.s, &b->advert);
}

START_TEST(the_order_of_the_addresses_does_not_matter)
{
	struct bench b;

	bench_init(&b, 3);
	ck_assert(same(&b));
	b.advert.addresses[0] = ip("192.0.2.12");
	b.advert.addresses[2] = ip("192.0.2.10");
	ck_assert(same(&b));
}
END_TEST

START_TEST(a_missing_an_additional_and_another_address_are_noticed)
{
	struct bench b;

	bench_init(&b, 3);
	b.advert.count = 2;
	ck_assert(!same(&b));
	bench_init(&b, 3);
	b.advert.addresses[3] = ip("192.0.2.13");
	b.advert.count = 4;
	ck_assert(!same(&b));
	bench_init(&b, 3);
	b.advert.addresses[1] = ip("192.0.2.99");
	ck_assert(!same(&b));
	/* one twice instead of the other */
	bench_init(&b, 3);
	b.advert.addresses[1] = b.advert.addresses[0];
	ck_assert(!same(&b));
}
END_TEST

START_TEST(every_refusal_is_counted_where_its_name_says)
{
	static const enum counter expected[REFUSAL_COUNT_] = {
		[REFUSAL_NONE] = COUNTER_PACKET_LENGTH_ERRORS, /* never asked */
		[REFUSAL_IP_HEADER] = COUNTER_PACKET_LENGTH_ERRORS,
		[REFUSAL_TTL] = COUNTER_IP_TTL_ERRORS,
		[REFUSAL_LENGTH] = COUNTER_PACKET_LENGTH_ERRORS,
		[REFUSAL_VERSION] = COUNTER_VERSION_ERRORS,
		[REFUSAL_TYPE] = COUNTER_INVALID_TYPE_RECEIVED,
		[REFUSAL_CHECKSUM] = COUNTER_CHECKSUM_ERRORS,
		[REFUSAL_VRID_ZERO] = COUNTER_VRID_ERRORS,
		[REFUSAL_ADDRESS_COUNT] = COUNTER_ADDRESS_LIST_ERRORS,
		[REFUSAL_INTERVAL_ZERO] = COUNTER_ADVERT_INTERVAL_ERRORS,
		[REFUSAL_AUTH_TYPE] = COUNTER_AUTH_FAILURES,
		[REFUSAL_VRID_UNKNOWN] = COUNTER_VRID_ERRORS,
		[REFUSAL_VERSION_MISMATCH] = COUNTER_VERSION_ERRORS,
		[REFUSAL_AUTH_MISMATCH] = COUNTER_AUTH_FAILURES,
		[REFUSAL_INTERVAL_MISMATCH] = COUNTER_ADVERT_INTERVAL_ERRORS,
		[REFUSAL_SENDER] = COUNTER_SENDER_ERRORS,
		[REFUSAL_OWN_ADDRESS] = COUNTER_OWN_ADDRESS_RECEIVED,
	};

	for (int r = 0; r < REFUSAL_COUNT_; r++)
		ck_assert_int_eq(receive_counter((enum refusal)r), expected[r]);
}
END_TEST

START_TEST(a_password_of_one_letter_is_a_password)
{
	struct bench b;

	bench_init(&b, 2);
	set_password(&b, "x");
	ck_assert_int_eq(receive_check(&b.vr, &b.kit.s, &b.in), REFUSAL_AUTH_MISMATCH);
	b.advert.auth_type = ADVERT_AUTH_SIMPLE;
	b.advert.auth_data[0] = 'x';
	ck_assert_int_eq(receive_check(&b.vr, &b.kit.s, &b.in), REFUSAL_NONE);
}
END_TEST

START_TEST(what_lies_behind_the_list_of_addresses_is_not_in_it)
{
	struct bench b;

	bench_init(&b, 3);
	kit_add_vip(&b.kit, &b.kit.instances[0].extra, kit_vip("192.0.2.13/24"));
	ck_assert(receive_same_addresses(&b.vr, &b.kit.s, &b.advert));
	b.advert.addresses[2] = ip("192.0.2.14");
	b.advert.addresses[3] = ip("192.0.2.12");
	ck_assert(!receive_same_addresses(&b.vr, &b.kit.s, &b.advert));
}
END_TEST

static bool shares(struct bench *b)
{
	return receive_shares_addresses(&b->vr, &b->kit.s, &b->advert);
}

START_TEST(one_address_in_common_makes_it_an_advertisement_of_the_same_virtual_router)
{
	struct bench b;

	bench_init(&b, 3);
	b.advert.count = 2;
	b.advert.addresses[0] = ip("192.0.2.98");
	b.advert.addresses[1] = ip("192.0.2.12");
	ck_assert(shares(&b));
	b.advert.addresses[1] = ip("192.0.2.99");
	ck_assert(!shares(&b));
}
END_TEST

START_TEST(what_lies_behind_either_list_is_not_in_common)
{
	struct bench b;

	bench_init(&b, 3);
	kit_add_vip(&b.kit, &b.kit.instances[0].extra, kit_vip("192.0.2.98/24"));
	for (int i = 0; i < 15; i++)
		b.advert.addresses[i] = ip("192.0.2.98");
	b.advert.addresses[15] = ip("192.0.2.12");
	b.advert.count = 15;
	ck_assert(!shares(&b));
}
END_TEST

START_TEST(of_a_long_list_the_first_sixteen_say_whose_it_is)
{
	char text[IP_TEXT_MAX];
	struct bench b;

	bench_init(&b, 3);
	b.advert.count = 17;
	for (int i = 0; i < 17; i++) {
		snprintf(text, sizeof(text), "192.0.2.%d", 100 + i);
		b.advert.addresses[i] = ip(text);
	}
	b.advert.addresses[16] = ip("192.0.2.10");
	ck_assert(!shares(&b));
	b.advert.addresses[15] = ip("192.0.2.10");
	ck_assert(shares(&b));
}
END_TEST

/* Two routers that both follow the same rule have made it of the VRID: by itself it says who they are, beside others nothing. */
START_TEST(a_link_local_address_tells_whose_it_is_only_where_it_is_the_only_one)
{
	struct bench b;

	for (int others = 0; others < 2; others++) {
		bench_init(&b, 3);
		b.vr.family = IP_V6;
		struct range *mine = &b.kit.instances[0].addresses[FAMILY_V6];

		kit_add_vip(&b.kit, mine, kit_vip("fe80::200:5eff:fe00:233/64"));
		if (others)
			kit_add_vip(&b.kit, mine, kit_vip("2001:db8::1/64"));
		b.advert.addresses[0] = ip("fe80::200:5eff:fe00:233");
		b.advert.addresses[1] = ip("2001:db8::2");
		b.advert.count = 2;
		ck_assert_int_eq(shares(&b), !others);
		b.advert.addresses[1] = ip("2001:db8::1");
		ck_assert_int_eq(shares(&b), true);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("receive");

	tcase_add_test(tc, an_advertisement_that_is_right_is_accepted);
	tcase_add_test(tc, any_ttl_but_255_is_refused);
	tcase_add_test(tc, what_was_not_sent_to_the_group_is_refused);
	tcase_add_test(tc, a_source_that_no_router_can_have_is_refused);
	tcase_add_test(tc, a_unicast_peer_is_accepted_and_a_stranger_is_not);
	tcase_add_test(tc, a_unicast_peer_that_sends_to_the_group_is_refused);
	tcase_add_test(tc, unicast_is_accepted_from_as_far_as_min_ttl_allows);
	tcase_add_test(tc, peers_of_the_other_family_do_not_make_this_one_unicast);
	tcase_add_test(tc, in_ipv6_the_group_is_that_of_ipv6);
	tcase_add_test(tc, the_other_version_is_refused);
	tcase_add_test(tc, our_own_advertisement_is_refused);
	tcase_add_test(tc, version_2_refuses_another_interval_and_version_3_does_not);
	tcase_add_test(tc, without_a_password_any_authentication_is_refused);
	tcase_add_test(tc, with_a_password_exactly_that_one_is_accepted);
	tcase_add_test(tc, a_password_of_8_bytes_counts_to_the_last);
	tcase_add_test(tc, version_3_knows_no_passwords);
	tcase_add_test(tc, of_several_faults_the_first_one_in_the_rfcs_order_is_named);
	tcase_add_test(tc, checking_changes_nothing);
	tcase_add_test(tc, the_order_of_the_addresses_does_not_matter);
	tcase_add_test(tc, a_missing_an_additional_and_another_address_are_noticed);
	tcase_add_test(tc, every_refusal_is_counted_where_its_name_says);
	tcase_add_test(tc, a_password_of_one_letter_is_a_password);
	tcase_add_test(tc, what_lies_behind_the_list_of_addresses_is_not_in_it);
	tcase_add_test(tc,
		       one_address_in_common_makes_it_an_advertisement_of_the_same_virtual_router);
	tcase_add_test(tc, what_lies_behind_either_list_is_not_in_common);
	tcase_add_test(tc, of_a_long_list_the_first_sixteen_say_whose_it_is);
	tcase_add_test(tc, a_link_local_address_tells_whose_it_is_only_where_it_is_the_only_one);
	return run_test_case(tc, "receive");
}
