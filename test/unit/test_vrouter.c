/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state machine, transition by transition, in the order of RFC 9568 sections 6.4.1 to 6.4.3 and
 * then FAULT and the settings.
 */
#include <errno.h>
#include <string.h>

#include "vrouter_bench.h"

/* ---- names ---- */

START_TEST(an_instance_of_both_families_names_its_virtual_routers_apart)
{
	struct instance_settings set = kit_instance("web", 1, 100);
	struct vrouter vr;

	set.addresses[FAMILY_V4].count = 1;
	vrouter_init(&vr, &set, IP_V4, 0);
	ck_assert_str_eq(vr.name, "web");
	set.addresses[FAMILY_V6].count = 3;
	set.extra.count = 4;
	vrouter_init(&vr, &set, IP_V4, 0);
	ck_assert_str_eq(vr.name, "web/ipv4");
	vrouter_init(&vr, &set, IP_V6, 1);
	ck_assert_str_eq(vr.name, "web/ipv6");
	ck_assert_uint_eq(vr.address_count, 7);
}
END_TEST

/* ---- Initialize, RFC 9568 section 6.4.1 ---- */

START_TEST(nothing_runs_before_the_start)
{
	struct bench b;

	bench_init(&b, 100);
	expect_no_deadline(&b);
	tick(&b, 100000);
	hear(&b, 100000, HIGHER, 200);
	refuse(&b, 100000, EPERM);
	link_is(&b, 100000, true, true, OWN);
	input(&b, VROUTER_SHUTDOWN, 100000);
	ck_assert_int_eq(b.vr.state, VROUTER_INIT);
	ck_assert(!vrouter_holds(&b.vr));
	ck_assert_int_eq(sent(&b), -1);
	expect_no_deadline(&b);
	ck_assert_str_eq(next_event(&b), "");
}
END_TEST

START_TEST(the_owner_starts_as_master)
{
	struct bench b;

	bench_init(&b, 255);
	start(&b, 1000);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	ck_assert_int_eq(b.vr.reason, REASON_OWNER);
	ck_assert_int_eq(sent(&b), 255);
	ck_assert(announces(&b));
	ck_assert(vrouter_holds(&b.vr));
	expect_deadline(&b, 2000);
	ck_assert_str_eq(next_event(&b), "INIT -> MASTER: owner of the addresses (priority 255)");
}
END_TEST

START_TEST(any_other_priority_starts_as_backup)
{
	struct bench b;

	for (int priority = 1; priority <= 254; priority++) {
		bench_init(&b, (uint8_t)priority);
		start(&b, 1000);
		ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
		ck_assert_int_eq(b.vr.reason, REASON_STARTED);
		ck_assert_int_eq(sent(&b), -1);
		ck_assert(!announces(&b));
		ck_assert(!vrouter_holds(&b.vr));
		ck_assert_int_eq(vrouter_deadline(&b.vr).us,
				 1000000 + 3000000 + (256 - priority) * 1000000 / 256);
	}
}
END_TEST

START_TEST(starting_with_the_link_in_disorder_is_a_fault_that_says_why)
{
	static const struct {
		bool present, up;
		const char *source;
		const char *event;
	} cases[] = {
		{ false, false, NULL, "INIT -> FAULT: interface does not exist (priority 100)" },
		{ true, false, OWN, "INIT -> FAULT: interface is down (priority 100)" },
		{ true, true, NULL,
		  "INIT -> FAULT: interface has no address to send from (priority 100)" },
	};
	struct bench b;

	for (int i = 0; i < 3; i++) {
		bench_init(&b, 100);
		link_is(&b, 0, cases[i].present, cases[i].up, cases[i].source);
		start(&b, 1000);
		ck_assert_int_eq(b.vr.state, VROUTER_FAULT);
		ck_assert_str_eq(next_event(&b), cases[i].event);
		expect_no_deadline(&b);
		ck_assert(!vrouter_holds(&b.vr));
	}
}
END_TEST

START_TEST(the_owner_too_waits_for_its_link)
{
	struct bench b;

	bench_init(&b, 255);
	link_is(&b, 0, true, false, OWN);
	start(&b, 1000);
	ck_assert_int_eq(b.vr.state, VROUTER_FAULT);
	link_is(&b, 2000, true, true, OWN);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	ck_assert_int_eq(sent(&b), 255);
}
END_TEST

START_TEST(a_second_start_changes_nothing)
{
	struct bench b;

	make_backup(&b, 100, 1000);
	start(&b, 3000);
	expect_deadline(&b, 1000 + MDI_MS);
	make_master(&b, 100, 10000);
	start(&b, 10500);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	ck_assert_int_eq(sent(&b), -1);
	expect_deadline(&b, 11000);
	bench_init(&b, 100);
	link_is(&b, 0, false, false, NULL);
	start(&b, 0);
	start(&b, 1);
	ck_assert_int_eq(b.vr.state, VROUTER_FAULT);
}
END_TEST

/* ---- Backup, RFC 9568 section 6.4.2 ---- */

START_TEST(backup_takes_over_when_no_master_is_heard)
{
	struct bench b;

	make_backup(&b, 100, 0);
	tick(&b, MDI_MS); /* 375 us too early */
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	tick(&b, MDI_MS + 1);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	ck_assert_int_eq(b.vr.reason, REASON_MASTER_DOWN);
	ck_assert_int_eq(sent(&b), 100);
	ck_assert(announces(&b));
	ck_assert(vrouter_holds(&b.vr));
	ck_assert_str_eq(next_event(&b),
			 "BACKUP -> MASTER: master down timer expired (priority 100)");
	ck_assert_uint_eq(b.vr.counters.value[COUNTER_BECAME_MASTER], 1);
	ck_assert_int_eq(b.vr.since_wall_us, (MDI_MS + 1) * 1000 + 7);
}
END_TEST

START_TEST(backup_takes_over_when_the_master_falls_silent)
{
	struct bench b;

	make_backup(&b, 100, 0);
	for (int64_t ms = 500; ms < 20000; ms += 1000)
		hear(&b, ms, HIGHER, 200);
	expect_deadline(&b, 19500 + MDI_MS);
	tick(&b, 19500 + MDI_MS + 1);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
}
END_TEST

START_TEST(backup_is_kept_by_an_equal_priority_whatever_its_address)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear(&b, 3000, LOWER, 100);
	expect_deadline(&b, 3000 + MDI_MS);
	hear(&b, 4000, HIGHER, 100);
	expect_deadline(&b, 4000 + MDI_MS);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
}
END_TEST

START_TEST(backup_with_preemption_is_not_kept_by_a_lower_priority)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear(&b, 3000, HIGHER, 99);
	expect_deadline(&b, MDI_MS);
	tick(&b, MDI_MS + 1);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
}
END_TEST

