/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When hooks are called: in order, one at a time, with the addresses where the state wants them, and the last state always.
 */
#include "agents_bench.h"

static void open_with_hook(struct agents *a)
{
	agents_init(a, 100);
	a->b.kit.instances[0].announce.count = 1;
	a->b.kit.instances[0].notify.command[HOOK_ANY] = 1;
	open_bench(&a->b, 0);
}

START_TEST(the_first_state_is_told)
{
	struct agents a;

	open_with_hook(&a);
	ck_assert_str_eq(actions(&a.b), "save hooks:0 ");
	ck_assert_int_eq(notice_of(&a, 0).state, VROUTER_BACKUP);
	ck_assert_int_eq(notice_of(&a, 0).previous, VROUTER_INIT);
	ck_assert_str_eq(notice_of(&a, 0).name, "web");
	bench_done(&a.b);
}
END_TEST

START_TEST(who_has_no_hooks_calls_none)
{
	struct agents a;

	agents_init(&a, 100);
	open_bench(&a.b, 0);
	run(&a.b, 10000);
	ck_assert_ptr_null(strstr(actions(&a.b), "hooks"));
	bench_done(&a.b);
}
END_TEST

START_TEST(the_hooks_of_a_master_wait_for_its_addresses)
{
	struct agents a;

	open_with_hook(&a);
	hooks_done(&a, 10, 0, false);
	a.b.kernel_answers = false;
	actions(&a.b);
	run(&a.b, 4000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_ptr_null(strstr(actions(&a.b), "hooks"));
	answer(&a.b, 4010, ETH0, "192.0.2.100/24", true, 0);
	ck_assert_str_eq(actions(&a.b), "save announce:192.0.2.100 hooks:0 ");
	bench_done(&a.b);
}
END_TEST

START_TEST(the_hooks_of_a_backup_wait_until_the_addresses_are_gone)
{
	struct agents a;

	open_with_hook(&a);
	hooks_done(&a, 10, 0, false);
	run(&a.b, 4000);
	hooks_done(&a, 4010, 0, false);
	run(&a.b, 20000);
	actions(&a.b);
	hear(&a.b, 20100, HIGHER, 200);
	ck_assert_ptr_null(strstr(actions(&a.b), "hooks")); /* lingers */
	run(&a.b, 20300);
	ck_assert_str_eq(actions(&a.b), "remove:192.0.2.100 save hooks:0 ");
	bench_done(&a.b);
}
END_TEST

START_TEST(never_two_at_once_and_the_last_state_always)
{
	struct agents a;

	open_with_hook(&a);
	actions(&a.b);
	/* The hook of the start still runs while the link flaps and the router becomes master. */
	link_down(&a.b, 100);
	link_up(&a.b, 200);
	run(&a.b, 10000);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_ptr_null(strstr(actions(&a.b), "hooks"));
	hooks_done(&a, 10100, 0, false);
	ck_assert_str_eq(actions(&a.b), "save hooks:0 ");
	ck_assert_int_eq(notice_of(&a, 0).state, VROUTER_MASTER);
	hooks_done(&a, 10200, 0, false);
	ck_assert_str_eq(actions(&a.b), "save ");
	bench_done(&a.b);
}
END_TEST

START_TEST(hooks_of_which_nobody_knows_whether_they_ran_are_called_again)
{
	struct agents a;

	open_with_hook(&a);
	actions(&a.b);
	hooks_done(&a, 10, 0, true);
	ck_assert_ptr_nonnull(strstr(actions(&a.b), "hooks:0 "));
	bench_done(&a.b);
}
END_TEST

START_TEST(a_stop_waits_for_its_hooks_unless_it_is_asked_again)
{
	struct agents a;

	open_with_hook(&a);
	hooks_done(&a, 10, 0, false);
	actions(&a.b);
	stop(&a.b, 100);
	ck_assert_str_eq(actions(&a.b), "save hooks:0 ");
	ck_assert_int_eq(notice_of(&a, 0).state, VROUTER_INIT);
	ck_assert(!engine_stopped(a.b.e));
	hooks_done(&a, 200, 0, false);
	actions(&a.b);
	ck_assert(engine_stopped(a.b.e));
	bench_done(&a.b);

	open_with_hook(&a);
	stop(&a.b, 100); /* the first one still runs */
	ck_assert(!engine_stopped(a.b.e));
	actions(&a.b);
	stop(&a.b, 200);
	ck_assert_ptr_nonnull(strstr(actions(&a.b), "hooks:0 "));
	ck_assert(engine_stopped(a.b.e));
	bench_done(&a.b);
}
END_TEST

START_TEST(a_group_has_hooks_of_its_own)
{
	struct agents a;

	agents_init(&a, 100);
	agents_group(&a, 100);
	a.groups[0].notify.command[HOOK_MASTER] = 1;
	open_bench(&a.b, 0);
	hooks_done(&a, 10, 2, false);
	actions(&a.b);
	run(&a.b, 10000);
	ck_assert_ptr_nonnull(strstr(actions(&a.b), "hooks:2 "));
	ck_assert(notice_of(&a, 2).is_group);
	ck_assert_str_eq(notice_of(&a, 2).name, "edge");
	ck_assert_int_eq(notice_of(&a, 2).state, VROUTER_MASTER);
	bench_done(&a.b);
}
END_TEST

START_TEST(the_fifo_is_told_at_once)
{
	struct agents a;

	agents_init(&a, 100);
	a.b.kit.s.global.notify_fifo = 1;
	a.b.kernel_answers = false;
	open_bench(&a.b, 0);
	ck_assert_str_eq(actions(&a.b), "save state:0 ");
	run(&a.b, 4000);
	ck_assert_ptr_nonnull(strstr(actions(&a.b), "state:0 "));
	bench_done(&a.b);
}
END_TEST

START_TEST(a_successor_neither_repeats_nor_forgets_what_was_told)
{
	struct agents a, b;
	struct record record;

	for (int told = 0; told < 2; told++) {
		open_with_hook(&a);
		hooks_done(&a, 10, 0, false);
		run(&a.b, 10000);
		if (told)
			hooks_done(&a, 10010, 0, false);
		engine_record(a.b.e, 0, &record);
		bench_done(&a.b);
		agents_init(&b, 100);
		b.b.kit.instances[0].notify.command[HOOK_ANY] = 1;
		bench_make_engine(&b.b, LEFTOVERS);
		engine_restore(b.b.e, &record, at_ms(10100));
		link_up(&b.b, 10100);
		address_is(&b.b, 10100, "192.0.2.100/24", true, true);
		step(&b.b, (struct event){ .kind = EVENT_START }, 10100);
		ck_assert_int_eq(state_of(&b, 0), VROUTER_MASTER);
		ck_assert_int_eq(strstr(actions(&b.b), "hooks") == NULL, told);
		bench_done(&b.b);
	}
}
END_TEST

START_TEST(while_hooks_run_nothing_counts_as_told)
{
	struct agents a;
	struct record record;

	open_with_hook(&a);
	hooks_done(&a, 10, 0, false);
	run(&a.b, 4000);
	hooks_done(&a, 4010, 0, false);
	engine_record(a.b.e, 0, &record);
	ck_assert_int_eq(record.told, VROUTER_MASTER);
	hear(&a.b, 5000, HIGHER, 200);
	run(&a.b, 10000);
	actions(&a.b);
	/* master again, but those of BACKUP run: if this process dies, they are the last that were called */
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	engine_record(a.b.e, 0, &record);
	ck_assert_int_eq(record.told, VROUTER_INIT);
	bench_done(&a.b);
}
END_TEST

START_TEST(what_a_hook_did_is_counted_and_told)
{
	struct agents a;

	open_with_hook(&a);
	a.b.read = engine_history(a.b.e)->next_seq;
	step(&a.b,
	     (struct event){ .kind = EVENT_HOOK_RESULT,
			     .hook = { .failed = true,
				       .took = span_ms(12),
				       .text = "notify: exit status 3" } },
	     10);
	ck_assert_str_eq(next_event(&a.b), "web: notify: exit status 3 (12 ms)");
	ck_assert_uint_eq(counter(&a.b, COUNTER_HOOKS_RUN), 1);
	ck_assert_uint_eq(counter(&a.b, COUNTER_HOOK_FAILURES), 1);
	bench_done(&a.b);
}
END_TEST

START_TEST(when_two_masters_are_one_again_the_hooks_are_called_again)
{
	struct agents a;

	open_with_hook(&a);
	hooks_done(&a, 10, 0, false);
	run(&a.b, 10000);
	hooks_done(&a, 10010, 0, false);
	hear(&a.b, 20000, LOWER, 50);
	run(&a.b, 21000);
	actions(&a.b);
	run(&a.b, 22500);
	ck_assert_ptr_nonnull(strstr(actions(&a.b), "hooks:0 "));
	ck_assert_int_eq(notice_of(&a, 0).state, VROUTER_MASTER);
	bench_done(&a.b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("notify");

	tcase_add_test(tc, the_first_state_is_told);
	tcase_add_test(tc, who_has_no_hooks_calls_none);
	tcase_add_test(tc, the_hooks_of_a_master_wait_for_its_addresses);
	tcase_add_test(tc, the_hooks_of_a_backup_wait_until_the_addresses_are_gone);
	tcase_add_test(tc, never_two_at_once_and_the_last_state_always);
	tcase_add_test(tc, hooks_of_which_nobody_knows_whether_they_ran_are_called_again);
	tcase_add_test(tc, a_stop_waits_for_its_hooks_unless_it_is_asked_again);
	tcase_add_test(tc, a_group_has_hooks_of_its_own);
	tcase_add_test(tc, the_fifo_is_told_at_once);
	tcase_add_test(tc, a_successor_neither_repeats_nor_forgets_what_was_told);
	tcase_add_test(tc, while_hooks_run_nothing_counts_as_told);
	tcase_add_test(tc, what_a_hook_did_is_counted_and_told);
	tcase_add_test(tc, when_two_masters_are_one_again_the_hooks_are_called_again);
	return run_test_case(tc, "notify");
}
