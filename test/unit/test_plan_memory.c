/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a slot of the plan remembers, and for how long: what was lost, how often, who put what there. What a change of mind or of the
 * interface leaves behind would be believed of the wrong address later.
 */
#include <errno.h>
#include <stdint.h>

#include "plan_bench.h"

static void expect_forgotten(const struct slot *s)
{
	ck_assert(!s->lost);
	ck_assert_uint_eq(s->losses, 0);
	ck_assert_uint_eq(s->failures, 0);
	ck_assert_uint_eq(s->announcements, 0);
	ck_assert(instant_is_never(s->retry_at));
}

/* Held, lost, and with announcements to be sent. */
static void make_eventful(struct bench *b)
{
	bench_init(b, 1);
	hold(b, 0, 1000);
	observe(b, 0, 24, true, false, 1100);
	b->slots[0].announcements = 3;
	ck_assert(b->slots[0].lost);
	ck_assert_uint_eq(b->slots[0].losses, 1);
}

START_TEST(what_is_not_wanted_any_more_is_forgotten)
{
	struct bench b;

	make_eventful(&b);
	plan_want(&b.p, 0, false);
	expect_forgotten(&b.slots[0]);
}
END_TEST

START_TEST(what_was_on_another_interface_is_forgotten)
{
	struct bench b;

	make_eventful(&b);
	plan_move(&b.p, 0, IFINDEX + 1);
	expect_forgotten(&b.slots[0]);
}
END_TEST

START_TEST(an_outdated_form_goes_with_its_interface)
{
	struct bench b;
	struct vip other;

	bench_init(&b, 1);
	hold(&b, 0, 1000);
	other = b.vips[0];
	other.deprecated = true;
	plan_compare_form(&b.p, 0, &other);
	ck_assert(b.slots[0].outdated);
	plan_move(&b.p, 0, IFINDEX + 1);
	ck_assert(!b.slots[0].outdated);
}
END_TEST

START_TEST(wanting_once_more_what_the_kernel_refused_does_not_hurry_it)
{
	struct bench b;

	bench_init(&b, 1);
	plan_want(&b.p, 0, true);
	expect(&b, 0, true);
	answer(&b, 0, true, EPERM, 1000);
	plan_want(&b.p, 0, true);
	expect_nothing(&b);
	ck_assert_uint_eq(b.slots[0].failures, 1);
}
END_TEST

START_TEST(an_address_is_found_at_its_own_interface_only)
{
	struct bench b;

	bench_init(&b, CAP);
	for (uint32_t i = 0; i < CAP; i++) {
		for (int32_t ifindex = 1; ifindex < 200; ifindex++)
			ck_assert_uint_eq(plan_find(&b.p, ifindex, b.vips[i].addr),
					  ifindex == IFINDEX ? i : INDEX_NONE);
	}
}
END_TEST

/* ---- who put it there ---- */

START_TEST(what_is_foreign_is_known_by_its_prefix_length)
{
	struct bench b;

	for (uint8_t own = 0; own <= 128; own++) {
		for (uint8_t other = 0; other <= 128; other++) {
			bench_init(&b, 1);
			b.vips[0].prefix_len = own;
			plan_want(&b.p, 0, true);
			expect(&b, 0, true);
			observe(&b, 0, other, false, true, 0);
			answer(&b, 0, true, 0, 0);
			ck_assert_int_eq(b.slots[0].ours, own != other);
		}
	}
}
END_TEST

/* ---- losses ---- */

START_TEST(an_address_we_never_added_is_not_fought_over)
{
	struct bench b;

	bench_init(&b, 1);
	observe(&b, 0, 24, false, true, 0);
	plan_want(&b.p, 0, true);
	for (int64_t ms = 1; ms < 10; ms++) {
		observe(&b, 0, 24, false, false, ms);
		ck_assert_uint_eq(b.slots[0].losses, 1);
		observe(&b, 0, 24, false, true, ms);
	}
}
END_TEST

START_TEST(what_was_not_there_is_not_lost)
{
	struct bench b;

	bench_init(&b, 1);
	plan_want(&b.p, 0, true);
	expect(&b, 0, true);
	observe(&b, 0, 24, true, false, 0);
	ck_assert(!b.slots[0].lost);
}
END_TEST