START_TEST(backup_without_preemption_is_kept_by_any_priority)
{
	struct bench b;

	make_backup(&b, 100, 0);
	b.set.preempt = false;
	hear(&b, 3000, LOWER, 1);
	expect_deadline(&b, 3000 + MDI_MS);
	tick(&b, 3000 + MDI_MS + 1); /* but takes over where nobody is left */
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
}
END_TEST

START_TEST(the_owner_preempts_whatever_its_settings_say)
{
	struct bench b;

	bench_init(&b, 255);
	b.set.preempt = false;
	b.set.preempt_delay = span_s(600);
	start(&b, 0);
	hear(&b, 100, HIGHER, 255); /* another owner, which must not be, but may */
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	hear(&b, 1000, HIGHER, 254);
	tick(&b, 100 + 3004);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
}
END_TEST

START_TEST(backup_learns_the_masters_interval_in_version_3)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear_every(&b, 1000, HIGHER, 200, 100);
	ck_assert_int_eq(b.vr.master_advert.us, 100000);
	expect_deadline(&b, 1000 + 360);
	hear_every(&b, 1100, HIGHER, 200, 10000);
	expect_deadline(&b, 1100 + 36093);
}
END_TEST

START_TEST(a_discarded_advertisement_teaches_no_interval)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear_every(&b, 1000, HIGHER, 50, 10);
	ck_assert_int_eq(b.vr.master_advert.us, 1000000);
	expect_deadline(&b, MDI_MS);
}
END_TEST

START_TEST(backup_follows_a_release_after_skew_time)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear(&b, 1000, HIGHER, 200);
	hear(&b, 1500, HIGHER, 0);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	expect_deadline(&b, 1500 + SKEW_MS);
	ck_assert(!ip_is_set(b.vr.master));
	next_event(&b);
	tick(&b, 1500 + SKEW_MS + 1);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	ck_assert_int_eq(b.vr.reason, REASON_MASTER_RELEASED);
}
END_TEST

START_TEST(a_release_before_any_master_was_heard_counts_too)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear(&b, 500, HIGHER, 0);
	expect_deadline(&b, 500 + SKEW_MS);
}
END_TEST

START_TEST(a_release_never_postpones_the_take_over)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear(&b, 3500, HIGHER, 0); /* 109 ms were left, Skew_Time is 609 ms */
	expect_deadline(&b, MDI_MS);
	for (int64_t ms = 3510; ms < 3600; ms += 10)
		hear(&b, ms, LOWER, 0);
	expect_deadline(&b, MDI_MS);
}
END_TEST

START_TEST(a_master_heard_after_a_release_keeps_us_backup)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear(&b, 1000, HIGHER, 200);
	hear(&b, 1500, HIGHER, 0);
	hear(&b, 1600, LOWER, 150);
	expect_deadline(&b, 1600 + MDI_MS);
	tick(&b, 1600 + MDI_MS + 1);
	ck_assert_int_eq(b.vr.reason, REASON_MASTER_DOWN); /* not the old release */
}
END_TEST

START_TEST(a_release_by_another_than_the_master_is_nobodys_end)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear(&b, 1000, HIGHER, 200);
	hear(&b, 1500, LOWER, 0);
	expect_deadline(&b, 1000 + MDI_MS);
	ck_assert(ip_equal(b.vr.master, ip(HIGHER)));
}
END_TEST

START_TEST(of_two_masters_the_one_the_other_should_yield_to_counts)
{
	struct bench b;

	make_backup(&b, 50, 0);
	hear(&b, 1000, LOWER, 150);
	hear(&b, 1100, HIGHER, 200);
	ck_assert(ip_equal(b.vr.master, ip(HIGHER)));
	hear(&b, 2000, LOWER, 150);
	ck_assert(ip_equal(b.vr.master, ip(HIGHER)));
	hear(&b, 2050, LOWER, 0); /* the weaker one gives up */
	ck_assert(ip_equal(b.vr.master, ip(HIGHER)));
	expect_deadline(&b, 2000 + 3804);
	hear(&b, 2100, HIGHER, 200);
	hear(&b, 2200, "192.0.2.7", 200); /* equal, and a higher address */
	ck_assert(ip_equal(b.vr.master, ip("192.0.2.7")));
	hear(&b, 2300, HIGHER, 200);
	ck_assert(ip_equal(b.vr.master, ip("192.0.2.7")));
}
END_TEST

START_TEST(a_master_silent_for_three_intervals_makes_room_for_a_weaker_one)
{
	struct bench b;

	make_backup(&b, 50, 0);
	hear(&b, 1000, HIGHER, 200);
	hear(&b, 3999, LOWER, 150);
	ck_assert(ip_equal(b.vr.master, ip(HIGHER)));
	hear(&b, 4000, LOWER, 150);
	ck_assert(ip_equal(b.vr.master, ip(LOWER)));
	ck_assert_uint_eq(b.vr.master_priority, 150);
}
END_TEST

START_TEST(a_master_is_told_when_it_is_new_and_not_when_its_priority_changes)
{
	struct bench b;

	make_backup(&b, 50, 0);
	hear(&b, 1000, HIGHER, 200);
	ck_assert_str_eq(next_event(&b), HIGHER " is master (priority 200)");
	for (uint8_t priority = 100; priority < 150; priority++)
		hear(&b, 1000 + priority, HIGHER, priority);
	ck_assert_uint_eq(b.vr.master_priority, 149);
	ck_assert_str_eq(next_event(&b), "");
	hear(&b, 2000, LOWER, 150);
	ck_assert_str_eq(next_event(&b), LOWER " is master (priority 150)");
}
END_TEST

START_TEST(two_masters_that_alternate_are_told_once_each)
{
	struct bench b;

	make_backup(&b, 50, 0);
	hear(&b, 500, LOWER, 150);
	hear(&b, 600, HIGHER, 200);
	next_event(&b);
	next_event(&b);
	for (int64_t ms = 1500; ms < 60000; ms += 1000) {
		hear(&b, ms, LOWER, 150);
		hear(&b, ms + 100, HIGHER, 200);
	}
	ck_assert_str_eq(next_event(&b), "");
}
END_TEST

START_TEST(backup_sends_nothing_and_holds_nothing)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear(&b, 1000, HIGHER, 200);
	hear(&b, 1100, LOWER, 50);
	hear(&b, 1200, HIGHER, 0);
	refuse(&b, 1300, EPERM);
	ck_assert_int_eq(sent(&b), -1);
	ck_assert(!vrouter_holds(&b.vr));
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
}
END_TEST

