/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine from outside: each event, what actions follow and in which order. Reloading and
 * restarting have programs of their own.
 */
#include <errno.h>

#include "core/limiter.h"
#include "core/plan.h"

#include "engine_bench.h"

/* ---- start and take-over ---- */

START_TEST(nothing_happens_before_the_start)
{
	struct bench b;

	bench_init(&b, 100);
	bench_make_engine(&b, 0);
	ck_assert(instant_is_never(engine_deadline(b.e)));
	link_up(&b, 0);
	address_is(&b, 0, "192.0.2.100/24", true, true);
	hear(&b, 0, HIGHER, 200);
	tick(&b, 100000);
	ck_assert_str_eq(actions(&b), "");
	ck_assert(instant_is_never(engine_deadline(b.e)));
	ck_assert_str_eq(next_event(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(a_take_over_advertises_then_saves_then_adds_then_announces)
{
	struct bench b;

	bench_init(&b, 255);
	b.kit.instances[0].announce.count = 2;
	open_bench(&b, 0);
	ck_assert_str_eq(actions(&b), "advert:255 save add:192.0.2.100 announce:192.0.2.100 "
				      "announce:192.0.2.100 ");
	ck_assert_str_eq(next_event(&b),
			 "web: INIT -> MASTER: owner of the addresses (priority 255)");
	bench_done(&b);
}
END_TEST

START_TEST(backup_takes_over_when_master_falls_silent)
{
	struct bench b;

	bench_init(&b, 100);
	open_bench(&b, 0);
	ck_assert_str_eq(actions(&b), "save ");
	for (int64_t ms = 500; ms < 5000; ms += 1000)
		hear(&b, ms, HIGHER, 200);
	ck_assert_str_eq(actions(&b), "");
	ck_assert_int_eq(engine_deadline(b.e).us, 4500000 + 3609375);
	tick(&b, 8109);
	ck_assert_str_eq(actions(&b), "");
	b.kernel_answers = false;
	tick(&b, 8110);
	ck_assert_str_eq(actions(&b), "advert:100 save add:192.0.2.100 ");
	bench_done(&b);
}
END_TEST

START_TEST(an_address_is_announced_only_when_the_kernel_has_it)
{
	struct bench b;

	bench_init(&b, 255);
	b.kit.instances[0].announce.count = 1;
	b.kernel_answers = false;
	open_bench(&b, 0);
	ck_assert_str_eq(actions(&b), "advert:255 save add:192.0.2.100 ");
	answer(&b, 3, ETH0, "192.0.2.100/24", true, 0);
	ck_assert_str_eq(actions(&b), "announce:192.0.2.100 ");
	bench_done(&b);
}
END_TEST

START_TEST(an_announcement_carries_the_interfaces_mac_and_index)
{
	struct bench b;
	struct action a;

	bench_init(&b, 255);
	b.kernel_answers = false;
	open_bench(&b, 0);
	struct event ev = { .kind = EVENT_ADDRESS_DONE,
			    .now = at_ms(1),
			    .address = { .ifindex = ETH0,
					 .addr = ip("192.0.2.100"),
					 .prefix_len = 24,
					 .add = true } };

	engine_step(b.e, &ev);
	ck_assert(engine_next_action(b.e, &a));
	ck_assert_int_eq(a.kind, ACTION_ANNOUNCE);
	ck_assert_int_eq(a.ifindex, ETH0);
	ck_assert_uint_eq(a.vrouter, 0);
	ck_assert(mac_equal(a.mac, (struct mac_addr){ { 2, 0, 0, 0, 0, ETH0 } }));
	ck_assert_ptr_eq(a.vip, &b.kit.vips[0]);
	bench_done(&b);
}
END_TEST

START_TEST(all_advertisements_of_a_step_come_before_anything_else)
{
	struct bench b;
	char name[8], address[32];

	bench_init(&b, 255);
	for (uint8_t i = 1; i < KIT_INSTANCES_MAX; i++) {
		snprintf(name, sizeof(name), "i%u", i);
		snprintf(address, sizeof(address), "192.0.2.%u/24", 100 + i);
		kit_add_simple(&b.kit, name, i, 255, address);
	}
	open_bench(&b, 0);
	const char *text = actions(&b);
	const char *last_advert = NULL;

	for (const char *at = text; (at = strstr(at, "advert")); at++)
		last_advert = at;
	ck_assert(last_advert < strstr(text, "save"));
	ck_assert(last_advert < strstr(text, "add:"));
	ck_assert(strstr(text, "7.save") < strstr(text, "add:"));
	ck_assert(strstr(text, "add:") < strstr(text, "announce"));
	bench_done(&b);
}
END_TEST

START_TEST(no_deadline_is_left_in_the_past_by_a_tick)
{
	struct bench b;

	bench_init(&b, 100);
	kit_add_simple(&b.kit, "lan", 52, 255, "192.0.2.101/24");
	open_bench(&b, 0);
	for (int64_t ms = 1; ms < 30000; ms += 137) {
		tick(&b, ms);
		ck_assert_int_gt(engine_deadline(b.e).us, ms * 1000);
	}
	bench_done(&b);
}
END_TEST

/* ---- many addresses ---- */

/* web with so many addresses 10.0.x.y/32, one announcement each. */
static void many(struct bench *b, uint32_t count)
{
	char text[32];

	bench_init(b, 255);
	kit_init(&b->kit);
	struct instance_settings *set = kit_add(&b->kit, kit_instance("web", 51, 255));

	set->announce = (struct announce_settings){ .count = 1 };
	for (uint32_t i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "10.0.%u.%u/32", i / 250, i % 250);
		kit_add_vip(&b->kit, i < 250 ? &set->addresses[FAMILY_V4] : &set->extra,
			    kit_vip(text));
	}
}

static uint32_t count_of(const char *text, const char *word)
{
	uint32_t count = 0;

	for (; (text = strstr(text, word)); text++)
		count++;
	return count;
}

START_TEST(few_address_changes_are_under_way_at_first_then_more_but_never_too_many)
{
	struct bench b;

	many(&b, 200);
	b.kernel_answers = false;
	open_bench(&b, 0);
	ck_assert_uint_eq(count_of(actions(&b), "add:"), PLAN_WINDOW_FIRST);
	tick(&b, 1);
	ck_assert_str_eq(actions(&b), "");
	answer(&b, 2, ETH0, "10.0.0.0/32", true, 0);
	ck_assert_uint_eq(count_of(actions(&b), "add:"), PLAN_WINDOW_FIRST + 1);
	answer(&b, 3, ETH0, "10.0.0.1/32", true, 0);
	answer(&b, 4, ETH0, "10.0.0.2/32", true, 0);
	(void)actions(&b);
	/* 67 asked for and 3 of them answered: that is as many as may be. */
	tick(&b, 5);
	ck_assert_str_eq(actions(&b), "");
	answer(&b, 6, ETH0, "10.0.0.7/32", true, 0); /* in whatever order */
	ck_assert_str_eq(actions(&b), "add:10.0.0.67 announce:10.0.0.7 ");
	answer(&b, 7, ETH0, "10.0.0.3/32", true, EPERM); /* an error makes room too */
	ck_assert_str_eq(actions(&b), "add:10.0.0.68 ");
	bench_done(&b);
}
END_TEST

START_TEST(announcements_are_handed_out_a_bounded_number_a_step_and_the_rest_at_once)
{
	struct bench b;
	int64_t steps = 0;

	many(&b, 1000);
	open_bench(&b, 0);
	uint32_t announced = count_of(actions(&b), "announce:");

	while (announced < 1000) {
		ck_assert_int_eq(engine_deadline(b.e).us, steps * 1000);
		steps++;
		tick(&b, steps);
		const char *text = actions(&b);

		ck_assert_uint_le(count_of(text, "announce:"), ENGINE_ANNOUNCE_MAX);
		ck_assert_uint_gt(count_of(text, "announce:"), 0);
		announced += count_of(text, "announce:");
		ck_assert_int_lt(steps, 10);
	}
	ck_assert_uint_eq(announced, 1000);
	ck_assert_int_eq(engine_deadline(b.e).us, 1000000);
	bench_done(&b);
}
END_TEST

START_TEST(every_address_of_an_instance_is_added_and_announced_once)
{
	struct bench b;
	char word[32];

	many(&b, 1000);
	open_bench(&b, 0);
	for (int64_t ms = 0; ms < 10; ms++)
		tick(&b, ms);
	const char *text = actions(&b);

	for (uint32_t i = 0; i < 1000; i++) {
		snprintf(word, sizeof(word), " add:10.0.%u.%u ", i / 250, i % 250);
		ck_assert_uint_eq(count_of(text, word), 1);
		snprintf(word, sizeof(word), " announce:10.0.%u.%u ", i / 250, i % 250);
		ck_assert_uint_eq(count_of(text, word), 1);
	}
	bench_done(&b);
}
END_TEST

/* ---- pacing ---- */

START_TEST(announcements_of_one_interface_pause_in_between)
{
	struct bench b;

	many(&b, 3);
	b.kit.instances[0].announce.interval = span_ms(20);
	open_bench(&b, 0);
	ck_assert_uint_eq(count_of(actions(&b), "announce:10.0.0.0 "), 1);
	ck_assert_int_eq(engine_deadline(b.e).us, 20000);
	tick(&b, 19);
	ck_assert_str_eq(actions(&b), "");
	ck_assert_int_eq(engine_deadline(b.e).us, 20000);
	tick(&b, 20);
	ck_assert_str_eq(actions(&b), "announce:10.0.0.1 ");
	run(&b, 500);
	ck_assert_str_eq(actions(&b), "announce:10.0.0.2 ");
	ck_assert_int_eq(engine_deadline(b.e).us, 1000000);
	bench_done(&b);
}
END_TEST

START_TEST(interfaces_do_not_wait_for_each_other)
{
	struct bench b;

	bench_init(&b, 255);
	kit_init(&b.kit);
	for (int i = 0; i < 2; i++) {
		struct instance_settings set = kit_instance(i ? "lan" : "web", 51, 255);

		set.announce = (struct announce_settings){ .count = 2, .interval = span_ms(50) };
		snprintf(set.interface, sizeof(set.interface), "eth%d", i);
		struct instance_settings *added = kit_add(&b.kit, set);

		kit_add_vip(&b.kit, &added->addresses[FAMILY_V4],
			    kit_vip(i ? "10.0.0.2/32" : "10.0.0.1/32"));
	}
	bench_make_engine(&b, 0);
	link_up(&b, 0);
	link_named(&b, 0, "eth1", 6, true, "198.51.100.1");
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	ck_assert_str_eq(actions(&b), "0.advert:255 1.advert:255 0.save 1.save 0.add:10.0.0.1 "
				      "1.add:10.0.0.2 0.announce:10.0.0.1 1.announce:10.0.0.2 ");
	tick(&b, 50);
	const char *second = actions(&b);

	ck_assert_uint_eq(count_of(second, "0.announce:10.0.0.1 "), 1);
	ck_assert_uint_eq(count_of(second, "1.announce:10.0.0.2 "), 1);
	bench_done(&b);
}
END_TEST

START_TEST(an_interface_whose_announcements_were_called_off_holds_up_no_other)
{
	struct bench b;

	bench_init(&b, 255);
	kit_init(&b.kit);
	for (int i = 0; i < 2; i++) {
		struct instance_settings set = kit_instance(i ? "lan" : "web", 51, 255);

		set.announce = (struct announce_settings){ .count = 3, .interval = span_ms(50) };
		snprintf(set.interface, sizeof(set.interface), "eth%d", i);
		struct instance_settings *added = kit_add(&b.kit, set);

		kit_add_vip(&b.kit, &added->addresses[FAMILY_V4],
			    kit_vip(i ? "10.0.0.2/32" : "10.0.0.1/32"));
	}
	bench_make_engine(&b, 0);
	link_up(&b, 0);
	link_named(&b, 0, "eth1", 6, true, "198.51.100.1");
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	link_down(&b, 10); /* web has two announcements left, and will not send them */
	actions(&b);
	tick(&b, 50);
	ck_assert_str_eq(actions(&b), "1.announce:10.0.0.2 ");
	tick(&b, 60);
	ck_assert_str_eq(actions(&b), "");
	ck_assert_int_eq(engine_deadline(b.e).us, 100000);
	bench_done(&b);
}
END_TEST

START_TEST(addresses_on_another_device_are_added_and_announced_there)
{
	struct bench b;
	struct vip vip = kit_vip("10.0.0.9/32");

	bench_init(&b, 255);
	b.kit.instances[0].announce = (struct announce_settings){ .count = 1 };
	strcpy(vip.dev, "eth1");
	kit_add_vip(&b.kit, &b.kit.instances[0].extra, vip);
	open_bench(&b, 0);
	ck_assert_str_eq(actions(&b), "advert:255 save add:192.0.2.100 announce:192.0.2.100 ");
	ck_assert(engine_uses_interface(b.e, "eth1"));
	link_named(&b, 100, "eth1", 8, true, NULL); /* it appears later */
	ck_assert_str_eq(actions(&b), "add:10.0.0.9 announce:10.0.0.9 ");
	link_named(&b, 200, "eth1", 0, false, NULL);
	ck_assert_str_eq(actions(&b), ""); /* gone, and the virtual router is none the worse */
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	link_named(&b, 300, "eth1", 9, true, NULL);
	ck_assert_str_eq(actions(&b), "add:10.0.0.9 announce:10.0.0.9 ");
	bench_done(&b);
}
END_TEST

START_TEST(addresses_on_another_device_are_announced_when_it_comes_up)
{
	struct bench b;
	struct vip vip = kit_vip("10.0.0.9/32");
	struct engine_arrival a;

	bench_init(&b, 255);
	b.kit.instances[0].announce = (struct announce_settings){ .count = 2 };
	strcpy(vip.dev, "eth1");
	kit_add_vip(&b.kit, &b.kit.instances[0].extra, vip);
	open_bench(&b, 0);
	actions(&b);
	/* what cannot be there yet does not hold up the rest */
	ck_assert(engine_next_arrival(b.e, &a));
	ck_assert_uint_eq(a.addresses, 1);
	ck_assert_uint_eq(a.absent, 1);
	link_named(&b, 100, "eth1", 8, false, NULL);
	ck_assert_str_eq(actions(&b), "add:10.0.0.9 ");
	link_named(&b, 150, "eth1", 8, false, NULL);
	ck_assert_str_eq(actions(&b), ""); /* nobody would hear it */
	link_named(&b, 200, "eth1", 8, true, NULL);
	ck_assert_str_eq(actions(&b), "announce:10.0.0.9 announce:10.0.0.9 ");
	link_named(&b, 300, "eth1", 8, true, NULL);
	ck_assert_str_eq(actions(&b), "");
	ck_assert(!engine_next_arrival(b.e, &a));
	bench_done(&b);
}
END_TEST

START_TEST(the_number_of_announcements_after_many_flaps_is_that_of_one)
{
	struct bench b;
	int64_t ms = 10000;

	open_as_master(&b, 100, 0);
	b.kit.instances[0].announce.refresh = span_s(60);
	for (int i = 0; i < 50; i++) {
		hear(&b, ms, HIGHER, 200); /* yields */
		ms += 100;
		hear(&b, ms, HIGHER, 0);
		ms += 700;
		run(&b, ms); /* and is back */
		ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	}
	actions(&b);
	hear(&b, ms, HIGHER, 200);
	hear(&b, ms + 100, HIGHER, 0);
	run(&b, ms + 59000);
	/* one take-over, one repetition */
	ck_assert_uint_eq(count_of(actions(&b), "announce:"), 10);
	run(&b, ms + 61000);
	ck_assert_uint_eq(count_of(actions(&b), "announce:"), 1);
	bench_done(&b);
}
END_TEST

START_TEST(an_operator_may_have_the_addresses_announced_again)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	step(&b, (struct event){ .kind = EVENT_ANNOUNCE, .vrouter = 0 }, 10100);
	ck_assert_uint_eq(count_of(actions(&b), "announce:"), 5);
	ck_assert_str_eq(next_event(&b),
			 "web: announcing the addresses again: asked for by an operator");
	hear(&b, 10200, HIGHER, 200);
	next_event(&b);
	actions(&b);
	step(&b, (struct event){ .kind = EVENT_ANNOUNCE, .vrouter = 0 }, 10210);
	ck_assert_str_eq(actions(&b), ""); /* not ours to announce any more */
	ck_assert_str_eq(next_event(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(of_two_masters_the_one_that_stays_announces_with_its_answer_and_when_the_other_has_gone)
{
	struct bench b;
	const char *done;

	open_as_master(&b, 100, 0);
	hear(&b, 10500, LOWER, 50);
	done = actions(&b);
	ck_assert_ptr_eq(strstr(done, "advert:100 save announce:"), done);
	ck_assert_uint_eq(count_of(done, "announce:"), 5);
	hear(&b, 11000, LOWER, 50);
	ck_assert_uint_eq(count_of(actions(&b), "announce:"), 0);
	run(&b, 14000);
	ck_assert_uint_eq(count_of(actions(&b), "announce:"), 5);
	bench_done(&b);
}
END_TEST

START_TEST(a_link_with_another_hardware_address_announces)
{
	struct bench b;
	struct event_link link = { .name = "eth0", .ifindex = ETH0, .up = true, .raised = true };

	open_as_master(&b, 100, 0);
	actions(&b);
	link.source[FAMILY_V4] = ip(OWN);
	link.mac.bytes[5] = 0x77;
	step(&b, (struct event){ .kind = EVENT_LINK, .link = link }, 10500);
	ck_assert_uint_eq(count_of(actions(&b), "announce:"), 5);
	step(&b, (struct event){ .kind = EVENT_LINK, .link = link }, 10600);
	ck_assert_str_eq(actions(&b), "");
	bench_done(&b);
}
END_TEST

/* ---- release ---- */

START_TEST(a_master_that_hands_over_leaves_its_successor_a_whole_interval)
{
	struct bench b;

	bench_init(&b, 255);
	kit_add_simple(&b.kit, "lan", 52, 255, "192.0.2.101/24");
	open_bench(&b, 0);
	actions(&b);
	step(&b, (struct event){ .kind = EVENT_HANDOVER }, 990);
	ck_assert_str_eq(actions(&b), "0.advert:255 1.advert:255 0.save 1.save ");
	tick(&b, 1500);
	ck_assert_str_eq(actions(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(who_is_no_master_says_nothing_when_it_hands_over)
{
	struct bench b;

	bench_init(&b, 100);
	open_bench(&b, 0);
	actions(&b);
	step(&b, (struct event){ .kind = EVENT_HANDOVER }, 10);
	ck_assert_str_eq(actions(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(yielding_keeps_the_address_until_the_new_master_had_time_to_take_it)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	hear(&b, 10500, HIGHER, 200);
	ck_assert_str_eq(actions(&b), "advert:100 save ");
	ck_assert_int_eq(engine_deadline(b.e).us, 10520200);
	tick(&b, 10521);
	ck_assert_str_eq(actions(&b), "remove:192.0.2.100 ");
	bench_done(&b);
}
END_TEST

START_TEST(stopping_releases_and_waits_for_the_successor)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	ck_assert(!engine_stopped(b.e));
	stop(&b, 10500);
	ck_assert_str_eq(actions(&b), "advert:0 save ");
	ck_assert(!engine_stopped(b.e));
	hear(&b, 11000, LOWER, 50);
	tick(&b, 11021);
	ck_assert_str_eq(actions(&b), "save remove:192.0.2.100 ");
	ck_assert(engine_stopped(b.e));
	ck_assert(instant_is_never(engine_deadline(b.e)));
	bench_done(&b);
}
END_TEST

START_TEST(stopping_without_a_successor_ends_after_three_intervals)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	stop(&b, 10500);
	run(&b, 13499);
	ck_assert_str_eq(actions(&b), "advert:0 save ");
	b.kernel_answers = false;
	run(&b, 13500);
	ck_assert_str_eq(actions(&b), "remove:192.0.2.100 ");
	ck_assert(!engine_stopped(b.e)); /* until the kernel has done it */
	answer(&b, 13501, ETH0, "192.0.2.100/24", false, 0);
	ck_assert(engine_stopped(b.e));
	bench_done(&b);
}
END_TEST

START_TEST(a_backup_is_stopped_at_once)
{
	struct bench b;

	bench_init(&b, 100);
	open_bench(&b, 0);
	actions(&b);
	stop(&b, 100);
	ck_assert_str_eq(actions(&b), "save ");
	ck_assert(engine_stopped(b.e));
	bench_done(&b);
}
END_TEST

START_TEST(nobody_has_stopped_before_its_last_word_is_handed_out)
{
	struct bench b;

	bench_init(&b, 100);
	strcpy(b.kit.vips[0].dev, "eth9"); /* which does not exist: no address is to be removed */
	open_bench(&b, 0);
	run(&b, 10000);
	actions(&b);
	for (int twice = 0; twice < 2; twice++)
		engine_step(b.e, &(struct event){ .kind = EVENT_STOP, .now = at_ms(10500) });
	ck_assert(!engine_stopped(b.e));
	drain(&b, 10500);
	ck_assert_str_eq(actions(&b), "advert:0 save ");
	ck_assert(engine_stopped(b.e));
	bench_done(&b);
}
END_TEST

START_TEST(an_address_the_kernel_will_not_remove_does_not_keep_us_for_ever)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	b.kernel_answers = false;
	stop(&b, 10500);
	run(&b, 13500);
	for (int64_t ms = 13500, i = 0; i < 3; i++) {
		ck_assert(!engine_stopped(b.e));
		answer(&b, ms, ETH0, "192.0.2.100/24", false, EPERM);
		ms += 10000;
		tick(&b, ms);
	}
	ck_assert(engine_stopped(b.e));
	bench_done(&b);
}
END_TEST

START_TEST(after_the_stop_nothing_starts_again)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	stop(&b, 10500);
	run(&b, 20000);
	actions(&b);
	link_down(&b, 21000);
	link_up(&b, 22000);
	hear(&b, 23000, HIGHER, 0);
	tick(&b, 60000);
	ck_assert_str_eq(actions(&b), "");
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_INIT);
	bench_done(&b);
}
END_TEST

/* ---- links ---- */

START_TEST(an_interface_that_does_not_exist_is_waited_for)
{
	struct bench b;

	bench_init(&b, 255);
	bench_make_engine(&b, 0);
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	ck_assert_str_eq(actions(&b), "save ");
	ck_assert_str_eq(next_event(&b),
			 "web: INIT -> FAULT: interface does not exist (priority 255)");
	link_up(&b, 5000);
	ck_assert_str_eq(next_event(&b), "interface eth0 is up");
	ck_assert_uint_eq(count_of(actions(&b), "advert:255 save add:192.0.2.100 "), 1);
	bench_done(&b);
}
END_TEST

START_TEST(a_link_down_releases_the_addresses_at_once)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	link_down(&b, 10500);
	ck_assert_str_eq(actions(&b), "save remove:192.0.2.100 ");
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_FAULT);
	ck_assert_str_eq(next_event(&b), "interface eth0 is down");
	bench_done(&b);
}
END_TEST

/* A master that hears nobody would not notice the other one. */
START_TEST(an_interface_where_nobody_can_be_heard_makes_no_master)
{
	struct event deaf = { .kind = EVENT_LINK };
	struct snapshot snapshot;
	struct bench b;

	open_as_master(&b, 100, 0);
	deaf.link = *engine_interface(b.e, 0);
	deaf.link.deaf[FAMILY_V4] = true;
	step(&b, deaf, 10500);
	ck_assert_str_eq(actions(&b), "save remove:192.0.2.100 ");
	engine_snapshot(b.e, 0, at_ms(10500), &snapshot);
	ck_assert_int_eq(snapshot.state, VROUTER_FAULT);
	ck_assert_int_eq(snapshot.reason, REASON_LINK_DEAF);
	run(&b, 15000);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_FAULT);
	link_up(&b, 15500);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_BACKUP);
	bench_done(&b);
}
END_TEST

