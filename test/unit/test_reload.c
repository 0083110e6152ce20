/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reload: an engine adopts what another one knew. The same settings are no action at all; each kind
 * of difference is exactly the action it needs; and what is under way with the kernel is neither
 * lost nor done twice.
 */
#include <errno.h>

#include "reload_bench.h"

/* ---- nothing changed ---- */

START_TEST(the_same_settings_again_and_again_are_no_action_for_a_master)
{
	given_a_master();
	struct instant deadline = engine_deadline(now[0].e);
	uint64_t sent = counter(&now[0], COUNTER_ADVERTS_SENT);

	for (int i = 0; i < 2; i++) {
		prepare(&now[i + 1], &now[i]);
		reload(&now[i], &now[i + 1], 10100 + i, VIP);
		ck_assert_str_eq(actions(&now[i]), "");
		ck_assert_str_eq(actions(&now[i + 1]), "");
		ck_assert_int_eq(engine_deadline(now[i + 1].e).us, deadline.us);
		ck_assert_int_eq(engine_state(now[i + 1].e, 0), VROUTER_MASTER);
		ck_assert_str_eq(next_event(&now[i + 1]), "");
		ck_assert_uint_eq(counter(&now[i + 1], COUNTER_ADVERTS_SENT), sent);
	}
	run(&now[2], 12000); /* and it goes on */
	ck_assert_str_eq(actions(&now[2]), "advert:100 save advert:100 save ");
	bench_done(&now[2]);
}
END_TEST

START_TEST(the_same_settings_are_no_action_for_a_backup_and_no_sign_of_life)
{
	given_a_backup();
	struct instant deadline = engine_deadline(now[0].e);

	reload(&now[0], &now[1], 11000, NULL);
	ck_assert_str_eq(actions(&now[0]), "");
	ck_assert_str_eq(actions(&now[1]), "");
	ck_assert_int_eq(engine_deadline(now[1].e).us, deadline.us);
	ck_assert_str_eq(next_event(&now[1]), "");
	bench_done(&now[1]);
}
END_TEST

START_TEST(the_same_settings_are_no_action_in_fault)
{
	bench_init(&now[0], 100);
	open_bench(&now[0], 0);
	link_down(&now[0], 100);
	actions(&now[0]);
	prepare(&now[1], &now[0]);
	bench_make_engine(&now[1], 1);
	engine_retire(now[0].e, now[1].e, at_ms(200), 0);
	link_down(&now[1], 200);
	engine_adopt(now[1].e, now[0].e, at_ms(200), 0);
	drain(&now[1], 200);
	ck_assert_str_eq(actions(&now[1]), "");
	ck_assert_int_eq(engine_state(now[1].e, 0), VROUTER_FAULT);
	link_up(&now[1], 300);
	ck_assert_int_eq(engine_state(now[1].e, 0), VROUTER_BACKUP);
	bench_done(&now[0]);
	bench_done(&now[1]);
}
END_TEST

/* Twice the same master, amid its announcements: one of them is asked before what a reload would do. */
START_TEST(what_is_foreseen_comes_true_and_what_runs_does_not_notice)
{
	static char undisturbed[sizeof(now[0].text)];
	struct snapshot s;

	for (int asked = 0; asked < 2; asked++) {
		bench_init(&now[0], 100);
		now[0].kit.instances[0].announce.interval = span_s(1);
		open_bench(&now[0], 0);
		run(&now[0], 5000);
		prepare(&now[1], &now[0])->priority = 50;
		if (asked) {
			bench_make_engine(&now[1], engine_address_count(now[0].e));
			step(&now[1],
			     (struct event){ .kind = EVENT_LINK,
					     .link = *engine_interface(now[0].e, 0) },
			     5000);
			engine_foresee(now[1].e, now[0].e, at_ms(5000), 0);
			engine_snapshot(now[1].e, 0, at_ms(5000), &s);
			ck_assert_int_eq(s.state, VROUTER_MASTER);
			ck_assert_uint_eq(s.effective_priority, 50);
			ck_assert_uint_eq(engine_same_vrouter(now[1].e, now[0].e, 0), 0);
			bench_done(&now[1]);
		}
		actions(&now[0]);
		run(&now[0], 10000);
		if (!asked)
			snprintf(undisturbed, sizeof(undisturbed), "%s", now[0].text);
		else
			ck_assert_str_eq(actions(&now[0]), undisturbed);
		bench_done(&now[0]);
	}
	ck_assert_ptr_nonnull(strstr(undisturbed, "announce"));
}
END_TEST

