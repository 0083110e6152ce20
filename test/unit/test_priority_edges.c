/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The edges of what tracked things do: who is weighed and who is not, what is named, where numbers are cut, and what is told of it.
 */
#include "agents_bench.h"

static int64_t adds_of(struct agents *a, uint32_t vrouter, uint32_t i)
{
	struct snapshot_track t;

	engine_snapshot_track(a->b.e, vrouter, i, &t);
	return t.adds;
}

static void forget_events(struct agents *a)
{
	a->b.read = engine_history(a->b.e)->next_seq;
}

static void result_why(struct agents *a, int64_t ms, uint32_t check, int64_t value, const char *why)
{
	step(&a->b,
	     (struct event){ .kind = EVENT_CHECK,
			     .check = { .check = check, .value = value, .why = why } },
	     ms);
}

/* web tracks eth9 with that weight. */
static void track_eth9(struct agents *a, int weight)
{
	struct track_settings *t;

	agents_init(a, 150);
	t = agents_track(a, &a->b.kit.instances[0].tracks, UINT32_MAX, weight);
	snprintf(t->interface, sizeof(t->interface), "eth9");
}

START_TEST(an_interface_counts_as_up_only_while_it_exists)
{
	struct agents a;

	track_eth9(&a, -50);
	open_bench(&a.b, 0);
	link_named(&a.b, 10, "eth9", 1, true, NULL);
	ck_assert_int_eq(priority_of(&a, 0), 150);
	link_named(&a.b, 20, "eth9", 0, true, NULL);
	ck_assert_int_eq(priority_of(&a, 0), 100);
	bench_done(&a.b);
}
END_TEST

START_TEST(an_interface_that_changes_is_named_to_whoever_it_matters)
{
	struct agents a;

	track_eth9(&a, -50);
	open_bench(&a.b, 0);
	forget_events(&a);
	link_named(&a.b, 10, "eth9", 9, true, NULL);
	ck_assert_str_eq(next_event(&a.b), "interface eth9 is up");
	ck_assert_str_eq(
		next_event(&a.b),
		"web: priority 100 -> 150: the tracked things are up again (interface eth9)");
	link_named(&a.b, 20, "eth9", 9, false, NULL);
	next_event(&a.b);
	ck_assert_str_eq(next_event(&a.b),
			 "web: priority 150 -> 100: a tracked thing is down (interface eth9)");
	link_named(&a.b, 30, "eth9", 9, true, NULL);
	forget_events(&a);
	link_named(&a.b, 40, "eth9", 0, true, NULL);
	next_event(&a.b);
	ck_assert_str_eq(next_event(&a.b),
			 "web: priority 150 -> 100: a tracked thing is down (interface eth9)");
	ck_assert_str_eq(next_event(&a.b), "");
	bench_done(&a.b);

	track_eth9(&a, 0);
	open_bench(&a.b, 0);
	link_named(&a.b, 10, "eth9", 9, true, NULL);
	forget_events(&a);
	link_named(&a.b, 20, "eth9", 9, false, NULL);
	next_event(&a.b);
	ck_assert_str_eq(next_event(&a.b),
			 "web: BACKUP -> FAULT: a tracked thing is down (interface eth9)");
	bench_done(&a.b);
}
END_TEST

START_TEST(a_number_in_a_file_is_cut_where_it_is_cut_when_it_is_read)
{
	static const struct {
		int64_t number;
		int adds;
	} cases[] = {
		{ 999999, 999999 },     { 1000000, 1000000 },    { 1000001, 1000000 },
		{ INT64_MAX, 1000000 }, { -999999, -999999 },    { -1000000, -1000000 },
		{ -1000001, -1000000 }, { INT64_MIN, -1000000 },
	};
	struct agents a;
	uint32_t file;

	agents_init(&a, 100);
	file = web_tracks(&a, CHECK_FILE, "drain", 1);
	agents_track(&a, &a.b.kit.instances[0].tracks, file, -3);
	open_bench(&a.b, 0);
	ck_assert_int_eq(adds_of(&a, 0, 1), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		result(&a, (int64_t)i, file, cases[i].number);
		ck_assert_int_eq(adds_of(&a, 0, 1), cases[i].adds);
		ck_assert_int_eq(adds_of(&a, 0, 2), -3 * cases[i].adds);
	}
	bench_done(&a.b);
}
END_TEST

