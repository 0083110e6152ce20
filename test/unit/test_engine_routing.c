/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes and rules of a virtual router: they come after its addresses and go with them, are put back, replaced where they change, and a
 * kernel that refuses is asked again without mastership being given up.
 */
#include <errno.h>

#include "agents_bench.h"
#include "core/limiter.h"
#include "core/routing_plan.h"
#include "reload_bench.h"
#include "routing_kit.h"

#define ROUTE   "198.51.100.0/24 via 192.0.2.1 src 192.0.2.100"
#define CHANGED "198.51.100.0/24 via 192.0.2.2 src 192.0.2.100"
#define RULE    "from 192.0.2.0/24 priority 7 table 100"

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

/* One more route or rule, of that instance: the last one that has any, and in this order. */
static void give_more(struct bench *b, struct instance_settings *set, const char *text)
{
	struct range *run = strncmp(text, "from", 4) == 0 ? &set->rules : &set->routes;

	if (run->count == 0)
		run->first = b->kit.s.routing_count;
	ck_assert_uint_eq(run->first + run->count, b->kit.s.routing_count);
	ck_assert_uint_lt(b->kit.s.routing_count, KIT_ROUTINGS_MAX);
	b->kit.routings[b->kit.s.routing_count++] = routing_of(text);
	run->count++;
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

START_TEST(they_do_not_wait_for_an_address_whose_interface_has_gone)
{
	bench_init(&now[0], 255);
	give(&now[0], ROUTE, NULL);
	snprintf(now[0].kit.vips[0].dev, sizeof(now[0].kit.vips[0].dev), "eth1");
	now[0].kernel_answers = false;
	bench_make_engine(&now[0], LEFTOVERS);
	link_up(&now[0], 0);
	link_named(&now[0], 0, "eth1", 6, true, NULL);
	step(&now[0], (struct event){ .kind = EVENT_START }, 0);
	ck_assert_str_eq(actions(&now[0]), "advert:255 save add:192.0.2.100 ");
	link_named(&now[0], 10, "eth1", 0, false, NULL);
	ck_assert_str_eq(actions(&now[0]), "add[" ROUTE "] ");
	bench_done(&now[0]);
}
END_TEST

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
	/* news of another one are no reason to try again */
	struct routing other = routing_of("203.0.113.0/24 dev eth0");

	step(b,
	     (struct event){ .kind = EVENT_ROUTING,
			     .routing = { .routing = &other, .present = true } },
	     400001);
	ck_assert_str_eq(actions(b), "");
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
	const struct history_event *event;

	bench_init(b, 255);
	give(b, ROUTE, NULL);
	bench_make_engine(b, LEFTOVERS);
	link_up(b, 0);
	observe(b, 0, ROUTE, true);
	ck_assert(!engine_has_routing(b->e, &left));
	ck_assert_int_eq(engine_routing_leftover(b->e, &left), 0);
	ck_assert_uint_eq(engine_routing_count(b->e), 2);
	drain(b, 0);
	ck_assert_str_eq(actions(b), ""); /* nothing before the start */
	step(b, (struct event){ .kind = EVENT_START }, 0);
	ck_assert_ptr_nonnull(strstr(b->text, "remove[blackhole 203.0.113.0/24] "));
	ck_assert_ptr_null(strstr(b->text, "add["));
	b->read = engine_history(b->e)->next_seq;
	done(b, 1, "blackhole 203.0.113.0/24", true, 0);
	ck_assert_str_eq(next_event(b), "route blackhole 203.0.113.0/24 was left behind; removed");
	b->read--;
	event = history_read(engine_history(b->e), &b->read, NULL);
	ck_assert_int_eq(event->at.us, 1000);
	ck_assert_int_eq(event->wall_us, 1000);
	ck_assert_uint_eq(event->count, 1);
	ck_assert_int_eq(presence(b, 0), SLOT_OURS);
	bench_done(b);
}
END_TEST

static struct routing numbered(int i)
{
	char text[64];

	snprintf(text, sizeof(text), "blackhole 10.%d.0.0/16", i);
	return routing_of(text);
}

