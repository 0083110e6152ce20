/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The edges of a shared fate: who leads, how long a member stands that is beaten alone, and what each one's fault does to the others.
 */
#include "agents_bench.h"

static void add_to_group(struct agents *a, const char *name, uint8_t vrid, const char *address)
{
	kit_add_simple(&a->b.kit, name, vrid, 100, address)->group = 1;
}

/* An advertisement for any member that has one address. */
static void hear_vrid(struct agents *a, int64_t ms, uint8_t vrid, const char *address,
		      uint8_t priority)
{
	struct advert *advert = peer_advert(priority);

	advert->vrid = vrid;
	advert->addresses[0] = ip(address);
	hear_advert(&a->b, ms, HIGHER, advert);
}

static void hear_v6(struct agents *a, int64_t ms, uint8_t vrid, const char *address,
		    uint8_t priority)
{
	struct advert advert = *peer_advert(priority);

	advert.vrid = vrid;
	advert.family = IP_V6;
	advert.addresses[0] = ip(address);
	hear_advert(&a->b, ms, "fe80::6", &advert);
}

static void eth0_is(struct agents *a, int64_t ms, const char *v4, const char *v6)
{
	struct event ev = { .kind = EVENT_LINK };

	snprintf(ev.link.name, sizeof(ev.link.name), "eth0");
	ev.link.ifindex = ETH0;
	ev.link.up = true;
	ev.link.source[FAMILY_V4] = v4 ? ip(v4) : IP_ADDR_NONE;
	ev.link.source[FAMILY_V6] = v6 ? ip(v6) : IP_ADDR_NONE;
	step(&a->b, ev, ms);
}

#define WEB_V6 "fe80::200:5eff:fe00:233"
#define LAN_V6 "fe80::200:5eff:fe00:234"
#define DMZ_V6 "fe80::200:5eff:fe00:235"

/* web, and perhaps lan and dmz, with both families on eth0. */
static void open_dual(struct agents *a, bool with_lan)
{
	struct instance_settings *lan, *dmz;

	agents_init(a, 100);
	kit_add_vip(&a->b.kit, &a->b.kit.instances[0].addresses[FAMILY_V6], kit_vip(WEB_V6 "/64"));
	if (with_lan) {
		lan = kit_add_simple(&a->b.kit, "lan", 52, 100, "192.0.2.200/24");
		kit_add_vip(&a->b.kit, &lan->addresses[FAMILY_V6], kit_vip(LAN_V6 "/64"));
		dmz = kit_add_simple(&a->b.kit, "dmz", 53, 100, "192.0.2.210/24");
		kit_add_vip(&a->b.kit, &dmz->addresses[FAMILY_V6], kit_vip(DMZ_V6 "/64"));
	}
	bench_make_engine(&a->b, LEFTOVERS);
	eth0_is(a, 0, OWN, "fe80::5");
	step(&a->b, (struct event){ .kind = EVENT_START }, 0);
}

static void open_masters(struct agents *a)
{
	agents_init(a, 100);
	agents_group(a, 100);
	open_bench(&a->b, 0);
	run(&a->b, 10000);
	ck_assert_int_eq(state_of(a, 0), VROUTER_MASTER);
	ck_assert_int_eq(state_of(a, 1), VROUTER_MASTER);
	actions(&a->b);
}

START_TEST(the_lowest_vrid_leads_wherever_it_stands)
{
	static const struct {
		uint8_t vrid;
		const char *address;
	} members[] = {
		{ 51, "192.0.2.100" },
		{ 52, "192.0.2.200" },
		{ 50, "192.0.2.210" },
		{ 49, "192.0.2.220" },
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		enum vrouter_state expected =
			members[i].vrid == 49 ? VROUTER_BACKUP : VROUTER_MASTER;
		struct agents a;

		agents_init(&a, 100);
		agents_group(&a, 100);
		add_to_group(&a, "dmz", 50, "192.0.2.210/24");
		add_to_group(&a, "first", 49, "192.0.2.220/24");
		open_bench(&a.b, 0);
		run(&a.b, 10000);
		ck_assert_int_eq(state_of(&a, 3), VROUTER_MASTER);
		hear_vrid(&a, 10100, members[i].vrid, members[i].address, 200);
		for (uint32_t number = 0; number < 4; number++)
			ck_assert_int_eq(state_of(&a, number), expected);
		bench_done(&a.b);
	}
}
END_TEST

