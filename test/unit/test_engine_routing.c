/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes and rules of a virtual router: they come after its addresses and go with them, are put back, replaced where they change, and a
 * kernel that refuses is asked again without mastership being given up.
 */
#include <errno.h>

#include "conf/routing_words.h"
#include "core/routing_plan.h"
#include "reload_bench.h"

#define ROUTE   "198.51.100.0/24 via 192.0.2.1 src 192.0.2.100"
#define CHANGED "198.51.100.0/24 via 192.0.2.2 src 192.0.2.100"
#define RULE    "from 192.0.2.0/24 priority 7 table 100"

static struct routing routing_of(const char *text)
{
	struct routing r;
	char why[WHY_MAX] = "";
	bool rule = strncmp(text, "from", 4) == 0;

	ck_assert_msg((rule ? rule_parse(text, &r, why) : route_parse(text, &r, why)) == 0,
		      "%s: %s", text, why);
	return r;
}

/* The routes of web, then its rules. */
static void give(struct bench *b, const char *route, const char *rule)
{
	struct instance_settings *web = &b->kit.instances[0];

	b->kit.s.routing_count = 0;
	web->routes = (struct range){ 0, route != NULL };
	if (route)
		b->kit.routings[b->kit.s.routing_count++] = routing_of(route);
	web->rules = (struct range){ b->kit.s.routing_count, rule != NULL };
	if (rule)
		b->kit.routings[b->kit.s.routing_count++] = routing_of(rule);
}

static void done(struct bench *b, int64_t ms, const char *text, bool removal, int error)
{
	struct routing r = routing_of(text);

	step(b,
	     (struct event){ .kind = EVENT_ROUTING_DONE,
			     .routing = { .routing = &r, .removal = removal, .error = error } },
	     ms);
}

static void observe(struct bench *b, int64_t ms, const char *text, bool present)
{
	struct routing r = routing_of(text);

	step(b, (struct event){ .kind = EVENT_ROUTING, .routing = { &r, present, false, 0 } }, ms);
}

/* MASTER with both in place. */
static void given_a_master_that_routes(void)
{
	bench_init(&now[0], 100);
	give(&now[0], ROUTE, RULE);
	open_bench(&now[0], 0);
	run(&now[0], 5000);
	ck_assert_int_eq(engine_state(now[0].e, 0), VROUTER_MASTER);
	done(&now[0], 5000, ROUTE, false, 0);
	done(&now[0], 5000, RULE, false, 0);
	actions(&now[0]);
	now[0].read = engine_history(now[0].e)->next_seq;
}

static enum slot_presence presence(struct bench *b, uint32_t i)
{
	struct snapshot_routing r;

	engine_snapshot_routing(b->e, 0, i, &r);
	return r.presence;
}

START_TEST(they_come_after_the_addresses)
{
	struct bench *b = &now[0];

	bench_init(b, 100);
	b->kernel_answers = false;
	give(b, ROUTE, RULE);
	open_bench(b, 0);
	run(b, 3700);
	ck_assert_ptr_nonnull(strstr(b->text, "add:192.0.2.100 "));
	ck_assert_ptr_null(strstr(b->text, "["));
	actions(b);
	answer(b, 3700, ETH0, VIP, true, 0);
	ck_assert_ptr_nonnull(strstr(b->text, "add[" ROUTE "] add[" RULE "] "));
	bench_done(b);
}
END_TEST

START_TEST(an_address_that_cannot_be_had_keeps_none_of_them_waiting)
{
	struct bench *b = &now[0];

	bench_init(b, 100);
	b->kernel_answers = false;
	give(b, ROUTE, NULL);
	open_bench(b, 0);
	run(b, 3700);
	actions(b);
	answer(b, 3700, ETH0, VIP, true, EPERM);
	ck_assert_ptr_nonnull(strstr(b->text, "add[" ROUTE "] "));
	bench_done(b);
}
END_TEST

