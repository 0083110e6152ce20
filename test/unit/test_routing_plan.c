/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan of routes and rules: the difference between what is wanted and what is there becomes work, once, after the addresses and with
 * nothing ever missing in between. Tests look into the entries too: what they remember has to be forgotten at the right moment.
 */
#include <errno.h>

#include "core/routing_plan.h"
#include "core_kit.h"
#include "routing_kit.h"
#include "unit.h"

enum {
	CAP = ROUTING_IN_FLIGHT_MAX + 2
};

#define ROUTE   "198.51.100.0/24 via 192.0.2.1"
#define RULE    "from 192.0.2.0/24 priority 7 table 100"
#define OTHER   "198.51.100.0/24 via 192.0.2.2"
#define FOREIGN "198.51.100.0/24 via 192.0.2.9 proto static"

struct bench {
	struct routing_plan p;
	struct routing_entry entries[CAP];
	uint32_t work[CAP], heads[2 * CAP], chain[CAP];
	struct routing what[CAP];
};

static struct bench b;

static void bench_init(void)
{
	memset(&b, 0xa5, sizeof(b));
	ck_assert_uint_le(index_buckets(CAP), 2 * CAP);
	routing_plan_init(&b.p, CAP, b.entries, b.work, b.heads, b.chain);
}

static void add(const char *text)
{
	uint32_t i = b.p.count;

	b.what[i] = routing_of(text);
	ck_assert_uint_eq(routing_plan_add(&b.p, &b.what[i], 3), i);
}

static void given(const char *text)
{
	bench_init();
	add(text);
}

static void want(uint32_t i)
{
	routing_plan_want(&b.p, i, true);
	routing_plan_ready(&b.p, i);
}

static void drop(uint32_t i)
{
	routing_plan_want(&b.p, i, false);
}

/* The next change is this one. */
static void expect(uint32_t entry, enum routing_change change)
{
	uint32_t got = 4711;
	enum routing_change what;

	ck_assert(routing_plan_next(&b.p, &got, &what));
	ck_assert_uint_eq(got, entry);
	ck_assert_int_eq(what, change);
}

static void expect_nothing(void)
{
	uint32_t entry = 4711;
	enum routing_change what;

	ck_assert(!routing_plan_next(&b.p, &entry, &what));
	ck_assert_uint_eq(entry, 4711);
}

static void added(uint32_t i, int error, int64_t ms)
{
	ck_assert(routing_plan_answer(&b.p, i, false, error, at_ms(ms)));
}

static void removed(uint32_t i, int error, int64_t ms)
{
	ck_assert(routing_plan_answer(&b.p, i, true, error, at_ms(ms)));
}

static void observe(uint32_t i, const char *text, bool present, int64_t ms)
{
	struct routing there = routing_of(text);

	routing_plan_observe(&b.p, i, &there, present, at_ms(ms));
}

/* Wanted, added, and confirmed at that time. */
static void hold(uint32_t i, int64_t ms)
{
	want(i);
	expect(i, ROUTING_ADD);
	added(i, 0, ms);
	expect_nothing();
	ck_assert_int_eq(b.entries[i].there, SLOT_OURS);
}

static bool settled(uint32_t i, int64_t ms)
{
	return routing_entry_settled(&b.entries[i], at_ms(ms));
}

/* It is put back at that time and not a moment before; nothing else is due meanwhile. */
static void expect_at(uint32_t i, enum routing_change change, int64_t us)
{
	expect_nothing();
	ck_assert_int_eq(b.p.retry_at.us, us);
	routing_plan_tick(&b.p, at_us(us - 1));
	expect_nothing();
	routing_plan_tick(&b.p, at_us(us));
	expect(i, change);
	ck_assert(instant_is_never(b.p.retry_at));
}

