/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the engine counts and tells, event by event, and where it keeps silent: nobody learns twice of the same, or of what is
 * nobody's business, and two complaints never pass for one.
 */
#include <errno.h>

#include "core/limiter.h"
#include "engine_bench.h"

#define VIP "192.0.2.100/24"

/* The event told last, as it is. */
static const struct history_event *last_event(const struct bench *b)
{
	uint64_t seq = history_last(engine_history(b->e), 1);
	const struct history_event *e = history_read(engine_history(b->e), &seq, NULL);

	ck_assert_ptr_nonnull(e);
	return e;
}

/* Everything told so far is forgotten. */
static void skip_events(struct bench *b)
{
	b->read = engine_history(b->e)->next_seq;
}

static uint64_t counter_of(const struct bench *b, uint32_t vrouter, enum counter c)
{
	struct snapshot s;

	engine_snapshot(b->e, vrouter, at_ms(0), &s);
	return s.counters.value[c];
}

/* ---- arrivals ---- */

START_TEST(a_take_over_is_told_once_when_all_addresses_are_in_place)
{
	struct engine_arrival a = { 0 };
	struct bench b;

	bench_init(&b, 100);
	b.kernel_answers = false;
	open_bench(&b, 0);
	run(&b, 10000);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	ck_assert(!engine_next_arrival(b.e, &a));
	/* refused at first, as long as it lasts */
	answer(&b, 10001, ETH0, VIP, true, ENOMEM);
	ck_assert(!engine_next_arrival(b.e, &a));
	run(&b, 12000);
	answer(&b, 12001, ETH0, VIP, true, 0);
	ck_assert(engine_next_arrival(b.e, &a));
	ck_assert_uint_eq(a.vrouter, 0);
	ck_assert_uint_eq(a.addresses, 1);
	ck_assert_int_gt(a.took.us, 0);
	ck_assert(!engine_next_arrival(b.e, &a));
	bench_done(&b);
}
END_TEST

START_TEST(each_take_over_is_told_when_its_own_addresses_are_in_place)
{
	struct vip elsewhere = kit_vip("192.0.2.101/24");
	struct engine_arrival a = { 0 };
	struct bench b;

	bench_init(&b, 100);
	snprintf(elsewhere.dev, sizeof(elsewhere.dev), "eth7"); /* which does not exist */
	kit_add_vip(&b.kit, &b.kit.instances[0].addresses[FAMILY_V4], elsewhere);
	open_bench(&b, 0);
	for (int64_t ms = 10000; ms < 40000; ms += 10000) {
		b.kernel_answers = false;
		run(&b, ms);
		ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
		ck_assert(!engine_next_arrival(b.e, &a));
		answer(&b, ms, ETH0, VIP, true, 0);
		ck_assert(engine_next_arrival(b.e, &a));
		ck_assert_uint_eq(a.addresses, 1);
		ck_assert_uint_eq(a.absent, 1);
		run(&b, ms + 1500);
		ck_assert(!engine_next_arrival(b.e, &a));
		b.kernel_answers = true;
		hear(&b, ms + 1500, HIGHER, 200);
		run(&b, ms + 2000);
	}
	bench_done(&b);
}
END_TEST

START_TEST(a_take_over_that_finds_its_addresses_in_place_is_told_at_once)
{
	struct engine_arrival a = { 0 };
	struct bench b;

	bench_init(&b, 255);
	bench_make_engine(&b, LEFTOVERS);
	link_up(&b, 0);
	address_is(&b, 0, VIP, false, true);
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	ck_assert(engine_next_arrival(b.e, &a));
	ck_assert_uint_eq(a.addresses, 1);
	ck_assert_int_eq(a.took.us, 0);
	bench_done(&b);
}
END_TEST

START_TEST(the_take_over_of_each_is_told_apart)
{
	struct engine_arrival a;
	struct bench b;

	bench_init(&b, 100);
	kit_add_simple(&b.kit, "lan", 52, 200, "192.0.2.200/24"); /* the first to take over */
	open_bench(&b, 0);
	for (uint32_t other = 2; other-- > 0;) {
		while (!engine_next_arrival(b.e, &a))
			tick(&b, engine_deadline(b.e).us / 1000 + 1);
		ck_assert_uint_eq(a.vrouter, other);
	}
	bench_done(&b);
}
END_TEST

