/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The edges of an operator's word: whom it holds for, when it ends, what is told of it, and what it does to who has not heard all yet.
 */
#include "agents_bench.h"

static void forget_events(struct agents *a)
{
	a->b.read = engine_history(a->b.e)->next_seq;
}

static void force_for(struct agents *a, int64_t ms, enum force_to to, int64_t until_ms)
{
	step(&a->b,
	     (struct event){ .kind = EVENT_FORCE,
			     .force = { .to = to,
					.until = at_ms(until_ms),
					.until_wall_us = until_ms * 1000,
					.by = "root" } },
	     ms);
}

static void force_despite_faults(struct agents *a, int64_t ms, enum force_to to)
{
	step(&a->b,
	     (struct event){
		     .kind = EVENT_FORCE,
		     .force = { .to = to, .until = INSTANT_NEVER, .despite_faults = true } },
	     ms);
}

/* web tracks a script that takes its time. */
static uint32_t init_with_slow(struct agents *a, int weight)
{
	uint32_t check;

	agents_init(a, 100);
	check = agents_check(a, CHECK_SCRIPT, "slow");
	agents_track(a, &a->b.kit.instances[0].tracks, check, weight);
	a->checks[check].timeout = span_ms(3600000);
	return check;
}

static uint32_t open_with_slow(struct agents *a, int weight)
{
	uint32_t check = init_with_slow(a, weight);

	open_bench(&a->b, 0);
	return check;
}

START_TEST(each_word_is_told_with_who_said_it_and_why)
{
	struct agents a;
	const struct history_event *e;

	agents_init(&a, 100);
	open_bench(&a.b, 0);
	forget_events(&a);
	force(&a, 10, 0, FORCE_NONE); /* nothing to release */
	ck_assert_str_eq(next_event(&a.b), "");
	force_for(&a, 20, FORCE_OFF, 100000);
	e = history_read(engine_history(a.b.e), &a.b.read, NULL);
	ck_assert_int_eq(e->kind, HISTORY_FORCE);
	ck_assert_int_eq(e->at.us, 20000);
	ck_assert_int_eq(e->wall_us, 20000);
	ck_assert_str_eq(e->instance, "web");
	ck_assert_str_eq(e->text, "by root");
	ck_assert_int_eq(e->to, FORCE_OFF);
	force(&a, 30, 0, FORCE_BACKUP);
	forget_events(&a);
	force(&a, 40, 0, FORCE_NONE);
	ck_assert_str_eq(next_event(&a.b), "web: no longer forced: by root: a test");
	ck_assert_str_eq(next_event(&a.b), "web: priority 1 -> 100: no longer forced");
	force_despite_faults(&a, 50, FORCE_BACKUP); /* by nobody */
	ck_assert_str_eq(next_event(&a.b), "web: forced to be backup: by ");
	forget_events(&a);
	step(&a.b,
	     (struct event){ .kind = EVENT_FORCE,
			     .force = { .to = FORCE_OFF,
					.until = INSTANT_NEVER,
					.reason = "x",
					.by = "y" } },
	     60);
	ck_assert_str_eq(next_event(&a.b), "web: forced off: by y: x");
	ck_assert_str_eq(next_event(&a.b), "web: BACKUP -> FAULT: forced off (priority 1)");
	ck_assert_str_eq(next_event(&a.b), "web: priority 1 -> 100: forced off");
	bench_done(&a.b);
}
END_TEST

START_TEST(all_of_a_force_is_shown_and_nothing_of_one_that_has_ended)
{
	struct agents a;
	struct force f;

	agents_init(&a, 100);
	open_bench(&a.b, 0);
	force_for(&a, 10, FORCE_OFF, 100000);
	f = snapshot_of(&a, 0).force;
	ck_assert_int_eq(f.to, FORCE_OFF);
	ck_assert(!f.despite_faults);
	ck_assert_int_eq(f.until.us, 100000000);
	ck_assert_int_eq(f.until_wall_us, 100000000);
	ck_assert_str_eq(f.reason, "");
	force_despite_faults(&a, 20, FORCE_MASTER);
	ck_assert(snapshot_of(&a, 0).force.despite_faults);
	ck_assert(instant_is_never(snapshot_of(&a, 0).force.until));
	force_for(&a, 30, FORCE_NONE, 100000);
	f = snapshot_of(&a, 0).force;
	ck_assert_int_eq(f.to, FORCE_NONE);
	ck_assert(instant_is_never(f.until));
	ck_assert_int_eq(f.until_wall_us, 0);
	bench_done(&a.b);
}
END_TEST

