/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The queue against a list that is simply searched: whatever is set, moved and dropped, the next
 * deadline, its item and the order of equals must be the same. And the heap's own bookkeeping after
 * each step.
 */
#include "base/deadlines.h"

#include <stdlib.h>

#include "base/limits.h"
#include "random.h"
#include "unit.h"

struct queue {
	struct deadlines q;
	struct instant *at;
	uint32_t *heap, *place;
};

static struct queue queue_of(uint32_t n)
{
	struct queue queue = { .at = malloc(n * sizeof(*queue.at)),
			       .heap = malloc(n * sizeof(*queue.heap)),
			       .place = malloc(n * sizeof(*queue.place)) };

	deadlines_init(&queue.q, n, queue.at, queue.heap, queue.place);
	return queue;
}

static void queue_done(struct queue *queue)
{
	free(queue->at);
	free(queue->heap);
	free(queue->place);
}

static struct instant at(int64_t us)
{
	return (struct instant){ .us = us };
}

/* Takes the next item out, whatever its deadline is; UINT32_MAX if there is none. */
static uint32_t pop(struct deadlines *q)
{
	uint32_t item = UINT32_MAX;

	if (deadlines_due(q, at(INT64_MAX - 1), &item))
		deadlines_set(q, item, INSTANT_NEVER);
	return item;
}

START_TEST(an_empty_queue_has_nothing_due_ever)
{
	struct queue queue = queue_of(4);
	uint32_t item = 77;

	ck_assert(instant_is_never(deadlines_next(&queue.q)));
	ck_assert(!deadlines_due(&queue.q, at(INT64_MAX - 1), &item));
	ck_assert(!deadlines_due(&queue.q, INSTANT_NEVER, &item));
	ck_assert_uint_eq(item, 77);
	queue_done(&queue);
}
END_TEST

START_TEST(a_queue_for_no_items_is_just_empty)
{
	struct deadlines q;

	deadlines_init(&q, 0, NULL, NULL, NULL);
	ck_assert(instant_is_never(deadlines_next(&q)));
}
END_TEST

START_TEST(a_deadline_is_due_when_it_is_reached_and_not_before)
{
	struct queue queue = queue_of(4);
	uint32_t item = 77;

	deadlines_set(&queue.q, 2, at(100));
	ck_assert(!deadlines_due(&queue.q, at(99), &item));
	ck_assert_uint_eq(item, 77);
	ck_assert(deadlines_due(&queue.q, at(100), &item));
	ck_assert_uint_eq(item, 2);
	queue_done(&queue);
}
END_TEST

START_TEST(what_is_due_stays_queued_until_it_is_set_anew)
{
	struct queue queue = queue_of(2);
	uint32_t item;

	deadlines_set(&queue.q, 1, at(100));
	ck_assert(deadlines_due(&queue.q, at(200), &item));
	ck_assert(deadlines_due(&queue.q, at(200), &item));
	deadlines_set(&queue.q, 1, at(300));
	ck_assert(!deadlines_due(&queue.q, at(200), &item));
	ck_assert_int_eq(deadlines_next(&queue.q).us, 300);
	queue_done(&queue);
}
END_TEST

START_TEST(equal_deadlines_come_out_by_item_number)
{
	const uint32_t n = 100;
	struct queue queue = queue_of(n);

	for (uint32_t i = 0; i < n; i++)
		deadlines_set(&queue.q, i * 37 % n, at(500)); /* every item, in a strange order */
	for (uint32_t i = 0; i < n; i++)
		ck_assert_uint_eq(pop(&queue.q), i);
	ck_assert_uint_eq(pop(&queue.q), UINT32_MAX);
	queue_done(&queue);
}
END_TEST

START_TEST(never_takes_an_item_out_and_may_be_set_twice)
{
	struct queue queue = queue_of(3);

	deadlines_set(&queue.q, 0, at(10));
	deadlines_set(&queue.q, 1, at(20));
	deadlines_set(&queue.q, 0, INSTANT_NEVER);
	deadlines_set(&queue.q, 0, INSTANT_NEVER);
	deadlines_set(&queue.q, 2, INSTANT_NEVER);
	ck_assert_uint_eq(queue.q.count, 1);
	ck_assert_int_eq(deadlines_next(&queue.q).us, 20);
	ck_assert_uint_eq(pop(&queue.q), 1);
	ck_assert(instant_is_never(deadlines_next(&queue.q)));
	queue_done(&queue);
}
END_TEST

