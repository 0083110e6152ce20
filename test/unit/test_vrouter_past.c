/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a virtual router must not carry from one state into the next: timers, who was master, that it slept or was released.
 * And what it must: the addresses that linger. Each of these tests is one line of code that nobody would miss until the day.
 */
#include <errno.h>

#include "vrouter_bench.h"

static void flap(struct bench *b, int64_t down_ms, int64_t up_ms)
{
	link_is(b, down_ms, true, false, OWN);
	ck_assert_int_eq(b->vr.state, VROUTER_FAULT);
	link_is(b, up_ms, true, true, OWN);
}

static void expect_nobody_known(const struct bench *b)
{
	ck_assert(!ip_is_set(b->vr.master));
	ck_assert_uint_eq(b->vr.master_priority, 0);
}

START_TEST(a_new_virtual_router_has_no_time_running)
{
	struct bench b;

	bench_init(&b, 100);
	ck_assert(instant_is_never(b.vr.last_advert));
	ck_assert(instant_is_never(b.vr.since));
	ck_assert(instant_is_never(b.vr.preempt_after));
	ck_assert(instant_is_never(b.vr.reply_after));
	ck_assert(instant_is_never(b.vr.fault_until));
	ck_assert(instant_is_never(b.vr.resume_until));
	expect_no_deadline(&b);
}
END_TEST

START_TEST(an_instance_of_ipv6_alone_needs_no_family_in_its_name)
{
	struct instance_settings set = kit_instance("web", 1, 100);
	struct vrouter vr;

	set.addresses[FAMILY_V6].count = 1;
	vrouter_init(&vr, &set, IP_V6, 0);
	ck_assert_str_eq(vr.name, "web");
}
END_TEST

/* ---- who is master ---- */

START_TEST(who_takes_over_knows_of_no_other_master_any_more)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear(&b, 1000, HIGHER, 200);
	tick(&b, 1000 + MDI_MS + 1);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	expect_nobody_known(&b);
}
END_TEST

START_TEST(a_fault_forgets_who_was_master)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear(&b, 1000, HIGHER, 200);
	link_is(&b, 1100, true, false, OWN);
	expect_nobody_known(&b);
}
END_TEST

START_TEST(who_stops_forgets_who_was_master)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear(&b, 1000, HIGHER, 200);
	input(&b, VROUTER_SHUTDOWN, 1100);
	expect_nobody_known(&b);
}
END_TEST

START_TEST(who_has_released_is_master_no_more)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear(&b, 1000, HIGHER, 200);
	hear(&b, 1100, HIGHER, 0);
	expect_nobody_known(&b);
}
END_TEST

START_TEST(a_weaker_master_is_known_although_it_is_about_to_be_preempted)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear(&b, 1000, LOWER, 50);
	ck_assert(ip_equal(b.vr.master, ip(LOWER)));
	ck_assert_uint_eq(b.vr.master_priority, 50);
	ck_assert_str_eq(next_event(&b), LOWER " is master (priority 50)");
}
END_TEST

START_TEST(of_two_masters_a_higher_address_does_not_outweigh_a_lower_priority)
{
	struct bench b;

	make_backup(&b, 50, 0);
	hear(&b, 1000, LOWER, 200);
	hear(&b, 1100, HIGHER, 150);
	ck_assert(ip_equal(b.vr.master, ip(LOWER)));
	ck_assert_uint_eq(b.vr.master_priority, 200);
}
END_TEST

START_TEST(yielding_to_a_higher_address_says_whose)
{
	struct bench b;

	make_master(&b, 100, 10000);
	hear(&b, 10100, HIGHER, 100);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	const struct history_event *e = history_read(&b.history, &b.read, NULL);

	ck_assert_ptr_nonnull(e);
	ck_assert_int_eq(e->reason, REASON_HIGHER_ADDRESS);
	ck_assert(ip_equal(e->address, ip(HIGHER)));
}
END_TEST

START_TEST(who_it_has_yielded_to_is_not_replaced_by_a_weaker_one)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear(&b, 1000, LOWER, 50);
	tick(&b, MDI_MS + 1);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	hear(&b, 9000, HIGHER, 200);
	hear(&b, 9100, LOWER, 150);
	ck_assert(ip_equal(b.vr.master, ip(HIGHER)));
}
END_TEST

START_TEST(a_master_does_not_yield_to_itself)
{
	struct bench b;

	make_master(&b, 100, 10000);
	hear(&b, 10100, OWN, 100);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
}
END_TEST

