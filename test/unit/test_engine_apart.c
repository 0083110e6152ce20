/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What looks nearly alike and must be kept apart by the engine: kinds of events that share their bytes, slots that share their address,
 * one address that is done and all of them.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "engine_bench.h"

static const struct history_event *last_event(const struct bench *b)
{
	uint64_t seq = history_last(engine_history(b->e), 1);
	const struct history_event *e = history_read(engine_history(b->e), &seq, NULL);

	ck_assert_ptr_nonnull(e);
	return e;
}

/* ---- kinds of events ---- */

START_TEST(a_good_advertisement_is_not_counted_as_anybodys_error)
{
	static const struct counters none;
	struct bench b;

	open_as_master(&b, 100, 0);
	hear(&b, 10100, LOWER, 50);
	ck_assert_mem_eq(engine_counters(b.e), &none, sizeof(none));
	bench_done(&b);
}
END_TEST

START_TEST(what_was_refused_is_no_link_whatever_its_bytes)
{
	struct bench b;
	struct event ev = { .kind = EVENT_LINK };

	open_as_master(&b, 100, 0);
	strcpy(ev.link.name, "eth0"); /* which is gone, if this were one */
	ev.kind = EVENT_REFUSED;
	step(&b, ev, 10100);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	bench_done(&b);
}
END_TEST

START_TEST(a_link_is_no_address_whatever_its_bytes)
{
	struct bench b;
	struct event ev = { .kind = EVENT_ADDRESS };

	open_as_master(&b, 100, 0);
	ev.address.ifindex = ETH0; /* our address is gone, if this were one */
	ev.address.addr = ip("192.0.2.100");
	ev.address.prefix_len = 24;
	ev.kind = EVENT_LINK;
	step(&b, ev, 10100);
	ck_assert_str_eq(actions(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(an_address_that_is_seen_is_no_answer_to_its_removal)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	b.kernel_answers = false;
	hear(&b, 10100, HIGHER, 200);
	run(&b, 10900);
	ck_assert_int_eq(b.last[ACTION_REMOVE_ADDRESS].ifindex, ETH0);
	address_is(&b, 10910, "192.0.2.100/24", true, true);
	ck_assert_uint_eq(counter(&b, COUNTER_ADDRESSES_REMOVED), 0);
	answer(&b, 10920, ETH0, "192.0.2.100/24", false, 0);
	ck_assert_uint_eq(counter(&b, COUNTER_ADDRESSES_REMOVED), 1);
	bench_done(&b);
}
END_TEST

/* ---- what is told ---- */

START_TEST(an_interface_that_is_gone_is_told_as_one_that_is_down_is_not)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	link_down(&b, 10100);
	uint64_t before = b.read;
	const struct history_event *e = history_read(engine_history(b.e), &before, NULL);

	ck_assert_int_eq(e->kind, HISTORY_LINK);
	ck_assert_int_eq(e->code, 0);
	before = engine_history(b.e)->next_seq;
	link_named(&b, 10200, "eth0", 0, false, NULL);
	e = history_read(engine_history(b.e), &before, NULL);
	ck_assert_int_eq(e->kind, HISTORY_LINK);
	ck_assert_int_eq(e->code, -1);
	bench_done(&b);
}
END_TEST

START_TEST(a_leftover_that_is_removed_is_told_with_the_time)
{
	struct bench b;

	bench_init(&b, 100);
	bench_make_engine(&b, 1);
	link_up(&b, 1000);
	ck_assert_int_eq(leave_behind(&b, "192.0.2.99/24"), 0);
	step(&b, (struct event){ .kind = EVENT_START }, 1234);
	ck_assert_int_eq(last_event(&b)->kind, HISTORY_ADDRESS);
	ck_assert_int_eq(last_event(&b)->at.us, 1234000);
	ck_assert_int_eq(last_event(&b)->wall_us, 1234000);
	bench_done(&b);
}
END_TEST

START_TEST(a_leftover_that_turns_out_to_be_somebody_elses_is_not_complained_about)
{
	struct bench b;

	bench_init(&b, 100);
	bench_make_engine(&b, 1);
	link_up(&b, 0);
	b.kernel_answers = false;
	ck_assert_int_eq(leave_behind(&b, "192.0.2.99/24"), 0);
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	address_is(&b, 10, "192.0.2.99/24", false, true);
	ck_assert_int_eq(last_event(&b)->kind, HISTORY_STATE);
	bench_done(&b);
}
END_TEST

/* ---- slots ---- */

START_TEST(the_answer_for_one_prefix_length_is_not_taken_for_another)
{
	struct bench b;
	struct snapshot_address first, second;

	for (int turn = 0; turn < 2; turn++) {
		bench_init(&b, 255);
		kit_add_vip(&b.kit, &b.kit.instances[0].extra, kit_vip("192.0.2.100/32"));
		b.kernel_answers = false;
		open_bench(&b, 0);
		answer(&b, 1, ETH0, turn ? "192.0.2.100/24" : "192.0.2.100/32", true, 0);
		engine_snapshot_address(b.e, 0, 0, &first);
		engine_snapshot_address(b.e, 0, 1, &second);
		ck_assert_int_eq(first.presence, turn ? SLOT_OURS : SLOT_ABSENT);
		ck_assert_int_eq(second.presence, turn ? SLOT_ABSENT : SLOT_OURS);
		bench_done(&b);
	}
}
END_TEST

START_TEST(who_has_nothing_to_do_has_not_stopped)
{
	struct bench b;

	bench_init(&b, 100);
	open_bench(&b, 0);
	ck_assert(!engine_stopped(b.e));
	stop(&b, 100);
	ck_assert(engine_stopped(b.e));
	bench_done(&b);
}
END_TEST

START_TEST(who_stops_waits_for_the_last_address_and_not_for_the_first)
{
	struct bench b;

	bench_init(&b, 255);
	kit_add_vip(&b.kit, &b.kit.instances[0].addresses[FAMILY_V4], kit_vip("192.0.2.101/24"));
	open_bench(&b, 0);
	b.kernel_answers = false;
	stop(&b, 100);
	run(&b, 10000); /* nobody takes over */
	answer(&b, 10000, ETH0, "192.0.2.100/24", false, 0);
	ck_assert(!engine_stopped(b.e));
	answer(&b, 10000, ETH0, "192.0.2.101/24", false, 0);
	ck_assert(engine_stopped(b.e));
	bench_done(&b);
}
END_TEST

/* ---- how much at once ---- */

/* An owner of so many addresses, that has announced each once. */
static void make_many(struct bench *b, uint32_t count)
{
	struct instance_settings *set;
	char text[32];

	bench_init(b, 255);
	kit_init(&b->kit);
	set = kit_add(&b->kit, kit_instance("web", 51, 255));
	set->announce = (struct announce_settings){ .count = 1 };
	for (uint32_t i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "10.0.%u.%u/32", i / 250, i % 250);
		kit_add_vip(&b->kit, i < 250 ? &set->addresses[FAMILY_V4] : &set->extra,
			    kit_vip(text));
	}
	open_bench(b, 0);
	run(b, 500);
	actions(b);
}