START_TEST(a_file_never_faults_nor_counts_where_it_is_taken_inversely)
{
	struct agents a;
	struct snapshot_track t;
	uint32_t file;

	agents_init(&a, 100);
	file = web_tracks(&a, CHECK_FILE, "drain", 0);
	agents_track(&a, &a.b.kit.instances[0].tracks, file, 5)->inverse = true;
	agents_track(&a, &a.b.kit.instances[0].tracks, file, 0)->inverse = true;
	open_bench(&a.b, 0);
	result(&a, 10, file, 7);
	ck_assert_int_eq(priority_of(&a, 0), 100);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	engine_snapshot_track(a.b.e, 0, 3, &t);
	ck_assert(!t.faults);
	bench_done(&a.b);
}
END_TEST

START_TEST(an_inverse_track_weighs_and_faults_while_the_thing_is_up)
{
	struct agents a;
	uint32_t weight, fault;

	agents_init(&a, 100);
	weight = agents_check(&a, CHECK_SCRIPT, "weight");
	fault = agents_check(&a, CHECK_SCRIPT, "fault");
	agents_track(&a, &a.b.kit.instances[0].tracks, weight, -30)->inverse = true;
	agents_track(&a, &a.b.kit.instances[0].tracks, fault, 0)->inverse = true;
	open_bench(&a.b, 0);
	result(&a, 10, weight, 1);
	ck_assert_int_eq(priority_of(&a, 0), 70);
	result(&a, 20, weight, 0);
	ck_assert_int_eq(priority_of(&a, 0), 100);
	result(&a, 30, fault, 1);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	result(&a, 40, fault, 0);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	bench_done(&a.b);
}
END_TEST

START_TEST(the_smallest_weights_count_too)
{
	struct agents a;
	uint32_t check;

	agents_init(&a, 100);
	check = web_tracks(&a, CHECK_SCRIPT, "haproxy", 1);
	agents_track(&a, &a.b.kit.instances[0].tracks, check, -1);
	open_bench(&a.b, 0);
	result(&a, 10, check, 1);
	ck_assert_int_eq(priority_of(&a, 0), 101);
	result(&a, 20, check, 0);
	ck_assert_int_eq(priority_of(&a, 0), 99);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_sum_is_cut_exactly_at_1_and_254)
{
	static const struct {
		int number, priority;
	} cases[] = {
		{ 153, 253 }, { 154, 254 }, { 155, 254 }, { -98, 2 }, { -99, 1 }, { -100, 1 }
	};
	struct agents a;
	uint32_t file;

	agents_init(&a, 100);
	file = web_tracks(&a, CHECK_FILE, "drain", 1);
	open_bench(&a.b, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		result(&a, (int64_t)i, file, cases[i].number);
		ck_assert_int_eq(priority_of(&a, 0), cases[i].priority);
	}
	bench_done(&a.b);
}
END_TEST

START_TEST(the_first_of_several_that_fault_is_named)
{
	struct agents a;
	uint32_t one, two;

	agents_init(&a, 100);
	one = web_tracks(&a, CHECK_PROCESS, "one", 0);
	two = web_tracks(&a, CHECK_SCRIPT, "two", 0);
	open_bench(&a.b, 0);
	result(&a, 10, one, 1);
	result(&a, 20, two, 0);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	force(&a, 30, 0, FORCE_OFF);
	result(&a, 40, one, 0);
	forget_events(&a);
	force(&a, 50, 0, FORCE_NONE);
	next_event(&a.b);
	ck_assert_str_eq(next_event(&a.b),
			 "web: still FAULT: a tracked thing is down (process one)");
	bench_done(&a.b);
}
END_TEST

START_TEST(who_is_forced_off_is_not_told_of_what_it_tracks)
{
	struct agents a;
	uint32_t check;

	agents_init(&a, 100);
	check = web_tracks(&a, CHECK_SCRIPT, "haproxy", 0);
	open_bench(&a.b, 0);
	result(&a, 10, check, 0);
	forget_events(&a);
	force(&a, 20, 0, FORCE_OFF);
	next_event(&a.b);
	ck_assert_str_eq(next_event(&a.b), "web: still FAULT: forced off (priority 100)");
	bench_done(&a.b);
}
END_TEST

