/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many links of virtual MACs: as many at a time as a kernel is to be asked for, each waiting for itself, and those of nobody, which are removed.
 */
#include "agents_bench.h"
#include "link_bench.h"

/* ---- many ---- */

static struct bench many;
static struct instance_settings many_instances[ENGINE_LINKS_MAX + 1];

/* So many instances with a link each, VRID 1 and on. */
static void open_many(uint32_t count)
{
	bench_init(&many, 100);
	many.kit.s.instances = many_instances;
	many.kit.s.instance_count = count;
	many.kit.s.vip_count = 0;
	for (uint32_t i = 0; i < count; i++) {
		char address[IP_PREFIX_TEXT_MAX];

		many_instances[i] = kit_instance("one", (uint8_t)(i + 1), 100);
		many_instances[i].virtual_mac = true;
		snprintf(address, sizeof(address), "192.0.2.%u/24", 100 + i);
		kit_add_vip(&many.kit, &many_instances[i].addresses[FAMILY_V4], kit_vip(address));
	}
	open_bench(&many, 0);
}

static uint32_t asked_for(struct bench *b, const char *what)
{
	uint32_t count = 0;

	for (const char *at = actions(b); (at = strstr(at, what)); at++)
		count++;
	return count;
}

/* The kernel answers for link i, 0 and on, which has the index LINK + i from then on. */
static void many_done(int64_t ms, int i, enum link_op op, int error)
{
	struct event_link link = link_standing();

	ck_assert(virtual_link_name(IP_V4, ETH0, (uint8_t)(i + 1), link.name));
	link.ifindex = op == LINK_REMOVE ? 0 : LINK + i;
	link.up = link.raised = op == LINK_RAISE;
	link.mac = mac_virtual(IP_V4, (uint8_t)(i + 1));
	if (error == 0)
		tell(&many, ms, link);
	link_done(&many, ms, link.name, op, error);
}

START_TEST(eight_links_are_made_at_a_time_and_each_answer_lets_one_more)
{
	open_many(17);
	ck_assert_uint_eq(asked_for(&many, ".make:"), 8);
	many_done(1, 0, LINK_MAKE, 0);
	ck_assert_uint_eq(asked_for(&many, ".make:"), 1);
	/* what nobody has asked for is no answer */
	for (int i = 1; i < 17; i++)
		many_done(2, i, LINK_MAKE, 0);
	ck_assert_uint_eq(asked_for(&many, ".make:"), 8);
	link_done(&many, 3, "vrrp4-5-1", LINK_MAKE, 0);
	/* and all can be under way again as before */
	link_named(&many, 10, "eth0", 0, false, NULL);
	actions(&many);
	for (int i = 0; i < 17; i++)
		link_done(&many, 11, "vrrp4-5-1", LINK_REMOVE, 0);
	actions(&many);
	link_named(&many, 20, "eth0", ETH0, true, OWN);
	ck_assert_uint_eq(asked_for(&many, ".make:"), 8);
	bench_done(&many);
}
END_TEST

START_TEST(eight_links_of_nobody_are_removed_at_a_time)
{
	uint32_t removed;

	open_many(9);
	for (int i = 0; i < 9; i++)
		many_done(1, i, LINK_MAKE, 0);
	actions(&many);
	link_named(&many, 10, "eth0", 0, false, NULL);
	ck_assert_uint_eq(asked_for(&many, "unmake:"), 8);
	many_done(11, 3, LINK_REMOVE, 0);
	removed = asked_for(&many, "unmake:vrrp4-5-9");
	ck_assert_uint_eq(removed, 1);
	bench_done(&many);
}
END_TEST

START_TEST(as_many_links_are_raised_at_a_time_as_there_is_room_for)
{
	open_many(ENGINE_LINKS_MAX + 1);
	for (int i = 0; i <= ENGINE_LINKS_MAX; i++)
		many_done(1, i, LINK_MAKE, 0);
	actions(&many);
	tick(&many, 3700);
	ck_assert_uint_eq(asked_for(&many, "raise:"), ENGINE_LINKS_MAX);
	many_done(3701, 0, LINK_RAISE, 0);
	ck_assert_uint_eq(asked_for(&many, "raise:"), 1);
	bench_done(&many);
}
END_TEST

START_TEST(what_is_told_again_before_its_turn_is_no_loss)
{
	open_many(ENGINE_LINKS_MAX + 1);
	for (int i = 0; i <= ENGINE_LINKS_MAX; i++)
		many_done(1, i, LINK_MAKE, 0);
	tick(&many, 3700);
	forget_events(&many);
	/* the last one is still down: it has to wait */
	many_done(3701, ENGINE_LINKS_MAX, LINK_LOWER, 0);
	for (int i = 0; i <= ENGINE_LINKS_MAX; i++)
		many_done(3702, i, LINK_RAISE, 0);
	ck_assert_str_eq(next_event(&many), "");
	bench_done(&many);
}
END_TEST

