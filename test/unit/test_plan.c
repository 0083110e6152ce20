/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan: the difference between what is wanted and what is there becomes work, once, and nothing
 * else does. A kernel that refuses is asked again ever more seldom; what belongs to somebody else is
 * never touched.
 */
#include <errno.h>
#include <string.h>

#include "plan_bench.h"

START_TEST(a_new_plan_has_nothing_to_do)
{
	struct bench b;

	bench_init(&b, 3);
	expect_nothing(&b);
	for (uint32_t i = 0; i < 3; i++) {
		ck_assert_int_eq(plan_presence(&b.slots[i]), SLOT_ABSENT);
		ck_assert(plan_slot_done(&b.slots[i]));
	}
	ck_assert(instant_is_never(b.p.retry_at));
}
END_TEST

START_TEST(wanted_addresses_are_added_in_order_and_once)
{
	struct bench b;

	bench_init(&b, 3);
	for (uint32_t i = 0; i < 3; i++)
		plan_want(&b.p, i, true);
	for (uint32_t i = 0; i < 3; i++)
		expect(&b, i, true);
	expect_nothing(&b);
	ck_assert_uint_eq(b.p.in_flight, 3);
	for (uint32_t i = 0; i < 3; i++)
		answer(&b, i, true, 0, 0);
	ck_assert_uint_eq(b.p.in_flight, 0);
	expect_nothing(&b);
}
END_TEST

START_TEST(addresses_no_longer_wanted_are_removed)
{
	struct bench b;

	bench_init(&b, 1);
	hold(&b, 0, 0);
	plan_want(&b.p, 0, false);
	ck_assert(!plan_slot_done(&b.slots[0]));
	expect(&b, 0, false);
	ck_assert(!plan_slot_done(&b.slots[0]));
	answer(&b, 0, false, 0, 0);
	ck_assert(plan_slot_done(&b.slots[0]));
	expect_nothing(&b);
}
END_TEST

START_TEST(wanting_what_is_wanted_already_is_no_work)
{
	struct bench b;

	bench_init(&b, 1);
	hold(&b, 0, 0);
	plan_want(&b.p, 0, true);
	expect_nothing(&b);
}
END_TEST

START_TEST(a_change_of_mind_before_the_work_is_taken_costs_nothing)
{
	struct bench b;

	bench_init(&b, 1);
	plan_want(&b.p, 0, true);
	plan_want(&b.p, 0, false);
	expect_nothing(&b);
	hold(&b, 0, 0);
	plan_want(&b.p, 0, false);
	plan_want(&b.p, 0, true);
	expect_nothing(&b);
}
END_TEST

START_TEST(a_change_of_mind_in_flight_is_made_good_after_the_answer)
{
	struct bench b;

	bench_init(&b, 1);
	plan_want(&b.p, 0, true);
	expect(&b, 0, true);
	plan_want(&b.p, 0, false);
	expect_nothing(&b);
	answer(&b, 0, true, 0, 0);
	expect(&b, 0, false);
	plan_want(&b.p, 0, true);
	expect_nothing(&b);
	answer(&b, 0, false, 0, 0);
	expect(&b, 0, true);
}
END_TEST

START_TEST(an_address_that_is_there_already_and_ours_is_not_added)
{
	struct bench b;

	bench_init(&b, 1);
	observe(&b, 0, 24, true, true, 0);
	plan_want(&b.p, 0, true);
	expect_nothing(&b);
	plan_want(&b.p, 0, false);
	expect(&b, 0, false);
}
END_TEST

START_TEST(ours_that_nobody_wants_is_removed)
{
	struct bench b;

	bench_init(&b, 1);
	observe(&b, 0, 24, true, true, 0);
	expect(&b, 0, false);
}
END_TEST

