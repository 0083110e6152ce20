/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What does not fit together with others: each kind is one event that says who it is with, by address and hardware address, and what to
 * change; once a minute; and is shown for as long as it goes on.
 */
#include "core/conflicts.h"
#include "core/limiter.h"

#include "engine_bench.h"

#define MAC_TEXT "02:00:00:00:00:42"

static const struct mac_addr somebody = { { 2, 0, 0, 0, 0, 0x42 } };

static void skip_events(struct bench *b)
{
	while (next_event(b)[0] != '\0')
		continue;
}

static void claim(struct bench *b, int64_t ms, const char *address, struct mac_addr mac)
{
	step(b,
	     (struct event){ .kind = EVENT_CLAIM,
			     .claim = { .ifindex = ETH0, .addr = ip(address), .mac = mac } },
	     ms);
}

/* A router, of version 3 unless it is changed; whom an address belongs to is the test's to say. */
static void open_router(struct bench *b, void (*change)(struct bench *b))
{
	bench_init(b, 100);
	if (change)
		change(b);
	open_bench(b, 0);
	b->nobody_answers = true;
	skip_events(b);
}

static void version_2(struct bench *b)
{
	b->kit.instances[0].version = 2;
}

static void password(struct bench *b)
{
	version_2(b);
	snprintf(b->kit.instances[0].auth_password, sizeof(b->kit.instances[0].auth_password),
		 "sesame");
}

static void owner(struct bench *b)
{
	b->kit.instances[0].priority = 255;
}

static void without_pseudo(struct bench *b)
{
	b->kit.instances[0].checksum_pseudo_header = false;
}

static void other_list(struct advert *a)
{
	a->count = 2;
	a->addresses[1] = ip("192.0.2.101");
}

static void others(struct advert *a)
{
	a->addresses[0] = ip("192.0.2.200");
}

static void others_of_version_2(struct advert *a)
{
	others(a);
	a->version = 2;
	a->interval = span_s(7);
}

static void others_in_everything(struct advert *a)
{
	others(a);
	a->interval = span_ms(500);
	a->checksum_with_pseudo = false;
	a->priority = 255;
}

static void old(struct advert *a)
{
	a->version = 2;
}

static void slow(struct advert *a)
{
	a->interval = span_s(2);
}

static void slow_of_version_2(struct advert *a)
{
	slow(a);
	old(a);
}

static void plain(struct advert *a)
{
	a->checksum_with_pseudo = false;
}

static void with_pseudo(struct advert *a)
{
	a->checksum_with_pseudo = true;
}

static void claims_to_own(struct advert *a)
{
	a->priority = 255;
}

static const struct {
	void (*ours)(struct bench *b);
	void (*theirs)(struct advert *a);
	enum conflict kind;
	const char *text;
} cases[] = {
	{ NULL, other_list, CONFLICT_ADDRESS_LIST,
	  "advertises other addresses for this VRID (2 of them, the first 192.0.2.100): make both "
	  "configurations list the same ones, in the same order" },
	{ NULL, others, CONFLICT_VRID,
	  "uses this VRID for other addresses (1 of them, the first 192.0.2.200): if it is another "
	  "virtual router, give one of the two another vrid; if it is the same one, make both list "
	  "the same addresses" },
	{ NULL, others_in_everything, CONFLICT_VRID, NULL },
	{ NULL, others_of_version_2, CONFLICT_VRID, NULL },
	{ version_2, others_of_version_2, CONFLICT_VRID, NULL },
	{ NULL, old, CONFLICT_VERSION,
	  "speaks version 2, here it is version 3: make both the same; until then its "
	  "advertisements are refused" },
	{ version_2, NULL, CONFLICT_VERSION,
	  "speaks version 3, here it is version 2: make both the same; until then its "
	  "advertisements are refused" },
	{ NULL, slow, CONFLICT_INTERVAL,
	  "advertises every 2000 ms, here it is 1000 ms: make both the same" },
	{ version_2, slow_of_version_2, CONFLICT_INTERVAL,
	  "advertises every 2000 ms, here it is 1000 ms: make both the same; until then its "
	  "advertisements are refused" },
	{ password, old, CONFLICT_PASSWORD,
	  "sends another password, or one of the two sends none: make auth-password the same on "
	  "both; until then its advertisements are refused" },
	{ NULL, plain, CONFLICT_CHECKSUM,
	  "makes its checksum without the pseudo-header, this router with it, and may be refused "
	  "there: set checksum-pseudo-header = false" },
	{ without_pseudo, with_pseudo, CONFLICT_CHECKSUM,
	  "makes its checksum with the pseudo-header, this router without it, and may be refused "
	  "there: set checksum-pseudo-header = true" },
	{ owner, claims_to_own, CONFLICT_OWNER,
	  "claims to own the addresses too (priority 255): only one router may" },
};

#define STRANGER "192.0.2.7"

static void hear_case(struct bench *b, size_t i, int64_t ms)
{
	struct advert *advert = peer_advert(200);

	if (cases[i].theirs)
		cases[i].theirs(advert);
	hear_advert(b, ms, STRANGER, advert);
}

static const struct history_event *last_event(struct bench *b)
{
	struct history *h = engine_history(b->e);
	uint64_t seq = h->next_seq - 1;

	return history_read(h, &seq, NULL);
}

/* The next event of a conflict, or NULL. */
static const struct history_event *next_conflict(struct bench *b)
{
	const struct history_event *e;

	do {
		e = history_read(engine_history(b->e), &b->read, NULL);
	} while (e && e->kind != HISTORY_CONFLICT);
	return e;
}

