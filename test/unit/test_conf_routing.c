/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes and rules as people write them: what is right has a canonical form that reads back as the same, what is wrong is told with what
 * would be right.
 */
#include "conf/host_names.h"
#include "conf/number.h"
#include "conf/routing_words.h"
#include "conf_kit.h"
#include "unit.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct row {
	bool rule;
	const char *text;
	const char *expected; /* canonical, or a part of the message */
};

static const struct row good[] = {
	{ false, "default via 192.0.2.1", "default via 192.0.2.1" },
	{ false, "to 0.0.0.0/0 gw 192.0.2.1 dev eth0", "default via 192.0.2.1 dev eth0" },
	{ false, "default via 2001:db8::1", "default via 2001:db8::1" },
	{ false, "default dev eth0", "default dev eth0" },
	{ false, "::/0 dev eth0", "::/0 dev eth0" },
	{ false, "  10.0.0.0/8\tvia 192.0.2.1 metric 0x10 ", "10.0.0.0/8 via 192.0.2.1 metric 16" },
	{ false, "192.0.2.7 dev eth1 scope link", "192.0.2.7 dev eth1" },
	{ false, "192.0.2.7 dev eth1 scope global", "192.0.2.7 dev eth1 scope global" },
	{ false, "192.0.2.7/32 via 192.0.2.1 src 192.0.2.10 table 100",
	  "192.0.2.7 via 192.0.2.1 src 192.0.2.10 table 100" },
	{ false, "10.0.0.0/8 via 192.0.2.1 table main", "10.0.0.0/8 via 192.0.2.1" },
	{ false, "10.0.0.0/8 via 192.0.2.1 table local proto static mtu 1400 advmss 1300 tos 0x10",
	  "10.0.0.0/8 via 192.0.2.1 tos 0x10 table local proto 4 mtu 1400 advmss 1300" },
	{ false, "10.0.0.0/8 via 192.0.2.1 table default",
	  "10.0.0.0/8 via 192.0.2.1 table default" },
	{ false, "10.0.0.0/8 via 192.0.2.1 scope link", "10.0.0.0/8 via 192.0.2.1 scope link" },
	{ false, "10.0.0.0/8 dev a scope host", "10.0.0.0/8 dev a scope host" },
	{ false, "10.0.0.0/8 dev eth0 scope 200", "10.0.0.0/8 dev eth0 scope 200" },
	{ false, "default nexthop dev eth0 nexthop dev eth1",
	  "default nexthop dev eth0 nexthop dev eth1" },
	{ false, "::/0 dev eth0 src 2001:db8::5", "default dev eth0 src 2001:db8::5" },
	{ false, "blackhole 10.0.0.0/8", "blackhole 10.0.0.0/8" },
	{ false, "unreachable default", "unreachable default" },
	{ false, "prohibit 2001:db8::/32 metric 5", "prohibit 2001:db8::/32 metric 5" },
	{ false, "2001:db8::/32 via fe80::1 dev eth0 metric 1024",
	  "2001:db8::/32 via fe80::1 dev eth0" },
	{ false, "throw 10.0.0.0/8 table 7", "throw 10.0.0.0/8 table 7" },
	{ false, "local 192.0.2.0/24 dev lo", "local 192.0.2.0/24 dev lo" },
	{ false, "default via inet6 fe80::1 dev eth0", "default via inet6 fe80::1 dev eth0" },
	{ false, "default via 198.51.100.1 dev eth0 onlink",
	  "default via 198.51.100.1 dev eth0 onlink" },
	{ false, "default nexthop via 192.0.2.1 weight 3 nexthop via 192.0.2.2 dev eth0",
	  "default nexthop via 192.0.2.1 weight 3 nexthop via 192.0.2.2 dev eth0" },
	{ false, "default nexthop via 192.0.2.1 weight 3", "default via 192.0.2.1" },
	{ true, "from 192.0.2.0/24 table 100", "from 192.0.2.0/24 table 100" },
	{ true, "from 192.0.2.1/32 lookup main pref 5", "from 192.0.2.1 priority 5 table main" },
	{ true, "table 5", "from all table 5" },
	{ true, "inet6 table 5", "from ::/0 table 5" },
	{ true, "to 2001:db8::/32 table 5", "from all to 2001:db8::/32 table 5" },
	{ true, "not from all to 10.0.0.0/8 prohibit", "not from all to 10.0.0.0/8 prohibit" },
	{ true, "iif eth0 oif eth1 fwmark 5 tos 0x10 blackhole",
	  "from all tos 0x10 fwmark 0x5 iif eth0 oif eth1 blackhole" },
	{ true, "iif a oif b table 5", "from all iif a oif b table 5" },
	{ true, "fwmark 0x1/0xff unreachable", "from all fwmark 0x1/0xff unreachable" },
	{ true, "ipproto tcp sport 80 dport 1000-2000 uidrange 0-99 table 5",
	  "from all uidrange 0-99 ipproto 6 sport 80 dport 1000-2000 table 5" },
	{ true, "table main suppress_prefixlength 0",
	  "from all table main suppress_prefixlength 0" },
	{ true, "from all table 5 protocol static", "from all protocol 4 table 5" },
};