START_TEST(who_cannot_be_heard_in_one_family_is_heard_in_the_other)
{
	struct event deaf = { .kind = EVENT_LINK };
	struct bench b;

	bench_init(&b, 100);
	kit_add_simple(&b.kit, "six", 52, 100, "fe80::1/64");
	open_bench(&b, 0);
	deaf.link = *engine_interface(b.e, 0);
	deaf.link.source[FAMILY_V6] = ip("fe80::5");
	step(&b, deaf, 100);
	run(&b, 10000);
	for (int lost = 0; lost < FAMILY_COUNT; lost++) {
		deaf.link.deaf[lost] = true;
		step(&b, deaf, 10000 + lost);
		ck_assert_int_eq(engine_state(b.e, 0),
				 lost == FAMILY_V4 ? VROUTER_FAULT : VROUTER_BACKUP);
		ck_assert_int_eq(engine_state(b.e, 1),
				 lost == FAMILY_V6 ? VROUTER_FAULT : VROUTER_MASTER);
		deaf.link.deaf[lost] = false;
		step(&b, deaf, 10000 + lost);
	}
	bench_done(&b);
}
END_TEST

START_TEST(a_deleted_and_recreated_interface_gets_everything_again)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	link_named(&b, 10500, "eth0", 0, false, NULL);
	ck_assert_str_eq(actions(&b), "save "); /* what was on it is gone with it */
	link_named(&b, 11000, "eth0", 77, true, OWN);
	run(&b, 15000);
	const char *text = actions(&b);

	ck_assert_uint_eq(count_of(text, "add:192.0.2.100 "), 1);
	ck_assert_uint_eq(count_of(text, "announce:192.0.2.100 "), 5);
	bench_done(&b);
}
END_TEST