START_TEST(only_who_tracks_a_thing_is_weighed_when_it_changes)
{
	struct agents a;
	uint32_t first, second;

	agents_init(&a, 100);
	kit_add_simple(&a.b.kit, "lan", 52, 120, "192.0.2.200/24");
	first = agents_check(&a, CHECK_SCRIPT, "first");
	second = agents_check(&a, CHECK_SCRIPT, "second");
	agents_track(&a, &a.b.kit.instances[0].tracks, first, -10);
	agents_track(&a, &a.b.kit.instances[1].tracks, second, -20);
	open_bench(&a.b, 0);
	result(&a, 10, second, 0);
	ck_assert_int_eq(priority_of(&a, 0), 100);
	ck_assert_int_eq(priority_of(&a, 1), 100);
	result(&a, 20, first, 0);
	ck_assert_int_eq(priority_of(&a, 0), 90);
	ck_assert_int_eq(priority_of(&a, 1), 100);
	bench_done(&a.b);
}
END_TEST

START_TEST(what_a_group_tracks_weighs_and_faults_all_of_it_and_nobody_else)
{
	struct agents a;
	struct snapshot_track t;
	uint32_t own, shared;

	agents_init(&a, 100);
	agents_group(&a, 120);
	kit_add_simple(&a.b.kit, "alone", 53, 90, "192.0.2.210/24");
	own = agents_check(&a, CHECK_SCRIPT, "own");
	shared = agents_check(&a, CHECK_SCRIPT, "shared");
	agents_track(&a, &a.b.kit.instances[0].tracks, own, -1);
	agents_track(&a, &a.groups[0].tracks, shared, -10);
	agents_track(&a, &a.groups[0].tracks, shared, 0)->inverse = true;
	open_bench(&a.b, 0);
	result(&a, 10, own, 0);
	result(&a, 20, shared, 0);
	ck_assert_int_eq(priority_of(&a, 0), 89);
	ck_assert_int_eq(priority_of(&a, 1), 110);
	ck_assert_int_eq(priority_of(&a, 2), 90);
	engine_snapshot_track(a.b.e, 0, 1, &t);
	ck_assert(!t.of_group);
	engine_snapshot_track(a.b.e, 0, 2, &t);
	ck_assert(t.of_group);
	result(&a, 30, shared, 1);
	ck_assert_int_eq(snapshot_of(&a, 0).reason, REASON_TRACK_DOWN);
	ck_assert_int_eq(snapshot_of(&a, 1).reason, REASON_TRACK_DOWN);
	ck_assert_int_eq(state_of(&a, 2), VROUTER_BACKUP);
	bench_done(&a.b);
}
END_TEST

START_TEST(each_change_is_told_with_its_time_and_words)
{
	struct agents a;
	const struct history_event *e;
	uint32_t script, file;

	agents_init(&a, 100);
	script = agents_check(&a, CHECK_SCRIPT, "haproxy");
	file = agents_check(&a, CHECK_FILE, "drain");
	open_bench(&a.b, 0);
	forget_events(&a);
	result_why(&a, 10, script, 1, NULL);
	ck_assert_str_eq(next_event(&a.b), "script haproxy: unknown -> up");
	result_why(&a, 20, file, 0, NULL);
	ck_assert_str_eq(next_event(&a.b), "file drain: unknown -> up");
	result_why(&a, 30, file, -20, "read");
	ck_assert_str_eq(next_event(&a.b), "file drain: 0 -> -20: read");
	result_why(&a, 40, script, 0, "exit status 1");
	e = history_read(engine_history(a.b.e), &a.b.read, NULL);
	ck_assert_int_eq(e->at.us, 40000);
	ck_assert_int_eq(e->wall_us, 40000);
	ck_assert_int_eq(e->from, CHECK_UP);
	ck_assert_int_eq(e->to, CHECK_DOWN);
	ck_assert_str_eq(e->text, "script haproxy: exit status 1");
	bench_done(&a.b);
}
END_TEST

