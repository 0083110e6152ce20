/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a reload must not lose on the way from one engine to the next, piece by piece: times, counters, quarrels about addresses, queues of
 * announcements, and the few places for addresses that nobody has any more.
 */
#include <errno.h>

#include "link_bench.h"
#include "reload_bench.h"
#include "routing_kit.h"

static const struct history_event *event_of_kind(struct bench *b, enum history_kind kind)
{
	const struct history_event *e;

	while ((e = history_read(engine_history(b->e), &b->read, NULL)) && e->kind != kind)
		;
	ck_assert_ptr_nonnull(e);
	return e;
}

/* ---- when ---- */

START_TEST(what_a_reload_ends_is_told_with_its_time)
{
	given_a_master()->vrid = 52;
	reload(&now[0], &now[1], 10100, VIP);
	const struct history_event *e = event_of_kind(&now[1], HISTORY_STATE);

	ck_assert_int_eq(e->reason, REASON_RETIRED);
	ck_assert_int_eq(e->at.us, 10100000);
	ck_assert_int_eq(e->wall_us, 10100000);
	bench_done(&now[1]);
}
END_TEST

START_TEST(what_a_reload_begins_is_told_with_its_time)
{
	given_a_master();
	kit_add_simple(&now[1].kit, "lan", 52, 255, "192.0.2.101/24");
	reload(&now[0], &now[1], 10100, VIP);
	const struct history_event *e = event_of_kind(&now[1], HISTORY_STATE);

	ck_assert_int_eq(e->reason, REASON_OWNER);
	ck_assert_int_eq(e->at.us, 10100000);
	ck_assert_int_eq(e->wall_us, 10100000);
	bench_done(&now[1]);
}
END_TEST

START_TEST(what_a_reload_changes_is_told_with_its_time)
{
	given_a_master()->priority = 150;
	reload(&now[0], &now[1], 10100, VIP);
	const struct history_event *e = event_of_kind(&now[1], HISTORY_PRIORITY);

	ck_assert_int_eq(e->at.us, 10100000);
	ck_assert_int_eq(e->wall_us, 10100000);
	bench_done(&now[1]);
}
END_TEST

START_TEST(a_reload_before_the_start_starts_nothing)
{
	bench_init(&now[0], 100);
	bench_make_engine(&now[0], 0);
	link_up(&now[0], 0);
	prepare(&now[1], &now[0]);
	kit_add_simple(&now[1].kit, "lan", 52, 255, "192.0.2.101/24");
	reload(&now[0], &now[1], 100, NULL);
	ck_assert_int_eq(engine_state(now[1].e, 1), VROUTER_INIT);
	ck_assert_str_eq(actions(&now[1]), "");
	bench_done(&now[1]);
}
END_TEST

/* ---- which ---- */

START_TEST(every_instance_that_is_taken_away_releases)
{
	bench_init(&now[0], 255);
	kit_add_simple(&now[0].kit, "lan", 52, 255, "192.0.2.101/24");
	open_bench(&now[0], 0);
	actions(&now[0]);
	prepare(&now[1], &now[0]);
	now[1].kit.s.instance_count = 1;
	now[1].kit.s.vip_count = 1;
	reload(&now[0], &now[1], 100, VIP);
	ck_assert_ptr_nonnull(strstr(actions(&now[0]), "1.advert:0 "));
	bench_done(&now[1]);
}
END_TEST

/* web is MASTER with a second address, and the next settings are prepared. */
static struct instance_settings *given_two_addresses(void)
{
	bench_init(&now[0], 255);
	kit_add_vip(&now[0].kit, &now[0].kit.instances[0].addresses[FAMILY_V4],
		    kit_vip("192.0.2.101/24"));
	open_bench(&now[0], 0);
	run(&now[0], 10000);
	actions(&now[0]);
	return prepare(&now[1], &now[0]);
}

START_TEST(one_address_less_is_another_list)
{
	given_two_addresses()->addresses[FAMILY_V4].count = 1;
	now[1].kit.s.vip_count = 1;
	reload(&now[0], &now[1], 10100, VIP);
	ck_assert_ptr_nonnull(strstr(actions(&now[1]), "advert:255 "));
	bench_done(&now[1]);
}
END_TEST

START_TEST(another_second_address_is_another_list)
{
	given_two_addresses();
	now[1].kit.vips[1] = kit_vip("192.0.2.102/24");
	reload(&now[0], &now[1], 10100, VIP);
	ck_assert_ptr_nonnull(strstr(actions(&now[1]), "advert:255 "));
	bench_done(&now[1]);
}
END_TEST

