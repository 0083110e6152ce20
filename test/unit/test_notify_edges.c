/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The edges of telling states: which addresses are waited for, and what becomes of answers that nobody waits for.
 */
#include "agents_bench.h"

static void hook_result(struct agents *a, int64_t ms, uint32_t notifier, bool failed,
			int64_t took_us, const char *text)
{
	step(&a->b,
	     (struct event){ .kind = EVENT_HOOK_RESULT,
			     .hook = { .notifier = notifier,
				       .failed = failed,
				       .took = span_us(took_us),
				       .text = text } },
	     ms);
}

static void open_with_hook(struct agents *a)
{
	agents_init(a, 100);
	a->b.kit.instances[0].announce.count = 1;
	a->b.kit.instances[0].notify.command[HOOK_ANY] = 1;
	open_bench(&a->b, 0);
	hooks_done(a, 10, 0, false);
	actions(&a->b);
}

/* "web" and "lan", whose first hooks run. */
static void open_with_two_hooks(struct agents *a)
{
	agents_init(a, 100);
	kit_add_simple(&a->b.kit, "lan", 52, 100, "192.0.2.200/24");
	a->b.kit.instances[0].notify.command[HOOK_ANY] = 1;
	a->b.kit.instances[1].notify.command[HOOK_ANY] = 1;
	open_bench(&a->b, 0);
}

START_TEST(both_families_remember_what_was_told)
{
	struct agents a;
	struct record record;

	init_dual(&a);
	bench_make_engine(&a.b, LEFTOVERS);
	eth0_with_both_families(&a, 0);
	step(&a.b, (struct event){ .kind = EVENT_START }, 0);
	actions(&a.b);
	hooks_done(&a, 10, 0, false);
	ck_assert_str_eq(actions(&a.b), "0.save 1.save ");
	for (uint32_t i = 0; i < 2; i++) {
		engine_record(a.b.e, i, &record);
		ck_assert_int_eq(record.told, VROUTER_BACKUP);
		ck_assert_int_eq(record.group_told, VROUTER_INIT);
	}
	bench_done(&a.b);
}
END_TEST

START_TEST(the_members_of_a_group_remember_what_the_group_was_told)
{
	struct agents a;
	struct record record;

	open_group_with_hook(&a);
	run(&a.b, 10000);
	actions(&a.b);
	hooks_done(&a, 10010, 2, false);
	ck_assert_str_eq(actions(&a.b), "0.save 1.save ");
	for (uint32_t i = 0; i < 2; i++) {
		engine_record(a.b.e, i, &record);
		ck_assert_int_eq(record.group_told, VROUTER_MASTER);
		ck_assert_int_eq(record.told, VROUTER_INIT);
	}
	bench_done(&a.b);
}
END_TEST

START_TEST(each_kind_of_hook_is_a_hook)
{
	for (int i = 0; i < HOOK_COUNT; i++) {
		struct agents a;

		agents_init(&a, 100);
		a.b.kit.instances[0].notify.command[i] = 1;
		open_bench(&a.b, 0);
		ck_assert(called(&a, "hooks:0 "));
		bench_done(&a.b);
	}
}
END_TEST

START_TEST(the_hooks_of_a_master_wait_for_all_its_addresses)
{
	struct agents a;

	agents_init(&a, 100);
	kit_add_vip(&a.b.kit, &a.b.kit.instances[0].addresses[FAMILY_V4],
		    kit_vip("192.0.2.101/24"));
	a.b.kit.instances[0].notify.command[HOOK_ANY] = 1;
	open_bench(&a.b, 0);
	hooks_done(&a, 10, 0, false);
	a.b.kernel_answers = false;
	run(&a.b, 4000);
	actions(&a.b);
	answer(&a.b, 4010, ETH0, "192.0.2.101/24", true, 0);
	ck_assert(!called(&a, "hooks"));
	answer(&a.b, 4020, ETH0, "192.0.2.100/24", true, 0);
	ck_assert(called(&a, "hooks:0 "));
	bench_done(&a.b);
}
END_TEST