START_TEST(a_new_plan_has_nothing_to_do)
{
	given(ROUTE);
	add(RULE);
	expect_nothing();
	for (uint32_t i = 0; i < 2; i++) {
		ck_assert_ptr_eq(b.entries[i].what, &b.what[i]);
		ck_assert_uint_eq(b.entries[i].vrouter, 3);
		ck_assert_int_eq(b.entries[i].there, SLOT_ABSENT);
		ck_assert(routing_entry_done(&b.entries[i]));
		ck_assert(settled(i, 0));
		ck_assert_uint_eq(routing_plan_find(&b.p, &b.what[i]), i);
	}
	ck_assert(instant_is_never(b.p.retry_at));
	ck_assert_uint_eq(b.p.in_flight, 0);
}
END_TEST

START_TEST(an_entry_is_found_by_its_key_alone)
{
	struct routing r;

	given(ROUTE);
	add(RULE);
	add("198.51.100.0/24 via 192.0.2.1 metric 5");
	add("198.51.100.0/25 via 192.0.2.1");
	r = routing_of(FOREIGN);
	ck_assert_uint_eq(routing_plan_find(&b.p, &r), 0);
	r = routing_of("198.51.100.0/25 dev eth1");
	ck_assert_uint_eq(routing_plan_find(&b.p, &r), 3);
	r = routing_of("blackhole 198.51.100.0/24 metric 5");
	ck_assert_uint_eq(routing_plan_find(&b.p, &r), 2);
	r = routing_of("from 192.0.2.0/24 table 100"); /* the kernel chose its priority */
	ck_assert_uint_eq(routing_plan_find(&b.p, &r), 1);
	r = routing_of("198.51.100.0/26 via 192.0.2.1");
	ck_assert_uint_eq(routing_plan_find(&b.p, &r), INDEX_NONE);
}
END_TEST

START_TEST(an_entry_that_is_done_with_makes_room_for_another)
{
	struct routing before = routing_of(ROUTE);

	given(ROUTE);
	add(RULE);
	hold(0, 0);
	drop(0);
	expect(0, ROUTING_REMOVE);
	removed(0, EPERM, 10);
	observe(0, FOREIGN, true, 20);
	ck_assert(routing_entry_done(&b.entries[0]));
	routing_plan_forget(&b.p, 0);
	ck_assert_uint_eq(routing_plan_find(&b.p, &before), INDEX_NONE);
	ck_assert_uint_eq(routing_plan_find(&b.p, &b.what[1]), 1);
	b.what[0] = routing_of("blackhole 203.0.113.0/24");
	routing_plan_place(&b.p, 0);
	ck_assert_uint_eq(routing_plan_find(&b.p, &b.what[0]), 0);
	ck_assert_uint_eq(routing_plan_find(&b.p, &before), INDEX_NONE);
	ck_assert_ptr_eq(b.entries[0].what, &b.what[0]);
	ck_assert_uint_eq(b.entries[0].vrouter, 3);
	ck_assert_int_eq(b.entries[0].there, SLOT_ABSENT);
	expect_nothing();
	observe(0, "blackhole 203.0.113.0/24", true, 30);
	expect(0, ROUTING_REMOVE); /* it was never refused */
}
END_TEST

START_TEST(what_is_wanted_waits_for_the_addresses_and_is_added_in_order_and_once)
{
	given(ROUTE);
	add(RULE);
	routing_plan_want(&b.p, 0, true);
	routing_plan_want(&b.p, 1, true);
	expect_nothing();
	ck_assert(!settled(0, 0));
	ck_assert(!routing_entry_done(&b.entries[0]));
	routing_plan_ready(&b.p, 0);
	routing_plan_ready(&b.p, 1);
	expect(0, ROUTING_ADD);
	expect(1, ROUTING_ADD);
	expect_nothing();
	ck_assert_uint_eq(b.p.in_flight, 2);
	ck_assert(!settled(0, 0));
	ck_assert(!routing_entry_done(&b.entries[0]));
	routing_plan_ready(&b.p, 0);
	expect_nothing();
	added(1, 0, 5);
	added(0, 0, 5);
	ck_assert_uint_eq(b.p.in_flight, 0);
	ck_assert_int_eq(b.entries[0].there, SLOT_OURS);
	ck_assert_int_eq(b.entries[0].added_at.us, 5000);
	ck_assert(settled(0, 5) && settled(1, 5));
	expect_nothing();
}
END_TEST