START_TEST(one_that_is_taken_away_has_no_counterpart_and_its_neighbour_has_another_number)
{
	bench_init(&now[0], 100);
	now[0].kit.instances[1] = now[0].kit.instances[0];
	now[0].kit.instances[1].vrid = 52;
	now[0].kit.s.instance_count = 2;
	bench_make_engine(&now[0], 0);
	*prepare(&now[1], &now[0]) = now[0].kit.instances[1];
	now[1].kit.s.instance_count = 1;
	bench_make_engine(&now[1], 0);
	ck_assert_uint_eq(engine_same_vrouter(now[1].e, now[0].e, 0), UINT32_MAX);
	ck_assert_uint_eq(engine_same_vrouter(now[1].e, now[0].e, 1), 0);
	ck_assert_uint_eq(engine_same_vrouter(now[0].e, now[1].e, 0), 1);
	bench_done(&now[0]);
	bench_done(&now[1]);
}
END_TEST

START_TEST(the_history_and_the_counters_go_on)
{
	given_a_master();
	uint64_t next_seq = engine_history(now[0].e)->next_seq;

	hear(&now[0], 10050, HIGHER, 0);
	reload(&now[0], &now[1], 10100, VIP);
	ck_assert_uint_ge(engine_history(now[1].e)->next_seq, next_seq);
	ck_assert_uint_eq(counter(&now[1], COUNTER_PRIORITY_ZERO_RECEIVED), 1);
	uint64_t first = 1;

	ck_assert_int_eq(history_read(engine_history(now[1].e), &first, NULL)->to, VROUTER_BACKUP);
	bench_done(&now[1]);
}
END_TEST

START_TEST(a_running_announcement_round_goes_on)
{
	bench_init(&now[0], 255);
	now[0].kit.instances[0].announce.interval = span_ms(100);
	open_bench(&now[0], 0);
	ck_assert_str_eq(actions(&now[0]), "advert:255 save add:192.0.2.100 announce:192.0.2.100 ");
	prepare(&now[1], &now[0]);
	reload(&now[0], &now[1], 50, VIP);
	ck_assert_str_eq(actions(&now[1]), "");
	tick(&now[1], 99);
	ck_assert_str_eq(actions(&now[1]), "");
	run(&now[1], 900);
	ck_assert_str_eq(actions(&now[1]),
			 "announce:192.0.2.100 announce:192.0.2.100 announce:192.0.2.100 "
			 "announce:192.0.2.100 ");
	run(&now[1], 6000); /* the repetition too, once */
	const char *text = actions(&now[1]);
	int announced = 0;

	for (; (text = strstr(text, "announce")); text++)
		announced++;
	ck_assert_int_eq(announced, 5);
	bench_done(&now[1]);
}
END_TEST

START_TEST(repeated_announcements_wait_for_the_kernel_over_a_reload_too)
{
	bench_init(&now[0], 255);
	kit_add_vip(&now[0].kit, &now[0].kit.instances[0].addresses[FAMILY_V4],
		    kit_vip("192.0.2.101/24"));
	now[0].kernel_answers = false;
	open_bench(&now[0], 0);
	answer(&now[0], 1, ETH0, VIP, true, 0);
	ck_assert_str_eq(actions(&now[0]),
			 "advert:255 save add:192.0.2.100 add:192.0.2.101 announce:192.0.2.100 ");
	prepare(&now[1], &now[0]);
	reload(&now[0], &now[1], 50, VIP);
	tick(&now[1], 51);
	ck_assert_str_eq(actions(&now[1]), "");
	answer(&now[1], 52, ETH0, "192.0.2.101/24", true, 0);
	ck_assert_str_eq(actions(&now[1]),
			 "announce:192.0.2.101 announce:192.0.2.100 announce:192.0.2.101 "
			 "announce:192.0.2.100 announce:192.0.2.101 announce:192.0.2.100 "
			 "announce:192.0.2.101 announce:192.0.2.100 announce:192.0.2.101 ");
	bench_done(&now[1]);
}
END_TEST

/* ---- one thing changed ---- */

START_TEST(a_new_priority_is_advertised_at_once_and_nothing_else)
{
	given_a_master()->priority = 150;
	reload(&now[0], &now[1], 10100, VIP);
	ck_assert_str_eq(actions(&now[1]), "advert:150 save ");
	ck_assert_str_eq(next_event(&now[1]), "web: priority 100 -> 150: configuration changed");
	bench_done(&now[1]);
}
END_TEST

