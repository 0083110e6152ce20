/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring of events: readers that keep up lose nothing, readers that do not are told how much. And
 * the texts, which the log and the tools share: each kind as a person will read it.
 */
#include "core/event.h"
#include "core/history.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "core_kit.h"
#include "unit.h"
#include "wire/advert.h"

enum {
	CAP = 8
};

static void append(struct history *h, int32_t code)
{
	struct history_event e = { .kind = HISTORY_STATE, .code = code };

	history_append(h, &e);
}

START_TEST(a_new_history_has_nothing_to_read)
{
	struct history_event events[CAP];
	struct history h;
	uint64_t seq = 1, lost = 7;

	history_init(&h, events, CAP);
	ck_assert_ptr_null(history_read(&h, &seq, &lost));
	ck_assert_uint_eq(seq, 1);
	ck_assert_uint_eq(lost, 0);
	ck_assert_uint_eq(history_last(&h, 10), 1);
}
END_TEST

START_TEST(events_are_read_in_order_with_their_numbers)
{
	struct history_event events[CAP];
	struct history h;
	uint64_t seq = 0; /* from the beginning, whatever that is called */

	history_init(&h, events, CAP);
	for (int i = 1; i <= 5; i++)
		append(&h, i);
	for (int i = 1; i <= 5; i++) {
		const struct history_event *e = history_read(&h, &seq, NULL);

		ck_assert_int_eq(e->code, i);
		ck_assert_uint_eq(e->seq, (uint64_t)i);
		ck_assert_uint_eq(seq, (uint64_t)i + 1);
	}
	ck_assert_ptr_null(history_read(&h, &seq, NULL));
	append(&h, 6);
	ck_assert_int_eq(history_read(&h, &seq, NULL)->code, 6);
}
END_TEST

START_TEST(a_reader_exactly_one_ring_behind_loses_nothing)
{
	struct history_event events[CAP];
	struct history h;
	uint64_t seq = 1, lost;

	history_init(&h, events, CAP);
	for (int i = 1; i <= CAP; i++)
		append(&h, i);
	ck_assert_int_eq(history_read(&h, &seq, &lost)->code, 1);
	ck_assert_uint_eq(lost, 0);
}
END_TEST

START_TEST(a_reader_that_was_too_slow_is_told_how_many_it_lost)
{
	struct history_event events[CAP];
	struct history h;
	uint64_t seq = 1, lost;

	history_init(&h, events, CAP);
	for (int i = 1; i <= CAP + 3; i++)
		append(&h, i);
	ck_assert_int_eq(history_read(&h, &seq, &lost)->code, 4);
	ck_assert_uint_eq(lost, 3);
	ck_assert_int_eq(history_read(&h, &seq, &lost)->code, 5);
	ck_assert_uint_eq(lost, 0);
}
END_TEST

START_TEST(a_copy_reads_the_same_full_or_not)
{
	for (int n = 0; n <= 3 * CAP; n++) {
		struct history_event events[CAP], copied[CAP];
		struct history h, copy;
		uint64_t seq = 1, copy_seq = 1, lost, copy_lost;
		const struct history_event *e, *c;

		history_init(&h, events, CAP);
		history_init(&copy, copied, CAP);
		for (int i = 1; i <= n; i++)
			append(&h, i);
		history_copy(&copy, &h);
		do {
			e = history_read(&h, &seq, &lost);
			c = history_read(&copy, &copy_seq, &copy_lost);
			ck_assert_uint_eq(lost, copy_lost);
			ck_assert((e == NULL) == (c == NULL));
			ck_assert(!e || (e->code == c->code && e->seq == c->seq));
		} while (e);
		append(&copy, 77);
		ck_assert_int_eq(history_read(&copy, &copy_seq, NULL)->code, 77);
	}
}
END_TEST

START_TEST(the_last_n_are_clamped_to_what_is_left)
{
	struct history_event events[CAP];
	struct history h;

	history_init(&h, events, CAP);
	for (int i = 1; i <= 3; i++)
		append(&h, i);
	ck_assert_uint_eq(history_last(&h, 0), 4);
	ck_assert_uint_eq(history_last(&h, 2), 2);
	ck_assert_uint_eq(history_last(&h, 3), 1);
	ck_assert_uint_eq(history_last(&h, 100), 1);
	for (int i = 4; i <= 20; i++)
		append(&h, i);
	ck_assert_uint_eq(history_last(&h, UINT64_MAX), 20 - CAP + 1);
	ck_assert_uint_eq(history_last(&h, CAP), 20 - CAP + 1);
	ck_assert_uint_eq(history_last(&h, CAP - 1), 20 - CAP + 2);
}
END_TEST