START_TEST(each_mastership_waits_for_its_addresses_anew)
{
	given(ROUTE);
	hold(0, 0);
	routing_plan_want(&b.p, 0, true); /* as it is already */
	observe(0, ROUTE, false, 5000);
	expect(0, ROUTING_ADD);
	added(0, 0, 5000);
	drop(0);
	expect(0, ROUTING_REMOVE);
	removed(0, 0, 6000);
	routing_plan_want(&b.p, 0, true);
	expect_nothing();
	routing_plan_ready(&b.p, 0);
	expect(0, ROUTING_ADD);
}
END_TEST

START_TEST(what_is_not_wanted_any_more_is_removed)
{
	given(ROUTE);
	hold(0, 0);
	drop(0);
	ck_assert(!routing_entry_done(&b.entries[0]));
	ck_assert(!settled(0, 0));
	expect(0, ROUTING_REMOVE);
	expect_nothing();
	ck_assert(!routing_entry_done(&b.entries[0]));
	observe(0, ROUTE, false, 1); /* our own removal may be told before it is answered */
	ck_assert(!b.entries[0].lost);
	ck_assert(!routing_entry_done(&b.entries[0]));
	removed(0, 0, 2);
	ck_assert_int_eq(b.entries[0].there, SLOT_ABSENT);
	ck_assert(routing_entry_done(&b.entries[0]));
	ck_assert(settled(0, 2));
	ck_assert_int_eq(b.entries[0].added_at.us, 0); /* a removal is no confirmation */
	expect_nothing();
}
END_TEST

START_TEST(a_change_of_mind_costs_nothing_before_the_work_is_taken_and_is_made_good_after)
{
	given(ROUTE);
	want(0);
	drop(0);
	expect_nothing();
	hold(0, 0);
	drop(0);
	want(0);
	expect_nothing();
	drop(0);
	expect(0, ROUTING_REMOVE);
	want(0);
	expect_nothing();
	observe(0, ROUTE, false, 1);
	ck_assert(!b.entries[0].lost); /* it was us */
	expect_nothing();
	removed(0, 0, 1);
	expect(0, ROUTING_ADD);
	drop(0);
	expect_nothing();
	added(0, 0, 2);
	expect(0, ROUTING_REMOVE);
}
END_TEST

START_TEST(only_so_many_are_in_flight_at_a_time)
{
	char text[64];

	bench_init();
	for (uint32_t i = 0; i < CAP; i++) {
		snprintf(text, sizeof(text), "blackhole 10.%u.0.0/16", i);
		add(text);
		want(i);
	}
	for (uint32_t i = 0; i < ROUTING_IN_FLIGHT_MAX; i++)
		expect(i, ROUTING_ADD);
	expect_nothing();
	ck_assert_uint_eq(b.p.in_flight, ROUTING_IN_FLIGHT_MAX);
	added(7, 0, 0);
	ck_assert(!routing_plan_answer(&b.p, 7, false, 0, at_ms(0))); /* it has been answered */
	ck_assert_uint_eq(b.p.in_flight, ROUTING_IN_FLIGHT_MAX - 1);
	expect(ROUTING_IN_FLIGHT_MAX, ROUTING_ADD);
	expect_nothing();
}
END_TEST

START_TEST(an_answer_to_what_was_not_asked_changes_nothing)
{
	given(ROUTE);
	ck_assert(!routing_plan_answer(&b.p, 0, false, 0, at_ms(0)));
	ck_assert(!routing_plan_answer(&b.p, 0, true, 0, at_ms(0)));
	ck_assert_int_eq(b.entries[0].there, SLOT_ABSENT);
	want(0);
	expect(0, ROUTING_ADD);
	ck_assert(!routing_plan_answer(&b.p, 0, true, 0, at_ms(0)));
	ck_assert_uint_eq(b.p.in_flight, 1);
	added(0, 0, 0);
	drop(0);
	expect(0, ROUTING_REMOVE);
	ck_assert(!routing_plan_answer(&b.p, 0, false, 0, at_ms(0)));
	ck_assert_int_eq(b.entries[0].there, SLOT_OURS);
	ck_assert_uint_eq(b.p.in_flight, 1);
}
END_TEST