START_TEST(a_foreign_address_is_neither_added_nor_removed)
{
	static const uint8_t prefix_lens[] = { 0, 1, 24, 25, 32 };
	struct bench b;

	for (size_t i = 0; i < sizeof(prefix_lens); i++) {
		bench_init(&b, 1);
		observe(&b, 0, prefix_lens[i], false, true, 0);
		ck_assert_int_eq(plan_presence(&b.slots[0]), SLOT_FOREIGN);
		expect_nothing(&b);
		plan_want(&b.p, 0, true);
		expect_nothing(&b);
		plan_want(&b.p, 0, false);
		expect_nothing(&b);
		ck_assert(plan_slot_done(&b.slots[0]));
		observe(&b, 0, prefix_lens[i], false, false, 0);
		ck_assert_int_eq(plan_presence(&b.slots[0]), SLOT_ABSENT);
	}
}
END_TEST

START_TEST(a_foreign_address_that_vanishes_is_replaced_by_ours)
{
	struct bench b;

	bench_init(&b, 1);
	observe(&b, 0, 32, false, true, 0);
	plan_want(&b.p, 0, true);
	expect_nothing(&b);
	observe(&b, 0, 32, false, false, 0);
	expect(&b, 0, true);
}
END_TEST

START_TEST(being_told_twice_of_a_foreign_address_makes_it_no_two)
{
	struct bench b;

	bench_init(&b, 1);
	observe(&b, 0, 32, false, true, 0);
	observe(&b, 0, 32, false, true, 0);
	observe(&b, 0, 32, false, false, 0);
	ck_assert_int_eq(plan_presence(&b.slots[0]), SLOT_ABSENT);
	observe(&b, 0, 32, false, false, 0);
	observe(&b, 0, 32, false, true, 0);
	ck_assert_int_eq(plan_presence(&b.slots[0]), SLOT_FOREIGN);
}
END_TEST

START_TEST(foreign_addresses_of_two_prefix_lengths_are_two)
{
	struct bench b;

	bench_init(&b, 1);
	observe(&b, 0, 32, false, true, 0);
	observe(&b, 0, 16, false, true, 0);
	observe(&b, 0, 32, false, false, 0);
	ck_assert_int_eq(plan_presence(&b.slots[0]), SLOT_FOREIGN);
	observe(&b, 0, 16, false, false, 0);
	ck_assert_int_eq(plan_presence(&b.slots[0]), SLOT_ABSENT);
}
END_TEST

START_TEST(every_prefix_length_of_ipv6_is_told_apart)
{
	struct bench b;

	bench_init(&b, 0);
	b.vips[0] = kit_vip("2001:db8::1/64");
	plan_add(&b.p, &b.vips[0], 0, 0, IFINDEX);
	for (int len = 0; len <= 128; len++) {
		observe(&b, 0, (uint8_t)len, false, true, 0);
		for (int other = 0; other <= 128; other++)
			if (other != len)
				observe(&b, 0, (uint8_t)other, false, false, 0);
		ck_assert_int_eq(plan_presence(&b.slots[0]), SLOT_FOREIGN);
		observe(&b, 0, (uint8_t)len, false, false, 0);
		ck_assert_int_eq(plan_presence(&b.slots[0]), SLOT_ABSENT);
	}
}
END_TEST

START_TEST(an_address_may_change_hands)
{
	struct bench b;

	bench_init(&b, 1);
	observe(&b, 0, 24, false, true, 0);
	observe(&b, 0, 24, true, true, 0);
	ck_assert_int_eq(plan_presence(&b.slots[0]), SLOT_OURS);
	observe(&b, 0, 24, false, true, 0);
	ck_assert_int_eq(plan_presence(&b.slots[0]), SLOT_FOREIGN);
	observe(&b, 0, 24, false, false, 0);
	ck_assert_int_eq(plan_presence(&b.slots[0]), SLOT_ABSENT);
}
END_TEST

START_TEST(ours_with_another_prefix_length_is_not_this_slots)
{
	struct bench b;

	bench_init(&b, 1);
	observe(&b, 0, 32, true, true, 0);
	ck_assert_int_eq(plan_presence(&b.slots[0]), SLOT_ABSENT);
	plan_want(&b.p, 0, true);
	expect(&b, 0, true);
}
END_TEST

START_TEST(what_somebody_else_added_a_moment_before_us_stays_his)
{
	struct bench b;

	bench_init(&b, 1);
	plan_want(&b.p, 0, true);
	expect(&b, 0, true);
	observe(&b, 0, 24, false, true, 0);
	answer(&b, 0, true, 0, 0); /* "already there" */
	ck_assert_int_eq(plan_presence(&b.slots[0]), SLOT_FOREIGN);
	plan_want(&b.p, 0, false);
	expect_nothing(&b);
}
END_TEST