START_TEST(an_interface_replaced_under_a_master_gets_its_addresses_without_a_failover)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	link_named(&b, 10500, "eth0", 77, true, OWN);
	ck_assert_uint_eq(count_of(actions(&b), "add:192.0.2.100 "), 1);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	bench_done(&b);
}
END_TEST

START_TEST(an_interface_that_vanishes_with_changes_under_way_forgets_them)
{
	struct bench b;

	bench_init(&b, 255);
	b.kernel_answers = false;
	open_bench(&b, 0);
	ck_assert_str_eq(actions(&b), "advert:255 save add:192.0.2.100 ");
	link_named(&b, 1, "eth0", 0, false, NULL);
	answer(&b, 2, ETH0, "192.0.2.100/24", true, ENODEV);
	ck_assert_uint_eq(counter(&b, COUNTER_ADDRESS_FAILURES), 0);
	actions(&b);
	link_named(&b, 3, "eth0", 9, true, OWN);
	ck_assert_str_eq(actions(&b), "advert:255 save add:192.0.2.100 ");
	answer(&b, 4, ETH0, "192.0.2.100/24", true, 0); /* of the old one, even later */
	ck_assert_str_eq(actions(&b), "");
	answer(&b, 5, 9, "192.0.2.100/24", true, 0);
	ck_assert_uint_eq(count_of(actions(&b), "announce:"), 5);
	bench_done(&b);
}
END_TEST