START_TEST(what_is_there_already_as_it_is_wanted_is_not_added_again)
{
	given(ROUTE);
	add(RULE);
	observe(0, ROUTE, true, 0);
	observe(1, RULE, true, 0);
	want(0);
	want(1);
	expect_nothing();
	ck_assert(settled(0, 0) && settled(1, 0));
	ck_assert_int_eq(b.entries[0].there, SLOT_OURS);
	ck_assert_int_eq(b.entries[1].there, SLOT_OURS);
}
END_TEST

START_TEST(ours_that_nobody_wants_is_removed)
{
	given(ROUTE);
	add(RULE);
	observe(0, OTHER, true, 0);
	expect(0, ROUTING_REMOVE);
	observe(1, RULE, true, 0);
	expect(1, ROUTING_REMOVE);
}
END_TEST

START_TEST(what_is_ours_and_another_is_replaced_in_one_step_when_the_addresses_are_there)
{
	given(ROUTE);
	observe(0, OTHER, true, 0);
	routing_plan_want(&b.p, 0, true);
	expect_nothing();
	ck_assert(!settled(0, 0));
	routing_plan_ready(&b.p, 0);
	expect(0, ROUTING_REPLACE);
	observe(0, OTHER, true, 1); /* still; but asked for as it is wanted now */
	added(0, 0, 2);
	expect_nothing();
	ck_assert(settled(0, 2));
	observe(0, OTHER, true, 3); /* somebody changed it */
	expect(0, ROUTING_REPLACE);
	added(0, 0, 4);
	observe(0, OTHER, true, 5);
	observe(0, ROUTE, true, 5); /* and back */
	expect_nothing();
	ck_assert(settled(0, 5));
	ck_assert(!b.entries[0].lost);
}
END_TEST

START_TEST(what_bears_our_mark_or_the_wanted_one_is_ours)
{
	given("198.51.100.0/24 via 192.0.2.1 proto static");
	add("from 192.0.2.0/24 table 100 protocol static");
	observe(0, "198.51.100.0/24 via 192.0.2.1 proto static", true, 0);
	observe(1, "from 192.0.2.0/24 table 100 protocol static", true, 0);
	want(0);
	want(1);
	expect_nothing();
	ck_assert(settled(0, 0) && settled(1, 0));
	observe(0, "198.51.100.0/24 via 192.0.2.1", true, 0);
	observe(1, "from 192.0.2.0/24 table 100", true, 0);
	ck_assert_int_eq(b.entries[0].there, SLOT_OURS);
	ck_assert_int_eq(b.entries[1].there, SLOT_OURS);
	expect(0, ROUTING_REPLACE);
	expect(1, ROUTING_REPLACE);
	observe(0, "198.51.100.0/24 via 192.0.2.1 proto 5", true, 0);
	observe(1, "from 192.0.2.0/24 table 100 protocol 5", true, 0);
	ck_assert_int_eq(b.entries[0].there, SLOT_FOREIGN);
	ck_assert_int_eq(b.entries[1].there, SLOT_FOREIGN);
}
END_TEST

START_TEST(somebody_elses_is_neither_removed_nor_replaced)
{
	given(ROUTE);
	observe(0, FOREIGN, true, 0);
	ck_assert_int_eq(b.entries[0].there, SLOT_FOREIGN);
	expect_nothing();
	ck_assert(routing_entry_done(&b.entries[0]));
	want(0);
	ck_assert(!settled(0, 0));
	expect(0, ROUTING_ADD); /* which the kernel refuses */
	added(0, EEXIST, 0);
	ck_assert_int_eq(b.entries[0].there, SLOT_FOREIGN);
	ck_assert(settled(0, 0));
	drop(0);
	expect_nothing();
	ck_assert(routing_entry_done(&b.entries[0]));
	want(0);
	expect(0, ROUTING_ADD);
	added(0, ENOBUFS, 0);
	ck_assert_int_eq(b.entries[0].there, SLOT_FOREIGN);
	drop(0);
	expect_nothing();
}
END_TEST

