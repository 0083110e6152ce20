/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The limiter: a new complaint at once, then one a minute with the number of times, each
 * (virtual router, subject, sender) for itself, and the rest together when the table is full.
 */
#include "core/limiter.h"

#include "unit.h"

static struct instant at_s(int64_t s)
{
	return (struct instant){ .us = s * 1000000 };
}

static struct ip_addr sender(uint32_t number)
{
	return ip_from_v4((uint8_t[4]){ 10, (uint8_t)(number >> 16), (uint8_t)(number >> 8),
					(uint8_t)number });
}

/* What is said at that second, with the count checked against `count` unless silent. */
static enum limiter_verdict ask(struct limiter *l, int64_t s, uint32_t vrouter, uint32_t subject,
				uint32_t who, uint32_t count)
{
	uint32_t told = 4711;
	enum limiter_verdict v = limiter_ask(l, at_s(s), vrouter, subject, sender(who), &told);

	ck_assert_uint_eq(told, v == LIMITER_SILENT ? 4711 : count);
	return v;
}

START_TEST(the_first_complaint_is_made_at_once)
{
	struct limiter l = { 0 };

	ck_assert_int_eq(ask(&l, 1000, 0, 1, 1, 1), LIMITER_SPEAK);
}
END_TEST

START_TEST(the_clock_may_stand_at_zero)
{
	struct limiter l = { 0 };

	ck_assert_int_eq(ask(&l, 0, 0, 0, 0, 1), LIMITER_SPEAK);
	ck_assert_int_eq(ask(&l, 0, 0, 0, 0, 1), LIMITER_SILENT);
}
END_TEST

START_TEST(a_minute_later_it_is_made_again_with_the_number_of_times)
{
	struct limiter l = { 0 };

	ask(&l, 1000, 0, 1, 1, 1);
	for (int64_t s = 1001; s < 1060; s++)
		ck_assert_int_eq(ask(&l, s, 0, 1, 1, 0), LIMITER_SILENT);
	ck_assert_int_eq(ask(&l, 1060, 0, 1, 1, 60), LIMITER_SPEAK);
	ck_assert_int_eq(ask(&l, 1061, 0, 1, 1, 0), LIMITER_SILENT);
	ck_assert_int_eq(ask(&l, 1120, 0, 1, 1, 2), LIMITER_SPEAK);
}
END_TEST

START_TEST(others_are_judged_for_themselves)
{
	struct limiter l = { 0 };

	ask(&l, 1000, 0, 1, 1, 1);
	ck_assert_int_eq(ask(&l, 1000, 1, 1, 1, 1), LIMITER_SPEAK); /* virtual router */
	ck_assert_int_eq(ask(&l, 1000, 0, 2, 1, 1), LIMITER_SPEAK); /* subject */
	ck_assert_int_eq(ask(&l, 1000, 0, 1, 2, 1), LIMITER_SPEAK); /* sender */
	ck_assert_int_eq(ask(&l, 1001, 0, 1, 1, 1), LIMITER_SILENT);
}
END_TEST

START_TEST(more_senders_than_places_are_told_together)
{
	struct limiter l = { 0 };

	for (uint32_t who = 0; who < LIMITER_ENTRIES; who++)
		ck_assert_int_eq(ask(&l, 1000, 0, 1, who, 1), LIMITER_SPEAK);
	ck_assert_int_eq(ask(&l, 1001, 0, 1, 900, 1), LIMITER_SPEAK_OTHERS);
	for (uint32_t who = 0; who < 500; who++)
		ck_assert_int_eq(ask(&l, 1002, 0, 1, 1000 + who, 1), LIMITER_SILENT);
	/* places are free again by then, but what was swallowed is not forgotten */
	for (uint32_t who = 0; who < LIMITER_ENTRIES; who++)
		ck_assert_int_eq(ask(&l, 1059, 0, 1, who, 1), LIMITER_SILENT);
	ck_assert_int_eq(ask(&l, 1059, 0, 1, 901, 1), LIMITER_SILENT);
}
END_TEST

START_TEST(a_place_is_reused_after_a_minute_and_its_rest_is_told_with_the_others)
{
	struct limiter l = { 0 };

	for (uint32_t who = 0; who < LIMITER_ENTRIES; who++)
		ask(&l, 1000, 0, 1, who, 1);
	for (int times = 0; times < 7; times++)
		ask(&l, 1010, 0, 1, 0, 0);
	ck_assert_int_eq(ask(&l, 1060, 0, 1, 777, 1), LIMITER_SPEAK); /* takes sender 0's place */
	for (uint32_t who = 1; who < LIMITER_ENTRIES; who++)
		ask(&l, 1060, 0, 1, who, 1);
	ck_assert_int_eq(ask(&l, 1061, 0, 1, 900, 8), LIMITER_SPEAK_OTHERS);
}
END_TEST

/* Fills the table at that second. */
static void fill(struct limiter *l, int64_t s)
{
	for (uint32_t i = 0; i < LIMITER_ENTRIES; i++)
		ck_assert_int_eq(ask(l, s, 1, 1, i, 1), LIMITER_SPEAK);
}

START_TEST(the_last_place_is_one_of_the_table)
{
	struct limiter l = { 0 };

	fill(&l, 1000);
	ck_assert_int_eq(ask(&l, 1001, 1, 1, LIMITER_ENTRIES - 1, 0), LIMITER_SILENT);
	ck_assert_int_eq(ask(&l, 1060, 1, 1, LIMITER_ENTRIES - 1, 2), LIMITER_SPEAK);
}
END_TEST

START_TEST(what_stands_for_the_others_is_no_place_of_the_table)
{
	struct limiter l = { 0 };
	uint32_t count;

	fill(&l, 1000);
	ck_assert_int_eq(ask(&l, 1000, 1, 1, 1000, 1), LIMITER_SPEAK_OTHERS);
	for (uint32_t i = 0; i < LIMITER_ENTRIES; i++)
		ck_assert_int_eq(ask(&l, 1060, 1, 1, i, 1), LIMITER_SPEAK);
	/* it looks as the others do */
	ck_assert_int_eq(limiter_ask(&l, at_s(1061), 0, 0, IP_ADDR_NONE, &count),
			 LIMITER_SPEAK_OTHERS);
}
END_TEST

START_TEST(what_lies_before_the_table_is_not_in_it)
{
	struct {
		struct limiter_entry before;
		struct limiter l;
	} memory = { .before = { .used = true,
				 .vrouter = 1,
				 .subject = 1,
				 .sender = sender(1),
				 .last = at_s(1000) } };

	ck_assert_int_eq(ask(&memory.l, 1001, 1, 1, 1, 1), LIMITER_SPEAK);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("limiter");

	tcase_add_test(tc, the_first_complaint_is_made_at_once);
	tcase_add_test(tc, the_clock_may_stand_at_zero);
	tcase_add_test(tc, a_minute_later_it_is_made_again_with_the_number_of_times);
	tcase_add_test(tc, others_are_judged_for_themselves);
	tcase_add_test(tc, more_senders_than_places_are_told_together);
	tcase_add_test(tc, a_place_is_reused_after_a_minute_and_its_rest_is_told_with_the_others);
	tcase_add_test(tc, the_last_place_is_one_of_the_table);
	tcase_add_test(tc, what_stands_for_the_others_is_no_place_of_the_table);
	tcase_add_test(tc, what_lies_before_the_table_is_not_in_it);
	return run_test_case(tc, "limiter");
}
