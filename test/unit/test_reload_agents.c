/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a reload or a restart makes of tracked things, forces, groups and hooks: they are found again by their names, and go on.
 */
#include "agents_bench.h"

/* b takes over from a, whose actions remain to be looked at; a is done for. */
static void reload(struct agents *a, struct agents *b, int64_t ms)
{
	bench_make_engine(&b->b, engine_address_count(a->b.e));
	link_up(&b->b, ms);
	engine_retire(a->b.e, b->b.e, at_ms(ms), ms * 1000);
	drain(&a->b, ms);
	if (state_of(a, 0) == VROUTER_MASTER)
		address_is(&b->b, ms, "192.0.2.100/24", true, true);
	engine_adopt(b->b.e, a->b.e, at_ms(ms), ms * 1000);
	bench_done(&a->b);
	drain(&b->b, ms);
	b->b.read = engine_history(b->b.e)->next_seq;
}

static struct snapshot_track track_of(struct agents *a, uint32_t i)
{
	struct snapshot_track t;

	engine_snapshot_track(a->b.e, 0, i + 1, &t); /* the first one is its own interface */
	return t;
}

static void with_hook(struct agents *a)
{
	agents_init(a, 100);
	a->b.kit.instances[0].announce.count = 1;
	a->b.kit.instances[0].notify.command[HOOK_ANY] = 1;
}

static void with_group_hook(struct agents *a)
{
	agents_init(a, 100);
	agents_group(a, 100);
	a->groups[0].notify.command[HOOK_ANY] = 1;
}

START_TEST(tracked_things_are_found_again_by_kind_and_name)
{
	struct agents a, b;

	agents_init(&a, 100);
	web_tracks(&a, CHECK_SCRIPT, "one", -1);
	web_tracks(&a, CHECK_SCRIPT, "two", -1);
	web_tracks(&a, CHECK_PROCESS, "three", -1);
	open_bench(&a.b, 0);
	result(&a, 10, 0, 1);
	result(&a, 20, 1, 0);
	result(&a, 30, 2, 3);

	agents_init(&b, 100);
	web_tracks(&b, CHECK_PROCESS, "three", -1);
	web_tracks(&b, CHECK_PROCESS, "two", -1); /* another kind: another thing */
	web_tracks(&b, CHECK_SCRIPT, "two", -1);
	web_tracks(&b, CHECK_SCRIPT, "one", -1);
	reload(&a, &b, 100);
	ck_assert_int_eq(track_of(&b, 0).state, CHECK_UP);
	ck_assert_int_eq(track_of(&b, 0).value, 3);
	ck_assert_int_eq(track_of(&b, 1).state, CHECK_UNKNOWN);
	ck_assert_int_eq(track_of(&b, 2).state, CHECK_DOWN);
	ck_assert_str_eq(track_of(&b, 2).why, "it said so");
	ck_assert_int_eq(track_of(&b, 3).state, CHECK_UP);
	/* What is new has as long to speak as after a start. */
	run(&b.b, 1099);
	ck_assert_int_eq(track_of(&b, 1).state, CHECK_UNKNOWN);
	run(&b.b, 1100);
	ck_assert_int_eq(track_of(&b, 1).state, CHECK_DOWN);
	bench_done(&b.b);
}
END_TEST

START_TEST(two_tracked_things_may_change_places)
{
	struct agents a, b;

	agents_init(&a, 100);
	web_tracks(&a, CHECK_SCRIPT, "one", -1);
	web_tracks(&a, CHECK_SCRIPT, "two", -1);
	open_bench(&a.b, 0);
	result(&a, 10, 0, 0);
	result(&a, 20, 1, 1);
	agents_init(&b, 100);
	web_tracks(&b, CHECK_SCRIPT, "two", -1);
	web_tracks(&b, CHECK_SCRIPT, "one", -1);
	reload(&a, &b, 100);
	ck_assert_int_eq(track_of(&b, 0).state, CHECK_UP);
	ck_assert_int_eq(track_of(&b, 1).state, CHECK_DOWN);
	bench_done(&b.b);
}
END_TEST

