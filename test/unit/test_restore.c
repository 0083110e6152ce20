/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Restart: a master that is back before any peer can have noticed goes on as master with its
 * addresses untouched; one that is not is a backup, and what it held is removed.
 */
#include "engine_bench.h"

/* What a master at 10 s left behind, packed and unpacked as through the file. */
static struct record left_behind(int64_t *ret_last_advert_ms)
{
	static struct bench dead;
	uint8_t bytes[RECORD_BYTES];
	struct record r;

	open_as_master(&dead, 100, 0);
	engine_record(dead.e, 0, &r);
	bench_done(&dead);
	record_pack(&r, bytes);
	ck_assert_int_eq(record_unpack(bytes, &r), 0);
	*ret_last_advert_ms = r.last_advert.us / 1000;
	return r;
}

/* A new process at that time with the record, the link and the address as they are. */
static void restart(struct bench *b, const struct record *r, int64_t ms)
{
	bench_init(b, 100);
	bench_make_engine(b, 4);
	ck_assert(engine_restore(b->e, r, at_ms(ms)));
	link_up(b, ms);
	address_is(b, ms, "192.0.2.100/24", true, true);
	ck_assert_str_eq(actions(b), "");
	step(b, (struct event){ .kind = EVENT_START }, ms);
}

START_TEST(a_record_says_what_a_successor_needs)
{
	int64_t last_ms;
	struct record r = left_behind(&last_ms);

	ck_assert_str_eq(r.interface, "eth0");
	ck_assert_uint_eq(r.vrid, 51);
	ck_assert_uint_eq(r.family, IP_V4);
	ck_assert_int_eq(r.state, VROUTER_MASTER);
	ck_assert_int_eq(r.reason, REASON_MASTER_DOWN);
	ck_assert_int_eq(r.interval.us, 1000000);
	ck_assert_int_ge(last_ms, 9000);
	ck_assert_uint_eq(r.counters.value[COUNTER_BECAME_MASTER], 1);
}
END_TEST

START_TEST(back_within_three_intervals_it_goes_on_as_master_with_its_addresses_untouched)
{
	struct bench b;
	int64_t last_ms;
	struct record r = left_behind(&last_ms);

	for (int64_t after = 0; after < 3000; after += 599) {
		restart(&b, &r, last_ms + after);
		ck_assert_str_eq(actions(&b), "advert:100 save ");
		ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
		ck_assert_str_eq(next_event(&b),
				 "web: still MASTER: resumed after a restart (priority 100)");
		ck_assert_uint_eq(counter(&b, COUNTER_BECAME_MASTER), 1);
		run(&b, last_ms + after + 5000);
		ck_assert_ptr_null(strstr(actions(&b), "add"));
		bench_done(&b);
	}
}
END_TEST

START_TEST(back_after_three_intervals_it_is_a_backup_and_lets_go)
{
	struct bench b;
	int64_t last_ms;
	struct record r = left_behind(&last_ms);

	restart(&b, &r, last_ms + 3000);
	ck_assert_str_eq(actions(&b), "save remove:192.0.2.100 ");
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_BACKUP);
	ck_assert_uint_eq(counter(&b, COUNTER_BECAME_MASTER), 1); /* counters go on all the same */
	bench_done(&b);
}
END_TEST

START_TEST(an_address_that_was_lost_with_the_process_is_added_again)
{
	struct bench b;
	int64_t last_ms;
	struct record r = left_behind(&last_ms);

	bench_init(&b, 100);
	b.kit.instances[0].announce.count = 1;
	bench_make_engine(&b, 0);
	engine_restore(b.e, &r, at_ms(last_ms + 500));
	link_up(&b, last_ms + 500);
	step(&b, (struct event){ .kind = EVENT_START }, last_ms + 500);
	ck_assert_str_eq(actions(&b), "advert:100 save add:192.0.2.100 announce:192.0.2.100 ");
	bench_done(&b);
}
END_TEST

START_TEST(refreshing_goes_on_after_a_restart)
{
	struct bench b;
	int64_t last_ms;
	struct record r = left_behind(&last_ms);

	bench_init(&b, 100);
	b.kit.instances[0].announce.refresh = span_s(10);
	bench_make_engine(&b, 0);
	engine_restore(b.e, &r, at_ms(last_ms));
	link_up(&b, last_ms);
	address_is(&b, last_ms, "192.0.2.100/24", true, true);
	step(&b, (struct event){ .kind = EVENT_START }, last_ms);
	run(&b, last_ms + 9999);
	ck_assert_ptr_null(strstr(actions(&b), "announce"));
	run(&b, last_ms + 10000);
	ck_assert_ptr_nonnull(strstr(actions(&b), "announce"));
	bench_done(&b);
}
END_TEST