START_TEST(an_interface_that_nobody_uses_is_ignored)
{
	struct bench b;

	bench_init(&b, 100);
	open_bench(&b, 0);
	actions(&b);
	next_event(&b);
	link_named(&b, 100, "eth7", 9, true, "192.0.2.9");
	link_named(&b, 200, "eth7", 9, false, "192.0.2.9");
	ck_assert_str_eq(actions(&b), "");
	ck_assert_str_eq(next_event(&b), "");
	ck_assert(!engine_uses_interface(b.e, "eth7"));
	bench_done(&b);
}
END_TEST

START_TEST(a_configured_source_address_is_used_instead_of_the_interfaces)
{
	struct bench b;
	struct ip_addr src, dst[PEERS_MAX];
	struct advert advert;

	bench_init(&b, 255);
	b.kit.instances[0].source[FAMILY_V4] = ip("192.0.2.77");
	open_bench(&b, 0);
	ck_assert_uint_eq(engine_advert(b.e, 0, 255, &advert, &src, dst), 1);
	ck_assert(ip_equal(src, ip("192.0.2.77")));
	ck_assert(ip_equal(engine_source(b.e, 0), ip("192.0.2.77")));
	bench_done(&b);
}
END_TEST

/* ---- addresses ---- */

START_TEST(a_removed_address_is_put_back_announced_and_told)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	address_is(&b, 10500, "192.0.2.100/24", true, false);
	ck_assert_str_eq(actions(&b),
			 "add:192.0.2.100 announce:192.0.2.100 announce:192.0.2.100 "
			 "announce:192.0.2.100 announce:192.0.2.100 announce:192.0.2.100 ");
	ck_assert_str_eq(next_event(&b),
			 "web: address 192.0.2.100 dev eth0 was removed by somebody; put back");
	ck_assert_uint_eq(counter(&b, COUNTER_ADDRESSES_RESTORED), 1);
	bench_done(&b);
}
END_TEST