START_TEST(a_session_is_found_again_by_its_name_and_its_ends)
{
	static const struct {
		const char *peer, *source;
	} ends[] = {
		{ "192.0.2.1", OWN },
		{ "192.0.2.2", OWN },
		{ "192.0.2.1", "192.0.2.9" },
	};

	for (int i = 0; i < 3; i++) {
		struct agents now[2];

		for (int turn = 0; turn < 2; turn++) {
			struct check_settings *c = now[turn].checks;

			agents_init(&now[turn], 100);
			web_tracks(&now[turn], CHECK_BFD, "router", -1);
			c->peer = ip(ends[turn ? i : 0].peer);
			c->source = ip(ends[turn ? i : 0].source);
		}
		open_bench(&now[0].b, 0);
		result(&now[0], 10, 0, 1);
		reload(&now[0], &now[1], 100);
		ck_assert_int_eq(track_of(&now[1], 0).state, i == 0 ? CHECK_UP : CHECK_UNKNOWN);
		bench_done(&now[1].b);
	}
}
END_TEST

START_TEST(a_delay_that_runs_goes_on)
{
	struct agents a, b;

	agents_init(&a, 150);
	web_tracks(&a, CHECK_PROCESS, "haproxy", -60);
	a.checks[0].delay = span_ms(500);
	open_bench(&a.b, 0);
	result(&a, 10, 0, 1);
	result(&a, 100, 0, 0);
	agents_init(&b, 150);
	web_tracks(&b, CHECK_PROCESS, "haproxy", -60);
	b.checks[0].delay = span_ms(500);
	reload(&a, &b, 200);
	run(&b.b, 599);
	ck_assert_int_eq(priority_of(&b, 0), 150);
	run(&b.b, 600);
	ck_assert_int_eq(priority_of(&b, 0), 90);
	bench_done(&b.b);
}
END_TEST