START_TEST(the_clock_ends_only_the_last_word)
{
	struct agents a;

	agents_init(&a, 100);
	open_bench(&a.b, 0);
	force_for(&a, 10, FORCE_OFF, 50000);
	force_for(&a, 20, FORCE_OFF, 80000);
	run(&a.b, 79999);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	forget_events(&a);
	run(&a.b, 80000);
	ck_assert_str_eq(next_event(&a.b), "web: no longer forced: by the clock: its time is up");
	ck_assert_str_eq(next_event(&a.b), "web: FAULT -> BACKUP: no longer forced (priority 100)");
	force_for(&a, 80010, FORCE_OFF, 90000);
	force(&a, 80020, 0, FORCE_NONE);
	run(&a.b, 89999);
	forget_events(&a);
	run(&a.b, 91000);
	ck_assert_str_eq(next_event(&a.b), "");
	bench_done(&a.b);
}
END_TEST

START_TEST(several_end_at_once)
{
	struct agents a;

	agents_init(&a, 100);
	kit_add_simple(&a.b.kit, "lan", 52, 100, "192.0.2.200/24");
	open_bench(&a.b, 0);
	for (uint32_t i = 0; i < 2; i++)
		step(&a.b,
		     (struct event){
			     .kind = EVENT_FORCE,
			     .force = { .instance = i, .to = FORCE_OFF, .until = at_ms(5000) } },
		     10);
	tick(&a.b, 5000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_BACKUP);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_word_is_saved_even_where_it_changes_nothing_else)
{
	struct agents a;

	agents_init(&a, 100);
	open_bench(&a.b, 0);
	force(&a, 10, 0, FORCE_OFF);
	actions(&a.b);
	force_for(&a, 20, FORCE_OFF, 60000);
	ck_assert_str_eq(actions(&a.b), "save ");
	bench_done(&a.b);
}
END_TEST

START_TEST(who_gives_up_by_force_tells_its_peers_no_priority_first)
{
	struct agents a;

	agents_init(&a, 150);
	open_bench(&a.b, 0);
	run(&a.b, 10000);
	actions(&a.b);
	forget_events(&a);
	force(&a, 10100, 0, FORCE_BACKUP);
	ck_assert_str_eq(actions(&a.b), "advert:0 save ");
	ck_assert_str_eq(next_event(&a.b), "web: forced to be backup: by root: a test");
	ck_assert_str_eq(next_event(&a.b),
			 "web: MASTER -> BACKUP: forced to be backup (priority 150)");
	ck_assert_str_eq(next_event(&a.b), "web: priority 150 -> 1: forced to be backup");
	ck_assert_str_eq(next_event(&a.b), "");
	/* Said again, it is no new giving up. */
	force(&a, 10200, 0, FORCE_BACKUP);
	ck_assert_str_eq(actions(&a.b), "save ");
	bench_done(&a.b);
}
END_TEST

START_TEST(without_a_group_the_word_is_for_one_instance)
{
	struct agents a;

	agents_init(&a, 100);
	kit_add_simple(&a.b.kit, "lan", 52, 100, "192.0.2.200/24");
	open_bench(&a.b, 0);
	force(&a, 5, 0, FORCE_MASTER);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_BACKUP);
	force(&a, 10, 1, FORCE_OFF);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_FAULT);
	force(&a, 20, 0, FORCE_MASTER);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_FAULT);
	bench_done(&a.b);
}
END_TEST