START_TEST(errors_of_nobody_here_are_counted_on)
{
	struct advert *stranger = peer_advert(100);

	given_a_master();
	stranger->vrid = 77;
	hear_advert(&now[0], 10050, HIGHER, stranger);
	reload(&now[0], &now[1], 10100, VIP);
	ck_assert_uint_eq(engine_counters(now[1].e)->value[COUNTER_VRID_ERRORS], 1);
	bench_done(&now[1]);
}
END_TEST

/* ---- places for addresses that nobody has any more ---- */

/* A master that has places for two leftovers, of which one is removed and the other cannot be. */
static void given_leftovers(struct bench *b, bool first_is_removed)
{
	bench_init(b, 255);
	bench_make_engine(b, 2);
	link_up(b, 0);
	b->kernel_answers = false;
	ck_assert_int_eq(leave_behind(b, "192.0.2.97/24"), 0);
	ck_assert_int_eq(leave_behind(b, "192.0.2.98/24"), 0);
	step(b, (struct event){ .kind = EVENT_START }, 0);
	answer(b, 1, ETH0, first_is_removed ? "192.0.2.97/24" : "192.0.2.98/24", false, 0);
	actions(b);
}

START_TEST(the_place_of_a_leftover_that_is_gone_is_used_again)
{
	struct bench b;

	for (int first_is_removed = 0; first_is_removed < 2; first_is_removed++) {
		given_leftovers(&b, first_is_removed);
		b.read = engine_history(b.e)->next_seq;
		ck_assert_int_eq(leave_behind(&b, "192.0.2.99/24"), 0);
		ck_assert_int_eq(leave_behind(&b, "192.0.2.96/24"), -ENOSPC);
		tick(&b, 2);
		ck_assert_str_eq(actions(&b), "leftover.remove:192.0.2.99 ");
		answer(&b, 3, ETH0, "192.0.2.99/24", false, 0);
		ck_assert_ptr_nonnull(strstr(next_event(&b), "192.0.2.99 "));
		answer(&b, 3, ETH0, "192.0.2.97/24", false, 0);
		answer(&b, 3, ETH0, "192.0.2.98/24", false, 0);
		ck_assert_ptr_nonnull(
			strstr(next_event(&b), first_is_removed ? "192.0.2.98 " : "192.0.2.97 "));
		ck_assert_str_eq(next_event(&b), "");
		bench_done(&b);
	}
}
END_TEST

START_TEST(a_leftover_in_the_place_of_a_retired_address_is_told)
{
	given_a_master();
	now[1].kit.vips[0] = kit_vip("192.0.2.101/24");
	reload(&now[0], &now[1], 10100, NULL);
	actions(&now[1]);
	now[1].read = engine_history(now[1].e)->next_seq;
	ck_assert_int_eq(leave_behind(&now[1], "192.0.2.99/24"), 0);
	tick(&now[1], 10200);
	ck_assert_ptr_nonnull(strstr(actions(&now[1]), "leftover.remove:192.0.2.99 "));
	ck_assert_ptr_nonnull(strstr(next_event(&now[1]), "192.0.2.99 dev"));
	bench_done(&now[1]);
}
END_TEST

START_TEST(an_address_that_was_never_there_needs_no_place)
{
	bench_init(&now[0], 255);
	now[0].kernel_answers = false;
	open_bench(&now[0], 0);
	answer(&now[0], 1, ETH0, VIP, true, EPERM);
	ck_assert_uint_eq(engine_address_count(now[0].e), 1);
	prepare(&now[1], &now[0]);
	now[1].kit.vips[0] = kit_vip("192.0.2.101/24");
	reload(&now[0], &now[1], 50, NULL);
	ck_assert_uint_eq(engine_address_count(now[1].e), 1);
	bench_done(&now[1]);
}
END_TEST

START_TEST(where_there_is_no_place_an_address_is_left_behind)
{
	given_a_master();
	now[1].kit.vips[0] = kit_vip("192.0.2.101/24");
	bench_make_engine(&now[1], 0);
	link_up(&now[1], 10100);
	engine_adopt(now[1].e, now[0].e, at_ms(10100), 0);
	drain(&now[1], 10100);
	ck_assert_ptr_nonnull(strstr(actions(&now[1]), "add:192.0.2.101 "));
	bench_done(&now[0]);
	bench_done(&now[1]);
}
END_TEST