START_TEST(backup_that_stops_goes_without_a_word)
{
	struct bench b;

	make_backup(&b, 100, 0);
	input(&b, VROUTER_SHUTDOWN, 1000);
	ck_assert_int_eq(b.vr.state, VROUTER_INIT);
	ck_assert_int_eq(sent(&b), -1);
	ck_assert(!vrouter_holds(&b.vr));
	expect_no_deadline(&b);
	ck_assert_str_eq(next_event(&b), "BACKUP -> INIT: stopped (priority 100)");
}
END_TEST

START_TEST(backup_that_loses_its_link_is_in_fault)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear(&b, 500, HIGHER, 200);
	next_event(&b);
	link_is(&b, 1000, true, false, OWN);
	ck_assert_int_eq(b.vr.state, VROUTER_FAULT);
	ck_assert_str_eq(next_event(&b), "BACKUP -> FAULT: interface is down (priority 100)");
	ck_assert(!ip_is_set(b.vr.master));
	expect_no_deadline(&b);
}
END_TEST

START_TEST(backup_does_not_mind_a_change_of_its_own_address)
{
	struct bench b;

	make_backup(&b, 100, 0);
	link_is(&b, 1000, true, true, HIGHER);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	expect_deadline(&b, MDI_MS);
}
END_TEST

/* ---- Backup: having slept ---- */

START_TEST(backup_that_slept_through_its_timer_listens_once_more)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear(&b, 500, HIGHER, 200);
	next_event(&b);
	tick(&b, 500 + MDI_MS + 1002); /* more than an interval late */
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	expect_deadline(&b, 500 + MDI_MS + 1002 + 1000 + SKEW_MS);
}
END_TEST

START_TEST(backup_that_slept_and_hears_the_master_again_stays)
{
	struct bench b;

	make_backup(&b, 100, 0);
	tick(&b, 20000);
	hear(&b, 20100, HIGHER, 200);
	expect_deadline(&b, 20100 + MDI_MS);
	tick(&b, 40000); /* and listens again when it sleeps again */
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
}
END_TEST

START_TEST(backup_that_slept_twice_in_a_row_takes_over)
{
	struct bench b;

	make_backup(&b, 100, 0);
	tick(&b, 20000);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	tick(&b, 40000);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
}
END_TEST

START_TEST(backup_that_is_late_by_less_than_an_interval_takes_over)
{
	struct bench b;

	make_backup(&b, 100, 0);
	tick(&b, MDI_MS + 1000);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
}
END_TEST

START_TEST(what_was_queued_while_it_slept_is_heard_before_the_timer)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear(&b, 30000, HIGHER, 200); /* the sockets are drained first */
	tick(&b, 30000);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	expect_deadline(&b, 30000 + MDI_MS);
}
END_TEST

/* ---- Backup: preempt-delay ---- */

START_TEST(a_living_master_is_left_alone_until_the_delay_is_over)
{
	struct bench b;

	bench_init(&b, 100);
	b.set.preempt_delay = span_s(30);
	start(&b, 0);
	for (int64_t ms = 500; ms < 30000; ms += 1000) {
		hear(&b, ms, LOWER, 50);
		tick(&b, ms);
	}
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	expect_deadline(&b, 29500 + MDI_MS);
	hear(&b, 30000, LOWER, 50); /* over: from now on such a master does not count */
	hear(&b, 31500, LOWER, 50);
	expect_deadline(&b, 29500 + MDI_MS);
	tick(&b, 29500 + MDI_MS + 1);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
}
END_TEST

START_TEST(where_no_master_lives_there_is_no_delay)
{
	struct bench b;

	bench_init(&b, 100);
	b.set.preempt_delay = span_s(30);
	start(&b, 0);
	hear(&b, 500, LOWER, 50);
	tick(&b, 500 + MDI_MS + 1);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
}
END_TEST

START_TEST(the_delay_counts_again_from_recovery)
{
	struct bench b;

	bench_init(&b, 100);
	b.set.preempt_delay = span_s(30);
	start(&b, 0);
	link_is(&b, 40000, true, false, OWN);
	link_is(&b, 50000, true, true, OWN);
	hear(&b, 51000, LOWER, 50);
	expect_deadline(&b, 51000 + MDI_MS);
	hear(&b, 79999, LOWER, 50);
	expect_deadline(&b, 79999 + MDI_MS);
	hear(&b, 80000, LOWER, 50);
	expect_deadline(&b, 79999 + MDI_MS);
}
END_TEST

/* ---- Master, RFC 9568 section 6.4.3 ---- */

START_TEST(master_advertises_every_interval)
{
	struct bench b;

	make_master(&b, 100, 10000);
	for (int64_t ms = 11000; ms < 20000; ms += 1000) {
		tick(&b, ms - 1);
		ck_assert_int_eq(sent(&b), -1);
		tick(&b, ms);
		ck_assert_int_eq(sent(&b), 100);
	}
	ck_assert(!announces(&b));
	ck_assert_str_eq(next_event(&b), "");
}
END_TEST

START_TEST(an_advertisement_a_little_late_does_not_make_the_next_one_late)
{
	struct bench b;

	make_master(&b, 100, 10000);
	tick(&b, 11400);
	ck_assert_int_eq(sent(&b), 100);
	expect_deadline(&b, 12000);
}
END_TEST

START_TEST(advertisements_that_were_missed_are_not_made_up_for)
{
	struct bench b;

	make_master(&b, 100, 10000);
	tick(&b, 15500);
	ck_assert_int_eq(sent(&b), 100);
	expect_deadline(&b, 16500);
}
END_TEST

START_TEST(master_advertises_at_its_own_interval_not_at_a_learnt_one)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear_every(&b, 1000, HIGHER, 200, 100);
	tick(&b, 2000);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP); /* late by more than 100 ms: once more */
	tick(&b, 2161);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	expect_deadline(&b, 3160);
}
END_TEST

START_TEST(master_yields_to_a_higher_priority)
{
	struct bench b;

	make_master(&b, 100, 10000);
	hear(&b, 10500, LOWER, 101);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	ck_assert_int_eq(b.vr.reason, REASON_HIGHER_PRIORITY);
	ck_assert(ip_equal(b.vr.master, ip(LOWER)));
	ck_assert_uint_eq(b.vr.master_priority, 101);
	ck_assert_int_eq(b.vr.master_down_timer.us, 10500000 + 3609375);
	ck_assert(instant_is_never(b.vr.advert_timer));
	ck_assert_str_eq(next_event(&b),
			 "MASTER -> BACKUP: advertisement with a higher priority heard "
			 "(192.0.2.4, priority 101)");
	ck_assert_uint_eq(b.vr.counters.value[COUNTER_RELEASED_MASTER], 1);
}
END_TEST

START_TEST(master_yields_to_an_equal_priority_from_a_higher_address)
{
	struct bench b;

	make_master(&b, 100, 10000);
	hear(&b, 10500, HIGHER, 100);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	ck_assert_int_eq(b.vr.reason, REASON_HIGHER_ADDRESS);
}
END_TEST