START_TEST(a_contest_that_an_earlier_member_wins_lets_all_later_ones_stand)
{
	struct agents a;

	agents_init(&a, 100);
	agents_group(&a, 100);
	add_to_group(&a, "dmz", 53, "192.0.2.210/24");
	open_bench(&a.b, 0);
	run(&a.b, 10000);
	for (int64_t ms = 10000; ms < 15000; ms += 1000) {
		run(&a.b, ms);
		hear_lan(&a, ms, HIGHER, 50); /* the second one wins */
		hear_vrid(&a, ms + 10, 53, "192.0.2.210", 200);
		ck_assert_int_eq(state_of(&a, 2), VROUTER_MASTER);
	}
	/* What a later one wins does not help an earlier one. */
	for (int64_t ms = 20000; ms < 22000; ms += 1000) {
		run(&a.b, ms);
		hear_vrid(&a, ms, 53, "192.0.2.210", 50);
		hear_lan(&a, ms + 10, HIGHER, 200);
	}
	ck_assert_int_eq(state_of(&a, 2), VROUTER_BACKUP);
	bench_done(&a.b);
}
END_TEST

START_TEST(of_both_families_ipv4_leads)
{
	struct agents a;

	open_dual(&a, false);
	run(&a.b, 10000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	hear_v6(&a, 10100, 51, WEB_V6, 200);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	hear(&a.b, 10200, HIGHER, 200);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_BACKUP);
	bench_done(&a.b);
}
END_TEST

START_TEST(each_instance_of_both_families_has_a_fate_of_its_own)
{
	struct agents a;

	open_dual(&a, true);
	run(&a.b, 10000);
	for (uint32_t i = 0; i < 6; i++)
		ck_assert_int_eq(state_of(&a, i), VROUTER_MASTER);
	hear_vrid(&a, 10100, 52, "192.0.2.200", 200);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	ck_assert_int_eq(state_of(&a, 2), VROUTER_BACKUP);
	ck_assert_int_eq(state_of(&a, 3), VROUTER_BACKUP);
	hear(&a.b, 10200, HIGHER, 200);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_BACKUP);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_family_that_cannot_go_on_takes_the_other_with_it_and_back)
{
	struct agents a;

	open_dual(&a, true);
	run(&a.b, 10000);
	actions(&a.b);
	eth0_is(&a, 10100, OWN, NULL);
	for (uint32_t i = 0; i < 4; i++) {
		ck_assert_int_eq(state_of(&a, i), VROUTER_FAULT);
		ck_assert_int_eq(snapshot_of(&a, i).reason,
				 i % 2 == 0 ? REASON_GROUP : REASON_LINK_NO_ADDRESS);
	}
	eth0_is(&a, 10200, OWN, "fe80::5");
	for (uint32_t i = 0; i < 4; i++)
		ck_assert_int_eq(state_of(&a, i), VROUTER_BACKUP);
	bench_done(&a.b);
}
END_TEST

START_TEST(who_is_beaten_alone_stands_for_exactly_an_interval)
{
	struct agents a;

	open_masters(&a);
	hear_lan(&a, 10100, HIGHER, 200);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	hear_lan(&a, 11099, HIGHER, 200);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	hear_lan(&a, 11100, HIGHER, 200);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_BACKUP);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	bench_done(&a.b);
}
END_TEST

START_TEST(the_longer_of_the_two_intervals_counts)
{
	struct agents a;
	struct advert *advert;

	/* And a contest in the first seconds of the clock is none of long ago. */
	agents_init(&a, 100);
	agents_group(&a, 100);
	a.b.kit.instances[0].advert_interval = span_ms(10);
	a.b.kit.instances[1].advert_interval = span_ms(10);
	open_bench(&a.b, 0);
	run(&a.b, 100);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	advert = peer_advert(200);
	advert->vrid = 52;
	advert->addresses[0] = ip("192.0.2.200");
	hear_advert(&a.b, 110, HIGHER, advert);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	hear_advert(&a.b, 1109, HIGHER, advert);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	hear_advert(&a.b, 1110, HIGHER, advert);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_BACKUP);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_contest_of_long_ago_says_nothing_of_a_new_one)
{
	static const struct {
		int64_t after_ms; /* the end of the first one's interval */
		enum vrouter_state state;
	} cases[] = { { 2000, VROUTER_BACKUP }, { 2001, VROUTER_MASTER } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct agents a;

		open_masters(&a);
		hear_lan(&a, 10100, HIGHER, 200);
		run(&a.b, 11000);
		hear_lan(&a, 11100 + cases[i].after_ms, HIGHER, 200);
		ck_assert_int_eq(state_of(&a, 1), cases[i].state);
		bench_done(&a.b);
	}
}
END_TEST