START_TEST(a_retired_address_that_cannot_be_removed_is_told_with_its_device)
{
	given_a_master();
	now[1].kit.vips[0] = kit_vip("192.0.2.101/24");
	now[1].kernel_answers = false;
	reload(&now[0], &now[1], 10100, NULL);
	answer(&now[1], 10101, ETH0, VIP, false, EPERM);
	ck_assert_ptr_nonnull(strstr(next_event(&now[1]), "192.0.2.100 dev eth0 cannot"));
	bench_done(&now[1]);
}
END_TEST

START_TEST(an_address_that_goes_to_another_instance_does_not_wait_for_the_old_one)
{
	given_a_master();
	now[1].kit.instances[0].vrid = 52;
	now[1].kit.instances[0].priority = 255;
	snprintf(now[1].kit.vips[0].label, sizeof(now[1].kit.vips[0].label), "eth0:1");
	reload(&now[0], &now[1], 10100, VIP);
	ck_assert_ptr_nonnull(strstr(actions(&now[1]), "remove:192.0.2.100 add:192.0.2.100 "));
	bench_done(&now[1]);
}
END_TEST

START_TEST(an_address_taken_from_one_that_yields_does_not_linger)
{
	open_as_master(&now[0], 100, 0);
	hear(&now[0], 10100, HIGHER, 200);
	prepare(&now[1], &now[0]);
	now[1].kit.vips[0] = kit_vip("192.0.2.101/24");
	reload(&now[0], &now[1], 10101, NULL);
	ck_assert_ptr_nonnull(strstr(actions(&now[1]), "leftover.remove:192.0.2.100 "));
	bench_done(&now[1]);
}
END_TEST

/* ---- what is known of the kernel ---- */

START_TEST(an_address_that_is_found_here_is_not_added_again_after_a_refusal)
{
	bench_init(&now[0], 255);
	now[0].kernel_answers = false;
	open_bench(&now[0], 0);
	answer(&now[0], 1, ETH0, VIP, true, EPERM);
	prepare(&now[1], &now[0]);
	reload(&now[0], &now[1], 50, VIP);
	actions(&now[1]);
	run(&now[1], 500);
	ck_assert_ptr_null(strstr(actions(&now[1]), "add:"));
	bench_done(&now[1]);
}
END_TEST

START_TEST(an_address_being_put_back_is_told_as_such_after_a_reload)
{
	given_a_master();
	now[0].kernel_answers = false;
	address_is(&now[0], 10100, VIP, true, false);
	reload(&now[0], &now[1], 10101, NULL);
	answer(&now[1], 10102, ETH0, VIP, true, 0);
	ck_assert_uint_eq(counter(&now[1], COUNTER_ADDRESSES_RESTORED), 1);
	bench_done(&now[1]);
}
END_TEST

START_TEST(a_fight_about_an_address_goes_on_over_a_reload)
{
	given_a_master();
	for (int64_t ms = 10000; ms < 11100; ms += 100)
		address_is(&now[0], ms, VIP, true, false);
	reload(&now[0], &now[1], 11100, VIP);
	ck_assert_int_eq(engine_state(now[1].e, 0), VROUTER_MASTER);
	address_is(&now[1], 11200, VIP, true, false);
	ck_assert_int_eq(engine_state(now[1].e, 0), VROUTER_FAULT);
	bench_done(&now[1]);
}
END_TEST

START_TEST(a_wide_window_stays_wide)
{
	char text[32];

	bench_init(&now[0], 255);
	for (uint32_t i = 0; i < 150; i++) {
		snprintf(text, sizeof(text), "10.0.0.%u/32", i);
		kit_add_vip(&now[0].kit, &now[0].kit.instances[0].addresses[FAMILY_V4],
			    kit_vip(text));
	}
	now[0].kernel_answers = false;
	open_bench(&now[0], 0);
	for (uint32_t i = 0; i < 4; i++) {
		snprintf(text, sizeof(text), "10.0.0.%u/32", i);
		answer(&now[0], 1, ETH0, text, true, 0);
	}
	prepare(&now[1], &now[0]);
	now[1].kernel_answers = false;
	reload(&now[0], &now[1], 2, NULL);
	actions(&now[1]);
	answer(&now[1], 3, ETH0, "10.0.0.5/32", true, 0);
	ck_assert_ptr_nonnull(strstr(actions(&now[1]), "add:"));
	bench_done(&now[1]);
}
END_TEST

