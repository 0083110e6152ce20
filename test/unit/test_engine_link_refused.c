/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The link of a virtual MAC where the kernel refuses: how long is waited, what that means for who is or would be MASTER, and what ends it.
 */
#include "link_bench.h"

START_TEST(a_kernel_that_refuses_is_asked_again_four_times_as_late_until_a_minute)
{
	static const int64_t pauses_ms[] = { 100, 400, 1600, 6400, 25600, 60000, 60000 };
	struct bench b;
	int64_t ms = 10;

	for (uint8_t i = 0; i < 7; i++)
		ck_assert_int_eq(virtual_link_pause(i + 1).us, pauses_ms[i] * 1000);
	open_with_link(&b, 100);
	actions(&b);
	for (int i = 0; i < 300; i++) {
		done(&b, ms, LINK_MAKE, EBUSY);
		ms += i < 7 ? pauses_ms[i] : 60000;
		tick(&b, ms - 1);
		ck_assert_str_eq(actions(&b), i == 0 ? "save " : "");
		tick(&b, ms);
		ck_assert_str_eq(actions(&b), "make:vrrp4-5-51 ");
	}
	bench_done(&b);
}
END_TEST

START_TEST(what_fails_because_the_link_is_gone_is_no_failure)
{
	struct bench b;

	open_as_backup_with_link(&b);
	tick(&b, 3700);
	forget_events(&b);
	done(&b, 3701, LINK_RAISE, ENODEV);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	ck_assert_str_eq(next_event(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(a_master_whose_link_cannot_be_made_again_is_back_as_soon_as_it_can)
{
	struct bench b;

	open_as_master_with_link(&b);
	run(&b, 4999);
	forget_events(&b);
	tell_link(&b, 5000, 0, false);
	done(&b, 5001, LINK_MAKE, EBUSY);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_FAULT);
	ck_assert_str_eq(next_event(&b),
			 "web: link vrrp4-5-51 with the virtual MAC cannot be made: "
			 "Device or resource busy");
	ck_assert_str_eq(next_event(&b),
			 "web: MASTER -> FAULT: the link with the virtual MAC cannot be made or "
			 "raised (priority 100)");
	tick(&b, 5101);
	made(&b, 5102);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_BACKUP);
	bench_done(&b);
}
END_TEST

START_TEST(a_link_that_could_not_be_lowered_is_none_the_worse_for_a_master)
{
	struct bench b;

	open_as_master_with_link(&b);
	hear(&b, 4000, HIGHER, 200);
	tick(&b, 4000);
	ck_assert_str_eq(actions(&b), "advert:100 save lower:vrrp4-5-51 ");
	hear(&b, 4001, HIGHER, 0);
	run(&b, 5000);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	forget_events(&b);
	done(&b, 5001, LINK_LOWER, EBUSY);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	ck_assert_str_eq(next_event(&b),
			 "web: link vrrp4-5-51 with the virtual MAC cannot be changed: "
			 "Device or resource busy");
	ck_assert_str_eq(next_event(&b), "");
	bench_done(&b);
}
END_TEST

/* A backup whose link was raised by somebody and cannot be lowered: once, at that time. */
static void refuse_to_lower(struct bench *b, int64_t ms)
{
	tell_link(b, ms, LINK, true);
	done(b, ms, LINK_LOWER, EBUSY);
	actions(b);
}

START_TEST(what_has_succeeded_begins_its_waiting_anew)
{
	struct bench b;

	open_as_backup_with_link(&b);
	refuse_to_lower(&b, 100);
	tick(&b, 200);
	lowered(&b, 201);
	refuse_to_lower(&b, 300);
	tick(&b, 399);
	ck_assert_str_eq(actions(&b), "");
	tick(&b, 400);
	ck_assert_str_eq(actions(&b), "lower:vrrp4-5-51 ");
	bench_done(&b);
}
END_TEST

/* Who was MASTER and has heard a better one; at 4001 ms the kernel has refused to lower its link. */
static void open_with_link_that_stays_up(struct bench *b)
{
	open_as_master_with_link(b);
	hear(b, 4000, HIGHER, 200);
	tick(b, 4000);
	actions(b);
	done(b, 4001, LINK_LOWER, EBUSY);
	ck_assert_str_eq(actions(b), "remove:192.0.2.100 ");
}

START_TEST(a_link_that_cannot_be_lowered_loses_its_addresses_until_it_can)
{
	struct bench b;

	open_with_link_that_stays_up(&b);
	tick(&b, 4101);
	ck_assert_str_eq(actions(&b), "lower:vrrp4-5-51 ");
	lowered(&b, 4102);
	ck_assert_str_eq(actions(&b), "add:192.0.2.100 ");
	bench_done(&b);
}
END_TEST

START_TEST(all_its_addresses_leave_a_link_that_cannot_be_lowered)
{
	struct bench b;

	bench_init(&b, 100);
	b.kit.instances[0].virtual_mac = true;
	kit_add_vip(&b.kit, &b.kit.instances[0].addresses[FAMILY_V4], kit_vip("192.0.2.101/24"));
	bench_make_engine(&b, LEFTOVERS);
	link_up(&b, 0);
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	made(&b, 10);
	tell_link(&b, 100, LINK, true);
	actions(&b);
	done(&b, 100, LINK_LOWER, EBUSY);
	ck_assert_str_eq(actions(&b), "remove:192.0.2.100 remove:192.0.2.101 ");
	bench_done(&b);
}
END_TEST

START_TEST(a_link_that_is_up_although_raising_it_failed_keeps_its_addresses)
{
	struct bench b;

	open_with_link(&b, 100);
	made(&b, 10);
	tick(&b, 3700);
	actions(&b);
	tell_link(&b, 3701, LINK, true);
	done(&b, 3701, LINK_RAISE, EBUSY);
	ck_assert_ptr_null(strstr(actions(&b), "remove"));
	bench_done(&b);
}
END_TEST

START_TEST(a_master_has_its_addresses_on_a_link_that_could_not_be_lowered)
{
	struct bench b;

	open_with_link_that_stays_up(&b);
	hear(&b, 4010, HIGHER, 0);
	tick(&b, 4101);
	done(&b, 4102, LINK_LOWER, EBUSY);
	ck_assert_str_eq(actions(&b), "lower:vrrp4-5-51 ");
	tick(&b, 4502);
	done(&b, 4503, LINK_LOWER, EBUSY);
	ck_assert_str_eq(actions(&b), "lower:vrrp4-5-51 ");
	run(&b, 5000);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	ck_assert_str_eq(actions(&b), "advert:100 save add:192.0.2.100 announce:192.0.2.100 ");
	bench_done(&b);
}
END_TEST

START_TEST(a_link_that_comes_again_is_another_one_that_nobody_has_refused)
{
	struct bench b;

	open_as_backup_with_link(&b);
	refuse_to_lower(&b, 100);
	tell_link(&b, 110, 0, false);
	ck_assert_str_eq(actions(&b), "make:vrrp4-5-51 leftover.unmake:vrrp4-5-51 ");
	done(&b, 120, LINK_MAKE, EBUSY);
	actions(&b);
	tick(&b, 219);
	ck_assert_str_eq(actions(&b), "");
	tick(&b, 220);
	ck_assert_str_eq(actions(&b), "make:vrrp4-5-51 ");
	bench_done(&b);
}
END_TEST

START_TEST(a_stop_does_not_wait_for_what_a_kernel_has_refused)
{
	struct bench b;

	open_as_backup_with_link(&b);
	refuse_to_lower(&b, 100);
	stop(&b, 110);
	ck_assert_str_eq(actions(&b), "save unmake:vrrp4-5-51 ");
	bench_done(&b);
}
END_TEST

START_TEST(a_stop_waits_for_a_link_that_is_being_made)
{
	struct bench b;

	open_with_link(&b, 100);
	actions(&b);
	stop(&b, 10);
	ck_assert_str_eq(actions(&b), "save ");
	ck_assert(!engine_stopped(b.e));
	made(&b, 20);
	ck_assert_str_eq(actions(&b), "unmake:vrrp4-5-51 add:192.0.2.100 ");
	tell_link(&b, 21, 0, false);
	ck_assert(!engine_stopped(b.e));
	done(&b, 21, LINK_REMOVE, 0);
	ck_assert(engine_stopped(b.e));
	bench_done(&b);
}
END_TEST

START_TEST(a_link_that_was_made_after_all_and_removed_then_is_no_fault)
{
	struct bench b;

	open_with_link(&b, 100);
	done(&b, 10, LINK_MAKE, EBUSY);
	tick(&b, 110);
	made(&b, 120);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_BACKUP);
	tell_link(&b, 130, 0, false);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_BACKUP);
	bench_done(&b);
}
END_TEST