START_TEST(equals_and_releases_begin_no_contest)
{
	struct agents a;

	open_masters(&a);
	hear_lan(&a, 10100, HIGHER, VRRP_PRIORITY_RELEASE);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	hear_lan(&a, 10200, LOWER, 100);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	hear_lan(&a, 10300, HIGHER, 100); /* the address decides: this one is stronger */
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	hear_lan(&a, 11299, HIGHER, 100);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	hear_lan(&a, 11300, HIGHER, 100);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_BACKUP);
	bench_done(&a.b);
}
END_TEST

START_TEST(faults_of_their_own_stay_their_own)
{
	struct agents a;
	uint32_t one, two;

	agents_init(&a, 100);
	agents_group(&a, 100);
	one = agents_check(&a, CHECK_SCRIPT, "one");
	two = agents_check(&a, CHECK_SCRIPT, "two");
	agents_track(&a, &a.b.kit.instances[0].tracks, one, 0);
	agents_track(&a, &a.b.kit.instances[1].tracks, two, 0);
	open_bench(&a.b, 0);
	result(&a, 10, one, 0);
	result(&a, 20, two, 0);
	ck_assert_int_eq(snapshot_of(&a, 0).reason, REASON_TRACK_DOWN);
	ck_assert_int_eq(snapshot_of(&a, 1).reason, REASON_TRACK_DOWN);
	result(&a, 30, one, 1);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	ck_assert_int_eq(snapshot_of(&a, 0).reason, REASON_GROUP);
	result(&a, 40, two, 1);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	ck_assert_int_eq(snapshot_of(&a, 0).reason, REASON_GROUP);
	ck_assert_int_eq(snapshot_of(&a, 1).reason, REASON_TRACK_UP);
	bench_done(&a.b);
}
END_TEST

START_TEST(all_wait_for_the_word_of_what_one_of_them_tracks)
{
	struct agents a;
	uint32_t check;

	agents_init(&a, 100);
	agents_group(&a, 100);
	check = web_tracks(&a, CHECK_SCRIPT, "slow", 0);
	a.checks[check].timeout = span_ms(3600000);
	open_bench(&a.b, 0);
	run(&a.b, 10000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_BACKUP);
	result(&a, 10100, check, 1);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	ck_assert_int_eq(snapshot_of(&a, 1).reason, REASON_MASTER_DOWN);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_group_that_stops_releases_once_and_becomes_nothing_else)
{
	struct agents a;

	open_masters(&a);
	stop(&a.b, 10100);
	ck_assert_str_eq(actions(&a.b), "0.advert:0 1.advert:0 0.save 1.save ");
	ck_assert_int_eq(state_of(&a, 0), VROUTER_INIT);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_INIT);
	hear(&a.b, 10200, HIGHER, 200);
	hear_lan(&a, 10200, HIGHER, 200);
	ck_assert_str_eq(actions(&a.b), "0.save 1.save ");
	bench_done(&a.b);
}
END_TEST

START_TEST(owners_in_a_group_become_masters_together)
{
	struct agents a;

	agents_init(&a, 255);
	agents_group(&a, 255);
	open_bench(&a.b, 0);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	ck_assert_int_eq(snapshot_of(&a, 0).reason, REASON_OWNER);
	ck_assert_int_eq(snapshot_of(&a, 1).reason, REASON_OWNER);
	bench_done(&a.b);
}
END_TEST

START_TEST(who_yielded_for_its_group_may_be_master_again_with_it)
{
	struct agents a;

	open_masters(&a);
	hear(&a.b, 10100, HIGHER, 200);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_BACKUP);
	hear(&a.b, 10200, HIGHER, VRRP_PRIORITY_RELEASE);
	run(&a.b, 20000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	bench_done(&a.b);
}
END_TEST