START_TEST(an_address_that_could_not_be_replaced_goes_at_once_when_it_is_not_wanted_any_more)
{
	given_a_master();
	snprintf(now[1].kit.vips[0].label, sizeof(now[1].kit.vips[0].label), "eth0:1");
	now[1].kernel_answers = false;
	reload(&now[0], &now[1], 10100, VIP);
	ck_assert_ptr_nonnull(strstr(actions(&now[1]), "remove:192.0.2.100 "));
	answer(&now[1], 10101, ETH0, VIP, false, EPERM);
	prepare(&now[2], &now[1]);
	now[2].kit.vips[0] = kit_vip("192.0.2.101/24");
	reload(&now[1], &now[2], 10102, VIP);
	ck_assert_ptr_nonnull(strstr(actions(&now[2]), "leftover.remove:192.0.2.100 "));
	bench_done(&now[2]);
}
END_TEST

/* A BACKUP on its own link holds nothing: what the kernel would not remove does not wait for the link either. */
START_TEST(what_a_backup_could_not_remove_is_tried_again_in_time_though_it_moves_to_a_link)
{
	open_as_master(&now[0], 100, 0);
	now[0].kernel_answers = false;
	hear(&now[0], 10100, HIGHER, 200);
	run(&now[0], 10900);
	answer(&now[0], 10900, ETH0, VIP, false, EPERM);
	ck_assert_int_eq(engine_deadline(now[0].e).us, 11000000);
	prepare(&now[1], &now[0])->virtual_mac = true;
	now[1].kernel_answers = false;
	reload(&now[0], &now[1], 10999, VIP);
	actions(&now[1]);
	run(&now[1], 11000);
	ck_assert_ptr_nonnull(strstr(actions(&now[1]), "remove:192.0.2.100 "));
	bench_done(&now[1]);
}
END_TEST

/* ---- announcements ---- */

START_TEST(the_pause_between_announcements_goes_on_over_a_reload_on_every_interface)
{
	struct instance_settings *lan;

	bench_init(&now[0], 255);
	lan = kit_add(&now[0].kit, kit_instance("lan", 52, 255));
	snprintf(lan->interface, sizeof(lan->interface), "eth1");
	lan->announce.interval = span_ms(100);
	kit_add_vip(&now[0].kit, &lan->addresses[FAMILY_V4], kit_vip("198.51.100.100/24"));
	kit_add_vip(&now[0].kit, &lan->addresses[FAMILY_V4], kit_vip("198.51.100.101/24"));
	bench_make_engine(&now[0], 0);
	link_up(&now[0], 0);
	link_named(&now[0], 0, "eth1", ETH0 + 1, true, "198.51.100.5");
	step(&now[0], (struct event){ .kind = EVENT_START }, 0);
	ck_assert_ptr_nonnull(strstr(actions(&now[0]), "announce:198.51.100.100 "));
	prepare(&now[1], &now[0]);
	begin_reload(&now[0], &now[1], 50);
	link_named(&now[1], 50, "eth1", ETH0 + 1, true, "198.51.100.5");
	end_reload(&now[0], &now[1], 50);
	run(&now[1], 99);
	ck_assert_ptr_null(strstr(actions(&now[1]), "announce:198.51.100.101 "));
	run(&now[1], 100);
	ck_assert_ptr_nonnull(strstr(actions(&now[1]), "announce:198.51.100.101 "));
	bench_done(&now[1]);
}
END_TEST

START_TEST(first_announcements_stay_first_ones)
{
	bench_init(&now[0], 255);
	now[0].kit.instances[0].announce.interval = span_ms(100);
	kit_add_vip(&now[0].kit, &now[0].kit.instances[0].addresses[FAMILY_V4],
		    kit_vip("192.0.2.101/24"));
	kit_add_vip(&now[0].kit, &now[0].kit.instances[0].addresses[FAMILY_V4],
		    kit_vip("192.0.2.102/24"));
	now[0].kernel_answers = false;
	open_bench(&now[0], 0);
	answer(&now[0], 1, ETH0, VIP, true, 0);
	answer(&now[0], 1, ETH0, "192.0.2.101/24", true, 0);
	actions(&now[0]);
	prepare(&now[1], &now[0]);
	now[1].kernel_answers = false;
	reload(&now[0], &now[1], 50, VIP);
	address_is(&now[1], 50, "192.0.2.101/24", true, true);
	actions(&now[1]);
	run(&now[1], 110);
	ck_assert_str_eq(actions(&now[1]), "announce:192.0.2.101 ");
	bench_done(&now[1]);
}
END_TEST