START_TEST(each_conflict_is_one_event_that_says_who_it_is_with_and_what_to_change)
{
	char expected[2 * TEXT_MAX], text[2 * TEXT_MAX];
	const struct history_event *e;
	struct bench b;

	open_router(&b, cases[_i].ours);
	for (int64_t ms = 1000; ms < 1900; ms += 100)
		hear_case(&b, (size_t)_i, ms);
	ck_assert_uint_eq(b.identify, 1);
	ck_assert(ip_equal(b.identified, ip(STRANGER)));
	ck_assert_ptr_null(next_conflict(&b));
	claim(&b, 1900, STRANGER, somebody);
	e = next_conflict(&b);
	ck_assert_ptr_nonnull(e);
	ck_assert_int_eq(e->code, cases[_i].kind);
	ck_assert(mac_equal(e->mac, somebody));
	ck_assert_str_eq(e->instance, "web");
	ck_assert_uint_eq(e->count, 1);
	if (e->code == CONFLICT_CHECKSUM)
		ck_assert_str_eq(e->text, ""); /* from and to say it */
	if (cases[_i].text) {
		snprintf(expected, sizeof(expected), "conflict: %s (%s) %s", STRANGER, MAC_TEXT,
			 cases[_i].text);
		ck_assert_str_eq(history_text(e, text, sizeof(text)), expected);
	}
	ck_assert_ptr_null(next_conflict(&b));
	bench_done(&b);
}
END_TEST

START_TEST(where_nobody_says_whose_address_it_is_the_conflict_is_told_after_a_second)
{
	const struct history_event *e;
	struct bench b;

	open_router(&b, cases[_i].ours);
	hear_case(&b, (size_t)_i, 1000);
	run(&b, 1999);
	ck_assert_ptr_null(next_conflict(&b));
	run(&b, 2000);
	e = next_conflict(&b);
	ck_assert_ptr_nonnull(e);
	ck_assert(!mac_is_set(e->mac));
	ck_assert_int_eq(e->at.us, 2000000);
	ck_assert_int_eq(e->wall_us, 2000000);
	claim(&b, 2001, STRANGER, somebody);
	ck_assert_ptr_null(next_conflict(&b));
	bench_done(&b);
}
END_TEST

START_TEST(a_conflict_that_goes_on_is_told_once_a_minute)
{
	unsigned int told = 0;
	struct bench b;

	open_router(&b, cases[_i].ours);
	for (int64_t ms = 1000; ms < 181000; ms += 500) {
		hear_case(&b, (size_t)_i, ms);
		claim(&b, ms, STRANGER, somebody);
	}
	while (next_conflict(&b))
		told++;
	ck_assert_uint_eq(told, 3);
	bench_done(&b);
}
END_TEST

START_TEST(who_was_found_once_is_named_again_where_nobody_answers)
{
	const struct history_event *e;
	struct bench b;

	open_router(&b, NULL);
	hear_case(&b, 0, 1000);
	claim(&b, 1100, STRANGER, somebody);
	ck_assert_ptr_nonnull(next_conflict(&b));
	hear_case(&b, 0, 1500);
	hear_case(&b, 0, 61000);
	run(&b, 62000);
	e = next_conflict(&b);
	ck_assert(mac_equal(e->mac, somebody));
	ck_assert_uint_eq(e->count, 2);
	/* and it may have got another one */
	hear_case(&b, 0, 122000);
	claim(&b, 122100, STRANGER, (struct mac_addr){ { 2, 0, 0, 0, 0, 0x43 } });
	ck_assert_uint_eq(next_conflict(&b)->mac.bytes[5], 0x43);
	bench_done(&b);
}
END_TEST

static uint32_t shown(struct bench *b, int64_t ms, struct snapshot_conflict *ret)
{
	uint32_t place = 0, count = 0;

	while (engine_snapshot_conflict(b->e, 0, at_ms(ms), &place, ret))
		count++;
	return count;
}

START_TEST(a_conflict_is_shown_for_as_long_as_it_goes_on_and_a_minute)
{
	struct snapshot_conflict c;
	struct bench b;

	open_router(&b, cases[_i].ours);
	ck_assert_uint_eq(shown(&b, 500, &c), 0);
	for (int64_t ms = 1000; ms <= 100000; ms += 1000) {
		hear_case(&b, (size_t)_i, ms);
		claim(&b, ms, STRANGER, somebody);
	}
	ck_assert_uint_eq(shown(&b, 159999, &c), 1);
	ck_assert_int_eq(c.event->code, cases[_i].kind);
	ck_assert(mac_equal(c.event->mac, somebody));
	ck_assert_uint_eq(c.count, 100);
	ck_assert_int_eq(c.first_wall_us, 1000000);
	ck_assert_int_eq(c.last_wall_us, 100000000);
	ck_assert_uint_eq(shown(&b, 160000, &c), 0);
	bench_done(&b);
}
END_TEST

START_TEST(nobody_is_asked_for_before_the_start)
{
	struct bench b;

	bench_init(&b, 100);
	bench_make_engine(&b, LEFTOVERS);
	link_up(&b, 0);
	b.nobody_answers = true;
	hear_case(&b, 0, 100);
	ck_assert_uint_eq(b.identify, 0);
	step(&b, (struct event){ .kind = EVENT_START }, 200);
	ck_assert_uint_eq(b.identify, 1);
	bench_done(&b);
}
END_TEST

