/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events in bytes: what was packed comes back, what was damaged in any way does not, and a history goes on with the numbers of its
 * predecessor.
 */
#include "core/event_record.h"

#include <errno.h>
#include <string.h>

#include "unit.h"

static struct history_event conflict(void)
{
	return (struct history_event){
		.seq = UINT64_C(0x100000007),
		.at = { 123456789012 },
		.wall_us = 1767225600000000,
		.kind = HISTORY_CONFLICT,
		.code = CONFLICT_INTERVAL,
		.from = -1,
		.to = 1000,
		.error = ENOBUFS,
		.count = UINT32_MAX,
		.reason = REASON_LAST_ROUTER,
		.address = { .family = IP_V6, .bytes = { 0xfe, 0x80, [15] = 1 } },
		.instance = "web/ipv6",
		.text = "of them",
	};
}

START_TEST(what_was_packed_comes_back)
{
	struct history_event e = conflict(), back;
	uint8_t bytes[EVENT_RECORD_BYTES];

	event_record_pack(&e, bytes);
	ck_assert_int_eq(event_record_unpack(bytes, &back), 0);
	ck_assert_uint_eq(back.seq, e.seq);
	ck_assert_int_eq(back.at.us, e.at.us);
	ck_assert_int_eq(back.wall_us, e.wall_us);
	ck_assert_int_eq(back.kind, e.kind);
	ck_assert_int_eq(back.code, e.code);
	ck_assert_int_eq(back.from, e.from);
	ck_assert_int_eq(back.to, e.to);
	ck_assert_int_eq(back.error, e.error);
	ck_assert_uint_eq(back.count, e.count);
	ck_assert_int_eq(back.reason, e.reason);
	ck_assert(ip_equal(back.address, e.address));
	ck_assert_str_eq(back.instance, e.instance);
	ck_assert_str_eq(back.text, e.text);
}
END_TEST

START_TEST(one_changed_bit_anywhere_is_noticed)
{
	struct history_event e = conflict(), back = { .seq = 42 };
	uint8_t bytes[EVENT_RECORD_BYTES];

	event_record_pack(&e, bytes);
	for (size_t i = 0; i < sizeof(bytes) * 8; i++) {
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert_int_ne(event_record_unpack(bytes, &back), 0);
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	ck_assert_uint_eq(back.seq, 42);
	memset(bytes, 0, sizeof(bytes));
	ck_assert_int_eq(event_record_unpack(bytes, &back), -EBADMSG);
}
END_TEST

START_TEST(another_version_is_told_from_damage)
{
	struct history_event e = conflict(), back;
	uint8_t bytes[EVENT_RECORD_BYTES];

	event_record_pack(&e, bytes);
	bytes[5]++;
	ck_assert_int_eq(event_record_unpack(bytes, &back), -EPROTO);
}
END_TEST

START_TEST(its_beginning_is_what_another_build_expects)
{
	static const uint8_t begins[] = { 'e', 'v', 'n', 't', 0, EVENT_RECORD_VERSION, 0, 0, 0,
					  1,   0,   0,   0,   7 };
	struct history_event e = conflict();
	uint8_t bytes[EVENT_RECORD_BYTES];

	event_record_pack(&e, bytes);
	ck_assert_mem_eq(bytes, begins, sizeof(begins));
}
END_TEST

START_TEST(damage_is_called_a_bad_message)
{
	struct history_event e = conflict(), back;
	uint8_t bytes[EVENT_RECORD_BYTES];

	event_record_pack(&e, bytes);
	bytes[60] ^= 1;
	ck_assert_int_eq(event_record_unpack(bytes, &back), -EBADMSG);
}
END_TEST

static void expect(const struct history_event *e, int result)
{
	struct history_event back;
	uint8_t bytes[EVENT_RECORD_BYTES];

	event_record_pack(e, bytes);
	ck_assert_int_eq(event_record_unpack(bytes, &back), result);
}

START_TEST(what_no_reader_could_bear_is_refused_and_what_it_just_bears_is_not)
{
	static const int64_t year_10000_us = INT64_C(253402300800) * 1000000;
	static const struct {
		uint64_t seq;
		int64_t at_us, wall_us;
		int result;
	} times[] = {
		{ 1, 0, 0, 0 },
		{ UINT64_MAX - 1, INT64_MAX, year_10000_us - 1, 0 },
		{ 0, 0, 0, -EBADMSG },
		{ UINT64_MAX, 0, 0, -EBADMSG },
		{ 1, -1, 0, -EBADMSG },
		{ 1, 0, -1, -EBADMSG },
		{ 1, 0, year_10000_us, -EBADMSG },
	};
	static const uint8_t good_families[] = { IP_NONE, IP_V4, IP_V6 };
	struct history_event e;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		e = conflict();
		e.seq = times[i].seq;
		e.at.us = times[i].at_us;
		e.wall_us = times[i].wall_us;
		expect(&e, times[i].result);
	}
	for (size_t i = 0; i < sizeof(good_families); i++) {
		e = conflict();
		e.address.family = good_families[i];
		expect(&e, 0);
	}
	e.address.family = 5;
	expect(&e, -EBADMSG);
	e = conflict();
	e.kind = HISTORY_KIND_COUNT_ - 1;
	e.reason = REASON_COUNT_ - 1;
	expect(&e, 0);
	e.kind = HISTORY_KIND_COUNT_;
	expect(&e, -EBADMSG);
	e = conflict();
	e.reason = REASON_COUNT_;
	expect(&e, -EBADMSG);
	e = conflict();
	memset(e.instance, 'x', sizeof(e.instance));
	expect(&e, -EBADMSG);
	e = conflict();
	memset(e.text, 'x', sizeof(e.text));
	expect(&e, -EBADMSG);
}
END_TEST

