/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The copy of the kernel's state, without a kernel: what is told in which order, and above all the
 * races between a dump and events, which a real kernel shows only once in a million times.
 */
#include "link_table.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "unit.h"

/*
 * What was told, as text: "eth0=2 up 10.0.0.1", "+10.0.0.2/24@2", "-10.0.0.2/24@2 ours", "eth0=0".
 */
static char told[4096];
static const char *used_names; /* separated by spaces */
static const char *vips;
static struct link_table table;

static bool contains_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = words; (p = strstr(p, word)) != NULL; p += len)
		if ((p == words || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
			return true;
	return false;
}

static bool uses(void *ctx, const char *name)
{
	(void)ctx;
	return contains_word(used_names, name);
}

static bool is_vip(void *ctx, int32_t ifindex, const char *name, struct ip_addr addr)
{
	char text[IP_TEXT_MAX];

	(void)ctx;
	(void)ifindex;
	ck_assert_str_ne(name, "");
	return contains_word(vips, ip_text(addr, text));
}

static void say(const char *text)
{
	if (told[0])
		strcat(told, ", ");
	strcat(told, text);
}

static void on_link(void *ctx, const struct event_link *link)
{
	char text[128], v4[IP_TEXT_MAX], v6[IP_TEXT_MAX];

	(void)ctx;
	if (link->ifindex == 0)
		snprintf(text, sizeof(text), "%s=0", link->name);
	else
		snprintf(text, sizeof(text), "%s=%d %s%s%s%s%s%s", link->name, link->ifindex,
			 link->up ? "up" : "down",
			 link->deaf[FAMILY_V4] && link->deaf[FAMILY_V6] ? " deaf" : "",
			 ip_is_set(link->source[FAMILY_V4]) ? " " : "",
			 ip_is_set(link->source[FAMILY_V4]) ? ip_text(link->source[FAMILY_V4], v4)
							    : "",
			 ip_is_set(link->source[FAMILY_V6]) ? " " : "",
			 ip_is_set(link->source[FAMILY_V6]) ? ip_text(link->source[FAMILY_V6], v6)
							    : "");
	say(text);
}

static void on_address(void *ctx, const struct event_address *address)
{
	char text[128], addr[IP_PREFIX_TEXT_MAX];

	(void)ctx;
	snprintf(text, sizeof(text), "%c%s@%d%s", address->present ? '+' : '-',
		 ip_prefix_text(address->addr, address->prefix_len, addr), address->ifindex,
		 address->ours ? " ours" : "");
	say(text);
}

static void on_duplicate(void *ctx, const char *name, struct ip_addr addr)
{
	char text[128], address[IP_TEXT_MAX];

	(void)ctx;
	snprintf(text, sizeof(text), "!%s@%s", ip_text(addr, address), name);
	say(text);
}

static void begin(void)
{
	told[0] = '\0';
	used_names = "eth0 eth1";
	vips = "";
	link_table_init(&table, &(struct link_table_observer){ .uses = uses,
							       .is_vip = is_vip,
							       .link = on_link,
							       .address = on_address,
							       .duplicate = on_duplicate });
}

static void end(void)
{
	link_table_done(&table);
}

/* Settles, compares what was told since the last time, and forgets it. */
static void expect(const char *expected)
{
	link_table_settle(&table);
	ck_assert_str_eq(told, expected);
	told[0] = '\0';
}

static void link_is(int32_t ifindex, const char *name, bool up, enum link_table_origin origin)
{
	struct link_facts facts = { .ifindex = ifindex, .up = up, .mtu = 1500 };

	strcpy(facts.name, name);
	ck_assert_int_eq(link_table_set_link(&table, &facts, origin), 0);
}

static struct address_facts address(int32_t ifindex, const char *text)
{
	struct address_facts facts = { .ifindex = ifindex };

	ck_assert_int_eq(ip_parse_prefix(text, &facts.addr, &facts.prefix_len), 0);
	facts.peer = facts.addr;
	return facts;
}

static void address_is(int32_t ifindex, const char *text, enum link_table_origin origin)
{
	struct address_facts facts = address(ifindex, text);

	ck_assert_int_eq(link_table_set_address(&table, &facts, origin), 0);
}

static void our_address_is(int32_t ifindex, const char *text, enum link_table_origin origin)
{
	struct address_facts facts = address(ifindex, text);

	facts.ours = true;
	ck_assert_int_eq(link_table_set_address(&table, &facts, origin), 0);
}

static void address_is_gone(int32_t ifindex, const char *text, enum link_table_origin origin)
{
	struct address_facts facts = address(ifindex, text);

	ck_assert_int_eq(link_table_remove_address(&table, &facts, origin), 0);
}

static bool has_address(int32_t ifindex, const char *text)
{
	struct address_facts facts = address(ifindex, text);

	return link_table_has_address(&table, ifindex, facts.addr, facts.prefix_len);
}

static void link_is_gone(int32_t ifindex)
{
	ck_assert_int_eq(link_table_remove_link(&table, ifindex), 0);
}

/* eth0 with 10.0.0.1/24, told and forgotten. */
static void begin_with_eth0(void)
{
	begin();
	link_is(2, "eth0", true, FROM_EVENT);
	address_is(2, "10.0.0.1/24", FROM_EVENT);
	expect("eth0=2 up 10.0.0.1, +10.0.0.1/24@2");
}

/* ---- telling ---- */

START_TEST(link_is_told_when_it_changes_and_only_then)
{
	link_is(2, "eth0", true, FROM_EVENT);
	expect("");
	link_is(2, "eth0", false, FROM_EVENT);
	expect("eth0=2 down 10.0.0.1");
	link_is_gone(2);
	expect("-10.0.0.1/24@2, eth0=0");
}
END_TEST

START_TEST(port_of_a_bridge_is_told_as_deaf)
{
	struct link_facts facts = { .ifindex = 2, .name = "eth0", .up = true, .mtu = 1500 };

	facts.port = true;
	ck_assert_int_eq(link_table_set_link(&table, &facts, FROM_EVENT), 0);
	expect("eth0=2 up deaf 10.0.0.1");
	facts.port = false;
	ck_assert_int_eq(link_table_set_link(&table, &facts, FROM_EVENT), 0);
	expect("eth0=2 up 10.0.0.1");
}
END_TEST

START_TEST(unused_links_and_their_addresses_are_never_told)
{
	link_is(3, "eth3", true, FROM_EVENT);
	address_is(3, "10.3.0.1/24", FROM_EVENT);
	address_is_gone(3, "10.3.0.1/24", FROM_EVENT);
	link_is_gone(3);
	expect("");
}
END_TEST

START_TEST(renamed_link_is_one_that_is_gone_and_one_that_is_new)
{
	link_is(2, "eth1", true, FROM_EVENT);
	expect("-10.0.0.1/24@2, eth0=0, eth1=2 up 10.0.0.1, +10.0.0.1/24@2");
	link_is(2, "other", true, FROM_EVENT);
	expect("-10.0.0.1/24@2, eth1=0");
	link_is(2, "eth0", true, FROM_EVENT);
	expect("eth0=2 up 10.0.0.1, +10.0.0.1/24@2");
}
END_TEST

START_TEST(swapped_names_found_by_a_dump_leave_both_links_known)
{
	link_is(3, "eth1", true, FROM_EVENT);
	expect("eth1=3 up");
	link_table_begin_dump(&table);
	link_is(2, "eth1", true, FROM_DUMP);
	link_table_settle(&table);
	link_is(3, "eth0", true, FROM_DUMP);
	link_table_settle(&table);
	address_is(2, "10.0.0.1/24", FROM_DUMP);
	link_table_end_dump(&table, true);
	/* eth1 is not said to be gone after it was said to be link 2 */
	expect("-10.0.0.1/24@2, eth0=0, eth1=2 up 10.0.0.1, +10.0.0.1/24@2, eth0=3 up");
}
END_TEST

START_TEST(echo_is_known_and_not_told)
{
	our_address_is(2, "10.0.0.9/24", FROM_ECHO);
	expect("");
	ck_assert(has_address(2, "10.0.0.9/24"));
	address_is_gone(2, "10.0.0.9/24", FROM_ECHO);
	expect("");
	ck_assert(!has_address(2, "10.0.0.9/24"));
}
END_TEST

START_TEST(removal_of_what_came_by_echo_is_told)
{
	our_address_is(2, "10.0.0.9/24", FROM_ECHO);
	address_is_gone(2, "10.0.0.9/24", FROM_EVENT);
	expect("-10.0.0.9/24@2 ours");
}
END_TEST

START_TEST(address_that_changes_hands_is_told_again)
{
	our_address_is(2, "10.0.0.9/24", FROM_EVENT);
	expect("+10.0.0.9/24@2 ours");
	our_address_is(2, "10.0.0.9/24", FROM_EVENT);
	expect("");
	address_is(2, "10.0.0.9/24", FROM_EVENT);
	expect("+10.0.0.9/24@2");
}
END_TEST

START_TEST(same_address_with_other_prefix_or_peer_is_another_one)
{
	struct address_facts with_peer = address(2, "10.0.0.9/32");

	address_is(2, "10.0.0.9/24", FROM_EVENT);
	address_is(2, "10.0.0.9/32", FROM_EVENT);
	ip_parse("10.0.0.10", &with_peer.peer);
	link_table_set_address(&table, &with_peer, FROM_EVENT);
	expect("+10.0.0.9/24@2, +10.0.0.9/32@2, +10.0.0.9/32@2");
	address_is_gone(2, "10.0.0.9/24", FROM_EVENT);
	ck_assert(!has_address(2, "10.0.0.9/24"));
	ck_assert(has_address(2, "10.0.0.9/32"));
	address_is_gone(2, "10.0.0.9/32", FROM_EVENT);
	ck_assert(has_address(2, "10.0.0.9/32"));
	link_table_remove_address(&table, &with_peer, FROM_EVENT);
	ck_assert(!has_address(2, "10.0.0.9/32"));
}
END_TEST

START_TEST(kernel_that_keeps_no_tags_does_not_make_ours_foreign)
{
	/* the echo of our own request comes without the tag that we put in it */
	address_is(2, "10.0.0.9/24", FROM_ECHO);
	address_is(2, "10.0.0.9/24", FROM_EVENT);
	link_table_begin_dump(&table);
	link_is(2, "eth0", true, FROM_DUMP);
	address_is(2, "10.0.0.1/24", FROM_DUMP);
	address_is(2, "10.0.0.9/24", FROM_DUMP);
	link_table_end_dump(&table, true);
	expect("");
	address_is_gone(2, "10.0.0.9/24", FROM_EVENT);
	expect("-10.0.0.9/24@2 ours");
}
END_TEST

START_TEST(reconsidering_tells_everything_that_is_used_now)
{
	link_is(4, "eth4", true, FROM_EVENT);
	address_is(4, "10.4.0.1/24", FROM_EVENT);
	address_is(4, "10.4.0.2/24", FROM_EVENT);
	expect("");
	used_names = "eth4";
	vips = "10.4.0.1";
	link_table_reconsider(&table);
	expect("eth4=4 up 10.4.0.2, +10.4.0.1/24@4, +10.4.0.2/24@4");
}
END_TEST

/* ---- sources ---- */

START_TEST(source_is_the_first_real_address)
{
	struct address_facts facts;

	address_is(2, "10.0.0.2/24", FROM_EVENT);
	expect("+10.0.0.2/24@2");
	address_is_gone(2, "10.0.0.1/24", FROM_EVENT);
	expect("-10.0.0.1/24@2, eth0=2 up 10.0.0.2");
	/* of another scope: not for the outside */
	facts = address(2, "127.0.0.5/32");
	facts.scope = RT_SCOPE_HOST;
	link_table_set_address(&table, &facts, FROM_EVENT);
	address_is_gone(2, "10.0.0.2/24", FROM_EVENT);
	expect("+127.0.0.5/32@2, -10.0.0.2/24@2, eth0=2 up");
}
END_TEST

START_TEST(vip_is_the_source_only_where_nothing_else_is_left)
{
	vips = "10.0.0.1";
	link_table_reconsider(&table);
	expect("eth0=2 up 10.0.0.1, +10.0.0.1/24@2"); /* the owner */
	address_is(2, "10.0.0.5/24", FROM_EVENT);
	expect("+10.0.0.5/24@2, eth0=2 up 10.0.0.5");
}
END_TEST

START_TEST(our_own_vip_is_never_the_source)
{
	address_is_gone(2, "10.0.0.1/24", FROM_EVENT);
	our_address_is(2, "10.0.0.9/24", FROM_EVENT);
	expect("-10.0.0.1/24@2, +10.0.0.9/24@2 ours, eth0=2 up");
}
END_TEST

START_TEST(real_address_that_is_secondary_to_our_vip_is_still_a_source)
{
	struct address_facts facts = address(2, "10.0.0.1/24");

	/* the real one goes, the VIP is promoted, the real one comes back behind it */
	our_address_is(2, "10.0.0.9/24", FROM_ECHO);
	address_is_gone(2, "10.0.0.1/24", FROM_EVENT);
	expect("-10.0.0.1/24@2, eth0=2 up");
	facts.flags = IFA_F_SECONDARY;
	link_table_set_address(&table, &facts, FROM_EVENT);
	expect("+10.0.0.1/24@2, eth0=2 up 10.0.0.1");
}
END_TEST

START_TEST(ipv6_source_is_a_link_local_address_that_is_ready)
{
	struct address_facts facts = address(2, "fe80::1/64");

	address_is(2, "2001:db8::1/64", FROM_EVENT);
	facts.flags = IFA_F_TENTATIVE;
	link_table_set_address(&table, &facts, FROM_EVENT);
	expect("+2001:db8::1/64@2, +fe80::1/64@2");
	facts.flags = 0;
	link_table_set_address(&table, &facts, FROM_EVENT);
	expect("eth0=2 up 10.0.0.1 fe80::1");
	facts.flags = IFA_F_DADFAILED;
	link_table_set_address(&table, &facts, FROM_EVENT);
	expect("-fe80::1/64@2, eth0=2 up 10.0.0.1");
}
END_TEST

START_TEST(vip_that_another_host_has_is_told_of_and_counts_as_absent)
{
	struct address_facts facts = address(2, "2001:db8::9/64");

	vips = "2001:db8::9";
	facts.flags = IFA_F_TENTATIVE;
	link_table_set_address(&table, &facts, FROM_EVENT);
	expect("+2001:db8::9/64@2");
	facts.flags = IFA_F_TENTATIVE | IFA_F_DADFAILED;
	link_table_set_address(&table, &facts, FROM_EVENT);
	link_table_set_address(&table, &facts, FROM_EVENT);
	expect("-2001:db8::9/64@2, !2001:db8::9@eth0");
	ck_assert(!has_address(2, "2001:db8::9/64"));
	ck_assert(link_table_has_duplicate(&table, 2, facts.addr, 64));
	link_table_reconsider(&table);
	expect("eth0=2 up 10.0.0.1, +10.0.0.1/24@2, !2001:db8::9@eth0");
	link_table_remove_address(&table, &facts, FROM_EVENT);
	expect("");
	ck_assert(!link_table_has_duplicate(&table, 2, facts.addr, 64));
}
END_TEST

START_TEST(duplicate_that_is_no_vip_is_nobodys_business)
{
	struct address_facts facts = address(2, "2001:db8::9/64");

	facts.flags = IFA_F_DADFAILED;
	link_table_set_address(&table, &facts, FROM_EVENT);
	expect("");
}
END_TEST

START_TEST(link_is_told_again_as_it_was_told_last)
{
	link_table_retell(&table, 2);
	expect("eth0=2 up 10.0.0.1");
	link_table_retell(&table, 7);
	expect("");
}
END_TEST

/* ---- dumps ---- */

START_TEST(complete_dump_tells_what_appeared_and_what_vanished)
{
	link_is(3, "eth1", true, FROM_EVENT);
	address_is(2, "10.0.0.2/24", FROM_EVENT);
	expect("+10.0.0.2/24@2, eth1=3 up");
	link_table_begin_dump(&table);
	link_is(2, "eth0", false, FROM_DUMP);
	address_is(2, "10.0.0.1/24", FROM_DUMP);
	our_address_is(2, "10.0.0.3/24", FROM_DUMP);
	expect("+10.0.0.3/24@2 ours, eth0=2 down 10.0.0.1");
	link_table_end_dump(&table, true);
	expect("eth1=0, -10.0.0.2/24@2");
}
END_TEST

START_TEST(incomplete_dump_takes_nothing_away)
{
	link_table_begin_dump(&table);
	address_is(2, "10.0.0.3/24", FROM_DUMP);
	link_table_end_dump(&table, false);
	expect("+10.0.0.3/24@2");
	link_table_begin_dump(&table);
	link_is(2, "eth0", true, FROM_DUMP);
	address_is(2, "10.0.0.1/24", FROM_DUMP);
	link_table_end_dump(&table, true);
	expect("-10.0.0.3/24@2");
}
END_TEST

START_TEST(removal_that_overtakes_the_dump_is_final)
{
	link_table_begin_dump(&table);
	link_is(2, "eth0", true, FROM_DUMP);
	address_is_gone(2, "10.0.0.1/24", FROM_EVENT);
	address_is(2, "10.0.0.1/24", FROM_DUMP); /* taken before the removal, queued after it */
	link_table_end_dump(&table, true);
	expect("-10.0.0.1/24@2, eth0=2 up");
	ck_assert(!has_address(2, "10.0.0.1/24"));
}
END_TEST

START_TEST(removal_of_something_unknown_that_overtakes_the_dump_is_final)
{
	link_table_begin_dump(&table);
	link_is_gone(3);
	address_is_gone(2, "10.0.0.7/24", FROM_EVENT);
	link_is(3, "eth1", true, FROM_DUMP);
	link_is(2, "eth0", true, FROM_DUMP);
	address_is(2, "10.0.0.7/24", FROM_DUMP);
	address_is(2, "10.0.0.1/24", FROM_DUMP);
	link_table_end_dump(&table, true);
	expect("");
}
END_TEST

START_TEST(addition_that_overtakes_the_dump_is_not_swept_away)
{
	link_table_begin_dump(&table);
	link_is(3, "eth1", true, FROM_EVENT);
	address_is(3, "10.3.0.1/24", FROM_EVENT);
	link_is(2, "eth0", true, FROM_DUMP);
	address_is(2, "10.0.0.1/24", FROM_DUMP);
	expect("eth1=3 up 10.3.0.1, +10.3.0.1/24@3");
	link_table_end_dump(&table, true);
	expect("");
}
END_TEST

START_TEST(our_own_change_during_a_dump_is_final_too)
{
	link_table_begin_dump(&table);
	link_is(2, "eth0", true, FROM_DUMP);
	our_address_is(2, "10.0.0.9/24", FROM_ECHO);
	address_is(2, "10.0.0.1/24", FROM_DUMP);
	link_table_end_dump(&table, true);
	ck_assert(has_address(2, "10.0.0.9/24"));
	link_table_begin_dump(&table);
	link_is(2, "eth0", true, FROM_DUMP);
	address_is_gone(2, "10.0.0.9/24", FROM_ECHO);
	our_address_is(2, "10.0.0.9/24", FROM_DUMP);
	address_is(2, "10.0.0.1/24", FROM_DUMP);
	link_table_end_dump(&table, true);
	ck_assert(!has_address(2, "10.0.0.9/24"));
	expect("");
}
END_TEST

START_TEST(link_deleted_and_created_again_during_a_dump_is_the_new_one)
{
	link_table_begin_dump(&table);
	link_is_gone(2);
	link_is(2, "eth0", false, FROM_EVENT);
	link_is(2, "eth0", true, FROM_DUMP);     /* still the old one */
	address_is(2, "10.0.0.1/24", FROM_DUMP); /* of the old one */
	link_table_end_dump(&table, true);
	expect("-10.0.0.1/24@2, eth0=0, eth0=2 down");
}
END_TEST

START_TEST(tombstones_of_one_dump_do_not_hide_the_next)
{
	link_table_begin_dump(&table);
	address_is_gone(2, "10.0.0.1/24", FROM_EVENT);
	link_table_end_dump(&table, false);
	expect("-10.0.0.1/24@2, eth0=2 up");
	link_table_begin_dump(&table);
	link_is(2, "eth0", true, FROM_DUMP);
	address_is(2, "10.0.0.1/24", FROM_DUMP);
	link_table_end_dump(&table, true);
	expect("+10.0.0.1/24@2, eth0=2 up 10.0.0.1");
}
END_TEST

/* ---- looking ---- */

static void collect(void *ctx, int32_t ifindex, const char *name, const struct vip *vip)
{
	char text[128], addr[IP_PREFIX_TEXT_MAX];

	ck_assert_ptr_eq(ctx, &table);
	snprintf(text, sizeof(text), "%s@%d(%s)", ip_prefix_text(vip->addr, vip->prefix_len, addr),
		 ifindex, name);
	say(text);
}

START_TEST(tagged_addresses_are_listed_on_unused_links_too)
{
	link_is(3, "old", false, FROM_EVENT);
	our_address_is(3, "10.3.0.9/32", FROM_EVENT);
	our_address_is(2, "10.0.0.9/24", FROM_ECHO);
	expect("");
	link_table_for_each_tagged(&table, collect, &table);
	ck_assert_str_eq(told, "10.0.0.9/24@2(eth0), 10.3.0.9/32@3(old)");
}
END_TEST

START_TEST(thousands_of_links_and_addresses_come_and_go)
{
	for (int i = 1000; i > 0; i--) {
		char text[64];

		snprintf(text, sizeof(text), "x%d", i);
		link_is(100 + i, text, true, FROM_EVENT);
		for (int j = 0; j < 5; j++) {
			snprintf(text, sizeof(text), "10.%d.%d.%d/24", i / 256 + 1, i % 256, j);
			address_is(100 + i, text, FROM_EVENT);
		}
	}
	for (int i = 1; i <= 1000; i += 2)
		link_is_gone(100 + i);
	expect("");
	ck_assert(has_address(102, "10.1.2.3/24"));
	ck_assert(!has_address(101, "10.1.1.3/24"));
	link_table_begin_dump(&table);
	link_table_end_dump(&table, true);
	expect("-10.0.0.1/24@2, eth0=0");
	ck_assert_int_eq(table.store.count, 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("link_table");

	tcase_add_checked_fixture(tc, begin_with_eth0, end);
	tcase_add_test(tc, link_is_told_when_it_changes_and_only_then);
	tcase_add_test(tc, port_of_a_bridge_is_told_as_deaf);
	tcase_add_test(tc, unused_links_and_their_addresses_are_never_told);
	tcase_add_test(tc, renamed_link_is_one_that_is_gone_and_one_that_is_new);
	tcase_add_test(tc, swapped_names_found_by_a_dump_leave_both_links_known);
	tcase_add_test(tc, echo_is_known_and_not_told);
	tcase_add_test(tc, removal_of_what_came_by_echo_is_told);
	tcase_add_test(tc, address_that_changes_hands_is_told_again);
	tcase_add_test(tc, same_address_with_other_prefix_or_peer_is_another_one);
	tcase_add_test(tc, kernel_that_keeps_no_tags_does_not_make_ours_foreign);
	tcase_add_test(tc, reconsidering_tells_everything_that_is_used_now);
	tcase_add_test(tc, source_is_the_first_real_address);
	tcase_add_test(tc, vip_is_the_source_only_where_nothing_else_is_left);
	tcase_add_test(tc, our_own_vip_is_never_the_source);
	tcase_add_test(tc, real_address_that_is_secondary_to_our_vip_is_still_a_source);
	tcase_add_test(tc, ipv6_source_is_a_link_local_address_that_is_ready);
	tcase_add_test(tc, vip_that_another_host_has_is_told_of_and_counts_as_absent);
	tcase_add_test(tc, duplicate_that_is_no_vip_is_nobodys_business);
	tcase_add_test(tc, link_is_told_again_as_it_was_told_last);
	tcase_add_test(tc, complete_dump_tells_what_appeared_and_what_vanished);
	tcase_add_test(tc, incomplete_dump_takes_nothing_away);
	tcase_add_test(tc, removal_that_overtakes_the_dump_is_final);
	tcase_add_test(tc, removal_of_something_unknown_that_overtakes_the_dump_is_final);
	tcase_add_test(tc, addition_that_overtakes_the_dump_is_not_swept_away);
	tcase_add_test(tc, our_own_change_during_a_dump_is_final_too);
	tcase_add_test(tc, link_deleted_and_created_again_during_a_dump_is_the_new_one);
	tcase_add_test(tc, tombstones_of_one_dump_do_not_hide_the_next);
	tcase_add_test(tc, tagged_addresses_are_listed_on_unused_links_too);
	tcase_add_test(tc, thousands_of_links_and_addresses_come_and_go);
	return run_test_case(tc, "link_table");
}