START_TEST(who_is_beyond_a_router_is_not_asked_for)
{
	struct advert *advert;
	struct bench b;

	bench_init(&b, 100);
	struct ip_addr peers[] = { ip(HIGHER) };

	b.kit.s.peers = peers;
	b.kit.s.peer_count = 1;
	b.kit.instances[0].peers = (struct range){ 0, 1 };
	b.kit.instances[0].min_ttl = 200;
	open_bench(&b, 0);
	skip_events(&b);
	advert = peer_advert(200);
	advert->interval = span_ms(500);
	step(&b,
	     (struct event){ .kind = EVENT_ADVERT,
			     .advert = { .ifindex = ETH0,
					 .src = ip(HIGHER),
					 .dst = ip(OWN),
					 .ttl = 254,
					 .advert = advert } },
	     1000);
	ck_assert_uint_eq(b.identify, 0);
	ck_assert_ptr_nonnull(next_conflict(&b));
	bench_done(&b);
}
END_TEST

/* That is all that is told. */
static void expect_conflict(struct bench *b, enum conflict kind, const char *text)
{
	const struct history_event *e = history_read(engine_history(b->e), &b->read, NULL);
	char found[2 * TEXT_MAX];

	ck_assert_ptr_nonnull(e);
	ck_assert_int_eq(e->kind, HISTORY_CONFLICT);
	ck_assert_int_eq(e->code, kind);
	ck_assert_str_eq(history_text(e, found, sizeof(found)), text);
	if (kind == CONFLICT_PEERS)
		ck_assert(e->from == 0 && e->to == 0);
	ck_assert_str_eq(next_event(b), "");
}

/* An advertisement that would be right if it came the way it should. */
static void hear_by(struct bench *b, int64_t ms, const char *from, const char *to, uint8_t ttl)
{
	step(b,
	     (struct event){ .kind = EVENT_ADVERT,
			     .advert = { .ifindex = ETH0,
					 .src = ip(from),
					 .dst = ip(to),
					 .ttl = ttl,
					 .advert = peer_advert(200) } },
	     ms);
}

START_TEST(who_sends_another_way_than_we_do_is_told_of)
{
	struct ip_addr peers[] = { ip(HIGHER) };
	struct bench b;

	open_router(&b, NULL);
	hear_by(&b, 1000, STRANGER, OWN, 255);
	claim(&b, 1000, STRANGER, somebody);
	expect_conflict(&b, CONFLICT_PEERS,
			"conflict: " STRANGER " (" MAC_TEXT ") sends to this router alone, which "
			"has no peers: set peers on both, or on none; until then its "
			"advertisements are refused");
	/* nobody has such an address: it is not told as somebody's */
	hear_by(&b, 1000, "127.0.0.1", OWN, 255);
	ck_assert_int_eq(last_event(&b)->kind, HISTORY_REFUSED);
	/* and by multicast, or of no peer, a TTL is never somebody's choice */
	hear_by(&b, 1000, "192.0.2.8", "224.0.0.18", 254);
	ck_assert_int_eq(last_event(&b)->kind, HISTORY_REFUSED);
	hear_by(&b, 1000, "192.0.2.9", OWN, 254);
	ck_assert_int_eq(last_event(&b)->kind, HISTORY_REFUSED);
	bench_done(&b);

	bench_init(&b, 100);
	b.kit.s.peers = peers;
	b.kit.s.peer_count = 1;
	b.kit.instances[0].peers = (struct range){ 0, 1 };
	open_bench(&b, 0);
	skip_events(&b);
	hear_by(&b, 1000, STRANGER, "224.0.0.18", 255);
	expect_conflict(&b, CONFLICT_PEERS,
			"conflict: " STRANGER " sends by multicast, and this router has peers: set "
			"peers on both, or on none; until then its advertisements are refused");
	hear_by(&b, 1000, "192.0.2.8", OWN, 255);
	expect_conflict(&b, CONFLICT_PEERS,
			"conflict: 192.0.2.8 is not among the peers of this router: add it to "
			"peers, or stop it; until then its advertisements are refused");
	hear_by(&b, 1000, HIGHER, OWN, 63);
	expect_conflict(&b, CONFLICT_TTL,
			"conflict: the peer " HIGHER " is heard with a TTL of 63, and min-ttl is "
			"255: if there is a router between, set min-ttl = 63; until then its "
			"advertisements are refused");
	ck_assert_uint_eq(counter(&b, COUNTER_SENDER_ERRORS), 2);
	ck_assert_uint_eq(counter(&b, COUNTER_IP_TTL_ERRORS), 1);
	hear_by(&b, 1000, HIGHER, "224.0.0.18", 63);
	ck_assert_int_eq(last_event(&b)->kind, HISTORY_REFUSED);
	bench_done(&b);
}
END_TEST

static void slow_ones(struct bench *b, int64_t ms, int count)
{
	for (int i = 0; i < count; i++) {
		char from[32];
		struct advert *advert = peer_advert(200);

		slow(advert);
		snprintf(from, sizeof(from), "192.0.2.%d", 110 + i);
		hear_advert(b, ms, from, advert);
	}
}

START_TEST(two_masters_are_told_with_the_hardware_address_and_shown_until_it_is_over)
{
	const struct history_event *e;
	struct snapshot_conflict c;
	char text[2 * TEXT_MAX];
	struct bench b;

	bench_init(&b, 100);
	open_bench(&b, 0);
	run(&b, 10000);
	b.nobody_answers = true;
	skip_events(&b);
	for (int64_t ms = 10000; ms < 15000; ms += 1000) {
		hear(&b, ms, LOWER, 50);
		claim(&b, ms, LOWER, somebody);
	}
	e = next_conflict(&b);
	ck_assert_ptr_nonnull(e);
	ck_assert_str_eq(history_text(e, text, sizeof(text)),
			 "conflict: 192.0.2.4 (" MAC_TEXT ") is master too, with priority 50; it "
			 "should yield to 100: see whether it hears this router");
	ck_assert_ptr_null(next_conflict(&b));
	ck_assert_uint_eq(shown(&b, 15000, &c), 1);
	run(&b, 20000);
	e = next_conflict(&b);
	ck_assert_int_eq(e->code, CONFLICT_TWO_MASTERS_OVER);
	ck_assert_int_eq(e->from, 50); /* the priorities, as when it was told */
	ck_assert_int_eq(e->to, 100);
	ck_assert_uint_eq(shown(&b, 20000, &c), 0);
	bench_done(&b);
}
END_TEST