START_TEST(an_address_that_the_kernel_refuses_is_not_waited_for)
{
	struct agents a;

	open_with_hook(&a);
	a.b.kernel_answers = false;
	run(&a.b, 4000);
	actions(&a.b);
	answer(&a.b, 4010, ETH0, "192.0.2.100/24", true, 12);
	ck_assert(called(&a, "hooks:0 "));
	bench_done(&a.b);
}
END_TEST

START_TEST(an_address_that_is_somebody_elses_need_not_be_waited_for)
{
	struct agents a;

	open_with_hook(&a);
	a.b.kernel_answers = false;
	address_is(&a.b, 20, "192.0.2.100/24", false, true);
	run(&a.b, 4000);
	ck_assert(called(&a, "hooks:0 "));
	bench_done(&a.b);
}
END_TEST

START_TEST(the_hooks_of_a_group_wait_for_the_addresses_of_all_its_members)
{
	struct agents a;

	open_group_with_hook(&a);
	a.b.kernel_answers = false;
	run(&a.b, 4000);
	actions(&a.b);
	answer(&a.b, 4010, ETH0, "192.0.2.100/24", true, 0);
	ck_assert(!called(&a, "hooks"));
	answer(&a.b, 4020, ETH0, "192.0.2.200/24", true, 0);
	ck_assert(called(&a, "hooks:2 "));
	bench_done(&a.b);
}
END_TEST

START_TEST(a_state_that_did_not_last_is_skipped_with_its_addresses)
{
	struct agents a;

	open_with_hook(&a);
	a.b.kernel_answers = false;
	run(&a.b, 4000);
	hear(&a.b, 4100, HIGHER, 200);
	run(&a.b, 4400);
	actions(&a.b);
	answer(&a.b, 4500, ETH0, "192.0.2.100/24", true, 0);
	ck_assert(!called(&a, "hooks")); /* it has to go first */
	answer(&a.b, 4510, ETH0, "192.0.2.100/24", false, 0);
	ck_assert(called(&a, "hooks:0 "));
	ck_assert_int_eq(notice_of(&a, 0).state, VROUTER_BACKUP);
	ck_assert_int_eq(notice_of(&a, 0).previous, VROUTER_MASTER);
	bench_done(&a.b);
}
END_TEST