START_TEST(leftovers_have_room_for_so_many_and_use_it_again)
{
	struct bench *b = &now[0];
	struct routing r;
	char text[64];

	bench_init(b, 100);
	open_bench(b, 0);
	for (int i = 0; i < KIT_ROUTINGS_MAX; i++) {
		r = numbered(i);
		ck_assert_int_eq(engine_routing_leftover(b->e, &r), 0);
	}
	drain(b, 1);
	for (int i = ROUTING_IN_FLIGHT_MAX - 1, next = KIT_ROUTINGS_MAX; i >= 0; i--, next++) {
		r = numbered(next);
		ck_assert_int_eq(engine_routing_leftover(b->e, &r), -ENOSPC);
		ck_assert(!engine_has_routing(b->e, &r));
		snprintf(text, sizeof(text), "blackhole 10.%d.0.0/16", i);
		done(b, 1, text, true, 0);
		ck_assert_int_eq(engine_routing_leftover(b->e, &r), 0);
		for (int j = 0; j <= next; j++) {
			r = numbered(j);
			ck_assert_int_eq(engine_has_routing(b->e, &r),
					 j < i || j >= ROUTING_IN_FLIGHT_MAX);
		}
	}
	bench_done(b);
}
END_TEST

START_TEST(more_of_them_than_can_be_told_apart_are_told_together)
{
	struct bench *b = &now[0];
	char text[64];

	bench_init(b, 100);
	open_bench(b, 0);
	b->read = engine_history(b->e)->next_seq;
	for (int i = 0; i < LIMITER_ENTRIES + 1; i++) {
		struct routing r = numbered(i);

		ck_assert_int_eq(engine_routing_leftover(b->e, &r), 0);
		drain(b, 1);
		snprintf(text, sizeof(text), "blackhole 10.%d.0.0/16", i);
		done(b, 1, text, true, 0);
		snprintf(text, sizeof(text),
			 "route blackhole 10.%d.0.0/16 was left behind; removed", i);
		ck_assert_str_eq(next_event(b),
				 i < LIMITER_ENTRIES
					 ? text
					 : "1 more such events of other routes and rules");
	}
	bench_done(b);
}
END_TEST

START_TEST(who_has_its_addresses_already_gets_them_at_once)
{
	struct bench *b = &now[0];

	bench_init(b, 255);
	give(b, ROUTE, NULL);
	bench_make_engine(b, LEFTOVERS);
	link_up(b, 0);
	address_is(b, 0, VIP, true, true);
	step(b, (struct event){ .kind = EVENT_START }, 0);
	ck_assert_ptr_nonnull(strstr(actions(b), "add[" ROUTE "] "));
	bench_done(b);
}
END_TEST

/* web has two addresses, a route and a rule, and so has lan. */
static void init_two(struct bench *b)
{
	struct instance_settings *lan, *web = &b->kit.instances[0];

	kit_add_vip(&b->kit, &web->addresses[FAMILY_V4], kit_vip("192.0.2.101/24"));
	lan = kit_add_simple(&b->kit, "lan", 52, 100, "192.0.2.200/24");
	kit_add_vip(&b->kit, &lan->addresses[FAMILY_V4], kit_vip("192.0.2.201/24"));
	give_more(b, web, "10.1.0.0/16 dev eth0");
	give_more(b, web, "from 10.1.0.0/16 table 1");
	give_more(b, lan, "10.2.0.0/16 dev eth0");
	give_more(b, lan, "from 10.2.0.0/16 table 2");
}

START_TEST(they_wait_for_each_address_of_their_own_virtual_router_and_for_no_other)
{
	struct bench *b = &now[0];

	bench_init(b, 100);
	init_two(b);
	b->kernel_answers = false;
	open_bench(b, 0);
	run(b, 5000);
	answer(b, 5000, ETH0, "192.0.2.101/24", true, 0);
	ck_assert_ptr_null(strstr(actions(b), "["));
	answer(b, 5001, ETH0, "192.0.2.100/24", true, 0);
	ck_assert_str_eq(
		actions(b),
		"add[10.1.0.0/16 dev eth0] add[from 10.1.0.0/16 table 1] 0.announce:192.0.2.100 ");
	answer(b, 5002, ETH0, "192.0.2.200/24", true, 0);
	ck_assert_ptr_null(strstr(actions(b), "["));
	answer(b, 5003, ETH0, "192.0.2.201/24", true, 0);
	ck_assert_ptr_nonnull(strstr(actions(b), "add[10.2.0.0/16 dev eth0] "
						 "add[from 10.2.0.0/16 table 2] "));
	bench_done(b);
}
END_TEST