START_TEST(a_release_is_no_second_master)
{
	struct bench b;

	make_master(&b, 100, 10000);
	hear(&b, 12000, LOWER, 0);
	ck_assert_str_eq(next_event(&b), "");
	ck_assert(instant_is_never(b.vr.rival_quiet));
}
END_TEST

/* ---- each timer in its time ---- */

START_TEST(what_is_heard_when_the_down_timer_is_due_does_not_stand_in_for_it)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear(&b, MDI_MS + 1, LOWER, 50);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	tick(&b, MDI_MS + 1);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
}
END_TEST

START_TEST(what_is_heard_when_an_advertisement_is_due_does_not_stand_in_for_it)
{
	struct bench b;

	make_master(&b, 100, 10000);
	hear(&b, 10995, LOWER, 50);
	ck_assert_int_eq(sent(&b), 100);
	hear(&b, 11000, LOWER, 50); /* too soon for another answer */
	ck_assert_int_eq(sent(&b), -1);
	tick(&b, 11000);
	ck_assert_int_eq(sent(&b), 100);
}
END_TEST

START_TEST(a_link_event_when_the_fault_is_over_does_not_stand_in_for_the_timer)
{
	struct bench b;

	make_master(&b, 100, 10000);
	refuse(&b, 10000, EPERM);
	link_is(&b, 20000, true, true, OWN);
	ck_assert_int_eq(b.vr.state, VROUTER_FAULT);
	tick(&b, 20000);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
}
END_TEST

START_TEST(a_release_that_is_not_answered_moves_no_timer)
{
	struct bench b;

	make_master(&b, 100, 10000);
	hear(&b, 10100, LOWER, 0);
	ck_assert_int_eq(sent(&b), 100);
	hear(&b, 10106, LOWER, 0);
	ck_assert_int_eq(sent(&b), -1);
	expect_deadline(&b, 11100);
}
END_TEST

START_TEST(an_advertisement_late_by_exactly_an_interval_is_not_made_up_for)
{
	struct bench b;

	make_master(&b, 100, 10000);
	tick(&b, 12000);
	ck_assert_int_eq(sent(&b), 100);
	expect_deadline(&b, 13000);
}
END_TEST

START_TEST(the_end_of_a_second_master_is_noticed_in_time)
{
	struct bench b;

	make_master(&b, 100, 10000);
	tick(&b, 11000);
	hear(&b, 11500, LOWER, 50);
	tick(&b, 12000);
	tick(&b, 13000);
	expect_deadline(&b, 13500);
}
END_TEST

/* ---- what was once ---- */

START_TEST(an_owner_that_was_gone_for_a_moment_answers_at_once)
{
	struct bench b;

	bench_init(&b, 255);
	start(&b, 0);
	hear(&b, 100, LOWER, 200);
	sent(&b);
	flap(&b, 101, 102);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	sent(&b);
	hear(&b, 103, LOWER, 200);
	ck_assert_int_eq(sent(&b), 255);
}
END_TEST

START_TEST(one_sleep_does_not_count_against_the_next_life_as_backup)
{
	struct bench b;
	int64_t slept_ms = MDI_MS + 2000;

	make_backup(&b, 100, 0);
	tick(&b, slept_ms);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	flap(&b, slept_ms + 100, slept_ms + 200);
	tick(&b, slept_ms + 200 + slept_ms);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
}
END_TEST

START_TEST(who_is_late_by_exactly_an_interval_takes_over)
{
	struct bench b;

	make_backup(&b, 100, 0);
	b.vr.master_down_timer = at_ms(3000);
	tick(&b, 4000);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
}
END_TEST

START_TEST(an_old_release_is_not_the_reason_of_a_later_take_over)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear(&b, 1000, HIGHER, 0);
	flap(&b, 1100, 1200);
	tick(&b, 1200 + MDI_MS + 1);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	ck_assert_int_eq(b.vr.reason, REASON_MASTER_DOWN);
}
END_TEST

START_TEST(a_resumed_master_tells_of_a_second_one_as_any_other)
{
	struct bench b;

	bench_init(&b, 100);
	restore(&b, 10000, 1000);
	start(&b, 11000);
	next_event(&b);
	hear(&b, 11999, LOWER, 50);
	ck_assert(!two_masters(&b));
	hear(&b, 12000, LOWER, 50);
	ck_assert(two_masters(&b));
}
END_TEST

/* ---- what lingers ---- */

/* Stopped at that time with its addresses kept for a successor. */
static void make_lingering(struct bench *b, int64_t ms)
{
	make_master(b, 100, ms);
	input(b, VROUTER_SHUTDOWN, ms);
	ck_assert_int_eq(b->vr.state, VROUTER_INIT);
	expect_deadline(b, ms + 3000);
}