START_TEST(addresses_are_compared_as_numbers_and_not_as_text)
{
	struct bench b;

	make_master(&b, 100, 10000);
	hear(&b, 10500, "192.0.2.10", 100); /* "10" < "5", 10 > 5 */
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	make_master(&b, 100, 10000);
	link_is(&b, 10000, true, true, "192.0.2.200");
	hear(&b, 10500, "192.0.2.100", 100);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
}
END_TEST

START_TEST(master_that_yields_learns_the_other_ones_interval)
{
	struct bench b;

	make_master(&b, 100, 10000);
	hear_every(&b, 10500, HIGHER, 200, 500);
	ck_assert_int_eq(b.vr.master_advert.us, 500000);
	ck_assert_int_eq(b.vr.master_down_timer.us, 10500000 + 1500000 + 304687);
}
END_TEST

START_TEST(master_that_yields_keeps_the_addresses_until_the_other_can_have_them)
{
	struct bench b;

	make_master(&b, 100, 10000);
	hear(&b, 10500, HIGHER, 200);
	ck_assert(vrouter_holds(&b.vr));
	expect_deadline(&b, 10500 + LINGER_BASE_MS); /* and 2 addresses */
	hear(&b, 10510, HIGHER, 200);                /* hearing more of it makes it no longer */
	expect_deadline(&b, 10500 + LINGER_BASE_MS);
	tick(&b, 10500 + LINGER_BASE_MS + 1);
	ck_assert(!vrouter_holds(&b.vr));
	expect_deadline(&b, 10510 + MDI_MS);
}
END_TEST

START_TEST(the_more_addresses_there_are_the_longer_they_linger)
{
	struct bench b;

	bench_init(&b, 255);
	b.set.addresses[FAMILY_V4].count = 200;
	b.set.extra.count = 9800;
	vrouter_init(&b.vr, &b.set, IP_V4, 0);
	b.vr.link = (struct vrouter_link){ .present = true, .up = true, .source = ip(OWN) };
	start(&b, 0);
	hear(&b, 1000, HIGHER, 255);
	expect_deadline(&b, 1000 + LINGER_BASE_MS + 10000 * LINGER_PER_ADDRESS_US / 1000);
}
END_TEST

START_TEST(master_answers_a_lower_priority_at_once_and_stays)
{
	struct bench b;

	make_master(&b, 100, 10000);
	hear(&b, 10500, HIGHER, 99);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	ck_assert_int_eq(sent(&b), 100);
	expect_deadline(&b, 11000); /* the regular one is still due then */
	ck_assert(!ip_is_set(b.vr.master));
}
END_TEST

START_TEST(master_answers_an_equal_priority_from_a_lower_address)
{
	struct bench b;

	make_master(&b, 100, 10000);
	hear(&b, 10500, LOWER, 100);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	ck_assert_int_eq(sent(&b), 100);
}
END_TEST

START_TEST(master_answers_a_release_and_starts_its_interval_anew)
{
	struct bench b;

	make_master(&b, 100, 10000);
	hear(&b, 10500, HIGHER, 0);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	ck_assert_int_eq(sent(&b), 100);
	expect_deadline(&b, 11500);
}
END_TEST

START_TEST(a_flood_is_answered_a_hundred_times_a_second_and_stops_no_advertisement)
{
	static const uint8_t priorities[] = { 50, 0 };
	struct bench b;

	for (int i = 0; i < 2; i++) {
		int answers = 0, in_time = 0;

		make_master(&b, 100, 10000);
		for (int64_t us = 10000000; us < 20000000; us += 250) {
			struct vrouter_step s = step_at(&b, VROUTER_TIMER, 0);
			static struct advert advert;

			s.now = at_us(us);
			if (instant_reached(vrouter_deadline(&b.vr), s.now))
				vrouter_step(&b.vr, &s);
			in_time += sent(&b) == 100;
			advert.priority = priorities[i];
			advert.interval = span_ms(1000);
			s.input = VROUTER_ADVERT;
			s.advert = &advert;
			s.sender = ip(LOWER);
			vrouter_step(&b.vr, &s);
			answers += sent(&b) == 100;
			ck_assert_int_le(us - b.vr.last_advert.us, 1000000);
		}
		ck_assert_int_le(answers + in_time, 1011);
		ck_assert_int_ge(answers, 990);
	}
}
END_TEST

START_TEST(a_second_master_is_a_conflict_whenever_it_is_heard)
{
	struct bench b;

	make_master(&b, 100, 10000);
	for (int64_t ms = 11500; ms < 30000; ms += 1000) {
		hear(&b, ms, LOWER, 50);
		ck_assert(two_masters(&b));
		ck_assert(announces_again(&b) ==
			  (ms == 11500)); /* he yields to the answer, as a rule */
		tick(&b, ms + 500);
		ck_assert(!two_masters(&b));
	}
	ck_assert_str_eq(next_event(&b), "");
	ck_assert(!announces_again(&b));
}
END_TEST

START_TEST(when_the_second_master_has_gone_the_addresses_are_announced_again)
{
	struct bench b;

	make_master(&b, 100, 10000);
	hear(&b, 11500, LOWER, 50);
	ck_assert(announces_again(&b));
	for (int64_t ms = 12000; ms < 13500; ms += 500)
		tick(&b, ms);
	ck_assert(!announces_again(&b));
	tick(&b, 13500);
	ck_assert(announces_again(&b));
	ck_assert_str_eq(next_event(&b),
			 "192.0.2.4 is no longer master beside us; announcing again");
	for (int64_t ms = 14000; ms < 30000; ms += 500)
		tick(&b, ms);
	ck_assert(!announces_again(&b));
	ck_assert_str_eq(next_event(&b), "");
}
END_TEST

START_TEST(a_slow_second_master_has_gone_only_after_two_of_its_own_intervals)
{
	struct bench b;

	make_master(&b, 100, 10000);
	hear_every(&b, 11500, LOWER, 50, 5000);
	ck_assert(announces_again(&b));
	for (int64_t ms = 12000; ms < 21500; ms += 500)
		tick(&b, ms);
	ck_assert(!announces_again(&b));
	tick(&b, 21500);
	ck_assert(announces_again(&b));
}
END_TEST

START_TEST(the_preempted_masters_last_word_is_answered_and_no_conflict)
{
	struct bench b;

	make_master(&b, 100, 10000);
	hear(&b, 10000, LOWER, 50); /* crossed our first one on the wire */
	ck_assert_int_eq(sent(&b), 100);
	ck_assert(!two_masters(&b));
	for (int64_t ms = 11000; ms <= 14000; ms += 500)
		tick(&b, ms);
	ck_assert(!announces_again(&b));
	ck_assert_str_eq(next_event(&b), "");
	hear(&b, 14500, LOWER, 50); /* this one is */
	ck_assert(two_masters(&b));
}
END_TEST