static uint32_t announced(struct bench *b)
{
	uint32_t count = 0;

	for (const char *at = actions(b); (at = strstr(at, "announce:")); at++)
		count++;
	return count;
}

START_TEST(a_step_announces_as_many_addresses_as_it_may)
{
	struct bench b;

	make_many(&b, ENGINE_ANNOUNCE_MAX + 8);
	step(&b, (struct event){ .kind = EVENT_ANNOUNCE, .vrouter = 0 }, 600);
	ck_assert_uint_eq(announced(&b), ENGINE_ANNOUNCE_MAX);
	ck_assert_int_eq(engine_deadline(b.e).us, 600000);
	bench_done(&b);
}
END_TEST

START_TEST(after_as_many_announcements_as_a_step_may_there_is_no_hurry)
{
	struct bench b;

	make_many(&b, ENGINE_ANNOUNCE_MAX);
	step(&b, (struct event){ .kind = EVENT_ANNOUNCE, .vrouter = 0 }, 600);
	ck_assert(engine_deadline(b.e).us > 600000);
	bench_done(&b);
}
END_TEST

START_TEST(an_interface_that_pauses_does_not_hold_up_one_that_never_does)
{
	struct bench b;

	bench_init(&b, 255);
	kit_init(&b.kit);
	for (int i = 0; i < 2; i++) {
		struct instance_settings set = kit_instance(i ? "lan" : "web", 51, 255);

		set.announce =
			(struct announce_settings){ .count = 4, .interval = span_ms(i ? 0 : 500) };
		snprintf(set.interface, sizeof(set.interface), "eth%d", i);
		struct instance_settings *added = kit_add(&b.kit, set);

		kit_add_vip(&b.kit, &added->addresses[FAMILY_V4],
			    kit_vip(i ? "10.0.0.2/32" : "10.0.0.1/32"));
	}
	bench_make_engine(&b, 0);
	link_up(&b, 0);
	link_named(&b, 0, "eth1", 6, true, "198.51.100.1");
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	ck_assert_uint_eq(announced(&b), 1 + 4);
	ck_assert_int_eq(engine_deadline(b.e).us, 500000);
	bench_done(&b);
}
END_TEST