START_TEST(hooks_wait_for_each_of_them_to_come_and_to_go)
{
	static struct agents a;
	struct bench *b = &a.b;

	agents_init(&a, 100);
	init_two(b);
	b->kit.instances[1].notify.command[HOOK_ANY] = 1;
	open_bench(b, 0);
	hooks_done(&a, 10, 1, false);
	actions(b);
	run(b, 5000);
	done(b, 5000, "10.1.0.0/16 dev eth0", false, 0);
	done(b, 5000, "from 10.1.0.0/16 table 1", false, 0);
	done(b, 5000, "from 10.2.0.0/16 table 2", false, 0);
	ck_assert(!called(&a, "hooks"));
	done(b, 5001, "10.2.0.0/16 dev eth0", false, EPERM); /* it cannot be had now */
	ck_assert_str_eq(actions(b), "1.save hooks:1 ");
	hooks_done(&a, 5001, 1, false);
	run(b, 5101);
	done(b, 5101, "10.2.0.0/16 dev eth0", false, 0);
	hear_lan(&a, 6000, HIGHER, 200);
	run(b, 7000);
	done(b, 7000, "10.2.0.0/16 dev eth0", true, 0);
	ck_assert(!called(&a, "hooks"));
	done(b, 7001, "from 10.2.0.0/16 table 2", true, 0);
	ck_assert_str_eq(actions(b), "1.save hooks:1 ");
	ck_assert_int_eq(notice_of(&a, 1).state, VROUTER_BACKUP);
	bench_done(b);
}
END_TEST

START_TEST(hooks_go_on_when_the_last_of_them_is_found_in_place)
{
	static struct agents a;
	struct bench *b = &a.b;
	struct instance_settings *lan;
	char text[64];

	agents_init(&a, 100);
	lan = kit_add_simple(&b->kit, "lan", 52, 100, "192.0.2.200/24");
	lan->notify.command[HOOK_ANY] = 1;
	/* web's keep the kernel busy */
	for (int i = 0; i < ROUTING_IN_FLIGHT_MAX; i++) {
		snprintf(text, sizeof(text), "blackhole 10.%d.0.0/16", i);
		give_more(b, &b->kit.instances[0], text);
	}
	give_more(b, lan, ROUTE);
	open_bench(b, 0);
	hooks_done(&a, 10, 1, false);
	run(b, 5000);
	ck_assert_ptr_null(strstr(actions(b), ROUTE));
	observe(b, 5000, ROUTE, true);
	ck_assert_str_eq(actions(b), "1.save hooks:1 ");
	bench_done(b);
}
END_TEST

START_TEST(what_nobody_asked_about_changes_nothing)
{
	struct bench *b = &now[0];

	given_a_master_that_routes();
	observe(b, 5500, "203.0.113.0/24 via 192.0.2.1", true);
	observe(b, 5500, "203.0.113.0/24 via 192.0.2.1", false);
	done(b, 5500, "203.0.113.0/24 via 192.0.2.1", true, 0);
	done(b, 5500, "203.0.113.0/24 via 192.0.2.1", false, EPERM);
	done(b, 5500, ROUTE, false, EPERM); /* it has been answered */
	done(b, 5500, ROUTE, true, 0);
	ck_assert_str_eq(actions(b), "");
	ck_assert_str_eq(next_event(b), "");
	ck_assert_int_eq(presence(b, 0), SLOT_OURS);
	bench_done(b);
}
END_TEST

START_TEST(each_refusal_is_told_once_a_minute_by_itself)
{
	static const char *const refused[] = {
		"10.1.0.0/16 dev eth0",
		"10.2.0.0/16 dev eth0",
		"from 10.3.0.0/16 table 1",
		"from 10.4.0.0/16 table 1",
	};
	struct bench *b = &now[0];
	char text[128];

	bench_init(b, 100);
	for (int i = 0; i < 4; i++)
		give_more(b, &b->kit.instances[0], refused[i]);
	open_bench(b, 0);
	run(b, 5000);
	b->read = engine_history(b->e)->next_seq;
	for (int i = 0; i < 4; i++) {
		done(b, 5000, refused[i], false, EPERM);
		snprintf(text, sizeof(text), "web: %s %s cannot be added: Operation not permitted",
			 i < 2 ? "route" : "rule", refused[i]);
		ck_assert_str_eq(next_event(b), text);
	}
	run(b, 5100);
	done(b, 5100, refused[0], false, EPERM);
	ck_assert_str_eq(next_event(b), "");
	bench_done(b);
}
END_TEST

