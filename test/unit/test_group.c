/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One fate for the members of a group, and for the two families of an instance.
 */
#include "agents_bench.h"

static void open_group(struct agents *a, uint8_t web_priority, uint8_t lan_priority)
{
	agents_init(a, web_priority);
	agents_group(a, lan_priority);
	open_bench(&a->b, 0);
}

static void open_masters(struct agents *a)
{
	open_group(a, 100, 100);
	run(&a->b, 10000);
	ck_assert_int_eq(state_of(a, 0), VROUTER_MASTER);
	ck_assert_int_eq(state_of(a, 1), VROUTER_MASTER);
	actions(&a->b);
}

START_TEST(members_become_master_in_one_step)
{
	struct agents a;

	/* Skew_Time differs: the one of priority 50 is ready last. */
	open_group(&a, 150, 50);
	run(&a.b, 3500);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	actions(&a.b);
	run(&a.b, 3900);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	ck_assert_ptr_eq(strstr(a.b.text, "0.advert:150 1.advert:50 "), a.b.text);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_master_elsewhere_for_one_means_backup_for_all)
{
	struct agents a;

	open_group(&a, 100, 100);
	for (int64_t ms = 500; ms < 20000; ms += 1000) {
		run(&a.b, ms);
		hear_lan(&a, ms, LOWER, 200);
		ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	}
	run(&a.b, 30000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	bench_done(&a.b);
}
END_TEST

START_TEST(if_the_leader_yields_all_yield_and_serve_until_the_successor_is_heard)
{
	struct agents a;

	open_masters(&a);
	hear(&a.b, 10100, HIGHER, 200);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_BACKUP);
	ck_assert_int_eq(snapshot_of(&a, 1).reason, REASON_GROUP);
	ck_assert(snapshot_of(&a, 1).lingering);
	ck_assert_str_eq(actions(&a.b), "0.advert:100 1.advert:0 0.save 1.save ");
	hear_lan(&a, 10110, HIGHER, 200);
	run(&a.b, 10200);
	ck_assert(!snapshot_of(&a, 1).lingering);
	bench_done(&a.b);
}
END_TEST

START_TEST(if_one_faults_all_do_and_recover_together)
{
	struct agents a;
	uint32_t check;

	agents_init(&a, 100);
	agents_group(&a, 100);
	check = agents_check(&a, CHECK_SCRIPT, "haproxy");
	agents_track(&a, &a.b.kit.instances[1].tracks, check, 0);
	open_bench(&a.b, 0);
	result(&a, 10, check, 1);
	run(&a.b, 10000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	actions(&a.b);
	result(&a, 10100, check, 0);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	ck_assert_int_eq(snapshot_of(&a, 0).reason, REASON_GROUP);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_FAULT);
	ck_assert_int_eq(snapshot_of(&a, 1).reason, REASON_TRACK_DOWN);
	result(&a, 10200, check, 1);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_BACKUP);
	run(&a.b, 20000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_member_that_cannot_start_keeps_the_others_in_fault)
{
	struct agents a;

	agents_init(&a, 100);
	agents_group(&a, 100);
	snprintf(a.b.kit.instances[1].interface, IFNAME_MAX_LEN, "eth9");
	open_bench(&a.b, 0);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	ck_assert_int_eq(snapshot_of(&a, 1).reason, REASON_LINK_ABSENT);
	link_named(&a.b, 10, "eth9", 9, true, "198.51.100.1");
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_BACKUP);
	bench_done(&a.b);
}
END_TEST

START_TEST(who_wins_with_the_leader_stays_master_of_all)
{
	struct agents a;

	open_masters(&a);
	/* The other router loses with web and wins with lan; which of the two is heard first must not matter. */
	for (int64_t ms = 10100; ms < 15000; ms += 1000) {
		hear_lan(&a, ms, HIGHER, 200);
		hear(&a.b, ms + 10, HIGHER, 50);
		run(&a.b, ms + 500);
		ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
		ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	}
	bench_done(&a.b);
}
END_TEST

START_TEST(a_member_that_is_beaten_alone_yields_after_an_interval_with_all)
{
	struct agents a;

	open_masters(&a);
	hear_lan(&a, 10100, HIGHER, 200);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	hear_lan(&a, 11200, HIGHER, 200);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_BACKUP);
	bench_done(&a.b);
}
END_TEST

START_TEST(the_two_families_of_an_instance_share_one_fate)
{
	struct agents a;
	struct instance_settings *web;

	agents_init(&a, 100);
	web = &a.b.kit.instances[0];
	kit_add_vip(&a.b.kit, &web->addresses[FAMILY_V6], kit_vip("fe80::200:5eff:fe00:233/64"));
	open_bench(&a.b, 0);
	/* eth0 has no IPv6 address to send from */
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	ck_assert_int_eq(snapshot_of(&a, 0).reason, REASON_GROUP);
	ck_assert_int_eq(snapshot_of(&a, 1).reason, REASON_LINK_NO_ADDRESS);
	bench_done(&a.b);
}
END_TEST