START_TEST(whom_a_master_yields_to_is_no_second_one_though_there_was_one)
{
	struct bench b;

	open_as_master(&b, 100, 0);
	hear(&b, 10000, LOWER, 50);
	hear(&b, 10100, HIGHER, 200);
	ck_assert_int_eq(engine_state(b.e, 0), VROUTER_BACKUP);
	run(&b, 12000);
	ck_assert(ip_equal(next_conflict(&b)->address, ip(LOWER)));
	ck_assert_ptr_null(next_conflict(&b));
	bench_done(&b);
}
END_TEST

START_TEST(what_waits_to_be_told_is_told_at_the_stop)
{
	struct bench b;

	open_router(&b, NULL);
	hear_case(&b, 0, 1000);
	ck_assert_ptr_null(next_conflict(&b));
	/* and what was heard a moment before */
	slow_ones(&b, 1100, 1);
	step(&b, (struct event){ .kind = EVENT_STOP }, 1100);
	ck_assert_ptr_nonnull(next_conflict(&b));
	ck_assert_ptr_nonnull(next_conflict(&b));
	bench_done(&b);
}
END_TEST

static void with_lan(struct bench *b)
{
	kit_add_simple(&b->kit, "lan", 52, 100, "192.0.2.200/24");
}

START_TEST(whose_an_address_is_is_asked_for_the_virtual_router_that_heard_it)
{
	struct bench b;

	open_router(&b, with_lan);
	for (int i = 0; i < 2; i++) {
		struct advert *advert = peer_advert(200);

		slow(advert);
		advert->vrid = (uint8_t)(51 + i);
		advert->addresses[0] = ip(i ? "192.0.2.200" : "192.0.2.100");
		hear_advert(&b, 1000, STRANGER, advert);
		ck_assert_uint_eq(b.last[ACTION_IDENTIFY].vrouter, i);
		ck_assert_int_eq(b.last[ACTION_IDENTIFY].ifindex, ETH0);
	}
	bench_done(&b);
}
END_TEST

START_TEST(as_many_conflicts_as_there_is_room_for_are_shown_and_not_one_more)
{
	struct snapshot_conflict c;
	char from[32];
	struct bench b;

	open_router(&b, NULL);
	for (int i = 0; i <= CONFLICTS_MAX; i++) {
		struct advert *advert = peer_advert(200);

		slow(advert);
		snprintf(from, sizeof(from), "192.0.2.%d", 110 + i);
		hear_advert(&b, 1000, from, advert);
	}
	ck_assert_uint_eq(b.identify, CONFLICTS_MAX);
	ck_assert_uint_eq(shown(&b, 1000, &c), CONFLICTS_MAX);
	/* when they have been told and have ended there is room again */
	run(&b, 2000);
	hear_advert(&b, 100000, "192.0.2.9", peer_advert(200));
	struct advert *advert = peer_advert(200);

	slow(advert);
	hear_advert(&b, 100000, "192.0.2.9", advert);
	ck_assert_uint_eq(shown(&b, 100000, &c), 1);
	bench_done(&b);
}
END_TEST

START_TEST(each_peer_was_heard_last_when_its_last_advertisement_was_taken)
{
	struct ip_addr peers[] = { ip(OWN), ip(HIGHER), ip("192.0.2.8") };
	struct snapshot_peer peer;
	uint32_t place = 0;
	struct bench b;

	bench_init(&b, 100);
	b.kit.s.peers = peers;
	b.kit.s.peer_count = 3;
	b.kit.instances[0].peers = (struct range){ 0, 3 };
	open_bench(&b, 0);
	for (int64_t ms = 1000; ms <= 3000; ms += 1000)
		step(&b,
		     (struct event){ .kind = EVENT_ADVERT,
				     .advert = { .ifindex = ETH0,
						 .src = ip(HIGHER),
						 .dst = ip(OWN),
						 .ttl = ms == 3000 ? 254 : 255,
						 .advert = peer_advert(200) } },
		     ms);
	ck_assert(engine_snapshot_peer(b.e, 0, &place, &peer));
	ck_assert(ip_equal(peer.address, ip(HIGHER)));
	ck_assert_int_eq(peer.heard_wall_us, 2000000);
	ck_assert(engine_snapshot_peer(b.e, 0, &place, &peer));
	ck_assert(ip_equal(peer.address, ip("192.0.2.8")));
	ck_assert_int_eq(peer.heard_wall_us, 0);
	ck_assert(!engine_snapshot_peer(b.e, 0, &place, &peer));
	bench_done(&b);
}
END_TEST

/* web, with these peers of its own among those of all instances. */
static void set_peers(struct bench *b, struct ip_addr *peers, uint32_t first, uint32_t count)
{
	b->kit.s.peers = peers;
	b->kit.s.peer_count = first + count;
	b->kit.instances[0].peers = (struct range){ first, count };
}

