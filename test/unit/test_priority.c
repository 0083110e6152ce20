/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tracked things and the priority or the FAULT that follows from them.
 */
#include "core/bfd_session.h"

#include "agents_bench.h"

START_TEST(a_negative_weight_counts_while_down_and_a_positive_one_while_up)
{
	struct agents a;
	uint32_t down, up;

	agents_init(&a, 150);
	down = web_tracks(&a, CHECK_SCRIPT, "haproxy", -60);
	up = web_tracks(&a, CHECK_SCRIPT, "bonus", 20);
	open_bench(&a.b, 0);
	ck_assert_int_eq(priority_of(&a, 0), 150); /* nothing is known yet */
	result(&a, 10, down, 1);
	ck_assert_int_eq(priority_of(&a, 0), 150);
	result(&a, 20, up, 1);
	ck_assert_int_eq(priority_of(&a, 0), 170);
	result(&a, 30, down, 0);
	ck_assert_int_eq(priority_of(&a, 0), 110);
	result(&a, 40, up, 0);
	ck_assert_int_eq(priority_of(&a, 0), 90);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_sum_stays_between_1_and_254)
{
	struct agents a;
	uint32_t one, two;

	agents_init(&a, 100);
	one = web_tracks(&a, CHECK_SCRIPT, "one", 254);
	two = web_tracks(&a, CHECK_SCRIPT, "two", -254);
	open_bench(&a.b, 0);
	result(&a, 10, two, 1);
	result(&a, 20, one, 1);
	ck_assert_int_eq(priority_of(&a, 0), 254);
	result(&a, 30, one, 0);
	result(&a, 40, two, 0);
	ck_assert_int_eq(priority_of(&a, 0), 1);
	bench_done(&a.b);
}
END_TEST

START_TEST(an_owner_keeps_its_priority_but_faults)
{
	struct agents a;
	uint32_t weight, fault;

	agents_init(&a, 255);
	weight = web_tracks(&a, CHECK_SCRIPT, "weight", -100);
	fault = web_tracks(&a, CHECK_SCRIPT, "fault", 0);
	open_bench(&a.b, 0);
	result(&a, 10, weight, 0);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP); /* the other one has not spoken */
	result(&a, 20, fault, 1);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_int_eq(priority_of(&a, 0), 255);
	result(&a, 30, fault, 0);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_number_in_a_file_is_multiplied_by_its_weight)
{
	struct agents a;
	uint32_t file;

	agents_init(&a, 100);
	file = web_tracks(&a, CHECK_FILE, "drain", 2);
	open_bench(&a.b, 0);
	result(&a, 5, file, 0);
	a.b.read = engine_history(a.b.e)->next_seq;
	result(&a, 10, file, -20);
	ck_assert_int_eq(priority_of(&a, 0), 60);
	ck_assert_str_eq(next_event(&a.b), "file drain: 0 -> -20: it said so");
	/* whatever the number does, no file is up or down */
	ck_assert_str_eq(next_event(&a.b),
			 "web: priority 100 -> 60: a tracked file has another number (file drain)");
	result(&a, 20, file, INT64_MAX);
	ck_assert_int_eq(priority_of(&a, 0), 254);
	result(&a, 30, file, INT64_MIN);
	ck_assert_int_eq(priority_of(&a, 0), 1);
	result(&a, 40, file, 0);
	ck_assert_int_eq(priority_of(&a, 0), 100);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_master_whose_priority_changes_says_so_at_once)
{
	struct agents a;
	uint32_t check;

	agents_init(&a, 150);
	check = web_tracks(&a, CHECK_SCRIPT, "haproxy", -60);
	open_bench(&a.b, 0);
	result(&a, 10, check, 1);
	run(&a.b, 20000);
	actions(&a.b);
	a.b.read = engine_history(a.b.e)->next_seq;
	result(&a, 20100, check, 0);
	ck_assert_str_eq(actions(&a.b), "advert:90 save ");
	ck_assert_str_eq(next_event(&a.b), "script haproxy: up -> down: it said so");
	ck_assert_str_eq(next_event(&a.b),
			 "web: priority 150 -> 90: a tracked thing is down (script haproxy)");
	ck_assert_str_eq(next_event(&a.b), "");
	bench_done(&a.b);
}
END_TEST