START_TEST(who_yields_after_a_reload_announces_no_more_while_it_lingers)
{
	bench_init(&now[0], 100);
	now[0].kit.instances[0].announce.interval = span_ms(5);
	now[0].kit.instances[0].announce.repeat = span_ms(0);
	open_bench(&now[0], 0);
	run(&now[0], 3612);
	ck_assert_ptr_nonnull(strstr(actions(&now[0]), "announce:"));
	prepare(&now[1], &now[0]);
	reload(&now[0], &now[1], 3613, VIP);
	hear(&now[1], 3613, HIGHER, 200);
	run(&now[1], 3640);
	ck_assert_ptr_null(strstr(actions(&now[1]), "announce:"));
	bench_done(&now[1]);
}
END_TEST

START_TEST(a_master_that_faults_by_the_reload_announces_no_more)
{
	bench_init(&now[0], 255);
	now[0].kit.instances[0].announce.interval = span_ms(100);
	open_bench(&now[0], 0);
	prepare(&now[1], &now[0]);
	now[1].kernel_answers = false;
	bench_make_engine(&now[1], 1);
	link_named(&now[1], 50, "eth0", ETH0, true, NULL);
	address_is(&now[1], 50, VIP, true, true);
	engine_adopt(now[1].e, now[0].e, at_ms(50), 0);
	tick(&now[1], 1000);
	answer(&now[1], 1000, ETH0, VIP, false, EPERM);
	ck_assert_int_eq(engine_state(now[1].e, 0), VROUTER_FAULT);
	ck_assert_ptr_null(strstr(actions(&now[1]), "announce:"));
	bench_done(&now[0]);
	bench_done(&now[1]);
}
END_TEST

/* ---- a restart ---- */

START_TEST(who_dies_again_before_it_starts_leaves_the_same_record)
{
	struct record was, is;
	struct bench b;

	open_as_master(&b, 100, 0);
	engine_record(b.e, 0, &was);
	bench_done(&b);
	bench_init(&b, 100);
	bench_make_engine(&b, 0);
	ck_assert(engine_restore(b.e, &was, at_ms(10100)));
	engine_record(b.e, 0, &is);
	ck_assert_int_eq(is.last_advert.us, was.last_advert.us);
	ck_assert_int_eq(is.since_wall_us, was.since_wall_us);
	ck_assert_int_eq(is.reason, was.reason);
	bench_done(&b);
}
END_TEST

START_TEST(places_may_be_used_again_and_again)
{
	char text[4][32];
	struct bench b;

	bench_init(&b, 100);
	bench_make_engine(&b, 4);
	link_up(&b, 0);
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	b.kernel_answers = false;
	for (uint32_t turn = 0; turn < 200; turn++) {
		for (uint32_t i = 0; i < 4; i++) {
			snprintf(text[i], sizeof(text[i]), "10.%u.%u.%u/32", i, turn,
				 7 * turn % 250);
			ck_assert_int_eq(leave_behind(&b, text[i]), 0);
		}
		tick(&b, turn);
		for (uint32_t i = 0; i < 4; i++)
			answer(&b, turn, ETH0, text[i], false, 0);
		actions(&b);
		ck_assert(engine_is_vip(b.e, "eth0", ip("192.0.2.100")));
	}
	bench_done(&b);
}
END_TEST

START_TEST(leftovers_in_the_places_of_retired_addresses_are_all_told)
{
	given_two_addresses();
	now[1].kit.vips[0] = kit_vip("192.0.2.102/24");
	now[1].kit.vips[1] = kit_vip("192.0.2.103/24");
	reload(&now[0], &now[1], 10100, NULL);
	actions(&now[1]);
	now[1].read = engine_history(now[1].e)->next_seq;
	ck_assert_int_eq(leave_behind(&now[1], "192.0.2.98/24"), 0);
	ck_assert_int_eq(leave_behind(&now[1], "192.0.2.99/24"), 0);
	tick(&now[1], 10200);
	ck_assert_ptr_nonnull(strstr(next_event(&now[1]), "192.0.2.98 dev"));
	ck_assert_ptr_nonnull(strstr(next_event(&now[1]), "192.0.2.99 dev"));
	bench_done(&now[1]);
}
END_TEST