START_TEST(who_waited_for_a_word_that_nobody_wants_any_more_takes_over)
{
	struct agents a, b;

	agents_init(&a, 100);
	web_tracks(&a, CHECK_SCRIPT, "slow", 0);
	a.checks[0].timeout = span_ms(3600000);
	open_bench(&a.b, 0);
	run(&a.b, 10000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	agents_init(&b, 100);
	reload(&a, &b, 10100);
	ck_assert_int_eq(state_of(&b, 0), VROUTER_MASTER);
	ck_assert_int_eq(snapshot_of(&b, 0).reason, REASON_MASTER_DOWN);
	bench_done(&b.b);
}
END_TEST

START_TEST(who_waits_for_a_word_goes_on_waiting)
{
	struct agents a, b;

	agents_init(&a, 100);
	web_tracks(&a, CHECK_SCRIPT, "slow", 0);
	a.checks[0].timeout = span_ms(3600000);
	open_bench(&a.b, 0);
	run(&a.b, 10000);
	agents_init(&b, 100);
	web_tracks(&b, CHECK_SCRIPT, "slow", 0);
	reload(&a, &b, 10100);
	ck_assert_int_eq(state_of(&b, 0), VROUTER_BACKUP);
	result(&b, 10200, 0, 1);
	ck_assert_int_eq(state_of(&b, 0), VROUTER_MASTER);
	bench_done(&b.b);
}
END_TEST

START_TEST(what_all_things_said_once_is_not_waited_for_again)
{
	struct agents a, b;
	struct record record;

	record = left_by_a_predecessor(77);
	agents_init(&a, 150);
	web_tracks(&a, CHECK_SCRIPT, "one", -10);
	bench_make_engine(&a.b, LEFTOVERS);
	ck_assert(engine_restore(a.b.e, &record, at_ms(10100)));
	link_up(&a.b, 10100);
	step(&a.b, (struct event){ .kind = EVENT_START }, 10100);
	ck_assert_int_eq(priority_of(&a, 0), 77);
	agents_init(&b, 160);
	web_tracks(&b, CHECK_SCRIPT, "one", -10);
	reload(&a, &b, 10150); /* nothing has spoken yet */
	ck_assert_int_eq(priority_of(&b, 0), 77);
	result(&b, 10200, 0, 1);
	ck_assert_int_eq(priority_of(&b, 0), 160);
	agents_init(&a, 120);
	web_tracks(&a, CHECK_SCRIPT, "new", -10);
	reload(&b, &a, 10300);
	ck_assert_int_eq(priority_of(&a, 0), 120);
	bench_done(&a.b);
}
END_TEST

START_TEST(who_is_not_kept_from_serving_any_more_owes_it_to_the_configuration)
{
	static const int weights[] = { -10, 0 };

	for (size_t i = 0; i < 2; i++) {
		struct agents a, b;

		agents_init(&a, 100);
		web_tracks(&a, CHECK_SCRIPT, "down", 0);
		open_bench(&a.b, 0);
		result(&a, 10, 0, 0);
		ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
		agents_init(&b, 100);
		web_tracks(&b, CHECK_SCRIPT, "down", weights[i]);
		reload(&a, &b, 100);
		ck_assert_int_eq(state_of(&b, 0), weights[i] == 0 ? VROUTER_FAULT : VROUTER_BACKUP);
		ck_assert_int_eq(snapshot_of(&b, 0).reason,
				 weights[i] == 0 ? REASON_TRACK_DOWN : REASON_CONFIGURATION);
		bench_done(&b.b);
	}
}
END_TEST

START_TEST(a_force_goes_on_until_its_time_is_up)
{
	struct agents a, b;

	agents_init(&a, 100);
	kit_add_simple(&a.b.kit, "lan", 52, 100, "192.0.2.200/24");
	open_bench(&a.b, 0);
	step(&a.b,
	     (struct event){ .kind = EVENT_FORCE,
			     .force = { .instance = 1, .to = FORCE_OFF, .until = at_ms(5000) } },
	     10);
	/* lan is the first one now */
	agents_init(&b, 100);
	snprintf(b.b.kit.instances[0].name, sizeof(b.b.kit.instances[0].name), "lan");
	b.b.kit.instances[0].vrid = 52;
	b.b.kit.vips[0] = kit_vip("192.0.2.200/24");
	kit_add_simple(&b.b.kit, "web", 51, 100, "192.0.2.100/24");
	reload(&a, &b, 100);
	ck_assert_int_eq(state_of(&b, 0), VROUTER_FAULT);
	ck_assert_int_eq(state_of(&b, 1), VROUTER_BACKUP);
	ck_assert_int_eq(snapshot_of(&b, 1).force.to, FORCE_NONE);
	run(&b.b, 4999);
	ck_assert_int_eq(snapshot_of(&b, 0).force.to, FORCE_OFF);
	run(&b.b, 5000);
	ck_assert_int_eq(snapshot_of(&b, 0).force.to, FORCE_NONE);
	bench_done(&b.b);
}
END_TEST

START_TEST(a_force_whose_time_is_up_is_not_restored)
{
	struct record record = { .interface = "eth0",
				 .vrid = 51,
				 .family = IP_V4,
				 .force = { .to = FORCE_OFF, .until = at_ms(5000) } };

	for (int64_t ms = 4999; ms <= 5001; ms++) {
		struct agents a;

		agents_init(&a, 100);
		bench_make_engine(&a.b, LEFTOVERS);
		ck_assert(engine_restore(a.b.e, &record, at_ms(ms)));
		link_up(&a.b, ms);
		step(&a.b, (struct event){ .kind = EVENT_START }, ms);
		ck_assert_int_eq(state_of(&a, 0), ms < 5000 ? VROUTER_FAULT : VROUTER_BACKUP);
		ck_assert_int_eq(snapshot_of(&a, 0).force.to, ms < 5000 ? FORCE_OFF : FORCE_NONE);
		run(&a.b, 5001);
		ck_assert_int_eq(snapshot_of(&a, 0).force.to, FORCE_NONE);
		bench_done(&a.b);
	}
}
END_TEST

START_TEST(no_force_is_restored_where_there_was_none)
{
	struct record record = { .interface = "eth0",
				 .vrid = 51,
				 .family = IP_V4,
				 .force = { .until = at_ms(5000), .reason = "old" } };
	struct agents a;

	agents_init(&a, 100);
	bench_make_engine(&a.b, LEFTOVERS);
	ck_assert(engine_restore(a.b.e, &record, at_ms(10)));
	ck_assert_str_eq(snapshot_of(&a, 0).force.reason, "");
	ck_assert(instant_is_never(engine_deadline(a.b.e)));
	bench_done(&a.b);
}
END_TEST

START_TEST(a_fault_that_a_new_group_would_share_is_foreseen)
{
	struct agents a, b;

	for (int grouped = 0; grouped < 2; grouped++) {
		struct agents *these = grouped ? &b : &a;

		agents_init(these, 100);
		agents_group(these, 100);
		agents_track(these, &these->b.kit.instances[1].tracks,
			     agents_check(these, CHECK_SCRIPT, "haproxy"), 0);
	}
	a.b.kit.instances[0].group = a.b.kit.instances[1].group = 0;
	open_bench(&a.b, 0);
	result(&a, 10, 0, 0);
	run(&a.b, 5000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_FAULT);
	bench_make_engine(&b.b, engine_address_count(a.b.e));
	link_up(&b.b, 5000);
	engine_foresee(b.b.e, a.b.e, at_ms(5000), 0);
	ck_assert_int_eq(state_of(&b, 0), VROUTER_FAULT);
	bench_done(&a.b);
	bench_done(&b.b);
}
END_TEST

START_TEST(a_fault_that_is_shared_goes_on_without_a_word)
{
	struct agents a, b;

	agents_init(&a, 100);
	agents_group(&a, 100);
	agents_track(&a, &a.b.kit.instances[1].tracks, agents_check(&a, CHECK_SCRIPT, "haproxy"),
		     0);
	open_bench(&a.b, 0);
	result(&a, 10, 0, 0);
	ck_assert_int_eq(snapshot_of(&a, 0).reason, REASON_GROUP);
	agents_init(&b, 100);
	agents_group(&b, 100);
	agents_track(&b, &b.b.kit.instances[1].tracks, agents_check(&b, CHECK_SCRIPT, "haproxy"),
		     0);
	reload(&a, &b, 100);
	ck_assert_str_eq(actions(&b.b), "");
	ck_assert_int_eq(state_of(&b, 0), VROUTER_FAULT);
	ck_assert_int_eq(snapshot_of(&b, 0).reason, REASON_GROUP);
	result(&b, 200, 0, 1);
	ck_assert_int_eq(state_of(&b, 0), VROUTER_BACKUP);
	bench_done(&b.b);
}
END_TEST

START_TEST(who_leaves_its_group_leaves_its_fault)
{
	struct agents a, b;

	/* whether the one that faults is taken away or stays */
	for (int stays = 0; stays < 2; stays++) {
		agents_init(&a, 100);
		agents_group(&a, 100);
		agents_track(&a, &a.b.kit.instances[1].tracks,
			     agents_check(&a, CHECK_SCRIPT, "haproxy"), 0);
		open_bench(&a.b, 0);
		result(&a, 10, 0, 0);
		agents_init(&b, 100);
		if (stays) {
			kit_add_simple(&b.b.kit, "lan", 52, 100, "192.0.2.200/24");
			agents_track(&b, &b.b.kit.instances[1].tracks,
				     agents_check(&b, CHECK_SCRIPT, "haproxy"), 0);
		}
		reload(&a, &b, 100);
		ck_assert_int_eq(state_of(&b, 0), VROUTER_BACKUP);
		bench_done(&b.b);
	}
}
END_TEST

START_TEST(the_first_tracked_things_of_all_may_come_with_a_reload)
{
	struct agents a, b;

	agents_init(&a, 100);
	open_bench(&a.b, 0);
	agents_init(&b, 100);
	web_tracks(&b, CHECK_SCRIPT, "haproxy", -10);
	reload(&a, &b, 100);
	ck_assert_int_eq(track_of(&b, 0).state, CHECK_UNKNOWN);
	bench_done(&b.b);
}
END_TEST

START_TEST(hooks_that_run_are_waited_for_by_the_successor)
{
	struct agents a, b;

	with_hook(&a);
	open_bench(&a.b, 0);
	ck_assert_str_eq(actions(&a.b), "save hooks:0 ");
	with_hook(&b);
	reload(&a, &b, 100);
	ck_assert_str_eq(actions(&b.b), "");
	ck_assert(snapshot_of(&b, 0).hooks_running);
	link_down(&b.b, 200);
	ck_assert(strstr(actions(&b.b), "hooks") == NULL); /* never two at once */
	hooks_done(&b, 300, 0, false);
	ck_assert_str_eq(actions(&b.b), "save hooks:0 ");
	bench_done(&b.b);
}
END_TEST

START_TEST(the_hooks_of_a_group_go_on_too)
{
	struct agents a, b;

	with_group_hook(&a);
	open_bench(&a.b, 0);
	ck_assert(strstr(actions(&a.b), "hooks:2 ") != NULL);
	with_group_hook(&b);
	reload(&a, &b, 100);
	ck_assert_str_eq(actions(&b.b), "");
	hooks_done(&b, 200, 2, false);
	ck_assert_str_eq(actions(&b.b), "0.save 1.save ");
	bench_done(&b.b);
}
END_TEST

START_TEST(a_group_that_is_new_is_told_its_first_state)
{
	struct agents a, b;

	agents_init(&a, 100);
	kit_add_simple(&a.b.kit, "lan", 52, 100, "192.0.2.200/24");
	open_bench(&a.b, 0);
	with_group_hook(&b);
	reload(&a, &b, 100);
	ck_assert(strstr(actions(&b.b), "hooks:2 ") != NULL);
	bench_done(&b.b);
}
END_TEST

START_TEST(an_instance_that_is_taken_away_calls_its_hooks_at_once)
{
	struct agents a, b;

	with_hook(&a);
	kit_add_simple(&a.b.kit, "lan", 52, 100, "192.0.2.200/24");
	open_bench(&a.b, 0);
	hooks_done(&a, 10, 0, false);
	run(&a.b, 10000);
	actions(&a.b); /* the hooks of the master run */
	agents_init(&b, 100);
	b.b.kit.instances[0].vrid = 53;
	bench_make_engine(&b.b, LEFTOVERS);
	link_up(&b.b, 10100);
	engine_retire(a.b.e, b.b.e, at_ms(10100), 0);
	drain(&a.b, 10100);
	ck_assert(strstr(actions(&a.b), "hooks:0 ") != NULL);
	bench_done(&a.b);
	bench_done(&b.b);
}
END_TEST

START_TEST(an_instance_that_is_taken_away_while_all_stop_calls_its_hooks_at_once_too)
{
	struct agents a, b;

	with_hook(&a);
	open_bench(&a.b, 0);
	hooks_done(&a, 10, 0, false);
	run(&a.b, 10000);
	hooks_done(&a, 10010, 0, false);
	actions(&a.b);
	stop(&a.b, 10020);
	ck_assert_ptr_null(strstr(actions(&a.b), "hooks:0 "));
	agents_init(&b, 100);
	b.b.kit.instances[0].vrid = 99;
	bench_make_engine(&b.b, engine_address_count(a.b.e));
	engine_retire(a.b.e, b.b.e, at_ms(10100), 10100000);
	drain(&a.b, 10100);
	ck_assert_ptr_nonnull(strstr(actions(&a.b), "hooks:0 "));
	bench_done(&a.b);
	bench_done(&b.b);
}
END_TEST

START_TEST(an_instance_that_loses_one_family_is_still_there)
{
	struct agents a, b;
	struct event ev = { .kind = EVENT_LINK };

	with_hook(&a);
	kit_add_vip(&a.b.kit, &a.b.kit.instances[0].addresses[FAMILY_V6],
		    kit_vip("fe80::200:5eff:fe00:233/64"));
	bench_make_engine(&a.b, LEFTOVERS);
	snprintf(ev.link.name, sizeof(ev.link.name), "eth0");
	ev.link.ifindex = ETH0;
	ev.link.up = true;
	ev.link.source[FAMILY_V4] = ip(OWN);
	ev.link.source[FAMILY_V6] = ip("fe80::5");
	step(&a.b, ev, 0);
	step(&a.b, (struct event){ .kind = EVENT_START }, 0);
	hooks_done(&a, 10, 0, false);
	run(&a.b, 10000);
	hooks_done(&a, 10010, 0, false);
	actions(&a.b);
	with_hook(&b);
	reload(&a, &b, 10100);
	ck_assert_str_eq(actions(&a.b), "1.advert:0 1.save ");
	ck_assert_int_eq(state_of(&b, 0), VROUTER_MASTER);
	bench_done(&b.b);
}
END_TEST

START_TEST(who_was_told_that_it_is_master_is_not_told_again)
{
	for (int told = VROUTER_INIT; told <= VROUTER_FAULT; told++) {
		struct record record;
		struct agents a;

		with_group_hook(&a);
		open_bench(&a.b, 0);
		hooks_done(&a, 10, 2, false);
		run(&a.b, 10000);
		engine_record(a.b.e, 0, &record);
		bench_done(&a.b);
		record.group_told = (enum vrouter_state)told;

		with_group_hook(&a);
		a.b.kit.s.instance_count = 1;
		bench_make_engine(&a.b, LEFTOVERS);
		engine_restore(a.b.e, &record, at_ms(10100));
		link_up(&a.b, 10100);
		address_is(&a.b, 10100, "192.0.2.100/24", true, true);
		step(&a.b, (struct event){ .kind = EVENT_START }, 10100);
		ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
		ck_assert_int_eq(strstr(actions(&a.b), "hooks:1 ") != NULL, told != VROUTER_MASTER);
		bench_done(&a.b);
	}
}
END_TEST

START_TEST(who_comes_back_too_late_tells_its_new_state)
{
	struct record record;
	struct notice notice;
	struct agents a;

	with_hook(&a);
	open_bench(&a.b, 0);
	hooks_done(&a, 10, 0, false);
	run(&a.b, 10000);
	hooks_done(&a, 10010, 0, false);
	engine_record(a.b.e, 0, &record);
	ck_assert_int_eq(record.told, VROUTER_MASTER);
	bench_done(&a.b);
	with_hook(&a);
	bench_make_engine(&a.b, LEFTOVERS);
	engine_restore(a.b.e, &record, at_ms(20000));
	link_up(&a.b, 20000);
	step(&a.b, (struct event){ .kind = EVENT_START }, 20000);
	ck_assert_str_eq(actions(&a.b), "save hooks:0 ");
	engine_notice(a.b.e, 0, &notice);
	ck_assert_int_eq(notice.previous, VROUTER_INIT);
	run(&a.b, 30000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	bench_done(&a.b);
}
END_TEST

START_TEST(what_a_group_was_told_is_nothing_to_who_has_left_it)
{
	struct record record;
	struct agents a;

	with_hook(&a);
	open_bench(&a.b, 0);
	run(&a.b, 10000);
	engine_record(a.b.e, 0, &record);
	bench_done(&a.b);
	record.told = VROUTER_INIT;
	record.group_told = VROUTER_MASTER;
	with_hook(&a);
	bench_make_engine(&a.b, LEFTOVERS);
	engine_restore(a.b.e, &record, at_ms(10100));
	link_up(&a.b, 10100);
	address_is(&a.b, 10100, "192.0.2.100/24", true, true);
	step(&a.b, (struct event){ .kind = EVENT_START }, 10100);
	ck_assert(strstr(actions(&a.b), "hooks:0 ") != NULL);
	bench_done(&a.b);
}
END_TEST

START_TEST(who_leaves_its_group_leaves_its_hooks)
{
	struct agents a, b;

	with_group_hook(&a);
	open_bench(&a.b, 0);
	actions(&a.b); /* the hooks of the group run */
	agents_init(&b, 100);
	kit_add_simple(&b.b.kit, "lan", 52, 100, "192.0.2.200/24");
	reload(&a, &b, 100);
	ck_assert(!snapshot_of(&b, 0).hooks_running);
	ck_assert(!snapshot_of(&b, 1).hooks_running);
	bench_done(&b.b);
}
END_TEST

START_TEST(who_is_new_is_weighed_before_it_starts)
{
	struct agents a, b;

	agents_init(&a, 100);
	web_tracks(&a, CHECK_SCRIPT, "haproxy", 0);
	open_bench(&a.b, 0);
	result(&a, 10, 0, 0);
	agents_init(&b, 100);
	web_tracks(&b, CHECK_SCRIPT, "haproxy", 0);
	kit_add_simple(&b.b.kit, "lan", 52, 255, "192.0.2.200/24");
	b.b.kit.instances[1].tracks = b.b.kit.instances[0].tracks;
	reload(&a, &b, 100);
	ck_assert_int_eq(state_of(&b, 1), VROUTER_FAULT);
	ck_assert_str_eq(actions(&b.b), "1.save ");
	bench_done(&b.b);
}
END_TEST

START_TEST(how_late_things_were_is_not_forgotten)
{
	struct agents a, b;

	agents_init(&a, 100);
	open_bench(&a.b, 0);
	tick(&a.b, 5000); /* due at 3.6 s */
	ck_assert_uint_eq(engine_lag(a.b.e)->spells, 1);
	agents_init(&b, 100);
	reload(&a, &b, 5100);
	ck_assert_uint_eq(engine_lag(b.b.e)->spells, 1);
	ck_assert_int_gt(engine_lag(b.b.e)->longest.us, 1000000);
	bench_done(&b.b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("reload of agents");

	tcase_add_test(tc, tracked_things_are_found_again_by_kind_and_name);
	tcase_add_test(tc, two_tracked_things_may_change_places);
	tcase_add_test(tc, a_session_is_found_again_by_its_name_and_its_ends);
	tcase_add_test(tc, a_delay_that_runs_goes_on);
	tcase_add_test(tc, who_is_not_kept_from_serving_any_more_owes_it_to_the_configuration);
	tcase_add_test(tc, who_waited_for_a_word_that_nobody_wants_any_more_takes_over);
	tcase_add_test(tc, who_waits_for_a_word_goes_on_waiting);
	tcase_add_test(tc, what_all_things_said_once_is_not_waited_for_again);
	tcase_add_test(tc, a_force_goes_on_until_its_time_is_up);
	tcase_add_test(tc, a_force_whose_time_is_up_is_not_restored);
	tcase_add_test(tc, no_force_is_restored_where_there_was_none);
	tcase_add_test(tc, a_fault_that_a_new_group_would_share_is_foreseen);
	tcase_add_test(tc, a_fault_that_is_shared_goes_on_without_a_word);
	tcase_add_test(tc, who_leaves_its_group_leaves_its_fault);
	tcase_add_test(tc, the_first_tracked_things_of_all_may_come_with_a_reload);
	tcase_add_test(tc, hooks_that_run_are_waited_for_by_the_successor);
	tcase_add_test(tc, the_hooks_of_a_group_go_on_too);
	tcase_add_test(tc, a_group_that_is_new_is_told_its_first_state);
	tcase_add_test(tc, an_instance_that_is_taken_away_calls_its_hooks_at_once);
	tcase_add_test(tc,
		       an_instance_that_is_taken_away_while_all_stop_calls_its_hooks_at_once_too);
	tcase_add_test(tc, an_instance_that_loses_one_family_is_still_there);
	tcase_add_test(tc, who_was_told_that_it_is_master_is_not_told_again);
	tcase_add_test(tc, who_comes_back_too_late_tells_its_new_state);
	tcase_add_test(tc, what_a_group_was_told_is_nothing_to_who_has_left_it);
	tcase_add_test(tc, who_leaves_its_group_leaves_its_hooks);
	tcase_add_test(tc, who_is_new_is_weighed_before_it_starts);
	tcase_add_test(tc, how_late_things_were_is_not_forgotten);
	return run_test_case(tc, "reload of agents");
}