/* The text of an event as one line. */
static const char *text(struct history_event e)
{
	static char buf[2 * TEXT_MAX];

	return history_text(&e, buf, sizeof(buf));
}

START_TEST(a_transition_says_from_where_to_where_and_why)
{
	ck_assert_str_eq(text((struct history_event){ .kind = HISTORY_STATE,
						      .from = VROUTER_BACKUP,
						      .to = VROUTER_MASTER,
						      .reason = REASON_MASTER_DOWN,
						      .code = 150 }),
			 "BACKUP -> MASTER: master down timer expired (priority 150)");
	ck_assert_str_eq(text((struct history_event){ .kind = HISTORY_STATE,
						      .from = VROUTER_MASTER,
						      .to = VROUTER_BACKUP,
						      .reason = REASON_HIGHER_PRIORITY,
						      .address = ip("192.0.2.2"),
						      .code = 200 }),
			 "MASTER -> BACKUP: advertisement with a higher priority heard "
			 "(192.0.2.2, priority 200)");
	ck_assert_str_eq(text((struct history_event){ .kind = HISTORY_STATE,
						      .from = VROUTER_MASTER,
						      .to = VROUTER_FAULT,
						      .reason = REASON_ADDRESS_FAILED,
						      .error = EPERM }),
			 "MASTER -> FAULT: addresses cannot be added (Operation not permitted)");
	ck_assert_str_eq(text((struct history_event){ .kind = HISTORY_STATE,
						      .from = VROUTER_BACKUP,
						      .to = VROUTER_FAULT,
						      .reason = REASON_LINK_DOWN,
						      .text = "eth0" }),
			 "BACKUP -> FAULT: interface is down (eth0)");
}
END_TEST

START_TEST(what_is_told_of_senders_names_them_and_how_often)
{
	ck_assert_str_eq(text((struct history_event){ .kind = HISTORY_REFUSED,
						      .code = REFUSAL_CHECKSUM,
						      .count = 1,
						      .address = ip("192.0.2.2") }),
			 "advertisement from 192.0.2.2 refused: checksum does not match");
	ck_assert_str_eq(text((struct history_event){ .kind = HISTORY_REFUSED,
						      .code = REFUSAL_CHECKSUM,
						      .count = 2,
						      .address = ip("192.0.2.2") }),
			 "2 advertisements from 192.0.2.2 refused: checksum does not match");
	ck_assert_str_eq(text((struct history_event){ .kind = HISTORY_REFUSED, .count = 900 }),
			 "900 more advertisements of various senders refused");
	ck_assert_str_eq(text((struct history_event){
				 .kind = HISTORY_MASTER, .address = ip("192.0.2.2"), .to = 150 }),
			 "192.0.2.2 is master (priority 150)");
	ck_assert_str_eq(text((struct history_event){ .kind = HISTORY_MASTER }),
			 "no master is known");
}
END_TEST

START_TEST(an_address_is_told_with_its_interface_and_the_kernels_error)
{
	ck_assert_str_eq(text((struct history_event){ .kind = HISTORY_ADDRESS,
						      .code = ADDRESS_RESTORED,
						      .text = "eth0",
						      .address = ip("192.0.2.10") }),
			 "address 192.0.2.10 dev eth0 was removed by somebody; put back");
	ck_assert_str_eq(text((struct history_event){ .kind = HISTORY_ADDRESS,
						      .code = ADDRESS_ADD_FAILED,
						      .error = EPERM,
						      .text = "eth0",
						      .address = ip("192.0.2.10") }),
			 "address 192.0.2.10 dev eth0 cannot be added: Operation not permitted");
}
END_TEST

START_TEST(addresses_too_many_to_tell_are_told_as_a_number_of_addresses)
{
	ck_assert_str_eq(text((struct history_event){
				 .kind = HISTORY_ADDRESS, .code = ADDRESS_RESTORED, .count = 936 }),
			 "936 more such events of other addresses");
}
END_TEST