START_TEST(each_of_several_interfaces_counts)
{
	struct agents a;
	struct track_settings *t;

	track_eth9(&a, -50);
	t = agents_track(&a, &a.b.kit.instances[0].tracks, UINT32_MAX, -20);
	snprintf(t->interface, sizeof(t->interface), "eth8");
	open_bench(&a.b, 0);
	ck_assert_int_eq(priority_of(&a, 0), 80);
	link_named(&a.b, 10, "eth8", 8, true, NULL);
	ck_assert_int_eq(priority_of(&a, 0), 100);
	link_named(&a.b, 20, "eth9", 9, true, NULL);
	ck_assert_int_eq(priority_of(&a, 0), 150);
	bench_done(&a.b);
}
END_TEST

START_TEST(only_news_is_told)
{
	struct agents a;
	const struct history_event *e;
	uint32_t script, file;

	agents_init(&a, 100);
	script = agents_check(&a, CHECK_SCRIPT, "haproxy");
	file = agents_check(&a, CHECK_FILE, "drain");
	agents_track(&a, &a.b.kit.instances[0].tracks, script, -10);
	open_bench(&a.b, 0);
	result(&a, 10, script, 1);
	result(&a, 20, file, 5);
	forget_events(&a);
	result(&a, 30, script, 1);
	result(&a, 40, file, 5);
	ck_assert_str_eq(next_event(&a.b), "");
	result_why(&a, 50, file, -20, "x");
	e = history_read(engine_history(a.b.e), &a.b.read, NULL);
	ck_assert_int_eq(e->from, 5);
	ck_assert_int_eq(e->to, -20);
	ck_assert(strstr(e->text, "file drain: x") != NULL);
	bench_done(&a.b);
}
END_TEST

START_TEST(before_the_start_nobody_is_told_anything)
{
	struct agents a;

	track_eth9(&a, -50);
	bench_make_engine(&a.b, LEFTOVERS);
	link_up(&a.b, 0);
	link_named(&a.b, 0, "eth9", 9, true, NULL);
	link_named(&a.b, 0, "eth9", 9, false, NULL);
	ck_assert_str_eq(actions(&a.b), "");
	ck_assert_str_eq(next_event(&a.b), "");
	step(&a.b, (struct event){ .kind = EVENT_START }, 10);
	ck_assert_int_eq(priority_of(&a, 0), 100);
	ck_assert_str_eq(next_event(&a.b), "web: INIT -> BACKUP: started (priority 100)");
	bench_done(&a.b);
}
END_TEST

START_TEST(all_that_are_overdue_at_once_count_as_down)
{
	struct agents a;

	agents_init(&a, 100);
	for (int i = 0; i < 3; i++) {
		char name[] = "s0";

		name[1] = (char)('0' + i);
		agents_track(&a, &a.b.kit.instances[0].tracks, agents_check(&a, CHECK_SCRIPT, name),
			     -10);
	}
	open_bench(&a.b, 0);
	forget_events(&a);
	ck_assert_int_eq(engine_deadline(a.b.e).us, 3000000);
	result(&a, 10, 1, 1);
	tick(&a.b, 3000);
	ck_assert_int_eq(priority_of(&a, 0), 80);
	next_event(&a.b);
	ck_assert_str_eq(next_event(&a.b), "script s0: unknown -> down: no result in time");
	ck_assert_str_eq(next_event(&a.b),
			 "web: priority 100 -> 90: a tracked thing is down (script s0)");
	ck_assert_str_eq(next_event(&a.b), "script s2: unknown -> down: no result in time");
	bench_done(&a.b);
}
END_TEST

START_TEST(a_process_that_is_gone_for_its_delay_is_acted_upon)
{
	struct agents a;
	uint32_t check;

	agents_init(&a, 150);
	check = agents_check(&a, CHECK_PROCESS, "haproxy");
	a.checks[check].delay = span_ms(500);
	agents_track(&a, &a.b.kit.instances[0].tracks, check, -60);
	open_bench(&a.b, 0);
	result(&a, 10, check, 1);
	result(&a, 100, check, 0);
	run(&a.b, 599);
	ck_assert_int_eq(priority_of(&a, 0), 150);
	run(&a.b, 600);
	ck_assert_int_eq(priority_of(&a, 0), 90);
	result(&a, 700, check, 1);
	run(&a.b, 1199);
	ck_assert_int_eq(priority_of(&a, 0), 90);
	forget_events(&a);
	run(&a.b, 1200);
	ck_assert_str_eq(next_event(&a.b), "process haproxy: down -> up: it said so");
	ck_assert_str_eq(next_event(&a.b),
			 "web: priority 90 -> 150: the tracked things are up again "
			 "(process haproxy)");
	bench_done(&a.b);
}
END_TEST