START_TEST(a_new_interval_is_advertised_at_once)
{
	given_a_master()->advert_interval = span_ms(200);
	reload(&now[0], &now[1], 10100, VIP);
	ck_assert_str_eq(actions(&now[1]), "advert:100 save ");
	ck_assert_int_eq(engine_deadline(now[1].e).us, 10300000);
	bench_done(&now[1]);
}
END_TEST

START_TEST(a_master_that_is_left_without_a_source_address_releases_from_the_one_it_had)
{
	bench_init(&now[0], 100);
	now[0].kit.instances[0].source[FAMILY_V4] = ip("192.0.2.7");
	now[0].kit.instances[0].announce.refresh = span_s(1);
	bench_make_engine(&now[0], LEFTOVERS);
	link_named(&now[0], 0, "eth0", ETH0, true, NULL);
	step(&now[0], (struct event){ .kind = EVENT_START }, 0);
	run(&now[0], 10000);
	actions(&now[0]);
	struct instance_settings *set = prepare(&now[1], &now[0]);

	set->source[FAMILY_V4] = IP_ADDR_NONE;
	set->priority = 50;
	bench_make_engine(&now[1], LEFTOVERS);
	link_named(&now[1], 10100, "eth0", ETH0, true, NULL);
	address_is(&now[1], 10100, VIP, true, true);
	engine_adopt(now[1].e, now[0].e, at_ms(10100), 10100000);
	drain(&now[1], 10100);
	ck_assert_str_eq(actions(&now[1]), "advert:0 save remove:192.0.2.100 ");
	ck_assert_int_eq(engine_state(now[1].e, 0), VROUTER_FAULT);
	ck_assert(instant_is_never(engine_deadline(now[1].e)));
	bench_done(&now[0]);
	bench_done(&now[1]);
}
END_TEST

START_TEST(preemption_and_announcement_settings_are_no_action)
{
	struct instance_settings *set = given_a_master();

	set->preempt = false;
	set->preempt_delay = span_s(9);
	set->announce.count = 2;
	set->announce.repeat = span_s(0);
	reload(&now[0], &now[1], 10100, VIP);
	ck_assert_str_eq(actions(&now[1]), "");
	bench_done(&now[1]);
}
END_TEST

START_TEST(refreshing_begins_and_ends_with_its_setting)
{
	given_a_master()->announce.refresh = span_s(20);
	reload(&now[0], &now[1], 10100, VIP);
	run(&now[1], 30099);
	ck_assert_ptr_null(strstr(actions(&now[1]), "announce"));
	run(&now[1], 30100);
	ck_assert_ptr_nonnull(strstr(actions(&now[1]), "announce"));
	prepare(&now[2], &now[1])->announce.refresh = span_s(0);
	reload(&now[1], &now[2], 30200, VIP);
	run(&now[2], 100000);
	ck_assert_ptr_null(strstr(actions(&now[2]), "announce"));
	bench_done(&now[2]);
}
END_TEST

START_TEST(a_name_alone_is_no_action)
{
	snprintf(given_a_master()->name, NAME_MAX_LEN + 1, "www");
	reload(&now[0], &now[1], 10100, VIP);
	ck_assert_str_eq(actions(&now[1]), "");
	ck_assert_int_eq(engine_state(now[1].e, 0), VROUTER_MASTER);
	address_is(&now[1], 10200, VIP, true, false);
	ck_assert_ptr_nonnull(strstr(next_event(&now[1]), "www: address"));
	bench_done(&now[1]);
}
END_TEST

START_TEST(an_address_added_is_advertised_added_and_announced_and_the_other_left_alone)
{
	struct instance_settings *set = given_a_master();

	set->announce.count = 1;
	kit_add_vip(&now[1].kit, &set->addresses[FAMILY_V4], kit_vip("192.0.2.101/24"));
	reload(&now[0], &now[1], 10100, VIP);
	ck_assert_str_eq(actions(&now[1]), "advert:100 save add:192.0.2.101 announce:192.0.2.101 ");
	bench_done(&now[1]);
}
END_TEST

START_TEST(an_address_taken_away_is_removed_and_not_called_a_leftover)
{
	given_a_master();
	now[1].kit.vips[0] = kit_vip("192.0.2.101/24");
	reload(&now[0], &now[1], 10100, NULL);
	const char *text = actions(&now[1]);

	ck_assert_ptr_nonnull(strstr(text, "advert:100 "));
	ck_assert_ptr_nonnull(strstr(text, "leftover.remove:192.0.2.100 "));
	ck_assert_ptr_nonnull(strstr(text, "add:192.0.2.101 "));
	ck_assert_str_eq(next_event(&now[1]), "");
	bench_done(&now[1]);
}
END_TEST

