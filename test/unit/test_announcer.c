/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Announcements: which address when, how often, and that nothing of it outlives a mastership. Two
 * interfaces, because an address may live on another one than its virtual router's.
 */
#include "core/announcer.h"

#include <string.h>

#include "core_kit.h"
#include "unit.h"

enum {
	SLOTS = 6, /* the first four on eth0, the others on eth1 */
	INTERFACES = 2,
};

struct bench {
	struct plan p;
	struct slot slots[SLOTS];
	uint32_t work[SLOTS], heads[8], chain[SLOTS];
	struct vip vips[SLOTS];
	struct interfaces is;
	struct interface table[INTERFACES];
	uint32_t name_heads[INTERFACES], name_chain[INTERFACES], ifindex_heads[INTERFACES],
		ifindex_chain[INTERFACES], announcing[INTERFACES], announcements[SLOTS];
	struct announcer a;
};

static void bench_init(struct bench *b)
{
	struct interfaces_arrays arrays = {
		.cap = INTERFACES,
		.slots = SLOTS,
		.table = b->table,
		.name_heads = b->name_heads,
		.name_chain = b->name_chain,
		.ifindex_heads = b->ifindex_heads,
		.ifindex_chain = b->ifindex_chain,
		.announcing = b->announcing,
		.announcements = b->announcements,
	};
	char text[32];

	interfaces_init(&b->is, &arrays);
	interfaces_add(&b->is, "eth0");
	interfaces_add(&b->is, "eth1");
	plan_init(&b->p, SLOTS, b->slots, b->work, b->heads, b->chain);
	for (uint32_t i = 0; i < SLOTS; i++) {
		snprintf(text, sizeof(text), "10.0.0.%u/24", i + 1);
		b->vips[i] = kit_vip(text);
		plan_add(&b->p, &b->vips[i], 0, i < 4 ? 0 : 1, i < 4 ? 5 : 6);
	}
	announcer_init(&b->a, (struct range){ .first = 0, .count = SLOTS });
}

static void set_present(struct bench *b, uint32_t slot, bool present)
{
	plan_observe(&b->p, slot, 24, true, present, at_ms(0));
}

static void all_present(struct bench *b)
{
	for (uint32_t i = 0; i < SLOTS; i++)
		set_present(b, i, true);
}

/* The slots that are announced on an interface until there are no more, as digits. */
static const char *announced(struct bench *b, uint32_t place)
{
	static char text[128];
	size_t len = 0;
	uint32_t slot;

	while ((slot = announce_take(&b->p, &b->table[place])) != INDEX_NONE) {
		ck_assert_uint_lt(len, sizeof(text) - 1);
		text[len++] = (char)('0' + slot);
	}
	text[len] = '\0';
	return text;
}

static const struct announce_settings twice = { .count = 2 };

START_TEST(a_new_announcer_has_nothing_to_say_and_no_timer)
{
	struct bench b;

	bench_init(&b);
	all_present(&b);
	ck_assert(instant_is_never(announcer_deadline(&b.a)));
	ck_assert_str_eq(announced(&b, 0), "");
}
END_TEST

START_TEST(all_addresses_come_once_before_any_comes_twice)
{
	struct bench b;

	bench_init(&b);
	all_present(&b);
	announcer_start(&b.a, &b.p, &b.is, &twice, at_ms(0));
	ck_assert_str_eq(announced(&b, 0), "01230123");
	ck_assert_str_eq(announced(&b, 1), "4545");
}
END_TEST

START_TEST(interfaces_with_something_to_say_are_listed)
{
	struct bench b;
	uint32_t place;

	bench_init(&b);
	set_present(&b, 5, true);
	announcer_start(&b.a, &b.p, &b.is, &twice, at_ms(0));
	ck_assert(worklist_take(&b.is.announcing, &place));
	ck_assert_uint_eq(place, 1);
	ck_assert(worklist_empty(&b.is.announcing));
}
END_TEST

