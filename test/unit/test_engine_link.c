/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The link of a virtual MAC in the engine: made, raised before anything is said, lowered after the last word, put back, replaced, removed.
 * The bench's kernel answers by itself; its link has index 70.
 */
#include "link_bench.h"

START_TEST(a_link_is_made_at_the_start_and_its_addresses_wait_on_it)
{
	struct bench b;

	open_with_link(&b, 100);
	ck_assert_str_eq(actions(&b), "save make:vrrp4-5-51 ");
	made(&b, 10);
	ck_assert_str_eq(actions(&b), "add:192.0.2.100 ");
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_BACKUP);
	ck_assert_str_eq(next_event(&b), "web: INIT -> BACKUP: started (priority 100)");
	bench_done(&b);
}
END_TEST

START_TEST(taking_over_raises_the_link_before_a_word_is_said)
{
	struct bench b;

	open_with_link(&b, 100);
	made(&b, 10);
	actions(&b);
	tick(&b, 3700);
	ck_assert_str_eq(actions(&b), "raise:vrrp4-5-51 advert:100 save announce:192.0.2.100 ");
	raised(&b, 3701);
	ck_assert_str_eq(actions(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(a_router_that_would_be_master_waits_for_its_link)
{
	struct bench b;

	open_with_link(&b, 255);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_BACKUP);
	actions(&b);
	made(&b, 10);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	ck_assert_str_eq(actions(&b),
			 "raise:vrrp4-5-51 advert:255 save add:192.0.2.100 announce:192.0.2.100 ");
	bench_done(&b);
}
END_TEST

START_TEST(who_hears_a_successor_lowers_the_link_at_once)
{
	struct bench b;

	open_as_master_with_link(&b);
	hear(&b, 4000, HIGHER, 200);
	tick(&b, 4000);
	ck_assert_str_eq(actions(&b), "advert:100 save lower:vrrp4-5-51 ");
	tell_link(&b, 4001, LINK, false);
	done(&b, 4001, LINK_LOWER, 0);
	ck_assert_str_eq(actions(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(a_master_advertises_through_its_link_and_who_has_yielded_does_not)
{
	struct bench b;

	open_as_master_with_link(&b);
	tick(&b, 4800);
	ck_assert_str_eq(actions(&b), "advert:100 save ");
	ck_assert_int_eq(b.last[ACTION_ADVERTISE].ifindex, LINK);
	hear(&b, 5000, HIGHER, 200);
	tick(&b, 5000);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_BACKUP);
	ck_assert_str_eq(actions(&b), "advert:100 save lower:vrrp4-5-51 ");
	ck_assert_int_eq(b.last[ACTION_ADVERTISE].ifindex, ETH0);
	bench_done(&b);
}
END_TEST

START_TEST(a_release_goes_out_through_the_link_which_serves_until_a_successor_is_heard)
{
	struct bench b;

	open_as_master_with_link(&b);
	stop(&b, 5000);
	ck_assert_str_eq(actions(&b), "advert:0 save ");
	ck_assert_int_eq(b.last[ACTION_ADVERTISE].ifindex, LINK);
	hear(&b, 5100, LOWER, 50);
	tick(&b, 5100);
	ck_assert_str_eq(actions(&b), "save unmake:vrrp4-5-51 ");
	ck_assert(!engine_stopped(b.e));
	tell_link(&b, 5101, 0, false);
	done(&b, 5101, LINK_REMOVE, 0);
	ck_assert(engine_stopped(b.e));
	bench_done(&b);
}
END_TEST

START_TEST(a_link_that_somebody_removes_is_made_and_raised_again)
{
	struct bench b;

	open_as_master_with_link(&b);
	while (*next_event(&b) != '\0')
		continue;
	tell_link(&b, 3900, 0, false);
	/* the old one may only have got another name */
	ck_assert_str_eq(actions(&b), "make:vrrp4-5-51 leftover.unmake:vrrp4-5-51 ");
	made(&b, 3910);
	ck_assert_str_eq(actions(&b), "raise:vrrp4-5-51 add:192.0.2.100 announce:192.0.2.100 ");
	raised(&b, 3920);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	ck_assert_str_eq(next_event(&b),
			 "web: link vrrp4-5-51 with the virtual MAC was removed or set "
			 "down by somebody; put back");
	bench_done(&b);
}
END_TEST

START_TEST(a_link_that_somebody_lowers_is_raised_and_announced_again)
{
	struct bench b;

	open_as_master_with_link(&b);
	tell_link(&b, 5000, LINK, false);
	ck_assert_str_eq(actions(&b), "raise:vrrp4-5-51 ");
	raised(&b, 5001);
	ck_assert_str_eq(actions(&b), "announce:192.0.2.100 ");
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	bench_done(&b);
}
END_TEST

START_TEST(a_link_that_somebody_lowers_again_and_again_is_given_up)
{
	struct bench b;

	open_as_master_with_link(&b);
	for (int i = 0; i < LINK_LOSSES_MAX; i++) {
		ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
		tell_link(&b, 5000 + 10 * i, LINK, false);
		raised(&b, 5001 + 10 * i);
	}
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_FAULT);
	bench_done(&b);
}
END_TEST

START_TEST(a_link_that_is_raised_by_somebody_is_lowered_again)
{
	struct bench b;

	open_with_link(&b, 100);
	made(&b, 10);
	actions(&b);
	tell_link(&b, 20, LINK, true);
	ck_assert_str_eq(actions(&b), "lower:vrrp4-5-51 ");
	bench_done(&b);
}
END_TEST

START_TEST(a_link_that_cannot_be_made_is_a_fault_until_it_can)
{
	struct bench b;

	open_with_link(&b, 100);
	done(&b, 10, LINK_MAKE, EBUSY);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_FAULT);
	ck_assert_str_eq(next_event(&b), "web: INIT -> BACKUP: started (priority 100)");
	ck_assert_str_eq(next_event(&b),
			 "web: link vrrp4-5-51 with the virtual MAC cannot be made: "
			 "Device or resource busy");
	actions(&b);
	tick(&b, 109);
	ck_assert_str_eq(actions(&b), "");
	tick(&b, 110);
	ck_assert_str_eq(actions(&b), "make:vrrp4-5-51 ");
	made(&b, 120);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_BACKUP);
	bench_done(&b);
}
END_TEST

START_TEST(a_link_that_cannot_be_raised_is_released_into_fault)
{
	struct bench b;

	open_with_link(&b, 100);
	made(&b, 10);
	tick(&b, 3700);
	actions(&b);
	done(&b, 3701, LINK_RAISE, EOPNOTSUPP);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_FAULT);
	ck_assert_str_eq(actions(&b), "advert:0 save ");
	bench_done(&b);
}
END_TEST