START_TEST(each_link_waits_for_itself)
{
	open_many(3);
	actions(&many);
	many_done(0, 0, LINK_MAKE, EBUSY);
	many_done(60, 1, LINK_MAKE, EBUSY);
	many_done(60, 2, LINK_MAKE, 0);
	actions(&many);
	ck_assert_int_eq(engine_deadline(many.e).us, 100000);
	run(&many, 100);
	ck_assert_str_eq(actions(&many), "0.make:vrrp4-5-1 ");
	ck_assert_int_eq(engine_deadline(many.e).us, 160000);
	run(&many, 160);
	ck_assert_str_eq(actions(&many), "1.make:vrrp4-5-2 ");
	bench_done(&many);
}
END_TEST

START_TEST(who_stops_waits_for_the_last_link)
{
	open_many(2);
	many_done(1, 0, LINK_MAKE, 0);
	many_done(1, 1, LINK_MAKE, 0);
	stop(&many, 10);
	ck_assert(!engine_stopped(many.e));
	many_done(11, 0, LINK_REMOVE, 0);
	ck_assert(!engine_stopped(many.e));
	many_done(11, 1, LINK_REMOVE, 0);
	ck_assert(engine_stopped(many.e));
	bench_done(&many);
}
END_TEST

/* ---- links of nobody ---- */