/* By then MASTER again, and the kernel refuses to raise the link. */
static void refuse_to_raise(struct bench *b, int64_t ms)
{
	run(b, ms);
	ck_assert_int_eq(engine_state(b->e, 0), VROUTER_MASTER);
	done(b, ms, LINK_RAISE, EBUSY);
	ck_assert_int_eq(engine_state(b->e, 0), VROUTER_FAULT);
}

static void must_fault_for(struct bench *b, int64_t from_ms, int64_t seconds)
{
	run(b, from_ms + 1000 * seconds - 1);
	ck_assert_int_eq(engine_state(b->e, 0), VROUTER_FAULT);
	run(b, from_ms + 1000 * seconds);
	ck_assert_int_eq(engine_state(b->e, 0), VROUTER_BACKUP);
}

START_TEST(a_link_that_rose_in_between_makes_the_next_fault_a_first_one)
{
	struct bench b;

	open_as_backup_with_link(&b);
	refuse_to_raise(&b, 4000);
	must_fault_for(&b, 4000, 10);
	refuse_to_raise(&b, 18000);
	must_fault_for(&b, 18000, 20);
	run(&b, 42000);
	raised(&b, 42000);
	tell_link(&b, 42010, LINK, false);
	refuse_to_raise(&b, 42011);
	must_fault_for(&b, 42011, 10);
	bench_done(&b);
}
END_TEST