START_TEST(they_go_with_mastership)
{
	struct bench *b = &now[0];

	given_a_master_that_routes();
	run(b, 6000);
	actions(b);
	hear(b, 6000, HIGHER, 200);
	run(b, 9000);
	ck_assert_msg(strstr(b->text, "remove[" ROUTE "] remove[" RULE "] ") != NULL, "%s",
		      b->text);
	done(b, 9000, ROUTE, true, 0);
	done(b, 9000, RULE, true, 0);
	ck_assert_int_eq(presence(b, 0), SLOT_ABSENT);
	ck_assert_int_eq(presence(b, 1), SLOT_ABSENT);
	bench_done(b);
}
END_TEST

START_TEST(a_stop_waits_until_they_have_gone)
{
	struct bench *b = &now[0];

	given_a_master_that_routes();
	stop(b, 6000);
	run(b, 20000);
	ck_assert(!engine_stopped(b->e));
	done(b, 20000, ROUTE, true, 0);
	ck_assert(!engine_stopped(b->e));
	done(b, 20000, RULE, true, 0);
	ck_assert(engine_stopped(b->e));
	bench_done(b);
}
END_TEST

START_TEST(one_that_somebody_removes_is_put_back_and_told)
{
	struct bench *b = &now[0];

	given_a_master_that_routes();
	observe(b, 5000, ROUTE, false);
	ck_assert_str_eq(actions(b), "add[" ROUTE "] ");
	done(b, 5000, ROUTE, false, 0);
	ck_assert_str_eq(next_event(b), "web: route " ROUTE " was removed by somebody; put back");
	ck_assert_str_eq(actions(b), "");
	bench_done(b);
}
END_TEST

START_TEST(one_that_goes_again_and_again_comes_back_more_slowly)
{
	struct bench *b = &now[0];

	given_a_master_that_routes();
	for (int i = 0; i < ROUTING_LOSSES_MAX; i++) {
		observe(b, 6000, ROUTE, false);
		ck_assert_str_eq(actions(b), "add[" ROUTE "] ");
		done(b, 6000, ROUTE, false, 0);
	}
	observe(b, 6000, ROUTE, false);
	ck_assert_str_eq(actions(b), "");
	run(b, 6999);
	ck_assert_ptr_null(strstr(actions(b), "add["));
	run(b, 7001);
	ck_assert_ptr_nonnull(strstr(actions(b), "add["));
	bench_done(b);
}
END_TEST

START_TEST(what_the_kernel_refuses_is_told_and_tried_again_and_mastership_stays)
{
	struct bench *b = &now[0];

	bench_init(b, 100);
	give(b, ROUTE, NULL);
	open_bench(b, 0);
	run(b, 3700);
	actions(b);
	b->read = engine_history(b->e)->next_seq;
	for (int i = 0; i < 5; i++) {
		done(b, 3700 + 60000 * i, ROUTE, false, EEXIST);
		run(b, 3700 + 60000 * (i + 1));
		ck_assert_ptr_nonnull(strstr(actions(b), "add[" ROUTE "] "));
	}
	ck_assert_ptr_nonnull(strstr(next_event(b), "cannot be added: there is one of this "));
	ck_assert_int_eq(engine_state(b->e, 0), VROUTER_MASTER);
	done(b, 400000, ROUTE, false, ENODEV);
	actions(b);
	step(b, (struct event){ .kind = EVENT_ROUTING_AGAIN }, 400001);
	ck_assert_str_eq(actions(b), "add[" ROUTE "] ");
	bench_done(b);
}
END_TEST

START_TEST(one_whose_answer_was_lost_may_be_there_and_goes_with_mastership)
{
	struct bench *b = &now[0];

	bench_init(b, 100);
	give(b, ROUTE, NULL);
	open_bench(b, 0);
	run(b, 3700);
	ck_assert_ptr_nonnull(strstr(actions(b), "add[" ROUTE "] "));
	done(b, 3700, ROUTE, false, ENOBUFS);
	hear(b, 3710, HIGHER, 200);
	run(b, 9000);
	ck_assert_ptr_nonnull(strstr(actions(b), "remove[" ROUTE "] "));
	bench_done(b);
}
END_TEST

