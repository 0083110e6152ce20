/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an engine shows of itself: every field of a snapshot is what `vrrpctl show` tells an operator, who acts on it.
 */
#include "agents_bench.h"
#include "routing_kit.h"

static struct agents a;

/* web has a hook, a track and a route; with lan it is in a group, which tracks something too. */
static void open_all(int64_t ms)
{
	agents_init(&a, 100);
	kit_add_vip(&a.b.kit, &a.b.kit.instances[0].addresses[FAMILY_V4],
		    kit_vip("192.0.2.101/24"));
	web_tracks(&a, CHECK_SCRIPT, "own", 10);
	agents_group(&a, 100);
	agents_track(&a, &a.groups[0].tracks, agents_check(&a, CHECK_SCRIPT, "shared"), 10);
	a.b.kit.instances[0].notify.command[HOOK_ANY] = 1;
	a.b.kit.instances[0].preempt_delay = span_ms(5000);
	a.b.kit.routings[0] = routing_of("198.51.100.0/24 dev eth0");
	a.b.kit.instances[0].routes = (struct range){ 0, 1 };
	a.b.kit.s.routing_count = 1;
	open_bench(&a.b, ms);
	result(&a, ms, 0, 1);
	result(&a, ms, 1, 1);
}

START_TEST(a_backup_shows_whom_it_hears_and_what_it_waits_for)
{
	struct snapshot s;

	open_all(9000);
	hear(&a.b, 9400, HIGHER, 200);
	hear_lan(&a, 9400, HIGHER, 200);
	engine_snapshot(a.b.e, 0, at_ms(9500), &s);
	ck_assert_int_eq(s.at.us, 9500000);
	ck_assert_ptr_eq(s.settings, &a.b.kit.s);
	ck_assert_ptr_eq(engine_settings(a.b.e), &a.b.kit.s);
	ck_assert_ptr_eq(s.set, &a.b.kit.instances[0]);
	ck_assert_str_eq(s.name, "web");
	ck_assert_str_eq(engine_name(a.b.e, 1), "lan");
	ck_assert_int_eq(s.family, IP_V4);
	ck_assert_int_eq(s.state, VROUTER_BACKUP);
	ck_assert_int_eq(s.reason, REASON_STARTED);
	ck_assert_int_eq(s.since_wall_us, 9000000);
	ck_assert(s.link_present && s.link_up);
	ck_assert_int_eq(s.ifindex, ETH0);
	ck_assert(ip_equal(s.source, ip(OWN)));
	ck_assert(!s.lingering && !s.master_self);
	ck_assert(ip_equal(s.master, ip(HIGHER)));
	ck_assert_uint_eq(s.master_priority, 200);
	ck_assert_uint_eq(s.addresses_total, 2);
	ck_assert_uint_eq(s.addresses_present, 0);
	ck_assert_uint_eq(s.routings_total, 1);
	ck_assert_uint_eq(s.tracks_total, 3); /* its interface, its own, the group's */
	ck_assert_ptr_eq(s.group, &a.groups[0]);
	ck_assert(s.hooks_running && !s.hooks_pending);
	/* RFC 9568 section 6.1: (256 - 120) / 256 of a second, and three more; the scripts add 20 */
	ck_assert_uint_eq(s.effective_priority, 120);
	ck_assert_int_eq(s.skew_time.us, 531250);
	ck_assert_int_eq(s.master_down_interval.us, 3531250);
	ck_assert_int_eq(s.master_down_left.us, 3431250);
	ck_assert_int_lt(s.advert_left.us, 0);
	ck_assert_int_lt(s.announce_left.us, 0);
	ck_assert_str_eq(s.virtual_link, "");
	ck_assert(!s.virtual_link_stands && !s.virtual_link_up);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_preemption_that_waits_shows_how_long_it_does)
{
	struct snapshot s;

	open_all(9000);
	engine_snapshot(a.b.e, 0, at_ms(10000), &s);
	ck_assert_int_eq(s.preempt_delay_left.us, 4000000);
	engine_snapshot(a.b.e, 0, at_ms(14000), &s);
	ck_assert_int_lt(s.preempt_delay_left.us, 0);
	engine_snapshot(a.b.e, 1, at_ms(10000), &s);
	ck_assert_int_lt(s.preempt_delay_left.us, 0);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_master_shows_what_it_holds_and_when_it_speaks_next)
{
	struct snapshot_address address;
	struct snapshot_routing route;
	struct snapshot s;

	open_all(0);
	run(&a.b, 3600);
	force(&a, 3600, 0, FORCE_MASTER);
	engine_snapshot_address(a.b.e, 0, 0, &address);
	ck_assert_ptr_eq(address.vip, &a.b.kit.vips[0]);
	ck_assert_int_eq(address.presence, SLOT_OURS);
	ck_assert(address.wanted);
	ck_assert_str_eq(address.dev, "eth0");
	engine_snapshot_routing(a.b.e, 0, 0, &route);
	ck_assert_ptr_eq(route.routing, &a.b.kit.routings[0]);
	ck_assert_int_eq(route.presence, SLOT_ABSENT);
	ck_assert(route.wanted);
	engine_snapshot(a.b.e, 0, at_ms(3700), &s);
	ck_assert(s.master_self);
	ck_assert_int_eq(s.reason, REASON_FORCED_MASTER);
	ck_assert_uint_eq(s.addresses_present, 2);
	ck_assert(ip_equal(s.master, ip(OWN)));
	ck_assert_int_eq(s.force.to, FORCE_MASTER);
	ck_assert_str_eq(s.force.by, "root");
	ck_assert_int_ge(s.advert_left.us, 0);
	ck_assert_int_ge(s.announce_left.us, 0);
	ck_assert(s.hooks_running && s.hooks_pending); /* those of BACKUP have not ended */
	ck_assert(!s.lingering);
	bench_done(&a.b);
}
END_TEST