START_TEST(an_engine_that_has_seen_nothing_yet_has_the_time_from_the_reload)
{
	given_a_master();
	kit_add_simple(&now[1].kit, "lan", 52, 255, "192.0.2.101/24");
	bench_make_engine(&now[1], 1);
	engine_adopt(now[1].e, now[0].e, at_ms(10100), 10100000);
	now[1].read = now[0].read;
	for (int i = 0; i < 2; i++) { /* both lack their interface */
		const struct history_event *e = event_of_kind(&now[1], HISTORY_STATE);

		ck_assert_int_eq(e->to, VROUTER_FAULT);
		ck_assert_int_eq(e->at.us, 10100000);
		ck_assert_int_eq(e->wall_us, 10100000);
	}
	bench_done(&now[0]);
	bench_done(&now[1]);
}
END_TEST

/* ---- what a reload took away, and the process dies before it has let go ---- */

/* web is taken away at 10.1 s, and another reload follows; until when it serves. */
static struct instant given_one_taken_away(void)
{
	struct instant until;

	given_a_master();
	now[1].kit.s.instance_count = 0;
	now[1].kit.s.vip_count = 0;
	reload(&now[0], &now[1], 10100, NULL);
	prepare(&now[0], &now[1]);
	reload(&now[1], &now[0], 10200, NULL);
	until = engine_serves_until(now[0].e);
	bench_done(&now[0]);
	return until;
}

/* After a crash or a restart: now[2] has its settings, and whoever was there before serves until the time. */
static void begin_in_his_place(struct instant until, int64_t ms)
{
	bench_make_engine(&now[2], 2);
	engine_serve_until(now[2].e, until, at_ms(ms));
	link_up(&now[2], ms);
}

/* The next process, which finds its address, a route and the link of a virtual MAC. */
static void given_a_successor(struct instant until, int64_t ms)
{
	struct routing route = routing_of("blackhole 198.51.100.0/24");

	kit_init(&now[2].kit);
	begin_in_his_place(until, ms);
	ck_assert_int_eq(leave_behind(&now[2], VIP), 0);
	ck_assert_int_eq(engine_stray_link(now[2].e, 80, "vrrp4-5-80", INSTANT_NEVER), 0);
	ck_assert_int_eq(engine_routing_leftover(now[2].e, &route), 0);
	step(&now[2], (struct event){ .kind = EVENT_START }, ms);
}

START_TEST(what_still_serves_for_one_that_was_taken_away_outlives_the_process)
{
	given_a_successor(given_one_taken_away(), 10500);
	run(&now[2], 11119);
	ck_assert_str_eq(actions(&now[2]), "");
	run(&now[2], 11121);
	const char *text = actions(&now[2]);

	ck_assert_ptr_nonnull(strstr(text, "leftover.remove:192.0.2.100 "));
	ck_assert_ptr_nonnull(strstr(text, "unmake:vrrp4-5-80 "));
	ck_assert_ptr_nonnull(strstr(text, "198.51.100.0"));
	bench_done(&now[2]);
}
END_TEST

START_TEST(what_served_until_then_goes_at_once_after_that)
{
	given_a_successor(given_one_taken_away(), 11130);
	ck_assert_ptr_nonnull(strstr(actions(&now[2]), "leftover.remove:192.0.2.100 "));
	ck_assert(instant_is_never(engine_serves_until(now[2].e)));
	bench_done(&now[2]);
}
END_TEST

START_TEST(nothing_serves_until_a_time_that_cannot_be)
{
	/* the longest interval, twice */
	const struct instant longest = at_ms(10500 + 2 * ADVERT_INTERVAL_V2_MAX_MS);

	given_a_successor((struct instant){ INT64_MAX - 1 }, 10500);
	ck_assert_ptr_nonnull(strstr(actions(&now[2]), "leftover.remove:192.0.2.100 "));
	bench_done(&now[2]);
	given_a_successor(longest, 10500);
	ck_assert_ptr_nonnull(strstr(actions(&now[2]), "leftover.remove:192.0.2.100 "));
	bench_done(&now[2]);
	given_a_successor(at_us(longest.us - 1), 10500);
	ck_assert_str_eq(actions(&now[2]), "");
	bench_done(&now[2]);
}
END_TEST