START_TEST(a_successor_keeps_the_priority_of_its_predecessor_until_all_has_spoken)
{
	struct agents a;
	struct record record;
	uint32_t checks[3];

	record = left_by_a_predecessor(77);
	agents_init(&a, 150);
	for (int i = 0; i < 3; i++) {
		char name[] = "s0";

		name[1] = (char)('0' + i);
		checks[i] = agents_check(&a, CHECK_SCRIPT, name);
		agents_track(&a, &a.b.kit.instances[0].tracks, checks[i], -10);
	}
	bench_make_engine(&a.b, LEFTOVERS);
	ck_assert(engine_restore(a.b.e, &record, at_ms(10100)));
	link_up(&a.b, 10100);
	step(&a.b, (struct event){ .kind = EVENT_START }, 10100);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_int_eq(priority_of(&a, 0), 77);
	result(&a, 10200, checks[2], 0);
	ck_assert_int_eq(priority_of(&a, 0), 77);
	result(&a, 10300, checks[0], 0);
	ck_assert_int_eq(priority_of(&a, 0), 77);
	result(&a, 10400, checks[1], 1);
	ck_assert_int_eq(priority_of(&a, 0), 130);
	bench_done(&a.b);
}
END_TEST

START_TEST(who_is_forced_off_keeps_nothing_of_the_priority_of_its_predecessor)
{
	struct record record = left_by_a_predecessor(77);
	struct agents a;

	agents_init(&a, 150);
	web_tracks(&a, CHECK_SCRIPT, "s0", -10);
	bench_make_engine(&a.b, LEFTOVERS);
	ck_assert(engine_restore(a.b.e, &record, at_ms(10100)));
	link_up(&a.b, 10100);
	step(&a.b, (struct event){ .kind = EVENT_START }, 10100);
	ck_assert_int_eq(priority_of(&a, 0), 77);
	force(&a, 10200, 0, FORCE_OFF);
	ck_assert_int_eq(priority_of(&a, 0), 150);
	bench_done(&a.b);
}
END_TEST

/* BACKUP since the start, because a script has not spoken yet. Its number. */
static uint32_t open_waiting_for_a_word(struct agents *a)
{
	uint32_t check;

	agents_init(a, 100);
	check = web_tracks(a, CHECK_SCRIPT, "slow", 0);
	a->checks[check].timeout = span_ms(60000);
	open_bench(&a->b, 0);
	run(&a->b, 10000);
	ck_assert_int_eq(state_of(a, 0), VROUTER_BACKUP);
	return check;
}

START_TEST(who_waits_for_a_word_may_be_forced_to_be_master_all_the_same)
{
	struct agents a;

	(void)open_waiting_for_a_word(&a);
	force(&a, 10100, 0, FORCE_MASTER);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_MASTER);
	ck_assert_int_eq(priority_of(&a, 0), 255);
	bench_done(&a.b);
}
END_TEST

START_TEST(who_stops_waiting_for_a_word_but_hears_a_master_takes_nothing)
{
	struct agents a;
	uint32_t check = open_waiting_for_a_word(&a);

	hear(&a.b, 10100, HIGHER, 200);
	result(&a, 10200, check, 1);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	bench_done(&a.b);
}
END_TEST

START_TEST(a_priority_in_fault_is_told_to_nobody_on_the_wire)
{
	struct agents a;
	uint32_t fault, weight;

	agents_init(&a, 150);
	fault = web_tracks(&a, CHECK_SCRIPT, "fault", 0);
	weight = web_tracks(&a, CHECK_SCRIPT, "weight", -60);
	open_bench(&a.b, 0);
	result(&a, 10, fault, 0);
	result(&a, 20, weight, 1);
	actions(&a.b);
	result(&a, 30, weight, 0);
	ck_assert_str_eq(actions(&a.b), "save ");
	ck_assert_int_eq(priority_of(&a, 0), 90);
	bench_done(&a.b);
}
END_TEST

