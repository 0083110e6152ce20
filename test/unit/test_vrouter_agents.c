/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtual router under what stands around it: gates that keep it from being master, faults that are imposed, orders to take and to
 * yield, and priorities that change.
 */
#include "vrouter_bench.h"

static void order(struct bench *b, int64_t ms, enum vrouter_input what, enum reason why)
{
	struct vrouter_step s = step_at(b, what, ms);

	s.why = why;
	vrouter_step(&b->vr, &s);
}

static void impose(struct bench *b, int64_t ms, enum reason reason)
{
	b->vr.imposed = reason;
	input(b, VROUTER_LINK_CHANGED, ms);
}

static void set_priority(struct bench *b, int64_t ms, uint8_t priority)
{
	struct vrouter_step s = step_at(b, VROUTER_LINK_CHANGED, ms);

	vrouter_set_priority(&b->vr, priority, &s, REASON_TRACK_DOWN, "script x");
}

static void make_gated(struct bench *b)
{
	bench_init(b, 100);
	b->vr.gated = true;
	start(b, 0);
}

START_TEST(a_release_tells_at_most_80_ms_in_version_3_and_the_interval_in_version_2)
{
	static const struct {
		int version;
		int64_t interval_ms, told_ms;
	} cases[] = { { 3, 1000, 80 }, { 3, 80, 80 }, { 3, 50, 50 }, { 2, 1000, 1000 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bench b;

		bench_init(&b, 100);
		b.set.version = (uint8_t)cases[i].version;
		b.set.advert_interval = span_ms(cases[i].interval_ms);
		ck_assert_int_eq(vrouter_release_interval(&b.vr).us, cases[i].told_ms * 1000);
	}
}
END_TEST

START_TEST(behind_a_gate_it_says_that_it_would_be_master_and_waits)
{
	struct bench b;

	make_gated(&b);
	tick(&b, MDI_MS);
	ck_assert(!b.vr.wants);
	tick(&b, MDI_MS + 1);
	ck_assert(b.vr.wants);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	ck_assert_int_eq(sent(&b), -1);
	expect_no_deadline(&b);
	order(&b, 9000, VROUTER_TAKE, REASON_NONE);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	ck_assert_int_eq(b.vr.reason, REASON_MASTER_DOWN);
	ck_assert(!b.vr.wants);
	ck_assert_int_eq(sent(&b), 100);
}
END_TEST

START_TEST(an_order_to_take_may_have_a_reason_of_its_own)
{
	struct bench b;

	make_gated(&b);
	tick(&b, MDI_MS + 1);
	order(&b, 9000, VROUTER_TAKE, REASON_FORCED_MASTER);
	ck_assert_int_eq(b.vr.reason, REASON_FORCED_MASTER);
}
END_TEST

START_TEST(who_hears_a_master_wants_nothing_any_more_and_who_hears_a_weaker_one_still_does)
{
	struct bench b;

	make_gated(&b);
	tick(&b, MDI_MS + 1);
	hear(&b, 4000, HIGHER, 50);
	ck_assert(b.vr.wants);
	hear(&b, 4100, HIGHER, 100);
	ck_assert(!b.vr.wants);
	expect_deadline(&b, 4100 + MDI_MS);
}
END_TEST

START_TEST(it_wants_for_the_reason_for_which_it_would_have_taken_over)
{
	struct bench b;

	make_gated(&b);
	hear(&b, 100, HIGHER, 200);
	hear(&b, 200, HIGHER, VRRP_PRIORITY_RELEASE);
	tick(&b, 200 + SKEW_MS + 1);
	ck_assert(b.vr.wants);
	order(&b, 2000, VROUTER_TAKE, REASON_NONE);
	ck_assert_int_eq(b.vr.reason, REASON_MASTER_RELEASED);

	make_gated(&b);
	b.vr.last_resort = true;
	tick(&b, MDI_MS + 1);
	order(&b, 9000, VROUTER_TAKE, REASON_NONE);
	ck_assert_int_eq(b.vr.reason, REASON_LAST_ROUTER);
}
END_TEST

START_TEST(a_gated_owner_wants_at_once)
{
	struct bench b;

	bench_init(&b, PRIORITY_OWNER);
	b.vr.gated = true;
	start(&b, 0);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	ck_assert(b.vr.wants);
	expect_no_deadline(&b);
	order(&b, 10, VROUTER_TAKE, REASON_NONE);
	ck_assert_int_eq(b.vr.reason, REASON_OWNER);
}
END_TEST

START_TEST(priority_255_by_force_takes_over_at_once_for_that_reason)
{
	struct bench b;

	bench_init(&b, 100);
	b.vr.priority = PRIORITY_OWNER;
	start(&b, 0);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	ck_assert_int_eq(b.vr.reason, REASON_FORCED_MASTER);
	bench_init(&b, 100);
	b.vr.priority = PRIORITY_OWNER;
	b.vr.gated = true;
	start(&b, 0);
	order(&b, 10, VROUTER_TAKE, REASON_NONE);
	ck_assert_int_eq(b.vr.reason, REASON_FORCED_MASTER);
}
END_TEST

START_TEST(who_resumes_asks_no_gate)
{
	struct bench b;

	bench_init(&b, PRIORITY_OWNER);
	b.vr.gated = true;
	restore(&b, -1000, 1000);
	start(&b, 0);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	ck_assert(!b.vr.wants);
	ck_assert(!instant_is_never(b.vr.advert_timer));
}
END_TEST

START_TEST(who_yields_by_order_serves_for_three_intervals_at_most)
{
	struct bench b;

	make_master(&b, 100, 10000);
	b.vr.master_advert = span_ms(5000);
	order(&b, 10100, VROUTER_YIELD, REASON_GROUP);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	ck_assert_int_eq(b.vr.reason, REASON_GROUP);
	ck_assert_int_eq(sent(&b), VRRP_PRIORITY_RELEASE);
	ck_assert(vrouter_holds(&b.vr));
	expect_deadline(&b, 13100);
	tick(&b, 13100);
	ck_assert(!vrouter_holds(&b.vr));
	expect_deadline(&b, 10100 + MDI_MS); /* of its own interval again */
}
END_TEST

START_TEST(who_yields_as_the_last_resort_takes_over_again_without_a_gap)
{
	struct bench b;

	make_master(&b, 100, 10000);
	b.vr.last_resort = true;
	order(&b, 10100, VROUTER_YIELD, REASON_FORCED_BACKUP);
	tick(&b, 13099);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	ck_assert(vrouter_holds(&b.vr));
	tick(&b, 13100);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	ck_assert_int_eq(b.vr.reason, REASON_LAST_ROUTER);
}
END_TEST

START_TEST(a_fault_that_is_imposed_is_released_from_at_once)
{
	struct bench b;

	make_master(&b, 100, 10000);
	snprintf(b.vr.imposed_by, sizeof(b.vr.imposed_by), "script x");
	impose(&b, 10100, REASON_TRACK_DOWN);
	ck_assert_int_eq(b.vr.state, VROUTER_FAULT);
	ck_assert_int_eq(sent(&b), VRRP_PRIORITY_RELEASE);
	ck_assert(!vrouter_holds(&b.vr));
	ck_assert_str_eq(next_event(&b), "MASTER -> FAULT: a tracked thing is down (script x)");
	expect_no_deadline(&b);
}
END_TEST

START_TEST(who_is_forced_off_in_good_health_serves_until_its_successor_is_heard)
{
	struct bench b;

	make_master(&b, 100, 10000);
	impose(&b, 10100, REASON_FORCED_OFF);
	ck_assert_int_eq(b.vr.state, VROUTER_FAULT);
	ck_assert_int_eq(sent(&b), VRRP_PRIORITY_RELEASE);
	expect_deadline(&b, 13100);
	hear(&b, 10200, HIGHER, VRRP_PRIORITY_RELEASE); /* no successor */
	expect_deadline(&b, 13100);
	hear(&b, 10300, HIGHER, 50);
	expect_deadline(&b, 10320);
	tick(&b, 10321);
	ck_assert(!vrouter_holds(&b.vr));
}
END_TEST

START_TEST(who_is_forced_off_without_a_link_says_nothing_and_serves_nobody)
{
	struct bench b;

	make_master(&b, 100, 10000);
	b.vr.out.advertise = true;
	b.vr.link.up = false;
	impose(&b, 10100, REASON_FORCED_OFF);
	ck_assert_int_eq(b.vr.state, VROUTER_FAULT);
	ck_assert_int_eq(b.vr.reason, REASON_FORCED_OFF);
	ck_assert_int_eq(sent(&b), -1);
	ck_assert(!vrouter_holds(&b.vr));
}
END_TEST

START_TEST(the_end_of_each_fault_has_its_name)
{
	static const struct {
		enum reason fault, end;
	} cases[] = {
		{ REASON_TRACK_DOWN, REASON_TRACK_UP },
		{ REASON_FORCED_OFF, REASON_FORCE_RELEASED },
		{ REASON_GROUP, REASON_GROUP },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bench b;

		make_backup(&b, 100, 0);
		impose(&b, 10, cases[i].fault);
		ck_assert_int_eq(b.vr.state, VROUTER_FAULT);
		ck_assert_int_eq(b.vr.reason, cases[i].fault);
		impose(&b, 20, REASON_NONE);
		ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
		ck_assert_int_eq(b.vr.reason, cases[i].end);
	}
}
END_TEST

START_TEST(the_link_is_named_before_what_is_imposed_but_for_an_operators_word)
{
	struct bench b;

	make_backup(&b, 100, 0);
	link_is(&b, 10, true, false, OWN);
	impose(&b, 20, REASON_GROUP);
	ck_assert_int_eq(b.vr.reason, REASON_LINK_DOWN);
	impose(&b, 30, REASON_TRACK_DOWN);
	ck_assert_int_eq(b.vr.reason, REASON_LINK_DOWN);
	impose(&b, 40, REASON_FORCED_OFF);
	ck_assert_int_eq(b.vr.reason, REASON_FORCED_OFF);
	impose(&b, 50, REASON_NONE);
	ck_assert_int_eq(b.vr.reason, REASON_LINK_DOWN);
	b.read = b.history.next_seq;
	snprintf(b.vr.imposed_by, sizeof(b.vr.imposed_by), "script x");
	b.vr.imposed = REASON_TRACK_DOWN;
	link_is(&b, 60, false, false, OWN);
	ck_assert_str_eq(next_event(&b), "still FAULT: interface does not exist (priority 100)");
}
END_TEST

START_TEST(only_its_own_trouble_is_shared_with_others)
{
	struct bench b;

	bench_init(&b, 100);
	ck_assert(!vrouter_in_trouble(&b.vr));
	b.vr.imposed = REASON_GROUP;
	ck_assert(!vrouter_in_trouble(&b.vr));
	b.vr.imposed = REASON_TRACK_DOWN;
	ck_assert(vrouter_in_trouble(&b.vr));
	b.vr.imposed = REASON_FORCED_OFF;
	ck_assert(vrouter_in_trouble(&b.vr));
	b.vr.imposed = REASON_NONE;
	b.vr.fault_until = at_ms(100);
	ck_assert(vrouter_in_trouble(&b.vr));
	b.vr.fault_until = INSTANT_NEVER;
	b.vr.link.deaf = true;
	ck_assert(vrouter_in_trouble(&b.vr));
}
END_TEST

START_TEST(a_new_priority_is_told_to_everybody_by_a_master_only)
{
	struct bench b;

	make_backup(&b, 100, 0);
	b.vr.out.save = false;
	set_priority(&b, 10, 100);
	ck_assert(!b.vr.out.save);
	ck_assert_str_eq(next_event(&b), "");
	set_priority(&b, 20, 90);
	ck_assert(b.vr.out.save);
	ck_assert_int_eq(sent(&b), -1);
	ck_assert_str_eq(next_event(&b), "priority 100 -> 90: a tracked thing is down (script x)");

	make_master(&b, 100, 10000);
	set_priority(&b, 10400, 90);
	ck_assert_int_eq(sent(&b), 90);
	expect_deadline(&b, 11400);
	ck_assert_int_eq(b.vr.last_advert.us, 10400000);
}
END_TEST

START_TEST(orders_mean_nothing_to_who_takes_no_part)
{
	static const enum vrouter_input inputs[] = { VROUTER_TAKE, VROUTER_YIELD };

	for (size_t i = 0; i < 2; i++) {
		struct bench b;

		bench_init(&b, 100);
		order(&b, 0, inputs[i], REASON_GROUP);
		ck_assert_int_eq(b.vr.state, VROUTER_INIT);
		start(&b, 1);
		impose(&b, 2, REASON_TRACK_DOWN);
		order(&b, 3, inputs[i], REASON_GROUP);
		ck_assert_int_eq(b.vr.state, VROUTER_FAULT);
		ck_assert_int_eq(sent(&b), -1);
	}
}
END_TEST

START_TEST(who_is_master_need_not_take_and_who_is_not_need_not_yield)
{
	struct bench b;

	make_master(&b, 100, 10000);
	order(&b, 10100, VROUTER_TAKE, REASON_FORCED_MASTER);
	ck_assert_int_eq(b.vr.reason, REASON_MASTER_DOWN);
	ck_assert_int_eq(sent(&b), -1);
	make_backup(&b, 100, 0);
	order(&b, 10, VROUTER_YIELD, REASON_GROUP);
	ck_assert_int_eq(b.vr.reason, REASON_STARTED);
	ck_assert_int_eq(sent(&b), -1);
	ck_assert(!vrouter_holds(&b.vr));
}
END_TEST

START_TEST(who_stands_answers_a_stronger_one_as_if_it_were_weaker)
{
	struct bench b;

	make_master(&b, 100, 10000);
	b.vr.stands = true;
	hear(&b, 12000, HIGHER, 200);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	ck_assert_int_eq(sent(&b), 100);
	b.vr.stands = false;
	hear(&b, 12100, HIGHER, 200);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
}
END_TEST

START_TEST(who_is_taken_away_waits_a_little_longer_than_an_interval)
{
	struct bench b;

	make_master(&b, 100, 10000);
	order(&b, 10100, VROUTER_SHUTDOWN, REASON_RETIRED);
	expect_deadline(&b, 11120); /* two addresses: 20.4 ms */
	ck_assert_int_eq(vrouter_deadline(&b.vr).us, 11120400);
}
END_TEST

START_TEST(after_the_stop_only_the_link_ends_the_serving)
{
	struct bench b;

	make_master(&b, 100, 10000);
	order(&b, 10100, VROUTER_SHUTDOWN, REASON_STOPPED);
	impose(&b, 10200, REASON_TRACK_DOWN);
	ck_assert(vrouter_holds(&b.vr));
	link_is(&b, 10300, true, false, OWN);
	ck_assert(!vrouter_holds(&b.vr));
}
END_TEST

START_TEST(what_is_imposed_and_gated_is_the_successors_at_a_reload)
{
	struct bench b;
	struct vrouter old;
	struct vrouter_step s;

	make_backup(&b, 100, 0);
	old = b.vr;
	b.old_set = b.set;
	old.set = &b.old_set;
	old.imposed = REASON_GROUP;
	old.gated = true;
	old.last_resort = true;
	vrouter_init(&b.vr, &b.set, IP_V4, 3);
	b.vr.imposed = REASON_TRACK_DOWN;
	snprintf(b.vr.imposed_by, sizeof(b.vr.imposed_by), "script x");
	s = step_at(&b, VROUTER_LINK_CHANGED, 10);
	vrouter_adopt(&b.vr, &old, false, &s);
	ck_assert_int_eq(b.vr.imposed, REASON_TRACK_DOWN);
	ck_assert_str_eq(b.vr.imposed_by, "script x");
	ck_assert(!b.vr.gated);
	ck_assert(!b.vr.last_resort);
	ck_assert_uint_eq(b.vr.number, 3);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("vrouter agents");

	tcase_add_test(tc,
		       a_release_tells_at_most_80_ms_in_version_3_and_the_interval_in_version_2);
	tcase_add_test(tc, behind_a_gate_it_says_that_it_would_be_master_and_waits);
	tcase_add_test(tc, an_order_to_take_may_have_a_reason_of_its_own);
	tcase_add_test(
		tc,
		who_hears_a_master_wants_nothing_any_more_and_who_hears_a_weaker_one_still_does);
	tcase_add_test(tc, it_wants_for_the_reason_for_which_it_would_have_taken_over);
	tcase_add_test(tc, a_gated_owner_wants_at_once);
	tcase_add_test(tc, priority_255_by_force_takes_over_at_once_for_that_reason);
	tcase_add_test(tc, who_resumes_asks_no_gate);
	tcase_add_test(tc, who_yields_by_order_serves_for_three_intervals_at_most);
	tcase_add_test(tc, who_yields_as_the_last_resort_takes_over_again_without_a_gap);
	tcase_add_test(tc, a_fault_that_is_imposed_is_released_from_at_once);
	tcase_add_test(tc, who_is_forced_off_in_good_health_serves_until_its_successor_is_heard);
	tcase_add_test(tc, who_is_forced_off_without_a_link_says_nothing_and_serves_nobody);
	tcase_add_test(tc, the_end_of_each_fault_has_its_name);
	tcase_add_test(tc, the_link_is_named_before_what_is_imposed_but_for_an_operators_word);
	tcase_add_test(tc, only_its_own_trouble_is_shared_with_others);
	tcase_add_test(tc, a_new_priority_is_told_to_everybody_by_a_master_only);
	tcase_add_test(tc, orders_mean_nothing_to_who_takes_no_part);
	tcase_add_test(tc, who_is_master_need_not_take_and_who_is_not_need_not_yield);
	tcase_add_test(tc, who_stands_answers_a_stronger_one_as_if_it_were_weaker);
	tcase_add_test(tc, who_is_taken_away_waits_a_little_longer_than_an_interval);
	tcase_add_test(tc, after_the_stop_only_the_link_ends_the_serving);
	tcase_add_test(tc, what_is_imposed_and_gated_is_the_successors_at_a_reload);
	return run_test_case(tc, "vrouter agents");
}
