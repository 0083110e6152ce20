/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The edges of what results make of a tracked thing: each kind's first result, what ends a wait, and what a successor is handed.
 */
#include <check.h>
#include <string.h>

#include "core/bfd_session.h"
#include "core/tracker.h"
#include "core_kit.h"
#include "unit.h"

static struct check_settings of_kind(enum check_kind kind)
{
	return (struct check_settings){ .name = "it",
					.kind = kind,
					.interval = span_ms(2000),
					.timeout = span_ms(1000),
					.rise = 3,
					.fall = 3,
					.initially = CHECK_UP,
					.minimum = 1,
					.maximum = COUNT_UNLIMITED };
}

static struct tracker tracker_of(const struct check_settings *set)
{
	struct tracker t;

	memset(&t, 0xa5, sizeof(t));
	tracker_init(&t, set);
	return t;
}

START_TEST(only_a_script_begins_with_a_state)
{
	for (enum check_kind kind = CHECK_SCRIPT; kind < CHECK_KIND_COUNT_; kind++) {
		struct check_settings set = of_kind(kind);
		struct tracker t = tracker_of(&set);

		ck_assert_int_eq(t.state, kind == CHECK_SCRIPT ? CHECK_UP : CHECK_UNKNOWN);
		ck_assert(instant_is_never(t.decide_at));
		ck_assert_str_eq(t.why, "");
	}
}
END_TEST

START_TEST(what_has_a_state_already_is_not_awaited)
{
	struct check_settings set = of_kind(CHECK_SCRIPT);
	struct tracker t = tracker_of(&set);

	tracker_await(&t, at_ms(0));
	ck_assert(instant_is_never(t.decide_at));
}
END_TEST

START_TEST(only_scripts_and_bfd_sessions_are_given_their_own_time_to_speak)
{
	for (enum check_kind kind = CHECK_SCRIPT; kind < CHECK_KIND_COUNT_; kind++) {
		struct check_settings set = of_kind(kind);
		int64_t due_ms = kind == CHECK_SCRIPT || kind == CHECK_BFD ? 14000 : 11000;
		struct tracker t;

		set.initially = CHECK_UNKNOWN;
		t = tracker_of(&set);
		tracker_await(&t, at_ms(10000));
		ck_assert_int_eq(t.decide_at.us, due_ms * 1000);
		ck_assert(!tracker_tick(&t, at_us(due_ms * 1000 - 1)));
		ck_assert(tracker_tick(&t, at_ms(due_ms)));
		/* A file that is not there says nothing against anybody. */
		ck_assert_int_eq(t.state, kind == CHECK_FILE ? CHECK_UP : CHECK_DOWN);
		ck_assert_str_eq(t.why, "no result in time");
		ck_assert(instant_is_never(t.decide_at));
	}
}
END_TEST

START_TEST(the_first_result_ends_the_wait_for_it)
{
	struct check_settings set = of_kind(CHECK_PROCESS);
	struct tracker t = tracker_of(&set);

	set.delay = span_ms(500);
	tracker_await(&t, at_ms(0));
	ck_assert(tracker_result(&t, 1, NULL, at_ms(10))); /* no delay for the first one */
	ck_assert(instant_is_never(t.decide_at));
	ck_assert(!tracker_tick(&t, at_ms(5000)));
	ck_assert_int_eq(t.state, CHECK_UP);
}
END_TEST

START_TEST(rise_and_fall_are_for_scripts_alone)
{
	for (enum check_kind kind = CHECK_SCRIPT; kind < CHECK_KIND_COUNT_; kind++) {
		struct check_settings set = of_kind(kind);
		struct tracker t = tracker_of(&set);

		tracker_result(&t, 1, NULL, at_ms(0));
		ck_assert_int_eq(t.state, CHECK_UP);
		tracker_result(&t, 0, NULL, at_ms(1));
		ck_assert_int_eq(t.state, kind == CHECK_SCRIPT || kind == CHECK_FILE ? CHECK_UP
										     : CHECK_DOWN);
	}
}
END_TEST

START_TEST(any_number_but_none_is_good_of_a_script_and_a_bfd_session)
{
	static const enum check_kind kinds[] = { CHECK_SCRIPT, CHECK_BFD };

	for (size_t i = 0; i < 2; i++) {
		struct check_settings set = of_kind(kinds[i]);

		for (int64_t value = -1; value <= 2; value++) {
			struct tracker t;

			set.initially = CHECK_UNKNOWN;
			t = tracker_of(&set);
			ck_assert(tracker_result(&t, value, NULL, at_ms(0)));
			ck_assert_int_eq(t.state, value != 0 ? CHECK_UP : CHECK_DOWN);
			ck_assert_int_eq(t.value, value);
		}
	}
}
END_TEST