START_TEST(groups_come_and_go_with_a_reload)
{
	struct agents a, b;
	struct engine *old;

	open_masters(&a);
	agents_init(&b, 100);
	kit_add_simple(&b.b.kit, "lan", 52, 100, "192.0.2.200/24");
	bench_make_engine(&b.b, LEFTOVERS);
	old = a.b.e;
	link_up(&b.b, 10100);
	engine_retire(old, b.b.e, at_ms(10100), 0);
	engine_adopt(b.b.e, old, at_ms(10100), 0);
	ck_assert_int_eq(state_of(&b, 0), VROUTER_MASTER);
	ck_assert_int_eq(state_of(&b, 1), VROUTER_MASTER);
	/* each for itself now */
	hear(&b.b, 10200, HIGHER, 200);
	ck_assert_int_eq(state_of(&b, 0), VROUTER_BACKUP);
	ck_assert_int_eq(state_of(&b, 1), VROUTER_MASTER);
	bench_done(&a.b);
	bench_done(&b.b);
}
END_TEST

/* b takes over from a, as at a reload. */
static void reload(struct agents *a, struct agents *b, int64_t ms)
{
	bench_make_engine(&b->b, LEFTOVERS);
	link_up(&b->b, ms);
	engine_retire(a->b.e, b->b.e, at_ms(ms), 0);
	drain(&a->b, ms);
	address_is(&b->b, ms, "192.0.2.100/24", true, true);
	engine_adopt(b->b.e, a->b.e, at_ms(ms), 0);
	drain(&b->b, ms);
}

START_TEST(a_member_that_a_reload_takes_away_does_not_take_the_others_with_it)
{
	struct agents a, b;

	open_masters(&a);
	agents_init(&b, 100);
	agents_group(&b, 100);
	b.b.kit.s.instance_count = 1;
	reload(&a, &b, 10100);
	ck_assert_str_eq(actions(&a.b), "1.advert:0 1.save ");
	ck_assert_int_eq(state_of(&b, 0), VROUTER_MASTER);
	bench_done(&a.b);
	bench_done(&b.b);
}
END_TEST

/* web is MASTER alone, and a reload brings lan into its group. */
static void open_and_bring_in_lan(struct agents *a, struct agents *b)
{
	agents_init(a, 100);
	agents_group(a, 100);
	a->b.kit.s.instance_count = 1;
	open_bench(&a->b, 0);
	run(&a->b, 10000);
	ck_assert_int_eq(state_of(a, 0), VROUTER_MASTER);
	agents_init(b, 100);
	agents_group(b, 100);
	reload(a, b, 10100);
	ck_assert_int_eq(state_of(b, 0), VROUTER_MASTER);
	ck_assert_int_eq(state_of(b, 1), VROUTER_BACKUP);
}

START_TEST(a_member_that_a_reload_brings_in_listens_while_the_others_stay_masters)
{
	struct agents a, b;

	open_and_bring_in_lan(&a, &b);
	run(&b.b, 14000);
	ck_assert_int_eq(state_of(&b, 0), VROUTER_MASTER);
	ck_assert_int_eq(state_of(&b, 1), VROUTER_MASTER);
	bench_done(&a.b);
	bench_done(&b.b);
}
END_TEST

START_TEST(all_yield_to_the_master_that_a_member_finds_when_a_reload_brings_it_in)
{
	struct agents a, b;

	open_and_bring_in_lan(&a, &b);
	hear_lan(&b, 10200, HIGHER, 200);
	ck_assert_int_eq(state_of(&b, 0), VROUTER_BACKUP);
	ck_assert_int_eq(state_of(&b, 1), VROUTER_BACKUP);
	bench_done(&a.b);
	bench_done(&b.b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("group");

	tcase_add_test(tc, members_become_master_in_one_step);
	tcase_add_test(tc, a_master_elsewhere_for_one_means_backup_for_all);
	tcase_add_test(tc, if_the_leader_yields_all_yield_and_serve_until_the_successor_is_heard);
	tcase_add_test(tc, if_one_faults_all_do_and_recover_together);
	tcase_add_test(tc, a_member_that_cannot_start_keeps_the_others_in_fault);
	tcase_add_test(tc, who_wins_with_the_leader_stays_master_of_all);
	tcase_add_test(tc, a_member_that_is_beaten_alone_yields_after_an_interval_with_all);
	tcase_add_test(tc, the_two_families_of_an_instance_share_one_fate);
	tcase_add_test(tc, groups_come_and_go_with_a_reload);
	tcase_add_test(tc, a_member_that_a_reload_takes_away_does_not_take_the_others_with_it);
	tcase_add_test(tc, a_member_that_a_reload_brings_in_listens_while_the_others_stay_masters);
	tcase_add_test(tc, all_yield_to_the_master_that_a_member_finds_when_a_reload_brings_it_in);
	return run_test_case(tc, "group");
}