START_TEST(what_is_told_to_be_there_still_is_not_lost)
{
	struct bench b;

	bench_init(&b, 1);
	hold(&b, 0, 0);
	observe(&b, 0, 24, true, true, 100);
	ck_assert(!b.slots[0].lost);
}
END_TEST

START_TEST(losses_are_counted_up_to_the_last_a_byte_holds)
{
	struct bench b;

	bench_init(&b, 1);
	hold(&b, 0, 0);
	for (int i = 1; i < 300; i++) {
		observe(&b, 0, 24, true, false, 1);
		ck_assert_uint_eq(b.slots[0].losses, i < UINT8_MAX ? i : UINT8_MAX);
		observe(&b, 0, 24, true, true, 1);
	}
}
END_TEST

START_TEST(a_removal_is_no_addition)
{
	struct bench b;

	bench_init(&b, 1);
	hold(&b, 0, 1000);
	plan_want(&b.p, 0, false);
	expect(&b, 0, false);
	answer(&b, 0, false, 0, 2000);
	ck_assert_int_eq(b.slots[0].added_at.us, 1000000);
}
END_TEST

START_TEST(however_often_the_kernel_refuses_it_is_asked_again_once_a_minute)
{
	struct bench b;
	int64_t ms = 0;

	bench_init(&b, 1);
	plan_want(&b.p, 0, true);
	for (int i = 1; i < 300; i++) {
		expect(&b, 0, true);
		answer(&b, 0, true, EPERM, ms);
		if (i > 10)
			ck_assert_int_eq(b.slots[0].retry_at.us, (ms + PLAN_RETRY_MAX_MS) * 1000);
		ms += PLAN_RETRY_MAX_MS;
		plan_tick(&b.p, at_ms(ms));
	}
}
END_TEST

/* ---- when there is nothing left to do ---- */

START_TEST(the_window_is_small_again_when_everything_is_answered)
{
	struct bench b;

	bench_init(&b, 2);
	plan_want(&b.p, 0, true);
	plan_want(&b.p, 1, true);
	expect(&b, 0, true);
	expect(&b, 1, true);
	answer(&b, 0, true, 0, 0);
	expect_nothing(&b);
	ck_assert_uint_eq(b.p.window, 2 * PLAN_WINDOW_FIRST);
	answer(&b, 1, true, 0, 0);
	expect_nothing(&b);
	ck_assert_uint_eq(b.p.window, PLAN_WINDOW_FIRST);
}
END_TEST

START_TEST(a_slot_that_is_wanted_or_under_way_is_not_done)
{
	struct bench b;

	bench_init(&b, 1);
	plan_want(&b.p, 0, true);
	ck_assert(!plan_slot_done(&b.slots[0]));
	expect(&b, 0, true);
	plan_want(&b.p, 0, false);
	ck_assert(!plan_slot_done(&b.slots[0]));
	answer(&b, 0, true, EPERM, 0);
	ck_assert(plan_slot_done(&b.slots[0]));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("plan_memory");

	tcase_add_test(tc, what_is_not_wanted_any_more_is_forgotten);
	tcase_add_test(tc, what_was_on_another_interface_is_forgotten);
	tcase_add_test(tc, an_outdated_form_goes_with_its_interface);
	tcase_add_test(tc, wanting_once_more_what_the_kernel_refused_does_not_hurry_it);
	tcase_add_test(tc, an_address_is_found_at_its_own_interface_only);
	tcase_add_test(tc, what_is_foreign_is_known_by_its_prefix_length);
	tcase_add_test(tc, an_address_we_never_added_is_not_fought_over);
	tcase_add_test(tc, what_was_not_there_is_not_lost);
	tcase_add_test(tc, what_is_told_to_be_there_still_is_not_lost);
	tcase_add_test(tc, losses_are_counted_up_to_the_last_a_byte_holds);
	tcase_add_test(tc, a_removal_is_no_addition);
	tcase_add_test(tc, however_often_the_kernel_refuses_it_is_asked_again_once_a_minute);
	tcase_add_test(tc, the_window_is_small_again_when_everything_is_answered);
	tcase_add_test(tc, a_slot_that_is_wanted_or_under_way_is_not_done);
	return run_test_case(tc, "plan_memory");
}