START_TEST(the_interval_in_force_then_counts_and_not_the_one_configured_now)
{
	struct bench b;
	int64_t last_ms;
	struct record r = left_behind(&last_ms);

	bench_init(&b, 100);
	b.kit.instances[0].advert_interval = span_s(10);
	bench_make_engine(&b, 0);
	engine_restore(b.e, &r, at_ms(last_ms + 3500));
	link_up(&b, last_ms + 3500);
	step(&b, (struct event){ .kind = EVENT_START }, last_ms + 3500);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_BACKUP);
	bench_done(&b);
}
END_TEST

START_TEST(a_record_of_another_boot_is_not_believed)
{
	struct bench b;
	int64_t last_ms;
	struct record r = left_behind(&last_ms);

	restart(&b, &r, last_ms - 1); /* the clock has begun anew */
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_BACKUP);
	bench_done(&b);
}
END_TEST

START_TEST(only_a_master_goes_on_as_master)
{
	struct bench b;
	int64_t last_ms;
	static const enum vrouter_state states[] = { VROUTER_INIT, VROUTER_BACKUP, VROUTER_FAULT };

	for (int i = 0; i < 3; i++) {
		struct record r = left_behind(&last_ms);

		r.state = states[i];
		restart(&b, &r, last_ms + 10);
		ck_assert_int_eq(engine_state(b.e, 0), VROUTER_BACKUP);
		bench_done(&b);
	}
}
END_TEST

START_TEST(a_master_that_never_advertised_does_not_go_on)
{
	struct bench b;
	int64_t last_ms;
	struct record r = left_behind(&last_ms);

	r.last_advert = INSTANT_NEVER;
	restart(&b, &r, last_ms + 10);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_BACKUP);
	bench_done(&b);
}
END_TEST

START_TEST(records_of_virtual_routers_that_are_no_more_are_refused)
{
	struct bench b;
	int64_t last_ms;
	struct record r = left_behind(&last_ms);

	bench_init(&b, 100);
	bench_make_engine(&b, 0);
	r.vrid = 52;
	ck_assert(!engine_restore(b.e, &r, at_ms(last_ms)));
	r.vrid = 51;
	r.family = IP_V6;
	ck_assert(!engine_restore(b.e, &r, at_ms(last_ms)));
	r.family = IP_V4;
	strcpy(r.interface, "eth1");
	ck_assert(!engine_restore(b.e, &r, at_ms(last_ms)));
	bench_done(&b);
}
END_TEST

START_TEST(a_new_priority_does_not_end_the_mastership_at_a_restart)
{
	struct bench b;
	int64_t last_ms;
	struct record r = left_behind(&last_ms);

	bench_init(&b, 10);
	bench_make_engine(&b, 0);
	engine_restore(b.e, &r, at_ms(last_ms + 100));
	link_up(&b, last_ms + 100);
	address_is(&b, last_ms + 100, "192.0.2.100/24", true, true);
	step(&b, (struct event){ .kind = EVENT_START }, last_ms + 100);
	ck_assert_str_eq(actions(&b), "advert:10 save "); /* who is stronger takes over in order */
	bench_done(&b);
}
END_TEST

/* What one that gave up at 10 s, in that way, left behind. */
static struct record left_lingering(struct event way)
{
	static struct bench dead;
	uint8_t bytes[RECORD_BYTES];
	struct record r;

	open_as_master(&dead, 100, 0);
	step(&dead, way, 10000);
	engine_record(dead.e, 0, &r);
	bench_done(&dead);
	record_pack(&r, bytes);
	ck_assert_int_eq(record_unpack(bytes, &r), 0);
	return r;
}

static const struct {
	struct event way;
	enum vrouter_state then;
} ways_to_linger[] = {
	{ { .kind = EVENT_FORCE, .force = { .to = FORCE_BACKUP, .until = { INT64_MAX } } },
	  VROUTER_BACKUP },
	{ { .kind = EVENT_FORCE, .force = { .to = FORCE_OFF, .until = { INT64_MAX } } },
	  VROUTER_FAULT },
	{ { .kind = EVENT_STOP }, VROUTER_BACKUP },
};

START_TEST(one_that_gave_up_and_still_served_does_so_until_its_successor_is_heard)
{
	struct record r = left_lingering(ways_to_linger[_i].way);
	struct bench b;

	restart(&b, &r, 10500);
	ck_assert_int_eq(engine_state(b.e, 0), ways_to_linger[_i].then);
	ck_assert_str_eq(actions(&b), "save ");
	run(&b, 11000);
	ck_assert_str_eq(actions(&b), "");
	hear(&b, 11000, "192.0.2.2", 200);
	run(&b, 11020);
	ck_assert_ptr_null(strstr(actions(&b), "remove"));
	run(&b, 11021);
	ck_assert_str_eq(actions(&b), "remove:192.0.2.100 ");
	bench_done(&b);
}
END_TEST