START_TEST(both_families_of_an_instance_are_forced_and_told_once)
{
	struct agents a;
	struct event v6 = { .kind = EVENT_LINK };
	uint32_t told = 0;

	agents_init(&a, 100);
	kit_add_vip(&a.b.kit, &a.b.kit.instances[0].addresses[FAMILY_V6],
		    kit_vip("fe80::200:5eff:fe00:233/64"));
	agents_group(&a, 100);
	open_bench(&a.b, 0);
	snprintf(v6.link.name, sizeof(v6.link.name), "eth0");
	v6.link.ifindex = ETH0;
	v6.link.up = true;
	v6.link.source[FAMILY_V4] = ip(OWN);
	v6.link.source[FAMILY_V6] = ip("fe80::5");
	step(&a.b, v6, 10);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_BACKUP);
	forget_events(&a);
	force(&a, 20, 1, FORCE_MASTER);
	for (uint32_t i = 0; i < 3; i++) {
		ck_assert_int_eq(state_of(&a, i), VROUTER_MASTER);
		ck_assert_int_eq(priority_of(&a, i), 255);
	}
	for (const char *text = next_event(&a.b); text[0] != '\0'; text = next_event(&a.b))
		told += strstr(text, "forced to be master: by root") != NULL;
	ck_assert_uint_eq(told, 2); /* web and lan */
	bench_done(&a.b);
}
END_TEST

START_TEST(the_second_family_is_forced_with_the_first)
{
	struct agents a;
	struct event v6 = { .kind = EVENT_LINK };

	agents_init(&a, 100);
	kit_add_vip(&a.b.kit, &a.b.kit.instances[0].addresses[FAMILY_V6],
		    kit_vip("fe80::200:5eff:fe00:233/64"));
	bench_make_engine(&a.b, LEFTOVERS);
	snprintf(v6.link.name, sizeof(v6.link.name), "eth0");
	v6.link.ifindex = ETH0;
	v6.link.up = true;
	v6.link.source[FAMILY_V4] = ip(OWN);
	v6.link.source[FAMILY_V6] = ip("fe80::5");
	step(&a.b, v6, 0);
	step(&a.b, (struct event){ .kind = EVENT_START }, 0);
	force(&a, 10, 0, FORCE_MASTER);
	for (uint32_t i = 0; i < 2; i++) {
		ck_assert_int_eq(priority_of(&a, i), 255);
		ck_assert_int_eq(state_of(&a, i), VROUTER_MASTER);
		ck_assert_int_eq(snapshot_of(&a, i).reason, REASON_FORCED_MASTER);
	}
	bench_done(&a.b);
}
END_TEST

START_TEST(nobody_of_a_group_is_master_even_for_a_moment_where_one_faults)
{
	struct agents a;
	uint32_t check;

	agents_init(&a, 100);
	agents_group(&a, 100);
	check = agents_check(&a, CHECK_SCRIPT, "haproxy");
	agents_track(&a, &a.b.kit.instances[1].tracks, check, 0);
	open_bench(&a.b, 0);
	force(&a, 10, 0, FORCE_OFF);
	result(&a, 20, check, 0);
	actions(&a.b);
	force(&a, 30, 0, FORCE_MASTER);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	ck_assert_str_eq(actions(&a.b), "0.save 1.save ");
	bench_done(&a.b);
}
END_TEST

START_TEST(one_that_faults_keeps_all_of_its_group_from_being_forced_to_be_master)
{
	struct agents a;
	uint32_t check;

	agents_init(&a, 100);
	agents_group(&a, 100);
	check = agents_check(&a, CHECK_SCRIPT, "haproxy");
	agents_track(&a, &a.b.kit.instances[1].tracks, check, 0);
	open_bench(&a.b, 0);
	result(&a, 10, check, 1);
	force_despite_faults(&a, 20, FORCE_MASTER);
	result(&a, 30, check, 0);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	actions(&a.b);
	force(&a, 40, 0, FORCE_NONE);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_FAULT);
	actions(&a.b);
	force(&a, 50, 0, FORCE_MASTER);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_FAULT);
	ck_assert_str_eq(actions(&a.b), "0.save 1.save ");
	bench_done(&a.b);
}
END_TEST