START_TEST(when_a_peer_was_heard_last_is_known_after_a_reload_that_lists_it_elsewhere)
{
	struct ip_addr peers[] = { ip(OWN), ip(HIGHER), ip("192.0.2.7"), ip(LOWER) };
	struct ip_addr now[] = { ip(OWN), ip("192.0.2.8"), ip(LOWER), ip(HIGHER) };
	const int64_t heard_us[] = { 0, 2000000, 1000000 };
	struct snapshot_peer peer;
	struct bench old, fresh;
	uint32_t place = 0;

	bench_init(&old, 100);
	set_peers(&old, peers, 1, 3);
	open_bench(&old, 0);
	for (int i = 0; i < 3; i++)
		step(&old,
		     (struct event){ .kind = EVENT_ADVERT,
				     .advert = { .ifindex = ETH0,
						 .src = peers[1 + i],
						 .dst = ip(OWN),
						 .ttl = 255,
						 .advert = peer_advert(200) } },
		     1000 + 500 * i);
	bench_init(&fresh, 100);
	set_peers(&fresh, now, 1, 3);
	bench_make_engine(&fresh, LEFTOVERS);
	link_up(&fresh, 2500);
	engine_adopt(fresh.e, old.e, at_ms(2500), 2500000);
	for (int i = 0; i < 3; i++) {
		ck_assert(engine_snapshot_peer(fresh.e, 0, &place, &peer));
		ck_assert(ip_equal(peer.address, now[1 + i]));
		ck_assert_int_eq(peer.heard_wall_us, heard_us[i]);
	}
	bench_done(&old);
	bench_done(&fresh);
}
END_TEST

START_TEST(by_multicast_the_master_is_who_was_heard)
{
	struct snapshot_peer peer;
	uint32_t place = 0;
	struct bench b;

	bench_init(&b, 100);
	open_bench(&b, 0);
	ck_assert(!engine_snapshot_peer(b.e, 0, &place, &peer));
	place = 0;
	hear(&b, 500, HIGHER, 200);
	hear(&b, 1500, HIGHER, 200);
	ck_assert(engine_snapshot_peer(b.e, 0, &place, &peer));
	ck_assert(ip_equal(peer.address, ip(HIGHER)));
	ck_assert_int_eq(peer.heard_wall_us, 1500000);
	ck_assert(!engine_snapshot_peer(b.e, 0, &place, &peer));
	bench_done(&b);
}
END_TEST

START_TEST(whom_a_master_yields_to_is_who_was_heard)
{
	struct snapshot_peer peer;
	uint32_t place = 0;
	struct bench b;

	open_as_master(&b, 100, 0);
	hear(&b, 10500, HIGHER, 200);
	ck_assert(engine_snapshot_peer(b.e, 0, &place, &peer));
	ck_assert(ip_equal(peer.address, ip(HIGHER)));
	ck_assert_int_eq(peer.heard_wall_us, 10500000);
	bench_done(&b);
}
END_TEST

START_TEST(a_peer_that_speaks_another_version_is_told_of_as_that)
{
	struct ip_addr peers[] = { ip(HIGHER) };
	struct advert *advert;
	struct bench b;

	bench_init(&b, 100);
	b.kit.s.peers = peers;
	b.kit.s.peer_count = 1;
	b.kit.instances[0].peers = (struct range){ 0, 1 };
	open_bench(&b, 0);
	skip_events(&b);
	advert = peer_advert(200);
	old(advert);
	step(&b,
	     (struct event){ .kind = EVENT_ADVERT,
			     .advert = { .ifindex = ETH0,
					 .src = ip(HIGHER),
					 .dst = ip(OWN),
					 .ttl = 255,
					 .advert = advert } },
	     1000);
	expect_conflict(&b, CONFLICT_VERSION,
			"conflict: " HIGHER " speaks version 2, here it is version 3: make both "
			"the same; until then its advertisements are refused");
	bench_done(&b);
}
END_TEST

START_TEST(another_list_hides_no_other_conflict)
{
	struct advert *advert;
	struct bench b;

	open_router(&b, NULL);
	advert = peer_advert(200);
	other_list(advert);
	slow(advert);
	hear_advert(&b, 1000, STRANGER, advert);
	run(&b, 2000);
	ck_assert_int_eq(next_conflict(&b)->code, CONFLICT_ADDRESS_LIST);
	ck_assert_int_eq(next_conflict(&b)->code, CONFLICT_INTERVAL);
	ck_assert_ptr_null(next_conflict(&b));
	bench_done(&b);
}
END_TEST

/* RFC 9568 section 5.2.8: the checksum of IPv6 is always with a pseudo-header. */
START_TEST(ipv6_knows_no_other_checksum)
{
	struct event up = { .kind = EVENT_LINK,
			    .link = { .name = "eth0", .ifindex = ETH0, .up = true } };
	struct advert advert = *peer_advert(200);
	struct bench b;

	bench_init(&b, 100);
	b.kit.instances[0].checksum_pseudo_header = false;
	b.kit.instances[0].addresses[FAMILY_V4].count = 0;
	kit_add_vip(&b.kit, &b.kit.instances[0].addresses[FAMILY_V6], kit_vip("fe80::100/64"));
	bench_make_engine(&b, LEFTOVERS);
	up.link.source[FAMILY_V6] = ip("fe80::5");
	step(&b, up, 0);
	step(&b, (struct event){ .kind = EVENT_START }, 0);
	advert.family = IP_V6;
	advert.addresses[0] = ip("fe80::100");
	hear_advert(&b, 1000, "fe80::6", &advert);
	ck_assert_uint_eq(counter(&b, COUNTER_ADVERTS_RECEIVED), 1);
	ck_assert_ptr_null(next_conflict(&b));
	bench_done(&b);
}
END_TEST

START_TEST(what_is_noted_again_keeps_its_place_be_it_the_last)
{
	uint32_t place = 0, count = 0;
	struct snapshot_conflict c;
	struct bench b;

	open_router(&b, NULL);
	slow_ones(&b, 1000, CONFLICTS_MAX);
	slow_ones(&b, 1500, CONFLICTS_MAX);
	while (engine_snapshot_conflict(b.e, 0, at_ms(1500), &place, &c)) {
		ck_assert_uint_eq(c.count, 2);
		count++;
	}
	ck_assert_uint_eq(count, CONFLICTS_MAX);
	bench_done(&b);
}
END_TEST