START_TEST(master_again_has_no_timer_of_its_lingering_left)
{
	struct bench b;

	make_lingering(&b, 10000);
	b.vr.priority = 255;
	start(&b, 10100);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	tick(&b, 11100);
	tick(&b, 12100);
	expect_deadline(&b, 13100);
	ck_assert(instant_is_never(b.vr.linger_until));
}
END_TEST

START_TEST(a_start_while_its_addresses_linger_lets_them)
{
	struct bench b;

	make_lingering(&b, 10000);
	start(&b, 10100);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	ck_assert(vrouter_holds(&b.vr));
	expect_deadline(&b, 13000);
}
END_TEST

START_TEST(a_backup_whose_addresses_linger_lets_go_soon_after_a_successor_is_heard)
{
	struct bench b;

	make_lingering(&b, 10000);
	start(&b, 10100);
	hear(&b, 10200, HIGHER, 200);
	expect_deadline(&b, 10220); /* 20 ms and a little for each address */
	tick(&b, 10221);
	ck_assert(!vrouter_holds(&b.vr));
}
END_TEST

START_TEST(who_is_told_to_stop_once_more_waits_no_longer)
{
	struct bench b;

	make_lingering(&b, 10000);
	input(&b, VROUTER_SHUTDOWN, 10100);
	ck_assert(!vrouter_holds(&b.vr));
	expect_no_deadline(&b);
}
END_TEST

START_TEST(the_more_addresses_a_reload_brings_the_longer_they_linger)
{
	struct bench b;
	struct instance_settings set;

	make_master(&b, 100, 10000);
	set = b.set;
	set.addresses[FAMILY_V4].count = 200;
	adopt(&b, &set, true, 10100);
	hear(&b, 10200, HIGHER, 200);
	expect_deadline(&b, 10200 + 20 + 40);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("vrouter_past");

	tcase_add_test(tc, a_new_virtual_router_has_no_time_running);
	tcase_add_test(tc, an_instance_of_ipv6_alone_needs_no_family_in_its_name);
	tcase_add_test(tc, who_takes_over_knows_of_no_other_master_any_more);
	tcase_add_test(tc, a_fault_forgets_who_was_master);
	tcase_add_test(tc, who_stops_forgets_who_was_master);
	tcase_add_test(tc, who_has_released_is_master_no_more);
	tcase_add_test(tc, a_weaker_master_is_known_although_it_is_about_to_be_preempted);
	tcase_add_test(tc, of_two_masters_a_higher_address_does_not_outweigh_a_lower_priority);
	tcase_add_test(tc, yielding_to_a_higher_address_says_whose);
	tcase_add_test(tc, who_it_has_yielded_to_is_not_replaced_by_a_weaker_one);
	tcase_add_test(tc, a_master_does_not_yield_to_itself);
	tcase_add_test(tc, a_release_is_no_second_master);
	tcase_add_test(tc, what_is_heard_when_the_down_timer_is_due_does_not_stand_in_for_it);
	tcase_add_test(tc, what_is_heard_when_an_advertisement_is_due_does_not_stand_in_for_it);
	tcase_add_test(tc, a_link_event_when_the_fault_is_over_does_not_stand_in_for_the_timer);
	tcase_add_test(tc, a_release_that_is_not_answered_moves_no_timer);
	tcase_add_test(tc, an_advertisement_late_by_exactly_an_interval_is_not_made_up_for);
	tcase_add_test(tc, the_end_of_a_second_master_is_noticed_in_time);
	tcase_add_test(tc, an_owner_that_was_gone_for_a_moment_answers_at_once);
	tcase_add_test(tc, one_sleep_does_not_count_against_the_next_life_as_backup);
	tcase_add_test(tc, who_is_late_by_exactly_an_interval_takes_over);
	tcase_add_test(tc, an_old_release_is_not_the_reason_of_a_later_take_over);
	tcase_add_test(tc, a_resumed_master_tells_of_a_second_one_as_any_other);
	tcase_add_test(tc, master_again_has_no_timer_of_its_lingering_left);
	tcase_add_test(tc, a_start_while_its_addresses_linger_lets_them);
	tcase_add_test(tc, a_backup_whose_addresses_linger_lets_go_soon_after_a_successor_is_heard);
	tcase_add_test(tc, who_is_told_to_stop_once_more_waits_no_longer);
	tcase_add_test(tc, the_more_addresses_a_reload_brings_the_longer_they_linger);
	return run_test_case(tc, "vrouter_past");
}