START_TEST(a_removal_under_way_takes_what_has_changed_hands_meanwhile)
{
	struct bench b;

	bench_init(&b, 1);
	hold(&b, 0, 0);
	plan_want(&b.p, 0, false);
	expect(&b, 0, false);
	observe(&b, 0, 24, false, true, 1);
	observe(&b, 0, 32, false, true, 1);
	answer(&b, 0, false, 0, 2);
	ck_assert_int_eq(plan_presence(&b.slots[0]), SLOT_FOREIGN); /* the other one */
	observe(&b, 0, 32, false, false, 3);
	ck_assert_int_eq(plan_presence(&b.slots[0]), SLOT_ABSENT);
}
END_TEST

START_TEST(a_removed_address_is_put_back_at_once)
{
	struct bench b;

	bench_init(&b, 1);
	hold(&b, 0, 0);
	observe(&b, 0, 24, true, false, 5000);
	ck_assert(b.slots[0].lost);
	ck_assert_uint_eq(b.slots[0].losses, 1);
	expect(&b, 0, true);
}
END_TEST

START_TEST(losses_in_a_row_are_counted_and_one_after_a_while_is_a_first_one)
{
	struct bench b;

	bench_init(&b, 1);
	hold(&b, 0, 0);
	for (int64_t ms = 999; ms < 4000; ms += 999) {
		observe(&b, 0, 24, true, false, ms);
		ck_assert_uint_eq(b.slots[0].losses, ms / 999);
		expect(&b, 0, true);
		answer(&b, 0, true, 0, ms);
	}
	observe(&b, 0, 24, true, false, 3996 + PLAN_LOST_AGAIN_MS);
	ck_assert_uint_eq(b.slots[0].losses, 1);
}
END_TEST

START_TEST(an_address_that_is_not_wanted_is_not_lost)
{
	struct bench b;

	bench_init(&b, 1);
	observe(&b, 0, 24, true, true, 0);
	observe(&b, 0, 24, true, false, 0);
	ck_assert(!b.slots[0].lost);
	hold(&b, 0, 0);
	plan_want(&b.p, 0, false);
	observe(&b, 0, 24, true, false, 0);
	ck_assert(!b.slots[0].lost);
	expect_nothing(&b);
}
END_TEST

START_TEST(the_echo_of_our_own_removal_is_no_loss)
{
	struct bench b;

	bench_init(&b, 1);
	hold(&b, 0, 0);
	plan_want(&b.p, 0, false);
	expect(&b, 0, false);
	plan_want(&b.p, 0, true);
	observe(&b, 0, 24, true, false, 0);
	ck_assert(!b.slots[0].lost);
	answer(&b, 0, false, 0, 0);
	expect(&b, 0, true);
}
END_TEST

START_TEST(a_kernel_that_refuses_is_asked_ever_more_seldom)
{
	static const int64_t waits_ms[] = { 100, 400, 1600, 6400, 25600, 60000, 60000, 60000 };
	struct bench b;
	int64_t ms = 1000;

	bench_init(&b, 1);
	plan_want(&b.p, 0, true);
	for (size_t i = 0; i < sizeof(waits_ms) / sizeof(waits_ms[0]); i++) {
		expect(&b, 0, true);
		answer(&b, 0, true, EPERM, ms);
		ck_assert_uint_eq(b.slots[0].failures, i + 1);
		expect_nothing(&b);
		ck_assert_int_eq(b.p.retry_at.us, (ms + waits_ms[i]) * 1000);
		plan_tick(&b.p, at_us((ms + waits_ms[i]) * 1000 - 1));
		expect_nothing(&b);
		ms += waits_ms[i];
		plan_tick(&b.p, at_ms(ms));
		ck_assert(instant_is_never(b.p.retry_at));
	}
	expect(&b, 0, true);
	answer(&b, 0, true, 0, ms);
	ck_assert_uint_eq(b.slots[0].failures, 0);
}
END_TEST

