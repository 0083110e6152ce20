/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much memory an engine asks for, and that it keeps to it. It counts what the settings hold and nothing beside that: a count that is
 * too small is somebody else's memory.
 */
#include <stdint.h>
#include <string.h>

#include "engine_bench.h"

enum {
	BEHIND = 4096, /* bytes that are not the engine's */
};

static size_t size_of(const struct bench *b)
{
	return engine_size(&b->kit.s, 0, 0);
}

START_TEST(what_lies_behind_the_tables_is_not_counted)
{
	struct bench b;
	size_t size;

	bench_init(&b, 100);
	size = size_of(&b);
	b.kit.instances[1] = kit_instance("not one", 52, 100);
	b.kit.instances[1].addresses[FAMILY_V4].count = 1;
	b.kit.vips[1] = kit_vip("192.0.2.101/24");
	strcpy(b.kit.vips[1].dev, "eth1");
	ck_assert_uint_eq(size_of(&b), size);
}
END_TEST

START_TEST(only_the_two_families_are_counted_as_virtual_routers)
{
	struct bench b;
	size_t size;

	bench_init(&b, 100);
	size = size_of(&b);
	b.kit.instances[0].extra = (struct range){ .first = 0, .count = 1 };
	b.kit.instances[0].announce.interval = span_s(36000);
	b.kit.instances[0].announce.refresh = span_s(36000);
	ck_assert_uint_eq(size_of(&b), size);
	b.kit.instances[0].addresses[FAMILY_V6] = (struct range){ .first = 0, .count = 1 };
	ck_assert_uint_gt(size_of(&b), size);
}
END_TEST

START_TEST(only_both_families_together_share_a_fate)
{
	struct bench v4, v6;

	bench_init(&v4, 100);
	kit_init(&v6.kit);
	kit_add_simple(&v6.kit, "web", 51, 100, "fe80::200:5eff:fe00:233/64");
	ck_assert_uint_eq(size_of(&v4), size_of(&v6));
	bench_make_engine(&v6, 0);
	ck_assert_uint_eq(engine_vrouter_count(v6.e), 1);
	bench_done(&v6);
}
END_TEST

START_TEST(four_instances_lie_beside_their_forces)
{
	struct bench b;
	struct snapshot s;

	bench_init(&b, 100);
	for (uint8_t i = 1; i < 4; i++)
		kit_add_simple(&b.kit, "another", (uint8_t)(51 + i), 100, "192.0.2.200/24");
	bench_make_engine(&b, 0);
	for (uint32_t i = 0; i < 4; i++) {
		engine_snapshot(b.e, i, at_ms(0), &s);
		ck_assert_int_eq(s.force.to, FORCE_NONE);
	}
	bench_done(&b);
}
END_TEST

START_TEST(a_device_of_one_letter_is_an_interface_of_its_own)
{
	struct bench b;
	size_t size;

	bench_init(&b, 255);
	size = size_of(&b);
	strcpy(b.kit.vips[0].dev, "x");
	ck_assert_uint_gt(size_of(&b), size);
	b.kernel_answers = false;
	bench_make_engine(&b, 0);
	link_up(&b, 0);
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	ck_assert_str_eq(actions(&b), "advert:255 save ");
	link_named(&b, 1, "x", 7, true, NULL);
	ck_assert_str_eq(actions(&b), "add:192.0.2.100 ");
	bench_done(&b);
}
END_TEST

START_TEST(an_engine_whose_history_is_full_keeps_to_its_memory)
{
	struct bench b;
	struct history_event event = { .kind = HISTORY_LINK };
	uint8_t behind[BEHIND];
	struct history *history;
	uint8_t *mem;

	bench_init(&b, 100);
	mem = malloc(size_of(&b) + BEHIND);
	ck_assert_ptr_nonnull(mem);
	memset(mem + size_of(&b), 0xa5, BEHIND);
	memset(behind, 0xa5, BEHIND);
	b.e = engine_init(mem, &b.kit.s, 0, 0);
	history = engine_history(b.e);
	for (uint32_t i = 0; i < 2 * HISTORY_MAX; i++)
		history_append(history, &event);
	ck_assert_mem_eq(mem + size_of(&b), behind, BEHIND);
	ck_assert_uint_eq(history->next_seq - history_last(history, UINT32_MAX), HISTORY_MAX);
	bench_done(&b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("engine_memory");

	tcase_add_test(tc, what_lies_behind_the_tables_is_not_counted);
	tcase_add_test(tc, only_the_two_families_are_counted_as_virtual_routers);
	tcase_add_test(tc, only_both_families_together_share_a_fate);
	tcase_add_test(tc, four_instances_lie_beside_their_forces);
	tcase_add_test(tc, a_device_of_one_letter_is_an_interface_of_its_own);
	tcase_add_test(tc, an_engine_whose_history_is_full_keeps_to_its_memory);
	return run_test_case(tc, "engine_memory");
}