START_TEST(an_address_that_is_not_there_is_not_announced)
{
	struct bench b;

	bench_init(&b);
	set_present(&b, 1, true);
	set_present(&b, 3, true);
	announcer_start(&b.a, &b.p, &b.is, &twice, at_ms(0));
	set_present(&b, 3, false); /* gone since */
	ck_assert_str_eq(announced(&b, 0), "11");
	set_present(&b, 3, true);
	ck_assert_str_eq(announced(&b, 0), ""); /* until it is asked for again */
}
END_TEST

START_TEST(an_address_that_vanishes_takes_its_outstanding_announcements_along)
{
	struct bench b;

	bench_init(&b);
	set_present(&b, 0, true);
	announcer_burst(&b.a, &b.p, &b.is, 5);
	set_present(&b, 0, false);
	ck_assert_str_eq(announced(&b, 0), "");
	set_present(&b, 0, true);
	announcer_burst(&b.a, &b.p, &b.is, 1);
	ck_assert_str_eq(announced(&b, 0), "0");
}
END_TEST

START_TEST(repeats_wait_until_the_kernel_has_all_addresses)
{
	struct bench b;
	uint32_t slot;
	bool add;

	bench_init(&b);
	for (uint32_t i = 0; i < 3; i++) {
		plan_want(&b.p, i, true);
		ck_assert(plan_next(&b.p, &slot, &add));
	}
	announcer_start(&b.a, &b.p, &b.is, &twice, at_ms(0));
	ck_assert_str_eq(announced(&b, 0), "");
	for (uint32_t i = 0; i < 3; i++) {
		ck_assert(plan_answer(&b.p, i, true, 0, at_ms(0)));
		announce_slot(&b.p, &b.is, i, twice.count);
		ck_assert_str_eq(announced(&b, 0), i == 0 ? "0" : i == 1 ? "1" : "2012");
	}
}
END_TEST

START_TEST(stopping_calls_everything_off)
{
	struct bench b;
	const struct announce_settings set = { .count = 5,
					       .repeat = span_s(5),
					       .refresh = span_s(60) };

	bench_init(&b);
	all_present(&b);
	announcer_start(&b.a, &b.p, &b.is, &set, at_ms(0));
	ck_assert_uint_eq(announce_take(&b.p, &b.table[0]), 0);
	announcer_stop(&b.a, &b.p);
	ck_assert_str_eq(announced(&b, 0), "");
	ck_assert_str_eq(announced(&b, 1), "");
	ck_assert(instant_is_never(announcer_deadline(&b.a)));
	announcer_tick(&b.a, &b.p, &b.is, &set, at_ms(10000000));
	ck_assert_str_eq(announced(&b, 0), "");
}
END_TEST

START_TEST(after_n_masterships_the_announcements_are_those_of_one)
{
	struct bench b;
	const struct announce_settings set = { .count = 2,
					       .repeat = span_s(5),
					       .refresh = span_s(60) };

	bench_init(&b);
	all_present(&b);
	for (int i = 0; i < 20; i++) {
		announcer_start(&b.a, &b.p, &b.is, &set, at_ms(i * 1000));
		announce_take(&b.p, &b.table[i % 2]);
		announcer_stop(&b.a, &b.p);
	}
	announcer_start(&b.a, &b.p, &b.is, &set, at_ms(20000));
	ck_assert_uint_eq(strlen(announced(&b, 0)), 2 * 4);
	ck_assert_uint_eq(strlen(announced(&b, 1)), 2 * 2);
	ck_assert_int_eq(announcer_deadline(&b.a).us, 25000000);
	announcer_tick(&b.a, &b.p, &b.is, &set, at_ms(25000));
	ck_assert_uint_eq(strlen(announced(&b, 0)), 2 * 4);
	ck_assert_int_eq(announcer_deadline(&b.a).us, 80000000);
}
END_TEST