START_TEST(an_address_that_somebody_fights_over_ends_in_fault)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	run(&b, 20000);
	for (int64_t i = 0; i < 11; i++)
		address_is(&b, 20000 + i * 10, "192.0.2.100/24", true, false);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	actions(&b);
	address_is(&b, 20110, "192.0.2.100/24", true, false);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_FAULT);
	ck_assert_str_eq(actions(&b), "advert:0 save ");
	next_event(&b);
	ck_assert_str_eq(next_event(&b),
			 "web: MASTER -> FAULT: somebody keeps removing the addresses "
			 "(priority 100)");
	bench_done(&b);
}
END_TEST

START_TEST(addresses_removed_now_and_then_are_no_fight)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	for (int64_t i = 1; i < 100; i++)
		address_is(&b, 10000 + i * 1000, "192.0.2.100/24", true, false);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	bench_done(&b);
}
END_TEST

START_TEST(a_kernel_that_refuses_three_times_ends_in_fault_and_is_tried_again)
{
	struct bench b;

	bench_init(&b, 255);
	b.kernel_answers = false;
	open_bench(&b, 0);
	answer(&b, 0, ETH0, "192.0.2.100/24", true, EPERM);
	ck_assert_int_eq(engine_deadline(b.e).us, 100000);
	tick(&b, 100);
	answer(&b, 100, ETH0, "192.0.2.100/24", true, EPERM);
	tick(&b, 500);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	actions(&b);
	answer(&b, 500, ETH0, "192.0.2.100/24", true, EPERM);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_FAULT);
	ck_assert_str_eq(actions(&b), "advert:0 save ");
	run(&b, 10499);
	ck_assert_str_eq(actions(&b), "");
	tick(&b, 10500);
	ck_assert_str_eq(actions(&b), "advert:255 save add:192.0.2.100 ");
	ck_assert_uint_eq(counter(&b, COUNTER_ADDRESS_FAILURES), 3);
	bench_done(&b);
}
END_TEST

START_TEST(an_extra_address_that_is_refused_is_only_told)
{
	struct bench b;

	bench_init(&b, 255);
	kit_add_vip(&b.kit, &b.kit.instances[0].extra, kit_vip("10.0.0.9/32"));
	b.kernel_answers = false;
	open_bench(&b, 0);
	answer(&b, 0, ETH0, "192.0.2.100/24", true, 0);
	next_event(&b);
	for (int64_t i = 0, ms = 0; i < 10; i++) {
		answer(&b, ms, ETH0, "10.0.0.9/32", true, EINVAL);
		ms += 60000;
		tick(&b, ms);
	}
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	ck_assert_str_eq(next_event(&b),
			 "web: address 10.0.0.9 dev eth0 cannot be added: Invalid argument");
	bench_done(&b);
}
END_TEST

START_TEST(one_address_that_works_clears_the_faults_of_the_past)
{
	struct bench b;

	bench_init(&b, 255);
	b.kernel_answers = false;
	open_bench(&b, 0);
	int64_t ms = 0;

	for (int fault = 0; fault < 3; fault++) {
		for (int i = 0; i < 3; i++) {
			answer(&b, ms, ETH0, "192.0.2.100/24", true, EPERM);
			if (engine_state(b.e, 0) == VROUTER_FAULT)
				break;
			ms += 10000;
			tick(&b, ms);
		}
		ck_assert_int_eq(engine_state(b.e, 0), VROUTER_FAULT);
		ms += 10000 << fault;
		run(&b, ms - 1);
		ck_assert_int_eq(engine_state(b.e, 0), VROUTER_FAULT);
		run(&b, ms);
		ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	}
	answer(&b, ms, ETH0, "192.0.2.100/24", true, 0);
	for (int i = 0; i < 12; i++) {
		address_is(&b, ms, "192.0.2.100/24", true, false);
		answer(&b, ms, ETH0, "192.0.2.100/24", true, 0);
	}
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_FAULT);
	run(&b, ms + 10000);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	bench_done(&b);
}
END_TEST

START_TEST(the_owners_own_address_is_never_touched)
{
	struct bench b;

	bench_init(&b, 255);
	b.kit.instances[0].announce = (struct announce_settings){ .count = 1 };
	bench_make_engine(&b, 0);
	link_up(&b, 0);
	address_is(&b, 0, "192.0.2.100/24", false, true);
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	ck_assert_str_eq(actions(&b), "advert:255 save announce:192.0.2.100 ");
	next_event(&b);
	stop(&b, 500);
	run(&b, 10000);
	ck_assert_str_eq(actions(&b), "advert:0 save ");
	next_event(&b);
	ck_assert_str_eq(next_event(&b), ""); /* nor called foreign */
	ck_assert(engine_stopped(b.e));
	bench_done(&b);
}
END_TEST

START_TEST(an_address_that_somebody_else_put_here_is_told_and_left_alone)
{
	struct bench b;

	bench_init(&b, 100);
	bench_make_engine(&b, 0);
	link_up(&b, 0);
	address_is(&b, 0, "192.0.2.100/32", false, true);
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	next_event(&b);
	const char *told = next_event(&b);

	ck_assert_ptr_nonnull(
		strstr(told, "web: address 192.0.2.100 dev eth0 is on this host although"));
	run(&b, 5000); /* MASTER: it is there, so it serves */
	ck_assert_uint_eq(count_of(actions(&b), "add:"), 0);
	stop(&b, 6000);
	run(&b, 10000);
	ck_assert_uint_eq(count_of(actions(&b), "remove:"), 0);
	bench_done(&b);
}
END_TEST

START_TEST(leftovers_are_removed_once_started_and_told)
{
	struct bench b;

	bench_init(&b, 100);
	bench_make_engine(&b, 1);
	link_up(&b, 0);
	ck_assert_int_eq(leave_behind(&b, "192.0.2.99/24"), 0);
	ck_assert_int_eq(leave_behind(&b, "192.0.2.99/24"), -ENOSPC);
	tick(&b, 0);
	ck_assert_str_eq(actions(&b), "");
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	ck_assert_str_eq(actions(&b), "save leftover.remove:192.0.2.99 ");
	next_event(&b);
	ck_assert_str_eq(next_event(&b), "address 192.0.2.99 dev eth0 was left behind; removed");
	bench_done(&b);
}
END_TEST

