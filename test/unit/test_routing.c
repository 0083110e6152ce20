/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When two routes or rules are the same one for the kernel, when what the kernel has is as it was wanted, and that many of them are found
 * quickly. How they are printed stands beside how they are read, in test_conf_routing.c.
 */
#include <stdio.h>

#include "core/routing.h"
#include "routing_kit.h"
#include "unit.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct pair {
	const char *a, *b;
	bool expected;
};

START_TEST(the_kernel_tells_routes_apart_by_destination_table_metric_and_tos)
{
	static const struct pair pairs[] = {
		{ "10.0.0.0/8 dev a", "blackhole 10.0.0.0/8", true },
		{ "10.0.0.0/8 dev a", "10.0.0.0/8 via 192.0.2.1 src 192.0.2.5 proto 5 mtu 1400",
		  true },
		{ "10.0.0.0/8 dev a", "10.0.0.0/9 dev a", false },
		{ "10.0.0.0/8 dev a", "11.0.0.0/8 dev a", false },
		{ "0.0.0.0/0 dev a", "::/0 dev a", false },
		{ "10.0.0.0/8 dev a", "10.0.0.0/8 dev a metric 1", false },
		{ "10.0.0.0/8 dev a", "10.0.0.0/8 dev a table 5", false },
		{ "10.0.0.0/8 dev a", "10.0.0.0/8 dev a tos 0x10", false },
	};

	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct routing a = routing_of(pairs[i].a), b = routing_of(pairs[i].b);

		ck_assert_msg(routing_same_key(&a, &b) == pairs[i].expected, "%s", pairs[i].b);
		ck_assert_msg(routing_same_key(&b, &a) == pairs[i].expected, "%s", pairs[i].b);
		if (pairs[i].expected)
			ck_assert_uint_eq(routing_hash(&a), routing_hash(&b));
	}
}
END_TEST

START_TEST(the_kernel_tells_rules_apart_by_everything_but_a_priority_that_it_chose)
{
	static const struct pair pairs[] = {
		{ "from 10.0.0.0/8 table 5", "from 10.0.0.0/8 table 5", true },
		{ "from 10.0.0.0/8 table 5", "from 10.0.0.0/8 table 5 priority 7", true },
		{ "from 10.0.0.0/8 table 5", "from 10.0.0.0/8 table 5 protocol 5", true },
		{ "from 10.0.0.0/8 table 5 priority 7", "from 10.0.0.0/8 table 5 priority 8",
		  false },
		{ "from 10.0.0.0/8 table 5", "from 10.0.0.0/9 table 5", false },
		{ "from 10.0.0.0/8 table 5", "from 10.0.0.0/8 table 6", false },
		{ "from 10.0.0.0/8 table 5", "from 10.0.0.0/8 iif a table 5", false },
		{ "from 10.0.0.0/8 table 5", "from 10.0.0.0/8 fwmark 1 table 5", false },
	};

	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct routing a = routing_of(pairs[i].a), b = routing_of(pairs[i].b);

		ck_assert_msg(routing_same_key(&a, &b) == pairs[i].expected, "%s", pairs[i].b);
		ck_assert_msg(routing_same_key(&b, &a) == pairs[i].expected, "%s", pairs[i].b);
		if (pairs[i].expected)
			ck_assert_uint_eq(routing_hash(&a), routing_hash(&b));
		/* Who asks for a rule gets one of everything that it is told apart by, and of the mark. */
		ck_assert_int_eq(routing_serves(&a, &b),
				 pairs[i].expected && !strstr(pairs[i].b, "protocol"));
	}
}
END_TEST

START_TEST(a_route_is_never_a_rule)
{
	struct routing a, b;

	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	a.kind = ROUTING_ROUTE;
	b.kind = ROUTING_RULE;
	ck_assert(!routing_same_key(&a, &b) && !routing_same_key(&b, &a));
	ck_assert(!routing_equal(&a, &b) && !routing_equal(&b, &a));
	ck_assert(!routing_serves(&a, &b) && !routing_serves(&b, &a));
	ck_assert_str_eq(routing_kind_name(ROUTING_ROUTE), "route");
	ck_assert_str_eq(routing_kind_name(ROUTING_RULE), "rule");
	ck_assert_str_eq(routing_kind_name((enum routing_kind)2), "?");
}
END_TEST