START_TEST(the_second_burst_comes_once)
{
	struct bench b;
	const struct announce_settings set = { .count = 2, .repeat = span_s(5) };

	bench_init(&b);
	set_present(&b, 0, true);
	announcer_start(&b.a, &b.p, &b.is, &set, at_ms(1000));
	ck_assert_str_eq(announced(&b, 0), "00");
	announcer_tick(&b.a, &b.p, &b.is, &set, at_ms(5999));
	ck_assert_str_eq(announced(&b, 0), "");
	announcer_tick(&b.a, &b.p, &b.is, &set, at_ms(6000));
	ck_assert_str_eq(announced(&b, 0), "00");
	ck_assert(instant_is_never(announcer_deadline(&b.a)));
}
END_TEST

START_TEST(refreshing_repeats_one_announcement_for_ever)
{
	struct bench b;
	const struct announce_settings set = { .count = 3, .refresh = span_s(10) };

	bench_init(&b);
	set_present(&b, 0, true);
	set_present(&b, 1, true);
	announcer_start(&b.a, &b.p, &b.is, &set, at_ms(0));
	ck_assert_str_eq(announced(&b, 0), "010101");
	for (int64_t ms = 10000; ms <= 100000; ms += 10000) {
		ck_assert_int_eq(announcer_deadline(&b.a).us, ms * 1000);
		announcer_tick(&b.a, &b.p, &b.is, &set, at_ms(ms));
		ck_assert_str_eq(announced(&b, 0), "01");
	}
}
END_TEST

START_TEST(a_refresh_that_was_slept_through_is_not_made_up_for)
{
	struct bench b;
	const struct announce_settings set = { .count = 1, .refresh = span_s(10) };

	bench_init(&b);
	set_present(&b, 0, true);
	announcer_start(&b.a, &b.p, &b.is, &set, at_ms(0));
	ck_assert_str_eq(announced(&b, 0), "0");
	announcer_tick(&b.a, &b.p, &b.is, &set, at_ms(95000));
	ck_assert_str_eq(announced(&b, 0), "0");
	ck_assert_int_eq(announcer_deadline(&b.a).us, 105000000);
}
END_TEST

START_TEST(a_refresh_takes_nothing_from_a_burst_under_way)
{
	struct bench b;
	const struct announce_settings set = { .count = 3, .refresh = span_s(10) };

	bench_init(&b);
	set_present(&b, 0, true);
	announcer_start(&b.a, &b.p, &b.is, &set, at_ms(0));
	announcer_tick(&b.a, &b.p, &b.is, &set, at_ms(10000));
	ck_assert_str_eq(announced(&b, 0), "000");
}
END_TEST

START_TEST(a_refresh_in_the_middle_of_a_long_round_does_not_begin_it_again)
{
	struct bench b;
	const struct announce_settings set = { .count = 1, .refresh = span_s(1) };

	bench_init(&b);
	all_present(&b);
	announcer_start(&b.a, &b.p, &b.is, &set, at_ms(0));
	/* so slow (announce-interval) that a refresh falls due after each */
	for (int64_t i = 0; i < 12; i++) {
		ck_assert_uint_eq(announce_take(&b.p, &b.table[0]), i % 4);
		announcer_tick(&b.a, &b.p, &b.is, &set, at_ms((i + 1) * 1000));
	}
}
END_TEST