START_TEST(all_of_them_leave_the_history_as_it_is)
{
	struct history_event first;
	struct bench b;

	open_router(&b, NULL);
	first = engine_history(b.e)->events[0];
	slow_ones(&b, 1000, CONFLICTS_MAX);
	ck_assert_mem_eq(&engine_history(b.e)->events[0], &first, sizeof(first));
	bench_done(&b);
}
END_TEST

START_TEST(what_waits_alone_in_the_last_place_is_told_in_time)
{
	struct bench b;

	open_router(&b, NULL);
	slow_ones(&b, 1000, CONFLICTS_MAX - 1);
	run(&b, 2000);
	skip_events(&b);
	slow_ones(&b, 3000, CONFLICTS_MAX);
	ck_assert_uint_eq(b.identify, CONFLICTS_MAX);
	run(&b, 3999);
	ck_assert_ptr_null(next_conflict(&b));
	run(&b, 4000);
	ck_assert_ptr_nonnull(next_conflict(&b));
	ck_assert_ptr_null(next_conflict(&b));
	bench_done(&b);
}
END_TEST

START_TEST(the_place_of_any_that_has_ended_is_given_away)
{
	struct snapshot_conflict c;
	struct advert *advert;
	char from[32];
	struct bench b;

	/* all but one, the first or the last, have ended */
	for (int i = 0; i < CONFLICTS_MAX; i += CONFLICTS_MAX - 1) {
		open_router(&b, NULL);
		slow_ones(&b, 1000, CONFLICTS_MAX);
		run(&b, 2000);
		advert = peer_advert(200);
		slow(advert);
		snprintf(from, sizeof(from), "192.0.2.%d", 110 + i);
		hear_advert(&b, 100000, from, advert);
		for (int other = 1; other < CONFLICTS_MAX; other++) {
			advert = peer_advert(200);
			slow(advert);
			snprintf(from, sizeof(from), "192.0.2.%d", 10 + other);
			hear_advert(&b, 100000, from, advert);
		}
		ck_assert_uint_eq(shown(&b, 100000, &c), CONFLICTS_MAX);
		bench_done(&b);
	}
}
END_TEST

START_TEST(what_waits_gives_its_place_to_nobody)
{
	struct advert *advert;
	struct bench b;
	int told = 0;

	open_router(&b, NULL);
	slow_ones(&b, 1000, CONFLICTS_MAX);
	/* a process that was held up for long hears somebody new before it looks at its timers */
	advert = peer_advert(200);
	slow(advert);
	hear_advert(&b, 100000, "192.0.2.9", advert);
	ck_assert(ip_equal(next_conflict(&b)->address, ip("192.0.2.9")));
	tick(&b, 100000);
	while (next_conflict(&b))
		told++;
	ck_assert_int_eq(told, CONFLICTS_MAX);
	bench_done(&b);
}
END_TEST

START_TEST(what_finds_no_place_is_told_at_once)
{
	struct snapshot_conflict c;
	struct advert *advert;
	struct bench b;

	open_router(&b, NULL);
	slow_ones(&b, 1000, CONFLICTS_MAX);
	run(&b, 2000);
	slow_ones(&b, 50000, CONFLICTS_MAX);
	skip_events(&b);
	advert = peer_advert(200);
	slow(advert);
	hear_advert(&b, 70000, "192.0.2.9", advert);
	ck_assert(ip_equal(next_conflict(&b)->address, ip("192.0.2.9")));
	ck_assert_uint_eq(shown(&b, 70000, &c), CONFLICTS_MAX);
	bench_done(&b);
}
END_TEST

START_TEST(what_is_not_told_among_too_many_others_is_shown_all_the_same)
{
	struct snapshot_conflict c;
	struct bench b;
	char from[32];

	open_router(&b, NULL);
	/* more than can be told apart */
	for (int i = 0; i <= LIMITER_ENTRIES; i++) {
		snprintf(from, sizeof(from), "192.0.2.%d", 110 + i);
		hear_by(&b, 1000, from, "224.0.0.18", 254);
	}
	skip_events(&b);
	slow_ones(&b, 1100, 1);
	slow_ones(&b, 1200, 1);
	ck_assert_ptr_null(next_conflict(&b));
	ck_assert_uint_eq(shown(&b, 1200, &c), 1);
	ck_assert_uint_eq(c.count, 2);
	ck_assert_int_eq(c.event->code, CONFLICT_INTERVAL);
	ck_assert_int_eq(c.event->at.us, 1100000);
	ck_assert_uint_eq(c.event->count, 0);
	ck_assert(ip_equal(c.event->address, ip("192.0.2.110")));
	bench_done(&b);
}
END_TEST

START_TEST(each_virtual_router_has_its_own_conflicts)
{
	struct snapshot_conflict c;
	uint32_t place = 0;
	struct advert *advert;
	struct bench b;

	bench_init(&b, 100);
	kit_add_simple(&b.kit, "lan", 52, 100, "192.0.2.200/24");
	open_bench(&b, 0);
	for (int i = 0; i < 2; i++) {
		advert = peer_advert(200);
		slow(advert);
		advert->vrid = 52;
		advert->addresses[0] = ip("192.0.2.200");
		hear_advert(&b, 1000, STRANGER, advert);
	}
	ck_assert(engine_snapshot_conflict(b.e, 1, at_ms(1000), &place, &c));
	ck_assert_uint_eq(c.count, 2);
	place = 0;
	ck_assert(!engine_snapshot_conflict(b.e, 0, at_ms(1000), &place, &c));
	advert = peer_advert(200);
	slow(advert);
	hear_advert(&b, 1000, STRANGER, advert);
	place = 0;
	ck_assert(engine_snapshot_conflict(b.e, 0, at_ms(1000), &place, &c));
	ck_assert_uint_eq(c.count, 1);
	ck_assert(!engine_snapshot_conflict(b.e, 0, at_ms(1000), &place, &c));
	bench_done(&b);
}
END_TEST

