/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The work list: first in, first out, each item once, and an item that was taken may be added again.
 */
#include "base/worklist.h"

#include <stdbool.h>

#include "random.h"
#include "unit.h"

enum {
	N = 10
};

START_TEST(an_empty_list_gives_nothing)
{
	uint32_t next[N], item = 77;
	struct worklist w;

	worklist_init(&w, N, next);
	ck_assert(worklist_empty(&w));
	ck_assert(!worklist_take(&w, &item));
	ck_assert_uint_eq(item, 77);
	worklist_init(&w, 0, NULL);
	ck_assert(!worklist_take(&w, &item));
}
END_TEST

START_TEST(items_come_out_in_the_order_they_were_added)
{
	static const uint32_t order[] = { 3, 9, 0, 4 };
	uint32_t next[N], item;
	struct worklist w;

	worklist_init(&w, N, next);
	for (int i = 0; i < 4; i++)
		worklist_add(&w, order[i]);
	for (int i = 0; i < 4; i++) {
		ck_assert(!worklist_empty(&w));
		ck_assert(worklist_take(&w, &item));
		ck_assert_uint_eq(item, order[i]);
	}
	ck_assert(worklist_empty(&w));
}
END_TEST

START_TEST(an_item_added_twice_comes_out_once_and_keeps_its_place)
{
	uint32_t next[N], item;
	struct worklist w;

	worklist_init(&w, N, next);
	worklist_add(&w, 1);
	worklist_add(&w, 2);
	worklist_add(&w, 1);
	worklist_add(&w, 2); /* the last one too, which nothing follows */
	ck_assert(worklist_take(&w, &item));
	ck_assert_uint_eq(item, 1);
	ck_assert(worklist_take(&w, &item));
	ck_assert_uint_eq(item, 2);
	ck_assert(!worklist_take(&w, &item));
}
END_TEST

START_TEST(an_item_that_was_taken_goes_to_the_end_when_added_again)
{
	uint32_t next[N], item;
	struct worklist w;

	worklist_init(&w, N, next);
	worklist_add(&w, 1);
	worklist_add(&w, 2);
	ck_assert(worklist_take(&w, &item));
	worklist_add(&w, item);
	ck_assert(worklist_take(&w, &item));
	ck_assert_uint_eq(item, 2);
	ck_assert(worklist_take(&w, &item));
	ck_assert_uint_eq(item, 1);
}
END_TEST

START_TEST(an_item_is_in_one_of_the_lists_that_share_an_array)
{
	uint32_t next[N], item;
	struct worklist a, b;

	worklist_init(&a, N, next);
	worklist_add(&a, 1);
	worklist_share(&b, &a);
	ck_assert(worklist_empty(&b));
	worklist_add(&b, 2);
	worklist_add(&b, 1); /* in the other one */
	worklist_add(&a, 2);
	ck_assert(worklist_take(&a, &item));
	ck_assert_uint_eq(item, 1);
	ck_assert(worklist_empty(&a));
	worklist_add(&b, 1);
	ck_assert(worklist_take(&b, &item));
	ck_assert_uint_eq(item, 2);
	ck_assert(worklist_take(&b, &item));
	ck_assert_uint_eq(item, 1);
	ck_assert(worklist_empty(&b));
}
END_TEST

START_TEST(random_work_agrees_with_a_plain_queue)
{
	uint32_t next[N], queue[N], item;
	uint32_t count = 0;
	struct random random = { .state = 5 };
	struct worklist w;

	worklist_init(&w, N, next);
	for (int step = 0; step < 20000; step++) {
		if (random_below(&random, 2) == 0) {
			bool known = false;

			item = random_below(&random, N);
			for (uint32_t i = 0; i < count; i++)
				known = known || queue[i] == item;
			if (!known)
				queue[count++] = item;
			worklist_add(&w, item);
			continue;
		}
		ck_assert(worklist_take(&w, &item) == (count > 0));
		if (count == 0)
			continue;
		ck_assert_uint_eq(item, queue[0]);
		count--;
		for (uint32_t i = 0; i < count; i++)
			queue[i] = queue[i + 1];
		ck_assert(worklist_empty(&w) == (count == 0));
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("worklist");

	tcase_add_test(tc, an_empty_list_gives_nothing);
	tcase_add_test(tc, items_come_out_in_the_order_they_were_added);
	tcase_add_test(tc, an_item_added_twice_comes_out_once_and_keeps_its_place);
	tcase_add_test(tc, an_item_that_was_taken_goes_to_the_end_when_added_again);
	tcase_add_test(tc, an_item_is_in_one_of_the_lists_that_share_an_array);
	tcase_add_test(tc, random_work_agrees_with_a_plain_queue);
	return run_test_case(tc, "worklist");
}