START_TEST(our_own_address_found_at_start_is_removed_by_a_backup)
{
	struct bench b;

	bench_init(&b, 100);
	bench_make_engine(&b, 0);
	link_up(&b, 0);
	address_is(&b, 0, "192.0.2.100/24", true, true);
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	ck_assert_str_eq(actions(&b), "save remove:192.0.2.100 ");
	bench_done(&b);
}
END_TEST

START_TEST(the_answer_for_an_address_that_two_slots_have_reaches_the_one_that_asked)
{
	struct bench b;

	bench_init(&b, 255);
	kit_add_simple(&b.kit, "lan", 52, 255, "192.0.2.100/24");
	b.kernel_answers = false;
	open_bench(&b, 0);
	answer(&b, 0, ETH0, "192.0.2.100/24", true, 0);
	answer(&b, 0, ETH0, "192.0.2.100/24", true, 0);
	stop(&b, 100);
	actions(&b);
	run(&b, 5000);
	answer(&b, 5000, ETH0, "192.0.2.100/24", false, 0);
	answer(&b, 5000, ETH0, "192.0.2.100/24", false, 0);
	ck_assert(engine_stopped(b.e));
	bench_done(&b);
}
END_TEST

/* ---- advertisements ---- */

START_TEST(what_is_refused_is_counted_told_once_and_changes_nothing)
{
	struct bench b;

	bench_init(&b, 100);
	open_bench(&b, 0);
	actions(&b);
	next_event(&b);
	struct instant before = engine_deadline(b.e);

	for (int i = 0; i < 100; i++) {
		struct advert *advert = peer_advert(200);

		advert->version = 2;
		hear_advert(&b, 100 + i, HIGHER, advert);
	}
	ck_assert_str_eq(actions(&b), "");
	ck_assert_int_eq(engine_deadline(b.e).us, before.us);
	ck_assert_uint_eq(counter(&b, COUNTER_VERSION_ERRORS), 100);
	ck_assert_uint_eq(counter(&b, COUNTER_ADVERTS_RECEIVED), 0);
	ck_assert_str_eq(
		next_event(&b),
		"web: conflict: 192.0.2.6 speaks version 2, here it is version 3: make both "
		"the same; until then its advertisements are refused");
	ck_assert_str_eq(next_event(&b), "");
	bench_done(&b);
}
END_TEST

static void refuse(struct bench *b, int64_t ms, int32_t ifindex, uint8_t vrid, enum refusal why)
{
	step(b,
	     (struct event){ .kind = EVENT_REFUSED,
			     .advert = { .ifindex = ifindex,
					 .src = ip(HIGHER),
					 .dst = ip("224.0.0.18"),
					 .vrid = vrid,
					 .family = IP_V4,
					 .refusal = why } },
	     ms);
}

START_TEST(a_message_that_cannot_be_read_counts_at_the_virtual_router_it_names)
{
	struct bench b;

	bench_init(&b, 100);
	open_bench(&b, 0);
	refuse(&b, 1, ETH0, 51, REFUSAL_CHECKSUM);
	refuse(&b, 1, ETH0, 51, REFUSAL_LENGTH);
	refuse(&b, 1, 99, 51, REFUSAL_LENGTH); /* not our interface */
	ck_assert_uint_eq(counter(&b, COUNTER_CHECKSUM_ERRORS), 1);
	ck_assert_uint_eq(counter(&b, COUNTER_PACKET_LENGTH_ERRORS), 1);
	ck_assert_uint_eq(engine_counters(b.e)->value[COUNTER_CHECKSUM_ERRORS], 0);
	bench_done(&b);
}
END_TEST

START_TEST(a_message_of_nobody_here_counts_for_all_of_the_interface_and_is_not_told)
{
	struct bench b;
	struct advert *advert;

	bench_init(&b, 100);
	open_bench(&b, 0);
	next_event(&b);
	advert = peer_advert(100);
	advert->vrid = 77;
	hear_advert(&b, 1, HIGHER, advert);
	refuse(&b, 1, ETH0, 78, REFUSAL_CHECKSUM);
	ck_assert_uint_eq(counter(&b, COUNTER_VRID_ERRORS), 1);
	ck_assert_uint_eq(counter(&b, COUNTER_CHECKSUM_ERRORS), 1);
	ck_assert_uint_eq(engine_counters(b.e)->value[COUNTER_VRID_ERRORS], 1);
	ck_assert_uint_eq(engine_counters(b.e)->value[COUNTER_CHECKSUM_ERRORS], 1);
	ck_assert_str_eq(next_event(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(different_address_lists_are_a_conflict_and_processed)
{
	struct bench b;
	struct advert *advert;

	bench_init(&b, 100);
	open_bench(&b, 0);
	next_event(&b);
	advert = peer_advert(200);
	advert->count = 2;
	advert->addresses[1] = ip("192.0.2.200");
	hear_advert(&b, 1000, HIGHER, advert);
	ck_assert_uint_eq(counter(&b, COUNTER_ADDRESS_LIST_ERRORS), 1);
	ck_assert_uint_eq(counter(&b, COUNTER_ADVERTS_RECEIVED), 1);
	ck_assert_int_eq(engine_deadline(b.e).us, 4609375);
	ck_assert_str_eq(next_event(&b), "web: 192.0.2.6 is master (priority 200)");
	ck_assert_str_eq(next_event(&b),
			 "web: conflict: 192.0.2.6 advertises other addresses for this VRID (2 of "
			 "them, the first 192.0.2.100): make both configurations list the same "
			 "ones, in the same order");
	bench_done(&b);
}
END_TEST

START_TEST(another_interval_in_version_3_is_a_conflict_that_is_told)
{
	struct bench b;
	struct advert *advert;

	bench_init(&b, 100);
	open_bench(&b, 0);
	next_event(&b);
	advert = peer_advert(200);
	advert->interval = span_ms(500);
	hear_advert(&b, 1000, HIGHER, advert);
	ck_assert_str_eq(next_event(&b), "web: 192.0.2.6 is master (priority 200)");
	ck_assert_str_eq(next_event(&b),
			 "web: conflict: 192.0.2.6 advertises every 500 ms, here it is 1000 ms: "
			 "make both the same");
	bench_done(&b);
}
END_TEST

START_TEST(a_second_owner_is_a_conflict)
{
	struct bench b;

	bench_init(&b, 255);
	open_bench(&b, 0);
	next_event(&b);
	hear(&b, 1000, LOWER, 255);
	ck_assert_str_eq(next_event(&b), "web: conflict: 192.0.2.4 claims to own the addresses "
					 "too (priority 255): only one router may");
	bench_done(&b);
}
END_TEST

START_TEST(more_complaints_than_can_be_told_apart_are_told_as_one)
{
	struct bench b;
	char from[32];
	int told = 0;

	bench_init(&b, 100);
	open_bench(&b, 0);
	next_event(&b);
	for (int i = 0; i < 500; i++) {
		struct advert *advert = peer_advert(200);

		advert->version = 2;
		snprintf(from, sizeof(from), "10.0.%d.%d", i / 250, i % 250);
		hear_advert(&b, 100, from, advert);
	}
	while (*next_event(&b) != '\0')
		told++;
	ck_assert_int_eq(told, LIMITER_ENTRIES + 1);
	bench_done(&b);
}
END_TEST

START_TEST(a_flood_of_bad_packets_does_not_silence_what_is_told_of_addresses)
{
	struct bench b;
	char from[32];

	open_as_master(&b, 100, 0);
	for (int i = 0; i < 500; i++) {
		struct advert *advert = peer_advert(200);

		advert->version = 2;
		snprintf(from, sizeof(from), "10.0.%d.%d", i / 250, i % 250);
		hear_advert(&b, 10100, from, advert);
	}
	b.read = engine_history(b.e)->next_seq;
	address_is(&b, 10500, "192.0.2.100/24", true, false);
	ck_assert_str_eq(next_event(&b),
			 "web: address 192.0.2.100 dev eth0 was removed by somebody; put back");
	bench_done(&b);
}
END_TEST

START_TEST(many_addresses_removed_at_once_are_summed_up_as_addresses)
{
	struct bench b;
	char text[32];
	const char *last = "";
	static char kept[2 * TEXT_MAX];

	many(&b, 200);
	open_bench(&b, 0);
	run(&b, 100);
	b.read = engine_history(b.e)->next_seq;
	for (uint32_t i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), "10.0.%u.%u/32", i / 250, i % 250);
		address_is(&b, 5000, text, true, false);
	}
	while (*(last = next_event(&b)) != '\0')
		snprintf(kept, sizeof(kept), "%s", last);
	ck_assert_str_eq(kept, "1 more such events of other addresses");
	ck_assert_uint_eq(counter(&b, COUNTER_ADDRESSES_RESTORED), 200);
	bench_done(&b);
}
END_TEST

START_TEST(an_advertisement_the_kernel_did_not_take_is_not_counted_as_sent)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	uint64_t sent = counter(&b, COUNTER_ADVERTS_SENT);

	step(&b, (struct event){ .kind = EVENT_SEND_FAILED, .send = { 0, ENOBUFS } }, 10100);
	ck_assert_uint_eq(counter(&b, COUNTER_ADVERTS_SENT), sent - 1);
	ck_assert_uint_eq(counter(&b, COUNTER_SEND_ERRORS), 1);
	ck_assert_str_eq(next_event(&b),
			 "web: advertisements cannot be sent: No buffer space available");
	bench_done(&b);
}
END_TEST

