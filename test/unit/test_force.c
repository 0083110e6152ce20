/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An operator's word against priorities, preemption, groups and the clock.
 */
#include "agents_bench.h"
#include "core/vrouter.h"

START_TEST(a_backup_forced_to_be_master_takes_over_at_once_with_priority_255)
{
	struct agents a;

	agents_init(&a, 100);
	open_bench(&a.b, 0);
	hear(&a.b, 100, HIGHER, 200);
	actions(&a.b);
	a.b.read = engine_history(a.b.e)->next_seq;
	force(&a, 200, 0, FORCE_MASTER);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_ptr_eq(strstr(a.b.text, "advert:255 "), a.b.text);
	ck_assert_str_eq(next_event(&a.b), "web: forced to be master: by root: a test");
	ck_assert_str_eq(next_event(&a.b), "web: priority 100 -> 255: forced to be master");
	ck_assert_str_eq(next_event(&a.b),
			 "web: BACKUP -> MASTER: forced to be master (priority 255)");
	/* no priority beats it */
	hear(&a.b, 300, HIGHER, 254);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_living_owner_is_a_reason_to_refuse)
{
	struct agents a;

	agents_init(&a, 100);
	open_bench(&a.b, 0);
	ck_assert_ptr_null(engine_force_refusal(a.b.e, 0, FORCE_MASTER, false));
	hear(&a.b, 100, LOWER, 255);
	ck_assert_ptr_nonnull(engine_force_refusal(a.b.e, 0, FORCE_MASTER, false));
	ck_assert_ptr_null(engine_force_refusal(a.b.e, 0, FORCE_BACKUP, false));
	bench_done(&a.b);
}
END_TEST

START_TEST(a_master_forced_to_be_backup_serves_until_its_successor_is_heard)
{
	struct agents a;

	agents_init(&a, 150);
	open_bench(&a.b, 0);
	run(&a.b, 10000);
	actions(&a.b);
	force(&a, 10100, 0, FORCE_BACKUP);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	ck_assert(snapshot_of(&a, 0).lingering);
	ck_assert_int_eq(priority_of(&a, 0), 1);
	ck_assert_ptr_eq(strstr(a.b.text, "advert:0 save "), a.b.text);
	actions(&a.b);
	hear(&a.b, 10150, LOWER, 100);
	run(&a.b, 10400);
	ck_assert_str_eq(actions(&a.b), "save remove:192.0.2.100 ");
	/* a lower one than our own priority is left alone */
	for (int64_t ms = 11000; ms < 30000; ms += 1000) {
		run(&a.b, ms);
		hear(&a.b, ms, LOWER, 100);
		ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	}
	bench_done(&a.b);
}
END_TEST