START_TEST(what_was_in_the_way_of_a_refused_one_has_gone_and_it_is_tried_at_once)
{
	given(ROUTE);
	observe(0, FOREIGN, true, 0);
	want(0);
	expect(0, ROUTING_ADD);
	added(0, EEXIST, 0);
	observe(0, FOREIGN, true, 10);
	expect_nothing();
	observe(0, FOREIGN, false, 20);
	ck_assert(!b.entries[0].lost); /* it was not ours */
	expect(0, ROUTING_ADD);
	added(0, 0, 20);
	ck_assert_uint_eq(b.entries[0].failures, 0);
	ck_assert(settled(0, 20));
}
END_TEST

START_TEST(one_that_somebody_takes_away_or_over_is_lost)
{
	given(ROUTE);
	hold(0, 0);
	observe(0, ROUTE, true, 5000);
	ck_assert(!b.entries[0].lost);
	observe(0, ROUTE, false, 5000);
	ck_assert(b.entries[0].lost);
	ck_assert_uint_eq(b.entries[0].losses, 1);
	expect(0, ROUTING_ADD);
	added(0, 0, 5000);
	observe(0, FOREIGN, true, 10000);
	ck_assert_int_eq(b.entries[0].there, SLOT_FOREIGN);
	ck_assert(b.entries[0].lost);
	ck_assert_uint_eq(b.entries[0].losses, 1);
	drop(0);
	ck_assert(!b.entries[0].lost);
	ck_assert_uint_eq(b.entries[0].losses, 0);
	observe(0, ROUTE, true, 10000);
	observe(0, ROUTE, false, 10000); /* nobody wants it */
	ck_assert(!b.entries[0].lost);
}
END_TEST

START_TEST(a_loss_within_a_second_is_one_more_and_one_later_is_a_first_one)
{
	given(ROUTE);
	hold(0, 1000);
	observe(0, ROUTE, false, 1000);
	expect(0, ROUTING_ADD);
	added(0, 0, 1000);
	routing_plan_observe(&b.p, 0, &b.what[0], false, at_us(1999999));
	ck_assert_uint_eq(b.entries[0].losses, 2);
	expect(0, ROUTING_ADD);
	added(0, 0, 2000);
	observe(0, ROUTE, false, 3000);
	ck_assert_uint_eq(b.entries[0].losses, 1);
}
END_TEST

START_TEST(one_that_is_lost_too_often_in_a_row_comes_back_a_second_later_each_time)
{
	int64_t ms = 1000;

	given(ROUTE);
	hold(0, ms);
	for (int i = 0; i < ROUTING_LOSSES_MAX; i++) {
		observe(0, ROUTE, false, ms);
		expect(0, ROUTING_ADD);
		added(0, 0, ms);
	}
	for (int i = 0; i < 300; i++) {
		observe(0, ROUTE, false, ms);
		observe(0, ROUTE, false, ms); /* being told twice is no other loss, and no hurry */
		routing_plan_hurry(&b.p);     /* it was not refused */
		ck_assert_int_eq(b.p.retry_at.us, (ms + PLAN_LOST_AGAIN_MS) * 1000);
		ms += PLAN_LOST_AGAIN_MS;
		expect_at(0, ROUTING_ADD, ms * 1000);
		added(0, 0, ms);
	}
	drop(0);
	expect(0, ROUTING_REMOVE);
}
END_TEST

START_TEST(a_pause_after_losses_ends_with_mastership)
{
	given(ROUTE);
	hold(0, 1000);
	for (int i = 0; i <= ROUTING_LOSSES_MAX; i++) {
		if (i > 0) {
			expect(0, ROUTING_ADD);
			added(0, 0, 1000);
		}
		observe(0, ROUTE, false, 1000);
	}
	expect_nothing();
	drop(0);
	want(0);
	expect(0, ROUTING_ADD);
	added(0, 0, 1000);
	observe(0, ROUTE, false, 1000);
	expect(0, ROUTING_ADD);
}
END_TEST