START_TEST(who_gives_up_in_order_lingers_and_shows_it)
{
	struct snapshot_address address;
	struct snapshot s;

	open_all(0);
	run(&a.b, 5000);
	force(&a, 5000, 0, FORCE_BACKUP);
	engine_snapshot(a.b.e, 0, at_ms(5000), &s);
	ck_assert_int_ne(s.state, VROUTER_MASTER);
	ck_assert(s.lingering);
	engine_snapshot_address(a.b.e, 0, 0, &address);
	ck_assert(address.wanted);
	run(&a.b, 30000);
	bench_done(&a.b);
}
END_TEST

START_TEST(an_interface_that_is_down_or_absent_shows_it)
{
	struct snapshot s;

	open_all(0);
	link_down(&a.b, 100);
	engine_snapshot(a.b.e, 0, at_ms(100), &s);
	ck_assert(s.link_present && !s.link_up);
	link_named(&a.b, 200, "eth0", 0, false, NULL);
	engine_snapshot(a.b.e, 0, at_ms(200), &s);
	ck_assert(!s.link_present && !s.link_up);
	ck_assert_int_eq(s.ifindex, 0);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_fault_names_what_is_down)
{
	struct snapshot s;

	agents_init(&a, 100);
	web_tracks(&a, CHECK_SCRIPT, "haproxy", 0);
	open_bench(&a.b, 0);
	result(&a, 10, 0, 0);
	engine_snapshot(a.b.e, 0, at_ms(10), &s);
	ck_assert_int_eq(s.state, VROUTER_FAULT);
	ck_assert_int_eq(s.reason, REASON_TRACK_DOWN);
	ck_assert_str_eq(s.cause, "script haproxy");
	bench_done(&a.b);
}
END_TEST