START_TEST(weight_0_faults_a_master_which_releases_at_once)
{
	struct agents a;
	uint32_t check;

	agents_init(&a, 150);
	check = web_tracks(&a, CHECK_SCRIPT, "haproxy", 0);
	open_bench(&a.b, 0);
	result(&a, 10, check, 1);
	run(&a.b, 20000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	actions(&a.b);
	result(&a, 20100, check, 0);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	ck_assert_str_eq(actions(&a.b), "advert:0 save remove:192.0.2.100 ");
	result(&a, 20200, check, 1);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	ck_assert_int_eq(snapshot_of(&a, 0).reason, REASON_TRACK_UP);
	bench_done(&a.b);
}
END_TEST

START_TEST(what_has_not_spoken_keeps_a_router_from_being_master_but_not_for_ever)
{
	struct agents a;
	uint32_t check;

	agents_init(&a, 150);
	check = web_tracks(&a, CHECK_SCRIPT, "slow", 0);
	/* later than any master down timer */
	a.checks[check].timeout = span_ms(10000);
	open_bench(&a.b, 0);
	run(&a.b, 11000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	run(&a.b, 13000); /* interval + timeout + 1 s: overdue */
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_weight_without_a_result_adds_nothing_and_keeps_nobody_waiting)
{
	static const int weights[] = { -10, 10 };

	for (size_t i = 0; i < 2; i++) {
		struct agents a;
		uint32_t check;

		agents_init(&a, 150);
		check = web_tracks(&a, CHECK_SCRIPT, "slow", weights[i]);
		a.checks[check].timeout = span_ms(10000);
		open_bench(&a.b, 0);
		run(&a.b, 4000);
		ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
		ck_assert_int_eq(priority_of(&a, 0), 150);
		result(&a, 5000, check, weights[i] > 0);
		ck_assert_int_eq(priority_of(&a, 0), 150 + weights[i]);
		bench_done(&a.b);
	}
}
END_TEST

START_TEST(a_file_without_a_number_keeps_nobody_waiting)
{
	struct agents a;

	agents_init(&a, 150);
	web_tracks(&a, CHECK_FILE, "load", 0);
	a.b.kit.instances[0].advert_interval = span_ms(100);
	open_bench(&a.b, 0);
	run(&a.b, 600); /* before it counts as 0 */
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	bench_done(&a.b);
}
END_TEST

START_TEST(the_first_result_lets_a_waiting_router_take_over_at_once)
{
	struct agents a;
	uint32_t check;

	agents_init(&a, 150);
	check = web_tracks(&a, CHECK_SCRIPT, "slow", 0);
	a.checks[check].timeout = span_ms(60000);
	open_bench(&a.b, 0);
	run(&a.b, 20000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	result(&a, 20001, check, 1);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_int_eq(snapshot_of(&a, 0).reason, REASON_MASTER_DOWN);
	bench_done(&a.b);
}
END_TEST

START_TEST(another_interface_that_is_tracked_may_weigh_or_fault)
{
	struct agents a;
	struct track_settings *t;

	agents_init(&a, 150);
	t = agents_track(&a, &a.b.kit.instances[0].tracks, UINT32_MAX, -50);
	ck_assert_uint_eq(t->check, 0);
	snprintf(t->interface, sizeof(t->interface), "eth9");
	open_bench(&a.b, 0);
	ck_assert_int_eq(priority_of(&a, 0), 100); /* absent */
	link_named(&a.b, 10, "eth9", 9, true, NULL);
	ck_assert_int_eq(priority_of(&a, 0), 150);
	link_named(&a.b, 20, "eth9", 9, false, NULL);
	ck_assert_int_eq(priority_of(&a, 0), 100);
	bench_done(&a.b);

	agents_init(&a, 150);
	t = agents_track(&a, &a.b.kit.instances[0].tracks, UINT32_MAX, 0);
	snprintf(t->interface, sizeof(t->interface), "eth9");
	open_bench(&a.b, 0);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	link_named(&a.b, 10, "eth9", 9, true, NULL);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	bench_done(&a.b);
}
END_TEST

START_TEST(one_of_two_that_has_not_spoken_is_waited_for_whatever_the_other_has_said)
{
	struct agents a;
	uint32_t spoken;

	agents_init(&a, 150);
	web_tracks(&a, CHECK_SCRIPT, "silent", 0);
	spoken = web_tracks(&a, CHECK_SCRIPT, "spoken", 0);
	a.checks[0].timeout = span_s(60);
	open_bench(&a.b, 0);
	result(&a, 10, spoken, 1);
	run(&a.b, 10000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	result(&a, 10000, 0, 1);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	bench_done(&a.b);
}
END_TEST

START_TEST(what_is_tracked_is_shown_term_by_term)
{
	struct agents a;
	struct snapshot_track t;
	uint32_t check;

	agents_init(&a, 150);
	check = web_tracks(&a, CHECK_SCRIPT, "haproxy", -60);
	open_bench(&a.b, 0);
	result(&a, 10, check, 0);
	ck_assert_uint_eq(snapshot_of(&a, 0).tracks_total, 2);
	engine_snapshot_track(a.b.e, 0, 0, &t);
	ck_assert_ptr_null(t.check);
	ck_assert_str_eq(t.name, "eth0");
	ck_assert_int_eq(t.state, CHECK_UP);
	ck_assert(!t.faults);
	engine_snapshot_track(a.b.e, 0, 1, &t);
	ck_assert_str_eq(t.name, "haproxy");
	ck_assert_int_eq(t.state, CHECK_DOWN);
	ck_assert_int_eq(t.adds, -60);
	ck_assert_str_eq(t.why, "it said so");
	ck_assert(!t.faults && !t.of_group);
	link_down(&a.b, 20);
	engine_snapshot_track(a.b.e, 0, 0, &t);
	ck_assert_int_eq(t.state, CHECK_DOWN);
	ck_assert(t.faults);
	bench_done(&a.b);
}
END_TEST

START_TEST(the_session_behind_a_check_is_shown_from_when_it_is_known)
{
	static struct bfd_session session;
	struct snapshot_track t;
	struct agents a;
	uint32_t bfd;

	agents_init(&a, 150);
	web_tracks(&a, CHECK_SCRIPT, "haproxy", 0);
	bfd = web_tracks(&a, CHECK_BFD, "uplink", 0);
	open_bench(&a.b, 0);
	engine_snapshot_track(a.b.e, 0, 2, &t);
	ck_assert_ptr_null(t.session);
	engine_show_session(a.b.e, bfd, &session);
	engine_snapshot_track(a.b.e, 0, 2, &t);
	ck_assert_ptr_eq(t.session, &session);
	engine_snapshot_track(a.b.e, 0, 1, &t);
	ck_assert_ptr_null(t.session);
	bench_done(&a.b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("priority");

	tcase_add_test(tc, a_negative_weight_counts_while_down_and_a_positive_one_while_up);
	tcase_add_test(tc, a_sum_stays_between_1_and_254);
	tcase_add_test(tc, an_owner_keeps_its_priority_but_faults);
	tcase_add_test(tc, a_number_in_a_file_is_multiplied_by_its_weight);
	tcase_add_test(tc, a_master_whose_priority_changes_says_so_at_once);
	tcase_add_test(tc, weight_0_faults_a_master_which_releases_at_once);
	tcase_add_test(tc, what_has_not_spoken_keeps_a_router_from_being_master_but_not_for_ever);
	tcase_add_test(tc, a_weight_without_a_result_adds_nothing_and_keeps_nobody_waiting);
	tcase_add_test(tc, a_file_without_a_number_keeps_nobody_waiting);
	tcase_add_test(tc, the_first_result_lets_a_waiting_router_take_over_at_once);
	tcase_add_test(tc, another_interface_that_is_tracked_may_weigh_or_fault);
	tcase_add_test(tc, what_is_tracked_is_shown_term_by_term);
	tcase_add_test(tc,
		       one_of_two_that_has_not_spoken_is_waited_for_whatever_the_other_has_said);
	tcase_add_test(tc, the_session_behind_a_check_is_shown_from_when_it_is_known);
	return run_test_case(tc, "priority");
}