static const struct row bad[] = {
	{ false, "", "it has no destination" },
	{ false, "blackhole", "it has no destination" },
	{ false, "to", "it has no destination" },
	{ false, "10.0.0.0/33 dev eth0", "is no destination" },
	{ false, "10.0.0.1/8 dev eth0", "right is 10.0.0.0/8" },
	{ false, "2001:db8::1/32 dev eth0", "right is 2001:db8::/32" },
	{ false, "default", "it leads nowhere" },
	{ false, "default via", "needs an address" },
	{ false, "default via inet6", "needs an address" },
	{ false, "default via 224.0.0.1", "is no gateway's address" },
	{ false, "default via inet6 192.0.2.1", "is no gateway's address" },
	{ false, "default via fe80::1", "needs dev" },
	{ false, "::/0 via 192.0.2.1", "cannot lead to a destination of IPv6" },
	{ false, "default via 192.0.2.1 onlink", "needs via and dev" },
	{ false, "default dev eth0 onlink", "needs via and dev" },
	{ false, "default onlink", "needs via and dev" },
	{ false, "default dev eth/0", "is no name of an interface" },
	{ false, "default dev eth0 dev eth1", "is given twice" },
	{ false, "default dev", "needs a value" },
	{ false, "default dev eth0 metric", "needs a value" },
	{ false, "default dev eth0 metric 4294967296", "0 to 4294967295" },
	{ false, "default dev eth0 metric 010", "0 to 4294967295" },
	{ false, "default dev eth0 table 0", "1 to 4294967295" },
	{ false, "default dev eth0 table no-such-table", "1 to 4294967295" },
	{ false, "default dev eth0 mtu 67", "68 to 65535" },
	{ false, "default dev eth0 proto 2", "3 to 255" },
	{ false, "default dev eth0 scope 255", "0 to 254" },
	{ false, "default dev eth0 tos 1", "multiple of 4" },
	{ false, "default dev eth0 tos 0x12", "multiple of 4" },
	{ false, "default dev eth0 tos 256", "0 to 255" },
	{ true, "tos 2 table 5", "multiple of 4" },
	{ false, "default dev eth0 src host", "is no address of a host" },
	{ false, "10.0.0.0/8 dev eth0 src 2001:db8::1", "of different families" },
	{ false, "blackhole 10.0.0.0/8 dev eth0", "has neither via nor dev" },
	{ false, "default metrik 5 dev eth0", "did you mean \"metric\"?" },
	{ false, "default dev eth0 realms 5", "right are via, dev," },
	{ false, "default dev eth0 nexthop via 192.0.2.1", "stands beside via or dev" },
	{ false, "default nexthop nexthop via 192.0.2.1", "has neither via nor dev" },
	{ false, "default nexthop via 192.0.2.1 weight 257", "1 to 256" },
	{ false, "default nexthop via 192.0.2.1 metric 5", "unknown word \"metric\"" },
	{ false,
	  "default nexthop dev a nexthop dev b nexthop dev c nexthop dev d nexthop dev e nexthop dev f "
	  "nexthop dev g nexthop dev h nexthop dev i",
	  "more than 8 nexthops" },
	{ true, "", "it has no action" },
	{ true, "from all", "it has no action" },
	{ true, "from", "needs a value" },
	{ true, "from host table 5", "is no destination" },
	{ true, "from 10.0.0.1/8 table 5", "right is 10.0.0.0/8" },
	{ true, "from 10.0.0.0/8 to 2001:db8::/32 table 5", "of different families" },
	{ true, "inet6 from 10.0.0.0/8 table 5", "of different families" },
	{ true, "table 5 table 6", "is given twice" },
	{ true, "table 5 prohibit", "two actions" },
	{ true, "table 5 not", "unknown word \"not\"" },
	{ true, "fwmark table 5", "fwmark \"table\"" },
	{ true, "fwmark 1/x table 5", "MARK/MASK" },
	{ true, "sport 0 table 5", "1 to 65535" },
	{ true, "dport 5-4 table 5", "FIRST-LAST" },
	{ true, "ipproto bird table 5", "tcp, udp" },
	{ true, "priority 0 table 5", "1 to 4294967295" },
	{ true, "form all table 5", "did you mean \"from\"?" },
};