START_TEST(an_answer_that_is_due_anyway_is_the_regular_one)
{
	struct bench b;

	make_master(&b, 100, 10000);
	hear(&b, 17500, LOWER, 50); /* held up for 6.5 s */
	ck_assert_int_eq(sent(&b), 100);
	tick(&b, 17500);
	ck_assert_int_eq(sent(&b), -1);
	ck_assert_int_eq(b.vr.advert_timer.us, 18500000);
}
END_TEST

START_TEST(master_that_yields_advertises_a_last_time_so_that_the_other_learns_of_it)
{
	struct bench b;

	make_master(&b, 100, 10000);
	hear(&b, 10500, LOWER, 101);
	ck_assert_int_eq(sent(&b), 100);
	hear(&b, 10600, LOWER, 101);
	ck_assert_int_eq(sent(&b), -1);
}
END_TEST

START_TEST(master_that_stops_releases_and_lets_the_addresses_linger)
{
	struct bench b;

	make_master(&b, 100, 10000);
	input(&b, VROUTER_SHUTDOWN, 10200);
	ck_assert_int_eq(b.vr.state, VROUTER_INIT);
	ck_assert_int_eq(sent(&b), 0);
	ck_assert(vrouter_holds(&b.vr));
	expect_deadline(&b, 13200);
	ck_assert_str_eq(next_event(&b), "MASTER -> INIT: stopped (priority 100)");
	tick(&b, 13199);
	ck_assert(vrouter_holds(&b.vr));
	tick(&b, 13200);
	ck_assert(!vrouter_holds(&b.vr));
	expect_no_deadline(&b);
	ck_assert_int_eq(sent(&b), -1);
}
END_TEST

START_TEST(after_stopping_the_addresses_go_soon_after_the_successor_is_heard)
{
	struct bench b;

	make_master(&b, 100, 10000);
	input(&b, VROUTER_SHUTDOWN, 10200);
	hear(&b, 10500, LOWER, 0); /* no successor: it releases too */
	expect_deadline(&b, 13200);
	hear(&b, 10800, LOWER, 50);
	expect_deadline(&b, 10800 + LINGER_BASE_MS);
	hear(&b, 10815, LOWER, 50);
	expect_deadline(&b, 10800 + LINGER_BASE_MS);
	tick(&b, 10800 + LINGER_BASE_MS + 1);
	ck_assert(!vrouter_holds(&b.vr));
	ck_assert_int_eq(b.vr.state, VROUTER_INIT);
}
END_TEST

START_TEST(a_lost_link_ends_the_lingering)
{
	struct bench b;

	make_master(&b, 100, 10000);
	input(&b, VROUTER_SHUTDOWN, 10200);
	link_is(&b, 10300, true, true, HIGHER); /* still in order */
	ck_assert(vrouter_holds(&b.vr));
	link_is(&b, 10400, true, false, OWN);
	ck_assert(!vrouter_holds(&b.vr));
	expect_no_deadline(&b);
}
END_TEST

START_TEST(a_successor_of_the_process_learns_that_the_lingering_is_over)
{
	struct bench b;

	make_master(&b, 100, 10000);
	input(&b, VROUTER_SHUTDOWN, 10200);
	b.vr.out.save = false;
	link_is(&b, 10300, true, false, OWN);
	ck_assert(b.vr.out.save);
	link_is(&b, 10400, false, false, NULL); /* before anybody has written it down */
	ck_assert(b.vr.out.save);
}
END_TEST

START_TEST(backup_that_stops_while_its_addresses_linger_lets_them)
{
	struct bench b;

	make_master(&b, 100, 10000);
	hear(&b, 10500, HIGHER, 200);
	sent(&b);
	input(&b, VROUTER_SHUTDOWN, 10505);
	ck_assert_int_eq(sent(&b), -1);
	ck_assert(vrouter_holds(&b.vr));
	expect_deadline(&b, 10500 + LINGER_BASE_MS);
}
END_TEST

START_TEST(backup_that_loses_its_link_while_its_addresses_linger_lets_go)
{
	struct bench b;

	make_master(&b, 100, 10000);
	hear(&b, 10500, HIGHER, 200);
	link_is(&b, 10505, false, false, NULL);
	ck_assert(!vrouter_holds(&b.vr));
}
END_TEST

START_TEST(master_again_before_the_lingering_is_over_just_goes_on_holding)
{
	struct bench b;

	make_master(&b, 100, 10000);
	hear_every(&b, 10500, HIGHER, 200, 10); /* 36 ms to its end */
	hear_every(&b, 10501, HIGHER, 0, 10);
	expect_deadline(&b, 10507);
	tick(&b, 10508);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	ck_assert(vrouter_holds(&b.vr));
	tick(&b, 10600);
	ck_assert(vrouter_holds(&b.vr));
	expect_deadline(&b, 11508);
}
END_TEST

START_TEST(master_that_loses_its_link_lets_go_at_once_and_cannot_release)
{
	struct bench b;

	make_master(&b, 100, 10000);
	link_is(&b, 10500, true, false, OWN);
	ck_assert_int_eq(b.vr.state, VROUTER_FAULT);
	ck_assert_int_eq(b.vr.reason, REASON_LINK_DOWN);
	ck_assert_int_eq(sent(&b), -1);
	ck_assert(!vrouter_holds(&b.vr));
	expect_no_deadline(&b);
}
END_TEST

START_TEST(master_goes_on_when_its_link_changes_in_other_ways)
{
	struct bench b;

	make_master(&b, 100, 10000);
	link_is(&b, 10500, true, true, OWN);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	ck_assert_int_eq(sent(&b), -1);
	expect_deadline(&b, 11000);
}
END_TEST

START_TEST(master_that_may_not_add_its_addresses_releases_into_fault)
{
	struct bench b;

	make_master(&b, 100, 10000);
	refuse(&b, 10500, EPERM);
	ck_assert_int_eq(b.vr.state, VROUTER_FAULT);
	ck_assert_int_eq(sent(&b), 0);
	ck_assert(!vrouter_holds(&b.vr));
	ck_assert_str_eq(next_event(&b),
			 "MASTER -> FAULT: addresses cannot be added (Operation not permitted)");
	expect_deadline(&b, 20500);
}
END_TEST

START_TEST(master_whose_addresses_are_taken_away_again_and_again_says_so)
{
	struct bench b;

	make_master(&b, 100, 10000);
	refuse(&b, 10500, 0);
	ck_assert_int_eq(b.vr.state, VROUTER_FAULT);
	ck_assert_str_eq(next_event(&b), "MASTER -> FAULT: somebody keeps removing the addresses "
					 "(priority 100)");
}
END_TEST