START_TEST(an_advertisement_of_ours_says_what_is_configured)
{
	struct bench b;
	struct ip_addr src, dst[PEERS_MAX];
	struct advert advert;

	bench_init(&b, 100);
	b.kit.instances[0].version = 2;
	strcpy(b.kit.instances[0].auth_password, "secret");
	b.kit.instances[0].advert_interval = span_s(3);
	bench_make_engine(&b, 0);
	ck_assert_uint_eq(engine_advert(b.e, 0, 100, &advert, &src, dst), 0); /* no source yet */
	link_up(&b, 0);
	ck_assert_uint_eq(engine_advert(b.e, 0, 42, &advert, &src, dst), 1);
	ck_assert_uint_eq(advert.version, 2);
	ck_assert_uint_eq(advert.vrid, 51);
	ck_assert_uint_eq(advert.priority, 42);
	ck_assert_uint_eq(advert.count, 1);
	ck_assert(ip_equal(advert.addresses[0], ip("192.0.2.100")));
	ck_assert_int_eq(advert.auth_type, ADVERT_AUTH_SIMPLE);
	ck_assert_mem_eq(advert.auth_data, "secret\0\0", 8);
	ck_assert_int_eq(advert.interval.us, 3000000);
	ck_assert(ip_equal(src, ip(OWN)));
	ck_assert(ip_equal(dst[0], ip("224.0.0.18")));
	bench_done(&b);
}
END_TEST

/* ---- both families, looking ---- */

START_TEST(an_instance_of_both_families_is_two_virtual_routers_the_first_with_the_extras)
{
	struct bench b;
	struct snapshot s;
	struct snapshot_address address;
	uint32_t found[2];

	bench_init(&b, 100);
	struct instance_settings *set = &b.kit.instances[0];

	kit_add_vip(&b.kit, &set->addresses[FAMILY_V6], kit_vip("fe80::1/64"));
	kit_add_vip(&b.kit, &set->extra, kit_vip("10.0.0.9/32"));
	open_bench(&b, 0);
	ck_assert_uint_eq(engine_vrouter_count(b.e), 2);
	ck_assert_uint_eq(engine_find(b.e, "web", found), 2);
	ck_assert_uint_eq(engine_find(b.e, "web/ipv6", found), 1);
	ck_assert_uint_eq(found[0], 1);
	ck_assert_uint_eq(engine_find(b.e, "nobody", found), 0);
	engine_snapshot(b.e, 0, at_ms(0), &s);
	ck_assert_str_eq(s.name, "web/ipv4");
	ck_assert_uint_eq(s.addresses_total, 2);
	engine_snapshot_address(b.e, 0, 1, &address);
	ck_assert(!address.advertised);
	ck_assert_str_eq(address.dev, "eth0");
	engine_snapshot(b.e, 1, at_ms(0), &s);
	ck_assert_str_eq(s.name, "web/ipv6");
	ck_assert_uint_eq(s.addresses_total, 1);
	ck_assert_int_eq(s.state, VROUTER_FAULT); /* eth0 has no IPv6 address */
	bench_done(&b);
}
END_TEST

START_TEST(a_snapshot_of_a_master_tells_its_timers_and_itself_as_master)
{
	struct bench b;
	struct snapshot s;
	struct snapshot_address address;

	open_as_master(&b, 100, 0);
	engine_snapshot(b.e, 0, at_ms(10100), &s);
	ck_assert_int_eq(s.state, VROUTER_MASTER);
	ck_assert(s.master_self && ip_equal(s.master, ip(OWN)));
	ck_assert_uint_eq(s.master_priority, 100);
	ck_assert_int_gt(s.advert_left.us, 0);
	ck_assert_int_le(s.advert_left.us, 1000000);
	ck_assert_int_lt(s.master_down_left.us, 0);
	ck_assert_uint_eq(s.addresses_present, 1);
	ck_assert(!s.lingering);
	engine_snapshot_address(b.e, 0, 0, &address);
	ck_assert_int_eq(address.presence, SLOT_OURS);
	ck_assert(address.wanted && address.advertised);
	hear(&b, 10200, HIGHER, 200);
	engine_snapshot(b.e, 0, at_ms(10210), &s);
	ck_assert(s.lingering);
	ck_assert(!s.master_self && ip_equal(s.master, ip(HIGHER)));
	ck_assert_int_eq(s.master_down_left.us, 3609375 - 10000);
	bench_done(&b);
}
END_TEST