START_TEST(one_whose_removal_was_not_answered_may_be_gone_and_is_replaced_with_the_next_mastership)
{
	struct bench *b = &now[0];

	given_a_master_that_routes();
	hear(b, 6000, HIGHER, 200);
	run(b, 6100);
	ck_assert_ptr_nonnull(strstr(actions(b), "remove[" RULE "] "));
	done(b, 6100, RULE, true, ENOBUFS);
	done(b, 6100, ROUTE, true, 0);
	hear(b, 6150, HIGHER, 0);
	/* The kernel removed it and cannot say so any more, whatever is asked. */
	for (int64_t ms = 6160; engine_state(b->e, 0) == VROUTER_BACKUP; ms += 10) {
		actions(b);
		run(b, ms);
		if (strstr(b->text, "remove[" RULE "] "))
			done(b, ms, RULE, true, ENOBUFS);
	}
	run(b, 9000);
	ck_assert_ptr_nonnull(strstr(actions(b), "replace[" RULE "] "));
	bench_done(b);
}
END_TEST

START_TEST(somebody_elses_is_not_touched_and_what_made_room_is_used_at_once)
{
	static const char theirs[] = "198.51.100.0/24 via 192.0.2.9 proto static";
	struct bench *b = &now[0];

	given_a_master_that_routes();
	observe(b, 6000, theirs, true);
	ck_assert_int_eq(presence(b, 0), SLOT_FOREIGN);
	done(b, 6000, ROUTE, false, EEXIST);
	actions(b);
	observe(b, 6010, theirs, false);
	ck_assert_str_eq(actions(b), "add[" ROUTE "] ");
	observe(b, 6020, theirs, true);
	done(b, 6020, ROUTE, false, EEXIST);
	actions(b);
	hear(b, 6030, HIGHER, 200);
	ck_assert_ptr_null(strstr(b->text, "remove[" ROUTE));
	bench_done(b);
}
END_TEST

START_TEST(the_same_settings_again_touch_nothing)
{
	given_a_master_that_routes();
	prepare(&now[1], &now[0]);
	give(&now[1], ROUTE, RULE);
	reload(&now[0], &now[1], 6000, VIP);
	ck_assert_str_eq(actions(&now[1]), "");
	ck_assert_int_eq(presence(&now[1], 0), SLOT_OURS);
	bench_done(&now[1]);
}
END_TEST

START_TEST(a_reload_replaces_what_changes_and_removes_what_goes)
{
	given_a_master_that_routes();
	prepare(&now[1], &now[0]);
	give(&now[1], CHANGED, NULL);
	reload(&now[0], &now[1], 6000, VIP);
	ck_assert_ptr_nonnull(strstr(now[1].text, "replace[" CHANGED "] "));
	ck_assert_ptr_nonnull(strstr(now[1].text, "remove[" RULE "] "));
	ck_assert_ptr_null(strstr(now[1].text, "remove[198"));
	done(&now[1], 6000, CHANGED, false, 0);
	done(&now[1], 6000, RULE, true, 0);
	actions(&now[1]);
	run(&now[1], 30000);
	ck_assert_ptr_null(strstr(now[1].text, "["));
	bench_done(&now[1]);
}
END_TEST

START_TEST(one_without_an_answer_at_a_reload_stays_as_long_as_the_addresses)
{
	struct bench *b = &now[1];

	bench_init(&now[0], 100);
	give(&now[0], ROUTE, NULL);
	open_bench(&now[0], 0);
	run(&now[0], 5000);
	prepare(b, &now[0]);
	b->kit.s.instance_count = 0;
	b->kit.s.vip_count = 0;
	reload(&now[0], b, 6000, VIP);
	done(b, 6010, ROUTE, false, ENOBUFS);
	run(b, 6500);
	ck_assert_str_eq(actions(b), "");
	run(b, 8000);
	ck_assert_str_eq(actions(b), "leftover.remove:192.0.2.100 remove[" ROUTE "] ");
	bench_done(b);
}
END_TEST