START_TEST(every_transition_wants_the_record_saved)
{
	struct bench b;

	bench_init(&b, 100);
	start(&b, 0);
	ck_assert(b.vr.out.save);
	b.vr.out.save = false;
	hear(&b, 100, HIGHER, 200);
	ck_assert(!b.vr.out.save); /* a BACKUP has nothing new to remember */
	tick(&b, 100 + MDI_MS + 1);
	ck_assert(b.vr.out.save);
	b.vr.out.save = false;
	tick(&b, 100 + MDI_MS + 1001); /* the time of the last advertisement */
	ck_assert(b.vr.out.save);
	b.vr.out.save = false;
	input(&b, VROUTER_SHUTDOWN, 10000);
	ck_assert(b.vr.out.save);
}
END_TEST

/* ---- FAULT ---- */

START_TEST(fault_ends_as_backup_when_the_link_is_in_order_again)
{
	struct bench b;

	make_master(&b, 100, 10000);
	link_is(&b, 10500, false, false, NULL);
	next_event(&b);
	link_is(&b, 20000, true, true, OWN);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	ck_assert_str_eq(next_event(&b),
			 "FAULT -> BACKUP: interface is usable again (priority 100)");
	expect_deadline(&b, 20000 + MDI_MS);
	ck_assert_int_eq(sent(&b), -1);
}
END_TEST

START_TEST(fault_forgets_an_interval_it_has_learnt)
{
	struct bench b;

	make_backup(&b, 100, 0);
	hear_every(&b, 100, HIGHER, 200, 10);
	link_is(&b, 110, true, false, OWN);
	link_is(&b, 200, true, true, OWN);
	expect_deadline(&b, 200 + MDI_MS);
}
END_TEST

START_TEST(fault_follows_the_link_from_one_trouble_to_the_next)
{
	struct bench b;

	make_backup(&b, 100, 0);
	link_is(&b, 100, true, false, OWN);
	link_is(&b, 200, true, false, NULL); /* still the same trouble */
	link_is(&b, 300, false, false, NULL);
	link_is(&b, 400, true, true, NULL);
	ck_assert_str_eq(next_event(&b), "BACKUP -> FAULT: interface is down (priority 100)");
	ck_assert_str_eq(next_event(&b), "still FAULT: interface does not exist (priority 100)");
	ck_assert_str_eq(next_event(&b),
			 "still FAULT: interface has no address to send from (priority 100)");
	ck_assert_str_eq(next_event(&b), "");
}
END_TEST

START_TEST(fault_hears_and_says_nothing)
{
	struct bench b;

	make_backup(&b, 100, 0);
	link_is(&b, 100, true, false, OWN);
	hear(&b, 200, HIGHER, 0);
	tick(&b, 100000);
	refuse(&b, 100000, EPERM);
	ck_assert_int_eq(b.vr.state, VROUTER_FAULT);
	ck_assert_int_eq(sent(&b), -1);
	expect_no_deadline(&b);
}
END_TEST

START_TEST(fault_may_be_stopped)
{
	struct bench b;

	make_backup(&b, 100, 0);
	link_is(&b, 100, true, false, OWN);
	input(&b, VROUTER_SHUTDOWN, 200);
	ck_assert_int_eq(b.vr.state, VROUTER_INIT);
	ck_assert_int_eq(sent(&b), -1);
	link_is(&b, 300, true, true, OWN);
	ck_assert_int_eq(b.vr.state, VROUTER_INIT);
}
END_TEST

START_TEST(refused_addresses_are_tried_again_after_longer_and_longer)
{
	static const int64_t waits_s[] = { 10, 20, 40, 80, 160, 320, 320 };
	struct bench b;
	int64_t ms = 10000;

	make_master(&b, 100, ms);
	for (int i = 0; i < 7; i++) {
		refuse(&b, ms, EPERM);
		expect_deadline(&b, ms + waits_s[i] * 1000);
		tick(&b, ms + waits_s[i] * 1000 - 1);
		ck_assert_int_eq(b.vr.state, VROUTER_FAULT);
		ms += waits_s[i] * 1000;
		tick(&b, ms);
		ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
		ck_assert_int_eq(b.vr.reason, REASON_ADDRESS_RETRY);
		ms += MDI_MS + 1;
		tick(&b, ms);
		ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	}
}
END_TEST

START_TEST(a_link_event_does_not_shorten_the_wait_for_refused_addresses)
{
	struct bench b;

	make_master(&b, 100, 10000);
	refuse(&b, 10000, EPERM);
	link_is(&b, 11000, true, true, OWN);
	ck_assert_int_eq(b.vr.state, VROUTER_FAULT);
	expect_deadline(&b, 20000);
}
END_TEST

START_TEST(a_link_that_was_gone_in_between_does)
{
	struct bench b;

	make_master(&b, 100, 10000);
	refuse(&b, 10000, EPERM);
	link_is(&b, 11000, true, false, OWN);
	ck_assert_int_eq(b.vr.reason, REASON_LINK_DOWN);
	expect_no_deadline(&b);
	link_is(&b, 12000, true, true, OWN);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
}
END_TEST

/* ---- going on after a restart ---- */

START_TEST(a_master_restarted_in_time_goes_on_as_master)
{
	struct bench b;

	bench_init(&b, 100);
	restore(&b, 10000, 1000);
	start(&b, 12999);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	ck_assert_int_eq(sent(&b), 100);
	ck_assert(!announces(&b));
	ck_assert(vrouter_holds(&b.vr));
	ck_assert_int_eq(b.vr.since_wall_us, 77);
	ck_assert_int_eq(b.vr.reason, REASON_MASTER_DOWN);
	ck_assert_uint_eq(b.vr.counters.value[COUNTER_BECAME_MASTER], 0);
	expect_deadline(&b, 13998);
	ck_assert_str_eq(next_event(&b), "still MASTER: resumed after a restart (priority 100)");
}
END_TEST

START_TEST(a_master_restarted_too_late_is_a_backup)
{
	struct bench b;

	bench_init(&b, 100);
	restore(&b, 10000, 1000);
	start(&b, 13000);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP);
	ck_assert_int_eq(sent(&b), -1);
	ck_assert(!vrouter_holds(&b.vr));
	ck_assert_int_eq(b.vr.reason, REASON_STARTED);
}
END_TEST

START_TEST(a_restarted_master_may_wait_for_its_link_as_long_as_nobody_noticed)
{
	struct bench b;

	bench_init(&b, 100);
	restore(&b, 10000, 1000);
	link_is(&b, 11000, false, false, NULL);
	start(&b, 11000);
	ck_assert_int_eq(b.vr.state, VROUTER_FAULT);
	link_is(&b, 12000, true, true, OWN);
	ck_assert_int_eq(b.vr.state, VROUTER_MASTER);
	link_is(&b, 12100, false, false, NULL);
	link_is(&b, 12200, true, true, OWN);
	ck_assert_int_eq(b.vr.state, VROUTER_BACKUP); /* once only */
}
END_TEST