START_TEST(who_advertises_rarely_is_given_three_intervals)
{
	struct snapshot_conflict c;
	struct advert *advert;
	struct bench b;

	bench_init(&b, 100);
	b.kit.instances[0].advert_interval = span_s(40);
	open_bench(&b, 0);
	advert = peer_advert(200);
	slow(advert);
	hear_advert(&b, 1000, STRANGER, advert);
	ck_assert_uint_eq(shown(&b, 120999, &c), 1);
	ck_assert_uint_eq(shown(&b, 121000, &c), 0);
	bench_done(&b);
}
END_TEST

START_TEST(an_answer_is_for_that_address_on_that_interface)
{
	struct event elsewhere = { .kind = EVENT_CLAIM,
				   .claim = { .ifindex = ETH0 + 1, .mac = somebody } };
	struct bench b;

	open_router(&b, NULL);
	hear_case(&b, 0, 1000);
	claim(&b, 1100, "192.0.2.8", somebody);
	ck_assert_ptr_null(next_conflict(&b));
	elsewhere.claim.addr = ip(STRANGER);
	step(&b, elsewhere, 1200);
	ck_assert_ptr_null(next_conflict(&b));
	claim(&b, 1300, STRANGER, somebody);
	ck_assert_int_eq(next_conflict(&b)->at.us, 1300000);
	bench_done(&b);
}
END_TEST

/* ---- an address that somebody else says is his ---- */

#define VIP_TEXT "192.0.2.100"

/* web is MASTER since 3609 ms, and lan too. */
static void open_two_masters(struct bench *b)
{
	bench_init(b, 100);
	kit_add_simple(&b->kit, "lan", 52, 100, "192.0.2.200/24");
	open_bench(b, 0);
	b->nobody_answers = true;
	run(b, 9999);
	ck_assert_int_eq(engine_state(b->e, 1), VROUTER_MASTER);
	skip_events(b);
}

START_TEST(an_address_of_a_master_that_somebody_else_uses_is_told_of)
{
	struct snapshot_conflict c;
	uint32_t place = 0;
	struct bench b;

	open_two_masters(&b);
	claim(&b, 10000, "192.0.2.200", somebody);
	ck_assert_str_eq(next_event(&b), "lan: conflict: another host, " MAC_TEXT
					 ", uses 192.0.2.200 as well: take "
					 "it off there");
	claim(&b, 10500, "192.0.2.200", somebody);
	ck_assert_str_eq(next_event(&b), "");
	ck_assert(engine_snapshot_conflict(b.e, 1, at_ms(10500), &place, &c));
	ck_assert_int_eq(c.event->code, CONFLICT_IN_USE);
	ck_assert(mac_equal(c.event->mac, somebody));
	ck_assert(ip_equal(c.event->address, ip("192.0.2.200")));
	ck_assert_uint_eq(c.count, 2);
	ck_assert_uint_eq(shown(&b, 10500, &c), 0);
	bench_done(&b);
}
END_TEST

START_TEST(who_has_just_handed_over_may_still_speak_of_an_address_for_three_intervals)
{
	struct bench b;
	int64_t since;

	bench_init(&b, 100);
	open_bench(&b, 0);
	while (engine_state(b.e, 0) != VROUTER_MASTER && engine_deadline(b.e).us < 5000000)
		run(&b, engine_deadline(b.e).us / 1000 + 1);
	since = last_event(&b)->at.us;
	skip_events(&b);
	for (int i = 0; i < 2; i++) {
		struct event ev = { .kind = EVENT_CLAIM,
				    .claim = { .ifindex = ETH0, .mac = somebody } };

		ev.now = at_us(since + 3000000 - 1 + i);
		ev.claim.addr = ip(VIP_TEXT);
		engine_step(b.e, &ev);
		ck_assert_int_eq(next_conflict(&b) != NULL, i == 1);
	}
	bench_done(&b);
}
END_TEST

START_TEST(nobody_else_uses_an_address_where_nothing_says_so)
{
	struct bench b;

	open_two_masters(&b);
	/* nobody can say; we ourselves; an address of nobody; another interface */
	claim(&b, 10000, VIP_TEXT, (struct mac_addr){ { 0 } });
	claim(&b, 10000, VIP_TEXT, (struct mac_addr){ { 2, 0, 0, 0, 0, ETH0 } });
	claim(&b, 10000, "192.0.2.77", somebody);
	step(&b,
	     (struct event){
		     .kind = EVENT_CLAIM,
		     .claim = { .ifindex = ETH0 + 1, .addr = ip(VIP_TEXT), .mac = somebody } },
	     10000);
	ck_assert_ptr_null(next_conflict(&b));
	/* another master has it too, and is told of as such */
	hear(&b, 10100, LOWER, 50);
	claim(&b, 10100, VIP_TEXT, somebody);
	run(&b, 11200);
	ck_assert_int_eq(next_conflict(&b)->code, CONFLICT_TWO_MASTERS);
	ck_assert_ptr_null(next_conflict(&b));
	/* and it is a master's business when we are none */
	hear(&b, 20000, HIGHER, 200);
	run(&b, 20500);
	skip_events(&b);
	claim(&b, 30000, VIP_TEXT, somebody);
	ck_assert_ptr_null(next_conflict(&b));
	bench_done(&b);
}
END_TEST