START_TEST(faults_are_forgiven_only_to_who_is_to_be_master)
{
	struct agents a;
	uint32_t check;

	agents_init(&a, 100);
	check = web_tracks(&a, CHECK_SCRIPT, "haproxy", 0);
	open_bench(&a.b, 0);
	result(&a, 10, check, 0);
	force_despite_faults(&a, 20, FORCE_BACKUP);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	force_despite_faults(&a, 30, FORCE_MASTER);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	bench_done(&a.b);
}
END_TEST

START_TEST(who_is_to_be_master_waits_for_no_word_after_a_fault_either)
{
	for (int weight = -10; weight <= 0; weight += 10) {
		struct agents a;

		open_with_slow(&a, weight);
		link_down(&a.b, 10);
		force(&a, 20, 0, FORCE_MASTER);
		ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
		link_up(&a.b, 30);
		ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
		bench_done(&a.b);
	}
}
END_TEST

START_TEST(after_an_operators_word_the_priority_of_a_predecessor_counts_no_more)
{
	struct agents dead, a;
	struct record r;

	result(&dead, 10, open_with_slow(&dead, -10), 0);
	run(&dead.b, 10000);
	engine_record(dead.b.e, 0, &r);
	bench_done(&dead.b);
	init_with_slow(&a, -10);
	bench_make_engine(&a.b, LEFTOVERS);
	ck_assert(engine_restore(a.b.e, &r, at_ms(10100)));
	link_up(&a.b, 10100);
	step(&a.b, (struct event){ .kind = EVENT_START }, 10100);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_int_eq(priority_of(&a, 0), 90);
	force(&a, 10200, 0, FORCE_BACKUP);
	force(&a, 10300, 0, FORCE_NONE);
	ck_assert_int_eq(priority_of(&a, 0), 100);
	bench_done(&a.b);
}
END_TEST

