/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces are known by name for good and by index while they exist; an index may pass from one
 * name to another, in either order of the two messages.
 */
#include "core/interfaces.h"

#include <stdio.h>

#include "random.h"
#include "unit.h"

enum {
	CAP = 16,
	SLOTS = 4,
};

struct table {
	struct interfaces is;
	struct interface table[CAP];
	uint32_t name_heads[CAP], name_chain[CAP], ifindex_heads[CAP], ifindex_chain[CAP];
	uint32_t announcing[CAP], announcements[SLOTS];
};

static void table_init(struct table *t)
{
	struct interfaces_arrays arrays = {
		.cap = CAP,
		.slots = SLOTS,
		.table = t->table,
		.name_heads = t->name_heads,
		.name_chain = t->name_chain,
		.ifindex_heads = t->ifindex_heads,
		.ifindex_chain = t->ifindex_chain,
		.announcing = t->announcing,
		.announcements = t->announcements,
	};

	interfaces_init(&t->is, &arrays);
}

static void update(struct table *t, const char *name, int32_t ifindex)
{
	struct event_link link = { .ifindex = ifindex, .up = true, .mtu = 1500 };

	snprintf(link.name, sizeof(link.name), "%s", name);
	interfaces_update(&t->is, interfaces_by_name(&t->is, name), &link);
}

START_TEST(an_interface_is_added_once)
{
	struct table t;

	table_init(&t);
	ck_assert_uint_eq(interfaces_by_name(&t.is, "eth0"), INDEX_NONE);
	ck_assert_uint_eq(interfaces_add(&t.is, "eth0"), 0);
	ck_assert_uint_eq(interfaces_add(&t.is, "eth1"), 1);
	ck_assert_uint_eq(interfaces_add(&t.is, "eth0"), 0);
	ck_assert_uint_eq(t.is.count, 2);
	ck_assert_uint_eq(interfaces_by_name(&t.is, "eth1"), 1);
}
END_TEST

START_TEST(a_new_interface_is_absent_and_has_nobody)
{
	struct table t;

	table_init(&t);
	const struct interface *i = &t.table[interfaces_add(&t.is, "eth0")];

	ck_assert_int_eq(i->link.ifindex, 0);
	ck_assert(!i->told && !i->link.up);
	ck_assert_str_eq(i->link.name, "eth0");
	ck_assert_uint_eq(i->first_vrouter, INDEX_NONE);
	ck_assert_uint_eq(i->first_slot, INDEX_NONE);
	for (int family = 0; family < FAMILY_COUNT; family++)
		for (int vrid = 0; vrid < 256; vrid++)
			ck_assert_uint_eq(i->vrouters[family][vrid], INTERFACE_NO_VROUTER);
}
END_TEST

START_TEST(a_name_as_long_as_can_be_is_kept_whole)
{
	struct table t;

	table_init(&t);
	interfaces_add(&t.is, "abcdefghijklmno");
	ck_assert_uint_eq(interfaces_by_name(&t.is, "abcdefghijklmno"), 0);
	ck_assert_uint_eq(interfaces_by_name(&t.is, "abcdefghijklmn"), INDEX_NONE);
}
END_TEST

START_TEST(an_interface_is_found_by_index_while_it_exists)
{
	struct table t;

	table_init(&t);
	interfaces_add(&t.is, "eth0");
	ck_assert_uint_eq(interfaces_by_ifindex(&t.is, 5), INDEX_NONE);
	update(&t, "eth0", 5);
	ck_assert_uint_eq(interfaces_by_ifindex(&t.is, 5), 0);
	ck_assert(t.table[0].told && t.table[0].link.up);
	update(&t, "eth0", 5); /* told again */
	update(&t, "eth0", 9); /* deleted and created again */
	ck_assert_uint_eq(interfaces_by_ifindex(&t.is, 5), INDEX_NONE);
	ck_assert_uint_eq(interfaces_by_ifindex(&t.is, 9), 0);
	update(&t, "eth0", 0);
	ck_assert_uint_eq(interfaces_by_ifindex(&t.is, 9), INDEX_NONE);
	ck_assert_uint_eq(interfaces_by_name(&t.is, "eth0"), 0);
}
END_TEST