START_TEST(only_an_instances_own_peers_of_its_family_are_shown)
{
	struct ip_addr peers[] = { ip("192.0.2.7"), ip("fe80::7"), ip("192.0.2.8") };
	struct snapshot_peer peer;

	agents_init(&a, 100);
	kit_add_vip(&a.b.kit, &a.b.kit.instances[0].addresses[FAMILY_V6],
		    kit_vip("fe80::200:5eff:fe00:233/64"));
	kit_add_simple(&a.b.kit, "lan", 52, 100, "192.0.2.200/24");
	a.b.kit.s.peers = peers;
	a.b.kit.s.peer_count = 3;
	a.b.kit.instances[0].peers = (struct range){ 0, 2 };
	a.b.kit.instances[1].peers = (struct range){ 2, 1 };
	open_bench(&a.b, 0);
	for (uint32_t vrouter = 0; vrouter < 3; vrouter++) {
		uint32_t place = 0;

		ck_assert(engine_snapshot_peer(a.b.e, vrouter, &place, &peer));
		ck_assert(ip_equal(peer.address, peers[vrouter]));
		ck_assert(!engine_snapshot_peer(a.b.e, vrouter, &place, &peer));
	}
	bench_done(&a.b);
}
END_TEST

START_TEST(a_single_peer_has_not_been_heard_at_the_start)
{
	struct ip_addr peer_address = ip("192.0.2.7");
	struct snapshot_peer peer;
	uint32_t place = 0;

	agents_init(&a, 100);
	a.b.kit.s.peers = &peer_address;
	a.b.kit.s.peer_count = 1;
	a.b.kit.instances[0].peers = (struct range){ 0, 1 };
	open_bench(&a.b, 0);
	ck_assert(engine_snapshot_peer(a.b.e, 0, &place, &peer));
	ck_assert_int_eq(peer.heard_wall_us, 0);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_route_of_a_family_that_the_instance_does_not_have_is_its_own_all_the_same)
{
	struct snapshot s;

	agents_init(&a, 100);
	a.b.kit.routings[0] = routing_of("2001:db8::/64 dev eth0");
	a.b.kit.instances[0].routes = (struct range){ 0, 1 };
	a.b.kit.s.routing_count = 1;
	open_bench(&a.b, 0);
	engine_snapshot(a.b.e, 0, at_ms(0), &s);
	ck_assert_uint_eq(s.routings_total, 1);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_track_that_counts_inversely_says_so)
{
	struct snapshot_track t;

	agents_init(&a, 100);
	web_tracks(&a, CHECK_SCRIPT, "maintenance", -10);
	web_tracks(&a, CHECK_SCRIPT, "haproxy", -10);
	a.tracks[0].inverse = true;
	open_bench(&a.b, 0);
	for (uint32_t i = 1; i <= 2; i++) {
		engine_snapshot_track(a.b.e, 0, i, &t);
		ck_assert_int_eq(t.inverse, i == 1);
	}
	bench_done(&a.b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("engine_view");

	tcase_add_test(tc, a_backup_shows_whom_it_hears_and_what_it_waits_for);
	tcase_add_test(tc, a_preemption_that_waits_shows_how_long_it_does);
	tcase_add_test(tc, a_master_shows_what_it_holds_and_when_it_speaks_next);
	tcase_add_test(tc, who_gives_up_in_order_lingers_and_shows_it);
	tcase_add_test(tc, an_interface_that_is_down_or_absent_shows_it);
	tcase_add_test(tc, a_fault_names_what_is_down);
	tcase_add_test(tc, only_an_instances_own_peers_of_its_family_are_shown);
	tcase_add_test(tc, a_single_peer_has_not_been_heard_at_the_start);
	tcase_add_test(tc,
		       a_route_of_a_family_that_the_instance_does_not_have_is_its_own_all_the_same);
	tcase_add_test(tc, a_track_that_counts_inversely_says_so);
	return run_test_case(tc, "engine_view");
}