/* ---- new settings ---- */

START_TEST(the_same_settings_change_nothing)
{
	struct bench b;

	for (int master = 0; master < 2; master++) {
		if (master)
			make_master(&b, 100, 10000);
		else
			make_backup(&b, 100, 10000);
		b.vr.out.save = false;
		struct vrouter before = b.vr;

		adopt(&b, &b.set, false, 10500);
		before.number = 3;
		ck_assert_mem_eq(&b.vr, &before, sizeof(before));
		ck_assert_str_eq(next_event(&b), "");
	}
}
END_TEST

START_TEST(a_master_advertises_its_new_priority_at_once)
{
	struct bench b;
	struct instance_settings set;

	make_master(&b, 100, 10000);
	set = b.set;
	set.priority = 150;
	adopt(&b, &set, false, 10500);
	ck_assert_int_eq(sent(&b), 150);
	expect_deadline(&b, 11000);
	ck_assert_str_eq(next_event(&b), "priority 100 -> 150: configuration changed");
}
END_TEST

START_TEST(a_backup_takes_its_new_priority_from_the_next_decision_on)
{
	struct bench b;
	struct instance_settings set;

	make_backup(&b, 100, 10000);
	hear(&b, 10400, HIGHER, 150);
	set = b.set;
	set.priority = 200;
	adopt(&b, &set, false, 10500);
	ck_assert_int_eq(sent(&b), -1);
	expect_deadline(&b, 10400 + MDI_MS); /* a reload is no sign of life */
	hear(&b, 11400, HIGHER, 150);
	expect_deadline(&b, 10400 + MDI_MS);
}
END_TEST

START_TEST(a_master_advertises_a_new_interval_at_once_and_keeps_it)
{
	struct bench b;
	struct instance_settings set;

	make_master(&b, 100, 10000);
	set = b.set;
	set.advert_interval = span_ms(100);
	adopt(&b, &set, false, 10200);
	ck_assert_int_eq(sent(&b), 100);
	expect_deadline(&b, 10300);
	make_master(&b, 100, 10000);
	set.advert_interval = span_s(10);
	adopt(&b, &set, false, 10200);
	ck_assert_int_eq(sent(&b), 100);
	expect_deadline(&b, 11000); /* once more as promised before, in case one is lost */
	tick(&b, 11000);
	ck_assert_int_eq(sent(&b), 100);
	expect_deadline(&b, 21000);
}
END_TEST

START_TEST(a_master_advertises_new_addresses_version_or_password_at_once)
{
	struct bench b;
	struct instance_settings set;

	make_master(&b, 100, 10000);
	adopt(&b, &b.set, true, 10200);
	ck_assert_int_eq(sent(&b), 100);
	set = b.set;
	set.version = 2;
	adopt(&b, &set, false, 10300);
	ck_assert_int_eq(sent(&b), 100);
	strcpy(set.auth_password, "secret");
	adopt(&b, &set, false, 10400);
	ck_assert_int_eq(sent(&b), 100);
	set.preempt = false;
	set.announce.count = 9;
	adopt(&b, &set, false, 10500);
	ck_assert_int_eq(sent(&b), -1);
}
END_TEST

START_TEST(a_backup_without_a_master_takes_over_its_own_new_interval)
{
	struct bench b;
	struct instance_settings set;

	make_backup(&b, 100, 10000);
	set = b.set;
	set.advert_interval = span_ms(100);
	adopt(&b, &set, false, 10100);
	ck_assert_int_eq(b.vr.master_advert.us, 100000);
}
END_TEST

START_TEST(a_backup_in_version_3_goes_on_with_the_masters_interval)
{
	struct bench b;
	struct instance_settings set;

	make_backup(&b, 100, 10000);
	hear_every(&b, 10050, HIGHER, 200, 500);
	set = b.set;
	set.advert_interval = span_ms(100);
	adopt(&b, &set, false, 10100);
	ck_assert_int_eq(b.vr.master_advert.us, 500000);
}
END_TEST

START_TEST(a_backup_whose_master_released_keeps_its_interval_over_an_unchanged_reload)
{
	struct bench b;

	make_backup(&b, 100, 10000);
	hear_every(&b, 10050, HIGHER, 200, 500);
	hear_every(&b, 10100, HIGHER, 0, 500);
	adopt(&b, &b.set, false, 10150);
	ck_assert_int_eq(b.vr.master_advert.us, 500000);
}
END_TEST

START_TEST(a_new_version_forgets_the_interval_of_the_other)
{
	struct bench b;
	struct instance_settings set;

	make_backup(&b, 100, 10000);
	hear_every(&b, 10050, HIGHER, 200, 500);
	set = b.set;
	set.version = 2;
	adopt(&b, &set, false, 10100);
	ck_assert_int_eq(b.vr.master_advert.us, 1000000);
}
END_TEST