START_TEST(the_rest_reads_as_sentences_too)
{
	ck_assert_str_eq(text((struct history_event){ .kind = HISTORY_PRIORITY,
						      .from = 100,
						      .to = 150,
						      .reason = REASON_CONFIGURATION }),
			 "priority 100 -> 150: configuration changed");
	ck_assert_str_eq(
		text((struct history_event){ .kind = HISTORY_LINK, .code = 1, .text = "eth0" }),
		"interface eth0 is up");
	ck_assert_str_eq(
		text((struct history_event){ .kind = HISTORY_LINK, .code = 0, .text = "eth0" }),
		"interface eth0 is down");
	ck_assert_str_eq(
		text((struct history_event){ .kind = HISTORY_LINK, .code = -1, .text = "eth0" }),
		"interface eth0 does not exist: waiting for it");
	ck_assert_str_eq(text((struct history_event){ .kind = HISTORY_LATE, .count = 1500 }),
			 "this process was held up for 1500 ms");
}
END_TEST

START_TEST(every_kind_reason_and_state_has_a_name_of_its_own)
{
	for (int a = 0; a < HISTORY_KIND_COUNT_; a++) {
		ck_assert(islower(history_kind_name((enum history_kind)a)[0]));
		for (int b = 0; b < a; b++)
			ck_assert_str_ne(history_kind_name((enum history_kind)a),
					 history_kind_name((enum history_kind)b));
	}
	ck_assert_str_eq(reason_text(REASON_NONE), "");
	for (int a = REASON_NONE + 1; a < REASON_COUNT_; a++) {
		ck_assert_uint_gt(strlen(reason_text((enum reason)a)), 0);
		for (int b = 0; b < a; b++)
			ck_assert_str_ne(reason_text((enum reason)a), reason_text((enum reason)b));
	}
	ck_assert_str_eq(vrouter_state_name(VROUTER_INIT), "INIT");
	ck_assert_str_eq(vrouter_state_name(VROUTER_BACKUP), "BACKUP");
	ck_assert_str_eq(vrouter_state_name(VROUTER_MASTER), "MASTER");
	ck_assert_str_eq(vrouter_state_name(VROUTER_FAULT), "FAULT");
}
END_TEST

START_TEST(every_text_fits_however_small_the_buffer_is)
{
	char buf[64];

	for (int kind = 0; kind < HISTORY_KIND_COUNT_; kind++) {
		for (size_t cap = 1; cap < sizeof(buf); cap++) {
			struct history_event e = { .kind = (enum history_kind)kind,
						   .address = ip("2001:db8:1111:2222:3333::1"),
						   .text = "something rather long in here" };

			memset(buf, '#', sizeof(buf));
			ck_assert_ptr_eq(history_text(&e, buf, cap), buf);
			ck_assert_uint_lt(strlen(buf), cap);
			ck_assert_int_eq(buf[cap], '#');
		}
	}
}
END_TEST

static enum history_level level(enum history_kind kind, int32_t to, int32_t code)
{
	struct history_event e = { .kind = kind, .to = to, .code = code };

	return history_level(&e);
}

START_TEST(what_needs_somebody_to_act_is_a_warning)
{
	ck_assert_int_eq(level(HISTORY_STATE, VROUTER_FAULT, 0), HISTORY_LEVEL_WARNING);
	ck_assert_int_eq(level(HISTORY_STATE, VROUTER_MASTER, 0), HISTORY_LEVEL_NOTICE);
	ck_assert_int_eq(level(HISTORY_STATE, VROUTER_BACKUP, 0), HISTORY_LEVEL_NOTICE);
	ck_assert_int_eq(level(HISTORY_REFUSED, 0, 0), HISTORY_LEVEL_WARNING);
	ck_assert_int_eq(level(HISTORY_CONFLICT, 0, 0), HISTORY_LEVEL_WARNING);
	ck_assert_int_eq(level(HISTORY_LATE, 0, 0), HISTORY_LEVEL_WARNING);
	ck_assert_int_eq(level(HISTORY_ADDRESS, 0, ADDRESS_ADD_FAILED), HISTORY_LEVEL_WARNING);
	ck_assert_int_eq(level(HISTORY_ADDRESS, 0, ADDRESS_LEFTOVER_REMOVED), HISTORY_LEVEL_NOTICE);
	ck_assert_int_eq(level(HISTORY_RELOAD, 0, 0), HISTORY_LEVEL_NOTICE);
	ck_assert_int_eq(level(HISTORY_PRIORITY, 0, 0), HISTORY_LEVEL_NOTICE);
	ck_assert_int_eq(level(HISTORY_MASTER, 0, 0), HISTORY_LEVEL_INFO);
	ck_assert_int_eq(level(HISTORY_LINK, 0, 0), HISTORY_LEVEL_INFO);
	ck_assert_int_eq(level(HISTORY_ANNOUNCE, 0, 0), HISTORY_LEVEL_INFO);
	ck_assert_int_eq(level(HISTORY_HOOK, 0, 0), HISTORY_LEVEL_INFO);
	ck_assert_int_eq(level(HISTORY_HOOK, 0, 1), HISTORY_LEVEL_WARNING);
	ck_assert_int_eq(level(HISTORY_UPGRADE, 0, 0), HISTORY_LEVEL_NOTICE);
	ck_assert_int_eq(level(HISTORY_UPGRADE, 0, 1), HISTORY_LEVEL_WARNING);
	ck_assert_int_eq(level(HISTORY_TRACK, 0, 0), HISTORY_LEVEL_NOTICE);
	ck_assert_int_eq(level(HISTORY_FORCE, 0, 0), HISTORY_LEVEL_NOTICE);
}
END_TEST