START_TEST(refreshing_may_be_set_changed_and_ended_while_master)
{
	struct bench b;
	struct announce_settings set = { .count = 1 };

	bench_init(&b);
	announcer_resume(&b.a, &set, at_ms(0));
	ck_assert(instant_is_never(announcer_deadline(&b.a)));
	set.refresh = span_s(60);
	announcer_resume(&b.a, &set, at_ms(1000));
	ck_assert_int_eq(announcer_deadline(&b.a).us, 61000000);
	announcer_resume(&b.a, &set, at_ms(2000)); /* unchanged: no later than before */
	ck_assert_int_eq(announcer_deadline(&b.a).us, 61000000);
	set.refresh = span_s(10);
	announcer_resume(&b.a, &set, at_ms(3000));
	ck_assert_int_eq(announcer_deadline(&b.a).us, 13000000);
	set.refresh = span_s(0);
	announcer_resume(&b.a, &set, at_ms(4000));
	ck_assert(instant_is_never(announcer_deadline(&b.a)));
	all_present(&b);
	ck_assert_str_eq(announced(&b, 0), ""); /* resuming is no take-over */
}
END_TEST

START_TEST(as_many_announcements_as_can_be_configured_are_sent)
{
	struct bench b;
	const struct announce_settings set = { .count = 100 };

	bench_init(&b);
	set_present(&b, 0, true);
	announcer_start(&b.a, &b.p, &b.is, &set, at_ms(0));
	ck_assert_uint_eq(strlen(announced(&b, 0)), 100);
}
END_TEST

START_TEST(who_never_repeats_can_be_stopped_too)
{
	struct bench b;

	bench_init(&b);
	all_present(&b);
	announcer_start(&b.a, &b.p, &b.is, &twice, at_ms(0));
	announcer_stop(&b.a, &b.p);
	ck_assert_str_eq(announced(&b, 0), "");
}
END_TEST

START_TEST(who_goes_on_after_a_reload_can_be_stopped_too)
{
	struct bench b;

	bench_init(&b);
	all_present(&b);
	announcer_resume(&b.a, &twice, at_ms(0));
	announcer_burst(&b.a, &b.p, &b.is, 2);
	announcer_stop(&b.a, &b.p);
	ck_assert_str_eq(announced(&b, 0), "");
}
END_TEST

START_TEST(an_address_that_went_before_its_turn_has_nothing_to_say_when_it_is_back)
{
	struct bench b;

	bench_init(&b);
	all_present(&b);
	announcer_start(&b.a, &b.p, &b.is, &twice, at_ms(0));
	set_present(&b, 1, false);
	ck_assert_str_eq(announced(&b, 0), "023023");
	ck_assert_uint_eq(b.slots[1].announcements, 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("announcer");

	tcase_add_test(tc, a_new_announcer_has_nothing_to_say_and_no_timer);
	tcase_add_test(tc, all_addresses_come_once_before_any_comes_twice);
	tcase_add_test(tc, interfaces_with_something_to_say_are_listed);
	tcase_add_test(tc, an_address_that_is_not_there_is_not_announced);
	tcase_add_test(tc, an_address_that_vanishes_takes_its_outstanding_announcements_along);
	tcase_add_test(tc, repeats_wait_until_the_kernel_has_all_addresses);
	tcase_add_test(tc, stopping_calls_everything_off);
	tcase_add_test(tc, after_n_masterships_the_announcements_are_those_of_one);
	tcase_add_test(tc, the_second_burst_comes_once);
	tcase_add_test(tc, refreshing_repeats_one_announcement_for_ever);
	tcase_add_test(tc, a_refresh_that_was_slept_through_is_not_made_up_for);
	tcase_add_test(tc, a_refresh_takes_nothing_from_a_burst_under_way);
	tcase_add_test(tc, a_refresh_in_the_middle_of_a_long_round_does_not_begin_it_again);
	tcase_add_test(tc, refreshing_may_be_set_changed_and_ended_while_master);
	tcase_add_test(tc, as_many_announcements_as_can_be_configured_are_sent);
	tcase_add_test(tc, who_never_repeats_can_be_stopped_too);
	tcase_add_test(tc, who_goes_on_after_a_reload_can_be_stopped_too);
	tcase_add_test(tc, an_address_that_went_before_its_turn_has_nothing_to_say_when_it_is_back);
	return run_test_case(tc, "announcer");
}