START_TEST(who_shares_a_fate_with_one_that_cannot_start_is_nothing_else_before)
{
	struct agents a;

	agents_init(&a, 255);
	agents_group(&a, 100);
	snprintf(a.b.kit.instances[1].interface, IFNAME_MAX_LEN, "eth9");
	open_bench(&a.b, 0);
	ck_assert_str_eq(next_event(&a.b), "web: INIT -> FAULT: another member of the group (lan)");
	ck_assert_str_eq(next_event(&a.b),
			 "lan: INIT -> FAULT: interface does not exist (priority 100)");
	ck_assert_str_eq(next_event(&a.b), "");
	/* And the one whose link it was is told of its link alone. */
	link_named(&a.b, 10, "eth9", 9, true, "198.51.100.1");
	next_event(&a.b); /* the interface */
	ck_assert_str_eq(next_event(&a.b),
			 "lan: FAULT -> BACKUP: interface is usable again (priority 100)");
	ck_assert_str_eq(next_event(&a.b),
			 "web: FAULT -> BACKUP: another member of the group (lan)");
	bench_done(&a.b);
}
END_TEST

START_TEST(who_shares_a_fate_with_one_whose_script_is_said_to_be_down_is_nothing_else_before)
{
	struct agents a;
	uint32_t check;

	agents_init(&a, 255);
	agents_group(&a, 255);
	snprintf(a.groups[1].name, sizeof(a.groups[1].name), "core");
	a.b.kit.s.group_count = 2;
	kit_add_simple(&a.b.kit, "north", 53, 255, "192.0.2.201/24")->group = 2;
	kit_add_simple(&a.b.kit, "south", 54, 255, "192.0.2.202/24")->group = 2;
	check = agents_check(&a, CHECK_SCRIPT, "haproxy");
	a.checks[check].initially = CHECK_DOWN;
	agents_track(&a, &a.b.kit.instances[1].tracks, check, 0);
	agents_track(&a, &a.b.kit.instances[3].tracks, check, 0);
	open_bench(&a.b, 0);
	for (uint32_t i = 0; i < 4; i++)
		ck_assert_int_eq(state_of(&a, i), VROUTER_FAULT);
	ck_assert_str_eq(next_event(&a.b), "web: INIT -> FAULT: another member of the group (lan)");
	next_event(&a.b); /* lan itself */
	ck_assert_str_eq(next_event(&a.b),
			 "north: INIT -> FAULT: another member of the group (south)");
	bench_done(&a.b);
}
END_TEST

START_TEST(what_was_heard_as_a_backup_is_no_contest)
{
	struct agents a;

	agents_init(&a, 100);
	agents_group(&a, 100);
	open_bench(&a.b, 0);
	hear(&a.b, 10000, HIGHER, 200);
	hear_lan(&a, 10000, HIGHER, 200);
	hear(&a.b, 10010, HIGHER, VRRP_PRIORITY_RELEASE);
	hear_lan(&a, 10010, HIGHER, VRRP_PRIORITY_RELEASE);
	run(&a.b, 10700);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	hear_lan(&a, 10700, HIGHER, 200);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	hear_lan(&a, 11699, HIGHER, 200);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	hear_lan(&a, 11700, HIGHER, 200);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_BACKUP);
	bench_done(&a.b);
}
END_TEST

/* b takes over from a, as at a reload; a is done for. */
static void reload(struct agents *a, struct agents *b, int64_t ms)
{
	bench_make_engine(&b->b, LEFTOVERS);
	link_up(&b->b, ms);
	engine_retire(a->b.e, b->b.e, at_ms(ms), 0);
	drain(&a->b, ms);
	engine_adopt(b->b.e, a->b.e, at_ms(ms), 0);
	b->b.read = a->b.read;
	drain(&b->b, ms);
	bench_done(&a->b);
}

START_TEST(who_yielded_for_its_old_group_follows_in_its_new_one)
{
	struct agents a, b;

	/* lan and dmz are a group, web is alone */
	agents_init(&a, 100);
	agents_group(&a, 100);
	a.b.kit.instances[0].group = 0;
	add_to_group(&a, "dmz", 53, "192.0.2.210/24");
	open_bench(&a.b, 0);
	run(&a.b, 10000);
	hear_lan(&a, 10100, HIGHER, 200);
	ck_assert_int_eq(state_of(&a, 2), VROUTER_BACKUP);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	/* web and dmz are one */
	agents_init(&b, 100);
	agents_group(&b, 100);
	b.b.kit.instances[1].group = 0;
	add_to_group(&b, "dmz", 53, "192.0.2.210/24");
	reload(&a, &b, 10200);
	ck_assert_int_eq(state_of(&b, 0), VROUTER_BACKUP);
	ck_assert_str_eq(snapshot_of(&b, 0).cause, "dmz");
	ck_assert_str_eq(snapshot_of(&b, 2).cause, "lan");
	bench_done(&b.b);
}
END_TEST