START_TEST(two_masters_over_is_good_news_and_no_warning)
{
	ck_assert_int_eq(level(HISTORY_CONFLICT, 0, CONFLICT_TWO_MASTERS_OVER),
			 HISTORY_LEVEL_NOTICE);
}
END_TEST

START_TEST(a_ring_that_lacks_one_event_has_its_first_one_still)
{
	struct history_event events[CAP];
	struct history h;

	history_init(&h, events, CAP);
	for (int32_t i = 1; i < CAP; i++)
		append(&h, i);
	ck_assert_uint_eq(h.next_seq, CAP);
	ck_assert_uint_eq(history_last(&h, 100), 1);
}
END_TEST

START_TEST(a_number_that_means_nothing_is_a_question_mark)
{
	struct history_event e = {
		.kind = HISTORY_ADDRESS,
		.code = 99,
		.address = ip("192.0.2.1"),
		.text = "eth0",
	};
	char text[TEXT_MAX];

	ck_assert_str_eq(vrouter_state_name((enum vrouter_state)99), "?");
	ck_assert_str_eq(history_kind_name((enum history_kind)99), "?");
	ck_assert_str_eq(history_text(&e, text, sizeof(text)), "address 192.0.2.1 dev eth0 ?");
}
END_TEST

START_TEST(an_event_of_no_kind_has_no_text)
{
	struct history_event e = { .kind = HISTORY_KIND_COUNT_ };
	char text[2] = "x";

	ck_assert_str_eq(history_text(&e, text, sizeof(text)), "");
}
END_TEST

START_TEST(a_reload_is_told_in_its_own_words)
{
	struct history_event e = { .kind = HISTORY_RELOAD, .text = "nothing changed" };
	char text[TEXT_MAX];

	ck_assert_str_eq(history_text(&e, text, sizeof(text)), "nothing changed");
}
END_TEST

START_TEST(a_priority_may_be_explained_by_a_single_letter)
{
	struct history_event e = {
		.kind = HISTORY_PRIORITY, .from = 1, .to = 2, .reason = REASON_TRACK_UP, .text = "x"
	};
	char text[TEXT_MAX];

	ck_assert_str_eq(history_text(&e, text, sizeof(text)),
			 "priority 1 -> 2: the tracked things are up again (x)");
}
END_TEST

START_TEST(a_state_of_a_tracked_thing_that_means_nothing_is_a_question_mark)
{
	struct history_event e = { .kind = HISTORY_TRACK, .from = 98, .to = 99, .text = "x" };
	char text[TEXT_MAX];

	ck_assert_str_eq(history_text(&e, text, sizeof(text)), "x: ? -> ?");
}
END_TEST

START_TEST(a_force_to_nothing_has_no_text)
{
	struct history_event e = { .kind = HISTORY_FORCE, .to = FORCE_TO_COUNT_, .text = "x" };
	char text[TEXT_MAX];

	ck_assert_str_eq(history_text(&e, text, sizeof(text)), "");
}
END_TEST

START_TEST(a_state_may_be_explained_by_a_single_letter)
{
	struct history_event e = {
		.kind = HISTORY_STATE,
		.from = VROUTER_BACKUP,
		.to = VROUTER_MASTER,
		.reason = REASON_MASTER_DOWN,
		.text = "x",
	};
	char text[TEXT_MAX];

	ck_assert_ptr_nonnull(strstr(history_text(&e, text, sizeof(text)), " (x)"));
}
END_TEST

