/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a notice says of an instance or a group, and which state that has where its virtual routers differ, or where there are none.
 */
#include "agents_bench.h"

START_TEST(a_notice_says_who_is_master_and_with_which_priority)
{
	struct agents a;
	char text[IP_TEXT_MAX];
	struct notice n;

	agents_init(&a, 100);
	kit_add_simple(&a.b.kit, "lan", 52, 120, "192.0.2.200/24");
	open_bench(&a.b, 0);
	hear(&a.b, 10, HIGHER, 200);
	n = notice_of(&a, 0);
	ck_assert(!n.is_group);
	ck_assert_int_eq(n.priority, 100);
	ck_assert_int_eq(n.reason, REASON_STARTED);
	ck_assert_str_eq(ip_text(n.master, text), HIGHER);
	ck_assert_uint_eq(n.vrouters[0], 0);
	ck_assert_uint_eq(n.vrouters[1], UINT32_MAX);
	run(&a.b, 10000);
	n = notice_of(&a, 1);
	ck_assert_str_eq(n.name, "lan");
	ck_assert_int_eq(n.priority, 120);
	ck_assert_int_eq(n.state, VROUTER_MASTER);
	ck_assert_int_eq(n.previous, VROUTER_BACKUP);
	ck_assert_int_eq(n.reason, REASON_MASTER_DOWN);
	ck_assert_str_eq(ip_text(n.master, text), OWN);
	ck_assert_uint_eq(n.vrouters[0], 1);
	ck_assert_uint_eq(n.vrouters[1], UINT32_MAX);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_notice_of_a_group_names_no_priority_master_or_router)
{
	struct agents a;
	struct notice n;

	open_group_with_hook(&a);
	run(&a.b, 10000);
	n = notice_of(&a, 2);
	ck_assert(n.is_group);
	ck_assert_int_eq(n.priority, 0);
	ck_assert(!ip_is_set(n.master));
	ck_assert_uint_eq(n.vrouters[0], UINT32_MAX);
	ck_assert_uint_eq(n.vrouters[1], UINT32_MAX);
	ck_assert_int_eq(n.reason, REASON_MASTER_DOWN);
	ck_assert(!notice_of(&a, 1).is_group);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_notice_of_both_families_names_both_and_the_weaker_state)
{
	struct agents a;
	struct notice n;

	init_dual(&a);
	open_bench(&a.b, 0);
	n = notice_of(&a, 0);
	ck_assert_int_eq(n.state, VROUTER_FAULT);
	ck_assert_int_eq(n.reason, REASON_LINK_NO_ADDRESS); /* of the one that the other follows */
	ck_assert_str_eq(n.cause, "");
	ck_assert_uint_eq(n.vrouters[0], 0);
	ck_assert_uint_eq(n.vrouters[1], 1);
	hooks_done(&a, 5, 0, false);
	eth0_with_both_families(&a, 10);
	ck_assert_int_eq(notice_of(&a, 0).state, VROUTER_BACKUP);
	hooks_done(&a, 15, 0, false);
	run(&a.b, 10000);
	ck_assert_int_eq(notice_of(&a, 0).state, VROUTER_MASTER);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_notice_names_what_is_behind_a_fault)
{
	struct agents a;
	uint32_t script;

	agents_init(&a, 100);
	agents_group(&a, 100);
	script = agents_check(&a, CHECK_SCRIPT, "haproxy");
	agents_track(&a, &a.b.kit.instances[1].tracks, script, 0);
	open_bench(&a.b, 0);
	result(&a, 10, script, 0);
	ck_assert_int_eq(notice_of(&a, 1).reason, REASON_TRACK_DOWN);
	ck_assert_str_eq(notice_of(&a, 1).cause, "script haproxy");
	ck_assert_int_eq(notice_of(&a, 0).reason, REASON_GROUP);
	ck_assert_str_eq(notice_of(&a, 0).cause, "lan");
	/* the group as a whole has no use for a member that only follows */
	ck_assert_str_eq(notice_of(&a, 2).cause, "script haproxy");
	result(&a, 20, script, 1);
	ck_assert_str_eq(notice_of(&a, 1).cause, "");
	bench_done(&a.b);
}
END_TEST

START_TEST(a_group_is_what_the_weakest_of_it_is)
{
	struct agents a, b;

	agents_init(&a, 100);
	agents_group(&a, 100);
	a.b.kit.s.instance_count = 1;
	open_bench(&a.b, 0);
	run(&a.b, 10000);
	/* A reload brings lan in, which listens first. */
	agents_init(&b, 100);
	agents_group(&b, 100);
	bench_make_engine(&b.b, LEFTOVERS);
	link_up(&b.b, 10100);
	engine_retire(a.b.e, b.b.e, at_ms(10100), 0);
	engine_adopt(b.b.e, a.b.e, at_ms(10100), 0);
	ck_assert_int_eq(state_of(&b, 0), VROUTER_MASTER);
	ck_assert_int_eq(notice_of(&b, 2).state, VROUTER_BACKUP);
	ck_assert_int_eq(notice_of(&b, 2).reason, REASON_STARTED);
	ck_assert_int_eq(notice_of(&b, 0).state, VROUTER_MASTER);
	run(&b.b, 15000);
	ck_assert_int_eq(notice_of(&b, 2).state, VROUTER_MASTER);
	bench_done(&a.b);
	bench_done(&b.b);
}
END_TEST

START_TEST(a_group_of_nobody_is_never_anything)
{
	struct agents a;
	struct notice n;

	agents_init(&a, 100);
	agents_group(&a, 100);
	a.b.kit.instances[0].group = a.b.kit.instances[1].group = 0;
	a.groups[0].notify.command[HOOK_ANY] = 1;
	open_bench(&a.b, 0);
	run(&a.b, 10000);
	ck_assert(!called(&a, "hooks"));
	n = notice_of(&a, 2);
	ck_assert(n.is_group);
	ck_assert_int_eq(n.state, VROUTER_INIT);
	ck_assert_int_eq(n.reason, REASON_NONE);
	bench_done(&a.b);
}
END_TEST

START_TEST(an_instance_without_addresses_is_never_anything)
{
	struct agents a;
	struct notice n;

	agents_init(&a, 100);
	kit_add(&a.b.kit, kit_instance("none", 53, 99))->notify.command[HOOK_ANY] = 1;
	kit_add_simple(&a.b.kit, "lan", 52, 120, "192.0.2.200/24");
	open_bench(&a.b, 0);
	run(&a.b, 10000);
	ck_assert(!called(&a, "hooks"));
	n = notice_of(&a, 1);
	ck_assert_str_eq(n.name, "none");
	ck_assert_int_eq(n.state, VROUTER_INIT);
	ck_assert_int_eq(n.priority, 0);
	ck_assert(!ip_is_set(n.master));
	ck_assert_uint_eq(n.vrouters[0], UINT32_MAX);
	ck_assert_int_eq(notice_of(&a, 2).priority, 120);
	bench_done(&a.b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("notice");

	tcase_add_test(tc, a_notice_says_who_is_master_and_with_which_priority);
	tcase_add_test(tc, a_notice_of_a_group_names_no_priority_master_or_router);
	tcase_add_test(tc, a_notice_of_both_families_names_both_and_the_weaker_state);
	tcase_add_test(tc, a_notice_names_what_is_behind_a_fault);
	tcase_add_test(tc, a_group_is_what_the_weakest_of_it_is);
	tcase_add_test(tc, a_group_of_nobody_is_never_anything);
	tcase_add_test(tc, an_instance_without_addresses_is_never_anything);
	return run_test_case(tc, "notice");
}