START_TEST(announcements_of_an_address_that_is_no_more_end_with_a_reload)
{
	struct vip elsewhere = kit_vip("10.0.0.9/32");

	bench_init(&now[0], 255);
	now[0].kit.instances[0].announce.interval = span_ms(1000);
	strcpy(elsewhere.dev, "eth1");
	kit_add_vip(&now[0].kit, &now[0].kit.instances[0].extra, elsewhere);
	bench_make_engine(&now[0], LEFTOVERS);
	link_up(&now[0], 0);
	link_named(&now[0], 0, "eth1", 8, true, NULL);
	step(&now[0], (struct event){ .kind = EVENT_START }, 0);
	ck_assert_ptr_nonnull(
		strstr(actions(&now[0]), "announce:10.0.0.9 ")); /* the first of five */
	link_named(&now[0], 10, "eth1", 0, false, NULL);
	prepare(&now[1], &now[0])->extra.count = 0;
	now[1].kit.s.vip_count = 1;
	reload(&now[0], &now[1], 100, VIP);
	run(&now[1], 30000);
	ck_assert_ptr_null(strstr(actions(&now[1]), "announce:10.0.0.9 "));
	bench_done(&now[1]);
}
END_TEST

START_TEST(of_several_that_were_taken_away_the_last_to_go_counts)
{
	static const int64_t intervals_ms[] = { 2000, 3000, 1000 };

	bench_init(&now[0], 100);
	kit_add_simple(&now[0].kit, "lan", 52, 100, "192.0.2.200/24");
	kit_add_simple(&now[0].kit, "dmz", 53, 100, "192.0.2.210/24");
	kit_add_simple(&now[0].kit, "backup", 54, 100, "192.0.2.220/24");
	for (int i = 0; i < 3; i++)
		now[0].kit.instances[i].advert_interval = span_ms(intervals_ms[i]);
	open_bench(&now[0], 0);
	struct advert *advert = peer_advert(200);

	advert->interval = span_ms(40950);
	advert->vrid = 54;
	advert->addresses[0] = ip("192.0.2.220");
	hear_advert(&now[0], 10, HIGHER, advert);
	run(&now[0], 20000);
	ck_assert_int_eq(engine_state(now[0].e, 2), VROUTER_MASTER);
	ck_assert_int_eq(engine_state(now[0].e, 3), VROUTER_BACKUP);
	prepare(&now[1], &now[0]);
	now[1].kit.s.instance_count = 0;
	begin_reload(&now[0], &now[1], 20100);
	struct instant until = engine_serves_until(now[0].e);

	ck_assert_int_ge(until.us, at_ms(23100).us);
	ck_assert_int_lt(until.us, at_ms(24100).us);
	bench_done(&now[0]);
	bench_done(&now[1]);
}
END_TEST

START_TEST(an_address_that_goes_to_another_vrid_serves_until_a_successor_can)
{
	given_a_master()->vrid = 52;
	reload(&now[0], &now[1], 10100, VIP);
	run(&now[1], 11119);
	ck_assert_ptr_null(strstr(actions(&now[1]), "remove:"));
	run(&now[1], 11121);
	ck_assert_str_eq(actions(&now[1]), "remove:192.0.2.100 ");
	bench_done(&now[1]);
}
END_TEST

START_TEST(an_address_that_went_to_another_vrid_outlives_the_process_as_well)
{
	given_a_master()->vrid = 52;
	reload(&now[0], &now[1], 10100, VIP);
	kit_init(&now[2].kit);
	kit_add_simple(&now[2].kit, "web", 52, 100, VIP);
	begin_in_his_place(engine_serves_until(now[1].e), 10500);
	address_is(&now[2], 10500, VIP, true, true);
	step(&now[2], (struct event){ .kind = EVENT_START }, 10500);
	run(&now[2], 11119);
	ck_assert_ptr_null(strstr(actions(&now[2]), "remove:"));
	run(&now[2], 11121);
	ck_assert_str_eq(actions(&now[2]), "remove:192.0.2.100 ");
	bench_done(&now[1]);
	bench_done(&now[2]);
}
END_TEST

START_TEST(each_address_that_is_there_outlives_the_process)
{
	kit_init(&now[2].kit);
	kit_add_simple(&now[2].kit, "web", 52, 100, VIP);
	kit_add_simple(&now[2].kit, "lan", 53, 100, "192.0.2.101/24");
	begin_in_his_place(at_ms(11120), 10500);
	address_is(&now[2], 10500, VIP, true, true);
	address_is(&now[2], 10500, "192.0.2.101/24", true, true);
	step(&now[2], (struct event){ .kind = EVENT_START }, 10500);
	run(&now[2], 11119);
	ck_assert_ptr_null(strstr(actions(&now[2]), "remove:"));
	run(&now[2], 11121);
	ck_assert_str_eq(actions(&now[2]), "0.remove:192.0.2.100 1.remove:192.0.2.101 ");
	bench_done(&now[2]);
}
END_TEST

