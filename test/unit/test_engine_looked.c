/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking into an engine: what a snapshot says of the master and of timers that are due, which interface an address is asked for on, and that
 * an advertisement that is filled in leaves nothing of what was in its place before.
 */
#include <string.h>

#include "engine_bench.h"

static struct snapshot snapshot_at(const struct bench *b, int64_t ms)
{
	struct snapshot s;

	engine_snapshot(b->e, 0, at_ms(ms), &s);
	return s;
}

START_TEST(a_timer_that_is_due_has_nothing_left_but_still_runs)
{
	struct bench b;

	bench_init(&b, 100);
	open_bench(&b, 0);
	ck_assert_int_eq(snapshot_at(&b, 60000).master_down_left.us, 0);
	ck_assert_int_lt(snapshot_at(&b, 60000).advert_left.us, 0);
	bench_done(&b);
}
END_TEST

START_TEST(a_backup_shows_its_masters_priority_and_interval_and_a_master_its_own)
{
	struct advert *advert = peer_advert(200);
	struct snapshot s;
	struct bench b;

	bench_init(&b, 100);
	open_bench(&b, 0);
	advert->interval = span_ms(500);
	hear_advert(&b, 100, HIGHER, advert);
	s = snapshot_at(&b, 200);
	ck_assert(!s.master_self);
	ck_assert_uint_eq(s.master_priority, 200);
	ck_assert_int_eq(s.master_interval.us, 500000);
	run(&b, 5000);
	s = snapshot_at(&b, 5000);
	ck_assert(s.master_self);
	ck_assert_uint_eq(s.master_priority, 100);
	ck_assert_int_eq(s.master_interval.us, 1000000);
	ck_assert_ptr_eq(s.settings, &b.kit.s);
	bench_done(&b);
}
END_TEST

/* ---- interfaces ---- */

START_TEST(an_address_of_one_absent_interface_is_not_one_of_another)
{
	struct bench b;

	bench_init(&b, 100);
	struct instance_settings *lan = kit_add_simple(&b.kit, "lan", 52, 100, "198.51.100.1/24");

	snprintf(lan->interface, sizeof(lan->interface), "eth1");
	bench_make_engine(&b, 0);
	ck_assert(engine_is_vip(b.e, "eth0", ip("192.0.2.100")));
	ck_assert(!engine_is_vip(b.e, "eth1", ip("192.0.2.100")));
	ck_assert(engine_is_vip(b.e, "eth1", ip("198.51.100.1")));
	ck_assert(engine_has_slot(b.e, "eth0", ip("192.0.2.100"), 24));
	ck_assert(!engine_has_slot(b.e, "eth1", ip("192.0.2.100"), 24));
	ck_assert(!engine_has_slot(b.e, "eth2", ip("192.0.2.100"), 24));
	bench_done(&b);
}
END_TEST

START_TEST(one_address_on_two_absent_interfaces_is_one_of_each)
{
	struct bench b;

	bench_init(&b, 100);
	struct instance_settings *lan = kit_add_simple(&b.kit, "lan", 52, 100, "192.0.2.100/25");

	snprintf(lan->interface, sizeof(lan->interface), "eth1");
	bench_make_engine(&b, 0);
	ck_assert(engine_has_slot(b.e, "eth0", ip("192.0.2.100"), 24));
	ck_assert(!engine_has_slot(b.e, "eth0", ip("192.0.2.100"), 25));
	ck_assert(engine_has_slot(b.e, "eth1", ip("192.0.2.100"), 25));
	ck_assert(!engine_has_slot(b.e, "eth1", ip("192.0.2.100"), 24));
	bench_done(&b);
}
END_TEST