START_TEST(one_that_is_lost_and_cannot_be_put_back_at_first_is_told_when_it_is)
{
	struct bench *b = &now[0];

	given_a_master_that_routes();
	observe(b, 5500, ROUTE, false);
	done(b, 5500, ROUTE, false, ENETUNREACH);
	ck_assert_str_eq(next_event(b),
			 "web: route " ROUTE " cannot be added: Network is unreachable");
	run(b, 5600);
	done(b, 5600, ROUTE, false, 0);
	ck_assert_str_eq(next_event(b), "web: route " ROUTE " was removed by somebody; put back");
	done(b, 5600, ROUTE, false, 0);
	ck_assert_str_eq(next_event(b), "");
	bench_done(b);
}
END_TEST

START_TEST(a_stop_waits_for_no_more_than_three_refusals)
{
	static const int64_t asked_ms[] = { 20000, 20100, 20500 };
	struct bench *b = &now[0];

	given_a_master_that_routes();
	stop(b, 6000);
	run(b, 20000);
	done(b, 20000, RULE, true, 0);
	b->read = engine_history(b->e)->next_seq;
	for (int i = 0; i < 3; i++) {
		run(b, asked_ms[i]);
		ck_assert_ptr_nonnull(strstr(actions(b), "remove[" ROUTE "] "));
		ck_assert(!engine_stopped(b->e));
		done(b, asked_ms[i], ROUTE, true, EPERM);
	}
	ck_assert(engine_stopped(b->e));
	ck_assert_str_eq(next_event(b),
			 "web: route " ROUTE " cannot be removed: Operation not permitted");
	bench_done(b);
}
END_TEST

/* MASTER whose route was refused twice, last at 3800: it is to be tried again at 4200. */
static void given_a_refused_route(void)
{
	struct bench *b = &now[0];

	bench_init(b, 100);
	give(b, ROUTE, NULL);
	open_bench(b, 0);
	run(b, 3700);
	done(b, 3700, ROUTE, false, EPERM);
	run(b, 3800);
	done(b, 3800, ROUTE, false, EPERM);
	prepare(&now[1], b);
}

/* Ticks to what is due before that time: it is not asked for; at that time it is. */
static void asked_at(struct bench *b, int64_t ms, const char *what)
{
	run(b, ms - 1);
	ck_assert_ptr_null(strstr(actions(b), "["));
	run(b, ms);
	ck_assert_ptr_nonnull(strstr(actions(b), what));
}

START_TEST(a_reload_that_changes_nothing_neither_ends_nor_forgets_a_refusal)
{
	given_a_refused_route();
	give(&now[1], ROUTE, NULL);
	reload(&now[0], &now[1], 3900, VIP);
	asked_at(&now[1], 4200, "add[" ROUTE "] ");
	done(&now[1], 4200, ROUTE, false, EPERM);
	asked_at(&now[1], 5800, "add[" ROUTE "] ");
	bench_done(&now[1]);
}
END_TEST

START_TEST(what_was_refused_and_changes_is_tried_at_once)
{
	given_a_refused_route();
	give(&now[1], CHANGED, NULL);
	reload(&now[0], &now[1], 3900, VIP);
	ck_assert_str_eq(actions(&now[1]), "add[" CHANGED "] ");
	bench_done(&now[1]);
}
END_TEST

/* ROUTE is there and CHANGED is wanted, which was refused at 6000. */
static void given_a_refused_change(void)
{
	given_a_master_that_routes();
	prepare(&now[1], &now[0]);
	give(&now[1], CHANGED, NULL);
	reload(&now[0], &now[1], 6000, VIP);
	done(&now[1], 6000, RULE, true, 0);
	done(&now[1], 6000, CHANGED, false, EPERM);
	actions(&now[1]);
	prepare(&now[2], &now[1]);
}

START_TEST(a_change_that_was_refused_is_still_to_be_made_after_another_reload)
{
	given_a_refused_change();
	give(&now[2], CHANGED, NULL);
	reload(&now[1], &now[2], 6050, VIP);
	asked_at(&now[2], 6100, "replace[" CHANGED "] ");
	bench_done(&now[2]);
}
END_TEST

START_TEST(a_refusal_of_what_a_reload_takes_out_counts_for_nothing)
{
	given_a_refused_change();
	reload(&now[1], &now[2], 6050, VIP);
	ck_assert_str_eq(actions(&now[2]), "remove[" CHANGED "] ");
	done(&now[2], 6060, CHANGED, true, EPERM);
	asked_at(&now[2], 6160, "remove[" CHANGED "] ");
	bench_done(&now[2]);
}
END_TEST