START_TEST(refusals_are_counted_up_to_the_last_a_byte_holds)
{
	struct bench b;
	int64_t ms = 0;

	bench_init(&b, 1);
	plan_want(&b.p, 0, true);
	for (int i = 0; i < 300; i++) {
		expect(&b, 0, true);
		answer(&b, 0, true, EPERM, ms);
		ck_assert_uint_eq(b.slots[0].failures, i < 255 ? i + 1 : 255);
		ms += PLAN_RETRY_MAX_MS;
		plan_tick(&b.p, at_ms(ms));
	}
}
END_TEST

START_TEST(wanting_otherwise_ends_the_waiting)
{
	struct bench b;

	bench_init(&b, 1);
	plan_want(&b.p, 0, true);
	expect(&b, 0, true);
	answer(&b, 0, true, EPERM, 0);
	plan_want(&b.p, 0, false);
	plan_want(&b.p, 0, true);
	expect(&b, 0, true);
	ck_assert_uint_eq(b.slots[0].failures, 0);
}
END_TEST

START_TEST(a_removal_that_is_refused_is_tried_again)
{
	struct bench b;

	bench_init(&b, 1);
	hold(&b, 0, 0);
	plan_want(&b.p, 0, false);
	expect(&b, 0, false);
	answer(&b, 0, false, EPERM, 0);
	ck_assert_int_eq(plan_presence(&b.slots[0]), SLOT_OURS);
	expect_nothing(&b);
	plan_tick(&b.p, at_ms(100));
	expect(&b, 0, false);
}
END_TEST

START_TEST(each_slot_waits_for_itself_and_the_plan_for_the_earliest)
{
	struct bench b;

	bench_init(&b, 2);
	plan_want(&b.p, 0, true);
	plan_want(&b.p, 1, true);
	expect(&b, 0, true);
	expect(&b, 1, true);
	answer(&b, 0, true, EPERM, 1000);
	answer(&b, 1, true, EPERM, 1050);
	ck_assert_int_eq(b.p.retry_at.us, 1100000);
	plan_tick(&b.p, at_ms(1100));
	expect(&b, 0, true);
	expect_nothing(&b);
	ck_assert_int_eq(b.p.retry_at.us, 1150000);
	plan_tick(&b.p, at_ms(1150));
	expect(&b, 1, true);
	expect_nothing(&b);
}
END_TEST

START_TEST(an_answer_to_what_was_not_asked_is_ignored)
{
	struct bench b;

	bench_init(&b, 1);
	ck_assert(!plan_answer(&b.p, 0, true, 0, at_ms(0)));
	ck_assert_int_eq(plan_presence(&b.slots[0]), SLOT_ABSENT);
	plan_want(&b.p, 0, true);
	expect(&b, 0, true);
	ck_assert(!plan_answer(&b.p, 0, false, 0, at_ms(0)));
	ck_assert_uint_eq(b.p.in_flight, 1);
	answer(&b, 0, true, 0, 0);
	ck_assert(!plan_answer(&b.p, 0, true, 0, at_ms(0)));
	ck_assert_uint_eq(b.p.in_flight, 0);
}
END_TEST

START_TEST(nothing_is_done_on_an_interface_that_does_not_exist)
{
	struct bench b;

	bench_init(&b, 1);
	plan_move(&b.p, 0, 0);
	plan_want(&b.p, 0, true);
	expect_nothing(&b);
	plan_move(&b.p, 0, 9);
	expect(&b, 0, true);
	ck_assert_uint_eq(plan_find(&b.p, 9, b.vips[0].addr), 0);
	ck_assert_uint_eq(plan_find(&b.p, IFINDEX, b.vips[0].addr), INDEX_NONE);
}
END_TEST