START_TEST(what_the_kernel_refuses_is_tried_again_ever_more_seldom)
{
	static const int64_t waits_ms[] = { 100, 400, 1600, 6400, 25600, 60000, 60000 };
	int64_t ms = 0;

	given(ROUTE);
	want(0);
	expect(0, ROUTING_ADD);
	for (int i = 0; i < 300; i++) {
		added(0, ENODEV, ms);
		ck_assert_uint_eq(b.entries[0].failures, i < 255 ? i + 1 : 255);
		ck_assert(settled(0, ms)); /* it cannot be had now */
		ms += waits_ms[i < 6 ? i : 6];
		ck_assert(settled(0, ms - 1) && !settled(0, ms));
		expect_at(0, ROUTING_ADD, ms * 1000);
		ck_assert(!settled(0, ms));
	}
	added(0, 0, ms);
	ck_assert_uint_eq(b.entries[0].failures, 0);
	drop(0);
	expect(0, ROUTING_REMOVE);
	removed(0, EPERM, ms);
	expect_at(0, ROUTING_REMOVE, (ms + 100) * 1000);
	removed(0, EPERM, ms);
	want(0);
	ck_assert_uint_eq(b.entries[0].failures, 0);
	expect_nothing(); /* it is still there */
}
END_TEST

START_TEST(the_earliest_of_several_waits_is_the_next_and_a_hurry_ends_those_of_the_refused)
{
	struct routing_entry beyond;

	given(ROUTE);
	add(RULE);
	add("blackhole 10.0.0.0/8");
	for (uint32_t i = 0; i < 3; i++)
		want(i);
	for (uint32_t i = 0; i < 3; i++)
		expect(i, ROUTING_ADD);
	added(2, 0, 0);
	added(1, EPERM, 50);
	added(0, EPERM, 10);
	ck_assert_int_eq(b.p.retry_at.us, 110000);
	beyond = b.entries[3];
	routing_plan_tick(&b.p, at_ms(110));
	ck_assert_int_eq(b.p.retry_at.us, 150000);
	expect(0, ROUTING_ADD);
	expect_nothing();
	added(0, EPERM, 110);
	ck_assert_int_eq(b.p.retry_at.us, 150000);
	routing_plan_hurry(&b.p);
	ck_assert(instant_is_never(b.p.retry_at));
	expect(0, ROUTING_ADD);
	expect(1, ROUTING_ADD);
	expect_nothing();
	ck_assert(memcmp(&b.entries[3], &beyond, sizeof(beyond)) == 0); /* there are only three */
	added(0, EPERM, 120); /* which was the third time */
	ck_assert_int_eq(b.p.retry_at.us, 1720000);
}
END_TEST

START_TEST(a_wait_does_not_outlive_what_it_was_for)
{
	given(ROUTE);
	want(0);
	expect(0, ROUTING_ADD);
	added(0, EPERM, 0);
	drop(0);
	want(0);
	expect(0, ROUTING_ADD);
}
END_TEST

START_TEST(a_refusal_of_what_is_not_wanted_any_more_is_none)
{
	given(ROUTE);
	want(0);
	expect(0, ROUTING_ADD);
	drop(0);
	added(0, EPERM, 0);
	ck_assert_uint_eq(b.entries[0].failures, 0);
	ck_assert(instant_is_never(b.p.retry_at));
	ck_assert(routing_entry_done(&b.entries[0]));
	expect_nothing();
	hold(0, 1);
	drop(0);
	expect(0, ROUTING_REMOVE);
	want(0);
	removed(0, EPERM, 2);
	ck_assert_uint_eq(b.entries[0].failures, 0);
	ck_assert(instant_is_never(b.p.retry_at));
	ck_assert(settled(0, 2)); /* it is there as it was */
	expect_nothing();
}
END_TEST

START_TEST(an_addition_without_an_answer_may_be_there)
{
	given(ROUTE);
	want(0);
	expect(0, ROUTING_ADD);
	added(0, ENOBUFS, 0);
	ck_assert_int_eq(b.entries[0].there, SLOT_OURS);
	expect_at(0, ROUTING_REPLACE, 100000);
	drop(0);
	added(0, EPERM, 200);
	expect(0, ROUTING_REMOVE);
}
END_TEST