START_TEST(a_text_keeps_to_its_room_however_small)
{
	struct history_event e = {
		.kind = HISTORY_STATE,
		.from = VROUTER_BACKUP,
		.to = VROUTER_MASTER,
		.reason = REASON_MASTER_DOWN,
		.code = 100,
	};
	char whole[TEXT_MAX], text[TEXT_MAX], untouched[TEXT_MAX];

	history_text(&e, whole, sizeof(whole));
	memset(untouched, '~', sizeof(untouched));
	for (size_t cap = 1; cap <= strlen(whole) + 1; cap++) {
		memset(text, '~', sizeof(text));
		history_text(&e, text, cap);
		ck_assert_uint_lt(strlen(text), cap);
		ck_assert_mem_eq(text, whole, strlen(text));
		ck_assert_mem_eq(text + cap, untouched, sizeof(text) - cap);
	}
}
END_TEST

/* 192.0.2.2, of which the hardware address is known. */
static struct history_event conflict(enum conflict code, int32_t from, int32_t to, const char *more)
{
	struct history_event e = {
		.kind = HISTORY_CONFLICT,
		.code = code,
		.from = from,
		.to = to,
		.address = ip("192.0.2.2"),
		.mac = { { 2, 0, 0, 0, 0, 9 } },
	};

	snprintf(e.text, sizeof(e.text), "%s", more);
	return e;
}

#define SENDER "conflict: 192.0.2.2 (02:00:00:00:00:09) "

START_TEST(a_conflict_says_who_and_what_and_what_to_change)
{
	ck_assert_str_eq(text(conflict(CONFLICT_OWNER, 0, 0, "")),
			 SENDER "claims to own the addresses too (priority 255): only one router "
				"may");
	ck_assert_str_eq(text(conflict(CONFLICT_IN_USE, 0, 0, "")),
			 "conflict: another host, 02:00:00:00:00:09, uses 192.0.2.2 as well: take "
			 "it off there");
	ck_assert_str_eq(text(conflict(CONFLICT_VRID, 0, 0, "192.0.2.7")),
			 SENDER "uses this VRID for other addresses (192.0.2.7): if it is another "
				"virtual router, give one of the two another vrid; if it is the "
				"same one, make both list the same addresses");
	ck_assert_str_eq(text(conflict(CONFLICT_PASSWORD, 0, 0, "")),
			 SENDER "sends another password, or one of the two sends none: make "
				"auth-password the same on both; until then its advertisements "
				"are refused");
	ck_assert_str_eq(text(conflict(CONFLICT_CHECKSUM, 1, 0, "")),
			 SENDER "makes its checksum with the pseudo-header, this router without "
				"it, and may be refused there: set checksum-pseudo-header = true");
	ck_assert_str_eq(text(conflict(CONFLICT_CHECKSUM, 0, 1, "")),
			 SENDER "makes its checksum without the pseudo-header, this router with "
				"it, and may be refused there: set checksum-pseudo-header = "
				"false");
	ck_assert_str_eq(text(conflict(CONFLICT_PEERS, 0, 0, "sends to the group")),
			 SENDER "sends to the group; until then its advertisements are refused");
	ck_assert_str_eq(text(conflict(CONFLICT_TTL, 63, 255, "")),
			 "conflict: the peer 192.0.2.2 (02:00:00:00:00:09) is heard with a TTL of "
			 "63, and min-ttl is 255: if there is a router between, set min-ttl = 63; "
			 "until then its advertisements are refused");
}
END_TEST

START_TEST(a_conflict_about_an_address_keeps_to_its_room)
{
	struct history_event e = conflict(CONFLICT_IN_USE, 0, 0, "");
	char buf[128];

	memset(buf, 'z', sizeof(buf));
	history_text(&e, buf, 50);
	ck_assert_uint_eq(strlen(buf), 49);
	for (size_t i = 50; i < sizeof(buf); i++)
		ck_assert_int_eq(buf[i], 'z');
}
END_TEST