START_TEST(an_address_taken_away_is_not_called_a_leftover_by_the_reload_after_the_next_either)
{
	given_a_master();
	now[1].kit.vips[0] = kit_vip("192.0.2.101/24");
	now[1].kernel_answers = false;
	reload(&now[0], &now[1], 10100, VIP);
	prepare(&now[2], &now[1]);
	now[2].kernel_answers = false;
	reload(&now[1], &now[2], 10101, VIP);
	now[2].read = engine_history(now[2].e)->next_seq;
	answer(&now[2], 10102, ETH0, VIP, false, 0);
	ck_assert_str_eq(next_event(&now[2]), "");
	bench_done(&now[2]);
}
END_TEST

START_TEST(an_address_put_back_once_is_not_called_so_when_a_label_replaces_it)
{
	open_as_master(&now[0], 100, 0);
	address_is(&now[0], 10100, VIP, true, false);
	run(&now[0], 12000);
	prepare(&now[1], &now[0]);
	snprintf(now[1].kit.vips[0].label, sizeof(now[1].kit.vips[0].label), "eth0:1");
	now[0].read = engine_history(now[0].e)->next_seq;
	reload(&now[0], &now[1], 12000, VIP);
	ck_assert_uint_eq(counter(&now[1], COUNTER_ADDRESSES_RESTORED), 1);
	ck_assert_str_eq(next_event(&now[1]), "");
	bench_done(&now[1]);
}
END_TEST

START_TEST(a_label_that_cannot_be_replaced_does_not_bring_the_master_down)
{
	given_a_master();
	now[1].kernel_answers = false;
	snprintf(now[1].kit.vips[0].label, sizeof(now[1].kit.vips[0].label), "eth0:1");
	reload(&now[0], &now[1], 10100, VIP);
	for (int64_t ms = 11000, i = 0; i < 5; i++, ms += 60000) {
		answer(&now[1], ms, ETH0, VIP, false, EPERM);
		tick(&now[1], ms + 60000);
		ck_assert_int_eq(engine_state(now[1].e, 0), VROUTER_MASTER);
	}
	ck_assert_uint_eq(counter(&now[1], COUNTER_ADDRESS_FAILURES), 5);
	bench_done(&now[1]);
}
END_TEST

START_TEST(another_order_of_the_addresses_is_advertised_and_nothing_else)
{
	bench_init(&now[0], 255);
	kit_add_vip(&now[0].kit, &now[0].kit.instances[0].addresses[FAMILY_V4],
		    kit_vip("192.0.2.101/24"));
	open_bench(&now[0], 0);
	actions(&now[0]);
	prepare(&now[1], &now[0]);
	now[1].kit.vips[0] = kit_vip("192.0.2.101/24");
	now[1].kit.vips[1] = kit_vip(VIP);
	reload(&now[0], &now[1], 100, NULL);
	ck_assert_str_eq(actions(&now[1]), "advert:255 save ");
	bench_done(&now[1]);
}
END_TEST

START_TEST(another_prefix_length_is_another_address)
{
	given_a_master();
	now[1].kit.vips[0].prefix_len = 32;
	reload(&now[0], &now[1], 10100, VIP);
	const char *text = actions(&now[1]);

	ck_assert_ptr_nonnull(strstr(text, "leftover.remove:192.0.2.100 "));
	ck_assert_ptr_nonnull(strstr(text, "add:192.0.2.100 "));
	ck_assert_ptr_null(strstr(text, "advert")); /* which says nothing of prefixes */
	bench_done(&now[1]);
}
END_TEST

START_TEST(another_label_replaces_the_address)
{
	given_a_master()->announce.count = 1;
	snprintf(now[1].kit.vips[0].label, sizeof(now[1].kit.vips[0].label), "eth0:1");
	reload(&now[0], &now[1], 10100, VIP);
	ck_assert_str_eq(actions(&now[1]),
			 "remove:192.0.2.100 add:192.0.2.100 announce:192.0.2.100 ");
	ck_assert_str_eq(next_event(&now[1]), "");
	bench_done(&now[1]);
}
END_TEST