START_TEST(a_link_of_the_name_that_is_not_ours_is_a_fault_and_left_alone)
{
	struct event ev = { .kind = EVENT_LINK, .link = { .ifindex = 9, .raised = true } };
	struct bench b;

	bench_init(&b, 100);
	b.kit.instances[0].virtual_mac = true;
	bench_make_engine(&b, LEFTOVERS);
	link_up(&b, 0);
	strcpy(ev.link.name, LINK_NAME);
	step(&b, ev, 0);
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_FAULT);
	ck_assert_str_eq(actions(&b), "save ");
	ev.link.ifindex = 0;
	step(&b, ev, 10);
	ck_assert_str_eq(actions(&b), "save make:vrrp4-5-51 ");
	bench_done(&b);
}
END_TEST

START_TEST(a_predecessors_link_is_lowered_once_more_by_a_backup)
{
	struct bench b;

	bench_init(&b, 100);
	b.kit.instances[0].virtual_mac = true;
	bench_make_engine(&b, LEFTOVERS);
	link_up(&b, 0);
	tell_link(&b, 0, LINK, false);
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	ck_assert_str_eq(actions(&b), "save lower:vrrp4-5-51 add:192.0.2.100 ");
	done(&b, 1, LINK_LOWER, 0);
	ck_assert_str_eq(actions(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(a_parent_of_another_number_has_another_link)
{
	struct bench b;

	open_with_link(&b, 100);
	made(&b, 10);
	actions(&b);
	link_named(&b, 20, "eth0", 0, false, NULL);
	/* it has gone with its parent, or its parent has only got another name */
	ck_assert_str_eq(actions(&b), "save leftover.unmake:vrrp4-5-51 ");
	link_named(&b, 30, "eth0", 1234567, true, OWN);
	ck_assert_str_eq(actions(&b), "save ");
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_FAULT);
	link_named(&b, 40, "eth0", 12345, true, OWN);
	ck_assert_str_eq(actions(&b), "save make:vrrp4-12345-51 ");
	bench_done(&b);
}
END_TEST

START_TEST(a_name_that_does_not_fit_is_none)
{
	char text[IFNAME_MAX_LEN + 3] = { 0 };

	text[IFNAME_MAX_LEN + 1] = 'x';
	ck_assert(virtual_link_name(IP_V4, 99999, 255, text));
	ck_assert_str_eq(text, "vrrp4-99999-255");
	ck_assert(!virtual_link_name(IP_V6, 100000, 255, text));
	ck_assert_str_eq(text, "");
	ck_assert_str_eq(text + IFNAME_MAX_LEN + 1, "x"); /* which is not its */
	ck_assert(virtual_link_name(IP_V6, 100000, 25, text));
	ck_assert_str_eq(text, "vrrp6-100000-25");
}
END_TEST

/* Web's address is on its link no more. */
static void address_gone(struct bench *b, int64_t ms)
{
	step(b,
	     (struct event){ .kind = EVENT_ADDRESS,
			     .address = { .ifindex = LINK,
					  .addr = ip("192.0.2.100"),
					  .prefix_len = 24,
					  .ours = true } },
	     ms);
}

START_TEST(addresses_that_the_kernel_drops_from_a_lowered_link_nobody_has_removed)
{
	struct bench b;

	open_with_link(&b, 100);
	made(&b, 10);
	actions(&b);
	for (int i = 0; i < 14; i++) {
		address_gone(&b, 3590 + i);
		ck_assert_str_eq(actions(&b), "add:192.0.2.100 ");
	}
	ck_assert_str_eq(next_event(&b), "web: INIT -> BACKUP: started (priority 100)");
	ck_assert_str_eq(next_event(&b), "");
	/* What somebody does remove then is put back as often as anything. */
	tick(&b, 3700);
	raised(&b, 3701);
	for (int i = 0; i < 11; i++)
		address_gone(&b, 3702 + i);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	address_gone(&b, 3720);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_FAULT);
	bench_done(&b);
}
END_TEST

START_TEST(what_goes_with_a_link_that_is_set_down_is_not_told_as_lost)
{
	struct bench b;

	for (int ours = 0; ours < 2; ours++) {
		open_as_master_with_link(&b);
		if (ours) {
			hear(&b, 5000, HIGHER, 200); /* set down by us, and not seen to be yet */
			tick(&b, 5100);
		} else {
			tell_link(&b, 5000, LINK, false); /* by somebody else */
		}
		address_gone(&b, 5200);
		ck_assert_uint_eq(counter(&b, COUNTER_ADDRESSES_RESTORED), 0);
		bench_done(&b);
	}
	open_as_master_with_link(&b);
	address_gone(&b, 5000);
	ck_assert_uint_eq(counter(&b, COUNTER_ADDRESSES_RESTORED), 1);
	bench_done(&b);
}
END_TEST

START_TEST(a_take_over_is_told_when_the_link_is_up)
{
	struct engine_arrival a;
	struct bench b;

	open_with_link(&b, 100);
	made(&b, 10);
	tick(&b, 3700);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	ck_assert(!engine_next_arrival(b.e, &a));
	raised(&b, 3701);
	ck_assert(engine_next_arrival(b.e, &a));
	bench_done(&b);
}
END_TEST

START_TEST(nothing_is_announced_where_nobody_would_hear_it)
{
	struct vip elsewhere = kit_vip("10.0.0.9/32");
	struct bench b;

	bench_init(&b, 100);
	b.kit.instances[0].virtual_mac = true;
	b.kit.instances[0].announce.count = 1;
	strcpy(elsewhere.dev, "eth1"); /* which is down */
	kit_add_vip(&b.kit, &b.kit.instances[0].extra, elsewhere);
	bench_make_engine(&b, LEFTOVERS);
	link_up(&b, 0);
	link_named(&b, 0, "eth1", 8, false, NULL);
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	made(&b, 10);
	tick(&b, 3700);
	raised(&b, 3701);
	tick(&b, 3701);
	ck_assert_ptr_null(strstr(actions(&b), "announce:10.0.0.9"));
	/* its own link is set down, and going, as it seems */
	tell_link(&b, 5000, LINK, false);
	done(&b, 5001, LINK_RAISE, ENODEV);
	actions(&b);
	address_gone(&b, 5002);
	ck_assert_str_eq(actions(&b), "add:192.0.2.100 ");
	bench_done(&b);
}
END_TEST

START_TEST(what_waits_on_a_link_is_not_shown_as_present)
{
	struct snapshot now;
	struct bench b;

	open_with_link(&b, 100);
	made(&b, 10);
	engine_snapshot(b.e, 0, at_ms(20), &now);
	ck_assert_uint_eq(now.addresses_present, 0);
	ck_assert(now.virtual_link_stands && !now.virtual_link_up);
	ck_assert_str_eq(now.virtual_link, LINK_NAME);
	ck_assert(mac_equal(now.virtual_mac, mac_virtual(IP_V4, 51)));
	tick(&b, 3700);
	raised(&b, 3701);
	engine_snapshot(b.e, 0, at_ms(3702), &now);
	ck_assert_uint_eq(now.addresses_present, 1);
	ck_assert(now.virtual_link_up);
	bench_done(&b);
}
END_TEST

START_TEST(an_address_on_a_link_of_ours_is_virtual_on_its_parent_too_and_no_other_is)
{
	struct bench b;
	uint32_t parent, link;

	open_as_backup_with_link(&b);
	ck_assert(engine_is_vip(b.e, "eth0", ip("192.0.2.100")));
	ck_assert(engine_is_vip(b.e, LINK_NAME, ip("192.0.2.100")));
	ck_assert(!engine_is_vip(b.e, "eth0", ip(OWN)));
	parent = engine_find_interface(b.e, "eth0");
	link = engine_find_interface(b.e, LINK_NAME);
	ck_assert(!engine_interface_is_virtual(b.e, parent));
	ck_assert(engine_interface_is_virtual(b.e, link));
	bench_done(&b);
}
END_TEST

START_TEST(nobody_is_to_know_of_an_address_only_while_its_link_is_down)
{
	struct bench b;

	open_with_link(&b, 100);
	made(&b, 10);
	ck_assert(b.last[ACTION_ADD_ADDRESS].staged);
	tick(&b, 3700);
	raised(&b, 3701);
	actions(&b);
	address_gone(&b, 5000);
	ck_assert_ptr_nonnull(strstr(actions(&b), "add:192.0.2.100 "));
	ck_assert(!b.last[ACTION_ADD_ADDRESS].staged);
	bench_done(&b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("engine_link");

	tcase_add_test(tc, a_link_is_made_at_the_start_and_its_addresses_wait_on_it);
	tcase_add_test(tc, taking_over_raises_the_link_before_a_word_is_said);
	tcase_add_test(tc, a_router_that_would_be_master_waits_for_its_link);
	tcase_add_test(tc, who_hears_a_successor_lowers_the_link_at_once);
	tcase_add_test(tc, a_master_advertises_through_its_link_and_who_has_yielded_does_not);
	tcase_add_test(tc,
		       a_release_goes_out_through_the_link_which_serves_until_a_successor_is_heard);
	tcase_add_test(tc, a_link_that_somebody_removes_is_made_and_raised_again);
	tcase_add_test(tc, a_link_that_somebody_lowers_is_raised_and_announced_again);
	tcase_add_test(tc, a_link_that_somebody_lowers_again_and_again_is_given_up);
	tcase_add_test(tc, a_link_that_is_raised_by_somebody_is_lowered_again);
	tcase_add_test(tc, a_link_that_cannot_be_made_is_a_fault_until_it_can);
	tcase_add_test(tc, a_link_that_cannot_be_raised_is_released_into_fault);
	tcase_add_test(tc, a_link_of_the_name_that_is_not_ours_is_a_fault_and_left_alone);
	tcase_add_test(tc, a_predecessors_link_is_lowered_once_more_by_a_backup);
	tcase_add_test(tc, a_parent_of_another_number_has_another_link);
	tcase_add_test(tc, a_name_that_does_not_fit_is_none);
	tcase_add_test(tc, addresses_that_the_kernel_drops_from_a_lowered_link_nobody_has_removed);
	tcase_add_test(tc, what_goes_with_a_link_that_is_set_down_is_not_told_as_lost);
	tcase_add_test(tc, a_take_over_is_told_when_the_link_is_up);
	tcase_add_test(tc, nothing_is_announced_where_nobody_would_hear_it);
	tcase_add_test(tc, what_waits_on_a_link_is_not_shown_as_present);
	tcase_add_test(tc,
		       an_address_on_a_link_of_ours_is_virtual_on_its_parent_too_and_no_other_is);
	tcase_add_test(tc, nobody_is_to_know_of_an_address_only_while_its_link_is_down);
	return run_test_case(tc, "engine_link");
}
