/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What results make of a tracked thing: rise and fall, tolerated numbers, delays, and the time that a first result may take.
 */
#include <check.h>

#include "core/tracker.h"
#include "core_kit.h"
#include "unit.h"

static struct check_settings script(uint32_t rise, uint32_t fall, enum check_state initially)
{
	return (struct check_settings){ .name = "s",
					.kind = CHECK_SCRIPT,
					.interval = span_ms(2000),
					.timeout = span_ms(1000),
					.rise = rise,
					.fall = fall,
					.initially = initially };
}

START_TEST(the_first_result_decides_whatever_rise_and_fall_say)
{
	struct check_settings set = script(3, 3, CHECK_UNKNOWN);
	struct tracker t;

	tracker_init(&t, &set);
	ck_assert_int_eq(t.state, CHECK_UNKNOWN);
	ck_assert(tracker_result(&t, 0, NULL, at_ms(0)));
	ck_assert_int_eq(t.state, CHECK_DOWN);
	tracker_init(&t, &set);
	ck_assert(tracker_result(&t, 1, NULL, at_ms(0)));
	ck_assert_int_eq(t.state, CHECK_UP);
}
END_TEST

START_TEST(as_many_failures_as_fall_says_make_it_down)
{
	struct check_settings set = script(1, 3, CHECK_UP);
	struct tracker t;

	tracker_init(&t, &set);
	ck_assert_int_eq(t.state, CHECK_UP);
	ck_assert(!tracker_result(&t, 0, NULL, at_ms(0)));
	ck_assert(!tracker_result(&t, 0, NULL, at_ms(1)));
	ck_assert(!tracker_result(&t, 1, NULL, at_ms(2))); /* in a row */
	ck_assert(!tracker_result(&t, 0, NULL, at_ms(3)));
	ck_assert(!tracker_result(&t, 0, NULL, at_ms(4)));
	ck_assert(tracker_result(&t, 0, "exit status 1", at_ms(5)));
	ck_assert_int_eq(t.state, CHECK_DOWN);
	ck_assert_str_eq(t.why, "exit status 1");
	ck_assert(!tracker_result(&t, 0, NULL, at_ms(6)));
}
END_TEST

START_TEST(as_many_successes_as_rise_says_make_it_up)
{
	struct check_settings set = script(2, 1, CHECK_DOWN);
	struct tracker t;

	tracker_init(&t, &set);
	ck_assert(!tracker_result(&t, 1, NULL, at_ms(0)));
	ck_assert(!tracker_result(&t, 0, NULL, at_ms(1)));
	ck_assert(!tracker_result(&t, 1, NULL, at_ms(2)));
	ck_assert(tracker_result(&t, 1, NULL, at_ms(3)));
	ck_assert(tracker_result(&t, 0, NULL, at_ms(4)));
}
END_TEST

START_TEST(no_first_result_in_time_is_a_bad_one)
{
	struct check_settings set = script(1, 1, CHECK_UNKNOWN);
	struct tracker t;

	tracker_init(&t, &set);
	ck_assert(!tracker_tick(&t, at_ms(100000))); /* nobody waits yet */
	tracker_await(&t, at_ms(0));
	/* interval + timeout + slack */
	ck_assert(!tracker_tick(&t, at_us(3999999)));
	ck_assert(tracker_tick(&t, at_ms(4000)));
	ck_assert_int_eq(t.state, CHECK_DOWN);
	ck_assert(instant_is_never(t.decide_at));
}
END_TEST

START_TEST(a_process_is_well_within_its_numbers)
{
	struct check_settings set = { .kind = CHECK_PROCESS, .minimum = 2, .maximum = 3 };
	struct tracker t;

	for (int64_t count = 0; count <= 5; count++) {
		tracker_init(&t, &set);
		tracker_result(&t, count, NULL, at_ms(0));
		ck_assert_int_eq(t.state, count == 2 || count == 3 ? CHECK_UP : CHECK_DOWN);
	}
	set.maximum = COUNT_UNLIMITED;
	tracker_init(&t, &set);
	tracker_result(&t, 1000000, NULL, at_ms(0));
	ck_assert_int_eq(t.state, CHECK_UP);
}
END_TEST

START_TEST(a_delay_must_pass_before_a_process_counts_as_gone)
{
	struct check_settings set = { .kind = CHECK_PROCESS,
				      .minimum = 1,
				      .maximum = COUNT_UNLIMITED,
				      .delay = span_ms(500) };
	struct tracker t;

	tracker_init(&t, &set);
	ck_assert(tracker_result(&t, 1, NULL, at_ms(0))); /* the first one at once */
	ck_assert(!tracker_result(&t, 0, NULL, at_ms(100)));
	ck_assert(!tracker_result(&t, 0, NULL, at_ms(400))); /* the time runs from the first */
	ck_assert(!tracker_tick(&t, at_ms(599)));
	ck_assert(tracker_tick(&t, at_ms(600)));
	ck_assert_int_eq(t.state, CHECK_DOWN);
	ck_assert(!tracker_result(&t, 1, NULL, at_ms(700)));
	ck_assert(!tracker_result(&t, 0, NULL, at_ms(800))); /* gone again before it counted */
	ck_assert(instant_is_never(t.decide_at));
}
END_TEST

START_TEST(any_number_in_a_file_is_news_and_none_is_down)
{
	struct check_settings set = { .kind = CHECK_FILE };
	struct tracker t;

	tracker_init(&t, &set);
	ck_assert(tracker_result(&t, 0, NULL, at_ms(0)));
	ck_assert_int_eq(t.state, CHECK_UP);
	ck_assert(!tracker_result(&t, 0, NULL, at_ms(1)));
	ck_assert(tracker_result(&t, -7, NULL, at_ms(2)));
	ck_assert_int_eq(t.value, -7);
}
END_TEST

START_TEST(an_inverse_track_takes_down_for_up)
{
	struct check_settings set = script(1, 1, CHECK_DOWN);
	struct track_settings straight = { .weight = 1 }, inverse = { .inverse = true };
	struct tracker t;

	tracker_init(&t, &set);
	ck_assert(!tracker_is_up(&t, &straight));
	ck_assert(tracker_is_up(&t, &inverse));
	tracker_result(&t, 1, NULL, at_ms(0));
	ck_assert(tracker_is_up(&t, &straight));
	ck_assert(!tracker_is_up(&t, &inverse));
	set.initially = CHECK_UNKNOWN;
	tracker_init(&t, &set);
	ck_assert(!tracker_is_up(&t, &inverse));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("tracker");

	tcase_add_test(tc, the_first_result_decides_whatever_rise_and_fall_say);
	tcase_add_test(tc, as_many_failures_as_fall_says_make_it_down);
	tcase_add_test(tc, as_many_successes_as_rise_says_make_it_up);
	tcase_add_test(tc, no_first_result_in_time_is_a_bad_one);
	tcase_add_test(tc, a_process_is_well_within_its_numbers);
	tcase_add_test(tc, a_delay_must_pass_before_a_process_counts_as_gone);
	tcase_add_test(tc, any_number_in_a_file_is_news_and_none_is_down);
	tcase_add_test(tc, an_inverse_track_takes_down_for_up);
	return run_test_case(tc, "tracker");
}