START_TEST(what_goes_on_around_reads_as_sentences)
{
	static const struct {
		struct history_event event;
		const char *expected;
	} rows[] = {
		{ { .kind = HISTORY_LINK,
		    .code = LINK_EVENT_FAILED,
		    .text = "vrrp.51",
		    .error = EPERM },
		  "link vrrp.51 with the virtual MAC cannot be made: Operation not permitted" },
		{ { .kind = HISTORY_FILTER, .code = FILTER_RESTORED },
		  "the packet filter of accept = false was changed or removed by somebody; put "
		  "back" },
		{ { .kind = HISTORY_FILTER, .code = FILTER_FAILED, .text = "no nf_tables" },
		  "accept = false is not in force: no nf_tables" },
		{ { .kind = HISTORY_FILTER, .code = FILTER_RECOVERED },
		  "accept = false is in force now" },
		{ { .kind = HISTORY_ANNOUNCE, .text = "asked by root" },
		  "announcing the addresses again: asked by root" },
		{ { .kind = HISTORY_HOOK, .text = "hook x", .count = 12 }, "hook x (12 ms)" },
		{ { .kind = HISTORY_ROUTING, .text = "r", .code = ROUTING_REMOVE_FAILED },
		  "r cannot be removed" },
		{ { .kind = HISTORY_ROUTING, .text = "r", .code = 99 }, "r ?" },
		{ { .kind = HISTORY_TRACK, .text = "file f", .from = 1, .to = 2, .code = 1 },
		  "file f: 1 -> 2" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_eq(text(rows[i].event), rows[i].expected);
}
END_TEST

START_TEST(what_is_right_again_is_no_warning_and_what_somebody_did_is)
{
	ck_assert_int_eq(level(HISTORY_ROUTING, 0, ROUTING_RESTORED), HISTORY_LEVEL_WARNING);
	ck_assert_int_eq(level(HISTORY_ROUTING, 0, ROUTING_LEFTOVER_REMOVED), HISTORY_LEVEL_NOTICE);
	ck_assert_int_eq(level(HISTORY_FILTER, 0, FILTER_RESTORED), HISTORY_LEVEL_WARNING);
	ck_assert_int_eq(level(HISTORY_FILTER, 0, FILTER_RECOVERED), HISTORY_LEVEL_NOTICE);
	ck_assert_int_eq(level(HISTORY_LINK, 0, LINK_EVENT_UP), HISTORY_LEVEL_INFO);
	ck_assert_int_eq(level(HISTORY_LINK, 0, LINK_EVENT_RESTORED), HISTORY_LEVEL_WARNING);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("history");

	tcase_add_test(tc, a_new_history_has_nothing_to_read);
	tcase_add_test(tc, events_are_read_in_order_with_their_numbers);
	tcase_add_test(tc, a_reader_exactly_one_ring_behind_loses_nothing);
	tcase_add_test(tc, a_reader_that_was_too_slow_is_told_how_many_it_lost);
	tcase_add_test(tc, a_copy_reads_the_same_full_or_not);
	tcase_add_test(tc, the_last_n_are_clamped_to_what_is_left);
	tcase_add_test(tc, a_transition_says_from_where_to_where_and_why);
	tcase_add_test(tc, what_is_told_of_senders_names_them_and_how_often);
	tcase_add_test(tc, an_address_is_told_with_its_interface_and_the_kernels_error);
	tcase_add_test(tc, addresses_too_many_to_tell_are_told_as_a_number_of_addresses);
	tcase_add_test(tc, the_rest_reads_as_sentences_too);
	tcase_add_test(tc, every_kind_reason_and_state_has_a_name_of_its_own);
	tcase_add_test(tc, every_text_fits_however_small_the_buffer_is);
	tcase_add_test(tc, what_needs_somebody_to_act_is_a_warning);
	tcase_add_test(tc, two_masters_over_is_good_news_and_no_warning);
	tcase_add_test(tc, a_ring_that_lacks_one_event_has_its_first_one_still);
	tcase_add_test(tc, a_number_that_means_nothing_is_a_question_mark);
	tcase_add_test(tc, an_event_of_no_kind_has_no_text);
	tcase_add_test(tc, a_reload_is_told_in_its_own_words);
	tcase_add_test(tc, a_priority_may_be_explained_by_a_single_letter);
	tcase_add_test(tc, a_state_of_a_tracked_thing_that_means_nothing_is_a_question_mark);
	tcase_add_test(tc, a_force_to_nothing_has_no_text);
	tcase_add_test(tc, a_state_may_be_explained_by_a_single_letter);
	tcase_add_test(tc, a_text_keeps_to_its_room_however_small);
	tcase_add_test(tc, a_conflict_says_who_and_what_and_what_to_change);
	tcase_add_test(tc, a_conflict_about_an_address_keeps_to_its_room);
	tcase_add_test(tc, what_goes_on_around_reads_as_sentences);
	tcase_add_test(tc, what_is_right_again_is_no_warning_and_what_somebody_did_is);
	return run_test_case(tc, "history");
}