START_TEST(a_link_of_nobody_is_removed_when_its_time_has_come_and_until_it_can_be)
{
	struct bench b;

	bench_init(&b, 100);
	bench_make_engine(&b, 2);
	link_up(&b, 0);
	ck_assert_int_eq(engine_stray_link(b.e, 80, "vrrp4-5-80", INSTANT_NEVER), 0);
	ck_assert_int_eq(engine_stray_link(b.e, 81, "vrrp4-5-81", at_ms(500)), 0);
	ck_assert_int_eq(engine_stray_link(b.e, 82, "vrrp4-5-82", INSTANT_NEVER), -ENOSPC);
	tick(&b, 0);
	ck_assert_str_eq(actions(&b), "");
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	ck_assert_str_eq(actions(&b), "save leftover.unmake:vrrp4-5-80 ");
	ck_assert_int_eq(b.last[ACTION_LINK].ifindex, 80);
	link_done(&b, 10, "vrrp4-5-80", LINK_REMOVE, EBUSY);
	run(&b, 109);
	ck_assert_str_eq(actions(&b), "");
	run(&b, 110);
	ck_assert_str_eq(actions(&b), "leftover.unmake:vrrp4-5-80 ");
	run(&b, 499);
	ck_assert_str_eq(actions(&b), "");
	run(&b, 500);
	ck_assert_str_eq(actions(&b), "leftover.unmake:vrrp4-5-81 ");
	/* each answer is for one of them */
	stop(&b, 510);
	actions(&b);
	link_done(&b, 520, _i == 0 ? "vrrp4-5-80" : "vrrp4-5-81", LINK_REMOVE, 0);
	ck_assert(!engine_stopped(b.e));
	link_done(&b, 520, _i == 0 ? "vrrp4-5-81" : "vrrp4-5-80", LINK_REMOVE, 0);
	ck_assert(engine_stopped(b.e));
	ck_assert_str_eq(actions(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(what_is_answered_to_others_is_no_answer_to_a_removal)
{
	struct bench b;

	open_as_backup_with_link(&b);
	tell_link(&b, 20, 0, false);
	ck_assert_str_eq(actions(&b), "make:vrrp4-5-51 leftover.unmake:vrrp4-5-51 ");
	done(&b, 30, LINK_MAKE, EBUSY);
	stop(&b, 40);
	ck_assert(!engine_stopped(b.e));
	done(&b, 50, LINK_REMOVE, 0);
	ck_assert(engine_stopped(b.e));
	bench_done(&b);
}
END_TEST

START_TEST(a_link_of_nobody_that_cannot_be_removed_holds_up_a_stop_three_times)
{
	struct bench b;

	bench_init(&b, 100);
	open_bench(&b, 0);
	ck_assert_int_eq(engine_stray_link(b.e, 80, "vrrp4-5-80", INSTANT_NEVER), 0);
	stop(&b, 10);
	for (int i = 0; i < 3; i++) {
		ck_assert(!engine_stopped(b.e));
		link_done(&b, 10000 * (i + 1), "vrrp4-5-80", LINK_REMOVE, EBUSY);
		run(&b, 10000 * (i + 1) + 5000);
	}
	ck_assert(engine_stopped(b.e));
	bench_done(&b);
}
END_TEST

START_TEST(the_place_of_a_link_that_is_gone_is_used_again)
{
	struct bench b;

	bench_init(&b, 100);
	bench_make_engine(&b, 2);
	link_up(&b, 0);
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	/* the first one or the last */
	if (_i == 1)
		ck_assert_int_eq(engine_stray_link(b.e, 81, "vrrp4-5-81", at_ms(5000)), 0);
	ck_assert_int_eq(engine_stray_link(b.e, 80, "vrrp4-5-80", INSTANT_NEVER), 0);
	if (_i == 0)
		ck_assert_int_eq(engine_stray_link(b.e, 81, "vrrp4-5-81", at_ms(5000)), 0);
	for (int i = 0; i < 3; i++) {
		actions(&b);
		tick(&b, 10 * i);
		ck_assert_str_eq(actions(&b), "leftover.unmake:vrrp4-5-80 ");
		ck_assert_int_eq(engine_stray_link(b.e, 82, "vrrp4-5-82", INSTANT_NEVER), -ENOSPC);
		link_done(&b, 10 * i, "vrrp4-5-80", LINK_REMOVE, 0);
		ck_assert_int_eq(engine_stray_link(b.e, 80, "vrrp4-5-80", INSTANT_NEVER), 0);
	}
	actions(&b);
	tick(&b, 5000);
	ck_assert_uint_eq(asked_for(&b, "leftover.unmake:"), 2);
	bench_done(&b);
}
END_TEST

/* ---- who waits for addresses that were on their way ---- */

START_TEST(hooks_do_not_wait_for_an_address_whose_interface_has_gone)
{
	struct agents a;

	agents_init(&a, 255);
	a.b.kit.instances[0].notify.command[HOOK_MASTER] = 1;
	snprintf(a.b.kit.vips[0].dev, sizeof(a.b.kit.vips[0].dev), "eth1");
	a.b.kernel_answers = false;
	bench_make_engine(&a.b, LEFTOVERS);
	link_up(&a.b, 0);
	link_named(&a.b, 0, "eth1", 6, true, NULL);
	step(&a.b, (struct event){ .kind = EVENT_START }, 0);
	ck_assert_str_eq(actions(&a.b), "advert:255 save add:192.0.2.100 ");
	link_named(&a.b, 10, "eth1", 0, false, NULL);
	ck_assert_str_eq(actions(&a.b), "hooks:0 ");
	bench_done(&a.b);
}
END_TEST

/* web has hooks, which have been called for BACKUP, and its link. */
static void open_with_link_and_hook(struct agents *a)
{
	agents_init(a, 100);
	a->b.kit.instances[0].virtual_mac = true;
	a->b.kit.instances[0].notify.command[HOOK_ANY] = 1;
	open_bench(&a->b, 0);
	made(&a->b, 10);
	hooks_done(a, 20, 0, false);
	actions(&a->b);
}

START_TEST(hooks_of_the_master_wait_until_the_kernel_has_answered_for_its_link)
{
	struct agents a;

	open_with_link_and_hook(&a);
	tick(&a.b, 3700);
	tell_link(&a.b, 3701, LINK, true);
	ck_assert_ptr_null(strstr(actions(&a.b), "hooks"));
	done(&a.b, 3702, LINK_RAISE, 0);
	ck_assert_ptr_nonnull(strstr(actions(&a.b), "hooks:0 "));
	bench_done(&a.b);
}
END_TEST

START_TEST(hooks_do_not_wait_for_a_link_that_has_gone)
{
	struct agents a;

	open_with_link_and_hook(&a);
	tick(&a.b, 3700);
	tell_link(&a.b, 3701, 0, false); /* somebody removes it just then */
	ck_assert_ptr_null(strstr(actions(&a.b), "hooks"));
	done(&a.b, 3702, LINK_RAISE, ENODEV);
	ck_assert_int_eq(engine_state(a.b.e, 0), VROUTER_MASTER);
	ck_assert_ptr_nonnull(strstr(actions(&a.b), "hooks:0 "));
	bench_done(&a.b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("engine_links");

	tcase_add_test(tc, eight_links_are_made_at_a_time_and_each_answer_lets_one_more);
	tcase_add_test(tc, eight_links_of_nobody_are_removed_at_a_time);
	tcase_add_test(tc, as_many_links_are_raised_at_a_time_as_there_is_room_for);
	tcase_add_test(tc, what_is_told_again_before_its_turn_is_no_loss);
	tcase_add_test(tc, each_link_waits_for_itself);
	tcase_add_test(tc, who_stops_waits_for_the_last_link);
	tcase_add_loop_test(
		tc, a_link_of_nobody_is_removed_when_its_time_has_come_and_until_it_can_be, 0, 2);
	tcase_add_test(tc, what_is_answered_to_others_is_no_answer_to_a_removal);
	tcase_add_test(tc, a_link_of_nobody_that_cannot_be_removed_holds_up_a_stop_three_times);
	tcase_add_loop_test(tc, the_place_of_a_link_that_is_gone_is_used_again, 0, 2);
	tcase_add_test(tc, hooks_do_not_wait_for_an_address_whose_interface_has_gone);
	tcase_add_test(tc, hooks_of_the_master_wait_until_the_kernel_has_answered_for_its_link);
	tcase_add_test(tc, hooks_do_not_wait_for_a_link_that_has_gone);
	return run_test_case(tc, "engine_links");
}