START_TEST(losses_are_remembered_across_a_reload)
{
	struct bench *b = &now[0];

	given_a_master_that_routes();
	for (int i = 0; i < ROUTING_LOSSES_MAX; i++) {
		observe(b, 6000, ROUTE, false);
		done(b, 6000, ROUTE, false, 0);
	}
	prepare(&now[1], b);
	give(&now[1], ROUTE, RULE);
	reload(b, &now[1], 6100, VIP);
	observe(&now[1], 6200, ROUTE, false);
	asked_at(&now[1], 7200, "add[" ROUTE "] ");
	prepare(&now[2], &now[1]);
	give(&now[2], ROUTE, RULE);
	reload(&now[1], &now[2], 7200, VIP);
	now[2].read = engine_history(now[2].e)->next_seq;
	done(&now[2], 7200, ROUTE, false, 0);
	ck_assert_str_eq(next_event(&now[2]),
			 "web: route " ROUTE " was removed by somebody; put back");
	bench_done(&now[2]);
}
END_TEST

START_TEST(one_that_is_lost_and_goes_with_a_reload_is_not_put_back)
{
	given_a_master_that_routes();
	observe(&now[0], 5500, ROUTE, false);
	prepare(&now[1], &now[0]);
	give(&now[1], NULL, RULE);
	reload(&now[0], &now[1], 5500, VIP);
	now[1].read = engine_history(now[1].e)->next_seq;
	done(&now[1], 5501, ROUTE, false, 0); /* asked for before */
	ck_assert_str_eq(actions(&now[1]), "remove[" ROUTE "] ");
	done(&now[1], 5502, ROUTE, true, 0);
	ck_assert_str_eq(next_event(&now[1]), "");
	bench_done(&now[1]);
}
END_TEST

START_TEST(what_a_reload_takes_out_was_not_left_behind_even_after_another_one)
{
	given_a_master_that_routes();
	prepare(&now[1], &now[0]);
	give(&now[1], ROUTE, NULL);
	reload(&now[0], &now[1], 5500, VIP);
	ck_assert_str_eq(actions(&now[1]), "remove[" RULE "] ");
	prepare(&now[2], &now[1]);
	give(&now[2], ROUTE, NULL);
	reload(&now[1], &now[2], 5501, VIP);
	now[2].read = engine_history(now[2].e)->next_seq;
	done(&now[2], 5502, RULE, true, 0);
	ck_assert_str_eq(next_event(&now[2]), "");
	ck_assert_str_eq(actions(&now[2]), "");
	ck_assert_uint_eq(engine_routing_count(now[2].e), 2);
	bench_done(&now[2]);
}
END_TEST

START_TEST(what_is_not_there_needs_no_room_when_a_reload_takes_it_out)
{
	given_a_backup();
	give(&now[1], ROUTE, RULE);
	reload(&now[0], &now[1], 10000, NULL);
	prepare(&now[2], &now[1]);
	give(&now[2], NULL, RULE);
	reload(&now[1], &now[2], 10001, NULL);
	ck_assert_uint_eq(engine_routing_count(now[2].e), 1);
	bench_done(&now[2]);
}
END_TEST

START_TEST(one_whose_instance_goes_lingers_across_another_reload)
{
	given_a_master_that_routes();
	prepare(&now[1], &now[0]);
	now[1].kit.s.instance_count = 0;
	now[1].kit.s.vip_count = 0;
	reload(&now[0], &now[1], 6000, VIP);
	prepare(&now[2], &now[1]);
	reload(&now[1], &now[2], 6100, VIP);
	run(&now[2], 6500);
	ck_assert_str_eq(actions(&now[2]), "");
	run(&now[2], 8000);
	ck_assert_str_eq(actions(&now[2]),
			 "leftover.remove:192.0.2.100 remove[" ROUTE "] remove[" RULE "] ");
	bench_done(&now[2]);
}
END_TEST

START_TEST(one_that_a_reload_takes_out_lingers_for_nobody_who_goes_on)
{
	given_a_master_that_routes();
	hear(&now[0], 5500, HIGHER, 200);
	ck_assert_ptr_null(strstr(actions(&now[0]), "remove"));
	prepare(&now[1], &now[0]);
	give(&now[1], ROUTE, NULL);
	reload(&now[0], &now[1], 5501, VIP);
	ck_assert_str_eq(actions(&now[1]), "remove[" RULE "] ");
	bench_done(&now[1]);
}
END_TEST