START_TEST(what_a_dead_daemon_left_goes_and_what_it_would_have_stays)
{
	struct bench *b = &now[0];
	struct routing left = routing_of("blackhole 203.0.113.0/24");

	bench_init(b, 255);
	give(b, ROUTE, NULL);
	bench_make_engine(b, LEFTOVERS);
	link_up(b, 0);
	observe(b, 0, ROUTE, true);
	ck_assert(!engine_has_routing(b->e, &left));
	ck_assert_int_eq(engine_routing_leftover(b->e, &left), 0);
	step(b, (struct event){ .kind = EVENT_START }, 0);
	ck_assert_ptr_nonnull(strstr(b->text, "remove[blackhole 203.0.113.0/24] "));
	ck_assert_ptr_null(strstr(b->text, "add["));
	b->read = engine_history(b->e)->next_seq;
	done(b, 1, "blackhole 203.0.113.0/24", true, 0);
	ck_assert_str_eq(next_event(b), "route blackhole 203.0.113.0/24 was left behind; removed");
	ck_assert_int_eq(presence(b, 0), SLOT_OURS);
	bench_done(b);
}
END_TEST

START_TEST(leftovers_have_room_for_so_many_and_use_it_again)
{
	struct bench *b = &now[0];
	char text[64];

	bench_init(b, 100);
	open_bench(b, 0);
	for (int i = 0; i < KIT_ROUTINGS_MAX; i++) {
		struct routing r;

		snprintf(text, sizeof(text), "blackhole 10.%d.0.0/16", i);
		r = routing_of(text);
		ck_assert_int_eq(engine_routing_leftover(b->e, &r), 0);
	}
	struct routing more = routing_of("blackhole 10.99.0.0/16");

	ck_assert_int_eq(engine_routing_leftover(b->e, &more), -ENOSPC);
	drain(b, 1);
	done(b, 1, "blackhole 10.3.0.0/16", true, 0);
	ck_assert_int_eq(engine_routing_leftover(b->e, &more), 0);
	actions(b);
	drain(b, 2);
	ck_assert_str_eq(actions(b), "remove[blackhole 10.99.0.0/16] ");
	bench_done(b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("engine_routing");

	tcase_add_test(tc, they_come_after_the_addresses);
	tcase_add_test(tc, an_address_that_cannot_be_had_keeps_none_of_them_waiting);
	tcase_add_test(tc, they_go_with_mastership);
	tcase_add_test(tc, a_stop_waits_until_they_have_gone);
	tcase_add_test(tc, one_that_somebody_removes_is_put_back_and_told);
	tcase_add_test(tc, one_that_goes_again_and_again_comes_back_more_slowly);
	tcase_add_test(tc, what_the_kernel_refuses_is_told_and_tried_again_and_mastership_stays);
	tcase_add_test(tc, one_whose_answer_was_lost_may_be_there_and_goes_with_mastership);
	tcase_add_test(
		tc,
		one_whose_removal_was_not_answered_may_be_gone_and_is_replaced_with_the_next_mastership);
	tcase_add_test(tc, somebody_elses_is_not_touched_and_what_made_room_is_used_at_once);
	tcase_add_test(tc, the_same_settings_again_touch_nothing);
	tcase_add_test(tc, a_reload_replaces_what_changes_and_removes_what_goes);
	tcase_add_test(tc, one_without_an_answer_at_a_reload_stays_as_long_as_the_addresses);
	tcase_add_test(tc, what_a_dead_daemon_left_goes_and_what_it_would_have_stays);
	tcase_add_test(tc, leftovers_have_room_for_so_many_and_use_it_again);
	return run_test_case(tc, "engine_routing");
}
