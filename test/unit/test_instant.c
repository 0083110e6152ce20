/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arithmetic of time, and above all of the instant that never comes: a timer that is not armed
 * must lose against every other and must never expire.
 */
#include "base/instant.h"

#include "unit.h"

static const struct instant start = { .us = 5000000 };
/* the latest instant that is still a real one */
static const struct instant last = { .us = INT64_MAX - 1 };

START_TEST(units_are_microseconds_inside)
{
	ck_assert_int_eq(span_us(7).us, 7);
	ck_assert_int_eq(span_ms(7).us, 7000);
	ck_assert_int_eq(span_s(7).us, 7000000);
	ck_assert_int_eq(span_ms(-1).us, -1000);
}
END_TEST

START_TEST(spans_add_multiply_and_compare)
{
	struct span short_span = span_ms(10), long_span = span_s(1);

	ck_assert_int_eq(span_add(short_span, long_span).us, 1010000);
	ck_assert_int_eq(span_times(short_span, 3).us, 30000);
	ck_assert_int_eq(span_times(short_span, 0).us, 0);
	ck_assert_int_eq(span_min(short_span, long_span).us, short_span.us);
	ck_assert_int_eq(span_min(long_span, short_span).us, short_span.us);
	ck_assert_int_eq(span_max(short_span, long_span).us, long_span.us);
	ck_assert_int_eq(span_max(long_span, short_span).us, long_span.us);
}
END_TEST

START_TEST(the_longest_master_down_interval_is_exact)
{
	/* 3 * 40.95 s + 256 * 40.95 s / 256: nothing on the wire makes a longer one */
	struct span interval = span_ms(40950);

	ck_assert_int_eq(span_add(span_times(interval, 3), interval).us, 163800000);
}
END_TEST

START_TEST(instants_move_by_spans)
{
	struct instant later = instant_add(start, span_ms(1));

	ck_assert_int_eq(later.us, 5001000);
	ck_assert_int_eq(instant_diff(later, start).us, 1000);
	ck_assert_int_eq(instant_diff(start, later).us, -1000);
	ck_assert_int_eq(instant_add(start, span_us(-1)).us, 4999999);
}
END_TEST

START_TEST(never_stays_never_whatever_is_added)
{
	ck_assert(instant_is_never(INSTANT_NEVER));
	ck_assert(instant_is_never(instant_add(INSTANT_NEVER, span_s(1))));
	ck_assert(instant_is_never(instant_add(INSTANT_NEVER, span_s(-1))));
	ck_assert(!instant_is_never(start));
	ck_assert(!instant_is_never(last));
}
END_TEST

START_TEST(never_is_later_than_any_other_instant)
{
	ck_assert(instant_before(last, INSTANT_NEVER));
	ck_assert(!instant_before(INSTANT_NEVER, last));
	ck_assert_int_eq(instant_min(INSTANT_NEVER, start).us, start.us);
	ck_assert_int_eq(instant_min(start, INSTANT_NEVER).us, start.us);
}
END_TEST

START_TEST(before_is_strict_and_reached_is_not)
{
	struct instant next = instant_add(start, span_us(1));

	ck_assert(instant_before(start, next));
	ck_assert(!instant_before(start, start));
	ck_assert(!instant_before(next, start));
	ck_assert(instant_reached(start, start));
	ck_assert(instant_reached(start, next));
	ck_assert(!instant_reached(next, start));
}
END_TEST

START_TEST(never_is_never_reached)
{
	ck_assert(!instant_reached(INSTANT_NEVER, last));
	/* not even by a clock that has run to its end */
	ck_assert(!instant_reached(INSTANT_NEVER, INSTANT_NEVER));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("instant");

	tcase_add_test(tc, units_are_microseconds_inside);
	tcase_add_test(tc, spans_add_multiply_and_compare);
	tcase_add_test(tc, the_longest_master_down_interval_is_exact);
	tcase_add_test(tc, instants_move_by_spans);
	tcase_add_test(tc, never_stays_never_whatever_is_added);
	tcase_add_test(tc, never_is_later_than_any_other_instant);
	tcase_add_test(tc, before_is_strict_and_reached_is_not);
	tcase_add_test(tc, never_is_never_reached);
	return run_test_case(tc, "instant");
}