START_TEST(a_take_over_that_ended_before_its_addresses_were_in_place_is_not_told)
{
	struct engine_arrival a;
	struct bench b;

	bench_init(&b, 100);
	b.kernel_answers = false;
	open_bench(&b, 0);
	run(&b, 5000);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	hear(&b, 5100, HIGHER, 200);
	answer(&b, 5101, ETH0, VIP, true, 0);
	ck_assert(!engine_next_arrival(b.e, &a));
	bench_done(&b);
}
END_TEST

START_TEST(an_address_whose_removal_is_still_under_way_is_not_in_place)
{
	struct engine_arrival a;
	struct bench b;

	bench_init(&b, 100);
	open_bench(&b, 0);
	run(&b, 5000);
	ck_assert(engine_next_arrival(b.e, &a));
	b.kernel_answers = false;
	hear(&b, 5100, HIGHER, 200);
	run(&b, 12000);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER); /* the other one was short */
	ck_assert(!engine_next_arrival(b.e, &a));
	answer(&b, 12001, ETH0, VIP, false, 0);
	ck_assert(!engine_next_arrival(b.e, &a));
	answer(&b, 12002, ETH0, VIP, true, 0);
	ck_assert(engine_next_arrival(b.e, &a));
	bench_done(&b);
}
END_TEST

START_TEST(an_address_that_somebody_adds_by_hand_is_in_place)
{
	struct engine_arrival a;
	struct bench b;

	bench_init(&b, 100);
	b.kernel_answers = false;
	open_bench(&b, 0);
	run(&b, 5000);
	answer(&b, 5001, ETH0, VIP, true, ENOMEM);
	ck_assert(!engine_next_arrival(b.e, &a));
	address_is(&b, 5002, VIP, false, true);
	ck_assert(engine_next_arrival(b.e, &a));
	bench_done(&b);
}
END_TEST

/* ---- links ---- */

START_TEST(an_interface_is_told_when_it_falls_rises_goes_and_comes)
{
	struct bench b;

	bench_init(&b, 100);
	open_bench(&b, 0);
	skip_events(&b);
	link_down(&b, 1500);
	ck_assert_str_eq(next_event(&b), "interface eth0 is down");
	ck_assert_int_eq(engine_history(b.e)->events[b.read - 1].at.us, 1500000);
	ck_assert_int_eq(engine_history(b.e)->events[b.read - 1].wall_us, 1500000);
	skip_events(&b);
	link_up(&b, 1600);
	ck_assert_str_eq(next_event(&b), "interface eth0 is up");
	skip_events(&b);
	link_named(&b, 1700, "eth0", 0, false, NULL);
	ck_assert_str_eq(next_event(&b), "interface eth0 does not exist: waiting for it");
	skip_events(&b);
	link_named(&b, 1800, "eth0", ETH0 + 1, false, NULL);
	ck_assert_str_eq(next_event(&b), "interface eth0 is down");
	bench_done(&b);
}
END_TEST