START_TEST(who_is_forced_to_be_backup_follows_in_its_new_group)
{
	struct agents a, b;

	agents_init(&a, 100);
	kit_add_simple(&a.b.kit, "lan", 52, 100, "192.0.2.200/24");
	open_bench(&a.b, 0);
	run(&a.b, 10000);
	force(&a, 10100, 1, FORCE_BACKUP);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_BACKUP);
	agents_init(&b, 100);
	agents_group(&b, 100);
	reload(&a, &b, 10200);
	ck_assert_int_eq(state_of(&b, 0), VROUTER_BACKUP);
	bench_done(&b.b);
}
END_TEST

/* web, lan and dmz in one group, each on an interface of its own. */
static void open_apart(struct agents *a)
{
	agents_init(a, 100);
	agents_group(a, 100);
	add_to_group(a, "dmz", 53, "192.0.2.210/24");
	snprintf(a->b.kit.instances[1].interface, sizeof(a->b.kit.instances[1].interface), "eth1");
	snprintf(a->b.kit.instances[2].interface, sizeof(a->b.kit.instances[2].interface), "eth2");
	bench_make_engine(&a->b, LEFTOVERS);
	link_up(&a->b, 0);
}

START_TEST(of_two_that_fault_the_one_of_the_lower_vrid_is_named)
{
	struct agents a;

	open_apart(&a);
	link_named(&a.b, 0, "eth1", 6, false, "192.0.2.6");
	link_named(&a.b, 0, "eth2", 7, false, "192.0.2.7");
	step(&a.b, (struct event){ .kind = EVENT_START }, 0);
	ck_assert_str_eq(next_event(&a.b), "web: INIT -> FAULT: another member of the group (lan)");
	bench_done(&a.b);
}
END_TEST

START_TEST(who_is_in_fault_for_one_that_a_reload_takes_away_is_so_no_longer)
{
	struct agents a, b;

	agents_init(&a, 100);
	agents_group(&a, 100);
	snprintf(a.b.kit.instances[1].interface, sizeof(a.b.kit.instances[1].interface), "eth1");
	open_bench(&a.b, 0);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	agents_init(&b, 100);
	bench_make_engine(&b.b, LEFTOVERS);
	engine_retire(a.b.e, b.b.e, at_ms(100), 0);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	bench_done(&a.b);
	bench_done(&b.b);
}
END_TEST

START_TEST(one_that_a_reload_brings_in_takes_over_with_the_others_be_it_the_first)
{
	struct agents a, b;

	agents_init(&a, 100);
	agents_group(&a, 100);
	a.b.kit.s.instance_count = 1;
	open_bench(&a.b, 0);
	run(&a.b, 10000);
	agents_init(&b, 100);
	agents_group(&b, 100);
	b.b.kit.instances[1].vrid = 50;
	reload(&a, &b, 10100);
	ck_assert_int_eq(state_of(&b, 1), VROUTER_BACKUP);
	run(&b.b, 14000);
	ck_assert_int_eq(state_of(&b, 0), VROUTER_MASTER);
	ck_assert_int_eq(state_of(&b, 1), VROUTER_MASTER);
	bench_done(&b.b);
}
END_TEST

START_TEST(of_two_that_follow_others_the_one_of_the_lower_vrid_is_named)
{
	struct agents a, b;

	agents_init(&a, 100);
	agents_group(&a, 100);
	add_to_group(&a, "dmz", 53, "192.0.2.210/24");
	for (int i = 0; i < 3; i++)
		a.b.kit.instances[i].group = 0;
	open_bench(&a.b, 0);
	for (int64_t ms = 500; ms < 10000; ms += 1000) {
		hear_vrid(&a, ms, 52, "192.0.2.200", 200);
		hear_vrid(&a, ms, 53, "192.0.2.210", 200);
		run(&a.b, ms + 499);
	}
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	a.b.read = engine_history(a.b.e)->next_seq;
	agents_init(&b, 100);
	agents_group(&b, 100);
	add_to_group(&b, "dmz", 53, "192.0.2.210/24");
	reload(&a, &b, 10100);
	ck_assert_str_eq(next_event(&b.b),
			 "web: MASTER -> BACKUP: another member of the group (lan)");
	bench_done(&b.b);
}
END_TEST