/* ---- what is counted ---- */

START_TEST(only_a_release_is_counted_as_one_that_was_sent)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	ck_assert_uint_gt(counter(&b, COUNTER_ADVERTS_SENT), 1);
	ck_assert_uint_eq(counter(&b, COUNTER_PRIORITY_ZERO_SENT), 0);
	stop(&b, 10100);
	ck_assert_uint_eq(counter(&b, COUNTER_PRIORITY_ZERO_SENT), 1);
	ck_assert_uint_eq(counter(&b, COUNTER_PRIORITY_ZERO_RECEIVED), 0);
	bench_done(&b);
}
END_TEST

START_TEST(a_spell_without_running_is_told_once_with_its_length)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	ck_assert_int_eq(engine_lag(b.e)->spells, 0);
	/* due a second after the last one, at 10.6 s */
	hear(&b, 16600, LOWER, 50);
	tick(&b, 16601);
	ck_assert_uint_eq(engine_lag(b.e)->spells, 1);
	ck_assert_int_ge(engine_lag(b.e)->longest.us, 5900000);
	ck_assert_ptr_nonnull(strstr(next_event(&b), "this process was held up for "));
	for (const char *line = next_event(&b); line[0] != '\0'; line = next_event(&b))
		ck_assert_ptr_null(strstr(line, "held up"));
	bench_done(&b);
}
END_TEST

/* As a machine that was paused may say. */
static void tick_after(struct bench *b, int64_t ms, int64_t held_up_ms)
{
	step(b, (struct event){ .kind = EVENT_TICK, .held_up = span_ms(held_up_ms) }, ms);
}

START_TEST(a_spell_that_is_known_of_is_told_though_nothing_was_due_in_it)
{
	const struct engine_lag *lag;
	struct bench b;

	bench_init(&b, 100);
	bench_make_engine(&b, LEFTOVERS);
	link_up(&b, 0);
	lag = engine_lag(b.e);
	tick_after(&b, 0, 500);
	ck_assert_int_eq(lag->longest.us, 0); /* before the start nothing can be late */
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	b.read = engine_history(b.e)->next_seq;
	tick_after(&b, 1000, 500);
	ck_assert_uint_eq(lag->spells, 1);
	ck_assert_ptr_nonnull(strstr(next_event(&b), "this process was held up for "));
	ck_assert_int_eq(engine_history(b.e)->events[b.read - 1].at.us, 1000000);
	ck_assert_int_eq(engine_history(b.e)->events[b.read - 1].wall_us, 1000000);
	tick_after(&b, 1100, 0);
	ck_assert_int_eq(lag->last.us, 500000); /* that was not late */
	/* what reaches back to where it was told is the same one */
	tick_after(&b, 1200, 200);
	ck_assert_uint_eq(lag->spells, 1);
	tick_after(&b, 2000, ENGINE_SPELL_MS - 1);
	ck_assert_uint_eq(lag->spells, 1);
	tick_after(&b, 3000, ENGINE_SPELL_MS);
	ck_assert_uint_eq(lag->spells, 2);
	bench_done(&b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("engine_apart");

	tcase_add_test(tc, a_good_advertisement_is_not_counted_as_anybodys_error);
	tcase_add_test(tc, what_was_refused_is_no_link_whatever_its_bytes);
	tcase_add_test(tc, a_link_is_no_address_whatever_its_bytes);
	tcase_add_test(tc, an_address_that_is_seen_is_no_answer_to_its_removal);
	tcase_add_test(tc, an_interface_that_is_gone_is_told_as_one_that_is_down_is_not);
	tcase_add_test(tc, a_leftover_that_is_removed_is_told_with_the_time);
	tcase_add_test(tc, a_leftover_that_turns_out_to_be_somebody_elses_is_not_complained_about);
	tcase_add_test(tc, the_answer_for_one_prefix_length_is_not_taken_for_another);
	tcase_add_test(tc, who_has_nothing_to_do_has_not_stopped);
	tcase_add_test(tc, who_stops_waits_for_the_last_address_and_not_for_the_first);
	tcase_add_test(tc, a_step_announces_as_many_addresses_as_it_may);
	tcase_add_test(tc, after_as_many_announcements_as_a_step_may_there_is_no_hurry);
	tcase_add_test(tc, an_interface_that_pauses_does_not_hold_up_one_that_never_does);
	tcase_add_test(tc, only_a_release_is_counted_as_one_that_was_sent);
	tcase_add_test(tc, a_spell_without_running_is_told_once_with_its_length);
	tcase_add_test(tc, a_spell_that_is_known_of_is_told_though_nothing_was_due_in_it);
	return run_test_case(tc, "engine_apart");
}