START_TEST(another_label_replaces_the_address_even_if_the_next_reload_comes_first)
{
	struct vip *vip = &now[1].kit.vips[0];

	given_a_master()->announce.count = 1;
	now[1].kernel_answers = false;
	snprintf(vip->label, sizeof(vip->label), "eth0:1");
	reload(&now[0], &now[1], 10100, VIP);
	ck_assert_str_eq(actions(&now[1]), "remove:192.0.2.100 ");
	prepare(&now[2], &now[1]);
	reload(&now[1], &now[2], 10101, VIP);
	answer(&now[2], 10102, ETH0, VIP, false, ENOBUFS);
	ck_assert_str_eq(actions(&now[2]), "");
	run(&now[2], 10300);
	ck_assert_str_eq(actions(&now[2]),
			 "remove:192.0.2.100 add:192.0.2.100 announce:192.0.2.100 ");
	bench_done(&now[2]);
}
END_TEST

START_TEST(an_address_that_moves_between_instances_stays_while_both_are_master)
{
	bench_init(&now[0], 255);
	kit_add_simple(&now[0].kit, "lan", 52, 255, "192.0.2.101/24");
	open_bench(&now[0], 0);
	run(&now[0], 500);
	prepare(&now[1], &now[0]);
	now[1].kit.vips[0] = kit_vip("192.0.2.101/24");
	now[1].kit.vips[1] = kit_vip(VIP);
	reload(&now[0], &now[1], 600, NULL);
	const char *text = actions(&now[1]);

	ck_assert_ptr_null(strstr(text, "remove"));
	ck_assert_ptr_null(strstr(text, "add:"));
	bench_done(&now[1]);
}
END_TEST

START_TEST(a_new_instance_starts_and_the_others_notice_nothing)
{
	given_a_master();
	kit_add_simple(&now[1].kit, "lan", 52, 255, "192.0.2.101/24");
	reload(&now[0], &now[1], 10100, VIP);
	const char *text = actions(&now[1]);

	ck_assert_ptr_eq(strstr(text, "1.advert:255 1.save 1.add:192.0.2.101 "), text);
	ck_assert_ptr_null(strstr(text, " 0."));
	ck_assert_str_eq(next_event(&now[1]),
			 "lan: INIT -> MASTER: owner of the addresses (priority 255)");
	bench_done(&now[1]);
}
END_TEST

START_TEST(a_new_instance_whose_address_is_here_already_says_so)
{
	given_a_backup();
	kit_add_simple(&now[1].kit, "lan", 52, 100, "192.0.2.101/24");
	bench_make_engine(&now[1], 8);
	link_up(&now[1], 9600);
	address_is(&now[1], 9600, "192.0.2.101/32", false, true);
	engine_adopt(now[1].e, now[0].e, at_ms(9600), 0);
	now[1].read = now[0].read;
	drain(&now[1], 9600);
	next_event(&now[1]);
	ck_assert_ptr_nonnull(
		strstr(next_event(&now[1]), "lan: address 192.0.2.101 dev eth0 is on this host"));
	bench_done(&now[0]);
	bench_done(&now[1]);
}
END_TEST

/* ---- retiring ---- */

START_TEST(an_instance_taken_away_releases_and_serves_until_its_successor_can)
{
	given_a_master();
	now[1].kit.s.instance_count = 0;
	now[1].kit.s.vip_count = 0;
	bench_make_engine(&now[1], 1);
	engine_retire(now[0].e, now[1].e, at_ms(10100), 0);
	drain(&now[0], 10100);
	ck_assert_str_eq(actions(&now[0]), "advert:0 save ");
	ck_assert_str_eq(next_event(&now[0]),
			 "web: MASTER -> INIT: no longer configured (priority 100)");
	engine_adopt(now[1].e, now[0].e, at_ms(10100), 0);
	drain(&now[1], 10100);
	run(&now[1], 11119);
	ck_assert_str_eq(actions(&now[1]), "");
	run(&now[1], 11121); /* an interval, and what a successor needs */
	ck_assert_str_eq(actions(&now[1]), "leftover.remove:192.0.2.100 ");
	ck_assert(instant_is_never(engine_deadline(now[1].e)));
	bench_done(&now[0]);
	bench_done(&now[1]);
}
END_TEST