START_TEST(a_backup_in_version_2_takes_over_the_new_interval_of_all)
{
	struct bench b;
	struct instance_settings set;

	bench_init(&b, 100);
	b.set.version = 2;
	start(&b, 10000);
	hear(&b, 10050, HIGHER, 200);
	set = b.set;
	set.advert_interval = span_s(3);
	adopt(&b, &set, false, 10100);
	ck_assert_int_eq(b.vr.master_advert.us, 3000000);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("vrouter");

	tcase_add_test(tc, an_instance_of_both_families_names_its_virtual_routers_apart);
	tcase_add_test(tc, nothing_runs_before_the_start);
	tcase_add_test(tc, the_owner_starts_as_master);
	tcase_add_test(tc, any_other_priority_starts_as_backup);
	tcase_add_test(tc, starting_with_the_link_in_disorder_is_a_fault_that_says_why);
	tcase_add_test(tc, the_owner_too_waits_for_its_link);
	tcase_add_test(tc, a_second_start_changes_nothing);
	tcase_add_test(tc, backup_takes_over_when_no_master_is_heard);
	tcase_add_test(tc, backup_takes_over_when_the_master_falls_silent);
	tcase_add_test(tc, backup_is_kept_by_an_equal_priority_whatever_its_address);
	tcase_add_test(tc, backup_with_preemption_is_not_kept_by_a_lower_priority);
	tcase_add_test(tc, backup_without_preemption_is_kept_by_any_priority);
	tcase_add_test(tc, the_owner_preempts_whatever_its_settings_say);
	tcase_add_test(tc, backup_learns_the_masters_interval_in_version_3);
	tcase_add_test(tc, a_discarded_advertisement_teaches_no_interval);
	tcase_add_test(tc, backup_follows_a_release_after_skew_time);
	tcase_add_test(tc, a_release_before_any_master_was_heard_counts_too);
	tcase_add_test(tc, a_release_never_postpones_the_take_over);
	tcase_add_test(tc, a_master_heard_after_a_release_keeps_us_backup);
	tcase_add_test(tc, a_release_by_another_than_the_master_is_nobodys_end);
	tcase_add_test(tc, of_two_masters_the_one_the_other_should_yield_to_counts);
	tcase_add_test(tc, a_master_silent_for_three_intervals_makes_room_for_a_weaker_one);
	tcase_add_test(tc, a_master_is_told_when_it_is_new_and_not_when_its_priority_changes);
	tcase_add_test(tc, two_masters_that_alternate_are_told_once_each);
	tcase_add_test(tc, backup_sends_nothing_and_holds_nothing);
	tcase_add_test(tc, backup_that_stops_goes_without_a_word);
	tcase_add_test(tc, backup_that_loses_its_link_is_in_fault);
	tcase_add_test(tc, backup_does_not_mind_a_change_of_its_own_address);
	tcase_add_test(tc, backup_that_slept_through_its_timer_listens_once_more);
	tcase_add_test(tc, backup_that_slept_and_hears_the_master_again_stays);
	tcase_add_test(tc, backup_that_slept_twice_in_a_row_takes_over);
	tcase_add_test(tc, backup_that_is_late_by_less_than_an_interval_takes_over);
	tcase_add_test(tc, what_was_queued_while_it_slept_is_heard_before_the_timer);
	tcase_add_test(tc, a_living_master_is_left_alone_until_the_delay_is_over);
	tcase_add_test(tc, where_no_master_lives_there_is_no_delay);
	tcase_add_test(tc, the_delay_counts_again_from_recovery);
	tcase_add_test(tc, master_advertises_every_interval);
	tcase_add_test(tc, an_advertisement_a_little_late_does_not_make_the_next_one_late);
	tcase_add_test(tc, advertisements_that_were_missed_are_not_made_up_for);
	tcase_add_test(tc, master_advertises_at_its_own_interval_not_at_a_learnt_one);
	tcase_add_test(tc, master_yields_to_a_higher_priority);
	tcase_add_test(tc, master_yields_to_an_equal_priority_from_a_higher_address);
	tcase_add_test(tc, addresses_are_compared_as_numbers_and_not_as_text);
	tcase_add_test(tc, master_that_yields_learns_the_other_ones_interval);
	tcase_add_test(tc, master_that_yields_keeps_the_addresses_until_the_other_can_have_them);
	tcase_add_test(tc, the_more_addresses_there_are_the_longer_they_linger);
	tcase_add_test(tc, master_answers_a_lower_priority_at_once_and_stays);
	tcase_add_test(tc, master_answers_an_equal_priority_from_a_lower_address);
	tcase_add_test(tc, master_answers_a_release_and_starts_its_interval_anew);
	tcase_add_test(tc, a_flood_is_answered_a_hundred_times_a_second_and_stops_no_advertisement);
	tcase_add_test(tc, a_second_master_is_a_conflict_whenever_it_is_heard);
	tcase_add_test(tc, when_the_second_master_has_gone_the_addresses_are_announced_again);
	tcase_add_test(tc, a_slow_second_master_has_gone_only_after_two_of_its_own_intervals);
	tcase_add_test(tc, the_preempted_masters_last_word_is_answered_and_no_conflict);
	tcase_add_test(tc, an_answer_that_is_due_anyway_is_the_regular_one);
	tcase_add_test(tc,
		       master_that_yields_advertises_a_last_time_so_that_the_other_learns_of_it);
	tcase_add_test(tc, master_that_stops_releases_and_lets_the_addresses_linger);
	tcase_add_test(tc, after_stopping_the_addresses_go_soon_after_the_successor_is_heard);
	tcase_add_test(tc, a_lost_link_ends_the_lingering);
	tcase_add_test(tc, a_successor_of_the_process_learns_that_the_lingering_is_over);
	tcase_add_test(tc, backup_that_stops_while_its_addresses_linger_lets_them);
	tcase_add_test(tc, backup_that_loses_its_link_while_its_addresses_linger_lets_go);
	tcase_add_test(tc, master_again_before_the_lingering_is_over_just_goes_on_holding);
	tcase_add_test(tc, master_that_loses_its_link_lets_go_at_once_and_cannot_release);
	tcase_add_test(tc, master_goes_on_when_its_link_changes_in_other_ways);
	tcase_add_test(tc, master_that_may_not_add_its_addresses_releases_into_fault);
	tcase_add_test(tc, master_whose_addresses_are_taken_away_again_and_again_says_so);
	tcase_add_test(tc, every_transition_wants_the_record_saved);
	tcase_add_test(tc, fault_ends_as_backup_when_the_link_is_in_order_again);
	tcase_add_test(tc, fault_forgets_an_interval_it_has_learnt);
	tcase_add_test(tc, fault_follows_the_link_from_one_trouble_to_the_next);
	tcase_add_test(tc, fault_hears_and_says_nothing);
	tcase_add_test(tc, fault_may_be_stopped);
	tcase_add_test(tc, refused_addresses_are_tried_again_after_longer_and_longer);
	tcase_add_test(tc, a_link_event_does_not_shorten_the_wait_for_refused_addresses);
	tcase_add_test(tc, a_link_that_was_gone_in_between_does);
	tcase_add_test(tc, a_master_restarted_in_time_goes_on_as_master);
	tcase_add_test(tc, a_master_restarted_too_late_is_a_backup);
	tcase_add_test(tc, a_restarted_master_may_wait_for_its_link_as_long_as_nobody_noticed);
	tcase_add_test(tc, the_same_settings_change_nothing);
	tcase_add_test(tc, a_master_advertises_its_new_priority_at_once);
	tcase_add_test(tc, a_backup_takes_its_new_priority_from_the_next_decision_on);
	tcase_add_test(tc, a_master_advertises_a_new_interval_at_once_and_keeps_it);
	tcase_add_test(tc, a_master_advertises_new_addresses_version_or_password_at_once);
	tcase_add_test(tc, a_backup_without_a_master_takes_over_its_own_new_interval);
	tcase_add_test(tc, a_backup_in_version_3_goes_on_with_the_masters_interval);
	tcase_add_test(tc,
		       a_backup_whose_master_released_keeps_its_interval_over_an_unchanged_reload);
	tcase_add_test(tc, a_new_version_forgets_the_interval_of_the_other);
	tcase_add_test(tc, a_backup_in_version_2_takes_over_the_new_interval_of_all);
	return run_test_case(tc, "vrouter");
}