START_TEST(an_interface_that_vanishes_takes_everything_with_it)
{
	struct bench b;

	bench_init(&b, 3);
	hold(&b, 0, 0);
	observe(&b, 0, 32, false, true, 0);
	plan_want(&b.p, 1, true);
	expect(&b, 1, true); /* in flight */
	plan_want(&b.p, 2, true);
	expect(&b, 2, true);
	answer(&b, 2, true, EPERM, 0); /* waiting */
	for (uint32_t i = 0; i < 3; i++)
		plan_move(&b.p, i, 0);
	ck_assert_uint_eq(b.p.in_flight, 0);
	expect_nothing(&b);
	for (uint32_t i = 0; i < 3; i++) {
		ck_assert_int_eq(plan_presence(&b.slots[i]), SLOT_ABSENT);
		ck_assert_uint_eq(b.slots[i].failures, 0);
		ck_assert(!b.slots[i].lost);
	}
	/* the kernel's late word about the one in flight */
	ck_assert(!plan_answer(&b.p, 1, true, ENODEV, at_ms(1)));
	/* it comes back with another index: all that is wanted is added at once */
	for (uint32_t i = 0; i < 3; i++)
		plan_move(&b.p, i, 77);
	for (uint32_t i = 0; i < 3; i++)
		expect(&b, i, true);
}
END_TEST

START_TEST(the_same_address_with_two_prefix_lengths_is_two_slots)
{
	struct bench b;

	bench_init(&b, 0);
	b.vips[0] = kit_vip("10.0.0.1/24");
	b.vips[1] = kit_vip("10.0.0.1/32");
	plan_add(&b.p, &b.vips[0], 0, 0, IFINDEX);
	plan_add(&b.p, &b.vips[1], 0, 0, IFINDEX);
	uint32_t first = plan_find(&b.p, IFINDEX, b.vips[0].addr);
	uint32_t second = plan_find_next(&b.p, first);

	ck_assert_uint_eq(first + second, 1); /* 0 and 1, whichever comes first */
	ck_assert_uint_eq(plan_find_next(&b.p, second), INDEX_NONE);
	ck_assert_uint_eq(plan_find(&b.p, IFINDEX + 1, b.vips[0].addr), INDEX_NONE);
}
END_TEST

START_TEST(an_address_made_with_another_label_scope_or_lifetime_is_replaced)
{
	struct vip made[4];
	struct bench b;

	for (int i = 0; i < 4; i++)
		made[i] = kit_vip("10.0.0.1/24");
	strcpy(made[0].label, "eth0:1");
	made[1].scope = 253;
	made[2].deprecated = true;
	made[3].broadcast = ip("10.0.0.255");
	for (int i = 0; i < 4; i++) {
		bench_init(&b, 1);
		hold(&b, 0, 0);
		plan_compare_form(&b.p, 0, &made[i]);
		expect(&b, 0, false);
		observe(&b, 0, 24, true, false, 0); /* its echo */
		ck_assert(!b.slots[0].lost);
		answer(&b, 0, false, 0, 0);
		expect(&b, 0, true);
		answer(&b, 0, true, 0, 0);
		expect_nothing(&b);
	}
}
END_TEST

START_TEST(an_address_made_as_wanted_is_left_alone)
{
	struct bench b;

	bench_init(&b, 1);
	strcpy(b.vips[0].label, "eth0:1");
	hold(&b, 0, 0);
	struct vip made = b.vips[0];

	made.nodad = true; /* documents itself, changes nothing */
	strcpy(made.dev, "eth0");
	plan_compare_form(&b.p, 0, &made);
	expect_nothing(&b);
}
END_TEST

START_TEST(an_ipv6_address_told_before_its_answer_is_ours_once)
{
	struct bench b;

	bench_init(&b, 1);
	plan_want(&b.p, 0, true);
	expect(&b, 0, true);
	observe(&b, 0, 24, true, true, 0);
	expect_nothing(&b);
	answer(&b, 0, true, 0, 0);
	expect_nothing(&b);
	ck_assert_uint_eq(b.p.in_flight, 0);
}
END_TEST

/* An address is taken up on a link that is being raised: what was refused while it was down says nothing any more. */
START_TEST(in_a_hurry_what_was_refused_is_asked_for_at_once_and_counts_as_never_refused)
{
	struct bench b;

	bench_init(&b, 1);
	plan_want(&b.p, 0, true);
	expect(&b, 0, true);
	answer(&b, 0, true, EPERM, 1000);
	expect_nothing(&b);
	plan_hurry(&b.p, 0);
	ck_assert_uint_eq(b.slots[0].failures, 0);
	expect(&b, 0, true);
}
END_TEST