START_TEST(equal_are_those_that_are_the_same_in_everything_they_have)
{
	static const char hops[] =
		"default nexthop dev a nexthop dev b nexthop dev c nexthop dev d";
	struct routing a = routing_of(hops), b = routing_of(hops);

	ck_assert(routing_equal(&a, &b));
	b.route.nexthops[3].weight++;
	ck_assert(!routing_equal(&a, &b));
	a = routing_of("from 10.0.0.0/8 table 5");
	memset(&b, 0xff, sizeof(b)); /* a rule ends before a route does */
	b.kind = ROUTING_RULE;
	b.rule = a.rule;
	ck_assert(routing_equal(&a, &b));
	b.rule.protocol++;
	ck_assert(!routing_equal(&a, &b));
}
END_TEST

START_TEST(what_the_kernel_has_serves_if_it_is_all_that_was_asked_for)
{
	/* there, wanted */
	static const struct pair pairs[] = {
		{ "10.0.0.0/8 via 192.0.2.1 dev eth0 src 192.0.2.5", "10.0.0.0/8 via 192.0.2.1",
		  true },
		{ "10.0.0.0/8 via 192.0.2.1", "10.0.0.0/8 via 192.0.2.2", false },
		{ "10.0.0.0/8 via 192.0.2.1 dev a", "10.0.0.0/8 via 192.0.2.1 dev b", false },
		{ "10.0.0.0/8 dev ab", "10.0.0.0/8 dev a", false },
		{ "10.0.0.0/8 via 192.0.2.1 metric 5", "10.0.0.0/8 via 192.0.2.1", false },
		{ "blackhole 10.0.0.0/8", "unreachable 10.0.0.0/8", false },
		{ "10.0.0.0/8 dev a proto 5", "10.0.0.0/8 dev a", false },
		{ "10.0.0.0/8 dev a scope global", "10.0.0.0/8 dev a", false },
		{ "2001:db8::/32 dev a scope link", "2001:db8::/32 dev a scope global", true },
		{ "10.0.0.0/8 dev a mtu 1400", "10.0.0.0/8 dev a mtu 1300", false },
		{ "10.0.0.0/8 dev a mtu 1400", "10.0.0.0/8 dev a", false },
		{ "10.0.0.0/8 dev a advmss 1400", "10.0.0.0/8 dev a advmss 1300", false },
		{ "10.0.0.0/8 dev a src 192.0.2.5", "10.0.0.0/8 dev a src 192.0.2.6", false },
		{ "10.0.0.0/8 dev a", "10.0.0.0/8 dev a src 192.0.2.6", false },
		{ "10.0.0.0/8 dev a src 192.0.2.6", "10.0.0.0/8 dev a src 192.0.2.6", true },
		{ "default nexthop via 192.0.2.1 nexthop via 192.0.2.2", "default via 192.0.2.1",
		  false },
		{ "default via 192.0.2.1", "default nexthop via 192.0.2.1 nexthop via 192.0.2.2",
		  false },
		{ "default nexthop via 192.0.2.1 nexthop via 192.0.2.3",
		  "default nexthop via 192.0.2.1 nexthop via 192.0.2.2", false },
		/* the order is the kernel's */
		{ "default nexthop via 192.0.2.2 nexthop via 192.0.2.1",
		  "default nexthop via 192.0.2.1 nexthop via 192.0.2.2", true },
		{ "default nexthop via 192.0.2.1 weight 2 nexthop via 192.0.2.2",
		  "default nexthop via 192.0.2.1 weight 3 nexthop via 192.0.2.2", false },
	};
	struct routing there, wanted;

	for (size_t i = 0; i < COUNT(pairs); i++) {
		there = routing_of(pairs[i].a);
		wanted = routing_of(pairs[i].b);
		ck_assert_msg(routing_serves(&there, &wanted) == pairs[i].expected, "%s: %s",
			      pairs[i].a, pairs[i].b);
	}
	/* Those of IPv6 that lead nowhere are told with the loopback interface. */
	there = wanted = routing_of("unreachable 2001:db8::/32");
	there.route.nexthop_count = 1;
	memcpy(there.route.nexthops[0].dev, "lo", 3);
	ck_assert(routing_serves(&there, &wanted));
	/* What stands behind the last nexthop is none. */
	there = wanted = routing_of("default nexthop via 192.0.2.1 nexthop via 192.0.2.2 "
				    "nexthop via 192.0.2.3");
	wanted.route.nexthop_count = there.route.nexthop_count = 2;
	wanted.route.nexthops[1] = there.route.nexthops[2];
	ck_assert(!routing_serves(&there, &wanted));
}
END_TEST