static int parse(const struct row *row, struct routing *ret, char why[static WHY_MAX])
{
	return row->rule ? rule_parse(row->text, ret, why) : route_parse(row->text, ret, why);
}

START_TEST(what_is_right_has_a_canonical_form_that_reads_back_as_the_same)
{
	for (size_t i = 0; i < COUNT(good); i++) {
		char text[ROUTING_TEXT_MAX], why[WHY_MAX] = "";
		struct routing first, second;
		struct row again = { .rule = good[i].rule, .text = text };

		ck_assert_msg(parse(&good[i], &first, why) == 0, "%s: %s", good[i].text, why);
		ck_assert_str_eq(routing_text(&first, text), good[i].expected);
		ck_assert_msg(parse(&again, &second, why) == 0, "%s: %s", text, why);
		ck_assert_msg(routing_equal(&first, &second), "%s", text);
		ck_assert_msg(routing_is_valid(&first), "%s", text);
		ck_assert(routing_same_key(&first, &second) && routing_serves(&first, &second));
		ck_assert_uint_eq(routing_hash(&first), routing_hash(&second));
	}
}
END_TEST

START_TEST(what_is_wrong_is_told_and_touches_nothing)
{
	for (size_t i = 0; i < COUNT(bad); i++) {
		char why[WHY_MAX] = "";
		struct routing untouched, before;

		memset(&untouched, 0x5a, sizeof(untouched));
		before = untouched;
		ck_assert_msg(parse(&bad[i], &untouched, why) == -EINVAL, "%s", bad[i].text);
		ck_assert_msg(strstr(why, bad[i].expected) != NULL, "%s: %s", bad[i].text, why);
		ck_assert(memcmp(&untouched, &before, sizeof(before)) == 0);
	}
}
END_TEST

START_TEST(no_bytes_are_valid_by_chance)
{
	struct routing r;
	char why[WHY_MAX];

	memset(&r, 0xff, sizeof(r));
	ck_assert(!routing_is_valid(&r));
	r.kind = ROUTING_ROUTE;
	ck_assert(!routing_is_valid(&r));
	r.kind = ROUTING_RULE;
	ck_assert(!routing_is_valid(&r));
	ck_assert_int_eq(route_parse("default via 192.0.2.1 dev eth0", &r, why), 0);
	memset(r.route.nexthops[0].dev, 'x', sizeof(r.route.nexthops[0].dev));
	ck_assert(!routing_is_valid(&r));
	ck_assert_int_eq(route_parse("default via 192.0.2.1 dev eth0", &r, why), 0);
	r.route.nexthop_count = ROUTE_NEXTHOPS_MAX + 1;
	ck_assert(!routing_is_valid(&r));
}
END_TEST

START_TEST(the_longest_route_has_room)
{
	static const char hop[] =
		" nexthop via 2001:db8:1111:2222:3333:4444:5555:%d dev interface-15ch weight 256 onlink";
	char text[2048] = "2001:db8::/32", printed[ROUTING_TEXT_MAX], why[WHY_MAX];
	struct routing r;

	for (int i = 0; i < ROUTE_NEXTHOPS_MAX; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), hop, i + 1001);
	ck_assert_msg(route_parse(text, &r, why) == 0, "%s", why);
	ck_assert_str_eq(routing_text(&r, printed), text);
	ck_assert(routing_is_valid(&r));
}
END_TEST

START_TEST(keys_and_contents_are_told_apart)
{
	struct routing a, b;
	char why[WHY_MAX];

	ck_assert_int_eq(route_parse("10.0.0.0/8 via 192.0.2.1", &a, why), 0);
	ck_assert_int_eq(route_parse("10.0.0.0/8 via 192.0.2.2", &b, why), 0);
	ck_assert(routing_same_key(&a, &b) && !routing_equal(&a, &b) && !routing_serves(&a, &b));
	ck_assert_int_eq(route_parse("10.0.0.0/8 via 192.0.2.1 dev eth0", &b, why), 0);
	ck_assert(routing_serves(&b, &a) && !routing_serves(&a, &b));
	ck_assert_int_eq(route_parse("10.0.0.0/8 via 192.0.2.1 metric 5", &b, why), 0);
	ck_assert(!routing_same_key(&a, &b));
	ck_assert_int_eq(route_parse("10.0.0.0/8 via 192.0.2.1 table 5", &b, why), 0);
	ck_assert(!routing_same_key(&a, &b));
	ck_assert_int_eq(rule_parse("from 10.0.0.0/8 table 5", &a, why), 0);
	ck_assert(!routing_same_key(&a, &b));
	ck_assert_int_eq(rule_parse("from 10.0.0.0/8 table 5 priority 7", &b, why), 0);
	ck_assert(routing_same_key(&a, &b) && !routing_equal(&a, &b));
	ck_assert_int_eq(rule_parse("from 10.0.0.0/8 table 6", &b, why), 0);
	ck_assert(!routing_same_key(&a, &b));
}
END_TEST