START_TEST(an_instance_that_comes_back_before_its_addresses_are_gone_takes_them_up)
{
	given_a_master();
	now[1].kit.s.instance_count = 0;
	now[1].kit.s.vip_count = 0;
	reload(&now[0], &now[1], 10100, NULL);
	prepare(&now[2], &now[1]);
	now[2].kit.instances[0] = kit_instance("web", 51, 255);
	now[2].kit.instances[0].addresses[FAMILY_V4].count = 1;
	now[2].kit.vips[0] = kit_vip(VIP);
	now[2].kit.s.instance_count = 1;
	now[2].kit.s.vip_count = 1;
	reload(&now[1], &now[2], 10300, VIP);
	run(&now[2], 12000);
	const char *text = actions(&now[2]);

	ck_assert_ptr_null(strstr(text, "add:"));
	ck_assert_ptr_null(strstr(text, "remove:"));
	ck_assert_ptr_nonnull(strstr(text, "announce:"));
	bench_done(&now[2]);
}
END_TEST

START_TEST(a_backup_taken_away_goes_without_a_word)
{
	given_a_backup();
	now[1].kit.s.instance_count = 0;
	now[1].kit.s.vip_count = 0;
	reload(&now[0], &now[1], 10100, NULL);
	ck_assert_str_eq(actions(&now[0]), "save ");
	ck_assert_str_eq(actions(&now[1]), "");
	bench_done(&now[1]);
}
END_TEST

START_TEST(another_vrid_is_another_virtual_router)
{
	given_a_master()->vrid = 52;
	reload(&now[0], &now[1], 10100, VIP);
	ck_assert_str_eq(actions(&now[0]), "advert:0 save ");
	ck_assert_int_eq(engine_state(now[1].e, 0), VROUTER_BACKUP);
	bench_done(&now[1]);
}
END_TEST

/* ---- with changes under way ---- */

/* A master whose add of VIP has not been answered; the new settings are prepared. */
static void given_an_add_under_way(void)
{
	bench_init(&now[0], 255);
	now[0].kernel_answers = false;
	open_bench(&now[0], 0);
	ck_assert_str_eq(actions(&now[0]), "advert:255 save add:192.0.2.100 ");
	prepare(&now[1], &now[0]);
	now[1].kernel_answers = false;
}

START_TEST(an_add_under_way_is_not_asked_for_again_and_its_answer_counts)
{
	given_an_add_under_way();
	reload(&now[0], &now[1], 1, NULL);
	ck_assert_str_eq(actions(&now[1]), "");
	answer(&now[1], 2, ETH0, VIP, true, 0);
	ck_assert_ptr_nonnull(strstr(actions(&now[1]), "announce:192.0.2.100 "));
	bench_done(&now[1]);
}
END_TEST

START_TEST(an_add_under_way_that_nobody_wants_any_more_is_undone_after_its_answer)
{
	given_an_add_under_way();
	now[1].kit.vips[0] = kit_vip("192.0.2.101/24");
	reload(&now[0], &now[1], 1, NULL);
	ck_assert_str_eq(actions(&now[1]), "advert:255 save add:192.0.2.101 ");
	answer(&now[1], 2, ETH0, VIP, true, 0);
	ck_assert_str_eq(actions(&now[1]), "leftover.remove:192.0.2.100 ");
	bench_done(&now[1]);
}
END_TEST

START_TEST(an_add_under_way_with_another_label_is_replaced_after_its_answer)
{
	given_an_add_under_way();
	now[1].kernel_answers = true;
	now[1].kit.instances[0].announce.count = 1;
	snprintf(now[1].kit.vips[0].label, sizeof(now[1].kit.vips[0].label), "eth0:1");
	reload(&now[0], &now[1], 1, NULL);
	ck_assert_str_eq(actions(&now[1]), "");
	answer(&now[1], 2, ETH0, VIP, true, 0);
	ck_assert_str_eq(actions(&now[1]),
			 "remove:192.0.2.100 add:192.0.2.100 announce:192.0.2.100 ");
	run(&now[1], 900);
	ck_assert_str_eq(actions(&now[1]), "");
	bench_done(&now[1]);
}
END_TEST

START_TEST(an_add_that_came_too_late_and_is_not_wanted_any_more_takes_nothing_from_others)
{
	given_an_add_under_way();
	address_is(&now[0], 1, VIP, false, true);
	now[1].kit.vips[0] = kit_vip("192.0.2.101/24");
	now[1].kit.instances[0].announce.count = 1;
	now[1].kernel_answers = true;
	reload(&now[0], &now[1], 2, NULL);
	actions(&now[1]);
	answer(&now[1], 3, ETH0, VIP, true, 0);
	ck_assert_str_eq(actions(&now[1]), "");
	bench_done(&now[1]);
}
END_TEST