START_TEST(a_master_forced_to_be_backup_that_is_alone_never_lets_go_of_the_addresses)
{
	struct agents a;

	agents_init(&a, 150);
	open_bench(&a.b, 0);
	run(&a.b, 10000);
	actions(&a.b);
	force(&a, 10100, 0, FORCE_BACKUP);
	run(&a.b, 30000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_int_eq(snapshot_of(&a, 0).reason, REASON_LAST_ROUTER);
	ck_assert_int_eq(priority_of(&a, 0), 1);
	ck_assert_ptr_null(strstr(a.b.text, "remove"));
	bench_done(&a.b);
}
END_TEST

START_TEST(forced_off_it_takes_no_part_and_gives_up_in_order)
{
	struct agents a;

	agents_init(&a, 150);
	open_bench(&a.b, 0);
	run(&a.b, 10000);
	actions(&a.b);
	force(&a, 10100, 0, FORCE_OFF);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	ck_assert_int_eq(snapshot_of(&a, 0).reason, REASON_FORCED_OFF);
	ck_assert_str_eq(actions(&a.b), "advert:0 save ");
	run(&a.b, 10100 + 3001);
	ck_assert_str_eq(actions(&a.b), "remove:192.0.2.100 ");
	run(&a.b, 100000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	force(&a, 100100, 0, FORCE_NONE);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	ck_assert_int_eq(snapshot_of(&a, 0).reason, REASON_FORCE_RELEASED);
	/* from one force to another nothing is released */
	force(&a, 100200, 0, FORCE_OFF);
	force(&a, 100300, 0, FORCE_BACKUP);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	ck_assert_int_eq(snapshot_of(&a, 0).reason, REASON_FORCED_BACKUP);
	bench_done(&a.b);
}
END_TEST

START_TEST(tracked_faults_win_unless_they_are_to_be_ignored)
{
	struct agents a;
	struct event ev = { .kind = EVENT_FORCE,
			    .force = { .to = FORCE_MASTER,
				       .until = INSTANT_NEVER,
				       .despite_faults = true,
				       .by = "root" } };
	uint32_t check;

	agents_init(&a, 150);
	check = web_tracks(&a, CHECK_SCRIPT, "haproxy", 0);
	open_bench(&a.b, 0);
	result(&a, 10, check, 0);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	force(&a, 100, 0, FORCE_MASTER);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	a.b.read = engine_history(a.b.e)->next_seq;
	step(&a.b, ev, 200);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	/* nothing is up again */
	ck_assert_str_eq(next_event(&a.b), "web: forced to be master: by root");
	ck_assert_str_eq(next_event(&a.b),
			 "web: FAULT -> MASTER: forced to be master (priority 255)");
	force(&a, 300, 0, FORCE_NONE);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_force_ends_when_its_time_is_up)
{
	struct agents a;
	struct event ev = { .kind = EVENT_FORCE,
			    .force = { .to = FORCE_OFF, .until = at_ms(60000), .by = "root" } };

	agents_init(&a, 150);
	open_bench(&a.b, 0);
	step(&a.b, ev, 100);
	run(&a.b, 59999);
	ck_assert_int_eq(snapshot_of(&a, 0).force.to, FORCE_OFF);
	run(&a.b, 60000);
	ck_assert_int_eq(snapshot_of(&a, 0).force.to, FORCE_NONE);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_force_holds_for_the_whole_group)
{
	struct agents a;

	agents_init(&a, 100);
	agents_group(&a, 100);
	open_bench(&a.b, 0);
	hear(&a.b, 100, HIGHER, 200);
	hear_lan(&a, 100, HIGHER, 200);
	actions(&a.b);
	force(&a, 200, 1, FORCE_MASTER);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	ck_assert_int_eq(snapshot_of(&a, 0).force.to, FORCE_MASTER);
	ck_assert_ptr_eq(strstr(a.b.text, "0.advert:255 1.advert:255 "), a.b.text);
	force(&a, 20000, 0, FORCE_BACKUP);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_BACKUP);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_force_outlives_a_reload_and_the_process)
{
	struct agents a, b;
	struct record record;

	agents_init(&a, 100);
	open_bench(&a.b, 0);
	force(&a, 100, 0, FORCE_OFF);
	engine_record(a.b.e, 0, &record);
	ck_assert_int_eq(record.force.to, FORCE_OFF);

	agents_init(&b, 100);
	bench_make_engine(&b.b, LEFTOVERS);
	link_up(&b.b, 200);
	engine_adopt(b.b.e, a.b.e, at_ms(200), 0);
	ck_assert_int_eq(state_of(&b, 0), VROUTER_FAULT);
	ck_assert_str_eq(snapshot_of(&b, 0).force.reason, "a test");
	ck_assert_str_eq(snapshot_of(&b, 0).force.by, "root");
	bench_done(&b.b);

	agents_init(&b, 100);
	bench_make_engine(&b.b, LEFTOVERS);
	ck_assert(engine_restore(b.b.e, &record, at_ms(300)));
	link_up(&b.b, 300);
	step(&b.b, (struct event){ .kind = EVENT_START }, 300);
	ck_assert_int_eq(state_of(&b, 0), VROUTER_FAULT);
	ck_assert_int_eq(snapshot_of(&b, 0).reason, REASON_FORCED_OFF);
	bench_done(&b.b);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_release_tells_a_short_interval_so_that_it_is_followed_soon)
{
	struct agents a;
	struct advert *advert = peer_advert(VRRP_PRIORITY_RELEASE);

	agents_init(&a, 100);
	a.b.kit.instances[0].advert_interval = span_ms(40000);
	open_bench(&a.b, 0);
	advert = peer_advert(200);
	advert->interval = span_ms(40000);
	hear_advert(&a.b, 100, HIGHER, advert);
	advert = peer_advert(VRRP_PRIORITY_RELEASE);
	advert->interval = span_ms(RELEASE_INTERVAL_MS);
	hear_advert(&a.b, 200, HIGHER, advert);
	run(&a.b, 200 + RELEASE_INTERVAL_MS);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	bench_done(&a.b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("force");

	tcase_add_test(tc, a_backup_forced_to_be_master_takes_over_at_once_with_priority_255);
	tcase_add_test(tc, a_living_owner_is_a_reason_to_refuse);
	tcase_add_test(tc, a_master_forced_to_be_backup_serves_until_its_successor_is_heard);
	tcase_add_test(tc,
		       a_master_forced_to_be_backup_that_is_alone_never_lets_go_of_the_addresses);
	tcase_add_test(tc, forced_off_it_takes_no_part_and_gives_up_in_order);
	tcase_add_test(tc, tracked_faults_win_unless_they_are_to_be_ignored);
	tcase_add_test(tc, a_force_ends_when_its_time_is_up);
	tcase_add_test(tc, a_force_holds_for_the_whole_group);
	tcase_add_test(tc, a_force_outlives_a_reload_and_the_process);
	tcase_add_test(tc, a_release_tells_a_short_interval_so_that_it_is_followed_soon);
	return run_test_case(tc, "force");
}