START_TEST(numbers_and_names_of_the_host)
{
	uint32_t n = 7;

	ck_assert_int_eq(number_parse("4294967295", UINT32_MAX, &n), 0);
	ck_assert_uint_eq(n, UINT32_MAX);
	ck_assert_int_eq(number_parse("0xFf", 255, &n), 0);
	ck_assert_uint_eq(n, 255);
	ck_assert_int_eq(number_parse("256", 255, &n), -ERANGE);
	ck_assert_int_eq(number_parse("99999999999999999999999", UINT32_MAX, &n), -ERANGE);
	ck_assert_int_eq(number_parse("0x", 255, &n), -EINVAL);
	ck_assert_int_eq(number_parse("", 255, &n), -EINVAL);
	ck_assert_int_eq(number_parse("-1", 255, &n), -EINVAL);
	ck_assert_int_eq(number_parse("07", 255, &n), -EINVAL);
	ck_assert_uint_eq(n, 255);
	ck_assert_int_eq(host_number(HOST_TABLES, "main", UINT32_MAX, &n), 0);
	ck_assert_uint_eq(n, 254);
	ck_assert_int_eq(host_number(HOST_SCOPES, "link", 255, &n), 0);
	ck_assert_uint_eq(n, 253);
	ck_assert_int_eq(host_number(HOST_SCOPES, "main", 255, &n), -EINVAL);
	ck_assert_int_eq(host_number(HOST_TABLES, "no such table", 255, &n), -EINVAL);
}
END_TEST

#define ROUTER(name, vrid, more)                                                                   \
	"instance " name " { interface = eth0 vrid = " vrid " addresses = 192.0.2.1" vrid " " more \
	" }\n"

START_TEST(an_entry_has_one_holder)
{
	struct loaded l = load_text(ROUTER("a", "1", "routes = {'default via 192.0.2.1'}") ROUTER(
		"b", "2", "routes = {'0.0.0.0/0 via 192.0.2.2'}"));

	ck_assert_uint_eq(l.errors, 1);
	ck_assert_msg(strstr(l.problems, "test.conf:2: route default via 192.0.2.2 is in instance "
					 "\"a\" in line 1 already") != NULL,
		      "%s", l.problems);
	loaded_done(&l);
	l = load_text(ROUTER("a", "1", "rules = {'from all table 5', 'table 5 priority 9'}"));
	ck_assert_uint_eq(l.errors, 1);
	ck_assert_msg(strstr(l.problems, "is in this instance twice") != NULL, "%s", l.problems);
	loaded_done(&l);
}
END_TEST

START_TEST(settings_keep_them_in_their_order)
{
	struct loaded l = load_text(ROUTER(
		"a", "1",
		"rules = {'from all table 5'} routes = {'default via 192.0.2.1', "
		"'blackhole 10.0.0.0/8'}") ROUTER("b", "2", "routes = 'default dev eth1 table 9'"));
	const struct settings *s = l.settings;

	ck_assert_msg(l.rc == 0, "%s", l.problems);
	ck_assert_uint_eq(s->routing_count, 4);
	ck_assert_uint_eq(s->instances[0].routes.count, 2);
	ck_assert_uint_eq(s->instances[0].rules.first, 2);
	ck_assert_uint_eq(s->instances[0].rules.count, 1);
	ck_assert_uint_eq(s->instances[1].routes.first, 3);
	ck_assert_uint_eq(s->instances[1].rules.count, 0);
	loaded_done(&l);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("conf_routing");

	tcase_add_test(tc, what_is_right_has_a_canonical_form_that_reads_back_as_the_same);
	tcase_add_test(tc, what_is_wrong_is_told_and_touches_nothing);
	tcase_add_test(tc, no_bytes_are_valid_by_chance);
	tcase_add_test(tc, the_longest_route_has_room);
	tcase_add_test(tc, keys_and_contents_are_told_apart);
	tcase_add_test(tc, numbers_and_names_of_the_host);
	tcase_add_test(tc, an_entry_has_one_holder);
	tcase_add_test(tc, settings_keep_them_in_their_order);
	return run_test_case(tc, "conf_routing");
}