START_TEST(an_add_under_way_that_fails_is_tried_again_by_the_new_engine)
{
	given_an_add_under_way();
	reload(&now[0], &now[1], 1, NULL);
	answer(&now[1], 2, ETH0, VIP, true, EPERM);
	ck_assert_str_eq(actions(&now[1]), "");
	run(&now[1], 102);
	ck_assert_str_eq(actions(&now[1]), "add:192.0.2.100 ");
	bench_done(&now[1]);
}
END_TEST

START_TEST(a_removal_under_way_is_not_asked_for_again)
{
	given_a_master();
	now[0].kernel_answers = false;
	now[1].kernel_answers = false;
	hear(&now[0], 10100, HIGHER, 200);
	tick(&now[0], 10121);
	ck_assert_str_eq(actions(&now[0]), "advert:100 save remove:192.0.2.100 ");
	reload(&now[0], &now[1], 10122, VIP);
	ck_assert_str_eq(actions(&now[1]), "");
	answer(&now[1], 10123, ETH0, VIP, false, 0);
	ck_assert_str_eq(actions(&now[1]), "");
	bench_done(&now[1]);
}
END_TEST

START_TEST(waiting_after_a_refusal_goes_on)
{
	given_an_add_under_way();
	answer(&now[0], 1, ETH0, VIP, true, EPERM);
	prepare(&now[1], &now[0]);
	now[1].kernel_answers = false;
	reload(&now[0], &now[1], 50, NULL);
	run(&now[1], 99);
	ck_assert_str_eq(actions(&now[1]), "");
	run(&now[1], 101);
	ck_assert_str_eq(actions(&now[1]), "add:192.0.2.100 ");
	answer(&now[1], 101, ETH0, VIP, true, EPERM);
	run(&now[1], 501); /* the second wait, not the first again */
	ck_assert_str_eq(actions(&now[1]), "add:192.0.2.100 ");
	bench_done(&now[1]);
}
END_TEST

START_TEST(as_many_changes_as_may_be_under_way_stay_so_over_a_reload)
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
	actions(&now[0]);
	prepare(&now[1], &now[0]);
	now[1].kernel_answers = false;
	reload(&now[0], &now[1], 1, NULL);
	ck_assert_str_eq(actions(&now[1]), "");
	answer(&now[1], 2, ETH0, "10.0.0.5/32", true, 0);
	/* One of eight is answered: sixteen may be under way, and they begin where the old ones ended. */
	ck_assert_ptr_nonnull(strstr(actions(&now[1]), "add:10.0.0.7 add:10.0.0.8 "));
	bench_done(&now[1]);
}
END_TEST

START_TEST(stopping_goes_on_over_a_reload)
{
	given_a_master();
	stop(&now[0], 10100);
	actions(&now[0]);
	kit_add_simple(&now[1].kit, "lan", 52, 255, "192.0.2.101/24");
	reload(&now[0], &now[1], 10200, VIP);
	ck_assert_str_eq(actions(&now[1]), ""); /* what is new does not even begin */
	ck_assert(!engine_stopped(now[1].e));
	run(&now[1], 14000);
	ck_assert_str_eq(actions(&now[1]), "0.remove:192.0.2.100 ");
	ck_assert(engine_stopped(now[1].e));
	bench_done(&now[1]);
}
END_TEST

START_TEST(the_owners_unfinished_announcements_go_on_and_its_address_stays)
{
	bench_init(&now[0], 255);
	now[0].kit.instances[0].announce.interval = span_ms(100);
	bench_make_engine(&now[0], 0);
	link_up(&now[0], 0);
	address_is(&now[0], 0, VIP, false, true);
	step(&now[0], (struct event){ .kind = EVENT_START }, 0);
	ck_assert_str_eq(actions(&now[0]), "advert:255 save announce:192.0.2.100 ");
	prepare(&now[1], &now[0]);
	bench_make_engine(&now[1], 1);
	link_up(&now[1], 50);
	address_is(&now[1], 50, VIP, false, true);
	engine_adopt(now[1].e, now[0].e, at_ms(50), 0);
	drain(&now[1], 50);
	run(&now[1], 900);
	ck_assert_str_eq(actions(&now[1]),
			 "announce:192.0.2.100 announce:192.0.2.100 announce:192.0.2.100 "
			 "announce:192.0.2.100 ");
	bench_done(&now[0]);
	bench_done(&now[1]);
}
END_TEST