START_TEST(who_is_back_with_what_it_tracks_down_is_a_backup_when_that_is_up_again)
{
	struct record record = left_by_a_predecessor(150);
	struct agents a;
	uint32_t check;

	agents_init(&a, 150);
	check = web_tracks(&a, CHECK_SCRIPT, "haproxy", 0);
	a.checks[check].initially = CHECK_DOWN;
	bench_make_engine(&a.b, LEFTOVERS);
	ck_assert(engine_restore(a.b.e, &record, at_ms(10100)));
	link_up(&a.b, 10100);
	step(&a.b, (struct event){ .kind = EVENT_START }, 10100);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_FAULT);
	result(&a, 10200, check, 1);
	ck_assert_int_eq(state_of(&a, 0), VROUTER_BACKUP);
	bench_done(&a.b);
}
END_TEST

START_TEST(who_gave_up_and_is_back_with_what_it_tracks_down_lets_go_at_once)
{
	struct record record = left_by_a_predecessor(150);
	struct agents a;
	uint32_t check;

	record.state = VROUTER_BACKUP;
	record.linger_until = at_ms(13000);
	agents_init(&a, 150);
	check = web_tracks(&a, CHECK_SCRIPT, "haproxy", 0);
	a.checks[check].initially = CHECK_DOWN;
	bench_make_engine(&a.b, LEFTOVERS);
	ck_assert(engine_restore(a.b.e, &record, at_ms(10100)));
	link_up(&a.b, 10100);
	address_is(&a.b, 10100, "192.0.2.100/24", true, true);
	step(&a.b, (struct event){ .kind = EVENT_START }, 10100);
	ck_assert(called(&a, "remove:192.0.2.100 "));
	bench_done(&a.b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("priority edges");

	tcase_add_test(tc, an_interface_counts_as_up_only_while_it_exists);
	tcase_add_test(tc, an_interface_that_changes_is_named_to_whoever_it_matters);
	tcase_add_test(tc, a_number_in_a_file_is_cut_where_it_is_cut_when_it_is_read);
	tcase_add_test(tc, a_file_never_faults_nor_counts_where_it_is_taken_inversely);
	tcase_add_test(tc, an_inverse_track_weighs_and_faults_while_the_thing_is_up);
	tcase_add_test(tc, the_smallest_weights_count_too);
	tcase_add_test(tc, a_sum_is_cut_exactly_at_1_and_254);
	tcase_add_test(tc, the_first_of_several_that_fault_is_named);
	tcase_add_test(tc, who_is_forced_off_is_not_told_of_what_it_tracks);
	tcase_add_test(tc, only_who_tracks_a_thing_is_weighed_when_it_changes);
	tcase_add_test(tc, what_a_group_tracks_weighs_and_faults_all_of_it_and_nobody_else);
	tcase_add_test(tc, each_change_is_told_with_its_time_and_words);
	tcase_add_test(tc, each_of_several_interfaces_counts);
	tcase_add_test(tc, only_news_is_told);
	tcase_add_test(tc, before_the_start_nobody_is_told_anything);
	tcase_add_test(tc, all_that_are_overdue_at_once_count_as_down);
	tcase_add_test(tc, a_process_that_is_gone_for_its_delay_is_acted_upon);
	tcase_add_test(tc, a_successor_keeps_the_priority_of_its_predecessor_until_all_has_spoken);
	tcase_add_test(tc, who_is_forced_off_keeps_nothing_of_the_priority_of_its_predecessor);
	tcase_add_test(tc, who_waits_for_a_word_may_be_forced_to_be_master_all_the_same);
	tcase_add_test(tc, who_stops_waiting_for_a_word_but_hears_a_master_takes_nothing);
	tcase_add_test(tc, a_priority_in_fault_is_told_to_nobody_on_the_wire);
	tcase_add_test(tc, who_is_back_with_what_it_tracks_down_is_a_backup_when_that_is_up_again);
	tcase_add_test(tc, who_gave_up_and_is_back_with_what_it_tracks_down_lets_go_at_once);
	return run_test_case(tc, "priority edges");
}