START_TEST(lowering_it_makes_no_fault_a_first_one)
{
	struct bench b;

	open_as_backup_with_link(&b);
	refuse_to_raise(&b, 4000);
	must_fault_for(&b, 4000, 10);
	tell_link(&b, 15000, LINK, true);
	lowered(&b, 15001);
	refuse_to_raise(&b, 18000);
	must_fault_for(&b, 18000, 20);
	bench_done(&b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("engine_link_refused");

	tcase_add_test(tc, a_kernel_that_refuses_is_asked_again_four_times_as_late_until_a_minute);
	tcase_add_test(tc, what_fails_because_the_link_is_gone_is_no_failure);
	tcase_add_test(tc, a_master_whose_link_cannot_be_made_again_is_back_as_soon_as_it_can);
	tcase_add_test(tc, a_link_that_could_not_be_lowered_is_none_the_worse_for_a_master);
	tcase_add_test(tc, what_has_succeeded_begins_its_waiting_anew);
	tcase_add_test(tc, a_link_that_cannot_be_lowered_loses_its_addresses_until_it_can);
	tcase_add_test(tc, all_its_addresses_leave_a_link_that_cannot_be_lowered);
	tcase_add_test(tc, a_link_that_is_up_although_raising_it_failed_keeps_its_addresses);
	tcase_add_test(tc, a_master_has_its_addresses_on_a_link_that_could_not_be_lowered);
	tcase_add_test(tc, a_link_that_comes_again_is_another_one_that_nobody_has_refused);
	tcase_add_test(tc, a_stop_does_not_wait_for_what_a_kernel_has_refused);
	tcase_add_test(tc, a_stop_waits_for_a_link_that_is_being_made);
	tcase_add_test(tc, a_link_that_was_made_after_all_and_removed_then_is_no_fault);
	tcase_add_test(tc, a_link_that_rose_in_between_makes_the_next_fault_a_first_one);
	tcase_add_test(tc, lowering_it_makes_no_fault_a_first_one);
	return run_test_case(tc, "engine_link_refused");
}