/* What a MASTER of that VRID left whose last advertisement was at that time. */
static struct record left_at(uint8_t vrid, int64_t ms)
{
	struct record r = {
		.interface = "eth0",
		.vrid = vrid,
		.family = IP_V4,
		.state = VROUTER_MASTER,
		.last_advert = at_ms(ms),
		.interval = span_ms(1000),
		.priority = 100,
	};

	return r;
}

START_TEST(all_may_go_on_for_as_long_as_the_first_of_them_can)
{
	struct record web = left_at(51, _i == 0 ? 1000 : 1500);
	struct record lan = left_at(52, _i == 0 ? 1500 : 1000);

	/* until 4000 ms, be it web's or lan's end */
	for (int64_t ms = 3999; ms <= 4000; ms++) {
		enum vrouter_state expected = ms < 4000 ? VROUTER_MASTER : VROUTER_BACKUP;
		struct agents a;

		agents_init(&a, 100);
		agents_group(&a, 100);
		bench_make_engine(&a.b, LEFTOVERS);
		ck_assert(engine_restore(a.b.e, &web, at_ms(2000)));
		ck_assert(engine_restore(a.b.e, &lan, at_ms(2000)));
		step(&a.b, (struct event){ .kind = EVENT_START }, 2000);
		link_up(&a.b, ms);
		ck_assert_int_eq(state_of(&a, 0), expected);
		ck_assert_int_eq(state_of(&a, 1), expected);
		bench_done(&a.b);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("group edges");

	tcase_add_test(tc, the_lowest_vrid_leads_wherever_it_stands);
	tcase_add_test(tc, a_contest_that_an_earlier_member_wins_lets_all_later_ones_stand);
	tcase_add_test(tc, of_both_families_ipv4_leads);
	tcase_add_test(tc, each_instance_of_both_families_has_a_fate_of_its_own);
	tcase_add_test(tc, a_family_that_cannot_go_on_takes_the_other_with_it_and_back);
	tcase_add_test(tc, who_is_beaten_alone_stands_for_exactly_an_interval);
	tcase_add_test(tc, the_longer_of_the_two_intervals_counts);
	tcase_add_test(tc, a_contest_of_long_ago_says_nothing_of_a_new_one);
	tcase_add_test(tc, equals_and_releases_begin_no_contest);
	tcase_add_test(tc, faults_of_their_own_stay_their_own);
	tcase_add_test(tc, all_wait_for_the_word_of_what_one_of_them_tracks);
	tcase_add_test(tc, a_group_that_stops_releases_once_and_becomes_nothing_else);
	tcase_add_test(tc, owners_in_a_group_become_masters_together);
	tcase_add_test(tc, who_yielded_for_its_group_may_be_master_again_with_it);
	tcase_add_test(tc, who_shares_a_fate_with_one_that_cannot_start_is_nothing_else_before);
	tcase_add_test(tc, what_was_heard_as_a_backup_is_no_contest);
	tcase_add_test(tc, who_yielded_for_its_old_group_follows_in_its_new_one);
	tcase_add_test(tc, who_is_forced_to_be_backup_follows_in_its_new_group);
	tcase_add_test(tc, of_two_that_fault_the_one_of_the_lower_vrid_is_named);
	tcase_add_test(tc, who_is_in_fault_for_one_that_a_reload_takes_away_is_so_no_longer);
	tcase_add_test(tc, one_that_a_reload_brings_in_takes_over_with_the_others_be_it_the_first);
	tcase_add_test(tc, of_two_that_follow_others_the_one_of_the_lower_vrid_is_named);
	tcase_add_loop_test(tc, all_may_go_on_for_as_long_as_the_first_of_them_can, 0, 2);
	tcase_add_test(
		tc,
		who_shares_a_fate_with_one_whose_script_is_said_to_be_down_is_nothing_else_before);
	return run_test_case(tc, "group edges");
}