START_TEST(an_interface_that_is_as_it_was_is_not_told)
{
	struct bench b;

	bench_init(&b, 100);
	open_bench(&b, 0);
	skip_events(&b);
	link_up(&b, 100);
	link_named(&b, 100, "eth0", ETH0 + 1, true, OWN); /* a new one in its place */
	ck_assert_str_eq(next_event(&b), "");
	link_named(&b, 100, "eth0", 0, false, NULL);
	skip_events(&b);
	link_named(&b, 100, "eth0", 0, false, NULL);
	ck_assert_str_eq(next_event(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(interfaces_are_not_told_before_the_start)
{
	struct bench b;

	bench_init(&b, 100);
	bench_make_engine(&b, 0);
	link_up(&b, 0);
	link_down(&b, 0);
	ck_assert_str_eq(next_event(&b), "");
	bench_done(&b);
}
END_TEST

/* ---- advertisements ---- */

static void expect_judgement(const struct bench *b, struct event_advert in, enum refusal refusal,
			     uint32_t vrouter)
{
	uint32_t whose = 4711;

	ck_assert_int_eq(engine_judge(b->e, &in, &whose), refusal);
	ck_assert_uint_eq(whose, vrouter);
}

START_TEST(what_would_become_of_a_message_can_be_asked_and_changes_nothing)
{
	struct advert advert = *peer_advert(200);
	struct event_advert good = { .ifindex = ETH0,
				     .src = ip(HIGHER),
				     .dst = advert_group(IP_V4),
				     .ttl = 255,
				     .advert = &advert,
				     .family = IP_V6 }; /* the advertisement's own counts */
	struct event_advert far = good, elsewhere = good, broken = good;
	struct bench b;

	bench_init(&b, 100);
	kit_add_simple(&b.kit, "lan", 52, 100, "192.0.2.101/24");
	open_bench(&b, 0);
	run(&b, 10000);
	skip_events(&b);
	advert.vrid = 52;
	expect_judgement(&b, good, REFUSAL_NONE, 1);
	far.ttl = 254;
	expect_judgement(&b, far, REFUSAL_TTL, 1);
	elsewhere.ifindex = ETH0 + 1;
	expect_judgement(&b, elsewhere, REFUSAL_VRID_UNKNOWN, UINT32_MAX);
	advert.vrid = 77;
	expect_judgement(&b, good, REFUSAL_VRID_UNKNOWN, UINT32_MAX);
	/* one that could not be read whole */
	broken.advert = NULL;
	broken.refusal = REFUSAL_CHECKSUM;
	broken.vrid = 52;
	broken.family = IP_V4;
	expect_judgement(&b, broken, REFUSAL_CHECKSUM, 1);
	broken.family = IP_V6;
	expect_judgement(&b, broken, REFUSAL_CHECKSUM, UINT32_MAX);
	ck_assert_int_eq(engine_state(b.e, 1), VROUTER_MASTER);
	ck_assert_uint_eq(counter_of(&b, 1, COUNTER_CHECKSUM_ERRORS), 0);
	ck_assert_str_eq(next_event(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(only_releases_are_counted_as_releases)
{
	struct bench b;

	bench_init(&b, 100);
	open_bench(&b, 0);
	hear(&b, 100, HIGHER, 200);
	ck_assert_uint_eq(counter(&b, COUNTER_PRIORITY_ZERO_RECEIVED), 0);
	hear(&b, 200, HIGHER, 0);
	ck_assert_uint_eq(counter(&b, COUNTER_PRIORITY_ZERO_RECEIVED), 1);
	ck_assert_uint_eq(counter(&b, COUNTER_ADVERTS_RECEIVED), 2);
	bench_done(&b);
}
END_TEST

START_TEST(one_owner_is_no_conflict_whichever_side_it_is)
{
	struct bench b;

	bench_init(&b, 255);
	open_bench(&b, 0);
	run(&b, 5000);
	skip_events(&b);
	hear(&b, 5000, LOWER, 200);
	ck_assert_ptr_null(strstr(next_event(&b), "claims to own"));
	ck_assert_str_eq(next_event(&b), "");
	bench_done(&b);

	bench_init(&b, 100);
	open_bench(&b, 0);
	skip_events(&b);
	hear(&b, 100, HIGHER, 255);
	ck_assert_str_eq(next_event(&b), "web: 192.0.2.6 is master (priority 255)");
	ck_assert_str_eq(next_event(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(a_conflict_that_goes_on_is_told_once)
{
	struct bench b;
	struct advert *advert;

	bench_init(&b, 100);
	open_bench(&b, 0);
	hear(&b, 0, HIGHER, 200);
	skip_events(&b);
	for (int i = 0; i < 100; i++) {
		advert = peer_advert(200);
		advert->interval = span_ms(40950);
		hear_advert(&b, 100 + i, HIGHER, advert);
	}
	ck_assert_str_eq(next_event(&b),
			 "web: conflict: 192.0.2.6 advertises every 40950 ms, here it is 1000 ms: "
			 "make both the same");
	ck_assert_str_eq(next_event(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(each_conflict_tells_its_own_facts_and_no_others)
{
	struct bench b;
	struct advert *advert;

	bench_init(&b, 255);
	open_bench(&b, 0);
	hear(&b, 100, LOWER, 255);
	const struct history_event *e = last_event(&b);

	ck_assert_int_eq(e->code, CONFLICT_OWNER);
	ck_assert_str_eq(e->text, "");
	ck_assert_int_eq(e->from, 0);
	advert = peer_advert(200);
	advert->count = 2;
	advert->addresses[1] = ip("192.0.2.101");
	hear_advert(&b, 100, LOWER, advert);
	e = last_event(&b);
	ck_assert_int_eq(e->code, CONFLICT_ADDRESS_LIST);
	ck_assert_str_eq(e->text, "2 of them, the first 192.0.2.100");
	ck_assert_int_eq(e->from, 0);
	bench_done(&b);
}
END_TEST

static void refused(struct bench *b, const char *from, enum ip_family family, uint8_t vrid,
		    enum refusal why)
{
	step(b,
	     (struct event){ .kind = EVENT_REFUSED,
			     .advert = { .ifindex = ETH0,
					 .src = ip(from),
					 .vrid = vrid,
					 .family = (uint8_t)family,
					 .refusal = why } },
	     100);
}

/* The numbers of refusals and of conflicts overlap. */
START_TEST(a_refusal_and_a_conflict_of_one_sender_are_two_complaints)
{
	struct bench b;
	struct advert *advert;

	for (int code = 1; code < REFUSAL_VRID_UNKNOWN; code++) {
		bench_init(&b, 255);
		open_bench(&b, 0);
		refused(&b, LOWER, IP_V4, 51, (enum refusal)code);
		ck_assert_int_eq(last_event(&b)->kind, HISTORY_REFUSED);
		hear(&b, 100, LOWER, 255);
		ck_assert_int_eq(last_event(&b)->code, CONFLICT_OWNER);
		advert = peer_advert(200);
		advert->interval = span_ms(500);
		hear_advert(&b, 100, LOWER, advert);
		ck_assert_int_eq(last_event(&b)->code, CONFLICT_INTERVAL);
		bench_done(&b);
	}
}
END_TEST

START_TEST(where_there_are_too_many_senders_a_conflict_too_is_told_of_all_of_them)
{
	struct bench b;
	char from[32];

	bench_init(&b, 255);
	open_bench(&b, 0);
	for (int i = 0; i < LIMITER_ENTRIES; i++) {
		snprintf(from, sizeof(from), "10.0.0.%d", i + 1);
		refused(&b, from, IP_V4, 51, REFUSAL_CHECKSUM);
	}
	skip_events(&b);
	hear(&b, 100, LOWER, 255);
	ck_assert_str_eq(next_event(&b), "1 more advertisements of various senders refused");
	bench_done(&b);
}
END_TEST

START_TEST(a_message_of_nobody_here_counts_for_its_family_only)
{
	struct bench b;

	bench_init(&b, 100);
	kit_add_vip(&b.kit, &b.kit.instances[0].addresses[FAMILY_V6], kit_vip("fe80::1/64"));
	open_bench(&b, 0);
	refused(&b, HIGHER, IP_V4, 77, REFUSAL_CHECKSUM);
	ck_assert_uint_eq(counter_of(&b, 0, COUNTER_CHECKSUM_ERRORS), 1);
	ck_assert_uint_eq(counter_of(&b, 1, COUNTER_CHECKSUM_ERRORS), 0);
	refused(&b, "fe80::2", IP_V6, 77, REFUSAL_CHECKSUM);
	ck_assert_uint_eq(counter_of(&b, 0, COUNTER_CHECKSUM_ERRORS), 1);
	ck_assert_uint_eq(counter_of(&b, 1, COUNTER_CHECKSUM_ERRORS), 1);
	bench_done(&b);
}
END_TEST

START_TEST(advertisements_that_cannot_be_sent_are_told_once)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	for (int i = 0; i < 10; i++)
		step(&b, (struct event){ .kind = EVENT_SEND_FAILED, .send = { 0, ENOBUFS } },
		     10100 + i);
	ck_assert_str_eq(next_event(&b),
			 "web: advertisements cannot be sent: No buffer space available");
	ck_assert_str_eq(next_event(&b), "");
	bench_done(&b);
}
END_TEST

/* ---- addresses ---- */

#define FOREIGN                                                                             \
	" is on this host although this router is not master, and was not added by vrrpd: " \
	"remove it from the system's own network configuration, or say priority = 255 if it is this router's own"

START_TEST(every_address_that_somebody_else_put_here_is_told_at_the_start)
{
	struct bench b;

	bench_init(&b, 100);
	kit_add_vip(&b.kit, &b.kit.instances[0].addresses[FAMILY_V4], kit_vip("192.0.2.101/24"));
	bench_make_engine(&b, 0);
	link_up(&b, 0);
	address_is(&b, 0, "192.0.2.100/24", false, true);
	address_is(&b, 0, "192.0.2.101/24", false, true);
	ck_assert_str_eq(next_event(&b), "");
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	next_event(&b);
	ck_assert_str_eq(next_event(&b), "web: address 192.0.2.100 dev eth0" FOREIGN);
	ck_assert_str_eq(next_event(&b), "web: address 192.0.2.101 dev eth0" FOREIGN);
	bench_done(&b);
}
END_TEST

START_TEST(an_address_that_somebody_adds_beside_a_backup_is_told)
{
	struct bench b;

	bench_init(&b, 100);
	open_bench(&b, 0);
	skip_events(&b);
	address_is(&b, 100, VIP, false, true);
	ck_assert_str_eq(next_event(&b), "web: address 192.0.2.100 dev eth0" FOREIGN);
	ck_assert_int_eq(last_event(&b)->kind, HISTORY_ADDRESS);
	ck_assert_int_eq(last_event(&b)->at.us, 100000);
	bench_done(&b);
}
END_TEST

START_TEST(an_address_that_changes_hands_under_a_master_is_not_told)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	address_is(&b, 10100, VIP, false, true);
	ck_assert_str_eq(next_event(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(who_loses_its_address_releases_from_the_one_it_had)
{
	struct ip_addr src, dst[PEERS_MAX];
	struct advert advert;
	struct bench b;

	open_as_master(&b, 100, 0);
	link_named(&b, 10100, "eth0", ETH0, true, NULL);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_FAULT);
	ck_assert_int_eq(strncmp(actions(&b), "advert:0 ", 9), 0);
	ck_assert_uint_eq(engine_advert(b.e, 0, 0, &advert, &src, dst), 1);
	ck_assert(ip_equal(src, ip(OWN)));
	bench_done(&b);

	/* without a link there is no way out */
	open_as_master(&b, 100, 0);
	link_named(&b, 10100, "eth0", ETH0, false, NULL);
	ck_assert_ptr_null(strstr(actions(&b), "advert"));
	bench_done(&b);
}
END_TEST

static void claim(struct bench *b, int64_t ms, const char *address, uint8_t mac)
{
	struct event_claim in = { .ifindex = ETH0,
				  .addr = ip(address),
				  .mac = { { 2, 0, 0, 0, 0, mac } } };

	step(b, (struct event){ .kind = EVENT_CLAIM, .claim = in }, ms);
}

START_TEST(another_host_with_our_address_is_told_of_once)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	for (int i = 0; i < 50; i++)
		claim(&b, 10100 + i, "192.0.2.100", 0x42);
	ck_assert_str_eq(
		next_event(&b),
		"web: conflict: another host, 02:00:00:00:00:42, uses 192.0.2.100 as well: "
		"take it off there");
	ck_assert_str_eq(next_event(&b), "");
	ck_assert_str_eq(actions(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(what_is_no_conflict_is_not_called_one)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	claim(&b, 10100, "192.0.2.99", 0x42);  /* an address of nobody here */
	claim(&b, 10100, "192.0.2.100", ETH0); /* our own words */
	hear(&b, 10100, LOWER, 50);
	skip_events(&b);
	claim(&b, 10200, "192.0.2.100", 0x42); /* two masters, which has been told */
	ck_assert_str_eq(next_event(&b), "");
	bench_done(&b);

	bench_init(&b, 100);
	open_bench(&b, 0);
	hear(&b, 0, HIGHER, 200);
	skip_events(&b);
	claim(&b, 100, "192.0.2.100", 0x42); /* the master's */
	run(&b, 3700);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	skip_events(&b);
	claim(&b, 3800, "192.0.2.100", 0x42); /* still the old master's */
	ck_assert_str_eq(next_event(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(the_owners_own_address_is_not_called_foreign_after_the_stop)
{
	struct bench b;

	bench_init(&b, 255);
	bench_make_engine(&b, 0);
	link_up(&b, 0);
	address_is(&b, 0, VIP, false, true);
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	stop(&b, 500);
	run(&b, 10000);
	skip_events(&b);
	address_is(&b, 10000, VIP, false, true);
	ck_assert_str_eq(next_event(&b), "");
	bench_done(&b);
}
END_TEST

START_TEST(what_the_kernel_did_is_counted_by_what_it_was)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	ck_assert_uint_eq(counter(&b, COUNTER_ADDRESSES_ADDED), 1);
	ck_assert_uint_eq(counter(&b, COUNTER_ADDRESSES_REMOVED), 0);
	address_is(&b, 10100, VIP, true, false);
	ck_assert_uint_eq(counter(&b, COUNTER_ADDRESSES_ADDED), 2);
	ck_assert_uint_eq(counter(&b, COUNTER_ADDRESSES_RESTORED), 1);
	stop(&b, 10200);
	run(&b, 20000);
	ck_assert_uint_eq(counter(&b, COUNTER_ADDRESSES_ADDED), 2);
	ck_assert_uint_eq(counter(&b, COUNTER_ADDRESSES_RESTORED), 1);
	ck_assert_uint_eq(counter(&b, COUNTER_ADDRESSES_REMOVED), 1);
	bench_done(&b);
}
END_TEST

START_TEST(a_removal_that_fails_is_told_as_a_removal)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	b.kernel_answers = false;
	stop(&b, 10100);
	run(&b, 14000);
	skip_events(&b);
	answer(&b, 14000, ETH0, VIP, false, EPERM);
	ck_assert_str_eq(
		next_event(&b),
		"web: address 192.0.2.100 dev eth0 cannot be removed: Operation not permitted");
	ck_assert_uint_eq(counter(&b, COUNTER_ADDRESS_FAILURES), 1);
	bench_done(&b);
}
END_TEST

START_TEST(a_fault_by_refused_addresses_says_what_the_kernel_said)
{
	struct snapshot s;
	struct bench b;

	bench_init(&b, 255);
	b.kernel_answers = false;
	open_bench(&b, 0);
	for (int64_t ms = 0; ms <= 20000; ms += 10000) {
		tick(&b, ms);
		skip_events(&b);
		answer(&b, ms, ETH0, VIP, true, EPERM);
	}
	ck_assert_str_eq(
		next_event(&b),
		"web: MASTER -> FAULT: addresses cannot be added (Operation not permitted)");
	engine_snapshot(b.e, 0, at_ms(20000), &s);
	ck_assert_int_eq(s.error, EPERM);
	tick(&b, 60000);
	engine_snapshot(b.e, 0, at_ms(60000), &s);
	ck_assert_int_ne(s.state, VROUTER_FAULT);
	ck_assert_int_eq(s.error, 0);
	bench_done(&b);
}
END_TEST

START_TEST(an_answer_belongs_to_the_slot_of_its_prefix_length)
{
	struct bench b;

	bench_init(&b, 255);
	kit_add_vip(&b.kit, &b.kit.instances[0].extra, kit_vip("192.0.2.100/32"));
	b.kernel_answers = false;
	open_bench(&b, 0);
	skip_events(&b);
	answer(&b, 1, ETH0, "192.0.2.100/32", true, EINVAL);
	ck_assert(instant_reached(engine_deadline(b.e), at_ms(101)));
	answer(&b, 2, ETH0, "192.0.2.100/24", true, 0);
	struct snapshot_address first, second;

	engine_snapshot_address(b.e, 0, 0, &first);
	engine_snapshot_address(b.e, 0, 1, &second);
	ck_assert_int_eq(first.presence, SLOT_OURS);
	ck_assert_int_eq(second.presence, SLOT_ABSENT);
	bench_done(&b);
}
END_TEST

/* ---- address faults ---- */

/* 0, 1, 2…: three refusals, and how long the FAULT lasts. */
static void expect_fault(struct bench *b, int64_t *ms, int64_t lasts_ms)
{
	while (engine_state(b->e, 0) == VROUTER_MASTER) {
		answer(b, *ms, ETH0, VIP, true, EPERM);
		if (engine_state(b->e, 0) != VROUTER_MASTER)
			break;
		*ms += 1000;
		tick(b, *ms);
	}
	run(b, *ms + lasts_ms - 1);
	ck_assert_int_eq(engine_state(b->e, 0), VROUTER_FAULT);
	*ms += lasts_ms;
	run(b, *ms);
	ck_assert_int_eq(engine_state(b->e, 0), VROUTER_MASTER);
}

START_TEST(an_extra_address_that_works_does_not_clear_the_faults_of_the_others)
{
	struct bench b;
	int64_t ms = 0;

	bench_init(&b, 255);
	kit_add_vip(&b.kit, &b.kit.instances[0].extra, kit_vip("10.0.0.9/32"));
	b.kernel_answers = false;
	open_bench(&b, 0);
	answer(&b, ms, ETH0, "10.0.0.9/32", true, 0);
	expect_fault(&b, &ms, 10000);
	answer(&b, ms, ETH0, "10.0.0.9/32", false, 0);
	answer(&b, ms, ETH0, "10.0.0.9/32", true, 0);
	expect_fault(&b, &ms, 20000);
	bench_done(&b);
}
END_TEST

START_TEST(after_an_address_that_worked_a_fault_lasts_as_long_as_the_first)
{
	struct bench b;
	int64_t ms = 0;

	bench_init(&b, 255);
	b.kernel_answers = false;
	open_bench(&b, 0);
	expect_fault(&b, &ms, 10000);
	expect_fault(&b, &ms, 20000);
	answer(&b, ms, ETH0, VIP, true, 0);
	address_is(&b, ms, VIP, true, false);
	expect_fault(&b, &ms, 10000);
	bench_done(&b);
}
END_TEST

START_TEST(an_extra_address_never_brings_its_virtual_router_down)
{
	struct bench b;

	bench_init(&b, 255);
	kit_add_vip(&b.kit, &b.kit.instances[0].extra, kit_vip("10.0.0.9/32"));
	open_bench(&b, 0);
	for (int i = 0; i < 20; i++) {
		address_is(&b, 100 + i, "10.0.0.9/32", true, false);
		ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
	}
	b.kernel_answers = false;
	address_is(&b, 200, "10.0.0.9/32", true, false);
	for (int64_t ms = 60000, i = 0; i < 10; i++) {
		answer(&b, ms, ETH0, "10.0.0.9/32", true, EINVAL);
		ck_assert_int_eq(engine_state(b.e, 0), VROUTER_MASTER);
		ms += 60000;
		tick(&b, ms);
	}
	bench_done(&b);
}
END_TEST

/* ---- announcements ---- */

START_TEST(an_address_restored_in_the_middle_of_its_announcements_is_announced_as_often_as_any)
{
	struct bench b;
	const char *text;
	int announced = 0;

	bench_init(&b, 255);
	b.kit.instances[0].announce =
		(struct announce_settings){ .count = 5, .interval = span_ms(100) };
	open_bench(&b, 0);
	tick(&b, 100);
	actions(&b);
	b.kernel_answers = false;
	address_is(&b, 150, VIP, true, false);
	run(&b, 500);
	answer(&b, 500, ETH0, VIP, true, 0);
	run(&b, 5000);
	for (text = actions(&b); (text = strstr(text, "announce")); text++)
		announced++;
	ck_assert_int_eq(announced, 5);
	bench_done(&b);
}
END_TEST

START_TEST(after_the_last_announcement_there_is_nothing_to_wake_up_for)
{
	struct bench b;

	bench_init(&b, 255);
	b.kit.instances[0].advert_interval = span_ms(40000);
	b.kit.instances[0].announce =
		(struct announce_settings){ .count = 2, .interval = span_ms(100) };
	open_bench(&b, 0);
	ck_assert_int_eq(engine_deadline(b.e).us, 100000);
	tick(&b, 100);
	ck_assert_int_eq(engine_deadline(b.e).us, 40000000);
	bench_done(&b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("engine_told");

	tcase_add_test(tc, a_take_over_is_told_once_when_all_addresses_are_in_place);
	tcase_add_test(tc, an_interface_is_told_when_it_falls_rises_goes_and_comes);
	tcase_add_test(tc, an_interface_that_is_as_it_was_is_not_told);
	tcase_add_test(tc, interfaces_are_not_told_before_the_start);
	tcase_add_test(tc, only_releases_are_counted_as_releases);
	tcase_add_test(tc, one_owner_is_no_conflict_whichever_side_it_is);
	tcase_add_test(tc, a_conflict_that_goes_on_is_told_once);
	tcase_add_test(tc, each_conflict_tells_its_own_facts_and_no_others);
	tcase_add_test(tc, a_refusal_and_a_conflict_of_one_sender_are_two_complaints);
	tcase_add_test(tc, where_there_are_too_many_senders_a_conflict_too_is_told_of_all_of_them);
	tcase_add_test(tc, a_message_of_nobody_here_counts_for_its_family_only);
	tcase_add_test(tc, advertisements_that_cannot_be_sent_are_told_once);
	tcase_add_test(tc, every_address_that_somebody_else_put_here_is_told_at_the_start);
	tcase_add_test(tc, an_address_that_somebody_adds_beside_a_backup_is_told);
	tcase_add_test(tc, an_address_that_changes_hands_under_a_master_is_not_told);
	tcase_add_test(tc, who_loses_its_address_releases_from_the_one_it_had);
	tcase_add_test(tc, another_host_with_our_address_is_told_of_once);
	tcase_add_test(tc, what_is_no_conflict_is_not_called_one);
	tcase_add_test(tc, the_owners_own_address_is_not_called_foreign_after_the_stop);
	tcase_add_test(tc, what_the_kernel_did_is_counted_by_what_it_was);
	tcase_add_test(tc, a_removal_that_fails_is_told_as_a_removal);
	tcase_add_test(tc, a_fault_by_refused_addresses_says_what_the_kernel_said);
	tcase_add_test(tc, an_answer_belongs_to_the_slot_of_its_prefix_length);
	tcase_add_test(tc, an_extra_address_that_works_does_not_clear_the_faults_of_the_others);
	tcase_add_test(tc, after_an_address_that_worked_a_fault_lasts_as_long_as_the_first);
	tcase_add_test(tc, an_extra_address_never_brings_its_virtual_router_down);
	tcase_add_test(
		tc,
		an_address_restored_in_the_middle_of_its_announcements_is_announced_as_often_as_any);
	tcase_add_test(tc, after_the_last_announcement_there_is_nothing_to_wake_up_for);
	tcase_add_test(tc, each_take_over_is_told_when_its_own_addresses_are_in_place);
	tcase_add_test(tc, the_take_over_of_each_is_told_apart);
	tcase_add_test(tc, a_take_over_that_ended_before_its_addresses_were_in_place_is_not_told);
	tcase_add_test(tc, an_address_whose_removal_is_still_under_way_is_not_in_place);
	tcase_add_test(tc, an_address_that_somebody_adds_by_hand_is_in_place);
	tcase_add_test(tc, a_take_over_that_finds_its_addresses_in_place_is_told_at_once);
	tcase_add_test(tc, what_would_become_of_a_message_can_be_asked_and_changes_nothing);
	return run_test_case(tc, "engine_told");
}