START_TEST(addresses_are_waited_for_again_after_each_change)
{
	struct agents a;

	open_with_hook(&a);
	run(&a.b, 10000);
	hooks_done(&a, 10010, 0, false);
	link_down(&a.b, 10020);
	hooks_done(&a, 10030, 0, false);
	link_up(&a.b, 10040);
	hooks_done(&a, 10050, 0, false);
	a.b.kernel_answers = false;
	actions(&a.b);
	run(&a.b, 20000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert(!called(&a, "hooks"));
	bench_done(&a.b);
}
END_TEST

START_TEST(an_answer_that_nobody_waits_for_changes_nothing)
{
	struct agents a;

	open_with_hook(&a);
	hooks_done(&a, 20, 0, false);
	ck_assert_str_eq(actions(&a.b), "");
	hooks_done(&a, 30, 0, true);
	ck_assert_str_eq(actions(&a.b), "");
	bench_done(&a.b);
}
END_TEST

START_TEST(hooks_that_were_lost_have_told_nothing)
{
	struct agents a;
	struct record record;

	open_with_hook(&a);
	run(&a.b, 10000);
	hooks_done(&a, 10010, 0, true);
	engine_record(a.b.e, 0, &record);
	ck_assert_int_ne(record.told, VROUTER_MASTER);
	hooks_done(&a, 10020, 0, false);
	engine_record(a.b.e, 0, &record);
	ck_assert_int_eq(record.told, VROUTER_MASTER);
	bench_done(&a.b);
}
END_TEST

START_TEST(what_was_told_is_the_state_of_the_call_and_not_of_its_end)
{
	struct agents a;
	struct record record;

	open_with_hook(&a);
	run(&a.b, 10000);
	link_down(&a.b, 10010);
	actions(&a.b);
	hooks_done(&a, 10020, 0, false);
	engine_record(a.b.e, 0, &record);
	ck_assert_int_ne(record.told, VROUTER_FAULT);
	ck_assert(called(&a, "hooks:0 "));
	bench_done(&a.b);
}
END_TEST

START_TEST(a_hook_that_went_well_is_no_failure)
{
	struct agents a;
	const struct history_event *e;

	open_with_hook(&a);
	a.b.read = engine_history(a.b.e)->next_seq;
	hook_result(&a, 20, 0, false, 12999, NULL);
	e = history_read(engine_history(a.b.e), &a.b.read, NULL);
	ck_assert_int_eq(e->kind, HISTORY_HOOK);
	ck_assert_int_eq(e->at.us, 20000);
	ck_assert_int_eq(e->wall_us, 20000);
	ck_assert_int_eq(e->code, 0);
	ck_assert_uint_eq(e->count, 12);
	ck_assert_str_eq(e->text, "");
	ck_assert_uint_eq(counter(&a.b, COUNTER_HOOKS_RUN), 1);
	ck_assert_uint_eq(counter(&a.b, COUNTER_HOOK_FAILURES), 0);
	bench_done(&a.b);
}
END_TEST

START_TEST(the_hooks_of_a_group_count_for_nobody_in_it)
{
	struct agents a;

	open_group_with_hook(&a);
	a.b.read = engine_history(a.b.e)->next_seq;
	hook_result(&a, 20, 2, true, 1000, "notify: killed");
	ck_assert_str_eq(next_event(&a.b), "edge: notify: killed (1 ms)");
	ck_assert_int_eq(engine_history(a.b.e)->events[a.b.read - 1].code, 1);
	ck_assert_uint_eq(counter(&a.b, COUNTER_HOOKS_RUN), 0);
	ck_assert_uint_eq(engine_counters(a.b.e)->value[COUNTER_HOOKS_RUN], 1);
	ck_assert_uint_eq(engine_counters(a.b.e)->value[COUNTER_HOOK_FAILURES], 1);
	bench_done(&a.b);
}
END_TEST

START_TEST(the_second_instance_has_its_own_hooks)
{
	struct agents a;

	agents_init(&a, 100);
	kit_add_simple(&a.b.kit, "lan", 52, 100, "192.0.2.200/24");
	a.b.kit.instances[1].notify.command[HOOK_ANY] = 1;
	open_bench(&a.b, 0);
	ck_assert_str_eq(actions(&a.b), "0.save 1.save hooks:1 ");
	hook_result(&a, 5, 1, true, 0, "");
	ck_assert_uint_eq(counter(&a.b, COUNTER_HOOKS_RUN), 0);
	hooks_done(&a, 10, 1, false);
	ck_assert_str_eq(actions(&a.b), "1.save ");
	bench_done(&a.b);
}
END_TEST

START_TEST(after_two_masters_the_group_is_told_again_and_who_has_no_hooks_is_not)
{
	struct agents a;

	open_group_with_hook(&a);
	run(&a.b, 10000);
	hooks_done(&a, 10010, 2, false);
	hear(&a.b, 20000, LOWER, 50);
	run(&a.b, 21000);
	actions(&a.b);
	run(&a.b, 22500);
	ck_assert(strstr(a.b.text, "hooks:2 ") != NULL);
	ck_assert(strstr(actions(&a.b), "hooks:0 ") == NULL);
	hooks_done(&a, 22600, 2, false);
	stop(&a.b, 22700);
	hooks_done(&a, 22800, 2, false);
	stop(&a.b, 22900);
	ck_assert(engine_stopped(a.b.e));
	bench_done(&a.b);
}
END_TEST

START_TEST(a_group_tells_the_reason_of_who_had_one_wherever_it_stands)
{
	struct agents a;

	for (uint32_t faulty = 0; faulty < 2; faulty++) {
		agents_init(&a, 100);
		agents_group(&a, 100);
		a.groups[0].notify.command[HOOK_ANY] = 1;
		agents_check(&a, CHECK_SCRIPT, "haproxy");
		agents_track(&a, &a.b.kit.instances[faulty].tracks, 0, 0);
		open_bench(&a.b, 0);
		result(&a, 10, 0, 0);
		ck_assert_int_eq(notice_of(&a, 2).state, VROUTER_FAULT);
		ck_assert_int_eq(notice_of(&a, 2).reason, REASON_TRACK_DOWN);
		ck_assert_str_eq(notice_of(&a, 2).cause, "script haproxy");
		bench_done(&a.b);
	}
}
END_TEST

START_TEST(after_two_masters_only_who_was_one_of_them_is_told_again)
{
	struct agents a;

	open_with_two_hooks(&a);
	for (uint32_t i = 0; i < 2; i++)
		hooks_done(&a, 10, i, false);
	run(&a.b, 10000);
	for (uint32_t i = 0; i < 2; i++)
		hooks_done(&a, 10010, i, false);
	hear(&a.b, 20000, LOWER, 50);
	actions(&a.b);
	run(&a.b, 22500);
	ck_assert_ptr_nonnull(strstr(a.b.text, "hooks:0 "));
	ck_assert_ptr_null(strstr(a.b.text, "hooks:1 "));
	ck_assert(!snapshot_of(&a, 1).hooks_pending);
	bench_done(&a.b);
}
END_TEST

START_TEST(the_fifo_hears_of_each_state_of_instances_and_groups)
{
	struct agents a;

	agents_init(&a, 100);
	agents_group(&a, 100);
	a.b.kit.s.global.notify_fifo = 1;
	a.b.kernel_answers = false;
	open_bench(&a.b, 0);
	ck_assert_str_eq(actions(&a.b), "0.save 1.save state:0 state:2 state:1 ");
	link_down(&a.b, 10);
	ck_assert_str_eq(actions(&a.b), "0.save 1.save state:0 state:2 state:1 ");
	ck_assert_int_eq(notice_of(&a, 2).state, VROUTER_FAULT);
	ck_assert_int_eq(notice_of(&a, 2).reason, REASON_LINK_DOWN);
	tick(&a.b, 20);
	ck_assert_str_eq(actions(&a.b), "");
	bench_done(&a.b);
}
END_TEST

START_TEST(a_stop_that_is_asked_again_waits_for_no_hook_of_any)
{
	struct agents a;

	open_with_two_hooks(&a);
	stop(&a.b, 20);
	actions(&a.b);
	stop(&a.b, 30);
	const char *text = actions(&a.b);

	ck_assert_ptr_nonnull(strstr(text, "hooks:0 "));
	ck_assert_ptr_nonnull(strstr(text, "hooks:1 "));
	ck_assert(engine_stopped(a.b.e));
	bench_done(&a.b);
}
END_TEST

START_TEST(the_result_of_one_hook_is_not_the_end_of_all)
{
	struct agents a;

	open_with_hook(&a);
	run(&a.b, 4000);
	ck_assert(called(&a, "hooks:0 ")); /* it is MASTER */
	step(&a.b,
	     (struct event){ .kind = EVENT_HOOK_RESULT, .hook = { .notifier = 0, .text = "it" } },
	     4010);
	stop(&a.b, 4020);
	run(&a.b, 8000);                    /* the addresses are gone */
	ck_assert(!called(&a, "hooks:0 ")); /* those of the take-over still run */
	hooks_done(&a, 8000, 0, false);
	ck_assert(called(&a, "hooks:0 "));
	bench_done(&a.b);
}
END_TEST

START_TEST(a_stop_waits_for_the_last_of_all_hooks)
{
	struct agents a;

	open_with_two_hooks(&a);
	hooks_done(&a, 10, 0, false);
	hooks_done(&a, 10, 1, false);
	stop(&a.b, 20);
	hooks_done(&a, 30, 0, false);
	ck_assert(!engine_stopped(a.b.e));
	hooks_done(&a, 40, 1, false);
	ck_assert(engine_stopped(a.b.e));
	bench_done(&a.b);
}
END_TEST

START_TEST(an_address_that_is_being_removed_is_not_there_yet_for_the_next_master)
{
	struct agents a;

	open_with_hook(&a);
	run(&a.b, 10000);
	hooks_done(&a, 10010, 0, false);
	a.b.kernel_answers = false;
	actions(&a.b);
	link_down(&a.b, 10100); /* the removal is under way from here */
	link_up(&a.b, 10200);
	run(&a.b, 20000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert(!called(&a, "hooks"));
	answer(&a.b, 20100, ETH0, "192.0.2.100/24", false, 0);
	ck_assert(!called(&a, "hooks"));
	answer(&a.b, 20200, ETH0, "192.0.2.100/24", true, 0);
	ck_assert(called(&a, "hooks:0 "));
	bench_done(&a.b);
}
END_TEST

START_TEST(the_addresses_of_all_members_are_waited_for_again)
{
	struct agents a;

	open_group_with_hook(&a);
	run(&a.b, 10000);
	hooks_done(&a, 10010, 2, false);
	link_down(&a.b, 10020);
	hooks_done(&a, 10030, 2, false);
	link_up(&a.b, 10040);
	hooks_done(&a, 10050, 2, false);
	a.b.kernel_answers = false;
	run(&a.b, 14000);
	ck_assert_int_eq(state_of(&a, 1), VROUTER_MASTER);
	actions(&a.b);
	answer(&a.b, 14010, ETH0, "192.0.2.100/24", true, 0);
	ck_assert(!called(&a, "hooks"));
	answer(&a.b, 14020, ETH0, "192.0.2.200/24", true, 0);
	ck_assert(called(&a, "hooks:2 "));
	bench_done(&a.b);
}
END_TEST

START_TEST(after_two_masters_nobody_is_told_who_has_no_hooks)
{
	struct agents a;

	for (int grouped = 0; grouped < 2; grouped++) {
		agents_init(&a, 100);
		agents_group(&a, 100);
		if (!grouped) {
			a.b.kit.instances[0].group = a.b.kit.instances[1].group = 0;
			a.b.kit.instances[1].notify.command[HOOK_ANY] = 1;
		}
		open_bench(&a.b, 0);
		hooks_done(&a, 10, 1, false);
		run(&a.b, 10000);
		hooks_done(&a, 10010, 1, false);
		hear(&a.b, 20000, LOWER, 50);
		run(&a.b, 21000);
		actions(&a.b);
		run(&a.b, 22500);
		ck_assert(!called(&a, "hooks"));
		bench_done(&a.b);
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("notify edges");

	tcase_add_test(tc, both_families_remember_what_was_told);
	tcase_add_test(tc, the_members_of_a_group_remember_what_the_group_was_told);
	tcase_add_test(tc, each_kind_of_hook_is_a_hook);
	tcase_add_test(tc, the_hooks_of_a_master_wait_for_all_its_addresses);
	tcase_add_test(tc, an_address_that_the_kernel_refuses_is_not_waited_for);
	tcase_add_test(tc, an_address_that_is_somebody_elses_need_not_be_waited_for);
	tcase_add_test(tc, the_hooks_of_a_group_wait_for_the_addresses_of_all_its_members);
	tcase_add_test(tc, a_state_that_did_not_last_is_skipped_with_its_addresses);
	tcase_add_test(tc, addresses_are_waited_for_again_after_each_change);
	tcase_add_test(tc, an_answer_that_nobody_waits_for_changes_nothing);
	tcase_add_test(tc, hooks_that_were_lost_have_told_nothing);
	tcase_add_test(tc, what_was_told_is_the_state_of_the_call_and_not_of_its_end);
	tcase_add_test(tc, a_hook_that_went_well_is_no_failure);
	tcase_add_test(tc, the_hooks_of_a_group_count_for_nobody_in_it);
	tcase_add_test(tc, the_second_instance_has_its_own_hooks);
	tcase_add_test(tc, after_two_masters_the_group_is_told_again_and_who_has_no_hooks_is_not);
	tcase_add_test(tc, a_group_tells_the_reason_of_who_had_one_wherever_it_stands);
	tcase_add_test(tc, after_two_masters_only_who_was_one_of_them_is_told_again);
	tcase_add_test(tc, the_fifo_hears_of_each_state_of_instances_and_groups);
	tcase_add_test(tc, a_stop_waits_for_the_last_of_all_hooks);
	tcase_add_test(tc, an_address_that_is_being_removed_is_not_there_yet_for_the_next_master);
	tcase_add_test(tc, the_addresses_of_all_members_are_waited_for_again);
	tcase_add_test(tc, after_two_masters_nobody_is_told_who_has_no_hooks);
	tcase_add_test(tc, a_stop_that_is_asked_again_waits_for_no_hook_of_any);
	tcase_add_test(tc, the_result_of_one_hook_is_not_the_end_of_all);
	return run_test_case(tc, "notify edges");
}
