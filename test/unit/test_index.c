/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hash index: whatever is inserted is among the candidates of its hash, whatever is removed is
 * not, however the hashes collide. Compared with a plain list of who is in.
 */
#include "base/index.h"

#include <stdbool.h>
#include <stdlib.h>

#include "random.h"
#include "unit.h"

struct store {
	struct index ix;
	uint32_t *heads, *next;
};

static struct store store_of(uint32_t n)
{
	struct store s = {
		.heads = malloc(index_buckets(n) * sizeof(uint32_t)),
		.next = malloc((n + 1) * sizeof(uint32_t)),
	};

	index_init(&s.ix, n, s.heads, s.next);
	return s;
}

static void store_done(struct store *s)
{
	free(s->heads);
	free(s->next);
}

/* How often the item is a candidate for the hash. */
static int times_found(const struct index *ix, uint32_t hash, uint32_t item)
{
	int times = 0;

	for (uint32_t i = index_first(ix, hash); i != INDEX_NONE; i = index_next(ix, i))
		times += i == item;
	return times;
}

START_TEST(there_are_at_least_as_many_buckets_as_items_and_a_power_of_two)
{
	ck_assert_uint_eq(index_buckets(0), 1);
	ck_assert_uint_eq(index_buckets(1), 1);
	ck_assert_uint_eq(index_buckets(2), 2);
	ck_assert_uint_eq(index_buckets(3), 4);
	for (uint32_t n = 1; n < 5000; n++) {
		uint32_t buckets = index_buckets(n);

		ck_assert_uint_ge(buckets, n);
		ck_assert_uint_lt(buckets / 2, n);
		ck_assert_uint_eq(buckets & (buckets - 1), 0);
	}
}
END_TEST

START_TEST(an_empty_index_finds_nothing)
{
	struct store s = store_of(8), none = store_of(0);

	for (uint32_t hash = 0; hash < 100; hash++) {
		ck_assert_uint_eq(index_first(&s.ix, hash), INDEX_NONE);
		ck_assert_uint_eq(index_first(&none.ix, hash), INDEX_NONE);
	}
	store_done(&s);
	store_done(&none);
}
END_TEST

START_TEST(items_of_one_hash_are_all_found_the_newest_first)
{
	struct store s = store_of(4);

	for (uint32_t i = 0; i < 4; i++)
		index_insert(&s.ix, 77, i);
	ck_assert_uint_eq(index_first(&s.ix, 77), 3);
	for (uint32_t i = 0; i < 4; i++)
		ck_assert_int_eq(times_found(&s.ix, 77, i), 1);
	store_done(&s);
}
END_TEST

START_TEST(removing_an_item_leaves_the_others_of_its_chain)
{
	for (uint32_t gone = 0; gone < 4; gone++) {
		struct store s = store_of(4);

		for (uint32_t i = 0; i < 4; i++)
			index_insert(&s.ix, 5, i);
		index_remove(&s.ix, 5, gone);
		for (uint32_t i = 0; i < 4; i++)
			ck_assert_int_eq(times_found(&s.ix, 5, i), i != gone);
		store_done(&s);
	}
}
END_TEST

START_TEST(removing_what_is_not_there_changes_nothing)
{
	struct store s = store_of(4);

	index_insert(&s.ix, 1, 0);
	index_remove(&s.ix, 1, 3);
	index_remove(&s.ix, 2, 0); /* another bucket than it was inserted with */
	ck_assert_int_eq(times_found(&s.ix, 1, 0), 1);
	store_done(&s);
}
END_TEST

START_TEST(random_insertions_and_removals_agree_with_a_list)
{
	enum {
		N = 50
	};
	struct store s = store_of(N);
	struct random random = { .state = 3 };
	bool in[N] = { false };
	uint32_t hash[N];

	for (int step = 0; step < 20000; step++) {
		uint32_t item = random_below(&random, N);

		if (in[item]) {
			index_remove(&s.ix, hash[item], item);
		} else {
			hash[item] = random_below(&random, 40); /* many share one */
			index_insert(&s.ix, hash[item], item);
		}
		in[item] = !in[item];
		for (uint32_t i = 0; i < N; i++)
			if (in[i])
				ck_assert_int_eq(times_found(&s.ix, hash[i], i), 1);
		if (!in[item])
			ck_assert_int_eq(times_found(&s.ix, hash[item], item), 0);
	}
	store_done(&s);
}
END_TEST

START_TEST(hashes_are_the_same_everywhere)
{
	/* FNV-1a's own test vectors */
	ck_assert_uint_eq(index_hash_text(""), 0x811c9dc5u);
	ck_assert_uint_eq(index_hash_text("a"), 0xe40c292cu);
	ck_assert_uint_eq(index_hash_text("foobar"), 0xbf9cf968u);
	ck_assert_uint_eq(index_hash_text("\xff"), 0x7a0b824eu); /* not a negative char */
	ck_assert_uint_ne(index_hash_text("eth0"), index_hash_text("eth1"));
}
END_TEST

START_TEST(neighbouring_numbers_spread_over_the_buckets)
{
	uint32_t in_bucket[256] = { 0 };

	for (uint32_t i = 0; i < 4096; i++)
		in_bucket[index_hash_number(i) & 255]++;
	for (int i = 0; i < 256; i++) {
		ck_assert_uint_gt(in_bucket[i], 0);
		ck_assert_uint_lt(in_bucket[i], 64); /* 16 were even */
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("index");

	tcase_add_test(tc, there_are_at_least_as_many_buckets_as_items_and_a_power_of_two);
	tcase_add_test(tc, an_empty_index_finds_nothing);
	tcase_add_test(tc, items_of_one_hash_are_all_found_the_newest_first);
	tcase_add_test(tc, removing_an_item_leaves_the_others_of_its_chain);
	tcase_add_test(tc, removing_what_is_not_there_changes_nothing);
	tcase_add_test(tc, random_insertions_and_removals_agree_with_a_list);
	tcase_add_test(tc, hashes_are_the_same_everywhere);
	tcase_add_test(tc, neighbouring_numbers_spread_over_the_buckets);
	return run_test_case(tc, "index");
}