enum {
	MANY = 1000,
	BUCKETS = 1024,
	CROWD = 12 /* in one bucket; chance alone makes seven or so */
};

static void expect_spread(const char *before, bool network, const char *after)
{
	uint32_t in_bucket[BUCKETS] = { 0 };

	for (int i = 0; i < MANY; i++) {
		char number[32], text[128];
		struct routing r;

		if (network)
			snprintf(number, sizeof(number), "10.%d.%d.0/24", i / 250, i % 250 + 1);
		else
			snprintf(number, sizeof(number), "%d", 300 + i);
		snprintf(text, sizeof(text), "%s%s%s", before, number, after);
		r = routing_of(text);
		ck_assert_msg(++in_bucket[routing_hash(&r) % BUCKETS] <= CROWD, "%s", text);
	}
}

START_TEST(many_of_them_are_found_quickly_whatever_they_differ_in)
{
	expect_spread("", true, " via 192.0.2.1");
	expect_spread("10.0.0.0/8 via 192.0.2.1 table ", false, "");
	expect_spread("from ", true, " table 5");
	expect_spread("from all to ", true, " table 5");
	expect_spread("from 10.0.0.0/8 table ", false, "");
}
END_TEST

START_TEST(the_family_is_that_of_the_destination_or_of_the_source_of_a_rule)
{
	struct routing r = routing_of("2001:db8::/32 via fe80::1 dev eth0");

	ck_assert_int_eq(routing_family(&r), IP_V6);
	r = routing_of("10.0.0.0/8 via inet6 fe80::1 dev eth0");
	ck_assert_int_eq(routing_family(&r), IP_V4);
	r = routing_of("from 2001:db8::/32 uidrange 0-99 table 5");
	ck_assert_int_eq(routing_family(&r), IP_V6);
	r = routing_of("from 10.0.0.0/8 table 5");
	ck_assert_int_eq(routing_family(&r), IP_V4);
}
END_TEST

START_TEST(a_type_that_nobody_knows_is_a_question_mark)
{
	struct routing r = routing_of("blackhole 10.0.0.0/8");
	char text[ROUTING_TEXT_MAX];

	r.route.type = 99;
	ck_assert_str_eq(routing_text(&r, text), "? 10.0.0.0/8");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("routing");

	tcase_add_test(tc, the_kernel_tells_routes_apart_by_destination_table_metric_and_tos);
	tcase_add_test(tc, the_kernel_tells_rules_apart_by_everything_but_a_priority_that_it_chose);
	tcase_add_test(tc, a_route_is_never_a_rule);
	tcase_add_test(tc, equal_are_those_that_are_the_same_in_everything_they_have);
	tcase_add_test(tc, what_the_kernel_has_serves_if_it_is_all_that_was_asked_for);
	tcase_add_test(tc, many_of_them_are_found_quickly_whatever_they_differ_in);
	tcase_add_test(tc, the_family_is_that_of_the_destination_or_of_the_source_of_a_rule);
	tcase_add_test(tc, a_type_that_nobody_knows_is_a_question_mark);
	return run_test_case(tc, "routing");
}