START_TEST(who_is_to_be_backup_waits_for_the_word_of_what_it_tracks)
{
	struct agents a;
	uint32_t check = open_with_slow(&a, 0);

	force(&a, 10, 0, FORCE_BACKUP);
	run(&a.b, 30000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	result(&a, 30010, check, 1);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_int_eq(snapshot_of(&a, 0).reason, REASON_LAST_ROUTER);
	bench_done(&a.b);
}
END_TEST

START_TEST(who_is_not_forced_any_more_takes_over_as_before)
{
	struct agents a;

	agents_init(&a, 100);
	open_bench(&a.b, 0);
	force(&a, 10, 0, FORCE_BACKUP);
	force(&a, 20, 0, FORCE_NONE);
	run(&a.b, 10000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_int_eq(snapshot_of(&a, 0).reason, REASON_MASTER_DOWN);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_word_before_the_start_holds_from_the_start)
{
	struct agents a;

	agents_init(&a, 100);
	bench_make_engine(&a.b, LEFTOVERS);
	link_up(&a.b, 0);
	force(&a, 0, 0, FORCE_MASTER);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_INIT);
	step(&a.b, (struct event){ .kind = EVENT_START }, 10);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	bench_done(&a.b);
}
END_TEST

START_TEST(only_an_owner_that_is_master_of_the_same_fate_is_a_reason_to_refuse)
{
	struct agents a;
	struct advert *alone;

	/* Apart: what lan hears does not matter to web. */
	agents_init(&a, 100);
	kit_add_simple(&a.b.kit, "lan", 52, 100, "192.0.2.200/24");
	open_bench(&a.b, 0);
	hear_lan(&a, 10, HIGHER, 255);
	ck_assert_ptr_null(engine_force_refusal(a.b.e, 0, FORCE_MASTER, false));
	ck_assert_ptr_nonnull(engine_force_refusal(a.b.e, 1, FORCE_MASTER, true));
	ck_assert_ptr_null(engine_force_refusal(a.b.e, 1, FORCE_OFF, false));
	bench_done(&a.b);

	agents_init(&a, 100);
	agents_group(&a, 100);
	kit_add_simple(&a.b.kit, "alone", 53, 100, "192.0.2.210/24");
	open_bench(&a.b, 0);
	alone = peer_advert(255);
	alone->vrid = 53;
	alone->addresses[0] = ip("192.0.2.210");
	hear_advert(&a.b, 5, HIGHER, alone);
	ck_assert_ptr_nonnull(engine_force_refusal(a.b.e, 2, FORCE_MASTER, false));
	hear_lan(&a, 10, HIGHER, 254);
	ck_assert_ptr_null(engine_force_refusal(a.b.e, 0, FORCE_MASTER, false));
	hear_lan(&a, 20, HIGHER, 255);
	ck_assert_ptr_nonnull(engine_force_refusal(a.b.e, 0, FORCE_MASTER, false));
	/* An owner that has given up, or whom we have beaten, is none any more. */
	hear_lan(&a, 30, HIGHER, VRRP_PRIORITY_RELEASE);
	ck_assert_ptr_null(engine_force_refusal(a.b.e, 0, FORCE_MASTER, false));
	hear_lan(&a, 40, HIGHER, 255);
	run(&a.b, 20000);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	ck_assert_ptr_null(engine_force_refusal(a.b.e, 0, FORCE_MASTER, false));
	bench_done(&a.b);
}
END_TEST

START_TEST(who_is_back_and_forced_off_before_its_link_is_there_is_a_backup_when_that_ends)
{
	struct record record = left_by_a_predecessor(150);
	struct agents a;

	agents_init(&a, 150);
	bench_make_engine(&a.b, LEFTOVERS);
	ck_assert(engine_restore(a.b.e, &record, at_ms(10100)));
	step(&a.b, (struct event){ .kind = EVENT_START }, 10100);
	force(&a, 10150, 0, FORCE_OFF);
	link_up(&a.b, 10200);
	force(&a, 10250, 0, FORCE_NONE);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	bench_done(&a.b);
}
END_TEST

START_TEST(who_is_forced_off_serves_on_through_a_link_that_is_up_and_through_no_other)
{
	struct agents a;

	agents_init(&a, 100);
	open_bench(&a.b, 0);
	run(&a.b, 10000);
	force(&a, 10000, 0, FORCE_OFF);
	actions(&a.b);
	link_up(&a.b, 10100);
	ck_assert(!called(&a, "remove:"));
	link_down(&a.b, 10200);
	ck_assert(called(&a, "remove:192.0.2.100 "));
	bench_done(&a.b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("force edges");

	tcase_add_test(tc, each_word_is_told_with_who_said_it_and_why);
	tcase_add_test(tc, all_of_a_force_is_shown_and_nothing_of_one_that_has_ended);
	tcase_add_test(tc, the_clock_ends_only_the_last_word);
	tcase_add_test(tc, several_end_at_once);
	tcase_add_test(tc, a_word_is_saved_even_where_it_changes_nothing_else);
	tcase_add_test(tc, who_gives_up_by_force_tells_its_peers_no_priority_first);
	tcase_add_test(tc, without_a_group_the_word_is_for_one_instance);
	tcase_add_test(tc, both_families_of_an_instance_are_forced_and_told_once);
	tcase_add_test(tc, the_second_family_is_forced_with_the_first);
	tcase_add_test(tc, nobody_of_a_group_is_master_even_for_a_moment_where_one_faults);
	tcase_add_test(tc, one_that_faults_keeps_all_of_its_group_from_being_forced_to_be_master);
	tcase_add_test(tc, faults_are_forgiven_only_to_who_is_to_be_master);
	tcase_add_test(tc, who_is_to_be_master_waits_for_no_word_after_a_fault_either);
	tcase_add_test(tc, after_an_operators_word_the_priority_of_a_predecessor_counts_no_more);
	tcase_add_test(tc, who_is_to_be_backup_waits_for_the_word_of_what_it_tracks);
	tcase_add_test(tc, who_is_not_forced_any_more_takes_over_as_before);
	tcase_add_test(tc, a_word_before_the_start_holds_from_the_start);
	tcase_add_test(tc, only_an_owner_that_is_master_of_the_same_fate_is_a_reason_to_refuse);
	tcase_add_test(
		tc, who_is_back_and_forced_off_before_its_link_is_there_is_a_backup_when_that_ends);
	tcase_add_test(tc,
		       who_is_forced_off_serves_on_through_a_link_that_is_up_and_through_no_other);
	return run_test_case(tc, "force edges");
}