/* On the link of a virtual MAC they are put while it is down, so that a take-over finds them. */
START_TEST(an_address_that_is_not_there_is_put_on_its_link_at_once)
{
	kit_init(&now[2].kit);
	kit_add_simple(&now[2].kit, "web", 51, 100, VIP);
	now[2].kit.instances[0].virtual_mac = true;
	begin_in_his_place(at_ms(11120), 10500);
	tell_link(&now[2], 10500, LINK, false);
	step(&now[2], (struct event){ .kind = EVENT_START }, 10500);
	ck_assert_ptr_nonnull(strstr(actions(&now[2]), "add:192.0.2.100 "));
	bench_done(&now[2]);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("reload_kept");

	tcase_add_test(tc, what_a_reload_ends_is_told_with_its_time);
	tcase_add_test(tc, what_a_reload_begins_is_told_with_its_time);
	tcase_add_test(tc, what_a_reload_changes_is_told_with_its_time);
	tcase_add_test(tc, a_reload_before_the_start_starts_nothing);
	tcase_add_test(tc, every_instance_that_is_taken_away_releases);
	tcase_add_test(tc, one_address_less_is_another_list);
	tcase_add_test(tc, another_second_address_is_another_list);
	tcase_add_test(tc, errors_of_nobody_here_are_counted_on);
	tcase_add_test(tc, the_place_of_a_leftover_that_is_gone_is_used_again);
	tcase_add_test(tc, a_leftover_in_the_place_of_a_retired_address_is_told);
	tcase_add_test(tc, an_address_that_was_never_there_needs_no_place);
	tcase_add_test(tc, where_there_is_no_place_an_address_is_left_behind);
	tcase_add_test(tc, a_retired_address_that_cannot_be_removed_is_told_with_its_device);
	tcase_add_test(tc, an_address_that_goes_to_another_instance_does_not_wait_for_the_old_one);
	tcase_add_test(tc, an_address_taken_from_one_that_yields_does_not_linger);
	tcase_add_test(tc, an_address_that_is_found_here_is_not_added_again_after_a_refusal);
	tcase_add_test(tc, an_address_being_put_back_is_told_as_such_after_a_reload);
	tcase_add_test(tc, a_fight_about_an_address_goes_on_over_a_reload);
	tcase_add_test(tc, a_wide_window_stays_wide);
	tcase_add_test(tc, first_announcements_stay_first_ones);
	tcase_add_test(tc, a_master_that_faults_by_the_reload_announces_no_more);
	tcase_add_test(tc, who_dies_again_before_it_starts_leaves_the_same_record);
	tcase_add_test(tc, places_may_be_used_again_and_again);
	tcase_add_test(tc, leftovers_in_the_places_of_retired_addresses_are_all_told);
	tcase_add_test(tc, an_engine_that_has_seen_nothing_yet_has_the_time_from_the_reload);
	tcase_add_test(tc,
		       the_pause_between_announcements_goes_on_over_a_reload_on_every_interface);
	tcase_add_test(
		tc,
		what_a_backup_could_not_remove_is_tried_again_in_time_though_it_moves_to_a_link);
	tcase_add_test(
		tc,
		an_address_that_could_not_be_replaced_goes_at_once_when_it_is_not_wanted_any_more);
	tcase_add_test(tc, who_yields_after_a_reload_announces_no_more_while_it_lingers);
	tcase_add_test(tc, what_still_serves_for_one_that_was_taken_away_outlives_the_process);
	tcase_add_test(tc, what_served_until_then_goes_at_once_after_that);
	tcase_add_test(tc, nothing_serves_until_a_time_that_cannot_be);
	tcase_add_test(tc, announcements_of_an_address_that_is_no_more_end_with_a_reload);
	tcase_add_test(tc, of_several_that_were_taken_away_the_last_to_go_counts);
	tcase_add_test(tc, an_address_that_goes_to_another_vrid_serves_until_a_successor_can);
	tcase_add_test(tc, an_address_that_went_to_another_vrid_outlives_the_process_as_well);
	tcase_add_test(tc, each_address_that_is_there_outlives_the_process);
	tcase_add_test(tc, an_address_that_is_not_there_is_put_on_its_link_at_once);
	return run_test_case(tc, "reload_kept");
}