START_TEST(the_virtual_addresses_are_known_by_interface_and_prefix)
{
	struct bench b;

	bench_init(&b, 100);
	bench_make_engine(&b, 0);
	for (int64_t ms = 0; ms < 2; ms++) { /* whether the interface exists or not */
		ck_assert(engine_is_vip(b.e, "eth0", ip("192.0.2.100")));
		ck_assert(!engine_is_vip(b.e, "eth0", ip("192.0.2.101")));
		ck_assert(!engine_is_vip(b.e, "eth1", ip("192.0.2.100")));
		ck_assert(engine_has_slot(b.e, "eth0", ip("192.0.2.100"), 24));
		ck_assert(!engine_has_slot(b.e, "eth0", ip("192.0.2.100"), 32));
		link_up(&b, ms);
	}
	bench_done(&b);
}
END_TEST

START_TEST(no_instance_at_all_is_a_quiet_engine)
{
	struct bench b;

	bench_init(&b, 100);
	kit_init(&b.kit);
	open_bench(&b, 0);
	tick(&b, 1000);
	ck_assert_str_eq(actions(&b), "");
	ck_assert(instant_is_never(engine_deadline(b.e)));
	stop(&b, 2000);
	ck_assert(engine_stopped(b.e));
	bench_done(&b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("engine");

	tcase_add_test(tc, nothing_happens_before_the_start);
	tcase_add_test(tc, a_take_over_advertises_then_saves_then_adds_then_announces);
	tcase_add_test(tc, backup_takes_over_when_master_falls_silent);
	tcase_add_test(tc, an_address_is_announced_only_when_the_kernel_has_it);
	tcase_add_test(tc, an_announcement_carries_the_interfaces_mac_and_index);
	tcase_add_test(tc, all_advertisements_of_a_step_come_before_anything_else);
	tcase_add_test(tc, no_deadline_is_left_in_the_past_by_a_tick);
	tcase_add_test(tc, few_address_changes_are_under_way_at_first_then_more_but_never_too_many);
	tcase_add_test(tc,
		       announcements_are_handed_out_a_bounded_number_a_step_and_the_rest_at_once);
	tcase_add_test(tc, every_address_of_an_instance_is_added_and_announced_once);
	tcase_add_test(tc, announcements_of_one_interface_pause_in_between);
	tcase_add_test(tc, interfaces_do_not_wait_for_each_other);
	tcase_add_test(tc, an_interface_whose_announcements_were_called_off_holds_up_no_other);
	tcase_add_test(tc, addresses_on_another_device_are_added_and_announced_there);
	tcase_add_test(tc, addresses_on_another_device_are_announced_when_it_comes_up);
	tcase_add_test(tc, the_number_of_announcements_after_many_flaps_is_that_of_one);
	tcase_add_test(tc, an_operator_may_have_the_addresses_announced_again);
	tcase_add_test(
		tc,
		of_two_masters_the_one_that_stays_announces_with_its_answer_and_when_the_other_has_gone);
	tcase_add_test(tc, a_link_with_another_hardware_address_announces);
	tcase_add_test(tc, a_master_that_hands_over_leaves_its_successor_a_whole_interval);
	tcase_add_test(tc, who_is_no_master_says_nothing_when_it_hands_over);
	tcase_add_test(tc, yielding_keeps_the_address_until_the_new_master_had_time_to_take_it);
	tcase_add_test(tc, stopping_releases_and_waits_for_the_successor);
	tcase_add_test(tc, stopping_without_a_successor_ends_after_three_intervals);
	tcase_add_test(tc, a_backup_is_stopped_at_once);
	tcase_add_test(tc, nobody_has_stopped_before_its_last_word_is_handed_out);
	tcase_add_test(tc, an_address_the_kernel_will_not_remove_does_not_keep_us_for_ever);
	tcase_add_test(tc, after_the_stop_nothing_starts_again);
	tcase_add_test(tc, an_interface_that_does_not_exist_is_waited_for);
	tcase_add_test(tc, a_link_down_releases_the_addresses_at_once);
	tcase_add_test(tc, an_interface_where_nobody_can_be_heard_makes_no_master);
	tcase_add_test(tc, who_cannot_be_heard_in_one_family_is_heard_in_the_other);
	tcase_add_test(tc, a_deleted_and_recreated_interface_gets_everything_again);
	tcase_add_test(tc,
		       an_interface_replaced_under_a_master_gets_its_addresses_without_a_failover);
	tcase_add_test(tc, an_interface_that_vanishes_with_changes_under_way_forgets_them);
	tcase_add_test(tc, an_interface_that_nobody_uses_is_ignored);
	tcase_add_test(tc, a_configured_source_address_is_used_instead_of_the_interfaces);
	tcase_add_test(tc, a_removed_address_is_put_back_announced_and_told);
	tcase_add_test(tc, an_address_that_somebody_fights_over_ends_in_fault);
	tcase_add_test(tc, addresses_removed_now_and_then_are_no_fight);
	tcase_add_test(tc, a_kernel_that_refuses_three_times_ends_in_fault_and_is_tried_again);
	tcase_add_test(tc, an_extra_address_that_is_refused_is_only_told);
	tcase_add_test(tc, one_address_that_works_clears_the_faults_of_the_past);
	tcase_add_test(tc, the_owners_own_address_is_never_touched);
	tcase_add_test(tc, an_address_that_somebody_else_put_here_is_told_and_left_alone);
	tcase_add_test(tc, leftovers_are_removed_once_started_and_told);
	tcase_add_test(tc, our_own_address_found_at_start_is_removed_by_a_backup);
	tcase_add_test(tc,
		       the_answer_for_an_address_that_two_slots_have_reaches_the_one_that_asked);
	tcase_add_test(tc, what_is_refused_is_counted_told_once_and_changes_nothing);
	tcase_add_test(tc, a_message_that_cannot_be_read_counts_at_the_virtual_router_it_names);
	tcase_add_test(tc,
		       a_message_of_nobody_here_counts_for_all_of_the_interface_and_is_not_told);
	tcase_add_test(tc, different_address_lists_are_a_conflict_and_processed);
	tcase_add_test(tc, another_interval_in_version_3_is_a_conflict_that_is_told);
	tcase_add_test(tc, a_second_owner_is_a_conflict);
	tcase_add_test(tc, more_complaints_than_can_be_told_apart_are_told_as_one);
	tcase_add_test(tc, a_flood_of_bad_packets_does_not_silence_what_is_told_of_addresses);
	tcase_add_test(tc, many_addresses_removed_at_once_are_summed_up_as_addresses);
	tcase_add_test(tc, an_advertisement_the_kernel_did_not_take_is_not_counted_as_sent);
	tcase_add_test(tc, an_advertisement_of_ours_says_what_is_configured);
	tcase_add_test(
		tc, an_instance_of_both_families_is_two_virtual_routers_the_first_with_the_extras);
	tcase_add_test(tc, a_snapshot_of_a_master_tells_its_timers_and_itself_as_master);
	tcase_add_test(tc, the_virtual_addresses_are_known_by_interface_and_prefix);
	tcase_add_test(tc, no_instance_at_all_is_a_quiet_engine);
	return run_test_case(tc, "engine");
}