START_TEST(a_deadline_moves_both_ways)
{
	struct queue queue = queue_of(3);

	for (uint32_t i = 0; i < 3; i++)
		deadlines_set(&queue.q, i, at(100 + i));
	deadlines_set(&queue.q, 0, at(900));
	ck_assert_int_eq(deadlines_next(&queue.q).us, 101);
	deadlines_set(&queue.q, 0, at(-5));
	ck_assert_int_eq(deadlines_next(&queue.q).us, -5);
	ck_assert_uint_eq(pop(&queue.q), 0);
	queue_done(&queue);
}
END_TEST

/* Is every parent before its children, and every item in the place where it believes it is? */
static bool heap_is_sound(const struct deadlines *q)
{
	uint32_t queued = 0;

	for (uint32_t p = 0; p < q->count; p++) {
		uint32_t item = q->heap[p], parent = q->heap[p == 0 ? 0 : (p - 1) / 2];

		if (q->place[item] != p || instant_before(q->at[item], q->at[parent]))
			return false;
		if (q->at[parent].us == q->at[item].us && parent > item)
			return false;
	}
	for (uint32_t i = 0; i < q->n; i++) {
		queued += q->place[i] != UINT32_MAX;
		if ((q->place[i] == UINT32_MAX) != instant_is_never(q->at[i]))
			return false;
	}
	return queued == q->count;
}

/* The same question answered by looking at everything. */
static uint32_t search(const struct instant *deadlines, uint32_t n)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < n; i++) {
		if (instant_before(deadlines[i], deadlines[best]))
			best = i;
	}
	return best;
}

START_TEST(random_sets_moves_and_drops_agree_with_a_search)
{
	for (uint32_t n = 1; n <= 33; n += 4) {
		struct queue queue = queue_of(n);
		struct instant plain[33];
		struct random random = { .state = n };

		for (uint32_t i = 0; i < n; i++)
			plain[i] = INSTANT_NEVER;
		for (int step = 0; step < 4000; step++) {
			uint32_t item = random_below(&random, n), due = UINT32_MAX;
			/* few values, so that equals are common */
			struct instant when = random_below(&random, 4) == 0
						      ? INSTANT_NEVER
						      : at(random_below(&random, 20));

			plain[item] = when;
			deadlines_set(&queue.q, item, when);
			ck_assert(heap_is_sound(&queue.q));
			uint32_t expected = search(plain, n);

			ck_assert_int_eq(deadlines_next(&queue.q).us, plain[expected].us);
			if (deadlines_due(&queue.q, at(1000), &due))
				ck_assert_uint_eq(due, expected);
			else
				ck_assert(instant_is_never(plain[expected]));
		}
		queue_done(&queue);
	}
}
END_TEST

START_TEST(as_many_deadlines_as_there_can_be_instances_come_out_in_order)
{
	const uint32_t n = INSTANCES_MAX;
	struct queue queue = queue_of(n);
	struct random random = { .state = 9 };
	int64_t last_us = 0;

	for (int round = 0; round < 20; round++) {
		for (uint32_t i = 0; i < n; i++)
			deadlines_set(&queue.q, i, at(random_below(&random, 1000000)));
	}
	ck_assert(heap_is_sound(&queue.q));
	for (uint32_t i = 0; i < n; i++) {
		int64_t next_us = deadlines_next(&queue.q).us;

		ck_assert_int_ge(next_us, last_us);
		last_us = next_us;
		ck_assert_uint_ne(pop(&queue.q), UINT32_MAX);
	}
	ck_assert_uint_eq(queue.q.count, 0);
	queue_done(&queue);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("deadlines");

	tcase_add_test(tc, an_empty_queue_has_nothing_due_ever);
	tcase_add_test(tc, a_queue_for_no_items_is_just_empty);
	tcase_add_test(tc, a_deadline_is_due_when_it_is_reached_and_not_before);
	tcase_add_test(tc, what_is_due_stays_queued_until_it_is_set_anew);
	tcase_add_test(tc, equal_deadlines_come_out_by_item_number);
	tcase_add_test(tc, never_takes_an_item_out_and_may_be_set_twice);
	tcase_add_test(tc, a_deadline_moves_both_ways);
	tcase_add_test(tc, random_sets_moves_and_drops_agree_with_a_search);
	tcase_add_test(tc, as_many_deadlines_as_there_can_be_instances_come_out_in_order);
	return run_test_case(tc, "deadlines");
}