START_TEST(a_leftover_of_an_address_hides_nobody_who_uses_it)
{
	struct vip leftover = kit_vip(VIP_TEXT "/32");
	struct bench b;

	open_two_masters(&b);
	b.kernel_answers = false;
	ck_assert_int_eq(engine_leftover(b.e, ETH0, &leftover), 0);
	claim(&b, 10000, VIP_TEXT, somebody);
	ck_assert_str_eq(next_event(&b), "web: conflict: another host, " MAC_TEXT ", uses " VIP_TEXT
					 " as well: take it off there");
	bench_done(&b);
}
END_TEST

START_TEST(an_intruder_that_finds_no_place_is_told_all_the_same)
{
	struct bench b;

	open_two_masters(&b);
	slow_ones(&b, 10000, CONFLICTS_MAX);
	run(&b, 11000);
	slow_ones(&b, 60000, CONFLICTS_MAX);
	run(&b, 75000);
	skip_events(&b);
	claim(&b, 75500, "192.0.2.200", somebody);
	ck_assert_int_eq(next_conflict(&b)->code, CONFLICT_IN_USE);
	bench_done(&b);
}
END_TEST

START_TEST(another_router_that_sends_from_an_address_of_ours_is_two_conflicts)
{
	struct advert *stranger = peer_advert(50);
	struct snapshot_conflict c;
	struct bench b;

	open_two_masters(&b);
	stranger->addresses[0] = ip("198.51.100.1");
	hear_advert(&b, 10000, VIP_TEXT, stranger);
	run(&b, 13000); /* another master as well, for two intervals */
	skip_events(&b);
	claim(&b, 13000, VIP_TEXT, somebody);
	ck_assert_int_eq(next_conflict(&b)->code, CONFLICT_IN_USE);
	ck_assert_uint_eq(shown(&b, 13000, &c), 2);
	bench_done(&b);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("engine_conflict");
	int count = (int)(sizeof(cases) / sizeof(cases[0]));

	tcase_add_loop_test(tc,
			    each_conflict_is_one_event_that_says_who_it_is_with_and_what_to_change,
			    0, count);
	tcase_add_loop_test(
		tc, where_nobody_says_whose_address_it_is_the_conflict_is_told_after_a_second, 0,
		count);
	tcase_add_loop_test(tc, a_conflict_that_goes_on_is_told_once_a_minute, 0, count);
	tcase_add_loop_test(tc, a_conflict_is_shown_for_as_long_as_it_goes_on_and_a_minute, 0,
			    count);
	tcase_add_test(tc, who_was_found_once_is_named_again_where_nobody_answers);
	tcase_add_test(tc, nobody_is_asked_for_before_the_start);
	tcase_add_test(tc, who_is_beyond_a_router_is_not_asked_for);
	tcase_add_test(tc, who_sends_another_way_than_we_do_is_told_of);
	tcase_add_test(tc,
		       two_masters_are_told_with_the_hardware_address_and_shown_until_it_is_over);
	tcase_add_test(tc, what_waits_to_be_told_is_told_at_the_stop);
	tcase_add_test(tc, whose_an_address_is_is_asked_for_the_virtual_router_that_heard_it);
	tcase_add_test(tc, as_many_conflicts_as_there_is_room_for_are_shown_and_not_one_more);
	tcase_add_test(tc, each_peer_was_heard_last_when_its_last_advertisement_was_taken);
	tcase_add_test(tc, by_multicast_the_master_is_who_was_heard);
	tcase_add_test(tc, a_peer_that_speaks_another_version_is_told_of_as_that);
	tcase_add_test(tc, another_list_hides_no_other_conflict);
	tcase_add_test(tc, ipv6_knows_no_other_checksum);
	tcase_add_test(tc, what_is_noted_again_keeps_its_place_be_it_the_last);
	tcase_add_test(tc, the_place_of_any_that_has_ended_is_given_away);
	tcase_add_test(tc, what_waits_gives_its_place_to_nobody);
	tcase_add_test(tc, what_finds_no_place_is_told_at_once);
	tcase_add_test(tc, what_is_not_told_among_too_many_others_is_shown_all_the_same);
	tcase_add_test(tc, each_virtual_router_has_its_own_conflicts);
	tcase_add_test(tc, who_advertises_rarely_is_given_three_intervals);
	tcase_add_test(tc, an_answer_is_for_that_address_on_that_interface);
	tcase_add_test(tc, an_address_of_a_master_that_somebody_else_uses_is_told_of);
	tcase_add_test(tc,
		       who_has_just_handed_over_may_still_speak_of_an_address_for_three_intervals);
	tcase_add_test(tc, nobody_else_uses_an_address_where_nothing_says_so);
	tcase_add_test(tc, a_leftover_of_an_address_hides_nobody_who_uses_it);
	tcase_add_test(tc, an_intruder_that_finds_no_place_is_told_all_the_same);
	tcase_add_test(tc, all_of_them_leave_the_history_as_it_is);
	tcase_add_test(tc, what_waits_alone_in_the_last_place_is_told_in_time);
	tcase_add_test(tc,
		       when_a_peer_was_heard_last_is_known_after_a_reload_that_lists_it_elsewhere);
	tcase_add_test(tc, another_router_that_sends_from_an_address_of_ours_is_two_conflicts);
	tcase_add_test(tc, whom_a_master_yields_to_is_who_was_heard);
	tcase_add_test(tc, whom_a_master_yields_to_is_no_second_one_though_there_was_one);
	return run_test_case(tc, "engine_conflict");
}