START_TEST(what_another_virtual_router_has_now_is_as_that_one_wants_it)
{
	given_a_master_that_routes();
	prepare(&now[1], &now[0])->vrid = 52;
	give(&now[1], ROUTE, RULE);
	reload(&now[0], &now[1], 6000, VIP);
	ck_assert_ptr_nonnull(strstr(actions(&now[1]), "remove[" ROUTE "] remove[" RULE "] "));
	bench_done(&now[1]);
}
END_TEST

START_TEST(what_a_reload_gives_to_a_master_comes_at_once)
{
	given_a_master_that_routes();
	prepare(&now[1], &now[0]);
	give(&now[1], ROUTE, RULE);
	give_more(&now[1], &now[1].kit.instances[0], "from 10.9.0.0/16 table 9");
	reload(&now[0], &now[1], 6000, VIP);
	ck_assert_str_eq(actions(&now[1]), "add[from 10.9.0.0/16 table 9] ");
	bench_done(&now[1]);
}
END_TEST

START_TEST(what_a_reload_gives_does_not_wait_for_an_address_that_was_refused)
{
	struct bench *b = &now[0];

	bench_init(b, 100);
	kit_add_simple(&b->kit, "lan", 52, 100, "192.0.2.200/24");
	b->kernel_answers = false;
	open_bench(b, 0);
	run(b, 3700);
	answer(b, 3700, ETH0, VIP, true, EPERM);
	answer(b, 3700, ETH0, "192.0.2.200/24", true, EPERM);
	prepare(&now[1], b);
	give_more(&now[1], &now[1].kit.instances[0], ROUTE);
	give_more(&now[1], &now[1].kit.instances[1], RULE);
	reload(b, &now[1], 3750, NULL);
	ck_assert_str_eq(actions(&now[1]), "add[" ROUTE "] add[" RULE "] ");
	bench_done(&now[1]);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("engine_routing");

	tcase_add_test(tc, they_do_not_wait_for_an_address_whose_interface_has_gone);
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
	tcase_add_test(tc, more_of_them_than_can_be_told_apart_are_told_together);
	tcase_add_test(tc, who_has_its_addresses_already_gets_them_at_once);
	tcase_add_test(tc, they_wait_for_each_address_of_their_own_virtual_router_and_for_no_other);
	tcase_add_test(tc, hooks_wait_for_each_of_them_to_come_and_to_go);
	tcase_add_test(tc, hooks_go_on_when_the_last_of_them_is_found_in_place);
	tcase_add_test(tc, what_nobody_asked_about_changes_nothing);
	tcase_add_test(tc, each_refusal_is_told_once_a_minute_by_itself);
	tcase_add_test(tc, one_that_is_lost_and_cannot_be_put_back_at_first_is_told_when_it_is);
	tcase_add_test(tc, a_stop_waits_for_no_more_than_three_refusals);
	tcase_add_test(tc, a_reload_that_changes_nothing_neither_ends_nor_forgets_a_refusal);
	tcase_add_test(tc, what_was_refused_and_changes_is_tried_at_once);
	tcase_add_test(tc, a_change_that_was_refused_is_still_to_be_made_after_another_reload);
	tcase_add_test(tc, a_refusal_of_what_a_reload_takes_out_counts_for_nothing);
	tcase_add_test(tc, losses_are_remembered_across_a_reload);
	tcase_add_test(tc, one_that_is_lost_and_goes_with_a_reload_is_not_put_back);
	tcase_add_test(tc, what_a_reload_takes_out_was_not_left_behind_even_after_another_one);
	tcase_add_test(tc, what_is_not_there_needs_no_room_when_a_reload_takes_it_out);
	tcase_add_test(tc, one_whose_instance_goes_lingers_across_another_reload);
	tcase_add_test(tc, one_that_a_reload_takes_out_lingers_for_nobody_who_goes_on);
	tcase_add_test(tc, what_another_virtual_router_has_now_is_as_that_one_wants_it);
	tcase_add_test(tc, what_a_reload_gives_to_a_master_comes_at_once);
	tcase_add_test(tc, what_a_reload_gives_does_not_wait_for_an_address_that_was_refused);
	return run_test_case(tc, "engine_routing");
}