START_TEST(what_is_asked_for_or_there_already_is_not_hurried)
{
	struct bench b;

	bench_init(&b, 1);
	plan_want(&b.p, 0, true);
	expect(&b, 0, true);
	answer(&b, 0, true, EPERM, 0);
	plan_tick(&b.p, at_ms(100));
	expect(&b, 0, true);
	plan_hurry(&b.p, 0); /* the second try is under way */
	ck_assert_uint_eq(b.slots[0].failures, 1);
	answer(&b, 0, true, 0, 100);
	plan_want(&b.p, 0, false);
	expect(&b, 0, false);
	answer(&b, 0, false, EPERM, 200);
	plan_hurry(&b.p, 0); /* its removal was refused */
	ck_assert_uint_eq(b.slots[0].failures, 1);
	expect_nothing(&b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("plan");

	tcase_add_test(tc, a_new_plan_has_nothing_to_do);
	tcase_add_test(tc, wanted_addresses_are_added_in_order_and_once);
	tcase_add_test(tc, addresses_no_longer_wanted_are_removed);
	tcase_add_test(tc, wanting_what_is_wanted_already_is_no_work);
	tcase_add_test(tc, a_change_of_mind_before_the_work_is_taken_costs_nothing);
	tcase_add_test(tc, a_change_of_mind_in_flight_is_made_good_after_the_answer);
	tcase_add_test(tc, an_address_that_is_there_already_and_ours_is_not_added);
	tcase_add_test(tc, ours_that_nobody_wants_is_removed);
	tcase_add_test(tc, a_foreign_address_is_neither_added_nor_removed);
	tcase_add_test(tc, a_foreign_address_that_vanishes_is_replaced_by_ours);
	tcase_add_test(tc, being_told_twice_of_a_foreign_address_makes_it_no_two);
	tcase_add_test(tc, foreign_addresses_of_two_prefix_lengths_are_two);
	tcase_add_test(tc, every_prefix_length_of_ipv6_is_told_apart);
	tcase_add_test(tc, an_address_may_change_hands);
	tcase_add_test(tc, ours_with_another_prefix_length_is_not_this_slots);
	tcase_add_test(tc, what_somebody_else_added_a_moment_before_us_stays_his);
	tcase_add_test(tc, a_removal_under_way_takes_what_has_changed_hands_meanwhile);
	tcase_add_test(tc, a_removed_address_is_put_back_at_once);
	tcase_add_test(tc, losses_in_a_row_are_counted_and_one_after_a_while_is_a_first_one);
	tcase_add_test(tc, an_address_that_is_not_wanted_is_not_lost);
	tcase_add_test(tc, the_echo_of_our_own_removal_is_no_loss);
	tcase_add_test(tc, a_kernel_that_refuses_is_asked_ever_more_seldom);
	tcase_add_test(tc, refusals_are_counted_up_to_the_last_a_byte_holds);
	tcase_add_test(tc, wanting_otherwise_ends_the_waiting);
	tcase_add_test(tc, a_removal_that_is_refused_is_tried_again);
	tcase_add_test(tc, each_slot_waits_for_itself_and_the_plan_for_the_earliest);
	tcase_add_test(tc, an_answer_to_what_was_not_asked_is_ignored);
	tcase_add_test(tc, nothing_is_done_on_an_interface_that_does_not_exist);
	tcase_add_test(tc, an_interface_that_vanishes_takes_everything_with_it);
	tcase_add_test(tc, the_same_address_with_two_prefix_lengths_is_two_slots);
	tcase_add_test(tc, an_address_made_with_another_label_scope_or_lifetime_is_replaced);
	tcase_add_test(tc, an_address_made_as_wanted_is_left_alone);
	tcase_add_test(tc, an_ipv6_address_told_before_its_answer_is_ours_once);
	tcase_add_test(
		tc, in_a_hurry_what_was_refused_is_asked_for_at_once_and_counts_as_never_refused);
	tcase_add_test(tc, what_is_asked_for_or_there_already_is_not_hurried);
	return run_test_case(tc, "plan");
}