START_TEST(an_owner_taken_away_leaves_its_own_address_alone)
{
	bench_init(&now[0], 255);
	bench_make_engine(&now[0], 0);
	link_up(&now[0], 0);
	address_is(&now[0], 0, VIP, false, true);
	step(&now[0], (struct event){ .kind = EVENT_START }, 0);
	prepare(&now[1], &now[0]);
	now[1].kit.s.instance_count = 0;
	now[1].kit.s.vip_count = 0;
	reload(&now[0], &now[1], 10, NULL);
	run(&now[1], 10000);
	ck_assert_str_eq(actions(&now[1]), "");
	bench_done(&now[1]);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("reload");

	tcase_add_test(tc, the_same_settings_again_and_again_are_no_action_for_a_master);
	tcase_add_test(tc, the_same_settings_are_no_action_for_a_backup_and_no_sign_of_life);
	tcase_add_test(tc, the_same_settings_are_no_action_in_fault);
	tcase_add_test(tc, what_is_foreseen_comes_true_and_what_runs_does_not_notice);
	tcase_add_test(
		tc, one_that_is_taken_away_has_no_counterpart_and_its_neighbour_has_another_number);
	tcase_add_test(tc, the_history_and_the_counters_go_on);
	tcase_add_test(tc, a_running_announcement_round_goes_on);
	tcase_add_test(tc, repeated_announcements_wait_for_the_kernel_over_a_reload_too);
	tcase_add_test(tc, a_new_priority_is_advertised_at_once_and_nothing_else);
	tcase_add_test(tc, a_new_interval_is_advertised_at_once);
	tcase_add_test(tc,
		       a_master_that_is_left_without_a_source_address_releases_from_the_one_it_had);
	tcase_add_test(tc, preemption_and_announcement_settings_are_no_action);
	tcase_add_test(tc, refreshing_begins_and_ends_with_its_setting);
	tcase_add_test(tc, a_name_alone_is_no_action);
	tcase_add_test(tc,
		       an_address_added_is_advertised_added_and_announced_and_the_other_left_alone);
	tcase_add_test(tc, an_address_taken_away_is_removed_and_not_called_a_leftover);
	tcase_add_test(
		tc,
		an_address_taken_away_is_not_called_a_leftover_by_the_reload_after_the_next_either);
	tcase_add_test(tc, an_address_put_back_once_is_not_called_so_when_a_label_replaces_it);
	tcase_add_test(tc, a_label_that_cannot_be_replaced_does_not_bring_the_master_down);
	tcase_add_test(tc, another_order_of_the_addresses_is_advertised_and_nothing_else);
	tcase_add_test(tc, another_prefix_length_is_another_address);
	tcase_add_test(tc, another_label_replaces_the_address);
	tcase_add_test(tc, another_label_replaces_the_address_even_if_the_next_reload_comes_first);
	tcase_add_test(tc, an_address_that_moves_between_instances_stays_while_both_are_master);
	tcase_add_test(tc, a_new_instance_starts_and_the_others_notice_nothing);
	tcase_add_test(tc, a_new_instance_whose_address_is_here_already_says_so);
	tcase_add_test(tc, an_instance_taken_away_releases_and_serves_until_its_successor_can);
	tcase_add_test(tc, an_instance_that_comes_back_before_its_addresses_are_gone_takes_them_up);
	tcase_add_test(tc, a_backup_taken_away_goes_without_a_word);
	tcase_add_test(tc, another_vrid_is_another_virtual_router);
	tcase_add_test(tc, an_add_under_way_is_not_asked_for_again_and_its_answer_counts);
	tcase_add_test(tc, an_add_under_way_that_nobody_wants_any_more_is_undone_after_its_answer);
	tcase_add_test(tc, an_add_under_way_with_another_label_is_replaced_after_its_answer);
	tcase_add_test(
		tc, an_add_that_came_too_late_and_is_not_wanted_any_more_takes_nothing_from_others);
	tcase_add_test(tc, an_add_under_way_that_fails_is_tried_again_by_the_new_engine);
	tcase_add_test(tc, a_removal_under_way_is_not_asked_for_again);
	tcase_add_test(tc, waiting_after_a_refusal_goes_on);
	tcase_add_test(tc, as_many_changes_as_may_be_under_way_stay_so_over_a_reload);
	tcase_add_test(tc, stopping_goes_on_over_a_reload);
	tcase_add_test(tc, the_owners_unfinished_announcements_go_on_and_its_address_stays);
	tcase_add_test(tc, an_owner_taken_away_leaves_its_own_address_alone);
	return run_test_case(tc, "reload");
}