START_TEST(one_whose_successor_is_never_heard_lets_go_when_its_predecessor_would_have)
{
	struct record r = left_lingering(ways_to_linger[_i].way);
	struct bench b;

	restart(&b, &r, 10500);
	actions(&b);
	run(&b, 12999);
	ck_assert_str_eq(actions(&b), "");
	run(&b, 13000);
	ck_assert_str_eq(actions(&b), "remove:192.0.2.100 ");
	bench_done(&b);
}
END_TEST

START_TEST(one_forced_to_be_backup_that_is_alone_never_lets_go_through_a_restart_either)
{
	struct record r = left_lingering(ways_to_linger[0].way);
	struct bench b;

	restart(&b, &r, 10500);
	run(&b, 20000);
	ck_assert_ptr_null(strstr(actions(&b), "remove"));
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	bench_done(&b);
}
END_TEST

START_TEST(one_forced_off_that_is_back_without_its_link_serves_nobody_when_that_comes)
{
	struct record r = left_lingering(ways_to_linger[1].way);
	struct bench b;

	bench_init(&b, 100);
	bench_make_engine(&b, 4);
	ck_assert(engine_restore(b.e, &r, at_ms(10100)));
	step(&b, (struct event){ .kind = EVENT_START }, 10100);
	link_up(&b, 10200);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_FAULT);
	ck_assert_ptr_null(strstr(actions(&b), "add:"));
	bench_done(&b);
}
END_TEST

START_TEST(a_stop_after_that_takes_no_longer_than_any_other)
{
	struct record r = left_lingering(ways_to_linger[0].way);
	struct bench b;

	restart(&b, &r, 12900);
	step(&b, (struct event){ .kind = EVENT_STOP }, 12900);
	actions(&b);
	run(&b, 15900);
	ck_assert_str_eq(actions(&b), "remove:192.0.2.100 ");
	ck_assert(engine_stopped(b.e));
	bench_done(&b);
}
END_TEST

START_TEST(one_that_let_go_serves_no_more_after_a_restart)
{
	struct bench b;
	struct record r;

	open_as_master(&b, 100, 0);
	step(&b, ways_to_linger[1].way, 10000);
	link_down(&b, 10100);
	actions(&b);
	engine_record(b.e, 0, &r);
	bench_done(&b);
	restart(&b, &r, 10500);
	ck_assert_ptr_null(strstr(actions(&b), "add:"));
	ck_assert(instant_is_never(r.linger_until));
	bench_done(&b);
}
END_TEST

START_TEST(the_record_tells_that_a_successor_has_been_heard)
{
	struct bench b;
	struct record r;

	open_as_master(&b, 100, 0);
	step(&b, ways_to_linger[0].way, 10000);
	actions(&b);
	hear(&b, 10100, "192.0.2.2", 200);
	ck_assert_str_eq(actions(&b), "save ");
	engine_record(b.e, 0, &r);
	ck_assert_int_lt(r.linger_until.us, at_ms(10130).us);
	bench_done(&b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("restore");

	tcase_add_test(tc, a_record_says_what_a_successor_needs);
	tcase_add_test(
		tc, back_within_three_intervals_it_goes_on_as_master_with_its_addresses_untouched);
	tcase_add_test(tc, back_after_three_intervals_it_is_a_backup_and_lets_go);
	tcase_add_test(tc, an_address_that_was_lost_with_the_process_is_added_again);
	tcase_add_test(tc, refreshing_goes_on_after_a_restart);
	tcase_add_test(tc, the_interval_in_force_then_counts_and_not_the_one_configured_now);
	tcase_add_test(tc, a_record_of_another_boot_is_not_believed);
	tcase_add_test(tc, only_a_master_goes_on_as_master);
	tcase_add_test(tc, a_master_that_never_advertised_does_not_go_on);
	tcase_add_test(tc, records_of_virtual_routers_that_are_no_more_are_refused);
	tcase_add_loop_test(
		tc, one_that_gave_up_and_still_served_does_so_until_its_successor_is_heard, 0, 3);
	tcase_add_loop_test(
		tc, one_whose_successor_is_never_heard_lets_go_when_its_predecessor_would_have, 1,
		3);
	tcase_add_test(
		tc, one_forced_to_be_backup_that_is_alone_never_lets_go_through_a_restart_either);
	tcase_add_test(tc, a_stop_after_that_takes_no_longer_than_any_other);
	tcase_add_test(tc, one_that_let_go_serves_no_more_after_a_restart);
	tcase_add_test(tc, the_record_tells_that_a_successor_has_been_heard);
	tcase_add_test(tc, a_new_priority_does_not_end_the_mastership_at_a_restart);
	tcase_add_test(tc,
		       one_forced_off_that_is_back_without_its_link_serves_nobody_when_that_comes);
	return run_test_case(tc, "restore");
}