START_TEST(counting_begins_anew_after_each_change)
{
	struct check_settings set = of_kind(CHECK_SCRIPT);
	struct tracker t = tracker_of(&set);

	for (int round = 0; round < 4; round++) {
		int64_t value = round % 2; /* it is UP first */

		ck_assert(!tracker_result(&t, value, NULL, at_ms(0)));
		ck_assert(!tracker_result(&t, value, NULL, at_ms(0)));
		ck_assert(tracker_result(&t, value, NULL, at_ms(0)));
		ck_assert_uint_eq(t.against, 0);
	}
}
END_TEST

START_TEST(another_number_is_news_of_a_file_only)
{
	struct check_settings set = of_kind(CHECK_PROCESS);
	struct tracker t = tracker_of(&set);

	ck_assert(tracker_result(&t, 1, NULL, at_ms(0)));
	ck_assert(!tracker_result(&t, 2, NULL, at_ms(1)));
	ck_assert_int_eq(t.value, 2);
}
END_TEST

START_TEST(a_process_that_comes_back_waits_for_its_delay_too)
{
	struct check_settings set = of_kind(CHECK_PROCESS);
	struct tracker t;

	set.delay = span_us(1);
	t = tracker_of(&set);
	ck_assert(tracker_result(&t, 0, "not running", at_ms(0)));
	ck_assert(!tracker_result(&t, 3, NULL, at_ms(1)));
	ck_assert_int_eq(t.decide_at.us, 1001);
	ck_assert(!tracker_result(&t, 4, NULL, at_us(1001))); /* it does not run from here */
	ck_assert_int_eq(t.decide_at.us, 1001);
	ck_assert(tracker_tick(&t, at_us(1001)));
	ck_assert_int_eq(t.state, CHECK_UP);
	ck_assert_int_eq(t.value, 4);
	ck_assert_str_eq(t.why, "");
}
END_TEST

START_TEST(words_that_are_too_long_are_cut)
{
	struct check_settings set = of_kind(CHECK_SCRIPT);
	struct tracker t = tracker_of(&set);
	char words[TEXT_MAX + 10];

	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	tracker_result(&t, 1, words, at_ms(0));
	ck_assert_uint_eq(strlen(t.why), TEXT_MAX - 1);
}
END_TEST

START_TEST(what_is_adopted_goes_on_where_it_stood_with_the_new_settings)
{
	struct check_settings old_set = of_kind(CHECK_SCRIPT), set = of_kind(CHECK_SCRIPT);
	struct tracker old = tracker_of(&old_set), t;
	struct bfd_session session;

	old.session = &session;
	set.fall = 2;
	set.initially = CHECK_DOWN;
	t = tracker_of(&set);
	ck_assert(!tracker_result(&old, 0, "once", at_ms(0)));
	tracker_adopt(&t, &old);
	ck_assert_ptr_eq(t.set, &set);
	ck_assert_int_eq(t.state, CHECK_UP);
	ck_assert_str_eq(t.why, "once");
	ck_assert_ptr_null(t.session); /* which lives no longer than the old engine need */
	ck_assert(tracker_result(&t, 0, "twice", at_ms(1)));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("tracker edges");

	tcase_add_test(tc, only_a_script_begins_with_a_state);
	tcase_add_test(tc, what_has_a_state_already_is_not_awaited);
	tcase_add_test(tc, only_scripts_and_bfd_sessions_are_given_their_own_time_to_speak);
	tcase_add_test(tc, the_first_result_ends_the_wait_for_it);
	tcase_add_test(tc, rise_and_fall_are_for_scripts_alone);
	tcase_add_test(tc, any_number_but_none_is_good_of_a_script_and_a_bfd_session);
	tcase_add_test(tc, counting_begins_anew_after_each_change);
	tcase_add_test(tc, another_number_is_news_of_a_file_only);
	tcase_add_test(tc, a_process_that_comes_back_waits_for_its_delay_too);
	tcase_add_test(tc, words_that_are_too_long_are_cut);
	tcase_add_test(tc, what_is_adopted_goes_on_where_it_stood_with_the_new_settings);
	return run_test_case(tc, "tracker edges");
}