START_TEST(a_rename_may_be_told_in_either_order)
{
	struct table t;

	table_init(&t);
	interfaces_add(&t.is, "eth0");
	interfaces_add(&t.is, "lan");
	update(&t, "eth0", 5);
	update(&t, "eth0", 0);
	update(&t, "lan", 5);
	ck_assert_uint_eq(interfaces_by_ifindex(&t.is, 5), 1);
	update(&t, "eth0", 5);
	update(&t, "lan", 0);
	ck_assert_uint_eq(interfaces_by_ifindex(&t.is, 5), 0);
	ck_assert_uint_eq(interfaces_by_name(&t.is, "lan"), 1);
}
END_TEST

START_TEST(a_link_that_has_no_name_any_more_is_found_by_none)
{
	struct table t;

	table_init(&t);
	ck_assert_uint_eq(interfaces_add_virtual(&t.is, 0), 0);
	ck_assert_uint_eq(interfaces_by_name(&t.is, ""), INDEX_NONE);
	interfaces_rename(&t.is, 0, "vrrp4-5-51");
	ck_assert_uint_eq(interfaces_by_name(&t.is, "vrrp4-5-51"), 0);
	interfaces_rename(&t.is, 0, "");
	ck_assert_uint_eq(interfaces_by_name(&t.is, "vrrp4-5-51"), INDEX_NONE);
	ck_assert_uint_eq(interfaces_by_name(&t.is, ""), INDEX_NONE);
}
END_TEST

START_TEST(no_interface_is_ever_found_by_index_0)
{
	struct table t;

	table_init(&t);
	interfaces_add(&t.is, "eth0");
	interfaces_add(&t.is, "eth1");
	update(&t, "eth1", 0);
	ck_assert_uint_eq(interfaces_by_ifindex(&t.is, 0), INDEX_NONE);
	ck_assert(t.table[1].told);
}
END_TEST

START_TEST(a_full_table_finds_everything_in_it)
{
	struct table t;
	char name[16];

	table_init(&t);
	for (int32_t i = 0; i < CAP; i++) {
		snprintf(name, sizeof(name), "veth%d", i);
		interfaces_add(&t.is, name);
		update(&t, name, 100 + i);
	}
	for (uint32_t i = 0; i < CAP; i++) {
		snprintf(name, sizeof(name), "veth%u", i);
		ck_assert_uint_eq(interfaces_by_name(&t.is, name), i);
		ck_assert_uint_eq(interfaces_by_ifindex(&t.is, 100 + (int32_t)i), i);
	}
}
END_TEST

/* Which interface has that index, searched from end to end. */
static uint32_t searched(const struct table *t, int32_t ifindex)
{
	for (uint32_t i = 0; i < CAP; i++) {
		if (t->table[i].link.ifindex == ifindex)
			return i;
	}
	return INDEX_NONE;
}

START_TEST(after_any_comings_and_goings_each_index_leads_to_its_interface)
{
	struct random r = { .state = 1 };
	char name[16];
	struct table t;

	table_init(&t);
	for (uint32_t i = 0; i < CAP; i++) {
		snprintf(name, sizeof(name), "eth%u", i);
		ck_assert_uint_eq(interfaces_add(&t.is, name), i);
	}
	for (int turn = 0; turn < 3000; turn++) {
		uint32_t place = random_below(&r, CAP);
		int32_t ifindex = (int32_t)random_below(&r, 3 * CAP);

		/* it goes, stays as it is, or gets an index that nobody has */
		if (ifindex != 0 && searched(&t, ifindex) != INDEX_NONE)
			ifindex = t.table[place].link.ifindex;
		snprintf(name, sizeof(name), "eth%u", place);
		update(&t, name, ifindex);
		ck_assert_uint_eq(interfaces_by_ifindex(&t.is, 0), INDEX_NONE);
		for (ifindex = 1; ifindex < 3 * CAP; ifindex++)
			ck_assert_uint_eq(interfaces_by_ifindex(&t.is, ifindex),
					  searched(&t, ifindex));
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("interfaces");

	tcase_add_test(tc, an_interface_is_added_once);
	tcase_add_test(tc, a_new_interface_is_absent_and_has_nobody);
	tcase_add_test(tc, a_name_as_long_as_can_be_is_kept_whole);
	tcase_add_test(tc, an_interface_is_found_by_index_while_it_exists);
	tcase_add_test(tc, a_rename_may_be_told_in_either_order);
	tcase_add_test(tc, a_link_that_has_no_name_any_more_is_found_by_none);
	tcase_add_test(tc, no_interface_is_ever_found_by_index_0);
	tcase_add_test(tc, a_full_table_finds_everything_in_it);
	tcase_add_test(tc, after_any_comings_and_goings_each_index_leads_to_its_interface);
	return run_test_case(tc, "interfaces");
}