START_TEST(what_could_not_be_replaced_is_still_the_older_one)
{
	given(ROUTE);
	observe(0, OTHER, true, 0);
	want(0);
	expect(0, ROUTING_REPLACE);
	added(0, EINVAL, 0);
	ck_assert_int_eq(b.entries[0].there, SLOT_OURS);
	expect_at(0, ROUTING_REPLACE, 100000);
}
END_TEST

START_TEST(what_could_not_be_removed_is_still_to_be_replaced_if_it_is_wanted_again)
{
	given(ROUTE);
	observe(0, OTHER, true, 0);
	expect(0, ROUTING_REMOVE);
	removed(0, EPERM, 0);
	want(0);
	expect(0, ROUTING_REPLACE);
}
END_TEST

START_TEST(a_removal_without_an_answer_may_have_happened)
{
	given(ROUTE);
	hold(0, 0);
	drop(0);
	expect(0, ROUTING_REMOVE);
	removed(0, ENOBUFS, 0);
	ck_assert_int_eq(b.entries[0].there, SLOT_OURS);
	want(0);
	expect(0, ROUTING_REPLACE);
	added(0, 0, 0);
	expect_nothing();
	drop(0);
	expect(0, ROUTING_REMOVE);
	observe(0, ROUTE, false, 1);
	removed(0, ENOBUFS, 1);
	ck_assert_int_eq(b.entries[0].there, SLOT_ABSENT); /* the kernel has told */
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("routing_plan");

	tcase_add_test(tc, a_new_plan_has_nothing_to_do);
	tcase_add_test(tc, an_entry_is_found_by_its_key_alone);
	tcase_add_test(tc, an_entry_that_is_done_with_makes_room_for_another);
	tcase_add_test(tc, what_is_wanted_waits_for_the_addresses_and_is_added_in_order_and_once);
	tcase_add_test(tc, each_mastership_waits_for_its_addresses_anew);
	tcase_add_test(tc, what_is_not_wanted_any_more_is_removed);
	tcase_add_test(
		tc, a_change_of_mind_costs_nothing_before_the_work_is_taken_and_is_made_good_after);
	tcase_add_test(tc, only_so_many_are_in_flight_at_a_time);
	tcase_add_test(tc, an_answer_to_what_was_not_asked_changes_nothing);
	tcase_add_test(tc, what_is_there_already_as_it_is_wanted_is_not_added_again);
	tcase_add_test(tc, ours_that_nobody_wants_is_removed);
	tcase_add_test(
		tc, what_is_ours_and_another_is_replaced_in_one_step_when_the_addresses_are_there);
	tcase_add_test(tc, what_bears_our_mark_or_the_wanted_one_is_ours);
	tcase_add_test(tc, somebody_elses_is_neither_removed_nor_replaced);
	tcase_add_test(tc, what_was_in_the_way_of_a_refused_one_has_gone_and_it_is_tried_at_once);
	tcase_add_test(tc, one_that_somebody_takes_away_or_over_is_lost);
	tcase_add_test(tc, a_loss_within_a_second_is_one_more_and_one_later_is_a_first_one);
	tcase_add_test(tc, one_that_is_lost_too_often_in_a_row_comes_back_a_second_later_each_time);
	tcase_add_test(tc, a_pause_after_losses_ends_with_mastership);
	tcase_add_test(tc, what_the_kernel_refuses_is_tried_again_ever_more_seldom);
	tcase_add_test(
		tc,
		the_earliest_of_several_waits_is_the_next_and_a_hurry_ends_those_of_the_refused);
	tcase_add_test(tc, a_wait_does_not_outlive_what_it_was_for);
	tcase_add_test(tc, a_refusal_of_what_is_not_wanted_any_more_is_none);
	tcase_add_test(tc, an_addition_without_an_answer_may_be_there);
	tcase_add_test(tc, what_could_not_be_replaced_is_still_the_older_one);
	tcase_add_test(tc, what_could_not_be_removed_is_still_to_be_replaced_if_it_is_wanted_again);
	tcase_add_test(tc, a_removal_without_an_answer_may_have_happened);
	return run_test_case(tc, "routing_plan");
}