START_TEST(interfaces_are_found_by_name_and_by_number)
{
	struct bench b;

	bench_init(&b, 100);
	struct instance_settings *lan = kit_add_simple(&b.kit, "lan", 52, 100, "198.51.100.1/24");

	snprintf(lan->interface, sizeof(lan->interface), "eth1");
	bench_make_engine(&b, 0);
	ck_assert_uint_eq(engine_find_interface(b.e, "eth0"), 0);
	ck_assert_uint_eq(engine_find_interface(b.e, "eth1"), 1);
	ck_assert_uint_eq(engine_find_interface(b.e, "eth2"), UINT32_MAX);
	ck_assert_uint_eq(engine_interface_count(b.e), 2);
	ck_assert_str_eq(engine_interface(b.e, 1)->name, "eth1");
	ck_assert_ptr_null(engine_interface(b.e, 2));
	bench_done(&b);
}
END_TEST

/* ---- advertisements ---- */

/* What web would advertise, filled into a place that was full of something else. */
static void advert_of(const struct bench *b, struct advert *ret)
{
	struct ip_addr src, dst[PEERS_MAX];

	memset(ret, 0x5a, sizeof(*ret));
	ck_assert_uint_eq(engine_advert(b->e, 0, 100, ret, &src, dst), 1);
}

START_TEST(without_a_password_nothing_is_said_of_one)
{
	static const uint8_t nothing[AUTH_PASSWORD_LEN];
	struct advert a;
	struct bench b;

	open_as_master(&b, 100, 0);
	advert_of(&b, &a);
	ck_assert_int_eq(a.auth_type, ADVERT_AUTH_NONE);
	ck_assert_mem_eq(a.auth_data, nothing, sizeof(nothing));
	bench_done(&b);
}
END_TEST

START_TEST(a_password_of_one_letter_is_sent)
{
	struct advert a;
	struct bench b;

	open_as_master(&b, 100, 0);
	strcpy(b.kit.instances[0].auth_password, "x");
	advert_of(&b, &a);
	ck_assert_int_eq(a.auth_type, ADVERT_AUTH_SIMPLE);
	ck_assert_mem_eq(a.auth_data, "x\0\0\0\0\0\0", AUTH_PASSWORD_LEN);
	bench_done(&b);
}
END_TEST

START_TEST(the_form_of_the_checksum_is_the_configured_one)
{
	struct advert a;
	struct bench b;

	open_as_master(&b, 100, 0);
	for (int with_pseudo = 0; with_pseudo < 2; with_pseudo++) {
		b.kit.instances[0].checksum_pseudo_header = with_pseudo;
		advert_of(&b, &a);
		ck_assert_int_eq(a.checksum_with_pseudo, with_pseudo);
	}
	bench_done(&b);
}
END_TEST

START_TEST(behind_the_last_address_nothing_is_written)
{
	struct advert a, full;
	struct bench b;

	open_as_master(&b, 100, 0);
	memset(&full, 0x5a, sizeof(full));
	advert_of(&b, &a);
	ck_assert_uint_eq(a.count, 1);
	ck_assert(ip_equal(a.addresses[0], ip("192.0.2.100")));
	ck_assert_mem_eq(&a.addresses[1], &full.addresses[1], sizeof(full.addresses[1]));
	bench_done(&b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("engine_looked");

	tcase_add_test(tc, a_timer_that_is_due_has_nothing_left_but_still_runs);
	tcase_add_test(tc, a_backup_shows_its_masters_priority_and_interval_and_a_master_its_own);
	tcase_add_test(tc, an_address_of_one_absent_interface_is_not_one_of_another);
	tcase_add_test(tc, one_address_on_two_absent_interfaces_is_one_of_each);
	tcase_add_test(tc, interfaces_are_found_by_name_and_by_number);
	tcase_add_test(tc, without_a_password_nothing_is_said_of_one);
	tcase_add_test(tc, a_password_of_one_letter_is_sent);
	tcase_add_test(tc, the_form_of_the_checksum_is_the_configured_one);
	tcase_add_test(tc, behind_the_last_address_nothing_is_written);
	return run_test_case(tc, "engine_looked");
}