enum {
	CAP = 8
};

static void restore(struct history *h, uint64_t seq)
{
	struct history_event e = conflict();

	e.seq = seq;
	history_restore(h, &e);
}

START_TEST(a_history_goes_on_with_the_numbers_of_its_predecessor)
{
	static struct history_event ring[CAP];
	struct history_event e = conflict();
	struct history h, copy;
	static struct history_event other[CAP];
	uint64_t seq = 1, lost;

	history_init(&h, ring, CAP);
	for (uint64_t n = 100; n < 103; n++)
		restore(&h, n);
	history_append(&h, &e);
	ck_assert_uint_eq(history_last(&h, 99), 100);
	ck_assert_uint_eq(history_read(&h, &seq, &lost)->seq, 100);
	ck_assert_uint_eq(lost, 99);
	for (uint64_t n = 101; n < 104; n++)
		ck_assert_uint_eq(history_read(&h, &seq, NULL)->seq, n);
	ck_assert_ptr_null(history_read(&h, &seq, NULL));

	history_init(&copy, other, CAP);
	history_copy(&copy, &h);
	ck_assert_uint_eq(history_last(&copy, 99), 100);
}
END_TEST

START_TEST(what_stands_before_a_gap_is_forgotten)
{
	static struct history_event ring[CAP];
	struct history h;
	uint64_t seq = 1;

	history_init(&h, ring, CAP);
	restore(&h, 1);
	restore(&h, 2);
	restore(&h, 4);
	restore(&h, 4);
	restore(&h, 3);
	ck_assert_uint_eq(history_read(&h, &seq, NULL)->seq, 4);
	ck_assert_ptr_null(history_read(&h, &seq, NULL));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("event_record");

	tcase_add_test(tc, what_was_packed_comes_back);
	tcase_add_test(tc, one_changed_bit_anywhere_is_noticed);
	tcase_add_test(tc, another_version_is_told_from_damage);
	tcase_add_test(tc, its_beginning_is_what_another_build_expects);
	tcase_add_test(tc, damage_is_called_a_bad_message);
	tcase_add_test(tc, what_no_reader_could_bear_is_refused_and_what_it_just_bears_is_not);
	tcase_add_test(tc, a_history_goes_on_with_the_numbers_of_its_predecessor);
	tcase_add_test(tc, what_stands_before_a_gap_is_forgotten);
	return run_test_case(tc, "event_record");
}
